"""A game's numbers as functions of one parameter: gains, probabilities, discounts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from detente.game.expressions import Expr
from detente.game.tree import CHANCE, Game
from detente.stability.following.functions import Function, constant, is_constant
from detente.stability.following.line import Line
from detente.stability.following.spot import Spot

Row: TypeAlias = tuple[Function, ...]
"""One function for each player who moves."""


@dataclass(frozen=True)
class Numbers:
    """What the numbers are around one spot; lists have one item a node.

    `gains` : what arriving adds, None where that is nothing
    `factors` : by what everything from the node on is multiplied, None where by one
    `odds` : the probabilities of a move of chance; () elsewhere
    `nothing` : zero for each player who moves
    """

    gains: Sequence[Row | None]
    factors: Sequence[Row | None]
    odds: Sequence[Sequence[Function]]
    nothing: Row


class NumbersAlong:
    """A game's numbers along one of its parameters, the others fixed at their values.

    `players` : those who move; what others get decides nothing
    `turns` : the functions at whose zeros a number may change its form, stop being defined or, as a
        probability or a discount, leave its bounds
    """

    def __init__(self, game: Game, parameter: str) -> None:
        assert game.formulas is not None
        self.game = game
        self.players = sorted({int(mover) for mover in game.mover if mover >= 0})
        formulas = game.formulas
        self._payoffs = [tuple(row[p] for p in self.players) for row in formulas.payoffs]
        self._odds = list(formulas.probabilities)
        self._discounts = [tuple(row[p] for p in self.players) for row in formulas.discounts]
        written = [e for row in (*self._payoffs, *self._discounts) for e in row]
        self.line = Line(parameter, formulas.values(), [*written, *self._odds])
        self._bounds: list[Function] = []
        self._outcome: list[int] = game.outcome.tolist()
        self._row: list[int] = (
            [0] * game.num_nodes if game.discounts is None else game.discounts.row.tolist()
        )
        self._chance = self._places_of_chance()

    @property
    def turns(self) -> Sequence[Function]:
        """See above; it grows while spots are looked at."""
        return [*self.line.turns, *self._bounds]

    def at(self, spot: Spot) -> Numbers | str:
        """The numbers there; where they are none, why."""
        at = self.line.at(spot)
        odds = [at[e] for e in self._odds]
        payoffs = [tuple(at[e] for e in row) for row in self._payoffs]
        discounts = [tuple(at[e] for e in row) for row in self._discounts]
        if any(value is None for row in (odds, *payoffs, *discounts) for value in row):
            return "a formula divides by zero"
        fault = self._odd(odds, spot) or self._turned(discounts, spot)
        if fault:
            return fault
        chance = [odds[place] if isinstance(place, slice) else () for place in self._chance]
        return Numbers(
            gains=[payoffs[outcome] if outcome >= 0 else None for outcome in self._outcome],
            factors=[discounts[row] if row else None for row in self._row],
            odds=chance,
            nothing=(constant(0),) * len(self.players),
        )

    def _odd(self, odds: Sequence[Function], spot: Spot) -> str:
        """Why these are no probabilities."""
        for value in odds:
            self._bound(value)
            if spot.sign(value) < 0:
                return "a probability is below zero"
        for place in {p.start: p for p in self._chance if p is not None}.values():
            rest = constant(-1)
            for value in odds[place]:
                rest = rest + value
            self._bound(rest)
            if spot.sign(rest):
                return "probabilities do not sum to one"
        return ""

    def _turned(self, discounts: Sequence[Row], spot: Spot) -> str:
        for row in discounts:
            for factor in row:
                self._bound(factor)
                if spot.sign(factor) <= 0:
                    return "a discount factor is not above zero"
        return ""

    def _bound(self, function: Function) -> None:
        if not is_constant(function) and not any(function == known for known in self._bounds):
            self._bounds.append(function)

    def _places_of_chance(self) -> list[slice | None]:
        """For each node, where its probabilities stand in the list of all."""
        sets, game = self.game.infosets, self.game
        start = (sets.action_start - sets.num_player_actions).tolist()
        return [
            slice(start[infoset], start[infoset + 1]) if mover == CHANCE else None
            for mover, infoset in zip(game.mover.tolist(), game.infoset.tolist(), strict=True)
        ]


def written_in(game: Game) -> list[Expr]:
    """Every expression that a game's numbers come from."""
    formulas = game.formulas
    if formulas is None:
        return []
    rows = (*formulas.payoffs, formulas.probabilities, *formulas.discounts)
    return [e for row in rows for e in row]
