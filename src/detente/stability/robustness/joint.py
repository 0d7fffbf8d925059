"""Several numbers moved together: the cheapest change, with the proof that none costs less.

All numbers that may move are freed in one summit, each measured by what it costs, and the space of
changes is covered by regions of the verdict, cheapest first (`covering`, in the norm that adds up).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor
from typing import TYPE_CHECKING, Any

from detente.stability.case import Source
from detente.stability.following.course import Standing
from detente.stability.robustness.covering import Covering, Found
from detente.stability.robustness.levers import Lever
from detente.stability.robustness.norms import Row, inside
from detente.stability.robustness.pieces import Constraint, Form, Frame, Piece
from detente.stability.robustness.quotients import Polynomial
from detente.stability.robustness.regions import Region, Regions, RegionsOfTalks

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
        regions: Any = asked
        super().__init__(regions, frame, "sum", "never", GAP, deadline)

        self._forms: dict[str, Form] = {}

    def _overturned(self, verdict: Any) -> bool:
        return not verdict.fault and verdict.reached

    def _constraints(self, piece: Piece, conditions: Sequence[object]) -> list[Constraint]:
        """The signs of the conditions' factors: where these are the same, so are the conditions.

        Factors are of lower degree, and many conditions have the same.
        """
        found: dict[tuple[Form, str], Constraint] = {}
        for condition in conditions:
            whole = self.frame.constraint(condition)  # type: ignore[arg-type]
            if whole is None:
                continue
            y = self._asked_at
            for form in self._factors(whole.form.polynomial):
                value = form.at(y)
                if value < 0:
                    form = self._negative(form)
                made = Constraint(form, ">" if value else "=")
                if whole.relation == "=" and value:
                    continue  # some other factor is zero, and stays so
                if made not in piece.constraints:
                    found[form, made.relation] = made
        return list(found.values())

    def _cut(self, piece: Piece, y: list[Fraction]) -> None:
        self._asked_at = y
        super()._cut(piece, y)

    def _push(self, piece: Piece) -> None:
        relations: dict[str, set[str]] = {}
        for constraint in piece.constraints:
            key, positive = canonical(constraint.form.polynomial)
            relations.setdefault(key, set()).update(_signs(constraint.relation, positive))
        made = []
        for key, excluded in relations.items():
            if len(excluded) == 3:
                return
            made.append(self._one(key, excluded))
        super()._push(Piece(piece.box, tuple(made), piece.overturned))

    def _one(self, key: str, excluded: set[str]) -> Constraint:
        """All that is known of the sign of one form, as one constraint."""
        form = self._forms[key]
        if "+" in excluded and "-" in excluded:
            return Constraint(form, "=")
        if "-" in excluded:
            return Constraint(form, ">" if "0" in excluded else ">=")
        if "+" in excluded:
            return Constraint(self._negative(form), ">" if "0" in excluded else ">=")
        raise ValueError("nothing but zero is excluded, which no constraint says.")

    def _point(self, piece: Piece, rows: list[Row], y: list[Fraction]) -> list[Fraction] | None:
        surfaces = [c.form for c in piece.constraints if c.relation == "=" and not c.form.linear]
        if len(surfaces) != 1:
            return super()._point(piece, rows, y)
        inner = inside(rows, piece.box)
        for start in (y, y if inner is None else inner):
            for i in range(len(y)):
                found = _on(surfaces[0], start, i)
                if found is not None and piece.holds(found):
                    return found
        return None

    def _factors(self, polynomial: Polynomial) -> Iterator[Form]:
        _, factors = polynomial.factor()
        for factor, _ in factors:
            key, positive = canonical(factor)
            if key not in self._forms:
                self._forms[key] = Form(factor if positive else -factor)
            yield self._forms[key]

    def _negative(self, form: Form) -> Form:
        key = f"-{canonical(form.polynomial)[0]}"
        if key not in self._forms:
            self._forms[key] = form.negated()
        return self._forms[key]

    def within(self, cost: Fraction) -> None:
        """Look for what costs less than this only, which is known to be enough elsewhere."""
        nothing = [Fraction(0)] * len(self.frame.names)
        self.best = Found(nothing, cost, True, nothing)


def canonical(polynomial: Polynomial) -> tuple[str, bool]:
    """A text that a polynomial shares with its multiples, and whether it is a positive one."""
    lead = polynomial.leading_coefficient()
    return str(polynomial / lead), lead > 0


def _signs(relation: str, positive: bool) -> set[str]:
    """The signs of a form that a constraint on it, or on its negative, excludes."""
    if relation == "=":
        return {"+", "-"}
    excluded = {"-" if positive else "+"}
    return excluded | {"0"} if relation == ">" else excluded


def _on(form: Form, y: Sequence[Fraction], i: int) -> list[Fraction] | None:
    """The point with one part moved so that a form is zero, if it is linear in that part."""

    def value(part: int) -> Fraction:
        return form.at([Fraction(part) if k == i else v for k, v in enumerate(y)])

    slope = value(1) - value(0)
    if not slope or value(2) - value(1) != slope:
        return None
    return [-value(0) / slope if k == i else v for k, v in enumerate(y)]


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
