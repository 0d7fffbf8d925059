"""From one end of a parameter's interval to the other: stretches with one answer, and its proof.

Where all sequential equilibria of a game can be seen at once, the answer is proved up to where the
signs on which that rests may turn. Elsewhere the equilibria are listed at a value inside, and each
is followed as far as it lives (`following.lives`): what they do is proved up to the nearest end of
one of them. There the game is judged at the value, and beyond it the equilibria are listed anew.
"""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Generic, Literal, TypeVar

from detente.errors import OutOfTime
from detente.game.expressions import Expr
from detente.game.tree import Game
from detente.solvers.batches.whole import Whole, sound, whole_at
from detente.stability.following.algebraic import Place, Root, between
from detente.stability.following.along import hull
from detente.stability.following.functions import Function, is_constant
from detente.stability.following.line import Line
from detente.stability.following.lives import Life, Lives
from detente.stability.following.spot import Spot, roots_of
from detente.stability.following.union import Interval
from detente.stability.play import Play

SPLITS = 3
"""How often a stretch of which nothing is proved is halved, to look for more that can be."""
LISTINGS = 96
"""At how many values the equilibria are listed at most, for one question."""
CROWD = 40
"""Equilibria of one value that are followed; of more, these many, and nothing is proved of all."""
SLOW, FEW = 1.0, 10
"""Seconds of a listing beyond which there are no more of them than this."""

Proof = Literal["all", "followed", "value"]
"""Of all sequential equilibria; of those that are followed or, at one value, listed; or of none but
those of one value in the stretch."""

T = TypeVar("T")


@dataclass(frozen=True)
class Stretch(Generic[T]):
    """Values with one answer.

    `proof` : what it is proved of, all over the stretch
    `lives` : the equilibria that are followed there
    """

    interval: Interval
    answer: T
    proof: Proof
    lives: tuple[Life, ...] = ()


@dataclass(frozen=True)
class Judged(Generic[T]):
    """The answer at one value, read from the equilibria listed there.

    `whole` : whether these are all that there are
    `plays` : the equilibria, of the question's game at the value; none where there is no game
    """

    answer: T
    whole: bool
    plays: tuple[Play, ...] = ()


class Question(ABC, Generic[T]):
    """What is asked at every value of a parameter, of the equilibria of one game."""

    game: Game
    unknown: T
    """The answer where none can be had."""

    @abstractmethod
    def judged(self, x: Fraction) -> Judged[T]:
        """The answer at a value."""

    @abstractmethod
    def read(self, whole: Whole, x: Fraction) -> T | None:
        """The answer all over a stretch with these equilibria; None where they do not give it."""

    @abstractmethod
    def settled(self, judged: Judged[T], lives: Sequence[Life]) -> Proof:
        """What is proved where all equilibria listed are followed, or at the one value (no lives).

        At least one is listed.
        """

    @abstractmethod
    def limit(self, stretches: Sequence[Stretch[T]], place: Root) -> T:
        """The answer at an irrational end of these, by the equilibria that come to it."""


