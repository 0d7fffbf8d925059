"""Put values in the place of names, and fold what becomes constant."""

from __future__ import annotations

import operator
from collections.abc import Mapping, Sequence
from typing import Any

from detente.errors import ExpressionError
from detente.game.expressions.canonical import (
    FALSE,
    ONE,
    TRUE,
    ZERO,
    Expr,
    Operand,
    linear,
    monomial,
    need_number,
    operand,
)
from detente.game.expressions.conditions import (
    compare,
    conditional,
    junction,
    maximum,
    minimum,
    negation,
)
from detente.game.expressions.evaluation import Undefined, defined, first_undefined
from detente.game.expressions.printing import brief
from detente.game.expressions.structure import (
    AND,
    CONDITIONAL,
    MAX,
    MIN,
    NAME,
    NOT,
    OR,
    ORDERINGS,
    PRODUCT,
    SUM,
    postorder,
)


def bind(expression: Expr, values: Mapping[str, Operand]) -> Expr:
    """What `Expr.bind` returns."""
    given = {text: operand(value) for text, value in values.items()}
    for value in given.values():
        need_number(value)
    bound: dict[Expr, Expr | Undefined] = {}
    for node in postorder([expression]):
        bound[node] = _bind_node(node, bound, given)
    result: Expr = defined(bound[expression])
    return result


def _bind_node(
    node: Expr, bound: Mapping[Expr, Expr | Undefined], given: Mapping[str, Expr]
) -> Expr | Undefined:
    if node.kind == NAME:
        return given.get(node.head, node)
    args: list[Any] = [bound[arg] for arg in node.args]
    if all(map(operator.is_, args, node.args)):
        return node
    settled = _settled(node.kind, args)
    if settled is not None:
        return settled
    try:
        return _rebuild(node, args)
    except ExpressionError as error:
        return Undefined(f"{error.message} This is {brief(node)} with the values given.")


def _settled(kind: int, args: Sequence[Any]) -> Expr | Undefined | None:
    """What a condition decides although another part is undefined; else the undefined part."""
    if kind == CONDITIONAL and (args[0] is TRUE or args[0] is FALSE):
        chosen: Expr | Undefined = args[1] if args[0] is TRUE else args[2]
        return chosen
    decisive = FALSE if kind == AND else TRUE
    if kind in (AND, OR) and any(arg is decisive for arg in args):
        return decisive
    return first_undefined(args)


def _rebuild(node: Expr, args: Sequence[Expr]) -> Expr:
    kind = node.kind
    if kind == SUM:
        parts = zip(args, node.weights, strict=True)
        return linear((*parts, (ONE, node.head)))
    if kind == PRODUCT:
        return monomial(zip(args, node.weights, strict=True))
    if kind in (MIN, MAX):
        return minimum(*args) if kind == MIN else maximum(*args)
    if kind == CONDITIONAL:
        return conditional(*args)
    if kind in (AND, OR):
        return junction(kind, args)
    if kind == NOT:
        return negation(args[0])
    relation = next(text for text, code in ORDERINGS.items() if code == kind)
    return compare(relation, args[0], ZERO)
