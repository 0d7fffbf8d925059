"""The game tree with what is played in it, from left to right, payoffs in columns at the right.

Large trees are shown in part: see `unfolding`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from detente.errors import DetenteError
from detente.game.tree import CHANCE, Game
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
)
from detente.show.plots.tree_layout import BEND, LANE, PAD, Layout, box_height, lay_out
from detente.show.plots.tree_scene import Scene, scene_of
from detente.show.plots.tree_words import number_text, texts_of
from detente.show.plots.unfolding import Mark, Unfolding

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from detente.solvers.result import Equilibrium

MOST = 60
"""Marks that are shown unless told otherwise."""
MARGIN = 14.0
GAP = 14.0
"""Between the columns of payoffs."""
TITLE_COLUMNS = 90
LEAST_WIDTH = 300.0
"""Of a picture: a legend needs some room to stand in."""
_TRIANGLE = 7.0


def tree(
    game: Any,
    *,
    bundle: str | None = None,
    equilibrium: Equilibrium | int | None = None,
    concept: str | None = None,
    path: bool = True,
    most: int = MOST,
    size: str | tuple[float, float] | None = None,
    time_limit: float | None = None,
) -> Figure:
    """A picture of a game tree and of an equilibrium in it.

    Parameters
    ----------
    game : a game, a summit, a result of `solve`, or an equilibrium
    bundle : show the game in which this bundle is on the table; of a tree written by hand, the
        part in which it is
    equilibrium : the one to show, itself or by its number, from 1; the first unless given
    concept, time_limit : as for `solve`, where the game has to be solved first
    path : whether to show an equilibrium at all
    most : marks that are shown at most; the rest stays folded, with the number of its nodes
    size : inches, as (width, height) or '8x5'

    Returns a matplotlib Figure. Raises NotSupported for a game in strategic form and where
    matplotlib is not installed; DetenteError for a number or size that is none.

    >>> import detente as dt
    >>> figure = tree(dt.load("entry-deterrence"))
    >>> [text.get_text() for text in figure.axes[0].texts][:2]
    ['Entry deterrence', 'Subgame-perfect equilibrium (proved): Entrant 1, Incumbent 1']
    """
    return drawn(
        game, bundle=bundle, equilibrium=equilibrium, concept=concept, path=path, most=most,
        size=size, time_limit=time_limit,
    )[0]  # fmt: skip


def drawn(
    game: Any,
    *,
    bundle: str | None = None,
    equilibrium: Equilibrium | int | None = None,
    concept: str | None = None,
    path: bool = True,
    most: int = MOST,
    size: str | tuple[float, float] | None = None,
    time_limit: float | None = None,
) -> tuple[Figure, str]:
    """The picture that `tree` gives, and whether what it took to solve was `finished`."""
    if isinstance(most, bool) or not isinstance(most, int) or most < 1:
        raise DetenteError(f"most is a number of marks, from 1 up; found {most!r}.")
    fitted = inches(size)
    with drawing():
        scene = scene_of(game, bundle, equilibrium, concept, path, time_limit)
        profile = None if scene.played is None else scene.played.profile
        shown = Unfolding(scene.game, profile, most, scene.root)  # type: ignore[arg-type]
        return _draw(scene, shown, fitted), scene.stopped


def _draw(scene: Scene, shown: Unfolding, size: tuple[float, float] | None) -> Figure:
    game = scene.game
    texts = texts_of(game, shown.root)
    layout = lay_out(game, shown.root, texts)
    table = _Table(game, shown.root, MARGIN + layout.width + GAP)
    title, note = shortened(scene.title, TITLE_COLUMNS), shortened(scene.note, 2 * TITLE_COLUMNS)
    inner = max(
        table.right, MARGIN + width_of(title, TITLE, bold=True), MARGIN + width_of(note, BODY),
        LEAST_WIDTH,
    )  # fmt: skip
    entries = _legend(shown.root, layout, scene.played is not None)
    legend = Legend(entries, inner - MARGIN)
    top = MARGIN + height_of(1, TITLE) + (height_of(1, BODY) + 4 if note else 0)
    head = top + height_of(1, BODY)
    below = head + 6 + layout.height
    sheet = Sheet(inner + MARGIN, below + 10 + legend.height + MARGIN, size)
    sheet.text(MARGIN, MARGIN + TITLE / 2, title, size=TITLE, bold=True)
    if note:
        sheet.text(MARGIN, MARGIN + height_of(1, TITLE) + BODY / 2 + 2, note)
    table.draw_heads(sheet, top + BODY / 2)
    _Painter(sheet, layout, game, table, MARGIN, head + 6).paint(shown.root)
    legend.draw(sheet, MARGIN, below + 10)
    return sheet.figure


class _Table:
    """The columns of payoffs at the right.

    `first` : x at which rows begin
    `right` : x at which the last column ends
    """

    def __init__(self, game: Game, root: Mark, first: float) -> None:
        self.first = first
        self.rows = {
            mark: [number_text(value) for value in mark.payoffs]
            for mark in root.walk() if mark.payoffs is not None and mark.kind != "node"
        }
        self.heads = [shortened(player, 14) for player in game.players]
        self.ends: list[float] = []
        x = first
        for i, name in enumerate(self.heads):
            cells = [width_of(row[i], BODY, bold=True) for row in self.rows.values()]
            x += max([width_of(name, BODY, bold=True), *cells])
            self.ends.append(x)
            x += GAP
        self.right = x - GAP

    def draw_heads(self, sheet: Sheet, y: float) -> None:
        """The players' names."""
        for name, x in zip(self.heads, self.ends, strict=True):
            sheet.text(x, y, name, at="right", bold=True)

    def draw_row(self, sheet: Sheet, mark: Mark, y: float) -> None:
        """What each player has at a mark: bold where play comes to it, slanted where it folds."""
        for text, x in zip(self.rows[mark], self.ends, strict=True):
            sheet.text(
                x, y, text, at="right", bold=mark.on_path, italic=mark.kind == "folded",
                color=INK if mark.kind == "end" or mark.on_path else FAINT,
            )  # fmt: skip


