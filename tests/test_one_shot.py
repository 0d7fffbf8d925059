"""What keeps a side from one breach: closed forms, and brute force over fine grids."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction
from time import perf_counter

import pytest
from random_summits import random_summit_data

import detente as dt
from detente.errors import OutOfTime
from detente.stability.case import case
from detente.stability.enforcement.one_shot import RANGES, OneShot, one_shot, refusal
from detente.stability.equilibrium import judge
from detente.stability.following.algebraic import Place, Root
from detente.summit.model import SummitFile
from detente.summit.summit import Summit
from detente.summit.variants import with_detection, with_patience, with_penalty

F = Fraction
TINY = F(1, 10**9)
FREE = {"detection": with_detection, "penalty": with_penalty, "patience": with_patience}

INSPECTED = """\
detente: 1
title: Arms for aid, inspected
horizon: 5
sides: {N: North, S: South}
terms:
  arms: {by: N, levels: {none: , few: {worth: {N: {per_year: -2}, S: {per_year: 3}}}}}
  aid: {by: S, levels: {none: , some: {worth: {N: {per_year: 3}, S: {per_year: -2}}}}}
protocol: {kind: take-it-or-leave-it, proposer: S}
carrying_out:
  - compliance: disarming
    by: N
    breaches:
      hide: {undoes: arms, detected: 1/10, caught: {worth: {N: -4}}, answered_by: S}
