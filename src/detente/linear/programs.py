"""Linear programs over the rationals, solved exactly.

HiGHS's floating-point simplex method proposes a basis, which is solved and judged exactly; where it
is not optimal its solution is refined, and if that does not help either exact pivots go on from
there. Small programs are solved exactly at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from math import lcm
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from detente.linear.standard import Answer, Standard, judge

Matrix = Sequence[Sequence[Any]] | NDArray[Any] | Sequence[dict[int, Any]]
"""Rows of ints and Fractions, one number a column; or, row by row, column → number."""
Bounds = Sequence[tuple[Any, Any]]
"""(least, greatest) of each variable; None where there is no such bound."""

SMALL = 4000
"""Entries (rows times columns) up to which floating point saves no time."""


@dataclass(frozen=True)
class Optimum:
    """What is true of a linear program.

    `status` : optimal, infeasible or unbounded
    `x`, `value` : where it is optimal, the best point and what it is worth
    `duals` : where it is optimal, the price of every row, those of A_ub (0 or more) first: prices
        for which no x within the bounds makes c·x − duals·(A x − b) more than `value`
    `certificate` : where it is infeasible, weights of the rows, those of A_ub (0 or more) first,
        for which weights·(A x − b) > 0 at every x within the bounds; where it is unbounded, a
        direction in which every feasible point may go on for ever, gaining
    """

    status: str
    x: list[Fraction] = field(default_factory=list)
    value: Fraction | None = None
    duals: list[Fraction] = field(default_factory=list)
    certificate: list[Fraction] = field(default_factory=list)


class Feasible(NamedTuple):
    """Whether there is a point, and it, or the weights of the rows that show there is none.

    `certificate` : weights of the rows, those of A_ub (0 or more) first, for which
        weights·(A x − b) > 0 at every x within the bounds
    """

    point: list[Fraction] | None
    certificate: list[Fraction] | None


def maximise(
    c: Sequence[Any],
    A_ub: Matrix = (),  # noqa: N803
    b_ub: Sequence[Any] = (),
    A_eq: Matrix = (),  # noqa: N803
    b_eq: Sequence[Any] = (),
    bounds: Bounds | None = None,
    *,
    exact: bool = False,
    check: Callable[[], None] | None = None,
    deadline: float | None = None,
) -> Optimum:
    """The greatest c·x where A_ub x ≤ b_ub, A_eq x = b_eq and x keeps its bounds; exactly.

    Parameters
    ----------
    c, A_ub, b_ub, A_eq, b_eq : ints and Fractions; a matrix is dense, or a dict a row
    bounds : (least, greatest) of each x, None for none; without them, all are 0 or more
    exact : use no floating point on the way either
    check : called at every exact pivot; may raise to stop
    deadline : of `time.perf_counter`; past it floating point raises OutOfTime

    Whatever floating point proposes is judged exactly, so the answer is right always.

    >>> best = maximise([3, 2], [[1, 1], [3, 1]], [4, 6])
    >>> best.x, best.value, best.duals
    ([Fraction(1, 1), Fraction(3, 1)], Fraction(9, 1), [Fraction(3, 2), Fraction(1, 2)])
    """
    inner = _Inner(c, A_ub, b_ub, A_eq, b_eq, bounds)
    if inner.crossed is not None:
        return Optimum("infeasible", certificate=[Fraction(0)] * inner.num_given)
    answer = solve_standard(inner.program, exact=exact, check=check, deadline=deadline)
    return inner.back(answer)


def feasible(
    A_ub: Matrix = (),  # noqa: N803
    b_ub: Sequence[Any] = (),
    A_eq: Matrix = (),  # noqa: N803
    b_eq: Sequence[Any] = (),
    bounds: Bounds | None = None,
    *,
    num_columns: int | None = None,
    exact: bool = False,
    check: Callable[[], None] | None = None,
    deadline: float | None = None,
) -> Feasible:
    """A point with A_ub x ≤ b_ub and A_eq x = b_eq within the bounds, or the proof of none.

    `num_columns` : needed where neither bounds nor a dense row tell it

    >>> feasible([[1, 1], [-1, -1]], [1, -2]).certificate
    [Fraction(1, 1), Fraction(1, 1)]
    """
    width = num_columns
    if width is None:
        width = len(bounds) if bounds is not None else _width(A_ub, A_eq)
    found = maximise([0] * width, A_ub, b_ub, A_eq, b_eq, bounds,
                     exact=exact, check=check, deadline=deadline)  # fmt: skip
    if found.status == "optimal":
        return Feasible(found.x, None)
    return Feasible(None, found.certificate)


def solve_standard(
    program: Standard,
    *,
    exact: bool = False,
    check: Callable[[], None] | None = None,
    deadline: float | None = None,
) -> Answer:
    """The answer to a program in standard form, proved."""
    from detente.linear.dictionary import simplex

    if exact or program.num_rows * program.num_columns <= SMALL:
        return simplex(program, check=check)
    from detente.linear.highs import guess

    proposed = guess(program, deadline, check)
    if proposed is None:
        return simplex(program, check=check)
    basic: Iterable[int] = proposed.basic
    if proposed.status == "optimal":
        answer = judge(program, proposed.basic)
        if answer is None:
            from detente.linear.refinement import refine

            answer, basic = refine(program, deadline, check or (lambda: None))
        if answer is not None:
            return answer
    return simplex(program, basic, check)


def _width(*matrices: Matrix) -> int:
    for matrix in matrices:
        for row in matrix:
            if isinstance(row, dict):
                raise ValueError("say num_columns where rows are dicts.")
            return len(row)
    raise ValueError("say num_columns where there are no rows.")


class _Inner:
    """A program brought into standard form, and the way back.

    A bounded x is its least value plus an inner one, or its greatest less an inner one; where it
    has both, a row says so too. Every row is multiplied until it is whole.
    """

    def __init__(
        self,
        c: Sequence[Any],
        A_ub: Matrix,  # noqa: N803
        b_ub: Sequence[Any],
        A_eq: Matrix,  # noqa: N803
        b_eq: Sequence[Any],
        bounds: Bounds | None,
    ) -> None:
        self.cost = _numbers(c)
        width = len(self.cost)
        limits: list[tuple[Any, Any]] = [(0, None)] * width if bounds is None else list(bounds)
        if len(limits) != width or len(A_ub) != len(b_ub) or len(A_eq) != len(b_eq):
            raise ValueError("the sizes of a linear program do not agree.")
        self.num_given = len(A_ub) + len(A_eq)
        self.offset = [_number(low if low is not None else high or 0) for low, high in limits]
        self.sign = [-1 if low is None and high is not None else 1 for low, high in limits]
        boxed = [j for j, (low, high) in enumerate(limits) if low is not None and high is not None]
        self.crossed = next((j for j in boxed if limits[j][1] < limits[j][0]), None)
        rows = [_sparse(row, width) for matrix in (A_ub, A_eq) for row in matrix]
        right = [_number(b) for side in (b_ub, b_eq) for b in side]
        right = [
            b - sum((a * self.offset[j] for j, a in row.items() if self.offset[j]), 0)
            for row, b in zip(rows, right, strict=True)
        ]
        rows = [{j: a * self.sign[j] for j, a in row.items()} for row in rows]
        rows += [{j: 1} for j in boxed]
        right += [_number(limits[j][1]) - self.offset[j] for j in boxed]
        equal = [False] * len(A_ub) + [True] * len(A_eq) + [False] * len(boxed)
        free = [low is None and high is None for low, high in limits]
        self.unit: list[int] = []
        self.program = self._whole(rows, right, equal, free)

    def _whole(
        self, rows: list[dict[int, Any]], right: list[Any], equal: list[bool], free: list[bool]
    ) -> Standard:
        whole, sides = [], []
        for row, b in zip(rows, right, strict=True):
            unit = lcm(b.denominator, *(a.denominator for a in row.values()))
            self.unit.append(unit)
            whole.append({j: int(a * unit) for j, a in row.items()})
            sides.append(int(b * unit))
        cost = [c * s for c, s in zip(self.cost, self.sign, strict=True)]
        self.cost_unit = lcm(*(c.denominator for c in cost))
        return Standard.of_rows(whole, sides, equal, [int(c * self.cost_unit) for c in cost], free)

    def back(self, answer: Answer) -> Optimum:
        """The answer in the terms of the program that was given."""
        if answer.status == "infeasible":
            weights = [Fraction(w * u) for w, u in zip(answer.certificate, self.unit, strict=True)]
            return Optimum("infeasible", certificate=weights[: self.num_given])
        if answer.status == "unbounded":
            direction = zip(answer.certificate, self.sign, strict=True)
            return Optimum("unbounded", certificate=[Fraction(d * s) for d, s in direction])
        x = [o + s * v for o, s, v in zip(self.offset, self.sign, answer.x, strict=True)]
        duals = [p * u / self.cost_unit for p, u in zip(answer.prices, self.unit, strict=True)]
        value = sum((c * v for c, v in zip(self.cost, x, strict=True)), Fraction(0))
        return Optimum("optimal", [Fraction(v) for v in x], value, duals[: self.num_given])


def _number(value: Any) -> Any:
    """An int or a Fraction."""
    if isinstance(value, (int, Fraction)):
        return value
    return int(value) if value.denominator == 1 else Fraction(value)


def _numbers(values: Any) -> list[Any]:
    return [_number(v) for v in np.asarray(values, dtype=object).tolist()]


def _sparse(row: Any, width: int) -> dict[int, Any]:
    if isinstance(row, dict):
        return {j: _number(a) for j, a in row.items() if a}
    if len(row) != width:
        raise ValueError("every row of a linear program has one number a variable.")
    return {j: _number(a) for j, a in enumerate(row) if a}
