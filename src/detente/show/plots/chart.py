"""A chart on a sheet: two scales, points that are thinned where they fall on each other, and labels
that keep out of each other's way."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import cos, hypot, isfinite, pi, sin
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detente.show.plots.style import FAINT, INK, SMALL, Sheet, height_of, width_of

Point = tuple[float, float]
Box = tuple[float, float, float, float]
"""Left, top, right, bottom."""

MARGIN_SHARE = 0.06
"""Of a scale's length, left free at either end."""
TICKS = 6
MANY = 2_000
FINE, COARSE = 0.75, 2.5
"""Points of the sheet below which marks count as one; coarse where there are many."""
REACH = (10.0, 13.0, 18.0, 24.0, 31.0, 39.0)
"""Points from a mark to its label, tried in turn."""


@dataclass(frozen=True)
class Chart:
    """A rectangle of a sheet with a scale along each side.

    `low`, `high` : the ends of the scales, (across, up)
    """

    left: float
    top: float
    width: float
    height: float
    low: Point
    high: Point

    @classmethod
    def around(
        cls, left: float, top: float, width: float, height: float, table: NDArray[np.float64]
    ) -> Chart:
        """The chart whose scales hold these points.

        `table` : float64 (num_points, 2)
        """
        ends = [_ends(column) for column in table.T]
        (low_x, high_x), (low_y, high_y) = ends
        return cls(left, top, width, height, (low_x, low_y), (high_x, high_y))

    def at(self, x: float, y: float) -> Point:
        """Where a point stands on the sheet."""
        across = (x - self.low[0]) / (self.high[0] - self.low[0])
        up = (y - self.low[1]) / (self.high[1] - self.low[1])
        return self.left + across * self.width, self.top + (1 - up) * self.height

    def holds(self, x: float, y: float) -> bool:
        """Whether the scales reach so far."""
        return self.low[0] <= x <= self.high[0] and self.low[1] <= y <= self.high[1]

    def draw_frame(self, sheet: Sheet) -> None:
        """The scales, with their numbers."""
        right, bottom = self.left + self.width, self.top + self.height
        sheet.line([(self.left, self.top), (self.left, bottom), (right, bottom)], stroke=0.8)
        for value in _ticks(self.low[0], self.high[0]):
            x, _ = self.at(value, self.low[1])
            sheet.line([(x, bottom), (x, bottom + 3)], stroke=0.8)
            sheet.text(x, bottom + 5 + SMALL / 2, tick_text(value), size=SMALL, at="center")
        for value in _ticks(self.low[1], self.high[1]):
            _, y = self.at(self.low[0], value)
            sheet.line([(self.left - 3, y), (self.left, y)], stroke=0.8)
            sheet.text(self.left - 5, y, tick_text(value), size=SMALL, at="right")

    @property
    def tick_width(self) -> float:
        """How much room the numbers at the left take."""
        return 6 + max(
            (width_of(tick_text(v), SMALL) for v in _ticks(self.low[1], self.high[1])), default=0.0
        )

    def thinned(self, table: NDArray[np.float64]) -> list[Point]:
        """Where points stand on the sheet; one for those that could not be told apart.

        `table` : float64 (num_points, 2); points outside the scales are left out
        """
        step = FINE if len(table) <= MANY else COARSE
        low, high = np.array(self.low), np.array(self.high)
        inside = np.isfinite(table).all(axis=1)
        inside &= ((table >= low) & (table <= high)).all(axis=1)
        share = (table[inside] - low) / (high - low) * [self.width, self.height] / step
        cells = np.unique(np.round(share), axis=0) * step
        bottom = self.top + self.height
        return [(self.left + x, bottom - y) for x, y in cells.tolist()]