snap_back: {after: 1}
"""


def shots(text: str | Summit, **asked: object) -> dict[tuple[str, str], OneShot]:
    summit = text if isinstance(text, Summit) else Summit.read(text)
    return {(shot.bundle, shot.side): shot for shot in one_shot(summit, **asked)}  # type: ignore[arg-type]


# ── in closed form ─────────────────────────────────────────────────────────────────────────────


def test_the_gain_and_the_cost_of_one_breach_give_the_thresholds() -> None:
    """Hiding saves 5 years of 2; caught, it costs 4 and 4 of 5 years of aid at 3.

    Detection deters from q = G/(G + L) on, with G the gain unseen and L the loss when caught
    against complying: the inspection game of Avenhaus, von Stengel and Zamir (2002).
    """
    shot = shots(INSPECTED)["few + some", "N"]
    (breach,) = shot.breaches
    assert (breach.complying, breach.undetected, breach.caught) == (5, 15, 15 - 4 - 12)
    assert (breach.gain, breach.cost, breach.net) == (10, 16, 10 - F(16, 10))
    gain, loss = breach.gain, breach.complying - breach.caught
    assert shot.sets["detection"].infimum == gain / (gain + loss) == F(5, 8)
    assert shot.sets["detection"].text("q") == "q ≥ 0.625"
    assert shot.surely["detection"].text("q") == "q > 0.625", "at the threshold it is a tie"
    assert shot.own == shot.sets, "nobody else can break it"
    # q (16 + p) = 10 at q = 1/10.
    assert shot.sets["penalty"].text("p") == "p ≥ 84"
    assert shot.notes == {"patience": "no discount factor a year of N keeps N from breaking it."}


def test_patience_solves_a_polynomial() -> None:
    """Hiding gains 2 (1 + D) and costs q (c + 3 D), D = d + d² + d³ + d⁴."""
    shot = shots(INSPECTED.replace("1/10", "1/4"))["few + some", "N"]
    assert shot.sets["patience"].is_empty, "2 + 2 D ≤ 1 + 3/4 D at no D"
    shot = shots(INSPECTED.replace("1/10", "9/10").replace("N: -4", "N: -1"))["few + some", "N"]
    # 2 + 2 D ≤ 9/10 + 27/10 D: D ≥ 11/7.
    infimum = shot.sets["patience"].infimum
    assert isinstance(infimum, Root)
    assert infimum.polynomial == (-11, 7, 7, 7, 7)
    assert shot.sets["patience"].attained
    assert shot.sets["patience"].supremum == 1


def test_where_others_break_it_no_quantity_of_this_side_is_enough() -> None:
    both = INSPECTED.replace(
        "carrying_out:\n",
        "carrying_out:\n  - {compliance: paying, by: S, breaches: "
        "{stop: {undoes: aid, detected: 1, answered_by: []}}}\n",
    )
    found = shots(both.replace("S: {per_year: -2}", "S: {per_year: -4}"))
    shot = found["few + some", "N"]
    assert shot.sets["detection"].is_empty
    assert shot.notes["detection"].endswith("where N would keep it, others break it.")
    assert not shot.own["detection"].is_empty
    breach = found["few + some", "S"].breaches[0]
    # Aid of 4 a year withheld; if paid, four of five years are saved where N is caught hiding.
    assert (breach.net, breach.detection) == (20 - F(1, 10) * 16, 1)
    assert found["few + some", "S"].notes["patience"].startswith("no discount factor a year of S")


def test_a_side_with_nothing_to_breach_has_no_row() -> None:
    found = shots(INSPECTED)
    assert set(found) == {("few", "N"), ("few + some", "N")}


def test_breaches_with_equal_numbers_are_one_reached_on_several_ways() -> None:
    """China and Russia hold or relax; both ways the North then has the same to gain."""
    shot = shots(dt.load("hanoi-2019"), bundles=["kumgang + full + inspected"])[
        "kumgang + full + inspected", "DPRK"
    ]
    (breach,) = shot.breaches
    assert breach.after == (("found", "holds"), ("found", "erodes"))
    assert breach.reach == F(4, 5)
    assert breach.net == 190, "hiding gains the North 190, as the file says"
    assert breach.name.startswith("what was to stop goes on in secret")
    assert shot.breaches[0].gain > shot.breaches[0].cost, "so that not even certainty deters"
    assert shot.sets["detection"].is_empty
    assert shot.notes["detection"] == (
        "no probability that breaches of DPRK are seen keeps DPRK from breaking it."
    )
    assert shot.own["penalty"].infimum == F(190) / F(9, 10)
    assert shot.sets["penalty"].infimum == F(190) / F(9, 10)


@pytest.mark.parametrize("unit", [10**12, F(1, 10**12)])
def test_the_unit_of_payoffs_moves_penalties_and_nothing_else(unit: F) -> None:
    """Amounts of a trillion, and of a trillionth."""
    text = INSPECTED.replace("1/10", "9/10").replace("N: -4", "N: -1")
    for amount in ("-2", "3", "-1"):
        text = text.replace(f": {amount}}}", f": {amount} * {F(unit)}}}")
    plain = INSPECTED.replace("1/10", "9/10").replace("N: -4", "N: -1")
    for one, other in zip(shots(plain).values(), shots(text).values(), strict=True):
        for quantity in ("detection", "patience"):
            assert one.sets[quantity] == other.sets[quantity]
            assert one.surely[quantity] == other.surely[quantity]
        ends = [[i.low for i in shot.sets["penalty"].intervals] for shot in (one, other)]
        assert [unit * low for low in ends[0]] == ends[1]


def test_a_breach_that_is_surely_or_never_seen_is_followed_all_the_same() -> None:
    for q, kept in (("0", "no"), ("1", "every")):
        shot = shots(INSPECTED.replace("1/10", q))["few + some", "N"]
        assert shot.breaches[0].detection == F(q)
        assert shot.sets["detection"].text("q") == "q ≥ 0.625"
        assert shot.sets["penalty"].text("p") == f"{kept} p"


# ── by brute force ─────────────────────────────────────────────────────────────────────────────


def near(place: Place | None) -> list[F]:
    if place is None:
        return []
    if isinstance(place, Root):
        close = place.within(TINY)
        return [close.low, close.high]
    return [place - TINY, place, place + TINY]


def assert_as_judged(summit: Summit, shot: OneShot, quantity: str, grid: int) -> None:
    """At each bound and just beside it, and on a grid, what the verdict on the file there says."""
    freed, name = FREE[quantity](summit, shot.side)
    found = shot.sets[quantity]
    top = 20 if RANGES[quantity].high is None else 1
    places = [F(top * i, grid) for i in range(grid + 1)]
    for part in found.intervals:
        places += [*near(part.low), *near(part.high)]
    for x in places:
        if x not in RANGES[quantity]:
            continue
        verdict, _ = judge(case(freed.at(**{name: x}), freed.bundle_index(shot.bundle)))
        assert (x in found) == verdict.honoured, (shot.bundle, shot.side, quantity, x)
        assert (x in shot.surely[quantity]) == (verdict.modal["honoured"] == "always")


def assert_sets_are_as_judged(summit: Summit, grid: int, **asked: object) -> None:
    for shot in one_shot(summit, **asked):  # type: ignore[arg-type]
        for quantity, found in shot.sets.items():
            assert_as_judged(summit, shot, quantity, grid)
            assert (quantity in shot.notes) == (found.is_empty or found.is_everything)


@pytest.mark.parametrize("seed", range(6))
def test_random_summits(seed: int) -> None:
    data = random_summit_data(seed + 500)
    summit = Summit.read(json.dumps(data))
    assert_sets_are_as_judged(summit, 2, bundles=range(seed % 2, len(summit.bundles), 2))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(8))
def test_many_random_summits(seed: int) -> None:
    assert_sets_are_as_judged(Summit.read(json.dumps(random_summit_data(seed + 900))), 8)


@pytest.mark.parametrize("bundle", ["kumgang + partial + inspected", "civilian + dismantled"])
def test_hanoi(bundle: str) -> None:
    assert_sets_are_as_judged(dt.load("hanoi-2019"), 6, bundles=[bundle])


@pytest.mark.slow
def test_all_of_hanoi() -> None:
    assert_sets_are_as_judged(dt.load("hanoi-2019"), 10)


def test_a_side_alone_is_judged_with_the_others_bound() -> None:
    """The same sets come out of a file in which the others have no breach to make."""
    summit = dt.load("hanoi-2019")
    steps = [item for item in summit.file.carrying_out if getattr(item, "by", "") != "US"]
    file = summit.file.model_copy(update={"carrying_out": steps})
    bound = Summit(replace(summit.document, file=_never_reneged(file)))
    bundles = range(0, 75, 4)
    free = {s.bundle: s.own for s in one_shot(summit, bundles=bundles, side="DPRK")}
    alone = {s.bundle: s.sets for s in one_shot(bound, bundles=bundles, side="DPRK")}
    assert free == alone
    assert len(free) > 10


def _never_reneged(file: SummitFile) -> SummitFile:
    """The steps that mention the breach taken away do so no more."""
    steps = []
    for item in file.carrying_out:
        when = getattr(item, "when", None) or ""
        if when == "america == renege":
            continue
        steps.append(
            item.model_copy(update={"when": when.replace(" and america == comply", "") or None})
        )
    return file.model_copy(update={"carrying_out": steps})


def test_what_holds_surely_holds_possibly() -> None:
    for shot in one_shot(dt.load("hanoi-2019"), bundles=range(0, 75, 7)):
        for quantity, kept in shot.sets.items():
            assert (shot.surely[quantity] - kept).is_empty


# ── what is asked wrongly, and time ────────────────────────────────────────────────────────────


def test_refusals() -> None:
    for game, words in (
        ("verification-imperfect-detection", "tree written by hand"),
        ("hanoi-2019-sincere-or-hedging", "does not see all"),
    ):
        summit = dt.load(game)
        assert words in (refusal(summit) or "")
        with pytest.raises(dt.DetenteError, match=words):
            list(one_shot(summit))
    with pytest.raises(dt.DetenteError, match="no side 'China'"):
        list(one_shot(dt.load("hanoi-2019"), side="China"))
    with pytest.raises(dt.DetenteError, match="no bundle"):
        list(one_shot(dt.load("hanoi-2019"), bundles=["peace"]))
    assert refusal(dt.load("hanoi-2019")) is None


def test_what_is_done_when_time_runs_out_is_kept() -> None:
    running = one_shot(dt.load("hanoi-2019"), deadline=perf_counter() + 0.6)
    done = [next(running)]
    with pytest.raises(OutOfTime):
        done.extend(running)
    assert 0 < len(done) < 130


def test_times_that_are_not_whole_leave_patience_out() -> None:
    text = INSPECTED.replace("horizon: 5", "horizon: 5.5")
    (shot,) = shots(text, bundles=["few + some"]).values()
    assert "patience" not in shot.sets
    assert "whole years" in shot.notes["patience"]
