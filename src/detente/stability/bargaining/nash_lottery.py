"""The Nash solution where lots may be drawn: exact, or in an interval that is proved.

A lottery with gains u maximises Σ w log u exactly if at the prices y = w / u no corner is worth
more than all weights together: y·g ≤ Σ w for the gains g of every corner (Kuhn and Tucker 1951).
Floating point only says which corners are likely to take part. Where these are a point, the ends of
a straight piece or those of a facet, the solution is found exactly; that inequality proves it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detente.stability.bargaining.amounts import Amount, Enclosed, bounds, line_at
from detente.stability.bargaining.points import Vector
from detente.stability.bargaining.weights import Weights
from detente.stability.following.algebraic import Root, real_roots, sign_at

Rows = Sequence[Vector]
BITS = 400
"""Binary digits in which prices that are not exact are found."""
PULL = 1e10
"""How much the product counts against the barrier in the end; slacks keep six digits."""
TAKES_PART = 1e-6
"""Odds below which a corner is not thought to take part."""


@dataclass(frozen=True)
class NashLottery:
    """The lottery with the greatest weighted product of gains.

    `odds` : corner → how likely it is drawn
    `gains` : what each party gains on average
    """

    odds: dict[int, Amount]
    gains: tuple[Amount, ...]


def nash_lottery(rows: Rows, weights: Weights) -> NashLottery:
    """The Nash solution of the convex hull of some gains, which must hold a point above zero for
    all parties.

    `rows` : what each corner brings the parties beyond no agreement
    """
    guess = _solved(_scaled_floats(rows), _floats(weights))
    order = np.argsort(-guess, kind="stable").tolist()
    order = order[: max(len(rows[0]), int((guess > TAKES_PART).sum()))]
    hulls = _hulls(rows, order)
    for taking in hulls:
        if weights.exact is not None:
            found = _exact(rows, taking, weights.exact)
        else:
            found = _by_patience(rows, taking, weights)
        if found is not None:
            return found
    return _enclosed(rows, hulls, guess, weights)


# ── which corners take part ────────────────────────────────────────────────────────────────────


def _scaled_floats(rows: Rows) -> NDArray[np.float64]:
    """The gains in units of the greatest of each party."""
    unit = [max(abs(row[i]) for row in rows) for i in range(len(rows[0]))]
    return np.array([[float(v / u) for v, u in zip(row, unit, strict=True)] for row in rows])


def _floats(weights: Weights) -> NDArray[np.float64]:
    near = np.array([float(w) for w in weights.near()])
    return np.asarray(near / near.sum())


def _solved(gains: NDArray[np.float64], w: NDArray[np.float64]) -> NDArray[np.float64]:
    """The odds of each corner, nearly: an interior method on the prices.

    The prices y of the solution maximise Σ w log y subject to y·g ≤ 1 for every corner's gains g,
    a problem in as few unknowns as there are parties; the odds are its multipliers.
    """
    # Small enough for every corner, whose gains are at most 1, to be worth less than 1.
    y = np.full(len(w), 0.5 / len(w))
    pull = 1 / float(w.min())
    while True:
        y = _centred(gains, w, y, pull)
        if pull > PULL:
            break
        pull *= 4
    odds = 1 / (pull * (1 - gains @ y))
    return np.asarray(odds / odds.sum())


def _centred(
    g: NDArray[np.float64], w: NDArray[np.float64], y: NDArray[np.float64], pull: float
) -> NDArray[np.float64]:
    """The prices that maximise pull · Σ w log y + Σ log(1 − y·g), by Newton's method."""
    for _ in range(60):
        slack = 1 - g @ y
        slope = pull * w / y - g.T @ (1 / slack)
        bend = np.diag(pull * w / y**2) + (g.T / slack**2) @ g
        step = np.linalg.solve(bend, slope)
        gain = float(slope @ step)
        if gain < 1e-10:
            break
        size = 1.0 if gain < 0.05 else 1 / (1 + np.sqrt(gain))
        while ((y + size * step) <= 0).any() or (g @ (y + size * step) >= 1).any():
            size /= 2
            if size < 1e-18:
                return y
        y = y + size * step
    return y


