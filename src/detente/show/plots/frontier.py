"""The Pareto frontier with the zone of agreement and what each bargaining solution picks.

Two parties have one chart; more have one for each pair, in which the frontier's outcomes keep their
numbers. A table beside says what the numbers stand for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import cos, pi, sin
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from detente.errors import DetenteError, NotSupported
from detente.show.plots.chart import Chart, Point, near, place_labels
from detente.show.plots.style import (
    BODY,
    FAINT,
    INK,
    PAPER,
    SMALL,
    TITLE,
    Sheet,
    drawing,
    height_of,
    inches,
    shortened,
    width_of,
    wrapped,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from detente.stability.bargaining.problem import Problem
    from detente.stability.bargaining.report import Bargaining
    from detente.stability.bargaining.solutions import Pick, Solution

MOST = 20
"""Outcomes that get a number and a row unless told otherwise."""
SIDE = 250.0
"""Points of a chart's side; `SMALLER` where there are several."""
SMALLER = 190.0
MOST_PARTIES = 4
"""Parties whose pairs get a chart."""
MARGIN, GAP = 14.0, 14.0
NAME_COLUMNS, TITLE_COLUMNS, HEAD_COLUMNS = 36, 80, 14
_GREY = "#9a9a9a"
_ZONE = "#ececec"
_SHAPES = {"nash": 3, "kalai-smorodinsky": 4, "egalitarian": 4, "utilitarian": 3}
"""Rule → corners of its sign."""
NAMES = {
    "nash": "Nash",
    "kalai-smorodinsky": "Kalai–Smorodinsky",
    "egalitarian": "egalitarian",
    "utilitarian": "utilitarian",
}


def frontier(
    talks: Any,
    *,
    disagreement: str | Mapping[str, Any] | None = None,
    weights: Any = None,
    parties: Sequence[str] | None = None,
    round: int | None = None,
    lotteries: bool = True,
    most: int = MOST,
    size: str | tuple[float, float] | None = None,
    time_limit: float | None = None,
) -> Figure:
    """A picture of what the parties can get, the frontier, and where bargaining would end.

    Parameters
    ----------
    talks : a summit, a game, a bargaining problem, or the report of `bargaining` on one
    disagreement : what there is without agreement: "breakdown", "equilibrium", "security", or
        party → number
    weights : how much each party counts: "patience", or party → number; all alike unless given
    parties : who bargains
    round : the round that talks break down in, the last unless given
    lotteries : whether to show what can be had by drawing lots, too
    most : outcomes of the frontier that are numbered at most
    size : inches, as (width, height) or '8x5'

    Returns a matplotlib Figure. Raises NotSupported where there is nothing to bargain over, for
    one party alone, where the frontier was not found in time, and where matplotlib is not
    installed.

    >>> from detente.stability.bargaining.problem import Problem
    >>> figure = frontier(Problem.of([[0, 10], [4, 8], [10, 0]], parties=["A", "B"]))
    >>> [text.get_text() for text in figure.axes[0].texts][:1]
    ['What can be agreed on']
    """
    if isinstance(most, bool) or not isinstance(most, int) or most < 1:
        raise DetenteError(f"most is a number of outcomes, from 1 up; found {most!r}.")
    fitted = inches(size)
    with drawing():
        from detente.stability.bargaining.report import Bargaining, bargaining

        found = talks if isinstance(talks, Bargaining) else bargaining(
            talks, disagreement, weights, parties, round=round, time_limit=time_limit
        )  # fmt: skip
        return _Picture(_scene(found, lotteries, most)).draw(fitted)


# ── what is drawn ──────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class _Scene:
    """What the picture shows.

    `front`, `corners` : the frontier; its extreme points with lotteries
    `numbered` : the outcomes with a row in the table, in the order of the frontier
    `picked`, `drawn` : what the rules pick among outcomes as they are, and with lotteries
    `lacking` : what was not found in time
    """

    problem: Problem
    front: tuple[int, ...]
    corners: tuple[int, ...]
    numbered: list[int]
    picked: tuple[Solution, ...]
    drawn: tuple[Solution, ...]
    lacking: str

    def lots(self) -> list[tuple[str, Pick]]:
        """Rule and pick wherever lots are drawn for what no single outcome that it picks brings."""
        points = self.problem.points
        same = {s.rule: {points[k] for k in s.outcomes} for s in self.picked}
        return [
            (solution.rule, pick)
            for solution in self.drawn for pick in solution.picks
            if len(pick.odds) > 1 and pick.payoffs not in same.get(solution.rule, set())
        ]


