# SPDX-License-Identifier: Apache-2.0
"""Every data type, codec chain and fill value that both sides know, as zarr.json spells them."""
import numpy as np

from varve_tool import DATA_TYPES, native

SHAPE, CHUNKS = (13, 10), (8, 6)


def _bytes(endian="little"):
    return {"name": "bytes", "configuration": {"endian": endian}}


def _zstd(level, checksum=False):
    return {"name": "zstd", "configuration": {"level": level, "checksum": checksum}}


def _gzip(level):
    return {"name": "gzip", "configuration": {"level": level}}


def _blosc(cname, shuffle, item_size):
    return {"name": "blosc", "configuration": {"cname": cname, "clevel": 5, "shuffle": shuffle, "typesize": item_size,
                                               "blocksize": 0}}


CRC = {"name": "crc32c", "configuration": {}}
TRANSPOSE = {"name": "transpose", "configuration": {"order": [1, 0]}}


def shards(inner, codecs, index=None, location="end"):
    return {"name": "sharding_indexed", "configuration": {
        "chunk_shape": list(inner), "codecs": codecs, "index_codecs": index or [_bytes(), CRC],
        "index_location": location}}


def chains(item_size):
    """The codec lists by name."""
    out = {
        "plain": [_bytes()],
        "big_endian": [_bytes("big")],
        "zstd": [_bytes(), _zstd(3)],
        "zstd_checksum": [_bytes(), _zstd(19, True)],
        "gzip": [_bytes(), _gzip(6)],
        "gzip_stored": [_bytes(), _gzip(0)],
        "crc": [_bytes(), CRC],
        "zstd_crc": [_bytes("big"), _zstd(1), CRC],
        "transposed": [TRANSPOSE, _bytes()],
        "transposed_gzip": [TRANSPOSE, _bytes("big"), _gzip(9)],
        "shards": [shards((4, 3), [_bytes()])],
        "shards_start": [shards((4, 3), [_bytes(), _zstd(3)], location="start")],
        "shards_bare_index": [shards((4, 3), [_bytes("big"), _gzip(1)], index=[_bytes("big")])],
        "shards_transposed_inside": [shards((2, 6), [TRANSPOSE, _bytes(), _blosc("lz4", "shuffle", item_size)])],
        # Not (3, 4), which fits the transposed chunk: zarr-python compares it with the chunk before the transpose.
        "transposed_shards": [TRANSPOSE, shards((2, 2), [_bytes(), CRC])],
        "shards_of_shards": [shards((4, 6), [shards((2, 3), [_bytes(), _zstd(0)])])],
        "shards_zstd": [shards((8, 2), [_bytes()]), _zstd(5)],
    }
    for cname in "blosclz", "lz4", "lz4hc", "zlib", "zstd":
        for shuffle in "noshuffle", "shuffle", "bitshuffle":
            out[f"blosc_{cname}_{shuffle}"] = [_bytes(), _blosc(cname, shuffle, item_size)]
    return out


def fill_values(data_type):
    """Fill values in the forms of zarr.json, each with the bytes of one element."""
    kind, size = native(data_type).kind, native(data_type).itemsize

    def element(value):
        return np.array(value, native(data_type)).tobytes()

    if kind == "b":
        return [(False, element(False)), (True, element(True))]
    if kind in "iu":
        limits = np.iinfo(native(data_type))
        return [(0, element(0)), (int(limits.min), element(limits.min)), (int(limits.max), element(limits.max))]
    part = size // 2 if kind == "c" else size
    # A NaN with a sign and a payload, which only the hexadecimal form can say. zarr-python loses a payload of 16 bits.
    bits = {2: 0xFE00, 4: 0xFFC00001, 8: 0xFFF8000000000001}[part]
    payload = (f"0x{bits:0{2 * part}x}", bits.to_bytes(part, "little"))
    parts = [(text, np.array(float(text), f"<f{part}").tobytes()) for text in ("NaN", "Infinity", "-Infinity")]
    parts += [(value, np.array(value, f"<f{part}").tobytes()) for value in (0.0, -0.0, 0.1, -1.5)]
    parts.append(payload)
    if kind == "f":
        return parts
    return [([a, b], c + d) for (a, c), (b, d) in zip(parts, reversed(parts))]


def noise(data_type, shape, seed):
    """Values of every bit pattern, not-a-numbers with payloads included. Only of 16 bits there are none: so many would be
    not a number that zarr-python took some chunk for one of fill values."""
    size = native(data_type).itemsize * int(np.prod(shape))
    raw = np.random.default_rng(seed).integers(0, 256, size, dtype="u1")
    if data_type == "bool":
        raw &= 1
    if data_type == "float16":
        raw[1::2] &= 0xBF
    return raw.view(native(data_type)).reshape(shape)


def all_arrays():
    """(path, data type, codecs, fill value as JSON, fill value as bytes) of every combination that tests use: each chain
    for each data type, with fill values in turn, and each fill value of each data type."""
    out = []
    for data_type in DATA_TYPES:
        fills = fill_values(data_type)
        for i, (name, codecs) in enumerate(chains(native(data_type).itemsize).items()):
            out.append((f"/{data_type}/{name}", data_type, codecs, *fills[i % len(fills)]))
        for i, fill in enumerate(fills):
            out.append((f"/fill/{data_type}_{i}", data_type, [_bytes()], *fill))
    return out