def _hulls(rows: Rows, order: list[int]) -> list[list[int]]:
    """Sets of corners that may be those that take part: the likeliest ones, affinely independent,
    from all of them down to one."""
    from detente.linear.systems import rank

    kept: list[int] = []
    for k in order:
        if len(kept) < len(rows[0]) and rank([[*rows[j], 1] for j in (*kept, k)]) > len(kept):
            kept.append(k)
    return [kept[:size] for size in range(len(kept), 0, -1)]


# ── exactly ────────────────────────────────────────────────────────────────────────────────────


def _exact(rows: Rows, taking: list[int], w: Vector) -> NashLottery | None:
    """The solution, if it is a lottery over these corners, all of them taking part, and is found
    exactly; else None."""
    if len(taking) == len(w) and len(w) > 2:
        return _on_facet(rows, taking, w)
    if len(taking) == 1:
        gains = rows[taking[0]]
        proved = min(gains) > 0 and _proved(rows, [u / v for u, v in zip(w, gains, strict=True)], w)
        return NashLottery({taking[0]: Fraction(1)}, gains) if proved else None
    return _on_piece(rows, taking, w) if len(taking) == 2 else None


def _proved(rows: Rows, prices: Sequence[Fraction], w: Vector) -> bool:
    """Whether no corner is worth more than all weights together."""
    total = sum(w, Fraction(0))
    return all(
        sum((y * g for y, g in zip(prices, row, strict=True)), Fraction(0)) <= total for row in rows
    )


def _on_facet(rows: Rows, taking: list[int], w: Vector) -> NashLottery | None:
    """As many corners as parties, all worth the same: their prices are one linear system."""
    from detente.linear.systems import solve

    total = sum(w, Fraction(0))
    prices = solve([rows[k] for k in taking], [total] * len(taking))
    if prices is None or min(prices) <= 0 or not _proved(rows, prices, w):
        return None
    gains = tuple(u / y for u, y in zip(w, prices, strict=True))
    table = [[rows[k][i] for k in taking] for i in range(len(w))]
    odds = solve(table, gains)
    if odds is None or min(odds) < 0:
        return None
    return NashLottery({k: p for k, p in zip(taking, odds, strict=True) if p}, gains)


def _on_piece(rows: Rows, taking: list[int], w: Vector) -> NashLottery | None:
    """Two corners: the derivative of the product along the line between them is a polynomial."""
    one, other = rows[taking[0]], rows[taking[1]]
    slopes = [b - a for a, b in zip(one, other, strict=True)]
    # Σ w b / (a + t b) = 0, times the product of the denominators.
    derivative = _sum(
        [
            _scaled(_product([(a, b) for j, (a, b) in enumerate(zip(one, slopes, strict=True))
                              if j != i and b]), weight * b)
            for i, (weight, b) in enumerate(zip(w, slopes, strict=True)) if b
        ]
    )  # fmt: skip
    for at in real_roots(derivative) if any(derivative) else ():
        if not 0 < at < 1:
            continue
        inside = all(sign_at((a, b), at) > 0 for a, b in zip(one, slopes, strict=True))
        if inside and _proved_along(rows, one, slopes, at, w):
            gains = tuple(line_at(a, b, at) for a, b in zip(one, slopes, strict=True))
            odds = {taking[0]: line_at(Fraction(1), Fraction(-1), at), taking[1]: at}
            return NashLottery(odds, gains)
    return None


def _proved_along(
    rows: Rows, one: Vector, slopes: Sequence[Fraction], at: Fraction | Root, w: Vector
) -> bool:
    """Whether no corner is worth more than all weights at the prices of this point of a line."""
    lines = list(zip(one, slopes, strict=True))
    others = [_product([line for j, line in enumerate(lines) if j != i]) for i in range(len(w))]
    whole = _scaled(_product(lines), sum(w, Fraction(0)))
    for row in rows:
        worth = _sum([_scaled(p, u * g) for p, u, g in zip(others, w, row, strict=True)])
        if sign_at(_trimmed(_sum([worth, _scaled(whole, Fraction(-1))])), at) > 0:
            return False
    return True


