"""What a map of two parameters is: areas in bands, or boxes, each with its verdict."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from detente.stability.following.algebraic import Place, real_roots
from detente.stability.following.course import Standing
from detente.stability.robustness.boxes import Box
from detente.stability.robustness.plane import Curve, Terms, along_second, sign_there
from detente.stability.verdict import Stopped

Verdict = Standing | frozenset[int] | None
"""That on a bundle; or the positions of the bundles that the talks may end with, None where there
is no game."""


@dataclass(frozen=True)
class Area:
    """Between two curves, or the sides of the rectangle, within a band.

    `left`, `right` : the curves; None for the side of the rectangle
    `point` : one point in it
    """

    left: Curve | None
    right: Curve | None
    verdict: Verdict
    point: tuple[Fraction, Fraction]

    def span(self, y: Fraction, sides: tuple[Fraction, Fraction]) -> tuple[Fraction, Fraction]:
        """From where to where it reaches at a value inside the band, nearly."""
        left, right = (
            side if curve is None else near(curve.at(y))
            for curve, side in zip((self.left, self.right), sides, strict=True)
        )
        return left, right


@dataclass(frozen=True)
class Band:
    """The areas from left to right between two values of the second parameter, both exact."""

    low: Place
    high: Place
    areas: tuple[Area, ...]


@dataclass(frozen=True)
class Cell:
    """A box all over which the verdict is the same; or, `decided` being False, is not proved."""

    box: Box
    verdict: Verdict
    decided: bool = True


@dataclass(frozen=True)
class RegionMap:
    """A verdict over a rectangle of two parameters, the others fixed.

    `names` : of the parameter across, and of that upwards; `values` : theirs in the file
    `within` : from and to across, from and to upwards
    `about` : the bundle; None for what the talks as written may end with
    `exact` : whether `bands` cover the rectangle; else `cells` do
    `polynomials` : the verdict is told wherever none of these is zero
    """

    title: str
    players: tuple[str, ...]
    parties: tuple[str, ...]
    names: tuple[str, str]
    values: tuple[Fraction, Fraction]
    within: Box
    about: str | None
    round: int | None
    exact: bool
    bands: tuple[Band, ...]
    cells: tuple[Cell, ...]
    polynomials: tuple[Terms, ...]
    stopped: Stopped = "finished"
    reason: str = ""
    talks: Any = field(default=None, repr=False, compare=False)

    def at(self, x: Fraction, y: Fraction) -> Verdict:
        """The verdict at a point; LookupError on a boundary, in the undecided band and outside."""
        left, right, low, high = self.within
        if not (left <= x <= right and low <= y <= high):
            raise LookupError("that point lies outside the map.")
        if any(sign_there(terms, x, y) == 0 for terms in self.polynomials):
            raise LookupError("something that the verdict rests on turns exactly there.")
        for band in self.bands:
            if band.low <= y <= band.high:
                for area in band.areas:
                    if area.right is None or x < area.right.at(y):
                        return area.verdict
        for cell in self.cells:
            a, b, c, d = cell.box
            if cell.decided and a <= x <= b and c <= y <= d:
                return cell.verdict
        raise LookupError("nothing is proved of that point.")

    @property
    def undecided(self) -> Fraction:
        """The share of the rectangle in which nothing is proved."""
        left, right, low, high = self.within
        open_ = sum(
            ((b - a) * (d - c) for a, b, c, d in (c.box for c in self.cells if not c.decided)),
            Fraction(0),
        )
        return open_ / ((right - left) * (high - low))

    @property
    def verdicts(self) -> tuple[Verdict, ...]:
        """Those that occur, each once."""
        areas = [area.verdict for band in self.bands for area in band.areas]
        return tuple(dict.fromkeys([*areas, *(c.verdict for c in self.cells if c.decided)]))

    @property
    def boundaries(self) -> tuple[Terms, ...]:
        """The polynomials along whose zeros areas with different verdicts meet."""
        curves = [area.right for band in self.bands for area in band.areas if area.right]
        cuts = {band.low for band in self.bands[1:]}
        level = [t for t in self.polynomials if not any(i for (i, _), _ in t)]
        crossed = [t for t in level if cuts.intersection(real_roots(along_second(t)))]
        return tuple(dict.fromkeys([*(curve.terms for curve in curves), *crossed]))

    def _repr_svg_(self) -> str | None:
        from detente.notebook import map_svg

        return map_svg(self)

    def share(self, verdict: Verdict) -> float:
        """Which part of the rectangle has a verdict, about; exactly so where it is in boxes."""
        left, right, low, high = self.within
        whole = (right - left) * (high - low)
        found = sum(
            float((b - a) * (d - c) / whole)
            for a, b, c, d in (c.box for c in self.cells if c.decided and c.verdict == verdict)
        )
        return found + sum(
            float(height / (high - low)) * float((b - a) / (right - left))
            for band in self.bands
            for y, height in levels(band)
            for area in band.areas
            if area.verdict == verdict
            for a, b in [area.span(y, (left, right))]
        )


def levels(band: Band, count: int = 24) -> Iterator[tuple[Fraction, Fraction]]:
    """Values inside a band, and the height of the slice around each."""
    low, high = near(band.low), near(band.high)
    height = (high - low) / count
    for k in range(count):
        yield low + height * (k + Fraction(1, 2)), height


def near(place: Place) -> Fraction:
    """A rational close to a place: itself, or within a part in a million million."""
    if isinstance(place, Fraction):
        return place
    close = place.within(Fraction(1, 10**12))
    return (close.low + close.high) / 2
