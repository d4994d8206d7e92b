// SPDX-License-Identifier: Apache-2.0
// A whole field of float32, written and read at once. All systems take it from one file of plain values, so that it is the
// same for all; shape= and chunks= say how it is laid out.
#include "peer.hpp"

#include <zstd.h>

#include <algorithm>
#include <atomic>
#include <bit>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace peer {

namespace {

using Values = std::vector<float, varve::detail::DefaultInit<float>>;

std::uint64_t product(const std::vector<std::uint64_t>& lengths) {
  std::uint64_t count = 1;
  for (const std::uint64_t length : lengths) count *= length;
  return count;
}

/// What is the same for equal fields, and hardly for others: of sixteen parts and then over their sums.
std::uint64_t checksum(const float* values, std::uint64_t count) {
  std::uint64_t sum = 0;
  for (std::uint64_t part = 0; part != 16; ++part) {
    std::uint64_t of_part = 0;
    for (std::uint64_t i = part * count / 16; i != (part + 1) * count / 16; ++i) of_part = of_part * 31 + std::bit_cast<std::uint32_t>(values[i]);
    sum = sum * 31 + of_part;
  }
  return sum;
}

Values load(const std::string& file) {
  Values values(std::filesystem::file_size(file) / 4);
  std::ifstream(file, std::ios::binary).read(reinterpret_cast<char*>(values.data()), static_cast<std::streamsize>(values.size() * 4));
  return values;
}

/// Calls `work` with the rank of `lengths` as a constant.
template <class Work>
void with_rank(const std::vector<std::uint64_t>& lengths, Work work) {
  if (lengths.size() == 2) return work(std::integral_constant<std::size_t, 2>());
  if (lengths.size() == 3) return work(std::integral_constant<std::size_t, 3>());
  throw std::runtime_error("a field has two or three dimensions");
}

/// How the chunks of an array lie in it.
struct Layout {
  std::vector<std::uint64_t> shape = numbers("shape");
  std::vector<std::uint64_t> chunks = numbers("chunks");

  std::uint64_t chunk_count() const { return product(shape) / product(chunks); }
  /// Calls `row(at, in_chunk)` for each run of chunks.back() elements: where it is in the array and in the i-th chunk.
  template <class Row>
  void rows(std::uint64_t i, Row row) const {
    const std::size_t rank = shape.size();
    std::vector<std::uint64_t> first(rank);
    for (std::size_t k = rank; k-- != 0; i /= shape[k] / chunks[k]) first[k] = i % (shape[k] / chunks[k]) * chunks[k];
    for (std::uint64_t in_chunk = 0; in_chunk != product(chunks); in_chunk += chunks.back()) {
      std::uint64_t rest = in_chunk / chunks.back(), stride = shape.back(), at = first.back();
      for (std::size_t k = rank - 1; k-- != 0; rest /= chunks[k], stride *= shape[k]) at += (first[k] + rest % chunks[k]) * stride;
      row(at, in_chunk);
    }
  }
};

bool zstd() { return text("codec") == "zstd"; }

}  // namespace

/// A file of float32 as a model might write it: smooth, with noise; the last `drop` bits of the mantissa are rounded away,
/// which makes the ratio.
void make_field(const std::string& file, const Watch& begun) {
  const std::vector<std::uint64_t> shape = numbers("shape");
  const auto nx = shape.back(), ny = shape[shape.size() - 2];
  const auto drop = static_cast<unsigned>(number("drop"));
  Values values(product(shape));
  std::uint64_t word = 42;
  for (std::uint64_t i = 0; i != values.size(); ++i) {
    const auto z = static_cast<float>(i / (nx * ny)), y = static_cast<float>(i / nx % ny), x = static_cast<float>(i % nx);
    float noise = -2;  // the sum of four: nearly normal
    for (int k = 0; k != 4; ++k) {
      word = word * 6364136223846793005U + 1442695040888963407U;
      noise += static_cast<float>(word >> 40) / 16777216.0F;
    }
    const float value = 280 + 20 * std::sin(z / 90) * std::cos(y / 70) + 8 * std::sin(x / 40 + z / 50) + noise * 0.87F;
    values[i] = std::bit_cast<float>((std::bit_cast<std::uint32_t>(value) + (1U << drop >> 1)) >> drop << drop);
  }
  std::ofstream(file, std::ios::binary).write(reinterpret_cast<const char*>(values.data()), static_cast<std::streamsize>(values.size() * 4));
  print(checksum(values.data(), values.size()), begun.taken());
}

