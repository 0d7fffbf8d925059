"""What would hold in a conflict graph: the analysis of a summit or conflict, concept by concept."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import partial
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np

from detente.conflict.conflict import Conflict, Sides
from detente.conflict.moves import Bools
from detente.errors import NotSupported, OutOfTime
from detente.stability.graph.analysis import GraphAnalysis
from detente.stability.graph.rules import CONCEPTS, Way
from detente.stability.verdict import Stopped

if TYPE_CHECKING:
    from detente.summit.summit import Summit

USUAL = (*CONCEPTS, "sim")
"""The concepts that are asked of a conflict unless the user names some."""


def graph(
    given: Summit | Conflict,
    *,
    unknown: Way = "a",
    round: int | None = None,
    types: Mapping[str, str] | None = None,
    amend: bool | None = None,
    gifts: bool = False,
    walk_out: bool = True,
    much: Fraction | int | str | None = None,
    unsure: Fraction | int | str | None = None,
    time_limit: float | None = None,
) -> GraphAnalysis:
    """A summit or conflict as a conflict graph, to ask what is stable in it, for whom and why.

    Parameters
    ----------
    given : a summit, whose bundles become states (see `from_summit.conflict_of_summit`), or a
        conflict
    unknown : how preferences that are not known are read, a to d (see `rules.Rules`)
    round, types, amend, gifts, walk_out : of a summit only: whose values count, and which moves
        there are
    much : of a summit only: the least loss that is much worse, in the summit's unit
    unsure : of a summit only: differences up to it leave open which state a side prefers
    time_limit : seconds for reading the values off a summit

    Raises NotSupported where there is no such graph, with the reason; OutOfTime.

    >>> from detente.summit.summit import Summit
    >>> swap = Summit.read('''
    ... detente: 1
    ... title: Fish for coal
    ... sides: [North, South]
    ... terms:
    ...   fish: {by: North, levels: {none: , some: {worth: {North: -1, South: 3}}}}
    ...   coal: {by: South, levels: {none: , some: {worth: {North: 2, South: -1}}}}
    ... protocol: {kind: take-it-or-leave-it, proposer: South}
    ... ''')
    >>> analysis = graph(swap)
    >>> analysis.equilibria("nash")
    ('fish=none + coal=none', 'no agreement')
    >>> print(analysis.verdict("seq", "North", "fish=some + coal=some").why)
    if North takes back fish=some, leaving ‘coal=some’, then South takes back coal=some, leaving \
