"""A game solved at many draws at once, ties and all.

Draws in which the same equilibria follow a node share one state there: what these equilibria pay,
as functions of the parameters. Backward induction goes through the nodes once, and at each through
the states met, not through the draws: a comparison is one operation on an array. Values are float64
with a bound of their error (Higham 2002, section 3.3); where the bound leaves a comparison open,
the two functions are shown to be the same (a tie in all draws), or the draw is left in doubt.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from detente.game.expressions import ZERO, Expr
from detente.game.expressions.structure import NAME, NUMBER, SUM
from detente.game.expressions.tape import UNIT
from detente.game.tree import CHANCE
from detente.stability.following.induction import Entry, State
from detente.stability.robustness.regions import Solved

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]
Flags = NDArray[np.bool_]


class Values:
    """Smooth expressions over a block of draws, each computed when first asked for.

    `draws` : float64 (num_names, num_draws); `fixed` : the values of the other parameters
    """

    def __init__(
        self, names: Sequence[str], fixed: Mapping[str, Fraction], draws: Floats
    ) -> None:
        self.width = draws.shape[1]
        self._rows = dict(zip(names, draws, strict=True))
        self._fixed = fixed
        self._known: dict[Expr, tuple[Floats, Floats]] = {}

    def of(self, expression: Expr) -> tuple[Floats, Floats]:
        """Values and bounds of their errors, float64 (num_draws,)."""
        known = self._known
        found = known.get(expression)
        if found is None:
            for node in _missing(expression, known):
                known[node] = self._value(node)
            found = known[expression]
        return found

    def _value(self, node: Expr) -> tuple[Floats, Floats]:
        if node.kind == NUMBER:
            return self._constant(node.head)
        if node.kind == NAME:
            row = self._rows.get(node.head)
            if row is None:
                return self._constant(self._fixed[node.head])
            return row, np.zeros(self.width)
        args = [self._known[arg] for arg in node.args]
        return (self._sum if node.kind == SUM else self._product)(node, args)

    def _constant(self, number: Any) -> tuple[Floats, Floats]:
        value = float(number)
        off_by = 0.0 if Fraction(value) == number else UNIT * abs(value)
        return np.full(self.width, value), np.full(self.width, off_by)

    def _sum(
        self, node: Expr, args: Sequence[tuple[Floats, Floats]]
    ) -> tuple[Floats, Floats]:
        value, error = self._constant(node.head)
        error += UNIT * np.abs(value)
        rounding = (len(args) + 3) * UNIT
        for (x, dx), weight in zip(args, map(float, node.weights), strict=True):
            part = weight * x
            value += part
            error += abs(weight) * dx + rounding * np.abs(part)
        return value, error

    def _product(
        self, node: Expr, args: Sequence[tuple[Floats, Floats]]
    ) -> tuple[Floats, Floats]:
        value, error = np.ones(self.width), np.zeros(self.width)
        with np.errstate(all="ignore"):
            for (x, dx), power in zip(args, node.weights, strict=True):
                if power < 0:
                    room = np.abs(x) - dx
                    dx = np.where(room > 0.0, dx / (np.abs(x) * room), np.inf)
                    x = 1.0 / x
                    dx = dx + UNIT * np.abs(x)
                for _ in range(abs(power)):
                    product = value * x
                    error = np.abs(x) * error + np.abs(value) * dx + dx * error
                    error += UNIT * np.abs(product) + 1e-300
                    value = product
        return value, error


def _missing(top: Expr, known: Mapping[Expr, Any]) -> Iterable[Expr]:
    """What has no value yet, operands first."""
    order: dict[Expr, None] = {}
    stack = [top]
    while stack:
        node = stack[-1]
        pending = [arg for arg in node.args if arg not in known and arg not in order]
        if pending:
            stack.extend(pending)
            continue
        stack.pop()
        if node not in known:
            order[node] = None
    return order


class Worth(NamedTuple):
    """A function for each draw, by its number, with values and bounds of their errors."""

    which: Ints
    value: Floats
    error: Floats


class Many(Solved):
    """The equilibria of a game in all draws in which its numbers have one form.

    `states_met` : every state, by number
    """

    def prepare(self, sourced: Iterable[int] = ()) -> str:
        """Settle the form that the numbers have at the point; where there is none, why.

        `sourced` : nodes of which entries tell where they come from
        """
        at = self.point.smooth(self._layout.expressions, self.relied)
        numbers = self._layout.numbers(at, ZERO, self._noted)
        if isinstance(numbers, str):
            self.fault = numbers
            return numbers
        self._numbers = numbers
        self.states = [()] * len(self.moves)
        self._sourced = frozenset(sourced)
        self.states_met: list[State] = []
        self._state_number: dict[State, int] = {}
        self._functions: list[Expr] = []
        self._function_number: dict[Expr, int] = {}
        self._made: dict[Any, int] = {}
        self._equal: dict[tuple[int, int], bool] = {}
        return ""

    def run(self, values: Values) -> tuple[Sequence[Ints], Flags]:
        """For each node the number of its state, int32 (num_draws,); and which draws are in doubt.

        What is said of a draw in doubt means nothing.
        """
        self._values = values
        self._doubt = np.zeros(values.width, dtype=bool)
        self._at: list[Ints] = [np.zeros(0, dtype=np.int32)] * len(self.moves)
        for node in range(len(self.moves) - 1, -1, -1):
            self._check_time(node)
            mover = self.mover[node]
            if mover >= 0:
                self._at[node] = self._decided(node, self._column[mover])
            elif mover == CHANCE:
                self._at[node] = self._drawn(node)
            else:
                self._at[node] = np.full(values.width, self._making(node, ()), dtype=np.int32)
        return self._at, self._doubt

    # ── at a node ──────────────────────────────────────────────────────────────────────────────

    def _decided(self, node: int, column: int) -> Ints:
        children = self.moves[node]
        after = [self._at[child] for child in children]
        present = [np.unique(numbers).tolist() for numbers in after]
        least = [self._least(a, p, column) for a, p in zip(after, present, strict=True)]
        threshold = least[0]
        for worth in least[1:]:
            threshold = self._better(threshold, worth, 1)
        kept = _Kept(self._values.width)
        for position, (numbers, states) in enumerate(zip(after, present, strict=True)):
            if all(len(self.states_met[state]) == 1 for state in states):
                stays = self._sign(least[position], threshold) >= 0
                for state in np.unique(numbers[stays]).tolist():
                    kept.add(stays & (numbers == state), (position, state, 0))
                continue
            for state in states:
                here = numbers == state
                for place, entry in enumerate(self.states_met[state]):
                    worth = self._worth(entry.vector[column])
                    stays = here & (self._sign(worth, threshold, here) >= 0)
                    kept.add(stays, (position, state, place))
        return kept.numbered(lambda items: self._making(node, items))

    def _least(self, numbers: Ints, present: Sequence[int], column: int) -> Worth:
        """The least that the mover may get after one of its moves."""
        found: Worth | None = None
        for state in present:
            here = numbers == state
            entries = self.states_met[state]
            worth = self._worth(entries[0].vector[column])
            for entry in entries[1:]:
                worth = self._better(worth, self._worth(entry.vector[column]), -1, here)
            found = worth if found is None else _chosen(here, worth, found)
        assert found is not None
        return found

    def _drawn(self, node: int) -> Ints:
        children = self.moves[node]
        code = self._at[children[0]].astype(np.int64)
        for child in children[1:]:
            # Numbered anew each time, so that the codes stay small.
            code = np.unique(code, return_inverse=True)[1] * len(self.states_met)
            code += self._at[child]
        _, first, which = np.unique(code, return_index=True, return_inverse=True)
        made = [
            self._making(node, tuple([int(self._at[child][j]) for child in children]))
            for j in first.tolist()
        ]
        return np.array(made, dtype=np.int32)[which]

    def _making(self, node: int, items: tuple[Any, ...]) -> int:
        """The number of the state that these items make at a node.

        `items` : at a decision what is kept, (move, state after it, place in it); at a move of
            chance the state after each outcome
        """
        name = (node, items)
        found = self._made.get(name)
        if found is None:
            found = self._made[name] = self._number(self._made_of(node, items))
        return found

    def _made_of(self, node: int, items: tuple[Any, ...]) -> State:
        assert self.states is not None
        if self.mover[node] >= 0:
            entries = []
            for position, state, place in items:
                entry = self.states_met[state][place]
                entries.append(Entry(entry.vector, entry.known, ((position, place),)))
            state = self._merged(entries)
        elif items:
            for child, number in zip(self.moves[node], items, strict=True):
                self.states[child] = self.states_met[number]
            state = self._chance(node)
        else:
            state = (Entry(self._numbers.nothing, self.marks.start),)
        gain, factor = self._numbers.gains[node], self._numbers.factors[node]
        arrived = [self._arriving(node, entry, gain, factor) for entry in state]
        return tuple(
            Entry(
                tuple([self.key(value) for value in entry.vector]),
                entry.known,
                entry.sources if node in self._sourced else (),
            )
            for entry in arrived
        )

    def _number(self, state: State) -> int:
        found = self._state_number.get(state)
        if found is None:
            found = self._state_number[state] = len(self.states_met)
            self.states_met.append(state)
        return found

    # ── comparing ──────────────────────────────────────────────────────────────────────────────

    def _worth(self, function: Expr) -> Worth:
        """One function for all draws."""
        number = self._function_number.setdefault(function, len(self._functions))
        if number == len(self._functions):
            self._functions.append(function)
        value, error = self._values.of(function)
        return Worth(np.full(len(value), number, dtype=np.int32), value, error)

    def _better(self, one: Worth, other: Worth, which: int, here: Flags | None = None) -> Worth:
        """The greater one where `which` is 1, the less where it is -1; `one` where they tie."""
        return _chosen(self._sign(other, one, here) == which, other, one)

    def _sign(self, one: Worth, other: Worth, here: Flags | None = None) -> NDArray[np.int8]:
        """The sign of the difference; a draw in which it is open is in doubt from now on.

        `here` : the draws that matter
        """
        gap = one.value - other.value
        bound = one.error + other.error + UNIT * (np.abs(one.value) + np.abs(other.value))
        # Written so that a value that is no number is close.
        close = ~(np.abs(gap) > bound)
        if here is not None:
            close &= here
        if close.any():
            self._settle(np.flatnonzero(close), one.which, other.which)
        sign: NDArray[np.int8] = np.sign(np.where(np.abs(gap) > bound, gap, 0.0)).astype(np.int8)
        return sign

    def _settle(self, rows: NDArray[np.intp], one: Ints, other: Ints) -> None:
        """Close values are equal where the functions are the same, else in doubt."""
        rows = rows[one[rows] != other[rows]]
        pairs = one[rows].astype(np.int64) * len(self._functions) + other[rows]
        for pair in np.unique(pairs).tolist():
            if not self._same(*divmod(pair, len(self._functions))):
                self._doubt[rows[pairs == pair]] = True

    def _same(self, one: int, other: int) -> bool:
        found = self._equal.get((one, other))
        if found is None:
            difference = self._functions[one] - self._functions[other]
            found = self._equal[one, other] = self.point.is_zero(difference)
        return found


def _chosen(here: Flags, one: Worth, other: Worth) -> Worth:
    return Worth(
        np.where(here, one.which, other.which),
        np.where(here, one.value, other.value),
        np.where(here, one.error, other.error),
    )


class _Kept:
    """Which items each draw keeps, one set for all draws that keep the same."""

    def __init__(self, width: int) -> None:
        self._set = np.zeros(width, dtype=np.int32)
        self._sets: list[tuple[Any, ...]] = [()]
        self._grown: dict[tuple[int, Any], int] = {}

    def add(self, rows: Flags, item: Any) -> None:
        """These draws keep the item too."""
        for before in np.unique(self._set[rows]).tolist():
            after = self._grown.setdefault((before, item), len(self._sets))
            if after == len(self._sets):
                self._sets.append((*self._sets[before], item))
            self._set[rows & (self._set == before)] = after

    def numbered(self, number: Any) -> Ints:
        """int32 (num_draws,), the number that each draw's set has."""
        sets, which = np.unique(self._set, return_inverse=True)
        found = [number(self._sets[s]) for s in sets.tolist()]
        return np.array(found, dtype=np.int32)[which]
