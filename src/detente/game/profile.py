"""A behavior profile: a flat vector over (infoset, action), with a labelled view on it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detente.errors import ExpressionError, GameError
from detente.game.expressions import exact
from detente.game.tree import Game


@dataclass(frozen=True, eq=False)
class Profile:
    """What each player does at each of its infosets.

    `choice` : int32 (num_player_infosets,), the action taken, for a pure profile; else None
    `vector` : the probabilities of all player actions in the flat order, Fractions or floats,
        for a mixed profile; else None

    >>> from detente.game.builder import Builder
    >>> b = Builder(["Entrant"])
    >>> game = b.build(b.decide("Entrant", {"out": b.end(0), "enter": b.end(1)}, label="entry"))
    >>> Profile.pure(game, [1])["Entrant", "entry"]
    {'out': Fraction(0, 1), 'enter': Fraction(1, 1)}
    """

    game: Game
    choice: NDArray[np.int32] | None = None
    vector: Sequence[Fraction] | NDArray[np.float64] | None = None

    @classmethod
    def pure(cls, game: Game, choice: Sequence[int] | NDArray[np.integer]) -> Profile:
        """The profile that takes this action (counted from 0) at each player infoset.

        Raises GameError where the length or an action's number is not the game's.
        """
        try:
            column = np.asarray(choice)
        except ValueError:  # lists of several lengths
            raise GameError("a pure profile is a list of one action an infoset.") from None
        if column.size and column.dtype.kind not in "iu":
            raise GameError(f"actions are whole numbers, counted from 0; found {choice}.")
        column = column.astype(np.int64)
        sets = game.infosets
        if column.shape != (sets.num_player_infosets,):
            raise GameError(
                f"a pure profile names one action for each of the {sets.num_player_infosets} "
                f"infosets of the players; found {column.size}."
            )
        widths = np.diff(sets.action_start)[: len(column)]
        wrong = np.flatnonzero((column < 0) | (column >= widths))
        if len(wrong):
            h = int(wrong[0])
            raise GameError(
                f"infoset {h + 1} has {int(widths[h])} actions, counted from 0; found "
                f"{int(column[h])}."
            )
        return cls(game, choice=column.astype(np.int32))

    @classmethod
    def mixed(cls, game: Game, vector: Sequence[Fraction] | NDArray[np.float64]) -> Profile:
        """The profile with these probabilities, in the order of infosets and their actions.

        Raises GameError where the length is wrong, a number is negative or none, or an exact
        infoset does not sum to one. Floats may miss one by 1e-9; numbers of fewer bits (float32) by
        what their rounding explains, and are then divided by their sum.
        """
        sets = game.infosets
        given = _listed(vector)
        if len(given) != sets.num_player_actions:
            raise GameError(
                f"a profile of this game has {sets.num_player_actions} probabilities; "
                f"found {len(given)}."
            )
        coarse = [np.finfo(p.dtype).eps for p in given if isinstance(p, (np.float16, np.float32))]
        slack: float = 0
        if any(isinstance(p, (float, np.floating)) for p in given):
            floats = np.array([float(p) for p in given], dtype=np.float64)
            vector = floats
            slack = max([1e-9, *(8 * float(eps) for eps in coarse)])
        else:
            floats, vector = np.zeros(0), [_exactly(p) for p in given]
        for h in range(sets.num_player_infosets):
            part = vector[int(sets.action_start[h]) : int(sets.action_start[h + 1])]
            total = sum(part)
            if not abs(total - 1) <= slack or min(part) < 0:
                raise GameError(
                    f"probabilities at infoset {h + 1} ('{sets.label[h]}') must be at least 0 and "
                    f"sum to 1; they are {', '.join(map(str, part))}."
                )
            if coarse:
                floats[int(sets.action_start[h]) : int(sets.action_start[h + 1])] /= float(total)
        return cls(game, vector=vector)

    @property
    def is_pure(self) -> bool:
        """Whether it is stored as one action an infoset."""
        return self.choice is not None

    @property
    def is_exact(self) -> bool:
        """Whether its probabilities are exact."""
        return not isinstance(self.vector, np.ndarray)

    def at(self, infoset: int) -> list[Fraction] | list[float]:
        """The probabilities of an infoset's actions, in order; infosets are counted from 0."""
        if not 0 <= infoset < self.game.infosets.num_player_infosets:
            raise GameError(
                f"the players' infosets are counted from 0 to "
                f"{self.game.infosets.num_player_infosets - 1}; found {infoset}."
            )
        start = int(self.game.infosets.action_start[infoset])
        stop = int(self.game.infosets.action_start[infoset + 1])
        if self.choice is not None:
            chosen = int(self.choice[infoset])
            return [Fraction(int(i == chosen)) for i in range(stop - start)]
        assert self.vector is not None
        return list(self.vector[start:stop])

    def __getitem__(self, key: tuple[str, str | int]) -> Mapping[str, Fraction | float]:
        """The labelled probabilities at (player, infoset label or its number from 1)."""
        h = find_infoset(self.game, key)
        player, which = key
        labels = self.game.infosets.actions(h)
        if len(set(labels)) < len(labels):
            raise GameError(
                f"{player}'s infoset '{which}' has actions of the same name. Use "
                f"profile.at({h}), in the order of the actions."
            )
        return dict(zip(labels, self.at(h), strict=True))

    def __repr__(self) -> str:
        kind = "pure" if self.is_pure else "mixed"
        return f"<Profile of '{self.game.title}', {kind}>"

    def __iter__(self) -> Iterator[list[Fraction] | list[float]]:
        return (self.at(h) for h in range(self.game.infosets.num_player_infosets))


def find_infoset(game: Game, key: Any) -> int:
    """The game's number of an information set that is named as (player, label or number from 1).

    Raises GameError where none, or several, answer to it.
    """
    if not isinstance(key, tuple) or len(key) != 2:
        raise GameError(f"an information set is named as [player, infoset]; found {key!r}.")
    player, which = key
    index = game.player_index(player)
    sets = game.infosets
    first = int(np.searchsorted(sets.mover[: sets.num_player_infosets], index, side="left"))
    last = int(np.searchsorted(sets.mover[: sets.num_player_infosets], index, side="right"))
    if isinstance(which, int):
        matches = [first + which - 1] if 1 <= which <= last - first else []
    else:
        matches = [h for h in range(first, last) if sets.label[h] == which]
    if len(matches) != 1:
        found = "no infoset" if not matches else f"{len(matches)} infosets"
        raise GameError(
            f"{player} has {found} '{which}'. Use its label where that is unique, or its "
            f"number from 1 to {last - first}."
        )
    return matches[0]


def _listed(vector: object) -> list[Any]:
    """The numbers of a vector, as they are."""
    if isinstance(vector, (str, bytes, Mapping)) or not isinstance(vector, Iterable):
        raise GameError(
            "a profile is a list of probabilities, in the order of infosets and their actions; "
            f"found {type(vector).__name__}."
        )
    given = list(vector)
    wrong = [p for p in given if isinstance(p, (bool, np.bool_)) or not _is_number(p)]
    if wrong:
        raise GameError(f"a probability is a number; found {wrong[0]!r}.")
    return given


def _is_number(value: object) -> bool:
    return isinstance(value, (Real, Decimal, str, np.floating, np.integer))


def _exactly(value: Any) -> Fraction:
    try:
        return exact(int(value) if isinstance(value, np.integer) else value)
    except ExpressionError as error:
        raise GameError(f"a probability is a number: {error.message}") from None
