"""`detente solve`: equilibria, each with its certificate."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from detente.arguments import changed, fixed_continuations, refuse_conflict
from detente.cli.options import STOPPED, Json, Settings, TimeLimit, load, print_json

if TYPE_CHECKING:
    from detente.show.behavior import ProfileView

LISTED_UNASKED = "up to 10,000, and a million choices in all; --limit asks for another number"


class Arithmetic(StrEnum):
    """In which numbers a game is solved."""

    auto = "auto"
    exact = "exact"
    float = "float"


class View(StrEnum):
    """How much of each equilibrium is printed."""

    full = "full"
    path = "path"
    none = "none"


def solve(
    file: Annotated[
        str | None,
        typer.Argument(metavar="FILE", help="A file (.yaml, .efg, .nfg) or a shipped game's name."),
    ] = None,
    json: Json = False,
    concept: Annotated[
        str | None,
        typer.Option(
            metavar="CONCEPT",
            help="nash, spe (subgame-perfect) or sequential; by default spe where all is seen, "
            "sequential in other trees, nash in strategic form.",
        ),
    ] = None,
    method: Annotated[
        str | None, typer.Option(metavar="NAME", help="The solver; --list names them.")
    ] = None,
    all: Annotated[
        bool, typer.Option("--all", help=f"List every equilibrium, {LISTED_UNASKED}.")
    ] = False,
    limit: Annotated[
        int | None,
        typer.Option(metavar="N", min=1, help="List at most so many, whatever their size."),
    ] = None,
    time_limit: TimeLimit = None,
    profile: Annotated[
        View | None,
        typer.Option(help="Every infoset, those reached, or none; full in JSON, else path."),
    ] = None,
    arithmetic: Annotated[
        Arithmetic,
        typer.Option(help="Exact throughout, or floating point with a bound; auto is exact, fast."),
    ] = Arithmetic.auto,
    fix: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NODE=K",
            help="In the subgame at NODE (label or number) play its K-th equilibrium, from 1.",
        ),
    ] = None,
    set: Settings = None,
    list: Annotated[bool, typer.Option("--list", help="List the methods instead.")] = False,
) -> None:
    """Equilibria, each with its certificate."""
    if list:
        from detente.show.methods import method_lines

        print("\n".join(method_lines()))
        return
    if file is None:
        raise typer.BadParameter("name a file, or --list the methods.", param_hint="FILE")
    given = load(file)
    refuse_conflict(given, file, "no game tree or strategies")
    loaded = changed(given, set)
    from detente.show.progress import Progress
    from detente.solvers import solve as find

    with Progress() as progress:
        result = find(
            loaded,
            concept=concept,
            method=method,
            all=all,
            limit=limit,
            time_limit=time_limit,
            arithmetic=arithmetic.value,
            fixed=fixed_continuations(fix),
            progress=progress if progress.wanted else None,
        )
    view: ProfileView = (profile or (View.full if json else View.path)).value
    if json:
        from detente.show.equilibria import result_data

        print_json(result_data(result, view))
    else:
        from detente.show.listing import result_lines

        print("\n".join(result_lines(result, view)))
    if result.stopped not in ("finished", "limit"):
        raise typer.Exit(STOPPED)
