// SPDX-License-Identifier: Apache-2.0
// Bodies of location_dictionary.hpp.
#pragma once

#include <varve/format/location_dictionary.hpp>

#include <algorithm>
#include <utility>

#include <zdict.h>

namespace varve::inline v0::format {

VARVE_DECL bool LocationSample::draws() {
  ++seen_;
  if (drawn_.size() < std::min<std::size_t>(most_, 1000)) {
    place_ = drawn_.size();
    return true;
  }
  random_ ^= random_ << 13;
  random_ ^= random_ >> 7;
  random_ ^= random_ << 17;
  place_ = static_cast<std::size_t>(random_ % seen_);
  return place_ < drawn_.size();
}

VARVE_DECL void LocationSample::keep(std::string location) {
  if (place_ == drawn_.size()) {
    drawn_.push_back(std::move(location));
  } else {
    drawn_[place_] = std::move(location);
  }
}

VARVE_DECL Bytes LocationSample::train(std::size_t size) const {
  size = std::min<std::size_t>(size, 64 << 10);  // whatever a configuration asks for: a larger one is of no use
  constexpr std::size_t too_short = 8;  // not worth a frame
  const auto is_short = [](const std::string& location) { return location.size() < too_short; };
  const auto short_ones = static_cast<std::size_t>(std::count_if(drawn_.begin(), drawn_.end(), is_short));
  if (drawn_.empty() || 2 * short_ones >= drawn_.size()) return {};
  std::string texts;
  std::vector<std::size_t> sizes;
  for (const std::string& location : drawn_) {
    texts += location;
    sizes.push_back(location.size());
  }
  if (texts.size() < size) {  // training wants more than it makes
    const std::string once = texts;
    const std::vector<std::size_t> sizes_once = sizes;
    for (std::size_t more = size / once.size() + 1; more != 0; --more) {
      texts += once;
      sizes.insert(sizes.end(), sizes_once.begin(), sizes_once.end());
    }
  }
  Bytes dictionary(size);
  const std::size_t made =
      ZDICT_trainFromBuffer(dictionary.data(), size, texts.data(), sizes.data(), static_cast<unsigned>(sizes.size()));
  if (ZDICT_isError(made)) return {};
  dictionary.resize(made);
  return dictionary;
}

}  // namespace varve::inline v0::format
