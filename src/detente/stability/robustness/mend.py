"""The cheapest change that makes a bundle hold, and the cheapest that breaks it.

Each number that may move is freed and the verdict followed along all of its values, exactly, so
that the nearest one at which it turns is known, and whether it is reached or only approached. What
is no number (other levels of the terms, other talks) is solved as it is. Every proposal is then
verified by solving the changed file anew.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import groupby
from typing import TYPE_CHECKING, Any

from detente.errors import NotSupported, OutOfTime, SummitError
from detente.stability.case import Source
from detente.stability.following.along import followed, joined
from detente.stability.following.course import Standing
from detente.stability.following.union import Union
from detente.stability.robustness.covering import Found
from detente.stability.robustness.joint import GAP, Asked, Freed, Reaching, short_values
from detente.stability.robustness.joint import together as both
from detente.stability.robustness.levers import KINDS, Lever, Prices, levers, refusals
from detente.stability.robustness.mend_words import change_text
from detente.stability.robustness.mended import Aim, Alternative, Change, Mend, Together
from detente.stability.robustness.other_talks import Other, others
from detente.stability.robustness.turning_at import Turn, turns

if TYPE_CHECKING:
    from detente.stability.verdict import Report, Stopped, Verdict
    from detente.summit.summit import Summit


TOGETHER = 10.0
"""Seconds for which several levers are looked at together unless said otherwise."""
WORTH = Fraction(999, 1000)
"""The part of the cheapest cost that a combination must stay below to be told."""


def mend(
    summit: Summit,
    bundle: str | int | Mapping[str, str],
    *,
    selected: bool = False,
    strict: bool = False,
    levers: Iterable[str] | None = None,
    without: Iterable[str] = (),
    together: float = TOGETHER,
    round: int | None = None,
    time_limit: float | None = None,
) -> Mend:
    """What would make a bundle hold, cheapest first; nothing where it holds already.

    `summit` : one in which all moves are seen
    `bundle` : by name, terms or position
    `selected` : the talks as written are to settle on it as well
    `strict` : it is to hold whatever those do who are indifferent
    `levers` : what may be changed, by names or kinds (`payment`, `inspections`, `penalty`,
        `patience`, `parameter`, `term`, `protocol`); all unless given
    `without` : what may not be changed
    `together` : for so many seconds at most, changes of several at once are looked for; 0 for none
    `round` : in which the bundle is put on the table; the last one unless given
    `time_limit` : in seconds; when it passes, or on an interrupt (Ctrl-C), what is found until then
        is given, and `stopped` says so

    Raises NotSupported under hidden information and for a game that is no summit file, SummitError
    for an unknown bundle or lever.

    >>> import detente as dt
    >>> found = dt.mend(dt.load("hanoi-2019"), "kumgang + full + inspected", levers=["payment"])
    >>> print(found.best.text)
    ROK pays DPRK 190 M$ once all of it is delivered
    """
    question = _Question("hold", selected, strict, round)
    return _answer(summit, bundle, question, levers, without, together, time_limit)


def breaking(
    summit: Summit,
    bundle: str | int | Mapping[str, str],
    *,
    selected: bool = False,
    strict: bool = False,
    levers: Iterable[str] | None = None,
    without: Iterable[str] = (),
    together: float = TOGETHER,
    round: int | None = None,
    time_limit: float | None = None,
) -> Mend:
    """What would break a bundle, cheapest first; nothing where it does not hold as it is.

    Arguments and errors are those of `mend`. With `strict` a tie is enough to break it; with
    `selected` it is enough that the talks no longer settle on it.
    """
    question = _Question("break", selected, strict, round)
    return _answer(summit, bundle, question, levers, without, together, time_limit)


@dataclass(frozen=True)
class _Question:
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
class _Search:
    """What is found until now."""

    summit: Summit
    bundle: int
    question: _Question
    prices: Prices
    deadline: float | None
    alternatives: list[Alternative] = field(default_factory=list)
    tried: list[str] = field(default_factory=list)
    useless: list[str] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)
    lower: list[Fraction] = field(default_factory=list)
    proved: bool = True
    moving: tuple[str, ...] = ()

    def lever(self, lever: Lever) -> None:
        """Follow one lever over all of its values."""
        try:
            reached = self._where(lever)
        except NotSupported as error:
            self.refused[lever.name] = error.message
            return
        self.tried.append(lever.name)
        found = [self._moved(lever, turn) for turn in turns(reached, lever.now, lever.scale)]
        self.alternatives += found
        if not found:
            self.useless.append(lever.name)

    def others(self, found: Sequence[Other]) -> None:
        """Judge talks in which something else is changed; those of one file together."""
        self.tried += dict.fromkeys(other.kind for other in found)
        for summit, there in groupby(found, key=lambda other: other.summit):
            of = {other.bundle: other for other in there}
            for other, verdict in zip(of.values(), self.verdicts(summit, [*of]), strict=True):
                if self.question.reached(verdict):
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
        search = Reaching(self._asked(source, bundle, until), freed.frame(), until)
        limit = self.cheapest
        if limit is not None:
            search.within((limit - before) * WORTH)
        interrupted = False
        try:
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
        before = Fraction(0) if other is None else other.cost
        return Alternative(
            tuple(changes), before + found.size, found.attained, before + freed.cost(values),
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

    def _where(self, lever: Lever) -> Union:
        """The values at which the aim is reached."""
        self.check_time()
        question = self.question
        freed, name = lever.free(self.summit)
        source = Source(freed, question.round, self.deadline)
        along = followed(source.case(self.bundle), name, lever.within, deadline=self.deadline)
        stands = along.where(lambda there: question.stands(there) is True)
        falls = along.where(lambda there: question.stands(there) is False)
        if not question.selected:
            return stands if question.aim == "hold" else falls
        chosen, passed = self._selected(source, name, lever)
        return stands & chosen if question.aim == "hold" else falls | passed

    def _selected(self, source: Source, name: str, lever: Lever) -> tuple[Union, Union]:
        """Where the talks as written may settle on the bundle, and where not."""
        from detente.stability.robustness.axes import Follower

        pieces = Follower(source, (self.bundle,), self.deadline).settlement(name, lever.within)
        known = [(piece.interval, piece.signed) for piece in pieces if piece.signed is not None]
        inside = (at for at, signed in known if self.bundle in signed)
        outside = (at for at, signed in known if self.bundle not in signed)
        return joined(inside, lever.within), joined(outside, lever.within)

    def _moved(self, lever: Lever, turn: Turn) -> Alternative:
        """A lever brought to where the verdict turns, verified."""
        freed, name = lever.free(self.summit)
        changed = freed.at(**{name: turn.value})
        verdict = self.verdicts(changed, [self.bundle])[0]
        if not self.question.reached(verdict):
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
            not turn.rational,
        )  # fmt: skip


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
    moved = [dict(change.levels) for each in every for change in each.changes if change.levels]

    def needless(each: Alternative) -> bool:
        mine = [change.levels.items() for change in each.changes if change.levels]
        return any(other.items() < levels for levels in mine for other in moved)

    left = [each for each in every if not needless(each)]
    return sorted(left, key=lambda each: (each.cost, not each.attained, each.text))


def _answer(
    summit: Any,
    which: str | int | Mapping[str, str],
    question: _Question,
    chosen: Iterable[str] | None,
    without: Iterable[str],
    together: float,
    time_limit: float | None,
) -> Mend:
    from detente.stability.case import bundle_index

    _refuse(summit)
    deadline = None if time_limit is None else time.perf_counter() + time_limit
    bundle = bundle_index(summit, which)
    prices = Prices(summit, bundle)
    search = _Search(summit, bundle, question, prices, deadline)
    search.refused.update(refusals(summit))
    chosen = None if chosen is None else tuple(chosen)
    wanted = _wanted(summit, search, chosen, without)
    before = _Search(summit, bundle, question, prices, None).verdicts(summit, [bundle])[0]
    reached = question.reached(before)
    stopped: Stopped = "finished"
    if not reached:
        stopped = _run(search, wanted, tuple(chosen or ()), together)
    return Mend(
        title=summit.title,
        parties=tuple(summit.parties),
        players=tuple(summit.sides),
        unit=summit.file.unit or "",
        bundle=before.name,
        aim=question.aim,
        selected=question.selected,
        strict=question.strict,
        round=question.round,
        word=before.word,
        reached=reached,
        alternatives=tuple(ranked(search.alternatives)),
        tried=tuple(search.tried),
        useless=tuple(search.useless),
        refused=search.refused,
        money=prices.money,
        priced=summit.file.mend != type(summit.file.mend)(),
        stopped=stopped,
        together=_known(search),
    )


def _known(search: _Search) -> Together | None:
    """What is known of levers that move together."""
    if not search.moving:
        return None
    costs = search.lower + [each.cost for each in search.alternatives]
    return Together(search.moving, min(costs, default=None), search.proved, GAP)


def _run(
    search: _Search, wanted: Callable[[str, Sequence[str]], bool], named: Collection[str],
    together: float,
) -> Stopped:  # fmt: skip
    """Try everything that is wanted, the quick first, as long as there is time."""
    try:
        moving = [
            lever
            for lever in levers(search.summit, search.bundle, search.prices)
            if wanted(lever.kind, [lever.name])
        ]
        for lever in moving:
            search.lever(lever)
        found = [
            other
            for other in others(search.summit, search.bundle, search.prices)
            if wanted(other.kind, other.lever.split())
        ]
        search.others(found)
        moving = [lever for lever in moving if lever.name not in search.refused]
        _run_together(search, moving, found, named, together)
    except OutOfTime:
        return "time_limit"
    except KeyboardInterrupt:
        return "interrupted"
    return "finished"


def _run_together(
    search: _Search, moving: Sequence[Lever], found: Sequence[Other], named: Collection[str],
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
        search.combined(None, moving, until)
    for other in sorted(found, key=lambda each: each.cost):
        cheapest = search.cheapest
        if cheapest is not None and other.cost >= cheapest * WORTH:
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
        search.combined(other, there, until)
    search.check_time()


def _refuse(summit: Any) -> None:
    if not hasattr(summit, "sides"):
        raise NotSupported(
            f"'{summit.title}' is a game that is no summit file: it has no numbers with ranges "
            "that could move. Write it with `tree:` and `parameters:` in a summit file."
        )
    if Source(summit).hidden:
        raise NotSupported(
            f"in '{summit.title}' a side does not see all that is done: what would mend a bundle "
            "is looked for where all moves are seen. Ask at single values with `--set`."
        )


def _wanted(
    summit: Summit, search: _Search, chosen: Iterable[str] | None, without: Iterable[str]
) -> Callable[[str, Sequence[str]], bool]:
    """Whether a lever may be moved, by its kind and all of its names."""
    only = None if chosen is None else frozenset(chosen)
    never = frozenset(without)
    known = [*KINDS, *(f"term:{term}" for term in summit.file.terms)]
    known += [lever.name for lever in levers(summit, search.bundle, search.prices)]
    for name in (*(only or ()), *never):
        if name not in known and not _starts(name, known):
            _unknown(name, known, summit)
    return lambda kind, names: (
        (only is None or all(_named(kind, name, only) for name in names))
        and not any(_named(kind, name, never) for name in names)
    )


def _named(kind: str, name: str, given: Collection[str]) -> bool:
    """Whether a list has a lever by its kind, its name, or the beginning of its name."""
    return kind in given or any(name == each or name.startswith(f"{each}:") for each in given)


def _starts(name: str, known: Iterable[str]) -> bool:
    return any(each.startswith(f"{name}:") for each in known)


def _unknown(name: str, known: Sequence[str], summit: Summit) -> None:
    from difflib import get_close_matches

    close = get_close_matches(name, known, n=3)
    if name in summit.file.parameters:
        raise SummitError(
            f"the parameter '{name}' cannot move: the file gives it no range, or says `never` "
            "under 'mend'."
        )
    raise SummitError(
        f"there is no lever '{name}'. {f'Close names: {chr(44).join(close)}. ' if close else ''}"
        f"Kinds: {', '.join(KINDS)}; parameters by name, payment:PAYER:PAYEE, inspections:SIDE, "
        "penalty:SIDE, patience:SIDE, term:TERM."
    )
