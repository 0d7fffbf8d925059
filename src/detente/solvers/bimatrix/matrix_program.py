"""A matrix in which the row player gains what the column player loses."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from math import lcm
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detente.certify import certify
from detente.game.mixed import MixedProfile
from detente.game.strategic import StrategicGame
from detente.linear.programs import solve_standard
from detente.linear.standard import Standard
from detente.linear.systems import solve
from detente.solvers.bimatrix.matrices import tensor
from detente.solvers.collect import Found
from detente.solvers.plans.constant_sum import opposition
from detente.solvers.registry import Request

FLOATS_FROM = 900
"""Cells from which floating point saves time, what it takes to load it included."""


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
    program = MatrixProgram(matrix)
    if program.large:
        request.tell("optimal mixtures from the interior")
        for weights in _from_interior(program, request):
            profile = _profile(game, movers, weights)
            certificate = certify(game, profile, "nash")
            if certificate.verdict != "refuted":
                yield Found(profile, _payoffs(game, movers, program, weights), None, None,
                            certificate)  # fmt: skip
                return
    request.tell("linear program")
    weights = program.solve(request)
    yield Found(_profile(game, movers, weights), _payoffs(game, movers, program, weights))


def _from_interior(program: MatrixProgram, request: Request) -> Iterator[list[Any]]:
    """The optimal mixtures, if there is one pair only and floating point finds what they use."""
    if request.arithmetic == "exact":
        return
    from detente.linear.interior import optimal_mixtures

    found = optimal_mixtures(program.floats, request.check)
    if found is None:
        return
    if request.arithmetic == "float":
        yield [found.row, found.column]
        return
    request.check()
    weights = program.on_supports(found.rows, found.columns)
    if weights is not None:
        yield weights


def _payoffs(
    game: StrategicGame, movers: list[int], program: MatrixProgram, weights: list[Any]
) -> list[Any] | None:
    """What the two movers get; None where others are there."""
    line = opposition(game, *movers)
    if game.num_players > 2 or line is None:
        return None
    won = program.worth(weights[0]) / game.outcomes.payoffs.denominators[movers[0]]
    slope, constant = line
    both = [won, constant - slope * won]
    return [float(x) for x in both] if isinstance(weights[0], np.ndarray) else both


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

    @property
    def large(self) -> bool:
        """Whether floating point saves time."""
        return self.matrix.size > FLOATS_FROM

    @cached_property
    def gain(self) -> NDArray[Any]:
        """The matrix, shifted to start at zero."""
        low = int(self.matrix.min())
        small = self.matrix.dtype != object and int(self.matrix.max()) - low < 2**62
        return np.asarray(self.matrix - low if small else self.matrix.astype(object) - low)

    @cached_property
    def floats(self) -> NDArray[np.float64]:
        """The gains in floating point, between zero and one."""
        most = int(self.gain.max()) or 1
        if self.gain.dtype != object:
            return self.gain.astype(np.float64) / most
        shift = max(most.bit_length() - 62, 0)
        return (self.gain >> shift).astype(np.float64) / (most >> shift)

    def worth(self, row: Any) -> Any:
        """What a mixture of the row player's secures, in the matrix's unit."""
        if isinstance(row, np.ndarray):
            share = Fraction(float((row @ self.floats).min()))  # of the range of payoffs
            return int(self.matrix.min()) + share * (int(self.gain.max()) or 1)
        unit = lcm(*(p.denominator for p in row))
        used = [i for i, p in enumerate(row) if p]
        whole = [row[i].numerator * (unit // row[i].denominator) for i in used]
        return Fraction(min(_product(self.matrix[used].T, whole)), unit)

    def on_supports(
        self, rows: NDArray[np.int64], columns: NDArray[np.int64]
    ) -> list[list[Fraction]] | None:
        """The mixtures on these strategies that make the other's all alike; None without any."""
        square = (self.gain[np.ix_(rows, columns)] + 1).tolist()
        turned = [list(own) for own in zip(*square, strict=True)]
        found = []
        for table, used, size in zip((turned, square), (rows, columns), self.matrix.shape,
                                     strict=True):  # fmt: skip
            solution = solve(table, [1] * len(table))
            if solution is None or min(solution) < 0:
                return None
            total = sum(solution, Fraction(0))
            weights = [Fraction(0)] * size
            for k, value in zip(used.tolist(), solution, strict=True):
                weights[k] = value / total
            found.append(weights)
        return found

    @cached_property
    def standard(self) -> Standard:
        """Over x and v: maximise v where x sums to one and v ≤ (x · gain)_j for every column j.

        Every column's price is its probability.
        """
        m, n = self.matrix.shape
        gain = self.gain
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

            proposed = guess(self.standard, request.deadline, request.check)
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


def _product(table: NDArray[Any], weights: list[int]) -> list[int]:
    """table @ weights, in FLINT."""
    from flint import fmpz_mat

    m, n = table.shape
    left = fmpz_mat(m, n, table.reshape(-1).tolist())
    return [int(v) for v in (left * fmpz_mat(n, 1, weights)).entries()]


def _mixture(weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """The weights as probabilities: none below zero, summing to one."""
    kept = np.maximum(weights, 0)
    mixture: NDArray[np.float64] = kept / kept.sum()
    return mixture
