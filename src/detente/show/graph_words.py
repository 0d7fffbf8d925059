"""What is said of a conflict graph in sentences: one state, the ways to others, views, changes."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from detente.errors import NotSupported
from detente.show.graph import FEW, MANY, short, shown_states
from detente.stability.graph.analysis import SIM, GraphAnalysis
from detente.stability.graph.from_summit import SummitConflict
from detente.stability.graph.judging import Findings
from detente.stability.graph.rules import CONCEPTS
from detente.stability.graph.telling import state_named, told
from detente.stability.words import listed, plain

if TYPE_CHECKING:
    from detente.conflict.conflict import Conflict, Sides
    from detente.stability.graph.sought import Sought
    from detente.stability.graph.verdict import Verdict

ANSWERS = 4
"""Improvements whose answers a verdict names."""


# ── one state ──────────────────────────────────────────────────────────────────────────────────


def state_lines(findings: Findings, state: int) -> Iterator[str]:
    """Every verdict on one state, with its witness in words."""
    conflict, analysis = findings.conflict, findings.analysis
    yield f"{_capital(state_named(conflict, state))}{_within(conflict, state)}"
    for side, name in enumerate(conflict.sides):
        yield f"{name}:"
        verdicts = [_verdict(analysis, key, side, state) for key in findings.stable]
        yield from _grouped([v for v in verdicts if v is not None])
        for key in findings.stable:
            if key not in CONCEPTS and key != SIM:
                yield f"  {short(key)}: {'stable' if findings.stable[key][side, state] else 'not'}"
    leaving: dict[Sides, list[Verdict]] = {}
    for key, by in findings.coalitional.items():
        for who, stable in by.items():
            if len(who) > 1 and not stable[state]:
                verdict = analysis.coalition_verdict(key, who, state)
                leaving.setdefault(who, []).append(replace(verdict, concept=short(key)))
    for who, broken in leaving.items():
        yield f"{listed(conflict.who(who))} together:"
        yield from _grouped(broken)


def _within(conflict: Conflict, state: int) -> str:
    text = "" if isinstance(conflict, SummitConflict) else conflict.described(state)
    return f" ({text}):" if text else ":"


def _verdict(analysis: GraphAnalysis, key: str, side: int, state: int) -> Verdict | None:
    if key not in CONCEPTS and key != SIM:
        return None
    return analysis.verdict(key, side, state)


def _grouped(verdicts: Sequence[Verdict]) -> Iterator[str]:
    """Verdicts with one witness are told together."""
    told_so: dict[str, list[str]] = {}
    for verdict in verdicts:
        strength = f" ({verdict.strength})" if verdict.strength else ""
        word = "stable" if verdict.stable else "not stable"
        told_so.setdefault(f"{word}: {brief(verdict)}", []).append(f"{verdict.concept}{strength}")
    for text, names in told_so.items():
        yield f"  {listed(names)}: {text}."


def brief(verdict: Verdict, most: int = ANSWERS) -> str:
    """Why, with at most so many improvements and their answers."""
    if len(verdict.answers) <= most:
        return verdict.why
    rest = len(verdict.answers) - most
    first = replace(verdict, answers=verdict.answers[:most]).why
    return f"{first}; and so are {rest} more improvements answered"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


# ── ways, views, changes ───────────────────────────────────────────────────────────────────────


def few_ways(findings: Findings) -> bool:
    """Whether there are so few equilibria that the ways to them are told unasked."""
    return 0 < len(shown_states(findings, all=False)) <= FEW


def way_lines(findings: Findings, start: int) -> Iterator[str]:
    """How the conflict gets from a state to each equilibrium, in whose moves."""
    from detente.stability.graph.status_quo import ways_from

    conflict = findings.conflict
    yield f"The ways from {state_named(conflict, start)} to the equilibria:"
    better = ways_from(conflict, start, improving=True)
    anyhow = ways_from(conflict, start)
    ways, unreached = [], []
    for end in shown_states(findings, all=False):
        if not findings.held(end) or end == start:
            continue
        path, how = better.path(end), ""
        if path is None:
            path, how = anyhow.path(end), " (not by improvements alone)"
        if path is None:
            unreached.append(conflict.states[end])
        else:
            ways.append((bool(how), len(path), f"{told(conflict, path)}{how}."))
    for _, count, text in sorted(ways, key=lambda way: way[:2]):
        yield f"  {count} move{'s' * (count > 1)}: {text}"
    if findings.held(start):
        yield f"  It is an equilibrium itself: {listed([short(k) for k in findings.held(start)])}."
    if unreached:
        yield f"  No way leads to {listed(unreached)}."


def view_lines(findings: Findings) -> Iterator[str]:
    """What each side sees, and what would surprise it, where sides see the conflict differently."""
    views = findings.analysis.misperception
    if views is None:
        return
    yield "Sides see this conflict differently:"
    for key in findings.stable:
        seen = views.seen(key)
        if isinstance(seen, NotSupported):
            yield f"  {short(key)} is not asked of these views: {seen.message}"
            continue
        for side, states in seen.by.items():
            own = "" if side in views.views else " (as it is)"
            yield f"  {short(key)} as {side} sees it{own}: {_names(states)}."
        yield f"  {short(key)} by each side's own view: {_names(seen.outside)}."
        if seen.surprises:
            yield f"    of which would not hold if all saw what is so: {_names(seen.surprises)}."


def _names(states: Sequence[str]) -> str:
    if len(states) > MANY:
        return f"{', '.join(states[:MANY])} and {len(states) - MANY:,} more"
    return listed(states) if states else "none"


def change_lines(findings: Findings, sought: Sought, most: int = 3) -> Iterator[str]:
    """Which changes of preference would make a state stable, side by side, fewest first."""
    conflict, state = findings.conflict, sought.state
    here = state_named(conflict, state)
    yield f"What would have to change for {here} to be an equilibrium:"
    for key in findings.stable:
        for side, name in enumerate(conflict.sides):
            if findings.stable[key][side, state]:
                continue
            if (key, side) in sought.refused:
                yield f"  {short(key)}, {name}: {sought.refused[key, side]}"
                continue
            for k, one in enumerate(sought.changes.get((key, side), ())[:most]):
                told_so = _change(conflict, side, state, one.lowered)
                if k:
                    yield f"    Or, with {_pairs(one.pairs)}: {told_so}"
                else:
                    yield f"  {short(key)}, {name}: {told_so}"
                    yield f"    {_pairs(one.pairs)} of states ranked otherwise than now."
        if key in CONCEPTS and findings.equilibrium(key)[state]:
            yield f"  {short(key)}: it is one already."
    if sought.reason:
        yield f"Stopped early: {sought.reason}"


def _pairs(count: int) -> str:
    return f"{count} pair{'s' * (count != 1)}"


def _change(conflict: Conflict, side: int, state: int, lowered: Sequence[int]) -> str:
    """Which states the side must no longer prefer, and by how much it does now."""
    parts = []
    for one in lowered:
        gap = ""
        if isinstance(conflict, SummitConflict):
            more = plain(conflict.gain(side, state, one))
            unit = f" {conflict.unit}" if conflict.unit else ""
            gap = f" (now {more}{unit} better)"
        parts.append(f"{state_named(conflict, one)}{gap}")
    verb = "is no longer" if len(parts) == 1 else "are no longer"
    return f"{_capital(listed(parts))} {verb} better for it than {state_named(conflict, state)}."


def wrapped(line: str, width: int) -> str:
    """A line with its indent kept, broken at the width."""
    text = line.lstrip(" ")
    indent = " " * (len(line) - len(text))
    return textwrap.fill(
        text, width, initial_indent=indent, subsequent_indent=f"{indent}    ",
        break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip
