"""What it is worth to learn a parameter before the talks: payoffs with it known, and unknown.

Known to nobody: everybody plays the expected game, whose numbers are averages over the parameter;
nothing that is seen during play tells more about it. Known to all: each value is played as its own
game. Known to one side in secret: the others play on as in the expected game, and the side does its
best against that at each value, so that the knowledge cannot hurt it. (The value of information;
Raiffa and Schlaifer 1961, and for games Kamien, Tauman and Zamir 1990.)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import sqrt
from statistics import fmean, stdev
from typing import Any, Final

from detente.errors import NotSupported
from detente.game.formulas import Parameter
from detente.game.tree import CHANCE, Game
from detente.stability.case import Source
from detente.stability.following.along import range_of
from detente.stability.following.functions import Function, is_constant
from detente.stability.following.numbers import Numbers, NumbersAlong
from detente.stability.following.spot import Spot, roots_of
from detente.stability.following.union import Interval
from detente.stability.robustness.averages import (
    Law,
    NotPolynomial,
    exact_law,
    pieces_of,
    samples,
)
from detente.stability.robustness.inspecting import TALKS, difference
from detente.stability.robustness.payoffs import Curve, Paying, Removed, curves, ranges
from detente.stability.verdict import Range

EVERYBODY = ""
"""Who learns it, where all do."""

ROUNDING: Final = 1e-10
"""Gains from draws that are below this share of the payoffs are rounding."""

_TWICE = (
    "along one way of play '{}' makes a chance or a discount and counts again after it: averages "
    "of the numbers are not the expected game then."
)


@dataclass(frozen=True)
class Known:
    """What one party gets where a parameter is known, and where it is known to nobody.

    `to` : the side that learns it in secret; `EVERYBODY` where all do, openly
    `where` : a bundle on the table, by name; "" for the talks as written
    `unknown`, `known` : averages over the parameter, the least and greatest over all equilibria
    `gain` : what knowing is worth to the party, whichever equilibria are compared
    `error` : the standard error of the gain where it comes from draws; None where it is exact
    """

    parameter: str
    to: str
    where: str
    party: str
    unknown: Range
    known: Range
    gain: Range
    error: float | None = None


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

    The other parameters keep their values. Raises OutOfTime where the deadline passes.
    """
    for bundle in [*(bundles if source.has_protocol else ()), None]:
        where, game = TALKS, source.game
        if bundle is not None:
            where = source.talks.bundles[bundle].name
            game = source.talks.table(bundle, source.round)
        try:
            asked = _Asked(game, parameter.name, where, source.sides, deadline)
            yield from asked.answers(source.talks, parameter)
        except NotSupported as error:
            left[where] = error.message


class _Asked:
    """One game in which a parameter may be known."""

    def __init__(
        self, game: Game, name: str, where: str, sides: Sequence[str], deadline: float | None
    ) -> None:
        self.game, self.name, self.where, self.deadline = game, name, where, deadline
        self.within = range_of(game, name)
        moving = {int(mover) for mover in game.mover if mover >= 0}
        self.sides = [side for side in sides if game.players.index(side) in moving]
        self.cells = list(cells(game, name, self.within))
        refuse_learning(game, self.cells, name)
        self.open = curves(game, name, self.within, deadline=deadline)
        self._secret: dict[tuple[str, tuple[int, ...]], Curve] = {}

    def answers(self, talks: Any, parameter: Parameter) -> list[Known]:
        """Exact where all integrates exactly, else from draws."""
        law = exact_law(parameter)
        if law is not None:
            try:
                return [
                    Known(self.name, to, self.where, party, unknown, known, gain)
                    for (to, party), (unknown, known, gain) in self._under(law).items()
                ]
            except NotPolynomial:
                pass
        found = [self._under(sample) for sample in samples(talks, self.name)]
        return [
            Known(self.name, to, self.where, party, *_mean([each[to, party] for each in found]))
            for to, party in found[0]
        ]

    def _under(self, law: Law) -> dict[tuple[str, str], tuple[Range, Range, Range]]:
        """(who learns it, whose payoff) → without, with, and the difference."""
        game = self.game
        numbers = averaged(game, self.cells, law)
        states = Paying(game, deadline=self.deadline, numbers=numbers).states
        assert states is not None
        unknown = ranges(game, states[0])
        found: dict[tuple[str, str], tuple[Range, Range, Range]] = {}
        for party, curve in self.open.items():
            known = _mean_of(curve, law)
            found[EVERYBODY, party] = unknown[party], known, difference(known, unknown[party])
        choice, worth = first_best(game, numbers)
        for side in self.sides:
            before = worth[game.players.index(side)]
            after = _mean_of(self._in_secret(side, choice), law)
            found[side, side] = (before, before), after, difference(after, (before, before))
        return found

    def _in_secret(self, side: str, choice: tuple[int, ...]) -> Curve:
        """The best that a side can do at each value while the others play on."""
        key = (side, choice)
        if key not in self._secret:
            found = curves(
                self.game, self.name, self.within, removed=_others_fixed(self.game, side, choice),
                deadline=self.deadline,
            )  # fmt: skip
            self._secret[key] = found[side]
        return self._secret[key]


