"""Nash equilibrium where players forget: judged exactly, or refused with the reason."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import numpy as np
import pytest
import trees
from hypothesis import given, settings
from hypothesis import strategies as st

from detente.certify import certify, forgetful
from detente.errors import NotSupported
from detente.game.builder import Builder
from detente.game.information import information
from detente.game.profile import Profile
from detente.game.tree import Game

HALF = Fraction(1, 2)


def wichardt() -> Game:
    """Wichardt 2008: a game of imperfect recall without an equilibrium in behavior strategies."""
    b = Builder(["1", "2"], title="Wichardt 2008")
    ends = iter([(1, -1), (-5, 5), (-1, 1), (-5, 5), (-5, 5), (-1, 1), (-5, 5), (1, -1)])
    last = [
        b.decide("1", {"l": b.end(*next(ends)), "r": b.end(*next(ends))}, infoset="forgot")
        for _ in range(4)
    ]
    second = [b.decide("2", {"L": last[k], "R": last[k + 1]}, infoset="2") for k in (0, 2)]
    return b.build(b.decide("1", {"L": second[0], "R": second[1]}, label="first"))


def test_no_profile_of_a_game_without_equilibria_is_proved() -> None:
    game = wichardt()
    steps = [Fraction(k, 6) for k in range(7)]
    for p, q, r in product(steps, repeat=3):
        profile = Profile.mixed(game, [p, 1 - p, q, 1 - q, r, 1 - r])
        found = certify(game, profile, "nash")
        assert found.verdict == "refuted"
        assert found.where
    mixed = certify(game, Profile.mixed(game, [HALF] * 6), "nash")
    assert (mixed.player, mixed.max_regret) == ("1", Fraction(5, 2))  # from −5/2 to 0
    rounded = certify(game, Profile.mixed(game, np.array([0.5] * 6)), "nash")
    assert (rounded.verdict, rounded.max_regret) == ("refuted", 2.5)


def test_other_concepts_are_refused_with_the_reason() -> None:
    game = wichardt()
    for concept in ("spe", "sequential"):
        with pytest.raises(NotSupported, match=r"1 forgets at information set 'forgot'.*'nash'"):
            certify(game, Profile.pure(game, [0, 0, 0]), concept)


def test_the_absent_minded_driver_is_refused() -> None:
    """Piccione and Rubinstein 1997: going on twice is worth 1, once 4, never 0."""
    b = Builder(["Driver"])
    second = b.decide("Driver", {"exit": b.end(4), "on": b.end(1)}, infoset="exit?")
    game = b.build(b.decide("Driver", {"exit": b.end(0), "on": second}, infoset="exit?"))
    with pytest.raises(NotSupported, match=r"twice in a play.*'exit\?'"):
        certify(game, Profile.pure(game, [1]), "nash")


def test_too_many_strategies_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    game = wichardt()
    monkeypatch.setattr(forgetful, "TERMS", 5)
    with pytest.raises(NotSupported, match="who forgets"):
        certify(game, Profile.pure(game, [0, 0, 0]), "nash")


@settings(deadline=None, max_examples=70)
@given(
    trees.trees(players=2, depth=4, discounts=True).flatmap(
        lambda twig: trees.hidden(twig, recall=False)
    ),
    st.data(),
)
def test_gains_are_those_of_all_plans(twig: trees.Twig, data: st.DataObject) -> None:
    plan = data.draw(trees.plans(twig))
    game = trees.build(twig, 2)
    profile = Profile.mixed(game, trees.vector_of(twig, plan))
    if information(game).absent_minded:
        with pytest.raises(NotSupported):
            certify(game, profile, "nash")
        return
    found = certify(game, profile, "nash")
    assert found.max_regret == trees.plan_regret(twig, plan, 2)
    assert (found.verdict == "proved") == (found.max_regret == 0)


@settings(deadline=None, max_examples=40)
@given(trees.trees(players=2, depth=4, discounts=True).flatmap(trees.hidden), st.data())
def test_going_through_strategies_agrees_with_going_backwards(
    twig: trees.Twig, data: st.DataObject
) -> None:
    plan = data.draw(trees.plans(twig))
    game = trees.build(twig, 2)
    vector = [Fraction(p) for p in trees.vector_of(twig, plan)]
    walk = forgetful.Walk.of(game, vector)
    for player in walk.players:
        back = forgetful.player_gain(walk, player, [0] * game.num_nodes, True)
        through = forgetful.forgetful_gain(walk, player)
        assert through.gain.amount == back.gain.amount
        assert not forgetful.Memory(walk, player).forgets


def test_who_remembers_is_judged_as_ever_beside_one_who_forgets() -> None:
    b = Builder(["1", "2"])
    last = [b.decide("1", {"l": b.end(k, 0), "r": b.end(0, k)}, infoset="forgot") for k in range(4)]
    second = [b.decide("2", {"L": last[k], "R": last[k + 1]}, label=f"2{k}") for k in (0, 2)]
    game = b.build(b.decide("1", {"L": second[0], "R": second[1]}, label="first"))
    assert certify(game, Profile.pure(game, [1, 0, 0, 1]), "nash").verdict == "proved"
    found = certify(game, Profile.pure(game, [1, 1, 0, 0]), "nash")
    assert (found.verdict, found.player, found.max_regret) == ("refuted", "1", 2)
    assert found.where == (
        "1 gains 2 by another plan, which departs at 'forgot': l instead of r."
    )
