"""Which changes of a side's preferences would make a state stable for it, fewest first.

The inverse problem of the graph model (Kinsara, Kilgour and Hipel 2015; Wang, Hipel, Fang and
Dang 2018), as a 0–1 program. Changes are counted in pairs of states that are ranked otherwise
than before (Kemeny's distance), so each answer is a ranking with ties again.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from detente.conflict.conflict import Conflict
from detente.conflict.moves import Ints
from detente.errors import NotSupported, OutOfTime
from detente.stability.graph.reach import reached
from detente.stability.graph.rules import Rules, concept_of
from detente.stability.graph.search import answering

MOST_BETTER = 250
"""States above the one in question up to which the program is set up."""


@dataclass(frozen=True, eq=False)
class Change:
    """A ranking that makes the state stable.

    `lowered` : the states that are no longer better than the one in question, ascending
    `pairs` : how many pairs of states are ranked otherwise than before
    `payoff` : int32 (num_states,), the new ranking, greater is better
    """

    lowered: tuple[int, ...]
    pairs: int
    payoff: Ints

    def changed(self, before: NDArray[np.int32]) -> list[tuple[int, int]]:
        """The pairs of states that are ranked otherwise than in this ranking."""
        states = range(len(before))
        now, then = self.payoff.astype(np.int64), before.astype(np.int64)
        return [
            (one, other)
            for one in states for other in states[one + 1 :]
            if np.sign(now[one] - now[other]) != np.sign(then[one] - then[other])
        ]  # fmt: skip


def changes(
    conflict: Conflict,
    side: int | str,
    state: int | str,
    concept: str,
    most: int = 5,
    deadline: float | None = None,
) -> tuple[Change, ...]:
    """The changes of a side's own ranking that make a state stable for it, fewest first.

    Each lowers some states that were better so that they are no longer, with the ranking closest to
    the present one; none lowers all that an earlier answer lowers and more. An unchanged ranking
    is the one answer where the state is stable already.

    Parameters
    ----------
    concept : nash, gmr, smr, seq or sseq
    most : how many answers to look for
    deadline : time.perf_counter at which to give up

    Raises NotSupported where preferences are unknown, or too many states are better; OutOfTime.

    >>> dilemma = Conflict.of(
    ...     {"A": [(0, 1), (1, 0), (2, 3), (3, 2)], "B": [(0, 2), (2, 0), (1, 3), (3, 1)]},
    ...     [[3, 4, 1, 2], [3, 1, 4, 2]],
    ... )
    >>> [(change.lowered, change.pairs) for change in changes(dilemma, "A", "1", "nash")]
    [((1,), 1)]
    """
    who, where = conflict.side(side), conflict.state(state)
    rules = Rules(concept_of(concept))
    payoff = conflict.payoff[who]
    better = np.flatnonzero(payoff > payoff[where])
    refuse_unfit(conflict, len(better))
    groups = list(_requirements(conflict, rules, who, where))
    found = []
    for lowered in _lowest_cost(groups, better, payoff, most, deadline):
        ranking = lowered_ranking(payoff, where, lowered)
        found.append(Change(lowered, cost(payoff, where, lowered), ranking))
    return tuple(found)


def refuse_unfit(conflict: Conflict, num_better: int) -> None:
    if conflict.unknown is not None and any(map(len, conflict.unknown)):
        raise NotSupported(
            "changes of preference are looked for where preferences are known; some here are "
            "unknown. Give them a ranking first."
        )
    if num_better > MOST_BETTER:
        raise NotSupported(
            f"{num_better:,} states are better for this side; changes are looked for up to "
            f"{MOST_BETTER}. Ask about a better state, or leave out states that do not matter."
        )


Group = list[frozenset[int]]
"""Sets of states of which one must be lowered as a whole."""


def _requirements(conflict: Conflict, rules: Rules, side: int, state: int) -> Iterator[Group]:
    """One group for each improvement that is not answered: itself, or what makes an answer."""
    payoff, own = conflict.payoff[side], conflict.moves[side]
    high = payoff > payoff[state]
    movers = answering(conflict, rules, conflict.others(frozenset([side])))
    after = own.after(state)
    for improvement in after[high[after]].tolist():
        group: Group = [frozenset([improvement])]
        ends: list[int] = []
        if rules.concept.answered:
            ends = np.flatnonzero(reached(movers, improvement)).tolist()
        for end in ends:
            needed = [end, *(own.after(end).tolist() if rules.concept.escape else ())]
            group.append(frozenset(one for one in needed if high[one]))
        if frozenset() not in group:
            yield _smallest(group)


def _smallest(group: Group) -> Group:
    """The sets of a group that contain no other: to lower more than one of these is no use."""
    kept: Group = []
    for one in sorted(set(group), key=len):
        if not any(other <= one for other in kept):
            kept.append(one)
    return kept


def _telling(groups: list[Group]) -> list[Group]:
    """The groups that are met by no other's being met."""
    kept: list[Group] = []
    for group in sorted(groups, key=len):
        if not any(all(any(one >= other for other in group) for one in told) for told in kept):
            kept.append(group)
    return kept


def _lowest_cost(
    groups: list[Group],
    better: NDArray[np.int64],
    payoff: Ints,
    most: int,
    deadline: float | None,
) -> Iterator[tuple[int, ...]]:
    """Sets of states to lower that meet every requirement, by cost; none contains an earlier."""
    if not groups:
        yield ()
        return
    program = Program(_telling(groups), better, payoff)
    for _ in range(most):
        lowered = program.solve(deadline)
        if lowered is None:
            return
        yield lowered
        program.exclude(lowered)


