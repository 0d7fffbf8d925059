"""Expressions without choices as quotients of polynomials in many parameters, exactly."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from detente.errors import NotSupported
from detente.game.expressions import Expr
from detente.game.expressions.identity import is_zero
from detente.game.expressions.structure import NAME, NUMBER, PRODUCT, SUM, postorder

Polynomial = Any
"""A `flint.fmpq_mpoly` in the parameters of its ring."""
MOST_TERMS = 1_000_000
"""Terms that may be multiplied out at once: beyond, it would take seconds and gigabytes."""


@dataclass(frozen=True)
class Linear:
    """A function of the form constant + Σ coefficient · parameter.

    `coefficients` : parameter → its coefficient, those that are zero left out
    """

    coefficients: Mapping[str, Fraction]
    constant: Fraction

    def at(self, values: Mapping[str, Fraction]) -> Fraction:
        """Its value."""
        return self.constant + sum(c * values[name] for name, c in self.coefficients.items())


@dataclass(frozen=True)
class Quotient:
    """A polynomial over a product of others.

    `above` : the numerator
    `below` : what each factor of the denominator is made of → its power
    """

    above: Polynomial
    below: Mapping[Expr, int] = field(default_factory=dict)


class Quotients:
    """Expressions written out over one ring of polynomials; each part is written out once.

    `names` : the parameters, in the order of the exponents

    An expression with `min`, `max` or a condition is no such quotient: settle these first. Raises
    NotSupported where a polynomial has too many terms.
    """

    def __init__(self, names: Iterable[str]) -> None:
        from flint import Ordering, fmpq_mpoly_ctx

        self.names = tuple(names)
        self._ring = fmpq_mpoly_ctx.get(list(self.names), Ordering.lex)
        self._generator = dict(zip(self.names, self._ring.gens(), strict=True))
        self._known: dict[Expr, Quotient] = {}
        self._factor: dict[Expr, Polynomial] = {}
        self._zero: dict[Expr, bool] = {}

    def of(self, expression: Expr) -> Quotient:
        """The expression written out."""
        known = self._known
        if expression not in known:
            for node in postorder([expression]):
                if node not in known:
                    known[node] = self._written_out(node)
        return known[expression]

    def factor(self, base: Expr) -> Polynomial:
        """The polynomial that stands for a key of `Quotient.below`."""
        return self._factor[base]

    def is_zero(self, expression: Expr) -> bool:
        """Whether it is proved to be zero wherever it is defined."""
        found = self._zero.get(expression)
        if found is None:
            found = self._zero[expression] = is_zero(expression)
        return found

    def linear(self, polynomial: Polynomial) -> Linear | None:
        """A polynomial as a linear function; None where it is none."""
        if not polynomial.is_zero() and polynomial.total_degree() > 1:
            return None
        coefficients, constant = dict[str, Fraction](), Fraction(0)
        for exponents, coefficient in polynomial.to_dict().items():
            number = Fraction(int(coefficient.p), int(coefficient.q))
            if any(exponents):
                coefficients[self.names[exponents.index(1)]] = number
            else:
                constant = number
        return Linear(coefficients, constant)

    # ── inside ─────────────────────────────────────────────────────────────────────────────────

    def _written_out(self, node: Expr) -> Quotient:
        if node.kind == NUMBER:
            return Quotient(self._constant(node.head))
        if node.kind == NAME:
            return Quotient(self._generator[node.head])
        if node.kind == SUM:
            return self._sum(node)
        if node.kind == PRODUCT:
            return self._product(node)
        raise ValueError(f"{node} chooses between expressions; it is no quotient of polynomials.")

    def _constant(self, value: int | Fraction) -> Polynomial:
        from flint import fmpq

        return self._ring.constant(fmpq(value.numerator, value.denominator))

    def _sum(self, node: Expr) -> Quotient:
        parts = [self._known[arg] for arg in node.args]
        below: dict[Expr, int] = {}
        for part in parts:
            for base, power in part.below.items():
                below[base] = max(power, below.get(base, 0))
        above = multiplied(self._constant(node.head), self._times(below, {}))
        for part, weight in zip(parts, node.weights, strict=True):
            lifted = multiplied(part.above, self._times(below, part.below))
            above += lifted if weight == 1 else lifted * self._constant(weight)
        return self._cancelled(above, below)

    def _product(self, node: Expr) -> Quotient:
        above, below = self._constant(1), dict[Expr, int]()
        for arg, power in zip(node.args, node.weights, strict=True):
            part, size = self._known[arg], abs(power)
            if power > 0:
                above = multiplied(above, part.above, size)
                for base, exponent in part.below.items():
                    below[base] = below.get(base, 0) + exponent * size
            else:
                self._factor[arg] = part.above
                below[arg] = below.get(arg, 0) + size
                above = multiplied(above, self._times(part.below, {}), size)
        return self._cancelled(above, below)

    def _times(self, below: Mapping[Expr, int], already: Mapping[Expr, int]) -> Polynomial:
        """The product of what a denominator has beyond another one."""
        product = self._constant(1)
        for base, power in below.items():
            missing = power - already.get(base, 0)
            product = multiplied(product, self._factor[base], missing)
        return product

    def _cancelled(self, above: Polynomial, below: dict[Expr, int]) -> Quotient:
        """Without the factors of the denominator that divide the numerator."""
        if above.is_zero():
            return Quotient(above)
        kept: dict[Expr, int] = {}
        for base, power in below.items():
            while power:
                whole, rest = divmod(above, self._factor[base])
                if not rest.is_zero():
                    break
                above, power = whole, power - 1
            if power:
                kept[base] = power
        return Quotient(above, kept)


def multiplied(one: Polynomial, other: Polynomial, times: int = 1) -> Polynomial:
    """One polynomial times another one, so many times; NotSupported where that is too long."""
    for _ in range(times):
        if len(one) * len(other) > MOST_TERMS:
            raise NotSupported(
                f"a condition on the parameters has more than {MOST_TERMS:,} terms; it is not "
                "written out."
            )
        one = one * other
    return one


def terms(polynomial: Polynomial) -> Sequence[tuple[tuple[int, ...], Fraction]]:
    """The exponents and the coefficient of each term."""
    return [
        (tuple(map(int, exponents)), Fraction(int(c.p), int(c.q)))
        for exponents, c in polynomial.to_dict().items()
    ]
