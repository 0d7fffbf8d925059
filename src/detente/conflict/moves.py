"""Edges between states in compressed rows, and what is read off each row."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from detente.errors import GameError

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix  # type: ignore[import-untyped]

Ints = NDArray[np.int32]
Longs = NDArray[np.int64]
Bools = NDArray[np.bool_]

FAR = np.iinfo(np.int32).max
"""Stands for the least payoff among no states at all: above every payoff."""


@dataclass(frozen=True, eq=False)
class Moves:
    """A set of edges, each in one direction; a way back is an edge of its own.

    `start` : int64 (num_states + 1,), where each state's edges begin
    `target` : int32 (num_edges,), ascending within a state, no state to itself, none twice
    """

    start: Longs
    target: Ints

    @classmethod
    def of(cls, pairs: Iterable[tuple[int, int]] | NDArray[Any], num_states: int) -> Moves:
        """The moves from these (source, target) pairs; repeated pairs count once.

        Raises GameError where a pair names no state or leads from a state to itself.

        >>> Moves.of([(0, 1), (1, 0), (0, 2)], 3).after(0).tolist()
        [1, 2]
        """
        given = pairs if isinstance(pairs, np.ndarray) else np.array(list(pairs), dtype=np.int64)
        edges = given.reshape(-1, 2).astype(np.int64)
        wrong = (edges < 0).any(1) | (edges >= num_states).any(1) | (edges[:, 0] == edges[:, 1])
        if wrong.any():
            source, target = edges[int(np.argmax(wrong))].tolist()
            raise GameError(
                f"a move leads from one state to another, which are numbered 0 to "
                f"{num_states - 1} here; found a move from {source} to {target}. Leave it out or "
                "correct the numbers."
            )
        keys = distinct(edges[:, 0] * num_states + edges[:, 1])
        return cls.sorted(keys // max(num_states, 1), keys % max(num_states, 1), num_states)

    @classmethod
    def sorted(cls, source: NDArray[Any], target: NDArray[Any], num_states: int) -> Moves:
        """The moves whose sources ascend, and whose targets do within each source."""
        start = np.zeros(num_states + 1, dtype=np.int64)
        np.cumsum(np.bincount(source, minlength=num_states), out=start[1:])
        return cls(start, target.astype(np.int32))

    @property
    def num_states(self) -> int:
        return len(self.start) - 1

    def __len__(self) -> int:
        return len(self.target)

    @property
    def source(self) -> Ints:
        """int32 (num_edges,), the state that each edge leaves."""
        states = np.arange(self.num_states, dtype=np.int32)
        return np.repeat(states, np.diff(self.start))

    def after(self, state: int) -> Ints:
        """The states that one move leads to."""
        return self.target[self.start[state] : self.start[state + 1]]

    def has(self, source: int, target: int) -> bool:
        """Whether this edge is there."""
        row = self.after(source)
        at = int(np.searchsorted(row, target))
        return at < len(row) and int(row[at]) == target

    def where(self, kept: Bools) -> Moves:
        """The moves with only these edges.

        `kept` : bool (num_edges,)
        """
        before = np.zeros(len(self) + 1, dtype=np.int64)
        np.cumsum(kept, out=before[1:])
        return Moves(before[self.start], self.target[kept])

    def among(self, states: Sequence[int] | Longs) -> Moves:
        """The moves between these states only, which are numbered anew in the order given."""
        number = np.full(self.num_states, -1, dtype=np.int64)
        number[np.asarray(states, dtype=np.int64)] = np.arange(len(states))
        ends = np.stack([number[self.source], number[self.target]], axis=1)
        return Moves.of(ends[(ends >= 0).all(axis=1)], len(states))

    @cached_property
    def backwards(self) -> Moves:
        """Every edge turned round."""
        turned = self.to_scipy().tocsc()
        return Moves(turned.indptr.astype(np.int64), turned.indices.astype(np.int32))

    def to_scipy(self) -> csr_matrix:
        """The reachability matrix: 1 where an edge leads from row to column."""
        from scipy.sparse import csr_matrix

        ones = np.ones(len(self), dtype=np.int8)
        shape = (self.num_states, self.num_states)
        return csr_matrix((ones, self.target, self.start), shape=shape)

    def least(self, at_edge: NDArray[Any]) -> Longs:
        """int64 (num_states,), the least of each state's edges; FAR where it has none."""
        return self._reduced(np.minimum, at_edge, FAR)

    def greatest(self, at_edge: NDArray[Any]) -> Longs:
        """int64 (num_states,), the greatest of each state's edges; -FAR where it has none."""
        return self._reduced(np.maximum, at_edge, -FAR)

    def any(self, at_edge: Bools) -> Bools:
        """bool (num_states,), whether some edge of the state is marked."""
        found = np.zeros(self.num_states, dtype=bool)
        found[self.source[at_edge]] = True
        return found

    def _reduced(self, reduce: np.ufunc, at_edge: NDArray[Any], empty: int) -> Longs:
        found = np.full(self.num_states, empty, dtype=np.int64)
        filled = np.flatnonzero(np.diff(self.start))
        if len(filled):
            found[filled] = reduce.reduceat(at_edge.astype(np.int64), self.start[filled])
        return found


def distinct(keys: NDArray[Any]) -> NDArray[Any]:
    """The keys in order, each once; `keys` is put in order too.

    By sorting, which for many keys takes a fraction of the time of `numpy.unique`.

    >>> distinct(np.array([3, 1, 3])).tolist()
    [1, 3]
    """
    keys.sort()
    kept = np.ones(len(keys), dtype=bool)
    np.not_equal(keys[1:], keys[:-1], out=kept[1:])
    return keys[kept]
