"""`detente graph`: the conflict graph of a summit or a conflict, and what would hold in it."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from detente.cli.options import (
    STOPPED,
    Graphed,
    Json,
    Round,
    Settings,
    TimeLimit,
    complain,
    load,
    print_json,
    quoted,
)
from detente.errors import OutOfTime

if TYPE_CHECKING:
    from detente.stability.graph.analysis import GraphAnalysis
    from detente.stability.graph.judging import Findings
    from detente.stability.graph.sought import Sought


class Unknown(StrEnum):
    """How preferences that are not known are read."""

    a = "a"
    b = "b"
    c = "c"
    d = "d"


def graph(
    file: Graphed,
    json: Json = False,
    concepts: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAMES",
            help="nash, gmr, smr, seq, sseq, sim, nonmyopic, or l1, l2, … for a horizon of moves; "
            "a list with commas, or repeated.",
        ),
    ] = None,
    state: Annotated[
        str | None,
        typer.Option(metavar="STATE", help="Say why this state (a bundle) is stable or not."),
    ] = None,
    start: Annotated[
        str | None, typer.Option("--from", metavar="STATE", help="The ways from this state.")
    ] = None,
    inverse: Annotated[
        str | None,
        typer.Option(metavar="STATE", help="The least changes of preference that make it stable."),
    ] = None,
    coalitions: Annotated[
        bool, typer.Option("--coalitions", help="Ask of every coalition, not only of each side.")
    ] = False,
    strength: Annotated[
        bool, typer.Option("--strength", help="Tell strong stability from weak.")
    ] = False,
    much: Annotated[
        str | None,
        typer.Option(metavar="AMOUNT", help="In a summit: a loss of so much is much worse."),
    ] = None,
    unknown: Annotated[
        Unknown,
        typer.Option(
            help="Unknown preferences: a side leaves for better or unknown (a, c) or better only "
            "(b, d); unknown does not deter it (a, b) or does (c, d)."
        ),
    ] = Unknown.a,
    unsure: Annotated[
        str | None,
        typer.Option(
            metavar="AMOUNT",
            help="In a summit: differences up to this leave open what a side prefers.",
        ),
    ] = None,
    amend: Annotated[
        bool | None,
        typer.Option(
            "--amend/--no-amend",
            help="Whether signed bundles are changed by consent.",
            show_default="up to 1,000 bundles",
        ),
    ] = None,
    gifts: Annotated[
        bool, typer.Option("--gifts", help="A side may give more alone, without consent.")
    ] = False,
    walk_out: Annotated[
        bool, typer.Option("--walk-out/--no-walk-out", help="Whether signers can end a bundle.")
    ] = True,
    all: Annotated[bool, typer.Option("--all", help="Give every state a row.")] = False,
    round: Round = None,
    set: Settings = None,
    time_limit: TimeLimit = None,
) -> None:
    """Which bundles or states would hold, by who can move where."""
    from time import perf_counter

    from detente.arguments import changed
    from detente.stability.graph.judging import find
    from detente.stability.graph.judging import graph as draw

    given = load(file)
    deadline = None if time_limit is None else perf_counter() + time_limit
    try:
        analysis = draw(
            changed(given, set), unknown=unknown.value, round=round, amend=amend, gifts=gifts,
            walk_out=walk_out, much=much, unsure=unsure, time_limit=time_limit,
        )  # fmt: skip
    except OutOfTime:
        reason = "the time limit passed before the values of all bundles were known."
        if json:
            print_json({"stopped": "time_limit", "reason": reason})
        raise typer.Exit(complain(reason, STOPPED)) from None
    places = _Places(analysis, state, start, inverse)
    findings = find(
        analysis, _keys(concepts), coalitions=coalitions, strength=strength or much is not None,
        deadline=deadline,
    )  # fmt: skip
    sought = None
    if places.inverse is not None:
        from detente.stability.graph.sought import seek

        sought = seek(findings, places.inverse, 5 if json else 3, deadline)
    if json:
        from detente.show.graph_data import graph_data

        print_json(graph_data(findings, places.state, places.start, sought))
    else:
        _print(findings, places, sought, quoted(file), all)
    if findings.stopped != "finished" or (sought is not None and sought.stopped != "finished"):
        raise typer.Exit(STOPPED)


def _keys(concepts: list[str] | None) -> list[str]:
    """The concepts in a list of lists with commas."""
    named = [key.strip().lower() for text in concepts or () for key in text.split(",")]
    return [key for key in named if key]


class _Places:
    """The states that the user names."""

    def __init__(
        self, analysis: GraphAnalysis, state: str | None, start: str | None, inverse: str | None
    ) -> None:
        conflict = analysis.conflict
        self.state, self.inverse = (
            None if one is None else conflict.state(one) for one in (state, inverse)
        )
        self.start = conflict.status_quo if start is None else conflict.state(start)
        self.asked = start is not None


def _print(
    findings: Findings, places: _Places, sought: Sought | None, name: str, all: bool
) -> None:
    from rich.text import Text

    from detente.show import graph_words as words
    from detente.show.graph import graph_parts
    from detente.show.paper import console, print_parts

    said: list[Any] = []
    if places.state is not None:
        said.append(words.state_lines(findings, places.state))
    if places.asked and places.start is not None:
        said.append(words.way_lines(findings, places.start))
    if sought is not None:
        said.append(words.change_lines(findings, sought))
    out = console()
    if not said:
        parts = graph_parts(findings, name, all, width=out.width)
        print_parts(out, parts)
        if findings.conflict.views:
            said.append(words.view_lines(findings))
        if places.start is not None and words.few_ways(findings):
            said.append(words.way_lines(findings, places.start))
    for lines in said:
        print_parts(out, [Text(words.wrapped(line, out.width)) for line in lines])
