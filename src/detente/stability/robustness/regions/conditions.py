"""Sign conditions on functions of the parameters: what a verdict rests on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detente.errors import ExpressionError, NotSupported
from detente.game.expressions import Expr, evaluate
from detente.game.expressions.structure import SUM
from detente.game.expressions.tape import Tape, run_tape
from detente.game.kernels import compiled
from detente.stability.robustness.regions.point import Point, Relied
from detente.stability.robustness.regions.quotients import Linear, Polynomial

BLOCK = 4096
"""Draws that are tested at once."""


@dataclass(frozen=True)
class Condition:
    """That a function has the sign that it has at a point.

    `function` : an expression without choices
    `sign` : -1, 0 or 1
    `point` : where; it is part of no comparison
    """

    function: Expr
    sign: int
    point: Point = field(repr=False, compare=False)

    @cached_property
    def polynomial(self) -> Polynomial:
        """What is above zero (if `sign` is 0: is zero) exactly where the condition holds.

        The denominators are cleared; their signs are conditions of the same region. A
        `flint.fmpq_mpoly` in the parameters `point.values` in their order. Raises NotSupported
        where it has too many terms.
        """
        quotients = self.point.quotients
        quotient = quotients.of(self.function)
        sign = self.sign or 1
        for base, power in quotient.below.items():
            if power % 2:
                sign *= self._sign_of(quotients.factor(base))
        return quotient.above * sign

    @cached_property
    def linear(self) -> Linear | None:
        """`polynomial` as a linear function; None where it is none, or too long to say."""
        try:
            return self.point.quotients.linear(self.polynomial)
        except NotSupported:
            return None

    def holds(self, values: Mapping[str, Fraction]) -> bool:
        """Whether it holds exactly where the parameters have these values.

        Of a function that is not defined there it does not.
        """
        try:
            value = evaluate([self.function], values)[0]
        except ExpressionError:
            return False
        return (value > 0) - (value < 0) == self.sign

    def _sign_of(self, polynomial: Polynomial) -> int:
        value = polynomial(*[self.point.rational(name) for name in self.point.quotients.names])
        return 1 if value > 0 else -1


def conditions(relied: Relied, point: Point) -> tuple[Condition, ...]:
    """The signs that were relied on, each once up to a factor."""
    found: dict[Expr, int] = {}
    for function, sign in relied.items():
        if function.kind == SUM and function.weights[0] != 1:
            lead = Fraction(function.weights[0])
            function, sign = function * (1 / lead), sign if lead > 0 else -sign
        found[function] = sign
    return tuple([Condition(function, sign, point) for function, sign in found.items()])


class Screen:
    """Conditions over many draws at once.

    `names` : the parameters that the rows of the draws are
    `fixed` : the values of the others; conditions on these alone are taken to hold
    """

    def __init__(
        self, asked: Iterable[Condition], names: Sequence[str], fixed: Mapping[str, Fraction]
    ) -> None:
        drawn = frozenset(names)
        kept = [c for c in asked if not drawn.isdisjoint(c.function.parameters)]
        self._sign = np.array([c.sign for c in kept], dtype=np.int8)
        self._tape = Tape.of([c.function for c in kept], names, fixed)

    def surely(self, draws: NDArray[np.float64]) -> NDArray[np.bool_]:
        """bool (num_draws,), whether all of them hold at a draw, and surely so.

        `draws` : float64 (num_names, num_draws), each taken as the number that it is
        """
        count = draws.shape[1]
        found = np.ones(count, dtype=bool)
        if len(self._sign):
            for first in range(0, count, BLOCK):
                block = np.ascontiguousarray(draws[:, first : first + BLOCK])
                found[first : first + BLOCK] = self._block(block)
        return found

    def _block(self, draws: NDArray[np.float64]) -> Any:
        tape, width = self._tape, draws.shape[1]
        value, error = np.empty((2, tape.num_registers, width))
        unsure = np.zeros(width, dtype=np.uint8)
        compiled(run_tape)(*tape.columns, draws, 0, width, value, error, unsure)
        value, error = value[tape.output], error[tape.output]
        # Written so that a value that is no number is not sure.
        sure = (np.abs(value) > error) | ((error == 0.0) & np.isfinite(value))
        return (sure & (np.sign(value) == self._sign[:, None])).all(axis=0)
