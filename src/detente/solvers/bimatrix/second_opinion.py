"""What nashpy finds, made exact and certified: shared by the methods `nashpy-…`.

nashpy (Knight and Campbell 2018) computes in floating point. Its supports are solved for exactly;
what does not certify then is withheld, and counted in the reason.
"""

from __future__ import annotations

import sys
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import partial
from math import inf
from types import FrameType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detente.errors import GameError, NotSupported, OutOfTime
from detente.game.information import information
from detente.game.mixed import MixedProfile
from detente.game.profile import Profile
from detente.game.sequence_form import sequence_form
from detente.game.strategic import StrategicGame, strategies_of, to_strategic
from detente.game.tree import Game
from detente.solvers.bimatrix.matrices import Bimatrix, mix_on
from detente.solvers.bimatrix.matrices import refusal as no_bimatrix
from detente.solvers.collect import Claim, Found, collect
from detente.solvers.lemke_howson import certified
from detente.solvers.registry import AnyGame, Request
from detente.solvers.result import Result

Pair = tuple[NDArray[np.float64], NDArray[np.float64]]
"""A mixed strategy of the row player and one of the column player."""
Proposals = Callable[[Any, Request], Iterator[Pair]]
"""From a `nashpy.Game` to what its algorithm finds, one after another."""

CELLS = 1_000_000
"""Profiles of the reduced strategic form that a tree may have."""

THRESHOLDS = (1e-9, 1e-6, 1e-4, 1e-3, 1e-2, 5e-2)
"""Probabilities from which a strategy counts as played, tried in turn."""


@dataclass
class _Notes:
    """What nashpy said, and what came of it."""

    proposed: int = 0
    withheld: int = 0
    warned: list[str] = field(default_factory=list)
    failed: str = ""
    last: Pair | None = None


def run(
    method: str,
    proposals: Proposals,
    converges: bool,
    game: AnyGame,
    request: Request,
    patience: float | None = None,
) -> Result:
    """The certified equilibria among what nashpy proposes.

    `converges` : whether the proposals are stages of one learning process, of which the first
        that leads to an equilibrium counts
    `patience` : seconds that it gets for one proposal, where it may go on for ever
    """
    matrices, back = _as_matrices(game)
    bimatrix, notes = Bimatrix.of(matrices), _Notes()

    def found() -> Iterator[Found]:
        known: set[Any] = set()
        for x, y in _proposed(bimatrix, proposals, patience, request, notes):
            profile = exact_profile(bimatrix, x, y)
            notes.withheld += profile is None
            flat = () if profile is None else tuple(back(profile))
            if profile is not None and flat not in known:
                known.add(flat)
                yield Found(Profile.mixed(game, flat) if isinstance(game, Game) else profile)
                if converges:
                    return

    def claim() -> Claim:
        return _claim(notes, converges, matrices)

    result = collect(game, request, method, found(), claim)
    if result.stopped == "finished" and (notes.failed or not result.equilibria):
        return replace(result, complete="some", stopped="failed", reason=claim().reason)
    return result


def _proposed(
    bimatrix: Bimatrix,
    proposals: Proposals,
    patience: float | None,
    request: Request,
    notes: _Notes,
) -> Iterator[Pair]:
    """Proposals one by one; what nashpy warns of or stumbles over goes into the notes."""
    import nashpy  # type: ignore[import-untyped]

    theirs = iter(proposals(nashpy.Game(*bimatrix.floats), request))
    while True:
        request.check()
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            try:
                pair = _next_in_time(theirs, request.deadline, patience)
            except _TooLong:
                notes.failed = f"nashpy was cut short after {patience:.0f} s; it may have cycled."
                continue
            # Whatever goes wrong in there is the answer of that method, not a defect here.
            except (
                ArithmeticError, AttributeError, LookupError, RuntimeError, TypeError, ValueError,
            ) as error:  # fmt: skip
                notes.failed = f"nashpy stopped with {type(error).__name__}: {error}".split("\n")[0]
                pair = None
        told = [" ".join(str(one.message).split()) for one in caught]
        notes.warned += [text for text in told if text not in notes.warned]
        if pair is None:
            return
        notes.proposed += 1
        if all(np.isfinite(own).all() and own.sum() > 0 for own in pair):
            notes.last = pair
            yield pair
        else:
            notes.withheld += 1


class _TooLong(Exception):
    """One proposal took longer than its share of time."""


