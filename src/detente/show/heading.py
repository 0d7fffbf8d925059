"""What stands above the table: where bundles are judged, how many hold, how the talks end."""

from __future__ import annotations

from collections.abc import Iterator

from detente.show.rows import conceding_nothing
from detente.stability.ending import talks_line
from detente.stability.verdict import Report, Verdict
from detente.stability.words import counted, listed

QUICK = 20_000
"""`Elsewhere.work` up to which parameters are tried for the heading: about a fifth of a second."""
NAMED = 3
"""Parameters that are named."""


def heading(report: Report, brief: bool = False) -> Iterator[str]:
    """The lines above the table.

    `brief` : leave out what takes time to find
    """
    yield f"{_asked(report)}{_where(report)}: {_holding(report)}."
    if report.talks is None:
        return
    yield talks_line(report.talks, in_tree=report.round is None)
    verdict = report.talks[0].verdict if len(report.talks) == 1 else None
    quick = verdict is not None and verdict.case and verdict.case.elsewhere.work <= QUICK
    if verdict is not None and quick and not brief:
        yield from _turned(verdict)


def _asked(report: Report) -> str:
    count = len(report.bundles)
    of_all = f" of {report.asked}" if count < report.asked else ""
    return f"{count}{of_all} bundle{'s' * (count != 1)}"


def _where(report: Report) -> str:
    """In which round bundles are judged, and what refusing means there."""
    if report.round is None:
        if any(verdict.offered for verdict in report.bundles):
            return ", judged where the tree offers them"
        return ", none of them offered at a tagged node"
    rounds = int(getattr(report.summit, "rounds", report.round))
    if rounds == 1:
        return ", where refusing means no agreement"
    if report.round == rounds:
        return f", judged in the last round ({rounds}), where refusing means no agreement"
    return (
        f", judged in round {report.round} of {rounds}, where refusing means going on to round "
        f"{report.round + 1}"
    )


def _holding(report: Report) -> str:
    """How many would hold; the one without concessions is named apart."""
    empty = conceding_nothing(report)
    apart = empty is not None and bool(empty.stable) and len(report.bundles) > 1
    count = len(report.stable) - apart
    besides = ", besides conceding nothing" if apart else ""
    if not report.stable and all(verdict.stable is None for verdict in report.bundles):
        return "whether they would be signed and hold is not judged"
    return f"{count or 'none'} would hold{besides}"


def _turned(verdict: Verdict) -> Iterator[str]:
    """Which parameters turn the verdict on it, each alone and within its own range."""
    names = verdict.turned_by
    if not names:
        return
    if len(names) <= NAMED:
        said = listed(names, "or")
    else:
        said = f"{', '.join(names[:NAMED])} or {counted(len(names) - NAMED)} more"
    verb = "no longer hold" if verdict.stable else "hold"
    alone = ", each alone" if len(names) > 1 else ""
    yield f"It would {verb} somewhere in the range of {said}{alone}: see explain."
