"""What it is worth to learn a parameter before the talks: payoffs with it known, and unknown.

Known to nobody: all play by the averages, given what chance has told on the way. Known to all: each
value is played as its own game. Known to one side in secret: the others play on as if nobody knew,
and the side does its best against that at each value, so that the knowledge cannot hurt it. (The
value of information; Raiffa and Schlaifer 1961, and for games Kamien, Tauman and Zamir 1990.)
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from itertools import pairwise
from math import sqrt
from statistics import fmean, stdev
from typing import Any, Final

from detente.errors import NotSupported
from detente.game.formulas import Parameter
from detente.game.tree import Game
from detente.stability.case import Source
from detente.stability.following.functions import Function, is_constant, is_zero, key
from detente.stability.following.numbers import Numbers, NumbersAlong
from detente.stability.following.spot import Spot, roots_of
from detente.stability.following.union import Interval
from detente.stability.robustness.worths.averages import (
    Law,
    NotPolynomial,
    Rounded,
    Sample,
    exact_law,
    pieces_of,
    samples,
)
from detente.stability.robustness.worths.companions import (
    Cases,
    companions,
    correlated,
    in_scenarios,
    scenarios,
)
from detente.stability.robustness.worths.inspecting import TALKS, difference
from detente.stability.robustness.worths.payoffs import Curve, Paying, curves, followed, ranges
from detente.stability.robustness.worths.unfolding import Unfolded, facing, first_best
from detente.stability.verdict import Range

EVERYBODY = ""
"""Who learns it, where all do."""

ROUNDING: Final = Fraction(1, 10**10)
"""Gains from draws that are below this share of the payoffs are rounding."""

SURE: Final = 0.95
"""How likely the interval around what is drawn covers it."""


@dataclass(frozen=True)
class Known:
    """What one party gets where a parameter is known, and where it is known to nobody.

    `to` : the side that learns it in secret; `EVERYBODY` where all do, openly
    `where` : a bundle on the table, by name; "" for the talks as written
    `unknown`, `known` : averages over the parameter, the least and greatest over all equilibria
    `gain` : what knowing is worth to the party, whichever equilibria are compared
    `error` : half the interval that covers the gain with 95 % confidence, where it comes from
        draws; None where it is exact, 0 where it is rounded
    `together` : the parameters that are drawn with it and stay unknown; others keep their values
    `complete` : whether all equilibria are known, or the extreme ones
    """

    parameter: str
    to: str
    where: str
    party: str
    unknown: Range
    known: Range
    gain: Range
    error: float | None = None
    together: tuple[str, ...] = ()
    complete: bool = True


def knowing(
    source: Source,
    parameter: Parameter,
    bundles: Sequence[int],
    *,
    deadline: float | None = None,
    left: dict[str, str],
) -> Iterator[Known]:
    """What knowing a parameter is worth to every party, at each bundle's table and in the talks.

    `left` : filled with what cannot be told, and why

    Parameters that the file draws apart from it keep their values. Raises OutOfTime where the
    deadline passes.
    """
    for bundle in [*(bundles if source.has_protocol else ()), None]:
        where, game = TALKS, source.game
        if bundle is not None:
            where = source.talks.bundles[bundle].name
            game = source.talks.table(bundle, source.round)
        try:
            yield from learning(game, parameter, source.talks, where, source.sides, deadline)
        except NotSupported as error:
            left[where] = error.message


def learning(
    game: Game,
    parameter: Parameter,
    talks: Any,
    where: str,
    sides: Sequence[str],
    deadline: float | None = None,
) -> list[Known]:
    """What knowing a parameter is worth in one game.

    Exact where all integrates exactly, else from draws. Raises NotSupported where ties or histories
    are too many, OutOfTime where the deadline passes.
    """
    name, moving = parameter.name, {int(mover) for mover in game.mover if mover >= 0}
    those = [side for side in sides if game.players.index(side) in moving]
    others = companions(talks, name)
    if in_scenarios(talks, name):
        cases = scenarios(talks, name, game)
        return _exactly(name, where, _by_cases(game, cases, those, deadline), others)
    if others:
        together, apart = correlated(talks, name, others, game)
        steps: dict[tuple[str, str], float] = {}
        best = _by_cases(game, together, those, deadline, steps)
        found = [_by_cases(game, cases, those, deadline) for cases in apart]
        return [
            replace(
                row,
                unknown=unknown,
                known=known,
                gain=gain,
                error=(row.error or 0.0) + steps[row.to, row.party],
            )
            for row in _drawn(name, where, found, others)
            for unknown, known, gain in [best[row.to, row.party]]
        ]
    law = exact_law(parameter)
    if law is not None:
        assert parameter.low is not None
        assert parameter.high is not None
        within = Interval(parameter.low, parameter.high)
        asked = _Asked(game, name, within, those, deadline)
        try:
            return _exactly(name, where, asked.under(law))
        except NotPolynomial:
            return _exactly(name, where, asked.under(Rounded(law)), error=0.0)
    drawn = list(samples(talks, name))
    asked = _Asked(game, name, covering(parameter, drawn), those, deadline)
    return _drawn(name, where, [asked.under(each) for each in drawn])


def covering(parameter: Parameter, drawn: Sequence[Sample]) -> Interval:
    """The range, or where there is none all that was drawn."""
    low, high = parameter.low, parameter.high
    if low is None or high is None:
        low = Fraction(min(float(each.draws[0]) for each in drawn))
        high = Fraction(max(float(each.draws[-1]) for each in drawn))
    return Interval(low, high)


Found = Mapping[tuple[str, str], tuple[Range, Range, Range]]
"""(who learns it, whose payoff) → without, with, and the difference."""


def _exactly(
    name: str, where: str, found: Found, together: tuple[str, ...] = (), error: float | None = None
) -> list[Known]:
    rows = []
    for (to, party), (unknown, known, gain) in found.items():
        if error is not None and _rounding(unknown, known, gain):
            gain = Fraction(0), Fraction(0)
        rows.append(Known(name, to, where, party, unknown, known, gain, error, together))
    return rows


def _drawn(
    name: str, where: str, found: Sequence[Found], together: tuple[str, ...] = ()
) -> list[Known]:
    rows = []
    for to, party in found[0]:
        unknown, known, gain, error = mean_of_samples([each[to, party] for each in found])
        rows.append(Known(name, to, where, party, unknown, known, gain, error, together))
    return rows


class _Asked:
    """One game in which a parameter may be known, that is drawn by itself."""

    def __init__(
        self, game: Game, name: str, within: Interval, sides: Sequence[str], deadline: float | None
    ) -> None:
        self.game, self.name, self.deadline = game, name, deadline
        self.within, self.sides = within, sides
        self.open, self.steady = followed(game, name, self.within, deadline=deadline)
        self._secret: dict[tuple[str, tuple[int, ...]], Curve] = {}

    @cached_property
    def unfolded(self) -> Unfolded:
        """What is played where nobody knows."""
        return Unfolded(self.game, varied(list(cells(self.game, self.name, self.within))))

    def under(self, law: Law) -> Found:
        """What everybody gets if the parameter is distributed like that."""
        known = {party: _mean_of(curve, law) for party, curve in self.open.items()}
        if self.steady:
            # The same moves are best at every value, and so they are without knowing which it is.
            return _nothing_gained(known, self.sides)
        game = self.unfolded.game
        numbers = self.unfolded.numbers(lambda value: value.mean(law))
        unknown = _paid(game, numbers, self.deadline)
        found: dict[tuple[str, str], tuple[Range, Range, Range]] = {}
        for party, after in known.items():
            found[EVERYBODY, party] = unknown[party], after, difference(after, unknown[party])
        choice, worth = first_best(game, numbers)
        for side in self.sides:
            before = worth[game.players.index(side)]
            after = _mean_of(self._in_secret(side, choice), law)
            found[side, side] = (before, before), after, difference(after, (before, before))
        return found

    def _in_secret(self, side: str, choice: tuple[int, ...]) -> Curve:
        """The best that a side can do at each value while the others play on."""
        place = (side, choice)
        if place not in self._secret:
            game, _ = facing(self.unfolded.game, side, choice)
            self._secret[place] = curves(game, self.name, self.within, deadline=self.deadline)[side]
        return self._secret[place]


def _nothing_gained(known: Mapping[str, Range], sides: Iterable[str]) -> Found:
    zero = Fraction(0), Fraction(0)
    found = {(EVERYBODY, party): (each, each, zero) for party, each in known.items()}
    return found | {(side, side): (known[side], known[side], zero) for side in sides}


def _by_cases(
    game: Game,
    cases: Cases,
    sides: Sequence[str],
    deadline: float | None,
    steps: dict[tuple[str, str], float] | None = None,
) -> Found:
    """What everybody gets where a parameter is drawn with others.

    `steps` : filled with what a payoff changes by at most from one value to the next, times how
        likely one is: by so much the place of a jump between two values may shift an average
    """
    unfolded = Unfolded(game, cases.numbers)
    told = [(cases.chance(of), unfolded.numbers(cases.given(of))) for of in cases.learnt]
    game, unknowing = unfolded.game, unfolded.numbers(cases.mean)
    before = _paid(game, unknowing, deadline)
    steps = {} if steps is None else steps
    rows = [(chance, _paid(game, numbers, deadline)) for chance, numbers in told]
    after = _weighed(rows)
    found = {}
    for party in game.players:
        gain = difference(after[party], before[party])
        found[EVERYBODY, party] = before[party], after[party], gain
        steps[EVERYBODY, party] = _step(rows, party)
    choice, worth = first_best(game, unknowing)
    for side in sides:
        own = worth[game.players.index(side)]
        facing_it, kept = facing(game, side, choice)
        rows = [
            (chance, _paid(facing_it, _of(numbers, kept), deadline)) for chance, numbers in told
        ]
        best = _weighed(rows)[side]
        found[side, side] = (own, own), best, difference(best, (own, own))
        steps[side, side] = _step(rows, side)
    return found


def _step(rows: Sequence[tuple[Fraction, Mapping[str, Range]]], party: str) -> float:
    return max(
        (
            float(chance * abs(one[party][k] - other[party][k]))
            for (chance, one), (_, other) in pairwise(rows)
            for k in (0, 1)
        ),
        default=0.0,
    )


def _paid(game: Game, numbers: Numbers, deadline: float | None) -> dict[str, Range]:
    states = Paying(game, deadline=deadline, numbers=numbers).states
    assert states is not None
    return ranges(game, states[0])


def _of(numbers: Numbers, nodes: Sequence[int]) -> Numbers:
    return Numbers(
        gains=[numbers.gains[node] for node in nodes],
        factors=[numbers.factors[node] for node in nodes],
        odds=[numbers.odds[node] for node in nodes],
        nothing=numbers.nothing,
    )


def _weighed(rows: Sequence[tuple[Fraction, Mapping[str, Range]]]) -> dict[str, Range]:
    zero = Fraction(0)
    return {
        party: (
            sum((chance * row[party][0] for chance, row in rows), zero),
            sum((chance * row[party][1] for chance, row in rows), zero),
        )
        for party in rows[0][1]
    }


def _mean_of(curve: Curve, law: Law) -> Range:
    pieces = [piece for piece in curve.pieces if not piece.interval.is_point]
    least = law.mean([(piece.interval, piece.least) for piece in pieces])
    return least, law.mean([(piece.interval, piece.greatest) for piece in pieces])


def mean_of_samples(
    rows: Sequence[tuple[Range, Range, Range]],
) -> tuple[Range, Range, Range, float]:
    """The means of several samples, and the error of the last range's ends."""
    from scipy.special import stdtrit  # type: ignore[import-untyped]

    ends = [[[float(row[i][k]) for row in rows] for k in (0, 1)] for i in range(3)]
    unknown, known, gain = ((Fraction(fmean(low)), Fraction(fmean(high))) for low, high in ends)
    spread = max(stdev(column) for column in ends[2]) / sqrt(len(rows))
    error = float(stdtrit(len(rows) - 1, (1 + SURE) / 2)) * spread
    if _rounding(unknown, known, gain):
        return unknown, known, (Fraction(0), Fraction(0)), 0.0
    return unknown, known, gain, error


