"""Along one parameter where sides do not see everything: what is proved, and what is not.

Where all sequential equilibria of a game can be seen at once (`solvers.batches.whole`), they have
the same form as long as certain signs stay: up to the nearest roots of these functions the verdict
is proved. What lies between such stretches is judged at single values, and said to be no more.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Generic, TypeVar

from detente.errors import DetenteError, OutOfTime
from detente.game.tree import Game, Role
from detente.solvers.batches.whole import Whole, sound, whole_at
from detente.stability.case import Source
from detente.stability.following.algebraic import Place, Root, between
from detente.stability.following.along import Along, Piece, append, hull
from detente.stability.following.course import Standing
from detente.stability.following.functions import is_constant
from detente.stability.following.line import Line
from detente.stability.following.spot import Spot, roots_of
from detente.stability.following.union import Interval
from detente.stability.readings import sequential_equilibria
from detente.stability.robustness.axes import Settled
from detente.stability.robustness.under_secrets import needs_more
from detente.stability.sequential import verdict_on

SPLITS = 3
"""How often a stretch of which nothing is proved is halved, to look for more that can be."""
UNTOLD = "the value is irrational, and not judged"
ALL = ("all", "all_pure")

T = TypeVar("T")


@dataclass(frozen=True)
class Stretch(Generic[T]):
    """Values with one answer; `proved` for all of them, or else judged at one of them."""

    interval: Interval
    answer: T
    proved: bool


class SecretFollower:
    """What is asked of several parameters of talks with hidden information."""

    def __init__(self, source: Source, bundles: Sequence[int], deadline: float | None) -> None:
        self.source, self.bundles, self.deadline = source, tuple(bundles), deadline

    def verdicts(
        self, parameter: str, within: Interval
    ) -> tuple[list[Along], dict[str, tuple[Interval, ...]]]:
        """Every bundle along a parameter; and where a verdict is judged at single values only."""
        found, unproved = [], {}
        for bundle in self.bundles:
            name = self.source.talks.bundles[bundle].name
            stretches = list(self._bundle(bundle, parameter, within))
            pieces: list[Piece] = []
            for stretch in stretches:
                append(pieces, Piece(stretch.interval, stretch.answer))
            found.append(Along(name, parameter, within, tuple(pieces)))
            gaps = _gaps(stretches)
            if gaps:
                unproved[name] = gaps
        return found, unproved

    def settlement(
        self, parameter: str, within: Interval
    ) -> tuple[tuple[Settled, ...], tuple[Interval, ...]]:
        """What the talks as written may end with; and where that is judged at single values."""
        game = self.source.game
        count = len(self.source.talks.bundles)

        def read(whole: Whole, x: Fraction) -> frozenset[int] | None:
            return frozenset(
                bundle
                for bundle in range(count)
                if any(node in whole.reached for node in game.tagged(Role.SIGNED, bundle))
            )

        def judged(x: Fraction) -> tuple[frozenset[int] | None, bool]:
            try:
                there = self._there(parameter, x).game
            except DetenteError:
                return None, True
            listed = sequential_equilibria(there, self.deadline)
            signed = frozenset(
                b for b in range(count) if any(p.equilibrium.signed(b) > 0 for p in listed.plays)
            )
            return signed, listed.whole

        stretches = list(self._stretches(game, parameter, within, read, judged, None))
        settled: list[Settled] = []
        for s in stretches:
            fault = "it is not decided, or there is no game" if s.answer is None else ""
            if settled and settled[-1].signed == s.answer:
                joint = hull(settled[-1].interval, s.interval)
                settled[-1] = replace(settled[-1], interval=joint)
            else:
                settled.append(Settled(s.interval, s.answer, fault))
        return tuple(settled), _gaps(stretches)

    # ── one question ───────────────────────────────────────────────────────────────────────────

    def _there(self, parameter: str, x: Fraction) -> Source:
        return Source(self.source.talks.at(**{parameter: x}), self.source.round, self.deadline)

    def _bundle(
        self, bundle: int, parameter: str, within: Interval
    ) -> Iterator[Stretch[Standing]]:
        source = self.source
        game = source.talks.table(bundle, source.round) if source.has_protocol else source.game

        def judged(x: Fraction) -> tuple[Standing, bool]:
            try:
                there = self._there(parameter, x)
                listed = None
                if not there.has_protocol:
                    listed = sequential_equilibria(there.game, self.deadline)
                verdict, complete = verdict_on(there, bundle, listed)
            except DetenteError as error:
                return Standing(fault=str(error)), True
            modal = verdict.modal
            found = Standing(modal["acceptable"], modal["honoured"], modal["stable"])
            return found, complete in ALL

        def read(whole: Whole, x: Fraction) -> Standing | None:
            return None if needs_more(game, whole, bundle) else judged(x)[0]

        unknown = Standing(fault=UNTOLD)
        return self._stretches(game, parameter, within, read, judged, unknown)

    def _stretches(
        self,
        game: Game,
        parameter: str,
        within: Interval,
        read: Callable[[Whole, Fraction], T | None],
        judged: Callable[[Fraction], tuple[T, bool]],
        unknown: T,
    ) -> Iterator[Stretch[T]]:
        """From one end to the other: open stretches, and the values between them.

        `read` : the answer all over a stretch with these equilibria; None where they do not give it
        `judged` : the answer at one value, and whether it is about all equilibria
        `unknown` : the answer where none can be had
        """
        low, high = within.low, within.high
        assert isinstance(low, Fraction)
        assert isinstance(high, Fraction)
        walk = _Walk(self, game, parameter, read, judged)
        yield Stretch(Interval(low, low), *judged(low))
        for stretch in walk.between(low, high, SPLITS):
            yield stretch
            end = stretch.interval.high
            assert end is not None
            if isinstance(end, Root):
                yield Stretch(Interval(end, end), unknown, False)
            else:
                yield Stretch(Interval(end, end), *judged(end))


class _Walk(Generic[T]):
    """Open stretches between two values."""

    def __init__(
        self,
        follower: SecretFollower,
        game: Game,
        parameter: str,
        read: Callable[[Whole, Fraction], T | None],
        judged: Callable[[Fraction], tuple[T, bool]],
    ) -> None:
        assert game.formulas is not None
        self.follower, self.game, self.parameter = follower, game, parameter
        self.values: Mapping[str, Fraction] = game.formulas.values()
        self.read, self.judged = read, judged

    def between(self, low: Place, high: Place, splits: int) -> Iterator[Stretch[T]]:
        """In ascending order; each but the last ends where the next one begins."""
        deadline = self.follower.deadline
        if deadline is not None and time.perf_counter() > deadline:
            raise OutOfTime
        x = between(low, high)
        span = self._vouched(x)
        if span is None and splits:
            yield from self.between(low, x, splits - 1)
            yield from self.between(x, high, splits - 1)
            return
        if span is None:
            yield Stretch(Interval(low, high, False, False), self.judged(x)[0], False)
            return
        answer, left, right = span
        left = low if left is None or left < low else left
        right = high if right is None or right > high else right
        if left > low:
            yield from self.between(low, left, splits)
        yield Stretch(Interval(left, right, False, False), answer, True)
        if right < high:
            yield from self.between(right, high, splits)

    def _vouched(self, x: Fraction) -> tuple[T, Place | None, Place | None] | None:
        """An answer proved around a value, and how far on both sides; None where there is none."""
        here = {**self.values, self.parameter: x}
        whole = whole_at(self.game, here)
        if whole is None:
            return None
        conditions = list(dict.fromkeys([*sound(self.game), *whole.conditions]))
        line, spot = Line(self.parameter, self.values, conditions), Spot(x, after=False)
        at = line.at(spot)
        functions = [at[condition] for condition in conditions]
        if any(f is None or spot.sign(f) <= 0 for f in functions):
            return None
        roots = {r for f in (*functions, *line.turns) if not is_constant(f) for r in roots_of(f)}
        answer = None if x in roots else self.read(whole, x)
        if answer is None:
            return None
        return answer, max((r for r in roots if r < x), default=None), min(
            (r for r in roots if r > x), default=None
        )  # fmt: skip


def _gaps(stretches: Sequence[Stretch[T]]) -> tuple[Interval, ...]:
    """The values of which nothing is proved, neighbours as one."""
    found: list[Interval] = []
    for stretch in stretches:
        if stretch.proved:
            continue
        if found and found[-1].high == stretch.interval.low:
            found[-1] = hull(found[-1], stretch.interval)
        else:
            found.append(stretch.interval)
    return tuple(found)
