"""Price posting with private types: all equilibria, against pygambit's `enumpoly_solve`.

The peer cannot be interrupted, so it runs in a process of its own, for so long and no longer.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.gambit_lcp import gambit_game
from benchmarks.price_posting import Informed, price_posting
from benchmarks.timing import Row, Settings, agree, median
from detente.game.profile import Profile
from detente.game.sequence_form import SequenceForm, sequence_form
from detente.game.tree import Game
from detente.solvers import solve
from detente.solvers.result import Result

PEER = "pygambit enumpoly_solve"
PATIENCE = 60.0
"""Seconds that the peer is given."""
MOST = 100_000
"""Equilibria that are listed at most."""
CASES: tuple[tuple[int, int, Informed, int | None], ...] = (
    (3, 3, "seller", None), (2, 5, "seller", None), (2, 5, "seller", 1),
    (4, 6, "seller", None), (4, 6, "seller", 1), (4, 6, "seller", 2),
    (3, 3, "buyer", None), (2, 5, "buyer", None),
)  # fmt: skip
PURE_UP_TO = 40
"""Nodes up to which the peer's enumeration of pure equilibria is quick."""
NEAR = 1e-6
"""How far a profile in floating point may lie from a mixture of the exact ones."""


def rows(settings: Settings) -> Iterator[Row]:
    """Every case: what is listed is all there is, and it holds whatever the peer finds."""
    for types, prices, informed, seed in CASES:
        game = price_posting(types, prices, informed, seed)
        if game.num_nodes <= settings.largest:
            yield _row(game, (types, prices, informed, seed), settings)


def _row(game: Game, case: tuple[int, int, Informed, int | None], settings: Settings) -> Row:
    result = solve(game, "nash", all=True, limit=MOST)
    agree(result.stopped == "finished", f"{game.title}: {result.reason}")
    pure, whose = _pure(game, result)
    theirs, peer_seconds = _theirs(case)
    missing = sum(not _holds(game, result, vector) for vector in theirs or ())
    agree(not missing, f"{game.title}: {missing} of the peer's equilibria are in no component")
    agreed = f"{pure} pure ones with {whose}"
    if theirs is not None:
        agreed += f"; the {len(theirs)} that the peer finds lie in the components"
    # A fresh copy, so that nothing known of the game from before is used again.
    seconds = median(lambda: solve(game.replaced(), "nash", all=True, limit=MOST), _few(settings))
    times = 50 if game.num_nodes == 31 else 0
    if times:
        goal, met = f"{times} times faster", peer_seconds >= times * seconds
    else:
        goal, met = "complete within a minute", seconds < 60
    parts = len(result.components or ())
    name = f"{game.title}: {len(result.equilibria)} extreme, {parts} components"
    peer = PEER if theirs is not None else f"{PEER}, stopped before it ended"
    return Row(name, game.num_nodes, seconds, agreed, peer, peer_seconds, goal, met)


def _few(settings: Settings) -> int:
    return min(settings.repeats, 3)


def _pure(game: Game, result: Result) -> tuple[int, str]:
    """How many are pure, and whom that agrees with; raises AnswersDiffer where it does not."""
    form = sequence_form(game)
    found = {plans for plans in _listed(form, result) if all(w in (0, 1) for p in plans for w in p)}
    small = game.num_nodes <= PURE_UP_TO
    theirs = set(_pure_of_peer(form)) if small else set(
        _listed(form, solve(game, "nash", "pure", all=True, limit=MOST))
    )
    agree(found == theirs, f"{game.title}: {len(found)} pure equilibria, {len(theirs)} there")
    return len(found), "pygambit's" if small else "those of the search over pure plans"


def _listed(form: SequenceForm, result: Result) -> Iterator[tuple[tuple[Any, ...], ...]]:
    for equilibrium in result.equilibria:
        assert isinstance(equilibrium.profile, Profile)
        yield _plans(form, equilibrium.profile)


def _pure_of_peer(form: SequenceForm) -> Iterator[tuple[tuple[Any, ...], ...]]:
    import pygambit

    for profile in pygambit.nash.enumpure_solve(gambit_game(form.game)).equilibria:
        behavior = profile.as_behavior() if hasattr(profile, "as_behavior") else profile
        vector = [Fraction(str(p)) for p in _vector(behavior)]
        yield _plans(form, Profile.mixed(form.game, vector))


def _plans(form: SequenceForm, profile: Profile) -> tuple[tuple[Any, ...], ...]:
    return tuple(tuple(own.plan(profile.at)) for own in form.sequences)


def _vector(profile: Any) -> list[Any]:
    """The probabilities of a behavior profile of pygambit's, in the order of ours."""
    return [
        profile[action]
        for player in profile.game.players for infoset in player.infosets
        for action in infoset.actions
    ]


def _holds(game: Game, result: Result, vector: list[float]) -> bool:
    """Whether a profile of the peer's is, nearly, in some component."""
    form = sequence_form(game)
    plans = [np.array(p, dtype=float) for p in _plans(form, Profile.mixed(game, np.array(vector)))]
    for component in result.components or ():
        listed: list[list[Any]] = [[], []]
        for i in component.members:
            profile = result.equilibria[i].profile
            assert isinstance(profile, Profile)
            for k, plan in enumerate(_plans(form, profile)):
                listed[k].append(np.array([float(weight) for weight in plan]))
        if all(_mixes(np.unique(np.array(own), axis=0), p)
               for own, p in zip(listed, plans, strict=True)):  # fmt: skip
            return True
    return False


def _mixes(vertices: NDArray[np.float64], point: NDArray[np.float64]) -> bool:
    """Whether a point is, nearly, a mixture of these."""
    from scipy.optimize import nnls

    rows = np.vstack([vertices.T, np.ones(len(vertices))])
    return float(nnls(rows, np.append(point, 1.0))[1]) < NEAR


def _theirs(
    case: tuple[int, int, Informed, int | None],
) -> tuple[list[list[float]] | None, float]:
    """The peer's profiles, None where it did not come to an end, and its seconds."""
    command = [sys.executable, "-m", "benchmarks.price_posting_all", json.dumps(case)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        return None, PATIENCE
    profiles, seconds = json.loads(done.stdout)
    return profiles, seconds


def _peer(types: int, prices: int, informed: Informed, seed: int | None) -> None:
    """Print what the peer finds, and how long it takes, starting up not counted."""
    import pygambit

    game = gambit_game(price_posting(types, prices, informed, seed))
    started = time.perf_counter()
    found = pygambit.nash.enumpoly_solve(game, use_strategic=False).equilibria
    seconds = time.perf_counter() - started
    print(json.dumps([[[float(p) for p in _vector(profile)] for profile in found], seconds]))


if __name__ == "__main__":
    _peer(*json.loads(sys.argv[1]))
