"""The bargaining solutions among outcomes as they are, exactly; every tie is listed.

Every score lies between bounds in floating point, which throw out most outcomes; what they leave is
compared exactly.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import cached_property
from math import inf, lcm, log
from operator import mul, truediv
from typing import Any

import numpy as np

from detente.stability.bargaining.points import Vector, nearest
from detente.stability.bargaining.problem import Problem
from detente.stability.bargaining.weights import Weights

ERROR = 2.0**-49
"""Relative error of a float in `Points.approx`, and of a difference of two, with room to spare."""
LEAST = 2.0**-1000
"""Error of numbers so small that floats hold them with fewer digits."""
LOG_ERROR = 2.0**-38
"""Error of a logarithm of a float, times a weight of at most one, with room to spare."""
LOG_BITS = (64, 256, 1024, 4096)
"""Binary digits to which weighted products are compared by logarithms before they are taken as
equal, or multiplied out where weights are rational."""
MULTIPLIED = 50_000_000
"""Binary digits of products that are multiplied out."""

Bounds = tuple[list[float], Callable[[int], float]]
"""The most that each outcome's score may be; the least, by the outcome's position."""
Best = Callable[[list[Vector]], list[int]]
"""Gains of some outcomes → the positions of the best."""


class Gains:
    """What outcomes of the zone of agreement bring beyond no agreement.

    `among` : the outcomes that matter, by position: at least the frontier
    `zone` : those of them in the zone of agreement
    `active` : the parties that gain by some of them, by position; the others get just what they
        have without agreement in all of them
    `low`, `high` : bounds of what each outcome of `zone` brings the active parties
    `most` : bounds of the most that each active party gains by any of them
    """

    def __init__(self, problem: Problem, among: Sequence[int]) -> None:
        self.problem = problem
        inside = problem.in_zone
        self.zone = sorted(k for k in among if inside[k])
        near = problem.points.approx[self.zone]
        without = np.array([nearest(value) for value in problem.disagreement])
        with np.errstate(invalid="ignore", over="ignore"):
            middle = near - without
            slack = (np.abs(near) + np.abs(without)) * ERROR + LEAST
            low, high = np.maximum(middle - slack, 0.0), middle + slack
        # Where no float holds the numbers, nothing is known of their difference.
        lost = ~np.isfinite(slack)
        if lost.any():
            low[lost], high[lost] = 0.0, inf
        least, most = low.max(axis=0, initial=0.0), high.max(axis=0, initial=0.0)
        self.active = [i for i in range(len(without)) if least[i] or self._gains_some(i)]
        if len(self.active) < len(without):
            low, high = low[:, self.active], high[:, self.active]
            least, most = least[self.active], most[self.active]
        self.low: list[list[float]] = low.tolist()
        self.high: list[list[float]] = high.tolist()
        self.most: tuple[list[float], list[float]] = least.tolist(), most.tolist()

    def _gains_some(self, party: int) -> bool:
        """Whether a party gains by some outcome, exactly."""
        points, without = self.problem.points, self.problem.disagreement[party]
        return any(points[k][party] > without for k in self.zone)

    def exact(self, rows: Sequence[int]) -> list[Vector]:
        """The exact gains of the active parties, at these positions of `zone`."""
        found = (self.problem.gains(self.zone[row]) for row in rows)
        return [tuple(gains[i] for i in self.active) for gains in found]

    @cached_property
    def ideal(self) -> Vector:
        """The most that each active party gains by any of them."""
        order, problem = self.problem.points.order[self.zone], self.problem
        best = [self.zone[int(order[:, i].argmax())] for i in self.active]
        return tuple(
            problem.points[k][i] - problem.disagreement[i]
            for k, i in zip(best, self.active, strict=True)
        )

    def best(self, bounds: Bounds | None, choose: Best) -> list[int]:
        """The positions in `zone` that an exact rule chooses among those that bounds leave; all are
        left where there are none."""
        if bounds is None:
            return choose(self.exact(range(len(self.zone))))
        high, low = bounds
        bar = low(high.index(max(high))) - LEAST
        # Not `>=`, for a score that floats cannot hold is not thrown out.
        rows = [row for row, most in enumerate(high) if not most < bar]
        return rows if len(rows) == 1 else [rows[k] for k in choose(self.exact(rows))]

    def outcomes(self, rows: Sequence[int]) -> tuple[int, ...]:
        """The outcomes at these positions of `zone`."""
        return tuple(self.zone[row] for row in rows)


def nash(gains: Gains, weights: Weights) -> tuple[int, ...]:
    """The outcomes of the zone with the greatest product of gains (Nash 1950; with exponents,
    Harsanyi and Selten 1972).

    A party that nothing in the zone lets gain is left out of the product. Empty where no outcome
    lets all the others gain.
    """
    if not gains.active:
        return tuple(gains.zone)
    factors = None if weights.equal else _floats(weights, gains.active)
    slack = LOG_ERROR * len(gains.active)
    rows = gains.best(
        (
            [_sum_of_logs(row, factors) + slack for row in gains.high],
            lambda row: _sum_of_logs(gains.low[row], factors) - slack,
        ),
        lambda rows: greatest_products(rows, weights, gains.active),
    )
    return gains.outcomes(
        [row for row in rows if min(gains.low[row]) > 0 or min(gains.exact([row])[0]) > 0]
    )


def egalitarian(gains: Gains, weights: Weights) -> tuple[int, ...]:
    """The outcomes of the zone whose least gain is the greatest, then the next least, and so on
    (Kalai 1977; in this order Imai 1983, Chun and Peters 1989). With weights, gains count in
    proportion to them."""
    own = _floats(weights, gains.active)
    return _most_even(gains, own, own, lambda: _taken(weights, gains.active))


def kalai_smorodinsky(gains: Gains, weights: Weights) -> tuple[int, ...]:
    """The outcomes of the zone that give the party served worst the greatest part of the most it
    could gain there, then the next worst served, and so on (Kalai and Smorodinsky 1975; in this
    order Imai 1983)."""
    own = _floats(weights, gains.active)
    least, most = (list(map(mul, own, ends)) for ends in gains.most)
    return _most_even(
        gains, least, most, lambda: list(map(mul, gains.ideal, _taken(weights, gains.active)))
    )


def evenest(gains: Gains) -> tuple[int, ...]:
    """The outcomes in which the parties get the most nearly equal parts of the most that each could
    gain: the difference between the greatest part and the least is the least.

    Another reading of Kalai and Smorodinsky for single outcomes; it needs the outcomes that matter
    to be just the frontier.
    """
    if not gains.active:
        return tuple(gains.zone)
    def choose(rows: list[Vector]) -> list[int]:
        shares = [list(map(truediv, row, gains.ideal)) for row in rows]
        return _all_best([min(share) - max(share) for share in shares])

    return gains.outcomes(gains.best(_evenness(gains), choose))


def _evenness(gains: Gains) -> Bounds | None:
    """By how much the least of the parts falls short of the greatest."""
    least, most = gains.most
    if min(least) < LEAST:
        return None
    slack = 8 * ERROR

    def low(row: int) -> float:
        ends = zip(gains.low[row], most, strict=True), zip(gains.high[row], least, strict=True)
        return min(g / m for g, m in ends[0]) - max(g / m for g, m in ends[1]) - slack

    high = [
        min(map(truediv, up, least)) - max(map(truediv, down, most)) + slack
        for up, down in zip(gains.high, gains.low, strict=True)
    ]
    return high, low


def utilitarian(gains: Gains, weights: Weights) -> tuple[int, ...]:
    """The outcomes of the zone with the greatest (weighted) sum of what the parties get."""
    if not gains.active:
        return tuple(gains.zone)
    own = _floats(weights, gains.active)
    slack = 1 + ERROR * (2 + len(own))
    bounds: Bounds | None = None
    if min(own) >= LEAST:
        high = [sum(map(mul, row, own)) * slack for row in gains.high]
        bounds = high, lambda row: sum(map(mul, gains.low[row], own)) / slack

    def choose(rows: list[Vector]) -> list[int]:
        factors = _taken(weights, gains.active)
        return _all_best([sum(map(mul, row, factors)) for row in rows])

    return gains.outcomes(gains.best(bounds, choose))


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


def _sum_of_logs(row: Sequence[float], factors: Sequence[float] | None) -> float:
    if not min(row) > 0:
        return -inf
    return sum(map(log, row)) if factors is None else sum(map(mul, factors, map(log, row)))


def _most_even(
    gains: Gains, least: list[float], most: list[float], unit: Callable[[], list[Fraction]]
) -> tuple[int, ...]:
    """The outcomes whose gains, each in its unit, are lexicographically greatest when sorted.

    `least`, `most` : bounds of the units, alike in one factor
    """
    if not gains.active:
        return tuple(gains.zone)
    slack = 1 + 4 * ERROR
    bounds: Bounds | None = None
    if min(least) >= LEAST:
        high = [min(map(truediv, row, least)) * slack for row in gains.high]
        bounds = high, lambda row: min(map(truediv, gains.low[row], most)) / slack

    def choose(rows: list[Vector]) -> list[int]:
        own = unit()
        return _all_best([sorted(map(truediv, row, own)) for row in rows])

    return gains.outcomes(gains.best(bounds, choose))


def _taken(weights: Weights, active: Sequence[int]) -> list[Fraction]:
    near = weights.near()
    return [near[i] for i in active]


def _floats(weights: Weights, active: Sequence[int]) -> list[float]:
    """The weights of some, as parts of the greatest."""
    if weights.equal:
        return [1.0] * len(active)
    own = _taken(weights, active)
    greatest = max(own, default=Fraction(1))
    return [float(weight / greatest) for weight in own]


def _all_best(scores: Sequence[Any]) -> list[int]:
    best = max(scores)
    return [k for k, score in enumerate(scores) if score == best]
