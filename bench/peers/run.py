#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""varve beside its peers: every round starts each system once, in turn, as a fresh process.

Usage, from run.sh: run.py VARVE_DRIVER REFERENCE_DRIVER PYTHON [--rounds N] [--shapes] [WORKLOAD...]

A workload is a name in catalogue.py, or the beginning of several: `refs_native`. With --shapes each also runs in its two
other shapes. All read the same repositories, which varve wrote; TensorStore and zarrs, which have no versions, a plain copy.
Wall time, CPU (user and system, of the client alone) and the peak of memory are what the drivers report of the part that
counts; requests are counted at a proxy in one more run that is not timed. Prints tables, Markdown, and writes everything
measured to build/peers/results.json, which report.py and plot.py read.
"""
import argparse
import asyncio
import json
import os
import pathlib
import platform
import subprocess
import sys
import threading
import time
import urllib.request

import report
from catalogue import CHARTS, RARE, choose
from workloads import ENDPOINT, Bench

RESULTS = pathlib.Path("build/peers")
AWAY_MS = 20  # each way
UNORDERED = ("writers", "tasks")  # their operations overlap, so that first and last ones mean nothing


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


def set_distance():
    for stream in ("upstream", "downstream"):
        toxic = {"type": "latency", "stream": stream, "attributes": {"latency": AWAY_MS, "jitter": 0}}
        request = urllib.request.Request(os.environ["VARVE_TEST_TOXIPROXY"] + "/proxies/s3/toxics", json.dumps(toxic).encode(),
                                         {"content-type": "application/json"})
        urllib.request.urlopen(request).close()


def progress(text):
    if sys.stderr.isatty():
        print(f"\r{text:78}", end="\r", file=sys.stderr, flush=True)


def measure(name, workload, rounds, proxy):
    """All rounds of one workload, as results.json has them."""
    kinds = {system: "varve" if system.startswith("varve") else "peer" for system in workload.systems}
    kinds |= dict.fromkeys(workload.asides, "aside") | dict.fromkeys(workload.floors, "floor")
    systems = {system: {"kind": kind, "runs": []} for system, kind in kinds.items()}
    starts = {**workload.systems, **workload.asides, **workload.floors}
    for done in range(rounds):
        turn = done % len(starts)  # somebody else begins in each round
        for system, start in list(starts.items())[turn:] + list(starts.items())[:turn]:
            progress(f"{name}: round {done + 1} of {rounds}, {system}")
            figures = {"operations": workload.operations, "ordered": not name.startswith(UNORDERED), **start(workload.endpoint)}
            if figures["answer"] != workload.answer:
                sys.exit(f"{name}: {system} answered {figures['answer']}, not {workload.answer}")
            systems[system]["runs"].append(figures)
    if workload.endpoint is not None:
        for system, start in workload.systems.items():
            before = proxy.requests
            start(f"http://127.0.0.1:{proxy.port}")
            systems[system]["requests"] = proxy.requests - before
    progress("")
    return {"what": workload.what, "chart": CHARTS[name.partition(".")[0]], "systems": systems}


def versions(python):
    """Of all that is compared, as they were built or installed."""
    listed = pathlib.Path(__file__).with_name("reference") / "Cargo.lock"
    known = {"reference": listed.read_text().split('name = "icechunk"\nversion = "')[1].partition('"')[0]}
    header = pathlib.Path("include/varve/core/version.hpp").read_text()
    known["varve"] = ".".join(header.split(f"VARVE_VERSION_{part} ")[1].split()[0] for part in ("MAJOR", "MINOR", "PATCH"))
    for package in ("tensorstore", "zarrs"):
        ask = f"import importlib.metadata as m; print(m.version({package!r}))"
        known[package] = subprocess.run([python, "-c", ask], capture_output=True, text=True, check=True).stdout.strip()
    return known


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("varve")
    parser.add_argument("reference")
    parser.add_argument("python")
    parser.add_argument("workloads", nargs="*")
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--shapes", action="store_true", help="each workload also in its two other shapes")
    options = parser.parse_intermixed_args()
    chosen = choose(options.workloads, options.shapes)
    RESULTS.mkdir(parents=True, exist_ok=True)
    set_distance()
    bench = Bench(options.varve, options.reference, options.python)
    proxy = CountingProxy()
    kernel = f"{platform.system()} {platform.release().partition('-')[0]}"
    results = {"date": time.strftime("%Y-%m-%d"), "machine": f"{os.cpu_count()} cores, {kernel}",
               "versions": versions(options.python), "away_ms": AWAY_MS, "workloads": {}}
    for name, (method, given) in chosen.items():
        rounds = options.rounds or (1 if name.partition(".")[0] in RARE else 5)
        progress(f"{name}: preparing")
        results["workloads"][name] = measure(name, method(bench, **given), rounds, proxy)
        print(report.of_workload(name, results["workloads"][name]), flush=True)
        (RESULTS / "results.json").write_text(json.dumps(results, indent=1))
    print(report.summary(results))
    print(f"\nload average {os.getloadavg()[0]:.1f}; every run is in {RESULTS / 'results.json'}")


if __name__ == "__main__":
    main()
