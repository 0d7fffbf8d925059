"""Which vectors of payoffs sides can reach together, and what lies below them.

Preferences of several sides need more than a least payoff: the best vectors that can be reached,
none of them below another. A set that holds with each vector all that lie below it is told by its
maximal vectors.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detente.conflict.conflict import Mover
from detente.conflict.moves import Bools, Longs, Moves
from detente.game.kernels import kernel_for
from detente.stability.graph.closure import Closure, ranges
from detente.stability.graph.kernels import meet_rows, open_stairs
from detente.stability.graph.reach import columns_from, effective

BLOCK = 1 << 20
"""Vectors that are found at a time."""
ALL = -1
"""Stands for the set of all vectors."""


def best_of(
    closure: Closure, vector: NDArray[Any], owner: NDArray[Any] | None = None
) -> Best:
    """The vectors that are reached from each component and lie below no other such one.

    Parameters
    ----------
    vector : int (num_members, num_vectors), one a state where no owners are given
    owner : int (num_vectors,), the state at which each is to be had, ascending
    """
    rows: list[NDArray[Any]] = []
    if owner is not None:
        bounds = np.searchsorted(owner, np.arange(closure.num_states + 1))
    for part, members in enumerate(closure.members):
        lower = [rows[i] for i in closure.down.after(part).tolist()]
        if not len(members) and len(lower) == 1:
            rows.append(lower[0])
            continue
        at: NDArray[Any] = members
        if owner is not None:
            at = ranges(bounds[members], bounds[members + 1])
        rows.append(undominated(np.concatenate([vector[:, at].T, *lower])))
    return Best(closure, rows)


@dataclass(frozen=True, eq=False)
class Best:
    """The best vectors that each component reaches."""

    closure: Closure
    rows: list[NDArray[Any]]

    def above(self, bar: NDArray[Any]) -> Bools:
        """Whether legal sequences from each state reach a vector above the state's bar throughout.

        `bar` : int (num_members, num_states)
        """
        found = np.zeros(self.closure.num_states, dtype=bool)
        for parts in self.closure.before:
            order = np.argsort(parts, kind="stable")
            cuts = np.flatnonzero(np.diff(parts[order])) + 1
            for states in np.split(order, cuts):
                found[states] |= _some_above(self.rows[parts[states[0]]], bar[:, states])
        return found


@dataclass(eq=False)
class Pool:
    """Sets of vectors, each kept once under a number, with what was met of them before.

    `size` : about how many sets there are, which decides whether meeting them is compiled
    `rows` : for each number int64 (num_rows, num_members), the maximal vectors of the set, the
        greatest in the first column first
    """

    size: int
    rows: list[NDArray[Any]] = field(default_factory=list)
    _number: dict[bytes, int] = field(default_factory=dict)
    _met: dict[tuple[int, int], int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._kernel = kernel_for(meet_rows, effective(self.size))

    def put(self, rows: NDArray[Any]) -> int:
        """The number of the set with these maximal vectors."""
        ordered = np.ascontiguousarray(rows[np.lexsort(rows.T[::-1])[::-1]], dtype=np.int64)
        return self._put(ordered)

    def _put(self, ordered: NDArray[Any]) -> int:
        key = ordered.tobytes()
        found = self._number.get(key)
        if found is None:
            found = self._number[key] = len(self.rows)
            self.rows.append(ordered)
        return found

    def meet(self, one: int, other: int) -> int:
        """The set of what lies in both.

        >>> pool = Pool(2)
        >>> both = pool.meet(pool.put(np.array([[1, 3], [2, 1]])), pool.put(np.array([[2, 2]])))
        >>> pool.rows[both].tolist()
        [[2, 1], [1, 2]]
        """
        first, second = self.rows[one], self.rows[other]
        out = np.empty((len(first) * len(second) + 1, first.shape[1]), dtype=np.int64)
        count = self._kernel(first, second, out)
        return self._put(out[:count].copy())

    def meet_all(self, numbers: set[int]) -> int:
        """The set of what lies in all of these; all vectors where there is none."""
        numbers.discard(ALL)
        if len(numbers) < 2:
            return next(iter(numbers), ALL)
        found, *rest = sorted(numbers)
        for number in rest:
            if number == found:
                continue
            key = (found, number) if found < number else (number, found)
            met = self._met.get(key)
            if met is None:
                met = self._met[key] = self.meet(found, number)
            found = met
        return found


def below(pool: Pool, best: Best, own: NDArray[Any]) -> Longs:
    """For each state what lies below its own vector or one that can be reached from it.

    Parameters
    ----------
    pool : where the sets are put
    best : the best vectors that are reached
    own : int (num_members, num_states)

    Returns int64 (num_states,), the numbers of the sets.
    """
    found = np.empty(own.shape[1], dtype=np.int64)
    before = best.closure.before
    for states in alike(before):
        reached = [best.rows[i] for i in np.unique(before[:, states[0]]).tolist()]
        nothing = np.zeros((0, len(own)), dtype=np.int64)
        rows = undominated(np.concatenate([nothing, *reached]))
        inside = _below_some(own[:, states].T, rows)
        if inside.any():
            found[states[inside]] = pool.put(rows)
        for state in states[~inside].tolist():
            found[state] = pool.put(undominated(np.concatenate([own[:, [state]].T, rows])))
    return found


def left_open(
    pool: Pool, movers: Sequence[Mover], closure: Closure | None, sets: Longs, own: NDArray[Any]
) -> tuple[NDArray[Any], NDArray[Any]]:
    """What lies below a state and in the sets of all states that others' sequences lead to from it.

    Parameters
    ----------
    movers : the others
    closure : what they reach; None where no move of theirs may follow another
    sets : int64 (num_states,), the number of each state's set
    own : int (num_members, num_states)

    Returns int64 (num_members, num_vectors) and the state of each vector, ascending; they contain
    the maximal ones of each state.
    """
    if closure is not None:
        return _capped(pool, _in_all(pool, closure, sets), own)
    moves = _united(movers, len(sets))
    if len(own) == 2:
        return _open_stairs(pool, moves, sets[moves.target], own)
    start, ends = moves.start.tolist(), sets[moves.target]
    met = [pool.meet_all(set(ends[a:b].tolist())) for a, b in pairwise(start)]
    return _capped(pool, np.array(met, dtype=np.int64), own)


def _in_all(pool: Pool, closure: Closure, sets: Longs) -> Longs:
    """For each state the number of what lies in the sets of all that is reached from it."""
    found = np.full(closure.count, ALL, dtype=np.int64)
    down, target = closure.down.start.tolist(), closure.down.target
    for part, members in enumerate(closure.members):
        numbers = set(found[target[down[part] : down[part + 1]]].tolist())
        if len(members):
            numbers.update(sets[members].tolist())
        found[part] = pool.meet_all(numbers)
    whole = np.full(closure.num_states, ALL, dtype=np.int64)
    for states in alike(closure.before):
        parts = closure.before[:, states[0]]
        whole[states] = pool.meet_all(set(found[parts].tolist()))
    return whole


def _capped(
    pool: Pool, numbers: Longs, own: NDArray[Any]
) -> tuple[NDArray[Any], NDArray[Any]]:
    """The vectors of each state's set, each the lesser of it and the state's own."""
    vectors, owners = [], []
    order = np.argsort(numbers, kind="stable")
    cuts = np.flatnonzero(np.diff(numbers[order])) + 1
    for states in np.split(order, cuts):
        number = int(numbers[states[0]])
        rows = own[:, states].T[:, None, :]
        if number != ALL:
            rows = np.minimum(rows, pool.rows[number][None])
        vectors.append(rows.reshape(-1, len(own)))
        owners.append(np.repeat(states, rows.shape[1]))
    left, owner = np.concatenate(vectors).T, np.concatenate(owners)
    order = np.argsort(owner, kind="stable")
    return left[:, order], owner[order]


def _united(movers: Sequence[Mover], num_states: int) -> Moves:
    if len(movers) == 1:
        return movers[0].moves
    pairs = [np.stack([who.moves.source, who.moves.target], axis=1) for who in movers]
    none = np.zeros((0, 2), dtype=np.int64)
    return Moves.of(np.concatenate([none, *pairs]), num_states)


def _open_stairs(
    pool: Pool, moves: Moves, ends: Longs, own: NDArray[Any]
) -> tuple[NDArray[Any], NDArray[Any]]:
    """`left_open` of two sides after one step, a block of states at a time."""
    counts = np.array([len(rows) for rows in pool.rows])
    offset = np.concatenate([[0], np.cumsum(counts)])
    flat = np.concatenate(pool.rows)
    held = np.concatenate([[0], np.cumsum(counts[ends])])
    room = int(np.diff(held[moves.start]).max(initial=1)) + 1
    size, work = len(moves.start) - 1, len(ends) + len(flat)
    kernel = kernel_for(open_stairs, effective(work))
    block = max(room, min(size * 8, BLOCK))
    scratch = [np.zeros(room, dtype=np.int64) for _ in range(4)]
    out = [np.zeros(block, dtype=np.int64) for _ in range(4)]
    given = columns_from(
        work, moves.start, ends, offset, flat[:, 0].copy(), flat[:, 1].copy(), own[0], own[1],
        np.full(len(counts), -1, dtype=np.int64), *scratch, *out[:3], out[3][:1].copy(),
    )  # fmt: skip
    found, state = [], 0
    while state < size:
        state = kernel(state, size, *given)
        *columns, (count,) = given[-4:]
        found.append(np.array([column[:count] for column in columns], dtype=np.int64))
    x, y, owner = np.concatenate(found, axis=1)
    return np.stack([x, y]), owner


def alike(before: NDArray[Any]) -> list[NDArray[Any]]:
    """The states in groups, in each those from which the same components are entered."""
    if not len(before):
        return [np.arange(before.shape[1])]
    _, group = np.unique(before, axis=1, return_inverse=True)
    order = np.argsort(group.reshape(-1), kind="stable")
    cuts = np.flatnonzero(np.diff(group.reshape(-1)[order])) + 1
    return np.split(order, cuts)


def undominated(rows: Longs) -> Longs:
    """The rows that lie nowhere above another in no column: the maximal ones, each once.

    >>> undominated(np.array([[1, 2], [2, 1], [1, 1], [1, 2]])).tolist()
    [[2, 1], [1, 2]]
    """
    if len(rows) < 2:
        return rows
    if rows.shape[1] < 3:
        return _staircase(rows)
    left = rows[np.argsort(-rows.sum(axis=1), kind="stable")]
    kept = []
    while len(left):  # no other row has a greater sum, so the first is maximal
        kept.append(left[0])
        left = left[np.any(left > left[0], axis=1)]
    return np.array(kept)


def _staircase(rows: NDArray[Any]) -> NDArray[Any]:
    """The maximal rows of one or two columns: going down the first, the second must go up."""
    last = rows[:, -1]
    order = np.lexsort((-last, -rows[:, 0]))
    last = last[order]
    kept = np.ones(len(rows), dtype=bool)
    kept[1:] = last[1:] > np.maximum.accumulate(last)[:-1]
    return rows[order[kept]]


def _below_some(rows: NDArray[Any], others: NDArray[Any]) -> Bools:
    """Which rows lie at or below some of the others in every column."""
    inside = np.all(rows[:, None] <= others[None], axis=2)
    return np.asarray(np.any(inside, axis=1))


def _some_above(rows: NDArray[Any], bar: NDArray[Any]) -> Bools:
    found = np.zeros(bar.shape[1], dtype=bool)
    step = max(1, (1 << 22) // max(rows.size, 1))
    for first in range(0, len(found), step):
        part = bar[:, first : first + step].T[:, None, :]
        higher = np.all(rows[None] > part, axis=2)
        found[first : first + step] = np.any(higher, axis=1)
    return found
