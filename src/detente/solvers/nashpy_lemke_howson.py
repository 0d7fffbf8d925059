"""The method 'nashpy-lemke-howson': nashpy's Lemke–Howson, a second opinion."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from detente.solvers.bimatrix.second_opinion import Pair, refusal, run
from detente.solvers.registry import AnyGame, Request, Solver
from detente.solvers.result import Result

PATIENCE = 5.0
"""Seconds for one label: in degenerate games nashpy's pivoting may cycle."""


class _Labels:
    """What every starting label leads to; one that is cut short does not end the others."""

    def __init__(self, game: Any, request: Request) -> None:
        self.game = game
        self.labels = iter(range(sum(game.payoff_matrices[0].shape)))

    def __iter__(self) -> Iterator[Pair]:
        return self

    def __next__(self) -> Pair:
        x, y = self.game.lemke_howson(initial_dropped_label=next(self.labels))
        return x, y


def _run(game: AnyGame, request: Request) -> Result:
    return run("nashpy-lemke-howson", _Labels, False, game, request, patience=PATIENCE)


SOLVER = Solver(
    name="nashpy-lemke-howson",
    concepts=("nash",),
    delivers="some",
    exact=True,
    refusal=refusal,
    run=_run,
    rank=92,
    accepts="two players: matrices, or trees by their reduced strategic form",
)
