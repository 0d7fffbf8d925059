"""Conflicts in option form: every side controls some options, and states are what is chosen.

Howard 1971; Fraser and Hipel 1984. A side moves by changing any of its own options to any levels
that their direction permits, where that gives a feasible state.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import log10, prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detente.conflict.conflict import Options, Sides
from detente.conflict.moves import Bools, Ints, Longs, Moves
from detente.errors import GameError

DIRECTIONS = ("both", "fwd", "back", "none")
"""Which changes an option permits: any, to higher levels only, to lower levels only, none."""
MOST_COMBINATIONS = 1 << 26
MOST_MOVES = 1 << 28
MOST_WAYS = 1 << 22
_BLOCK = 1 << 22


@dataclass(frozen=True, eq=False)
class OptionForm:
    """Options with who controls them and how far they can be changed.

    `names` : one an option
    `owners` : for each option the sides that can change it, by number
    `num_levels` : how many levels each has; two for yes or no
    `directions` : one of DIRECTIONS each
    `together` : for each option the sides that must all sign to change it, empty where its owners
        change it alone; () where that is so of all
    `lasting` : for each option the levels that are not left downwards, such as what is dismantled

    Raises GameError where there are too many combinations to list.
    """

    names: tuple[str, ...]
    owners: tuple[Sides, ...]
    num_levels: tuple[int, ...]
    directions: tuple[str, ...]
    together: tuple[Sides, ...] = ()
    lasting: tuple[frozenset[int], ...] = ()

    def __post_init__(self) -> None:
        if any(level < 1 for level in self.num_levels):
            raise GameError("an option has at least one level. Give two for yes or no.")
        if wrong := [one for one in self.directions if one not in DIRECTIONS]:
            raise GameError(
                f"an option's direction is one of {', '.join(DIRECTIONS)}; found '{wrong[0]}'."
            )
        count = prod(self.num_levels)
        if count > MOST_COMBINATIONS:
            said = f"{count:,}" if count < 10**15 else f"over 10^{int(log10(count))}"
            raise GameError(
                f"the {len(self.names):,} options have {said} combinations; at most "
                f"{MOST_COMBINATIONS:,} are listed. Leave out options that matter least."
            )

    @property
    def weight(self) -> Longs:
        """int64 (num_options,), what one level of each adds to the code; the first varies fastest.

        Codes ascend with the state, so with two levels a state's code is Σ 2^option.
        """
        return np.cumprod([1, *self.num_levels], dtype=np.int64)[:-1]

    def levels(self, code: NDArray[np.int64]) -> NDArray[np.int16]:
        """int16 (num_codes, num_options), the levels that a code stands for."""
        found = code[:, None] // self.weight % np.array(self.num_levels, dtype=np.int64)
        return found.astype(np.int16)

    def codes(self, level: NDArray[np.int16]) -> Longs:
        """The codes of option vectors, int16 (num_states, num_options)."""
        found: Longs = level.astype(np.int64) @ self.weight
        return found

    def all_codes(self) -> Longs:
        """Every combination, feasible or not."""
        return np.arange(prod(self.num_levels), dtype=np.int64)

    def options(self, code: Longs) -> Options:
        """The option vectors of the states with these codes."""
        owner = [next(iter(own)) if len(own) == 1 else -1 for own in self.owners]
        return Options(self.names, np.array(owner, dtype=np.int32), self.levels(code))

    def floor(self, option: int) -> NDArray[np.int16]:
        """int16 (num_levels,), the lowest level that can still be reached from each."""
        lasting = self.lasting[option] if self.lasting else frozenset()
        levels = range(self.num_levels[option])
        kept = [max((one for one in lasting if one <= level), default=0) for level in levels]
        return np.array(kept, dtype=np.int16)

    def moves(self, code: Longs, side: int) -> Moves:
        """What a side can do alone.

        Parameters
        ----------
        code : int64 (num_states,), the codes of the feasible states, ascending

        Raises GameError where that is more than MOST_MOVES moves to try, or MOST_WAYS from a state.
        """
        return self.changes(code, [i for i, own in enumerate(self.owners) if side in own])

    def joint_moves(self, code: Longs, sides: Sides, agreed: bool) -> Moves:
        """What sides can do that takes the signatures of all of them, and of no other.

        They change options that they control together, and in the same step options of each.

        Parameters
        ----------
        code : as in `moves`
        agreed : whether they may also act in step on options that each controls alone

        Raises GameError as `moves` does.
        """
        together = self.together or (frozenset(),) * len(self.names)
        signed = [own or (one if len(one) == 1 else frozenset()) for own, one in
                  zip(together, self.owners, strict=True)]  # fmt: skip
        within = [i for i, own in enumerate(self.owners) if own & sides or (
                  together[i] and together[i] <= sides)]  # fmt: skip
        moves = self.changes(code, within)
        level = self.levels(code)
        changed = level[moves.source] != level[moves.target]
        joint = np.array([own == sides for own in together])
        kept = changed.any(axis=1) if agreed else (changed & joint).any(axis=1)
        for side in sides:
            takes = np.array([side in own for own in signed])
            kept &= (changed & takes).any(axis=1)
        return moves.where(kept)

    def changes(self, code: Longs, own: Sequence[int]) -> Moves:
        """The moves that change these options, each as its direction permits.

        Raises GameError where that is more than MOST_MOVES moves to try, or MOST_WAYS from a state.
        """
        ways = prod(self.num_levels[i] for i in own)
        if ways > MOST_WAYS or len(code) * ways > MOST_MOVES:
            raise GameError(
                f"{len(own)} options are changed in {ways:,} ways at once from each of "
                f"{len(code):,} states, too many to list. Divide the side that controls them, or "
                "leave out options."
            )
        choices = _choices([self.num_levels[i] for i in own])
        step = max(1, _BLOCK // len(choices))
        parts = [
            self._from_block(code, first, min(first + step, len(code)), own, choices)
            for first in range(0, len(code), step)
        ]
        source = np.concatenate([part[0] for part in parts])
        target = np.concatenate([part[1] for part in parts])
        return Moves.sorted(source, target, len(code))

    def _from_block(
        self, code: Longs, first: int, stop: int, own: Sequence[int], choices: NDArray[np.int16]
    ) -> tuple[Longs, Ints]:
        here = self.levels(code[first:stop])[:, own]
        kept = np.ones((stop - first, len(choices)), dtype=bool)
        for column, option in enumerate(own):
            change = choices[None, :, column] - here[:, [column]]
            kept &= _permitted(change, self.directions[option])
            if self.lasting and self.lasting[option]:
                kept &= choices[None, :, column] >= self.floor(option)[here[:, [column]]]
        weight = self.weight[list(own)]
        rest = code[first:stop] - here @ weight
        source, choice = np.nonzero(kept)
        wanted = rest[source] + (choices @ weight)[choice]
        at = np.minimum(np.searchsorted(code, wanted), len(code) - 1)
        real = (code[at] == wanted) & (at != source + first)
        # Own options' codes ascend with the choice, so the targets of a state do too.
        return source[real] + first, at[real].astype(np.int32)


def feasible(form: OptionForm, infeasible: Iterable[Iterable[tuple[int, int]]]) -> Longs:
    """The codes of the states that match none of the patterns, ascending.

    `infeasible` : patterns, each (option, level) pairs that do not go together
    """
    code = form.all_codes()
    wrong = np.zeros(len(code), dtype=bool)
    for pattern in infeasible:
        wrong |= matches(form, code, pattern)
    return code[~wrong]


def matches(form: OptionForm, code: Longs, pattern: Iterable[tuple[int, int]]) -> Bools:
    """Which codes have all of these (option, level) pairs."""
    found = np.ones(len(code), dtype=bool)
    for option, level in pattern:
        found &= code // form.weight[option] % form.num_levels[option] == level
    return found


def by_priority(truths: Sequence[Bools], num_states: int) -> Ints:
    """The ranking that statements give in order of priority: the first outweighs all behind it.

    That is the order of Σ 2^(n−1−k) over the statements k that hold (Hipel and Fang 1997). Comes
    back as int32 (num_states,), 1 for the worst.

    >>> by_priority([np.array([False, True, True]), np.array([True, False, True])], 3).tolist()
    [1, 2, 3]
    """
    if not truths:
        return np.ones(num_states, dtype=np.int32)
    rows = np.packbits(np.stack(truths, axis=1), axis=1)
    texts = np.ascontiguousarray(rows).view(f"V{rows.shape[1]}").reshape(-1)
    order = np.lexsort(rows.T[::-1])
    fresh = np.concatenate([[False], texts[order][1:] != texts[order][:-1]])
    ranks = np.empty(num_states, dtype=np.int32)
    ranks[order] = np.cumsum(fresh) + 1
    return ranks


def _choices(num_levels: Sequence[int]) -> NDArray[np.int16]:
    """int16 (num_choices, num_own), every choice of own levels, the first varying fastest."""
    count = prod(num_levels)
    code = np.arange(count, dtype=np.int64)[:, None]
    weight = np.cumprod([1, *num_levels], dtype=np.int64)[:-1]
    sizes = np.array(num_levels, dtype=np.int64)
    return (code // weight % sizes).astype(np.int16) if len(num_levels) else _nothing(count)


def _nothing(count: int) -> NDArray[Any]:
    return np.zeros((count, 0), dtype=np.int16)


def _permitted(change: NDArray[np.int16], direction: str) -> Bools:
    if direction == "both":
        return np.ones(change.shape, dtype=bool)
    if direction == "none":
        return np.equal(change, 0)
    found: Bools = change >= 0 if direction == "fwd" else change <= 0
    return found
