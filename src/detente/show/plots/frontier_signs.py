"""The signs of a frontier's chart, alike in the chart, the table and the legend."""

from __future__ import annotations

from collections.abc import Sequence
from math import cos, pi, sin
from typing import Any

from detente.show.plots.chart import Point
from detente.show.plots.style import INK, PAPER, Sheet

GREY = "#9a9a9a"
SHAPES = {"nash": 3, "kalai-smorodinsky": 4, "egalitarian": 4, "utilitarian": 3}
"""Rule → corners of its sign."""


def dots(sheet: Sheet, points: Sequence[Point], fill: str, edge: str, size: float) -> None:
    """Many round marks at once."""
    if points:
        x, y = zip(*points, strict=True)
        scale = sheet.scale
        sheet.axes.plot(
            x, y, linestyle="none", marker="o", markersize=size * scale, markerfacecolor=fill,
            markeredgecolor=edge, markeredgewidth=0.6 * scale, zorder=2 if fill != INK else 4,
            clip_on=False,
        )  # fmt: skip


def sign_without(sheet: Sheet, x: float, y: float) -> None:
    for way in (1, -1):
        sheet.line([(x - 3.5, y - 3.5 * way), (x + 3.5, y + 3.5 * way)], stroke=1.8, above=5)


def sign_picked(sheet: Sheet, x: float, y: float) -> None:
    sheet.disc(x, y, 5.2, fill="none", stroke=1.2, above=4)
    dots(sheet, [(x, y)], INK, INK, 4.2)


def sign_rule(sheet: Sheet, x: float, y: float, rule: str, around: int = 0) -> None:
    """The sign of a rule; `around` so many others at the same place."""
    corners, radius = SHAPES[rule], 4.6
    turn = pi / 4 if corners == 4 else 0.0
    if rule == "egalitarian":  # a square on its corner, told from the upright one
        turn, radius = 0.0, 5.2
    if rule == "utilitarian":  # a triangle upside down
        turn = pi
    radius *= 1.6**around
    angles = [turn + 2 * pi * k / corners for k in range(corners)]
    points = [(x + radius * sin(angle), y - radius * cos(angle)) for angle in angles]
    sheet.shape(points, fill=PAPER, stroke=1.2, above=5)


def _sign_line(sheet: Sheet, x: float, y: float) -> None:
    sheet.line([(x - 9, y), (x + 9, y)], stroke=1.0)


SIGNS: dict[str, Any] = {
    "front": lambda sheet, x, y: dots(sheet, [(x, y)], INK, INK, 4.2),
    "line": _sign_line,
    "zone": lambda sheet, x, y: dots(sheet, [(x, y)], GREY, GREY, 2.6),
    "other": lambda sheet, x, y: dots(sheet, [(x, y)], PAPER, GREY, 2.6),
    "without": sign_without,
    "picked": sign_picked,
    **{
        rule: (lambda sheet, x, y, rule=rule: sign_rule(sheet, x, y, rule)) for rule in SHAPES
    },
}
