// SPDX-License-Identifier: Apache-2.0
// ZarrStore: a session as a plain Zarr store, key by key, so that any other Zarr implementation can sit on it. Keys are
// `<path>/zarr.json` and `<path>/c/0/1`; the values of chunks are their encoded bytes, as they are.
#pragma once

#include <varve/array/nodes.hpp>
#include <varve/array/store_range.hpp>
#include <varve/array/turns.hpp>
#include <varve/async/block_on.hpp>
#include <varve/async/entry.hpp>
#include <varve/core/bytes.hpp>
#include <varve/session/session_state.hpp>
#include <varve/zarr/chunk_key.hpp>
#include <varve/zarr/metadata.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace varve::inline v0 {

/// A handle; copies mean the same session. Thread-safe.
/// Keys: only the canonical one of each value is accepted; any other, one of another rank than the array's included, is
/// `errc::invalid_key`. The keys of Zarr v2 metadata read as missing and cannot be set.
/// Errors of all: those of the session and its store.
template <class State>
class ZarrStore {
 public:
  explicit ZarrStore(std::shared_ptr<State> state)
      : state_(std::move(state)), turns_(detail::Turns::of(state_.get())) {}

  /// The value, or a part of it; none if there is none. Errors: `errc::unsupported_virtual`.
  Awaitable<Result<std::optional<Bytes>>> async_get(std::string key, std::optional<StoreRange> range = {}) const {
    return guarded(get(*this, std::move(key), range));
  }
  std::optional<Bytes> get(std::string key, std::optional<StoreRange> range = {}) const {
    return block_on(async_get(std::move(key), range)).value();
  }

  /// Whether there is a value. Of a chunk nothing is fetched.
  Awaitable<Result<bool>> async_exists(std::string key) const { return guarded(exists(*this, std::move(key))); }
  bool exists(std::string key) const { return block_on(async_exists(std::move(key))).value(); }

  /// The bytes of a value, 0 if there is none. Of a chunk nothing is fetched.
  Awaitable<Result<std::uint64_t>> async_getsize(std::string key) const {
    return guarded(getsize(*this, std::move(key)));
  }
  std::uint64_t getsize(std::string key) const { return block_on(async_getsize(std::move(key))).value(); }

  /// Sets a value. `zarr.json` creates the node or updates it; a node keeps its kind until it is erased.
  /// Errors: `errc::bad_metadata`; `errc::node_exists` for another kind; for chunks `errc::node_not_found`,
  /// `errc::not_an_array`, `errc::out_of_bounds` beyond the chunk grid; `errc::unsupported_operation` for v2 metadata.
  Awaitable<Result<void>> async_set(std::string key, Bytes value) const {
    return guarded(set(*this, std::move(key), std::move(value), true));
  }
  void set(std::string key, Bytes value) const { block_on(async_set(std::move(key), std::move(value))).value(); }

  /// The same, unless there is a value already; as one step among the writers of this session.
  Awaitable<Result<void>> async_set_if_not_exists(std::string key, Bytes value) const {
    return guarded(set(*this, std::move(key), std::move(value), false));
  }
  void set_if_not_exists(std::string key, Bytes value) const {
    block_on(async_set_if_not_exists(std::move(key), std::move(value))).value();
  }

  /// Deletes a value, if there is one; a `zarr.json` goes with everything below its node.
  Awaitable<Result<void>> async_erase(std::string key) const { return guarded(erase(*this, std::move(key))); }
  void erase(std::string key) const { block_on(async_erase(std::move(key))).value(); }

  /// Deletes all whose keys lie under a prefix by whole segments: a node with all below it, or chunks of an array. An
  /// empty prefix deletes everything.
  Awaitable<Result<void>> async_erase_prefix(std::string prefix) const {
    return guarded(erase_prefix(*this, std::move(prefix)));
  }
  void erase_prefix(std::string prefix) const { block_on(async_erase_prefix(std::move(prefix))).value(); }