def _next_in_time(
    theirs: Iterator[Pair], deadline: float | None, patience: float | None
) -> Pair | None:
    """The next proposal; OutOfTime or _TooLong where that takes too long.

    nashpy takes no limit of time, so the clock is looked at whenever its own code calls a function.
    Other code may run in between, as what is registered in `gc.callbacks` does, and there what is
    raised would be lost, and the profile function with it.
    """
    if deadline is None and patience is None:
        return next(theirs, None)
    until = time.perf_counter() + patience if patience is not None else inf

    def look(frame: FrameType, _event: str, _argument: object) -> None:
        if not frame.f_globals.get("__name__", "").startswith("nashpy"):
            return
        now = time.perf_counter()
        if deadline is not None and now > deadline:
            raise OutOfTime
        if now > until:
            raise _TooLong

    before = sys.getprofile()
    sys.setprofile(look)
    try:
        return next(theirs, None)
    finally:
        sys.setprofile(before)


def exact_profile(
    bimatrix: Bimatrix, x: NDArray[np.float64], y: NDArray[np.float64]
) -> MixedProfile | None:
    """The exact equilibrium with the supports of a floating-point profile, where there is one."""
    tried = []
    for threshold in THRESHOLDS:
        supports = [np.flatnonzero(own > threshold).tolist() for own in (x, y)]
        if supports in tried or not all(supports):
            continue
        tried.append(supports)
        weights = mix_on(bimatrix, *supports)
        if weights is not None:
            profile = bimatrix.profile(*weights)
            if certified(bimatrix, profile) is not None:
                return profile
    return None


def _claim(notes: _Notes, converges: bool, game: StrategicGame) -> Claim:
    told = [notes.failed] if notes.failed else []
    if converges and notes.last is not None and notes.withheld == notes.proposed:
        told.append(f"play did not settle on an equilibrium; last it was {_played(notes, game)}.")
    elif notes.withheld:
        told.append(
            f"{notes.withheld} of {notes.proposed} that nashpy proposed do not certify and are "
            "withheld."
        )
    elif not notes.proposed and not notes.failed:
        told.append("nashpy proposed none.")
    told += [f"nashpy warns: {text}" for text in notes.warned]
    return Claim("some", reason=" ".join(told) or "nashpy does not say whether there are others.")


def _played(notes: _Notes, game: StrategicGame) -> str:
    """The last play, the likeliest strategies first."""
    assert notes.last is not None
    movers = Bimatrix.of(game).movers
    said = []
    for player, own in zip(movers, notes.last, strict=True):
        likely = np.argsort(-own, kind="stable")[:4]
        listed = ", ".join(f"{game.strategies[player][k]} {own[k]:.3g}" for k in likely if own[k])
        said.append(f"{game.players[player]}: {listed}")
    return "; ".join(said)


# ── trees, by their reduced strategic form ──────────────────────────────────────────────────────


def _as_matrices(game: AnyGame) -> tuple[StrategicGame, Callable[[MixedProfile], list[Any]]]:
    """The game as matrices, and the way from its profiles back to flat probabilities."""
    if isinstance(game, StrategicGame):
        return game, lambda profile: [p for own in profile.weights for p in own]
    try:
        return to_strategic(game, CELLS), partial(_behavior, game)
    except GameError as error:
        raise NotSupported(error.message) from None


def _behavior(game: Game, profile: MixedProfile) -> list[Any]:
    """The behavior profile with the realization plans of mixtures of reduced strategies (Kuhn
    1953)."""
    form = sequence_form(game)
    plans = []
    for own in form.sequences:
        does = strategies_of(game, own.player)
        plan = [Fraction(1)] + [Fraction(0)] * (own.num - 1)
        for weight, row in zip(profile.weights[own.player], does.tolist(), strict=True):
            for k, action in enumerate(row):
                if weight and action >= 0:
                    plan[int(own.start[k]) + action] += weight
        plans.append(plan)
    return [p for probabilities in form.profile(plans) for p in probabilities]


def refusal(game: AnyGame) -> str | None:
    """Why nashpy's methods do not take a game; None if they do."""
    if isinstance(game, StrategicGame):
        return no_bimatrix(game)
    if not game.is_tree:
        return "nashpy takes matrices; this game shares continuations: expand it first."
    movers = set(game.infosets.mover[: game.infosets.num_player_infosets].tolist())
    if len(movers) > 2 or game.num_players < 2:
        return f"nashpy takes two players; here {len(movers)} of {game.num_players} move."
    structure = information(game)
    if not structure.perfect_recall:
        return (
            "nashpy takes a tree as the mixtures of its strategies, which need perfect recall. "
            f"{structure.witness['perfect_recall']}"
        )
    return None
