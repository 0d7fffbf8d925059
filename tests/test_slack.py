"""How far bundles are from a win at home and from a no; and `wins` in a summit file."""

from __future__ import annotations

import time
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from random_summits import random_summit

import detente as dt
from detente.errors import DetenteError, NotSupported, OutOfTime, SummitError
from detente.show.wins import change_text, win_data, win_parts
from detente.stability.bargaining.slack import Slacks, slacks

F = Fraction

SMALL = """
detente: 1
title: Fish for coal
unit: M$
sides: [North, South]
observers: [East]
terms:
  fish: {by: North, levels: {none: , some: {worth: {North: -1, South: 3}},
    all: {worth: {North: -2, South: 4, East: 1}}}}
  coal: {by: South, levels: {none: , some: {worth: {North: 4, South: -1}}}}
wins:
  North: coal == some
  South: {when: fish == all, name: all the fish, source: judgement, note: for the harbours}
breakdown: {worth: {North: 1}}
protocol: {kind: take-it-or-leave-it, proposer: South}
"""


@pytest.fixture(scope="module")
def hanoi() -> Slacks:
    return slacks(dt.load("hanoi-2019"))


@pytest.fixture(scope="module")
def small() -> Slacks:
    return slacks(dt.Summit.read(SMALL))


# ── by hand ────────────────────────────────────────────────────────────────────────────────────


def test_by_hand(small: Slacks) -> None:
    assert small.wins == {"North": "coal == some", "South": "all the fish"}
    assert small.conditions["South"] == "fish == all"
    row = small["fish=some"]
    assert not row.wins["North"].has
    near = row.wins["North"].nearest
    assert near is not None
    assert near.bundle == "fish=some + coal=some"
    assert near.changes == {"coal": ("none", "some")}
    assert near.gains == {"North": 4, "South": -1, "East": 0}
    assert near.others == 0
    all_wins = row.all_wins
    assert all_wins is not None
    assert all_wins.nearest is not None
    assert all_wins.nearest.changes == {"fish": ("some", "all"), "coal": ("none", "some")}
    # North would get -1 by signing and 1 by refusing; South 3 and 0.
    assert row.margins == {"North": (-2, -2), "South": (3, 3)}
    assert row.tightest == "North"
    assert [won.bundle for won in small.won_by_all] == ["all + coal=some"]
    assert row.passes is None


def test_of_several_as_near_the_one_that_costs_the_others_least() -> None:
    text = SMALL.replace("South: {when: fish == all,", "South: {when: fish >= some,").replace(
        "North: -2, South: 4, East: 1", "North: -1/2, South: 3, East: 1"
    )
    row = slacks(dt.Summit.read(text))["coal=some"]
    near = row.wins["South"].nearest
    assert near is not None
    assert near.bundle == "fish=some + coal=some"  # one level up is nearer than two
    text = text.replace("coal == some", "fish == none or coal == none")
    both = slacks(dt.Summit.read(text))["fish=some + coal=some"].wins["North"].nearest
    assert both is not None
    assert both.others == 1
    assert both.bundle == "fish=some"  # South gains 1 by keeping its coal, and loses 3 without fish


def test_hanoi(hanoi: Slacks) -> None:
    assert hanoi.wins["US"] == "a shutdown under inspectors, or the covert sites"
    row = hanoi["kumgang + partial + inspected"]
    assert row.stable
    assert not row.wins["US"].has
    assert row.wins["DPRK"].has
    stable = row.wins["US"].stable
    assert stable is not None
    assert stable.bundle == "kumgang_kaesong + full + inspected"
    # docs/hanoi.md: 978 and 2,072 over a breakdown.
    assert row.margins == {"US": (F(1955, 2),) * 2, "DPRK": (F(4145, 2),) * 2}
    assert row.tightest == "US"
    assert sum(bool(won.stable) for won in hanoi.won_by_all) == 11
    # A win that a bundle has and keeps is nowhere else nearer.
    whole = hanoi["kumgang_kaesong + full + inspected"]
    assert whole.wins["US"].nearest is None
    assert whole.wins["US"].stable is None


def test_chambers_say_what_a_win_is() -> None:
    found = slacks(dt.load("hanoi-2019-ratification"))
    assert found["kumgang + partial + inspected"].passes == F(1, 2)
    assert found["kumgang + full + inspected"].passes == 1
    assert found["partial"].passes == F(7, 20)  # neither has a win: a half of seven tenths


