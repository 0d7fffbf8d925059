"""From a checked summit file to what the game is built of: bundles, worths, steps, protocol."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from detente.errors import SummitError
from detente.files.yaml import Path
from detente.game.expressions import ZERO, Expr
from detente.summit.binding import ROUND, Binder, Setting
from detente.summit.bundles import Bundles
from detente.summit.carrying_out import CarryingOut
from detente.summit.draws import Draw, draws_of
from detente.summit.plan_steps import read_branch, read_step
from detente.summit.protocols import Protocol, read_protocol
from detente.summit.walk import steps
from detente.summit.worth import Joined, Row, Timeline, Valuation, Value, Worth

if TYPE_CHECKING:
    from detente.summit import model
    from detente.summit.reading import SummitDocument


@dataclass(frozen=True)
class Plan:
    """What a summit file means, each part read when it is first asked for."""

    document: SummitDocument

    @property
    def file(self) -> model.SummitFile:
        """The file's contents."""
        return self.document.file

    @cached_property
    def sides(self) -> tuple[str, ...]:
        """Who moves, in file order."""
        return tuple(self.file.sides)

    @cached_property
    def parties(self) -> tuple[str, ...]:
        """The sides, then those who only gain or lose."""
        return (*self.file.sides, *self.file.observers)

    @cached_property
    def bind(self) -> Binder:
        """Puts levels, outcomes and the round into expressions."""
        return Binder([*self.document.scope.choices, ROUND])

    # ── bundles ────────────────────────────────────────────────────────────────────────────────

    @cached_property
    def bundles(self) -> Bundles:
        """The feasible bundles."""
        scope, terms = self.document.scope, self.file.terms
        feasible = [scope.condition(t, ("feasible", i)) for i, t in enumerate(self.file.feasible)]
        titles = {
            (term, level): spec.name
            for term in terms
            for level, spec in terms[term].levels.items()
            if spec.name
        }
        try:
            return Bundles.of(scope.terms, feasible, titles)
        except SummitError as error:
            if error.place is not None:
                raise
            path = ("feasible",) if self.file.feasible else ("terms",)
            raise self.document.error(path, error.message) from None

    @cached_property
    def settings(self) -> list[Setting]:
        """For each bundle, term → position of the level signed."""
        terms = self.bundles.terms
        return [dict(zip(terms, chosen, strict=True)) for chosen in self.bundles.levels]

    @cached_property
    def draws(self) -> tuple[Draw, ...]:
        """How the types may fall out; one empty draw where no side has types."""
        return draws_of(self.document)

    @cached_property
    def has_secrets(self) -> bool:
        """Whether some side does not see all that was done or drawn before it moves."""
        steps, protocol = self.carrying_out.steps, self.protocol
        at_once = len({step.group for step in steps}) < len(steps)
        hidden = any(step.secret is not None for step in steps)
        return bool(self.file.types) or at_once or hidden or protocol.hides

    @cached_property
    def consents(self) -> list[tuple[str, ...]]:
        """For each bundle, the sides whose consent it may need, in file order."""
        found = [self.consents_of(draw) for draw in self.draws]
        return [
            tuple(side for side in self.sides if any(side in asked for asked in each))
            for each in zip(*found, strict=True)
        ]

    def consents_of(self, draw: Draw) -> list[tuple[str, ...]]:
        """The same where the sides are of these types."""
        consent = self.file.consent
        always = set(self.sides if consent.always is None else consent.always)
        rules = [
            (self.document.scope.condition(rule.when, ("consent", "also", i, "when")), rule.sides)
            for i, rule in enumerate(consent.also)
        ]
        found = []
        for levels in self.settings:
            setting = {**levels, **draw.setting}
            needed = always.union(*(s for when, s in rules if self.bind.holds(when, setting)))
            found.append(tuple(side for side in self.sides if side in needed))
        return found

    # ── worths ─────────────────────────────────────────────────────────────────────────────────

    @cached_property
    def timeline(self) -> Timeline:
        """How years add up."""
        scope, file = self.document.scope, self.file
        horizon = None if file.horizon is None else scope.years(file.horizon, ("horizon",))
        return Timeline(
            horizon,
            scope.years(file.snap_back.after, ("snap_back", "after")),
            self._factors("per_year"),
        )

    @cached_property
    def valuation(self) -> Valuation:
        """What levels, combinations and events are worth."""
        terms = self.file.terms
        return Valuation(
            parties=self.parties,
            terms=tuple(terms),
            levels=[
                [
                    self.worth(level.worth, ("terms", term, "levels", name, "worth"))
                    for name, level in spec.levels.items()
                ]
                for term, spec in terms.items()
            ],
            lasting=[spec.lasting for spec in terms.values()],
            joined=[
                Joined(
                    self.document.scope.condition(joint.when, ("combinations", i, "when")),
                    self.worth(joint.worth, ("combinations", i, "worth")),
                )
                for i, joint in enumerate(self.file.combinations)
            ],
            timeline=self.timeline,
            bind=self.bind,
        )

    @cached_property
    def breakdown(self) -> tuple[Worth, Worth]:
        """What each party gets without agreement, and what each round of talks adds to it."""
        spec = self.file.breakdown
        return (
            self.worth(spec.worth, ("breakdown", "worth")),
            self.worth(spec.drift, ("breakdown", "drift")),
        )

    @cached_property
    def delay(self) -> Worth:
        """What entering each round after the first adds."""
        return self.worth(self.file.delay, ("delay",))

    @cached_property
    def patience(self) -> Mapping[str, Expr]:
        """Party → discount factor of a round."""
        return self._factors("per_round")

    def worth(self, spec: model.Worth, path: Path) -> Worth:
        """Amounts as expressions."""
        return {party: self._value(amount, (*path, party)) for party, amount in spec.items()}

    def _value(self, amount: model.Amount, path: Path) -> Value:
        scope = self.document.scope
        years = None if amount.years is None else scope.years(amount.years, (*path, "years"))
        return Value(
            scope.amount(amount.once, (*path, "once")),
            scope.amount(amount.per_year, (*path, "per_year")),
            years,
            self.document.place(path),
        )

    def _factors(self, which: str) -> dict[str, Expr]:
        texts: dict[str, str] = getattr(self.file.discount, which)
        return {
            party: self.document.scope.number(text, ("discount", which, party))
            for party, text in texts.items()
        }

    # ── what happens after signature, and the talks ────────────────────────────────────────────

    @cached_property
    def protocol(self) -> Protocol:
        """How the talks run."""
        if self.file.protocol is None:
            raise self.document.error((), "this file describes no talks: it has no 'protocol'.")
        return read_protocol(self.file.protocol, ("protocol",), self.document.scope)

    @cached_property
    def carrying_out(self) -> CarryingOut:
        """The steps after signature."""
        terms = self.file.terms
        return CarryingOut(
            steps=tuple(read_step(self, placed) for placed in steps(self.file)),
            snap_back=read_branch(self, "snap back", self.file.snap_back, ("snap_back",)),
            valuation=self.valuation,
            conceders=[tuple(spec.by) for spec in terms.values()],
            sides=self.sides,
            values=self.document.scope.values,
            bind=self.bind,
        )

    def broken_down(self, number: int, types: Setting) -> Row:
        """What each party gets where talks break down in a round and sides are of these types."""
        worth, drift = self.breakdown
        setting = {ROUND: number, **types}
        nothing = (ZERO,) * len(self.parties)
        base = self.valuation.gain(worth, setting) or nothing
        each = self.valuation.gain(drift, setting) or nothing
        return tuple([a + (number - 1) * b for a, b in zip(base, each, strict=True)])
