"""The point of a polyhedron that is nearest to the origin, exactly, in three norms.

Greatest part and sum of the parts are linear programs. The Euclidean projection is a least-distance
problem: nonnegative least squares in floating point (Lawson and Hanson 1974, chapter 23) proposes
which rows hold with equality, and the system of these is solved and judged in rationals.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import isqrt
from typing import Literal

from detente.linear.programs import Optimum, maximise

Norm = Literal["max", "sum", "euclid"]
NORMS: tuple[Norm, ...] = ("max", "sum", "euclid")
Box = Sequence[tuple[Fraction, Fraction]]
Vector = Sequence[Fraction]


@dataclass(frozen=True)
class Row:
    """constant + Σ coefficient · y is 0 or more; above 0 where `strict`.

    `coefficients` : position of a variable → number
    """

    coefficients: Mapping[int, Fraction]
    constant: Fraction
    strict: bool = False

    def at(self, y: Vector) -> Fraction:
        """The left side."""
        return self.constant + sum((a * y[i] for i, a in self.coefficients.items()), Fraction(0))


@dataclass(frozen=True)
class Nearest:
    """The nearest point of a closed polyhedron.

    `size` : no point of it has a smaller one (see `size_of`)
    `y` : a point of that size; where `exact` is False, one that is nearly as near
    """

    size: Fraction
    y: list[Fraction]
    exact: bool = True


def size_of(y: Vector, norm: Norm) -> Fraction:
    """How long a change is; of the Euclidean norm the square, which stays rational.

    >>> size_of([Fraction(-1, 2), Fraction(1, 3)], "sum")
    Fraction(5, 6)
    """
    if norm == "max":
        return max((abs(v) for v in y), default=Fraction(0))
    if norm == "sum":
        return sum((abs(v) for v in y), Fraction(0))
    return sum((v * v for v in y), Fraction(0))


def reach(size: Fraction, norm: Norm) -> Fraction:
    """A number that no part of a change of this size exceeds."""
    return root(size, up=True) if norm == "euclid" else size


def root(square: Fraction, up: bool, bits: int = 64) -> Fraction:
    """The square root of a fraction, rounded to so many binary places."""
    scaled = (square.numerator << 2 * bits) // square.denominator
    below = isqrt(scaled)
    if below * below * square.denominator == square.numerator << 2 * bits:
        return Fraction(below, 1 << bits)
    return Fraction(below + up, 1 << bits)


def least_of_row(row: Row, norm: Norm) -> Fraction:
    """A size that every point of one row has, found without a program."""
    short = -row.constant
    if short <= 0:
        return Fraction(0)
    weights = [abs(a) for a in row.coefficients.values()]
    if norm == "euclid":
        below = sum((a * a for a in weights), Fraction(0))
        return short * short / below if below else Fraction(0)
    below = sum(weights, Fraction(0)) if norm == "max" else max(weights, default=Fraction(0))
    return short / below if below else Fraction(0)


def nearest(rows: Sequence[Row], box: Box, norm: Norm) -> Nearest | None:
    """The nearest point to the origin within the rows, taken as closed, and the box; None if none.

    `box` : (least, greatest) of each variable
    """
    used = sorted({i for row in rows for i in row.coefficients}
                  | {i for i, (low, high) in enumerate(box) if low > 0 or high < 0})  # fmt: skip
    if norm == "euclid":
        return _projection(rows, box, used)
    found = _by_program(rows, box, used, norm)
    if found.status != "optimal":
        return None
    y = _spread(found.x[: len(used)], used, len(box))
    assert found.value is not None
    return Nearest(-found.value, y)


def fewest(rows: Sequence[Row], box: Box, size: Fraction) -> list[Fraction]:
    """Of the points whose greatest part is at most `size`, one whose parts have the least sum."""
    limits = [(max(low, -size), min(high, size)) for low, high in box]
    found = nearest(rows, limits, "sum")
    assert found is not None
    return found.y


def inside(rows: Sequence[Row], box: Box) -> list[Fraction] | None:
    """A point where all strict rows hold with room to spare; None where there is none."""
    used = sorted({i for row in rows for i in row.coefficients})
    place = {i: k for k, i in enumerate(used)}
    width = len(used)
    matrix, right = [], []
    for row in rows:
        scale = max([abs(a) for a in row.coefficients.values()], default=Fraction(1))
        entries = {place[i]: -a / scale for i, a in row.coefficients.items()}
        if row.strict:
            entries[width] = Fraction(1)
        matrix.append(entries)
        right.append(row.constant / scale)
    bounds = [box[i] for i in used] + [(Fraction(0), Fraction(1))]
    found = maximise([0] * width + [1], matrix, right, bounds=bounds)
    if found.status != "optimal" or (any(row.strict for row in rows) and not found.x[width]):
        return None
    return _spread(found.x[:width], used, len(box))


def _spread(x: Sequence[Fraction], used: Sequence[int], width: int) -> list[Fraction]:
    y = [Fraction(0)] * width
    for i, value in zip(used, x, strict=True):
        y[i] = value
    return y


def _by_program(rows: Sequence[Row], box: Box, used: Sequence[int], norm: Norm) -> Optimum:
    """Variables: the parts of y, then the greatest part, or one bound on each part."""
    place = {i: k for k, i in enumerate(used)}
    width = len(used)
    matrix: list[dict[int, Fraction]] = []
    right: list[Fraction] = []
    for row in rows:
        matrix.append({place[i]: -a for i, a in row.coefficients.items()})
        right.append(row.constant)
    for k in range(width):
        bound = width if norm == "max" else width + k
        for sign in (1, -1):
            matrix.append({k: Fraction(sign), bound: Fraction(-1)})
            right.append(Fraction(0))
    count = width and (1 if norm == "max" else width)
    bounds: list[tuple[Fraction | None, Fraction | None]] = [box[i] for i in used]
    bounds += [(Fraction(0), None)] * count
    if not bounds:
        met = all(row.constant >= 0 for row in rows)
        return Optimum("optimal", [], Fraction(0)) if met else Optimum("infeasible")
    return maximise([0] * width + [-1] * count, matrix, right, bounds=bounds)


# ── Euclidean ──────────────────────────────────────────────────────────────────────────────────


def _projection(rows: Sequence[Row], box: Box, used: Sequence[int]) -> Nearest | None:
    walls = [Row({i: Fraction(1)}, -box[i][0]) for i in used]
    walls += [Row({i: Fraction(-1)}, box[i][1]) for i in used]
    every = [*rows, *walls]
    if all(row.constant >= 0 for row in every):
        return Nearest(Fraction(0), [Fraction(0)] * len(box))
    prices = _proposed(every, used)
    tight = [k for k, price in enumerate(prices) if price > 0]
    y = _on_all(every, tight, len(box))
    if y is not None and all(row.at(y) >= 0 for row in every):
        return Nearest(size_of(y, "euclid"), y)
    return _roughly(every, prices, rows, box, used)


def _proposed(rows: Sequence[Row], used: Sequence[int]) -> list[float]:
    """Prices of the rows, in floating point, up to a common factor."""
    import numpy as np
    from scipy.optimize import nnls  # type: ignore[import-untyped]

    place = {i: k for k, i in enumerate(used)}
    system = np.zeros((len(used) + 1, len(rows)))
    norms = []
    for at, row in enumerate(rows):
        norm = max(float(sum(a * a for a in row.coefficients.values())) ** 0.5, 1e-300)
        norms.append(norm)
        for i, a in row.coefficients.items():
            system[place[i], at] = float(a) / norm
        system[-1, at] = -float(row.constant) / norm
    target = np.zeros(len(used) + 1)
    target[-1] = 1
    try:
        prices, _ = nnls(system, target)
    except RuntimeError:  # it did not converge: the rough bound is nothing, and still right
        return [0.0] * len(rows)
    return [float(p) / n for p, n in zip(prices, norms, strict=True)]


def _on_all(rows: Sequence[Row], tight: Sequence[int], width: int) -> list[Fraction] | None:
    """The point nearest to the origin at which these rows are 0, if no price is negative."""
    from flint import fmpq, fmpq_mat

    if not tight:
        return None
    gram = [[_dot(rows[i], rows[j]) for j in tight] for i in tight]
    matrix = fmpq_mat([[fmpq(v.numerator, v.denominator) for v in line] for line in gram])
    right = fmpq_mat(
        [[fmpq(-rows[i].constant.numerator, rows[i].constant.denominator)] for i in tight]
    )
    try:
        solved = matrix.solve(right)
    except ZeroDivisionError:
        return None
    prices = [Fraction(int(solved[k, 0].p), int(solved[k, 0].q)) for k in range(len(tight))]
    if any(price < 0 for price in prices):
        return None
    y = [Fraction(0)] * width
    for price, i in zip(prices, tight, strict=True):
        for k, a in rows[i].coefficients.items():
            y[k] += price * a
    return y


def _dot(one: Row, other: Row) -> Fraction:
    return sum(
        (a * other.coefficients[i] for i, a in one.coefficients.items() if i in other.coefficients),
        Fraction(0),
    )


def _roughly(
    every: Sequence[Row], prices: Sequence[float], rows: Sequence[Row], box: Box,
    used: Sequence[int],
) -> Nearest | None:  # fmt: skip
    """A bound by duality: with prices p of 0 or more, |y| is at least p·(−constants) / |p·rows|."""
    found = _by_program(rows, box, used, "max")
    if found.status != "optimal":
        return None
    exact = [Fraction(max(price, 0.0)) for price in prices]
    short = -sum((p * row.constant for p, row in zip(exact, every, strict=True)), Fraction(0))
    slope: dict[int, Fraction] = {}
    for price, row in zip(exact, every, strict=True):
        for i, a in row.coefficients.items():
            slope[i] = slope.get(i, Fraction(0)) + price * a
    below = sum((s * s for s in slope.values()), Fraction(0))
    assert found.value is not None
    size = max(found.value * found.value, short * short / below if below and short > 0 else 0)
    return Nearest(Fraction(size), _spread(found.x[: len(used)], used, len(box)), exact=False)
