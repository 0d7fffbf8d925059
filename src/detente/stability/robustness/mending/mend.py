"""The cheapest change that makes a bundle hold, and the cheapest that breaks it.

Each number that may move is freed and the verdict followed along all of its values, exactly, so
that the nearest one at which it turns is known, and whether it is reached or only approached. What
is no number (other levels of the terms, other talks) is solved as it is. Every proposal is then
verified by solving the changed file anew.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from detente.errors import NotSupported, SummitError
from detente.stability.case import Source
from detente.stability.robustness.mending.levers import KINDS, Prices, levers, refusals
from detente.stability.robustness.mending.mend_search import (
    Progress,
    Question,
    Search,
    known,
    ranked,
    run,
    with_radii,
)
from detente.stability.robustness.mending.mended import Mend

if TYPE_CHECKING:
    from detente.stability.verdict import Stopped
    from detente.summit.summit import Summit


RADII = 3
"""Of so many of the cheapest the radius is told unless said otherwise."""
TOGETHER = 10.0
"""Seconds for which several levers are looked at together unless said otherwise."""


def mend(
    summit: Summit,
    bundle: str | int | Mapping[str, str],
    *,
    selected: bool = False,
    strict: bool = False,
    levers: Iterable[str] | None = None,
    without: Iterable[str] = (),
    together: float = TOGETHER,
    radii: int = RADII,
    round: int | None = None,
    time_limit: float | None = None,
    progress: Progress | None = None,
) -> Mend:
    """What would make a bundle hold, cheapest first; nothing where it holds already.

    `summit` : where sides do not see everything, one number is moved at a time
    `bundle` : by name, terms or position
    `selected` : the talks as written are to settle on it as well
    `strict` : it is to hold whatever those do who are indifferent
    `levers` : what may be changed, by names or kinds (`payment`, `inspections`, `penalty`,
        `patience`, `parameter`, `term`, `protocol`); all unless given
    `without` : what may not be changed
    `together` : for so many seconds at most, changes of several at once are looked for; 0 for none
    `radii` : for how many of the cheapest is found how far the numbers may move then (`dt.radius`)
    `round` : in which the bundle is put on the table; the last one unless given
    `time_limit` : in seconds; when it passes, or on an interrupt (Ctrl-C), what is found until then
        is given, and `stopped` says so
    `progress` : told how far it has come

    Raises NotSupported for a game that is no summit file and where the verdict as the file has it
    is not decided, SummitError for an unknown bundle or lever.

    >>> import detente as dt
    >>> found = dt.mend(dt.load("hanoi-2019"), "kumgang + full + inspected", levers=["payment"])
    >>> print(found.best.text)
    US pays DPRK 190 M$ once all of it is delivered
    """
    question = Question("hold", selected, strict, round)
    return _answer(summit, bundle, question, levers, without, together, radii, time_limit, progress)


def breaking(
    summit: Summit,
    bundle: str | int | Mapping[str, str],
    *,
    selected: bool = False,
    strict: bool = False,
    levers: Iterable[str] | None = None,
    without: Iterable[str] = (),
    together: float = TOGETHER,
    radii: int = RADII,
    round: int | None = None,
    time_limit: float | None = None,
    progress: Progress | None = None,
) -> Mend:
    """What would break a bundle, cheapest first; nothing where it does not hold as it is.

    Arguments and errors are those of `mend`. With `strict` a tie is enough to break it; with
    `selected` it is enough that the talks no longer settle on it.
    """
    question = Question("break", selected, strict, round)
    return _answer(summit, bundle, question, levers, without, together, radii, time_limit, progress)


def _answer(
    summit: Any,
    which: str | int | Mapping[str, str],
    question: Question,
    chosen: Iterable[str] | None,
    without: Iterable[str],
    together: float,
    radii: int,
    time_limit: float | None,
    progress: Progress | None,
) -> Mend:
    from detente.stability.case import bundle_index

    _refuse(summit)
    deadline = None if time_limit is None else time.perf_counter() + time_limit
    bundle = bundle_index(summit, which)
    prices = Prices(summit, bundle)
    search = Search(summit, bundle, question, prices, deadline, progress=progress)
    chosen = None if chosen is None else tuple(chosen)
    wanted = _wanted(summit, search, chosen, without)
    search.refused.update(
        {kind: why for kind, why in refusals(summit).items() if wanted(kind, [kind])}
    )
    before = Search(summit, bundle, question, prices, None).verdicts(summit, [bundle])[0]
    reached = question.reached(before)
    stopped: Stopped = "finished"
    if not reached:
        stopped = run(search, wanted, tuple(chosen or ()), together)
    found = ranked(search.alternatives)
    if stopped == "finished":
        search.tell("how far the numbers may move then")
        found, stopped = with_radii(found, radii, question, deadline)
    return Mend(
        title=summit.title,
        parties=tuple(summit.parties),
        players=tuple(summit.sides),
        unit=summit.file.unit or "",
        bundle=before.name,
        aim=question.aim,
        selected=question.selected,
        strict=question.strict,
        round=Source(summit, question.round).round,
        word=before.word,
        reached=reached,
        alternatives=tuple(found),
        tried=tuple(search.tried),
        useless=tuple(search.useless),
        refused=search.refused,
        money=prices.money,
        priced=summit.file.mend != type(summit.file.mend)(),
        stopped=stopped,
        together=known(search),
        unproved=tuple(search.unproved),
    )


def _refuse(summit: Any) -> None:
    if not hasattr(summit, "sides"):
        raise NotSupported(
            f"'{summit.title}' is a game that is no summit file: it has no numbers with ranges "
            "that could move. Write it with `tree:` and `parameters:` in a summit file."
        )


def _wanted(
    summit: Summit, search: Search, chosen: Iterable[str] | None, without: Iterable[str]
) -> Callable[[str, Sequence[str]], bool]:
    """Whether a lever may be moved, by its kind and all of its names."""
    only = None if chosen is None else frozenset(chosen)
    never = frozenset(without)
    known = [*KINDS, *(f"term:{term}" for term in summit.file.terms)]
    known += [lever.name for lever in levers(summit, search.bundle, search.prices)]
    for name in (*(only or ()), *never):
        if name not in known and not _starts(name, known):
            _unknown(name, known, summit)
    return lambda kind, names: (
        (only is None or all(_named(kind, name, only) for name in names))
        and not any(_named(kind, name, never) for name in names)
    )


def _named(kind: str, name: str, given: Collection[str]) -> bool:
    """Whether a list has a lever by its kind, its name, or the beginning of its name."""
    return kind in given or any(name == each or name.startswith(f"{each}:") for each in given)


def _starts(name: str, known: Iterable[str]) -> bool:
    return any(each.startswith(f"{name}:") for each in known)


def _unknown(name: str, known: Sequence[str], summit: Summit) -> None:
    from difflib import get_close_matches

    close = get_close_matches(name, known, n=3)
    if name in summit.file.parameters:
        raise SummitError(
            f"the parameter '{name}' cannot move: the file gives it no range, or says `never` "
            "under 'mend'."
        )
    raise SummitError(
        f"there is no lever '{name}'. {f'Close names: {chr(44).join(close)}. ' if close else ''}"
        f"Kinds: {', '.join(KINDS)}; parameters by name, payment:PAYER:PAYEE, inspections:SIDE, "
        "penalty:SIDE, patience:SIDE, term:TERM."
    )
