"""Means over the distribution of one parameter: exact for a uniform one, else over draws.

What is averaged are functions of the parameter in pieces. Over a uniform range polynomials
integrate exactly. Otherwise scrambled Sobol points (Owen 1997) are drawn several times over, so
that their spread tells the error.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from detente.errors import NotSupported
from detente.game.formulas import Parameter
from detente.stability.following.algebraic import Place, Root
from detente.stability.following.functions import Function
from detente.stability.following.union import Interval
from detente.stability.robustness.payoffs import Quotient, quotient_of

REPLICATES: Final = 8
"""Independent scramblings of the points."""
POINTS: Final = 4096
"""Points of each."""
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
class Uniform:
    """The same density all over a range."""

    low: Fraction
    high: Fraction

    def mean(self, pieces: Pieces) -> Fraction:
        """Exact, up to `CLOSE` where pieces end at irrational numbers."""
        total = Fraction(0)
        for interval, function in pieces:
            if not function.is_polynomial:
                raise NotPolynomial
            rising = (Fraction(0), *(c / (k + 1) for k, c in enumerate(function.up)))
            primitive = Quotient(rising)
            total += primitive(rational(interval.high)) - primitive(rational(interval.low))
        return total / (self.high - self.low)


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


def exact_law(parameter: Parameter) -> Uniform | None:
    """The exact one of a parameter with a uniform range; None for any other."""
    given = parameter.distribution
    kind = given.get("kind") if isinstance(given, dict) else given
    if parameter.low is None or parameter.high is None or kind not in (None, "uniform"):
        return None
    return Uniform(parameter.low, parameter.high)


def samples(talks: Any, name: str) -> Iterator[Sample]:
    """Several independent samples of a parameter, as the file says it is distributed."""
    from scipy.stats import qmc  # type: ignore[import-untyped]

    from detente.stability.robustness.drawing import drawing

    way = drawing(talks, only=[name])
    if way.names != (name,):
        raise NotSupported(f"'{name}' is drawn together with others, and not known by itself.")
    for seed in range(REPLICATES):
        points = qmc.Sobol(way.num_coordinates, scramble=True, rng=seed).random(POINTS)
        yield Sample(np.sort(way.values(np.ascontiguousarray(points.T))[0]))
