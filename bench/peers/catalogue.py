# SPDX-License-Identifier: Apache-2.0
"""Which workloads there are, in which shapes, and on which chart."""
import sys

from workloads import KIB, MIB, Bench

FIELDS = [{"shape": (16384, 16384), "chunks": (256, 256)}, {"chunks": (128, 128, 64), "drop": 13}]
COMMITS = [{"chunk": 64 * KIB}, {"chunk": 256}]  # the latter live inside the manifest
GRIDS = [{"grid": (1_000_000,)}, {"grid": (100, 100, 100)}]

# name: (chart, method, its arguments, those of two other shapes, so that nothing is tuned to one)
FAMILIES = {
    "field_zstd": ("Reading 1 GiB", Bench.read_field, {"codec": "zstd"}, FIELDS),
    "field_plain": ("Reading 1 GiB", Bench.read_field, {"codec": "none"}, FIELDS),
    "write_zstd": ("Writing 1 GiB", Bench.write_field, {"codec": "zstd", "sync": "no"}, FIELDS),
    "write_zstd_synced": ("Writing 1 GiB", Bench.write_field, {"codec": "zstd", "sync": "yes"}, FIELDS),
    "write_plain": ("Writing 1 GiB", Bench.write_field, {"codec": "none", "sync": "no"}, FIELDS),
    "write_plain_synced": ("Writing 1 GiB", Bench.write_field, {"codec": "none", "sync": "yes"}, FIELDS),
    "random_1": ("Reading chunks", Bench.random_chunks, {"at_once": 1}, [{"side": 30, "chunk": 256 * KIB}, {"side": 200, "chunk": 4 * KIB}]),
    "random_16": ("Reading chunks", Bench.random_chunks, {"at_once": 16}, [{"side": 30, "chunk": 256 * KIB}, {"side": 200, "chunk": 4 * KIB}]),
    "reads_64k": ("Reading chunks", Bench.reads, {"side": 64, "chunk": 64 * KIB}, [{"chunk": 16 * KIB}, {"side": 90, "chunk": 8 * KIB}]),
    "reads_4m": ("Reading chunks", Bench.reads, {"side": 23, "chunk": 4 * MIB}, [{"chunk": MIB}, {"side": 11, "chunk": 16 * MIB}]),
    "cold": ("Far away", Bench.cold, {}, [{"side": 64, "chunk": 64 * KIB}, {"side": 2, "chunk": 16 * MIB}]),
    "commit_far": ("Far away", Bench.commit_far, {}, COMMITS),
    "commits_memory": ("Commits", Bench.commits_memory, {}, COMMITS),
    "commits_local": ("Commits", Bench.commits_local, {"sync": "no"}, COMMITS),
    "commits_local_synced": ("Commits", Bench.commits_local, {"sync": "yes"}, COMMITS),
    "writes": ("Commits", Bench.writes, {}, [{"n": 200, "chunk": 256 * KIB}, {"n": 4000, "chunk": 256}]),
    "writers": ("Writers at once", Bench.writers, {}, COMMITS),
    "tasks_memory_8": ("Writers at once", Bench.tasks, {"tasks": 8, "store": "memory"}, COMMITS),
    "tasks_memory_32": ("Writers at once", Bench.tasks, {"tasks": 32, "store": "memory"}, COMMITS),
    "tasks_memory_120": ("Writers at once", Bench.tasks, {"tasks": 120, "store": "memory"}, COMMITS),
    "tasks_minio_8": ("Writers at once", Bench.tasks, {"tasks": 8, "store": "minio"}, COMMITS),
    "tasks_minio_32": ("Writers at once", Bench.tasks, {"tasks": 32, "store": "minio", "reference_n": 3}, COMMITS),
    "tasks_minio_120": ("Writers at once", Bench.tasks, {"tasks": 120, "store": "minio", "reference_n": 0}, COMMITS),
    "ancestry": ("History", Bench.ancestry, {}, [{"n": 1000, "chunk": 4 * KIB}, {"n": 100, "chunk": 64 * KIB}]),
    "diff": ("History", Bench.diff, {}, [{"n": 100}, {"n": 1000, "total": 1000, "chunk": 4 * KIB}]),
    "collect": ("History", Bench.collect, {}, [{"n": 10_000, "chunk": 64 * KIB}, {"n": 5000, "store": "minio"}]),
}
for kind in ("native", "virtual"):
    for step in ("set", "open", "find", "next"):
        FAMILIES[f"refs_{kind}_{step}"] = (f"A million {kind} refs", getattr(Bench, f"refs_{step}"), {"kind": kind}, GRIDS)
# OCDBT would take ten gigabytes from Python, varve read the reference's manifest of 440 MB anew for each look-up.
TEN_MILLION = {"kind": "native", "grid": (10_000, 1000), "others": False}
for step in ("set", "open", "find", "next"):
    FAMILIES[f"refs_10m_{step}"] = ("Ten million refs", getattr(Bench, f"refs_{step}"), TEN_MILLION, [])

CHARTS = {name: chart for name, (chart, *_) in FAMILIES.items()}
RARE = {name for name in FAMILIES if name.startswith("refs_10m")}  # only when asked for, and then once
WORKLOADS = {}  # of all shapes
for name, (_, method, given, others) in FAMILIES.items():
    for variant, other in {name: {}, **{f"{name}.{i}": other for i, other in enumerate(others, 2)}}.items():
        WORKLOADS[variant] = (method, {**given, **other})


def choose(words, shapes):
    """The workloads that are asked for: by name, by the beginning of it, or with neither all but the rare ones."""
    chosen = {}
    for word in words or [name for name in FAMILIES if name not in RARE]:
        names = [word] if word in WORKLOADS else [name for name in FAMILIES if name.startswith(word + "_")]
        if not names:
            sys.exit(f"there is no workload {word}; there are {', '.join(FAMILIES)}, each also with .2 and .3")
        for name in names:
            chosen |= {one: work for one, work in WORKLOADS.items() if one == name or (shapes and one.startswith(name + "."))}
    return chosen
