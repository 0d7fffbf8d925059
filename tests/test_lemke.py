"""Lemke's algorithm on the sequence form: equilibria of known games, and of random ones."""

from __future__ import annotations

from fractions import Fraction
from itertools import islice, product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from trees import Plan, Twig, build, decisions, hidden, plan_regret, trees

from benchmarks.card_games import kuhn
from benchmarks.price_posting import price_posting
from benchmarks.two_movers import hidden_tree
from detente.game.builder import Builder
from detente.game.information import information
from detente.game.profile import Profile
from detente.game.sequence_form import sequence_form
from detente.game.tree import Game
from detente.linear import complementarity
from detente.linear.complementarity import solve as solve_lcp
from detente.solvers import solve
from detente.solvers.lemke import SOLVER
from detente.solvers.plans.sequence_lcp import lengths, payoff_tables, sequence_problem, sides
from detente.solvers.plans.starts import others, replies
from detente.solvers.registry import Request
from detente.solvers.result import Equilibrium, Result


def lemke(game: Game, **asked: Any) -> Result:
    return SOLVER.run(game, Request("nash", **asked))


def only(result: Result) -> Equilibrium:
    assert result.stopped == "finished"
    assert len(result.equilibria) == 1
    assert result.equilibria[0].certificate.verdict == "proved"
    return result.equilibria[0]


def plan_of(twig: Twig, profile: Any) -> Plan:
    """What a profile does at each decision node of a tree of plain data."""
    plan: Plan = {}
    numbers: dict[object, int] = {}
    for path, node in decisions(twig):
        key = (node.mover, node.infoset or path)
        plan[path] = list(profile.at(numbers.setdefault(key, len(numbers))))
    return plan


@st.composite
def games(draw: st.DrawFn) -> Twig:
    """Trees with some nodes not told apart, recall kept."""
    return draw(hidden(draw(trees(discounts=draw(st.booleans())))))


# ── known answers ───────────────────────────────────────────────────────────────────────────────


def test_kuhn_poker() -> None:
    """-1/18 (Kuhn 1950)."""
    found = only(lemke(kuhn(3)))
    assert found.payoffs["One"] == Fraction(-1, 18)


def test_matching_pennies_with_stakes_of_every_size() -> None:
    for unit in (Fraction(1), Fraction(10**12), Fraction(1, 10**12)):
        b = Builder(["A", "B"])
        rows = [
            b.decide("B", {"h": b.end(3 * unit, 0), "t": b.end(0, unit)}, infoset="b"),
            b.decide("B", {"h": b.end(0, unit), "t": b.end(unit, 0)}, infoset="b"),
        ]
        found = only(lemke(b.build(b.decide("A", {"h": rows[0], "t": rows[1]}, label="a"))))
        assert found.payoffs == {"A": unit * Fraction(3, 4), "B": unit * Fraction(1, 2)}
        assert found.profile["A", "a"] == {"h": Fraction(1, 2), "t": Fraction(1, 2)}  # type: ignore[index]
        assert found.profile["B", "b"] == {"h": Fraction(1, 4), "t": Fraction(3, 4)}  # type: ignore[index]


def test_players_of_unlike_units() -> None:
    b = Builder(["A", "B"])
    big, small = 10**12, Fraction(1, 10**12)
    ends = {(i, j): b.end(big * (i == j), small * (i != j)) for i, j in product(range(9), repeat=2)}
    rows = {
        f"{i}": b.decide("B", {f"{j}": ends[i, j] for j in range(9)}, infoset="b") for i in range(9)
    }
    game = b.build(b.decide("A", rows, label="a"))
    found = only(lemke(game))
    assert found.payoffs == {"A": Fraction(big, 9), "B": small * Fraction(8, 9)}


def test_sizes_that_differ_within_one_player() -> None:
    """Where floating point cannot see the small payoffs, exact pivoting takes over."""
    b = Builder(["A", "B"])
    tiny, huge = Fraction(1, 10**12), 10**12
    n = 45
    moves = {}
    for i in range(n):
        ends = {f"{j}": b.end(huge + tiny * (i == j), tiny * (i != j) - huge) for j in range(n)}
        moves[f"{i}"] = b.decide("B", ends, infoset="b")
    found = only(lemke(b.build(b.decide("A", moves, label="a"))))
    assert found.payoffs["A"] == huge + tiny / n


