"""`detente enforce`: what would make a bundle enforce itself."""

from __future__ import annotations

from typing import Annotated

import typer

from detente.arguments import changed, talks_in
from detente.cli.options import STOPPED, File, Json, Settings, TimeLimit, print_json, quoted
from detente.errors import GameError


def enforce(
    file: File,
    bundle: Annotated[
        list[str] | None,
        typer.Argument(metavar="BUNDLE", help="Bundles by name, each in quotes; all unless named."),
    ] = None,
    json: Json = False,
    side: Annotated[
        str | None,
        typer.Option("--side", metavar="SIDE", help="What keeps this side from cheating, only."),
    ] = None,
    false_alarm: Annotated[
        str | None,
        typer.Option(
            "--false-alarm",
            metavar="A",
            help="How likely an alarm rings although nobody cheated; else as the file says.",
        ),
    ] = None,
    punishment: Annotated[
        str, typer.Option(metavar="N|forever", help="For how many periods an alarm ends the deal.")
    ] = "forever",
    instalments: Annotated[
        bool | None,
        typer.Option(
            "--instalments/--no-instalments",
            help="Look for partial steps; for up to three bundles unless said.",
        ),
    ] = None,
    set: Settings = None,
    time_limit: TimeLimit = None,
) -> None:
    """What keeps sides from cheating. Once, in a deal that is renewed, and in partial steps."""
    from detente.show.enforcing import enforcement_data, print_enforcement
    from detente.stability.enforcement.report import enforcement

    report = enforcement(
        changed(talks_in(file), set),
        bundle or None,
        side,
        time_limit,
        punishment=_periods(punishment),
        false_alarm=false_alarm,
        instalments=instalments,
    )
    if json:
        print_json(enforcement_data(report))
    else:
        print_enforcement(report, quoted(file), asked=bool(bundle))
    if report.stopped != "finished":
        raise typer.Exit(STOPPED)


def _periods(text: str) -> int | None:
    if text.strip().lower() in ("forever", "for ever"):
        return None
    if not text.strip().isdecimal():
        raise GameError(
            f"--punishment takes a whole number of periods, or forever; found '{text}'."
        )
    return int(text)