@dataclass
class _Painter:
    """Draws the marks of a layout on a sheet, shifted by (dx, dy)."""

    sheet: Sheet
    layout: Layout
    game: Game
    table: _Table
    dx: float
    dy: float

    def paint(self, root: Mark) -> None:
        """All marks, branches and information sets."""
        for mark in root.walk():
            for child in mark.children:
                self._branch(mark, child)
            self._mark(mark)
        for position, (h, members) in enumerate(self.layout.members.items()):
            if h in self.layout.lanes:
                self._join(self.layout.lanes[h], members, position)

    def _place(self, mark: Mark) -> tuple[float, float]:
        left = self.layout.left[self.layout.level[mark]]
        return self.dx + left, self.dy + self.layout.y[mark]

    def _branch(self, above: Mark, below: Mark) -> None:
        x0, y0 = self._place(above)
        x0 += self.layout.texts[above].inside_width + 2 * PAD
        bend = self.dx + self.layout.right[self.layout.level[above]]
        x1, y1 = self._place(below)
        played = below.odds is not None and below.odds != 0
        chance = int(self.game.mover[above.node]) == CHANCE
        stroke = 2.2 if below.on_path else 0.9
        color = INK if played else FAINT
        style = "solid" if played or below.odds is None else (0, (4, 2))
        points = [(x0, y0), (bend, y0), (bend + BEND, y1), (x1, y1)]
        self.sheet.line(points, stroke=stroke, color=color, style=style)
        if played and not below.on_path and not chance:
            self._arrow(bend + BEND, y1)
        for i, line in enumerate(reversed(self.layout.texts[below].move)):
            y = y1 - 2.2 - height_of(i, SMALL)
            self.sheet.text(
                bend + BEND + PAD, y, line, size=SMALL, base="bottom",
                bold=False, color=INK if played or below.odds is None else "#555555",
            )  # fmt: skip

    def _arrow(self, x: float, y: float) -> None:
        """What is played where play does not come."""
        self.sheet.shape([(x + 4, y), (x - 1, y - 2.2), (x - 1, y + 2.2)], fill=INK, stroke=0.3)

    def _mark(self, mark: Mark) -> None:
        x, y = self._place(mark)
        texts = self.layout.texts[mark]
        if mark.kind == "node":
            self._box(mark, x, y)
            return
        if mark.kind == "end":
            self.sheet.disc(x + 2, y, 2, fill=INK if mark.on_path else PAPER)
        else:
            self._folded(mark, x, y)
        after = x + 12 if mark.kind != "end" else x + 8
        if texts.inside:
            self.sheet.text(
                after, y, texts.inside[0], size=SMALL, italic=mark.kind != "end", color="#555555"
            )
            after += width_of(texts.inside[0], SMALL) + 4
        if mark in self.table.rows:
            self.sheet.line(
                [(after, y), (self.table.first - 2, y)], stroke=0.5, color="#bbbbbb",
                style=(0, (1, 3)),
            )  # fmt: skip
            self.table.draw_row(self.sheet, mark, y)

    def _box(self, mark: Mark, x: float, y: float) -> None:
        texts, mover = self.layout.texts[mark], int(self.game.mover[mark.node])
        high = box_height(texts)
        color, style = (FAINT, "solid") if mover == CHANCE else pen(mover)
        self.sheet.box(
            x, y - high / 2, texts.inside_width + 2 * PAD, high, color=color, style=style,
            stroke=1.6 if mark.on_path else 0.9, fill="#eeeeee" if mover == CHANCE else PAPER,
        )  # fmt: skip
        top = y - high / 2 + PAD / 2
        self.sheet.text(x + PAD, top + height_of(1, BODY) / 2, texts.inside[0], bold=True)
        for i, line in enumerate(texts.inside[1:]):
            below = top + height_of(1, BODY) + height_of(i + 0.5, SMALL)
            self.sheet.text(x + PAD, below, line, size=SMALL)

    def _folded(self, mark: Mark, x: float, y: float) -> None:
        half = _TRIANGLE / 2
        self.sheet.shape(
            [(x, y), (x + _TRIANGLE + 2, y - half), (x + _TRIANGLE + 2, y + half)],
            fill="#dddddd", stroke=1.4 if mark.on_path else 0.7,
        )  # fmt: skip
        if mark.kind == "group":
            self.sheet.line([(x + 3, y - half - 1), (x + 3, y + half + 1)], stroke=0.7)

    def _join(self, lane: float, members: Any, position: int) -> None:
        """A line through the branches to what one player cannot tell apart, dotted at each."""
        color, _ = pen(int(self.game.mover[members[0].node]))
        x = self.dx + lane
        rows = [self.dy + self.layout.y[mark] for mark in members]
        styles = [(0, (3, 1.5)), (0, (1, 1.2)), (0, (5, 1.5, 1, 1.5))]
        self.sheet.line(
            [(x, rows[0]), (x, rows[-1])], stroke=1.1, color=color,
            style=styles[position % len(styles)], above=3,
        )  # fmt: skip
        for y in rows:
            self.sheet.disc(x, y, LANE / 2 - 0.7, fill=PAPER, color=color, stroke=1.1, above=4)


