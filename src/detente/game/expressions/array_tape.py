"""A tape run on arrays of any device, through the functions that the array API standard names.

Register after register, each over all draws at once: `run_tape`, with whole rows for its inner
loops. Arrays may be numpy's, cupy's, torch's or any that follow the standard.
"""

from __future__ import annotations

import sys
from typing import Any

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
    OR,
    PRODUCT,
    SUM,
    TRUTH,
)
from detente.game.expressions.tape import UNIT, Tape

Array = Any
"""An array of whatever library."""


def namespace(array: Array) -> Any:
    """The functions that go with an array: `array.__array_namespace__()`, or torch itself."""
    found = getattr(array, "__array_namespace__", None)
    if found is not None:
        return found()
    return sys.modules[type(array).__module__.partition(".")[0]]


class ArrayTape:
    """The registers of a tape over some draws.

    `value`, `error` : (num_draws,) each, by register, as in `Tape.run`
    `unsure` : bool (num_draws,), whether a test in a conditional is closer than its error bound
    """

    def __init__(self, tape: Tape, draws: Array) -> None:
        """
        `draws` : float64 (num_names, num_draws)
        """
        self.tape, self.draws, self.xp = tape, draws, namespace(draws)
        self.zero = self.xp.zeros_like(self.xp.sum(draws, axis=0))
        self.value: list[Array] = []
        self.error: list[Array] = []
        self.unsure = self.zero != 0.0
        for register in range(tape.num_registers):
            value, error = self._register(register)
            self.value.append(value)
            self.error.append(error)

    def _register(self, register: int) -> tuple[Array, Array]:
        kind, head = int(self.tape.kind[register]), float(self.tape.head[register])
        if kind in (NUMBER, TRUTH):
            return self.zero + head, self.zero + float(self.tape.slack[register])
        if kind == NAME:
            return self.draws[int(head), :], self.zero
        if kind == SUM:
            return self._sum(register)
        if kind == PRODUCT:
            return self._product(register)
        if kind in (MIN, MAX):
            return self._extreme(register, kind)
        return self._choice(register) if kind == CONDITIONAL else self._test(register, kind)

    def _operands(self, register: int) -> list[tuple[int, float]]:
        tape = self.tape
        span = slice(int(tape.start[register]), int(tape.start[register + 1]))
        return list(zip(tape.operand[span].tolist(), tape.weight[span].tolist(), strict=True))

    def _sum(self, register: int) -> tuple[Array, Array]:
        head, slack = float(self.tape.head[register]), float(self.tape.slack[register])
        parts = self._operands(register)
        value, error = self.zero + head, self.zero + (slack + UNIT * abs(head))
        rounding = (len(parts) + 3) * UNIT
        for arg, factor in parts:
            part = factor * self.value[arg]
            value = value + part
            error = error + abs(factor) * self.error[arg] + rounding * abs(part)
        return value, error

    def _product(self, register: int) -> tuple[Array, Array]:
        value, error = self.zero + 1.0, self.zero
        for arg, power in self._operands(register):
            x, dx = self.value[arg], self.error[arg]
            if power < 0:
                x, dx = self._inverse(x, dx)
            for _ in range(abs(int(power))):
                off = abs(x) * error + abs(value) * dx + dx * error
                value = x * value
                error = off + UNIT * abs(value) + 1e-300
        return value, error

    def _inverse(self, x: Array, dx: Array) -> tuple[Array, Array]:
        where, size = self.xp.where, abs(x)
        room = size * (size - dx)
        safe = room > 0.0
        one = self.zero + 1.0
        inverse = one / where(x != 0.0, x, one)
        off = dx / where(safe, room, one) + UNIT * abs(inverse)
        none = self.zero + float("nan")
        return where(x != 0.0, inverse, none), where(safe, off, self.zero + float("inf"))

    def _extreme(self, register: int, kind: int) -> tuple[Array, Array]:
        where = self.xp.where
        (first, _), *others = self._operands(register)
        value, error = self.value[first], self.error[first]
        for arg, _ in others:
            x = self.value[arg]
            better = (x < value) if kind == MIN else (x >= value)
            value = where(better | (x != x), x, value)
            error = where(self.error[arg] > error, self.error[arg], error)
        return value, error

    def _choice(self, register: int) -> tuple[Array, Array]:
        where = self.xp.where
        (test, _), (yes, _), (no, _) = self._operands(register)
        holds = self.value[test] != 0.0
        if yes != no:
            self.unsure = self.unsure | (self.error[test] != 0.0)
        return (
            where(holds, self.value[yes], self.value[no]),
            where(holds, self.error[yes], self.error[no]),
        )

    def _test(self, register: int, kind: int) -> tuple[Array, Array]:
        parts = [arg for arg, _ in self._operands(register)]
        if kind in (AND, OR):
            return self._joined(parts, 0.0 if kind == AND else 1.0)
        x, dx = self.value[parts[0]], self.error[parts[0]]
        if kind == NOT:
            return 1.0 - x, dx
        compare = {LESS: x < 0.0, AT_MOST: x <= 0.0, EQUAL: x == 0.0}
        holds = compare.get(kind, x != 0.0)
        sure = (abs(x) > dx) | (dx == 0.0)
        one = self.zero + 1.0
        return self.xp.where(holds, one, self.zero), self.xp.where(sure, self.zero, one)

    def _joined(self, parts: list[int], decisive: float) -> tuple[Array, Array]:
        """One sure false, or true, decides."""
        where = self.xp.where
        value, error = self.zero + (1.0 - decisive), self.zero
        for arg in parts:
            x, dx = self.value[arg], self.error[arg]
            settled = (value == decisive) & (error == 0.0)
            decides = ~settled & (x == decisive)
            error = where(decides | (~settled & (dx != 0.0)), dx, error)
            value = where(decides, x, value)
        return value, error
