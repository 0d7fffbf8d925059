"""HiGHS and nothing else: a linear program as plain arrays, its own defaults, nothing checked."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detente.game.sequence_form import SequenceForm


@dataclass(frozen=True, eq=False)
class Bare:
    """Maximise `cost` · x with `low` ≤ `matrix` x ≤ `high` and x ≥ `least`; a CSR matrix."""

    matrix: Any
    cost: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    least: NDArray[np.float64]

    def seconds(self) -> tuple[float, float]:
        """(the time that HiGHS takes for it once it has the arrays, the value that it finds)."""
        from scipy.optimize._highspy import _core

        lp, solver = _core.HighsLp(), _core._Highs()
        solver.setOptionValue("output_flag", False)
        rows, columns = self.matrix.shape
        lp.num_col_ = lp.a_matrix_.num_col_ = columns
        lp.num_row_ = lp.a_matrix_.num_row_ = rows
        lp.a_matrix_.format_ = _core.MatrixFormat.kRowwise
        lp.a_matrix_.start_ = self.matrix.indptr.astype(np.int32)
        lp.a_matrix_.index_ = self.matrix.indices.astype(np.int32)
        lp.a_matrix_.value_ = self.matrix.data
        lp.sense_ = _core.ObjSense.kMaximize
        lp.col_cost_, lp.row_lower_, lp.row_upper_ = self.cost, self.low, self.high
        lp.col_lower_, lp.col_upper_ = self.least, np.full(columns, np.inf)
        started = time.perf_counter()
        solver.passModel(lp)
        solver.run()
        return time.perf_counter() - started, solver.getInfo().objective_function_value


def sequence_program(form: SequenceForm) -> tuple[Bare, float]:
    """The program of a zero-sum tree, the gains divided by the largest, and that largest gain."""
    from scipy.sparse import block_array, csr_array

    own, other = form.sequences
    gain = form.payoffs[own.player].astype(np.float64)
    most = float(np.abs(gain).max())
    gains = csr_array((gain / most, tuple(form.at.T)), shape=(own.num, other.num))
    own_rows, other_rows = (
        csr_array((entry.astype(np.float64), (row, column)), shape=(k.num_infosets + 1, k.num))
        for k, (row, column, entry) in ((k, k.constraints) for k in (own, other))
    )
    matrix = block_array([[own_rows, None], [-gains.T, other_rows.T]]).tocsr()
    equations = own.num_infosets + 1
    cost = np.zeros(matrix.shape[1])
    cost[own.num] = 1
    high = np.zeros(matrix.shape[0])
    high[0] = 1
    low = np.where(np.arange(len(high)) < equations, high, -np.inf)
    least = np.where(np.arange(len(cost)) < own.num, 0.0, -np.inf)
    return Bare(matrix, cost, low, high, least), most / form.denominators[own.player]


def matrix_program(matrix: NDArray[np.float64]) -> Bare:
    """The program of a zero-sum matrix: v as large as every column lets it be."""
    from scipy.sparse import csr_array

    m, n = matrix.shape
    whole = np.vstack([np.append(np.ones(m), 0), np.hstack([-matrix.T, np.ones((n, 1))])])
    high = np.append(1.0, np.zeros(n))
    low = np.append(1.0, np.full(n, -np.inf))
    least = np.append(np.zeros(m), -np.inf)
    return Bare(csr_array(whole), np.append(np.zeros(m), 1.0), low, high, least)
