// SPDX-License-Identifier: Apache-2.0
// Bodies of transpose.hpp.
#pragma once

#include <varve/codec/transpose.hpp>

#include <algorithm>
#include <cstdint>
#include <string>

namespace varve::inline v0::codec {

namespace detail {
inline Error bad_order() {
  return Error(errc::bad_metadata, "read configuration of codec transpose", {},
               "`order` must be a permutation of the dimensions");
}
}  // namespace detail

VARVE_DECL Result<Transpose> Transpose::from_configuration(const Json& configuration) {
  const Json* order = nullptr;
  auto read = detail::ConfigurationReader(name, configuration).json("order", order).finish();
  if (!read) return std::move(read).error();
  if (!order) return detail::bad_order();
  Transpose codec;
  if (const std::string* text = order->as_string()) {
    if (*text != "C" && *text != "F") return detail::bad_order();
    codec.named_order = text->front();
    return codec;
  }
  if (!order->as_array()) return detail::bad_order();
  for (const Json& item : *order->as_array()) {
    if (!item.as_int() || *item.as_int() < 0) return detail::bad_order();
    codec.order.push_back(static_cast<std::size_t>(*item.as_int()));
  }
  return codec;
}

VARVE_DECL Json Transpose::configuration() const {
  if (named_order != 0) return Json::Object{{"order", std::string(1, named_order)}};
  return Json::Object{{"order", Json::Array(order.begin(), order.end())}};
}

VARVE_DECL Result<std::vector<std::size_t>> Transpose::permutation(std::size_t rank) const {
  if (named_order != 0) {
    std::vector<std::size_t> out(rank);
    for (std::size_t i = 0; i != rank; ++i) out[i] = named_order == 'C' ? i : rank - 1 - i;
    return out;
  }
  std::vector<bool> seen(rank);
  for (const std::size_t dimension : order) {
    if (dimension >= rank || seen[dimension]) return detail::bad_order();
    seen[dimension] = true;
  }
  if (order.size() != rank) return detail::bad_order();
  return order;
}

}  // namespace varve::inline v0::codec
