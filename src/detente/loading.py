"""What a path or a name stands for: `load` finds the file and the format it is in."""

from __future__ import annotations

import difflib
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from detente.errors import FileError, Place
from detente.files import SUFFIXES

if TYPE_CHECKING:
    from detente.conflict.conflict import Conflict
    from detente.game.strategic import StrategicGame
    from detente.game.tree import Game
    from detente.summit.summit import Summit

_CONFLICT = re.compile(rb"""(?:^|[{,]\s*)["']?conflict["']?\s*:""", re.MULTILINE)
PIPE_LIMIT = 200_000_000
"""Bytes that are read of what is no file and may not end."""


def load(source: str | Path) -> Summit | Conflict | Game | StrategicGame:
    """What a file describes: a summit, a conflict or a game, by its ending and its content.

    Summits and conflicts are .yaml files; .gmcr files hold conflicts, .efg and .nfg files games in
    extensive and in strategic form.

    `source` : a path, or the name of a game that is shipped with the program (see `shipped`)

    Raises FileError where there is no such file or game, or it cannot be read; the errors of each
    format say where in the file.
    """
    path = find(source)
    kind = SUFFIXES.get(path.suffix.lower())
    given: Path | bytes = path  # the readers of Gambit's formats hold a stretch of it at a time
    if not path.is_file():
        given = _read(path)  # a pipe cannot be read twice
    if kind is None:
        kind = _sniff(given if isinstance(given, bytes) else _read(path, 200, part=True))
        if kind == "json":
            given = given if isinstance(given, bytes) else _read(path)
            kind = "gmcr" if b'"decisionMakers"' in given else "yaml"
    if kind == "efg":
        from detente.files.efg import read_efg

        return read_efg(given, str(source))
    if kind == "nfg":
        from detente.files.nfg import read_nfg

        return read_nfg(given, str(source))
    if kind == "gmcr":
        from detente.conflict.gmcr import load_conflict

        return load_conflict(given, str(source))
    return _from_yaml(_read(given) if isinstance(given, Path) else given, str(source))


def _from_yaml(text: bytes, name: str) -> Summit | Conflict:
    if _holds_conflict(text, name):
        from detente.conflict.reading import read_conflict

        return read_conflict(text, name)
    from detente.summit.summit import Summit

    return Summit.read(text, name)


def _holds_conflict(text: bytes, name: str) -> bool:
    """Whether a YAML file has the key `conflict` at its top."""
    if not _CONFLICT.search(text):
        return False
    from detente.files.yaml import load_yaml

    data, _ = load_yaml(text, name)
    return isinstance(data, dict) and "conflict" in data


def find(source: str | Path) -> Path:
    """The file that a path or the name of a shipped game means.

    Raises FileError, with close matches, where there is none.
    """
    if not isinstance(source, (str, os.PathLike)):
        raise FileError(
            f"a file is named by its path; found {type(source).__name__}. Give the path, or the "
            "name of a shipped game."
        )
    if not str(source):
        raise FileError("a file is named by its path; found an empty name. Give the path.")
    path = Path(source)
    try:
        if path.is_dir() and str(source) in shipped():
            return shipped()[str(source)]
        if path.is_dir():
            raise FileError("this is a folder. Name a file in it.", Place(str(source)))
        if path.exists():
            return path
    except (OSError, ValueError) as error:
        raise FileError(f"this path cannot be used: {error}.", Place(str(source))) from None
    games = shipped()
    if str(source) in games:
        return games[str(source)]
    raise FileError(_missing(path, games), Place(str(source)))


def _missing(path: Path, games: dict[str, Path]) -> str:
    if path.suffix.lower() in SUFFIXES or len(path.parts) > 1:
        if path.stem in games:
            return (
                f"there is no such file. The game of that name that is shipped with the program is "
                f"called '{path.stem}'."
            )
        folder = path.parent
        here = [p.name for p in folder.iterdir()] if folder.is_dir() else []
        close = difflib.get_close_matches(path.name, here, n=3)
        hint = f" Close ones there: {', '.join(close)}." if close else ""
        return f"there is no such file.{hint}"
    close = difflib.get_close_matches(path.name, list(games), n=3, cutoff=0.4)
    hint = f"Close names: {', '.join(close)}. " if close else ""
    return f"there is no file or shipped game of that name. {hint}`detente games` lists the games."


def shipped() -> dict[str, Path]:
    """The games that come with the program, and then the conflicts: name → file."""
    package = Path(__file__).resolve().parent
    installed, checkout = package / "_games", package.parents[1] / "games"
    folder = installed if installed.is_dir() else checkout
    if not folder.is_dir():
        return {}
    files = [path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES]
    return {path.stem: path for path in sorted(files, key=lambda p: (p.parent != folder, p.stem))}


def _read(path: Path, limit: int = 0, *, part: bool = False) -> bytes:
    """The bytes of a file; of a pipe or a device no more than `PIPE_LIMIT`.

    `limit`, `part` : read so many bytes at most, and be content with them
    """
    try:
        with path.open("rb") as stream:
            if not limit and path.is_file():
                return stream.read()
            limit = limit or PIPE_LIMIT
            found = stream.read(limit if part else limit + 1)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise FileError(f"this file cannot be read: {reason}.", Place(str(path))) from None
    if len(found) > limit:
        raise FileError(
            f"this is no file, and gives more than {limit:,} bytes. Save what it gives to a file "
            "first.",
            Place(str(path)),
        )
    return found


def _sniff(data: bytes) -> str:
    """The format that a text begins in; "json" may be YAML as well."""
    start = data[:200].removeprefix(b"\xef\xbb\xbf").lstrip()[:3].upper()
    if start.startswith(b"{"):
        return "json"
    return {b"EFG": "efg", b"NFG": "nfg"}.get(start, "yaml")
