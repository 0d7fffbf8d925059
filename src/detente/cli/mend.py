"""`detente mend` and `detente break`: what would make a bundle hold, and what would break it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from detente.arguments import changed, talks_in
from detente.cli.options import STOPPED, File, Json, Round, Settings, TimeLimit, print_json

if TYPE_CHECKING:
    from detente.stability.robustness.mending.mended import Mend

Bundle = Annotated[str, typer.Argument(metavar="BUNDLE", help="A bundle by name, in quotes.")]
Selected = Annotated[
    bool, typer.Option("--selected", help="The talks as written are to settle on it as well.")
]
Strict = Annotated[
    bool, typer.Option("--strict", help="Count it as holding only where no tie can spoil it.")
]
Levers = Annotated[
    list[str] | None,
    typer.Option(
        "--lever",
        metavar="NAMES",
        help="What may be changed: payment, inspections, penalty, patience, parameter, term, "
        "protocol, or one by its name (a list with commas, or repeated); all if left out.",
    ),
]
Without = Annotated[
    list[str] | None, typer.Option("--without", metavar="NAMES", help="What may not be changed.")
]
Together = Annotated[
    float,
    typer.Option(
        "--together", metavar="SECONDS", min=0,
        help="How long to look for changes of several at once; 0 for not at all.",
    ),
]  # fmt: skip
Radii = Annotated[
    int,
    typer.Option(
        metavar="N", min=0,
        help="For how many of the cheapest to find how far the numbers may move then.",
    ),
]  # fmt: skip
All = Annotated[
    bool,
    typer.Option("--all", help="Print every alternative, not the dozen cheapest only."),
]  # fmt: skip
NotSelected = Annotated[
    bool,
    typer.Option("--selected", help="It is enough that the talks no longer settle on it."),
]
OnATie = Annotated[bool, typer.Option("--strict", help="It is enough that a tie can spoil it.")]


def mend(
    file: File,
    bundle: Bundle,
    selected: Selected = False,
    strict: Strict = False,
    lever: Levers = None,
    without: Without = None,
    together: Together = 10.0,
    radii: Radii = 3,
    all: All = False,
    json: Json = False,
    round: Round = None,
    set: Settings = None,
    time_limit: TimeLimit = None,
) -> None:
    """The cheapest change that makes a bundle hold. Of numbers, payments, terms, talks."""
    from detente.show.progress import Progress
    from detente.stability.robustness.mending.mend import mend as look

    with Progress() as progress:
        found = look(
            changed(talks_in(file), set), bundle, selected=selected, strict=strict,
            levers=_names(lever), without=_names(without) or (), together=together, radii=radii,
            round=round, time_limit=time_limit, progress=progress,
        )  # fmt: skip
    _told(found, all, json)


def break_(
    file: File,
    bundle: Bundle,
    selected: NotSelected = False,
    strict: OnATie = False,
    lever: Levers = None,
    without: Without = None,
    together: Together = 10.0,
    radii: Radii = 3,
    all: All = False,
    json: Json = False,
    round: Round = None,
    set: Settings = None,
    time_limit: TimeLimit = None,
) -> None:
    """The cheapest change that breaks a bundle that would hold."""
    from detente.show.progress import Progress
    from detente.stability.robustness.mending.mend import breaking

    with Progress() as progress:
        found = breaking(
            changed(talks_in(file), set), bundle, selected=selected, strict=strict,
            levers=_names(lever), without=_names(without) or (), together=together, radii=radii,
            round=round, time_limit=time_limit, progress=progress,
        )  # fmt: skip
    _told(found, all, json)


def _told(found: Mend, all: bool, json: bool) -> None:
    from detente.show.mending import mend_data, mend_parts
    from detente.show.paper import console, print_parts

    if json:
        print_json(mend_data(found))
    else:
        print_parts(console(), mend_parts(found, all))
    if found.stopped != "finished":
        raise typer.Exit(STOPPED)


def _names(given: list[str] | None) -> list[str] | None:
    if given is None:
        return None
    return [name.strip() for text in given for name in text.split(",") if name.strip()]
