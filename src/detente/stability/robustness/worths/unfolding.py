"""The game in which a parameter is known to nobody, so that chance that hangs on it tells of it.

Nature draws the parameter first and shows it to no side. Everybody sees the same of it, namely what
chance has done so far, so that this is again a game of perfect information: after each history, its
probabilities and payoffs are means given that history. Continuations that were stored once, as they
were equal, part where their histories tell different things of the parameter, or where discounts
that hang on it have piled up differently.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, Final, Protocol, TypeAlias

import numpy as np

from detente.errors import NotSupported
from detente.game.tree import CHANCE, Discounts, Game
from detente.stability.following.numbers import Numbers
from detente.stability.robustness.worths.payoffs import slow, swift

MOST: Final = 100_000
"""Nodes that a game may have once its continuations are told apart."""


class Varying(Protocol):
    """A number that may depend on what is not known."""

    @property
    def varies(self) -> bool:
        """Whether it does."""

    @property
    def vanishes(self) -> bool:
        """Whether it is zero whatever the case is."""

    @property
    def key(self) -> Hashable:
        """What two have in common exactly if they are the same."""

    def times(self, other: Any) -> Any:
        """Their product, of the same kind."""


Mean: TypeAlias = Callable[[Any], Fraction]
"""The mean of a `Varying`."""


@dataclass(frozen=True)
class History:
    """What the way to a node has told, and how it is discounted.

    `weight` : how likely the way is, None where that does not hang on the parameter
    `discount` : one factor a player, None where they do not
    """

    weight: Any = None
    discount: tuple[Any, ...] | None = None

    @property
    def key(self) -> Hashable:
        """What equal ones have in common."""
        factors = None if self.discount is None else tuple(one.key for one in self.discount)
        return None if self.weight is None else self.weight.key, factors


PLAIN: Final = History()


class Unfolded:
    """A game of perfect information with the continuations told apart that must be.

    `game` : its nodes; the formulas are those of the game that it was made of
    `origin` : for each node, which one of that game it is

    Raises NotSupported where there are too many.
    """

    def __init__(self, game: Game, numbers: Numbers) -> None:
        """
        `numbers` : of the game, each a `Varying`
        """
        self._given, self._numbers = game, numbers
        self._inner = self._hanging()
        self._histories: list[History] = []
        self.origin: list[int] = []
        children = self._unfold()
        self.game = game if len(self.origin) == game.num_nodes else copied(
            game, self.origin, children
        )  # fmt: skip

    def _hanging(self) -> list[bool]:
        """For each node, whether anything hangs on the parameter but the discount of arriving."""
        numbers, count = self._numbers, self._given.num_nodes
        inner, self._live = [False] * count, [False] * count
        for node in range(count - 1, -1, -1):
            below = any(self._live[child] for child in self._given.children_of(node))
            inner[node] = below or _varies(numbers.gains[node]) or _varies(numbers.odds[node])
            self._live[node] = inner[node] or _varies(numbers.factors[node])
        return inner

    def _unfold(self) -> list[list[int]]:
        """Fills in the nodes; their children come back."""
        given = self._given
        waiting: list[dict[Hashable, History]] = [{} for _ in range(given.num_nodes)]
        waiting[0][PLAIN.key] = PLAIN
        number: dict[tuple[int, Hashable], int] = {}
        leads: list[list[tuple[int, Hashable]]] = []
        for node in range(given.num_nodes):
            for key, history in waiting[node].items():
                number[node, key] = len(self.origin)
                self.origin.append(node)
                self._histories.append(history)
                leads.append([])
                for child, after in zip(
                    given.children_of(node), self._after(node, history), strict=True
                ):
                    name = after.key
                    waiting[child].setdefault(name, after)
                    leads[-1].append((child, name))
            if len(self.origin) > MOST:
                raise NotSupported(
                    f"what chance tells on the way makes a game of more than {MOST:,} nodes; it "
                    "is not solved."
                )
        return [[number[place] for place in row] for row in leads]

    def _after(self, node: int, history: History) -> list[History]:
        """The histories with which the children of a node begin."""
        children = self._given.children_of(node)
        if not self._inner[node]:
            return [PLAIN] * len(children)
        discount = self._discounted(node, history)
        odds = self._numbers.odds[node] or (None,) * len(children)
        found = []
        for child, chance in zip(children, odds, strict=True):
            weight = history.weight
            if chance is not None and chance.varies:
                told = chance if weight is None else weight.times(chance)
                weight = weight if told.vanishes else told
            known = discount is None and not self._live[child]
            found.append(PLAIN if known else History(weight, discount))
        return found

    def _discounted(self, node: int, history: History) -> tuple[Any, ...] | None:
        factors = self._numbers.factors[node]
        if factors is None or not _varies(factors):
            return history.discount
        if history.discount is None:
            return tuple(factors)
        return tuple(d.times(f) for d, f in zip(history.discount, factors, strict=True))

    def numbers(self, mean: Mean) -> Numbers:
        """The numbers of the game that is played: means given each history."""
        means: dict[int, Fraction] = {}
        kept: list[Any] = []

        def known(value: Any) -> Fraction:
            if id(value) not in means:
                means[id(value)] = mean(value)
                kept.append(value)  # so that no other comes to stand in its place
            return means[id(value)]

        rows = [
            _Means(known, history).rows(self._numbers, node, self._inner[node], self)
            for node, history in zip(self.origin, self._histories, strict=True)
        ]
        zero = (Fraction(0),) * self._given.num_players
        return Numbers(
            gains=[row[0] for row in rows],
            factors=[row[1] for row in rows],
            odds=[row[2] for row in rows],
            nothing=zero,
        )


_Row: TypeAlias = tuple[Fraction, ...]


class _Means:
    """Means given one history."""

    def __init__(self, known: Mean, history: History) -> None:
        self.known, self.history = known, history
        self.total = Fraction(1) if history.weight is None else known(history.weight)
        # Where the law leaves no chance to this history, nothing was told.
        self.weight = history.weight if self.total else None
        self.total = self.total or Fraction(1)

    def rows(
        self, numbers: Numbers, node: int, inner: bool, unfolded: Unfolded
    ) -> tuple[_Row | None, _Row | None, _Row]:
        """What arriving adds, what all that follows is multiplied by, and the odds."""
        gains, factors, odds = numbers.gains[node], numbers.factors[node], numbers.odds[node]
        discount = unfolded._discounted(node, self.history)
        fixed = None if factors is None or _varies(factors) else tuple(map(self.known, factors))
        if not inner:
            plain = None if gains is None else tuple(map(self.known, gains))
            factor = fixed
            if discount is not None:
                factor = tuple(map(self.given, discount))
                if fixed is not None:
                    factor = tuple(f * g for f, g in zip(factor, fixed, strict=True))
            return plain, factor, tuple(map(self.known, odds))
        if gains is not None and discount is not None:
            gains = tuple(g.times(d) for g, d in zip(gains, discount, strict=True))
        gained = None if gains is None else tuple(map(self.given, gains))
        return gained, fixed, tuple(map(self.given, odds))

    def given(self, value: Any) -> Fraction:
        """The mean of a number given the history."""
        if self.weight is None or not value.varies:
            return self.known(value)
        return self.known(self.weight.times(value)) / self.total


def _varies(row: Sequence[Any] | None) -> bool:
    return row is not None and any(one.varies for one in row)


def copied(game: Game, origin: Sequence[int], children: Sequence[Sequence[int]]) -> Game:
    """Some of a game's nodes, as often as they stand in `origin`; labels and tags stay behind."""
    at = np.array(origin, dtype=np.int32)
    counts = [len(row) for row in children]
    discounts = game.discounts
    return replace(
        game,
        mover=game.mover[at],
        child_start=np.cumsum([0, *counts], dtype=np.int32),
        children=np.array([child for row in children for child in row], dtype=np.int32),
        infoset=game.infoset[at],
        outcome=game.outcome[at],
        discounts=None if discounts is None else Discounts(discounts.row[at], discounts.factors),
        tags=(),
    )


