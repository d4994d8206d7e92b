# SPDX-License-Identifier: Apache-2.0
"""What run.py measured as tables in Markdown: one a workload, and a summary with a row for each.

Usage, for the tables of an earlier run: report.py RESULTS.json
"""
import json
import statistics
import sys


FROM_PYTHON = "TensorStore, OCDBT and zarrs are called from Python, imports not timed"


def percentile(values, share):
    return sorted(values)[int((len(values) - 1) * share)]


def seconds(value):
    for unit, factor in (("s", 1), ("ms", 1e3), ("µs", 1e6)):
        if value * factor >= 1 or unit == "µs":
            return f"{value * factor:.{2 if value * factor < 10 else 1}f} {unit}"


def best(system, figure):
    """The least of all rounds, for one operation where there are several."""
    return min(one[figure] / one["operations"] for one in system["runs"])


def of_kind(workload, kind):
    return {name: system for name, system in workload["systems"].items() if system["kind"] == kind}


def best_peer(workload):
    peers = of_kind(workload, "peer")
    return min(peers, key=lambda name: best(peers[name], "wall"), default=None)


def limit(workload):
    return next(iter(of_kind(workload, "floor")), None)


def ratio(system, other, figure):
    value = best(system, figure) / max(best(other, figure), 1e-9)
    return f"{value:.2f}" if value >= 0.1 else f"{value:.2g}"


def row(workload, name):
    system = workload["systems"][name]
    runs = system["runs"]
    cells = {"system": name}
    for figure, title in (("wall", "wall"), ("cpu", "CPU")):
        values = [one[figure] for one in runs]
        cells[f"{title}, min / median"] = f"{seconds(min(values))} / {seconds(statistics.median(values))}"
    cells["peak memory"] = f"{max(one['rss_mb'] for one in runs):.0f} MB"
    if "requests" in system:
        cells["requests"] = str(system["requests"])
    if runs[0]["operations"] > 1:
        cells["a second"] = f"{1 / best(system, 'wall'):,.0f}"
    each = [t for one in runs for t in one["each"]]
    if each:
        cells["one, p50 / p99"] = f"{seconds(percentile(each, 0.5))} / {seconds(percentile(each, 0.99))}"
        if len(runs[0]["each"]) >= 100 and runs[0]["ordered"]:
            tenth = len(runs[0]["each"]) // 10
            ends = [statistics.median(t for one in runs for t in one["each"][where]) for where in (slice(tenth), slice(-tenth, None))]
            cells["first / last tenth, p50"] = " / ".join(map(seconds, ends))
    for other, title in ((best_peer(workload), "to the best peer: wall, CPU"), (limit(workload), "to the limit: wall, CPU")):
        if other is not None:
            cells[title] = ", ".join(ratio(system, workload["systems"][other], figure) for figure in ("wall", "cpu"))
    return cells


def table(rows):
    titles = list(dict.fromkeys(title for cells in rows for title in cells))
    lines = [titles, ["---"] * len(titles)] + [[cells.get(title, "") for title in titles] for cells in rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def of_workload(name, workload):
    return f"\n**{name}**: {workload['what']}\n\n" + table([row(workload, system) for system in workload["systems"]])


def summary(results):
    """One row for varve in each workload: its best wall time beside the best peer's and the limit's."""
    rows = []
    for name, workload in results["workloads"].items():
        varve = workload["systems"]["varve"]
        cells = {"workload": name, "varve": seconds(best(varve, "wall"))}
        for other, title in ((best_peer(workload), "best peer"), (limit(workload), "limit")):
            if other is not None:
                system = workload["systems"][other]
                cells[title] = f"{seconds(best(system, 'wall'))} ({other})"
                cells[f"varve / {title}: wall, CPU"] = ", ".join(ratio(varve, system, figure) for figure in ("wall", "cpu"))
        rows.append(cells)
    titles = ["workload", "best peer", "limit", "varve", "varve / best peer: wall, CPU", "varve / limit: wall, CPU"]
    rows = [{title: cells.get(title, "") for title in titles} for cells in rows]
    return f"\n**Summary**, of one operation where there are many, wall times at their best; {FROM_PYTHON}\n\n" + table(rows)


if __name__ == "__main__":
    with open(sys.argv[1]) as file:
        measured = json.load(file)
    for workload_name, one in measured["workloads"].items():
        print(of_workload(workload_name, one))
    print(summary(measured))
