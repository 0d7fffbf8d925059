"""Beliefs: at an information set, how likely its player thinks each of its nodes to be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from detente.errors import GameError
from detente.game.expressions import exact
from detente.game.profile import find_infoset
from detente.game.tree import Game


@dataclass(frozen=True, eq=False)
class Beliefs:
    """A system of beliefs, at some or all of the players' information sets.

    `at_infoset` : information set of the game, counted from 0 → one probability a node of it, in
        the order of nodes; an information set that is missing has no belief

    >>> from detente.game.builder import Builder
    >>> b = Builder(["A", "B"])
    >>> x, y = (b.decide("B", {"l": b.end(0, 0), "r": b.end(1, 1)}, infoset="reply") for _ in "xy")
    >>> game = b.build(b.decide("A", {"x": x, "y": y}, label="first"))
    >>> beliefs = Beliefs.of(game, {("B", "reply"): ["1/3", "2/3"]})
    >>> beliefs["B", "reply"], beliefs[1] == beliefs["B", "reply"]
    ({1: Fraction(1, 3), 4: Fraction(2, 3)}, True)
    """

    game: Game
    at_infoset: Mapping[int, Sequence[Fraction | float]]

    @classmethod
    def of(
        cls, game: Game, beliefs: Mapping[int | tuple[str, str | int], Sequence[Any]]
    ) -> Beliefs:
        """These beliefs, by information set: its number in the game, or (player, label).

        Raises GameError for no information set of the game, and unless each belief is one
        probability a node, and these sum to one.
        """
        found = {
            h if isinstance(h, int) else find_infoset(game, h): odds for h, odds in beliefs.items()
        }
        return cls(game, {h: _checked(game, h, odds) for h, odds in found.items()})

    def __contains__(self, infoset: int) -> bool:
        return infoset in self.at_infoset

    def __getitem__(self, where: int | tuple[str, str | int]) -> dict[int, Fraction | float]:
        """Node → probability at an information set: its number in the game, counted from 0, or
        (player, its label or its number within the player, from 1), as a profile is asked.

        Raises GameError where there is no such information set, or no belief at it.
        """
        h = where if isinstance(where, int) else find_infoset(self.game, where)
        if h not in self.at_infoset:
            raise GameError(f"there is no belief at information set {where!r}.")
        return dict(zip(members(self.game, h), self.at_infoset[h], strict=True))

    def __repr__(self) -> str:
        return f"<Beliefs at {len(self.at_infoset)} information sets of '{self.game.title}'>"


def members(game: Game, infoset: int) -> list[int]:
    """The nodes of a player's information set, in order."""
    nodes: list[int] = np.flatnonzero((game.infoset == infoset) & (game.mover >= 0)).tolist()
    return nodes


def _checked(game: Game, infoset: int, odds: Sequence[Any]) -> Sequence[Fraction | float]:
    if not 0 <= infoset < game.infosets.num_player_infosets:
        raise GameError(
            f"the players' information sets are counted from 0 to "
            f"{game.infosets.num_player_infosets - 1}; found {infoset!r}."
        )
    given = list(odds)
    label, size = game.infosets.label[infoset], len(members(game, infoset))
    if len(given) != size:
        raise GameError(
            f"information set {infoset} ('{label}') has {size} nodes; found {len(given)}."
        )
    floating = any(isinstance(p, (float, np.floating)) for p in given)
    numbers: list[Any] = [float(p) if floating else exact(p) for p in given]
    if not abs(sum(numbers) - 1) <= (1e-9 if floating else 0) or not min(numbers) >= 0:
        raise GameError(
            f"beliefs at information set {infoset} ('{label}') must be at least 0 and sum to 1; "
            f"they sum to {sum(numbers)}."
        )
    return numbers
