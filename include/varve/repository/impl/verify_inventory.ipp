// SPDX-License-Identifier: Apache-2.0
// What a store holds of a repository, from one listing: a request for each of a million chunks would take hours.
#pragma once

#include <varve/repository/impl/verify_findings.ipp>

#include <varve/format/keys.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace varve::inline v0::detail {

struct Inventory {
  ObjectTable snapshots, logs, manifests, chunks;
  std::map<std::string, std::uint64_t> backups;           ///< of `repo`, by base name: the newest comes first
  std::set<std::string, std::less<>> spec1_refs;          ///< keys
};

/// Takes one object in, or says why it is none of a repository.
inline void take_in(const ObjectInfo& object, Inventory& inventory, Findings& all) {
  const std::string_view key = object.key;
  ObjectFindings findings(all, object.key);
  for (const auto& [prefix, table] : {std::pair(std::string_view("snapshots/"), &inventory.snapshots),
                                      std::pair(std::string_view("transactions/"), &inventory.logs),
                                      std::pair(std::string_view("manifests/"), &inventory.manifests),
                                      std::pair(std::string_view("chunks/"), &inventory.chunks)}) {
    if (!key.starts_with(prefix)) continue;
    const std::string_view name = key.substr(prefix.size());
    const auto id = SnapshotId::parse(name);
    if (id && id->to_string() == name) table->add(id->bytes, object.size);
    else if (id) findings.warning(Damage::noncanonical_name, "its name is not the canonical text of its id: nobody looks for it there");
    else findings.note(Damage::unknown_object, "its name is no id: it does not belong to the repository");
    return;
  }
  constexpr std::string_view overwritten = "overwritten/", config_backup = "config.yaml.";
  if (key.starts_with(overwritten)) {
    const std::string name(key.substr(overwritten.size()));
    if (format::backup_time(name)) inventory.backups.emplace(name, object.size);
    else if (!name.starts_with(config_backup)) findings.note(Damage::unknown_object, "it is no backup: it does not belong to the repository");
  } else if (key.starts_with("refs/")) {
    inventory.spec1_refs.insert(object.key);
  } else if (key != format::repo_key && key != format::spec1_config_key) {
    findings.note(Damage::unknown_object, "it does not belong to the repository");
  }
}

inline Awaitable<Result<void>> list_objects(storage::erased::Store& store, Inventory& inventory, Findings& findings) {
  std::optional<std::string> next;
  do {
    auto page = co_await store.list("", next);
    if (!page) co_return std::move(page).error();
    for (const ObjectInfo& object : page->objects) take_in(object, inventory, findings);
    next = std::move(page->next);
  } while (next);
  for (ObjectTable* const table : {&inventory.snapshots, &inventory.logs, &inventory.manifests, &inventory.chunks}) table->sort();
  co_return Result<void>();
}

}  // namespace varve::inline v0::detail
