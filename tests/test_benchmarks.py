"""The benchmarks run, and stop where answers differ."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "benchmarks.run", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_backward_induction_on_a_thousand_nodes(tmp_path: Path) -> None:
    target = tmp_path / "rows.json"
    done = run("induction", "--largest", "1e3", "--repeats", "1", "--json", str(target))
    assert done.returncode == 0, done.stderr
    assert "plain walk in Python" in done.stdout
    rows = json.loads(target.read_text())["rows"]["induction"]
    assert all(row["seconds"] > 0 and row["agreed"] for row in rows)


def test_an_unknown_benchmark_is_refused_with_the_known_ones() -> None:
    done = run("inductoin")
    assert done.returncode == 2
    assert "induction" in done.stderr
