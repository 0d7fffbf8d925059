"""Which Nash equilibria of two movers' trees, and which sets of them, are sequential."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Any

from detente.errors import OutOfTime
from detente.game.beliefs import Beliefs
from detente.game.information import information
from detente.game.profile import Profile
from detente.game.sequence_form import SequenceForm, sequence_form
from detente.game.tree import CHANCE, Game
from detente.solvers.plans.plan_halves import halves
from detente.solvers.plans.plan_patterns import Masks, patterns
from detente.solvers.refining.completing import Completion, Undecided, complete_cell, complete_plans
from detente.solvers.refining.rational_moves import kept_moves, smaller
from detente.solvers.refining.sequential_cells import Product, products
from detente.solvers.refining.trembling_plans import Trembler
from detente.solvers.registry import Request
from detente.solvers.result import Component, Equilibrium, Result

if TYPE_CHECKING:
    from detente.certify import Certificate

Plans = Sequence[Sequence[Fraction]]
"""One realization plan a mover."""
STEPS = 300
"""Decisions on one action, for one equilibrium or component, beyond which it is left undecided."""


@dataclass(frozen=True, eq=False)
class Refined:
    """Whether a Nash equilibrium, or some point of a component, is sequential.

    `sequential` : None where that is not decided
    `profile`, `beliefs`, `certificate` : where it is, a whole profile with the same plans
    """

    sequential: bool | None
    profile: Profile | None = None
    beliefs: Beliefs | None = None
    certificate: Certificate | None = None


def refined(result: Result, deadline: float | None = None, steps: int = STEPS) -> Result:
    """The result of a method for Nash equilibria of a tree, with what is sequential among them.

    `deadline` : on the clock of `time.perf_counter`; what is not decided by then stays None
    `steps` : bounds the work on each equilibrium and component

    Equilibria in floating point, and games in which more than two players move or one forgets, are
    left as they are.

    >>> from detente.game.builder import Builder
    >>> from detente.solvers import solve
    >>> b = Builder(["Entrant", "Incumbent"])
    >>> reply = b.decide("Incumbent", {"fight": b.end(-1, -1), "share": b.end(1, 1)})
    >>> game = b.build(b.decide("Entrant", {"out": b.end(0, 2), "in": reply}))
    >>> told = refined(solve(game, "nash", all=True))
    >>> sorted((int(e.payoffs["Entrant"]), e.sequential) for e in told.equilibria)
    [(0, False), (0, False), (1, True)]
    """
    game = result.game
    if not isinstance(game, Game) or not _fits(game):
        return result
    refinement = Refinement(game, Request("nash", deadline=deadline).check, steps)
    plans = [_plans(refinement, equilibrium) for equilibrium in result.equilibria]
    found = [None if own is None else _in_time(refinement.plan, own) for own in plans]
    equilibria = tuple(
        replace(equilibrium, sequential=sequential)
        for equilibrium, sequential in zip(result.equilibria, found, strict=True)
    )
    parts = result.components
    if parts is not None:
        parts = tuple(
            replace(part, sequential=_of_component(refinement, part, plans, found))
            for part in parts
        )
    return replace(result, equilibria=equilibria, components=parts)


def _fits(game: Game) -> bool:
    movers = set(game.infosets.mover.tolist()) - {CHANCE}
    return game.is_tree and len(movers) <= 2 and information(game).perfect_recall


def _plans(refinement: Refinement, equilibrium: Equilibrium) -> Plans | None:
    profile = equilibrium.profile
    assert isinstance(profile, Profile), "a tree has behavior profiles"
    return refinement.plans(profile) if profile.is_exact else None


def _in_time(judge: Callable[[Any], Refined], what: Any) -> bool | None:
    try:
        return judge(what).sequential
    except OutOfTime:
        return None


def _of_component(
    refinement: Refinement,
    part: Component,
    plans: Sequence[Plans | None],
    found: Sequence[bool | None],
) -> bool | None:
    verdicts = [found[member] for member in part.members]
    if True in verdicts:
        return True
    if len(verdicts) == 1:
        return verdicts[0]
    spanning = [plans[member] for member in part.members]
    return None if None in spanning else _in_time(refinement.component, spanning)


@dataclass
class Refinement:
    """Judges the equilibria of one game, one after another.

    `game` : a tree of perfect recall in which at most two players move
    """

    game: Game
    check: Callable[[], None] = lambda: None
    steps: int = STEPS

    @cached_property
    def form(self) -> SequenceForm:
        """The game's sequence form."""
        return sequence_form(self.game)

    def plans(self, profile: Profile) -> list[list[Fraction]]:
        """The movers' realization plans of a profile."""
        return [own.plan(profile.at) for own in self.form.sequences]

    def plan(self, plans: Plans) -> Refined:
        """Whether the equilibrium of these plans is sequential."""
        both = _both(plans)
        return self._told(lambda: complete_plans(self._tremblers, both, self.kept, self.steps))

    def component(self, members: Sequence[Plans]) -> Refined:
        """Whether a maximal Nash subset, given by its extreme ones, holds a sequential one."""
        masks = [0, 0]
        for plans in members:
            for k, plan in enumerate(_both(plans)):
                masks[k] |= sum(1 << s for s, weight in enumerate(plan) if weight)
        played = masks[0], masks[1]
        return self._told(lambda: complete_cell(self._tremblers, played, self.kept, self.steps))

    def subsets(self, request: Request) -> Iterator[Masks]:
        """The maximal Nash subsets of what is left of the game once all moves that no belief makes
        best are left out, by the sequences of both movers that have weight in them."""
        one, two = self._tremblers
        pair, names = smaller((one.half.own, two.half.own), self.kept)
        for played in patterns(pair, request):
            first, second = (
                sum(1 << s for i, s in enumerate(own) if mask >> i & 1)
                for own, mask in zip(names, played, strict=True)
            )
            yield first, second

    def products(self, subset: Masks) -> Iterator[Product]:
        """Sets of equilibria that cover what is sequential of one of these subsets, one by one;
        some may lie within others.

        Raises Undecided after as many steps as are allowed for it.
        """
        return products(self._tremblers, subset, self.kept, self.steps)

    @cached_property
    def kept(self) -> Masks:
        """The sequences whose last moves some belief makes best."""
        return kept_moves(self._tremblers)

    @cached_property
    def _tremblers(self) -> tuple[Trembler, Trembler]:
        one, two = halves(self.form)
        return Trembler(one, self.check), Trembler(two, self.check)

    def _told(self, complete: Callable[[], Completion | None]) -> Refined:
        from detente.certify import certify

        try:
            found = complete()
        except Undecided:
            return Refined(None)
        if found is None:
            return Refined(False)
        profile, beliefs = self._profile(found), self._beliefs(found)
        certificate = certify(self.game, profile, "sequential", beliefs=beliefs)
        if certificate.verdict != "proved":
            # Where chance never makes a move, its trembles bind beliefs more than was asked.
            return Refined(None)
        return Refined(True, profile, beliefs, certificate)

    def _profile(self, found: Completion) -> Profile:
        used = found.behavior[: len(self.form.sequences)]
        return Profile.mixed(self.game, [p for own in used for odds in own for p in odds])

    def _beliefs(self, found: Completion) -> Beliefs:
        held = {
            own.first_infoset + h: odds
            for own, beliefs in zip(self.form.sequences, found.beliefs, strict=False)
            for h, odds in enumerate(beliefs)
        }
        return Beliefs(self.game, held)


def _both(plans: Plans) -> tuple[Sequence[Fraction], Sequence[Fraction]]:
    """The plans of two movers, where there may be fewer."""
    one, two = (*plans, [Fraction(1)], [Fraction(1)])[:2]
    return one, two
