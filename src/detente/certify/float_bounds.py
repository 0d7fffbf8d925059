"""How much a profile in floating point lets its players gain, in floating point, with a bound.

The whole game is gone through level by level, in numpy; then each player's infosets from the last
to the first. Every number that comes out is a sum of payoffs times positive factors, each with a
relative error that the count of roundings on its way bounds (Higham 2002, lemma 3.1), and the
largest of several such is off by no more than the worst of them; so the same sums over magnitudes
bound the errors.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import fsum, inf

import numpy as np
from numpy.typing import NDArray

from detente.certify.checks import ROUNDING
from detente.game.tree import Game

FLOAT_FROM = 1000
"""Nodes from which a profile in floating point is judged so; smaller games are judged exactly."""
_DEEPEST = 400
"""Moves in a row up to which going level by level pays."""
_UNIT = 2.0**-53
_SPARE = 1 + 1e-6
"""Room for the roundings of the bounds themselves."""

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Bound:
    """A player's gain from its best plan lies between `least` and `most`, and starts here.

    `explained` : what rounding explains of it, from below and from above
    """

    least: float
    most: float
    player: int
    node: int
    action: int
    explained: tuple[float, float]


def bound(game: Game, vector: Floats) -> Bound | None:
    """The largest gain that a player may have from another plan; None where this cannot tell.

    For trees of perfect recall without discounts whose profile is not pure.
    """
    suits = game.is_tree and game.discounts is None and game.num_nodes >= FLOAT_FROM
    if not suits or np.isin(vector, (0, 1)).all():
        return None
    levels = _levels(game)
    weight = _weights(game, vector)
    if levels is None or weight is None:
        return None
    found = [_Player(game, levels, weight, i) for i in np.unique(game.mover[game.mover >= 0])]
    if any(one.error == inf for one in found):
        return None
    best = max(found, key=lambda one: one.gain)
    node, action = best.departure()
    most = max(one.gain + one.error for one in found)
    return Bound(
        best.gain - best.error, max(most, 0.0), best.player, node, action, _explained(best)
    )


# ── the tree by levels ──────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class _Level:
    """The nodes after so many moves, their parents, and the flat actions between."""

    nodes: Ints
    parents: Ints
    flats: Ints


def _levels(game: Game) -> list[_Level] | None:
    """From the first moves on; None where there are too many levels."""
    start, children = game.child_start.astype(np.int64), game.children
    first = game.infosets.action_start.astype(np.int64)
    found: list[_Level] = []
    above = np.zeros(1, dtype=np.int64)
    while len(found) <= _DEEPEST:
        width = start[above + 1] - start[above]
        parents = np.repeat(above, width)
        if not len(parents):
            return found
        place = np.arange(len(parents)) - np.repeat(np.cumsum(width) - width, width)
        nodes = children[start[parents] + place].astype(np.int64)
        found.append(_Level(nodes, parents, first[game.infoset[parents]] + place))
        above = nodes
    return None


def _weights(game: Game, vector: Floats) -> Floats | None:
    """The probability of every flat action, players' divided by their sums; None if not valid."""
    sets = game.infosets
    start = sets.action_start[: sets.num_player_infosets].astype(np.int64)
    if not np.isfinite(vector).all() or vector.min(initial=0) < 0:
        return None
    sums = np.add.reduceat(vector, start)
    if np.abs(sums - 1).max() > float(ROUNDING) * 0.99:
        return None
    chance = sets.probability
    odds = chance.numerators / chance.denominators
    for position, value in chance.large.items():
        odds[position] = float(value)
    width = np.diff(sets.action_start)[: len(start)]
    return np.concatenate([vector / np.repeat(sums, width), odds])


# ── one player ──────────────────────────────────────────────────────────────────────────────────


