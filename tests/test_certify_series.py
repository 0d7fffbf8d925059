"""One plan after another: each certificate is what it is by itself."""

from __future__ import annotations

import time
from fractions import Fraction

import numpy as np
import pytest
import trees
from hypothesis import given, settings
from hypothesis import strategies as st

import detente as dt
from detente.certify import Series, certify
from detente.errors import GameError
from detente.game.builder import Builder
from detente.game.profile import Profile
from detente.game.tree import Game


def random_choices(game: Game, data: st.DataObject) -> np.ndarray:
    widths = np.diff(game.infosets.action_start)[: game.infosets.num_player_infosets]
    return np.array([data.draw(st.integers(0, int(w) - 1)) for w in widths], dtype=np.int32)


@settings(deadline=None)
@given(trees.trees(players=2, discounts=True), st.data())
def test_each_certificate_is_what_it_is_by_itself(twig: trees.Twig, data: st.DataObject) -> None:
    game = trees.build(twig, 2)
    series = Series(game)
    plan = random_choices(game, data)
    for _ in range(5):
        profile = Profile.pure(game, plan)
        assert series.certify(profile) == certify(game, profile)
        if len(plan):
            place = data.draw(st.integers(0, len(plan) - 1))
            plan = np.where(np.arange(len(plan)) == place, random_choices(game, data), plan)


@pytest.mark.parametrize("name", ["hanoi-2019", "rubinstein-1982-three-rounds"])
def test_so_it_is_in_shared_games_with_discounts(name):
    game = dt.load(name).game
    assert not game.is_tree or game.discounts is not None
    series, r = Series(game), np.random.default_rng(1)
    widths = np.diff(game.infosets.action_start)[: game.infosets.num_player_infosets]
    plan = r.integers(0, widths)
    for changes in (0, 1, 1, 3, 0, len(plan), 1):
        for place in r.choice(len(plan), changes, replace=False):
            plan[place] = r.integers(0, widths[place])
        profile = Profile.pure(game, plan)
        assert series.certify(profile) == certify(game, profile)
    best = dt.solve(game).equilibria[0].profile
    assert series.certify(best) == certify(game, best)
    assert series.certify(best).verdict == "proved"


def test_a_mixed_profile_and_one_of_another_game():
    b = Builder(["A"])
    game = b.build(b.decide("A", {"x": b.end(0), "y": b.end(0)}))
    mixed = Profile.mixed(game, [Fraction(1, 3), Fraction(2, 3)])
    assert Series(game).certify(mixed) == certify(game, mixed)
    other = dt.load("ultimatum").game
    with pytest.raises(GameError, match="of another game"):
        Series(game).certify(dt.solve(other).equilibria[0].profile)


def test_an_interrupt_leaves_nothing_half_settled(monkeypatch):
    game = dt.load("hanoi-2019").game
    series, plan = Series(game), np.zeros(game.infosets.num_player_infosets, dtype=np.int32)
    series.certify(Profile.pure(game, plan))

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    other = dt.solve(game).equilibria[0].profile
    with monkeypatch.context() as patched:
        patched.setattr("detente.certify.series.OneShotSeries._spread", stop)
        with pytest.raises(KeyboardInterrupt):
            series.certify(other)
    assert series.certify(Profile.pure(game, plan)) == certify(game, Profile.pure(game, plan))


def test_a_thousand_equilibria_are_certified_in_a_moment():
    game = dt.load("hanoi-2019-seoul-mediates").game
    started = time.perf_counter()
    result = dt.solve(game, limit=1000)
    assert time.perf_counter() - started < 5
    assert len(result.equilibria) > 100
    for equilibrium in result.equilibria[:: len(result.equilibria) // 10]:
        assert equilibrium.certificate == certify(game, equilibrium.profile)
