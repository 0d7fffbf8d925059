"""One equilibrium fast: against plain support enumeration, and the screening of pairs by itself."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detente.solvers import solve
from detente.solvers.bimatrix import two_by_two
from detente.solvers.bimatrix.pivoting_kernel import COMPILE_FROM
from tests.test_lemke_howson import by_supports, found_by, game_of, matrices, plain_regret


@given(matrices(), st.sampled_from(["auto", "exact"]))
@settings(max_examples=150, deadline=None)
def test_degenerate_games(pair, arithmetic) -> None:
    row, column = pair
    result = solve(game_of(row, column), "nash", "small-supports", arithmetic=arithmetic)
    (found,) = found_by(result)
    assert plain_regret(row, column, *found) == 0
    assert result.complete == "one"


@given(matrices(st.integers(-999, 999)))
@settings(max_examples=60, deadline=None)
def test_several_are_distinct_equilibria(pair) -> None:
    row, column = pair
    result = solve(game_of(row, column), "nash", "small-supports", all=True)
    found = found_by(result)
    assert len(set(found)) == len(found)
    assert set(found) <= by_supports(row, column)
    pure = {xy for xy in by_supports(row, column) if max(xy[0]) == max(xy[1]) == 1}
    assert pure <= set(found)


def test_it_is_the_method_that_one_equilibrium_of_a_matrix_is_found_by() -> None:
    row, column = [[2, 0, 1], [0, 1, 3]], [[1, 0, 4], [0, 2, 0]]
    assert solve(game_of(row, column), "nash").method == "small-supports"


def plain_pairs(row, column) -> set[tuple[tuple[int, ...], tuple[int, ...]]]:
    """The 2 × 2 supports of the equilibria that mix exactly two strategies each."""
    found = set()
    for x, y in by_supports(row, column):
        rows = tuple(i for i, p in enumerate(x) if p)
        cols = tuple(j for j, p in enumerate(y) if p)
        if len(rows) == len(cols) == 2:
            found.add((rows, cols))
    return found


@given(st.integers(0, 10**6))
@settings(max_examples=60, deadline=None)
def test_no_pair_is_missed(seed) -> None:
    rng = np.random.default_rng(seed)
    m, n = rng.integers(2, 6, 2)
    row, column = rng.integers(0, 10**5, (2, m, n))
    seen = two_by_two.candidates(row / 1e5 + 0.25, column / 1e5 + 0.25, lambda: None)
    found = {(tuple(rows), tuple(cols)) for rows, cols in seen}
    assert found == plain_pairs(row.tolist(), column.tolist())


def test_compiled_and_plain_screening_agree(monkeypatch) -> None:
    rng = np.random.default_rng(2)
    row, column = rng.random((2, 90, 60))
    assert row.size >= COMPILE_FROM
    compiled = list(two_by_two.candidates(row, column, lambda: None))
    monkeypatch.setattr(two_by_two, "COMPILE_FROM", 10**9)
    assert compiled
    assert list(two_by_two.candidates(row, column, lambda: None)) == compiled


@pytest.mark.parametrize("n", [30, 120])
def test_random_games_are_solved_and_certified(n) -> None:
    rng = np.random.default_rng(n)
    for _ in range(3):
        row, column = rng.integers(0, 10**6, (2, n, n)).tolist()
        (eq,) = solve(game_of(row, column), "nash", time_limit=30).equilibria
        assert eq.certificate.verdict == "proved"
        x, y = eq.profile.weights
        assert plain_regret(row, column, x, y) == 0


def test_games_of_opposed_interests_have_larger_supports() -> None:
    rng = np.random.default_rng(4)
    first, second = rng.normal(size=(2, 40, 40))
    row = (first * 1000).astype(int).tolist()
    column = ((-0.8 * first + 0.6 * second) * 1000).astype(int).tolist()
    (eq,) = solve(game_of(row, column), "nash", time_limit=60).equilibria
    assert plain_regret(row, column, *eq.profile.weights) == 0
    assert sum(p > 0 for p in eq.profile.weights[0]) > 2


def test_no_small_support_at_all() -> None:
    # A generalised matching pennies whose only equilibrium mixes everything.
    n = 7
    row = [[int(i == j) for j in range(n)] for i in range(n)]
    column = [[-int(i == j) for j in range(n)] for i in range(n)]
    (eq,) = solve(game_of(row, column), "nash", "small-supports").equilibria
    assert eq.profile.weights[0] == [Fraction(1, n)] * n


def test_the_time_limit() -> None:
    rng = np.random.default_rng(0)
    normal = rng.normal(size=(2, 300, 300))
    row = (normal[0] * 10**6).astype(int)
    column = (-normal[0] * 8 * 10**5 + normal[1] * 6 * 10**5).astype(int)
    result = solve(
        game_of(row.tolist(), column.tolist()), "nash", "small-supports", time_limit=0.4
    )
    assert result.stopped in ("time_limit", "finished")
    assert result.equilibria or result.stopped == "time_limit"


def test_the_benchmark_makes_games_without_small_supports() -> None:
    from benchmarks.bimatrix import independent, without_small_supports

    row, column = without_small_supports(independent(12, 3), 3)
    (eq,) = solve(game_of(row.tolist(), column.tolist()), "nash").equilibria
    assert min(sum(p > 0 for p in own) for own in eq.profile.weights) > 2
    pure = solve(game_of(row.tolist(), column.tolist()), "nash", "pure", all=True)
    assert pure.count == 0
