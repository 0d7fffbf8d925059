"""Write what was loaded to a file whose ending names the format, whole or not at all."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from detente.errors import FileError, NotSupported, Place
from detente.files import SUFFIXES
from detente.files.convert import NODES, write_game

if TYPE_CHECKING:
    from detente.conflict.conflict import Conflict

_GAMES = ("efg", "nfg", "yaml")
_CONFLICTS = ("gmcr", "yaml")


def write(loaded: Any, target: Path, *, force: bool = False, limit: int = NODES) -> None:
    """Write a summit, a game, a strategic form or a conflict in the format of `target`.

    `limit` : how many nodes the tree of a game may have

    Raises FileError where the format is unknown, the file is there already (unless `force`) or it
    cannot be written; what was there before then still stands. Raises NotSupported where the
    format cannot hold what was loaded.
    """
    kind = _kind(target)
    _check_free(target, force)
    if hasattr(loaded, "movers"):
        _write_conflict(loaded, target, kind)
        return
    if kind not in _GAMES:
        raise NotSupported(
            f"a {target.suffix} file holds a conflict, and this is a game. Write it with one of "
            f"the endings {_endings(_GAMES)}."
        )
    write_game(loaded, target, kind, limit)


def _kind(target: Path) -> str:
    kind = SUFFIXES.get(target.suffix.lower())
    if kind is None:
        raise FileError(
            f"'{target.suffix}' is no format that is written. Use one of: {', '.join(SUFFIXES)}.",
            Place(str(target)),
        )
    return kind


def _check_free(target: Path, force: bool) -> None:
    try:
        folder, there = target.is_dir(), target.exists()
    except OSError as error:
        reason = error.strerror or str(error)
        raise FileError(
            f"cannot be written: {reason}. Choose another place.", Place(str(target))
        ) from None
    if folder:
        raise FileError("this is a folder. Name a file in it.", Place(str(target)))
    if there and not force:
        raise FileError("this file exists. Overwrite it with --force.", Place(str(target)))


def _write_conflict(conflict: Conflict, target: Path, kind: str) -> None:
    from detente.conflict.gmcr import gmcr_of
    from detente.conflict.writing import write_conflict
    from detente.files.gmcr import GmcrFile, write_gmcr

    if kind == "gmcr":
        file = conflict.file
        write_gmcr(file if isinstance(file, GmcrFile) else gmcr_of(conflict), target)
    elif kind == "yaml":
        if conflict.file is not None and not isinstance(conflict.file, GmcrFile):
            raise NotSupported(
                "a conflict file is YAML already. Convert it to .gmcr for other programs."
            )
        write_conflict(conflict, target)
    else:
        raise NotSupported(
            f"a conflict has states and moves between them, and no game tree that a "
            f"{target.suffix} file could hold. Write it with one of the endings "
            f"{_endings(_CONFLICTS)}."
        )


def _endings(kinds: tuple[str, ...]) -> str:
    return ", ".join(suffix for suffix, kind in SUFFIXES.items() if kind in kinds)
