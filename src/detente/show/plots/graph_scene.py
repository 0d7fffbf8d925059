"""What a picture of a conflict graph shows: states, equilibria, moves, and the ways to them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from detente.errors import DetenteError, NotSupported
from detente.show.plots.graph_layout import Line, chosen_states, lines_between

if TYPE_CHECKING:
    from detente.conflict.conflict import Conflict
    from detente.stability.graph.analysis import GraphAnalysis
    from detente.stability.graph.search import Step
    from detente.stability.graph.status_quo import Ways

CONCEPTS = ("nash", "gmr", "smr", "seq")
STRICTEST = ("nash", "sseq", "seq", "smr", "gmr")
"""The concepts, those that ask most of an equilibrium first; others come after them."""
MOST_WAYS = 6
"""Equilibria to which the way is drawn."""


@dataclass(frozen=True)
class Asked:
    """The arguments of `graph`."""

    start: int | str | None
    to: int | str | None
    states: Sequence[int | str] | None
    concepts: Sequence[str] | None
    any_moves: bool
    title: str | None
    most: int


@dataclass(frozen=True)
class Scene:
    """What the picture shows of a conflict.

    `held` : concept → bool (num_states,), what is an equilibrium
    `ways` : from the status quo; None where that is not known
    `paths` : state → the moves that lead to it
    `improving` : whether every step of the paths improves its mover
    `named` : whether the user named the states to show
    `to` : the state that the user asked the way to
    `fresh` : how many of those shown are neither equilibria nor on the way
    """

    conflict: Conflict
    title: str
    held: dict[str, Any]
    shown: list[int]
    ways: Ways | None
    paths: dict[int, tuple[Step, ...]]
    improving: bool
    lines: list[Line]
    thinned: int
    on_way: dict[tuple[int, int, int], int] = field(default_factory=dict)
    named: bool = False
    to: int | None = None
    fresh: int = 0


def analysis_of(given: Any) -> GraphAnalysis:
    """The analysis of a conflict or a summit, or the one that is given."""
    from detente.conflict.conflict import Conflict
    from detente.stability.graph.analysis import GraphAnalysis
    from detente.stability.graph.judging import graph as judged

    if isinstance(given, GraphAnalysis):
        return given
    if isinstance(given, Conflict) or hasattr(given, "plan"):
        return judged(given)
    raise NotSupported(
        f"a conflict graph is drawn of a summit or a conflict; found {type(given).__name__}. Load "
        "a summit file (.yaml) with terms, or a conflict (.gmcr, .yaml)."
    )


def scene_of(analysis: GraphAnalysis, asked: Asked) -> Scene:
    """What the picture shows of what was asked for."""
    conflict = analysis.conflict
    held = {key: analysis.equilibrium(key) for key in dict.fromkeys(asked.concepts or CONCEPTS)}
    here = conflict.status_quo if asked.start is None else conflict.state(asked.start)
    if asked.to is not None and here is None:
        raise DetenteError(
            "the way to a state begins somewhere, and this conflict names no status quo. Say "
            "from which state."
        )
    goals = goals_of(held) if asked.to is None else [conflict.state(asked.to)]
    ways, improving = _ways(conflict, here, goals, asked.any_moves)
    nearest = goals if ways is None else sorted(goals, key=lambda s: _far(ways, s))
    nearest = nearest[:MOST_WAYS]
    named = None if asked.states is None else [conflict.state(s) for s in asked.states]
    first = nearest + _ranked(held, ways) if named is None else named
    kept = chosen_states(conflict, first, ways, asked.most, named is not None)
    shown = kept if named is not None else _with_neighbours(conflict, kept, asked.most)
    among = set(shown)
    paths = {
        state: path for state in nearest
        if ways is not None and (path := ways.path(state))
        and all(step.target in among for step in path)
    }
    on_way = _on_way(conflict, paths)
    lines, thinned = lines_between(conflict, shown, on_way)
    title = asked.title or conflict.title or "(untitled conflict)"
    to = None if asked.to is None else goals[0]
    return Scene(
        conflict, title, held, shown, ways, paths, improving, lines, thinned, on_way,
        named is not None, to, len(shown) - len(kept),
    )  # fmt: skip


def _ranked(held: dict[str, Any], ways: Ways | None) -> list[int]:
    """The states that are equilibria: the strictest concept first, then the nearest ones."""
    found: dict[int, None] = {}
    for key in strictest(held):
        states = np.flatnonzero(held[key]).tolist()
        if ways is not None:
            states.sort(key=lambda state: _far(ways, state))
        found.update(dict.fromkeys(states))
    return list(found)


def strictest(held: Iterable[str]) -> list[str]:
    """The concepts, the strictest first.

    >>> strictest(["gmr", "l3", "nash", "seq"])
    ['nash', 'seq', 'gmr', 'l3']
    """
    place = {key: i for i, key in enumerate(STRICTEST)}
    return sorted(held, key=lambda key: place.get(key, len(place)))


def _with_neighbours(conflict: Conflict, kept: list[int], most: int) -> list[int]:
    """The states, and as many as there is room for that moves from these lead to."""
    found = dict.fromkeys(kept)
    for improving in (True, False):
        for source in list(kept):
            for k, mover in enumerate(conflict.movers):
                moves = conflict.improving(k) if improving else mover.moves
                for target in moves.after(source).tolist():
                    if len(found) >= most:
                        return sorted(found)
                    found[target] = None
    return sorted(found)


def goals_of(held: dict[str, Any]) -> list[int]:
    """The equilibria of the first concept that has any."""
    found = (np.flatnonzero(states).tolist() for states in held.values())
    return next((states for states in found if states), [])


def _ways(
    conflict: Conflict, here: int | None, goals: Sequence[int], any_moves: bool
) -> tuple[Ways | None, bool]:
    """The ways from the status quo: by improvements if these lead to some goal, else any moves."""
    from detente.stability.graph.status_quo import ways_from

    if here is None:
        return None, True
    ways = ways_from(conflict, here, improving=True)
    elsewhere = [goal for goal in goals if goal != here] or goals
    if not any_moves and any(ways.distance[goal] >= 0 for goal in elsewhere):
        return ways, True
    return ways_from(conflict, here), False


def _far(ways: Ways, state: int) -> tuple[bool, int, int]:
    distance = int(ways.distance[state])
    return distance < 0, distance, state


def _on_way(
    conflict: Conflict, paths: dict[int, tuple[Step, ...]]
) -> dict[tuple[int, int, int], int]:
    """(mover, source, target) of the moves on the ways → which step it is, from 1."""
    movers = {mover.sides: k for k, mover in enumerate(conflict.movers)}
    return {
        (movers[step.sides], step.source, step.target): number
        for path in paths.values() for number, step in enumerate(path, start=1)
    }
