"""Maximal Nash subsets: graphs by brute force, and what the sets claim of mixtures."""

from __future__ import annotations

import random
from collections.abc import Sequence
from fractions import Fraction
from itertools import chain, combinations, product

import pytest

import detente as dt
from detente.certify import certify
from detente.game.mixed import MixedProfile
from detente.game.strategic import StrategicGame
from detente.solvers.components import bicliques, components

Edges = set[tuple[int, int]]
Point = tuple[Fraction, ...]


def plainly(edges: Edges) -> set[tuple[frozenset[int], frozenset[int]]]:
    """All maximal bicliques, from every set of left vertices."""
    lefts = sorted({x for x, _ in edges})
    found = set()
    for size in range(1, len(lefts) + 1):
        for chosen in combinations(lefts, size):
            right = {y for _, y in edges if all((x, y) in edges for x in chosen)}
            if right:
                left = {x for x in lefts if all((x, y) in edges for y in right)}
                found.add((frozenset(left), frozenset(right)))
    return found


@pytest.mark.parametrize("seed", range(40))
def test_maximal_bicliques(seed: int) -> None:
    draw = random.Random(seed)
    m, n, density = draw.randint(1, 7), draw.randint(1, 7), draw.choice([0.2, 0.5, 0.8])
    edges = {(x, y) for x in range(m) for y in range(n) if draw.random() < density}
    found = list(bicliques(edges))
    assert len(set(found)) == len(found)
    assert set(found) == plainly(edges)
    places = {edge: k for k, edge in enumerate(sorted(edges))}
    parts = components(places)
    assert {part.members for part in parts} == {
        tuple(sorted(places[edge] for edge in product(*sides))) for sides in found
    }
    assert list(parts) == sorted(parts, key=lambda part: part.members)


def test_avis_rosenberg_savani_and_von_stengel() -> None:
    """2010, section 2: maximal Nash subsets may meet in an extreme equilibrium."""
    parts = components({(0, 0): 0, (0, 1): 1, (1, 1): 2, (1, 2): 3, (2, 3): 4})
    assert [part.members for part in parts] == [(0, 1), (1, 2), (2, 3), (4,)]


@pytest.mark.parametrize("seed", range(12))
def test_mixtures_of_a_component_are_equilibria_and_no_larger_set_is_one(seed: int) -> None:
    draw = random.Random(seed)
    m, n = draw.randint(1, 4), draw.randint(1, 4)
    cells = [(draw.randint(0, 1), draw.randint(0, 1)) for _ in range(m * n)]
    game = StrategicGame.of(["A", "B"], [list("abcd")[:m], list("abcd")[:n]], cells)
    found = dt.solve(game, "nash", method="extreme-equilibria", all=True)
    extreme = [tuple(map(tuple, eq.profile.weights)) for eq in found.equilibria]
    assert found.components
    assert {*chain(*(part.members for part in found.components))} == {*range(len(extreme))}
    for part in found.components:
        xs, ys = (list(dict.fromkeys(extreme[k][i] for k in part.members)) for i in (0, 1))
        assert len(xs) * len(ys) == len(part.members)
        for _ in range(3):
            assert is_equilibrium(game, mixed(xs, draw), mixed(ys, draw))
        for x, y in extreme:
            assert x in xs or not all(is_equilibrium(game, x, other) for other in ys)
            assert y in ys or not all(is_equilibrium(game, other, y) for other in xs)


def mixed(points: list[Point], draw: random.Random) -> list[Fraction]:
    weights = [Fraction(draw.randint(1, 5)) for _ in points]
    total = sum(weights)
    return [sum(w * p for w, p in zip(weights, column, strict=True)) / total
            for column in zip(*points, strict=True)]  # fmt: skip


def is_equilibrium(game: StrategicGame, x: Sequence[Fraction], y: Sequence[Fraction]) -> bool:
    return certify(game, MixedProfile.of(game, [x, y]), "nash").verdict == "proved"
