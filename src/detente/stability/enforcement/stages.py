"""From a summit's bundle to the stages of its repeated play: one a side and a case of chance."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from itertools import chain, combinations
from typing import TYPE_CHECKING

from detente.errors import NotSupported
from detente.game.expressions import ZERO, Expr, evaluate
from detente.stability.enforcement.repeated import Look, Stage, Temptation, Way, one_alarm
from detente.stability.enforcement.yearly import Amounts, History, Money, Year
from detente.stability.words import listed, plain

if TYPE_CHECKING:
    from detente.summit.draws import Draw
    from detente.summit.summit import Summit

MOST_TERMS = 10
"""Terms of one side up to which every part of them is tried out alone in a punishment."""


@dataclass(frozen=True)
class Patience:
    """A side's discount factor of a period, and where it is from; None where nothing says it."""

    factor: Fraction | None
    source: str


class Repeated:
    """A summit's deals renewed period after period.

    `money` : how its amounts run
    Raises NotSupported for a tree written by hand.
    """

    def __init__(self, summit: Summit) -> None:
        if getattr(summit, "has_tree", True):
            raise NotSupported(
                "enforcement asks what sides concede and how they may break it, which a tree "
                "written by hand does not say. Write the talks as terms, with a carrying-out."
            )
        self.summit = summit

    @cached_property
    def money(self) -> Money:
        """How the summit's amounts divide."""
        return Money(self.summit, self.period, self.anew)

    @cached_property
    def period(self) -> Fraction:
        """How many years a period has: until the others can answer."""
        after = evaluate([self.summit.plan.timeline.after], self._values)[0]
        return after if after > 0 else Fraction(1)

    @cached_property
    def anew(self) -> bool:
        """Whether nothing that levels or combinations are worth runs by the year."""
        valuation = self.summit.plan.valuation
        worths = chain(
            (worth for term in valuation.levels for worth in term),
            (joint.worth for joint in valuation.joined),
        )
        amounts = (value for worth in worths for value in worth.values())
        return all(value.per_year is ZERO or value.years is not None for value in amounts)

    @property
    def _values(self) -> Mapping[str, Fraction]:
        return self.summit.document.scope.values

    # ── patience ───────────────────────────────────────────────────────────────────────────────

    def patience(self, side: str) -> Patience:
        """A side's discount factor of a period, as the file says it."""
        plan = self.summit.plan
        if self.anew:
            factor = plan.patience.get(side)
            if factor is None:
                return Patience(None, "the file gives no discount a round")
            return _below_one(self._number(factor, side), "the file's discount a round")
        yearly = plan.timeline.discount.get(side)
        if yearly is not None:
            found = self._number(yearly, side) ** int(self.period)
            return _below_one(found, "the file's discount a year" + self._over)
        if plan.timeline.horizon is None:
            return Patience(None, "the file gives neither a discount a year nor a horizon")
        horizon = evaluate([plan.timeline.horizon], self._values)[0]
        if horizon <= self.period:
            return Patience(Fraction(0), f"the horizon of {plain(horizon)} years is one period")
        return Patience(
            1 - self.period / horizon,
            f"a deal of {plain(horizon)} years read as one that may end in each with equal chance",
        )

    @property
    def _over(self) -> str:
        return "" if self.period == 1 else f", over periods of {plain(self.period)} years"

    def _number(self, formula: Expr, side: str) -> Fraction:
        """A factor; where it hangs on types, at the first of them."""
        first = self.summit.draws[0].setting if self.summit.draws else {}
        return evaluate([self.summit.plan.bind(formula, first)], self._values)[0]

    # ── stages ─────────────────────────────────────────────────────────────────────────────────

    def conceding(self, bundle: int) -> tuple[str, ...]:
        """The sides that concede something in a bundle."""
        return Year(self.money, bundle).conceding

    def stages(self, bundle: int, false_alarm: Fraction | None = None) -> tuple[Stage, ...]:
        """What a period of the bundle brings each side that is bound to something, in each case.

        Cases that are alike for a side are one; there are none where chance always undoes some of
        the bundle.
        `false_alarm` : how likely an alarm rings although nobody cheats; as the file has it unless
            given

        Raises NotSupported where the carrying-out may go in too many ways.
        """
        found: dict[Stage, None] = {}
        for draw in self.summit.draws:
            year = Year(self.money, bundle, types=draw.setting)
            for case in year.complying:
                for side in year.keepers:
                    stage = self._stage(year, case, side, draw)
                    if side not in year.conceding and not stage.temptations:
                        continue
                    if false_alarm is not None:
                        stage = one_alarm(stage, false_alarm)
                    found.setdefault(stage)
        return tuple(_told_apart(found))

    def _stage(self, year: Year, case: History, side: str, draw: Draw) -> Stage:
        at = year.parties.index(side)
        ending = year.plan.snap_back.worth
        costs = -year.whole(ending, case)[at]
        punished = self._ended(year, case)
        return Stage(
            side,
            year.flow(case)[at],
            punished[at],
            tuple(self.temptations(year, case, side, costs)),
            ending=costs,
            lone=None if self.anew else _lone(year, case, side, at, punished[at]),
            noise=_mistaken(year, case),
            case=_case(year, case, draw),
        )

    def _ended(self, year: Year, case: History) -> Amounts:
        if self.anew:
            return self.summit.breakdown()
        return year.flow(case, year.ended)

    def temptations(
        self, year: Year, case: History, side: str, costs: Fraction
    ) -> Iterator[Temptation]:
        """A side's ways to cheat; what ending the deal costs after a false alarm is `costs`."""
        at = year.parties.index(side)
        reward = year.flow(case)[at]
        for breaches in year.plans(side):
            found = year.broken(case, breaches)
            if not any(way.committed(breaches) == set(breaches) for way in found):
                continue  # a part of these breaches is never open: they are others, seen elsewhere
            ways = []
            for way in found:
                gain = year.flow(way)[at] + year.cheating(way, case)[at] - reward
                looks = tuple(Look(seen, -year.whole(worth, way)[at]) for seen, worth in way.looks)
                ended = -year.whole(year.plan.snap_back.worth, way)[at]
                mistaken = _mistaken(year, way)
                ways.append(Way(gain, looks, way.chance, ended - costs, mistaken))
            yield Temptation(year.moves(breaches), tuple(ways))


