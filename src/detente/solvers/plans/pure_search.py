"""All pure Nash equilibria of a tree, found depth first, one information set after another.

Two pure profiles with the same realization plan are one, so an information set that its player's
own moves exclude gets no choice. Three kinds of information set are settled in this order: those
that play arrives at; those that it arrives at once one player deviates, until nobody gains by that;
those that nobody arrives at alone, which matter to nobody. A partial profile is given up as soon as
a player's best reply, with the others' open choices at their worst for it, is worth more than its
own plan with all open choices at their best.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from math import lcm

import numpy as np

from detente.game.tree import CHANCE, Game

OPEN = -1
"""No choice yet, or none needed."""


@dataclass(frozen=True)
class _View:
    """What a player gains by deviating, with what is settled so far.

    `value` : what its best reply is worth at least
    `opens` : the first information set of another's, not settled, that a deviation meets
    """

    value: int
    opens: int | None


class PureSearch:
    """The search in a tree of perfect recall; `profiles` goes through all equilibria.

    All payoffs are whole numbers: chance and discounts are multiplied in, over one denominator a
    player.
    """

    def __init__(self, game: Game, check: Callable[[], None]) -> None:
        self.check = check
        self.num_infosets = game.infosets.num_player_infosets
        self.start: list[int] = game.infosets.action_start[: self.num_infosets + 1].tolist()
        self.owner: list[int] = game.infosets.mover[: self.num_infosets].tolist()
        self.players = sorted(set(self.owner))
        self.mover: list[int] = game.mover.tolist()
        self.infoset: list[int] = game.infoset.tolist()
        self.kids = [kids.tolist() for kids in np.split(game.children, game.child_start[1:-1])]
        self._number(game)
        self.above = self._last_own_actions()
        self.choice = [OPEN] * self.num_infosets
        self.order = self._promising_first()

    # ── the numbers ────────────────────────────────────────────────────────────────────────────

    def _number(self, game: Game) -> None:
        """gain, low, high: by player, by node; possible: whether chance lets play arrive."""
        size = game.num_nodes
        reach = [Fraction(1)] * size
        for node in range(size):
            if self.mover[node] == CHANCE:
                odds = game.infosets.probabilities(self.infoset[node])
                for child, p in zip(self.kids[node], odds, strict=True):
                    reach[child] = reach[node] * p
            else:
                for child in self.kids[node]:
                    reach[child] = reach[node]
        self.possible = [bool(weight) for weight in reach]
        self.gain: dict[int, list[int]] = {}
        self.low: dict[int, list[int]] = {}
        self.high: dict[int, list[int]] = {}
        for player in self.players:
            amounts = _amounts(game, player, reach)
            unit = lcm(*{amount.denominator for amount in amounts})
            gain = [amount.numerator * (unit // amount.denominator) for amount in amounts]
            low, high = gain[:], gain[:]
            for node in range(size - 1, -1, -1):
                kids = self.kids[node]
                if kids:
                    chance = self.mover[node] == CHANCE
                    low[node] += (sum if chance else min)(low[child] for child in kids)
                    high[node] += (sum if chance else max)(high[child] for child in kids)
            self.gain[player], self.low[player], self.high[player] = gain, low, high

    def _last_own_actions(self) -> list[int]:
        """By information set, the own action (flat) that leads to it; OPEN at the first ones."""
        above = [OPEN] * self.num_infosets
        for player in self.players:
            last = [OPEN] * len(self.mover)
            for node, kids in enumerate(self.kids):
                own = self.mover[node] == player
                if own:
                    above[self.infoset[node]] = last[node]
                for k, child in enumerate(kids):
                    last[child] = self.start[self.infoset[node]] + k if own else last[node]
        return above

    def _promising_first(self) -> list[list[int]]:
        """By information set, its actions, the one that backward induction suggests first.

        Children before parents, a move is worth what it gains on average over its information set;
        what lies below is worth what its own first action brings. Under perfect information this is
        backward induction itself.
        """
        members: list[list[int]] = [[] for _ in range(self.num_infosets)]
        for node, h in enumerate(self.infoset):
            if self.mover[node] >= 0:
                members[h].append(node)
        best: list[int | None] = [None] * self.num_infosets
        order = [list(range(self.start[h + 1] - self.start[h])) for h in range(self.num_infosets)]
        value = {player: self.gain[player][:] for player in self.players}
        left = [len(nodes) for nodes in members]
        for node in range(len(self.mover) - 1, -1, -1):
            kids, h = self.kids[node], self.infoset[node]
            if not kids:
                continue
            if self.mover[node] == CHANCE:
                for worth in value.values():
                    worth[node] += sum(worth[child] for child in kids)
                continue
            left[h] -= 1
            if left[h] == 0:  # the first member: all below all of them is known
                own = value[self.owner[h]]
                total = [sum(own[self.kids[v][k]] for v in members[h]) for k in order[h]]
                order[h].sort(key=lambda k, total=total: -total[k])  # type: ignore[misc]
                best[h] = order[h][0]
            for worth in value.values():
                below = [worth[child] for child in kids]
                chosen = best[h]
                worth[node] += below[chosen] if chosen is not None else sum(below) // len(below)
        return order

    # ── the search ─────────────────────────────────────────────────────────────────────────────

    def profiles(self) -> Iterator[list[int]]:
        """Every equilibrium, as one action an information set, OPEN where it is excluded."""
        stack: list[tuple[int, Iterator[int]]] = []
        self.settled_at: int | None = None  # choices made when the path was settled
        while True:
            self.check()
            h = self._next(len(stack))
            if h is None:
                yield self.choice[:]
            if h is not None and h >= 0:
                stack.append((h, iter(self.order[h])))
            while stack:
                h, actions = stack[-1]
                self.choice[h] = next(actions, OPEN)
                if self.choice[h] != OPEN:
                    break
                stack.pop()
            if not stack:
                return
            if self.settled_at is not None and len(stack) <= self.settled_at:
                self.settled_at = None  # a move on the path has changed

    def _next(self, depth: int) -> int | None:
        """The information set to settle next; None where all are, OPEN where it is hopeless.

        `depth` : choices made so far
        """
        on_path, most = self._path()
        views = {player: self._deviation(player) for player in self.players}
        if any(views[player].value > most[player] for player in self.players):
            return OPEN
        if on_path is not None:
            return on_path
        if self.settled_at is None:
            # Where two move, whether the one can be held to its payoff by what the other does off
            # the path does not depend on the converse: fail before the two are combined.
            self.settled_at = depth
            if not all(self._can_be_held(player, most[player]) for player in self.players):
                return OPEN
        for view in views.values():
            if view.opens is not None:
                return view.opens
        return self._not_excluded()

    def _can_be_held(self, player: int, most: int) -> bool:
        """Whether the others can settle what is open so that this player gains by no deviation."""
        before, stack = self.choice[:], [(OPEN, iter([0]))]
        next(stack[0][1])
        view = self._deviation(player)
        while True:
            self.check()
            if view.value <= most:
                if view.opens is None:
                    self.choice = before
                    return True
                stack.append((view.opens, iter(self.order[view.opens])))
            while True:
                h, actions = stack[-1]
                if h == OPEN:
                    self.choice = before
                    return False
                self.choice[h] = next(actions, OPEN)
                if self.choice[h] != OPEN:
                    break
                stack.pop()
            view = self._deviation(player)

    def _path(self) -> tuple[int | None, dict[int, int]]:
        """The first open information set that play arrives at, and each player's payoff at most."""
        most = dict.fromkeys(self.players, 0)
        first, waiting = None, [0]
        while waiting:
            node = waiting.pop()
            if not self.possible[node]:
                continue
            kids, h = self.kids[node], self.infoset[node]
            if self.mover[node] >= 0 and self.choice[h] == OPEN:
                first = h if first is None else first
                for player in self.players:
                    most[player] += self.high[player][node]
                continue
            for player in self.players:
                most[player] += self.gain[player][node]
            if self.mover[node] >= 0:
                waiting.append(kids[self.choice[h]])
            else:
                waiting += reversed(kids)
        return first, most

    def _deviation(self, player: int) -> _View:
        """The player's best reply, a pass over its sequences (von Stengel 1996).

        worth : by own sequence (0 the empty one, then the flat actions plus one), what it gains
            there and after, best replies included
        """
        gain, low, kids = self.gain[player], self.low[player], self.kids
        mover, infoset, choice = self.mover, self.infoset, self.choice
        worth: dict[int, int] = {0: 0}
        met: set[int] = set()
        opens: int | None = None
        waiting = [(0, 0)]
        while waiting:
            node, sequence = waiting.pop()
            if not self.possible[node]:
                continue
            who, h = mover[node], infoset[node]
            if who >= 0 and who != player and choice[h] == OPEN:
                opens = h if opens is None else opens
                worth[sequence] += low[node]
                continue
            worth[sequence] += gain[node]
            if who == player:
                met.add(h)
                for k, child in enumerate(kids[node]):
                    worth.setdefault(self.start[h] + k + 1, 0)
                    waiting.append((child, self.start[h] + k + 1))
            elif who >= 0:
                waiting.append((kids[node][choice[h]], sequence))
            else:
                waiting += [(child, sequence) for child in kids[node]]
        for h in sorted(met, reverse=True):  # an information set comes after those that lead to it
            best = max(worth[flat + 1] for flat in range(self.start[h], self.start[h + 1]))
            worth[self.above[h] + 1] += best
        return _View(worth[0], opens)

    def _not_excluded(self) -> int | None:
        """The first open information set that its player's own choices do not exclude."""
        for h in range(self.num_infosets):
            if self.choice[h] == OPEN and self.allowed(self.choice, h):
                return h
        return None

    def allowed(self, choice: list[int], infoset: int) -> bool:
        """Whether the player's own choices allow play to arrive there."""
        flat = self.above[infoset]
        if flat == OPEN:
            return True
        before = bisect_right(self.start, flat) - 1
        return choice[before] == flat - self.start[before]


def _amounts(game: Game, player: int, reach: list[Fraction]) -> list[Fraction]:
    """What arriving at each node adds to a player's expected payoff, where the players go there."""
    factor = [Fraction(1)] * game.num_nodes
    amounts = []
    for node in range(game.num_nodes):
        if game.discounts is not None:
            discount = game.discount(node)
            above = factor[int(game.parent[node])] if node else Fraction(1)
            factor[node] = above * discount[player] if discount else above
        gained = game.outcome[node] >= 0 and reach[node]
        amounts.append(game.payoff(node)[player] * reach[node] * factor[node] if gained
                       else Fraction(0))  # fmt: skip
    return amounts
