"""What each party has without agreement: by breakdown, by equilibrium, by its own power."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from detente.errors import NotSupported, OutOfTime
from detente.game.information import first_hidden_infoset
from detente.game.tree import Game
from detente.stability.bargaining.points import Vector
from detente.stability.bargaining.problem import named_numbers
from detente.stability.words import listed

KINDS = ("breakdown", "equilibrium", "security")
"""Where a disagreement point can come from, numbers apart."""


@dataclass(frozen=True)
class Disagreement:
    """What each party has without agreement.

    `values` : one number a party, in the order asked for
    `words` : what stands for no agreement, in a few words
    `notes` : what a reader has to know about it
    `everyone` : what each party of the talks has, those too that do not bargain, by name; empty
        where that is not known
    """

    values: Vector
    words: str
    notes: tuple[str, ...] = ()
    everyone: Mapping[str, Fraction] = field(default_factory=dict)


def disagreement_of(
    talks: Any,
    kind: str | Mapping[str, Any] | None,
    parties: Sequence[str],
    round: int | None = None,
    deadline: float | None = None,
) -> Disagreement:
    """What the parties have without agreement.

    `talks` : a summit or a game
    `kind` : `breakdown` (what the file says there is without a deal), `equilibrium` (what the
        talks as written, or the tree, bring in equilibrium), `security` (what each can secure
        whatever the others do), or party → number; None for breakdown where there is one, else
        equilibrium
    `round` : in which round talks break down, the last unless given

    Raises NotSupported for any other kind, or where it is not defined for these talks; OutOfTime
    past the deadline.
    """
    by_protocol = not isinstance(talks, Game) and not talks.has_tree
    if kind is None:
        kind = "breakdown" if by_protocol else "equilibrium"
    if isinstance(kind, Mapping):
        values = named_numbers(kind, parties, "the disagreement point")
        return Disagreement(values, "the numbers given")
    if kind == "breakdown":
        return _breakdown(talks, by_protocol, parties, round)
    game: Game = getattr(talks, "game", talks)
    at = [game.player_index(party) for party in parties]
    if kind == "equilibrium":
        return _equilibrium(game, at, deadline)
    if kind == "security":
        return _security(game, at, deadline)
    raise NotSupported(
        f"the disagreement point is {listed(KINDS, 'or')}, or one number a party, as in "
        f"'{parties[0]}=0'; found {kind!r}."
    )


def _breakdown(
    talks: Any, by_protocol: bool, parties: Sequence[str], round: int | None
) -> Disagreement:
    if not by_protocol:
        raise NotSupported(
            "a tree written by hand says of no outcome that it is the breakdown. Ask for the "
            "disagreement point 'equilibrium' or 'security', or give numbers."
        )
    found = dict(zip(talks.parties, talks.breakdown(round), strict=True))
    notes: tuple[str, ...] = ()
    if talks.types:
        notes = ("where sides have types, all amounts are averages by the prior.",)
    return Disagreement(tuple(found[party] for party in parties), "breakdown", notes, found)


def _equilibrium(game: Game, at: Sequence[int], deadline: float | None) -> Disagreement:
    if first_hidden_infoset(game) is None:
        return _backwards(game, at, deadline)
    return _listed(game, at, deadline)


def _backwards(game: Game, at: Sequence[int], deadline: float | None) -> Disagreement:
    """The least over all pure subgame-perfect equilibria."""
    from detente.stability.continuation import Continuation
    from detente.stability.modal import answer

    found = answer(Continuation(game, deadline), 0)
    values = tuple(found.ranges[i][0] for i in at)
    several = any(found.ranges[i][0] < found.ranges[i][1] for i in at)
    words = "the equilibrium"
    if not several:
        return Disagreement(values, words)
    note = "there are several equilibria: each party counts with the least that one brings it"
    note += "." if found.exact else ", or with a bound below that."
    return Disagreement(values, words, (note,))


def _listed(game: Game, at: Sequence[int], deadline: float | None) -> Disagreement:
    """The least over the equilibria that are found under hidden information."""
    from detente.solvers import default_concept, solve

    left = None if deadline is None else max(deadline - time.perf_counter(), 0.0)
    result = solve(game, concept=default_concept(game), all=True, time_limit=left)
    if result.stopped == "interrupted":
        raise KeyboardInterrupt
    if not result.equilibria and result.stopped == "time_limit":
        raise OutOfTime
    paid = [[e.payoffs[game.players[i]] for i in at] for e in result.equilibria]
    if not paid or any(isinstance(value, float) for row in paid for value in row):
        raise NotSupported(
            "no exact equilibrium was found that could stand for no agreement"
            f"{': ' + result.reason if result.reason else '.'} Give the disagreement point in "
            "numbers."
        )
    values = tuple(Fraction(min(row[k] for row in paid)) for k in range(len(at)))
    notes = []
    concept = "Nash" if result.concept == "nash" else result.concept
    if any(tuple(row) != values for row in paid):
        notes.append(
            f"there are several {concept} equilibria: each party counts with the least that "
            "one found brings it."
        )
    if result.complete not in ("all", "all_pure", "components"):
        notes.append("not all equilibria are known that might stand for no agreement.")
    return Disagreement(values, "the equilibrium", tuple(notes))


def _security(game: Game, at: Sequence[int], deadline: float | None) -> Disagreement:
    from detente.stability.bargaining.security import security_value

    values = tuple(security_value(game, i, deadline) for i in at)
    return Disagreement(values, "what each can secure")