def _below_one(factor: Fraction, source: str) -> Patience:
    """No discount at all leaves an endless future without a value."""
    if factor < 1:
        return Patience(factor, source)
    return Patience(None, f"{source} is 1, at which an endless future has no value")


def _mistaken(year: Year, way: History) -> Fraction:
    """How likely an alarm rings on account of steps that are complied with."""
    quiet = Fraction(1)
    for i, step in enumerate(year.plan.steps):
        secret = step.secret
        if secret is not None and secret.false_alarm is not None and way.outcomes[i] == 0:
            setting = year.setting(way.state)
            odds = evaluate([year.bound(secret.false_alarm, setting)], year.values)[0]
            quiet *= 1 - odds
    return 1 - quiet


def _lone(year: Year, case: History, side: str, at: int, punished: Fraction) -> Fraction:
    """The most that a side gets in a punishment by delivering some of its own terms alone."""
    own = [
        t for t in sorted(year.conceded)
        if year.plan.conceders[t] == (side,) and year.ended[t] != year.signed[t]
    ]
    parts = (
        chain.from_iterable(combinations(own, n) for n in range(1, len(own) + 1))
        if len(own) <= MOST_TERMS else [(t,) for t in own] + [tuple(own)]
    )
    found = [punished] if not own else []
    for part in parts:
        levels = tuple(
            [year.signed[t] if t in part else level for t, level in enumerate(year.ended)]
        )
        found.append(year.flow(case, levels)[at])
    return max(found)


def _case(year: Year, case: History, draw: Draw) -> str:
    """Which outcomes of chance, and types, a case is about; "" where there is only one."""
    named = [
        f"{step.name.replace('_', ' ')}: {step.outcomes[outcome]}"
        for step, outcome in zip(year.plan.steps, case.outcomes, strict=True)
        if step.by is None and outcome is not None
    ]
    return listed([*([str(draw)] if draw.types else []), *named])


def _told_apart(stages: Iterable[Stage]) -> Iterator[Stage]:
    """Each stage once that differs in what decides; named by its case where there are several."""
    seen: dict[tuple[object, ...], Stage] = {}
    for stage in stages:
        key = (
            stage.side, stage.stake, stage.temptations, stage.ending, stage.credible,
            stage.noise,
        )  # fmt: skip
        seen.setdefault(key, stage)
    count = Counter(stage.side for stage in seen.values())
    for stage in seen.values():
        yield stage if count[stage.side] > 1 else replace(stage, case="")
