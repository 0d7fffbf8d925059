"""`detente frontier` with third parties, terms and wins; and that the page explains every key."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from detente.cli import run

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs/third-parties.md").read_text(encoding="utf-8")
PARTS = ("coalitions", "core_without_payments", "terms", "wins")
NAMES = {"US", "DPRK", "ROK", "CHN", "RUS", "relief", "yongbyon", "inspections", "beyond"}
"""Keys that the file gives."""


@pytest.fixture
def printed(capsys: pytest.CaptureFixture[str]) -> Any:
    def call(*arguments: str) -> tuple[int, str, str]:
        code = run(["frontier", *arguments])
        out, err = capsys.readouterr()
        return code, out, err

    return call


def keys(data: Any) -> Iterator[str]:
    """Every key at any depth."""
    if isinstance(data, dict):
        for key, value in data.items():
            yield key
            yield from keys(value)
    elif isinstance(data, list):
        for item in data:
            yield from keys(item)


def test_every_key_is_explained(printed: Any) -> None:
    code, out, _ = printed(
        "hanoi-2019-erosion-players", "--coalitions", "--terms", "--wins", "--json"
    )
    assert code == 0
    data = json.loads(out)
    found = {key for part in PARTS for key in keys(data[part])} - NAMES
    assert {"worth", "gain", "margins", "in_core"} <= found
    assert [key for key in sorted(found) if f"`{key}`" not in PAGE] == []
    assert all(f"`{part}`" in PAGE for part in PARTS)


def test_nothing_of_it_unless_asked_for(printed: Any) -> None:
    code, out, _ = printed("hanoi-2019", "--json")
    assert code == 0
    assert [json.loads(out)[part] for part in PARTS] == [None] * 4


def test_in_words(printed: Any) -> None:
    code, out, _ = printed("hanoi-2019-seoul-pays", "--coalitions", "--terms", "--wins")
    assert code == 0
    text = " ".join(out.split())
    assert "Coalitions, each moving as one in the talks as written" in text
    assert "What each term is worth to whom at the Nash solution" in text
    assert "bundles are a win for both" in text
    assert "Without payments on the side" in text


def test_a_bundle_on_the_table_and_another_value_of_a_parameter(printed: Any) -> None:
    arguments = ["hanoi-2019-erosion-players", "--coalitions", "--json", "--bundle"]
    bundle = "kumgang + partial + inspected"
    _, kept, _ = printed(*arguments, bundle, "--parties", "US,DPRK")
    _, broken, _ = printed(*arguments, bundle, "--parties", "US,DPRK", "--set", "eroded_share=0.5")
    first, second = (json.loads(out)["coalitions"]["coalitions"][0] for out in (kept, broken))
    assert (first["broken"], second["broken"]) == ("0", "4/5")
    assert len(json.loads(kept)["coalitions"]["coalitions"]) == 3


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["selten-1975-horse", "--coalitions"], "every side sees every move"),
        (["centipede-rosenthal-1981", "--terms"], "ways through a tree"),
        (["selten-1975-horse", "--wins"], "nothing to win by"),
        (["hanoi-2019", "--coalitions", "--round", "2"], "leave the round out"),
        (["hanoi-2019", "--coalitions", "--bundle", "tritium"], "no term has a level 'tritium'"),
        (["hanoi-2019", "--coalitions", "--parties", "US,Japan"], "'Japan' is none of them"),
        (["hanoi-2019", "--terms", "--solution", "fair"], "found 'fair'"),
    ],
)
def test_what_is_refused(printed: Any, arguments: list[str], message: str) -> None:
    code, out, err = printed(*arguments)
    assert (code, out) == (2, "")
    assert message in err


def test_out_of_time(printed: Any) -> None:
    code, out, _ = printed("hanoi-2019", "--coalitions", "--terms", "--wins", "--time-limit", "0")
    assert code == 3
    assert "Stopped early" in out
