"""Sets of states that legal sequences lead to, shared by the states between which one can go round.

Nodes are states before and after a mover's move; those on a common cycle reach the same and are
condensed into one. Preferences of several sides need more than a least payoff: the best vectors
of payoffs that can be reached, none of them below another.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detente.errors import NotSupported
from detente.stability.graph.conflict import Mover
from detente.stability.graph.moves import FAR, Bools, Ints, Longs, Moves
from detente.stability.graph.reach import follows

MOST_STATES = 60_000_000
"""States that listed sets may hold in all (240 MB)."""


@dataclass(frozen=True, eq=False)
class Closure:
    """The condensation of what some movers reach.

    `before` : int32 (num_movers, num_states), the component of a state before the mover's move
    `component` : int32 (num_movers, num_states), the component of a state after its move
    `down` : edges between components, each from a greater number to a smaller one
    """

    num_states: int
    before: Ints
    component: Ints
    down: Moves

    @classmethod
    def of(cls, movers: Sequence[Mover], num_states: int) -> Closure:
        """The closure of these movers' moves."""
        from scipy.sparse import csr_matrix  # type: ignore[import-untyped]
        from scipy.sparse.csgraph import connected_components  # type: ignore[import-untyped]

        used = [mover for mover in movers if len(mover.moves)]
        if not used:
            none = np.zeros((0, num_states), dtype=np.int32)
            return cls(num_states, none, none, Moves.of([], 0))
        size = 2 * len(used) * num_states
        if size > FAR:
            raise NotSupported(
                f"coalitions are judged over at most {FAR:,} pairs of a state and a mover; this "
                f"conflict has {size:,}. Ask about smaller coalitions."
            )
        source, target = _edges(used, num_states)
        ones = np.ones(len(source), dtype=np.int8)
        graph = csr_matrix((ones, (source, target)), shape=(size, size))
        count, label = connected_components(graph, directed=True, connection="strong")
        one, other = label[source].astype(np.int64), label[target]
        apart = one != other
        keys = np.unique(one[apart] * count + other[apart])
        pairs = np.stack([keys // count, keys % count], axis=1)
        label, pairs = _downwards(count, label, pairs)
        half = len(used) * num_states
        shape = (len(used), num_states)
        return cls(
            num_states, label[half:].reshape(shape), label[:half].reshape(shape),
            Moves.of(pairs, count),
        )  # fmt: skip

    @property
    def count(self) -> int:
        """How many components there are."""
        return self.down.num_states

    @cached_property
    def sets(self) -> list[Ints]:
        """For each component the states at which legal sequences from it end, ascending.

        Raises NotSupported where they are too many to list.
        """
        own = self._members
        found: list[Ints] = []
        listed = 0
        for part in range(self.count):
            lower = self.down.after(part)
            joined = [own[part], *(found[i] for i in lower.tolist())]
            several = sum(1 for states in joined if len(states)) > 1
            found.append(np.unique(np.concatenate(joined)) if several else max(joined, key=len))
            listed += len(found[-1]) if several or len(own[part]) else 0
            refuse_large(listed)
        return found

    def reached(self, state: int) -> Ints:
        """The states that legal sequences of at least one move lead to from a state, ascending."""
        parts = np.unique(self.before[:, state])
        if not len(parts):
            return np.zeros(0, dtype=np.int32)
        found: Ints = np.unique(np.concatenate([self.sets[i] for i in parts.tolist()]))
        return found

    @cached_property
    def _members(self) -> list[Ints]:
        """The states that are arrived at within each component."""
        flat = self.component.reshape(-1)
        order = np.argsort(flat, kind="stable")
        states = (order % self.num_states).astype(np.int32)
        cuts = np.searchsorted(flat[order], np.arange(1, self.count))
        return [np.unique(part) for part in np.split(states, cuts)] if self.count else []

    def best(self, vector: NDArray[Any], owner: NDArray[Any] | None = None) -> Best:
        """The vectors that are reached from each component and lie below no other such one.

        Parameters
        ----------
        vector : int (num_members, num_vectors), one a state where no owners are given
        owner : int (num_vectors,), the state at which each is to be had, ascending
        """
        rows: list[NDArray[Any]] = []
        if owner is not None:
            bounds = np.searchsorted(owner, np.arange(self.num_states + 1))
        for part, members in enumerate(self._members):
            lower = [rows[i] for i in self.down.after(part).tolist()]
            if not len(members) and len(lower) == 1:
                rows.append(lower[0])
                continue
            at: NDArray[Any] = members
            if owner is not None:
                at = ranges(bounds[members], bounds[members + 1])
            rows.append(undominated(np.concatenate([vector[:, at].T, *lower])))
        return Best(self, rows)

    def common(self, below: Below) -> list[NDArray[Any] | None]:
        """What lies below something at every state that is reached from a component.

        Returns for each component the maximal vectors of the set; None, for all vectors, where
        nothing is reached.
        """
        found: list[NDArray[Any] | None] = []
        for part, members in enumerate(self._members):
            rows = None
            for i in self.down.after(part).tolist():
                rows = meet(rows, found[i])
            found.append(below.narrowed(rows, members) if len(members) else rows)
        return found


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


@dataclass(frozen=True, eq=False)
class Below:
    """For each state what lies below its own vector or one that can be reached from it.

    `own` : int (num_members, num_states)
    """

    best: Best
    own: NDArray[Any]

    def at(self, state: int) -> NDArray[Any]:
        """The maximal vectors at a state."""
        parts = self.best.closure.before[:, state].tolist()
        reached = [self.best.rows[i] for i in parts]
        return undominated(np.concatenate([self.own[:, [state]].T, *reached]))

    def narrowed(self, rows: NDArray[Any] | None, states: Ints) -> NDArray[Any]:
        """The maximal vectors of what lies below these rows and below something at each state."""
        if rows is None:
            rows, states = self.at(int(states[0])), states[1:]
        parts = self.best.closure.before[:, states]
        while len(states):
            wider = np.ones(len(states), dtype=bool)
            covers: dict[int, Bools] = {}
            for row in range(len(rows)):
                low = (self.own[:, states] >= rows[row][:, None]).all(axis=0)
                for column in parts:
                    for i in np.unique(column[~low]).tolist():
                        if i not in covers:
                            covers[i] = _below_some(rows, self.best.rows[i])
                        if covers[i][row]:
                            low |= column == i
                wider &= low
            narrow = np.flatnonzero(~wider)
            if not len(narrow):
                break
            cut = meet(rows, self.at(int(states[narrow[0]])))
            assert cut is not None
            rows, states, parts = cut, states[narrow[1:]], parts[:, narrow[1:]]
        return rows


def meet(one: NDArray[Any] | None, other: NDArray[Any] | None) -> NDArray[Any] | None:
    """The maximal vectors of what lies below some of these and some of those; None is all.

    >>> meet(np.array([[1, 3], [2, 1]]), np.array([[2, 2]])).tolist()
    [[2, 1], [1, 2]]
    """
    if one is None or other is None:
        return other if one is None else one
    if len(one) <= len(other) and _below_some(one, other).all():
        return one
    if _below_some(other, one).all():
        return other
    pairs = np.minimum(one[:, None], other[None])
    return undominated(pairs.reshape(-1, one.shape[1]))


def ranges(first: NDArray[Any], stop: NDArray[Any]) -> Longs:
    """The numbers of several ranges, one range after the other.

    >>> ranges(np.array([5, 1]), np.array([7, 2])).tolist()
    [5, 6, 1]
    """
    counts = stop - first
    found: Longs = np.repeat(first - np.cumsum(counts) + counts, counts)
    return found + np.arange(len(found))


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


def refuse_large(listed: int) -> None:
    """Raise NotSupported where sets have become too large to hold."""
    if listed > MOST_STATES:
        raise NotSupported(
            f"what coalitions reach from each state is more than {MOST_STATES:,} states in all, "
            "too many to list. Ask for coalitional nash or gmr, or for a smaller conflict."
        )


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


def _edges(movers: Sequence[Mover], num_states: int) -> tuple[Ints, Ints]:
    """From before a move to after it, and from after it to before each move that may follow."""
    half, states = len(movers) * num_states, np.arange(num_states, dtype=np.int32)
    may = follows(movers)
    source, target = [], []
    for k, mover in enumerate(movers):
        source.append(half + k * num_states + mover.moves.source)
        target.append(k * num_states + mover.moves.target)
        for after in np.flatnonzero(may[:, k]).tolist():
            source.append(k * num_states + states)
            target.append(half + after * num_states + states)
    return np.concatenate(source), np.concatenate(target)


def _downwards(count: int, label: Ints, pairs: Any) -> tuple[Ints, Any]:
    """Components numbered so that every edge leads to a smaller number."""
    if (pairs[:, 0] > pairs[:, 1]).all():
        return label, pairs
    if (pairs[:, 0] < pairs[:, 1]).all():
        return count - 1 - label, count - 1 - pairs
    import networkx as nx  # type: ignore[import-untyped]

    graph = nx.DiGraph(map(tuple, pairs.tolist()))
    graph.add_nodes_from(range(count))
    number = np.empty(count, dtype=np.int32)
    number[np.array(list(nx.topological_sort(graph)))] = np.arange(count - 1, -1, -1)
    return number[label], number[pairs]
