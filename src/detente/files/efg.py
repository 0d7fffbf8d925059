"""Read Gambit's extensive-form files (.efg); `efg_write` writes them.

The format was learnt from its description in Gambit's manual and from files in circulation. What
is read here: version 2, R or D; labels that are empty, repeated or left out; an infoset or outcome
that is described wherever it occurs or only once; payoffs and probabilities as integers, decimals,
with exponents or as ratios, all taken exactly; commas or none. Nodes stand in preorder.

A file is read in three steps: `efg_nodes` turns the text into columns, a stretch at a time;
`_Assembly` finds which nodes belong together, and that all that is said of an infoset or outcome
agrees; `fill_children` finds the tree. None of them has a loop over nodes.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import NoReturn

import numpy as np
from numpy.typing import NDArray

from detente.files.efg_nodes import Descriptions, Nodes, read_nodes
from detente.files.efg_write import write_efg
from detente.files.header import player_names, read_comment, read_header, text_of
from detente.files.names import spread
from detente.files.numbers import (
    TooVaried,
    payoff_table,
    probability_column,
    unlikely_lottery,
)
from detente.files.source import Source
from detente.files.tokens import Lexer
from detente.game.labels import Labels
from detente.game.preorder import fill_children
from detente.game.tree import TERMINAL, Game, Infosets, Outcomes

__all__ = ["read_efg", "write_efg"]


def read_efg(given: str | os.PathLike[str] | bytes, name: str = "") -> Game:
    """The game that an .efg file holds.

    Infosets are numbered anew, by player and then by first appearance; outcomes likewise.

    Parameters
    ----------
    given : the file's path, or its bytes
    name : what error messages call it, if not its path

    Raises FileError, with line and column, where the file cannot be read, is not an .efg file, or
    contradicts itself.

    >>> game = read_efg(b'EFG 2 R "" { "US" } p "" 1 1 "" { "a" "b" } 0 t "" 1 "" { 1/3 } t "" 0')
    >>> game.num_nodes, game.payoff(1)
    (3, (Fraction(1, 3),))
    """
    source = Source(given, name)
    lexer = Lexer(source, source.start)
    header = read_header(lexer, b"EFG", b"2")
    header.comment = read_comment(lexer)
    nodes = read_nodes(source, lexer.offset, len(header.players))
    if not len(nodes.mover):
        source.refuse('the game has no nodes. Write at least one: t "" 0.', source.size)
    encoding = nodes.names.encoding(header.title, header.comment, *header.players)
    return _Assembly(source, nodes, player_names(header.players, encoding)).game(
        title=text_of(header.title, encoding),
        comment=text_of(header.comment, encoding),
        pool=nodes.names.pool(encoding),
    )


class _Assembly:
    """Makes the game of the columns, and says where the file contradicts itself."""

    def __init__(self, source: Source, nodes: Nodes, players: tuple[str, ...]) -> None:
        self.source, self.nodes, self.players = source, nodes, players

    def game(self, title: str, comment: str, pool: Sequence[str]) -> Game:
        nodes = self.nodes
        # What stays is allocated before what does not: see Column.
        child_start = np.zeros(len(nodes.mover) + 1, dtype=np.int32)
        children = np.zeros(len(nodes.mover) - 1, dtype=np.int32)
        infoset, infosets = self._infosets(pool)
        outcome, outcomes = self._outcomes(pool)
        widths = np.append(np.diff(infosets.action_start), np.int32(0))
        arity = widths[infoset]  # terminal nodes have infoset -1
        self._check_complete(arity)
        np.cumsum(arity, out=child_start[1:])
        fill_children(arity, children)
        return Game(
            title=title,
            comment=comment,
            players=self.players,
            mover=nodes.mover,
            child_start=child_start,
            children=children,
            infoset=infoset,
            outcome=outcome,
            node_label=Labels(nodes.label, pool),
            infosets=infosets,
            outcomes=outcomes,
        )

    # ── infosets ───────────────────────────────────────────────────────────────────────────────

    def _infosets(self, pool: Sequence[str]) -> tuple[NDArray[np.int32], Infosets]:
        """The infoset of each node, -1 at terminal ones, and the infosets."""
        nodes, chance = self.nodes, len(self.players)
        moving = np.flatnonzero(nodes.mover != TERMINAL)
        mover = nodes.mover[moving].astype(np.int64)
        mover[mover < 0] = chance
        ids, first = identify(mover, nodes.infoset[moving])
        first = moving[first]
        numbers = nodes.infoset[first]
        infoset = nodes.infoset  # from here on, our numbers stand in it
        infoset[:] = -1
        infoset[moving] = ids
        num_own = int(np.count_nonzero(nodes.mover[first] >= 0))
        own = self._settle(
            nodes.moves, infoset[nodes.moves.node],
            first[:num_own], numbers[:num_own], "information set",
        )
        lotteries = self._settle(
            nodes.chances, infoset[nodes.chances.node] - np.int32(num_own),
            first[num_own:], numbers[num_own:], "chance move's information set",
        )
        counts = np.concatenate([own.count, lotteries.count])
        start = np.zeros(len(counts) + 1, dtype=np.int32)
        np.cumsum(counts, out=start[1:])
        probability = probability_column(lotteries.numbers)
        unlikely = unlikely_lottery(probability, start[num_own:].astype(np.int64) - start[num_own])
        if unlikely:
            row, reason = unlikely
            self._refuse(f"{reason}. Correct them, as ratios such as 1/3 if need be.",
                         int(lotteries.node[row]))
        return infoset, Infosets(
            mover=nodes.mover[first],
            action_start=start,
            label=_labels(np.concatenate([own.name, lotteries.name]), pool),
            action_label=Labels(np.concatenate([own.items, lotteries.items]), pool),
            probability=probability,
        )

    def _outcomes(self, pool: Sequence[str]) -> tuple[NDArray[np.int32], Outcomes]:
        """The outcome of each node, -1 where there is none, and the outcomes."""
        nodes = self.nodes
        having = np.flatnonzero(nodes.outcome)
        ids, first = identify(np.zeros(len(having), dtype=np.int64), nodes.outcome[having])
        first = having[first]
        numbers = nodes.outcome[first]
        outcome = nodes.outcome
        outcome[:] = -1
        outcome[having] = ids
        settled = self._settle(
            nodes.outcomes, outcome[nodes.outcomes.node], first, numbers, "outcome"
        )
        try:
            payoffs = payoff_table(settled.numbers, len(self.players), len(first))
        except TooVaried as error:
            self.source.refuse(error.explain(self.players))
        return outcome, Outcomes(_labels(settled.name, pool), payoffs)

    def _settle(
        self,
        said: Descriptions,
        owner: NDArray[np.int32],
        first: NDArray[np.int64],
        numbers: NDArray[np.int32],
        what: str,
    ) -> Descriptions:
        """The one description of each owner (infoset or outcome), of all that is said of it.

        `owner` : whose each description is
        `first`, `numbers` : of each owner, its first node and its number in the file

        Refuses an owner that is never described, or described in two ways.
        """
        listed = np.flatnonzero(said.count >= 0)
        chosen = np.full(len(first), -1, dtype=np.int64)
        chosen[owner[listed][::-1]] = listed[::-1]  # the first one stays
        if (chosen < 0).any():
            row = int(np.argmin(chosen))
            self._refuse_undescribed(int(first[row]), int(numbers[row]), what)
        length = np.maximum(said.count, 0).astype(np.int64)
        start = np.cumsum(length) - length
        self._check_lists(said, chosen[owner], start, what)
        if len(chosen) == len(said.node) and (np.diff(chosen) == 1).all():
            return said
        names = self._names(said, owner, len(first), what)
        at = spread(start[chosen], length[chosen])
        return Descriptions(
            node=said.node[chosen],
            name=names,
            count=said.count[chosen],
            items=said.items[at] if len(said.items) else said.items,
            numbers=said.numbers.take(at) if len(said.numbers) else said.numbers,
        )

    def _names(
        self, said: Descriptions, owner: NDArray[np.int32], num_owners: int, what: str
    ) -> NDArray[np.int32]:
        """The label of each owner: what it is called where it is called anything."""
        named = np.flatnonzero(said.name > 0)  # 0 is the empty text
        names = np.zeros(num_owners, dtype=np.int32)
        names[owner[named][::-1]] = said.name[named][::-1]  # the first one stays
        same = self.nodes.names.same(said.name[named], names[owner[named]])
        self._require(same, said.node[named], what, "label")
        return names

    def _check_lists(
        self, said: Descriptions, model: NDArray[np.int64], start: NDArray[np.int64], what: str
    ) -> None:
        """Refuse a list that differs from the one that counts, `model` of each."""
        names = self.nodes.names
        again = np.flatnonzero((model != np.arange(len(model))) & (said.count >= 0))
        if not len(again):
            return
        same = said.count[again] == said.count[model[again]]
        self._require(same, said.node[again], what, "number of actions")
        length = said.count[again].astype(np.int64)
        here, there = spread(start[again], length), spread(start[model[again]], length)
        node = np.repeat(said.node[again], length)
        if len(said.items):
            same = names.same(said.items[here], said.items[there])
            self._require(same, node, what, "action label")
        if len(said.numbers):
            same = said.numbers.take(here).same(said.numbers.take(there))
            self._require(same, node, what, "payoff" if what == "outcome" else "probability")

    def _require(
        self, same: NDArray[np.bool_], node: NDArray[np.int32], what: str, part: str
    ) -> None:
        if not same.all():
            self._refuse(
                f"this node describes its {what} otherwise than another node does: another {part}. "
                f"Describe it alike everywhere, or once and then by its number alone, or give it "
                "a number of its own.",
                int(node[int(np.argmin(same))]),
            )

    def _refuse_undescribed(self, node: int, number: int, what: str) -> NoReturn:
        if what == "outcome":
            needed = "payoffs"
            example = f't "" {number} "label" {{ {", ".join("0" for _ in self.players)} }}'
        else:
            needed = "actions"
            mover = int(self.nodes.mover[node])
            example = (
                f'p "" {mover + 1} {number} "label" {{ "left" "right" }} 0' if mover >= 0
                else f'c "" {number} "label" {{ "left" 1/2 "right" 1/2 }} 0'
            )
        self._refuse(
            f"{what} {number} is never described. Give its {needed} where it first occurs, as in "
            f"{example}, or correct the number.",
            node,
        )

    # ── the tree ───────────────────────────────────────────────────────────────────────────────

    def _check_complete(self, arity: NDArray[np.int32]) -> None:
        """Refuse nodes behind the end of the tree, or an end before all actions lead somewhere."""
        awaited = np.cumsum(arity.astype(np.int64) - 1) + 1
        ended = int(np.argmax(awaited <= 0)) if (awaited <= 0).any() else -1
        if 0 <= ended < len(arity) - 1:
            self._refuse(
                "the tree is complete before this node: every action above leads to a node. Take "
                "this node out, or check the actions of those before it.",
                ended + 1,
            )
        if ended < 0:
            missing = int(awaited[-1])
            self.source.refuse(
                f"the file ends before the tree does: {missing} more "
                f"node{'s are' if missing > 1 else ' is'} needed below the moves above. "
                "Complete the file; it may have been cut off.",
                self.source.size,
            )

    def _refuse(self, message: str, node: int) -> NoReturn:
        self.source.refuse(message, self.nodes.offset(self.source, node))


def _labels(names: NDArray[np.int32], pool: Sequence[str]) -> Labels:
    return Labels(np.maximum(names, 0), pool)  # no name reads as the empty one


def identify(
    group: NDArray[np.int64], number: NDArray[np.int32]
) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """A number from 0 on for each distinct (group, number), by group and then first appearance.

    Returns that of every row, and the first row of each.
    """
    if not len(number):
        return np.zeros(0, dtype=np.int32), np.zeros(0, dtype=np.int64)
    low = int(number.min())
    span = int(number.max()) - low + 1
    size = span * (int(group.max()) + 1)
    key = group * span + (number.astype(np.int64) - low)
    if size <= 4 * len(key) + 1024:
        table = np.full(size, -1, dtype=np.int64)
        table[key[::-1]] = np.arange(len(key) - 1, -1, -1)  # the first row stays
        present = np.flatnonzero(table >= 0)
        first = table[present]
        table[present] = np.arange(len(present))
        place = table[key]
    else:
        present, first, place = np.unique(key, return_index=True, return_inverse=True)
    owner = present // span
    if ((np.diff(first) > 0) | (np.diff(owner) > 0)).all():  # numbered so already
        return place.astype(np.int32), first
    order = np.lexsort((first, owner))
    renumbered = np.empty(len(order), dtype=np.int32)
    renumbered[order] = np.arange(len(order))
    return renumbered[place], first[order]
