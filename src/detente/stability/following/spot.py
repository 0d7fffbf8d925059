"""A spot on the axis of a parameter, and the exact sign of any function there."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

from detente.stability.following.algebraic import Place, Root, real_roots
from detente.stability.following.functions import Function, Ratio


@dataclass(frozen=True)
class Spot:
    """At a place, or just after it: closer to it than any root of what is compared.

    Just after a place, the sign of a function is that of its first derivative that is not zero, and
    a function is zero only if it is zero throughout.
    """

    place: Place
    after: bool

    @cached_property
    def _rational(self) -> Any:
        from flint import fmpq

        assert isinstance(self.place, Fraction)
        return fmpq(self.place.numerator, self.place.denominator)

    def sign(self, function: Function) -> int:
        """-1, 0 or 1; of a pole, that of the numerator times that of the denominator: 0."""
        if isinstance(function, Ratio):
            return self._sign(function.up) * self._sign(function.down)
        return self._sign(function)

    def _sign(self, polynomial: Any) -> int:
        if polynomial.degree() <= 0:
            return _sign_of(polynomial[0])
        if isinstance(self.place, Root):
            return self._sign_at_root(self.place, polynomial)
        value = polynomial(self._rational)
        while self.after and not value:
            polynomial = polynomial.derivative()
            value = polynomial(self._rational)
        return _sign_of(value)

    def _sign_at_root(self, root: Root, polynomial: Any) -> int:
        from flint import fmpq_poly

        modulus = fmpq_poly(list(root.polynomial))
        turns = 1
        rising = 1 if root.rising else -1
        while True:
            quotient, rest = divmod(polynomial, modulus)
            if not rest.is_zero():
                return turns * root.sign_of(_fractions(polynomial))
            if not self.after:
                return 0
            # One factor that is zero at the root, and has a sign just after it.
            polynomial, turns = quotient, turns * rising


def _sign_of(number: Any) -> int:
    return int(number > 0) - int(number < 0)


def roots_of(function: Function) -> tuple[Place, ...]:
    """Where a function that is not zero throughout is zero or has a pole, in ascending order."""
    if isinstance(function, Ratio):
        return tuple(sorted({*_roots(function.up), *_roots(function.down)}))
    return _roots(function)


def _roots(polynomial: Any) -> tuple[Place, ...]:
    degree = polynomial.degree()
    if degree <= 0:
        return ()
    if degree == 1:
        root = -polynomial[0] / polynomial[1]
        return (Fraction(int(root.p), int(root.q)),)
    return real_roots([int(c) for c in polynomial.numer().coeffs()])


def _fractions(polynomial: Any) -> list[Fraction]:
    return [Fraction(int(c.p), int(c.q)) for c in polynomial.coeffs()]
