"""Gains where information is hidden and recall perfect: by information set, subgame by subgame.

A profile is an equilibrium of every subgame exactly if, in each, nobody gains by other moves
outside the smaller subgames that it holds, which yield what the profile makes of them: each node is
looked at once, however deep subgames nest. The whole game as the only one is Nash equilibrium.
Within one, payoffs weighted by the others' and chance's reach are gathered at the player's last own
action; then infosets are settled from the last to the first, each passing its best on to the action
before it (von Stengel 1996, section 5).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from itertools import pairwise
from typing import Any, NamedTuple

from detente.certify.passes import Gain, Plan, chance_weights, plan_weights
from detente.game.tree import Game

FLINT_FROM = 1000
"""Nodes from which python-flint's rationals repay their import."""


class Found(NamedTuple):
    """The largest gain, and the root of the subgame where it is made.

    `single` : whether its player moves at one information set there, outside smaller subgames
    """

    gain: Gain
    root: int = 0
    single: bool = False


@dataclass(frozen=True, eq=False)
class Walk:
    """A tree under a plan, as plain lists.

    `weight` : of each flat action, its probability: int, Fraction or flint's fmpq
    """

    game: Game
    weight: list[Any]
    mover: list[int] = field(init=False)
    infoset: list[int] = field(init=False)
    parent: list[int] = field(init=False)
    below: list[list[int]] = field(init=False)
    start: list[int] = field(init=False)
    outcome: list[int] = field(init=False)

    def __post_init__(self) -> None:
        game = self.game
        put = object.__setattr__
        put(self, "mover", game.mover.tolist())
        put(self, "infoset", game.infoset.tolist())
        put(self, "parent", game.parent.tolist())
        put(self, "below", _families(game))
        put(self, "start", game.infosets.action_start.tolist())
        put(self, "outcome", game.outcome.tolist())

    @classmethod
    def of(cls, game: Game, plan: Plan) -> Walk:
        """The walk of a plan."""
        weights = [*plan_weights(game, plan), *chance_weights(game)]
        fast = game.num_nodes >= FLINT_FROM
        return cls(game, [fast_number(w) for w in weights] if fast else weights)

    @property
    def players(self) -> list[int]:
        """Those that move."""
        return sorted({mover for mover in self.mover if mover >= 0})

    @property
    def fast(self) -> bool:
        """Whether numbers are python-flint's."""
        return len(self.mover) >= FLINT_FROM

    @cached_property
    def flat(self) -> list[int]:
        """The flat action that leads to each node; -1 for the first."""
        flat = [-1] * len(self.mover)
        for node, children in enumerate(self.below):
            first = self.start[self.infoset[node]]
            for k, child in enumerate(children):
                flat[child] = first + k
        return flat

    def payoffs(self, player: int) -> list[int]:
        """What each node adds for a player, times its denominator."""
        column = [*self.game.outcomes.payoffs.integer_column(player), 0]
        return [column[row] for row in self.outcome]

    def discounts(self, player: int) -> list[Any] | None:
        """A player's factor at each node; None where there are none."""
        given = self.game.discounts
        if given is None:
            return None
        factors = [row[player] for row in given.factors]
        if self.fast:
            factors = [fast_number(factor) for factor in factors]
        return [factors[row] for row in given.row.tolist()]

    def values(self, player: int) -> list[Any]:
        """What a player expects at each node, times its denominator, before the node's discount."""
        value: list[Any] = list(self.payoffs(player))
        factors = self.discounts(player)
        for node in range(len(value) - 1, 0, -1):
            weight = self.weight[self.flat[node]]
            if weight:
                worth = value[node] if factors is None else value[node] * factors[node]
                value[self.parent[node]] += worth if weight == 1 else weight * worth
        return value


def _families(game: Game) -> list[list[int]]:
    children, start = game.children.tolist(), game.child_start.tolist()
    return [children[a:b] for a, b in pairwise(start)]


def fast_number(number: Any) -> Any:
    """The number as python-flint knows it, where it is no whole one."""
    from flint import fmpq

    if isinstance(number, Fraction):
        return fmpq(number.numerator, number.denominator)
    return number


def as_fraction(number: Any) -> Fraction:
    """The number as the package knows it."""
    if isinstance(number, int | Fraction):
        return Fraction(number)
    return Fraction(int(number.p), int(number.q))


def largest(found: Sequence[Found]) -> Found:
    """The largest of several gains; at the first subgame where some are the same."""
    none = Found(Gain(Fraction(0)))
    return max(found, key=lambda one: (one.gain.amount, -one.root), default=none)


