"""What vouches for a verdict: certificates, and in words what rests on the induction alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING

from detente.game.profile import Profile
from detente.stability.case import Case
from detente.stability.continuation import Continuation, profile_of, proved
from detente.stability.verdict import Modal

if TYPE_CHECKING:
    from detente.certify import Certificate
    from detente.stability.talks import Talks

UNIQUE = "unique: every deviation strictly loses"
UNIQUE_AFTER = "unique once signed: every deviation after the signature strictly loses"
WITNESSES = "witnesses: one certified equilibrium where it holds, one where it does not"
INDUCTION = (
    "set-valued induction over ties; certified is the equilibrium that the reasons are read from"
)
BOUNDS = (
    "bounds by set-valued induction over ties; certified is the equilibrium that the reasons are "
    "read from"
)

TRIED = 64
"""Equilibria that are looked through for witnesses at most."""
NODES_TRIED = 50_000
"""Nodes of the game, times equilibria tried, at most."""


@dataclass(frozen=True)
class Witness:
    """An equilibrium and its certificate."""

    profile: Profile = field(repr=False)
    certificate: Certificate


@dataclass(frozen=True)
class Witnesses:
    """An equilibrium in which something holds, and one in which it does not."""

    holds: Witness
    fails: Witness


def claims(
    case: Case,
    signed: Sequence[int],
    acceptable: Modal | None,
    honoured: Modal | None,
    exact: bool,
) -> tuple[dict[str, str], dict[str, Witnesses]]:
    """For each question what vouches for its answer, and witnesses where it has both answers.

    `signed` : the signatures that `honoured` is about
    """
    found: dict[str, Witnesses] = {}
    if "sometimes" in (acceptable, honoured) and not case.continuation.certificate.unique:
        found = _witnesses(case, signed, {"acceptable": acceptable, "honoured": honoured})
    proof = {}
    for question, modal in (("acceptable", acceptable), ("honoured", honoured)):
        if modal is None:
            continue
        if case.continuation.certificate.unique:
            proof[question] = UNIQUE
        elif question in found:
            proof[question] = WITNESSES
        elif question == "honoured" and _unique_after(case.continuation, signed):
            proof[question] = UNIQUE_AFTER
        else:
            proof[question] = INDUCTION if exact else BOUNDS
    return proof, found


def proof_of_talks(talks: Talks) -> str:
    """What vouches for the probabilities of being signed and kept."""
    if talks.certificate.unique:
        return UNIQUE
    return INDUCTION if talks.exact else BOUNDS


def _unique_after(continuation: Continuation, signed: Sequence[int]) -> bool:
    from detente.game.expand import subgame

    if any(continuation.tie_below(node) for node in signed):
        return False
    parts = [subgame(continuation.game, node) for node in signed]
    return all(Continuation(part).certificate.unique for part in parts)


# ── witnesses ──────────────────────────────────────────────────────────────────────────────────


def _witnesses(
    case: Case, signed: Sequence[int], modals: Mapping[str, Modal | None]
) -> dict[str, Witnesses]:
    """Among the first equilibria one by one, those that answer a question either way."""
    from detente.solvers.listing import profiles

    continuation = case.continuation
    open_questions = {q for q, modal in modals.items() if modal == "sometimes"}
    seen: dict[tuple[str, bool], Profile] = {}
    tries = max(2, min(TRIED, NODES_TRIED // continuation.game.num_nodes))
    for choice, _ in islice(profiles(continuation.numbers, continuation.first), tries):
        profile = None
        for question in open_questions:
            key = (question, _holds(case, signed, question, choice))
            if key not in seen:
                profile = profile or profile_of(continuation.game, choice)
                seen[key] = profile
        if len(seen) == 2 * len(open_questions):
            break
    return {
        question: Witnesses(*(_certified(seen[question, holds]) for holds in (True, False)))
        for question in sorted(open_questions)
        if (question, True) in seen and (question, False) in seen
    }


def _certified(profile: Profile) -> Witness:
    return Witness(profile, proved(profile))


def _holds(case: Case, signed: Sequence[int], question: str, choice: Sequence[int]) -> bool:
    """Whether an equilibrium signs it wherever it is offered; whether it keeps it once signed."""
    if question == "acceptable":
        # An offer may be made again later in the talks: what counts is its own signature.
        targets = signed if case.by_protocol else case.signed
        return all(case.continuation.arrivals(node, targets, choice) for node in case.offered)
    return not any(case.continuation.arrivals(node, case.broken, choice) for node in signed)
