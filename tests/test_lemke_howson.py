"""Lemke and Howson's method against support enumeration in plain fractions."""

from __future__ import annotations

import time
from fractions import Fraction
from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detente.errors import NotSupported
from detente.game.builder import Builder
from detente.game.strategic import StrategicGame
from detente.solvers import solve
from detente.solvers.bimatrix.matrices import Bimatrix
from detente.solvers.bimatrix.paths import ARRIVED, Path, Sides

Matrix = list[list[Fraction]]


def game_of(row, column) -> StrategicGame:
    m, n = len(row), len(row[0])
    cells = [(row[i][j], column[i][j]) for j in range(n) for i in range(m)]
    names = [[f"r{i}" for i in range(m)], [f"c{j}" for j in range(n)]]
    return StrategicGame.of(["Row", "Column"], names, cells)


def plain_regret(row, column, x, y) -> Fraction:
    """The most that either gains by another strategy, straight from the definition."""
    rows = [sum(a * q for a, q in zip(line, y, strict=True)) for line in row]
    columns = [sum(column[i][j] * p for i, p in enumerate(x)) for j in range(len(y))]
    own = sum(p * v for p, v in zip(x, rows, strict=True))
    other = sum(q * v for q, v in zip(y, columns, strict=True))
    return max(max(rows) - own, max(columns) - other)


def solve_plainly(square: Matrix) -> list[Fraction] | None:
    """q with square q = 1·v and Σ q = 1, by elimination; None where not unique."""
    k = len(square)
    table = [[*map(Fraction, line), Fraction(-1), Fraction(0)] for line in square]
    table.append([*[Fraction(1)] * k, Fraction(0), Fraction(1)])
    for c in range(k + 1):
        pivot = next((r for r in range(c, k + 1) if table[r][c]), None)
        if pivot is None:
            return None
        table[c], table[pivot] = table[pivot], table[c]
        table[c] = [v / table[c][c] for v in table[c]]
        for r in range(k + 1):
            if r != c and table[r][c]:
                table[r] = [v - table[r][c] * w for v, w in zip(table[r], table[c], strict=True)]
    return [table[r][k + 1] for r in range(k)]


def by_supports(row, column) -> set[tuple[tuple[Fraction, ...], tuple[Fraction, ...]]]:
    """Every equilibrium with supports of one size and a unique solution there."""
    m, n = len(row), len(row[0])
    found = set()
    for k in range(1, min(m, n) + 1):
        for rows, cols in product(combinations(range(m), k), combinations(range(n), k)):
            q = solve_plainly([[row[i][j] for j in cols] for i in rows])
            p = solve_plainly([[column[i][j] for i in rows] for j in cols])
            if p is None or q is None or min(p) < 0 or min(q) < 0:
                continue
            x, y = [Fraction(0)] * m, [Fraction(0)] * n
            for i, w in zip(rows, p, strict=True):
                x[i] = w
            for j, w in zip(cols, q, strict=True):
                y[j] = w
            if plain_regret(row, column, x, y) == 0:
                found.add((tuple(x), tuple(y)))
    return found


def found_by(result) -> list[tuple[tuple[Fraction, ...], tuple[Fraction, ...]]]:
    return [tuple(map(tuple, eq.profile.weights)) for eq in result.equilibria]


ties = st.integers(-1, 1)


@st.composite
def matrices(draw, entries=ties, largest=4):
    m, n = draw(st.integers(1, largest)), draw(st.integers(1, largest))
    matrix = st.lists(st.lists(entries, min_size=n, max_size=n), min_size=m, max_size=m)
    return draw(matrix), draw(matrix)


@given(matrices(), st.sampled_from(["auto", "exact"]))
@settings(max_examples=150, deadline=None)
def test_degenerate_games(pair, arithmetic) -> None:
    row, column = pair
    game = game_of(row, column)
    result = solve(game, "nash", "lemke-howson", all=True, arithmetic=arithmetic)
    assert result.stopped == "finished"
    assert result.complete == "some"
    assert result.equilibria
    for eq, (x, y) in zip(result.equilibria, found_by(result), strict=True):
        assert plain_regret(row, column, x, y) == 0
        assert eq.payoffs["Row"] == sum(
            x[i] * y[j] * row[i][j] for i in range(len(x)) for j in range(len(y))
        )
    assert len(set(found_by(result))) == len(result.equilibria)


