// SPDX-License-Identifier: Apache-2.0
// The dictionary of a manifest for the locations of its virtual chunks: they are much alike, and each is compressed on its own
// so that a reader of one need not look at the others.
#pragma once

#include <varve/core/bytes.hpp>
#include <varve/core/config.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace varve::inline v0::format {

/// What others can read again: the reference expands a location into a buffer of that size.
inline constexpr std::size_t longest_compressed_location = 1024;

/// A sample of the locations that a manifest will hold, drawn as they pass by, each as likely as any other.
class LocationSample {
 public:
  explicit LocationSample(std::size_t most) : most_(most) {}

  /// To be called for each location; whether it is drawn, and `keep` is to be told the text.
  VARVE_DECL bool draws();
  VARVE_DECL void keep(std::string location);
  std::uint64_t seen() const noexcept { return seen_; }

  /// A zstd dictionary of at most `size` bytes; empty if there is none worth having.
  VARVE_DECL Bytes train(std::size_t size) const;

 private:
  std::size_t most_;
  std::uint64_t seen_ = 0;
  std::uint64_t random_ = 0x9e3779b97f4a7c15U;  // the same locations give the same sample
  std::size_t place_ = 0;
  std::vector<std::string> drawn_;
};

}  // namespace varve::inline v0::format

#if !defined(VARVE_SEPARATE_COMPILATION)
#include <varve/format/impl/location_dictionary.ipp>
#endif
