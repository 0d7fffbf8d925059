"""Reading and writing .efg files: time and memory, beside pygambit.

pygambit's time grows with the square of the file, so it is asked for small files only.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from benchmarks.timing import Row, Settings, median, sizes
from benchmarks.trees import random_tree
from detente.files.efg import read_efg, write_efg
from detente.game.labels import Labels
from detente.game.tree import Game, Outcomes

ISSUE = 73_000
"""Nodes of the file that the goals are stated for."""
LARGEST_PEER = 100_000
PEER = "pygambit"

MEASURE = """
import sys
from pathlib import Path
from detente.files.efg import read_efg
read_efg(b'EFG 2 R "" { "A" } p "" 1 1 "" { "x" } 0 t "" 1 "o" { 1/2 }')
def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096
before = resident()
game = read_efg(sys.argv[1])
print((resident() - before) / game.num_nodes)
"""


def rows(settings: Settings) -> Iterator[Row]:
    """Reading warm and from a cold start, writing, and memory; a size a row."""
    with TemporaryDirectory() as folder:
        path, again = Path(folder) / "game.efg", Path(folder) / "again.efg"
        for nodes in sorted({*sizes(settings.largest), min(ISSUE, settings.largest)}):
            game = labelled(random_tree(nodes, settings.seed, payoffs=1000, named=True))
            write_efg(game, path)
            repeats = settings.repeats if nodes <= 10**6 else 1
            yield reading(path, game, repeats)
            if nodes == ISSUE:
                yield cold_start(path, nodes, repeats)
            seconds = median(lambda game=game: write_efg(game, again), repeats)
            assert again.read_bytes() == path.read_bytes()
            yield Row("write .efg", nodes, seconds, "byte for byte")
            if nodes >= 10**6 and sys.platform == "linux":
                yield memory(path, game)


def labelled(game: Game) -> Game:
    """The game with a label of its own for every outcome, which is the costly case."""
    label = Labels.of(f"o{i}" for i in range(len(game.outcomes)))
    blank = Labels.blank(len(game.infosets))
    return game.replaced(
        outcomes=Outcomes(label, game.outcomes.payoffs),
        infosets=replace(game.infosets, label=blank),
    )


def reading(path: Path, game: Game, repeats: int) -> Row:
    """Reading in a process that has read before."""
    nodes = game.num_nodes
    found = read_efg(path)
    for name in ("mover", "child_start", "children", "infoset", "outcome"):
        assert np.array_equal(getattr(found, name), getattr(game, name)), name
    seconds = median(lambda: read_efg(path), repeats)
    agreed = "all arrays"
    if nodes > LARGEST_PEER:
        return Row("read .efg", nodes, seconds, agreed)
    import pygambit

    assert summary(found) == gambit_summary(pygambit.read_efg(path))
    peer = median(lambda: pygambit.read_efg(path), 1 if nodes > 10_000 else repeats)
    goal = "50 times faster" if nodes == ISSUE else ""
    met = peer / seconds >= 50 if goal else None
    agreed = "nodes, infosets, sums of payoffs"
    return Row("read .efg", nodes, seconds, agreed, PEER, peer, goal, met)


def summary(game: Game) -> tuple[int, list[int], list[Fraction]]:
    """Nodes, infosets of each player, and the payoffs of all outcomes added up."""
    players = range(game.num_players)
    table = game.outcomes.payoffs
    sums = [Fraction(sum(table.integer_column(p)), table.denominators[p]) for p in players]
    return game.num_nodes, [int((game.infosets.mover == p).sum()) for p in players], sums


def gambit_summary(game: Any) -> tuple[int, list[int], list[Fraction]]:
    """The same of a game of pygambit."""
    sums = [
        sum((Fraction(outcome[player]) for outcome in game.outcomes), Fraction(0))
        for player in game.players
    ]
    return len(game.nodes), [len(player.infosets) for player in game.players], sums


def cold_start(path: Path, nodes: int, repeats: int) -> Row:
    """A new process that starts Python, imports the reader and reads."""
    ours = f"from detente.files.efg import read_efg; read_efg({str(path)!r})"
    theirs = f"import pygambit; pygambit.read_efg({str(path)!r})"
    seconds, peer = (
        median(lambda code=code: subprocess.run([sys.executable, "-c", code], check=True), times)
        for code, times in ((ours, repeats), (theirs, 1))
    )
    return Row(
        "read .efg from a cold start", nodes, seconds, "as above", PEER, peer,
        "10 times faster", peer / seconds >= 10,
    )


def memory(path: Path, game: Game) -> Row:
    """Resident memory that reading leaves behind, in a process of its own."""
    command = [sys.executable, "-c", MEASURE, str(path)]
    result = subprocess.run(command, check=True, capture_output=True, text=True)
    resident, arrays = float(result.stdout), array_bytes(game) / game.num_nodes
    seconds = median(lambda: read_efg(path), 1)
    return Row(
        f"memory: {resident:.0f} bytes a node, arrays {arrays:.0f}", game.num_nodes, seconds,
        "measured in a process of its own", goal="200, arrays 64",
        met=resident <= 200 and arrays <= 64,
    )


def array_bytes(game: Game) -> int:
    """The bytes of all arrays of a game."""
    sets, outcomes = game.infosets, game.outcomes
    arrays = [
        game.mover, game.child_start, game.children, game.infoset, game.outcome,
        game.node_label.ids, sets.mover, sets.action_start, sets.label.ids, sets.action_label.ids,
        sets.probability.numerators, sets.probability.denominators,
        outcomes.label.ids, outcomes.payoffs.numerators,
    ]  # fmt: skip
    return sum(array.nbytes for array in arrays)


if __name__ == "__main__":
    for row in rows(Settings()):
        print(row.line(), flush=True)
