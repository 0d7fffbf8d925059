"""The verdicts as a table for reading: on a terminal, in a file, in a mail."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Literal

from detente.show.heading import heading
from detente.show.lenses import cell, clash_lines, lens_lines, looked
from detente.show.paper import console, print_parts, wrapped
from detente.show.rows import Rows, rows_of
from detente.stability.verdict import Report, Verdict
from detente.stability.words import listed, plain

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table

_GAP = 3
"""Blanks between two columns."""
_LINES = 3
"""Lines that a cell may take."""
_MANY_LINES = 4
"""Lines that it may take where columns would else be left out for which there is no other room."""
_PLAYED = "  as it would be played"
"""Before what a deal brings that the talks end with, where it is not what compliance brings."""
_MARK = "* "
"""Before the bundles that the talks as written may settle on."""
_NARROWEST = 14
"""Columns that the bundle's name and the reason get at least."""

_MODAL = {"always": "yes", "sometimes": "on a tie", "never": "no", None: "?"}


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
    lines = _Lines(report, rows)
    columns = _columns(report, lines, width)
    yield _table(lines, columns, width)
    yield Text("\n".join(_footing(report, rows, columns, width, lines)))
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
    report: Report, rows: Rows, columns: Sequence[_Column], width: int, lines: _Lines
) -> Iterator[str]:
    if any(verdict.selected for verdict in rows.shown):
        yield f"{_MARK}what the talks as written may end with."
    if any(column.heading == report.parties[0] for column in columns):
        unit = f", in {report.unit}" if report.unit else ""
        yield f"Under each party's name: what it gets if everyone complies{unit}."
    else:
        needed = _wide_enough(report, lines, width)
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


# ── the table ──────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class _Column:
    """A column of one width: its heading, a cell a verdict, and one for the breakdown.

    `played` : row → what stands in a second line below it, as the deal would be played
    `narrow` : whether a cell is broken into two lines, where that saves room
    """

    heading: str
    cells: tuple[str, ...]
    breakdown: str = ""
    right: bool = False
    played: Mapping[int, str] = field(default_factory=dict)
    narrow: bool = False

    @property
    def width(self) -> int:
        cells = (*self.cells, *self.played.values())
        if self.narrow:
            return max(len(self.heading), *map(_halved, cells), 0)
        return max(len(self.heading), len(self.breakdown), *map(len, cells), 0)


def _halved(text: str) -> int:
    """The least width at which a text takes two lines."""
    width = max(map(len, text.split()), default=0)
    while len(textwrap.wrap(text, width)) > 2:
        width += 1
    return width


