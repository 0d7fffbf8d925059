"""The passes over a game behind `certify`: what a player gains by deviating from a plan, exactly.

With perfect information one pass from the ends of play to the first move gives all values. In large
games it is compiled and runs on 64-bit integers: every value is scaled by one number that makes all
of them whole (chance and mixtures divide by the common denominator of their probabilities; along a
path these multiply, over branches their least common multiple is taken), and a bound on every sum
is checked first. Small games, discounts, and numbers that do not fit go through the same lines in
Python's integers and fractions. Hidden information is looked into elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from heapq import heappop, heappush
from itertools import chain
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from detente.certify.kernels import best_replies, common_denominators, measure, one_shot
from detente.game import kernels
from detente.game.tree import Game

Plan = NDArray[np.int32] | list[Fraction]
"""The action at each player infoset, or the probability of each flat player action."""

_LIMIT = 1 << 62  # sums stay below this, so that differences of two stay inside 64 bits


class Gain(NamedTuple):
    """The most that can be gained, by whom, and the node and action where the better way starts."""

    amount: Fraction
    player: int = -1
    node: int = -1
    action: int = -1


NO_GAIN = Gain(Fraction(0))


def one_shot_gain(game: Game, plan: Plan) -> tuple[Gain, Fraction | None]:
    """The largest gain from changing one move, over every decision node, reached or not.

    And the least loss from a move that the plan does not surely make, 0 where one gains, None where
    there is none. Both count payoffs as they stand at the node, before the discounts on the way.
    """
    columns = _columns(game, plan)
    players = game.num_players
    value = columns.zeros(game.num_nodes * players)
    gain, at, loss = (columns.zeros(players) for _ in range(3))
    for player in range(players):
        loss[player] = -1
    columns.run(one_shot, value, gain, at, loss)
    best = NO_GAIN
    for player in range(players):
        amount = Fraction(gain[player]) * columns.unit[player]
        node = int(at[player])
        if amount > best.amount or (amount == best.amount > 0 and node < best.node):
            best = Gain(amount, player, node)
    losses = [Fraction(x) * unit for x, unit in zip(loss, columns.unit, strict=True) if x >= 0]
    if best.amount:
        best = best._replace(action=_best_action(game, value, best))
    return best, min(losses, default=None)


def plan_gain(game: Game, plan: Plan) -> Gain:
    """The largest gain from another whole plan, seen from the first move (perfect information)."""
    columns = _columns(game, plan)
    players = game.num_players
    value = columns.zeros(game.num_nodes * players)
    columns.run(one_shot, value, *(columns.zeros(players) for _ in range(3)))
    best_value = columns.zeros(game.num_nodes * players)
    columns.run(best_replies, best_value)
    gains = [
        Gain(Fraction(best_value[i] - value[i]) * columns.unit[i], i) for i in range(players)
    ]
    best = max(gains, key=lambda gain: gain.amount)
    if best.amount <= 0:
        return NO_GAIN
    best = best._replace(node=_first_departure(game, columns, best_value, best.player))
    return best._replace(action=_best_action(game, best_value, best))


# ── where a better plan departs ─────────────────────────────────────────────────────────────────


def _best_action(game: Game, value: Any, gain: Gain) -> int:
    below = [value[child * game.num_players + gain.player] for child in game.children_of(gain.node)]
    return below.index(max(below))


def _first_departure(game: Game, columns: _Columns, best_value: Any, player: int) -> int:
    """The first node that play reaches where the player's best plan beats the prescribed move."""
    queue, seen = [0], {0}
    while queue:
        node = heappop(queue)
        below = game.children_of(node)
        h = int(game.infoset[node])
        first = int(game.infosets.action_start[h])
        weights = [_plain(columns.weight[first + k]) for k in range(len(below))]
        if game.mover[node] == player:
            values = [_plain(best_value[child * game.num_players + player]) for child in below]
            planned = sum(w * v for w, v in zip(weights, values, strict=True))
            if planned < int(columns.divisor[h]) * max(values):
                return node
        for child, weight in zip(below, weights, strict=True):
            if weight and child not in seen:
                seen.add(child)
                heappush(queue, child)
    raise AssertionError("a plan that gains departs at a node that play reaches")


def _plain(number: Any) -> Any:
    return int(number) if isinstance(number, np.integer) else number


# ── columns for the kernels ─────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class _Columns:
    """A game under a plan, for the kernels: arrays where they are compiled, else lists.

    `shape` : mover, infoset, child_start, children, action_start
    `weight` : of each flat action, its probability times the `divisor` of its infoset
    `outcome`, `payoff` : rows, and flat entries (row * players + player); the last row is all 0
    `discount`, `factor` : the same for discounts; row 0 is all 1
    `unit` : a player's values times this are payoffs
    """

    shape: tuple[Any, ...]
    weight: Any
    divisor: Any
    outcome: Any
    payoff: Any
    discount: Any
    factor: Any
    unit: tuple[Fraction, ...]
    compiled: bool = False

    def zeros(self, count: int) -> Any:
        """A column for results."""
        return np.zeros(count, dtype=np.int64) if self.compiled else [0] * count

    def run(self, kernel: kernels.Kernel, *results: Any) -> None:
        """Fill the results."""
        if self.compiled:
            kernel = kernels.kernel_for(kernel, kernels.COMPILE_FROM)
        kernel(
            *self.shape, self.weight, self.divisor, self.outcome, self.payoff,
            self.discount, self.factor, *results,
        )  # fmt: skip


