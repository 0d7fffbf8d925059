"""The smallest change that overturns a verdict: the ranges covered by regions, nearest first.

A piece of the ranges is asked at its nearest point: the region there is cut out of it, and what is
left falls apart into pieces again, each with a size below which it has no change. Where all
conditions are linear the pieces are polyhedra and their nearest points exact, so that the first
region of another verdict that is met is the nearest. A condition that bends is bounded by linear
functions in the box of its piece, and the box is halved until the bounds are close (branch and
bound; Horst and Tuy 1996).
"""

from __future__ import annotations

import heapq
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from math import ceil

from detente.errors import OutOfTime
from detente.stability.following.course import Standing
from detente.stability.robustness.conditions import Condition
from detente.stability.robustness.norms import (
    Norm,
    Row,
    Vector,
    fewest,
    inside,
    least_of_row,
    nearest,
    reach,
    size_of,
)
from detente.stability.robustness.pieces import Constraint, Frame, Piece
from detente.stability.robustness.regions import Regions
from detente.stability.verdict import Modal

FINE = Fraction(1, 1 << 30)
"""How far a point is moved off the border of an open piece, as a part of the way to its inside."""
STEPS = tuple(Fraction(1, 1 << k) for k in (30, 12, 5, 2, 0))
ROUNDS = 12
"""Steps towards a nearer point by linear bounds."""
TOUCHING = Fraction(1, 1 << 40)
"""A size below which, where conditions bend, a change found is as good as none."""
MOST_PIECES = 1000
"""Pieces that are asked before the search ends with a gap."""


@dataclass(frozen=True)
class Found:
    """A change that overturns the verdict, or the border that such changes come close to.

    `y` : the change, in units of the ranges
    `size` : see `norms.size_of`
    `attained` : whether the verdict is another one at `y` itself
    `beyond` : a change that overturns it, at or close to `y`
    """

    y: list[Fraction]
    size: Fraction
    attained: bool
    beyond: list[Fraction]


@dataclass(order=True)
class _Open:
    size: Fraction
    count: int
    piece: Piece = field(compare=False)
    rows: list[Row] = field(compare=False)
    y: list[Fraction] = field(compare=False)


