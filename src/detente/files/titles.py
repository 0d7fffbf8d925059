"""The title of a game file, without reading the whole of it."""

from __future__ import annotations

import re
from pathlib import Path

_YAML_TITLE = re.compile(r"""^title:[ ]*(?:"([^"\n]*)"|'([^'\n]*)'|([^\n#]*))""", re.MULTILINE)
_GAMBIT_TITLE = re.compile(r'^\s*(?:EFG|NFG)\s+\d+\s+[RD]\s+"((?:[^"\\]|\\.)*)"')
_HEAD = 4096


def title_of(path: Path) -> str:
    """The title that a file gives itself near its beginning, else an empty text."""
    with path.open("rb") as stream:
        head = stream.read(_HEAD).decode("utf-8", "replace")
    found = _YAML_TITLE.search(head) or _GAMBIT_TITLE.search(head)
    return next((part.strip() for part in found.groups() if part), "") if found else ""
