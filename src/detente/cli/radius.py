"""`detente radius`: how far the numbers would have to move to overturn a verdict."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from detente.cli.frontier import names
from detente.cli.options import STOPPED, File, Json, Round, Settings, TimeLimit, print_json


def radius(
    file: File,
    bundle: Annotated[str, typer.Argument(metavar="BUNDLE", help="The bundle, by name.")],
    norm: Annotated[
        str, typer.Option(metavar="NORM", help="How changes are measured: max, sum or euclid.")
    ] = "max",
    only: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PARAM,…", help="Move these parameters only: a list with commas, or repeated."
        ),
    ] = None,
    beyond: Annotated[
        str,
        typer.Option(metavar="TIMES", help="How many times its range a parameter may leave it by."),
    ] = "0",
    gap: Annotated[
        str, typer.Option(metavar="PART", help="The part of a change at which a bent search ends.")
    ] = "0.01",
    round: Round = None,
    set: Settings = None,
    json: Json = False,
    time_limit: TimeLimit = None,
) -> None:
    """The smallest change of the numbers that overturns a verdict."""
    from detente.arguments import changed, talks_in
    from detente.show.progress import Progress
    from detente.stability.robustness.nearest.radius import radius as search

    measured: Any = norm
    talks = changed(talks_in(file), set)
    moved = [name for text in only or () for name in names(text) or ()]
    with Progress() as progress:
        found = search(
            talks, bundle, norm=measured, only=moved or None, beyond=beyond, gap=gap, round=round,
            time_limit=time_limit, progress=progress,
        )  # fmt: skip
    if json:
        from detente.show.radius import radius_data

        print_json(radius_data(found))
    else:
        from detente.show.paper import console, print_parts
        from detente.show.radius import radius_parts

        print_parts(console(), radius_parts(found))
    if found.stopped != "finished":
        raise typer.Exit(STOPPED)
