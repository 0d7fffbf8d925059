"""Columns of exact numbers from a file, and the tables of a game that they become."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from math import gcd, lcm

import numpy as np
from numpy.typing import NDArray

from detente.files.columns import Column
from detente.game.rationals import INT64_MAX, Payoffs, Probabilities

MAX_BITS = 14_000
"""Largest numerator of a payoff table in bits, so that every sum of payoffs can be printed."""


class TooVaried(Exception):
    """Numbers of one player that have no common denominator of a sensible size."""

    def __init__(self, player: int) -> None:
        self.player = player

    def explain(self, players: tuple[str, ...]) -> str:
        """The sentence for the author of the file."""
        return (
            f"the payoffs of '{players[self.player]}' have no common denominator of a sensible "
            "size. Round them to fewer digits."
        )


@dataclass
class Numbers:
    """A column of numbers.

    `numerator`, `denominator` : int64, not in lowest terms; None where all denominators are 1
    `large` : {row: value} of those beyond 64 bits; the arrays hold 0 and 1 there
    """

    numerator: NDArray[np.int64]
    denominator: NDArray[np.int64] | None
    large: dict[int, Fraction] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.numerator)

    def bottom(self) -> NDArray[np.int64]:
        """The denominators."""
        if self.denominator is None:
            return np.ones(len(self.numerator), dtype=np.int64)
        return self.denominator

    def take(self, rows: NDArray[np.int64]) -> Numbers:
        """The numbers of these rows."""
        bottom = None if self.denominator is None else self.denominator[rows]
        large: dict[int, Fraction] = {}
        if self.large:
            held = np.isin(rows, np.fromiter(self.large, dtype=np.int64))
            large = {i: self.large[int(rows[i])] for i in np.flatnonzero(held).tolist()}
        return Numbers(self.numerator[rows], bottom, large)

    def reduced(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Numerators and denominators in lowest terms."""
        if self.denominator is None:
            return self.numerator, self.bottom()
        shared = np.gcd(self.numerator, self.denominator)
        return self.numerator // shared, self.denominator // shared

    def same(self, other: Numbers) -> NDArray[np.bool_]:
        """bool, whether the numbers are equal, row by row."""
        if self.denominator is None and other.denominator is None:
            whole: NDArray[np.bool_] = self.numerator == other.numerator
            return whole
        (top, bottom), (other_top, other_bottom) = self.reduced(), other.reduced()
        same: NDArray[np.bool_] = (top == other_top) & (bottom == other_bottom)
        for row in {*self.large, *other.large}:
            same[row] = self.large.get(row) == other.large.get(row)
        return same


class NumberColumn:
    """A column of numbers that is appended to."""

    def __init__(self) -> None:
        self._numerator, self._denominator = Column(np.int64), Column(np.int64)
        self._large: dict[int, Fraction] = {}
        self._whole = True

    def append(self, part: Numbers, share: float) -> None:
        """Add a part, which came from this share (up to 1) of the file."""
        before = len(self._numerator)
        self._large.update({before + row: value for row, value in part.large.items()})
        if self._whole and part.denominator is not None:
            self._whole = False
            self._denominator.append(np.ones(before, dtype=np.int64), 1)
        if not self._whole:
            self._denominator.append(part.bottom(), share)
        self._numerator.append(part.numerator, share)

    def finished(self) -> Numbers:
        """The numbers; nothing can be appended afterwards."""
        denominator = None if self._whole else self._denominator.finished()
        return Numbers(self._numerator.finished(), denominator, self._large)


def payoff_table(numbers: Numbers, num_players: int, num_rows: int) -> Payoffs:
    """The table of these payoffs, which come one outcome after the other, one a player.

    The numbers' arrays become the table's, to have no second copy of a large one.

    Raises TooVaried where a player's payoffs over their common denominator are beyond all bounds.
    """
    shape = (num_rows, num_players)
    top = numbers.numerator.reshape(shape)
    if numbers.denominator is None:
        return Payoffs(top, (1,) * num_players)
    bottom = numbers.denominator.reshape(shape)
    denominators: list[int] = []
    large: dict[tuple[int, int], int] = {}
    for player in range(num_players):
        own = {
            row // num_players: value for row, value in numbers.large.items()
            if row % num_players == player
        }
        scaled = None if own else _scaled(top[:, player], bottom[:, player])
        if scaled is None:
            column, denominator, beyond = _scaled_large(
                Numbers(top[:, player], bottom[:, player], own), player
            )
            large.update({(row, player): value for row, value in beyond.items()})
        else:
            column, common = scaled
            shared = gcd(int(np.gcd.reduce(column)) if num_rows else 0, common)
            denominator = common // shared
            if shared > 1:
                column //= shared
        top[:, player] = column
        denominators.append(denominator)
    return Payoffs(top, tuple(denominators), large)


