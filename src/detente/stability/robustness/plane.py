"""Regions of a plane of two parameters: signs of polynomials in two unknowns, exactly.

The plane is cut into cells in which no polynomial that matters changes its sign (Collins 1975,
cylindrical algebraic decomposition, of which only the cells of full dimension are needed): along
the second parameter at every value at which two of the curves cross, one turns back or leaves for
infinity; and between two such values along the first one, at the curves.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations, pairwise
from typing import Any

from detente.stability.following.algebraic import Place, between, primitive, real_roots, sign_at
from detente.stability.robustness.conditions import Condition
from detente.stability.robustness.quotients import Quotients

Polynomial = Any
"""A `flint.fmpq_mpoly` in two unknowns, irreducible and of positive degree."""
Terms = tuple[tuple[tuple[int, int], Fraction], ...]
"""The exponents of the first and the second unknown, and the coefficient, of each term."""


class Plane(Quotients):
    """Functions of many parameters as functions of two of them, the others at their values."""

    def __init__(self, names: tuple[str, str], values: Mapping[str, Fraction]) -> None:
        super().__init__(names)
        for name, value in values.items():
            if name not in names:
                self._generator[name] = self._constant(value)

    def factors(self, conditions: Iterable[Condition]) -> list[Terms]:
        """The irreducible polynomials on whose signs conditions rest; none where they are fixed."""
        found: dict[Terms, None] = {}
        for condition in conditions:
            quotient = self.of(condition.function)
            for whole in (quotient.above, *map(self.factor, quotient.below)):
                if not whole.is_constant():
                    found.update({_terms(f): None for f, _ in whole.factor()[1]})
        return list(found)

    def polynomial(self, terms: Terms) -> Polynomial:
        """Terms as a polynomial again."""
        from flint import fmpq

        x, y = (self._generator[name] for name in self.names)
        total = self._constant(0)
        for (i, j), c in terms:
            total += self._ring.constant(fmpq(c.numerator, c.denominator)) * x**i * y**j
        return total

    def critical(self, curves: Sequence[Terms]) -> set[Place]:
        """The values of the second parameter at which the curves may change their order."""
        polynomials = [self.polynomial(terms) for terms in curves]
        x = self.names[0]
        met: list[Polynomial] = [_leading(self, terms) for terms in curves]
        met += [p.discriminant(x) for p in polynomials if p.degrees()[0] > 1]
        for one, other in combinations(polynomials, 2):
            if one.degrees()[0] and other.degrees()[0]:
                met.append(one.resultant(other, x))
        return {root for p in met for root in _roots_in_second(p)}


def _terms(factor: Polynomial) -> Terms:
    """An irreducible polynomial up to a factor: whole coprime coefficients, the first positive."""
    given = sorted(factor.to_dict().items())
    whole = primitive([Fraction(int(c.p), int(c.q)) for _, c in given])
    sign = 1 if whole[0] > 0 else -1
    return tuple(
        ((int(e[0]), int(e[1])), Fraction(sign * c)) for (e, _), c in zip(given, whole, strict=True)
    )


def _leading(plane: Plane, terms: Terms) -> Polynomial:
    """The coefficient of the highest power of the first unknown; of none, the polynomial."""
    top = max(i for (i, _), _ in terms)
    return plane.polynomial(tuple(((0, j), c) for (i, j), c in terms if i == top))


def _roots_in_second(polynomial: Polynomial) -> tuple[Place, ...]:
    coefficients: dict[int, Fraction] = {}
    for exponents, c in polynomial.to_dict().items():
        coefficients[int(exponents[1])] = Fraction(int(c.p), int(c.q))
    if not any(coefficients):  # constant, or nothing
        return ()
    return real_roots([coefficients.get(k, Fraction(0)) for k in range(max(coefficients) + 1)])


def along_first(terms: Terms, y: Fraction) -> list[Fraction]:
    """The polynomial in the first unknown that is left at a value of the second."""
    found = [Fraction(0)] * (1 + max(i for (i, _), _ in terms))
    for (i, j), c in terms:
        found[i] += c * y**j
    return found


def along_second(terms: Terms) -> list[Fraction]:
    """The coefficients in the second unknown of a polynomial without the first."""
    found = [Fraction(0)] * (1 + max(j for (_, j), _ in terms))
    for (_, j), c in terms:
        found[j] += c
    return found


def sign_there(terms: Terms, x: Fraction, y: Fraction) -> int:
    """The sign at a point."""
    return sign_at(along_first(terms, y), x)


@dataclass(frozen=True)
class Curve:
    """Where a polynomial is zero: its root of this position (from 0) along the first parameter."""

    terms: Terms
    index: int

    def at(self, y: Fraction) -> Place:
        """The value of the first parameter there."""
        return real_roots(along_first(self.terms, y))[self.index]


@dataclass(frozen=True)
class Strip:
    """Between two values of the second parameter: the curves from left to right, in order.

    `sample` : a value in between
    `curves` : those inside the interval of the first parameter
    `points` : a value of the first parameter between each two of them, at the sample
    """

    low: Place
    high: Place
    sample: Fraction
    curves: tuple[Curve, ...]
    points: tuple[Fraction, ...]


def strips(
    plane: Plane,
    polynomials: Sequence[Terms],
    across: tuple[Fraction, Fraction],
    up: tuple[Fraction, Fraction],
) -> Iterator[Strip]:
    """The strips of a rectangle; in each, between two curves, all polynomials keep their signs.

    `across`, `up` : the intervals of the first and of the second parameter
    """
    sides: list[Terms] = [
        _terms(plane.polynomial((((1, 0), Fraction(1)), ((0, 0), -end)))) for end in across
    ]
    every = list(dict.fromkeys([*polynomials, *sides]))
    cuts = sorted({*up, *(y for y in plane.critical(every) if up[0] < y < up[1])})
    moving = [terms for terms in polynomials if any(i for (i, _), _ in terms)]
    for low, high in pairwise(cuts):
        y = between(low, high)
        roots: list[tuple[Place, Curve]] = []
        for terms in moving:
            found = real_roots(along_first(terms, y))
            roots += [(x, Curve(terms, k)) for k, x in enumerate(found)]
        inside = sorted((r for r in roots if across[0] < r[0] < across[1]), key=lambda r: r[0])
        ends = [across[0], *(x for x, _ in inside), across[1]]
        points = tuple(between(one, other) for one, other in pairwise(ends))
        yield Strip(low, high, y, tuple(curve for _, curve in inside), points)
