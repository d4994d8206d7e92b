// SPDX-License-Identifier: Apache-2.0
// Bodies of pattern.hpp.
#pragma once

#include <varve/core/pattern.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>

namespace varve::inline v0 {

namespace detail {

/// The next code point of `text`, taken off its front; a byte that is not UTF-8 stands for itself.
inline char32_t next_letter(std::string_view& text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const std::size_t more = byte(0) < 0xc0 ? 0 : byte(0) < 0xe0 ? 1 : byte(0) < 0xf0 ? 2 : 3;
  char32_t letter = more == 0 ? byte(0) : byte(0) & (0x3fU >> more);
  for (std::size_t i = 1; i <= more; ++i) {
    if (i >= text.size() || (byte(i) & 0xc0) != 0x80) {
      letter = byte(0);
      text.remove_prefix(1);
      return letter;
    }
    letter = letter << 6 | (byte(i) & 0x3fU);
  }
  text.remove_prefix(more + 1);
  return letter;
}

inline bool is_word(char32_t letter) {
  return letter >= 0x80 || letter == '_' || (letter >= '0' && letter <= '9') || ((letter | 0x20U) >= 'a' && (letter | 0x20U) <= 'z');
}

class PatternParser {
  using Step = Pattern::Step;
  using Kind = Step::Kind;
  using Set = Pattern::Set;
  using Steps = std::vector<Step>;

 public:
  explicit PatternParser(std::string_view text) : rest_(text), size_(text.size()) {}

  Result<Pattern> run() {
    if (take("(?i)")) pattern_.ignore_case_ = true;
    Steps steps = alternatives(0);
    if (failure_ == nullptr && !rest_.empty()) fail("a parenthesis closes that was never opened");
    if (failure_ != nullptr) {
      return Error(errc::invalid_argument, "read regular expression", {},
                   std::string(failure_) + ", at byte " + std::to_string(size_ - rest_.size()));
    }
    steps.push_back(Step{});
    pattern_.steps_ = std::move(steps);
    return std::move(pattern_);
  }

 private:
  static constexpr std::size_t most_steps = 10'000;
  static constexpr unsigned deepest = 100;

  void fail(const char* why) {
    if (failure_ == nullptr) failure_ = why;
  }
  bool more() const { return failure_ == nullptr && !rest_.empty(); }
  bool take(std::string_view text) {
    if (!rest_.starts_with(text)) return false;
    rest_.remove_prefix(text.size());
    return true;
  }
  Steps one(Kind kind) { return {Step{kind}}; }
  Steps one_of(Set set) {
    pattern_.sets_.push_back(std::move(set));
    Step step{Kind::one_of};
    step.set = static_cast<std::uint32_t>(pattern_.sets_.size() - 1);
    return {step};
  }
  void append(Steps& steps, const Steps& others) {
    if (steps.size() + others.size() > most_steps) return fail("it takes more than 10,000 steps");
    steps.insert(steps.end(), others.begin(), others.end());
  }
  static Step leap(Kind kind, std::size_t distance, bool back = false) {
    Step step{kind};
    step.to = back ? -static_cast<std::int32_t>(distance) : static_cast<std::int32_t>(distance);
    return step;
  }

  Steps alternatives(unsigned depth) {
    if (depth > deepest) {
      fail("its parentheses nest too deep");
      return {};
    }
    std::vector<Steps> ways{sequence(depth)};
    while (failure_ == nullptr && take("|")) ways.push_back(sequence(depth));
    Steps steps = std::move(ways.back());
    for (std::size_t i = ways.size() - 1; i-- != 0 && failure_ == nullptr;) {
      Steps both{leap(Kind::fork, ways[i].size() + 2)};
      append(both, ways[i]);
      append(both, {leap(Kind::jump, steps.size() + 1)});
      append(both, steps);
      steps = std::move(both);
    }
    return steps;
  }

  Steps sequence(unsigned depth) {
    Steps steps;
    while (more() && rest_.front() != '|' && rest_.front() != ')') {
      Steps item = single(depth);
      while (more() && repeated(item)) {}
      append(steps, item);
    }
    return steps;
  }

