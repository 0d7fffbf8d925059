"""The Pareto frontier with the zone of agreement and what each bargaining solution picks.

Two parties have one chart; more have one for each pair, in which the frontier's outcomes keep their
numbers. A table beside says what the numbers stand for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from detente.errors import DetenteError
from detente.show.plots.chart import Chart, Point, near, place_labels
from detente.show.plots.frontier_scene import NAMES, Scene, scene_of
from detente.show.plots.frontier_signs import (
    GREY,
    SIGNS,
    dots,
    sign_picked,
    sign_rule,
    sign_without,
)
from detente.show.plots.frontier_table import Table
from detente.show.plots.legend import Legend, Sign
from detente.show.plots.style import (
    BODY,
    FAINT,
    INK,
    PAPER,
    TITLE,
    Sheet,
    drawing,
    height_of,
    inches,
    shortened,
    width_of,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure


MOST = 20
"""Outcomes that get a number and a row unless told otherwise."""
SIDE = 250.0
"""Points of a chart's side; `SMALLER` where there are several."""
SMALLER = 190.0
MOST_PARTIES = 4
"""Parties whose pairs get a chart."""
MARGIN, GAP = 14.0, 14.0
NAME_COLUMNS, TITLE_COLUMNS, HEAD_COLUMNS = 36, 80, 14
_ZONE = "#ececec"


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
        return _Picture(scene_of(found, lotteries, most)).draw(fitted)


class _Picture:
    """The charts at the left or above, the table beside or below them."""

    def __init__(self, scene: Scene) -> None:
        self.scene, problem = scene, scene.problem
        self.pairs = list(combinations(range(min(problem.num_parties, MOST_PARTIES)), 2))
        self.table = Table(scene)
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
        inner = max([
            right, ends[0], MARGIN + width_of(self.title, TITLE, bold=True),
            *(MARGIN + width_of(note, BODY) for note in self.notes),
        ])  # fmt: skip
        legend = Legend(self._legend(), inner - MARGIN)
        low = max(bottom, ends[1])
        sheet = Sheet(inner + MARGIN, low + 10 + legend.height + MARGIN, size)
        sheet.text(MARGIN, MARGIN + TITLE / 2, self.title, size=TITLE, bold=True)
        for i, note in enumerate(self.notes):
            sheet.text(MARGIN, MARGIN + height_of(1, TITLE) + 2 + height_of(i + 0.5, BODY), note)
        for pair, chart in zip(self.pairs, charts, strict=True):
            self._chart(sheet, chart, pair)
        self.table.draw(sheet, left, table_top)
        legend.draw(sheet, MARGIN, low + 10)
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
        dots(sheet, plain, PAPER, GREY, 2.6)
        dots(sheet, in_zone, GREY, GREY, 2.6)
        if problem.num_parties == 2:
            line = [chart.at(*table[k]) for k in scene.corners]
            if len(line) > 1:
                sheet.line(line, stroke=1.0, above=3)
        dots(sheet, efficient, INK, INK, 4.2)
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
        sign_without(sheet, x, y)

    def _solutions(self, sheet: Sheet, chart: Chart, pair: tuple[int, int]) -> list[Point]:
        """Rings around what rules pick as it is, signs where they draw lots."""
        found: list[Point] = []
        points = self.scene.problem.points.approx
        rings = dict.fromkeys(k for solution in self.scene.picked for k in solution.outcomes)
        for k in rings:
            x, y = chart.at(*points[k, list(pair)])
            sign_picked(sheet, x, y)
        places = [
            chart.at(*(near(pick.payoffs[i]) for i in pair)) for _, pick in self.scene.lots()
        ]
        for rule, pick in self.scene.lots():  # one around the other where they coincide
            x, y = chart.at(*(near(pick.payoffs[i]) for i in pair))
            sign_rule(sheet, x, y, rule, sum(p == (x, y) for p in places) - 1)
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

    def _legend(self) -> list[tuple[Sign, str]]:
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
        return [(_centred(sign), text) for sign, text in found]


def _centred(sign: str) -> Sign:
    return lambda sheet, x, y: SIGNS[sign](sheet, x + 11, y)


def _together(numbers: Sequence[int]) -> str:
    """Numbers of outcomes at one point.

    >>> _together([3, 4, 5]), _together([1, 4])
    ('3–5', '1, 4')
    """
    if len(numbers) > 2 and numbers[-1] - numbers[0] == len(numbers) - 1:
        return f"{numbers[0]}–{numbers[-1]}"
    return ", ".join(map(str, numbers))
