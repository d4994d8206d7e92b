// SPDX-License-Identifier: Apache-2.0
// Spec and ChunkLayout: what a pipeline of codecs is compiled from. A spec is one entry of the `codecs` list of
// zarr.json, before anybody knows whether its codec is at hand; a layout is what the codecs must know of the array.
#pragma once

#include <varve/core/config.hpp>
#include <varve/core/json.hpp>
#include <varve/core/result.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace varve::inline v0::codec {

/// A codec as zarr.json names it.
struct Spec {
  std::string name;
  Json configuration = Json::Object{};

  friend bool operator==(const Spec&, const Spec&) = default;
};

/// What the codecs of an array know of one of its chunks.
struct ChunkLayout {
  std::vector<std::uint64_t> shape;   ///< in elements
  std::size_t item_size = 1;          ///< bytes of an element
  std::size_t swap_size = 1;          ///< bytes that reverse together: half of an element for complex numbers
  bool is_bool = false;               ///< an element is one byte that is 0 or 1
  std::vector<std::byte> fill_value;  ///< one element in native order; empty for zero

  friend bool operator==(const ChunkLayout&, const ChunkLayout&) = default;
};

/// The codecs of a parsed `codecs` list: objects with `name` and `configuration`, or bare names.
/// Errors: `errc::bad_metadata` with `doing` "read codecs".
VARVE_DECL Result<std::vector<Spec>> parse_specs(const Json& list);

/// The `codecs` list of `specs`.
VARVE_DECL Json specs_json(std::span<const Spec> specs);

/// What a user leaves out when he creates an array: the codec `bytes` (little-endian) where no codec turns elements
/// into bytes, its `endian`, and the `typesize` of blosc. Codecs inside a shard are completed too.
VARVE_DECL std::vector<Spec> complete(std::vector<Spec> specs, std::size_t item_size);

/// The spec of a codec value.
template <class C>
Spec spec_of(const C& codec) {
  return Spec{std::string(C::name), codec.configuration()};
}

namespace detail {

/// Reads the members of a codec's configuration, and refuses those that nobody asked for.
class ConfigurationReader {
 public:
  ConfigurationReader(std::string_view codec, const Json& configuration) : codec_(codec), configuration_(configuration) {}

  /// Each takes a member if it is there; `*out` keeps its value otherwise.
  VARVE_DECL ConfigurationReader& integer(std::string_view member, std::int64_t first, std::int64_t last, int& out);
  VARVE_DECL ConfigurationReader& size(std::string_view member, std::size_t& out);
  VARVE_DECL ConfigurationReader& boolean(std::string_view member, bool& out);
  VARVE_DECL ConfigurationReader& choice(std::string_view member, std::span<const std::string_view> names, int& out);
  VARVE_DECL ConfigurationReader& json(std::string_view member, const Json*& out);

  /// The first complaint, if any.
  VARVE_DECL Result<void> finish();

 private:
  const Json* take(std::string_view member);
  void complain(std::string_view member, std::string_view wanted);

  std::string_view codec_;
  const Json& configuration_;
  std::vector<std::string_view> known_;
  std::string complaint_;
};

/// The product of `shape` and `item_size`, or `errc::bad_metadata` above 2^48.
VARVE_DECL Result<std::size_t> checked_size(std::span<const std::uint64_t> shape, std::size_t item_size);

}  // namespace detail

}  // namespace varve::inline v0::codec

#if !defined(VARVE_SEPARATE_COMPILATION)
#include <varve/codec/impl/spec.ipp>
#endif
