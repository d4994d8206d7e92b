# SPDX-License-Identifier: Apache-2.0
"""Peers without versions, on a plain Zarr copy of what varve wrote: the output of varve_peer.cpp, imports not timed.

Usage: python_peer.py tensorstore|zarrs|zarr read_field FOLDER
"""
import json
import resource
import sys
import time

import numpy

system, workload, folder = sys.argv[1:4]
SLABS = 16


def cpu_seconds():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def peak_megabytes():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM:")) / 1024


def checksum(values):
    """As in varve_peer.cpp: for each slab, and over them, sum = sum * 31 + next, modulo 2**64."""
    words = values.reshape(SLABS, -1).view(numpy.uint32)
    powers = numpy.full(words.shape[1], 31, numpy.uint64)
    powers[0] = 1
    powers = numpy.cumprod(powers, dtype=numpy.uint64)[::-1]
    total = 0
    for slab in words:
        part = int(numpy.multiply(slab, powers, dtype=numpy.uint64).sum(dtype=numpy.uint64))
        total = (total * 31 + part) % 2**64
    return total


if workload != "read_field":
    sys.exit(f"there is no workload {workload}")
if system == "tensorstore":
    import tensorstore

    def read():
        spec = {"driver": "zarr3", "kvstore": {"driver": "file", "path": folder + "/f/"}}
        return tensorstore.open(spec, open=True).result().read().result()
else:
    import zarr

    if system == "zarrs":
        import zarrs  # noqa: F401

        zarr.config.set({"codec_pipeline.path": "zarrs.ZarrsCodecPipeline"})

    def read():
        return zarr.open_array(folder + "/f", mode="r")[:]

wall, cpu = time.perf_counter(), cpu_seconds()
values = read()
wall, cpu = time.perf_counter() - wall, cpu_seconds() - cpu
peak = peak_megabytes()
print(json.dumps({"answer": checksum(numpy.ascontiguousarray(values)), "wall": wall, "cpu": cpu, "rss_mb": peak, "each": []}))
