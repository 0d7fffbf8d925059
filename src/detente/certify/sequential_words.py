"""The certificate of what was found about a sequential equilibrium, in words."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np

from detente.certify import wording
from detente.certify.certificate import Certificate, float_above
from detente.certify.checks import ROUNDING
from detente.certify.passes import Gain, Plan
from detente.certify.sequential import Finding
from detente.game.beliefs import Beliefs
from detente.game.tree import Game


def tell(game: Game, plan: Plan, found: Finding, exact: bool) -> Certificate:
    """The certificate of an exact profile.

    `exact` : whether the beliefs that were given are exact too
    """
    told = _certificate(game, plan, found)
    if exact:
        return told
    regret = None if told.max_regret is None else float_above(Fraction(told.max_regret))
    told = replace(told, max_regret=regret, arithmetic="float")
    if found.gain and not found.fault and not found.whatever and found.gain <= found.moved:
        return replace(told, verdict="undecided", reason=(
            f"the beliefs are in floating point, and rounding them by {float(ROUNDING)} explains "
            "the gain. Give exact beliefs to decide."
        ))  # fmt: skip
    return told


def tell_rounded(game: Game, plan: Plan, found: Finding) -> Certificate:
    """The certificate of a profile in floating point that is not refuted as subgame-perfect."""
    told = _certificate(game, plan, found)
    regret = None if told.max_regret is None else float_above(Fraction(told.max_regret))
    told = replace(told, max_regret=regret, arithmetic="float")
    if found.proves:
        reason = f"{told.reason[:-1]}, once each infoset's probabilities are divided by their sum."
        return replace(told, reason=reason)
    return replace(told, verdict="undecided", reason=(
        "the profile is in floating point, and beliefs may change altogether where its smallest "
        f"probabilities are rounded. As it stands: {told.where or told.reason} Give exact "
        "probabilities to decide."
    ))  # fmt: skip


def _certificate(game: Game, plan: Plan, found: Finding) -> Certificate:
    held = Beliefs(game, {
        h: [odds[node] for node in sorted(odds)] for h, odds in sorted(found.beliefs.items())
    })  # fmt: skip
    told = Certificate("sequential", "refuted", found.gain, beliefs=held)
    if found.gain:
        return _with_gain(game, plan, found, told)
    if found.fault:
        node, player = _place(game, found.at_fault)
        where = found.fault[0].upper() + found.fault[1:]
        reason = "the beliefs are not consistent (Kreps and Wilson 1982)."
        regret: Fraction | None = found.gain
        if found.fault.startswith("no consistent beliefs"):
            regret, reason = None, "no consistent beliefs support the profile."
        return replace(
            told, where=where, node=node, player=player, reason=reason, max_regret=regret
        )
    if found.unknown:
        return replace(told, verdict="undecided", reason=found.unknown, max_regret=None)
    return replace(told, verdict="proved", reason=(
        "no player gains by one move at any information set, on and off the path, with beliefs "
        "that are consistent."
    ))  # fmt: skip


def _with_gain(game: Game, plan: Plan, found: Finding, told: Certificate) -> Certificate:
    node, player = _place(game, found.infoset)
    index = game.players.index(player)
    sentence = wording.one_move(game, plan, Gain(found.gain, index, node, found.action))
    if found.whatever:
        where = f"{sentence[:-1]}, or by another move at least as much, whatever it believes there."
        reason = "a player gains by one move at an information set under every belief."
    else:
        alone = len(found.beliefs[found.infoset]) == 1
        where = sentence if alone else f"{sentence[:-1]}, given its beliefs there."
        reason = "a player gains by one move at an information set."
    if found.fault:
        reason += f" Besides, {found.fault}"
    return replace(told, where=where, node=node, player=player, reason=reason)


def _place(game: Game, infoset: int) -> tuple[int, str]:
    node = int(np.flatnonzero((game.infoset == infoset) & (game.mover >= 0))[0])
    return node, game.players[int(game.mover[node])]