# ── against plain definitions ──────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", ["hanoi-2019", "hanoi-2019-seoul-pays"])
def test_nearest_by_a_plain_search(name: str) -> None:
    summit = dt.load(name)
    report = dt.stability(summit)
    found = slacks(summit, report)
    places = {
        term: {level: i for i, level in enumerate(spec.levels)}
        for term, spec in summit.file.terms.items()
    }

    def us_wins(terms: Any) -> bool:
        seen = terms["yongbyon"] in ("full", "dismantled") and terms["inspections"] == "inspected"
        return bool(seen or terms["beyond"] == "declared")

    for row, bundle in zip(found.bundles, summit.bundles, strict=True):
        assert row.wins["US"].has == us_wins(bundle.terms)
        assert row.wins["DPRK"].has == (bundle.terms["relief"] != "none")
        for near, wanted in (
            (row.wins["US"].nearest, us_wins),
            (row.wins["US"].stable, lambda t: us_wins(t) and report[t].stable),
        ):
            if near is None:
                continue
            apart = {
                other.name: (
                    sum(other.terms[t] != bundle.terms[t] for t in places),
                    sum(abs(places[t][other.terms[t]] - places[t][bundle.terms[t]])
                        for t in places),
                )
                for other in summit.bundles if wanted(other.terms)
            }  # fmt: skip
            least = min(apart.values())
            assert apart[near.bundle] == least
            ties = [n for n, distance in apart.items() if distance == least]
            assert near.others == len(ties) - 1

            def cost(name: str) -> Fraction:
                values = report[name].values
                return sum(values[p] for p in summit.parties if p != "US")

            assert cost(near.bundle) == max(map(cost, ties))


def test_margins_agree_with_acceptance() -> None:
    """Where every side gains by signing for sure it is always accepted; where one loses, never."""
    sure = lost = 0
    for seed in range(16):
        summit = dt.Summit.read(random_summit(seed, 2))
        if summit.has_secrets:
            continue
        report = dt.stability(summit, round=1 + seed % summit.rounds)
        for row, verdict in zip(slacks(summit, report).bundles, report, strict=True):
            assert row.margins is not None
            if all(low > 0 for low, _ in row.margins.values()):
                assert verdict.modal["acceptable"] == "always"
                sure += 1
            if any(high < 0 for _, high in row.margins.values()):
                assert verdict.modal["acceptable"] == "never"
                lost += 1
            if verdict.modal["acceptable"] == "always":
                assert all(low >= 0 for low, _ in row.margins.values())
    assert sure > 15
    assert lost > 15


# ── what a file may say ────────────────────────────────────────────────────────────────────────

RATIFIED = SMALL.replace(
    "protocol: {kind: take-it-or-leave-it, proposer: South}",
    "protocol: {kind: ratification, talks: {kind: take-it-or-leave-it, proposer: South},\n"
    "  chambers: {South: {falls: 1/4}}}",
)


def test_a_chamber_takes_what_stands_under_wins() -> None:
    summit = dt.Summit.read(RATIFIED)
    spelled = dt.Summit.read(RATIFIED.replace("{falls: 1/4}", "{win: fish == all, falls: 1/4}"))
    for b in range(len(summit.bundles)):
        assert summit.values(b) == spelled.values(b)
    assert slacks(summit)["fish=some + coal=some"].passes == F(3, 4)
    assert slacks(summit)["all + coal=some"].passes == 1
    # A condition of the chamber's own counts before it.
    own = dt.Summit.read(RATIFIED.replace("{falls: 1/4}", "{win: fish == some, falls: 1/4}"))
    assert slacks(own).conditions["South"] == "fish == some"
    assert slacks(own)["all + coal=some"].passes == F(3, 4)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("  North: coal == some", "  West: coal == some", "there is no party 'West'"),
        ("  North: coal == some", "  North: coal == much", "term 'coal' has no level 'much'"),
        ("  North: coal == some", "  North: {win: coal == some}", "Did you mean 'when'"),
        ("  North: coal == some", "  North: ", "'when' is missing. Add a condition"),
        ("  North: coal == some", "  North: [coal]", "wins.North"),
        ("  North: coal == some", "  North: 3", "condition"),
    ],
)
def test_mistakes_in_wins_are_said(old: str, new: str, message: str) -> None:
    with pytest.raises(DetenteError, match=message.replace(".", r"\.")) as found:
        dt.Summit.read(SMALL.replace(old, new), "fish.yaml")
    assert str(found.value).startswith("fish.yaml:12")


