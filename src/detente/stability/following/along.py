"""A bundle's verdict along one parameter: the intervals in which it stays, and the exact ends."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from detente.errors import DetenteError, NotSupported, no_parameter
from detente.game.tree import Game
from detente.stability.following.algebraic import Place
from detente.stability.following.course import Standing, deal, standing
from detente.stability.following.sweep import Sweep
from detente.stability.following.union import Interval, Union

if TYPE_CHECKING:
    from detente.stability.case import Case
    from detente.summit.summit import Summit


@dataclass(frozen=True)
class Piece:
    """Values between which the verdict does not change, both its ends told exactly."""

    interval: Interval
    standing: Standing


@dataclass(frozen=True)
class Along:
    """A bundle's verdict at every value of one parameter in an interval.

    `pieces` : in ascending order; they cover the interval, and neighbours differ
    """

    bundle: str
    parameter: str
    within: Interval
    pieces: tuple[Piece, ...]

    def at(self, x: Place | int) -> Standing:
        """The verdict at a value; KeyError outside the interval."""
        for piece in self.pieces:
            if x in piece.interval:
                return piece.standing
        raise KeyError(x)

    def where(self, holds: Callable[[Standing], bool]) -> Union:
        """The values at which a predicate of the verdict holds."""
        return joined((p.interval for p in self.pieces if holds(p.standing)), self.within)

    def possibly(self, question: str = "stable") -> Union:
        """Where a question is answered with yes in some equilibrium: what the booleans say."""
        return self.where(lambda there: there.asked(question) in ("always", "sometimes"))

    def surely(self, question: str = "stable") -> Union:
        """Where it is answered with yes in all equilibria."""
        return self.where(lambda there: there.asked(question) == "always")

    @property
    def breakpoints(self) -> tuple[Place, ...]:
        """The values at which the verdict changes."""
        ends = [piece.interval.low for piece in self.pieces[1:]]
        return tuple(dict.fromkeys(end for end in ends if end is not None))


def along(
    talks: Summit | Game,
    parameter: str,
    *,
    bundles: Iterable[str | int | Mapping[str, str]] | None = None,
    within: Interval | None = None,
    round: int | None = None,
    only: str | None = None,
    deadline: float | None = None,
) -> Iterator[Along]:
    """The verdicts on bundles at every value of one parameter, the others fixed, exactly.

    `talks` : a summit in which all moves are seen, or a game whose nodes are tagged with bundles
    `parameter` : its name
    `bundles` : these only, by name, terms or position; all in order unless given
    `within` : the interval, its lower end finite; the parameter's range unless given
    `round` : in which the bundles are put on the table; the last one unless given
    `only` : a side; the others are bound, and break nothing
    `deadline` : on the clock of `time.perf_counter`

    Verdicts are about all pure subgame-perfect equilibria, as in `detente.stability`. Raises
    SummitError for an unknown bundle, DetenteError for an unknown parameter or one without a range,
    NotSupported under hidden information and where ties make too many equilibria to follow,
    OutOfTime where the deadline passes; bundles that are done have then been given.
    """
    from detente.stability.case import Source

    source = Source(talks, round, deadline)
    if source.hidden:
        raise NotSupported(
            "verdicts are followed along a parameter where every side sees all that is done; in "
            f"'{source.talks.title}' some of it is hidden. Ask for verdicts at single values with "
            "`--set`."
        )
    for bundle in source.chosen(bundles):
        yield followed(source.case(bundle), parameter, within, only, deadline)


def followed(
    case: Case,
    parameter: str,
    within: Interval | None = None,
    only: str | None = None,
    deadline: float | None = None,
) -> Along:
    """The verdict on the bundle of one case along a parameter; see `along`."""
    from detente.stability.reasons import consent_path

    game, bundle = case.game, case.bundle
    span = within or range_of(game, parameter)
    path = None
    if case.by_protocol:
        path = consent_path(case.continuation, case.offered[0], case.signed) or []
    here = deal(game, bundle, path)
    without = here.others(only) if only is not None else frozenset()
    sweep = Sweep(
        game, parameter, span, here.course, deadline, without, demands=case.demands
    )
    pieces: list[Piece] = []
    found = Standing()
    for interval, changed in sweep.run():
        if changed:
            found = standing(sweep, here)
        append(pieces, Piece(interval, found))
    return Along(game.bundles[bundle].name, parameter, span, tuple(pieces))


def range_of(game: Game, parameter: str) -> Interval:
    """The interval that the file gives a parameter; DetenteError where there is none."""
    known = game.formulas.parameters if game.formulas else {}
    if parameter not in known:
        raise DetenteError(no_parameter(parameter, known))
    found = known[parameter]
    if found.low is None or found.high is None:
        raise DetenteError(
            f"the parameter '{parameter}' has no range. Give it one in the file, as in "
            "'range: [0, 1]', or name the interval."
        )
    return Interval(found.low, found.high)


def append(pieces: list[Piece], piece: Piece) -> None:
    """Add a piece, to the last one where the verdict is the same."""
    if pieces and pieces[-1].standing == piece.standing:
        pieces[-1] = replace(pieces[-1], interval=hull(pieces[-1].interval, piece.interval))
    else:
        pieces.append(piece)


def hull(one: Interval, other: Interval) -> Interval:
    """Both of two neighbours as one."""
    return Interval(one.low, other.high, one.low_closed, other.high_closed)


def joined(intervals: Iterable[Interval], within: Interval) -> Union:
    """The union of disjoint intervals in ascending order."""
    found: list[Interval] = []
    for interval in intervals:
        if found and found[-1].high == interval.low and (
            found[-1].high_closed or interval.low_closed
        ):
            found[-1] = hull(found[-1], interval)
        else:
            found.append(interval)
    return Union(tuple(found), within)
