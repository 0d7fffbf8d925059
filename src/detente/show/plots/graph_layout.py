"""Which states of a conflict a picture shows, and where: on a ring, so that no move runs through a
state that it has nothing to do with."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import atan2, cos, hypot, pi, sin
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from detente.conflict.conflict import Conflict
    from detente.stability.graph.status_quo import Ways

RADIUS = 9.0
"""Of a state, in points."""
LEAST_RING, MOST_SPACING, LEAST_SPACING = 66.0, 48.0, 36.0
"""Of the ring; and along it, from one state to the next: the more there are, the less."""
MOST_LINES = 110
"""Lines beyond which only improvements are drawn, then only those of one side alone."""
STEPS = 40
"""Points of a curve."""

Point = tuple[float, float]


@dataclass(frozen=True)
class Line:
    """The moves of one mover between two shown states, in one direction or both.

    `mover` : its place in `Conflict.movers`
    `forth`, `back` : whether `one` can be left for `other`, and the other way round
    `better_forth`, `better_back` : whether that improves the mover
    """

    mover: int
    one: int
    other: int
    forth: bool
    back: bool
    better_forth: bool
    better_back: bool


def chosen_states(
    conflict: Conflict, first: Sequence[int], ways: Ways | None, most: int, some: bool = False
) -> list[int]:
    """The states to show, in their order: all, or the first ones and how one gets there.

    `some` : whether it is the first ones in any case

    `first` : those that matter most first
    """
    if conflict.num_states <= most and not some:
        return list(range(conflict.num_states))
    kept: dict[int, None] = {} if ways is None else {ways.start: None}
    for state in first:
        path = None if ways is None else ways.path(state)
        needed = [state, *(step.target for step in path or ())]
        fresh = [s for s in dict.fromkeys(needed) if s not in kept]
        if len(kept) + len(fresh) <= most:
            kept.update(dict.fromkeys(fresh))
    if not kept:
        kept.update(dict.fromkeys(range(most)))
    return sorted(kept)


def lines_between(
    conflict: Conflict, shown: Sequence[int], needed: Iterable[tuple[int, int, int]] = ()
) -> tuple[list[Line], int]:
    """The moves between shown states, and what is left out where they are too many.

    1: the moves that improve nothing; 2: also those that several sides make together.

    `needed` : (mover, source, target) that are drawn in any case
    """
    wanted = set(needed)
    lines = list(_lines(conflict, shown))
    better = [
        line for line in lines
        if line.better_forth or line.better_back or _is_among(line, wanted)
    ]
    alone = [
        line for line in better
        if len(conflict.movers[line.mover].sides) == 1 or _is_among(line, wanted)
    ]
    stages = [lines, better, alone]
    few = (i for i, kept in enumerate(stages) if len(kept) <= MOST_LINES)
    stage = next(few, len(stages) - 1)
    return stages[stage], stage


def _is_among(line: Line, wanted: set[tuple[int, int, int]]) -> bool:
    ends = ((line.one, line.other), (line.other, line.one))
    return any((line.mover, *pair) in wanted for pair in ends)


def _lines(conflict: Conflict, shown: Sequence[int]) -> Iterable[Line]:
    among = set(shown)
    for k, mover in enumerate(conflict.movers):
        improving = conflict.improving(k)
        edges = {
            (source, target)
            for source in shown for target in mover.moves.after(source).tolist()
            if target in among
        }
        for one, other in sorted(edges):
            back = (other, one) in edges
            if back and other < one:
                continue
            yield Line(
                k, one, other, True, back, improving.has(one, other),
                back and improving.has(other, one),
            )  # fmt: skip


# ── the ring ───────────────────────────────────────────────────────────────────────────────────


def ring_radius(count: int) -> float:
    """The radius of the ring, in points, on which so many states have room."""
    spacing = max(LEAST_SPACING, MOST_SPACING - 0.5 * count)
    return 0.0 if count == 1 else max(LEAST_RING, spacing * count / (2 * pi))


def ring(
    shown: Sequence[int], lines: Sequence[Line], heavy: Iterable[tuple[int, int]], first: int | None
) -> dict[int, Point]:
    """Where the states stand around (0, 0), those that moves join side by side where that can be.

    `heavy` : pairs of states whose moves matter most
    `first` : the state that stands at the left; the first one unless given
    """
    order = _ordered(list(shown), lines, set(heavy))
    start = order.index(first) if first in order else 0
    order = order[start:] + order[:start]
    radius = ring_radius(len(order))
    turn = 2 * pi / len(order)
    return {
        state: (-radius * cos(i * turn), -radius * sin(i * turn)) for i, state in enumerate(order)
    }


def _ordered(
    order: list[int], lines: Sequence[Line], heavy: set[tuple[int, int]]
) -> list[int]:
    """The states in an order around the ring that keeps the moves short: swaps while they help."""
    count = len(order)
    place = {state: i for i, state in enumerate(order)}
    weight = np.zeros((count, count))
    for line in lines:
        i, j = place[line.one], place[line.other]
        more = 4 if {(line.one, line.other), (line.other, line.one)} & heavy else 1
        weight[i, j] += more
        weight[j, i] += more
    apart = np.abs(np.subtract.outer(np.arange(count), np.arange(count)))
    distance = np.sin(pi * apart / max(count, 1))
    seats = _swapped(np.arange(count), weight, distance)
    return [order[i] for i in seats.tolist()]


def _swapped(
    seats: NDArray[np.int64], weight: NDArray[np.float64], distance: NDArray[np.float64]
) -> NDArray[np.int64]:
    """Swap two seats as long as that shortens the weighted sum of distances.

    `seats` : who sits at each place
    """
    best = _length(seats, weight, distance)
    improved = True
    while improved:
        improved = False
        for i in range(len(seats)):
            for j in range(i + 1, len(seats)):
                seats[[i, j]] = seats[[j, i]]
                length = _length(seats, weight, distance)
                if length < best - 1e-9:
                    best, improved = length, True
                else:
                    seats[[i, j]] = seats[[j, i]]
    return seats


def _length(
    seats: NDArray[np.int64], weight: NDArray[np.float64], distance: NDArray[np.float64]
) -> float:
    return float((weight[np.ix_(seats, seats)] * distance).sum())


# ── curves ─────────────────────────────────────────────────────────────────────────────────────


def curve(one: Point, other: Point, place: int, centre: Point = (0.0, 0.0)) -> list[Point]:
    """A curve between two states of the ring that bends inwards, from rim to rim.

    `place` : 0 for the first of several lines between the same states, then 1, 2, …
    """
    middle = ((one[0] + other[0]) / 2, (one[1] + other[1]) / 2)
    away = hypot(middle[0] - centre[0], middle[1] - centre[1])
    apart = hypot(one[0] - other[0], one[1] - other[1])
    if away > 1:
        bend = (0.3 + 0.3 * place) * min(apart, 1.6 * away)
        x, y = ((c - m) / away for c, m in zip(centre, middle, strict=True))
    else:  # opposite each other: to alternate sides
        bend = 0.16 * apart * (place + 0.5) * (-1) ** place
        x, y = -(other[1] - one[1]) / apart, (other[0] - one[0]) / apart
    control = (middle[0] + bend * x, middle[1] + bend * y)
    points = [_bezier(one, control, other, i / STEPS) for i in range(STEPS + 1)]
    return [p for p in points if min(_away(p, one), _away(p, other)) >= RADIUS + 0.5]


def _bezier(one: Point, control: Point, other: Point, t: float) -> Point:
    a, b, c = (1 - t) ** 2, 2 * t * (1 - t), t**2
    return (
        a * one[0] + b * control[0] + c * other[0],
        a * one[1] + b * control[1] + c * other[1],
    )


def _away(one: Point, other: Point) -> float:
    return hypot(one[0] - other[0], one[1] - other[1])


def head(points: Sequence[Point], size: float) -> list[Point]:
    """The corners of an arrowhead at the end of a curve."""
    tip = points[-1]
    before = next((p for p in reversed(points[:-1]) if _away(p, tip) >= size), points[0])
    angle = atan2(tip[1] - before[1], tip[0] - before[0])
    left, right = angle + 2.7, angle - 2.7
    return [
        tip,
        (tip[0] + size * cos(left), tip[1] + size * sin(left)),
        (tip[0] + size * cos(right), tip[1] + size * sin(right)),
    ]
