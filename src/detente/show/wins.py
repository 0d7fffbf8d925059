"""How far bundles are from a win at home and from a no, as a table and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from detente.show.numbers import number
from detente.show.plain_table import Kind, plain_table, signed, span_change
from detente.show.rows import NOTHING
from detente.stability.bargaining.slack import Near, Slack, Slacks, Win
from detente.stability.words import listed, plain, quoted

if TYPE_CHECKING:
    from rich.console import RenderableType

EXAMPLES = 3
"""Ways to the nearest win that are told step by step."""
FEW = 12
"""Up to so many bundles, every one gets a row; of more, the stable ones do."""


def win_parts(found: Slacks, all: bool = False) -> list[RenderableType]:
    """What a win is to whom, and for each bundle who has one and how far the others are.

    `all` : give every bundle a row; else only those that are stable, where there are many
    """
    from rich.text import Text

    rows = [row for row in found.bundles if row.stable]
    if all or len(found.bundles) <= FEW or not rows:
        rows = list(found.bundles)
    left = len(found.bundles) - len(rows)
    parts: list[RenderableType] = [Text("\n".join(_head(found)))]
    parts.append(plain_table(_columns(found), [_cells(found, row) for row in rows]))
    lines = list(_footing(found, rows))
    if left:
        lines.append(f"Not shown: {left} bundles that are not stable (--all shows them).")
    if lines:
        parts.append(Text("\n".join(lines)))
    return parts


def _head(found: Slacks) -> Iterator[str]:
    if not found.wins:
        yield "How far each yes is from a no:"
        return
    yield "A win at home:"
    for party, what in found.wins.items():
        yield f"  {party}: {what}"
    won = found.won_by_all
    holding = sum(bool(row.stable) for row in won)
    who = "both" if len(found.wins) == 2 else "all"
    subject = f"for {who}" if len(found.wins) > 1 else f"for {next(iter(found.wins))}"
    yield (
        f"{len(won)} of {len(found.bundles)} bundles are a win {subject}, and {holding} of these "
        "would hold."
    )


def _columns(found: Slacks) -> list[tuple[str, Kind]]:
    columns: list[tuple[str, Kind]] = [("bundle", "text")]
    columns += [("a win for", "text")] if found.wins else []
    if any(row.passes is not None for row in found.bundles):
        columns.append(("passes", "number"))
    columns += [(f"yes {side}", "number") for side in _sides(found)]
    return [*columns, *([("nearest win for all that holds", "text")] if found.wins else [])]  # type: ignore[list-item]


def _sides(found: Slacks) -> list[str]:
    """The sides whose consent some bundle needs, where margins are known."""
    asked = {side for row in found.bundles for side in row.margins or {}}
    return [party for party in found.parties if party in asked]


def _cells(found: Slacks, row: Slack) -> list[str]:
    cells = [_called(found, row.bundle)]
    if found.wins:
        winners = [party for party in found.wins if row.wins[party].has]
        cells.append(listed(winners) or "nobody")
    if any(other.passes is not None for other in found.bundles):
        cells.append("" if row.passes is None else plain(row.passes))
    margins = row.margins or {}
    cells += [span_change(margins[s]) if s in margins else "" for s in _sides(found)]
    return [*cells, *([_way(row)] if found.wins else [])]


def _called(found: Slacks, name: str) -> str:
    return NOTHING if name == found.nothing else name


def _way(row: Slack) -> str:
    """Where the nearest bundle is that is a win for all and holds."""
    win = row.all_wins
    if win is None:
        return ""
    if win.stable is not None:
        return win.stable.bundle
    return "this one" if win.has and row.stable else "none"


def change_text(near: Near) -> str:
    """What has to change for a nearby bundle, and what that brings whom.

    `full instead of partial (yongbyon): US +375, DPRK -450`
    """
    moves = [f"{new} instead of {old} ({term})" for term, (old, new) in near.changes.items()]
    if near.gains is None:
        return listed(moves)
    gains = [f"{party} {signed(gain)}" for party, gain in near.gains.items() if gain]
    return f"{listed(moves)}: {', '.join(gains) or 'nobody gains or loses'}"


def _footing(found: Slacks, rows: Sequence[Slack]) -> Iterator[str]:
    unit = f", in {found.unit}" if found.unit else ""
    if _sides(found):
        yield f"Under yes: what signing brings that side beyond refusing{unit}."
    if any(row.passes is not None for row in found.bundles):
        yield "Under passes: how likely it passes at home, all chambers together."
    ways = [row for row in rows if row.all_wins is not None and row.all_wins.stable is not None]
    for row in ways[:EXAMPLES]:
        assert row.all_wins is not None
        assert row.all_wins.stable is not None
        yield f"From {_quoted(found, row)} to the nearest: {change_text(row.all_wins.stable)}."
    for party in found.wins:
        if not any(row.wins[party].has for row in found.bundles):
            yield f"No feasible bundle is a win for {party}."
    for note in found.notes:
        yield f"Note: {note}"


def _quoted(found: Slacks, row: Slack) -> str:
    return "no concessions" if row.bundle == found.nothing else quoted(row.bundle)


# ── JSON ───────────────────────────────────────────────────────────────────────────────────────


def win_data(found: Slacks) -> dict[str, Any]:
    """Wins, distances and margins as JSON has them."""
    return {
        "wins": [
            {"party": party, "name": name, "when": found.conditions[party]}
            for party, name in found.wins.items()
        ],
        "bundles": [_slack(row) for row in found.bundles],
        "notes": list(found.notes),
    }


def _slack(row: Slack) -> dict[str, Any]:
    return {
        "name": row.bundle,
        "stable": row.stable,
        "wins": {party: _win(win) for party, win in row.wins.items()},
        "all_wins": None if row.all_wins is None else _win(row.all_wins),
        "margins": None
        if row.margins is None
        else {side: [number(low), number(high)] for side, (low, high) in row.margins.items()},
        "passes": number(row.passes),
    }


def _win(win: Win) -> dict[str, Any]:
    return {"has": win.has, "nearest": _near(win.nearest), "nearest_stable": _near(win.stable)}


def _near(near: Near | None) -> dict[str, Any] | None:
    if near is None:
        return None
    return {
        "name": near.bundle,
        "changes": {term: list(pair) for term, pair in near.changes.items()},
        "gains": None if near.gains is None else _numbers(near.gains),
        "others_as_near": near.others,
    }


def _numbers(values: Mapping[str, Fraction]) -> dict[str, Any]:
    return {party: number(value) for party, value in values.items()}
