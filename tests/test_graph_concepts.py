"""The concepts of the graph model against the published table and plain readings of the page."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest
from plain_conflicts import Plain, by_matrices, random_plain, simultaneously_stable

from detente.conflict.moves import Moves
from detente.conflict.option_form import OptionForm
from detente.errors import GameError, NotSupported
from detente.stability.graph import Conflict, GraphAnalysis, Options, levels, load_conflict
from detente.stability.graph.rules import CONCEPTS

CASES = Path(__file__).parent / "gmcr"

DILEMMA = {"A": [(0, 1), (1, 0), (2, 3), (3, 2)], "B": [(0, 2), (2, 0), (1, 3), (3, 1)]}


@pytest.mark.parametrize("concept", CONCEPTS)
@pytest.mark.parametrize("seed", range(60))
def test_every_concept_is_as_defined(concept, seed):
    plain = random_plain(seed, joint=seed % 3 == 0)
    found = GraphAnalysis(plain.conflict()).stable(concept)
    wanted = [[plain.stable(concept, i, s) for s in range(plain.size)] for i in range(plain.n)]
    assert found.tolist() == wanted


@pytest.mark.parametrize("concept", CONCEPTS)
@pytest.mark.parametrize("seed", range(40))
def test_matrix_form_says_the_same(concept, seed):
    plain = random_plain(1000 + seed)
    found = GraphAnalysis(plain.conflict()).stable(concept)
    assert found.tolist() == [by_matrices(plain, concept, i) for i in range(plain.n)]


@pytest.mark.parametrize("way", "abcd")
@pytest.mark.parametrize("seed", range(40))
def test_unknown_preferences_in_four_ways(way, seed):
    plain = random_plain(2000 + seed, unknown=True, joint=seed % 4 == 0)
    analysis = GraphAnalysis(plain.conflict(), way)
    for concept in CONCEPTS:
        wanted = [
            [plain.stable(concept, i, s, way) for s in range(plain.size)] for i in range(plain.n)
        ]
        assert analysis.stable(concept).tolist() == wanted, concept


def test_unknown_preferences_differ_between_the_ways():
    seen = set()
    for seed in range(60):
        plain = random_plain(2000 + seed, unknown=True)
        found = [GraphAnalysis(plain.conflict(), way).stable("gmr") for way in "abcd"]
        seen |= {(a, b) for a in range(4) for b in range(a) if (found[a] != found[b]).any()}
    assert len(seen) == 6


@pytest.mark.parametrize("seed", range(40))
def test_strong_stability(seed):
    plain = random_plain(3000 + seed, floors=True)
    analysis = GraphAnalysis(plain.conflict())
    for concept in CONCEPTS:
        strong = analysis.stable(concept, strong=True)
        assert strong.tolist() == [
            [plain.stable(concept, i, s, strong=True) for s in range(plain.size)]
            for i in range(plain.n)
        ]
        assert (strong <= analysis.stable(concept)).all()


@pytest.mark.parametrize("seed", range(80))
def test_inclusions(seed):
    found = {
        concept: GraphAnalysis(random_plain(seed, joint=seed % 2 == 0).conflict()).stable(concept)
        for concept in CONCEPTS
    }
    for inner, outer in (
        ("nash", "smr"), ("smr", "gmr"), ("nash", "sseq"), ("sseq", "seq"), ("seq", "gmr"),
        ("sseq", "smr"),
    ):  # fmt: skip
        assert (found[inner] <= found[outer]).all(), (inner, outer)


@pytest.mark.parametrize("seed", range(30))
def test_relabelling_sides_permutes_the_verdicts(seed):
    plain = random_plain(seed)
    order = random.Random(seed).sample(range(plain.n), plain.n)
    turned = Plain(
        plain.n, plain.size, [plain.moves[i] for i in order], [plain.pay[i] for i in order]
    )
    for concept in CONCEPTS:
        before = GraphAnalysis(plain.conflict()).stable(concept)
        assert (GraphAnalysis(turned.conflict()).stable(concept) == before[order]).all()


def test_only_the_order_of_payoffs_counts():
    one = GraphAnalysis(Conflict.of(DILEMMA, [[3, 4, 1, 2], [3, 1, 4, 2]]))
    other = GraphAnalysis(Conflict.of(DILEMMA, [[0.5, 1e9, -7, 0], [30, -1, 31, 2]]))
    for concept in CONCEPTS:
        assert one.equilibria(concept) == other.equilibria(concept)


# ── known faults of programs in use ────────────────────────────────────────────────────────────


def test_opponents_may_answer_more_than_once():
    # A's improvement is punished only by B, C, B in turn: no fewer answers will do.
    sides = {"A": [(0, 1)], "B": [(1, 2), (3, 4)], "C": [(2, 3)]}
    conflict = Conflict.of(sides, [[2, 3, 3, 3, 1], [1, 2, 3, 4, 5], [1, 2, 3, 4, 5]])
    analysis = GraphAnalysis(conflict)
    assert "1" not in analysis.equilibria("nash")
    for concept in ("gmr", "smr", "seq", "sseq"):
        assert analysis.stable(concept)[0, 0]
        (answer,) = analysis.verdict(concept, "A", "1").answers
        assert [conflict.who(step.sides) for step in answer.sanction] == [("B",), ("C",), ("B",)]


def test_no_side_answers_twice_in_a_row():
    sides = {"A": [(0, 1)], "B": [(1, 2), (2, 3)], "C": []}
    conflict = Conflict.of(sides, [[2, 3, 3, 1], [1, 2, 3, 4], [1, 1, 1, 1]])
    assert not GraphAnalysis(conflict).stable("gmr")[0, 0]


def test_simultaneous_stability_tries_every_improvement_with_all_answers():
    # A has options 0 and 1, B option 2; the page's example: 4, 5, 8, not 4, 5.
    form = OptionForm(
        ("0", "1", "2"), (frozenset([0]), frozenset([0]), frozenset([1])), (2, 2, 2),
        ("both",) * 3,
    )  # fmt: skip
    code = form.all_codes()
    payoff = np.zeros((2, 8), dtype=np.int32)
    for side, ranking in enumerate(([5, 6, 8, 4, 3, 1, 2, 7], [6, 2, 3, 4, 8, 7, 5, 1])):
        for place, state in enumerate(ranking):
            payoff[side, state - 1] = 8 - place
    conflict = Conflict(
        tuple(map(str, range(1, 9))), ("A", "B"), (form.moves(code, 0), form.moves(code, 1)),
        payoff, options=form.options(code),
    )  # fmt: skip
    assert GraphAnalysis(conflict).equilibria("sim") == ("4", "5", "8")


# ── published ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("name", "concept", "wanted"),
    [
        ("Prisoners", "nash", "1"), ("Prisoners", "gmr", "1 4"), ("Prisoners", "smr", "1 4"),
        ("Prisoners", "seq", "1 4"), ("Elmira", "nash", "5 6 7 10 11 12"),
        ("Elmira", "gmr", "1 4 5 6 7 10 11 12"), ("Elmira", "smr", "1 4 5 6 7 10 11 12"),
        ("Elmira", "seq", "5 6 7 10 11 12"), ("Cuban", "nash", "6"),
        ("Cuban", "gmr", "1 2 3 5 6 7 8"), ("Cuban", "smr", "1 2 3 5 6 7 8"),
        ("Cuban", "seq", "5 6 7"),
    ],
)  # fmt: skip
def test_published_equilibria(name, concept, wanted):
    """Fang, Hipel and Kilgour 1993; Hipel, Fang, Kilgour and Haight 1993 for Elmira."""
    analysis = GraphAnalysis(load_conflict(CASES / f"{name}.gmcr"))
    assert analysis.equilibria(concept) == tuple(wanted.split())


def test_chicken():
    """Fang, Hipel and Kilgour 1993: two equilibria where one yields; both yielding is SEQ."""
    chicken = Conflict.of(DILEMMA, [[3, 4, 2, 1], [3, 2, 4, 1]], states=["cc", "dc", "cd", "dd"])
    analysis = GraphAnalysis(chicken)
    assert analysis.equilibria("nash") == ("dc", "cd")
    assert analysis.equilibria("gmr") == ("cc", "dc", "cd")


# ── simultaneous ───────────────────────────────────────────────────────────────────────────────


def option_conflict(seed):
    draw = random.Random(seed)
    n = draw.randint(2, 4)
    owners = [*range(n), *(draw.randrange(n) for _ in range(draw.randint(0, 2)))]
    sizes = [draw.choice([2, 2, 3]) for _ in owners]
    form = OptionForm(
        tuple(f"o{k}" for k in range(len(owners))), tuple(frozenset([own]) for own in owners),
        tuple(sizes), tuple(draw.choice(["both", "both", "fwd", "back"]) for _ in owners),
    )  # fmt: skip
    code = np.array([c for c in form.all_codes().tolist() if draw.random() < 0.8] or [0])
    payoff = np.array([[draw.randrange(len(code)) for _ in code] for _ in range(n)])
    conflict = Conflict(
        tuple(map(str, range(len(code)))), tuple("ABCD"[:n]),
        tuple(form.moves(code, i) for i in range(n)), payoff.astype(np.int32),
        options=form.options(code),
    )  # fmt: skip
    return conflict, form, code, owners


@pytest.mark.parametrize("seed", range(40))
def test_simultaneous_is_as_defined(seed):
    conflict, _, _, owners = option_conflict(seed)
    states = [tuple(row) for row in conflict.options.level.tolist()]
    moves = [
        [set(own.after(s).tolist()) for s in range(len(states))] for own in conflict.moves
    ]
    pay = conflict.payoff.tolist()
    found = GraphAnalysis(conflict).stable("sim")
    wanted = [
        [simultaneously_stable(states, owners, moves, pay, i, s) for s in range(len(states))]
        for i in range(conflict.num_sides)
    ]
    assert found.tolist() == wanted


@pytest.mark.parametrize("seed", range(40))
def test_moves_of_option_form_are_the_permitted_changes(seed):
    conflict, form, code, owners = option_conflict(seed)
    level = conflict.options.level.tolist()
    allowed = {
        "both": lambda a, b: True, "fwd": lambda a, b: b >= a, "back": lambda a, b: b <= a,
    }  # fmt: skip
    for side, moves in enumerate(conflict.moves):
        wanted = {
            (s, t)
            for s in range(len(code)) for t in range(len(code))
            if s != t and all(
                level[s][k] == level[t][k] if owner != side
                else allowed[form.directions[k]](level[s][k], level[t][k])
                for k, owner in enumerate(owners)
            )
        }  # fmt: skip
        assert set(zip(moves.source.tolist(), moves.target.tolist(), strict=True)) == wanted


def test_simultaneous_is_refused_where_it_has_no_meaning():
    plain = Conflict.of(DILEMMA, [[3, 4, 1, 2], [3, 1, 4, 2]])
    with pytest.raises(NotSupported, match="option vectors"):
        GraphAnalysis(plain).stable("sim")
    level = np.array([[0, 0], [1, 1], [0, 1], [1, 0]], dtype=np.int16)
    options = Options(("a", "b"), np.array([0, 1], dtype=np.int32), level)
    mixed = Conflict.of(DILEMMA, [[3, 4, 1, 2], [3, 1, 4, 2]], options=options)
    with pytest.raises(NotSupported, match="own options only; 'A' moves"):
        GraphAnalysis(mixed).stable("sim")


# ── far sight ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("seed", range(40))
def test_limited_moves_are_as_defined(seed):
    plain = random_plain(seed, strict=True, sides=2)
    analysis = GraphAnalysis(plain.conflict())
    for h in range(1, 6):
        wanted = [[plain.foreseen(h, i, s) == s for s in range(plain.size)] for i in (0, 1)]
        assert analysis.stable(f"l{h}").tolist() == wanted
    assert (analysis.stable("l1") == analysis.stable("nash")).all()


@pytest.mark.parametrize("seed", range(40))
def test_nonmyopic_is_stable_at_all_long_horizons(seed):
    plain = random_plain(seed, strict=True, sides=2)
    analysis = GraphAnalysis(plain.conflict())
    rest = [[list(range(plain.size))] * 2]
    for _ in range(200):
        last = rest[-1]
        rest.append([
            [
                max(
                    [s, *(last[1 - i][t] for t in plain.moves[i][s])],
                    key=lambda end, i=i: plain.pay[i][end],
                )
                for s in range(plain.size)
            ]
            for i in (0, 1)
        ])  # fmt: skip
    long = np.array(rest[100:])
    assert analysis.stable("nonmyopic").tolist() == (
        (long == np.arange(plain.size)).all(axis=0).tolist()
    )


def test_nonmyopic_cycles_somewhere():
    from detente.stability.graph import nonmyopic

    found = [
        nonmyopic(random_plain(seed, strict=True, sides=2).conflict()) for seed in range(120)
    ]
    assert any(not one.settled.all() for one in found)
    assert any(one.settled.all() for one in found)


def test_far_sight_is_refused_with_ties_or_three_sides():
    tied = Conflict.of(DILEMMA, [[3, 3, 1, 2], [3, 1, 4, 2]])
    with pytest.raises(NotSupported, match="indifferent"):
        GraphAnalysis(tied).stable("l2")
    three = Conflict.of({"A": [], "B": [], "C": []}, [[1, 2]] * 3)
    with pytest.raises(NotSupported, match="two sides"):
        GraphAnalysis(three).stable("nonmyopic")


# ── witnesses ──────────────────────────────────────────────────────────────────────────────────


def walk(plain, steps, start, improving):
    """Follow steps as the plain rules allow; the state where they end."""
    last, at = frozenset(), start
    for step in steps:
        assert step.source == at
        assert not step.sides & last
        table = dict(plain.movers(range(plain.n)))[step.sides]
        assert step.target in table[at]
        if improving:
            assert all(
                plain.better(i, at, step.target) or plain.unsure(i, at, step.target)
                for i in step.sides
            )
        last, at = step.sides, step.target
    return at


@pytest.mark.parametrize("seed", range(40))
def test_every_verdict_is_shown_by_its_witness(seed):
    plain = random_plain(4000 + seed, joint=seed % 2 == 0, unknown=seed % 3 == 0)
    analysis = GraphAnalysis(plain.conflict(), "abcd"[seed % 4])
    for concept, kind in CONCEPTS.items():
        stable = analysis.stable(concept)
        for i in range(plain.n):
            for s in range(plain.size):
                verdict = analysis.verdict(concept, i, s)
                assert verdict.stable == stable[i, s]
                assert bool(verdict.breach) != verdict.stable
                for answer in verdict.answers:
                    assert not any(i in step.sides for step in answer.sanction)
                    start = walk(plain, answer.improvement, s, False)
                    assert walk(plain, answer.sanction, start, kind.improving) == answer.end


def test_strength_is_told():
    tiers = levels([[0, 1, 0, 0], [0, 0, 1, 0]], np.array([[3, 4, 1, 2], [3, 1, 4, 2]]))
    conflict = Conflict.of(DILEMMA, [[3, 4, 1, 2], [3, 1, 4, 2]], much_worse=tiers)
    verdict = GraphAnalysis(conflict).verdict("gmr", "A", "1")
    assert verdict.strength == "weak"
    assert "weakly" in str(verdict)
    with pytest.raises(NotSupported, match="much worse"):
        GraphAnalysis(Conflict.of(DILEMMA, [[3, 4, 1, 2], [3, 1, 4, 2]])).stable("gmr", strong=True)


@pytest.mark.parametrize("seed", range(10))
def test_compiled_and_interpreted_agree(seed, monkeypatch):
    from detente.game import kernels

    conflict, _, _, _ = option_conflict(100 + seed)
    before = {key: GraphAnalysis(conflict).stable(key) for key in (*CONCEPTS, "sim")}
    monkeypatch.setattr(kernels, "COMPILE_FROM", 0)
    again = GraphAnalysis(conflict)
    for key, found in before.items():
        assert (again.stable(key) == found).all(), key


def test_mistakes_are_told():
    with pytest.raises(GameError, match="from 0 to 9"):
        Conflict.of({"A": [(0, 9)]}, [[1, 2]])
    with pytest.raises(GameError, match="from 1 to 1"):
        Conflict.of({"A": [(1, 1)]}, [[1, 2]])
    with pytest.raises(GameError, match="no side is called 'B'"):
        Conflict.of({"A": []}, [[1, 2]], unknown={"B": [(0, 1)]})
    with pytest.raises(GameError, match="no state 'x'"):
        GraphAnalysis(Conflict.of({"A": []}, [[1, 2]])).verdict("nash", "A", "x")
    with pytest.raises(GameError, match="much_worse"):
        Conflict.of({"A": []}, [[1, 2]], much_worse=[[1, 1]])
    with pytest.raises(GameError, match="no number"):
        Conflict.of({"A": []}, [[1, float("nan")]])
    with pytest.raises(GameError, match="int32"):
        Conflict(("1",), ("A",), (Moves.of([], 1),), np.array([[1.5]]))
    with pytest.raises(GameError, match="row a side"):
        Conflict.of({"A": [], "B": []}, [[1, 2]])
    with pytest.raises(GameError, match="two states are called"):
        Conflict.of({"A": []}, [[1, 2]], states=["x", "x"])
    with pytest.raises(NotSupported, match="no solution concept"):
        GraphAnalysis(Conflict.of({"A": []}, [[1, 2]])).stable("magic")
