// SPDX-License-Identifier: Apache-2.0
// ChunkConflict: a chunk that both sides changed, shown to a conflict policy with its data: as it was, as we wrote it,
// as they wrote it, all decoded. A policy looks at it through typed views, or hands over a function of one element.
#pragma once

#include <varve/conflict/decision.hpp>
#include <varve/conflict/element_types.hpp>
#include <varve/core/bytes.hpp>
#include <varve/core/result.hpp>
#include <varve/zarr/data_type.hpp>
#include <varve/zarr/metadata.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <ranges>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace varve::inline v0::conflict {

/// The elements of a chunk in C order, with its shape. A contiguous range that converts to a span; also `view(i, j)`.
/// Chunks at the upper edges of an array have the full chunk shape too; what lies beyond the array holds anything.
template <class T>
class ChunkView {
 public:
  ChunkView(std::span<T> elements, std::span<const std::uint64_t> shape) : elements_(elements), shape_(shape) {}

  std::span<const std::uint64_t> shape() const noexcept { return shape_; }
  std::size_t size() const noexcept { return elements_.size(); }
  T* data() const noexcept { return elements_.data(); }
  T* begin() const noexcept { return elements_.data(); }
  T* end() const noexcept { return elements_.data() + elements_.size(); }
  T& operator[](std::size_t i) const { return elements_[i]; }
  /// One coordinate for each dimension, counted from the chunk's own corner.
  template <class... Coordinates>
    requires(std::convertible_to<Coordinates, std::uint64_t> && ...)
  T& operator()(Coordinates... coordinates) const {
    VARVE_ASSERT(sizeof...(coordinates) == shape_.size());
    std::uint64_t at = 0;
    std::size_t axis = 0;
    ((at = at * shape_[axis++] + static_cast<std::uint64_t>(coordinates)), ...);
    return elements_[static_cast<std::size_t>(at)];
  }

 private:
  std::span<T> elements_;
  std::span<const std::uint64_t> shape_;
};

/// One of the three versions of a chunk. A chunk that is not there holds the fill value in every element.
class ChunkVersion {
 public:
  enum class State : std::uint8_t {
    stored,
    missing,  ///< nobody ever wrote it
    erased,   ///< this side deleted it
  };

  /// Takes the decoded elements: C order, native byte order.
  static ChunkVersion stored(Bytes bytes) { return {State::stored, std::move(bytes)}; }
  static ChunkVersion missing() { return {State::missing, {}}; }
  static ChunkVersion erased() { return {State::erased, {}}; }

  State state() const noexcept { return state_; }
  bool is_stored() const noexcept { return state_ == State::stored; }
  ByteView bytes() const noexcept { return bytes_; }
  /// The elements as `T`. Throws a `type_mismatch` if the array is of another type: the chunk is then refused with that
  /// reason. `ChunkConflict::holds<T>()` asks first.
  template <zarr::Element T>
  ChunkView<const T> view() const {
    detail::expect_type<T>(type_);
    return {detail::elements_of<const T>(bytes_), shape_};
  }

 private:
  friend class ChunkConflict;
  ChunkVersion(State state, Bytes bytes) : state_(state), bytes_(std::move(bytes)) {}

  State state_;
  zarr::DataType type_{};
  Bytes bytes_;
  std::span<const std::uint64_t> shape_;
};

class ChunkConflict {
 public:
  /// The conflict at chunk `index` of the array at `path`. `path` and `metadata` are the caller's and outlive it.
  /// Errors: `errc::shape_mismatch` if a version has not the size of the chunk, or there is no such chunk.
  static Result<ChunkConflict> make(std::string_view path, const zarr::ArrayMetadata& metadata,
                                    std::span<const std::uint32_t> index, ChunkVersion base, ChunkVersion ours,
                                    ChunkVersion theirs) {
    if (!metadata.is_regular() && !metadata.shares_chunk(metadata, index)) {
      return Error(errc::shape_mismatch, "merge chunk", std::string(path), "it is not in the chunk grid");
    }
    ChunkConflict conflict(path, metadata, index, std::move(base), std::move(ours), std::move(theirs));
    for (ChunkVersion* version : {&conflict.base_, &conflict.ours_, &conflict.theirs_}) {
      if (!conflict.complete(*version)) {
        return Error(errc::shape_mismatch, "merge chunk", std::string(path), "a version has not the size of a chunk");
      }
    }
    return conflict;
  }

  std::string_view path() const noexcept { return path_; }
  const zarr::ArrayMetadata& metadata() const noexcept { return *metadata_; }
  zarr::DataType data_type() const noexcept { return metadata_->data_type; }
  template <zarr::Element T>
  bool holds() const noexcept {
    return data_type() == zarr::data_type_of<T>;
  }
  /// Of the chunk in the grid of chunks.
  std::span<const std::uint32_t> index() const noexcept { return index_; }
  /// In elements.
  std::span<const std::uint64_t> shape() const noexcept { return *shape_; }

  /// As both sides found it.
  const ChunkVersion& base() const noexcept { return base_; }
  /// As this session wrote it.
  const ChunkVersion& ours() const noexcept { return ours_; }
  /// As the commit that came first has it.
  const ChunkVersion& theirs() const noexcept { return theirs_; }

  /// The elements that will replace the chunk if the policy answers `Decision::merged`; they begin as ours. Throws like
  /// `ChunkVersion::view`.
  template <zarr::Element T>
  ChunkView<T> merged() {
    detail::expect_type<T>(data_type());
    return {detail::elements_of<T>(merged_buffer()), shape()};
  }
  /// Whether anybody has asked for `merged()`, and what it holds.
  bool has_merged() const noexcept { return has_merged_; }
  ByteView merged_bytes() const noexcept { return merged_; }

