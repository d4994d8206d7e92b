// SPDX-License-Identifier: Apache-2.0
// Bodies of save_config.hpp.
#pragma once

#include <varve/repository/save_config.hpp>

#include <varve/session/repo_object.hpp>

#include <string>
#include <utility>

namespace varve::inline v0::detail {

VARVE_DECL Result<std::optional<Bytes>> persisted(const RepositoryConfig& config, bool folder) {
  for (const char* const flag : {"unsafe_use_conditional_update", "unsafe_use_conditional_create"}) {
    const Json* const value = config.storage.find(flag);
    if (folder || value == nullptr || value->as_bool() == nullptr || *value->as_bool()) continue;
    return Error(errc::invalid_argument, "write configuration", {},
                 std::string("its field `storage.") + flag + "` is false, as it is in a repository on a local folder: on this "
                 "store others would lose commits by it. Remove the flag, or make it true");
  }
  if (config == RepositoryConfig()) return std::optional<Bytes>();
  auto bytes = format::encode_config(config);
  if (!bytes) return std::move(bytes).error();
  return std::optional<Bytes>(*std::move(bytes));
}

VARVE_DECL Awaitable<Result<RepositoryConfig>> read_config(Context& context) {
  auto state = co_await read_repo(context);
  if (!state) co_return std::move(state).error();
  if ((*state)->spec_version != 1) {
    const auto& config = (*state)->info.config;
    if (!config) co_return RepositoryConfig();
    co_return format::decode_config(*config, format::repo_key);
  }
  auto fetched = co_await context.storage.get(format::spec1_config_key, GetOptions());
  if (!fetched) co_return std::move(fetched).error();
  if (fetched->status != Fetched::Status::found) co_return RepositoryConfig();
  const std::string key(format::spec1_config_key);
  if (context.options.parse_config_yaml == nullptr) {
    co_return Error(errc::unsupported_operation, "read configuration", key,
                    "link varve::yaml and set Options::parse_config_yaml to varve::format::parse_config_yaml");
  }
  auto value = context.options.parse_config_yaml(as_text(fetched->bytes), key);
  if (!value) co_return std::move(value).error();
  co_return format::parse_config(*value, key);
}

}  // namespace varve::inline v0::detail
