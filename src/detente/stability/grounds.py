"""Which of the choices behind a verdict are told as its reasons: what makes it fail, or nearly."""

from __future__ import annotations

from collections.abc import Sequence

from detente.stability.case import Case
from detente.stability.reasons import (
    Reason,
    Stake,
    consent_stakes,
    reason,
    temptations,
    tie_stake,
)
from detente.stability.verdict import Modal


def reasons(
    case: Case, signed: Sequence[int], acceptable: Modal | None, honoured: Modal | None
) -> tuple[Reason, ...]:
    """What makes it fail, the failing question first; where it holds, the nearest misses."""
    consents, breaches = _stakes(case, signed)
    failing = [(acceptable, consents), (honoured, breaches)]
    failing.sort(key=lambda pair: pair[0] != "never")
    stakes = [stake for modal, these in failing for stake in _deciding(modal, these)]
    if not stakes and "sometimes" in (acceptable, honoured):
        stakes = _ties(case, signed)
    if not stakes or (acceptable != "never" and honoured != "never"):
        stakes += _tightest([s for s in (*consents, *breaches) if s.gain < 0])
    modal = {"consent": acceptable, "compliance": honoured}
    return tuple(
        reason(stake, case.wording, sometimes=modal.get(stake.kind) == "sometimes", case=case)
        for stake in stakes
    )


def _stakes(case: Case, signed: Sequence[int]) -> tuple[list[Stake], list[Stake]]:
    """Every consent; the best breach wherever equilibrium play arrives, or would break the deal."""
    consents = [
        stake
        for offered in case.offered
        for stake in consent_stakes(case.continuation, offered, signed)
    ]
    breaches = [
        place.tightest
        for node in signed
        for place in temptations(case.continuation, node, case.broken)
        if place.first or place.breaks
    ]
    return consents, breaches


def _deciding(modal: Modal | None, stakes: Sequence[Stake]) -> list[Stake]:
    """Those that make it fail; where it holds in some equilibria only, those that are ties too."""
    if modal == "always":
        return []
    ties = modal == "sometimes"
    return _tightest([stake for stake in stakes if stake.gain > 0 or (ties and stake.gain == 0)])


def _ties(case: Case, signed: Sequence[int]) -> list[Stake]:
    for node in signed:
        for below in case.continuation.below(node):
            if case.continuation.ties(below):
                return [tie_stake(case.continuation, below)]
    return []


def _tightest(stakes: Sequence[Stake]) -> list[Stake]:
    """Each side's greatest gain, or nearest miss, by refusing and by a breach; greatest first."""
    nearest: dict[tuple[int, str, bool], Stake] = {}
    for stake in stakes:
        key = (stake.player, stake.kind, stake.first)
        if key not in nearest or stake.gain > nearest[key].gain:
            nearest[key] = stake
    return sorted(nearest.values(), key=lambda stake: (not stake.first, -stake.gain))
