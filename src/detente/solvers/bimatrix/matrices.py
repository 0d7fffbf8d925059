"""Two players' payoffs as integer matrices, and profiles made of weights on their strategies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from math import lcm
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detente.game.mixed import MixedProfile
from detente.game.strategic import StrategicGame
from detente.game.tree import Game

Weights = Mapping[int, Fraction]
"""A mixed strategy: strategy → probability, those above zero."""


def tensor(game: StrategicGame, player: int) -> NDArray[Any]:
    """A player's payoffs times its denominator, one axis for each player with several strategies.

    int64, or object (Python ints) where some do not fit.
    """
    payoffs = game.outcomes.payoffs
    if any(p == player for _, p in payoffs.large):
        column: NDArray[Any] = np.array(payoffs.integer_column(player), dtype=object)
    else:
        column = payoffs.numerators[:, player]
    if game.cell.size and int(game.cell.min()) < 0:
        column = np.append(column, np.zeros(1, dtype=column.dtype))  # what -1 refers to
    return column[game.cell].reshape([size for size in game.shape if size > 1], order="F")


@dataclass(frozen=True, eq=False)
class Bimatrix:
    """A game in which at most two players have a choice, as two integer matrices.

    `movers` : the row and the column player; the others have one strategy
    `row`, `column` : (m, n), the movers' payoffs times their denominators: int64 or object
    """

    game: StrategicGame = field(repr=False)
    movers: tuple[int, int]
    row: NDArray[Any]
    column: NDArray[Any]

    @classmethod
    def of(cls, game: StrategicGame) -> Bimatrix:
        """The matrices of a game that `refusal` does not refuse."""
        wide = [player for player, size in enumerate(game.shape) if size > 1]
        rest = [player for player, size in enumerate(game.shape) if size == 1]
        first, second = sorted((wide + rest)[:2])
        shape = game.shape[first], game.shape[second]
        row, column = (tensor(game, player).reshape(shape) for player in (first, second))
        return cls(game, (first, second), row, column)

    @cached_property
    def shape(self) -> tuple[int, int]:
        """How many strategies the row and the column player have."""
        m, n = self.row.shape
        return m, n

    @cached_property
    def floats(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Both matrices, each shifted and scaled to lie between 1/4 and 5/4: the same game."""
        return _unit(self.row), _unit(self.column)

    @cached_property
    def positive(self) -> tuple[NDArray[Any], NDArray[Any]]:
        """Both matrices, each shifted so that its least entry is 1: the same game, exactly."""
        return _shifted(self.row), _shifted(self.column)

    def profile(self, row: Weights, column: Weights) -> MixedProfile:
        """The profile in which the movers play these."""
        weights = [[Fraction(1)] + [Fraction(0)] * (size - 1) for size in self.game.shape]
        for player, own in zip(self.movers, (row, column), strict=True):
            weights[player] = [own.get(k, _ZERO) for k in range(self.game.shape[player])]
        return MixedProfile(self.game, tuple(weights))

    def payoffs(self, row: Weights, column: Weights) -> tuple[Fraction, ...]:
        """What each player of the game gets in that profile."""
        square = np.ix_(list(row), list(column))
        (p, over_p), (q, over_q) = _whole(row), _whole(column)
        units = self.game.outcomes.payoffs.denominators
        return tuple(
            Fraction(int(p @ (matrix[square].astype(object) @ q)), over_p * over_q * units[player])
            for player, matrix in enumerate(self.everyone)
        )

    @cached_property
    def everyone(self) -> list[NDArray[Any]]:
        """(m, n) for each player of the game, payoffs times its denominator."""
        known = dict(zip(self.movers, (self.row, self.column), strict=True))
        return [
            known[player] if player in known else tensor(self.game, player).reshape(self.shape)
            for player in range(self.game.num_players)
        ]


