"""From a checked summit file to what the game is built of: bundles, worths, steps, protocol."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from detente.errors import SummitError
from detente.files.yaml import Path
from detente.game.expressions import Expr
from detente.summit.binding import ROUND, Binder, Setting
from detente.summit.bundles import Bundles
from detente.summit.carrying_out import Branch, BreachMove, CarryingOut, Step
from detente.summit.protocols import Protocol, read_protocol
from detente.summit.worth import Joined, Timeline, Valuation, Value, Worth

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
    def consents(self) -> list[tuple[str, ...]]:
        """For each bundle, the sides whose consent it needs, in file order."""
        consent = self.file.consent
        always = set(self.sides if consent.always is None else consent.always)
        rules = [
            (self.document.scope.condition(rule.when, ("consent", "also", i, "when")), rule.sides)
            for i, rule in enumerate(consent.also)
        ]
        found = []
        for setting in self.settings:
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
            steps=tuple(self._step(i) for i in range(len(self.file.carrying_out))),
            snap_back=self._branch("snap back", self.file.snap_back, ("snap_back",)),
            valuation=self.valuation,
            conceders=[tuple(spec.by) for spec in terms.values()],
            sides=self.sides,
            values=self.document.scope.values,
            bind=self.bind,
        )

    def _step(self, i: int) -> Step:
        from detente.summit.model import ChanceStep, ChoiceStep

        spec = self.file.carrying_out[i]
        path = ("carrying_out", i)
        when = None
        if spec.when is not None:
            when = self.document.scope.condition(spec.when, (*path, "when"))
        place = self.document.place(path)
        if isinstance(spec, ChanceStep):
            branches = [
                self._branch(name, outcome, (*path, "outcomes", name), outcome.probability)
                for name, outcome in spec.outcomes.items()
            ]
            return Step(spec.chance, when, branches=tuple(branches), place=place)
        if isinstance(spec, ChoiceStep):
            branches = [
                self._branch(name, option, (*path, "options", name))
                for name, option in spec.options.items()
            ]
            return Step(spec.choice, when, spec.by, tuple(branches), place=place)
        breaches = [
            self._breach(spec.by, name, breach, (*path, "breaches", name))
            for name, breach in spec.breaches.items()
        ]
        return Step(spec.compliance, when, spec.by, breaches=tuple(breaches), place=place)

    def _breach(self, by: str, name: str, spec: model.Breach, path: Path) -> BreachMove:
        breach = self._branch(name, spec, path)
        if "undoes" not in spec.model_fields_set:
            own = [i for i, term in enumerate(self.file.terms.values()) if term.by == [by]]
            breach = replace(breach, undoes=frozenset(own))
        caught = self._branch("detected", spec.caught, (*path, "caught"))
        detected = self.document.scope.number(spec.detected, (*path, "detected"))
        answered_by = None if spec.answered_by is None else tuple(spec.answered_by)
        return BreachMove(breach, replace(caught, probability=detected), answered_by)

    def _branch(
        self, name: str, spec: model.Effect, path: Path, probability: str | None = None
    ) -> Branch:
        order = {term: i for i, term in enumerate(self.file.terms)}
        chance = None
        if probability is not None:
            chance = self.document.scope.number(probability, (*path, "probability"))
        worth = self.worth(spec.worth, (*path, "worth"))
        return Branch(name, frozenset(order[term] for term in spec.undoes), worth, chance)