  /// All keys that begin with the text `prefix`: those of nodes first, then array by array those of chunks.
  Awaitable<Result<std::vector<std::string>>> async_list_prefix(std::string prefix) const {
    return guarded(list(*this, std::move(prefix)));
  }
  std::vector<std::string> list_prefix(std::string prefix) const {
    return block_on(async_list_prefix(std::move(prefix))).value();
  }
  Awaitable<Result<std::vector<std::string>>> async_list() const { return async_list_prefix(""); }
  std::vector<std::string> list() const { return block_on(async_list()).value(); }

  /// The distinct next segments of the keys under a prefix, sorted. Every array has `zarr.json` and `c`.
  Awaitable<Result<std::vector<std::string>>> async_list_dir(std::string prefix) const {
    return guarded(list_dir(*this, std::move(prefix)));
  }
  std::vector<std::string> list_dir(std::string prefix) const {
    return block_on(async_list_dir(std::move(prefix))).value();
  }

 private:
  using Key = zarr::StoreKey;

  /// The array whose chunk a key speaks of, if there is one. Errors: `errc::invalid_key` for an index of another rank.
  static Result<std::optional<NodeId>> array_of(State& state, const Key& key) {
    const auto array = state.find_array(key.path);
    if (!array) return array.error();
    if (!*array) return std::optional<NodeId>();
    if (auto ranked = zarr::check_rank(key, (*array)->rank); !ranked) return std::move(ranked).error();
    return std::optional((*array)->id);
  }

  struct Found {
    Key key;
    std::optional<NodeInfo> node;  // of metadata
    NodeId array{};                // of a chunk
    ChunkLocation location;        // missing, unless there is that chunk

    bool exists() const { return node || location.kind != ChunkLocation::Kind::missing; }
    std::uint64_t size() const { return node ? node->zarr_json->size() : exists() ? location.length : 0; }
  };
  static Awaitable<Result<Found>> find(const ZarrStore& store, std::string_view text) {
    auto key = zarr::parse_key(text);
    if (!key) co_return std::move(key).error();
    Found found{*std::move(key), {}, {}, {}};
    if (found.key.kind == Key::Kind::metadata) {
      auto node = store.state_->find_node(found.key.path);
      if (!node) co_return std::move(node).error();
      found.node = *std::move(node);
    } else if (found.key.kind == Key::Kind::chunk) {
      const auto array = array_of(*store.state_, found.key);
      if (!array) co_return array.error();
      if (!*array) co_return found;
      found.array = **array;
      auto location = co_await store.state_->locate(found.array, found.key.index);
      if (!location) co_return std::move(location).error();
      found.location = *std::move(location);
    }
    co_return found;
  }

  static Awaitable<Result<std::optional<Bytes>>> get(ZarrStore store, std::string text,
                                                     std::optional<StoreRange> range) {
    auto found = co_await find(store, text);
    if (!found) co_return std::move(found).error();
    if (!found->exists()) co_return std::optional<Bytes>();
    const std::uint64_t size = found->size();
    const ByteRange part = range ? range->within(size) : ByteRange{0, size};
    if (found->node) {
      const auto bytes = as_bytes(*found->node->zarr_json).subspan(part.first, part.size());
      co_return std::optional<Bytes>(copy_bytes(bytes));
    }
    ChunkLocation& location = found->location;
    using Kind = ChunkLocation::Kind;
    if (location.kind == Kind::virtual_location) {
      co_return Error(errc::unsupported_virtual, "read chunk", text,
                      "its bytes lie in another file; this version reads native and inline chunks only");
    }
    if (part.size() == 0) co_return std::optional<Bytes>(Bytes());
    if (location.kind == Kind::native && part.size() != size) {  // a part costs no more than itself
      location.offset += part.first;
      location.length = part.size();
      Bytes value(part.size());
      auto done = co_await store.state_->fetch_into(location, value);
      if (!done) co_return std::move(done).error();
      co_return std::optional<Bytes>(std::move(value));
    }
    Bytes scratch;
    auto whole = co_await store.state_->fetch(location, scratch);
    if (!whole) co_return std::move(whole).error();
    if (whole->size() != size) {
      co_return Error(errc::corrupt, "read chunk", text, "it has another length than its ref says");
    }
    if (whole->data() == scratch.data() && part.size() == size) co_return std::optional<Bytes>(std::move(scratch));
    co_return std::optional<Bytes>(copy_bytes(whole->subspan(part.first, part.size())));
  }

