"""Random conflicts of two to four sides, larger and rarer ones, against the definitions."""

from __future__ import annotations

import random
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from plain_conflicts import Plain, random_plain

from detente.game import kernels
from detente.stability.graph import (
    CoalitionAnalysis,
    Conflict,
    GraphAnalysis,
    Misperception,
    ways_from,
)
from detente.stability.graph import vectors as vectors_of
from detente.stability.graph.closure import Closure
from detente.stability.graph.vectors import Pool, undominated

SINGLE = ("nash", "gmr", "smr", "seq", "sseq")
TOGETHER = ("nash", "gmr", "smr", "seq")


def larger_plain(seed):
    """Ten to twenty states, thinly joined, so that sequences are long and components many."""
    draw = random.Random(seed)
    n, size = draw.choice([2, 3, 3, 4]), draw.randint(10, 20)
    thin = draw.choice([0.04, 0.08, 0.12])

    def table():
        return [{t for t in range(size) if t != s and draw.random() < thin} for s in range(size)]

    pay = [[draw.randrange(size) for _ in range(size)] for _ in range(n)]
    plain = Plain(n, size, [table() for _ in range(n)], pay)
    if draw.random() < 0.5:
        plain.joint[frozenset(draw.sample(range(n), draw.randint(2, n)))] = table()
    return plain


def every_coalition(n):
    return [frozenset(c) for size in range(1, n + 1) for c in combinations(range(n), size)]


@pytest.mark.parametrize("seed", range(12))
def test_larger_conflicts(seed):
    plain = larger_plain(seed)
    analysis = GraphAnalysis(plain.conflict())
    for key in SINGLE:
        wanted = [[plain.stable(key, i, s) for s in range(plain.size)] for i in range(plain.n)]
        assert analysis.stable(key).tolist() == wanted, key


@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize("block", [1, 30, 1 << 20])
@pytest.mark.parametrize("seed", range(3))
def test_larger_conflicts_against_coalitions(seed, block, compiled, monkeypatch):
    """Whether vectors come in one block or many, interpreted or compiled."""
    monkeypatch.setattr(vectors_of, "BLOCK", block)
    if compiled:
        monkeypatch.setattr(kernels, "COMPILE_FROM", 0)
    plain = larger_plain(100 + seed)
    analysis = CoalitionAnalysis(plain.conflict())
    for who in every_coalition(plain.n):
        for key in TOGETHER:
            wanted = [plain.coalition_stable(key, who, s) for s in range(plain.size)]
            assert analysis.stable(key, who).tolist() == wanted, (key, who)


@pytest.mark.parametrize("way", "abcd")
@pytest.mark.parametrize("seed", range(15))
def test_strength_with_unknown_preferences_and_joint_moves(seed, way):
    plain = random_plain(10_000 + seed, joint=True, unknown=True, floors=True)
    analysis = GraphAnalysis(plain.conflict(), way)
    for key in SINGLE:
        for strong in (False, True):
            wanted = [
                [plain.stable(key, i, s, way, strong) for s in range(plain.size)]
                for i in range(plain.n)
            ]
            assert analysis.stable(key, strong).tolist() == wanted, (key, strong)


@pytest.mark.parametrize("seed", range(20))
def test_misperception_by_each_sides_own_view(seed):
    """Views with other preferences, moves and fewer states, each by the plain definitions."""
    draw = random.Random(seed)
    actual = random_plain(11_000 + seed, joint=seed % 2 == 0)
    names = [f"side {i}" for i in range(actual.n)]
    views = {}
    for i in draw.sample(range(actual.n), draw.randint(1, actual.n)):
        tops = range(actual.size)
        own = Plain(
            actual.n, actual.size,
            [[set(draw.sample(sorted(row), draw.randint(0, len(row)))) for row in table]
             for table in actual.moves],
            [[draw.choice(tops) for _ in tops] for _ in range(actual.n)], actual.joint,
        )  # fmt: skip
        unaware = set(draw.sample(tops, draw.randint(0, actual.size - 1)))
        views[i] = (own, unaware)
    seen = Misperception(
        actual.conflict(),
        {names[i]: in_view(own, unaware) for i, (own, unaware) in views.items()},
    )
    for key in SINGLE:
        held = seen.held(key)
        for i in range(actual.n):
            own, unaware = views.get(i, (actual, set()))
            known = without(own, unaware)
            for s in range(actual.size):
                assert held[i, s] == (s not in unaware and known.stable(key, i, s)), (key, i, s)
        wanted = [s for s in range(actual.size) if held[:, s].all()]
        assert seen.outside(key) == tuple(str(s + 1) for s in wanted)
        real = [s for s in wanted if all(actual.stable(key, i, s) for i in range(actual.n))]
        assert seen.surprises(key) == tuple(str(s + 1) for s in wanted if s not in real)


