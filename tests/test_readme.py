"""The README shows what its commands print."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
EXAMPLES = re.findall(
    r"^```console\n\$ detente (.*?)\n(.*?)^```$", (ROOT / "README.md").read_text(), re.M | re.S
)


def test_there_is_an_example() -> None:
    assert EXAMPLES


@pytest.mark.parametrize(("command", "printed"), EXAMPLES)
def test_commands_print_what_the_readme_shows(command: str, printed: str) -> None:
    arguments = [sys.executable, "-m", "detente.cli", *shlex.split(command)]
    plain = {name: value for name, value in os.environ.items() if name != "COLUMNS"}
    plain["PYTHONPATH"] = str(ROOT / "src")
    run = subprocess.run(
        arguments, cwd=ROOT, env=plain, capture_output=True, text=True, check=True, encoding="utf-8"
    )
    assert [line.rstrip() for line in run.stdout.splitlines()] == printed.splitlines()