Polynomial = list[Fraction]


def _product(lines: Sequence[tuple[Fraction, Fraction]]) -> Polynomial:
    found = [Fraction(1)]
    for a, b in lines:
        found = [
            (a * found[k] if k < len(found) else Fraction(0)) + (b * found[k - 1] if k else 0)
            for k in range(len(found) + 1)
        ]
    return found


def _scaled(polynomial: Polynomial, factor: Fraction) -> Polynomial:
    return [factor * c for c in polynomial]


def _sum(polynomials: Sequence[Polynomial]) -> Polynomial:
    size = max((len(p) for p in polynomials), default=0)
    return [sum((p[k] for p in polynomials if k < len(p)), Fraction(0)) for k in range(size)]


def _trimmed(polynomial: Polynomial) -> Polynomial:
    while polynomial and not polynomial[-1]:
        polynomial = polynomial[:-1]
    return polynomial


# ── in an interval ─────────────────────────────────────────────────────────────────────────────


def _by_patience(rows: Rows, taking: list[int], weights: Weights) -> NashLottery | None:
    """The solution with irrational weights, if it is one of these corners or, for two parties, a
    point between two of them; else None."""
    w = [_ends(ball) for ball in weights.balls(BITS)]
    one = rows[taking[0]]
    if len(taking) == 1:
        others = [row for row in rows if row != one]
        if min(one) <= 0 or (others and _excess(others, one, w) is not None):
            return None
        return NashLottery({taking[0]: Fraction(1)}, one)
    if len(taking) > 2 or len(one) > 2:
        return None
    slopes = [b - a for a, b in zip(one, rows[taking[1]], strict=True)]
    if slopes[0] * slopes[1] >= 0 or not _is_edge(rows, one, rows[taking[1]]):
        return None
    # With s the first party's share of the weights the derivative of the product is zero where
    # the parties' gains are to each other as s · slope to (1 − s) · (minus the other's slope).
    (least, most), (low, high) = w
    shares = least / (least + high), most / (most + low)
    start = [value / slope for value, slope in zip(one, slopes, strict=True)]
    ends = sorted([-s * start[1] - (1 - s) * start[0] for s in shares])
    at = Enclosed(ends[0], ends[1])
    gains = [line_at(value, slope, at) for value, slope in zip(one, slopes, strict=True)]
    inside = at.low > 0 and at.high < 1 and all(bounds(gain)[0] > 0 for gain in gains)
    if not inside:
        return None
    odds: dict[int, Amount] = {taking[0]: line_at(Fraction(1), Fraction(-1), at), taking[1]: at}
    return NashLottery(odds, tuple(gains))


def _is_edge(rows: Rows, one: Vector, other: Vector) -> bool:
    """Whether no corner lies beyond the line through two, seen from zero."""
    y = (one[1] - other[1], other[0] - one[0])
    if y[0] < 0:
        y = (-y[0], -y[1])
    level = y[0] * one[0] + y[1] * one[1]
    return all(y[0] * row[0] + y[1] * row[1] <= level for row in rows)


def _enclosed(
    rows: Rows, hulls: list[list[int]], guess: NDArray[np.float64], weights: Weights
) -> NashLottery:
    """A lottery close to the solution, and intervals that hold the solution's gains.

    With u the gains of any lottery and ε the most that a corner is worth beyond Σ w at the prices
    w / u, the solution's gains are z u with Σ w (z − 1 − log z) ≤ ε: at its greatest Σ w log z is
    not negative, and Σ w (z − 1) is at most ε.
    """
    w = [_ends(ball) for ball in weights.balls(BITS)]
    tried = []
    for taking in hulls:
        own = [rows[k] for k in taking]
        odds = _refined(own, [Fraction(float(guess[k])) for k in taking], weights)
        gains = _gained(own, odds)
        if min(gains) > 0:
            excess = _excess(rows, gains, w) or Fraction(0)
            tried.append((excess, gains, {k: p for k, p in zip(taking, odds, strict=True) if p}))
    excess, gains, lottery = min(tried, key=lambda found: found[0])
    around = tuple(_around(u, excess / low) for u, (low, _) in zip(gains, w, strict=True))
    return NashLottery(dict(lottery), around)


