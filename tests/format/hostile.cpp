// SPDX-License-Identifier: Apache-2.0
// Damaged copies of real files: every truncation, and bytes changed one at a time. A damaged body is refused with a
// FormatError that names the object, or shows a view that agrees with itself; fuzz/walk.hpp reads all of it.
#include <varve/format/file.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

#include "fuzz/walk.hpp"
#include "support/data.hpp"
#include "support/doctest.hpp"

using varve::Bytes;
using varve::ByteView;
using varve::format::FileType;

namespace {

struct Body {
  Bytes bytes;
  std::uint8_t version;
};

/// The bodies of one kind: small ones of every repository, so that each of their bytes can be tried.
std::vector<Body> bodies(FileType type, std::size_t largest, std::size_t most) {
  std::vector<Body> out;
  std::map<std::size_t, bool> seen;  // one of each size
  for (const auto& file : support::real_files(type)) {
    auto opened = varve::format::open_file(file.stored, type, file.key);
    REQUIRE(opened);
    if (opened->body.size() > largest || seen[opened->body.size()]) continue;
    seen[opened->body.size()] = true;
    out.push_back(Body{std::move(opened->body), opened->version});
    if (out.size() == most) break;
  }
  REQUIRE_FALSE(out.empty());
  return out;
}

bool walk_body(FileType type, ByteView body, std::uint8_t version) {
  switch (type) {
    case FileType::snapshot: return walk::snapshot(body, version);
    case FileType::manifest: return walk::manifest(body);
    case FileType::transaction_log: return walk::transaction_log(body);
    case FileType::repo_info: return walk::repo_info(body);
  }
  return false;
}

constexpr FileType all_types[] = {FileType::snapshot, FileType::manifest, FileType::transaction_log,
                                  FileType::repo_info};

}  // namespace

TEST_CASE("format/hostile: the undamaged bodies are accepted") {
  for (const FileType type : all_types) {
    for (const Body& body : bodies(type, 1 << 20, 100)) CHECK(walk_body(type, body.bytes, body.version));
  }
}

TEST_CASE("format/hostile: no truncation of a body is read beyond its end") {
  for (const FileType type : all_types) {
    for (const Body& body : bodies(type, 3000, 3)) {
      for (std::size_t kept = 0; kept != body.bytes.size(); ++kept) {
        const Bytes cut(body.bytes.begin(), body.bytes.begin() + static_cast<std::ptrdiff_t>(kept));  // ends where its memory ends
        walk_body(type, cut, body.version);
      }
      CHECK_FALSE(walk_body(type, ByteView(body.bytes).first(body.bytes.size() / 2), body.version));
    }
  }
}

TEST_CASE("format/hostile: no changed byte of a body makes a read leave it") {
  int refused = 0, accepted = 0;
  for (const FileType type : all_types) {
    for (Body& body : bodies(type, 2000, 3)) {
      for (std::size_t at = 0; at != body.bytes.size(); ++at) {
        const std::byte was = body.bytes[at];
        for (const unsigned value : {0x00U, 0xffU, static_cast<unsigned>(was) ^ 1U, static_cast<unsigned>(was) ^ 0x80U}) {
          body.bytes[at] = static_cast<std::byte>(value);
          ++(walk_body(type, body.bytes, body.version) ? accepted : refused);
        }
        body.bytes[at] = was;
      }
    }
  }
  CHECK(refused > 1000);
  CHECK(accepted > 1000);
}

TEST_CASE("format/hostile: a body at an odd address is read like any other") {
  for (const FileType type : all_types) {
    for (const Body& body : bodies(type, 6000, 4)) {
      Bytes shifted(body.bytes.size() + 1);
      std::copy(body.bytes.begin(), body.bytes.end(), shifted.begin() + 1);
      CHECK(walk_body(type, ByteView(shifted).subspan(1), body.version));
    }
  }
}

TEST_CASE("format/hostile: a damaged envelope is refused or holds the same body") {
  for (const FileType type : all_types) {
    const auto files = support::real_files(type);
    const Bytes& stored = files.front().stored;
    for (std::size_t kept = 0; kept != stored.size(); ++kept) {
      const Bytes cut(stored.begin(), stored.begin() + static_cast<std::ptrdiff_t>(kept));
      CHECK_FALSE(walk::file(cut));
    }
    Bytes changed = stored;
    for (std::size_t at = 0; at != changed.size(); ++at) {
      changed[at] ^= std::byte{0x10};
      walk::file(changed);
      changed[at] ^= std::byte{0x10};
    }
  }
}

TEST_CASE("format/hostile: a body of another kind is refused") {
  for (const FileType type : all_types) {
    for (const FileType other : all_types) {
      if (type == other) continue;
      for (const Body& body : bodies(type, 6000, 6)) walk_body(other, body.bytes, body.version);
    }
  }
  const auto snapshot = support::real_files(FileType::snapshot).front();
  const auto opened = varve::format::open_file(snapshot.stored, FileType::manifest, "manifests/mislabelled");
  REQUIRE_FALSE(opened);
  CHECK(opened.error().code() == varve::errc::corrupt);
  CHECK(opened.error().key() == "manifests/mislabelled");
}
