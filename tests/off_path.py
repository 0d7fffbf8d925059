"""What moves can be best off the path, whatever is believed there.

Continuations count between their worst and their best where what is done is not known, each node by
itself, so what is found impossible is impossible.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise

import numpy as np

from detente.game.sequence_form import sequence_form
from detente.game.tree import CHANCE, Game

Supports = dict[int, "list[Fraction] | tuple[int, ...]"]
"""Information set → the probabilities of its moves, where they are known, or the moves that have a
positive one; those that are missing may do anything."""

Values = list[Fraction]


class Continuations:
    """A tree of perfect recall without discounts, as lists.

    `last_first` : the players' information sets, those that come later in the tree first
    """

    def __init__(self, game: Game) -> None:
        self.game = game
        sets = game.infosets
        self.start: list[int] = sets.action_start[: sets.num_player_infosets + 1].tolist()
        self.mover: list[int] = game.mover.tolist()
        self.infoset: list[int] = game.infoset.tolist()
        self.kids = [kids.tolist() for kids in np.split(game.children, game.child_start[1:-1])]
        self.chance = {
            h: sets.probabilities(h) for h in range(sets.num_player_infosets, len(sets))
        }
        self.members: list[list[int]] = [[] for _ in range(sets.num_player_infosets)]
        depth = [0] * game.num_nodes
        for node, kids in enumerate(self.kids):
            if self.mover[node] >= 0:
                self.members[self.infoset[node]].append(node)
            for child in kids:
                depth[child] = depth[node] + 1
        self.last_first = sorted(
            range(len(self.members)), key=lambda h: -max(depth[node] for node in self.members[h])
        )
        self.gain = {
            int(player): [game.payoff(node)[int(player)] for node in range(game.num_nodes)]
            for player in set(sets.mover[: sets.num_player_infosets].tolist())
        }
        form = sequence_form(game)
        self.movers = form.movers
        self._sequence_of = {
            own.first_infoset + k: (m, int(own.start[k]))
            for m, own in enumerate(form.sequences) for k in range(own.num_infosets)
        }

    def width(self, infoset: int) -> int:
        """How many moves there are."""
        return self.start[infoset + 1] - self.start[infoset]

    def owner(self, infoset: int) -> int:
        """Whose information set it is."""
        return self.mover[self.members[infoset][0]]

    def reached(self, used: Sequence[Sequence[bool]]) -> set[int]:
        """The information sets that play comes to if the movers use these sequences."""
        found, waiting = set(), [0]
        while waiting:
            node = waiting.pop()
            h, kids = self.infoset[node], self.kids[node]
            if self.mover[node] == CHANCE:
                waiting += [c for c, p in zip(kids, self.chance[h], strict=True) if p]
            elif self.mover[node] >= 0:
                found.add(h)
                m, first = self._sequence_of[h]
                waiting += [c for k, c in enumerate(kids) if used[m][first + k]]
        return found

    def bounds(self, player: int, supports: Supports) -> tuple[Values, Values]:
        """What each node is worth to a player from there on, at least and at most."""
        low, high = self.gain[player][:], self.gain[player][:]
        for node in range(len(self.kids) - 1, -1, -1):
            kids = self.kids[node]
            if not kids:
                continue
            h = self.infoset[node]
            done = self.chance[h] if self.mover[node] == CHANCE else supports.get(h)
            if isinstance(done, list):
                for child, p in zip(kids, done, strict=True):
                    if p:
                        low[node] += p * low[child]
                        high[node] += p * high[child]
            else:
                some = kids if done is None else [kids[a] for a in done]
                low[node] += min(low[child] for child in some)
                high[node] += max(high[child] for child in some)
        return low, high

    def trembles(self, supports: Supports) -> list[frozenset[int]]:
        """Per node the moves (flat) on the way to it that are never made; chance's below zero."""
        found: list[frozenset[int]] = [frozenset()] * len(self.kids)
        for node, kids in enumerate(self.kids):
            h = self.infoset[node]
            for k, child in enumerate(kids):
                if self.mover[node] == CHANCE:
                    never, name = not self.chance[h][k], -1 - child
                else:
                    done, name = supports[h], self.start[h] + k
                    never = not done[k] if isinstance(done, list) else k not in done
                found[child] = found[node] | {name} if never else found[node]
        return found

    def ties(
        self, behavior: dict[int, list[Fraction]], infoset: int, support: Sequence[int]
    ) -> list[list[Fraction]]:
        """Probabilities at an information set, with two moves, at which moves elsewhere tie; and
        those between. Everything else is done as in `behavior`."""
        if len(support) != 2:
            return [behavior[infoset]]
        width = self.width(infoset)
        ends = [
            {**behavior, infoset: [Fraction(int(k == a)) for k in range(width)]} for a in support
        ]
        roots = {Fraction(0), Fraction(1)}
        for player in self.gain:
            worth = [self.bounds(player, dict(end))[0] for end in ends]
            for h, nodes in enumerate(self.members):
                if self.owner(h) == player and h != infoset:
                    for some in self._classes(nodes, behavior):
                        roots |= self._roots(some, worth)
        places = sorted(roots)
        between = [(p + q) / 2 for p, q in pairwise(places)]
        found = []
        for p in sorted({*between, *places[1:-1]}):
            odds = [Fraction(0)] * width
            odds[support[1]], odds[support[0]] = p, 1 - p
            found.append(odds)
        return found

    def _roots(self, nodes: dict[int, Fraction], worth: list[Values]) -> set[Fraction]:
        """Where, on the way from one end to the other, two moves at these nodes tie."""
        width = len(self.kids[next(iter(nodes))])
        at = [
            [sum((w * v[self.kids[n][k]] for n, w in nodes.items()), Fraction(0))
             for k in range(width)] for v in worth
        ]  # fmt: skip
        found = set()
        for a in range(width):
            for b in range(a):
                here, there = at[0][a] - at[0][b], at[1][a] - at[1][b]
                if here * there < 0:
                    found.add(here / (here - there))
        return found

    def _classes(
        self, nodes: list[int], behavior: dict[int, list[Fraction]]
    ) -> list[dict[int, Fraction]]:
        """The nodes, put together where the same unexpected moves lead to them, with the odds
        among those."""
        zeros = self.trembles(dict(behavior))
        mass = [Fraction(1)] * len(self.kids)
        for node, kids in enumerate(self.kids):
            h = self.infoset[node]
            done = self.chance[h] if self.mover[node] == CHANCE else behavior.get(h, [])
            for child, p in zip(kids, done, strict=False):
                mass[child] = mass[node] * (p or 1)
        found: dict[frozenset[int], dict[int, Fraction]] = {}
        for node in nodes:
            found.setdefault(zeros[node], {})[node] = mass[node]
        return list(found.values())


