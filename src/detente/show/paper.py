"""Where text goes: a terminal as wide as it is, or plain lines into a file or a pipe."""

from __future__ import annotations

import os
import sys
import textwrap
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

    from detente.stability.story import Story

PLAIN_WIDTH = 120
"""Columns of what goes to a file or a pipe; the variable COLUMNS overrides it."""


def console(width: int | None = None) -> Console:
    """Where tables are printed: as wide as the terminal, plain text when piped."""
    from rich.console import Console

    if width is None and not sys.stdout.isatty():
        columns = os.environ.get("COLUMNS", "")
        width = int(columns) if columns.isdecimal() and int(columns) > 0 else PLAIN_WIDTH
    return Console(width=width, highlight=False, emoji=False, markup=False)


def print_parts(out: Console, parts: Iterable[RenderableType]) -> None:
    """Print paragraphs and tables one below the other."""
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


def print_story(story: Story) -> None:
    """Print the story of a bundle."""
    from rich.text import Text

    out = console()
    parts = [Text(f"{story.report.title}: {story.verdict.name}", style="bold")]
    for section in story.sections:
        parts += [Text(""), Text(section.title, style="bold")]
        parts += [Text(wrapped(line, out.width)) for line in section.lines]
    print_parts(out, parts)


def wrapped(line: str, width: int) -> str:
    """A line in a section, on as many as it takes, the later ones further in."""
    text = line.lstrip(" ")
    indent = " " * (2 + len(line) - len(text))
    return textwrap.fill(
        text, width, initial_indent=indent, subsequent_indent=indent + "  ", break_long_words=False
    )
