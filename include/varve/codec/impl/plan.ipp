// SPDX-License-Identifier: Apache-2.0
// Bodies of plan.hpp.
#pragma once

#include <varve/codec/plan.hpp>

#include <varve/codec/transpose.hpp>

#include <algorithm>
#include <array>
#include <numeric>
#include <utility>

namespace varve::inline v0::codec::detail {

VARVE_DECL Result<Plan> Plan::make(const ChunkLayout& layout) {
  if (layout.shape.size() > max_rank) {
    return bad_codecs("", "arrays of more than " + std::to_string(max_rank) + " dimensions cannot be read");
  }
  auto size = checked_size(layout.shape, layout.item_size);
  if (!size) return std::move(size).error();
  Plan plan;
  plan.layout = layout;
  plan.plain_size = *size;
  plan.order.resize(layout.shape.size());
  std::iota(plan.order.begin(), plan.order.end(), std::size_t{0});
  plan.plain_strides = c_strides(layout.shape, layout.item_size);
  plan.settle();
  return plan;
}

VARVE_DECL void Plan::settle() {
  stored_shape.clear();
  for (const std::size_t dimension : order) stored_shape.push_back(layout.shape[dimension]);
  stored_order_strides = c_strides(stored_shape, layout.item_size);
  for (std::size_t i = 0; i != order.size(); ++i) stored_strides[order[i]] = stored_order_strides[i];
  transposed = !std::is_sorted(order.begin(), order.end());
}

VARVE_DECL Result<void> Plan::transpose(const Spec& spec) {
  const auto codec = Transpose::from_configuration(spec.configuration);
  if (!codec) return codec.error();
  const auto permutation = codec->permutation(order.size());
  if (!permutation) return permutation.error();
  std::vector<std::size_t> both;
  for (const std::size_t dimension : *permutation) both.push_back(order[dimension]);
  order = std::move(both);
  settle();
  return {};
}

VARVE_DECL Result<void> Plan::serialize(const Spec& spec) {
  const auto codec = Bytes::from_configuration(spec.configuration);
  if (!codec) return codec.error();
  if (!codec->endian && layout.swap_size != 1) return bad_codecs(Bytes::name, "`endian` is missing");
  swaps = layout.swap_size != 1 && *codec->endian != std::endian::native;
  return {};
}

VARVE_DECL void Plan::to_stored(ByteView plain, MutableByteView stored) const {
  copy_strided(plain.data(), plain_strides, stored.data(), stored_strides, layout.shape, layout.item_size);
}

VARVE_DECL void Plan::from_stored(ByteView stored, MutableByteView plain) const {
  copy_strided(stored.data(), stored_strides, plain.data(), plain_strides, layout.shape, layout.item_size);
}

VARVE_DECL Result<void> Plan::check_box(std::span<const std::uint64_t> offset,
                                        std::span<const std::uint64_t> shape) const {
  bool inside = offset.size() == layout.shape.size() && shape.size() == layout.shape.size();
  for (std::size_t i = 0; inside && i != shape.size(); ++i) {
    inside = offset[i] <= layout.shape[i] && shape[i] <= layout.shape[i] - offset[i];
  }
  if (inside) return {};
  return Error(errc::out_of_bounds, "decode part of a chunk", {}, "the box does not lie in the chunk");
}

VARVE_DECL Error wrong_length(std::size_t found, std::size_t wanted) {
  return Error(errc::corrupt, "decode chunk", {},
               "it holds " + std::to_string(found) + " bytes instead of " + std::to_string(wanted));
}

VARVE_DECL Error bad_bools(errc code) {
  return Error(code, code == errc::corrupt ? "decode chunk" : "encode chunk", {}, "a bool is neither 0 nor 1");
}

VARVE_DECL Error unsupported_codec(std::string_view name) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 4> offered{
      {{"zstd", "Zstd"}, {"gzip", "Gzip"}, {"blosc", "Blosc"}, {"crc32c", "Crc32c"}}};
  const auto at = std::find_if(offered.begin(), offered.end(), [&](const auto& pair) { return pair.first == name; });
  std::string hint = "add a type with this name that models varve::codec::Codec to the repository's codec::Set";
  if (at != offered.end()) hint = "add varve::codec::" + std::string(at->second) + " to the repository's codec::Set";
  return Error(errc::unsupported_codec, "compile codecs", std::string(name), std::move(hint));
}

VARVE_DECL Error bad_codecs(std::string_view name, std::string hint) {
  return Error(errc::bad_metadata, "compile codecs", std::string(name), std::move(hint));
}

}  // namespace varve::inline v0::codec::detail
