"""docs/: every key that graph, enforce, compare and the lenses print as JSON is explained there."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from detente.cli import run

DOCS = Path(__file__).parent.parent / "docs"
CONCEPTS = {"nash", "gmr", "smr", "seq", "sseq", "sim"}
COMMON = {"detente", "game", "title", "players", "parties", "bundle", "bundles"}
"""Keys that all answers begin with."""


def keys(data: Any) -> Iterator[str]:
    """Every key at any depth."""
    if isinstance(data, dict):
        for key, value in data.items():
            yield key
            yield from keys(value)
    elif isinstance(data, list):
        for item in data:
            yield from keys(item)


def explained(*pages: str) -> set[str]:
    """The words that stand as code in these pages, outside of examples."""
    text = "".join((DOCS / f"{page}.md").read_text(encoding="utf-8") for page in pages)
    code = re.findall(r"`([^`]+)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL))
    return {word for part in code for word in re.findall(r"\w+", part)}


@pytest.fixture
def printed(capsys: pytest.CaptureFixture[str]) -> Any:
    def call(*arguments: str) -> Any:
        assert run([*arguments, "--json"]) == 0
        return json.loads(capsys.readouterr().out)

    return call


def unexplained(data: Any, pages: tuple[str, ...], names: set[str]) -> list[str]:
    known = COMMON | names | explained(*pages)
    return sorted({key for key in keys(data) if key.isidentifier()} - known)


def test_graph(printed: Any) -> None:
    sides = {"MoE", "Uniroyal", "Local", "US", "DPRK", "ROK"}
    asked = ["--state", "1", "--from", "1", "--inverse", "9", "--coalitions"]
    for data in (
        printed("graph", "elmira", *asked),
        printed("graph", "hanoi-2019", "--much", "500", "--concepts", "nash,seq"),
    ):
        assert unexplained(data, ("graph",), CONCEPTS | sides) == []


def test_enforce(printed: Any) -> None:
    names = {"US", "DPRK", "relief", "yongbyon", "inspections", "beyond"}
    for bundle in ("kumgang + full + inspected", "all + dismantled", "kumgang"):
        data = printed("enforce", "hanoi-2019", bundle)
        assert unexplained(data, ("enforcement",), names) == []


def test_compare(printed: Any) -> None:
    names = {"US", "DPRK", "ROK", "relief", "yongbyon", "inspections", "beyond", "arsenal"}
    for other in (["hanoi-2019-all-in"], ["--set", "pressure=0.9"]):
        data = printed("compare", "hanoi-2019", *other)
        for entry in data["differences"] + data["without_effect"]:
            del entry["first"], entry["second"]  # what the files say there
        assert unexplained(data, ("reading",), names) == []


def test_lenses(printed: Any) -> None:
    names = {"US", "DPRK", "ROK", "relief", "yongbyon", "inspections", "beyond", *CONCEPTS}
    pages = ("reading", "enforcement", "graph", "bargaining")
    bundle = "kumgang + full + inspected"
    assert unexplained(printed("explain", "hanoi-2019", bundle), pages, names) == []
    assert unexplained(printed("stability", "hanoi-2019"), pages, names) == []
