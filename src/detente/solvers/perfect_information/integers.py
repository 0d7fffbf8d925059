"""A game's numbers as integers over one scale a player, so that every step after is exact."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from math import lcm, prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detente.errors import OutOfTime
from detente.game.kernels import COMPILE_FROM, Kernel, compile_from, kernel_for
from detente.game.tree import CHANCE, TERMINAL, Game
from detente.solvers.perfect_information.backward_kernel import (
    backward_pass,
    bounds_pass,
    chance_layers,
    magnitude_pass,
)

CHUNK = 65_536
"""Nodes between two looks at the clock."""


@dataclass(frozen=True, eq=False)
class FirstPass:
    """One equilibrium: at every node the first best action.

    `value` : (num_nodes * num_players,), scaled payoffs from each node on
    `choice` : (num_nodes,), the action taken; 0 where no player moves
    `tied_below` : (num_nodes,), 1 where the node or one after it has several best actions
    `tied` : how many nodes have several; without any, the equilibrium is the only one
    """

    value: Any
    choice: Any
    tied_below: Any
    tied: int


@dataclass(frozen=True, eq=False)
class BoundsPass:
    """Bounds of every player's payoff from every node on; columns as in `bounds_pass`."""

    low: Any
    high: Any
    low_sure: Any
    high_sure: Any


