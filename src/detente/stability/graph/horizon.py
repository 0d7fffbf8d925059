"""Limited-move and non-myopic stability between two sides with strict preferences.

Kilgour 1984, Equilibria for far-sighted players; Zagare 1984; Fang, Hipel and Kilgour 1993, 3.4.
A side looks h moves ahead, its own and the other's in turn, and foresees that each goes on only
where that leads it to something better than staying.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detente.conflict.conflict import Conflict
from detente.conflict.moves import Bools, Ints, Moves
from detente.errors import NotSupported

MOST_STEPS = 100_000
"""Moves ahead up to which a cycle of the foreseen outcomes is waited for."""


@dataclass(frozen=True, eq=False)
class Farsighted:
    """What holds for all horizons that are long enough.

    `stable` : bool (2, num_states), foreseen to stay for every long horizon
    `settled` : bool (2, num_states), the foreseen outcome does not change any more; where it
        cycles, no outcome is non-myopic and the state is not stable
    `outcome` : int32 (2, num_states), the foreseen outcome where it is settled, else -1
    `horizon`, `period` : from which horizon on outcomes repeat, and how often
    """

    stable: Bools
    settled: Bools
    outcome: Ints
    horizon: int
    period: int


def foreseen(conflict: Conflict, horizon: int) -> Ints:
    """What each side foresees when it is the next to move, `horizon` moves ahead.

    Returns int32 (2, num_states), the state that the conflict is foreseen to rest in. Raises
    NotSupported unless there are two sides, with strict and known preferences, and for horizons
    beyond `MOST_STEPS` where outcomes have not begun to repeat by then.
    """
    refuse_many_or_ties(conflict)
    if horizon < 0:
        raise NotSupported(f"a horizon is 0 or more moves; found {horizon}.")
    rest, steps, period = _ahead(conflict, min(horizon, MOST_STEPS))
    if steps < horizon and not period:
        raise NotSupported(
            f"foreseen outcomes have not begun to repeat {MOST_STEPS:,} moves ahead, so that a "
            "longer horizon would have to be gone through. Ask for a shorter one."
        )
    for _ in range((horizon - steps) % period if period else 0):
        rest = _longer(conflict, rest)
    return rest


def limited(conflict: Conflict, horizon: int) -> Bools:
    """Which states are stable with this horizon: L_h, of which L_1 is Nash.

    Returns bool (2, num_states), a row a side. Raises NotSupported as `foreseen` does.

    >>> dilemma = Conflict.of(
    ...     {"A": [(0, 1), (1, 0), (2, 3), (3, 2)], "B": [(0, 2), (2, 0), (1, 3), (3, 1)]},
    ...     [[3, 4, 1, 2], [3, 1, 4, 2]],
    ... )
    >>> limited(dilemma, 1).all(axis=0).tolist(), limited(dilemma, 4).all(axis=0).tolist()
    ([False, False, False, True], [True, False, False, True])
    """
    if horizon < 1:
        raise NotSupported(f"limited-move stability looks 1 or more moves ahead; found {horizon}.")
    stay: Bools = foreseen(conflict, horizon) == np.arange(conflict.num_states)
    return stay


def nonmyopic(conflict: Conflict) -> Farsighted:
    """Which states are stable for every horizon that is long enough.

    Raises NotSupported as `foreseen` does, and where outcomes have not begun to repeat
    `MOST_STEPS` moves ahead.
    """
    refuse_many_or_ties(conflict)
    rest, steps, period = _ahead(conflict, MOST_STEPS)
    if not period:
        raise NotSupported(
            f"foreseen outcomes have not begun to repeat {MOST_STEPS:,} moves ahead, so that it "
            "is not decided which are non-myopic. Ask for limited-move stability with a horizon."
        )
    return _over_a_cycle(conflict, rest, steps - period, period)


def _ahead(conflict: Conflict, horizon: int) -> tuple[Ints, int, int]:
    """What is foreseen this many moves ahead, or fewer where outcomes repeat before.

    Comes back with how many moves these are, and the period; 0 where outcomes do not repeat yet.
    """
    rest = np.tile(np.arange(conflict.num_states, dtype=np.int32), (2, 1))
    met = {_digest(rest): 0}
    for steps in range(1, horizon + 1):
        rest = _longer(conflict, rest)
        mark = _digest(rest)
        if mark in met:
            return rest, steps, steps - met[mark]
        met[mark] = steps
    return rest, horizon, 0


def _over_a_cycle(conflict: Conflict, rest: Ints, horizon: int, period: int) -> Farsighted:
    first = rest
    stable = first == np.arange(conflict.num_states)
    settled = np.ones_like(stable)
    for _ in range(period - 1):
        rest = _longer(conflict, rest)
        settled &= rest == first
    return Farsighted(
        stable & settled, settled, np.where(settled, first, -1).astype(np.int32), horizon, period
    )


def _longer(conflict: Conflict, rest: Ints) -> Ints:
    """What is foreseen one move further ahead."""
    return np.stack([
        _one(conflict.moves[side], conflict.payoff[side], rest[1 - side]) for side in (0, 1)
    ])  # fmt: skip


def _one(moves: Moves, payoff: NDArray[np.int32], others: Ints) -> Ints:
    """The best that a side foresees by moving, where it is better than staying."""
    ends = others[moves.target]
    best = moves.greatest(payoff[ends])
    # Preferences are strict: the payoff says which state it is.
    order = np.argsort(payoff)
    place = np.minimum(np.searchsorted(payoff[order], best), len(payoff) - 1)
    stay = np.arange(len(payoff))
    return np.where(best > payoff, order[place], stay).astype(np.int32)


def _digest(rest: Ints) -> bytes:
    return hashlib.blake2b(np.ascontiguousarray(rest).tobytes(), digest_size=16).digest()


def refuse_many_or_ties(conflict: Conflict) -> None:
    """Raise NotSupported where these concepts are not defined, with the reason."""
    if conflict.num_sides != 2:
        raise NotSupported(
            f"limited-move and non-myopic stability are defined here for two sides who move in "
            f"turn; this conflict has {conflict.num_sides}. Ask for another concept."
        )
    for side, name in enumerate(conflict.sides):
        if len(np.unique(conflict.payoff[side])) < conflict.num_states:
            raise NotSupported(
                f"limited-move and non-myopic stability need strict preferences, which make what "
                f"is foreseen unique; '{name}' is indifferent between some states. Break its ties."
            )
    if conflict.unknown is not None and any(map(len, conflict.unknown)):
        raise NotSupported(
            "limited-move and non-myopic stability need preferences that are known; some here "
            "are unknown. Ask for nash, gmr, smr, seq or sseq."
        )
