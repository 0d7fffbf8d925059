"""Which bundles get a row of the table, and in which order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from detente.stability.verdict import Report, Verdict

FEW = 12
"""Up to so many bundles, every one gets a row."""
MISSES = 5
"""Bundles that nearly hold that are shown where there are more."""
NOTHING = "(nobody concedes anything)"
"""How the bundle of all first levels is called."""


@dataclass(frozen=True)
class Rows:
    """`first` : what the talks may settle on, then what else would hold, or is not decided

    `misses` : what would not hold, the smallest gain from refusing or breaking it first
    `nothing` : the bundle in which nobody concedes anything, where it is not `first` by itself
    `left` : what has no row
    """

    first: tuple[Verdict, ...]
    misses: tuple[Verdict, ...]
    nothing: Verdict | None
    left: tuple[Verdict, ...]
    empty: Verdict | None

    @property
    def shown(self) -> list[Verdict]:
        """All that have a row, in order."""
        return [*self.first, *self.misses, *([self.nothing] if self.nothing else [])]

    def label(self, verdict: Verdict) -> str:
        """How the row is called."""
        return NOTHING if verdict is self.empty else verdict.name


def rows_of(report: Report, all: bool) -> Rows:
    """The rows of a report; every bundle has one where `all` is wanted or there are few."""
    empty = _conceding_nothing(report)
    aside = empty if empty is not None and not empty.selected else None
    others = [v for v in report.bundles if v is not aside]
    first = [
        *(v for v in others if v.selected),
        *(v for v in others if v.stable and not v.selected),
        *(v for v in others if v.stable is None and not v.selected),
    ]
    misses = sorted((v for v in others if v.stable is False and not v.selected), key=shortfall)
    everything = all or len(report.bundles) <= FEW
    shown = misses if everything else misses[:MISSES]
    hidden = [] if everything else misses[MISSES:]
    nothing = aside
    if aside is not None and not everything:
        # Where it comes to the same as no agreement, or does not hold, its own row says nothing.
        told = aside.stable is not False and aside.values != aside.breakdown
        nothing, hidden = (aside, hidden) if told else (None, [*hidden, aside])
    return Rows(tuple(first), tuple(shown), nothing, tuple(hidden), empty)


def shortfall(verdict: Verdict) -> Fraction:
    """How far a bundle is from holding: the greatest gain from refusing or breaking it."""
    return max((reason.gain for reason in verdict.reasons), default=Fraction(0))


def _conceding_nothing(report: Report) -> Verdict | None:
    terms: Mapping[str, object] = getattr(getattr(report.summit, "file", None), "terms", {})
    least = {term: _first_level(spec) for term, spec in terms.items()}
    if len(least) < 2:  # a single term divides something: its first level is one way among others
        return None
    return next((v for v in report.bundles if dict(v.terms) == least), None)


def _first_level(spec: object) -> str:
    levels: Sequence[str] = list(getattr(spec, "levels", ()))
    return levels[0] if levels else ""
