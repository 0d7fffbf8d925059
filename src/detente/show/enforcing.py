"""What would make bundles enforce themselves: a table, the story of one, and plain data."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from detente.show.numbers import number, plain_data
from detente.show.paper import console, print_parts, wrapped
from detente.stability.enforcement import telling
from detente.stability.enforcement.instalments import Giver, Instalments
from detente.stability.enforcement.ladder import Ladder, Obstacle
from detente.stability.enforcement.one_shot import Breach, OneShot
from detente.stability.enforcement.renewed import Keeper, Renewed
from detente.stability.enforcement.repeated import Lengths, Stage
from detente.stability.enforcement.report import Enforced, Enforcement
from detente.stability.enforcement.stages import Patience
from detente.stability.following.union import Union
from detente.stability.words import counted, listed, plain

if TYPE_CHECKING:
    from rich.console import RenderableType

NAME = 22
"""Columns that the name of a bundle gets, where there are so many."""
WIDEST = 18
NARROWEST = 8
"""Columns that any other cell gets at most, and is left with where there are few."""
STEPS = 12
"""Steps of an endless schedule in the JSON."""
SHORT = 3
"""Bundles up to which each is told in sentences."""


def print_enforcement(report: Enforcement, name: str = "FILE", asked: bool = False) -> None:
    """Print the table, or the story of each where only a few are asked about.

    `name` : how the file is called in the line that says how to read on
    `asked` : whether bundles were named
    """
    out = console()
    if asked and len(report) <= SHORT:
        print_parts(out, _stories(report, out.width))
    else:
        print_parts(out, _table(report, name, out.width))


def _stories(report: Enforcement, width: int) -> Iterator[RenderableType]:
    from rich.text import Text

    if report.reason:
        yield Text(f"Stopped early: {report.reason}", style="bold")
    for entry in report:
        yield Text(f"{report.title}: {entry.bundle}", style="bold")
        for section in telling.story(entry, report):
            yield Text("")
            yield Text(section.title, style="bold")
            yield from (Text(wrapped(line, width)) for line in section.lines)


def _table(report: Enforcement, name: str, width: int) -> Iterator[RenderableType]:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    yield Text(report.title, style="bold")
    if report.reason:
        yield Text(f"Stopped early: {report.reason}", style="bold")
    if not report.bundles:
        return
    yield from (Text(line) for line in _heading(report))
    table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    headings = telling.headings(telling.voice_of(report).unit)
    rows = [telling.cells(entry) for entry in report]
    for heading, widest in zip(headings, _widths([headings, *rows], width), strict=True):
        table.add_column(heading, width=widest, overflow="fold")
    for row in rows:
        table.add_row(*row)
    yield table
    yield from (Text(line) for line in _footing(report))
    yield Text(f'Why, and in instalments: detente enforce {name} "{report[-1].bundle}"')


def _widths(rows: Sequence[Sequence[str]], width: int) -> list[int]:
    """Of each column: as wide as its cells, up to a limit; the name has what is left."""
    found = [max(map(len, column)) for column in zip(*rows, strict=True)]
    others = [min(each, WIDEST) for each in found[1:]]
    gaps = 2 * len(found)
    while gaps + NAME + sum(others) > width and max(others) > NARROWEST:
        others[others.index(max(others))] -= 1
    return [max(min(found[0], width - gaps - sum(others)), NARROWEST), *others]


def _heading(report: Enforcement) -> Iterator[str]:
    count = len(report.bundles)
    unit = telling.voice_of(report).unit
    renewed = [entry.renewed for entry in report if entry.renewed is not None]
    holding = sum(1 for found in renewed if found.holds)
    yield (
        f"{count} bundle{'s' * (count != 1)}: {holding} would be kept {unit} after {unit}, an "
        f"alarm ending the deal {_until(report, unit)}."
    )
    missing = [entry.notes.get("renewed", "") for entry in report if entry.renewed is None]
    if missing:
        are = f"{len(missing)} {'is' if len(missing) == 1 else 'are'}"
        yield f"Renewed {unit} after {unit}, {are} not looked at: {missing[0]}"
    kept = [e for e in report if e.one_shot is not None and all(map(telling.keeps, e.one_shot))]
    if any(entry.one_shot is not None for entry in report):
        yield f"{len(kept)} {'is' if len(kept) == 1 else 'are'} kept once, as the file has it."
    else:
        notes = {entry.notes.get("one_shot", "") for entry in report}
        yield from (f"Single breaches are not looked at: {note}" for note in sorted(notes) if note)
    yield from _patience(renewed)


def _patience(renewed: Iterable[Renewed]) -> Iterator[str]:
    """Each side's patience; those that are alike together."""
    alike: dict[Patience, dict[str, None]] = {}
    for keeper in (keeper for found in renewed for keeper in found.keepers):
        alike.setdefault(keeper.patience, {})[keeper.side] = None
    for known, sides in alike.items():
        said = "not known" if known.factor is None else plain(known.factor)
        yield f"Patience of {listed(list(sides))}: {said} ({known.source})."


def _until(report: Enforcement, unit: str) -> str:
    if report.length is None:
        return "for ever"
    return f"for {counted(report.length)} {unit}{'s' * (report.length != 1)}"


def _footing(report: Enforcement) -> Iterator[str]:
    unit = telling.voice_of(report).unit
    yield f"Once and each {unit}: whether it is kept, or by whom it is broken."
    yield (
        f"Each {unit}: the patience d (what a {unit} later counts for), q (how likely a breach is "
        "seen) and a (how likely a false alarm) at which nobody cheats, each alone and the same "
        f"for all sides; how many {unit}s a punishment must last."
    )


