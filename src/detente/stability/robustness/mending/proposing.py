"""A cheap combination of levers, fast: mixed-integer programs propose, exact arithmetic completes.

A region of the wrong verdict is left by breaking one of its conditions, which one is a binary
variable; changes are continuous. HiGHS finds the cheapest change that leaves all wrong regions met
so far, the game is solved exactly there, and a wrong region more is added until the region is a
right one (Benders' way of adding what is violated: Benders 1962). The cheapest point of that region
is then found by a linear program in rationals. Nothing here is taken on HiGHS's word: that there is
nothing cheaper is proved by `covering`, which starts from what is proposed.

Each choice of terms and talks has programs of its own: their games share no condition, so that one
program with binaries for the choices is no more than the least of these.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from fractions import Fraction
from math import prod
from typing import TYPE_CHECKING, Any

from detente.stability.robustness.nearest.covering import FINE, Found
from detente.stability.robustness.nearest.norms import Row, inside, nearest, size_of
from detente.stability.robustness.nearest.pieces import Constraint, Form, Forms, Frame

if TYPE_CHECKING:
    from detente.stability.robustness.mending.joint import Asked

BEYOND = 1e-5
"""How far a condition is broken, as a part of the largest change; above the tolerance of HiGHS."""
SMALL = 1e-8
"""A part of the largest change that counts as none."""
ROUNDS = 200
"""Wrong regions after which no more is proposed."""
BETTER = Fraction(999, 1000)
"""The part of the cheapest cost that the next proposal must stay below."""


@dataclass(frozen=True)
class Met:
    """A region of the wrong verdict: as rows, one of which fails wherever it is left."""

    rows: tuple[tuple[Row, bool], ...]
    """Each with whether it holds as an equality."""


class Proposing:
    """The programs of one choice of terms and talks.

    `limit` : nothing that costs as much is looked for; None where nothing is known
    `until` : on the clock of `time.perf_counter`
    """

    def __init__(
        self, asked: Asked, frame: Frame, limit: Fraction | None, until: float | None
    ) -> None:
        self.asked, self.frame, self.until = asked, frame, until
        self.limit = limit
        self.best: Found | None = None
        self.solved = 0
        self._met: list[Met] = []
        self._forms = Forms()

    def run(self) -> Found | None:
        """The cheapest that was met; None where none was."""
        y: list[Fraction] | None = [Fraction(0)] * len(self.frame.names)
        while y is not None and self.solved < ROUNDS:
            self._look(y)
            if self.until is not None and time.perf_counter() > self.until:
                break
            y = self._next()
        return self.best

    def _look(self, y: list[Fraction]) -> None:
        """Solve the game after a change, and learn from the region there."""
        self.solved += 1
        region = self.asked.at(self.frame.there(y))
        around = self._constraints(region.conditions, y)
        if region.verdict.reached and not region.verdict.fault:
            self._take(self._completed(around, y))
        else:
            self._met.append(Met(tuple(_rows(around, y))))

    def _take(self, found: Found) -> None:
        if self.best is None or found.size < self.best.size:
            self.best = found
        self.limit = min(self.limit or found.size, found.size)

    def _completed(self, around: Sequence[Constraint], y: list[Fraction]) -> Found:
        """The cheapest change in a right region, exactly where its conditions are linear."""
        here = Found(y, size_of(y, "sum"), True, y)
        if any(constraint.form.linear is None for constraint in around):
            return here
        rows = [row for constraint in around for row in constraint.rows()]
        found = nearest(rows, self.frame.box, "sum")
        if found is None:
            return here
        border = found.y
        # On the border of a right region a tie may be enough, which is a region of its own.
        at = self.asked.at(self.frame.there(border)).verdict
        if at.reached and not at.fault:
            return Found(border, found.size, True, border)
        inner = inside(rows, self.frame.box) or y
        beyond = [a + FINE * (b - a) for a, b in zip(border, inner, strict=True)]
        return Found(border, found.size, False, beyond)

    def _constraints(
        self, conditions: Sequence[Any], y: Sequence[Fraction]
    ) -> Sequence[Constraint]:
        """The signs of the factors of the conditions at y; where they stay, so does the verdict."""
        found: dict[Constraint, None] = {}
        for condition in conditions:
            whole = self.frame.polynomial(condition)
            if whole is None:
                continue
            signs = {form: form.sign(y) for form in self._forms.of(whole)}
            zero = [form for form, sign in signs.items() if not sign]
            for form in zero[:1] or signs:
                found[Constraint(form, frozenset((signs[form],)))] = None
        return list(found)

    # ── the program ────────────────────────────────────────────────────────────────────────────

    def _next(self) -> list[Fraction] | None:
        """The cheapest change that leaves all wrong regions met so far; None where there is none.

        It is looked for in units of the largest change, so that all numbers are of one size.
        """
        import numpy as np
        from scipy.optimize import Bounds, LinearConstraint, milp  # type: ignore[import-untyped]

        most = self._most()
        if not most:
            return None
        built = _Program([(_share(a, most), _share(b, most)) for a, b in self.frame.box])
        for met in self._met:
            if not built.leave(met, most):
                return None
        matrix, right = built.matrix()
        left = None if self.until is None else max(self.until - time.perf_counter(), 0.05)
        with silently():
            found = milp(
                c=built.costs(), integrality=built.integral(),
                bounds=Bounds(np.zeros(built.width), built.ends()),
                constraints=[LinearConstraint(matrix, ub=right)],
                options={"mip_rel_gap": 0.01, **({"time_limit": left} if left else {})},
            )  # fmt: skip
        if found.x is None:
            return None
        return self._rounded(built.change(found.x), most)

    def _most(self) -> Fraction:
        """The largest change that is looked at."""
        whole = sum((max(-low, high) for low, high in self.frame.box), Fraction(0))
        return whole if self.limit is None else min(whole, self.limit * BETTER)

    def _rounded(self, parts: Sequence[float], most: Fraction) -> list[Fraction]:
        unit = 1 << 40
        y = []
        for part, (low, high) in zip(parts, self.frame.box, strict=True):
            value = Fraction(0) if abs(part) < SMALL else Fraction(round(part * unit), unit) * most
            y.append(min(max(value, low), high))
        return y


@contextmanager
def silently() -> Iterator[None]:
    """What a library prints on standard output goes nowhere.

    HiGHS tells there of solutions that it repairs, whatever its options say.
    """
    import ctypes
    import os
    import sys

    if sys.stdout is not None:
        sys.stdout.flush()
    try:
        kept, nowhere = os.dup(1), os.open(os.devnull, os.O_WRONLY)
    except OSError:  # there is no standard output
        yield
        return
    try:
        os.dup2(nowhere, 1)
        yield
    finally:
        with suppress(OSError, TypeError, AttributeError):
            ctypes.CDLL(None).fflush(None)  # what is printed waits in a buffer
        os.dup2(kept, 1)
        os.close(kept)
        os.close(nowhere)


class _Program:
    """A mixed-integer program in floating point: up, down and which condition is broken."""

    def __init__(self, box: Sequence[tuple[float, float]]) -> None:
        self.box, self.count = box, len(box)
        self.binaries = 0
        ones = dict.fromkeys(range(2 * self.count), 1.0)
        self._entries: list[tuple[dict[int, float], float]] = [(ones, 1.0)]

    @property
    def width(self) -> int:
        """Variables: how far up each lever moves, how far down, and the binaries."""
        return 2 * self.count + self.binaries

    def leave(self, met: Met, most: Fraction) -> bool:
        """One condition of a region is to be broken; False where none can be, within reach."""
        chosen = {}
        for row, equal in met.rows:
            for one in (row, _negative(row)) if equal else (row,):
                binary = self._broken(one, most)
                if binary is not None:
                    chosen[binary] = -1.0
        if chosen:
            self._entries.append((chosen, -1.0))
        return bool(chosen)

    def _broken(self, row: Row, most: Fraction) -> int | None:
        """A binary that stands for row < 0; None where no change within reach does it."""
        scale = max((abs(a) for a in row.coefficients.values()), default=Fraction(0))
        if not scale:
            return None
        if row.constant >= scale * most:
            return None  # changes sum to at most one, and no coefficient is larger
        constant = _share(row.constant, scale * most)
        binary = 2 * self.count + self.binaries
        self.binaries += 1
        entries = {binary: constant + 1 + BEYOND}
        for i, a in row.coefficients.items():
            entries[i] = float(a / scale)
            entries[self.count + i] = -float(a / scale)
        # row + room · binary is at most room − BEYOND: nothing where the binary is 0.
        self._entries.append((entries, entries[binary] - BEYOND - constant))
        return binary

    def matrix(self) -> tuple[Any, Any]:
        """Rows of at most, as a sparse matrix and its right side."""
        import numpy as np
        from scipy.sparse import coo_array  # type: ignore[import-untyped]

        at = [(r, k, v) for r, (row, _) in enumerate(self._entries) for k, v in row.items()]
        rows, columns, values = zip(*at, strict=True)
        shape = (len(self._entries), self.width)
        matrix = coo_array((values, (rows, columns)), shape=shape).tocsr()
        return matrix, np.array([right for _, right in self._entries])

    def costs(self) -> Any:
        """What is to be least: all that is moved."""
        import numpy as np

        return np.concatenate([np.ones(2 * self.count), np.zeros(self.binaries)])

    def integral(self) -> Any:
        """Which variables are whole numbers."""
        import numpy as np

        return np.concatenate([np.zeros(2 * self.count), np.ones(self.binaries)])

    def ends(self) -> Any:
        """The greatest value of each variable."""
        import numpy as np

        up = [min(max(high, 0.0), 1.0) for _, high in self.box]
        down = [min(max(-low, 0.0), 1.0) for low, _ in self.box]
        return np.concatenate([up, down, np.ones(self.binaries)])

    def change(self, x: Sequence[float]) -> list[float]:
        """The change that a solution is."""
        return [float(x[k] - x[self.count + k]) for k in range(self.count)]


def _share(part: Fraction, whole: Fraction) -> float:
    """A part of a whole, -1 or 1 where it is more."""
    return float(max(min(part / whole, Fraction(1)), Fraction(-1)))


def _rows(around: Sequence[Constraint], y: Sequence[Fraction]) -> Iterator[tuple[Row, bool]]:
    """Rows that hold in a region; of conditions that bend, what they are close to the point."""
    for constraint in around:
        row = constraint.form.linear or _tangent(constraint.form, y)
        (sign,) = constraint.signs
        yield _negative(row) if sign < 0 else row, not sign


def _tangent(form: Form, y: Sequence[Fraction]) -> Row:
    """What a form is close to a point."""
    slopes: dict[int, Fraction] = {}
    for exponents, coefficient in form.terms:
        for i, power in enumerate(exponents):
            if power:
                rest = [y[k] ** (e - (k == i)) for k, e in enumerate(exponents) if e]
                slopes[i] = slopes.get(i, Fraction(0)) + coefficient * power * prod(rest)
    moved = sum((a * y[i] for i, a in slopes.items()), Fraction(0))
    return Row(slopes, form.at(y) - moved)


def _negative(row: Row) -> Row:
    return Row({i: -a for i, a in row.coefficients.items()}, -row.constant)
