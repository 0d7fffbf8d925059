"""The story of one bundle, move by move: who answers what, and why, with the numbers."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from detente.game.tree import CHANCE
from detente.stability.case import Case, bundle_index, case
from detente.stability.continuation import Continuation
from detente.stability.equilibrium import stability
from detente.stability.hinges import Hinge
from detente.stability.reasons import Reason, Stake, consent_path, consent_stakes
from detente.stability.verdict import Report, Verdict
from detente.stability.words import amount, listed, plain

MAX_SCENES = 60
"""Nodes of the carrying-out that are told; the rest is counted."""


@dataclass(frozen=True)
class Section:
    """A heading and its lines; a line that starts with two spaces belongs to the one before."""

    title: str
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Story:
    """A bundle's verdict and how it comes about, in the equilibrium where ties go to compliance."""

    verdict: Verdict
    report: Report
    sections: tuple[Section, ...]


def story(talks: Any, which: str | int, *, round: int | None = None) -> Story:
    """What happens to one bundle, from the table to the last step of the carrying-out.

    Raises SummitError, with close matches, where there is no such bundle.
    """
    index = bundle_index(talks, which)
    report = stability(talks, round=round, bundles=[index])
    verdict = report.bundles[0]
    judged = case(talks, index, round)
    sections = [
        Section("What it contains", tuple(_contents(talks, verdict))),
        Section("What it is worth", tuple(_worth(verdict, report))),
        Section("On the table", tuple(_table(judged))),
        Section("Carrying it out", tuple(_carrying_out(judged))),
        Section("In the talks as written", tuple(_talks(verdict))),
        Section("Verdict", tuple(_verdict(verdict))),
        Section("What it hangs on", tuple(_hangs_on(verdict, report.unit))),
    ]
    return Story(verdict, report, tuple(section for section in sections if section.lines))


def _contents(talks: Any, verdict: Verdict) -> Iterator[str]:
    terms = getattr(getattr(talks, "file", None), "terms", {})
    for term, level in verdict.terms.items():
        spec = terms.get(term)
        by = f" (by {listed(spec.by)})" if spec else ""
        meaning = spec.levels[level].name if spec and level in spec.levels else ""
        yield f"{term}{by}: {level}{f', {meaning}' if meaning else ''}"


def _worth(verdict: Verdict, report: Report) -> Iterator[str]:
    for party in report.parties:
        parts = []
        if verdict.values:
            parts.append(f"{amount(verdict.values[party], report.unit)} if everyone complies")
        if verdict.played:
            low, high = verdict.played[party]
            both = plain(low) if low == high else f"{plain(low)} to {plain(high)}"
            parts.append(f"{both} as it would be played")
        if verdict.breakdown:
            parts.append(f"{plain(verdict.breakdown[party])} without agreement")
        if parts:
            yield f"{party}: {'; '.join(parts)}"


def _table(judged: Case) -> Iterator[str]:
    if not judged.offered:
        yield "Nothing in this tree puts the bundle on the table."
    for offered in judged.offered:
        if consent_path(judged.continuation, offered, judged.signed) is None:
            yield "No run of consents leads from the offer to a signature."
        for stake in consent_stakes(judged.continuation, offered, judged.signed):
            yield _consent(stake, judged.wording.unit)


def _consent(stake: Stake, unit: str) -> str:
    answer = stake.instead if stake.gain <= 0 else stake.move
    tie = " (indifferent)" if stake.gain == 0 else ""
    return (
        f"{stake.party}: '{stake.instead}' brings {amount(stake.by_instead, unit)} if the others "
        f"consent too, '{stake.move}' {amount(stake.by_move, unit)}. It answers '{answer}'{tie}."
    )


# ── the carrying-out ───────────────────────────────────────────────────────────────────────────


def _carrying_out(judged: Case) -> Iterator[str]:
    """Every node that compliance leads to, in order, with what each move brings."""
    signed = _first_signature(judged)
    if signed is None:
        yield "It is signed nowhere."
        return
    told = 0
    contexts: dict[int, str] = {signed: ""}
    for node in range(signed, judged.game.num_nodes):
        if node not in contexts:
            continue
        context = contexts.pop(node)
        if told >= MAX_SCENES:
            yield "… and so on: the rest is left out here."
            return
        lines, onwards = _scene(judged, node, context)
        told += bool(lines)
        yield from lines
        for child, text in onwards:
            contexts.setdefault(child, text)
    if not told:
        yield "Nothing is left to decide once it is signed."


def _first_signature(judged: Case) -> int | None:
    for offered in judged.offered:
        path = consent_path(judged.continuation, offered, judged.signed)
        if path:
            return path[-1]
    return judged.signed[0] if judged.signed else None


