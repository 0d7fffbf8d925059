"""The Pareto frontier: outcomes that no other, and no lottery over others, betters for all."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from math import inf
from operator import ge
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detente.stability.bargaining.points import Points, Vector
from detente.stability.bargaining.problem import Problem
from detente.stability.bargaining.rules import Gains

FEW = 200
"""Outcomes that are sorted at once, one by one, without taking out most of the dominated ones
first."""
Lottery = tuple[tuple[int, Fraction], ...]
"""Outcomes by position, each with how likely it is drawn."""


@dataclass(frozen=True, eq=False)
class Frontier:
    """The undominated outcomes of a bargaining problem; found when first asked for.

    `check` : called now and then; it may raise to stop a long run
    """

    problem: Problem
    check: Callable[[], None] | None = None

    @cached_property
    def pure(self) -> tuple[int, ...]:
        """The outcomes that no other betters: none is as good for all and better for one.

        The best for the first party stand first; of equal ones, all are listed.
        """
        return tuple(efficient(self.problem.points, self.check).tolist())

    @cached_property
    def mixed(self) -> tuple[int, ...]:
        """Those of `pure` that no lottery over outcomes betters either."""
        points = self.problem.points
        shapes, members = _shapes(points, self.pure)
        kept = _unbettered(shapes, self.check)
        return tuple(k for shape in kept for k in members[shape])

    @cached_property
    def corners(self) -> tuple[int, ...]:
        """One outcome for each extreme point of what lotteries over `mixed` can bring.

        With two parties, in order: neighbours are the ends of the frontier's straight pieces.
        """
        points = self.problem.points
        shapes, members = _shapes(points, self.mixed)
        vectors = [shapes[k] for k in range(len(shapes))]
        if len(vectors[0] if vectors else ()) == 2:
            kept = _chain(vectors, strict=True)
        else:
            kept = [k for k in range(len(vectors)) if not is_between(vectors, k)]
        return tuple(members[k][0] for k in kept)

    @cached_property
    def gains(self) -> Gains:
        """What those of `pure` that are in the zone of agreement bring beyond no agreement."""
        return Gains(self.problem, self.pure)

    def dominating(self, outcome: int) -> tuple[int, ...]:
        """The outcomes of the frontier that are as good for all and better for some."""
        points = self.problem.points
        front = np.array(self.pure, dtype=np.intp)
        better = points.order[front] >= points.order[outcome]
        strictly = points.order[front] > points.order[outcome]
        return tuple(front[better.all(axis=1) & strictly.any(axis=1)].tolist())

    def bettering_lottery(self, outcome: int) -> Lottery | None:
        """A lottery over the corners that is as good for all and better for one; None where there
        is none, as exact linear programming proves."""
        points = self.problem.points
        rows = [points[k] for k in self.corners]
        _, odds = _support(rows, points[outcome])
        if odds is None:
            return None
        return tuple((self.corners[k], p) for k, p in enumerate(odds) if p)

    def weights(self, outcome: int) -> Vector | None:
        """Positive weights of the parties for which the outcome has the greatest weighted sum of
        all, which proves that no lottery betters it (Arrow, Barankin and Blackwell 1953); None
        where there are none."""
        points = self.problem.points
        return _support([points[k] for k in self.corners], points[outcome])[0]


# ── without lotteries ──────────────────────────────────────────────────────────────────────────


def efficient(points: Points, check: Callable[[], None] | None = None) -> NDArray[np.intp]:
    """The positions of the undominated points; the best for the first party first.

    Two or three parties: one sweep over the sorted points (Kung, Luccio and Preparata 1975). More:
    the points in falling order of their summed ranks, each taking out what it dominates.

    >>> efficient(Points.from_array([[1, 3], [2, 2], [1, 2], [3, 1], [2, 2]])).tolist()
    [3, 1, 4, 0]
    """
    if not len(points):
        return np.zeros(0, dtype=np.intp)
    left = _not_below(points)
    if len(left) > FEW:
        left = _promising(points, left)
    order = points.order[left]
    if len(left) <= FEW:
        return np.asarray(left[_among_few(order.tolist())])
    # Upwards from the last, then turned round: the negative of the least whole number would
    # overflow, and equal points stay in the order of the outcomes.
    falling = (len(left) - 1 - np.lexsort(tuple(order[::-1].T[::-1])))[::-1]
    table = order[falling]
    kept = _sweep(table) if points.num_parties <= 2 else _sieve(table, check)
    return np.asarray(left[falling[kept]])


def _not_below(points: Points) -> NDArray[np.intp]:
    """Without what one of the best in sum dominates."""
    # Any outcome does, so that sums beyond what floats hold do no harm.
    with np.errstate(over="ignore", invalid="ignore"):
        best = sum(points.approx.T).argmax()
    return _beside(list(points.order.T), int(best))


def _beside(columns: list[NDArray[Any]], best: int) -> NDArray[np.intp]:
    """The positions of what one row does not dominate."""
    beyond = columns[0] > columns[0][best]
    equal = columns[0] == columns[0][best]
    for column in columns[1:]:
        beyond |= column > column[best]
        equal &= column == column[best]
    return np.flatnonzero(beyond | equal)


def _promising(points: Points, left: NDArray[np.intp]) -> NDArray[np.intp]:
    """Without most of the dominated points, where there are many: a few good ones take them out."""
    order, approx = list(points.order[left].T), list(points.approx[left].T)
    if not all(np.isfinite(column).all() for column in approx):
        return left
    width = points.num_parties
    with np.errstate(over="ignore"):
        spread = np.array([column.max() - column.min() for column in approx])
    unit = 1 / np.where(spread > 0, spread, 1)
    # All parties alike, then each in turn counting more.
    for tilt in (np.ones(width), *(np.ones(width) + 2 * np.eye(width))):
        score = sum(u * column for u, column in zip(unit * tilt, approx, strict=True))
        best = int(np.argmax(score))
        kept = _beside(order, best)
        # Where interests are opposed, little falls away by the next ones either.
        futile = 4 * len(kept) > 3 * len(left)
        left, order, approx = left[kept], [c[kept] for c in order], [c[kept] for c in approx]
        if futile or len(left) <= FEW:
            break
    return left


def _among_few(rows: list[list[Any]]) -> list[int]:
    """The positions of the undominated rows, the best in the first column first."""
    falling = sorted(range(len(rows)), key=rows.__getitem__, reverse=True)
    rows = [rows[k] for k in falling]
    width = len(rows[0])
    kept = _stairs(rows) if width == 3 else _records(rows) if width < 3 else _each(rows)
    return [k for k, there in zip(falling, kept, strict=True) if there]


def _records(rows: list[list[Any]]) -> list[bool]:
    """Which of rows in falling lexicographic order are undominated; one or two columns."""
    kept: list[bool] = []
    best: Any = -inf
    last: list[Any] = []
    for row in rows:
        # Everything before a row is at least as good in the first column.
        fresh = row[-1] > best or row == last
        if fresh:
            best, last = row[-1], row
        kept.append(fresh)
    return kept


def _each(rows: list[list[Any]]) -> list[bool]:
    """Which of rows in falling lexicographic order are undominated; any number of columns."""
    front: list[list[Any]] = []
    kept = []
    for row in rows:
        # Nothing that comes later dominates a row, and what is dominated is so by one of the front.
        worse = any(row != other and all(map(ge, other, row)) for other in front)
        if not worse:
            front.append(row)
        kept.append(not worse)
    return kept


def _sweep(table: NDArray[Any]) -> NDArray[np.intp]:
    """Of rows in falling lexicographic order, the undominated ones; one or two columns."""
    if table.shape[1] == 1:
        return np.flatnonzero(table[:, 0] == table[0, 0])
    first, second = table.T
    best = np.maximum.accumulate(second)
    # Everything before a row is at least as good in the first column.
    fresh = np.ones(len(table), dtype=bool)
    fresh[1:] = second[1:] > best[:-1]
    # An equal row stands right behind the one that it equals.
    equal = np.zeros(len(table), dtype=bool)
    equal[1:] = (first[1:] == first[:-1]) & (second[1:] == second[:-1])
    group = np.cumsum(~equal) - 1
    return np.flatnonzero(fresh[~equal][group])


def _sieve(table: NDArray[Any], check: Callable[[], None] | None) -> NDArray[np.intp]:
    """Of rows in falling lexicographic order, the undominated ones; three columns or more."""
    if table.shape[1] == 3:
        return np.flatnonzero(_stairs(zip(*table.T.tolist(), strict=True)))
    equal = np.zeros(len(table), dtype=bool)
    equal[1:] = (table[1:] == table[:-1]).all(axis=1)
    kept = _taken_out(table[~equal], check)
    return np.flatnonzero(kept[np.cumsum(~equal) - 1])


def _stairs(rows: Iterable[Sequence[Any]]) -> list[bool]:
    """Which of rows in falling lexicographic order are undominated; three columns.

    Everything before a row is as good in the first column, so that the other two decide; what is
    undominated in these is kept as a staircase (Kung, Luccio and Preparata 1975).
    """
    kept: list[bool] = []
    seconds: list[Any] = []  # rising, and the thirds along with them falling
    thirds: list[Any] = []
    last: Sequence[Any] = ()
    for row in rows:
        _, second, third = row
        start = end = bisect_left(seconds, second)
        if end < len(seconds):
            if thirds[end] >= third:
                kept.append(row == last)
                continue
            end += seconds[end] == second
        kept.append(True)
        last = row
        while start and thirds[start - 1] <= third:
            start -= 1
        seconds[start:end] = [second]
        thirds[start:end] = [third]
    return kept


def _taken_out(table: NDArray[Any], check: Callable[[], None] | None) -> NDArray[np.bool_]:
    """Which of distinct rows are undominated; any number of columns."""
    ranks = [np.unique(column, return_inverse=True)[1].astype(np.int32) for column in table.T]
    left = np.argsort(-np.sum(ranks, axis=0, dtype=np.int64), kind="stable")
    alive = [column[left] for column in ranks]
    kept = np.zeros(len(table), dtype=bool)
    while len(left):
        if check is not None:
            check()
        # The greatest sum of ranks: nothing left dominates it, and nothing taken out did.
        kept[left[0]] = True
        beyond = alive[0] > alive[0][0]
        for column in alive[1:]:
            beyond |= column > column[0]
        left = left[beyond]
        alive = [column[beyond] for column in alive]
    return kept


# ── with lotteries ─────────────────────────────────────────────────────────────────────────────


def _shapes(points: Points, among: Sequence[int]) -> tuple[list[Vector], list[list[int]]]:
    """The distinct points, in order of first appearance, and the outcomes at each."""
    found: dict[Vector, list[int]] = {}
    for k in among:
        found.setdefault(points[k], []).append(k)
    return list(found), list(found.values())


def _unbettered(vectors: list[Vector], check: Callable[[], None] | None) -> list[int]:
    """Of undominated points, the positions of those that no lottery betters."""
    if len(vectors) <= 2 or len(vectors[0]) == 1:
        return list(range(len(vectors)))
    if len(vectors[0]) == 2:
        return _chain(vectors, strict=False)
    known: list[int] = []
    found = []
    for k in range(len(vectors)):
        if check is not None:
            check()
        if _holds_against(vectors, k, known):
            found.append(k)
    return found


def _holds_against(vectors: list[Vector], k: int, known: list[int]) -> bool:
    """Whether no lottery betters the k-th point.

    `known` : points of the frontier found so far, to which this adds. Only they enter the linear
        programs, which stay small (Clarkson 1994): weights that prove a point unbettered by these
        either prove it altogether or show another point of the frontier.
    """
    while True:
        weights, _ = _support([vectors[j] for j in known], vectors[k])
        if weights is None:
            return False
        worth = [_dot(weights, vector) for vector in vectors]
        best = max(worth)
        if worth[k] == best:
            if k not in known:
                known.append(k)
            return True
        known.append(worth.index(best))


def _chain(vectors: list[Vector], strict: bool) -> list[int]:
    """Of undominated points of two parties, in falling order of the first, the concave chain.

    `strict` : leave out points between two others on a straight piece
    """
    kept: list[int] = []
    for k, (x, y) in enumerate(vectors):
        while len(kept) > 1:
            (ax, ay), (bx, by) = vectors[kept[-2]], vectors[kept[-1]]
            turn = (bx - ax) * (y - ay) - (by - ay) * (x - ax)
            if turn > 0 or (turn == 0 and not strict):
                break
            kept.pop()
        kept.append(k)
    return kept


def _support(rows: Sequence[Vector], point: Vector) -> tuple[Vector | None, Vector | None]:
    """Weights of at least 1 each for which no row weighs more than the point, or else how likely
    each row is drawn in a lottery that betters it; the other is None."""
    from detente.linear.programs import feasible

    table = [[row[i] - point[i] for i in range(len(point))] for row in rows]
    found = feasible(table, [0] * len(rows), bounds=[(1, None)] * len(point))
    if found.certificate is None:
        return tuple(found.point or ()), None
    total = sum(found.certificate, Fraction(0))
    return None, tuple(weight / total for weight in found.certificate)


def is_between(vectors: list[Vector], k: int) -> bool:
    """Whether a point is a lottery over the others."""
    from detente.linear.programs import feasible

    rest = [vector for j, vector in enumerate(vectors) if j != k]
    if not rest:
        return False
    table = [[vector[i] for vector in rest] for i in range(len(rest[0]))]
    table.append([Fraction(1)] * len(rest))
    return feasible(A_eq=table, b_eq=[*vectors[k], 1]).point is not None


def _dot(weights: Sequence[Fraction], vector: Sequence[Fraction]) -> Fraction:
    return sum((w * v for w, v in zip(weights, vector, strict=True)), Fraction(0))
