"""The conflict graph: states on a ring, who moves where, what is an equilibrium, and the way there.

Beside the ring a table says what each state is and by which concepts it is an equilibrium.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from detente.errors import DetenteError
from detente.show.plots.graph_layout import (
    RADIUS,
    Line,
    Point,
    curve,
    head,
    ring,
    ring_radius,
)
from detente.show.plots.graph_scene import (
    Asked,
    Scene,
    analysis_of,
    goals_of,
    scene_of,
    strictest,
)
from detente.show.plots.legend import Legend, Sign
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
    pen,
    shortened,
    width_of,
    wrapped,
)
from detente.stability.words import counted, listed

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from detente.conflict.conflict import Conflict
    from detente.stability.graph.search import Step

MOST = 24
"""States that are shown unless told otherwise."""
MARGIN, GAP = 14.0, 14.0
STATE_COLUMNS, WAY_COLUMNS, TITLE_COLUMNS = 40, 44, 80
TAG = 4
"""Characters of a state's name that fit into its disc."""


def graph(
    given: Any,
    *,
    start: int | str | None = None,
    to: int | str | None = None,
    states: Sequence[int | str] | None = None,
    concepts: Sequence[str] | None = None,
    any_moves: bool = False,
    title: str | None = None,
    most: int = MOST,
    size: str | tuple[float, float] | None = None,
) -> Figure:
    """A picture of a conflict graph with its equilibria and the way to them.

    Parameters
    ----------
    given : a `GraphAnalysis`, a conflict, or a summit, whose bundles are its states
    start : the state that the way begins at; the file's status quo unless given
    to : the state that it leads to; unless given, the equilibria of the first concept that has any
    states : those to show, with the ways to them; unless given all, or of a large graph the way,
        equilibria by the strictest concept, and where moves from these lead
    concepts : by which equilibria are marked: nash, gmr, smr and seq unless given
    any_moves : whether the way may be one by moves that do not improve those who make them; by
        default only where no other leads to any of the states
    title : what stands above; the conflict's own unless given
    most : states that are shown at most
    size : inches, as (width, height) or '8x5'

    Returns a matplotlib Figure.
    Raises NotSupported where there is no such graph, or matplotlib is not installed; GameError for
    a state that is not there.

    >>> from detente.conflict.conflict import Conflict
    >>> relay = Conflict.of({"A": [(0, 1)], "B": [(1, 2)]}, [[1, 2, 3], [1, 2, 3]], title="Relay")
    >>> figure = graph(relay, start="1")
    >>> [text.get_text() for text in figure.axes[0].texts if " to 2" in text.get_text()]
    ['A to 2, B to 3']
    """
    if isinstance(most, bool) or not isinstance(most, int) or most < 1:
        raise DetenteError(f"most is a number of states, from 1 up; found {most!r}.")
    fitted = inches(size)
    with drawing():
        asked = Asked(start, to, states, concepts, any_moves, title, most)
        return _Picture(scene_of(analysis_of(given), asked)).draw(fitted)


