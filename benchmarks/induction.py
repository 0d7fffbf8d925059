"""Backward induction: the pass on exact payoffs, and all equilibria of games with many ties."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from functools import cache
from itertools import product
from typing import Any

import numpy as np

from benchmarks.timing import Row, Settings, agree, median, sizes
from benchmarks.trees import random_tree
from detente.game.kernels import kernel_for
from detente.game.tree import CHANCE, Game
from detente.solvers import solve
from detente.solvers.perfect_information.backward_kernel import backward_pass
from detente.solvers.perfect_information.induction import induce
from detente.solvers.perfect_information.integers import IntegerGame

WALK_UP_TO = 1_000_000
"""The largest game that the plain walk in Python is asked to solve."""


def rows(settings: Settings) -> Iterator[Row]:
    """The pass against a floating-point prototype and a plain walk; whole solves; sets."""
    for nodes in sizes(settings.largest):
        for chance in (False, True):
            game = random_tree(nodes, settings.seed, chance=chance)
            yield from _the_pass(game, settings, "with chance" if chance else "")
    for nodes in sizes(settings.largest):
        game = random_tree(nodes, settings.seed)
        result = solve(game)
        proved = result.equilibria[0].certificate.verdict == "proved"
        agree(proved, f"{nodes} nodes: not certified")
        seconds = median(lambda game=game: solve(game), settings.repeats)
        yield Row("solve and certify, arrays in", nodes, seconds, "certified")
    for nodes in sizes(min(settings.largest, 10**6)):
        yield from _all_equilibria(random_tree(nodes, settings.seed, payoffs=3), settings)


def _the_pass(game: Game, settings: Settings, kind: str) -> Iterator[Row]:
    nodes = game.num_nodes
    numbers = IntegerGame(game, compiled=True)
    agree(numbers.in_int64, "payoffs leave 64 bits")
    exact = numbers.first_pass()
    floats = _in_floats(game)
    scaled = exact.value.reshape(-1, 2) / np.array(numbers.scale, dtype=float)
    agree(np.array_equal(scaled, floats), f"{nodes} nodes: floats disagree")
    agreed = "every node's payoffs with the floating-point prototype"
    walk = None
    if nodes <= WALK_UP_TO:
        walked = plain_walk(game)
        for v in range(0, nodes, max(1, nodes // 5000)):
            found = numbers.fractions(exact.value[2 * v : 2 * v + 2])
            agree(found == walked[v], f"{nodes} nodes: the plain walk disagrees at node {v}")
        agreed += " and (a sample) with the plain walk"
        walk = median(lambda: plain_walk(game), 1)
    run, columns = kernel_for(backward_pass, 10**9), numbers.arrays()
    value = np.zeros(2 * nodes, dtype=np.int64)
    choice, tied_below = np.zeros(nodes, dtype=np.int32), np.zeros(nodes, dtype=np.uint8)

    def once() -> None:
        run(0, nodes, 2, *columns, value, choice, tied_below)

    # Chance adds to what is there; zeroing belongs to the pass.
    def cleared() -> None:
        value[:] = 0
        once()

    seconds = median(cleared if kind else once, settings.repeats)
    goal = "50 M/s" if not kind and nodes >= 10_000 else ""
    name = f"backward induction, exact int64 {kind}".strip()
    prototype = median(lambda: _in_floats(game), settings.repeats)
    yield Row(
        name, nodes, seconds, agreed, "floating-point prototype", prototype,
        goal, nodes / seconds >= 50e6 if goal else None,
    )
    if walk is not None:
        yield Row(name, nodes, seconds, agreed, "plain walk in Python", walk)


def _all_equilibria(game: Game, settings: Settings) -> Iterator[Row]:
    found = induce(game)
    agreed = "payoff ranges lie within the compiled pass's bounds"
    bounds = IntegerGame(game, compiled=True).bounds_pass()
    for i, (low, high) in enumerate(found.ranges):
        within = bounds.low[i] <= low <= high <= bounds.high[i]
        agree(within, f"payoffs of player {i} lie outside the bounds")
    theirs = None
    if game.num_nodes <= 10_000:
        sets = plain_sets(game)
        agree(set(found.vectors or ()) == sets, f"{game.num_nodes} nodes: the sets of payoffs")
        agreed = "the payoff set with a plain recursion on sets of fractions"
        theirs = median(lambda: plain_sets(game), 1)
    seconds = median(lambda: induce(game), min(settings.repeats, 3))
    name = f"all equilibria, {found.tied:,} tied nodes"
    yield Row(name, game.num_nodes, seconds, agreed, "plain recursion" if theirs else "", theirs)


# ── the peers ────────────────────────────────────────────────────────────────────────────────────


def plain_walk(game: Game) -> list[tuple[Fraction, ...]]:
    """Backward induction as one would write it first: a loop over nodes, on fractions."""
    values: list[Any] = [None] * game.num_nodes
    for node in range(game.num_nodes - 1, -1, -1):
        kids = [values[child] for child in game.children_of(node)]
        mover = int(game.mover[node])
        if not kids:
            values[node] = game.payoff(node)
        elif mover == CHANCE:
            odds = game.infosets.probabilities(int(game.infoset[node]))
            values[node] = tuple(
                sum(p * kid[i] for p, kid in zip(odds, kids, strict=True)) for i in (0, 1)
            )
        else:
            values[node] = max(kids, key=lambda value: value[mover])
    return values


def plain_sets(game: Game) -> set[tuple[Fraction, ...]]:
    """The payoff set by its definition, without scales, bounds or shortcuts."""
    sets: list[Any] = [None] * game.num_nodes
    for node in range(game.num_nodes - 1, -1, -1):
        kids = [sets[child] for child in game.children_of(node)]
        mover = int(game.mover[node])
        if not kids:
            sets[node] = {game.payoff(node)}
        elif mover == CHANCE:
            odds = game.infosets.probabilities(int(game.infoset[node]))
            sets[node] = {
                tuple(sum(p * u[i] for p, u in zip(odds, combo, strict=True)) for i in (0, 1))
                for combo in product(*kids)
            }
        else:
            least = max(min(u[mover] for u in kid) for kid in kids)
            sets[node] = {u for kid in kids for u in kid if u[mover] >= least}
    return sets[0]  # type: ignore[no-any-return]


def _in_floats(game: Game) -> Any:
    value = np.zeros((game.num_nodes, 2))
    odds = game.infosets.probability.numerators / game.infosets.probability.denominators
    _prototype()(
        game.mover, game.child_start, game.children, game.infoset, game.outcome,
        game.outcomes.payoffs.numerators, game.infosets.action_start, odds, value,
    )
    return value


def _float_pass(
    mover: Any, child_start: Any, children: Any, infoset: Any, outcome: Any,
    payoff: Any, action_start: Any, odds: Any, value: Any,
) -> None:
    first = action_start[-1] - len(odds)
    for node in range(len(mover) - 1, -1, -1):
        start, stop = child_start[node], child_start[node + 1]
        who = mover[node]
        if who >= 0:
            best = children[start]
            for edge in range(start + 1, stop):
                if value[children[edge], who] > value[best, who]:
                    best = children[edge]
            value[node, 0] = value[best, 0]
            value[node, 1] = value[best, 1]
        elif start < stop:
            flat = action_start[infoset[node]] - first
            for edge in range(start, stop):
                value[node, 0] += odds[flat + edge - start] * value[children[edge], 0]
                value[node, 1] += odds[flat + edge - start] * value[children[edge], 1]
        else:
            value[node, 0] = payoff[outcome[node], 0]
            value[node, 1] = payoff[outcome[node], 1]


@cache
def _prototype() -> Any:
    import numba

    return numba.njit(_float_pass)
