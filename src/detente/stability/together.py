"""Accepted and honoured in one and the same equilibrium: what `stable` asks."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

from detente.solvers.perfect_information.listing import profiles
from detente.stability.case import Case
from detente.stability.modal import Answer, accepted_and_kept
from detente.stability.reasons import consent_path
from detente.stability.verdict import Modal

WORK = 200_000
"""Nodes of a game by hand, times equilibria looked through, at most."""


def together(
    case: Case,
    after: Sequence[Answer],
    acceptable: Modal | None,
    honoured: Modal | None,
) -> Modal | None:
    """In which equilibria the bundle is accepted and kept; None where that is not decided.

    `after` : what follows each signature, breaches of the bundle being tracked

    Each may hold in some equilibria and both in none: a side that signs only where the other is
    about to break what is signed.
    """
    if "never" in (acceptable, honoured):
        return "never"
    if acceptable is None or honoured is None:
        return None
    if "always" in (acceptable, honoured):
        return honoured if acceptable == "always" else acceptable
    if case.by_protocol:
        path = consent_path(case.continuation, case.offered[0], case.signed)
        assert path is not None  # else it would never be accepted
        return accepted_and_kept(case.continuation, path, after[0], case.later)
    return _among_listed(case)


def _among_listed(case: Case) -> Modal | None:
    """By going through the equilibria of a tree written by hand, as far as that takes moments."""
    continuation = case.continuation
    tries = WORK // continuation.game.num_nodes + 2
    listed = 0
    for choice, _ in islice(profiles(continuation.numbers, continuation.first), tries):
        listed += 1
        if any(_accepts_and_keeps(case, node, choice) for node in case.offered):
            return "sometimes"
    return "never" if listed < tries else None


def _accepts_and_keeps(case: Case, offered: int, choice: Sequence[int]) -> bool:
    arrivals = case.continuation.arrivals
    return bool(arrivals(offered, case.signed, choice)) and not arrivals(
        offered, case.broken, choice
    )
