"""Read and write Gambit's strategic-form files (.nfg).

Both forms are read: payoffs listed profile by profile, and outcomes listed first and then referred
to by number; strategies named, or only counted. The first player's strategy varies fastest. The
format was learnt from its description in Gambit's manual and from files in circulation.
"""

from __future__ import annotations

import os
from math import prod
from typing import NoReturn, TextIO

import numpy as np
from numpy.typing import NDArray

from detente.files.columns import Column
from detente.files.header import player_names, read_comment, read_header, read_texts, text_of
from detente.files.names import Names
from detente.files.numbers import NumberColumn, Numbers, TooVaried, payoff_table
from detente.files.numerals import INTEGER, LARGE, NONE, Numerals, number, numerals
from detente.files.source import Source
from detente.files.tokens import CLOSE, OPEN, TEXT, WORD, Lexer, Token, Tokens, tokenize
from detente.files.writing import (
    BLOCK,
    Target,
    braces,
    payoff_texts,
    quoted,
    quoted_labels,
    whole_file,
)
from detente.game.labels import Labels
from detente.game.strategic import StrategicGame, size_text
from detente.game.tree import Outcomes

_STRETCH = 1 << 18


def read_nfg(given: str | os.PathLike[str] | bytes, name: str = "") -> StrategicGame:
    """The game that an .nfg file holds.

    Parameters
    ----------
    given : the file's path, or its bytes
    name : what error messages call it, if not its path

    Raises FileError, with line and column, where the file cannot be read or is not an .nfg file.

    >>> game = read_nfg(b'NFG 1 R "" { "A" "B" } { 2 1 } 1 0.5 2 1/3')
    >>> game.strategies, game.payoff(1, 0)
    ((('1', '2'), ('1',)), (Fraction(2, 1), Fraction(1, 3)))
    """
    source = Source(given, name)
    lexer = Lexer(source, source.start)
    header = read_header(lexer, b"NFG", b"1")
    strategies = _read_strategies(lexer, len(header.players))
    header.comment = read_comment(lexer)
    sizes = [own if isinstance(own, int) else len(own) for own in strategies]
    names, by_outcome = Names(), lexer.peek().kind == OPEN
    if by_outcome:
        cell, label, payoffs = _read_outcome_form(lexer, names, prod(sizes), len(sizes))
    else:
        cell, label, payoffs = _read_payoff_form(lexer, prod(sizes), len(sizes))
    raw = [text for own in strategies if not isinstance(own, int) for text in own]
    encoding = names.encoding(header.title, header.comment, *header.players, *raw)
    players = player_names(header.players, encoding)
    try:
        table = payoff_table(payoffs, len(sizes), len(label))
    except TooVaried as error:
        source.refuse(error.explain(players))
    return StrategicGame(
        title=text_of(header.title, encoding),
        players=players,
        strategies=tuple(
            tuple(str(i + 1) for i in range(own)) if isinstance(own, int)
            else tuple(text_of(text, encoding) for text in own)
            for own in strategies
        ),
        cell=cell,
        outcomes=Outcomes(Labels(label, names.pool(encoding)), table),
        comment=text_of(header.comment, encoding),
        by_outcome=by_outcome,
    )


def _read_strategies(lexer: Lexer, num_players: int) -> list[int] | list[list[bytes]]:
    """How many strategies each player has, or their names."""
    opening = lexer.next()
    if opening.kind != OPEN:
        _refuse(
            lexer.source, opening, "the strategies of all players, in braces, must stand here",
            'Write { { "up" "down" } { "left" "right" } }, or only how many there are: { 2 2 }.',
        )
    named: list[list[bytes]] = []
    counted: list[int] = []
    while (token := lexer.peek()).kind != CLOSE:
        if token.kind == OPEN and not counted:
            named.append(read_texts(lexer, "a list of strategies", "the name of a strategy"))
        else:
            counted.append(_count(lexer.source, lexer.next(), bool(named)))
    lexer.next()
    found = len(named or counted)
    if found != num_players or not all(named):
        lexer.source.refuse(
            f"each of the {num_players} players needs at least one strategy; found "
            f"{found} lists or numbers of strategies"
            + ("." if all(named) else ", some of them empty.")
            + " Give one for each player, in their order.",
            opening.offset,
        )
    return named or counted


def _count(source: Source, token: Token, named: bool) -> int:
    plain = token.kind == WORD and token.text.isdigit() and len(token.text) < 10
    if named or not plain or not int(token.text):
        _refuse(
            source, token,
            "a list of strategies in braces must stand here" if named
            else "how many strategies a player has, or a list of them in braces, must stand here",
            'Write { { "up" "down" } { "left" "right" } } or { 2 2 }.',
        )
    return int(token.text)


