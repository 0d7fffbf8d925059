"""`detente compare`: two versions of a summit, and which lines made their verdicts differ."""

from __future__ import annotations

from typing import Annotated

import typer

from detente.arguments import changed, talks_in
from detente.cli.options import STOPPED, File, Json, Round, TimeLimit, print_json


def compare(
    file: File,
    other: Annotated[
        str | None,
        typer.Argument(
            metavar="OTHER", help="The other version; if left out the same file, at other values."
        ),
    ] = None,
    json: Json = False,
    set: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="Change a parameter of the second."),
    ] = None,
    set_first: Annotated[
        list[str] | None,
        typer.Option("--set-first", metavar="NAME=VALUE", help="Change a parameter of the first."),
    ] = None,
    round: Round = None,
    up_to: Annotated[
        int | None,
        typer.Option(
            "--up-to",
            metavar="N",
            min=1,
            help="Try all sets of up to so many entries, at any cost.",
        ),
    ] = None,
    time_limit: TimeLimit = None,
) -> None:
    """The verdicts that differ between two versions, and why. Causes are lines of the file."""
    from detente.show.progress import Progress
    from detente.stability.comparing import compare as versions

    if other is None and not set and not set_first:
        raise typer.BadParameter(
            "name a second file, or values for the same one, as in --set NAME=VALUE.",
            param_hint="OTHER",
        )
    given = talks_in(file)
    first = changed(given, set_first)
    second = changed(given if other is None else talks_in(other), set)
    with Progress() as progress:
        found = versions(
            first, second, round=round, up_to=up_to, time_limit=time_limit,
            progress=progress if progress.wanted else None,
        )  # fmt: skip
    if json:
        from detente.show.comparing import comparison_data

        print_json(comparison_data(found))
    else:
        from detente.show.comparing import comparison_parts
        from detente.show.paper import console, print_parts

        names = [_named(file, set_first), _named(other or file, set)]
        print_parts(console(), comparison_parts(found, names))
    if found.stopped != "finished":
        raise typer.Exit(STOPPED)


def _named(file: str, settings: list[str] | None) -> str:
    return f"{file}, {', '.join(settings)}" if settings else file
