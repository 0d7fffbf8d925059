"""Exact linear systems and programs: every answer is put to the test that defines it."""

from __future__ import annotations

import random
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detente.errors import OutOfTime
from detente.linear import blocks, dictionary, lifting, programs, systems
from detente.linear.highs import guess
from detente.linear.refinement import refine
from detente.linear.standard import Answer, Standard, judge, proved
from detente.linear.systems import nullspace, rank, solve

small = st.one_of(st.integers(-3, 3), st.fractions(-3, 3, max_denominator=4))


def times(rows, x):
    return [sum((a * v for a, v in zip(row, x, strict=True)), Fraction(0)) for row in rows]


# ── systems ────────────────────────────────────────────────────────────────────────────────────


def sparse_rows(size, density, seed, most=3, regular=True):
    draw = random.Random(seed)
    rows = [
        [draw.randint(-most, most) if draw.random() < density else 0 for _ in range(size)]
        for _ in range(size)
    ]
    if regular:
        for i, j in enumerate(draw.sample(range(size), size)):
            rows[i][j] = draw.choice([-1, 1, 2])
    return rows, [draw.randint(-most, most) for _ in range(size)]


@pytest.mark.parametrize("density", [0.0, 0.02, 0.04, 0.3, 1.0])
@pytest.mark.parametrize("size", [1, 5, 30, 90])
def test_a_solution_solves_and_none_means_singular(size, density):
    for seed in range(6):
        rows, rhs = sparse_rows(size, density, seed, regular=seed % 3 > 0)
        x = solve(rows, rhs)
        assert (x is None) == (rank(rows) < size)
        if x is not None:
            assert times(rows, x) == rhs


@pytest.mark.parametrize(("size", "most"), [(130, 2), (300, 2), (130, 10**6), (130, 10**17)])
def test_refined_floating_point_gives_what_dixon_gives(size, most):
    draw = random.Random(size)
    rows = [
        {j: draw.choice([-1, 1]) * draw.randint(1, most) for j in {i, *draw.sample(range(size), 2)}}
        for i in range(size)
    ]
    rhs = [draw.randint(-most, most) for _ in range(size)]
    found = systems.solve_sparse(rows, rhs)
    assert found is not None
    assert [sum(a * found[j] for j, a in row.items()) for row in rows] == rhs
    lifted = lifting.solve_sparse(rows, rhs)
    assert (lifted is None) == (most > 10)  # long answers are left to Dixon
    if lifted is not None:
        numerators, denominator = lifted
        assert [Fraction(n, denominator) for n in numerators] == found


def test_a_singular_sparse_system_is_seen_through_the_refinement():
    size = blocks._LIFTED_FROM + 10
    cycle = [{i: 1, (i + 1) % size: -1} for i in range(size)]
    assert systems.solve_sparse(cycle, [0] * size) is None
    nearly = [*cycle[:-1], {size - 1: 10**9, 0: 1 - 10**9}]
    ones = systems.solve_sparse(nearly, [0] * (size - 1) + [1])
    assert ones == [Fraction(1)] * size


def test_fractions_and_arrays_are_taken():
    assert solve([[Fraction(1, 2)]], [Fraction(1, 3)]) == [Fraction(2, 3)]
    assert solve(np.array([[2, 1], [1, 1]]), np.array([1, 0])) == [1, -1]
    assert solve([], []) == []
    with pytest.raises(ValueError, match="square"):
        solve([[1, 2]], [1])


@given(st.integers(0, 4).flatmap(
    lambda width: st.lists(st.lists(small, min_size=width, max_size=width), max_size=4)
    .map(lambda rows: (rows, width))
))  # fmt: skip
def test_a_nullspace_is_whole_and_of_the_right_size(given_rows):
    rows, width = given_rows
    basis = nullspace(rows, width)
    assert len(basis) == width - rank(rows)
    assert all(set(times(rows, vector)) <= {0} for vector in basis)
    assert not basis or rank(basis) == len(basis)
    assert all(np.gcd.reduce(vector) == 1 for vector in basis)


# ── programs ───────────────────────────────────────────────────────────────────────────────────


