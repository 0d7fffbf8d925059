"""A conflict graph as plain data for JSON: exact numbers as strings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from detente.errors import NotSupported
from detente.show.numbers import number
from detente.stability.graph.analysis import SIM, places_of
from detente.stability.graph.from_summit import SummitConflict
from detente.stability.graph.rules import CONCEPTS

if TYPE_CHECKING:
    from detente.conflict.conflict import Conflict
    from detente.conflict.moves import Bools
    from detente.stability.graph.judging import Findings
    from detente.stability.graph.misperception import Seen
    from detente.stability.graph.search import Step
    from detente.stability.graph.sought import Sought
    from detente.stability.graph.verdict import Verdict


def graph_data(
    findings: Findings, state: int | None = None, start: int | None = None,
    inverse: Sought | None = None,
) -> dict[str, Any]:  # fmt: skip
    """What `detente graph --json` prints, without the version.

    `state` : whose verdicts are given with their witnesses
    `start` : from where ways are given to each equilibrium
    `inverse` : which changes of preference were found for a state
    """
    conflict = findings.conflict
    data: dict[str, Any] = {
        "game": {
            "title": conflict.title,
            "players": list(conflict.sides),
            "parties": list(_parties(conflict)),
        },
        "stopped": findings.stopped,
        "unit": _unit(conflict),
        "rules": list(conflict.rules) if isinstance(conflict, SummitConflict) else [],
        "moves": [
            {"by": list(conflict.who(mover.sides)), "count": len(mover.moves)}
            for mover in conflict.movers
        ],
        "states": _states(conflict),
        "concepts": {key: _concept(findings, key) for key in findings.stable},
        "coalitions": {key: _coalitions(findings, key) for key in findings.coalitional},
        "refused": dict(findings.refused),
        "way_of_unknown": findings.analysis.way,
    }
    if findings.reason:
        data["reason"] = findings.reason
    if findings.conflict.views:
        data["views"] = _views(findings)
    if state is not None:
        data["state"] = _verdicts(findings, state)
    if start is not None:
        data["from"] = _ways(findings, start)
    if inverse is not None:
        data["inverse"] = _changes(conflict, inverse)
        if inverse.reason and not findings.reason:
            data |= {"stopped": inverse.stopped, "reason": inverse.reason}
    return data


def _parties(conflict: Conflict) -> Sequence[str]:
    return conflict.parties if isinstance(conflict, SummitConflict) else conflict.sides


def _unit(conflict: Conflict) -> str | None:
    return conflict.unit or None if isinstance(conflict, SummitConflict) else None


def _states(conflict: Conflict) -> list[dict[str, Any]]:
    """Name, what it is, its place in each side's ranking (1 is best) and what it brings."""
    places = places_of(conflict).T.tolist()
    found = []
    for state, (name, row) in enumerate(zip(conflict.states, places, strict=True)):
        one: dict[str, Any] = {"name": name, "place": dict(zip(conflict.sides, row, strict=True))}
        if isinstance(conflict, SummitConflict):
            one["values"] = {
                party: number(value)
                for party, value in zip(conflict.parties, conflict.value[state], strict=True)
            }
        elif described := conflict.described(state):
            one["description"] = described
        found.append(one)
    return found


def _names(conflict: Conflict, found: Bools) -> list[str]:
    return [conflict.states[i] for i in np.flatnonzero(found).tolist()]


def _concept(findings: Findings, key: str) -> dict[str, Any]:
    conflict = findings.conflict
    data: dict[str, Any] = {
        "equilibria": _names(conflict, findings.equilibrium(key)),
        "stable": {
            side: _names(conflict, row)
            for side, row in zip(conflict.sides, findings.stable[key], strict=True)
        },
    }
    if key in findings.strong:
        strong = findings.strong[key]
        data["strong_equilibria"] = _names(conflict, np.asarray(strong.all(axis=0)))
        data["strong"] = {
            side: _names(conflict, row) for side, row in zip(conflict.sides, strong, strict=True)
        }
    return data


def _coalitions(findings: Findings, key: str) -> dict[str, Any]:
    conflict = findings.conflict
    return {
        "equilibria": _names(conflict, findings.against_all(key)),
        "stable": [
            {"coalition": list(conflict.who(who)), "states": _names(conflict, stable)}
            for who, stable in findings.coalitional[key].items()
        ],
    }


def _verdicts(findings: Findings, state: int) -> dict[str, Any]:
    """Every verdict on a state with its witness, of single sides and of coalitions that leave."""
    conflict, analysis = findings.conflict, findings.analysis
    told = [key for key in findings.stable if key in CONCEPTS or key == SIM]
    return {
        "name": conflict.states[state],
        "verdicts": [
            _verdict(analysis.verdict(key, side, state))
            for key in told for side in range(conflict.num_sides)
        ],
        "coalitions": [
            _verdict(analysis.coalition_verdict(key, who, state))
            for key, by in findings.coalitional.items() for who in by
        ],
    }  # fmt: skip


def _verdict(verdict: Verdict) -> dict[str, Any]:
    conflict = verdict.conflict
    return {
        "concept": verdict.concept,
        "sides": list(verdict.sides),
        "stable": verdict.stable,
        "strength": verdict.strength,
        "breach": steps_data(conflict, verdict.breach),
        "answers": [
            {
                "improvement": steps_data(conflict, answer.improvement),
                "sanction": steps_data(conflict, answer.sanction),
            }
            for answer in verdict.answers
        ],
        "text": str(verdict),
    }


def steps_data(conflict: Conflict, steps: Sequence[Step]) -> list[dict[str, Any]]:
    """Moves one after the other: who, from which state, to which."""
    return [
        {
            "by": list(conflict.who(step.sides)),
            "from": conflict.states[step.source],
            "to": conflict.states[step.target],
        }
        for step in steps
    ]


def _ways(findings: Findings, start: int) -> dict[str, Any]:
    """From a state to each equilibrium: the shortest way, and that by improvements only."""
    from detente.stability.graph.status_quo import ways_from

    conflict = findings.conflict
    anyhow, better = (ways_from(conflict, start, improving) for improving in (False, True))
    held = [s for s in range(conflict.num_states) if findings.held(s)]
    paths = []
    for end in held:
        one, other = anyhow.path(end), better.path(end)
        paths.append({
            "to": conflict.states[end],
            "concepts": list(findings.held(end)),
            "way": None if one is None else steps_data(conflict, one),
            "by_improvements": None if other is None else steps_data(conflict, other),
        })  # fmt: skip
    return {"state": conflict.states[start], "ways": paths}


def _views(findings: Findings) -> dict[str, Any]:
    views = findings.analysis.misperception
    assert views is not None
    return {key: _seen(views.seen(key)) for key in findings.stable}


def _seen(seen: Seen | NotSupported) -> dict[str, Any]:
    if isinstance(seen, NotSupported):
        return {"refused": seen.message}
    return {
        "seen_by": {side: list(states) for side, states in seen.by.items()},
        "held": list(seen.outside),
        "surprises": list(seen.surprises),
    }


def _changes(conflict: Conflict, sought: Sought) -> dict[str, Any]:
    return {
        "state": conflict.states[sought.state],
        "changes": [
            {
                "concept": key,
                "side": conflict.sides[side],
                "lowered": [conflict.states[s] for s in change.lowered],
                "pairs": change.pairs,
            }
            for (key, side), found in sought.changes.items() for change in found
        ],
        "refused": [
            {"concept": key, "side": conflict.sides[side], "reason": reason}
            for (key, side), reason in sought.refused.items()
        ],
    }  # fmt: skip
