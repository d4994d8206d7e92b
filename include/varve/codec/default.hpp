// SPDX-License-Identifier: Apache-2.0
// Default: every codec that varve offers, as `varve.hpp` uses them. A program that wants fewer libraries names its own
// Set and includes the headers of its codecs instead of this one.
#pragma once

#include <varve/codec/blosc.hpp>
#include <varve/codec/bytes.hpp>
#include <varve/codec/crc32c.hpp>
#include <varve/codec/gzip.hpp>
#include <varve/codec/set.hpp>
#include <varve/codec/sharding.hpp>
#include <varve/codec/transpose.hpp>
#include <varve/codec/zstd.hpp>

namespace varve::inline v0::codec {

using Default = Set<Zstd, Gzip, Blosc, Crc32c>;

}  // namespace varve::inline v0::codec