def _scene(judged: Case, node: int, context: str) -> tuple[list[str], list[tuple[int, str]]]:
    """What is said of a node, and where compliance goes from it, with the story so far."""
    continuation = judged.continuation
    mover = continuation.mover[node]
    children = continuation.children(node)
    if not children:
        return [], []
    name = judged.game.describe(node)
    if mover == CHANCE:
        actions = continuation.actions(node)
        likely = zip(actions, continuation.probabilities(node), strict=True)
        odds = ", ".join(f"'{action}' {plain(p)}" for action, p in likely)
        return [f"{context}Chance, {name}: {odds}."], [
            (child, f"{context}{_aside(name, action)}")
            for child, action in zip(children, actions, strict=True)
        ]
    party, label = judged.game.players[mover], name.strip("'")
    # Generated labels name the party themselves: 'DPRK: comply or restart'.
    lines = [f"{context}{label if label.startswith(f'{party}:') else f'{party}, {name}'}:"]
    lines += [f"  {line}" for line in _options(judged, node)]
    complying = [child for child in children if child not in judged.broken]
    if len(complying) < len(children):
        return lines, [(complying[0], context)] if complying else []
    chosen = continuation.chosen(node)
    action = continuation.actions(node)[children.index(chosen)]
    return lines, [(chosen, f"{context}{_aside(name, action)}")]


def _aside(name: str, action: str) -> str:
    return f"[{name.strip(chr(39))}: {action}] "


def _options(judged: Case, node: int) -> Iterator[str]:
    continuation = judged.continuation
    player = continuation.mover[node]
    best = continuation.ties(node)
    for i, child in enumerate(continuation.children(node)):
        action = continuation.actions(node)[i]
        breach = " (a breach)" if child in judged.broken else ""
        mark = ""
        if continuation.choice[node] == i:
            mark = ", and that is what it does"
        if i in best:
            mark += " (indifferent)" if mark else ", just as good"
        yield (
            f"'{action}'{breach} brings it "
            f"{amount(continuation.value(child, player), judged.wording.unit)}{mark}."
        )
        if breach:
            yield from (f"  {line}" for line in _aftermath(continuation, child, judged.broken))


def _aftermath(
    continuation: Continuation, node: int, broken: AbstractSet[int]
) -> Iterator[str]:
    """What follows a breach: whether it is seen, and how those who may answer it do."""
    if continuation.mover[node] != CHANCE:
        yield from _answers(continuation, node, broken, "Then")
        return
    rows = zip(
        continuation.children(node),
        continuation.actions(node),
        continuation.probabilities(node),
        strict=True,
    )
    for child, action, probability in rows:
        answers = list(_answers(continuation, child, broken, "then"))
        tail = f": {'; '.join(answers)}" if answers else ""
        yield f"{action}, with probability {plain(probability)}{tail}."


def _answers(
    continuation: Continuation, node: int, broken: AbstractSet[int], opening: str
) -> Iterator[str]:
    """The decisions that follow at once, up to the next chance to break the deal."""
    while continuation.mover[node] >= 0:
        player = continuation.mover[node]
        children, actions = continuation.children(node), continuation.actions(node)
        if not broken.isdisjoint(children):
            return
        choice = int(continuation.choice[node])
        others = [i for i in range(len(children)) if i != choice]
        here = plain(continuation.value(children[choice], player))
        against = ", ".join(
            f"{plain(continuation.value(children[i], player))} by '{actions[i]}'" for i in others
        )
        comparison = f" ({here} against {against})" if others else ""
        yield f"{opening} {continuation.game.players[player]} does '{actions[choice]}'{comparison}"
        node = children[choice]


# ── the end ────────────────────────────────────────────────────────────────────────────────────


def _talks(verdict: Verdict) -> Iterator[str]:
    if verdict.agreed is None:
        return
    yield f"It is signed with probability {_range(verdict.agreed)}."
    if verdict.kept is not None and verdict.agreed[1] > 0:
        yield f"It is signed and carried out with probability {_range(verdict.kept)}."


def _range(pair: tuple[Fraction, Fraction]) -> str:
    low, high = pair
    return plain(low) if low == high else f"{plain(low)} to {plain(high)}, by equilibrium"


def _verdict(verdict: Verdict) -> Iterator[str]:
    yield f"{verdict.word[:1].upper()}{verdict.word[1:]}."
    for key, text in verdict.notes.items():
        yield f"{key}: {text}"
    yield from (reason.text for reason in verdict.reasons)


def _hangs_on(verdict: Verdict, unit: str) -> Iterator[str]:
    for reason in verdict.reasons:
        shown = [hinge for hinge in reason.hangs_on if hinge.flips]
        for hinge in shown:
            yield _hinge(reason, hinge, unit)
        if reason.hangs_on and not shown:
            yield (
                f"{reason.party}, '{reason.move}': no single parameter turns it within its range "
                "while the others stay where they are."
            )


def _hinge(reason: Reason, hinge: Hinge, unit: str) -> str:
    return (
        f"{reason.party}, '{reason.move}': its gain is {amount(reason.gain, unit)} with "
        f"{hinge.parameter} at {plain(hinge.value)}, {plain(hinge.gain_at_low)} at "
        f"{plain(hinge.low)} and {plain(hinge.gain_at_high)} at {plain(hinge.high)}."
    )
