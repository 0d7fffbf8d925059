"""A bundle in partial steps: smaller bundles first, each step kept to because of what follows.

One step a period: the levels delivered rise from one of the file's bundles to a larger one, up to a
last one that then stays for ever. A side that does not do its part, or breaks what it has done, is
answered as the file says; from the next period on the deal is ended, and what cannot be taken back
stays. A side that only stands still is always seen. Chance counts at its average, amounts given
once when a level is first delivered, and ending the deal costs what `snap_back` says.

Whether a side keeps to a step depends on what follows only through what that is worth to it, and
the more the better. So the schedules that end in a bundle are found backwards from it, of each
bundle keeping only those of which no other is at once shorter and better for all (Pareto); nothing
found means that there is none.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from detente.errors import NotSupported, OutOfTime
from detente.stability.enforcement.stages import Repeated
from detente.stability.enforcement.yearly import History, Year

if TYPE_CHECKING:
    from detente.summit.bundles import Levels

MOST_BUNDLES = 300
"""Bundles below the one asked about up to which all schedules through them are looked at."""


class Need(NamedTuple):
    """What a side must be able to look forward to so as not to cheat at a step.

    `least` : the least worth of all later periods; None where nothing keeps it
    `moves` : how it would break the deal; none where it stands still
    """

    side: str
    least: Fraction | None
    moves: tuple[str, ...]


class Rise(NamedTuple):
    """A step from one bundle to a larger one, or staying where one is.

    `brings` : side → what its period brings
    `needs` : what keeps each side from cheating in it
    """

    brings: Mapping[str, Fraction]
    needs: tuple[Need, ...]


class Plan(NamedTuple):
    """A schedule from some bundle on: what it is worth to each side, and the bundles to come."""

    worth: tuple[Fraction, ...]
    path: tuple[int, ...]

    def covers(self, other: Plan) -> bool:
        """Whether it is no longer and for no side worse."""
        better = all(a >= b for a, b in zip(self.worth, other.worth, strict=True))
        return better and len(self.path) <= len(other.path)


@dataclass(frozen=True)
class Obstacle:
    """A step that nobody can rely on: who would cheat in it, and how.

    `before`, `after` : the bundles; the same where the deal would not last
    `moves` : how the side would break the deal; none where it stands still
    `lacking` : how much more the later periods would have to be worth; None where nothing helps
    """

    before: str
    after: str
    side: str
    moves: tuple[str, ...]
    lacking: Fraction | None


@dataclass(frozen=True)
class Ladder:
    """How far partial steps lead towards a bundle.

    `path` : what is delivered after each period; the last one stays. Empty where not even a first
        step is kept to
    `undone` : term → the level reached and the level asked for, where they differ
    `at_once` : whether the bundle is kept to where all is delivered in one step
    `obstacles` : where the whole of it is not reached: the steps that fail
    `examined` : how many steps between bundles were looked at
    """

    bundle: str
    path: tuple[str, ...]
    undone: Mapping[str, tuple[str, str]]
    at_once: bool
    obstacles: tuple[Obstacle, ...]
    examined: int

    @property
    def complete(self) -> bool:
        """Whether it leads to the whole bundle."""
        return bool(self.path) and not self.undone


class Climb:
    """All steps between bundles, each looked at once.

    `levels`, `names` : of the bundles, and of the start where that is none of them
    `nothing` : the start, the position at which nothing is conceded

    Raises NotSupported where sides have types, and where a side's patience is not known.
    """

    def __init__(self, repeated: Repeated, deadline: float | None = None) -> None:
        self.repeated = repeated
        self.summit = repeated.summit
        self.deadline = deadline
        if self.summit.file.types:
            raise NotSupported("steps are followed only where no side has types.")
        if repeated.anew:
            raise NotSupported(
                "nothing in this file runs by the year, so that there is nothing to stretch over "
                "time: partial steps need yearly worths."
            )
        plan = self.summit.plan
        self.levels = list(plan.bundles.levels)
        self.names = [bundle.name for bundle in self.summit.bundles]
        nothing = tuple([0] * len(plan.valuation.terms))
        if nothing not in self.levels:
            self.levels.append(nothing)
            self.names.append("nothing")
        self.nothing = self.levels.index(nothing)
        self._rises: dict[tuple[int, int], Rise] = {}

    @cached_property
    def factors(self) -> tuple[Fraction, ...]:
        """Each side's discount factor of a period."""
        found = []
        for side in self.summit.sides:
            patience = self.repeated.patience(side)
            if patience.factor is None:
                raise NotSupported(f"{side}'s patience is not known: {patience.source}.")
            found.append(patience.factor)
        return tuple(found)

    # ── one step ───────────────────────────────────────────────────────────────────────────────

    def rise(self, before: int, after: int) -> Rise | None:
        """The step from one bundle to another; None where chance always undoes the second."""
        if (before, after) not in self._rises:
            if self.deadline is not None and time.perf_counter() > self.deadline:
                raise OutOfTime
            found = self._rise(before, after)
            if found is None:
                return None
            self._rises[before, after] = found
        return self._rises[before, after]

    def _rise(self, before: int, after: int) -> Rise | None:
        year = Year(self.repeated.money, after, self.levels[before])
        if not year.complying:
            return None
        brings = {side: self._brings(year, side) for side in self.summit.sides}
        needs = []
        for i, side in enumerate(self.summit.sides):
            if side in year.keepers:
                cheats = [*self._cheats(year, side), *self._stalls(year, side)]
                found = [self._need(side, self.factors[i], brings[side], c) for c in cheats]
                needs += found
        return Rise(brings, tuple(need for need in needs if need is not None))

    def _brings(self, year: Year, side: str) -> Fraction:
        at = year.parties.index(side)
        return sum(
            (
                case.chance
                * (year.flow(case)[at] + year.once(case)[at] - year.once(case, year.before)[at])
                for case in year.complying
            ),
            Fraction(0),
        )

    def _need(self, side: str, d: Fraction, brings: Fraction, cheat: _Cheat) -> Need | None:
        """What V must be for brings + d V ≥ now + d ((1 - q) V + later + q P / (1 - d))."""
        ahead = cheat.now + d * (cheat.later + cheat.punished / (1 - d)) - brings
        if d * cheat.seen:
            return Need(side, ahead / (d * cheat.seen), cheat.how)
        return Need(side, None, cheat.how) if ahead > 0 else None

    def _cheats(self, year: Year, side: str) -> Iterator[_Cheat]:
        at = year.parties.index(side)
        for breaches in year.plans(side):
            parts = []
            done: list[set[int]] = []
            for case in year.complying:
                ways = year.broken(case, breaches)
                done += [way.committed(breaches) for way in ways]
                parts += [(case.chance * w.chance, self._broken(year, case, w, at)) for w in ways]
            if set(breaches) in done:
                yield _average(year.moves(breaches), parts)

    def _broken(self, year: Year, case: History, way: History, at: int) -> _Cheat:
        delivered = year.delivered(way.undone)
        missed = Fraction(1)
        costs = Fraction(0)
        for detected, worth in way.looks:
            missed *= 1 - detected
            costs -= detected * year.whole(worth, way)[at]
        seen = 1 - missed
        costs -= seen * year.whole(year.plan.snap_back.worth, way)[at]
        once = year.once(way)[at]
        now = (
            year.flow(way)[at] + year.cheating(way, case)[at]
            + once - year.once(way, year.before)[at] - costs
        )  # fmt: skip
        later = missed * (year.once(case)[at] - once)
        return _Cheat(now, seen, later, seen * self._stays(year, case, delivered)[at], ())

    def _stays(self, year: Year, case: History, delivered: Levels) -> tuple[Fraction, ...]:
        """A period after the deal has been ended."""
        gone = year.plan.snap_back.undoes
        left = tuple([0 if t in gone else k for t, k in enumerate(year.lasting(delivered))])
        return year.flow(case, left)

    def _stalls(self, year: Year, side: str) -> Iterator[_Cheat]:
        """Standing still, seen by all."""
        at = year.parties.index(side)
        own = {
            t for t in year.conceded
            if side in year.plan.conceders[t] and year.before[t] != year.signed[t]
        }
        if not own:
            return
        levels = tuple([year.before[t] if t in own else k for t, k in enumerate(year.signed)])
        parts = []
        for case in year.complying:
            once = year.once(case, levels)[at] - year.once(case, year.before)[at]
            ending = year.whole(year.plan.snap_back.worth, case)[at]
            now = year.flow(case, levels)[at] + once + ending
            stays = self._stays(year, case, levels)[at]
            parts.append((case.chance, _Cheat(now, Fraction(1), Fraction(0), stays, ())))
        yield _average((), parts)

    # ── all steps ──────────────────────────────────────────────────────────────────────────────

    def fails(self, before: int, after: int, worth: Sequence[Fraction]) -> Need | None:
        """Who cheats first at a step that is followed by that much, None where nobody does."""
        rise = self.rise(before, after)
        assert rise is not None
        place = {side: i for i, side in enumerate(self.summit.sides)}
        for need in rise.needs:
            if need.least is None or worth[place[need.side]] < need.least:
                return need
        return None

    def staying(self, bundle: int) -> tuple[Fraction, ...] | None:
        """What it is worth to each side to stay at a bundle for ever."""
        rise = self.rise(bundle, bundle)
        if rise is None:
            return None
        pairs = zip(self.summit.sides, self.factors, strict=True)
        return tuple(rise.brings[side] / (1 - d) for side, d in pairs)

    def below(self, bundle: int) -> list[int]:
        """The bundles with no term above this one's level, the largest first; itself included."""
        top = self.levels[bundle]
        found = [
            i for i, levels in enumerate(self.levels)
            if all(a <= b for a, b in zip(levels, top, strict=True))
        ]
        return sorted(found, key=lambda i: (-sum(self.levels[i]), i))

    def plans(self, last: int, among: Sequence[int]) -> dict[int, list[Plan]]:
        """Bundle → the schedules from it on that end in `last`, all but those that are worse."""
        staying = self.staying(last)
        if staying is None or self.fails(last, last, staying) is not None:
            return {}
        found: dict[int, list[Plan]] = {last: [Plan(staying, ())]}
        for before in among:
            if before == last or not _below(self.levels[before], self.levels[last]):
                continue
            kept: list[Plan] = []
            for after in list(found):
                if _below(self.levels[before], self.levels[after]):
                    kept = _best(kept, self._onto(before, after, found[after]))
            if kept:
                found[before] = kept
        return found

    def _onto(self, before: int, after: int, plans: Sequence[Plan]) -> Iterator[Plan]:
        rise = self.rise(before, after)
        if rise is None:
            return
        for plan in plans:
            if self.fails(before, after, plan.worth) is None:
                each = zip(self.summit.sides, self.factors, plan.worth, strict=True)
                worth = tuple(rise.brings[side] + d * later for side, d, later in each)
                yield Plan(worth, (after, *plan.path))