def _refuse(source: Source, token: Token, rule: str, remedy: str) -> NoReturn:
    source.refuse(f"{rule}; found {token.shown()}. {remedy}", token.offset)


# ── the two forms ──────────────────────────────────────────────────────────────────────────────


def _read_payoff_form(
    lexer: Lexer, cells: int, num_players: int
) -> tuple[NDArray[np.int32], NDArray[np.int32], Numbers]:
    body = _Body(lexer.source, lexer.offset, "a payoff")
    payoffs = body.numbers(cells * num_players, f"{num_players} payoffs for each of the")
    return np.arange(cells, dtype=np.int32), np.zeros(cells, dtype=np.int32), payoffs


def _read_outcome_form(
    lexer: Lexer, names: Names, cells: int, num_players: int
) -> tuple[NDArray[np.int32], NDArray[np.int32], Numbers]:
    lexer.next()
    offset, label, payoffs = _read_outcomes(lexer.source, lexer.offset, names, num_players)
    body = _Body(lexer.source, offset, "the number of an outcome")
    cell = body.numbers(cells, "one outcome for each of the")
    number = cell.numerator
    good = (cell.bottom() == 1) & (number >= 0) & (number <= len(label))
    good[list(cell.large)] = False
    if not good.all():
        body.refuse_row(
            int(np.argmin(good)),
            f"outcomes are numbered from 1 to {len(label)} here, and 0 is none",
        )
    return (number - 1).astype(np.int32), label, payoffs


def _read_outcomes(
    source: Source, offset: int, names: Names, num_players: int
) -> tuple[int, NDArray[np.int32], Numbers]:
    """What lies behind the list of outcomes, and their labels and payoffs.

    Every outcome is { "label" and the payoffs }, so the kinds of its tokens repeat.
    """
    pattern = np.array([OPEN, TEXT, *[WORD] * num_players, CLOSE], dtype=np.uint8)
    width, size = len(pattern), _STRETCH
    label, payoffs = Column(np.int32), NumberColumn()
    start = offset
    while True:
        raw = source.read(offset, offset + size)
        last = offset + len(raw) >= source.size
        tokens = tokenize(raw)
        kind = tokens.kind
        differs = np.flatnonzero(kind != np.resize(pattern, len(kind)))
        regular = int(differs[0]) if len(differs) else len(kind)
        count = regular // width
        ended = regular < len(kind) and regular % width == 0 and kind[regular] == CLOSE
        if not ended and (len(differs) or last):
            _explain_outcomes(source, offset, num_players)
        # The token behind the last whole outcome; in the middle of a file it may be cut off.
        if not ended and not count:
            size *= 4
            continue
        part = tokens.until(count * width)
        at = (np.arange(count)[:, None] * width + 2 + np.arange(num_players)).reshape(-1)
        found = numerals(part, part.position[at])
        if (found.kind == NONE).any():
            _explain_outcomes(source, offset, num_players)
        share = len(raw) / (source.size - start)
        label.append(names.number(part), share)
        payoffs.append(_numbers(found), share)
        if ended:
            return offset + tokens.offset(regular) + 1, label.finished(), payoffs.finished()
        offset += tokens.offset(count * width - 1) + 1
        size = _STRETCH


def _explain_outcomes(source: Source, offset: int, num_players: int) -> NoReturn:
    lexer = Lexer(source, offset)
    shape = f'{{ "label" {" ".join(["0"] * num_players)} }}'
    while True:
        token = lexer.next()
        if token.kind != OPEN:
            _refuse(source, token, f"an outcome must stand here, as {shape}, or }}",
                    "Close the list of outcomes with } before the profiles' outcomes.")
        token = lexer.next()
        if token.kind != TEXT:
            _refuse(source, token, "the label of an outcome, in quotes, must stand here",
                    f"Write outcomes as {shape}.")
        for _ in range(num_players):
            token = lexer.next()
            if token.kind != WORD or number(token.text) is None:
                _refuse(source, token, f"an outcome needs {num_players} payoffs here",
                        "Write a decimal such as 0.25 or 1e-3, or a ratio such as 3/7.")
        token = lexer.next()
        if token.kind != CLOSE:
            _refuse(source, token, f"}} must stand here, after {num_players} payoffs",
                    f"Write outcomes as {shape}.")


def _numbers(found: Numerals) -> Numbers:
    whole = not len(found.kind) or int(found.kind.max()) <= INTEGER
    large = found.large if (found.kind == LARGE).any() else {}
    return Numbers(found.numerator, None if whole else found.denominator, large)


