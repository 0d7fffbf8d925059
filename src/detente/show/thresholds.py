"""Thresholds of parameters: tables for reading, and plain data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from detente.show.followed import COLUMNS, followed_rows
from detente.show.plain_table import Kind, plain_table
from detente.show.rows import NOTHING
from detente.stability.following.course import Standing
from detente.stability.following.told import place_text
from detente.stability.following.union import Interval
from detente.stability.robustness.along.axes import Settled
from detente.stability.robustness.along.thresholds import Axis, Change, Threshold, Thresholds
from detente.stability.words import counted, listed, plain

if TYPE_CHECKING:
    from rich.console import RenderableType

ROWS = 60
"""Changes of one parameter that get a row."""
EQUILIBRIA = 12
"""Rows about equilibria that are followed, unless all are wanted."""
NAMES = 3
"""Bundles that are named in one cell."""
TALKS = "the talks as written"

_WHY = "Why beyond: the first reason of the verdict on the side away from the value now."
_HIDDEN = (
    "Judged by sequential equilibria: between values by all of them, unless said below; at a value "
    "by those found there."
)
_OTHERS = "Proved for the equilibria followed, while there may be others"
_SAMPLED = "Judged at single values only, and not proved"
_FOLLOWED = (
    "Each row is an equilibrium, certified at one value and proved for all of these: how likely it "
    "is signed, and broken once it is; x → y: at the lower end and at the upper one."
)

_COLUMNS: list[tuple[str, Kind]] = [
    ("value", "number"), ("bundle", "text"), ("below it", "text"), ("at it", "text"),
    ("above it", "text"), ("why beyond", "text"),
]  # fmt: skip


def thresholds_parts(
    found: Thresholds, name: str = "FILE", asked: bool = False, all: bool = False
) -> list[RenderableType]:
    """The thresholds as paragraphs and tables.

    `name` : how the file is called in the line that says how to read on
    `asked` : whether parameters were named; else each gets one row
    `all` : give every change a row
    """
    return list(_parts(found, name, asked, all))


def _parts(found: Thresholds, name: str, asked: bool, all: bool) -> Iterator[RenderableType]:
    from rich.text import Text

    yield Text(found.title, style="bold")
    if found.reason:
        yield Text(f"Stopped early: {found.reason}", style="bold")
    yield Text(_head(found))
    if not (asked or all):
        yield from _summary(found, name)
        return
    for axis in found.axes:
        yield from _axis(found, axis, all)


def _head(found: Thresholds) -> str:
    count = f"{found.judged} bundle{'s' * (found.judged != 1)}"
    if found.round is None:
        where = "judged where the tree offers them"
    else:
        rounds = int(getattr(found.talks, "rounds", found.round))
        where = f"judged in the last round ({rounds})" if found.round == rounds else (
            f"judged in round {found.round} of {rounds}"
        )
    return f"{count}, {where}; each parameter is moved alone."


# ── one parameter ──────────────────────────────────────────────────────────────────────────────


def _axis(found: Thresholds, axis: Axis, all: bool) -> Iterator[RenderableType]:
    from rich.text import Text

    yield Text(_span(axis), style="bold")
    total = sum(len(t.changes) + (t.turn is not None) for t in axis.thresholds)
    rows: list[list[str]] = []
    for threshold in axis.thresholds:
        if all or len(rows) < ROWS:
            rows += _rows(found, axis, threshold)
    yield Text(_counts(axis))
    if rows:
        told = any(row[-1] for row in rows)
        yield plain_table(_COLUMNS[: 6 if told else 5], [row[: 6 if told else 5] for row in rows])
        yield Text(_WHY if told else _HIDDEN if found.hidden else "")
    if len(rows) < total:
        yield Text(f"Not shown: {total - len(rows)} changes at greater values (--all shows them).")
    for line in _left(axis):
        yield Text(line)
    yield from _equilibria(found, axis, all)


def _span(axis: Axis) -> str:
    low, high = axis.within.low, axis.within.high
    assert low is not None
    assert high is not None
    unit = f" {axis.unit}" if axis.unit else ""
    return (
        f"{axis.parameter}: {plain(axis.value)}{unit} now, followed from {place_text(low)} to "
        f"{place_text(high)}"
    )


def _counts(axis: Axis) -> str:
    values = len(axis.thresholds)
    if not values:
        but = ", but for what is named below" if _wide(axis) else ""
        return f"Nothing changes anywhere in between{but}."
    changed = sum(len(t.changes) for t in axis.thresholds)
    turns = sum(t.turn is not None for t in axis.thresholds)
    said = [f"{counted(changed)} verdict{'s' * (changed != 1)}"] * bool(changed)
    said += [f"{counted(turns)} time{'s' * (turns != 1)} what the talks may end with"] * bool(turns)
    what = f"{counted(values)} value{'s' * (values != 1)} at which something changes"
    between = " Between two of them nothing does." if values > 1 else " Elsewhere nothing does."
    if _wide(axis):
        between = " Between two of them nothing does, but for what is named below."
    return f"{what[0].upper()}{what[1:]}: {listed(said)}.{between}"


def _rows(found: Thresholds, axis: Axis, threshold: Threshold) -> Iterator[list[str]]:
    value = place_text(threshold.place)
    for change in threshold.changes:
        words = [word(side, found.hidden) for side in (change.below, change.at, change.above)]
        yield [value, called(found.talks, change.bundle), *words, found.why(axis, change)]
        value = ""
    if threshold.turn is not None:
        turn = threshold.turn
        ends = [_ending(found, side) for side in (turn.below, turn.at, turn.above)]
        yield [value, TALKS, *ends, ""]


def called(talks: Any, name: str) -> str:
    """A bundle's name, or what the one without concessions is called."""
    plan = getattr(talks, "plan", None)
    if plan is not None and plan.bundles.levels:
        for bundle, levels in zip(talks.bundles, plan.bundles.levels, strict=True):
            if bundle.name == name and not any(levels):
                return NOTHING
    return name


