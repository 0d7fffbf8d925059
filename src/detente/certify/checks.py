"""What is judged, checked anew: whoever made a profile is not trusted."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from itertools import pairwise
from math import isfinite
from typing import Any

import numpy as np

from detente.certify.passes import Plan
from detente.errors import GameError
from detente.game.beliefs import Beliefs
from detente.game.mixed import MixedProfile
from detente.game.profile import Profile
from detente.game.strategic import StrategicGame
from detente.game.tree import Game

ROUNDING = Fraction(1, 10**9)
"""How far, in total, an infoset's floating-point probabilities may lie from the exact ones meant.

A profile in floating point is refuted only where no profile that near is an equilibrium.
"""


def game_of(given: object) -> Game | StrategicGame:
    """The game itself, from what stands for one."""
    found = given if isinstance(given, Game | StrategicGame) else getattr(given, "game", given)
    if not isinstance(found, Game | StrategicGame):
        raise GameError(f"certify takes a game or a summit; found {type(given).__name__}.")
    return found


# ── trees ───────────────────────────────────────────────────────────────────────────────────────


def check_belongs(game: Game, profile: object) -> Profile:
    """The profile, where it is one of this game; else GameError."""
    if not isinstance(profile, Profile):
        raise GameError(
            f"certify judges a profile; found {type(profile).__name__}. Make one with Profile.pure "
            "or Profile.mixed, from what each infoset does."
        )
    other = profile.game
    if not same_tree(game, other):
        raise GameError(
            f"this profile is of another game ('{other.title}', {other.num_nodes} nodes) than the "
            f"one to judge it in ('{game.title}', {game.num_nodes} nodes). Make it with "
            "Profile.pure or Profile.mixed for that game."
        )
    return profile


def same_tree(game: Game, other: Game) -> bool:
    """Whether two games have the same nodes, moves and information sets."""
    return other is game or (
        np.array_equal(other.infoset, game.infoset)
        and np.array_equal(other.mover, game.mover)
        and np.array_equal(other.infosets.action_start, game.infosets.action_start)
        and np.array_equal(other.child_start, game.child_start)
        and np.array_equal(other.children, game.children)
        and other.players == game.players
        and other.infosets.action_label == game.infosets.action_label
    )


def exact_plan(game: Game, profile: Profile) -> Plan:
    """The profile in exact numbers; floats divided by their sum at each infoset."""
    sets = game.infosets
    start = sets.action_start[: sets.num_player_infosets + 1]
    if profile.choice is not None:
        choice = np.asarray(profile.choice)
        if choice.shape != (len(start) - 1,) or ((choice < 0) | (choice >= np.diff(start))).any():
            raise GameError("this is no profile: it takes an action that an infoset does not have.")
        return choice
    given = profile.vector if profile.vector is not None else ()
    if len(given) != sets.num_player_actions:
        raise GameError(_NO_NUMBERS)
    plan: list[Fraction] = []
    for h, (first, stop) in enumerate(pairwise(start.tolist())):
        plan += _distribution(given[first:stop], profile.is_exact, f"infoset '{sets.label[h]}'")
    return plan


_NO_NUMBERS = "this is no profile: a probability is missing, negative or not a number."


def _distribution(given: Iterable[Any], exact: bool, where: str) -> list[Fraction]:
    listed = list(given)
    if not all(not p or (isfinite(p) and p >= 0) for p in listed):  # most are zero in large games
        raise GameError(_NO_NUMBERS)
    zero = Fraction(0)
    odds = [Fraction(p) if p else zero for p in listed]
    total = sum((p for p in odds if p), zero)
    if abs(total - 1) > (0 if exact else ROUNDING):
        raise GameError(f"this is no profile: at {where} probabilities sum to {total}.")
    return odds if total == 1 else [p / total for p in odds]


# ── games in strategic form ─────────────────────────────────────────────────────────────────────


def check_mixed(game: StrategicGame, profile: object) -> MixedProfile:
    """The profile, where it is one of this game in strategic form; else GameError."""
    if not isinstance(profile, MixedProfile):
        raise GameError(
            "certify judges a mixed profile of a game in strategic form; found "
            f"{type(profile).__name__}. Make one with MixedProfile.of."
        )
    other = profile.game
    if other is not game and (
        other.players != game.players or other.strategies != game.strategies
    ):
        raise GameError(
            f"this profile is of another game ('{other.title}', {_size(other)}) than the one to "
            f"judge it in ('{game.title}', {_size(game)}). Make it with MixedProfile.of for that "
            "game."
        )
    return profile


def _size(game: StrategicGame) -> str:
    return " × ".join(map(str, game.shape)) + " strategies"


def exact_weights(game: StrategicGame, profile: MixedProfile) -> list[list[Fraction]]:
    """Each player's mixed strategy in exact numbers; floats divided by their sum."""
    if tuple(len(own) for own in profile.weights) != game.shape:
        raise GameError(_NO_NUMBERS)
    return [
        _distribution(own, not isinstance(own, np.ndarray), f"the strategies of {player}")
        for player, own in zip(game.players, profile.weights, strict=True)
    ]


# ── beliefs from anywhere ───────────────────────────────────────────────────────────────────────


def exact_beliefs(game: Game, beliefs: object) -> tuple[dict[int, list[Fraction]], bool]:
    """The beliefs in exact numbers, floats divided by their sum, and whether they were exact."""
    if not isinstance(beliefs, Beliefs):
        raise GameError(
            f"beliefs are given as Beliefs; found {type(beliefs).__name__}. Make them with "
            "Beliefs.of."
        )
    if not same_tree(game, beliefs.game):
        raise GameError(
            f"these beliefs are of another game ('{beliefs.game.title}') than the one to judge "
            f"them in ('{game.title}'). Make them with Beliefs.of for that game."
        )
    sets = game.infosets
    sizes = np.bincount(game.infoset[game.mover >= 0], minlength=len(sets)).tolist()
    found, exact = {}, True
    for infoset, odds in beliefs.at_infoset.items():
        listed: list[Any] = list(odds)
        known = 0 <= infoset < sets.num_player_infosets and len(listed) == sizes[infoset]
        if not known or not all(isfinite(p) and p >= 0 for p in listed):
            raise GameError(f"these are no beliefs: at infoset {infoset} a number is wrong.")
        floating = any(isinstance(p, float | np.floating) for p in listed)
        numbers = [Fraction(p) for p in listed]
        total = sum(numbers, Fraction(0))
        if abs(total - 1) > (ROUNDING if floating else 0):
            raise GameError(
                f"these are no beliefs: at infoset '{sets.label[infoset]}' they sum to {total}."
            )
        exact = exact and not floating
        found[infoset] = [p / total for p in numbers]
    return found, exact
