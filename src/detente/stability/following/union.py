"""Sets of values of one parameter: unions of intervals and points, with exact ends."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Any

from detente.stability.following.algebraic import (
    Place,
    Root,
    between,
    primitive,
    real_roots,
    sign_at,
)
from detente.stability.following.told import enclosed, inwards, told

RELATIONS: dict[str, Callable[[int], bool]] = {
    "<": lambda sign: sign < 0,
    "<=": lambda sign: sign <= 0,
    ">": lambda sign: sign > 0,
    ">=": lambda sign: sign >= 0,
    "==": lambda sign: sign == 0,
    "!=": lambda sign: sign != 0,
}


@dataclass(frozen=True)
class Interval:
    """The values between two ends; an end of None is no bound on that side.

    >>> half_open = Interval(Fraction(0), Fraction(1), True, False)
    >>> Fraction(0) in half_open, Fraction(1) in half_open, half_open.text("d")
    (True, False, '0 ≤ d < 1')
    """

    low: Place | None
    high: Place | None
    low_closed: bool = True
    high_closed: bool = True

    @property
    def is_point(self) -> bool:
        """Whether it is one value only."""
        return self.low is not None and self.low == self.high

    def __contains__(self, x: Place | int) -> bool:
        above = self.low is None or x > self.low or (self.low_closed and x == self.low)
        below = self.high is None or x < self.high or (self.high_closed and x == self.high)
        return above and below

    def text(self, name: str, within: Interval | None = None) -> str:
        """As an inequality; an end that it shares with `within` goes unsaid.

        Bounds that are no short decimals are rounded inwards, so that what is said is enough.
        """
        if self.low is not None and self.low == self.high:
            return told(name, self.low)
        low = self.low is not None and not _shared(within, self, low=True)
        high = self.high is not None and not _shared(within, self, low=False)
        least, most = inwards(self.low if low else None, self.high if high else None)
        if low and high:
            return (
                f"{least} {'≤' if self.low_closed else '<'} {name} "
                f"{'≤' if self.high_closed else '<'} {most}"
            )
        if low:
            return f"{name} {'≥' if self.low_closed else '>'} {least}"
        if high:
            return f"{name} {'≤' if self.high_closed else '<'} {most}"
        return f"every {name}"

    def data(self) -> dict[str, Any]:
        """As plain data: exact ends as Fractions, algebraic ones as `place_data` has them."""
        return {
            "low": place_data(self.low),
            "high": place_data(self.high),
            "low_closed": self.low is not None and self.low_closed,
            "high_closed": self.high is not None and self.high_closed,
        }


def _shared(within: Interval | None, mine: Interval, low: bool) -> bool:
    if within is None:
        return False
    if low:
        return within.low == mine.low and within.low_closed == mine.low_closed
    return within.high == mine.high and within.high_closed == mine.high_closed


EVERYWHERE = Interval(None, None, False, False)
"""All real numbers."""


@dataclass(frozen=True)
class Union:
    """Disjoint intervals in ascending order, no two of which touch.

    `within` : the interval that the parameter may lie in, an interval of several values

    >>> q = Interval(Fraction(0), Fraction(1))
    >>> enough = where([Fraction(-2, 5), 1], ">=", q)
    >>> enough.text("q"), enough.infimum, enough.attained, Fraction(1, 3) in enough
    ('q ≥ 0.4', Fraction(2, 5), True, False)
    >>> (~enough).text("q"), (enough & ~enough).text("q"), (enough | ~enough).text("q")
    ('q < 0.4', 'no q', 'every q')
    """

    intervals: tuple[Interval, ...]
    within: Interval = EVERYWHERE

    @property
    def is_empty(self) -> bool:
        """Whether no value is in it."""
        return not self.intervals

    @property
    def is_everything(self) -> bool:
        """Whether every value of `within` is in it."""
        return self.intervals == (self.within,)

    @property
    def infimum(self) -> Place | None:
        """The greatest lower bound; None where the set is empty or has no lower bound."""
        return self.intervals[0].low if self.intervals else None

    @property
    def attained(self) -> bool:
        """Whether the infimum is in the set."""
        return self.infimum is not None and self.intervals[0].low_closed

    @property
    def supremum(self) -> Place | None:
        """The least upper bound; None where the set is empty or has no upper bound."""
        return self.intervals[-1].high if self.intervals else None

    @property
    def supremum_attained(self) -> bool:
        """Whether the supremum is in the set."""
        return self.supremum is not None and self.intervals[-1].high_closed

    def __contains__(self, x: Place | int) -> bool:
        return any(x in interval for interval in self.intervals)

    def __and__(self, other: Union) -> Union:
        if self.within == other.within:  # the commonest cases, without asking value by value
            if self.is_empty or other.is_everything:
                return self
            if other.is_empty or self.is_everything:
                return other
        return self._with(other, lambda mine, theirs: mine and theirs)

    def __or__(self, other: Union) -> Union:
        return self._with(other, lambda mine, theirs: mine or theirs)

    def __sub__(self, other: Union) -> Union:
        return self._with(other, lambda mine, theirs: mine and not theirs)

    def __invert__(self) -> Union:
        """The other values of `within`."""
        return union(self._ends(), lambda x: x not in self, self.within)

    def _with(self, other: Union, rule: Callable[[bool, bool], bool]) -> Union:
        if self.within != other.within:
            raise ValueError("sets of values within different intervals do not combine.")
        ends = [*self._ends(), *other._ends()]
        return union(ends, lambda x: rule(x in self, x in other), self.within)

    def _ends(self) -> Iterator[Place]:
        for interval in self.intervals:
            yield from (end for end in (interval.low, interval.high) if end is not None)

    def text(self, name: str) -> str:
        """As inequalities: `0.2 ≤ q < 0.5 or q = 1`, `no q`, `every q`."""
        if self.is_empty:
            return f"no {name}"
        return " or ".join(part.text(name, self.within) for part in self.intervals)

    def data(self) -> dict[str, Any]:
        """As plain data, exact: the intervals, the infimum and the supremum."""
        return {
            "intervals": [interval.data() for interval in self.intervals],
            "within": self.within.data(),
            "infimum": place_data(self.infimum),
            "attained": self.attained,
            "supremum": place_data(self.supremum),
            "supremum_attained": self.supremum_attained,
        }


def everything(within: Interval) -> Union:
    """All values."""
    return Union((within,), within)


def nothing(within: Interval) -> Union:
    """No value."""
    return Union((), within)


def union(
    ends: Iterable[Place], holds: Callable[[Place], bool], within: Interval = EVERYWHERE
) -> Union:
    """Where a predicate holds that changes only at these ends, and is asked at exact places.

    `holds` : asked once at each end in `within`, and once at a rational between neighbours
    """
    cuts = sorted({end for end in ends if end in within} | set(_closed_ends(within)))
    spans: list[Interval] = []
    bounds: Sequence[Place | None] = [within.low, *cuts, within.high]
    for i, (low, high) in enumerate(pairwise(bounds)):
        if i and low is not None and holds(low):
            spans.append(Interval(low, low))
        if (low is None or high is None or low < high) and holds(between(low, high)):
            spans.append(Interval(low, high, False, False))
    return Union(tuple(_joined(spans)), within)


def _closed_ends(within: Interval) -> Iterator[Place]:
    if within.low is not None and within.low_closed:
        yield within.low
    if within.high is not None and within.high_closed:
        yield within.high


def _joined(spans: Iterable[Interval]) -> Iterator[Interval]:
    """Points and open intervals in order, those that touch as one."""
    held: Interval | None = None
    for span in spans:
        if held is not None and held.high == span.low and (held.high_closed or span.low_closed):
            held = Interval(held.low, span.high, held.low_closed, span.high_closed)
            continue
        if held is not None:
            yield held
        held = span
    if held is not None:
        yield held


def where(
    coefficients: Sequence[int | Fraction], relation: str, within: Interval = EVERYWHERE
) -> Union:
    """Where a polynomial compares with zero like that, exactly.

    `coefficients` : that of the constant first
    `relation` : one of <, <=, >, >=, ==, !=

    >>> where([-2, 0, 1], ">", Interval(Fraction(0), None, True, False)).text("x")
    'x > 1.415'
    """
    test = RELATIONS[relation]
    whole = primitive(coefficients)
    if len(whole) < 2:
        sign = sign_at(whole, Fraction(0))
        return everything(within) if test(sign) else nothing(within)
    roots = real_roots(whole)
    return union(roots, lambda x: test(0 if x in roots else sign_at(whole, x)), within)


def place_data(place: Place | None) -> Any:
    """A Fraction as it is; an algebraic number as its polynomial, an interval and a decimal."""
    if isinstance(place, Root):
        return {
            "polynomial": [Fraction(c) for c in place.polynomial],
            "between": list(enclosed(place)),
            "decimal": float(place),
        }
    return place
