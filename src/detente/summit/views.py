"""What each side has seen, and the information sets that follow from it.

A side's view is the list of what it has observed, its own type and its own moves included, in
order. Two nodes at which the same side decides the same thing are one information set exactly where
its views of them are equal; so perfect recall (Kuhn 1953) holds by construction.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from detente.errors import Place, SummitError
from detente.game.builder import Builder, Node
from detente.game.expressions import Expr
from detente.game.labels import Labels
from detente.game.tree import Game, Role
from detente.summit.worth import Row

Move = tuple[str, Node]
"""An action and the node it leads to."""


class Event(NamedTuple):
    """Something that a side has seen: what it was about, and how it went."""

    what: str
    came: str

    def __str__(self) -> str:
        return f"{self.what}: {self.came}"


View = tuple[Event, ...]
"""What one side has seen so far."""


@dataclass(frozen=True)
class History:
    """Where play stands: the types drawn, and what each side has seen.

    `draw` : position of the types in `Draws`
    `views` : side → its view
    """

    draw: int
    views: Mapping[str, View]

    def saw(self, event: Event, sides: Collection[str] | None = None) -> History:
        """The same after these sides (None: all) have seen something more."""
        views = {
            side: (*view, event) if sides is None or side in sides else view
            for side, view in self.views.items()
        }
        return History(self.draw, views)


@dataclass
class _Infoset:
    side: str
    label: str
    view: View
    actions: tuple[str, ...]


class Tree:
    """A game tree under construction, whose information sets follow from what sides have seen.

    `builder` : what holds its nodes; it serves this tree alone
    """

    counting = False

    def __init__(self, builder: Builder) -> None:
        self.builder = builder
        self._infosets: dict[tuple[str, Hashable, View], int] = {}
        self._known: list[_Infoset] = []
        self._moves: dict[tuple[str, Hashable, View], tuple[str, ...]] = {}

    def end(self, row: Row, label: str) -> Node:
        """An end of play."""
        return self.builder.end(row, label=label)

    def chance(
        self, moves: Sequence[tuple[str, Expr, Node]], label: str, payoffs: Row | None = None
    ) -> Node:
        """A chance move: (outcome, its probability, where it leads)."""
        found = [(outcome, (probability, node)) for outcome, probability, node in moves]
        return self.builder.chance(found, label=label, payoffs=payoffs)

    def decide(
        self,
        side: str,
        point: Hashable,
        view: View,
        moves: Sequence[Move],
        label: str,
        payoffs: Row | None = None,
        discount: Sequence[Expr] | None = None,
    ) -> Node:
        """A decision. `point` is what the side decides about, which it knows beside its view."""
        key = (side, point, view)
        at = self._infosets.setdefault(key, len(self._known))
        if at == len(self._known):
            self._known.append(_Infoset(side, label, view, tuple(action for action, _ in moves)))
        return self.builder.decide(
            side, moves, label=label, infoset=str(at), payoffs=payoffs, discount=discount
        )

    def tag(self, node: Node, role: Role, bundle: str) -> Node:
        """Say that a bundle is offered, signed, kept or broken at a node."""
        return self.builder.tag(node, role, bundle)

    def same_moves(
        self, side: str, point: Hashable, view: View, moves: tuple[str, ...], place: Place | None
    ) -> None:
        """Refuse a step whose moves tell its side something that it has not seen.

        `moves` : those that the side has here, none where the step is skipped
        """
        before = self._moves.setdefault((side, point, view), moves)
        if before != moves:
            one, other = (" or ".join(found) or "none" for found in (before, moves))
            raise SummitError(
                f"the moves that {side} has in this step would tell it what it has not seen: "
                f"sometimes {one}, sometimes {other}, where all that it has seen is the same "
                f"({'; '.join(map(str, view)) or 'nothing'}). Let it see what decides about its "
                "moves (seen_by), or make the moves the same.",
                place,
            )

    def build(self, root: Node) -> tuple[Game, tuple[tuple[str, ...], ...]]:
        """The game, and for each of its information sets what its player has seen, in words."""
        game = self.builder.build(root)
        numbers = [int(text) for text in game.infosets.label[: game.infosets.num_player_infosets]]
        known = [self._known[number] for number in numbers]
        labels = _distinct(known)
        labels += game.infosets.label[game.infosets.num_player_infosets : len(game.infosets)]
        game = game.replaced(infosets=replace(game.infosets, label=Labels.of(labels)))
        return game, tuple(tuple(map(str, found.view)) for found in known)


class Size:
    """Counts the nodes of a tree instead of making them: each node stands for its number."""

    counting = True

    def end(self, row: Row, label: str) -> Node:
        """An end of play."""
        return Node(1)

    def chance(
        self, moves: Sequence[tuple[str, Expr, Node]], label: str, payoffs: Row | None = None
    ) -> Node:
        """A chance move."""
        return Node(1 + sum(node for _, _, node in moves))

    def decide(
        self,
        side: str,
        point: Hashable,
        view: View,
        moves: Sequence[Move],
        label: str,
        payoffs: Row | None = None,
        discount: Sequence[Expr] | None = None,
    ) -> Node:
        """A decision."""
        return Node(1 + sum(node for _, node in moves))

    def tag(self, node: Node, role: Role, bundle: str) -> Node:
        """Nothing to count."""
        return node

    def same_moves(
        self, side: str, point: Hashable, view: View, moves: tuple[str, ...], place: Place | None
    ) -> None:
        """Nothing to compare: views are not kept."""


def _distinct(infosets: Sequence[_Infoset]) -> list[str]:
    """A label for each information set: what is decided and, where several decide the same, what
    their side has seen."""
    alike: dict[tuple[str, str], list[int]] = {}
    for i, infoset in enumerate(infosets):
        alike.setdefault((infoset.side, infoset.label), []).append(i)
    labels = [infoset.label for infoset in infosets]
    for members in alike.values():
        if len(members) > 1:
            told = _told_apart([infosets[i].view for i in members])
            for i, said in zip(members, told, strict=True):
                labels[i] += said
    return labels


def _told_apart(views: Sequence[View]) -> list[str]:
    """What to add to labels so that each names what not all have seen."""
    common = set(views[0]).intersection(*views[1:])
    found = []
    for view in views:
        own = "; ".join(str(event) for event in view if event not in common)
        found.append(f", having seen {own}" if own else "")
    used: dict[str, int] = {}
    for i, said in enumerate(found):
        used[said] = used.get(said, 0) + 1
        if used[said] > 1:
            found[i] = f"{said} ({used[said]})"
    return found