def _others_fixed(game: Game, side: str, choice: Sequence[int]) -> Removed:
    player = game.players.index(side)
    return lambda _, node, i: int(game.mover[node]) != player and i != choice[node]


def _mean_of(curve: Curve, law: Law) -> Range:
    pieces = [piece for piece in curve.pieces if not piece.interval.is_point]
    least = law.mean([(piece.interval, piece.least) for piece in pieces])
    return least, law.mean([(piece.interval, piece.greatest) for piece in pieces])


def _mean(rows: Sequence[tuple[Range, Range, Range]]) -> tuple[Range, Range, Range, float]:
    """The means of several samples, and the standard error of the last range's ends."""
    ends = [[[float(row[i][k]) for row in rows] for k in (0, 1)] for i in range(3)]
    unknown, known, gain = ((Fraction(fmean(low)), Fraction(fmean(high))) for low, high in ends)
    error = max(stdev(column) for column in ends[2]) / sqrt(len(rows))
    size = max(1.0, *(abs(float(end)) for end in (*unknown, *known)))
    if max(abs(float(end)) for end in gain) <= ROUNDING * size:
        return unknown, known, (Fraction(0), Fraction(0)), 0.0
    return unknown, known, gain, error


# ── the expected game ──────────────────────────────────────────────────────────────────────────


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


def refuse_learning(game: Game, found: Cells, name: str) -> None:
    """Raise NotSupported where averages of the numbers do not make the expected game.

    They do where, below a chance or a discount that depends on the parameter, nothing else does.
    """
    moves: list[bool] = [False] * game.num_nodes
    for node in range(game.num_nodes - 1, -1, -1):
        below = any(moves[child] for child in game.children_of(node))
        gain = _varies([numbers.gains[node] for _, numbers in found])
        odds = _varies([numbers.odds[node] for _, numbers in found])
        factor = _varies([numbers.factors[node] for _, numbers in found])
        if (odds and below) or (factor and (gain or odds or below)):
            raise NotSupported(_TWICE.format(name))
        moves[node] = below or gain or odds or factor


def _varies(rows: Sequence[Sequence[Function] | None]) -> bool:
    """Whether one of several functions depends on the parameter, in a cell or from cell to cell."""
    first = rows[0]
    if first is None:
        return False
    if any(not is_constant(function) for row in rows for function in row or ()):
        return True
    return any(
        one != other for row in rows[1:] for one, other in zip(first, row or (), strict=True)
    )


def averaged(game: Game, found: Cells, law: Law) -> Numbers:
    """The numbers of the expected game."""
    means: dict[tuple[int, ...], Fraction] = {}

    def mean(functions: tuple[Function, ...]) -> Fraction:
        key = tuple(map(id, functions))
        if key not in means:
            intervals = [interval for interval, _ in found]
            means[key] = law.mean(pieces_of(list(zip(intervals, functions, strict=True))))
        return means[key]

    def row(column: Sequence[Any]) -> tuple[Fraction, ...] | None:
        if column[0] is None:
            return None
        return tuple(mean(functions) for functions in zip(*column, strict=True))

    def rows(each: Callable[[Numbers], Sequence[Any]]) -> list[tuple[Fraction, ...] | None]:
        return [row(column) for column in zip(*(each(n) for _, n in found), strict=True)]

    return Numbers(
        gains=rows(lambda numbers: numbers.gains),
        factors=rows(lambda numbers: numbers.factors),
        odds=[odds or () for odds in rows(lambda numbers: numbers.odds)],
        nothing=(Fraction(0),) * game.num_players,
    )


def first_best(game: Game, numbers: Numbers) -> tuple[tuple[int, ...], tuple[Fraction, ...]]:
    """The equilibrium in which the first best move is taken: the choices, and what it pays.

    Choices: one position among the children a decision node, -1 elsewhere.
    """
    choice = [-1] * game.num_nodes
    worth: list[tuple[Fraction, ...]] = [()] * game.num_nodes
    for node in range(game.num_nodes - 1, -1, -1):
        children = [worth[child] for child in game.children_of(node)]
        found: tuple[Fraction, ...] = tuple(numbers.nothing)
        if game.mover[node] == CHANCE:
            for odds, row in zip(numbers.odds[node], children, strict=True):
                found = tuple(t + odds * w for t, w in zip(found, row, strict=True))
        elif children:
            mover = int(game.mover[node])
            best = max(row[mover] for row in children)
            choice[node] = [row[mover] for row in children].index(best)
            found = children[choice[node]]
        gain, factor = numbers.gains[node], numbers.factors[node]
        if gain is not None:
            found = tuple(t + g for t, g in zip(found, gain, strict=True))
        if factor is not None:
            found = tuple(t * f for t, f in zip(found, factor, strict=True))
        worth[node] = found
    return tuple(choice), worth[0]


def drawable(known: Mapping[str, Parameter]) -> list[Parameter]:
    """The parameters that somebody may doubt: those with a range that is more than a point."""
    return [
        parameter
        for parameter in known.values()
        if parameter.low is not None and parameter.high is not None
        and parameter.low < parameter.high
    ]  # fmt: skip
