"""All equilibria throughout a cell of a plane of two parameters: bounds of them on both sides.

In a cell some signs are known, others are not. Backward induction then keeps at each node all
payoff vectors that may be those of an equilibrium somewhere in the cell, and marks those that
surely are, everywhere in it. A move that is surely worse than another is gone, with everything
behind it: what is not known there decides nothing. Where both bounds say the same of what is asked,
it is proved all over the cell; where they do not, the comparisons that may be to blame are told.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from detente.errors import NotSupported, OutOfTime
from detente.game.tree import CHANCE, Game
from detente.stability.following.induction import VECTORS
from detente.stability.following.line import Forms
from detente.stability.following.marks import Marks
from detente.stability.following.numbers import Layout, Numbers
from detente.stability.robustness.maps.boxes import Box, Signs
from detente.stability.robustness.maps.surface import Quotient, Surface

CROWD = 48
"""Payoff vectors of a node beyond which a cell is too large, some signs being unknown."""

Vector: TypeAlias = tuple[Quotient, ...]
Row: TypeAlias = tuple[tuple[Quotient, bool], ...]
"""What a side may get by a move, and whether it surely may."""


class Crowded(Exception):
    """Too much may be the case in a cell."""


class View:
    """What signs are known in a cell.

    `box` : it lies in this one
    `known` : factor → its sign, -1, 0 or 1, all over the cell
    `wanted` : factors whose signs were taken to be positive, not being known
    """

    after = False

    def __init__(
        self, surface: Surface, signs: Signs, box: Box, known: Mapping[int, int],
        over: list[int] | None = None,
    ) -> None:  # fmt: skip
        self.surface, self.box, self.known = surface, box, known
        self.wanted: set[int] = set()
        self._signs = signs
        self._over = signs.over(box) if over is None else over
        self._found: dict[int, int | None] = {}

    def within(self, known: Mapping[int, int]) -> View:
        """A cell of the same box."""
        return View(self.surface, self._signs, self.box, known, self._over)

    def sign(self, function: Quotient) -> int:
        """The sign; 1, and wanted, where it is not known."""
        found = self.of(function)
        if found is None:
            self.wanted |= self.unknown(function)
            return 1
        return found

    def of(self, function: Quotient) -> int | None:
        """The sign, None where it is not known."""
        number = function.number
        if number not in self._found:
            self._found[number] = self._product(function)
        return self._found[number]

    def unknown(self, function: Quotient) -> set[int]:
        """The factors that keep a sign from being known."""
        return {number for number, odd in function.factors[1] if self._factor(number) is None}

    def _product(self, function: Quotient) -> int | None:
        found: int | None
        found, factors = function.factors
        for number, odd in factors:
            sign = self._factor(number)
            if sign == 0:
                return 0
            if sign is None:
                found = None
            elif odd and found is not None:
                found *= sign
        return found

    def _factor(self, number: int) -> int | None:
        sign = self.known.get(number)
        if sign is not None:
            return sign
        if number >= len(self._over):
            self._over += self._signs.over(self.box, len(self._over))
        return self._over[number] or None


@dataclass(frozen=True, slots=True)
class Entry:
    """A payoff vector that may be one of equilibria from a node on.

    `may` : all that equilibria paying it may do, see `marks`
    `must` : what some of them surely do; None where it is not sure that there are any
    `sources` : at a decision, where it comes from: (position of the move, of the entry after it,
        whether it surely does)
    """

    vector: Vector
    may: Any
    must: Any
    sources: tuple[tuple[int, int, bool], ...] = ()


State: TypeAlias = tuple[Entry, ...]


class Setting:
    """A game over a plane of two parameters, to be looked at cell by cell.

    `roots` : the nodes whose states are asked for
    """

    def __init__(
        self, game: Game, names: tuple[str, str], marks: Marks, roots: Sequence[int]
    ) -> None:
        if game.formulas is None:
            raise NotSupported(f"'{game.title}' has no parameters: nothing in it can move.")
        self.marks, self.roots = marks, roots
        self.deadline: float | None = None
        self.surface = Surface(names)
        self.signs = Signs(self.surface.factors)
        self.layout = Layout(game)
        self.forms = Forms(names, game.formulas.values(), self.layout.expressions, self.surface)
        self.column = {player: i for i, player in enumerate(self.layout.players)}
        self.mover: list[int] = game.mover.tolist()
        self.moves = [game.children_of(node) for node in range(game.num_nodes)]

    def over(self, box: Box) -> View:
        """What is known over a closed box."""
        return View(self.surface, self.signs, box, {})


class Enclosed:
    """The equilibria throughout a cell.

    `states` : for each node; None where the game is not defined, or not known
    `fault` : why it is not defined
    `open` : at which nodes which factors would have to be known

    Raises Crowded where too much may be, NotSupported where too much is, OutOfTime.
    """

    def __init__(self, setting: Setting, view: View) -> None:
        self.setting, self.view = setting, view
        self.states: list[State] | None = None
        self.open: dict[int, set[int]] = {}
        self.fault = ""
        self.wanted: set[int] = set()
        self._numbers: Numbers
        self._live: list[int] | None = None
        self._rest: list[int] | None = None

    @classmethod
    def anew(cls, setting: Setting, view: View) -> Enclosed:
        """Looked at from scratch."""
        found = cls(setting, view)
        numbers = setting.layout.numbers(
            setting.forms.at(view), setting.surface.constant(0), view.sign
        )
        if view.wanted:
            found.wanted = set(view.wanted)
        elif isinstance(numbers, str):
            found.fault = numbers
        else:
            found._numbers = numbers
            found.states = [()] * len(setting.moves)
            for node in range(len(setting.moves) - 1, -1, -1):
                found.states[node] = found._node(node)
        return found

    def closer(self, view: View) -> Enclosed:
        """A cell within this one, where no less is known: only what was open is looked at again."""
        if self.states is None:
            return self if self.fault else Enclosed.anew(self.setting, view)
        found = Enclosed(self.setting, view)
        found._numbers = self._numbers
        found.states, found.open = list(self.states), dict(self.open)
        changed = set[int]()
        for node in self._unsettled():
            if node in self.open or not changed.isdisjoint(self.setting.moves[node]):
                found.open.pop(node, None)
                state = found._node(node)
                if state != found.states[node]:
                    changed.add(node)
                    found.states[node] = state
        return found

    def blamed(self) -> set[int]:
        """The factors that would have to be known for what is asked to be sure."""
        return self.wanted or set[int]().union(*(self.open.get(n, ()) for n in self._lively()))

    def _lively(self) -> list[int]:
        """The nodes that may matter to what is asked, the last ones first.

        What lies behind a move that is surely worse than another does not.
        """
        if self._live is None:
            assert self.states is not None
            moves, mover = self.setting.moves, self.setting.mover
            seen = set(self.setting.roots)
            stack = list(seen)
            while stack:
                node = stack.pop()
                onwards = moves[node]
                if mover[node] >= 0:
                    taken = {move for entry in self.states[node] for move, _, _ in entry.sources}
                    onwards = [onwards[move] for move in taken]
                fresh = [child for child in onwards if child not in seen]
                seen.update(fresh)
                stack += fresh
            self._live = sorted(seen, reverse=True)
        return self._live

    # ── one node after the other ───────────────────────────────────────────────────────────────

    def _unsettled(self) -> list[int]:
        """Of these, the nodes behind which something is open."""
        if self._rest is None:
            flagged = set[int]()
            for node in self._lively():
                if node in self.open or not flagged.isdisjoint(self.setting.moves[node]):
                    flagged.add(node)
            self._rest = [node for node in self._lively() if node in flagged]
        return self._rest

    def _node(self, node: int) -> State:
        deadline = self.setting.deadline
        if node % 64 == 0 and deadline is not None and time.perf_counter() > deadline:
            raise OutOfTime
        mover, marks = self.setting.mover[node], self.setting.marks
        if mover >= 0:
            state = self._decision(node, self.setting.column[mover])
        elif mover == CHANCE:
            state = self._chance(node)
        else:
            state = (Entry(self._numbers.nothing, marks.start, marks.start),)
        self._bound(len(state))
        gain, factor = self._numbers.gains[node], self._numbers.factors[node]
        return tuple([self._arriving(node, entry, gain, factor) for entry in state])

    def _bound(self, count: int) -> None:
        if self.open and count > CROWD:
            raise Crowded
        if count > VECTORS:
            raise NotSupported(
                f"more than {VECTORS} equilibrium payoffs from one node on; they are not followed."
            )

    def _arriving(
        self, node: int, entry: Entry, gain: Vector | None, factor: Vector | None
    ) -> Entry:
        vector, passing = entry.vector, self.setting.marks.passing
        if gain is not None:
            vector = tuple([v + g for v, g in zip(vector, gain, strict=True)])
        if factor is not None:
            vector = tuple([v * f for v, f in zip(vector, factor, strict=True)])
        must = None if entry.must is None else passing(node, entry.must)
        return Entry(vector, passing(node, entry.may), must, entry.sources)

    def _decision(self, node: int, column: int) -> State:
        assert self.states is not None
        after = [self.states[child] for child in self.setting.moves[node]]
        best = self._best(after, column)
        if best is not None:
            entry = after[best][0]
            return (
                Entry(entry.vector, entry.may, entry.must, ((best, 0, entry.must is not None),)),
            )
        # Refusals lead to the same continuation: alike moves are compared once.
        rows = [
            tuple(dict.fromkeys([(e.vector[column], e.must is not None) for e in state]))
            for state in after
        ]
        left = self._left(rows)
        if len(left) > 1:
            self._note(node, left)
        enough = {value: self._surely_enough(value, left) for value in set().union(*left.values())}
        kept: list[Entry] = []
        for move, (row, state) in enumerate(zip(rows, after, strict=True)):
            values = left.get(row, set())
            for place, entry in enumerate(state):
                value = entry.vector[column]
                if value in values:
                    sure = entry.must is not None and enough[value]
                    must = entry.must if sure else None
                    kept.append(Entry(entry.vector, entry.may, must, ((move, place, sure),)))
        return tuple(kept) if len(kept) == 1 else self._merged(kept)

    def _best(self, after: Sequence[State], column: int) -> int | None:
        """The move that is surely better than all others, each of which leads to one entry."""
        best, value = 0, after[0][0].vector[column]
        for move, state in enumerate(after):
            if len(state) > 1:
                return None
            if move:
                other = state[0].vector[column]
                sign = self.view.of(other - value)
                if not sign:
                    return None
                if sign > 0:
                    best, value = move, other
        return best

    def _left(self, rows: Iterable[Row]) -> dict[Row, set[Quotient]]:
        """For each kind of move, the values that are not surely below all those of another one."""
        kinds = list(dict.fromkeys(rows))
        lead = kinds[0]
        for row in kinds[1:]:
            if self._beats(row, lead[0][0]):
                lead = row
        first = {row: {v for v, _ in row if row is lead or not self._beats(lead, v)}
                 for row in kinds}  # fmt: skip
        first = {row: values for row, values in first.items() if values}
        if len(first) == 1:
            return first
        left = {
            row: {v for v in values if not any(self._beats(o, v) for o in first if o is not row)}
            for row, values in first.items()
        }
        return {row: values for row, values in left.items() if values}

    def _note(self, node: int, left: Mapping[Row, set[Quotient]]) -> None:
        """The factors that keep it from being known which of several moves is best."""
        unknown = set[int]()
        pairs = {
            (one, other) if one.number < other.number else (other, one)
            for row, values in left.items()
            for one in values
            for others in left
            if others is not row
            for other, _ in others
        }
        for one, other in pairs:
            difference = other - one
            if self.view.of(difference) is None:
                unknown |= self.view.unknown(difference)
        if unknown:
            self.open[node] = unknown

    def _beats(self, row: Row, value: Quotient) -> bool:
        """Whether all values of a move surely exceed one."""
        return all(self.view.of(other - value) == 1 for other, _ in row)

    def _surely_enough(self, value: Quotient, left: Iterable[Row]) -> bool:
        """Whether a value is surely no less than the least of every move."""
        for row in left:
            signs = [(self.view.of(other - value), sure) for other, sure in row]
            at_most = [(sign is not None and sign <= 0, sure) for sign, sure in signs]
            if not all(no_more for no_more, _ in at_most) and (True, True) not in at_most:
                return False
        return True

    def _chance(self, node: int) -> State:
        assert self.states is not None
        marks = self.setting.marks
        joint: list[Entry] | None = None
        odds_there = self._numbers.odds[node]
        for child, odds in zip(self.setting.moves[node], odds_there, strict=True):
            likely = self.view.sign(odds) > 0
            outcome = [
                Entry(
                    tuple([odds * v for v in entry.vector]),
                    marks.weighed(entry.may, likely),
                    None if entry.must is None else marks.weighed(entry.must, likely),
                )
                for entry in self.states[child]
            ]
            joint = outcome if joint is None else self._combined(joint, outcome)
        assert joint is not None
        return tuple(joint)

    def _combined(self, one: list[Entry], other: list[Entry]) -> list[Entry]:
        """Every sum: continuations after different outcomes are chosen independently."""
        self._bound(len(one) * len(other) // 64)
        together = self.setting.marks.together
        sums = [
            Entry(
                tuple([v + w for v, w in zip(mine.vector, theirs.vector, strict=True)]),
                together(mine.may, theirs.may),
                None if mine.must is None or theirs.must is None
                else together(mine.must, theirs.must),
            )
            for mine in one
            for theirs in other
        ]  # fmt: skip
        return sums if len(sums) == 1 else list(self._merged(sums))

    def _merged(self, entries: Iterable[Entry]) -> State:
        """One entry a vector."""
        either = self.setting.marks.either
        found: dict[Vector, Entry] = {}
        for entry in entries:
            known = found.get(entry.vector)
            if known is not None:
                sure = [must for must in (known.must, entry.must) if must is not None]
                entry = Entry(
                    entry.vector,
                    either(known.may, entry.may),
                    None if not sure else either(sure[0], sure[-1]),
                    (*known.sources, *entry.sources),
                )
            found[entry.vector] = entry
        return tuple(found.values())
