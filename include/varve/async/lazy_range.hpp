// SPDX-License-Identifier: Apache-2.0
// LazyRange: a walk that fetches as it goes, as a range: the ancestry of a snapshot, the log of operations, the chunks of
// an array.
#pragma once

#include <varve/async/awaitable.hpp>
#include <varve/async/block_on.hpp>
#include <varve/async/entry.hpp>

#include <cstddef>
#include <iterator>
#include <optional>
#include <utility>

namespace varve::inline v0 {

/// An input range over what `Walk::step()` yields, an `Awaitable<Result<std::optional<value_type>>>`. A walk may also have
/// `at_hand()`, which gives that result where nothing need be awaited for it, and `nullopt` elsewhere.
template <class Walk>
class LazyRange {
 public:
  using value_type = typename Walk::value_type;

  explicit LazyRange(Walk walk) : walk_(std::move(walk)) {}

  /// The next entry; `nullopt` at the end. Use this or what blocks.
  Awaitable<Result<std::optional<value_type>>> async_next() { return guarded(walk_.step()); }
  /// The blocking form.
  std::optional<value_type> next() {
    if constexpr (requires { walk_.at_hand(); }) {
      if (auto known = walk_.at_hand()) return std::move(*known).value();
    }
    return block_on(async_next()).value();
  }

  class iterator {
   public:
    using iterator_category = std::input_iterator_tag;
    using value_type = typename Walk::value_type;
    using difference_type = std::ptrdiff_t;
    using pointer = const value_type*;
    using reference = const value_type&;

    iterator() = default;
    explicit iterator(LazyRange* from) : from_(from) { ++*this; }
    reference operator*() const { return *entry_; }
    pointer operator->() const { return &*entry_; }
    iterator& operator++() {
      entry_ = from_->next();
      return *this;
    }
    void operator++(int) { ++*this; }
    friend bool operator==(const iterator& at, std::default_sentinel_t) { return !at.entry_; }

   private:
    LazyRange* from_ = nullptr;
    std::optional<value_type> entry_;
  };
  /// Fetches the first entry. A range is walked once.
  iterator begin() { return iterator(this); }
  std::default_sentinel_t end() const { return {}; }

 private:
  Walk walk_;
};

}  // namespace varve::inline v0
