"""The lenses beside the verdict: a column each, and where they disagree."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from detente.stability.disagreement import WHY, phrase

if TYPE_CHECKING:
    from detente.stability.lenses import Seen
    from detente.stability.verdict import Report, Verdict

VERDICT = "equilibrium"
"""The lens that the table's own column `verdict` is."""


def looked(report: Report) -> Iterator[Seen]:
    """The lenses that get a column: asked, not refused, and other than the verdict itself."""
    for seen in report.lenses:
        if seen.name != VERDICT and any(sight is not None for sight in seen.sights):
            yield seen


def cell(verdict: Verdict, name: str) -> str:
    """What stands in the column of a lens: whether it holds, and its word."""
    sight = verdict.lenses.get(name)
    return "?" if sight is None else str(sight)


def lens_lines(report: Report) -> Iterator[str]:
    """What each column asks; and why a lens has none."""
    for seen in looked(report):
        cut = f" Stopped: {seen.reason}" if seen.stopped != "finished" else ""
        yield f"Under {seen.name}: {seen.question}{cut}"
    others = [seen for seen in report.lenses if seen.name != VERDICT]
    if len(others) > 1 and all(seen.refusal is not None for seen in others):
        yield f"No other lens can look at this: {others[0].refusal}"
        return
    for seen in others:
        if seen.refusal is not None:
            yield f"No {seen.name}: {seen.refusal}"
        elif seen.stopped == "not_asked" or not any(seen.sights or (None,)):
            yield f"No {seen.name}: {seen.reason}"


def clash_lines(report: Report, shown: Sequence[Verdict]) -> Iterator[str]:
    """Where a lens and the verdict disagree: how often, the reason, and a bundle for an example.

    `shown` : the verdicts that have a row, in order; the example is one of them where it can be
    """
    verdicts = {verdict.name: verdict for verdict in (*shown, *report.bundles)}.values()
    lines = []
    for seen in looked(report):
        for stable in (True, False):
            judged = [v for v in verdicts if v.stable is stable and seen.name in v.lenses]
            clashing = [v for v in judged if v.lenses[seen.name].holds is (not stable)]
            if clashing:
                lines += list(_clash(seen.name, stable, clashing, len(judged)))
    if lines:
        yield "Where the lenses disagree with the verdict (explain tells it of each bundle):"
        yield from lines


def _clash(name: str, stable: bool, clashing: Sequence[Verdict], judged: int) -> Iterator[str]:
    """Of the stable bundles, or of the others, those of which a lens says the opposite."""
    example = clashing[0]
    whole = f"the {judged} {'stable' if stable else 'other'} bundles" if judged > 1 else (
        f"the one {'stable' if stable else 'other'} bundle"
    )
    holds = f"{'does' if len(clashing) == 1 else 'do'} not hold" if stable else (
        "holds" if len(clashing) == 1 else "hold"
    )
    yield f"{len(clashing)} of {whole} {holds} {phrase(name)}. {WHY.get(_pair(name, stable), '')}"
    short = example.reasons[0].short if example.reasons else example.word
    yield f"  {example.name}: {example.lenses[name].text if stable else short}".rstrip(".") + "."


def _pair(name: str, stable: bool) -> tuple[str, str]:
    return (VERDICT, name) if stable else (name, VERDICT)
