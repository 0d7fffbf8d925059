"""What all pure equilibria of a game of perfect information pay: at one point, and along a line."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import combinations, pairwise
from typing import Any

from detente.game.tree import CHANCE, Game
from detente.stability.following.algebraic import Place, between
from detente.stability.following.along import hull
from detente.stability.following.functions import Function, constant, parts
from detente.stability.following.induction import Induction, State
from detente.stability.following.numbers import Numbers
from detente.stability.following.spot import Spot, roots_of
from detente.stability.following.sweep import Sweep
from detente.stability.following.union import Interval
from detente.stability.verdict import Range

Removed = Callable[[Game, int, int], bool]
"""Whether a move is taken away, by the game, the node, and the move's position."""

Paid = Mapping[str, Range]
"""Party → the least and the greatest that it gets in equilibrium."""


class _Nothing:
    """Marks where only payoffs are asked for."""

    start = None

    def passing(self, node: int, known: None) -> None:
        """Nothing is known."""

    def weighed(self, known: None, likely: bool) -> None:
        """Nothing is known."""

    def together(self, one: None, other: None) -> None:
        """Nothing is known."""

    def either(self, one: None, other: None) -> None:
        """Nothing is known."""


NOTHING = _Nothing()


class Paying(Induction):
    """The payoffs of all pure subgame-perfect equilibria from every node on, at the game's numbers.

    `removed` : moves that are taken away, unless a node has no other
    `numbers` : in place of the game's own
    """

    def __init__(
        self,
        game: Game,
        removed: Removed | None = None,
        deadline: float | None = None,
        numbers: Numbers | None = None,
    ) -> None:
        super().__init__(game, range(game.num_players), NOTHING, deadline)
        if removed is not None:
            self.moves = left_over(game, self.moves, removed)
        self.solve(swift(numbers_of(game) if numbers is None else numbers))

    def sign(self, function: Any) -> int:
        """Of a number."""
        return int(function > 0) - int(function < 0)

    def key(self, function: Any) -> Any:
        """The number itself."""
        return function

    def rely(self, node: int, differences: Sequence[Fraction]) -> None:
        """Nothing moves here."""


def left_over(game: Game, moves: Sequence[Sequence[int]], removed: Removed) -> list[list[int]]:
    """The moves of each node without those that are taken away, all where none would be left."""
    found = []
    for node, children in enumerate(moves):
        kept = list(children)
        if game.mover[node] >= 0:
            kept = [child for i, child in enumerate(children) if not removed(game, node, i)]
        found.append(kept or list(children))
    return found


def numbers_of(game: Game) -> Numbers:
    """A game's numbers as they are."""
    nodes = range(game.num_nodes)
    infosets = game.infosets
    return Numbers(
        gains=[tuple(game.payoff(node)) for node in nodes],
        factors=[tuple(game.discount(node) or ()) or None for node in nodes],
        odds=[
            tuple(infosets.probabilities(int(game.infoset[node])))
            if game.mover[node] == CHANCE else ()
            for node in nodes
        ],
        nothing=(Fraction(0),) * game.num_players,
    )  # fmt: skip


def swift(numbers: Numbers) -> Numbers:
    """The same with `flint.fmpq` in place of Fractions, which is several times as fast."""
    from flint import fmpq

    known: dict[Fraction, Any] = {}

    def row(given: Any) -> Any:
        return None if given is None else tuple(map(number, given))

    def number(value: Fraction) -> Any:
        found = known.get(value)
        if found is None:
            known[value] = found = fmpq(value.numerator, value.denominator)
        return found

    return Numbers(
        gains=[row(each) for each in numbers.gains],
        factors=[row(each) for each in numbers.factors],
        odds=[row(each) for each in numbers.odds],
        nothing=tuple(map(number, numbers.nothing)),
    )


def paid(
    game: Game, node: int = 0, removed: Removed | None = None, deadline: float | None = None
) -> Paid:
    """What each player gets from a node on, over all pure subgame-perfect equilibria.

    Raises NotSupported where ties make too many equilibrium payoffs, OutOfTime where the deadline
    passes.
    """
    states = Paying(game, removed, deadline).states
    assert states is not None
    return ranges(game, states[node])


def ranges(game: Game, state: State) -> dict[str, Range]:
    """The least and greatest of each player, of payoffs that are numbers."""
    found = {}
    for i, player in enumerate(game.players):
        ends = [entry.vector[i] for entry in state]
        found[player] = slow(min(ends)), slow(max(ends))
    return found


def slow(number: Any) -> Fraction:
    """A `flint.fmpq` as a Fraction."""
    return Fraction(int(number.p), int(number.q))


# ── along a parameter ──────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Quotient:
    """A quotient of two polynomials, by their coefficients, that of the constant first."""

    up: tuple[Fraction, ...]
    down: tuple[Fraction, ...] = (Fraction(1),)

    def __call__(self, x: Fraction) -> Fraction:
        return _polynomial(self.up, x) / _polynomial(self.down, x)

    @property
    def is_polynomial(self) -> bool:
        """Whether nothing stands below the line."""
        return len(self.down) == 1

    @property
    def is_constant(self) -> bool:
        """Whether it does not depend on the parameter."""
        return len(self.up) == len(self.down) == 1


@dataclass(frozen=True)
class CurvePiece:
    """Values of the parameter between which payoffs are the same functions of it."""

    interval: Interval
    least: Quotient
    greatest: Quotient


