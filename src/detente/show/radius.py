"""A radius: the smallest change that overturns a verdict, for reading and as plain data."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from detente.show.numbers import number, plain_data
from detente.show.plain_table import Kind, plain_table
from detente.stability.robustness.nearest.radius import Move, Radius
from detente.stability.words import counted, listed, plain

if TYPE_CHECKING:
    from rich.console import RenderableType

NORM_WORDS = {
    "max": "the greatest part of its range that a parameter moves",
    "sum": "the sum of the parts of their ranges that the parameters move",
    "euclid": "the root of the summed squares of the parts of their ranges that parameters move",
}
_COLUMNS: list[tuple[str, Kind]] = [
    ("parameter", "text"), ("now", "number"), ("there", "number"), ("of its range", "number"),
]  # fmt: skip


def radius_parts(found: Radius) -> list[RenderableType]:
    """The answer as paragraphs and a table."""
    return list(_parts(found))


def _parts(found: Radius) -> Iterator[RenderableType]:
    from rich.text import Text

    yield Text(found.title, style="bold")
    if found.reason:
        how = "Not brought to its end" if found.stopped == "finished" else "Stopped early"
        yield Text(f"{how}: {found.reason}", style="bold")
    yield Text(f"{found.bundle}: {found.word}. A change is measured by {NORM_WORDS[found.norm]}.")
    yield Text(answer(found))
    if found.moves:
        yield plain_table(_COLUMNS, [_row(move) for move in found.moves])
    elif found.towards:
        ways = [f"{move.parameter} {'up' if move.share > 0 else 'down'}" for move in found.towards]
        yield Text(f"Such a change: {listed(ways)}.")
    if found.there:
        where = "There" if found.attained or not found.exact else "Just beyond"
        yield Text(f"{where} it is {found.there}{f': {found.why}' if found.why else ''}.")
    yield Text(proof(found))
    if found.without_range:
        yield Text(f"Not moved, having no range: {listed(found.without_range)}.")


def answer(found: Radius) -> str:
    """What the smallest change is, in a sentence."""
    if found.upper is None:
        if found.lower is None:
            return "No change of these parameters within their ranges overturns it."
        return "No change that overturns it was found."
    if found.upper == 0:
        return "It stands on a tie: a change as small as one likes overturns it."
    size = length_text(found.distance)
    if not found.exact:
        return f"The smallest change found that overturns it: {size}."
    how = ", which must be passed" if found.attained is False else ""
    return f"The smallest change that overturns it: {size}{how}."


def proof(found: Radius) -> str:
    """How much of it is proved, in a sentence."""
    points = f"{counted(found.asked)} point{'s' * (found.asked != 1)} solved exactly"
    passed = " Where there is no game, nothing is overturned." if found.passed else ""
    if found.lower is None:
        return f"Proved: regions around {points} cover the ranges.{passed}"
    if found.upper == 0:
        return f"Proved by {points}.{passed}"
    if found.exact:
        return f"Proved: regions around {points} cover all smaller changes.{passed}"
    if not found.lower:
        return f"Nothing is proved yet of smaller changes.{passed}"
    below = f"Proved: no change below {length_text(found.least)} does, by {points}"
    if found.upper is None:
        return f"{below}.{passed}"
    assert found.least is not None
    assert found.distance is not None
    gap = percent(1 - found.least / found.distance)
    return (
        f"{below}; between that and the one found ({gap}) it is open, since the conditions are not "
        f"linear.{passed}"
    )


def percent(part: float) -> str:
    """A part in percent, short.

    >>> percent(0.00823), percent(0.995)
    ('0.82 %', '100 %')
    """
    much = 100 * part
    return f"{much:.0f} %" if much >= 9.95 else f"{much:.2g} %"


def length_text(length: float | None) -> str:
    """A size, short."""
    return "?" if length is None else plain(Fraction(length))


def _row(move: Move) -> list[str]:
    unit = f" {move.unit}" if move.unit else ""
    share = plain(move.share)
    sign = "+" if move.share > 0 else ""
    share = share.replace("≈", f"≈{sign}") if share.startswith("≈") else sign + share
    return [move.parameter, f"{plain(move.now)}{unit}", f"{plain(move.to)}{unit}", share]


def radius_data(found: Radius) -> dict[str, Any]:
    """All of it as plain data, numbers exact; sizes in the norm `euclid` are squares."""
    data: dict[str, Any] = plain_data({
        "game": {
            "title": found.title,
            "players": list(found.players),
            "parties": list(found.parties),
        },
        "bundle": found.bundle,
        "round": found.round,
        "norm": found.norm,
        "squared": found.norm == "euclid",
        "verdict": found.word,
        "stable": found.stable != "never",
        "modal": {"stable": found.stable},
        "lower": found.lower,
        "upper": found.upper,
        "distance": found.distance,
        "least": found.least,
        "exact": found.exact,
        "attained": found.attained,
        "moves": [
            {"parameter": m.parameter, "now": m.now, "to": m.to, "share": m.share, "unit": m.unit}
            for m in found.moves
        ],
        "beyond": {name: number(value) for name, value in found.beyond.items()},
        "there": found.there,
        "why": found.why,
        "asked": found.asked,
        "moved": list(found.moved),
        "without_range": list(found.without_range),
        "passed_without_game": found.passed,
        "stopped": found.stopped,
        "reason": found.reason,
    })  # fmt: skip
    return data


def radius_html(found: Radius) -> str:
    """The change as a table to stand in a page."""
    from detente.notebook import table_html

    caption = f"{found.title}: {found.bundle}. {answer(found)}"
    heads = [heading for heading, _ in _COLUMNS]
    return table_html(caption, heads, [_row(move) for move in found.moves])
