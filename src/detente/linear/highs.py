"""Linear programs in floating point by HiGHS, for the basis at which it ends."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detente.errors import OutOfTime
from detente.linear.standard import Standard

_SCALING_PASSES = 4
_TIGHT = 1e-9
"""How far HiGHS may miss a bound or a sign, after scaling."""


@dataclass(frozen=True, eq=False)
class Guess:
    """What HiGHS says of a program.

    `status` : optimal, infeasible, unbounded or unknown
    `basic` : the basic variables it ended at; those from the number of columns on are slacks
    `x`, `prices` : float64, in the program's own units; infinite where those make them too large
    """

    status: str
    basic: set[int]
    x: NDArray[np.float64]
    prices: NDArray[np.float64]


def guess(
    program: Standard,
    deadline: float | None = None,
    check: Callable[[], None] | None = None,
) -> Guess | None:
    """What HiGHS makes of a program; None where it cannot be had.

    `check` is called now and then and may raise. Raises OutOfTime where HiGHS had not finished at
    the deadline (of `time.perf_counter`).
    """
    core = _highs()
    if core is None or not program.num_rows or not program.num_columns:
        return None
    scaled = scaling(program)
    solver = core._Highs()
    _options(solver, deadline)
    _watch(core, solver, check)
    solver.passModel(_model(core, program, scaled))
    solver.run()
    status = _status(core, solver, deadline)
    if status != "optimal":  # presolve takes some unbounded programs for infeasible
        solver.setOptionValue("presolve", "off")
        solver.clearSolver()
        solver.run()
        status = _status(core, solver, deadline)
    solution = solver.getSolution()
    x = np.array(solution.col_value, dtype=np.float64)
    prices = np.array(solution.row_dual, dtype=np.float64)
    if len(x) != program.num_columns or len(prices) != program.num_rows:
        status, x, prices = "unknown", np.zeros(0), np.zeros(0)
    else:
        with np.errstate(over="ignore"):
            x = np.ldexp(x, scaled.column + scaled.rhs)
            prices = np.ldexp(prices, scaled.row + scaled.cost)
    return Guess(status, _basic(solver, program.num_columns), x, prices)


def _highs() -> Any:
    try:
        from scipy.optimize._highspy import _core  # type: ignore[import-untyped]
    except ImportError:
        return None
    return _core


class Scaling:
    """Powers of two that bring every row's and column's entries near one.

    `row`, `column` : the entry at (i, j) is passed times 2^(row[i] + column[j]);
    `rhs`, `cost` : those are passed divided by 2^rhs and 2^cost
    """

    def __init__(self, program: Standard) -> None:
        at_row, at_column, logs = program.at_row, program.at_column, _logs(program.entry)
        self.row = np.zeros(program.num_rows, dtype=np.int64)
        self.column = np.zeros(program.num_columns, dtype=np.int64)
        if program.powers is not None:
            self.row, self.column = program.powers
        for _ in range(0 if program.powers is not None else _SCALING_PASSES):
            self.row -= _middle(logs + self.row[at_row] + self.column[at_column], at_row, self.row)
            self.column -= _middle(
                logs + self.row[at_row] + self.column[at_column], at_column, self.column
            )
        self.rhs = _largest(_logs(program.rhs) + self.row, program.rhs)
        self.cost = _largest(_logs(program.cost) + self.column, program.cost)


def scaling(program: Standard) -> Scaling:
    """How a program is scaled for floating point."""
    return Scaling(program)


def _logs(values: Any) -> NDArray[np.int64]:
    """How many binary digits the values have."""
    if isinstance(values, np.ndarray) and values.dtype != object:
        return np.frexp(values.astype(np.float64))[1].astype(np.int64)
    return np.array([abs(v).bit_length() for v in values], dtype=np.int64)


def _middle(logs: NDArray[Any], where: NDArray[Any], like: NDArray[Any]) -> NDArray[np.int64]:
    """Half way between the least and the greatest logarithm of each row, or column."""
    high = np.full(len(like), np.iinfo(np.int64).min)
    low = np.full(len(like), np.iinfo(np.int64).max)
    np.maximum.at(high, where, logs)
    np.minimum.at(low, where, logs)
    used = high >= low
    return np.where(used, (np.where(used, high, 0) + np.where(used, low, 0)) // 2, 0)


def _largest(logs: NDArray[np.int64], values: Any) -> int:
    used = logs[np.array([bool(v) for v in values], dtype=bool)]
    return int(used.max()) if len(used) else 0


def _shifted(values: Any, powers: NDArray[np.int64]) -> NDArray[np.float64]:
    """Values times powers of two, however long the values are."""
    lengths = np.zeros(len(values), dtype=np.int64)
    if isinstance(values, np.ndarray) and values.dtype != object:
        heads = values.astype(np.float64)
    else:
        cut = [max(abs(v).bit_length() - 62, 0) for v in values]
        lengths = np.array(cut, dtype=np.int64)
        heads = np.array([v >> n for v, n in zip(values, cut, strict=True)], dtype=np.float64)
    shifted: NDArray[np.float64] = np.ldexp(heads, lengths + powers)
    return shifted


def _options(solver: Any, deadline: float | None) -> None:
    for name, value in (
        ("output_flag", False),
        ("presolve", "choose"),
        ("solver", "simplex"),
        ("threads", 1),
        ("small_matrix_value", 1e-12),
        ("primal_feasibility_tolerance", _TIGHT),
        ("dual_feasibility_tolerance", _TIGHT),
    ):
        solver.setOptionValue(name, value)
    if deadline is not None:
        solver.setOptionValue("time_limit", max(deadline - time.perf_counter(), 0.01))


def _watch(core: Any, solver: Any, check: Callable[[], None] | None) -> None:
    """Have a check called while HiGHS works; without one Ctrl-C gets through all the same."""
    kinds = core.cb.HighsCallbackType
    solver.setCallback(lambda *_: check() if check is not None else None, None)
    for kind in (kinds.kCallbackSimplexInterrupt, kinds.kCallbackIpmInterrupt):
        solver.startCallback(kind)


def _model(core: Any, program: Standard, scaled: Scaling) -> Any:
    at_row, at_column = program.at_row, program.at_column
    lp = core.HighsLp()
    lp.num_col_ = lp.a_matrix_.num_col_ = program.num_columns
    lp.num_row_ = lp.a_matrix_.num_row_ = program.num_rows
    lp.a_matrix_.format_ = core.MatrixFormat.kRowwise
    lp.a_matrix_.start_ = np.searchsorted(at_row, np.arange(program.num_rows + 1)).astype(np.int32)
    lp.a_matrix_.index_ = at_column.astype(np.int32)
    lp.a_matrix_.value_ = _shifted(program.entry, scaled.row[at_row] + scaled.column[at_column])
    lp.sense_ = core.ObjSense.kMaximize
    lp.col_cost_ = _shifted(program.cost, scaled.column - scaled.cost)
    right = _shifted(program.rhs, scaled.row - scaled.rhs)
    lp.row_upper_ = right
    lp.row_lower_ = np.where(np.array(program.equal, dtype=bool), right, -np.inf)
    lp.col_lower_ = np.where(np.array(program.free, dtype=bool), -np.inf, 0.0)
    lp.col_upper_ = np.full(program.num_columns, np.inf)
    return lp


def _status(core: Any, solver: Any, deadline: float | None) -> str:
    found = solver.getModelStatus()
    kinds = core.HighsModelStatus
    if found == kinds.kTimeLimit and deadline is not None:
        raise OutOfTime
    names = {kinds.kOptimal: "optimal", kinds.kInfeasible: "infeasible"}
    names[kinds.kUnbounded] = "unbounded"
    return names.get(found, "unknown")


def _basic(solver: Any, width: int) -> set[int]:
    """The basic variables, by HiGHS's list of them."""
    basis = solver.getBasis()
    if not basis.valid:
        return set()
    kept = {j for j, status in enumerate(basis.col_status) if status.value == 1}
    return kept | {width + i for i, status in enumerate(basis.row_status) if status.value == 1}