class _Player:
    """What a player gains by its best plan against the others.

    `gain`, `error` : the truth lies no further than the error from the gain
    `action` : what each flat player action is worth, weighted by the others' reach
    """

    def __init__(self, game: Game, levels: list[_Level], weight: Floats, player: int) -> None:
        self.game, self.levels, self.weight, self.player = game, levels, weight, int(player)
        self.gain, self.error = self._judge()

    def _judge(self) -> tuple[float, float]:
        try:
            column = self.payoffs
        except OverflowError:
            return 0.0, inf
        others, self.own, self.follows = self._reaches()
        amounts = others * column
        self.action, best, roundings = self._settle(amounts)
        _, magnitude, _ = self._settle(np.abs(amounts))
        planned = fsum((amounts * self.own).tolist())
        widest = int(np.diff(self.game.infosets.action_start).max(initial=1))
        count = roundings + len(self.levels) * (max(widest, 3) + 2) + 8
        if not (np.isfinite(magnitude) and count < 2**29):
            return 0.0, inf
        relative = count * _UNIT / (1 - count * _UNIT)
        # Underflow errs by less than 2^-1074 an operation, times a payoff; zeros do not underflow.
        largest = float(np.abs(column).max(initial=0))
        tiny = 1e-300 * len(column) * (1 + largest) if largest else 0.0
        error = (2 * relative * magnitude + tiny) * _SPARE
        return best - planned, error + abs(best - planned) * _UNIT * 2

    @cached_property
    def payoffs(self) -> Floats:
        """What each node adds for the player."""
        payoffs = self.game.outcomes.payoffs
        column = payoffs.numerators[:, self.player].astype(np.float64)
        for (row, player), value in payoffs.large.items():
            if player == self.player:
                column[row] = float(value)
        column = np.append(column / payoffs.denominators[self.player], 0.0)
        return np.asarray(column[self.game.outcome])

    def _reaches(self) -> tuple[Floats, Floats, Ints]:
        """How far the others and chance, and the player, let play come; its last own action."""
        size = self.game.num_nodes
        others, own = np.ones(size), np.ones(size)
        follows = np.full(size, -1, dtype=np.int64)
        mover = self.game.mover
        for level in self.levels:
            mine = mover[level.parents] == self.player
            weight = self.weight[level.flats]
            others[level.nodes] = others[level.parents] * np.where(mine, 1.0, weight)
            own[level.nodes] = own[level.parents] * np.where(mine, weight, 1.0)
            follows[level.nodes] = np.where(mine, level.flats, follows[level.parents])
        return others, own, follows

    def _settle(self, amounts: Floats) -> tuple[list[float], float, int]:
        """What each own action is worth, all of the best plan, and the most additions in a row."""
        counted = amounts != 0
        places = self.follows[counted] + 1
        size = self.game.infosets.num_player_actions + 1
        action: list[float] = np.bincount(places, amounts[counted], size).tolist()
        terms: list[int] = np.bincount(places, minlength=size).tolist()
        longest = [0] * size
        start = self._start
        for h, above in zip(reversed(self._infosets), reversed(self._parents), strict=True):
            a, b = start[h] + 1, start[h + 1] + 1
            action[above] += max(action[a:b])
            terms[above] += 1
            deep = max(n + k for n, k in zip(terms[a:b], longest[a:b], strict=True))
            longest[above] = max(longest[above], deep)
        return action[1:], action[0], terms[0] + longest[0]

    @cached_property
    def _start(self) -> list[int]:
        return list(self.game.infosets.action_start.tolist())

    @cached_property
    def _first_nodes(self) -> tuple[Ints, Ints]:
        nodes = np.flatnonzero(self.game.mover == self.player)
        infosets, first = np.unique(self.game.infoset[nodes], return_index=True)
        return infosets.astype(np.int64), nodes[first]

    @cached_property
    def _infosets(self) -> list[int]:
        """The player's; each one's number is greater than those before it."""
        return list(self._first_nodes[0].tolist())

    @cached_property
    def _parents(self) -> list[int]:
        """The last own action before each, plus one."""
        return [int(flat) + 1 for flat in self.follows[self._first_nodes[1]]]

    def departure(self) -> tuple[int, int]:
        """The node where the best plan seems to depart from what play does, and its better move."""
        nodes = self._first_nodes[1].tolist()
        found = (nodes[0], 0)
        for h, node in zip(self._infosets, nodes, strict=True):
            worth = self.action[self._start[h] : self._start[h + 1]]
            odds = self.weight[self._start[h] : self._start[h + 1]].tolist()
            best = max(worth)
            planned = sum(p * q for p, q in zip(odds, worth, strict=True))
            if self.own[node] and planned < best:
                found = (node, worth.index(best))
                if best - planned > abs(self.gain) / (2 * len(nodes)):
                    break
        return found


# ── what rounding explains ──────────────────────────────────────────────────────────────────────


def _explained(one: _Player) -> tuple[float, float]:
    """The most that the gain can change if probabilities move, as `rounding.explained` has it."""
    game, column = one.game, one.payoffs
    low, high, shift = np.zeros_like(column), np.zeros_like(column), np.zeros_like(column)
    for level in reversed(one.levels):
        nodes, first = level.nodes, _starts(level.parents)
        shift[nodes] += np.where(game.mover[nodes] >= 0, high[nodes] - low[nodes], 0.0)
        low[nodes] += column[nodes]
        high[nodes] += column[nodes]
        above = level.parents[first]
        low[above] = np.minimum.reduceat(low[nodes], first)
        high[above] = np.maximum.reduceat(high[nodes], first)
        shift[above] = np.maximum.reduceat(shift[nodes], first)
    total = float(shift[0] + (high[0] - low[0] if game.mover[0] >= 0 else 0.0))
    # So many sums of so many payoffs, each sum rounded at every step.
    slack = 8 * len(one.levels) ** 3 * _UNIT * float(np.abs(column).max(initial=0))
    scale = 2 * float(ROUNDING)
    return scale * (total - slack) / _SPARE, scale * (total + slack) * _SPARE


def _starts(parents: Ints) -> Ints:
    """Where each parent's children begin."""
    return np.flatnonzero(np.concatenate([[True], parents[1:] != parents[:-1]]))
