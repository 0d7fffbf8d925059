"""Run a compiled game over draws, block after block, on as many threads as wanted."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detente.game.expressions import ONE, total
from detente.game.expressions.tape import Tape, run_tape
from detente.game.kernels import compiled
from detente.game.tree import Game
from detente.solvers.perfect_information.batch import BLOCK, Program, Sources
from detente.solvers.perfect_information.batch_kernel import DOUBT, error_bounds, run_program

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Told:
    """What draws come to at the nodes that were asked about.

    `choice` : int16 (num_told, num_draws), the action taken
    `mark` : uint8 (num_told, num_draws), bits BROKEN and DOUBT
    `end` : int32 (num_told, num_draws), where play ends up; no rows where that is not asked
    """

    choice: NDArray[np.int16]
    mark: NDArray[np.uint8]
    end: NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class Batch:
    """A game's program and, where its numbers are expressions, their tape.

    `tape` : its registers are the program's sources; None where draws are the sources themselves
    """

    program: Program
    tape: Tape | None = None

    @classmethod
    def of(
        cls,
        game: Game,
        told: Sequence[int],
        marked: Sequence[int] = (),
        ends: Mapping[int, int] | None = None,
        names: Sequence[str] | None = None,
        fixed: Mapping[str, Fraction] | None = None,
        unchosen: Collection[int] = (),
    ) -> Batch:
        """The batch of a game whose numbers are expressions of parameters.

        `told`, `marked`, `ends`, `unchosen` : see `Program.of`
        `names` : the rows of the draws
        `fixed` : the values of parameters that are no rows
        """
        formulas = game.formulas
        assert formulas is not None
        count, parts = game.num_players, list(formulas.probabilities)
        payoffs = [e for row in formulas.payoffs for e in row]
        discounts = [e for row in formulas.discounts for e in row]
        tape = Tape.of([*payoffs, *parts, *discounts], names, fixed)
        first, second = len(payoffs), len(payoffs) + len(parts)
        output = tape.output
        sources = Sources(
            payoff=output[:first].reshape(-1, count),
            probability=output[first:second],
            discount=output[second:].reshape(-1, count),
            count=tape.num_registers,
        )
        return cls(Program.of(game, sources, told, marked, ends, unchosen), tape)

    def run(self, draws: Floats, threads: int = 1) -> Told:
        """Solve every draw.

        `draws` : float64 (num_names, num_draws), parameters in the order of the tape; without a
            tape (num_sources, num_draws), the payoffs and probabilities themselves
        """
        count = draws.shape[1]
        told = Told(*self.program.answers(count))
        blocks = [(first, min(first + BLOCK, count)) for first in range(0, count, BLOCK)]
        shares = [blocks[i::threads] for i in range(threads)]
        if threads == 1:
            self._solve(draws, shares[0], told)
        else:
            with ThreadPoolExecutor(threads) as pool:
                list(pool.map(lambda share: self._solve(draws, share, told), shares))
        return told

    def _solve(self, draws: Floats, blocks: Sequence[tuple[int, int]], told: Told) -> None:
        program, tape = self.program, self.tape
        solve, bound = compiled(run_program), compiled(error_bounds)
        room, answers = program.room(BLOCK), program.answers(BLOCK)
        tolerance, aside = np.empty(BLOCK), np.empty((5, BLOCK))
        unsure = np.zeros(BLOCK, dtype=np.uint8)
        registers = (program.sources.count if tape is not None else 0, BLOCK)
        value, error = np.empty(registers), np.empty(registers)
        for first, stop in blocks:
            width, source, at = stop - first, draws, first
            if tape is not None:
                unsure[:] = 0
                compiled(run_tape)(*tape.columns, draws, first, width, value, error, unsure)
                source, at = value, 0
            bound(*self._bounds, source, error, at, width, aside, tolerance)
            solve(*program.columns, source, at, width, tolerance, *room, *answers)
            choice, mark, end = answers
            told.choice[:, first:stop] = choice[:, :width]
            told.mark[:, first:stop] = mark[:, :width] | (unsure[:width] * DOUBT)
            told.end[:, first:stop] = end[:, :width]

    @cached_property
    def _bounds(self) -> tuple[Any, ...]:
        """What `error_bounds` takes of the program."""
        program = self.program
        starts, rows = [0], list[int]()
        for one in self._unsure_sums:
            rows += one
            starts.append(len(rows))
        sums = np.array(rows, dtype=np.int32), np.array(starts, dtype=np.int32)
        return (*program.rows, *sums, program.length, program.fan)

    @cached_property
    def _unsure_sums(self) -> Sequence[Sequence[int]]:
        """The probabilities of each chance move, as rows, that do not sum to one as expressions."""
        program = self.program
        moves = {
            tuple(program.weight[one:stop].tolist())
            for one, stop in pairwise(program.child_start.tolist())
            if one < stop and program.weight[one] >= 0
        }
        return [move for move in sorted(moves) if not self._sum_to_one(move)]

    def _sum_to_one(self, rows: Sequence[int]) -> bool:
        if self.tape is None:
            return False
        return total(self.tape.expressions[row] for row in rows) is ONE
