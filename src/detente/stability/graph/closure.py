"""Sets of states that legal sequences lead to, shared by the states between which one can go round.

Nodes are states before and after a mover's move; those on a common cycle reach the same and are
condensed into one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detente.conflict.conflict import Mover
from detente.conflict.moves import FAR, Ints, Longs, Moves, distinct
from detente.errors import NotSupported
from detente.stability.graph.reach import follows

MOST_STATES = 60_000_000
"""States that listed sets may hold in all (240 MB)."""

DENSE = 16
"""A set of more than one state in so many is marked in a table rather than sorted."""


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
        start, target = _nodes(used, num_states)
        ones = np.ones(len(target), dtype=np.int8)
        graph = csr_matrix((ones, target, start), shape=(size, size))
        count, label = connected_components(graph, directed=True, connection="strong")
        del graph, ones, start, target
        after, before = label.reshape(2, len(used), num_states)
        keys = distinct(np.concatenate([*_between(used, before, after, count)]))
        pairs = np.stack([keys // count, keys % count], axis=1)
        number, pairs = _downwards(count, pairs)
        return cls(num_states, number[before], number[after], Moves.of(pairs, count))

    @property
    def count(self) -> int:
        """How many components there are."""
        return self.down.num_states

    @cached_property
    def sets(self) -> list[Ints]:
        """For each component the states at which legal sequences from it end, ascending.

        Raises NotSupported where they are too many to list.
        """
        own = self.members
        found: list[Ints] = []
        listed = 0
        for part in range(self.count):
            lower = self.down.after(part)
            joined = [own[part], *(found[i] for i in lower.tolist())]
            several = sum(1 for states in joined if len(states)) > 1
            found.append(_union(joined, self.num_states) if several else max(joined, key=len))
            listed += len(found[-1]) if several or len(own[part]) else 0
            refuse_large(listed)
        return found

    def reached(self, state: int) -> Ints:
        """The states that legal sequences of at least one move lead to from a state, ascending."""
        parts = np.unique(self.before[:, state])
        if not len(parts):
            return np.zeros(0, dtype=np.int32)
        return _union([self.sets[i] for i in parts.tolist()], self.num_states)

    @cached_property
    def members(self) -> list[Ints]:
        """The states that are arrived at within each component, ascending."""
        part = self.component.reshape(-1).astype(np.int64)
        keys = distinct(part * self.num_states + np.arange(len(part)) % max(self.num_states, 1))
        states = (keys % max(self.num_states, 1)).astype(np.int32)
        cuts = np.searchsorted(keys, np.arange(self.count + 1) * self.num_states).tolist()
        return [states[first:stop] for first, stop in pairwise(cuts)]


def ranges(first: NDArray[Any], stop: NDArray[Any]) -> Longs:
    """The numbers of several ranges, one range after the other.

    >>> ranges(np.array([5, 1]), np.array([7, 2])).tolist()
    [5, 6, 1]
    """
    counts = stop - first
    found: Longs = np.repeat(first - np.cumsum(counts) + counts, counts)
    return found + np.arange(len(found))


def refuse_large(listed: int) -> None:
    """Raise NotSupported where sets have become too large to hold."""
    if listed > MOST_STATES:
        raise NotSupported(
            f"what coalitions reach from each state is more than {MOST_STATES:,} states in all, "
            "too many to list. Ask for coalitional nash or gmr, or for a smaller conflict."
        )


def _union(joined: Sequence[Ints], num_states: int) -> Ints:
    """The states of all of these, ascending."""
    states = np.concatenate(joined)
    if len(states) * DENSE < num_states:
        return distinct(states)
    marked = np.zeros(num_states, dtype=bool)
    marked[states] = True
    return np.flatnonzero(marked).astype(np.int32)


def _nodes(movers: Sequence[Mover], num_states: int) -> tuple[Ints, Ints]:
    """Compressed rows: after each mover's move to before each that may follow, then the moves."""
    half, states = len(movers) * num_states, np.arange(num_states, dtype=np.int32)[:, None]
    may = follows(movers)
    counts, target = [], []
    for k in range(len(movers)):
        nexts = half + np.flatnonzero(may[:, k]).astype(np.int32) * num_states
        counts.append(np.full(num_states, len(nexts)))
        target.append((states + nexts).astype(np.int32).reshape(-1))
    for k, mover in enumerate(movers):
        counts.append(np.diff(mover.moves.start))
        target.append(mover.moves.target + np.int32(k * num_states))
    start = np.cumsum(np.concatenate([[0], *counts]))
    return start.astype(np.int32 if start[-1] < FAR else np.int64), np.concatenate(target)


def _between(
    movers: Sequence[Mover], before: Ints, after: Ints, count: int
) -> Iterator[Longs]:
    """The edges between different components, as source * count + target, mover by mover."""
    may = follows(movers)
    for k, mover in enumerate(movers):
        one = np.repeat(before[k], np.diff(mover.moves.start))
        other = after[k][mover.moves.target]
        apart = one != other
        yield distinct(one[apart].astype(np.int64) * count + other[apart])
        for j in np.flatnonzero(may[:, k]).tolist():
            apart = after[k] != before[j]
            yield distinct(after[k][apart].astype(np.int64) * count + before[j][apart])


def _downwards(count: int, pairs: Longs) -> tuple[Ints, Longs]:
    """A number for each component so that every edge leads to a smaller one, and the edges so."""
    same = np.arange(count, dtype=np.int32)
    if (pairs[:, 0] > pairs[:, 1]).all():
        return same, pairs
    if (pairs[:, 0] < pairs[:, 1]).all():
        return same[::-1].copy(), count - 1 - pairs
    import networkx as nx  # type: ignore[import-untyped]

    graph = nx.DiGraph(map(tuple, pairs.tolist()))
    graph.add_nodes_from(range(count))
    number = np.empty(count, dtype=np.int32)
    number[np.array(list(nx.topological_sort(graph)))] = same[::-1]
    found: Longs = number[pairs].astype(np.int64)
    return number, found