@dataclass(frozen=True)
class Correction:
    """A solution of equations, with the columns, and rows, that are basic."""

    x: list[float]
    prices: list[float]
    columns: list[int]
    rows: list[int]


class Equations:
    """Maximise cost · x where matrix x = rhs and x is not below its bounds, again and again.

    The matrix, given as (row, column, entry) row by row, stays; every solution starts from the
    basis at which the one before ended.
    """

    def __init__(
        self,
        shape: tuple[int, int],
        entries: tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]],
        deadline: float | None,
        check: Callable[[], None],
    ) -> None:
        self.core, self.deadline, self.check = _highs(), deadline, check
        (num_rows, num_columns), (at_row, at_column, entry) = shape, entries
        lp = self.core.HighsLp()
        lp.num_col_ = lp.a_matrix_.num_col_ = num_columns
        lp.num_row_ = lp.a_matrix_.num_row_ = num_rows
        lp.a_matrix_.format_ = self.core.MatrixFormat.kRowwise
        lp.a_matrix_.start_ = np.searchsorted(at_row, np.arange(num_rows + 1)).astype(np.int32)
        lp.a_matrix_.index_, lp.a_matrix_.value_ = at_column.astype(np.int32), entry
        lp.sense_ = self.core.ObjSense.kMaximize
        lp.col_upper_ = np.full(num_columns, np.inf)
        self.lp = lp
        self.basis: Any = None

    def solve(self, cost: list[float], rhs: list[float], least: list[float]) -> Correction | None:
        """The solution; None where floating point does not get there."""
        lp = self.lp
        lp.col_cost_, lp.col_lower_ = np.array(cost), np.array(least)
        lp.row_lower_ = lp.row_upper_ = np.array(rhs)
        # Where an old basis leads astray a new start may not, nor the way through the interior.
        for basis, way in ((self.basis, "simplex"), (None, "simplex"), (None, "ipm")):
            solver = self.core._Highs()
            _options(solver, self.deadline)
            solver.setOptionValue("solver", way)
            _watch(self.core, solver, self.check)
            solver.passModel(lp)
            if basis is not None:
                solver.setBasis(basis)
            solver.run()
            if _status(self.core, solver, self.deadline) == "optimal":
                return self._correction(solver)
        return None

    def _correction(self, solver: Any) -> Correction:
        self.basis = solver.getBasis()
        solution = solver.getSolution()
        columns, rows = (
            [k for k, status in enumerate(statuses) if status.value == 1]
            for statuses in (self.basis.col_status, self.basis.row_status)
        )
        return Correction(list(solution.col_value), list(solution.row_dual), columns, rows)
