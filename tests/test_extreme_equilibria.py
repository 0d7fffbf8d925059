"""All extreme equilibria of matrices: published counts, and brute force over all vertices."""

from __future__ import annotations

import random
import shutil
from collections.abc import Mapping, Sequence
from fractions import Fraction
from itertools import combinations

import nashpy
import numpy as np
import pytest

import detente as dt
from detente.certify import certify
from detente.certify.many import certify_many
from detente.errors import GameError, NotSupported, OutOfTime
from detente.game.mixed import MixedProfile
from detente.game.strategic import StrategicGame
from detente.solvers import extreme_equilibria as module
from detente.solvers.bimatrix import label_kernel
from detente.solvers.bimatrix.label_batches import leaves, long_solution, solutions
from detente.solvers.bimatrix.label_search import best_reply_polytopes
from detente.solvers.bimatrix.matrices import Bimatrix
from detente.solvers.result import Result

Matrix = list[list[int]]
Point = tuple[Fraction, ...]


def game(row: Matrix, column: Matrix, unit: int = 1) -> StrategicGame:
    """The game with these payoffs divided by `unit`."""
    m, n = len(row), len(row[0])
    cells = [(Fraction(row[i][j], unit), Fraction(column[i][j], unit))
             for j in range(n) for i in range(m)]  # fmt: skip
    names = [[f"r{i}" for i in range(m)], [f"c{j}" for j in range(n)]]
    return StrategicGame.of(["Row", "Column"], names, cells)


def solved(row: Matrix, column: Matrix, unit: int = 1, **kwargs: object) -> Result:
    found = dt.solve(
        game(row, column, unit), "nash", method="extreme-equilibria", all=True, **kwargs
    )
    assert all(eq.certificate.verdict == "proved" for eq in found.equilibria)
    return found


def pairs(found: Result) -> set[tuple[Point, Point]]:
    listed = [tuple(map(tuple, eq.profile.weights)) for eq in found.equilibria]
    assert len(set(listed)) == len(listed)
    return set(listed)


# ── brute force ────────────────────────────────────────────────────────────────────────────────


def brute_force(row: Matrix, column: Matrix) -> set[tuple[Point, Point]]:
    """All pairs of vertices of the best-reply polytopes that have all labels between them."""
    m, n = len(row), len(row[0])
    transposed = [[column[i][j] for i in range(m)] for j in range(n)]
    xs = vertices(transposed, [*range(m)], [m + j for j in range(n)])
    ys = vertices(row, [m + j for j in range(n)], [*range(m)])
    return {(x, y) for x, a in xs.items() for y, b in ys.items() if len(a | b) == m + n}


def vertices(matrix: Matrix, own: list[int], others: list[int]) -> dict[Point, set[int]]:
    """Mixed strategies at the vertices of {(z, v): z ≥ 0, Σ z = 1, matrix z ≤ v}, with labels."""
    size = len(own)
    rows = [[Fraction(int(k == i)) for k in range(size)] + [Fraction(0)] for i in range(size)]
    rows += [[Fraction(-a) for a in line] + [Fraction(1)] for line in matrix]
    labels, found = own + others, {}
    for tight in combinations(range(len(rows)), size):
        system = [[*rows[k], Fraction(0)] for k in tight]
        system.append([Fraction(1)] * size + [Fraction(0), Fraction(1)])
        point = unique(system)
        if point is None:
            continue
        worth = [sum(a * z for a, z in zip(line, point, strict=True)) for line in rows]
        if min(worth) >= 0:
            found[tuple(point[:size])] = {labels[k] for k, w in enumerate(worth) if w == 0}
    return found


def unique(system: list[list[Fraction]]) -> list[Fraction] | None:
    """The only solution of a square system [A | b], by elimination."""
    table = [list(line) for line in system]
    for k in range(len(table)):
        swap = next((i for i in range(k, len(table)) if table[i][k]), None)
        if swap is None:
            return None
        table[k], table[swap] = table[swap], table[k]
        table[k] = [a / table[k][k] for a in table[k]]
        for i in range(len(table)):
            if i != k and table[i][k]:
                table[i] = [a - table[i][k] * b for a, b in zip(table[i], table[k], strict=True)]
    return [line[-1] for line in table]


