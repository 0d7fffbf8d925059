"""What each term is worth to each party, as a table and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from detente.show.numbers import number
from detente.show.plain_table import Span, plain_table, signed, span_change
from detente.show.rows import NOTHING
from detente.stability.bargaining.terms import Shadow, Shadows
from detente.stability.words import listed, plain

if TYPE_CHECKING:
    from rich.console import RenderableType

MOST_COLUMNS = 6
"""Parties that have a column."""
CALLED = {
    "nash": "the Nash solution",
    "kalai-smorodinsky": "the Kalai–Smorodinsky solution",
    "egalitarian": "the egalitarian solution",
    "utilitarian": "the utilitarian solution",
}


def shadow_parts(found: Shadows) -> list[RenderableType]:
    """What changes at the solution, and in what can be had, by each term's being on the table."""
    from rich.text import Text

    unit = f", in {found.unit}" if found.unit else ""
    settled = _settled(found, found.settled)
    head = [
        f"What each term is worth to whom at {CALLED[found.solution]} ({settled}){unit}:",
        "what a party gets with it on the table, less what it gets without.",
    ]
    columns: list[tuple[str, Any]] = [("off the table", "text")]
    columns += [(party, "number") for party in found.parties[:MOST_COLUMNS]]
    columns += [("together", "number"), ("then", "text")]
    return [
        Text("\n".join(head)),
        plain_table(columns, [_cells(found, row) for row in found.rows]),
        Text("\n".join(_footing(found))),
    ]


def _cells(found: Shadows, row: Shadow) -> list[str]:
    name = row.term if row.level is None else f"  {row.level}"
    then = "the same" if row.settled == found.settled else _settled(found, row.settled)
    gains = [span_change(row.gain[party]) for party in found.parties[:MOST_COLUMNS]]
    return [name, *gains, signed(row.joint), then]


def _settled(found: Shadows, names: tuple[str, ...]) -> str:
    shown = [NOTHING if name == found.nothing else name for name in names]
    return listed(shown, "or") or "no agreement"


def _footing(found: Shadows) -> list[str]:
    lines = ["Under together: the same of the greatest sum that those who bargain can get."]
    beyond = len(found.parties) - MOST_COLUMNS
    if beyond > 0:
        lines.append(f"{beyond} more parties without a column here: --json has them all.")
    lost = max((row.lost for row in found.rows), default=0)
    if lost:
        row = next(row for row in found.rows if row.lost == lost)
        name = row.term if row.level is None else f"{row.term}={row.level}"
        lines.append(
            f"Of {found.frontier} bundles on the frontier {lost} fall away without {name}, the "
            "most of any."
        )
    return lines


def shadow_text(row: Shadow, parties: tuple[str, ...], unit: str = "") -> str:
    """One row as a sentence."""
    name = f"‘{row.term}’" if row.level is None else f"‘{row.level}’ ({row.term})"
    tail = f" {unit}" if unit else ""
    gains = [
        f"{party} {'?' if (span := row.gain[party]) is None else _worth(span)}{tail}"
        for party in parties
    ]
    if not row.matters:
        return f"{name} changes nothing at the solution."
    return f"{name} is worth {listed(gains)}."


def _worth(span: Span) -> str:
    low, high = span
    return plain(low) if low == high else f"{plain(low)} to {plain(high)}"


def shadow_data(found: Shadows) -> dict[str, Any]:
    """The shadow values as JSON has them; a pair is the least and the greatest."""
    return {
        "solution": found.solution,
        "settles_on": list(found.settled),
        "gets": {party: _pair(span) for party, span in found.gets.items()},
        "frontier": found.frontier,
        "terms": [
            {
                "term": row.term,
                "level": row.level,
                "settles_on": list(row.settled),
                "gain": {party: _pair(span) for party, span in row.gain.items()},
                "most": {party: number(amount) for party, amount in row.most.items()},
                "joint": number(row.joint),
                "frontier_lost": row.lost,
                "removed": row.removed,
            }
            for row in found.rows
        ],
    }


def _pair(span: Span | None) -> list[Any] | None:
    return None if span is None else [number(end) for end in span]
