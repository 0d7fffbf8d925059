"""The map of two parameters: regions in which a verdict stays, with their boundaries.

Solved exactly at one point, the game says on which signs the verdict there rests (see `regions`).
The polynomials met so far cut the rectangle into cells; wherever no known region vouches for the
verdict in a cell, the game is solved there, until every cell is vouched for. Where that makes too
many cells, the rectangle is cut into boxes instead, as often as it takes to prove that all signs
stay in them; what is then left along the boundaries is the undecided band.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from detente.errors import DetenteError, NotSupported, OutOfTime
from detente.game.formulas import Parameter
from detente.stability.case import Source, bundle_index
from detente.stability.robustness.boxes import Box, Signs
from detente.stability.robustness.mapped import Area, Band, Cell, RegionMap, Verdict
from detente.stability.robustness.plane import Curve, Plane, Terms, sign_there, strips
from detente.stability.robustness.regions import Region, Regions, RegionsOfTalks
from detente.stability.verdict import Stopped

if TYPE_CHECKING:
    from detente.game.tree import Game
    from detente.summit.summit import Summit

CELLS = 6_000
"""Cells of the exact map beyond which boxes take its place."""
PAIRS = 4_000
"""Pairs of curves beyond which their crossings are not worked out."""
HALVINGS = 7
"""How often a box is halved, in each direction, before it is left undecided."""

Progress = Callable[[str, float | None], None]


def region_map(
    talks: Summit | Game,
    across: str,
    up: str,
    bundle: str | int | Mapping[str, str] | None = None,
    *,
    within: Sequence[Any] | None = None,
    round: int | None = None,
    time_limit: float | None = None,
    progress: Progress | None = None,
) -> RegionMap:
    """Where in the plane of two parameters a verdict holds, the others fixed.

    `bundle` : whose verdict; what the talks as written may end with, unless given
    `within` : from and to of `across`, from and to of `up`; their ranges unless given
    `round` : in which the bundle is put on the table; the last one unless given
    `time_limit` : seconds after which what is proved comes back

    Raises DetenteError for an unknown parameter or one without a range, NotSupported under hidden
    information and where ties make too many equilibria to list.

    >>> import detente as dt
    >>> from detente.stability.robustness.map import region_map
    >>> found = region_map(dt.load("hanoi-2019"), "crisis", "us_crisis_cost", 10)
    >>> found.exact, found.undecided
    (True, Fraction(0, 1))
    """
    deadline = None if time_limit is None else time.perf_counter() + time_limit
    source = Source(talks, round)
    if source.hidden:
        raise NotSupported(
            "maps are drawn where every side sees all that is done; in "
            f"'{source.talks.title}' some of it is hidden."
        )
    at = None if bundle is None else bundle_index(source.talks, bundle)
    game = source.game
    if at is not None and source.has_protocol:
        game = source.talks.table(at, source.round)
    known = game.formulas.parameters if game.formulas else {}
    names, box = (across, up), _box(known, across, up, within)
    solver: _Solver = RegionsOfTalks(game, deadline)
    if at is not None:
        solver = Regions.of(source.case(at), deadline)
    plane = Plane(names, {name: parameter.value for name, parameter in known.items()})
    bundle_name = None if at is None else source.talks.bundles[at].name
    found = RegionMap(
        source.talks.title, source.sides, source.parties, names,
        (known[across].value, known[up].value), box, bundle_name, source.round, False, (), (), (),
        talks=source.talks,
    )  # fmt: skip
    return _Surveyor(solver, plane, box, deadline, progress).survey(found)


def _box(
    known: Mapping[str, Parameter], across: str, up: str, within: Sequence[Any] | None
) -> Box:
    from detente.game.expressions import exact

    if across == up:
        raise DetenteError(f"a map takes two parameters; found '{across}' twice.")
    ends: list[Fraction] = []
    for name in (across, up):
        if name not in known:
            raise DetenteError(
                f"no parameter '{name}'. The parameters are: {', '.join(known) or 'none'}."
            )
        low, high = known[name].low, known[name].high
        if within is None and (low is None or high is None):
            raise DetenteError(
                f"the parameter '{name}' has no range. Give it one in the file, as in "
                "'range: [0, 1]'."
            )
        ends += [low or Fraction(0), high or Fraction(0)]
    if within is not None:
        ends = [exact(end) for end in within]
        if len(ends) != 4:
            raise DetenteError("within is four numbers: from and to across, from and to upwards.")
    left, right, low, high = ends
    if left >= right or low >= high:
        raise DetenteError("an interval goes from a lower to a higher value.")
    return left, right, low, high


class _Solver(Protocol):
    def at(self, point: Mapping[str, Fraction] | None = None) -> Region[Any]:
        """The verdict at a point, and what it rests on."""


@dataclass(frozen=True)
class _Known:
    """A verdict, and the signs of polynomials (by number) with which it comes."""

    numbers: NDArray[np.intp]
    signs: NDArray[np.int8]
    verdict: Verdict

    def covers(self, signs: NDArray[np.int8]) -> bool:
        """Whether all of them are as they must be."""
        return bool((signs[self.numbers] == self.signs).all())


class _Surveyor:
    """Regions as they are met, and the polynomials that bound them in the rectangle."""

    def __init__(
        self, solver: _Solver, plane: Plane, box: Box, deadline: float | None,
        progress: Progress | None,
    ) -> None:  # fmt: skip
        self.solver, self.plane, self.box = solver, plane, box
        self.deadline, self.progress = deadline, progress
        self.polynomials: list[Terms] = []
        self.signs = Signs()
        self.regions: list[_Known] = []
        self._passing: dict[Terms, bool] = {}

    def survey(self, blank: RegionMap) -> RegionMap:
        """The map filled in."""
        stopped: Stopped = "finished"
        reason = ""
        bands: list[Band] | None = None
        cells: list[Cell] = []
        try:
            bands = self._bands()
            if bands is None:
                self._boxes(cells)
        except OutOfTime:
            stopped, reason = "time_limit", "the time limit passed before all was proved."
        except KeyboardInterrupt:
            stopped, reason = "interrupted", "interrupted before all was proved."
        if bands is None and not cells:
            cells = [Cell(self.box, None, decided=False)]
        return replace(
            blank, exact=bands is not None, bands=tuple(bands or ()), cells=tuple(cells),
            polynomials=tuple(self.polynomials), stopped=stopped, reason=reason,
        )  # fmt: skip

    def _go_on(self) -> None:
        if self.deadline is not None and time.perf_counter() > self.deadline:
            raise OutOfTime

    def _say(self, text: str, done: float | None = None) -> None:
        if self.progress is not None:
            self.progress(text, done)

    def _learn(self, x: Fraction, y: Fraction) -> bool:
        """Solve the game at a point; whether polynomials came up that were not known."""
        self._go_on()
        region = self.solver.at(dict(zip(self.plane.names, (x, y), strict=True)))
        bounding = [t for t in self.plane.factors(region.conditions) if self._passes(t)]
        before = len(self.polynomials)
        for terms in bounding:
            if terms not in self.polynomials:
                self.polynomials.append(terms)
        numbers = [self.signs.number(terms) for terms in bounding]
        signs = [sign_there(terms, x, y) for terms in bounding]
        if all(signs):
            at = np.array(numbers, dtype=np.intp)
            self.regions.append(_Known(at, np.array(signs, dtype=np.int8), region.verdict))
        return len(self.polynomials) > before

    def _passes(self, terms: Terms) -> bool:
        """Whether the curve may pass through the rectangle: else its sign is the same all over."""
        if terms not in self._passing:
            alone = Signs()
            alone.number(terms)
            self._passing[terms] = not alone.over(self.box)[0]
        return self._passing[terms]

    # ── cut exactly ────────────────────────────────────────────────────────────────────────────

    def _bands(self) -> list[Band] | None:
        """The whole rectangle in bands; None where that makes too many cells."""
        left, right, low, high = self.box
        while True:
            if len(self.polynomials) ** 2 > 2 * PAIRS:
                return None
            found = list(strips(self.plane, self.polynomials, (left, right), (low, high)))
            if sum(len(strip.points) for strip in found) > CELLS:
                return None
            self._say(f"{len(self.regions)} regions", None)
            fresh, bands = False, list[Band]()
            for strip in found:
                self._go_on()
                told = [self._told(x, strip.sample) for x in strip.points]
                fresh |= any(new for _, new in told)
                known = [verdict for verdict, _ in told]
                points = [(x, strip.sample) for x in strip.points]
                bands.append(Band(strip.low, strip.high, _areas(strip.curves, known, points)))
            if not fresh:
                return list(_merged(bands))

    def _told(self, x: Fraction, y: Fraction) -> tuple[Verdict, bool]:
        """The verdict that a known region vouches for, and whether it had to be found anew."""
        signs = np.array([sign_there(t, x, y) for t in self.polynomials], dtype=np.int8)
        for known in self.regions:
            if known.covers(signs):
                return known.verdict, False
        fresh = self._learn(x, y)
        return (self.regions[-1].verdict, fresh) if self.regions else (None, True)

    # ── cut into boxes ─────────────────────────────────────────────────────────────────────────

    def _boxes(self, cells: list[Cell]) -> None:
        """Boxes with proved verdicts, and those that are left; kept in `cells` when stopped."""
        waiting = deque([(self.box, 0)])
        try:
            while waiting:
                box, depth = waiting[0]
                known = self._vouched(box, depth < HALVINGS)
                waiting.popleft()
                if known is not None:
                    cells.append(Cell(box, known.verdict))
                elif depth < HALVINGS:
                    waiting += [(quarter, depth + 1) for quarter in _quarters(box)]
                else:
                    cells.append(Cell(box, None, decided=False))
                self._say(f"{len(cells)} boxes")
        finally:
            cells += [Cell(box, None, decided=False) for box, _ in waiting]

    def _vouched(self, box: Box, solve: bool) -> _Known | None:
        """The region that holds the whole box; the game is solved at its middle if need be."""
        self._go_on()
        known = self._covering(box)
        if known is not None or not solve:
            return known
        left, right, low, high = box
        x, y = (left + right) / 2, (low + high) / 2
        if self._covering((x, x, y, y)) is not None:
            return None
        count = len(self.regions)
        self._learn(x, y)
        return self._covering(box) if len(self.regions) > count else None

    def _covering(self, box: Box) -> _Known | None:
        signs = self.signs.over(box)
        return next((known for known in self.regions if known.covers(signs)), None)


def _quarters(box: Box) -> Iterator[Box]:
    left, right, low, high = box
    x, y = (left + right) / 2, (low + high) / 2
    for a, b in ((left, x), (x, right)):
        for c, d in ((low, y), (y, high)):
            yield a, b, c, d


def _areas(
    curves: Sequence[Curve], known: Sequence[Verdict], points: Sequence[tuple[Fraction, Fraction]]
) -> tuple[Area, ...]:
    """Neighbours with the same verdict as one."""
    found = [Area(None, None, known[0], points[0])]
    for curve, verdict, point in zip(curves, known[1:], points[1:], strict=True):
        if verdict != found[-1].verdict:
            found[-1] = replace(found[-1], right=curve)
            found.append(Area(curve, None, verdict, point))
    return tuple(found)


def _merged(bands: Sequence[Band]) -> Iterator[Band]:
    """Neighbours whose areas lie between the same curves as one."""
    held = bands[0]
    for _, band in pairwise(bands):
        if [(a.left, a.right, a.verdict) for a in held.areas] == [
            (a.left, a.right, a.verdict) for a in band.areas
        ]:
            held = replace(held, high=band.high)
            continue
        yield held
        held = band
    yield held
