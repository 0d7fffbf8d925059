"""`detente thresholds`: at which values of a parameter verdicts change."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from detente.cli.options import STOPPED, File, Json, Round, Settings, TimeLimit, print_json, quoted
from detente.errors import GameError


def thresholds(
    file: File,
    parameter: Annotated[
        str | None,
        typer.Argument(metavar="PARAM", help="A parameter; a row for each unless named."),
    ] = None,
    other: Annotated[
        str | None,
        typer.Argument(
            metavar="PARAM2",
            help="Another one, for the map of both: where a bundle's verdict holds.",
        ),
    ] = None,
    bundle: Annotated[
        list[str] | None,
        typer.Option(metavar="BUNDLE", help="Judge this bundle only; may be repeated."),
    ] = None,
    range: Annotated[
        str | None,
        typer.Option(metavar="LOW,HIGH", help="Follow between these values, not in its range."),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="OUT", help="Draw the map: .svg, .png or .pdf."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite OUT.")] = False,
    scheduler: Annotated[
        str | None,
        typer.Option(metavar="ADDRESS", help="Of a Dask scheduler whose workers make the map."),
    ] = None,
    all: Annotated[bool, typer.Option("--all", help="Give everything a row.")] = False,
    round: Round = None,
    set: Settings = None,
    json: Json = False,
    time_limit: TimeLimit = None,
) -> None:
    """All values of a parameter at which a verdict changes. Of two, the map."""
    from detente.arguments import changed, talks_in

    if parameter is not None and other is not None:
        if range is not None or len(bundle or ()) > 1:
            raise GameError("a map is of one bundle, or of the talks as written, over both ranges.")
        talks = changed(talks_in(file), set)
        _map(talks, (parameter, other), bundle[0] if bundle else None, round, scheduler,
             time_limit, json, output, force)  # fmt: skip
        return
    if output is not None or scheduler is not None:
        option = "-o draws" if output is not None else "--scheduler makes"
        raise GameError(f"{option} the map of two parameters: name both.")
    from detente.show.progress import Progress
    from detente.stability.robustness.along.thresholds import thresholds as follow

    talks = changed(talks_in(file), set)
    with Progress() as progress:
        found = follow(
            talks, parameter, bundles=bundle or None, within=_ends(range), round=round,
            time_limit=time_limit, progress=progress,
        )  # fmt: skip
    if json:
        from detente.show.thresholds_data import thresholds_data

        print_json(thresholds_data(found, why=parameter is not None or all))
    else:
        from detente.show.paper import console, print_parts
        from detente.show.thresholds import thresholds_parts

        print_parts(console(), thresholds_parts(found, quoted(file), parameter is not None, all))
    if found.stopped != "finished":
        raise typer.Exit(STOPPED)


def _map(
    talks: Any, names: tuple[str, str], bundle: str | None, round: int | None,
    scheduler: str | None, time_limit: float | None, json: bool, output: Path | None, force: bool,
) -> None:  # fmt: skip
    from detente.show.progress import Progress
    from detente.stability.robustness.maps.map import region_map

    if output is not None:
        from detente.show.plots.style import check_target, drawing

        check_target(output, force)
        with drawing():  # a map may take minutes: what cannot be drawn is told before
            pass
    with Progress() as progress:
        found = region_map(
            talks, *names, bundle, round=round, scheduler=scheduler, time_limit=time_limit,
            progress=progress,
        )  # fmt: skip
    if json:
        from detente.show.maps import map_data

        print_json(map_data(found))
    else:
        from detente.show.maps import map_parts
        from detente.show.paper import console, print_parts

        print_parts(console(), map_parts(found))
    if output is not None:
        from detente.show.plots.map import map_picture
        from detente.show.plots.style import save

        save(map_picture(found), output, force)
    if found.stopped != "finished":
        raise typer.Exit(STOPPED)


def _ends(text: str | None) -> tuple[str, str] | None:
    if text is None:
        return None
    low, comma, high = text.partition(",")
    if not comma or not low.strip() or not high.strip() or "," in high:
        raise GameError(f"--range takes two numbers, as in 0,1; found '{text}'.")
    return low.strip(), high.strip()
