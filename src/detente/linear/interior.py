"""Optimal mixtures of a zero-sum matrix in floating point: small ones by the simplex method, large
ones from the interior.

Mehrotra's (1992) predictor-corrector method on the pair of programs min 1·u, u B ≥ 1 and
max 1·w, B w ≤ 1 of a matrix B above zero, whose solutions are the optimal mixtures over the value.
As soon as the strategies that seem to be used make a square system, its solution is put to the test
(Ye 1992, finite termination).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detente.linear.matrix_simplex import Square, used_strategies

SIMPLEX_CELLS = 200_000
"""Cells up to which the simplex method is faster."""
_ROUNDS = 60
_TRIED_FROM = 0.02
"""Gap, as a share of the value, from which supports are tried."""
_SURE = 1e-10
"""Share of the payoffs' range by which a strategy may do better than the mixtures' value."""
_DONE = 1e-13
_STEP = 0.995


@dataclass(frozen=True, eq=False)
class Mixtures:
    """Optimal mixtures up to rounding, and the strategies that they use, of weight zero perhaps:
    as many each."""

    row: NDArray[np.float64]
    column: NDArray[np.float64]
    rows: NDArray[np.int64]
    columns: NDArray[np.int64]


def optimal_mixtures(
    matrix: NDArray[np.float64], check: Callable[[], None] | None = None
) -> Mixtures | None:
    """Optimal mixtures of a matrix that the row player maximises; None where rounding leads astray.

    From the interior one comes to the middle of all optimal mixtures; where there are several, the
    simplex method takes over.

    `check` : called every round; may raise
    """
    if matrix.shape[0] < matrix.shape[1] and matrix.size > SIMPLEX_CELLS:
        found = optimal_mixtures(np.ascontiguousarray(-matrix.T), check)
        return found and Mixtures(found.column, found.row, found.columns, found.rows)
    low, high = float(matrix.min()), float(matrix.max())
    if not low < high:
        return None
    scaled = (matrix - low) / (high - low) + 1
    check = check or (lambda: None)
    found = _Interior(scaled, check).run() if matrix.size > SIMPLEX_CELLS else None
    if found is not None:
        return found
    tried = (mixtures_on(scaled, square) for square in used_strategies(scaled, check))
    return next((mixtures for mixtures in tried if mixtures is not None), None)


def mixtures_on(b: NDArray[np.float64], square: Square) -> Mixtures | None:
    """The mixtures that a square gives, if they are optimal.

    `b` : a matrix with entries between 1 and 2
    """
    rows, columns, u, w = square
    if not (u.min() >= -_SURE and w.min() >= -_SURE):
        return None
    row, column = np.zeros(len(b)), np.zeros(b.shape[1])
    row[rows], column[columns] = np.maximum(u, 0), np.maximum(w, 0)
    row, column = row / row.sum(), column / column.sum()
    best = (b[:, columns] * column[columns]).sum(axis=1).max()
    least = (b[rows] * row[rows, None]).sum(axis=0).min()
    return Mixtures(row, column, rows, columns) if best - least <= _SURE else None


class _Interior:
    """`b` : (m, n), between 1 and 2; `u`, `z` : (m,), `w`, `s` : (n,), all above zero, with
    u b − s = 1 and b w + z = 1."""

    def __init__(self, b: NDArray[np.float64], check: Callable[[], None]) -> None:
        # One library's threads at a time: numpy's and scipy's would wait for each other's cores.
        from scipy.linalg import blas, lapack  # type: ignore[import-untyped]

        m, n = b.shape
        self.blas, self.lapack = blas, lapack
        self.b, self.check = np.asfortranarray(b), check
        self.u, self.w = np.full(m, 2 / m), np.full(n, 1 / (4 * n))
        self.s, self.z = self._left(self.u) - 1, 1 - self._right(self.w)
        self.tried: set[bytes] = set()

    def run(self) -> Mixtures | None:
        for _ in range(_ROUNDS):
            self.check()
            gap = float(self.u.sum() - self.w.sum())
            if gap < _TRIED_FROM:
                found = self._attempt()
                if found is not None or gap < _DONE:
                    return found
            if not self._advance():
                return self._attempt()
        return None

    def _left(self, u: NDArray[np.float64]) -> NDArray[np.float64]:
        """u b"""
        return np.asarray(self.blas.dgemv(1.0, self.b, u, trans=1))

    def _right(self, w: NDArray[np.float64]) -> NDArray[np.float64]:
        """b w"""
        return np.asarray(self.blas.dgemv(1.0, self.b, w))

    def _advance(self) -> bool:
        """A step towards the solution; False where floating point can go no further."""
        u, z, w, s = self.u, self.z, self.w, self.s
        scaled = self.b * np.sqrt(u / z)[:, None]
        normal = self.blas.dsyrk(1.0, scaled, trans=1, lower=1)
        normal[np.diag_indices_from(normal)] += s / w
        factor, failed = self.lapack.dpotrf(normal, lower=1, overwrite_a=1)
        if failed:
            return False

        def direction(to_uz: NDArray[np.float64], to_ws: NDArray[np.float64]) -> Direction:
            right = to_ws / w - self._left(to_uz / z)
            dw, _ = self.lapack.dpotrs(factor, right, lower=1)
            dz = -self._right(dw)
            du = (to_uz - u * dz) / z
            return du, dz, dw, self._left(du)

        du, dz, dw, ds = direction(-u * z, -w * s)
        reach, other = _longest(u, du, w, dw, s, ds, z, dz)
        mean = (u @ z + w @ s) / (len(u) + len(w))
        then = ((u + reach * du) @ (z + other * dz) + (w + other * dw) @ (s + reach * ds)) / (
            len(u) + len(w)
        )
        target = mean * (then / mean) ** 3
        du, dz, dw, ds = direction(target - u * z - du * dz, target - w * s - dw * ds)
        reach, other = _longest(u, du, w, dw, s, ds, z, dz)
        if not np.isfinite(reach + other) or max(reach, other) < 1e-8:
            return False
        self.u = u + _STEP * reach * du
        self.w = w + _STEP * other * dw
        self.s, self.z = s + _STEP * reach * ds, z + _STEP * other * dz
        return True

    def _attempt(self) -> Mixtures | None:
        """The mixtures on the strategies that seem to be used, if those are optimal."""
        rows = np.flatnonzero(self.u > self.z)
        columns = np.flatnonzero(self.w > self.s)
        key = rows.tobytes() + b"|" + columns.tobytes()
        if len(rows) != len(columns) or not len(rows) or key in self.tried:
            return None
        self.tried.add(key)
        square, ones = self.b[np.ix_(rows, columns)], np.ones(len(rows))
        try:
            w: NDArray[np.float64] = np.asarray(np.linalg.solve(square, ones), dtype=np.float64)
            u: NDArray[np.float64] = np.asarray(np.linalg.solve(square.T, ones), dtype=np.float64)
        except np.linalg.LinAlgError:
            return None
        return mixtures_on(self.b, Square(rows, columns, u, w))


Direction = tuple[
    NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]
]


def _longest(
    u: NDArray[np.float64], du: NDArray[np.float64],
    w: NDArray[np.float64], dw: NDArray[np.float64],
    s: NDArray[np.float64], ds: NDArray[np.float64],
    z: NDArray[np.float64], dz: NDArray[np.float64],
) -> tuple[float, float]:  # fmt: skip
    """How far the first program's variables, and the second's, may go before one is zero."""

    def limit(value: NDArray[np.float64], change: NDArray[np.float64]) -> float:
        down = change < 0
        return float(np.min(-value[down] / change[down], initial=1.0))

    return min(limit(u, du), limit(s, ds)), min(limit(w, dw), limit(z, dz))
