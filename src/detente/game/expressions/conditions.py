"""Conditions, and the expressions that choose: conditional, minimum, maximum."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from typing import Any

from detente.errors import ExpressionError
from detente.game.expressions.canonical import (
    Expr,
    Operand,
    by_order,
    intern,
    linear,
    need_condition,
    need_number,
    number,
    operand,
    truth,
)
from detente.game.expressions.structure import (
    AND,
    AT_MOST,
    CONDITIONAL,
    EQUAL,
    LESS,
    MAX,
    MIN,
    NOT,
    NUMBER,
    OR,
    ORDERINGS,
    SUM,
    TESTS,
    TRUTH,
    UNEQUAL,
)


def minimum(*parts: Operand) -> Expr:
    """The least of the expressions.

    >>> from detente.game.expressions import name
    >>> str(minimum(3, name("a"), minimum(name("a"), 5)))
    'min(3, a)'
    """
    return _extreme(MIN, min, parts)


def maximum(*parts: Operand) -> Expr:
    """The greatest of the expressions."""
    return _extreme(MAX, max, parts)


def _extreme(kind: int, best: Callable[[Iterable[Any]], Any], parts: Sequence[Operand]) -> Expr:
    if not parts:
        raise ExpressionError("min and max need at least one value.")
    numbers: list[Any] = []
    others: dict[Expr, None] = {}
    for part in map(operand, parts):
        need_number(part)
        for leaf in part.args if part.kind == kind else (part,):
            if leaf.kind == NUMBER:
                numbers.append(leaf.head)
            else:
                others[leaf] = None
    args = list(others)
    if numbers:
        args.append(number(best(numbers)))
    return args[0] if len(args) == 1 else intern(kind, 0, tuple(sorted(args, key=by_order)))


def conditional(condition: Expr, then: Operand, otherwise: Operand) -> Expr:
    """`then if condition else otherwise`, for two numbers or two conditions.

    >>> from detente.game.expressions import name
    >>> x = name("x")
    >>> conditional(compare("<", x, 0), -x, x) is conditional(compare(">=", x, 0), x, -x)
    True
    """
    need_condition(condition)
    yes, no = operand(then), operand(otherwise)
    if condition.kind == TRUTH:
        return yes if condition.head else no
    if yes is no:
        return yes
    if yes.kind >= TRUTH or no.kind >= TRUTH:
        return either(both(condition, yes), both(negation(condition), no))
    if condition.kind in (AT_MOST, UNEQUAL, NOT):
        return intern(CONDITIONAL, 0, (negation(condition), no, yes))
    return intern(CONDITIONAL, 0, (condition, yes, no))


def compare(relation: str, left: Operand, right: Operand) -> Expr:
    """The condition `left relation right`, with one of `<`, `<=`, `>`, `>=`, `==`, `!=`.

    It is kept as a comparison of the difference with zero, scaled to a leading coefficient of one.

    >>> from detente.game.expressions import name
    >>> compare(">", name("a"), 1) is compare("<", 2, 2 * name("a"))
    True
    """
    if relation in (">", ">="):
        return compare(relation.replace(">", "<"), right, left)
    kind = ORDERINGS[relation]
    difference = linear(((operand(left), 1), (operand(right), -1)))
    if difference.kind == NUMBER:
        return truth(TESTS[kind](difference.head, 0))
    if difference.kind == SUM:
        lead = difference.weights[0]
        scale = lead if kind in (EQUAL, UNEQUAL) else abs(lead)
        if scale != 1:
            difference = linear(((difference, Fraction(1) / scale),))
    return intern(kind, 0, (difference,))


def negation(condition: Expr) -> Expr:
    """The condition that holds where this one does not."""
    need_condition(condition)
    kind, args = condition.kind, condition.args
    if kind == TRUTH:
        return truth(not condition.head)
    if kind in (EQUAL, UNEQUAL):
        return intern(EQUAL + UNEQUAL - kind, 0, args)
    if kind in (LESS, AT_MOST):
        return intern(LESS + AT_MOST - kind, 0, (-args[0],))
    return args[0] if kind == NOT else intern(NOT, 0, args=(condition,))


def both(*conditions: Expr) -> Expr:
    """The condition that holds where all of these do."""
    return junction(AND, conditions)


def either(*conditions: Expr) -> Expr:
    """The condition that holds where at least one of these does."""
    return junction(OR, conditions)


def conjuncts(condition: Expr) -> tuple[Expr, ...]:
    """Conditions all of which hold where, and only where, this one does.

    >>> from detente.game.expressions import name
    >>> x, y = compare("==", name("x"), 0), compare("==", name("y"), 0)
    >>> len(conjuncts(both(x, y))), len(conjuncts(negation(either(x, y)))), len(conjuncts(x))
    (2, 2, 1)
    """
    need_condition(condition)
    if condition.kind == AND:
        return condition.args
    if condition.kind == NOT and condition.args[0].kind == OR:
        return tuple(negation(part) for part in condition.args[0].args)
    return (condition,)


def junction(kind: int, conditions: Iterable[Expr]) -> Expr:
    decisive = kind == OR
    kept: dict[Expr, None] = {}
    for condition in conditions:
        need_condition(condition)
        for part in condition.args if condition.kind == kind else (condition,):
            if part.kind != TRUTH:
                kept[part] = None
            elif part.head is decisive:
                return part
    if not kept:
        return truth(not decisive)
    args = sorted(kept, key=by_order)
    return args[0] if len(args) == 1 else intern(kind, 0, tuple(args))
