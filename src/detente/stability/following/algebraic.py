"""Real roots of polynomials: fractions where they are rational, else exact algebraic numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache, total_ordering
from math import gcd, lcm
from typing import Any, TypeAlias

Coefficients: TypeAlias = tuple[int, ...]
"""A polynomial's whole coefficients, that of the constant first, the last one not zero."""


@total_ordering
@dataclass(frozen=True)
class Root:
    """An irrational real root of a polynomial with whole coefficients.

    `polynomial` : irreducible, its coefficients coprime, the last one positive
    `index` : which of its real roots, in ascending order from 0
    `low`, `high` : rationals, between which lies this root of it and no other

    >>> _, root = real_roots([-2, 0, 1])
    >>> root.polynomial, Fraction(141421, 100000) < root < Fraction(141422, 100000)
    ((-2, 0, 1), True)
    """

    polynomial: Coefficients
    index: int
    low: Fraction = field(compare=False)
    high: Fraction = field(compare=False)

    def __lt__(self, other: Any) -> bool:
        if isinstance(other, Root):
            return self != other and self._before(other)
        if isinstance(other, int | Fraction):
            return self._above(Fraction(other)) < 0
        return NotImplemented

    def __float__(self) -> float:
        close = self.within(Fraction(1, 2**60))
        return float((close.low + close.high) / 2)

    def _above(self, at: Fraction) -> int:
        """1 where the root is greater than a rational, else -1: it is none itself."""
        if at <= self.low or at >= self.high:
            return 1 if at <= self.low else -1
        return 1 if sign_at(self.polynomial, at) == sign_at(self.polynomial, self.low) else -1

    @property
    def rising(self) -> bool:
        """Whether the polynomial goes from below zero to above it here."""
        return sign_at(self.polynomial, self.high) > 0

    def _before(self, other: Root) -> bool:
        mine, theirs = self, other
        while mine.low < theirs.high and theirs.low < mine.high:
            mine, theirs = mine.halved(), theirs.halved()
        return mine.high <= theirs.low

    def halved(self) -> Root:
        """The same number, in one half of the interval."""
        middle = (self.low + self.high) / 2
        if self._above(middle) > 0:
            return Root(self.polynomial, self.index, middle, self.high)
        return Root(self.polynomial, self.index, self.low, middle)

    def within(self, width: Fraction) -> Root:
        """The same number in an interval not wider than that part of its size."""
        found = self
        while found.high - found.low > width * min(abs(found.low), abs(found.high)):
            found = found.halved()
        return found

    def sign_of(self, coefficients: Sequence[int | Fraction]) -> int:
        """The exact sign, -1, 0 or 1, of another polynomial at this root."""
        from flint import fmpq_poly

        whole = primitive(coefficients)
        if len(whole) < 2:
            return _sign(whole[0] if whole else 0)
        # Irreducible: it divides every polynomial that is zero here.
        if (fmpq_poly(list(whole)) % fmpq_poly(list(self.polynomial))).is_zero():
            return 0
        closer = self
        while True:
            least, most = _values_between(whole, closer.low, closer.high)
            if least > 0 or most < 0:
                return 1 if least > 0 else -1
            closer = closer.halved()


Place: TypeAlias = "Fraction | Root"
"""An exact real number on the axis of a parameter."""


def real_roots(coefficients: Sequence[int | Fraction]) -> tuple[Place, ...]:
    """The distinct real roots of a polynomial (not zero throughout), in ascending order, exactly.

    Factors over the integers, and isolates the roots of each factor with certified balls
    (Johansson's Arb, in python-flint).

    >>> real_roots([Fraction(-1, 2), 1])
    (Fraction(1, 2),)
    """
    whole = primitive(coefficients)
    if not whole:
        raise ValueError("a polynomial that is zero throughout has no isolated roots.")
    if len(whole) <= 2:
        return (Fraction(-whole[0], whole[1]),) if len(whole) == 2 else ()
    return _roots_of(whole)


@lru_cache(maxsize=4096)
def _roots_of(whole: Coefficients) -> tuple[Place, ...]:
    from flint import fmpz_poly

    found: list[Place] = []
    for factor, _ in fmpz_poly(list(whole)).factor()[1]:
        coefficients = primitive([int(c) for c in factor.coeffs()])
        if len(coefficients) == 2:
            found.append(Fraction(-coefficients[0], coefficients[1]))
        else:
            found += _isolated(coefficients, factor)
    return tuple(sorted(found))


