"""What `--help` says: whole sentences, and every option's value has a name."""

from __future__ import annotations

import re

import pytest

from detente.cli import app, run


def helped(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert run([*words, "--help"]) == 0
    return capsys.readouterr().out


COMMANDS = [[c.name or ""] for c in app.registered_commands] + [
    ["plot", name] for name in ("tree", "gains", "graph", "frontier")
]


@pytest.mark.parametrize("group", [[], ["plot"]])
def test_the_lists_of_commands_cut_no_sentence(group: list[str], capsys, monkeypatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert "..." not in helped(capsys, *group).partition("Commands:")[2]


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_every_value_has_a_name(words: list[str], capsys) -> None:
    options = helped(capsys, *words).partition("Options:")[2]
    assert not re.findall(r"<[^|>]*>|\b(TEXT|INTEGER|FLOAT|PATH)\b", options)


@pytest.mark.parametrize("wrong", ["--time-limit=-1", "--tim=1", "--round=x"])
def test_mistakes_are_sentences(wrong: str, capsys) -> None:
    assert run(["stability", "ultimatum", wrong]) == 2
    said = capsys.readouterr().err
    assert re.search(r"[.?!)] See 'detente stability --help'\.$", said.strip())