/// From the values in memory to the commit.
void write_field(const std::string& where, const Watch&) {
  const Values values = load(text("raw"));
  const Layout layout;
  with_rank(layout.shape, [&](auto rank) {
    ArrayOptions<float, rank> options;
    std::copy(layout.shape.begin(), layout.shape.end(), options.shape.begin());
    std::copy(layout.chunks.begin(), layout.chunks.end(), options.chunks.begin());
    if (zstd()) options.codecs = {codec::zstd(3)};
    const Watch watch;
    auto repo = Repo<storage::Local>::create(folder(where));
    auto session = repo.writable_session("main");
    session.template create_array<float, rank>("/f", options).write(values);
    session.commit("written");
    print(layout.chunk_count(), watch.taken());
  });
}

/// A plain Zarr copy of what main has, for peers without versions.
void copy_plain(const std::string& where, const Watch&) {
  auto repo = attach(folder(where));
  const auto session = repo.readonly_session(Branch{"main"});
  const auto face = session.store();
  for (const std::string& key : face.list()) {
    const std::filesystem::path file = std::filesystem::path(text("to")) / key;
    std::filesystem::create_directories(file.parent_path());
    const auto value = face.get(key);
    std::ofstream(file, std::ios::binary).write(reinterpret_cast<const char*>(value->data()), static_cast<std::streamsize>(value->size()));
  }
}

void read_field(const std::string& where, const Watch& begun) {
  with_rank(numbers("shape"), [&](auto rank) {
    auto repo = attach(folder(where));
    const auto values = repo.readonly_session(Branch{"main"}).template open_array<float, rank>("/f").read();
    const Taken taken = begun.taken();  // the sum is not a part of reading
    print(checksum(values.data(), values.size()), taken);
  });
}

/// The floor of `read_field`: the same files opened, read, decoded and laid out on all cores, in any order.
void bare_read_field(const std::string& where, const Watch& begun) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(where + "/chunks")) names.push_back(entry.path());
  const Layout layout;
  const std::size_t plain_bytes = product(layout.chunks) * 4;
  Values values(product(layout.shape));
  std::atomic<std::size_t> next = 0;
  on_all_cores([&] {
    const std::unique_ptr<ZSTD_DCtx, decltype(&ZSTD_freeDCtx)> context(ZSTD_createDCtx(), ZSTD_freeDCtx);
    Bytes stored(2 * plain_bytes), plain(plain_bytes);
    for (std::size_t i = next++; i < names.size(); i = next++) {
      const int file = ::open(names[i].c_str(), O_RDONLY | O_CLOEXEC);
      struct ::stat status {};
      ::fstat(file, &status);
      const auto size = ::pread(file, stored.data(), static_cast<std::size_t>(status.st_size), 0);
      ::close(file);
      const std::byte* from = stored.data();
      if (zstd()) {
        ZSTD_decompressDCtx(context.get(), plain.data(), plain.size(), stored.data(), static_cast<std::size_t>(size));
        from = plain.data();
      }
      layout.rows(i, [&](std::uint64_t at, std::uint64_t in_chunk) {
        std::memcpy(values.data() + at, from + in_chunk * 4, layout.chunks.back() * 4);
      });
    }
  });
  print(names.size(), begun.taken());
}

/// The floor of `write_field`: the chunks gathered and encoded on all cores; with `files=yes` also written under a first
/// name and renamed, with `sync=yes` then synced at once.
void bare_write_field(const std::string& where, const Watch&) {
  const Values values = load(text("raw"));
  const Layout layout;
  const std::size_t plain_bytes = product(layout.chunks) * 4;
  const bool files = text("files") == "yes";
  const Watch watch;
  std::filesystem::create_directories(where);
  std::atomic<std::size_t> next = 0;
  on_all_cores([&] {
    const std::unique_ptr<ZSTD_CCtx, decltype(&ZSTD_freeCCtx)> context(ZSTD_createCCtx(), ZSTD_freeCCtx);
    Bytes plain(plain_bytes), encoded(ZSTD_compressBound(plain_bytes));
    for (std::size_t i = next++; i < layout.chunk_count(); i = next++) {
      layout.rows(i, [&](std::uint64_t at, std::uint64_t in_chunk) {
        std::memcpy(plain.data() + in_chunk * 4, values.data() + at, layout.chunks.back() * 4);
      });
      ByteView stored = plain;
      if (zstd()) {
        stored = ByteView(encoded).first(ZSTD_compressCCtx(context.get(), encoded.data(), encoded.size(), plain.data(), plain_bytes, 3));
      }
      if (!files) continue;
      const std::string name = where + '/' + std::to_string(i), staged = name + "#1";
      const int file = ::open(staged.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
      if (::write(file, stored.data(), stored.size()) != static_cast<ssize_t>(stored.size())) throw std::runtime_error("the disk is full");
      ::close(file);
      ::rename(staged.c_str(), name.c_str());
    }
  });
  if (text("sync") == "yes") {
    const int root = ::open(where.c_str(), O_RDONLY | O_CLOEXEC);
    ::syncfs(root);
    ::close(root);
  }
  print(layout.chunk_count(), watch.taken());
}

}  // namespace peer
