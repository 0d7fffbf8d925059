"""The shadow value of terms, against a plain search through the bundles."""

from __future__ import annotations

import time
from fractions import Fraction
from math import prod
from typing import Any

import pytest

import detente as dt
from detente.errors import NotSupported, OutOfTime
from detente.show.shadows import shadow_data, shadow_parts, shadow_text
from detente.stability.bargaining.from_talks import problem
from detente.stability.bargaining.problem import Problem
from detente.stability.bargaining.solutions import RULES
from detente.stability.bargaining.terms import Shadows, empty_bundle, shadow_values
from detente.stability.bargaining.weights import weights_of

F = Fraction

SWAP = """
detente: 1
title: Fish for coal
unit: M$
sides: [North, South]
observers: [East]
terms:
  fish: {by: North, levels: {none: , some: {worth: {North: -1, South: 3}},
    all: {worth: {North: -2.5, South: 4, East: 1}}}}
  coal: {by: South, levels: {none: , some: {worth: {North: 4, South: -1}}}}
breakdown: {worth: {East: -5}}
protocol: {kind: take-it-or-leave-it, proposer: South}
"""


@pytest.fixture(scope="module")
def hanoi() -> Any:
    return dt.load("hanoi-2019")


def solution(rows: dict[str, dict[str, Fraction]], without: dict[str, Fraction], rule: str) -> Any:
    """The best bundles of the zone by a rule, of those who have a disagreement point."""
    gains = {name: [row[side] - without[side] for side in without] for name, row in rows.items()}
    zone = {name: g for name, g in gains.items() if min(g) >= 0}
    if not zone:
        return []
    ideal = [max(g[i] for g in zone.values()) for i in range(len(without))]

    def score(g: list[Fraction]) -> Any:
        if rule == "nash":
            return prod(g)
        if rule == "utilitarian":
            return sum(g)
        return sorted(
            x / (m if rule != "egalitarian" else 1) for x, m in zip(g, ideal, strict=True)
        )

    best = max(map(score, zone.values()))
    return [name for name, g in zone.items() if score(g) == best]


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("name", ["hanoi-2019", "hanoi-2019-seoul-pays", "hanoi-2019-ratification"])
def test_against_a_plain_search(name: str, rule: str) -> None:
    summit = dt.load(name)
    posed = problem(summit)
    found = shadow_values(summit, posed, rule)
    everything = {
        bundle.name: dict(zip(summit.parties, summit.values(b), strict=True))
        for b, bundle in enumerate(summit.bundles)
    }
    broken = dict(zip(summit.parties, summit.breakdown(), strict=True))
    own = {side: broken[side] for side in posed.parties}

    def at(rows: dict[str, dict[str, Fraction]]) -> tuple[list[str], dict[str, list[Fraction]]]:
        chosen = solution(rows, own, rule)
        return chosen, {p: [rows[c][p] for c in chosen] or [broken[p]] for p in summit.parties}

    settled, now = at(everything)
    assert list(found.settled) == settled
    for row in found.rows:
        first = next(iter(summit.file.terms[row.term].levels))
        left = {
            bundle.name: everything[bundle.name]
            for bundle in summit.bundles
            if (bundle.terms[row.term] == first if row.level is None
                else bundle.terms[row.term] != row.level)
        }  # fmt: skip
        assert row.removed == len(everything) - len(left)
        then, gets = at(left)
        assert list(row.settled) == then
        if then == settled:
            assert not row.matters
            continue
        for party in summit.parties:
            assert row.gain[party] == (
                min(now[party]) - max(gets[party]), max(now[party]) - min(gets[party])
            )  # fmt: skip


def test_hanoi_by_hand(hanoi: Any) -> None:
    """Without any relief nothing is left but a statement of good will, which brings all nothing."""
    found = shadow_values(hanoi, problem(hanoi))
    relief = found["relief"]
    assert relief.settled == (empty_bundle(hanoi),)
    assert {p: span[0] for p, span in relief.gain.items() if span} == {
        "US": 1769, "DPRK": 10165, "ROK": 1736,
    }  # fmt: skip
    assert found["beyond"].gain["US"] == (1250, 1250)
    assert found["beyond"].gain["DPRK"] == (-900, -900)
    assert not found["relief", "all"].matters
    assert found["relief", "all"].most["DPRK"] > 0  # it is what the North would like best
    assert found["relief"].lost == 14
    assert found.frontier == 16


def test_a_level_and_the_whole_term() -> None:
    summit = dt.Summit.read(SWAP)
    found = shadow_values(summit, problem(summit))
    assert found.settled == ("fish=some + coal=some",)
    assert [(row.term, row.level) for row in found.rows] == [
        ("fish", None), ("fish", "some"), ("fish", "all"), ("coal", None),
    ]  # fmt: skip
    # Without some fish it is all or nothing: North 1.5, South 3 and East 1.
    assert found["fish", "some"].settled == ("all + coal=some",)
    assert found["fish", "some"].gain == {"North": (1.5, 1.5), "South": (-1, -1), "East": (-1, -1)}
    # Without coal nobody concedes anything, which is no breakdown: East then has 0, not -5.
    assert found["coal"].gain == {"North": (3, 3), "South": (2, 2), "East": (0, 0)}