def test_battle_of_the_sexes_all_three() -> None:
    b = Builder(["A", "B"])
    rows = [
        b.decide("B", {"l": b.end(2, 1), "r": b.end(0, 0)}, infoset="b"),
        b.decide("B", {"l": b.end(0, 0), "r": b.end(1, 2)}, infoset="b"),
    ]
    result = lemke(b.build(b.decide("A", {"l": rows[0], "r": rows[1]})), most=10, all=True)
    assert result.complete == "some"
    payoffs = {tuple(found.payoffs.values()) for found in result.equilibria}
    assert {(2, 1), (1, 2)} <= payoffs <= {(2, 1), (1, 2), (Fraction(2, 3), Fraction(2, 3))}
    limited = lemke(result.game, most=1, all=True)  # type: ignore[arg-type]
    assert (limited.stopped, len(limited.equilibria)) == ("limit", 1)


def test_observers_chance_one_mover_and_none() -> None:
    b = Builder(["Watcher", "A", "Other"])
    left = b.decide("A", {"x": b.end(5, 1, 0), "y": b.end(0, 2, 0)}, infoset="a")
    right = b.decide("A", {"x": b.end(7, 4, 1), "y": b.end(9, 1, 1)}, infoset="a")
    game = b.build(b.chance({"l": ("1/3", left), "r": ("2/3", right)}))
    found = only(lemke(game))
    assert found.payoffs == {"Watcher": Fraction(19, 3), "A": 3, "Other": Fraction(2, 3)}
    b = Builder(["A", "B"])
    assert only(lemke(b.build(b.end(3, 4)))).payoffs == {"A": 3, "B": 4}
    b = Builder(["A", "B"])
    lots = b.chance({"l": ("1/4", b.end(4, 0)), "r": ("3/4", b.end(0, 4))})
    assert only(lemke(b.build(lots))).payoffs == {"A": 1, "B": 3}


# ── random games ────────────────────────────────────────────────────────────────────────────────


@settings(max_examples=150, deadline=None)
@given(games())
def test_nobody_gains_by_any_other_plan(twig: Twig) -> None:
    game = build(twig, 2)
    found = only(lemke(game))
    plan = plan_of(twig, found.profile)
    assert plan_regret(twig, plan, 2) == 0


@settings(max_examples=60, deadline=None)
@given(games(), st.integers(0, 10**6))
def test_every_start_leads_to_an_equilibrium(twig: Twig, seed: int) -> None:
    """Whatever the base and the penalties, exactly and by floats: no path ends in a ray."""
    form = sequence_form(build(twig, 2))
    for base, penalty in islice(others(form, seed), 3):
        problem = sequence_problem(form, base, penalty=penalty)
        ends = [solve_lcp(problem.lcp, exact=True), complementarity.by_floats(problem.lcp)]
        for end in ends:
            assert end is not None
            profile = form.profile(problem.plans(end)[: len(form.sequences)])
            assert plan_regret(twig, plan_of(twig, profile), 2) == 0


@settings(max_examples=60, deadline=None)
@given(games(), st.integers(0, 10**6))
def test_the_problem_is_the_one_of_koller_megiddo_and_von_stengel(twig: Twig, seed: int) -> None:
    """w = q + M z at random plans and regrets: E x = e, and r = Eᵀp - A y for some p."""
    form = sequence_form(build(twig, 2))
    (base, _), own = next(others(form, seed)), sides(form)
    problem = sequence_problem(form, base)
    r = np.random.default_rng(seed)
    plans = [_random_plan(side, r) for side in own]
    values = [r.integers(-5, 6, side.num_infosets + 1) for side in own]
    z, w = [], []
    for k, side in enumerate(own):
        gain = payoff_tables(form)[k].astype(object) @ np.array(plans[1 - k], dtype=object)
        row, column, entry = side.constraints
        regret = -gain
        np.add.at(regret, column, entry.astype(int) * values[k][row])
        for sequence in range(1, side.num):
            pair = plans[k][sequence], regret[sequence]
            in_base = sequence in base[k]
            w.append(pair[0] if in_base else pair[1])
            z.append(pair[1] if in_base else pair[0])
    lcp = problem.lcp
    matrix, rhs = lcp.matrix.astype(object), lcp.rhs[:, 0].astype(object)
    assert (rhs + matrix @ np.array(z, dtype=object)).tolist() == w if w else not len(rhs)


