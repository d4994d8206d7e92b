// SPDX-License-Identifier: Apache-2.0
#include <varve/storage/posix.hpp>

#include "support/bytes.hpp"
#include "support/doctest.hpp"

#include <cstddef>
#include <set>
#include <string>
#include <utility>

using varve::storage::posix::FileInfo;
using varve::storage::posix::version_of;

namespace {

std::string version(varve::ByteView content) {
  FileInfo info;
  info.size = content.size();
  return version_of(info, content).text;
}

}  // namespace

TEST_CASE("storage/posix: contents that differ in a bit, or in the order of their words, have other versions") {
  for (const std::size_t size : {1U, 7U, 8U, 63U, 64U, 65U, 200U, 1000U}) {
    CAPTURE(size);
    auto content = support::noise(size, /*seed=*/1);
    const std::string whole = version(content);
    CHECK(version(content) == whole);
    std::set<std::string> seen{whole};
    for (std::size_t bit = 0; bit != 8 * size; ++bit) {
      content[bit / 8] ^= std::byte{1} << bit % 8;
      seen.insert(version(content));
      content[bit / 8] ^= std::byte{1} << bit % 8;
    }
    CHECK(seen.size() == 8 * size + 1);
  }
  // Words a multiple of 8 apart share a lane; pairs of top bits cancel in a plain chain of multiplications.
  auto content = support::noise(640, /*seed=*/2);
  const std::size_t words = content.size() / 8;
  std::set<std::string> seen{version(content)};
  for (std::size_t i = 0; i != words; ++i) {
    for (std::size_t k = i + 1; k != words; ++k) {
      for (const std::size_t word : {i, k}) content[8 * word + 7] ^= std::byte{0x80};
      seen.insert(version(content));
      for (const std::size_t word : {i, k}) content[8 * word + 7] ^= std::byte{0x80};
      for (std::size_t byte = 0; byte != 8; ++byte) std::swap(content[8 * i + byte], content[8 * k + byte]);
      seen.insert(version(content));
      for (std::size_t byte = 0; byte != 8; ++byte) std::swap(content[8 * i + byte], content[8 * k + byte]);
    }
  }
  CHECK(seen.size() == words * (words - 1) + 1);
}

TEST_CASE("storage/posix: zeros of different lengths have other versions") {
  std::set<std::string> seen;
  for (std::size_t size = 0; size != 300; ++size) {
    FileInfo same_file;  // so that the hash alone tells them apart
    seen.insert(version_of(same_file, varve::Bytes(size, std::byte{0})).text);
  }
  CHECK(seen.size() == 300);
}
