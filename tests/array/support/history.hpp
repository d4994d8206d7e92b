// SPDX-License-Identifier: Apache-2.0
// Random histories of one array, of any type, rank and chain of codecs, beside the model of it.
#pragma once

#include <varve/array/any_array.hpp>
#include <varve/codec/default.hpp>

#include "array/support/model.hpp"
#include "support/bytes.hpp"
#include "support/doctest.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace support {

inline const char* const data_types[] = {"bool",   "int8",   "int16",  "int32",   "int64",   "uint8",     "uint16",
                                         "uint32", "uint64", "float16", "float32", "float64", "complex64", "complex128"};

/// Chains of codecs; what stands in a shard has chunks of half its lengths.
inline std::vector<varve::codec::Spec> chain(std::uint64_t number, std::size_t rank) {
  std::vector<std::size_t> reversed;
  for (std::size_t i = 0; i != rank; ++i) reversed.push_back(rank - 1 - i);
  switch (number) {
    case 0: return {};
    case 1: return {varve::codec::bytes(std::endian::big)};
    case 2: return {varve::codec::zstd(1)};
    case 3:
      return {varve::codec::transpose(reversed), varve::codec::bytes(), varve::codec::gzip(1), varve::codec::crc32c()};
    default: return {varve::codec::blosc({.cname = "lz4"})};
  }
}

inline varve::Bytes random_elements(std::uint64_t count, const std::string& type, std::size_t item_size, Dice& dice) {
  varve::Bytes bytes = noise(count * item_size, dice.roll(0, 1000));
  if (type == "bool") {
    for (std::byte& byte : bytes) byte &= std::byte{1};
  }
  return bytes;
}

/// Some operations on an array of a session and on its model, which must agree after each.
///   session.create(options)  an AnyArray
///   session.reopen()         the same array once all has been committed, if the session can
///   session.chunks()         the indices of its chunks that are stored
template <class Session>
void run_history(Session& session, std::uint64_t seed) {
  Dice dice(seed);
  CAPTURE(seed);
  const std::size_t rank = dice.roll(0, 4);
  const std::uint64_t longest = rank < 3 ? 12 : 6;
  const std::string type = data_types[dice.roll(0, 13)];
  varve::AnyArrayOptions options;
  options.data_type = type;
  const bool sharded = rank != 0 && dice.one_in(4);
  for (std::size_t i = 0; i != rank; ++i) {
    options.shape.push_back(dice.roll(0, longest));
    options.chunks.push_back(dice.roll(1, longest / (sharded ? 2 : 1)));
    if (sharded) options.shards.push_back(options.chunks.back() * dice.roll(1, 3));
  }
  const bool uneven = rank != 0 && !sharded && dice.one_in(3);
  for (std::size_t i = 0; uneven && i != rank; ++i) {
    Lengths& edges = options.chunk_edges.emplace_back();
    for (std::uint64_t end = 0; end < options.shape[i] || dice.one_in(3); end += edges.back()) edges.push_back(dice.roll(1, 5));
    if (edges.empty()) edges.push_back(options.chunks[i]);
  }
  options.codecs = chain(dice.roll(0, 4), rank);
  if (dice.one_in(2)) options.fill_value = type == "bool" ? varve::Json(true) : varve::Json(1);
  if (type.starts_with("complex")) options.fill_value = varve::Json::Array{varve::Json(1), varve::Json(-1)};

  auto array = session.create(options);
  const std::size_t item_size = array.item_size();
  const auto metadata = varve::zarr::parse_array(array.zarr_json(), "/a").value();
  Model model(options.shape, sharded ? options.shards : options.chunks, metadata.fill_value, options.chunk_edges);

  for (int step = 0; step != 12; ++step) {
    CAPTURE(step);
    const Lengths shape = model.shape();
    switch (dice.roll(0, 5)) {
      case 0: {
        const varve::BoxN box = dice.box(shape);
        CHECK(array.read_bytes(box) == model.read(box));
        break;
      }
      case 1:
      case 2: {
        const varve::BoxN box = dice.box(shape);
        varve::Bytes elements = random_elements(count_of(box.shape), type, item_size, dice);
        if (dice.one_in(4)) {  // nothing but the fill value
          for (std::size_t i = 0; i != elements.size(); ++i) elements[i] = metadata.fill_value[i % item_size];
        }
        array.write_bytes(box, elements);
        model.write(box, elements);
        break;
      }
      case 3: {
        const varve::Bytes elements = random_elements(count_of(shape), type, item_size, dice);
        array.write_bytes(elements);
        model.write(varve::BoxN{Lengths(rank, 0), shape}, elements);
        break;
      }
      case 4: {
        Lengths to;
        for (std::size_t i = 0; i != rank; ++i) to.push_back(dice.roll(0, longest));
        array.resize(to);
        model.resize(to);
        CHECK(array.shape() == to);
        break;
      }
      default: {
        if (rank == 0) break;
        const std::size_t axis = dice.roll(0, rank - 1);
        varve::BoxN box{Lengths(rank, 0), shape};
        box.offset[axis] = shape[axis];
        box.shape[axis] = dice.roll(0, 4);
        const std::uint64_t others = shape[axis] == 0 ? 0 : count_of(shape) / shape[axis];
        if (others == 0) break;  // nothing to append says no length
        const varve::Bytes elements = random_elements(count_of(box.shape), type, item_size, dice);
        Lengths longer = shape;
        longer[axis] += box.shape[axis];
        array.append_bytes(axis, elements);
        model.resize(longer);
        model.write(box, elements);
        break;
      }
    }
    const varve::BoxN all{Lengths(rank, 0), model.shape()};
    REQUIRE(array.read_bytes() == model.read(all));
    CHECK(session.chunks() == model.stored_chunks());
    if (dice.one_in(3)) array = session.reopen();
  }
}

}  // namespace support
