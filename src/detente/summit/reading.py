"""From the text of a summit file to a checked `SummitDocument`, with a place for everything."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from detente.errors import FileError, Place, SummitError
from detente.files.yaml import Marks, Path, load_yaml
from detente.summit.check import check
from detente.summit.scope import SummitScope
from detente.summit.shape import shape_error

if TYPE_CHECKING:
    from detente.summit.model import SummitFile


@dataclass(frozen=True, eq=False)
class SummitDocument:
    """A summit file that keeps the rules of the format.

    `file` : its contents
    `name` : what it is called, for messages
    """

    file: SummitFile
    name: str
    marks: Marks

    @cached_property
    def scope(self) -> SummitScope:
        """What its formulas may name, and how to read them."""
        return SummitScope(self.file, self.place)

    def place(self, path: Path, *, key: bool = False, at: int = 0) -> Place:
        """Where something stands: `("terms", "relief", "levels", "kumgang", "worth", "US")`.

        A path that the file gives in a short form, or not at all, leads to the nearest thing above.

        `key` : the place of the last key, not of its value
        `at` : the place of this character of the text there, from 0
        """
        return self.marks.place(path, key=key, at=at)

    def error(self, path: Path, message: str) -> SummitError:
        """The error that says this of what stands at the path."""
        return SummitError(message, self.place(path))


def read_summit(text: str | bytes, file: str = "") -> SummitDocument:
    """Read and check a summit file.

    `text` : its contents
    `file` : its name, for messages

    Raises FileError for what is not YAML, SummitError for what breaks a rule of the format, and
    ExpressionError for a formula that cannot be read; each with line and column. Where there are
    several mistakes, up to five are listed.
    """
    start = text[:3] if isinstance(text, str) else text[:3].decode("ascii", "replace")
    if start in ("EFG", "NFG"):
        raise FileError(
            f"this is a Gambit file, not a summit file. Name it with the ending .{start.lower()}.",
            Place(file, 1, 1),
        )
    data, marks = load_yaml(text, file)
    document = SummitDocument(shaped(data, marks), file, marks)
    check(document)
    return document


def shaped(data: Any, marks: Marks) -> SummitFile:
    """The file that plain data describe; a SummitError where they have another shape."""
    from pydantic import ValidationError

    from detente.summit.model import SummitFile

    if not isinstance(data, dict):
        found = "a list" if isinstance(data, list) else "a text"
        raise FileError(
            f"the file is {found}, where entries such as 'title: Talks' are needed. Put a space "
            "after each colon, and start from the example in docs/format.md.",
            marks.place(()),
        )
    try:
        return SummitFile.model_validate(data)
    except ValidationError as error:
        raise shape_error(error, data, marks) from None
