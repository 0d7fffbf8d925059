"""How the conflict gets from where it stands to each state, in whose moves.

Li, Kilgour and Hipel 2005, Status quo analysis in the graph model. Sequences are legal (no side
moves twice in a row), by any moves or by improvements only; each is shortest.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from detente.conflict.conflict import Conflict, Mover
from detente.conflict.moves import Ints, Moves
from detente.stability.graph.reach import follows
from detente.stability.graph.search import Step


@dataclass(frozen=True, eq=False)
class Ways:
    """The shortest ways from one state to all others.

    `start` : where the conflict stands
    `distance` : int32 (num_states,), moves; -1 where no legal sequence leads
    """

    conflict: Conflict
    start: int
    distance: Ints
    _last: Ints  # (num_states,), a node of the shortest way to the state, or -1
    _before: Ints  # (num_movers * num_states,), the node before, or -1 after the first move

    def path(self, state: int | str) -> tuple[Step, ...] | None:
        """The moves of a shortest way: none from a state to itself, None where there is no way."""
        end, size = self.conflict.state(state), self.conflict.num_states
        if self.distance[end] < 0:
            return None
        steps: list[Step] = []
        node = int(self._last[end])
        while node >= 0:
            before = int(self._before[node])
            source = self.start if before < 0 else before % size
            steps.append(Step(self.conflict.movers[node // size].sides, source, node % size))
            node = before
        return tuple(reversed(steps))


def ways_from(conflict: Conflict, start: int | str, improving: bool = False) -> Ways:
    """The shortest legal sequences from a state.

    Parameters
    ----------
    start : the status quo, by number from 0 or by name
    improving : whether each step must improve its mover (every signer of a joint move)

    >>> relay = Conflict.of({"A": [(0, 1)], "B": [(1, 2)]}, [[1, 2, 3], [1, 2, 3]])
    >>> ways_from(relay, 0).distance.tolist()
    [0, 1, 2]
    """
    here, size = conflict.state(start), conflict.num_states
    movers = [
        Mover(who.sides, conflict.improving(k) if improving else who.moves)
        for k, who in enumerate(conflict.movers)
    ]
    may = follows(movers)
    distance = np.full(size, -1, dtype=np.int32)
    last = np.full(size, -1, dtype=np.int32)
    before = np.full(len(movers) * size, -1, dtype=np.int32)
    seen = np.zeros((len(movers), size), dtype=bool)
    distance[here] = 0
    fresh: list[Ints] = [np.array([here], dtype=np.int32) for _ in movers]  # may be moved from
    came: list[Ints] = [np.array([-1], dtype=np.int32) for _ in movers]
    for step in range(1, len(movers) * size + 1):
        arrived = [
            _spread(movers[k].moves, fresh[k], came[k], seen[k], before[k * size : (k + 1) * size])
            for k in range(len(movers))
        ]
        if not any(map(len, arrived)):
            break
        for k, states in enumerate(arrived):
            new = states[distance[states] < 0]
            distance[new] = step
            last[new] = k * size + new
        fresh, came = _turns(arrived, may, size)
    return Ways(conflict, here, distance, last, before)


def _spread(moves: Moves, states: Ints, came: Ints, seen: np.ndarray, before: Ints) -> Ints:
    """The states that a mover newly arrives at from these, with the nodes before them noted."""
    counts = np.diff(moves.start)[states]
    total = int(counts.sum())
    if not total:
        return np.zeros(0, dtype=np.int32)
    at = np.repeat(moves.start[states] - np.cumsum(counts) + counts, counts) + np.arange(total)
    target, node = moves.target[at], np.repeat(came, counts)
    new = ~seen[target]
    target, first = np.unique(target[new], return_index=True)
    seen[target] = True
    before[target] = node[new][first]
    return target


def _turns(arrived: list[Ints], may: np.ndarray, size: int) -> tuple[list[Ints], list[Ints]]:
    """For each mover the states that it may move from next, with the nodes they were reached by."""
    fresh, came = [], []
    for k in range(len(arrived)):
        before = [j for j in range(len(arrived)) if may[k, j]]
        none = np.zeros(0, dtype=np.int32)
        states = np.concatenate([none, *(arrived[j] for j in before)])
        nodes = np.concatenate([none, *(arrived[j] + j * size for j in before)])
        states, first = np.unique(states, return_index=True)
        fresh.append(states.astype(np.int32))
        came.append(nodes[first].astype(np.int32))
    return fresh, came
