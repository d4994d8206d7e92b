// SPDX-License-Identifier: Apache-2.0
// Bodies of spec1_refs.hpp.
#pragma once

#include <varve/session/spec1_refs.hpp>

#include <varve/zarr/json.hpp>

#include <charconv>
#include <utility>

namespace varve::inline v0 {

namespace detail {

VARVE_DECL std::string decode_ref_name(std::string_view encoded) {
  std::string name;
  for (std::size_t i = 0; i < encoded.size(); ++i) {
    unsigned value = 0;
    if (encoded[i] == '%' && i + 2 < encoded.size() &&
        std::from_chars(encoded.data() + i + 1, encoded.data() + i + 3, value, 16).ptr == encoded.data() + i + 3) {
      name += static_cast<char>(value);
      i += 2;
    } else {
      name += encoded[i];
    }
  }
  return name;
}

VARVE_DECL Awaitable<Result<std::optional<SnapshotId>>> read_spec1_ref(Context& context, std::string key) {
  auto fetched = co_await context.storage.get(key, GetOptions());
  if (!fetched) co_return std::move(fetched).error();
  if (fetched->status != Fetched::Status::found) co_return std::optional<SnapshotId>();
  auto json = zarr::parse_json(as_text(fetched->bytes), key);
  if (!json) co_return Error(errc::corrupt, "read ref", key, json.error().hint());
  const Json* id = json->find("snapshot");
  if (id == nullptr || id->as_string() == nullptr) {
    co_return Error(errc::corrupt, "read ref", key, "it has no member `snapshot`");
  }
  auto parsed = SnapshotId::parse(*id->as_string());
  if (!parsed) co_return Error(errc::corrupt, "read ref", key, "its snapshot is not an id");
  co_return std::optional<SnapshotId>(*parsed);
}

}  // namespace detail

VARVE_DECL Awaitable<Result<std::shared_ptr<const RepoState>>> read_spec1_repo(Context& context) {
  auto main = co_await detail::read_spec1_ref(context, format::spec1_branch_key("main"));
  if (!main) co_return std::move(main).error();
  if (!*main) {
    co_return Error(errc::repository_not_found, "open repository", {},
                    "the store has neither `repo` nor `refs/branch.main/ref.json` there; create it first");
  }
  auto state = std::make_shared<RepoState>();
  state->spec_version = 1;
  std::optional<std::string> next;
  do {
    auto page = co_await context.storage.list("refs/", next);
    if (!page) co_return std::move(page).error();
    for (const ObjectInfo& object : page->objects) {
      std::string_view folder = object.key;
      folder.remove_prefix(std::min<std::size_t>(folder.size(), 5));
      const std::size_t slash = folder.find('/');
      if (slash == folder.npos) continue;
      const std::string_view file = folder.substr(slash + 1);
      folder = folder.substr(0, slash);
      if (folder.starts_with("branch.") && file == "ref.json") {
        auto id = co_await detail::read_spec1_ref(context, object.key);
        if (!id) co_return std::move(id).error();
        if (*id) state->info.branches.emplace(detail::decode_ref_name(folder.substr(7)), **id);
      } else if (folder.starts_with("tag.") && file == "ref.json") {
        auto id = co_await detail::read_spec1_ref(context, object.key);
        if (!id) co_return std::move(id).error();
        if (*id) state->info.tags.emplace(detail::decode_ref_name(folder.substr(4)), **id);
      } else if (folder.starts_with("tag.") && file == "ref.json.deleted") {
        state->info.deleted_tags.insert(detail::decode_ref_name(folder.substr(4)));
      }
    }
    next = std::move(page->next);
  } while (next);
  // The ref.json of a deleted tag stays; its tombstone is what counts.
  for (const std::string& deleted : state->info.deleted_tags) state->info.tags.erase(deleted);
  context.learn(state);
  co_return std::shared_ptr<const RepoState>(std::move(state));
}

}  // namespace varve::inline v0
