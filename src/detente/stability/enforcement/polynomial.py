"""Polynomials in one unknown with exact coefficients: sums and products, for conditions on it."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import zip_longest
from typing import TypeAlias

Number: TypeAlias = int | Fraction


@dataclass(frozen=True)
class Polynomial:
    """A polynomial; `coefficients` has that of the constant first.

    >>> ((UNKNOWN - 1) * (UNKNOWN + Fraction(1, 2))).coefficients
    (Fraction(-1, 2), Fraction(-1, 2), Fraction(1, 1))
    """

    coefficients: tuple[Fraction, ...]

    def __add__(self, other: Quantity) -> Polynomial:
        pairs = zip_longest(self.coefficients, _of(other), fillvalue=Fraction(0))
        return Polynomial(tuple(a + b for a, b in pairs))

    def __mul__(self, other: Quantity) -> Polynomial:
        theirs = _of(other)
        found = [Fraction(0)] * (len(self.coefficients) + len(theirs) - 1)
        for i, a in enumerate(self.coefficients):
            for j, b in enumerate(theirs):
                found[i + j] += a * b
        return Polynomial(tuple(found))

    def __neg__(self) -> Polynomial:
        return Polynomial(tuple(-a for a in self.coefficients))

    def __sub__(self, other: Quantity) -> Polynomial:
        return self + (-_lifted(other))

    def __rsub__(self, other: Quantity) -> Polynomial:
        return -self + other

    __radd__ = __add__
    __rmul__ = __mul__


Quantity: TypeAlias = "Number | Polynomial"
"""A number, or a polynomial in the unknown."""

UNKNOWN = Polynomial((Fraction(0), Fraction(1)))
"""The unknown itself."""


def coefficients(quantity: Quantity) -> tuple[Fraction, ...]:
    """That of the constant first; of a number, itself alone."""
    return _of(quantity)


def _of(quantity: Quantity) -> tuple[Fraction, ...]:
    return _lifted(quantity).coefficients


def _lifted(quantity: Quantity) -> Polynomial:
    return quantity if isinstance(quantity, Polynomial) else Polynomial((Fraction(quantity),))
