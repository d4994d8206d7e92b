// SPDX-License-Identifier: Apache-2.0
// Bodies of metadata.hpp.
#pragma once

#include <varve/format/metadata.hpp>

#include <varve/format/flat.hpp>

#include <algorithm>
#include <bit>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <flatbuffers/flexbuffers.h>

namespace varve::inline v0::format {

namespace detail {

inline constexpr unsigned deepest_value = 64;

/// Reads a FlexBuffer, in which everything but small scalars lies at an offset before the place that refers to it.
/// Values may be shared, so a few bytes can stand for an endless tree: `allowance_` bounds how much is read in all.
class FlexReader {
 public:
  explicit FlexReader(ByteView bytes) : bytes_(bytes), allowance_(bytes.size() * 32 + 1024) {}

  std::optional<Json> read() {
    if (bytes_.size() < 3) return std::nullopt;
    const std::size_t width = byte(bytes_.size() - 1);
    if (!is_width(width) || bytes_.size() < 2 + width) return std::nullopt;
    Json out = value(bytes_.size() - 2 - width, width, byte(bytes_.size() - 2), 0);
    if (failed_) return std::nullopt;
    return out;
  }

 private:
  // The types of values, as the upper six bits of a type byte.
  enum Type : unsigned {
    null, integer, unsigned_integer, floating, key, string, indirect_integer, indirect_unsigned, indirect_floating, map,
    vector, typed_integers, typed_strings = 15, fixed_integers_2, fixed_floats_4 = 24, blob, boolean, typed_booleans = 36
  };

  static bool is_width(std::uint64_t width) { return width == 1 || width == 2 || width == 4 || width == 8; }
  std::size_t byte(std::size_t at) const { return static_cast<std::size_t>(bytes_[at]); }
  bool inside(std::size_t at, std::size_t size) {
    if (failed_ || at > bytes_.size() || size > bytes_.size() - at) failed_ = true;
    return !failed_;
  }
  bool spend(std::size_t amount) {
    if (amount > allowance_) failed_ = true;
    if (!failed_) allowance_ -= amount;
    return !failed_;
  }
  std::uint64_t unsigned_at(std::size_t at, std::size_t width) {
    if (!inside(at, width)) return 0;
    std::uint64_t out = 0;
    for (std::size_t i = width; i-- > 0;) out = out << 8 | byte(at + i);
    return out;
  }
  std::int64_t signed_at(std::size_t at, std::size_t width) {
    const unsigned spare = static_cast<unsigned>(64 - 8 * width);
    return static_cast<std::int64_t>(unsigned_at(at, width) << spare) >> spare;
  }
  double floating_at(std::size_t at, std::size_t width) {
    const std::uint64_t bits = unsigned_at(at, width);
    if (width == 8) return std::bit_cast<double>(bits);
    if (width == 4) return static_cast<double>(std::bit_cast<float>(static_cast<std::uint32_t>(bits)));
    failed_ = true;
    return 0;
  }
  /// The position that the offset stored at `at` leads back to.
  std::size_t follow(std::size_t at, std::size_t width) {
    const std::uint64_t back = unsigned_at(at, width);
    if (back > at) failed_ = true;
    return failed_ ? 0 : at - static_cast<std::size_t>(back);
  }
  /// The number stored `fields` fields before a vector, map or string.
  std::uint64_t before(std::size_t at, std::size_t width, std::size_t fields) {
    if (at < width * fields) failed_ = true;
    return failed_ ? 0 : unsigned_at(at - width * fields, width);
  }
  std::string key_at(std::size_t at) {
    std::string out;
    for (; inside(at, 1) && spend(1) && byte(at) != 0; ++at) out += static_cast<char>(byte(at));
    return out;
  }
  std::string string_at(std::size_t at, std::size_t width) {
    const std::uint64_t size = before(at, width, 1);
    if (size > bytes_.size() || !inside(at, static_cast<std::size_t>(size))) failed_ = true;
    if (failed_ || !spend(static_cast<std::size_t>(size))) return {};
    return std::string(as_text(bytes_.subspan(at, static_cast<std::size_t>(size))));
  }
  /// The number of elements of `width` bytes at `at`, with a byte for each one's type behind them if `typed`.
  std::size_t count_at(std::size_t at, std::size_t width, bool types_follow) {
    const std::uint64_t count = before(at, width, 1);
    if (count > bytes_.size() || !inside(at, static_cast<std::size_t>(count) * (width + (types_follow ? 1 : 0)))) {
      failed_ = true;
    }
    return failed_ ? 0 : static_cast<std::size_t>(count);
  }

