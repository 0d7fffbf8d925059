"""A game of coalitions with transferable utility: what each coalition can secure for itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from math import lcm
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detente.errors import GameError

MOST_PLAYERS = 20
"""Players of a game of coalitions: a million coalitions."""
_SAFE = 2**62
"""Whole numbers below this are added in 64 bits."""

Integers = NDArray[Any]
"""int64, or Python ints as objects where they are too large for that."""


@dataclass(frozen=True)
class CoalitionGame:
    """What every coalition of the players is worth (von Neumann and Morgenstern 1944).

    `players` : their names
    `worths` : Fractions (2**num_players,); bit i of the position stands for player i. The empty
        coalition, at position 0, is worth 0

    >>> gloves = CoalitionGame.of(["left", "right", "other right"],
    ...     lambda who: min("left" in who, len(who) - ("left" in who)))
    >>> gloves["left", "right"], gloves["right", "other right"]
    (Fraction(1, 1), Fraction(0, 1))
    """

    players: tuple[str, ...]
    worths: tuple[Fraction, ...]

    def __post_init__(self) -> None:
        if not 1 <= len(self.players) <= MOST_PLAYERS:
            raise GameError(
                f"a game of coalitions has 1 to {MOST_PLAYERS} players; found {len(self.players)}. "
                "Name those that matter."
            )
        if len(set(self.players)) < len(self.players):
            raise GameError(f"players have names of their own; found {', '.join(self.players)}.")
        if len(self.worths) != 1 << len(self.players):
            raise GameError(
                f"{len(self.players)} players form {1 << len(self.players)} coalitions, the empty "
                f"one counted; found {len(self.worths)} worths."
            )
        if self.worths[0]:
            raise GameError(f"the empty coalition is worth 0; found {self.worths[0]}.")

    @classmethod
    def of(
        cls,
        players: Sequence[str],
        worth: Callable[[frozenset[str]], Any] | Mapping[Iterable[str], Any],
    ) -> CoalitionGame:
        """The game in which a coalition is worth what a function says, or a mapping.

        A mapping's keys are coalitions as tuples or frozensets; one that is left out is worth 0.
        """
        names = tuple(players)
        if isinstance(worth, Mapping):
            given = {frozenset(who): value for who, value in worth.items()}
            unknown = [name for who in given for name in who if name not in names]
            if unknown:
                raise GameError(f"no player '{unknown[0]}'. The players are: {', '.join(names)}.")
            find: Callable[[frozenset[str]], Any] = lambda who: given.get(who, 0)  # noqa: E731
        else:
            find = worth
        coalitions = (
            frozenset(name for i, name in enumerate(names) if position >> i & 1)
            for position in range(1, 1 << len(names))
        )
        return cls(names, (Fraction(0), *(Fraction(find(who)) for who in coalitions)))

    @property
    def num_players(self) -> int:
        """How many players there are."""
        return len(self.players)

    @property
    def everyone(self) -> int:
        """The position of the coalition of all."""
        return len(self.worths) - 1

    def __getitem__(self, members: str | Iterable[str]) -> Fraction:
        """What a coalition is worth, by its members' names."""
        return self.worths[self.position(members)]

    def position(self, members: str | Iterable[str]) -> int:
        """Where a coalition stands in `worths`. Raises GameError for an unknown player."""
        found = 0
        for name in (members,) if isinstance(members, str) else members:
            if name not in self.players:
                raise GameError(f"no player '{name}'. The players are: {', '.join(self.players)}.")
            found |= 1 << self.players.index(name)
        return found

    def members(self, position: int) -> tuple[str, ...]:
        """Who is in the coalition at a position, in the players' order."""
        return tuple(name for i, name in enumerate(self.players) if position >> i & 1)

    def coalitions(self) -> Iterator[tuple[tuple[str, ...], Fraction]]:
        """Every coalition but the empty one with its worth, small ones first."""
        order = sorted(range(1, len(self.worths)), key=lambda at: (at.bit_count(), _reversed(at)))
        return ((self.members(at), self.worths[at]) for at in order)

    def alone(self) -> tuple[Fraction, ...]:
        """What each player is worth alone."""
        return tuple(self.worths[1 << i] for i in range(self.num_players))

    @cached_property
    def scaled(self) -> tuple[Integers, int]:
        """The worths as whole numbers, and what they are multiplied by."""
        unit = lcm(*{worth.denominator for worth in self.worths})
        whole = [worth.numerator * (unit // worth.denominator) for worth in self.worths]
        fits = max(map(abs, whole)) < _SAFE
        return np.array(whole, dtype=np.int64 if fits else object), unit

    def excesses(self, shares: Sequence[Fraction]) -> tuple[Integers, int]:
        """By how much each coalition's worth exceeds what its members get, times a whole number,
        and that number."""
        whole, unit = self.scaled
        common = lcm(unit, *(share.denominator for share in shares))
        factor = common // unit
        paid = [share.numerator * (common // share.denominator) for share in shares]
        largest = max(abs(int(whole.max())), abs(int(whole.min()))) * factor
        if largest + sum(map(abs, paid)) >= _SAFE:
            whole = whole.astype(object)
        return whole * factor - subset_sums(paid), common

    @cached_property
    def dividends(self) -> tuple[Integers, int]:
        """What each coalition adds to what its parts add (Harsanyi 1959), times a whole number,
        and that number."""
        whole, unit = self.scaled
        if max(abs(int(whole.max())), abs(int(whole.min()))) << self.num_players >= _SAFE:
            whole = whole.astype(object)
        found = whole.copy()
        for i in range(self.num_players):
            halves = found.reshape(-1, 2, 1 << i)
            halves[:, 1] -= halves[:, 0]
        return found, unit

    @cached_property
    def is_convex(self) -> bool:
        """Whether a player adds the more, the more are there already (Shapley 1971)."""
        whole = self.scaled[0].astype(object)
        for i in range(self.num_players):
            with_i = whole.reshape(-1, 2, 1 << i)
            added = (with_i[:, 1] - with_i[:, 0]).reshape(-1)
            for j in range(self.num_players - 1):
                by_j = added.reshape(-1, 2, 1 << j)
                if (by_j[:, 1] < by_j[:, 0]).any():
                    return False
        return True


def subset_sums(weights: Sequence[int]) -> Integers:
    """For each set, in the order of positions, the sum of its members' weights.

    >>> subset_sums([1, 5]).tolist()
    [0, 1, 5, 6]
    """
    kind: Any = np.int64 if sum(map(abs, weights)) < _SAFE else object
    found = np.zeros(1, dtype=kind)
    for weight in weights:
        found = np.concatenate([found, found + weight])
    return found


def _reversed(position: int) -> list[int]:
    """A key that puts coalitions of one size in the order of their members."""
    return [i for i in range(position.bit_length()) if position >> i & 1]