def _excess(
    rows: Rows, gains: Sequence[Fraction], w: Sequence[tuple[Fraction, Fraction]]
) -> Fraction | None:
    """The most that a corner may be worth beyond all weights at the prices of these gains; None
    where all are surely worth less."""
    least = sum((low for low, _ in w), Fraction(0))
    found = max(
        sum(
            (max(low * g / u, high * g / u)
             for (low, high), g, u in zip(w, row, gains, strict=True)), Fraction(0),
        )
        for row in rows
    ) - least  # fmt: skip
    return None if found < 0 else found


def _around(gain: Fraction, excess: Fraction) -> Enclosed:
    """Where z · gain lies with z − 1 − log z ≤ excess: within √(2ε) + ε of it for small ε.

    z − 1 − log z ≥ (z − 1)² / 2 below 1, and for z = 1 + s above it is at least s² / (2 (1 + s)).
    """
    root = _root_above(2 * excess)
    above = excess + _root_above(excess * excess + 2 * excess)
    return Enclosed(gain * max(1 - root, Fraction(0)), gain * (1 + above))


def _root_above(value: Fraction) -> Fraction:
    """A rational not below the square root, nor far above it."""
    from math import isqrt

    scale = 1 << (2 * BITS)
    return Fraction(isqrt(value.numerator * scale // value.denominator) + 1, 1 << BITS)


def _refined(rows: Rows, start: Sequence[Fraction], weights: Weights) -> list[Fraction]:
    """The odds of the solution over affinely independent corners, to many digits; they sum to 1.

    Newton's method from odds that are close to them; where it leads out, those.
    """
    near = weights.near()
    total = sum(near, Fraction(0))
    odds = [p / sum(start) for p in start]
    for _ in range(12):
        step = _newton_step(rows, near, total, odds)
        if step is None:
            break
        moved = [_short(p + s) for p, s in zip(odds, step, strict=True)]
        if min(moved) < 0 or min(_gained(rows, moved)) <= 0:
            break
        odds = moved
        if max(map(abs, step)) < Fraction(1, 1 << (BITS - 40)):
            break
    whole = sum(odds, Fraction(0))
    return [p / whole for p in odds]


def _newton_step(
    rows: Rows, w: Vector, total: Fraction, odds: Sequence[Fraction]
) -> list[Fraction] | None:
    """Towards odds at which every corner is worth as much as all weights together."""
    from detente.linear.systems import solve

    gains = _gained(rows, odds)
    if min(gains) <= 0:
        return None
    prices = [_short(u / g) for u, g in zip(w, gains, strict=True)]
    bend = [_short(y / g) for y, g in zip(prices, gains, strict=True)]
    table = [
        [sum((b * r * s for b, r, s in zip(bend, row, other, strict=True)), Fraction(0))
         for other in rows] for row in rows
    ]  # fmt: skip
    worth = [sum((y * g for y, g in zip(prices, row, strict=True)), Fraction(0)) for row in rows]
    return solve(table, [value - total for value in worth])


def _gained(rows: Rows, odds: Sequence[Fraction]) -> list[Fraction]:
    return [
        sum((p * row[i] for p, row in zip(odds, rows, strict=True)), Fraction(0))
        for i in range(len(rows[0]))
    ]


def _short(value: Fraction) -> Fraction:
    """Rounded to `BITS` binary digits after the point, relative to numbers of ordinary size."""
    size = max(0, abs(value.numerator).bit_length() - value.denominator.bit_length())
    shift = BITS if size >= 0 else BITS - size
    return Fraction(round(value * (1 << shift)), 1 << shift)


def _ends(ball: Any) -> tuple[Fraction, Fraction]:
    """Rationals between which a ball of Arb's lies."""
    middle, radius = _exactly(ball.mid()), _exactly(ball.rad())
    return middle - radius, middle + radius


def _exactly(ball: Any) -> Fraction:
    mantissa, exponent = ball.man_exp()
    power = int(exponent)
    return Fraction(int(mantissa)) * (2**power if power >= 0 else Fraction(1, 2**-power))