class _Cheat(NamedTuple):
    """A way to cheat at a step.

    `now` : what its period brings, penalties included
    `seen` : how likely it is seen
    `later` : what is still paid in the next period where it is not seen, times how likely that is
    `punished` : what a period brings once the deal is ended, times how likely it is seen
    """

    now: Fraction
    seen: Fraction
    later: Fraction
    punished: Fraction
    how: tuple[str, ...]


def _average(how: tuple[str, ...], parts: Sequence[tuple[Fraction, _Cheat]]) -> _Cheat:
    total = [Fraction(0)] * 4
    for chance, cheat in parts:
        total = [a + chance * b for a, b in zip(total, cheat[:4], strict=True)]
    return _Cheat(total[0], total[1], total[2], total[3], how)


def _below(lower: Levels, upper: Levels) -> bool:
    return lower != upper and all(a <= b for a, b in zip(lower, upper, strict=True))


def _best(kept: list[Plan], new: Iterator[Plan]) -> list[Plan]:
    for plan in new:
        if not any(other.covers(plan) for other in kept):
            kept = [*(other for other in kept if not plan.covers(other)), plan]
    return kept


def ladder(climb: Climb, bundle: int) -> Ladder:
    """The shortest schedule of partial steps to a bundle, or as far as one leads.

    Where none leads to it, the bundle reached is the one that lacks the fewest terms, then levels.
    Raises NotSupported above `MOST_BUNDLES` smaller bundles, OutOfTime where the deadline passes.
    """
    among = climb.below(bundle)
    if len(among) > MOST_BUNDLES:
        raise NotSupported(
            f"there are {len(among):,} bundles below it, and steps are followed through at most "
            f"{MOST_BUNDLES}."
        )
    nothing = climb.nothing
    whole = climb.plans(bundle, among)
    obstacles = () if nothing in whole else tuple(_obstacles(climb, bundle, whole, among))
    ends = [i for i in among if i != nothing or i == bundle]
    for last in sorted(ends, key=lambda i: _lacking(climb.levels[i], climb.levels[bundle])):
        plans = whole if last == bundle else climb.plans(last, among)
        if nothing in plans:
            shortest = min(plans[nothing], key=lambda p: (len(p.path), [-w for w in p.worth]))
            return _ladder(climb, bundle, shortest.path or (last,), obstacles)
    return _ladder(climb, bundle, (), obstacles)