def _columns(game: Game, plan: Plan) -> _Columns:
    if game.num_nodes >= kernels.compile_from() and game.discounts is None:
        columns = _integer_columns(game, plan)
        if columns is not None:
            return columns
    payoffs, players = game.outcomes.payoffs, range(game.num_players)
    amounts = zip(*(payoffs.integer_column(player) for player in players), strict=True)
    discounts = game.discounts
    return _Columns(
        shape=tuple(array.tolist() for array in _shape(game)),
        weight=[*plan_weights(game, plan), *chance_weights(game)],
        divisor=[1] * len(game.infosets),
        outcome=_outcome_rows(game).tolist(),
        payoff=[*chain.from_iterable(amounts), *(0 for _ in players)],
        discount=discounts.row.tolist() if discounts else [0] * game.num_nodes,
        factor=[_slim(f) for row in discounts.factors for f in row] if discounts else [],
        unit=tuple(Fraction(1, denominator) for denominator in payoffs.denominators),
    )


def _shape(game: Game) -> tuple[NDArray[Any], ...]:
    return game.mover, game.infoset, game.child_start, game.children, game.infosets.action_start


def _outcome_rows(game: Game) -> NDArray[np.int32]:
    return np.where(game.outcome < 0, len(game.outcomes), game.outcome).astype(np.int32)


def plan_weights(game: Game, plan: Plan) -> list[Any]:
    """The probability of each flat player action; whole numbers as ints."""
    if isinstance(plan, list):
        return [_slim(p) for p in plan]
    weights = [0] * game.infosets.num_player_actions
    for flat in (game.infosets.action_start[: len(plan)] + plan).tolist():
        weights[flat] = 1
    return weights


def chance_weights(game: Game) -> list[Any]:
    """The probability of each flat chance action; whole numbers as ints."""
    probability = game.infosets.probability
    return [_slim(probability[k]) for k in range(len(probability))]


def _slim(number: Fraction) -> Any:
    return number.numerator if number.denominator == 1 else number


def _integer_columns(game: Game, plan: Plan) -> _Columns | None:
    """The columns in 64-bit integers; None where a number or a sum might not fit."""
    payoffs, sets = game.outcomes.payoffs, game.infosets
    fractions = _integer_probabilities(game, plan)
    if fractions is None or payoffs.large:
        return None
    numerator, denominator = fractions
    divisor = np.ones(len(sets), dtype=np.int64)
    find_common = kernels.kernel_for(common_denominators, kernels.COMPILE_FROM)
    if not find_common(sets.action_start, denominator, divisor, _LIMIT):
        return None
    outcome = _outcome_rows(game)
    zero = np.zeros((1, game.num_players), dtype=np.int64)
    amounts = np.concatenate([payoffs.numerators, zero])
    scale = np.ones(1, dtype=np.int64)
    largest = np.zeros(game.num_players)
    find_scale = kernels.kernel_for(measure, kernels.COMPILE_FROM)
    magnitude = np.abs(amounts.astype(np.float64)).reshape(-1)
    need, sums = np.ones(game.num_nodes, dtype=np.int64), np.zeros(game.num_nodes)
    given = (*_shape(game)[1:4], divisor, outcome, magnitude)
    if not find_scale(*given, need, sums, scale, largest, _LIMIT):
        return None
    # A sum at chance holds one more divisor; the floats err by far less than the factor 1.01.
    if float(scale[0]) * largest.max() * float(divisor.max(initial=1)) * 1.01 >= _LIMIT:
        return None
    return _Columns(
        shape=_shape(game),
        weight=numerator * (np.repeat(divisor, np.diff(sets.action_start)) // denominator),
        divisor=divisor,
        outcome=outcome,
        payoff=(amounts * scale[0]).reshape(-1),
        discount=np.zeros(game.num_nodes, dtype=np.int32),
        factor=np.ones(game.num_players, dtype=np.int64),
        unit=tuple(Fraction(1, d * int(scale[0])) for d in payoffs.denominators),
        compiled=True,
    )


def _integer_probabilities(
    game: Game, plan: Plan
) -> tuple[NDArray[np.int64], NDArray[np.int64]] | None:
    """Numerator and denominator of every flat action; None where one is beyond 64 bits."""
    chance = game.infosets.probability
    if chance.large:
        return None
    if isinstance(plan, list):
        if any(p.denominator >= _LIMIT for p in plan):
            return None
        numerator = np.array([p.numerator for p in plan], dtype=np.int64)
        denominator = np.array([p.denominator for p in plan], dtype=np.int64)
    else:
        numerator = np.zeros(game.infosets.num_player_actions, dtype=np.int64)
        numerator[game.infosets.action_start[: len(plan)] + plan] = 1
        denominator = np.ones(len(numerator), dtype=np.int64)
    return (
        np.concatenate([numerator, chance.numerators]),
        np.concatenate([denominator, chance.denominators]),
    )