class Covering:
    """The search, which may be stopped at any time: `lower` and `best` are right throughout.

    `now` : the verdict that is to be overturned
    `asked` : points at which the game was solved
    `bent` : whether a condition was met that is not linear
    """

    def __init__(
        self, regions: Regions, frame: Frame, norm: Norm, now: Modal, gap: Fraction,
        deadline: float | None = None, progress: Callable[[str, float | None], None] | None = None,
    ) -> None:  # fmt: skip
        self.regions, self.frame, self.norm, self.now = regions, frame, norm, now
        self.gap, self.deadline, self.progress = gap, deadline, progress
        self.best: Found | None = None
        self.asked = 0
        self.bent = False
        self.without_game = False
        self._floor: Fraction | None = None
        self._heap: list[_Open] = []
        self._count = 0
        self._known: dict[str, Constraint] = {}
        self._push(Piece(frame.box))

    @property
    def lower(self) -> Fraction | None:
        """No smaller change overturns the verdict; None where none at all does."""
        sizes = [self._heap[0].size] if self._heap else []
        sizes += [size for size in (self._floor,) if size is not None]
        if self.best is not None:
            sizes.append(self.best.size)
        return min(sizes, default=None)

    @property
    def attained(self) -> bool | None:
        """Whether a change of the least size overturns the verdict; None where it is not known."""
        best = self.best
        if best is None or self.lower != best.size:
            return None
        if best.attained:
            return True
        return None if self._heap and self._heap[0].size == best.size else False

    def run(self) -> bool:
        """Search until it is proved; False where the number of pieces came to an end before."""
        for step in range(MOST_PIECES):
            if self._done():
                return True
            if self.deadline is not None and time.perf_counter() > self.deadline:
                raise OutOfTime
            if self.progress is not None and not step % 16:
                self.progress(f"{self.asked} points solved", None)
            self._step(self._heap[0])
        return self._done()

    def _done(self) -> bool:
        if not self._heap:
            return True
        if self.best is None:
            return False
        least, size = self._heap[0].size, self.best.size
        if self.bent:
            close = (1 - self.gap) ** (2 if self.norm == "euclid" else 1)
            return size <= TOUCHING or least >= size * close
        return least > size or (least == size and self.best.attained)

    # ── one piece ──────────────────────────────────────────────────────────────────────────────

    def _step(self, opened: _Open) -> None:
        """Replace the nearest piece by what is left of it; on an interrupt it stays."""
        mine, count = self._heap, self._count
        made: list[_Open] = []
        self._heap = made
        try:
            self._ask(opened)
        except BaseException:
            self._heap, self._count = mine, count
            raise
        self._heap = mine
        heapq.heappop(mine)
        for each in made:
            heapq.heappush(mine, each)

    def _ask(self, opened: _Open) -> None:
        piece = opened.piece
        y = self._point(piece, opened.rows, opened.y)
        if y is None:
            self._halve(opened)
        elif not piece.overturned:
            self._cut(piece, y)
        else:
            self._offer(Found(y, size_of(y, self.norm), True, y))
            if piece.linear:
                self._nearest_of(piece, opened.rows, y)
            else:
                self._improve(piece, y)
                self._halve(opened)

    def _halve(self, opened: _Open) -> None:
        halves = opened.piece.halves()
        if halves is None and not opened.piece.linear:
            # A box without width in all that bends: what it may hold stays part of the gap.
            self._floor = min(opened.size, self._floor or opened.size)
        for half in halves or ():
            self._push(half)

    def _cut(self, piece: Piece, y: list[Fraction]) -> None:
        """Cut the region around a point out of a piece."""
        self.asked += 1
        region = self.regions.at(self.frame.there(y))
        around = self._constraints(piece, region.conditions)
        if region.verdict.fault:
            self.without_game = True
        elif self._overturned(region.verdict):
            self._offer(Found(y, size_of(y, self.norm), True, y))
            self._other(Piece(piece.box, (*piece.constraints, *around), True), y)
        held: list[Constraint] = []
        for constraint in around:
            for opposite in constraint.opposite():
                self._push(Piece(piece.box, (*piece.constraints, *held, opposite)))
            held.append(constraint)

    def _overturned(self, verdict: Standing) -> bool:
        return not verdict.fault and verdict.stable != self.now

    def _other(self, piece: Piece, y: list[Fraction]) -> None:
        """Take in a piece in which the verdict is another one."""
        relaxed = piece.relaxed(self.norm, self._most())
        if relaxed is None:
            return
        if piece.linear:
            self._nearest_of(*relaxed, y)
            return
        self._improve(relaxed[0], y)
        self._push(piece)

    def _nearest_of(self, piece: Piece, rows: list[Row], y: list[Fraction]) -> None:
        found = nearest(rows, piece.box, self.norm)
        if found is None or not found.exact:
            self._improve(piece, y)
            return
        border = found.y
        if self.norm == "max":
            border = fewest(rows, piece.box, found.size)
        attained = piece.holds(border)
        beyond = border
        if not attained:
            inner = inside(rows, piece.box) or y
            beyond = _between(border, inner, FINE)
        self._offer(Found(border, found.size, attained, beyond))

    def _constraints(self, piece: Piece, conditions: Sequence[Condition]) -> list[Constraint]:
        found: list[Constraint] = []
        for condition in conditions:
            made = self.frame.constraint(condition)
            if made is None:
                continue
            made = self._known.setdefault(f"{made.relation} {made.form.polynomial}", made)
            if made not in piece.constraints and made not in found:
                found.append(made)
        return found

    def _push(self, piece: Piece) -> None:
        """Take up a piece unless it is empty or too far away."""
        relaxed = piece.relaxed(self.norm, self._most())
        if relaxed is None:
            return
        piece, rows = relaxed
        if self._too_far(max([least_of_row(row, self.norm) for row in rows], default=Fraction(0))):
            return
        found = nearest(rows, piece.box, self.norm)
        if found is None or self._too_far(found.size):
            return
        self.bent = self.bent or not piece.linear or not found.exact
        self._count += 1
        heapq.heappush(self._heap, _Open(found.size, self._count, piece, rows, found.y))

    def _most(self) -> Fraction | None:
        if self.best is None:
            return None
        unit = 1 << 40
        return Fraction(ceil(reach(self.best.size, self.norm) * unit), unit)

    def _too_far(self, size: Fraction) -> bool:
        if self.best is None:
            return False
        return size > self.best.size or (size == self.best.size and self.best.attained)

    def _offer(self, found: Found) -> None:
        best = self.best
        if best is None or (found.size, not found.attained) < (best.size, not best.attained):
            self.best = found

    # ── points ─────────────────────────────────────────────────────────────────────────────────

    def _point(
        self, piece: Piece, rows: list[Row], y: list[Fraction]
    ) -> list[Fraction] | None:
        """A change in the piece, close to the nearest one; None where none was met.

        Where all constraints are linear, there is none then: the piece has no inside.
        """
        if piece.holds(y):
            return y
        if piece.linear:
            inner = inside(rows, piece.box)
            return None if inner is None else _first_in(piece, y, inner)
        y = _short(y)
        for _ in range(2):
            rows = _tangents(piece, y)
            step = nearest(rows, piece.box, self.norm)
            aim = inside(rows, piece.box)
            if step is None or aim is None:
                return None
            found = _first_in(piece, step.y, aim)
            if found is not None:
                return found
            y = _short(step.y)
        return None

    def _improve(self, piece: Piece, y: list[Fraction]) -> None:
        """Look in a piece of another verdict for nearer changes, from one of them on."""
        if any(c.relation == "=" for c in piece.constraints):
            return
        at, size = y, size_of(y, self.norm)
        for _ in range(ROUNDS):
            step = nearest(_tangents(piece, at), piece.box, self.norm)
            if step is None:
                break
            nearer = _furthest(piece, at, _short(step.y))
            reached = size_of(nearer, self.norm)
            if reached >= size:
                break
            close = reached > size * (1 - self.gap / 16)
            at, size = nearer, reached
            if close:
                break
        at = _sparse(piece, at)
        self._offer(Found(at, size_of(at, self.norm), True, at))


