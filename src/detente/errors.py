"""The errors of a user's input: each says where, which rule, what was found and what to do.

Anything that is not a `DetenteError` and reaches the command line is a defect of the program.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Place:
    """Where something stands in a file; `line` and `column` count from 1, 0 means unknown."""

    file: str = ""
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        parts = [self.file or "input"]
        if self.line:
            parts.append(str(self.line))
            if self.column:
                parts.append(str(self.column))
        return ":".join(parts)


class DetenteError(Exception):
    """What is wrong with an input or a request, in words for its author. Exit code 2."""

    def __init__(self, message: str, place: Place | None = None) -> None:
        self.message = message
        self.place = place
        super().__init__(f"{place}: {message}" if place else message)


class FileError(DetenteError):
    """A file that cannot be read as what it claims to be."""


class ExpressionError(DetenteError):
    """A formula outside the grammar, with an unknown name, or with units that do not match."""


class GameError(DetenteError):
    """A game that breaks a rule of the model (a cycle, probabilities that do not sum to one…)."""


class SummitError(DetenteError):
    """A negotiation that contradicts itself or names what it does not define."""


class NotSupported(DetenteError):
    """A well-formed request that no method here answers, with the reason and the way round."""


class OutOfTime(Exception):
    """The time limit passed before there was an answer; caught where results are put together."""


def no_parameter(name: str, known: Iterable[str]) -> str:
    """What is said of a parameter that there is not: names close to it, else all that there are.

    >>> no_parameter("fees_", ["fees", "pressure"]), no_parameter("x", [])
    ("no parameter 'fees_'. Close names: fees.", "no parameter 'x'. The parameters are: none.")
    """
    from difflib import get_close_matches

    names = list(known)
    close = get_close_matches(name, names, n=3)
    hint = f"Close names: {', '.join(close)}." if close else (
        f"The parameters are: {', '.join(names) or 'none'}."
    )
    return f"no parameter '{name}'. {hint}"
