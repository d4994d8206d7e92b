// SPDX-License-Identifier: Apache-2.0
// A session in memory without a repository below it, which counts what is asked of it and fails when it is told to.
#pragma once

#include <varve/array/array_core.hpp>
#include <varve/cache/none.hpp>

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace support {

class State {
 public:
  explicit State(varve::Runtime runtime = varve::Runtime(0), std::size_t concurrency = 8,
                 std::uint64_t budget = std::uint64_t{512} << 20)
      : runtime_(std::move(runtime)), concurrency_(concurrency), budget_(budget), free_bytes_(budget) {}

  std::atomic<int> locates = 0;
  std::atomic<int> fetches = 0;         // whole, into a buffer or as a view
  std::atomic<int> fetches_at_once = 0;
  std::atomic<int> most_fetches_at_once = 0;
  std::atomic<int> direct_fetches = 0;  // straight into the memory of the reader
  std::atomic<int> writes = 0;
  std::atomic<int> fails_at_write = -1;  // the number of the write that fails
  std::atomic<bool> suspends = false;    // every fetch and write goes through the executor once
  std::atomic<bool> is_writable = true;

  struct Context {
    varve::cache::None cache;
  };
  const Context& context() const { return context_; }
  const varve::Runtime& runtime() const { return runtime_; }
  std::size_t read_concurrency() const { return concurrency_; }
  std::size_t write_concurrency() const { return concurrency_; }
  std::uint64_t bytes_in_flight() const { return budget_; }
  varve::Awaitable<varve::Semaphore::Permit> take_bytes(std::uint64_t count) { return free_bytes_.take(count); }
  bool writable() const { return is_writable; }
  std::uint64_t nodes_revision() const { return ++revisions_; }  // nodes may always have changed

  varve::Result<std::optional<varve::NodeInfo>> find_node(const varve::Path& path) const {
    const std::scoped_lock lock(mutex_);
    const auto found = nodes_.find(path);
    if (found == nodes_.end()) return std::optional<varve::NodeInfo>();
    return std::optional<varve::NodeInfo>(found->second);
  }
  varve::Result<std::optional<varve::ArrayOutline>> find_array(const varve::Path& path) const {
    const auto node = find_node(path);
    if (!*node || (*node)->kind != varve::NodeKind::array) return std::optional<varve::ArrayOutline>();
    const auto outline = varve::zarr::outline(*(*node)->zarr_json, path.text());
    if (!outline) return outline.error();
    return std::optional(varve::ArrayOutline{(*node)->id, outline->shape.size()});
  }
  varve::Result<std::vector<varve::NodeInfo>> nodes(const varve::Path& below) const {
    const std::scoped_lock lock(mutex_);
    std::vector<varve::NodeInfo> out;
    for (const auto& [path, node] : nodes_) {
      if (path == below || path.is_below(below)) out.push_back(node);
    }
    return out;
  }
  varve::Result<varve::NodeInfo> create_node(const varve::Path& path, varve::NodeKind kind, std::string json) {
    const std::scoped_lock lock(mutex_);
    if (!is_writable) return read_only();
    if (nodes_.contains(path)) return varve::Error(varve::errc::node_exists, "create node", path.text());
    varve::NodeId id;
    for (std::size_t i = 0, n = ++last_id_; i != 8; ++i, n >>= 8) id.bytes[7 - i] = static_cast<std::uint8_t>(n);
    varve::NodeInfo node{id, path, kind, std::make_shared<const std::string>(std::move(json))};
    nodes_.emplace(path, node);
    return node;
  }
  varve::Result<varve::NodeInfo> update_node(const varve::NodeInfo& node, std::string json) {
    const std::scoped_lock lock(mutex_);
    if (!is_writable) return read_only();
    const auto found = nodes_.find(node.path);
    if (found == nodes_.end() || found->second.id != node.id) {
      return varve::Error(varve::errc::node_not_found, "update node", node.path.text());
    }
    found->second.zarr_json = std::make_shared<const std::string>(std::move(json));
    return found->second;
  }
  varve::Result<void> delete_node(const varve::Path& path) {
    const std::scoped_lock lock(mutex_);
    if (!is_writable) return read_only();
    const auto deleted = std::erase_if(nodes_, [&](const auto& entry) {
      if (entry.first != path && !entry.first.is_below(path)) return false;
      chunks_.erase(entry.second.id);
      return true;
    });
    if (deleted == 0) return varve::Error(varve::errc::node_not_found, "delete node", path.text());
    return {};
  }

  std::optional<varve::Result<varve::ChunkLocation>> locate_cached(varve::NodeId node,
                                                                   std::span<const std::uint32_t> index) {
    ++locates;
    const std::scoped_lock lock(mutex_);
    varve::ChunkLocation location;
    const auto& chunks = chunks_[node];
    const auto found = chunks.find(std::vector<std::uint32_t>(index.begin(), index.end()));
    if (found == chunks.end()) return varve::Result<varve::ChunkLocation>(location);
    using Kind = varve::ChunkLocation::Kind;
    location.kind = found->second.is_virtual ? Kind::virtual_location : Kind::native;
    location.keep = found->second.bytes;
    location.length = found->second.bytes->size();
    return varve::Result<varve::ChunkLocation>(location);
  }
  varve::Awaitable<varve::Result<varve::ChunkLocation>> locate(varve::NodeId node,
                                                               std::span<const std::uint32_t> index) {
    co_return *locate_cached(node, index);
  }
  varve::Awaitable<varve::Result<varve::ByteView>> fetch(varve::ChunkLocation& location, varve::Bytes&) {
    ++fetches;
    const int at_once = ++fetches_at_once;
    if (at_once > most_fetches_at_once) most_fetches_at_once = at_once;  // of one thread, where that is looked at
    co_await pause();
    --fetches_at_once;
    co_return bytes_of(location).subspan(location.offset, location.length);
  }
  varve::Awaitable<varve::Result<void>> fetch_into(const varve::ChunkLocation& location, varve::MutableByteView to) {
    ++direct_fetches;
    co_await pause();
    std::copy_n(bytes_of(location).begin() + static_cast<std::ptrdiff_t>(location.offset), to.size(), to.begin());
    co_return varve::Result<void>();
  }
  varve::Awaitable<varve::Result<void>> write_chunk(varve::NodeId node, std::span<const std::uint32_t> index,
                                                    varve::ByteView encoded) {
    if (!is_writable) co_return read_only();
    if (writes++ == fails_at_write) co_return varve::Error(varve::errc::no_space, "write chunk");
    auto bytes = std::make_shared<const varve::Bytes>(varve::copy_bytes(encoded));
    co_await pause();
    const std::scoped_lock lock(mutex_);
    chunks_[node][std::vector<std::uint32_t>(index.begin(), index.end())] = Chunk{std::move(bytes)};
    co_return varve::Result<void>();
  }
  varve::Result<void> erase_chunk(varve::NodeId node, std::span<const std::uint32_t> index) {
    if (!is_writable) return read_only();
    const std::scoped_lock lock(mutex_);
    chunks_[node].erase(std::vector<std::uint32_t>(index.begin(), index.end()));
    return {};
  }
  /// All chunks at once, and nothing of them but their indices.
  struct ChunkList {
    using value_type = varve::ListedChunk;
    std::vector<std::vector<std::uint32_t>> indices{};
    std::size_t next = 0;

    std::optional<varve::Result<std::optional<value_type>>> at_hand() {
      using Step = varve::Result<std::optional<value_type>>;
      if (next == indices.size()) return Step(std::nullopt);
      return Step(value_type{indices[next++], {}});
    }
    varve::Awaitable<varve::Result<std::optional<value_type>>> step() { co_return *at_hand(); }
  };
  varve::Result<ChunkList> list_chunks(varve::NodeId node) { return ChunkList{chunks_of(node)}; }

  // What tests look at and change from below.

  std::vector<std::vector<std::uint32_t>> chunks_of(varve::NodeId node) const {
    const std::scoped_lock lock(mutex_);
    std::vector<std::vector<std::uint32_t>> out;
    if (const auto found = chunks_.find(node); found != chunks_.end()) {
      for (const auto& [index, chunk] : found->second) out.push_back(index);
    }
    return out;
  }
  varve::Bytes stored(varve::NodeId node, const std::vector<std::uint32_t>& index) const {
    const std::scoped_lock lock(mutex_);
    return *chunks_.at(node).at(index).bytes;
  }
  void store(varve::NodeId node, const std::vector<std::uint32_t>& index, varve::Bytes bytes, bool is_virtual = false) {
    const std::scoped_lock lock(mutex_);
    chunks_[node][index] = Chunk{std::make_shared<const varve::Bytes>(std::move(bytes)), is_virtual};
  }

 private:
  struct Chunk {
    std::shared_ptr<const varve::Bytes> bytes;
    bool is_virtual = false;
  };
  static varve::Error read_only() { return varve::Error(varve::errc::read_only_session, "change session"); }
  static varve::ByteView bytes_of(const varve::ChunkLocation& location) {
    return *static_cast<const varve::Bytes*>(location.keep.get());
  }
  varve::Awaitable<void> pause() {
    if (suspends) {
      auto start = [](varve::Resumer resume) { resume(); };
      co_await varve::suspend(start);
    }
  }

  const Context context_{};
  const varve::Runtime runtime_;
  const std::size_t concurrency_;
  const std::uint64_t budget_;
  varve::Semaphore free_bytes_;
  mutable std::atomic<std::uint64_t> revisions_ = 0;
  mutable std::mutex mutex_;
  std::size_t last_id_ = 0;
  std::map<varve::Path, varve::NodeInfo> nodes_;
  std::map<varve::NodeId, std::map<std::vector<std::uint32_t>, Chunk>> chunks_;
};

}  // namespace support