def _tangents(piece: Piece, y: Vector) -> list[Row]:
    rows = []
    for constraint in piece.constraints:
        row = constraint.form.tangent(y)
        rows.append(Row(row.coefficients, row.constant, constraint.relation == ">"))
    return rows


def _between(one: Vector, other: Vector, part: Fraction) -> list[Fraction]:
    return [a + part * (b - a) for a, b in zip(one, other, strict=True)]


def _first_in(piece: Piece, y: Vector, inner: Vector) -> list[Fraction] | None:
    """The first point in the piece on the way from a point of its border to the inside."""
    for part in STEPS:
        found = _between(y, inner, part)
        for tried in (_short(found), found):
            if piece.holds(tried):
                return tried
    return None


def _short(y: Vector) -> list[Fraction]:
    """The point rounded, so that exact numbers stay short."""
    unit = 1 << 48
    return [Fraction(round(v * unit), unit) for v in y]


def _furthest(piece: Piece, start: Vector, end: Vector) -> list[Fraction]:
    """By bisection, a point in the piece as far on the way from one of its points as can be."""
    low, high = Fraction(0), Fraction(1)
    if piece.holds(end):
        return list(end)
    found = list(start)
    for _ in range(24):
        middle = (low + high) / 2
        tried = _short(_between(start, end, middle))
        if piece.holds(tried):
            low, found = middle, tried
        else:
            high = middle
    return found


def _sparse(piece: Piece, y: list[Fraction]) -> list[Fraction]:
    """The same change without the parts that can be left out."""
    for i in sorted(range(len(y)), key=lambda i: abs(y[i])):
        tried = [Fraction(0) if k == i else v for k, v in enumerate(y)]
        if y[i] and piece.holds(tried):
            y = tried
    return y
