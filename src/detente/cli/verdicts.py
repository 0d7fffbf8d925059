"""`detente stability` and `detente explain`: which bundles would hold, and the story of one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from detente.arguments import changed, talks_in
from detente.cli.options import (
    STOPPED,
    File,
    Json,
    Lenses,
    Round,
    Settings,
    TimeLimit,
    print_json,
    quoted,
)

if TYPE_CHECKING:
    from detente.stability.verdict import Report

Told = TypeVar("Told")


def stability(
    file: File,
    json: Json = False,
    all: Annotated[bool, typer.Option("--all", help="Give every bundle a row.")] = False,
    round: Round = None,
    set: Settings = None,
    bundle: Annotated[
        list[str] | None,
        typer.Option("--bundle", metavar="BUNDLE", help="Judge this bundle only; may be repeated."),
    ] = None,
    lens: Lenses = None,
    time_limit: TimeLimit = None,
) -> None:
    """Which bundles would be signed and kept, and why."""
    from detente.show.data import report_data
    from detente.stability.equilibrium import stability as judge

    report = judge(
        changed(talks_in(file), set),
        round=round,
        bundles=bundle,
        time_limit=time_limit,
        lenses="cheap" if lens is None else lens,
    )
    if json:
        report, data = _told(report, lambda r, brief: report_data(r, hangs_on=not brief))
        print_json(data)
    else:
        from detente.show.tables import print_report, report_parts

        name, every = quoted(file), all or bool(bundle)
        report, parts = _told(report, lambda r, brief: report_parts(r, name, every, brief=brief))
        print_report(parts)
    if report.stopped != "finished":
        raise typer.Exit(STOPPED)


def explain(
    file: File,
    bundle: Annotated[
        str,
        typer.Argument(metavar="BUNDLE", help="The bundle's name; its levels in any order."),
    ],
    json: Json = False,
    round: Round = None,
    set: Settings = None,
    lens: Lenses = None,
    time_limit: TimeLimit = None,
) -> None:
    """The story of one bundle, move by move."""
    from detente.stability.story import story

    told = story(
        changed(talks_in(file), set),
        bundle,
        round=round,
        time_limit=time_limit,
        lenses="cheap" if lens is None else lens,
    )
    if json:
        from detente.show.data import story_data

        print_json(story_data(told))
    else:
        from detente.show.paper import print_story

        print_story(told)
    if told.report.stopped != "finished":
        raise typer.Exit(STOPPED)


def _told(report: Report, tell: Callable[[Report, bool], Told]) -> tuple[Report, Told]:
    """What is to be printed of a report; the brief version where it was stopped, then or now."""
    if report.stopped != "finished":
        return report, tell(report, True)
    try:
        return report, tell(report, False)
    except KeyboardInterrupt:
        reason = report.reason or "interrupted while the verdicts were written down."
        report = replace(report, stopped="interrupted", reason=reason)
        return report, tell(report, True)
