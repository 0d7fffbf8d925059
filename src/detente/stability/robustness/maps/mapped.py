"""What a map of two parameters is: patches of areas, their edges and corners, with verdicts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property, lru_cache
from math import cos, pi, sin
from typing import Any

import numpy as np

from detente.stability.following.algebraic import Place, real_roots
from detente.stability.following.course import Standing
from detente.stability.robustness.maps.boxes import Box
from detente.stability.robustness.maps.plane import (
    Curve,
    Vector,
    along_first,
    along_second,
    sign_there,
    width,
)
from detente.stability.robustness.maps.surface import Terms
from detente.stability.verdict import Stopped

Verdict = Standing | frozenset[int] | None
"""That on a bundle; or the positions of the bundles that the talks may end with, None where there
is no game."""


@dataclass(frozen=True)
class Area:
    """Between two neighbouring curves, or sides of the patch, within a band.

    `point` : one point in it
    """

    left: Curve
    right: Curve
    verdict: Verdict
    point: tuple[Fraction, Fraction]

    def span(self, y: Fraction) -> tuple[float, float]:
        """From where to where it reaches at a value inside the band, nearly."""
        return nearly(self.left, y), nearly(self.right, y)


@dataclass(frozen=True)
class Band:
    """The areas from left to right between two values of the second parameter, both exact.

    `edges` : the verdicts on the curves, the left side of the patch first, its right side last
    """

    low: Place
    high: Place
    areas: tuple[Area, ...]
    edges: tuple[Verdict, ...]


@dataclass(frozen=True)
class Stretch:
    """A part of a level line, from curve to curve; a point where both are the same.

    `closed` : whether the ends belong to it
    """

    left: Curve
    right: Curve
    closed: tuple[bool, bool]
    verdict: Verdict


@dataclass(frozen=True)
class Level:
    """One value of the second parameter from side to side of a patch.

    `stretches` : from left to right; None where what meets there is not told
    """

    at: Place
    stretches: tuple[Stretch, ...] | None


@dataclass(frozen=True)
class Patch:
    """A closed rectangle of the map.

    `decided` : False where nothing is proved of it
    `verdict` : all over it, where it has no `bands`
    `bands`, `levels` : from bottom to top; one level more than bands
    `polynomials` : those whose signs tell the verdict
    `told` : their signs → the verdict
    """

    box: Box
    decided: bool = True
    verdict: Verdict = None
    bands: tuple[Band, ...] = ()
    levels: tuple[Level, ...] = ()
    polynomials: tuple[Terms, ...] = ()
    told: Mapping[Vector, Verdict] = field(default_factory=dict, repr=False)

    @property
    def area(self) -> Fraction:
        """How large it is."""
        left, right, low, high = self.box
        return (right - left) * (high - low)

    def holds(self, x: Fraction, y: Fraction) -> bool:
        """Whether a point lies in it."""
        left, right, low, high = self.box
        return left <= x <= right and low <= y <= high

    def at(self, x: Fraction, y: Fraction) -> Verdict:
        """The verdict at a point of it; LookupError where it is not told."""
        if not self.decided:
            raise LookupError("nothing is proved of that point.")
        if not self.bands:
            return self.verdict
        signs = tuple(sign_there(terms, x, y) for terms in self.polynomials)
        if signs not in self.told:
            raise LookupError("several curves meet in that point; it is not told.")
        return self.told[signs]

    def shares(self) -> Iterator[tuple[Verdict, float]]:
        """The size of each of its areas."""
        if self.decided and not self.bands:
            yield self.verdict, float(self.area)
        for band in self.bands:
            for area in band.areas:
                yield area.verdict, _size(band, area)

    def edges(self) -> Iterator[Verdict]:
        """The verdicts on its edges and at its corners."""
        for band in self.bands:
            yield from band.edges
        for level in self.levels:
            yield from (stretch.verdict for stretch in level.stretches or ())


@dataclass(frozen=True)
class RegionMap:
    """A verdict over a rectangle of two parameters, the others fixed.

    `names` : of the parameter across, and of that upwards; `values` : theirs in the file
    `within` : from and to across, from and to upwards
    `about` : the bundle; None for what the talks as written may end with
    `patches` : they cover the rectangle; one, where its curves are few
    """

    title: str
    players: tuple[str, ...]
    parties: tuple[str, ...]
    names: tuple[str, str]
    values: tuple[Fraction, Fraction]
    within: Box
    about: str | None
    round: int | None
    patches: tuple[Patch, ...]
    stopped: Stopped = "finished"
    reason: str | None = None
    talks: Any = field(default=None, repr=False, compare=False)

    def at(self, x: Fraction, y: Fraction) -> Verdict:
        """The verdict at a point; LookupError where it is not told, and outside."""
        x, y = Fraction(x), Fraction(y)
        missing = LookupError("that point lies outside the map.")
        for patch in self.patches:
            if patch.holds(x, y):
                try:
                    return patch.at(x, y)
                except LookupError as error:
                    missing = error
        raise missing

    @property
    def exact(self) -> bool:
        """Whether nothing is left undecided."""
        return all(patch.decided for patch in self.patches)

    @cached_property
    def undecided(self) -> Fraction:
        """The share of the rectangle in which nothing is proved."""
        left, right, low, high = self.within
        open_ = sum((p.area for p in self.patches if not p.decided), Fraction(0))
        return open_ / ((right - left) * (high - low))

    @cached_property
    def shares(self) -> Mapping[Verdict, float]:
        """Which part of the rectangle has which verdict, nearly; the largest first."""
        left, right, low, high = self.within
        whole = float((right - left) * (high - low))
        found: dict[Verdict, float] = {}
        for patch in self.patches:
            for verdict, size in patch.shares():
                found[verdict] = found.get(verdict, 0.0) + size / whole
        return dict(sorted(found.items(), key=lambda pair: -pair[1]))

    @cached_property
    def verdicts(self) -> tuple[Verdict, ...]:
        """Those that occur, each once: of areas, the largest share first; then those on edges."""
        edges = [verdict for patch in self.patches for verdict in patch.edges()]
        return tuple(dict.fromkeys([*self.shares, *edges]))

    @cached_property
    def boundaries(self) -> tuple[Terms, ...]:
        """The polynomials along whose zeros the verdict changes."""
        found: dict[Terms, None] = {}
        for patch in self.patches:
            for band in patch.bands:
                for area in band.areas[:-1]:
                    found[area.right.terms] = None
            found.update(dict.fromkeys(_level_curves(patch)))
        return tuple(found)

    def __repr__(self) -> str:
        over = " and ".join(self.names)
        told = "exact" if self.exact else f"{float(self.undecided):.3g} undecided"
        return f"<RegionMap '{self.title}', {self.about or 'the talks as written'}: {over}, {told}>"

    def _repr_svg_(self) -> str | None:
        from detente.notebook import map_svg

        return map_svg(self)

    def share(self, verdict: Verdict) -> float:
        """Which part of the rectangle has a verdict, nearly."""
        return self.shares.get(verdict, 0.0)


def _level_curves(patch: Patch) -> Iterator[Terms]:
    """Those curves of a patch that are level, at a cut that is left between bands."""
    for terms in patch.polynomials:
        if not width(terms):
            roots = real_roots(along_second(terms, Fraction(0)))
            if any(level.at in roots for level in patch.levels[1:-1]):
                yield terms


# ── nearly ─────────────────────────────────────────────────────────────────────────────────────


def nearly(curve: Curve, y: Fraction) -> float:
    """Where a curve is at a value, in floating point."""
    row = along_first(curve.terms, y)
    if len(row) == 2 and row[1]:
        return float(-row[0] / row[1])
    return float(real_roots(row)[curve.index])


@lru_cache(maxsize=1)
def _nodes() -> tuple[tuple[Fraction, float], ...]:
    """Places from 0 to 1, and weights, by which functions with roots at the ends are integrated.

    Gauss and Legendre's, in the angle whose sine is the place: square roots are smooth in it.
    """
    nodes, weights = np.polynomial.legendre.leggauss(20)
    return tuple(
        (Fraction(sin(pi / 2 * t)) / 2 + Fraction(1, 2), float(w) * pi / 4 * cos(pi / 2 * t))
        for t, w in zip(nodes.tolist(), weights.tolist(), strict=True)
    )


def is_line(terms: Terms) -> bool:
    """Whether a curve is straight."""
    return all(i + j <= 1 for (i, j), _ in terms)


def _size(band: Band, area: Area) -> float:
    low, high = near(band.low), near(band.high)
    total = 0.0
    for place, weight in _nodes():
        left, right = area.span(low + (high - low) * place)
        total += weight * (right - left)
    return total * float(high - low)


def levels(band: Band, count: int) -> Iterator[Fraction]:
    """Values inside a band, closer towards its ends, where curves may turn back."""
    low, high = near(band.low), near(band.high)
    for k in range(count):
        share = (1 - cos(pi * (k + 0.5) / count)) / 2
        yield low + (high - low) * Fraction(share)


def near(place: Place) -> Fraction:
    """A rational close to a place: itself, or within a part in a million million."""
    if isinstance(place, Fraction):
        return place
    close = place.within(Fraction(1, 10**12))
    return (close.low + close.high) / 2