def _scene(found: Bargaining, lotteries: bool, most: int) -> _Scene:
    problem, front = found.problem, found.pure
    if problem is None or front is None or found.solutions is None:
        raise NotSupported(f"there is no frontier to draw: {found.reason} Give it more time.")
    if problem.num_parties < 2:
        raise NotSupported(
            f"a frontier is drawn for two parties or more; here {problem.parties[0]} alone "
            "bargains. Name the parties."
        )
    # The most even outcome is no solution of its own but another reading of one.
    picked = tuple(solution for solution in found.solutions if solution.rule in NAMES)
    drawn = (found.lotteries or ()) if lotteries else ()
    corners = (found.corners or ()) if lotteries else ()
    chosen = [k for solution in picked for k in solution.outcomes]
    zone = set(problem.zone)
    order = [*chosen, *corners, *sorted(front, key=lambda k: k not in zone)]
    kept = set(list(dict.fromkeys(order))[:most])
    place = {k: i for i, k in enumerate(front)}
    numbered = sorted(kept, key=lambda k: place.get(k, len(place)))
    return _Scene(problem, front, corners, numbered, picked, drawn, found.reason)


# ── drawing ────────────────────────────────────────────────────────────────────────────────────


class _Picture:
    """The charts at the left or above, the table beside or below them."""

    def __init__(self, scene: _Scene) -> None:
        self.scene, problem = scene, scene.problem
        self.pairs = list(combinations(range(min(problem.num_parties, MOST_PARTIES)), 2))
        self.table = _Table(scene)
        self.title = shortened(problem.title or "What can be agreed on", TITLE_COLUMNS)
        self.notes = list(self._notes())

    def draw(self, size: tuple[float, float] | None) -> Figure:
        side = SIDE if len(self.pairs) == 1 else SMALLER
        top = MARGIN + height_of(1, TITLE) + height_of(len(self.notes), BODY) + 10
        charts = self._charts(side, top)
        right = max(chart.left + chart.width for chart in charts)
        bottom = max(chart.top + chart.height for chart in charts) + 30
        beside = len(self.pairs) == 1
        left = right + 2 * GAP if beside else MARGIN
        table_top = top if beside else bottom + GAP
        ends = (left + self.table.width, table_top + self.table.height)
        legend = self._legend()
        inner = max([
            right, ends[0], MARGIN + width_of(self.title, TITLE, bold=True),
            *(MARGIN + width_of(note, BODY) for note in self.notes),
        ])  # fmt: skip
        lines = _flowed(legend, inner - MARGIN)
        low = max(bottom, ends[1])
        sheet = Sheet(inner + MARGIN, low + 10 + 13 * len(lines) + MARGIN, size)
        sheet.text(MARGIN, MARGIN + TITLE / 2, self.title, size=TITLE, bold=True)
        for i, note in enumerate(self.notes):
            sheet.text(MARGIN, MARGIN + height_of(1, TITLE) + 2 + height_of(i + 0.5, BODY), note)
        for pair, chart in zip(self.pairs, charts, strict=True):
            self._chart(sheet, chart, pair)
        self.table.draw(sheet, left, table_top)
        for row, entries in enumerate(lines):
            x = MARGIN
            for sign, text in entries:
                _SIGNS[sign](sheet, x + 8, low + 14 + 13 * row)
                sheet.text(x + 22, low + 14 + 13 * row, text, size=SMALL)
                x += width_of(text, SMALL) + 36
        return sheet.figure

    def _notes(self) -> Iterator[str]:
        problem = self.scene.problem
        unit = f" in {problem.unit}" if problem.unit else ""
        found = len(problem.zone)
        yield (
            f"What each gets if all comply{unit}: {len(problem.points):,} outcomes, {found:,} of "
            f"them in the zone of agreement, {len(self.scene.front):,} on the frontier."
        )
        if self.scene.lacking:
            yield f"Stopped early: {shortened(self.scene.lacking, TITLE_COLUMNS)}"
        if problem.num_parties > MOST_PARTIES:
            first = ", ".join(problem.parties[:MOST_PARTIES])
            yield f"Charts of the first {MOST_PARTIES} of {problem.num_parties} parties: {first}."

    def _charts(self, side: float, top: float) -> list[Chart]:
        """Side by side, at most three in a row."""
        charts: list[Chart] = []
        x, y = MARGIN, top
        for i, pair in enumerate(self.pairs):
            if i and not i % 3:
                x, y = MARGIN, y + side + 52
            view = self._view(pair)
            chart = Chart.around(0, 0, side, side, view)
            left = x + chart.tick_width
            head = y + height_of(1, BODY) + 4
            charts.append(Chart(left, head, side, side, chart.low, chart.high))
            x = left + side + 2 * GAP
        return charts

    def _view(self, pair: tuple[int, int]) -> NDArray[np.float64]:
        """The points that a chart has to hold: the frontier, the zone, and no agreement."""
        problem = self.scene.problem
        shown = sorted({*self.scene.front, *problem.zone})
        table = problem.points.approx[np.ix_(shown, pair)] if shown else np.zeros((0, 2))
        without = [[near(problem.disagreement[i]) for i in pair]]
        return np.vstack([table, np.array(without)])

    def _chart(self, sheet: Sheet, chart: Chart, pair: tuple[int, int]) -> None:
        problem, scene = self.scene.problem, self.scene
        self._zone(sheet, chart, pair)
        chart.draw_frame(sheet)
        across, up = (shortened(problem.parties[i], HEAD_COLUMNS * 2) for i in pair)
        sheet.text(chart.left, chart.top - 4 - BODY / 2, up, bold=True)
        below = chart.top + chart.height + 16 + BODY / 2
        sheet.text(chart.left + chart.width, below, across, at="right", bold=True)
        table = problem.points.approx[:, pair]
        front = np.array(scene.front, dtype=np.intp)
        dominated = np.ones(len(table), dtype=bool)
        dominated[front] = False
        inside = problem.in_zone
        plain = chart.thinned(table[dominated & ~inside])
        in_zone = chart.thinned(table[dominated & inside])
        efficient = chart.thinned(table[front])
        _dots(sheet, plain, PAPER, _GREY, 2.6)
        _dots(sheet, in_zone, _GREY, _GREY, 2.6)
        if problem.num_parties == 2:
            line = [chart.at(*table[k]) for k in scene.corners]
            if len(line) > 1:
                sheet.line(line, stroke=1.0, above=3)
        _dots(sheet, efficient, INK, INK, 4.2)
        marks = [*plain, *in_zone, *efficient]
        marks += self._solutions(sheet, chart, pair)
        self._labels(sheet, chart, pair, marks)

    def _zone(self, sheet: Sheet, chart: Chart, pair: tuple[int, int]) -> None:
        """What leaves both no worse off, and where no agreement is."""
        without = [near(self.scene.problem.disagreement[i]) for i in pair]
        x, y = chart.at(*without)
        right = chart.left + chart.width
        look = {"fill": _ZONE, "color": _ZONE, "stroke": 0, "above": 0}
        sheet.box(x, chart.top, right - x, y - chart.top, **look)
        sheet.line([(x, chart.top), (x, y), (right, y)], stroke=0.7, color=FAINT, style=(0, (3, 2)))
        _sign_without(sheet, x, y)

    def _solutions(self, sheet: Sheet, chart: Chart, pair: tuple[int, int]) -> list[Point]:
        """Rings around what rules pick as it is, signs where they draw lots."""
        found: list[Point] = []
        points = self.scene.problem.points.approx
        rings = dict.fromkeys(k for solution in self.scene.picked for k in solution.outcomes)
        for k in rings:
            x, y = chart.at(*points[k, list(pair)])
            _sign_picked(sheet, x, y)
        places = [
            chart.at(*(near(pick.payoffs[i]) for i in pair)) for _, pick in self.scene.lots()
        ]
        for rule, pick in self.scene.lots():  # one around the other where they coincide
            x, y = chart.at(*(near(pick.payoffs[i]) for i in pair))
            _sign_rule(sheet, x, y, rule, sum(p == (x, y) for p in places) - 1)
            places.remove((x, y))
            found.append((x, y))
        return found

    def _labels(
        self, sheet: Sheet, chart: Chart, pair: tuple[int, int], marks: list[Point]
    ) -> None:
        points = self.scene.problem.points.approx
        labels: dict[Point, list[int]] = {}
        for number, k in enumerate(self.scene.numbered, start=1):
            x, y = points[k, list(pair)]
            if chart.holds(x, y):
                labels.setdefault(chart.at(x, y), []).append(number)
        without = chart.at(*(near(self.scene.problem.disagreement[i]) for i in pair))
        right, bottom = chart.left + chart.width + 10, chart.top + chart.height
        place_labels(
            sheet, [(point, _together(numbers)) for point, numbers in labels.items()],
            [*marks, without], (chart.left + 1, chart.top - 3, right, bottom - 1),
        )  # fmt: skip

    def _legend(self) -> list[tuple[str, str]]:
        scene = self.scene
        found = [("front", "on the frontier")]
        if scene.problem.num_parties == 2 and len(scene.corners) > 1:
            found.append(("line", "frontier with lotteries"))
        dominated = np.ones(len(scene.problem.points), dtype=bool)
        dominated[list(scene.front)] = False
        if (dominated & scene.problem.in_zone).any():
            found.append(("zone", "another outcome in the zone of agreement"))
        if (dominated & ~scene.problem.in_zone).any():
            found.append(("other", "another outside it"))
        found.append(("without", f"without agreement ({scene.problem.against})"))
        if any(solution.outcomes for solution in scene.picked):
            found.append(("picked", "what a bargaining solution picks"))
        for rule in dict.fromkeys(rule for rule, _ in scene.lots()):
            found.append((rule, f"{NAMES[rule]}, by lot"))
        return found


