"""Conflicts that the sides see differently: analysed from each view and from outside.

Wang, Hipel and Fraser 1988, Modeling misperceptions in hypergames; Aljefri, Bashar, Fang and
Hipel 2018, First-level hypergame for investigating misperception in conflicts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from detente.conflict.conflict import Conflict
from detente.conflict.moves import Bools
from detente.errors import GameError, NotSupported
from detente.stability.graph.analysis import GraphAnalysis
from detente.stability.graph.rules import Way


@dataclass(frozen=True)
class Seen:
    """What of one concept the sides see: names of states.

    `by` : each side's name → the equilibria as it sees them
    `outside`, `surprises` : as of `Misperception`
    """

    by: Mapping[str, tuple[str, ...]]
    outside: tuple[str, ...]
    surprises: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Misperception:
    """What is so, and what each side takes it to be.

    `actual` : the conflict as an outsider knows it
    `views` : the conflict as each side sees it; a side that is not named sees what is so. States
        are the same where their names are; a view may lack states, and have ones that are not so.

    Raises GameError where a view is of a side that is not there, or lacks a side.

    >>> row, both = {"A": [(0, 1)]}, [[1, 2]]
    >>> seen = Misperception(Conflict.of(row, both), {"A": Conflict.of(row, [[2, 1]])})
    >>> seen.outside("nash"), seen.surprises("nash")
    (('1', '2'), ('1',))
    """

    actual: Conflict
    views: Mapping[str, Conflict]
    way: Way = "a"

    def __post_init__(self) -> None:
        for name, view in self.views.items():
            self.actual.side(name)
            if view.sides != self.actual.sides:
                raise GameError(
                    f"the view of '{name}' has the sides {', '.join(view.sides)}; the conflict has "
                    f"{', '.join(self.actual.sides)}. Give every view the same sides in order."
                )

    @cached_property
    def analyses(self) -> dict[str, GraphAnalysis]:
        """The analysis of each side's view, by the side's name."""
        return {
            name: GraphAnalysis(self.views.get(name, self.actual), self.way)
            for name in self.actual.sides
        }

    def seen(self, concept: str) -> Seen | NotSupported:
        """All that is asked of a concept, or why it is not defined in some side's view."""
        try:
            by = {side: self.seen_by(side, concept) for side in self.actual.sides}
            return Seen(by, self.outside(concept), self.surprises(concept))
        except NotSupported as error:
            return error

    def seen_by(self, side: str, concept: str) -> tuple[str, ...]:
        """The equilibria as one side sees them."""
        self.actual.side(side)
        return self.analyses[side].equilibria(concept)

    def in_view(self) -> Bools:
        """Which of the actual states each side knows of; bool (num_sides, num_states)."""
        return np.array([
            [state in known for state in self.actual.states]
            for known in (set(one.conflict.states) for one in self.analyses.values())
        ])  # fmt: skip

    def held(self, concept: str) -> Bools:
        """Which actual states each side stays in by its own view; bool (num_sides, num_states).

        A side that does not know of a state has no reasons there, so it is not counted as staying.
        """
        found = np.zeros((self.actual.num_sides, self.actual.num_states), dtype=bool)
        for side, analysis in enumerate(self.analyses.values()):
            own = analysis.stable(concept)[side]
            number = {name: i for i, name in enumerate(analysis.conflict.states)}
            for state, name in enumerate(self.actual.states):
                found[side, state] = name in number and bool(own[number[name]])
        return found

    def outside(self, concept: str) -> tuple[str, ...]:
        """The states in which every side stays by its own view, as an outsider foresees."""
        held = self.held(concept).all(axis=0)
        return tuple(self.actual.states[i] for i in np.flatnonzero(held).tolist())

    def surprises(self, concept: str) -> tuple[str, ...]:
        """Of those, the ones that would not hold if every side saw what is so."""
        real = set(GraphAnalysis(self.actual, self.way).equilibria(concept))
        return tuple(name for name in self.outside(concept) if name not in real)
