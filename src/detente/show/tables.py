"""The verdicts as a table for reading: on a terminal, in a file, in a mail."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Literal

from detente.show.paper import console, print_parts
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
_NAMED = 3
"""Parameters that the heading names."""
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
    rows = rows_of(report, all)
    yield Text("\n".join(_heading(report, brief)))
    shown = rows.shown
    if not shown:
        return
    lines = _Lines(report, rows)
    columns = _columns(report, lines, width)
    yield _table(lines, columns, width)
    yield Text("\n".join(_footing(report, rows, columns)))
    if rows.left:
        yield Text("\n".join(["Not shown (--all shows them):", *_grouped(rows.left)]))
    example = (report.selected or tuple(shown))[0].name
    yield Text(f'Why, move by move: detente explain {name} "{example}"')


# ── around the table ───────────────────────────────────────────────────────────────────────────


def _heading(report: Report, brief: bool) -> Iterator[str]:
    count, stable = len(report.bundles), len(report.stable)
    rounds = f", put on the table in round {report.round}" if report.round else ""
    of_all = f" of {report.asked}" if count < report.asked else ""
    yield f"{count}{of_all} bundle{'s' * (count != 1)}{rounds}; {stable} would hold."
    if report.certificate is not None:
        yield _settled(report)
    if len(report.selected) == 1 and not brief:
        yield from _hinges(report.selected[0])


def _settled(report: Report) -> str:
    selected = report.selected
    if not selected:
        return "The talks as written end without any of them being signed."
    if len(selected) > 4:
        return (
            f"The talks as written settle on one of {len(selected)} bundles, by equilibrium; "
            "see the column ‘signed’."
        )
    parts = []
    for verdict in selected:
        sure = verdict.agreed is not None and verdict.agreed[0] == 1
        odds = "" if sure else f" (with probability {_range(verdict.agreed)})"
        parts.append(f"{verdict.name}{odds}")
    return f"The talks as written settle on {' or on '.join(parts)}."


def _hinges(verdict: Verdict) -> Iterator[str]:
    """Which parameters turn the verdict on it, each alone and within its own range."""
    names = verdict.turned_by
    if names:
        said = listed(names) if len(names) <= _NAMED else (
            f"{', '.join(names[:_NAMED])} or {len(names) - _NAMED} others"
        )
        yield f"That verdict turns within the range of {said}: see explain."


def _footing(report: Report, rows: Rows, columns: Sequence[_Column]) -> Iterator[str]:
    if any(verdict.selected for verdict in rows.shown):
        yield f"{_MARK}what the talks as written may settle on."
    if any(column.heading == report.parties[0] for column in columns):
        unit = f", in {report.unit}" if report.unit else ""
        yield f"Under each party's name: what it gets if everyone complies{unit}."
    known = "all pure subgame-perfect equilibria" + (
        "" if report.complete == "all_pure" or report.stopped != "finished"
        else ", by bounds where they are too many to list"
    )
    yield f"Judged by {known}; the equilibrium behind each row is certified."


def _grouped(verdicts: Iterable[Verdict]) -> Iterator[str]:
    """'57 refused by US', the largest group first."""
    counts = Counter(_group(verdict) for verdict in verdicts)
    for group, count in counts.most_common():
        yield f"  {count} {group}"


def _group(verdict: Verdict) -> str:
    kinds = {"refused": "refuses", "broken": "breaks"}
    parts = []
    for part in verdict.word.split(" and "):
        kind = kinds.get(part)
        parties = dict.fromkeys(r.party for r in verdict.reasons if r.kind == kind)
        parts.append(f"{part} by {listed(list(parties))}" if parties else part)
    return " and ".join(parts)


# ── the table ──────────────────────────────────────────────────────────────────────────────────


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


class _Lines:
    """What stands in the two columns that wrap, a row a verdict.

    `breaks` : before the row of this number a line says what follows
    """

    def __init__(self, report: Report, rows: Rows) -> None:
        self.verdicts = rows.shown
        self.names = [
            f"{_MARK * bool(v.selected)}{rows.label(v)}" for v in self.verdicts
        ]
        self.whys = [_why(v) for v in self.verdicts]
        self.breaks = {len(rows.first): "Nearest misses"} if rows.first and rows.misses else {}
        self.breakdown = _common_breakdown(report)

    def split(self, room: int) -> tuple[int, int]:
        """Widths for both, out of the room that there is, that take the fewest lines."""
        widest = max([len("(no agreement)"), *map(len, self.names)])
        most = max([len("why"), *map(len, self.whys)])
        if widest + most <= room:
            return widest, most
        low, high = _NARROWEST, min(widest, room - _NARROWEST)
        steps = sorted({low + (high - low) * k // 12 for k in range(13)})
        tries = [(step, min(room - step, most)) for step in steps if room - step > 0]
        return min(tries or [(low, low)], key=lambda pair: (self.height(pair), -pair[0]))

    def height(self, widths: tuple[int, int]) -> tuple[int, int]:
        """The most lines of a cell beyond those allowed; and the lines of the table."""
        lines = [
            max(len(textwrap.wrap(name, widths[0])), len(textwrap.wrap(why, widths[1])))
            for name, why in zip(self.names, self.whys, strict=True)
        ]
        return max(0, max(lines) - _LINES), sum(lines)


def _columns(report: Report, lines: _Lines, width: int) -> list[_Column]:
    """Between the bundle's name and the reason: as many columns as leave room for these two."""
    shown, common = lines.verdicts, lines.breakdown
    verdict = _Column("verdict", tuple(v.word for v in shown))
    judged = [
        _Column("signs", tuple(_consent(v) for v in shown)),
        _Column("kept", tuple(_MODAL[v.modal.get("honoured")] for v in shown)),
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
        )
        for party in report.parties
    ]
    layouts = [
        [verdict, *judged, *signed, *parties],
        [verdict, *signed, *parties],
        [verdict, *signed],
    ]
    for layout in layouts:
        room = _room(layout, width)
        if room >= 2 * _NARROWEST and not lines.height(lines.split(room))[0]:
            return layout
    return [verdict]


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
        table.add_column(column.heading, justify=justify, no_wrap=True)
    table.add_column("why", width=why_width)
    for i, verdict in enumerate(lines.verdicts):
        if i in lines.breaks:
            table.add_row(lines.breaks[i], style="italic")
        style = "bold" if verdict.selected else None if verdict.stable else "dim"
        cells = [column.cells[i] for column in columns]
        table.add_row(lines.names[i], *cells, lines.whys[i], style=style)
    if any(column.breakdown for column in columns):
        cells = [column.breakdown for column in columns]
        table.add_row("(no agreement)", *cells, "", style="italic")
    return table


def _consent(verdict: Verdict) -> str:
    if verdict.refusers and verdict.acceptable is False:
        return f"not {listed(verdict.refusers)}"
    return _MODAL[verdict.modal.get("acceptable")]


def _why(verdict: Verdict) -> str:
    """What makes it fail, one reason a way of failing; what it is nearest to failing by, if not."""
    failing = [r.short for r in verdict.reasons if r.gain > 0]
    if failing and not verdict.stable:
        return "; ".join(failing[:2])
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
    return plain(low) if low == high else f"{plain(low)} to {plain(high)}"
