"""Linear complementarity problems by Lemke's algorithm, in exact arithmetic.

Find w = q + M z with w, z ≥ 0 in which of every pair (w_i, z_i) one is zero (Lemke 1965; Cottle,
Pang and Stone 1992, section 4.4). A variable z0 that is added with the covering vector d makes a
start feasible; complementary pivoting then follows the one path that leads away from it until z0 is
gone.

q may have several columns: polynomials in an infinitesimal ε, its powers in ascending order. Ties
of the ratio test that these leave are broken by an infinitesimal that is smaller still and
different in every row (the lexicographic rule: Eaves 1971; von Stengel 2007, section 3.6), so that
no basis comes twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import gcd
from typing import Any

import numpy as np
from numpy.typing import NDArray

Check = Callable[[], None]
"""Called before every pivot; it may raise to stop a long run."""


@dataclass(frozen=True, eq=False)
class Complementarity:
    """A linear complementarity problem of n pairs, and where to start.

    `matrix` : M, (n, n), whole numbers (int64, or object where some do not fit)
    `rhs` : q, (n, columns), whole numbers
    `cover` : d, (n,), whole numbers of at least 0; where one is 0, the row of q must not be
        negative (that is, its first entry other than 0)
    `w_unit`, `z_unit` : (n,) float64, sizes that w and z have, for floating point to divide by; or
        None

    In a problem over polynomials the entries of the first two are FLINT's `fmpz_poly`, and a
    number's sign is that of its coefficient of the lowest power.
    """

    matrix: NDArray[Any]
    rhs: NDArray[Any]
    cover: NDArray[Any]
    w_unit: NDArray[np.float64] | None = None
    z_unit: NDArray[np.float64] | None = None

    @property
    def size(self) -> int:
        """The number of pairs."""
        return len(self.rhs)

    @cached_property
    def polynomial(self) -> bool:
        """Whether entries are polynomials."""
        return self.rhs.dtype == object and any(hasattr(v, "coeffs") for v in self.rhs.flat)


@dataclass(frozen=True, eq=False)
class Solution:
    """A complementary solution.

    `z_basic` : which of each pair is basic: z_i, where true, or w_i; the other is zero
    `value` : that one's numerators, one a column of q, by pair
    `denominator` : by pair, above zero
    """

    z_basic: tuple[bool, ...]
    value: tuple[Sequence[Any], ...]
    denominator: tuple[Any, ...]


@dataclass(frozen=True)
class Ring:
    """Ordered numbers that have no fractions.

    `sign` : -1, 0 or 1
    `content` : a common divisor of some numbers, above zero
    """

    sign: Callable[[Any], int]
    content: Callable[[Iterable[Any]], Any]


INTEGERS = Ring(sign=lambda a: (a > 0) - (a < 0), content=lambda row: gcd(*row))


def polynomials() -> Ring:
    """Polynomials with whole coefficients in an infinitesimal, as FLINT's `fmpz_poly`."""
    return Ring(_lowest_sign, _polynomial_content)


def _lowest_sign(p: Any) -> int:
    for k in range(len(p)):
        if p[k]:
            return 1 if p[k] > 0 else -1
    return 0


def _polynomial_content(row: Iterable[Any]) -> Any:
    divisor = None
    for p in row:
        if p:
            divisor = p if divisor is None else divisor.gcd(p)
            if divisor == 1:
                break
    assert divisor is not None, "a denominator is among them"
    return divisor if _lowest_sign(divisor) > 0 else -divisor


def pivot(problem: Complementarity, check: Check | None = None) -> Solution | None:
    """The solution at the end of Lemke's path; None where the path is a ray.

    It is nonnegative lexicographically: with ε substituted it solves the problem for every ε > 0
    that is small enough. A ray is a solution of no use; which problems have none is for their
    author to know (Cottle, Pang and Stone 1992, section 4.4).

    >>> game = Complementarity(np.array([[0, -1], [1, 0]]), np.array([[-1], [2]]), np.array([1, 0]))
    >>> pivot(game) is None
    True
    >>> game = Complementarity(np.array([[2, 1], [1, 2]]), np.array([[-1], [-1]]), np.array([1, 1]))
    >>> found = pivot(game)
    >>> found.z_basic, found.value, found.denominator
    ((True, True), ([1], [1]), (3, 3))
    """
    tableau = Tableau(problem)
    rows = tableau.first_rows()
    if not rows:
        return tableau.solution()
    entering = 2 * problem.size
    while True:
        if check is not None:
            check()
        row = tableau.leaving(rows, entering)
        left = tableau.exchange(row, entering)
        if left == 2 * problem.size:
            return tableau.solution()
        entering = left + problem.size if left < problem.size else left - problem.size
        rows = tableau.falling(entering)
        if not rows:
            return None


