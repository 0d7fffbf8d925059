"""Which columns a table of verdicts has, by the room that there is."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

from detente.show.lenses import cell, looked
from detente.show.rows import Rows
from detente.stability.verdict import Report, Verdict
from detente.stability.words import listed, plain

GAP = 3
"""Blanks between two columns."""
LINES = 3
"""Lines that a cell may take."""
MANY_LINES = 4
"""Lines that it may take where columns would else be left out for which there is no other room."""
PLAYED = "  as it would be played"
"""Before what a deal brings that the talks end with, where it is not what compliance brings."""
MARK = "* "
"""Before the bundles that the talks as written may settle on."""
NARROWEST = 14
"""Columns that the bundle's name and the reason get at least."""

_MODAL = {"always": "yes", "sometimes": "on a tie", "never": "no", None: "?"}


@dataclass(frozen=True)
class Column:
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


    def cell(self, row: int) -> str:
        """What stands in a row; broken where it is to take two lines."""
        return _broken(self.cells[row], self.width) if self.narrow else self.cells[row]


def _broken(text: str, width: int) -> str:
    """In two lines: after 'yes,' or 'no,' where what follows has room, else where it fits."""
    answer, comma, word = text.partition(", ")
    if comma and len(text) > width >= len(word):
        return f"{answer},\n{word}"
    return text


def _halved(text: str) -> int:
    """The least width at which a text takes two lines."""
    width = max(map(len, text.split()), default=0)
    while len(textwrap.wrap(text, width)) > 2:
        width += 1
    return width


class Lines:
    """What stands in the two columns that wrap, a row a verdict.

    `breaks` : before the row of this number a line says what follows
    `played` : the rows below which stands what each party gets as the deal would be played
    """

    def __init__(self, report: Report, rows: Rows) -> None:
        self.verdicts = rows.shown
        self.names = [
            f"{MARK * bool(v.selected)}{rows.label(v)}" for v in self.verdicts
        ]
        self.whys = [_why(v) for v in self.verdicts]
        self.breaks = dict(rows.headings())
        self.played = [i for i, v in enumerate(self.verdicts) if v.selected and _differs(v)]
        self.breakdown = _common_breakdown(report)

    @property
    def widest(self) -> int:
        """The width at which no name is broken."""
        others = (PLAYED, "(no agreement)", *self.breaks.values())
        return max(map(len, (*others, *self.names)))

    def split(self, room: int) -> tuple[int, int]:
        """Widths for both, out of the room that there is, that take the fewest lines."""
        widest = self.widest
        most = max([len("why"), *map(len, self.whys)])
        if widest + most <= room:
            return widest, most
        low, high = NARROWEST, min(widest, room - NARROWEST)
        steps = sorted({low + (high - low) * k // 12 for k in range(13)})
        tries = [(step, min(room - step, most)) for step in steps if room - step > 0]
        return min(tries or [(low, low)], key=lambda pair: (self.height(pair), -pair[0]))

    def height(self, widths: tuple[int, int]) -> tuple[int, int]:
        """The most lines of a cell, those that are always allowed not told apart; all lines."""
        lines = [
            max(len(textwrap.wrap(name, widths[0])), len(textwrap.wrap(why, widths[1])))
            for name, why in zip(self.names, self.whys, strict=True)
        ]
        breaks = sum(len(textwrap.wrap(text, widths[0])) for text in self.breaks.values())
        return max(LINES, max(lines)), sum(lines) + breaks


@dataclass(frozen=True)
class Layout:
    """The columns between the bundle's name and the reason, and how wide these two are.

    `why` : width of the column of reasons, 0 where each stands below its bundle's name instead
    """

    columns: Sequence[Column]
    name: int
    why: int

    def has(self, heading: str) -> bool:
        """Whether there is a column of this heading."""
        return any(column.heading == heading for column in self.columns)


def layout_of(report: Report, lines: Lines, width: int) -> Layout:
    """As many columns as leave room for the bundle's name and the reason."""
    for columns, most, folded in _layouts(report, lines):
        room = width - sum(column.width + GAP for column in columns) - GAP
        if folded and room + GAP >= 2 * NARROWEST - GAP:
            return Layout(columns, min(room + GAP, lines.widest), 0)
        if folded or room < 2 * NARROWEST:
            continue
        widths = lines.split(room)
        if lines.height(widths)[0] <= most:
            return Layout(columns, *widths)
    columns = [_verdict(lines)]
    room = width - columns[0].width - 2 * GAP
    return Layout(columns, *lines.split(max(2 * NARROWEST, room)))


def _verdict(lines: Lines) -> Column:
    return Column("verdict", tuple(v.word for v in lines.verdicts))


def _layouts(report: Report, lines: Lines) -> Iterator[tuple[list[Column], int, bool]]:
    """Columns that may stand together, the best first; the most lines of a cell; and whether
    reasons stand below the names.
    """
    verdict, signed, parties = _verdict(lines), _signed(lines), _parties(report, lines)
    lenses = [
        Column(seen.name, tuple(cell(v, seen.name) for v in lines.verdicts))
        for seen in looked(report)
    ]
    narrow = [replace(column, narrow=True) for column in lenses]
    yield [verdict, *_judged(lines), *signed, *lenses, *parties], LINES, False
    yield [verdict, *signed, *lenses, *parties], LINES, False
    if lenses:
        yield [verdict, *signed, *narrow, *parties], MANY_LINES, False
    if all(column.cells == ("0",) * len(column.cells) for column in signed):
        # Else how probably each is signed matters more.
        yield [verdict, *lenses, *parties], LINES, False
    yield [verdict, *signed, *lenses], LINES, False
    if lenses:
        yield [verdict, *signed, *narrow], MANY_LINES, False
        yield [verdict, *signed, *narrow], MANY_LINES, True
        yield [verdict, *narrow], MANY_LINES, True
    yield [verdict, *signed], LINES, False


def _judged(lines: Lines) -> list[Column]:
    return [
        Column("signs", tuple(_consent(v) for v in lines.verdicts)),
        Column("kept", tuple(_modal(v, "honoured") for v in lines.verdicts)),
    ]


def _signed(lines: Lines) -> list[Column]:
    shown = lines.verdicts
    if all(v.agreed is None or v.agreed[0] == v.agreed[1] in (0, 1) for v in shown):
        return []  # the mark says as much
    return [Column("signed", tuple(_range(v.agreed) for v in shown), right=True)]


def _parties(report: Report, lines: Lines) -> list[Column]:
    shown, common = lines.verdicts, lines.breakdown
    return [
        Column(
            party,
            tuple(plain(v.values[party]) if v.values else "?" for v in shown),
            plain(common[party]) if common else "",
            right=True,
            played={i: _range((shown[i].played or {}).get(party)) for i in lines.played},
        )
        for party in report.parties
    ]


def wide_enough(report: Report, lines: Lines, width: int) -> int | None:
    """The least width, or a little more, at which there is a column for each party."""
    for wider in range(width + 2, 4 * width, 4):
        if layout_of(report, lines, wider).has(report.parties[0]):
            return wider
    return None


def _differs(verdict: Verdict) -> bool:
    """Whether what is played brings a party something else than compliance."""
    if verdict.values is None or verdict.played is None:
        return False
    return any(verdict.played[p] != (v, v) for p, v in verdict.values.items())


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
