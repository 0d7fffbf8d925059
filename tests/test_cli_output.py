"""The command line at its edges: outputs that take nothing, numbers without end, no memory."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import pytest

import detente
from detente.cli import PRINTED_DIGITS, run
from detente.errors import FileError
from detente.files.efg import write_efg
from detente.game.builder import Builder
from detente.loading import load


def command(line: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(Path(detente.__file__).parents[1])}
    return subprocess.run(
        ["bash", "-c", line.replace("detente", f"{sys.executable} -m detente.cli", 1)],
        capture_output=True, text=True, env=environment, timeout=60, check=False,
    )  # fmt: skip


@pytest.fixture
def long_numbers(tmp_path: Path) -> Path:
    """A lottery whose values have about 2000 · moves digits."""
    path = tmp_path / "long.efg"
    rows = ['EFG 2 R "" { "A" }']
    for k in range(4):
        down = 10**1500 + 2 * k + 1
        rows.append(f'c "" {k + 1} "" {{ "a" 1/{down} "b" {down - 1}/{down} }} 0')
        rows.append(f't "" {k + 1} "" {{ {k + 1} }}')
    rows.append('t "" 9 "" { 0 }')
    path.write_text("\n".join(rows) + "\n")
    return path


@pytest.mark.parametrize("line", ["solve ultimatum", "solve ultimatum --json", "games", "--help"])
@pytest.mark.parametrize("target", ["/dev/full", "&-"])
def test_an_output_that_takes_nothing_is_one_line(line, target):
    if target == "/dev/full" and not Path(target).exists():
        pytest.skip("this system has no /dev/full")
    done = command(f"detente {line} >{target}")
    assert done.returncode == 2
    assert done.stderr.startswith("detente: the output cannot be written: ")
    assert len(done.stderr.splitlines()) == 1


def test_a_command_that_prints_nothing_needs_no_output(tmp_path):
    target = tmp_path / "u.efg"
    done = command(f"detente convert ultimatum {target} >&-")
    assert (done.returncode, done.stderr) == (0, "")
    assert load(target).title


def test_numbers_beyond_pythons_limit_are_printed_exactly(capsys, long_numbers):
    limit = sys.get_int_max_str_digits()
    assert run(["solve", str(long_numbers), "--json"]) == 0
    assert sys.get_int_max_str_digits() == limit
    text = json.loads(capsys.readouterr().out)["equilibria"][0]["payoffs"]["A"]
    up, down = text.split("/")
    assert len(down) > limit
    down_at = [10**1500 + 2 * k + 1 for k in range(4)]
    value = Fraction(0)
    for k in reversed(range(4)):
        value = Fraction(k + 1, down_at[k]) + Fraction(down_at[k] - 1, down_at[k]) * value
    sys.set_int_max_str_digits(0)
    try:
        assert Fraction(int(up), int(down)) == value
    finally:
        sys.set_int_max_str_digits(limit)


def test_and_converted(capsys, long_numbers, tmp_path):
    target = tmp_path / "long.nfg"
    assert run(["convert", str(long_numbers), str(target)]) == 0
    assert len(target.read_text()) > 6000
    assert capsys.readouterr().err == ""


def test_and_refused_in_words_beyond_that(capsys, monkeypatch, long_numbers, tmp_path):
    assert PRINTED_DIGITS > 4300
    capsys.readouterr()
    monkeypatch.setattr("detente.cli.PRINTED_DIGITS", 4301)
    assert run(["solve", str(long_numbers), "--json"]) == 2
    assert "more than 4,301 digits" in capsys.readouterr().err
    b = Builder(["A"])
    half = b.chance({"a": (Fraction(1, 2), b.end(0)), "b": (Fraction(1, 2), b.end(1))})
    game = b.build(half).replaced()
    game.outcomes.payoffs.large[1, 0] = 10**5000
    target = tmp_path / "large.efg"
    with pytest.raises(FileError, match=r"large\.efg: .* more than 4,300 digits"):
        write_efg(game, target)
    assert list(tmp_path.iterdir()) == [long_numbers]


def test_no_memory_is_code_3(capsys, monkeypatch):
    def hungry(*_: object, **__: object) -> None:
        raise MemoryError

    monkeypatch.setattr("detente.solvers.solve", hungry)
    assert run(["solve", "ultimatum"]) == 3
    assert capsys.readouterr().err == "detente: there is not enough memory for this.\n"


def test_little_json_is_laid_out_and_much_is_one_line(capsys, monkeypatch):
    assert run(["solve", "ultimatum", "--json"]) == 0
    short = capsys.readouterr().out
    assert len(short.splitlines()) > 20
    monkeypatch.setattr("detente.cli.options.INDENTED_UP_TO", 100)
    assert run(["solve", "ultimatum", "--json"]) == 0
    long = capsys.readouterr().out
    assert len(long.splitlines()) == 1
    one, other = json.loads(short), json.loads(long)
    assert one.pop("seconds") >= 0
    assert other.pop("seconds") >= 0
    assert one == other


def test_a_link_is_kept_and_what_it_leads_to_is_replaced(tmp_path):
    target, link = tmp_path / "target.efg", tmp_path / "link.efg"
    target.write_text("old")
    link.symlink_to(target)
    assert run(["convert", "ultimatum", str(link), "--force"]) == 0
    assert link.is_symlink()
    assert target.read_text().startswith("EFG")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link.efg", "target.efg"]


@pytest.mark.parametrize("name", ["y" * 300 + ".efg", "no/such/folder.efg"])
def test_a_place_that_cannot_be_written_is_named(capsys, tmp_path, name):
    target = tmp_path / name
    assert run(["convert", "ultimatum", str(target)]) == 2
    message = capsys.readouterr().err
    assert message.startswith(f"detente: {target}: cannot be written")
    assert len(message.splitlines()) == 1


def test_a_link_to_itself_is_overwritten(tmp_path):
    link = tmp_path / "loop.efg"
    link.symlink_to(link)
    assert run(["convert", "ultimatum", str(link), "--force"]) == 0
    assert not link.is_symlink()
