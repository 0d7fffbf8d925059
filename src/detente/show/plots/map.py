"""The map of two parameters as a picture: regions hatched by verdict, with their boundaries."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING

from detente.show.maps import about, how, verdict_text
from detente.show.plots.chart import Chart, Point
from detente.show.plots.legend import Legend, Sign
from detente.show.plots.style import (
    BODY,
    INK,
    PAPER,
    SMALL,
    TITLE,
    Sheet,
    drawing,
    height_of,
    inches,
    shortened,
    wrapped,
)
from detente.stability.following.course import Standing
from detente.stability.robustness.maps.mapped import (
    Area,
    Band,
    RegionMap,
    Verdict,
    is_line,
    levels,
    near,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

WIDE, HIGH = 330.0, 250.0
"""Points of the rectangle."""
MARGIN = 14.0
LEGEND_COLUMNS, TITLE_COLUMNS = 60, 70
LOOKS = (
    ("#e4e4e4", "////"), ("#d2d2d2", "...."), ("#c4c4c4", "\\\\\\\\"), ("#eeeeee", "xxxx"),
    ("#b4b4b4", ""), ("#dcdcdc", "++++"), ("#a8a8a8", "oooo"), ("#cccccc", "----"),
    ("#f4f4f4", "||||"), ("#9c9c9c", "//"), ("#f4f4f4", ".."), ("#bcbcbc", "\\\\"),
    ("#a0a0a0", "xx"), ("#8c8c8c", ""), ("#f0f0f0", "oo"), ("#acacac", "||"),
)  # fmt: skip
"""Fill and hatching of the verdicts in turn; `stable` is left white."""
UNDECIDED = "#5a5a5a"

Look = tuple[str, str]


def map_picture(found: RegionMap, size: str | tuple[float, float] | None = None) -> Figure:
    """A picture of a map; `size` in inches, as (width, height) or '8x5'.

    Raises NotSupported where matplotlib is not installed.
    """
    fitted = inches(size)
    with drawing():
        return _Picture(found).draw(fitted)


class _Picture:
    def __init__(self, found: RegionMap) -> None:
        self.found = found
        self.looks: dict[Verdict, Look] = {}
        for verdict in found.shares:
            stable = isinstance(verdict, Standing) and verdict.stable == "always"
            self.looks[verdict] = (PAPER, "") if stable else LOOKS[
                sum(look[0] != PAPER for look in self.looks.values()) % len(LOOKS)
            ]  # fmt: skip
        self.notes = [*wrapped(about(found), TITLE_COLUMNS, 2), *wrapped(how(found), 88, 2)]

    def draw(self, size: tuple[float, float] | None) -> Figure:
        left, right, low, high = map(float, self.found.within)
        top = MARGIN + height_of(1, TITLE) + height_of(len(self.notes), BODY) + 30
        legend = Legend(self._legend(), WIDE + 40)
        chart = Chart(0, top, WIDE, HIGH, (left, low), (right, high))
        start = MARGIN + chart.tick_width + 18
        chart = Chart(start, top, WIDE, HIGH, (left, low), (right, high))
        bottom = top + HIGH + 34
        sheet = Sheet(start + WIDE + MARGIN + 24, bottom + legend.height + MARGIN, size)
        title = shortened(self.found.title, TITLE_COLUMNS)
        sheet.text(MARGIN, MARGIN + height_of(0.5, TITLE), title, size=TITLE, bold=True)
        for k, line in enumerate(self.notes):
            y = MARGIN + height_of(1, TITLE) + height_of(k + 0.5, BODY) + 2
            sheet.text(MARGIN, y, line)
        self._regions(sheet, chart)
        self._edges(sheet, chart)
        self._here(sheet, chart)
        chart.draw_frame(sheet)
        across, up = self.found.names
        sheet.text(start + WIDE / 2, top + HIGH + 22, across, at="center", italic=True)
        sheet.text(MARGIN, top - 13, up, size=SMALL, italic=True)
        legend.draw(sheet, MARGIN, bottom)
        return sheet.figure

    def _legend(self) -> list[tuple[Sign, str]]:
        entries = [
            (_swatch(look), shortened(verdict_text(self.found, verdict), LEGEND_COLUMNS))
            for verdict, look in self.looks.items()
        ]
        if self.found.undecided:
            entries.append((_swatch((UNDECIDED, "")), "undecided"))
        x, y = self.found.values
        left, right, low, high = self.found.within
        if left <= x <= right and low <= y <= high:
            entries.append((_cross, "the values now"))
        return entries

    def _regions(self, sheet: Sheet, chart: Chart) -> None:
        """What has one verdict is one shape, so that its hatching goes on across patches."""
        outlines: dict[Look, list[list[Point]]] = {}
        for patch in self.found.patches:
            if patch.bands:
                for band in patch.bands:
                    for area in band.areas:
                        look = self.looks[area.verdict]
                        outlines.setdefault(look, []).append(list(_outline(chart, band, area)))
            else:
                look = self.looks[patch.verdict] if patch.decided else (UNDECIDED, "")
                a, b, c, d = map(float, patch.box)
                corners = [chart.at(*p) for p in ((a, c), (b, c), (b, d), (a, d))]
                outlines.setdefault(look, []).append(corners)
        for (fill, _), pieces in outlines.items():
            for piece in pieces:  # a hair wider, or the paper shows between two
                sheet.shape(piece, fill=fill, color=fill, stroke=0.3, above=0)
        for (_, hatch), pieces in outlines.items():
            for piece in pieces if hatch else ():
                sheet.shape(piece, fill="none", hatch=hatch, stroke=0.0, above=1)

    def _edges(self, sheet: Sheet, chart: Chart) -> None:
        """Lines where verdicts meet: the curves, and level ones between bands."""
        for patch in self.found.patches:
            for band in patch.bands:
                for one, other in pairwise(band.areas):
                    line = [chart.at(right, y) for y, _, right in _spans(band, one)]
                    stroke = 1.1 if one.verdict != other.verdict else 0.5
                    sheet.line(line, stroke=stroke, above=3)
            for lower, upper in pairwise(patch.bands):
                self._level(sheet, chart, lower, upper)

    def _level(self, sheet: Sheet, chart: Chart, lower: Band, upper: Band) -> None:
        below = [(_spans(lower, a)[-1][1:], a.verdict) for a in lower.areas]
        above = [(_spans(upper, a)[0][1:], a.verdict) for a in upper.areas]
        y = float(near(upper.low))
        for (a, b), one in below:
            for (c, d), other in above:
                if one != other and min(b, d) - max(a, c) > 1e-4 * (chart.high[0] - chart.low[0]):
                    ends = [chart.at(max(a, c), y), chart.at(min(b, d), y)]
                    sheet.line(ends, stroke=1.1, above=3)

    def _here(self, sheet: Sheet, chart: Chart) -> None:
        x, y = map(float, self.found.values)
        if chart.holds(x, y):
            at = chart.at(x, y)
            sheet.disc(*at, 4.5, fill=PAPER, color=PAPER, above=4)
            _plus(sheet, *at)


def _outline(chart: Chart, band: Band, area: Area) -> Iterator[Point]:
    spans = _spans(band, area)
    for y, left, _ in spans:
        yield chart.at(left, y)
    for y, _, right in reversed(spans):
        yield chart.at(right, y)


def _spans(band: Band, area: Area) -> list[tuple[float, float, float]]:
    """(value upwards, from, to), from the lower end of the band to the upper one."""
    low, high = near(band.low), near(band.high)
    hair = (high - low) * Fraction(1, 10**6)
    straight = all(is_line(curve.terms) for curve in (area.left, area.right))
    inside = () if straight else levels(band, 24)
    return [(float(y), *area.span(y)) for y in (low + hair, *inside, high - hair)]


def _swatch(look: Look) -> Sign:
    def draw(sheet: Sheet, x: float, y: float) -> None:
        sheet.box(x, y - 4, 20, 8, fill=look[0], hatch=look[1], stroke=0.6)

    return draw


def _cross(sheet: Sheet, x: float, y: float) -> None:
    _plus(sheet, x + 10, y)


def _plus(sheet: Sheet, x: float, y: float) -> None:
    for dx, dy in ((3.5, 0.0), (0.0, 3.5)):
        sheet.line([(x - dx, y - dy), (x + dx, y + dy)], stroke=1.6, color=INK, above=5)