class _Picture:
    """The ring at the left, the table beside it, the legend below."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        conflict = scene.conflict
        self.tags = _tags(conflict, scene.shown)
        start = None if scene.ways is None else scene.ways.start
        heavy = [(one, other) for _, one, other in scene.on_way]
        self.places = ring(scene.shown, scene.lines, heavy, start)
        self.radius = ring_radius(len(scene.shown)) + RADIUS
        self.columns = _columns(scene, self.tags)
        self.rows = _row_heights(scene, self.columns)
        self.notes = list(_notes(scene))
        self.title = shortened(scene.title, TITLE_COLUMNS)

    def draw(self, size: tuple[float, float] | None) -> Figure:
        top = MARGIN + height_of(1, TITLE) + height_of(len(self.notes), BODY) + 8
        table_left = MARGIN + 2 * self.radius + 2 * GAP
        table_width = sum(column.width + GAP for column in self.columns) - GAP
        table_high = height_of(1, BODY) + 4 + sum(self.rows)
        high = max(2 * self.radius + 4, table_high)
        inner = max(
            table_left + table_width,
            MARGIN + width_of(self.title, TITLE, bold=True),
            *(MARGIN + width_of(note, BODY) for note in self.notes),
        )
        legend = Legend(_legend(self.scene), inner - MARGIN)
        sheet = Sheet(inner + MARGIN, top + high + 10 + legend.height + MARGIN, size)
        sheet.text(MARGIN, MARGIN + TITLE / 2, self.title, size=TITLE, bold=True)
        for i, note in enumerate(self.notes):
            sheet.text(MARGIN, MARGIN + height_of(1, TITLE) + 2 + height_of(i + 0.5, BODY), note)
        centre = (MARGIN + self.radius, top + high / 2)
        self._moves(sheet, centre)
        self._states(sheet, centre)
        self._table(sheet, table_left, top + (high - table_high) / 2)
        legend.draw(sheet, MARGIN, top + high + 10)
        return sheet.figure

    def _moves(self, sheet: Sheet, centre: Point) -> None:
        met: dict[tuple[int, int], int] = {}
        badges: list[tuple[Point, int]] = []
        for line in self.scene.lines:
            pair = (min(line.one, line.other), max(line.one, line.other))
            place = met[pair] = met.get(pair, -1) + 1
            one, other = self.places[line.one], self.places[line.other]
            points = curve(one, other, place)
            points = [(x + centre[0], y + centre[1]) for x, y in points]
            step = self._step(line)
            _draw_line(sheet, line, points, thick=step is not None)
            if step is not None:
                badges.append((points[len(points) // 2], step))
        for (x, y), step in badges:
            sheet.disc(x, y, 4.6, fill=PAPER, stroke=0.9, above=5)
            sheet.text(x, y, str(step), size=6, at="center", above=6)

    def _step(self, line: Line) -> int | None:
        on_way = self.scene.on_way
        forth = on_way.get((line.mover, line.one, line.other))
        return forth or on_way.get((line.mover, line.other, line.one))

    def _states(self, sheet: Sheet, centre: Point) -> None:
        start = None if self.scene.ways is None else self.scene.ways.start
        for state, (x, y) in self.places.items():
            place = (x + centre[0], y + centre[1])
            _draw_state(sheet, place, self.tags[state], _rank(self.scene, state), state == start)

    def _table(self, sheet: Sheet, left: float, top: float) -> None:
        x = left
        for column in self.columns:
            at = x + column.width / 2 if column.centred else x
            align = "center" if column.centred else "left"
            sheet.text(at, top + height_of(0.5, BODY), column.heading, bold=True, at=align)
            y = top + height_of(1, BODY) + 4
            for cell, row in zip(column.cells, self.rows, strict=True):
                first = y + row / 2 - height_of(len(cell) - 1, BODY) / 2
                for i, text in enumerate(cell):
                    sheet.text(at, first + height_of(i, BODY), text, at=align)
                y += row
            x += column.width + GAP


def _rank(scene: Scene, state: int) -> int:
    """2 for an equilibrium of the first concept, 1 for one of another, else 0."""
    found = list(scene.held.values())
    return 2 if found[0][state] else int(any(states[state] for states in found[1:]))


def _draw_state(sheet: Sheet, at: Point, tag: str, rank: int, start: bool) -> None:
    fill = (PAPER, "#dddddd", INK)[rank]
    ink = PAPER if rank == 2 else INK
    x, y = at
    if start:
        half = RADIUS
        sheet.box(x - half, y - half, 2 * half, 2 * half, fill=fill, stroke=1.4, above=4)
    else:
        sheet.disc(x, y, RADIUS, fill=fill, stroke=1.0, above=4)
    if rank == 1:  # a ring within: told apart from grey paper when copied
        sheet.disc(x, y, RADIUS - 2, fill=fill, stroke=0.7, above=4)
    sheet.text(x, y, tag, at="center", color=ink, size=SMALL, above=5)


def _draw_line(sheet: Sheet, line: Line, points: list[Point], thick: bool) -> None:
    if len(points) < 2:
        return
    color, style = pen(line.mover)
    stroke, above = (2.6, 3) if thick else (0.8, 1)
    sheet.line(points, stroke=stroke, color=color, style=style, above=above)
    for there, better, way in (
        (line.forth, line.better_forth, points),
        (line.back, line.better_back, points[::-1]),
    ):
        if there:
            fill = color if better else PAPER
            size = 7.5 if thick else 5.5
            sheet.shape(head(way, size), fill=fill, color=color, stroke=0.8, above=3)


# ── the table ──────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class _Column:
    """A column: its heading and, for each state, the lines of its cell."""

    heading: str
    cells: list[tuple[str, ...]]
    centred: bool = False

    @property
    def width(self) -> float:
        """In points."""
        cells = [width_of(text, BODY) for cell in self.cells for text in cell]
        return max([width_of(self.heading, BODY, bold=True), *cells])


def _tags(conflict: Conflict, shown: Sequence[int]) -> dict[int, str]:
    """What stands in each disc: the state's name where that is short, else a number."""
    names = {state: conflict.states[state] for state in shown}
    if all(len(name) <= TAG for name in names.values()):
        return names
    return {state: str(i) for i, state in enumerate(shown, start=1)}


def _columns(scene: Scene, tags: dict[int, str]) -> list[_Column]:
    from detente.show.graph import short

    conflict, shown = scene.conflict, scene.shown
    columns = [_Column("", [(tags[state],) for state in shown], centred=True)]
    if tags[shown[0]] != conflict.states[shown[0]] or conflict.options is None:
        if tags[shown[0]] != conflict.states[shown[0]]:
            columns.append(_Column("state", [_cell(conflict.states[s]) for s in shown]))
    else:
        texts = [_cell(conflict.options.text(state)) for state in shown]
        columns.append(_Column("options taken", texts))
    for key, found in scene.held.items():
        marks: list[tuple[str, ...]] = [("●" if found[state] else "",) for state in shown]
        columns.append(_Column(short(key), marks, centred=True))
    if scene.paths:
        start = tags[scene.ways.start] if scene.ways is not None else ""
        cells = [
            tuple(wrapped(_way(scene, tags, scene.paths.get(s)), WAY_COLUMNS, 2)) for s in shown
        ]
        columns.append(_Column(f"way from {start}", cells))
    return columns


