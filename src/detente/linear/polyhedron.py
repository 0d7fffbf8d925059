"""A polyhedron of nonnegative vectors, exactly, cut down one variable after another.

A dictionary (Chvátal 1983) says what the basic variables are worth in terms of the others, all of
them nonnegative: `den * basic = constant + Σ coefficient * nonbasic`. Pivots keep all entries
integers (Edmonds 1967): the common denominator is the last pivot, and every division is exact.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

Row = list[int]


@dataclass(frozen=True, eq=False)
class Polyhedron:
    """A nonempty set of nonnegative vectors, given by a feasible dictionary.

    `columns` : the nonbasic variables, by number
    `rows` : basic variable → [constant, one coefficient a column], times `den`; constants are at
        least 0, so nonbasic variables at 0 are a point of the set
    `den` : positive

    Variables in neither are 0 throughout the set: they were fixed, or follow from what was.

    >>> start = Polyhedron((1, 2), {3: [4, -1, -2]}, 1)   # v3 = 4 - v1 - 2 v2
    >>> cut = start.without(3)
    >>> cut.columns, cut.rows, cut.den
    ((2,), {1: [4, -2]}, 1)
    >>> cut.without(1).without(2) is None
    True
    """

    columns: tuple[int, ...]
    rows: dict[int, Row]
    den: int

    def value(self, variable: int) -> int:
        """What a variable is worth, times `den`, at the dictionary's own point."""
        row = self.rows.get(variable)
        return row[0] if row is not None else 0

    def row(self, variable: int) -> Row:
        """[constant, one coefficient a column] of a variable that is not fixed, times `den`."""
        row = self.rows.get(variable)
        if row is None:
            row = [0] * (len(self.columns) + 1)
            row[self.columns.index(variable) + 1] = self.den
        return row

    def is_zero(self, variable: int) -> bool:
        """Whether it is 0 throughout, as far as one row tells."""
        row = self.rows.get(variable)
        return variable not in self.columns if row is None else not any(row)

    def without(self, variable: int, check: Callable[[], None] | None = None) -> Polyhedron | None:
        """The subset where a variable is 0; None where that is empty.

        `check` is called before each pivot: it may raise to stop a long run.
        """
        here = self
        while variable in here.rows:
            row = here.rows[variable]
            column = here._falling(row) if row[0] else _leaving(row)
            if column is None:
                return None if row[0] else here._without_row(variable)
            if check is not None:
                check()
            first = here.blocking(column) if row[0] else [variable]
            here = here.pivot(variable if variable in first else min(first), column)
        if variable not in here.columns:
            return here
        return here.dropped({here.columns.index(variable)})

    def positive(
        self, wanted: Iterable[int], check: Callable[[], None] | None = None
    ) -> set[int]:
        """Those of some variables that are above 0 somewhere in the set (and perhaps others)."""
        here = self
        found = {variable for variable, row in here.rows.items() if row[0]}
        for variable in wanted:
            while variable not in found and not here.is_zero(variable):
                column = here._raising(variable)
                if column is None:
                    break
                if check is not None:
                    check()
                falling = here.blocking(column)
                if not falling:  # it grows without bound
                    found.add(variable)
                    break
                here = here.pivot(min(falling), column)
                found.update(v for v, row in here.rows.items() if row[0])
        return found

    def pivot(self, out: int, column: int) -> Polyhedron:
        """The same set with a basic variable exchanged for the one of a column (from 0).

        The entry there must not be 0. Constants stay nonnegative only under a ratio test.
        """
        place = column + 1
        old = self.rows[out]
        entry = old[place]
        # den * out = old · (1, z), solved for z[column]: its row is over |entry|.
        sign = 1 if entry > 0 else -1
        den = self.den
        turned = [-sign * a for a in old]
        turned[place] = sign * den
        size = abs(entry)
        rows: dict[int, Row] = {}
        for variable, row in self.rows.items():
            if variable == out:
                continue
            factor = row[place]
            if factor:
                moved = [(size * a + factor * t) // den for a, t in zip(row, turned, strict=True)]
                moved[place] = sign * factor
                rows[variable] = moved
            elif size == den:
                rows[variable] = row
            else:
                rows[variable] = [size * a // den for a in row]
        rows[self.columns[column]] = turned
        columns = (*self.columns[:column], out, *self.columns[column + 1 :])
        return Polyhedron(columns, rows, size)

    def dropped(self, gone: set[int]) -> Polyhedron:
        """Without columns (from 0) that are 0 throughout, and those that this makes so.

        Where a basic variable is minus a sum of nonnegative ones, all of them are 0.
        """
        rows = self.rows
        known = -1
        while len(gone) > known:
            known = len(gone)
            for row in rows.values():
                if row[0]:
                    continue
                falling = [j for j, a in enumerate(row) if a < 0 and j - 1 not in gone]
                if falling and all(a <= 0 or j - 1 in gone for j, a in enumerate(row)):
                    gone.update(j - 1 for j in falling)
        kept = [0, *(j + 1 for j in range(len(self.columns)) if j not in gone)]
        columns = tuple(self.columns[j - 1] for j in kept[1:])
        left = {v: [row[j] for j in kept] for v, row in rows.items()}
        return Polyhedron(columns, left, self.den)

    def blocking(self, column: int) -> list[int]:
        """All basic variables that reach 0 first, together, as a column's variable grows."""
        place, top, bottom = column + 1, 0, 0
        found: list[int] = []
        for variable, row in self.rows.items():
            fall = -row[place]
            if fall > 0:
                compared = row[0] * bottom - top * fall
                if not found or compared < 0:
                    found, top, bottom = [variable], row[0], fall
                elif compared == 0:
                    found.append(variable)
        return found

    def _raising(self, variable: int) -> int | None:
        """Its own column, or that of the least variable whose growth raises it (Bland 1977)."""
        row = self.rows.get(variable)
        if row is None:
            return self.columns.index(variable)
        found = [(self.columns[j - 1], j - 1) for j in range(1, len(row)) if row[j] > 0]
        return min(found)[1] if found else None

    def _falling(self, row: Sequence[int]) -> int | None:
        """The column of the least variable whose growth lowers the row's (Bland 1977)."""
        found = [(self.columns[j - 1], j - 1) for j in range(1, len(row)) if row[j] < 0]
        return min(found)[1] if found else None

    def _without_row(self, variable: int) -> Polyhedron:
        """Without a basic variable that is 0 throughout, as all its coefficients are."""
        rows = {v: row for v, row in self.rows.items() if v != variable}
        return Polyhedron(self.columns, rows, self.den)


def _leaving(row: Sequence[int]) -> int | None:
    """Any column that can take the place of a basic variable that is worth 0."""
    return next((j - 1 for j in range(1, len(row)) if row[j]), None)
