// SPDX-License-Identifier: Apache-2.0
// Sharding: many inner chunks in one stored chunk, with an index of where each of them lies. Readers decode the inner
// chunks that they want; an inner chunk that holds only the fill value is not stored.
#pragma once

#include <varve/codec/bytes.hpp>
#include <varve/codec/spec.hpp>
#include <varve/core/bytes.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace varve::inline v0::codec {

struct Sharding {
  static constexpr std::string_view name = "sharding_indexed";
  enum class IndexLocation : std::uint8_t { start, end };

  std::vector<std::uint64_t> chunk_shape;  ///< of the inner chunks; divides the shape of the shard
  std::vector<Spec> codecs = {spec_of(Bytes{})};
  std::vector<Spec> index_codecs = {spec_of(Bytes{}), Spec{"crc32c", Json::Object{}}};
  IndexLocation index_location = IndexLocation::end;

  VARVE_DECL static Result<Sharding> from_configuration(const Json& configuration);
  VARVE_DECL Json configuration() const;

  friend bool operator==(const Sharding&, const Sharding&) = default;
};

/// The spec for an array's `codecs`.
inline Spec sharding(const Sharding& options) { return spec_of(options); }

namespace detail {

/// How inner chunks tile a shard, and where its bytes say that each of them lies.
struct ShardGrid {
  std::vector<std::uint64_t> shape;        ///< of the shard
  std::vector<std::uint64_t> chunk_shape;  ///< of an inner chunk
  std::vector<std::uint64_t> counts;       ///< of inner chunks along each dimension
  std::size_t chunk_count = 0;

  /// Errors: `errc::bad_metadata` if the inner chunks do not divide the shard.
  VARVE_DECL static Result<ShardGrid> make(std::span<const std::uint64_t> shape,
                                           std::span<const std::uint64_t> chunk_shape);
};

/// The two numbers of an inner chunk in the decoded index; both are this where it is not stored.
inline constexpr std::uint64_t no_inner_chunk = ~std::uint64_t{0};

VARVE_DECL void store_inner_range(MutableByteView index, std::size_t chunk, std::uint64_t offset, std::uint64_t length);

/// The bytes of an inner chunk within its shard. An empty optional means that it is not stored.
/// Errors: `errc::corrupt` if it does not lie within the shard.
VARVE_DECL Result<std::optional<ByteView>> inner_bytes(ByteView shard, ByteView index, std::size_t chunk);

}  // namespace detail

}  // namespace varve::inline v0::codec

#if !defined(VARVE_SEPARATE_COMPILATION)
#include <varve/codec/impl/sharding.ipp>
#endif
