"""All extreme equilibria of matrices: published counts, and all pairs of vertices by brute force."""

from __future__ import annotations

import random
from fractions import Fraction
from itertools import combinations

import pytest

import detente as dt
from detente.game.strategic import StrategicGame
from detente.solvers import extreme_equilibria as module

Matrix = list[list[int]]
Point = tuple[Fraction, ...]


def game(row: Matrix, column: Matrix, unit: int = 1) -> StrategicGame:
    """The game with these payoffs divided by `unit`."""
    m, n = len(row), len(row[0])
    cells = [(Fraction(row[i][j], unit), Fraction(column[i][j], unit))
             for j in range(n) for i in range(m)]  # fmt: skip
    names = [[f"r{i}" for i in range(m)], [f"c{j}" for j in range(n)]]
    return StrategicGame.of(["Row", "Column"], names, cells)


def solved(row: Matrix, column: Matrix, unit: int = 1, **kwargs: object) -> dt.Result:
    found = dt.solve(
        game(row, column, unit), "nash", method="extreme-equilibria", all=True, **kwargs
    )
    assert all(eq.certificate.verdict == "proved" for eq in found.equilibria)
    return found


def pairs(found: dt.Result) -> set[tuple[Point, Point]]:
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
        system = [[*rows[k], Fraction(0)] for k in tight] + [[Fraction(1)] * size + [Fraction(0), Fraction(1)]]
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
