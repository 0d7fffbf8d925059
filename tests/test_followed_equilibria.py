"""Sequential equilibria followed along a parameter: closed forms, the certifier, single values."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator
from fractions import Fraction as F  # noqa: N817
from typing import Any

import pytest
from two_types import two_types

import detente as dt
from detente.certify import certify
from detente.cli import run
from detente.game.expressions import Expr, name
from detente.game.tree import Game
from detente.stability.following.algebraic import Root, between
from detente.stability.following.forms import ONE, System, value_of
from detente.stability.following.functions import constant, itself, parts
from detente.stability.following.lives import Life, Lives
from detente.stability.following.union import Interval
from detente.stability.readings import sequential_equilibria

QUESTIONS = ("acceptable", "honoured", "stable")


def lives_at(game: Game, parameter: str, low: Any, high: Any, x: Any) -> list[Life | None]:
    """Every equilibrium listed at a value, followed."""
    lives = Lives(game, parameter, Interval(F(low), F(high)))
    listed = sequential_equilibria(game.at(**{parameter: x}), None)
    return [lives.of(play.equilibrium, F(x)) for play in listed.plays]


def places(life: Life) -> Iterator[F]:
    """Rationals inside, near the ends, and the ends themselves where they are part of it."""
    span = life.interval
    assert span.low is not None
    assert span.high is not None
    inside = between(span.low, span.high)
    yield from {inside, between(span.low, inside), between(inside, span.high), life.x}
    for end, closed in ((span.low, span.low_closed), (span.high, span.high_closed)):
        if closed and isinstance(end, F):
            yield end


def assert_proved(life: Life) -> int:
    count = 0
    for x in places(life):
        profile, beliefs = life.at(x)
        found = certify(profile.game, profile, concept="sequential", beliefs=beliefs)
        assert (found.verdict, found.max_regret) == ("proved", 0), (life.interval, x)
        count += 1
    return count


# ── linear systems over functions ──────────────────────────────────────────────────────────────


def test_a_system_is_solved_and_a_contradiction_is_told() -> None:
    x, one = itself(), constant(1)
    system = System()
    assert system.take({0: x, 1: one, ONE: -one})  # x a + b = 1
    assert system.solution([0, 1]) is None
    assert system.take({0: one, 1: -one})  # a = b
    found = system.solution([0, 1])
    assert found is not None
    assert value_of(found[0], F(3)) == value_of(found[1], F(3)) == F(1, 4)
    assert system.take({0: x, 1: one, ONE: -one})  # known already
    assert not system.take({0: one, ONE: -one})


# ── closed forms ───────────────────────────────────────────────────────────────────────────────


def game_of(title: str) -> Game:
    talks = dt.load(title)
    return talks if isinstance(talks, Game) else talks.game


def test_the_weak_mix_as_in_closed_form_where_the_strong_are_few() -> None:
    # Cho and Kreps 1987, strong with probability s < 1/2: the weak drink beer with probability
    # s/(1 - s), so that a duel after beer is worth as much as none, and it is fought half the time.
    game = game_of("beer-quiche")
    (life,) = lives_at(game, "strong", 0, 1, F(1, 4))
    assert life is not None
    assert (life.interval.low, life.interval.high) == (0, F(1, 2))
    assert (life.interval.low_closed, life.interval.high_closed) == (False, True)
    mixed = [parts(f) for f in life.odds if value_of(f, F(1, 4)) not in (0, 1)]
    for s in (F(1, 10), F(2, 5)):
        values = sorted(up(s) / down(s) for up, down in _in_fractions(mixed))
        assert values == sorted([s / (1 - s), 1 - s / (1 - s), F(1, 2), F(1, 2)])
    assert_proved(life)


def _in_fractions(pairs: Any) -> list[tuple[Any, Any]]:
    def plain(polynomial: Any) -> Any:
        coefficients = [F(int(c.p), int(c.q)) for c in polynomial.coeffs()]
        return lambda x: sum(c * x**k for k, c in enumerate(coefficients))

    return [(plain(up), plain(down)) for up, down in pairs]


def test_pooling_and_what_deters_off_the_path_live_where_the_strong_are_many() -> None:
    game = game_of("beer-quiche")
    found = lives_at(game, "strong", 0, 1, F(9, 10))
    assert len(found) == 4  # pooling on either meal, after the other a duel for sure or half so
    for life in found:
        assert life is not None
        assert (life.interval.low, life.interval.high) == (F(1, 2), 1)
        assert_proved(life)


def test_where_everything_ties_at_a_value_nothing_lives_around_it() -> None:
    assert set(lives_at(game_of("beer-quiche"), "strong", 0, 1, F(1, 2))) == {None}


@pytest.mark.parametrize(
    ("parameter", "low", "high"),
    [("gain", 0, 4), ("penalty", F(1, 4), 10), ("cost", 0, 4), ("damage", F(5, 4), 10)],
)
def test_verification_lives_as_long_as_the_threat_bites(
    parameter: str, low: Any, high: Any
) -> None:
    # Dresher 1962: verify with G/(d(G + P)) where that is at most one, cheat with c/(dD).
    (life,) = lives_at(game := game_of("verification-imperfect-detection"), parameter, 0, 10,
                       game.formulas.parameters[parameter].value)  # type: ignore[union-attr]  # fmt: skip
    assert life is not None
    assert (life.interval.low, life.interval.high) == (low, high)
    formulas = game.formulas
    assert formulas is not None
    for x in places(life):
        v = {**formulas.values(), parameter: x}
        verify = v["gain"] / (v["detection"] * (v["gain"] + v["penalty"]))
        cheat = v["cost"] / (v["detection"] * v["damage"])
        told = {value_of(f, x) for f in life.odds}
        assert told == {verify, 1 - verify, cheat, 1 - cheat}
    assert_proved(life)


def test_steps_are_broken_as_often_as_in_closed_form() -> None:
    # Below a stake of 2/3 the untrustworthy exploit at once with probability 2/9 and are trusted
    # with the rest with probability s/(2 - 2s); above it they exploit at once; from 7/9 on the
    # first step is not worth it: 0.7 s = 0.3 · 3 s is never, 0.7 · 1 = 0.9 s is at 7/9.
    axis = dt.thresholds(dt.load("kydd-reassurance"), "stake")["stake"]
    small, middle, large = axis.equilibria[""]
    assert [f.interval.high for f in (small, middle, large)] == [F(2, 3), F(7, 9), 1]
    (deed,) = small.deeds
    assert deed.bundle == "steps"
    for s in (F(0), F(1, 3), F(2, 3)):
        assert value_of(deed.broken, s) == F(1, 15) + F(7, 60) * s / (1 - s)
        assert value_of(deed.signed, s) == 1
    assert value_of(middle.deeds[0].broken, F(7, 10)) == F(3, 10)
    assert large.deeds == ()
    (turn,) = [t.turn for t in axis.thresholds if t.turn]
    assert turn.place == F(7, 9)


def squared(above: Expr) -> Game:
    """Verify or trust, cheat or comply, with a gain of x²; what cheating costs more where told."""
    build = dt.Builder(["I", "S"], parameters={"x": dt.Parameter("x", F(1), F(0), F(5))})
    gain = name("x") ** 2

    def moves(caught: Any, spent: int) -> object:
        cheat = build.end(-10 * (1 - caught) - spent, gain * (1 - caught) - 2 * caught + above)
        return build.decide("S", {"cheat": cheat, "comply": build.end(-spent, 0)}, infoset="s")

    return build.build(
        build.decide("I", {"verify": moves(F(3, 4), 1), "trust": moves(0, 0)}, label="i")
    )


def test_an_irrational_end_is_a_root_and_belongs_to_the_life() -> None:
    # d(G + L) = G at G = 6: x = √6.
    (life,) = lives_at(squared(name("x") * 0), "x", 0, 5, 1)
    assert life is not None
    end = life.interval.high
    assert isinstance(end, Root)
    assert end.polynomial == (-6, 0, 1)
    assert life.interval.high_closed
    assert_proved(life)


def test_a_jump_of_the_numbers_ends_a_life_before_it() -> None:
    from detente.game.expressions import compare, conditional

    jump = conditional(compare("<", name("x"), 2), name("x") * 0, name("x") * 0 + 20)
    (life,) = lives_at(squared(jump), "x", 0, 5, 1)
    assert life is not None
    assert (life.interval.high, life.interval.high_closed) == (2, False)
    assert_proved(life)


def test_three_sides_that_mix_at_once_are_not_followed_and_pure_ones_are() -> None:
    build = dt.Builder(["A", "B", "C"], parameters={"x": dt.Parameter("x", F(1), F(0), F(2))})
    x = name("x")

    def last(a: int, b: int) -> object:
        # Each wants to be the odd one out.
        ends = {}
        for c in (0, 1):
            odd = [x if (a, b, c).count(own) == 1 else 0 * x for own in (a, b, c)]
            ends["lr"[c]] = build.end(*odd)
        return build.decide("C", ends, infoset="c")

    def second(a: int) -> object:
        return build.decide("B", {"lr"[b]: last(a, b) for b in (0, 1)}, infoset="b")

    game = build.build(build.decide("A", {"lr"[a]: second(a) for a in (0, 1)}, label="a"))
    from detente.game.profile import Profile
    from detente.solvers.result import Equilibrium

    there = game.at(x=1)

    def followed(vector: list[F]) -> Life | None:
        profile = Profile.mixed(there, vector)
        certificate = certify(there, profile, concept="sequential")
        assert certificate.verdict == "proved"
        one = Equilibrium(profile, certificate, (F(0),) * 3)  # type: ignore[arg-type]
        return Lives(game, "x", Interval(F(0), F(2))).of(one, F(1))

    assert followed([F(1, 2)] * 6) is None
    pure = followed([F(1), F(0), F(0), F(1), F(0), F(1)])
    assert pure is None or assert_proved(pure)


# ── against the certifier and single values ────────────────────────────────────────────────────


def judged_as_followed(seed: int) -> tuple[int, int]:
    """Certificates inside lives, and verdicts compared at single values."""
    talks = dt.Summit.read(two_types(seed))
    rng = random.Random(seed)
    parameter = rng.choice("qxy")
    bundles = list(range(min(3, len(talks.bundles))))
    axis = dt.thresholds(talks, parameter, bundles=bundles)[parameter]
    certified = sum(
        assert_proved(life)
        for some in axis.equilibria.values() for followed in some for life in followed.lives[:2]
    )  # fmt: skip
    low, high = axis.within.low, axis.within.high
    assert isinstance(low, F)
    assert isinstance(high, F)
    points = [low, high, *(low + (high - low) * F(rng.randint(1, 999), 1000) for _ in range(4))]
    points += [t.place for t in axis.thresholds if isinstance(t.place, F)]
    compared = 0
    for x in points:
        report = dt.stability(talks.at(**{parameter: x}), bundles=bundles, lenses="none")
        for along, verdict in zip(axis.verdicts, report.bundles, strict=True):
            told = {q: along.at(x).asked(q) for q in QUESTIONS}
            open_ = any(x in gap for gap in axis.unproved.get(along.bundle, ()))
            assert told == verdict.modal or open_, (seed, parameter, x, along.bundle)
            compared += 1
    return certified, compared


@pytest.mark.parametrize("seed", [0, 1, 2, 15])
def test_random_talks_of_two_types_are_followed_as_each_value_says(seed: int) -> None:
    _, compared = judged_as_followed(seed)
    assert compared >= 6


@pytest.mark.slow
def test_many_random_talks_of_two_types_are_followed_as_each_value_says() -> None:
    found = [
        judged_as_followed(seed) for seed in range(40)
        if dt.Summit.read(two_types(seed)).game.num_nodes <= 100
    ]  # fmt: skip
    assert sum(certified for certified, _ in found) > 300


# ── what is said ───────────────────────────────────────────────────────────────────────────────


def test_what_is_sometimes_so_is_proved_by_two_equilibria() -> None:
    # The challenger gets by x4 what war brings it: it signs or not, whatever c_L is.
    axis = dt.thresholds(dt.load("fearon-1995-private-resolve"), "c_L", bundles=["x4"])["c_L"]
    assert "x4" not in axis.unproved
    (along,) = axis.verdicts
    (piece,) = along.pieces
    assert piece.standing.stable == "sometimes"
    assert len(axis.equilibria["x4"]) == 2


IRRATIONAL = """
detente: 1
title: Signed from a root on
sides: [A, B]
types: {A: {eager: 1/3, slow: 2/3}}
parameters: {x: {value: 1, range: [0, 2]}}
terms:
  t: {by: A, levels: {none: , full: {worth: {A: "x * x - 2", B: 1}}}}
