// SPDX-License-Identifier: Apache-2.0
// ManifestBuilder: makes the body of a manifest from chunk refs that come in order. A commit may bring a million of
// them, so each is written at once into one growing buffer and nothing is kept of it but its place.
#pragma once

#include <varve/core/bytes.hpp>
#include <varve/core/config.hpp>
#include <varve/core/object_id.hpp>
#include <varve/core/result.hpp>
#include <varve/format/chunk_ref.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace varve::inline v0::format {

class ManifestBuilder {
 public:
  /// `refs_expected` sizes the first buffer; any number may come.
  explicit ManifestBuilder(ManifestId id, std::size_t refs_expected = 0);
  ~ManifestBuilder();
  ManifestBuilder(ManifestBuilder&&) noexcept;
  ManifestBuilder& operator=(ManifestBuilder&&) noexcept;

  /// Compresses the locations that are added from now on with a zstd dictionary, which the manifest then holds; longer ones
  /// than others can read again stay plain. To be called before any `add`.
  void compress_locations(Bytes dictionary, int level);

  /// Arrays come in ascending order of their ids, and between `begin_array` and `end_array` the refs of one.
  void begin_array(NodeId id);
  /// Adds the ref of the chunk at `index`; indices ascend as lists of numbers. A location that another manifest held
  /// compressed is taken out of that, since its dictionary stays behind.
  void add(std::span<const std::uint32_t> index, const ChunkRef& ref);
  void end_array();

  /// The refs added so far.
  std::uint32_t ref_count() const noexcept;

  /// The finished body; the builder is used up. Errors, each the first that an `add` met: `errc::invalid_argument` for
  /// an order that does not ascend, a payload without bytes, or more than 2 GiB; `errc::corrupt` for a compressed
  /// location that cannot be read.
  Result<Bytes> finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace varve::inline v0::format

#if !defined(VARVE_SEPARATE_COMPILATION)
#include <varve/format/impl/manifest_builder.ipp>
#endif
