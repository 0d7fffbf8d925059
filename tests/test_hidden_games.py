"""The closed forms and published answers of the shipped games with hidden information."""

from __future__ import annotations

from fractions import Fraction as F  # noqa: N817
from math import comb
from pathlib import Path
from typing import Any

import pytest

import detente as dt
from detente.certify import certify
from detente.game.builder import Builder
from detente.game.profile import Profile

ROOT = Path(__file__).parent.parent
EXACT = F(1, 1000)


def shipped(name: str, **values: Any) -> Any:
    talks = dt.load(ROOT / "games" / f"{name}.yaml")
    return talks.at(**values) if values else talks


# ── Dresher 1962 ───────────────────────────────────────────────────────────────────────────────


def dresher(stages: int, inspections: int, penalty: F) -> Any:
    """The recursive inspection game as a tree; the state knows what was inspected."""
    b = Builder(["Inspector", "State"])

    def play(n: int, m: int, past: str) -> int:
        if n == 0:
            return b.end(0, 0)
        if m == 0:
            return b.decide("State", {"violate": b.end(-1, 1), "legal": play(n - 1, 0, past + ".")})
        caught, missed = b.end(penalty, -penalty), b.end(-1, 1)
        violate = b.decide(
            "Inspector", {"inspect": caught, "wait": missed}, infoset=f"at {n} {past}"
        )
        legal = b.decide(
            "Inspector",
            {"inspect": play(n - 1, m - 1, past + "i"), "wait": play(n - 1, m, past + "w")},
            infoset=f"at {n} {past}",
        )
        return b.decide("State", {"violate": violate, "legal": legal})

    return b.build(play(stages, inspections, ""))


def dresher_value(n: int, m: int, b: F) -> F:
    """Avenhaus, von Stengel and Zamir 2002, theorem 5.2."""
    return F(comb(n - 1, m)) / sum(comb(n, i) * b ** (m - i) for i in range(m + 1))


@pytest.mark.parametrize("penalty", [F(1), F(2), F(1, 3)])
@pytest.mark.parametrize(("n", "m"), [(2, 1), (3, 1), (3, 2), (4, 2), (4, 3)])
def test_dresher_has_the_value_of_the_closed_form(n: int, m: int, penalty: F) -> None:
    result = dt.solve(dresher(n, m, penalty), concept="nash")
    (equilibrium,) = result.equilibria
    assert equilibrium.certificate.verdict == "proved"
    assert equilibrium.payoffs["State"] == dresher_value(n, m, penalty)


@pytest.mark.parametrize(
    ("n", "m", "first"), [(2, 1, F(1, 3)), (3, 1, F(1, 4)), (3, 2, F(3, 7)), (4, 2, F(4, 11))]
)
def test_dresher_inspects_the_first_stage_as_published(n: int, m: int, first: F) -> None:
    for concept in ("spe", "sequential"):
        equilibrium = dt.solve(dresher(n, m, F(1)), concept=concept).equilibria[0]
        assert equilibrium.profile["Inspector", f"at {n} "]["inspect"] == first


def test_the_shipped_inspection_game_is_dresher_s() -> None:
    for penalty in (F(1), F(5)):
        talks = shipped("inspection-dresher-1962", penalty=penalty)
        equilibrium = dt.solve(talks, concept="nash").equilibria[0]
        assert equilibrium.payoffs["State"] == dresher_value(3, 2, penalty)


# ── verification with imperfect detection ──────────────────────────────────────────────────────


@pytest.mark.parametrize("detection", [F(3, 5), F(4, 5), F(1)])
def test_imperfect_detection_mixes_as_the_closed_form(detection: F) -> None:
    gain, loss, cost, damage = F(1), F(1), F(1), F(5)
    talks = shipped("verification-imperfect-detection", detection=detection)
    result = dt.solve(talks, concept="nash", all=True)
    assert result.complete == "all"
    (equilibrium,) = result.equilibria
    verify = equilibrium.profile["Inspector", "verification"]["verify"]
    cheat = equilibrium.profile["State", "compliance"]["cheat"]
    assert verify == gain / (detection * (gain + loss))
    assert cheat == cost / (detection * damage)


