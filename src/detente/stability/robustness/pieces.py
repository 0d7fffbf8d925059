"""Parts of the parameters' ranges: conditions in units of the ranges, and linear bounds on them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from math import factorial, floor, prod
from typing import Any, Literal

from detente.stability.robustness.conditions import Condition
from detente.stability.robustness.norms import Box, Norm, Row, Vector, root, size_of
from detente.stability.robustness.quotients import Polynomial, terms

Terms = Sequence[tuple[tuple[int, ...], Fraction]]
Relation = Literal[">", ">=", "="]
SHORT = 32
"""Binary places to which a bound on a condition that bends is rounded."""


@dataclass(frozen=True, eq=False)
class Form:
    """A polynomial of a change y, each part of which is in units of a parameter's range."""

    polynomial: Polynomial

    @cached_property
    def terms(self) -> Sequence[tuple[tuple[int, ...], Fraction]]:
        """Exponents and coefficient of each term."""
        return terms(self.polynomial)

    @cached_property
    def linear(self) -> Row | None:
        """As a row; None where it is of a higher degree."""
        if any(sum(exponents) > 1 for exponents, _ in self.terms):
            return None
        return _row(self.terms, Fraction(0))

    def at(self, y: Vector) -> Fraction:
        """Its value."""
        from flint import fmpq

        value = self.polynomial(*[fmpq(v.numerator, v.denominator) for v in y])
        return Fraction(int(value.p), int(value.q))

    def negated(self) -> Form:
        """Its negative."""
        return Form(-self.polynomial)

    def tangent(self, y: Vector) -> Row:
        """What it is close to y, as a row."""
        around = self._shifted(y)
        row = _row([t for t in around if sum(t[0]) <= 1], Fraction(0))
        if self.linear is None:
            row, _ = _rounded(row, [Fraction(0)] * len(y))
        return _moved(row, y)

    def bound(self, box: Box, norm: Norm = "max", most: Fraction | None = None) -> Bound:
        """A linear function that it stays close to in a box, as far as a change is not too large.

        `most` : changes longer than this in the norm do not matter; in units of the parts
        """
        centre = [(low + high) / 2 for low, high in box]
        half = [(high - low) / 2 for low, high in box]
        around = self._shifted(centre)
        row = _row([t for t in around if sum(t[0]) <= 1], Fraction(0))
        bends: dict[int, Fraction] = {}
        low, high = _remainder(around, half, bends)
        if bends and norm != "max" and most is not None:
            ball = _in_ball(around, centre, norm, most)
            low, high = min(low, ball), min(high, ball)
        wide = sum((abs(a) * half[i] for i, a in row.coefficients.items()), Fraction(0))
        least, greatest = row.constant - wide - low, row.constant + wide + high
        if bends:
            row, lost = _rounded(row, half)
            low, high = low + lost, high + lost
        return Bound(_moved(row, centre), low, high, least, greatest, bends)

    def _shifted(self, centre: Vector) -> Sequence[tuple[tuple[int, ...], Fraction]]:
        """The terms around another point."""
        from flint import fmpq

        ring = self.polynomial.context()
        moved = [
            gen + fmpq(c.numerator, c.denominator) if c else gen
            for gen, c in zip(ring.gens(), centre, strict=True)
        ]
        return terms(self.polynomial.compose(*moved, ctx=ring))


def _remainder(
    around: Terms, half: Vector, bends: dict[int, Fraction]
) -> tuple[Fraction, Fraction]:
    """How far the terms beyond the linear ones can bring it down and up in a box."""
    low = high = Fraction(0)
    for exponents, coefficient in around:
        if sum(exponents) <= 1:
            continue
        size = abs(coefficient) * prod(half[i] ** e for i, e in enumerate(exponents) if e)
        even = all(e % 2 == 0 for e in exponents)
        high += size if coefficient > 0 or not even else 0
        low += size if coefficient < 0 or not even else 0
        for i, e in enumerate(exponents):
            if e:
                bends[i] = bends.get(i, Fraction(0)) + size
    return low, high


def _in_ball(around: Terms, centre: Vector, norm: Norm, most: Fraction) -> Fraction:
    """What the terms beyond the linear ones can amount to where a change is not too long.

    By the multinomial theorem: of degree k, Σ c·m(d) is at most max(c / n) · (Σ|d|)^k, and by
    Cauchy's inequality at most √(Σ c²/n) · |d|^k, where n is how often m occurs in (Σ d)^k.
    """
    length = size_of(centre, norm)
    far = most + (root(length, up=True) if norm == "euclid" else length)
    weights: dict[int, Fraction] = {}
    for exponents, coefficient in around:
        degree = sum(exponents)
        if degree <= 1:
            continue
        often = factorial(degree) // prod(factorial(e) for e in exponents)
        known = weights.get(degree, Fraction(0))
        if norm == "sum":
            weights[degree] = max(known, abs(coefficient) / often)
        else:
            weights[degree] = known + coefficient * coefficient / often
    if norm == "euclid":
        weights = {degree: root(weight, up=True) for degree, weight in weights.items()}
    return sum((weight * far**degree for degree, weight in weights.items()), Fraction(0))


@dataclass(frozen=True)
class Bound:
    """That a form is `row` less at most `below` and plus at most `above`, in a box.

    `least`, `greatest` : between which it lies there
    `bends` : variable → how much of the distance is owed to it
    """

    row: Row
    below: Fraction
    above: Fraction
    least: Fraction
    greatest: Fraction
    bends: Mapping[int, Fraction]


