"""Where paths start: a base of good replies, then others at random; and what they lead to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from random import Random

import numpy as np
from numpy.typing import NDArray

from detente.game.information import information
from detente.game.profile import Profile
from detente.game.sequence_form import SequenceForm, Sequences
from detente.game.tree import Game
from detente.solvers.collect import Claim, Found
from detente.solvers.plans.sequence_lcp import Base, payoff_tables, sides
from detente.solvers.registry import AnyGame, Request

ROUNDS = 8
"""How often each player replies to the other before a path starts."""
STRAYING = 0.01
"""How likely replies take it that another action is taken, so that every information set counts."""
IN_VAIN = 30
"""Starts in a row that lead to nothing new, after which no more are tried."""

Penalty = tuple[NDArray[np.int64], NDArray[np.int64]]


def search(
    form: SequenceForm,
    request: Request,
    find: Callable[[Base, Penalty | None], tuple[object, Found]],
) -> Iterator[Found]:
    """What the paths from some starts lead to, each thing once.

    `find` : from a base and penalties, a key by which results are the same, and the result
    """
    known: set[object] = set()
    in_vain = 0
    for base, penalty in _starts(form, request):
        request.check()
        request.tell(f"{len(known)} found; the last {in_vain} starts led to nothing new")
        key, found = find(base, penalty)
        in_vain = in_vain + 1 if key in known else 0
        if not in_vain:
            known.add(key)
            yield found
        elif in_vain == IN_VAIN:
            return


def some_starts() -> Claim:
    """What is said after the last start."""
    return Claim(
        "some",
        over="equilibria that paths from some starts lead to",
        reason=f"the last {IN_VAIN} starts led to no other equilibrium; there may be others.",
    )


def _starts(form: SequenceForm, request: Request) -> Iterator[tuple[Base, Penalty | None]]:
    """The start for one equilibrium, and others after it where more are asked for."""
    yield replies(form), None
    if request.most > 1 or request.all:
        yield from others(form)


def replies(form: SequenceForm) -> Base:
    """Actions that reply best to one another, as far as a few rounds bring them.

    Each player in turn replies, in floating point, to what the other did last, or strayed to. Where
    that comes to rest in a pure equilibrium, a path that starts there has no length.
    """
    own = sides(form)
    tables = [_in_floats(table) for table in payoff_tables(form)]
    plans = [_straying(side, None) for side in own]
    bases = [side.start[:-1].astype(np.int64) for side in own]
    known: set[tuple[int, bytes]] = set()
    for turn in range(2 * ROUNDS):
        k = turn % 2
        reply = _best(own[k], tables[k] @ plans[1 - k])
        if (k, reply.tobytes()) in known:  # at rest, or going round
            break
        known.add((k, reply.tobytes()))
        bases[k], plans[k] = reply, _straying(own[k], reply)
    return bases[0], bases[1]


def _in_floats(table: NDArray[np.generic]) -> NDArray[np.float64]:
    """The table divided by its largest entry."""
    if table.dtype != object:
        floats = table.astype(np.float64)
        return floats / max(1.0, float(np.abs(floats).max(initial=0)))
    most = max(1, max((abs(int(v)) for v in table.flat), default=0))
    shift = max(0, most.bit_length() - 900)  # floats end at 2 to the power of 1024
    whole = [float(int(v) >> shift) for v in table.flat]
    return np.array(whole).reshape(table.shape) / float(most >> shift)


def _straying(own: Sequences, base: NDArray[np.int64] | None) -> NDArray[np.float64]:
    """The realization plan that mostly follows the base; without one, all actions alike."""
    weights = np.ones(own.num)
    for k in range(own.num_infosets):
        first, stop = int(own.start[k]), int(own.start[k + 1])
        odds = np.full(stop - first, 1 / (stop - first))
        if base is not None:
            odds *= STRAYING
            odds[base[k] - first] += 1 - STRAYING
        weights[first:stop] = weights[own.parent[k]] * odds
    return weights


def _best(own: Sequences, gains: NDArray[np.float64]) -> NDArray[np.int64]:
    """The best action at each information set, given what each sequence gains."""
    value = gains.tolist()
    start, parent = own.start.tolist(), own.parent.tolist()
    base = np.zeros(own.num_infosets, dtype=np.int64)
    for k in range(own.num_infosets - 1, -1, -1):
        actions = range(start[k], start[k + 1])
        base[k] = max(actions, key=value.__getitem__)
        value[parent[k]] += value[base[k]]
    return base


def others(form: SequenceForm, seed: int = 1) -> Iterator[tuple[Base, Penalty]]:
    """Random bases and penalties, without end."""
    random = Random(seed)
    one, two = sides(form)
    while True:
        yield (
            (_random_base(one, random), _random_base(two, random)),
            (_random_penalty(one, random), _random_penalty(two, random)),
        )


def _random_base(own: Sequences, random: Random) -> NDArray[np.int64]:
    edges = own.start.tolist()
    actions = [random.randrange(a, b) for a, b in pairwise(edges)]
    return np.array(actions, dtype=np.int64)


def _random_penalty(own: Sequences, random: Random) -> NDArray[np.int64]:
    return np.array([random.randint(1, 9) for _ in range(own.num)], dtype=np.int64)


def base_profile(form: SequenceForm, base: Base) -> Profile:
    """The profile that takes the base's actions."""
    sets = form.game.infosets
    choice = np.zeros(sets.num_player_infosets, dtype=np.int64)
    for own, chosen in zip(form.sequences, base, strict=False):
        choice[own.first_infoset : own.first_infoset + own.num_infosets] = chosen - own.start[:-1]
    return Profile.pure(form.game, choice)


def in_floats(profile: Profile) -> Profile:
    """The profile in floating point."""
    return Profile.mixed(profile.game, np.array([float(p) for own in profile for p in own]))


def refusal(game: AnyGame) -> str | None:
    """Why a game is none of two players' sequence form, if so."""
    if not isinstance(game, Game):
        return (
            "this method takes trees. In a game in strategic form all move at once, so that its "
            "Nash equilibria are its sequential ones: ask for concept 'nash', without a method."
        )
    if not game.is_tree:
        return (
            "this method takes trees; this game shares continuations. Ask for concept 'spe', by "
            "backward induction, which takes them as they are."
        )
    sets = game.infosets
    movers = np.unique(sets.mover[: sets.num_player_infosets]).tolist()
    if len(movers) > 2:
        names = ", ".join(game.players[k] for k in movers)
        return (
            f"this method takes games in which at most two players move; {len(movers)} do here: "
            f"{names}. Method 'pure' finds the pure Nash equilibria of any number (concept 'nash')."
        )
    structure = information(game)
    if structure.perfect_recall:
        return None
    return (
        f"this method needs perfect recall. {structure.witness['perfect_recall']} Split that "
        "information set by what its player did before."
    )
