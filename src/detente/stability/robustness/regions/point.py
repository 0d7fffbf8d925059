"""Exact values at one point of the parameters, and expressions as the smooth ones there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from functools import cached_property
from typing import Any

from detente.game.expressions import Expr
from detente.game.expressions.canonical import ONE, linear, monomial
from detente.game.expressions.structure import (
    AND,
    CONDITIONAL,
    MAX,
    MIN,
    NAME,
    NOT,
    NUMBER,
    OR,
    PRODUCT,
    SUM,
    TESTS,
    TRUTH,
    postorder,
)
from detente.stability.robustness.regions.quotients import Quotients

Relied = dict[Expr, int]
"""Function → its sign where it is relied on; never one that is zero throughout."""


class Point:
    """One value for every parameter.

    Values are `flint.fmpq`; of what divides by zero there is none.
    """

    def __init__(self, values: Mapping[str, Fraction], quotients: Quotients | None = None) -> None:
        self.values = values
        self._quotients = quotients
        self._known: dict[Expr, Any] = {}

    @cached_property
    def quotients(self) -> Quotients:
        """Where functions are written out to prove that two are the same."""
        return self._quotients or Quotients(self.values)

    def rational(self, name: str) -> Any:
        """The value of a parameter."""
        return _rational(self.values[name])

    def value(self, expression: Expr) -> Any:
        """The value of a smooth expression that is defined here."""
        known = self._known
        found = known.get(expression)
        if found is None:
            for node in self._unknown([expression]):
                known[node] = self._value(node)
            found = known[expression]
        return found

    def sign(self, expression: Expr) -> int:
        """-1, 0 or 1, of a smooth expression that is defined here."""
        value = self.value(expression)
        return int(value > 0) - int(value < 0)

    def is_zero(self, expression: Expr) -> bool:
        """Whether a smooth expression is zero throughout, not only here."""
        if expression.kind == NUMBER:
            return not expression.head
        return not self.value(expression) and self.quotients.is_zero(expression)

    def rely(self, expression: Expr, relied: Relied) -> int:
        """The sign of a smooth expression, noted as relied on unless it is the same throughout."""
        sign = self.sign(expression)
        if expression.kind != NUMBER and (sign or not self.quotients.is_zero(expression)):
            relied.setdefault(expression, sign)
        return sign

    # ── choices settled ────────────────────────────────────────────────────────────────────────

    def smooth(self, expressions: Sequence[Expr], relied: Relied) -> dict[Expr, Expr | None]:
        """Each expression as the one without choices that it is here and around; None if undefined.

        `relied` : takes up the signs on which that rests
        """
        order = postorder(expressions)
        bent = {node for node in order if node.kind in _CHOOSING or node.kind >= TRUTH}
        at: dict[Expr, Any] = {}
        for node in order:
            at[node] = self._smoothed(node, at)
        for node in self._taken(expressions, at, bent):
            self._note(node, at, relied)
        return {expression: at[expression] for expression in expressions}

    def _smoothed(self, node: Expr, at: Mapping[Expr, Any]) -> Any:
        """An expression, a truth value, or None."""
        kind, args = node.kind, [at[arg] for arg in node.args]
        if kind == TRUTH:
            return bool(node.head)
        if kind in (NUMBER, NAME):
            return node
        if kind in (AND, OR):
            decisive = kind == OR
            if decisive in [arg for arg in args if arg is not None]:
                return decisive
            return None if None in args else not decisive
        if kind == CONDITIONAL:
            return None if args[0] is None else args[1] if args[0] else args[2]
        if any(arg is None for arg in args):
            return None
        if kind == NOT:
            return not args[0]
        if kind in TESTS:
            return bool(TESTS[kind](self.sign(args[0]), 0))
        if kind in (MIN, MAX):
            return (min if kind == MIN else max)(args, key=self.value)
        return self._combined(node, args)

    def _combined(self, node: Expr, args: Sequence[Expr]) -> Expr | None:
        if node.kind == SUM:
            if all(new is old for new, old in zip(args, node.args, strict=True)):
                return node
            return linear([(ONE, node.head), *zip(args, node.weights, strict=True)])
        for arg, power in zip(args, node.weights, strict=True):
            if power < 0 and not self.sign(arg):
                return None
        if all(new is old for new, old in zip(args, node.args, strict=True)):
            return node
        return monomial(zip(args, node.weights, strict=True))

    def _taken(
        self, roots: Iterable[Expr], at: Mapping[Expr, Any], bent: set[Expr]
    ) -> Iterable[Expr]:
        """The nodes that the roots rest on here: not those in branches that are not taken."""
        seen: set[Expr] = set()
        stack = list(roots)
        while stack:
            node = stack.pop()
            if node in seen:
                continue
            seen.add(node)
            args: Sequence[Expr] = node.args
            if node.kind == CONDITIONAL and at[args[0]] is not None:
                args = (args[0], args[1] if at[args[0]] else args[2])
            elif node.kind in (AND, OR) and at[node] is (node.kind == OR):
                args = [next(arg for arg in args if at[arg] is at[node])]
            stack.extend(args)
        return seen

    def _note(self, node: Expr, at: Mapping[Expr, Any], relied: Relied) -> None:
        if node.kind == PRODUCT:
            for arg, power in zip(node.args, node.weights, strict=True):
                if power < 0 and at[arg] is not None:
                    self.rely(at[arg], relied)
        elif node.kind in TESTS and at[node] is not None:
            self.rely(at[node.args[0]], relied)
        elif node.kind in (MIN, MAX) and at[node] is not None:
            for arg in node.args:
                self.rely(at[arg] - at[node], relied)

    # ── values ─────────────────────────────────────────────────────────────────────────────────

    def _unknown(self, roots: Iterable[Expr]) -> list[Expr]:
        """What has no value yet below the roots, operands first."""
        known, done = self._known, set[Expr]()
        order: list[Expr] = []
        stack = list(roots)
        while stack:
            node = stack[-1]
            if node in known or node in done:
                stack.pop()
                continue
            pending = [arg for arg in node.args if arg not in known and arg not in done]
            if pending:
                stack.extend(pending)
                continue
            stack.pop()
            done.add(node)
            order.append(node)
        return order

    def _value(self, node: Expr) -> Any:
        known = self._known
        if node.kind == NUMBER:
            return _rational(node.head)
        if node.kind == NAME:
            return _rational(self.values[node.head])
        args = [known[arg] for arg in node.args]
        if node.kind == SUM:
            value = _rational(node.head)
            for arg, weight in zip(args, node.weights, strict=True):
                value += arg if weight == 1 else arg * _rational(weight)
            return value
        assert node.kind == PRODUCT
        value = _rational(1)
        for arg, power in zip(args, node.weights, strict=True):
            value *= arg**power
        return value


_CHOOSING = (MIN, MAX, CONDITIONAL)


def _rational(value: int | Fraction) -> Any:
    from flint import fmpq

    return fmpq(value.numerator, value.denominator)
