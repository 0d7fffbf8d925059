"""Expressions as a tape: a flat program that a kernel runs over thousands of draws at once.

Values are float64, each with a bound of its own error (running error analysis, Higham 2002, section
3.3), so that what the bound leaves open can be told apart and settled exactly.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from detente.game.expressions.canonical import Expr, const
from detente.game.expressions.structure import (
    AND,
    AT_MOST,
    CONDITIONAL,
    EQUAL,
    LESS,
    MAX,
    MIN,
    NAME,
    NOT,
    NUMBER,
    PRODUCT,
    SUM,
    TRUTH,
    UNEQUAL,
    postorder,
)
from detente.game.kernels import Kernel

UNIT: Final = 2.0**-52
"""Twice the unit roundoff of float64: it also covers constants that no float holds exactly."""


@dataclass(frozen=True, eq=False)
class Tape:
    """Expressions in registers, operands before what is made of them.

    `names` : the parameters that are read, in the order of the rows of the draws
    `expressions` : what each register holds
    `kind` : int8 (num_registers,), as in `structure`
    `head` : float64 (num_registers,), the constant of a number or a sum; of a name, its row
    `slack` : float64 (num_registers,), what that constant is rounded by at most
    `start` : int32 (num_registers + 1,), where each register's operands begin
    `operand` : int32, registers
    `weight` : float64, an operand's coefficient in a sum or its power in a product
    `output` : int32 (num_expressions,), the register of each expression
    """

    names: tuple[str, ...]
    expressions: tuple[Expr, ...]
    kind: NDArray[np.int8]
    head: NDArray[np.float64]
    slack: NDArray[np.float64]
    start: NDArray[np.int32]
    operand: NDArray[np.int32]
    weight: NDArray[np.float64]
    output: NDArray[np.int32]

    @classmethod
    def of(
        cls,
        expressions: Sequence[Expr],
        names: Sequence[str] | None = None,
        fixed: Mapping[str, Fraction] | None = None,
    ) -> Tape:
        """The tape of these expressions, each shared part once.

        `names` : the rows of the draws; the parameters in alphabetical order unless given
        `fixed` : the values of parameters that are no rows
        """
        given = postorder(expressions)
        order = [_settled(node, fixed or {}) for node in given]
        register = {node: i for i, node in enumerate(given)}
        used = sorted({str(node.head) for node in order if node.kind == NAME})
        rows = {name: i for i, name in enumerate(used if names is None else names)}
        counts = [len(node.args) for node in order]
        return cls(
            names=tuple(rows),
            expressions=tuple(given),
            kind=np.array([node.kind for node in order], dtype=np.int8),
            head=np.array([_head(node, rows) for node in order], dtype=np.float64),
            slack=np.array([_slack(node) for node in order], dtype=np.float64),
            start=np.cumsum([0, *counts], dtype=np.int32),
            operand=np.array([register[a] for n in given for a in n.args], dtype=np.int32),
            weight=np.array([w for node in order for w in _weights(node)], dtype=np.float64),
            output=np.array([register[e] for e in expressions], dtype=np.int32),
        )

    @property
    def num_registers(self) -> int:
        return len(self.kind)

    @cached_property
    def columns(self) -> tuple[Any, ...]:
        """What `run_tape` takes of the tape."""
        return self.kind, self.head, self.slack, self.start, self.operand, self.weight

    def run(self, draws: NDArray[np.float64]) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
        """All expressions over all draws, in Python: for a few, and to test the kernel against.

        `draws` : float64 (num_names, num_draws)

        Comes back as values and error bounds, float64 (num_expressions, num_draws), and bool
        (num_draws,), whether a test in a conditional is closer than its error bound.

        >>> from detente.game.expressions import name
        >>> tape = Tape.of([name("x") * 2 + 1])
        >>> tape.run(np.array([[1.0, 2.0]]))[0].tolist()
        [[3.0, 5.0]]
        """
        width = draws.shape[1]
        shape = (self.num_registers, width)
        value, error = np.empty(shape), np.empty(shape)
        unsure = np.zeros(width, dtype=np.uint8)
        walk: Kernel = run_tape
        with np.errstate(all="ignore"):
            walk(*self.columns, draws, 0, width, value, error, unsure)
        return value[self.output], error[self.output], unsure.astype(bool)


def _settled(node: Expr, fixed: Mapping[str, Fraction]) -> Expr:
    """The number that stands for a fixed parameter; any other node is itself."""
    return const(fixed[node.head]) if node.kind == NAME and node.head in fixed else node


def _head(node: Expr, rows: Mapping[str, int]) -> float:
    if node.kind == NAME:
        return rows[node.head]
    return float(node.head) if node.kind in (NUMBER, SUM, TRUTH) else 0.0


def _slack(node: Expr) -> float:
    if node.kind not in (NUMBER, SUM) or Fraction(node.head) == Fraction(float(node.head)):
        return 0.0
    return UNIT * abs(float(node.head))


def _weights(node: Expr) -> Sequence[float]:
    if node.kind in (SUM, PRODUCT):
        return [float(weight) for weight in node.weights]
    return [0.0] * len(node.args)


def run_tape(
    kind: Any,
    head: Any,
    slack: Any,
    start: Any,
    operand: Any,
    weight: Any,
    draws: Any,
    first: int,
    width: int,
    value: Any,
    error: Any,
    unsure: Any,
) -> None:
    """Fill `value` and `error` of all registers for draws first … first + width - 1.

    A plain function over arrays, see `game.kernels`. What cannot be computed is nan, with an error
    without bound.

    `draws` : float64 (num_names, num_draws)
    `value`, `error` : float64 (num_registers, at least width)
    `unsure` : uint8 (at least width,), set where a test is closer than its error bound
    """
    for register in range(len(kind)):
        what = kind[register]
        one, stop = start[register], start[register + 1]
        if what in (NUMBER, TRUTH):
            for j in range(width):
                value[register, j] = head[register]
                error[register, j] = slack[register]
        elif what == NAME:
            row = int(head[register])
            for j in range(width):
                value[register, j] = draws[row, first + j]
                error[register, j] = 0.0
        elif what == SUM:
            for j in range(width):
                value[register, j] = head[register]
                error[register, j] = slack[register] + UNIT * abs(head[register])
            terms = stop - one + 1
            for k in range(one, stop):
                arg, factor = operand[k], weight[k]
                size = abs(factor)
                for j in range(width):
                    part = factor * value[arg, j]
                    value[register, j] += part
                    error[register, j] += size * error[arg, j] + (terms + 2) * UNIT * abs(part)
        elif what == PRODUCT:
            for j in range(width):
                value[register, j] = 1.0
                error[register, j] = 0.0
            for k in range(one, stop):
                arg, power = operand[k], int(weight[k])
                for _ in range(abs(power)):
                    for j in range(width):
                        x, dx = value[arg, j], error[arg, j]
                        if power < 0:
                            # 1/x moves by at most dx / (|x| (|x| - dx)).
                            room = abs(x) * (abs(x) - dx)
                            dx = dx / room if room > 0.0 else np.inf
                            x = 1.0 / x if x != 0.0 else np.nan
                            dx += UNIT * abs(x)
                        y, dy = value[register, j], error[register, j]
                        value[register, j] = x * y
                        error[register, j] = (
                            abs(x) * dy + abs(y) * dx + dx * dy + UNIT * abs(x * y) + 1e-300
                        )
        elif what in (MIN, MAX):
            arg = operand[one]
            for j in range(width):
                value[register, j] = value[arg, j]
                error[register, j] = error[arg, j]
            for k in range(one + 1, stop):
                arg = operand[k]
                for j in range(width):
                    x, y = value[arg, j], value[register, j]
                    if (x < y) == (what == MIN) or x != x:
                        value[register, j] = x
                    error[register, j] = max(error[register, j], error[arg, j])
        elif what == CONDITIONAL:
            test, yes, no = operand[one], operand[one + 1], operand[one + 2]
            for j in range(width):
                branch = yes if value[test, j] != 0.0 else no
                value[register, j] = value[branch, j]
                error[register, j] = error[branch, j]
                # A doubtful test does no harm where it decides between equals.
                if error[test, j] != 0.0 and yes != no:
                    unsure[j] = 1
        elif what in (LESS, AT_MOST, EQUAL, UNEQUAL):
            arg = operand[one]
            for j in range(width):
                x, dx = value[arg, j], error[arg, j]
                if what == LESS:
                    holds = x < 0.0
                elif what == AT_MOST:
                    holds = x <= 0.0
                elif what == EQUAL:
                    holds = x == 0.0
                else:
                    holds = x != 0.0
                value[register, j] = 1.0 if holds else 0.0
                # Of a truth the error says whether it is in doubt; exact zeros are not.
                error[register, j] = 0.0 if abs(x) > dx or dx == 0.0 else 1.0
        elif what == NOT:
            arg = operand[one]
            for j in range(width):
                value[register, j] = 1.0 - value[arg, j]
                error[register, j] = error[arg, j]
        else:  # AND, OR: one sure false, or true, decides
            decisive = 0.0 if what == AND else 1.0
            for j in range(width):
                value[register, j] = 1.0 - decisive
                error[register, j] = 0.0
            for k in range(one, stop):
                arg = operand[k]
                for j in range(width):
                    settled = value[register, j] == decisive and error[register, j] == 0.0
                    if settled:
                        continue
                    if value[arg, j] == decisive:
                        value[register, j] = decisive
                        error[register, j] = error[arg, j]
                    elif error[arg, j] != 0.0:
                        error[register, j] = error[arg, j]
