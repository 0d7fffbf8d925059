"""Simultaneous stability: the others improve at the same time as the side that leaves.

Fraser and Hipel 1979. An improvement is spoiled where some choice of improvements or no move by
each of the others, all from the state that is left, adds up with it to a feasible state that is
no better. What others sign together is one choice of all its signers. It is defined where states
are option vectors and moves that a side makes alone change its own options only.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np

from detente.conflict.conflict import Conflict, Sides
from detente.conflict.moves import Bools, Ints, Longs, Moves
from detente.errors import NotSupported
from detente.game.kernels import Kernel, kernel_for
from detente.stability.graph.kernels import simultaneous_answers
from detente.stability.graph.reach import columns_from, effective


def simultaneous(conflict: Conflict, side: int) -> Bools:
    """Which states are simultaneously stable for a side.

    Returns bool (num_states,). Raises NotSupported where states are not option vectors, a move
    changes options that are not the mover's, or preferences are unknown.
    """
    improvements = conflict.improving(side)
    return ~improvements.any(spoilers(conflict, side) < 0)


def spoilers(conflict: Conflict, side: int) -> Ints:
    """For each improvement of a side, the state that spoils it; -1 where there is none.

    Returns int32 (num_improvements,), in the order of `conflict.improving(side)`.
    Raises NotSupported as `simultaneous` does.
    """
    refuse_without_options(conflict)
    count = len(conflict.improving(side))
    found = np.full(count, -1, dtype=np.int32)
    for team in teams(conflict, side):
        tried = _Tried.of(conflict, side, team, 0, count)
        tried.go(0, count)
        found = np.where(found < 0, tried.answer, found)
    return found


def spoilers_at(conflict: Conflict, side: int, state: int) -> list[tuple[int, Sides]]:
    """For each improvement from one state, the state that spoils it and who moves to it.

    -1 and nobody where there is none. Raises NotSupported as `simultaneous` does.
    """
    refuse_without_options(conflict)
    first, stop = conflict.improving(side).start[state : state + 2].tolist()
    found: list[tuple[int, Sides]] = [(-1, frozenset())] * (stop - first)
    for team in teams(conflict, side):
        tried = _Tried.of(conflict, side, team, first, stop)
        for place, (answer, _) in enumerate(found):
            if answer < 0:
                tried.go(first + place, first + place + 1)
                found[place] = int(tried.given[-2][first + place]), tried.moving
    return found


def teams(conflict: Conflict, side: int) -> Iterator[tuple[int, ...]]:
    """Who can move beside a side at one time, as places in `movers`: each other side once."""
    alone = [k for k in range(conflict.num_sides) if k != side]
    signing = [
        k for k in range(conflict.num_sides, len(conflict.movers))
        if side not in conflict.movers[k].sides and len(conflict.movers[k].moves)
    ]  # fmt: skip
    for together in _disjoint(conflict, signing):
        busy = frozenset[int]().union(*(conflict.movers[k].sides for k in together))
        yield (*(k for k in alone if k not in busy), *together)


def _disjoint(conflict: Conflict, movers: Sequence[int]) -> Iterator[tuple[int, ...]]:
    """Every set of these movers no two of which share a side; the empty one first."""
    yield ()
    for place, one in enumerate(movers):
        sides = conflict.movers[one].sides
        free = [k for k in movers[place + 1 :] if not conflict.movers[k].sides & sides]
        for more in _disjoint(conflict, free):
            yield (one, *more)


@dataclass(frozen=True, eq=False)
class _Tried:
    """The improvements of a side tried against those of a team that moves at the same time.

    `given` : what the kernel takes after the range of improvements
    """

    team: tuple[Sides, ...]
    kernel: Kernel
    given: tuple[Any, ...]

    @classmethod
    def of(
        cls, conflict: Conflict, side: int, team: Sequence[int], first: int, last: int
    ) -> _Tried:
        """Set up for these improvements; `team` : places in `movers`."""
        code = codes(conflict)
        own = conflict.improving(side)
        others = [conflict.improving(k) for k in team]
        joint = any(k >= conflict.num_sides for k in team)
        base = np.cumsum([0, *map(len, others)])[:-1]
        starts = [moves.start + at for moves, at in zip(others, base, strict=True)]
        none = np.zeros(0, dtype=np.int64)
        order = np.argsort(code)
        size = int(combinations(others, own.source[first:last]).sum())
        given = columns_from(
            size, own.source, code[own.target] - code[own.source], _changed(conflict, own, joint),
            np.concatenate([*starts, none]),
            np.concatenate([*(code[one.target] - code[one.source] for one in others), none]),
            np.concatenate([*(_changed(conflict, one, joint) for one in others), none]),
            code, code[order], order, conflict.payoff[side], conflict.payoff[side],
            np.full(len(own), -1, dtype=np.int64), np.full(len(others), -1, dtype=np.int64),
        )  # fmt: skip
        kernel = kernel_for(simultaneous_answers, effective(size))
        return cls(tuple(conflict.movers[k].sides for k in team), kernel, given)

    def go(self, first: int, last: int) -> None:
        """Try the improvements of this range, by place."""
        self.kernel(first, last, *self.given)

    @property
    def answer(self) -> Ints:
        """int32 (num_improvements,), the state that spoils each; -1 where none does."""
        return np.asarray(self.given[-2], dtype=np.int32)

    @property
    def moving(self) -> Sides:
        """Who moves in what spoils the improvement that was tried last."""
        moving = [who for who, digit in zip(self.team, self.given[-1], strict=True) if digit >= 0]
        return frozenset[int]().union(*moving)


def _changed(conflict: Conflict, moves: Moves, joint: bool) -> Longs:
    """A bit for each option that a move changes; none need be told apart where sides act alone."""
    found = np.zeros(len(moves), dtype=np.int64)
    if joint:
        assert conflict.options is not None
        level = conflict.options.level
        varying = np.flatnonzero((level != level[0]).any(axis=0))
        source = moves.source
        for bit, option in enumerate(varying.tolist()):
            differs = level[source, option] != level[moves.target, option]
            found |= differs.astype(np.int64) << bit
    return found


def combinations(others: list[Any], source: Ints) -> Longs:
    """How many choices of the others each improvement may have to be tried against."""
    counts = np.ones(len(source), dtype=np.int64)
    for moves in others:
        counts *= np.diff(moves.start)[source] + 1
    return counts


def codes(conflict: Conflict) -> Longs:
    """int64 (num_states,), one number a vector of options; changes of different options add up."""
    options = conflict.options
    assert options is not None
    level = options.level.astype(np.int64) - options.level.min(axis=0, initial=0)
    radix = [int(top) + 1 for top in level.max(axis=0, initial=0).tolist()]
    if prod(radix) > np.iinfo(np.int64).max:
        raise NotSupported(
            f"simultaneous stability tells states apart by their options; {len(radix)} options "
            "have more combinations than 64 bits can number. Leave out options that never change."
        )
    weight = [prod(radix[:i]) for i in range(len(radix))]
    found: Longs = level @ np.array(weight, dtype=np.int64)
    return found


def refuse_without_options(conflict: Conflict) -> None:
    """Raise NotSupported where simultaneous stability has no meaning, with the reason."""
    options = conflict.options
    if options is None:
        raise NotSupported(
            "simultaneous stability adds up moves that are made at the same time, which needs "
            "states that are option vectors; this conflict's states are a plain list. Give "
            "`options`, or ask for sequential stability."
        )
    if conflict.unknown is not None:
        raise NotSupported(
            "simultaneous stability is defined for preferences that are known; this conflict has "
            "unknown ones. Ask for nash, gmr, smr, seq or sseq."
        )
    if len(np.unique(options.level, axis=0)) < conflict.num_states:
        raise NotSupported(
            "simultaneous stability tells states apart by their options; two states of this "
            "conflict have the same. Add the option in which they differ."
        )
    for side, moves in enumerate(conflict.moves):
        foreign = np.flatnonzero(options.owner != side)
        level = options.level[:, foreign]
        changed = (level[moves.source] != level[moves.target]).any(axis=1)
        if changed.any():
            edge = int(np.argmax(changed))
            one, other = int(moves.source[edge]), int(moves.target[edge])
            name = next(
                options.names[i]
                for i in foreign.tolist()
                if options.level[one, i] != options.level[other, i]
            )
            raise NotSupported(
                f"simultaneous stability needs moves that change the mover's own options only; "
                f"'{conflict.sides[side]}' moves from state {conflict.states[one]} to "
                f"{conflict.states[other]}, which changes '{name}'. {_way_out(conflict, name)}"
            )


def _way_out(conflict: Conflict, changed: str) -> str:
    """What to do where a move changes an option that is not the mover's."""
    from detente.stability.graph.from_summit import AGREEMENT, SummitConflict

    if changed == AGREEMENT and isinstance(conflict, SummitConflict):
        return (
            "Leave walking out aside (--no-walk-out, walk_out=False), or ask for another concept."
        )
    return "Ask for another concept."
