"""The verdicts as a table for reading: on a terminal, in a file, in a mail."""

from __future__ import annotations

import os
import sys
import textwrap
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Literal

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
_GAP = 3
"""Blanks between two columns."""
_NAME_AND_REASON = 44
"""What the bundle's name and the reason need at least."""

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
    _print(out, report_parts(report, name, all=all, width=out.width))


def _print(out: Console, parts: Iterable[RenderableType]) -> None:
    if out.is_terminal:
        for part in parts:
            out.print(part)
        return
    with out.capture() as captured:
        for part in parts:
            out.print(part)
    # Cells are padded to their width; in a file that would only be blanks at the ends of lines.
    for line in captured.get().splitlines():
        print(line.rstrip())


def report_parts(
    report: Report, name: str, *, all: bool, width: int
) -> Iterator[RenderableType]:
    """The paragraphs and the table, in order."""
    from rich.text import Text

    yield Text(report.title, style="bold")
    yield Text("\n".join(_heading(report)))
    shown = _shown(report, all)
    columns = _columns(report, shown, width)
    yield _table(report, shown, columns)
    if any(column.heading == report.parties[0] for column in columns):
        unit = f", in {report.unit}" if report.unit else ""
        yield Text(f"Under each party's name: what it gets if everyone complies{unit}.")
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
    if len(report.selected) == 1:
        yield from _hinges(report.selected[0])


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
        sure = verdict.agreed is not None and verdict.agreed[0] == 1
        odds = "" if sure else f" (with probability {_range(verdict.agreed)})"
        parts.append(f"{verdict.name}{odds}")
    return f"The talks as written settle on {' or on '.join(parts)}."


def _hinges(verdict: Verdict) -> Iterator[str]:
    """Which parameters could turn one of its reasons, each within its own range."""
    names = dict.fromkeys(
        hinge.parameter for reason in verdict.reasons for hinge in reason.hangs_on if hinge.flips
    )
    if names:
        yield f"That it is {verdict.word} hangs on {listed(list(names))} (see explain)."


def _shown(report: Report, all: bool) -> list[Verdict]:
    """Stable ones first, then those the talks may settle on, then the rest where it is wanted."""
    stable = [v for v in report.bundles if v.stable]
    chosen = [v for v in report.bundles if v.selected and not v.stable]
    undecided = [v for v in report.bundles if v.stable is None and not v.selected]
    rows = [*stable, *chosen, *undecided]
    if all or len(report.bundles) <= FEW:
        rows += [v for v in report.bundles if v not in rows]
    return rows


@dataclass(frozen=True)
class _Column:
    """A column that never wraps: its heading, a cell a verdict, and one for the breakdown."""

    heading: str
    cells: tuple[str, ...]
    breakdown: str = ""
    right: bool = False

    @property
    def width(self) -> int:
        return max(len(self.heading), len(self.breakdown), *map(len, self.cells), 0)


def _columns(report: Report, shown: Sequence[Verdict], width: int) -> list[_Column]:
    """Between the bundle's name and the reason: as many columns as leave room for these two."""
    common = _common_breakdown(report)
    verdict = _Column("verdict", tuple(v.word for v in shown))
    judged = [
        _Column("consent", tuple(_consent(v) for v in shown)),
        _Column("honoured", tuple(_MODAL[v.modal["honoured"]] for v in shown)),
    ]
    signed = _Column("signed", tuple(_range(v.agreed) for v in shown), right=True)
    parties = [
        _Column(
            party,
            tuple(rounded(v.values[party]) if v.values else "?" for v in shown),
            rounded(common[party]) if common else "",
            right=True,
        )
        for party in report.parties
    ]
    layouts = [[verdict, *judged, signed, *parties], [verdict, signed, *parties], [verdict, signed]]
    for layout in layouts:
        if sum(column.width + _GAP for column in layout) + _NAME_AND_REASON <= width:
            return layout
    return [verdict]


def _table(report: Report, shown: Sequence[Verdict], columns: Sequence[_Column]) -> Table:
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1), show_edge=False)
    table.add_column("bundle")
    for column in columns:
        justify: Literal["left", "right"] = "right" if column.right else "left"
        table.add_column(column.heading, justify=justify, no_wrap=True)
    table.add_column("why")
    for i, verdict in enumerate(shown):
        cells = [column.cells[i] for column in columns]
        style = None if verdict.stable else "dim"
        table.add_row(verdict.name, *cells, _why(verdict), style=style)
    if any(column.breakdown for column in columns):
        cells = [column.breakdown for column in columns]
        table.add_row("(no agreement)", *cells, "", style="italic")
    return table


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


def _range(pair: tuple[Fraction, Fraction] | None) -> str:
    if pair is None:
        return "?"
    low, high = pair
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
    from rich.text import Text

    out = console()
    parts = [Text(f"{story.report.title}: {story.verdict.name}", style="bold")]
    for section in story.sections:
        parts += [Text(""), Text(section.title, style="bold")]
        parts += [Text(_wrapped(line, out.width)) for line in section.lines]
    _print(out, parts)


def _wrapped(line: str, width: int) -> str:
    text = line.lstrip(" ")
    indent = " " * (2 + len(line) - len(text))
    return textwrap.fill(
        text, width, initial_indent=indent, subsequent_indent=indent + "  ", break_long_words=False
    )
