"""Judging a profile: `certify` beside pygambit's `max_regret`, on card poker and on Leduc.

The peer is asked in floating point, which is its faster mode."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import numpy as np

from benchmarks.card_games import kuhn, leduc
from benchmarks.gambit_lcp import gambit_game
from benchmarks.timing import Row, Settings, agree, median
from detente.certify import certify
from detente.game.profile import Profile
from detente.game.tree import Game

PEER = "pygambit max_regret"
PEER_CARDS = (3, 4)
"""Sizes that the peer, whose time is exponential in information sets, judges in seconds."""


def rows(settings: Settings) -> Iterator[Row]:
    """The uniform profile, in floating point and exactly, against the peer's regret of it."""
    for cards in (3, 4, 5, 10, 30):
        yield from _judged(kuhn(cards), settings, peer=cards in PEER_CARDS)
    yield from _judged(leduc(), settings, peer=False)


def _judged(game: Game, settings: Settings, peer: bool) -> Iterator[Row]:
    exact, floating = _uniform(game)
    proved = certify(game, exact, "nash")
    assert proved.max_regret is not None
    bound = certify(game, floating, "nash")
    assert bound.max_regret is not None
    close = abs(float(bound.max_regret) - float(proved.max_regret)) < 1e-9
    agree(close and bound.max_regret >= proved.max_regret, f"{game.title}: the bound is none")
    agreed, theirs = "the bound with the exact regret", None
    if peer:
        judged = _gambit_profile(game)
        regret = float(judged.max_regret())
        near = abs(regret - float(proved.max_regret)) < 1e-9
        agree(near, f"{game.title}: {PEER} is {regret}")
        agreed += ", which is the peer's"
        theirs = median(lambda: _gambit_profile(game).max_regret(), 1)
    for profile, kind in ((floating, "in floating point"), (exact, "exactly")):
        seconds = median(
            lambda profile=profile: certify(game, profile, "nash"), settings.repeats
        )
        case = f"certify, {game.title}, {kind}"
        name = PEER if theirs is not None else ""
        yield Row(case, game.num_nodes, seconds, agreed, name, theirs)


def _uniform(game: Game) -> tuple[Profile, Profile]:
    sets = game.infosets
    widths = np.diff(sets.action_start)[: sets.num_player_infosets].tolist()
    vector = [Fraction(1, width) for width in widths for _ in range(width)]
    floats = np.array([float(p) for p in vector])
    return Profile.mixed(game, vector), Profile.mixed(game, floats)


def _gambit_profile(game: Game) -> Any:
    """The uniform profile, built anew: the peer remembers what it has computed of one."""
    return gambit_game(game).mixed_behavior_profile(rational=False)
