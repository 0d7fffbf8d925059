"""The lens of the conflict graph: would no side move on, given how the others could answer?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np

from detente.errors import OutOfTime
from detente.stability.graph.from_summit import SummitConflict, refusal
from detente.stability.graph.judging import Findings, find, graph
from detente.stability.graph.rules import CONCEPTS
from detente.stability.lens import Lens, Sight
from detente.stability.words import listed

if TYPE_CHECKING:
    from detente.stability.graph.verdict import Verdict
    from detente.summit.summit import Summit

CREDIBLE = ("nash", "sseq", "seq")
"""The concepts that count only answers by which those who give them gain."""
ORDER = (*CREDIBLE, "smr", "gmr")
"""From the most to the least demanding."""
SECONDS_A_BUNDLE = 0.003
"""What reading one bundle's values off its game takes, roughly."""


def look(summit: Summit, bundles: Sequence[int], deadline: float | None) -> Iterator[Sight]:
    """What the conflict graph says of each bundle.

    A bundle holds where it is sequentially stable for every side: no side gains by moving alone,
    or each such gain can be answered by moves that the others gain by, so that it is none. Answers
    that would hurt those who give them (GMR and SMR alone) do not count as holding.

    Raises OutOfTime where the deadline passes.
    """
    limit = None if deadline is None else max(0.0, deadline - perf_counter())
    analysis = graph(summit, time_limit=limit)
    findings = find(analysis, tuple(CONCEPTS), deadline=deadline)
    if findings.stopped == "time_limit":
        raise OutOfTime
    if findings.stopped == "interrupted":
        raise KeyboardInterrupt
    for bundle in bundles:
        if deadline is not None and perf_counter() > deadline:
            raise OutOfTime
        yield sight(findings, bundle)


def sight(findings: Findings, bundle: int) -> Sight:
    """What was found of the state in which a bundle is in force."""
    conflict = findings.conflict
    assert isinstance(conflict, SummitConflict)
    state = conflict.state_of(bundle)
    held = findings.held(state)
    strongest = next((key for key in ORDER if key in held), None)
    word = "leaves: " + listed(_leaving(findings, state)) if strongest is None else (
        CONCEPTS[strongest].name if strongest in CREDIBLE else f"{CONCEPTS[strongest].name} only"
    )
    return Sight(
        holds=strongest in CREDIBLE,
        word=word,
        text=_text(findings, state, strongest),
        data={
            "concepts": list(held),
            "leaves": {
                key: list(conflict.who(np.flatnonzero(~stable[:, state]).tolist()))
                for key, stable in findings.stable.items()
            },
        },
    )


def _leaving(findings: Findings, state: int) -> tuple[str, ...]:
    """The sides that no answer deters, however harsh."""
    stable = findings.stable["gmr"][:, state]
    return findings.conflict.who(np.flatnonzero(~stable).tolist())


def _text(findings: Findings, state: int, strongest: str | None) -> str:
    """One sentence with the witness that says most."""
    analysis, sides = findings.analysis, range(findings.conflict.num_sides)
    if strongest == "nash":
        return "No side gains by anything that it can do alone."
    if strongest is None:
        side = int(np.flatnonzero(~findings.stable["gmr"][:, state])[0])
        return _sentence(analysis.verdict("gmr", side, state).why)
    assert strongest is not None
    if strongest in CREDIBLE:
        moving = [side for side in sides if not findings.stable["nash"][side, state]]
        found = [analysis.verdict(strongest, side, state) for side in moving]
        return _sentence(f"every gain is answered: {'; '.join(_dearest(v).why for v in found)}")
    side = int(np.flatnonzero(~findings.stable["seq"][:, state])[0])
    breach = analysis.verdict("seq", side, state).breach
    answers = analysis.verdict(strongest, side, state).answers
    (answer,) = (one for one in answers if one.improvement == breach)
    told_so = replace(analysis.verdict(strongest, side, state), answers=(answer,))
    return _sentence(f"only at a cost to those who answer: {told_so.why}")


def _dearest(verdict: Verdict) -> Verdict:
    """The verdict with the one improvement that would be worth most."""
    conflict, (side,) = verdict.conflict, verdict.numbers
    payoff = conflict.payoff[side]
    best = max(verdict.answers, key=lambda answer: int(payoff[answer.improvement[-1].target]))
    return replace(verdict, answers=(best,))


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


def cost(summit: Summit, num_bundles: int) -> float:
    """Seconds, roughly: every bundle is a state, however few are asked about."""
    return SECONDS_A_BUNDLE * len(summit.bundles)


LENS = Lens(
    name="graph",
    question=(
        "Would no side move on alone, given what the others could gain by answering (sequential "
        "stability in the conflict graph)?"
    ),
    refusal=refusal,
    cost=cost,
    look=look,
)
