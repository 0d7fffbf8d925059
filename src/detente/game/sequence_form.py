"""The sequence form of a game of perfect recall (Koller, Megiddo and von Stengel 1996).

A sequence of a player is the list of its own moves that lead to a node. With perfect recall an
information set is led to by one sequence, so each own action makes one new sequence, and a behavior
strategy corresponds to a realization plan: a weight a sequence, 1 for the empty one, such that the
weights of an information set's actions add up to that of the sequence that leads to it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from math import lcm
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detente.errors import NotSupported
from detente.game.information import information
from detente.game.profile import Profile
from detente.game.rationals import INT64_MAX
from detente.game.tree import CHANCE, Game

Plan = Sequence[Fraction] | NDArray[np.float64]
"""A realization plan: the weight of each of a player's sequences, exact or in floating point."""


@dataclass(frozen=True, eq=False)
class Sequences:
    """The sequences of one player: 0 is the empty one, then one an own action, in flat order.

    `player` : its index in the game
    `first_infoset` : the game's number of its first information set; its others follow
    `start` : int32 (num_infosets + 1,), the actions at its k-th information set are the sequences
        start[k] … start[k+1] - 1; start[0] is 1
    `parent` : int32 (num_infosets,), the sequence that leads to each; always a smaller number than
        those of its actions
    """

    player: int
    first_infoset: int
    start: NDArray[np.int32]
    parent: NDArray[np.int32]

    @property
    def num_infosets(self) -> int:
        """How many information sets the player has."""
        return len(self.parent)

    @property
    def num(self) -> int:
        """How many sequences the player has, the empty one included."""
        return int(self.start[-1])

    @cached_property
    def infoset(self) -> NDArray[np.int32]:
        """int32 (num,), which of its information sets (from 0) each sequence ends at; -1 first."""
        owner = np.repeat(np.arange(self.num_infosets, dtype=np.int32), np.diff(self.start))
        return np.concatenate([np.array([-1], dtype=np.int32), owner])

    @cached_property
    def constraints(self) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int8]]:
        """(row, column, entry) of the matrix E of E x = e: row 0 says that the empty sequence has
        weight one, row k + 1 that those of the k-th information set add up to its parent's; e is
        (1, 0, …, 0)."""
        row = np.concatenate([[0], self.infoset[1:] + 1, np.arange(1, self.num_infosets + 1)])
        column = np.concatenate([np.arange(self.num), self.parent])
        entry = np.concatenate([np.ones(self.num), -np.ones(self.num_infosets)])
        return row.astype(np.int32), column.astype(np.int32), entry.astype(np.int8)

    def plan(self, behavior: Callable[[int], Sequence[Any]]) -> list[Any]:
        """The realization plan of a behavior strategy, given by information set of the game."""
        weights: list[Any] = [Fraction(1)] * self.num
        for k in range(self.num_infosets):
            above = weights[int(self.parent[k])]
            for j, p in enumerate(behavior(self.first_infoset + k)):
                weights[int(self.start[k]) + j] = above * p
        return weights

    def behavior(self, plan: Plan) -> list[list[Any] | None]:
        """The probabilities at each of its information sets; None where the plan excludes it."""
        found: list[list[Any] | None] = []
        for k in range(self.num_infosets):
            above = plan[int(self.parent[k])]
            own = plan[int(self.start[k]) : int(self.start[k + 1])]
            found.append([weight / above for weight in own] if above else None)
        return found