def _scaled(
    top: NDArray[np.int64], bottom: NDArray[np.int64]
) -> tuple[NDArray[np.int64], int] | None:
    """The numbers over their common denominator, or None where that leaves 64 bits."""
    common = 1
    for denominator in np.unique(bottom).tolist():
        common = lcm(common, denominator)
        if common > INT64_MAX:
            return None
    factor = common // bottom
    if (np.abs(top) > INT64_MAX // factor).any():
        return None
    return top * factor, common


def _scaled_large(
    numbers: Numbers, player: int
) -> tuple[NDArray[np.int64], int, dict[int, int]]:
    """The same with integers of any size: what fits, the denominator, and what does not fit."""
    tops, bottoms = (column.tolist() for column in numbers.reduced())
    for row, value in numbers.large.items():
        tops[row], bottoms[row] = value.numerator, value.denominator
    common = 1
    for denominator in set(bottoms):
        common = lcm(common, denominator)
        if common.bit_length() > MAX_BITS:
            raise TooVaried(player)
    factor = {denominator: common // denominator for denominator in set(bottoms)}
    column = np.zeros(len(tops), dtype=np.int64)
    large: dict[int, int] = {}
    for row, (top, bottom) in enumerate(zip(tops, bottoms, strict=True)):
        value = top * factor[bottom]
        if abs(value) <= INT64_MAX:
            column[row] = value
            continue
        if value.bit_length() > MAX_BITS:
            raise TooVaried(player)
        large[row] = value
    return column, common, large


def probability_column(numbers: Numbers) -> Probabilities:
    """The column of these probabilities, in lowest terms."""
    top, bottom = (column.copy() for column in numbers.reduced())
    large = {}
    for row, value in numbers.large.items():
        if max(abs(value.numerator), value.denominator) > INT64_MAX:
            large[row] = value
        else:
            top[row], bottom[row] = value.numerator, value.denominator
    return Probabilities(top, bottom, large)


def unlikely_lottery(
    probability: Probabilities, start: NDArray[np.int64]
) -> tuple[int, str] | None:
    """The first chance infoset whose probabilities are not ones, and why; None if all are.

    `start` : (num_infosets + 1,), infoset h has the probabilities start[h] … start[h+1] - 1
    """
    if len(start) < 2:
        return None
    top, bottom = probability.numerators, probability.denominators
    first, length = start[:-1], np.diff(start)
    # The sum over a common denominator fits into 62 bits where the product of all denominators
    # does, or where all divide the largest and that one does.
    log_bottom, log_length = np.log2(bottom.astype(np.float64)), np.log2(length)
    largest = np.maximum.reduceat(bottom, first)
    divide = np.logical_and.reduceat(np.repeat(largest, length) % bottom == 0, first)
    divide &= np.maximum.reduceat(log_bottom, first) + log_length < 62
    exact = divide | (np.add.reduceat(log_bottom, first) + log_length < 62)
    for row in probability.large:
        exact[int(np.searchsorted(start, row, side="right")) - 1] = False
    in_bounds = np.logical_and.reduceat((top >= 0) & (top <= bottom), first)
    with np.errstate(over="ignore"):
        common = np.where(divide, largest, np.lcm.reduceat(bottom, first))
        common[~exact] = 1
        total = np.add.reduceat(top * (np.repeat(common, length) // bottom), first)
    for infoset in np.flatnonzero(~(exact & in_bounds & (total == common))).tolist():
        values = [probability[i] for i in range(int(start[infoset]), int(start[infoset + 1]))]
        reason = _fault(values)
        if reason:
            return infoset, reason
    return None


def _fault(values: list[Fraction]) -> str:
    negative = next((value for value in values if value < 0), None)
    if negative is not None:
        return f"a probability must not be negative; found {negative}"
    # Over one denominator: adding Fractions one by one would reduce each partial sum.
    common = lcm(*(value.denominator for value in values))
    total = sum(value.numerator * (common // value.denominator) for value in values)
    if total == common:
        return ""
    shown = Fraction(total, common)
    exactly = str(shown) if shown.denominator < 10**12 else f"about {float(shown):.12g}"
    return f"probabilities must sum to exactly 1; these sum to {exactly}"
