"""What would change the verdict: along each parameter, the nearest values at which it turns."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias

from detente.game.formulas import Parameter
from detente.stability.case import Case
from detente.stability.equilibrium import judge
from detente.stability.following.algebraic import Place, Root, between
from detente.stability.following.along import Along, Piece
from detente.stability.following.told import enclosed
from detente.stability.hinges import Turn
from detente.stability.verdict import Verdict


@dataclass(frozen=True)
class Turning:
    """Where, on the way from a parameter's value to an end of its range, `stable` first changes.

    `stable` : whether the bundle is stable beyond; the other parameters stay where they are
    `at` : the exact place twice, or an interval that holds it
    `above` : whether it lies above the parameter's value
    `there` : whether the bundle is stable at the exact place, be it on a tie
    `why` : the reason of the verdict at a value beyond, in short
    `told_at` : that value, None for the end of the range
    `place` : the exact place, be it irrational; None where only the interval is known
    `until` : where beyond it the verdict turns back; None where it does not, or that is not known
    """

    parameter: str
    value: Fraction
    low: Fraction
    high: Fraction
    stable: bool
    at: Turn
    above: bool
    there: bool
    why: str
    told_at: Fraction | None = None
    place: Place | None = None
    until: Place | None = None

    @property
    def end(self) -> Fraction:
        """The end of the range that the change lies before."""
        return self.high if self.above else self.low

    @property
    def exact(self) -> bool:
        """Whether the place is a rational number that is known exactly."""
        return self.at[0] == self.at[1]


def turnings(case: Case) -> tuple[Turning, ...] | None:
    """The parameters in whose range there is another verdict, and the nearest places of the turn.

    All moves are solved anew along each range, not only those that a reason is about. None where
    the game is so large that this would take long.
    """
    elsewhere = case.elsewhere
    names = elsewhere.turning
    if names is None:
        return None
    if not names:
        return ()
    now = judge(case)[0]
    return tuple(
        turning
        for parameter in elsewhere.ranged
        if parameter.name in names
        for above in (False, True)
        for turning in _nearest(case, parameter, now, above)
    )


_Stretch: TypeAlias = tuple[Piece, ...]
"""Neighbouring pieces, in the order in which they are met."""


def _nearest(case: Case, parameter: Parameter, now: Verdict, above: bool) -> Iterator[Turning]:
    """The first change met on the way to an end of the range, if there is one."""
    along = case.elsewhere.along(parameter.name)
    assert along is not None
    assert parameter.low is not None
    assert parameter.high is not None
    stretch, until = _beyond(along, parameter.value, bool(now.stable), above)
    if not stretch:
        return
    first = stretch[0].interval
    place = first.low if above else first.high
    assert place is not None
    told_at = _told_at(stretch, parameter.high if above else parameter.low)
    yield Turning(
        parameter.name, parameter.value, parameter.low, parameter.high,
        stable=not now.stable,
        at=_interval(place),
        above=above,
        there=along.at(place).asked("stable") in ("always", "sometimes"),
        why="" if told_at is None else _why(case, parameter.name, told_at, now),
        told_at=told_at,
        place=place,
        until=until,
    )  # fmt: skip


def _beyond(
    along: Along, value: Fraction, now: bool, above: bool
) -> tuple[_Stretch, Place | None]:
    """The nearest pieces with the other verdict, and where they end; None at the range's end."""
    pieces = [p for p in along.pieces if _further(p, value, above)]
    stretch: list[Piece] = []
    for piece in pieces if above else reversed(pieces):
        other = not piece.standing.fault and _stable(piece) != now
        if other:
            stretch.append(piece)
        elif stretch:
            return tuple(stretch), piece.interval.low if above else piece.interval.high
    return tuple(stretch), None


def _further(piece: Piece, value: Fraction, above: bool) -> bool:
    if value in piece.interval:
        return False
    end = piece.interval.low if above else piece.interval.high
    return end is not None and (end >= value if above else end <= value)


def _stable(piece: Piece) -> bool:
    return piece.standing.asked("stable") in ("always", "sometimes")


def _told_at(stretch: _Stretch, end: Fraction) -> Fraction | None:
    """A value with the other verdict: the end of the range, or one as simple as can be."""
    if any(end in piece.interval for piece in stretch):
        return end
    for piece in stretch:
        low, high = piece.interval.low, piece.interval.high
        if low != high:
            return between(low, high)
        if isinstance(low, Fraction):
            return low
    return None


def _interval(place: Place) -> Turn:
    return enclosed(place) if isinstance(place, Root) else (place, place)


def _why(case: Case, parameter: str, x: Fraction, now: Verdict) -> str:
    """The reason at a value: about a move that makes it fail now, if there is one."""
    changed = case.elsewhere.changed(parameter, x)
    if changed is None:
        return ""
    there = judge(changed)[0]
    failing = {(reason.party, reason.move) for reason in now.reasons if reason.gain > 0}
    told = [reason for reason in there.reasons if (reason.party, reason.move) in failing]
    return next((reason.short for reason in (*told, *there.reasons)), "")
