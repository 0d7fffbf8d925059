"""Several numbers moved together: the cheapest change, with the proof that none costs less.

All numbers that may move are freed in one summit, each measured by what it costs, and the space of
changes is covered by regions of the verdict, cheapest first (`covering`, in the norm that adds up).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor
from typing import TYPE_CHECKING

from detente.stability.case import Source
from detente.stability.following.course import Standing
from detente.stability.robustness.mending.levers import Lever
from detente.stability.robustness.nearest.covering import Covering, Found
from detente.stability.robustness.nearest.pieces import Frame
from detente.stability.robustness.regions.regions import Region, Regions, RegionsOfTalks

if TYPE_CHECKING:
    from detente.summit.summit import Summit

GAP = Fraction(1, 100)
"""The part of a cost by which, where conditions bend, a smaller one is not ruled out."""
FURTHEST = 4
"""Times what counts as one, up to which amounts are looked for together."""


@dataclass(frozen=True)
class Freed:
    """A summit in which several levers are parameters.

    `names` : the parameter of each lever
    """

    summit: Summit
    levers: tuple[Lever, ...]
    names: tuple[str, ...]

    @classmethod
    def of(cls, summit: Summit, levers: Sequence[Lever]) -> Freed:
        """One after the other."""
        names = []
        for lever in levers:
            summit, name = lever.free(summit)
            names.append(name)
        return cls(summit, tuple(levers), tuple(names))

    def frame(self) -> Frame:
        """Changes of the levers, each measured by its cost."""
        spans = {
            name: (lever.within.low, lever.within.high or lever.now + FURTHEST * lever.scale)
            for name, lever in zip(self.names, self.levers, strict=True)
        }
        frame = Frame(self.summit.document.scope.values, spans, Fraction(0))  # type: ignore[arg-type]
        frame.widths = {
            name: 1 / lever.price for name, lever in zip(self.names, self.levers, strict=True)
        }
        frame.box = [
            ((low - lever.now) * lever.price, (high - lever.now) * lever.price)  # type: ignore[operator]
            for lever, (low, high) in zip(self.levers, spans.values(), strict=True)
        ]
        return frame

    def values(self, y: Sequence[Fraction]) -> list[Fraction]:
        """The value of each lever after a change."""
        return [lever.now + v / lever.price for lever, v in zip(self.levers, y, strict=True)]

    def cost(self, values: Sequence[Fraction]) -> Fraction:
        """What these values cost together."""
        each = zip(self.levers, values, strict=True)
        return sum((lever.cost(value) for lever, value in each), Fraction(0))

    def at(self, values: Sequence[Fraction]) -> Summit:
        """The summit with the levers at these values."""
        moved = {
            name: value
            for name, lever, value in zip(self.names, self.levers, values, strict=True)
            if value != lever.now
        }
        return self.summit.at(**moved)


@dataclass(frozen=True)
class Seen:
    """Whether the aim is reached; `fault` says why there is no game."""

    reached: bool
    fault: str = ""


class Asked:
    """The regions of what is asked of a bundle: whether it stands, whether it is settled on."""

    def __init__(
        self, source: Source, bundle: int, stands: Callable[[Standing], bool | None],
        hold: bool, selected: bool, deadline: float | None,
    ) -> None:  # fmt: skip
        self.bundle, self.stands, self.hold = bundle, stands, hold
        self.table = Regions.of(source.case(bundle), deadline)
        self.talks = RegionsOfTalks(source.game, deadline) if selected else None

    def at(self, values: Mapping[str, Fraction]) -> Region[Seen]:
        """The region around a point."""
        here = self.table.at(values)
        stands = self.stands(here.verdict)
        seen = Seen(stands is self.hold, here.verdict.fault)
        # What stands under neither aim hangs on the table alone.
        enough = stands is None or stands is False
        if self.talks is None or enough:
            return Region(seen, here.conditions, here.point)
        talks = self.talks.at(values)
        both = (*here.conditions, *talks.conditions)
        if talks.verdict is None:
            return Region(Seen(False, "the talks have no game here."), both, here.point)
        settled = self.bundle in talks.verdict
        return Region(Seen(settled is self.hold), both, here.point)


class Reaching(Covering):
    """The cheapest change at which the aim is reached."""

    def __init__(self, asked: Asked, frame: Frame, deadline: float | None) -> None:
        super().__init__(asked, frame, "sum", lambda seen: seen.reached, GAP, deadline)

    def within(self, cost: Fraction) -> None:
        """Look for what costs less than this only, which is known to be enough elsewhere."""
        nothing = [Fraction(0)] * len(self.frame.names)
        self.best = Found(nothing, cost, True, nothing)


def short_values(
    freed: Freed, found: Found, reached: Callable[[Sequence[Fraction]], bool]
) -> list[Fraction]:
    """Values of the levers in few digits at which the aim is reached, at or close to a change.

    `reached` : whether it is, at values
    """
    border = freed.values(found.y)
    beyond = freed.values(found.beyond)
    powers = (0,) if found.attained else (20, 16, 12, 8, 4, 0)
    for power in powers:
        further = [b + (c - b) * 2**power for b, c in zip(border, beyond, strict=True)]
        for digits in (3, 4, 6, 8):
            tried = [
                _shortened(value, lever, digits)
                for value, lever in zip(further, freed.levers, strict=True)
            ]
            if freed.cost(tried) <= found.size * (1 + GAP) and reached(tried):
                return _fewer(freed, tried, reached)
    return _fewer(freed, beyond, reached)


def _fewer(
    freed: Freed, values: list[Fraction], reached: Callable[[Sequence[Fraction]], bool]
) -> list[Fraction]:
    """Without the moves that can be left out, the cheapest first."""
    order = sorted(range(len(values)), key=lambda i: freed.levers[i].cost(values[i]))
    for i in order:
        now = freed.levers[i].now
        tried = [now if k == i else value for k, value in enumerate(values)]
        if values[i] != now and reached(tried):
            values = tried
    return values


def _shortened(value: Fraction, lever: Lever, digits: int) -> Fraction:
    """A little further from now, in so many digits of the lever's scale, within its range."""
    unit = Fraction(10) ** (len(str(int(lever.scale))) - digits)
    steps = (value - lever.now) / unit
    value = lever.now + (ceil(steps) if steps > 0 else floor(steps)) * unit
    low, high = lever.within.low, lever.within.high
    if low is not None:
        value = max(value, low)  # type: ignore[assignment]
    return value if high is None else min(value, high)  # type: ignore[return-value]


def together(levers: Sequence[Lever], named: Collection[str], summit: Summit) -> list[Lever]:
    """The levers that can move together.

    Patience needs times that are fixed: it takes part where it is asked for by name, and then the
    parameters that times hang on do not.
    """
    patient = any(name.split(":")[0] == "patience" for name in named)
    timed = _timed(summit) if patient else frozenset()
    chosen = [
        lever
        for lever in levers
        if (lever.kind != "patience" or patient) and lever.name not in timed
    ]
    # Times are read when patience is freed: the others first.
    return sorted(chosen, key=lambda lever: lever.kind == "patience")


def _timed(summit: Summit) -> frozenset[str]:
    """The parameters that times hang on."""
    file, scope = summit.file, summit.document.scope
    texts = [(file.snap_back.after, ("snap_back", "after"))]
    if file.horizon is not None:
        texts.append((file.horizon, ("horizon",)))  # type: ignore[arg-type]
    return frozenset().union(*(scope.years(text, path).parameters for text, path in texts))