def _lacking(reached: Levels, asked: Levels) -> tuple[int, int]:
    missing = [b - a for a, b in zip(reached, asked, strict=True)]
    return sum(1 for m in missing if m), sum(missing)


def _ladder(
    climb: Climb, bundle: int, path: tuple[int, ...], obstacles: tuple[Obstacle, ...]
) -> Ladder:
    asked, reached = climb.levels[bundle], climb.levels[path[-1] if path else climb.nothing]
    known = climb.summit.plan.bundles.terms
    undone = {
        term: (levels[got], levels[wanted])
        for (term, levels), got, wanted in zip(known.items(), reached, asked, strict=True)
        if got != wanted
    }
    names = tuple(climb.names[i] for i in path)
    at_once = len(path) == 1 and not undone
    return Ladder(climb.names[bundle], names, undone, at_once, obstacles, len(climb._rises))


def _obstacles(
    climb: Climb, bundle: int, whole: Mapping[int, Sequence[Plan]], among: Sequence[int]
) -> Iterator[Obstacle]:
    """Why nothing leads to a bundle: it would not last, or no step to where it is in reach does."""
    names = climb.names
    staying = climb.staying(bundle)
    if staying is None:
        return
    if not whole:
        need = climb.fails(bundle, bundle, staying)
        if need is not None:
            yield _obstacle(climb, names[bundle], names[bundle], need, staying)
        return
    for after, plans in whole.items():
        for before in among:
            if before not in whole and _below(climb.levels[before], climb.levels[after]):
                best = max(plans, key=lambda plan: sum(plan.worth))
                need = climb.fails(before, after, best.worth) if climb.rise(before, after) else None
                if need is not None:
                    yield _obstacle(climb, names[before], names[after], need, best.worth)


def _obstacle(
    climb: Climb, before: str, after: str, need: Need, worth: Sequence[Fraction]
) -> Obstacle:
    at = climb.summit.sides.index(need.side)
    lacking = None if need.least is None else need.least - worth[at]
    return Obstacle(before, after, need.side, need.moves, lacking)
