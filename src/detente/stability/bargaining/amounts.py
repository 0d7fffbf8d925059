"""Amounts that are exact fractions, exact roots of polynomials, or lie in a proved interval."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any, TypeAlias

from detente.stability.following.algebraic import Root
from detente.stability.words import plain

SHOWN = Fraction(1, 2**40)
"""Width of a shown interval around an algebraic number, as a part of its size."""


@dataclass(frozen=True)
class Enclosed:
    """A real number that is proved to lie in an interval.

    `low`, `high` : the ends
    """

    low: Fraction
    high: Fraction

    def __float__(self) -> float:
        return float((self.low + self.high) / 2)


Amount: TypeAlias = "Fraction | Root | Enclosed"
"""A real number: exactly, or between proved bounds."""


def bounds(amount: Amount) -> tuple[Fraction, Fraction]:
    """Rationals between which it lies: twice itself where it is one."""
    if isinstance(amount, Fraction):
        return amount, amount
    if isinstance(amount, Root):
        amount = amount.within(SHOWN)
    return amount.low, amount.high


def amount_text(amount: Amount) -> str:
    """The number in decimals, marked `≈` where it is rounded.

    >>> amount_text(Fraction(1, 2)), amount_text(Enclosed(Fraction(333, 1000), Fraction(1, 3)))
    ('0.5', '≈0.3332')
    """
    if isinstance(amount, Fraction):
        return plain(amount)
    low, high = bounds(amount)
    return "≈" + plain((low + high) / 2).removeprefix("≈")


def amount_data(amount: Amount) -> Any:
    """A Fraction as it is; another number as its interval beside the decimal, an algebraic one with
    its polynomial, the constant first."""
    if isinstance(amount, Fraction):
        return amount
    low, high = bounds(amount)
    data: dict[str, Any] = {"between": [low, high], "decimal": float(amount)}
    if isinstance(amount, Root):
        data["polynomial"] = [Fraction(c) for c in amount.polynomial]
    return data


def line_at(start: Fraction, slope: Fraction, at: Amount) -> Amount:
    """start + slope · at.

    >>> from detente.stability.following.algebraic import real_roots
    >>> line_at(Fraction(1), Fraction(2), real_roots([-2, 0, 1])[1]).polynomial
    (-7, -2, 1)
    """
    if not slope or isinstance(at, Fraction):
        return start + slope * at if slope and isinstance(at, Fraction) else start
    if isinstance(at, Root):
        return _moved(start, slope, at)
    ends = sorted((start + slope * at.low, start + slope * at.high))
    return Enclosed(*ends)


def _moved(start: Fraction, slope: Fraction, root: Root) -> Root:
    """A root of p turned into start + slope · root, which is one of p((y − start) / slope)."""
    from flint import fmpq, fmpq_poly

    from detente.stability.following.algebraic import primitive

    inner = fmpq_poly([_fmpq(-start / slope), _fmpq(1 / slope)])
    turned = fmpq_poly(list(root.polynomial))(inner)
    coefficients = primitive([Fraction(int(fmpq(c).p), int(fmpq(c).q)) for c in turned.coeffs()])
    if coefficients[-1] < 0:
        coefficients = tuple(-c for c in coefficients)
    ends = sorted((start + slope * root.low, start + slope * root.high))
    index = root.index
    if slope < 0:
        from detente.stability.following.algebraic import real_roots

        index = len(real_roots(root.polynomial)) - 1 - index
    return Root(coefficients, index, *ends)


def _fmpq(value: Fraction) -> Any:
    from flint import fmpq

    return fmpq(value.numerator, value.denominator)
