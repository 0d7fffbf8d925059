"""What is said in passing: help, mistakes in arguments, answers at a prompt."""

from __future__ import annotations

import json
import re
import sys
from io import BytesIO, TextIOWrapper

import pytest

import detente as dt
from detente.cli import app, run
from detente.cli.options import print_json


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


def test_answers_at_the_prompt_of_python_are_short() -> None:
    talks = dt.load("fearon-1995-complete-information")
    name = talks.bundles[-1].name
    ranged = [n for n, p in talks.document.scope.parameters.items() if p.low is not None]
    answers = [
        dt.thresholds(talks), dt.radius(talks, name), dt.mend(talks, name, together=0),
        dt.worth(talks, parameters=()), dt.sweep(talks, draws=64),
        dt.region_map(talks, *ranged[:2], name),
    ]  # fmt: skip
    for answer in answers:
        assert talks.title in repr(answer)
        assert len(repr(answer)) < 300


def test_json_keeps_what_the_terminal_cannot_show(monkeypatch) -> None:
    raw = BytesIO()
    monkeypatch.setattr("sys.stdout", TextIOWrapper(raw, encoding="ascii", errors="replace"))
    print_json({"unit": "M€"}, version=False)
    sys.stdout.flush()
    assert json.loads(raw.getvalue()) == {"unit": "M€"}