  Json value(std::size_t at, std::size_t width, std::size_t packed, unsigned depth) {
    if (depth > deepest_value || !spend(1)) return failed_ = true, Json();
    const std::size_t child_width = std::size_t{1} << (packed & 3);
    const unsigned type = static_cast<unsigned>(packed >> 2);
    switch (type) {
      case null: return Json();
      case integer: return Json(signed_at(at, width));
      case unsigned_integer: return Json(unsigned_at(at, width));
      case floating: return Json(floating_at(at, width));
      case boolean: return Json(unsigned_at(at, width) != 0);
      default: break;
    }
    const std::size_t target = follow(at, width);
    if (failed_) return Json();
    switch (type) {
      case key: return Json(key_at(target));
      case string: return Json(string_at(target, child_width));
      case indirect_integer: return Json(signed_at(target, child_width));
      case indirect_unsigned: return Json(unsigned_at(target, child_width));
      case indirect_floating: return Json(floating_at(target, child_width));
      case map: return map_at(target, child_width, depth);
      case vector: return vector_at(target, child_width, depth);
      case typed_booleans: return typed_at(target, child_width, count_at(target, child_width, false), boolean, depth);
      default: break;
    }
    if (type >= typed_integers && type <= typed_strings) {
      const unsigned element = type - typed_integers + integer;  // int, unsigned, float, key, string
      return typed_at(target, child_width, count_at(target, child_width, false), element, depth);
    }
    if (type >= fixed_integers_2 && type <= fixed_floats_4) {
      const unsigned kind = type - fixed_integers_2;  // of 2, 3 and 4 elements, each of three types
      return typed_at(target, child_width, kind / 3 + 2, kind % 3 + integer, depth);
    }
    failed_ = true;  // blobs, and types from the future
    return Json();
  }

  Json vector_at(std::size_t at, std::size_t width, unsigned depth) {
    const std::size_t count = count_at(at, width, true);
    Json::Array items;
    for (std::size_t i = 0; i != count && !failed_; ++i) {
      items.push_back(value(at + i * width, width, byte(at + count * width + i), depth + 1));
    }
    return Json(std::move(items));
  }
  Json typed_at(std::size_t at, std::size_t width, std::size_t count, unsigned element, unsigned depth) {
    Json::Array items;
    for (std::size_t i = 0; i != count && !failed_; ++i) {
      items.push_back(value(at + i * width, width, element << 2, depth + 1));
    }
    return Json(std::move(items));
  }
  Json map_at(std::size_t at, std::size_t width, unsigned depth) {
    const std::size_t count = count_at(at, width, true);
    const std::uint64_t key_width = before(at, width, 2);
    if (!is_width(key_width) || at < 3 * width) failed_ = true;
    if (failed_) return Json();
    const std::size_t keys = follow(at - 3 * width, width);
    const auto keys_width = static_cast<std::size_t>(key_width);
    if (failed_ || count_at(keys, keys_width, false) != count) return failed_ = true, Json();
    Json::Object members;
    for (std::size_t i = 0; i != count && !failed_; ++i) {
      std::string name = key_at(follow(keys + i * keys_width, keys_width));
      members.emplace_back(std::move(name), value(at + i * width, width, byte(at + count * width + i), depth + 1));
    }
    return Json(std::move(members));
  }

  ByteView bytes_;
  std::size_t allowance_;
  bool failed_ = false;
};

/// Writes values with the library's builder; false if one cannot be expressed.
class FlexWriter {
 public:
  bool write(const Json& value, unsigned depth) {
    if (depth > deepest_value) return false;
    if (value.is_null()) {
      builder_.Null();
    } else if (const bool* truth = value.as_bool()) {
      builder_.Bool(*truth);
    } else if (const std::int64_t* number = value.as_int()) {
      builder_.Int(*number);
    } else if (const std::uint64_t* large = value.as_large_uint()) {
      builder_.UInt(*large);
    } else if (const double* real = value.as_double()) {
      builder_.Double(*real);
    } else if (const std::string* text = value.as_string()) {
      builder_.String(text->data(), text->size());
    } else if (const Json::Array* items = value.as_array()) {
      const std::size_t start = builder_.StartVector();
      for (const Json& item : *items) {
        if (!write(item, depth + 1)) return false;
      }
      builder_.EndVector(start, false, false);
    } else {
      return write_members(*value.as_object(), depth);
    }
    return true;
  }
  Bytes finish() {
    builder_.Finish();
    return copy_bytes(std::as_bytes(std::span<const std::uint8_t>(builder_.GetBuffer())));
  }