def in_view(plain, unaware):
    """The conflict of the other states, which keep their names."""
    states = [s for s in range(plain.size) if s not in unaware]
    number = {s: k for k, s in enumerate(states)}

    def pairs(table):
        return [(number[s], number[t]) for s in states for t in table[s] if t in number]

    names = [f"side {i}" for i in range(plain.n)]
    return Conflict.of(
        {name: pairs(table) for name, table in zip(names, plain.moves, strict=True)},
        [[own[s] for s in states] for own in plain.pay],
        states=[str(s + 1) for s in states],
        joint={tuple(names[i] for i in who): pairs(t) for who, t in plain.joint.items()},
    )


def without(plain, states):
    """No moves to or from these states."""

    def kept(table):
        return [set() if s in states else row - states for s, row in enumerate(table)]

    return Plain(
        plain.n, plain.size, [kept(table) for table in plain.moves], plain.pay,
        {who: kept(table) for who, table in plain.joint.items()},
    )  # fmt: skip


# ── properties ─────────────────────────────────────────────────────────────────────────────────


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6))
def test_a_state_that_nobody_can_reach_changes_nothing(seed):
    plain = random_plain(seed, joint=seed % 2 == 0)
    before = {key: GraphAnalysis(plain.conflict()).stable(key) for key in SINGLE}
    size = plain.size
    for table in [*plain.moves, *plain.joint.values()]:
        table.append({s for s in range(size) if (seed >> s) % 3})
    for own in plain.pay:
        own.append(seed % size)
    plain.size += 1
    for key, found in before.items():
        assert (GraphAnalysis(plain.conflict()).stable(key)[:, :size] == found).all(), key


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6))
def test_more_answers_never_unsettle(seed):
    """Moves of the others without improvement can only add to what deters, under GMR."""
    plain = random_plain(seed)
    conflict = plain.conflict()
    before = GraphAnalysis(conflict).stable("gmr")[0]
    draw = random.Random(seed)
    for table in plain.moves[1:]:
        for s, row in enumerate(table):
            row.update(t for t in range(plain.size) if t != s and draw.random() < 0.2)
    after = GraphAnalysis(plain.conflict()).stable("gmr")[0]
    assert (before <= after).all()


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6))
def test_a_way_by_improvements_is_a_way(seed):
    conflict = random_plain(seed, joint=seed % 2 == 0).conflict()
    any_way, better = ways_from(conflict, 0), ways_from(conflict, 0, improving=True)
    reached = better.distance >= 0
    assert (any_way.distance[reached] >= 0).all()
    assert (any_way.distance[reached] <= better.distance[reached]).all()


@settings(max_examples=100, deadline=None)
@given(st.integers(2, 4), st.integers(0, 10**6))
def test_meeting_sets_of_vectors(width, seed):
    """What lies in both, by asking every vector of a small grid."""
    draw = np.random.default_rng(seed)
    one, other = (undominated(draw.integers(0, 4, (draw.integers(1, 6), width))) for _ in range(2))
    pool = Pool(1)
    met = pool.rows[pool.meet(pool.put(one), pool.put(other))]

    def inside(point, rows):
        return bool((point <= rows).all(axis=1).any())

    for point in np.ndindex(*([4] * width)):
        wanted = inside(point, one) and inside(point, other)
        assert inside(point, met) == wanted
    assert len(undominated(met)) == len(met)
    assert [tuple(row) for row in met] == sorted(map(tuple, met), reverse=True)


@pytest.mark.parametrize("seed", range(15))
def test_what_is_reached_and_where_it_goes_round(seed):
    plain = larger_plain(200 + seed)
    conflict = plain.conflict()
    for who in every_coalition(plain.n):
        movers = [mover for mover in conflict.movers if mover.sides <= who]
        closure = Closure.of(movers, plain.size)
        source = closure.down.source
        assert (source > closure.down.target).all()
        for state in range(plain.size):
            assert set(closure.reached(state).tolist()) == plain.sequences(who, state)


def test_a_conflict_without_moves_is_at_rest():
    conflict = Conflict.of({"A": [], "B": []}, [[1, 2], [2, 1]])
    analysis = GraphAnalysis(conflict)
    for key in SINGLE:
        assert analysis.stable(key).all()
    for key in TOGETHER:
        assert analysis.coalitional_equilibria(key) == ("1", "2")
