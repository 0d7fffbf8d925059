"""How one parameter is distributed: from a level between 0 and 1 to the value below which it lies.

Where a range is given, values lie in it: a normal or lognormal quantity is cut off there.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from detente.errors import NotSupported, SummitError
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
        with np.errstate(divide="ignore"):  # the logarithm of nothing, at the edge
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
            return _cut_normal(level, self.a, self.b, self.low, self.high)
        ends = [math.log(end) if end > 0.0 else -math.inf for end in (self.low, self.high)]
        grown: Floats = np.exp(_cut_normal(level, self.a, self.b, *ends))
        return grown

    def _triangular(self, level: Floats) -> Floats:
        rise, fall, width = self.a - self.low, self.high - self.a, self.high - self.low
        up = self.low + np.sqrt(level * width * rise)
        down = self.high - np.sqrt((1.0 - level) * width * fall)
        found: Floats = np.where(level * width < rise, up, down)
        return found


FLAT: Final = 1e-5
"""Where a normal density changes by less than this share over a range, a parabola does."""
TAIL: Final = -30.0
"""Score below which probabilities are taken by their logarithms."""
FAR: Final = 300.0
"""Standard deviations from the mean from which on a normal density falls almost exponentially."""


def _cut_normal(level: Floats, mean: float, sd: float, low: float, high: float) -> Floats:
    """The value at a level of a normal quantity that is cut off at both ends."""
    first, width = (low - mean) / sd, (high - low) / sd
    if first > 0.0:  # mirrored, where probabilities are not lost in their distance from one
        return -_cut_normal(1.0 - level, -mean, sd, -high, -low)
    last = (high - mean) / sd
    bend = first * width
    if abs(bend) + width * width < FLAT:
        # Density and distribution to first order: probabilities so near would differ by nothing.
        return low + (high - low) * (level + bend / 2.0 * (level * level - level))
    if last < -FAR:
        return high - sd * _fallen(1.0 - level, -last, width)
    return mean + sd * _cut_score(level, first, last)


def _fallen(level: Floats, steep: float, width: float) -> Floats:
    """How far beyond so many standard deviations a normal score lies, at a level of those there.

    Of all beyond `steep` the share exp(-E) lies more than s further out, with E = steep s + s²/2 +
    s/steep up to a share of steep⁻⁴ (by the asymptotic series of Mills' ratio).
    """
    whole = steep * width + width * width / 2.0 + width / steep
    fall = -np.log1p(level * math.expm1(-whole))
    found: Floats = fall / steep * (1.0 - (1.0 + fall / 2.0) / steep**2)
    return found


def _cut_score(level: Floats, low: float, high: float) -> Floats:
    """The normal score at a level of the distribution between two scores, the lower below zero."""
    from scipy.special import log_ndtr, ndtr, ndtri, ndtri_exp

    if high < TAIL:  # there probabilities vanish, their logarithms do not
        least, most = float(log_ndtr(low)), float(log_ndtr(high))
        found: Floats = ndtri_exp(most + np.log1p((1.0 - level) * math.expm1(least - most)))
        return found
    below, upto = float(ndtr(low)), float(ndtr(high))
    score: Floats = ndtri(below + level * (upto - below))
    return score


def marginal(parameter: Parameter, ranges: str) -> Marginal | None:
    """How a parameter is distributed; None where it is fixed.

    `ranges` : what to do with a range that has no distribution: `uniform`, `triangular`, `fixed`
    """
    fields = _fields(parameter, ranges)
    if fields is None or (parameter.low is not None and parameter.low == parameter.high):
        return None
    kind, name = fields.pop("kind"), parameter.name
    low, high = _ends(parameter)
    told = kind + "".join(f", {key} {text}" for key, text in fields.items())
    if kind in ("normal", "lognormal") and parameter.low is not None:
        told += ", within the range"
    given = {key: _double(exact(text), f"'{key}' of '{name}'") for key, text in fields.items()}
    value = _double(parameter.value, f"'{name}'")
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
        mean, sd = _of_logarithm(name, mean, sd, high)
    return Marginal(kind, mean, sd, low, high, told)


def _of_logarithm(name: str, mean: float, sd: float, high: float) -> tuple[float, float]:
    """Mean and sd of the logarithm of a lognormal quantity, from those of the quantity."""
    if mean <= 0.0:
        raise SummitError(f"'{name}' is lognormal, so its mean is above zero.")
    if high <= 0.0:
        raise SummitError(
            f"'{name}' is lognormal, so above zero, and its range ends at {high:g}. Correct one of "
            "them."
        )
    ratio = sd / mean
    if not ratio < 1e150:
        raise NotSupported(f"the sd of '{name}' is too large beside its mean to be drawn.")
    spread = math.sqrt(math.log1p(ratio**2))
    if not spread:
        raise NotSupported(f"the sd of '{name}' is too small beside its mean to be drawn.")
    return math.log(mean) - spread * spread / 2.0, spread


def _ends(parameter: Parameter) -> tuple[float, float]:
    """The least and the greatest double in the range, infinite without one."""
    if parameter.low is None or parameter.high is None:
        return -math.inf, math.inf
    for end in (parameter.low, parameter.high, parameter.high - parameter.low):
        _double(end, f"the range of '{parameter.name}'")
    return _inside(parameter.low, math.inf), _inside(parameter.high, -math.inf)


def _double(number: Fraction, what: str) -> float:
    """The nearest double; NotSupported where there is none but zero or infinity."""
    try:
        found = float(number)
    except OverflowError:
        raise NotSupported(f"{what} is too large a number to be drawn with.") from None
    if number and not found:
        raise NotSupported(f"{what} is too small a number to be drawn with.")
    return found


def _fields(parameter: Parameter, ranges: str) -> dict[str, Any] | None:
    given = parameter.distribution
    if given is None:
        if parameter.low is None or ranges == "fixed":
            return None
        return {"kind": ranges}
    fields = dict(given) if isinstance(given, dict) else {"kind": given}
    return {key: text for key, text in fields.items() if text is not None}


def _inside(end: Fraction, towards: float) -> float:
    """The double nearest to an end of a range that is not beyond it."""
    found = float(end)
    beyond = Fraction(found) < end if towards > 0.0 else Fraction(found) > end
    return math.nextafter(found, towards) if beyond else found