def _isolated(coefficients: Coefficients, factor: Any) -> list[Root]:
    """The real roots of an irreducible factor."""
    balls = [root for root, _ in factor.complex_roots()]
    centres = [
        (_exact(ball.real.mid()), _exact(ball.real.rad())) for ball in balls if ball.imag == 0
    ]
    found = []
    for index, (middle, radius) in enumerate(sorted(centres)):
        # Irreducible of degree two or more: no end is a root, and the sign changes between them.
        found.append(Root(coefficients, index, middle - radius, middle + radius))
    return found


def _exact(ball: Any) -> Fraction:
    mantissa, exponent = ball.man_exp()
    power = int(exponent)
    return Fraction(int(mantissa)) * (2**power if power >= 0 else Fraction(1, 2**-power))


def primitive(coefficients: Sequence[int | Fraction]) -> Coefficients:
    """Whole coprime coefficients of a positive multiple; () for the zero polynomial.

    >>> primitive([Fraction(-1, 2), Fraction(1, 3), 0])
    (-3, 2)
    """
    common = lcm(*(c.denominator for c in coefficients))
    whole = [c.numerator * (common // c.denominator) for c in coefficients]
    while whole and not whole[-1]:
        whole.pop()
    content = gcd(*whole) or 1
    return tuple(c // content for c in whole)


def value_at(coefficients: Sequence[int | Fraction], x: Fraction) -> Fraction:
    """The polynomial's value at a rational."""
    total, scale = _scaled(coefficients, x)
    return Fraction(total * x.denominator, scale)


def sign_at(coefficients: Sequence[int | Fraction], place: Place) -> int:
    """The exact sign of a polynomial at a place."""
    if isinstance(place, Root):
        return place.sign_of(coefficients)
    return _sign(_scaled(coefficients, place)[0])


def _scaled(coefficients: Sequence[int | Fraction], x: Fraction) -> tuple[int | Fraction, int]:
    """The value at p/q times a power of q, and that power times q."""
    up, down = x.numerator, x.denominator
    total: int | Fraction = 0
    scale = 1
    # Horner's rule over one common denominator: whole numbers stay whole.
    for c in reversed(coefficients):
        total = total * up + c * scale
        scale *= down
    return total, scale


def _sign(value: int | Fraction) -> int:
    return (value > 0) - (value < 0)


def _values_between(
    coefficients: Coefficients, low: Fraction, high: Fraction
) -> tuple[Fraction, Fraction]:
    """Bounds of the values on an interval, by Horner's rule on intervals."""
    least = most = Fraction(0)
    for c in reversed(coefficients):
        products = [least * low, least * high, most * low, most * high]
        least, most = min(products) + c, max(products) + c
    return least, most


def between(low: Place | None, high: Place | None) -> Fraction:
    """A rational of small denominator strictly between two places; None is no bound.

    >>> between(Fraction(1, 3), Fraction(1, 2)), between(Fraction(2), None)
    (Fraction(2, 5), Fraction(3, 1))
    """
    if low is None:
        return Fraction(0) if high is None or high > 0 else _floor(high) - 1
    if high is None:
        return Fraction(0) if low < 0 else _floor(low) + 1
    below, above = low, high
    # The mixed halves keep the open interval where an end is rational.
    while _top(below) >= _bottom(above):
        below = below.halved() if isinstance(below, Root) else below
        above = above.halved() if isinstance(above, Root) else above
    return _simplest(_top(below), _bottom(above))


def _floor(place: Place) -> Fraction:
    if isinstance(place, Root):
        while place.low // 1 != place.high // 1:
            place = place.halved()
        return Fraction(place.low // 1)
    return Fraction(place // 1)


def _top(place: Place) -> Fraction:
    return place.high if isinstance(place, Root) else place


def _bottom(place: Place) -> Fraction:
    return place.low if isinstance(place, Root) else place


def _simplest(low: Fraction, high: Fraction) -> Fraction:
    """The fraction of least denominator strictly between two (Stern and Brocot)."""
    whole = low // 1
    if whole + 1 < high:
        return Fraction(0) if low < 0 < high else Fraction(whole + 1)
    rest = low - whole
    if not rest:
        # From a whole number to at most the next: one over a number just large enough.
        return whole + Fraction(1, 1 / (high - whole) // 1 + 1)
    above = high - whole
    return whole + 1 / _simplest(1 / above, 1 / rest)
