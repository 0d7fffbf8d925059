"""The simplex method in whole numbers: a program's dictionary, and pivots that never cycle.

The integer pivoting is Edmonds' (1967); feasibility by the rule of Bland (1977) that Dutertre and
de Moura (2006) extend to variables without a sign; then the primal simplex method, by greatest
coefficient while the objective rises and by Bland's rule while it does not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detente.linear.standard import Answer, Standard, answer_from

_PATIENCE = 8
"""Pivots a variable that heuristics may make before Bland's rule takes over for good."""


def simplex(
    program: Standard,
    basic: Iterable[int] = (),
    check: Callable[[], None] | None = None,
) -> Answer:
    """Solve a program exactly, starting near the basis that consists of these variables.

    `basic` : variables that a guess says are basic; need not be as many as there are rows
    `check` : called at every pivot; may raise
    """
    dictionary = Dictionary(program, check or (lambda: None))
    dictionary.enter(basic)
    broken = dictionary.make_feasible()
    if broken is not None:
        return Answer("infeasible", certificate=dictionary.contradiction(broken))
    rising = dictionary.improve()
    if rising is not None:
        return Answer("unbounded", certificate=dictionary.ray(rising))
    return answer_from(program, dictionary.values(), dictionary.prices())


@dataclass
class Dictionary:
    """Every basic variable, and last the objective, by the nonbasic ones, over one denominator.

    `table` : object (num_rows + 1, num_columns + 1), Python ints. Basic variable i is
        (table[i, -1] − Σ_j table[i, j] · nonbasic_j) / denominator
    `row` : the basic variable of each row; `column` : the nonbasic one of each column. Variable j
        below the number of columns is x_j, the others are the slacks of the rows
    """

    program: Standard
    check: Callable[[], None]

    def __post_init__(self) -> None:
        program = self.program
        self.width, self.height = program.num_columns, program.num_rows
        table = np.zeros((self.height + 1, self.width + 1), dtype=object)
        for i, own in enumerate(program.rows):
            for j, a in own.items():
                table[i, j] = a
        table[: self.height, -1] = program.rhs
        table[self.height, : self.width] = [-c for c in program.cost]
        self.table: NDArray[np.object_] = table
        self.denominator = 1
        self.column = list(range(self.width))
        self.row = list(range(self.width, self.width + self.height))
        self.free = np.array([*program.free, *[False] * self.height], dtype=bool)
        self.fixed = np.array([*[False] * self.width, *program.equal], dtype=bool)

    def pivot(self, r: int, s: int) -> None:
        """Exchange the basic variable of row r with the nonbasic one of column s."""
        self.check()
        table, before = self.table, self.denominator
        pivot = table[r, s]
        own, column = table[r].copy(), table[:, s].copy()
        touched = np.flatnonzero(column)
        if before == 1 and pivot in (1, -1):
            scaled = table[touched] * pivot - np.outer(column[touched], own)
            table *= pivot
        else:
            scaled = (table[touched] * pivot - np.outer(column[touched], own)) // before
            rest = np.setdiff1d(np.arange(len(column)), touched)
            table[rest] = table[rest] * pivot // before
        table[touched] = scaled
        table[:, s] = -column
        table[r] = own
        table[r, s] = before
        if pivot < 0:
            table *= -1
        self.denominator = abs(pivot)
        self.row[r], self.column[s] = self.column[s], self.row[r]

    def enter(self, basic: Iterable[int]) -> None:
        """Make these variables basic, as far as they are independent."""
        wanted = set(basic)
        for variable in sorted(wanted):
            if variable not in self.column:
                continue
            s = self.column.index(variable)
            entries = self.table[:-1, s]
            rows = [i for i in np.flatnonzero(entries).tolist() if self.row[i] not in wanted]
            if rows:
                self.pivot(min(rows, key=lambda i: abs(entries[i])), s)

    def make_feasible(self) -> int | None:
        """Pivot until every basic variable has the sign it must have, or return a row that shows
        that there is no such point."""
        left = _PATIENCE * (self.width + self.height)
        while True:
            constants = self.table[:-1, -1]
            basic = np.array(self.row, dtype=np.int64)
            wrong = (constants < 0) & ~self.free[basic] | (constants != 0) & self.fixed[basic]
            broken = np.flatnonzero(wrong)
            if not len(broken):
                return None
            if left > 0:
                r = int(max(broken, key=lambda i: abs(constants[i])))
            else:
                r = int(min(broken, key=lambda i: self.row[i]))
            s = self._entering_for(r, left > 0)
            if s is None:
                return r
            self.pivot(r, s)
            left -= 1

    def _entering_for(self, r: int, patient: bool) -> int | None:
        """A column whose variable can mend row r; None if there is none."""
        entries = self.table[r, :-1] * (-1 if self.table[r, -1] < 0 else 1)
        columns = np.array(self.column, dtype=np.int64)
        fit = np.flatnonzero(
            ((entries > 0) | (entries != 0) & self.free[columns]) & ~self.fixed[columns]
        )
        if not len(fit):
            return None
        if not patient:
            return int(min(fit, key=lambda j: self.column[j]))
        loose = [int(j) for j in fit if self.free[columns[j]]]
        if loose:
            return max(loose, key=lambda j: abs(entries[j]))
        # The least loss a unit, as the dual simplex method has it: keeps prices right that are.
        costs = self.table[-1]
        best = int(fit[0])
        for j in fit[1:].tolist():
            gap = abs(costs[j]) * entries[best] - abs(costs[best]) * entries[j]
            if gap < 0 or (gap == 0 and entries[j] > entries[best]):
                best = j
        return best

    def improve(self) -> int | None:
        """Pivot until the objective is greatest, or return a column along which it has no end.

        The dictionary must be feasible.
        """
        stalled = 0
        while True:
            s = self._entering(stalled > self.width + self.height)
            if s is None:
                return None
            r = self._leaving(s)
            if r is None:
                return s
            stalled = stalled + 1 if not self.table[r, -1] else 0
            self.pivot(r, s)

    def _entering(self, bland: bool) -> int | None:
        costs = self.table[-1, :-1]
        columns = np.array(self.column, dtype=np.int64)
        fit = np.flatnonzero(((costs < 0) | (costs != 0) & self.free[columns])
                             & ~self.fixed[columns])  # fmt: skip
        if not len(fit):
            return None
        if bland:
            return int(min(fit, key=lambda j: self.column[j]))
        return int(max(fit, key=lambda j: abs(costs[j])))

    def _leaving(self, s: int) -> int | None:
        """The row that first stops the variable of column s, moved to where it gains."""
        upward = self.table[-1, s] < 0
        entries = self.table[:-1, s] if upward else -self.table[:-1, s]
        constants = self.table[:-1, -1]
        best, held = -1, 0
        for r in np.flatnonzero(entries).tolist():
            variable = self.row[r]
            if self.fixed[variable]:
                entry = abs(entries[r])
            elif self.free[variable] or entries[r] < 0:
                continue
            else:
                entry = entries[r]
            if best >= 0:
                gap = constants[r] * held - constants[best] * entry
                if gap > 0 or (gap == 0 and variable > self.row[best]):
                    continue
            best, held = r, entry
        return best if best >= 0 else None

    def values(self) -> list[tuple[int, int]]:
        """(numerator, denominator) of every x."""
        found = [(0, 1)] * self.width
        for r, variable in enumerate(self.row):
            if variable < self.width:
                found[variable] = (int(self.table[r, -1]), self.denominator)
        return found

    def prices(self) -> list[tuple[int, int]]:
        """(numerator, denominator) of every row's dual value."""
        found = [(0, 1)] * self.height
        for s, variable in enumerate(self.column):
            if variable >= self.width:
                found[variable - self.width] = (int(self.table[-1, s]), self.denominator)
        return found

    def contradiction(self, r: int) -> list[int]:
        """Weights of the rows whose sum cannot hold, read off a row that cannot be mended."""
        sign = 1 if self.table[r, -1] < 0 else -1
        weights = [0] * self.height
        for s, variable in enumerate(self.column):
            if variable >= self.width:
                weights[variable - self.width] = sign * int(self.table[r, s])
        if self.row[r] >= self.width:
            weights[self.row[r] - self.width] = sign * self.denominator
        return weights

    def ray(self, s: int) -> list[int]:
        """The direction of column s, in the x, along which the objective has no end."""
        sign = 1 if self.table[-1, s] < 0 else -1
        direction = [0] * self.width
        if self.column[s] < self.width:
            direction[self.column[s]] = sign * self.denominator
        for r, variable in enumerate(self.row):
            if variable < self.width:
                direction[variable] = -sign * int(self.table[r, s])
        return direction