@st.composite
def linear_programs(draw):
    width = draw(st.integers(1, 5))
    row = st.lists(small, min_size=width, max_size=width)
    upper, equal = draw(st.lists(row, max_size=5)), draw(st.lists(row, max_size=3))
    if equal and draw(st.booleans()):
        equal.append(equal[0])  # a redundant equation, or a contradictory one
    right = st.sampled_from([0, 0, 1, Fraction(1, 2), 3, -1])
    b_upper = [draw(right) for _ in upper]
    b_equal = [draw(right) for _ in equal]
    bound = st.sampled_from([(0, None), (None, None), (None, 2), (-1, Fraction(1, 2)), (2, 2)])
    bounds = draw(st.none() | st.lists(bound, min_size=width, max_size=width))
    return draw(row), upper, b_upper, equal, b_equal, bounds


def most_within(weights, bounds):
    """The greatest weights · x within bounds; None where there is none."""
    total = Fraction(0)
    for w, (low, high) in zip(weights, bounds, strict=True):
        if w and (bound := high if w > 0 else low) is None:
            return None
        total += w * bound if w else 0
    return total


def priced(rows, prices, width):
    return [sum((p * row[j] for p, row in zip(prices, rows, strict=True)), Fraction(0))
            for j in range(width)]  # fmt: skip


def check_optimum(program, found):
    """That what was found proves itself, by the definitions and nothing of the package."""
    c, upper, b_upper, equal, b_equal, bounds = program
    bounds = bounds or [(0, None)] * len(c)
    rows, right = upper + equal, b_upper + b_equal
    if found.status == "unbounded":
        d = found.certificate
        assert times([c], d)[0] > 0
        assert all(v <= 0 for v in times(upper, d))
        assert not any(times(equal, d))
        assert all((low is None or v >= 0) and (high is None or v <= 0)
                   for v, (low, high) in zip(d, bounds, strict=True))  # fmt: skip
        return
    weights = found.duals if found.status == "optimal" else found.certificate
    assert len(weights) == len(rows)
    assert all(w >= 0 for w in weights[: len(upper)])
    mixed = priced(rows, weights, len(c))
    paid = times([right], weights)[0]
    if found.status == "infeasible":
        most = most_within([-v for v in mixed], bounds)
        assert any(low is not None and high is not None and low > high for low, high in bounds) or (
            most is not None and most + paid < 0
        )
        return
    assert within(program, found.x)
    assert times([c], found.x)[0] == found.value
    rest = most_within([v - m for v, m in zip(c, mixed, strict=True)], bounds)
    assert rest is not None
    assert rest + paid == found.value


def within(program, x):
    c, upper, b_upper, equal, b_equal, bounds = program
    return (
        all(v <= b for v, b in zip(times(upper, x), b_upper, strict=True))
        and times(equal, x) == b_equal
        and all((low is None or v >= low) and (high is None or v <= high)
                for v, (low, high) in zip(x, bounds or [(0, None)] * len(c), strict=True))
    )  # fmt: skip


@settings(deadline=None)
@given(linear_programs())
def test_every_answer_proves_itself(program):
    found = programs.maximise(*program)
    check_optimum(program, found)
    c, *rest, bounds = program
    point, weights = programs.feasible(*rest, bounds or [(0, None)] * len(c))
    assert (point is None) == (found.status == "infeasible")
    assert (point is None) == (weights is not None)
    assert point is None or within(program, point)


@settings(deadline=None)
@given(linear_programs())
def test_floating_point_on_the_way_changes_no_answer(program):
    exact = programs.maximise(*program, exact=True)
    before, programs.SMALL = programs.SMALL, 0
    try:
        found = programs.maximise(*program)
    finally:
        programs.SMALL = before
    check_optimum(program, found)
    assert (found.status, found.value) == (exact.status, exact.value)


def test_bounds_that_cross_are_infeasible():
    assert programs.maximise([1], bounds=[(2, 1)]).status == "infeasible"


def test_sizes_must_agree():
    with pytest.raises(ValueError, match="sizes"):
        programs.maximise([1], [[1]], [1, 2])
    with pytest.raises(ValueError, match="one number a variable"):
        programs.maximise([1], [[1, 2]], [1])
    with pytest.raises(ValueError, match="num_columns"):
        programs.feasible([{0: 1}], [1])
    assert programs.feasible([{0: 1}], [-1], num_columns=2).point is None