an agreement that concedes nothing, and North is 1 worse off
    """
    if isinstance(given, Conflict):
        _refuse_options(
            round=round, types=types, amend=amend, gifts=gifts or None, much=much, unsure=unsure,
            walk_out=None if walk_out else False,
        )  # fmt: skip
        return GraphAnalysis(given, unknown)
    if not hasattr(given, "plan"):
        raise NotSupported(
            f"a conflict graph is drawn of a summit or a conflict; found {type(given).__name__}. "
            "Load a summit file (.yaml) with terms, or a conflict (.gmcr, .yaml)."
        )
    from detente.game.expressions import exact
    from detente.stability.graph.from_summit import conflict_of_summit

    conflict = conflict_of_summit(
        given, round=round, types=types, amend=amend, gifts=gifts, walk_out=walk_out,
        much=None if much is None else exact(much),
        unsure=None if unsure is None else exact(unsure),
        deadline=None if time_limit is None else perf_counter() + time_limit,
    )  # fmt: skip
    return GraphAnalysis(conflict, unknown)


def _refuse_options(**given: Any) -> None:
    for name, value in given.items():
        if value is not None:
            raise NotSupported(
                f"'{name}' says how the graph of a summit is drawn; this is a conflict, which has "
                "its states, moves and preferences. Leave it out."
            )


@dataclass(frozen=True)
class Findings:
    """What was found of a conflict, as far as it was asked and there was time.

    `stable`, `strong` : concept → bool (num_sides, num_states); strong where only what is much
        worse deters
    `coalitional` : concept → every coalition → bool (num_states,)
    `refused` : concept → why it is not defined here
    `named` : the concepts that the user named
    `stopped` : finished, time_limit or interrupted; `reason` says it in words
    """

    analysis: GraphAnalysis
    stable: Mapping[str, Bools] = field(default_factory=dict)
    strong: Mapping[str, Bools] = field(default_factory=dict)
    coalitional: Mapping[str, Mapping[Sides, Bools]] = field(default_factory=dict)
    refused: Mapping[str, str] = field(default_factory=dict)
    named: tuple[str, ...] = ()
    stopped: Stopped = "finished"
    reason: str = ""

    @property
    def conflict(self) -> Conflict:
        return self.analysis.conflict

    def equilibrium(self, concept: str) -> Bools:
        """Which states are stable for every side; bool (num_states,)."""
        return np.asarray(self.stable[concept].all(axis=0))

    def against_all(self, concept: str) -> Bools:
        """Which states are stable for every coalition; bool (num_states,)."""
        return np.asarray(np.logical_and.reduce(list(self.coalitional[concept].values())))

    def held(self, state: int) -> tuple[str, ...]:
        """The concepts under which a state is an equilibrium."""
        return tuple(key for key, found in self.stable.items() if found[:, state].all())


def find(
    analysis: GraphAnalysis,
    concepts: Sequence[str] = (),
    *,
    coalitions: bool = False,
    strength: bool = False,
    deadline: float | None = None,
) -> Findings:
    """Ask a conflict graph one concept after the other; what was found is kept if time runs out.

    Parameters
    ----------
    concepts : keys as in `GraphAnalysis`; the usual ones if empty
    coalitions : ask of every coalition too
    strength : ask where answers leave the side much worse
    deadline : time.perf_counter at which to stop

    Raises NotSupported where no concept that the user named is defined for this conflict.
    """
    asked = tuple(dict.fromkeys(concepts)) or USUAL
    stable: dict[str, Bools] = {}
    strong: dict[str, Bools] = {}
    coalitional: dict[str, dict[Sides, Bools]] = {}
    refused: dict[str, str] = {}
    stopped: Stopped = "finished"
    reason = ""
    try:
        for kind, key, ask in _questions(analysis, asked, coalitions, strength, coalitional):
            if deadline is not None and perf_counter() > deadline:
                raise OutOfTime
            try:
                found = ask()
            except NotSupported as error:
                refused.setdefault(f"{kind}{key}", error.message)
            else:
                if found is not None:
                    (strong if kind == "strong " else stable)[key] = found
    except (OutOfTime, KeyboardInterrupt) as error:
        stopped = "time_limit" if isinstance(error, OutOfTime) else "interrupted"
        reason = "the time limit passed" if stopped == "time_limit" else "interrupted"
        reason += f" before all of {', '.join(asked)} was answered."
    if concepts and not stable and refused:
        raise NotSupported(next(iter(refused.values())))
    count = (1 << analysis.conflict.num_sides) - 1
    whole = {key: by for key, by in coalitional.items() if len(by) == count}
    return Findings(
        analysis, stable, strong, whole, refused, tuple(concepts), stopped, reason
    )  # fmt: skip


Question = tuple[str, str, Callable[[], Bools | None]]


def _questions(
    analysis: GraphAnalysis, asked: Sequence[str], coalitions: bool, strength: bool,
    coalitional: dict[str, dict[Sides, Bools]],
) -> Sequence[Question]:  # fmt: skip
    """(kind, concept, how to answer), in the order in which they are asked."""
    from detente.stability.graph.coalitions import KEYS
    from detente.stability.graph.coalitions import coalitions as every

    found: list[Question] = [("", key, partial(analysis.stable, key)) for key in asked]
    if strength:
        found += [
            ("strong ", key, partial(analysis.stable, key, strong=True))
            for key in asked if key in CONCEPTS and CONCEPTS[key].answered
        ]  # fmt: skip
    if coalitions:
        try:
            groups = every(analysis.conflict)
        except NotSupported as error:
            return [*found, *(("coalitional ", key, partial(_raise, error)) for key in KEYS)]
        found += [
            ("coalitional ", key, partial(_kept, analysis, coalitional, key, who))
            for key in asked if key in KEYS for who in groups
        ]  # fmt: skip
    return found


def _raise(error: NotSupported) -> Bools:
    raise error


def _kept(
    analysis: GraphAnalysis, coalitional: dict[str, dict[Sides, Bools]], key: str, who: Sides
) -> None:
    by = coalitional.setdefault(key, {})
    by[who] = analysis.against_coalitions.stable(key, who)
