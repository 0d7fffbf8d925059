"""The changes of preference that make a state stable, side by side, as far as there is time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from detente.errors import NotSupported, OutOfTime
from detente.stability.graph.inverse import Change, changes
from detente.stability.graph.judging import Findings
from detente.stability.graph.rules import CONCEPTS
from detente.stability.verdict import Stopped


@dataclass(frozen=True)
class Sought:
    """What was found for one state.

    `changes` : (concept, side) → the changes, fewest first; one that changes nothing where the
        state is stable already
    `refused` : (concept, side) → why none were looked for
    `stopped` : finished, time_limit or interrupted; `reason` says it in words
    """

    state: int
    changes: Mapping[tuple[str, int], tuple[Change, ...]] = field(default_factory=dict)
    refused: Mapping[tuple[str, int], str] = field(default_factory=dict)
    stopped: Stopped = "finished"
    reason: str = ""


def seek(findings: Findings, state: int, most: int = 5, deadline: float | None = None) -> Sought:
    """Look for changes under every concept that was asked, until the time runs out.

    Parameters
    ----------
    most : how many answers to look for, for each concept and side
    deadline : time.perf_counter at which to stop
    """
    found: dict[tuple[str, int], tuple[Change, ...]] = {}
    refused: dict[tuple[str, int], str] = {}
    conflict = findings.conflict
    asked = [(key, side) for key in findings.stable if key in CONCEPTS
             for side in range(conflict.num_sides)]  # fmt: skip
    stopped: Stopped = "finished"
    try:
        for key, side in asked:
            try:
                found[key, side] = changes(conflict, side, state, key, most, deadline)
            except NotSupported as error:
                refused[key, side] = error.message
    except (OutOfTime, KeyboardInterrupt) as error:
        stopped = "time_limit" if isinstance(error, OutOfTime) else "interrupted"
    if stopped == "finished":
        return Sought(state, found, refused)
    why = "the time limit passed" if stopped == "time_limit" else "interrupted"
    left = len(asked) - len(found) - len(refused)
    reason = f"{why} with {left} of {len(asked)} changes of preference still to be looked for."
    return Sought(state, found, refused, stopped, reason)
