"""A basis that is optimal exactly, from floating point that is not (Gleixner, Steffy, Wolter 2016).

What a floating-point solution misses the bounds and prices by is computed exactly, magnified, and
solved for as a program of its own with the same matrix. A few rounds lead to solutions so precise
that the basis they end at is optimal in exact arithmetic too.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detente.linear.highs import Equations, scaling
from detente.linear.standard import Answer, Standard, judge

_ROUNDS = 16
_GAIN = 32
"""Binary digits by which a round magnifies what the one before left, at most."""

_FAR = 2.0**32
"""A bound so far away, and a loss so great, count as no farther and no greater: either is a column
that a small correction leaves alone."""


def refine(
    program: Standard, deadline: float | None, check: Callable[[], None]
) -> tuple[Answer | None, frozenset[int]]:
    """(the optimum of a program, proved, or None where floating point does not lead to it; the last
    basis)."""
    whole = _Whole.of(program)
    equations = Equations(whole.shape, whole.floats(), deadline, check)
    now = _Solution.start(whole)
    judged: list[frozenset[int]] = [frozenset()]
    for _ in range(_ROUNDS):
        check()
        basic = now.correct(whole, equations)
        if basic is None:
            break
        if basic not in judged:
            judged.append(basic)
            answer = judge(program, set(basic))
            if answer is not None:
                return answer, basic
        if not now.measure(whole):
            break
    return None, judged[-1]


@dataclass(frozen=True, eq=False)
class _Whole:
    """A program as equations, every inequality with a slack column of its own, in scaled units.

    `entries` : (row, column, number); all numbers are FLINT rationals
    `signed` : which columns may not be negative
    `loosened` : the row of each slack column; the other columns come first, `width` of them
    """

    entries: list[tuple[int, int, Any]]
    rhs: list[Any]
    cost: list[Any]
    signed: list[bool]
    width: int
    loosened: list[int]

    @classmethod
    def of(cls, program: Standard) -> _Whole:
        """The program so."""
        from flint import fmpq

        def scaled(values: Any, powers: NDArray[np.int64]) -> list[Any]:
            return [_times(fmpq(int(v)), p) for v, p in zip(values, powers.tolist(), strict=True)]

        by = scaling(program)
        width, at_row, at_column = program.num_columns, program.at_row, program.at_column
        loosened = [i for i, equal in enumerate(program.equal) if not equal]
        numbers = scaled(program.entry, by.row[at_row] + by.column[at_column])
        entries = list(zip(at_row.tolist(), at_column.tolist(), numbers, strict=True))
        entries += [(i, width + k, fmpq(1)) for k, i in enumerate(loosened)]
        cost = scaled(program.cost, by.column - by.cost) + [fmpq(0)] * len(loosened)
        signed = [not free for free in program.free] + [True] * len(loosened)
        return cls(entries, scaled(program.rhs, by.row - by.rhs), cost, signed, width, loosened)

    @property
    def shape(self) -> tuple[int, int]:
        """How many rows and columns."""
        return len(self.rhs), len(self.cost)

    def floats(self) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
        """(row, column, entry), row by row, in floating point."""
        ordered = sorted(self.entries, key=lambda one: one[0])
        rows, columns = (np.array([one[k] for one in ordered], dtype=np.int64) for k in (0, 1))
        return rows, columns, np.array([_float(a, 0) for _, _, a in ordered])

    def left_by(self, x: list[Any], y: list[Any]) -> tuple[list[Any], list[Any]]:
        """(right sides less A x, costs less y A)."""
        rhs, cost = list(self.rhs), list(self.cost)
        for i, j, a in self.entries:
            if x[j]:
                rhs[i] -= a * x[j]
            if y[i]:
                cost[j] -= a * y[i]
        return rhs, cost


@dataclass
class _Solution:
    """What has been found so far, exactly: `x`, the prices `y`, and what they leave.

    `missing`, `gains` : of the right sides and of the costs
    `up`, `up_dual` : the powers of two by which these are magnified
    """

    x: list[Any]
    y: list[Any]
    missing: list[Any]
    gains: list[Any]
    up: int = 0
    up_dual: int = 0

    @classmethod
    def start(cls, whole: _Whole) -> _Solution:
        """Nothing."""
        from flint import fmpq

        rows, columns = whole.shape
        return cls([fmpq(0)] * columns, [fmpq(0)] * rows, whole.rhs, whole.cost)

    def correct(self, whole: _Whole, equations: Equations) -> frozenset[int] | None:
        """Solve for what is left and add it: the basis, as variables of the program; None where
        floating point does not solve it."""
        least = [
            max(_float(-v, self.up), -_FAR) if signed else -np.inf
            for v, signed in zip(self.x, whole.signed, strict=True)
        ]
        gains = [max(_float(g, self.up_dual), -_FAR) for g in self.gains]
        found = equations.solve(gains, [_float(b, self.up) for b in self.missing], least)
        if found is None:
            return None
        self.x = [old + _exact(v, -self.up) for old, v in zip(self.x, found.x, strict=True)]
        self.y = [
            old + _exact(v, -self.up_dual) for old, v in zip(self.y, found.prices, strict=True)
        ]
        width = whole.width
        inside = {j for j in found.columns if j < width}
        loose = {whole.loosened[j - width] for j in found.columns if j >= width}
        return frozenset(inside | {width + i for i in loose.union(found.rows)})

    def measure(self, whole: _Whole) -> bool:
        """Compute what is left, and how far to magnify it; False where nothing is."""
        self.missing, self.gains = whole.left_by(self.x, self.y)
        primal = [abs(b) for b in self.missing]
        primal += [-v for v, signed in zip(self.x, whole.signed, strict=True) if signed and v < 0]
        dual = [abs(g) for g, signed in zip(self.gains, whole.signed, strict=True)
                if g > 0 or not signed]  # fmt: skip
        self.up = min(self.up + _GAIN, -_exponent(max(primal, default=0)))
        self.up_dual = min(self.up_dual + _GAIN, -_exponent(max(dual, default=0)))
        return any(primal) or any(dual)


def _times(value: Any, power: int) -> Any:
    from flint import fmpq, fmpz

    return value * (fmpz(1) << power) if power >= 0 else value / fmpq(fmpz(1) << -power)


def _exact(value: float, power: int) -> Any:
    """value · 2^power as a rational."""
    from flint import fmpq

    numerator, denominator = value.as_integer_ratio()
    return _times(fmpq(numerator, denominator), power)


def _exponent(value: Any) -> int:
    """About the logarithm of a rational to base two; very small for zero."""
    if not value:
        return -(1 << 30)
    return int(value.numerator).bit_length() - int(value.denominator).bit_length()


def _float(value: Any, power: int) -> float:
    """value · 2^power in floating point."""
    above, below = int(value.numerator), int(value.denominator)
    shift = 64 - above.bit_length() + below.bit_length()
    head = (above << shift) // below if shift >= 0 else above // (below << -shift)
    return float(np.ldexp(float(head), power - shift))
