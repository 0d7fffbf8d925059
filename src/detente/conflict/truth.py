"""Formulas of options, evaluated in all states at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detente.errors import ExpressionError
from detente.game.expressions import Expr
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

Column = NDArray[Any]
SMALL = 1 << 20
"""Constants below which sums of a formula fit int64; beyond, and in products, numbers are exact."""


def column(expr: Expr, levels: Mapping[str, NDArray[np.int16]], count: int) -> Column:
    """The value of a formula in every state: bool for a condition, else int64 or exact numbers.

    Parameters
    ----------
    levels : option → its level in each state, from 0
    count : how many states there are

    Raises ExpressionError where it divides by zero in some state.

    >>> from detente.game.expressions import compare, name
    >>> column(compare(">=", name("aid"), 1), {"aid": np.array([0, 1, 2])}, 3).tolist()
    [False, True, True]
    """
    order = postorder([expr])
    sort: Any = np.int64 if all(map(_is_small, order)) else object
    at: dict[Expr, Any] = {}
    for node in order:
        at[node] = _value(node, [at[arg] for arg in node.args], levels, sort)
    return np.broadcast_to(np.asarray(at[expr]), (count,))


def _is_small(node: Expr) -> bool:
    if node.kind == PRODUCT:
        return False
    numbers = [node.head] if node.kind in (NUMBER, SUM) else []
    numbers += node.weights if node.kind == SUM else ()
    return all(isinstance(number, int) and abs(number) < SMALL for number in numbers)


def _value(node: Expr, args: Sequence[Any], levels: Mapping[str, Any], sort: Any) -> Any:
    kind = node.kind
    if kind == NAME:
        return levels[str(node.head)].astype(sort)
    if kind in (NUMBER, TRUTH):
        return node.head
    if kind == SUM:
        return sum((arg * w for arg, w in zip(args, node.weights, strict=True)), node.head)
    if kind == PRODUCT:
        return reduce(lambda x, y: x * y, map(_power, args, node.weights))
    if kind in TESTS:
        return np.asarray(TESTS[kind](args[0], 0), dtype=bool)
    if kind in (AND, OR):
        return reduce(np.logical_and if kind == AND else np.logical_or, args)
    if kind == NOT:
        return np.logical_not(args[0])
    if kind == CONDITIONAL:
        return np.where(args[0], np.asarray(args[1], dtype=sort), np.asarray(args[2], dtype=sort))
    extreme = {MIN: np.minimum, MAX: np.maximum}[kind]
    return reduce(extreme, [np.asarray(arg, dtype=sort) for arg in args])


def _power(base: Any, power: int) -> Any:
    if power > 0:
        return base**power
    values = np.asarray(base, dtype=object)
    if not np.all(values != 0):
        raise ExpressionError("it divides by zero in some state. Correct the formula.")
    from fractions import Fraction

    ratio = np.vectorize(lambda value: Fraction(value) ** power, otypes=[object])
    return ratio(values)
