// SPDX-License-Identifier: Apache-2.0
// Array<T, Rank>: an array whose element type and rank are known when the program is compiled. It reads boxes into the
// caller's memory and writes them from there.
#pragma once

#include <varve/array/array_core.hpp>
#include <varve/array/box.hpp>
#include <varve/array/chunk_refs.hpp>
#include <varve/array/chunk_view.hpp>
#include <varve/array/nodes.hpp>
#include <varve/array/options.hpp>
#include <varve/array/read_chunks.hpp>
#include <varve/array/reindex.hpp>
#include <varve/array/resize.hpp>
#include <varve/array/typed.hpp>
#include <varve/array/view.hpp>
#include <varve/array/write_chunks.hpp>
#include <varve/async/block_on.hpp>
#include <varve/async/entry.hpp>
#include <varve/async/lazy_range.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace varve::inline v0 {

/// A handle; copies mean the same array, as the session sees it at each call. A plain name blocks and throws; its
/// `async_` twin never throws for what the world does, and what its arguments refer to must live until it completes.
///
/// Threads: reads and writes may overlap. Writers that meet in one chunk take turns, chunk by chunk: of two that write
/// the same elements at once, the one that comes last to a chunk is seen there.
/// Cancellation: reads may leave part of the view filled. Writes leave each chunk as it was or written whole.
/// Errors of all: `errc::node_not_found`, `not_an_array`, `type_mismatch` if the array has been deleted or replaced.
template <zarr::Element T, std::size_t Rank, class Codecs, class State>
class Array {
 public:
  using value_type = T;
  using Core = detail::ArrayCore<Codecs, State>;
  static constexpr std::size_t rank() { return Rank; }

  /// Creates an array and the groups above it that are missing. Errors: `errc::node_exists`; `errc::not_a_group` below
  /// an array; `errc::invalid_argument` for options that do not fit together; `errc::unsupported_codec`.
  static Result<Array> create(std::shared_ptr<State> state, Path path, const ArrayOptions<T, Rank>& options) {
    auto metadata = detail::metadata_of(options);
    if (!metadata) return std::move(metadata).error();
    auto core = detail::create_array<Codecs>(std::move(state), std::move(path), *metadata);
    if (!core) return std::move(core).error();
    return Array(*std::move(core));
  }

  /// Errors: `errc::node_not_found`, `errc::not_an_array`, `errc::type_mismatch` for another element type or rank,
  /// `errc::unsupported_codec`.
  static Result<Array> open(std::shared_ptr<State> state, Path path) {
    auto core = Core::open(std::move(state), std::move(path));
    if (!core) return std::move(core).error();
    return from(*std::move(core));
  }
  static Result<Array> from(Core core) {
    Array array(std::move(core));
    auto model = array.current();
    if (!model) return std::move(model).error();
    return array;
  }

  const Path& path() const { return core_.path(); }
  /// In elements.
  std::array<std::uint64_t, Rank> shape() const { return lengths(current().value()->metadata.shape); }
  /// The shape of a chunk, or of a shard where there are shards, in elements; of the largest, if they differ.
  std::array<std::uint64_t, Rank> chunks() const { return lengths(current().value()->metadata.chunk_shape); }
  /// The lengths of the chunks along each dimension of a rectilinear grid; none for a regular one.
  std::vector<zarr::ChunkEdges> chunk_edges() const { return current().value()->metadata.chunk_edges; }
  /// One a dimension, or none at all.
  zarr::DimensionNames dimension_names() const {
    return current().value()->metadata.dimension_names.value_or(zarr::DimensionNames());
  }
  /// The text of a JSON object, as it was written.
  std::string attributes() const { return current().value()->metadata.attributes; }
  T fill_value() const {
    T value{};
    std::memcpy(&value, current().value()->metadata.fill_value.data(), sizeof(T));
    return value;
  }
  std::vector<codec::Spec> codecs() const { return current().value()->metadata.codecs; }

  /// Whether chunks that hold only the fill value are stored too. They are not, unless this is set: writing one erases
  /// it. Belongs to this handle, not to the array.
  void store_empty_chunks(bool store) { keeps_empty_ = store; }

  /// Reads a box into a view of the same shape. Errors: `errc::out_of_bounds`, `errc::shape_mismatch`;
  /// `errc::corrupt` names the chunk; `errc::unsupported_virtual`; those of the store.
  Awaitable<Result<void>> async_read(const Box<Rank>& box, ArrayView<T, Rank> view) const {
    return guarded(read(*this, detail::Region::of(box), view.raw()));
  }
  void read(const Box<Rank>& box, ArrayView<T, Rank> view) const { block_on(async_read(box, view)).value(); }

  /// The elements of a box in C order.
  Awaitable<Result<std::vector<T>>> async_read(const Box<Rank>& box) const {
    return guarded(read_values(*this, detail::Region::of(box), false));
  }
  std::vector<T> read(const Box<Rank>& box) const { return block_on(async_read(box)).value(); }

