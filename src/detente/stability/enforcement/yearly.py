"""What a bundle brings each side period by period, read from a summit file.

A *period* is the time that passes before the others can answer: `snap_back: after` years, one year
where that is nothing. In a running deal chance has come out, once and for all, and has undone
nothing; each way in which it may have come out is a *case* of its own. Then, in a period,

- all comply: what is delivered brings its yearly amounts;
- a side cheats: the terms that its breach undoes return to their first level, but for what cannot
  be taken back; what the breach itself is worth is gained in that period;
- the deal has been ended: what cannot be taken back stays.

Amounts given once do not run: those of levels are paid when a level is first delivered; those of
being caught and of ending the deal are penalties. Amounts that end by themselves (with `years` of
their own) count as given once. Where nothing in a bundle runs by the year, the whole deal is struck
anew in each period, a round of the talks, and no agreement is the punishment.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from itertools import product
from math import prod
from typing import TYPE_CHECKING, NamedTuple

from detente.errors import NotSupported
from detente.game.expressions import ONE, ZERO, Expr, evaluate
from detente.summit.carrying_out import (
    NO_TYPES,
    Branch,
    BreachMove,
    Situation,
    State,
    Step,
)
from detente.summit.worth import Joined, Timeline, Valuation, Value, Worth

if TYPE_CHECKING:
    from detente.summit.binding import Setting
    from detente.summit.bundles import Levels
    from detente.summit.summit import Summit

MAX_WAYS = 20_000
"""Ways in which the carrying-out of one bundle may go that are looked at."""
MAX_PLANS = 4096
"""Ways in which a side may act within a period, complying in all its steps being one."""

Amounts = tuple[Fraction, ...]
"""One amount a party, in the order of the summit's parties."""


class History(NamedTuple):
    """One way in which the carrying-out went.

    `chance` : how likely, given what the sides did
    `outcomes` : of each step, None where it was skipped
    `undone` : positions of terms that are not delivered
    `events` : what its branches are worth, each with the number of its step
    `looks` : of each breach on the way, how likely it is seen, and what being caught is worth
    """

    chance: Fraction
    outcomes: tuple[int | None, ...]
    undone: frozenset[int]
    events: tuple[tuple[int, Worth], ...]
    looks: tuple[tuple[Fraction, Worth], ...] = ()

    @property
    def state(self) -> State:
        return State(len(self.outcomes), self.undone, not self.looks, self.outcomes)

    def new(self, case: History) -> list[Worth]:
        """What its branches are worth that are not taken where all comply."""
        return [worth for i, worth in self.events if self.outcomes[i] != case.outcomes[i]]

    def committed(self, breaches: Mapping[int, int]) -> set[int]:
        """The steps of these breaches that were open and not skipped."""
        return {i for i, k in breaches.items() if self.outcomes[i] == k}


@dataclass(frozen=True)
class Money:
    """How a summit's amounts divide into what runs by the period and what is given once.

    `period` : the length of a period in years
    `anew` : whether nothing runs, so that all that is given counts in every period
    """

    summit: Summit
    period: Fraction
    anew: bool

    @cached_property
    def running(self) -> Valuation:
        """What is delivered is worth in a period."""
        return self._valued(self._runs)

    @cached_property
    def once(self) -> Valuation:
        """What is delivered is worth when it is first delivered."""
        return self._valued(self._given)

    def _valued(self, part: Callable[[str, Value], Expr]) -> Valuation:
        whole = self.summit.plan.valuation

        def of(worth: Worth) -> Worth:
            return {party: Value(once=part(party, value)) for party, value in worth.items()}

        return replace(
            whole,
            levels=[[of(worth) for worth in term] for term in whole.levels],
            joined=[Joined(joint.when, of(joint.worth)) for joint in whole.joined],
            timeline=Timeline(),
            _rows={},
            _events={},
        )

    def _runs(self, party: str, value: Value) -> Expr:
        if self.anew:
            return self.summit.plan.timeline.whole(party, value)
        return value.per_year * self._length(party) if self._lasts(value) else ZERO

    def _given(self, party: str, value: Value) -> Expr:
        if self.anew:
            return ZERO
        rest = value if not self._lasts(value) else Value(value.once)
        return self.summit.plan.timeline.whole(party, rest)

    def _lasts(self, value: Value) -> bool:
        """Whether its yearly amount runs on without an end of its own."""
        return value.per_year is not ZERO and value.years is None

    def _length(self, party: str) -> Expr:
        """A period in years, discounted to its start."""
        factor = self.summit.plan.timeline.discount.get(party)
        if factor is None:
            return ONE * self.period
        found = ZERO
        for year in range(int(self.period)):
            found = found + (factor**year if year else ONE)
        return found

    @cached_property
    def _known(self) -> dict[tuple[Expr, ...], Amounts]:
        return {}

    def amounts(self, row: tuple[Expr, ...]) -> Amounts:
        """What a row is at the values of the file; the same rows come up again and again."""
        if row not in self._known:
            self._known[row] = tuple(evaluate(row, self.summit.document.scope.values))
        return self._known[row]

    @cached_property
    def _split(self) -> dict[int, tuple[Worth, Worth, Worth]]:
        return {}

    def event(self, worth: Worth) -> tuple[Worth, Worth]:
        """An event's worth: what of it runs, and what is given once."""
        if id(worth) not in self._split:
            runs = {p: Value(once=self._runs(p, v)) for p, v in worth.items()}
            given = {p: Value(once=self._given(p, v)) for p, v in worth.items()}
            # The worth is kept, so that no other can take its identity.
            self._split[id(worth)] = (worth, runs, given)
        _, running, once = self._split[id(worth)]
        return running, once