class Tableau:
    """What the basic variables are worth in terms of the others, row by row, exactly.

    Variables: w_i is i, z_i is n + i, z0 is 2n. Row r says that `denominator[r]` times the variable
    `basic[r]` is the sum of `rows[r]` times (the powers of ε, then the variables `nonbasic`). Every
    row is kept without a common divisor, so that numbers grow only where the game makes them, and a
    pivot leaves rows alone that the entering variable is not in.
    """

    def __init__(self, problem: Complementarity) -> None:
        n = problem.size
        self.ring = polynomials() if problem.polynomial else INTEGERS
        self.size, self.columns = n, problem.rhs.shape[1]
        one, self.cover = self._numbers(problem.polynomial, problem.cover)
        self.rows = [
            [*right, *left, d]
            for right, left, d in zip(
                problem.rhs.tolist(), problem.matrix.tolist(), self.cover, strict=True
            )
        ]
        self.denominator = [one] * n
        self.basic = list(range(n))
        self.nonbasic = list(range(n, 2 * n + 1))
        self.place: list[int] = [*range(n), *range(self.columns, self.columns + n + 1)]
        """The row of a basic variable, the column of another."""
        self.is_basic = [True] * n + [False] * (n + 1)

    @staticmethod
    def _numbers(polynomial: bool, cover: NDArray[Any]) -> tuple[Any, list[Any]]:
        if not polynomial:
            return 1, cover.tolist()
        from flint import fmpz_poly

        return fmpz_poly([1]), [fmpz_poly([int(d)]) for d in cover.tolist()]

    def first_rows(self) -> list[int]:
        """The rows that z0 must lift; none where the start is a solution."""
        sign = self.ring.sign
        negative = False
        for row, d in zip(self.rows, self.cover, strict=True):
            first = next((v for v in row[: self.columns] if v), 0)
            if first and sign(first) < 0:
                negative = True
                if not d:
                    raise ValueError("a negative row of q needs a covering vector above zero.")
        return [i for i, d in enumerate(self.cover) if d] if negative else []

    def falling(self, entering: int) -> list[int]:
        """The rows whose variables fall as the entering one grows."""
        column, sign = self.place[entering], self.ring.sign
        return [i for i, row in enumerate(self.rows) if row[column] and sign(row[column]) < 0]

    def leaving(self, rows: list[int], entering: int) -> int:
        """Of these rows the one whose variable is zero first, lexicographically."""
        column, sign = self.place[entering], self.ring.sign
        speed = {i: a if sign(a) > 0 else -a for i, a in ((i, self.rows[i][column]) for i in rows)}
        for k in range(self.columns):
            if len(rows) == 1:
                return rows[0]
            rows = self._least(rows, [self.rows[i][k] for i in rows], speed)
        z0, lifted = 2 * self.size, self.place[2 * self.size]
        if self.is_basic[z0] and lifted in rows:
            return lifted
        for w in range(self.size):
            if len(rows) == 1:
                return rows[0]
            place = self.place[w]
            if self.is_basic[w]:
                rows = [i for i in rows if i != place]
            else:
                rows = self._least(rows, [-self.rows[i][place] for i in rows], speed)
        return rows[0]

    def _least(self, rows: list[int], value: list[Any], speed: dict[int, Any]) -> list[int]:
        """The rows at which value / speed is least."""
        sign = self.ring.sign
        best, least = [rows[0]], value[0]
        for i, v in zip(rows[1:], value[1:], strict=True):
            compared = sign(v * speed[best[0]] - least * speed[i]) if v or least else 0
            if compared < 0:
                best, least = [i], v
            elif not compared:
                best.append(i)
        return best

    def exchange(self, row: int, entering: int) -> int:
        """Make a variable basic in place of a row's; returns the one that left."""
        column, left = self.place[entering], self.basic[row]
        turned = self.rows[row]
        speed = turned[column]
        if self.ring.sign(speed) < 0:
            speed = -speed
            turned[column] = self.denominator[row]
            turned[column] = -turned[column]
        else:
            turned = [-a for a in turned]
            turned[column] = self.denominator[row]
        self.rows[row], self.denominator[row] = turned, speed
        self._substitute(row, column)
        self.basic[row], self.nonbasic[column - self.columns] = entering, left
        self.place[entering], self.place[left] = row, column
        self.is_basic[entering], self.is_basic[left] = True, False
        return left

    def _substitute(self, source: int, column: int) -> None:
        """Write a row into all others that mention the variable that has become basic in it."""
        own, den = self.rows[source], self.denominator[source]
        held = [(j, b) for j, b in enumerate(own) if b]
        content, denominators = self.ring.content, self.denominator
        for i, row in enumerate(self.rows):
            factor = row[column]
            if i == source or not factor:
                continue
            common = content((den, factor))
            scale, factor = den // common, factor // common
            row[column] = 0 * factor
            if scale == 1:
                for j, b in held:
                    row[j] += factor * b
            else:
                row = [scale * a + factor * b if b else scale * a
                       for a, b in zip(row, own, strict=True)]  # fmt: skip
                denominators[i] *= scale
            if denominators[i] != 1:
                common = content((denominators[i], *row))
                if common != 1:
                    denominators[i] //= common
                    row = [a // common for a in row]
            self.rows[i] = row

    def solution(self) -> Solution:
        """What is basic now."""
        pairs = [self.place[i] if self.is_basic[i] else self.place[self.size + i]
                 for i in range(self.size)]  # fmt: skip
        return Solution(
            tuple(not basic for basic in self.is_basic[: self.size]),
            tuple(self.rows[r][: self.columns] for r in pairs),
            tuple(self.denominator[r] for r in pairs),
        )
