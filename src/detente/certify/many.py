"""Certificates of many exact profiles of one game for two players, in one go.

All weights become integers over each strategy's common denominator, and every strategy's worth a
product of integer matrices, where 64 bits hold them; a profile whose numbers are longer, or one in
which somebody gains, is judged on its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from detente.certify.certificate import Certificate
from detente.certify.judge import certify
from detente.game.mixed import MixedProfile
from detente.game.strategic import StrategicGame

FROM = 4
"""Profiles from which judging them together saves time."""

_ROOM = 1 << 62


def certify_many(
    game: StrategicGame, profiles: Sequence[MixedProfile], concept: str = "nash"
) -> list[Certificate]:
    """What `certify(game, profile, concept)` gives for each of these profiles.

    >>> game = StrategicGame.of(["Row", "Column"], [["u", "d"], ["l", "r"]],
    ...                         [(1, 1), (0, 0), (0, 0), (1, 1)])
    >>> pure = [MixedProfile.of(game, [[1, 0], own]) for own in ([1, 0], [0, 1])]
    >>> [certificate.verdict for certificate in certify_many(game, pure)]
    ['proved', 'refuted']
    """
    proved: Sequence[bool] = [False] * len(profiles)
    if len(profiles) >= FROM and game.num_players == 2:
        proved = _nobody_gains(game, profiles)
    found: list[Certificate] = []
    known: Certificate | None = None
    for profile, nobody in zip(profiles, proved, strict=True):
        if not nobody:
            found.append(certify(game, profile, concept))
            continue
        # A certificate that nobody gains says nothing of the profile: one serves for all of them.
        known = known or certify(game, profile, concept)
        found.append(known)
    return found


def _nobody_gains(game: StrategicGame, profiles: Sequence[MixedProfile]) -> list[bool]:
    """Of each profile whether it surely is one of this game's in which nobody gains."""
    table = game.outcomes.payoffs
    if table.large or any(profile.game is not game for profile in profiles):
        return [False] * len(profiles)
    numerators = np.append(table.numerators, np.zeros((1, 2), np.int64), axis=0)
    row, column = (
        numerators[game.cell, player].reshape(game.shape, order="F") for player in (0, 1)
    )
    xs, ys = ([profile.weights[player] for profile in profiles] for player in (0, 1))
    if game.shape[0] == game.shape[1]:
        both, both_sure = _integers(xs + ys, game.shape[0])
        (x, y), (x_sure, y_sure) = np.split(both, 2), np.split(both_sure, 2)
    else:
        (x, x_sure), (y, y_sure) = _integers(xs, game.shape[0]), _integers(ys, game.shape[1])
    sure = x_sure & y_sure
    most = max(int(np.abs(row).max()), int(np.abs(column).max()), 1)
    sure &= most * x.sum(axis=1, dtype=np.float64) * y.sum(axis=1, dtype=np.float64) < _ROOM / 2
    x[~sure], y[~sure] = 0, 0
    for own, others, matrix in ((x, y, row), (y, x, column.T)):
        worth = others @ matrix.T
        # The mixture is worth the sum of weight · worth over the sum of weights.
        sure &= worth.max(axis=1) * own.sum(axis=1) == (own * worth).sum(axis=1)
    found: list[bool] = sure.tolist()
    return found


def _integers(
    strategies: Sequence[Sequence[Fraction] | NDArray[np.float64]], size: int
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Strategies as integer weights, a row each, and of which this surely succeeded.

    One of which it did has exact weights, `size` of them, none negative, that sum to one.
    """
    distinct = {id(own): own for own in strategies}
    place = {key: k for k, key in enumerate(distinct)}
    chosen = [place[id(own)] for own in strategies]
    tops, sure = _distinct_integers(list(distinct.values()), size)
    return tops[chosen], sure[chosen]


def _distinct_integers(
    strategies: Sequence[Sequence[Fraction] | NDArray[np.float64]], size: int
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    shape = len(strategies), size
    listed = list(chain.from_iterable(strategies))
    unsure = np.zeros(shape, np.int64), np.zeros(shape[0], dtype=bool)
    if {*map(len, strategies)} != {size} or {*map(type, listed)} != {Fraction}:
        return unsure
    try:
        tops = np.array([p.numerator for p in listed], dtype=np.int64).reshape(shape)
        bottoms = np.array([p.denominator for p in listed], dtype=np.int64).reshape(shape)
    except OverflowError:
        return unsure
    common = np.ones(shape[0], dtype=np.int64)
    sure = np.ones(shape[0], dtype=bool)
    for bottom in bottoms.T:
        factor = bottom // np.gcd(common, bottom)
        sure &= common.astype(np.float64) * factor < _ROOM
        common = np.where(sure, common * factor, 1)
    weights = np.where(sure[:, None], tops * (common[:, None] // bottoms), 0)
    sure &= (weights >= 0).all(axis=1) & (weights.sum(axis=1) == common)
    return weights, sure