class _Body:
    """The numbers with which the file ends."""

    def __init__(self, source: Source, offset: int, what: str) -> None:
        self.source, self.start, self.what = source, offset, what

    def numbers(self, needed: int, purpose: str) -> Numbers:
        """All of them. Raises FileError unless they are as many as needed."""
        column, offset, size = NumberColumn(), self.start, _STRETCH
        count = 0
        while offset < self.source.size:
            raw = self.source.read(offset, offset + size)
            tokens = tokenize(raw)
            used = len(raw)
            if offset + used < self.source.size and len(tokens.position):
                used = tokens.offset(len(tokens.position) - 1)  # it may be cut off
                tokens = tokens.until(len(tokens.position) - 1)
            if not used:
                size *= 4
                continue
            found = numerals(tokens, tokens.position)
            good = (found.kind != NONE) & (tokens.kind == WORD)
            if not good.all() or tokens.unclosed:
                self._refuse_token(offset, good, tokens)
            column.append(_numbers(found), used / (self.source.size - self.start))
            count += len(found.kind)
            offset += used
            size = _STRETCH
        if count != needed:
            self.source.refuse(
                f"{purpose} profiles of strategies must stand here, {size_text(needed)} numbers; "
                f"found {count}. Use points, not commas, in decimals.",
                self.start,
            )
        return column.finished()

    def _refuse_token(self, offset: int, good: NDArray[np.bool_], tokens: Tokens) -> NoReturn:
        if not good.all():
            offset += tokens.offset(int(np.argmin(good)))
        elif len(good):
            offset += tokens.offset(len(good) - 1)
        lexer = Lexer(self.source, offset)
        token = lexer.next()
        if good.all() and len(good):
            token = lexer.next()
        _refuse(self.source, token, f"{self.what} must stand here",
                "Write a decimal such as 0.25 or 1e-3, or a ratio such as 3/7.")

    def refuse_row(self, row: int, rule: str) -> NoReturn:
        """Refuse one of the numbers."""
        lexer = Lexer(self.source, self.start)
        for _ in range(row):
            lexer.next()
        _refuse(self.source, lexer.next(), rule, "Correct the number or list the outcome.")


# ── writing ────────────────────────────────────────────────────────────────────────────────────


def write_nfg(game: StrategicGame, target: Target) -> None:
    """Write a game as an .nfg file, which `read_nfg` and Gambit read back.

    Games read in outcome form are written in it, others in payoff form.

    Parameters
    ----------
    target : a path, whose file is replaced when all is written, or a text stream

    Raises FileError where it cannot be written.

    >>> import sys
    >>> write_nfg(StrategicGame.of(["A"], [["x", "y"]], [(1,), (2,)]), sys.stdout)
    NFG 1 R "" { "A" }
    <BLANKLINE>
    { { "x" "y" }
    }
    ""
    <BLANKLINE>
    1
    2
    """
    with whole_file(target) as stream:
        players = braces(quoted(player) for player in game.players)
        stream.write(f"NFG 1 R {quoted(game.title)} {players}\n\n{{ ")
        for own in game.strategies:
            stream.write(braces(quoted(label) for label in own) + "\n")
        stream.write(f"}}\n{quoted(game.comment)}\n\n")
        if game.by_outcome:
            _write_outcomes(game, stream)
        else:
            _write_payoffs(game, stream)


def _write_outcomes(game: StrategicGame, stream: TextIO) -> None:
    stream.write("{\n")
    for start in range(0, len(game.outcomes), BLOCK):
        stop = min(start + BLOCK, len(game.outcomes))
        labels = quoted_labels(game.outcomes.label, start, stop)
        payoffs = payoff_texts(game.outcomes.payoffs, np.arange(start, stop))
        rows = zip(labels, payoffs, strict=True)
        stream.write("".join(f"{{ {label} {paid} }}\n" for label, paid in rows))
    stream.write("}\n")
    for start in range(0, len(game.cell), BLOCK):
        numbers = (game.cell[start : start + BLOCK] + 1).tolist()
        stream.write(" ".join(map(str, numbers)) + "\n")


def _write_payoffs(game: StrategicGame, stream: TextIO) -> None:
    nothing = " ".join("0" for _ in game.players)
    for start in range(0, len(game.cell), BLOCK):
        cell = game.cell[start : start + BLOCK]
        known = np.maximum(cell, 0)
        texts = payoff_texts(game.outcomes.payoffs, known) if len(game.outcomes) else []
        rows = [
            texts[i].replace(",", "") if outcome >= 0 else nothing
            for i, outcome in enumerate(cell.tolist())
        ]
        stream.write("\n".join(rows) + "\n")
