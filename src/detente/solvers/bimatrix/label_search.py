"""All extreme equilibria of two integer matrices, in integers throughout, ties and all.

A label is a strategy of either player: 0 … m-1 the rows, m … m+n-1 the columns. A vertex of a
player's best-reply polytope has the labels that it does not play and, of the other player's, those
that are best replies to it; the extreme equilibria are the pairs of vertices that have all labels
between them (Mangasarian 1964; Winkels 1979). The search branches on which labels the first vertex
has, so that every vertex is met once however many labels it has; what it has not, the second must
have. Labels that a face has throughout are not branched on.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import gcd, inf
from typing import Any

from detente.linear.polyhedron import Polyhedron

Check = Callable[[], None]
Strategy = tuple[int, ...]
"""A mixed strategy as whole weights on all strategies, without a common divisor."""
Pair = tuple[Strategy, Strategy]

FACES_KEPT = 4096
"""Faces of the second polytope whose vertices are remembered."""


@dataclass(frozen=True)
class Part:
    """What is left to search of a first polytope beside a second one.

    `first` : the points that have every label decided for them so far
    `second` : those of the other polytope that have all labels excluded from the first; None where
        the vertices of the first are wanted whatever the other one allows
    `open` : labels not decided yet
    `excluded` : labels that the vertices sought do not have
    """

    first: Polyhedron
    second: Polyhedron | None
    open: tuple[int, ...]
    excluded: frozenset[int]


def best_reply_polytopes(row: Any, column: Any) -> tuple[Polyhedron, Polyhedron]:
    """{x ≥ 0 : columnᵀ x ≤ 1} and {y ≥ 0 : row y ≤ 1}, variables numbered by their labels.

    `row`, `column` : (m, n), positive integers
    """
    m, n = row.shape
    rows, columns = range(m), range(m, m + n)
    x = {m + j: [1, *(-int(b) for b in column[:, j])] for j in range(n)}
    y = {i: [1, *(-int(a) for a in row[i])] for i in rows}
    return Polyhedron(tuple(rows), x, 1), Polyhedron(tuple(columns), y, 1)


def extreme_pairs(row: Any, column: Any, check: Check) -> Iterator[Pair]:
    """The mixed strategies of every extreme equilibrium, each pair once.

    `row`, `column` : (m, n), positive integers, the players' payoffs
    `check` : called now and then; what it raises stops the search
    """
    first, second = best_reply_polytopes(row, column)
    m, n = row.shape
    labels = tuple(range(m + n))

    @lru_cache(maxsize=FACES_KEPT)
    def others(wanted: frozenset[int]) -> list[Strategy]:
        return [*_on_face(second, wanted, labels[m:], check)]

    for point in vertices(Part(first, second, labels, frozenset()), check):
        if any(point.value(i) for i in range(m)):
            x = _strategy(point, labels[:m])
            wanted = frozenset(label for label in labels if point.value(label))
            for y in others(wanted):
                yield x, y


def pairs_of_faces(row: Any, column: Any, of_first: Sequence[int], check: Check) -> Iterator[Pair]:
    """The extreme equilibria in which the first player has some labels and the second the others.

    `of_first` : the labels that the first player's strategy has, perhaps with more
    """
    first, second = best_reply_polytopes(row, column)
    m, n = row.shape
    rest = [label for label in range(m + n) if label not in of_first]
    others = [*_on_face(second, rest, range(m, m + n), check)]
    for x in _on_face(first, of_first, range(m), check):
        for y in others:
            yield x, y


def _on_face(
    polytope: Polyhedron, tight: Collection[int], strategies: Sequence[int], check: Check
) -> Iterator[Strategy]:
    """The mixed strategies at the vertices other than 0 at which some variables are 0."""
    face = _face(polytope, tight, check)
    if face is None:
        return
    rest = tuple(v for v in sorted({*polytope.columns, *polytope.rows}) if v not in tight)
    for point in vertices(Part(face, None, rest, frozenset()), check):
        if any(point.value(strategy) for strategy in strategies):
            yield _strategy(point, strategies)


def vertices(start: Part, check: Check) -> Iterator[Polyhedron]:
    """The vertices of `first` that have no excluded label and leave `second` a point, each once."""
    waiting = [start]
    while waiting:
        check()
        part = waiting.pop()
        first = part.first
        if any(first.is_zero(label) for label in part.excluded):
            continue
        if not first.columns:
            if _allowed(part, check):
                yield first
            continue
        rest = tuple(label for label in part.open if not first.is_zero(label))
        # Every column must give way to a label of its own.
        if len(rest) < len(first.columns):
            continue
        label = max(rest, key=lambda label: _distance(part, label))
        left = tuple(other for other in rest if other != label)
        waiting += _without_label(part, label, left, check)
        with_label = first.without(label, check)
        if with_label is not None:
            waiting.append(Part(with_label, part.second, left, part.excluded))


def _without_label(
    part: Part, label: int, left: tuple[int, ...], check: Check
) -> list[Part]:
    """The part of the vertices that do not have a label, if the other polytope can have it."""
    second = part.second
    if second is not None:
        second = second.without(label, check)
        if second is None:
            return []
    return [Part(part.first, second, left, part.excluded | {label})]


def _allowed(part: Part, check: Check) -> bool:
    """Whether the only point left has no excluded label and the other polytope can match it."""
    point, second = part.first, part.second
    if not all(point.value(label) for label in part.excluded):
        return False
    if second is None:
        return True
    return _face(second, [v for v in part.open if point.value(v)], check) is not None


def _face(
    polytope: Polyhedron, tight: Collection[int], check: Check
) -> Polyhedron | None:
    """The face in which some variables are 0; None where it is empty."""
    face: Polyhedron | None = polytope
    for variable in tight:
        face = face.without(variable, check) if face is not None else None
    return face


def _distance(part: Part, label: int) -> float:
    """How far both polytopes are from having a label, as far as their dictionaries show."""
    both = (part.first,) if part.second is None else (part.first, part.second)
    return sum(_from_zero(polytope.rows.get(label)) for polytope in both)


def _from_zero(row: list[int] | None) -> float:
    """The value of a basic variable against what its nonbasic ones can take from it."""
    if row is None or not row[0]:
        return 0.0
    falling = -sum([a for a in row if a < 0])
    return row[0] / falling if falling else inf


def _strategy(point: Polyhedron, strategies: Sequence[int]) -> Strategy:
    """The mixed strategy that a vertex other than 0 is a multiple of."""
    weights = [point.value(strategy) for strategy in strategies]
    shared = gcd(*weights)
    return tuple([weight // shared for weight in weights])
