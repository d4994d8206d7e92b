# SPDX-License-Identifier: Apache-2.0
"""The workloads: what each prepares, which systems do it, what is its floor, and which answer is right.

catalogue.py has their names and shapes.
"""
import concurrent.futures
import dataclasses
import functools
import itertools
import json
import os
import pathlib
import random
import shutil
import subprocess
import sys
import time

ENDPOINT = os.environ["VARVE_TEST_S3_ENDPOINT"]
FAR = os.environ["VARVE_TEST_TOXIC_ENDPOINT"]
WEB = os.environ["VARVE_TEST_HTTP_ENDPOINT"]
WEB_ROOT = pathlib.Path(os.environ["VARVE_TEST_HTTP_ROOT"])
LOCAL = WEB_ROOT.parent / "local"  # goes with the servers' data
KEPT = pathlib.Path("build/peers/kept").absolute()
PYTHON_PEER = str(pathlib.Path(__file__).with_name("python_peer.py"))
KIB, MIB = 1 << 10, 1 << 20
fresh = (f"bench-{i}" for i in itertools.count())


@dataclasses.dataclass
class Workload:
    """Functions of the endpoint that return figures: systems; asides, which do less or have what is not theirs, so that they
    are shown and nobody is compared with them; floors, of which the first is the limit."""

    what: str
    systems: dict
    answer: int
    floors: dict = dataclasses.field(default_factory=dict)
    asides: dict = dataclasses.field(default_factory=dict)
    endpoint: str | None = None
    operations: int = 1  # that wall and CPU are divided by, unless the figures say how many there were


def run(driver, *words, endpoint=None, **given):
    """One process; what it printed."""
    environment = dict(os.environ, BENCH_S3_ENDPOINT=endpoint or ENDPOINT, BENCH_S3_BUCKET=os.environ["VARVE_TEST_S3_BUCKET"],
                       BENCH_S3_KEY=os.environ["VARVE_TEST_S3_KEY"], BENCH_S3_SECRET=os.environ["VARVE_TEST_S3_SECRET"])
    command = [driver, *map(str, words)] + [f"{name}={value}" for name, value in given.items()]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=1800)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)} failed:\n{done.stderr}")
    return json.loads(done.stdout) if done.stdout else None


def size(count):
    unit, bytes_in_it = next((unit, b) for unit, b in (("GiB", KIB * MIB), ("MiB", MIB), ("KiB", KIB), ("B", 1)) if count >= b)
    return f"{count // bytes_in_it} {unit}"


def lengths(values):
    return ",".join(map(str, values))


def product(values):
    return functools.reduce(lambda a, b: a * b, values, 1)


def empty(folder):
    """Gives back the space of what was measured. Files are not removed until all is done: ext4 without a journal looks at
    every inode that was freed in the last seconds when it makes a file, which would slow down whoever comes next."""
    for file in folder.rglob("*"):
        if file.is_file():
            os.truncate(file, 0)


