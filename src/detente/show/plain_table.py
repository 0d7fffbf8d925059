"""A table of short cells, with one or two columns of longer text that wrap."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Literal

from detente.stability.words import plain

if TYPE_CHECKING:
    from rich.table import Table

Kind = Literal["number", "word", "text"]
"""Numbers stand to the right and words to the left, both on one line; texts wrap."""
Span = tuple[Fraction, Fraction]
WIDEST_WORD = 15
"""Characters of a word up to which a text that wraps keeps it whole."""


def plain_table(columns: Sequence[tuple[str, Kind]], rows: Sequence[Sequence[str]]) -> Table:
    """The table with these headings and cells, in the style of all tables here."""
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1), show_edge=False)
    for at, (heading, kind) in enumerate(columns):
        justify: Literal["left", "right"] = "right" if kind == "number" else "left"
        words = [word for row in rows for word in row[at].split()]
        narrowest = min(WIDEST_WORD, max([len(heading.split()[-1]), *map(len, words)]))
        table.add_column(
            heading, justify=justify, no_wrap=kind != "text",
            # A number that is cut must look cut.
            overflow="fold" if kind == "text" else "ellipsis",
            min_width=narrowest if kind == "text" else None,
        )  # fmt: skip
    for row in rows:
        table.add_row(*row)
    return table


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
