"""Along one parameter where sides do not see everything: verdicts, and what is proved of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

from detente.errors import DetenteError, NotSupported
from detente.game.information import first_hidden_infoset
from detente.game.tree import CHANCE, Game, Role
from detente.solvers.batches.whole import Whole
from detente.stability.case import Source
from detente.stability.continuation import Continuation
from detente.stability.equilibrium import judge
from detente.stability.following.algebraic import Root
from detente.stability.following.along import Along, Piece, append, followed, hull
from detente.stability.following.course import Standing
from detente.stability.following.lives import Life
from detente.stability.following.spot import Spot
from detente.stability.following.union import Interval
from detente.stability.modal import combined
from detente.stability.readings import Listed, Table, read, sequential_equilibria, table_of
from detente.stability.robustness.along.axes import Settled
from detente.stability.robustness.along.secret_lives import (
    Followed,
    firm_after,
    followed_of,
    limits,
    settles,
    tables_of_talks,
)
from detente.stability.robustness.along.secret_walk import (
    Judged,
    Proof,
    Question,
    Stretch,
    Walk,
    gaps,
)
from detente.stability.robustness.draws.under_secrets import needs_more
from detente.stability.sequential import answers_of

UNTOLD = "the value is irrational, and no equilibrium is followed to it"
ALL = ("all", "all_pure")


@dataclass
class Proofs:
    """What is not proved of all equilibria; by a bundle's name, or "" for the talks as written.

    `unproved` : the values at which the answer is not proved of all sequential equilibria
    `followed` : of these, the values at which it is proved of those that are followed
    `sampled` : the rest of these, where the answer is that of single values
    `equilibria` : what the equilibria do that are followed
    """

    unproved: dict[str, tuple[Interval, ...]] = field(default_factory=dict)
    followed: dict[str, tuple[Interval, ...]] = field(default_factory=dict)
    sampled: dict[str, tuple[Interval, ...]] = field(default_factory=dict)
    equilibria: dict[str, tuple[Followed, ...]] = field(default_factory=dict)

    def note(self, name: str, stretches: Sequence[Stretch[Any]], tables: list[Table]) -> None:
        """What these stretches leave open."""
        weak: list[tuple[dict[str, tuple[Interval, ...]], Sequence[Proof]]] = [
            (self.unproved, ("followed", "value")), (self.followed, ("followed",)),
            (self.sampled, ("value",)),
        ]  # fmt: skip
        for found, proofs in weak:
            where = gaps(stretches, proofs)
            if where:
                found[name] = where
        lives = [life for stretch in stretches for life in stretch.lives]
        if lives:
            self.equilibria[name] = followed_of(lives, tables)


class SecretFollower:
    """What is asked of several parameters of talks with hidden information.

    `tell` : told what it is at
    """

    def __init__(self, source: Source, bundles: Sequence[int], deadline: float | None) -> None:
        self.source, self.bundles, self.deadline = source, tuple(bundles), deadline
        self.tell: Callable[[str], None] = lambda what: None
        self._listings: dict[tuple[str, Fraction], tuple[Source, Listed]] = {}

    @property
    def names(self) -> list[str]:
        """What the bundles asked about are called."""
        return [self.source.talks.bundles[bundle].name for bundle in self.bundles]

    def verdicts(
        self, parameter: str, within: Interval, proofs: Proofs, found: list[Along]
    ) -> None:
        """Put every bundle along a parameter into `found`, one after another.

        What is not proved of them goes to `proofs`.
        """
        for place, (bundle, name) in enumerate(zip(self.bundles, self.names, strict=True)):
            self.tell(f"{parameter}: bundle {place + 1} of {len(self.bundles)}")
            exact = self._open(bundle, parameter, within)
            if exact is not None:
                found.append(replace(exact, bundle=name))
                continue
            question = _Verdict(self, bundle, parameter)
            stretches = list(Walk(question, parameter, within, self.deadline).stretches())
            pieces: list[Piece] = []
            for stretch in stretches:
                append(pieces, Piece(stretch.interval, stretch.answer))
            proofs.note(name, stretches, [question.table(self.source)])
            found.append(Along(name, parameter, within, tuple(pieces)))

    def settlement(self, parameter: str, within: Interval, proofs: Proofs) -> tuple[Settled, ...]:
        """What the talks as written may end with; what is not proved of it goes to `proofs`."""
        self.tell(f"{parameter}: the talks as written")
        question = _Ending(self, parameter)
        stretches = list(Walk(question, parameter, within, self.deadline).stretches())
        settled: list[Settled] = []
        for s in stretches:
            fault = "it is not decided, or there is no game" if s.answer is None else ""
            if settled and settled[-1].signed == s.answer:
                joint = hull(settled[-1].interval, s.interval)
                settled[-1] = replace(settled[-1], interval=joint)
            else:
                settled.append(Settled(s.interval, s.answer, fault))
        proofs.note("", stretches, tables_of_talks(question.game))
        return tuple(settled)

    def _open(self, bundle: int, parameter: str, within: Interval) -> Along | None:
        """The verdict where the table hides nothing: followed exactly, if it can be."""
        source = self.source
        if not source.has_protocol:
            return None
        game = source.talks.table(bundle, source.round)
        if _hides(game):
            return None
        case = source.case_of(Continuation(game, self.deadline), bundle)
        try:
            return followed(case, parameter, within, deadline=self.deadline)
        except NotSupported:
            return None

    def there(self, parameter: str, x: Fraction) -> Source:
        """The talks at a value."""
        return Source(self.source.talks.at(**{parameter: x}), self.source.round, self.deadline)

    def talks(self, parameter: str, x: Fraction) -> tuple[Source, Listed]:
        """The talks as written at a value, and their equilibria: listed once for all questions."""
        if (parameter, x) not in self._listings:
            there = self.there(parameter, x)
            listed = sequential_equilibria(there.game, self.deadline)
            self._listings[parameter, x] = there, listed
        return self._listings[parameter, x]


def _hides(game: Game) -> bool:
    return first_hidden_infoset(game) is not None or game.mover[0] == CHANCE


class _Verdict(Question[Standing]):
    """The verdict on one bundle."""

    unknown = Standing(fault=UNTOLD)

    def __init__(self, follower: SecretFollower, bundle: int, parameter: str) -> None:
        self.follower, self.bundle, self.parameter = follower, bundle, parameter
        source = follower.source
        self.game = source.talks.table(bundle, source.round) if source.has_protocol else source.game

    def table(self, source: Source) -> Table:
        """Where the bundle is judged, at the values of these talks."""
        if not source.has_protocol:
            return table_of(source.game, self.bundle)
        game = source.talks.table(self.bundle, source.round)
        return table_of(game, self.bundle, source.breakdown)

    def judged(self, x: Fraction) -> Judged[Standing]:
        """By all that is listed at the value."""
        deadline = self.follower.deadline
        try:
            if self.follower.source.has_protocol:
                there = self.follower.there(self.parameter, x)
                table = self.table(there)
                if not _hides(table.game):
                    return self._openly(there)
                listed = sequential_equilibria(table.game, deadline)
            else:
                there, listed = self.follower.talks(self.parameter, x)
                table = self.table(there)
            modal = answers_of(table, listed, deadline).modal
        except DetenteError as error:
            return Judged(Standing(fault=str(error)), True)
        found = Standing(modal["acceptable"], modal["honoured"], modal["stable"])
        return Judged(found, listed.complete in ALL, listed.plays)

    def _openly(self, there: Source) -> Judged[Standing]:
        verdict, exact = judge(there.case(self.bundle))
        modal = verdict.modal
        found = Standing(modal["acceptable"], modal["honoured"], modal["stable"])
        return Judged(found, exact)

    def read(self, whole: Whole, x: Fraction) -> Standing | None:
        """As at the value, unless it takes other equilibria too."""
        return None if needs_more(self.game, whole, self.bundle) else self.judged(x).answer

    def settled(self, judged: Judged[Standing], lives: Sequence[Life]) -> Proof:
        """What is sometimes so is proved by two; what nobody signs rests on what would follow."""
        table = self._table_at(judged)
        if not table.signed and not table.offered:
            return "all"
        readings = [read(table, play) for play in judged.plays]
        if settles(table, readings, judged.answer):
            return "all"
        unsigned = any(not reading.reached for reading in readings)
        rests = unsigned and bool(table.broken) and not all(firm_after(x, table) for x in lives)
        return "value" if rests else "followed"

    def _table_at(self, judged: Judged[Standing]) -> Table:
        breakdown = self.follower.source.breakdown
        return table_of(judged.plays[0].game, self.bundle, breakdown)

    def limit(self, stretches: Sequence[Stretch[Standing]], place: Root) -> Standing:
        """Over the limits of what is followed, or what all equilibria beside it are."""
        found = []
        table = self.table(self.follower.source)
        for stretch in stretches:
            lives = [life for life in stretch.lives if place in life.interval]
            if lives:
                found.append(limits(lives, table, place, stretch.answer))
            elif stretch.proof == "all" and not stretch.lives and not stretch.answer.fault:
                found.append(stretch.answer)
        if not found:
            return self.unknown
        return Standing(
            combined([one.acceptable for one in found]),
            combined([one.honoured for one in found]),
            combined([one.stable for one in found]),
        )


class _Ending(Question[frozenset[int] | None]):
    """What the talks as written may end with."""

    unknown = None

    def __init__(self, follower: SecretFollower, parameter: str) -> None:
        self.follower, self.parameter = follower, parameter
        self.game = follower.source.game
        self.count = len(follower.source.talks.bundles)

    def judged(self, x: Fraction) -> Judged[frozenset[int] | None]:
        """By all that is listed at the value."""
        try:
            _, listed = self.follower.talks(self.parameter, x)
        except DetenteError:
            return Judged(None, True)
        if not listed.plays:
            return Judged(None, False)
        signed = frozenset(
            bundle for bundle in range(self.count)
            if any(play.equilibrium.signed(bundle) > 0 for play in listed.plays)
        )  # fmt: skip
        return Judged(signed, listed.whole, listed.plays)

    def read(self, whole: Whole, x: Fraction) -> frozenset[int] | None:
        """What play comes to where all equilibria are seen at once."""
        return frozenset(
            bundle for bundle in range(self.count)
            if any(node in whole.reached for node in self.game.tagged(Role.SIGNED, bundle))
        )  # fmt: skip

    def settled(self, judged: Judged[frozenset[int] | None], lives: Sequence[Life]) -> Proof:
        """Others may end with something else."""
        return "followed"

    def limit(
        self, stretches: Sequence[Stretch[frozenset[int] | None]], place: Root
    ) -> frozenset[int] | None:
        """What the limits of what is followed sign."""
        found: set[int] | None = None
        spot = Spot(place, after=False)
        for stretch in stretches:
            lives = [life for life in stretch.lives if place in life.interval]
            if lives:
                found = found or set()
                found |= {
                    bundle for bundle in range(self.count)
                    if any(
                        spot.sign(life.way(0, node)) > 0 for life in lives
                        for node in self.game.tagged(Role.SIGNED, bundle)
                    )
                }  # fmt: skip
            elif stretch.proof == "all" and stretch.answer is not None:
                found = (found or set()) | stretch.answer
        return None if found is None else frozenset(found)
