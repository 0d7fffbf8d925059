"""All equilibria of two-player matrices: random integer games, games with ties, the identity game.

Peers: QuantEcon's vertex enumeration (floating point; games without ties only, others it does not
claim to solve) and lrsnash (exact; Debian's lrslib), each where it is installed. Whole sets of
equilibria are compared before anything is timed: lrsnash's exactly, QuantEcon's within 1e-6.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from itertools import product
from pathlib import Path
from statistics import median as middle
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.timing import Row, Settings, agree, median
from detente.game.strategic import StrategicGame
from detente.solvers import solve
from detente.solvers.bimatrix.matrices import Bimatrix
from detente.solvers.result import Result

Pair = tuple[tuple[Any, ...], tuple[Any, ...]]

SIZES = {10: 5, 12: 5, 15: 3, 18: 1}
"""Strategies of each player → how many games."""
TIMES_FASTER = {10: 1.0, 12: 3.0, 15: 3.0, 18: 3.0}
"""The same → how many times faster than the fastest peer is aimed at."""
IDENTITY = 12
SLOW = 0.5
"""Seconds of a peer from which it is timed once."""


@dataclass(frozen=True)
class Bimatrices:
    """One game as the peers and as this project take it."""

    row: NDArray[np.int64]
    column: NDArray[np.int64]

    @property
    def game(self) -> StrategicGame:
        """The game, made anew."""
        m, n = self.row.shape
        names = [[str(i) for i in range(m)], [str(j) for j in range(n)]]
        cells = [(int(self.row[i, j]), int(self.column[i, j])) for j in range(n) for i in range(m)]
        return StrategicGame.of(["Row", "Column"], names, cells)


def rows(settings: Settings) -> Iterator[Row]:
    """Sizes of at most `settings.largest` cells."""
    draw = np.random.default_rng(settings.seed)
    for n, number in SIZES.items():
        if n * n <= settings.largest:
            without_ties = _draw(draw, n, number, 100, ties=False)
            goal = TIMES_FASTER[n]
            yield from _against_peers(f"random {n} × {n}", without_ties, settings, goal)
    if settings.largest >= 100:
        with_ties = _draw(draw, 10, 3, 3, ties=True)
        yield from _against_peers("payoffs 0 to 2, 10 × 10, ties", with_ties, settings, None)
    if settings.largest >= IDENTITY**2:
        one = np.eye(IDENTITY, dtype=np.int64)
        name = f"identity {IDENTITY} × {IDENTITY}"
        yield from _against_peers(name, [Bimatrices(one, one)], settings, 1.0)


def _draw(
    draw: np.random.Generator, n: int, number: int, high: int, ties: bool
) -> list[Bimatrices]:
    """Games with payoffs below `high` that have finitely many equilibria, or infinitely many."""
    found: list[Bimatrices] = []
    while len(found) < number:
        drawn = Bimatrices(draw.integers(0, high, (n, n)), draw.integers(0, high, (n, n)))
        if (_solved(drawn.game).complete == "components") == ties:
            found.append(drawn)
    return found


def _solved(game: StrategicGame) -> Result:
    return solve(game, "nash", all=True, method="extreme-equilibria", limit=10**6)


def _against_peers(
    case: str, games: list[Bimatrices], settings: Settings, goal: float | None
) -> Iterator[Row]:
    ready = [(drawn, drawn.game) for drawn in games]
    ours = [_solved(game) for _, game in ready]
    finite = all(result.complete == "all" for result in ours)
    for result in ours:
        agree(_certified(result), f"{case}: not all certified")
    count = sum(len(result.equilibria) for result in ours)
    times: dict[str, float] = {}
    if shutil.which("lrsnash"):
        times["lrsnash"] = _time_lrsnash(case, games, ours)
    if finite and _has_quantecon():
        times["QuantEcon vertex_enumeration"] = _time_quantecon(case, games, ours, settings)
    seconds = middle(median(partial(_solved, game), settings.repeats) for _, game in ready)
    agreed = f"{count} equilibria certified" + "".join(f", the same as {peer}'s" for peer in times)
    cells = games[0].row.size
    best = min(times, key=lambda peer: times[peer], default="")
    for peer, theirs in times.items():
        if goal is None or peer != best:
            yield Row(case, cells, seconds, agreed, peer, theirs)
            continue
        met = theirs >= goal * seconds
        yield Row(case, cells, seconds, agreed, peer, theirs, f"{goal:g} × the fastest peer", met)
    if not times:
        yield Row(case, cells, seconds, agreed)
    if finite:
        alone = _search_alone(ready, settings)
        yield Row(f"{case}, search and weights alone", cells, alone, agreed)


def _search_alone(ready: list[tuple[Bimatrices, StrategicGame]], settings: Settings) -> float:
    """Without profiles, payoffs, certificates and components: exact integer weights."""
    from detente.solvers.bimatrix.label_batches import leaves, solutions

    def run(game: StrategicGame) -> None:
        bimatrix = Bimatrix.of(game)
        for batch in leaves(bimatrix, lambda: None, lambda done: None):
            solutions(bimatrix, batch)

    return middle(median(partial(run, game), settings.repeats) for _, game in ready)


def _certified(result: Result) -> bool:
    verdicts = {eq.certificate.verdict for eq in result.equilibria}
    return result.stopped == "finished" and verdicts == {"proved"}


def _pairs(result: Result) -> list[Pair]:
    return [(tuple(eq.profile.weights[0]), tuple(eq.profile.weights[1]))  # type: ignore[union-attr]
            for eq in result.equilibria]  # fmt: skip


# ── peers ──────────────────────────────────────────────────────────────────────────────────────


def _time_lrsnash(case: str, games: list[Bimatrices], ours: list[Result]) -> float:
    """Seconds of the program with its start and its output; the median over the games."""
    with tempfile.TemporaryDirectory() as folder:
        times = []
        for k, drawn in enumerate(games):
            path = Path(folder) / f"{k}.game"
            path.write_text(_for_lrsnash(drawn))
            listed, seconds = _timed(partial(_run_lrsnash, path))
            agree(set(_read_lrsnash(listed)) == set(_pairs(ours[k])), f"{case}: lrsnash differs")
            if seconds < SLOW:
                seconds = median(partial(_run_lrsnash, path), 3)
            times.append(seconds)
    return middle(times)


def _for_lrsnash(drawn: Bimatrices) -> str:
    m, n = drawn.row.shape
    tables = ["\n".join(" ".join(map(str, line)) for line in matrix.tolist())
              for matrix in (drawn.row, drawn.column)]  # fmt: skip
    return f"{m} {n}\n\n" + "\n\n".join(tables) + "\n"


def _run_lrsnash(path: Path) -> str:
    return subprocess.run(["lrsnash", str(path)], capture_output=True, text=True, check=True).stdout


def _read_lrsnash(text: str) -> Iterator[Pair]:
    """Its blocks: strategies of both players, all of them equilibria with each other."""
    for block in text.split("\n\n"):
        own: dict[str, list[tuple[Fraction, ...]]] = {"1": [], "2": []}
        for line in block.splitlines():
            parts = line.split()
            if parts and parts[0] in own:
                own[parts[0]].append(tuple(map(Fraction, parts[1:-1])))
        yield from product(own["1"], own["2"])


def _has_quantecon() -> bool:
    try:
        import quantecon  # noqa: F401
    except ImportError:
        return False
    return True


def _time_quantecon(
    case: str, games: list[Bimatrices], ours: list[Result], settings: Settings
) -> float:
    """Seconds once compiled; the median over the games."""
    from quantecon.game_theory import NormalFormGame, Player, vertex_enumeration

    def made(drawn: Bimatrices) -> Any:
        return NormalFormGame(
            (Player(drawn.row.astype(float)), Player(np.ascontiguousarray(drawn.column.T, float)))
        )

    vertex_enumeration(made(Bimatrices(games[0].row[:3, :3], games[0].column[:3, :3])))
    times = []
    for drawn, result in zip(games, ours, strict=True):
        peer = made(drawn)
        listed, seconds = _timed(partial(vertex_enumeration, peer))
        agree(_near(listed, _pairs(result)), f"{case}: QuantEcon differs")
        if seconds < SLOW:
            seconds = median(partial(vertex_enumeration, peer), settings.repeats)
        times.append(seconds)
    return middle(times)


def _near(theirs: list[tuple[NDArray[np.float64], ...]], ours: list[Pair]) -> bool:
    """Whether each list has a neighbor of each member of the other."""
    first = np.array([np.concatenate(pair) for pair in theirs])
    second = np.array([[float(p) for own in pair for p in own] for pair in ours])
    if len(first) != len(second):
        return False
    order = [np.lexsort(np.round(points, 6).T) for points in (first, second)]
    return bool(np.abs(first[order[0]] - second[order[1]]).max() < 1e-5)


def _timed(run: Callable[[], Any]) -> tuple[Any, float]:
    started = time.perf_counter()
    found = run()
    return found, time.perf_counter() - started
