#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Draws what run.py measured: one SVG for each chart, with a panel of bars for each workload, legible on light and dark.

Usage: plot.py RESULTS.json OUT_DIR
"""
import json
import pathlib
import sys
import textwrap
from html import escape

import report

WIDTH, LABELS, BAR, LINE = 860, 290, 16, 15
STYLE = """
text { font: 12px system-ui, sans-serif; fill: #24292f } .title { font-size: 16px; font-weight: 600 } .what { font-weight: 600 }
.note, .tick { fill: #59636e; font-size: 11px } .grid { stroke: #d1d9e0 } .varve { fill: #0969da } .peer { fill: #bf8700 } .floor { fill: #8c959f }
@media (prefers-color-scheme: dark) {
  text { fill: #f0f6fc } .note, .tick { fill: #9198a1 } .grid { stroke: #3d444d } .varve { fill: #4493f8 } .peer { fill: #d29922 } .floor { fill: #6e7681 }
}"""


def text(x, y, words, style="", anchor="start"):
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" class="{style}">{escape(words)}</text>'


def axis(most):
    """The unit of an axis that ends at `most` seconds."""
    return next((unit, factor) for unit, factor in (("s", 1), ("ms", 1e3), ("µs", 1e6), ("ns", 1e9)) if most * factor >= 1)


def step_of(most):
    """A round length, of which between two and six fit into `most`."""
    power = 10.0 ** -9
    while True:
        for factor in (1, 2, 5):
            if most / (power * factor) < 6:
                return power * factor
        power *= 10


def panel(y, name, workload):
    """The bars of one workload from `y` down, on a linear axis of its own; the elements, and where they end."""
    values = {system: report.best(one, "wall") for system, one in workload["systems"].items()}
    width, most, out = WIDTH - LABELS - 100, max(values.values()), []
    for line in textwrap.wrap(f"{name}: {workload['what']}", 115):
        out.append(text(0, y + 12, line, "what"))
        y += LINE
    y += 6
    bottom = y + len(values) * (BAR + 4)
    step, (unit, factor) = step_of(most), axis(most)
    for i in range(int(most / step) + 1):
        x = LABELS + width * i * step / most
        out.append(f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{y}" y2="{bottom}" class="grid"/>')
        out.append(text(x, bottom + 12, f"{i * step * factor:g} {unit}" if i else "0", "tick", "middle"))
    for system, value in values.items():
        out.append(text(LABELS - 8, y + BAR - 4, system, "", "end"))
        out.append(f'<rect x="{LABELS}" y="{y}" width="{width * value / most:.1f}" height="{BAR}" class="{workload["systems"][system]["kind"]}"/>')
        out.append(text(LABELS + width * value / most + 5, y + BAR - 4, report.seconds(value)))
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
        about = [f"Wall time, of one operation where there are many: less is better. The best of {' or '.join(map(str, rounds))} rounds; each panel has its own linear axis.",
                 "Blue: varve. Yellow: peers. Grey: floors, the same without any library.", f"{results['date']}; {versions}; {results['machine']}."]
        path = folder / (title.lower().replace(" ", "-") + ".svg")
        path.write_text(chart(title, workloads, about))
        print(path)


if __name__ == "__main__":
    main()
