"""The core and the least core of a game of coalitions, exactly, with what proves them.

Coalitions are taken into the linear programs as they object: a division that no coalition objects
to is optimal over all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from detente.linear.programs import Optimum, maximise
from detente.stability.bargaining.coalition_game import CoalitionGame, Integers

Check = Callable[[], None]
Shares = Mapping[str, Fraction]
"""Player → what it gets."""

MOST_COMPARED = 30_000_000
"""Comparisons of rays, up to which the core's extreme points are listed."""
MOST_LISTED = 7
"""Players up to which they are looked for: their number grows with n! (convex games)."""


@dataclass(frozen=True)
class Core:
    """Which divisions of what all are worth together no coalition can improve upon.

    `empty` : whether there is none
    `shares` : one division in it, None where there is none
    `extreme` : its extreme points; None where there are too many to list
    `ranges` : player → the least and the most that it gets in the core; empty where that is
    `needed` : the least total that leaves no coalition an objection; the core is empty where it is
        more than what all are worth
    `subsidy` : what someone from outside has to add so that all stay (the cost of stability;
        Bachrach and others 2009); 0 where the core is not empty
    `weights` : coalition → weight, a balanced collection (every player's coalitions weigh 1
        together) whose weighted worths sum to `needed`: the proof that less does not do
        (Bondareva 1963, Shapley 1967)
    """

    empty: bool
    shares: Shares | None
    extreme: tuple[Shares, ...] | None
    ranges: Mapping[str, tuple[Fraction, Fraction]]
    needed: Fraction
    subsidy: Fraction
    weights: Mapping[tuple[str, ...], Fraction]


@dataclass(frozen=True)
class LeastCore:
    """Divisions whose worst objection is as small as can be (Maschler, Peleg and Shapley 1979).

    `objection` : by how much the worst-off coalition could do better by itself, at least; below 0
        where every coalition gets more than that
    `shares` : one such division
    `weights` : coalition → weight, summing to 1, such that no division of all makes the weighted
        objections less than `objection`
    """

    objection: Fraction
    shares: Shares
    weights: Mapping[tuple[str, ...], Fraction]


def core(game: CoalitionGame, *, extreme: bool = True, check: Check | None = None) -> Core:
    """The core of a game, or the proof that it is empty.

    `extreme` : whether to list its extreme points, where they are few
    `check` : called now and then; it may raise to stop a long run

    >>> pairs = CoalitionGame.of("ABC", lambda who: len(who) >= 2)
    >>> found = core(pairs)
    >>> found.empty, found.needed, found.weights["A", "B"]
    (True, Fraction(3, 2), Fraction(1, 2))
    """
    n = game.num_players
    working = dict.fromkeys([*_first_coalitions(n), game.everyone])

    def program() -> Optimum:
        rows = [[-(at >> i & 1) for i in range(n)] for at in working]
        right = [-game.worths[at] for at in working]
        return maximise([-1] * n, rows, right, bounds=[(None, None)] * n, check=check)

    best = _until_none_objects(game, working, program, lambda found: found.x)
    assert best.value is not None
    needed, worth = -best.value, game.worths[game.everyone]
    empty = needed > worth
    named = {game.members(at): w for at, w in zip(working, best.duals, strict=True) if w}
    listed: tuple[Shares, ...] | None = () if empty else None
    if extreme and not empty and n <= MOST_LISTED:
        listed = _extreme(game, check)
    return Core(
        empty=empty,
        shares=None if empty else dict(zip(game.players, best.x, strict=True)),
        extreme=listed,
        ranges={} if empty else _ranges(game, working, check),
        needed=needed,
        subsidy=max(Fraction(0), needed - worth),
        weights=named,
    )


def least_core(game: CoalitionGame, *, check: Check | None = None) -> LeastCore:
    """The least worst objection of a coalition to a division of what all are worth.

    Coalitions are those that are neither empty nor all; of a single player there is no such
    objection, and 0 stands for it.

    >>> least_core(CoalitionGame.of("ABC", lambda who: len(who) >= 2)).objection
    Fraction(1, 3)
    """
    n, worth = game.num_players, game.worths[game.everyone]
    if n == 1:
        return LeastCore(Fraction(0), {game.players[0]: worth}, {})
    working = dict.fromkeys(_first_coalitions(n))
    best = _until_none_objects(
        game, working, lambda: least_objection(game, working, [game.everyone], [worth], check),
        lambda found: found.x[:n], lambda found: found.x[n],
    )  # fmt: skip
    weights = {game.members(at): w for at, w in zip(working, best.duals, strict=False) if w}
    return LeastCore(best.x[n], dict(zip(game.players, best.x[:n], strict=True)), weights)


