"""A game solved at many draws at once, ties and all.

Draws in which the same equilibria follow a node share one state there: what these equilibria pay,
as functions of the parameters. Backward induction goes through the nodes once, and at each through
the states met, not through the draws: a comparison is one operation on an array. Values are float64
with a bound of their error (Higham 2002, section 3.3); where the bound leaves a comparison open,
the two functions are shown to be the same (a tie in all draws), or the draw is left in doubt.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from detente.errors import NotSupported, OutOfTime
from detente.game.expressions import ZERO, Expr
from detente.game.expressions.structure import NAME, NUMBER, SUM
from detente.game.expressions.tape import UNIT
from detente.game.tree import CHANCE
from detente.stability.following.induction import Entry, State
from detente.stability.robustness.regions.point import Point
from detente.stability.robustness.regions.regions import Around, Solved

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]
Flags = NDArray[np.bool_]
Rows = NDArray[np.intp]


ENTRIES = 60
"""Payoff vectors that a state may have: one bit of an integer each."""


REMEMBERED = 100_000
"""States that are kept for the next draws, at most."""


class Values:
    """Smooth expressions over a block of draws, each computed when first asked for.

    `draws` : float64 (num_names, num_draws); `fixed` : the values of the other parameters
    """

    def __init__(self, names: Sequence[str], fixed: Mapping[str, Fraction], draws: Floats) -> None:
        self.width = draws.shape[1]
        self._rows = dict(zip(names, draws, strict=True))
        self._fixed = fixed
        self._known: dict[Expr, tuple[Floats, Floats]] = {}

    @property
    def held(self) -> int:
        """How many expressions are held."""
        return len(self._known)

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

    def _sum(self, node: Expr, args: Sequence[tuple[Floats, Floats]]) -> tuple[Floats, Floats]:
        value, error = self._constant(node.head)
        error += UNIT * np.abs(value)
        rounding = (len(args) + 3) * UNIT
        for (x, dx), weight in zip(args, map(float, node.weights), strict=True):
            part = weight * x
            value += part
            error += abs(weight) * dx + rounding * np.abs(part)
        return value, error

    def _product(self, node: Expr, args: Sequence[tuple[Floats, Floats]]) -> tuple[Floats, Floats]:
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
    """A function for each of some draws, by its number, with values and bounds of their errors."""

    which: Ints
    value: Floats
    error: Floats

    def at(self, rows: Rows) -> Worth:
        """That of some of these draws."""
        return Worth(self.which[rows], self.value[rows], self.error[rows])

    def put(self, rows: Rows, other: Worth) -> None:
        """Take that of others for some of these draws."""
        self.which[rows], self.value[rows], self.error[rows] = other


class Many(Solved):
    """The equilibria of a game in all draws in which its numbers have one form.

    `wanted` : the nodes that are asked about; entries there tell where they come from
    `states_met` : every state, by number; more than a great many are forgotten between blocks
    `told` : what whoever asks has made of states, for as long as these have their numbers
    """

    def __init__(self, around: Around, point: Point, wanted: Iterable[int]) -> None:
        super().__init__(around, point)
        self.wanted = frozenset(wanted)
        self._prepare()

    def _prepare(self) -> None:
        """Settle the form that the numbers have at the point; where there is none, `fault`."""
        at = self.point.smooth(self._layout.expressions, self.relied)
        numbers = self._layout.numbers(at, ZERO, self._noted)
        if isinstance(numbers, str):
            self.fault = numbers
            return
        self._numbers = numbers
        self.states = [()] * len(self.moves)
        self._last_reader = self._last_readers()
        self._forget()

    def _last_readers(self) -> Sequence[int]:
        """For each node the parent that is solved last: the one that stands first."""
        found = [-1] * len(self.moves)
        for node in range(len(self.moves) - 1, -1, -1):
            for child in self.moves[node]:
                found[child] = node
        return found

    def _forget(self) -> None:
        """Begin anew with nothing met."""
        self.states_met: list[State] = []
        self._state_number: dict[State, int] = {}
        self._functions: list[Expr] = []
        self._function_number: dict[Expr, int] = {}
        self._made: dict[Any, int] = {}
        self._equal: dict[tuple[int, int], bool] = {}
        self._alike = {}
        self.told: dict[tuple[int, ...], int] = {}

    def show(self, nodes: Sequence[int], numbers: Sequence[int]) -> None:
        """Put states at nodes, for `states` to show them."""
        assert self.states is not None
        for node, number in zip(nodes, numbers, strict=True):
            self.states[node] = self.states_met[number]

    def over(
        self, values: Values, halt: Callable[[], bool] | None = None
    ) -> tuple[Mapping[int, Ints], Flags]:
        """Node wanted → the number of its state, int32 (num_draws,); and which draws are in doubt.

        What is said of a draw in doubt means nothing. Raises OutOfTime where `halt`, asked now and
        then, says yes.
        """
        if len(self.states_met) > REMEMBERED:
            self._forget()
        self._values = values
        self._doubt = np.zeros(values.width, dtype=bool)
        self._every = np.arange(values.width)
        self._at: dict[int, Ints] = {}
        self._sorted: dict[int, Sequence[tuple[int, Rows]]] = {}
        self._leasts: dict[tuple[int, int], Worth] = {}
        for node in range(len(self.moves) - 1, -1, -1):
            if node % 64 == 0 and halt is not None and halt():
                raise OutOfTime
            self._at[node] = self._states_at(node)
            for child in dict.fromkeys(self.moves[node]):
                if self._last_reader[child] == node:
                    self._let_go(child)
        self._let_go(0)
        return self._at, self._doubt

    def _states_at(self, node: int) -> Ints:
        mover = self.mover[node]
        if mover >= 0:
            return self._decided(node, self._column[mover])
        if mover == CHANCE:
            return self._drawn(node)
        return np.full(self._values.width, self._making(node, ()), dtype=np.int32)

    def _let_go(self, node: int) -> None:
        """Free what nothing reads any more."""
        self._sorted.pop(node, None)
        for column in self._column.values():
            self._leasts.pop((node, column), None)
        if node not in self.wanted:
            self._at.pop(node, None)

    # ── at a node ──────────────────────────────────────────────────────────────────────────────

    def _decided(self, node: int, column: int) -> Ints:
        children = self.moves[node]
        least = [self._least(child, column) for child in children]
        threshold = least[0].at(self._every)
        for worth in least[1:]:
            better = np.flatnonzero(self._sign(worth, threshold, self._every) > 0)
            threshold.put(better, worth.at(better))
        kept = _Kept(self._values.width)
        for position, (child, worth) in enumerate(zip(children, least, strict=True)):
            stays = self._sign(worth, threshold, self._every) >= 0
            for state, rows in self._groups(child):
                entries = self.states_met[state]
                if len(entries) == 1:
                    kept.add(rows[stays[rows]], (position, state, 1))
                    continue
                which, here = np.zeros(len(rows), dtype=np.int64), threshold.at(rows)
                for place, entry in enumerate(entries):
                    one = self._worth(entry.vector[column], rows)
                    which += (self._sign(one, here, rows) >= 0).astype(np.int64) << place
                for bits in np.unique(which[which > 0]).tolist():
                    kept.add(rows[which == bits], (position, state, bits))
        return kept.numbered(lambda items: self._making(node, items))

    def _groups(self, node: int) -> Sequence[tuple[int, Rows]]:
        """The states at a node, each with its draws."""
        found = self._sorted.get(node)
        if found is None:
            found = self._sorted[node] = list(_grouped(self._at[node]))
        return found

    def _least(self, child: int, column: int) -> Worth:
        """The least that the mover may get after the move to a child."""
        found = self._leasts.get((child, column))
        if found is None:
            width = self._values.width
            found = Worth(np.empty(width, dtype=np.int32), np.empty(width), np.empty(width))
            for state, rows in self._groups(child):
                entries = self.states_met[state]
                worth = self._worth(entries[0].vector[column], rows)
                for entry in entries[1:]:
                    other = self._worth(entry.vector[column], rows)
                    less = np.flatnonzero(self._sign(other, worth, rows) < 0)
                    worth.put(less, other.at(less))
                found.put(rows, worth)
            self._leasts[child, column] = found
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

        `items` : at a decision what is kept, (move, state after it, bits of the entries in it); at
            a move of chance the state after each outcome
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
            for position, number, bits in items:
                entries += [
                    Entry(entry.vector, entry.known, ((position, place),))
                    for place, entry in enumerate(self.states_met[number])
                    if bits >> place & 1
                ]
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
                entry.sources if node in self.wanted else (),
            )
            for entry in arrived
        )

    def _number(self, state: State) -> int:
        if len(state) > ENTRIES:
            raise NotSupported(
                f"more than {ENTRIES} equilibrium payoffs from one node on; they are not solved "
                "for many draws together."
            )
        found = self._state_number.get(state)
        if found is None:
            found = self._state_number[state] = len(self.states_met)
            self.states_met.append(state)
        return found

    # ── comparing ──────────────────────────────────────────────────────────────────────────────

    def _worth(self, function: Expr, rows: Rows) -> Worth:
        """One function for some draws."""
        number = self._function_number.setdefault(function, len(self._functions))
        if number == len(self._functions):
            self._functions.append(function)
        value, error = self._values.of(function)
        return Worth(np.full(len(rows), number, dtype=np.int32), value[rows], error[rows])

    def _sign(self, one: Worth, other: Worth, rows: Rows) -> NDArray[np.int8]:
        """The sign of the difference in these draws; where it is open, a draw is in doubt."""
        gap = one.value - other.value
        bound = one.error + other.error + UNIT * (np.abs(one.value) + np.abs(other.value))
        # Written so that a value that is no number is close.
        clear = np.abs(gap) > bound
        if not clear.all():
            self._settle(np.flatnonzero(~clear & (one.which != other.which)), one, other, rows)
        sign: NDArray[np.int8] = (np.sign(gap) * clear).astype(np.int8)
        return sign

    def _settle(self, close: Rows, one: Worth, other: Worth, rows: Rows) -> None:
        """Close values are equal where the functions are the same, else in doubt."""
        pairs = one.which[close].astype(np.int64) * len(self._functions) + other.which[close]
        for pair in np.unique(pairs).tolist():
            if not self._same(*divmod(pair, len(self._functions))):
                self._doubt[rows[close[pairs == pair]]] = True

    def _same(self, one: int, other: int) -> bool:
        found = self._equal.get((one, other))
        if found is None:
            difference = self._functions[one] - self._functions[other]
            found = self._equal[one, other] = self.point.is_zero(difference)
        return found


def _grouped(numbers: Ints) -> Iterator[tuple[int, Rows]]:
    """Each number that occurs, with the places where it does."""
    # Of short integers the sort is one by digits.
    short = numbers.astype(np.int16) if numbers.max() < 2**15 else numbers
    order = np.argsort(short, kind="stable")
    sorted_ = numbers[order]
    starts = [0, *(np.flatnonzero(np.diff(sorted_)) + 1).tolist(), len(numbers)]
    for first, stop in pairwise(starts):
        yield int(sorted_[first]), order[first:stop]


class _Kept:
    """Which items each draw keeps, one set for all draws that keep the same."""

    def __init__(self, width: int) -> None:
        self._set = np.zeros(width, dtype=np.int32)
        self._sets: list[tuple[Any, ...]] = [()]
        self._grown: dict[tuple[int, Any], int] = {}

    def add(self, rows: Rows, item: Any) -> None:
        """These draws keep the item too."""
        if not len(rows):
            return
        before = self._set[rows]
        for one in [int(before[0])] if (before == before[0]).all() else np.unique(before).tolist():
            after = self._grown.setdefault((one, item), len(self._sets))
            if after == len(self._sets):
                self._sets.append((*self._sets[one], item))
            self._set[rows[before == one]] = after

    def numbered(self, number: Callable[[tuple[Any, ...]], int]) -> Ints:
        """int32 (num_draws,), the number that each draw's set has."""
        sets, which = np.unique(self._set, return_inverse=True)
        found = [number(self._sets[s]) for s in sets.tolist()]
        return np.array(found, dtype=np.int32)[which]
