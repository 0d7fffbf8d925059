"""Complementary pivoting against a search over all complementary bases."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from itertools import product
from typing import Any

import flint
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detente.errors import OutOfTime
from detente.linear.complementarity import by_floats, complete, solve
from detente.linear.float_tableau import FloatTableau, final_basis
from detente.linear.systems import solve as solve_system
from detente.linear.tableau import Complementarity, Solution, Tableau, pivot


def problem(matrix: Any, rhs: Any, cover: Any) -> Complementarity:
    return Complementarity(np.array(matrix), np.array(rhs), np.array(cover))


def lexicographically_nonnegative(row: Sequence[Fraction]) -> bool:
    return next((v for v in row if v), Fraction(0)) >= 0


def check(given: Complementarity, found: Solution) -> None:
    """w = q + M z in every column, w and z at least 0, and one of each pair 0."""
    n, columns = given.rhs.shape
    value = [
        [Fraction(v) / d for v in row]
        for row, d in zip(found.value, found.denominator, strict=True)
    ]
    zero = [Fraction(0)] * columns
    z = [v if basic else zero for v, basic in zip(value, found.z_basic, strict=True)]
    w = [zero if basic else v for v, basic in zip(value, found.z_basic, strict=True)]
    matrix, rhs = given.matrix.tolist(), given.rhs.tolist()
    for i in range(n):
        assert all(d > 0 for d in found.denominator)
        assert lexicographically_nonnegative(z[i])
        assert lexicographically_nonnegative(w[i])
        for k in range(columns):
            assert w[i][k] == rhs[i][k] + sum(matrix[i][j] * z[j][k] for j in range(n))


def solvable(given: Complementarity) -> bool:
    """Whether some complementary basis solves the first column, by trying all."""
    n = given.size
    matrix, rhs = given.matrix.tolist(), given.rhs[:, 0].tolist()
    for basic in product((False, True), repeat=n):
        inner = [i for i in range(n) if basic[i]]
        z = solve_system([[matrix[i][j] for j in inner] for i in inner], [-rhs[i] for i in inner])
        if z is None or min(z, default=0) < 0:
            continue
        w = [rhs[i] + sum(matrix[i][j] * v for j, v in zip(inner, z, strict=True))
             for i in range(n)]  # fmt: skip
        if min(w) >= 0:
            return True
    return False


@st.composite
def monotone(draw: st.DrawFn) -> Complementarity:
    """M = A Aᵀ + S with S skew is positive semidefinite: Lemke's path ends in a solution, or there
    is none (Cottle, Pang and Stone 1992, theorem 4.4.1)."""
    n, columns = draw(st.integers(1, 5)), draw(st.integers(1, 3))
    small = st.integers(-2, 2)
    a = np.array(draw(st.lists(st.lists(small, min_size=n, max_size=n), min_size=n, max_size=n)))
    s = np.array(draw(st.lists(st.lists(small, min_size=n, max_size=n), min_size=n, max_size=n)))
    low = draw(st.integers(0, n))
    a[low:] = 0
    q = draw(st.lists(st.lists(small, min_size=columns, max_size=columns), min_size=n, max_size=n))
    cover = draw(st.lists(st.integers(1, 3), min_size=n, max_size=n))
    return problem(a @ a.T + s - s.T, q, cover)


@given(monotone())
def test_a_path_ends_in_a_solution_where_there_is_one(given: Complementarity) -> None:
    found = pivot(given)
    if found is not None:
        check(given, found)
    elif given.rhs.shape[1] == 1:
        assert not solvable(given)


@given(monotone())
def test_floats_end_at_a_basis_that_completes_exactly(given: Complementarity) -> None:
    found = by_floats(given)
    if found is not None:
        check(given, found)
    assert (found is None) == (pivot(given) is None)


@settings(max_examples=50)
@given(monotone())
def test_polynomials_say_what_columns_say(given: Complementarity) -> None:
    poly = np.frompyfunc(lambda v: flint.fmpz_poly([int(v)]), 1, 1)
    joined = np.empty((given.size, 1), dtype=object)
    joined[:, 0] = [flint.fmpz_poly(row) for row in given.rhs.tolist()]
    found = pivot(Complementarity(poly(given.matrix), joined, given.cover))
    columns = pivot(given)
    assert (found is None) == (columns is None)
    if found is None or columns is None:
        return
    assert found.z_basic == columns.z_basic
    for row, d, own, unit in zip(
        found.value, found.denominator, columns.value, columns.denominator, strict=True
    ):
        assert d.degree() == 0
        coefficients = [int(c) for c in row[0].coeffs()]
        coefficients += [0] * (len(own) - len(coefficients))
        assert [Fraction(c, int(d[0])) for c in coefficients] == [Fraction(v, unit) for v in own]


CYCLING = [
    [2, 3, 3, -1, 0, 2], [-1, 1, 2, 1, -1, -2], [-1, 0, 1, 2, 2, 3],
    [1, 1, 0, 2, 0, -2], [0, 3, 0, 4, 2, -2], [0, 2, -3, 0, 0, 1],
]  # fmt: skip
"""With q = -(0, 1, 1, 0, 0, 1), taking the first row of a tie goes round in a circle."""


def follow(given: Complementarity, most: int, ties: Callable[[Tableau, list[int]], int]) -> bool:
    """Whether the path ends within so many pivots, ties of the first column broken by a rule."""
    tableau, entering = Tableau(given), 2 * given.size
    rows = tableau.first_rows()
    for _ in range(most):
        column = tableau.place[entering]
        ratio = {i: Fraction(tableau.rows[i][0], abs(tableau.rows[i][column])) for i in rows}
        least = [i for i in rows if ratio[i] == min(ratio.values())]
        left = tableau.exchange(ties(tableau, least), entering)
        if left == 2 * given.size:
            return True
        entering = left + given.size if left < given.size else left - given.size
        rows = tableau.falling(entering)
    return False


def test_ties_would_make_it_cycle_but_for_the_rule() -> None:
    given = problem(CYCLING, [[0], [-1], [-1], [0], [0], [-1]], [1] * 6)

    def first(tableau: Tableau, tied: list[int]) -> int:
        z0 = tableau.place[2 * given.size]
        return z0 if tableau.is_basic[2 * given.size] and z0 in tied else tied[0]

    assert not follow(given, 10_000, first)
    found = pivot(given)
    assert found is not None
    check(given, found)
    by_float = by_floats(given)
    assert by_float is not None
    check(given, by_float)


def test_a_ray_is_told_from_a_solution() -> None:
    assert pivot(problem([[0, -1], [1, 0]], [[-1], [2]], [1, 0])) is None
    assert by_floats(problem([[0, -1], [1, 0]], [[-1], [2]], [1, 0])) is None
    assert solve(problem([[-1]], [[-1]], [1])) is None


def test_a_start_that_is_a_solution_takes_no_pivot() -> None:
    def never() -> None:
        raise AssertionError("a pivot")

    found = pivot(problem([[0, -1], [1, 0]], [[0, 3], [2, -1]], [1, 1]), never)
    assert found is not None
    assert found.z_basic == (False, False)
    assert [list(row) for row in found.value] == [[0, 3], [2, -1]]


def test_the_first_power_decides_and_later_ones_break_ties() -> None:
    # w = -ε + z or w = ε - 1 + z: z is ε, or 1 - ε.
    assert [list(v) for v in pivot(problem([[1]], [[0, -1]], [1])).value] == [[0, 1]]  # type: ignore[union-attr]
    assert [list(v) for v in pivot(problem([[1]], [[-1, 1]], [1])).value] == [[1, -1]]  # type: ignore[union-attr]


def test_a_row_that_is_negative_needs_cover() -> None:
    with pytest.raises(ValueError, match="covering vector"):
        pivot(problem([[1]], [[-1]], [0]))


def test_a_basis_of_no_solution_is_not_taken() -> None:
    given = problem([[2, 1], [1, 2]], [[-1], [-1]], [1, 1])
    assert complete(given, np.array([True, True])) is not None
    assert complete(given, np.array([True, False])) is None
    assert complete(given, np.array([False, False])) is None
    assert complete(problem([[0]], [[-1]], [1]), np.array([True])) is None  # singular


def test_numbers_of_any_size() -> None:
    big = 10**400
    given = Complementarity(
        np.array([[2 * big, big], [big, 2 * big + 1]], dtype=object),
        np.array([[-1], [-big]], dtype=object),
        np.array([1, big], dtype=object),
    )
    found = solve(given)
    assert found is not None
    check(given, found)
    assert by_floats(given) is None


def test_it_stops_when_told() -> None:
    def stop() -> None:
        raise OutOfTime

    given = problem([[2, 1], [1, 2]], [[-1], [-1]], [1, 1])
    for run in (lambda: pivot(given, stop), lambda: final_basis(given, 10, stop)):
        with pytest.raises(OutOfTime):
            run()


def test_floats_give_up_after_so_many_pivots() -> None:
    given = problem([[2, 1], [1, 2]], [[-1], [-1]], [1, 1])
    assert final_basis(given, 1) is None
    assert final_basis(given, 9) is not None


@given(monotone())
def test_a_table_made_anew_is_the_one_that_pivots_led_to(given: Complementarity) -> None:
    tableau = FloatTableau(given)
    if not tableau.starts_negative():
        return
    rows, entering = np.flatnonzero(given.cover > 0), 2 * given.size
    for _ in range(20):
        left = tableau.exchange(tableau.leaving(rows, entering), entering)
        before = tableau.table.copy()
        assert tableau.error() < 1e-9
        tableau.table[:, 0] += 1e-3
        assert tableau.error() > 1e-9
        tableau.refresh()
        assert np.allclose(tableau.table, before)
        if left == 2 * given.size:
            return
        entering = left + given.size if left < given.size else left - given.size
        rows = tableau.falling(entering)
        if not len(rows):
            return