def test_below_the_threshold_no_verification_deters() -> None:
    # gain / (gain + penalty) is 1/2 here
    result = dt.solve(
        shipped("verification-imperfect-detection", detection=F(2, 5)), concept="nash", all=True
    )
    assert result.complete == "all"
    assert [e.profile["State", "compliance"]["cheat"] for e in result.equilibria] == [1]


# ── Beer or quiche, Kuhn poker, the horse ──────────────────────────────────────────────────────


def test_both_pooling_outcomes_of_beer_or_quiche_are_sequential() -> None:
    result = dt.solve(shipped("beer-quiche"), concept="sequential", all=True)
    breakfasts = {
        (e.profile["Newcomer", "strong"]["beer"], e.profile["Newcomer", "weak"]["beer"])
        for e in result.equilibria
    }
    assert breakfasts == {(1, 1), (0, 0)}
    for equilibrium in result.equilibria:
        beer = equilibrium.profile["Newcomer", "strong"]["beer"]
        off_path = "after quiche" if beer else "after beer"
        infosets = equilibrium.game.infosets
        h = infosets.label[: infosets.num_player_infosets].index(off_path)
        strong, weak = equilibrium.beliefs[h].values()
        # The challenger fights whoever takes the other breakfast, which needs this belief.
        assert weak >= strong
        assert equilibrium.profile["Challenger", off_path]["fight"] >= F(1, 2)


def test_kuhn_poker_has_one_family_for_the_first_and_one_plan_for_the_second() -> None:
    result = dt.solve(shipped("kuhn-poker"), concept="nash", all=True)
    assert {e.payoffs["First"] for e in result.equilibria} == {F(-1, 18)}
    bluffs = {e.profile["First", "holding J"]["bet"] for e in result.equilibria}
    assert bluffs == {0, F(1, 3)}
    for equilibrium in result.equilibria:
        bluff = equilibrium.profile["First", "holding J"]["bet"]
        assert equilibrium.profile["First", "holding K"]["bet"] == 3 * bluff
        assert equilibrium.profile["Second", "holding Q after a bet"]["call"] == F(1, 3)
        assert equilibrium.profile["Second", "holding J after a check"]["bet"] == F(1, 3)
    assert [c.members for c in result.components] == [(0, 1)]


def horse(one: F, two: F, left: F) -> Profile:
    """How likely the first and the second go across, and the third left."""
    game = shipped("selten-1975-horse").game
    return Profile.mixed(game, [one, 1 - one, two, 1 - two, left, 1 - left])


def test_the_horse_has_two_families_of_which_one_is_sequential() -> None:
    game = shipped("selten-1975-horse").game
    for left in (F(0), F(1, 4)):
        profile = horse(F(1), F(1), left)
        assert certify(game, profile, "nash").verdict == "proved"
        assert certify(game, profile, "sequential").verdict == "proved"
    for two in (F(1, 3), F(1)):
        profile = horse(F(0), two, F(1))
        assert certify(game, profile, "nash").verdict == "proved"
        assert certify(game, profile, "sequential").verdict == "refuted"
    assert certify(game, horse(F(1), F(1), F(1, 2)), "nash").verdict == "refuted"
    assert certify(game, horse(F(0), F(1, 4), F(1)), "nash").verdict == "refuted"


# ── Fearon 1995 with private resolve ───────────────────────────────────────────────────────────


def test_the_high_demand_is_made_exactly_where_the_resolute_are_unlikely() -> None:
    p, c_a = F(6, 10), F(2, 10)
    low, high = F(7, 10), F(9, 10)
    threshold = (high - low) / (high - p + c_a)
    assert threshold == F(2, 5)
    for resolute, demand in ((threshold - EXACT, "x9"), (threshold + EXACT, "x7")):
        report = dt.stability(shipped("fearon-1995-private-resolve", resolute=resolute))
        assert [v.name for v in report if v.selected] == [demand]
        risk = 1 - report[demand].agreed[0]
        assert risk == (resolute if demand == "x9" else 0)


