// SPDX-License-Identifier: Apache-2.0
#include "support/damages.hpp"

#include <varve/format/file.hpp>
#include <varve/format/flat.hpp>
#include <varve/format/keys.hpp>
#include <varve/format/manifest.hpp>
#include <varve/format/manifest_builder.hpp>
#include <varve/format/repo_info.hpp>
#include <varve/format/snapshot.hpp>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <cctype>
#include <stdexcept>
#include <tuple>
#include <utility>

namespace support {

namespace {

using namespace varve;
using format::Damage;
using format::FileType;

/// A FlatBuffer that is changed in place: positions are those of tables, vectors and fields in it.
class Flat {
 public:
  explicit Flat(Bytes& body) : body_(body) {}

  template <class T>
  T load(std::size_t at) const {
    T value;
    std::memcpy(&value, body_.data() + at, sizeof(T));
    return value;
  }
  template <class T>
  void store(std::size_t at, T value) {
    std::memcpy(body_.data() + at, &value, sizeof(T));
  }
  std::size_t root() const { return follow(0); }
  std::size_t follow(std::size_t at) const { return at + load<std::uint32_t>(at); }
  std::size_t field(std::size_t table, unsigned slot) const {
    const std::size_t vtable = table - static_cast<std::size_t>(static_cast<std::int64_t>(load<std::int32_t>(table)));
    const auto offset = 4 + 2 * slot < load<std::uint16_t>(vtable) ? load<std::uint16_t>(vtable + 4 + 2 * slot) : std::uint16_t{0};
    if (offset == 0) throw std::runtime_error("the file has no field " + std::to_string(slot) + " there");
    return table + offset;
  }
  bool has(std::size_t table, unsigned slot) const {
    const std::size_t vtable = table - static_cast<std::size_t>(static_cast<std::int64_t>(load<std::int32_t>(table)));
    return 4 + 2 * slot < load<std::uint16_t>(vtable) && load<std::uint16_t>(vtable + 4 + 2 * slot) != 0;
  }
  /// Makes a field, and that of every table of the same shape, absent.
  void drop_field(std::size_t table, unsigned slot) {
    const std::size_t vtable = table - static_cast<std::size_t>(static_cast<std::int64_t>(load<std::int32_t>(table)));
    store<std::uint16_t>(vtable + 4 + 2 * slot, 0);
  }
  /// A table, vector or string that a field refers to.
  std::size_t child(std::size_t table, unsigned slot) const { return follow(field(table, slot)); }
  std::uint32_t count(std::size_t vector) const { return load<std::uint32_t>(vector); }
  void set_count(std::size_t vector, std::uint32_t count) { store(vector, count); }
  std::size_t element(std::size_t vector, std::size_t i) const { return follow(vector + 4 + 4 * i); }
  std::string text(std::size_t at) const { return std::string(as_text(ByteView(body_).subspan(at + 4, count(at)))); }
  void set_text(std::size_t at, std::string_view text) { std::memcpy(body_.data() + at + 4, text.data(), text.size()); }
  /// Makes element `i` of a vector of tables or strings refer to `target`, which lies behind it.
  void point(std::size_t vector, std::size_t i, std::size_t target) {
    store(vector + 4 + 4 * i, static_cast<std::uint32_t>(target - (vector + 4 + 4 * i)));
  }
  void swap(std::size_t vector, std::size_t i, std::size_t j) {
    need(vector, std::max(i, j) + 1);
    const std::size_t first = element(vector, i), second = element(vector, j);
    point(vector, i, second);
    point(vector, j, first);
  }
  void swap_values(std::size_t vector, std::size_t i, std::size_t j, std::size_t size) {
    need(vector, std::max(i, j) + 1);
    const auto at = body_.begin() + static_cast<std::ptrdiff_t>(vector + 4);
    std::swap_ranges(at + static_cast<std::ptrdiff_t>(i * size), at + static_cast<std::ptrdiff_t>((i + 1) * size),
                     at + static_cast<std::ptrdiff_t>(j * size));
  }
  void need(std::size_t vector, std::size_t least) const {
    if (count(vector) < least) throw std::runtime_error("the file has too few of these");
  }
  /// The table of a vector whose text in `slot` is `wanted`.
  std::size_t find(std::size_t vector, unsigned slot, std::string_view wanted) const {
    for (std::size_t i = 0; i != count(vector); ++i) {
      if (text(child(element(vector, i), slot)) == wanted) return element(vector, i);
    }
    throw std::runtime_error("the file has no " + std::string(wanted));
  }

