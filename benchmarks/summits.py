"""Summits: alternating offers over one to ten rounds, and the whole command from a cold start."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks.timing import Row, Settings, agree, median
from detente.game.expand import expand
from detente.solvers import solve
from detente.solvers.perfect_information.induction import induce
from detente.summit.reading import read_summit
from detente.summit.summit import Summit

HANOI = Path(__file__).parent.parent / "games" / "hanoi-2019.yaml"
EXPAND_UP_TO = 2_000_000
"""Nodes of the largest tree that is solved for comparison."""


def rows(settings: Settings) -> Iterator[Row]:
    """Compile and solve; then the command."""
    text = HANOI.read_text()
    for rounds in range(1, 11):
        document = re.sub(r"(?m)^  rounds: .*$", f"  rounds: {rounds}", text)

        def compiled(document: str = document) -> Summit:
            return Summit(read_summit(document, "hanoi"))

        game = compiled().game
        agreed = "certified"
        if game.tree_size <= EXPAND_UP_TO:
            same = induce(expand(game)).vectors == induce(game).vectors
            agree(same, f"{rounds} rounds: the payoff set of the tree written out")
            agreed = "the payoff set with that of the tree written out"
        proved = solve(game).equilibria[0].certificate.verdict == "proved"
        agree(proved, f"{rounds} rounds: not certified")
        seconds = median(lambda: solve(compiled()), settings.repeats)
        yield Row(
            f"Hanoi, {rounds} rounds: read, compile, solve", game.num_nodes, seconds, agreed,
            goal="about 1 s" if rounds == 10 else "", met=seconds < 1.2 if rounds == 10 else None,
        )
    yield _the_command(settings)


def _the_command(settings: Settings) -> Row:
    command = [sys.executable, "-m", "detente.cli", "stability", str(HANOI)]

    def run() -> str:
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    agreed = "the same table twice"
    agree(run() == run(), "the command does not repeat itself")
    seconds = median(run, settings.repeats)
    return Row(
        "detente stability hanoi-2019.yaml, cold", 0, seconds, agreed, goal="1 s", met=seconds < 1
    )