def test_a_cycling_program_ends():
    # Beale (1955): largest-coefficient pivots with least-index ties run in circles here.
    c = [Fraction(3, 4), -150, Fraction(1, 50), -6]
    rows = [[Fraction(1, 4), -60, Fraction(-1, 25), 9], [Fraction(1, 2), -90, Fraction(-1, 50), 3],
            [0, 0, 1, 0]]  # fmt: skip
    assert programs.maximise(c, rows, [0, 0, 1]).value == Fraction(1, 20)


def random_standard(seed, rows=60, columns=70):
    draw = random.Random(seed)
    table = [
        {j: draw.randint(1, 9) for j in draw.sample(range(columns), 6)} for _ in range(rows)
    ]
    cost = [draw.randint(0, 9) for _ in range(columns)]
    # Every column bounded by a last row.
    table.append(dict.fromkeys(range(columns), 1))
    rhs = [draw.randint(0, 5) for _ in range(rows)] + [20]
    return Standard.of_rows(table, rhs, [False] * (rows + 1), cost, [False] * columns)


@pytest.mark.parametrize("seed", range(3))
def test_a_basis_is_judged_and_pivots_go_on_from_a_wrong_one(seed):
    program = random_standard(seed)
    proposed = guess(program)
    assert proposed is not None
    best = judge(program, proposed.basic)
    assert best is not None
    assert proved(program, best)
    slack = set(range(program.num_columns, program.num_columns + program.num_rows))
    assert judge(program, slack) is None
    worth = sum(c * v for c, v in zip(program.cost, best.x, strict=True))
    for start in (slack, proposed.basic, set(list(proposed.basic)[:20])):
        found = dictionary.simplex(program, start)
        assert proved(program, found)
        assert sum(c * v for c, v in zip(program.cost, found.x, strict=True)) == worth
    np.testing.assert_allclose(proposed.x, [float(v) for v in best.x], atol=1e-6)
    np.testing.assert_allclose(proposed.prices, [float(v) for v in best.prices], atol=1e-6)


def test_a_wrong_answer_is_not_taken_for_proved():
    program = random_standard(5)
    best = programs.solve_standard(program)
    worse = Answer("optimal", [v * Fraction(9, 10) for v in best.x], best.prices)
    free = Answer("optimal", best.x, [v * 2 for v in best.prices])
    assert proved(program, best)
    assert not proved(program, worse)
    assert not proved(program, free)
    assert not proved(program, Answer("infeasible", certificate=[1] * program.num_rows))
    assert not proved(program, Answer("unbounded", certificate=[1] * program.num_columns))


def test_a_solution_that_floats_miss_is_refined():
    # The prices are right to sixteen digits, and the last ones decide which columns are used.
    draw = random.Random(2)
    size, fine = 40, 10**20
    rows = [
        {j: fine * draw.randint(1, 9) + draw.randint(-9, 9) for j in range(size)}
        for _ in range(size)
    ]
    for twin in range(0, size, 2):
        for row in rows:
            row[twin + 1] = row[twin] + draw.randint(-1, 1)  # nearly the same column
    program = Standard.of_rows(rows, [fine] * size, [False] * size, [1] * size, [False] * size)
    proposed = guess(program)
    assert proposed is not None
    assert judge(program, proposed.basic) is None
    answer, basic = refine(program, None, lambda: None)
    assert answer is not None
    assert proved(program, answer)
    assert judge(program, set(basic)) is not None


def test_a_deadline_and_a_check_stop_the_work():
    program = random_standard(1)
    draw = random.Random(1)
    rows = [{j: draw.randint(1, 99) for j in range(150)} for _ in range(150)]
    dense = Standard.of_rows(rows, [1000] * 150, [False] * 150, [1] * 150, [False] * 150)

    def stop():
        raise OutOfTime

    with pytest.raises(OutOfTime):
        programs.solve_standard(program, exact=True, check=stop)
    with pytest.raises(OutOfTime):
        guess(dense, check=stop)