class Bench:
    """One method a family of workloads; what it prepares for several of them it keeps."""

    def __init__(self, varve, reference, python):
        self.varve, self.python = varve, python
        self.both = {"varve": varve, "reference": reference}
        LOCAL.mkdir(parents=True, exist_ok=True)

    def each_driver(self, work):
        return {name: functools.partial(work, driver) for name, driver in self.both.items()}

    def python_peer(self, peer, *words, **given):
        return run(self.python, PYTHON_PEER, peer, *words, **given)

    # Single chunks.

    def cold(self, side=4, chunk=MIB):
        store, descriptor = f"s3:cold-{chunk}", str(LOCAL / f"descriptor-{chunk}")
        run(self.varve, "fill", store, side=side, chunk=chunk, descriptor=descriptor)
        systems = self.each_driver(lambda driver, endpoint: run(driver, "cold", store, endpoint=endpoint))
        systems["varve, with a descriptor"] = lambda endpoint: run(self.varve, "cold", store, endpoint=endpoint, descriptor=descriptor)
        ocdbt = f"s3:cold-ocdbt-{chunk}"
        self.python_peer("ocdbt", "fill", ocdbt, side=side, chunk=chunk)
        systems["OCDBT"] = lambda endpoint: self.python_peer("ocdbt", "cold", ocdbt, endpoint=endpoint, chunk=chunk)
        return Workload(f"open and read the first chunk ({size(chunk)} of {side * side}), a fresh process, 20 ms each way",
                        systems, chunk, endpoint=FAR)

    def random_chunks(self, at_once, side=100, chunk=16 * KIB, n=10_000):
        folder = LOCAL / f"random-{side}-{chunk}"
        if not folder.exists():
            run(self.varve, "fill", folder, side=side, chunk=chunk)
        given = {"side": side, "chunk": chunk, "n": n, "at_once": at_once}
        return Workload(f"{n:,} random chunks of {size(chunk)} from a folder, {at_once} at once",
                        self.each_driver(lambda driver, _: run(driver, "reads", folder, **given)), n * chunk,
                        {"bare files, one at once": lambda _: run(self.varve, "bare_files", folder, n=n)}, operations=n)

    def reads(self, side, chunk):
        folder = f"reads-{chunk}"
        if not (WEB_ROOT / folder).exists():
            run(self.varve, "fill", WEB_ROOT / folder, side=side, chunk=chunk)
        names = os.listdir(WEB_ROOT / folder / "chunks")
        random.Random(1).shuffle(names)
        listed = LOCAL / f"{folder}.txt"
        listed.write_text("\n".join(names[: side * side]) + "\n")
        given = {"side": side, "chunk": chunk, "n": side * side, "at_once": 16}

        def bare(memory):
            return lambda _: run(self.varve, "bare", f"{WEB}/{folder}", list=listed, chunk=chunk, memory=memory, at_once=16)
        return Workload(f"{side * side:,} chunks of {size(chunk)} from a static server, 16 at once",
                        self.each_driver(lambda driver, _: run(driver, "reads", f"{WEB}/{folder}", **given)), side * side * chunk,
                        {"bare socket, one request at once, fresh memory": bare("fresh"),
                         "bare socket, one request at once, one buffer": bare("one buffer")})

    # A whole field.

    @functools.cache
    def raw_field(self, shape, drop):
        """A file of its values, and their checksum."""
        raw = LOCAL / f"field-{'x'.join(map(str, shape))}-{drop}"
        return raw, run(self.varve, "make_field", raw, shape=lengths(shape), drop=drop)["answer"]

    @functools.cache
    def field(self, codec, shape, chunks, drop):
        """The same in a repository; how it is laid out there, for the drivers and in words."""
        raw, _ = self.raw_field(shape, drop)
        folder = LOCAL / f"{raw.name}-{codec}-{'x'.join(map(str, chunks))}"
        layout = {"shape": lengths(shape), "chunks": lengths(chunks), "codec": codec}
        run(self.varve, "write_field", folder, raw=raw, sync="no", **layout)
        text = f"{size(raw.stat().st_size)} of float32, {len(shape)} dimensions in chunks of {size(4 * product(chunks))}, "
        stored = sum(file.stat().st_size for file in (folder / "chunks").iterdir())
        return folder, layout, text + ("uncompressed" if codec == "none" else f"{codec} of ratio {raw.stat().st_size / stored:.2f}")

    def read_field(self, codec, shape=(1024, 512, 512), chunks=(64, 64, 64), drop=5):
        _, right = self.raw_field(shape, drop)
        folder, layout, text = self.field(codec, shape, chunks, drop)
        plain = f"{folder}.zarr"
        run(self.varve, "copy_plain", folder, to=plain)
        systems = self.each_driver(lambda driver, _: run(driver, "read_field", folder, **layout))
        for peer in ("tensorstore", "zarrs"):
            systems[f"{peer}, plain Zarr"] = lambda _, peer=peer: self.python_peer(peer, "read_field", plain)

        def bare(_):  # it lays the chunks out in another order
            figures = run(self.varve, "bare_read_field", folder, **layout)
            return dict(figures, answer=right if figures["answer"] == product(shape) // product(chunks) else 0)
        return Workload(f"read {text}, from a folder, a fresh process", systems, right, {"bare files, all cores": bare})

    def write_field(self, codec, sync, shape=(1024, 512, 512), chunks=(64, 64, 64), drop=5):
        raw, right = self.raw_field(shape, drop)
        _, layout, text = self.field(codec, shape, chunks, drop)

        def once(write, check, _):
            folder = LOCAL / next(fresh)
            figures = write("write_field", folder, raw=raw, sync=sync, **layout)
            if check is not None and check("read_field", folder, **layout)["answer"] != right:
                sys.exit(f"{text}: what was written is not what was given")
            empty(folder)
            return figures
        drivers = {name: functools.partial(run, driver) for name, driver in self.both.items()}
        drivers |= {name: functools.partial(self.python_peer, name) for name in ("tensorstore", "zarrs")}
        checkers = {"varve": "reference", "reference": "varve", "tensorstore": "zarrs", "zarrs": "tensorstore"}  # somebody else
        systems = {name: functools.partial(once, drivers[name], drivers[checker]) for name, checker in checkers.items()}
        asides = {f"{name}, never synced": systems.pop(name) for name in ("reference", "zarrs") if sync == "yes"}

        def bare(files, sync):
            def write(_, folder, **given):
                return run(self.varve, "bare_write_field", folder, **{**given, "files": files, "sync": sync})
            return functools.partial(once, write, None)
        floors = {"bare files, all cores": bare("yes", sync)}
        if codec != "none":
            floors = {f"bare {codec} and files, all cores": bare("yes", sync), f"bare {codec}, all cores": bare("no", "no")}
        how = "nothing synced" if sync == "no" else "varve and the floor sync the file system once, TensorStore each file"
        return Workload(f"write {text}, to a folder, and commit; {how}", systems, product(shape) // product(chunks), floors, asides)

    # Commits.

    def commit_far(self, n=10, chunk=4 * KIB):
        def once(driver, endpoint):
            store = "s3:" + next(fresh)
            run(driver, "prepare_commits", store, n=n, chunk=chunk)
            return run(driver, "commits", store, endpoint=endpoint, n=n, first=0, chunk=chunk)
        return Workload(f"{n} commits of one chunk of {size(chunk)}, opening included, 20 ms each way", self.each_driver(once), n,
                        endpoint=FAR, operations=n)

    def commits_memory(self, n=1000, chunk=4 * KIB):
        systems = self.each_driver(lambda driver, _: run(driver, "commits", "memory", n=n, first=0, chunk=chunk))
        systems["OCDBT"] = lambda _: self.python_peer("ocdbt", "commits", "memory", n=n, chunk=chunk)
        return Workload(f"{n:,} commits of one chunk of {size(chunk)} in memory", systems, n, operations=n)

    def commits_local(self, sync, n=1000, chunk=4 * KIB):
        def once(driver, _, keep=False):
            folder = LOCAL / next(fresh)
            run(driver, "prepare_commits", folder, n=n, chunk=chunk, sync="no")
            figures = run(driver, "commits", folder, n=n, first=0, chunk=chunk, sync=sync)
            return folder if keep else self.checked_commits(driver, folder, n, figures)
        like = once(self.varve, None, keep=True)

        def ocdbt(_):
            folder = LOCAL / next(fresh)
            self.python_peer("ocdbt", "prepare_commits", folder, n=n, chunk=chunk)
            return self.python_peer("ocdbt", "commits", folder, n=n, chunk=chunk, sync=sync)

        def bare(_):
            folder = LOCAL / next(fresh)
            return run(self.varve, "bare_commits", folder, like=like, n=n, sync=sync)
        systems = {**self.each_driver(once), "OCDBT": ocdbt}
        how, asides = "nothing synced", {}
        if sync == "yes":
            asides["reference, never synced"] = systems.pop("reference")
            how = "varve and the floor sync the file system once in each, and the folder of `repo`; OCDBT each file"
        return Workload(f"{n:,} commits of one chunk of {size(chunk)} to a folder, opening included; {how}", systems, n,
                        {"bare files": bare}, asides, operations=n)

    def checked_commits(self, driver, store, n, figures):
        """None lost, and both see it."""
        for checker in self.both.values():
            seen = run(checker, "history", store)["answer"]
            if seen != n:
                sys.exit(f"{seen} of {n} commits of {driver} are in the history")
        return figures

    def writes(self, n=1000, chunk=4 * KIB):
        given = {"n": n, "chunk": chunk, "at_once": 64}
        return Workload(f"{n:,} chunks of {size(chunk)} and one commit on MinIO",
                        self.each_driver(lambda driver, endpoint: run(driver, "writes", "s3:" + next(fresh), endpoint=endpoint, **given)), n,
                        endpoint=ENDPOINT)

    def writers(self, processes=8, n=10, chunk=4 * KIB):
        def together(driver, endpoint):
            store, commits = "s3:" + next(fresh), processes * n
            run(driver, "prepare_commits", store, n=commits, chunk=chunk)
            with concurrent.futures.ThreadPoolExecutor(processes) as pool:
                begun = time.monotonic()
                start = functools.partial(run, driver, "commits", store, endpoint=endpoint, n=n, chunk=chunk)
                each = list(pool.map(lambda w: start(first=w * n), range(processes)))
                wall = time.monotonic() - begun
            figures = {"answer": commits, "wall": wall, "cpu": sum(one["cpu"] for one in each),
                       "rss_mb": max(one["rss_mb"] for one in each), "each": [t for one in each for t in one["each"]]}
            return self.checked_commits(driver, store, commits, figures)
        return Workload(f"{processes} processes, {n} commits each to one branch on MinIO, chunks of {size(chunk)} of their own",
                        self.each_driver(together), processes * n, endpoint=ENDPOINT, operations=processes * n)

    def tasks(self, tasks, store, n=20, reference_n=None, chunk=4 * KIB):
        """With `reference_n` the reference makes fewer commits a task, or with 0 none: it would take minutes."""
        reference_n = n if reference_n is None else reference_n
        commits = {"varve": n, "reference": reference_n}

        def once(name, endpoint):
            where = "memory" if store == "memory" else "s3:" + next(fresh)
            figures = run(self.both[name], "tasks", where, endpoint=endpoint, tasks=tasks, n=commits[name], chunk=chunk)
            if figures["answer"] != tasks * commits[name]:
                sys.exit(f"{figures['answer']} of {tasks * commits[name]} commits of {name} are in the history")
            return dict(figures, answer=tasks, operations=tasks * commits[name])
        place = "in memory" if store == "memory" else "on MinIO"
        what = f"{tasks} writers in one process, {n} commits each to one branch {place}, chunks of {size(chunk)} of their own"
        if reference_n == 0:
            what += "; the reference, at some commits a second, is left out"
        elif reference_n != n:
            what += f"; the reference {reference_n} commits each, or it would take minutes"
        return Workload(what, {name: functools.partial(once, name) for name in self.both if commits[name]}, tasks,
                        endpoint=None if store == "memory" else ENDPOINT)

    # What commits leave.

    def long_history(self, n, chunk):
        """It takes minutes, so it is kept for later runs; without the backups of `repo`, which are gigabytes."""
        folder = KEPT / f"history-{n}-{chunk}"
        if not folder.exists():
            making = LOCAL / next(fresh)
            run(self.varve, "prepare_commits", making, n=n, chunk=chunk, sync="no")
            run(self.varve, "commits", making, n=n, first=0, chunk=chunk, sync="no")
            shutil.copytree(making, folder, ignore=shutil.ignore_patterns("overwritten"))
        return folder

    def ancestry(self, n=10_000, chunk=64):
        folder = self.long_history(n, chunk)
        return Workload(f"the ancestry of {n:,} commits in a folder, a fresh process",
                        self.each_driver(lambda driver, _: run(driver, "history", folder)), n)

    def diff(self, n=1000, total=10_000, chunk=64):
        folder = self.long_history(total, chunk)
        return Workload(f"what the last {n:,} of {total:,} commits changed, in a folder",
                        self.each_driver(lambda driver, _: run(driver, "diff", folder, n=n)), n)

    def collect(self, n=100_000, chunk=KIB, store="folder"):
        """Every run has garbage of its own to collect."""
        kept = LOCAL / f"litter-{n}-{chunk}"
        if store == "folder" and not kept.exists():
            run(self.varve, "litter", kept, n=n, chunk=chunk, sync="no")

        def copied():
            folder = LOCAL / next(fresh)
            shutil.copytree(kept, folder)
            os.sync()  # so that nobody waits for what was written to prepare it
            return folder

        def once(driver, endpoint, **given):
            if store == "folder":
                return run(driver, "collect", copied(), **given)
            where = "s3:" + next(fresh)
            run(self.varve, "litter", where, endpoint=endpoint, n=n, chunk=chunk)
            return run(driver, "collect", where, endpoint=endpoint, **given)
        place = "in a folder" if store == "folder" else "on MinIO"
        asides = {"varve, on 16 threads": lambda endpoint: once(self.varve, endpoint, threads=16)}
        floors = {"unlink on 16 threads": lambda _: run(self.varve, "bare_remove", copied())}
        return Workload(f"collect {n:,} chunks of {size(chunk)} that nothing needs, {place}, opening included",
                        self.each_driver(once), n, floors if store == "folder" else {}, asides if store == "folder" else {},
                        endpoint=None if store == "folder" else ENDPOINT, operations=n)

    # Chunk refs.

    @functools.cache
    def refs(self, kind, grid, writer):
        folder = LOCAL / f"refs-{kind}-{'x'.join(map(str, grid))}-{writer}"
        self.with_refs(writer, "set_refs", folder, kind=kind, grid=lengths(grid), sync="no")
        return folder

    def with_refs(self, name, *words, **given):
        if name == "OCDBT":
            return self.python_peer("ocdbt", *words, **given)
        return run(self.both[name], *words, **given)

    def on_refs(self, kind, grid, others, work):
        """Systems, each on what it wrote, as its manifests are cut; asides, on what the other one wrote. OCDBT has values of 28 bytes."""
        owners = [*self.both] + ["OCDBT"] * (others and kind == "native")
        systems = {name: functools.partial(work, name, self.refs(kind, grid, name)) for name in owners}
        asides = {"varve, on the reference's": functools.partial(work, "varve", self.refs(kind, grid, "reference")),
                  "reference, on varve's": functools.partial(work, "reference", self.refs(kind, grid, "varve"))}
        return {"systems": systems, "asides": asides if others else {}}

    @staticmethod
    def length(grid, k):
        """Of the chunk that the k-th look-up finds."""
        return 16_384 + k * 2_654_435_761 % product(grid) % 1000

    def bare_manifests(self, kind, grid, answer, write):
        folder = self.refs(kind, grid, "reference")  # in one file
        return lambda _: dict(run(self.varve, "bare_manifest", folder, write=write), answer=answer)

    def refs_set(self, kind, grid=(1000, 1000), others=True):
        given = {"kind": kind, "grid": lengths(grid)}

        def once(writer, checker, _):
            folder = LOCAL / next(fresh)
            figures = self.with_refs(writer, "set_refs", folder, sync="no", **given)
            if self.with_refs(checker, "find_refs", folder, n=10, **given)["answer"] != sum(self.length(grid, k) for k in range(10)):
                sys.exit(f"the refs that {writer} set are others")
            return figures
        systems = {"varve": functools.partial(once, "varve", "reference"), "reference": functools.partial(once, "reference", "varve")}
        if others and kind == "native":
            systems["OCDBT"] = functools.partial(once, "OCDBT", "OCDBT")
        what = f"set {product(grid):,} {kind} chunk refs in {len(grid)} dimensions and commit them to a folder, nothing synced"
        return Workload(what, systems, product(grid),
                        {"bare zstd of one manifest, read and written": self.bare_manifests(kind, grid, product(grid), "yes")})

    def refs_open(self, kind, grid=(1000, 1000), others=True):
        who = self.on_refs(kind, grid, others, lambda name, folder, _: self.with_refs(name, "find_refs", folder, n=1, grid=lengths(grid)))
        right = self.length(grid, 1)
        return Workload(f"open a repository of {product(grid):,} {kind} refs in a folder and look one up, a fresh process", answer=right,
                        floors={"bare zstd of one manifest, read": self.bare_manifests(kind, grid, right, "no")}, **who)

    def refs_find(self, kind, grid=(1000, 1000), n=100_000, others=True):
        def once(name, folder, _):
            k = n // 10 if name == "OCDBT" else n  # whose calls cost a hundred times as much
            right = sum(self.length(grid, i) for i in range(k))
            figures = self.with_refs(name, "find_refs", folder, n=k, grid=lengths(grid))
            return dict(figures, answer=figures["answer"] - right, operations=k)
        return Workload(f"{n:,} random look-ups among {product(grid):,} {kind} refs, after the first one", answer=0,
                        **self.on_refs(kind, grid, others, once))

    def refs_next(self, kind, grid=(1000, 1000), others=True):
        def once(name, folder, _):
            copy = LOCAL / next(fresh)
            shutil.copytree(folder, copy)
            return self.with_refs(name, "set_one_ref", copy, sync="no", kind=kind, edition=1, grid=lengths(grid))
        return Workload(f"one more commit of one of {product(grid):,} {kind} refs, opening included, nothing synced",
                        answer=1, **self.on_refs(kind, grid, others, once))
