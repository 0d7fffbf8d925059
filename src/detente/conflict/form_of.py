"""The option form behind a conflict: whose the options are, and in which directions they change."""

from __future__ import annotations

import numpy as np

from detente.conflict.conflict import Conflict
from detente.conflict.option_form import OptionForm


def form_of(conflict: Conflict) -> OptionForm | None:
    """The option form whose moves are those that each side of the conflict makes alone.

    None where there is none: where states are not option vectors, some stand twice, or a side
    does not move by every permitted change of its options.

    >>> chicken = Conflict.of({"A": [(0, 1), (1, 0)]}, [[1, 2]])
    >>> form_of(chicken) is None
    True
    """
    options = conflict.options
    if options is None or (options.level < 0).any():
        return None
    owned = [_own(conflict, side) for side in range(conflict.num_sides)]
    form = OptionForm(
        options.names,
        tuple(
            frozenset(side for side, own in enumerate(owned) if own[i])
            for i in range(len(options.names))
        ),
        tuple(_num_levels(conflict, i) for i in range(len(options.names))),
        tuple(_direction(conflict, i) for i in range(len(options.names))),
    )
    code = form.codes(options.level)
    order = np.argsort(code)
    if (np.diff(code[order]) <= 0).any():
        return None
    for side, moves in enumerate(conflict.moves):
        wanted, again = moves.among(order), form.moves(code[order], side)
        if not np.array_equal(again.start, wanted.start):
            return None
        if not np.array_equal(again.target, wanted.target):
            return None
    return form


def _num_levels(conflict: Conflict, option: int) -> int:
    options = conflict.options
    assert options is not None
    named = len(options.levels[option]) if options.levels else 0
    return max(2, named, int(options.level[:, option].max()) + 1)


def _own(conflict: Conflict, side: int) -> list[bool]:
    """Whether a side controls each option: it is its owner, or changes it alone."""
    options, moves = conflict.options, conflict.moves[side]
    assert options is not None
    changed = (options.level[moves.source] != options.level[moves.target]).any(axis=0)
    own: list[bool] = (changed | (options.owner == side)).tolist()
    return own


def _direction(conflict: Conflict, option: int) -> str:
    options = conflict.options
    assert options is not None
    level, up, down = options.level[:, option], False, False
    for moves in conflict.moves:
        change = level[moves.target] - level[moves.source]
        up, down = up or bool((change > 0).any()), down or bool((change < 0).any())
    return {(True, True): "both", (True, False): "fwd", (False, True): "back"}.get(
        (up, down), "none"
    )
