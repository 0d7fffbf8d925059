"""What there is to know of a game before it is solved: sizes, information, sums of payoffs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import lcm, prod
from operator import mul
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from detente.game.information import information, subtree_sizes
from detente.game.rationals import INT64_MAX, Payoffs
from detente.game.tree import TERMINAL, Game

if TYPE_CHECKING:
    from detente.game.strategic import StrategicGame

_Vector = tuple[Fraction, ...]


def facts(game: Game | StrategicGame) -> dict[str, Any]:
    """What `detente info --json` says of a game, by the keys of that contract, and more.

    `why` : each rule that is broken → a sentence that names the node, see `game.information`
    `stored_nodes` : those of the arrays, in which shared continuations stand once

    All numbers are those of the tree that the game stands for, of any size: a shared continuation
    counts as often as it occurs, each time with information sets of its own. `payoff_sum` and
    `constant_sum` are about the payoffs added up (and discounted) along the way to each terminal
    node. `subgames` counts the decision and chance nodes that start a proper subgame, the whole
    game included; a game of a single node has one. Numbers are ints and Fractions.

    Of a strategic form these are the facts of the tree in which the players move in turn and see
    nothing, and `strategies` says how many each has; `stored_nodes` is 0.

    >>> from detente.game.builder import Builder
    >>> b = Builder(["A", "B"])
    >>> found = facts(b.build(b.decide("A", {"x": b.end(1, 2), "y": b.end(3, 0)})))
    >>> found["nodes"], found["payoff_sum"], found["constant_sum"]
    (3, {'A': Fraction(4, 1), 'B': Fraction(2, 1)}, True)
    """
    if not isinstance(game, Game):
        return _strategic_facts(game)
    structure = information(game)
    counted = _count_tree(game) if game.is_tree else _count_shared(game)
    if game.is_tree and game.discounts is None:
        sums, constant = _path_sums(game)
    else:
        sums, constant = _discounted_sums(game), _is_constant_sum(game)
    return {
        "title": game.title,
        "players": list(game.players),
        "nodes": counted["nodes"],
        "terminals": counted["terminals"],
        "infosets": dict(zip(game.players, counted["infosets"], strict=True)),
        "perfect_information": structure.perfect_information,
        "perfect_recall": structure.perfect_recall,
        "constant_sum": constant,
        "subgames": counted["subgames"],
        "payoff_sum": dict(zip(game.players, sums, strict=True)),
        "bundles": [bundle.name for bundle in game.bundles],
        "stored_nodes": game.num_nodes,
        "absent_minded": structure.absent_minded,
        "why": dict(structure.witness),
    }


def _strategic_facts(game: StrategicGame) -> dict[str, Any]:
    payoffs, reached = game.outcomes.payoffs, game.cell[game.cell >= 0]
    widths = [prod(game.shape[:k]) for k in range(game.num_players + 1)]  # nodes a level
    alone = widths[:-1].count(1)
    weights = np.bincount(reached, minlength=len(payoffs))
    return {
        "title": game.title,
        "players": list(game.players),
        "nodes": sum(widths),
        "terminals": widths[-1],
        "infosets": dict.fromkeys(game.players, 1),
        "perfect_information": alone == game.num_players,
        "perfect_recall": True,
        "constant_sum": len(_totals_at(game.cell, _totals(payoffs))) == 1,
        "subgames": alone,
        "payoff_sum": dict(zip(game.players, _weighted(weights, payoffs), strict=True)),
        "bundles": [],
        "strategies": dict(zip(game.players, game.shape, strict=True)),
        "stored_nodes": 0,
        "absent_minded": False,
    }


# ── counts ──────────────────────────────────────────────────────────────────────────────────────


def _count_tree(game: Game) -> dict[str, Any]:
    sets = game.infosets.mover[: game.infosets.num_player_infosets]
    return {
        "nodes": game.num_nodes,
        "terminals": int(np.count_nonzero(game.mover == TERMINAL)),
        "infosets": np.bincount(sets, minlength=game.num_players).tolist(),
        "subgames": len(information(game).subgame_roots),
    }


def _count_shared(game: Game) -> dict[str, Any]:
    """Counts of occurrences: the ways from the root to each stored node."""
    ways = [1] + [0] * (game.num_nodes - 1)
    for node, below in enumerate(_families(game)):
        for child in below:
            ways[child] += ways[node]
    by_mover = [0] * (game.num_players + 2)  # the last two: TERMINAL, CHANCE
    for player, count in zip(game.mover.tolist(), ways, strict=True):
        by_mover[player] += count
    return {
        "nodes": sum(ways),
        "terminals": by_mover[TERMINAL],
        "infosets": by_mover[: game.num_players],
        "subgames": sum(ways) - by_mover[TERMINAL],
    }


def _families(game: Game) -> list[list[int]]:
    start, children = game.child_start.tolist(), game.children.tolist()
    return [children[start[v] : start[v + 1]] for v in range(game.num_nodes)]


# ── sums along the paths of a tree ──────────────────────────────────────────────────────────────


def _path_sums(game: Game) -> tuple[list[Fraction], bool]:
    """Each player's payoffs summed over the ends of play, and whether all ends share one total."""
    payoffs = game.outcomes.payoffs
    ends = game.mover == TERMINAL
    gains = game.outcome >= 0
    inside = bool((gains & ~ends).any())
    weight = _leaves_below(game)[gains] if inside else np.ones(int(gains.sum()), dtype=np.int64)
    sums = _weighted(_summed(game.outcome[gains], weight, len(payoffs)), payoffs)
    total = _totals(payoffs)
    if inside:
        here = [total[o] if o >= 0 else 0 for o in game.outcome.tolist()]
        for node, above in enumerate(game.parent.tolist()):
            if above >= 0:
                here[node] += here[above]
        found = {here[node] for node in np.flatnonzero(ends).tolist()}
    else:
        found = _totals_at(game.outcome[ends], total)
    return sums, len(found) == 1


