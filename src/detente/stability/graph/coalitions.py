"""Stability against coalitions: Nash, GMR, SMR and SEQ for every set of sides.

Inohara and Hipel 2008, Coalition analysis in the graph model for conflict resolution. A coalition
leaves for states that its members reach by legal sequences and that all of them prefer; it is
deterred by states that some member does not prefer. In coalitional SEQ the others answer by
sequences of coalition improvements, in which no coalition moves twice in a row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np

from detente.errors import NotSupported
from detente.stability.graph.closure import Below, Closure, meet, ranges, refuse_large
from detente.stability.graph.concepts import stable
from detente.stability.graph.conflict import Conflict, Mover, Sides
from detente.stability.graph.moves import Bools, Ints, Longs, Moves
from detente.stability.graph.reach import least_payoffs, within
from detente.stability.graph.rules import CONCEPTS, Rules
from detente.stability.graph.search import Step, shortest_path

KEYS = ("nash", "gmr", "smr", "seq")
BLOCK = 1 << 22
"""Pairs of states that are compared at a time."""


def coalitions(conflict: Conflict) -> list[Sides]:
    """Every nonempty set of sides, small ones first."""
    sides = range(conflict.num_sides)
    return [frozenset(some) for size in sides for some in combinations(sides, size + 1)]


@dataclass(frozen=True, eq=False)
class CoalitionAnalysis:
    """Stability of every state against coalitions; what is computed once is kept.

    Raises NotSupported for conflicts with unknown preferences, for which the page of definitions
    gives no coalitional version.

    >>> signing = Conflict.of(
    ...     {"A": [], "B": []}, [[1, 2], [1, 2]], joint={("A", "B"): [(0, 1)]}
    ... )
    >>> CoalitionAnalysis(signing).equilibria("nash").tolist()
    [False, True]
    """

    conflict: Conflict
    _closures: dict[Sides, Closure] = field(default_factory=dict, repr=False)
    _improvements: dict[Sides, Moves] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        if self.conflict.unknown is not None:
            raise NotSupported(
                "coalitional stability is defined for preferences that are known; this conflict "
                "has unknown ones. Ask for the stability of single sides."
            )

    def stable(self, key: str, coalition: Sides) -> Bools:
        """Which states are stable for a coalition.

        Parameters
        ----------
        key : nash, gmr, smr or seq
        coalition : its sides, at least one

        Returns bool (num_states,). Raises NotSupported where there is no such concept, or where
        the sets of states to look through are too large (smr and seq of large conflicts).
        """
        ways: dict[str, Callable[[Sides], Bools]] = {
            "nash": self._nash, "gmr": self._gmr, "smr": self._smr, "seq": self._seq,
        }  # fmt: skip
        if key not in ways:
            raise NotSupported(
                f"no coalitional concept is called '{key}' here. There are {', '.join(KEYS)}."
            )
        if not coalition or not coalition <= frozenset(range(self.conflict.num_sides)):
            raise NotSupported(
                f"a coalition is one side or more of the {self.conflict.num_sides} here, by "
                f"number from 0; found {sorted(coalition)}."
            )
        return ways[key](coalition)

    def equilibria(self, key: str) -> Bools:
        """Which states are stable for every coalition; bool (num_states,)."""
        found = [self.stable(key, coalition) for coalition in coalitions(self.conflict)]
        return np.asarray(np.logical_and.reduce(found), dtype=bool)

    def _nash(self, coalition: Sides) -> Bools:
        payoff = self._payoff(coalition)
        return ~self._above(coalition, payoff)

    def _gmr(self, coalition: Sides) -> Bools:
        return self._unanswered(coalition, self._movers(self.conflict.others(coalition)))

    def _seq(self, coalition: Sides) -> Bools:
        return self._unanswered(coalition, self._improvers(self.conflict.others(coalition)))

    def _unanswered(self, coalition: Sides, movers: list[Mover]) -> Bools:
        # An answer exists iff some member's least payoff is low enough: an improvement goes
        # unanswered iff the lesser of what it brings and the least lies above for every member.
        payoff = self._payoff(coalition)
        kept = np.stack([np.minimum(own, least_payoffs(movers, own)) for own in payoff])
        return ~self._above(coalition, kept)

    def _above(self, coalition: Sides, vector: Longs) -> Bools:
        """Where the coalition reaches a state whose vector lies above the payoffs it has."""
        payoff = self._payoff(coalition)
        if len(coalition) > 1:
            return self.closure(coalition).best(vector).above(payoff)
        (side,) = coalition  # it reaches what one move leads to
        moves = self.conflict.moves[side]
        return moves.any(vector[0, moves.target] > payoff[0, moves.source])

    def _smr(self, coalition: Sides) -> Bools:
        if len(coalition) == 1:
            (side,) = coalition
            return stable(self.conflict, Rules(CONCEPTS["smr"]), side)
        # A state is no refuge from what lies below it or below what the coalition reaches from
        # it. What lies so at every state that the others reach is answered by none of them.
        payoff = self._payoff(coalition)
        below = Below(self.closure(coalition).best(payoff), payoff)
        others = self.closure(self.conflict.others(coalition))
        common = others.common(below)
        vectors, owners = [], []
        for state in range(self.conflict.num_states):
            rows = None
            for part in others.before[:, state].tolist():
                rows = meet(rows, common[part])
            own = payoff[:, [state]].T
            vectors.append(own if rows is None else np.minimum(rows, own))
            owners.append(np.full(len(vectors[-1]), state))
        left = np.concatenate(vectors).T
        return ~self.closure(coalition).best(left, np.concatenate(owners)).above(payoff)

    def _safe(self, coalition: Sides, state: int) -> Bools:
        """Where the coalition is no better off than in a state, and cannot become so."""
        payoff = self._payoff(coalition)
        bar = np.repeat(payoff[:, [state]], payoff.shape[1], axis=1)
        best = self.closure(coalition).best(payoff)
        return ~best.above(bar) & ~(payoff > bar).all(axis=0)

    def improvements(self, coalition: Sides, state: int) -> Ints:
        """The states that a coalition reaches from a state and all its members prefer."""
        reached = self.closure(coalition).reached(state)
        payoff = self._payoff(coalition)
        better: Ints = reached[(payoff[:, reached] > payoff[:, [state]]).all(axis=0)]
        return better

    def breach(self, key: str, coalition: Sides, state: int) -> tuple[Step, ...] | None:
        """The shortest way of a coalition to a state that it prefers and no answer spoils.

        None where the state is stable for it.
        """
        ends = self.improvements(coalition, state)
        broken = [end for end in ends.tolist() if self.answer(key, coalition, state, end) is None]
        movers = self._movers(coalition)
        return shortest_path(movers, state, lambda found: np.isin(found, broken))

    def answer(
        self, key: str, coalition: Sides, state: int, improvement: int
    ) -> tuple[Step, ...] | None:
        """The shortest answer of the others to a coalition's improvement, if there is one."""
        if key == "nash":
            return None
        others = self.conflict.others(coalition)
        movers = self._improvers(others) if key == "seq" else self._movers(others)
        payoff = self._payoff(coalition)
        good: Bools = np.asarray((payoff <= payoff[:, [state]]).any(axis=0))
        if key == "smr":
            good = self._safe(coalition, state)
        path = shortest_path(movers, improvement, lambda ends: good[ends])
        if path is None or key != "seq":
            return path
        names = self._subcoalitions(others)
        return tuple(
            Step(names[number], step.source, step.target)
            for step in path for number in step.sides
        )  # fmt: skip

    def way(self, coalition: Sides, state: int, end: int) -> tuple[Step, ...] | None:
        """The shortest legal sequence of a coalition's members from one state to another."""
        return shortest_path(self._movers(coalition), state, lambda ends: ends == end)

    def closure(self, coalition: Sides) -> Closure:
        """What the members of a coalition reach by legal sequences."""
        if coalition not in self._closures:
            movers = self._movers(coalition)
            self._closures[coalition] = Closure.of(movers, self.conflict.num_states)
        return self._closures[coalition]

    def jumps(self, key_states: Bools) -> Iterator[tuple[Sides, int, int]]:
        """Where a coalition can jump from one equilibrium to another that all its members prefer.

        Kilgour, Hipel, Fang and Peng 2001: the weaker notion of a coalition's improvement. Give
        which states are equilibria; comes back as (coalition, from, to).
        """
        for coalition in coalitions(self.conflict):
            if len(coalition) < 2:
                continue
            for state in np.flatnonzero(key_states).tolist():
                ends = self.improvements(coalition, state)
                yield from ((coalition, state, end) for end in ends[key_states[ends]].tolist())

    def _payoff(self, coalition: Sides) -> Longs:
        return self.conflict.payoff[sorted(coalition)].astype(np.int64)

    def _movers(self, sides: Sides) -> list[Mover]:
        return within(self.conflict.movers, sides)

    def _improvers(self, sides: Sides) -> list[Mover]:
        """Each coalition of these sides as one mover, whose moves are its improvements."""
        # A side of its own for each: no coalition follows itself, and any other may follow.
        return [
            Mover(frozenset([k]), self.coalition_improvements(some))
            for k, some in enumerate(self._subcoalitions(sides))
        ]

    def _subcoalitions(self, sides: Sides) -> list[Sides]:
        return [some for some in coalitions(self.conflict) if some <= sides]

    def coalition_improvements(self, coalition: Sides) -> Moves:
        """From each state to those that the coalition reaches and all its members prefer."""
        if coalition not in self._improvements:
            if len(coalition) == 1:
                (side,) = coalition
                found = self.conflict.improving(side)
            else:
                found = self._listed(coalition)
            self._improvements[coalition] = found
        return self._improvements[coalition]

    def _listed(self, coalition: Sides) -> Moves:
        """The improvements of several sides together, state by state.

        States from which the same components are entered reach the same, and are taken at once.
        """
        closure, payoff = self.closure(coalition), self._payoff(coalition)
        _, group = np.unique(closure.before, axis=1, return_inverse=True)
        order = np.argsort(group.reshape(-1), kind="stable")
        cuts = np.flatnonzero(np.diff(group.reshape(-1)[order])) + 1
        counts = np.zeros(self.conflict.num_states, dtype=np.int64)
        found: list[tuple[Longs, Ints]] = []
        for states in np.split(order, cuts):
            reach = closure.reached(int(states[0]))
            step = max(1, BLOCK // max(len(reach), 1))
            for first in range(0, len(states), step):
                some = states[first : first + step]
                better: Bools = payoff[:, None, reach] > payoff[:, some, None]
                row, column = np.nonzero(better.all(axis=0))
                counts[some] = np.bincount(row, minlength=len(some))
                found.append((some, reach[column]))
                refuse_large(int(counts.sum()))
        start = np.concatenate([[0], np.cumsum(counts)])
        target = np.empty(start[-1], dtype=np.int32)
        while found:  # each block's targets come state by state
            some, ends = found.pop()
            target[ranges(start[some], start[some + 1])] = ends
        return Moves(start, target)
