"""The realization plans of two players in an equilibrium whose support is known, as expressions.

A support says of every sequence whether its weight is above its least, which is ε to the power of
its number of moves (Miltersen and Sørensen 2010; see `solvers.quasi_perfect`). Sequences above
their least gain nothing by deviation. At each information set one of them is the base; the weights
of the others are what makes the other player indifferent, a square linear system. Everything else
follows. All are polynomials in ε, whose coefficients are expressions of the game's parameters.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from detente.game.expressions import ZERO, Expr, const, evaluate, total
from detente.game.expressions.canonical import linear
from detente.game.expressions.identity import is_zero
from detente.game.sequence_form import Sequences
from detente.solvers.batches.form import Form, Row
from detente.solvers.plans.sequence_lcp import lengths

Series = tuple[Expr, ...]
"""A polynomial in ε: its coefficients, by power, ascending."""
Values = Mapping[str, Fraction]


@dataclass(frozen=True, eq=False)
class Plans:
    """Both players' plans and regrets, one series a sequence, by side.

    `weights` : of each sequence
    `regrets` : of each sequence, what it gains less than the base; none for the empty one
    """

    weights: tuple[Sequence[Series], Sequence[Series]]
    regrets: tuple[Sequence[Series], Sequence[Series]]


def plans_of(
    form: Form, above: tuple[NDArray[np.bool_], NDArray[np.bool_]], values: Values
) -> Plans:
    """The plans of a support.

    `above` : by side, bool (num_sequences,), whether a weight is above its least
    `values` : parameters at which the support is known to be one of an equilibrium; they say which
        pivots are taken, and which coefficients may be zero throughout
    """
    parts = [_Side(own, up) for own, up in zip(form.sides, above, strict=True)]
    powers = max(int(part.length.max()) for part in parts) + 1
    gains = [_folded(part, table) for part, table in zip(parts, form.tables, strict=True)]
    weights, regrets = [], []
    for k in (0, 1):
        weights.append(_weights(parts[k], parts[1 - k], gains[1 - k], powers, values))
    for k in (0, 1):
        regrets.append([_regret(row, weights[1 - k], powers, values) for row in gains[k]])
    return Plans((weights[0], weights[1]), (regrets[0], regrets[1]))


class _Side:
    """A player's sequences: one base an information set, and others that are above their least."""

    def __init__(self, own: Sequences, above: NDArray[np.bool_]) -> None:
        self.own, self.length = own, lengths(own)
        self.base = [
            next(s for s in range(int(own.start[k]), int(own.start[k + 1])) if above[s])
            for k in range(own.num_infosets)
        ]
        based = set(self.base)
        self.mixed = [s for s in range(1, own.num) if above[s] and s not in based]
        self.least = [s for s in range(1, own.num) if not above[s]]

    def start(self, powers: int) -> NDArray[np.int64]:
        """(num, powers): the weights where those that are mixed in have none."""
        own, found = self.own, np.zeros((self.own.num, powers), dtype=np.int64)
        found[0, 0] = 1
        for s in self.least:
            found[s, self.length[s]] = 1
        for k in range(own.num_infosets):
            first, stop = int(own.start[k]), int(own.start[k + 1])
            found[self.base[k]] = 0
            found[self.base[k]] = found[own.parent[k]] - found[first:stop].sum(axis=0)
        return found

    def change(self, mixed: int) -> NDArray[np.int64]:
        """(num,): how the weights change with that of a sequence that is mixed in."""
        own, found = self.own, np.zeros(self.own.num, dtype=np.int64)
        found[mixed] = 1
        for k in range(own.num_infosets):
            first, stop = int(own.start[k]), int(own.start[k + 1])
            found[self.base[k]] = 0
            found[self.base[k]] = found[own.parent[k]] - found[first:stop].sum()
        return found


def _folded(side: _Side, table: Sequence[Row]) -> list[Row]:
    """What each sequence, followed by the base, gains over its information set's base."""
    own = side.own
    worth = [{t: [(gain, 1)] for t, gain in row.items()} for row in table]
    for k in range(own.num_infosets - 1, -1, -1):
        above = worth[int(own.parent[k])]
        for t, parts in worth[side.base[k]].items():
            above.setdefault(t, []).extend(parts)
    found: list[Row] = [{}]
    for s in range(1, own.num):
        base = worth[side.base[int(own.infoset[s])]]
        mine = worth[s]
        row = {}
        for t in [] if mine is base else sorted({*mine, *base}):
            minus = [(gain, -weight) for gain, weight in base.get(t, [])]
            gain = linear([*mine.get(t, []), *minus])
            if gain is not ZERO:
                row[t] = gain
        found.append(row)
    return found


def _weights(
    side: _Side, other: _Side, gains: Sequence[Row], powers: int, values: Values
) -> list[Series]:
    """The weights of a side's sequences, which make the other indifferent where it mixes.

    `gains` : the other's, folded
    """
    start = side.start(powers)
    changes = [side.change(s) for s in side.mixed]
    matrix = [[_along(gains[s], change) for change in changes] for s in other.mixed]
    rhs = [[-_along(gains[s], start[:, d]) for d in range(powers)] for s in other.mixed]
    solved = solve_system(matrix, rhs, values)
    found = []
    for s in range(side.own.num):
        parts = [(one, int(change[s])) for one, change in zip(solved, changes, strict=True)]
        series = [
            linear([(const(int(start[s, d])), 1), *((one[d], c) for one, c in parts if c)])
            for d in range(powers)
        ]
        found.append(tuple(_cleared(series, values)))
    return found


def _along(row: Row, weights: NDArray[np.int64]) -> Expr:
    return linear([(gain, int(weights[t])) for t, gain in row.items() if weights[t]])


def _regret(row: Row, weights: Sequence[Series], powers: int, values: Values) -> Series:
    series = []
    for d in range(powers):
        parts = [gain * weights[t][d] for t, gain in row.items() if weights[t][d] is not ZERO]
        series.append(-total(parts))
    return tuple(_cleared(series, values))


def _cleared(series: Sequence[Expr], values: Values) -> list[Expr]:
    """The coefficients, those that are proved to be zero throughout being the number."""
    at = evaluate(series, values)
    return [
        ZERO if not v and is_zero(e) else e for e, v in zip(series, at, strict=True)
    ]


def solve_system(
    matrix: Sequence[Sequence[Expr]], rhs: Sequence[Sequence[Expr]], values: Values
) -> list[list[Expr]]:
    """The solution of a square linear system, by elimination; one row an unknown.

    Pivots are the largest at `values`, where the system must have one solution.

    >>> from detente.game.expressions import name
    >>> a = name("a")
    >>> [[x]] = solve_system([[2 * a]], [[a]], {"a": Fraction(3)})
    >>> str(x)
    '1/2'
    """
    rows = [[*left, *right] for left, right in zip(matrix, rhs, strict=True)]
    size = len(matrix)
    order = []
    for column in range(size):
        free = [i for i in range(size) if i not in order]
        at = evaluate([rows[i][column] for i in free], values)
        best = max(range(len(free)), key=lambda k: abs(at[k]))
        pivot = free[best]
        order.append(pivot)
        rows[pivot] = [e / rows[pivot][column] for e in rows[pivot]]
        for i in range(size):
            factor = rows[i][column]
            if i != pivot and factor is not ZERO:
                pairs = zip(rows[i], rows[pivot], strict=True)
                rows[i] = [e - factor * p if p is not ZERO else e for e, p in pairs]
    return [rows[i][size:] for i in order]
