"""The map of two parameters in words, and as plain data."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from detente.show.numbers import plain_data
from detente.show.plain_table import plain_table
from detente.show.thresholds import TALKS, called, word
from detente.stability.following.course import Standing
from detente.stability.following.union import place_data
from detente.stability.robustness.mapped import Area, Band, RegionMap, Verdict
from detente.stability.robustness.plane import Curve, Terms
from detente.stability.words import counted, plain

if TYPE_CHECKING:
    from rich.console import RenderableType

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
    yield plain_table(
        [("verdict", "text"), ("share", "number"), (across, "number"), (up, "number")],
        [
            [verdict_text(found, verdict), f"{found.share(verdict) * 100:.3g} %", *_example(
                found, verdict
            )]
            for verdict in found.verdicts
        ],
    )  # fmt: skip
    yield Text("Share of the rectangle, rounded; and one point at which it is so.")
    if found.boundaries:
        yield Text("The verdict turns where one of these is zero:")
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
    if found.exact:
        return "Exact: inside each region the verdict is the same; on its edges it is not told."
    return (
        f"{counted(len(found.cells))} boxes; in those that are decided the verdict is proved. "
        f"Undecided: {float(found.undecided) * 100:.3g} % of the rectangle."
    )


def verdict_text(found: RegionMap, verdict: Verdict) -> str:
    """A verdict of the map in words."""
    if isinstance(verdict, Standing):
        return word(verdict)
    if verdict is None:
        return "no game"
    names = [called(found.talks, found.talks.bundles[b].name) for b in sorted(verdict)]
    return " or ".join(names) or "nothing is signed"


def _example(found: RegionMap, verdict: Verdict) -> tuple[str, str]:
    for band in found.bands:
        for area in band.areas:
            if area.verdict == verdict:
                return plain(area.point[0]), plain(area.point[1])
    a, b, c, d = next(cell.box for cell in found.cells if cell.decided and cell.verdict == verdict)
    return plain((a + b) / 2), plain((c + d) / 2)


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
        "bands": [_band_data(found, band) for band in found.bands],
        "boxes": [
            {
                "box": list(cell.box),
                "verdict": found.verdicts.index(cell.verdict) if cell.decided else None,
            }
            for cell in found.cells
        ],
    })  # fmt: skip
    return data


def _verdict_data(found: RegionMap, verdict: Verdict) -> dict[str, Any]:
    data: dict[str, Any] = {"word": verdict_text(found, verdict)}
    if isinstance(verdict, Standing):
        for question in ("acceptable", "honoured", "stable"):
            data[question] = verdict.asked(question)
        data["fault"] = verdict.fault
    elif verdict is not None:
        data["signed"] = [found.talks.bundles[b].name for b in sorted(verdict)]
    return data


def _band_data(found: RegionMap, band: Band) -> dict[str, Any]:
    def area(one: Area) -> dict[str, Any]:
        return {
            "verdict": found.verdicts.index(one.verdict),
            "left": _curve_data(one.left),
            "right": _curve_data(one.right),
            "point": list(one.point),
        }

    return {
        "low": place_data(band.low),
        "high": place_data(band.high),
        "areas": [area(one) for one in band.areas],
    }


def _curve_data(curve: Curve | None) -> dict[str, Any] | None:
    return None if curve is None else {**_terms_data(curve.terms), "root": curve.index}


def _terms_data(terms: Terms) -> dict[str, Any]:
    return {
        "polynomial": [{"powers": list(powers), "coefficient": c} for powers, c in terms],
    }
