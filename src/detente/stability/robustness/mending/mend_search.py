"""Looking for changes: one lever after the other, other terms and talks, then several at once."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import groupby
from typing import TYPE_CHECKING

from detente.errors import DetenteError, NotSupported, OutOfTime
from detente.stability.case import Source
from detente.stability.following.along import followed
from detente.stability.following.course import Standing
from detente.stability.following.union import Interval, Union
from detente.stability.robustness.mending.joint import GAP, Asked, Freed, Reaching, short_values
from detente.stability.robustness.mending.joint import together as both
from detente.stability.robustness.mending.levers import Lever, Prices, levers
from detente.stability.robustness.mending.mend_secrets import meets, settled_on, where_hidden
from detente.stability.robustness.mending.mend_words import change_text
from detente.stability.robustness.mending.mended import Aim, Alternative, Change, Together
from detente.stability.robustness.mending.other_talks import Other, others
from detente.stability.robustness.mending.proposing import Proposing
from detente.stability.robustness.mending.turning_at import Turn, turns
from detente.stability.robustness.nearest.covering import Found

if TYPE_CHECKING:
    from detente.stability.verdict import Report, Stopped, Verdict
    from detente.summit.summit import Summit

Progress = Callable[[str, float | None], None]

WORTH = Fraction(999, 1000)
"""The part of the cheapest cost that a combination must stay below to be told."""
RADIUS = 2.0
"""Seconds after which a radius is told as far as it is proved."""


@dataclass(frozen=True)
class Question:
    """What is to be reached."""

    aim: Aim
    selected: bool
    strict: bool
    round: int | None

    def stands(self, there: Standing) -> bool | None:
        """Whether a bundle counts as holding; None where there is no game."""
        if there.stable is None:
            return None
        return there.stable == "always" or (there.stable == "sometimes" and not self.strict)

    def reached(self, verdict: Verdict) -> bool:
        """Whether a verdict is what is wanted."""
        holds = verdict.strict if self.strict else verdict.stable
        if holds is None or (self.selected and verdict.selected is None):
            raise NotSupported(
                f"whether '{verdict.name}' holds is not decided: "
                f"{verdict.notes.get('stable') or 'too many equilibria'}."
            )
        holds = holds and (not self.selected or bool(verdict.selected))
        return holds == (self.aim == "hold")


@dataclass
class Search:
    """What is found until now."""

    summit: Summit
    bundle: int
    question: Question
    prices: Prices
    deadline: float | None
    alternatives: list[Alternative] = field(default_factory=list)
    tried: list[str] = field(default_factory=list)
    useless: list[str] = field(default_factory=list)
    unproved: list[str] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)
    progress: Progress | None = None
    lower: list[Fraction] = field(default_factory=list)
    proved: bool = True
    moving: tuple[str, ...] = ()

    def tell(self, text: str, done: float | None = None) -> None:
        """Say how far it has come."""
        if self.progress is not None:
            self.progress(text, done)

    def lever(self, lever: Lever) -> None:
        """Follow one lever over all of its values."""
        try:
            reached, unproved = self._where(lever)
            near = turns(reached, lever.now, lever.scale)
            found = [self._moved(lever, turn, unproved) for turn in near]
        except NotSupported as error:
            self.refused[lever.name] = error.message
            return
        self.tried.append(lever.name)
        if unproved:
            self.unproved.append(lever.name)
        self.alternatives += found
        if not found:
            self.useless.append(lever.name)

    def others(self, found: Sequence[Other]) -> None:
        """Judge talks in which something else is changed; those of one file together."""
        self.tried += dict.fromkeys(other.kind for other in found)
        for summit, there in groupby(found, key=lambda other: other.summit):
            of = {other.bundle: other for other in there}
            for other, verdict in zip(of.values(), self.verdicts(summit, [*of]), strict=True):
                try:
                    reached = self.question.reached(verdict)
                except NotSupported as error:
                    self.refused[other.text] = error.message
                    continue
                if reached:
                    self.alternatives.append(_otherwise(other, verdict))
        reaching = {change.kind for each in self.alternatives for change in each.changes}
        self.useless += dict.fromkeys(o.kind for o in found if o.kind not in reaching)

    def combined(self, other: Other | None, moving: Sequence[Lever], until: float) -> None:
        """Look for what is cheaper with several levers, in the file or where something else is
        changed."""
        summit, bundle = (
            (self.summit, self.bundle) if other is None else (other.summit, other.bundle)
        )
        before = Fraction(0) if other is None else other.cost
        question, freed = self.question, Freed.of(summit, moving)
        source = Source(freed.summit, question.round)
        asking = self._asked(source, bundle, until)
        search = Reaching(asking, freed.frame(), until)
        limit = self.cheapest
        if limit is not None:
            limit = (limit - before) * WORTH
            search.within(limit)
        interrupted = False
        try:
            self._propose(search, Proposing(asking, freed.frame(), limit, _half(until)))
            self.proved = search.run() and self.proved
        except (OutOfTime, KeyboardInterrupt) as stop:
            self.proved = False
            interrupted = isinstance(stop, KeyboardInterrupt)
        if search.lower is not None:
            self.lower.append(before + search.lower)
        found = search.best
        if found is not None and any(found.y):
            asked = self._asked(source, bundle, None)  # what is found is told even when time is up
            self.alternatives.append(self._several(other, freed, found, asked, bundle))
        if interrupted:
            raise KeyboardInterrupt

    @staticmethod
    def _propose(search: Reaching, proposing: Proposing) -> None:
        """Start a search from what programs propose; what they found is kept on an interrupt."""
        try:
            proposing.run()
        finally:
            if proposing.best is not None and any(proposing.best.y):
                search.best = proposing.best

    def _asked(self, source: Source, bundle: int, until: float | None) -> Asked:
        question = self.question
        hold = question.aim == "hold"
        return Asked(source, bundle, question.stands, hold, question.selected, until)

    @property
    def cheapest(self) -> Fraction | None:
        """The least cost of what is found until now."""
        return min((each.cost for each in self.alternatives), default=None)

    def _several(
        self, other: Other | None, freed: Freed, found: Found, asked: Asked, bundle: int
    ) -> Alternative:
        """Several levers moved together, verified."""

        def reached(values: Sequence[Fraction]) -> bool:
            there = dict(freed.summit.document.scope.values)
            there.update(zip(freed.names, values, strict=True))
            seen = asked.at(there).verdict
            return seen.reached and not seen.fault

        values = short_values(freed, found, reached)
        changed = freed.at(values)
        verdict = self.verdicts(changed, [bundle], late=True)[0]
        if not self.question.reached(verdict):
            raise RuntimeError(
                f"the regions say that the verdict turns at {values}, and solving the changed file "
                f"says '{verdict.word}'. One of them is a defect."
            )
        changes = [] if other is None else [_change(other)]
        for lever, bound, value in zip(freed.levers, freed.values(found.y), values, strict=True):
            if value != lever.now:
                text = change_text(lever, Turn(value, True, value))
                changes.append(Change(lever.kind, lever.name, text, lever.now, bound, value))
        before, paid = Fraction(0) if other is None else other.cost, freed.cost(values)
        return Alternative(
            tuple(changes), before + min(found.size, paid), found.attained, before + paid,
            verdict.word, bool(verdict.strict), verdict.name, changed,
        )  # fmt: skip

    def verdicts(self, summit: Summit, bundles: Sequence[int], late: bool = False) -> Report:
        """The verdicts on bundles of a file, solved anew; `late`, even when time is up."""
        from detente.stability.equilibrium import stability

        end = None if late else self.deadline
        left = None if end is None else max(end - time.perf_counter(), 0.0)
        report = stability(summit, round=self.question.round, bundles=bundles, time_limit=left)
        if report.stopped == "interrupted":
            raise KeyboardInterrupt
        if report.stopped != "finished":
            raise OutOfTime
        return report

    def check_time(self) -> None:
        """Raise OutOfTime past the deadline."""
        if self.deadline is not None and time.perf_counter() > self.deadline:
            raise OutOfTime

    def _where(self, lever: Lever) -> tuple[Union, Sequence[Interval]]:
        """The values at which the aim is reached; and those of which that is not proved."""
        self.check_time()
        question = self.question
        freed, name = lever.free(self.summit)
        source = Source(freed, question.round, self.deadline)
        if source.hidden:
            return where_hidden(source, self.bundle, name, lever, question, self.tell)
        along = followed(source.case(self.bundle), name, lever.within, deadline=self.deadline)
        stands = along.where(lambda there: question.stands(there) is True)
        falls = along.where(lambda there: question.stands(there) is False)
        if not question.selected:
            return (stands if question.aim == "hold" else falls), ()
        chosen, passed = self._selected(source, name, lever)
        return (stands & chosen if question.aim == "hold" else falls | passed), ()

    def _selected(self, source: Source, name: str, lever: Lever) -> tuple[Union, Union]:
        """Where the talks as written may settle on the bundle, and where not."""
        from detente.stability.robustness.along.axes import Follower

        pieces = Follower(source, (self.bundle,), self.deadline).settlement(name, lever.within)
        return settled_on(pieces, self.bundle, lever.within)

    def _moved(self, lever: Lever, turn: Turn, unproved: Sequence[Interval]) -> Alternative:
        """A lever brought to where the verdict turns, verified."""
        freed, name = lever.free(self.summit)
        changed = freed.at(**{name: turn.value})
        verdict = self.verdicts(changed, [self.bundle])[0]
        if not self.question.reached(verdict):
            if unproved:
                raise NotSupported(
                    "sides do not see everything, and along it verdicts are judged at single "
                    "values only."
                )
            raise RuntimeError(
                f"following {lever.name} says that the verdict turns at {turn.value}, and solving "
                f"the changed file says '{verdict.word}'. One of them is a defect."
            )
        change = Change(
            lever.kind, lever.name, change_text(lever, turn), lever.now, turn.bound, turn.value
        )
        return Alternative(
            (change,), turn.distance(lever.now) * lever.price, turn.attained,
            lever.cost(turn.value), verdict.word, bool(verdict.strict), verdict.name, changed,
            not turn.rational, proved=not any(meets(part, lever.now, turn) for part in unproved),
        )  # fmt: skip


def _half(until: float) -> float:
    """When half of the time that is left has passed."""
    now = time.perf_counter()
    return now + (until - now) / 2


def _change(other: Other) -> Change:
    return Change(other.kind, other.lever, other.text, levels=other.levels)


def _otherwise(other: Other, verdict: Verdict) -> Alternative:
    return Alternative(
        (_change(other),), other.cost, True,
        other.cost, verdict.word, bool(verdict.strict), verdict.name, other.summit,
    )  # fmt: skip


def ranked(found: Iterable[Alternative]) -> list[Alternative]:
    """In order of cost; without those that change more terms than another that changes some of them
    in the same way."""
    every = list(found)
    alone = [each.changes[0] for each in every if len(each.changes) == 1]
    moved = [dict(change.levels) for change in alone if change.levels]

    def needless(each: Alternative) -> bool:
        mine = [change.levels.items() for change in each.changes if change.levels]
        return any(other.items() < levels for levels in mine for other in moved)

    left = [each for each in every if not needless(each)]
    return sorted(left, key=lambda each: (each.cost, not each.attained))


def known(search: Search) -> Together | None:
    """What is known of levers that move together."""
    if not search.moving:
        return None
    costs = search.lower + [each.cost for each in search.alternatives]
    return Together(search.moving, min(costs, default=None), search.proved, GAP)


def run(
    search: Search, wanted: Callable[[str, Sequence[str]], bool], named: Collection[str],
    together: float,
) -> Stopped:  # fmt: skip
    """Try everything that is wanted, the quick first, as long as there is time."""
    try:
        moving = [
            lever
            for lever in levers(search.summit, search.bundle, search.prices)
            if wanted(lever.kind, [lever.name])
        ]
        for count, lever in enumerate(moving):
            search.tell(f"moving {lever.name}", count / len(moving))
            search.lever(lever)
        found = [
            other
            for other in others(search.summit, search.bundle, search.prices)
            if wanted(other.kind, other.lever.split())
            and not (other.empty and search.question.aim == "hold")
        ]
        search.tell("other terms and talks")
        search.others(found)
        if search.summit.has_secrets:
            return "finished"  # several at once are covered where all moves are seen
        moving = [lever for lever in moving if lever.name not in search.refused]
        _run_together(search, moving, found, named, together)
    except OutOfTime:
        return "time_limit"
    except KeyboardInterrupt:
        return "interrupted"
    return "finished"


def _run_together(
    search: Search, moving: Sequence[Lever], found: Sequence[Other], named: Collection[str],
    together: float,
) -> None:  # fmt: skip
    """Several levers at once; then other terms and talks with levers, where these cost less."""
    moving = both(moving, named, search.summit)
    if len(moving) < 2 - bool(found) or not moving or together <= 0:
        return
    until = time.perf_counter() + together
    until = until if search.deadline is None else min(until, search.deadline)
    search.moving = tuple(lever.name for lever in moving)
    if len(moving) > 1:
        search.tell("several at once")
        search.combined(None, moving, until)
    for other in sorted(found, key=lambda each: each.cost):
        cheapest = search.cheapest
        if cheapest is not None and other.cost >= cheapest * WORTH:
            search.lower.append(other.cost)
            break
        if time.perf_counter() > until:
            search.proved = False
            search.lower.append(other.cost)
            break
        there = [
            lever
            for lever in levers(other.summit, other.bundle, search.prices)
            if lever.name in search.moving
        ]
        search.tell(f"several at once, with {other.text}")
        search.combined(other, there, until)
    search.check_time()


def with_radii(
    found: Sequence[Alternative], count: int, question: Question, deadline: float | None
) -> tuple[list[Alternative], Stopped]:
    """With the radius of the verdict in the changed file, for the first so many that have one.

    What stands on a tie is overturned by the least change, and gets none.
    """
    from detente.stability.robustness.nearest.radius import radius

    done = list(found)
    sound = [at for at, each in enumerate(done) if question.aim == "break" or each.strict]
    for at in sound[:count]:
        each = done[at]
        limit = RADIUS if deadline is None else min(RADIUS, deadline - time.perf_counter())
        if limit <= 0:
            return done, "time_limit"
        try:
            size = radius(each.summit, each.bundle, round=question.round, time_limit=limit)
        except DetenteError:
            continue  # nothing in the changed file has a range
        done[at] = replace(each, radius=size)
        if size.stopped == "interrupted":
            return done, "interrupted"
    return done, "finished"
