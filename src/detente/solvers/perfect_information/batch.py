"""One compiled game for all draws: backward induction over thousands of payoff tables at once.

Values are float64. A comparison that the error bound leaves open is marked, and what depends on it
is in doubt: the caller settles that exactly.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detente.game.tree import TERMINAL, Game
from detente.solvers.perfect_information.alike import distinct_moves
from detente.solvers.perfect_information.batch_kernel import BROKEN

Ints = NDArray[np.int32]

BLOCK = 512
"""Draws that are solved at once: few enough for their values to stay in the cache."""


@dataclass(frozen=True, eq=False)
class Sources:
    """Where a game's numbers stand among the rows that a block of draws is given in.

    `payoff` : int32 (num_outcomes, num_players), `probability` : int32 (num_chance_actions,),
    `discount` : int32 (num_rows, num_players), rows of the source; -1 in `discount` for none
    `count` : how many rows there are
    """

    payoff: Ints
    probability: Ints
    discount: Ints
    count: int


@dataclass(frozen=True, eq=False)
class Program:
    """A game as the kernel reads it, its internal nodes last first.

    `mover` : int32 (num_steps,), a player, or -1 for chance and for what has no move
    `child_start` : int32 (num_steps + 1,), into the columns of children
    `child_row` : int32 (num_children * num_players,), where each child's values stand
    `child_slot` : int32 (num_children,), where its marks stand; -1 for a node without any
    `weight` : int32 (num_children,), the row of its probability
    `gain`, `factor` : int32 (num_steps * num_players,), rows; -1 for none
    `own_mark` : uint8 (num_steps,), `own_end` : int32 (num_steps,), -1 for none
    `slot` : int32 (num_steps,), where the step's own values and marks go
    `told` : int32 (num_steps,), the place among the nodes that are told, -1 for the others
    `length` : steps on the longest path; `fan` : the most children of a chance move
    `ending` : whether any node says where play ends up
    `moves` : for each node of the game the children that are looked at, see `alike`
    """

    mover: Ints
    child_start: Ints
    child_row: Ints
    child_slot: Ints
    weight: Ints
    gain: Ints
    factor: Ints
    own_mark: NDArray[np.uint8]
    own_end: Ints
    slot: Ints
    told: Ints
    sources: Sources
    num_players: int
    num_slots: int
    num_told: int
    length: int
    fan: int
    ending: bool
    moves: Sequence[Sequence[int]]

    @classmethod
    def of(
        cls,
        game: Game,
        sources: Sources,
        told: Sequence[int],
        marked: Sequence[int] = (),
        ends: Mapping[int, int] | None = None,
        unchosen: Collection[int] = (),
    ) -> Program:
        """The program of a game.

        `told` : nodes of which choice and mark come back
        `unchosen` : those of them of which the choice is not asked; what comes back means nothing
        `marked` : nodes whose arrival marks those above
        `ends` : node → number that says where play has ended up
        """
        return _Compiler(game, sources, told, marked, ends or {}, unchosen).program()

    @property
    def columns(self) -> tuple[Any, ...]:
        """What `run_program` takes of the program."""
        return (
            self.mover, self.child_start, self.child_row, self.child_slot, self.weight,
            self.gain, self.factor, self.own_mark, self.own_end, self.slot, self.told,
            self.sources.count, self.num_players,
        )  # fmt: skip

    def room(self, width: int) -> tuple[Any, ...]:
        """Arrays for use inside the kernel, for blocks of at most so many draws."""
        return (
            np.empty((self.num_slots * self.num_players, width)),
            np.empty((self.num_slots, width), dtype=np.uint8),
            np.empty((self.num_slots, width), dtype=np.int32),
            np.empty(width),
            np.empty(width, dtype=np.int64),  # as wide as a payoff: vectors of both go together
            np.empty(width, dtype=np.uint8),
        )

    def answers(self, width: int) -> tuple[Any, Any, Any]:
        """Arrays for what is told of so many draws: choices, marks, ends."""
        shape = (self.num_told, width)
        return (
            np.empty(shape, dtype=np.int16),
            np.empty(shape, dtype=np.uint8),
            np.empty(shape if self.ending else (0, width), dtype=np.int32),
        )

    @cached_property
    def rows(self) -> tuple[Ints, Ints, Ints]:
        """The rows that are read as payoffs, as probabilities and as discounts, each once."""
        gains = np.unique(np.concatenate([self.gain, self.child_row]))
        return (
            gains[(gains >= 0) & (gains < self.sources.count)],
            np.unique(self.weight[self.weight >= 0]),
            np.unique(self.factor[self.factor >= 0]),
        )


class _Compiler:
    """From a game to its program; slots of values that nothing reads any more are used again."""

    def __init__(
        self,
        game: Game,
        sources: Sources,
        told: Sequence[int],
        marked: Sequence[int],
        ends: Mapping[int, int],
        unchosen: Collection[int],
    ) -> None:
        self.game, self.sources = game, sources
        self.told = {node: place for place, node in enumerate(told)}
        self.marked, self.ends = frozenset(marked), ends
        chosen = self.told.keys() - frozenset(unchosen)
        self.moves = distinct_moves(game, sources, chosen, marked, ends)
        self.slot: dict[int, int] = {}
        self.num_slots = 0
        self.free: list[int] = []

    def program(self) -> Program:
        game, count = self.game, self.game.num_players
        nodes = [v for v in range(game.num_nodes - 1, -1, -1) if self._needs_a_step(v)]
        last_reader = self._last_readers()
        children, own = [0], list[int]()
        rows, slots, weights = list[int](), list[int](), list[int]()
        for node in nodes:
            below = self.moves[node]
            for child in below:
                rows += self._value_rows(child)
                slots.append(self.slot.get(child, -1))
            weights += self._weights(node, len(below))
            children.append(len(slots))
            own.append(self._take_slot(node))
            for child in set(game.children_of(node)):
                if last_reader[child] == node and child in self.slot:
                    self.free.append(self.slot[child])
        gains = [row for node in nodes for row in self._gain(node)]
        factors = [row for node in nodes for row in self._factor(node)]
        return Program(
            mover=_column([max(int(game.mover[v]), -1) for v in nodes]),
            child_start=_column(children),
            child_row=_column(rows),
            child_slot=_column(slots),
            weight=_column(weights),
            gain=_column(gains),
            factor=_column(factors),
            own_mark=np.array([BROKEN * (v in self.marked) for v in nodes], dtype=np.uint8),
            own_end=_column([self.ends.get(v, -1) for v in nodes]),
            slot=_column(own),
            told=_column([self.told.get(v, -1) for v in nodes]),
            sources=self.sources,
            num_players=count,
            num_slots=self.num_slots,
            num_told=len(self.told),
            length=self._length(),
            fan=max(1, int(np.diff(game.child_start).max(initial=1))),
            ending=bool(self.ends),
            moves=self.moves,
        )

    def _needs_a_step(self, node: int) -> bool:
        """Whether it is more than a payoff that is read where it stands."""
        game = self.game
        return bool(
            game.mover[node] != TERMINAL
            or game.outcome[node] < 0
            or (game.discounts is not None and game.discounts.row[node])
            or node in self.told
            or node in self.marked
            or node in self.ends
        )

    def _last_readers(self) -> Ints:
        """int32 (num_nodes,), the parent that is solved last: the one that stands first."""
        game = self.game
        parents = np.repeat(
            np.arange(game.num_nodes, dtype=np.int32), np.diff(game.child_start)
        )
        found = np.full(game.num_nodes, -1, dtype=np.int32)
        found[game.children[::-1]] = parents[::-1]
        return found

    def _take_slot(self, node: int) -> int:
        if self.free:
            self.slot[node] = self.free.pop()
        else:
            self.slot[node] = self.num_slots
            self.num_slots += 1
        return self.slot[node]

    def _value_rows(self, node: int) -> list[int]:
        count = self.game.num_players
        if node in self.slot:
            first = self.sources.count + self.slot[node] * count
            return list(range(first, first + count))
        row: list[int] = self.sources.payoff[int(self.game.outcome[node])].tolist()
        return row

    def _weights(self, node: int, count: int) -> list[int]:
        game = self.game
        if game.mover[node] >= 0:
            return [-1] * count
        sets = game.infosets
        flat = int(sets.action_start[game.infoset[node]]) - sets.num_player_actions if count else 0
        found: list[int] = self.sources.probability[flat : flat + count].tolist()
        return found

    def _gain(self, node: int) -> list[int]:
        outcome = int(self.game.outcome[node])
        if outcome < 0:
            return [-1] * self.game.num_players
        row: list[int] = self.sources.payoff[outcome].tolist()
        return row

    def _factor(self, node: int) -> list[int]:
        discounts = self.game.discounts
        if discounts is None or not discounts.row[node]:
            return [-1] * self.game.num_players
        row: list[int] = self.sources.discount[int(discounts.row[node])].tolist()
        return row

    def _length(self) -> int:
        depth = [0] * self.game.num_nodes
        for node in range(self.game.num_nodes):
            for child in self.game.children_of(node):
                depth[child] = max(depth[child], depth[node] + 1)
        return max(depth) + 1


def _column(values: Sequence[int]) -> Ints:
    return np.array(values, dtype=np.int32)
