"""Status quo, misperception, changes of preference and views of a conflict."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from plain_conflicts import random_plain

from detente.errors import GameError, NotSupported
from detente.stability.graph import (
    Conflict,
    GraphAnalysis,
    Misperception,
    changes,
    changes_of_two,
    to_networkx,
    ways_from,
)

DILEMMA = {"A": [(0, 1), (1, 0), (2, 3), (3, 2)], "B": [(0, 2), (2, 0), (1, 3), (3, 1)]}


# ── status quo ─────────────────────────────────────────────────────────────────────────────────


def distances(plain, start, improving):
    """Shortest legal sequences, layer by layer."""
    found, layer, step = {start: 0}, {(start, frozenset())}, 0
    seen = set(layer)
    while layer:
        step += 1
        fresh = set()
        for state, last in layer:
            for who, table in plain.movers(range(plain.n)):
                for t in table[state] if not who & last else ():
                    if improving and not plain.all_better(who, state, t):
                        continue
                    found.setdefault(t, step)
                    fresh.add((t, who))
        layer = fresh - seen
        seen |= layer
    return [found.get(s, -1) for s in range(plain.size)]


@pytest.mark.parametrize("improving", [False, True])
@pytest.mark.parametrize("seed", range(40))
def test_ways_are_shortest_and_legal(seed, improving):
    plain = random_plain(seed, joint=seed % 2 == 0)
    conflict = plain.conflict()
    for start in range(plain.size):
        ways = ways_from(conflict, start, improving)
        assert ways.distance.tolist() == distances(plain, start, improving)
        for end in range(plain.size):
            path = ways.path(end)
            if path is None:
                assert ways.distance[end] == -1
                continue
            assert len(path) == ways.distance[end]
            at, last = start, frozenset()
            for step in path:
                assert step.source == at
                assert not step.sides & last
                assert step.target in dict(plain.movers(range(plain.n)))[step.sides][at]
                assert not improving or plain.all_better(step.sides, at, step.target)
                at, last = step.target, step.sides
            assert at == end


def test_a_way_is_coloured_by_its_movers():
    conflict = Conflict.of({"A": [(0, 1)], "B": [(1, 2)]}, [[1, 0, 2], [0, 0, 1]])
    (one, two) = ways_from(conflict, "1").path("3")
    assert (conflict.who(one.sides), conflict.who(two.sides)) == (("A",), ("B",))
    assert ways_from(conflict, "1", improving=True).path("3") is None


# ── misperception ──────────────────────────────────────────────────────────────────────────────


def test_each_side_holds_by_its_own_view():
    actual = Conflict.of(DILEMMA, [[3, 4, 1, 2], [3, 1, 4, 2]])
    # B takes A for one who prefers to cooperate when B does; A sees what is so.
    seen = Misperception(actual, {"B": Conflict.of(DILEMMA, [[4, 3, 1, 2], [4, 1, 3, 2]])})
    assert seen.seen_by("A", "nash") == ("4",)
    assert seen.seen_by("B", "nash") == ("1", "4")
    assert seen.outside("nash") == ("4",)
    assert seen.held("nash").tolist() == [
        [False, True, False, True], [True, False, False, True],
    ]  # fmt: skip


def test_a_state_out_of_view_is_not_counted_as_held():
    actual = Conflict.of({"A": [(0, 1)], "B": [(1, 2)]}, [[2, 1, 3], [1, 2, 3]])
    view = Conflict.of({"A": [(0, 1)], "B": []}, [[2, 1], [1, 2]])
    seen = Misperception(actual, {"B": view})
    assert seen.in_view().tolist() == [[True, True, True], [True, True, False]]
    assert seen.held("nash").tolist() == [[True, True, True], [True, True, False]]
    assert seen.outside("nash") == ("1", "2")
    assert seen.surprises("nash") == ("2",)


def test_views_have_the_conflicts_sides():
    actual = Conflict.of({"A": []}, [[1, 2]])
    with pytest.raises(GameError, match="same sides"):
        Misperception(actual, {"A": Conflict.of({"B": []}, [[1, 2]])})
    with pytest.raises(GameError, match="no side 'C'"):
        Misperception(actual, {"C": actual})


# ── changes of preference ──────────────────────────────────────────────────────────────────────


def rankings(size):
    """Every ranking with ties of this many states."""
    return {
        tuple(np.unique(row, return_inverse=True)[1].tolist())
        for row in product(range(size), repeat=size)
    }


def pairs_changed(one, other):
    return sum(
        np.sign(one[s] - one[t]) != np.sign(other[s] - other[t])
        for s in range(len(one)) for t in range(s)
    )  # fmt: skip


@pytest.mark.parametrize("concept", ["nash", "gmr", "smr", "seq", "sseq"])
@pytest.mark.parametrize("seed", range(25))
def test_no_ranking_does_with_fewer_changes(seed, concept):
    plain = random_plain(7000 + seed, joint=seed % 3 == 0)
    if plain.size > 5:
        plain.size = 5
        plain.moves = [[{t for t in row if t < 5} for row in own[:5]] for own in plain.moves]
        plain.joint = {
            who: [{t for t in row if t < 5} for row in own[:5]] for who, own in plain.joint.items()
        }
        plain.pay = [own[:5] for own in plain.pay]
    conflict, own = plain.conflict(), plain.pay[0]
    state = max(range(plain.size), key=lambda s: len(plain.moves[0][s]))
    least = []
    for ranking in rankings(plain.size):
        plain.pay[0] = list(ranking)
        if plain.stable(concept, 0, state):
            least.append(pairs_changed(ranking, own))
    found = changes(conflict, 0, state, concept)
    assert found[0].pairs == min(least)
    assert [change.pairs for change in found] == sorted(change.pairs for change in found)
    for change in found:
        plain.pay[0] = change.payoff.tolist()
        assert plain.stable(concept, 0, state)
        assert pairs_changed(plain.pay[0], own) == change.pairs
        assert len(change.changed(conflict.payoff[0])) == change.pairs
    sets = [set(change.lowered) for change in found]
    assert not any(sets[i] < sets[k] for k in range(len(sets)) for i in range(k))
    assert not any(
        sets[k] < sets[i] and found[k].pairs == found[i].pairs
        for k in range(len(sets)) for i in range(k)
    )  # fmt: skip


@pytest.mark.parametrize("concept", ["seq", "sseq"])
@pytest.mark.parametrize("seed", range(12))
def test_no_two_rankings_do_with_fewer_changes(seed, concept):
    plain = random_plain(8000 + seed, sides=2)
    size = plain.size = min(plain.size, 4)
    plain.moves = [[{t for t in row if t < size} for row in own[:size]] for own in plain.moves]
    plain.pay = before = [own[:size] for own in plain.pay]
    conflict = plain.conflict()
    state = max(range(size), key=lambda s: len(plain.moves[0][s]))
    least = []
    for one, other in product(rankings(size), repeat=2):
        plain.pay = [one, other]
        if plain.stable(concept, 0, state):
            least.append(pairs_changed(one, before[0]) + pairs_changed(other, before[1]))
    found = changes_of_two(conflict, 0, state, concept)
    assert found[0].pairs == min(least)
    assert [change.pairs for change in found] == sorted(change.pairs for change in found)
    for change in found:
        plain.pay = change.payoff.tolist()
        assert plain.stable(concept, 0, state)
        told = [pairs_changed(own, then) for own, then in zip(plain.pay, before, strict=True)]
        assert sum(told) == change.pairs


def test_the_others_ranking_may_be_what_to_change():
    # A would need three pairs turned; B needs one to answer A's improvement.
    sides = {"A": [(0, 1)], "B": [(1, 2)]}
    conflict = Conflict.of(sides, [[2, 5, 1, 3, 4], [1, 3, 2, 4, 5]])
    first = changes_of_two(conflict, "A", "1")[0]
    assert (first.raised, first.lowered, first.pairs) == (((1, 2),), (), 1)
    assert changes(conflict, "A", "1", "seq")[0].pairs == 3


def test_nothing_changes_where_the_state_is_stable():
    (change,) = changes(Conflict.of(DILEMMA, [[3, 4, 1, 2], [3, 1, 4, 2]]), "A", "4", "nash")
    assert (change.lowered, change.pairs) == ((), 0)


def test_several_changes_come_cheapest_first():
    # Two improvements; each can be lowered itself or by way of what answers it.
    sides = {"A": [(0, 1), (0, 2)], "B": [(1, 3), (2, 3)]}
    conflict = Conflict.of(sides, [[1, 4, 3, 2], [1, 1, 1, 1]])
    found = changes(conflict, "A", 0, "gmr")
    assert [change.lowered for change in found] == [(3,), (1, 2)]
    assert [change.pairs for change in found] == [1, 4]


# ── views ──────────────────────────────────────────────────────────────────────────────────────


def test_networkx_view_has_every_move():
    plain = random_plain(3, joint=True)
    conflict = plain.conflict()
    graph = to_networkx(conflict)
    edges = {
        (s, t, conflict.who(who))
        for who, table in plain.movers(range(plain.n)) for s in range(plain.size) for t in table[s]
    }  # fmt: skip
    assert {(s, t, data["sides"]) for s, t, data in graph.edges(data=True)} == edges
    for s, t, data in graph.edges(data=True):
        sides = {conflict.side(name) for name in data["sides"]}
        assert data["improving"] == plain.all_better(sides, s, t)


def test_a_view_too_large_to_look_at_is_refused(monkeypatch):
    from detente.stability.graph import views

    monkeypatch.setattr(views, "MOST_EDGES", 3)
    with pytest.raises(NotSupported, match="at most 3 moves"):
        to_networkx(Conflict.of(DILEMMA, [[1, 2, 3, 4]] * 2))


def test_frame_has_a_row_a_state():
    frame = GraphAnalysis(Conflict.of(DILEMMA, [[3, 4, 1, 2], [3, 1, 4, 2]])).to_frame()
    assert list(frame.index) == ["1", "2", "3", "4"]
    assert frame["seq"].tolist() == [True, False, False, True]
