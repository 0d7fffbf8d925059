"""`detente thresholds`: at which values of a parameter verdicts change."""

from __future__ import annotations

from typing import Annotated

import typer

from detente.cli.options import STOPPED, File, Json, Round, Settings, TimeLimit, print_json, quoted
from detente.errors import GameError


def thresholds(
    file: File,
    parameter: Annotated[
        str | None,
        typer.Argument(metavar="[PARAM]", help="A parameter; a row for each unless named."),
    ] = None,
    bundle: Annotated[
        list[str] | None,
        typer.Option(help="Judge this bundle only; may be repeated."),
    ] = None,
    range: Annotated[
        str | None,
        typer.Option(metavar="LOW,HIGH", help="Follow between these values, not in its range."),
    ] = None,
    all: Annotated[bool, typer.Option("--all", help="Give everything a row.")] = False,
    round: Round = None,
    set: Settings = None,
    json: Json = False,
    time_limit: TimeLimit = None,
) -> None:
    """At which values of a parameter does a verdict change? All of them, exactly."""
    from detente.arguments import changed, talks_in
    from detente.show.progress import Progress
    from detente.stability.robustness.thresholds import thresholds as follow

    talks = changed(talks_in(file), set)
    with Progress() as progress:
        found = follow(
            talks, parameter, bundles=bundle or None, within=_ends(range), round=round,
            time_limit=time_limit, progress=progress,
        )  # fmt: skip
    if json:
        from detente.show.thresholds import thresholds_data

        print_json(thresholds_data(found, why=parameter is not None or all))
    else:
        from detente.show.paper import console, print_parts
        from detente.show.thresholds import thresholds_parts

        print_parts(
            console(), thresholds_parts(found, quoted(file), parameter is not None, all)
        )
    if found.stopped != "finished":
        raise typer.Exit(STOPPED)


def _ends(text: str | None) -> tuple[str, str] | None:
    if text is None:
        return None
    low, comma, high = text.partition(",")
    if not comma or not low.strip() or not high.strip() or "," in high:
        raise GameError(f"--range takes two numbers, as in 0,1; found '{text}'.")
    return low.strip(), high.strip()
