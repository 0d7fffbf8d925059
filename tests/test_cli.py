"""The command line: what it prints, and the exit codes."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace

import pytest

import detente
from detente.cli import run
from detente.errors import NotSupported
from detente.files.titles import title_of
from detente.loading import find, load, shipped
from detente.show.progress import Progress

ENTRY = """EFG 2 R "Entry" { "Entrant" "Incumbent" } ""
p "" 1 1 "entry" { "out" "in" } 0
t "" 1 "" { 0, 2 }
p "" 2 1 "reply" { "share" "fight" } 0
t "" 2 "" { 1, 1 }
t "" 3 "" { -1, -1 }
"""


@pytest.fixture
def entry(tmp_path: Path) -> Path:
    path = tmp_path / "entry.efg"
    path.write_text(ENTRY)
    return path


def out(capsys, *arguments: object) -> str:
    assert run([str(a) for a in arguments]) == 0
    return capsys.readouterr().out


def refused(capsys, *arguments: object) -> str:
    assert run([str(a) for a in arguments]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("detente: ")
    assert len(captured.err.splitlines()) == 1
    return captured.err


def shell(*arguments: str, **options) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(Path(detente.__file__).parents[1])}
    return subprocess.run(
        [sys.executable, "-m", "detente.cli", *arguments],
        capture_output=True, text=True, env=environment, timeout=60, check=False, **options,
    )  # fmt: skip


# ── answers ────────────────────────────────────────────────────────────────────────────────────


def test_stability_by_name_and_by_path_agree(capsys):
    by_name = json.loads(out(capsys, "stability", "hanoi-2019", "--json"))
    by_path = json.loads(out(capsys, "stability", shipped()["hanoi-2019"], "--json"))
    assert by_name == by_path
    assert by_name["detente"] == detente.__version__


def test_one_bundle_in_one_round_at_another_value(capsys):
    data = json.loads(
        out(capsys, "stability", "hanoi-2019", "--json", "--bundle", "full+kumgang+inspected",
            "--round", 1, "--set", "pressure=0.5")
    )  # fmt: skip
    (row,) = data["bundles"]
    assert row["name"] == "kumgang + full + inspected"
    assert data["round"] == 1


def test_explain_tells_a_story(capsys):
    assert "Who signs" in out(capsys, "explain", "hanoi-2019", "kumgang + full + inspected")


def test_solve_and_info_read_gambit_files(capsys, entry):
    data = json.loads(out(capsys, "solve", entry, "--json"))
    assert data["equilibria"][0]["payoffs"] == {"Entrant": "1", "Incumbent": "1"}
    assert "Entrant at 'entry': 'in'" in out(capsys, "solve", entry)
    facts = json.loads(out(capsys, "info", entry, "--json"))
    assert (facts["nodes"], facts["terminals"]) == (5, 3)
    assert facts["payoff_sum"] == {"Entrant": "0", "Incumbent": "2"}
    several = json.loads(out(capsys, "info", entry, "ultimatum", "--json"))
    assert [row["title"] for row in several] == ["Entry", title_of(shipped()["ultimatum"])]
    assert "perfect information: yes" in out(capsys, "info", entry)


def test_a_game_in_strategic_form_is_solved(capsys, tmp_path):
    game = tmp_path / "pd.nfg"
    game.write_text(SIMULTANEOUS)
    data = json.loads(out(capsys, "solve", game, "--json", "--all"))
    assert data["concept"] == "nash"
    assert data["game"]["nodes"] is None
    first = data["equilibria"][0]
    assert "behavior" not in first
    assert [entry["player"] for entry in first["strategies"]] == data["game"]["players"]
    for entry in first["strategies"]:
        assert set(entry) == {"player", "strategies", "probabilities"}
        assert sum(Fraction(p) for p in entry["probabilities"]) == 1
    assert sum(Fraction(p) for p in first["outcomes"].values()) == 1
    assert first["certificate"]["verdict"] == "proved"
    text = out(capsys, "solve", game)
    assert "Nash" in text


def test_methods_are_listed_in_columns(capsys):
    head, *rows = out(capsys, "solve", "--list").splitlines()
    assert head.split() == ["method", "concepts", "delivers", "numbers", "takes"]
    for column in ("concepts", "delivers", "numbers", "takes"):
        place = head.index(column)
        assert all(row[place - 1] == " " and row[place] != " " for row in rows), column
    assert sum(row.startswith("backward-induction ") for row in rows) == 1


def test_a_continuation_is_fixed_by_label_or_number(capsys, monkeypatch):
    asked = []

    def solve(game, **request):
        asked.append(request["fixed"])
        raise NotSupported("enough.")

    monkeypatch.setattr("detente.solvers.solve", solve)
    assert "enough" in refused(capsys, "solve", "ultimatum", "--fix", "answers = 2", "--fix", "7=1")
    assert asked == [{"answers": 1, 7: 0}]
    for wrong in ("answers", "answers=0", "=1", "answers=x"):
        assert "--fix takes NODE=K" in refused(capsys, "solve", "ultimatum", "--fix", wrong)


def test_progress_is_shown_on_a_terminal_after_a_while(monkeypatch):
    for terminal, seconds, shown in ((True, 2, True), (True, 0.5, False), (False, 2, False)):
        stream = io.StringIO()
        stream.isatty = lambda terminal=terminal: terminal  # type: ignore[method-assign]
        monkeypatch.setattr("sys.stderr", stream)
        monkeypatch.setenv("TERM", "xterm")
        clock = iter([0.0, *([seconds] * 100)])
        monkeypatch.setattr(
            "detente.show.progress.time", SimpleNamespace(perf_counter=lambda c=clock: next(c))
        )
        with Progress() as progress:
            assert progress.wanted == terminal
            progress("pivoting", 0.5)
            progress("pivoting", None)
        assert ("pivoting" in stream.getvalue()) == shown


def test_the_format_is_found_in_the_contents_where_there_is_no_ending(entry):
    bare = entry.with_suffix("")
    bare.write_text(ENTRY)
    assert load(bare).num_nodes == 5


def test_games_lists_every_shipped_game_with_its_title(capsys):
    text = out(capsys, "games")
    for name, path in shipped().items():
        assert name in text
        assert title_of(path)
        assert title_of(path) in text


def test_version_and_help(capsys):
    assert out(capsys, "--version") == f"detente {detente.__version__}\n"
    assert "stability" in out(capsys)
    assert "--round" in out(capsys, "stability", "--help")


# ── mistakes ───────────────────────────────────────────────────────────────────────────────────


def test_wrong_arguments_are_one_line_and_code_2(capsys, tmp_path, entry):
    assert "Close names: hanoi-2019" in refused(capsys, "stability", "hanoi2019")
    assert "shipped with the program" in refused(capsys, "stability", "nowhere/hanoi-2019.yaml")
    assert "Close ones there: entry.efg" in refused(capsys, "info", tmp_path / "entri.efg")
    assert "folder" in refused(capsys, "info", tmp_path)
    assert "No such command" in refused(capsys, "stabilty")
    assert "No such option" in refused(capsys, "stability", "hanoi-2019", "--jsn")
    assert "Missing argument" in refused(capsys, "stability")
    assert "no bundles" in refused(capsys, "stability", entry)
    assert "bundle" in refused(capsys, "explain", "hanoi-2019", "kumgong")
    assert "rounds 1 to" in refused(capsys, "stability", "hanoi-2019", "--round", 99)
    assert "NAME=VALUE" in refused(capsys, "stability", "hanoi-2019", "--set", "pressure")
    assert "no parameter" in refused(capsys, "stability", "hanoi-2019", "--set", "presure=1")
    assert "name a file" in refused(capsys, "solve")
    assert "concept" in refused(capsys, "solve", entry, "--concept", "luck")
    assert "method" in refused(capsys, "solve", entry, "--method", "luck")


def test_a_broken_file_is_named_with_its_place(capsys, tmp_path):
    broken = tmp_path / "talks.yaml"
    broken.write_text("detente: 1\ntitle: [\n")
    assert f"{broken}:" in refused(capsys, "stability", broken)
    nothing = tmp_path / "empty.yaml"
    nothing.write_text("")
    refused(capsys, "stability", nothing)
    (tmp_path / "bytes.efg").write_bytes(b"\xff\xfe\x00\x01")
    refused(capsys, "info", tmp_path / "bytes.efg")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root reads all files")
def test_an_unreadable_file_is_refused(capsys, entry):
    entry.chmod(0)
    assert "cannot be read" in refused(capsys, "info", entry)


def test_a_defect_shows_a_traceback(monkeypatch):
    monkeypatch.setattr("detente.loading.load", lambda file: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        run(["stability", "hanoi-2019"])


def test_an_interrupt_is_code_3(monkeypatch, capsys):
    def interrupted(file: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("detente.loading.load", interrupted)
    assert run(["stability", "hanoi-2019"]) == 3
    assert "interrupted" in capsys.readouterr().err


def test_no_time_is_code_3_and_still_prints(capsys):
    code = run(["solve", "hanoi-2019", "--time-limit", "1e-9", "--json"])
    data = json.loads(capsys.readouterr().out)
    assert code == 3
    assert data["stopped"] == "time_limit"
    assert data["reason"]


# ── convert ────────────────────────────────────────────────────────────────────────────────────


def test_convert_keeps_the_game_and_overwrites_only_by_force(capsys, entry, tmp_path):
    target = tmp_path / "copy.efg"
    out(capsys, "convert", entry, target)
    assert json.loads(out(capsys, "info", target, "--json")) == json.loads(
        out(capsys, "info", entry, "--json")
    )
    assert "--force" in refused(capsys, "convert", entry, target)
    out(capsys, "convert", entry, target, "--force")
    assert "no format" in refused(capsys, "convert", entry, tmp_path / "copy.txt")
    assert "cannot be written" in refused(capsys, "convert", entry, tmp_path / "no" / "copy.efg")


def test_convert_to_yaml_and_back_is_the_same_game(capsys, entry, tmp_path):
    target = tmp_path / "entry.yaml"
    out(capsys, "convert", entry, target)
    before = json.loads(out(capsys, "solve", entry, "--json"))
    after = json.loads(out(capsys, "solve", target, "--json"))
    assert before["equilibria"] == after["equilibria"]


def test_a_conversion_that_fails_leaves_nothing_behind(capsys, monkeypatch, entry, tmp_path):
    target = tmp_path / "entry.yaml"
    target.write_text("precious")
    monkeypatch.setattr("detente.files.yaml_tree._Writer.write", lambda self: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        run(["convert", str(entry), str(target), "--force"])
    assert target.read_text() == "precious"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["entry.efg", "entry.yaml"]


# ── as a process ───────────────────────────────────────────────────────────────────────────────


def test_the_command_as_a_process():
    good = shell("stability", "ultimatum")
    assert (good.returncode, good.stderr) == (0, "")
    bad = shell("stability", "ultimatun")
    assert bad.returncode == 2
    assert "Traceback" not in bad.stderr


def test_a_terminal_without_unicode_gets_an_answer():
    environment = {"PYTHONIOENCODING": "ascii"}
    done = subprocess.run(
        [sys.executable, "-m", "detente.cli", "stability", "hanoi-2019"],
        capture_output=True, check=False, timeout=60,
        env={**os.environ, **environment, "PYTHONPATH": str(Path(detente.__file__).parents[1])},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def test_a_reader_that_leaves_early_is_no_error():
    environment = {**os.environ, "PYTHONPATH": str(Path(detente.__file__).parents[1])}
    with subprocess.Popen(
        [sys.executable, "-m", "detente.cli", "stability", "hanoi-2019", "--json"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.read(10)
        process.stdout.close()
        assert process.stderr.read() == b""
        process.wait(timeout=60)


def test_importing_the_package_loads_nothing_heavy():
    heavy = ["numpy", "numba", "pandas", "pydantic", "rich", "typer", "ruamel.yaml"]
    code = f"import sys, detente; print([m for m in {heavy!r} if m in sys.modules])"
    environment = {**os.environ, "PYTHONPATH": str(Path(detente.__file__).parents[1])}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True
    )
    assert done.stdout.strip() == "[]"


def test_find_prefers_files_to_shipped_names(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert find("ultimatum") == shipped()["ultimatum"]
    Path("ultimatum").write_text("here")
    assert find("ultimatum") == Path("ultimatum")


SIMULTANEOUS = """NFG 1 R "pd" { "A" "B" }