def test_no_agreement_without_it() -> None:
    """Where nothing but the breakdown is left, observers have what the file says they have then."""
    text = SWAP.replace("breakdown:", "feasible: fish != none and coal != none\nbreakdown:")
    summit = dt.Summit.read(text)
    found = shadow_values(summit, problem(summit))
    row = found["coal"]
    assert row.settled == ()
    assert row.gain == {"North": (3, 3), "South": (2, 2), "East": (5, 5)}
    assert row.removed == 2
    assert row.lost == found.frontier
    # With numbers for the disagreement point nothing says what an observer has.
    numbers = problem(summit, {"North": 0, "South": 0})
    assert shadow_values(summit, numbers)["coal"].gain["East"] is None


def test_ties_are_spans() -> None:
    """Two bundles that bring the same product of gains: what is settled is either."""
    text = """
detente: 1
title: Either way
sides: [A, B]
terms:
  way: {by: [A, B], levels: {none: , left: {worth: {A: 1, B: 2}}, right: {worth: {A: 2, B: 1}},
    poor: {worth: {A: 1, B: 1}}}}
protocol: {kind: take-it-or-leave-it, proposer: A}
"""
    summit = dt.Summit.read(text)
    found = shadow_values(summit, problem(summit))
    assert found.settled == ("left", "right")
    assert found.gets == {"A": (1, 2), "B": (1, 2)}
    assert found["way"].gain == {"A": (1, 2), "B": (1, 2)}
    assert found["way", "left"].gain == {"A": (-1, 0), "B": (0, 1)}
    assert not found["way", "poor"].matters
    assert found.nothing is None  # a single term divides something
    weighted = shadow_values(summit, problem(summit), weights=weights_of({"A": 2, "B": 1}, "AB"))
    assert weighted.settled == ("right",)


def test_refusals(hanoi: Any) -> None:
    posed = problem(hanoi)
    with pytest.raises(NotSupported, match="nash, kalai-smorodinsky, egalitarian or utilitarian"):
        shadow_values(hanoi, posed, "fair")
    tree = dt.load("centipede-rosenthal-1981")
    with pytest.raises(NotSupported, match="ways through a tree"):
        shadow_values(tree, problem(tree))
    with pytest.raises(NotSupported, match="no bundles"):
        shadow_values(hanoi, Problem.of([[1, 2]]))
    with pytest.raises(NotSupported, match="no shadow value of 'tritium'"):
        _ = shadow_values(hanoi, posed)["tritium"]
    with pytest.raises(OutOfTime):
        shadow_values(hanoi, posed, deadline=time.perf_counter() - 1)


def test_hidden_information_counts_by_averages() -> None:
    summit = dt.load("hanoi-2019-sincere-or-hedging")
    assert shadow_values(summit, problem(summit)).rows


def printed(found: Shadows, width: int = 120) -> str:
    from rich.console import Console

    out = Console(width=width, markup=False, highlight=False)
    with out.capture() as captured:
        for part in shadow_parts(found):
            out.print(part)
    return " ".join(captured.get().split())


def test_told(hanoi: Any) -> None:
    found = shadow_values(hanoi, problem(hanoi))
    text = printed(found)
    assert "at the Nash solution (civilian + full + inspected + declared), in M$" in text
    assert "beyond +1250 -900 +500 +350 civilian + full + inspected" in text
    assert "relief +1769 +10165 +1736 +14010 (nobody concedes anything)" in text
    assert "Of 16 bundles on the frontier 16 fall away without yongbyon" in text
    assert shadow_text(found["beyond"], found.parties, found.unit) == (
        "‘beyond’ is worth US 1250 M$, DPRK -900 M$ and ROK 500 M$."
    )
    assert shadow_text(found["relief", "all"], found.parties) == (
        "‘all’ (relief) changes nothing at the solution."
    )


def test_as_data(hanoi: Any) -> None:
    found = shadow_values(hanoi, problem(hanoi))
    data = shadow_data(found)
    row = next(r for r in data["terms"] if r["term"] == "beyond")
    assert row["gain"] == {"US": ["1250", "1250"], "DPRK": ["-900", "-900"], "ROK": ["500", "500"]}
    assert row["level"] is None
    assert "<td>beyond</td><td>1250</td><td>-900</td>" in found._repr_html_()
    frame = found.to_frame()
    assert frame.loc["beyond", "gain: US least"] == 1250
    assert "relief=kumgang" in frame.index