class Walk(Generic[T]):
    """Answers to one question along one parameter."""

    def __init__(
        self, question: Question[T], parameter: str, within: Interval, deadline: float | None
    ) -> None:
        game = question.game
        assert game.formulas is not None
        self.question, self.parameter, self.within = question, parameter, within
        self.deadline = deadline
        self.values: Mapping[str, Fraction] = game.formulas.values()
        self.lives = Lives(game, parameter, within)
        self.known: dict[Fraction, Judged[T]] = {}
        self.slow = False

    def stretches(self) -> Iterator[Stretch[T]]:
        """From one end to the other: open stretches, and the values between them."""
        low, high = self.within.low, self.within.high
        assert isinstance(low, Fraction)
        assert isinstance(high, Fraction)
        inside = list(self._between(low, high, SPLITS))
        yield self._point(low)
        for i, stretch in enumerate(inside):
            yield stretch
            end = stretch.interval.high
            if isinstance(end, Root):
                beside = [s for s in inside[i : i + 2] if s.lives or self._arrives(s, end)]
                answer = self.question.limit(beside, end)
                proof: Proof = "value" if answer == self.question.unknown else "followed"
                yield Stretch(Interval(end, end), answer, proof)
            else:
                assert end is not None
                yield self._point(end)

    def _arrives(self, stretch: Stretch[T], place: Root) -> bool:
        """Whether the game's numbers in a stretch are those at its end, without a jump."""
        low, high = stretch.interval.low, stretch.interval.high
        numbers = self.lives.along.at(Spot(between(low, high), after=False))
        return not isinstance(numbers, str) and self.lives.arrives(numbers, place)

    def _point(self, x: Fraction) -> Stretch[T]:
        judged = self._judged(x)
        proof: Proof = "all" if judged.whole else "value"
        if judged.plays and not judged.whole:
            proof = self.question.settled(judged, ())
        return Stretch(Interval(x, x), judged.answer, proof)

    def _judged(self, x: Fraction) -> Judged[T]:
        if x not in self.known:
            start = time.perf_counter()
            self.known[x] = self.question.judged(x)
            self.slow = self.slow or time.perf_counter() - start > SLOW
        return self.known[x]

    @property
    def _spent(self) -> bool:
        return len(self.known) >= (FEW if self.slow else LISTINGS)

    # ── open stretches ─────────────────────────────────────────────────────────────────────────

    def _between(self, low: Place, high: Place, splits: int) -> Iterator[Stretch[T]]:
        """In ascending order; each but the last ends where the next one begins."""
        if self.deadline is not None and time.perf_counter() > self.deadline:
            raise OutOfTime
        x = between(low, high)
        found = self._vouched(x) or self._followed(x, low, high)
        inside = Interval(low, high, False, False)
        if found is None and splits and not self._spent:
            yield from self._between(low, x, splits - 1)
            yield from self._between(x, high, splits - 1)
            return
        if found is None:
            yield Stretch(inside, self._judged(x).answer, "value")
            return
        span = _common([inside, found.interval])
        assert span.low is not None
        assert span.high is not None
        if splits and found.proof != "all" and self._differs(found, x, span):
            yield from self._between(low, x, splits - 1)
            yield from self._between(x, high, splits - 1)
            return
        if span.low > low:
            yield from self._between(low, span.low, splits)
        yield replace(found, interval=span)
        if span.high < high:
            yield from self._between(span.high, high, splits)

    def _differs(self, found: Stretch[T], x: Fraction, span: Interval) -> bool:
        """Whether equilibria that are not followed change the answer somewhere between."""
        for one, other in ((span.low, x), (x, span.high)):
            at = between(one, other)
            vouched = self._vouched(at)
            if vouched is not None and vouched.answer != found.answer:
                return True
            looks = vouched is None and not self._spent and not self.slow
            if looks and self._judged(at).answer != found.answer:
                return True
        return False

    def _followed(self, x: Fraction, low: Place, high: Place) -> Stretch[T] | None:
        """What the equilibria listed at a value do, as far as all that are followed live."""
        if self._spent:
            return None
        judged = self._judged(x)
        some = self._same(judged.plays)[:CROWD]
        found = [self.lives.of(play.equilibrium, x) for play in some]
        lives = tuple(life for life in found if life is not None)
        if not lives:
            return None
        proof: Proof = "value"
        if len(lives) == len(judged.plays):
            proof = self.question.settled(judged, lives)
        span = _common([life.interval for life in lives])
        return Stretch(span, judged.answer, proof, lives)

    def _same(self, plays: Sequence[Play]) -> Sequence[Play]:
        """Those of a game with the tree that is followed."""
        count = self.question.game.num_nodes
        return [play for play in plays if play.game.num_nodes == count]

    def _vouched(self, x: Fraction) -> Stretch[T] | None:
        """An answer proved around a value for all equilibria; None where there is none."""
        game, spot = self.question.game, Spot(x, after=False)
        if isinstance(self.lives.along.at(spot), str):
            turns = [turn for turn in self.lives.along.turns if not is_constant(turn)]
            if any(spot.sign(turn) == 0 for turn in turns):
                return None
            return Stretch(_around(x, turns), self._judged(x).answer, "all")
        whole = whole_at(game, {**self.values, self.parameter: x})
        if whole is None:
            return None
        conditions = list(dict.fromkeys([*sound(game), *whole.conditions]))
        span = self._span(conditions, x)
        answer = None if span is None else self.question.read(whole, x)
        return None if span is None or answer is None else Stretch(span, answer, "all")

    def _span(self, conditions: Sequence[Expr], x: Fraction) -> Interval | None:
        """How far these stay above zero on both sides of a value; None where they are not there."""
        line, spot = Line(self.parameter, self.values, conditions), Spot(x, after=False)
        at = line.at(spot)
        functions = [at[condition] for condition in conditions]
        if any(f is None or spot.sign(f) <= 0 for f in functions):
            return None
        moving = [f for f in (*functions, *line.turns) if not is_constant(f)]
        return None if any(spot.sign(f) == 0 for f in moving) else _around(x, moving)


def _around(x: Fraction, functions: Sequence[Function]) -> Interval:
    """The values around one up to the nearest roots of these, none of which is a root."""
    roots = {root for f in functions for root in roots_of(f)}
    low = max((root for root in roots if root < x), default=None)
    return Interval(low, min((root for root in roots if root > x), default=None), False, False)


def _common(intervals: Sequence[Interval]) -> Interval:
    """What open intervals have in common; an end of None is no bound."""
    lows = [one.low for one in intervals if one.low is not None]
    highs = [one.high for one in intervals if one.high is not None]
    return Interval(max(lows, default=None), min(highs, default=None), False, False)


def gaps(stretches: Sequence[Stretch[T]], proofs: Sequence[Proof]) -> tuple[Interval, ...]:
    """The values with one of these proofs, neighbours as one."""
    found: list[Interval] = []
    for stretch in stretches:
        if stretch.proof not in proofs:
            continue
        if found and found[-1].high == stretch.interval.low:
            found[-1] = hull(found[-1], stretch.interval)
        else:
            found.append(stretch.interval)
    return tuple(found)