  /// Answers `Decision::merged` after setting each element to `fn(base, ours, theirs)`, of one type `T`; or
  /// `Decision::fail`, with a reason, if `fn` is not for the array's data type or gives up.
  ///   chunk.merge(fn)                 for integers and floating-point numbers; Half is passed as float
  ///   chunk.merge<float, double>(fn)  for these types only, which are then the only ones `fn` must compile for
  /// `fn` returns what converts to `T`, or an `optional` of that: empty if these three values cannot be merged. Types
  /// for which a constrained `fn` cannot be called, or a lambda has another parameter type, are refused.
  template <zarr::Element... T, class Fn>
  Decision merge(Fn&& fn) {
    if constexpr (sizeof...(T) == 0) {
      return merge_types(RealTypes(), fn);
    } else {
      return merge_types(ElementTypes<T...>(), fn);
    }
  }
  /// The same for a list of types, such as `AllTypes`.
  template <class... T, class Fn>
  Decision merge(ElementTypes<T...> types, Fn&& fn) {
    return merge_types(types, fn);
  }

  /// Answers `Decision::fail` and lets the error of the rebase say why.
  Decision refuse(std::string reason) {
    reason_ = std::move(reason);
    return Decision::fail;
  }
  const std::string& reason() const noexcept { return reason_; }

 private:
  ChunkConflict(std::string_view path, const zarr::ArrayMetadata& metadata, std::span<const std::uint32_t> index,
                ChunkVersion base, ChunkVersion ours, ChunkVersion theirs)
      : path_(path), metadata_(&metadata), index_(index.begin(), index.end()),
        shape_(std::make_shared<const std::vector<std::uint64_t>>(metadata.shape_of_chunk(index))), base_(std::move(base)),
        ours_(std::move(ours)), theirs_(std::move(theirs)) {}

  bool complete(ChunkVersion& version) const;
  MutableByteView merged_buffer() {
    if (!has_merged_) merged_ = ours_.bytes_;
    has_merged_ = true;
    return merged_;
  }
  template <class... T, class Fn>
  Decision merge_types(ElementTypes<T...>, Fn& fn) {
    Decision decision = Decision::fail;
    const bool known = ((data_type() == zarr::data_type_of<T> && (decision = merge_elements<T>(fn), true)) || ...);
    if (known) return decision;
    return refuse("the merge is not for " + std::string(zarr::name_of(data_type())));
  }
  template <class T, class Fn>
  Decision merge_elements(Fn& fn);

  std::string_view path_;
  const zarr::ArrayMetadata* metadata_;
  std::vector<std::uint32_t> index_;
  std::shared_ptr<const std::vector<std::uint64_t>> shape_;  // the versions refer to it
  ChunkVersion base_;
  ChunkVersion ours_;
  ChunkVersion theirs_;
  Bytes merged_;
  bool has_merged_ = false;
  std::string reason_;
};

/// Fills a version that is not there, and gives every byte of a bool its one meaning, since a store may hold others.
inline bool ChunkConflict::complete(ChunkVersion& version) const {
  const std::size_t item_size = zarr::size_of(data_type());
  std::uint64_t size = item_size;
  for (const std::uint64_t length : shape()) {
    if (length != 0 && size > PTRDIFF_MAX / length) return false;
    size *= length;
  }
  version.type_ = data_type();
  version.shape_ = shape();
  if (!version.is_stored()) {
    version.bytes_.resize(static_cast<std::size_t>(size));
    const std::vector<std::byte>& fill = metadata_->fill_value;
    for (std::size_t i = 0; i != version.bytes_.size(); ++i) {
      version.bytes_[i] = fill.size() == item_size ? fill[i % item_size] : std::byte{0};
    }
  }
  if (data_type() == zarr::DataType::boolean) {
    for (std::byte& value : version.bytes_) value = value == std::byte{0} ? std::byte{0} : std::byte{1};
  }
  return version.bytes_.size() == size;
}

template <class T, class Fn>
Decision ChunkConflict::merge_elements(Fn& fn) {
  using Argument = detail::ArgumentOf<T>;
  if constexpr (!detail::Merges<Fn, Argument>) {
    return refuse("the merge is not for " + std::string(zarr::name_of(data_type())));
  } else {
    const auto base = detail::elements_of<const T>(base_.bytes());
    const auto ours = detail::elements_of<const T>(ours_.bytes());
    const auto theirs = detail::elements_of<const T>(theirs_.bytes());
    const auto merged = detail::elements_of<T>(merged_buffer());
    for (std::size_t i = 0; i != merged.size(); ++i) {
      const auto value =
          fn(static_cast<Argument>(base[i]), static_cast<Argument>(ours[i]), static_cast<Argument>(theirs[i]));
      if constexpr (detail::is_optional<std::remove_cvref_t<decltype(value)>>) {
        if (!value) return refuse("the merge of element " + std::to_string(i) + " of the chunk has no value");
        merged[i] = static_cast<T>(static_cast<Argument>(*value));
      } else {
        merged[i] = static_cast<T>(static_cast<Argument>(value));
      }
    }
    return Decision::merged;
  }
}

}  // namespace varve::inline v0::conflict

/// A view does not own its elements: its iterators outlive it.
template <class T>
inline constexpr bool std::ranges::enable_borrowed_range<varve::conflict::ChunkView<T>> = true;
