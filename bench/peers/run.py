#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""varve beside the reference: every round starts each system once, in turn, as a fresh process.

Usage, from run.sh: run.py VARVE_DRIVER REFERENCE_DRIVER PYTHON [--rounds N] [WORKLOAD...]

All read the same repositories, which varve wrote; TensorStore and zarrs, which have no versions, a plain copy. Wall time,
CPU (user and system, of the client alone) and the peak of memory are what the drivers report of the part that counts;
requests are counted at a proxy in one more run that is not timed. Prints a table, Markdown, and writes everything measured
to build/peers/results.json.
"""
import argparse
import asyncio
import concurrent.futures
import itertools
import json
import os
import pathlib
import platform
import random
import statistics
import subprocess
import sys
import threading
import time
import urllib.request

ENDPOINT = os.environ["VARVE_TEST_S3_ENDPOINT"]
FAR = os.environ["VARVE_TEST_TOXIC_ENDPOINT"]
WEB = os.environ["VARVE_TEST_HTTP_ENDPOINT"]
WEB_ROOT = pathlib.Path(os.environ["VARVE_TEST_HTTP_ROOT"])
RESULTS = pathlib.Path("build/peers")
PYTHON_PEER = str(pathlib.Path(__file__).with_name("python_peer.py"))
LOCAL = WEB_ROOT.parent / "local"  # goes with the servers' data
AWAY_MS = 20  # each way
fresh = (f"bench-{i}" for i in itertools.count())


class CountingProxy:
    """Counts the requests to MinIO: how often the talk on a connection turns from the server's side to the client's."""

    def __init__(self):
        self.requests = 0
        self.loop = asyncio.new_event_loop()
        self.port = None
        ready = threading.Event()

        def serve():
            asyncio.set_event_loop(self.loop)
            server = self.loop.run_until_complete(asyncio.start_server(self.talk, "127.0.0.1", 0))
            self.port = server.sockets[0].getsockname()[1]
            ready.set()
            self.loop.run_forever()

        threading.Thread(target=serve, daemon=True).start()
        ready.wait()

    async def talk(self, reader, writer):
        host, port = ENDPOINT.removeprefix("http://").split(":")
        there, to_there = await asyncio.open_connection(host, int(port))
        last = None

        async def copy(source, sink, side):
            nonlocal last
            try:
                while data := await source.read(1 << 16):
                    # A body that is asked for with "100 Continue" is a part of its request.
                    if side == "client" and last != "client":
                        self.requests += 1
                    if not (side == "server" and data.startswith(b"HTTP/1.1 100")):
                        last = side
                    sink.write(data)
                    await sink.drain()
            except ConnectionError:
                pass
            finally:
                sink.close()

        await asyncio.gather(copy(reader, to_there, "client"), copy(there, writer, "server"))


def run(driver, *words, endpoint=ENDPOINT, **given):
    """One process; what it printed."""
    environment = dict(os.environ, BENCH_S3_ENDPOINT=endpoint, BENCH_S3_BUCKET=os.environ["VARVE_TEST_S3_BUCKET"],
                       BENCH_S3_KEY=os.environ["VARVE_TEST_S3_KEY"], BENCH_S3_SECRET=os.environ["VARVE_TEST_S3_SECRET"])
    command = [driver, *words] + [f"{name}={value}" for name, value in given.items()]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=600)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)} failed:\n{done.stderr}")
    return json.loads(done.stdout) if done.stdout else None


class Bench:
    """One method a workload: prepares, and returns {system: function(endpoint) -> figures}, the endpoint, the right answer."""

    def __init__(self, varve, reference, python):
        self.varve, self.python = varve, python
        self.both = {"varve": varve, "reference": reference}

    def cold(self):
        """open and read the first chunk (1 MiB), a fresh process, 20 ms each way"""
        descriptor = str(RESULTS / "descriptor")
        run(self.varve, "fill", "s3:cold", side=4, chunk=1 << 20, descriptor=descriptor)
        systems = {name: lambda endpoint, d=d: run(d, "cold", "s3:cold", endpoint=endpoint) for name, d in self.both.items()}
        systems["varve, with a descriptor"] = lambda endpoint: run(self.varve, "cold", "s3:cold", endpoint=endpoint, descriptor=descriptor)
        return systems, FAR, 1 << 20

    def commit_far(self):
        """ten commits of one 4 KiB chunk, opening included, 20 ms each way"""
        def once(driver, endpoint):
            store = "s3:" + next(fresh)
            run(driver, "prepare_commits", store, n=10)
            return run(driver, "commits", store, endpoint=endpoint, n=10, first=0)
        return {name: lambda endpoint, d=d: once(d, endpoint) for name, d in self.both.items()}, FAR, 10

    def field(self, codec):
        folder = str(LOCAL / f"field-{codec}")
        right = run(self.varve, "fill_field", folder, codec=codec)["answer"]
        run(self.varve, "copy_plain", folder, to=folder + ".zarr")
        systems = {name: lambda _, d=d: run(d, "read_field", folder, codec=codec) for name, d in self.both.items()}
        def bare(_):  # it lays the chunks out in another order
            figures = run(self.varve, "bare_field", folder, codec=codec)
            return dict(figures, answer=right if figures["answer"] == 1024 else 0)
        for peer in ("tensorstore", "zarrs"):
            systems[f"{peer}, plain Zarr"] = lambda _, peer=peer: run(self.python, PYTHON_PEER, peer, "read_field", folder + ".zarr")
        systems["bare files, all cores"] = bare
        return systems, None, right

    def field_zstd(self):
        """read 1 GiB of float32 in chunks of 1 MiB, zstd, from a folder, a fresh process"""
        return self.field("zstd")

    def field_plain(self):
        """the same, uncompressed"""
        return self.field("none")

    def random_of(self, at_once):
        folder = LOCAL / "random"
        if not folder.exists():
            run(self.varve, "fill", str(folder), side=100, chunk=16 << 10)
        given = {"side": 100, "chunk": 16 << 10, "n": 10_000, "at_once": at_once}
        return {name: lambda _, d=d: run(d, "reads", str(folder), **given) for name, d in self.both.items()}, None, 10_000 * (16 << 10)

    def random_1(self):
        """10,000 random chunks of 16 KiB from a folder, one at a time"""
        return self.random_of(1)

    def random_16(self):
        """the same, 16 in flight"""
        return self.random_of(16)

    def commit_local(self):
        """300 commits of one 4 KiB chunk to a folder, with a sync of the file system each (varve) and none (reference)"""
        def once(driver):
            folder = str(LOCAL / next(fresh))
            run(driver, "prepare_commits", folder, n=300)
            return run(driver, "commits", folder, n=300, first=0)
        return {name: lambda _, d=d: once(d) for name, d in self.both.items()}, None, 300

    def reads_of(self, side, chunk):
        folder = f"reads-{chunk}"
        run(self.varve, "fill", str(WEB_ROOT / folder), side=side, chunk=chunk)
        names = os.listdir(WEB_ROOT / folder / "chunks")
        random.Random(1).shuffle(names)
        listed = RESULTS / "chunks.txt"
        listed.write_text("\n".join(names[: side * side]) + "\n")
        given = {"side": side, "chunk": chunk, "n": side * side, "at_once": 16}
        systems = {name: lambda _, d=d: run(d, "reads", f"{WEB}/{folder}", **given) for name, d in self.both.items()}
        for memory in ("one buffer", "fresh"):
            systems[f"bare socket, one request at once, {memory}"] = lambda _, memory=memory: run(
                self.varve, "bare", f"{WEB}/{folder}", list=listed, chunk=chunk, memory=memory, at_once=16)
        return systems, None, side * side * chunk

    def reads_64k(self):
        """4,096 chunks of 64 KiB from a static server, 16 in flight"""
        return self.reads_of(64, 64 << 10)

    def reads_4m(self):
        """529 chunks of 4 MiB from a static server, 16 in flight"""
        return self.reads_of(23, 4 << 20)

    def writes(self):
        """1,000 chunks of 4 KiB and one commit on MinIO"""
        return {name: lambda endpoint, d=d: run(d, "writes", "s3:" + next(fresh), endpoint=endpoint, n=1000, at_once=64)
                for name, d in self.both.items()}, ENDPOINT, 1000

    def writers(self):
        """8 processes, 10 commits each to one branch on MinIO, disjoint chunks"""
        def together(driver, endpoint, processes=8, commits=10):
            store = "s3:" + next(fresh)
            run(driver, "prepare_commits", store, n=processes * commits)
            with concurrent.futures.ThreadPoolExecutor(processes) as pool:
                begun = time.monotonic()
                each = list(pool.map(lambda w: run(driver, "commits", store, endpoint=endpoint, n=commits, first=w * commits), range(processes)))
                wall = time.monotonic() - begun
            for checker in self.both.values():  # none lost, and both see it
                seen = run(checker, "history", store)["answer"]
                if seen != processes * commits + 2:
                    sys.exit(f"{seen} snapshots after {processes * commits} commits of {driver}")
            return {"answer": processes * commits, "wall": wall, "cpu": sum(one["cpu"] for one in each),
                    "rss_mb": max(one["rss_mb"] for one in each), "each": [t for one in each for t in one["each"]]}
        return {name: lambda endpoint, d=d: together(d, endpoint) for name, d in self.both.items()}, ENDPOINT, 80


WORKLOADS = ["field_zstd", "field_plain", "random_1", "random_16", "commit_local", "cold", "commit_far", "reads_64k",
             "reads_4m", "writes", "writers"]


def set_distance():
    for stream in ("upstream", "downstream"):
        toxic = {"type": "latency", "stream": stream, "attributes": {"latency": AWAY_MS, "jitter": 0}}
        request = urllib.request.Request(os.environ["VARVE_TEST_TOXIPROXY"] + "/proxies/s3/toxics", json.dumps(toxic).encode(),
                                         {"content-type": "application/json"})
        urllib.request.urlopen(request).close()


def progress(text):
    if sys.stderr.isatty():
        print(f"\r{text:78}", end="\r", file=sys.stderr, flush=True)


def percentile(values, share):
    return sorted(values)[int((len(values) - 1) * share)]


def seconds(value):
    return f"{value * 1e3:.1f} ms" if value < 1 else f"{value:.2f} s"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("varve")
    parser.add_argument("reference")
    parser.add_argument("python")
    parser.add_argument("workloads", nargs="*")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_intermixed_args()
    for name in options.workloads:
        if name not in WORKLOADS:
            parser.error(f"there is no workload {name}; there are {', '.join(WORKLOADS)}")
    RESULTS.mkdir(parents=True, exist_ok=True)
    set_distance()
    bench = Bench(options.varve, options.reference, options.python)
    proxy = CountingProxy()
    results = {"date": time.strftime("%Y-%m-%d"), "machine": f"{os.cpu_count()} cores, {platform.system()} {platform.release()}",
               "rounds": options.rounds, "away_ms": AWAY_MS, "workloads": {}}
    for name in options.workloads or WORKLOADS:
        prepare = getattr(bench, name)
        systems, endpoint, answer = prepare()
        runs = {system: [] for system in systems}
        for done in range(options.rounds):
            for system, start in systems.items():
                progress(f"{name}: round {done + 1} of {options.rounds}, {system}")
                runs[system].append(start(endpoint))
        requests = {}
        if endpoint is not None:
            for system, start in systems.items():
                before = proxy.requests
                start(f"http://127.0.0.1:{proxy.port}")
                requests[system] = proxy.requests - before
        for system, figures in runs.items():
            if any(one["answer"] != answer for one in figures):
                sys.exit(f"{name}: {system} answered {[one['answer'] for one in figures]}, not {answer}")
        results["workloads"][name] = {"what": prepare.__doc__, "requests": requests, "runs": runs}
        progress("")
        report(name, prepare.__doc__, runs, requests)
    (RESULTS / "results.json").write_text(json.dumps(results, indent=1))
    print(f"\nload average {os.getloadavg()[0]:.1f}; every run is in {RESULTS / 'results.json'}")


def report(name, what, runs, requests):
    print(f"\n**{name}**: {what}\n\n| system | wall, min / median | CPU, min / median | peak memory | requests | one commit, p50 / p99 | reference to it: wall, CPU |")
    print("|---|---|---|---|---|---|---|")

    def best(system, figure):
        return min(one[figure] for one in runs[system])

    for system, figures in runs.items():
        each = [t for one in figures for t in one["each"]]
        columns = [system]
        for figure in ("wall", "cpu"):
            columns.append(f"{seconds(best(system, figure))} / {seconds(statistics.median(one[figure] for one in figures))}")
        columns.append(f"{max(one['rss_mb'] for one in figures):.0f} MB")
        columns.append(str(requests.get(system, "")))
        columns.append(f"{seconds(percentile(each, 0.5))} / {seconds(percentile(each, 0.99))}" if each else "")
        columns.append(", ".join(f"{best('reference', f) / max(best(system, f), 1e-9):.2f}" for f in ("wall", "cpu")))
        print("| " + " | ".join(columns) + " |", flush=True)


if __name__ == "__main__":
    main()
