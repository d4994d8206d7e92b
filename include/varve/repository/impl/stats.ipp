// SPDX-License-Identifier: Apache-2.0
// Bodies of stats.hpp.
#pragma once

#include <varve/repository/stats.hpp>

#include <varve/core/bytes.hpp>
#include <varve/format/chunk_ref.hpp>
#include <varve/format/keys.hpp>

#include <algorithm>
#include <cstring>
#include <string_view>
#include <tuple>
#include <utility>

namespace varve::inline v0::detail {

/// What tells the range of a file from others: two chunks with one digest would count as one, which nobody can expect of 96
/// bits and locations that were not made for it.
inline std::array<std::uint8_t, 12> digest_of(std::string_view location, std::uint64_t offset, std::uint64_t length) {
  std::array<std::uint64_t, 2> lanes{0x9E3779B97F4A7C15U ^ location.size(), 0xC2B2AE3D27D4EB4FU};
  const auto mix = [&](std::uint64_t word) {
    lanes[0] = (lanes[0] ^ word) * 0xBF58476D1CE4E5B9U;
    lanes[0] ^= lanes[0] >> 31;
    lanes[1] = (lanes[1] + word) * 0x94D049BB133111EBU;
    lanes[1] ^= lanes[1] >> 29 ^ lanes[0] << 17;
  };
  for (std::size_t at = 0; at < location.size(); at += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, location.data() + at, std::min<std::size_t>(8, location.size() - at));
    mix(word);
  }
  mix(offset);
  mix(length);
  std::array<std::uint8_t, 12> digest;
  std::memcpy(digest.data(), lanes.data(), digest.size());
  return digest;
}

struct StatsTally::Found {
  std::vector<Record> native, virtuals;
  std::unordered_map<std::uint32_t, ChunkStats> inlined;
};

VARVE_DECL StatsTally::StatsTally(const format::SnapshotView& snapshot) : by_array_(true) {
  for (std::size_t i = 0; i != snapshot.node_count(); ++i) {
    const format::NodeView node = snapshot.node(i);
    if (node.kind() != format::NodeKind::array) continue;
    places_.try_emplace(node.id(), static_cast<std::uint32_t>(paths_.size()));
    paths_.emplace_back(node.path());
  }
  arrays_.resize(paths_.size());
}

VARVE_DECL Result<void> StatsTally::add(const format::ManifestView& manifest) {
  const std::string key = format::manifest_key(manifest.id());
  Found found;
  for (std::size_t i = 0; i != manifest.array_count(); ++i) {
    const auto id = manifest.array_id(i);
    if (!id) return id.error();
    const auto refs = manifest.array(i);
    if (!refs) return refs.error();
    std::uint32_t array = 0;
    if (by_array_) {
      const auto place = places_.find(*id);
      if (place == places_.end()) continue;  // it was deleted; another array still needs the manifest
      array = place->second;
    }
    for (std::size_t k = 0; k != refs->size(); ++k) {
      const auto ref = refs->ref(k);
      if (!ref) return ref.error();
      switch (ref->kind) {
        case format::ChunkRefKind::native: found.native.push_back({ref->chunk_id.bytes, array, ref->length}); break;
        case format::ChunkRefKind::inlined: {
          ChunkStats& stats = found.inlined[array];
          ++stats.inline_chunks;
          stats.inline_bytes += ref->length;
          break;
        }
        case format::ChunkRefKind::virtual_location: {
          const auto location = format::full_location(*ref, key);
          if (!location) return location.error();
          found.virtuals.push_back({digest_of(*location, ref->offset, ref->length), array, ref->length});
          break;
        }
      }
    }
  }
  const std::scoped_lock lock(mutex_);
  ++manifests_;
  native_.add(found.native);
  virtual_.add(found.virtuals);
  for (const auto& [array, stats] : found.inlined) {
    for (ChunkStats* const sum : {&arrays_[array], &total_}) {
      sum->inline_chunks += stats.inline_chunks;
      sum->inline_bytes += stats.inline_bytes;
    }
  }
  return {};
}

VARVE_DECL void StatsTally::Distinct::add(const std::vector<Record>& more) {
  records_.insert(records_.end(), more.begin(), more.end());
  if (records_.size() > sort_at_) sort();
}

VARVE_DECL void StatsTally::Distinct::sort() {
  const auto before = [](const Record& a, const Record& b) { return std::tie(a.key, a.array) < std::tie(b.key, b.array); };
  const auto same = [](const Record& a, const Record& b) { return a.array == b.array && a.key == b.key; };
  std::sort(records_.begin(), records_.end(), before);
  records_.erase(std::unique(records_.begin(), records_.end(), same), records_.end());
  sort_at_ = std::max(2 * records_.size(), std::size_t{1} << 20);
}

VARVE_DECL void StatsTally::count(Distinct& distinct, std::uint64_t ChunkStats::*chunks, std::uint64_t ChunkStats::*bytes) {
  distinct.sort();
  const Record* previous = nullptr;
  for (const Record& record : distinct.records()) {
    const bool repeated = previous != nullptr && previous->key == record.key;
    for (ChunkStats* const sum : {&arrays_[record.array], repeated ? nullptr : &total_}) {
      if (sum == nullptr) continue;
      ++(sum->*chunks);
      sum->*bytes += record.length;
    }
    previous = &record;
  }
}

VARVE_DECL RepositoryStats StatsTally::finish() {
  count(native_, &ChunkStats::native_chunks, &ChunkStats::native_bytes);
  count(virtual_, &ChunkStats::virtual_chunks, &ChunkStats::virtual_bytes);
  RepositoryStats stats;
  stats.total = total_;
  stats.manifests = manifests_;
  for (std::size_t i = 0; by_array_ && i != paths_.size(); ++i) stats.arrays.emplace(std::move(paths_[i]), arrays_[i]);
  return stats;
}

}  // namespace varve::inline v0::detail