@dataclass(frozen=True, eq=False)
class SequenceForm:
    """The sequence form of a game.

    `sequences` : one a player that moves, in the order of players (`movers` are their indices)
    `at` : int32 (num_entries, num_movers), the combinations of sequences at which somebody gains
        something, in lexicographic order, each once
    `payoffs` : one column a party of the game (those that never move included): what each
        combination adds, times the party's denominator: int64, or object (Python ints) where some
        do not fit. Chance is multiplied in
    `denominators` : one positive int a party
    """

    game: Game = field(repr=False)
    sequences: tuple[Sequences, ...]
    at: NDArray[np.int32]
    payoffs: tuple[NDArray[Any], ...]
    denominators: tuple[int, ...]

    @cached_property
    def movers(self) -> tuple[int, ...]:
        """The game's indices of the players that have sequences."""
        return tuple(own.player for own in self.sequences)

    def dense(self, mover: int) -> NDArray[Any]:
        """What the mover-th moving player gains, times its denominator, by combination: an array
        with one axis a moving player; int64, or object where some do not fit."""
        column = self.payoffs[self.movers[mover]]
        table = np.zeros([own.num for own in self.sequences], dtype=column.dtype)
        table[tuple(self.at.T)] = column
        return table

    def expected(self, plans: Sequence[Plan]) -> tuple[Any, ...]:
        """What each party of the game gets where the movers play these realization plans."""
        if any(isinstance(plan, np.ndarray) for plan in plans):
            chances = np.ones(len(self.at))
            for k, plan in enumerate(plans):
                chances *= np.asarray(plan, dtype=np.float64)[self.at[:, k]]
            return tuple(
                float(chances @ _quotients(column, d))
                for column, d in zip(self.payoffs, self.denominators, strict=True)
            )
        weights, unit = self._weights(plans)
        used = np.flatnonzero(weights != 0)
        return tuple(
            Fraction(int((weights[used] * column[used]).sum()), unit * d)
            for column, d in zip(self.payoffs, self.denominators, strict=True)
        )

    def _weights(self, plans: Sequence[Plan]) -> tuple[NDArray[np.object_], int]:
        """How likely each combination is, in Python ints over one denominator."""
        weights, denominator = np.ones(len(self.at), dtype=object), 1
        for k, plan in enumerate(plans):
            unit = lcm(*(weight.denominator for weight in plan))
            whole = [weight.numerator * (unit // weight.denominator) for weight in plan]
            weights *= np.array(whole, dtype=object)[self.at[:, k]]
            denominator *= unit
        return weights, denominator

    def profile(self, plans: Sequence[Plan], free: Profile | None = None) -> Profile:
        """The behavior profile of realization plans.

        At information sets that a player's own plan excludes it does what `free` does there, or
        takes its first action.
        """
        sets = self.game.infosets
        vector: list[Any] = []
        for own, plan in zip(self.sequences, plans, strict=True):
            for k, played in enumerate(own.behavior(plan)):
                h = own.first_infoset + k
                if played is None:
                    width = int(sets.action_start[h + 1] - sets.action_start[h])
                    first = [Fraction(1)] + [Fraction(0)] * (width - 1)
                    played = list(free.at(h)) if free is not None else first
                vector += played
        if any(isinstance(p, (float, np.floating)) for p in vector):
            return Profile.mixed(self.game, np.array([float(p) for p in vector]))
        return Profile.mixed(self.game, vector)


def _quotients(column: NDArray[Any], denominator: int) -> NDArray[np.float64]:
    """The numbers over the denominator, in floating point, however long both are."""
    return np.array([v / denominator for v in column.tolist()], dtype=np.float64)


def sequence_form(game: Game) -> SequenceForm:
    """The sequence form of a game, exactly.

    Raises NotSupported for imperfect recall, naming who forgets where: there a behavior strategy
    has no realization plan. Raises it too for shared continuations, which are no tree; expand them.

    >>> from detente.game.builder import Builder
    >>> b = Builder(["A", "B"])
    >>> def reply(n):
    ...     return b.decide("B", {"l": b.end(0, n), "r": b.end(1, 1)}, infoset="reply")
    >>> x, y = reply(0), reply(2)
    >>> form = sequence_form(b.build(b.decide("A", {"x": x, "y": y}, label="first")))
    >>> [own.num for own in form.sequences], form.dense(1).tolist()
    ([3, 3], [[0, 0, 0], [0, 0, 1], [0, 2, 1]])
    """
    if not game.is_tree:
        raise NotSupported("the sequence form is of a tree; this game shares continuations.")
    structure = information(game)
    if not structure.perfect_recall:
        raise NotSupported(
            f"the sequence form needs perfect recall. {structure.witness['perfect_recall']} Split "
            "that information set by what its player did before."
        )
    movers = sorted(set(game.infosets.mover[: game.infosets.num_player_infosets].tolist()))
    history, reach, reaches = _histories(game, movers)
    sequences = tuple(_sequences(game, player, history[:, k]) for k, player in enumerate(movers))
    return _with_payoffs(game, sequences, history, reach, reaches)


def _histories(
    game: Game, movers: list[int]
) -> tuple[NDArray[np.int32], NDArray[np.int64], list[Fraction]]:
    """Per node the last sequence of each mover and an index into chance's distinct reaches."""
    sets = game.infosets
    first = {p: int(np.searchsorted(sets.mover[: sets.num_player_infosets], p)) for p in movers}
    history = np.zeros((game.num_nodes, len(movers)), dtype=np.int32)
    reach = np.zeros(game.num_nodes, dtype=np.int64)
    reaches = [Fraction(1)]
    numbered = {Fraction(1): 0}
    level = np.zeros(1, dtype=np.int64)
    while True:
        width = game.child_start[level + 1] - game.child_start[level]
        above = np.repeat(level, width)
        if not len(above):
            return history, reach, reaches
        inside = np.arange(len(above)) - np.repeat(np.cumsum(width) - width, width)
        below = game.children[game.child_start[above] + inside]
        flat = sets.action_start[game.infoset[above]] + inside
        history[below], reach[below] = history[above], reach[above]
        mover = game.mover[above]
        for k, player in enumerate(movers):
            own = mover == player
            offset = int(sets.action_start[first[player]]) - 1
            history[below[own], k] = flat[own] - offset
        moved = mover == CHANCE
        if moved.any():
            actions = flat[moved] - sets.num_player_actions
            keys = reach[above[moved]] * len(sets.probability) + actions
            distinct, which = np.unique(keys, return_inverse=True)
            found = np.empty(len(distinct), dtype=np.int64)
            for i, key in enumerate(distinct.tolist()):
                before, action = divmod(key, len(sets.probability))
                value = reaches[before] * sets.probability[action]
                if value not in numbered:
                    numbered[value] = len(reaches)
                    reaches.append(value)
                found[i] = numbered[value]
            reach[below[moved]] = found[which.reshape(-1)]
        level = below.astype(np.int64)


def _sequences(game: Game, player: int, history: NDArray[np.int32]) -> Sequences:
    sets = game.infosets
    owners = sets.mover[: sets.num_player_infosets]
    first = int(np.searchsorted(owners, player, side="left"))
    stop = int(np.searchsorted(owners, player, side="right"))
    start = sets.action_start[first : stop + 1] - sets.action_start[first] + 1
    parent = np.zeros(stop - first, dtype=np.int32)
    nodes = np.flatnonzero(game.mover == player)
    parent[game.infoset[nodes] - first] = history[nodes]
    return Sequences(player, first, start.astype(np.int32), parent)


def _with_payoffs(
    game: Game,
    sequences: tuple[Sequences, ...],
    history: NDArray[np.int32],
    reach: NDArray[np.int64],
    reaches: list[Fraction],
) -> SequenceForm:
    nodes = np.flatnonzero(game.outcome >= 0)
    combinations, where = np.unique(history[nodes], axis=0, return_inverse=True)
    where = where.reshape(-1)
    gains = [_gains(game, nodes, reach, reaches, party) for party in range(game.num_players)]
    denominators, columns = [], []
    for values, which in gains:
        denominator = lcm(*{value.denominator for value in values})
        integers = [value.numerator * (denominator // value.denominator) for value in values]
        most = max(map(abs, integers), default=0) * max(len(nodes), 1)
        small = most <= INT64_MAX
        column: NDArray[Any] = np.zeros(len(combinations), dtype=np.int64 if small else object)
        np.add.at(column, where, np.array(integers, dtype=column.dtype)[which])
        denominators.append(denominator)
        columns.append(column)
    return SequenceForm(game, sequences, combinations, tuple(columns), tuple(denominators))


def _gains(
    game: Game,
    nodes: NDArray[np.int64],
    reach: NDArray[np.int64],
    reaches: list[Fraction],
    party: int,
) -> tuple[list[Fraction], NDArray[np.int64]]:
    """A party's distinct gains, chance and discounts multiplied in, and which each node has."""
    factor, factors = _discounts(game, party)
    rows = np.stack([reach[nodes], game.outcome[nodes], factor[nodes]], axis=1)
    distinct, which = np.unique(rows, axis=0, return_inverse=True)
    payoffs = game.outcomes.payoffs
    unit = payoffs.denominators[party]
    values = [
        reaches[r] * Fraction(payoffs.numerator(outcome, party), unit) * factors[f]
        for r, outcome, f in distinct.tolist()
    ]
    return values, which.reshape(-1)


def _discounts(game: Game, party: int) -> tuple[NDArray[np.int64], list[Fraction]]:
    """Per node an index into the distinct products of the party's discounts on the way to it."""
    index = np.zeros(game.num_nodes, dtype=np.int64)
    factors = [Fraction(1)]
    if game.discounts is None:
        return index, factors
    numbered = {Fraction(1): 0}
    for node in range(game.num_nodes):
        here = factors[int(index[game.parent[node]])] if node else Fraction(1)
        discount = game.discount(node)
        if discount is not None:
            here *= discount[party]
        if here not in numbered:
            numbered[here] = len(factors)
            factors.append(here)
        index[node] = numbered[here]
    return index, factors
