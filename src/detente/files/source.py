"""The bytes of a file, read in stretches; the line and column of a byte when it is asked for."""

from __future__ import annotations

import os
import stat
from functools import cached_property
from pathlib import Path
from typing import NoReturn

from detente.errors import FileError, Place

_UTF8_MARK = b"\xef\xbb\xbf"
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")


class Source:
    """A file on disk, or bytes in memory, that is read a stretch at a time.

    `name` : what messages call it
    `start` : the first byte after a byte-order mark
    `size` : one past the last byte

    Raises FileError where there is no such file or it cannot be read.
    """

    def __init__(self, given: str | os.PathLike[str] | bytes, name: str = "") -> None:
        self._path: Path | None = None
        if isinstance(given, bytes):
            self.name = name
            self._data = given
        else:
            self.name = name or os.fspath(given)
            self._open(Path(given))
        self.size = len(self._data) if self._path is None else self._path.stat().st_size
        mark = self.read(0, 3)
        if mark[:2] in _UTF16_MARKS:
            self._recode()
            mark = b""
        self.start = 3 if mark == _UTF8_MARK else 0

    def _open(self, path: Path) -> None:
        try:
            # A pipe cannot be read twice, which finding the line of an error would need.
            if stat.S_ISREG(path.stat().st_mode):
                path.open("rb").close()
                self._path = path
            else:
                self._data = path.read_bytes()
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            message = f"cannot be read: {reason}. Check the name and that it is a file of yours."
            raise FileError(message, Place(self.name)) from error

    def _recode(self) -> None:
        """Read a UTF-16 file as if it had been written in UTF-8."""
        text = self.read(0, self.size).decode("utf-16", errors="replace")
        self._path, self._data = None, text.encode("utf-8", errors="replace")
        self.size = len(self._data)

    @cached_property
    def _data(self) -> bytes:
        return b""

    def read(self, start: int, stop: int) -> bytes:
        """The bytes from `start` up to `stop` or the end of the file."""
        if self._path is None:
            return self._data[start:stop]
        with self._path.open("rb") as file:
            file.seek(start)
            return file.read(max(stop - start, 0))

    def place(self, offset: int) -> Place:
        """Where a byte stands, counted in lines and characters from 1."""
        line, line_start, position = 1, self.start, self.start
        while position < offset:
            block = self.read(position, min(position + (1 << 20), offset))
            if not block:
                break
            line += block.count(b"\n")
            if b"\n" in block:
                line_start = position + block.rindex(b"\n") + 1
            position += len(block)
        before = self.read(line_start, min(offset, line_start + (1 << 16)))
        return Place(self.name, line, len(decode(before)) + 1)

    def refuse(self, message: str, offset: int | None = None) -> NoReturn:
        """Raise a FileError that points to this byte, or to the file as a whole."""
        raise FileError(message, Place(self.name) if offset is None else self.place(offset))


def decode(raw: bytes) -> str:
    """Text from bytes: UTF-8 where it is that, else Latin-1, in which old files are written."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")
