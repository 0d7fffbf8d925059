"""Best replies in games in strategic form, exactly.

Mixed strategies become integers over a common denominator, and a player's payoffs are summed over
the strategies that the others play at all. Where those integers are long they are cut into digits
so short that a product of matrices in floating point is exact: no sum leaves the 53 bits of a
float's mantissa, so no order of adding up rounds anything.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import lcm, prod
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from detente.game.strategic import StrategicGame

_MANTISSA = 53
_WORD = 62


class Reply(NamedTuple):
    """What a player gains by its best reply, and which strategy that is."""

    gain: Fraction
    player: int
    strategy: int


def best_replies(game: StrategicGame, weights: Sequence[Sequence[Fraction]]) -> list[Reply]:
    """Each player's best reply to what the others play, and what it gains over its own mixture."""
    divisors = [lcm(*(p.denominator for p in own)) for own in weights]
    integers = [
        [p.numerator * (divisor // p.denominator) for p in own]
        for own, divisor in zip(weights, divisors, strict=True)
    ]
    found = []
    for player, own in enumerate(integers):
        worth = _worth(game, integers, player).tolist()
        best = max(worth)
        planned = sum(w * x for w, x in zip(own, worth, strict=True) if w)
        unit = prod(divisors) * game.outcomes.payoffs.denominators[player]
        gain = Fraction(best * divisors[player] - planned, unit)
        found.append(Reply(gain, player, worth.index(best)))
    return found


def spreads(game: StrategicGame) -> list[Fraction]:
    """How far each player's greatest payoff lies above its least."""
    table = game.outcomes.payoffs
    found = []
    for player, unit in enumerate(table.denominators):
        column: NDArray[Any] = table.numerators[:, player]
        if table.large:
            column = np.array(table.integer_column(player), dtype=object)
        values = np.append(column, 0)[game.cell]  # the row of cells without an outcome, -1
        found.append(Fraction(int(values.max()) - int(values.min()), unit))
    return found


def _worth(game: StrategicGame, weights: Sequence[Sequence[int]], player: int) -> NDArray[Any]:
    """What each strategy of a player is worth, times its denominator and the others' divisors."""
    played = [
        np.arange(len(own)) if i == player else np.flatnonzero([w != 0 for w in own])
        for i, own in enumerate(weights)
    ]
    table = _payoffs(game, played, player)
    for i in range(len(weights) - 1, -1, -1):
        # The last axis is summed over; the player's own is put aside until all others are gone.
        if i == player:
            table = np.moveaxis(table, -1, 0)
            continue
        integers = [weights[i][k] for k in played[i].tolist()]
        flat = table.reshape(-1, len(integers))
        table = _product(flat, integers).reshape(table.shape[:-1])
    return table.reshape(-1)


def _payoffs(game: StrategicGame, played: Sequence[NDArray[Any]], player: int) -> NDArray[Any]:
    """The player's payoffs times its denominator, one axis a player, over these strategies."""
    strides = np.cumprod([1, *game.shape[:-1]])
    rows = np.zeros((1,) * len(played), dtype=np.int64)
    for i, own in enumerate(played):
        axis = [1] * len(played)
        axis[i] = len(own)
        rows = rows + (own * strides[i]).reshape(axis)
    payoffs = game.outcomes.payoffs
    column: NDArray[Any] = payoffs.numerators[:, player]
    if payoffs.large:
        column = np.array(payoffs.integer_column(player), dtype=object)
    column = np.append(column, 0)  # the row of cells without an outcome, -1
    return column[game.cell[rows]]


# ── exact products ──────────────────────────────────────────────────────────────────────────────


def _product(table: NDArray[Any], weights: Sequence[int]) -> NDArray[Any]:
    """table @ weights, exactly, for weights that are not negative: int64, or objects."""
    if table.dtype != object and table.size:
        most = max(int(table.max()), -int(table.min()), 1)
        if most * sum(weights) < 1 << _WORD:
            return np.asarray(table @ np.array(weights, dtype=np.int64))
        bits = _MANTISSA - (most * len(weights)).bit_length()
        if bits >= 4:
            return _by_digits(table, weights, bits)
    return np.asarray(table.astype(object) @ np.array(weights, dtype=object))


def _by_digits(table: NDArray[np.int64], weights: Sequence[int], bits: int) -> NDArray[Any]:
    """The same, with the weights as digits of so few bits that every sum of products is exact."""
    count = -(-max(weights).bit_length() // bits)
    mask = (1 << bits) - 1
    digits = np.array(
        [[w >> (bits * k) & mask for w in weights] for k in range(count)], dtype=np.float64
    )
    sums = (table.astype(np.float64) @ digits.T).astype(np.int64).astype(object)
    total = sums[:, -1]
    for k in range(count - 2, -1, -1):
        total = total * (1 << bits) + sums[:, k]
    return np.asarray(total)
