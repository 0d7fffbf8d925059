"""`detente info`, `convert` and `games`: game files themselves."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from detente.arguments import game_of, is_conflict
from detente.cli.options import STOPPED, Json, complain, load, print_json


def info(
    files: Annotated[list[str], typer.Argument(metavar="FILE…", help="Files or shipped games.")],
    json: Json = False,
) -> None:
    """A game's size, and what its players know. A conflict's options, states and moves."""
    found, stopped = _facts(files)
    if json:
        from detente.show.numbers import plain_data

        rows = [plain_data(row) for row in found]
        print_json(rows[0] if len(rows) == 1 == len(files) else rows, version=False)
    else:
        from detente.show.facts import facts_lines

        print("\n\n".join("\n".join(facts_lines(row)) for row in found))
    if stopped:
        complain(stopped, STOPPED)
        raise typer.Exit(STOPPED)


def _facts(files: Sequence[str]) -> tuple[list[dict[str, Any]], str]:
    """The facts of the files, up to an interrupt, and what is said of that."""
    from detente.conflict.facts import conflict_facts
    from detente.game.facts import facts

    found: list[dict[str, Any]] = []
    try:
        for file in files:
            loaded = load(file)
            found.append(conflict_facts(loaded) if is_conflict(loaded) else facts(game_of(loaded)))
    except KeyboardInterrupt:
        if not found:
            raise
        return found, f"interrupted at {file}, after {len(found)} of {len(files)} files."
    return found, ""


def convert(
    source: Annotated[str, typer.Argument(metavar="IN", help="The file to read.")],
    target: Annotated[
        Path,
        typer.Argument(
            metavar="OUT", help="The file to write: .efg, .nfg, .yaml; a conflict .gmcr, .yaml."
        ),
    ],
    force: Annotated[bool, typer.Option("--force", help="Overwrite OUT.")] = False,
    limit: Annotated[
        int | None,
        typer.Option(
            metavar="N", min=1, help="Write out a tree of at most so many nodes (10 million)."
        ),
    ] = None,
) -> None:
    """Write a game or a conflict in another format, by OUT's ending."""
    from detente.files.convert import NODES
    from detente.saving import write

    write(load(source), target, force=force, limit=NODES if limit is None else limit)


def games() -> None:
    """The games and conflicts that come with the program."""
    from detente.files.titles import title_of
    from detente.loading import shipped

    rows = [(name, title_of(path)) for name, path in shipped().items()]
    width = max((len(name) for name, _ in rows), default=0)
    for name, title in rows:
        print(f"{name:<{width}}  {title}")
