"""docs/reading.md: it explains every key that is printed and every word of a verdict."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

import detente as dt
from detente.show.data import report_data

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs/reading.md").read_text(encoding="utf-8")
INPUT = {"game", "title", "players", "parties", "bundles"}
GAMES = ["tie-that-matters", "inspection-deterrence", "entry-deterrence", "kydd-reassurance"]


@pytest.mark.parametrize("name", GAMES)
def test_every_key_of_the_json_is_explained(name: str) -> None:
    data = report_data(dt.stability(dt.load(name)))
    keys = {*data, *(key for bundle in data["bundles"] for key in bundle)}
    keys |= {key for b in data["bundles"] for reason in b["reasons"] for key in reason}
    assert [key for key in sorted(keys - INPUT) if f"`{key}`" not in PAGE] == []


def test_every_verdict_is_explained() -> None:
    games = [dt.load(path) for path in ROOT.glob("games/*.yaml")]
    words = {v.word for game in games if game.bundles for v in dt.stability(game)}
    assert {"stable", "refused", "broken"} <= words
    assert [word for word in sorted(words) if f"| {word} |" not in PAGE] == []


def test_what_is_said_of_rounds_and_of_kept_is_so() -> None:
    hanoi = dt.load("hanoi-2019")
    first, last = (dt.stability(hanoi, round=number) for number in (1, 3))
    assert len(first.stable) < len(last.stable)
    unsettled: Any = [v for v in last if v.honoured and not v.selected]
    assert unsettled
    assert all(v.kept == (0, 0) for v in unsettled)


@pytest.mark.parametrize("page", sorted((ROOT / "docs").glob("*.md")), ids=lambda path: path.name)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target


def test_every_word_of_a_proof_is_explained() -> None:
    from detente.stability import proof, sequential

    told = (proof.UNIQUE, proof.UNIQUE_AFTER, proof.WITNESSES, proof.INDUCTION, proof.BOUNDS)
    hidden = (
        sequential.LISTED, sequential.EXTREME, sequential.AFTER, sequential.FOUND, sequential.ONE,
    )  # fmt: skip
    for words in told + hidden:
        assert f"`{re.split('[:;,] | over ties', words)[0]}" in PAGE
