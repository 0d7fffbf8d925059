"""A folder of parts that a sweep fills, and goes on with after it was stopped or killed.

Each part is written whole by renaming it into place, so that what is there is complete. The
manifest says what all of them belong to.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from detente.errors import FileError, Place
from detente.files.parquet import about_parquet, read_parquet, write_whole
from detente.stability.robustness.parts import bundle_columns
from detente.stability.robustness.plan import Plan
from detente.stability.robustness.settling import Bits, Floats

MANIFEST = "_manifest.json"
"""Programs that read a folder of Parquet files pass over names that begin like this."""


@dataclass(frozen=True)
class Store:
    """The files of one sweep."""

    folder: Path
    plan: Plan

    def open(self) -> None:
        """Make the folder, or see that it holds parts of the same sweep.

        Raises FileError where it holds those of another, saying what differs, or cannot be used.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise FileError(
                f"this cannot be a folder for draws: {error.strerror}. Choose another place.",
                Place(str(self.folder)),
            ) from None
        there = manifest(self.folder)
        if there is None:
            if any(self.folder.glob("part-*.parquet")):
                raise FileError(
                    f"there are parts here but no {MANIFEST}: nobody knows what they belong to. "
                    "Choose another folder.",
                    Place(str(self.folder)),
                )
            text = json.dumps({**self.plan.about, "key": self.plan.key}, ensure_ascii=False)
            write_whole(self.folder / MANIFEST, text.encode())
        elif there.get("key") != self.plan.key:
            raise FileError(
                f"the draws here belong to another sweep: {_differences(there, self.plan.about)}. "
                "Use the same settings, or another folder.",
                Place(str(self.folder)),
            )

    def path(self, part: int) -> Path:
        """Where a part is kept."""
        return self.folder / f"part-{part:06d}.parquet"

    def has(self, part: int) -> bool:
        """Whether a part is there, whole and of this sweep."""
        path = self.path(part)
        if not path.exists():
            return False
        told = about_parquet(path)
        return told is not None and (told.get("key"), told.get("part")) == (self.plan.key, part)

    def read(self, part: int) -> tuple[Floats, Bits]:
        """A part's draws and bits: float64 (num_names, n) and uint8 (num_bundles, n)."""
        names, headings = self.plan.drawing.names, bundle_columns(self.plan)
        kept = names if self.plan.keep_values else ()
        columns, _ = read_parquet(self.path(part), [*kept, *headings])
        bits = np.array([columns[heading] for heading in headings], dtype=np.uint8)
        if not self.plan.keep_values:
            return self.plan.draws(part), bits
        return np.array([columns[name] for name in names]), bits

    def write(self, part: int, contents: bytes) -> None:
        """Put a part in place."""
        write_whole(self.path(part), contents)


def manifest(folder: Path) -> dict[str, Any] | None:
    """What the parts in a folder belong to; None where there is no manifest."""
    path = folder / MANIFEST
    try:
        found: dict[str, Any] = json.loads(path.read_text())
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise FileError(f"this manifest cannot be read: {error}.", Place(str(path))) from None
    return found


def _differences(there: Mapping[str, Any], wanted: Mapping[str, Any]) -> str:
    """In which settings two sweeps differ, in words."""
    found = []
    if there.get("inputs") != wanted["inputs"]:
        found.append("the file has changed since")
    for part in ("settings", "versions"):
        before, now = there.get(part, {}), wanted[part]
        for key in dict.fromkeys((*before, *now)):
            if before.get(key) != now.get(key):
                found.append(f"{key} {_brief(before.get(key))} there, {_brief(now.get(key))} here")
    return "; ".join(found[:4]) or "its manifest was changed by hand"


def _brief(value: Any) -> str:
    if isinstance(value, (list, Mapping)):
        return f"({len(value)} entries)"
    return "none" if value is None else str(value)