def _rounding(unknown: Range, known: Range, gain: Range) -> bool:
    """Whether a gain is no more than what rounding leaves."""
    size = max(abs(end) for end in (*unknown, *known))
    return max(abs(end) for end in gain) <= ROUNDING * size


# ── the game's numbers ─────────────────────────────────────────────────────────────────────────


def cells(game: Game, name: str, within: Interval) -> Iterator[tuple[Interval, Numbers]]:
    """A game's numbers as functions of a parameter, in the intervals in which these stay the same.

    Raises NotSupported where the game is not defined at some value.
    """
    along = NumbersAlong(game, name, range(game.num_players))
    place, high = within.low, within.high
    assert place is not None
    assert high is not None
    while place < high:
        numbers = along.at(Spot(place, after=True))
        if isinstance(numbers, str):
            raise NotSupported(f"there is no game at all values of '{name}': {numbers}.")
        roots = (root for turn in along.turns for root in roots_of(turn) if place < root < high)
        upto = min(roots, default=high)
        yield Interval(place, upto, False, False), numbers
        place = upto


Cells = Sequence[tuple[Interval, Numbers]]


def varied(found: Cells) -> Numbers:
    """The numbers with those of all cells together: each a `Along`."""
    intervals = tuple(interval for interval, _ in found)
    known: dict[tuple[int, ...], Along] = {}

    def along(functions: tuple[Function, ...]) -> Along:
        name = tuple(map(id, functions))
        if name not in known:
            known[name] = Along(intervals, functions)
        return known[name]

    def column(each: Callable[[Numbers], Sequence[Any]]) -> list[Any]:
        return [
            None if row[0] is None else tuple(map(along, zip(*row, strict=True)))
            for row in zip(*(each(numbers) for _, numbers in found), strict=True)
        ]

    return Numbers(
        gains=column(lambda numbers: numbers.gains),
        factors=column(lambda numbers: numbers.factors),
        odds=column(lambda numbers: numbers.odds),
        nothing=(),
    )


