// SPDX-License-Identifier: Apache-2.0
// AnyArray: an array whose element type and rank are known at run time only. Its elements are bytes, little-endian and
// in C order.
#pragma once

#include <varve/array/array.hpp>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace varve::inline v0 {

/// A handle like Array, with the same promises about threads, cancellation and errors.
template <class Codecs, class State>
class AnyArray {
 public:
  using Core = detail::ArrayCore<Codecs, State>;

  static Result<AnyArray> create(std::shared_ptr<State> state, Path path, const AnyArrayOptions& options) {
    auto metadata = detail::metadata_of(options);
    if (!metadata) return std::move(metadata).error();
    auto core = detail::create_array<Codecs>(std::move(state), std::move(path), *metadata);
    if (!core) return std::move(core).error();
    return AnyArray(*std::move(core));
  }
  /// Errors: `errc::node_not_found`, `not_an_array`, `unsupported_codec`, `unsupported_data_type`,
  /// `unsupported_chunk_grid`.
  static Result<AnyArray> open(std::shared_ptr<State> state, Path path) {
    auto core = Core::open(std::move(state), std::move(path));
    if (!core) return std::move(core).error();
    return AnyArray(*std::move(core));
  }

  const Path& path() const { return core_.path(); }
  /// The element type as zarr.json spells it, such as "float32".
  std::string data_type() const { return std::string(zarr::name_of(model()->metadata.data_type)); }
  std::size_t item_size() const { return zarr::size_of(model()->metadata.data_type); }
  std::size_t rank() const { return model()->metadata.rank(); }
  std::vector<std::uint64_t> shape() const { return model()->metadata.shape; }
  /// See Array::chunks and Array::chunk_edges.
  std::vector<std::uint64_t> chunks() const { return model()->metadata.chunk_shape; }
  std::vector<zarr::ChunkEdges> chunk_edges() const { return model()->metadata.chunk_edges; }
  /// One a dimension, or none at all.
  zarr::DimensionNames dimension_names() const {
    return model()->metadata.dimension_names.value_or(zarr::DimensionNames());
  }
  /// The text of a JSON object, as it was written.
  std::string attributes() const { return model()->metadata.attributes; }
  /// As zarr.json spells it.
  std::string fill_value() const {
    const auto about = model();
    return zarr::fill_value_text(about->metadata.fill_value, about->metadata.data_type);
  }
  std::vector<codec::Spec> codecs() const { return model()->metadata.codecs; }
  /// The whole metadata as it was written.
  std::string zarr_json() const { return *model()->node.zarr_json; }

  /// A line for people: "float32 [365, 721, 1440] in chunks of [1, 721, 1440], bytes zstd", or "in chunks of up to" where
  /// they differ.
  std::string summary() const {
    const auto known = model();
    const zarr::ArrayMetadata& about = known->metadata;
    std::string text(zarr::name_of(about.data_type));
    (text += " ") += detail::text_of(about.shape);
    ((text += " in chunks of ") += about.is_regular() ? "" : "up to ") += detail::text_of(about.chunk_shape);
    for (const codec::Spec& codec : about.codecs) {
      (text += &codec == about.codecs.data() ? ", " : " ") += codec.name;
    }
    return text;
  }

  /// See Array::store_empty_chunks.
  void store_empty_chunks(bool store) { keeps_empty_ = store; }

  /// The elements of a box, or all of them.
  Awaitable<Result<Bytes>> async_read_bytes(BoxN box) const {
    return guarded(read(core_, std::move(box), false));
  }
  Bytes read_bytes(BoxN box) const { return block_on(async_read_bytes(std::move(box))).value(); }
  Awaitable<Result<Bytes>> async_read_bytes() const { return guarded(read(core_, BoxN(), true)); }
  Bytes read_bytes() const { return block_on(async_read_bytes()).value(); }

  /// Writes a box, or all elements; `elements` must live until the operation completes.
  Awaitable<Result<void>> async_write_bytes(BoxN box, ByteView elements) const {
    return guarded(write(*this, std::move(box), elements, false));
  }
  void write_bytes(BoxN box, ByteView elements) const { block_on(async_write_bytes(std::move(box), elements)).value(); }
  Awaitable<Result<void>> async_write_bytes(ByteView elements) const {
    return guarded(write(*this, BoxN(), elements, true));
  }
  void write_bytes(ByteView elements) const { block_on(async_write_bytes(elements)).value(); }

  /// See Array::append and Array::resize.
  Awaitable<Result<void>> async_append_bytes(std::size_t axis, ByteView elements) const {
    return guarded(append(*this, axis, elements));
  }
  void append_bytes(std::size_t axis, ByteView elements) const { block_on(async_append_bytes(axis, elements)).value(); }
  Awaitable<Result<void>> async_resize(std::vector<std::uint64_t> shape) const {
    return guarded(detail::resize_array(core_, std::move(shape)));
  }
  void resize(std::vector<std::uint64_t> shape) const { block_on(async_resize(std::move(shape))).value(); }

