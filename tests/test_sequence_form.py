"""The sequence form against plain walks over the tree."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from detente.errors import NotSupported
from detente.game.builder import Builder
from detente.game.profile import Profile
from detente.game.sequence_form import sequence_form
from tests.trees import build, expected, hidden, plans, trees, value, vector_of

PLAYERS = 3

random_games = settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow]
)


@st.composite
def games(draw):
    """A tree of perfect recall with hidden nodes, discounts and gains on the way, and a plan."""
    twig = draw(hidden(draw(trees(players=PLAYERS, depth=3, discounts=True))))
    return twig, draw(plans(twig))


def realization(form, profile):
    return [own.plan(profile.at) for own in form.sequences]


@random_games
@given(games())
def test_expected_payoffs_are_those_of_the_tree(case):
    twig, plan = case
    game = build(twig, PLAYERS)
    profile = Profile.mixed(game, vector_of(twig, plan))
    form = sequence_form(game)
    weights = realization(form, profile)
    assert form.expected(weights) == value(twig, plan, PLAYERS)
    floats = form.expected([np.array(own, dtype=np.float64) for own in weights])
    exact = value(twig, plan, PLAYERS)
    np.testing.assert_allclose(list(map(float, floats)), list(map(float, exact)), atol=1e-9)


@random_games
@given(games())
def test_plans_keep_the_constraints_and_lead_back(case):
    twig, plan = case
    game = build(twig, PLAYERS)
    profile = Profile.mixed(game, vector_of(twig, plan))
    form = sequence_form(game)
    weights = realization(form, profile)
    for own, x in zip(form.sequences, weights, strict=True):
        rows, columns, entries = own.constraints
        left = [Fraction(0)] * (own.num_infosets + 1)
        for i, j, a in zip(rows.tolist(), columns.tolist(), entries.tolist(), strict=True):
            left[i] += a * x[j]
        assert left == [1] + [0] * own.num_infosets
        assert all(own.parent[k] < own.start[k] for k in range(own.num_infosets))
    assert list(form.profile(weights, free=profile)) == list(profile)
    again = form.profile(weights)  # first actions where a plan says nothing: plays the same
    assert realization(form, again) == weights


@random_games
@given(games())
def test_combinations_are_sorted_each_there_once_and_all_in_the_tables(case):
    form = sequence_form(build(case[0], PLAYERS))
    listed = [tuple(row) for row in form.at.tolist()]
    assert listed == sorted(set(listed))
    for k, player in enumerate(form.movers):
        table = form.dense(k)
        assert table.shape == tuple(own.num for own in form.sequences)
        assert table.sum() == form.payoffs[player].sum()


@random_games
@given(games(), st.integers(0, 10**30))
def test_payoffs_beyond_64_bits_stay_exact(case, factor):
    twig, plan = case

    def grown(t):
        gain = t.gain and tuple(g * factor for g in t.gain)
        return replace(t, gain=gain, below=tuple(map(grown, t.below)))

    large = grown(twig)
    game = build(large, PLAYERS)
    form = sequence_form(game)
    profile = Profile.mixed(game, vector_of(large, plan))
    assert form.expected(realization(form, profile)) == value(large, plan, PLAYERS)


def test_a_move_of_chance_without_probability_adds_nothing():
    b = Builder(["A", "B"])
    never = b.decide("A", {"x": b.end(100, 0), "y": b.end(-100, 0)})
    game = b.build(b.chance({"never": (0, never), "always": (1, b.end(3, 4))}))
    form = sequence_form(game)
    assert form.expected(realization(form, Profile.pure(game, [0]))) == (3, 4)
    assert form.sequences[0].num == 3


def test_nobody_or_one_mover():
    b = Builder(["A", "B"])
    assert sequence_form(b.build(b.end(3, 4))).expected([]) == (3, 4)
    b = Builder(["A", "B"])
    game = b.build(b.decide("B", {"l": b.end(1, 2), "r": b.end(0, 5)}, payoffs=(1, 1)))
    form = sequence_form(game)
    assert form.movers == (1,)
    assert form.expected([[1, Fraction(1, 2), Fraction(1, 2)]]) == (Fraction(3, 2), Fraction(9, 2))


def test_imperfect_recall_is_refused_with_its_reason():
    b = Builder(["A"])
    first = [b.decide("A", {"l": b.end(0), "r": b.end(1)}, infoset="again") for _ in range(2)]
    game = b.build(b.decide("A", dict(zip("xy", first, strict=True))))
    with pytest.raises(NotSupported, match="perfect recall"):
        sequence_form(game)


def test_shared_continuations_are_refused():
    b = Builder(["A"])
    end = b.end(1)
    game = b.build(b.decide("A", {"x": end, "y": end}), shared=True)
    with pytest.raises(NotSupported, match="shares continuations"):
        sequence_form(game)


def test_a_plain_recursion_over_the_game_agrees():
    b = Builder(["A", "B"])
    low = b.decide("B", {"l": b.end(1, 2), "r": b.end(3, -1)}, infoset="b", payoffs=(1, 0))
    high = b.decide("B", {"l": b.end(0, 0), "r": b.end(2, 2)}, infoset="b", discount=(1, "1/2"))
    lots = b.chance({"low": ("1/3", low), "high": ("2/3", high)})
    game = b.build(b.decide("A", {"play": lots, "out": b.end(0, 7)}))
    vector = [Fraction(1, 4), Fraction(3, 4), Fraction(2, 5), Fraction(3, 5)]
    form = sequence_form(game)
    profile = Profile.mixed(game, vector)
    assert form.expected(realization(form, profile)) == expected(game, vector)
