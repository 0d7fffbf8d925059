"""The games of a summit in which sides do not see everything, and what is known of their nodes."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from detente.errors import SummitError
from detente.game.builder import Builder
from detente.game.tree import CHANCE, Game
from detente.summit.draws import Draw
from detente.summit.hidden_talks import HiddenTalks, Play
from detente.summit.plan import Plan
from detente.summit.size import refuse_tree_of
from detente.summit.views import Size, Tree

MAX_ROUNDS = 30
"""Rounds of talks in which sides do not see everything."""
MAX_STEPS = 40
"""Steps of a carrying-out that sides do not see."""
MAX_DEPTH = 750
"""Calls within calls that building takes; Python allows a thousand."""


@dataclass(frozen=True, eq=False)
class HiddenGame:
    """A game of hidden information, built from a summit.

    `seen` : for each information set, what its player has seen, in words and in order
    `draws` : how the types may fall out; in this order they follow the first node, if there are
        types
    """

    game: Game
    seen: tuple[tuple[str, ...], ...]
    draws: tuple[Draw, ...]

    @cached_property
    def starts(self) -> list[int]:
        """The node at which play begins for each draw."""
        return self.game.children_of(0) if self.draws[0].types else [0]

    def draw_at(self, node: int) -> Draw | None:
        """The types under which play comes to a node; None at the draw itself."""
        at = bisect_right(self.starts, node) - 1
        return self.draws[at] if at >= 0 else None

    def values(self, draws: Mapping[int, Fraction]) -> tuple[Fraction, ...]:
        """What each party gets if everyone always takes the move written first: accepts, complies
        and upholds. Each draw counts with the weight given."""
        total = [Fraction(0)] * self.game.num_players
        for draw, weight in draws.items():
            for i, value in enumerate(self._first[self.starts[draw]]):
                total[i] += weight * value
        return tuple(total)

    @cached_property
    def _first(self) -> list[tuple[Fraction, ...]]:
        """For each node, what everyone gets if the first move is taken from there on."""
        game = self.game
        worth: list[tuple[Fraction, ...]] = [()] * game.num_nodes
        for node in range(game.num_nodes - 1, -1, -1):
            total = list(game.payoff(node))
            children = game.children_of(node)
            odds = [Fraction(1)]
            if game.mover[node] == CHANCE:
                odds = game.infosets.probabilities(int(game.infoset[node]))
            for child, chance in zip(children, odds, strict=False):
                total = [t + chance * w for t, w in zip(total, worth[child], strict=True)]
            factors = game.discount(node)
            if factors:
                total = [t * factor for t, factor in zip(total, factors, strict=True)]
            worth[node] = tuple(total)
        return worth


def build_hidden(plan: Plan, play: Callable[[HiddenTalks], Play]) -> HiddenGame:
    """The game that begins with the draw of types and goes on as `play` says.

    Raises SummitError, before anything is built, where it would have too many nodes.
    """
    refuse_tree_of(hidden_size(plan, play), plan.document.place(()))
    tree = Tree(
        Builder(
            plan.parties,
            title=plan.file.title,
            comment=plan.file.description,
            bundles=plan.bundles.named,
            parameters=plan.document.scope.parameters,
        )
    )
    talks = HiddenTalks(plan, tree)
    game, seen = tree.build(talks.root(play(talks)))
    return HiddenGame(game, seen, plan.draws)


def hidden_size(plan: Plan, play: Callable[[HiddenTalks], Play]) -> int:
    """How many nodes `build_hidden` would make. Raises SummitError where that is too deep."""
    _refuse_depth(plan)
    counted = HiddenTalks(plan, Size())
    return int(counted.root(counted.counted(play(counted))))


def _refuse_depth(plan: Plan) -> None:
    rounds, steps, sides = plan.protocol.rounds, len(plan.carrying_out.steps), len(plan.sides)
    for found, most, what, path in (
        (rounds, MAX_ROUNDS, "rounds", ("protocol",)),
        (steps, MAX_STEPS, "steps", ("carrying_out",)),
    ):
        if found > most:
            raise SummitError(
                f"there are {found} {what}; where sides do not see everything, at most {most} are "
                "built. Leave some out.",
                plan.document.place(path),
            )
    if rounds * (sides + 5) + steps * (sides + 8) > MAX_DEPTH:
        raise SummitError(
            f"{sides} sides with {rounds} rounds and {steps} steps make too long a game where "
            "sides do not see everything. Leave some out, or make sides that never move observers.",
            plan.document.place(("sides",)),
        )
