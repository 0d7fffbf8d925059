"""What a profile says of every information set: which nodes trembles lead to, and what moves yield.

A tremble is an action of probability zero, a player's or (should a game have one) chance's. The
nodes of an information set fall into classes of the same trembles: how likely its nodes are within
a class follows from the profile alone, and a class whose trembles are others' and more is
infinitely less likely than they are. Where one class is left, Bayes' rule gives the belief.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import Any

from detente.certify.hidden import Walk, as_fraction, fast_number
from detente.game.tree import Game

Trembles = frozenset[tuple[int, int]]
"""(flat action, how often it is on the path), for each action of probability zero."""


@dataclass(frozen=True)
class Class:
    """Nodes of an information set that the same trembles lead to.

    `trembles` : less those that lead to every node of the information set
    `odds` : node → how likely it is within the class
    `mass` : the product of the positive probabilities on the way, summed over the nodes
    """

    trembles: Trembles
    odds: dict[int, Fraction]
    mass: Fraction

    def order(self, orders: dict[int, int]) -> int:
        """How small the trembles are together; those not named have order 1."""
        return sum(times * orders.get(flat, 1) for flat, times in self.trembles)


@dataclass(frozen=True)
class Offers:
    """What the moves at an information set yield its player, node by node.

    `planned` : node → what the plan yields; `moves` : node → the same of each action. Each counts
    payoffs from the node on, times a common unit and the node's discounts relative to the first's.
    `fast` : whether numbers are python-flint's
    """

    planned: dict[int, Any]
    moves: dict[int, list[Any]]
    fast: bool = False

    @property
    def spread(self) -> Any:
        """How far the most that a move yields at a node lies above the least."""
        amounts = [amount for row in self.moves.values() for amount in row]
        return max(amounts) - min(amounts)

    def gains(self, belief: dict[int, Any]) -> list[Any]:
        """What each action gains over the plan under a belief."""
        width = len(next(iter(self.moves.values())))
        totals: list[Any] = [0] * width
        for node, p in belief.items():
            if p:
                p = fast_number(p) if self.fast else p
                planned = self.planned[node]
                for k, amount in enumerate(self.moves[node]):
                    totals[k] += p * (amount - planned)
        return totals


@dataclass(frozen=True, eq=False)
class Assessment:
    """A profile of a tree of perfect recall, seen from its information sets."""

    walk: Walk
    _worth: dict[int, list[Any]] = field(default_factory=dict)

    @property
    def game(self) -> Game:
        """The game."""
        return self.walk.game

    @cached_property
    def members(self) -> list[list[int]]:
        """The nodes of each player infoset, in order."""
        found: list[list[int]] = [[] for _ in range(self.game.infosets.num_player_infosets)]
        for node, mover in enumerate(self.walk.mover):
            if mover >= 0:
                found[self.walk.infoset[node]].append(node)
        return found

    @cached_property
    def _paths(self) -> tuple[list[int], list[Any], list[tuple[int, int]]]:
        """Per node its trembles, by number, and the product of the positive probabilities; and of
        each number, that of the trembles before the last one, and the last one."""
        walk = self.walk
        number, mass = [0] * len(walk.mover), [1] * len(walk.mover)
        links: list[tuple[int, int]] = [(0, -1)]
        known: dict[tuple[int, int], int] = {}
        for node in range(1, len(number)):
            flat, above = walk.flat[node], walk.parent[node]
            weight = walk.weight[flat]
            number[node], mass[node] = number[above], mass[above]
            if not weight:
                link = number[above], flat
                if link not in known:
                    known[link] = len(links)
                    links.append(link)
                number[node] = known[link]
            elif weight != 1:
                mass[node] = mass[above] * weight
        return number, mass, links

    def reached(self, infoset: int) -> bool:
        """Whether play comes to an infoset at all."""
        number = self._paths[0]
        return any(not number[node] for node in self.members[infoset])

    def classes(self, infoset: int) -> list[Class]:
        """The classes of an infoset that may be believed in, in the order of their first nodes."""
        number, mass, links = self._paths
        nodes: dict[int, list[int]] = {}
        for node in self.members[infoset]:
            nodes.setdefault(number[node], []).append(node)
        if 0 in nodes:
            return [_class(frozenset(), nodes[0], mass)]
        by_trembles: dict[Trembles, list[int]] = {}
        for which, some in nodes.items():
            by_trembles.setdefault(_trembles(links, which), []).extend(some)
        shared = _shared(list(by_trembles))
        found = {_less(trembles, shared): some for trembles, some in by_trembles.items()}
        return [
            _class(trembles, sorted(some), mass) for trembles, some in found.items()
            if not any(_fewer(other, trembles) for other in found)
        ]

    def offers(self, infoset: int) -> Offers:
        """What the moves at an infoset yield."""
        walk, nodes = self.walk, self.members[infoset]
        player = walk.mover[nodes[0]]
        worth = self._worth_of(player)
        first = walk.start[infoset]
        planned, moves = {}, {}
        for node, factor in zip(nodes, self._relative_discounts(player, nodes), strict=True):
            amounts = [worth[child] for child in walk.below[node]]
            if factor != 1:
                amounts = [factor * amount for amount in amounts]
            weights = walk.weight[first : first + len(amounts)]
            planned[node] = sum(w * x for w, x in zip(weights, amounts, strict=True) if w)
            moves[node] = amounts
        return Offers(planned, moves, walk.fast)

    def unit(self, infoset: int) -> Fraction:
        """What one unit of an infoset's offers is worth."""
        player = self.walk.mover[self.members[infoset][0]]
        return Fraction(1, self.game.outcomes.payoffs.denominators[player])

    def _worth_of(self, player: int) -> list[Any]:
        if player not in self._worth:
            values, factors = self.walk.values(player), self.walk.discounts(player)
            if factors is not None:
                values = [value * factor for value, factor in zip(values, factors, strict=True)]
            self._worth[player] = values
        return self._worth[player]

    def _relative_discounts(self, player: int, nodes: list[int]) -> list[Any]:
        """What a payment after each node counts, next to one after the first."""
        factors = self._discounts_to.get(player)
        if factors is None:
            return [1] * len(nodes)
        return [factors[node] / factors[nodes[0]] for node in nodes]

    @cached_property
    def _discounts_to(self) -> dict[int, list[Any]]:
        """The product of each player's discounts on the way to each node, the node's included."""
        found: dict[int, list[Any]] = {}
        for player in range(self.game.num_players):
            factors = self.walk.discounts(player)
            if factors is not None:
                products = list(factors)
                for node in range(1, len(products)):
                    products[node] *= products[self.walk.parent[node]]
                found[player] = products
        return found


def _class(trembles: Trembles, nodes: list[int], mass: list[Any]) -> Class:
    weights = [as_fraction(mass[node]) for node in nodes]
    total = sum(weights, Fraction(0))
    return Class(trembles, {n: w / total for n, w in zip(nodes, weights, strict=True)}, total)


def _trembles(links: list[tuple[int, int]], number: int) -> Trembles:
    counts: Counter[int] = Counter()
    while number:
        number, flat = links[number]
        counts[flat] += 1
    return frozenset(counts.items())


def _shared(sets: list[Trembles]) -> Counter[int]:
    shared = Counter(dict(sets[0]))
    for trembles in sets[1:]:
        shared &= Counter(dict(trembles))
    return shared


def _less(trembles: Trembles, shared: Counter[int]) -> Trembles:
    return frozenset((Counter(dict(trembles)) - shared).items())


def _fewer(one: Trembles, other: Trembles) -> bool:
    """Whether one holds some of the other's trembles and no others."""
    return one != other and Counter(dict(one)) <= Counter(dict(other))