 private:
  Bytes& body_;
};

FileType type_of(const std::string& key) {
  if (key.starts_with("snapshots/")) return FileType::snapshot;
  if (key.starts_with("manifests/")) return FileType::manifest;
  if (key.starts_with("transactions/")) return FileType::transaction_log;
  return FileType::repo_info;
}

void edit(const Objects& store, const std::string& key, const std::function<void(Flat&)>& change) {
  auto file = format::open_file(store.get(key), type_of(key), key).value();
  Flat flat(file.body);
  change(flat);
  store.put(key, format::seal_file(file.body, type_of(key)));
}

/// Changes the bytes of an object as they are stored.
void patch(const Objects& store, const std::string& key, const std::function<void(Bytes&)>& change) {
  Bytes bytes = store.get(key);
  change(bytes);
  store.put(key, bytes);
}

format::RepoInfo info_of(const Objects& store) {
  return format::decode_repo_info(format::open_file(store.get("repo"), FileType::repo_info, "repo").value().body, "repo").value();
}
SnapshotId tip(const Objects& store) { return info_of(store).branches.at("main"); }
std::string tip_key(const Objects& store) { return format::snapshot_key(tip(store)); }

/// The nth manifest of an array of main's newest snapshot.
std::string manifest_of(const Objects& store, const std::string& path, std::size_t n = 0) {
  const std::string key = tip_key(store);
  const auto file = format::open_file(store.get(key), FileType::snapshot, key).value();
  const auto view = format::SnapshotView::open(file.body, file.version, key).value();
  return format::manifest_key(view.find(path).value().manifest_ref(n).id());
}
/// The object of the first chunk in a manifest.
std::string chunk_of(const Objects& store, const std::string& path) {
  const std::string key = manifest_of(store, path);
  const auto file = format::open_file(store.get(key), FileType::manifest, key).value();
  const auto view = format::ManifestView::open(file.body, key).value();
  return format::chunk_key(view.array(0).value().ref(0).value().chunk_id);
}

/// A damage of `repo`, of main's newest snapshot, or of a manifest or log of it.
std::function<void(const Objects&)> in_repo(std::function<void(Flat&, std::size_t)> change) {
  return [=](const Objects& store) { edit(store, "repo", [&](Flat& flat) { change(flat, flat.root()); }); };
}
std::function<void(const Objects&)> in_tip(std::function<void(Flat&, std::size_t)> change) {
  return [=](const Objects& store) { edit(store, tip_key(store), [&](Flat& flat) { change(flat, flat.root()); }); };
}
std::function<void(const Objects&)> in_node(const std::string& path, std::function<void(Flat&, std::size_t)> change) {
  return in_tip([=](Flat& flat, std::size_t root) { change(flat, flat.find(flat.child(root, 2), 1, path)); });
}
/// `change` gets the table of the array within the node.
std::function<void(const Objects&)> in_array(const std::string& path, std::function<void(Flat&, std::size_t)> change) {
  return in_node(path, [=](Flat& flat, std::size_t node) { change(flat, flat.child(node, 4)); });
}
/// `change` gets the position of the extents of the array's first manifest.
std::function<void(const Objects&)> in_extents(const std::string& path, std::function<void(Flat&, std::size_t)> change) {
  return in_array(path, [=](Flat& flat, std::size_t array) {
    change(flat, flat.child(flat.element(flat.child(array, 2), 0), 1));
  });
}
/// `change` gets the position of the refs of the first array in the array's first manifest.
std::function<void(const Objects&)> in_refs(const std::string& path, std::function<void(Flat&, std::size_t)> change) {
  return [=](const Objects& store) {
    edit(store, manifest_of(store, path), [&](Flat& flat) { change(flat, flat.child(flat.element(flat.child(flat.root(), 1), 0), 1)); });
  };
}
std::function<void(const Objects&)> in_log(std::function<void(Flat&, std::size_t)> change) {
  return [=](const Objects& store) {
    // That of the commit that made the nodes.
    edit(store, format::transaction_log_key(info_of(store).tags.at("v1")), [&](Flat& flat) { change(flat, flat.root()); });
  };
}
std::function<void(const Objects&)> stored(std::function<std::string(const Objects&)> key, std::function<void(Bytes&)> change) {
  return [=](const Objects& store) { patch(store, key(store), change); };
}
std::function<void(const Objects&)> without(std::function<std::string(const Objects&)> key) {
  return [=](const Objects& store) { store.remove(key(store)); };
}

void replace_body(const Objects& store, const std::string& key, std::string_view body) {
  store.put(key, format::seal_file(as_bytes(body), type_of(key)));
}

std::vector<SeededDamage> make() {
  const auto repo = [](const Objects&) { return std::string("repo"); };
  const auto snapshot = [](const Objects& store) { return tip_key(store); };
  const auto manifest = [](const Objects& store) { return manifest_of(store, "/a"); };
  const auto log = [](const Objects& store) { return format::transaction_log_key(tip(store)); };
  const auto chunk = [](const Objects& store) { return chunk_of(store, "/a"); };
  const auto chain = [](const Objects& store) { return format::overwritten_key(info_of(store).repo_before_updates.value()); };
  const auto cut = [](Bytes& bytes) { bytes.resize(bytes.size() - 7); };
  const auto flip = [](Bytes& bytes) { bytes[0] ^= std::byte{0x5a}; };  // of the magic number of zstd
  const auto zero_id = [](Flat& flat, std::size_t table, unsigned slot) { flat.store<std::uint64_t>(flat.field(table, slot), 0); };

  std::vector<SeededDamage> all;
  const auto add = [&](std::string name, Damage kind, std::string object, std::function<void(const Objects&)> inflict, bool deep = false) {
    all.push_back({std::move(name), std::move(inflict), kind, std::move(object), deep});
  };

  // The envelope, of every kind of file.
  for (const auto& [what, key, object] : {std::tuple("repo", std::function<std::string(const Objects&)>(repo), "repo"),
                                          std::tuple("snapshot", std::function<std::string(const Objects&)>(snapshot), "snapshots/"),
                                          std::tuple("manifest", std::function<std::string(const Objects&)>(manifest), "manifests/"),
                                          std::tuple("log", std::function<std::string(const Objects&)>(log), "transactions/"),
                                          std::tuple("backup", std::function<std::string(const Objects&)>(chain), "overwritten/")}) {
    const std::string of = std::string(" of a ") + what;
    const bool backup = std::string_view(what) == "backup";
    add(std::string(what) + " missing", backup ? Damage::ops_log_is_cut : Damage::missing_object, object, without(key));
    add("header cut" + of, Damage::truncated_file, object, stored(key, [](Bytes& bytes) { bytes.resize(20); }));
    add("empty file" + of, Damage::truncated_file, object, stored(key, [](Bytes& bytes) { bytes.clear(); }));
    add("other magic" + of, Damage::foreign_file, object, stored(key, [](Bytes& bytes) { bytes[1] ^= std::byte{1}; }));
    add("other type" + of, Damage::wrong_file_type, object, stored(key, [](Bytes& bytes) { bytes[37] ^= std::byte{7}; }));
    add("future version" + of, Damage::unsupported_version, object, stored(key, [](Bytes& bytes) { bytes[36] = std::byte{3}; }));
    add("future compression" + of, Damage::unsupported_version, object, stored(key, [](Bytes& bytes) { bytes[38] = std::byte{2}; }));
    add("end cut" + of, Damage::damaged_compression, object, stored(key, cut));
    add("bytes after the end" + of, Damage::damaged_compression, object, stored(key, [](Bytes& bytes) { bytes.resize(bytes.size() + 5, std::byte{1}); }));
    add("root nowhere" + of, Damage::damaged_contents, object, [key = key](const Objects& store) {
      edit(store, key(store), [](Flat& flat) { flat.store<std::uint32_t>(0, 0x00ffffff); });
    });
    add("no tables" + of, Damage::damaged_contents, object, [key = key](const Objects& store) { replace_body(store, key(store), "abc"); });
    add("uncompressed" + of, Damage::uncompressed_file, object, [key = key](const Objects& store) {
      const std::string name = key(store);
      Bytes bytes = store.get(name);
      const auto body = format::open_file(bytes, type_of(name), name).value().body;
      bytes.resize(format::file_header_size);
      bytes[38] = std::byte{0};
      bytes.insert(bytes.end(), body.begin(), body.end());
      store.put(name, bytes);
    });
    if (!backup && std::string_view(what) != "repo") {
      add("another id" + of, Damage::wrong_id, object, [key = key, zero_id](const Objects& store) {
        edit(store, key(store), [&](Flat& flat) { zero_id(flat, flat.root(), 0); });
      });
    }
  }

  // `repo`.
  enum : unsigned { tags = 1, branches, deleted_tags, snapshots, metadata = 6, latest_updates, config = 9, disabled_flags = 11 };
  add("version 3 in repo", Damage::unsupported_version, "repo", in_repo([](Flat& flat, std::size_t root) { flat.store<std::uint8_t>(flat.field(root, 0), 3); }));
  add("no branch main", Damage::no_main_branch, "repo", in_repo([](Flat& flat, std::size_t root) {
    flat.set_text(flat.child(flat.find(flat.child(root, branches), 0, "main"), 0), "mail");
  }));
  add("branch nowhere", Damage::dangling_branch, "repo", in_repo([](Flat& flat, std::size_t root) {
    for (std::size_t i = 0; i != 2; ++i) {  // an index of 0 is not stored
      const std::size_t ref = flat.element(flat.child(root, branches), i);
      if (flat.has(ref, 1)) flat.store<std::uint32_t>(flat.field(ref, 1), 9999);
    }
  }));
  add("tag nowhere", Damage::dangling_tag, "repo", in_repo([](Flat& flat, std::size_t root) {
    for (std::size_t i = 0; i != 2; ++i) {
      const std::size_t ref = flat.element(flat.child(root, tags), i);
      if (flat.has(ref, 1)) flat.store<std::uint32_t>(flat.field(ref, 1), 9999);
    }
  }));
  add("branches swapped", Damage::refs_out_of_order, "repo", in_repo([](Flat& flat, std::size_t root) { flat.swap(flat.child(root, branches), 0, 1); }));
  add("tags swapped", Damage::refs_out_of_order, "repo", in_repo([](Flat& flat, std::size_t root) { flat.swap(flat.child(root, tags), 0, 1); }));
  add("tag twice", Damage::duplicate_ref, "repo", in_repo([](Flat& flat, std::size_t root) {
    flat.set_text(flat.child(flat.element(flat.child(root, tags), 1), 0), flat.text(flat.child(flat.element(flat.child(root, tags), 0), 0)));
  }));
  add("deleted tags swapped", Damage::deleted_tags_out_of_order, "repo", in_repo([](Flat& flat, std::size_t root) { flat.swap(flat.child(root, deleted_tags), 0, 1); }));
  add("deleted tag live", Damage::deleted_tag_is_live, "repo", in_repo([](Flat& flat, std::size_t root) {
    flat.set_text(flat.element(flat.child(root, deleted_tags), 1), flat.text(flat.child(flat.element(flat.child(root, tags), 0), 0)));
  }));
  add("snapshots swapped", Damage::snapshots_out_of_order, "repo", in_repo([](Flat& flat, std::size_t root) { flat.swap(flat.child(root, snapshots), 0, 1); }));
  add("snapshot twice", Damage::duplicate_snapshot, "repo", in_repo([](Flat& flat, std::size_t root) {
    const std::size_t list = flat.child(root, snapshots);
    const std::size_t first = std::max(flat.element(list, 0), flat.element(list, 1));  // it lies behind both
    flat.point(list, 0, first);
    flat.point(list, 1, first);
  }));
  add("parent nowhere", Damage::parent_not_listed, "repo", [](const Objects& store) {
    const auto info = info_of(store);
    edit(store, "repo", [&](Flat& flat) {
      const std::size_t list = flat.child(flat.root(), snapshots);
      for (std::size_t i = 0; i != flat.count(list); ++i) {
        if (info.snapshots[i].id == info.branches.at("main")) flat.store<std::int32_t>(flat.field(flat.element(list, i), 1), 9999);
      }
    });
  });
  add("ancestry in a ring", Damage::ancestry_cycle, "repo", [](const Objects& store) {
    const auto info = info_of(store);
    edit(store, "repo", [&](Flat& flat) {
      const std::size_t list = flat.child(flat.root(), snapshots);
      for (std::size_t i = 0; i != flat.count(list); ++i) {
        if (info.snapshots[i].parent) continue;
        for (std::size_t k = 0; k != flat.count(list); ++k) {
          if (info.snapshots[k].id == info.branches.at("main")) flat.store(flat.field(flat.element(list, i), 1), static_cast<std::int32_t>(k));
        }
      }
    });
  });
  const auto set_time = [](std::uint64_t (*time)(std::uint64_t)) {
    return [time](const Objects& store) {
      const auto info = info_of(store);
      edit(store, "repo", [&](Flat& flat) {
        const std::size_t list = flat.child(flat.root(), snapshots);
        for (std::size_t i = 0; i != flat.count(list); ++i) {
          const std::size_t at = flat.element(list, i);
          if (info.snapshots[i].id == info.branches.at("main")) flat.store(flat.field(at, 2), time(flat.load<std::uint64_t>(flat.field(at, 2))));
        }
      });
    };
  };
  add("older than its parent", Damage::not_after_parent, "repo", set_time([](std::uint64_t) { return std::uint64_t{1}; }));
  add("another time in repo", Damage::snapshot_info_differs, "snapshots/", set_time([](std::uint64_t time) { return time + 1; }));
  add("flags swapped", Damage::feature_flags_out_of_order, "repo", in_repo([](Flat& flat, std::size_t root) { flat.swap_values(flat.child(root, disabled_flags), 0, 1, 2); }));
  add("config damaged", Damage::bad_config, "repo", [](const Objects& store) {
    auto info = info_of(store);
    info.config = Bytes(5, std::byte{0xfe});
    store.put("repo", format::seal_file(format::encode_repo_info(info).value(), FileType::repo_info));
  });
  add("metadata of the repository damaged", Damage::bad_metadata, "repo", in_repo([](Flat& flat, std::size_t root) {
    const std::size_t value = flat.child(flat.element(flat.child(root, metadata), 0), 1);
    flat.store<std::uint8_t>(value + 4 + flat.count(value) - 1, 0xff);
  }));
  add("ops log empty", Damage::ops_log_empty, "repo", in_repo([](Flat& flat, std::size_t root) { flat.set_count(flat.child(root, latest_updates), 0); }));
  add("operations swapped", Damage::ops_log_out_of_order, "repo", in_repo([](Flat& flat, std::size_t root) { flat.swap(flat.child(root, latest_updates), 1, 2); }));
  add("newest operation has a backup", Damage::newest_operation_has_backup, "repo", in_repo([](Flat& flat, std::size_t root) {
    flat.swap(flat.child(root, latest_updates), 0, 1);
  }));
  add("unknown operation", Damage::unknown_operation, "repo", in_repo([](Flat& flat, std::size_t root) {
    flat.store<std::uint8_t>(flat.field(flat.element(flat.child(root, latest_updates), 0), 0), 99);
  }));
  add("backup of another time", Damage::ops_log_is_cut, "overwritten/", [=](const Objects& store) { store.put(chain(store), store.get("repo")); });

  // Snapshots.
  add("nodes swapped", Damage::nodes_out_of_order, "snapshots/", in_tip([](Flat& flat, std::size_t root) { flat.swap(flat.child(root, 2), 1, 2); }));
  add("path twice", Damage::duplicate_path, "snapshots/", in_node("/b", [](Flat& flat, std::size_t node) { flat.set_text(flat.child(node, 1), "/a"); }));
  add("node id twice", Damage::duplicate_node_id, "snapshots/", in_tip([](Flat& flat, std::size_t root) {
    const std::size_t nodes = flat.child(root, 2);
    flat.store(flat.field(flat.find(nodes, 1, "/b"), 0), flat.load<std::uint64_t>(flat.field(flat.find(nodes, 1, "/a"), 0)));
  }));
  add("relative path", Damage::bad_path, "snapshots/", in_node("/a", [](Flat& flat, std::size_t node) { flat.set_text(flat.child(node, 1), "x"); }));
  add("path with an empty segment", Damage::bad_path, "snapshots/", in_node("/m/x", [](Flat& flat, std::size_t node) { flat.set_text(flat.child(node, 1), "/m//"); }));
  add("unknown kind of node", Damage::unknown_node_kind, "snapshots/", in_node("/a", [](Flat& flat, std::size_t node) { flat.store<std::uint8_t>(flat.field(node, 3), 9); }));
  add("array as a group", Damage::zarr_json_differs, "snapshots/", in_node("/a", [](Flat& flat, std::size_t node) { flat.store<std::uint8_t>(flat.field(node, 3), 2); }));
  add("node below an array", Damage::node_below_array, "snapshots/", in_node("/m/x", [](Flat& flat, std::size_t node) { flat.set_text(flat.child(node, 1), "/a/x"); }));
  add("group gone", Damage::missing_parent_group, "snapshots/", in_node("/m", [](Flat& flat, std::size_t node) { flat.set_text(flat.child(node, 1), "/l"); }));
  add("zarr.json damaged", Damage::bad_zarr_json, "snapshots/", in_node("/a", [](Flat& flat, std::size_t node) { flat.set_text(flat.child(node, 2), "?"); }));
  add("zarr.json of a group damaged", Damage::bad_zarr_json, "snapshots/", in_node("/m", [](Flat& flat, std::size_t node) { flat.set_text(flat.child(node, 2), "["); }));
  add("another shape", Damage::zarr_json_differs, "snapshots/", in_array("/a", [](Flat& flat, std::size_t array) {
    flat.store<std::uint64_t>(flat.field(flat.element(flat.child(array, 3), 0), 0), 1199);
  }));
  add("more chunks", Damage::zarr_json_differs, "snapshots/", in_array("/a", [](Flat& flat, std::size_t array) {
    flat.store<std::uint32_t>(flat.field(flat.element(flat.child(array, 3), 0), 1), 5);
  }));
  add("another name of a dimension", Damage::zarr_json_differs, "snapshots/", in_array("/a", [](Flat& flat, std::size_t array) {
    flat.set_text(flat.child(flat.element(flat.child(array, 1), 0), 0), "q");
  }));
  add("manifest not listed", Damage::manifest_not_listed, "snapshots/", in_tip([=](Flat& flat, std::size_t root) { zero_id(flat, flat.element(flat.child(root, 7), 0), 0); }));
  add("manifest not used", Damage::manifest_not_used, "snapshots/", in_tip([=](Flat& flat, std::size_t root) { zero_id(flat, flat.element(flat.child(root, 7), 0), 0); }));
  add("manifest listed twice", Damage::duplicate_manifest, "snapshots/", in_tip([](Flat& flat, std::size_t root) {
    const std::size_t list = flat.child(root, 7);
    const std::size_t later = std::max(flat.element(list, 0), flat.element(list, 1));
    flat.point(list, 0, later);
    flat.point(list, 1, later);
  }));
  add("size of a manifest", Damage::manifest_size_differs, "snapshots/", in_tip([](Flat& flat, std::size_t root) {
    flat.store<std::uint64_t>(flat.field(flat.element(flat.child(root, 7), 0), 1), 50);
  }));
  add("number of chunk refs", Damage::manifest_count_differs, "manifests/", in_tip([](Flat& flat, std::size_t root) {
    flat.store<std::uint32_t>(flat.field(flat.element(flat.child(root, 7), 0), 2), 77);
  }));
  add("metadata of a commit damaged", Damage::bad_metadata, "snapshots/", in_tip([](Flat& flat, std::size_t root) {
    const std::size_t value = flat.child(flat.element(flat.child(root, 5), 0), 1);
    flat.store<std::uint8_t>(value + 4 + flat.count(value) - 1, 0xff);
  }));
  add("extents of another rank", Damage::wrong_extents_rank, "snapshots/", in_extents("/m/x", [](Flat& flat, std::size_t extents) { flat.set_count(extents, 1); }));
  add("empty extents", Damage::empty_extents, "snapshots/", in_extents("/a", [](Flat& flat, std::size_t extents) { flat.store<std::uint32_t>(extents + 8, 0); }));
  add("extents beyond the grid", Damage::extents_outside_grid, "snapshots/", in_extents("/a", [](Flat& flat, std::size_t extents) { flat.store<std::uint32_t>(extents + 8, 5000); }));
  add("extents too small", Damage::chunk_outside_extents, "manifests/", in_extents("/a", [](Flat& flat, std::size_t extents) { flat.store<std::uint32_t>(extents + 8, 2); }));
  add("extents overlap", Damage::extents_overlap, "snapshots/", in_array("/n", [](Flat& flat, std::size_t array) {
    const std::size_t refs = flat.child(array, 2);
    flat.need(refs, 2);
    for (std::size_t i = 0; i != 2; ++i) {
      const std::size_t extents = flat.child(flat.element(refs, i), 1);
      flat.store<std::uint32_t>(extents + 4, 0);
      flat.store<std::uint32_t>(extents + 8, 12);
    }
  }));

  // Manifests and chunks.
  add("chunk refs swapped", Damage::chunk_refs_out_of_order, "manifests/", in_refs("/a", [](Flat& flat, std::size_t refs) { flat.swap(refs, 0, 1); }));
  add("chunk ref twice", Damage::duplicate_chunk_ref, "manifests/", in_refs("/a", [](Flat& flat, std::size_t refs) {
    const std::size_t later = std::max(flat.element(refs, 0), flat.element(refs, 1));
    flat.point(refs, 0, later);
    flat.point(refs, 1, later);
  }));
  add("chunk ref without payload", Damage::damaged_chunk_ref, "manifests/", in_refs("/a", [](Flat& flat, std::size_t refs) { flat.drop_field(flat.element(refs, 0), 4); }));
  add("chunk ref to nowhere", Damage::damaged_contents, "manifests/", in_refs("/a", [](Flat& flat, std::size_t refs) { flat.set_count(refs, 0x7fffffff); }));
  add("chunk ref of another rank", Damage::wrong_index_rank, "manifests/", in_refs("/m/x", [](Flat& flat, std::size_t refs) {
    flat.set_count(flat.child(flat.element(refs, 0), 0), 1);
  }));
  add("chunk beyond the grid", Damage::chunk_outside_grid, "manifests/", in_refs("/a", [](Flat& flat, std::size_t refs) {
    flat.store<std::uint32_t>(flat.child(flat.element(refs, flat.count(refs) - 1), 0) + 4, 9000);
  }));
  add("chunk of no bytes", Damage::empty_chunk, "manifests/", in_refs("/a", [](Flat& flat, std::size_t refs) {
    flat.store<std::uint64_t>(flat.field(flat.element(refs, 0), 3), 0);
  }));
  add("location damaged", Damage::bad_location, "manifests/", in_refs("/v", [](Flat& flat, std::size_t refs) {
    flat.set_text(flat.child(flat.element(refs, 0), 5), "?????");
  }));
  add("array not in its manifest", Damage::array_not_in_manifest, "manifests/", [=](const Objects& store) {
    edit(store, manifest_of(store, "/a"), [&](Flat& flat) { zero_id(flat, flat.element(flat.child(flat.root(), 1), 0), 0); });
  });
  add("arrays of a manifest swapped", Damage::arrays_out_of_order, "manifests/", [](const Objects& store) {
    const std::string key = manifest_of(store, "/a");
    const auto old = format::open_file(store.get(key), FileType::manifest, key).value();
    const auto view = format::ManifestView::open(old.body, key).value();
    format::ManifestBuilder builder(view.id());
    NodeId last;
    last.bytes.fill(0xff);
    for (const NodeId id : {view.array_id(0).value(), last}) {
      builder.begin_array(id);
      const auto refs = view.array(0).value();
      for (std::size_t i = 0; i != refs.size(); ++i) {
        std::vector<std::uint32_t> index;
        refs.index(i, index).value();
        builder.add(index, refs.ref(i).value());
      }
      builder.end_array();
    }
    Bytes body = builder.finish().value();
    Flat flat(body);
    flat.swap(flat.child(flat.root(), 1), 0, 1);
    store.put(key, format::seal_file(body, FileType::manifest));
  });
  add("chunk missing", Damage::missing_object, "chunks/", without(chunk));
  add("chunk cut", Damage::chunk_beyond_object, "chunks/", stored(chunk, cut));
  add("chunk damaged", Damage::undecodable_chunk, "chunks/", stored(chunk, flip), true);
  add("inline chunk damaged", Damage::undecodable_chunk, "manifests/", in_refs("/b", [](Flat& flat, std::size_t refs) {
    const std::size_t bytes = flat.child(flat.element(refs, 0), 1);
    flat.store<std::uint8_t>(bytes + 4, 0);  // of the magic number of zstd
  }), true);

  // Transaction logs.
  add("ids of a log swapped", Damage::log_out_of_order, "transactions/", in_log([](Flat& flat, std::size_t root) { flat.swap_values(flat.child(root, 2), 0, 1, 8); }));
  add("updated chunks swapped", Damage::log_out_of_order, "transactions/", in_log([](Flat& flat, std::size_t root) { flat.swap(flat.child(root, 7), 0, 1); }));
  add("new array not in the log", Damage::log_differs, "transactions/", in_log([](Flat& flat, std::size_t root) {
    const std::size_t arrays = flat.child(root, 2);
    flat.set_count(arrays, flat.count(arrays) - 1);
  }));
  add("unknown nodes in the log", Damage::log_differs, "transactions/", in_log([](Flat& flat, std::size_t root) {
    flat.store<std::uint64_t>(flat.child(root, 2) + 4, 0);
  }));
  add("log of another commit", Damage::log_differs, "transactions/", [](const Objects& store) {
    store.put(format::transaction_log_key(info_of(store).tags.at("v1")), store.get(format::transaction_log_key(tip(store))));
  });

  // What else may lie there.
  add("id in lower case", Damage::noncanonical_name, "snapshots/", [](const Objects& store) {
    std::string name = tip_key(store);
    std::transform(name.begin(), name.end(), name.begin(), [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
    store.put(name, store.get(tip_key(store)));
  });
  add("foreign object among chunks", Damage::unknown_object, "chunks/", [](const Objects& store) { store.put("chunks/readme.txt", as_bytes("hello")); });
  add("foreign object", Damage::unknown_object, "notes.txt", [](const Objects& store) { store.put("notes.txt", as_bytes("hello")); });
  add("orphan", Damage::orphans, "chunks/", [](const Objects& store) { store.put(format::chunk_key(ChunkId{}), as_bytes("hello")); });
  return all;
}

}  // namespace

const std::vector<SeededDamage>& damages() {
  static const std::vector<SeededDamage> all = make();
  return all;
}

}  // namespace support
