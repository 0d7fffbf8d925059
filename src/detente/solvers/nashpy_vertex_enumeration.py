"""The method 'nashpy-vertex-enumeration': nashpy's vertex enumeration, a second opinion."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from detente.solvers.registry import Request, Solver
from detente.solvers.second_opinion import Pair, refusal, run


def _proposals(game: Any, request: Request) -> Iterator[Pair]:
    """Fully labelled pairs of vertices of the best-response polytopes."""
    yield from game.vertex_enumeration()


SOLVER = Solver(
    name="nashpy-vertex-enumeration",
    concepts=("nash",),
    delivers="some",
    exact=True,
    refusal=refusal,
    run=partial(run, "nashpy-vertex-enumeration", _proposals, False),
    rank=91,
    accepts="two players: matrices, or trees by their reduced strategic form",
)
