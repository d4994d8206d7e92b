# SPDX-License-Identifier: Apache-2.0
"""Writes fixtures.hpp: chunks that zarr-python encoded, with the codecs of their zarr.json.

Run it with zarr >= 3.1 and numpy: python make_fixtures.py > fixtures.hpp
"""

import json

import numpy as np
import zarr
from zarr.codecs import (
    BloscCodec,
    BytesCodec,
    Crc32cCodec,
    GzipCodec,
    ShardingCodec,
    TransposeCodec,
    ZstdCodec,
)
from zarr.storage import MemoryStore

ramp = ((np.arange(4 * 6 * 8).reshape(4, 6, 8) % 97) / 4).astype("float32")
holed = ramp.copy()
holed[0:2, 0:3, 0:4] = 0
wave = (ramp[:2, :2, :2] + 1j * ramp[2:, :2, :2]).astype("complex64")

CASES = [
    ("zstd", ramp, {"compressors": [ZstdCodec(level=3, checksum=True)]}),
    ("gzip", ramp, {"compressors": [GzipCodec(level=6)]}),
    ("blosc_lz4", ramp, {"compressors": [BloscCodec(cname="lz4", clevel=5, shuffle="shuffle")]}),
    ("blosc_bits", ramp, {"compressors": [BloscCodec(cname="zstd", clevel=3, shuffle="bitshuffle")]}),
    ("crc32c", ramp, {"compressors": [ZstdCodec(level=1), Crc32cCodec()]}),
    ("two_compressors", ramp, {"compressors": [GzipCodec(level=1), ZstdCodec(level=1)]}),
    ("transpose_big", ramp, {"filters": [TransposeCodec(order=(2, 0, 1))], "serializer": BytesCodec(endian="big"),
                             "compressors": []}),
    ("complex_big", wave, {"serializer": BytesCodec(endian="big"), "compressors": []}),
    ("shard", holed, {"shards": (4, 6, 8), "chunks": (2, 3, 4), "compressors": [ZstdCodec(level=3)]}),
    ("shard_start", holed, {"serializer": ShardingCodec(
        chunk_shape=(2, 3, 4), index_location="start",
        codecs=[TransposeCodec(order=(1, 2, 0)), BytesCodec(endian="big"), GzipCodec(level=5)]), "compressors": []}),
]

print("""// SPDX-License-Identifier: Apache-2.0
// Chunks that zarr-python encoded: written by make_fixtures.py, not by hand.
#pragma once

#include <string_view>

namespace fixtures {

struct Chunk {
  std::string_view name;
  std::string_view codecs;   // the list of zarr.json
  std::string_view encoded;  // in hex
};

inline constexpr Chunk chunks[] = {""")
for name, data, options in CASES:
    store = MemoryStore()
    options = {"chunks": data.shape, "fill_value": 0, **options}
    array = zarr.create_array(store, shape=data.shape, dtype=data.dtype, **options)
    array[...] = data
    files = {key: bytes(value.to_bytes()) for key, value in store._store_dict.items()}
    codecs = json.dumps(json.loads(files["zarr.json"])["codecs"], separators=(",", ":"))
    print(f'    {{"{name}", R"({codecs})",')
    digits = files["c/0/0/0"].hex()
    lines = [f'     "{digits[i:i + 110]}"' for i in range(0, len(digits), 110)]
    print("\n".join(lines) + "},")
print("""};

}  // namespace fixtures""")
