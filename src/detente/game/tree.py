"""The game: arrays in topological order, labels beside them.

Invariants, checked by `check` where a game is made and relied on afterwards:

- node 0 is the root; every child's number is greater than its parent's;
- a node has children exactly when it has a mover, one for each action of its infoset;
- in a tree the nodes stand in preorder, so a subtree is a slice; a shared game may give a node
  several parents, each arrival being an occurrence of its own in the tree that it stands for;
- infosets are ordered by player, then by first appearance; chance comes last.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import IntEnum
from fractions import Fraction
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from detente.errors import GameError
from detente.game.labels import Labels
from detente.game.rationals import Payoffs, Probabilities

if TYPE_CHECKING:
    from detente.game.formulas import Formulas

TERMINAL = -2
CHANCE = -1
MAX_PLAYERS = 2**15 - 1
"""As many as an int16 numbers."""
_DESCRIBED = 8
"""Moves of a path that a message names in full; of a longer one, only the ends."""


class Role(IntEnum):
    """What a tag says of a bundle at a node."""

    OFFERED = 0  # the bundle is on the table; the node's continuation decides
    SIGNED = 1  # every side whose consent is needed has consented
    KEPT = 2  # carried out as signed: nobody broke it, and all of it is delivered
    BROKEN = 3  # a side has just broken it


def called(label: str, actions: Sequence[str]) -> str:
    """A move in a message: its label, or what can happen at it.

    >>> called("route", ["found", "blocked"]), called("", ["found", "blocked"])
    ("'route'", "the unlabelled move with 'found' or 'blocked'")
    """
    if label or not actions:
        return f"'{label}'" if label else "an unlabelled move"
    shown = [f"'{action}'" for action in actions[:_DESCRIBED]]
    more = ["…"] if len(actions) > _DESCRIBED else []
    return f"the unlabelled move with {' or '.join([*shown, *more])}"


def check_players(number: int) -> None:
    """Raise GameError where there are more players than the arrays can number."""
    if number > MAX_PLAYERS:
        raise GameError(f"a game has at most {MAX_PLAYERS:,} players; found {number:,}.")


def check_distribution(probabilities: Sequence[Fraction], where: Callable[[], str]) -> None:
    """Raise GameError, saying where, unless these are probabilities that sum to exactly one."""
    for p in probabilities:
        if p < 0:
            raise GameError(f"at {where()}: a probability must not be negative; found {p}.")
    total = sum(probabilities, Fraction(0))
    if total != 1:
        raise GameError(f"at {where()}: probabilities must sum to 1; they sum to {total}.")


@dataclass(frozen=True)
class Bundle:
    """A choice of one level for each term; `name` is how people say it."""

    name: str
    terms: Mapping[str, str]

    def __hash__(self) -> int:
        return hash(tuple(self.terms.items()))


@dataclass(frozen=True)
class Tag:
    """A bundle's role at a node. `bundle` is an index into `Game.bundles`."""

    node: int
    bundle: int
    role: Role


@dataclass(frozen=True, eq=False)
class Infosets:
    """Information sets; chance nodes have theirs too, which carry the probabilities.

    `mover` : int16 (num_infosets,), player index or CHANCE; the players' come first, in order
    `action_start` : int32 (num_infosets + 1,), infoset h has the flat actions
        action_start[h] … action_start[h+1] - 1
    `label`, `action_label` : one a row, one a flat action
    `probability` : of the flat actions from the first chance infoset on
    """

    mover: NDArray[np.int16]
    action_start: NDArray[np.int32]
    label: Labels
    action_label: Labels
    probability: Probabilities

    def __len__(self) -> int:
        return len(self.mover)

    @cached_property
    def num_player_infosets(self) -> int:
        """How many belong to players; chance infosets follow them."""
        return int(np.count_nonzero(self.mover != CHANCE))

    @cached_property
    def num_player_actions(self) -> int:
        """The length of a behavior profile."""
        return int(self.action_start[self.num_player_infosets])

    def with_probability(self, probability: Probabilities) -> Infosets:
        """The same infosets with other chance probabilities.

        Raises GameError where one is negative or those of an infoset do not sum to one.
        """
        changed = replace(self, probability=probability)
        for infoset in range(self.num_player_infosets, len(self)):
            check_distribution(
                changed.probabilities(infoset),
                partial(self._called, infoset),
            )
        return changed

    def _called(self, infoset: int) -> str:
        return called(self.label[infoset], self.actions(infoset))

    def actions(self, infoset: int) -> Sequence[str]:
        """The action labels of an infoset."""
        start, stop = int(self.action_start[infoset]), int(self.action_start[infoset + 1])
        return self.action_label[start:stop]

    def probabilities(self, infoset: int) -> list[Fraction]:
        """The probabilities of a chance infoset's actions."""
        first = self.num_player_actions
        start, stop = int(self.action_start[infoset]), int(self.action_start[infoset + 1])
        return [self.probability[flat - first] for flat in range(start, stop)]