def _together(numbers: Sequence[int]) -> str:
    """Numbers of outcomes at one point.

    >>> _together([3, 4, 5]), _together([1, 4])
    ('3–5', '1, 4')
    """
    if len(numbers) > 2 and numbers[-1] - numbers[0] == len(numbers) - 1:
        return f"{numbers[0]}–{numbers[-1]}"
    return ", ".join(map(str, numbers))


# ── the table ──────────────────────────────────────────────────────────────────────────────────


class _Table:
    """What the numbers and signs stand for, with what each party gets."""

    def __init__(self, scene: _Scene) -> None:
        self.scene = scene
        self.rows = [*self._outcomes(), self._without(), *self._lots()]
        problem = scene.problem
        heads = [shortened(party, HEAD_COLUMNS) for party in problem.parties]
        self.heads = ["", "outcome", *heads, "picked by"]
        self.widths = [
            max(_cell_width(cell) for cell in [(head,), *(row.cells[i] for row in self.rows)])
            for i, head in enumerate(self.heads)
        ]
        self.widths[0] = max(self.widths[0], 10.0)
        self.width = sum(self.widths) + GAP * (len(self.widths) - 1)
        self.height = height_of(1, BODY) + 4 + sum(row.height for row in self.rows)

    def _outcomes(self) -> Iterator[_TableRow]:
        from detente.stability.words import plain

        scene, problem = self.scene, self.scene.problem
        for number, k in enumerate(scene.numbered, start=1):
            by = [NAMES[s.rule] for s in scene.picked if k in s.outcomes]
            name = tuple(wrapped(problem.outcomes[k], NAME_COLUMNS, 2))
            values = [(plain(value),) for value in problem.points[k]]
            chosen = tuple(wrapped(", ".join(by), NAME_COLUMNS, 2)) if by else ("",)
            yield _TableRow([(str(number),), name, *values, chosen], bold=bool(by))
        more = len(set(scene.front) - set(scene.numbered))
        if more:
            text = f"… and {more:,} more on the frontier"
            yield _TableRow([("",), (text,), *[("",)] * problem.num_parties, ("",)])

    def _without(self) -> _TableRow:
        from detente.stability.words import plain

        problem = self.scene.problem
        values = [(plain(value),) for value in problem.disagreement]
        return _TableRow([("",), ("(no agreement)",), *values, ("",)], sign="without")

    def _lots(self) -> Iterator[_TableRow]:
        from detente.stability.bargaining.amounts import amount_text

        for rule, pick in self.scene.lots():
            name = tuple(wrapped(f"by lot: {self._lot(pick)}", NAME_COLUMNS, 2))
            values = [(amount_text(value),) for value in pick.payoffs]
            yield _TableRow([("",), name, *values, (NAMES[rule],)], sign=rule)

    def _lot(self, pick: Pick) -> str:
        """'0.3 of 4, 0.7 of 11': how likely each outcome is drawn."""
        from detente.stability.bargaining.amounts import amount_text

        numbers = {k: str(i) for i, k in enumerate(self.scene.numbered, start=1)}
        names = self.scene.problem.outcomes
        return ", ".join(
            f"{amount_text(p)} of {numbers.get(k) or shortened(names[k], 14)}" for k, p in pick.odds
        )

    def draw(self, sheet: Sheet, left: float, top: float) -> None:
        """The table from its top left corner."""
        starts = [left]
        for width in self.widths[:-1]:
            starts.append(starts[-1] + width + GAP)
        last = len(self.widths) - 1
        y = top + height_of(0.5, BODY)
        for i, head in enumerate(self.heads):
            right = 1 < i < last
            x = starts[i] + self.widths[i] if right else starts[i]
            sheet.text(x, y, head, bold=True, at="right" if right else "left")
        y = top + height_of(1, BODY) + 4
        for row in self.rows:
            middle = y + row.height / 2
            if row.sign:
                _SIGNS[row.sign](sheet, starts[0] + 5, middle)
            for i, cell in enumerate(row.cells):
                right = 1 < i < last
                x = starts[i] + self.widths[i] if right else starts[i]
                first = middle - height_of(len(cell) - 1, BODY) / 2
                for j, text in enumerate(cell):
                    sheet.text(
                        x, first + height_of(j, BODY), text, at="right" if right else "left",
                        bold=row.bold and i < 2,
                    )  # fmt: skip
            y += row.height


