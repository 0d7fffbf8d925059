"""What is wrong with a node of an efg file, in words, found by walking it token by token."""

from __future__ import annotations

from typing import NoReturn

from detente.files.numerals import number
from detente.files.source import Source
from detente.files.tokens import BLANK, CLOSE, OPEN, TEXT, WORD, Lexer, Token

_INTEGER_LIMIT = 2**31
_KINDS = {b"p": "a player's move", b"c": "a chance move", b"t": "an end of play"}


def explain(source: Source, offset: int, num_players: int) -> NoReturn:
    """Raise the FileError that says what is wrong from this node on."""
    walk = _Walk(source, offset, num_players)
    while True:
        walk.node()


class _Walk:
    def __init__(self, source: Source, offset: int, num_players: int) -> None:
        self.lexer = Lexer(source, offset)
        self.source, self.num_players = source, num_players

    def node(self) -> None:
        letter = self.lexer.next()
        if letter.kind == BLANK:
            # The array reader refused what this walk accepts: say so rather than loop.
            self.source.refuse("this node cannot be read. Write it as Gambit does.", letter.offset)
        if letter.kind != WORD or letter.text not in _KINDS:
            self._refuse(
                letter,
                "a node must start here with p (a player's move), c (a chance move) or t (an end)",
                "Check that the node before it is complete and that every text is in quotes.",
            )
        self._optional_text()
        if letter.text == b"p":
            self._player()
        if letter.text != b"t":
            self._integer("the number of the information set", letter)
            self._optional_text()
            if self.lexer.peek().kind == OPEN:
                self._actions(letter.text == b"c")
        outcome = self._integer("the number of the outcome (0 for none)", letter)
        self._outcome(outcome)

    def _outcome(self, outcome: int) -> None:
        token = self.lexer.peek()
        if outcome == 0 and token.kind in (TEXT, OPEN):
            self._refuse(
                token, "outcome 0 means that there is none, so it has no label and no payoffs",
                "Give the outcome another number, or leave these out.",
            )
        self._optional_text()
        if self.lexer.peek().kind == OPEN:
            self._payoffs()

    def _optional_text(self) -> None:
        if self.lexer.peek().kind == TEXT:
            self.lexer.next()

    def _player(self) -> None:
        token = self.lexer.next()
        value = _integer(token)
        if value is None or not 1 <= value <= self.num_players:
            self._refuse(
                token, f"a player's number from 1 to {self.num_players} must stand here",
                "Players are numbered in the order in which the first line lists them.",
            )

    def _integer(self, what: str, letter: Token) -> int:
        token = self.lexer.next()
        value = _integer(token)
        if value is None or abs(value) >= _INTEGER_LIMIT:
            self._refuse(
                token, f"{what} must stand here, an integer of at most {_INTEGER_LIMIT - 1}",
                f"Complete this line: it is {_KINDS[letter.text]}.",
            )
        return value

    def _actions(self, chance: bool) -> None:
        opening = self.lexer.next()
        token = self.lexer.next()
        if token.kind == CLOSE:
            self._refuse(
                opening, "a move needs at least one action", "List the actions' labels in quotes."
            )
        while token.kind != CLOSE:
            if token.kind != TEXT:
                example = '"left" 1/2 "right" 1/2' if chance else '"left" "right"'
                self._refuse(
                    token, "the label of an action, in quotes, or } must stand here",
                    f"Write the actions as {{ {example} }}.",
                )
            if chance:
                probability = self.lexer.next()
                self._number(
                    probability, "the probability of the action before it must stand here"
                )
            token = self.lexer.next()

    def _payoffs(self) -> None:
        opening = self.lexer.next()
        count = 0
        token = self.lexer.next()
        while token.kind != CLOSE:
            self._number(token, "a payoff or } must stand here")
            count += 1
            token = self.lexer.next()
        if count != self.num_players:
            self.source.refuse(
                f"an outcome needs {self.num_players} payoffs, one a player; found {count}. "
                "Use points, not commas, in decimals.",
                opening.offset,
            )

    def _number(self, token: Token, what: str) -> None:
        if token.kind != WORD or number(token.text) is None:
            self._refuse(
                token, what,
                "Write a decimal such as 0.25 or 1e-3, or a ratio such as 3/7, of moderate size.",
            )

    def _refuse(self, token: Token, rule: str, remedy: str) -> NoReturn:
        self.source.refuse(f"{rule}; found {token.shown()}. {remedy}", token.offset)


def _integer(token: Token) -> int | None:
    """The integer that a word is, written without point or exponent."""
    plain = token.kind == WORD and token.text.lstrip(b"+-").isdigit()
    value = number(token.text) if plain else None
    return None if value is None else int(value)