@given(matrices(st.integers(-9999, 9999)))
@settings(max_examples=60, deadline=None)
def test_floats_and_integers_lead_to_the_same(pair) -> None:
    row, column = pair
    game = game_of(row, column)
    expected = by_supports(row, column)
    quick = solve(game, "nash", "lemke-howson", all=True)
    exact = solve(game, "nash", "lemke-howson", all=True, arithmetic="exact")
    assert set(found_by(exact)) <= expected
    assert set(found_by(quick)) <= expected
    if len(expected) == 1:
        assert found_by(quick) == found_by(exact)


def test_every_label_of_the_coordination_game_of_two() -> None:
    # Lemke and Howson's labels reach the two pure equilibria, never the mixed one.
    result = solve(game_of([[2, 0], [0, 1]], [[1, 0], [0, 2]]), "nash", "lemke-howson", all=True)
    assert sorted(found_by(result)) == [((0, 1), (0, 1)), ((1, 0), (1, 0))]


def test_a_degenerate_game_in_which_naive_pivoting_cycles_is_solved_from_every_label() -> None:
    # Rows and columns repeat, so almost every ratio test ties.
    row = [[0, 3, 0], [0, 0, 3], [3, 0, 0], [2, 2, 2], [2, 2, 2]]
    column = [[0, 0, 3], [3, 0, 0], [0, 3, 0], [1, 1, 1], [1, 1, 1]]
    for arithmetic in ("auto", "exact"):
        result = solve(game_of(row, column), "nash", "lemke-howson", True, arithmetic=arithmetic)
        assert result.equilibria
        assert all(plain_regret(row, column, *xy) == 0 for xy in found_by(result))


@pytest.mark.parametrize("shape", [(1, 1), (1, 4), (4, 1), (3, 3)])
def test_constant_matrices(shape) -> None:
    matrix = [[7] * shape[1] for _ in range(shape[0])]
    for arithmetic in ("auto", "exact", "float"):
        result = solve(game_of(matrix, matrix), "nash", "lemke-howson", arithmetic=arithmetic)
        assert len(result.equilibria) == 1
        assert result.equilibria[0].payoffs["Row"] == pytest.approx(7)


def test_payoffs_of_very_different_size() -> None:
    big, tiny = Fraction(10) ** 12, Fraction(1, 10**12)
    row = [[big, 0, tiny], [0, tiny, 0], [big, 2 * tiny, 0]]
    column = [[0, tiny, big], [2 * tiny, 0, tiny], [0, 3 * tiny, big]]
    for arithmetic in ("auto", "exact"):
        result = solve(game_of(row, column), "nash", "lemke-howson", True, arithmetic=arithmetic)
        assert result.equilibria
        assert all(plain_regret(row, column, *xy) == 0 for xy in found_by(result))
        assert set(found_by(result)) & by_supports(row, column)


def test_numbers_beyond_64_bits() -> None:
    row = [[10**30, 0], [0, 1]]
    column = [[0, 10**25], [3, 0]]
    result = solve(game_of(row, column), "nash", "lemke-howson")
    assert found_by(result) == list(by_supports(row, column))


def test_a_third_party_without_a_choice() -> None:
    names = [["a", "b"], ["only"], ["l", "r"]]
    pennies = [(1, 5, -1), (-1, 5, 1), (-1, 5, 1), (1, 5, -1)]
    result = solve(StrategicGame.of(["A", "Observer", "B"], names, pennies), "nash", "lemke-howson")
    assert result.equilibria[0].payoffs == {"A": 0, "Observer": 5, "B": 0}
    assert result.equilibria[0].profile["A"] == {"a": Fraction(1, 2), "b": Fraction(1, 2)}


def test_floating_point_says_so() -> None:
    rng = np.random.default_rng(3)
    row, column = rng.integers(-50, 50, (2, 6, 6)).tolist()
    result = solve(game_of(row, column), "nash", "lemke-howson", arithmetic="float")
    (eq,) = result.equilibria
    assert eq.certificate.arithmetic == "float"
    assert eq.certificate.max_regret < 1e-5
    assert isinstance(eq.profile.weights[0], np.ndarray)


