"""Certificates of mixed profiles of games in strategic form."""

from __future__ import annotations

import time
from fractions import Fraction
from itertools import product
from math import prod

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detente.certify import certify
from detente.certify.strategic import best_replies
from detente.errors import GameError, NotSupported
from detente.game.builder import Builder
from detente.game.labels import Labels
from detente.game.mixed import MixedProfile
from detente.game.profile import Profile
from detente.game.rationals import Payoffs
from detente.game.strategic import StrategicGame, to_tree
from detente.game.tree import Outcomes

HALF = Fraction(1, 2)


def game_of(shape: tuple[int, ...], rows: list[list[Fraction]]) -> StrategicGame:
    players = [f"P{i}" for i in range(len(shape))]
    strategies = [[f"s{k}" for k in range(size)] for size in shape]
    return StrategicGame.of(players, strategies, rows)


def regret_by_definition(game: StrategicGame, weights: list[list[Fraction]]) -> Fraction:
    """The largest gain of a player from a pure strategy, profile by profile."""
    most = Fraction(0)
    for i in range(game.num_players):
        worth = [Fraction(0)] * game.shape[i]
        for profile in product(*map(range, game.shape)):
            others = prod(weights[j][k] for j, k in enumerate(profile) if j != i)
            worth[profile[i]] += others * game.payoff(*profile)[i]
        planned = sum(p * x for p, x in zip(weights[i], worth, strict=True))
        most = max(most, max(worth) - planned)
    return most


def matching_pennies() -> StrategicGame:
    return StrategicGame.of(
        ["Odd", "Even"], [["h", "t"], ["h", "t"]], [(-1, 1), (1, -1), (1, -1), (-1, 1)]
    )


def test_matching_pennies_has_one_equilibrium() -> None:
    game = matching_pennies()
    for concept in ("nash", "spe"):
        found = certify(game, MixedProfile.of(game, [[HALF, HALF], [HALF, HALF]]), concept)
        assert (found.verdict, found.max_regret, found.concept) == ("proved", 0, concept)
        assert (found.where, found.node, found.player, found.unique) == ("", None, None, False)
    tilted = certify(game, MixedProfile.of(game, [[HALF, HALF], ["2/3", "1/3"]]), "nash")
    assert (tilted.verdict, tilted.max_regret, tilted.player) == ("refuted", Fraction(1, 3), "Odd")
    assert tilted.where == "Odd gains 1/3 by t instead of the mixture of h (1/2), t (1/2)."


def test_a_profile_of_another_game_is_refused() -> None:
    game, other = matching_pennies(), game_of((2, 3), [[Fraction(0)] * 2] * 6)
    with pytest.raises(GameError, match="another game"):
        certify(game, MixedProfile.of(other, [[1, 0], [1, 0, 0]]), "nash")
    tree = to_tree(game)
    with pytest.raises(GameError, match=r"MixedProfile\.of"):
        certify(game, Profile.pure(tree, [0, 0]), "nash")
    with pytest.raises(GameError, match=r"Profile\.pure"):
        certify(tree, MixedProfile.of(game, [[1, 0], [1, 0]]), "nash")
    with pytest.raises(GameError, match="no part"):
        certify(game, MixedProfile.of(game, [[1, 0], [1, 0]]), "nash", beliefs={})  # type: ignore[arg-type]


def test_what_is_no_profile_is_refused_whoever_made_it() -> None:
    game = matching_pennies()
    bad = [
        ([Fraction(1), Fraction(1)], [HALF, HALF]),
        ([Fraction(2), Fraction(-1)], [HALF, HALF]),
        ([Fraction(1)], [HALF, HALF]),
        (np.array([np.nan, 1.0]), [HALF, HALF]),
        (np.array([0.5, 0.4999]), [HALF, HALF]),
    ]
    for weights in bad:
        with pytest.raises(GameError, match="no profile"):
            certify(game, MixedProfile(game, weights), "nash")


rationals = st.fractions(min_value=-5, max_value=5, max_denominator=6)


@st.composite
def games_with_profiles(draw: st.DrawFn) -> tuple[StrategicGame, list[list[Fraction]]]:
    shape = tuple(draw(st.lists(st.integers(1, 4), min_size=1, max_size=4)))
    amount = draw(st.sampled_from([rationals, st.sampled_from([-(10**30), 0, 10**30 + 1])]))
    row = st.lists(amount, min_size=len(shape), max_size=len(shape))
    rows = draw(st.lists(row, min_size=prod(shape), max_size=prod(shape)))
    weights = []
    for size in shape:
        own = draw(st.lists(st.sampled_from([0, 0, 1, 7, 10**25]), min_size=size, max_size=size))
        own = own if any(own) else [1, *own[1:]]
        weights.append([Fraction(w, sum(own)) for w in own])
    return game_of(shape, rows), weights


@settings(deadline=None)
@given(games_with_profiles())
def test_regrets_are_those_of_the_definition(
    drawn: tuple[StrategicGame, list[list[Fraction]]],
) -> None:
    game, weights = drawn
    expected = regret_by_definition(game, weights)
    found = certify(game, MixedProfile.of(game, weights), "nash")
    assert found.max_regret == expected
    assert found.verdict == ("refuted" if expected else "proved")
    tree = to_tree(game)
    profile = Profile.mixed(tree, [p for own in weights for p in own])
    assert certify(tree, profile, "nash").max_regret == expected


