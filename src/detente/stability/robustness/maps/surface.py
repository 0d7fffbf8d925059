"""Functions of two parameters: quotients of polynomials, each kept once, with their factors."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from detente.stability.following.algebraic import primitive

Polynomial = Any
"""A `flint.fmpq_mpoly` in two unknowns."""
Terms = tuple[tuple[tuple[int, int], Fraction], ...]
"""The exponents of the first and the second unknown, and the coefficient, of each term."""


class Quotient:
    """A quotient of two polynomials without a common factor; two that are the same are one object.

    `number` : which it is, in the order in which they were met
    """

    __slots__ = ("_factors", "_home", "down", "number", "up")

    def __init__(self, home: Surface, number: int, up: Polynomial, down: Polynomial) -> None:
        self._home, self.number, self.up, self.down = home, number, up, down
        self._factors: tuple[int, tuple[tuple[int, bool], ...]] | None = None

    def __add__(self, other: Quotient | int) -> Quotient:
        return self._home.added(self, other)

    def __mul__(self, other: Quotient) -> Quotient:
        return self._home.times(self, other)

    def __sub__(self, other: Quotient) -> Quotient:
        return self._home.less(self, other)

    @property
    def factors(self) -> tuple[int, tuple[tuple[int, bool], ...]]:
        """A sign, and irreducible factors by number with whether their power is odd.

        The sign of the quotient is the product of the one and of the signs of the others; where it
        is zero throughout, the sign is 0.
        """
        if self._factors is None:
            self._factors = self._home.factored(self)
        return self._factors


class Surface:
    """The functions of two parameters that came up.

    `names` : of the parameters
    `factors` : the irreducible polynomials that came up, each up to a factor
    """

    def __init__(self, names: tuple[str, str]) -> None:
        from flint import Ordering, fmpq_mpoly_ctx

        self.names = names
        self.factors: list[Terms] = []
        self._ring = fmpq_mpoly_ctx.get(list(names), Ordering.lex)
        self._generator = dict(zip(names, self._ring.gens(), strict=True))
        self._one = self._ring.constant(1)
        self._known: dict[tuple[str, str], Quotient] = {}
        self._factor: dict[Terms, int] = {}
        self._done: dict[tuple[int, int, int], Quotient] = {}

    # ── what expressions are made of ───────────────────────────────────────────────────────────

    def named(self, name: str) -> Quotient:
        """A parameter as a function."""
        return self._kept(self._generator[name], self._one)

    def constant(self, value: int | Fraction) -> Quotient:
        """A number as a function."""
        from flint import fmpq

        whole = self._ring.constant(fmpq(value.numerator, value.denominator))
        return self._kept(whole, self._one)

    def inverse(self, function: Quotient) -> Quotient:
        """One over a function that is not zero throughout."""
        return self._reduced(function.down, function.up)

    def is_zero(self, function: Quotient) -> bool:
        """Whether it is zero throughout."""
        return bool(function.up.is_zero())

    def is_constant(self, function: Quotient) -> bool:
        """Whether neither parameter moves it."""
        return bool(function.up.is_constant() and function.down.is_constant())

    def added(self, one: Quotient, other: Quotient | int) -> Quotient:
        """The sum."""
        if isinstance(other, int):
            other = self.constant(other)
        key = (0, one.number, other.number)
        if key not in self._done:
            if one.down == other.down == self._one:
                self._done[key] = self._kept(one.up + other.up, self._one)
            else:
                up = one.up * other.down + other.up * one.down
                self._done[key] = self._reduced(up, one.down * other.down)
        return self._done[key]

    def less(self, one: Quotient, other: Quotient) -> Quotient:
        """The difference."""
        key = (1, one.number, other.number)
        if key not in self._done:
            if one.down == other.down == self._one:
                self._done[key] = self._kept(one.up - other.up, self._one)
            else:
                up = one.up * other.down - other.up * one.down
                self._done[key] = self._reduced(up, one.down * other.down)
        return self._done[key]

    def times(self, one: Quotient, other: Quotient) -> Quotient:
        """The product."""
        key = (2, one.number, other.number)
        if key not in self._done:
            self._done[key] = self._reduced(one.up * other.up, one.down * other.down)
        return self._done[key]

    # ── inside ─────────────────────────────────────────────────────────────────────────────────

    def _reduced(self, up: Polynomial, down: Polynomial) -> Quotient:
        if not down.is_constant():
            common = up.gcd(down)
            up, down = up / common, down / common
        lead = self._ring.constant(down.leading_coefficient())
        return self._kept(up / lead, down / lead)

    def _kept(self, up: Polynomial, down: Polynomial) -> Quotient:
        key = (str(up), str(down))
        if key not in self._known:
            self._known[key] = Quotient(self, len(self._known), up, down)
        return self._known[key]

    def factored(self, function: Quotient) -> tuple[int, tuple[tuple[int, bool], ...]]:
        """See `Quotient.factors`."""
        if function.up.is_zero():
            return 0, ()
        sign, powers = 1, dict[int, int]()
        for part in (function.up, function.down):
            content, factors = part.factor()
            sign *= 1 if content > 0 else -1
            for factor, power in factors:
                terms, positive = terms_of(factor)
                number = self._factor.setdefault(terms, len(self.factors))
                if number == len(self.factors):
                    self.factors.append(terms)
                powers[number] = powers.get(number, 0) + int(power)
                if power % 2 and not positive:
                    sign = -sign
        return sign, tuple((number, bool(power % 2)) for number, power in powers.items())


def terms_of(factor: Polynomial) -> tuple[Terms, bool]:
    """A polynomial with whole coprime coefficients, the first positive; whether it already was."""
    given = sorted(factor.to_dict().items())
    whole = primitive([Fraction(int(c.p), int(c.q)) for _, c in given])
    # A content never changes a sign: whole numbers are a positive multiple.
    positive = whole[0] > 0
    sign = 1 if positive else -1
    terms = tuple(
        ((int(e[0]), int(e[1])), Fraction(sign * c)) for (e, _), c in zip(given, whole, strict=True)
    )
    return terms, positive