# ── JSON ───────────────────────────────────────────────────────────────────────────────────────


def enforcement_data(report: Enforcement) -> dict[str, Any]:
    """What `detente enforce --json` prints, without the version."""
    data: dict[str, Any] = {
        "game": {
            "title": report.title,
            "players": list(report.players),
            "parties": list(report.parties),
        },
        "unit": report.wording.unit or None,
        "period": {"years": None if report.anew else number(report.period), "anew": report.anew},
        "punishment": report.length,
        "stopped": report.stopped,
        "bundles": [_entry(entry) for entry in report],
    }
    if report.reason:
        data["reason"] = report.reason
    return data


def _entry(entry: Enforced) -> dict[str, Any]:
    return {
        "name": entry.bundle,
        "terms": dict(entry.terms),
        "one_shot": None if entry.one_shot is None else [_shot(shot) for shot in entry.one_shot],
        "renewed": None if entry.renewed is None else _renewed(entry.renewed),
        "ladder": None if entry.ladder is None else _ladder(entry.ladder),
        "shares": None if entry.shares is None else {
            **_plan(entry.shares.plan), "patience": _union(entry.shares.needed),
        },
        "notes": dict(entry.notes),
    }  # fmt: skip


def _union(values: Union) -> Any:
    return plain_data(values.data())


def _sets(sets: Mapping[str, Union]) -> dict[str, Any]:
    return {quantity: _union(values) for quantity, values in sets.items()}


def _shot(shot: OneShot) -> dict[str, Any]:
    return {
        "side": shot.side,
        "kept": telling.keeps(shot),
        "breaches": [_breach(breach) for breach in shot.breaches],
        "sets": _sets(shot.sets),
        "own": _sets(shot.own),
        "surely": _sets(shot.surely),
        "notes": dict(shot.notes),
    }


def _breach(breach: Breach) -> dict[str, Any]:
    return {
        "move": breach.move,
        "name": breach.name or None,
        "after": [list(way) for way in breach.after],
        "reach": number(breach.reach),
        "complying": number(breach.complying),
        "undetected": number(breach.undetected),
        "caught": number(breach.caught),
        "detection": number(breach.detection),
        "gain": number(breach.gain),
        "cost": number(breach.cost),
        "net": number(breach.net),
    }


def _renewed(found: Renewed) -> dict[str, Any]:
    return {
        "holds": found.holds,
        "false_alarm": number(found.rule.false_alarm),
        "sets": _sets(found.sets),
        "punishment": None if found.lengths is None else _lengths(found.lengths),
        "incredible": list(found.incredible),
        "sides": [_keeper(keeper) for keeper in found.keepers],
        "reason": found.reason or None,
    }


def _lengths(lengths: Lengths) -> dict[str, Any]:
    return {
        "shortest": lengths.shortest,
        "longest": lengths.longest,
        "for_ever": lengths.for_ever,
    }


def _keeper(keeper: Keeper) -> dict[str, Any]:
    return {
        "side": keeper.side,
        "holds": keeper.holds,
        "patience": number(keeper.patience.factor),
        "source": keeper.patience.source,
        "credible": keeper.credible,
        "sets": _sets(keeper.sets),
        "punishment": None if keeper.lengths is None else _lengths(keeper.lengths),
        "stages": [_stage(stage) for stage in keeper.stages],
    }


def _stage(stage: Stage) -> dict[str, Any]:
    return {
        "case": stage.case or None,
        "reward": number(stage.reward),
        "punishment": number(stage.punishment),
        "lone": number(stage.lone),
        "ending": number(stage.ending),
        "temptations": [
            {
                "moves": list(temptation.moves),
                "gain": number(temptation.gain),
                "detected": number(temptation.detected),
                "costs": number(temptation.costs),
            }
            for temptation in stage.temptations
        ],
    }


def _ladder(ladder: Ladder) -> dict[str, Any]:
    return {
        "complete": ladder.complete,
        "at_once": ladder.at_once,
        "length": len(ladder.path),
        "path": list(ladder.path),
        "undone": {
            term: {"reached": got, "asked": asked} for term, (got, asked) in ladder.undone.items()
        },
        "obstacles": [_obstacle(obstacle) for obstacle in ladder.obstacles],
        "examined": ladder.examined,
    }


def _obstacle(obstacle: Obstacle) -> dict[str, Any]:
    return {
        "before": obstacle.before,
        "after": obstacle.after,
        "side": obstacle.side,
        "moves": list(obstacle.moves),
        "lacking": number(obstacle.lacking),
    }


def _plan(plan: Instalments) -> dict[str, Any]:
    sides = (plan.first, plan.second)
    return {
        "exists": plan.exists,
        "steps": plan.steps,
        "endless": plan.steps is None,
        "ratio": number(plan.ratio),
        "reached": {s.name: number(r) for s, r in zip(sides, plan.reached, strict=True)},
        "undone": {s.name: number(r) for s, r in zip(sides, plan.undone, strict=True)},
        "sides": [_giver(side) for side in sides],
        "schedule": [
            {s.name: number(x) for s, x in zip(sides, step, strict=True)}
            for step in plan.schedule(STEPS if plan.steps is None else plan.steps)
        ],
        "reason": plan.reason,
    }


def _giver(side: Giver) -> dict[str, Any]:
    return {
        "side": side.name,
        "cost": number(side.cost),
        "worth": number(side.worth),
        "patience": number(side.patience),
        "lasts": side.lasts,
    }