protocol: {kind: take-it-or-leave-it, proposer: B}
"""


def test_at_an_irrational_value_both_limits_count() -> None:
    axis = dt.thresholds(dt.Summit.read(IRRATIONAL), "x", bundles=[1])["x"]
    (threshold,) = axis.thresholds
    assert isinstance(threshold.place, Root)
    (change,) = threshold.changes
    assert change.below is not None
    assert change.above is not None
    assert (change.below.stable, change.at.stable, change.above.stable) == (
        "never", "sometimes", "always",
    )  # fmt: skip
    assert not change.at.fault


def test_beyond_its_range_a_prior_makes_no_game_and_that_is_proved() -> None:
    talks = dt.load("fearon-1995-private-resolve")
    axis = dt.thresholds(talks, "resolute", bundles=["x7"], within=(0.5, 1.5))["resolute"]
    (along,) = axis.verdicts
    assert along.at(F(5, 4)).fault
    assert not any(F(5, 4) in gap for gap in axis.unproved.get("x7", ()))


def test_equilibria_are_told_in_a_table_and_in_full_as_data(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(["thresholds", "kydd-reassurance", "stake"]) == 0
    text = re.sub(r"\s+", " ", capsys.readouterr().out)
    assert "Equilibria followed: the talks as written, along stake" in text
    assert "0 to ≈0.6667 steps 1 ≈0.06667 → 0.3" in text
    assert "≈0.7778 to 1 nothing" in text
    assert run(["thresholds", "kydd-reassurance", "stake", "--json"]) == 0
    (axis,) = json.loads(capsys.readouterr().out)["parameters"]
    assert axis["single_values"]["steps"][0]["low"] == "7/9"
    assert axis["proved_for_followed"]["steps"][0]["high"] == "7/9"
    first = axis["equilibria"]["the talks as written"][0]
    assert first["interval"]["high"] == "2/3"
    up, down = (first["bundles"][0]["broken"][part] for part in ("numerator", "denominator"))
    at = [sum(F(c) * F(1, 2) ** k for k, c in enumerate(row)) for row in (up, down)]
    assert at[0] / at[1] == F(1, 15) + F(7, 60)
    assert {"player", "infoset", "actions", "probabilities"} == set(first["behavior"][0])


def test_bundles_that_are_done_are_kept_and_the_others_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from detente.stability.robustness.along.secret_walk import Walk

    whole, done = Walk.stretches, []

    def some(walk: Walk[Any]) -> Any:
        done.append(walk)
        if len(done) == 3:
            raise KeyboardInterrupt
        return whole(walk)

    monkeypatch.setattr(Walk, "stretches", some)
    found = dt.thresholds(dt.load("fearon-1995-private-resolve"), "p", bundles=["x1", "x2", "x3"])
    (axis,) = found.axes
    assert found.stopped == "interrupted"
    assert [along.bundle for along in axis.verdicts] == ["x1", "x2"]
    assert set(axis.left) == {"x3", ""}


def test_what_is_followed_is_told_as_it_goes() -> None:
    told: list[str] = []
    dt.thresholds(
        dt.load("fearon-1995-private-resolve"), "c_A", bundles=["x1", "x2"],
        progress=lambda what, share: told.append(what),
    )  # fmt: skip
    assert "following c_A: bundle 2 of 2" in told
    assert "following c_A: the talks as written" in told


def test_beliefs_off_the_path_move_so_that_ties_stay() -> None:
    # A continuum of equilibria differs in what is done off the path; those at its corners rest on
    # beliefs under which two actions there tie. Four of these six are followed.
    from test_hidden_draws import signals

    game = signals(19)
    found = lives_at(game, "x", 0, 1, F(random.Random(19).randint(1, 97), 98))
    assert len(found) == 6
    alive = [life for life in found if life is not None]
    assert [life.interval for life in alive] == [Interval(F(7, 8), F(1))] * 4
    assert sum(assert_proved(life) for life in alive) >= 16
