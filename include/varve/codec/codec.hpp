// SPDX-License-Identifier: Apache-2.0
// Codec: what a type must do to turn the bytes of a chunk into other bytes and back. It is a value named as in
// zarr.json with no state but its configuration; the caller owns every buffer, so nothing is allocated for a chunk.
// tests/codec/codec_suite.hpp checks the behaviour that a concept cannot.
#pragma once

#include <varve/codec/spec.hpp>
#include <varve/core/bytes.hpp>
#include <varve/core/json.hpp>
#include <varve/core/result.hpp>

#include <concepts>
#include <cstddef>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>

namespace varve::inline v0::codec {

template <class C>
concept CodecIsNamed = requires {
  { C::name } -> std::convertible_to<std::string_view>;
};
template <class C>
concept CodecReadsConfiguration = requires(const Json& configuration) {
  { C::from_configuration(configuration) } -> std::same_as<Result<C>>;
};
template <class C>
concept CodecWritesConfiguration = requires(const C& codec) {
  { codec.configuration() } -> std::convertible_to<Json>;
};
template <class C>
concept CodecEncodes = requires(const C& codec, ByteView plain, varve::Bytes& encoded) {
  { codec.encode(plain, encoded) } -> std::same_as<Result<void>>;
};
template <class C>
concept CodecDecodes = requires(const C& codec, ByteView encoded, MutableByteView plain) {
  { codec.decode(encoded, plain) } -> std::same_as<Result<void>>;
};

/// One step from bytes to bytes.
///   C::name                              the name in zarr.json
///   C::from_configuration(json)          the value for a `configuration` object; `errc::bad_metadata`
///   codec.configuration()                the `configuration` object of the value
///   codec.encode(plain, encoded)         replaces `encoded`, whose capacity is reused
///   codec.decode(encoded, plain)         fills all of `plain`. Bytes that do not decode, or to another length, are
///                                        `errc::corrupt`; what `plain` then holds does not matter
/// The bytes that are decoded are hostile: no size is taken from them that `plain` does not confirm.
/// A codec may also have, and is then asked for:
///   codec.encoded_size(n)                the length of what n bytes encode to, if it is always the same
///   codec.decode_unsized(encoded, plain, limit)   replaces the buffer `plain`, at most `limit` bytes: wanted where the
///                                        codec follows one whose encoded length varies
///   codec.view(encoded)                  Result<ByteView>: the plain bytes, where they lie within the encoded ones
///   codec.encode_in_place(bytes)         encodes what the buffer holds
/// Overlap: const calls come from several threads at once.
template <class C>
concept Codec = std::copyable<C> && CodecIsNamed<C> && CodecReadsConfiguration<C> && CodecWritesConfiguration<C> &&
                CodecEncodes<C> && CodecDecodes<C>;

/// Reports the first requirement that `C` misses, in one line, before deeper errors appear.
template <class C>
consteval bool expect_codec() {
  static_assert(std::copyable<C>, "Codec must be copyable: it is a value");
  static_assert(CodecIsNamed<C>, "Codec needs static constexpr std::string_view name");
  static_assert(CodecReadsConfiguration<C>, "Codec needs static Result<C> from_configuration(const Json&)");
  static_assert(CodecWritesConfiguration<C>, "Codec needs Json configuration() const");
  static_assert(CodecEncodes<C>, "Codec needs Result<void> encode(ByteView plain, varve::Bytes& encoded) const");
  static_assert(CodecDecodes<C>, "Codec needs Result<void> decode(ByteView encoded, MutableByteView plain) const");
  return true;
}

namespace detail {

inline Error corrupt_chunk(std::string_view codec, std::string hint) {
  return Error(errc::corrupt, "decode " + std::string(codec) + " chunk", {}, std::move(hint));
}

/// Appends in one copy; `insert` would construct byte after byte.
inline void append(varve::Bytes& to, ByteView bytes) {
  const std::size_t size = to.size();
  to.resize(size + bytes.size());
  if (!bytes.empty()) std::memcpy(to.data() + size, bytes.data(), bytes.size());
}

}  // namespace detail

}  // namespace varve::inline v0::codec
