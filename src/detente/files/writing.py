"""Writing files whole or not at all, and texts and numbers as Gambit's formats spell them."""

from __future__ import annotations

import os
import re
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import TextIO

import numpy as np
from numpy.typing import NDArray

from detente.errors import FileError, Place
from detente.files.names import Pool
from detente.game.labels import Labels
from detente.game.rationals import Payoffs

BLOCK = 1 << 16
"""Rows that are turned into text at a time."""

Target = str | os.PathLike[str] | TextIO


@contextmanager
def whole_file(target: Target) -> Iterator[TextIO]:
    """A stream to write UTF-8 text to, which takes the place of the file when all went well.

    A stream is handed back as it is. Raises FileError where the file cannot be written; what was
    there before then still stands.
    """
    if not isinstance(target, (str, os.PathLike)):
        yield target
        return
    path = Path(target)
    try:
        if path.exists() and not path.is_file():  # a pipe or a device has no whole to replace
            with path.open("w", encoding="utf-8", newline="\n") as stream:
                yield stream
            return
        path = Path(os.path.realpath(path))  # a link stays, and what it leads to is replaced
        mode = path.stat().st_mode & 0o777 if path.exists() else 0o666 & ~_umask()
        prefix = f".{path.stem[:40]}-"  # short: the folder may allow no longer names
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=prefix, suffix=".part")
        try:
            with open(handle, "w", encoding="utf-8", errors="replace", newline="\n") as stream:
                yield stream
            os.chmod(name, mode)
            os.replace(name, path)
        except BaseException:
            os.unlink(name)
            raise
    except OSError as error:
        reason = error.strerror or str(error)
        raise FileError(
            f"cannot be written: {reason}. Choose another place.", Place(os.fspath(target))
        ) from error
    except ValueError as error:
        if "integer string conversion" not in str(error):
            raise
        raise FileError(
            f"cannot be written: a number has more than {sys.get_int_max_str_digits():,} digits. "
            "Round the payoffs, or raise the limit with sys.set_int_max_str_digits.",
            Place(os.fspath(target)),
        ) from None


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


# Only backslashes that reading would take for an escape are doubled: other readers of the format
# do not undo it.
_TAKEN_FOR_ESCAPES = re.compile(r'\\+(?=")|\\+\Z|\\{2,}')


def quoted(text: str) -> str:
    """The text in quotes, so that reading gives it back."""
    if "\\" in text:
        text = _TAKEN_FOR_ESCAPES.sub(lambda match: match[0] * 2, text)
    return '"' + text.replace('"', '\\"') + '"' if '"' in text else f'"{text}"'


def braces(items: Iterable[str]) -> str:
    """The items in braces."""
    return f"{{ {' '.join(items)} }}"


def each_once(
    ids: NDArray[np.int32], text_of: Callable[[NDArray[np.int32]], Sequence[str]]
) -> list[str]:
    """A text for every row, made only once for equal rows."""
    distinct, place = np.unique(ids, return_inverse=True)
    texts = text_of(distinct)
    return [texts[i] for i in place.tolist()]


def quoted_labels(labels: Labels, start: int, stop: int) -> list[str]:
    """The labels of these rows, in quotes."""
    pool = labels.pool

    def texts(ids: NDArray[np.int32]) -> list[str]:
        if isinstance(pool, Pool):
            return [quoted(text) for text in pool.several(ids)]
        return [quoted(pool[i]) for i in ids.tolist()]

    return each_once(labels.ids[start:stop], texts)


def payoff_texts(payoffs: Payoffs, rows: NDArray[np.integer]) -> list[str]:
    """The payoffs of these outcomes, as `1, -2/3`."""
    columns = []
    for player, denominator in enumerate(payoffs.denominators):
        numerators = payoffs.numerators[rows, player]
        if denominator == 1:
            column = list(map(str, numerators.tolist()))
        elif denominator < 2**63:
            column = ratios(numerators, np.full(len(rows), denominator, dtype=np.int64))
        else:
            column = [str(Fraction(value, denominator)) for value in numerators.tolist()]
        if payoffs.large:
            for i, row in enumerate(rows.tolist()):
                if (row, player) in payoffs.large:
                    column[i] = str(Fraction(payoffs.large[row, player], denominator))
        columns.append(column)
    return [", ".join(row) for row in zip(*columns, strict=True)] if columns else [""] * len(rows)


def ratios(top: NDArray[np.int64], bottom: NDArray[np.int64]) -> list[str]:
    """Ratios in lowest terms, whole numbers as such."""
    shared = np.gcd(top, bottom)
    pairs = zip((top // shared).tolist(), (bottom // shared).tolist(), strict=True)
    return [str(a) if b == 1 else f"{a}/{b}" for a, b in pairs]
