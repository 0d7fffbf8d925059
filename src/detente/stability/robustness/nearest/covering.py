"""The smallest change that does something: the space covered by regions, nearest first.

A piece of the space is asked at a point close to its nearest: the region there is cut out of it,
and what is left falls apart into pieces again, each with a size below which it has no change.
Conditions are taken apart into factors, and a piece says which signs these have. Where all factors
are linear, pieces are polyhedra and their nearest points exact, so that the first region that is
looked for is the nearest. A piece in which one bends is searched by branch and bound (`halving`),
until what was found and what is ruled out are close.
"""

from __future__ import annotations

import heapq
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import islice
from math import inf
from typing import Any, Protocol

import numpy as np

from detente.errors import OutOfTime
from detente.game.expressions import Expr
from detente.stability.robustness.nearest.bounding import Floats, outward
from detente.stability.robustness.nearest.descent import Descent, exactly
from detente.stability.robustness.nearest.halving import Boxes, Halving
from detente.stability.robustness.nearest.norms import (
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
from detente.stability.robustness.nearest.pieces import Constraint, Form, Forms, Frame, Piece
from detente.stability.robustness.nearest.points import (
    between,
    first_in,
    furthest,
    on_surfaces,
    towards_nothing,
)
from detente.stability.robustness.regions.conditions import Condition

FINE = Fraction(1, 1 << 30)
"""How far a point is moved off the border of an open piece, as a part of the way to its inside."""
TOUCHING = Fraction(1, 1 << 40)
"""A size below which, where conditions bend, a change found is as good as none."""
MOST_PIECES = 1000
"""Points that are solved before the search ends with a gap."""
MOST_BOXES = 200_000
"""Boxes that are bounded before it does."""
MOST_TRIED = 100
"""Points of a surface that are tried."""
STUBBORN = 2
"""Steps after which it is asked whether linear algebra excludes a piece."""
LOOKED_AT = 4
"""Of the boxes of a piece: steps between two looks for a change in it."""


class Regions(Protocol):
    """What can be asked at a point; `regions.Regions` is one."""

    def at(self, point: Mapping[str, Fraction]) -> Any:
        """The region around a point: its `verdict` and `conditions`."""


@dataclass(frozen=True)
class Found:
    """A change that is looked for, or the border that such changes come close to.

    `y` : the change, in units of the ranges
    `size` : see `norms.size_of`
    `attained` : whether `y` itself is one
    `beyond` : one at or close to `y`
    """

    y: list[Fraction]
    size: Fraction
    attained: bool
    beyond: list[Fraction]


@dataclass(order=True)
class _Open:
    """A piece that is left, with a size below which it has no change.

    `rows`, `y` : where it is linear, it as rows, and its nearest point
    `halving`, `start` : where it is not, the search in it, and where to look for a change
    """

    size: Fraction
    count: int
    piece: Piece = field(compare=False)
    rows: list[Row] = field(compare=False, default_factory=list)
    y: list[Fraction] = field(compare=False, default_factory=list)
    halving: Halving | None = field(compare=False, default=None)
    start: Floats | None = field(compare=False, default=None)
    steps: int = field(compare=False, default=0)


class Covering:
    """The search, which may be stopped at any time: `lower` and `best` are right throughout.

    `wanted` : whether a verdict is one that is looked for
    `fault` : whether it is none, there being no game
    `asked` : points at which the game was solved
    `boxes` : boxes that were bounded
    """

    def __init__(
        self, regions: Regions, frame: Frame, norm: Norm, wanted: Callable[[Any], bool],
        gap: Fraction, deadline: float | None = None,
        progress: Callable[[str, float | None], None] | None = None,
    ) -> None:  # fmt: skip
        self.regions, self.frame, self.norm, self.wanted = regions, frame, norm, wanted
        self.gap, self.deadline, self.progress = gap, deadline, progress
        self.best: Found | None = None
        self.asked = self.boxes = 0
        self.without_game = False
        self._forms = Forms()
        self._factors: dict[Expr, list[Form]] = {}
        self._left: list[_Open] = []
        self._near: list[Fraction] = []
        self._count = 0
        ends = [outward(low, high) for low, high in frame.box]
        self._low = np.array([low for low, _ in ends])
        self._high = np.array([high for _, high in ends])
        self._sure: dict[tuple[Constraint, float], bool] = {}
        self._push(Piece(), Fraction(0))

    @property
    def lower(self) -> Fraction | None:
        """No smaller change is one; None where none at all is."""
        sizes = [opened.size for opened in self._left[:1]] + self._near
        if self.best is not None:
            sizes.append(self.best.size)
        return min(sizes, default=None)

    @property
    def attained(self) -> bool | None:
        """Whether a change of the least size is one; None where it is not known."""
        best = self.best
        if best is None or self.lower != best.size:
            return None
        if best.attained or not best.size:
            return best.attained
        open_ = any(opened.size <= best.size for opened in self._left)
        return None if open_ or any(size <= best.size for size in self._near) else False

    def run(self) -> bool:
        """Search until it is proved; False where a limit of the search was met before."""
        last = time.perf_counter()
        while self._left:
            if self.asked >= MOST_PIECES or self.boxes >= MOST_BOXES:
                return False
            now = time.perf_counter()
            if self.deadline is not None and now > self.deadline:
                raise OutOfTime
            if self.progress is not None and now > last + 0.1:
                self.progress(self._told(), None)
                last = now
            self._step(self._left[0])
        return True

    def _told(self) -> str:
        lower = self.lower or Fraction(0)
        size = float(lower) ** (0.5 if self.norm == "euclid" else 1)
        return f"{self.asked} points solved, nothing below {size:.4g}"

    # ── one piece ──────────────────────────────────────────────────────────────────────────────

    def _step(self, opened: _Open) -> None:
        """Replace the nearest piece by what is left of it; on an interrupt it stays."""
        mine, near = self._left, len(self._near)
        self._left = []
        try:
            self._ask(opened)
        except BaseException:
            self._left = mine
            del self._near[near:]
            raise
        made, self._left = self._left, mine
        heapq.heappop(mine)
        for each in made:
            heapq.heappush(mine, each)

    def _ask(self, opened: _Open) -> None:
        if self._too_far(opened.size):
            return
        if opened.halving is None:
            self._ask_linear(opened)
        elif self._close(opened.size):
            self._near.append(opened.size)
        else:
            self._search(opened, opened.halving)

    def _ask_linear(self, opened: _Open) -> None:
        piece = opened.piece
        y = self._point(piece, opened)
        if y is None:
            return  # it has no inside
        if piece.overturned:
            self._offer(Found(y, self._size_of(y), True, y))
            self._nearest_of(piece, opened.rows, y)
        else:
            self._cut(opened, y)

    def _search(self, opened: _Open, halving: Halving) -> None:
        """Look for a change in a piece that bends; bring its bound up where none is met."""
        if opened.start is not None and opened.steps % LOOKED_AT == 0:
            if self._taken(opened, opened.start):
                return
            if self._close(opened.size):
                self._near.append(opened.size)
                return
        if opened.steps == STUBBORN and not opened.piece.possible(self.frame.box):
            return
        self._halve(opened, halving)

    def _halve(self, opened: _Open, halving: Halving) -> None:
        """One step of branch and bound, and take up what it leaves."""
        start = halving.step(self._length(), self._enough())
        self.boxes += halving.bounded
        lower = halving.lower
        if lower == inf:
            return
        size = max(opened.size, self._size(lower))
        if halving.boxes:
            self._count += 1
            piece, steps = opened.piece, opened.steps + 1
            self._left.append(
                _Open(size, self._count, piece, halving=halving, start=start, steps=steps)
            )
        elif not self._too_far(size):
            # Boxes that are bounded well enough, or too narrow to halve: part of the gap.
            self._near.append(size)

    def _taken(self, opened: _Open, start: Floats) -> bool:
        """Ask at a change in the piece, if one is met; whether what is left of it was taken up."""
        y = self._met(opened.piece, start)
        if y is None:
            return False
        if not opened.piece.overturned:
            self._cut(opened, y)
            return True
        self._improve(opened.piece, y)
        return False

    def _cut(self, opened: _Open, y: list[Fraction]) -> None:
        """Cut the region around a point out of a piece."""
        piece = opened.piece
        region = self.regions.at(self.frame.there(y))
        self.asked += 1
        around = self._constraints(region.conditions, y)
        if region.verdict.fault:
            self.without_game = True
        elif self.wanted(region.verdict):
            self._offer(Found(y, self._size_of(y), True, y))
            self._other(piece.with_(around, overturned=True), opened.size, y)
        held: list[Constraint] = []
        for constraint in around:
            for other in constraint.others():
                self._push(piece.with_([*held, other]), opened.size)
            held.append(constraint)

    def _other(self, piece: Piece | None, size: Fraction, y: list[Fraction]) -> None:
        """Take in a piece that is looked for."""
        piece = piece and self._shortened(piece)
        if piece is None:
            return
        if piece.linear:
            self._nearest_of(piece, piece.rows(), y)
            return
        self._improve(piece, y)
        self._push(piece, size)

    def _nearest_of(self, piece: Piece, rows: list[Row], y: list[Fraction]) -> None:
        """Offer the exactly nearest point of a linear piece, of which `y` is one."""
        found = nearest(rows, self.frame.box, self.norm)
        assert found is not None
        border, size = found.y, found.size
        if not found.exact:
            self._near.append(size)
            border = furthest(piece, y, border)
            size = self._size_of(border)
        elif self.norm == "max":
            border = fewest(rows, self.frame.box, size)
        attained = piece.holds(border)
        beyond = border
        if not attained:
            inner = inside(rows, self.frame.box) or y
            beyond = between(border, inner, FINE)
        self._offer(Found(border, size, attained, beyond))

    def _constraints(self, conditions: Sequence[Condition], y: Vector) -> list[Constraint]:
        """The signs of the conditions' factors: where these are the same, so are the conditions.

        Factors are of lower degree, and many conditions have the same.
        """
        found: dict[Form, Constraint] = {}
        for condition in conditions:
            signs = {form: form.sign(y) for form in self._forms_of(condition)}
            zero = [form for form, sign in signs.items() if not sign]
            for form in zero[:1] or signs:  # where one factor stays zero, so does the product
                made = Constraint(form, frozenset((signs[form],)))
                if not self._surely(made):
                    found[form] = made
        return list(found.values())

    def _forms_of(self, condition: Condition) -> list[Form]:
        known = self._factors.get(condition.function)
        if known is None:
            whole = self.frame.polynomial(condition)
            known = [] if whole is None else self._forms.of(whole)
            self._factors[condition.function] = known
        return known

    # ── what is left ───────────────────────────────────────────────────────────────────────────

    def _push(self, piece: Piece | None, size: Fraction) -> None:
        """Take up a piece unless it is empty or too far away.

        `size` : below which it has no change
        """
        piece = piece and self._shortened(piece)
        if piece is None:
            return
        self._count += 1
        if not piece.linear:
            halving = Halving(piece.signed(), self.norm, Boxes.whole(self._low, self._high))
            self._halve(_Open(size, self._count, piece, steps=-1), halving)
            return
        rows = piece.rows()
        if self._too_far(max([least_of_row(row, self.norm) for row in rows], default=Fraction(0))):
            return
        found = nearest(rows, self.frame.box, self.norm)
        if found is not None and not self._too_far(found.size):
            size = max(size, found.size)
            self._left.append(_Open(size, self._count, piece, rows, found.y))

    def _shortened(self, piece: Piece) -> Piece | None:
        """The piece without constraints that hold anyway; None where it is seen to be empty."""
        sure = []
        for constraint in piece.constraints:
            if self._surely(constraint):
                sure.append(constraint)
            elif any(self._surely(other) for other in constraint.others()):
                return None
        return piece.without(sure) if sure else piece

    def _surely(self, constraint: Constraint) -> bool:
        """Whether a constraint is known to hold wherever a change is not too large."""
        most = self._length()
        key = constraint, most
        known = self._sure.get(key)
        if known is None:
            known = self._sure[key] = self._is_sure(constraint, most)
        return known

    def _is_sure(self, constraint: Constraint, most: float) -> bool:
        if constraint.signs == {0}:
            return False
        if constraint.form.linear is not None:
            return all(self._row_holds(row) for row in constraint.rows())
        boxes = Boxes.whole(self._low, self._high)
        return all(
            Halving([(smooth, -sign)], self.norm, boxes).nothing(most)
            for smooth, sign in constraint.signed()
        )

    def _row_holds(self, row: Row) -> bool:
        """Whether it does in all of the box, or where a change is not too large."""
        box = self.frame.box
        least = row.constant + sum(
            (min(a * box[i][0], a * box[i][1]) for i, a in row.coefficients.items()), Fraction(0)
        )
        if least > 0 or (least == 0 and not row.strict):
            return True
        back = Row({i: -a for i, a in row.coefficients.items()}, -row.constant)
        return self.best is not None and least_of_row(back, self.norm) > self.best.size

    # ── lengths ────────────────────────────────────────────────────────────────────────────────

    def _length(self) -> float:
        """What is longer does not matter."""
        if self.best is not None:
            return outward(Fraction(0), reach(self.best.size, self.norm))[1]
        far = np.maximum(np.abs(self._low), np.abs(self._high))
        order = {"max": inf, "sum": 1, "euclid": 2}[self.norm]
        return float(np.linalg.norm(far, order)) * (1 + 2**-30)

    def _enough(self) -> float:
        """A bound that needs not be brought up any more."""
        return inf if self.best is None else self._length() * (1 - float(self.gap) * 15 / 16)

    def _size_of(self, y: Vector) -> Fraction:
        return size_of(y, self.norm)

    def _size(self, length: float) -> Fraction:
        found = Fraction(length)
        return found * found if self.norm == "euclid" else found

    def _close(self, size: Fraction) -> bool:
        """Whether a piece with this bound may be left as it is."""
        if self.best is None:
            return False
        part = (1 - self.gap) ** (2 if self.norm == "euclid" else 1)
        return self.best.size <= TOUCHING or size >= self.best.size * part

    def _too_far(self, size: Fraction) -> bool:
        if self.best is None:
            return False
        return size > self.best.size or (size == self.best.size and self.best.attained)

    def _offer(self, found: Found) -> None:
        best = self.best
        if best is None or (found.size, not found.attained) < (best.size, not best.attained):
            self.best = found
            self._sure.clear()

    # ── points ─────────────────────────────────────────────────────────────────────────────────

    def _point(self, piece: Piece, opened: _Open) -> list[Fraction] | None:
        """A change in a linear piece, close to the nearest one; None where it has no inside."""
        if piece.holds(opened.y):
            return opened.y
        inner = inside(opened.rows, self.frame.box)
        return None if inner is None else first_in(piece, opened.y, inner)

    def _met(self, piece: Piece, start: Floats) -> list[Fraction] | None:
        """A change in a piece that bends, close to the nearest one; None where none was met."""
        forms = [c.form for c in piece.constraints if c.signs == {0}]
        surfaces = sorted(forms, key=lambda form: -len(form.variables))
        for found in self._descent(piece).towards(start):
            y = self._inside(exactly(found))
            for tried in sorted(islice(on_surfaces(surfaces, y), MOST_TRIED), key=self._size_of):
                if self._too_far(self._size_of(tried)):
                    break  # what holds in the ball need not hold there
                if self._holds(piece, tried):
                    return tried
        return None

    def _improve(self, piece: Piece, y: list[Fraction]) -> None:
        """Look in a piece that is looked for for nearer changes, from one of them on."""
        if any(c.signs == {0} for c in piece.constraints):
            self._offer(Found(y, self._size_of(y), True, y))
            return

        def holds(at: Floats) -> bool:
            return self._holds(piece, self._inside(exactly(at)))

        start = np.array([float(v) for v in y])
        if holds(start):
            found = self._inside(exactly(self._descent(piece).shortened(start, holds)))
            y = min(y, found, key=self._size_of)
        y = self._sparse(piece, y)
        self._offer(Found(y, self._size_of(y), True, y))
        if any(y) and piece.from_nothing(y):
            near = next(z for z in towards_nothing(y) if self._holds(piece, z))
            self._offer(Found([Fraction(0)] * len(y), Fraction(0), False, near))

    def _descent(self, piece: Piece) -> Descent:
        return Descent(piece.signed(), self.norm, self._low, self._high)

    def _holds(self, piece: Piece, y: Vector) -> bool:
        return self.frame.within(y) and piece.holds(y)

    def _inside(self, y: Vector) -> list[Fraction]:
        """The change cut off where it leaves the box."""
        ends = zip(y, self.frame.box, strict=True)
        return [min(max(v, low), high) for v, (low, high) in ends]

    def _sparse(self, piece: Piece, y: list[Fraction]) -> list[Fraction]:
        """The same change without the parts that can be left out."""
        for i in sorted(range(len(y)), key=lambda i: abs(y[i])):
            tried = [Fraction(0) if k == i else v for k, v in enumerate(y)]
            if y[i] and self._holds(piece, tried):
                y = tried
        return y