def test_a_chamber_without_any_win_is_refused() -> None:
    text = RATIFIED.replace("chambers: {South: {falls: 1/4}}", "chambers: {North: {falls: 1/4}}")
    text = text.replace("  North: coal == some\n", "")
    with pytest.raises(SummitError, match="the chamber of 'North' does not say what it must"):
        dt.Summit.read(text)


def test_an_observer_may_need_a_win_and_types_play_no_part() -> None:
    found = slacks(dt.Summit.read(SMALL.replace("  North: coal", "  East: coal")))
    assert list(found.wins) == ["South", "East"]
    typed = SMALL.replace("sides: [North, South]", "sides: [North, South]\ntypes: {North: [a, b]}")
    with pytest.raises(DetenteError):
        dt.Summit.read(typed.replace("North: coal == some", "North: North == a"))


def test_a_tree_by_hand_may_have_wins(tmp_path: Path) -> None:
    text = """
detente: 1
title: By hand
sides: [US, DPRK]
terms: {relief: {by: US, levels: [none, some]}}
wins: {DPRK: relief == some}
tree:
  player: US
  moves:
    nothing: {worth: {US: 0}}
    offer:
      offers: some
      player: DPRK
      moves:
        refuse: {worth: {US: -1}}
        accept: {signs: some, keeps: some, worth: {US: 1, DPRK: 1}}
"""
    found = slacks(dt.Summit.read(text))
    assert found["some"].wins["DPRK"].has
    assert found["some"].margins is None
    assert "written by hand" in " ".join(found.notes)


# ── limits, and how it is told ─────────────────────────────────────────────────────────────────


def test_refusals() -> None:
    with pytest.raises(NotSupported, match="a summit file only"):
        slacks(dt.load("hanoi-2019").game)
    with pytest.raises(NotSupported, match="nothing to win by"):
        slacks(dt.load("selten-1975-horse"))
    with pytest.raises(OutOfTime):
        slacks(dt.load("hanoi-2019"), deadline=time.perf_counter() - 1)


def test_without_wins_only_margins_are_told() -> None:
    found = slacks(dt.load("ultimatum"))
    assert not found.wins
    assert found.bundles[0].all_wins is None
    assert "add 'wins'" in found.notes[0]
    assert "How far each yes is from a no" in printed(found)


def printed(found: Slacks, all: bool = False) -> str:
    from rich.console import Console

    out = Console(width=200, markup=False, highlight=False)
    with out.capture() as captured:
        for part in win_parts(found, all):
            out.print(part)
    return " ".join(captured.get().split())


def test_told(hanoi: Slacks) -> None:
    text = printed(hanoi)
    assert "40 of 75 bundles are a win for both, and 11 of these would hold." in text
    assert (
        "kumgang + partial + inspected DPRK +977.5 +2072.5 kumgang_kaesong + full + inspected"
        in text
    )
    assert (
        "From ‘kumgang + partial + inspected’ to the nearest: kumgang_kaesong instead of kumgang "
        "(relief) and full instead of partial (yongbyon): US ≈+899.9, DPRK ≈-389.3, ROK +312."
        in text
    )
    assert "From no concessions to the nearest: civilian instead of none" in text
    assert "Not shown: 59 bundles that are not stable" in text
    assert "Not shown" not in printed(hanoi, all=True)
    near = hanoi["civilian + full"].wins["US"].nearest
    assert near is not None
    assert change_text(near) == ("inspected instead of none (inspections): US +360, DPRK -160")


def test_as_data(hanoi: Slacks) -> None:
    data = win_data(hanoi)
    assert data["wins"][1] == {"party": "DPRK", "name": "relief of some kind",
                               "when": "relief != none"}  # fmt: skip
    row = next(r for r in data["bundles"] if r["name"] == "kumgang + partial + inspected")
    assert row["wins"]["US"]["has"] is False
    assert row["wins"]["US"]["nearest_stable"]["changes"]["yongbyon"] == ["partial", "full"]
    assert row["margins"] == {"US": ["1955/2", "1955/2"], "DPRK": ["4145/2", "4145/2"]}
    assert "<th>win US</th>" in hanoi._repr_html_()
    frame = hanoi.to_frame()
    assert frame.loc["kumgang + partial + inspected", "margin: US least"] == F(1955, 2)
