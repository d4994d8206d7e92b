# SPDX-License-Identifier: Apache-2.0
"""Peers without versions, on plain Zarr: the output of varve_peer.cpp, imports not timed.

Usage: python_peer.py tensorstore|zarrs|zarr read_field|write_field FOLDER [name=value...]
"""
import json
import resource
import sys
import time

import numpy

system, workload, folder = sys.argv[1:4]
given = dict(word.split("=", 1) for word in sys.argv[4:])
PARTS = 16


def cpu_seconds():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def peak_megabytes():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM:")) / 1024


def checksum(values):
    """As in field.cpp: for each part, and over them, sum = sum * 31 + next, modulo 2**64."""
    words = values.reshape(PARTS, -1).view(numpy.uint32)
    powers = numpy.full(words.shape[1], 31, numpy.uint64)
    powers[0] = 1
    powers = numpy.cumprod(powers, dtype=numpy.uint64)[::-1]
    total = 0
    for part in words:
        total = (total * 31 + int(numpy.multiply(part, powers, dtype=numpy.uint64).sum(dtype=numpy.uint64))) % 2**64
    return total


def numbers(name):
    return [int(one) for one in given[name].split(",")]


if workload not in ("read_field", "write_field"):
    sys.exit(f"there is no workload {workload}")
if system == "tensorstore":
    import tensorstore

    def read():
        spec = {"driver": "zarr3", "kvstore": {"driver": "file", "path": folder + "/f/"}}
        return tensorstore.open(spec, open=True).result().read().result()

    def write(values, shape, chunks, zstd):
        codecs = [{"name": "bytes", "configuration": {"endian": "little"}}]
        if zstd:
            codecs.append({"name": "zstd", "configuration": {"level": 3}})
        metadata = {"shape": shape, "data_type": "float32", "fill_value": 0.0, "codecs": codecs,
                    "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": chunks}}}
        spec = {"driver": "zarr3", "kvstore": {"driver": "file", "path": folder + "/f/"}, "metadata": metadata}
        context = tensorstore.Context({"file_io_sync": given["sync"] == "yes"})
        tensorstore.open(spec, create=True, context=context).result().write(values).result()
else:
    import zarr

    if system == "zarrs":
        import zarrs  # noqa: F401

        zarr.config.set({"codec_pipeline.path": "zarrs.ZarrsCodecPipeline"})

    def read():
        return zarr.open_array(folder + "/f", mode="r")[:]

    def write(values, shape, chunks, zstd):
        compressors = [zarr.codecs.ZstdCodec(level=3)] if zstd else None
        array = zarr.create_array(folder + "/f", shape=shape, chunks=chunks, dtype="float32", fill_value=0.0, compressors=compressors)
        array[:] = values

if workload == "write_field":
    shape, chunks = numbers("shape"), numbers("chunks")
    source = numpy.fromfile(given["raw"], numpy.float32).reshape(shape)
wall, cpu = time.perf_counter(), cpu_seconds()
if workload == "read_field":
    values = read()
else:
    write(source, shape, chunks, given["codec"] == "zstd")
wall, cpu = time.perf_counter() - wall, cpu_seconds() - cpu
peak = peak_megabytes()
if workload == "read_field":
    answer = checksum(numpy.ascontiguousarray(values))
else:
    answer = source.size // int(numpy.prod(chunks))
print(json.dumps({"answer": answer, "wall": wall, "cpu": cpu, "rss_mb": peak, "each": []}))