def _random_plan(side: Any, r: np.random.Generator) -> list[Fraction]:
    def odds(k: int) -> list[Fraction]:
        width = int(side.start[k - side.first_infoset + 1] - side.start[k - side.first_infoset])
        parts = [int(v) for v in r.integers(0, 4, width)]
        parts[0] += not sum(parts)
        return [Fraction(part, sum(parts)) for part in parts]

    return side.plan(odds)  # type: ignore[no-any-return]


@settings(max_examples=40, deadline=None)
@given(games())
def test_floating_point_when_asked_for(twig: Twig) -> None:
    game = build(twig, 2)
    result = lemke(game, arithmetic="float")
    assert len(result.equilibria) == 1
    profile = result.equilibria[0].profile
    assert isinstance(profile, Profile)
    if game.infosets.num_player_actions:
        assert not profile.is_exact


def test_large_trees_of_hidden_information() -> None:
    for seed in (1, 2):
        game = hidden_tree(6, seed)
        assert information(game).perfect_recall
        only(lemke(game))
        form = sequence_form(game)
        base, penalty = next(others(form, seed))
        problem = sequence_problem(form, base, penalty=penalty)
        assert complementarity.by_floats(problem.lcp) is not None


def test_price_posting_by_floats_and_exactly() -> None:
    for informed, seed in product(("seller", "buyer"), (None, 1)):
        game = price_posting(4, 5, informed, seed)  # type: ignore[arg-type]
        only(lemke(game))
        only(lemke(game, arithmetic="exact"))


def test_replies_rest_in_a_pure_equilibrium_where_they_come_to_one() -> None:
    b = Builder(["Entrant", "Incumbent"])
    reply = b.decide("Incumbent", {"fight": b.end(-1, -1), "share": b.end(1, 1)})
    game = b.build(b.decide("Entrant", {"out": b.end(0, 2), "in": reply}))
    form = sequence_form(game)
    assert [own.tolist() for own in replies(form)] == [[2], [2]]
    assert [lengths(own).tolist() for own in sides(form)] == [[0, 1, 1], [0, 1, 1]]


# ── the contract ────────────────────────────────────────────────────────────────────────────────


def test_it_stops_in_time_and_keeps_what_it_found() -> None:
    result = lemke(price_posting(6, 10), deadline=0.0)
    assert (result.stopped, result.equilibria) == ("time_limit", ())


def test_what_it_refuses() -> None:
    b = Builder(["A", "B", "C"])
    last = b.decide("C", {"x": b.end(0, 0, 0), "y": b.end(1, 1, 1)})
    three = b.build(b.decide("A", {"x": b.decide("B", {"x": last, "y": b.end(0, 0, 1)})}))
    assert "at most two players move; 3 do here: A, B, C" in str(SOLVER.refusal(three))
    b = Builder(["A", "B"])
    forgotten = [b.decide("A", {"x": b.end(0, 0), "y": b.end(1, 1)}, infoset="again") for _ in "xy"]
    game = b.build(b.decide("A", dict(zip("xy", forgotten, strict=True)), label="first"))
    assert "perfect recall" in str(SOLVER.refusal(game))
    b = Builder(["A", "B"])
    end = b.decide("B", {"x": b.end(0, 0)})
    shared = b.build(b.decide("A", {"x": end, "y": end}), shared=True)
    assert "shares continuations" in str(SOLVER.refusal(shared))


def test_it_is_found_by_name() -> None:
    result = solve(kuhn(3), "nash", method="lemke")
    assert (result.method, result.complete) == ("lemke", "one")


def test_pygambit_computes_the_same_payoffs() -> None:
    pytest.importorskip("pygambit")
    from benchmarks.gambit_lcp import agree_on, gambit_game

    for seed in range(3):
        game = price_posting(3, 4, "seller", seed)
        agree_on(game, gambit_game(game), only(lemke(game)))


def test_payoffs_that_no_float_holds_together() -> None:
    b = Builder(["A", "B"])
    huge, tiny = Fraction(10) ** 300, Fraction(1, 10**300)
    replies = [
        b.decide("B", {"u": b.end(*first), "d": b.end(*second)}, infoset="B")
        for first, second in (((huge, tiny), (-huge, 0)), ((-tiny, 1), (2 * tiny, -huge)))
    ]
    game = b.build(b.decide("A", {"l": replies[0], "r": replies[1]}))
    for arithmetic in ("auto", "exact"):
        (found,) = solve(game, "nash", "lemke", arithmetic=arithmetic).equilibria
        assert found.certificate.verdict == "proved"
        assert found.payoffs == {"A": huge, "B": tiny}
