"""The method 'nashpy-support-enumeration': nashpy's support enumeration, a second opinion."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from detente.solvers.bimatrix.second_opinion import Pair, refusal, run
from detente.solvers.registry import Request, Solver


def _proposals(game: Any, request: Request) -> Iterator[Pair]:
    """Supports of equal size, one pair after another: all equilibria of nondegenerate games."""
    yield from game.support_enumeration()


SOLVER = Solver(
    name="nashpy-support-enumeration",
    concepts=("nash",),
    delivers="some",
    exact=True,
    refusal=refusal,
    run=partial(run, "nashpy-support-enumeration", _proposals, False),
    rank=90,
    accepts="two players: matrices, or trees by their reduced strategic form",
)
