"""Simultaneous stability: the others improve at the same time as the side that leaves.

Fraser and Hipel 1979. An improvement is spoiled where some choice of improvements or no move by
each of the others, all from the state that is left, adds up with it to a feasible state that is
no better. It is defined where states are option vectors and moves change the mover's options only.
"""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from detente.conflict.conflict import Conflict
from detente.conflict.moves import Bools, Ints, Longs
from detente.errors import NotSupported
from detente.game.kernels import kernel_for
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
    code = codes(conflict)
    own = conflict.improving(side)
    source = own.source
    others = [conflict.improving(k) for k in range(conflict.num_sides) if k != side]
    shifts = [code[moves.target] - code[moves.source] for moves in others]
    base = np.cumsum([0, *map(len, others)])[:-1]
    starts = [moves.start + at for moves, at in zip(others, base, strict=True)]
    none = np.zeros(0, dtype=np.int64)
    answers = np.full(len(own), -1, dtype=np.int64)
    order = np.argsort(code)
    size = int(combinations(others, source).sum())
    given = columns_from(
        size, source, code[own.target] - code[source], np.concatenate([*starts, none]),
        np.concatenate([*shifts, none]), code, code[order], order, conflict.payoff[side],
        conflict.payoff[side], answers, np.zeros(len(others), dtype=np.int64),
    )  # fmt: skip
    kernel_for(simultaneous_answers, effective(size))(0, len(own), *given)
    found: Ints = np.asarray(given[-2], dtype=np.int32)
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
