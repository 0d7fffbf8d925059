"""What the commands share: arguments that mean the same everywhere, and how answers leave."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Annotated, Any

import typer

WRONG_INPUT = 2
STOPPED = 3
INDENTED_UP_TO = 200_000
"""Characters of JSON that are laid out for reading; more go on one line, for programs only."""

File = Annotated[
    str,
    typer.Argument(metavar="FILE", help="A file (.yaml, .efg, .nfg) or a shipped game's name."),
]
Graphed = Annotated[
    str,
    typer.Argument(
        metavar="FILE", help="A summit or conflict (.yaml, .gmcr) or a shipped one's name."
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON, numbers exact.")]
Settings = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="NAME=VALUE", help="Change a parameter; may be repeated."),
]
TimeLimit = Annotated[
    float | None,
    typer.Option(
        "--time-limit", metavar="SECONDS", min=0,
        help="Stop after so many seconds; print what is found.",
    ),
]  # fmt: skip
Round = Annotated[
    int | None,
    typer.Option("--round", metavar="N", help="Put each bundle on the table in this round."),
]

Lenses = Annotated[
    list[str] | None,
    typer.Option(
        "--lens",
        metavar="NAME",
        help="Other ways to ask, by name (a list with commas, or repeated), all or none; if left "
        "out, those that are quick.",
    ),
]


def load(file: str) -> Any:
    """What a path or a shipped game's name stands for."""
    from detente.loading import load as read

    return read(file)


def quoted(file: str) -> str:
    """A file as the shell takes it."""
    return f'"{file}"' if " " in file else file


def print_json(data: Any, version: bool = True) -> None:
    """Print an answer as JSON, with the program's version unless told otherwise."""
    import json

    from detente import __version__

    if version and isinstance(data, Mapping):
        data = {"detente": __version__, **data}
    # Where not every character can be printed, escapes keep what would become a '?'.
    plain = not (getattr(sys.stdout, "encoding", None) or "utf-8").lower().startswith("utf")
    text = json.dumps(data, ensure_ascii=plain)  # compact, which is far faster than indented
    if len(text) <= INDENTED_UP_TO:
        text = json.dumps(data, ensure_ascii=plain, indent=1)
    print(text)


def complain(message: str, code: int) -> int:
    """Say what is wrong on standard error, and give back the exit code."""
    print(f"detente: {message}", file=sys.stderr)
    return code
