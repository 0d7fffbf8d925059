"""The shortest answer to one improvement, found by search over states with who moved last."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from detente.conflict.conflict import Conflict, Mover, Sides
from detente.conflict.moves import Ints
from detente.stability.graph.reach import follows
from detente.stability.graph.rules import Rules


@dataclass(frozen=True)
class Step:
    """One move: who makes it, from which state, to which."""

    sides: Sides
    source: int
    target: int


class Steps(Protocol):
    """The moves of one walker."""

    def after(self, state: int) -> Ints:
        """The states that one of them leads to."""


class Walker(Protocol):
    """One who moves, or several together, with the moves that count: a `Mover`, for one."""

    @property
    def sides(self) -> Sides: ...

    @property
    def moves(self) -> Steps: ...


def shortest_path(
    movers: Sequence[Walker], start: int, good: Callable[[Ints], np.ndarray]
) -> tuple[Step, ...] | None:
    """The shortest legal sequence of at least one move to a state that is good.

    Parameters
    ----------
    movers : who may move, each with the moves that count
    good : tells for an array of states which of them are

    Returns None where no sequence leads to one.
    """
    may = follows(movers)
    nexts = [np.flatnonzero(may[:, k]).tolist() for k in range(len(movers))]
    came: dict[tuple[int, int], tuple[int, int] | None] = {}
    waiting = deque([(-1, start)])
    while waiting:
        last, state = waiting.popleft()
        for k in range(len(movers)) if last < 0 else nexts[last]:
            row = movers[k].moves.after(state)
            for target, ended in zip(row.tolist(), good(row).tolist(), strict=True):
                if (k, target) in came:
                    continue
                came[k, target] = None if last < 0 else (last, state)
                if ended:
                    return _path(movers, start, came, (k, target))
                waiting.append((k, target))
    return None


def _path(
    movers: Sequence[Walker],
    start: int,
    came: dict[tuple[int, int], tuple[int, int] | None],
    end: tuple[int, int],
) -> tuple[Step, ...]:
    steps: list[Step] = []
    at: tuple[int, int] | None = end
    while at is not None:
        before = came[at]
        source = start if before is None else before[1]
        steps.append(Step(movers[at[0]].sides, source, at[1]))
        at = before
    return tuple(reversed(steps))


def answering(conflict: Conflict, rules: Rules, sides: Sides) -> list[Mover]:
    """The movers among these sides, with the moves that may be part of an answer."""
    movers = []
    for k in conflict.movers_within(sides):
        who = conflict.movers[k]
        moves = conflict.improving(k, or_unknown=True) if rules.concept.improving else who.moves
        movers.append(Mover(who.sides, moves))
    return movers


def answer(
    conflict: Conflict, rules: Rules, side: int, state: int, improvement: int,
    movers: Sequence[Mover] | None = None,
) -> tuple[Step, ...] | None:  # fmt: skip
    """The shortest answer of the others that deters a side from this improvement, if any."""
    if movers is None:
        movers = answering(conflict, rules, conflict.others(frozenset([side])))

    def good(ends: Ints) -> np.ndarray:
        deterred = rules.deters(conflict, side, state, ends)
        if rules.concept.escape:
            for i in np.flatnonzero(deterred).tolist():
                after = conflict.moves[side].after(int(ends[i]))
                deterred[i] = rules.deters(conflict, side, state, after).all()
        return deterred

    return shortest_path(movers, improvement, good)