def _totals_at(outcomes: NDArray[np.int32], total: list[int]) -> set[int]:
    return {total[o] if o >= 0 else 0 for o in np.unique(outcomes).tolist()}


def _leaves_below(game: Game) -> NDArray[np.int64]:
    """int64 (num_nodes,): the terminal nodes of each subtree, which is a slice."""
    up_to = np.concatenate([[0], np.cumsum(game.mover == TERMINAL)])
    below: NDArray[np.int64] = up_to[np.arange(game.num_nodes) + subtree_sizes(game)] - up_to[:-1]
    return below


def _summed(rows: NDArray[np.int32], weight: NDArray[np.int64], num_rows: int) -> NDArray[np.int64]:
    """The weights added up by row, in integers (a weighted bincount would be in floats)."""
    if not len(rows):
        return np.zeros(num_rows, dtype=np.int64)
    order = np.argsort(rows, kind="stable")
    first = np.flatnonzero(np.diff(rows[order], prepend=-1))
    summed = np.zeros(num_rows, dtype=np.int64)
    summed[rows[order][first]] = np.add.reduceat(weight[order], first)
    return summed


def _weighted(weights: NDArray[np.int64], payoffs: Payoffs) -> list[Fraction]:
    return [
        Fraction(_dot(weights, payoffs, player), denominator)
        for player, denominator in enumerate(payoffs.denominators)
    ]


def _dot(weights: NDArray[np.int64], payoffs: Payoffs, player: int) -> int:
    column = payoffs.numerators[:, player]
    if not len(column):
        return 0
    largest = max(-int(column.min()), int(column.max()))
    if not payoffs.large and largest * int(weights.sum()) <= INT64_MAX:
        return int(weights @ column)
    return sum(map(mul, weights.tolist(), payoffs.integer_column(player)))


