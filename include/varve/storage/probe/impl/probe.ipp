// SPDX-License-Identifier: Apache-2.0
// Bodies of probe.hpp.
#pragma once

#include <varve/storage/probe.hpp>

#include <utility>

namespace varve::inline v0::storage {

VARVE_DECL ProbeReport probe(std::string_view url, ProbeOptions options) {
  Any store(url);
  return block_on(any::run_probe(store, std::move(options))).value();
}

}  // namespace varve::inline v0::storage
