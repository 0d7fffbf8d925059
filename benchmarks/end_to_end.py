"""A large game from file to file: read, solve, certify, write."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from benchmarks.timing import Row, Settings, median, sizes
from benchmarks.trees import random_tree
from detente.files.efg import read_efg
from detente.files.efg_write import write_efg
from detente.solvers import solve


def rows(settings: Settings) -> Iterator[Row]:
    """All four stages in one number, a size a row."""
    with TemporaryDirectory() as folder:
        for nodes in sizes(min(settings.largest, 10**6), smallest=10_000):
            game = random_tree(nodes, settings.seed, named=True)
            path, again = Path(folder) / "game.efg", Path(folder) / "again.efg"
            write_efg(game, path)

            def whole(path: Path = path, again: Path = again) -> None:
                read = read_efg(path)
                assert solve(read).equilibria[0].certificate.verdict == "proved"
                write_efg(read, again)

            whole()
            read = read_efg(again)
            assert np.array_equal(read.mover, game.mover)
            assert np.array_equal(read.children, game.children)
            assert solve(read).payoff_set == solve(game).payoff_set
            seconds = median(whole, min(settings.repeats, 3))
            goal = "a few seconds" if nodes == 10**6 else ""
            yield Row(
                "read, solve, certify, write (.efg)", nodes, seconds,
                "moves and the solution after the way through both files",
                goal=goal, met=seconds < 5 if goal else None,
            )
