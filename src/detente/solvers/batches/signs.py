"""Which draws surely make expressions positive, by a tape with error bounds."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detente.game.expressions import Expr
from detente.game.expressions.tape import Tape, run_tape
from detente.game.kernels import compiled

Floats = NDArray[np.float64]

BLOCK = 512
"""Draws that are looked at at once: few enough for their values to stay in the cache."""


@dataclass(frozen=True, eq=False)
class Signs:
    """Expressions over many draws.

    `tape` : its outputs are the expressions
    """

    tape: Tape

    @classmethod
    def of(
        cls,
        expressions: Sequence[Expr],
        names: Sequence[str],
        fixed: Mapping[str, Fraction] | None = None,
    ) -> Signs:
        """
        `names` : the rows of the draws
        `fixed` : the values of parameters that are no rows
        """
        return cls(Tape.of(expressions, names, fixed))

    def positive(self, draws: Floats, threads: int = 1) -> NDArray[np.bool_]:
        """bool (num_draws,), whether every expression is above zero by more than its error bound.

        `draws` : float64 (num_names, num_draws), contiguous

        >>> from detente.game.expressions import name
        >>> signs = Signs.of([name("x"), 1 - name("x") / 3 * 3], ["x"])
        >>> signs.positive(np.array([[0.0, 0.5, 1.0]])).tolist()
        [False, True, False]
        """
        sure = np.zeros(draws.shape[1], dtype=np.bool_)
        count, tape = compiled(all_positive), self.tape

        def told(value: Any, error: Any, unsure: Any, first: int, width: int) -> None:
            count(value, error, unsure, tape.output, width, sure[first : first + width])

        self._run(draws, threads, told)
        return sure

    def values(self, draws: Floats, threads: int = 1) -> tuple[Floats, Floats]:
        """The expressions and their error bounds: float64 (num_expressions, num_draws) each.

        Where a choice between two is in doubt, the bounds are infinite.
        """
        shape = (len(self.tape.output), draws.shape[1])
        values, errors = np.empty(shape), np.empty(shape)

        def told(value: Any, error: Any, unsure: Any, first: int, width: int) -> None:
            where = slice(first, first + width)
            values[:, where] = value[self.tape.output, :width]
            errors[:, where] = error[self.tape.output, :width]
            errors[:, where][:, unsure[:width] != 0] = np.inf

        self._run(draws, threads, told)
        return values, errors

    def _run(self, draws: Floats, threads: int, told: Callable[..., None]) -> None:
        count = draws.shape[1]
        blocks = [(first, min(BLOCK, count - first)) for first in range(0, count, BLOCK)]
        shares = [blocks[i::threads] for i in range(threads)]
        if threads == 1:
            self._share(draws, shares[0], told)
        else:
            with ThreadPoolExecutor(threads) as pool:
                list(pool.map(lambda share: self._share(draws, share, told), shares))

    def _share(
        self, draws: Floats, blocks: Sequence[tuple[int, int]], told: Callable[..., None]
    ) -> None:
        walk, tape = compiled(run_tape), self.tape
        value, error = np.empty((2, tape.num_registers, BLOCK))
        unsure = np.zeros(BLOCK, dtype=np.uint8)
        for first, width in blocks:
            unsure[:] = 0
            walk(*tape.columns, draws, first, width, value, error, unsure)
            told(value, error, unsure, first, width)


def all_positive(
    value: Any, error: Any, unsure: Any, output: Any, width: int, sure: Any
) -> None:
    """Fill `sure`: whether all outputs are above their error bounds. A plain function over arrays.

    `value`, `error` : float64 (num_registers, at least width); `unsure` : uint8 (at least width,)
    `sure` : bool (width,)
    """
    for j in range(width):
        sure[j] = unsure[j] == 0
    for register in output:
        for j in range(width):
            # Written so that a value that is no number is not sure.
            sure[j] &= (value[register, j] > error[register, j]) & (value[register, j] < 1e300)