  /// See Array::shift and Array::reindex.
  Awaitable<Result<void>> async_shift(std::vector<std::int64_t> offset) const {
    return guarded(detail::shift_chunks(core_, std::move(offset)));
  }
  void shift(std::vector<std::int64_t> offset) const { block_on(async_shift(std::move(offset))).value(); }
  Awaitable<Result<void>> async_reindex(ChunkMap forward, ChunkMap backward = nullptr) const {
    return guarded(detail::reindex_chunks(core_, std::move(forward), std::move(backward)));
  }
  void reindex(ChunkMap forward, ChunkMap backward = nullptr) const {
    block_on(async_reindex(std::move(forward), std::move(backward))).value();
  }

  /// See Array::list_chunks.
  auto list_chunks() const { return LazyRange(core_.state().list_chunks(model()->node.id).value()); }

  /// See Array::set_chunk_refs and Array::chunk_ref.
  void set_chunk_refs(std::span<const std::uint32_t> indices, std::span<const ChunkPayload> refs) const {
    detail::set_chunk_refs(core_, indices, refs).value();
  }
  void set_chunk_ref(std::span<const std::uint32_t> index, const ChunkPayload& ref) const { set_chunk_refs(index, {&ref, 1}); }

  Awaitable<Result<ChunkLocation>> async_chunk_ref(std::vector<std::uint32_t> index) const {
    return guarded(detail::locate_chunk_of(core_, std::move(index)));
  }
  ChunkLocation chunk_ref(std::span<const std::uint32_t> index) const {
    if (auto known = detail::locate_cached_of(core_, index)) return std::move(*known).value();
    return block_on(async_chunk_ref(std::vector<std::uint32_t>(index.begin(), index.end()))).value();
  }

  Awaitable<Result<void>> async_set_attributes(std::string text) const {
    return guarded(detail::set_attributes(core_.shared_state(), core_.shared_turns(), path(), NodeKind::array,
                                          std::move(text)));
  }
  void set_attributes(std::string text) const { block_on(async_set_attributes(std::move(text))).value(); }

  /// The same array, typed. Errors: `errc::type_mismatch` for another element type or rank.
  template <zarr::Element T, std::size_t Rank>
  Array<T, Rank, Codecs, State> as() const {
    return Array<T, Rank, Codecs, State>::from(core_).value();
  }

  const Core& core() const { return core_; }

 private:
  explicit AnyArray(Core core) : core_(std::move(core)) {}
  typename Core::ModelPtr model() const { return core_.current().value(); }

  static Awaitable<Result<Bytes>> read(Core core, BoxN box, bool whole) {
    auto model = core.current();
    if (!model) co_return std::move(model).error();
    const zarr::ArrayMetadata& about = (*model)->metadata;
    if (whole) box = BoxN{std::vector<std::uint64_t>(about.rank(), 0), about.shape};
    auto region = detail::Region::of(box, about.rank(), "read array", core.path().text());
    if (!region) co_return std::move(region).error();
    const std::size_t item_size = zarr::size_of(about.data_type);
    auto count = detail::count_checked(**model, *region, item_size);
    if (!count) co_return std::move(count).error();
    Bytes elements(*count * item_size);
    detail::RawView<std::byte> view;
    view.data = elements.data();
    view.count = *count;
    auto done = co_await detail::read_region(core, **model, *region, view);
    if (!done) co_return std::move(done).error();
    detail::to_little_endian(elements, about.layout().swap_size);
    co_return elements;
  }

  /// What the caller's bytes are as a view; `swapped` holds them where the machine is big-endian.
  static Result<detail::RawView<const std::byte>> view_of(const zarr::ArrayMetadata& about, ByteView elements,
                                                          Bytes& swapped) {
    const std::size_t item_size = zarr::size_of(about.data_type);
    if (elements.size() % item_size != 0) {
      return Error(errc::shape_mismatch, "write array", {},
                   std::to_string(elements.size()) + " bytes are no whole number of elements");
    }
    if constexpr (std::endian::native == std::endian::big) {
      swapped = copy_bytes(elements);
      detail::to_little_endian(swapped, about.layout().swap_size);
      elements = swapped;
    }
    detail::RawView<const std::byte> view;
    view.data = elements.data();
    view.count = elements.size() / item_size;
    return view;
  }
  static Awaitable<Result<void>> write(AnyArray array, BoxN box, ByteView elements, bool whole) {
    auto model = array.core_.current();
    if (!model) co_return std::move(model).error();
    const zarr::ArrayMetadata& about = (*model)->metadata;
    if (whole) box = BoxN{std::vector<std::uint64_t>(about.rank(), 0), about.shape};
    auto region = detail::Region::of(box, about.rank(), "write array", array.path().text());
    if (!region) co_return std::move(region).error();
    Bytes swapped;
    auto view = view_of(about, elements, swapped);
    if (!view) co_return std::move(view).error();
    co_return co_await detail::write_checked(array.core_, **model, *region, *view, array.keeps_empty_);
  }
  static Awaitable<Result<void>> append(AnyArray array, std::size_t axis, ByteView elements) {
    auto model = array.core_.current();
    if (!model) co_return std::move(model).error();
    Bytes swapped;
    auto view = view_of((*model)->metadata, elements, swapped);
    if (!view) co_return std::move(view).error();
    co_return co_await detail::append_to_array(array.core_, axis, *view, array.keeps_empty_);
  }

  Core core_;
  bool keeps_empty_ = false;
};

}  // namespace varve::inline v0
