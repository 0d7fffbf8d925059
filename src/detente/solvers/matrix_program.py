"""A matrix in which the row player gains what the column player loses."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detente.game.mixed import MixedProfile
from detente.game.strategic import StrategicGame
from detente.linear.programs import solve_standard
from detente.linear.standard import Standard
from detente.solvers.collect import Found
from detente.solvers.matrices import tensor
from detente.solvers.registry import Request


def found(game: StrategicGame, request: Request) -> Iterator[Found]:
    """An equilibrium of a game in which at most two have a choice, opposed if there are two."""
    movers = [player for player, size in enumerate(game.shape) if size > 1]
    if not movers:
        yield Found(_profile(game, [], []))
        return
    matrix = tensor(game, movers[0])
    if len(movers) == 1:
        best = int(np.argmax(matrix))
        yield Found(_profile(game, movers, [_unit_vector(best, len(matrix))]))
        return
    weights = MatrixProgram(matrix).solve(request)
    yield Found(_profile(game, movers, weights))


def _profile(game: StrategicGame, movers: list[int], weights: list[Any]) -> MixedProfile:
    vectors: list[Any] = [[Fraction(1)] for _ in game.shape]
    for player, own in zip(movers, weights, strict=True):
        vectors[player] = own
    return MixedProfile(game, tuple(vectors))


def _unit_vector(place: int, size: int) -> list[Fraction]:
    return [Fraction(int(k == place)) for k in range(size)]


@dataclass(frozen=True, eq=False)
class MatrixProgram:
    """The row player's best mixture against the worst column, and the column player's.

    `matrix` : (m, n), what the row player gains, in whole numbers: int64 or Python ints
    """

    matrix: NDArray[Any]

    @cached_property
    def standard(self) -> Standard:
        """Over x and v: maximise v where x sums to one and v ≤ (x · matrix)_j for every column j.

        Every column's price is its probability. The matrix is shifted to start at zero.
        """
        m, n = self.matrix.shape
        low = int(self.matrix.min())
        small = self.matrix.dtype != object and int(self.matrix.max()) - low < 2**62
        gain = self.matrix - low if small else self.matrix.astype(object) - low
        table = np.ones((n + 1, m + 1), dtype=gain.dtype)
        table[0, m] = 0
        table[1:, :m] = -gain.T
        rows, columns = np.nonzero(table)
        # In floating point the greatest gain counts as about one, and so does v.
        power = int(gain.max()).bit_length()
        powers = np.zeros(n + 1, dtype=np.int64), np.zeros(m + 1, dtype=np.int64)
        powers[0][1:] -= power
        powers[1][m] += power
        return Standard(
            rows, columns, table[rows, columns],
            rhs=[1] + [0] * n,
            equal=[True] + [False] * n,
            cost=[0] * m + [1],
            free=[False] * m + [True],
            powers=powers,
        )  # fmt: skip

    def solve(self, request: Request) -> list[Any]:
        """The optimal mixtures of both players: Fractions, or float64 arrays where asked for."""
        m = self.matrix.shape[0]
        if request.arithmetic == "float":
            from detente.linear.highs import guess

            proposed = guess(self.standard, request.deadline)
            if proposed is not None and proposed.status == "optimal":
                return [_mixture(proposed.x[:m]), _mixture(proposed.prices[1:])]
        answer = solve_standard(
            self.standard, exact=request.arithmetic == "exact", check=request.check,
            deadline=request.deadline,
        )  # fmt: skip
        weights = [answer.x[:m], answer.prices[1:]]
        if request.arithmetic == "float":
            return [_mixture(np.array(own, dtype=np.float64)) for own in weights]
        return weights


def _mixture(weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """The weights as probabilities: none below zero, summing to one."""
    kept = np.maximum(weights, 0)
    mixture: NDArray[np.float64] = kept / kept.sum()
    return mixture
