"""results/inference.json as results/inference.svg: time of each engine as a share of ONNX Runtime's, by work and threads.

    python benchmarks/plot.py

The picture depends on nothing but the figures. It brings its own background, for light and for dark pages.
"""

from __future__ import annotations

import json
from typing import Any
from xml.etree import ElementTree as ET

from engines import OURS
from goals import PEERS, SPEED
from measure import RESULTS

WORK = {
    "1 x 16 tokens": "one text of 16 tokens",
    "1 x 128 tokens": "one text of 128 tokens",
    "1,000 sentences": "1,000 sentences, peers sort them by length",
    "32 at a time": "batches of 32 as they come, peers pad them",
    "1,000 texts": "1,000 sentences from text, tokenization included",
}
ENGINES = {
    OURS: "encoderfile",
    "onnxruntime int8": "ONNX Runtime int8, inexact",
    "torch sdpa": "torch, SDPA",
    "torch eager": "torch, eager",
    "sentence-transformers": "sentence-transformers",
}
LABELS, PANEL, GAP = 190, 300, 34  # widths
TOP, ROW, BAR, HEADING, SPACE = 74, 16, 11, 20, 10  # heights
NUMBER = 30  # the width of a ratio
SCALE = 2.5  # times ONNX Runtime's at the right end of a panel
STYLE = """
text { font: 12px system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; fill: #1f2328 }
.page { fill: #ffffff }
.title { font-size: 14px; font-weight: 600 }
.heading { font-weight: 600 }
.quiet { fill: #59636e }
.end { text-anchor: end }
.middle { text-anchor: middle }
.bar { fill: #b6bec8 }
.ours { fill: #1f6feb }
.reference { stroke: #59636e; stroke-width: 1.5; stroke-dasharray: 4 3 }
.goal { stroke: #d1242f; stroke-width: 2.5 }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3 }
  .page { fill: #0d1117 }
  .quiet { fill: #9198a1 }
  .bar { fill: #4a525c }
  .ours { fill: #4493f8 }
  .reference { stroke: #9198a1 }
  .goal { stroke: #ff7b72 }
}
"""


def picture(figures: dict[str, Any]) -> ET.Element:
    """The picture of what `figures["speed"]` holds."""
    groups = _groups(figures["speed"])
    width = LABELS + len(figures["speed"]) * (PANEL + GAP)
    height = TOP + 4 + sum(HEADING + SPACE + ROW * len(rows) for _, rows in groups)
    svg = ET.Element(
        "svg",
        {"xmlns": "http://www.w3.org/2000/svg", "viewBox": f"0 0 {width} {height}", "width": str(width), "role": "img"},
    )
    ET.SubElement(svg, "title").text = "Time of each engine as a share of ONNX Runtime's"
    ET.SubElement(svg, "style").text = STYLE
    ET.SubElement(svg, "rect", {"class": "page", "width": str(width), "height": str(height), "rx": "6"})
    _text(svg, 16, 26, "title", "Time for all-MiniLM-L6-v2, as a share of ONNX Runtime's in float32: shorter is faster")
    ET.SubElement(svg, "path", {"class": "goal", "d": f"M{width - 78} 15v13"})
    _text(svg, width - 70, 26, "quiet", "goal")
    for number, (threads, works) in enumerate(figures["speed"].items()):
        _panel(svg, LABELS + number * (PANEL + GAP), threads, works, groups)
    y = TOP
    for work, rows in groups:
        _text(svg, 16, y + 13, "heading", WORK[work])
        for row, engine in enumerate(rows):
            _text(
                svg, LABELS - 8, y + HEADING + row * ROW + 10, "end" if engine == OURS else "end quiet", ENGINES[engine]
            )
        y += HEADING + SPACE + ROW * len(rows)
    return svg


def _groups(speed: dict[str, Any]) -> list[tuple[str, list[str]]]:
    measured = next(iter(speed.values()))
    return [(work, [engine for engine in ENGINES if engine in measured[work]]) for work in WORK if work in measured]


def _panel(svg: ET.Element, x: int, threads: str, works: dict[str, Any], groups: list[tuple[str, list[str]]]) -> None:
    one = x + PANEL / SCALE
    _text(svg, x, TOP - 14, "heading", threads)
    _text(svg, one, TOP - 14, "middle quiet", "ONNX Runtime")
    y = TOP
    for work, rows in groups:
        y += HEADING
        ET.SubElement(svg, "path", {"class": "reference", "d": f"M{one:.1f} {y - 3}v{ROW * len(rows) + 2}"})
        for engine in rows:
            ratio = works[work][engine]["/ onnxruntime"]
            length = PANEL * min(ratio, SCALE) / SCALE
            kind = "ours" if engine == OURS else "bar"
            ET.SubElement(
                svg, "rect", {"class": kind, "x": str(x), "y": str(y), "width": f"{length:.1f}", "height": str(BAR)}
            )
            goal = _goal(threads, work, works[work]) if engine == OURS else None
            end = length
            if goal:
                end = max(length, PANEL * goal / SCALE + 2)
                ET.SubElement(svg, "path", {"class": "goal", "d": f"M{x + PANEL * goal / SCALE:.1f} {y - 2}v{BAR + 4}"})
            beside = x + end + 5
            if one - NUMBER < beside < one + 5:  # not on the line
                beside = one + 5
            _text(svg, beside, y + 10, "heading" if engine == OURS else "quiet", f"{ratio:.2f}")
            y += ROW
        y += SPACE


def _goal(threads: str, work: str, engines: dict[str, Any]) -> float | None:
    """Against ONNX Runtime, or against the peer that does this work in its place."""
    peer = "sentence-transformers"
    if peer in engines:
        return float(PEERS[peer] * engines[peer]["/ onnxruntime"])
    return SPEED[threads].get(work)


def _text(svg: ET.Element, x: float, y: float, kind: str, text: str) -> None:
    ET.SubElement(svg, "text", {"class": kind, "x": f"{x:.1f}", "y": f"{y:.1f}"}).text = text


def main() -> None:
    """Draw it."""
    figures = json.loads((RESULTS / "inference.json").read_text())["figures"]
    svg = picture(figures)
    ET.indent(svg)
    (RESULTS / "inference.svg").write_text(ET.tostring(svg, encoding="unicode") + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
