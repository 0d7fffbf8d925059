"""From curves and the verdicts between them to the bands and levels of a patch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from detente.stability.following.algebraic import between
from detente.stability.robustness.maps.boxes import Box
from detente.stability.robustness.maps.mapped import Area, Band, Level, Patch, Stretch, Verdict
from detente.stability.robustness.maps.plane import Arrangement, Row, Strip, Vector
from detente.stability.robustness.maps.surface import Terms

Told = Mapping[Vector, Verdict]


def patch_of(box: Box, polynomials: Sequence[Terms], arrangement: Arrangement, told: Told) -> Patch:
    """A patch whose every vector of signs has a verdict; cuts that change nothing are left out."""
    bands = [_band(strip, told) for strip in arrangement.strips]
    cuts = [*(strip.low for strip in arrangement.strips), arrangement.strips[-1].high]
    levels = [
        Level(at, None if row is None else tuple(_stretches(row, told)))
        for at, row in zip(cuts, arrangement.rows, strict=True)
    ]
    kept_bands, kept_levels = bands[:1], levels[:1]
    for level, band in zip(levels[1:-1], bands[1:], strict=True):
        if _goes_on(kept_bands[-1], level, band):
            kept_bands[-1] = replace(kept_bands[-1], high=band.high)
        else:
            kept_levels.append(level)
            kept_bands.append(band)
    kept_levels.append(levels[-1])
    return Patch(
        box, bands=tuple(kept_bands), levels=tuple(kept_levels),
        polynomials=tuple(polynomials), told=told,
    )  # fmt: skip


def _band(strip: Strip, told: Told) -> Band:
    """Neighbours with the same verdict, also between them, as one."""
    row = strip.row
    on = [told[signs] for signs in row.points if signs is not None]
    inside = [told[signs] for signs in row.gaps]
    ends = [curve.at(strip.sample) for curve in row.curves]
    areas, edges = list[Area](), [on[0]]
    for k, verdict in enumerate(inside):
        if areas and areas[-1].verdict == on[k] == verdict:
            areas[-1] = replace(areas[-1], right=row.curves[k + 1])
            edges[-1] = on[k + 1]
            continue
        point = (between(ends[k], ends[k + 1]), strip.sample)
        areas.append(Area(row.curves[k], row.curves[k + 1], verdict, point))
        edges.append(on[k + 1])
    return Band(strip.low, strip.high, tuple(areas), tuple(edges))


def _stretches(row: Row, told: Told) -> list[Stretch]:
    """Neighbours with the same verdict as one."""
    found: list[Stretch] = []
    for k, curve in enumerate(row.curves):
        signs = row.points[k]
        if signs is not None:
            _append(found, Stretch(curve, curve, (True, True), told[signs]))
        if k < len(row.gaps):
            _append(found, Stretch(curve, row.curves[k + 1], (False, False), told[row.gaps[k]]))
    return found


def _append(found: list[Stretch], stretch: Stretch) -> None:
    if found and found[-1].verdict == stretch.verdict:
        last = found[-1]
        closed = (last.closed[0], stretch.closed[1])
        found[-1] = replace(last, right=stretch.right, closed=closed)
    else:
        found.append(stretch)


def _goes_on(lower: Band, level: Level, upper: Band) -> bool:
    """Whether nothing changes at a level between two bands."""
    return (
        [(a.left, a.right, a.verdict) for a in lower.areas]
        == [(a.left, a.right, a.verdict) for a in upper.areas]
        and lower.edges == upper.edges
        and level.stretches is not None
        and [s.verdict for s in level.stretches] == _sequence(lower)
    )


def _sequence(band: Band) -> list[Verdict]:
    """The verdicts from left to right, neighbours that are the same once."""
    row: list[Verdict] = [band.edges[0]]
    for area, edge in zip(band.areas, band.edges[1:], strict=True):
        row += [area.verdict, edge]
    return [v for k, v in enumerate(row) if not k or v != row[k - 1]]
