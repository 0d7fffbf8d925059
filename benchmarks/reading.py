"""Reading and writing .efg files: time and memory, beside pygambit.

pygambit's time grows with the square of the file, so it is asked for small files only.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import zip_longest
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from benchmarks.timing import Row, Settings, agree, median, sizes
from benchmarks.trees import random_tree
from detente.files.efg import read_efg, write_efg
from detente.game.labels import Labels
from detente.game.tree import Game, Outcomes

ISSUE = 73_000
"""Nodes of the file that the goals are stated for."""
LARGEST_PEER = 100_000
COMPARED = "all nodes, infosets, labels and payoffs"
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
            compare(read_efg(again), game)
            yield Row("write .efg", nodes, seconds, f"read back: {COMPARED}")
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
    compare(read_efg(path), game)
    seconds = median(lambda: read_efg(path), repeats)
    agreed = f"{COMPARED}, with those that were written"
    if nodes > LARGEST_PEER:
        return Row("read .efg", nodes, seconds, agreed)
    import pygambit

    compare_node_by_node(described(game), gambit_described(pygambit.read_efg(path)))
    peer = median(lambda: pygambit.read_efg(path), 1 if nodes > 10_000 else repeats)
    goal = "50 times faster" if nodes == ISSUE else ""
    met = peer / seconds >= 50 if goal else None
    return Row("read .efg", nodes, seconds, f"{agreed} and {PEER}'s", PEER, peer, goal, met)


def compare(found: Game, game: Game) -> None:
    """Raise AnswersDiffer unless a game read is the one that was written, label by label."""
    agree(found.players == game.players, "the players")
    for name in ("mover", "child_start", "children", "infoset", "outcome"):
        agree(np.array_equal(getattr(found, name), getattr(game, name)), name)
    ours, theirs = found.infosets, game.infosets
    agree(np.array_equal(ours.mover, theirs.mover), "the players of infosets")
    agree(np.array_equal(ours.action_start, theirs.action_start), "the actions of infosets")
    for what, one, other in (
        ("labels of nodes", found.node_label, game.node_label),
        ("labels of infosets", ours.label, theirs.label),
        ("labels of actions", ours.action_label, theirs.action_label),
        ("labels of outcomes", found.outcomes.label, game.outcomes.label),
    ):
        agree(list(one) == list(other), what)
    for player in range(game.num_players):
        columns = [
            [value * down for value in table.integer_column(player)]
            for table, down in (
                (found.outcomes.payoffs, game.outcomes.payoffs.denominators[player]),
                (game.outcomes.payoffs, found.outcomes.payoffs.denominators[player]),
            )
        ]
        agree(columns[0] == columns[1], f"payoffs of {game.players[player]}")


Described = tuple[str, str, int, str, tuple[str, ...], str, tuple[Fraction, ...]]
"""A node: its player, label, infoset's number and label, actions, outcome's label, payoffs."""


def compare_node_by_node(found: Iterable[Described], expected: Iterable[Described]) -> None:
    """Raise AnswersDiffer at the first node, in preorder, that is described differently."""
    for node, (one, other) in enumerate(zip_longest(found, expected)):
        agree(one == other, f"node {node}: {one}; {PEER} reads {other}")


def described(game: Game) -> Iterator[Described]:
    """Every node in preorder."""
    first = np.searchsorted(game.infosets.mover, np.arange(game.num_players)).tolist()
    for node, mover in enumerate(game.mover.tolist()):
        outcome, h = int(game.outcome[node]), int(game.infoset[node])
        own = h >= 0
        yield (
            game.players[mover] if own else "",
            game.node_label[node],
            h - first[mover] if own else -1,
            game.infosets.label[h] if own else "",
            tuple(game.infosets.actions(h)) if own else (),
            game.outcomes.label[outcome] if outcome >= 0 else "",
            game.payoff(node) if outcome >= 0 else (),
        )


def gambit_described(game: Any) -> Iterator[Described]:
    """The same of a game of pygambit."""
    players, stack = list(game.players), [game.root]
    while stack:
        node = stack.pop()
        player, number, label, actions = "", -1, "", ()
        if not node.is_terminal:
            infoset = node.infoset
            player, number, label = node.player.label, infoset.number, infoset.label
            actions = tuple(action.label for action in infoset.actions)
            stack.extend(reversed(list(node.children)))
        try:
            payoffs = tuple(Fraction(str(node.outcome[player])) for player in players)
            outcome = node.outcome.label
        except KeyError:  # no outcome is attached
            payoffs, outcome = (), ""
        yield player, node.label, number, label, actions, outcome, payoffs


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
