"""Bounds in floating point against exact values at many points; branch and bound against grids."""

from __future__ import annotations

import itertools
import random
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from test_radius import X, Y, kept_while

from detente.stability.robustness.nearest.bounding import Reach, Smooth
from detente.stability.robustness.nearest.halving import Boxes, Halving
from detente.stability.robustness.nearest.norms import NORMS, Norm, size_of
from detente.stability.robustness.nearest.pieces import Constraint, Form, Piece
from detente.stability.robustness.nearest.radius import radius

F = Fraction
Terms = list[tuple[tuple[int, ...], Fraction]]


def drawn(rng: random.Random, variables: int = 3, degree: int = 3) -> Terms:
    """A polynomial with a constant that is not zero."""
    found = {(0,) * variables: F(rng.randint(-9, -1), 3)}
    for _ in range(rng.randint(1, 6)):
        exponents = [0] * variables
        for _ in range(rng.randint(1, degree)):
            exponents[rng.randrange(variables)] += 1
        found[tuple(exponents)] = F(rng.choice([-5, -2, -1, 1, 2, 7]), rng.randint(1, 3))
    return list(found.items())


def value(terms: Terms, y: tuple[Fraction, ...]) -> Fraction:
    total = F(0)
    for exponents, coefficient in terms:
        for part, power in zip(y, exponents, strict=True):
            coefficient *= part**power
        total += coefficient
    return total


@pytest.mark.parametrize("norm", NORMS)
def test_no_point_within_reach_is_above_the_bound(norm: Norm) -> None:
    rng = random.Random(norm)
    reached = 0
    for _ in range(60):
        terms = drawn(rng)
        smooth = Smooth(terms)
        scale = max(abs(c) for _, c in terms)
        ends = [sorted(F(rng.randint(-8, 8), 8) for _ in range(2)) for _ in range(3)]
        low, high = (np.array([[float(e[i])] for e in ends]) for i in (0, 1))
        radius_ = F(rng.randint(1, 12), 8)
        reach = Reach.of(low, high, np.array([float(radius_)]), norm)
        if reach.budget[0] < 0:
            continue
        row = smooth.above(smooth.around(reach.near), 1, reach, reach.near)
        most = reach.most(row)[0]
        ticks = [[a + (b - a) * F(k, 4) for k in range(5)] for a, b in ends]
        squared = radius_**2 if norm == "euclid" else radius_
        for y in itertools.product(*ticks):
            if size_of(y, norm) <= squared:
                reached += 1
                assert float(value(terms, y) / scale) <= most + 1e-15
    assert reached > 200


@pytest.mark.parametrize("norm", NORMS)
def test_branch_and_bound_is_below_every_point_and_close(norm: Norm) -> None:
    rng = random.Random(f"{norm} again")
    ticks = [F(k, 6) for k in range(-6, 7)]
    found = 0
    for _ in range(12):
        both = [drawn(rng, 2), drawn(rng, 2)]
        boxes = Boxes.whole(np.full(2, -1.0), np.full(2, 1.0))
        search = Halving([(Smooth(terms), 1) for terms in both], norm, boxes)
        for _ in range(25):
            search.step(3.0, np.inf)
        lower = search.lower
        points = [
            y for y in itertools.product(ticks, repeat=2)
            if all(value(terms, y) >= 0 for terms in both)
        ]  # fmt: skip
        for y in points:
            size = float(size_of(y, norm))
            assert lower <= (size**0.5 if norm == "euclid" else size) + 1e-12
        found += bool(points)
    assert found > 3


def test_conditions_that_touch_exclude_each_other() -> None:
    # With f = 0 and x < 4/5, f + 4 - 5x is above 0: no box shows it where x comes close to 4/5.
    from flint import Ordering, fmpq_mpoly_ctx

    ring = fmpq_mpoly_ctx.get(["x", "y", "z"], Ordering.lex)
    x, y, z = ring.gens()
    f = x * y - 3 * z - 1
    box = [(F(-1), F(1))] * 3

    def piece(last: int) -> Piece:
        signs = [(f, 0), (5 * x - 4, -1), (f + 4 - 5 * x, last)]
        return Piece(tuple(Constraint(Form(p), frozenset((s,))) for p, s in signs))

    assert piece(1).possible(box)
    assert not piece(0).possible(box)
    assert not piece(-1).possible(box)


@pytest.mark.parametrize("norm", NORMS)
def test_a_tie_is_told_as_one_where_conditions_bend(norm: Norm) -> None:
    found = radius(kept_while((1 + X) * (1 + Y) - 1), "deal", norm=norm)
    assert found.word == "stable on a tie"
    assert (found.lower, found.upper) == (F(0), F(0))
    assert (found.exact, found.attained) == (True, False)
    assert {move.parameter for move in found.towards} <= {"x", "y"}
    assert found.there != found.word


@pytest.mark.parametrize("norm", NORMS)
def test_all_numbers_of_hanoi_at_once(norm: Norm) -> None:
    import detente as dt

    summit: Any = dt.load("hanoi-2019")
    found = radius(summit, "kumgang + full + inspected", norm=norm)
    assert found.reason == ""
    assert found.least is not None
    assert found.distance is not None
    assert found.least >= 0.99 * found.distance
