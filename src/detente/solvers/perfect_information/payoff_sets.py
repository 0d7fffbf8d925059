"""What the equilibria from a node on can give: exact sets, and certified bounds where those grow.

A `PayoffSet` maps each payoff vector to how many profiles give it and to the tracks: for each
tracked group of nodes the least and greatest expected number of arrivals over these profiles. A
`Box` bounds the same numbers one by one and says which of its bounds an equilibrium attains.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

COUNT_BITS = 4096
"""Profiles are counted up to this many binary digits; beyond, the count is None."""

Vector = tuple[int, ...]
Tracks = Mapping[int, tuple[int, int]]
"""Track → (least, greatest), scaled; tracks that nothing arrives at are left out."""
Entry = tuple[int | None, Tracks]
PayoffSet = dict[Vector, Entry]

NO_TRACKS: Tracks = {}


@dataclass(frozen=True, slots=True)
class Span:
    """Bounds of one number; `low_sure`, `high_sure`: whether some equilibrium attains them."""

    low: int
    high: int
    low_sure: bool = True
    high_sure: bool = True

    def changed(self, factor: int, divisor: int, added: int = 0) -> Span:
        """The bounds of (number + added) / divisor * factor; divisions leave no remainder."""
        low, high = (self.low + added) // divisor * factor, (self.high + added) // divisor * factor
        if factor < 0:
            return Span(high, low, self.high_sure, self.low_sure)
        sure = low == high
        return Span(low, high, self.low_sure or sure, self.high_sure or sure)

    def plus(self, other: Span) -> Span:
        """The bounds of the sum of two independent numbers."""
        return Span(
            self.low + other.low, self.high + other.high,
            self.low_sure and other.low_sure, self.high_sure and other.high_sure,
        )


NOTHING = Span(0, 0)


@dataclass(frozen=True, slots=True)
class Box:
    """Bounds of each player's payoff and of each track, and how many profiles there are."""

    payoffs: tuple[Span, ...]
    tracks: Mapping[int, Span]
    count: int | None


State = PayoffSet | Box


def capped(count: int | None) -> int | None:
    """The count, or None where it has grown beyond `COUNT_BITS`."""
    return None if count is None or count.bit_length() > COUNT_BITS else count


def times(counts: Iterable[int | None]) -> int | None:
    """The product; None where one factor is unknown."""
    total = 1
    for count in counts:
        if count is None:
            return None
        total *= count
        if total.bit_length() > COUNT_BITS:
            return None
    return total


def total(state: State) -> int | None:
    """How many profiles there are from the node on."""
    if isinstance(state, Box):
        return state.count
    if len(state) == 1:
        return next(iter(state.values()))[0]
    return _sum(count for count, _ in state.values())


def _sum(counts: Iterable[int | None]) -> int | None:
    added = 0
    for count in counts:
        if count is None:
            return None
        added += count
    return capped(added)


def either(first: Tracks, second: Tracks) -> Tracks:
    """Least and greatest over two groups of profiles."""
    if first is second or first == second:
        return first
    merged = {}
    for track in first.keys() | second.keys():
        low, high = first.get(track, (0, 0))
        other_low, other_high = second.get(track, (0, 0))
        merged[track] = (min(low, other_low), max(high, other_high))
    return merged


def both(first: Tracks, second: Tracks) -> Tracks:
    """Least and greatest of the sum over two independent groups of profiles."""
    if not second:
        return first
    if not first:
        return second
    merged = dict(first)
    for track, (low, high) in second.items():
        below, above = merged.get(track, (0, 0))
        merged[track] = (below + low, above + high)
    return merged


def put(entries: PayoffSet, vector: Vector, count: int | None, tracks: Tracks) -> None:
    """Add profiles that give this vector."""
    known = entries.get(vector)
    if known is not None:
        count = None if count is None or known[0] is None else known[0] + count
        tracks = either(known[1], tracks)
    entries[vector] = (count, tracks)


def span_of(state: State, player: int) -> Span:
    """The bounds of a player's payoff."""
    if isinstance(state, Box):
        return state.payoffs[player]
    if len(state) == 1:
        (vector,) = state
        return Span(vector[player], vector[player])
    numbers = [vector[player] for vector in state]
    return Span(min(numbers), max(numbers))


def box_of(state: State) -> Box:
    """The bounds of a set; each is attained."""
    if isinstance(state, Box):
        return state
    payoffs = tuple(Span(min(numbers), max(numbers)) for numbers in zip(*state, strict=True))
    tracks: Tracks = NO_TRACKS
    for place, (_, entry) in enumerate(state.values()):
        tracks = either(tracks, entry) if place else entry
    return Box(payoffs, {t: Span(low, high) for t, (low, high) in tracks.items()}, total(state))


# ── a decision ─────────────────────────────────────────────────────────────────────────────────


