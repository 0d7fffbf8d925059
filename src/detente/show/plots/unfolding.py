"""Which part of a game tree a picture shows, and what stands for the rest.

What play comes to is unfolded first, then what is one deviation away from it, and so on, until the
picture has as many marks as it may have. A subtree that stays folded is one mark with the number of
its nodes; so are the moves of a wide node that play does not take.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import Literal

from detente.game.profile import Profile
from detente.game.tree import CHANCE, TERMINAL, Game

Number = Fraction | float
Vector = tuple[Number, ...]

WIDE = 6
"""Moves off the path that a node of a large tree shows one by one."""
FIRST = 3
"""Of a wide node whose moves all remain possible, the first ones stand for all."""
VALUED = 100_000
"""Stored nodes up to which the value of what stays folded is worked out."""


@dataclass(eq=False)
class Mark:
    """One mark of the picture.

    `kind` : a node that is unfolded; an end of play; a subtree that stays folded; or several moves
        of one node that stay folded together (`node` is then theirs)
    `move`, `odds` : the move that leads to it and how likely it is taken there; None without a
        profile
    `deviations` : unplayed moves on the way to it; 0 on the path of play
    `folded` : nodes of the tree that it stands for
    `payoffs` : what each player has at an end of play, or gets if play goes on by the profile
    """

    kind: Literal["node", "end", "folded", "group"]
    node: int
    move: str
    odds: Number | None
    deviations: int
    folded: int
    payoffs: Vector | None
    so_far: Vector
    factors: Vector
    children: list[Mark] = field(default_factory=list)

    @property
    def on_path(self) -> bool:
        """Whether play comes to it."""
        return self.deviations == 0 and self.odds is not None and self.odds != 0

    def walk(self) -> Iterator[Mark]:
        """The mark and all below it, parents first."""
        waiting = [self]
        while waiting:
            mark = waiting.pop()
            yield mark
            waiting += reversed(mark.children)


class Unfolding:
    """The shown part of the tree that a game stands for, from its root or another node.

    Parameters
    ----------
    game : shared continuations are shown at every place they occur
    profile : what is played; None where the tree is shown without
    most : marks at most, unless a single node has more moves
    root : where to begin
    """

    def __init__(
        self, game: Game, profile: Profile | None, most: int, root: int = 0
    ) -> None:
        self.game, self.profile = game, profile
        size = self.sizes[root]
        self.whole = size <= most
        self.root = self._mark(root, "", Fraction(1) if profile else None, 0, *self._before(root))
        self._unfold(most)

    @cached_property
    def sizes(self) -> list[int]:
        """Nodes of the tree below each stored node, itself included."""
        game = self.game
        size = [1] * game.num_nodes
        for node in range(game.num_nodes - 1, -1, -1):
            size[node] += sum(size[child] for child in game.children_of(node))
        return size

    def odds(self, node: int) -> Sequence[Number] | None:
        """How likely each move of a node is taken; None for a player without a profile."""
        infoset = int(self.game.infoset[node])
        if int(self.game.mover[node]) == CHANCE:
            return self.game.infosets.probabilities(infoset)
        return None if self.profile is None else self.profile.at(infoset)

    # ── inside ─────────────────────────────────────────────────────────────────────────────────

    def _unfold(self, most: int) -> None:
        shown, order = 1, 0
        waiting = [(0, 0, order, self.root)] if self.root.kind == "folded" else []
        while waiting:
            _, depth, _, mark = heapq.heappop(waiting)
            children = self._children(mark)
            if shown + len(children) > most and shown > 1:
                continue
            shown += len(children)
            mark.kind, mark.children = "node", children
            for child in children:
                if child.kind == "folded":
                    order += 1
                    heapq.heappush(waiting, (child.deviations, depth + 1, order, child))

    def _children(self, mark: Mark) -> list[Mark]:
        game, node = self.game, mark.node
        moves = game.infosets.actions(int(game.infoset[node]))
        known = self.odds(node)
        odds: Sequence[Number | None] = [None] * len(moves) if known is None else known
        below = list(zip(game.children_of(node), moves, odds, strict=True))
        apart = [entry for entry in below if entry[2] is not None and entry[2] != 0]
        if not apart and len(below) > WIDE:
            apart = below[:FIRST]
        rest = [entry for entry in below if entry not in apart]
        if self.whole or len(rest) <= WIDE:
            return [self._child(mark, *entry) for entry in below]
        return [*(self._child(mark, *entry) for entry in apart), self._group(mark, rest)]

    def _child(self, above: Mark, node: int, move: str, odds: Number | None) -> Mark:
        away = above.deviations + (odds is not None and odds == 0)
        if self.profile is None and int(self.game.mover[above.node]) != CHANCE:
            away = above.deviations + 1
        return self._mark(node, move, odds, away, above.so_far, above.factors)

    def _mark(
        self, node: int, move: str, odds: Number | None, away: int, before: Vector, factors: Vector
    ) -> Mark:
        here = self.game.discount(node)
        if here is not None:
            factors = tuple(a * b for a, b in zip(factors, here, strict=True))
        gained = self.game.payoff(node)
        so_far = tuple(
            a + f * g for a, f, g in zip(before, factors, gained, strict=True)
        )
        if int(self.game.mover[node]) == TERMINAL:
            return Mark("end", node, move, odds, away, 1, so_far, so_far, factors)
        payoffs = None
        if self._values is not None:
            further = self._values[node]
            payoffs = tuple(
                a + f * v for a, f, v in zip(so_far, factors, further, strict=True)
            )
        return Mark("folded", node, move, odds, away, self.sizes[node], payoffs, so_far, factors)

    def _group(self, above: Mark, rest: list[tuple[int, str, Number | None]]) -> Mark:
        nodes = sum(self.sizes[child] for child, _, _ in rest)
        # Unless something of it is played, it is as far from play as its nearest move.
        odds = Fraction(0) if rest[0][2] is not None else None
        name = f"{len(rest):,} {'other ' if len(rest) < self._width(above.node) else ''}moves"
        away = above.deviations + 1
        return Mark("group", above.node, name, odds, away, nodes, None, above.so_far, above.factors)

    def _width(self, node: int) -> int:
        return len(self.game.children_of(node))

    def _before(self, root: int) -> tuple[Vector, Vector]:
        """What is gained on the way to the root, and the factors there."""
        game, way = self.game, []
        node = int(game.parent[root])
        while node >= 0:
            way.append(node)
            node = int(game.parent[node])
        so_far: Vector = (Fraction(0),) * game.num_players
        factors: Vector = (Fraction(1),) * game.num_players
        for node in reversed(way):
            here = game.discount(node) or (Fraction(1),) * game.num_players
            factors = tuple(a * b for a, b in zip(factors, here, strict=True))
            so_far = tuple(
                a + f * g for a, f, g in zip(so_far, factors, game.payoff(node), strict=True)
            )
        return so_far, factors

    @cached_property
    def _values(self) -> list[Vector] | None:
        """What each player gets by the profile after arriving at each node, told at the node.

        None without a profile and for games in which that would take long.
        """
        game = self.game
        if self.profile is None or game.num_nodes > VALUED:
            return None
        values: list[Vector] = [()] * game.num_nodes
        nothing: Vector = (Fraction(0),) * game.num_players
        for node in range(game.num_nodes - 1, -1, -1):
            total = nothing
            children = game.children_of(node)
            for child, p in zip(children, self.odds(node) or [] if children else [], strict=True):
                if p:
                    arriving = self._arriving(child, values[child])
                    total = tuple(t + p * v for t, v in zip(total, arriving, strict=True))
            values[node] = total
        return values

    def _arriving(self, node: int, after: Vector) -> Vector:
        """What arriving at a node is worth: its payoff and what follows, discounted."""
        gained = tuple(g + v for g, v in zip(self.game.payoff(node), after, strict=True))
        factors = self.game.discount(node)
        if factors is None:
            return gained
        return tuple(f * g for f, g in zip(factors, gained, strict=True))