{ { "c" "d" } { "c" "d" } }

{ { "" 1, 1 } { "" 2, 0 } { "" 0, 2 } { "" 1, 1 } }
1 2 3 4
"""


def test_advice_can_be_followed(capsys, tmp_path, entry):
    game = tmp_path / "pd.nfg"
    game.write_text(SIMULTANEOUS)
    for command in (["stability", game], ["explain", game, "x"]):
        message = refused(capsys, *command)
        assert "strategic form" in message
        assert "detente solve" in message
    out(capsys, "solve", game)
    assert "no parameter 'a'" in refused(capsys, "solve", game, "--set", "a=1")
    out(capsys, "info", game)
    out(capsys, "convert", game, tmp_path / "pd.efg")
    assert "has no bundles" in refused(capsys, "explain", entry, "k0")
    assert "--limit" in refused(capsys, "convert", "hanoi-2019", tmp_path / "h.efg", "--limit", 9)
    out(capsys, "convert", "ultimatum", tmp_path / "u.efg", "--limit", 100)
    refusal = refused(capsys, "stability", "hanoi-2019", "--set", "pressure=1000")
    assert "--set pressure=1000: the range of 'pressure'" in refusal


def test_a_folder_does_not_hide_a_shipped_game(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("ultimatum").mkdir()
    assert find("ultimatum") == shipped()["ultimatum"]


def test_the_package_runs_and_its_calls_have_help():
    environment = {**os.environ, "PYTHONPATH": str(Path(detente.__file__).parents[1])}
    done = subprocess.run(
        [sys.executable, "-m", "detente", "--version"],
        capture_output=True, text=True, env=environment, check=True,
    )  # fmt: skip
    assert done.stdout == f"detente {detente.__version__}\n"
    code = "import pydoc, detente; print(pydoc.render_doc(detente.stability))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True
    )
    assert "time_limit" in done.stdout
    assert "the round in which each bundle is put on the table" in done.stdout


def test_info_names_what_breaks_a_rule(capsys, tmp_path):
    driver = tmp_path / "driver.efg"
    road = 'p "" 1 1 "road" { "exit" "on" } 0\n'
    ends = [f't "" {i} "" {{ {i} }}\n' for i in range(1, 4)]
    driver.write_text(f'EFG 2 R "driver" {{ "D" }}\n{road}{ends[0]}{road}{ends[1]}{ends[2]}')
    assert run(["info", str(driver)]) == 0
    text = capsys.readouterr().out
    assert "perfect recall: no\n    D forgets at information set 'road'" in text
    assert "absent-mindedness: yes\n    D may meet information set 'road' twice" in text
    assert run(["info", str(driver), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["absent_minded"] is True
