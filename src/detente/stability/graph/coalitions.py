"""Stability against coalitions: Nash, GMR, SMR and SEQ for every set of sides.

Inohara and Hipel 2008, Coalition analysis in the graph model for conflict resolution. A coalition
leaves for states that its members reach by legal sequences and that all of them prefer; it is
deterred by states that some member does not prefer. In coalitional SEQ the others answer by
sequences of coalition improvements, in which no coalition moves twice in a row.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np

from detente.conflict.conflict import Conflict, Mover, Sides
from detente.conflict.moves import Bools, Ints, Longs
from detente.errors import GameError, NotSupported
from detente.game.kernels import columns, kernel_for
from detente.stability.graph.closure import Closure, refuse_large
from detente.stability.graph.concepts import stable
from detente.stability.graph.kernels import improving_into
from detente.stability.graph.reach import Backwards, effective, follows, least_payoffs, within
from detente.stability.graph.rules import CONCEPTS, Rules
from detente.stability.graph.search import Step, Walker, shortest_path
from detente.stability.graph.vectors import Pool, alike, below, best_of, left_open

KEYS = ("nash", "gmr", "smr", "seq")
MEETINGS = 5
"""Sets that are met for each state, roughly."""
MOST_SIDES = 16
"""Sides up to which every coalition is asked: they form twice as many with each side more."""


def check_key(key: str) -> None:
    """Raise NotSupported where no coalitional concept is called so."""
    if key not in KEYS:
        raise NotSupported(
            f"no coalitional concept is called '{key}' here. There are {', '.join(KEYS)}."
        )


def coalitions(conflict: Conflict) -> list[Sides]:
    """Every nonempty set of sides, small ones first; raises NotSupported beyond MOST_SIDES."""
    if conflict.num_sides > MOST_SIDES:
        raise NotSupported(
            f"{conflict.num_sides} sides form 2^{conflict.num_sides} - 1 coalitions; of more than "
            f"{MOST_SIDES} sides not all are asked. From Python ask the coalitions that matter: "
            "coalition_verdict."
        )
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
    _refuges: dict[tuple[Sides, int], Bools] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        if self.conflict.unknown is not None:
            raise NotSupported(
                "coalitional stability is defined for preferences that are known; this conflict "
                "has unknown ones. Ask for the stability of single sides."
            )

    def stable(self, key: str, coalition: Collection[int | str]) -> Bools:
        """Which states are stable for a coalition.

        Parameters
        ----------
        key : nash, gmr, smr or seq
        coalition : its sides by number from 0 or by name, at least one

        Returns bool (num_states,). Raises GameError where there is no such side, NotSupported
        where there is no such concept, or where the sets of states to look through are too large
        (smr and seq of large conflicts).
        """
        ways: dict[str, Callable[[Sides], Bools]] = {
            "nash": self._nash, "gmr": self._gmr, "smr": self._smr, "seq": self._seq,
        }  # fmt: skip
        check_key(key)
        return ways[key](self.sides_of(coalition))

    def sides_of(self, coalition: Collection[int | str]) -> Sides:
        """The sides that are given by number or name; raises GameError where there is none."""
        if isinstance(coalition, str) or not coalition:
            raise GameError(
                f"a coalition is a list of one side or more of {', '.join(self.conflict.sides)}; "
                f"found {coalition!r}."
            )
        return frozenset(self.conflict.side(one) for one in coalition)

    def equilibria(self, key: str) -> Bools:
        """Which states are stable for every coalition; bool (num_states,)."""
        found = [self.stable(key, coalition) for coalition in coalitions(self.conflict)]
        return np.asarray(np.logical_and.reduce(found), dtype=bool)

    def _nash(self, coalition: Sides) -> Bools:
        payoff = self.payoff(coalition)
        return ~self._above(coalition, payoff)

    def _gmr(self, coalition: Sides) -> Bools:
        movers = self._movers(self.conflict.others(coalition))
        return self._unanswered(coalition, lambda own: least_payoffs(movers, own))

    def _seq(self, coalition: Sides) -> Bools:
        some = self._subcoalitions(self.conflict.others(coalition))
        if not some:
            return self._nash(coalition)
        turned = self._improvements_into(some)
        return self._unanswered(coalition, turned.least)

    def _unanswered(self, coalition: Sides, least: Callable[[Longs], Longs]) -> Bools:
        # An answer exists iff some member's least payoff is low enough: an improvement goes
        # unanswered iff the lesser of what it brings and the least lies above for every member.
        payoff = self.payoff(coalition)
        kept = np.stack([np.minimum(own, least(own)) for own in payoff])
        return ~self._above(coalition, kept)

    def _above(self, coalition: Sides, vector: Longs) -> Bools:
        """Where the coalition reaches a state whose vector lies above the payoffs it has."""
        payoff = self.payoff(coalition)
        if len(coalition) > 1:
            return best_of(self.closure(coalition), vector).above(payoff)
        (side,) = coalition  # it reaches what one move leads to
        moves = self.conflict.moves[side]
        return moves.any(vector[0, moves.target] > payoff[0, moves.source])

    def _smr(self, coalition: Sides) -> Bools:
        if len(coalition) == 1:
            (side,) = coalition
            return stable(self.conflict, Rules(CONCEPTS["smr"]), side)
        # A state is no refuge from what lies below it or below what the coalition reaches from
        # it. What lies so at every state that the others reach is answered by none of them.
        payoff, pool = self.payoff(coalition), Pool(self.conflict.num_states * MEETINGS)
        sets = below(pool, best_of(self.closure(coalition), payoff), payoff)
        others = self.conflict.others(coalition)
        movers = self._movers(others)
        chained = len(movers) > 0 and follows(movers).any()
        vector, owner = left_open(
            pool, movers, self.closure(others) if chained else None, sets, payoff
        )
        return ~best_of(self.closure(coalition), vector, owner).above(payoff)

    def _safe(self, coalition: Sides, state: int) -> Bools:
        """Where the coalition is no better off than in a state, and cannot become so."""
        if (coalition, state) not in self._refuges:
            self._refuges.clear()  # one is asked for again and again, then another
            self._refuges[coalition, state] = self._refuge(coalition, state)
        return self._refuges[coalition, state]

    def _refuge(self, coalition: Sides, state: int) -> Bools:
        payoff = self.payoff(coalition)
        bar = np.repeat(payoff[:, [state]], payoff.shape[1], axis=1)
        best = best_of(self.closure(coalition), payoff)
        return ~best.above(bar) & ~(payoff > bar).all(axis=0)

    def improvements(self, coalition: Sides, state: int) -> Ints:
        """The states that a coalition reaches from a state and all its members prefer."""
        if len(coalition) == 1:
            (side,) = coalition
            return self.conflict.improving(side).after(state)
        reached = self.closure(coalition).reached(state)
        payoff = self.payoff(coalition)
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
        movers: Sequence[Walker] = self._movers(others)
        if key == "seq":
            movers = self._improvers(others)
        payoff = self.payoff(coalition)
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

    def payoff(self, coalition: Sides) -> Longs:
        """int64 (num_members, num_states), the payoffs of a coalition's sides in their order."""
        return self.conflict.payoff[sorted(coalition)].astype(np.int64)

    def _movers(self, sides: Sides) -> list[Mover]:
        return within(self.conflict.movers, sides)

    def _improvers(self, sides: Sides) -> list[_Coalition]:
        """Each coalition of these sides as one mover, whose moves are its improvements."""
        # A side of its own for each: no coalition follows itself, and any other may follow.
        return [
            _Coalition(frozenset([k]), _Improvements(self, some))
            for k, some in enumerate(self._subcoalitions(sides))
        ]

    def _subcoalitions(self, sides: Sides) -> list[Sides]:
        return [some for some in coalitions(self.conflict) if some <= sides]

    def _improvements_into(self, some: Sequence[Sides]) -> Backwards:
        """The improvements of these coalitions turned round, of which any but itself may follow."""
        listed = [_Into.of(self, who) for who in some]
        base = np.cumsum([0, *(len(one) for one in listed)])
        source = np.empty(base[-1], dtype=np.int32)
        for one, first, stop in zip(listed, base, base[1:], strict=False):
            one.put(source[first:stop])
        start = np.concatenate([one.start + at for one, at in zip(listed, base, strict=False)])
        apart: Bools = ~np.eye(len(some), dtype=bool)
        return Backwards(self.conflict.num_states, start, source, apart)


