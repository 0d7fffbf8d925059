"""The map of two parameters in words, and as plain data."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from detente.show.numbers import plain_data
from detente.show.plain_table import plain_table
from detente.show.thresholds import TALKS, called, word
from detente.stability.following.algebraic import Place, between
from detente.stability.following.course import Standing
from detente.stability.following.union import place_data
from detente.stability.robustness.maps.mapped import (
    Band,
    Level,
    Patch,
    RegionMap,
    Verdict,
    near,
    nearly,
)
from detente.stability.robustness.maps.plane import Curve
from detente.stability.robustness.maps.surface import Terms
from detente.stability.words import counted, plain

if TYPE_CHECKING:
    from rich.console import RenderableType

NAMES = 8
"""Bundles that are named where the talks may end with many, all indifferent."""
BOUNDARIES = 12
"""Boundaries that are written out."""


def map_parts(found: RegionMap) -> list[RenderableType]:
    """The regions of a map as paragraphs and a table."""
    return list(_parts(found))


def _parts(found: RegionMap) -> Iterator[RenderableType]:
    from rich.text import Text

    across, up = found.names
    left, right, low, high = found.within
    yield Text(found.title, style="bold")
    if found.reason:
        yield Text(f"Stopped early: {found.reason}", style="bold")
    yield Text(
        f"{about(found)} over {across} ({plain(left)} to {plain(right)}) and {up} "
        f"({plain(low)} to {plain(high)}), the others fixed."
    )
    yield Text(how(found))
    if not found.verdicts:
        return
    yield plain_table(
        [("verdict", "text"), ("share", "number"), (f"as at {across}", "number"),
         (f"and {up}", "number")],
        [
            [verdict_text(found, verdict, NAMES), _share(found, verdict), *_example(found, verdict)]
            for verdict in found.verdicts
        ],
    )  # fmt: skip
    yield Text(
        "Share of the rectangle, rounded; and one point at which it is so. Edge: only where two "
        "areas meet, or on a curve within one."
    )
    if found.boundaries:
        yield Text("The verdict changes where one of these is zero, in part of the map:")
        for terms in found.boundaries[:BOUNDARIES]:
            yield Text(f"  {polynomial_text(terms, found.names)}")
        if len(found.boundaries) > BOUNDARIES:
            yield Text(f"  and {counted(len(found.boundaries) - BOUNDARIES)} more (--json)")


def about(found: RegionMap) -> str:
    """What the map is of."""
    if found.about is None:
        return "What the talks as written may end with"
    return f"The verdict on {called(found.talks, found.about)}"


def how(found: RegionMap) -> str:
    """What is proved."""
    if not found.undecided:
        return "Exact: inside each area, and on each of its edges, the verdict is the same."
    open_ = f"{float(found.undecided) * 100:.3g} %"
    if found.undecided == 1:
        return "Undecided: all of it."
    return f"Undecided: {open_} of the rectangle. Everywhere else the verdict is proved, and exact."


def verdict_text(found: RegionMap, verdict: Verdict, most: int | None = None) -> str:
    """A verdict of the map in words; of many bundles so many are named."""
    if isinstance(verdict, Standing):
        return word(verdict)
    if verdict is None:
        return "no game"
    names = [called(found.talks, found.talks.bundles[b].name) for b in sorted(verdict)]
    if most is not None and len(names) > most:
        names[most:] = [f"{len(names) - most} more (--json)"]
    return " or ".join(names) or "nothing is signed"


def _share(found: RegionMap, verdict: Verdict) -> str:
    share = found.share(verdict)
    return f"{share * 100:.3g} %" if share else "edge"


def _example(found: RegionMap, verdict: Verdict) -> tuple[str, str]:
    """A point at which the verdict is so, both numbers exact where the table says so."""
    for patch in found.patches:
        if patch.decided and not patch.bands and patch.verdict == verdict:
            a, b, c, d = patch.box
            return plain((a + b) / 2), plain((c + d) / 2)
        for band in patch.bands:
            for area in band.areas:
                if area.verdict == verdict:
                    return plain(area.point[0]), plain(area.point[1])
    return _on_edge(found, verdict)


def _on_edge(found: RegionMap, verdict: Verdict) -> tuple[str, str]:
    """The same of a verdict that edges and corners alone have."""
    for patch in found.patches:
        for band in patch.bands:
            for k, edge in enumerate(band.edges):
                if edge == verdict:
                    y = between(band.low, band.high)
                    return _shown(_curves(band)[k].at(y)), plain(y)
    for patch in found.patches:
        for level in patch.levels:
            for stretch in level.stretches or ():
                if stretch.verdict == verdict:
                    return _shown(nearly(stretch.left, near(level.at))), _shown(level.at)
    raise ValueError("a verdict of the map is nowhere on it.")


def _curves(band: Band) -> list[Curve]:
    return [band.areas[0].left, *(area.right for area in band.areas)]


def _shown(place: Place | float) -> str:
    if isinstance(place, Fraction):
        return plain(place)
    return "≈" + plain(Fraction(float(place)).limit_denominator(10**6)).removeprefix("≈")


def polynomial_text(terms: Terms, names: tuple[str, str]) -> str:
    """A polynomial in names, its greatest term first and without a factor there.

    >>> from fractions import Fraction
    >>> polynomial_text((((0, 0), Fraction(-6)), ((1, 1), Fraction(2))), ("a", "b"))
    'a·b - 3'
    """
    ordered = sorted(terms, key=lambda term: (-sum(term[0]), term[0]))
    lead = ordered[0][1]
    text = ""
    for (i, j), c in ordered:
        powers = [name if k == 1 else f"{name}^{k}" for name, k in zip(names, (i, j), strict=True)
                  if k]  # fmt: skip
        size = plain(abs(c / lead))
        product = "·".join(([size] if size != "1" or not powers else []) + powers)
        sign = "-" if c / lead < 0 else "+"
        text += f" {sign} {product}" if text else product
    return text


# ── as data ────────────────────────────────────────────────────────────────────────────────────


def map_data(found: RegionMap) -> dict[str, Any]:
    """The map as plain data, exact: bands of areas between curves, or boxes."""
    left, right, low, high = found.within
    data: dict[str, Any] = plain_data({
        "game": {
            "title": found.title,
            "players": list(found.players),
            "parties": list(found.parties),
        },
        "about": found.about or TALKS,
        "round": found.round,
        "across": {"name": found.names[0], "value": found.values[0], "low": left, "high": right},
        "up": {"name": found.names[1], "value": found.values[1], "low": low, "high": high},
        "exact": found.exact,
        "undecided": found.undecided,
        "stopped": found.stopped,
        "reason": found.reason,
        "verdicts": [
            {**_verdict_data(found, verdict), "share": found.share(verdict)}
            for verdict in found.verdicts
        ],
        "boundaries": [_terms_data(terms) for terms in found.boundaries],
        "patches": [_patch_data(found, patch) for patch in found.patches],
    })  # fmt: skip
    return data


def _patch_data(found: RegionMap, patch: Patch) -> dict[str, Any]:
    uniform = patch.decided and not patch.bands
    return {
        "box": list(patch.box),
        "decided": patch.decided,
        "verdict": found.verdicts.index(patch.verdict) if uniform else None,
        "bands": [_band_data(found, band) for band in patch.bands],
        "levels": [_level_data(found, level) for level in patch.levels],
    }


def _verdict_data(found: RegionMap, verdict: Verdict) -> dict[str, Any]:
    data: dict[str, Any] = {"verdict": verdict_text(found, verdict)}
    if isinstance(verdict, Standing):
        for question in ("acceptable", "honoured", "stable"):
            data[question] = verdict.asked(question)
        data["fault"] = verdict.fault or None
    elif verdict is not None:
        data["signed"] = [found.talks.bundles[b].name for b in sorted(verdict)]
    return data


def _band_data(found: RegionMap, band: Band) -> dict[str, Any]:
    return {
        "low": place_data(band.low),
        "high": place_data(band.high),
        "areas": [
            {"verdict": found.verdicts.index(area.verdict), "point": list(area.point)}
            for area in band.areas
        ],
        "edges": [
            {**_curve_data(curve), "verdict": found.verdicts.index(verdict)}
            for curve, verdict in zip(_curves(band), band.edges, strict=True)
        ],
    }


def _level_data(found: RegionMap, level: Level) -> dict[str, Any]:
    stretches = level.stretches
    return {
        "at": place_data(level.at),
        "stretches": None if stretches is None else [
            {
                "verdict": found.verdicts.index(stretch.verdict),
                "left": _curve_data(stretch.left),
                "right": _curve_data(stretch.right),
                "closed": list(stretch.closed),
            }
            for stretch in stretches
        ],
    }  # fmt: skip


def _curve_data(curve: Curve) -> dict[str, Any]:
    return {**_terms_data(curve.terms), "root": curve.index}


def _terms_data(terms: Terms) -> dict[str, Any]:
    return {
        "polynomial": [{"powers": list(powers), "coefficient": c} for powers, c in terms],
    }
