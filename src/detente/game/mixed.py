"""A profile of mixed strategies of a game in strategic form, with a labelled view on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detente.errors import ExpressionError, GameError
from detente.game.expressions import exact
from detente.game.strategic import StrategicGame

SLACK = 1e-9
"""How far floating-point probabilities of a strategy may miss a sum of one."""


@dataclass(frozen=True, eq=False)
class MixedProfile:
    """How likely each player takes each of its strategies.

    `weights` : one vector a player, in the order of its strategies: Fractions, or float64 arrays

    >>> game = StrategicGame.of(["Row", "Column"], [["u", "d"], ["l", "r"]], [(1, 0)] * 4)
    >>> MixedProfile.of(game, [[1, 0], ["1/2", "1/2"]])["Column"]
    {'l': Fraction(1, 2), 'r': Fraction(1, 2)}
    """

    game: StrategicGame
    weights: tuple[Sequence[Fraction] | NDArray[np.float64], ...]

    @classmethod
    def of(cls, game: StrategicGame, weights: Sequence[Sequence[Any]]) -> MixedProfile:
        """The profile with these probabilities.

        A vector with floating-point numbers stays in floating point; else it is exact. Raises
        GameError where a length is wrong, a number is negative or none, or an exact strategy does
        not sum to one; floats may miss one by `SLACK`.
        """
        if len(weights) != game.num_players:
            raise GameError(
                f"a profile names one mixed strategy a player, {game.num_players} here; found "
                f"{len(weights)}."
            )
        checked = [_checked(game, i, own) for i, own in enumerate(weights)]
        return cls(game, tuple(checked))

    @property
    def is_exact(self) -> bool:
        """Whether its probabilities are exact."""
        return not any(isinstance(own, np.ndarray) for own in self.weights)

    @property
    def is_pure(self) -> bool:
        """Whether every player surely takes one strategy."""
        return all(max(own) == 1 for own in self.weights)

    def __getitem__(self, player: str | int) -> Mapping[str, Fraction | float]:
        """The labelled probabilities of a player's strategies."""
        index = _player_index(self.game, player)
        labels, own = self.game.strategies[index], self.weights[index]
        if len(set(labels)) < len(labels):
            labels = tuple(f"{label} ({k})" for k, label in enumerate(labels, start=1))
        return dict(zip(labels, list(own), strict=True))


def _player_index(game: StrategicGame, player: str | int) -> int:
    if isinstance(player, int) and 0 <= player < game.num_players:
        return player
    if player not in game.players:
        raise GameError(f"no player '{player}'. The players are: {', '.join(game.players)}.")
    return game.players.index(str(player))


def _checked(
    game: StrategicGame, player: int, given: Sequence[Any]
) -> Sequence[Fraction] | NDArray[np.float64]:
    own, name = list(given), game.players[player]
    if len(own) != game.shape[player]:
        raise GameError(
            f"{name} has {game.shape[player]} strategies; found {len(own)} probabilities."
        )
    floating = any(isinstance(p, (float, np.floating)) for p in own)
    try:
        numbers: list[Any] = [float(p) if floating else _exactly(p) for p in own]
    except (TypeError, ValueError, ExpressionError):
        raise GameError(f"{name}'s probabilities are no numbers: {own[:8]}.") from None
    total = sum(numbers)
    if not abs(total - 1) <= (SLACK if floating else 0) or not min(numbers) >= 0:
        raise GameError(
            f"{name}'s probabilities must be at least 0 and sum to 1; they sum to {total}."
        )
    return np.array(numbers, dtype=np.float64) if floating else numbers


def _exactly(value: Any) -> Fraction:
    return exact(int(value) if isinstance(value, np.integer) else value)
