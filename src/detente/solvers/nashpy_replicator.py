"""The method 'nashpy-replicator': two-population replicator dynamics (Taylor 1979), by nashpy.

It settles on strict equilibria and circles around others.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np

from detente.solvers.bimatrix.second_opinion import Pair, refusal, run
from detente.solvers.registry import Request, Solver

LONGEST = 10_000.0
"""Time after which the populations count as unsettled; payoffs are scaled to a range of 1."""


def _proposals(game: Any, request: Request) -> Iterator[Pair]:
    """The populations after a time of 10, 40, 160 …, from unequal shares of all strategies."""
    x, y = (_unequal(size) for size in game.payoff_matrices[0].shape)
    now, span = 0.0, 10.0
    while now < LONGEST:
        request.check()
        request.tell(f"time {now:.0f} of {LONGEST:.0f}", now / LONGEST)
        xs, ys = game.asymmetric_replicator_dynamics(x, y, np.linspace(0, span, 1000))
        x, y = (np.clip(own[-1], 0, None) for own in (xs, ys))
        x, y = x / x.sum(), y / y.sum()
        yield x, y
        now, span = now + span, span * 3


def _unequal(size: int) -> Any:
    """Shares that differ a little: equal ones may lie on an unstable balance."""
    shares = 1 + np.arange(size) / (10 * size)
    return shares / shares.sum()


SOLVER = Solver(
    name="nashpy-replicator",
    concepts=("nash",),
    delivers="some",
    exact=True,
    refusal=refusal,
    run=partial(run, "nashpy-replicator", _proposals, True),
    rank=95,
    accepts="two players: matrices, or trees by their reduced strategic form",
)