 private:
  /// Members go in by name, whatever their order: equal objects then have equal bytes.
  bool write_members(const Json::Object& members, unsigned depth) {
    std::vector<const Json::Member*> order;
    for (const Json::Member& member : members) order.push_back(&member);
    std::stable_sort(order.begin(), order.end(), [](const auto* a, const auto* b) { return a->first < b->first; });
    const std::size_t start = builder_.StartMap();
    for (std::size_t i = 0; i != order.size(); ++i) {
      const auto& [name, value] = *order[i];
      if (name.find('\0') != name.npos) return false;
      if (i + 1 != order.size() && order[i + 1]->first == name) continue;  // the last of several counts
      builder_.Key(name.data(), name.size());
      if (!write(value, depth + 1)) return false;
    }
    builder_.EndMap(start);
    return true;
  }
  flexbuffers::Builder builder_;
};

/// Reads MessagePack. Lengths are believed only as far as there are bytes for them.
class MessagePackReader {
 public:
  explicit MessagePackReader(ByteView bytes) : bytes_(bytes) {}

  std::optional<Json> read() {
    Json out = value(0);
    if (failed_ || at_ != bytes_.size()) return std::nullopt;
    return out;
  }

 private:
  std::uint64_t number(std::size_t width) {
    if (failed_ || width > bytes_.size() - at_) return failed_ = true, 0;
    std::uint64_t out = 0;
    for (std::size_t i = 0; i != width; ++i) out = out << 8 | static_cast<std::uint64_t>(bytes_[at_ + i]);
    at_ += width;
    return out;
  }
  std::string text(std::uint64_t size) {
    if (failed_ || size > bytes_.size() - at_) return failed_ = true, std::string();
    const auto count = static_cast<std::size_t>(size);
    at_ += count;
    return std::string(as_text(bytes_.subspan(at_ - count, count)));
  }
  Json array(std::uint64_t count, unsigned depth) {
    Json::Array items;
    for (; count != 0 && !failed_; --count) items.push_back(value(depth + 1));
    return Json(std::move(items));
  }
  Json map(std::uint64_t count, unsigned depth) {
    Json::Object members;
    for (; count != 0 && !failed_; --count) {
      const Json name = value(depth + 1);
      if (name.as_string() == nullptr) return failed_ = true, Json();
      members.emplace_back(*name.as_string(), value(depth + 1));
    }
    return Json(std::move(members));
  }
  Json value(unsigned depth) {
    if (depth > deepest_value) failed_ = true;
    const auto lead = static_cast<unsigned>(number(1));
    if (failed_) return Json();
    if (lead <= 0x7f) return Json(lead);
    if (lead <= 0x8f) return map(lead & 0x0f, depth);
    if (lead <= 0x9f) return array(lead & 0x0f, depth);
    if (lead <= 0xbf) return Json(text(lead & 0x1f));
    if (lead >= 0xe0) return Json(static_cast<int>(lead) - 0x100);
    switch (lead) {
      case 0xc0: return Json();
      case 0xc2: return Json(false);
      case 0xc3: return Json(true);
      case 0xca: return Json(static_cast<double>(std::bit_cast<float>(static_cast<std::uint32_t>(number(4)))));
      case 0xcb: return Json(std::bit_cast<double>(number(8)));
      case 0xcc: return Json(number(1));
      case 0xcd: return Json(number(2));
      case 0xce: return Json(number(4));
      case 0xcf: return Json(number(8));
      case 0xd0: return Json(static_cast<std::int8_t>(number(1)));
      case 0xd1: return Json(static_cast<std::int16_t>(number(2)));
      case 0xd2: return Json(static_cast<std::int32_t>(number(4)));
      case 0xd3: return Json(static_cast<std::int64_t>(number(8)));
      case 0xd9: return Json(text(number(1)));
      case 0xda: return Json(text(number(2)));
      case 0xdb: return Json(text(number(4)));
      case 0xdc: return array(number(2), depth);
      case 0xdd: return array(number(4), depth);
      case 0xde: return map(number(2), depth);
      case 0xdf: return map(number(4), depth);
      default: failed_ = true; return Json();  // bytes and extensions, which JSON does not have
    }
  }

  ByteView bytes_;
  std::size_t at_ = 0;
  bool failed_ = false;
};

}  // namespace detail

VARVE_DECL Result<Json> decode_flexbuffer(ByteView bytes, std::string_view key) {
  auto value = detail::FlexReader(bytes).read();
  if (!value) return detail::corrupt("read metadata", key, "a value is not a valid FlexBuffer");
  return *std::move(value);
}

VARVE_DECL Result<Bytes> encode_flexbuffer(const Json& value) {
  detail::FlexWriter writer;
  if (!writer.write(value, 0)) {
    return Error(errc::invalid_argument, "encode metadata", {},
                 "a name holds a zero byte, or values are nested more than 64 levels deep");
  }
  return writer.finish();
}

VARVE_DECL Result<Json> decode_messagepack(ByteView bytes, std::string_view key) {
  auto value = detail::MessagePackReader(bytes).read();
  if (!value) return detail::corrupt("read metadata", key, "a value is not valid MessagePack");
  return *std::move(value);
}

}  // namespace varve::inline v0::format
