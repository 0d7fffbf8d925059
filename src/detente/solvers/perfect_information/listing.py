"""Pure subgame-perfect equilibria one by one, each once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

from detente.game.tree import CHANCE
from detente.solvers.perfect_information.integers import FirstPass, IntegerGame


def profiles(
    numbers: IntegerGame, first: FirstPass
) -> Iterator[tuple[Sequence[int], tuple[Fraction, ...]]]:
    """Every equilibrium: the action taken at each node, and what it gives each player.

    The one that takes the first best action everywhere comes first.

    A node that several paths lead to plays alike on all of them. There are no dead ends: whatever
    is chosen after a node, some action there is best. So the tied nodes turn like the digits of an
    odometer, those nearest the root fastest, and only what comes before a turned node is
    recomputed. The list that is handed out changes afterwards: copy what is to be kept.
    """
    yield first.choice, numbers.fractions(first.value[: numbers.num_players])
    if not first.tied:
        return
    odometer = _Odometer(numbers, first)
    odometer.settle(0)
    while odometer.turn():
        yield odometer.choice, numbers.fractions(odometer.value[: numbers.num_players])


class _Odometer:
    """`digits` : (place among the open nodes, best actions there, which of them is on)."""

    def __init__(self, numbers: IntegerGame, first: FirstPass) -> None:
        self.numbers = numbers
        self.value = _as_list(first.value)
        self.choice = _as_list(first.choice)
        below = _as_list(first.tied_below)
        self.open = [node for node in range(len(below) - 1, -1, -1) if below[node]]
        self.digits: list[tuple[int, list[int], int]] = []

    def turn(self) -> bool:
        """Go to the next profile; False when all have been."""
        while self.digits:
            place, best, on = self.digits.pop()
            if on + 1 < len(best):
                self.digits.append((place, best, on + 1))
                self._take(self.open[place], best[on + 1])
                self.settle(place + 1)
                return True
        return False

    def settle(self, place: int) -> None:
        """Recompute the open nodes from a place on, towards the root."""
        numbers, n = self.numbers, self.numbers.num_players
        for digit in range(place, len(self.open)):
            node = self.open[digit]
            mover = numbers.mover[node]
            if mover == CHANCE:
                self._expect(node)
                continue
            offers = [self.value[child * n + mover] for child in numbers.moves(node)]
            most = max(offers)
            best = [action for action, offer in enumerate(offers) if offer == most]
            if len(best) > 1:
                self.digits.append((digit, best, 0))
            self._take(node, best[0])

    def _take(self, node: int, action: int) -> None:
        n = self.numbers.num_players
        child = self.numbers.moves(node)[action]
        self.choice[node] = action
        self._arrive(node, self.value[child * n : child * n + n])

    def _expect(self, node: int) -> None:
        n = self.numbers.num_players
        expected = [0] * n
        ups, downs = self.numbers.weights(node)
        for child, up, down in zip(self.numbers.moves(node), ups, downs, strict=True):
            for i in range(n):
                expected[i] += self.value[child * n + i] // down * up
        self._arrive(node, expected)

    def _arrive(self, node: int, values: list[int]) -> None:
        gain, factors = self.numbers.gain(node), self.numbers.discount(node)
        if gain is not None:
            values = [x + g for x, g in zip(values, gain, strict=True)]
        if factors is not None:
            values = [
                x // f.denominator * f.numerator for x, f in zip(values, factors, strict=True)
            ]
        n = self.numbers.num_players
        self.value[node * n : node * n + n] = values


def _as_list(column: Any) -> list[int]:
    return list(column) if isinstance(column, list) else column.tolist()
