"""One equilibrium of random two-player matrices, against QuantEcon's Lemke–Howson and others.

The families: independent whole payoffs; those among them without a pure equilibrium; games without
an equilibrium in which one or two strategies each are played; and covariant games, normal payoffs
of negative correlation. Of independent games with a hundred strategies and more hardly one in ten
thousand has no equilibrium of two strategies each (on average there are nine at n = 100), so those
are made: the payoffs in the cells of such equilibria are drawn again until none is left.

What every program answers is judged in floating point, what this project answers exactly as well. A
peer that is not done after so many pivots counts with the time until then, and the row says so.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count, islice

import numpy as np
from numpy.typing import NDArray

from benchmarks.timing import Row, Settings, agree, median
from detente.game.labels import Labels
from detente.game.rationals import Payoffs
from detente.game.strategic import StrategicGame
from detente.game.tree import Outcomes
from detente.solvers import solve
from detente.solvers.bimatrix import two_by_two
from detente.solvers.registry import Request

Matrix = NDArray[np.int64]
Pair = tuple[Matrix, Matrix]

GAMES = {100: 15, 200: 9, 500: 5, 1000: 3}
"""Games of each size."""
PATIENCE = 10.0
"""Seconds that a peer gets for a game, and this project for a hard one."""
PEER_UP_TO = 500
"""Strategies up to which QuantEcon is asked: beyond, a pivot takes milliseconds."""
PAYOFFS = 10**6
CORRELATIONS = (-0.5, -0.9)
CLOSE = 1e-7
"""Regret of an equilibrium in floating point, for payoffs between 0 and 1."""


def rows(settings: Settings) -> Iterator[Row]:
    """Sizes of at most `settings.largest` cells."""
    for n, number in GAMES.items():
        if n * n > max(settings.largest, 10_000):
            return
        games = [independent(n, settings.seed + k) for k in range(number)]
        yield from _family("random", games, settings)
        drawn = (independent(n, settings.seed + k) for k in count())
        mixing = (pair for pair in drawn if not pure(pair))
        yield from _family("none pure", list(islice(mixing, number)), settings)
        hard = [without_small_supports(pair, settings.seed) for pair in games]
        yield from _family("none of one or two strategies", hard, settings)
    for correlation in CORRELATIONS:
        games = [covariant(100, correlation, settings.seed + k) for k in range(5)]
        yield from _family(f"covariant, correlation {correlation}", games, settings)


def _family(name: str, games: list[Pair], settings: Settings) -> Iterator[Row]:
    n = len(games[0][0])
    ready = [game_of(pair) for pair in games]
    for game, pair in zip(ready, games, strict=True):
        (found,) = solve(game, time_limit=PATIENCE).equilibria
        agree(found.certificate.verdict == "proved", f"{name}, n = {n}: not certified")
        x, y = (np.array([float(p) for p in own]) for own in found.profile.weights)
        agree(regret(pair, x, y) < CLOSE, f"{name}, n = {n}: no equilibrium in floating point")
    repeats = settings.repeats if n <= 200 and name == "random" else 1
    seconds = statistics.median(
        median(lambda game=game: solve(game), repeats) for game in ready  # type: ignore[misc]
    )
    agreed = f"{len(games)} games, each equilibrium certified exactly and by its regret in floats"
    case = f"one equilibrium, {name}, n = {n}"
    if n > PEER_UP_TO:
        yield Row(case, n * n, seconds, agreed, goal="in seconds", met=seconds < 5)
        return
    theirs = [_quantecon(pair) for pair in games]
    cut = sum(not one.finished for one in theirs)
    peer = "QuantEcon" + (f", {cut} of {len(theirs)} cut after {PATIENCE:.0f} s" if cut else "")
    middle = statistics.median(one.seconds for one in theirs)
    goal, least = {100: ("level", 0.9), 200: ("5 times", 5)}.get(n, ("in seconds", 0))
    told = name == "random"
    met = middle / seconds >= least and seconds < 5
    yield Row(case, n * n, seconds, agreed, peer, middle, goal if told else "",
              met if told else None)  # fmt: skip
    if name == "random" and n == 100:
        yield from _others(case, ready[:3], games[:3], settings)


# ── the games ────────────────────────────────────────────────────────────────────────────────────


def independent(n: int, seed: int) -> Pair:
    """Whole payoffs from 0 to a million, all independent."""
    row, column = np.random.default_rng(seed).integers(0, PAYOFFS, (2, n, n))
    return row, column


def covariant(n: int, correlation: float, seed: int) -> Pair:
    """Normal payoffs, in millionths, with this correlation between both in a cell."""
    first, second = np.random.default_rng(seed).normal(size=(2, n, n))
    other = correlation * first + np.sqrt(1 - correlation**2) * second
    return (first * PAYOFFS).astype(np.int64), (other * PAYOFFS).astype(np.int64)


def game_of(pair: Pair) -> StrategicGame:
    """The game of these matrices."""
    m, n = pair[0].shape
    table = np.stack([matrix.reshape(-1, order="F") for matrix in pair], axis=1)
    return StrategicGame(
        title=f"random {m} x {n}",
        players=("Row", "Column"),
        strategies=(tuple(map(str, range(m))), tuple(map(str, range(n)))),
        cell=np.arange(m * n, dtype=np.int32),
        outcomes=Outcomes(Labels.blank(m * n), Payoffs(np.ascontiguousarray(table), (1, 1))),
    )


Cells = tuple[list[int], list[int]]
"""Rows and columns."""


def pure(pair: Pair) -> list[Cells]:
    """The pure equilibria."""
    row, column = pair
    best = (row == row.max(axis=0)) & (column == column.max(axis=1)[:, None])
    return [([i], [j]) for i, j in np.argwhere(best).tolist()]


def pairs(pair: Pair) -> list[Cells]:
    """The supports of the equilibria of two strategies each: all of them are looked through."""
    row, column = scaled(pair)
    seen = two_by_two.candidates(row + 0.25, column + 0.25, lambda: None)
    return [cells for cells in seen if regret(pair, *mixed(pair, *cells)) < CLOSE]


def without_small_supports(pair: Pair, seed: int) -> Pair:
    """The game with some payoffs drawn again, until no equilibrium is pure or of two by two."""
    draw = np.random.default_rng(seed)
    row, column = (matrix.copy() for matrix in pair)
    while found := pure((row, column)) + pairs((row, column)):
        for cells in found:
            where = np.ix_(*cells)
            for matrix in (row, column):
                matrix[where] = draw.integers(0, PAYOFFS, matrix[where].shape)
    return row, column


def mixed(
    pair: Pair, rows: list[int], columns: list[int]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The mixture of two rows and two columns at which the other's two are alike."""
    row, column = scaled(pair)
    x, y = np.zeros(len(row)), np.zeros(row.shape[1])
    own, other = row[np.ix_(rows, columns)], column[np.ix_(rows, columns)]
    p, q = other[1, 1] - other[1, 0], own[1, 1] - own[0, 1]
    p /= p + other[0, 0] - other[0, 1]
    q /= q + own[0, 0] - own[1, 0]
    x[rows], y[columns] = (p, 1 - p), (q, 1 - q)
    return x, y


