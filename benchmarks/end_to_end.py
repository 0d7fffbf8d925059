"""A large game from file to file: read, solve, certify, write."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.induction import WALK_UP_TO, plain_walk
from benchmarks.reading import compare
from benchmarks.timing import Row, Settings, agree, median, sizes
from benchmarks.trees import random_tree
from detente.files.efg import read_efg
from detente.files.efg_write import write_efg
from detente.solvers import solve


def rows(settings: Settings) -> Iterator[Row]:
    """All four stages in one number, a size a row."""
    with TemporaryDirectory() as folder:
        for nodes in sizes(min(settings.largest, WALK_UP_TO), smallest=10_000):
            game = random_tree(nodes, settings.seed, named=True)
            path, again = Path(folder) / "game.efg", Path(folder) / "again.efg"
            write_efg(game, path)

            def whole(path: Path = path, again: Path = again) -> None:
                read = read_efg(path)
                verdict = solve(read).equilibria[0].certificate.verdict
                agree(verdict == "proved", f"the certificate: {verdict}")
                write_efg(read, again)

            whole()
            read = read_efg(again)
            compare(read, game)
            found = tuple(solve(read).equilibria[0].payoffs.values())
            expected = plain_walk(game)[0]
            agree(found == expected, f"payoffs: {found}; by a plain walk {expected}")
            seconds = median(whole, min(settings.repeats, 3))
            goal = "a few seconds" if nodes == 10**6 else ""
            yield Row(
                "read, solve, certify, write (.efg)", nodes, seconds,
                "labels and payoffs after the way through both files; the solution by a plain walk",
                goal=goal, met=seconds < 5 if goal else None,
            )