def _cell(text: str) -> tuple[str, ...]:
    return tuple(wrapped(text, STATE_COLUMNS, 2))


def _way(scene: Scene, tags: dict[int, str], path: tuple[Step, ...] | None) -> str:
    from detente.stability.graph.telling import who_told

    return ", ".join(
        f"{who_told(scene.conflict, step.sides)} to {tags[step.target]}" for step in path or ()
    )


def _row_heights(scene: Scene, columns: Sequence[_Column]) -> list[float]:
    return [
        height_of(max(len(column.cells[i]) for column in columns), BODY) + 3
        for i in range(len(scene.shown))
    ]


def _notes(scene: Scene) -> Iterator[str]:
    conflict, count = scene.conflict, len(scene.shown)
    if count < conflict.num_states:
        yield f"{count} of {conflict.num_states:,} states are shown."
        yield _choice(scene)
    if scene.thinned:
        yield (
            "Only moves are drawn that improve those who make them"
            f"{', and that one side makes alone' * (scene.thinned == 2)}."
        )
    if scene.paths:
        kind = "improvements" if scene.improving else "moves, not all of them improvements"
        yield f"Thick: {_led(scene)}, by {kind}; numbers count its steps."
    elif scene.ways is not None and {*goals_of(scene.held)} & {*scene.shown} - {scene.ways.start}:
        yield "No moves lead from the status quo to an equilibrium that is shown."


def _choice(scene: Scene) -> str:
    """How the states that are shown were chosen."""
    from detente.show.graph import short

    if scene.named:
        return "Chosen: those asked for, and the ways to them."
    concepts = [short(key) for key in strictest(scene.held)]
    first = "the status quo and the way, then " if scene.ways is not None else ""
    order = f", in the order {', '.join(concepts)}" if len(concepts) > 1 else ""
    near = ", the nearest first, else as listed" if scene.ways is not None else ", as listed"
    more = "; then where moves from these lead" if scene.fresh else ""
    return f"Chosen: {first}equilibria{order}{near}{more}."


def _led(scene: Scene) -> str:
    """Where the thick way leads."""
    from detente.show.graph import short

    if scene.to is not None:
        return "a shortest way from where things stand to the state asked for"
    key = next(key for key, states in scene.held.items() if states.any())
    count = sum(bool(path) for path in scene.paths.values())
    name = short(key)
    if count == 1:
        return f"the way to the nearest {name} equilibrium, from where things stand"
    return f"the ways to the {counted(count)} nearest {name} equilibria, from where things stand"


# ── the legend ─────────────────────────────────────────────────────────────────────────────────

def _legend(scene: Scene) -> list[tuple[Sign, str]]:
    from detente.show.graph import short
    from detente.stability.graph.telling import who_told

    found: list[tuple[Sign, str]] = []
    used = {line.mover for line in scene.lines}
    for k, mover in enumerate(scene.conflict.movers):
        if k in used:
            together = " together" if len(mover.sides) > 1 else ""
            found.append((_mover_sign(k), f"{who_told(scene.conflict, mover.sides)}{together}"))
    lines = scene.lines
    if any(line.better_forth or line.better_back for line in lines):
        found.append((_head_sign(True), "to what the mover prefers"))
    if any((line.forth and not line.better_forth) or (line.back and not line.better_back)
           for line in lines):  # fmt: skip
        found.append((_head_sign(False), "to what it does not prefer"))
    ranks = {_rank(scene, state) for state in scene.shown}
    names = [short(key) for key in scene.held]
    if 2 in ranks:
        found.append((_state_sign(2, False), f"{names[0]} equilibrium"))
    if 1 in ranks:
        found.append((_state_sign(1, False), f"equilibrium by {listed(names[1:], 'or')} only"))
    if scene.ways is not None:
        found.append((_state_sign(0, True), "status quo"))
    return found


def _mover_sign(mover: int) -> Sign:
    color, style = pen(mover)
    return lambda sheet, x, y: sheet.line([(x, y), (x + 22, y)], stroke=1.3, color=color,
                                          style=style)  # fmt: skip


def _head_sign(better: bool) -> Sign:
    def sign(sheet: Sheet, x: float, y: float) -> None:
        points = [(x + 22 * i / 10, y) for i in range(11)]
        sheet.line(points, stroke=0.8, color=FAINT)
        sheet.shape(head(points, 5.5), fill=INK if better else PAPER, stroke=0.8)

    return sign


def _state_sign(rank: int, start: bool) -> Sign:
    def sign(sheet: Sheet, x: float, y: float) -> None:
        half = 4.5
        fill = (PAPER, "#dddddd", INK)[rank]
        if start:
            sheet.box(x + 9, y - half, 2 * half, 2 * half, fill=fill, stroke=1.2)
        else:
            sheet.disc(x + 14, y, half, fill=fill)
        if rank == 1:
            sheet.disc(x + 14, y, half - 1.5, fill=fill, stroke=0.6)

    return sign
