"""Whether one party gains what another loses: a constant sum, in units of either's own."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detente.game.rationals import INT64_MAX
from detente.game.strategic import StrategicGame
from detente.game.tree import TERMINAL, Game

FEW = 8
"""Ends of play that are compared before all are, where play is not longer than:"""
FAR = 2000


Line = tuple[Fraction, Fraction]
"""(a, c) of second = c − a · first, a above zero."""


def opposition(game: Game | StrategicGame, first: int, second: int) -> Line | None:
    """How the second party's payoff falls as the first's rises; None unless it does so in step.

    The a > 0 and c with second = c − a · first at every end of play, all that was gained on the way
    included. A tree's ends count whether chance lets play arrive there or not. Where nothing that
    they do makes a difference to either, a is one.
    """
    units = [game.outcomes.payoffs.denominators[party] for party in (first, second)]
    if isinstance(game, StrategicGame):
        line = _line(*(_totals_of_cells(game, party) for party in (first, second)))
    else:
        ends = np.flatnonzero(game.mover == TERMINAL)
        few = ends[:: max(len(ends) // FEW, 1)]
        paths = [_path_total(game, int(end), (first, second)) for end in few]
        ended = [path for path in paths if path is not None]
        if ended and _line([p for p, _ in ended], [q for _, q in ended]) is None:
            return None
        line = _line(*(_totals(game, ends, party) for party in (first, second)))
        units = [1, 1] if game.discounts is not None else units
    if line is None:
        return None
    return line[0] * units[0] / units[1], line[1] / units[1]


def _line(first: Any, second: Any) -> Line | None:
    """The falling line on which all points (first, second) lie; of slope one through one point."""
    x, y = np.asarray(first), np.asarray(second)
    if any(column.dtype == object or _longest(column) >= 1 << 30 for column in (x, y)):
        x, y = x.astype(object), y.astype(object)  # products of differences would not fit
    u, v = x - x[0], y - y[0]
    other = np.flatnonzero(u != 0)
    run, rise = (_plain(u[other[0]]), _plain(v[other[0]])) if len(other) else (1, -1)
    if run * rise >= 0 or not bool((u * rise == v * run).all()):
        return None
    slope = -Fraction(rise) / Fraction(run)
    return slope, _plain(y[0]) + slope * _plain(x[0])


def _plain(value: Any) -> int | Fraction:
    return value if isinstance(value, Fraction) else int(value)


def _longest(column: NDArray[np.int64]) -> int:
    return max(int(column.max()), -int(column.min()))


def _totals_of_cells(game: StrategicGame, party: int) -> NDArray[Any]:
    column = _whole_column(game.outcomes.payoffs, party)
    return column[game.cell]  # -1, nothing, is the last entry


def _whole_column(payoffs: Any, party: int) -> NDArray[Any]:
    """A party's payoffs times its denominator, and last a zero: what outcome -1 pays."""
    if any(p == party for _, p in payoffs.large):
        return np.array([*payoffs.integer_column(party), 0], dtype=object)
    return np.append(payoffs.numerators[:, party], np.int64(0))


def _path_total(
    game: Game, end: int, parties: tuple[int, int]
) -> tuple[Fraction, Fraction] | None:
    """What the parties have gained where play ends; None where that is far from the start."""
    path = [end]
    while path[-1]:
        if len(path) > FAR:
            return None
        path.append(int(game.parent[path[-1]]))
    totals, factors = [Fraction(0)] * 2, [Fraction(1)] * 2
    for node in reversed(path):
        discount = game.discount(node)
        if discount is not None:
            factors = [f * discount[p] for f, p in zip(factors, parties, strict=True)]
        if game.outcome[node] >= 0:
            gains = game.payoff(node)
            totals = [t + f * gains[p] for t, f, p in zip(totals, factors, parties, strict=True)]
    return totals[0], totals[1]


def _totals(game: Game, ends: NDArray[np.int64], party: int) -> NDArray[Any]:
    """What a party has gained at each end of play, in a unit of its own."""
    if game.discounts is not None:
        return _discounted_totals(game, party)[ends]
    column = _whole_column(game.outcomes.payoffs, party)
    if not (game.outcome[game.mover != TERMINAL] >= 0).any():
        return column[game.outcome[ends]]
    most = int(np.abs(column).max()) if column.dtype != object else INT64_MAX
    if most * game.num_nodes > INT64_MAX:
        column = column.astype(object)
    totals, above = column[game.outcome], game.parent.copy()
    # Every round doubles how much of the path is summed up; the root's place says that all is.
    while (waiting := np.flatnonzero(above >= 0)).size:
        step = above[waiting]
        totals[waiting] += totals[step]
        above[waiting] = above[step]
    return totals[ends]


def _discounted_totals(game: Game, party: int) -> NDArray[np.object_]:
    totals = np.zeros(game.num_nodes, dtype=object)
    factors = [Fraction(1)] * game.num_nodes
    for node in range(game.num_nodes):
        above = int(game.parent[node])
        factor = factors[above] if node else Fraction(1)
        discount = game.discount(node)
        factors[node] = factor if discount is None else factor * discount[party]
        gain = game.payoff(node)[party] if game.outcome[node] >= 0 else 0
        totals[node] = (totals[above] if node else Fraction(0)) + factors[node] * gain
    return totals
