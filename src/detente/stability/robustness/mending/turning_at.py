"""Where along one lever the aim is reached: the nearest values, exactly, and one to propose."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from math import floor

from detente.stability.following.algebraic import Place, Root
from detente.stability.following.union import Interval, Union

FINELY = Fraction(1, 1000)
"""The part of a lever's range that a number goes beyond a bound that is only approached."""
CLOSELY = Fraction(1, 10**15)
"""How closely an irrational bound is told."""


@dataclass(frozen=True)
class Turn:
    """The nearest value in one direction.

    `bound` : the value itself, or the one that is approached
    `attained` : whether the aim is reached at the bound
    `value` : where it is reached, a short decimal where the bound is none
    """

    bound: Place
    attained: bool
    value: Fraction

    @property
    def rational(self) -> bool:
        """Whether the bound is a fraction."""
        return not isinstance(self.bound, Root)

    def distance(self, now: Fraction) -> Fraction:
        """From the value of now; of an irrational bound rounded up."""
        if isinstance(self.bound, Root):
            close = self.bound.within(CLOSELY)
            return max(abs(close.low - now), abs(close.high - now))
        return abs(self.bound - now)


def turns(reached: Union, now: Fraction, scale: Fraction) -> Iterator[Turn]:
    """The nearest values above and below at which the aim is reached; `now` is none of them.

    >>> q = Interval(Fraction(0), Fraction(1))
    >>> more = Union((Interval(Fraction(2, 3), Fraction(1), False, True),), q)
    >>> next(turns(more, Fraction(1, 2), Fraction(1)))
    Turn(bound=Fraction(2, 3), attained=False, value=Fraction(667, 1000))
    """
    above = [part for part in reached.intervals if part.low is not None and part.low >= now]
    below = [part for part in reached.intervals if part.high is not None and part.high <= now]
    if above:
        part = above[0]
        assert part.low is not None
        found = _turn(part.low, part.low_closed, part, scale, up=True)
        if found is not None:
            yield found
    if below:
        part = below[-1]
        assert part.high is not None
        found = _turn(part.high, part.high_closed, part, scale, up=False)
        if found is not None:
            yield found


def _turn(bound: Place, closed: bool, part: Interval, scale: Fraction, up: bool) -> Turn | None:
    if closed and not isinstance(bound, Root):
        return Turn(bound, True, bound)
    far = part.high if up else part.low
    # A single irrational point is reached by no fraction: there is nothing to propose.
    return None if bound == far else Turn(bound, closed, _just_beyond(bound, far, scale, up))


def _just_beyond(bound: Place, far: Place | None, scale: Fraction, up: bool) -> Fraction:
    """A short decimal strictly between a bound and what lies a little beyond it."""
    near = _edge(bound, up)
    room = scale * FINELY
    if far is not None:
        room = min(room, abs(_edge(far, not up) - near) / 2)
    return short_between(near, near + room) if up else -short_between(-near, -near + room)


def _edge(place: Place, upper: bool) -> Fraction:
    """The place, or of an irrational one a close fraction on one side of it."""
    if not isinstance(place, Root):
        return place
    close = place.within(CLOSELY)
    return close.high if upper else close.low


def short_between(low: Fraction, high: Fraction) -> Fraction:
    """The decimal with the fewest digits strictly between two numbers.

    >>> short_between(Fraction(190), Fraction(193)), short_between(Fraction(1, 3), Fraction(2, 5))
    (Fraction(191, 1), Fraction(17, 50))
    """
    unit = Fraction(10) ** (len(str(floor(abs(high)))) + 1)
    while True:
        found = (floor(low / unit) + 1) * unit
        if found < high:
            return found
        unit /= 10
