"""From a text as written to its canonical form: names, choices and units are checked here."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from detente.errors import ExpressionError
from detente.game.expressions.canonical import ZERO, Expr, const, linear, monomial, name, truth
from detente.game.expressions.conditions import (
    both,
    compare,
    conditional,
    either,
    maximum,
    minimum,
    negation,
)
from detente.game.expressions.grammar import Node
from detente.game.expressions.printing import shortened
from detente.game.expressions.structure import NUMBER
from detente.game.expressions.tokens import Source
from detente.game.units import Unit


@dataclass(frozen=True)
class Scope:
    """What an expression may refer to.

    `names`: parameters and their units, `None` where the unit is not known and fits any.
    `choices`: variables that take one of some named options, in order (a term and its levels).
    `truths`: those of the choices that are no or yes, whose name alone says that it is yes.
    """

    names: Mapping[str, Unit | None] = field(default_factory=dict)
    choices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    truths: frozenset[str] = frozenset()


class Typed(NamedTuple):
    """An expression with its unit; `None` fits any, and a literal is a pure number in products."""

    expr: Expr
    unit: Unit | None = None
    literal: bool = False


class Compiler:
    """From the text as written to the canonical form, checking names, sorts and units."""

    def __init__(self, source: Source, scope: Scope) -> None:
        self.source = source
        self.scope = scope

    def visit(self, node: Node) -> Typed:
        result: Typed = getattr(self, f"visit_{node.kind}")(node)
        return result

    def extent(self, *nodes: Node) -> str:
        return shortened(self.source.text[nodes[0].start : nodes[-1].end], 80)

    def quote(self, *nodes: Node) -> str:
        return f"'{self.extent(*nodes)}'"

    def number(self, node: Node) -> Typed:
        found = self.visit(node)
        if found.expr.is_condition:
            raise self.source.wrong_sort(node.start, self.extent(node), True)
        return found

    def condition(self, node: Node) -> Expr:
        found = self.visit(node)
        if not found.expr.is_condition:
            raise self.source.wrong_sort(node.start, self.extent(node), False)
        return found.expr

    def visit_number(self, node: Node) -> Typed:
        return Typed(self.source.guard(node.start, lambda: const(node.text)), None, True)

    def visit_truth(self, node: Node) -> Typed:
        return Typed(truth(node.text == "true"))

    def visit_name(self, node: Node) -> Typed:
        if node.text in self.scope.truths:
            return Typed(compare("==", name(node.text), 1))
        if node.text in self.scope.choices:
            raise self.bare_choice(node)
        if node.text not in self.scope.names:
            raise self.unknown(node)
        return Typed(name(node.text), self.scope.names[node.text])

    def visit_quoted(self, node: Node) -> Typed:
        if node.text in self.scope.truths:
            return Typed(compare("==", name(node.text), 1))
        if node.text in self.scope.choices:
            raise self.bare_choice(node)
        raise self.source.error(
            node.start, f"{self.quote(node)} is quoted. Quotes are for options that are compared."
        )

    def bare_choice(self, node: Node) -> ExpressionError:
        options = self.scope.choices[node.text]
        example = options[0] if options and options[0].isidentifier() else "'option'"
        return self.source.error(
            node.start,
            f"'{node.text}' is a choice, not a number. Compare it with one of its options, as in "
            f"{node.text} == {example}. Its options: {_listing(options)}.",
        )

    def unknown(self, node: Node) -> ExpressionError:
        owners = [key for key, options in self.scope.choices.items() if node.text in options]
        if owners:
            hint = f"It is an option of '{owners[0]}': write {owners[0]} == {node.text}."
        else:
            known = [*self.scope.names, *self.scope.choices]
            hint = f"{_resembling(node.text, known)}Known names: {_listing(known)}."
        return self.source.error(node.start, f"unknown name '{node.text}'. {hint}")

    def visit_signed(self, node: Node) -> Typed:
        inner = self.number(node.parts[0])
        return inner if node.text == "+" else inner._replace(expr=-inner.expr)

    def visit_sum(self, node: Node) -> Typed:
        parts = [self.number(part) for part in node.parts]
        unit = self.common_unit(node.parts, parts, node.signs)
        weights = [1 if sign == "+" else -1 for sign in node.signs]
        pairs = [(part.expr, weight) for part, weight in zip(parts, weights, strict=True)]
        expr = self.source.guard(node.start, lambda: linear(pairs))
        return Typed(expr, unit, all(part.literal for part in parts))

    def visit_product(self, node: Node) -> Typed:
        parts = [self.number(part) for part in node.parts]
        powers = [1 if sign == "*" else -1 for sign in node.signs]
        for written, part, power in zip(node.parts, parts, powers, strict=True):
            if power < 0 and part.expr is ZERO:
                raise self.source.error(
                    written.start, f"{self.quote(written)} is zero, and nothing is divided by zero."
                )
        pairs = [(part.expr, power) for part, power in zip(parts, powers, strict=True)]
        expr = self.source.guard(node.start, lambda: monomial(pairs))
        unit = _product_unit(parts, powers)
        return Typed(expr, unit, all(part.literal for part in parts))

    def visit_power(self, node: Node) -> Typed:
        base, exponent = (self.number(part) for part in node.parts)
        number = exponent.expr.head if exponent.expr.kind == NUMBER else None
        if not isinstance(number, int):
            raise self.source.error(
                node.parts[1].start,
                f"the power {self.quote(node.parts[1])} is not a whole number. "
                "Powers are constants such as 2 or -1.",
            )
        expr = self.source.guard(node.start, lambda: base.expr**number)
        return Typed(expr, None if base.unit is None else base.unit**number, base.literal)

    def visit_extreme(self, node: Node) -> Typed:
        parts = [self.number(part) for part in node.parts]
        unit = self.common_unit(node.parts, parts, (",",) * len(parts))
        combine = minimum if node.text == "min" else maximum
        return Typed(combine(*(part.expr for part in parts)), unit, all(p.literal for p in parts))

    def visit_choice(self, node: Node) -> Typed:
        condition = self.condition(node.parts[0])
        written = node.parts[1:]
        yes, no = (self.visit(part) for part in written)
        if yes.expr.is_condition != no.expr.is_condition:
            wrong = written[1] if no.expr.is_condition else written[0]
            raise self.source.wrong_sort(wrong.start, self.extent(wrong), True)
        unit = self.common_unit(written, (yes, no), ("else", "else"))
        expr = self.source.guard(node.start, lambda: conditional(condition, yes.expr, no.expr))
        return Typed(expr, unit, yes.literal and no.literal)

    def visit_and(self, node: Node) -> Typed:
        return Typed(both(*[self.condition(part) for part in node.parts]))

    def visit_or(self, node: Node) -> Typed:
        return Typed(either(*[self.condition(part) for part in node.parts]))

    def visit_not(self, node: Node) -> Typed:
        return Typed(negation(self.condition(node.parts[0])))

    def visit_test(self, node: Node) -> Typed:
        steps = zip(node.parts, node.signs, node.parts[1:], strict=False)
        return Typed(both(*[self.comparison(*step) for step in steps]))

    def comparison(self, left: Node, relation: str, right: Node) -> Expr:
        for chosen, option, flipped in ((left, right, False), (right, left, True)):
            rank = self.option_rank(chosen, option)
            if rank is not None:
                sides = (rank, name(chosen.text)) if flipped else (name(chosen.text), rank)
                return compare(relation, *sides)
        if relation in ("==", "!=") and self.is_truth(left) and self.is_truth(right):
            one, other = self.condition(left), self.condition(right)
            alike = either(both(one, other), both(negation(one), negation(other)))
            return alike if relation == "==" else negation(alike)
        for chosen, option in ((left, right), (right, left)):
            if self.options_of(chosen) is not None:
                raise self.no_option(chosen, option)
        parts = [self.number(left), self.number(right)]
        self.common_unit((left, right), parts, (relation, relation))
        return self.source.guard(left.start, lambda: compare(relation, *(p.expr for p in parts)))

    def is_truth(self, node: Node) -> bool:
        """Whether this is a condition that can be compared with another, where choices are such."""
        if not self.scope.truths or node.kind in ("name", "quoted"):
            return node.text in self.scope.truths
        return node.kind in ("not", "and", "or", "test", "member", "truth")

    def options_of(self, node: Node) -> tuple[str, ...] | None:
        return self.scope.choices.get(node.text) if node.kind in ("name", "quoted") else None

    def option_rank(self, chosen: Node, option: Node) -> int | None:
        options = self.options_of(chosen)
        if options is None or option.kind not in ("name", "quoted", "number", "truth"):
            return None
        return options.index(option.text) if option.text in options else None

    def no_option(self, chosen: Node, option: Node) -> ExpressionError:
        options = self.scope.choices[chosen.text]
        written = self.extent(option)
        if written in options:
            hint = f"Put it in quotes: '{written}'. "
        else:
            hint = _resembling(option.text or written, options)
        return self.source.error(
            option.start,
            f"{written!r} is not an option of '{chosen.text}'. {hint}"
            f"Its options: {_listing(options)}.",
        )

    def visit_member(self, node: Node) -> Typed:
        chosen, *options = node.parts
        if self.options_of(chosen) is None:
            raise self.source.error(
                chosen.start,
                f"{self.quote(chosen)} is not a choice, and 'in' is for choices. "
                f"Known choices: {_listing(self.scope.choices)}.",
            )
        tests = []
        for option in options:
            rank = self.option_rank(chosen, option)
            if rank is None:
                raise self.no_option(chosen, option)
            tests.append(compare("==", name(chosen.text), rank))
        found = either(*tests)
        return Typed(found if node.text == "in" else negation(found))

    def common_unit(
        self, written: Sequence[Node], parts: Sequence[Typed], signs: Sequence[str]
    ) -> Unit | None:
        """The unit that all parts share; `signs[i]` says what joins part i to those before."""
        first: tuple[Node, Unit] | None = None
        for node, part, sign in zip(written, parts, signs, strict=True):
            if part.unit is None:
                continue
            if first is None:
                first = node, part.unit
            elif part.unit != first[1]:
                raise self.mismatch(first, (node, part.unit), sign)
        return first[1] if first else None

    def mismatch(
        self, first: tuple[Node, Unit], second: tuple[Node, Unit], sign: str
    ) -> ExpressionError:
        (left, one), (right, other) = first, second
        does = _MIXES.get(sign, "compares {0} with {1}").format(one, other)
        factor, target = other / one, left
        if sum(power for _, power in factor.factors) < 0:
            factor, target = one / other, right
        return self.source.error(
            left.start,
            f"{self.quote(left, right)} {does}: {one} is not {other}. "
            f"Multiply {self.quote(target)} by a parameter in {factor}, or correct the unit.",
        )


_MIXES: Final = {
    "+": "adds {0} to {1}",
    "-": "subtracts {1} from {0}",
    ",": "takes the least or greatest of {0} and {1}",
    "else": "is in {0} on one branch and in {1} on the other",
}


def _product_unit(parts: Sequence[Typed], powers: Sequence[int]) -> Unit | None:
    if all(part.literal for part in parts):
        return None
    result = Unit()
    for part, power in zip(parts, powers, strict=True):
        if part.unit is not None:
            result = result * part.unit if power > 0 else result / part.unit
        elif not part.literal:
            return None
    return result


def _resembling(text: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(text, list(known), n=3)
    return f"Did you mean {' or '.join(map(repr, close))}? " if close else ""


def _listing(known: Iterable[str]) -> str:
    names = list(known)
    more = f", and {len(names) - 20} more" if len(names) > 20 else ""
    return (", ".join(names[:20]) + more) if names else "none"
