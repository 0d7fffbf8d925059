"""Results as plain data for JSON: exact numbers as strings, others as numbers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from detente.show.numbers import certificate_data, number, plain_data
from detente.stability.reasons import Reason
from detente.stability.verdict import Report, Verdict

if TYPE_CHECKING:
    from detente.stability.elsewhere import Swing
    from detente.stability.following.algebraic import Place
    from detente.stability.knowledge import Belief
    from detente.stability.lens import Sight
    from detente.stability.lenses import Seen
    from detente.stability.proof import Witnesses
    from detente.stability.story import Story
    from detente.stability.turning import Turning


WORK = 500_000
"""`Elsewhere.work`, over all bundles, beyond which it is left out what they hang on: seconds."""


def _numbers(values: Mapping[str, Any] | None) -> dict[str, Any] | None:
    return None if values is None else {key: number(value) for key, value in values.items()}


def _pair(values: Iterable[Fraction] | None) -> list[Any] | None:
    return None if values is None else [number(value) for value in values]


def report_data(report: Report, *, hangs_on: bool = True) -> dict[str, Any]:
    """What `detente stability --json` prints, without the version.

    `hangs_on` : with each reason, what its gain and the verdict are at the ends of each range,
        every move solved anew; null where that is not wanted or takes long
    """
    data: dict[str, Any] = {
        "game": {
            "title": report.title,
            "players": list(report.players),
            "parties": list(report.parties),
        },
        "concept": report.concept,
        "complete": report.complete,
        "agreed_over": report.agreed_over,
        "round": report.round,
        "unit": report.unit or None,
        "stopped": report.stopped,
        "certificate": certificate_data(report.certificate),
        "proof": report.proof or None,
        "settles_on": None if report.talks is None else [
            {"name": settled.name, "agreed": _pair(settled.agreed)} for settled in report.talks
        ],
        "bundles": [
            _verdict(verdict, hangs_on and swings)
            for verdict, swings in zip(report.bundles, _affordable(report), strict=True)
        ],
        "lenses": [_seen(seen) for seen in report.lenses],
    }
    if report.reason:
        data["reason"] = report.reason
    return data


def _seen(seen: Seen) -> dict[str, Any]:
    return {
        "name": seen.name,
        "question": seen.question,
        "refusal": seen.refusal,
        "stopped": seen.stopped,
        "reason": seen.reason or None,
    }


def _sight(sight: Sight) -> dict[str, Any]:
    return {
        "holds": sight.holds,
        "word": sight.word,
        "text": sight.text,
        **plain_data(sight.data),
    }


def _affordable(report: Report) -> Iterator[bool]:
    """Of which verdicts it is told what they hang on, the first ones first."""
    work = 0
    for verdict in report.bundles:
        work += 0 if verdict.case is None else verdict.case.elsewhere.work
        yield work <= WORK


def _witnesses(witnesses: Witnesses) -> dict[str, Any]:
    return {
        "holds": certificate_data(witnesses.holds.certificate),
        "fails": certificate_data(witnesses.fails.certificate),
    }


def _verdict(verdict: Verdict, hangs_on: bool) -> dict[str, Any]:
    played = verdict.played
    return {
        "name": verdict.name,
        "terms": dict(verdict.terms),
        "values": _numbers(verdict.values),
        "played": None if played is None else {p: _pair(pair) for p, pair in played.items()},
        "breakdown": _numbers(verdict.breakdown),
        "acceptable": verdict.acceptable,
        "honoured": verdict.honoured,
        "stable": verdict.stable,
        "selected": verdict.selected,
        "strict": verdict.strict,
        "modal": dict(verdict.modal),
        "agreed": _pair(verdict.agreed),
        "kept": _pair(verdict.kept),
        "reasons": [_reason(reason, hangs_on) for reason in verdict.reasons],
        "notes": dict(verdict.notes),
        "certificate": certificate_data(verdict.certificate),
        "proof": dict(verdict.proof),
        "witnesses": {question: _witnesses(w) for question, w in verdict.witnesses.items()},
        "lenses": {name: _sight(sight) for name, sight in verdict.lenses.items()},
        "disagreement": verdict.disagreement,
    }


def _reason(reason: Reason, hangs_on: bool) -> dict[str, Any]:
    data: dict[str, Any] = {
        "party": reason.party,
        "node": reason.node,
        "move": reason.move,
        "gain": number(reason.gain),
        "text": reason.text,
        "kind": reason.kind,
    }
    swings = reason.hangs_on if hangs_on else None
    data["hangs_on"] = None if swings is None else [_swing(swing) for swing in swings]
    if reason.stake is None:
        data["type"] = reason.type or None
        data["belief"] = None if reason.belief is None else _belief(reason.belief)
    return data


def _belief(belief: Belief) -> dict[str, Any]:
    """Whose belief, where, about whose type (null: about moves), and how likely each thing is."""
    return {
        "party": belief.party,
        "infoset": belief.infoset,
        "about": belief.about or None,
        "odds": {words: number(p) for words, p in belief.odds.items()},
    }


def _swing(swing: Swing) -> dict[str, Any]:
    return {
        "parameter": swing.parameter,
        "value": number(swing.value),
        "range": [number(swing.low), number(swing.high)],
        "flips": swing.flips,
        "gain_at_low": number(swing.gain_at_low),
        "gain_at_high": number(swing.gain_at_high),
        "stable_at_low": swing.stable_at_low,
        "stable_at_high": swing.stable_at_high,
    }


def story_data(story: Story) -> dict[str, Any]:
    """What `detente explain --json` prints, without the version."""
    data = report_data(story.report)
    return {
        "game": data["game"],
        "concept": data["concept"],
        "stopped": data["stopped"],
        "bundle": next(iter(data["bundles"]), None),
        "story": [{"title": s.title, "lines": list(s.lines)} for s in story.sections],
        "turnings": None if story.turnings is None else [_turning(t) for t in story.turnings],
    }


def _turning(turning: Turning) -> dict[str, Any]:
    return {
        "parameter": turning.parameter,
        "value": number(turning.value),
        "range": [number(turning.low), number(turning.high)],
        "at": _pair(turning.at),
        "exact": turning.exact,
        "place": _place(turning.place),
        "until": _place(turning.until),
        "beyond": "above" if turning.above else "below",
        "stable_beyond": turning.stable,
        "stable_there": turning.there,
        "why": turning.why,
        "why_at": number(turning.end if turning.told_at is None else turning.told_at),
    }


def _place(place: Place | None) -> Any:
    """An exact place, be it irrational; null where it is not known."""
    from detente.stability.following.union import place_data

    return plain_data(place_data(place))
