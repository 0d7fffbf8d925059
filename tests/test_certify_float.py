"""Profiles of trees in floating point: a bound in floating point against exact judgement."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
import trees
from hypothesis import given, settings
from hypothesis import strategies as st

from detente.certify import certify, float_bounds, rounding
from detente.certify.hidden import plan_gains
from detente.game.builder import Builder, Node
from detente.game.profile import Profile
from detente.game.tree import Game


@pytest.fixture
def always() -> Iterator[None]:
    """The bound in floating point, however small the game."""
    before, float_bounds.FLOAT_FROM = float_bounds.FLOAT_FROM, 0
    yield
    float_bounds.FLOAT_FROM = before


def normalized(game: Game, vector: np.ndarray) -> list[Fraction]:
    sets = game.infosets
    plan = [Fraction(p) for p in vector.tolist()]
    for h in range(sets.num_player_infosets):
        a, b = int(sets.action_start[h]), int(sets.action_start[h + 1])
        total = sum(plan[a:b], Fraction(0))
        plan[a:b] = [p / total for p in plan[a:b]]
    return plan


@settings(deadline=None, max_examples=80)
@given(trees.trees(players=3, depth=3).flatmap(trees.hidden), st.data())
@pytest.mark.usefixtures("always")
def test_the_truth_lies_between_the_bounds(twig: trees.Twig, data: st.DataObject) -> None:
    plan = data.draw(trees.plans(twig))
    size = data.draw(st.sampled_from([1, 10**9, Fraction(1, 10**9), 10**25]))
    game = trees.build(twig, 3)
    table = game.outcomes.payoffs
    rows = [[size * x for x in table.row(o)] for o in range(len(table))]
    game = game.replaced(outcomes=replace(game.outcomes, payoffs=table.of(rows, 3)))
    vector = np.array([float(p) for p in trees.vector_of(twig, plan)])
    found = float_bounds.bound(game, vector)
    if found is None:
        assert not len(vector) or np.isin(vector, (0, 1)).all()
        return
    exact = plan_gains(game, normalized(game, vector)).gain
    assert Fraction(found.least) <= exact.amount <= Fraction(found.most)
    tight = Fraction(found.most) - Fraction(found.least)
    most = max((abs(x) for row in rows for x in row), default=0)
    assert tight <= most * Fraction(1, 10**12)
    explained = rounding.explained(game, found.player, 0, discounted=True)
    low, high = map(Fraction, found.explained)
    assert low <= explained <= high
    assert high - low <= explained / 10**5 + most * Fraction(1, 10**20)


@settings(deadline=None, max_examples=80)
@given(trees.trees(players=2, depth=4).flatmap(trees.hidden), st.data())
def test_the_verdict_is_that_of_exact_judgement(twig: trees.Twig, data: st.DataObject) -> None:
    plan = data.draw(trees.plans(twig))
    if not plan:
        return  # nobody moves
    game = trees.build(twig, 2)
    profile = Profile.mixed(game, np.array([float(p) for p in trees.vector_of(twig, plan)]))
    exact = certify(game, profile, "nash")
    before, float_bounds.FLOAT_FROM = float_bounds.FLOAT_FROM, 0
    try:
        found = certify(game, profile, "nash")
    finally:
        float_bounds.FLOAT_FROM = before
    assert found.arithmetic == exact.arithmetic == "float"
    assert isinstance(found.max_regret, float)
    assert isinstance(exact.max_regret, float)
    assert found.max_regret >= exact.max_regret
    if exact.verdict == "refuted":
        assert found.verdict == "refuted"
        assert (found.player is None, found.node is None) == (False, False)
        assert found.player in found.where
    else:
        assert found.verdict in ("proved", "undecided")


def card_game(cards: int) -> Game:
    """Each is dealt one of the cards and may bet or pass (Kuhn poker, larger)."""
    b = Builder(["1", "2"])

    def showdown(x: int, y: int, stake: int) -> Node:
        won = stake if x > y else -stake
        return b.end(won, -won)

    deals = {}
    for x in range(cards):
        for y in range(cards):
            if x == y:
                continue
            late = b.decide("1", {"fold": b.end(-1, 1), "call": showdown(x, y, 2)},
                            infoset=f"{x} checked, bet")  # fmt: skip
            checked = b.decide("2", {"check": showdown(x, y, 1), "bet": late},
                               infoset=f"{y} after check")  # fmt: skip
            bet = b.decide("2", {"fold": b.end(1, -1), "call": showdown(x, y, 2)},
                           infoset=f"{y} after bet")  # fmt: skip
            first = b.decide("1", {"check": checked, "bet": bet}, infoset=f"{x}")
            deals[f"{x} {y}"] = (Fraction(1, cards * (cards - 1)), first)
    return b.build(b.chance(deals))


def test_a_large_game_takes_milliseconds_and_planted_errors_are_refuted() -> None:
    game = card_game(30)
    rng = random.Random(3)
    vector = np.array([0.5] * game.infosets.num_player_actions)
    profile = Profile.mixed(game, vector)
    certify(game, profile, "nash")
    began = time.perf_counter()
    found = certify(game, profile, "nash")
    assert time.perf_counter() - began < 0.2
    exact = plan_gains(game, normalized(game, vector)).gain
    assert (found.verdict, found.player) == ("refuted", game.players[exact.player])
    assert found.max_regret == pytest.approx(float(exact.amount), rel=1e-9)
    assert "rigorous bound" in found.reason
    assert " gains at most about " in found.where
    for _ in range(5):
        shares = np.array([rng.random() for _ in range(len(vector) // 2)])
        mixed = np.stack([shares, 1 - shares], axis=1).reshape(-1)
        found = certify(game, Profile.mixed(game, mixed), "nash")
        exact = plan_gains(game, normalized(game, mixed)).gain
        assert exact.amount <= Fraction(found.max_regret or 0) <= exact.amount * Fraction(1.000001)


def test_a_near_equilibrium_is_bounded_and_left_open() -> None:
    """A coin matched against a coin, many times over: the only equilibrium, a little off."""
    b = Builder(["1", "2"])
    tables = {}
    for k in range(300):
        twos = [
            b.decide("2", {"h": b.end(sign, -sign), "t": b.end(-sign, sign)}, infoset=f"2 at {k}")
            for sign in (1, -1)
        ]
        tables[str(k)] = (Fraction(1, 300), b.decide("1", {"h": twos[0], "t": twos[1]},
                                                     infoset=f"1 at {k}"))  # fmt: skip
    game = b.build(b.chance(tables))
    assert game.num_nodes > float_bounds.FLOAT_FROM
    even = np.array([0.5] * game.infosets.num_player_actions)
    for drift, verdict in [(0.0, "undecided"), (1e-12, "undecided"), (1e-4, "refuted")]:
        vector = even.copy()
        vector[0::2] += drift
        vector[1::2] -= drift
        found = certify(game, Profile.mixed(game, vector), "nash")
        assert (found.verdict, found.arithmetic) == (verdict, "float")
        exact = plan_gains(game, normalized(game, vector)).gain.amount
        bound = Fraction(found.max_regret or 0)
        assert exact <= bound <= exact * Fraction(1.000001) + Fraction(1, 10**12)


def test_what_floats_cannot_hold_is_judged_exactly() -> None:
    b = Builder(["1"])
    node = b.end(0)
    for k in range(600):
        node = b.decide("1", {"stop": b.end(10**400 if k == 599 else k), "go": node})
    game = b.build(node)
    vector = np.array([0.5] * game.infosets.num_player_actions)
    assert float_bounds.bound(game, vector) is None
    assert certify(game, Profile.mixed(game, vector), "nash").verdict == "refuted"


@pytest.mark.usefixtures("always")
def test_where_nothing_is_at_stake_the_bound_is_nothing() -> None:
    b = Builder(["1", "2"])
    reply = b.decide("2", {"l": b.end(0, 0), "r": b.end(0, 0)})
    game = b.build(b.decide("1", {"l": reply, "r": b.end(0, 0)}))
    found = float_bounds.bound(game, np.array([0.3, 0.7, 0.5, 0.5]))
    assert found is not None
    assert (found.least, found.most) == (0, 0)