def plan_gains(game: Game, plan: Plan, roots: Sequence[int] | None = None) -> Found:
    """The largest gain from another plan, or, in subgames, from another plan for one of them.

    `roots` : ascending, where these subgames start, the first node of the game among them. Gains
        count payoffs as they stand at the subgame's first node, before its discount; without
        `roots`, where the whole game is judged, the first node's discount counts
    """
    walk = Walk.of(game, plan)
    layer = _layers(walk, roots or (0,))
    return largest([player_gain(walk, i, layer, roots is None) for i in walk.players])


def _layers(walk: Walk, roots: Sequence[int]) -> list[int]:
    """The first node of the smallest subgame that each node belongs to."""
    layer = [0] * len(walk.mover)
    for root in roots:
        layer[root] = root
    starts = set(roots)
    for node in range(1, len(layer)):
        if node not in starts:
            layer[node] = layer[walk.parent[node]]
    return layer


# ── one player ──────────────────────────────────────────────────────────────────────────────────


@dataclass
class _Gathered:
    """What a player's actions are worth, weighted by how far the others and chance let play come.

    `action` : of each flat player action, what follows before the player's next move
    `best` : subgame -> what comes before any move of the player there, then all of the best plan
    `met` : infoset -> (first node met, last own flat action in the subgame or -1)
    """

    action: list[Any]
    best: dict[int, Any]
    met: dict[int, tuple[int, int]]


def player_gain(walk: Walk, player: int, layer: list[int], whole: bool) -> Found:
    """The largest gain of a player who remembers all it did.

    `layer` : the first node of the smallest subgame looked at that each node belongs to
    `whole` : whether the game is the only one
    """
    values = walk.values(player)
    got = _gather(walk, player, layer, values)
    for h in sorted(got.met, reverse=True):  # an infoset's number is greater than those before it
        node, follows = got.met[h]
        most = max(got.action[walk.start[h] : walk.start[h + 1]])
        if follows >= 0:
            got.action[follows] += most
        else:
            got.best[layer[node]] += most
    root = max(got.best, key=lambda r: (got.best[r] - values[r], -r))
    unit = walk.game.outcomes.payoffs.denominators[player]
    amount = as_fraction(got.best[root] - values[root]) / unit
    if not amount:
        return Found(Gain(amount))
    factors = walk.discounts(player)
    if whole and factors is not None:
        amount *= as_fraction(factors[0])
    inside = [h for h in sorted(got.met) if layer[got.met[h][0]] == root]
    node, action = _departure(walk, got, inside)
    return Found(Gain(amount, player, node, action), root, len(inside) == 1)


def _gather(walk: Walk, player: int, layer: list[int], values: list[Any]) -> _Gathered:
    payoff, factors = walk.payoffs(player), walk.discounts(player)
    got = _Gathered([0] * walk.game.infosets.num_player_actions, {0: 0}, {})
    follows = [-1] * len(layer)
    reach: list[Any] = [0] * len(layer)
    for node, root in enumerate(layer):
        here: Any = reach[node]
        if here and factors is not None:
            here = here * factors[node]
        if node == root:
            if here and values[node]:
                # To the subgame around it this one is an end of play.
                _add(got, follows[node], layer[walk.parent[node]], here * values[node])
            follows[node], here = -1, 1
            got.best[node] = 0
        if not here:
            continue  # nothing from here on counts before the next subgame
        if payoff[node]:
            _add(got, follows[node], root, here * payoff[node])
        children = walk.below[node]
        if walk.mover[node] == player:
            h = walk.infoset[node]
            got.met.setdefault(h, (node, follows[node]))
            for flat, child in enumerate(children, start=walk.start[h]):
                follows[child], reach[child] = flat, here
            continue
        for flat, child in enumerate(children, start=walk.start[walk.infoset[node]]):
            weight = walk.weight[flat]
            follows[child] = follows[node]
            reach[child] = here if weight == 1 else here * weight
    return got


def _add(got: _Gathered, follows: int, root: int, amount: Any) -> None:
    if follows >= 0:
        got.action[follows] += amount
    else:
        got.best[root] += amount


def _departure(walk: Walk, got: _Gathered, inside: list[int]) -> tuple[int, int]:
    """The first node that play reaches where the best plan beats the prescribed move, and how."""
    own: dict[int, Any] = {-1: 1}
    for h in inside:
        node, follows = got.met[h]
        flats = range(walk.start[h], walk.start[h + 1])
        worth = [got.action[flat] for flat in flats]
        odds = [walk.weight[flat] for flat in flats]
        arrives = own.get(follows, 0)
        if arrives and sum(p * q for p, q in zip(odds, worth, strict=True)) < max(worth):
            return node, worth.index(max(worth))
        own.update((flat, arrives and p) for flat, p in zip(flats, odds, strict=True))
    raise AssertionError("a plan that gains departs at a node that play reaches")

