"""What a solution concept asks, and how unknown and strong preferences are counted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from detente.conflict.conflict import Conflict
from detente.conflict.moves import Bools, Ints
from detente.errors import NotSupported

Way = Literal["a", "b", "c", "d"]


@dataclass(frozen=True)
class Concept:
    """A solution concept that looks at improvements and the answers to them.

    `name`, `full` : as tables have it, and spelled out
    `answered` : whether an improvement that is answered does not break stability
    `improving` : whether each step of an answer must improve its mover on the state it leaves
    `escape` : whether the side must find nothing better by a move from where the answer ends
    """

    key: str
    name: str
    full: str
    source: str
    answered: bool = True
    improving: bool = False
    escape: bool = False


CONCEPTS = {
    concept.key: concept
    for concept in (
        Concept("nash", "Nash", "Nash", "Nash 1951", answered=False),
        Concept("gmr", "GMR", "general metarational", "Howard 1971"),
        Concept("smr", "SMR", "symmetric metarational", "Howard 1971", escape=True),
        Concept("seq", "SEQ", "sequential", "Fraser and Hipel 1979", improving=True),
        Concept("sseq", "SSEQ", "symmetric sequential", "Rêgo and Vieira 2017", improving=True,
                escape=True),
    )
}  # fmt: skip


@dataclass(frozen=True)
class Rules:
    """A concept with the way in which preferences are read.

    `way` : where preferences are unknown (Li, Hipel, Kilgour and Fang 2004): (a) a side leaves for
        better or unknown and is deterred by what is known to be no better; (b) it leaves for better
        only, deterred by what is known to be no better; (c) it leaves for better or unknown,
        deterred by either; (d) it leaves for better only, deterred by either. Others answer, where
        their steps must improve, by steps to better or unknown.
    `strong` : only what leaves the side much worse deters it (Hamouda, Kilgour and Hipel 2004)
    """

    concept: Concept
    way: Way = "a"
    strong: bool = False

    def leaves(
        self, conflict: Conflict, side: int, source: NDArray[Any], target: NDArray[Any]
    ) -> Bools:
        """bool, whether the side would leave the source for the target, pair by pair."""
        payoff = conflict.payoff[side]
        better: Bools = payoff[target] > payoff[source]
        if conflict.unknown is None:
            return better
        unsure = conflict.is_unknown(side, source, target)
        return better | unsure if self.way in "ac" else better & ~unsure

    def deters(
        self, conflict: Conflict, side: int, source: NDArray[Any] | int, end: NDArray[Any] | int
    ) -> Bools:
        """bool, whether ending there keeps the side from leaving the source, pair by pair."""
        low = conflict.payoff[side][end] <= self.bar(conflict, side)[source]
        if conflict.unknown is None:
            return np.asarray(low, dtype=bool)
        unsure = conflict.is_unknown(side, source, end)
        found: Bools = low | unsure if self.way in "cd" and not self.strong else low & ~unsure
        return found

    def bar(self, conflict: Conflict, side: int) -> Ints:
        """int32 (num_states,), the greatest payoff that deters the side from leaving each state.

        Raises NotSupported where the conflict does not say what is much worse.
        """
        table = conflict.payoff if not self.strong else conflict.much_worse
        if table is None:
            raise NotSupported(
                "strong stability needs preferences that say what is much worse than what; this "
                "conflict has none. In a file, put `>>` into a ranking or give `much_worse`; of a "
                "summit, give the loss that is much worse (`much=`, `--much`)."
            )
        bar: Ints = table[side]
        return bar


def concept_of(given: str) -> Concept:
    """The concept with this key; raises NotSupported where there is none."""
    if given not in CONCEPTS:
        raise NotSupported(
            f"no solution concept is called '{given}' here. There are {', '.join(CONCEPTS)}; "
            "simultaneous, limited-move and coalitional stability have functions of their own."
        )
    return CONCEPTS[given]
