// SPDX-License-Identifier: Apache-2.0
// ArrayView: the memory that a box is read into or written from. It is made implicitly from any contiguous range of the
// element type, which then means C order, and from anything like std::mdspan, whose strides are kept.
#pragma once

#include <varve/array/box.hpp>
#include <varve/codec/strided.hpp>
#include <varve/core/result.hpp>

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <ranges>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace varve::inline v0 {

/// What std::mdspan offers: `data_handle()`, `rank()`, `extent(i)` and `stride(i)` in elements.
template <class V, class T>
concept MdspanLike = requires(const V& view, std::size_t i) {
  { view.data_handle() } -> std::convertible_to<T*>;
  { view.extent(i) } -> std::convertible_to<std::size_t>;
  { view.stride(i) } -> std::convertible_to<std::size_t>;
  { V::rank() } -> std::convertible_to<std::size_t>;
};

/// A contiguous range of exactly `T`. A temporary is refused where it would be written to and then lost.
template <class R, class T>
concept ElementRange =
    std::ranges::contiguous_range<R> && std::ranges::sized_range<R> &&
    std::same_as<std::remove_cv_t<T>, std::ranges::range_value_t<R>> &&
    std::convertible_to<std::add_pointer_t<std::remove_reference_t<std::ranges::range_reference_t<R>>>, T*> &&
    (std::is_const_v<T> || std::ranges::borrowed_range<R>);

namespace detail {

/// A view without its type. A flat one has no shape until it is fitted to a box.
template <class Byte>
struct RawView {
  Byte* data = nullptr;
  bool is_flat = true;
  std::uint64_t count = 0;             ///< elements of a flat view
  Extents shape{};                     ///< of one that is not flat
  codec::StrideArray strides{};        ///< in bytes
  std::shared_ptr<const void> keep{};  ///< the memory, where the view had to make its own

  /// Gives the view a shape. Errors: `errc::shape_mismatch`.
  Result<void> fit(const Extents& wanted, std::size_t item_size, std::string_view doing, const std::string& path) {
    auto elements = element_count(wanted, item_size);
    if (!elements) return std::move(elements).error();
    if (is_flat) {
      if (count != *elements) {
        return Error(errc::shape_mismatch, std::string(doing), path,
                     "the view has " + std::to_string(count) + " elements, the box of shape " + text_of(wanted) + " " +
                         std::to_string(*elements));
      }
      strides = codec::c_strides(wanted, item_size);
      shape = wanted;
      is_flat = false;
      return {};
    }
    if (shape == wanted) return {};
    return Error(errc::shape_mismatch, std::string(doing), path,
                 "the view has the shape " + text_of(shape) + ", the box " + text_of(wanted));
  }
};

}  // namespace detail

/// Does not own: the memory must live until the operation that it is given to completes. `T` is const for writes.
template <class T, std::size_t Rank>
class ArrayView {
 public:
  /// Elements in C order; the shape is that of the box.
  template <ElementRange<T> R>
  ArrayView(R&& range) {
    raw_.data = bytes(std::ranges::data(range));
    raw_.count = static_cast<std::uint64_t>(std::ranges::size(range));
  }

  template <MdspanLike<T> V>
    requires(!ElementRange<V, T>)
  ArrayView(const V& view) {
    static_assert(V::rank() == Rank, "the view has another rank than the array");
    raw_.data = bytes(view.data_handle());
    raw_.is_flat = false;
    std::array<std::uint64_t, Rank> shape{};
    for (std::size_t i = 0; i != Rank; ++i) {
      shape[i] = static_cast<std::uint64_t>(view.extent(i));
      raw_.strides[i] = static_cast<std::ptrdiff_t>(view.stride(i)) * static_cast<std::ptrdiff_t>(sizeof(T));
    }
    raw_.shape = detail::Extents(shape);
  }

  /// The packed bools that Array<bool>::read returns, copied: they have no elements to point at.
  ArrayView(const std::vector<bool>& packed)
    requires std::same_as<T, const bool>
  {
    auto copy = std::make_shared<bool[]>(packed.size());
    std::copy(packed.begin(), packed.end(), copy.get());
    raw_.data = bytes(copy.get());
    raw_.count = packed.size();
    raw_.keep = std::move(copy);
  }

  /// Any layout: `strides` are in elements and may be negative.
  ArrayView(T* data, const std::array<std::uint64_t, Rank>& shape, const std::array<std::ptrdiff_t, Rank>& strides) {
    raw_.data = bytes(data);
    raw_.is_flat = false;
    raw_.shape = detail::Extents(shape);
    for (std::size_t i = 0; i != Rank; ++i) raw_.strides[i] = strides[i] * static_cast<std::ptrdiff_t>(sizeof(T));
  }

  using Byte = std::conditional_t<std::is_const_v<T>, const std::byte, std::byte>;
  const detail::RawView<Byte>& raw() const { return raw_; }

 private:
  static Byte* bytes(T* data) { return reinterpret_cast<Byte*>(data); }
  detail::RawView<Byte> raw_;
};

}  // namespace varve::inline v0
