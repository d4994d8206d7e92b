// SPDX-License-Identifier: Apache-2.0
// Reading: what a read has so far, over several tries: which bytes are still missing, and whether they are of the same object.
#pragma once

#include <varve/storage/http/client.hpp>
#include <varve/storage/http/impl/exchange.ipp>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace varve::inline v0::storage::http::detail {

/// A read that may take several tries.
struct Reading {
  explicit Reading(const ReadOptions& options) : range(options.range), into(options.into) {
    if (into) sink = Sink(range ? into->first(std::min<std::uint64_t>(into->size(), range->size())) : *into);
    else sink = Sink(body, std::uint64_t{1} << 40);
    if (range && !into) sink.take_only(range->size());
  }
  Reading(const Reading&) = delete;
  Reading& operator=(const Reading&) = delete;

  /// The first byte of the object that is still missing.
  std::uint64_t next() const { return (range ? range->first : 0) + sink.filled(); }

  void prepare(Request& request) const {
    if (!range && sink.filled() == 0) return;
    std::string value = "bytes=" + std::to_string(next()) + '-';
    if (range) value += std::to_string(range->last - 1);
    request.set("Range", std::move(value));
  }

  /// Looks at a success before its body is read.
  Sink* accept(const Response& response) {
    std::string now(response.field("ETag"));
    if (now.empty()) now = response.field("x-goog-generation");
    if (now.empty()) now = response.field("Last-Modified");
    if (sink.filled() != 0 && now != identity) {  // the object was replaced between two tries: from the start
      sink.restart();
      return nullptr;
    }
    identity = std::move(now);
    begun = true;
    expected.reset();
    if (response.status != 206) {
      sink.skip(next());
      return &sink;
    }
    const auto part = parse_content_range(response.field("Content-Range"));
    if (!part || part->first != next()) return nullptr;
    if (part->total) expected = range ? std::min(*part->total, range->last) : *part->total;
    return &sink;
  }
  /// Completes the response that the bytes came with.
  void finish(Response& response) {
    response.filled = sink.filled();
    sink.finish();
    if (!into) response.body = std::move(body);
  }
  /// Whether a whole response left something out that the object has.
  bool short_of_more() const { return expected && next() < *expected && !sink.complete(); }

  struct ContentRange {
    std::uint64_t first;
    std::optional<std::uint64_t> total;
  };
  static std::optional<ContentRange> parse_content_range(std::string_view text) {
    const auto number = [&]() -> std::optional<std::uint64_t> {
      std::uint64_t value = 0;
      const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
      if (failed != std::errc()) return std::nullopt;
      text.remove_prefix(static_cast<std::size_t>(end - text.data()));
      return value;
    };
    if (!text.starts_with("bytes ")) return std::nullopt;
    text.remove_prefix(6);
    const auto first = number();
    if (!first || !text.starts_with('-')) return std::nullopt;
    text.remove_prefix(1);
    if (!number() || !text.starts_with('/')) return std::nullopt;
    text.remove_prefix(1);
    return ContentRange{*first, number()};
  }

  const std::optional<ByteRange> range;
  const std::optional<MutableByteView> into;
  Bytes body;
  Sink sink;
  std::string identity;
  std::optional<std::uint64_t> expected;
  std::atomic<bool> begun = false;  ///< the body has begun to arrive
};

}  // namespace varve::inline v0::storage::http::detail
