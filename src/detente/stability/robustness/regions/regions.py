"""A verdict at one point of the parameters, and the conditions under which it stays what it is.

The game is solved exactly at the point, by set-valued backward induction over functions of all its
parameters. What was compared on the way is noted as a function with its sign; wherever these signs
are the same, so are the equilibria as profiles, and with them the verdict. (The cells of such an
arrangement are the critical regions of parametric programming; Gal and Nedoma 1972.) Differences
that are zero throughout are ties that stay, and no condition.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from detente.errors import NotSupported
from detente.game.expressions import ZERO, Expr
from detente.game.expressions.structure import NUMBER
from detente.game.tree import Game, Role
from detente.stability.case import Case
from detente.stability.following.course import Deal, Standing, deal, standing
from detente.stability.following.induction import Induction, State
from detente.stability.following.marks import Marks, Settling
from detente.stability.following.numbers import Layout
from detente.stability.reasons import consent_path
from detente.stability.robustness.regions.conditions import Condition, conditions
from detente.stability.robustness.regions.point import Point, Relied
from detente.stability.robustness.regions.quotients import Quotients

if TYPE_CHECKING:
    from detente.summit.demands import Demand

T = TypeVar("T")


@dataclass(frozen=True)
class Region(Generic[T]):
    """A verdict, and conditions under which it is the same.

    `verdict` : at the point, and wherever all the conditions hold
    `conditions` : functions with their signs; where none is zero at the point (`open`), they hold
        all around it
    `point` : one value for every parameter
    """

    verdict: T
    conditions: tuple[Condition, ...]
    point: Point = field(repr=False, compare=False)

    @property
    def open(self) -> bool:
        """Whether the verdict stays when every parameter moves a little."""
        return all(condition.sign for condition in self.conditions)

    def holds(self, values: Mapping[str, Fraction]) -> bool:
        """Whether all the conditions hold exactly at these values."""
        return all(condition.holds(values) for condition in self.conditions)


def region(
    case: Case, point: Mapping[str, Fraction] | None = None, deadline: float | None = None
) -> Region[Standing]:
    """The verdict on a bundle at a point, and the conditions that it rests on.

    `point` : parameter → value; others have the values of the game that judges the bundle
    `deadline` : on the clock of `time.perf_counter`

    Raises NotSupported where the game has no parameters or ties make too many equilibria to list,
    OutOfTime where the deadline passes.

    >>> import detente as dt
    >>> from detente.stability.case import case
    >>> here = region(case(dt.load("hanoi-2019"), 0))
    >>> here.verdict.stable, here.open
    ('always', True)
    """
    return Regions.of(case, deadline).at(point)


class Regions:
    """The regions of one bundle.

    `demands` : what the file asks of its numbers besides, for there to be a game
    """

    def __init__(
        self,
        game: Game,
        deal: Deal,
        deadline: float | None = None,
        demands: Iterable[Demand] = (),
    ) -> None:
        self.deal = deal
        self.around = Around(game, deal.course, deadline, demands)

    @classmethod
    def of(cls, case: Case, deadline: float | None = None) -> Regions:
        """Those of a case."""
        path: Sequence[int] | None = None
        if case.by_protocol:
            path = consent_path(case.continuation, case.offered[0], case.signed) or ()
        return cls(case.game, deal(case.game, case.bundle, path), deadline, case.demands)

    def at(self, point: Mapping[str, Fraction] | None = None) -> Region[Standing]:
        """The region around a point; see `region`."""
        solved = self.around.solved(point)
        return solved.region(standing(solved, self.deal))


class RegionsOfTalks:
    """The regions of what the talks as written settle on: sets of positions of bundles."""

    def __init__(self, game: Game, deadline: float | None = None) -> None:
        bits = {
            node: 1 << bundle
            for bundle in range(len(game.bundles))
            for node in game.tagged(Role.SIGNED, bundle)
        }
        self._count = len(game.bundles)
        self.around = Around(game, Settling(bits), deadline)

    def at(self, point: Mapping[str, Fraction] | None = None) -> Region[frozenset[int] | None]:
        """The region around a point; None where there is no such game."""
        solved = self.around.solved(point)
        if solved.states is None:
            return solved.region(None)
        return solved.region(self.signed_in(solved.states[0]))

    def signed_in(self, state: State) -> frozenset[int]:
        """The bundles that some equilibrium signs, from the state at the first node."""
        known = reduce(or_, (entry.known for entry in state))
        return frozenset(bundle for bundle in range(self._count) if known >> bundle & 1)


class Around:
    """A game to be solved at any point: what does not depend on the point is looked up once."""

    def __init__(
        self, game: Game, marks: Marks, deadline: float | None, demands: Iterable[Demand] = ()
    ) -> None:
        if game.formulas is None:
            raise NotSupported(f"'{game.title}' has no parameters: nothing in it can move.")
        self.game, self.marks, self.deadline = game, marks, deadline
        self.layout = Layout(game, demands=demands)
        self.quotients = Quotients(game.formulas.parameters)

    def point(self, values: Mapping[str, Fraction] | None = None) -> Point:
        """A point; what is not given has the value that the game gives it."""
        assert self.game.formulas is not None
        return Point(self.game.formulas.values(values), self.quotients)

    def solved(self, values: Mapping[str, Fraction] | None) -> Solved:
        """The game solved at a point."""
        found = Solved(self, self.point(values))
        found.run()
        return found


class Solved(Induction):
    """The equilibria of a game at and around one point.

    `relied` : the functions whose signs they rest on
    """

    def __init__(self, around: Around, point: Point) -> None:
        super().__init__(around.game, around.layout.players, around.marks, around.deadline)
        self.point = point
        self.relied: Relied = {}
        self._layout = around.layout
        self._alike: dict[Any, list[Expr]] = {}

    def run(self) -> None:
        """Solve it; `states` stays None where there is no game, and `fault` says why."""
        at = self.point.smooth(self._layout.expressions, self.relied)
        numbers = self._layout.numbers(at, ZERO, self._noted)
        if isinstance(numbers, str):
            self.fault = numbers
        else:
            self.solve(numbers)

    def region(self, verdict: T) -> Region[T]:
        """A verdict that the equilibria give, with all that they rest on."""
        return Region(verdict, conditions(self.relied, self.point), self.point)

    def sign(self, function: Expr) -> int:
        """Its sign at the point."""
        return self.point.sign(function)

    def key(self, function: Expr) -> Expr:
        """The first expression seen that is the same function."""
        if function.kind == NUMBER:
            return function
        alike = self._alike.setdefault(self.point.value(function), [])
        for other in alike:
            if other is function or self.point.is_zero(function - other):
                return other
        alike.append(function)
        return function

    def rely(self, node: int, differences: Sequence[Expr]) -> None:
        """Note the signs of differences that are not zero throughout."""
        for difference in differences:
            self._noted(difference)

    def _noted(self, function: Expr) -> int:
        return self.point.rely(function, self.relied)
