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

from collections.abc import Collection, Iterable, Iterator, Sequence
from heapq import heapify, heappop, heappush
from typing import TYPE_CHECKING

from detente.game.tree import Game
from detente.stability.following.algebraic import Place
from detente.stability.following.functions import Function, is_constant, key
from detente.stability.following.induction import Induction, State
from detente.stability.following.marks import Marks
from detente.stability.following.numbers import NumbersAlong
from detente.stability.following.spot import Spot, roots_of
from detente.stability.following.union import Interval

if TYPE_CHECKING:
    from detente.summit.demands import Demand


class Sweep(Induction):
    """The equilibria of a game of perfect information along one of its parameters.

    `marks` : what is asked of the equilibria
    `within` : the interval that the parameter runs through; its lower end is finite
    `without` : nodes that no move leads to, unless no other is left; none of them after chance
    `players` : whose payoffs are followed: those who move, and others where asked for
    `demands` : what must hold for there to be a game, beyond what the game itself shows
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
        players: Sequence[int] | None = None,
        demands: Iterable[Demand] = (),
    ) -> None:
        self.within = within
        self.numbers_along = NumbersAlong(game, parameter, players, demands)
        super().__init__(game, self.numbers_along.players, marks, deadline, without)
        self._above: list[list[int]] = [[] for _ in self.moves]
        for node, children in enumerate(self.moves):
            for child in dict.fromkeys(children):
                self._above[child].append(node)
        self._spot: Spot
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
        return place in self.numbers_along.turnings

    def _next(self, place: Place) -> Place | None:
        """The next place where something that is relied on turns."""
        while self._heap and self._due[self._heap[0][1]] != self._heap[0][0]:
            heappop(self._heap)
        found = [at for at, _ in self._heap[:1]]
        turning = self.numbers_along.turnings.after(place)
        return min(found if turning is None else [*found, turning], default=None)

    # ── at a place ─────────────────────────────────────────────────────────────────────────────

    def _anew(self, spot: Spot) -> bool:
        """The whole game solved at a spot; whether anything differs there."""
        before, self._spot = self.states, spot
        numbers = self.numbers_along.at(spot)
        count = len(self.moves)
        self._touching = set()
        self._due, self._heap = [None] * count, []
        if isinstance(numbers, str):
            self.states, self.fault = None, numbers
            return True
        self.solve(numbers)
        assert self.states is not None
        return before is None or not all(map(_alike, before, self.states))

    def _update(self, nodes: Iterable[int], spot: Spot) -> bool:
        """These nodes decided anew at a spot, and all that this changes; whether it does."""
        waiting = [-node for node in nodes]
        heapify(waiting)
        self._spot, self._touching = spot, set()
        states = self.states
        assert states is not None
        changed, last = False, -1
        while waiting:
            node = -heappop(waiting)
            if node == last:
                continue
            last = node
            self._check_time(node)
            state = self._node(node)
            if not _alike(states[node], state):
                states[node], changed = state, True
                for above in self._above[node]:
                    heappush(waiting, -above)
        return changed

    def sign(self, function: Function) -> int:
        """Its sign at the spot."""
        return self._spot.sign(function)

    def key(self, function: Function) -> tuple[str, ...]:
        """See `functions.key`."""
        return key(function)

    def rely(self, node: int, differences: Iterable[Function]) -> None:
        """Note where the signs of these differences change next."""
        spot = self._spot
        nearest: Place | None = None
        for difference in differences:
            for root in () if is_constant(difference) else roots_of(difference):
                if root == spot.place and not spot.after:
                    self._touching.add(node)
                if root > spot.place:
                    if nearest is None or root < nearest:
                        nearest = root
                    break
        self._due[node] = nearest
        if nearest is not None:
            heappush(self._heap, (nearest, node))


def _alike(one: State, other: State) -> bool:
    return len(one) == len(other) and all(
        mine.known == theirs.known
        and mine.sources == theirs.sources
        and all(v == w for v, w in zip(mine.vector, theirs.vector, strict=True))
        for mine, theirs in zip(one, other, strict=True)
    )