  static Awaitable<Result<bool>> exists(ZarrStore store, std::string text) {
    auto found = co_await find(store, text);
    if (!found) co_return std::move(found).error();
    co_return found->exists();
  }
  static Awaitable<Result<std::uint64_t>> getsize(ZarrStore store, std::string text) {
    auto found = co_await find(store, text);
    if (!found) co_return std::move(found).error();
    co_return found->size();
  }

  static Awaitable<Result<void>> set(ZarrStore store, std::string text, Bytes value, bool replaces) {
    auto key = zarr::parse_key(text);
    if (!key) co_return std::move(key).error();
    if (key->kind == Key::Kind::v2_metadata) {
      co_return Error(errc::unsupported_operation, "set value", text, "the metadata of Zarr v2 cannot be stored");
    }
    if (key->kind == Key::Kind::metadata) {
      const Semaphore::Permit turn = co_await store.turns_->metadata();
      co_return set_metadata(*store.state_, key->path, std::string(as_text(value)), replaces);
    }
    const auto array = array_of(*store.state_, *key);
    if (!array) co_return array.error();
    if (!*array) {
      const auto none = detail::find_of_kind(*store.state_, key->path, NodeKind::array, "set chunk");
      co_return none ? Error(errc::node_not_found, "set chunk", key->path.text()) : none.error();
    }
    const Semaphore::Permit turn = co_await store.turns_->chunk(**array, key->index);
    if (!replaces) {
      auto found = co_await store.state_->locate(**array, key->index);
      if (!found) co_return std::move(found).error();
      if (found->kind != ChunkLocation::Kind::missing) co_return Result<void>();
    }
    co_return co_await store.state_->write_chunk(**array, key->index, value);
  }

  static Result<void> set_metadata(State& state, const Path& path, std::string json, bool replaces) {
    auto node = state.find_node(path);
    if (!node) return std::move(node).error();
    if (*node && !replaces) return {};
    auto outline = zarr::outline(json, path.text());
    if (!outline) return std::move(outline).error();
    const NodeKind kind = outline->is_array ? NodeKind::array : NodeKind::group;
    if (*node && (*node)->kind != kind) {
      return Error(errc::node_exists, "set metadata", path.text(), "erase the node first to change its kind");
    }
    auto done = *node ? state.update_node(**node, std::move(json)) : state.create_node(path, kind, std::move(json));
    if (!done) return std::move(done).error();
    return {};
  }

  static Awaitable<Result<void>> erase(ZarrStore store, std::string text) {
    auto found = co_await find(store, text);
    if (!found) co_return std::move(found).error();
    if (!found->exists()) co_return Result<void>();
    if (found->node) co_return store.state_->delete_node(found->key.path);
    const Semaphore::Permit turn = co_await store.turns_->chunk(found->array, found->key.index);
    co_return store.state_->erase_chunk(found->array, found->key.index);
  }

  /// A prefix as a path, without the slash that it may end in.
  static Result<Path> folder(std::string_view prefix) {
    if (prefix.ends_with('/')) prefix.remove_suffix(1);
    auto path = Path::parse(prefix);
    if (path && path->text().substr(1) == prefix) return path;
    return Error(errc::invalid_key, "read prefix", std::string(prefix), "a prefix is a key's first segments");
  }

  /// The array whose chunks a prefix that names no node may lie in.
  static Result<std::optional<NodeInfo>> array_above(const State& state, Path path) {
    for (;;) {
      auto node = state.find_node(path);
      if (!node) return node;
      if (*node) return (*node)->kind == NodeKind::array ? node : std::optional<NodeInfo>();
      if (path.is_root()) return std::optional<NodeInfo>();
      path = path.parent();
    }
  }

