"""The nodes of an efg file, read a stretch at a time into columns.

A node is a letter and then, in this order, some of: its label, its player, the number of its
infoset, that infoset's label and its actions in braces, the number of its outcome, that outcome's
label and its payoffs in braces. All nodes of a stretch are read at once: one cursor a node, which
all move over one field after the other.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NoReturn, TypeVar

import numpy as np
from numpy.typing import NDArray

from detente.files.efg_faults import explain
from detente.files.names import Names, spread
from detente.files.numbers import Numbers, join_numbers
from detente.files.numerals import INTEGER, LARGE, NONE, Numerals, numerals
from detente.files.source import Source
from detente.files.tokens import CLASS_OF, CLOSE, OPEN, TEXT, WORD, Tokens, tokenize
from detente.game.tree import CHANCE, TERMINAL

T = TypeVar("T", bound=np.generic)

_STRETCH = 1 << 18  # bytes: the arrays of a stretch stay in the processor's cache
_INT32_MAX = 2**31 - 1


@dataclass
class Descriptions:
    """What nodes say of their infoset or outcome besides its number, in the order of the nodes.

    `node` : int64, the node that says it
    `name` : int32, number of its text, -1 where only a list is given
    `count` : int32, the length of the list, -1 where only a name is given
    `items` : int32, numbers of the texts in all lists, one list after the other
    `numbers` : the numbers in all lists, likewise
    """

    node: NDArray[np.int64]
    name: NDArray[np.int32]
    count: NDArray[np.int32]
    items: NDArray[np.int32]
    numbers: Numbers


@dataclass
class Nodes:
    """All nodes of a file, in its order.

    `mover` : int16, player index, CHANCE or TERMINAL
    `label` : int32, number of the text
    `infoset`, `outcome` : int32, the numbers in the file; 0 at terminal nodes, 0 for no outcome
    `moves`, `chances`, `outcomes` : the descriptions of infosets and outcomes
    `stretches` : (first node, offset in the file, length), to find a node again
    """

    mover: NDArray[np.int16]
    label: NDArray[np.int32]
    infoset: NDArray[np.int32]
    outcome: NDArray[np.int32]
    moves: Descriptions
    chances: Descriptions
    outcomes: Descriptions
    names: Names
    stretches: list[tuple[int, int, int]]

    def offset(self, source: Source, node: int) -> int:
        """Where a node starts in the file."""
        first, offset, length = next(s for s in reversed(self.stretches) if s[0] <= node)
        tokens = tokenize(source.read(offset, offset + length))
        return offset + tokens.offset(int(_starts(tokens)[node - first]))


def read_nodes(source: Source, start: int, num_players: int) -> Nodes:
    """The nodes from an offset to the end of the file.

    Raises FileError at the first that is not written as a node must be.
    """
    names = Names()
    parts: list[Nodes] = []
    offset, size, count = start, _STRETCH, 0
    while offset < source.size:
        raw = source.read(offset, offset + size)
        last = offset + len(raw) >= source.size
        part, used = _Stretch(source, offset, raw, last, num_players).read(names, count)
        if part is None:  # one node larger than the stretch
            if not used:
                size *= 4
            offset += used
            continue
        parts.append(part)
        count += len(part.mover)
        offset += used
        size = _STRETCH
    return _joined(parts, names)


def _starts(tokens: Tokens) -> NDArray[np.int64]:
    """The tokens at which nodes start: words that start with a letter."""
    letters = tokens.bytes[tokens.position] >= ord("A")
    return np.flatnonzero((tokens.kind == WORD) & letters)


class _Stretch:
    """One stretch of the file, while it is read."""

    def __init__(
        self, source: Source, offset: int, raw: bytes, last: bool, num_players: int
    ) -> None:
        self.source, self.offset, self.last = source, offset, last
        self.raw_length, self.num_players = len(raw), num_players
        self.tokens = tokenize(raw)
        self.starts = _starts(self.tokens)

    def read(self, names: Names, first_node: int) -> tuple[Nodes | None, int]:
        """The complete nodes and how many bytes they take; None where there is none."""
        if not len(self.tokens.position) and not self.tokens.unclosed:
            return None, self.raw_length  # blanks
        if len(self.tokens.position) and not (len(self.starts) and self.starts[0] == 0):
            self.refuse()
        used = self.raw_length
        if self.last and self.tokens.unclosed:
            self.refuse()
        if not self.last:
            if len(self.starts) < 2:
                return None, 0
            used = self.tokens.offset(int(self.starts[-1]))
            self.tokens = self.tokens.until(int(self.starts[-1]))
            self.starts = self.starts[:-1]
        return self._nodes(names, first_node), used

    def refuse(self) -> NoReturn:
        """Say what is wrong, going through the stretch from its start for the first mistake."""
        explain(self.source, self.offset, self.num_players)

    def require(self, good: NDArray[np.bool_]) -> None:
        """Refuse the stretch unless all of this holds."""
        if not good.all():
            self.refuse()

    def _closing(self, kind: NDArray[np.uint8]) -> NDArray[np.int64]:
        """int64 (num_tokens,), the closing brace of each opening one."""
        braces = np.flatnonzero((kind == OPEN) | (kind == CLOSE))
        opening, closing = braces[0::2], braces[1::2]
        if len(opening) != len(closing):
            self.refuse()
        self.require((kind[opening] == OPEN) & (kind[closing] == CLOSE))
        partner = np.zeros(len(kind), dtype=np.int64)
        partner[opening] = closing
        return partner

    def _nodes(self, names: Names, first_node: int) -> Nodes:
        starts, position = self.starts, self.tokens.position
        letter = self.tokens.bytes[position[starts]]
        alone = CLASS_OF[self.tokens.bytes[position[starts] + 1]] != WORD
        is_end, is_player, is_chance = (letter == ord(c) for c in "tpc")
        self.require(alone & (is_end | is_player | is_chance))

        fields = self._fields(names)
        players, chances = np.flatnonzero(is_player), np.flatnonzero(is_chance)
        moving, every = np.flatnonzero(~is_end), np.arange(len(starts))
        label = np.maximum(fields.text(every), 0)
        mover = np.full(len(starts), TERMINAL, dtype=np.int16)
        mover[chances] = CHANCE
        player = fields.integer(players)
        self.require((player >= 1) & (player <= self.num_players))
        mover[players] = player - 1
        infoset = np.zeros(len(starts), dtype=np.int32)
        infoset[moving] = fields.integer(moving)
        moves = fields.description(players, fields.actions)
        lotteries = fields.description(chances, fields.lottery)
        outcome = fields.integer(every).astype(np.int32)
        outcomes = fields.description(every, fields.payoffs)
        self.require(outcome[outcomes.node] != 0)
        self.require(fields.cursor == np.append(starts[1:], len(position)))
        for described in (moves, lotteries, outcomes):
            described.node += first_node
        stretch = (first_node, self.offset, self.raw_length)
        return Nodes(
            mover, label, infoset, outcome, moves, lotteries, outcomes, names, [stretch]
        )

    def _fields(self, names: Names) -> _Fields:
        tokens = self.tokens
        kind = np.append(tokens.kind, np.zeros(4, dtype=np.uint8))
        texts = np.zeros(len(kind), dtype=np.int32)
        texts[np.flatnonzero(kind == TEXT)] = names.number(tokens)
        is_number = kind == WORD
        is_number[self.starts] = False
        rows = np.flatnonzero(is_number)
        found = numerals(tokens, tokens.position[rows])
        number_kind = np.zeros(len(kind), dtype=np.uint8)
        number_kind[rows] = found.kind
        value = np.zeros(len(kind), dtype=np.int64)
        value[rows] = found.numerator
        closing = self._closing(kind)
        return _Fields(self, self.starts + 1, kind, closing, texts, number_kind, value, rows, found)


@dataclass
class _Fields:
    """The cursors of all nodes of a stretch, and what they find at the tokens they stand on.

    `cursor` : int64 (num_nodes,), the token that each node is to be read on from
    `kind`, `closing`, `texts`, `number_kind`, `value` : one a token, and a few blanks behind them
    `rows`, `found` : the tokens that may be numbers, and what they say
    """

    stretch: _Stretch
    cursor: NDArray[np.int64]
    kind: NDArray[np.uint8]
    closing: NDArray[np.int64]
    texts: NDArray[np.int32]
    number_kind: NDArray[np.uint8]
    value: NDArray[np.int64]
    rows: NDArray[np.int64]
    found: Numerals

    def text(self, nodes: NDArray[np.int64]) -> NDArray[np.int32]:
        """The number of the text that each cursor stands on, -1 where it is none."""
        at = self.cursor[nodes]
        there = self.kind[at] == TEXT
        text = self.texts[at]
        text[~there] = -1
        self.cursor[nodes] = at + there
        return text

    def integer(self, nodes: NDArray[np.int64]) -> NDArray[np.int64]:
        """The integer that each cursor must stand on."""
        at = self.cursor[nodes]
        value = self.value[at]
        good = (self.number_kind[at] == INTEGER) & (value >= -_INT32_MAX) & (value <= _INT32_MAX)
        self.stretch.require(good)
        self.cursor[nodes] = at + 1
        return value

    def description(
        self,
        nodes: NDArray[np.int64],
        read: Callable[
            [NDArray[np.int64], NDArray[np.int64]],
            tuple[NDArray[np.int64], NDArray[np.int32], Numbers],
        ],
    ) -> Descriptions:
        """The name and the list of those nodes that give them here."""
        name = self.text(nodes)
        at = self.cursor[nodes]
        listed = self.kind[at] == OPEN
        row = np.flatnonzero(listed)
        opening = at[row]
        closing = self.closing[opening]
        self.cursor[nodes[row]] = closing + 1
        lengths, items, numbers = read(opening + 1, closing - opening - 1)
        said = np.flatnonzero(listed | (name >= 0))
        count = np.full(len(nodes), -1, dtype=np.int32)
        count[row] = lengths
        return Descriptions(nodes[said], name[said], count[said], items, numbers)

    def actions(
        self, first: NDArray[np.int64], length: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.int32], Numbers]:
        """The action labels between the braces of players' nodes."""
        at = spread(first, length)
        good = self.kind[at] == TEXT
        self.stretch.require(length > 0)
        self.stretch.require(good)
        return length, self.texts[at], Numbers(np.zeros(0, dtype=np.int64), None)

    def lottery(
        self, first: NDArray[np.int64], length: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.int32], Numbers]:
        """The labels and probabilities, in turn, between the braces of chance nodes."""
        self.stretch.require((length > 0) & (length % 2 == 0))
        at = spread(first, length)
        label, probability = at[0::2], at[1::2]
        good = (self.kind[label] == TEXT) & (self.number_kind[probability] != NONE)
        self.stretch.require(good)
        return length // 2, self.texts[label], self._numbers(probability)

    def payoffs(
        self, first: NDArray[np.int64], length: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.int32], Numbers]:
        """The numbers between the braces of outcomes, one a player."""
        players = self.stretch.num_players
        self.stretch.require(length == players)
        at = (first[:, None] + np.arange(players)).reshape(-1)
        self.stretch.require(self.number_kind[at] != NONE)
        return length, np.zeros(0, dtype=np.int32), self._numbers(at)

    def _numbers(self, at: NDArray[np.int64]) -> Numbers:
        """The numbers at these tokens."""
        kinds = self.number_kind[at]
        if not len(kinds) or int(kinds.max()) <= INTEGER:
            return Numbers(self.value[at], None)
        row = np.searchsorted(self.rows, at)
        large = {
            i: self.found.large[int(row[i])] for i in np.flatnonzero(kinds == LARGE).tolist()
        }
        return Numbers(self.value[at], self.found.denominator[row], large)


def _joined(parts: list[Nodes], names: Names) -> Nodes:
    return Nodes(
        mover=_concat([p.mover for p in parts], np.int16),
        label=_concat([p.label for p in parts], np.int32),
        infoset=_concat([p.infoset for p in parts], np.int32),
        outcome=_concat([p.outcome for p in parts], np.int32),
        moves=_joined_descriptions([p.moves for p in parts]),
        chances=_joined_descriptions([p.chances for p in parts]),
        outcomes=_joined_descriptions([p.outcomes for p in parts]),
        names=names,
        stretches=[p.stretches[0] for p in parts],
    )


def _joined_descriptions(parts: list[Descriptions]) -> Descriptions:
    return Descriptions(
        node=_concat([p.node for p in parts], np.int64),
        name=_concat([p.name for p in parts], np.int32),
        count=_concat([p.count for p in parts], np.int32),
        items=_concat([p.items for p in parts], np.int32),
        numbers=join_numbers([p.numbers for p in parts]),
    )


def _concat(parts: list[NDArray[T]], dtype: type[T]) -> NDArray[T]:
    return np.concatenate(parts) if parts else np.zeros(0, dtype=dtype)