@dataclass(frozen=True)
class Constraint:
    """That a form stands in a relation to zero."""

    form: Form
    relation: Relation

    def holds(self, y: Vector) -> bool:
        """Whether it does at a change."""
        value = self.form.at(y)
        return {">": value > 0, ">=": value >= 0, "=": value == 0}[self.relation]

    def rows(self, bound: Bound) -> Iterable[Row]:
        """Rows that hold wherever it does, in the box of the bound."""
        row = bound.row
        yield Row(row.coefficients, row.constant + bound.above, self.relation == ">")
        if self.relation == "=":
            back = {i: -a for i, a in row.coefficients.items()}
            yield Row(back, bound.below - row.constant)

    def opposite(self) -> Iterable[Constraint]:
        """Constraints one of which holds exactly where it does not."""
        if self.relation == "=":
            yield Constraint(self.form, ">")
            yield Constraint(self.form.negated(), ">")
        else:
            yield Constraint(self.form.negated(), ">=" if self.relation == ">" else ">")


@dataclass(frozen=True)
class Piece:
    """The changes in a box that meet some constraints.

    `overturned` : whether the verdict is known to be another one in all of it
    """

    box: Box
    constraints: tuple[Constraint, ...] = ()
    overturned: bool = False
    bounds: Mapping[Constraint, Bound] = field(default_factory=dict, compare=False, repr=False)

    @property
    def linear(self) -> bool:
        """Whether all constraints are."""
        return all(c.form.linear is not None for c in self.constraints)

    def holds(self, y: Vector) -> bool:
        """Whether a change is in it."""
        within = all(low <= v <= high for v, (low, high) in zip(y, self.box, strict=True))
        return within and all(c.holds(y) for c in self.constraints)

    def relaxed(
        self, norm: Norm, most: Fraction | None = None
    ) -> tuple[Piece, list[Row]] | None:
        """The piece without changes that are longer than `most`, and rows that hold there.

        Constraints that hold in all of it are left out. None where it is empty.
        """
        box = self.box
        if most is not None:
            box = [(max(low, -most), min(high, most)) for low, high in box]
            if any(low > high for low, high in box):
                return None
        kept, rows, bounds = [], list[Row](), dict[Constraint, Bound]()
        for constraint in self.constraints:
            bound = constraint.form.bound(box, norm, most)
            if bound.greatest < 0 or (bound.greatest == 0 and constraint.relation == ">"):
                return None
            if constraint.relation == "=" and bound.least > 0:
                return None
            if bound.least > 0 or (bound.least == 0 and constraint.relation == ">="):
                continue
            kept.append(constraint)
            bounds[constraint] = bound
            rows += constraint.rows(bound)
        return Piece(box, tuple(kept), self.overturned, bounds), rows

    def halves(self) -> tuple[Piece, Piece] | None:
        """Both halves, cut where the constraints are bent most; None where none is bent."""
        bent: dict[int, Fraction] = {}
        for bound in self.bounds.values():
            steep = sum(abs(a) for a in bound.row.coefficients.values()) or Fraction(1)
            for i, amount in bound.bends.items():
                bent[i] = bent.get(i, Fraction(0)) + amount / steep
        if not bent or not max(bent.values()):
            return None
        at = max(bent, key=lambda i: bent[i])
        low, high = self.box[at]
        middle = (low + high) / 2
        made = []
        for side in ((low, middle), (middle, high)):
            box = [side if i == at else span for i, span in enumerate(self.box)]
            made.append(Piece(box, self.constraints, self.overturned))
        return made[0], made[1]


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

    def constraint(self, condition: Condition) -> Constraint | None:
        """A condition on changes; None where it is one on other parameters only."""
        drawn: list[Any] = []
        place = dict(zip(self.names, self._ring.gens(), strict=True))
        for name in condition.point.quotients.names:
            value = _rational(self.values[name])
            if name in place:
                drawn.append(place[name] * _rational(self.widths[name]) + value)
            else:
                drawn.append(self._ring.constant(value))
        found = condition.polynomial.compose(*drawn, ctx=self._ring)
        if found.is_constant():
            return None
        return Constraint(Form(found), ">" if condition.sign else "=")


def _rational(value: Fraction) -> Any:
    from flint import fmpq

    return fmpq(value.numerator, value.denominator)


def _row(found: Iterable[tuple[tuple[int, ...], Fraction]], constant: Fraction) -> Row:
    coefficients: dict[int, Fraction] = {}
    for exponents, coefficient in found:
        if any(exponents):
            coefficients[exponents.index(1)] = coefficient
        else:
            constant += coefficient
    return Row(coefficients, constant)


def _rounded(row: Row, half: Vector) -> tuple[Row, Fraction]:
    """The row in short numbers, and how far it may be off in a box."""
    largest = max([abs(a) for a in row.coefficients.values()], default=Fraction(0))
    unit = Fraction(2) ** (floor(largest).bit_length() - SHORT)
    kept = {i: round(a / unit) * unit for i, a in row.coefficients.items()}
    constant = round(row.constant / unit) * unit
    off = sum((abs(a - kept[i]) * half[i] for i, a in row.coefficients.items()), Fraction(0))
    return Row(kept, constant, row.strict), off + abs(constant - row.constant)


def _moved(row: Row, centre: Vector) -> Row:
    """A row in terms of the difference from a point, in terms of y."""
    shift = sum((a * centre[i] for i, a in row.coefficients.items()), Fraction(0))
    return Row(row.coefficients, row.constant - shift, row.strict)
