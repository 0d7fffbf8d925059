"""Stopped before the end: by a time limit, or by Ctrl-C. What was found until then is kept."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from itertools import count
from pathlib import Path

import pytest

import detente
import detente as dt
from detente.cli import run
from detente.errors import DetenteError
from detente.show.data import report_data
from detente.stability import equilibrium, story, talks
from detente.stability.equilibrium import judge

HEAD = """
detente: 1
title: Everything for everything
sides: [North, South]
terms:
"""
TAIL = """
protocol: {kind: alternating-offers, rounds: 2, order: [South, North]}
carrying_out:
  - {compliance: north, by: North, breaches: {cheat: {detected: 0.3}}}
  - {compliance: south, by: South, breaches: {cheat: {detected: 0.4}}}
"""


def large(terms: int, levels: int) -> str:
    """A summit of levels ** terms bundles."""
    rows = []
    for k in range(terms):
        side, other = ("North", "South") if k % 2 else ("South", "North")
        worths = [f"l{j}: {{worth: {{{side}: -{j}, {other}: {2 * j + k}}}}}" for j in range(levels)]
        rows.append(f"  t{k}: {{by: {side}, levels: {{{', '.join(worths)}}}}}")
    return HEAD + "\n".join(rows) + TAIL


@pytest.fixture
def small(tmp_path: Path) -> Path:
    path = tmp_path / "small.yaml"
    path.write_text(large(2, 3))
    return path


@pytest.fixture
def interrupted_at_third(monkeypatch):
    """Ctrl-C while the third bundle is judged."""
    counter = count(1)

    def judging(case):
        if next(counter) == 3:
            raise KeyboardInterrupt
        return judge(case)

    monkeypatch.setattr(equilibrium, "judge", judging)


def test_an_interrupt_keeps_the_bundles_judged_until_then(small, interrupted_at_third):
    report = dt.stability(dt.load(small))
    assert (report.stopped, len(report), report.asked) == ("interrupted", 2, 9)
    assert report.complete == "some"
    assert "interrupted after 2 of 9 bundles" in report.reason
    assert report.certificate is None
    assert all(v.agreed is None and v.selected is None for v in report)
    assert all("stopped before the talks" in v.notes["selected"] for v in report)


def test_it_is_code_3_and_said_in_the_table_and_in_json(small, interrupted_at_third, capsys):
    assert run(["stability", str(small)]) == 3
    text = capsys.readouterr().out
    assert "Stopped early: interrupted after 2 of 9 bundles" in text
    assert "2 of 9 bundles" in text


def test_in_json(small, interrupted_at_third, capsys):
    assert run(["stability", str(small), "--json"]) == 3
    data = json.loads(capsys.readouterr().out)
    assert (data["stopped"], data["complete"], len(data["bundles"])) == ("interrupted", "some", 2)
    assert data["bundles"][0]["agreed"] is None
    assert "interrupted" in data["reason"]


def test_an_interrupt_in_the_talks_keeps_all_bundles(small, monkeypatch):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(talks, "induce", interrupted)
    report = dt.stability(dt.load(small))
    assert (report.stopped, len(report)) == ("interrupted", 9)
    assert "before the talks as written were solved" in report.reason


def test_an_interrupt_while_it_is_written_down_leaves_out_what_takes_time(
    small, monkeypatch, capsys
):
    calls = count(1)

    def hinges(self):
        if next(calls) == 1:
            raise KeyboardInterrupt
        raise AssertionError("asked for once more")

    monkeypatch.setattr("detente.stability.reasons.Reason.hangs_on", property(hinges))
    assert run(["stability", str(small), "--json"]) == 3
    data = json.loads(capsys.readouterr().out)
    assert (data["stopped"], len(data["bundles"])) == ("interrupted", 9)


def test_a_story_without_other_values(monkeypatch, capsys):
    def interrupted(case):
        raise KeyboardInterrupt

    monkeypatch.setattr(story, "turnings", interrupted)
    assert run(["explain", "hanoi-2019", "kumgang", "--json"]) == 3
    data = json.loads(capsys.readouterr().out)
    assert (data["stopped"], data["turnings"]) == ("interrupted", None)
    assert data["bundle"]["name"] == "kumgang"


def test_a_time_limit_is_kept(tmp_path):
    summit = dt.Summit.read(large(5, 4))
    started = time.perf_counter()
    report = dt.stability(summit, time_limit=0.3)
    assert time.perf_counter() - started < 3
    assert report.stopped == "time_limit"
    assert 0 < len(report) < report.asked == 1024
    assert all(v.certificate is not None for v in report)


def test_a_verdict_is_read_after_its_time_limit_too():
    report = dt.stability(dt.load("inspection-deterrence"), time_limit=60)
    verdict = report["stopped + inspected"]
    before = dt.stability(dt.load("inspection-deterrence"))["stopped + inspected"]
    verdict.case.continuation.deadline = time.perf_counter() - 1
    assert verdict.turned_by == before.turned_by != ()
    assert report_data(report)["bundles"] == report_data(dt.stability(report.summit))["bundles"]


def test_no_time_at_all_is_an_empty_report(small, capsys):
    assert run(["stability", str(small), "--time-limit", "1e-9"]) == 3
    assert "Stopped early: the time limit passed after 0 of 9" in capsys.readouterr().out
    assert run(["explain", "ultimatum", "k1"]) == 0
    assert run(["explain", "ultimatum", "k1", "--time-limit", "60"]) == 0
    assert run(["explain", "ultimatum", "k1", "--time-limit", "0"]) == 3
    assert run(["stability", str(small), "--time-limit", "0"]) == 3
    assert run(["solve", str(small), "--time-limit", "0"]) == 3
    with pytest.raises(DetenteError, match="time_limit must be seconds"):
        dt.stability(dt.load(small), time_limit=-1)


def test_info_tells_of_the_files_before_the_interrupt(monkeypatch, capsys):
    from detente.loading import load

    def loading(file: str):
        if file == "third":
            raise KeyboardInterrupt
        return load(file)

    monkeypatch.setattr("detente.loading.load", loading)
    assert run(["info", "ultimatum", "entry-deterrence", "third", "--json"]) == 3
    captured = capsys.readouterr()
    assert len(json.loads(captured.out)) == 2
    assert "interrupted at third, after 2 of 3 files" in captured.err
    assert run(["info", "third", "--json"]) == 3
    assert json.loads(capsys.readouterr().out)["stopped"] == "interrupted"


# ── as a process ───────────────────────────────────────────────────────────────────────────────


def interrupted_after(seconds: float, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(Path(detente.__file__).parents[1])}
    with subprocess.Popen(
        [sys.executable, "-m", "detente.cli", *arguments],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment,
        # A shell's background job ignores SIGINT, and so would what it starts.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as process:  # fmt: skip
        time.sleep(seconds)
        process.send_signal(signal.SIGINT)
        try:
            out, err = process.communicate(timeout=60)
        finally:
            process.kill()
    return subprocess.CompletedProcess(arguments, process.returncode, out, err)


@pytest.mark.skipif(os.name != "posix", reason="there is no SIGINT to send")
@pytest.mark.parametrize("json_wanted", [False, True])
def test_ctrl_c_prints_the_rows_judged_so_far(tmp_path, json_wanted):
    path = tmp_path / "large.yaml"
    path.write_text(large(7, 4))
    for seconds in (2, 5, 12):  # until the program has come far enough on a slow machine
        done = interrupted_after(seconds, "stability", str(path), *["--json"] * json_wanted)
        assert "Traceback" not in done.stderr
        if done.returncode == 3 and "bundles" in done.stdout:
            break
    assert done.returncode == 3
    if json_wanted:
        data = json.loads(done.stdout)
        assert data["stopped"] == "interrupted"
        assert 0 < len(data["bundles"]) < 4**7
        assert all(row["certificate"]["verdict"] == "proved" for row in data["bundles"])
    else:
        assert "Stopped early: interrupted after" in done.stdout
        assert "of 16384 bundles" in done.stdout


@pytest.mark.skipif(os.name != "posix", reason="there is no SIGINT to send")
def test_ctrl_c_leaves_no_half_written_file(tmp_path):
    path = tmp_path / "large.yaml"
    path.write_text(large(7, 4))
    done = interrupted_after(2, "convert", str(path), str(tmp_path / "large.efg"))
    assert (done.returncode, done.stdout) == (3, "")
    assert "Traceback" not in done.stderr
    assert sorted(p.name for p in tmp_path.iterdir()) == ["large.yaml"]