# ── the legend ─────────────────────────────────────────────────────────────────────────────────


def _legend(root: Mark, layout: Layout, played: bool) -> list[tuple[Sign, str]]:
    """What the signs mean, of those that occur."""
    marks = list(root.walk())
    found: list[tuple[Sign, str]] = []
    if played and len(marks) > 1:
        found.append((_sign_path, "what is played"))
        if any(m.odds not in (None, 0) and not m.on_path for m in marks):
            found.append((_sign_arrow, "what would be played there"))
        if any(m.odds == 0 for m in marks):
            found.append((_sign_away, "not played"))
    if any(mark.kind == "folded" for mark in marks):
        valued = any(m.kind == "folded" and m.payoffs is not None for m in marks)
        found.append((_sign_folded, "not shown" + (", with what it comes to" if valued else "")))
    if any(mark.kind == "group" for mark in marks):
        found.append((_sign_group, "several moves, not shown"))
    if layout.lanes:
        found.append((_sign_lane, "its player cannot tell these apart"))
    return found


def _sign_path(sheet: Sheet, x: float, y: float) -> None:
    sheet.line([(x, y), (x + 20, y)], stroke=2.2)


def _sign_arrow(sheet: Sheet, x: float, y: float) -> None:
    sheet.line([(x, y), (x + 20, y)], stroke=0.9)
    sheet.shape([(x + 13, y), (x + 8, y - 2.2), (x + 8, y + 2.2)], fill=INK, stroke=0.3)


def _sign_away(sheet: Sheet, x: float, y: float) -> None:
    sheet.line([(x, y), (x + 20, y)], stroke=0.9, color=FAINT, style=(0, (4, 2)))


def _sign_folded(sheet: Sheet, x: float, y: float) -> None:
    half = _TRIANGLE / 2
    sheet.shape([(x + 6, y), (x + 15, y - half), (x + 15, y + half)], fill="#dddddd", stroke=0.7)


def _sign_group(sheet: Sheet, x: float, y: float) -> None:
    _sign_folded(sheet, x, y)
    sheet.line([(x + 9, y - 4.5), (x + 9, y + 4.5)], stroke=0.7)


def _sign_lane(sheet: Sheet, x: float, y: float) -> None:
    sheet.line([(x, y), (x + 20, y)], stroke=1.1, style=(0, (3, 1.5)))
    for end in (x, x + 20):
        sheet.disc(end, y, LANE / 2 - 0.7, stroke=1.1)
