"""Verdicts recomputed by `brute_force.py`, which shares no code with the package."""

from __future__ import annotations

from pathlib import Path

import pytest
from brute_force import SecondReading
from random_summits import random_summit

import detente as dt

GAMES = Path(__file__).parent.parent / "games"
KEYS = ["acceptable", "honoured", "stable", "modal", "values", "played", "breakdown"]
KEYS += ["selected", "agreed", "kept"]

SHIPPED = [
    "fearon-1995-complete-information",
    "hanoi-2019",
    "hanoi-2019-all-in",
    "hanoi-2019-erosion-players",
    "hanoi-2019-no-relief-first",
    "hanoi-2019-ratification",
    "hanoi-2019-seoul-mediates",
    "hanoi-2019-seoul-pays",
    "inspection-deterrence",
    "powell-2006-commitment",
    "rubinstein-1982-three-rounds",
    "ultimatum",
]


def assert_same_verdicts(text: str) -> None:
    summit = dt.Summit.read(text)
    report, expected = dt.stability(summit), SecondReading(text).verdicts()
    assert len(report.bundles) == len(expected)
    for verdict, other in zip(report.bundles, expected, strict=True):
        assert dict(verdict.terms) == other["terms"]
        found = {key: plain(getattr(verdict, key), summit.parties) for key in KEYS}
        assert found == {key: other[key] for key in KEYS}, verdict.name


def plain(value: object, parties: tuple[str, ...]) -> object:
    """Numbers by party as a tuple in the order of the parties."""
    if isinstance(value, dict) and tuple(value) == parties:
        return tuple(value.values())
    return value


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_games(name: str) -> None:
    assert_same_verdicts((GAMES / f"{name}.yaml").read_text())


def test_signed_only_where_it_is_broken() -> None:
    text = """\
detente: 1
title: Accepted only where it is broken
sides: [A, B]
terms:
  t: {by: B, levels: {none: , something: {worth: {A: -1, B: 0}}}}
protocol: {kind: take-it-or-leave-it, proposer: B}
carrying_out:
  - {compliance: c, by: B, breaches: {cheat: {undoes: t, detected: 0}}}
"""
    modal = SecondReading(text).verdicts()[1]["modal"]
    assert modal == {"acceptable": "sometimes", "honoured": "sometimes", "stable": "never"}
    assert_same_verdicts(text)


@pytest.mark.parametrize("seed", range(40))
def test_random_summits_of_one_round(seed: int) -> None:
    assert_same_verdicts(random_summit(seed))


@pytest.mark.parametrize("seed", range(40, 60))
def test_random_summits_of_several_rounds(seed: int) -> None:
    assert_same_verdicts(random_summit(seed, rounds=3))