  /// All elements in C order.
  Awaitable<Result<std::vector<T>>> async_read() const {
    return guarded(read_values(*this, detail::Region(), true));
  }
  std::vector<T> read() const { return block_on(async_read()).value(); }

  /// Writes a box from a view of the same shape. Chunks that the box meets in part are read first.
  /// Errors: as for reads, and `errc::read_only_session`.
  Awaitable<Result<void>> async_write(const Box<Rank>& box, ArrayView<const T, Rank> view) const {
    return guarded(write(*this, detail::Region::of(box), view.raw(), false));
  }
  void write(const Box<Rank>& box, ArrayView<const T, Rank> view) const { block_on(async_write(box, view)).value(); }

  /// Writes all of the array.
  Awaitable<Result<void>> async_write(ArrayView<const T, Rank> view) const {
    return guarded(write(*this, detail::Region(), view.raw(), true));
  }
  void write(ArrayView<const T, Rank> view) const { block_on(async_write(view)).value(); }

  /// Grows the array along `axis` by the length of the view, and writes it there. A contiguous range holds any number
  /// of steps along the axis. Appends of one session queue; one that fails leaves the array as long as it was.
  Awaitable<Result<void>> async_append(std::size_t axis, ArrayView<const T, Rank> view) const {
    return guarded(append(*this, axis, view.raw()));
  }
  void append(std::size_t axis, ArrayView<const T, Rank> view) const { block_on(async_append(axis, view)).value(); }

  /// Changes the shape. Chunks that lie outside the new one are deleted; elements that appear are the fill value, or,
  /// in a chunk that the old edge cut, what the chunk held before it was cut, as in zarr-python. A rectilinear grid keeps its
  /// chunks, and gets one more along a dimension that they no longer cover; so does an append.
  Awaitable<Result<void>> async_resize(const std::array<std::uint64_t, Rank>& shape) const {
    return guarded(detail::resize_array(core_, std::vector<std::uint64_t>(shape.begin(), shape.end())));
  }
  void resize(const std::array<std::uint64_t, Rank>& shape) const { block_on(async_resize(shape)).value(); }

  /// Moves every chunk by `offset`, in chunks along each dimension; resize first to keep those that would leave the grid,
  /// which are dropped. What they leave behind is fill values. Only manifests are read, and none is written before the
  /// commit. Writers of the array wait. Errors: `errc::unsupported_chunk_grid` where a chunk would take the place of one of
  /// another shape; those of reading manifests; `errc::read_only_session`. Nothing moved then.
  Awaitable<Result<void>> async_shift(const std::array<std::int64_t, Rank>& offset) const {
    return guarded(detail::shift_chunks(core_, std::vector<std::int64_t>(offset.begin(), offset.end())));
  }
  void shift(const std::array<std::int64_t, Rank>& offset) const { block_on(async_shift(offset)).value(); }

  /// The same by functions of the index, asked about each chunk that there is, perhaps more than once. `forward` says where a
  /// chunk goes; one that goes nowhere stays, and of several that go to one place the last is there. What a chunk leaves is
  /// still there as well, unless another comes or its inverse `backward` is given: then a chunk is erased where `backward`
  /// names none that is there. Errors: also `errc::out_of_bounds` where a chunk would leave the grid.
  Awaitable<Result<void>> async_reindex(ChunkMap forward, ChunkMap backward = nullptr) const {
    return guarded(detail::reindex_chunks(core_, std::move(forward), std::move(backward)));
  }
  void reindex(ChunkMap forward, ChunkMap backward = nullptr) const {
    block_on(async_reindex(std::move(forward), std::move(backward))).value();
  }

  /// The chunks that there are, with where the encoded bytes of each are, fetched manifest by manifest as the range is
  /// walked: `for (const auto& chunk : array.list_chunks())`. What is written meanwhile does not show. Those of the session's
  /// base come first, in ascending order where one manifest has them all.
  auto list_chunks() const { return LazyRange(core_.state().list_chunks(current().value()->node.id).value()); }

  /// Points a chunk, or several, at encoded bytes that are stored already: chunk objects of this repository, or ranges of
  /// other files. `indices` holds their coordinates in the chunk grid one after the other. Whether the bytes are there is
  /// found out by who reads them. Errors: `errc::out_of_bounds`; `errc::invalid_argument` for payloads of other kinds or
  /// without bytes; `errc::read_only_session`. Then none is set.
  void set_chunk_refs(std::span<const std::uint32_t> indices, std::span<const ChunkPayload> refs) const {
    detail::set_chunk_refs(core_, indices, refs).value();
  }
  void set_chunk_ref(std::span<const std::uint32_t> index, const ChunkPayload& ref) const { set_chunk_refs(index, {&ref, 1}); }

