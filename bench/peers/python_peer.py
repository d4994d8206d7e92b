# SPDX-License-Identifier: Apache-2.0
"""Peers that are used from Python: the workloads and the output of varve_peer.cpp, imports not timed.

Usage: python_peer.py SYSTEM WORKLOAD STORE [name=value...]
SYSTEM is tensorstore, zarr or zarrs, on plain Zarr, which has no versions, or ocdbt: TensorStore on its versioned key-value
store, where each write is a commit.
"""
import json
import math
import os
import resource
import struct
import sys
import time

import numpy

system, workload, where = sys.argv[1:4]
given = dict(word.split("=", 1) for word in sys.argv[4:])
PARTS = 16
if system in ("tensorstore", "ocdbt"):
    import tensorstore
else:
    import zarr

    if system == "zarrs":
        import zarrs  # noqa: F401

        zarr.config.set({"codec_pipeline.path": "zarrs.ZarrsCodecPipeline"})


def number(name):
    return int(given[name])


def numbers(name):
    return [int(one) for one in given[name].split(",")]


def cpu_seconds():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


class Watch:
    """Time since it was made."""

    def __init__(self):
        self.begun, self.cpu = time.perf_counter(), cpu_seconds()

    def taken(self):
        return {"wall": time.perf_counter() - self.begun, "cpu": cpu_seconds() - self.cpu, "rss_mb": peak_megabytes()}


def peak_megabytes():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM:")) / 1024


def show(answer, taken, each=()):
    print(json.dumps({"answer": answer, **taken, "each": list(each)}))


def base():
    if where == "memory":
        return {"driver": "memory"}
    if where.startswith("s3:"):
        os.environ.update(AWS_ACCESS_KEY_ID=os.environ["BENCH_S3_KEY"], AWS_SECRET_ACCESS_KEY=os.environ["BENCH_S3_SECRET"])
        return {"driver": "s3", "bucket": os.environ["BENCH_S3_BUCKET"], "endpoint": os.environ["BENCH_S3_ENDPOINT"],
                "aws_region": "us-east-1", "path": where.removeprefix("s3:") + "/"}
    return {"driver": "file", "path": where + "/"}


def context():
    spec = {"file_io_sync": given.get("sync") == "yes"}
    if system == "ocdbt":  # without it every look-up reads the nodes again
        spec["cache_pool"] = {"total_bytes_limit": 1 << 30}
    return tensorstore.Context(spec)


def open_array(name, shape=None, chunks=None, zstd=False):
    """With a shape it is created."""
    spec = {"driver": "zarr3", "kvstore": {"driver": "ocdbt", "base": base()} if system == "ocdbt" else base(), "path": name + "/"}
    if shape is not None:
        codecs = [{"name": "bytes", "configuration": {"endian": "little"}}]
        if zstd:
            codecs.append({"name": "zstd", "configuration": {"level": 3}})
        spec["metadata"] = {"shape": shape, "data_type": "float32", "fill_value": 0.0, "codecs": codecs,
                            "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": chunks}}}
    return tensorstore.open(spec, context=context(), open=shape is None, create=shape is not None).result()


# A whole field.


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


def read_field():
    watch = Watch()
    values = open_array("f").read().result() if system == "tensorstore" else zarr.open_array(where + "/f", mode="r")[:]
    taken = watch.taken()
    show(checksum(numpy.ascontiguousarray(values)), taken)


def write_field():
    shape, chunks, zstd = numbers("shape"), numbers("chunks"), given["codec"] == "zstd"
    values = numpy.fromfile(given["raw"], numpy.float32).reshape(shape)
    watch = Watch()
    if system == "tensorstore":
        open_array("f", shape, chunks, zstd).write(values).result()
    else:
        compressors = [zarr.codecs.ZstdCodec(level=3)] if zstd else None
        array = zarr.create_array(where + "/f", shape=shape, chunks=chunks, dtype="float32", fill_value=0.0, compressors=compressors)
        array[:] = values
    show(values.size // math.prod(chunks), watch.taken())


# OCDBT: single chunks, and many keys with values of the size of a chunk ref.


def fill():
    side, width = number("side"), number("chunk") // 4
    open_array("a", [side, side * width], [1, width]).write(numpy.ones((side, side * width), numpy.float32)).result()


def cold():
    watch = Watch()
    chunk = open_array("a")[0, : number("chunk") // 4].read().result()
    show(chunk.nbytes, watch.taken())


def prepare_commits():
    width = number("chunk") // 4
    return open_array("a", [number("n") * width], [width])


def commits():
    n, width = number("n"), number("chunk") // 4
    array = prepare_commits() if where == "memory" else None
    watch, each, values = Watch(), [], numpy.ones(width, numpy.float32)
    array = array or open_array("a")
    for i in range(n):
        begun = time.perf_counter()
        array[i * width:(i + 1) * width].write(values).result()
        each.append(time.perf_counter() - begun)
    taken = watch.taken()
    show(int(array.read().result().sum()) // width, taken, each)


def key(i):
    at = []
    for length in reversed(numbers("grid")):
        i, rest = divmod(i, length)
        at.append(str(rest))
    return "a/c/" + "/".join(reversed(at))


def value(i, edition=0):
    return struct.pack("<QIQQ", i * 0x9E3779B97F4A7C15 % 2**64, edition, 0, 16_384 + i % 1000)


def open_keys():
    return tensorstore.KvStore.open({"driver": "ocdbt", "base": base()}, context=context()).result()


def set_refs():
    count, keys = math.prod(numbers("grid")), open_keys()
    watch = Watch()
    transaction = tensorstore.Transaction(atomic=False)
    within = keys.with_transaction(transaction)
    for done in [within.write(key(i), value(i)) for i in range(count)]:
        done.result()
    transaction.commit_async().result()
    show(count, watch.taken())


def set_one_ref():
    watch = Watch()
    i = math.prod(numbers("grid")) // 2
    open_keys().write(key(i), value(i, number("edition"))).result()
    show(1, watch.taken())


def find_refs():
    count, n = math.prod(numbers("grid")), number("n")
    watch = Watch()
    keys = open_keys()

    def length(k):
        return struct.unpack("<QIQQ", keys.read(key(k * 2_654_435_761 % count)).result().value)[3]
    first = length(n)
    if n == 1:
        return show(first, watch.taken())
    watch = Watch()
    total = sum(length(k) for k in range(n))
    show(total, watch.taken())


{one.__name__: one for one in (read_field, write_field, fill, cold, prepare_commits, commits, set_refs, set_one_ref, find_refs)}[workload]()
