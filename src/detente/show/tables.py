"""The verdicts as a table for reading: on a terminal, in a file, in a mail."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Literal

from detente.show.columns import MARK, PLAYED, Layout, Lines, layout_of, wide_enough
from detente.show.heading import heading
from detente.show.lenses import clash_lines, lens_lines
from detente.show.paper import console, print_parts, wrapped
from detente.show.rows import Rows, rows_of
from detente.stability.verdict import Report, Verdict
from detente.stability.words import listed

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table

def print_report(parts: Iterable[RenderableType]) -> None:
    """Print what `report_parts` gives."""
    print_parts(console(), parts)


def report_parts(
    report: Report,
    name: str = "FILE",
    all: bool = False,
    *,
    width: int | None = None,
    brief: bool = False,
) -> list[RenderableType]:
    """The verdicts: what the talks settle on, what else would hold, what nearly would; counts.

    `name` : how the file is called in the line that says how to read on
    `all` : give every bundle a row, however many there are
    `width` : in characters; that of the terminal unless given
    `brief` : leave out what takes time to find
    """
    return list(_parts(report, name, all, width or console().width, brief))


def _parts(
    report: Report, name: str, all: bool, width: int, brief: bool
) -> Iterator[RenderableType]:
    from rich.text import Text

    yield Text(report.title, style="bold")
    if report.stopped != "finished":
        yield Text(f"Stopped early: {report.reason}", style="bold")
    yield Text("\n".join(heading(report, brief)))
    rows = rows_of(report, all)
    shown = rows.shown
    if not shown:
        return
    lines = Lines(report, rows)
    layout = layout_of(report, lines, width)
    yield _table(lines, layout)
    yield Text("\n".join(_footing(report, rows, layout, width, lines)))
    clashes = list(clash_lines(report, shown))
    if clashes:
        yield Text("\n".join([clashes[0], *(wrapped(line, width) for line in clashes[1:])]))
    if rows.left:
        yield Text("\n".join(["Not shown (--all shows them):", *_grouped(rows.left)]))
    example = f'detente explain {name} "{_example(rows).name}"'
    together = f"Why, move by move: {example}"
    yield Text(together if len(together) <= width else f"Why, move by move:\n{example}")


def _example(rows: Rows) -> Verdict:
    """What the last line suggests to read on about; nobody asks of no concessions."""
    return next((v for v in rows.shown if v is not rows.empty), rows.shown[0])


# ── around the table ───────────────────────────────────────────────────────────────────────────


def _footing(
    report: Report, rows: Rows, layout: Layout, width: int, lines: Lines
) -> Iterator[str]:
    if any(verdict.selected for verdict in rows.shown):
        yield f"{MARK}what the talks as written may end with."
    if layout.has(report.parties[0]):
        unit = f", in {report.unit}" if report.unit else ""
        yield f"Under each party's name: what it gets if everyone complies{unit}."
    else:
        needed = wide_enough(report, lines, width)
        if needed:
            yield f"Widen to {needed} columns (COLUMNS={needed}) to see what each party gets."
    yield f"Judged by {_judged_by(report)}; the equilibrium behind each row is certified."
    yield from lens_lines(report)


def _judged_by(report: Report) -> str:
    if report.concept == "sequential":
        return {
            "all": "all sequential equilibria",
            "components": "the extreme sequential equilibria (others lie between them)",
            "all_pure": "all equilibria (only the pure ones of a table that hides nothing)",
            "one": "one sequential equilibrium a table (there may be others)",
        }.get(report.complete, "the sequential equilibria found (there may be others)")
    bounds = report.complete != "all_pure" and report.stopped == "finished"
    tail = ", by bounds where they are too many to list" if bounds else ""
    return f"all pure subgame-perfect equilibria{tail}"


def _grouped(verdicts: Iterable[Verdict]) -> Iterator[str]:
    """'57 refused by US', the largest group first; breaches by whose interest is at their root."""
    counts = Counter(_group(verdict) for verdict in verdicts)
    for group, count in counts.most_common():
        yield f"  {count} {group}"


def _group(verdict: Verdict) -> str:
    breakers = verdict.breakers
    whose = {"refused": verdict.refusers, "broken": breakers, "broken once signed": breakers}
    parts = []
    for part in verdict.word.split(" and "):
        parties = whose.get(part)
        parts.append(f"{part} by {listed(parties)}" if parties else part)
    return " and ".join(parts)


def _table(lines: Lines, layout: Layout) -> Table:
    from rich import box
    from rich.table import Table

    columns = layout.columns
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1), show_edge=False)
    table.add_column("bundle" if layout.why else "bundle, and why", width=layout.name)
    for column in columns:
        justify: Literal["left", "right"] = "right" if column.right else "left"
        width = column.width if column.narrow else None
        table.add_column(column.heading, justify=justify, no_wrap=not column.narrow, width=width)
    if layout.why:
        table.add_column("why", width=layout.why)
    for i, verdict in enumerate(lines.verdicts):
        if i in lines.breaks:
            table.add_row(lines.breaks[i], style="italic")
        style = "bold" if verdict.selected else None if verdict.stable else "dim"
        cells = [column.cell(i) for column in columns]
        table.add_row(*_ends(lines.names[i], cells, lines.whys[i], layout), style=style)
        if i in lines.played and any(column.played for column in columns):
            below = [column.played.get(i, "") for column in columns]
            table.add_row(*_ends(PLAYED, below, "", layout), style=style)
    if any(column.breakdown for column in columns):
        cells = [column.breakdown for column in columns]
        table.add_row(*_ends("(no agreement)", cells, "", layout), style="italic")
    return table


def _ends(name: str, cells: list[str], why: str, layout: Layout) -> list[str]:
    """The cells of a row, the reason in its own column or below the name."""
    if layout.why:
        return [name, *cells, why]
    lines = [f"  {line}" for line in textwrap.wrap(why, layout.name - 2)]
    return ["\n".join([name, *lines]), *cells]
