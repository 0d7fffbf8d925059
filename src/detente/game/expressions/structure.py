"""Kinds of node, and the walk that every pass over an expression takes."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from detente.game.expressions.canonical import Expr


# Kinds of node. Plain integers: they are hashed for every node, and alike in every process.
NUMBER, NAME, SUM, PRODUCT, MIN, MAX, CONDITIONAL = range(7)
TRUTH, LESS, AT_MOST, EQUAL, UNEQUAL, AND, OR, NOT = range(7, 15)
ORDERINGS: Final = {"<": LESS, "<=": AT_MOST, "==": EQUAL, "!=": UNEQUAL}
TESTS: Final[dict[int, Callable[[Any, int], Any]]] = {
    LESS: operator.lt,
    AT_MOST: operator.le,
    EQUAL: operator.eq,
    UNEQUAL: operator.ne,
}


def postorder(roots: Iterable[Expr]) -> list[Expr]:
    """Every node below the roots once, operands first. No recursion: chains may be long."""
    done: set[Expr] = set()
    order: list[Expr] = []
    stack = list(roots)
    while stack:
        node = stack[-1]
        pending = [arg for arg in node.args if arg not in done] if node not in done else ()
        if pending:
            stack.extend(pending)
            continue
        stack.pop()
        if node not in done:
            done.add(node)
            order.append(node)
    return order
