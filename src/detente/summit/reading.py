"""From the text of a summit file to a checked `SummitDocument`, with a place for everything."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from detente.errors import FileError, Place, SummitError
from detente.files.yaml import Marks, Path, load_yaml
from detente.summit.scope import SummitScope

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

    def place(self, path: Path, *, key: bool = False) -> Place:
        """Where something stands: `("terms", "relief", "levels", "kumgang", "worth", "US")`.

        A path that the file gives in a short form, or not at all, leads to the nearest thing above.
        """
        return self.marks.place(path, key=key)

    def error(self, path: Path, message: str) -> SummitError:
        """The error that says this of what stands at the path."""
        return SummitError(message, self.place(path))


def read_summit(text: str | bytes, file: str = "") -> SummitDocument:
    """Read and check a summit file.

    `text` : its contents
    `file` : its name, for messages

    Raises FileError for what is not YAML, SummitError for what breaks a rule of the format, and
    ExpressionError for a formula that cannot be read; each with line and column.
    """
    from pydantic import ValidationError

    from detente.summit.model import SummitFile

    data, marks = load_yaml(text, file)
    if not isinstance(data, dict):
        raise FileError("a summit file is a mapping.", Place(file, 1, 1))
    try:
        contents = SummitFile.model_validate(data)
    except ValidationError as error:
        raise SummitError(str(error), Place(file)) from None
    return SummitDocument(contents, file, marks)