@dataclass(frozen=True, eq=False)
class Along:
    """A number as a function of the parameter in each of its cells."""

    intervals: tuple[Interval, ...]
    functions: tuple[Function, ...]

    @cached_property
    def varies(self) -> bool:
        """Whether it hangs on the parameter."""
        first = self.functions[0]
        return not all(is_constant(f) and f == first for f in self.functions)

    @property
    def vanishes(self) -> bool:
        """Whether it is zero throughout."""
        return all(map(is_zero, self.functions))

    @cached_property
    def key(self) -> Hashable:
        """What two have in common exactly if they are the same."""
        return tuple(map(key, self.functions))

    def times(self, other: Along) -> Along:
        """Their product."""
        pairs = zip(self.functions, other.functions, strict=True)
        return Along(self.intervals, tuple(one * two for one, two in pairs))

    def mean(self, law: Law) -> Fraction:
        """Its mean under a law."""
        return law.mean(pieces_of(list(zip(self.intervals, self.functions, strict=True))))


def drawable(known: Mapping[str, Parameter], talks: Any) -> list[Parameter]:
    """The parameters that somebody may doubt: with a range or with a distribution."""
    return [
        parameter
        for parameter in known.values()
        if (parameter.low is not None and parameter.low != parameter.high)
        or (parameter.low is None and parameter.distribution is not None)
        or in_scenarios(talks, parameter.name)
    ]