class _Lines:
    """What stands in the two columns that wrap, a row a verdict.

    `breaks` : before the row of this number a line says what follows
    `played` : the rows below which stands what each party gets as the deal would be played
    """

    def __init__(self, report: Report, rows: Rows) -> None:
        self.verdicts = rows.shown
        self.names = [
            f"{_MARK * bool(v.selected)}{rows.label(v)}" for v in self.verdicts
        ]
        self.whys = [_why(v) for v in self.verdicts]
        self.breaks = dict(rows.headings())
        self.played = [i for i, v in enumerate(self.verdicts) if v.selected and _differs(v)]
        self.breakdown = _common_breakdown(report)

    def split(self, room: int) -> tuple[int, int]:
        """Widths for both, out of the room that there is, that take the fewest lines."""
        widest = max([len(_PLAYED), len("(no agreement)"), *map(len, self.names)])
        most = max([len("why"), *map(len, self.whys)])
        if widest + most <= room:
            return widest, most
        low, high = _NARROWEST, min(widest, room - _NARROWEST)
        steps = sorted({low + (high - low) * k // 12 for k in range(13)})
        tries = [(step, min(room - step, most)) for step in steps if room - step > 0]
        return min(tries or [(low, low)], key=lambda pair: (self.height(pair), -pair[0]))

    def height(self, widths: tuple[int, int]) -> tuple[int, int]:
        """The most lines of a cell, those that are always allowed not told apart; all lines."""
        lines = [
            max(len(textwrap.wrap(name, widths[0])), len(textwrap.wrap(why, widths[1])))
            for name, why in zip(self.names, self.whys, strict=True)
        ]
        return max(_LINES, max(lines)), sum(lines)


def _columns(report: Report, lines: _Lines, width: int) -> list[_Column]:
    """Between the bundle's name and the reason: as many columns as leave room for these two."""
    shown, common = lines.verdicts, lines.breakdown
    verdict = _Column("verdict", tuple(v.word for v in shown))
    judged = [
        _Column("signs", tuple(_consent(v) for v in shown)),
        _Column("kept", tuple(_modal(v, "honoured") for v in shown)),
    ]
    signed = [_Column("signed", tuple(_range(v.agreed) for v in shown), right=True)]
    if all(v.agreed is None or v.agreed[0] == v.agreed[1] in (0, 1) for v in shown):
        signed = []  # the mark says as much
    parties = [
        _Column(
            party,
            tuple(plain(v.values[party]) if v.values else "?" for v in shown),
            plain(common[party]) if common else "",
            right=True,
            played={i: _range((shown[i].played or {}).get(party)) for i in lines.played},
        )
        for party in report.parties
    ]
    lenses = [
        _Column(seen.name, tuple(cell(v, seen.name) for v in shown)) for seen in looked(report)
    ]
    for layout, most in _layouts(verdict, judged, signed, lenses, parties):
        room = _room(layout, width)
        if room >= 2 * _NARROWEST and lines.height(lines.split(room))[0] <= most:
            return layout
    return [verdict]


def _layouts(
    verdict: _Column,
    judged: list[_Column],
    signed: list[_Column],
    lenses: list[_Column],
    parties: list[_Column],
) -> Iterator[tuple[list[_Column], int]]:
    """Columns that may stand together, the best first, and how many lines a cell may then take."""
    narrow = [replace(column, narrow=True) for column in lenses]
    yield [verdict, *judged, *signed, *lenses, *parties], _LINES
    yield [verdict, *signed, *lenses, *parties], _LINES
    if lenses:
        yield [verdict, *signed, *narrow, *parties], _MANY_LINES
    if all(column.cells == ("0",) * len(column.cells) for column in signed):
        # Else how probably each is signed matters more.
        yield [verdict, *lenses, *parties], _LINES
    yield [verdict, *signed, *lenses], _LINES
    if lenses:
        yield [verdict, *signed, *narrow], _MANY_LINES
        yield [verdict, *narrow], _MANY_LINES
    yield [verdict, *signed], _LINES


def _wide_enough(report: Report, lines: _Lines, width: int) -> int | None:
    """The least width, or a little more, at which there is a column for each party."""
    for wider in range(width + 2, 4 * width, 4):
        columns = _columns(report, lines, wider)
        if any(column.heading == report.parties[0] for column in columns):
            return wider
    return None


def _differs(verdict: Verdict) -> bool:
    """Whether what is played brings a party something else than compliance."""
    if verdict.values is None or verdict.played is None:
        return False
    return any(verdict.played[p] != (v, v) for p, v in verdict.values.items())


def _room(columns: Sequence[_Column], width: int) -> int:
    return width - sum(column.width + _GAP for column in columns) - _GAP


def _table(lines: _Lines, columns: Sequence[_Column], width: int) -> Table:
    from rich import box
    from rich.table import Table

    name_width, why_width = lines.split(max(2 * _NARROWEST, _room(columns, width)))
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1), show_edge=False)
    table.add_column("bundle", width=name_width)
    for column in columns:
        justify: Literal["left", "right"] = "right" if column.right else "left"
        width_of = column.width if column.narrow else None
        table.add_column(column.heading, justify=justify, no_wrap=not column.narrow, width=width_of)
    table.add_column("why", width=why_width)
    for i, verdict in enumerate(lines.verdicts):
        if i in lines.breaks:
            table.add_row(lines.breaks[i], style="italic")
        style = "bold" if verdict.selected else None if verdict.stable else "dim"
        cells = [column.cells[i] for column in columns]
        table.add_row(lines.names[i], *cells, lines.whys[i], style=style)
        if i in lines.played and any(column.played for column in columns):
            below = [column.played.get(i, "") for column in columns]
            table.add_row(_PLAYED, *below, "", style=style)
    if any(column.breakdown for column in columns):
        cells = [column.breakdown for column in columns]
        table.add_row("(no agreement)", *cells, "", style="italic")
    return table


def _consent(verdict: Verdict) -> str:
    if verdict.refusers and verdict.acceptable is False:
        return f"not {listed(verdict.refusers, 'or')}"
    return _modal(verdict, "acceptable")


def _modal(verdict: Verdict, question: str) -> str:
    """Yes, no, or when: on a tie; under hidden information, by equilibrium or by type."""
    answer = verdict.modal.get(question)
    return "sometimes" if answer == "sometimes" and verdict.told is not None else _MODAL[answer]


def _why(verdict: Verdict) -> str:
    """What makes it fail, one reason a way of failing; what it is nearest to failing by, if not."""
    failing = [r.short for r in verdict.reasons if r.gain > 0 or r.kind in ("refuses", "breaks")]
    if failing and not verdict.stable:
        return "; ".join(failing[:2])
    if verdict.reasons:
        return verdict.reasons[0].short
    if not verdict.offered:
        return "no node is tagged as offering it"
    return next(iter(verdict.notes.values()), "")


def _common_breakdown(report: Report) -> dict[str, Fraction] | None:
    rows = [verdict.breakdown for verdict in report.bundles]
    first = rows[0] if rows else None
    return dict(first) if first is not None and all(row == first for row in rows) else None


def _range(pair: tuple[Fraction, Fraction] | None) -> str:
    if pair is None:
        return "?"
    low, high = pair
    return plain(low) if low == high else f"{plain(low)} to {plain(high)}"
