"""What polynomials can at most be in boxes within a ball: many boxes at once, in floating point.

Around a point of a box a polynomial is a constant, a linear part and a remainder. Each monomial of
the remainder is at most a share of each of its variables' moves times how large the others can be
(by the box, or by the norm: the multinomial theorem and Cauchy's inequality), so that a linear
function lies above it that is exact at the point. The most of a linear function in the ball is a
fractional knapsack in the norm `sum`, a corner in `max`, and a Lagrangian bound in `euclid`.

Every number is rounded; how much all roundings can amount to is added (Higham 2002, chapter 3).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from math import factorial, inf, nextafter, prod

import numpy as np
from numpy.typing import NDArray

from detente.stability.robustness.nearest.norms import Norm

Floats = NDArray[np.float64]
"""Where boxes are many, the last axis is theirs."""
Ints = NDArray[np.intp]
Terms = Sequence[tuple[tuple[int, ...], Fraction]]

UNIT = 2.0**-52
"""How far one operation may be off, as a part of its result; twice what it is."""
WIDER = 1 + 2.0**-44
"""By what lengths are multiplied so that no rounding makes them too short."""
HALVINGS = 24
"""Steps towards the best multiplier of a Lagrangian bound."""


class Smooth:
    """A polynomial in floating point, scaled so that its largest coefficient is 1.

    `used` : the variables that occur in it, by position
    """

    def __init__(self, terms: Terms) -> None:
        width = len(terms[0][0])
        self.used = np.array(
            [i for i in range(width) if any(e[i] for e, _ in terms)], dtype=np.intp
        )
        known = {tuple(e[i] for i in self.used): c for e, c in terms}
        monomials = _below(known)
        position = {monomial: k for k, monomial in enumerate(monomials)}
        largest = max(abs(c) for c in known.values())
        self._coefficients = np.array(
            [float(known.get(m, Fraction(0)) / largest) for m in monomials]
        )
        self._exponents = np.array(monomials, dtype=np.intp).T.reshape(len(self.used), -1)
        self._shifts = [list(_shift(i, monomials, position)) for i in range(len(self.used))]
        self._linear = [position[_one(i, len(self.used))] for i in range(len(self.used))]
        self._degree = self._exponents.sum(axis=0)
        self._parts = [_Part(self._exponents, self._degree, d)
                       for d in range(2, int(self._degree.max()) + 1)]  # fmt: skip
        self._occurs = [np.flatnonzero(row) for row in self._exponents]
        self._odd = [np.flatnonzero(row % 2) for row in self._exponents]
        operations = sum(map(len, self._shifts)) + len(monomials) + len(self.used) + 64
        self._rounding = 4 * operations * UNIT

    @property
    def bends(self) -> bool:
        """Whether it is not linear."""
        return bool(self._parts)

    def around(self, point: Floats) -> Floats:
        """(num_monomials, num_boxes), its coefficients around points (num_variables, num_boxes)."""
        found = np.repeat(self._coefficients[:, None], point.shape[1], axis=1)
        for i, steps in zip(self.used, self._shifts, strict=True):
            if point[i].any():
                for low, high in steps:
                    found[low] += point[i] * found[high]
        return found

    def slopes(self, around: Floats) -> Floats:
        """(num_used, num_boxes), the derivatives at the points that coefficients are around."""
        found: Floats = around[self._linear]
        return found

    def value(self, point: Floats) -> Floats:
        """(num_points,), about what it is at points (num_variables, num_points)."""
        powers = np.ones((len(self._coefficients), point.shape[1]))
        for variable, row, occurs in zip(self.used, self._exponents, self._occurs, strict=True):
            powers[occurs] *= point[variable] ** row[occurs][:, None]
        found: Floats = self._coefficients @ powers
        return found

    def tangent(self, point: Floats) -> tuple[float, Floats]:
        """About what it is at one point (num_variables,), and its gradient there."""
        around = self.around(point[:, None])[:, 0]
        gradient = np.zeros(len(point))
        gradient[self.used] = self.slopes(around)
        return float(around[0]), gradient

    def above(self, around: Floats, sign: int, reach: Reach, origin: Floats) -> Row:
        """A linear function that lies above the polynomial times a sign, within reach."""
        up, down = reach.up[self.used], reach.down[self.used]
        far = np.maximum(up, down)
        around = around * sign
        rising = self._rising(around, up, down)
        powers = np.ones_like(around)
        for i, occurs in enumerate(self._occurs):
            powers[occurs] *= far[i] ** self._exponents[i][occurs][:, None]
        bent, slope = np.zeros_like(far), np.zeros_like(far)
        for part in self._parts:
            shared = part.shared(rising, powers)
            bent += shared
            steep = shared / np.where(far > 0, far, 1)
            if reach.norm != "max":
                steep = np.minimum(steep, part.in_ball(rising, reach))
            slope += steep
        straight = self.slopes(around)
        slopes = np.concatenate([straight + slope, slope - straight])
        return Row(around[0] + self._lost(origin[self.used], far), slopes, self.used, bent)

    def _rising(self, around: Floats, up: Floats, down: Floats) -> Floats:
        """The coefficients as far as moves within reach can make their terms positive."""
        way = np.where(down <= 0, 1.0, np.where(up <= 0, -1.0, 0.0))
        if not (way <= 0).any():
            return np.maximum(around, 0)
        turned = np.ones_like(around)
        for i, odd in enumerate(self._odd):
            turned[odd] *= way[i]
        return np.where(turned == 0, np.abs(around), np.maximum(around * turned, 0))

    def _lost(self, origin: Floats, far: Floats) -> Floats:
        """By how much roundings can have made it too small anywhere within reach."""
        sizes = np.repeat(np.abs(self._coefficients)[:, None], far.shape[1], axis=1)
        for i, occurs in enumerate(self._occurs):
            size = np.abs(origin[i]) + far[i]
            sizes[occurs] *= size ** self._exponents[i][occurs][:, None]
        found: Floats = self._rounding * sizes.sum(axis=0) + 1e-300
        return found


class _Part:
    """The monomials of one degree."""

    def __init__(self, exponents: Ints, degree: Ints, which: int) -> None:
        self._rows = np.flatnonzero(degree == which)
        self._which = which
        mine = exponents[:, self._rows]
        self._share = mine / which
        orders = [prod(factorial(int(e)) for e in m) for m in mine.T]
        self._often = np.array([o / factorial(which) for o in orders])[:, None]
        self._of = [np.flatnonzero(row) for row in mine]
        self._squares = [
            (self._often[rows] * which * mine[i][rows][:, None]) for i, rows in enumerate(self._of)
        ]

    def shared(self, rising: Floats, powers: Floats) -> Floats:
        """(num_used, num_boxes), what the monomials can be, shared out among their variables."""
        found: Floats = self._share @ (rising[self._rows] * powers[self._rows])
        return found

    def in_ball(self, rising: Floats, reach: Reach) -> Floats:
        """(num_used, num_boxes), slopes that together lie above them where moves are short.

        By Euler a form P of degree d is the sum of the moves times its derivatives, over d. By the
        multinomial theorem a derivative is at most its largest coefficient over how often that
        occurs, times the length to the power d - 1; by Cauchy the root of the sum of squares.
        """
        mine = rising[self._rows]
        found = np.zeros((len(self._of), mine.shape[1]))
        for i, rows in enumerate(self._of):
            if not len(rows):
                continue
            if reach.norm == "sum":
                found[i] = (mine[rows] * self._often[rows]).max(axis=0)
            else:
                found[i] = np.sqrt((mine[rows] ** 2 * self._squares[i]).sum(axis=0)) / self._which
        found *= reach.length ** (self._which - 1)
        return found


@dataclass(frozen=True)
class Row:
    """constant + Σ slope · move, above a polynomial within reach.

    `slopes` : (2 · num_used, num_boxes), of moves up, then of moves down
    `bent` : (num_used, num_boxes), how much of the difference is owed to each variable, at most
    """

    constant: Floats
    slopes: Floats
    used: Ints
    bent: Floats


@dataclass(frozen=True)
class Reach:
    """Moves from a point of each box, within the box and the ball.

    `norm` : in which the ball is one
    `up`, `down` : (num_variables, num_boxes), how far each variable can move
    `near` : the point of each box that is nearest to the middle of the ball
    `length` : how long a move from there can be in the norm; below zero where the box is outside
    `budget` : what is left of the ball: the length, in `euclid` of squares
    """

    norm: Norm
    up: Floats
    down: Floats
    near: Floats
    length: Floats
    budget: Floats

    @classmethod
    def of(cls, low: Floats, high: Floats, radius: Floats, norm: Norm) -> Reach:
        """From the nearest points of boxes."""
        near = np.clip(0.0, low, high)
        if norm == "sum":
            budget = radius * WIDER - np.abs(near).sum(axis=0)
            length = np.maximum(budget, 0)
            cap = np.broadcast_to(length, near.shape)
        elif norm == "max":
            cap = radius * WIDER - np.abs(near)
            budget = cap.min(axis=0)
            length = np.maximum(budget, 0)
        else:
            budget = (radius * WIDER) ** 2 - (near * near).sum(axis=0)
            length = np.sqrt(np.maximum(budget, 0)) * WIDER
            cap = np.sqrt(np.maximum(budget + near * near, 0)) * WIDER - np.abs(near)
        cap = np.maximum(cap, 0)
        up = np.minimum((high - near) * WIDER, cap)
        down = np.minimum((near - low) * WIDER, cap)
        return cls(norm, up, down, near, length, budget)

    def from_corner(self, way: Floats) -> tuple[Reach, Floats]:
        """The same moves seen from a corner of each box (the ball being a box too), and it.

        `way` : above 0 where the corner is up
        """
        corner = np.where(way > 0, self.near + self.up, self.near - self.down)
        wide = (self.up + self.down) * WIDER
        up, down = np.where(way > 0, 0.0, wide), np.where(way > 0, wide, 0.0)
        return Reach(self.norm, up, down, corner, self.length, self.budget), corner

    def most(self, row: Row) -> Floats:
        """(num_boxes,), what a row can be within reach, at most."""
        caps = np.concatenate([self.up[row.used], self.down[row.used]])
        steep = np.maximum(row.slopes, 0)
        if self.norm == "max":
            gains = (steep * caps).reshape(2, len(row.used), -1).max(axis=0)
            found: Floats = row.constant + gains.sum(axis=0)
        elif self.norm == "sum":
            found = row.constant + self._knapsack(steep, caps)[0]
        else:
            found = row.constant + self._lagrange(steep, caps, row.used)[0]
        return found

    def best(self, row: Row) -> Floats:
        """(num_variables, num_boxes), about the points at which a row is that."""
        caps = np.concatenate([self.up[row.used], self.down[row.used]])
        steep = np.maximum(row.slopes, 0)
        if self.norm == "max":
            moves = np.where(steep > 0, caps, 0)
            moves = np.where(steep >= np.roll(steep, len(row.used), axis=0), moves, 0)
        elif self.norm == "sum":
            moves = self._knapsack(steep, caps)[1]
        else:
            moves = self._lagrange(steep, caps, row.used)[1]
        found = self.near.copy()
        count = len(row.used)
        found[row.used] += moves[:count] - moves[count:]
        return found

    def _knapsack(self, steep: Floats, caps: Floats) -> tuple[Floats, Floats]:
        order = np.argsort(-steep, axis=0)
        sizes = np.take_along_axis(caps, order, axis=0)
        before = np.cumsum(sizes, axis=0) - sizes
        taken = np.clip(self.length * WIDER - before, 0, sizes)
        moves = np.zeros_like(taken)
        np.put_along_axis(moves, order, taken, axis=0)
        # The sums of caps are rounded; what that can lose is a part of each.
        spare = UNIT * 4 * len(caps) * (sizes.sum(axis=0) + self.length)
        gain = (steep * moves).sum(axis=0) + steep.max(axis=0, initial=0) * spare
        return gain, moves

    def _lagrange(self, steep: Floats, caps: Floats, used: Ints) -> tuple[Floats, Floats]:
        """Any multiplier gives a bound; the best is where the moves are as long as can be."""
        near = np.abs(np.concatenate([self.near[used], self.near[used]]))
        budget = np.maximum(self.budget, 0)
        norm = np.sqrt((steep * steep).sum(axis=0))
        low = np.full_like(norm, 1e-18)
        high = np.maximum(norm / np.maximum(self.length, 1e-30), 1e-12)
        for _ in range(HALVINGS):
            middle = np.sqrt(low * high)
            moves = np.clip(steep / (2 * middle) - near, 0, caps)
            long = (moves * moves + 2 * near * moves).sum(axis=0) > budget
            low, high = np.where(long, middle, low), np.where(long, high, middle)
        moves = np.clip(steep / (2 * high) - near, 0, caps)
        lengths = (moves * moves + 2 * near * moves).sum(axis=0)
        gain = (steep * moves).sum(axis=0)
        spare = UNIT * 16 * len(caps) * (gain + high * (budget + lengths))
        return gain + high * np.maximum(budget - lengths, 0) + spare, moves


def outward(low: Fraction, high: Fraction) -> tuple[float, float]:
    """Ends in floating point that hold an interval."""
    below, above = float(low), float(high)
    return (
        below if below <= low else nextafter(below, -inf),
        above if above >= high else nextafter(above, inf),
    )


def _below(
    known: Sequence[tuple[int, ...]] | dict[tuple[int, ...], Fraction],
) -> list[tuple[int, ...]]:
    """All monomials that divide one of these, by degree, and those of degree 1."""
    found: set[tuple[int, ...]] = set()
    for monomial in known:
        if monomial not in found:
            found.update(product(*[range(e + 1) for e in monomial]))
    return sorted(found, key=lambda m: (sum(m), m))


def _one(i: int, count: int) -> tuple[int, ...]:
    return tuple(int(k == i) for k in range(count))


def _shift(
    i: int, monomials: Sequence[tuple[int, ...]], position: dict[tuple[int, ...], int]
) -> Iterator[tuple[Ints, Ints]]:
    """The steps of Horner's scheme that move a variable: where to add, and what."""
    most = max(m[i] for m in monomials)
    raised = [
        (m[i], k, position.get((*m[:i], m[i] + 1, *m[i + 1 :]))) for k, m in enumerate(monomials)
    ]
    for first in range(most):
        for power in range(most - 1, first - 1, -1):
            steps = [(k, up) for e, k, up in raised if e == power and up is not None]
            yield (
                np.array([k for k, _ in steps], dtype=np.intp),
                np.array([up for _, up in steps], dtype=np.intp),
            )
