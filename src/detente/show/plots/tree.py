"""The game tree with what is played in it, from left to right, payoffs in columns at the right.

Large trees are shown in part: see `unfolding`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from detente.errors import DetenteError, NotSupported
from detente.game.tree import CHANCE, Game, Role
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
        scene = _scene(game, bundle, equilibrium, concept, path, time_limit)
        profile = None if scene.played is None else scene.played.profile
        shown = Unfolding(scene.game, profile, most, scene.root)  # type: ignore[arg-type]
        return _draw(scene, shown, fitted), scene.stopped


@dataclass(frozen=True)
class _Scene:
    """What is drawn: a game from some node on, what is played, and what stands above it.

    `stopped` : of the solver, if one was asked
    """

    game: Game
    root: int
    played: Equilibrium | None
    title: str
    note: str
    stopped: str = "finished"


# ── what is drawn ──────────────────────────────────────────────────────────────────────────────


def _scene(
    given: Any, bundle: str | None, chosen: Any, concept: str | None, path: bool,
    time_limit: float | None,
) -> _Scene:  # fmt: skip
    from detente.solvers.result import Equilibrium, Result

    if isinstance(given, Equilibrium):
        given, chosen = given.profile.game, given
    result = given if isinstance(given, Result) else None
    given = result.game if result is not None else given
    game, root, title = _stage(given, bundle)
    if not path:
        return _Scene(game, root, None, title, "")
    if isinstance(chosen, Equilibrium):
        if chosen.profile.game is not game:
            raise DetenteError(
                "this is an equilibrium of another game. Solve the game that is drawn, or give "
                "the equilibrium alone."
            )
        return _Scene(game, root, chosen, title, _told(chosen))
    if result is None:
        try:
            result = _solved(game, concept, chosen, time_limit)
        except NotSupported as refusal:
            return _Scene(game, root, None, title, f"No equilibrium is shown: {refusal}")
    if not result.equilibria:
        why = result.reason or f"none is listed ({result.stopped})"
        return _Scene(game, root, None, title, f"No equilibrium is shown: {why}", result.stopped)
    number = 1 if chosen is None else chosen
    if isinstance(number, bool) or not isinstance(number, int) or not (
        1 <= number <= len(result.equilibria)
    ):
        raise DetenteError(
            f"equilibria are numbered from 1 to {len(result.equilibria)} here; found {number!r}."
        )
    played = result.equilibria[number - 1]
    # A limit that the user set on the number of equilibria is no early end.
    stopped = "finished" if result.stopped == "limit" else result.stopped
    return _Scene(game, root, played, title, _told(played, result, number), stopped)


def _stage(given: Any, bundle: str | None) -> tuple[Game, int, str]:
    """The game to draw, the node to begin at, and the title."""
    if hasattr(given, "strategies"):
        raise NotSupported(
            "a game in strategic form has no tree to draw. Convert it to .efg for one in which "
            "all move at once."
        )
    if bundle is not None and getattr(given, "has_tree", True) is False:
        which = given.bundle_index(bundle)
        return given.table(which), 0, f"{given.title}: {given.bundles[which].name} on the table"
    game = getattr(given, "game", given)
    if not isinstance(game, Game):
        raise NotSupported(
            f"a tree is drawn of a game or a summit; found {type(given).__name__}. Load a summit "
            "(.yaml) or a game (.efg) with detente.load first."
        )
    if bundle is None:
        return game, 0, game.title
    return game, _offered(given, game, bundle), f"{game.title}: where {bundle} is on the table"


def _offered(given: Any, game: Game, bundle: str) -> int:
    """The first node of a tree written by hand at which a bundle is on the table."""
    names = [known.name for known in game.bundles]
    if hasattr(given, "bundle_index"):
        which = given.bundle_index(bundle)
    elif bundle in names:
        which = names.index(bundle)
    else:
        raise DetenteError(
            f"this game has no bundle '{bundle}'. It has {', '.join(names[:5]) or 'none'}"
            f"{', …' if len(names) > 5 else ''}."
        )
    nodes = game.tagged(Role.OFFERED, which) or game.tagged(Role.SIGNED, which)
    if not nodes:
        raise NotSupported(
            f"no node of this tree offers or signs '{bundle}'. Leave the bundle out to see all of "
            "the tree."
        )
    return nodes[0]


def _solved(game: Game, concept: str | None, chosen: Any, time_limit: float | None) -> Any:
    from detente.solvers import solve

    if isinstance(chosen, int) and chosen > 1:
        return solve(game, concept, all=True, limit=chosen, time_limit=time_limit)
    return solve(game, concept, time_limit=time_limit)


_CONCEPTS = {
    "spe": "Subgame-perfect equilibrium",
    "sequential": "Sequential equilibrium",
    "nash": "Nash equilibrium",
}


def _told(played: Equilibrium, result: Any = None, number: int = 1) -> str:
    """Which equilibrium is shown, with what it gives and what vouches for it."""
    certificate = played.certificate
    name = _CONCEPTS.get(certificate.concept, f"Equilibrium ({certificate.concept})")
    which = ""
    if result is not None and result.count not in (None, 1):
        which = f" {number} of {result.count:,}" if result.count < 10**9 else f" {number} of many"
    gives = ", ".join(f"{player} {number_text(v)}" for player, v in played.payoffs.items())
    return f"{name}{which} ({certificate.verdict}): {gives}"


# ── drawing ────────────────────────────────────────────────────────────────────────────────────


def _draw(scene: _Scene, shown: Unfolding, size: tuple[float, float] | None) -> Figure:
    game = scene.game
    texts = texts_of(game, shown.root)
    layout = lay_out(game, shown.root, texts)
    table = _Table(game, shown.root, MARGIN + layout.width + GAP)
    title, note = shortened(scene.title, TITLE_COLUMNS), shortened(scene.note, 2 * TITLE_COLUMNS)
    legend = _legend(shown.root, layout, scene.played is not None)
    inner = max(
        table.right, MARGIN + width_of(title, TITLE, bold=True), MARGIN + width_of(note, BODY),
        MARGIN + sum(width_of(text, SMALL) + 42 for _, text in legend[:3]),
    )  # fmt: skip
    lines = _flowed(legend, inner - MARGIN)
    top = MARGIN + height_of(1, TITLE) + (height_of(1, BODY) + 4 if note else 0)
    head = top + height_of(1, BODY)
    below = head + 6 + layout.height
    sheet = Sheet(inner + MARGIN, below + 10 + 13 * len(lines) + MARGIN, size)
    sheet.text(MARGIN, MARGIN + TITLE / 2, title, size=TITLE, bold=True)
    if note:
        sheet.text(MARGIN, MARGIN + height_of(1, TITLE) + BODY / 2 + 2, note)
    table.draw_heads(sheet, top + BODY / 2)
    _Painter(sheet, layout, game, table, MARGIN, head + 6).paint(shown.root)
    for row, entries in enumerate(lines):
        _draw_legend(sheet, entries, below + 16 + 13 * row)
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


def _legend(root: Mark, layout: Layout, played: bool) -> list[tuple[str, str]]:
    """What the signs mean, of those that occur."""
    marks = list(root.walk())
    found = []
    if played and len(marks) > 1:
        found.append(("path", "what is played"))
        if any(m.odds not in (None, 0) and not m.on_path for m in marks):
            found.append(("arrow", "what would be played there"))
        if any(m.odds == 0 for m in marks):
            found.append(("away", "not played"))
    if any(mark.kind == "folded" for mark in marks):
        valued = any(m.kind == "folded" and m.payoffs is not None for m in marks)
        found.append(("folded", "not shown" + (", with what it comes to" if valued else "")))
    if any(mark.kind == "group" for mark in marks):
        found.append(("group", "several moves, not shown"))
    if layout.lanes:
        found.append(("lane", "its player cannot tell these apart"))
    return found


def _flowed(legend: list[tuple[str, str]], width: float) -> list[list[tuple[str, str]]]:
    """The legend's entries in as many lines as they need."""
    lines: list[list[tuple[str, str]]] = []
    room = 0.0
    for entry in legend:
        needed = width_of(entry[1], SMALL) + 42
        if not lines or needed > room:
            lines.append([])
            room = width
        lines[-1].append(entry)
        room -= needed
    return lines


def _draw_legend(sheet: Sheet, entries: list[tuple[str, str]], y: float) -> None:
    x = MARGIN
    for sign, text in entries:
        _SIGNS[sign](sheet, x, y)
        sheet.text(x + 26, y, text, size=SMALL)
        x += width_of(text, SMALL) + 42


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


_SIGNS = {
    "path": _sign_path,
    "arrow": _sign_arrow,
    "away": _sign_away,
    "folded": _sign_folded,
    "group": _sign_group,
    "lane": _sign_lane,
}
