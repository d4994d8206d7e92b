#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Draws what run.py measured: one SVG for each chart, with a panel of bars for each workload, legible on light and dark.

Usage: plot.py RESULTS.json OUT_DIR
"""
import json
import math
import pathlib
import sys
import textwrap
from html import escape

import report

WIDTH, LABELS, BAR, LINE = 860, 300, 16, 15
STYLE = """
text { font: 12px system-ui, sans-serif; fill: #24292f }
.title { font-size: 16px; font-weight: 600 } .what { font-weight: 600 }
.note, .tick { fill: #59636e; font-size: 11px } .grid { stroke: #d1d9e0 }
.varve { fill: #0969da } .peer { fill: #bf8700 } .aside { fill: #e3c57a } .floor { fill: #8c959f }
@media (prefers-color-scheme: dark) {
  text { fill: #f0f6fc } .note, .tick { fill: #9198a1 } .grid { stroke: #3d444d }
  .varve { fill: #4493f8 } .peer { fill: #d29922 } .aside { fill: #6f5a26 } .floor { fill: #6e7681 }
}"""


def text(x, y, words, style="", anchor="start"):
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" class="{style}">{escape(words)}</text>'


def label(value):
    unit, factor = next((unit, factor) for unit, factor in (("s", 1), ("ms", 1e3), ("µs", 1e6), ("ns", 1e9)) if value * factor >= 0.999)
    return f"{value * factor:g} {unit}"


def linear(most):
    """The share of the axis for a value, and the round values on it."""
    step = next(power * factor for power in (10.0 ** k for k in range(-9, 9)) for factor in (1, 2, 5) if most / (power * factor) < 6)
    return (lambda value: value / most), [i * step for i in range(1, int(most / step) + 1)]


def logarithmic(least, most):
    first, last = math.floor(math.log10(least)), math.log10(most)
    ticks = [10.0 ** k for k in range(first, math.floor(last) + 1)]
    return (lambda value: (math.log10(value) - first) / (last - first)), ticks


def panel(y, name, workload):
    """The bars of one workload from `y` down, on an axis of its own; the elements, and where they end."""
    values = {system: report.best(one, "wall") for system, one in workload["systems"].items()}
    least, most = min(values.values()), max(values.values())
    share, ticks = logarithmic(least, most) if most > 50 * least else linear(most)
    width, out = WIDTH - LABELS - 100, []
    what = f"{name}: {workload['what']}" + (" (logarithmic axis)" if most > 50 * least else "")
    for line in textwrap.wrap(what, 115):
        out.append(text(0, y + 12, line, "what"))
        y += LINE
    y += 6
    bottom = y + len(values) * (BAR + 4)
    for tick in ticks:
        x = LABELS + width * share(tick)
        out.append(f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{y}" y2="{bottom}" class="grid"/>')
        out.append(text(x, bottom + 12, label(tick), "tick", "middle"))
    for system, value in values.items():
        out.append(text(LABELS - 8, y + BAR - 4, system, "", "end"))
        length, kind = width * share(value), workload["systems"][system]["kind"]
        out.append(f'<rect x="{LABELS}" y="{y}" width="{length:.1f}" height="{BAR}" class="{kind}"/>')
        out.append(text(LABELS + length + 5, y + BAR - 4, report.seconds(value)))
        y += BAR + 4
    return out, bottom + 32


def chart(title, workloads, about):
    out, y = [], 24
    for name, workload in workloads.items():
        drawn, y = panel(y + 8, name, workload)
        out += drawn
    for line in about:
        out.append(text(0, y, line, "note"))
        y += LINE
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="-10 -6 {WIDTH + 20} {y + 6}" width="{WIDTH + 20}" height="{y + 6}" role="img">\n'
            f"<title>{escape(title)}</title><style>{STYLE}</style>\n" + "\n".join([text(0, 14, title, "title"), *out]) + "\n</svg>\n")


def main():
    results = json.loads(pathlib.Path(sys.argv[1]).read_text())
    folder = pathlib.Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    versions = ", ".join(f"{name} {version}" for name, version in results["versions"].items())
    charts = {}
    for name, workload in results["workloads"].items():
        charts.setdefault(workload["chart"], {})[name] = workload
    for title, workloads in charts.items():
        rounds = sorted({len(one["runs"]) for workload in workloads.values() for one in workload["systems"].values()})
        about = [f"Wall time, of one operation where there are many: less is better. The best of {' or '.join(map(str, rounds))} rounds.",
                 "Each panel has an axis of its own, from zero unless it says logarithmic.",
                 "Blue: varve. Yellow: peers; pale, what does less or has what is not its own. Grey: floors, the same without any library.",
                 report.FROM_PYTHON + ".", f"{results['date']}; {versions}; {results['machine']}."]
        path = folder / (title.lower().replace(" ", "-") + ".svg")
        path.write_text(chart(title, workloads, about))
        print(path)


if __name__ == "__main__":
    main()