@pytest.fixture
def floating(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take the search in floating point for games of any size."""
    monkeypatch.setattr(module, "COMPILE_FROM", 1)


def random_matrix(draw: random.Random, m: int, n: int, values: list[int]) -> Matrix:
    return [[draw.choice(values) for _ in range(n)] for _ in range(m)]


SHAPES = [(m, n) for m in range(1, 5) for n in range(1, 5)]
VALUES = [[0, 1], [-1, 0, 1], [0, 0, 0, 1], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]]


@pytest.mark.parametrize("shape", SHAPES)
def test_brute_force_agrees_in_integers(shape: tuple[int, int]) -> None:
    draw = random.Random(str(shape))
    for values in VALUES:
        for _ in range(3):
            row, column = (random_matrix(draw, *shape, values) for _ in range(2))
            assert pairs(solved(row, column)) == brute_force(row, column), (row, column)


@pytest.mark.usefixtures("floating")
@pytest.mark.parametrize("shape", SHAPES)
def test_brute_force_agrees_in_floating_point(shape: tuple[int, int]) -> None:
    draw = random.Random(str(shape) + "floating")
    for values in VALUES:
        for _ in range(3):
            row, column = (random_matrix(draw, *shape, values) for _ in range(2))
            assert pairs(solved(row, column)) == brute_force(row, column), (row, column)


@pytest.mark.usefixtures("floating")
@pytest.mark.parametrize("seed", range(3))
def test_both_searches_agree_on_larger_games(seed: int) -> None:
    draw = random.Random(seed)
    for values in ([0, 1], [-1, 0, 1], [*range(100)]):
        row, column = (random_matrix(draw, 6, 7, values) for _ in range(2))
        exact = solved(row, column, arithmetic="exact")
        assert pairs(exact) == pairs(solved(row, column))


# ── published and closed forms ─────────────────────────────────────────────────────────────────


def test_matching_pennies_has_one() -> None:
    found = solved([[1, -1], [-1, 1]], [[-1, 1], [1, -1]])
    half = Fraction(1, 2)
    assert pairs(found) == {((half, half), (half, half))}
    assert (found.complete, found.count) == ("all", 1)
    assert list(found.equilibria[0].payoffs.values()) == [0, 0]


def test_battle_of_the_sexes_has_three() -> None:
    found = solved([[2, 0], [0, 1]], [[1, 0], [0, 2]], unit=3)
    mixed = ((Fraction(2, 3), Fraction(1, 3)), (Fraction(1, 3), Fraction(2, 3)))
    assert pairs(found) == {((1, 0), (1, 0)), ((0, 1), (0, 1)), mixed}
    payoffs = {tuple(eq.payoffs.values()) for eq in found.equilibria}
    assert (Fraction(2, 9), Fraction(2, 9)) in payoffs
    assert (Fraction(2, 3), Fraction(1, 3)) in payoffs


def test_degenerate_example_of_von_stengel() -> None:
    """Von Stengel 2007 (in Algorithmic Game Theory, section 3.6): a segment and a point."""
    found = solved([[3, 3], [2, 5], [0, 6]], [[3, 3], [2, 6], [3, 1]])
    third = Fraction(1, 3)
    segment = [((1, 0, 0), (1, 0)), ((1, 0, 0), (2 * third, third))]
    point = ((0, third, 2 * third), (third, 2 * third))
    listed = [tuple(map(tuple, eq.profile.weights)) for eq in found.equilibria]
    assert set(listed) == {*segment, point}
    assert found.complete == "components"
    spanned = {frozenset(listed[k] for k in part.members) for part in found.components or ()}
    assert spanned == {frozenset(segment), frozenset([point])}


@pytest.mark.parametrize("n", range(1, 7))
def test_identity_game(n: int) -> None:
    """Quint and Shubik 1997: every support, for both players, uniformly."""
    row = [[int(i == j) for j in range(n)] for i in range(n)]
    found = solved(row, row)
    assert (found.complete, found.count) == ("all", 2**n - 1)
    for eq in found.equilibria:
        x, y = (list(own) for own in eq.profile.weights)
        assert x == y
        assert len({p for p in x if p}) == 1


def test_identity_game_in_floating_point() -> None:
    row = np.eye(10, dtype=int).tolist()
    found = solved(row, row)
    assert (found.complete, found.count) == ("all", 1023)
    assert [part.members for part in found.components or ()] == [(k,) for k in range(1023)]


SHARED_LABELS = (5, 8, 7, 10, 9, 0, 11, 2, 1, 4, 3, 6)
"""Facet of the second dual cyclic polytope → the facet of the first that has the same label."""


def dual_cyclic_game() -> tuple[list[list[Fraction]], list[list[Fraction]]]:
    """A 6 × 6 game whose two polytopes are dual cyclic ones (von Stengel 1999).

    Their vertices are known by Gale's evenness condition; with these labels 76 pairs of them are
    completely labelled. One of these serves as the origin of both, which is no equilibrium.
    """
    size, dim = 12, 6
    points = [[Fraction(t) ** k for k in range(1, dim + 1)] for t in range(size)]
    center = [sum(column) / size for column in zip(*points, strict=True)]
    facets = [[a - c for a, c in zip(p, center, strict=True)] for p in points]
    even = [s for s in combinations(range(size), dim) if gale_even(s, size)]
    second = {frozenset(SHARED_LABELS[k] for k in s) for s in even}
    origin = next(s for s in even if frozenset(range(size)) - set(s) in second)
    rest = [label for label in range(size) if label not in origin]
    of_label = {label: facets[k] for k, label in enumerate(SHARED_LABELS)}
    column = seen_from(facets, origin, rest)
    row = seen_from(of_label, rest, origin)
    return row, [list(line) for line in zip(*column, strict=True)]


def gale_even(chosen: tuple[int, ...], size: int) -> bool:
    start = next(k for k in range(size) if k not in chosen)
    bits = "".join("1" if (start + k) % size in chosen else "0" for k in range(size))
    return all(len(run) % 2 == 0 for run in bits.split("0"))


def seen_from(
    facets: Sequence[list[Fraction]] | Mapping[int, list[Fraction]],
    origin: Sequence[int],
    rest: Sequence[int],
) -> list[list[Fraction]]:
    """M of {z ≥ 0 : M z ≤ 1}, where z are the slacks of the facets that meet at `origin`."""
    base = [facets[k] for k in origin]
    # 1 - facet · p, with p = base⁻¹ (1 - z)
    rows = []
    for k in rest:
        across = list(zip(*base, strict=True))
        weights = unique([[*line, a] for line, a in zip(across, facets[k], strict=True)])
        constant = 1 - sum(weights)
        rows.append([-w / constant for w in weights])
    return rows


@pytest.mark.parametrize("arithmetic", ["exact", "auto"])
@pytest.mark.usefixtures("floating")
def test_75_equilibria_of_a_6_by_6_game(arithmetic: str) -> None:
    """Von Stengel 1999, New maximal numbers of equilibria in bimatrix games."""
    row, column = dual_cyclic_game()
    found = solved(row, column, arithmetic=arithmetic)
    assert (found.complete, found.count) == ("all", 75)
    assert all(len(part.members) == 1 for part in found.components or ())


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("seed", range(8))
def test_nashpy_finds_the_same_without_ties(seed: int) -> None:
    draw = random.Random(seed)
    m, n = draw.randint(2, 5), draw.randint(2, 5)
    row, column = (random_matrix(draw, m, n, [*range(1000)]) for _ in range(2))
    found = solved(row, column)
    assert found.complete == "all"
    ours = [np.concatenate([np.array(own, float) for own in pair]) for pair in pairs(found)]
    other = nashpy.Game(np.array(row) / 1000, np.array(column) / 1000)
    # Rounding makes either miss some now and then.
    listed = [*other.support_enumeration(), *other.vertex_enumeration()]
    theirs = [np.concatenate(p) for p in listed]
    assert len(ours) % 2 == 1
    for some, others in ((theirs, ours), (ours, theirs)):
        assert all(min(np.abs(a - b).max() for b in others) < 1e-6 for a in some)


# ── shapes and sizes of numbers ────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("shape", [(1, 1), (1, 5), (4, 1), (3, 4), (12, 12)])
def test_constant_games(shape: tuple[int, int]) -> None:
    m, n = shape
    found = solved([[7] * n] * m, [[-2] * n] * m)
    assert len(found.equilibria) == m * n
    assert [part.members for part in found.components or ()] == [tuple(range(m * n))]
    assert found.complete == ("all" if m * n == 1 else "components")
    assert all(list(eq.payoffs.values()) == [7, -2] for eq in found.equilibria)


@pytest.mark.parametrize("size", [1, 10**30, 10**330])
def test_sizes_of_payoffs(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Payoffs of 1e12 and 1e-12 in one game, and numbers beyond 64 bits and beyond floats."""
    monkeypatch.setattr(module, "COMPILE_FROM", 1)
    draw = random.Random(size)
    for _ in range(5):
        row, column = (
            random_matrix(draw, 3, 3, [10**24, 10**24 + 1, 1, 2, 3, 0]) for _ in range(2)
        )
        large = [[a * size for a in line] for line in row]
        assert pairs(solved(large, column, 10**12)) == brute_force(row, column)


@pytest.mark.usefixtures("floating")
def test_payoffs_that_differ_by_less_than_floats_can_tell() -> None:
    """Rows that are as good as equal in floating point; the better one is played."""
    huge = 10**25
    row = [[huge, 0, 1], [huge + 1, 0, 1], [0, huge, 2]]
    column = [[3, 1, 0], [1, 3, huge], [2, 2, 0]]
    assert pairs(solved(row, column)) == brute_force(row, column)


def test_duplicate_and_dominated_strategies() -> None:
    row, column = [[3, 0], [3, 0], [0, 1], [-1, -1]], [[1, 0], [1, 0], [0, 2], [5, 5]]
    assert pairs(solved(row, column)) == brute_force(row, column)


def test_players_without_a_choice_only_gain() -> None:
    cells = [(1, 7, 1), (0, 5, 0), (0, 3, 0), (1, 9, 1)]
    three = StrategicGame.of(["A", "B", "C"], [["a", "b"], ["only"], ["c", "d"]], cells)
    found = dt.solve(three, "nash", method="extreme-equilibria", all=True)
    assert (found.complete, found.count) == ("all", 3)
    assert {eq.payoffs["B"] for eq in found.equilibria} == {7, 9, 6}


# ── stopping ───────────────────────────────────────────────────────────────────────────────────


def large(n: int) -> tuple[Matrix, Matrix]:
    draw = random.Random(n)
    return random_matrix(draw, n, n, [*range(1000)]), random_matrix(draw, n, n, [*range(1000)])


@pytest.mark.parametrize("arithmetic", ["exact", "auto"])
def test_the_time_limit_keeps_what_was_found(arithmetic: str) -> None:
    solved(*large(10))  # compiled, before the clock runs
    found = solved(*large(40), time_limit=0.4, arithmetic=arithmetic)
    assert (found.stopped, found.complete) == ("time_limit", "some")
    assert found.seconds < 1.5
    assert found.components is None


def test_an_interrupt_keeps_what_was_found() -> None:
    calls = []

    def interrupt(text: str, done: float | None) -> None:
        calls.append((text, done))
        if len(calls) > 20:
            raise KeyboardInterrupt

    found = solved(*large(30), progress=interrupt)
    assert found.stopped == "interrupted"
    fractions = [done for _, done in calls]
    assert fractions == sorted(fractions)
    assert 0 < fractions[-1] < 1


def test_a_limit_stops_the_list() -> None:
    row = np.eye(4, dtype=int).tolist()
    found = dt.solve(game(row, row), "nash", method="extreme-equilibria", limit=4)
    assert (len(found.equilibria), found.stopped, found.complete) == (4, "limit", "some")


def test_time_runs_out_while_components_are_joined(monkeypatch: pytest.MonkeyPatch) -> None:
    """All extreme equilibria are there; what they span is not known."""

    def late(*_: object) -> None:
        raise OutOfTime

    monkeypatch.setattr(module, "components", late)
    found = solved([[0, 0], [0, 0]], [[0, 0], [0, 0]])
    assert (found.complete, len(found.equilibria)) == ("components", 4)
    assert found.components is None
    assert "before components" in found.reason


@pytest.mark.slow
def test_the_benchmark_compares_whole_sets_first(monkeypatch: pytest.MonkeyPatch) -> None:
    from benchmarks import all_equilibria
    from benchmarks.timing import AnswersDiffer, Settings

    settings = Settings(largest=100, repeats=1)
    assert all(row.seconds > 0 for row in all_equilibria.rows(settings))
    if not shutil.which("lrsnash"):
        pytest.skip("lrsnash is not installed")
    monkeypatch.setattr(all_equilibria, "_read_lrsnash", lambda text: iter(()))
    with pytest.raises(AnswersDiffer):
        list(all_equilibria.rows(settings))


def test_trees_and_three_movers_are_refused() -> None:
    cells = [(0, 0, 0)] * 8
    three = StrategicGame.of(["A", "B", "C"], [["a", "b"]] * 3, cells)
    with pytest.raises(NotSupported, match="at most two players"):
        dt.solve(three, "nash", method="extreme-equilibria")


# ── the parts ──────────────────────────────────────────────────────────────────────────────────


def test_no_proof_that_a_face_is_empty_is_wrong() -> None:
    """Whatever the dictionary says: right ones, and ones with noise of every size in them."""
    draw = np.random.default_rng(5)
    proved = wrong = 0
    for _ in range(4000):
        m, n = draw.integers(2, 5, 2)
        row, column = draw.integers(1, 6, (m, n)), draw.integers(1, 6, (m, n))
        bimatrix = Bimatrix.of(game(row.tolist(), column.tolist()))
        matrix = np.ascontiguousarray(bimatrix.floats[1].T)
        table = np.hstack([matrix, np.ones((n, 1))])
        of, at, free = np.arange(m + n), np.arange(m + n), np.array([m])
        fixed = []
        for variable in draw.permutation(m + n)[: draw.integers(1, m + n)].tolist():
            table += draw.choice([0, 1e-12, 1e-3, 1]) * draw.normal(size=table.shape)
            args = matrix, table[None], of[None], at[None], free, 0, variable, np.zeros(n)
            face = label_kernel.cut(*args)
            exact = best_reply_polytopes(*bimatrix.positive)[0]
            for label in [*fixed, variable]:
                exact = exact and exact.without(label)
            proved += face == label_kernel.EMPTY
            wrong += face == label_kernel.EMPTY and exact is not None
            if face != label_kernel.CUT:
                break
            fixed.append(variable)
    assert proved > 300
    assert wrong == 0


@pytest.mark.parametrize("seed", range(3))
def test_short_and_long_integers_agree(seed: int) -> None:
    draw = random.Random(seed)
    row, column = (random_matrix(draw, 7, 6, [*range(30)]) for _ in range(2))
    bimatrix = Bimatrix.of(game(row, column))
    every = np.concatenate([*leaves(bimatrix, lambda: None, lambda done: None)])
    noise = np.random.default_rng(seed).integers(0, 2, (500, 13), np.int8)
    every = np.concatenate([every, noise])
    listed, tied = solutions(bimatrix, every)
    long = [long_solution(*bimatrix.positive, leaf) for leaf in every]
    ones = [(reduced(x), reduced(y)) for kind, x, y in long if kind == 1]
    assert listed == ones
    kinds = [kind for kind, *_ in long]
    assert tied == [leaf.tolist() for leaf, kind in zip(every, kinds, strict=True) if kind == 2]


def reduced(weights: list[int]) -> tuple[int, ...]:
    return tuple(weight // int(np.gcd.reduce(weights)) for weight in weights)


def test_judging_many_is_judging_each() -> None:
    draw = random.Random(3)
    row, column = (random_matrix(draw, 3, 4, [0, 1, 2]) for _ in range(2))
    played = game(row, column)
    other = game(column, row)
    profiles = [eq.profile for eq in solved(row, column).equilibria]
    profiles = [MixedProfile(played, profile.weights) for profile in profiles]
    for _ in range(60):
        x, y = ([Fraction(draw.choice([0, 1, 1, 10**20, 7])) for _ in range(k)] for k in (3, 4))
        if sum(x) and sum(y):
            weights = tuple([w / sum(own) for w in own] for own in (x, y))
            profiles.append(MixedProfile(played, weights))
    profiles.append(MixedProfile(other, profiles[0].weights))
    profiles.append(MixedProfile(played, (np.full(3, 1 / 3), np.full(4, 1 / 4))))
    judged = [certificate.verdict for certificate in certify_many(played, profiles)]
    assert judged == [certify(played, profile, "nash").verdict for profile in profiles]
    assert {"proved", "refuted"} <= set(judged)
    for bad in ([Fraction(1), Fraction(1), Fraction(-1)], [Fraction(1, 2)] * 3, [Fraction(1)] * 2):
        wrong = MixedProfile(played, (bad, profiles[0].weights[1]))
        with pytest.raises(GameError):
            certify_many(played, [*profiles[:5], wrong])
