"""A table of short cells, with one or two columns of longer text that wrap."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Literal

from detente.stability.words import plain

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderResult
    from rich.table import Table
    from rich.text import Text

Kind = Literal["number", "word", "text"]
"""Numbers stand to the right and words to the left, both on one line; texts wrap."""
Span = tuple[Fraction, Fraction]
WIDEST_WORDS = (15, 10)
"""Characters of a word up to which a text that wraps keeps it whole: the first that fits."""
_BETWEEN = 3
"""Blanks between two columns."""


@dataclass(frozen=True)
class PlainTable:
    """A table that loses nothing where there is little room.

    Where it is too wide for the paper even with its texts wrapped, each row becomes a paragraph
    with a line for each cell.

    `columns` : headings, and what stands below them
    `rows` : a cell for each column
    """

    columns: Sequence[tuple[str, Kind]]
    rows: Sequence[Sequence[str]]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        room = options.max_width - _BETWEEN * (len(self.columns) - 1)
        for widest in WIDEST_WORDS:
            widths = self._widths(room, widest)
            if widths is not None:
                yield self._table(widths)
                return
        yield from self._paragraphs(options.max_width)

    def _widths(self, room: int, widest: int) -> list[int] | None:
        """Characters for each column, the longest texts wrapped first; None where it takes more.

        `widest` : characters of a word up to which it is kept whole
        """
        from rich.cells import cell_len

        widths, least = [], []
        for at, (heading, kind) in enumerate(self.columns):
            cells = [row[at] for row in self.rows]
            widths.append(max(map(cell_len, (heading, *cells))))
            words = [heading.split()[-1], *(word for cell in cells for word in cell.split())]
            longest = max(map(cell_len, words))
            least.append(min(widest, longest) if kind == "text" else widths[-1])
        while sum(widths) > room:
            wide = [at for at, width in enumerate(widths) if width > least[at]]
            if not wide:
                return None
            widths[max(wide, key=lambda at: widths[at])] -= 1
        return widths

    def _table(self, widths: Sequence[int]) -> Table:
        from rich import box
        from rich.table import Table

        table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1), show_edge=False)
        for (heading, kind), width in zip(self.columns, widths, strict=True):
            justify: Literal["left", "right"] = "right" if kind == "number" else "left"
            table.add_column(
                heading, justify=justify, no_wrap=kind != "text", overflow="fold", width=width
            )
        for row in self.rows:
            table.add_row(*row)
        return table

    def _paragraphs(self, width: int) -> Iterator[Text]:
        from rich.text import Text

        for row in self.rows:
            indent = ""
            for (heading, _), cell in zip(self.columns, row, strict=True):
                if cell:
                    line = f"{heading}: {cell}" if heading else cell
                    later = indent + "  "
                    yield Text(textwrap.fill(
                        line, width, initial_indent=indent, subsequent_indent=later
                    ))  # fmt: skip
                indent = "  "


def plain_table(columns: Sequence[tuple[str, Kind]], rows: Sequence[Sequence[str]]) -> PlainTable:
    """The table with these headings and cells, in the style of all tables here."""
    return PlainTable(columns, rows)


def span_text(span: Span | None) -> str:
    """A range in a cell: one number where both ends are the same, `?` where nothing is known.

    >>> span_text((Fraction(1, 2), Fraction(1))), span_text((Fraction(2), Fraction(2)))
    ('0.5 to 1', '2')
    """
    if span is None:
        return "?"
    low, high = span
    return plain(low) if low == high else f"{plain(low)} to {plain(high)}"


def signed(amount: Fraction) -> str:
    """A change in a cell, with its sign.

    >>> signed(Fraction(3)), signed(Fraction(-1, 3)), signed(Fraction(0))
    ('+3', '≈-0.3333', '0')
    """
    text = plain(amount)
    return (
        f"+{text}"
        if amount > 0 and text[0] != "≈"
        else text.replace("≈", "≈+")
        if (amount > 0)
        else text
    )


def span_change(span: Span | None) -> str:
    """A range of changes in a cell."""
    if span is None:
        return "?"
    low, high = span
    return signed(low) if low == high else f"{signed(low)} to {signed(high)}"
