"""The text of an expression: its words and signs, and errors that point into it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final, NamedTuple

from detente.errors import ExpressionError, Place
from detente.game.expressions.canonical import Expr
from detente.game.expressions.numbers import per_cent
from detente.game.expressions.printing import shortened


class Source:
    """A text, where it comes from, and errors that point into it."""

    def __init__(self, text: str, place: Place | None) -> None:
        self.text = text
        self.place = place

    def error(self, position: int, message: str) -> ExpressionError:
        start = max(0, position - 40) if len(self.text) > 80 else 0
        shown = self.text[start : start + 80]
        cut = f"{'…' if start else ''}{shown}{'…' if start + 80 < len(self.text) else ''}"
        return ExpressionError(f"in {cut!r} at character {position + 1}: {message}", self.place)

    def guard(self, position: int, make: Callable[[], Expr]) -> Expr:
        try:
            return make()
        except ExpressionError as error:
            raise self.error(position, error.message) from None

    def wrong_sort(self, position: int, quoted: str, is_condition: bool) -> ExpressionError:
        if is_condition:
            found = "is a condition where a number is needed. Write 'a if condition else b'."
        else:
            found = "is a number where a condition is needed. Compare it, as in x > 0."
        return self.error(position, f"{shortened(quoted, 80)!r} {found}")


class Token(NamedTuple):
    kind: str
    text: str
    start: int
    end: int


_TOKEN = re.compile(
    r"(?P<space>\s+)"
    r"|(?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)"
    r"|(?P<name>[^\W\d]\w*)"
    r"|(?P<quoted>'[^']*'|\"[^\"]*\")"
    r"|(?P<sign>\*\*|==|!=|<=|>=|[-+*/()<>,])"
)
_WORDS: Final = frozenset({"and", "or", "not", "in", "if", "else", "true", "false", "min", "max"})
_HINTS: Final = {
    "^": "Write ** for powers.",
    "=": "Write == to compare.",
    "&": "Write 'and'.",
    "|": "Write 'or'.",
    "!": "Write 'not', or != to compare.",
    ".": "Names have no dots, and numbers are written 0.5.",
    "×": "Write *.",
    "·": "Write *.",
    "÷": "Write /.",
    "−": "Write - for minus.",
    "–": "Write - for minus.",
    "≤": "Write <=.",
    "≥": "Write >=.",
    "≠": "Write !=.",
    "'": "The quotation mark is not closed.",
    '"': "The quotation mark is not closed.",
}


def tokens_of(source: Source) -> list[Token]:
    found: list[Token] = []
    position, text = 0, source.text
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            hint = _HINTS.get(text[position], "Expressions use names, numbers and + - * / ** ( ).")
            if text[position] == "%":
                given = found[-1].text if found and found[-1].kind == "number" else ""
                hint = per_cent(given) if given else "Write 5/100 for five per cent."
            raise source.error(position, f"found {text[position]!r}. {hint}")
        kind, start, position = str(match.lastgroup), match.start(), match.end()
        if kind == "number" and text[position : position + 1].isidentifier():
            raise source.error(
                position, f"the number {match.group()} runs into a name. Write 2*x to multiply."
            )
        word = match.group()
        if kind != "space":
            found.append(Token("sign" if word in _WORDS else kind, word, start, position))
    found.append(Token("end", "", len(text), len(text)))
    return found
