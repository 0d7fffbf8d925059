"""The method 'nashpy-fictitious-play': fictitious play (Brown 1951), run by nashpy.

Each player answers what the other has played so far; it settles in zero-sum, potential and
dominance-solvable games, and cycles in others (Shapley 1964).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np

from detente.solvers.bimatrix.second_opinion import Pair, refusal, run
from detente.solvers.registry import Request, Solver

ROUNDS = 20_000
"""Rounds after which play counts as unsettled."""


def _proposals(game: Any, request: Request) -> Iterator[Pair]:
    """How often each strategy was played, after 10, 20, 40 … rounds."""
    look = 10
    # nashpy breaks ties by numpy's global generator: the same run for the same game.
    before = np.random.get_state()
    np.random.seed(0)
    try:
        for t, counts in enumerate(game.fictitious_play(iterations=ROUNDS)):
            if t % 64 == 0:
                request.check()
                request.tell(f"round {t} of {ROUNDS}", t / ROUNDS)
            if t == look:
                look *= 2
                x, y = (np.asarray(own, dtype=np.float64) for own in counts)
                yield x / x.sum(), y / y.sum()
    finally:
        np.random.set_state(before)


SOLVER = Solver(
    name="nashpy-fictitious-play",
    concepts=("nash",),
    delivers="some",
    exact=True,
    refusal=refusal,
    run=partial(run, "nashpy-fictitious-play", _proposals, True),
    rank=95,
    accepts="two players: matrices, or trees by their reduced strategic form",
)
