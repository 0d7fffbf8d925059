"""The lenses beside the verdict: a column each, and where they disagree."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from detente.stability.disagreement import clash, schools, sides_of
from detente.stability.words import listed

if TYPE_CHECKING:
    from detente.stability.lenses import Seen
    from detente.stability.verdict import Report, Verdict

VERDICT = "equilibrium"
"""The lens that the table's own column `verdict` is."""
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
    """Where lenses disagree: how often, why, and a bundle for each way, one that has a row if any.

    `shown` : the verdicts that have a row, in order
    """
    groups: dict[tuple[tuple[str, ...], tuple[str, ...]], list[Verdict]] = {}
    in_order = {verdict.name: verdict for verdict in (*shown, *report.bundles)}
    for verdict in in_order.values():
        yes, no = sides_of(verdict.lenses)
        if yes and no:
            groups.setdefault((yes, no), []).append(verdict)
    ranked = sorted(groups.items(), key=lambda group: -len(group[1]))
    if ranked:
        yield "Where the lenses disagree (explain tells it of each bundle):"
    for (yes, no), verdicts in ranked[:CLASHES]:
        yield f"{clash(yes, no, len(verdicts))}. {' '.join(schools(yes, no))}".rstrip()
        told = listed([verdicts[0].lenses[name].text.rstrip(".") for name in no])
        yield f"  {verdicts[0].name}: {told}."
    if len(ranked) > CLASHES:
        left = sum(len(verdicts) for _, verdicts in ranked[CLASHES:])
        yield f"… and {left} bundles in other ways; --json has them all."
