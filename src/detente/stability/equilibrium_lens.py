"""The verdict of `detente stability`, asked as one lens among others."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from detente.errors import OutOfTime
from detente.stability.lens import Lens, Sight
from detente.stability.verdict import Verdict

if TYPE_CHECKING:
    from detente.summit.summit import Summit

_SECONDS = 0.003
"""What judging a bundle takes, more or less."""


def sight_of(verdict: Verdict) -> Sight:
    """A verdict in the words of a lens."""
    told = [reason.text for reason in verdict.reasons[:1]] or list(verdict.notes.values())[:1]
    return Sight(
        verdict.stable,
        verdict.word,
        told[0] if told else f"It is {verdict.word}.",
        {
            "acceptable": verdict.acceptable,
            "honoured": verdict.honoured,
            "strict": verdict.strict,
            "selected": verdict.selected,
        },
    )


def _look(summit: Summit, bundles: Sequence[int], deadline: float | None) -> Iterator[Sight]:
    from detente.stability.equilibrium import stability

    left = None if deadline is None else max(0.0, deadline - time.perf_counter())
    report = stability(summit, bundles=bundles, time_limit=left)
    yield from map(sight_of, report)
    if len(report) < len(bundles):
        raise OutOfTime


LENS = Lens(
    name="equilibrium",
    question="Would it be signed and kept by sides that foresee every later move?",
    refusal=lambda summit: None,
    cost=lambda summit, count: _SECONDS * count,
    look=_look,
)