@pytest.mark.parametrize("method", ["lemke-howson", "small-supports"])
@given(matrices())
@settings(max_examples=60, deadline=None)
def test_floats_of_degenerate_games_certify(method, pair) -> None:
    result = solve(game_of(*pair), method=method, all=True, arithmetic="float")
    assert result.stopped == "finished"
    assert result.equilibria
    for equilibrium in result.equilibria:
        x, y = ([Fraction(p) for p in own] for own in equilibrium.profile.weights)
        x, y = ([p / sum(own) for p in own] for own in (x, y))
        assert plain_regret(*pair, x, y) <= equilibrium.certificate.max_regret < 1e-12


def test_the_kernel_against_integer_pivoting_on_the_way() -> None:
    # Every label, entries apart enough for no ties: both end at the same supports.
    from detente.solvers.bimatrix import integer_paths

    rng = np.random.default_rng(5)
    row, column = rng.integers(0, 10**6, (2, 9, 12)).tolist()
    bimatrix = Bimatrix.of(game_of(row, column))
    for label in range(21):
        path = Path(Sides(*bimatrix.floats), label)
        assert path.follow(10_000) == ARRIVED
        x, y = integer_paths.follow(bimatrix, label, lambda: None)
        assert path.supports() == (list(x), list(y))


def test_a_path_that_is_cut_and_goes_on_ends_where_a_whole_one_does() -> None:
    rng = np.random.default_rng(8)
    sides = Sides(*(rng.random((2, 60, 70)) + 0.25))
    whole, cut = Path(sides, 3), Path(sides, 3)
    assert whole.follow(10**6) == ARRIVED
    while cut.follow(7) != ARRIVED:
        assert cut.pivots <= whole.pivots
    assert cut.supports() == whole.supports()
    assert cut.pivots == whole.pivots


def test_the_time_limit() -> None:
    rng = np.random.default_rng(0)
    normal = rng.normal(size=(2, 300, 300))
    row = (normal[0] * 10**6).astype(int)
    column = (-normal[0] * 8 * 10**5 + normal[1] * 6 * 10**5).astype(int)
    game = game_of(row.tolist(), column.tolist())
    started = time.perf_counter()
    result = solve(game, "nash", "lemke-howson", all=True, time_limit=0.5)
    assert time.perf_counter() - started < 3
    assert result.stopped == "time_limit"


def test_what_it_does_not_take() -> None:
    b = Builder(["A"])
    with pytest.raises(NotSupported, match="tree"):
        solve(b.build(b.decide("A", {"x": b.end(1)})), "nash", "lemke-howson")
    three = StrategicGame.of(["A", "B", "C"], [["1", "2"]] * 3, [(0, 0, 0)] * 8)
    with pytest.raises(NotSupported, match="pure"):
        solve(three, "nash", "lemke-howson")


@pytest.mark.parametrize("arithmetic", ["auto", "exact", "float"])
def test_payoffs_that_no_float_holds_together(arithmetic: str) -> None:
    huge, tiny = Fraction(10) ** 300, Fraction(1, 10**300)
    game = StrategicGame.of(
        ["A", "B"], [["u", "d"], ["l", "r"]],
        [(huge, tiny), (-huge, tiny), (tiny, -huge), (huge, 0)],
    )  # fmt: skip
    for method in ("lemke-howson", "small-supports"):
        result = solve(game, "nash", method, arithmetic=arithmetic)
        (found,) = result.equilibria
        assert {p: float(x) for p, x in found.payoffs.items()} == {"A": 1e300, "B": 1e-300}
        assert arithmetic == "float" or dict(found.payoffs) == {"A": huge, "B": tiny}
    opposed = StrategicGame.of(
        ["A", "B"], [["u", "d"], ["l", "r"]],
        [(huge, -huge), (-huge, huge), (-huge, huge), (huge, -huge)],
    )  # fmt: skip
    tilted = StrategicGame.of(
        ["A", "B"], [["u", "d"], ["l", "r"]],
        [(huge, -huge), (tiny, -tiny), (-huge, huge), (huge, -huge)],
    )  # fmt: skip
    for game in (opposed, tilted):
        (equilibrium,) = solve(game, "nash", "sequence-form-lp", arithmetic=arithmetic).equilibria
        assert equilibrium.certificate.verdict != "refuted"
