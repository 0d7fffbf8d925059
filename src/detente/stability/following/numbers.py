"""A game's numbers as functions of one parameter: gains, probabilities, discounts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from detente.game.expressions import Expr
from detente.game.tree import CHANCE, Game
from detente.stability.following.functions import Function, constant, is_constant
from detente.stability.following.line import Line
from detente.stability.following.spot import Spot
from detente.stability.following.turnings import Turnings

if TYPE_CHECKING:
    from detente.summit.demands import Demand

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


class Layout:
    """Where the numbers of a game stand among its formulas.

    `players` : those who move, as what others get decides nothing, unless others are asked for
    `demands` : what must hold besides
    `expressions` : all that is needed of the formulas, each once
    """

    def __init__(
        self,
        game: Game,
        players: Sequence[int] | None = None,
        demands: Iterable[Demand] = (),
    ) -> None:
        assert game.formulas is not None
        self.game = game
        moving = sorted({int(mover) for mover in game.mover if mover >= 0})
        self.players = moving if players is None else list(players)
        formulas = game.formulas
        self._payoffs = [tuple(row[p] for p in self.players) for row in formulas.payoffs]
        self._odds = list(formulas.probabilities)
        self._discounts = [tuple(row[p] for p in self.players) for row in formulas.discounts]
        written = [e for row in (*self._payoffs, *self._discounts) for e in row]
        self._demands = tuple(demands)
        asked = [demand.expression for demand in self._demands]
        self.expressions: Sequence[Expr] = list(dict.fromkeys([*written, *self._odds, *asked]))
        self._outcome: list[int] = game.outcome.tolist()
        self._row: list[int] = (
            [0] * game.num_nodes if game.discounts is None else game.discounts.row.tolist()
        )
        self._chance = self._places_of_chance()

    def numbers(
        self, at: Mapping[Expr, Any], zero: Any, sign: Callable[[Any], int]
    ) -> Numbers | str:
        """The numbers where the expressions are these functions; where there are none, why.

        `at` : None for what is not defined
        `sign` : of a function there; it is asked of all that must have a certain sign
        """
        odds = [at[e] for e in self._odds]
        payoffs = [tuple(at[e] for e in row) for row in self._payoffs]
        discounts = [tuple(at[e] for e in row) for row in self._discounts]
        asked = [at[demand.expression] for demand in self._demands]
        if any(value is None for row in (odds, *payoffs, *discounts, asked) for value in row):
            return "a formula divides by zero"
        if any(sign(value) < 0 for value in odds):
            return "a probability is below zero"
        for place in {p.start: p for p in self._chance if p is not None}.values():
            if sign(sum(odds[place], zero) - (zero + 1)):
                return "probabilities do not sum to one"
        if any(sign(factor) <= 0 for row in discounts for factor in row):
            return "a discount factor is not above zero"
        for demand, value in zip(self._demands, asked, strict=True):
            if not demand.holds(sign(value)):
                return demand.fault
        chance = [odds[place] if isinstance(place, slice) else () for place in self._chance]
        return Numbers(
            gains=[payoffs[outcome] if outcome >= 0 else None for outcome in self._outcome],
            factors=[discounts[row] if row else None for row in self._row],
            odds=chance,
            nothing=(zero,) * len(self.players),
        )

    def _places_of_chance(self) -> list[slice | None]:
        """For each node, where its probabilities stand in the list of all."""
        sets, game = self.game.infosets, self.game
        start = (sets.action_start - sets.num_player_actions).tolist()
        return [
            slice(start[infoset], start[infoset + 1]) if mover == CHANCE else None
            for mover, infoset in zip(game.mover.tolist(), game.infoset.tolist(), strict=True)
        ]


class NumbersAlong:
    """A game's numbers along one of its parameters, the others fixed at their values.

    `players` : those who move, unless others are asked for
    `demands` : what must hold besides, as the file asks for it
    `turnings` : the functions at whose zeros a number may change its form, stop being defined or,
        as a probability or a discount, leave its bounds; they grow while spots are looked at
    """

    def __init__(
        self,
        game: Game,
        parameter: str,
        players: Sequence[int] | None = None,
        demands: Iterable[Demand] = (),
    ) -> None:
        assert game.formulas is not None
        # The others hold: the file that gives the fixed values has been checked.
        hanging = [d for d in demands if parameter in d.expression.parameters]
        self._layout = Layout(game, players, hanging)
        self.players = self._layout.players
        self.line = Line(parameter, game.formulas.values(), self._layout.expressions)
        self._turnings = Turnings()
        self._taken = 0

    @property
    def turnings(self) -> Turnings:
        """See above."""
        for function in self.line.turns[self._taken :]:
            self._turnings.add(function)
        self._taken = len(self.line.turns)
        return self._turnings

    @property
    def turns(self) -> Sequence[Function]:
        """The functions of `turnings`."""
        return self.turnings.functions

    def at(self, spot: Spot) -> Numbers | str:
        """The numbers there; where they are none, why."""

        def sign(function: Function) -> int:
            if not is_constant(function):
                self._turnings.add(function)
            return spot.sign(function)

        return self._layout.numbers(self.line.at(spot), constant(0), sign)
