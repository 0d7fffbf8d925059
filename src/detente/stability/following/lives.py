"""How far a sequential equilibrium lives along a parameter, and what is done in it there.

An equilibrium at one value keeps its support and its trembles on both sides of it. Then its
probabilities are functions of the parameter, and it stays an equilibrium up to the nearest root of
what must be above zero: a probability that is mixed, what a deviation loses, a probability of
chance. At such an end itself it still is one where the game's numbers arrive there without a jump
and chance excludes nothing: limits of sequential equilibria are sequential (Kreps and Wilson 1982,
proposition 2).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property

from detente.game.beliefs import Beliefs
from detente.game.profile import Profile
from detente.game.tree import CHANCE, Game
from detente.solvers.result import Equilibrium
from detente.stability.following.algebraic import Place
from detente.stability.following.assessing import Assessed, assessed
from detente.stability.following.forms import NotLinear, value_of
from detente.stability.following.functions import Function, constant, is_constant, key
from detente.stability.following.numbers import Numbers, NumbersAlong
from detente.stability.following.spot import Spot, roots_of
from detente.stability.following.trembles import sizes_of
from detente.stability.following.union import Interval


@dataclass(frozen=True, eq=False)
class Life:
    """A sequential equilibrium along a parameter, proved for every value of an interval.

    `interval` : the values; an end is closed where it is proved there as well
    `x` : a value inside, at which `equilibrium` is certified
    `numbers` : of the game inside
    """

    game: Game = field(repr=False)
    parameter: str
    interval: Interval
    x: Fraction
    equilibrium: Equilibrium = field(repr=False)
    numbers: Numbers = field(repr=False)
    solved: Assessed = field(repr=False)

    @property
    def odds(self) -> tuple[Function, ...]:
        """How likely each player action is taken, in flat order."""
        return self.solved.odds

    @cached_property
    def key(self) -> tuple[tuple[str, ...], ...]:
        """What pieces of one and the same equilibrium have in common."""
        return tuple(key(function) for function in self.odds)

    def way(self, above: int, node: int) -> Function:
        """How likely play that is at `above` comes to `node` below it."""
        likely: Function = constant(1)
        while node != above:
            parent = int(self.game.parent[node])
            likely = likely * self._step(parent, self.game.children_of(parent).index(node))
            node = parent
        return likely

    def likely(self, nodes: Iterable[int]) -> Function:
        """How likely play comes to one of these nodes, none of which follows another."""
        return sum((self.way(0, node) for node in nodes), constant(0))

    def _step(self, node: int, place: int) -> Function:
        if self.game.mover[node] == CHANCE:
            return self.numbers.odds[node][place]
        sets = self.game.infosets
        return self.odds[int(sets.action_start[int(self.game.infoset[node])]) + place]

    def at(self, x: Fraction) -> tuple[Profile, Beliefs]:
        """The plans and beliefs at a rational of the interval."""
        there = self.game.at(**{self.parameter: x})
        profile = Profile.mixed(there, [value_of(f, x) for f in self.odds])
        held = {h: [value_of(f, x) for f in row] for h, row in enumerate(self.solved.beliefs)}
        return profile, Beliefs(there, held)


class Lives:
    """Equilibria of one game, followed along one parameter, the others fixed."""

    def __init__(self, game: Game, parameter: str, within: Interval) -> None:
        self.game, self.parameter, self.within = game, parameter, within
        self.along = NumbersAlong(game, parameter)

    def of(self, equilibrium: Equilibrium, x: Fraction) -> Life | None:
        """The life of an equilibrium of the game at x; None where it is not known to have any.

        So it is where it ends at x, where chance excludes something there, or where its trembles or
        its support do not determine it.
        """
        spot = Spot(x, after=False)
        numbers = self.along.at(spot)
        if isinstance(numbers, str) or not _full(numbers, spot):
            return None
        if any(spot.sign(turn) == 0 for turn in self.along.turns):
            return None
        for sizes in sizes_of(equilibrium):
            try:
                found = assessed(equilibrium, numbers, self.along.players, sizes, x)
            except NotLinear:
                return None
            if found is not None and all(spot.sign(f) > 0 for f in found.positive):
                span = self._span(x, found.positive, numbers)
                return Life(self.game, self.parameter, span, x, equilibrium, numbers, found)
        return None

    def _span(self, x: Fraction, positive: Sequence[Function], numbers: Numbers) -> Interval:
        chance = (p for row in numbers.odds for p in row)
        moving = (f for f in (*positive, *chance, *self.along.turns) if not is_constant(f))
        roots = {root for f in moving for root in roots_of(f)}
        low = max((r for r in roots if r < x), default=None)
        high = min((r for r in roots if r > x), default=None)
        low, low_closed = self._end(low, self.within.low, numbers, above=False)
        high, high_closed = self._end(high, self.within.high, numbers, above=True)
        return Interval(low, high, low_closed, high_closed)

    def _end(
        self, root: Place | None, bound: Place | None, numbers: Numbers, above: bool
    ) -> tuple[Place | None, bool]:
        outside = root is None or (bound is not None and (root > bound if above else root < bound))
        place = bound if outside else root
        return place, place is not None and self.arrives(numbers, place)

    def arrives(self, numbers: Numbers, place: Place) -> bool:
        """Whether these are the game's numbers at a place too, chance excluding nothing there."""
        spot = Spot(place, after=False)
        there = self.along.at(spot)
        if isinstance(there, str) or not _full(there, spot):
            return False
        return all(
            not spot.sign(one - other)
            for mine, theirs in (
                (numbers.gains, there.gains), (numbers.factors, there.factors),
                (numbers.odds, there.odds),
            )
            for row, other_row in zip(mine, theirs, strict=True)
            if row is not None and other_row is not None
            for one, other in zip(row, other_row, strict=True)
        )  # fmt: skip


def _full(numbers: Numbers, spot: Spot) -> bool:
    """Whether chance excludes nothing."""
    return all(spot.sign(p) > 0 for row in numbers.odds for p in row)
