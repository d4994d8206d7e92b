// SPDX-License-Identifier: Apache-2.0
// SharedVector: a vector whose copies share their elements until one of them is edited. A commit takes the history of a
// repository, adds one snapshot to it and keeps the old one for those who read it: that costs a pointer an element.
#pragma once

#include <algorithm>
#include <cstddef>
#include <initializer_list>
#include <iterator>
#include <memory>
#include <utility>
#include <vector>

namespace varve::inline v0 {

/// Its elements are constants, but for `edit`. Copies may be used from different threads, as if they shared nothing.
template <class T>
class SharedVector {
  using Elements = std::vector<std::shared_ptr<const T>>;

 public:
  class const_iterator {
   public:
    using iterator_category = std::random_access_iterator_tag;
    using value_type = T;
    using difference_type = std::ptrdiff_t;
    using pointer = const T*;
    using reference = const T&;

    const_iterator() = default;
    reference operator*() const { return **at_; }
    pointer operator->() const { return at_->get(); }
    reference operator[](difference_type n) const { return *at_[n]; }
    const_iterator& operator++() { return ++at_, *this; }
    const_iterator operator++(int) { return const_iterator(at_++); }
    const_iterator& operator--() { return --at_, *this; }
    const_iterator operator--(int) { return const_iterator(at_--); }
    const_iterator& operator+=(difference_type n) { return at_ += n, *this; }
    const_iterator& operator-=(difference_type n) { return at_ -= n, *this; }
    friend const_iterator operator+(const_iterator at, difference_type n) { return at += n; }
    friend const_iterator operator+(difference_type n, const_iterator at) { return at += n; }
    friend const_iterator operator-(const_iterator at, difference_type n) { return at -= n; }
    friend difference_type operator-(const_iterator a, const_iterator b) { return a.at_ - b.at_; }
    friend auto operator<=>(const const_iterator&, const const_iterator&) = default;

   private:
    friend SharedVector;
    explicit const_iterator(typename Elements::const_iterator at) : at_(at) {}
    typename Elements::const_iterator at_;
  };
  using value_type = T;

  SharedVector() = default;
  SharedVector(std::initializer_list<T> elements) {
    for (const T& element : elements) push_back(element);
  }

  std::size_t size() const noexcept { return elements_.size(); }
  bool empty() const noexcept { return elements_.empty(); }
  const_iterator begin() const noexcept { return const_iterator(elements_.begin()); }
  const_iterator end() const noexcept { return const_iterator(elements_.end()); }
  const T& operator[](std::size_t i) const noexcept { return *elements_[i]; }

  /// A copy of element `i`, which takes its place and which nobody else has yet.
  T& edit(std::size_t i) {
    auto copy = std::make_shared<T>(*elements_[i]);
    T& element = *copy;
    elements_[i] = std::move(copy);
    return element;
  }
  void push_back(T element) { elements_.push_back(std::make_shared<const T>(std::move(element))); }
  /// Adds the element that `at` shows, without copying it.
  void share(const_iterator at) { elements_.push_back(*at.at_); }
  void insert(const_iterator at, T element) { elements_.insert(at.at_, std::make_shared<const T>(std::move(element))); }

  friend bool operator==(const SharedVector& a, const SharedVector& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end());
  }

 private:
  Elements elements_;
};

}  // namespace varve::inline v0
