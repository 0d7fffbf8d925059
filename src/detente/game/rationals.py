"""Exact numbers in arrays: 64-bit numerators over a common denominator, larger ones beside them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from math import lcm

import numpy as np
from numpy.typing import NDArray

INT64_MAX = 2**63 - 1


@dataclass(frozen=True, eq=False)
class Payoffs:
    """What each outcome adds for each player, exactly.

    `numerators` : int64 (num_outcomes, num_players), over `denominators[player]`
    `denominators` : one positive int a player
    `large` : {(outcome, player): numerator} for those beyond 64 bits; the array holds 0 there
    """

    numerators: NDArray[np.int64]
    denominators: tuple[int, ...]
    large: Mapping[tuple[int, int], int] = field(default_factory=dict)

    @classmethod
    def of(cls, rows: Sequence[Sequence[Fraction]], num_players: int) -> Payoffs:
        """The table of these payoffs, one row an outcome, over the least common denominators.

        >>> Payoffs.of([[Fraction(1, 2), Fraction(3)]], 2).denominators
        (2, 1)
        """
        denominators = tuple(
            lcm(*{row[player].denominator for row in rows}) for player in range(num_players)
        )
        numerators = np.zeros((len(rows), num_players), dtype=np.int64)
        large: dict[tuple[int, int], int] = {}
        for player, denominator in enumerate(denominators):
            values = [row[player] for row in rows]
            column = [v.numerator * (denominator // v.denominator) for v in values]
            try:
                numerators[:, player] = column
            except OverflowError:
                for i, value in enumerate(column):
                    if abs(value) > INT64_MAX:
                        large[i, player] = value
                    else:
                        numerators[i, player] = value
        return cls(numerators, denominators, large)

    def __len__(self) -> int:
        return len(self.numerators)

    def take(self, rows: NDArray[np.integer]) -> Payoffs:
        """The table of these rows, over the same denominators."""
        large = {
            (new, player): self.large[old, player]
            for new, old in enumerate(rows.tolist() if self.large else ())
            for player in range(len(self.denominators))
            if (old, player) in self.large
        }
        return Payoffs(self.numerators[rows], self.denominators, large)

    def numerator(self, outcome: int, player: int) -> int:
        """The payoff times the player's denominator."""
        if self.large and (outcome, player) in self.large:
            return self.large[outcome, player]
        return int(self.numerators[outcome, player])

    def row(self, outcome: int) -> tuple[Fraction, ...]:
        """What an outcome adds for each player."""
        return tuple(
            Fraction(self.numerator(outcome, player), denominator)
            for player, denominator in enumerate(self.denominators)
        )

    def integer_column(self, player: int) -> list[int]:
        """All numerators of a player as Python ints of any size."""
        column: list[int] = self.numerators[:, player].tolist()
        for (outcome, p), value in self.large.items():
            if p == player:
                column[outcome] = value
        return column


@dataclass(frozen=True, eq=False)
class Probabilities:
    """Exact chance probabilities, a numerator and a denominator each.

    `numerators`, `denominators` : int64 (num_chance_actions,), in lowest terms
    `large` : {position: Fraction} for those beyond 64 bits; the arrays hold 0 and 1 there
    """

    numerators: NDArray[np.int64]
    denominators: NDArray[np.int64]
    large: Mapping[int, Fraction] = field(default_factory=dict)

    @classmethod
    def of(cls, values: Sequence[Fraction]) -> Probabilities:
        """The column of these probabilities."""
        large = {
            i: value for i, value in enumerate(values)
            if value.denominator > INT64_MAX or abs(value.numerator) > INT64_MAX
        }
        small = [Fraction(0) if i in large else value for i, value in enumerate(values)]
        return cls(
            np.array([value.numerator for value in small], dtype=np.int64),
            np.array([value.denominator for value in small], dtype=np.int64),
            large,
        )

    def __len__(self) -> int:
        return len(self.numerators)

    def __getitem__(self, position: int) -> Fraction:
        if self.large and position in self.large:
            return self.large[position]
        return Fraction(int(self.numerators[position]), int(self.denominators[position]))

    def take(self, positions: NDArray[np.integer]) -> Probabilities:
        """The column of these positions."""
        large = {
            new: self.large[old]
            for new, old in enumerate(positions.tolist() if self.large else ())
            if old in self.large
        }
        return Probabilities(self.numerators[positions], self.denominators[positions], large)
