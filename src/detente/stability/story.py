"""The story of one bundle, move by move: who answers what, and why, with the numbers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from fractions import Fraction
from typing import Any

from detente.stability.case import Case, bundle_index
from detente.stability.equilibrium import stability
from detente.stability.proof import BOUNDS, INDUCTION, UNIQUE, UNIQUE_AFTER, WITNESSES
from detente.stability.reasons import Stake, consent_path, consent_stakes
from detente.stability.scenes import carrying_out
from detente.stability.telling import (
    ABOUT,
    Section,
    Story,
    contents_of,
    lenses_of,
    missing_verdict,
    short_of,
    talks_of,
    turning_lines,
    worth_of,
)
from detente.stability.turning import Turning, turnings
from detente.stability.verdict import Report, Verdict
from detente.stability.words import Wording, doing, plain

__all__ = ["Section", "Story", "story"]


def story(
    talks: Any,
    which: str | int,
    *,
    round: int | None = None,
    time_limit: float | None = None,
    lenses: str | Iterable[str] | None = None,
) -> Story:
    """What happens to one bundle, from the table to the last step of the carrying-out.

    `time_limit` : in seconds, for the verdict and the talks as written; once it has passed, other
        values of the parameters are not tried either
    `lenses` : what else to ask of it, as in `stability`

    Raises SummitError, with close matches, where there is no such bundle.
    """
    index = bundle_index(talks, which)
    report = stability(talks, round=round, bundles=[index], time_limit=time_limit, lenses=lenses)
    if not report.bundles:
        missing = missing_verdict(talks.bundles[index])
        return Story(missing, report, (Section("In short", (f"Stopped early: {report.reason}",)),))
    verdict = report.bundles[0]
    if verdict.case is None:
        from detente.stability.hidden_story import hidden_story

        return hidden_story(talks, verdict, report)
    return _open_story(talks, verdict.case, report)


def _open_story(talks: Any, judged: Case, report: Report) -> Story:
    """The story where everybody sees all moves."""
    verdict = report.bundles[0]
    changes, report = _turnings(judged, report)
    wording = judged.wording
    sections = [
        Section("In short", tuple(short_of(verdict))),
        Section("What is in the deal", tuple(contents_of(talks, verdict))),
        Section("What it is worth", tuple(worth_of(talks, verdict, report, wording))),
        Section("Who signs", tuple(_table(judged))),
        Section("Carrying it out", tuple(carrying_out(judged, _first_signature(judged)))),
        Section("In the talks as written", tuple(talks_of(verdict, report))),
        Section("Asked in other ways", tuple(lenses_of(verdict, report))),
        Section("What it hangs on", tuple(_hangs_on(judged, verdict, changes))),
        Section("What vouches for it", tuple(_proof(verdict, judged))),
    ]
    kept = tuple(section for section in sections if section.lines)
    return Story(verdict, report, kept, changes)


def _turnings(judged: Case, report: Report) -> tuple[tuple[Turning, ...] | None, Report]:
    """What would change the verdict; on an interrupt nothing, and the report says so."""
    if report.stopped != "finished":
        return None, report
    try:
        return turnings(judged), report
    except KeyboardInterrupt:
        reason = "interrupted before other values of the parameters were tried."
        return None, replace(report, stopped="interrupted", reason=reason)


# ── the table ──────────────────────────────────────────────────────────────────────────────────


def _table(judged: Case) -> Iterator[str]:
    if not judged.offered:
        yield "No node of this tree is tagged as offering it."
    for offered in judged.offered:
        if consent_path(judged.continuation, offered, judged.signed) is None:
            yield "No run of consents leads from the offer to a signature."
        for stake in consent_stakes(judged.continuation, offered, judged.signed):
            yield _consent(stake, judged.wording)


def _consent(stake: Stake, wording: Wording) -> str:
    """Accepting counts as if the others accept too, and all goes on as the story tells."""
    brings = (
        f"{doing(stake.instead)} brings it {wording.amount(stake.by_instead)}, "
        f"{doing(stake.move)} {wording.amount(stake.by_move)}"
    )
    if stake.gain == 0:
        return f"{stake.party} may or may not: {brings}. It is indifferent."
    answer, better = ("does not", stake.move) if stake.gain > 0 else ("does", stake.instead)
    gain = wording.amount(abs(stake.gain))
    return f"{stake.party} {answer}: {brings}. It gains {gain} by {doing(better)}."


def _first_signature(judged: Case) -> int | None:
    for offered in judged.offered:
        path = consent_path(judged.continuation, offered, judged.signed)
        if path:
            return path[-1]
    return judged.signed[0] if judged.signed else None


# ── the end ────────────────────────────────────────────────────────────────────────────────────


def _hangs_on(
    judged: Case, verdict: Verdict, changes: tuple[Turning, ...] | None
) -> Iterator[str]:
    """A line a parameter that changes the verdict within its range."""
    formulas = judged.game.formulas
    if formulas is None or all(p.low is None for p in formulas.parameters.values()):
        return
    if changes is None:
        yield "Not judged again at other values. With all other moves left as they are:"
        yield from (f"  {line}" for line in _by_gains(verdict, judged.wording))
        return
    yield from turning_lines(formulas, changes)


def _by_gains(verdict: Verdict, wording: Wording) -> Iterator[str]:
    for reason in verdict.reasons:
        for hinge in reason.stake.hangs_on if reason.stake else ():
            for end, gain in ((hinge.low, hinge.gain_at_low), (hinge.high, hinge.gain_at_high)):
                if (gain > 0) != (reason.gain > 0):
                    verb = "gain" if gain > 0 else "lose"
                    yield (
                        f"{hinge.parameter} at {plain(end)} (now {plain(hinge.value)}): "
                        f"{reason.party} would {verb} {wording.amount(abs(gain))} by "
                        f"{doing(reason.move)}."
                    )


def _proof(verdict: Verdict, judged: Case) -> Iterator[str]:
    wording = judged.wording
    certificate = verdict.certificate
    if certificate is None:
        return
    yield (
        "No side gains by changing any one move of what is told here, whether play comes to it or "
        "not: checked exactly, by separate code."
    )
    if certificate.unique and certificate.margin:
        least = wording.amount(Fraction(certificate.margin))
        once = "Once this bundle is on the table" if judged.by_protocol else "In this game"
        yield f"{once} there is no other equilibrium: every other move loses at least {least}."
        return
    if len(set(verdict.proof.values())) == 1:
        yield f"Over all equilibria: {_PLAINLY[next(iter(verdict.proof.values()))]}."
        return
    for question, words in verdict.proof.items():
        yield f"{ABOUT[question]}: {_PLAINLY[words]}."


_PLAINLY = {
    UNIQUE: "there is only one, as every other move loses",
    UNIQUE_AFTER: "once it is signed there is only one, as every other move then loses",
    WITNESSES: (
        "it holds in some and not in others; one of each was found, and both were checked exactly"
    ),
    INDUCTION: (
        "wherever a side is indifferent, each of its choices was followed to the end; of these "
        "equilibria the one told here was checked by other code"
    ),
    BOUNDS: (
        "there are too many to follow each; limits on what they can bring decide, and the one told "
        "here was checked by other code"
    ),
}