def least_objection(
    game: CoalitionGame,
    working: Iterable[int],
    fixed: Iterable[int],
    totals: Iterable[Fraction],
    check: Check | None = None,
    alone: bool = False,
) -> Optimum:
    """The program that makes the worst objection of these coalitions as small as can be.

    Its variables are what each player gets, and last the objection.

    `fixed`, `totals` : coalitions whose members get exactly this together
    `alone` : whether every player is to get at least what it is worth alone
    """
    n = game.num_players
    rows = [[*(-(at >> i & 1) for i in range(n)), -1] for at in working]
    right = [-game.worths[at] for at in working]
    equal = [[*(at >> i & 1 for i in range(n)), 0] for at in fixed]
    limits: list[tuple[Any, Any]] = [(None, None)] * (n + 1)
    if alone:
        limits[:n] = [(worth, None) for worth in game.alone()]
    return maximise([0] * n + [-1], rows, right, equal, list(totals), limits, check=check)


def _until_none_objects(
    game: CoalitionGame,
    working: dict[int, None],
    program: Callable[[], Optimum],
    shares: Callable[[Optimum], list[Fraction]],
    allowed: Callable[[Optimum], Fraction] = lambda found: Fraction(0),
) -> Optimum:
    """The optimum over all coalitions; those that had to be taken in are added to `working`."""
    proper = np.ones(len(game.worths), dtype=bool)
    proper[[0, game.everyone]] = False
    while True:
        best = program()
        excess, unit = game.excesses(shares(best))
        objecting = worst(excess, unit, allowed(best), proper, game.num_players + 1)
        if not objecting:
            return best
        working.update(dict.fromkeys(objecting))


def worst(excess: Integers, unit: int, allowed: Fraction, among: Any, count: int) -> list[int]:
    """The coalitions with the largest objections that exceed what is allowed, at most `count`."""
    bound = allowed.numerator * unit // allowed.denominator  # an integer exceeds x iff it does ⌊x⌋
    if bound.bit_length() > 62:
        excess = excess.astype(object)
    found = np.flatnonzero((excess > bound) & among)
    order = sorted(found.tolist(), key=lambda at: -excess[at])
    return order[:count]


def _ranges(
    game: CoalitionGame, working: dict[int, None], check: Check | None
) -> dict[str, tuple[Fraction, Fraction]]:
    """The least and the most that each player gets in a core that is not empty."""
    n, worth = game.num_players, game.worths[game.everyone]

    def best(player: int, sign: int) -> Fraction:
        def program() -> Optimum:
            rows = [[-(at >> i & 1) for i in range(n)] for at in working]
            right = [-game.worths[at] for at in working]
            score = [sign * (i == player) for i in range(n)]
            everyone: list[tuple[Any, Any]] = [(None, None)] * n
            return maximise(score, rows, right, [[1] * n], [worth], everyone, check=check)

        return _until_none_objects(game, working, program, lambda found: found.x).x[player]

    return {player: (best(i, -1), best(i, 1)) for i, player in enumerate(game.players)}


def _first_coalitions(n: int) -> list[int]:
    """Each player alone, and all but one: they bound what the programs ask for."""
    everyone = (1 << n) - 1
    return [*(1 << i for i in range(n)), *(everyone ^ 1 << i for i in range(n) if n > 2)]


def _extreme(game: CoalitionGame, check: Check | None) -> tuple[Shares, ...] | None:
    """The extreme points of a core that is not empty; None where they are too many."""
    from detente.linear.vertices import extreme_rays

    n, everyone = game.num_players, game.everyone
    whole, unit = game.scaled
    worth = [int(w) for w in whole.tolist()]
    # Homogeneous: z0 > 0 for one, then what each gets beyond what it is worth alone.
    alone = [worth[1 << i] for i in range(n)]
    rows = []
    for at in range(1, everyone):
        if at & (at - 1):
            inside = [at >> i & 1 for i in range(n)]
            gap = sum(a for a, there in zip(alone, inside, strict=True) if there) - worth[at]
            rows.append([gap, *inside])
    total = [worth[everyone] - sum(alone), *([-1] * n)]
    rows = [total, [-a for a in total], *rows]
    rays = extreme_rays(rows, n + 1, check, MOST_COMPARED)
    if rays is None:
        return None
    points = [
        tuple(Fraction(a * ray[0] + y, unit * ray[0]) for a, y in zip(alone, ray[1:], strict=True))
        for ray in rays if ray[0]
    ]  # fmt: skip
    return tuple(dict(zip(game.players, p, strict=True)) for p in sorted(points, reverse=True))