@dataclass(frozen=True)
class _TableRow:
    """Cells of lines of text; the sign that stands in the first one, if any."""

    cells: list[tuple[str, ...]]
    sign: str = ""
    bold: bool = False

    @property
    def height(self) -> float:
        return height_of(max(len(cell) for cell in self.cells), BODY) + 2


def _cell_width(cell: tuple[str, ...]) -> float:
    return max(width_of(text, BODY, bold=True) for text in cell)


# ── signs ──────────────────────────────────────────────────────────────────────────────────────


def _dots(sheet: Sheet, points: Sequence[Point], fill: str, edge: str, size: float) -> None:
    """Many round marks at once."""
    if points:
        x, y = zip(*points, strict=True)
        scale = sheet.scale
        sheet.axes.plot(
            x, y, linestyle="none", marker="o", markersize=size * scale, markerfacecolor=fill,
            markeredgecolor=edge, markeredgewidth=0.6 * scale, zorder=2 if fill != INK else 4,
            clip_on=False,
        )  # fmt: skip


def _sign_without(sheet: Sheet, x: float, y: float) -> None:
    for way in (1, -1):
        sheet.line([(x - 3.5, y - 3.5 * way), (x + 3.5, y + 3.5 * way)], stroke=1.8, above=5)


def _sign_picked(sheet: Sheet, x: float, y: float) -> None:
    sheet.disc(x, y, 5.2, fill="none", stroke=1.2, above=4)
    _dots(sheet, [(x, y)], INK, INK, 4.2)


def _sign_rule(sheet: Sheet, x: float, y: float, rule: str, around: int = 0) -> None:
    """The sign of a rule; `around` so many others at the same place."""
    corners, radius = _SHAPES[rule], 4.6
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


_SIGNS: dict[str, Any] = {
    "front": lambda sheet, x, y: _dots(sheet, [(x, y)], INK, INK, 4.2),
    "line": _sign_line,
    "zone": lambda sheet, x, y: _dots(sheet, [(x, y)], _GREY, _GREY, 2.6),
    "other": lambda sheet, x, y: _dots(sheet, [(x, y)], PAPER, _GREY, 2.6),
    "without": _sign_without,
    "picked": _sign_picked,
    **{
        rule: (lambda sheet, x, y, rule=rule: _sign_rule(sheet, x, y, rule)) for rule in _SHAPES
    },
}


def _flowed(legend: list[tuple[str, str]], width: float) -> list[list[tuple[str, str]]]:
    """The legend's entries in as many lines as they need."""
    lines: list[list[tuple[str, str]]] = []
    room = 0.0
    for entry in legend:
        needed = width_of(entry[1], SMALL) + 36
        if not lines or needed > room:
            lines.append([])
            room = width
        lines[-1].append(entry)
        room -= needed
    return lines
