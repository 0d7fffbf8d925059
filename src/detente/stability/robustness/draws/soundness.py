"""Which draws make a game at all: probabilities, discount factors and times that are such."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detente.errors import DetenteError
from detente.game.expressions import ONE, Expr, evaluate, total
from detente.game.expressions.tape import Tape, run_tape
from detente.game.kernels import compiled
from detente.game.tree import Game
from detente.stability.case import demands_of
from detente.summit.demands import Kind

Floats = NDArray[np.float64]

BLOCK = 4096
"""Draws that are looked at at once."""


@dataclass(frozen=True, eq=False)
class Demands:
    """What a file asks of its numbers, as differences that must not be negative, or be zero.

    `floors` : must be at least zero
    `positive` : must be above zero
    `zeros` : must be zero
    """

    floors: tuple[Expr, ...]
    positive: tuple[Expr, ...]
    zeros: tuple[Expr, ...]
    names: tuple[str, ...]
    fixed: Mapping[str, Fraction]

    @classmethod
    def of(
        cls, talks: Any, games: Sequence[Game], names: Sequence[str], fixed: Mapping[str, Fraction]
    ) -> Demands:
        """The demands of talks and of the games that judge their bundles.

        `names` : the parameters that are drawn; `fixed` : the values of the others
        """
        floors, positive, zeros = dict[Expr, None](), dict[Expr, None](), dict[Expr, None]()
        for game in games:
            formulas = game.formulas
            if formulas is None:
                continue
            floors.update(dict.fromkeys(formulas.probabilities))
            for odds in _chances(game):
                zeros[total(formulas.probabilities[odds.start : odds.stop]) - 1] = None
        kinds = {Kind.FLOOR: floors, Kind.POSITIVE: positive, Kind.ZERO: zeros}
        for demand in demands_of(talks):
            kinds[demand.kind][demand.expression] = None
        drawn = frozenset(names)

        def moving(exprs: Mapping[Expr, None]) -> tuple[Expr, ...]:
            return tuple(e for e in exprs if not drawn.isdisjoint(e.parameters))

        return cls(moving(floors), moving(positive), moving(zeros), tuple(names), fixed)

    def fails(self, draws: Floats) -> NDArray[np.bool_]:
        """bool (num_draws,), whether a draw breaks a demand; exact.

        `draws` : float64 (num_names, num_draws)
        """
        found = np.zeros(draws.shape[1], dtype=bool)
        if not len(self._tape.output):
            return found
        for first in range(0, draws.shape[1], BLOCK):
            stop = min(first + BLOCK, draws.shape[1])
            found[first:stop] = self._block(draws[:, first:stop])
        return found

    @cached_property
    def _tape(self) -> Tape:
        return Tape.of([*self.floors, *self.positive, *self.zeros], self.names, self.fixed)

    def _block(self, draws: Floats) -> NDArray[np.bool_]:
        tape, width = self._tape, draws.shape[1]
        value, error = np.empty((2, tape.num_registers, width))
        unsure = np.zeros(width, dtype=np.uint8)
        block = np.ascontiguousarray(draws)
        compiled(run_tape)(*tape.columns, block, 0, width, value, error, unsure)
        value, error = value[tape.output], error[tape.output]
        # Written so that a value that is no number is in doubt.
        sure = (np.abs(value) > error) | ((error == 0.0) & np.isfinite(value))
        floors, both = len(self.floors), len(self.floors) + len(self.positive)
        holds = value == 0.0
        holds[:floors] = value[:floors] >= 0.0
        holds[floors:both] = value[floors:both] > 0.0
        broken: NDArray[np.bool_] = (sure & ~holds).any(axis=0) & (unsure == 0)
        doubtful = ~broken & (~sure.all(axis=0) | (unsure != 0))
        for j in np.flatnonzero(doubtful):
            broken[j] = self._exactly(draws[:, j])
        return broken

    def _exactly(self, draw: Floats) -> bool:
        values = dict(self.fixed) | dict(zip(self.names, map(Fraction, draw.tolist()), strict=True))
        try:
            floors = evaluate(self.floors, values)
            positive = evaluate(self.positive, values)
            zeros = evaluate(self.zeros, values)
        except DetenteError:
            return True
        return min(floors, default=0) < 0 or min(positive, default=1) <= 0 or any(zeros)


def _chances(game: Game) -> Iterator[range]:
    """The positions of the probabilities of each chance move, where they may not sum to one."""
    formulas, sets = game.formulas, game.infosets
    assert formulas is not None
    starts = sets.action_start[sets.num_player_infosets :] - sets.num_player_actions
    for one, stop in pairwise(starts.tolist()):
        if total(formulas.probabilities[one:stop]) is not ONE:
            yield range(one, stop)
