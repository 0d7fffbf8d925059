"""What each player adds: the Shapley value, the weighted one, and Owen's for blocs.

All are exact and go through Harsanyi's dividends: the value splits what each coalition adds beyond
its parts among its members.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import lcm
from typing import Any

from detente.errors import GameError
from detente.stability.bargaining.coalition_game import CoalitionGame
from detente.stability.bargaining.core import Shares


def shapley(game: CoalitionGame, weights: Mapping[str, Any] | None = None) -> Shares:
    """The Shapley value (Shapley 1953), or the weighted one (Kalai and Samet 1987).

    `weights` : player → a number above 0; equal ones where it is left out

    >>> gloves = CoalitionGame.of(["L", "R", "S"], lambda who: "L" in who and len(who) > 1)
    >>> [str(share) for share in shapley(gloves).values()]
    ['2/3', '1/6', '1/6']
    """
    shares = _whole_weights(game, weights)
    dividends, unit = game.dividends
    sums: dict[int, list[int]] = defaultdict(lambda: [0] * game.num_players)
    for at, dividend in enumerate(dividends.tolist()):
        if dividend:
            members = [i for i in range(game.num_players) if at >> i & 1]
            total = sums[sum(shares[i] for i in members)]
            for i in members:
                total[i] += dividend
    return {
        player: sum(
            (Fraction(shares[i] * total[i], weight * unit) for weight, total in sums.items()),
            Fraction(0),
        )
        for i, player in enumerate(game.players)
    }


def owen(game: CoalitionGame, blocs: Sequence[Sequence[str]]) -> Shares:
    """Owen's value (1977): blocs share among themselves first, then each among its members.

    `blocs` : groups of players that negotiate as one; whoever is in none is one by itself

    A coalition's dividend is split equally among the blocs that have a part in it, and what a bloc
    gets equally among its members there.

    >>> pairs = CoalitionGame.of("ABC", lambda who: len(who) >= 2)
    >>> [str(share) for share in owen(pairs, [("A", "B")]).values()]
    ['1/2', '1/2', '0']
    """
    bloc = _bloc_of(game, blocs)
    dividends, unit = game.dividends
    found = [Fraction(0)] * game.num_players
    for at, dividend in enumerate(dividends.tolist()):
        if not dividend:
            continue
        present: dict[int, list[int]] = defaultdict(list)
        for i in range(game.num_players):
            if at >> i & 1:
                present[bloc[i]].append(i)
        for members in present.values():
            share = Fraction(dividend, unit * len(present) * len(members))
            for i in members:
                found[i] += share
    return dict(zip(game.players, found, strict=True))


def _whole_weights(game: CoalitionGame, weights: Mapping[str, Any] | None) -> list[int]:
    """One whole number a player, in the proportion of the weights."""
    if weights is None:
        return [1] * game.num_players
    missing = [name for name in game.players if name not in weights]
    unknown = [name for name in weights if name not in game.players]
    if missing or unknown:
        raise GameError(
            f"there is no weight for '{missing[0]}'. Give every player one." if missing else
            f"no player '{unknown[0]}'. The players are: {', '.join(game.players)}."
        )  # fmt: skip
    exact = [Fraction(weights[name]) for name in game.players]
    if min(exact) <= 0:
        raise GameError(f"a weight is above 0; found {min(exact)}.")
    unit = lcm(*(weight.denominator for weight in exact))
    return [int(weight * unit) for weight in exact]


def _bloc_of(game: CoalitionGame, blocs: Sequence[Sequence[str]]) -> list[int]:
    found: dict[int, int] = {}
    for number, bloc in enumerate(blocs):
        position = game.position(bloc)
        for i in range(game.num_players):
            if position >> i & 1 and found.setdefault(i, number) != number:
                raise GameError(
                    f"'{game.players[i]}' is in two blocs. Each player is in one at most."
                )
    return [found.get(i, len(blocs) + i) for i in range(game.num_players)]
