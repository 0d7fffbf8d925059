"""One equilibrium as it is played: what each move brings under its beliefs, and where play goes."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING

from detente.game.profile import Profile
from detente.game.tree import TERMINAL, Game
from detente.stability.continuation import Vector

if TYPE_CHECKING:
    from detente.solvers.result import Equilibrium


class Play:
    """An equilibrium of a tree with hidden information.

    `forced` : information sets at which, whatever the equilibrium has, this action is taken
    """

    def __init__(self, equilibrium: Equilibrium, forced: Mapping[int, int] | None = None) -> None:
        self.equilibrium = equilibrium
        self.game: Game = equilibrium.game
        self.forced = forced or {}
        self._odds: dict[int, list[Fraction]] = {}

    def forcing(self, forced: Mapping[int, int]) -> Play:
        """The same with other actions forced."""
        return Play(self.equilibrium, forced)

    def mixture(self, infoset: int) -> list[Fraction]:
        """How likely each action of an information set is taken."""
        if infoset not in self._odds:
            self._odds[infoset] = self._mixture(infoset)
        return self._odds[infoset]

    def _mixture(self, infoset: int) -> list[Fraction]:
        sets = self.game.infosets
        if infoset in self.forced:
            width = len(sets.actions(infoset))
            return [Fraction(int(k == self.forced[infoset])) for k in range(width)]
        if infoset >= sets.num_player_infosets:
            return sets.probabilities(infoset)
        profile = self.equilibrium.profile
        assert isinstance(profile, Profile)
        return [Fraction(p) for p in profile.at(infoset)]

    def odds(self, node: int) -> list[Fraction]:
        """How likely each child of a node is the next."""
        infoset = int(self.game.infoset[node])
        return self.mixture(infoset) if infoset >= 0 else []

    def chance(self, above: int, node: int) -> Fraction:
        """How likely play that is at `above` comes to `node` below it."""
        likely = Fraction(1)
        while node != above and likely:
            parent = int(self.game.parent[node])
            likely *= self.odds(parent)[self.game.children_of(parent).index(node)]
            node = parent
        return likely

    def broken(self, signed: int, breaches: Collection[int]) -> Fraction:
        """How likely the deal is broken once it is signed at this node."""
        first = [node for node in self.below(signed, breaches) if node in breaches]
        return sum((self.chance(signed, node) for node in first), Fraction(0))

    def below(self, node: int, stop: Collection[int] = ()) -> list[int]:
        """The nodes from this one on, in order; nothing below those at which to stop."""
        found, waiting = [], [node]
        while waiting:
            here = waiting.pop()
            found.append(here)
            if here not in stop:
                waiting += reversed(self.game.children_of(here))
        return found

    # ── what moves bring ───────────────────────────────────────────────────────────────────────

    @cached_property
    def values(self) -> Sequence[Vector]:
        """What each party gets from each node on, what arriving there adds included."""
        game = self.game
        worth: list[Vector] = [()] * game.num_nodes
        for node in range(game.num_nodes - 1, -1, -1):
            total = list(game.payoff(node))
            if game.mover[node] != TERMINAL:
                for child, p in zip(game.children_of(node), self.odds(node), strict=True):
                    if p:
                        total = [t + p * w for t, w in zip(total, worth[child], strict=True)]
            factors = game.discount(node)
            if factors:
                total = [t * factor for t, factor in zip(total, factors, strict=True)]
            worth[node] = tuple(total)
        return worth

    def belief(self, infoset: int) -> dict[int, Fraction] | None:
        """Node → probability at an information set; None where that is not defined."""
        held = self.equilibrium.beliefs
        if held is None or infoset not in held:
            return None
        return {node: Fraction(p) for node, p in held[infoset].items()}

    def worth(self, infoset: int, action: int) -> Fraction | None:
        """What an action brings whoever takes it, from there on, by its belief."""
        held = self.belief(infoset)
        if held is None:
            return None
        player = int(self.game.infosets.mover[infoset])
        return sum(
            (p * self.values[self.game.children_of(node)[action]][player]
             for node, p in held.items() if p),
            Fraction(0),
        )  # fmt: skip
