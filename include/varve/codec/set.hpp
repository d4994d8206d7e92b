// SPDX-License-Identifier: Apache-2.0
// Set: the codecs that a program can run, chosen when it is compiled. Which of them an array wants stands in its
// zarr.json; `compile` matches the two and says which type is missing.
#pragma once

#include <varve/codec/codec.hpp>
#include <varve/codec/pipeline.hpp>

#include <array>
#include <span>
#include <string_view>

namespace varve::inline v0::codec {

/// `bytes`, `transpose` and `sharding_indexed` belong to every set.
template <class... Codecs>
struct Set {
  static_assert((expect_codec<Codecs>() && ... && true));

  using Pipeline = codec::Pipeline<Codecs...>;

  /// The names of the codecs from bytes to bytes.
  static constexpr std::array<std::string_view, sizeof...(Codecs)> names{std::string_view(Codecs::name)...};

  /// Makes the pipeline of an array's codecs. Errors: `errc::unsupported_codec`, whose hint names the type to add;
  /// `errc::bad_metadata` for a configuration or an order of codecs that cannot be; both with the codec's name as key.
  static Result<Pipeline> compile(std::span<const Spec> specs, const ChunkLayout& layout) {
    return Pipeline::compile(specs, layout);
  }
};

}  // namespace varve::inline v0::codec
