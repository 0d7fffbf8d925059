"""All pure subgame-perfect equilibria of a game, followed along one parameter.

From every node on, the equilibria are known as the set of what they pay, in functions of the
parameter. Which functions these are hangs on comparisons: what a move brings against what another
one brings. Between two zeros of these differences the equilibria stay the same profiles of moves.
So the game is solved once, at the lower end of the range; the next place where a comparison that
the solution relies on turns is a root of a polynomial, found exactly; there only the nodes that
rely on it are decided anew, and what lies above them if they change. (This is how kinetic data
structures work; Basch, Guibas and Hershberger 1997.) A difference that is zero throughout is a tie
that stays, and set-valued backward induction keeps both ways.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from heapq import heapify, heappop, heappush
from typing import Any, TypeAlias

from detente.errors import NotSupported, OutOfTime
from detente.game.tree import CHANCE, Game
from detente.stability.following.algebraic import Place
from detente.stability.following.functions import Function, is_constant, key
from detente.stability.following.marks import Marks
from detente.stability.following.numbers import Numbers, NumbersAlong
from detente.stability.following.spot import Spot, roots_of
from detente.stability.following.union import Interval

VECTORS = 2048
"""Payoff vectors that a node may have."""

Vector: TypeAlias = tuple[Function, ...]
"""What the players who move get from a node on."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One payoff vector of the equilibria from a node on.

    `known` : what the equilibria that pay it do, see `marks`
    `sources` : at a decision, where it comes from: (position of the move, of the entry after it)
    """

    vector: Vector
    known: Any
    sources: tuple[tuple[int, int], ...] = ()


State: TypeAlias = tuple[Entry, ...]


class Sweep:
    """The equilibria of a game of perfect information along one of its parameters.

    `marks` : what is asked of the equilibria
    `within` : the interval that the parameter runs through; its lower end is finite
    `without` : nodes that no move leads to, unless no other is left; none of them after chance
    `states` : where the sweep has come to, the equilibria from each node on; None where the game
        is not defined
    `fault` : why it is not

    Raises NotSupported where a node has too many equilibrium payoffs, OutOfTime where the deadline
    (`time.perf_counter`) passes.
    """

    def __init__(
        self,
        game: Game,
        parameter: str,
        within: Interval,
        marks: Marks,
        deadline: float | None = None,
        without: Collection[int] = (),
    ) -> None:
        self.within = within
        self.marks = marks
        self.deadline = deadline
        self.mover: list[int] = game.mover.tolist()
        self.moves = [game.children_of(node) for node in range(game.num_nodes)]
        if without:
            self.moves = [
                [child for child in children if child not in without] or children
                for children in self.moves
            ]
        self.numbers_along = NumbersAlong(game, parameter)
        self._column = {player: i for i, player in enumerate(self.numbers_along.players)}
        self._above: list[list[int]] = [[] for _ in self.moves]
        for node, children in enumerate(self.moves):
            for child in dict.fromkeys(children):
                self._above[child].append(node)
        self.states: list[State] | None = None
        self.fault = ""
        self._numbers: Numbers
        # The next zero of what a node's decision relies on, and the nodes in order of it.
        self._due: list[Place | None] = []
        self._heap: list[tuple[Place, int]] = []
        # The nodes with a difference that is zero at the spot only.
        self._touching: set[int] = set()

    # ── from place to place ────────────────────────────────────────────────────────────────────

    def run(self) -> Iterator[tuple[Interval, bool]]:
        """Points and open intervals in ascending order, and whether `states` differs from before.

        `states` is that of the interval until the next one is asked for.
        """
        place, high = self.within.low, self.within.high
        assert place is not None
        if self.within.low_closed:
            yield Interval(place, place), self._anew(Spot(place, after=False))
        while high is None or place < high:
            changed = self._onwards(place)
            following = self._next(place)
            if following is None or (high is not None and following > high):
                following = high
            yield Interval(place, following, False, False), changed
            if following is None or (following == high and not self.within.high_closed):
                break
            place = following
            yield Interval(place, place), self._arrive(place)

    def _arrive(self, place: Place) -> bool:
        """At a place, coming from below it; whether anything differs there."""
        spot = Spot(place, after=False)
        if self.states is None or self._turns_at(place):
            return self._anew(spot)
        due = set()
        while self._heap and self._heap[0][0] <= place:
            at, node = heappop(self._heap)
            if self._due[node] == at:
                due.add(node)
        return self._update(due, spot)

    def _onwards(self, place: Place) -> bool:
        """Just after a place; whether anything differs there."""
        spot = Spot(place, after=True)
        if self.states is None or self._turns_at(place):
            return self._anew(spot)
        return self._update(self._touching, spot)

    def _turns_at(self, place: Place) -> bool:
        """Whether an expression may change its form, or a probability its sign, at a place."""
        spot = Spot(place, after=False)
        return any(spot.sign(turn) == 0 for turn in self.numbers_along.turns)

    def _next(self, place: Place) -> Place | None:
        """The next place where something that is relied on turns."""
        found = [
            root for turn in self.numbers_along.turns for root in roots_of(turn) if root > place
        ]
        while self._heap and self._due[self._heap[0][1]] != self._heap[0][0]:
            heappop(self._heap)
        if self._heap:
            found.append(self._heap[0][0])
        return min(found, default=None)

    # ── deciding ───────────────────────────────────────────────────────────────────────────────

    def _anew(self, spot: Spot) -> bool:
        """The whole game solved at a spot; whether anything differs there."""
        before = self.states
        numbers = self.numbers_along.at(spot)
        count = len(self.moves)
        self._touching = set()
        self._due, self._heap = [None] * count, []
        if isinstance(numbers, str):
            self.states, self.fault = None, numbers
            return True
        self._numbers, self.fault = numbers, ""
        self.states = [()] * count
        for node in range(count - 1, -1, -1):
            self._check_time(node)
            self.states[node] = self._node(node, spot)
        return before is None or not all(map(_alike, before, self.states))

    def _update(self, nodes: Iterable[int], spot: Spot) -> bool:
        """These nodes decided anew at a spot, and all that this changes; whether it does."""
        waiting = [-node for node in nodes]
        heapify(waiting)
        self._touching = set()
        states = self.states
        assert states is not None
        changed, last = False, -1
        while waiting:
            node = -heappop(waiting)
            if node == last:
                continue
            last = node
            self._check_time(node)
            state = self._node(node, spot)
            if not _alike(states[node], state):
                states[node], changed = state, True
                for above in self._above[node]:
                    heappush(waiting, -above)
        return changed

    def _check_time(self, node: int) -> None:
        if node % 64 == 0 and self.deadline is not None and time.perf_counter() > self.deadline:
            raise OutOfTime

    def _node(self, node: int, spot: Spot) -> State:
        mover = self.mover[node]
        if mover >= 0:
            state = self._decision(node, self._column[mover], spot)
        elif mover == CHANCE:
            state = self._chance(node, spot)
        else:
            state = (Entry(self._numbers.nothing, self.marks.start),)
        if len(state) > VECTORS:
            raise NotSupported(
                f"more than {VECTORS} equilibrium payoffs from one node on; they are not followed."
            )
        gain, factor = self._numbers.gains[node], self._numbers.factors[node]
        return tuple([self._arriving(node, entry, gain, factor) for entry in state])

    def _arriving(
        self, node: int, entry: Entry, gain: Vector | None, factor: Vector | None
    ) -> Entry:
        vector = entry.vector
        if gain is not None:
            vector = tuple([v + g for v, g in zip(vector, gain, strict=True)])
        if factor is not None:
            vector = tuple([v * f for v, f in zip(vector, factor, strict=True)])
        return Entry(vector, self.marks.passing(node, entry.known), entry.sources)

    def _decision(self, node: int, column: int, spot: Spot) -> State:
        assert self.states is not None
        after = [self.states[child] for child in self.moves[node]]
        least = [_extreme([e.vector[column] for e in state], -1, spot) for state in after]
        threshold = _extreme(least, 1, spot)
        relied_on: list[Function] = []
        kept: list[Entry] = []
        for position, state in enumerate(after):
            for place, entry in enumerate(state):
                # That these signs stay is all that the decision relies on: then the threshold
                # stays the least of its own move, and no other move's least exceeds it.
                difference = entry.vector[column] - threshold
                if not is_constant(difference):
                    relied_on.append(difference)
                if spot.sign(difference) >= 0:
                    kept.append(Entry(entry.vector, entry.known, ((position, place),)))
        self._rely(node, relied_on, spot)
        return tuple(kept) if len(kept) == 1 else self._merged(kept)

    def _rely(self, node: int, differences: Iterable[Function], spot: Spot) -> None:
        """Note where the signs of these differences change next."""
        nearest: Place | None = None
        for difference in differences:
            for root in roots_of(difference):
                if root == spot.place and not spot.after:
                    self._touching.add(node)
                if root > spot.place:
                    if nearest is None or root < nearest:
                        nearest = root
                    break
        self._due[node] = nearest
        if nearest is not None:
            heappush(self._heap, (nearest, node))

    def _chance(self, node: int, spot: Spot) -> State:
        assert self.states is not None
        joint: list[Entry] | None = None
        for child, odds in zip(self.moves[node], self._numbers.odds[node], strict=True):
            likely = spot.sign(odds) > 0
            outcome = [
                Entry(
                    tuple([odds * v for v in entry.vector]),
                    self.marks.weighed(entry.known, likely),
                )
                for entry in self.states[child]
            ]
            joint = outcome if joint is None else self._combined(joint, outcome)
        assert joint is not None
        return tuple(joint)

    def _combined(self, one: list[Entry], other: list[Entry]) -> list[Entry]:
        """Every sum: continuations after different outcomes are chosen independently."""
        if len(one) * len(other) > 64 * VECTORS:
            raise NotSupported(
                f"more than {64 * VECTORS} combinations of equilibrium payoffs at a move of "
                "chance; they are not followed."
            )
        sums = [
            Entry(
                tuple([v + w for v, w in zip(mine.vector, theirs.vector, strict=True)]),
                self.marks.together(mine.known, theirs.known),
            )
            for mine in one
            for theirs in other
        ]
        return sums if len(sums) == 1 else list(self._merged(sums))

    def _merged(self, entries: Iterable[Entry]) -> State:
        """One entry a vector."""
        found: dict[tuple[Any, ...], Entry] = {}
        for entry in entries:
            name = tuple(key(value) for value in entry.vector)
            known = found.get(name)
            if known is not None:
                entry = Entry(
                    entry.vector,
                    self.marks.either(known.known, entry.known),
                    (*known.sources, *entry.sources),
                )
            found[name] = entry
        return tuple(found.values())


def _extreme(values: list[Function], which: int, spot: Spot) -> Function:
    best = values[0]
    for value in values[1:]:
        if spot.sign(value - best) == which:
            best = value
    return best


def _alike(one: State, other: State) -> bool:
    return len(one) == len(other) and all(
        mine.known == theirs.known
        and mine.sources == theirs.sources
        and all(v == w for v, w in zip(mine.vector, theirs.vector, strict=True))
        for mine, theirs in zip(one, other, strict=True)
    )
