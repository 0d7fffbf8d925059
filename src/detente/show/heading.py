"""What stands above the table: where bundles are judged, how many hold, how the talks end."""

from __future__ import annotations

from collections.abc import Iterator

from detente.show.rows import conceding_nothing
from detente.stability.verdict import Range, Report, Settled, Verdict
from detente.stability.words import counted, listed, plain

NAMED = 3
"""Parameters that are named."""
LISTED = 4
"""Bundles that the talks may settle on that are named."""


def heading(report: Report, brief: bool = False) -> Iterator[str]:
    """The lines above the table.

    `brief` : leave out what takes time to find
    """
    yield f"{_asked(report)}{_where(report)}: {_holding(report)}."
    if report.talks is None:
        return
    yield talks_line(report.talks, in_tree=report.round is None)
    verdict = report.talks[0].verdict if len(report.talks) == 1 else None
    if verdict is not None and not brief:
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


def talks_line(talks: tuple[Settled, ...], *, in_tree: bool = False) -> str:
    """How the talks as written end.

    `in_tree` : where nothing may be offered they sign rather than settle on something
    """
    if not talks:
        return "The talks as written end without any bundle being signed."
    if len(talks) > LISTED:
        return f"The talks as written may settle on any of {len(talks)}: see the column ‘signed’."
    offered = not in_tree or all(s.verdict is None or s.verdict.offered for s in talks)
    verb = "settle on" if offered else "sign"
    if len(talks) > 1:
        open_ = all(settled.agreed == (0, 1) for settled in talks)
        parts = [
            f"{settled.name}{'' if open_ else _odds(settled.agreed)}{_then(settled)}"
            for settled in talks
        ]
        number = f"either of two{', by equilibrium' * open_}" if len(talks) == 2 else (
            f"any of {counted(len(talks))}{', by equilibrium' * open_}"
        )
        return f"The talks as written may {verb} {number}: {'; '.join(parts)}."
    (settled,) = talks
    may = "may " if settled.agreed[0] < settled.agreed[1] else ""
    odds = _odds(settled.agreed)
    return f"The talks as written {may}{verb} {settled.name}{odds}{_then(settled)}."


def _odds(agreed: Range) -> str:
    low, high = agreed
    if low == high:
        return "" if low == 1 else f" (with probability {plain(low)})"
    return f" (with probability {plain(low)} to {plain(high)}, by equilibrium)"


def _then(settled: Settled) -> str:
    """That it is not kept, and who breaks it."""
    verdict = settled.verdict
    if verdict is None or verdict.modal.get("honoured") not in ("never", "sometimes"):
        return ""
    if verdict.modal["honoured"] == "sometimes":
        return ", which a side that is indifferent may then break"
    by = f" by {listed(verdict.breakers)}" if verdict.breakers else ""
    return f", which would be signed and then broken{by}"


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
    yield f"It would {verb} at an end of the range of {said}{alone}: see explain."