def _whole(weights: Weights) -> tuple[NDArray[Any], int]:
    """The weights as whole numbers over one."""
    over = lcm(*(w.denominator for w in weights.values()))
    parts = [w.numerator * (over // w.denominator) for w in weights.values()]
    return np.array(parts, dtype=object), over


_ZERO = Fraction(0)


def refusal(game: Game | StrategicGame) -> str | None:
    """Why a game is no bimatrix, in words for its author; None if it is one."""
    if not isinstance(game, StrategicGame):
        return (
            "this method takes games in strategic form; this is a tree. Leave the method out, or "
            "write the tree's strategic form first (detente convert, to .nfg)."
        )
    wide = sum(size > 1 for size in game.shape)
    if wide > 2:
        return (
            f"this method takes games in which at most two players have a choice; here {wide} "
            "have. Method 'pure' finds the pure equilibria."
        )
    if game.num_players < 2:
        return "this method takes two players; here is one, whose best replies method 'pure' finds."
    return None


def solve_support(
    bimatrix: Bimatrix, rows: Sequence[int], columns: Sequence[int]
) -> tuple[Weights, Weights] | None:
    """The weights on these strategies that make the other's all equally good, exactly.

    None where there are none, or not one only, or where one is negative. As many rows as columns;
    those of weight zero are left out.
    """
    row, column = bimatrix.positive
    square = np.ix_(list(rows), list(columns))
    q = _equalizer(row[square])
    p = _equalizer(column[square].T) if q is not None else None
    if p is None or q is None:
        return None
    return (
        {i: weight for i, weight in sorted(zip(rows, p, strict=True)) if weight},
        {j: weight for j, weight in sorted(zip(columns, q, strict=True)) if weight},
    )


def mix_on(
    bimatrix: Bimatrix, rows: Sequence[int], columns: Sequence[int]
) -> tuple[Weights, Weights] | None:
    """Weights on these strategies under which each of them is a best reply, exactly; or None.

    Unlike `solve_support` it takes supports of different sizes, which degenerate games have.
    """
    row, column = bimatrix.positive
    p = _best_together(column.T, rows, columns)
    q = _best_together(row, columns, rows) if p is not None else None
    return None if p is None or q is None else (p, q)


def _best_together(
    payoffs: NDArray[Any], played: Sequence[int], best: Sequence[int]
) -> Weights | None:
    """Weights on the columns `played` that make the rows `best` worth the most, all alike."""
    from detente.linear.programs import feasible

    values: list[list[int]] = payoffs[:, list(played)].tolist()
    good = set(best)
    found = feasible(
        [[*line, -1] for i, line in enumerate(values) if i not in good],
        [0] * (len(values) - len(good)),
        [*([*values[i], -1] for i in best), [1] * len(played) + [0]],
        [0] * len(best) + [1],
        num_columns=len(played) + 1,
    )
    if found.point is None:
        return None
    return {k: p for k, p in zip(played, found.point, strict=False) if p}


def _equalizer(square: NDArray[Any]) -> list[Fraction] | None:
    """The probabilities q with all entries of `square @ q` equal, where there is one such q."""
    if len(square) == 1:
        return [Fraction(1)]
    from detente.linear.systems import solve

    found = solve(square.tolist(), [1] * len(square))
    if found is None:
        return None
    total = sum(found, _ZERO)
    if total <= 0 or min(found) < 0:
        return None
    return [weight / total for weight in found]


def _unit(matrix: NDArray[Any]) -> NDArray[np.float64]:
    low, high = matrix.min(), matrix.max()
    if low == high:
        return np.ones(matrix.shape)
    # Differences first, in integers: large payoffs may differ by little.
    above, spread = _difference(matrix, low), int(high) - int(low)
    shift = max(0, spread.bit_length() - 1000)  # floats end at 2 to the power of 1024
    if shift:
        above = above >> shift
    return above.astype(np.float64) / float(spread >> shift) + 0.25


def _shifted(matrix: NDArray[Any]) -> NDArray[Any]:
    return _difference(matrix, matrix.min()) + 1


def _difference(matrix: NDArray[Any], low: Any) -> NDArray[Any]:
    small = matrix.dtype != object and int(matrix.max()) - int(low) < 2**62
    return matrix - low if small else matrix.astype(object) - int(low)
