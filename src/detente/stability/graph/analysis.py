"""A conflict judged by the solution concepts: which states are stable, for whom, and why."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from detente.conflict.conflict import Conflict
from detente.conflict.moves import Bools, Longs
from detente.errors import NotSupported
from detente.stability.graph.coalitions import CoalitionAnalysis, check_key
from detente.stability.graph.concepts import stable
from detente.stability.graph.from_summit import SummitConflict
from detente.stability.graph.horizon import limited, nonmyopic
from detente.stability.graph.rules import CONCEPTS, Rules, Way, concept_of
from detente.stability.graph.search import Step, answer, answering
from detente.stability.graph.simultaneous import simultaneous, spoilers_at
from detente.stability.graph.verdict import Answer, Verdict

if TYPE_CHECKING:
    import pandas

    from detente.stability.graph.misperception import Misperception

SIM = "sim"
NONMYOPIC = "nonmyopic"
LIMITED = "l"


@dataclass(frozen=True, eq=False)
class GraphAnalysis:
    """A conflict with what is asked of it; each answer is computed once, when it is asked for.

    Parameters
    ----------
    conflict : the graph model
    way : how unknown preferences are read, see `Rules`

    Concepts go by the keys nash, gmr, smr, seq, sseq, sim, nonmyopic, and l1, l2, … for
    limited-move stability with that horizon.

    >>> dilemma = Conflict.of(
    ...     {"A": [(0, 1), (1, 0), (2, 3), (3, 2)], "B": [(0, 2), (2, 0), (1, 3), (3, 1)]},
    ...     [[3, 4, 1, 2], [3, 1, 4, 2]],
    ... )
    >>> analysis = GraphAnalysis(dilemma)
    >>> analysis.equilibria("nash"), analysis.equilibria("seq")
    (('4',), ('1', '4'))
    >>> print(analysis.verdict("nash", "A", "1"))
    State 1 is not Nash stable for A: A moves to state 2, which it prefers.
    """

    conflict: Conflict
    way: Way = "a"
    _found: dict[tuple[str, bool], Bools] = field(default_factory=dict, repr=False)
    _coalitions: list[CoalitionAnalysis] = field(default_factory=list, repr=False)

    def stable(self, concept: str, strong: bool = False) -> Bools:
        """Which states are stable for each side.

        Parameters
        ----------
        concept : its key
        strong : whether only what is much worse deters

        Returns bool (num_sides, num_states). Raises NotSupported where the concept is not defined
        for this conflict, with the reason.
        """
        key = (concept, strong)
        if key not in self._found:
            self._found[key] = self._stable(concept, strong)
        return self._found[key]

    def _stable(self, concept: str, strong: bool) -> Bools:
        sides = range(self.conflict.num_sides)
        if concept in CONCEPTS:
            rules = Rules(CONCEPTS[concept], self.way, strong)
            return np.stack([stable(self.conflict, rules, side) for side in sides])
        if strong:
            raise NotSupported(
                f"strength of preference is counted in {', '.join(CONCEPTS)}; found '{concept}'. "
                "Ask for one of these."
            )
        if concept == SIM:
            return np.stack([simultaneous(self.conflict, side) for side in sides])
        if concept == NONMYOPIC:
            return nonmyopic(self.conflict).stable
        if concept.startswith(LIMITED) and concept[1:].isdecimal():
            return limited(self.conflict, int(concept[1:]))
        raise NotSupported(
            f"no solution concept is called '{concept}' here. There are {', '.join(CONCEPTS)}, "
            f"{SIM}, {NONMYOPIC}, and {LIMITED}1, {LIMITED}2, … for a horizon of moves."
        )

    def equilibrium(self, concept: str, strong: bool = False) -> Bools:
        """Which states are stable for every side; bool (num_states,)."""
        return np.asarray(self.stable(concept, strong).all(axis=0))

    def equilibria(self, concept: str, strong: bool = False) -> tuple[str, ...]:
        """The names of the states that are stable for every side."""
        return self._names(self.equilibrium(concept, strong))

    @property
    def against_coalitions(self) -> CoalitionAnalysis:
        """The same conflict judged against coalitions."""
        if not self._coalitions:
            self._coalitions.append(CoalitionAnalysis(self.conflict))
        return self._coalitions[0]

    @property
    def misperception(self) -> Misperception | None:
        """How each side sees the conflict, where some see it otherwise than it is."""
        from detente.stability.graph.misperception import Misperception

        views = self.conflict.views
        return Misperception(self.conflict, views, self.way) if views else None

    def coalitional_equilibria(self, concept: str) -> tuple[str, ...]:
        """The names of the states that are stable for every coalition: nash, gmr, smr or seq."""
        return self._names(self.against_coalitions.equilibria(concept))

    def _names(self, found: Bools) -> tuple[str, ...]:
        return tuple(self.conflict.states[i] for i in np.flatnonzero(found).tolist())

    def verdict(
        self, concept: str, side: int | str, state: int | str, strong: bool = False
    ) -> Verdict:
        """Whether a state is stable for a side, with its witness.

        Parameters
        ----------
        concept : nash, gmr, smr, seq, sseq or sim
        side, state : by number from 0 or by name
        strong : whether only what is much worse deters

        Raises NotSupported as `stable` does, and for the farsighted concepts, whose witness is
        what each side foresees (`horizon.foreseen`).
        """
        who, where = self.conflict.side(side), self.conflict.state(state)
        if concept == SIM:
            return self._sim_verdict(who, where)
        rules = Rules(concept_of(concept), self.way, strong)
        movers = answering(self.conflict, rules, self.conflict.others(frozenset([who])))
        after = self.conflict.moves[who].after(where)
        leaving = rules.leaves(self.conflict, who, np.full(len(after), where), after)
        answers = []
        for end in after[leaving].tolist():
            step = (Step(frozenset([who]), where, end),)
            path = None
            if rules.concept.answered:
                path = answer(self.conflict, rules, who, where, end, movers)
            if path is None:
                return self._verdict(rules.concept.name, who, where, breach=step)
            answers.append(Answer(step, path))
        strength = None if strong else self._strength(concept, who, where)
        return self._verdict(rules.concept.name, who, where, tuple(answers), strength=strength)

    def _strength(self, concept: str, side: int, state: int) -> str | None:
        if self.conflict.much_worse is None or not CONCEPTS[concept].answered:
            return None
        return "strong" if self.stable(concept, strong=True)[side, state] else "weak"

    def _sim_verdict(self, side: int, state: int) -> Verdict:
        others = spoilers_at(self.conflict, side, state)
        ends = self.conflict.improving(side).after(state).tolist()
        answers = []
        for end, (found, who) in zip(ends, others, strict=True):
            step = (Step(frozenset([side]), state, end),)
            if found < 0:
                return self._verdict("SIM", side, state, breach=step)
            answers.append(Answer(step, (Step(who, end, found),)))
        return self._verdict("SIM", side, state, tuple(answers))

    def _verdict(
        self, name: str, side: int, state: int, answers: tuple[Answer, ...] = (),
        breach: tuple[Step, ...] = (), strength: str | None = None,
    ) -> Verdict:  # fmt: skip
        return Verdict(
            self.conflict, name, (self.conflict.sides[side],), state, not breach, breach, answers,
            strength,
        )  # fmt: skip

    def coalition_verdict(
        self, concept: str, members: Collection[int | str], state: int | str
    ) -> Verdict:
        """Whether a state is stable for a coalition, with its witness.

        Parameters
        ----------
        concept : nash, gmr, smr or seq
        members : the coalition's sides, by number from 0 or by name

        Raises NotSupported for other concepts, GameError where there is no such side or state.
        """
        check_key(concept)
        coalition, where = self.against_coalitions, self.conflict.state(state)
        sides = coalition.sides_of(members)
        names, answers = self.conflict.who(sides), []
        name = f"coalitional {concept_of(concept).name}"
        for end in coalition.improvements(sides, where).tolist():
            path = coalition.answer(concept, sides, where, end)
            way = coalition.way(sides, where, end)
            assert way is not None
            if path is None:
                way = coalition.breach(concept, sides, where) or way
                return Verdict(self.conflict, name, names, where, False, way)
            answers.append(Answer(way, path))
        return Verdict(self.conflict, name, names, where, True, (), tuple(answers))

    def _repr_svg_(self) -> str | None:
        from detente.notebook import graph_svg

        return graph_svg(self)

    def _repr_html_(self) -> str:
        from detente.notebook import graph_html

        return graph_html(self)

    def to_frame(self, *concepts: str, exact: bool = True) -> pandas.DataFrame:
        """A pandas data frame: a row a state, with what it brings and where it is an equilibrium.

        Parameters
        ----------
        concepts : one column each; nash, gmr, smr, seq and sseq if none is named
        exact : what each party gets of a summit as Fractions, else as floats

        In the columns of sides stands, of other conflicts, the state's place in the side's ranking,
        1 for the best. Raises NotSupported where pandas is not installed.
        """
        try:
            import pandas
        except ImportError:
            raise NotSupported(
                "to_frame needs pandas, which is not installed. Run: pip install 'detente[frames]'."
            ) from None
        columns = dict(brought(self.conflict, exact))
        columns |= {key: self.equilibrium(key) for key in concepts or tuple(CONCEPTS)}
        return pandas.DataFrame(columns, index=pandas.Index(self.conflict.states, name="state"))


def brought(conflict: Conflict, exact: bool = True) -> Iterator[tuple[str, Any]]:
    """What each state brings: (party, exact values), or (side, places in its ranking from 1)."""
    if isinstance(conflict, SummitConflict):
        for i, party in enumerate(conflict.parties):
            found = [row[i] for row in conflict.value]
            yield party, found if exact else [float(value) for value in found]
    else:
        yield from zip(conflict.sides, places_of(conflict), strict=True)


def places_of(conflict: Conflict) -> Longs:
    """1 for the best state of each side, ties sharing a place; int64 (num_sides, num_states)."""
    rows = [
        np.unique(-row.astype(np.int64), return_inverse=True)[1].reshape(-1) + 1
        for row in conflict.payoff
    ]
    return np.stack(rows)
