"""What leads to each node: a sequence a player, and chance, whose impossible moves are counted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import lcm
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detente.game.sequence_form import SequenceForm
from detente.game.tree import CHANCE, Game
from detente.solvers.plans.sequence_lcp import Tables, sides

Leading = tuple[int, Fraction]
"""The term of lowest power: (power of ε, coefficient)."""


@dataclass(frozen=True, eq=False)
class Reaches:
    """What leads to each node of a game in which at most two players move.

    `sequences` : two lists, by node the sequence that leads to it
    `chance` : by node the product of chance's probabilities, those that are zero left out
    `zeros` : by node how many were left out
    """

    sequences: tuple[list[int], list[int]]
    chance: list[Fraction]
    zeros: list[int]

    @classmethod
    def of(cls, form: SequenceForm) -> Reaches:
        """What leads to each node."""
        game, sets = form.game, form.game.infosets
        n = game.num_nodes
        led: tuple[list[int], list[int]] = ([0] * n, [0] * n)
        chance, zeros = [Fraction(1)] * n, [0] * n
        which = {own.player: k for k, own in enumerate(form.sequences)}
        first = _first_sequences(form)
        mover, infoset = game.mover.tolist(), game.infoset.tolist()
        for node in range(n):
            if infoset[node] < 0:
                continue
            children, h = game.children_of(node), infoset[node]
            for own in led:
                for child in children:
                    own[child] = own[node]
            if mover[node] != CHANCE:
                own = led[which[mover[node]]]
                for j, child in enumerate(children):
                    own[child] = first[h] + j
            odds = sets.probabilities(h) if mover[node] == CHANCE else None
            for j, child in enumerate(children):
                p = Fraction(1) if odds is None else odds[j]
                chance[child] = chance[node] * p if p and p != 1 else chance[node]
                zeros[child] = zeros[node] + (not p)
        return cls(led, chance, zeros)

    @property
    def impossible(self) -> bool:
        """Whether chance gives some move no probability."""
        return any(self.zeros)

    def leading(self, node: int, weights: tuple[Sequence[Leading], Sequence[Leading]]) -> Leading:
        """The leading term of a node's probability, from those of the players' sequences."""
        one, two = (own[led[node]] for own, led in zip(weights, self.sequences, strict=True))
        return one[0] + two[0] + self.zeros[node], one[1] * two[1] * self.chance[node]


def _first_sequences(form: SequenceForm) -> dict[int, int]:
    """Information set of the game → the sequence of its first action."""
    return {
        own.first_infoset + k: int(own.start[k])
        for own in form.sequences for k in range(own.num_infosets)
    }


def perturbed_tables(form: SequenceForm, reaches: Reaches) -> Tables:
    """What each of the two gains, times a positive number, where impossible moves have weight ε.

    Entries are FLINT's polynomials in ε, or zero.
    """
    game = form.game
    one, two = sides(form)
    nodes = np.flatnonzero(game.outcome >= 0).tolist()
    factors = _discounts(game)
    tables: list[NDArray[Any]] = []
    for k, (mine, other) in enumerate(((one, two), (two, one))):
        table = np.zeros((mine.num, other.num), dtype=object)
        if k < len(form.sequences):
            gains: dict[tuple[int, int], dict[int, Fraction]] = {}
            for node in nodes:
                at = reaches.sequences[k][node], reaches.sequences[1 - k][node]
                gain = game.payoff(node)[mine.player] * factors[node][mine.player]
                terms = gains.setdefault(at, {})
                power = reaches.zeros[node]
                terms[power] = terms.get(power, Fraction(0)) + gain * reaches.chance[node]
            _fill(table, gains)
        tables.append(table)
    return tables[0], tables[1]


def _fill(table: NDArray[Any], gains: dict[tuple[int, int], dict[int, Fraction]]) -> None:
    from flint import fmpz_poly

    values = [gain for terms in gains.values() for gain in terms.values()]
    unit = lcm(*(value.denominator for value in values))
    for at, terms in gains.items():
        coefficients = [0] * (max(terms) + 1)
        for power, gain in terms.items():
            coefficients[power] = gain.numerator * (unit // gain.denominator)
        table[at] = fmpz_poly(coefficients)


def _discounts(game: Game) -> list[tuple[Fraction, ...]]:
    """By node, the product of each party's discounts on the way to it."""
    factors = [(Fraction(1),) * game.num_players] * game.num_nodes
    if game.discounts is not None:
        for node in range(game.num_nodes):
            above = factors[int(game.parent[node])] if node else factors[0]
            own = game.discount(node)
            factors[node] = (
                above if own is None else tuple(a * b for a, b in zip(above, own, strict=True))
            )
    return factors