  /// Replaces `item` by as many of it as what follows says; false if nothing of the kind follows.
  bool repeated(Steps& item) {
    std::size_t least = 0;
    constexpr std::size_t endless = SIZE_MAX;
    std::size_t most = endless;
    if (take("+")) {
      least = 1;
    } else if (take("?")) {
      most = 1;
    } else if (take("{")) {
      least = number();
      most = least;
      if (take(",")) {
        most = rest_.starts_with("}") ? endless : number();
      }
      if (!take("}") || most < least) fail("a repetition in braces is not {n}, {n,} or {n,m}");
    } else if (!take("*")) {
      return false;
    }
    take("?");  // lazy or greedy, what is found is the same
    Steps all;
    for (std::size_t i = 0; i != least && failure_ == nullptr; ++i) append(all, item);
    if (most == endless) {
      const std::size_t size = item.size();
      append(all, {leap(Kind::fork, size + 2)});
      append(all, item);
      append(all, {leap(Kind::jump, size + 1, true)});
    } else {
      for (std::size_t i = least; i != most && failure_ == nullptr; ++i) {
        append(all, {leap(Kind::fork, (most - i) * (item.size() + 1))});
        append(all, item);
      }
    }
    item = std::move(all);
    return true;
  }
  std::size_t number() {
    std::size_t value = 0;
    if (!more() || !digit(rest_.front())) fail("a number is missing in braces");
    while (more() && digit(rest_.front())) {
      value = std::min<std::size_t>(value * 10 + static_cast<std::size_t>(rest_.front() - '0'), most_steps + 1);
      rest_.remove_prefix(1);
    }
    return value;
  }
  static bool digit(char letter) { return letter >= '0' && letter <= '9'; }

  Steps single(unsigned depth) {
    if (take("(")) return group(depth);
    if (take("[")) return one_of(bracket());
    if (take("^")) return one(Kind::text_begin);
    if (take("$")) return one(Kind::text_end);
    if (take(".")) return one_of(Set{{{'\n', '\n'}}, true});
    if (take("\\A")) return one(Kind::text_begin);
    if (take("\\z")) return one(Kind::text_end);
    if (take("\\b")) return one(Kind::word_boundary);
    if (take("\\B")) return one(Kind::no_word_boundary);
    if (rest_.front() == '*' || rest_.front() == '+' || rest_.front() == '?' || rest_.front() == '{') {
      fail("there is nothing to repeat");
      return {};
    }
    return one_of(letters());
  }

  Steps group(unsigned depth) {
    if (take("?")) {
      const bool looks_behind = rest_.starts_with("<=") || rest_.starts_with("<!");
      const bool named = !looks_behind && (take("P<") || take("<"));
      if (named) {
        const std::size_t end = rest_.find('>');
        if (end == 0 || end == rest_.npos) fail("the name of a group does not end");
        if (failure_ == nullptr) rest_.remove_prefix(end + 1);
      } else if (!take(":")) {
        fail("a group begins with (?: or (?P<name>, and no flags are known but (?i) before all else");
      }
    }
    Steps steps = alternatives(depth + 1);
    if (!take(")")) fail("a parenthesis does not close");
    return steps;
  }

  /// A letter, or an escape for one or for several.
  Set letters() {
    if (!take("\\")) {
      const char32_t letter = next_letter(rest_);
      return Set{{{letter, letter}}};
    }
    if (rest_.empty()) return fail("a backslash ends it"), Set{};
    const char escape = rest_.front();
    rest_.remove_prefix(1);
    const auto just = [](char32_t letter) { return Set{{{letter, letter}}}; };
    switch (escape) {
      case 'd': return {{{'0', '9'}}};
      case 'D': return {{{'0', '9'}}, true};
      case 'w': return word();
      case 'W': return negated(word());
      case 's': return space();
      case 'S': return negated(space());
      case 't': return just('\t');
      case 'n': return just('\n');
      case 'r': return just('\r');
      case 'x': return just(hexadecimal());
      default: break;
    }
    if (is_word(static_cast<unsigned char>(escape)) && escape != '_') fail("an escape is not known");
    return just(static_cast<unsigned char>(escape));
  }
  static Set word() { return {{{'0', '9'}, {'A', 'Z'}, {'_', '_'}, {'a', 'z'}, {0x80, 0x10ffff}}}; }
  static Set space() { return {{{'\t', '\r'}, {' ', ' '}}}; }
  static Set negated(Set set) {
    set.negated = !set.negated;
    return set;
  }
  char32_t hexadecimal() {
    const bool braces = take("{");
    char32_t value = 0;
    std::size_t digits = 0;
    for (; !rest_.empty() && digits != (braces ? 6 : 2); ++digits) {
      const char letter = rest_.front();
      const char low = static_cast<char>(letter | 0x20);
      if (!digit(letter) && (low < 'a' || low > 'f')) break;
      value = value * 16 + static_cast<char32_t>(digit(letter) ? letter - '0' : low - 'a' + 10);
      rest_.remove_prefix(1);
    }
    if (digits < (braces ? 1 : 2) || (braces && !take("}"))) fail("a hexadecimal escape is not \\x41 or \\x{41}");
    return value;
  }

