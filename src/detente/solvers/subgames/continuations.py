"""Sets of equilibria of a subgame, built piece by piece from those of the subgames after it.

A `Cell` is a set of equilibria of the subgame at a root: in each of its pieces all mixtures of some
vertices, one component of the piece's equilibria where the subgames after it are worth what they
are worth in the cell. Who moves before a subgame plays for what it is worth to them. Mostly that is
one vector. Where it is not (a player is indifferent and others are not), and two vertices of one
player's make the difference, the cell has a parameter, the share of the second: a tie.

Before a tie, equilibria are sought at both its ends; each remains one along an interval of the
parameter (gains are linear in it, what can be gained at best is convex), and where an interval ends
somebody becomes indifferent, so that is where the next ones are sought. For one player this finds
all there is, as the best plans change where two of them cross (known as parametric linear
programming: Gass and Saaty 1955). For two who mix against each other it does not, and where several
ties meet all of them but one are taken at an end: then there may be other equilibria, and the claim
says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import combinations, pairwise, product

from detente.solvers.subgames.pieces import NONE, ONE, Move, Part, Piece, Vector

TIED = 4
"""Actions between which a tie is gone through pair by pair; of more, each alone is listed."""
CROSSINGS = 64
"""Points of a tie at which the equilibria of two who mix before it are sought, at most."""

TIES = (
    "a player is indifferent in a subgame, others who move before it are not, and how it mixes "
    "there was not followed in full: there may be other equilibria."
)


@dataclass(frozen=True, eq=False)
class Tie:
    """The parameter of a cell: the share, `low` to `high`, of the second vertex in a piece."""

    piece: Piece
    low: Fraction
    high: Fraction


@dataclass(frozen=True, eq=False)
class Cell:
    """A set of equilibria of a subgame.

    `part` : the piece that starts the subgame
    `moves` : the vertices in it
    `after` : the cells of the subgames after it
    `worth` : to those who move before it; where there is a tie, at its low end
    `tie`, `worth_high` : what makes the difference to them, and the worth at its high end
    `narrowed` : the part of a tie in a subgame that goes with the vertices here
    """

    part: Part
    moves: tuple[Move, ...]
    after: tuple[Cell, ...]
    worth: Vector
    tie: Tie | None = None
    worth_high: Vector = ()
    narrowed: tuple[Tie, ...] = ()

    def at(self, share: Fraction) -> Vector:
        """The worth at a point of the tie."""
        if self.tie is None or share == self.tie.low:
            return self.worth
        if share == self.tie.high:
            return self.worth_high
        part = (share - self.tie.low) / (self.tie.high - self.tie.low)
        return tuple(
            a if a == b else a + part * (b - a)
            for a, b in zip(self.worth, self.worth_high, strict=True)
        )


@dataclass(eq=False)
class Continuations:
    """How cells are built; `open` says afterwards what was left out, if anything.

    `lists` : whether all are wanted, rather than one
    `parameters` : whether ties can be followed (not where a continuation is shared by two moves)
    """

    lists: bool
    parameters: bool
    check: Callable[[], None]
    open: set[str] = field(default_factory=set)

    def cells(self, piece: Piece, after: tuple[Cell, ...]) -> Iterator[Cell]:
        """All cells of a subgame in which those after it are these."""
        tied = [k for k, cell in enumerate(after) if cell.tie is not None]
        if not self.lists:
            move = piece.first([cell.worth for cell in after])
            if move is not None:
                yield self._cell(piece, (move,), after, [cell.worth for cell in after])
        elif not tied:
            yield from self._steady(piece, after, [cell.worth for cell in after], ())
        elif len(tied) == 1:
            yield from self._moving(piece, after, tied[0], {})
        else:
            self.open.add(TIES)
            for k in tied:
                others = [j for j in tied if j != k]
                for ends in product((False, True), repeat=len(others)):
                    yield from self._moving(piece, after, k, dict(zip(others, ends, strict=True)))

    # ── the subgames after it are worth one vector each ────────────────────────────────────────

    def _steady(
        self, piece: Piece, after: tuple[Cell, ...], values: list[Vector], taken: tuple[Tie, ...]
    ) -> Iterator[Cell]:
        for moves in piece.components(values):
            yield from self._component(piece, moves, after, values, taken)

    def _component(
        self, piece: Piece, moves: tuple[Move, ...], after: tuple[Cell, ...],
        values: list[Vector], taken: tuple[Tie, ...],
    ) -> Iterator[Cell]:  # fmt: skip
        """A component as one cell if it can be, else as several that are part of it."""
        worths = [piece.scaled(move.worth(values)) for move in moves]
        if _alike(piece, worths):
            yield Cell(piece, moves, after, worths[0], narrowed=taken)
        elif len(moves) == 2 and self.parameters:
            tie = Tie(piece, NONE, ONE)
            yield Cell(piece, moves, after, worths[0], tie, worths[1], taken)
        else:
            self.open.add(TIES)
            if self.parameters and len(piece.infosets) == 1 and len(moves) <= TIED:
                for pair in combinations(moves, 2):
                    yield from self._component(piece, pair, after, values, taken)
            else:
                for move, worth in zip(moves, worths, strict=True):
                    yield Cell(piece, (move,), after, worth, narrowed=taken)

    # ── one of them has a tie ──────────────────────────────────────────────────────────────────

    def _moving(
        self, piece: Piece, after: tuple[Cell, ...], k: int, ends: dict[int, bool]
    ) -> Iterator[Cell]:
        """`ends`: the others with a tie; whether they are at its high end, not at its low one."""
        tie = after[k].tie
        assert tie is not None
        taken = []
        for j, at_high in ends.items():
            other = after[j].tie
            assert other is not None
            share = other.high if at_high else other.low
            taken.append(Tie(other.piece, share, share))
        line = _Line(after, k, ends, tie)
        for moves, low, high in self._ranges(piece, line):
            narrowed = (*taken, Tie(tie.piece, low, high))
            yield from self._along(piece, moves, after, line, narrowed)

    def _along(
        self, piece: Piece, moves: tuple[Move, ...], after: tuple[Cell, ...], line: _Line,
        narrowed: tuple[Tie, ...],
    ) -> Iterator[Cell]:  # fmt: skip
        """These vertices, with this part of the tie."""
        part = narrowed[-1]
        low, high = line.values(part.low), line.values(part.high)
        if part.low == part.high:
            yield from self._component(piece, moves, after, low, narrowed)
            return
        first = [piece.scaled(move.worth(low)) for move in moves]
        last = [piece.scaled(move.worth(high)) for move in moves]
        if _alike(piece, first + last):
            yield Cell(piece, moves, after, first[0], narrowed=narrowed)
        elif _alike(piece, first) and _alike(piece, last):
            yield Cell(piece, moves, after, first[0], part, last[0], narrowed)
        else:
            self.open.add(TIES)
            for move in moves:
                yield from self._along(piece, (move,), after, line, narrowed)
            for share in (part.low, part.high):
                end = (*narrowed[:-1], replace(part, low=share, high=share))
                yield from self._along(piece, moves, after, line, end)

    def _ranges(
        self, piece: Piece, line: _Line
    ) -> list[tuple[tuple[Move, ...], Fraction, Fraction]]:
        """Components of the piece, and the part of the tie along which each remains one."""
        tie = line.tie
        ends = (line.values(tie.low), line.values(tie.high))
        if not _differ(ends[0], ends[1], piece.players):
            return [(moves, tie.low, tie.high) for moves in piece.components(ends[0])]
        if len(piece.players) > 1:
            self.open.add(TIES)
        waiting = [tie.low, tie.high]
        known: dict[Fraction, list[tuple[tuple[Move, ...], Fraction, Fraction]]] = {}
        while waiting and (len(piece.players) < 2 or len(known) < CROSSINGS):
            share = waiting.pop()
            if share in known:
                continue
            self.check()
            known[share] = found = []
            for moves in piece.components(line.values(share)):
                spans = [line.span(piece, move, share) for move in moves]
                low, high = max(a for a, _ in spans), min(b for _, b in spans)
                found.append((moves, low, high))
                waiting += [end for span in spans for end in span]
        shares = sorted(known)
        for before, behind in pairwise(shares):
            # What is an equilibrium everywhere between two crossings is one half-way.
            share = (before + behind) / 2
            for moves in piece.components(line.values(share)):
                spans = [line.span(piece, move, share) for move in moves]
                low, high = max(a for a, _ in spans), min(b for _, b in spans)
                if low <= before and behind <= high:
                    known[before].append((moves, low, high))
        return _greatest([found for share in shares for found in known[share]])

    def _cell(
        self, piece: Piece, moves: tuple[Move, ...], after: tuple[Cell, ...], values: list[Vector]
    ) -> Cell:
        return Cell(piece, moves, after, piece.scaled(moves[0].worth(values)))


@dataclass(frozen=True, eq=False)
class _Line:
    """What the subgames after a piece are worth along the tie in one of them."""

    after: tuple[Cell, ...]
    k: int
    ends: dict[int, bool]
    tie: Tie

    def values(self, share: Fraction) -> list[Vector]:
        """The worths at a point of the tie."""
        return [
            cell.at(share) if j == self.k
            else cell.worth_high if self.ends.get(j) else cell.worth
            for j, cell in enumerate(self.after)
        ]

    def span(self, piece: Piece, move: Move, share: Fraction) -> tuple[Fraction, Fraction]:
        """The part of the tie on which a move is an equilibrium, around a point where it is."""
        low = self._reach(piece, move, share, self.tie.low)
        return low, self._reach(piece, move, share, self.tie.high)

    def _reach(self, piece: Piece, move: Move, start: Fraction, goal: Fraction) -> Fraction:
        """The last point on the way from one to another where nobody gains."""
        here = self.values(start)
        for player in piece.players:
            while goal != start:
                there = self.values(goal)
                best = piece.best(player, move, there)
                gain = best.worth_to(player, there) - move.worth_to(player, there)
                if gain <= 0:
                    break
                lead = move.worth_to(player, here) - best.worth_to(player, here)
                goal = start + (goal - start) * lead / (lead + gain)
        return goal


def _greatest(
    found: Sequence[tuple[tuple[Move, ...], Fraction, Fraction]],
) -> list[tuple[tuple[Move, ...], Fraction, Fraction]]:
    """Those that are not part of another."""
    distinct = {(frozenset(m.number for m in moves), a, b): moves for moves, a, b in found}
    kept = [
        key for key in distinct
        if not any(
            other != key and key[0] <= other[0] and other[1] <= key[1] and key[2] <= other[2]
            for other in distinct
        )
    ]
    return [(distinct[key], key[1], key[2]) for key in kept]


def _alike(piece: Piece, worths: Sequence[Vector]) -> bool:
    """Whether it is the same to all who move before."""
    first = worths[0]
    return all(w is first or all(w[i] == first[i] for i in piece.above) for w in worths)


def _differ(first: Sequence[Vector], last: Sequence[Vector], players: Sequence[int]) -> bool:
    return any(a[i] != b[i] for a, b in zip(first, last, strict=True) for i in players)
