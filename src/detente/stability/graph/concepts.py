"""Which states are stable for which side: Nash, GMR, SMR, SEQ and symmetric SEQ, for n sides.

Definitions: Fang, Hipel and Kilgour 1993, chapter 3; Rêgo and Vieira 2017 for the symmetric
sequential. Answers by several others are legal sequences of any length.
"""

from __future__ import annotations

import numpy as np

from detente.conflict.conflict import Conflict
from detente.conflict.moves import Bools, Longs
from detente.stability.graph.reach import least_payoffs
from detente.stability.graph.rules import Rules
from detente.stability.graph.search import answer, answering


def stable(conflict: Conflict, rules: Rules, side: int) -> Bools:
    """Which states are stable for a side.

    Returns bool (num_states,). Raises NotSupported where `rules` ask for strong stability and the
    conflict does not say what is much worse.

    >>> from detente.stability.graph.rules import CONCEPTS
    >>> dilemma = Conflict.of(
    ...     {"A": [(0, 1), (1, 0), (2, 3), (3, 2)], "B": [(0, 2), (2, 0), (1, 3), (3, 1)]},
    ...     [[2, 1, 4, 3], [2, 4, 1, 3]],
    ... )
    >>> stable(dilemma, Rules(CONCEPTS["seq"]), 0).tolist()
    [True, False, True, True]
    """
    own = conflict.moves[side]
    source, target = own.source, own.target
    leaving = rules.leaves(conflict, side, source, target)
    if not rules.concept.answered:
        return ~own.any(leaving)
    low = least_answers(conflict, rules, side)[target] <= rules.bar(conflict, side)[source]
    if conflict.unknown is None:
        return ~own.any(leaving & ~low)
    found = ~own.any(leaving & ~low)
    _settle_unknown(conflict, rules, side, found)
    return found


def least_answers(conflict: Conflict, rules: Rules, side: int) -> Longs:
    """The least that the others can bring a side to after it has moved to a state.

    Returns int64 (num_states,): payoffs, or where the side may escape, the best that it can have
    there or by one move; FAR where the others cannot move.
    """
    value = conflict.payoff[side].astype(np.int64)
    if rules.concept.escape:
        own = conflict.moves[side]
        value = np.maximum(value, own.greatest(value[own.target]))
    return least_payoffs(answering(conflict, rules, conflict.others(frozenset([side]))), value)


def _settle_unknown(conflict: Conflict, rules: Rules, side: int, found: Bools) -> None:
    """Decide the states that the side cannot rank against some other, each by search.

    What deters it is then no threshold of the payoff.
    """
    assert conflict.unknown is not None
    unsure = np.flatnonzero(np.diff(conflict.unknown[side].start))
    movers = answering(conflict, rules, conflict.others(frozenset([side])))
    for state in unsure.tolist():
        after = conflict.moves[side].after(state)
        kept = after[rules.leaves(conflict, side, np.full(len(after), state), after)]
        found[state] = all(
            answer(conflict, rules, side, state, end, movers) is not None for end in kept.tolist()
        )
