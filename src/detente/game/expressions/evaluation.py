"""Exact values of expressions and their derivatives, each shared part computed once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from math import inf
from typing import Any, Final

from detente.errors import ExpressionError
from detente.game.expressions.canonical import Expr, need_number
from detente.game.expressions.numbers import bits, slim
from detente.game.expressions.printing import brief
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

# Powers of values are refused beyond this many bits: they would take seconds and gigabytes.
_MAX_VALUE_BITS: Final = 1_000_000


class Undefined:
    """The value of what divides by zero: harmless in a branch not taken, an error elsewhere."""

    __slots__ = ("message",)
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, message: str) -> None:
        self.message = message

    def _same(self, _: object) -> Any:
        return self

    __add__ = __radd__ = __mul__ = __rmul__ = _same
    __lt__ = __le__ = __eq__ = __ne__ = _same


def defined(value: Any) -> Any:
    if type(value) is Undefined:
        raise ExpressionError(value.message)
    return value


def first_undefined(values: Iterable[Any]) -> Undefined | None:
    return next((value for value in values if type(value) is Undefined), None)


def evaluate(expressions: Sequence[Expr], values: Mapping[str, int | Fraction]) -> list[Fraction]:
    """The exact values of the expressions, each shared part computed once.

    A condition counts as 1 where it holds and 0 elsewhere. Raises `ExpressionError` for a name
    without a value, for division by zero outside a branch that is not taken, and for values with
    more than 4200 digits, which could not be printed.

    >>> from detente.game.expressions import name
    >>> x = name("x")
    >>> evaluate([x / 3, 1 - x], {"x": Fraction(1, 2)})
    [Fraction(1, 6), Fraction(1, 2)]
    """
    at = values_at(postorder(expressions), values)
    return [Fraction(slim(defined(at[expression]))) for expression in expressions]


def values_at(
    order: Iterable[Expr], values: Mapping[str, Any], known: dict[Expr, Any] | None = None
) -> dict[Expr, Any]:
    """The value of each, operands first; `known` holds those of operands not in the order."""
    at: dict[Expr, Any] = {} if known is None else known
    for node in order:
        kind = node.kind
        if kind == NAME:
            at[node] = _value_of(node.head, values)
        elif kind == SUM:
            at[node] = _sum_value(node, at)
        elif kind == PRODUCT:
            at[node] = _product_value(node, at)
        elif kind in (NUMBER, TRUTH):
            at[node] = node.head
        elif kind in TESTS:
            at[node] = TESTS[kind](at[node.args[0]], 0)
        else:
            at[node] = _choice_value(kind, [at[arg] for arg in node.args])
    return at


def _value_of(text: str, values: Mapping[str, Any]) -> Any:
    try:
        value = values[text]
    except KeyError:
        known = ", ".join(sorted(values)) or "none"
        raise ExpressionError(f"'{text}' has no value. Values are given for: {known}.") from None
    if type(value) is Fraction and value.denominator == 1:
        return value.numerator  # whole numbers are several times faster as int
    return Fraction(value) if isinstance(value, float) else value


def _sum_value(node: Expr, at: Mapping[Expr, Any]) -> Any:
    result = node.head
    for arg, weight in zip(node.args, node.weights, strict=True):
        result = result + (at[arg] if weight == 1 else at[arg] * weight)
    return result


def _product_value(node: Expr, at: Mapping[Expr, Any]) -> Any:
    result: Any = 1
    for arg, power in zip(node.args, node.weights, strict=True):
        result = result * (at[arg] if power == 1 else _power(at[arg], power, arg, node))
    return result


def _power(base: Any, power: int, factor: Expr, node: Expr) -> Any:
    if type(base) is Undefined:
        return base
    if power < 0 and not base:
        return Undefined(f"Division by zero: {brief(factor)} is 0 in {brief(node)}.")
    if bits(base) * abs(power) > _MAX_VALUE_BITS:
        return Undefined(f"The value of {brief(node)} has too many digits. Use smaller powers.")
    return base**power if power > 0 else Fraction(base) ** power


def _choice_value(kind: int, args: Sequence[Any]) -> Any:
    if kind == CONDITIONAL and type(args[0]) is not Undefined:
        return args[1] if args[0] else args[2]
    if kind in (AND, OR):
        decisive = kind == OR
        if any(arg is decisive for arg in args):
            return decisive
    undefined = first_undefined(args)
    if undefined is not None:
        return undefined
    if kind == NOT:
        return not args[0]
    if kind in (AND, OR):
        return kind == AND
    return min(args) if kind == MIN else max(args)


def gradient(expression: Expr, values: Mapping[str, int | Fraction | float]) -> dict[str, float]:
    """The derivatives with respect to every name in the expression, at the given values.

    Branches (conditionals, min, max) are decided exactly and only the active one counts; of equal
    candidates, the first in canonical order. Reverse accumulation (Linnainmaa 1970).

    >>> from detente.game.expressions import name
    >>> gradient(name("x") ** 2 * name("y"), {"x": 3, "y": 2}) == {"x": 12.0, "y": 9.0}
    True
    """
    need_number(expression)
    order = postorder([expression])
    at = values_at(order, values)
    defined(at[expression])
    slopes = {expression: 1.0}
    result = dict.fromkeys(sorted(expression.parameters), 0.0)
    for node in reversed(order):
        slope = slopes.get(node, 0.0)
        if not slope:
            continue
        if node.kind == NAME:
            result[node.head] = slope
        for arg, partial in _partials(node, at):
            slopes[arg] = slopes.get(arg, 0.0) + slope * partial
    return result


def _partials(node: Expr, at: Mapping[Expr, Any]) -> Iterable[tuple[Expr, float]]:
    if node.kind == SUM:
        return [(arg, _float(w)) for arg, w in zip(node.args, node.weights, strict=True)]
    if node.kind == PRODUCT:
        return _product_partials(node, [_float(at[arg]) for arg in node.args])
    if node.kind in (MIN, MAX):
        return [(next(arg for arg in node.args if at[arg] == at[node]), 1.0)]
    if node.kind == CONDITIONAL:
        return [(node.args[1] if at[node.args[0]] else node.args[2], 1.0)]
    return ()


def _product_partials(node: Expr, values: Sequence[float]) -> Iterable[tuple[Expr, float]]:
    for place, (arg, power) in enumerate(zip(node.args, node.weights, strict=True)):
        partial = power * _float_power(values[place], power - 1)
        for other, value in enumerate(values):
            if other != place:
                partial *= _float_power(value, node.weights[other])
        yield arg, partial


def _float(number: Any) -> float:
    try:
        return float(number)
    except OverflowError:
        return inf if number > 0 else -inf


def _float_power(base: float, power: int) -> float:
    try:
        return float(base**power)
    except OverflowError:
        return -inf if base < 0 and power % 2 else inf
    except ZeroDivisionError:  # a value that is not zero, but too small for a float
        return inf