# ── Kydd: graduated stakes ─────────────────────────────────────────────────────────────────────


def kydd(**values: F) -> Any:
    result = dt.solve(shipped("kydd-reassurance", **values), concept="sequential")
    return result.equilibria[0]


def test_a_first_step_separates_from_the_threshold_on() -> None:
    tempted = F(2)
    threshold = tempted / (2 * tempted - 1)
    above = kydd(stake=threshold + EXACT, trustworthy=F(7, 10))
    label = "untrustworthy, trusted in a first step"
    assert above.profile["Other", label]["exploit"] == 1
    below = kydd(stake=threshold - EXACT, trustworthy=F(9, 10))
    assert below.profile["Other", label]["exploit"] == 0


def test_steps_need_less_trust_than_all_at_once() -> None:
    loss, stake = F(3), F(7, 10)
    in_steps, at_once = loss * stake / (1 + loss * stake), loss / (1 + loss)
    assert in_steps < at_once
    for prior, move in (
        (in_steps - EXACT, "trust nothing"),
        (in_steps + EXACT, "trust a first step"),
        (at_once - EXACT, "trust a first step"),
    ):
        assert kydd(stake=stake, trustworthy=prior).profile["Truster", "first move"][move] == 1


# ── Hanoi ──────────────────────────────────────────────────────────────────────────────────────

SWAP = "kumgang_kaesong + partial + inspected"


def test_inspections_make_the_swap_hold_exactly_from_the_threshold_on() -> None:
    saved, at_stake = 5 * F(100), 4 * F(3, 2) * 170
    threshold = saved / at_stake
    assert threshold == F(25, 51)
    for detection, holds in ((threshold - EXACT, False), (threshold + EXACT, True)):
        talks = shipped("hanoi-2019-secret-restart", detection_inspected=detection)
        assert dt.stability(talks, bundles=[SWAP])[SWAP].honoured is holds


def test_false_alarms_are_answered_with_the_mixture_of_the_closed_form() -> None:
    detection, false_alarm = F(9, 10), F(1, 10)
    talks = shipped("hanoi-2019-false-alarms")
    verdict = dt.stability(talks, bundles=[SWAP])[SWAP]
    freeze, relief = 4 * F(250), 4 * F(3, 10) * 170
    guilty = (freeze - relief) / (freeze - relief + relief + 200)
    assert guilty == F(796, 1200)
    restart = guilty * false_alarm / (guilty * false_alarm + (1 - guilty) * detection)
    ends = F(500) / (1020 * detection - 620 * false_alarm)
    assert verdict.honoured is False
    kept = (1 - restart) * (1 - false_alarm * ends)
    assert verdict.kept == (kept, kept)


@pytest.mark.parametrize(
    "prior",
    [
        pytest.param(F(0), marks=pytest.mark.slow),
        F(1, 4),
        pytest.param(F(1), marks=pytest.mark.slow),
    ],
)
def test_inspectors_hold_the_large_swap_whatever_the_type(prior: F) -> None:
    talks = shipped("hanoi-2019-sincere-or-hedging", sincere=prior)
    large, small = "civilian + full + inspected", "kumgang + partial + inspected"
    report = dt.stability(talks, bundles=[large, small])
    assert report[large].stable
    assert report[small].honoured is (prior == 1)


# ── the chain store with two entrants (Kreps and Wilson 1982) ──────────────────────────────────

STAYS_OUT_WORTH = F(2)
"""What an entrant that stays out is worth to the incumbent (a > 1)."""


