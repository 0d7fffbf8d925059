"""Expressions as functions of one parameter, or of several, the others fixed at their values."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any, Protocol

from detente.game.expressions import Expr
from detente.game.expressions.evaluation import Undefined, values_at
from detente.game.expressions.structure import (
    AND,
    CONDITIONAL,
    MAX,
    MIN,
    NAME,
    NOT,
    OR,
    PRODUCT,
    SUM,
    TESTS,
    TRUTH,
    postorder,
)
from detente.stability.following.functions import (
    Function,
    constant,
    inverse,
    is_constant,
    is_zero,
    itself,
    key,
)

CHOOSING = (MIN, MAX, CONDITIONAL)

Value = Any
"""A function, a truth value, or None where it divides by zero."""


class Seen(Protocol):
    """A place, or all that is alike: what signs functions have there."""

    @property
    def after(self) -> bool:
        """Whether it is just beside a place, where no function but zero is zero."""

    def sign(self, function: Any) -> int:
        """-1, 0 or 1."""


class Arithmetic(Protocol):
    """What the functions are; they take `+`, `-` and `*`."""

    def named(self, name: str) -> Function:
        """A parameter as a function."""

    def constant(self, value: int | Fraction) -> Function:
        """A number as a function."""

    def inverse(self, function: Function) -> Function:
        """One over a function that is not zero throughout."""

    def is_zero(self, function: Function) -> bool:
        """Whether it is zero throughout."""

    def is_constant(self, function: Function) -> bool:
        """Whether it does not move."""


class Forms:
    """Expressions as functions of the parameters that move.

    `turns` : the functions at whose zeros an expression may change its form or be undefined; it
        grows while places are looked at
    """

    def __init__(
        self,
        parameters: Collection[str],
        values: Mapping[str, Fraction],
        expressions: Iterable[Expr],
        arithmetic: Arithmetic,
    ) -> None:
        self._arithmetic = arithmetic
        order = postorder(expressions)
        # An expression's own set of names is filled in from below, once for all of them.
        moving = {node for node in order if not node.parameters.isdisjoint(parameters)}
        self._fixed: dict[Expr, Value] = {
            node: self._still(value)
            for node, value in values_at((n for n in order if n not in moving), values).items()
        }
        self._order = [node for node in order if node in moving]
        self.turns: list[Function] = []
        self._poles: list[Function] = []
        self._bent: list[Expr] = []
        self._weights: dict[Expr, tuple[Function, list[Function | None]]] = {}
        self._smoothly()

    def at(self, spot: Seen) -> Mapping[Expr, Value]:
        """Every expression as the function that it is there."""
        if not spot.after and any(spot.sign(pole) == 0 for pole in self._poles):
            return self._evaluated(self._order, spot, dict(self._still_only))
        if not self._bent:
            return self._fixed
        return self._evaluated(self._bent, spot, dict(self._fixed))

    def _still(self, value: Any) -> Value:
        if isinstance(value, Undefined):
            return None
        return value if isinstance(value, bool) else self._arithmetic.constant(value)

    def _smoothly(self) -> None:
        """What has the same form everywhere is computed once."""
        self._still_only = dict(self._fixed)
        bent: set[Expr] = set()
        for node in self._order:
            chooses = node.kind in CHOOSING or node.kind >= TRUTH
            if chooses or any(arg in bent for arg in node.args):
                bent.add(node)
                self._bent.append(node)
            else:
                self._fixed[node] = self._value(node, self._fixed, None)

    def _evaluated(
        self, order: Sequence[Expr], spot: Seen, at: dict[Expr, Value]
    ) -> dict[Expr, Value]:
        for node in order:
            at[node] = self._value(node, at, spot)
        return at

    def _value(self, node: Expr, at: Mapping[Expr, Value], spot: Seen | None) -> Value:
        kind = node.kind
        if kind == NAME:
            return self._arithmetic.named(node.head)
        if kind == SUM:
            return self._sum(node, at)
        if kind == PRODUCT:
            return self._product(node, at, spot)
        assert spot is not None
        args = [at[arg] for arg in node.args]
        if kind in TESTS:
            return None if args[0] is None else TESTS[kind](self._sign(args[0], spot), 0)
        if kind in (AND, OR):
            decisive = kind == OR
            if any(arg is decisive for arg in args):
                return decisive
            return None if None in args else not decisive
        if kind == CONDITIONAL and args[0] is not None:
            return args[1] if args[0] else args[2]
        if any(arg is None for arg in args):
            return None
        if kind == NOT:
            return not args[0]
        return self._extreme(args, -1 if kind == MIN else 1, spot)

    def _sign(self, function: Function, spot: Seen) -> int:
        if not self._arithmetic.is_constant(function):
            self._turn(function)
        return spot.sign(function)

    def _extreme(self, args: Sequence[Function], which: int, spot: Seen) -> Function:
        best = args[0]
        for other in args[1:]:
            if self._sign(other - best, spot) == which:
                best = other
        return best

    def _product(self, node: Expr, at: Mapping[Expr, Value], spot: Seen | None) -> Value:
        result: Value = self._arithmetic.constant(1)
        for arg, power in zip(node.args, node.weights, strict=True):
            base = at[arg]
            if base is None:
                return None
            if power < 0:
                if self._arithmetic.is_zero(base):
                    return None
                if spot is not None and self._is_pole(base, spot):
                    return None
                self._know_pole(base)
                base = self._arithmetic.inverse(base)
            for _ in range(abs(power)):
                result = result * base
        return result

    def _turn(self, function: Function) -> None:
        """Note that something changes where this is zero, once."""
        _add(self.turns, function)

    def _know_pole(self, function: Function) -> None:
        if not self._arithmetic.is_constant(function):
            self._turn(function)
            _add(self._poles, function)

    def _is_pole(self, function: Function, spot: Seen) -> bool:
        return not spot.after and spot.sign(function) == 0

    def _sum(self, node: Expr, at: Mapping[Expr, Value]) -> Value:
        result, weights = self._weights_of(node)
        for arg, weight in zip(node.args, weights, strict=True):
            value = at[arg]
            if value is None:
                return None
            result = result + (value if weight is None else value * weight)
        return result

    def _weights_of(self, node: Expr) -> tuple[Function, list[Function | None]]:
        """The number of a sum, and the weights of its parts, None where that is one."""
        if node not in self._weights:
            number = self._arithmetic.constant
            weights = [None if w == 1 else number(Fraction(w)) for w in node.weights]
            self._weights[node] = number(Fraction(node.head)), weights
        return self._weights[node]


class Line(Forms):
    """Expressions along one parameter.

    `parameter` : its name
    """

    def __init__(
        self, parameter: str, values: Mapping[str, Fraction], expressions: Iterable[Expr]
    ) -> None:
        self.parameter = parameter
        self._names: set[tuple[str, ...]] = set()
        super().__init__((parameter,), values, expressions, _Along())

    def _turn(self, function: Function) -> None:
        name = key(function)
        if name not in self._names:
            self._names.add(name)
            self.turns.append(function)


class _Along:
    """Functions of one parameter."""

    def named(self, name: str) -> Function:
        return itself()

    constant = staticmethod(constant)
    inverse = staticmethod(inverse)
    is_zero = staticmethod(is_zero)
    is_constant = staticmethod(is_constant)


def _add(known: list[Function], function: Function) -> None:
    if not any(type(function) is type(other) and function == other for other in known):
        known.append(function)
