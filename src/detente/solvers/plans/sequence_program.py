"""The linear program of a tree in which one side gains what the other loses."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from math import gcd
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detente.game.sequence_form import SequenceForm, Sequences
from detente.linear.standard import Standard


@dataclass(frozen=True, eq=False)
class SequenceProgram:
    """The best plan of one player against the worst that another can do to it.

    Over plans x of the first player and bounds q, one an information set of the second and q_0:
    maximise q_0 where E x = e, x ≥ 0, and for every sequence of the second what q says of it is at
    most what it leaves the first (Koller, Megiddo and von Stengel 1996). The prices of the latter
    rows are the second's best plan.

    `own`, `other` : the sequences of the two; where one mover is all there is, the other has only
        the empty one
    `at` : (num_entries, 2), combinations of their sequences
    `gain` : (num_entries,), what each adds for the first, times `unit`: int64 or Python ints
    """

    own: Sequences
    other: Sequences
    at: NDArray[np.int32]
    gain: NDArray[Any]
    unit: Fraction = field(default=Fraction(1))

    @classmethod
    def of(cls, form: SequenceForm) -> SequenceProgram:
        """The program of a game with one mover, or two of whom one gains what the other loses."""
        own = form.sequences[0]
        gain, at = form.payoffs[own.player], form.at
        divisor = int(np.gcd.reduce(gain)) if gain.dtype != object else gcd(*gain.tolist())
        divisor = divisor or 1
        if len(form.sequences) == 1:
            other = Sequences(-1, 0, np.array([1], dtype=np.int32), np.zeros(0, dtype=np.int32))
            at = np.concatenate([at, np.zeros_like(at)], axis=1)
        else:
            other = form.sequences[1]
        unit = Fraction(form.denominators[own.player], divisor)
        return cls(own, other, at, gain // divisor, unit)

    @cached_property
    def standard(self) -> Standard:
        """The program in standard form: first x, then q; first the rows of E, then those of q."""
        own, other = self.own, self.other
        above = own.num_infosets + 1
        own_row, own_column, own_entry = own.constraints
        q, sequence, q_entry = other.constraints
        rows = np.concatenate([own_row, self.at[:, 1] + above, sequence + above])
        columns = np.concatenate([own_column, self.at[:, 0], q + own.num])
        object_gain = self.gain.dtype == object
        entries = np.concatenate([
            own_entry.astype(self.gain.dtype), -self.gain, q_entry.astype(self.gain.dtype)
        ])  # fmt: skip
        if object_gain:
            entries = np.array([int(a) for a in entries], dtype=object)
        order = np.flatnonzero(entries)
        order = order[np.argsort(rows[order], kind="stable")]
        cost = [0] * (own.num + other.num_infosets + 1)
        cost[own.num] = 1
        # In floating point the greatest gain counts as about one, and so do the bounds q.
        power = max((abs(v) for v in self.gain.tolist()), default=1).bit_length()
        powers = np.zeros(above + other.num, dtype=np.int64), np.zeros(len(cost), dtype=np.int64)
        powers[0][above:] -= power
        powers[1][own.num :] += power
        return Standard(
            rows[order], columns[order], entries[order],
            rhs=[1] + [0] * (above - 1 + other.num),
            equal=[True] * above + [False] * other.num,
            cost=cost,
            free=[False] * own.num + [True] * (other.num_infosets + 1),
            powers=powers,
        )  # fmt: skip

    def plans(self, x: Any, prices: Any) -> tuple[Any, Any]:
        """The players' plans in a solution."""
        return x[: self.own.num], prices[self.own.num_infosets + 1 :]
