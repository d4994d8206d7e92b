// SPDX-License-Identifier: Apache-2.0
// ArrayCore: an array of a session without its element type. `Array<T, Rank>` and `AnyArray` are thin over it, so that
// the code that moves chunks is compiled once for all element types.
//
// What it asks of `State`, which is SessionState everywhere but in tests: find_node, nodes, create_node, update_node,
// delete_node, nodes_revision, locate, locate_cached, fetch, fetch_into, write_chunk, set_chunk_refs, erase_chunk,
// list_chunks, replace_chunk_edits, runtime, read_concurrency, write_concurrency, bytes_in_flight, take_bytes, context().cache; all thread-safe, see
// session/session_state.hpp.
#pragma once

#include <varve/array/box.hpp>
#include <varve/array/options.hpp>
#include <varve/array/pool.hpp>
#include <varve/array/turns.hpp>
#include <varve/async/blocking.hpp>
#include <varve/async/gather.hpp>
#include <varve/async/semaphore.hpp>
#include <varve/codec/scratch.hpp>
#include <varve/core/path.hpp>
#include <varve/format/keys.hpp>
#include <varve/session/session_state.hpp>
#include <varve/zarr/chunk_key.hpp>
#include <varve/zarr/chunk_pipelines.hpp>
#include <varve/zarr/metadata.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <utility>

namespace varve::inline v0::detail {

/// The error of a set of codecs, with the array that they are of.
inline Error codec_error(const Error& error, const std::string& path) {
  const std::string codec = error.key().empty() ? "" : "codec `" + error.key() + "`: ";
  return Error(error.code(), "open array", path, codec + error.hint());
}

/// What the zarr.json of an array compiles to.
template <class Codecs>
struct ArrayModel {
  NodeInfo node;
  zarr::ArrayMetadata metadata;
  zarr::ChunkPipelines<typename Codecs::Pipeline> pipelines;

  std::size_t item_size() const { return zarr::size_of(metadata.data_type); }
  /// Bytes of the largest chunk, decoded.
  std::size_t chunk_bytes() const { return pipelines.largest().plain_size(); }
  /// Errors: those of the set of codecs, naming the array.
  Result<std::shared_ptr<const typename Codecs::Pipeline>> pipeline_of(std::span<const std::uint32_t> index) const {
    auto pipeline = pipelines.of(metadata, index);
    if (!pipeline) return codec_error(pipeline.error(), node.path.text());
    return pipeline;
  }
};

/// Compiles a zarr.json. Errors: those of zarr::parse_array and of the set of codecs, naming the array.
template <class Codecs>
Result<std::shared_ptr<const ArrayModel<Codecs>>> compile_array(NodeInfo node) {
  const std::string path = node.path.text();
  if (node.kind != NodeKind::array) return Error(errc::not_an_array, "open array", path, "the node is a group");
  auto metadata = zarr::parse_array(*node.zarr_json, path);
  if (!metadata) return std::move(metadata).error();
  auto pipelines = zarr::ChunkPipelines<typename Codecs::Pipeline>::make(*metadata, &Codecs::compile);
  if (!pipelines) return codec_error(pipelines.error(), path);
  return std::make_shared<const ArrayModel<Codecs>>(
      ArrayModel<Codecs>{std::move(node), *std::move(metadata), *std::move(pipelines)});
}

/// A handle; copies share what has been compiled and the buffers. Thread-safe.
template <class Codecs, class State>
class ArrayCore {
 public:
  using Model = ArrayModel<Codecs>;
  using ModelPtr = std::shared_ptr<const Model>;

  ArrayCore(std::shared_ptr<State> state, Path path, ModelPtr model)
      : shared_(std::make_shared<Shared>(std::move(state), std::move(path), std::move(model))) {}

  /// Errors: `errc::node_not_found`, `errc::not_an_array`, those of compile_array.
  static Result<ArrayCore> open(std::shared_ptr<State> state, Path path) {
    ArrayCore core(std::move(state), std::move(path), nullptr);
    auto model = core.current();
    if (!model) return std::move(model).error();
    return core;
  }

  State& state() const { return *shared_->state; }
  const std::shared_ptr<State>& shared_state() const { return shared_->state; }
  const Path& path() const { return shared_->path; }
  Pool<Bytes>& buffers() const { return shared_->buffers; }
  Pool<codec::Scratch>& scratches() const { return shared_->scratches; }
  Turns& turns() const { return *shared_->turns; }
  const std::shared_ptr<Turns>& shared_turns() const { return shared_->turns; }
  /// Whether the session's cache keeps chunks of that many encoded bytes.
  bool is_cached(std::uint64_t bytes) const { return state().context().cache.admits(CacheKind::chunk, bytes); }

