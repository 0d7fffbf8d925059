"""The README and the pages of docs/ show what their commands print."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
EXAMPLES = [
    pytest.param(command, printed, id=f"{page.name}-{command}")
    for page in PAGES
    for command, printed in re.findall(
        r"^```console\n\$ detente (.*?)\n(.*?)^```$", page.read_text(encoding="utf-8"), re.M | re.S
    )
]


def test_there_is_an_example() -> None:
    assert EXAMPLES


@pytest.mark.parametrize(("command", "printed"), EXAMPLES)
def test_commands_print_what_the_page_shows(command: str, printed: str) -> None:
    arguments = [sys.executable, "-m", "detente.cli", *shlex.split(command)]
    plain = {name: value for name, value in os.environ.items() if name != "COLUMNS"}
    plain["PYTHONPATH"] = str(ROOT / "src")
    run = subprocess.run(
        arguments, cwd=ROOT, env=plain, capture_output=True, text=True, check=True, encoding="utf-8"
    )
    assert [line.rstrip() for line in run.stdout.splitlines()] == printed.splitlines()