def word(standing: Standing | None, hidden: bool = False) -> str:
    """A verdict in words that tell any two apart; `-` beyond the interval.

    `hidden` : what is so sometimes hangs on types and on the equilibrium, not on ties alone
    """
    if standing is None:
        return "-"
    if standing.fault:
        return f"no game: {standing.fault}"
    signed, kept = standing.acceptable, standing.honoured
    if standing.stable == "always":
        return "stable"
    if standing.stable == "sometimes":
        over = ("" if kept == "always" else " (keeping)") if hidden else _tied(signed, kept)
        return f"sometimes stable{over}" if hidden else f"stable on a tie{over}"
    if signed is None or kept is None:
        found = {"always": "kept", "sometimes": "kept on a tie", "never": "broken"}.get(
            kept or "", _UNKNOWN.get(signed, "not decided")
        )
    elif signed == "never":
        found = {"always": "refused", "sometimes": "refused; kept on a tie"}.get(
            kept, "refused and broken"
        )
    elif kept == "never":
        found = "broken" if signed == "always" else "broken; signed on a tie"
    else:
        return "signed only where broken"
    return found.replace(" on a tie", " sometimes") if hidden else found


_UNKNOWN = {"never": "refused", None: "never signed"}


def _tied(signed: str | None, kept: str | None) -> str:
    """Over what sides are indifferent; over keeping it, unless said."""
    if kept == "always":
        return " (to sign)"
    return " (to sign and to keep)" if signed == "sometimes" else ""


def _ending(found: Thresholds, settled: Settled | None) -> str:
    """What the talks may end with, in a cell."""
    if settled is None:
        return "-"
    if settled.signed is None:
        return f"no game: {settled.fault}"
    if not settled.signed:
        return "sign nothing"
    names = [called(found.talks, found.talks.bundles[b].name) for b in sorted(settled.signed)]
    if len(names) > NAMES:
        return f"any of {len(names)}"
    return " or ".join(names)


def _left(axis: Axis) -> Iterator[str]:
    """What was not followed, and why."""
    for name, why in axis.left.items():
        yield f"Not followed: {name or TALKS}: {why}"
    for said, open_ in ((_OTHERS, axis.followed), (_SAMPLED, axis.sampled)):
        same: dict[str, list[str]] = {}
        for name, gaps in _intervals(open_).items():
            where = " or ".join(gap.text(axis.parameter) for gap in gaps)
            same.setdefault(where, []).append(name or TALKS)
        for where, names in same.items():
            yield f"{said}: {listed(names)} where {where}."


def _intervals(open_: Mapping[str, Sequence[Interval]]) -> dict[str, list[Interval]]:
    """Those that are more than a value, by bundle."""
    found = {name: [gap for gap in gaps if not gap.is_point] for name, gaps in open_.items()}
    return {name: gaps for name, gaps in found.items() if gaps}


def _wide(axis: Axis) -> dict[str, list[Interval]]:
    """Whole intervals of which something is not proved of all equilibria, by bundle."""
    return _intervals(axis.unproved)


