"""`detente frontier`: what bargaining leaves on the table, and what it would come to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import typer

from detente.cli.options import STOPPED, File, Json, Round, Settings, TimeLimit, print_json
from detente.errors import NotSupported


def frontier(
    file: File,
    json: Json = False,
    disagreement: Annotated[
        str | None,
        typer.Option(
            metavar="WHAT",
            help="What there is without agreement: breakdown, equilibrium, security (what each can "
            "secure), or numbers, as in A=0,B=-5.",
            show_default="breakdown; equilibrium in a tree",
        ),
    ] = None,
    weights: Annotated[
        str | None,
        typer.Option(
            metavar="WEIGHTS",
            help="How much each counts: patience (by the discount factors of a round), or "
            "numbers, as in A=2,B=1.",
            show_default="all alike",
        ),
    ] = None,
    parties: Annotated[
        str | None,
        typer.Option(
            metavar="PARTIES",
            help="Who bargains, as in A,B.",
            show_default="those whose consent is needed",
        ),
    ] = None,
    among: Annotated[
        str | None,
        typer.Option(
            metavar="VERDICT",
            help="Only the bundles that are stable, honoured or acceptable.",
            show_default="all",
        ),
    ] = None,
    coalitions: Annotated[
        bool, typer.Option("--coalitions", help="Also what each coalition can secure.")
    ] = False,
    bundle: Annotated[
        str | None,
        typer.Option(
            metavar="BUNDLE",
            help="For --coalitions: talks that begin with this bundle on the table.",
        ),
    ] = None,
    terms: Annotated[
        bool, typer.Option("--terms", help="Also what each term is worth to each party.")
    ] = False,
    solution: Annotated[
        str,
        typer.Option(
            metavar="NAME", help="For --terms: nash, kalai-smorodinsky, egalitarian or utilitarian."
        ),
    ] = "nash",
    wins: Annotated[
        bool, typer.Option("--wins", help="Also how far each leader is from a win at home.")
    ] = False,
    all: Annotated[bool, typer.Option("--all", help="Give every outcome a row.")] = False,
    round: Round = None,
    set: Settings = None,
    time_limit: TimeLimit = None,
) -> None:
    """The bundles that leave nothing on the table. And what bargaining would come to."""
    from detente.arguments import changed, talks_in
    from detente.stability.bargaining.report import bargaining

    _refuse_unused(bundle, coalitions, solution, terms)
    found = bargaining(
        changed(talks_in(file), set),
        words_or_numbers(disagreement, "--disagreement"),
        words_or_numbers(weights, "--weights"),
        names(parties),
        round=round, among=among, coalitions=coalitions, bundle=bundle, terms=terms,
        solution=solution, wins=wins, time_limit=time_limit,
    )  # fmt: skip
    if json:
        from detente.show.frontier import frontier_data

        print_json(frontier_data(found))
    else:
        from detente.show.frontier import frontier_parts
        from detente.show.paper import console, print_parts

        print_parts(console(), frontier_parts(found, all))
    if found.stopped != "finished":
        raise typer.Exit(STOPPED)


def _refuse_unused(bundle: str | None, coalitions: bool, solution: str, terms: bool) -> None:
    """Refuse an option that says more of what is not asked for."""
    if bundle is not None and not coalitions:
        raise NotSupported("--bundle says with what coalitions begin: add --coalitions.")
    if solution != "nash" and not terms:
        raise NotSupported("--solution says where terms are valued: add --terms.")


def words_or_numbers(text: str | None, option: str) -> Any:
    """A word as it is; `A=1,B=2` as a mapping."""
    if text is None or "=" not in text:
        return text
    numbers: dict[str, str] = {}
    for part in text.split(","):
        name, equals, value = part.partition("=")
        if not equals or not name.strip() or not value.strip():
            raise NotSupported(f"{option} takes a word or NAME=NUMBER,…; found '{part}'.")
        if name.strip() in numbers:
            raise NotSupported(f"{option} names '{name.strip()}' twice.")
        numbers[name.strip()] = value.strip()
    return numbers


def names(text: str | None) -> Sequence[str] | None:
    """The names in a list with commas."""
    return None if text is None else [name.strip() for name in text.split(",")]