  /// What stands behind `[`, up to its end.
  Set bracket() {
    Set set;
    set.negated = take("^");
    for (bool first = true; failure_ == nullptr; first = false) {
      if (rest_.empty()) return fail("a bracket does not close"), set;
      if (!first && take("]")) return set;
      if (rest_.starts_with("[")) {
        posix(set);
        continue;
      }
      if (rest_.starts_with("&&") || rest_.starts_with("--") || rest_.starts_with("~~")) fail("operations on sets are not known");
      Set item = letters();
      const bool single = item.ranges.size() == 1 && item.ranges[0].first == item.ranges[0].second && !item.negated;
      if (single && rest_.size() > 1 && rest_.front() == '-' && rest_[1] != ']') {
        rest_.remove_prefix(1);
        const Set end = letters();
        if (end.ranges.size() != 1 || end.negated || end.ranges[0].second < item.ranges[0].first) fail("a range is in disorder");
        if (failure_ == nullptr) item.ranges[0].second = end.ranges[0].second;
      }
      if (item.negated) item = complement(item);
      set.ranges.insert(set.ranges.end(), item.ranges.begin(), item.ranges.end());
    }
    return set;
  }
  /// The ranges between those of `set`, which ascend.
  static Set complement(const Set& set) {
    Set rest;
    char32_t from = 0;
    for (const auto& [first, last] : set.ranges) {
      if (first > from) rest.ranges.emplace_back(from, first - 1);
      from = last + 1;
    }
    if (from <= 0x10ffff) rest.ranges.emplace_back(from, 0x10ffff);
    return rest;
  }
  void posix(Set& set) {
    const auto add = [&](std::initializer_list<std::pair<char32_t, char32_t>> ranges) { set.ranges.insert(set.ranges.end(), ranges); };
    if (take("[:alpha:]")) return add({{'A', 'Z'}, {'a', 'z'}});
    if (take("[:digit:]")) return add({{'0', '9'}});
    if (take("[:alnum:]")) return add({{'0', '9'}, {'A', 'Z'}, {'a', 'z'}});
    if (take("[:upper:]")) return add({{'A', 'Z'}});
    if (take("[:lower:]")) return add({{'a', 'z'}});
    if (take("[:space:]")) return add({{'\t', '\r'}, {' ', ' '}});
    if (take("[:punct:]")) return add({{'!', '/'}, {':', '@'}, {'[', '`'}, {'{', '~'}});
    if (take("[:xdigit:]")) return add({{'0', '9'}, {'A', 'F'}, {'a', 'f'}});
    fail("sets in sets are not known");
  }

  std::string_view rest_;
  std::size_t size_;
  Pattern pattern_;
  const char* failure_ = nullptr;
};

}  // namespace detail

VARVE_DECL bool Pattern::Set::holds(char32_t letter) const {
  const bool inside = std::any_of(ranges.begin(), ranges.end(), [letter](const auto& range) { return range.first <= letter && letter <= range.second; });
  return inside != negated;
}

VARVE_DECL Result<Pattern> Pattern::compile(std::string_view text) { return detail::PatternParser(text).run(); }

VARVE_DECL bool Pattern::found_in(std::string_view text) const {
  std::vector<std::size_t> now, next, open;
  std::vector<std::size_t> seen(steps_.size(), 0);  // the place in the text at which a step was last entered, plus 1
  std::size_t place = 0;
  bool begin = true, before = false;
  for (;; ++place) {
    const bool end = text.empty();
    const char32_t letter = end ? 0 : detail::next_letter(text);
    const bool after = !end && detail::is_word(letter);
    open.assign(now.rbegin(), now.rend());
    open.push_back(0);  // it may begin anywhere
    next.clear();
    while (!open.empty()) {
      const std::size_t at = open.back();
      open.pop_back();
      if (seen[at] == place + 1) continue;
      seen[at] = place + 1;
      const Step& step = steps_[at];
      const auto there = static_cast<std::size_t>(static_cast<std::ptrdiff_t>(at) + step.to);
      switch (step.kind) {
        case Step::Kind::end: return true;
        case Step::Kind::jump: open.push_back(there); break;
        case Step::Kind::fork:
          open.push_back(there);
          open.push_back(at + 1);
          break;
        case Step::Kind::text_begin:
          if (begin) open.push_back(at + 1);
          break;
        case Step::Kind::text_end:
          if (end) open.push_back(at + 1);
          break;
        case Step::Kind::word_boundary:
          if (before != after) open.push_back(at + 1);
          break;
        case Step::Kind::no_word_boundary:
          if (before == after) open.push_back(at + 1);
          break;
        case Step::Kind::one_of: {
          const Set& set = sets_[step.set];
          const char32_t low = letter | 0x20U;
          const bool cased = ignore_case_ && low >= 'a' && low <= 'z';
          const bool held = cased ? set.holds(low) + set.holds(low - 0x20U) > (set.negated ? 1 : 0) : set.holds(letter);
          if (held && !end) next.push_back(at + 1);
          break;
        }
      }
    }
    if (end) return false;
    now.swap(next);
    begin = false;
    before = after;
  }
}

}  // namespace varve::inline v0
