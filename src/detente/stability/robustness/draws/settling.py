"""The draws that a batch leaves in doubt, settled one by one in exact arithmetic."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from detente.errors import DetenteError, OutOfTime
from detente.game.tree import Game
from detente.stability.case import Source, case_in
from detente.stability.continuation import Continuation
from detente.stability.equilibrium import answers
from detente.stability.robustness.draws.bits import INVALID, bits_of, selection_of
from detente.stability.talks import settled

Bits = NDArray[np.uint8]
Floats = NDArray[np.float64]
Halt = Callable[[], bool]


def settle(
    source: Source,
    game: Game,
    bundle: int,
    names: Sequence[str],
    draws: Floats,
    halt: Halt | None = None,
) -> Bits:
    """The exact verdict on a bundle at every draw: uint8 (num_draws,), see `bits`.

    `game` : in which it is judged: its table, or the tree that offers it
    `names` : the parameters that the rows of the draws are; others keep their values
    `draws` : float64 (num_names, num_draws), each taken as the number that it is
    `halt` : asked between draws; OutOfTime is raised once it says yes
    """
    found = np.zeros(draws.shape[1], dtype=np.uint8)
    for j in range(draws.shape[1]):
        _go_on(halt)
        try:
            there = game.at(**_values(names, draws[:, j]))
        except DetenteError:
            found[j] = INVALID
            continue
        # What refusing leads to differs from draw to draw, so nothing of it is remembered.
        case = case_in(Continuation(there), bundle, source.breakdown, source.wording)
        found[j] = bits_of(*answers(case))
    return found


def settle_talks(
    source: Source, names: Sequence[str], draws: Floats, halt: Halt | None = None
) -> Bits:
    """What the talks as written settle on at every draw: uint8 (num_bundles, num_draws).

    Bits SELECTED and UNTOLD; nothing where there is no such game.
    """
    count = len(source.talks.bundles)
    found = np.zeros((count, draws.shape[1]), dtype=np.uint8)
    for j in range(draws.shape[1]):
        _go_on(halt)
        try:
            there = source.game.at(**_values(names, draws[:, j]))
            talks = settled(Continuation(there), range(count))
        except DetenteError:
            continue
        found[:, j] = [selection_of(talks.selected(bundle)) for bundle in range(count)]
    return found


def _go_on(halt: Halt | None) -> None:
    if halt is not None and halt():
        raise OutOfTime


def _values(names: Sequence[str], draw: Floats) -> dict[str, Fraction]:
    return dict(zip(names, map(Fraction, draw.tolist()), strict=True))
