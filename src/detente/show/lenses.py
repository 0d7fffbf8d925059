"""The lenses beside the verdict: a column each, and where they disagree."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from detente.stability.disagreement import clash, schools, sides_of
from detente.stability.words import counted

if TYPE_CHECKING:
    from detente.stability.lenses import Seen
    from detente.stability.verdict import Report, Verdict

VERDICT = "equilibrium"
"""The lens that the table's own column `verdict` is."""
Names = tuple[str, ...]
CLASHES = 5
"""Ways in which lenses disagree that are told."""


def looked(report: Report) -> Iterator[Seen]:
    """The lenses that get a column: asked, not refused, and other than the verdict itself."""
    for seen in report.lenses:
        if seen.name != VERDICT and any(sight is not None for sight in seen.sights):
            yield seen


def cell(verdict: Verdict, name: str) -> str:
    """What stands in the column of a lens."""
    sight = verdict.lenses.get(name)
    return "?" if sight is None else sight.word


def lens_lines(report: Report) -> Iterator[str]:
    """What each column asks; and why a lens has none."""
    for seen in looked(report):
        cut = f" Stopped: {seen.reason}" if seen.stopped != "finished" else ""
        yield f"Under {seen.name}: {seen.question}{cut}"
    for seen in report.lenses:
        if seen.refusal is not None:
            yield f"No {seen.name}: {seen.refusal}"
        elif seen.stopped == "not_asked" or not any(seen.sights or (None,)):
            yield f"No {seen.name}: {seen.reason}"


def clash_lines(report: Report, shown: Sequence[Verdict]) -> Iterator[str]:
    """Where lenses disagree: how often, a bundle for each way, and what the ways to ask differ in.

    `shown` : the verdicts that have a row, in order; the example is one of them where it can be
    """
    groups: dict[tuple[Names, Names], list[Verdict]] = {}
    for verdict in {verdict.name: verdict for verdict in (*shown, *report.bundles)}.values():
        yes, no = sides_of(verdict.lenses)
        if yes and no:
            groups.setdefault((yes, no), []).append(verdict)
    ranked = sorted(groups.items(), key=lambda group: -len(group[1]))
    told = ranked[:CLASHES]
    if told:
        yield "Where the lenses disagree:"
    for (yes, no), verdicts in told:
        yield f"{clash(yes, no, len(verdicts))}."
        yield f"  {verdicts[0].name}: {'; '.join(_witness(verdicts[0], name) for name in no)}."
    if len(ranked) > len(told):
        left = sum(len(verdicts) for _, verdicts in ranked[CLASHES:])
        yield f"{left} more in {counted(len(ranked) - len(told))} other ways: see --json."
    reasons = dict.fromkeys(reason for (yes, no), _ in told for reason in schools(yes, no))
    if reasons:
        yield "Why they can:"
        yield from (f"  {reason}" for reason in reasons)


def _witness(verdict: Verdict, name: str) -> str:
    """Why a lens says no, in short."""
    if name == VERDICT and verdict.reasons:
        return verdict.reasons[0].short
    return verdict.lenses[name].text.rstrip(".")
