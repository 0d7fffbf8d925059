"""Parts of the parameters' ranges: which signs some polynomials of a change have there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from math import prod
from typing import Any

from detente.stability.robustness.nearest.bounding import Smooth
from detente.stability.robustness.nearest.halving import Signed
from detente.stability.robustness.nearest.norms import Box, Row, Vector, inside
from detente.stability.robustness.regions.conditions import Condition
from detente.stability.robustness.regions.quotients import Polynomial, terms

Signs = frozenset[int]
"""Those of -1, 0 and 1 that are allowed."""
EVERY: Signs = frozenset((-1, 0, 1))
LONG = 2000
"""Terms beyond which a polynomial is not taken apart into factors."""


@dataclass(frozen=True, eq=False)
class Form:
    """A polynomial of a change y, each part of which is in units of a parameter's range."""

    polynomial: Polynomial

    @cached_property
    def terms(self) -> Sequence[tuple[tuple[int, ...], Fraction]]:
        """Exponents and coefficient of each term."""
        return terms(self.polynomial)

    @cached_property
    def variables(self) -> frozenset[int]:
        """Those that occur in it, by position."""
        return frozenset(i for e, _ in self.terms for i, power in enumerate(e) if power)

    @cached_property
    def linear(self) -> Row | None:
        """As a row; None where it is of a higher degree."""
        if any(sum(exponents) > 1 for exponents, _ in self.terms):
            return None
        coefficients = {e.index(1): c for e, c in self.terms if any(e)}
        constant = sum((c for e, c in self.terms if not any(e)), Fraction(0))
        return Row(coefficients, constant)

    @cached_property
    def smooth(self) -> Smooth:
        """In floating point."""
        return Smooth(self.terms)

    def at(self, y: Vector) -> Fraction:
        """Its value."""
        from flint import fmpq

        value = self.polynomial(*[fmpq(v.numerator, v.denominator) for v in y])
        return Fraction(int(value.p), int(value.q))

    def sign(self, y: Vector) -> int:
        """-1, 0 or 1."""
        value = self.at(y)
        return (value > 0) - (value < 0)


class Forms:
    """The factors of polynomials, those that are multiples of each other being one."""

    def __init__(self) -> None:
        self._known: dict[str, Form] = {}

    def of(self, polynomial: Polynomial) -> list[Form]:
        """The factors; where they all keep their signs, so does the product."""
        if len(polynomial) > LONG:
            return [self._one(polynomial)]
        return [self._one(factor) for factor, _ in polynomial.factor()[1]]

    def _one(self, polynomial: Polynomial) -> Form:
        lead = polynomial.leading_coefficient()
        monic = polynomial / lead
        return self._known.setdefault(str(monic), Form(monic))


@dataclass(frozen=True)
class Constraint:
    """That a form has one of some signs."""

    form: Form
    signs: Signs

    def holds(self, y: Vector) -> bool:
        """Whether it does at a change."""
        return self.form.sign(y) in self.signs

    def rows(self) -> Iterator[Row]:
        """A linear one as rows."""
        assert self.form.linear is not None
        yield from _signed_rows(self.form.linear, self.signs)

    def signed(self) -> Signed:
        """As polynomials that are zero or more."""
        return [(self.form.smooth, sign) for sign in (1, -1) if -sign not in self.signs]

    def from_nothing(self, y: Vector) -> bool:
        """Whether it holds at all small enough parts of a change, however small."""
        along: dict[int, Fraction] = {}
        for exponents, coefficient in self.form.terms:
            value = coefficient * prod(v**e for v, e in zip(y, exponents, strict=True) if e)
            along[sum(exponents)] = along.get(sum(exponents), Fraction(0)) + value
        first = next((along[degree] for degree in sorted(along) if along[degree]), Fraction(0))
        return (first > 0) - (first < 0) in self.signs

    def others(self) -> Iterator[Constraint]:
        """Constraints one of which holds exactly where it does not."""
        rest = EVERY - self.signs
        if rest == {-1, 1}:
            yield Constraint(self.form, frozenset((-1,)))
            yield Constraint(self.form, frozenset((1,)))
        elif rest:
            yield Constraint(self.form, rest)


