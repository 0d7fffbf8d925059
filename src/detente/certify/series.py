"""Certificates of one pure plan after another of the same game.

Values are kept from plan to plan; a changed move is settled anew, and then whatever leads to a node
whose values have changed, towards the root. What is judged is the same as in `certify`: at every
node each move against the planned one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from heapq import heappop, heappush
from math import lcm

import numpy as np
from numpy.typing import NDArray

from detente.certify.passes import NO_GAIN, Gain
from detente.game.tree import Game

Row = tuple[int, ...]
"""What each player gets, times its player's scale."""


class OneShotSeries:
    """The largest gain from one move, and the least loss, of pure plans one after another.

    For games of perfect information. Payoffs are whole numbers: each player's times a scale that
    every chance move and discount on any path divides.

    >>> from detente.game.builder import Builder
    >>> b = Builder(["A"])
    >>> game = b.build(b.decide("A", {"stop": b.end(0), "go": b.end(1)}))
    >>> series = OneShotSeries(game)
    >>> series.judge(np.array([0]))[0].amount, series.judge(np.array([1]))
    (Fraction(1, 1), (Gain(amount=Fraction(0, 1), player=-1, node=-1, action=-1), Fraction(1, 1)))
    """

    def __init__(self, game: Game) -> None:
        self.mover: list[int] = game.mover.tolist()
        self.node_of = np.zeros(game.infosets.num_player_infosets, dtype=np.int64)
        decisions = np.flatnonzero(game.mover >= 0)
        self.node_of[game.infoset[decisions]] = decisions
        self.below = [part.tolist() for part in np.split(game.children, game.child_start[1:-1])]
        self.above: list[list[int]] = [[] for _ in self.below]
        for node, children in enumerate(self.below):
            for child in children:
                self.above[child].append(node)
        self.chances = _chances(game)
        scale = _scale(game, self.below, self.chances)
        table = game.outcomes.payoffs
        columns = (
            [amount * factor for amount in table.integer_column(player)]
            for player, factor in enumerate(scale)
        )
        self.payoff: list[Row] = list(zip(*columns, strict=True))
        self.outcome: list[int] = game.outcome.tolist()
        self.discount = [game.discount(node) for node in range(len(self.below))]
        self.unit = [Fraction(1, d * s) for d, s in zip(table.denominators, scale, strict=True)]
        self.plan: NDArray[np.integer] | None = None
        self.taken = [0] * len(self.below)
        self.value: list[Row] = [()] * len(self.below)
        self.gain: dict[int, int] = {}  # of the nodes where a move gains
        self.losses: list[list[int]] = [[] for _ in game.players]
        self.place = self._places()

    def _places(self) -> list[int]:
        """Where each node's least loss stands among its player's; -1 where there is one move."""
        place = [-1] * len(self.below)
        for node, mover in enumerate(self.mover):
            if mover >= 0 and len(self.below[node]) > 1:
                place[node] = len(self.losses[mover])
                self.losses[mover].append(0)
        return place

    def judge(self, plan: NDArray[np.integer]) -> tuple[Gain, Fraction | None]:
        """As `one_shot_gain` says of the plan, the action at each player infoset."""
        before, self.plan = self.plan, None  # an interrupt leaves nothing half settled
        if before is None:
            self._take(np.arange(len(plan)), plan)
            for node in range(len(self.below) - 1, -1, -1):
                self.value[node] = self._settled(node)
        else:
            changed = np.flatnonzero(before != plan)
            self._take(changed, plan)
            self._spread(self.node_of[changed].tolist())
        self.plan = plan.copy()
        return self._largest_gain(), self._least_loss()

    def _take(self, infosets: NDArray[np.int64], plan: NDArray[np.integer]) -> None:
        nodes, actions = self.node_of[infosets].tolist(), plan[infosets].tolist()
        for node, action in zip(nodes, actions, strict=True):
            self.taken[node] = action

    def _spread(self, nodes: list[int]) -> None:
        """Settle these nodes, and those before them as far as values change; later ones first."""
        waiting: list[int] = []
        seen = set(nodes)
        for node in nodes:
            heappush(waiting, -node)
        while waiting:
            node = -heappop(waiting)
            row = self._settled(node)
            if row == self.value[node]:
                continue
            self.value[node] = row
            for above in self.above[node]:
                if above not in seen:
                    seen.add(above)
                    heappush(waiting, -above)

    def _settled(self, node: int) -> Row:
        """A node's values, from those of its children; its gain and loss are noted."""
        children, mover = self.below[node], self.mover[node]
        row: Sequence[int] = (0,) * len(self.unit)
        if mover >= 0:
            row = self.value[children[self.taken[node]]]
            self._compare(node, mover, row[mover])
        elif children:
            weights, divisor = self.chances[node]
            rows = [self.value[child] for child in children]
            row = [
                sum(w * x for w, x in zip(weights, column, strict=True)) // divisor
                for column in zip(*rows, strict=True)
            ]
        if self.outcome[node] >= 0:
            row = [x + y for x, y in zip(row, self.payoff[self.outcome[node]], strict=True)]
        factors = self.discount[node]
        if factors is not None:
            row = [
                x // f.denominator * f.numerator for x, f in zip(row, factors, strict=True)
            ]
        return tuple(row)

    def _compare(self, node: int, mover: int, planned: int) -> None:
        place = self.place[node]
        if place < 0:
            return
        offers = [self.value[child][mover] for child in self.below[node]]
        del offers[self.taken[node]]
        best = max(offers)
        self.losses[mover][place] = max(planned - best, 0)
        if best > planned:
            self.gain[node] = best - planned
        else:
            self.gain.pop(node, None)

    def _largest_gain(self) -> Gain:
        if not self.gain:
            return NO_GAIN
        amount, negative = max(
            (gain * self.unit[self.mover[node]], -node) for node, gain in self.gain.items()
        )
        node = -negative
        mover = self.mover[node]
        offers = [self.value[child][mover] for child in self.below[node]]
        return Gain(amount, mover, node, offers.index(max(offers)))

    def _least_loss(self) -> Fraction | None:
        pairs = zip(self.losses, self.unit, strict=True)
        return min((min(losses) * unit for losses, unit in pairs if losses), default=None)


def _chances(game: Game) -> dict[int, tuple[list[int], int]]:
    """Of each chance node, whole weights and what they sum to."""
    by_infoset: dict[int, tuple[list[int], int]] = {}
    found = {}
    for node in np.flatnonzero(game.mover == -1).tolist():
        h = int(game.infoset[node])
        if h not in by_infoset:
            odds = game.infosets.probabilities(h)
            divisor = lcm(*(p.denominator for p in odds))
            weights = [p.numerator * (divisor // p.denominator) for p in odds]
            by_infoset[h] = weights, divisor
        found[node] = by_infoset[h]
    return found


def _scale(
    game: Game, below: list[list[int]], chances: dict[int, tuple[list[int], int]]
) -> list[int]:
    """Of each player, what every division on the way divides."""
    def one(factor: Callable[[int], int]) -> int:
        need = [1] * len(below)
        for node in range(len(below) - 1, -1, -1):
            whole = lcm(*{need[child] for child in below[node]})
            need[node] = whole * chances.get(node, ((), 1))[1] * factor(node)
        return need[0]

    if game.discounts is None:
        return [one(lambda node: 1)] * game.num_players
    rows, factors = game.discounts.row.tolist(), game.discounts.factors
    return [
        one(lambda node, i=player: factors[rows[node]][i].denominator)  # type: ignore[misc]
        for player in range(game.num_players)
    ]
