"""Equilibria of the pieces of a game, put together into equilibria of the game, depth first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product

import numpy as np

from detente.game.profile import Profile
from detente.game.tree import Game
from detente.solvers.registry import Request
from detente.solvers.subgames.continuations import Cell, Continuations, Tie
from detente.solvers.subgames.hidden_pieces import Hidden
from detente.solvers.subgames.pieces import (
    NONE,
    ONE,
    Cut,
    Move,
    Part,
    Piece,
    Replayed,
    Single,
    Vector,
)

REMEMBERED = 20_000
"""Combinations of cells for which it is kept what can come before them."""

NO_PURE = (
    "in the subgame that starts at {}, where more than two players move, there is no pure "
    "equilibrium with what can follow; this method looks for no others there."
)

Played = list[tuple[Part, Move]]
"""What is done in each part of a game."""


@dataclass(eq=False)
class Combining:
    """All combinations of cells of a game's pieces.

    `fixed` : root → the one cell that is played there
    `lists` : whether all are wanted; by default as the request says
    """

    cut: Cut
    request: Request
    fixed: Mapping[int, Cell]
    lists: bool | None = None
    pieces: dict[int, Piece] = field(init=False)
    building: Continuations = field(init=False)
    barren: list[int] = field(default_factory=list)
    _remembered: dict[tuple[int, tuple[Cell, ...]], Replayed[Cell]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.pieces = {root: self._piece(root) for root in self._needed()}
        # Where some piece may have no pure equilibrium, the first of another may be a dead end.
        lists = self.request.all if self.lists is None else self.lists
        tree = self.cut.game.is_tree
        self.building = Continuations(lists or self.many_movers, tree, self.request.check)

    @property
    def many_movers(self) -> bool:
        """Whether in some piece more than two players move."""
        return any(len(piece.players) > 2 for piece in self.pieces.values())

    @property
    def unexplored(self) -> list[str]:
        """Why there may be other equilibria than those found, in sentences."""
        return sorted(self.building.open)

    @property
    def dead_end(self) -> str:
        """Where no equilibrium was found, in a sentence; empty if there is no such place."""
        if not self.barren:
            return ""
        return NO_PURE.format(self.cut.game.describe(self.barren[0]))

    def _needed(self) -> list[int]:
        """The roots of pieces, the last first: those after a piece come before it."""
        top = self.cut.roots[0]
        found, waiting = {top}, [top]
        while waiting:
            root = waiting.pop()
            if root in self.fixed:
                continue
            new = [end for end in self.cut.ends[root] if end not in found]
            found.update(new)
            waiting += new
        return sorted(found - set(self.fixed), reverse=True)

    def _piece(self, root: int) -> Piece:
        cut = self.cut
        if cut.is_single(root):
            return Single(cut.game, root, cut.ends[root], cut.above[root])
        return Hidden.of(cut, root, self.request)

    # ── depth first ────────────────────────────────────────────────────────────────────────────

    def cells(self) -> Iterator[Cell]:
        """The cells of the whole game, one after another."""
        top = self.cut.roots[0]
        chosen = dict(self.fixed)
        loose = self._loose(chosen)
        if top in chosen:
            yield chosen[top]
            return
        if self.barren:
            return
        fruitful: set[int] = set()
        trying = [iter(self._options(loose[0], chosen))]
        while trying:
            self.request.check()
            root = loose[len(trying) - 1]
            cell = next(trying[-1], None)
            if cell is None:
                trying.pop()
                if root not in fruitful and root not in self.barren:
                    self.barren.append(root)
                if trying and self._hopeless(loose[len(trying) - 1], fruitful):
                    return
                continue
            fruitful.add(root)
            chosen[root] = cell
            if len(trying) == len(loose):
                yield cell
            else:
                trying.append(iter(self._options(loose[len(trying)], chosen)))

    def _loose(self, chosen: dict[int, Cell]) -> list[int]:
        """The pieces for which there is a choice; the others' only cell is added to `chosen`."""
        loose = []
        for root, piece in self.pieces.items():
            self.request.check()
            options = None
            if all(end in chosen for end in piece.ends):
                options = self._options(root, chosen)
                if not options.has(0):
                    self.barren.append(root)
                    return []
            if options is not None and not options.has(1):
                chosen[root] = next(iter(options))
            else:
                loose.append(root)
        return loose

    def _options(self, root: int, chosen: Mapping[int, Cell]) -> Replayed[Cell]:
        piece = self.pieces[root]
        after = tuple([chosen[end] for end in piece.ends])
        key = (root, after)
        if key in self._remembered:
            return self._remembered[key]
        found = Replayed(self.building.cells(piece, after))
        if len(self._remembered) < REMEMBERED:
            self._remembered[key] = found
        return found

    def _hopeless(self, retried: int, fruitful: set[int]) -> bool:
        """Whether what is tried anew leaves a subgame as it is that has no equilibrium."""
        return any(
            root not in fruitful and not self._inside(retried, root) for root in self.barren
        )

    def _inside(self, root: int, above: int) -> bool:
        while root > above:
            root = int(self.cut.game.parent[root])
        return root == above


# ── from cells to profiles ──────────────────────────────────────────────────────────────────────


def vertices(cell: Cell) -> Iterator[Played]:
    """What is done in each part of the game, in order, at each vertex of a cell."""
    narrowed: dict[int, Tie] = {}
    options: dict[int, tuple[Part, Sequence[Move]]] = {}
    waiting = [cell]
    while waiting:
        here = waiting.pop()
        if here.part.root in options:
            continue  # a continuation that several moves share
        for tie in here.narrowed:
            narrowed.setdefault(tie.piece.root, tie)  # what comes before a piece has the last word
        options[here.part.root] = here.part, _ends_of(here, narrowed.get(here.part.root))
        waiting += here.after
    in_order = [options[root] for root in sorted(options)]
    parts = [part for part, _ in in_order]
    for moves in product(*[moves for _, moves in in_order]):
        yield list(zip(parts, moves, strict=True))


def _ends_of(cell: Cell, tie: Tie | None) -> Sequence[Move]:
    """The vertices of a piece; of the part of a tie that is left."""
    if tie is None:
        return cell.moves
    first, last = cell.moves
    known = {NONE: first, ONE: last}
    return [
        known[share] if share in known else tie.piece.between(first, last, share)
        for share in dict.fromkeys((tie.low, tie.high))
    ]


def payoffs_of(played: Played) -> Vector:
    """What each party gets where this is done."""
    worth: dict[int, Vector] = {}
    for part, move in reversed(played):
        worth[part.root] = part.scaled(move.worth([worth[end] for end in part.ends]))
    return worth[played[0][0].root]


def profile_of(game: Game, played: Played) -> Profile:
    """The profile in which this is done."""
    sets = game.infosets
    rows: list[Vector] = [()] * sets.num_player_infosets
    for part, move in played:
        for h, odds in zip(part.infosets, move.behavior, strict=True):
            rows[h] = odds
    if all(1 in row for row in rows):
        choice = [row.index(1) for row in rows]
        return Profile.pure(game, np.array(choice, dtype=np.int32))
    return Profile.mixed(game, [p for row in rows for p in row])