@dataclass(frozen=True)
class Piece:
    """The changes that meet some constraints, one a form.

    `overturned` : whether the verdict is known to be another one in all of it
    """

    constraints: tuple[Constraint, ...] = ()
    overturned: bool = False

    @property
    def linear(self) -> bool:
        """Whether all constraints are."""
        return all(c.form.linear is not None for c in self.constraints)

    def holds(self, y: Vector) -> bool:
        """Whether a change meets them all."""
        return all(c.holds(y) for c in self.constraints)

    def from_nothing(self, y: Vector) -> bool:
        """Whether all small enough parts of a change meet them, however small."""
        return all(c.from_nothing(y) for c in self.constraints)

    def rows(self) -> list[Row]:
        """A linear one as rows."""
        return [row for c in self.constraints for row in c.rows()]

    def signed(self) -> Signed:
        """The constraints as polynomials that are zero or more."""
        return [each for c in self.constraints for each in c.signed()]

    def possible(self, box: Box) -> bool:
        """Whether linear algebra leaves it a chance, each monomial being a variable of its own.

        What was compared with one another makes conditions that hang together: a over b and b over
        c exclude c over a, which no box shows where they nearly touch.
        """
        place: dict[tuple[int, ...], int] = {}
        rows = []
        for constraint in self.constraints:
            row = Row(
                {place.setdefault(e, len(place)): c for e, c in constraint.form.terms if any(e)},
                sum((c for e, c in constraint.form.terms if not any(e)), Fraction(0)),
            )
            rows += [*_signed_rows(row, constraint.signs)]
        return inside(rows, [_span(monomial, box) for monomial in place]) is not None

    def with_(self, further: Iterable[Constraint], overturned: bool = False) -> Piece | None:
        """What of it meets further constraints; None where two exclude each other."""
        signs = {c.form: c.signs for c in self.constraints}
        for constraint in further:
            left = signs.get(constraint.form, EVERY) & constraint.signs
            if not left:
                return None
            signs[constraint.form] = left
        return Piece(tuple(Constraint(f, s) for f, s in signs.items()), overturned)

    def without(self, sure: Iterable[Constraint]) -> Piece:
        """The piece without constraints that are known to hold."""
        gone = set(sure)
        return Piece(tuple(c for c in self.constraints if c not in gone), self.overturned)


class Frame:
    """Changes of some parameters, each in units of its range.

    `names` : those that may change
    `values` : of all parameters, before any change
    `widths` : of the ranges of `names`
    `box` : how far each may go
    """

    def __init__(
        self, values: Mapping[str, Fraction], spans: Mapping[str, tuple[Fraction, Fraction]],
        beyond: Fraction,
    ) -> None:  # fmt: skip
        from flint import Ordering, fmpq_mpoly_ctx

        self.values, self.names = values, tuple(spans)
        self.widths = {name: high - low for name, (low, high) in spans.items()}
        self.box: Box = [
            (
                min((low - values[n]) / (high - low), Fraction(0)) - beyond,
                max((high - values[n]) / (high - low), Fraction(0)) + beyond,
            )
            for n, (low, high) in spans.items()
        ]
        self._ring = fmpq_mpoly_ctx.get(list(self.names), Ordering.lex)

    def there(self, y: Vector) -> dict[str, Fraction]:
        """The values of all parameters after a change."""
        moved = dict(self.values)
        for name, part in zip(self.names, y, strict=True):
            moved[name] += part * self.widths[name]
        return moved

    def within(self, y: Vector) -> bool:
        """Whether a change stays in the box."""
        return all(low <= v <= high for v, (low, high) in zip(y, self.box, strict=True))

    def polynomial(self, condition: Condition) -> Polynomial | None:
        """What has the sign of a condition, of a change; None where it hangs on none."""
        drawn: list[Any] = []
        place = dict(zip(self.names, self._ring.gens(), strict=True))
        for name in condition.point.quotients.names:
            value = _rational(self.values[name])
            if name in place:
                drawn.append(place[name] * _rational(self.widths[name]) + value)
            else:
                drawn.append(self._ring.constant(value))
        found = condition.polynomial.compose(*drawn, ctx=self._ring)
        return None if found.is_constant() else found


def _signed_rows(row: Row, signs: Signs) -> Iterator[Row]:
    """Rows that hold where one has one of some signs."""
    if 1 not in signs:
        back = {i: -a for i, a in row.coefficients.items()}
        yield Row(back, -row.constant, 0 not in signs)
    if -1 not in signs:
        yield Row(row.coefficients, row.constant, 0 not in signs)


def _span(monomial: Sequence[int], box: Box) -> tuple[Fraction, Fraction]:
    """Between what a monomial lies in a box."""
    low = high = Fraction(1)
    for power, (least, most) in zip(monomial, box, strict=True):
        if power:
            ends = [least**power, most**power]
            if power % 2 == 0 and least < 0 < most:
                ends.append(Fraction(0))
            products = [a * b for a in (low, high) for b in (min(ends), max(ends))]
            low, high = min(products), max(products)
    return low, high


def _rational(value: Fraction) -> Any:
    from flint import fmpq

    return fmpq(value.numerator, value.denominator)