  /// The array as the session sees it now: other handles may have resized it, a rebase may have replaced it.
  Result<ModelPtr> current() const {
    const std::uint64_t revision = shared_->state->nodes_revision();
    {
      const std::scoped_lock lock(shared_->mutex);
      if (shared_->revision == revision) return shared_->model;
    }
    auto node = shared_->state->find_node(shared_->path);
    if (!node) return std::move(node).error();
    if (!*node) return Error(errc::node_not_found, "open array", shared_->path.text());
    {
      const std::scoped_lock lock(shared_->mutex);
      const ModelPtr& known = shared_->model;
      if (known && known->node.id == (*node)->id && *known->node.zarr_json == *(*node)->zarr_json) {
        shared_->revision = revision;
        return known;
      }
    }
    auto model = compile_array<Codecs>(**std::move(node));
    if (!model) return model;
    const std::scoped_lock lock(shared_->mutex);
    shared_->model = *model;
    shared_->revision = revision;
    return model;
  }

 private:
  struct Shared {
    Shared(std::shared_ptr<State> session, Path where, ModelPtr known)
        : state(std::move(session)), path(std::move(where)), turns(Turns::of(state.get())), model(std::move(known)) {}

    const std::shared_ptr<State> state;
    const Path path;
    const std::shared_ptr<Turns> turns;
    Pool<Bytes> buffers{std::size_t{64} << 20};
    Pool<codec::Scratch> scratches{std::size_t{64} << 20};
    std::mutex mutex;
    ModelPtr model;
    std::uint64_t revision = 0;  // of the nodes that `model` was last seen among
  };
  std::shared_ptr<Shared> shared_;
};

/// What an operation on many chunks may use at once.
struct Workers {
  std::size_t count = 1;
  std::uint64_t bytes_each = 0;  ///< of buffers that a worker may need
  bool on_runtime = false;  ///< side by side on the threads of the runtime, not interleaved on the caller's executor

  /// `chunks` pieces of work on chunks of `chunk_bytes` each, `total_bytes` of elements together; `budget` is for
  /// the buffers of all calls.
  static Workers plan(const Runtime& runtime, std::uint64_t chunks, std::uint64_t chunk_bytes,
                      std::uint64_t total_bytes, std::size_t concurrency, std::uint64_t budget) {
    constexpr std::uint64_t worth_a_thread = std::uint64_t{128} << 10;
    Workers workers;
    workers.bytes_each = 2 * chunk_bytes;  // one encoded, one decoded
    if (chunks < 2) return workers;
    const std::uint64_t affordable = budget / std::max<std::uint64_t>(workers.bytes_each, 1);
    const std::uint64_t wanted = std::max<std::uint64_t>(affordable, runtime.parallelism());
    workers.count = static_cast<std::size_t>(
        std::min({chunks, wanted, static_cast<std::uint64_t>(std::max<std::size_t>(concurrency, 1))}));
    workers.on_runtime = workers.count > 1 && total_bytes >= worth_a_thread && runtime.executor().has_value();
    return workers;
  }

  /// Whether a worker takes its buffers from the budget. Small ones stay within it by the number of workers alone.
  bool takes_from_budget() const { return bytes_each >= std::uint64_t{1} << 20; }

  template <class Work>
  Awaitable<Result<void>> run(const Runtime& runtime, Work& work) const {
    if (count == 1) return work();
    return on_runtime ? gather(runtime, count, work) : gather(count, work);
  }

  /// Runs what computes for long where that holds up nobody: here, unless this thread is an event loop's.
  template <class Work>
  Awaitable<Result<void>> compute(const Runtime& runtime, std::size_t bytes, Work& work) const {
    constexpr std::size_t worth_a_hop = std::size_t{32} << 10;
    if (on_runtime || bytes < worth_a_hop || this_thread_may_block()) co_return work();
    auto call = [&work]() -> Result<void> { return work(); };
    co_return co_await blocking(runtime, call);
  }
};

/// The error of a chunk's bytes, with the chunk and the object that they came from.
inline Error chunk_error(const Error& error, const Path& path, std::span<const std::uint32_t> index,
                         const ChunkLocation& location) {
  if (error.code() != errc::corrupt && error.code() != errc::unsupported_virtual) return error;
  const std::string object =
      location.kind == ChunkLocation::Kind::native ? " (in " + format::chunk_key(location.id) + ")" : "";
  return Error(error.code(), error.doing(), zarr::chunk_key(path, index), error.hint() + object);
}

}  // namespace varve::inline v0::detail
