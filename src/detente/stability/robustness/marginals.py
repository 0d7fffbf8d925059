"""How one parameter is distributed: from a level between 0 and 1 to the value below which it lies.

Where a range is given, values lie in it: a normal or lognormal quantity is cut off there.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detente.errors import SummitError
from detente.game.expressions import exact
from detente.game.formulas import Parameter

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Marginal:
    """One distribution.

    `kind` : `uniform`, `triangular`, `normal`, `lognormal` or `beta`
    `a`, `b` : mode and nothing; mean and sd; mean and sd of the logarithm; both exponents
    `low`, `high` : the least and the greatest double in the range, infinite without one
    `told` : in words
    """

    kind: str
    a: float
    b: float
    low: float
    high: float
    told: str

    def at(self, level: Floats) -> Floats:
        """float64 like `level`, the value below which it lies with this probability."""
        values: Floats = np.clip(self._quantile(level), self.low, self.high)
        return values

    def _quantile(self, level: Floats) -> Floats:
        from scipy.special import betaincinv  # type: ignore[import-untyped]

        low, width = self.low, self.high - self.low
        if self.kind == "uniform":
            return low + level * width
        if self.kind == "triangular":
            return self._triangular(level)
        if self.kind == "beta":
            share: Floats = betaincinv(self.a, self.b, level)
            return low + share * width
        if self.kind == "normal":
            return self.a + self.b * _cut_score(
                level, (self.low - self.a) / self.b, (self.high - self.a) / self.b
            )
        ends = [math.log(end) if end > 0.0 else -math.inf for end in (self.low, self.high)]
        score = _cut_score(level, (ends[0] - self.a) / self.b, (ends[1] - self.a) / self.b)
        grown: Floats = np.exp(self.a + self.b * score)
        return grown

    def _triangular(self, level: Floats) -> Floats:
        rise, fall, width = self.a - self.low, self.high - self.a, self.high - self.low
        up = self.low + np.sqrt(level * width * rise)
        down = self.high - np.sqrt((1.0 - level) * width * fall)
        found: Floats = np.where(level * width < rise, up, down)
        return found


def _cut_score(level: Floats, low: float, high: float) -> Floats:
    """The normal score at a level of the distribution between two scores."""
    from scipy.special import ndtr, ndtri

    if low > 0.0:  # mirrored, where probabilities are not lost in their distance from one
        return -_cut_score(1.0 - level, -high, -low)
    below, upto = float(ndtr(low)), float(ndtr(high))
    score: Floats = ndtri(below + level * (upto - below))
    return score


def marginal(parameter: Parameter, without: str) -> Marginal | None:
    """How a parameter is distributed; None where it is fixed.

    `without` : what to do with a range that has no distribution: `uniform`, `triangular`, `fixed`
    """
    fields = _fields(parameter, without)
    if fields is None or (parameter.low is not None and parameter.low == parameter.high):
        return None
    kind = fields.pop("kind")
    low = -math.inf if parameter.low is None else _inside(parameter.low, math.inf)
    high = math.inf if parameter.high is None else _inside(parameter.high, -math.inf)
    told = kind + "".join(f", {key} {text}" for key, text in fields.items())
    if kind in ("normal", "lognormal") and parameter.low is not None:
        told += ", within the range"
    given = {key: float(exact(text)) for key, text in fields.items()}
    value = float(parameter.value)
    if kind == "uniform":
        return Marginal(kind, 0.0, 0.0, low, high, told)
    if kind == "triangular":
        return Marginal(kind, given.get("mode", value), 0.0, low, high, told)
    if kind == "beta":
        if parameter.low is None:
            low, high = 0.0, 1.0
        return Marginal(kind, given["a"], given["b"], low, high, told)
    mean, sd = given.get("mean", value), given["sd"]
    if kind == "lognormal":
        if mean <= 0.0:
            raise SummitError(f"'{parameter.name}' is lognormal, so its mean is above zero.")
        spread = math.sqrt(math.log1p((sd / mean) ** 2))
        mean, sd = math.log(mean) - spread * spread / 2.0, spread
    return Marginal(kind, mean, sd, low, high, told)


def _fields(parameter: Parameter, without: str) -> dict[str, Any] | None:
    given = parameter.distribution
    if given is None:
        if parameter.low is None or without == "fixed":
            return None
        return {"kind": without}
    fields = dict(given) if isinstance(given, dict) else {"kind": given}
    return {key: text for key, text in fields.items() if text is not None}


def _inside(end: Fraction, towards: float) -> float:
    """The double nearest to an end of a range that is not beyond it."""
    found = float(end)
    beyond = Fraction(found) < end if towards > 0.0 else Fraction(found) > end
    return math.nextafter(found, towards) if beyond else found