def chain_store(strong: F, b: F) -> Any:
    """Two entrants, one after the other; the incumbent is strong with some probability.

    A weak incumbent loses 1 by fighting and gets 0 by sharing; a strong one the other way round.
    An entrant that is shared with gets b, one that is fought b - 1, one that stays out 0.
    """
    builder = Builder(["First", "Second", "Incumbent"])

    def second(kind: str, seen: str, so_far: list[F]) -> int:
        first, incumbent = so_far
        fight, share = (F(0), F(-1)) if kind == "strong" else (F(-1), F(0))
        reply = builder.decide(
            "Incumbent",
            {
                "fight": builder.end(first, b - 1, incumbent + fight),
                "share": builder.end(first, b, incumbent + share),
            },
            label=f"{kind} after {seen} and entry",
        )
        out = builder.end(first, 0, incumbent + STAYS_OUT_WORTH)
        return builder.decide("Second", {"enter": reply, "out": out}, infoset=f"after {seen}")

    def whole(kind: str) -> int:
        fight, share = (F(0), F(-1)) if kind == "strong" else (F(-1), F(0))
        reply = builder.decide(
            "Incumbent",
            {
                "fight": second(kind, "a fight", [b - 1, fight]),
                "share": second(kind, "sharing", [b, share]),
            },
            label=f"{kind} after entry",
        )
        out = second(kind, "no entry", [F(0), STAYS_OUT_WORTH])
        return builder.decide("First", {"enter": reply, "out": out}, infoset="first")

    moves = {"strong": (strong, whole("strong")), "weak": (1 - strong, whole("weak"))}
    return builder.build(builder.chance(moves))


def reputation(game: Any, strong: F, b: F, first_enters: bool) -> Profile:
    """Kreps and Wilson's equilibrium, with what the first entrant does."""
    fights = min(F(1), strong * (1 - b) / ((1 - strong) * b))  # of a weak incumbent, at first
    out_after_fight = 1 / STAYS_OUT_WORTH if fights < 1 else F(1)
    plays = {
        "first": [first_enters, not first_enters],
        "after no entry": [strong < b, strong >= b],
        "after a fight": [1 - out_after_fight, out_after_fight],
        "after sharing": [1, 0],
        "weak after entry": [fights, 1 - fights],
        "strong after entry": [1, 0],
    }
    sets = game.infosets
    vector: list[Any] = []
    for label in sets.label[: sets.num_player_infosets]:
        last = [1, 0] if label.startswith("strong") else [0, 1]
        vector += plays.get(label, last)
    return Profile.mixed(game, [F(p) for p in vector])


@pytest.mark.parametrize("b", [F(1, 2), F(1, 3)])
def test_the_reputation_of_the_chain_store_turns_at_b_squared(b: F) -> None:
    for strong, enters in ((b**2 - EXACT, True), (b**2 + EXACT, False)):
        game = chain_store(strong, b)
        right = certify(game, reputation(game, strong, b, enters), "sequential")
        assert right.verdict == "proved", right.where
        wrong = certify(game, reputation(game, strong, b, not enters), "sequential")
        assert wrong.verdict == "refuted"


# ── von Stengel and Forges 2008, figure 1 ──────────────────────────────────────────────────────


def test_signals_that_cost_nothing_leave_one_nash_outcome() -> None:
    b = Builder(["Student", "Professor"])

    def applies(kind: str, hired: tuple[int, int]) -> int:
        return b.decide(
            "Student",
            {
                signal: b.decide(
                    "Professor", {"hire": b.end(*hired), "reject": b.end(0, 6)}, infoset=signal
                )
                for signal in ("red", "blue")
            },
            label=kind,
        )

    good, bad = applies("good", (4, 10)), applies("bad", (6, 0))
    game = b.build(b.chance({"good": (F(1, 2), good), "bad": (F(1, 2), bad)}))
    result = dt.solve(game, concept="nash", all=True)
    assert result.complete in ("all", "components")
    assert {tuple(e.payoffs.values()) for e in result.equilibria} == {(0, 6)}