def scaled(pair: Pair) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Both matrices with payoffs between 0 and 1."""
    first, second = ((matrix - matrix.min()) / np.ptp(matrix) for matrix in pair)
    return first, second


def regret(pair: Pair, x: NDArray[np.float64], y: NDArray[np.float64]) -> float:
    """The most that either gains by another strategy, in floating point; payoffs from 0 to 1."""
    row, column = scaled(pair)
    return float(max((row @ y).max() - x @ row @ y, (x @ column).max() - x @ column @ y))


# ── the peers ────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class _Peer:
    seconds: float
    finished: bool


def _quantecon(pair: Pair) -> _Peer:
    """QuantEcon's Lemke–Howson from the first label, compiled before, cut after `PATIENCE`."""
    from quantecon.game_theory import NormalFormGame, Player, lemke_howson

    row, column = scaled(pair)
    game = NormalFormGame([Player(row), Player(np.ascontiguousarray(column.T))])
    lemke_howson(game, max_iter=2)
    started = time.perf_counter()
    lemke_howson(game, max_iter=200)
    pivot = (time.perf_counter() - started) / 200
    most = max(int(PATIENCE / max(pivot, 1e-7)), 1000)
    started = time.perf_counter()
    (x, y), told = lemke_howson(game, max_iter=most, full_output=True)
    seconds = time.perf_counter() - started
    if told.converged:
        agree(regret(pair, x, y) < 1e-5, "QuantEcon's answer is no equilibrium")
    return _Peer(seconds, bool(told.converged))


def _others(
    case: str, ready: list[StrategicGame], games: list[Pair], settings: Settings
) -> Iterator[Row]:
    """Gambit's `lcp` in floating point and nashpy, on some of the games (n = 100 at most)."""
    seconds = statistics.median(
        median(lambda game=game: solve(game), settings.repeats) for game in ready  # type: ignore[misc]
    )
    peers: dict[str, Callable[[Pair], float]] = {"Gambit lcp": _gambit, "nashpy": _nashpy}
    for name, run in peers.items():
        times = [run(pair) for pair in games]
        yield Row(case, ready[0].cell.size, seconds, "by regret in floats", name,
                  statistics.median(times))  # fmt: skip


def _gambit(pair: Pair) -> float:
    import pygambit

    row, column = scaled(pair)
    game = pygambit.Game.from_arrays(row, column)
    started = time.perf_counter()
    found = pygambit.nash.lcp_solve(game, rational=False, stop_after=1).equilibria
    seconds = time.perf_counter() - started
    for profile in found[:1]:
        x, y = (
            np.array([float(profile[s]) for s in player.strategies]) for player in game.players
        )
        agree(regret(pair, x, y) < 1e-5, "Gambit's answer is no equilibrium")
    return seconds


def _nashpy(pair: Pair) -> float:
    """nashpy's Lemke–Howson from the first label, cut after `PATIENCE`."""
    from detente.solvers.nashpy_lemke_howson import SOLVER

    started = time.perf_counter()
    SOLVER.run(game_of(pair), Request("nash", deadline=started + PATIENCE))
    return time.perf_counter() - started
