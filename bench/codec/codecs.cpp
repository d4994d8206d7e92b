// SPDX-License-Identifier: Apache-2.0
// Each codec in a pipeline of its own, on a field of float32 like those of a model: smooth, with noise in its last bits.
// The floor is a copy of the same bytes.
#include <varve/codec/default.hpp>

#include <benchmark/benchmark.h>

#include <cmath>
#include <cstring>
#include <vector>

namespace codec = varve::codec;

namespace {

varve::Bytes field(std::size_t size) {
  varve::Bytes bytes(size);
  std::uint32_t state = 1;
  for (std::size_t i = 0; i != size / sizeof(float); ++i) {
    state = state * 1664525U + 1013904223U;
    const float value = 280.0F + 20.0F * std::sin(static_cast<float>(i % 4096) * 0.002F) +
                        static_cast<float>(state >> 24) / 256.0F * 0.1F;
    std::memcpy(bytes.data() + i * sizeof(float), &value, sizeof(float));
  }
  return bytes;
}

/// A square chunk of `size` bytes.
codec::ChunkLayout layout_of(std::size_t size) {
  codec::ChunkLayout layout;
  const auto edge = static_cast<std::uint64_t>(std::sqrt(static_cast<double>(size / sizeof(float))));
  layout.shape = {edge, edge};
  layout.item_size = layout.swap_size = sizeof(float);
  return layout;
}

using Specs = std::vector<codec::Spec>;
Specs identity() { return {codec::bytes()}; }
Specs swapped() { return {codec::bytes(std::endian::big)}; }
Specs transposed() { return {codec::transpose({1, 0}), codec::bytes()}; }
Specs zstd() { return {codec::bytes(), codec::zstd(3)}; }
Specs gzip() { return {codec::bytes(), codec::gzip(5)}; }
Specs blosc_lz4() { return {codec::bytes(), codec::blosc({.cname = "lz4", .typesize = 4})}; }
Specs blosc_zstd() { return {codec::bytes(), codec::blosc({.cname = "zstd", .clevel = 3, .typesize = 4})}; }
Specs crc32c() { return {codec::bytes(), codec::crc32c()}; }
Specs shard() { return {codec::sharding({.chunk_shape = {64, 64}})}; }
Specs shard_zstd() { return {codec::sharding({.chunk_shape = {64, 64}, .codecs = {codec::bytes(), codec::zstd(3)}})}; }

void copy(benchmark::State& state) {
  const auto from = field(static_cast<std::size_t>(state.range(0)));
  varve::Bytes to(from.size());
  for (auto _ : state) {
    std::memcpy(to.data(), from.data(), from.size());
    benchmark::DoNotOptimize(to.data());
    benchmark::ClobberMemory();
  }
  state.SetBytesProcessed(state.iterations() * state.range(0));
}

template <Specs (*specs)()>
void encode(benchmark::State& state) {
  const auto plain = field(static_cast<std::size_t>(state.range(0)));
  const auto pipeline = codec::Default::compile(specs(), layout_of(plain.size())).value();
  codec::Scratch scratch;
  varve::Bytes encoded;
  for (auto _ : state) pipeline.encode(plain, encoded, scratch).value();
  state.SetBytesProcessed(state.iterations() * state.range(0));  // decoded bytes
  state.counters["ratio"] = static_cast<double>(plain.size()) / static_cast<double>(encoded.size());
}

template <Specs (*specs)()>
void decode(benchmark::State& state) {
  const auto plain = field(static_cast<std::size_t>(state.range(0)));
  const auto pipeline = codec::Default::compile(specs(), layout_of(plain.size())).value();
  codec::Scratch scratch;
  varve::Bytes encoded, decoded(plain.size());
  pipeline.encode(plain, encoded, scratch).value();
  for (auto _ : state) pipeline.decode(encoded, decoded, scratch).value();
  state.SetBytesProcessed(state.iterations() * state.range(0));  // decoded bytes
}

/// One inner chunk out of a shard: what is left of the work when the rest is not decoded.
void decode_inner_chunk(benchmark::State& state) {
  const auto plain = field(static_cast<std::size_t>(state.range(0)));
  const auto pipeline = codec::Default::compile(shard_zstd(), layout_of(plain.size())).value();
  codec::Scratch scratch;
  varve::Bytes encoded, part(64 * 64 * sizeof(float));
  pipeline.encode(plain, encoded, scratch).value();
  const std::vector<std::uint64_t> offset{64, 64}, shape{64, 64};
  for (auto _ : state) pipeline.decode_part(encoded, offset, shape, part, scratch).value();
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(part.size()));
}

void checksum(benchmark::State& state) {
  const auto bytes = field(static_cast<std::size_t>(state.range(0)));
  for (auto _ : state) benchmark::DoNotOptimize(codec::crc32c_of(bytes));
  state.SetBytesProcessed(state.iterations() * state.range(0));
}
void checksum_by_table(benchmark::State& state) {
  const auto bytes = field(static_cast<std::size_t>(state.range(0)));
  for (auto _ : state) benchmark::DoNotOptimize(codec::detail::crc32c_by_table(~0U, bytes));
  state.SetBytesProcessed(state.iterations() * state.range(0));
}

}  // namespace

#define VARVE_BENCH(...) BENCHMARK(__VA_ARGS__)->Arg(64 << 10)->Arg(4 << 20)
VARVE_BENCH(copy);
VARVE_BENCH(encode<identity>);
VARVE_BENCH(decode<identity>);
VARVE_BENCH(encode<swapped>);
VARVE_BENCH(decode<swapped>);
VARVE_BENCH(encode<transposed>);
VARVE_BENCH(decode<transposed>);
VARVE_BENCH(encode<crc32c>);
VARVE_BENCH(decode<crc32c>);
VARVE_BENCH(encode<zstd>);
VARVE_BENCH(decode<zstd>);
VARVE_BENCH(encode<gzip>);
VARVE_BENCH(decode<gzip>);
VARVE_BENCH(encode<blosc_lz4>);
VARVE_BENCH(decode<blosc_lz4>);
VARVE_BENCH(encode<blosc_zstd>);
VARVE_BENCH(decode<blosc_zstd>);
VARVE_BENCH(encode<shard>);
VARVE_BENCH(decode<shard>);
VARVE_BENCH(encode<shard_zstd>);
VARVE_BENCH(decode<shard_zstd>);
VARVE_BENCH(decode_inner_chunk);
VARVE_BENCH(checksum);
VARVE_BENCH(checksum_by_table);
