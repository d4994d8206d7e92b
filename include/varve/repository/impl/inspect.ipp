// SPDX-License-Identifier: Apache-2.0
// Bodies of inspect.hpp.
#pragma once

#include <varve/repository/inspect.hpp>

#include <varve/format/inspect.hpp>

#include <array>
#include <string_view>
#include <utility>

namespace varve::inline v0::detail {

VARVE_DECL Awaitable<Result<Json>> inspect_object(std::shared_ptr<Context> context, std::string key, std::size_t most_refs) {
  constexpr std::array<std::string_view, 4> folders{"snapshots/", "manifests/", "transactions/", "overwritten/repo."};
  bool known = key == format::repo_key;
  for (const std::string_view folder : folders) known = known || key.starts_with(folder);
  if (!known) {
    co_return Error(errc::invalid_argument, "inspect", std::move(key),
                    "name a metadata object: repo, snapshots/ID, manifests/ID, transactions/ID or overwritten/repo.NAME");
  }
  auto fetched = co_await context->storage.get(key, GetOptions());
  if (!fetched) co_return std::move(fetched).error();
  if (fetched->status != Fetched::Status::found) co_return Error(errc::missing_object, "inspect", std::move(key));
  co_return format::inspect(fetched->bytes, key, most_refs);
}

}  // namespace varve::inline v0::detail