def _totals(payoffs: Payoffs) -> list[int]:
    """Each outcome's payoffs added up over the players, times their common denominator."""
    common = lcm(*payoffs.denominators)
    totals = [0] * len(payoffs)
    for player, denominator in enumerate(payoffs.denominators):
        scale = common // denominator
        column = payoffs.integer_column(player)
        totals = [total + scale * value for total, value in zip(totals, column, strict=True)]
    return totals


# ── sums where continuations are shared or discounted ───────────────────────────────────────────


def _discounted_sums(game: Game) -> list[Fraction]:
    """Each player's payoffs summed over the ends of the tree, each with the discounts before it."""
    families = _families(game)
    leaves = [1] * game.num_nodes
    sums: list[list[Fraction]] = [[] for _ in range(game.num_nodes)]
    for node in range(game.num_nodes - 1, -1, -1):
        below = families[node]
        if below:
            leaves[node] = sum(leaves[child] for child in below)
        factors = game.discount(node) or (Fraction(1),) * game.num_players
        sums[node] = [
            factor * (amount * leaves[node] + sum(sums[child][player] for child in below))
            for player, (factor, amount) in enumerate(zip(factors, game.payoff(node), strict=True))
        ]
    return sums[0]


def _is_constant_sum(game: Game) -> bool:
    """Whether all ends of a shared or discounted game share one total.

    Discounts that differ between players bend totals, so the whole affine hull of the payoff
    vectors at the ends is kept: a sum is constant on a set exactly when it is on the set's hull,
    and the hull has at most as many dimensions as there are players, however many ends there are.
    """
    hulls: list[_Hull] = [_Hull(())] * game.num_nodes
    families = _families(game)
    for node in range(game.num_nodes - 1, -1, -1):
        hull = _spanned([hulls[child] for child in families[node]], game.num_players)
        if game.discounts is None and not hull.has_constant_sum:
            return False
        hulls[node] = hull.moved(game.payoff(node), game.discount(node))
    return hulls[0].has_constant_sum


@dataclass(frozen=True)
class _Hull:
    """A point, and independent directions by which the affine hull spreads from it."""

    point: _Vector
    directions: tuple[_Vector, ...] = ()

    @property
    def has_constant_sum(self) -> bool:
        return all(sum(direction) == 0 for direction in self.directions)

    def moved(self, gain: _Vector, factors: _Vector | None) -> _Hull:
        """This hull with a gain added, and then each player's axis scaled by its factor."""
        point = tuple(x + g for x, g in zip(self.point, gain, strict=True))
        if factors is None:
            return _Hull(point, self.directions)
        scaled = [
            tuple(x * f for x, f in zip(vector, factors, strict=True))
            for vector in (point, *self.directions)
        ]
        return _Hull(scaled[0], _independent(scaled[1:]))


def _spanned(hulls: Sequence[_Hull], dimension: int) -> _Hull:
    """The affine hull of several (of none: the origin, where an end of play starts from)."""
    if not hulls:
        return _Hull((Fraction(0),) * dimension)
    point = hulls[0].point
    apart = [tuple(x - y for x, y in zip(h.point, point, strict=True)) for h in hulls[1:]]
    return _Hull(point, _independent([*(d for h in hulls for d in h.directions), *apart]))


def _independent(vectors: Sequence[_Vector]) -> tuple[_Vector, ...]:
    """A basis of what the vectors span, by elimination."""
    basis: list[tuple[int, _Vector]] = []  # (position of the first entry that is not 0, vector)
    for vector in vectors:
        for lead, other in basis:
            if vector[lead]:
                ratio = vector[lead] / other[lead]
                vector = tuple(x - ratio * y for x, y in zip(vector, other, strict=True))
        lead = next((k for k, x in enumerate(vector) if x), -1)
        if lead >= 0:
            basis.append((lead, vector))
    return tuple(vector for _, vector in basis)
