"""What legal sequences of moves lead to: no side moves twice in a row.

A node is a state with who moved last. Under ordinal preferences an answer to an improvement exists
iff the least payoff that sequences lead to is low enough, and one backward search finds the least
payoff from every state at once, in time linear in states and moves.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from detente.conflict.conflict import Mover, Sides
from detente.conflict.moves import FAR, Bools, Ints, Longs, Moves
from detente.game.kernels import columns, compile_from, kernel_for
from detente.stability.graph.kernels import least_reached


def least_payoffs(movers: Sequence[Mover], value: NDArray[Any]) -> Longs:
    """The least value at the end of a legal sequence of at least one move, from each state.

    Parameters
    ----------
    movers : who may move, each with the moves that count
    value : int (num_states,)

    Returns int64 (num_states,); FAR where no move leads anywhere.

    >>> from detente.conflict.moves import Moves
    >>> there, on = Moves.of([(0, 1)], 3), Moves.of([(1, 2)], 3)
    >>> movers = [Mover(frozenset([0]), there), Mover(frozenset([1]), on)]
    >>> least_payoffs(movers, np.array([3, 2, 1])).tolist() == [1, 1, FAR]
    True
    """
    used = [mover for mover in movers if len(mover.moves)]
    if not used:
        return np.full(len(value), FAR, dtype=np.int64)
    if not any(follows(used).flat):  # one step is all there is
        found = [mover.moves.least(value[mover.moves.target]) for mover in used]
        least: Longs = np.minimum.reduce(found)
        return least
    return _searched(used, value)


def _searched(movers: list[Mover], value: NDArray[Any]) -> Longs:
    turned = [mover.moves.backwards for mover in movers]
    return Backwards.of(turned, follows(movers)).least(value)


@dataclass(frozen=True, eq=False)
class Backwards:
    """The moves of several movers turned round, one mover after the other, to search them.

    `start` : int64 (num_movers * (num_states + 1),), where the edges into each state begin
    `source` : int32 (num_edges,), where they come from
    `may_follow` : bool (num_movers, num_movers), whether the first may move after the second
    """

    num_states: int
    start: Longs
    source: Ints
    may_follow: Bools

    @classmethod
    def of(cls, turned: Sequence[Moves], may_follow: Bools) -> Backwards:
        """From moves that are turned round already, at least one mover's."""
        base = np.cumsum([0, *map(len, turned)])[:-1]
        return cls(
            turned[0].num_states,
            np.concatenate([moves.start + at for moves, at in zip(turned, base, strict=True)]),
            np.concatenate([moves.target for moves in turned]) if len(turned) > 1
            else turned[0].target,
            may_follow,
        )  # fmt: skip

    def least(self, value: NDArray[Any]) -> Longs:
        """As `least_payoffs`, of these moves."""
        num_nodes = 2 * len(self.may_follow) * self.num_states
        size = num_nodes + len(self.source)
        given = columns_from(
            size,
            np.argsort(value, kind="stable"),
            value,
            self.start,
            self.source,
            self.may_follow.reshape(-1),
            np.full(self.num_states, FAR, dtype=np.int64),
            np.zeros(num_nodes, dtype=np.int8),
            np.zeros(num_nodes, dtype=np.int32 if num_nodes < FAR else np.int64),
        )
        kernel_for(least_reached, effective(size))(*given)
        return np.asarray(given[5], dtype=np.int64)


class Signed(Protocol):
    """A move, or several, with those who make it."""

    @property
    def sides(self) -> Sides: ...


def follows(movers: Sequence[Signed]) -> Bools:
    """bool (num_movers, num_movers), whether the first may move right after the second."""
    return np.array([[not (one.sides & last.sides) for last in movers] for one in movers])


def effective(size: int) -> int:
    """The size to tell `kernel_for`, which compiles from a fixed one, not from `compile_from`."""
    from detente.game.kernels import COMPILE_FROM

    return max(size, COMPILE_FROM) if size >= compile_from() else size


def columns_from(size: int, *arrays: NDArray[Any]) -> tuple[Any, ...]:
    """The arrays as the kernel that `kernel_for` gives for this size wants them."""
    return columns(effective(size), *arrays)


def reached(movers: Sequence[Mover], start: int) -> Bools:
    """The states that legal sequences of at least one move lead to from one state.

    Returns bool (num_states,); the state itself only where a sequence comes back to it.
    """
    num_states = movers[0].moves.num_states if movers else 0
    seen = np.zeros((len(movers), num_states), dtype=bool)
    may = follows(movers)
    fresh: list[tuple[int, int]] = [(k, start) for k in range(len(movers))]
    tried = set(fresh)
    while fresh:
        k, state = fresh.pop()
        for target in movers[k].moves.after(state).tolist():
            if seen[k, target]:
                continue
            seen[k, target] = True
            for after in np.flatnonzero(may[:, k]).tolist():
                if (after, target) not in tried:
                    tried.add((after, target))
                    fresh.append((after, target))
    return np.asarray(seen.any(axis=0))


def within(movers: Sequence[Mover], sides: Sides) -> list[Mover]:
    """The movers all of whose sides are among these."""
    return [mover for mover in movers if mover.sides <= sides]
