"""From what a method finds to a result: certified, counted, and kept when the run is stopped."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from detente.errors import OutOfTime
from detente.game.beliefs import Beliefs
from detente.game.mixed import MixedProfile
from detente.game.profile import Profile
from detente.solvers.registry import AnyGame, Request
from detente.solvers.result import Component, Equilibrium, Result

if TYPE_CHECKING:
    from detente.certify import Certificate


@dataclass(frozen=True, eq=False)
class Found:
    """What a method claims to be an equilibrium.

    `payoffs` : one a party of the game, in order; computed where the method does not know them
    `certificate` : where the method already had it made by `certify`; else it is made here
    """

    profile: Profile | MixedProfile
    payoffs: Sequence[Fraction | float] | None = None
    beliefs: Beliefs | None = None
    sequential: bool | None = None
    certificate: Certificate | None = None


@dataclass(frozen=True)
class Claim:
    """What a method says of its whole list once it has come to the end of it.

    `complete` : as in `Result.complete`
    `reason` : stands beside an empty list, or says what `complete` leaves open
    """

    complete: str
    over: str = ""
    count: int | None = None
    components: tuple[Component, ...] | None = None
    reason: str = ""


@dataclass
class _Kept:
    equilibria: list[Equilibrium] = field(default_factory=list)
    stopped: str = "finished"
    reason: str = ""
    exhausted: bool = False


def collect(
    game: AnyGame,
    request: Request,
    method: str,
    found: Iterable[Found],
    claim: Callable[[], Claim],
) -> Result:
    """The result of a method that finds equilibria one after another.

    Each is certified for the concept of the request; one that is not proved (in floating point: not
    within rounding) stops the run as `failed` and is withheld. Where the iteration raises
    `OutOfTime`, or is interrupted, what was found is kept. `claim` is asked after the last one.
    """
    started = time.perf_counter()
    kept, end = _Kept(), None
    try:
        _fill(kept, game, request, iter(found))
        end = claim() if kept.exhausted else None
    except OutOfTime:
        kept.stopped, kept.reason = "time_limit", "the time limit passed"
    except KeyboardInterrupt:
        kept.stopped, kept.reason = "interrupted", "interrupted"
    listed = tuple(kept.equilibria)
    if kept.reason and kept.stopped in ("time_limit", "interrupted"):
        kept.reason += "." if listed else " before there was a first equilibrium."
    if end is None:
        one = len(listed) == 1 and kept.stopped == "finished"
        return Result(
            game, request.concept, method, listed, "one" if one else "some",
            stopped=kept.stopped, reason=kept.reason, seconds=time.perf_counter() - started,
        )  # fmt: skip
    count = end.count if end.count is not None or end.complete not in _WHOLE else len(listed)
    return Result(
        game, request.concept, method, listed, end.complete, count, stopped=kept.stopped,
        reason=end.reason, seconds=time.perf_counter() - started, over=end.over,
        components=end.components,
    )  # fmt: skip


_WHOLE = ("all", "all_pure", "none_exist")
"""Claims under which the listed equilibria are all there are."""


def _fill(kept: _Kept, game: AnyGame, request: Request, found: Iterator[Found]) -> None:
    for claimed in found:
        if len(kept.equilibria) == request.most:
            if request.most == 1 and not request.all:
                kept.reason = "one was asked for; there are others."
            else:
                kept.stopped = "limit"
                kept.reason = (
                    f"stopped at {request.most}; there are others, which a higher limit lists."
                )
            return
        equilibrium = _certified(game, request, claimed)
        certificate = equilibrium.certificate
        if certificate.verdict == "refuted" or (
            certificate.verdict != "proved" and certificate.arithmetic == "exact"
        ):
            kept.stopped = "failed"
            kept.reason = (
                f"an equilibrium that was found does not certify ({certificate.verdict}: "
                f"{certificate.where or certificate.reason}), so it is withheld."
            )
            return
        kept.equilibria.append(equilibrium)
        if len(kept.equilibria) == request.most and request.most == 1 and not request.all:
            # One is wanted: whether there are others is not asked of a method that finds them
            # one by one at a cost; those that know say so in their claim.
            return
    kept.exhausted = True


def _certified(game: AnyGame, request: Request, claimed: Found) -> Equilibrium:
    from detente.certify import certify

    certificate = claimed.certificate or certify(
        game, claimed.profile, request.concept, beliefs=claimed.beliefs
    )
    given = claimed.payoffs
    payoffs = expected_payoffs(claimed.profile) if given is None else tuple(given)
    return Equilibrium(
        claimed.profile,
        dict(zip(game.players, payoffs, strict=True)),
        certificate,
        known_beliefs=claimed.beliefs,
        sequential=claimed.sequential,
    )


def expected_payoffs(profile: Profile | MixedProfile) -> tuple[Fraction | float, ...]:
    """What each party gets, exactly where the profile is exact."""
    if isinstance(profile, MixedProfile):
        return _strategic_payoffs(profile)
    game = profile.game
    totals: list[Fraction | float] = [Fraction(0)] * game.num_players
    factors = [Fraction(1)] * game.num_players
    waiting: list[tuple[int, Fraction | float, list[Fraction]]] = [(0, Fraction(1), factors)]
    while waiting:
        node, reach, factors = waiting.pop()
        discount = game.discount(node)
        if discount is not None:
            factors = [f * d for f, d in zip(factors, discount, strict=True)]
        if game.outcome[node] >= 0:
            for i, amount in enumerate(game.payoff(node)):
                totals[i] += reach * (amount * factors[i])
        if game.infoset[node] < 0:
            continue
        h = int(game.infoset[node])
        odds: Sequence[Fraction | float] = (
            game.infosets.probabilities(h) if game.mover[node] < 0 else profile.at(h)
        )
        for child, p in zip(game.children_of(node), odds, strict=True):
            if p:
                waiting.append((child, reach * p, factors))
    return tuple(totals)


def _strategic_payoffs(profile: MixedProfile) -> tuple[Fraction | float, ...]:
    game = profile.game
    totals: list[Fraction | float] = [Fraction(0)] * game.num_players
    played = [_support(own) for own in profile.weights]
    waiting: list[tuple[tuple[int, ...], Fraction | float]] = [((), Fraction(1))]
    while waiting:
        chosen, weight = waiting.pop()
        if len(chosen) < len(played):
            waiting += [((*chosen, k), weight * p) for k, p in played[len(chosen)]]
            continue
        for i, amount in enumerate(game.payoff(*chosen)):
            totals[i] += weight * amount
    return tuple(totals)


def _support(own: Sequence[Fraction] | NDArray[np.float64]) -> list[tuple[int, Fraction | float]]:
    """The strategies that are played, with their probabilities."""
    if isinstance(own, np.ndarray):
        return [(k, p) for k, p in enumerate(own.tolist()) if p]
    return [(k, p) for k, p in enumerate(own) if p]