class Program:
    """min Σ lowered + Σ pairs turned round, so that each group has a set that is lowered whole.

    A lowered state that was at least as good as one that stays above is ranked below it now: one
    pair for each, besides the pair with the state in question. Whoever was tied with that state
    costs one pair more, whatever is lowered: either the tie ends, or the lowered state, which was
    better, is so no longer. Any ranking costs as much; `lowered_ranking` costs no more.
    """

    def __init__(self, groups: list[Group], better: NDArray[np.int64], payoff: Ints) -> None:
        self.better = better.tolist()
        self.place = {state: i for i, state in enumerate(self.better)}
        self.num_vars = len(self.better)
        # A little for each state, so that of equal costs the one that lowers fewest comes first.
        self.cost: list[float] = [1 + 0.5 / (self.num_vars + 1)] * self.num_vars
        self.whole = list(range(self.num_vars))  # the others are whole where these are
        self.wholes: dict[frozenset[int], int] = {}
        self.rows: list[tuple[dict[int, float], float]] = []  # Σ coefficient · variable >= bound
        for i, one in enumerate(self.better):
            for k, other in enumerate(self.better):
                if i != k and payoff[one] >= payoff[other]:
                    turned = self.variable(1.0)
                    self.rows.append(({turned: 1.0, i: -1.0, k: 1.0}, 0.0))
        for group in groups:
            row: dict[int, float] = {}
            for needed in group:
                row[self._all_of(needed)] = 1.0
            self.rows.append((row, 1.0))

    def variable(self, price: float) -> int:
        """A new variable from 0 to 1."""
        self.cost.append(price)
        self.num_vars += 1
        return self.num_vars - 1

    def choice(self, price: float) -> int:
        """A new variable that is 0 or 1."""
        self.whole.append(self.num_vars)
        return self.variable(price)

    def _all_of(self, states: frozenset[int]) -> int:
        """A variable that is at most that of each of these states."""
        if len(states) == 1:
            return self.place[next(iter(states))]
        if states not in self.wholes:
            whole = self.wholes[states] = self.variable(0.0)
            self.rows += [({self.place[state]: 1.0, whole: -1.0}, 0.0) for state in states]
        return self.wholes[states]

    def exclude(self, lowered: tuple[int, ...]) -> None:
        """Rule out every set that contains this one."""
        row = {self.place[state]: -1.0 for state in lowered}
        self.rows.append((row, 1.0 - len(lowered)))

    def solve(self, deadline: float | None = None) -> tuple[int, ...] | None:
        """The states of a cheapest set, or None where no set is left; OutOfTime."""
        taken = self.values(deadline)
        if taken is None:
            return None
        return tuple(state for state, x in zip(self.better, taken, strict=False) if x > 0.5)

    def values(self, deadline: float | None = None) -> list[float] | None:
        """Every variable at an optimum, or None where nothing fits any more; OutOfTime."""
        from scipy.optimize import Bounds, LinearConstraint, milp  # type: ignore[import-untyped]
        from scipy.sparse import csr_array  # type: ignore[import-untyped]

        counts = [len(row) for row, _ in self.rows]
        table = csr_array(
            (
                [value for row, _ in self.rows for value in row.values()],
                [column for row, _ in self.rows for column in row],
                np.cumsum([0, *counts]),
            ),
            shape=(len(self.rows), self.num_vars),
        )
        left = None if deadline is None else deadline - perf_counter()
        if left is not None and left <= 0:
            raise OutOfTime
        whole = np.zeros(self.num_vars)
        whole[self.whole] = 1
        answer = milp(
            self.cost, integrality=whole, bounds=Bounds(0, 1),
            constraints=LinearConstraint(table, [bound for _, bound in self.rows], np.inf),
            options={} if left is None else {"time_limit": left},
        )  # fmt: skip
        if answer.status == 2:
            return None
        if answer.status == 1 and left is not None:
            raise OutOfTime
        if answer.status != 0:
            raise NotSupported(
                f"the search for changes of preference ended without an answer: {answer.message} "
                "Ask about fewer states."
            )
        found: list[float] = answer.x.tolist()
        return found


def lowered_ranking(payoff: Ints, state: int, lowered: tuple[int, ...]) -> Ints:
    """The closest ranking in which these states come right below the given one."""
    if not lowered:
        return payoff.copy()
    tier = np.where(payoff > payoff[state], 3, 0)
    tier[list(lowered)] = 1
    tier[state] = 2
    order = np.lexsort((payoff, tier))
    same = np.diff(tier[order]) == 0
    same &= np.diff(payoff[order]) == 0
    ranking = np.empty(len(payoff), dtype=np.int32)
    ranking[order] = np.cumsum(np.concatenate([[True], ~same]))
    return ranking


def cost(payoff: Ints, state: int, lowered: tuple[int, ...]) -> int:
    """How many pairs `lowered_ranking` ranks otherwise: with the state, its ties, and above it."""
    if not lowered:
        return 0
    ties = int((payoff == payoff[state]).sum()) - 1
    stay = np.setdiff1d(np.flatnonzero(payoff > payoff[state]), lowered)
    turned = sum(int((payoff[one] >= payoff[stay]).sum()) for one in lowered)
    return len(lowered) + ties + turned
