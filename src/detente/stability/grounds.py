"""Which of the choices behind a verdict are told as its reasons: what makes it fail, or nearly."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from detente.stability.case import Case
from detente.stability.foresight import foreseen
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
    stakes = _causes_first(case, signed, stakes)
    if not stakes or (acceptable != "never" and honoured != "never"):
        stakes += _tightest([s for s in (*consents, *breaches) if s.gain < 0])
    modal = {"consent": acceptable, "compliance": honoured}
    causes = [stake.foreseen for stake in stakes if stake.foreseen]
    return tuple(
        reason(stake, case.wording, sometimes=modal.get(stake.kind) == "sometimes", case=case,
               root=stake in causes)
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
        for place in temptations(case.continuation, node, case.broken, case.wording)
        if place.first or place.breaks
    ]
    return consents, breaches


def _deciding(modal: Modal | None, stakes: Sequence[Stake]) -> list[Stake]:
    """Those that make it fail; where it holds in some equilibria only, those that are ties too."""
    if modal == "always":
        return []
    ties = modal == "sometimes"
    return _tightest([stake for stake in stakes if stake.gain > 0 or (ties and stake.gain == 0)])


def _causes_first(case: Case, signed: Sequence[int], stakes: Sequence[Stake]) -> list[Stake]:
    """A breach that only anticipates another one stands behind it."""
    found: list[Stake] = []
    for stake in stakes:
        cause = None
        if stake.kind == "compliance" and stake.first and stake.gain > 0:
            cause = _cause(case, signed, stake)
        if cause is None:
            found.append(stake)
        else:
            found += [cause, replace(stake, foreseen=cause)]
    told = {(s.foreseen.player, s.foreseen.node) for s in found if s.foreseen}
    later = {player for player, _ in told}
    return [
        stake for i, stake in enumerate(found)
        if stake.kind != "compliance" or stake.first or stake.player not in later
        or ((stake.player, stake.node) in told and stake not in found[:i])
    ]  # fmt: skip


def _cause(case: Case, signed: Sequence[int], stake: Stake) -> Stake | None:
    for node in signed:
        places = temptations(case.continuation, node, case.broken, case.wording)
        if any(place.node == stake.node for place in places):
            return foreseen(case.continuation, stake, places)
    return None


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
