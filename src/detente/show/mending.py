"""What would make a bundle hold, or break it: for reading and as data."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from detente.show.numbers import number, plain_data
from detente.show.plain_table import plain_table
from detente.stability.following.told import inwards
from detente.stability.following.union import place_data
from detente.stability.robustness.mending.mended import Alternative, Change, Mend
from detente.stability.words import amount, counted, listed, plain

if TYPE_CHECKING:
    from rich.console import RenderableType

FEW = 12
"""Alternatives that are printed unless all are asked for."""
USELESS = 8
"""Levers of no use that are named unless all are asked for."""


def mend_parts(found: Mend, all: bool = False) -> list[RenderableType]:
    """What was found as paragraphs and a table; `all` gives every alternative a row."""
    return list(_parts(found, all))


def _parts(found: Mend, all: bool) -> Iterator[RenderableType]:
    from rich.text import Text

    yield Text(f"{found.title}: {found.bundle}", style="bold")
    if found.stopped != "finished":
        why = "interrupted" if found.stopped == "interrupted" else "the time limit passed"
        yield Text(f"Stopped early: {why}. What is told was found until then.", style="bold")
    yield Text("\n".join(_head(found)))
    if not found.alternatives:
        return
    shown = found.alternatives if all else found.alternatives[:FEW]
    columns = [("cost", "number"), ("change", "text"), ("then", "text")]
    rows = [_cells(found, each) for each in shown]
    if any(each.radius is not None for each in shown):
        columns.append(("radius", "word"))
        rows = [[*row, _radius(each, found.aim)] for row, each in zip(rows, shown, strict=True)]
    yield plain_table(columns, rows)  # type: ignore[arg-type]
    yield Text("\n".join(_foot(found, len(shown), all)))


def _head(found: Mend) -> Iterator[str]:
    wanted = "hold" if found.aim == "hold" else "break"
    if found.reached:
        nothing = f"there is nothing to {_do(found)}"
        yield f"As the file has it, it is {found.word}{_settled(found)}: {nothing}."
        return
    yield f"As the file has it, it is {found.word}. What would make it {wanted}{_also(found)}:"
    if not found.alternatives:
        yield f"Nothing that was tried: {listed(found.tried)}." if found.tried else _nothing(found)
        yield from _proofs(found)
        yield from _refused(found)


def _nothing(found: Mend) -> str:
    early = found.stopped != "finished"
    return "Nothing was tried yet." if early else "There is no lever that may be moved."


def _refused(found: Mend) -> Iterator[str]:
    reasons: dict[str, list[str]] = {}
    for name, why in found.refused.items():
        reasons.setdefault(why, []).append(name)
    yield from (f"Not tried: {listed(names)}: {why}" for why, names in reasons.items())


def _proofs(found: Mend) -> Iterator[str]:
    """What is not proved where sides do not see everything."""
    if found.unproved:
        yield (
            "Sides do not see everything: along these a smaller change, or one where none was "
            f"found, is not ruled out everywhere: {listed(found.unproved)} (detente thresholds "
            "says where)."
        )


def _settled(found: Mend) -> str:
    if not found.selected:
        return ""
    return " and the talks may settle on it" if found.aim == "hold" else " or not settled on"


def _do(found: Mend) -> str:
    return "mend" if found.aim == "hold" else "break"


def _also(found: Mend) -> str:
    said = []
    if found.selected:
        said.append("and be settled on" if found.aim == "hold" else "or be passed over")
    if found.strict:
        said.append("whatever the indifferent do" if found.aim == "hold" else "if only on a tie")
    return f" {', '.join(said)}" if said else ""


def _cells(found: Mend, each: Alternative) -> list[str]:
    cost = plain(each.cost)
    if each.rounded and not cost.startswith("≈"):
        cost = f"≈{cost}"
    then = each.word
    if any(change.kind == "term" for change in each.changes):
        then = f"{then}: {each.bundle}"
    return [cost if each.attained else f"over {cost}", each.text, then]


def _radius(each: Alternative, aim: str) -> str:
    """How far the numbers may move then, as a part of their ranges."""
    if each.radius is None:
        return "0 (a tie)" if aim == "hold" and not each.strict else ""
    if each.radius.exact and each.radius.lower is not None:
        return plain(each.radius.lower)
    if each.radius.lower is None:
        return "beyond the ranges" if each.radius.stopped == "finished" else "?"
    return f"at least {_down(each.radius.lower)}" if each.radius.lower else "not proved"


def _foot(found: Mend, shown: int, all: bool) -> Iterator[str]:
    left = len(found.alternatives) - shown
    if left:
        yield f"{counted(left).capitalize()} more with --all."
    yield _measure(found)
    if any(not each.attained for each in found.alternatives[:shown]):
        yield "'over': the cost is approached, and any more is enough."
    if found.aim == "hold" and not found.strict:
        ties = [each for each in found.alternatives[:shown] if not each.strict]
        if ties:
            yield "On a tie, someone indifferent could spoil it; --strict asks for more."
    yield from _together(found)
    if any(each.radius is not None for each in found.alternatives[:shown]):
        yield (
            "The radius is the part of its range that every parameter may move by and the verdict "
            "stays (detente radius)."
        )
    if found.useless:
        many = len(found.useless) > USELESS and not all
        which = f"{counted(len(found.useless))} others (--all names them)"
        yield f"Of no use alone: {which if many else listed(found.useless)}."
    yield from _proofs(found)
    yield from _refused(found)
    yield "Each was verified by solving the changed file."


def _together(found: Mend) -> Iterator[str]:
    """What is known of several changes at once."""
    known = found.together
    if known is None:
        return
    count = len(known.levers)
    numbers = f"{counted(count)} number{'s' * (count != 1)}"
    what = f"Several at once (of {numbers}, other terms and talks)"
    if known.lower is None:
        yield f"{what}: none within reach does it." if known.proved else f"{what}: none was found."
        return
    if not known.lower and not known.proved:
        yield f"{what}: not looked at long enough to prove a bound."
        return
    best = found.alternatives[0].cost if found.alternatives else None
    if best is not None and known.lower >= best * (1 - known.gap):
        close = "" if known.lower == best else f" by more than {plain(known.gap * 100)} %"
        yield f"{what}: none is cheaper{close} (proved)."
    else:
        ended = (
            "the search ended there" if known.proved else "the search was not brought to its end"
        )
        yield f"{what}: none costs less than {_down(known.lower)} (proved); {ended}."


def _down(cost: Fraction) -> str:
    """A bound in a few digits, never above it."""
    return inwards(None, cost)[1]


def _measure(found: Mend) -> str:
    if found.priced:
        return "Costs are those of 'mend' in the file; what it does not name is measured by ranges."
    return (
        "A cost of 1 is a number moved over its whole range, a term over all of its levels, "
        f"{amount(found.money, found.unit)} paid, or another protocol."
    )


def mend_data(found: Mend) -> dict[str, Any]:
    """What was found as plain data."""
    return {
        "game": {
            "title": found.title, "players": list(found.players), "parties": list(found.parties)
        },
        "bundle": found.bundle,
        "aim": found.aim,
        "selected": found.selected,
        "strict": found.strict,
        "round": found.round,
        "verdict": found.word,
        "reached": found.reached,
        "alternatives": [_alternative_data(each) for each in found.alternatives],
        "tried": list(found.tried),
        "useless": list(found.useless),
        "refused": dict(found.refused),
        "unit": found.unit,
        "money": number(found.money),
        "together": _together_data(found),
        "unproved": list(found.unproved),
        "stopped": found.stopped,
    }  # fmt: skip


def _together_data(found: Mend) -> dict[str, Any] | None:
    known = found.together
    return (
        None
        if known is None
        else {
            "levers": list(known.levers),
            "lower": number(known.lower),
            "proved": known.proved,
            "gap": number(known.gap),
        }
    )


def _alternative_data(each: Alternative) -> dict[str, Any]:
    return {
        "text": each.text,
        "cost": number(each.cost),
        "rounded": each.rounded,
        "attained": each.attained,
        "paid": number(each.paid),
        "proved": each.proved,
        "verdict": each.word,
        "strict": each.strict,
        "bundle": each.bundle,
        "radius": _radius_data(each),
        "changes": [_change_data(change) for change in each.changes],
    }


def _radius_data(each: Alternative) -> dict[str, Any] | None:
    found = each.radius
    return (
        None
        if found is None
        else {
            "norm": found.norm,
            "lower": number(found.lower),
            "upper": number(found.upper),
            "exact": found.exact,
            "stopped": found.stopped,
        }
    )


def _change_data(change: Change) -> dict[str, Any]:
    return {
        "kind": change.kind,
        "lever": change.lever,
        "text": change.text,
        "now": number(change.now),
        "bound": plain_data(place_data(change.bound)),
        "value": number(change.value),
        "levels": dict(change.levels),
    }
