"""Changes of either side's preferences that make a state sequentially stable, fewest first.

Between two sides an answer must be better for the one who gives it, so a change of the other's
ranking may do what a change of one's own does. The other's ranking enters the 0–1 program as one
variable for each pair of states, with the rules of a ranking with ties (Kinsara, Kilgour and Hipel
2015): strict preference is asymmetric and negatively transitive.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from detente.conflict.conflict import Conflict
from detente.conflict.moves import Ints
from detente.errors import NotSupported
from detente.stability.graph.inverse import Program, cost, lowered_ranking, refuse_unfit
from detente.stability.graph.rules import Concept, concept_of

MOST_STATES = 24
"""States up to which the other's ranking is written out, pair by pair and triple by triple."""


@dataclass(frozen=True, eq=False)
class ChangeOfTwo:
    """Rankings of both sides under which the state is stable.

    `lowered` : the states that are no longer better than the one in question for the side itself
    `raised` : (from, to) pairs of states between which the other now improves, as it did not
    `pairs` : how many pairs of states are ranked otherwise than before, over both sides
    `payoff` : int32 (2, num_states), the new rankings in the order of the conflict's sides
    """

    lowered: tuple[int, ...]
    raised: tuple[tuple[int, int], ...]
    pairs: int
    payoff: Ints


def changes_of_two(
    conflict: Conflict, side: int | str, state: int | str, concept: str = "seq", most: int = 5
) -> tuple[ChangeOfTwo, ...]:
    """The changes of both sides' rankings that make a state stable for one, fewest first.

    None does all that an earlier answer does and more.

    Parameters
    ----------
    concept : seq or sseq; under the others the other's ranking does not matter, see `changes`
    most : how many answers to look for

    Raises NotSupported unless there are two sides with known preferences and at most MOST_STATES
    states.

    >>> sides = {"A": [(0, 1)], "B": [(1, 2)]}
    >>> (first, *_) = changes_of_two(Conflict.of(sides, [[2, 3, 1], [1, 3, 2]]), "A", "1")
    >>> first.raised, first.lowered, first.pairs
    (((1, 2),), (), 1)
    """
    who, where = conflict.side(side), conflict.state(state)
    kind = concept_of(concept)
    payoff = conflict.payoff[who]
    better = np.flatnonzero(payoff > payoff[where])
    refuse_unfit(conflict, len(better))
    if conflict.num_sides != 2 or not kind.improving or conflict.num_states > MOST_STATES:
        raise NotSupported(
            f"changes of both rankings are looked for between two sides, under seq or sseq, with "
            f"at most {MOST_STATES} states; this is {kind.key} between {conflict.num_sides} sides "
            f"with {conflict.num_states} states. Use `changes`, which changes one side's ranking."
        )
    program = _ProgramOfTwo(conflict, kind, who, where)
    found: list[ChangeOfTwo] = []
    while len(found) < most and (answer := program.next()) is not None:
        found.append(answer)
        if not answer.pairs:
            break
    return tuple(found)


class _ProgramOfTwo(Program):
    """The program of one side, with the other's ranking as variables too."""

    def __init__(self, conflict: Conflict, kind: Concept, side: int, state: int) -> None:
        self.conflict, self.kind, self.side, self.state = conflict, kind, side, state
        self.own, self.its = conflict.payoff[side], conflict.payoff[1 - side]
        super().__init__([], np.flatnonzero(self.own > self.own[state]), self.own)
        ended = self.variable(float((self.own == self.own[state]).sum() - 1))
        self.rows += [({ended: 1.0, lowered: -1.0}, 0.0) for lowered in self.place.values()]
        size = conflict.num_states
        self.prefers = {
            (a, b): self.choice(self._price(a, b)) for a in range(size) for b in range(size)
            if a != b
        }  # fmt: skip
        self._rules_of_a_ranking(size)
        for improvement in conflict.moves[side].after(state).tolist():
            if improvement in self.place:
                self._require(improvement)

    def _price(self, a: int, b: int) -> float:
        """What preferring a to b costs; a preference given up is paid by its absence."""
        return -1.0 if self.its[a] > self.its[b] else float(self.its[a] == self.its[b])

    def _rules_of_a_ranking(self, size: int) -> None:
        for (a, b), ab in self.prefers.items():
            self.rows.append(({ab: -1.0, self.prefers[b, a]: -1.0}, -1.0))
            for c in range(size):
                if c not in (a, b):
                    row = {ab: -1.0, self.prefers[a, c]: 1.0, self.prefers[c, b]: 1.0}
                    self.rows.append((row, 0.0))
            if self.its[a] < self.its[b]:  # turning a pair round gives up one, which is paid
                self.cost[ab] = 0.0

    def _require(self, improvement: int) -> None:
        """The improvement is lowered, or some answer deters and improves the other."""
        row = {self.place[improvement]: 1.0}
        for end in self.conflict.moves[1 - self.side].after(improvement).tolist():
            needed = [end]
            if self.kind.escape:
                needed += self.conflict.moves[self.side].after(end).tolist()
            used = self.variable(0.0)
            row[used] = 1.0
            self.rows.append(({self.prefers[end, improvement]: 1.0, used: -1.0}, 0.0))
            self.rows += [
                ({self.place[one]: 1.0, used: -1.0}, 0.0) for one in needed if one in self.place
            ]
        self.rows.append((row, 1.0))

    def next(self) -> ChangeOfTwo | None:
        """The next answer; what contains it is ruled out."""
        taken = self.values()
        if taken is None:
            return None
        lowered = tuple(one for one in self.better if taken[self.place[one]] > 0.5)
        size = self.conflict.num_states
        beaten = np.zeros(size, dtype=np.int32)
        for (a, _), variable in self.prefers.items():
            beaten[a] += taken[variable] > 0.5
        raised = tuple(
            (one, end)
            for one in self.conflict.moves[self.side].after(self.state).tolist()
            for end in self.conflict.moves[1 - self.side].after(one).tolist()
            if beaten[end] > beaten[one] and self.its[end] <= self.its[one]
        )
        both = (self.its.astype(np.int64), beaten.astype(np.int64))
        signs = [np.sign(np.subtract.outer(ranking, ranking)) for ranking in both]
        turned = int((signs[0] != signs[1]).sum()) // 2
        row = {self.place[one]: -1.0 for one in lowered}
        row |= {self.prefers[end, one]: -1.0 for one, end in raised}
        self.rows.append((row, 1.0 - len(row)))
        rankings = [lowered_ranking(self.own, self.state, lowered), beaten + 1]
        payoff = np.stack(rankings if self.side == 0 else rankings[::-1]).astype(np.int32)
        pairs = cost(self.own, self.state, lowered) + turned
        return ChangeOfTwo(lowered, raised, pairs, payoff)
