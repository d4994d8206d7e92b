// SPDX-License-Identifier: Apache-2.0
// Bodies of pipeline.hpp, which are templates of the codecs of a set.
#pragma once

#include <varve/codec/pipeline.hpp>

#include <algorithm>
#include <array>
#include <cstring>
#include <type_traits>

namespace varve::inline v0::codec {

namespace detail {

template <class C>
concept KnowsEncodedSize = requires(const C& codec, std::size_t size) {
  { codec.encoded_size(size) } -> std::same_as<std::size_t>;
};
template <class C>
concept DecodesUnsized = requires(const C& codec, ByteView encoded, varve::Bytes& plain, std::size_t limit) {
  { codec.decode_unsized(encoded, plain, limit) } -> std::same_as<Result<void>>;
};
template <class C>
concept DecodesByView = requires(const C& codec, ByteView encoded) {
  { codec.view(encoded) } -> std::same_as<Result<ByteView>>;
};
template <class C>
concept EncodesInPlace = requires(const C& codec, varve::Bytes& bytes) {
  { codec.encode_in_place(bytes) } -> std::same_as<Result<void>>;
};

}  // namespace detail

template <class... Codecs>
auto Pipeline<Codecs...>::make_step(const Spec& spec) -> Result<Step> {
  std::optional<Result<Step>> made;
  [[maybe_unused]] const auto consider = [&]<class C>(std::type_identity<C>) {
    if (made || spec.name != C::name) return;
    auto codec = C::from_configuration(spec.configuration);
    made = codec ? Result<Step>(Step(*std::move(codec))) : Result<Step>(std::move(codec).error());
  };
  (consider(std::type_identity<Codecs>()), ...);
  if (made) return *std::move(made);
  const bool misplaced = spec.name == "bytes" || spec.name == "transpose" || spec.name == "sharding_indexed";
  if (misplaced) return detail::bad_codecs(spec.name, "it cannot stand where elements are bytes already");
  return detail::unsupported_codec(spec.name);
}

template <class... Codecs>
Result<void> Pipeline<Codecs...>::add_step(const Spec& spec) {
  auto step = make_step(spec);
  if (!step) return std::move(step).error();
  const std::optional<std::size_t> before = sizes_.back();
  bool usable = true;
  const auto measure = [&]<class C>(const C& codec) {
    if constexpr (!std::same_as<C, std::monostate>) {
      usable = before || detail::DecodesUnsized<C> || detail::DecodesByView<C>;
      if constexpr (detail::KnowsEncodedSize<C>) {
        if (before) {
          sizes_.push_back(codec.encoded_size(*before));
          return;
        }
      }
      sizes_.push_back(std::nullopt);
    }
  };
  std::visit(measure, *step);
  if (!usable) {
    return Error(errc::unsupported_codec, "compile codecs", spec.name,
                 "it follows bytes of varying length, so its type needs `decode_unsized`");
  }
  steps_.push_back(*std::move(step));
  return {};
}

template <class... Codecs>
auto Pipeline<Codecs...>::compile(std::span<const Spec> specs, const ChunkLayout& layout, int depth)
    -> Result<Pipeline> {
  auto plan = detail::Plan::make(layout);
  if (!plan) return std::move(plan).error();
  Pipeline pipeline;
  pipeline.specs_.assign(specs.begin(), specs.end());
  pipeline.plan_ = *std::move(plan);
  std::size_t i = 0;
  for (; i != specs.size() && specs[i].name == "transpose"; ++i) {
    if (auto done = pipeline.plan_.transpose(specs[i]); !done) return std::move(done).error();
  }
  const std::string_view name = i == specs.size() ? std::string_view() : specs[i].name;
  pipeline.limit_ = 2 * pipeline.plan_.plain_size + (std::size_t{64} << 10);
  if (name == Bytes::name) {
    if (auto done = pipeline.plan_.serialize(specs[i]); !done) return std::move(done).error();
    pipeline.sizes_.push_back(pipeline.plan_.plain_size);
  } else if (name == Sharding::name) {
    auto shard = make_shard(specs[i], pipeline.plan_, depth);
    if (!shard) return std::move(shard).error();
    pipeline.shard_ = *std::move(shard);
    pipeline.sizes_.push_back(std::nullopt);
    // Codecs may add to each inner chunk more than they save.
    pipeline.limit_ += pipeline.shard_->index_size + pipeline.shard_->grid.chunk_count * 1024;
  } else {
    if (!name.empty()) {
      if (auto known = make_step(specs[i]); !known) return std::move(known).error();
    }
    return detail::bad_codecs(name, "the codecs lack `bytes` or `sharding_indexed`, which make bytes of elements");
  }
  for (++i; i != specs.size(); ++i) {
    if (auto done = pipeline.add_step(specs[i]); !done) return std::move(done).error();
  }
  return pipeline;
}

template <class... Codecs>
Result<void> Pipeline<Codecs...>::encode(ByteView plain, varve::Bytes& encoded, Scratch& scratch) const {
  if (plain.size() != plan_.plain_size) {
    return Error(errc::invalid_argument, "encode chunk", {}, "a chunk has " + std::to_string(plan_.plain_size) + " bytes");
  }
  if (plan_.layout.is_bool && !detail::all_bools(plain)) return detail::bad_bools(errc::invalid_argument);
  const Scratch::Loan next = scratch.borrow();
  bool is_copy = false;  // whether `encoded` holds what the next step takes; else that is still `plain`
  if (plan_.transposed) {
    varve::Bytes& stored = shard_ ? *next : encoded;
    stored.clear();
    stored.resize(plan_.plain_size);
    plan_.to_stored(plain, stored);
    if (shard_) plain = stored;
    is_copy = !shard_;
  }
  if (shard_) {
    if (auto done = encode_shard(plain, encoded, scratch); !done) return done;
    is_copy = true;
  } else if (!is_copy && (plan_.swaps || steps_.empty())) {
    encoded.assign(plain.begin(), plain.end());
    is_copy = true;
  }
  if (plan_.swaps) detail::swap_bytes(encoded, plan_.layout.swap_size);
  for (const Step& step : steps_) {
    const auto run = [&]<class C>(const C& codec) -> Result<void> {
      if constexpr (std::same_as<C, std::monostate>) {
        return {};
      } else if (!is_copy) {
        return codec.encode(plain, encoded);
      } else if constexpr (detail::EncodesInPlace<C>) {
        return codec.encode_in_place(encoded);
      } else {
        auto done = codec.encode(encoded, *next);
        std::swap(encoded, *next);
        return done;
      }
    };
    if (auto done = std::visit(run, step); !done) return done;
    is_copy = true;
  }
  return {};
}

/// Runs the steps backwards. The last of them writes to `*direct`, if there is one; else the bytes lie in `a`, in `b` or
/// in `encoded` itself.
template <class... Codecs>
Result<ByteView> Pipeline<Codecs...>::undo_steps(ByteView encoded, const MutableByteView* direct, varve::Bytes& a,
                                                 varve::Bytes& b) const {
  varve::Bytes* next = &a;
  varve::Bytes* other = &b;
  ByteView view = encoded;
  for (std::size_t i = steps_.size(); i-- != 0;) {
    const auto run = [&]<class C>(const C& codec) -> Result<ByteView> {
      if constexpr (std::same_as<C, std::monostate>) {
        return view;
      } else if constexpr (detail::DecodesByView<C>) {
        return codec.view(view);
      } else {
        if (sizes_[i]) {
          MutableByteView plain;
          if (i == 0 && direct) {
            plain = *direct;
          } else {
            next->clear();
            next->resize(*sizes_[i]);
            plain = *next;
            std::swap(next, other);
          }
          if (auto done = codec.decode(view, plain); !done) return std::move(done).error();
          return ByteView(plain);
        }
        if constexpr (detail::DecodesUnsized<C>) {
          if (auto done = codec.decode_unsized(view, *next, limit_); !done) return std::move(done).error();
          const ByteView plain = *next;
          std::swap(next, other);
          return plain;
        }
        return detail::unsupported_codec(C::name);  // `add_step` has refused it
      }
    };
    auto plain = std::visit(run, steps_[i]);
    if (!plain) return plain;
    view = *plain;
    if (sizes_[i] && view.size() != *sizes_[i]) return detail::wrong_length(view.size(), *sizes_[i]);
  }
  if (sizes_[0] && view.size() != *sizes_[0]) return detail::wrong_length(view.size(), *sizes_[0]);
  return view;
}

template <class... Codecs>
Result<void> Pipeline<Codecs...>::decode(ByteView encoded, MutableByteView plain, Scratch& scratch) const {
  if (plain.size() != plan_.plain_size) {
    return Error(errc::invalid_argument, "decode chunk", {}, "a chunk has " + std::to_string(plan_.plain_size) + " bytes");
  }
  const Scratch::Loan a = scratch.borrow();
  const Scratch::Loan b = scratch.borrow();
  const bool is_direct = !shard_ && !plan_.transposed;
  const auto stored = undo_steps(encoded, is_direct ? &plain : nullptr, *a, *b);
  if (!stored) return stored.error();
  if (shard_) {
    constexpr std::array<std::uint64_t, max_rank> origin{};
    const auto start = std::span(origin).first(plan_.stored_shape.size());
    if (!plan_.transposed) {
      return decode_shard(*stored, start, plan_.stored_shape, plain.data(), plan_.plain_strides, scratch);
    }
    const Scratch::Loan c = scratch.borrow();
    const MutableByteView whole = c.sized(plan_.plain_size);
    auto done = decode_shard(*stored, start, plan_.stored_shape, whole.data(), plan_.stored_order_strides, scratch);
    if (!done) return done;
    plan_.from_stored(whole, plain);
    return {};
  }
  if (plan_.transposed) {
    plan_.from_stored(*stored, plain);
  } else if (stored->data() != plain.data() && !plain.empty()) {
    std::memcpy(plain.data(), stored->data(), plain.size());
  }
  if (plan_.swaps) detail::swap_bytes(plain, plan_.layout.swap_size);
  if (plan_.layout.is_bool && !detail::all_bools(plain)) return detail::bad_bools(errc::corrupt);
  return {};
}

template <class... Codecs>
Result<void> Pipeline<Codecs...>::decode_part(ByteView encoded, std::span<const std::uint64_t> offset,
                                              std::span<const std::uint64_t> shape, MutableByteView part,
                                              Scratch& scratch) const {
  if (auto inside = plan_.check_box(offset, shape); !inside) return inside;
  const auto size = detail::checked_size(shape, plan_.layout.item_size);
  if (!size || *size != part.size()) {
    return Error(errc::invalid_argument, "decode part of a chunk", {}, "the buffer has not the size of the box");
  }
  const StrideArray strides = c_strides(shape, plan_.layout.item_size);
  return decode_strided(encoded, offset, shape, part.data(), strides, scratch);
}

template <class... Codecs>
Result<void> Pipeline<Codecs...>::decode_strided(ByteView encoded, std::span<const std::uint64_t> offset,
                                                 std::span<const std::uint64_t> shape, std::byte* out, Strides strides,
                                                 Scratch& scratch) const {
  if (auto inside = plan_.check_box(offset, shape); !inside) return inside;
  const std::size_t item_size = plan_.layout.item_size;
  const bool whole = std::equal(shape.begin(), shape.end(), plan_.layout.shape.begin());
  if (whole && is_contiguous(shape, strides, item_size)) {
    return decode(encoded, MutableByteView(out, plan_.plain_size), scratch);
  }
  const Scratch::Loan a = scratch.borrow();
  const Scratch::Loan b = scratch.borrow();
  const auto skipped = [&](const StrideArray& by) {
    std::ptrdiff_t bytes = 0;
    for (std::size_t i = 0; i != offset.size(); ++i) bytes += static_cast<std::ptrdiff_t>(offset[i]) * by[i];
    return bytes;
  };
  const bool raw = !shard_ && !plan_.swaps && !plan_.layout.is_bool;
  if (raw || (shard_ && !plan_.transposed)) {
    const auto stored = undo_steps(encoded, nullptr, *a, *b);
    if (!stored) return stored.error();
    if (shard_) return decode_shard(*stored, offset, shape, out, strides, scratch);
    copy_strided(stored->data() + skipped(plan_.stored_strides), plan_.stored_strides, out, strides, shape, item_size);
    return {};
  }
  const MutableByteView plain = a.sized(plan_.plain_size);
  if (auto done = decode(encoded, plain, scratch); !done) return done;
  copy_strided(plain.data() + skipped(plan_.plain_strides), plan_.plain_strides, out, strides, shape, item_size);
  return {};
}

}  // namespace varve::inline v0::codec