@dataclass(frozen=True, eq=False)
class Outcomes:
    """What is gained on arriving at a node that has an outcome."""

    label: Labels
    payoffs: Payoffs

    def __len__(self) -> int:
        return len(self.payoffs)


@dataclass(frozen=True, eq=False)
class Discounts:
    """Factors on everything from a node on, its own payoff included.

    `row` : int32 (num_nodes,), index into `factors`, whose row 0 is all ones
    `factors` : one tuple of Fractions a row, one factor a player
    """

    row: NDArray[np.int32]
    factors: tuple[tuple[Fraction, ...], ...]

    def __post_init__(self) -> None:
        # A factor below zero would turn a player against its own later self; at zero the moves
        # that follow would still be judged, while the tree with the factors multiplied out has
        # nothing left to judge them by.
        least = min((factor for row in self.factors for factor in row), default=1)
        if least <= 0:
            raise GameError(
                f"a discount must be above zero; found {least}. Use a small one, or end the game "
                "where nothing counts any more."
            )


@dataclass(frozen=True, eq=False)
class Game:
    """A finite extensive-form game.

    `mover` : int16 (num_nodes,), player index, CHANCE or TERMINAL
    `child_start` : int32 (num_nodes + 1,), positions in `children`
    `children` : int32 (num_edges,), in the order of the infoset's actions
    `infoset` : int32 (num_nodes,), -1 at terminal nodes
    `outcome` : int32 (num_nodes,), -1 where nothing is gained; payoffs add up along the path
    `node_label` : one a node
    """

    title: str
    players: tuple[str, ...]
    mover: NDArray[np.int16]
    child_start: NDArray[np.int32]
    children: NDArray[np.int32]
    infoset: NDArray[np.int32]
    outcome: NDArray[np.int32]
    node_label: Labels
    infosets: Infosets
    outcomes: Outcomes
    comment: str = ""
    discounts: Discounts | None = None
    bundles: tuple[Bundle, ...] = ()
    tags: tuple[Tag, ...] = ()
    formulas: Formulas | None = field(default=None, repr=False)

    def __repr__(self) -> str:
        return f"<Game '{self.title}', {self.num_nodes} nodes, {', '.join(self.players[:8])}>"

    def _repr_svg_(self) -> str | None:
        from detente.notebook import tree_svg

        return tree_svg(self)

    @property
    def num_nodes(self) -> int:
        """Stored nodes; `tree_size` counts the tree that a shared game stands for."""
        return len(self.mover)

    @property
    def num_players(self) -> int:
        """How many players, those that never move included."""
        return len(self.players)

    @cached_property
    def is_tree(self) -> bool:
        """Whether every node is stored as often as it occurs (no shared continuations)."""
        return len(self.children) == self.num_nodes - 1

    @cached_property
    def parent(self) -> NDArray[np.int32]:
        """int32 (num_nodes,), -1 at the root. In a shared game: one of the parents."""
        parent = np.full(self.num_nodes, -1, dtype=np.int32)
        counts = np.diff(self.child_start)
        parent[self.children] = np.repeat(np.arange(self.num_nodes, dtype=np.int32), counts)
        return parent

    @cached_property
    def tree_size(self) -> int:
        """The nodes of the tree that the game stands for; a Python int of any size."""
        if self.is_tree:
            return self.num_nodes
        size = [1] * self.num_nodes
        for node in range(self.num_nodes - 1, -1, -1):
            size[node] += sum(size[child] for child in self.children_of(node))
        return size[0]

    def children_of(self, node: int) -> list[int]:
        """The node's children in the order of its actions."""
        start, stop = self.child_start[node], self.child_start[node + 1]
        children: list[int] = self.children[start:stop].tolist()
        return children

    def payoff(self, node: int) -> tuple[Fraction, ...]:
        """What arriving at the node adds for each player."""
        outcome = int(self.outcome[node])
        if outcome < 0:
            return (Fraction(0),) * self.num_players
        return self.outcomes.payoffs.row(outcome)

    def discount(self, node: int) -> tuple[Fraction, ...] | None:
        """The factors on everything from the node on, or None where they are all one."""
        if self.discounts is None or not self.discounts.row[node]:
            return None
        return self.discounts.factors[int(self.discounts.row[node])]

    def describe(self, node: int) -> str:
        """How to name a node in a message: its label, its infoset's, or the path to it."""
        label = self.node_label[node]
        if not label and self.infoset[node] >= 0:
            label = self.infosets.label[int(self.infoset[node])]
        if label:
            return f"'{label}'"
        first, last, length = self._ends_of_path(node)
        path = [repr(step) for step in first + last]
        if length > _DESCRIBED:
            path[3:-4] = ["…"]
        return "after " + ", ".join(path) if path else "the first node"

    def _ends_of_path(self, node: int) -> tuple[tuple[str, ...], tuple[str, ...], int]:
        """The first four moves on the path to a node, the last four after those, and how many.

        Kept for every node on the way, so that naming all nodes of a path, however long, takes time
        in proportion to it.
        """
        known = self._path_ends
        way: list[int] = []
        while node not in known:
            way.append(node)
            node = int(self.parent[node])
        first, last, length = known[node]
        for below in reversed(way):
            step = self._action_between(node, below)
            if length < 4:
                first = (*first, step)
            else:
                last = (*last[-3:], step)
            length += 1
            node = below
            known[node] = first, last, length
        return first, last, length

    @cached_property
    def _path_ends(self) -> dict[int, tuple[tuple[str, ...], tuple[str, ...], int]]:
        return {0: ((), (), 0)}

    def _action_between(self, above: int, node: int) -> str:
        """The label of an action that leads from a node to its child."""
        start, stop = self.child_start[above], self.child_start[above + 1]
        position = int((self.children[start:stop] == node).argmax())
        first = int(self.infosets.action_start[int(self.infoset[above])])
        return self.infosets.action_label[first + position]

    def path_to(self, node: int) -> list[str]:
        """The action labels that lead from the root to a node (in a shared game: one such path)."""
        path = []
        while node > 0:
            above = int(self.parent[node])
            path.append(self._action_between(above, node))
            node = above
        return path[::-1]

    def player_index(self, player: str | int) -> int:
        """The index of a player by name."""
        if isinstance(player, int):
            return player
        if player not in self.players:
            raise GameError(f"no player '{player}'. The players are: {', '.join(self.players)}.")
        return self.players.index(player)

    def tagged(self, role: Role, bundle: int | None = None) -> list[int]:
        """The nodes with this role (of this bundle)."""
        return [
            tag.node for tag in self.tags
            if tag.role == role and (bundle is None or tag.bundle == bundle)
        ]

    def at(self, **values: Any) -> Game:
        """The same game at other values of its parameters, given by name.

        Raises GameError for an unknown name or where a probability leaves [0, 1].
        """
        if self.formulas is None:
            if values:
                raise GameError(f"this game has no parameter '{next(iter(values))}'.")
            return self
        return self.formulas.apply(self, values)

    def replaced(self, **changes: Any) -> Game:
        """A copy with these fields changed."""
        return replace(self, **changes)
