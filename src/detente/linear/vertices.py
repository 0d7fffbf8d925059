"""All vertices of a polytope, exactly: equations solved, independent parts apart, each by double
description (Motzkin, Raiffa, Thompson and Thrall 1953; adjacency as in Fukuda and Prodon 1996).

A part with too many vertices for that is walked through, one vertex after another.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import gcd, inf

from detente.linear.polyhedron import Polyhedron, Row

WORK = 30_000_000
"""Comparisons of rays in double description, a part, before the part is walked through."""

Amounts = dict[int, Fraction]
"""Coordinate → amount."""


@dataclass(frozen=True, eq=False)
class Polytope:
    """The vertices of a polytope, as all sums of one vertex of each of its independent parts.

    `base` : a constant a coordinate
    `parts` : per part its vertices, each as what it adds; perhaps found as they are asked for
    """

    base: list[Fraction]
    parts: list[Iterable[Amounts]]

    def __iter__(self) -> Iterator[tuple[Fraction, ...]]:
        return map(tuple, self._sums(self.base, 0))

    def _sums(self, point: list[Fraction], k: int) -> Iterator[list[Fraction]]:
        if k == len(self.parts):
            yield point
            return
        for vertex in self.parts[k]:
            moved = list(point)
            for coordinate, amount in vertex.items():
                moved[coordinate] += amount
            yield from self._sums(moved, k + 1)


def polytope(
    coordinates: Sequence[Row],
    equal: Sequence[Row],
    nonnegative: Sequence[Row],
    check: Callable[[], None] | None = None,
) -> Polytope | None:
    """A bounded set of points given by nonnegative parameters; None where it is empty.

    `coordinates` : [constant, one coefficient a parameter] of each coordinate of a point, which
        must not be negative; every parameter is to be a coordinate, or bounded by them
    `equal`, `nonnegative` : further rows that are 0, or not negative
    `check` : called now and then; it may raise to stop a long run

    >>> found = polytope([[0, 1, 0], [0, 0, 1]], [], [[2, -1, -1], [1, -1, 0]])
    >>> sorted([str(x) for x in point] for point in found)
    [['0', '0'], ['0', '2'], ['1', '0'], ['1', '1']]
    """
    width = len(coordinates[0]) if coordinates else 1
    rows = {width + i: list(row) for i, row in enumerate(coordinates)}
    bounds = range(width + len(rows), width + len(rows) + len(nonnegative))
    rows.update(zip(bounds, map(list, nonnegative), strict=True))
    zeros = range(bounds.stop, bounds.stop + len(equal))
    rows.update(zip(zeros, map(list, equal), strict=True))
    solved = _solved(Polyhedron(tuple(range(1, width)), rows, 1), zeros)
    if solved is None:
        return None
    bounding = _bounding(solved)
    if bounding is None:
        return None
    parts: list[Iterable[Amounts]] = []
    for columns in _independent(len(solved.columns), bounding):
        inside = [[row[0], *(row[j] for j in columns)] for row in bounding if _meets(row, columns)]
        placed = _Placed(solved, range(width, width + len(coordinates)), columns)
        part = _part(inside, placed, check)
        if part is None:
            return None
        parts.append(part)
    base = [Fraction(solved.rows[v][0], solved.den) for v in range(width, width + len(coordinates))]
    return Polytope(base, parts)


@dataclass(frozen=True, eq=False)
class _Placed:
    """What a vertex of a part, in homogeneous integers, adds to the coordinates."""

    solved: Polyhedron
    variables: range
    columns: list[int]

    def __call__(self, ray: Sequence[int]) -> Amounts:
        moved = {}
        for i, variable in enumerate(self.variables):
            row = self.solved.rows[variable]
            amount = sum(row[j] * ray[k] for k, j in enumerate(self.columns, start=1))
            if amount:
                moved[i] = Fraction(amount, self.solved.den * ray[0])
        return moved


def _part(
    rows: list[Row], placed: _Placed, check: Callable[[], None] | None
) -> Iterable[Amounts] | None:
    """The vertices of one part; None where it is empty."""
    width = len(placed.columns) + 1
    rays = extreme_rays(rows, width, check, WORK)
    if rays is not None:
        return [placed(ray) for ray in rays if ray[0]] or None
    start = _feasible(rows, width)
    return None if start is None else _Walk(start, width, placed, check)


@dataclass(frozen=True, eq=False)
class _Walk:
    """The vertices of a part one after another: all feasible bases that pivots lead to."""

    start: Polyhedron
    width: int
    placed: _Placed
    check: Callable[[], None] | None

    def __iter__(self) -> Iterator[Amounts]:
        seen, met = {frozenset(self.start.columns)}, set()
        waiting: list[tuple[Polyhedron, int, int]] = [(self.start, -1, -1)]
        while waiting:
            if self.check is not None:
                self.check()
            here, out, column = waiting.pop()
            here = here if column < 0 else here.pivot(out, column)
            vertex = [here.den, *(here.value(v) for v in range(1, self.width))]
            shared = gcd(*vertex)
            key = tuple(a // shared for a in vertex)
            if key not in met:
                met.add(key)
                yield self.placed(key)
            for j, entering in enumerate(here.columns):
                for leaving in here.blocking(j):
                    basis = frozenset(here.columns) - {entering} | {leaving}
                    if basis not in seen:
                        seen.add(basis)
                        waiting.append((here, leaving, j))


def _feasible(rows: list[Row], width: int) -> Polyhedron | None:
    """{z ≥ 0 : row · (1, z) ≥ 0}, with variables 1 … width - 1 and one a row; None where empty."""
    helper = 0
    named = {width + i: [*row, int(row[0] < 0)] for i, row in enumerate(rows)}
    start = Polyhedron((*range(1, width), helper), named, 1)
    lowest = min(named, key=lambda v: named[v][0])
    if named[lowest][0] < 0:
        start = start.pivot(lowest, width - 1)
    return start.without(helper)


def _solved(here: Polyhedron, zeros: range) -> Polyhedron | None:
    """The dictionary with these rows at 0 and taken out; None where they contradict each other."""
    for zero in zeros:
        row = here.rows.get(zero)
        if row is None:
            continue
        place = next((j for j in range(1, len(row)) if row[j]), None)
        if place is None:
            if row[0]:
                return None
            rows = {v: r for v, r in here.rows.items() if v != zero}
            here = Polyhedron(here.columns, rows, here.den)
        else:
            here = here.pivot(zero, place - 1).dropped({place - 1})
    return here


def _bounding(solved: Polyhedron) -> list[Row] | None:
    """The rows that cut something off the nonnegative parameters; None where one cannot hold."""
    distinct: dict[tuple[int, ...], Row] = {}
    for row in solved.rows.values():
        if min(row) >= 0:
            continue
        if max(row) <= 0 and row[0] < 0:
            return None
        shared = gcd(*row)
        distinct[tuple(a // shared for a in row)] = row
    keys = list(distinct)
    if len(keys) > 400:
        return [list(key) for key in keys]
    # A row is implied by one that is nowhere greater.
    return [list(k) for k in keys if not any(o is not k and _below(o, k) for o in keys)]


def _below(low: tuple[int, ...], high: tuple[int, ...]) -> bool:
    return all(a <= b for a, b in zip(low, high, strict=True))


def _meets(row: Row, columns: Sequence[int]) -> bool:
    return any(row[j] for j in columns)


def _independent(width: int, rows: Sequence[Row]) -> list[list[int]]:
    """Columns (from 1) in classes, so that every row has entries in one class only."""
    owner = list(range(width + 1))

    def find(j: int) -> int:
        while owner[j] != j:
            owner[j] = j = owner[owner[j]]
        return j

    for row in rows:
        met = [j for j in range(1, width + 1) if row[j]]
        for j in met[1:]:
            owner[find(j)] = find(met[0])
    classes: dict[int, list[int]] = {}
    for j in range(1, width + 1):
        classes.setdefault(find(j), []).append(j)
    return list(classes.values())


def extreme_rays(
    rows: Sequence[Row],
    width: int,
    check: Callable[[], None] | None = None,
    work: float = inf,
) -> list[Row] | None:
    """The extreme rays of {z ≥ 0 : row · z ≥ 0 for every row}, as integers without a common factor.

    None where rays would have to be compared more than `work` times.

    >>> sorted(extreme_rays([[1, -1, 0], [1, 0, -2]], 3))
    [[1, 0, 0], [1, 1, 0], [2, 0, 1], [2, 2, 1]]
    """
    rays = [[int(i == j) for j in range(width)] for i in range(width)]
    tight = [((1 << width) - 1) & ~(1 << i) for i in range(width)]
    for k, row in enumerate(rows, start=width):
        if check is not None:
            check()
        values = [sum(a * z for a, z in zip(row, ray, strict=True) if a and z) for ray in rays]
        above = [i for i, value in enumerate(values) if value > 0]
        below = [i for i, value in enumerate(values) if value < 0]
        new_rays, new_tight = [], []
        for i in above:
            for j in below:
                common = tight[i] & tight[j]
                if common.bit_count() < width - 2:
                    continue
                work -= len(rays)
                if _adjacent(common, i, j, tight):
                    mixed = [
                        values[i] * b - values[j] * a
                        for a, b in zip(rays[i], rays[j], strict=True)
                    ]
                    shared = gcd(*mixed)
                    new_rays.append([z // shared for z in mixed])
                    new_tight.append(common | 1 << k)
            if check is not None:
                check()
            if work < 0:
                return None
        kept = [i for i, value in enumerate(values) if value >= 0]
        tight = [tight[i] | (0 if values[i] else 1 << k) for i in kept] + new_tight
        rays = [rays[i] for i in kept] + new_rays
    return rays


def _adjacent(common: int, i: int, j: int, tight: Sequence[int]) -> bool:
    """Whether no third ray lies in the least face of both."""
    return all(other & common != common or k in (i, j) for k, other in enumerate(tight))
