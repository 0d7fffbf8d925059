"""`detente plot`: pictures of games, bundles, conflict graphs and frontiers, as SVG, PNG or PDF."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from detente.cli.options import STOPPED, File, Graphed, Round, Settings, TimeLimit, complain, load
from detente.errors import NotSupported, OutOfTime

if TYPE_CHECKING:
    from matplotlib.figure import Figure

plot = typer.Typer(
    help="Pictures: game tree, gains, frontier, conflict graph.",
    rich_markup_mode=None,
    no_args_is_help=True,
)

Output = Annotated[
    Path, typer.Option("-o", "--output", metavar="OUT", help="Where to: .svg, .png or .pdf.")
]
Force = Annotated[bool, typer.Option("--force", help="Overwrite OUT.")]
Size = Annotated[
    str | None,
    typer.Option(metavar="WIDTHxHEIGHT", help="Fit into so many inches, text and all; say 8x5."),
]


class Against(StrEnum):
    """What gains are counted from."""

    breakdown = "breakdown"
    zero = "zero"


@plot.command()
def tree(
    file: File,
    output: Output,
    bundle: Annotated[
        str | None,
        typer.Option(metavar="BUNDLE", help="The game in which this bundle is on the table."),
    ] = None,
    equilibrium: Annotated[
        int | None, typer.Option(min=1, metavar="K", help="Show the K-th equilibrium.")
    ] = None,
    concept: Annotated[
        str | None,
        typer.Option(metavar="CONCEPT", help="spe, sequential or nash; by default the usual one."),
    ] = None,
    path: Annotated[
        bool, typer.Option("--path/--no-path", help="Whether to show what is played.")
    ] = True,
    most: Annotated[
        int | None,
        typer.Option(metavar="N", min=1, help="Marks at most (60); the rest stays folded."),
    ] = None,
    size: Size = None,
    force: Force = False,
    set: Settings = None,
    time_limit: TimeLimit = None,
) -> None:
    """The game tree with the path of an equilibrium."""
    from detente.arguments import changed
    from detente.show.plots.tree import MOST, drawn

    _check(output, force, size)
    figure, stopped = drawn(
        changed(load(file), set), bundle=bundle, equilibrium=equilibrium, concept=concept,
        path=path, most=MOST if most is None else most, size=size, time_limit=time_limit,
    )  # fmt: skip
    _write(figure, output, force)
    if stopped != "finished":
        raise typer.Exit(STOPPED)


@plot.command()
def gains(
    file: File,
    output: Output,
    bundle: Annotated[
        list[str] | None,
        typer.Option(
            metavar="BUNDLE",
            help="Show this bundle; may be repeated. By default those of the table.",
        ),
    ] = None,
    against: Annotated[
        Against, typer.Option(help="Count from what each gets without agreement, or from zero.")
    ] = Against.breakdown,
    parties: Annotated[
        list[str] | None,
        typer.Option(metavar="PARTIES", help="Whose; a list with commas, or repeated."),
    ] = None,
    most: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Bundles at most (30).")
    ] = None,
    size: Size = None,
    force: Force = False,
    round: Round = None,
    set: Settings = None,
    time_limit: TimeLimit = None,
) -> None:
    """What each party gains or loses by each bundle, as bars."""
    from detente.arguments import changed, talks_in
    from detente.show.plots.gains import MOST
    from detente.show.plots.gains import gains as draw
    from detente.stability.equilibrium import stability

    _check(output, force, size)
    report = stability(
        changed(talks_in(file), set), round=round, bundles=bundle, time_limit=time_limit
    )
    figure = draw(
        report, bundle, against=against.value, parties=_listed(parties),
        most=MOST if most is None else most, size=size,
    )  # fmt: skip
    _write(figure, output, force)
    if report.stopped != "finished":
        raise typer.Exit(STOPPED)


@plot.command()
def graph(
    file: Graphed,
    output: Output,
    start: Annotated[
        str | None, typer.Option("--from", metavar="STATE", help="Where the way begins.")
    ] = None,
    to: Annotated[
        str | None,
        typer.Option(metavar="STATE", help="Where it leads; by default to the equilibria."),
    ] = None,
    bundle: Annotated[
        list[str] | None,
        typer.Option(
            "--state",
            "--bundle",
            metavar="BUNDLE",
            help="Show this state (a bundle); may be repeated.",
        ),
    ] = None,
    concepts: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAMES", help="nash, gmr, smr, seq, …; a list with commas, or repeated."
        ),
    ] = None,
    any_moves: Annotated[
        bool, typer.Option("--any-moves", help="The way need not be by improvements.")
    ] = False,
    most: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="States at most (24).")
    ] = None,
    size: Size = None,
    force: Force = False,
    round: Round = None,
    set: Settings = None,
    time_limit: TimeLimit = None,
) -> None:
    """The conflict graph with its equilibria, and the way there."""
    from detente.arguments import changed
    from detente.show.plots.graph import MOST
    from detente.show.plots.graph import graph as draw
    from detente.stability.graph.judging import graph as judged

    _check(output, force, size)
    try:
        analysis = judged(changed(load(file), set), round=round, time_limit=time_limit)
    except OutOfTime:
        raise NotSupported(
            "the time limit passed before the graph was set up. Give it more seconds."
        ) from None
    title = analysis.conflict.title or Path(file).stem
    figure = draw(
        analysis, start=start, to=to, states=bundle, concepts=_listed(concepts, lower=True),
        any_moves=any_moves, title=title, most=MOST if most is None else most, size=size,
    )  # fmt: skip
    _write(figure, output, force)


@plot.command()
def frontier(
    file: File,
    output: Output,
    disagreement: Annotated[
        str | None,
        typer.Option(
            metavar="WHAT",
            help="What there is without agreement: breakdown, equilibrium, security, or numbers, "
            "as in A=0,B=-5.",
        ),
    ] = None,
    weights: Annotated[
        str | None,
        typer.Option(
            metavar="WEIGHTS", help="How much each counts: patience, or numbers, as in A=2,B=1."
        ),
    ] = None,
    parties: Annotated[
        str | None, typer.Option(metavar="PARTIES", help="Who bargains, as in A,B.")
    ] = None,
    lotteries: Annotated[
        bool, typer.Option("--lotteries/--no-lotteries", help="Whether lots may be drawn.")
    ] = True,
    most: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Outcomes with a number at most (20).")
    ] = None,
    size: Size = None,
    force: Force = False,
    round: Round = None,
    set: Settings = None,
    time_limit: TimeLimit = None,
) -> None:
    """The Pareto frontier and the zone of agreement. And what bargaining would come to."""
    from detente.arguments import changed, talks_in
    from detente.cli.frontier import names, words_or_numbers
    from detente.show.plots.frontier import MOST
    from detente.show.plots.frontier import frontier as draw
    from detente.stability.bargaining.report import bargaining

    _check(output, force, size)
    found = bargaining(
        changed(talks_in(file), set), words_or_numbers(disagreement, "--disagreement"),
        words_or_numbers(weights, "--weights"), names(parties), round=round,
        time_limit=time_limit,
    )  # fmt: skip
    if found.solutions is None:
        complain(found.reason, STOPPED)
        raise typer.Exit(STOPPED)
    figure = draw(found, lotteries=lotteries, most=MOST if most is None else most, size=size)
    _write(figure, output, force)
    if found.stopped != "finished":
        raise typer.Exit(STOPPED)


# ── what they share ────────────────────────────────────────────────────────────────────────────


def _listed(given: Sequence[str] | None, lower: bool = False) -> list[str] | None:
    """The names in a list of lists with commas."""
    named = [name.strip() for text in given or () for name in text.split(",")]
    return [name.lower() if lower else name for name in named if name] or None


def _check(output: Path, force: bool, size: Any) -> None:
    """Refuse what cannot be written before anything is worked out."""
    from detente.show.plots.style import check_target, inches

    check_target(output, force)
    inches(size)


def _write(figure: Figure, output: Path, force: bool) -> None:
    from detente.show.plots.style import save

    save(figure, output, force)
