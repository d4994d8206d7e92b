// SPDX-License-Identifier: Apache-2.0
// Lists of named values and times, which snapshots and repo info hold alike.
#pragma once

#include <varve/core/environment.hpp>
#include <varve/core/json.hpp>
#include <varve/core/result.hpp>
#include <varve/format/flat.hpp>
#include <varve/format/metadata.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace varve::inline v0::format::detail {

struct MetadataItemSlot {
  enum : unsigned { name, value };
};

/// A time in microseconds; one beyond what a signed count can hold is a failure.
inline Timestamp read_timestamp(FlatReader& reader, const FlatTable& table, unsigned slot) {
  const auto us = reader.scalar<std::uint64_t>(table, slot, 0);
  reader.require(us <= static_cast<std::uint64_t>(INT64_MAX));
  return Timestamp(std::chrono::microseconds(reader.failed() ? 0 : static_cast<std::int64_t>(us)));
}

/// What a file stores for a time. Nothing is older than the epoch.
inline std::uint64_t stored_timestamp(Timestamp time) {
  const std::int64_t us = time.time_since_epoch().count();
  return us > 0 ? static_cast<std::uint64_t>(us) : 0;
}

/// Whether every item has a name and a value; the values themselves are read when somebody asks.
inline bool check_metadata_items(FlatReader& reader, const FlatVector& items) {
  for (std::size_t i = 0; i != items.count && !reader.failed(); ++i) {
    const FlatTable item = reader.element(items, i);
    reader.required(item, MetadataItemSlot::name, 1);
    reader.required(item, MetadataItemSlot::value, 1);
  }
  return !reader.failed();
}

/// The items as a map; of several with one name the last counts, as for the reference. `allowance` is how many bytes
/// of names and values may still be read: a hostile file could name one long value a million times.
inline Result<Metadata> read_metadata_items(FlatReader& reader, const FlatVector& items, std::uint8_t version,
                                            std::size_t& allowance, std::string_view key) {
  Metadata out;
  for (std::size_t i = 0; i != items.count; ++i) {
    const FlatTable item = reader.element(items, i);
    const FlatVector name = reader.required(item, MetadataItemSlot::name, 1);
    const FlatVector value = reader.required(item, MetadataItemSlot::value, 1);
    const std::size_t size = std::size_t{8} + name.count + value.count;
    if (reader.failed() || size > allowance) return corrupt("read metadata", key, "an item is damaged");
    allowance -= size;
    auto json = decode_metadata_value(reader.bytes(value), version, key);
    if (!json) return std::move(json).error();
    out.insert_or_assign(std::string(reader.text(name)), *std::move(json));
  }
  return out;
}

}  // namespace varve::inline v0::format::detail
