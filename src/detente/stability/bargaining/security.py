"""What each side can secure for itself in a game, whatever the others do."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from detente.errors import NotSupported, OutOfTime
from detente.game.information import first_hidden_infoset, information
from detente.game.rationals import Payoffs
from detente.game.tree import CHANCE, Discounts, Game, Infosets
from detente.solvers.perfect_information.integers import IntegerGame


def security_value(game: Game, player: int, deadline: float | None = None) -> Fraction:
    """The most that a player can make sure of on average if all others play against it.

    The others count as one opponent (von Neumann and Morgenstern 1944, the coalition of all
    others). With all moves seen it is the value of a tree of perfect information; else of a
    two-player zero-sum game, by linear programming.

    Raises NotSupported where moves are hidden and the others together would forget what one of them
    knew, OutOfTime past the deadline, on the clock of `time.perf_counter`.
    """
    duel = against_all(game, player)
    if first_hidden_infoset(duel) is None:
        numbers = IntegerGame(duel)
        first = numbers.first_pass(deadline)
        return Fraction(int(first.value[0]), numbers.scale[0])
    return _by_plans(duel, game.players[player], deadline)


def against_all(game: Game, player: int) -> Game:
    """The zero-sum game of one player, who comes first, against all others together."""
    mover = np.where(game.mover >= 0, (game.mover != player).astype(game.mover.dtype), game.mover)
    infosets, number = _regrouped(game.infosets, player)
    infoset = game.infoset.copy()
    infoset[game.infoset >= 0] = number[game.infoset[game.infoset >= 0]]
    payoffs = game.outcomes.payoffs
    own = payoffs.integer_column(player)
    unit = payoffs.denominators[player]
    rows = [(Fraction(value, unit), Fraction(-value, unit)) for value in own]
    discounts = game.discounts
    if discounts is not None:
        factors = tuple((row[player], row[player]) for row in discounts.factors)
        discounts = Discounts(discounts.row, factors)
    return replace(
        game,
        players=(game.players[player], "Everyone else"),
        mover=mover,
        infosets=infosets,
        infoset=infoset,
        outcomes=replace(game.outcomes, payoffs=Payoffs.of(rows, 2)),
        discounts=discounts,
        bundles=(),
        tags=(),
        formulas=None,
    )


def _regrouped(sets: Infosets, player: int) -> tuple[Infosets, NDArray[np.int64]]:
    """The infosets with the player's first, and the new number of each."""
    movers = np.where(sets.mover == CHANCE, 2, sets.mover != player)
    order = np.argsort(movers, kind="stable")
    number = np.empty(len(order), dtype=np.int64)
    number[order] = np.arange(len(order))
    widths = np.diff(sets.action_start)[order]
    start = np.concatenate([[0], np.cumsum(widths)]).astype(sets.action_start.dtype)
    actions = np.concatenate(
        [np.arange(sets.action_start[h], sets.action_start[h + 1]) for h in order.tolist()]
        or [np.arange(0)]
    ).astype(np.intp)
    mover = np.where(movers[order] == 2, CHANCE, movers[order]).astype(sets.mover.dtype)
    return Infosets(
        mover, start, sets.label.take(order), sets.action_label.take(actions), sets.probability
    ), number


def _by_plans(duel: Game, name: str, deadline: float | None) -> Fraction:
    from time import perf_counter

    from detente.solvers import solve

    found = information(duel)
    if not found.perfect_recall:
        raise NotSupported(
            f"what '{name}' can secure is not found here: all others together would forget what "
            f"one of them knew. {found.witness['perfect_recall']} Give the disagreement point in "
            "numbers."
        )
    left = None if deadline is None else max(deadline - perf_counter(), 0.0)
    result = solve(duel, concept="nash", arithmetic="exact", time_limit=left)
    if not result.equilibria:
        if result.stopped == "interrupted":
            raise KeyboardInterrupt
        if result.stopped == "time_limit":
            raise OutOfTime
        raise NotSupported(
            f"what '{name}' can secure is not found: {result.reason} Give the disagreement point "
            "in numbers."
        )
    return Fraction(result.equilibria[0].payoffs[name])