def facing(game: Game, side: str, choice: Sequence[int]) -> tuple[Game, Sequence[int]]:
    """What is left for one side to decide where the others make these choices, and its nodes."""
    player = game.players.index(side)
    reached, kept = [False] * game.num_nodes, []
    reached[0] = True
    leads: list[list[int]] = []
    for node in range(game.num_nodes):
        if not reached[node]:
            continue
        children = game.children_of(node)
        if game.mover[node] >= 0 and game.mover[node] != player:
            children = [children[choice[node]]]
        for child in children:
            reached[child] = True
        kept.append(node)
        leads.append(children)
    number = {node: i for i, node in enumerate(kept)}
    return copied(game, kept, [[number[child] for child in row] for row in leads]), kept


def first_best(game: Game, numbers: Numbers) -> tuple[tuple[int, ...], _Row]:
    """The equilibrium in which the first best move is taken: the choices, and what it pays.

    Choices: one position among the children a decision node, -1 elsewhere.
    """
    numbers = swift(numbers)
    choice = [-1] * game.num_nodes
    worth: list[tuple[Any, ...]] = [()] * game.num_nodes
    for node in range(game.num_nodes - 1, -1, -1):
        children = [worth[child] for child in game.children_of(node)]
        found = tuple(numbers.nothing)
        if game.mover[node] == CHANCE:
            for odds, row in zip(numbers.odds[node], children, strict=True):
                found = tuple(t + odds * w for t, w in zip(found, row, strict=True))
        elif children:
            mover = int(game.mover[node])
            best = max(row[mover] for row in children)
            choice[node] = [row[mover] for row in children].index(best)
            found = children[choice[node]]
        gain, factor = numbers.gains[node], numbers.factors[node]
        if gain is not None:
            found = tuple(t + g for t, g in zip(found, gain, strict=True))
        if factor is not None:
            found = tuple(t * f for t, f in zip(found, factor, strict=True))
        worth[node] = found
    return tuple(choice), tuple(map(slow, worth[0]))