@dataclass(frozen=True, eq=False)
class _Into:
    """The improvements of a coalition into each state, counted first and then put in place.

    States from which the same components are entered reach the same, and are taken at once.

    `start` : int64 (num_states + 1,), where those into each state begin
    """

    start: Longs
    put: Callable[[Ints], None]

    def __len__(self) -> int:
        return int(self.start[-1])

    @classmethod
    def of(cls, analysis: CoalitionAnalysis, coalition: Sides) -> _Into:
        """Those of a coalition. Raises NotSupported where they are too many to list."""
        if len(coalition) == 1:
            (side,) = coalition
            turned = analysis.conflict.improving(side).backwards
            return cls(turned.start, lambda source: np.copyto(source, turned.target))
        closure, num_states = analysis.closure(coalition), analysis.conflict.num_states
        first = analysis.payoff(coalition)[0]
        groups = []
        for states in alike(closure.before):
            reach = closure.reached(int(states[0]))
            groups.append((states, reach[np.argsort(-first[reach], kind="stable")]))
        work = effective(sum(len(states) * len(reach) for states, reach in groups))
        kernel = kernel_for(improving_into, work)
        (payoff,) = columns(work, analysis.payoff(coalition).reshape(-1))
        place = np.zeros(num_states, dtype=np.int64)
        for states, reach in groups:
            kernel(states, reach, payoff, len(coalition), place, place, False)
            refuse_large(int(place.sum()))
        start = np.concatenate([[0], np.cumsum(place)])

        def put(source: Ints) -> None:
            at = start[:-1].copy()
            for states, reach in groups:
                kernel(states, reach, payoff, len(coalition), at, source, True)

        return cls(start, put)


@dataclass(frozen=True, eq=False)
class _Coalition:
    """A coalition as a walker: `sides` is its number alone."""

    sides: Sides
    moves: _Improvements


@dataclass(frozen=True, eq=False)
class _Improvements:
    """The improvements of a coalition, found where they are asked for."""

    analysis: CoalitionAnalysis
    coalition: Sides

    def after(self, state: int) -> Ints:
        """As `Moves.after`."""
        return self.analysis.improvements(self.coalition, state)