  static Awaitable<Result<void>> erase_prefix(ZarrStore store, std::string prefix) {
    auto path = folder(prefix);
    if (!path) co_return std::move(path).error();
    auto nodes = store.state_->nodes(*path);
    if (!nodes) co_return std::move(nodes).error();
    if (!nodes->empty()) co_return erase_nodes(*store.state_, *nodes);
    auto array = array_above(*store.state_, *path);
    if (!array) co_return std::move(array).error();
    if (!*array) co_return Result<void>();
    auto chunks = store.state_->list_chunks((*array)->id);
    if (!chunks) co_return std::move(chunks).error();
    auto erase = [&](ListedChunk& chunk) -> Result<void> {
      const std::string key = "/" + zarr::chunk_key((*array)->path, chunk.index);
      if (key != path->text() && !Path::is_below(key, path->text())) return {};
      return store.state_->erase_chunk((*array)->id, chunk.index);
    };
    co_return co_await for_each_chunk(*chunks, erase);
  }
  static Result<void> erase_nodes(State& state, const std::vector<NodeInfo>& nodes) {
    for (const NodeInfo& node : nodes) {
      auto done = state.delete_node(node.path);
      // It may have gone with one above it.
      if (!done && done.error().code() != errc::node_not_found) return done;
    }
    return {};
  }

  static Awaitable<Result<std::vector<std::string>>> list(ZarrStore store, std::string prefix) {
    auto nodes = store.state_->nodes(Path());
    if (!nodes) co_return std::move(nodes).error();
    std::vector<std::string> keys;
    for (const NodeInfo& node : *nodes) {
      std::string key = zarr::metadata_key(node.path);
      if (key.starts_with(prefix)) keys.push_back(std::move(key));
    }
    for (const NodeInfo& node : *nodes) {
      if (node.kind != NodeKind::array) continue;
      const std::string chunks = zarr::chunk_key(node.path, {});
      if (!chunks.starts_with(prefix) && !prefix.starts_with(chunks)) continue;
      auto listed = store.state_->list_chunks(node.id);
      if (!listed) co_return std::move(listed).error();
      auto add = [&](ListedChunk& chunk) -> Result<void> {
        std::string key = zarr::chunk_key(node.path, chunk.index);
        if (key.starts_with(prefix)) keys.push_back(std::move(key));
        return {};
      };
      auto added = co_await for_each_chunk(*listed, add);
      if (!added) co_return std::move(added).error();
    }
    co_return keys;
  }

  static Awaitable<Result<std::vector<std::string>>> list_dir(ZarrStore store, std::string prefix) {
    auto path = folder(prefix);
    if (!path) co_return std::move(path).error();
    std::set<std::string> names;
    auto nodes = store.state_->nodes(*path);
    if (!nodes) co_return std::move(nodes).error();
    for (const NodeInfo& node : *nodes) {
      if (node.path == *path) {
        names.insert("zarr.json");
        if (node.kind == NodeKind::array) names.insert("c");
      } else {
        names.insert(next_segment(node.path.text(), path->text()));
      }
    }
    if (nodes->empty()) {
      auto array = array_above(*store.state_, *path);
      if (!array) co_return std::move(array).error();
      if (*array) {
        auto chunks = store.state_->list_chunks((*array)->id);
        if (!chunks) co_return std::move(chunks).error();
        auto add = [&](ListedChunk& chunk) -> Result<void> {
          const std::string key = "/" + zarr::chunk_key((*array)->path, chunk.index);
          if (Path::is_below(key, path->text())) names.insert(next_segment(key, path->text()));
          return {};
        };
        auto added = co_await for_each_chunk(*chunks, add);
        if (!added) co_return std::move(added).error();
      }
    }
    co_return std::vector<std::string>(names.begin(), names.end());
  }
  static std::string next_segment(std::string_view text, std::string_view above) {
    text.remove_prefix(above == "/" ? 1 : above.size() + 1);
    return std::string(text.substr(0, text.find('/')));
  }

  std::shared_ptr<State> state_;
  std::shared_ptr<detail::Turns> turns_;
};

}  // namespace varve::inline v0
