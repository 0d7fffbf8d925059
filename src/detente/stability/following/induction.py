"""Set-valued backward induction over functions: what all pure equilibria pay, from every node on.

Payoffs are functions of parameters; what is compared are their signs at one place. Whoever inherits
says what the functions are, what sign one has, and what becomes of the signs relied on: as long as
these stay, so do the equilibria. A difference that is zero throughout is a tie that stays, and both
ways are kept.
"""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from detente.errors import NotSupported, OutOfTime
from detente.game.tree import CHANCE, Game
from detente.stability.following.marks import Marks
from detente.stability.following.numbers import Numbers

VECTORS = 2048
"""Payoff vectors that a node may have."""

Vector: TypeAlias = tuple[Any, ...]
"""What the players who move get from a node on."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One payoff vector of the equilibria from a node on.

    `known` : what the equilibria that pay it do, see `marks`
    `sources` : at a decision, where it comes from: (position of the move, of the entry after it)
    """

    vector: Vector
    known: Any
    sources: tuple[tuple[int, int], ...] = ()


State: TypeAlias = tuple[Entry, ...]


class Induction(ABC):
    """The equilibria of a game of perfect information, as what they pay and do from each node on.

    `marks` : what is asked of the equilibria
    `players` : those who move
    `without` : nodes that no move leads to, unless no other is left; none of them after chance
    `states` : for each node; None where the game is not defined
    `fault` : why it is not

    Raises NotSupported where a node has too many equilibrium payoffs, OutOfTime where the deadline
    (`time.perf_counter`) passes.
    """

    def __init__(
        self,
        game: Game,
        players: Sequence[int],
        marks: Marks,
        deadline: float | None = None,
        without: Collection[int] = (),
    ) -> None:
        self.marks = marks
        self.deadline = deadline
        self.mover: list[int] = game.mover.tolist()
        self.moves = [game.children_of(node) for node in range(game.num_nodes)]
        if without:
            self.moves = [
                [child for child in children if child not in without] or children
                for children in self.moves
            ]
        self._column = {player: i for i, player in enumerate(players)}
        self.states: list[State] | None = None
        self.fault = ""
        self._numbers: Numbers

    # ── what functions are ─────────────────────────────────────────────────────────────────────

    @abstractmethod
    def sign(self, function: Any) -> int:
        """-1, 0 or 1."""

    @abstractmethod
    def key(self, function: Any) -> Any:
        """What two functions have in common only if they are the same."""

    @abstractmethod
    def rely(self, node: int, differences: Sequence[Any]) -> None:
        """Take note that the decision at a node rests on the signs of these."""

    # ── deciding ───────────────────────────────────────────────────────────────────────────────

    def solve(self, numbers: Numbers) -> None:
        """All of it, the last nodes first."""
        self._numbers, self.fault = numbers, ""
        count = len(self.moves)
        self.states = [()] * count
        for node in range(count - 1, -1, -1):
            self._check_time(node)
            self.states[node] = self._node(node)

    def _check_time(self, node: int) -> None:
        if node % 64 == 0 and self.deadline is not None and time.perf_counter() > self.deadline:
            raise OutOfTime

    def _node(self, node: int) -> State:
        mover = self.mover[node]
        if mover >= 0:
            state = self._decision(node, self._column[mover])
        elif mover == CHANCE:
            state = self._chance(node)
        else:
            state = (Entry(self._numbers.nothing, self.marks.start),)
        if len(state) > VECTORS:
            raise NotSupported(
                f"more than {VECTORS} equilibrium payoffs from one node on; they are not followed."
            )
        gain, factor = self._numbers.gains[node], self._numbers.factors[node]
        return tuple([self._arriving(node, entry, gain, factor) for entry in state])

    def _arriving(
        self, node: int, entry: Entry, gain: Vector | None, factor: Vector | None
    ) -> Entry:
        vector = entry.vector
        if gain is not None:
            vector = tuple([v + g for v, g in zip(vector, gain, strict=True)])
        if factor is not None:
            vector = tuple([v * f for v, f in zip(vector, factor, strict=True)])
        return Entry(vector, self.marks.passing(node, entry.known), entry.sources)

    def _decision(self, node: int, column: int) -> State:
        assert self.states is not None
        after = [self.states[child] for child in self.moves[node]]
        least = [self._extreme([e.vector[column] for e in state], -1) for state in after]
        threshold = self._extreme(least, 1)
        relied_on: list[Any] = []
        kept: list[Entry] = []
        for position, state in enumerate(after):
            for place, entry in enumerate(state):
                # That these signs stay is all that the decision relies on: then the threshold
                # stays the least of its own move, and no other move's least exceeds it.
                difference = entry.vector[column] - threshold
                relied_on.append(difference)
                if self.sign(difference) >= 0:
                    kept.append(Entry(entry.vector, entry.known, ((position, place),)))
        self.rely(node, relied_on)
        return tuple(kept) if len(kept) == 1 else self._merged(kept)

    def _extreme(self, values: Sequence[Any], which: int) -> Any:
        best = values[0]
        for value in values[1:]:
            if self.sign(value - best) == which:
                best = value
        return best

    def _chance(self, node: int) -> State:
        assert self.states is not None
        joint: list[Entry] | None = None
        for child, odds in zip(self.moves[node], self._numbers.odds[node], strict=True):
            likely = self.sign(odds) > 0
            outcome = [
                Entry(
                    tuple([odds * v for v in entry.vector]),
                    self.marks.weighed(entry.known, likely),
                )
                for entry in self.states[child]
            ]
            joint = outcome if joint is None else self._combined(joint, outcome)
        assert joint is not None
        return tuple(joint)

    def _combined(self, one: list[Entry], other: list[Entry]) -> list[Entry]:
        """Every sum: continuations after different outcomes are chosen independently."""
        if len(one) * len(other) > 64 * VECTORS:
            raise NotSupported(
                f"more than {64 * VECTORS} combinations of equilibrium payoffs at a move of "
                "chance; they are not followed."
            )
        sums = [
            Entry(
                tuple([v + w for v, w in zip(mine.vector, theirs.vector, strict=True)]),
                self.marks.together(mine.known, theirs.known),
            )
            for mine in one
            for theirs in other
        ]
        return sums if len(sums) == 1 else list(self._merged(sums))

    def _merged(self, entries: Iterable[Entry]) -> State:
        """One entry a vector."""
        found: dict[tuple[Any, ...], Entry] = {}
        for entry in entries:
            name = tuple([self.key(value) for value in entry.vector])
            known = found.get(name)
            if known is not None:
                entry = Entry(
                    entry.vector,
                    self.marks.either(known.known, entry.known),
                    (*known.sources, *entry.sources),
                )
            found[name] = entry
        return tuple(found.values())
