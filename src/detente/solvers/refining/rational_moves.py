"""Moves that some belief makes best, whatever else is played: all others are left out first.

At an information set a move is kept if it is best for some belief and some plan of the other mover
from there on that takes kept moves only (close to the conditional dominance of Shimoji and Watson
1998). A sequential equilibrium takes kept moves alone, at every information set. What is left is
often a much smaller game.
"""

from __future__ import annotations

from detente.solvers.plans.plan_patterns import Side
from detente.solvers.refining.best_somewhere import justified
from detente.solvers.refining.trembling_plans import Trembler

Masks = tuple[int, int]
"""Per mover a bit set of sequences."""


def kept_moves(tremblers: tuple[Trembler, Trembler]) -> Masks:
    """The sequences of both movers whose last moves are kept."""
    kept = [(1 << t.half.own.num) - 1 for t in tremblers]
    before = [0, 0]
    while before != kept:
        before = list(kept)
        for k in (0, 1):
            actions = tremblers[k].half.own.actions
            for h in range(len(actions) - 1, -1, -1):
                left = [s for s in actions[h] if kept[k] >> s & 1]
                for s in left if len(left) > 1 else ():
                    other = tremblers[1 - k]
                    if not justified(other.half, s, kept[1 - k], kept[k], other.check):
                        kept[k] &= ~(1 << s)
    return kept[0], kept[1]


def smaller(
    pair: tuple[Side, Side], kept: Masks
) -> tuple[tuple[Side, Side], tuple[list[int], list[int]]]:
    """Both movers with kept moves alone, and the sequences that theirs stand for."""
    names = (_reached(pair[0], kept[0]), _reached(pair[1], kept[1]))
    one = _with(pair[0], names[0], names[1])
    return (one, _with(pair[1], names[1], names[0])), names


def _reached(side: Side, kept: int) -> list[int]:
    """The sequences that kept moves make."""
    found = [0]
    inside = {0}
    for s in range(1, side.num):
        if kept >> s & 1 and side.parent[s] in inside:
            found.append(s)
            inside.add(s)
    return found


def _with(side: Side, names: list[int], others: list[int]) -> Side:
    """A mover with some of its sequences, and of the other's."""
    new = {s: i for i, s in enumerate(names)}
    there = {s: i for i, s in enumerate(others)}
    sets = [h for h, actions in enumerate(side.actions) if side.parent[actions[0]] in new]
    actions, infoset = [], [-1] * len(names)
    below: list[list[int]] = [[] for _ in names]
    for i, h in enumerate(sets):
        own = [new[s] for s in side.actions[h] if s in new]
        actions.append(range(own[0], own[-1] + 1))
        below[new[side.parent[side.actions[h][0]]]].append(i)
        for s in own:
            infoset[s] = i
    parent = [-1, *(new[side.parent[s]] for s in names[1:])]
    gain = [[(there[t], a) for t, a in side.gain[s] if t in there] for s in names]
    return Side(actions, infoset, parent, below, gain)
