// SPDX-License-Identifier: Apache-2.0
// Plan: what a pipeline does to the elements of a chunk before they are bytes. All transpositions become one, and the
// byte order is settled, when the pipeline is compiled.
#pragma once

#include <varve/codec/bytes.hpp>
#include <varve/codec/spec.hpp>
#include <varve/codec/strided.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace varve::inline v0::codec::detail {

struct Plan {
  ChunkLayout layout;
  std::size_t plain_size = 0;
  bool transposed = false;
  std::vector<std::size_t> order;           ///< dimension `order[i]` of the chunk is dimension i of what is stored
  std::vector<std::uint64_t> stored_shape;
  StrideArray plain_strides{};              ///< of the chunk in C order, by its dimensions
  StrideArray stored_strides{};             ///< of what is stored, by the chunk's dimensions
  StrideArray stored_order_strides{};       ///< of what is stored, by the stored dimensions
  bool swaps = false;

  /// Errors: `errc::bad_metadata` for a rank above `max_rank` and for chunks that exceed memory.
  VARVE_DECL static Result<Plan> make(const ChunkLayout& layout);
  /// Takes a `transpose` spec in.
  VARVE_DECL Result<void> transpose(const Spec& spec);
  /// Takes a `bytes` spec in.
  VARVE_DECL Result<void> serialize(const Spec& spec);

  bool is_identity() const { return !transposed && !swaps && !layout.is_bool; }

  /// Elements of the chunk into the stored order, and back. Both sides are whole.
  VARVE_DECL void to_stored(ByteView plain, MutableByteView stored) const;
  VARVE_DECL void from_stored(ByteView stored, MutableByteView plain) const;

  /// Checks that a box lies in the chunk. Errors: `errc::out_of_bounds`.
  VARVE_DECL Result<void> check_box(std::span<const std::uint64_t> offset, std::span<const std::uint64_t> shape) const;

 private:
  void settle();
};

/// What decoding reports for a chunk of the wrong length.
VARVE_DECL Error wrong_length(std::size_t found, std::size_t wanted);
VARVE_DECL Error bad_bools(errc code);
/// What compiling reports for a codec that the set does not have, with the type to add if varve offers one.
VARVE_DECL Error unsupported_codec(std::string_view name);
/// What compiling reports for a list of codecs in an order that no array can have.
VARVE_DECL Error bad_codecs(std::string_view name, std::string hint);

}  // namespace varve::inline v0::codec::detail

#if !defined(VARVE_SEPARATE_COMPILATION)
#include <varve/codec/impl/plan.ipp>
#endif
