"""Expressions as text, in the grammar that reads them back as the same object."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from detente.game.expressions.structure import (
    AND,
    CONDITIONAL,
    MAX,
    MIN,
    NAME,
    NOT,
    NUMBER,
    OR,
    ORDERINGS,
    PRODUCT,
    SUM,
    TRUTH,
    postorder,
)

if TYPE_CHECKING:
    from detente.game.expressions.canonical import Expr


# Levels of binding, loosest first, for printing.
_LOOSE, _IN_OR, _IN_AND, _IN_TEST, _IN_SUM, _IN_PRODUCT, _TIGHT = range(7)
Spelling: TypeAlias = tuple[str, int]


def text_of(expression: Expr, limit: int | None = None) -> str:
    """The text of an expression; every part is cut to `limit`, as shared parts multiply."""
    spelled: dict[Expr, Spelling] = {}
    for node in postorder([expression]):
        text, level = _spell(node, spelled)
        spelled[node] = text if limit is None else shortened(text, limit), level
    return spelled[expression][0]


def shortened(text: str, limit: int) -> str:
    """The text, or its beginning and an ellipsis where it is longer than the limit."""
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def brief(expression: Expr) -> str:
    return f"'{text_of(expression, 80)}'"


def _spell(node: Expr, spelled: Mapping[Expr, Spelling]) -> Spelling:
    kind = node.kind
    texts = [spelled[arg] for arg in node.args]
    if kind in (NUMBER, NAME, TRUTH):
        return _spell_leaf(node)
    if kind == SUM:
        return _spell_sum(node.head, list(zip(texts, node.weights, strict=True)))
    if kind == PRODUCT:
        return _spell_product(sorted(zip(texts, node.weights, strict=True)))
    if kind in (MIN, MAX):
        inside = ", ".join(sorted(text for text, _ in texts))
        return f"{'min' if kind == MIN else 'max'}({inside})", _TIGHT
    if kind == CONDITIONAL:
        condition, yes, no = texts
        return f"{_wrap(yes, _IN_OR)} if {condition[0]} else {no[0]}", _LOOSE
    if kind in (AND, OR):
        level = _IN_AND if kind == AND else _IN_OR
        joint = " and " if kind == AND else " or "
        return joint.join(sorted(_wrap(text, level + 1) for text in texts)), level
    if kind == NOT:
        return f"not ({texts[0][0]})", _IN_AND
    return _spell_test(node, spelled)


def _wrap(spelling: Spelling, level: int) -> str:
    return spelling[0] if spelling[1] >= level else f"({spelling[0]})"


def _spell_leaf(node: Expr) -> Spelling:
    if node.kind == TRUTH:
        return ("true" if node.head else "false"), _TIGHT
    if node.kind == NAME:
        return node.head, _TIGHT
    if node.head < 0:
        return str(node.head), _IN_SUM
    return str(node.head), _TIGHT if isinstance(node.head, int) else _IN_PRODUCT


def _spell_sum(constant: Any, parts: Sequence[tuple[Spelling, Any]]) -> Spelling:
    ordered = sorted(parts, key=lambda part: (part[1] < 0, part[0]))
    terms = [(weight < 0, _spell_term(text, abs(weight))) for text, weight in ordered]
    if constant:
        # A constant closes the sum, unless it alone spares a leading minus.
        first = constant > 0 and terms[0][0]
        terms.insert(0 if first else len(terms), (constant < 0, str(abs(constant))))
    signs = "".join(f" {'-' if minus else '+'} {text}" for minus, text in terms)
    alone = len(terms) == 1 and not terms[0][0]
    return f"-{signs[3:]}" if terms[0][0] else signs[3:], _IN_PRODUCT if alone else _IN_SUM


def _spell_term(term: Spelling, weight: Any) -> str:
    text = _wrap(term, _IN_PRODUCT)
    if weight == 1:
        return text
    return f"{weight}{text[1:]}" if text.startswith("1/") else f"{weight}*{text}"


def _spell_product(parts: Sequence[tuple[Spelling, int]]) -> Spelling:
    above = [_spell_power(text, power) for text, power in parts if power > 0]
    below = [_spell_power(text, -power) for text, power in parts if power < 0]
    return "/".join(["*".join(above) or "1", *below]), _IN_PRODUCT


def _spell_power(base: Spelling, power: int) -> str:
    text = _wrap(base, _TIGHT)
    return text if power == 1 else f"{text}**{power}"


def _spell_test(node: Expr, spelled: Mapping[Expr, Spelling]) -> Spelling:
    relation = next(text for text, code in ORDERINGS.items() if code == node.kind)
    difference = node.args[0]
    left, right = _sides(difference, spelled)
    signs = {weight > 0 for weight in difference.weights} if difference.kind == SUM else {True}
    # 'x > 2' reads better than '2 < x', and 'a >= b' than 'b <= a'.
    if signs == {False} or (len(signs) == 2 and right < left):
        left, right, relation = right, left, relation.replace("<", ">")
    return f"{left} {relation} {right}", _IN_TEST


def _sides(difference: Expr, spelled: Mapping[Expr, Spelling]) -> tuple[str, str]:
    """A difference as two sums that are subtracted, without a minus in either where possible."""
    if difference.kind != SUM:
        return _wrap(spelled[difference], _IN_SUM), "0"
    sides: tuple[list[tuple[Spelling, Any]], list[tuple[Spelling, Any]]] = ([], [])
    for arg, weight in zip(difference.args, difference.weights, strict=True):
        sides[weight < 0].append((spelled[arg], abs(weight)))
    head = difference.head
    constants = (max(head, 0), max(-head, 0))
    left, right = (
        _spell_sum(constant, parts)[0] if parts else str(constant)
        for constant, parts in zip(constants, sides, strict=True)
    )
    return left, right