def _equilibria(found: Thresholds, axis: Axis, all: bool) -> Iterator[RenderableType]:
    """What the equilibria do that are followed where there may be others."""
    from rich.text import Text

    told = 0
    by_hand = found.round is None  # then all bundles are judged in the talks as written
    for name in ("",) if by_hand else _wide(axis):
        rows = [
            row
            for followed in axis.equilibria.get(name, ())
            for row in followed_rows(followed, lambda bundle: called(found.talks, bundle))
        ]
        if not rows or (told and told + len(rows) > EQUILIBRIA and not all):
            continue
        yield Text(f"Equilibria followed: {name or TALKS}, along {axis.parameter}")
        yield plain_table(COLUMNS, rows if all else rows[:EQUILIBRIA])
        told += len(rows)
    if told:
        yield Text(_FOLLOWED if all else f"{_FOLLOWED} --all shows every one, --json the formulas.")


# ── all parameters ─────────────────────────────────────────────────────────────────────────────


def _summary(found: Thresholds, name: str) -> Iterator[RenderableType]:
    from rich.text import Text

    moved = [axis for axis in found.axes if axis.thresholds]
    if moved:
        columns: list[tuple[str, Kind]] = [
            ("parameter", "text"), ("now", "text"), ("range", "word"), ("values", "number"),
            ("next below", "text"), ("next above", "text"),
        ]  # fmt: skip
        yield plain_table(columns, [_summed(found, axis) for axis in moved])
        open_ = any(_wide(axis) or axis.left for axis in found.axes)
        but = ", but for what is not proved" if open_ else ""
        yield Text(
            "Values: how many there are at which a verdict, or what the talks may end with, "
            f"changes; between two of them nothing does{but}."
        )
    still = [
        axis.parameter
        for axis in found.axes
        if not axis.thresholds and not axis.left and not _wide(axis)
    ]
    if still:
        yield Text(f"Nothing changes anywhere in the range of {listed(still, 'or')}.")
    if found.without_range:
        yield Text(f"Not followed, having no range: {listed(found.without_range)}.")
    for axis in found.axes:
        if axis.left or _wide(axis):
            yield Text(f"Not proved in full along {axis.parameter}: name it to see where.")
    if moved:
        yield Text(f"Each value: detente thresholds {name} {moved[0].parameter}")


def _summed(found: Thresholds, axis: Axis) -> list[str]:
    low, high = axis.within.low, axis.within.high
    assert low is not None
    assert high is not None
    return [
        axis.parameter, f"{plain(axis.value)} {axis.unit}".rstrip(),
        f"{place_text(low)} to {place_text(high)}",
        str(len(axis.thresholds)),
        *(_next(found, axis.nearest(above), above, axis.value) for above in (False, True)),
    ]  # fmt: skip


def _next(found: Thresholds, threshold: Threshold | None, above: bool, value: Fraction) -> str:
    """What changes first on that side, in a cell; `value` is that of now."""
    if threshold is None:
        return "-"
    said = [
        f"{called(found.talks, change.bundle)}: {word(_far(change, above), found.hidden)}"
        for change in threshold.changes
    ]
    if threshold.turn is not None:
        turn = threshold.turn
        side = (turn.above or turn.at) if above else (turn.below or turn.at)
        said.append(f"the talks: {_ending(found, side)}")
    more = f" and {len(said) - 1} more" if len(said) > 1 else ""
    now = " (now)" if threshold.place == value else ""
    return f"{place_text(threshold.place)}{now}: {said[0]}{more}"


def _far(change: Change, above: bool) -> Standing:
    """The verdict beyond, seen from the parameter's value; at it where that is all that differs."""
    beyond = change.above if above else change.below
    return change.at if beyond is None or not change.lasting else beyond


def thresholds_html(found: Thresholds) -> str:
    """The thresholds as a table to stand in a page."""
    from detente.notebook import table_html

    heads = ["parameter", *(heading for heading, _ in _COLUMNS[:-1])]
    rows: list[Sequence[str]] = [
        [axis.parameter, *cells[:-1]]
        for axis in found.axes
        for threshold in axis.thresholds
        for cells in _plain_rows(found, threshold)
    ]
    return table_html(f"{found.title}: thresholds", heads, rows)


def _plain_rows(found: Thresholds, threshold: Threshold) -> Iterator[list[str]]:
    value = place_text(threshold.place)
    for change in threshold.changes:
        words = [word(side, found.hidden) for side in (change.below, change.at, change.above)]
        yield [value, called(found.talks, change.bundle), *words, ""]
