"""Commands from a cold start, beside the time that a peer takes to be imported."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.timing import Row, Settings, agree, median

GAMES = Path(__file__).parent.parent / "games"
GOAL = 0.5
"""Seconds for a game of about ten nodes."""


def rows(settings: Settings) -> Iterator[Row]:
    """A tree of nine nodes with and without hidden information, and a matrix."""
    peer = [sys.executable, "-c", "import pygambit"]
    theirs = median(partial(_run, peer), settings.repeats)
    with TemporaryDirectory() as folder:
        matrix = Path(folder) / "matrix.nfg"
        matrix.write_text('NFG 1 R "Chicken" { "A" "B" } { 2 2 }\n0 0 7 2 2 7 6 6\n')
        for path, nodes, concept in (
            (GAMES / "tie-that-matters.yaml", 5, "spe"),
            (GAMES / "verification-imperfect-detection.yaml", 9, "nash"),
            (GAMES / "verification-imperfect-detection.yaml", 9, "sequential"),
            (matrix, 9, "nash"),
        ):
            command = [sys.executable, "-m", "detente", "solve", str(path), "--concept", concept]
            found = json.loads(_run([*command, "--json"]))
            verdicts = {eq["certificate"]["verdict"] for eq in found["equilibria"]}
            agree(verdicts == {"proved"}, f"{path.name}: {verdicts}")
            seconds = median(partial(_run, command), settings.repeats)
            yield Row(
                f"detente solve {path.name}, {concept}", nodes, seconds, "certified",
                "import pygambit", theirs, f"{GOAL} s", seconds < GOAL,
            )


def _run(command: list[str]) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout
