"""The nucleolus: the division whose objections, worst first, are as small as they can be.

By a sequence of linear programs (Kopelowitz 1967; Maschler, Peleg and Shapley 1979): each makes the
worst objection that is still open as small as can be, and fixes the coalitions that cannot have a
smaller one. At most as many programs as players, each solved exactly.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from detente.linear.programs import Optimum
from detente.linear.systems import nullspace
from detente.stability.bargaining.coalition_game import CoalitionGame, Integers, subset_sums
from detente.stability.bargaining.core import Check, Shares, least_objection, worst


@dataclass(frozen=True)
class Nucleolus:
    """The nucleolus of a game (Schmeidler 1969).

    `shares` : what each player gets
    `objections` : the worst objection, then the worst that is still open, and so on; none rises
    `rational` : whether it is taken over the divisions that give every player what it is worth
        alone; where there are none (the players are worth less together than apart), it is over all
    """

    shares: Shares
    objections: tuple[Fraction, ...]
    rational: bool


def nucleolus(
    game: CoalitionGame, *, rational: bool = True, check: Check | None = None
) -> Nucleolus:
    """The nucleolus of a game of coalitions, exactly.

    `rational` : over divisions that give each player at least what it is worth alone; False for
        the prenucleolus
    `check` : called now and then; it may raise to stop a long run

    >>> gloves = CoalitionGame.of(["L", "R", "S"], lambda who: "L" in who and len(who) > 1)
    >>> [str(share) for share in nucleolus(gloves).shares.values()]
    ['1', '0', '0']
    """
    n, worth = game.num_players, game.worths[game.everyone]
    rational = rational and sum(game.alone(), Fraction(0)) <= worth
    fixed, totals = [game.everyone], [worth]
    objections: list[Fraction] = []
    working: dict[int, None] = {}
    shares = [worth] + [Fraction(0)] * (n - 1)
    while (open_ := _open(game, fixed)).any():
        best = _optimum(game, working, open_, fixed, totals, rational, check)
        shares, objection = best.x[:n], best.x[n]
        objections.append(objection)
        settled = [at for at, w in zip(working, best.duals, strict=False) if w]
        for at in settled:
            if _open(game, fixed)[at]:
                fixed.append(at)
                totals.append(game.worths[at] - objection)
    return Nucleolus(dict(zip(game.players, shares, strict=True)), tuple(objections), rational)


def _open(game: CoalitionGame, fixed: list[int]) -> Integers:
    """Which coalitions' totals do not follow from those that are fixed."""
    rows = [[at >> i & 1 for i in range(game.num_players)] for at in fixed]
    found = np.zeros(len(game.worths), dtype=bool)
    for vector in nullspace(rows):
        found |= subset_sums(vector) != 0
    return found


def _optimum(
    game: CoalitionGame,
    working: dict[int, None],
    open_: Integers,
    fixed: list[int],
    totals: list[Fraction],
    rational: bool,
    check: Check | None,
) -> Optimum:
    """The least worst objection of the open coalitions; those it depends on become `working`."""
    n = game.num_players
    kept = [at for at in working if open_[at]]
    # A coalition and the others together bound the objection from below.
    players = [1 << i for i in range(n) if open_[1 << i]]
    working.clear()
    working.update(dict.fromkeys([*players, *(game.everyone ^ at for at in players), *kept]))
    while True:
        best = least_objection(game, working, fixed, totals, check, rational)
        excess, unit = game.excesses(best.x[:n])
        objecting = worst(excess, unit, best.x[n], open_, n + 1)
        if not objecting:
            return best
        working.update(dict.fromkeys(objecting))
