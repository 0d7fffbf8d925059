"""The method 'backward-induction': all pure subgame-perfect equilibria of what everyone sees.

Selten (1965); for the sets of payoffs with ties see `induction`. Where all is seen, each of them is
a Nash equilibrium too, and a sequential one: beliefs have nothing to be about (Kreps and Wilson
1982). So asked for one of these, it gives the first.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from detente.errors import NotSupported, OutOfTime
from detente.game.profile import Profile
from detente.game.tree import Game, Role
from detente.solvers.collect import Claim, Found, collect
from detente.solvers.perfect_information.induction import (
    Induction,
    Limits,
    Track,
    induce,
    refuse_hidden_information,
)
from detente.solvers.perfect_information.integers import FirstPass, IntegerGame
from detente.solvers.perfect_information.listing import profiles
from detente.solvers.perfect_information.payoff_sets import COUNT_BITS
from detente.solvers.registry import AnyGame, Request, Solver
from detente.solvers.result import BundleRange, Equilibrium, Result

if TYPE_CHECKING:
    from detente.certify import Series

OVER = "all pure subgame-perfect equilibria"
ALIKE = "profiles that play alike at every occurrence of a shared node"
APART = "profiles in which every occurrence of a shared node chooses for itself"


def run(game: AnyGame, request: Request) -> Result:
    """One equilibrium or several, with the ranges over all of them.

    When the time limit passes or the run is interrupted, what was found until then is kept.
    """
    assert isinstance(game, Game)
    if request.concept != "spe":
        return _one(game, request)
    started = time.perf_counter()
    try:
        numbers = IntegerGame(game)
        first = numbers.first_pass(request.deadline)
    except (OutOfTime, KeyboardInterrupt) as stop:
        stopped, reason = _why(stop)
        return Result(
            game, "spe", SOLVER.name, (), "some", stopped=stopped, over=OVER,
            reason=f"{reason} before there was a first equilibrium.",
            seconds=time.perf_counter() - started,
        )
    found, cut = _ranges(game, numbers, first, request)
    listed = _list(game, profiles(numbers, first), request)
    return _result(game, found, cut, listed, request, started)


def _one(game: Game, request: Request) -> Result:
    """The first equilibrium, certified for the concept that is asked for."""
    return collect(game, request, SOLVER.name, _first(game, request), lambda: Claim("one"))


def _first(game: Game, request: Request) -> Iterator[Found]:
    numbers = IntegerGame(game)
    first = numbers.first_pass(request.deadline)
    payoffs = numbers.fractions(first.value[: game.num_players])
    yield Found(_pure(game, first.choice), payoffs, sequential=True)


def _ranges(
    game: Game, numbers: IntegerGame, first: FirstPass, request: Request
) -> tuple[Induction | None, str]:
    """What all equilibria give, if there was time, and why the comparison was cut short, if so."""
    tracks = [
        Track(tuple(game.tagged(role, bundle)))
        for bundle in range(len(game.bundles)) for role in (Role.SIGNED, Role.KEPT)
    ]
    try:
        limits = Limits(deadline=request.deadline)
        found = induce(game, tracks, limits=limits, numbers=numbers, first=first)
        return found, "" if found.stopped == "finished" else found.stopped
    except (OutOfTime, KeyboardInterrupt) as stop:
        return None, _why(stop)[0]


@dataclass(frozen=True)
class _Listed:
    """`exhausted` : whether there are no more."""

    equilibria: tuple[Equilibrium, ...]
    exhausted: bool
    stopped: str = "finished"
    reason: str = ""


def _list(
    game: Game, found: Iterator[tuple[Sequence[int], tuple[Fraction, ...]]], request: Request
) -> _Listed:
    """Certified equilibria, as many as are asked for."""
    from detente.certify import Series

    listed: list[Equilibrium] = []
    certificates = Series(game) if request.most > 1 else None
    try:
        for choice, payoffs in found:
            if len(listed) == request.most:
                reason = f"stopped at {request.most}; there are others, which a higher limit lists."
                return _Listed(tuple(listed), False, "limit", reason)
            if listed and request.deadline is not None and time.perf_counter() > request.deadline:
                return _Listed(tuple(listed), False, *_why(OutOfTime()))
            equilibrium = _certified(game, choice, payoffs, certificates)
            if equilibrium.certificate.verdict != "proved":
                return _Listed(tuple(listed), False, "failed", _defect(equilibrium))
            listed.append(equilibrium)
    except KeyboardInterrupt as stop:
        return _Listed(tuple(listed), False, *_why(stop))
    return _Listed(tuple(listed), True)


def _certified(
    game: Game,
    choice: Sequence[int],
    payoffs: Sequence[Fraction],
    certificates: Series | None,
) -> Equilibrium:
    from detente.certify import certify

    profile = _pure(game, choice)
    by_party = dict(zip(game.players, payoffs, strict=True))
    certificate = (
        certify(game, profile, concept="spe") if certificates is None
        else certificates.certify(profile)
    )
    return Equilibrium(profile, by_party, certificate, sequential=True)


def _pure(game: Game, choice: Sequence[int]) -> Profile:
    """The profile that takes these moves at the nodes."""
    column = np.zeros(game.infosets.num_player_infosets, dtype=np.int32)
    decisions = np.flatnonzero(game.mover >= 0)
    column[game.infoset[decisions]] = np.asarray(choice, dtype=np.int32)[decisions]
    return Profile.pure(game, column)


def _defect(equilibrium: Equilibrium) -> str:
    certificate = equilibrium.certificate
    return (
        f"an equilibrium that was found does not certify ({certificate.verdict}: "
        f"{certificate.reason or certificate.where}), so it is withheld."
    )


def _why(stop: BaseException) -> tuple[str, str]:
    if isinstance(stop, OutOfTime):
        return "time_limit", "the time limit passed"
    return "interrupted", "interrupted"


def _result(
    game: Game,
    found: Induction | None,
    cut: str,
    listed: _Listed,
    request: Request,
    started: float,
) -> Result:
    number = len(listed.equilibria)
    count, count_of = _count(game, found, listed)
    complete = "all_pure" if listed.exhausted else "one" if number == request.most == 1 else "some"
    stopped, reason = listed.stopped, listed.reason
    if stopped == "limit" and request.most == 1:
        stopped, reason = "finished", "one was asked for; there are others."
    if found is not None and stopped in ("finished", "limit"):
        reason = " ".join(filter(None, [reason, _both_counts(game, found, listed)]))
    if stopped == "finished" and cut:
        stopped, reason = cut, "stopped before all equilibria were compared."
    return Result(
        game, "spe", SOLVER.name, listed.equilibria, complete, count, count_of, stopped, reason,
        seconds=time.perf_counter() - started,
        over=OVER,
        payoff_set=found.vectors if found else None,
        payoff_range=dict(zip(game.players, found.ranges, strict=True)) if found else None,
        payoff_range_exact=found is not None and all(found.ranges_exact),
        bundle_ranges=_bundle_ranges(game, found) if found else None,
    )


def _count(game: Game, found: Induction | None, listed: _Listed) -> tuple[int | None, str]:
    """How many equilibria there are, and what that counts."""
    if listed.exhausted:
        return len(listed.equilibria), "profiles" if game.is_tree else ALIKE
    return found.count if found else None, "profiles" if game.is_tree else APART


def _both_counts(game: Game, found: Induction, listed: _Listed) -> str:
    """What `count` leaves open."""
    if found.count is None:
        number = f"has more than {COUNT_BITS} binary digits, or was too long to count"
    elif found.count < 10**15:
        number = f"is {found.count}"
    else:
        number = f"has {len(str(found.count))} digits"
    if not game.is_tree and listed.exhausted and found.count != len(listed.equilibria):
        return f"The number of {APART} {number}."
    if found.count is None and not listed.exhausted:
        return f"Their number {number}."
    return ""


def _bundle_ranges(game: Game, found: Induction) -> tuple[BundleRange, ...]:
    return tuple(
        BundleRange(
            found.tracked[2 * b], found.tracked[2 * b + 1],
            all(found.tracked_exact[2 * b : 2 * b + 2]),
        )
        for b in range(len(game.bundles))
    )


STRATEGIC = (
    "backward induction takes trees; in strategic form all move at the same time, none seeing the "
    "others. Ask for concept 'nash'."
)


def _refusal(game: AnyGame) -> str | None:
    if not isinstance(game, Game):
        return STRATEGIC
    try:
        refuse_hidden_information(game)
    except NotSupported as error:
        return error.message
    return None


SOLVER = Solver(
    name="backward-induction",
    concepts=("spe", "nash", "sequential"),
    delivers="all_pure",
    exact=True,
    refusal=_refusal,
    run=run,
    lists=("spe",),
    accepts="trees of perfect information, any number of players",
)
