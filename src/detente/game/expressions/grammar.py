"""The whitelist grammar: from words and signs to the pieces of a text, as written."""

from __future__ import annotations

from typing import Final, NamedTuple

from detente.errors import ExpressionError
from detente.game.expressions.numbers import comma_in_number
from detente.game.expressions.tokens import Source, Token, tokens_of

MAX_DEPTH: Final = 200
"""Deepest nesting of an expression that is read from text."""
TOO_DEEP: Final = f"nested more than {MAX_DEPTH} deep. Name the parts as parameters of their own."
_CALLS: Final = "The functions are min and max; write 2*(x) to multiply."


class Node(NamedTuple):
    """A piece of the text as written; `signs` stand before (sums, products) or between `parts`."""

    kind: str
    start: int
    end: int
    text: str = ""
    parts: tuple[Node, ...] = ()
    signs: tuple[str, ...] = ()


_BIND_IF, _BIND_OR, _BIND_AND, _BIND_NOT, _BIND_TEST = 1, 2, 3, 4, 5
_BIND_SUM, _BIND_PRODUCT, _BIND_SIGN, _BIND_POWER = 6, 7, 8, 9
RELATIONS: Final = ("==", "!=", "<", "<=", ">", ">=")
_BINDING: Final = {
    "if": _BIND_IF,
    "or": _BIND_OR,
    "and": _BIND_AND,
    **dict.fromkeys((*RELATIONS, "in", "not"), _BIND_TEST),
    **dict.fromkeys("+-", _BIND_SUM),
    **dict.fromkeys("*/", _BIND_PRODUCT),
    "**": _BIND_POWER,
}
_CHAINS: Final = {
    _BIND_OR: ("or", ("or",)),
    _BIND_AND: ("and", ("and",)),
    _BIND_SUM: ("sum", ("+", "-")),
    _BIND_PRODUCT: ("product", ("*", "/")),
}


class Parser:
    """Operator precedence as Pratt (1973) reads it; long chains stay flat."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.tokens = tokens_of(source)
        self.position = 0
        self.depth = 0

    @property
    def token(self) -> Token:
        return self.tokens[self.position]

    def sign(self) -> str:
        return self.token.text if self.token.kind == "sign" else ""

    def take(self) -> Token:
        token = self.token
        self.position += 1
        return token

    def need(self, text: str, why: str) -> Token:
        if self.sign() != text:
            raise self.unexpected(f"where '{text}' is needed {why}")
        return self.take()

    def unexpected(self, where: str) -> ExpressionError:
        token = self.token
        around = self.tokens[max(self.position - 1, 0) : self.position + 2]
        if [one.kind for one in around] == ["number", "sign", "number"] and token.text == ",":
            said = comma_in_number(around[0].text, around[2].text)
            return self.source.error(token.start, f"found ','. {said}")
        found = "the text ends" if token.kind == "end" else f"found {token.text!r}"
        return self.source.error(token.start, f"{found} {where}.")

    def whole(self) -> Node:
        if self.token.kind == "end":
            raise self.source.error(0, "the text is empty. Write a number or an expression.")
        node = self.expression(0)
        if self.token.kind != "end":
            raise self.unexpected("after a complete expression. An operator such as * is missing")
        return node

    def refuse_is(self) -> None:
        """Refuse `is` and `is not`, which are no words of the grammar, after a value."""
        if self.token.kind == "name" and self.token.text == "is":
            negated = self.tokens[self.position + 1].text == "not"
            found, write = ("is not", "!=") if negated else ("is", "==")
            raise self.source.error(
                self.token.start, f"found '{found}'. Write {write} to compare."
            )

    def expression(self, floor: int) -> Node:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise self.source.error(self.token.start, TOO_DEEP)
        node = self.prefix()
        while (binding := _BINDING.get(self.sign(), 0)) >= max(floor, 1):
            if binding in _CHAINS:
                node = self.chain(node, binding)
            elif binding == _BIND_TEST:
                node = self.comparison(node)
            else:
                node = self.power(node) if binding == _BIND_POWER else self.choice(node)
        self.depth -= 1
        self.refuse_is()
        return node

    def prefix(self) -> Node:
        token, sign = self.token, self.sign()
        if token.kind in ("number", "name", "quoted"):
            self.take()
            if self.sign() == "(":
                raise self.source.error(token.start, f"{token.text!r} is not a function. {_CALLS}")
            text = token.text[1:-1] if token.kind == "quoted" else token.text
            return Node(token.kind, token.start, token.end, text)
        if sign in ("true", "false"):
            self.take()
            return Node("truth", token.start, token.end, sign)
        if sign in ("+", "-", "not"):
            self.take()
            inner = self.expression(_BIND_NOT if sign == "not" else _BIND_SIGN)
            kind = "not" if sign == "not" else "signed"
            return Node(kind, token.start, inner.end, sign, (inner,))
        if sign in ("min", "max", "("):
            return self.bracket(token, sign)
        raise self.unexpected("where a value is needed")

    def bracket(self, token: Token, sign: str) -> Node:
        self.take()
        if sign == "(":
            inner = self.expression(0)
            close = self.need(")", "to close the parenthesis")
            # A quoted or named option stays one in parentheses; its extent includes them.
            return inner._replace(start=token.start, end=close.end)
        self.need("(", f"after '{sign}'")
        parts, end = self.listed()
        return Node("extreme", token.start, end, sign, parts)

    def listed(self) -> tuple[tuple[Node, ...], int]:
        """Expressions between commas, up to the closing parenthesis."""
        parts = [self.expression(0)]
        while self.sign() == ",":
            self.take()
            if self.sign() == ")":
                break
            parts.append(self.expression(0))
        return tuple(parts), self.need(")", "to close the list").end

    def chain(self, first: Node, binding: int) -> Node:
        kind, signs = _CHAINS[binding]
        parts, between = [first], [signs[0]]
        while self.sign() in signs:
            between.append(self.take().text)
            parts.append(self.expression(binding + 1))
        return Node(kind, first.start, parts[-1].end, "", tuple(parts), tuple(between))

    def comparison(self, first: Node) -> Node:
        if self.sign() in ("in", "not"):
            return self.membership(first)
        parts, relations = [first], []
        while self.sign() in RELATIONS:
            relations.append(self.take().text)
            parts.append(self.expression(_BIND_TEST + 1))
        return Node("test", first.start, parts[-1].end, "", tuple(parts), tuple(relations))

    def membership(self, first: Node) -> Node:
        word = self.take().text
        if word == "not":
            self.need("in", "after 'not'")
        self.need("(", "after 'in', as in x in (a, b)")
        parts, end = self.listed()
        kind = "in" if word == "in" else "not in"
        return Node("member", first.start, end, kind, (first, *parts))

    def power(self, base: Node) -> Node:
        self.take()
        exponent = self.expression(_BIND_SIGN)
        return Node("power", base.start, exponent.end, "", (base, exponent))

    def choice(self, then: Node) -> Node:
        self.take()
        condition = self.expression(_BIND_OR)
        self.need("else", "after 'if', as in a if condition else b")
        otherwise = self.expression(_BIND_IF)
        return Node("choice", then.start, otherwise.end, "", (condition, then, otherwise))