@dataclass(frozen=True)
class Curve:
    """What one party gets in equilibrium at every value of a parameter in an interval.

    `pieces` : in ascending order; they cover the interval, and neighbours differ
    """

    parameter: str
    within: Interval
    pieces: tuple[CurvePiece, ...]

    def at(self, x: Fraction) -> Range:
        """The least and greatest there; KeyError outside the interval."""
        piece = self.piece(x)
        return piece.least(x), piece.greatest(x)

    def piece(self, x: Place) -> CurvePiece:
        """The piece that a value lies in; KeyError outside the interval."""
        for piece in self.pieces:
            if x in piece.interval:
                return piece
        raise KeyError(x)

    @property
    def is_constant(self) -> bool:
        """Whether it is one number, the same everywhere."""
        only = self.pieces[0]
        return len(self.pieces) == 1 and only.least == only.greatest and only.least.is_constant


def curves(
    game: Game,
    parameter: str,
    within: Interval,
    node: int = 0,
    removed: Removed | None = None,
    deadline: float | None = None,
) -> dict[str, Curve]:
    """What each player gets from a node on at every value of one parameter, exactly.

    `within` : the interval, both ends finite

    Over all pure subgame-perfect equilibria. Raises NotSupported where ties make too many payoffs
    to follow, or where the game is not defined at some value; OutOfTime where the deadline passes.
    """
    return followed(game, parameter, within, node, removed, deadline)[0]


def followed(
    game: Game,
    parameter: str,
    within: Interval,
    node: int = 0,
    removed: Removed | None = None,
    deadline: float | None = None,
) -> tuple[dict[str, Curve], bool]:
    """The curves, and whether all equilibria stay the same moves all along, node by node."""
    players = range(game.num_players)
    sweep = Sweep(game, parameter, within, NOTHING, deadline, players=players)
    if removed is not None:
        sweep.moves = left_over(game, sweep.moves, removed)
    found: dict[str, list[CurvePiece]] = {player: [] for player in game.players}
    steady = True
    for interval, changed in sweep.run():
        steady = steady and not (changed and interval.low != within.low)
        _refuse_undefined(sweep, interval)
        assert sweep.states is not None
        for i, player in enumerate(game.players):
            functions = {sweep.key(e.vector[i]): e.vector[i] for e in sweep.states[node]}
            for piece in _envelope(list(functions.values()), interval):
                _append(found[player], piece)
    curves = {player: Curve(parameter, within, tuple(rows)) for player, rows in found.items()}
    return curves, steady


def stretches(found: Sequence[Curve]) -> Iterator[Interval]:
    """The intervals in which several curves over the same values all keep their functions.

    Without the single values between them.
    """
    within = found[0].within
    ends = {
        end
        for curve in found
        for piece in curve.pieces
        for end in (piece.interval.low, piece.interval.high)
        if end is not None
    }
    for low, high in pairwise(sorted(ends)):
        yield Interval(
            low, high, low == within.low and within.low_closed,
            high == within.high and within.high_closed,
        )  # fmt: skip


def _refuse_undefined(sweep: Sweep, interval: Interval) -> None:
    from detente.errors import NotSupported

    if sweep.states is None:
        at = interval.text(sweep.numbers_along.line.parameter)
        raise NotSupported(f"there is no game where {at}: {sweep.fault}.")


def _envelope(functions: Sequence[Function], interval: Interval) -> Iterator[CurvePiece]:
    """The least and the greatest of functions on a point or an open interval, in pieces."""
    if interval.is_point:
        assert interval.low is not None
        yield _extremes(functions, interval, interval.low)
        return
    cuts = {
        root
        for one, other in combinations(functions, 2)
        for root in roots_of(one - other)
        if root in interval
    }
    bounds: list[Place | None] = [interval.low, *sorted(cuts), interval.high]
    for k, (low, high) in enumerate(pairwise(bounds)):
        if k:
            assert low is not None
            yield _extremes(functions, Interval(low, low), low)
        yield _extremes(functions, Interval(low, high, False, False), between(low, high))


def _extremes(functions: Sequence[Function], interval: Interval, place: Place) -> CurvePiece:
    spot = Spot(place, after=False)
    least = greatest = functions[0]
    for function in functions[1:]:
        if spot.sign(function - least) < 0:
            least = function
        if spot.sign(function - greatest) > 0:
            greatest = function
    return CurvePiece(interval, quotient_of(least), quotient_of(greatest))


def _append(pieces: list[CurvePiece], piece: CurvePiece) -> None:
    """Add a piece, to the last one where it goes on with the same functions or the same value."""
    if pieces:
        last = pieces[-1]
        if piece.interval.is_point and _meets(last, piece.interval.low, piece):
            piece = replace(last, interval=piece.interval)
        elif last.interval.is_point and _meets(piece, last.interval.low, last):
            last = replace(piece, interval=last.interval)
            pieces[-1] = last
        if (last.least, last.greatest) == (piece.least, piece.greatest):
            pieces[-1] = replace(last, interval=hull(last.interval, piece.interval))
            return
    pieces.append(piece)


def _meets(piece: CurvePiece, place: Place | None, point: CurvePiece) -> bool:
    """Whether a piece next to a rational point has the same values there."""
    if not isinstance(place, Fraction):
        return False
    for mine, theirs in ((piece.least, point.least), (piece.greatest, point.greatest)):
        if not _polynomial(mine.down, place) or mine(place) != theirs(place):
            return False
    return True


def quotient_of(function: Function) -> Quotient:
    """A function of `following` by its coefficients."""
    up, down = parts(function)
    return Quotient(_coefficients(up), _coefficients(down))


def _coefficients(polynomial: Any) -> tuple[Fraction, ...]:
    polynomial = constant(0) + polynomial
    return tuple(Fraction(int(c.p), int(c.q)) for c in polynomial.coeffs()) or (Fraction(0),)


def _polynomial(coefficients: Sequence[Fraction], x: Fraction) -> Fraction:
    total = Fraction(0)
    for coefficient in reversed(coefficients):
        total = total * x + coefficient
    return total
