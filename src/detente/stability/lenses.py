"""Every way of asking "would it hold?" side by side."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal

from detente.errors import DetenteError, OutOfTime
from detente.game.tree import Game
from detente.stability.case import bundle_index
from detente.stability.lens import Lens, Sight

if TYPE_CHECKING:
    from detente.stability.verdict import Report

HOMES = {
    "equilibrium": "detente.stability.equilibrium_lens",
    "enforcement": "detente.stability.enforcement.lens",
    "graph": "detente.stability.graph.lens",
    "bargaining": "detente.stability.bargaining.lens",
}
"""Where each lens is found, in the order in which they are shown."""
CHEAP = 1.0
"""Seconds that all lenses together may take where none is asked for by name."""
EQUILIBRIUM = "equilibrium"

Ended = Literal["finished", "time_limit", "interrupted", "not_asked"]


@dataclass(frozen=True)
class Seen:
    """What one lens made of a report's bundles.

    `refusal` : why it cannot look at these talks, None where it can
    `stopped` : `finished`, `time_limit` or `interrupted`; `not_asked` where nobody asked for it and
        it takes long; `reason` then says so
    `sights` : one for each bundle of the report, None where it did not get to it
    """

    name: str
    question: str
    refusal: str | None = None
    stopped: Ended = "finished"
    reason: str = ""
    sights: tuple[Sight | None, ...] = field(default=(), repr=False)


def lens(name: str) -> Lens:
    """The lens of this name. Raises DetenteError, with close ones, where there is none."""
    if name not in HOMES:
        close = get_close_matches(name, HOMES, n=1)
        hint = f"Did you mean '{close[0]}'? " if close else ""
        raise DetenteError(f"there is no lens '{name}'. {hint}The lenses: {', '.join(HOMES)}.")
    found: Lens = import_module(HOMES[name]).LENS
    return found


def asked_for(lenses: str | Iterable[str] | None) -> tuple[str, ...]:
    """The names of lenses asked for, each once, in the order in which they are shown.

    `lenses` : names, as a list or with commas between; `all`; `none` or None for none at all

    >>> asked_for(None), asked_for("none"), asked_for("equilibrium,equilibrium")
    ((), (), ('equilibrium',))
    """
    if lenses is None:
        return ()
    texts = [lenses] if isinstance(lenses, str) else list(lenses)
    if not all(isinstance(text, str) for text in texts):
        raise DetenteError(f"lenses are named by texts; found {lenses!r}.")
    names = [name.strip() for text in texts for name in text.split(",") if name.strip()]
    if "none" in names and len(set(names)) > 1:
        raise DetenteError("'none' stands alone: leave out the other lenses, or 'none'.")
    if names == ["none"] * len(names):
        return ()
    for name in names:
        if name != "all":
            lens(name)
    return tuple(name for name in HOMES if name in names or "all" in names)


def through(
    report: Report, lenses: str | Iterable[str] | None, deadline: float | None = None
) -> Report:
    """The report with what these lenses make of each of its bundles.

    `lenses` : as `asked_for` takes them; `cheap` for all that take no time worth speaking of
    `deadline` : on the clock of `time.perf_counter`

    Where the deadline passes, or on an interrupt, what was seen until then stays, and `stopped` of
    the report says so.
    """
    cheap = lenses == "cheap"
    names = tuple(HOMES) if cheap else asked_for(lenses)
    if not names:
        return report
    names = tuple(dict.fromkeys((EQUILIBRIUM, *names)))  # the verdict is there in any case
    seen = tuple(_all_seen(report, names, deadline, cheap))
    verdicts = tuple(
        replace(verdict, lenses=dict(_sights(seen, i))) for i, verdict in enumerate(report.bundles)
    )
    report = replace(report, bundles=verdicts, lenses=seen)
    return _with_stop(report)


def _sights(seen: Sequence[Seen], i: int) -> Iterator[tuple[str, Sight]]:
    """What each lens makes of one bundle."""
    for one in seen:
        sight = one.sights[i] if i < len(one.sights) else None
        if sight is not None:
            yield one.name, sight


def _all_seen(
    report: Report, names: Sequence[str], deadline: float | None, cheap: bool
) -> Iterator[Seen]:
    talks, left, interrupted = report.summit, CHEAP, False
    places = [bundle_index(talks, dict(verdict.terms)) for verdict in report.bundles]
    for name in names:
        found = lens(name)
        seen = Seen(name, found.question, _refusal(found, talks))
        if seen.refusal is not None:
            yield seen
            continue
        if interrupted or (report.stopped != "finished" and name != EQUILIBRIUM):
            yield replace(seen, stopped="not_asked", reason="the run was stopped before.")
            continue
        if cheap and name != EQUILIBRIUM:
            cost = found.cost(talks, len(places))
            if cost > left:
                yield replace(seen, stopped="not_asked", reason=_too_long(name, cost))
                continue
            left -= cost
        seen = _seen(seen, found, report, places, deadline)
        interrupted = seen.stopped == "interrupted"
        yield seen


def _too_long(name: str, cost: float) -> str:
    return f"it takes about {max(1, round(cost))} s; --lens {name} asks for it."


def _refusal(found: Lens, talks: Any) -> str | None:
    if found.name == EQUILIBRIUM:
        return None
    if isinstance(talks, Game):
        return "it looks at summit files: a bare tree does not say who can concede what."
    return found.refusal(talks)


def _seen(
    seen: Seen, found: Lens, report: Report, places: Sequence[int], deadline: float | None
) -> Seen:
    """What one lens sees, as far as it gets."""
    if found.name == EQUILIBRIUM:
        from detente.stability.equilibrium_lens import sight_of

        return replace(seen, sights=tuple(map(sight_of, report.bundles)))
    sights: list[Sight | None] = []
    stopped: Ended = "finished"
    try:
        for sight in found.look(report.summit, places, deadline):
            sights.append(sight)
            if _late(deadline) and len(sights) < len(places):
                raise OutOfTime
        if len(sights) < len(places):
            raise OutOfTime
    except OutOfTime:
        stopped = "time_limit"
    except KeyboardInterrupt:
        stopped = "interrupted"
    except DetenteError as error:
        return replace(seen, refusal=error.message)
    missing = len(places) - len(sights)
    why = {"time_limit": "the time limit passed", "interrupted": "interrupted"}.get(stopped, "")
    reason = f"{why} after {len(sights)} of {len(places)} bundles." if why else ""
    return replace(seen, stopped=stopped, reason=reason, sights=(*sights, *[None] * missing))


def _late(deadline: float | None) -> bool:
    return deadline is not None and time.perf_counter() > deadline


def _with_stop(report: Report) -> Report:
    """A report that a lens was cut short in counts as stopped."""
    for seen in report.lenses:
        if report.stopped == "finished" and seen.stopped in ("time_limit", "interrupted"):
            reason = f"the lens ‘{seen.name}’ did not see all: {seen.reason}"
            said = f"{report.reason} {reason}".strip()
            return replace(report, stopped=seen.stopped, reason=said)
    return report
