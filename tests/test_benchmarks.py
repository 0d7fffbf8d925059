"""The benchmarks run, and stop where answers differ."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks.reading import (
    compare,
    compare_node_by_node,
    described,
    gambit_described,
    labelled,
)
from benchmarks.timing import AnswersDiffer
from benchmarks.trees import random_tree
from detente.files.efg import write_efg
from detente.game.labels import Labels
from detente.game.tree import Game

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


@pytest.mark.parametrize("name", ["building", "reading", "end_to_end"])
def test_building_reading_and_the_way_through_both_files(tmp_path: Path, name: str) -> None:
    if name != "end_to_end":
        pytest.importorskip("pygambit")
    target = tmp_path / "rows.json"
    done = run(name, "--largest", "1e4", "--repeats", "1", "--json", str(target))
    assert done.returncode == 0, done.stderr
    assert all(row["agreed"] for row in json.loads(target.read_text())["rows"][name])


@pytest.mark.slow
def test_draws_agree_with_the_peer_and_with_exact_reports(tmp_path: Path) -> None:
    pytest.importorskip("pygambit")
    pytest.importorskip("psutil")
    target = tmp_path / "rows.json"
    done = run("draws", "--largest", "5e3", "--repeats", "1", "--json", str(target))
    assert done.returncode == 0, done.stderr
    rows = json.loads(target.read_text())["rows"]["draws"]
    assert all(row["agreed"] for row in rows)
    assert {row["size"] for row in rows} >= {5000}


@pytest.mark.slow
def test_thresholds_are_where_verdicts_change() -> None:
    done = run("thresholds", "--repeats", "1")
    assert done.returncode == 0, done.stderr
    assert "all 44 parameters" in done.stdout


def changed(game: Game, what: str) -> Game:
    """The game with one thing wrong."""
    sets, outcomes, order = game.infosets, game.outcomes, np.arange(len(game.outcomes))[::-1]
    swapped = np.where(np.arange(len(sets)) < 2, np.arange(len(sets))[::-1] % 2, 0)
    if what == "payoffs of A":
        return game.replaced(outcomes=replace(outcomes, payoffs=outcomes.payoffs.take(order)))
    if what == "labels of outcomes":
        return game.replaced(outcomes=replace(outcomes, label=outcomes.label.take(order)))
    if what == "labels of nodes":
        label = Labels((np.arange(game.num_nodes) == 3).astype(np.int32), ["", "x"])
        return game.replaced(node_label=label)
    if what == "labels of infosets":
        return game.replaced(infosets=replace(sets, label=Labels(swapped, ["", "x"])))
    if what == "labels of actions":
        other = sets.action_label.take(np.arange(len(sets.action_label))[::-1])
        return game.replaced(infosets=replace(sets, action_label=other))
    assert what == "mover"
    return game.replaced(mover=np.where(game.mover >= 0, 1 - game.mover, game.mover))


@pytest.mark.parametrize(
    "what",
    [
        "payoffs of A", "labels of outcomes", "labels of nodes", "labels of infosets",
        "labels of actions", "mover",
    ],
)  # fmt: skip
def test_a_difference_is_noticed_and_named(what: str) -> None:
    game = labelled(random_tree(1000, 1, payoffs=1000, named=True))
    compare(game, game)
    compare_node_by_node(described(game), described(game))
    with pytest.raises(AnswersDiffer, match=what):
        compare(changed(game, what), game)
    with pytest.raises(AnswersDiffer, match="node "):
        compare_node_by_node(described(changed(game, what)), described(game))


def test_so_is_one_that_pygambit_reads(tmp_path: Path) -> None:
    pygambit = pytest.importorskip("pygambit")
    game = labelled(random_tree(1000, 1, payoffs=1000, named=True))
    write_efg(game, tmp_path / "game.efg")
    compare_node_by_node(
        described(game), gambit_described(pygambit.read_efg(tmp_path / "game.efg"))
    )
    write_efg(changed(game, "payoffs of A"), tmp_path / "game.efg")
    with pytest.raises(AnswersDiffer, match="pygambit reads"):
        compare_node_by_node(
            described(game), gambit_described(pygambit.read_efg(tmp_path / "game.efg"))
        )
