"""The nodes of an efg file, read a stretch at a time into columns.

A node is a letter and then, in this order, some of: its label, its player, the number of its
infoset, that infoset's label and its actions in braces, the number of its outcome, that outcome's
label and its payoffs in braces. All nodes of a stretch are read at once: one cursor a node, which
all move over one field after the other.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NoReturn

import numpy as np
from numpy.typing import NDArray

from detente.files.columns import Column
from detente.files.efg_faults import explain
from detente.files.names import Names, spread
from detente.files.numbers import NumberColumn, Numbers
from detente.files.numerals import INTEGER, LARGE, NONE, Numerals, numerals
from detente.files.source import Source
from detente.files.tokens import CLASS_OF, CLOSE, OPEN, TEXT, WORD, Tokens, tokenize
from detente.game.tree import CHANCE, TERMINAL

_STRETCH = 1 << 18  # bytes: the arrays of a stretch stay in the processor's cache
_INT32_MAX = 2**31 - 1


@dataclass
class Descriptions:
    """What nodes say of their infoset or outcome besides its number, in the order of the nodes.

    `node` : int32, the node that says it
    `name` : int32, number of its text, -1 where only a list is given
    `count` : int32, the length of the list, -1 where only a name is given
    `items` : int32, numbers of the texts in all lists, one list after the other
    `numbers` : the numbers in all lists, likewise
    """

    node: NDArray[np.int32]
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
    columns = _Columns(names)
    offset, size = start, _STRETCH
    while offset < source.size:
        raw = source.read(offset, offset + size)
        last = offset + len(raw) >= source.size
        stretch = _Stretch(source, offset, raw, last, num_players)
        part, used = stretch.read(names, len(columns.mover))
        if part is None:  # one node larger than the stretch
            if not used:
                size *= 4
            offset += used
            continue
        columns.append(part, used / (source.size - start))
        offset += used
        size = _STRETCH
    return columns.finished()


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
            described.node += np.int32(first_node)
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
        return Descriptions(nodes[said].astype(np.int32), name[said], count[said], items, numbers)

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


class _Columns:
    """The columns of all stretches so far."""

    def __init__(self, names: Names) -> None:
        self.names = names
        self.mover = Column(np.int16)
        self.label, self.infoset, self.outcome = (Column(np.int32) for _ in range(3))
        self.moves, self.chances, self.outcomes = (_DescriptionColumns() for _ in range(3))
        self.stretches: list[tuple[int, int, int]] = []

    def append(self, part: Nodes, share: float) -> None:
        self.mover.append(part.mover, share)
        self.label.append(part.label, share)
        self.infoset.append(part.infoset, share)
        self.outcome.append(part.outcome, share)
        self.moves.append(part.moves, share)
        self.chances.append(part.chances, share)
        self.outcomes.append(part.outcomes, share)
        self.stretches += part.stretches

    def finished(self) -> Nodes:
        return Nodes(
            self.mover.finished(),
            self.label.finished(),
            self.infoset.finished(),
            self.outcome.finished(),
            self.moves.finished(),
            self.chances.finished(),
            self.outcomes.finished(),
            self.names,
            self.stretches,
        )


class _DescriptionColumns:
    def __init__(self) -> None:
        self.node, self.name, self.count, self.items = (Column(np.int32) for _ in range(4))
        self.numbers = NumberColumn()

    def append(self, part: Descriptions, share: float) -> None:
        self.node.append(part.node, share)
        self.name.append(part.name, share)
        self.count.append(part.count, share)
        self.items.append(part.items, share)
        self.numbers.append(part.numbers, share)

    def finished(self) -> Descriptions:
        return Descriptions(
            self.node.finished(),
            self.name.finished(),
            self.count.finished(),
            self.items.finished(),
            self.numbers.finished(),
        )
