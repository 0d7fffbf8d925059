"""What vouches for a verdict: certificates, and in words what rests on the induction alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
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


@dataclass(frozen=True)
class Evidence:
    """What is known of the two questions, `acceptable` and `honoured`, beside their answers.

    `modal` : the answers; what bounds leave open is settled where witnesses settle it
    `holds` : the questions answered yes in some certified equilibrium, looked for where it is open
    `proof` : what vouches for each answer
    """

    modal: Mapping[str, Modal | None]
    holds: frozenset[str]
    proof: Mapping[str, str]
    witnesses: Mapping[str, Witnesses]


def evidence(
    case: Case, signed: Sequence[int], modal: Mapping[str, Modal | None], exact: bool
) -> Evidence:
    """Proofs of the answers, and witnesses for those that are `sometimes` or left open.

    `signed` : the signatures that `honoured` is about
    """
    if case.continuation.certificate.unique:
        answered = [question for question, answer in modal.items() if answer is not None]
        return Evidence(modal, frozenset(), dict.fromkeys(answered, UNIQUE), {})
    asked = {"acceptable": bool(case.offered), "honoured": bool(signed)}
    seen = _seen(case, signed, [q for q in modal if asked[q] and modal[q] in ("sometimes", None)])
    found = {
        question: Witnesses(seen[question, True], seen[question, False])
        for question in modal
        if (question, True) in seen and (question, False) in seen
    }
    settled: dict[str, Modal | None] = {
        question: "sometimes" if question in found else answer
        for question, answer in modal.items()
    }
    return Evidence(
        settled,
        frozenset(question for question, holds in seen if holds),
        {q: _words(case, signed, q, q in found, exact) for q, a in settled.items() if a},
        found,
    )


def with_both(known: Evidence, both: Modal | None) -> Evidence:
    """The evidence on the two questions, with that on `stable`, which asks both at once.

    `both` : the answer; what vouches for it is what vouches for the question that decides it
    """
    modal = {**known.modal, "stable": both}
    if both is None:
        return replace(known, modal=modal)
    deciding = [question for question, answer in known.modal.items() if answer == both]
    if not deciding or (both == "sometimes" and len(deciding) == 2):
        return replace(known, modal=modal, proof={**known.proof, "stable": INDUCTION})
    question = deciding[0]
    witnesses = dict(known.witnesses)
    if question in witnesses:
        witnesses["stable"] = witnesses[question]
    proof = {**known.proof, "stable": known.proof[question]}
    return replace(known, modal=modal, proof=proof, witnesses=witnesses)


def _words(case: Case, signed: Sequence[int], question: str, both: bool, exact: bool) -> str:
    if both:
        return WITNESSES
    if question == "honoured" and _unique_after(case.continuation, signed):
        return UNIQUE_AFTER
    return INDUCTION if exact else BOUNDS


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


def _seen(
    case: Case, signed: Sequence[int], questions: Sequence[str]
) -> dict[tuple[str, bool], Witness]:
    """For each question and answer, the first of the first equilibria that gives it."""
    if not questions:
        return {}
    from detente.solvers.perfect_information.listing import profiles

    continuation = case.continuation
    found: dict[tuple[str, bool], Profile] = {}
    tries = max(2, min(TRIED, NODES_TRIED // continuation.game.num_nodes))
    for choice, _ in islice(profiles(continuation.numbers, continuation.first), tries):
        for question in questions:
            key = (question, _holds(case, signed, question, choice))
            if key not in found:
                found[key] = profile_of(continuation.game, choice)
        if len(found) == 2 * len(questions):
            break
    return {key: Witness(profile, proved(profile)) for key, profile in found.items()}


def _holds(case: Case, signed: Sequence[int], question: str, choice: Sequence[int]) -> bool:
    """Whether an equilibrium signs it wherever it is offered; whether it keeps it once signed."""
    if question == "acceptable":
        # An offer may be made again later in the talks: what counts is its own signature.
        targets = signed if case.by_protocol else case.signed
        return all(case.continuation.arrivals(node, targets, choice) for node in case.offered)
    return not any(case.continuation.arrivals(node, case.broken, choice) for node in signed)
