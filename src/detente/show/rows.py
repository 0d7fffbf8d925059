"""Which bundles get a row of the table, and in which order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from detente.stability.verdict import Report, Verdict

FEW = 12
"""Up to so many bundles, every one gets a row."""
MISSES = 5
"""Bundles that nearly hold that are shown where there are more."""
NOTHING = "(nobody concedes anything)"
"""How the bundle of all first levels is called."""

Group = tuple[str, tuple[Verdict, ...]]
"""A heading and the rows below it."""


@dataclass(frozen=True)
class Rows:
    """The rows in groups, and what has none.

    `groups` : what the talks may settle on, without a heading; what else would hold, the bundle in
        which nobody concedes anything last; what is not decided; what would not hold, the smallest
        gain from refusing or breaking it first
    `left` : what has no row
    `empty` : the bundle in which nobody concedes anything
    """

    groups: tuple[Group, ...]
    left: tuple[Verdict, ...]
    empty: Verdict | None

    @property
    def shown(self) -> list[Verdict]:
        """All that have a row, in order."""
        return [verdict for _, verdicts in self.groups for verdict in verdicts]

    def headings(self) -> Iterator[tuple[int, str]]:
        """Before which row a heading stands; none where there is one group only."""
        row = 0
        for heading, verdicts in self.groups if len(self.groups) > 1 else ():
            if heading:
                yield row, heading
            row += len(verdicts)

    def label(self, verdict: Verdict) -> str:
        """How the row is called."""
        return NOTHING if verdict is self.empty else verdict.name


def rows_of(report: Report, all: bool) -> Rows:
    """The rows of a report; every bundle has one where `all` is wanted or there are few."""
    empty = conceding_nothing(report)
    everything = all or len(report.bundles) <= FEW
    others = [v for v in report.bundles if not v.selected]
    misses = sorted((v for v in others if v.stable is False), key=shortfall)
    holding = [v for v in others if v.stable]
    if empty is not None and empty in holding:
        holding = [v for v in holding if v is not empty]
        # Where it comes to the same as no agreement its own row says nothing.
        if everything or empty.values != empty.breakdown:
            holding.append(empty)
    groups = [
        ("", [v for v in report.bundles if v.selected]),
        ("Would hold", holding),
        ("Not decided", [v for v in others if v.stable is None and v.offered]),
        (_unoffered(report), [v for v in others if v.stable is None and not v.offered]),
    ]
    if everything:
        for word in sorted({v.word for v in misses}, key=lambda w: (len(w), w)):
            groups.append((f"Would be {word}", [v for v in misses if v.word == word]))
    else:
        groups.append(("Nearest misses", [v for v in misses if v is not empty][:MISSES]))
    found = tuple((heading, tuple(verdicts)) for heading, verdicts in groups if verdicts)
    shown = {v.name for _, verdicts in found for v in verdicts}
    return Rows(found, tuple(v for v in report.bundles if v.name not in shown), empty)


def _unoffered(report: Report) -> str:
    return "Offered at no node" if any(v.offered for v in report.bundles) else "Others"


def shortfall(verdict: Verdict) -> Fraction:
    """How far a bundle is from holding: the greatest gain from refusing or breaking it."""
    return max((reason.gain for reason in verdict.reasons), default=Fraction(0))


def conceding_nothing(report: Report) -> Verdict | None:
    """The verdict on the bundle in which every term is at its first level."""
    terms: Mapping[str, object] = getattr(getattr(report.summit, "file", None), "terms", {})
    least = {term: _first_level(spec) for term, spec in terms.items()}
    if len(least) < 2:  # a single term divides something: its first level is one way among others
        return None
    return next((v for v in report.bundles if dict(v.terms) == least), None)


def _first_level(spec: object) -> str:
    levels: Sequence[str] = list(getattr(spec, "levels", ()))
    return levels[0] if levels else ""
