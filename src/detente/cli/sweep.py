"""`detente sweep`: in which share of the plausible world each bundle holds."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from detente.cli.options import STOPPED, File, Json, Round, Settings, TimeLimit, print_json
from detente.errors import NotSupported


def sweep(
    file: File,
    bundle: Annotated[
        str | None,
        typer.Argument(
            metavar="BUNDLE", help="Say more of this bundle: what decides, and where it breaks."
        ),
    ] = None,
    draws: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            help="How many draws at least.",
            min=1,
            show_default="65536; 64 where each takes a search for equilibria",
        ),
    ] = None,
    seed: Annotated[
        int, typer.Option(metavar="N", help="The same seed gives the same draws.", min=0)
    ] = 0,
    ranges: Annotated[
        str,
        typer.Option(
            metavar="WAY",
            help="How parameters are drawn that have a range and no distribution: uniform, "
            "triangular (with the peak at the value) or fixed.",
        ),
    ] = "uniform",
    only: Annotated[
        str | None,
        typer.Option(metavar="PARAMS", help="Draw these parameters alone, as in fees,pressure."),
    ] = None,
    question: Annotated[
        str,
        typer.Option(
            metavar="VERDICT",
            help="What to say more about: stable, acceptable, honoured or selected.",
        ),
    ] = "stable",
    selected: Annotated[
        bool, typer.Option("--selected", help="Also count what the talks as written settle on.")
    ] = False,
    sobol: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            help="Also Sobol indices of the bundle, from so many points, a power of two, times the "
            "number of parameters.",
            min=2,
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER", help="Keep the draws in this folder, and go on with what is there."
        ),
    ] = None,
    verdicts_only: Annotated[
        bool, typer.Option("--verdicts-only", help="Keep verdicts there, not the values drawn.")
    ] = False,
    threads: Annotated[
        int | None,
        typer.Option(metavar="N", help="Threads.", min=1, show_default="one a processor"),
    ] = None,
    processes: Annotated[
        int | None,
        typer.Option(metavar="N", help="Work in so many processes instead (Dask).", min=1),
    ] = None,
    scheduler: Annotated[
        str | None,
        typer.Option(metavar="ADDRESS", help="Work on the Dask cluster at this address instead."),
    ] = None,
    all: Annotated[bool, typer.Option("--all", help="Give everything a row.")] = False,
    round: Round = None,
    set: Settings = None,
    json: Json = False,
    time_limit: TimeLimit = None,
) -> None:
    """In which share of the plausible world would each bundle hold?"""
    from detente.arguments import changed, talks_in
    from detente.cli.frontier import names
    from detente.show.progress import Progress
    from detente.stability.robustness.sweeping.sweep import sweep as run

    if verdicts_only and out is None:
        raise NotSupported("--verdicts-only says what is kept in a folder: add --out FOLDER.")
    talks = changed(talks_in(file), set)
    with Progress() as progress:
        found = run(
            talks, bundle,
            draws=draws, seed=seed, ranges=ranges,  # type: ignore[arg-type]
            only=names(only), fixed=[text.partition("=")[0].strip() for text in set or ()],
            question=question, selected=selected, indices_of=sobol, round=round,
            folder=out, keep_values=not verdicts_only,
            threads=threads, processes=processes, scheduler=scheduler,
            time_limit=time_limit, progress=progress,
        )  # fmt: skip
    if json:
        from detente.show.sweeping import sweep_data

        print_json(sweep_data(found))
    else:
        from detente.show.paper import console, print_parts
        from detente.show.sweeping import sweep_parts

        print_parts(console(), sweep_parts(found, all))
    if found.stopped != "finished":
        raise typer.Exit(STOPPED)
