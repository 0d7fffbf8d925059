"""Tables lose no word of theirs, however little room there is."""

from __future__ import annotations

from io import StringIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from detente.show.plain_table import Kind, plain_table

COLUMNS: list[tuple[str, Kind]] = [
    ("value", "number"), ("bundle", "text"), ("range", "word"), ("why beyond", "text"),
]  # fmt: skip
ROWS = [
    ["≈266.7", "full + small + joint", "0 to 1", "Upland gains 108 M€ by refusing"],
    ["", "the talks as written", "-5 to 300", "(nobody concedes anything) or small or large"],
]


def printed(columns: list[tuple[str, Kind]], rows: list[list[str]], width: int) -> list[str]:
    out = Console(width=width, file=StringIO(), highlight=False, emoji=False, markup=False)
    out.print(plain_table(columns, rows))
    text = out.file.getvalue()  # type: ignore[attr-defined]
    assert isinstance(text, str)
    return text.splitlines()


@pytest.mark.parametrize("width", [20, 30, 40, 50, 60, 70, 80, 120, 200])
def test_every_word_is_there_whole_and_no_line_is_too_long(width: int) -> None:
    lines = printed(COLUMNS, ROWS, width)
    words = [word for line in lines for word in line.split()]
    assert max(map(len, lines)) <= width
    for row in ROWS:
        assert not [word for cell in row for word in cell.split() if word not in words]


def test_where_no_table_fits_each_row_is_a_paragraph() -> None:
    assert printed(COLUMNS, ROWS, 36)[:5] == [
        "value: ≈266.7",
        "  bundle: full + small + joint",
        "  range: 0 to 1",
        "  why beyond: Upland gains 108 M€ by",
        "    refusing",
    ]


def test_a_table_without_rows_has_its_headings() -> None:
    assert printed(COLUMNS, [], 80)[0].split() == ["value", "bundle", "range", "why", "beyond"]


@settings(max_examples=100)
@given(
    st.lists(st.sampled_from(["number", "word", "text"]), min_size=1, max_size=6),
    st.lists(st.lists(st.text("ab ", max_size=40), min_size=6, max_size=6), max_size=3),
    st.integers(12, 130),
)
def test_no_letter_is_lost(kinds: list[Kind], rows: list[list[str]], width: int) -> None:
    columns = [(f"c{at}", kind) for at, kind in enumerate(kinds)]
    cells = [[" ".join(cell.split()) for cell in row[: len(kinds)]] for row in rows]
    lines = printed(columns, cells, width)
    assert all(len(line) <= width for line in lines)
    letters = sum(cell.count(letter) for row in cells for cell in row for letter in "ab")
    assert sum(line.count(letter) for line in lines for letter in "ab") == letters
