"""The method 'nashpy-vertex-enumeration': nashpy's vertex enumeration, a second opinion."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from detente.errors import NotSupported
from detente.game.strategic import StrategicGame
from detente.solvers.bimatrix.second_opinion import Pair, refusal, run
from detente.solvers.registry import AnyGame, Request, Solver

MOST = 16
"""Strategies of a player. The vertices are listed in one call that no time limit reaches into:
seconds at this size, and twice as long with every strategy more."""


def _proposals(game: Any, request: Request) -> Iterator[Pair]:
    """Fully labelled pairs of vertices of the best-response polytopes."""
    large = _too_large(max(game.payoff_matrices[0].shape))
    if large is not None:  # a tree, of which only now it is known
        raise NotSupported(large)
    yield from game.vertex_enumeration()


def _too_large(strategies: int) -> str | None:
    if strategies <= MOST:
        return None
    return (
        f"nashpy-vertex-enumeration takes at most {MOST} strategies a player, since it cannot be "
        f"stopped; here are {strategies}. Method 'extreme-equilibria' takes more."
    )


def _refusal(game: AnyGame) -> str | None:
    found = refusal(game)
    if found is None and isinstance(game, StrategicGame):
        return _too_large(max(game.shape))
    return found


SOLVER = Solver(
    name="nashpy-vertex-enumeration",
    concepts=("nash",),
    delivers="some",
    exact=True,
    refusal=_refusal,
    run=partial(run, "nashpy-vertex-enumeration", _proposals, False),
    rank=91,
    accepts="two players with few strategies: matrices, or trees by their reduced strategic form",
)
