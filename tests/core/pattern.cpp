// SPDX-License-Identifier: Apache-2.0
#include <varve/core/pattern.hpp>

#include <string>
#include <string_view>

#include "support/doctest.hpp"

using varve::errc;
using varve::Pattern;

namespace {

bool found(std::string_view pattern, std::string_view text) {
  INFO(std::string(pattern) << " in " << std::string(text));
  return Pattern::compile(pattern).value().found_in(text);
}

}  // namespace

TEST_CASE("core/pattern: it is searched for anywhere in the text") {
  CHECK(found("", ""));
  CHECK(found("", "abc"));
  CHECK(found("b", "abc"));
  CHECK(found("a.c", "xxabcxx"));
  CHECK_FALSE(found("a.c", "a\nc"));
  CHECK_FALSE(found("abd", "abc"));
  CHECK(found("^a", "abc"));
  CHECK_FALSE(found("^b", "abc"));
  CHECK(found("c$", "abc"));
  CHECK_FALSE(found("b$", "abc"));
  CHECK(found("^$", ""));
  CHECK(found(R"(\Aabc\z)", "abc"));
  CHECK(found(R"(a\.b)", "a.b"));
  CHECK_FALSE(found(R"(a\.b)", "axb"));
}

TEST_CASE("core/pattern: repetitions and alternatives") {
  CHECK(found("^ab*c$", "ac"));
  CHECK(found("^ab*c$", "abbbc"));
  CHECK_FALSE(found("^ab+c$", "ac"));
  CHECK(found("^ab?c$", "abc"));
  CHECK_FALSE(found("^ab?c$", "abbc"));
  CHECK(found("^(ab){2}$", "abab"));
  CHECK_FALSE(found("^(ab){2}$", "ababab"));
  CHECK(found("^a{2,}$", "aaaa"));
  CHECK_FALSE(found("^a{2,}$", "a"));
  CHECK(found("^a{1,3}$", "aaa"));
  CHECK_FALSE(found("^a{1,3}$", "aaaa"));
  CHECK(found("^a{0}$", ""));
  CHECK(found("^(time|lat|lon)$", "lat"));
  CHECK_FALSE(found("^(time|lat|lon)$", "latlon"));
  CHECK(found("^(?:a|(?P<x>b|(?<y>c)))+?$", "abcab"));
  CHECK(found("a||b", "x"));
  CHECK(found("^(a*)*$", "aaaa"));
  CHECK_FALSE(found("^(a*)*$", "ab"));
}

TEST_CASE("core/pattern: sets, escapes and boundaries") {
  CHECK(found("^[a-cx]+$", "abcx"));
  CHECK_FALSE(found("^[a-cx]+$", "abd"));
  CHECK(found("^[^a-c]$", "d"));
  CHECK_FALSE(found("^[^a-c]$", "b"));
  CHECK(found("^[]a-]+$", "]-a"));
  CHECK(found(R"(^[\d_]+$)", "12_"));
  CHECK(found(R"(^[\D]+$)", "ab"));
  CHECK_FALSE(found(R"(^[\D]+$)", "a1"));
  CHECK(found("^[[:alpha:]]+$", "abZ"));
  CHECK(found(R"(^\d+\s\w+\S$)", "12 a_1!"));
  CHECK(found(R"(\btime\b)", "a time b"));
  CHECK_FALSE(found(R"(\btime\b)", "timestep"));
  CHECK(found(R"(\x41\x{42})", "AB"));
  CHECK(found("(?i)^TiMe[^b]$", "tImEa"));
  CHECK_FALSE(found("(?i)^time[^b]$", "timeB"));
  CHECK(found("^.$", "\xc3\xbc"));
  CHECK(found("^[\xc3\xa4-\xc3\xbc]$", "\xc3\xb6"));
  CHECK(found(R"(^\w$)", "\xc3\xbc"));
}

TEST_CASE("core/pattern: what cannot be read is refused, saying where") {
  for (const char* bad : {"(", ")", "a)", "(a", "[a", "[", "*", "a|*", "a{", "a{2,1}", "a{x}", "\\", "\\q", "(?=a)", "(?<=a)b>",
                          "(?s)a", "[z-a]", "[a&&b]", "[[:word:]]", "a{20000}", "((a{100}){100}){100}", "\\x4", "\\x{110}{"}) {
    const auto refused = Pattern::compile(bad);
    INFO(bad);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code() == errc::invalid_argument);
    CHECK(refused.error().hint().find("at byte") != std::string::npos);
  }
  CHECK_FALSE(Pattern::compile(std::string(10'000, '(')));
  CHECK_FALSE(Pattern::compile(std::string(20'000, 'a')));
}

TEST_CASE("core/pattern: no pattern takes longer than its length times that of the text") {
  const std::string text(5000, 'a');
  CHECK_FALSE(found("(a*)*b", text));
  CHECK_FALSE(found("(a|a)*b$", text));
  CHECK_FALSE(found("(a?){50}a{50}b", text));
}