def decide_exactly(
    children: Sequence[PayoffSet],
    player: int,
    threshold: int,
    *,
    beaten: Sequence[int | None] = (),
    counted: bool = True,
) -> PayoffSet:
    """Every continuation of every action that gives its mover at least the threshold.

    The threshold is what the player can make sure of: the greatest over the actions of the least
    that an equilibrium after the action gives. Whatever is above it is the mover's best for some
    choice of the other actions' continuations (and only that).

    `beaten` : the numbers of profiles after actions that never reach the threshold
    `counted` : whether to count profiles
    """
    rivals = [_Rival(child, player, threshold, counted) for child in children]
    contested = [rival for rival in rivals if rival.contested]
    easy = times([*beaten, *(r.total for r in rivals if not r.contested)]) if counted else None
    chosen: PayoffSet = {}
    for child, rival in zip(children, rivals, strict=True):
        if rival.greatest < threshold:
            continue
        ways = easy
        if ways is not None and not rival.contested and rival.total is not None:
            ways //= rival.total
        for vector, (count, tracks) in child.items():
            payoff = vector[player]
            if payoff < threshold:
                continue
            if ways is None or not counted:
                put(chosen, vector, None, tracks)
            elif contested:
                others = [c.at_most(payoff) for c in contested if c is not rival]
                put(chosen, vector, times([count, ways, *others]), tracks)
            else:
                put(chosen, vector, times((count, ways)), tracks)
    return chosen


class _Rival:
    """One action seen from the others: how many of its continuations they beat or match."""

    __slots__ = ("_counts", "_payoffs", "contested", "greatest", "total")

    def __init__(self, child: PayoffSet, player: int, threshold: int, counted: bool) -> None:
        if len(child) == 1:
            ((vector, (self.total, _)),) = child.items()
            self.greatest, self.contested = vector[player], False
            return
        self.greatest = max([vector[player] for vector in child])
        self.total = total(child) if counted else None
        self.contested = self.greatest > threshold
        if not (self.contested and counted):
            return
        pairs = sorted((vector[player], count or 0) for vector, (count, _) in child.items())
        self._payoffs = [payoff for payoff, _ in pairs]
        self._counts = list(accumulate((count for _, count in pairs), initial=0))

    def at_most(self, payoff: int) -> int | None:
        """How many continuations give the mover no more than this."""
        if self.total is None:
            return None
        return self._counts[bisect_right(self._payoffs, payoff)]


def decide_in_bounds(children: Sequence[State], player: int) -> Box:
    """Certified bounds of the same where some child is known by its bounds only."""
    spans = [span_of(child, player) for child in children]
    least, surely = threshold_of(spans)
    greatest = max(span.high for span in spans)
    parts = [
        part
        for child, span in zip(children, spans, strict=True)
        if span.high >= least
        for part in _cleared(child, player, least, surely)
    ]
    players = range(len(parts[0][0].payoffs))
    payoffs = [_hull([(box.payoffs[i], sure) for box, sure in parts]) for i in players]
    attained = any(span.high == greatest and span.high_sure for span in spans)
    payoffs[player] = Span(least, greatest, least == surely, attained)
    tracks = {
        track: _hull([(box.tracks.get(track, NOTHING), sure) for box, sure in parts])
        for track in {track for box, _ in parts for track in box.tracks}
    }
    return Box(tuple(payoffs), tracks, None)


def threshold_of(spans: Sequence[Span]) -> tuple[int, int]:
    """Between what bounds lies what the mover can make sure of."""
    return (
        max(span.low for span in spans),
        max(span.low if span.low_sure else span.high for span in spans),
    )


def _cleared(child: State, player: int, least: int, surely: int) -> list[tuple[Box, bool]]:
    """The parts of a child that pass the threshold, and whether they surely do."""
    if isinstance(child, Box):
        return [(child, child.payoffs[player].low >= surely)]
    sure = {v: entry for v, entry in child.items() if v[player] >= surely}
    perhaps = {v: entry for v, entry in child.items() if least <= v[player] < surely}
    return [(box_of(part), part is sure) for part in (sure, perhaps) if part]


def _hull(spans: Sequence[tuple[Span, bool]]) -> Span:
    """Bounds over several parts, of which only the sure ones attain theirs."""
    low, high = min(span.low for span, _ in spans), max(span.high for span, _ in spans)
    if low == high:
        return Span(low, high)
    return Span(
        low, high,
        any(sure and span.low == low and span.low_sure for span, sure in spans),
        any(sure and span.high == high and span.high_sure for span, sure in spans),
    )


# ── chance ─────────────────────────────────────────────────────────────────────────────────────


def combine(first: PayoffSet, second: PayoffSet) -> PayoffSet:
    """The sums of one continuation of each, which choose independently of each other."""
    if len(first) == 1 == len(second):
        (((one, (count, tracks)),), ((two, (ways, more)),)) = (first.items(), second.items())
        vector = tuple(x + y for x, y in zip(one, two, strict=True))
        return {vector: (times([count, ways]), both(tracks, more))}
    sums: PayoffSet = {}
    for one, (count, tracks) in first.items():
        for two, (ways, more) in second.items():
            vector = tuple([x + y for x, y in zip(one, two, strict=True)])
            put(sums, vector, times([count, ways]), both(tracks, more))
    return sums


def combine_bounds(children: Sequence[Box]) -> Box:
    """Bounds of the sums; exact where the children's are, for they choose independently."""
    payoffs = list(children[0].payoffs)
    tracks = dict(children[0].tracks)
    for child in children[1:]:
        payoffs = [one.plus(two) for one, two in zip(payoffs, child.payoffs, strict=True)]
        for track, span in child.tracks.items():
            tracks[track] = tracks.get(track, NOTHING).plus(span)
    return Box(tuple(payoffs), tracks, times(child.count for child in children))
