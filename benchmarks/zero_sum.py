"""Zero-sum matrices, against HiGHS through scipy and QuantEcon's minmax."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.bare_highs import matrix_program
from benchmarks.timing import Row, Settings, agree, median
from detente.game.labels import Labels
from detente.game.rationals import Payoffs
from detente.game.strategic import StrategicGame
from detente.game.tree import Outcomes
from detente.solvers import solve
from detente.solvers.registry import Arithmetic

SIZES = (100, 300, 1000)
GOAL_FROM = 300
CELLS = 90_000
"""Cells from which the peers run once only."""
CLOSE = 1e-9


def rows(settings: Settings) -> Iterator[Row]:
    """Random whole payoffs from -100 to 100, in floating point and exactly."""
    for size in SIZES:
        if size * size > max(settings.largest, 10_000):
            return
        matrix = np.random.default_rng(settings.seed).integers(-100, 101, (size, size))
        peers = [peer(name, run, matrix) for name, run in (("HiGHS", highs), ("QuantEcon", minmax))]
        game = zero_sum(matrix)
        for arithmetic in ("float", "auto"):
            yield from against(game, arithmetic, peers, settings)


def against(
    game: StrategicGame,
    arithmetic: Arithmetic,
    peers: list[tuple[str, float, float]],
    settings: Settings,
) -> Iterator[Row]:
    """One row, beside the faster of the two."""
    result = solve(game, "nash", "sequence-form-lp", arithmetic=arithmetic)
    equilibrium = result.equilibria[0]
    bound = equilibrium.certificate.max_regret
    agree(bound is not None and float(bound) < CLOSE, "an equilibrium, by its certificate")
    worth = float(equilibrium.payoffs["One"])
    for name, found, _ in peers:
        agree(abs(found - worth) < 1e-6, f"{worth}; {name}'s {found}")
    size = game.shape[0]
    seconds = median(
        lambda: solve(game, "nash", "sequence-form-lp", arithmetic=arithmetic),
        settings.repeats if size < 1000 else 1,
    )
    name, _, fastest = min(peers, key=lambda one: one[2])
    slower, _, longest = max(peers, key=lambda one: one[2])
    case = "zero-sum matrix, " + ("floating point" if arithmetic == "float" else "exact")
    goal = size >= GOAL_FROM and arithmetic == "float"  # what the peers answer is not exact
    yield Row(
        f"{case}, n = {size}", size * size, seconds,
        f"the value with {name}'s and {slower}'s, which takes {longest:.3g} s", name, fastest,
        "level with the faster" if goal else "", seconds <= 1.1 * fastest if goal else None,
    )  # fmt: skip


def zero_sum(matrix: NDArray[np.int64]) -> StrategicGame:
    """The game in which the row player gains the entry and the column player loses it."""
    m, n = matrix.shape
    cells = matrix.reshape(-1, order="F")
    return StrategicGame(
        title=f"zero-sum {m} x {n}",
        players=("One", "Two"),
        strategies=(tuple(map(str, range(m))), tuple(map(str, range(n)))),
        cell=np.arange(m * n, dtype=np.int32),
        outcomes=Outcomes(
            Labels.blank(m * n), Payoffs(np.stack([cells, -cells], axis=1), (1, 1))
        ),
    )


def peer(name: str, run: Any, matrix: NDArray[np.int64]) -> tuple[str, float, float]:
    """(name, value, seconds): the median of three, or of one where that takes long."""
    floats = matrix.astype(np.float64)
    times = []
    for _ in range(3 if matrix.size <= CELLS else 1):
        found, seconds = run(floats)
        times.append(seconds)
    return name, found, sorted(times)[len(times) // 2]


def highs(matrix: NDArray[np.float64]) -> tuple[float, float]:
    """(value, seconds) of bare HiGHS on the program."""
    seconds, found = matrix_program(matrix).seconds()
    return found, seconds


def minmax(matrix: NDArray[np.float64]) -> tuple[float, float]:
    """(value, seconds) of QuantEcon's simplex method, compiled before."""
    from quantecon.optimize.minmax import minmax as compiled

    compiled(np.array([[1.0, 0.0], [0.0, 1.0]]))
    started = time.perf_counter()
    found, _, _ = compiled(matrix)
    return float(found), time.perf_counter() - started
