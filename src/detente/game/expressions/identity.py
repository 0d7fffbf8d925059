"""Whether an expression is zero whatever its parameters are, proved in polynomials."""

from __future__ import annotations

from typing import Any, Final

from detente.game.expressions.canonical import Expr
from detente.game.expressions.structure import NUMBER, PRODUCT, SUM, postorder

_MOST_TERMS: Final = 20_000
"""Terms of a polynomial from which it is not multiplied out any further."""


def is_zero(expression: Expr) -> bool:
    """Whether it is proved that an expression is zero as a function of its parameters.

    It is multiplied out into one polynomial over another. What is neither sum nor product (a
    minimum, a choice between two) counts as a variable of its own. So a yes is a proof, wherever
    nothing is divided by zero, and a no is none.

    >>> from detente.game.expressions import name
    >>> a, b = name("a"), name("b")
    >>> is_zero(a * (b + 1) - a * b - a), is_zero(a / (a + b) + b / (a + b) - 1), is_zero(a - b)
    (True, True, False)
    """
    if expression.kind == NUMBER:
        return bool(expression.head == 0)
    order = postorder([expression])
    above = _inside(expression, order)
    atoms = [e for e in order if e in above and e.kind not in (NUMBER, SUM, PRODUCT)]
    try:
        numerator, _ = _Quotients(atoms).of(expression, [e for e in order if e in above])
    except _TooLong:
        return False
    return bool(numerator == 0)


class _TooLong(Exception):
    pass


def _inside(top: Expr, order: list[Expr]) -> set[Expr]:
    """What stands in an expression outside every atom, atoms included."""
    found = {top}
    for node in reversed(order):
        if node in found and node.kind in (SUM, PRODUCT):
            found.update(node.args)
    return found


class _Quotients:
    """Expressions as numerator and denominator, over these atoms."""

    def __init__(self, atoms: list[Expr]) -> None:
        from flint import Ordering, fmpq_mpoly_ctx

        names = tuple(f"x{i}" for i in range(len(atoms)))
        self.ring: Any = fmpq_mpoly_ctx.get(names, Ordering.lex)
        self.known = {
            atom: (x, self.ring.constant(1))
            for atom, x in zip(atoms, self.ring.gens(), strict=True)
        }

    def of(self, expression: Expr, order: list[Expr]) -> tuple[Any, Any]:
        for node in order:
            if node in self.known:
                continue
            if node.kind == NUMBER:
                self.known[node] = self._number(node.head), self.ring.constant(1)
            else:
                self.known[node] = self._sum(node) if node.kind == SUM else self._product(node)
        return self.known[expression]

    def _number(self, value: Any) -> Any:
        from flint import fmpq

        return self.ring.constant(1) * fmpq(value.numerator, value.denominator)

    def _sum(self, node: Expr) -> tuple[Any, Any]:
        above, below = self._number(node.head), self.ring.constant(1)
        for arg, weight in zip(node.args, node.weights, strict=True):
            more, under = self.known[arg]
            scaled = more * self._number(weight)
            if under == below:
                above = above + scaled
            else:
                above, below = above * under + scaled * below, below * under
            _check(above, below)
        return above, below

    def _product(self, node: Expr) -> tuple[Any, Any]:
        above, below = self.ring.constant(1), self.ring.constant(1)
        for arg, power in zip(node.args, node.weights, strict=True):
            over, under = self.known[arg] if power > 0 else self.known[arg][::-1]
            for _ in range(abs(power)):
                above, below = above * over, below * under
                _check(above, below)
        return above, below


def _check(*parts: Any) -> None:
    if any(len(part) > _MOST_TERMS for part in parts):
        raise _TooLong