  /// Where the chunk is whose coordinates in the chunk grid are `index`. Errors: those of reading manifests.
  Awaitable<Result<ChunkLocation>> async_chunk_ref(std::vector<std::uint32_t> index) const {
    return guarded(detail::locate_chunk_of(core_, std::move(index)));
  }
  ChunkLocation chunk_ref(std::span<const std::uint32_t> index) const {
    if (auto known = detail::locate_cached_of(core_, index)) return std::move(*known).value();
    return block_on(async_chunk_ref(std::vector<std::uint32_t>(index.begin(), index.end()))).value();
  }

  /// The elements in C order of the chunk whose coordinates in the chunk grid are `index`, as they are now: of the whole
  /// chunk, also where it reaches beyond the array's edge. They are not copied if they are stored as they are and are in
  /// memory already, such as in a cache that keeps chunks. Errors: as for reads.
  Awaitable<Result<ChunkView<T>>> async_chunk_view(std::vector<std::uint32_t> index) const {
    return guarded(view_chunk(*this, std::move(index)));
  }
  ChunkView<T> chunk_view(std::span<const std::uint32_t> index) const {
    const ModelPtr model = current().value();
    if (auto known = detail::view_cached_chunk<T>(core_, *model, index)) return *std::move(known);
    return block_on(async_chunk_view(std::vector<std::uint32_t>(index.begin(), index.end()))).value();
  }

  /// Replaces the attributes by the text of another JSON object.
  Awaitable<Result<void>> async_set_attributes(std::string text) const {
    return guarded(detail::set_attributes(core_.shared_state(), core_.shared_turns(), path(), NodeKind::array,
                                          std::move(text)));
  }
  void set_attributes(std::string text) const { block_on(async_set_attributes(std::move(text))).value(); }

  /// One element. For many, read a box.
  T at(const std::array<std::uint64_t, Rank>& index) const {
    T value{};
    read(one(index), std::span<T>(&value, 1));
    return value;
  }
  void set(const std::array<std::uint64_t, Rank>& index, const T& value) const {
    write(one(index), std::span<const T>(&value, 1));
  }
  /// The element of a scalar array.
  T get() const requires(Rank == 0) { return at({}); }
  void set(const T& value) const requires(Rank == 0) { set({}, value); }

  const Core& core() const { return core_; }

 private:
  using ModelPtr = typename Core::ModelPtr;
  explicit Array(Core core) : core_(std::move(core)) {}

  static std::array<std::uint64_t, Rank> lengths(const std::vector<std::uint64_t>& from) {
    std::array<std::uint64_t, Rank> to{};
    std::copy_n(from.begin(), Rank, to.begin());
    return to;
  }
  static Box<Rank> one(const std::array<std::uint64_t, Rank>& index) {
    Box<Rank> box{index, {}};
    box.shape.fill(1);
    return box;
  }

  Result<ModelPtr> current() const {
    auto model = core_.current();
    if (!model) return model;
    auto matches = detail::check_type((*model)->metadata, zarr::data_type_of<T>, Rank, path().text());
    if (!matches) return std::move(matches).error();
    return model;
  }

  static Awaitable<Result<void>> read(Array array, detail::Region region, detail::RawView<std::byte> view) {
    auto model = array.current();
    if (!model) co_return std::move(model).error();
    co_return co_await detail::read_region(array.core_, **model, region, view);
  }
  static Awaitable<Result<std::vector<T>>> read_values(Array array, detail::Region region, bool whole) {
    auto model = array.current();
    if (!model) co_return std::move(model).error();
    if (whole) region = detail::Region::whole((*model)->metadata.shape);
    auto count = detail::count_checked(**model, region, sizeof(T));
    if (!count) co_return std::move(count).error();
    detail::Values<T> values;
    auto allocated = co_await values.allocate(array.core_.state().runtime(), *count);
    if (!allocated) co_return std::move(allocated).error();
    detail::RawView<std::byte> view;
    view.data = reinterpret_cast<std::byte*>(values.data());
    view.count = *count;
    auto done = co_await detail::read_region(array.core_, **model, region, view);
    if (!done) co_return std::move(done).error();
    co_return std::move(values).take();
  }
  static Awaitable<Result<ChunkView<T>>> view_chunk(Array array, std::vector<std::uint32_t> index) {
    auto model = array.current();
    if (!model) co_return std::move(model).error();
    co_return co_await detail::view_chunk<T>(array.core_, **model, index);
  }
  static Awaitable<Result<void>> write(Array array, detail::Region region, detail::RawView<const std::byte> view,
                                       bool whole) {
    auto model = array.current();
    if (!model) co_return std::move(model).error();
    if (whole) region = detail::Region::whole((*model)->metadata.shape);
    co_return co_await detail::write_checked(array.core_, **model, region, view, array.keeps_empty_);
  }
  static Awaitable<Result<void>> append(Array array, std::size_t axis, detail::RawView<const std::byte> view) {
    auto model = array.current();
    if (!model) co_return std::move(model).error();
    co_return co_await detail::append_to_array(array.core_, axis, view, array.keeps_empty_);
  }

  Core core_;
  bool keeps_empty_ = false;
};

}  // namespace varve::inline v0
