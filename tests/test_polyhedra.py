"""Exact polyhedra and their vertices against every basis tried in turn."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations
from random import Random

import pytest

from detente.linear.polyhedron import Polyhedron
from detente.linear.vertices import extreme_rays, polytope
from tests.plain_equilibria import Vector, solved

Rows = list[list[int]]


def random_rows(r: Random, width: int, number: int) -> Rows:
    """[constant, one coefficient a parameter], within a box so that it is bounded."""
    rows = [[r.randint(-2, 6), *(r.randint(-3, 3) for _ in range(width))] for _ in range(number)]
    return rows + [[4, *(-int(i == j) for j in range(width))] for i in range(width)]


def plain_vertices(width: int, rows: Rows, equal: Rows) -> set[Vector]:
    """The points where so many rows are 0 that there is one, and none is negative."""
    every = [[0, *(int(i == j) for j in range(width))] for i in range(width)] + rows
    found = set()
    for tight in combinations(every, width - len(equal)):
        system = [list(map(Fraction, row[1:])) for row in [*equal, *tight]]
        point = solved(system, [Fraction(-row[0]) for row in [*equal, *tight]])
        if point is not None and all(_at(row, point) >= 0 for row in every):
            found.add(tuple(point))
    return found


def _at(row: list[int], point: list[Fraction]) -> Fraction:
    return row[0] + sum(a * x for a, x in zip(row[1:], point, strict=True))


@pytest.mark.parametrize("work", [-1, 10**9])
def test_vertices_both_ways(work: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("detente.linear.vertices.WORK", work)
    r, empty = Random(3), 0
    for _ in range(60):
        width = r.randint(1, 3)
        rows = random_rows(r, width, r.randint(0, 4))
        equal = random_rows(r, width, r.randint(0, 1))[:1] if r.random() < 0.3 and width > 1 else []
        unit = [[0, *(int(i == j) for j in range(width))] for i in range(width)]
        found = polytope(unit, equal, rows)
        expected = plain_vertices(width, rows, equal) if not equal or any(equal[0][1:]) else None
        if expected is None:
            continue
        listed = list(found) if found is not None else []
        assert len(set(listed)) == len(listed)
        assert set(listed) == expected
        empty += not expected
    assert empty


def test_independent_parts_multiply_lazily() -> None:
    width = 200
    unit = [[0, *(int(i == j) for j in range(width))] for i in range(width)]
    box = [[1, *(-int(i == j) for j in range(width))] for i in range(width)]
    found = polytope(unit, [], box)
    assert found is not None
    assert len(found.parts) == width
    first, second = (point for point, _ in zip(found, range(2), strict=False))
    assert first != second
    assert set(first) <= {0, 1}


def test_what_can_be_positive_and_what_is_empty() -> None:
    # v3 = 1 - v1 - v2, v4 = v1 - v2, v5 = v2 - v1: v1 = v2 throughout.
    start = Polyhedron((1, 2), {3: [1, -1, -1], 4: [0, 1, -1], 5: [0, -1, 1]}, 1)
    assert start.positive(range(1, 6)) == {1, 2, 3}
    half = start.without(3)
    assert half is not None
    assert half.positive(range(1, 6)) == {1, 2}
    assert {Fraction(half.value(v), half.den) for v in (1, 2)} == {Fraction(1, 2)}
    assert half.without(1) is None
    nothing = start.without(1)
    assert nothing is not None
    assert nothing.positive(range(1, 6)) == {3}


def test_rays_that_would_take_too_long_are_left() -> None:
    rows = [[1, *(-int(i == j) for j in range(10))] for i in range(10)]
    rays = extreme_rays(rows, 11)
    assert rays is not None
    assert len(rays) == 2**10
    assert extreme_rays(rows, 11, work=1000) is None
