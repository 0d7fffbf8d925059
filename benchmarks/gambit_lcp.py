"""pygambit's `lcp_solve` beside this project's solvers on the same tree."""

from __future__ import annotations

import io
import time
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import numpy as np

from benchmarks.timing import Row, Settings, agree, median
from detente.certify import certify
from detente.errors import GameError
from detente.files.efg_write import write_efg
from detente.game.profile import Profile
from detente.game.tree import Game
from detente.solvers import solve
from detente.solvers.result import Equilibrium

PEER = "pygambit lcp_solve"
CONCEPTS = {"quasi-perfect": "sequential"}
"""What methods find, where it is not Nash equilibria."""
SLOW = 2.0
"""Seconds from which the peer is timed once."""


def gambit_game(game: Game) -> Any:
    """The game as pygambit reads it."""
    import pygambit

    text = io.StringIO()
    write_efg(game, text)
    return pygambit.read_efg(io.BytesIO(text.getvalue().encode()))


def lcp(game: Any, exact: bool) -> Any:
    """The first equilibrium that pygambit finds, or None."""
    import pygambit

    found = pygambit.nash.lcp_solve(game, rational=exact).equilibria
    return found[0] if found else None


def lcp_timed(game: Any, exact: bool, repeats: int) -> tuple[Any, float]:
    """What pygambit finds, and the median of its times; of one run, where that is slow."""
    started = time.perf_counter()
    answer = lcp(game, exact)
    seconds = time.perf_counter() - started
    return answer, seconds if seconds > SLOW else median(lambda: lcp(game, exact), repeats)


def agree_on(game: Game, theirs: Any, found: Equilibrium) -> None:
    """Raise AnswersDiffer unless pygambit computes the payoffs that are claimed of an equilibrium,
    and ours is proved."""
    import pygambit

    agree(found.certificate.verdict == "proved", f"{game.title}: not proved")
    assert isinstance(found.profile, Profile)
    probabilities = [list(own) for own in found.profile]
    infosets = [infoset for player in theirs.players for infoset in player.infosets]
    profile = theirs.mixed_behavior_profile(rational=True)
    for infoset, own in zip(infosets, probabilities, strict=True):
        for action, p in zip(infoset.actions, own, strict=True):
            profile[action] = pygambit.Rational(p.numerator, p.denominator)
    payoffs = [Fraction(str(profile.payoff(player))) for player in theirs.players]
    agree(payoffs == list(found.payoffs.values()), f"{game.title}: payoffs {payoffs}")


def is_equilibrium(game: Game, profile: Any) -> bool:
    """Whether what pygambit returned is an equilibrium, to a millionth of a payoff."""
    vector = [
        float(Fraction(str(profile[action])))
        for player in profile.game.players for infoset in player.infosets
        for action in infoset.actions
    ]
    try:
        judged = certify(game, Profile.mixed(game, np.array(vector)), "nash")
    except GameError:  # probabilities that are none
        return False
    return judged.max_regret is not None and judged.max_regret < 1e-6


def against(
    game: Game, settings: Settings, methods: tuple[str, ...], times: int = 0, peers: bool = True
) -> Iterator[Row]:
    """One equilibrium by each method, against the peer in floating point and in exact numbers.

    `times` : how many times faster than its exact mode is aimed at; 0 for no goal
    `peers` : whether the peer can do it in reasonable time
    """
    theirs = gambit_game(game) if peers else None
    for method in methods:
        concept = CONCEPTS.get(method, "nash")
        found = solve(game, concept, method)
        agree(len(found.equilibria) == 1, f"{game.title}: {found.reason}")
        equilibrium = found.equilibria[0]
        agree(equilibrium.certificate.verdict == "proved", f"{game.title}: not proved")
        # A fresh copy, so that nothing known of the game from before is used again.
        seconds = median(
            lambda concept=concept, method=method: solve(game.replaced(), concept, method),
            settings.repeats,
        )
        case = f"{game.title}: {method}"
        if theirs is None:
            yield Row(case, game.num_nodes, seconds, "certified")
            continue
        agree_on(game, theirs, equilibrium)
        for exact in (False, True):
            answer, peer_seconds = lcp_timed(theirs, exact, settings.repeats)
            right = answer is not None and is_equilibrium(game, answer)
            agreed = "proved, and the peer computes the same payoffs of it"
            agreed += "" if right else "; what the peer finds is no equilibrium"
            peer = f"{PEER}, {'exact' if exact else 'floats'}" + ("" if right else " (wrong)")
            goal = f"{times} times faster" if times and exact else ""
            met = peer_seconds >= times * seconds if goal else None
            yield Row(case, game.num_nodes, seconds, agreed, peer, peer_seconds, goal, met)
            if peer_seconds > SLOW:
                break  # its exact mode takes longer still
