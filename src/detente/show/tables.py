"""The verdicts as a table for reading: on a terminal, in a file, in a mail."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

from detente.stability.story import Story
from detente.stability.verdict import Report, Verdict
from detente.stability.words import listed, plain, rounded

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.table import Table

FEW = 12
"""Up to so many bundles, every one gets a row."""
PLAIN_WIDTH = 120
"""Columns of a table that goes to a file or a pipe; the variable COLUMNS overrides it."""
WIDE = 110
"""From so many columns on, consent and compliance have columns of their own."""

_MODAL = {"always": "yes", "sometimes": "on a tie", "never": "no", None: "?"}


def console(width: int | None = None) -> Console:
    """Where tables are printed: as wide as the terminal, plain text when piped."""
    from rich.console import Console

    if width is None and not sys.stdout.isatty():
        columns = os.environ.get("COLUMNS", "")
        width = int(columns) if columns.isdecimal() and int(columns) > 0 else PLAIN_WIDTH
    return Console(width=width, highlight=False, emoji=False, markup=False)


def print_report(report: Report, name: str = "FILE", *, all: bool = False) -> None:
    """Print the verdicts: the stable bundles first, those that the talks may settle on, the rest.

    `name` : how the file is called in the line that says how to read on
    `all` : give every bundle a row, however many there are
    """
    out = console()
    for part in report_parts(report, name, all=all, width=out.width):
        out.print(part)


def report_parts(
    report: Report, name: str, *, all: bool, width: int
) -> Iterator[RenderableType]:
    """The paragraphs and the table, in order."""
    from rich.text import Text

    yield Text(report.title, style="bold")
    yield Text("\n".join(_heading(report)))
    shown = _shown(report, all)
    yield _table(report, shown, width)
    unit = f" in {report.unit}" if report.unit else ""
    yield Text(f"What each party gets is{unit or ' given'} if everyone complies.")
    left = [verdict for verdict in report.bundles if verdict not in shown]
    if left:
        yield Text("\n".join(["Not shown (--all shows them):", *_grouped(left)]))
    example = (report.selected or tuple(shown) or report.bundles)[0].name
    yield Text(f'Why, move by move: detente explain {name} "{example}"')


def _heading(report: Report) -> Iterator[str]:
    known = (
        "all pure subgame-perfect equilibria"
        if report.complete == "all_pure"
        else "pure subgame-perfect equilibria, by certified bounds where they are too many to list"
    )
    count = len(report.bundles)
    stable = len(report.stable)
    rounds = f", put on the table in round {report.round}" if report.round else ""
    yield f"{count} bundle{'s' * (count != 1)}{rounds}; {stable} would hold. Judged by {known}."
    yield _settled(report)


def _settled(report: Report) -> str:
    selected = report.selected
    if not selected:
        return "The talks as written end without any of them being signed."
    if len(selected) > 4:
        return (
            f"The talks as written settle on one of {len(selected)} bundles, by equilibrium; "
            "see the column 'signed'."
        )
    parts = []
    for verdict in selected:
        low, high = verdict.agreed or (Fraction(0), Fraction(0))
        if low == 1:
            parts.append(verdict.name)
        else:
            parts.append(f"{verdict.name} (with probability {_range(low, high)})")
    return f"The talks as written settle on {' or on '.join(parts)}."


def _shown(report: Report, all: bool) -> list[Verdict]:
    """Stable ones first, then those the talks may settle on, then the rest where it is wanted."""
    stable = [v for v in report.bundles if v.stable]
    chosen = [v for v in report.bundles if v.selected and not v.stable]
    undecided = [v for v in report.bundles if v.stable is None and not v.selected]
    rows = [*stable, *chosen, *undecided]
    if all or len(report.bundles) <= FEW:
        rows += [v for v in report.bundles if v not in rows]
    return rows


def _table(report: Report, shown: Sequence[Verdict], width: int) -> Table:
    from rich import box
    from rich.table import Table

    wide = width >= WIDE
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1), show_edge=False)
    table.add_column("bundle", ratio=None, min_width=16)
    table.add_column("verdict", min_width=8)
    if wide:
        table.add_column("consent", min_width=7)
        table.add_column("honoured", min_width=8)
    table.add_column("signed", justify="right", no_wrap=True)
    for party in report.parties:
        table.add_column(party, justify="right", no_wrap=True)
    table.add_column("why", min_width=20)
    for verdict in shown:
        table.add_row(*_row(verdict, report, wide), style=None if verdict.stable else "dim")
    common = _common_breakdown(report)
    if common:
        blank = [""] * (3 if wide else 1)
        values = [rounded(common[party]) for party in report.parties]
        table.add_row("(no agreement)", "", *blank, *values, "", style="italic")
    return table


def _row(verdict: Verdict, report: Report, wide: bool) -> list[str]:
    cells = [verdict.name, verdict.word]
    if wide:
        cells += [_consent(verdict), _MODAL[verdict.modal["honoured"]]]
    cells.append(_range(*verdict.agreed) if verdict.agreed else "?")
    cells += [rounded(verdict.values[p]) if verdict.values else "?" for p in report.parties]
    cells.append(_why(verdict))
    return cells


def _consent(verdict: Verdict) -> str:
    if verdict.refusers and verdict.acceptable is False:
        return f"not {listed(verdict.refusers)}"
    return _MODAL[verdict.modal["acceptable"]]


def _why(verdict: Verdict) -> str:
    if verdict.reasons:
        return verdict.reasons[0].short
    return next(iter(verdict.notes.values()), "")


def _common_breakdown(report: Report) -> dict[str, Fraction] | None:
    rows = [verdict.breakdown for verdict in report.bundles]
    first = rows[0] if rows else None
    return dict(first) if first is not None and all(row == first for row in rows) else None


def _range(low: Fraction, high: Fraction) -> str:
    return plain(low) if low == high else f"{rounded(low)} to {rounded(high)}"


def _grouped(verdicts: Iterable[Verdict]) -> Iterator[str]:
    """'57 refused by US', the largest group first."""
    counts = Counter(_group(verdict) for verdict in verdicts)
    for group, count in counts.most_common():
        yield f"  {count} {group}"


def _group(verdict: Verdict) -> str:
    word = verdict.word
    kinds = {"refused": "refuses", "broken": "breaks"}
    parts = []
    for part in word.split(" and "):
        kind = kinds.get(part)
        parties = dict.fromkeys(r.party for r in verdict.reasons if r.kind == kind)
        parts.append(f"{part} by {listed(list(parties))}" if parties else part)
    return " and ".join(parts)


def print_story(story: Story) -> None:
    """Print the story of a bundle."""
    from rich.padding import Padding
    from rich.text import Text

    out = console()
    out.print(Text(f"{story.report.title}: {story.verdict.name}", style="bold"))
    for section in story.sections:
        out.print()
        out.print(Text(section.title, style="bold"))
        for line in section.lines:
            indent = len(line) - len(line.lstrip(" "))
            out.print(Padding(Text(line.lstrip(" ")), (0, 0, 0, 2 + indent)))
