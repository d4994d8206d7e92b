#include <varve/core/path.hpp>

#include "support/doctest.hpp"

#include <algorithm>
#include <string_view>
#include <vector>

using varve::errc;
using varve::Path;

TEST_CASE("core/path: canonical text is kept, a missing first and one last slash are forgiven") {
  struct Case {
    std::string_view given, canonical;
  };
  for (const Case& one : {Case{"/", "/"}, Case{"", "/"}, Case{"/a", "/a"}, Case{"a", "/a"}, Case{"/a/", "/a"}, Case{"a/b/", "/a/b"},
                          Case{"/a/b.c/..d", "/a/b.c/..d"}, Case{"/ä b/...", "/ä b/..."}}) {
    CAPTURE(one.given);
    const auto path = Path::parse(one.given);
    REQUIRE(path);
    CHECK(path->text() == one.canonical);
    CHECK(Path::parse(path->text()).value() == *path);
  }
}

TEST_CASE("core/path: anything else is refused by name") {
  using namespace std::string_view_literals;
  for (const std::string_view text : {"//"sv, "//a"sv, "/a//b"sv, "/a//"sv, "a//"sv, "/."sv, "/.."sv, "/a/../b"sv, "/a/./b"sv, "."sv,
                                      "/a\0b"sv, "///"sv}) {
    CAPTURE(text);
    const auto path = Path::parse(text);
    REQUIRE_FALSE(path);
    CHECK(path.error().code() == errc::invalid_path);
    CHECK(path.error().key() == text);
  }
}

TEST_CASE("core/path: names, parents and children") {
  const Path root;
  CHECK(root.is_root());
  CHECK(root.name().empty());
  CHECK(root.parent() == root);
  const Path leaf = root.child("g").child("a");
  CHECK(leaf.text() == "/g/a");
  CHECK(leaf.name() == "a");
  CHECK(leaf.parent().text() == "/g");
  CHECK(leaf.parent().parent() == root);
  CHECK_FALSE(leaf.is_root());
}

TEST_CASE("core/path: below means strictly below, by whole segments") {
  const auto path = [](std::string_view text) { return Path::parse(text).value(); };
  CHECK(path("/a").is_below(Path()));
  CHECK(path("/a/b").is_below(path("/a")));
  CHECK(path("/a/b/c").is_below(path("/a")));
  CHECK_FALSE(path("/a").is_below(path("/a")));
  CHECK_FALSE(path("/ab").is_below(path("/a")));
  CHECK_FALSE(path("/a-b").is_below(path("/a")));
  CHECK_FALSE(path("/a").is_below(path("/a/b")));
  CHECK_FALSE(Path().is_below(Path()));
}

TEST_CASE("core/path: paths order as raw bytes, which is the order of nodes in a snapshot") {
  std::vector<Path> paths;
  for (const char* text : {"/g/a", "/g-b", "/g", "/g0", "/", "/G"}) paths.push_back(Path::parse(text).value());
  std::sort(paths.begin(), paths.end());
  std::vector<std::string> texts;
  for (const Path& path : paths) texts.push_back(path.text());
  CHECK(texts == std::vector<std::string>{"/", "/G", "/g", "/g-b", "/g/a", "/g0"});
}
