// SPDX-License-Identifier: Apache-2.0
// Chunk refs without chunks: very many, set, committed and looked up. grid= is how many along each dimension, kind= native
// or virtual.
#include "peer.hpp"

#include <varve/async/block_on.hpp>

#include <zstd.h>

#include <cstring>
#include <filesystem>
#include <fstream>

namespace peer {

namespace {

struct Grid {
  std::vector<std::uint64_t> lengths = numbers("grid");
  std::uint64_t count = 1;

  Grid() {
    for (const std::uint64_t length : lengths) count *= length;
  }
  /// The coordinates of the i-th chunk in C order.
  std::vector<std::uint32_t> index(std::uint64_t i) const {
    std::vector<std::uint32_t> at(lengths.size());
    for (std::size_t k = lengths.size(); k-- != 0; i /= lengths[k]) at[k] = static_cast<std::uint32_t>(i % lengths[k]);
    return at;
  }
};

/// What the i-th ref says, so that a look-up can be checked.
std::uint64_t length_of(std::uint64_t i) { return 16'384 + i % 1000; }

/// Bits without a pattern, as those of an id are (splitmix64).
std::uint64_t noise(std::uint64_t i) {
  i = (i + 1) * 0x9E3779B97F4A7C15U;
  i = (i ^ i >> 30) * 0xBF58476D1CE4E5B9U;
  i = (i ^ i >> 27) * 0x94D049BB133111EBU;
  return i ^ i >> 31;
}

/// A native chunk of its own, or one of a thousand that follow each other in a file; `edition` makes it another one.
template <class Array>
void set_ref(const Array& array, const Grid& grid, std::uint64_t i, bool is_virtual, std::uint64_t edition = 0) {
  if (is_virtual) {
    const std::string url = "s3://archive/model/year-" + std::to_string(1900 + i / 100'000) + "/part-" + std::to_string(i / 1000) + ".nc";
    return array.set_chunk_ref(grid.index(i), ChunkPayload::virtual_location(url, 8192 + i % 1000 * 20'000 + edition, length_of(i)));
  }
  ChunkId id;
  const std::uint64_t words[2] = {noise(2 * i), noise(2 * i + 1) ^ edition};
  std::memcpy(id.bytes.data(), words, id.bytes.size());
  array.set_chunk_ref(grid.index(i), ChunkPayload::native(id, 0, length_of(i)));
}

}  // namespace

/// All of them, and the commit.
void set_refs(const std::string& where, const Watch&) {
  const Grid grid;
  auto repo = Repo<storage::Local>::create(folder(where));
  AnyArrayOptions options;
  options.data_type = "float32";
  options.chunks.assign(grid.lengths.size(), 64);
  for (const std::uint64_t length : grid.lengths) options.shape.push_back(64 * length);
  repo.transaction("main", "an array", [&](auto& session) { session.root().create_array("a", options); });
  auto session = repo.writable_session("main");
  const auto array = session.open_array("/a");
  const bool is_virtual = text("kind") == "virtual";
  const Watch watch;
  for (std::uint64_t i = 0; i != grid.count; ++i) set_ref(array, grid, i, is_virtual);
  session.commit("refs");
  print(grid.count, watch.taken());
}

/// From nothing to one more commit, the `edition`-th that sets this one ref alone.
void set_one_ref(const std::string& where, const Watch& begun) {
  const Grid grid;
  auto repo = attach(folder(where));
  auto session = repo.writable_session("main");
  set_ref(session.open_array("/a"), grid, grid.count / 2, text("kind") == "virtual", number("edition"));
  session.commit("one ref");
  print(1, begun.taken());
}

/// `n` look-ups in an order without locality: one begins with opening the repository, more begin after the first.
void find_refs(const std::string& where, const Watch& begun) {
  const Grid grid;
  auto repo = attach(folder(where));
  auto session = repo.readonly_session(Branch{"main"});
  const auto array = session.open_array("/a");
  const std::uint64_t n = number("n");
  const std::uint64_t first = array.chunk_ref(grid.index(scattered(n, grid.count))).length;
  if (n == 1) return print(first, begun.taken());
  std::uint64_t sum = 0;
  const Watch watch;
  for (std::uint64_t k = 0; k != n; ++k) sum += array.chunk_ref(grid.index(scattered(k, grid.count))).length;
  print(sum, watch.taken());
}

/// The floor of the above: every manifest read and decompressed; with `write=yes` compressed and written again, not synced.
void bare_manifest(const std::string& where, const Watch& begun) {
  constexpr std::size_t header_bytes = 39;
  std::uint64_t count = 0;
  Watch watch = begun;
  for (const auto& entry : std::filesystem::directory_iterator(where + "/manifests")) {
    Bytes stored(entry.file_size());
    std::ifstream(entry.path(), std::ios::binary).read(reinterpret_cast<char*>(stored.data()), static_cast<std::streamsize>(stored.size()));
    const ByteView frame = ByteView(stored).subspan(header_bytes);
    Bytes plain(ZSTD_getFrameContentSize(frame.data(), frame.size()));
    ZSTD_decompress(plain.data(), plain.size(), frame.data(), frame.size());
    if (text("write") == "yes") {
      Bytes again(ZSTD_compressBound(plain.size()));
      const std::size_t size = ZSTD_compress(again.data(), again.size(), plain.data(), plain.size(), 3);
      std::ofstream(where + "/again#1", std::ios::binary).write(reinterpret_cast<const char*>(again.data()), static_cast<std::streamsize>(size));
    }
    ++count;
  }
  print(count, watch.taken());
}

}  // namespace peer