def test_cells_without_an_outcome_and_shared_outcomes_count_as_written() -> None:
    game = StrategicGame(
        "", ("A", "B"), (("u", "d"), ("l", "r")), np.array([1, -1, 0, 1], dtype=np.int32),
        Outcomes(Labels.blank(2), Payoffs.of([[Fraction(-3), HALF], [Fraction(2), HALF]], 2)),
        by_outcome=True,
    )  # fmt: skip
    weights = [[Fraction(1, 3), Fraction(2, 3)], [Fraction(1, 5), Fraction(4, 5)]]
    found = certify(game, MixedProfile.of(game, weights), "nash")
    assert found.max_regret == regret_by_definition(game, weights)


@pytest.mark.parametrize("bits", [3, 40, 70, 300])
@pytest.mark.parametrize("size", [1, 9, 2**20, 2**45, 2**62, 2**80])
def test_products_are_exact_at_every_size(size: int, bits: int) -> None:
    rng = np.random.default_rng(bits)
    amounts = [[int(x) * size // 1000 for x in rng.integers(-1000, 1001, 2)] for _ in range(35)]
    game = game_of((5, 7), [[Fraction(a), Fraction(b)] for a, b in amounts])
    weights = []
    for count in game.shape:
        own = [int.from_bytes(rng.bytes(40), "big") >> (320 - bits) for _ in range(count)]
        own[0] += 1
        weights.append([Fraction(w, sum(own)) for w in own])
    most = max(reply.gain for reply in best_replies(game, weights))
    assert most == regret_by_definition(game, weights)


# ── floating point ──────────────────────────────────────────────────────────────────────────────


def test_rounding_is_told_from_error() -> None:
    game = StrategicGame.of(
        ["A", "B"], [["u", "d"], ["l", "r"]], [(7, 3), (0, 0), (0, 0), (3, 7)]
    )
    exact = MixedProfile.of(game, [["7/10", "3/10"], ["3/10", "7/10"]])
    assert certify(game, exact, "nash").verdict == "proved"
    rounded = MixedProfile.of(game, [[0.7, 0.3], [0.3, 0.7]])
    found = certify(game, rounded, "nash")
    assert (found.verdict, found.arithmetic) == ("undecided", "float")
    weights = [[Fraction(float(p)) for p in own] for own in rounded.weights]
    weights = [[p / sum(own) for p in own] for own in weights]
    assert isinstance(found.max_regret, float)
    assert regret_by_definition(game, weights) <= found.max_regret < 1e-15
    wrong = certify(game, MixedProfile.of(game, [[0.69, 0.31], [0.3, 0.7]]), "nash")
    assert wrong.verdict == "refuted"
    pure = certify(game, MixedProfile.of(game, [[1.0, 0.0], [1.0, 0.0]]), "nash")
    assert (pure.verdict, pure.max_regret, pure.arithmetic) == ("proved", 0.0, "float")
    mixed = certify(game, MixedProfile.of(game, [[1.0, 0.0], [Fraction(1), 0]]), "nash")
    assert (mixed.verdict, mixed.arithmetic) == ("proved", "float")


# ── speed ───────────────────────────────────────────────────────────────────────────────────────


def test_a_thousand_strategies_with_long_numbers_are_judged_exactly_in_a_second() -> None:
    n, support = 1000, 200
    rng = np.random.default_rng(7)
    table = rng.integers(-100, 101, (n * n, 2))
    game = StrategicGame(
        "", ("A", "B"), (tuple(map(str, range(n))),) * 2, np.arange(n * n, dtype=np.int32),
        Outcomes(Labels.blank(n * n), Payoffs(table, (1, 1))),
    )  # fmt: skip
    weights = []
    for _ in range(2):
        own = [int.from_bytes(rng.bytes(300), "big") for _ in range(support)] + [0] * (n - support)
        weights.append([Fraction(w, sum(own)) for w in own])
    began = time.perf_counter()
    found = certify(game, MixedProfile(game, tuple(weights)), "nash")
    assert time.perf_counter() - began < 2
    values = [
        [sum(w * int(table[i + n * j, 0]) for j, w in enumerate(weights[1][:support]))
         for i in range(0, n, 97)]
    ]  # fmt: skip
    planned = Fraction(found.max_regret)
    assert found.verdict == "refuted"
    assert planned > 0
    best = best_replies(game, weights)[0]
    own = sum(w * int(table[best.strategy + n * j, 0]) for j, w in enumerate(weights[1][:support]))
    assert all(value <= own for value in values[0])


def test_an_unknown_concept_is_refused() -> None:
    game = matching_pennies()
    with pytest.raises(NotSupported, match="no certificate for concept 'core'"):
        certify(game, MixedProfile.of(game, [[1, 0], [1, 0]]), "core")


def test_a_tree_profile_is_still_a_tree_profile() -> None:
    b = Builder(["A"])
    game = b.build(b.decide("A", {"x": b.end(0), "y": b.end(1)}))
    assert certify(game, Profile.pure(game, [1])).unique
