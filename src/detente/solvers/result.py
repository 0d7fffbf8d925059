"""The one shape of an answer: equilibria, how complete they are, and why the solver stopped."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from heapq import heappop, heappush
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from detente.game.beliefs import Beliefs
from detente.game.profile import Profile
from detente.game.tree import CHANCE, TERMINAL, Game, Role

if TYPE_CHECKING:
    from detente.certify import Certificate
    from detente.game.mixed import MixedProfile
    from detente.game.strategic import StrategicGame

SHOWN = 10
"""Equilibria that the text of a result shows."""

Range = tuple[Fraction, Fraction]
"""(least, greatest)."""


@dataclass(frozen=True, eq=False)
class Equilibrium:
    """A profile with what it gives each party and the proof that it is an equilibrium.

    `profile` : a behavior profile of a tree, or a mixed one of a game in strategic form
    `known_beliefs` : what the method says of beliefs, where it is about them; see `beliefs`
    `sequential` : whether some choice at its free information sets, with some beliefs, makes it a
        sequential equilibrium; None where that is not decided or not asked
    """

    profile: Profile | MixedProfile = field(repr=False)
    payoffs: Mapping[str, Fraction | float]
    certificate: Certificate
    known_beliefs: Beliefs | None = field(default=None, repr=False)
    sequential: bool | None = None

    def __repr__(self) -> str:
        payoffs = ", ".join(f"{player} {value}" for player, value in self.payoffs.items())
        return f"<Equilibrium: {payoffs} ({self.certificate.verdict})>"

    def _repr_svg_(self) -> str | None:
        from detente.notebook import tree_svg

        return tree_svg(self)

    @property
    def game(self) -> Game:
        """The tree that it is an equilibrium of; a game in strategic form has none (TypeError)."""
        if not isinstance(self.profile, Profile):
            raise TypeError("a profile of a game in strategic form has no tree; see profile.game.")
        return self.profile.game

    @cached_property
    def reach(self) -> Mapping[int, Fraction | float]:
        """Node → the expected number of arrivals, for the nodes that play arrives at.

        In a tree that is the probability; a shared node may be arrived at in several ways.
        """
        game, profile = self.game, self._behavior
        arrivals: dict[int, Fraction | float] = {0: Fraction(1)}
        waiting = [0]
        while waiting:
            node = heappop(waiting)
            for child, p in zip(game.children_of(node), _odds(game, profile, node), strict=True):
                if p:
                    if child not in arrivals:
                        heappush(waiting, child)
                    arrivals[child] = arrivals.get(child, 0) + arrivals[node] * p
        return arrivals

    @property
    def _behavior(self) -> Profile:
        assert isinstance(self.profile, Profile), "a game in strategic form has no tree"
        return self.profile

    @cached_property
    def beliefs(self) -> Beliefs | None:
        """What the players believe, where that is defined; None in strategic form.

        As the method says; else by Bayes' rule at the information sets that play may come to, and
        surely at those of one node.
        """
        if not isinstance(self.profile, Profile):
            return None
        game, held = self.game, {} if self.known_beliefs is None else self.known_beliefs.at_infoset
        found: dict[int, Sequence[Fraction | float]] = {}
        for h, nodes in enumerate(_members(game)):
            odds = [self.reach.get(node, Fraction(0)) for node in nodes]
            total = sum(odds, Fraction(0))
            if h in held:
                found[h] = held[h]
            elif len(nodes) == 1:
                found[h] = [Fraction(1)]
            elif total:
                found[h] = [p / total for p in odds]
        return Beliefs(game, found)

    @cached_property
    def outcomes(self) -> Mapping[int | tuple[int, ...], Fraction | float]:
        """Terminal node → how likely play ends there, for those where that is above zero.

        In strategic form: the strategies played, one a player, counted from 0 → how likely.
        """
        if not isinstance(self.profile, Profile):
            return dict(_cells(self.profile))
        mover = self.game.mover
        return {node: p for node, p in self.reach.items() if mover[node] == TERMINAL}

    @cached_property
    def named_outcomes(self) -> Mapping[str, Fraction | float]:
        """The same by name: the outcome's label, else the moves, or strategies, that lead to it."""
        named: dict[str, Fraction | float] = {}
        for where, p in self.outcomes.items():
            name = self._outcome_name(where)
            named[name] = named.get(name, Fraction(0)) + p
        return named

    def _outcome_name(self, where: int | tuple[int, ...]) -> str:
        game = self.profile.game
        if isinstance(game, Game):
            assert isinstance(where, int)
            outcome = int(game.outcome[where])
            label = game.outcomes.label[outcome] if outcome >= 0 else ""
            return label or game.node_label[where] or ", ".join(game.path_to(where))
        assert isinstance(where, tuple)
        row = 0
        for strategy, size in zip(reversed(where), reversed(game.shape), strict=True):
            row = row * size + strategy
        outcome = int(game.cell[row])
        label = game.outcomes.label[outcome] if outcome >= 0 and game.by_outcome else ""
        played = zip(game.strategies, where, strict=True)
        return label or ", ".join(own[k] or str(k + 1) for own, k in played)

    def probability(self, role: Role, bundle: int | None = None) -> Fraction | float:
        """How likely a bundle (any of them, if None) is offered, signed, kept or broken."""
        nodes = self.game.tagged(role, bundle)
        return sum((self.reach.get(node, Fraction(0)) for node in nodes), Fraction(0))

    def signed(self, bundle: int) -> Fraction | float:
        """The probability that a bundle is signed."""
        return self.probability(Role.SIGNED, bundle)

    def kept(self, bundle: int) -> Fraction | float:
        """The probability that a bundle is signed and carried out."""
        return self.probability(Role.KEPT, bundle)

    @cached_property
    def path(self) -> tuple[tuple[int, str], ...]:
        """The decisions on the path of play: (node, action), parents before children.

        Where chance moves, the path has a branch for every outcome of positive probability.
        """
        game, steps = self.game, []
        for node in sorted(self.reach):
            if game.mover[node] >= 0:
                actions = game.infosets.actions(int(game.infoset[node]))
                odds = _odds(game, self._behavior, node)
                steps += [(node, action) for action, p in zip(actions, odds, strict=True) if p]
        return tuple(steps)