class IntegerGame:
    """The game in integers: player i's payoffs are multiples of 1 / scale[i].

    Chance and discounts divide; `scale` holds a factor for each of their layers, so that no
    division ever leaves a remainder.
    """

    def __init__(self, game: Game, compiled: bool | None = None) -> None:
        self.game = game
        self.num_players = game.num_players
        self._large = game.num_nodes >= compile_from() if compiled is None else compiled
        denominators = game.outcomes.payoffs.denominators
        self.scale = tuple(d * f for d, f in zip(denominators, self._player_factors, strict=True))
        self.in_int64 = self._large and self._fits()

    # ── the scale ──────────────────────────────────────────────────────────────────────────────

    @cached_property
    def _layer(self) -> NDArray[np.int32]:
        """int32 (num_nodes,), see `chance_layers`."""
        game = self.game
        divides = game.mover == CHANCE
        if game.discounts is not None:
            divides = divides | (game.discounts.row != 0)
        layer = np.zeros(game.num_nodes, dtype=np.int32)
        if not divides.any():
            return layer
        if self._large:
            run = kernel_for(chance_layers, COMPILE_FROM)
            run(game.mover, game.child_start, game.children, divides, layer)
            return layer
        column = layer.tolist()
        chance_layers(self.mover, self.child_start, self.children, divides.tolist(), column)
        return np.array(column, dtype=np.int32)

    @cached_property
    def _chance_moves(self) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """Of every chance move: its layer, its place among the chance actions, its node's width."""
        game = self.game
        nodes = np.flatnonzero(game.mover == CHANCE)
        first = game.child_start[nodes].astype(np.int64)
        width = game.child_start[nodes + 1] - first
        flat = game.infosets.action_start[game.infoset[nodes]] - game.infosets.num_player_actions
        within = np.arange(width.sum()) - np.repeat(np.cumsum(width) - width, width)
        layer = self._layer[nodes].astype(np.int64)
        return np.repeat(layer, width), np.repeat(flat, width) + within, np.repeat(width, width)

    @cached_property
    def chance_scale(self) -> int:
        """Probabilities of arriving anywhere are multiples of one over this."""
        layer, place, _ = self._chance_moves
        probability = self.game.infosets.probability
        by_layer = _by_layer(layer, probability.denominators[place])
        if probability.large:
            for level, i in zip(layer.tolist(), place.tolist(), strict=True):
                by_layer[level].add(probability[i].denominator)
        return prod(lcm(*values) for values in by_layer.values())

    @cached_property
    def uniform_scale(self) -> int:
        """The same where all moves of a chance node are equally likely."""
        layer, _, width = self._chance_moves
        return prod(lcm(*values) for values in _by_layer(layer, width).values())

    @cached_property
    def _player_factors(self) -> list[int]:
        """By what the payoff denominators are multiplied, one a player."""
        factors = [self.chance_scale] * self.num_players
        discounts = self.game.discounts
        if discounts is None:
            return factors
        nodes = np.flatnonzero(discounts.row)
        layers = _by_layer(self._layer[nodes], discounts.row[nodes]).values()
        for i in range(self.num_players):
            divisors = [[discounts.factors[row][i].denominator for row in rows] for rows in layers]
            factors[i] *= prod(lcm(*layer) for layer in divisors)
        return factors

    def _fits(self) -> bool:
        """Whether no number on the way can leave 64 bits."""
        game, payoffs = self.game, self.game.outcomes.payoffs
        probability = game.infosets.probability
        if payoffs.large or probability.large or max(self._player_factors) >= 2**62:
            return False
        column = payoffs.numerators
        most = max(int(column.max(initial=0)), -int(column.min(initial=0)))
        most *= max(self._player_factors)
        adds_up = bool((game.outcome[game.mover != TERMINAL] >= 0).any())
        if most >= 2**62 or not (adds_up or game.discounts is not None):
            return most < 2**62
        row, up, down = self._discount_columns
        if max(map(abs, [*up, *down]), default=0) >= 2**62:
            return False
        factor = np.array([abs(n / d) for n, d in zip(up, down, strict=True)])
        bound = kernel_for(magnitude_pass, COMPILE_FROM)(
            self.num_players, game.child_start, game.children, game.outcome,
            np.abs(column.astype(np.float64)).ravel(), np.array(row, dtype=np.int32), factor,
            np.zeros(game.num_nodes * self.num_players),
        )
        # Twice as much room as there has to be: far more than the rounding of the bound itself.
        return bool(bound * max(self._player_factors) < 2**62)

    # ── columns, as lists ──────────────────────────────────────────────────────────────────────

    @cached_property
    def mover(self) -> list[int]:
        return self.game.mover.tolist()  # type: ignore[no-any-return]

    @cached_property
    def child_start(self) -> list[int]:
        return self.game.child_start.tolist()  # type: ignore[no-any-return]

    @cached_property
    def children(self) -> list[int]:
        return self.game.children.tolist()  # type: ignore[no-any-return]

    @cached_property
    def infoset(self) -> list[int]:
        return self.game.infoset.tolist()  # type: ignore[no-any-return]

    @cached_property
    def outcome(self) -> list[int]:
        return self.game.outcome.tolist()  # type: ignore[no-any-return]

    @cached_property
    def action_start(self) -> list[int]:
        return self.game.infosets.action_start.tolist()  # type: ignore[no-any-return]

    @cached_property
    def payoff(self) -> list[int]:
        """Scaled payoffs, (num_outcomes * num_players,)."""
        table, n = self.game.outcomes.payoffs, self.num_players
        flat = [0] * (len(table) * n)
        for i, factor in enumerate(self._player_factors):
            column = table.integer_column(i)
            flat[i::n] = column if factor == 1 else [x * factor for x in column]
        return flat

    @cached_property
    def probability(self) -> tuple[list[int], list[int]]:
        """Numerators and denominators of the chance actions."""
        probability = self.game.infosets.probability
        up, down = probability.numerators.tolist(), probability.denominators.tolist()
        for i, value in probability.large.items():
            up[i], down[i] = value.numerator, value.denominator
        return up, down

    @cached_property
    def _discount_columns(self) -> tuple[list[int], list[int], list[int]]:
        discounts = self.game.discounts
        if discounts is None:
            return [], [], []
        up = [factor.numerator for row in discounts.factors for factor in row]
        down = [factor.denominator for row in discounts.factors for factor in row]
        return discounts.row.tolist(), up, down

    def moves(self, node: int) -> list[int]:
        """The node's children."""
        return self.children[self.child_start[node] : self.child_start[node + 1]]

    def gain(self, node: int) -> list[int] | None:
        """The scaled payoffs on arriving at the node, None where there are none."""
        outcome, n = self.outcome[node], self.num_players
        return self.payoff[outcome * n : outcome * n + n] if outcome >= 0 else None

    def weights(self, node: int) -> tuple[list[int], list[int]]:
        """Numerators and denominators of a chance node's moves."""
        h = self.infoset[node]
        first = self.game.infosets.num_player_actions
        part = slice(self.action_start[h] - first, self.action_start[h + 1] - first)
        up, down = self.probability
        return up[part], down[part]

    def discount(self, node: int) -> tuple[Fraction, ...] | None:
        """The factors on everything from the node on, None where all are one."""
        return self.game.discount(node) if self.game.discounts is not None else None

    def fractions(self, vector: Sequence[int]) -> tuple[Fraction, ...]:
        """Scaled payoffs as the numbers that they stand for."""
        return tuple(Fraction(int(x), s) for x, s in zip(vector, self.scale, strict=True))

    # ── one equilibrium ────────────────────────────────────────────────────────────────────────

    def first_pass(self, deadline: float | None = None) -> FirstPass:
        """Backward induction that takes the first best action everywhere.

        Raises OutOfTime where the deadline (`time.perf_counter`) passes.
        """
        nodes = self.game.num_nodes
        value = self._zeros(nodes * self.num_players, np.int64)
        choice, tied_below = self._zeros(nodes, np.int32), self._zeros(nodes, np.uint8)
        tied = self._run(backward_pass, [value, choice, tied_below], deadline)
        return FirstPass(value, choice, tied_below, tied)

    def bounds_pass(self, deadline: float | None = None) -> BoundsPass:
        """Certified bounds over all equilibria, for games too large for sets; raises as above."""
        size = self.game.num_nodes * self.num_players
        kinds = (np.int64, np.int64, np.uint8, np.uint8)
        columns = [self._zeros(size, kind) for kind in kinds]
        self._run(bounds_pass, columns, deadline)
        return BoundsPass(*columns)

    def _run(self, function: Kernel, filled: list[Any], deadline: float | None) -> int:
        """Run a pass from the last node to the first, with a look at the clock now and then."""
        run = kernel_for(function, COMPILE_FROM) if self.in_int64 else function
        columns = self.arrays() if self.in_int64 else self._lists()
        step = 64 * CHUNK if self.in_int64 else CHUNK
        total = 0
        for last in range(self.game.num_nodes, 0, -step):
            if deadline is not None and time.perf_counter() > deadline:
                raise OutOfTime
            total += int(run(max(last - step, 0), last, self.num_players, *columns, *filled))
        return total

    def _zeros(self, size: int, kind: type[np.integer[Any]]) -> Any:
        return np.zeros(size, dtype=kind) if self.in_int64 else [0] * size

    def _lists(self) -> list[Any]:
        return [
            self.mover, self.child_start, self.children, self.infoset, self.outcome, self.payoff,
            self.action_start, *self.probability, *self._discount_columns,
        ]

    def arrays(self) -> list[Any]:
        """The game's columns as the compiled passes take them."""
        game = self.game
        payoff = game.outcomes.payoffs.numerators
        if max(self._player_factors) > 1:
            payoff = payoff * np.array(self._player_factors, dtype=np.int64)
        row, up, down = self._discount_columns
        return [
            game.mover, game.child_start, game.children, game.infoset, game.outcome,
            np.ascontiguousarray(payoff).ravel(), game.infosets.action_start,
            game.infosets.probability.numerators, game.infosets.probability.denominators,
            np.array(row, dtype=np.int32),
            np.array(up, dtype=np.int64), np.array(down, dtype=np.int64),
        ]


def _by_layer(layer: NDArray[np.integer], values: NDArray[np.integer]) -> dict[int, set[int]]:
    """The distinct values in each layer."""
    pairs: set[tuple[int, int]]
    if len(values) < COMPILE_FROM:  # numpy would first import what a small game does not need
        pairs = set(zip(layer.tolist(), values.tolist(), strict=True))
    else:
        distinct, which = np.unique(values, return_inverse=True)
        keys = np.unique(layer.astype(np.int64) * len(distinct) + which).tolist()
        pairs = {(key // len(distinct), int(distinct[key % len(distinct)])) for key in keys}
    found: dict[int, set[int]] = {}
    for level, value in pairs:
        found.setdefault(level, set()).add(value)
    return found