class Year(Situation):
    """A period of one bundle's carrying-out, in which `before` has been delivered already.

    `before` : levels; the bundle's own in a deal that runs, those of the step before in instalments
    """

    def __init__(
        self, money: Money, bundle: int, before: Levels | None = None, types: Setting = NO_TYPES
    ) -> None:
        summit = money.summit
        signed = summit.plan.bundles.levels[bundle]
        super().__init__(
            summit.plan.carrying_out, summit.bundles[bundle], signed, summit.rounds, types
        )
        self.money = money
        self.number = bundle
        self.before = signed if before is None else before
        self.parties = summit.parties
        self.values = summit.document.scope.values

    # ── what there is ──────────────────────────────────────────────────────────────────────────

    @cached_property
    def keepers(self) -> tuple[str, ...]:
        """The sides that concede something, or have a step in which they may cheat all the same."""
        asked = {step.by for step in self.plan.steps if step.breaches}
        sides = self.money.summit.sides
        return tuple([side for side in sides if side in self.conceding or side in asked])

    @cached_property
    def fallback(self) -> Levels:
        """What cannot be taken back of what was delivered before: where undone terms stand."""
        return self.lasting(self.before)

    def lasting(self, levels: Levels) -> Levels:
        """What of the levels outlasts the deal."""
        pairs = zip(levels, self.plan.valuation.lasting, strict=True)
        return tuple([at if lasts[at] else 0 for at, lasts in pairs])

    def delivered(self, undone: frozenset[int]) -> Levels:
        """The levels delivered where these terms are undone."""
        return tuple(
            [self.fallback[t] if t in undone else at for t, at in enumerate(self.signed)]
        )

    @cached_property
    def ended(self) -> Levels:
        """What stays when the deal is ended."""
        gone = self.plan.snap_back.undoes
        return tuple([0 if t in gone else at for t, at in enumerate(self.lasting(self.signed))])

    # ── what it is worth ───────────────────────────────────────────────────────────────────────

    def flow(self, history: History, levels: Levels | None = None) -> Amounts:
        """What each party gets in the period; `levels` in the place of what was delivered."""
        setting = self.setting(history.state)
        at = self.delivered(history.undone) if levels is None else levels
        row = self.money.running.delivered(at, setting, ended=False)
        events = [self.money.event(worth)[0] for _, worth in history.events]
        return self._evaluated([row, *self._gains(events, setting, self.money.running)])

    def once(self, history: History, levels: Levels | None = None) -> Amounts:
        """What the levels delivered are worth when they are first delivered."""
        setting = self.setting(history.state)
        at = self.delivered(history.undone) if levels is None else levels
        return self._evaluated([self.money.once.delivered(at, setting, ended=False)])

    def cheating(self, history: History, case: History) -> Amounts:
        """What is given once in the period for the breaches, and for what only they lead to."""
        setting = self.setting(history.state)
        once = [self.money.event(worth)[1] for worth in history.new(case)]
        return self._evaluated(self._gains(once, setting, self.money.once))

    def whole(self, worth: Worth, history: History) -> Amounts:
        """What an event brings, over all its years."""
        row = self.plan.valuation.gain(worth, self.setting(history.state))
        return self._evaluated([] if row is None else [row])

    def _gains(
        self, worths: Sequence[Worth], setting: Setting, valuation: Valuation
    ) -> list[tuple[Expr, ...]]:
        found = [valuation.gain(worth, setting) for worth in worths]
        return [row for row in found if row is not None]

    def _evaluated(self, rows: Sequence[tuple[Expr, ...]]) -> Amounts:
        total = [Fraction(0)] * len(self.parties)
        for row in rows:
            total = [a + b for a, b in zip(total, self.money.amounts(row), strict=True)]
        return tuple(total)

    # ── how it may go ──────────────────────────────────────────────────────────────────────────

    @cached_property
    def complying(self) -> tuple[History, ...]:
        """The ways in which it goes if all comply and chance undoes nothing; chances sum to one.

        Empty where chance always undoes something.
        """
        found = [h for h in self._ways(None, {}) if not h.undone & self.conceded]
        total = sum((h.chance for h in found), Fraction(0))
        return tuple(h._replace(chance=h.chance / total) for h in found if h.chance)

    def broken(self, case: History, breaches: Mapping[int, int]) -> tuple[History, ...]:
        """The ways in which it goes where breaches are committed and chance has come out already.

        `breaches` : number of a step → position of its outcome
        """
        return tuple(h for h in self._ways(case, breaches) if h.chance)

    def _ways(self, case: History | None, breaches: Mapping[int, int]) -> list[History]:
        found = [History(Fraction(1), (), frozenset(), ())]
        for i, step in enumerate(self.plan.steps):
            found = [h for way in found for h in self._next(way, i, step, case, breaches)]
            if len(found) > MAX_WAYS:
                raise NotSupported(
                    f"the carrying-out of '{self.bundle.name}' may go in more than {MAX_WAYS:,} "
                    "ways, too many to look at period by period. Leave out steps of chance, or "
                    "ask about a smaller bundle."
                )
        return found

    def _next(
        self, way: History, i: int, step: Step, case: History | None, breaches: Mapping[int, int]
    ) -> Iterator[History]:
        """The ways past a step."""
        fixed = None if case is None else case.outcomes[i]
        if step.by is None and fixed is not None:
            # Chance has decided it, once and for all.
            yield self._past(way, fixed, step.branches[fixed])
        elif not self._takes_place(step, way):
            yield way._replace(outcomes=(*way.outcomes, None))
        elif step.by is None:
            setting = self.setting(way.state)
            odds = evaluate([self.bound(b, setting) for b in step.branches], self.values)
            for k, probability in enumerate(odds):
                yield self._past(way, k, step.branches[k], probability)
        elif step.breaches:
            yield self._complied_or_not(way, step, breaches.get(i, 0))
        else:
            yield self._past(way, 0, step.branches[0])

    def _takes_place(self, step: Step, way: History) -> bool:
        if step.looks_at:
            return True
        if step.breaches and step.when is None:
            # What is undone in this period was still owed when it was undone.
            return any(step.by in self.plan.conceders[t] for t in self.conceded - way.undone)
        return self.takes_place(step, way.state)

    def _past(
        self, way: History, outcome: int, branch: Branch, probability: Fraction = Fraction(1)
    ) -> History:
        return way._replace(
            chance=way.chance * probability,
            outcomes=(*way.outcomes, outcome),
            undone=way.undone | branch.undoes,
            events=(*way.events, (len(way.outcomes), branch.worth)) if branch.worth else way.events,
        )

    def _complied_or_not(self, way: History, step: Step, outcome: int) -> History:
        possible = dict(self.available(step, way.state))
        if outcome not in possible:
            return way._replace(outcomes=(*way.outcomes, 0))
        move: BreachMove = possible[outcome]
        after = self._past(way, outcome, move.breach)
        seen = evaluate([self.bound(move.detected, self.setting(way.state))], self.values)[0]
        return after._replace(looks=(*way.looks, (seen, move.detected.worth)))

    # ── ways to cheat ──────────────────────────────────────────────────────────────────────────

    def plans(self, side: str) -> Iterator[dict[int, int]]:
        """The ways in which a side may cheat within a period: breaches of one or more steps.

        Raises NotSupported where there are more than `MAX_PLANS`.
        """
        own = [
            (i, [0, *range(1, len(step.breaches) + 1)])
            for i, step in enumerate(self.plan.steps)
            if step.breaches and step.by == side
            # Without a condition a step asks for something that its side concedes.
            and (step.when is not None or side in self.conceding)
        ]
        count = prod(len(outcomes) for _, outcomes in own)
        if count > MAX_PLANS:
            raise NotSupported(
                f"{side} may cheat in {count - 1:,} ways within a period, and at most "
                f"{MAX_PLANS - 1:,} are looked at. Put steps together, or leave some out."
            )
        for chosen in product(*(outcomes for _, outcomes in own)):
            found = {i: k for (i, _), k in zip(own, chosen, strict=True) if k}
            if found:
                yield found

    def moves(self, breaches: Mapping[int, int]) -> tuple[str, ...]:
        """The breaches by name."""
        names = [self.plan.steps[i].breaches[k - 1].breach.name for i, k in breaches.items()]
        return tuple(dict.fromkeys(names))