def _members(game: Game) -> list[list[int]]:
    """The nodes of each of the players' information sets, in order."""
    nodes: list[list[int]] = [[] for _ in range(game.infosets.num_player_infosets)]
    for node in np.flatnonzero(game.mover >= 0).tolist():
        nodes[int(game.infoset[node])].append(node)
    return nodes


def _cells(profile: MixedProfile) -> Iterator[tuple[tuple[int, ...], Fraction | float]]:
    """Every combination of strategies that is played with a positive probability."""
    played = [[(k, p) for k, p in enumerate(own) if p] for own in profile.weights]
    for combination in product(*played):
        weight: Fraction | float = Fraction(1)
        for _, p in combination:
            weight = weight * p
        yield tuple(k for k, _ in combination), weight


def _odds(game: Game, profile: Profile, node: int) -> Sequence[Fraction | float]:
    """The probabilities of a node's moves."""
    mover, infoset = int(game.mover[node]), int(game.infoset[node])
    if mover == CHANCE:
        return game.infosets.probabilities(infoset)
    return profile.at(infoset) if mover >= 0 else []


@dataclass(frozen=True)
class BundleRange:
    """Least and greatest probability of a bundle over all equilibria that the method is about.

    `exact` : whether equilibria attain these; else they are certified bounds
    """

    signed: Range
    kept: Range
    exact: bool


@dataclass(frozen=True)
class Component:
    """A maximal set of equilibria whose mixtures, player by player, are all equilibria.

    `members` : positions in `Result.equilibria` of the extreme ones that span it
    `sequential` : whether it holds a sequential equilibrium; None where undecided or not asked
    """

    members: tuple[int, ...]
    sequential: bool | None = None


@dataclass(frozen=True, eq=False)
class Result:
    """What a solver found, and how far it got.

    `equilibria` : those listed, each with its certificate
    `complete` : of the listed ones: all, all_pure, components, some, one or none_exist
    `count` : how many there are, listed or not; None where that is not known
    `count_of` : "profiles", or, for games with shared continuations, "profiles that play alike at
        every occurrence of a shared node" or "profiles in which every occurrence of a shared node
        chooses for itself"
    `stopped` : finished, limit, time_limit, interrupted or failed, with the `reason` in words
    `over` : which equilibria the next fields are about, listed or not
    `payoff_set` : all payoff vectors, in the order of players; None where only bounds are known
    `payoff_range` : party → (least, greatest); None where the solver was stopped before
    `payoff_range_exact` : whether equilibria attain them; else they are certified bounds
    `bundle_ranges` : one a bundle of the game
    `components` : of extreme equilibria, the maximal sets whose mixtures are all equilibria; None
        where they were not asked for or are not known
    """

    game: Game | StrategicGame = field(repr=False)
    concept: str
    method: str
    equilibria: tuple[Equilibrium, ...]
    complete: str
    count: int | None = None
    count_of: str = "profiles"
    stopped: str = "finished"
    reason: str = ""
    seconds: float = 0.0
    over: str = ""
    payoff_set: tuple[tuple[Fraction, ...], ...] | None = None
    payoff_range: Mapping[str, Range] | None = None
    payoff_range_exact: bool = False
    bundle_ranges: tuple[BundleRange, ...] | None = None
    components: tuple[Component, ...] | None = None

    def __repr__(self) -> str:
        told = [f"  {equilibrium!r}" for equilibrium in self.equilibria[:SHOWN]]
        more = len(self.equilibria) - len(told)
        told += [f"  … and {more} more"] if more else []
        why = f": {self.reason}" if self.reason else ""
        head = (
            f"'{self.game.title}': {len(self.equilibria)} equilibria listed ({self.concept}, "
            f"complete: {self.complete}, stopped: {self.stopped}{why})"
        )
        return "\n".join([head, *told])

    def _repr_html_(self) -> str:
        from detente.notebook import result_html

        return result_html(self)
