"""Sparse systems solved exactly by refining a floating-point solution (Wan 2006).

A sparse factorization in floating point gives the leading digits of the solution; what they leave
of the right side is computed exactly and solved for again, until there are digits enough to tell
which fractions they belong to. The fractions are put to the test in the equations themselves.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

_MANTISSA = 53
_HOPED_FOR = 44
_LEAST_GAIN = 8
"""Binary digits to which a solution in floating point is taken to be right at first, and those that
it must be right to for refinement to be worth while."""
_MARGIN = 6
_FIRST_TRIAL = 192
"""Binary digits at which the fractions are first looked for; then at every doubling."""
_LONGEST = 12
"""Binary digits an unknown, all in all, up to which this is worth while."""


def solve_sparse(rows: list[dict[int, int]], rhs: list[int]) -> tuple[list[int], int] | None:
    """The solution as numerators over one denominator; None where this way does not get there.

    `rows` : column → entry, one a row, the columns counted from 0 and as many as there are rows
    """
    system = _System(rows)
    factor = system.factored()
    if factor is None:
        return None
    refined = _Refined(system, factor, rhs)
    trial = _FIRST_TRIAL
    while trial <= max(_LONGEST * len(rows), _FIRST_TRIAL):
        while refined.digits < trial:
            if not refined.advance():
                return None
            if not refined.residual.any():
                break
        found = _fractions(refined.numbers, refined.scale, refined.digits)
        if found is not None and system.solves(*found, rhs):
            return found
        if not refined.residual.any():
            return None
        trial *= 2
    return None


class _System:
    """The rows as arrays: `starts` into `columns` and `entries` (Python ints).

    `rounding` : binary digits of what half a unit more in every x may change a left side by
    """

    def __init__(self, rows: list[dict[int, int]]) -> None:
        self.size = len(rows)
        self.starts = np.concatenate([[0], np.cumsum([len(row) for row in rows])])
        self.columns = np.array([j for row in rows for j in row], dtype=np.int64)
        entries = [a for row in rows for a in row.values()]
        self.most = max((abs(a) for a in entries), default=0)
        self.entries = np.array(entries, dtype=object)
        self.rounding = (self.most * max(map(len, rows), default=1)).bit_length()

    def factored(self) -> Any:
        """SuperLU's factorization; None where it fails or the entries do not fit."""
        from scipy.sparse import csr_array  # type: ignore[import-untyped]
        from scipy.sparse.linalg import splu  # type: ignore[import-untyped]

        if self.most >= 1 << _MANTISSA:
            return None
        data = self.entries.astype(np.float64)
        matrix = csr_array((data, self.columns, self.starts), shape=(self.size, self.size))
        try:
            return splu(matrix.tocsc())
        except RuntimeError:  # singular in floating point
            return None

    def times(self, x: NDArray[np.object_]) -> NDArray[np.object_]:
        """The left sides at x, exactly; no row is empty."""
        return np.asarray(np.add.reduceat(self.entries * x[self.columns], self.starts[:-1]))

    def solves(self, numerators: list[int], denominator: int, rhs: list[int]) -> bool:
        """Whether this is a solution."""
        left = self.times(np.array(numerators, dtype=object))
        return bool((left == np.array(rhs, dtype=object) * denominator).all())


class _Refined:
    """A solution known to some binary digits.

    `numbers`, `scale` : it is about numbers / 2^scale
    `residual` : rhs · 2^scale − A · numbers, exactly
    `digits` : how many digits after the point are right, by the size of the last correction
    """

    def __init__(self, system: _System, factor: Any, rhs: list[int]) -> None:
        self.system, self.factor = system, factor
        self.numbers = np.zeros(system.size, dtype=object)
        self.residual = np.array(rhs, dtype=object)
        self.scale, self.digits, self._accuracy = 0, 0, _HOPED_FOR

    def advance(self) -> bool:
        """Add digits; False where floating point has none to add."""
        floats, power = _floats(self.residual)
        step = self.factor.solve(floats)
        if not np.isfinite(step).all():
            return False
        # The correction has so many digits before the point, and is right to so many in all.
        before = power + _exponent(step)
        add = max(self._accuracy - before, 0)
        correction = _whole(step, power + add)
        self.numbers = self.numbers * (1 << add) + correction
        self.residual = self.residual * (1 << add) - self.system.times(correction)
        self.scale += add
        # Rounding alone leaves this much; what is more shows how inaccurate floating point was.
        excess = max(_length(self.residual) - self.system.rounding, 0)
        self.digits = self.scale - excess - _MARGIN
        unsure = max(before - self._accuracy, 0)
        self._accuracy -= max(excess - unsure, 0)
        return self._accuracy >= _LEAST_GAIN


def _length(values: NDArray[np.object_]) -> int:
    return max(int(v).bit_length() for v in values.tolist())


def _floats(values: NDArray[np.object_]) -> tuple[NDArray[np.float64], int]:
    """(floats, power): the values are about floats · 2^power."""
    power = max(_length(values) - 1000, 0)
    return np.array([v >> power for v in values.tolist()], dtype=np.float64), power


def _exponent(values: NDArray[np.float64]) -> int:
    most = float(np.abs(values).max(initial=0))
    return int(np.frexp(most)[1])


def _whole(values: NDArray[np.float64], power: int) -> NDArray[np.object_]:
    """The values times 2^power, rounded to whole numbers."""
    mantissa, exponent = np.frexp(values)
    heads = np.ldexp(mantissa, _MANTISSA).astype(np.int64).tolist()
    shifts = (exponent.astype(np.int64) + (power - _MANTISSA)).tolist()
    whole = [h << s if s >= 0 else (h >> -s if s > -70 else 0) for h, s in zip(heads, shifts,
             strict=True)]  # fmt: skip
    return np.array(whole, dtype=object)


def _fractions(
    numbers: NDArray[np.object_], scale: int, digits: int
) -> tuple[list[int], int] | None:
    """The fractions with small denominators that the numbers / 2^scale come close to.

    As numerators over one denominator, which is found on the way: most entries share it.
    """
    if digits <= 0:
        return None
    common = 1
    parts: list[int] = []
    denominators: list[int] = []
    for number in numbers.tolist():
        found = _simplest(number * common, scale, digits - common.bit_length())
        if found is None:
            return None
        common *= found[1]
        parts.append(found[0])
        denominators.append(common)
    return [p * (common // d) for p, d in zip(parts, denominators, strict=True)], common


def _simplest(number: int, scale: int, digits: int) -> tuple[int, int] | None:
    """The first convergent p / q of number / 2^scale that is right to so many digits; None where q
    gets so long that chance would find one."""
    if digits <= 0:
        return None
    one = 1 << scale
    slack = scale - digits
    whole = (number + (one >> 1)) >> scale
    if abs(number - (whole << scale)).bit_length() <= slack:
        return whole, 1
    longest = digits // 2
    above, below = number, one
    p, p_before, q, q_before = 1, 0, 0, 1
    while below:
        quotient, rest = divmod(above, below)
        p, p_before = quotient * p + p_before, p
        q, q_before = quotient * q + q_before, q
        if q.bit_length() > longest:
            return None
        if abs(number * q - (p << scale)).bit_length() <= slack + q.bit_length():
            return p, q
        above, below = below, rest
    return None
