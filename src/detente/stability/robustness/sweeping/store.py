"""A folder of parts that a sweep fills, and goes on with after it was stopped or killed.

Each part is written whole by renaming it into place, so that what is there is complete; one that
was damaged since is made again. The manifest says what all of them belong to.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detente.errors import FileError, Place
from detente.files.parquet import UNFINISHED, read_parquet, write_new, write_whole
from detente.stability.robustness.draws.settling import Bits, Floats
from detente.stability.robustness.sweeping.parts import bundle_columns
from detente.stability.robustness.sweeping.plan import Plan

MANIFEST = "_manifest.json"
"""Programs that read a folder of Parquet files pass over names that begin like this."""
ABANDONED = 3600.0
"""Seconds after which an unfinished file is one that a killed process left behind."""


@dataclass(frozen=True)
class Shelf:
    """Numbered files that belong together.

    `folder`, `prefix` : where they are, and how their names begin
    `key` : what stands in the metadata of each, beside its number
    """

    folder: Path
    prefix: str
    key: str

    def path(self, part: int) -> Path:
        """Where a part is kept."""
        return self.folder / f"{self.prefix}-{part:06d}.parquet"

    def read(self, part: int, headings: Sequence[str]) -> dict[str, NDArray[Any]] | None:
        """These columns; None where the part is not there, is of others, or was damaged."""
        try:
            columns, about = read_parquet(self.path(part), headings)
        except FileError:
            return None
        if (about.get("key"), about.get("part")) != (self.key, part):
            return None
        return columns if set(headings) <= columns.keys() else None

    def write(self, part: int, contents: bytes) -> None:
        """Put a part in place."""
        write_whole(self.path(part), contents)

    def about(self, part: int) -> dict[str, Any]:
        """What the metadata of a part says of its place here."""
        return {"key": self.key, "part": part}


@dataclass(frozen=True)
class Store:
    """The files of one sweep."""

    folder: Path
    plan: Plan

    def open(self) -> None:
        """Make the folder, or see that it holds parts of the same sweep.

        Raises FileError where it holds those of another, saying what differs, or cannot be used.
        """
        _made(self.folder)
        self._claim()
        there = manifest(self.folder) or {}
        if there.get("key") != self.plan.key:
            raise FileError(
                f"the draws here belong to another sweep: {_differences(there, self.plan.about)}. "
                "Use the same settings, or another folder.",
                Place(str(self.folder)),
            )
        _clear(self.folder)

    def _claim(self) -> None:
        """Write the manifest, where no other process has."""
        if manifest(self.folder) is not None:
            return
        if any(self.folder.glob("part-*.parquet")):
            raise FileError(
                f"there are parts here but no {MANIFEST}: nobody knows what they belong to. "
                "Choose another folder.",
                Place(str(self.folder)),
            )
        text = json.dumps({**self.plan.about, "key": self.plan.key}, ensure_ascii=False)
        write_new(self.folder / MANIFEST, text.encode())

    @property
    def shelf(self) -> Shelf:
        """The parts."""
        return Shelf(self.folder, "part", self.plan.key)

    def aside(self, key: str) -> Shelf:
        """Parts of something else about the same sweep, which is no part of the table of draws."""
        folder = self.folder / "_sobol"
        _made(folder)
        return Shelf(folder, key[:12], key)

    def read(self, part: int) -> tuple[Floats, Bits] | None:
        """A part's draws and bits: float64 (num_names, n) and uint8 (num_bundles, n).

        None where it is not there whole.
        """
        names, headings = self.plan.drawing.names, bundle_columns(self.plan)
        kept = names if self.plan.keep_values else ()
        columns = self.shelf.read(part, [*kept, *headings])
        if columns is None:
            return None
        bits = np.array([columns[heading] for heading in headings], dtype=np.uint8)
        if not self.plan.keep_values:
            return self.plan.draws(part), bits
        return np.array([columns[name] for name in names]), bits


def manifest(folder: Path) -> dict[str, Any] | None:
    """What the parts in a folder belong to; None where there is no manifest."""
    path = folder / MANIFEST
    try:
        found = json.loads(path.read_text())
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError) as error:
        raise FileError(
            f"this manifest cannot be read: {error}. Choose another folder.", Place(str(path))
        ) from None
    if not isinstance(found, dict):
        raise FileError("this is no manifest of ours. Choose another folder.", Place(str(path)))
    return found


def _made(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FileError(
            f"this cannot be a folder for draws: {error.strerror}. Choose another place.",
            Place(str(folder)),
        ) from None


def _clear(folder: Path) -> None:
    """Remove what processes that were killed had begun to write."""
    for path in folder.glob(f".*{UNFINISHED}"):
        try:
            if time.time() - path.stat().st_mtime > ABANDONED:
                path.unlink()
        except OSError:
            continue  # gone already, or not ours to remove: it harms nobody


def _differences(there: Mapping[str, Any], wanted: Mapping[str, Any]) -> str:
    """In which settings two sweeps differ, in words."""
    found = []
    if there.get("inputs") != wanted["inputs"]:
        found.append("the file has changed since")
    for part in ("settings", "versions"):
        before, now = there.get(part, {}), wanted[part]
        for key in dict.fromkeys((*before, *now)):
            if before.get(key) != now.get(key):
                found.append(f"{key} {_brief(before.get(key), now.get(key))}")
    return "; ".join(found[:4]) or "its manifest was changed by hand"


def _brief(before: Any, now: Any) -> str:
    """The two, or of two lists or mappings the first entry that differs."""
    if isinstance(before, Mapping) and isinstance(now, Mapping):
        entry = next(k for k in (*before, *now) if before.get(k) != now.get(k))
        return f"of {entry} {_brief(before.get(entry), now.get(entry))}"
    return f"{_word(before)} there, {_word(now)} here"


def _word(value: Any) -> str:
    if isinstance(value, (list, Mapping)):
        return f"({len(value)} entries)"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "none" if value is None else str(value)
