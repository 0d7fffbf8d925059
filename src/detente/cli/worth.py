"""`detente worth`: what inspections, commitments and knowledge are worth to each side."""

from __future__ import annotations

from typing import Annotated

import typer

from detente.cli.options import STOPPED, File, Json, Round, Settings, TimeLimit, print_json


def worth(
    file: File,
    bundle: Annotated[
        list[str] | None,
        typer.Option(
            "--bundle",
            metavar="BUNDLE",
            help="Look at this bundle; may be repeated. Those the talks may settle on if left out.",
        ),
    ] = None,
    parameter: Annotated[
        list[str] | None,
        typer.Option(
            "--parameter",
            metavar="NAME",
            help="Weigh what it is worth to learn this parameter, in bundles too; may be repeated; "
            "all for each.",
        ),
    ] = None,
    round: Round = None,
    set: Settings = None,
    json: Json = False,
    time_limit: TimeLimit = None,
) -> None:
    """What inspections, commitments and knowledge are worth."""
    from detente.arguments import changed, talks_in
    from detente.show.progress import Progress
    from detente.stability.robustness.worths.worth import worth as weigh

    talks = changed(talks_in(file), set)
    with Progress() as progress:
        found = weigh(
            talks, bundles=bundle or None, parameters=parameter or "all", tables=bool(parameter),
            round=round, time_limit=time_limit, progress=progress,
        )  # fmt: skip
    if json:
        from detente.show.worth_data import worth_data

        print_json(worth_data(found))
    else:
        from detente.show.paper import console, print_parts
        from detente.show.worth import worth_parts

        print_parts(console(), worth_parts(found, brief=not parameter))
    if found.stopped != "finished":
        raise typer.Exit(STOPPED)
