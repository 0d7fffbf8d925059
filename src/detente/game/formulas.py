"""Payoffs and probabilities as expressions of named parameters, beside the numbers they give."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from detente.errors import ExpressionError, GameError, no_parameter
from detente.game.expressions import Expr, evaluate, exact
from detente.game.rationals import Payoffs, Probabilities

if TYPE_CHECKING:
    from detente.game.tree import Game


@dataclass(frozen=True)
class Parameter:
    """A number that the analyst is not sure of.

    `low`, `high` : the range it may lie in, None where none is given
    `distribution` : what the file says of its distribution, unread here
    """

    name: str
    value: Fraction
    low: Fraction | None = None
    high: Fraction | None = None
    unit: str = ""
    source: str = ""
    distribution: Any = None


@dataclass(frozen=True, eq=False)
class Formulas:
    """The expressions behind a game's numbers, in the order of its arrays.

    `payoffs` : one row an outcome, one expression a player
    `probabilities` : one a flat chance action
    `discounts` : one row a row of `Discounts.factors`, one expression a player
    """

    parameters: Mapping[str, Parameter]
    payoffs: Sequence[tuple[Expr, ...]]
    probabilities: Sequence[Expr]
    discounts: Sequence[tuple[Expr, ...]] = ()

    def values(self, changes: Mapping[str, Any] | None = None) -> dict[str, Fraction]:
        """Every parameter's value, with these changes.

        Raises GameError for a name that is not a parameter.
        """
        values = {name: parameter.value for name, parameter in self.parameters.items()}
        for name, value in (changes or {}).items():
            if name not in values:
                raise GameError(no_parameter(name, values))
            try:
                values[name] = exact(value)
            except ExpressionError as error:
                raise GameError(f"parameter '{name}': {error.message}") from None
        return values

    def payoff_table(self, values: Mapping[str, Fraction], num_players: int) -> Payoffs:
        """The payoffs at these values."""
        flat = evaluate([e for row in self.payoffs for e in row], values)
        rows = [flat[i : i + num_players] for i in range(0, len(flat), num_players)]
        return Payoffs.of(rows, num_players)

    def apply(self, game: Game, changes: Mapping[str, Any]) -> Game:
        """The game at other parameter values; its arrays are shared, its numbers new.

        Values set before are kept: `game.at(a=1).at(b=2)` is `game.at(a=1, b=2)`.
        """
        values = self.values(changes)
        kept = {name: replace(p, value=values[name]) for name, p in self.parameters.items()}
        probabilities = Probabilities.of(evaluate(self.probabilities, values))
        game = game.replaced(
            outcomes=type(game.outcomes)(
                game.outcomes.label, self.payoff_table(values, game.num_players)
            ),
            infosets=game.infosets.with_probability(probabilities),
            formulas=replace(self, parameters=kept),
        )
        if game.discounts is not None:
            factors = tuple(tuple(evaluate(row, values)) for row in self.discounts)
            game = game.replaced(discounts=type(game.discounts)(game.discounts.row, factors))
        return game
