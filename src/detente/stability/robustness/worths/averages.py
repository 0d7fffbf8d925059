"""Means over the distribution of one parameter: exact ones where it can be, else over draws.

What is averaged are functions of the parameter in pieces. Where the density is a polynomial in
pieces, as that of a uniform or a triangular distribution is, polynomials integrate exactly.
Otherwise scrambled Sobol points (Owen 1997) are drawn several times over, so that their spread
tells the error.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from detente.errors import NotSupported
from detente.game.expressions import exact
from detente.game.formulas import Parameter
from detente.stability.following.algebraic import Place, Root
from detente.stability.following.functions import Function
from detente.stability.following.union import Interval
from detente.stability.robustness.worths.payoffs import Quotient, quotient_of

REPLICATES: Final = 8
"""Independent scramblings of the points."""
POINTS: Final = 4096
"""Points of each."""
NODES: Final = 20
"""Of a rule of integration, in each of `PARTS` parts of a piece."""
PARTS: Final = 4
CLOSE: Final = Fraction(1, 10**40)
"""How far from an irrational end of a piece the rational may be that stands for it."""

Pieces = Sequence[tuple[Interval, Quotient]]
"""A function of the parameter: in each interval, that quotient; single points left out."""


class NotPolynomial(Exception):
    """A quotient that is no polynomial is not integrated exactly."""


class Law(Protocol):
    """How a parameter is distributed, as far as means are asked for."""

    def mean(self, pieces: Pieces) -> Fraction:
        """The expected value of a function of the parameter."""


@dataclass(frozen=True)
class Density:
    """A density that is a polynomial in pieces; they cover the range, in ascending order."""

    pieces: Pieces

    def mean(self, pieces: Pieces) -> Fraction:
        """Exact, up to `CLOSE` where pieces end at irrational numbers."""
        total = Fraction(0)
        for interval, function in pieces:
            if not function.is_polynomial:
                raise NotPolynomial
            low, high = rational(interval.low), rational(interval.high)
            for within, density in self.pieces:
                first, last = max(low, rational(within.low)), min(high, rational(within.high))
                if first < last:
                    total += _integral(function.up, density.up, first, last)
        return total


@dataclass(frozen=True)
class Rounded:
    """The same, to about twelve digits, quotients by Gauss and Legendre's rule."""

    exact: Density

    def mean(self, pieces: Pieces) -> Fraction:
        """The expected value of a function of the parameter."""
        total = Fraction(0)
        for interval, function in pieces:
            if function.is_polynomial:
                total += self.exact.mean([(interval, function)])
                continue
            low, high = rational(interval.low), rational(interval.high)
            for within, density in self.exact.pieces:
                first, last = max(low, rational(within.low)), min(high, rational(within.high))
                if first < last:
                    total += Fraction(_by_rule(function, density, float(first), float(last)))
        return total


def _by_rule(one: Quotient, other: Quotient, low: float, high: float) -> float:
    at, weights = np.polynomial.legendre.leggauss(NODES)
    half = (high - low) / (2 * PARTS)
    total = 0.0
    for k in range(PARTS):
        x = low + half * (2 * k + 1 + at)
        total += half * float(np.dot(weights, _evaluated(one, x) * _evaluated(other, x)))
    return total


def _integral(
    one: Sequence[Fraction], other: Sequence[Fraction], low: Fraction, high: Fraction
) -> Fraction:
    """Of the product of two polynomials, by their coefficients, that of the constant first."""
    rising = [Fraction(0)] * (len(one) + len(other))
    for i, a in enumerate(one):
        for k, b in enumerate(other):
            rising[i + k + 1] += a * b / (i + k + 1)
    primitive = Quotient(tuple(rising))
    return primitive(high) - primitive(low)


def uniform(low: Fraction, high: Fraction) -> Density:
    """The same density all over a range."""
    return Density(((Interval(low, high), Quotient((1 / (high - low),))),))


def triangular(low: Fraction, mode: Fraction, high: Fraction) -> Density:
    """Rising to the mode in a straight line, and falling from there."""
    found = []
    for end in (low, high):
        if end != mode:
            slope = 2 / ((high - low) * (mode - end))
            interval = Interval(min(end, mode), max(end, mode))
            found.append((interval, Quotient((-slope * end, slope))))
    return Density(tuple(found))


@dataclass(frozen=True, eq=False)
class Sample:
    """Draws that stand for a distribution: float64 (num_draws,), in ascending order."""

    draws: NDArray[np.float64]

    def mean(self, pieces: Pieces) -> Fraction:
        """The mean over the draws, each function taken in double precision."""
        total = 0.0
        for i, (interval, function) in enumerate(pieces):
            first = 0 if i == 0 else np.searchsorted(self.draws, float(rational(interval.low)))
            last: Any = len(self.draws)
            if i + 1 < len(pieces):
                last = np.searchsorted(self.draws, float(rational(interval.high)))
            total += float(np.sum(_evaluated(function, self.draws[first:last])))
        return Fraction(total / len(self.draws))


def _evaluated(function: Quotient, x: NDArray[np.float64]) -> NDArray[np.float64]:
    up, down = (
        np.polynomial.polynomial.polyval(x, [float(c) for c in side])
        for side in (function.up, function.down)
    )
    found: NDArray[np.float64] = np.broadcast_to(up / down, x.shape)
    return found


def rational(place: Place | None) -> Fraction:
    """A rational at a place, or as close to it as `CLOSE`."""
    assert place is not None
    if isinstance(place, Root):
        near = place.within(CLOSE)
        return (near.low + near.high) / 2
    return place


def pieces_of(found: Sequence[tuple[Interval, Function]]) -> Pieces:
    """Functions of `following` in the form that means are taken of."""
    return [(interval, quotient_of(function)) for interval, function in found]


def exact_law(parameter: Parameter) -> Density | None:
    """The exact one of a parameter with a uniform or triangular range; None for any other."""
    low, high = parameter.low, parameter.high
    if low is None or high is None:
        return None
    given = parameter.distribution
    fields = dict(given) if isinstance(given, dict) else {"kind": given or "uniform"}
    if fields["kind"] == "uniform":
        return uniform(low, high)
    if fields["kind"] == "triangular":
        mode = fields.get("mode")
        return triangular(low, parameter.value if mode is None else exact(mode), high)
    return None


def samples(talks: Any, name: str) -> Iterator[Sample]:
    """Several independent samples of a parameter, as the file says it is distributed."""
    from scipy.stats import qmc  # type: ignore[import-untyped]

    from detente.stability.robustness.sweeping.drawing import drawing

    way = drawing(talks, only=[name])
    if way.names != (name,):
        raise NotSupported(f"'{name}' is drawn together with others, and not known by itself.")
    for seed in range(REPLICATES):
        points = qmc.Sobol(way.num_coordinates, scramble=True, rng=seed).random(POINTS)
        yield Sample(np.sort(way.values(np.ascontiguousarray(points.T))[0]))