def possible(
    continuations: Continuations, supports: Supports, reached: set[int], trembles: bool = False
) -> bool:
    """Whether what is done can be best, under some belief, at every information set off the path.

    Information sets that are `reached`, or at which nothing is settled, are not looked at.
    `trembles` : everything is settled, so that no belief is in nodes that take more unexpected
        moves than another of their information set, the same ones among them
    """
    bounds = {player: continuations.bounds(player, supports) for player in continuations.gain}
    zeros = continuations.trembles(supports) if trembles else None
    for h, done in supports.items():
        if h in reached:
            continue
        nodes = continuations.members[h]
        if zeros is not None:
            nodes = [n for n in nodes if not any(zeros[other] < zeros[n] for other in nodes)]
        moves = [a for a, p in enumerate(done) if p] if isinstance(done, list) else list(done)
        if not _some_belief(continuations, nodes, moves, *bounds[continuations.owner(h)]):
            return False
    return True


def _some_belief(
    continuations: Continuations, nodes: list[int], moves: list[int], low: Values, high: Values
) -> bool:
    """Whether some odds of the nodes let all these moves be best, as far as bounds tell."""
    kids = continuations.kids
    rows = []
    for a in moves:
        for b in range(len(kids[nodes[0]])):
            if b != a:
                gains = [low[kids[n][b]] - high[kids[n][a]] for n in nodes]
                if min(gains) > 0:
                    return False
                if max(gains) > 0:
                    rows.append(gains)
    if any(all(row[k] <= 0 for row in rows) for k in range(len(nodes))):
        return True
    from detente.linear.programs import feasible

    found = feasible(rows, [0] * len(rows), [[1] * len(nodes)], [1])
    return found.point is not None