def _ends(column: NDArray[np.float64]) -> tuple[float, float]:
    finite = column[np.isfinite(column)]
    low, high = (float(finite.min()), float(finite.max())) if len(finite) else (0.0, 1.0)
    room = MARGIN_SHARE * (high - low)
    if not room > 1e-12 * max(abs(low), abs(high)) or not isfinite(room):
        room = 0.1 * max(abs(low), abs(high)) or 1.0
    return low - room, high + room


def _ticks(low: float, high: float) -> list[float]:
    """Round numbers on a scale.

    >>> _ticks(-0.1, 1.1)
    [0.0, 0.25, 0.5, 0.75, 1.0]
    """
    from matplotlib.ticker import MaxNLocator

    found = MaxNLocator(TICKS, steps=[1, 2, 2.5, 5, 10]).tick_values(low, high)
    unit = max(abs(low), abs(high))
    tidy = [0.0 if abs(v) < 1e-9 * unit else float(f"{v:.12g}") for v in found]
    return [v for v in tidy if low <= v <= high]


def tick_text(value: float) -> str:
    """A number on a scale.

    >>> tick_text(2500.0), tick_text(-0.25), tick_text(3e12)
    ('2500', '-0.25', '3e+12')
    """
    return f"{value:.12g}" if 1e-4 <= abs(value) < 1e7 or not value else f"{value:g}"


def near(value: Any) -> float:
    """A number as a float, infinite where none holds it."""
    try:
        return float(value)
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")


# ── labels ─────────────────────────────────────────────────────────────────────────────────────


def place_labels(
    sheet: Sheet, labels: Sequence[tuple[Point, str]], marks: Iterable[Point], inside: Box
) -> None:
    """Write labels beside their points, off each other and off the marks, with a line to those
    that had to go far.

    `labels` : where the point stands, and what is written
    `marks` : points that labels should not cover, those of the labels among them
    `inside` : the labels stay within
    """
    taken: list[Box] = []
    dots = np.array(list(marks), dtype=np.float64).reshape(-1, 2)
    for point, text in labels:
        wide, high = width_of(text, SMALL, bold=True), height_of(1, SMALL)
        close = dots[(np.abs(dots - point) < REACH[-1] + wide + high).all(axis=1)]
        box = _free_box(point, wide, high, taken, close, inside)
        taken.append(box)
        x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
        if hypot(x - point[0], y - point[1]) > REACH[1] + wide / 2:
            sheet.line([point, (x, y)], stroke=0.5, color=FAINT, above=3)
        sheet.text(x, y, text, size=SMALL, at="center", bold=True, color=INK, above=6, backed=True)


def _free_box(
    point: Point, wide: float, high: float, taken: Sequence[Box],
    dots: NDArray[np.float64], inside: Box,
) -> Box:  # fmt: skip
    """The nearest place for a label that covers no other, and as few marks as can be."""
    best: tuple[float, Box] | None = None
    for reach in REACH:
        for k in range(16):
            angle = -pi / 4 + (k + 1) // 2 * (-1) ** k * pi / 8
            x = point[0] + (reach + wide / 2 - 2) * cos(angle)
            y = point[1] + (reach + high / 2 - 4) * sin(angle)
            box = (x - wide / 2, y - high / 2, x + wide / 2, y + high / 2)
            out = box[0] < inside[0] or box[1] < inside[1]
            out |= box[2] > inside[2] or box[3] > inside[3]
            cost = 1000.0 * sum(_overlap(box, other) for other in taken) + 500.0 * out
            cost += 10.0 * _covered(box, dots) + reach
            if best is None or cost < best[0]:
                best = (cost, box)
        if best is not None and best[0] < 10 + reach:
            break
    assert best is not None
    return best[1]


def _overlap(one: Box, other: Box) -> bool:
    return (
        one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
    )


def _covered(box: Box, dots: NDArray[np.float64], room: float = 3.0) -> int:
    """How many marks a box, with some room around it, covers."""
    x, y = dots.T
    inside = (x > box[0] - room) & (x < box[2] + room) & (y > box[1] - room) & (y < box[3] + room)
    return int(np.count_nonzero(inside))
