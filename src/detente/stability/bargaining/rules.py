"""The bargaining solutions among outcomes as they are, exactly; every tie is listed.

Floating point only throws out what its error bounds exclude; the rest is compared exactly.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import cached_property
from math import lcm
from typing import Any, Union

import numpy as np
from numpy.typing import NDArray

from detente.stability.bargaining.points import Vector
from detente.stability.bargaining.problem import Problem
from detente.stability.bargaining.weights import Weights

ERROR = 2.0**-49
"""Relative error of a float in `Points.approx`, and of a difference of two, with room to spare."""
LOG_BITS = (64, 256, 1024, 4096)
"""Binary digits to which weighted products are compared by logarithms before they are taken as
equal, or multiplied out where weights are rational."""
MULTIPLIED = 50_000_000
"""Binary digits of products that are multiplied out."""

Given = Union[Problem, "Gains"]
"""A problem, or the gains of those of its outcomes that matter: at least its frontier."""
Best = Callable[[list[Vector]], list[int]]
"""Gains of some outcomes → the positions of the best."""


class Gains:
    """What the outcomes of the zone of agreement bring beyond no agreement.

    `zone` : int (num_outcomes,), their positions in the problem; of those given, where not all are
    `low`, `high` : float64 (num_outcomes, num_parties), bounds of each gain
    `active` : the parties that gain by some of them, by position; the others get just what they
        have without agreement in all of them
    """

    def __init__(self, problem: Problem, among: Sequence[int] | None = None) -> None:
        self.problem = problem
        if among is None:
            self.zone = np.flatnonzero(problem.in_zone)
        else:
            at = np.asarray(among, dtype=np.intp)
            self.zone = np.sort(at[problem.in_zone[at]])
        self.points = points = problem.points.take(self.zone)
        near = points.approx
        without = np.array([_float(value) for value in problem.disagreement])
        with np.errstate(invalid="ignore", over="ignore"):
            middle = near - without
            slack = (np.abs(near) + np.abs(without)) * ERROR
            self.low = np.maximum(middle - slack, 0.0)
            self.high = middle + slack
        # Where no float holds the numbers, nothing is known of their difference.
        lost = ~np.isfinite(middle)
        self.low[lost], self.high[lost] = 0.0, np.inf
        self.active = [
            party
            for party, value in enumerate(problem.disagreement)
            if points.above(party, value).any()
        ]

    def exact(self, rows: NDArray[np.integer]) -> list[Vector]:
        """The exact gains of the active parties, at these positions of `zone`."""
        without = self.problem.disagreement
        found = []
        for k in self.zone[rows].tolist():
            point = self.problem.points[k]
            found.append(tuple(point[i] - without[i] for i in self.active))
        return found

    @cached_property
    def ideal(self) -> Vector:
        """The most that each active party gains by any of them."""
        found = []
        for party in self.active:
            at = int(np.argmax(self.points.order[:, party]))
            best = self.problem.points[int(self.zone[at])]
            found.append(best[party] - self.problem.disagreement[party])
        return tuple(found)

    def all(self) -> tuple[int, ...]:
        """All of these outcomes."""
        return tuple(self.zone.tolist())

    def best(self, low: NDArray[Any], high: NDArray[Any], choose: Best) -> tuple[int, ...]:
        """The outcomes that an exact rule chooses among those that bounds of a score leave."""
        # A score that floats cannot hold excludes nothing and is not excluded.
        rows = np.flatnonzero(~(high < np.where(np.isnan(low), -np.inf, low).max()))
        if len(rows) == 1:
            return (int(self.zone[rows[0]]),)
        chosen = choose(self.exact(rows))
        return tuple(self.zone[rows[chosen]].tolist())


def nash(given: Given, weights: Weights) -> tuple[int, ...]:
    """The outcomes of the zone with the greatest product of gains (Nash 1950; with exponents,
    Harsanyi and Selten 1972).

    A party that nothing in the zone lets gain is left out of the product. Empty where no outcome
    lets all the others gain.
    """
    gains = _gains(given)
    if not gains.active:
        return gains.all()
    near = np.array([float(weights.near()[i]) for i in gains.active])
    with np.errstate(divide="ignore", invalid="ignore"):
        least = np.log(gains.low[:, gains.active]) * near
        most = np.log(gains.high[:, gains.active]) * near
        size = np.abs(np.where(np.isfinite(most), most, 0.0)).sum(axis=1)
        slack = ERROR * (near.sum() + size)
        low, high = least.sum(axis=1), most.sum(axis=1)
    found = gains.best(
        low - slack, high + slack, lambda rows: greatest_products(rows, weights, gains.active)
    )
    problem = gains.problem
    return tuple(k for k in found if all(problem.gains(k)[i] > 0 for i in gains.active))


def egalitarian(given: Given, weights: Weights) -> tuple[int, ...]:
    """The outcomes of the zone whose least gain is the greatest, then the next least, and so on
    (Kalai 1977; in this order Imai 1983, Chun and Peters 1989). With weights, gains count in
    proportion to them."""
    gains = _gains(given)
    near = weights.near()
    return _most_even(gains, [near[i] for i in gains.active])


def kalai_smorodinsky(given: Given, weights: Weights) -> tuple[int, ...]:
    """The outcomes of the zone that give the party served worst the greatest part of the most it
    could gain there, then the next worst served, and so on (Kalai and Smorodinsky 1975; in this
    order Imai 1983)."""
    gains = _gains(given)
    near = weights.near()
    unit = [most * near[i] for i, most in zip(gains.active, gains.ideal, strict=True)]
    return _most_even(gains, unit)


def evenest(given: Given) -> tuple[int, ...]:
    """The outcomes in which the parties get the most nearly equal parts of the most that each could
    gain: the difference between the greatest part and the least is the least.

    Another reading of Kalai and Smorodinsky for single outcomes, which needs them to be on the
    frontier: give their gains.
    """
    gains = _gains(given)
    if not gains.active:
        return gains.all()
    ideal = gains.ideal
    size = np.array([_float(most) for most in ideal])
    with np.errstate(divide="ignore", invalid="ignore", over="ignore", under="ignore"):
        low, high = gains.low[:, gains.active] / size, gains.high[:, gains.active] / size
        least = (low.max(axis=1) - high.min(axis=1)) - 8 * ERROR
        most = (high.max(axis=1) - low.min(axis=1)) + 8 * ERROR

    def choose(rows: list[Vector]) -> list[int]:
        parts = [[g / m for g, m in zip(row, ideal, strict=True)] for row in rows]
        return _all_best([min(part) - max(part) for part in parts])

    return gains.best(-most, -least, choose)


def utilitarian(given: Given, weights: Weights) -> tuple[int, ...]:
    """The outcomes of the zone with the greatest (weighted) sum of what the parties get."""
    gains = _gains(given)
    if not gains.active:
        return gains.all()
    near = weights.near()
    factors = [near[i] for i in gains.active]
    size = np.array([_float(f) for f in factors])
    slack = 1 + ERROR * (2 + len(factors))
    with np.errstate(invalid="ignore", over="ignore"):
        low, high = gains.low[:, gains.active] @ size, gains.high[:, gains.active] @ size

    def choose(rows: list[Vector]) -> list[int]:
        sums = [
            sum((f * g for f, g in zip(factors, row, strict=True)), Fraction(0)) for row in rows
        ]
        return _all_best(sums)

    return gains.best(low / slack, high * slack, choose)


def greatest_products(rows: list[Vector], weights: Weights, active: Sequence[int]) -> list[int]:
    """The positions of the rows with the greatest product of numbers to the power of weights.

    Exact where weights are rational; logarithms of irrational ones are compared to
    `LOG_BITS[-1]` digits, and what they do not tell apart counts as equal.
    """
    whole = _powers(weights, active)
    if whole is not None and sum(whole) <= 4 * len(whole):
        return _all_best([_product(row, whole) for row in rows])
    best = [0]
    for k in range(1, len(rows)):
        order = _compared(rows[k], rows[best[0]], weights, active, whole)
        if order > 0:
            best = [k]
        elif not order:
            best.append(k)
    return best


def _powers(weights: Weights, active: Sequence[int]) -> list[int] | None:
    """The weights as whole numbers."""
    if weights.exact is None:
        return None
    own = [weights.exact[i] for i in active]
    unit = lcm(*(w.denominator for w in own))
    return [int(w * unit) for w in own]


def _product(row: Vector, powers: Sequence[int]) -> Fraction:
    product = Fraction(1)
    for value, power in zip(row, powers, strict=True):
        product *= value**power
    return product


def _compared(
    one: Vector, other: Vector, weights: Weights, active: Sequence[int], whole: list[int] | None
) -> int:
    """1, 0 or -1: which of two products is greater."""
    positive = all(v > 0 for v in one), all(v > 0 for v in other)
    if one == other or not all(positive):
        return int(positive[0]) - int(positive[1])
    ratios = [a / b for a, b in zip(one, other, strict=True)]
    for bits in LOG_BITS:
        sign = _sign_of_logs(ratios, weights, active, bits)
        if sign:
            return sign
    if whole is None:
        return 0
    size = sum(max(r.numerator, r.denominator).bit_length() * w
               for r, w in zip(ratios, whole, strict=True))  # fmt: skip
    if size > MULTIPLIED:
        return 0
    product = _product(tuple(ratios), whole)
    return int(product > 1) - int(product < 1)


def _sign_of_logs(
    ratios: Sequence[Fraction], weights: Weights, active: Sequence[int], bits: int
) -> int:
    """The sign of the weighted sum of logarithms, 0 where so many digits do not tell it."""
    from flint import arb, ctx

    balls = weights.balls(bits)
    with ctx.workprec(bits):
        total = arb(0)
        for ratio, i in zip(ratios, active, strict=True):
            total += balls[i] * (arb(ratio.numerator) / ratio.denominator).log()
        return int(total > 0) - int(total < 0)


def _most_even(gains: Gains, unit: Sequence[Fraction]) -> tuple[int, ...]:
    """The outcomes whose gains, each in its unit, are lexicographically greatest when sorted."""
    if not gains.active:
        return gains.all()
    size = np.array([_float(u) for u in unit])
    slack = 1 + 4 * ERROR
    with np.errstate(divide="ignore", invalid="ignore", over="ignore", under="ignore"):
        low = (gains.low[:, gains.active] / size).min(axis=1) / slack
        high = (gains.high[:, gains.active] / size).min(axis=1) * slack

    def choose(rows: list[Vector]) -> list[int]:
        return _all_best([sorted(g / u for g, u in zip(row, unit, strict=True)) for row in rows])

    return gains.best(low, high, choose)


def _all_best(scores: Sequence[Any]) -> list[int]:
    best = max(scores)
    return [k for k, score in enumerate(scores) if score == best]


def _gains(given: Given) -> Gains:
    return given if isinstance(given, Gains) else Gains(given)


def _float(value: Fraction) -> float:
    try:
        return float(value)
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")
