"""What the signs of a picture mean, in as many lines as they need."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from detente.show.plots.style import SMALL, Sheet, width_of

Sign = Callable[[Sheet, float, float], None]
"""Draws a sign on a sheet, in `ROOM` points from x on, its middle at y."""

ROOM = 26.0
"""Points that a sign has."""
APART, LINE = 18.0, 13.0
"""From one entry to the next, and from line to line."""


class Legend:
    """Signs with their meanings, flowed into lines.

    `width` : points that there are for a line
    `height` : points that all lines take
    """

    def __init__(self, entries: Sequence[tuple[Sign, str]], width: float) -> None:
        self.lines: list[list[tuple[Sign, str]]] = []
        left = 0.0
        for entry in entries:
            needed = _width(entry[1])
            if not self.lines or needed > left:
                self.lines.append([])
                left = width
            self.lines[-1].append(entry)
            left -= needed
        self.height = LINE * len(self.lines)

    def draw(self, sheet: Sheet, left: float, top: float) -> None:
        """All lines below each other, from their top left corner."""
        for row, entries in enumerate(self.lines):
            x, y = left, top + LINE * (row + 0.5)
            for sign, text in entries:
                sign(sheet, x, y)
                sheet.text(x + ROOM, y, text, size=SMALL)
                x += _width(text)


def _width(text: str) -> float:
    return ROOM + width_of(text, SMALL) + APART
