"""What each term on the table is worth to each party: what changes if it is off."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from detente.errors import NotSupported, OutOfTime
from detente.stability.bargaining.frontier import Frontier
from detente.stability.bargaining.points import Points
from detente.stability.bargaining.problem import Problem
from detente.stability.bargaining.solutions import RULES, picked
from detente.stability.bargaining.weights import Weights, equal_weights
from detente.stability.words import listed, plain

Span = tuple[Fraction, Fraction]
"""Least and greatest: equal but where the solution is several outcomes that bring different
amounts."""


@dataclass(frozen=True)
class Shadow:
    """What a term, or one level of it, is worth: what is, less what is if it is off the table.

    `term`, `level` : which; without a level, all levels but the first are off
    `settled` : the outcomes of the solution without it, all ties; empty where it then chooses none,
        which counts as no agreement
    `gain` : party → what it gains at the solution by its being on the table; None of an observer
        where nothing says what it has without agreement
    `most` : party → the same of the most that it can get in the zone of agreement
    `joint` : the same of the greatest sum of what those who bargain get in the zone
    `lost` : how many outcomes of the frontier fall away
    `removed` : how many outcomes fall away
    """

    term: str
    level: str | None
    settled: tuple[str, ...]
    gain: Mapping[str, Span | None]
    most: Mapping[str, Fraction]
    joint: Fraction
    lost: int
    removed: int

    @property
    def matters(self) -> bool:
        """Whether it changes what anyone gets at the solution."""
        return any(any(span) for span in self.gain.values() if span is not None)


@dataclass(frozen=True)
class Shadows:
    """The shadow values of the terms at a bargaining solution.

    `solution` : which, as in `RULES`
    `settled` : the outcomes that it chooses with everything on the table
    `gets` : party → what it gets there
    `frontier` : how many outcomes are on the frontier (single outcomes, without lotteries)
    `rows` : of each term, the whole of it first, then its levels but the first
    `nothing` : the bundle in which nobody concedes anything, where there is one
    """

    title: str
    unit: str
    solution: str
    parties: tuple[str, ...]
    settled: tuple[str, ...]
    gets: Mapping[str, Span | None]
    frontier: int
    rows: tuple[Shadow, ...]
    nothing: str | None = None

    def __getitem__(self, which: str | tuple[str, str]) -> Shadow:
        """By term, or by (term, level)."""
        term, level = (which, None) if isinstance(which, str) else which
        for row in self.rows:
            if (row.term, row.level) == (term, level):
                return row
        known = ", ".join(dict.fromkeys(row.term for row in self.rows))
        raise NotSupported(
            f"there is no shadow value of {which!r}. The terms are: {known}; a level but the first "
            "is asked for as (term, level)."
        )

    def to_frame(self, exact: bool = True) -> Any:
        """A pandas data frame, one row a term or level.

        `exact` : numbers as Fractions; else as floats

        Raises NotSupported where pandas is not installed.
        """
        from detente.stability.bargaining.frames import frame

        rows = []
        for row in self.rows:
            data: dict[str, Any] = {
                "off the table": row.term if row.level is None else f"{row.term}={row.level}",
                "settled": ", ".join(row.settled),
            }
            for party, span in row.gain.items():
                low, high = span or (None, None)
                data |= {f"gain: {party} least": low, f"gain: {party} most": high}
            data |= {f"most: {party}": amount for party, amount in row.most.items()}
            rows.append({**data, "joint": row.joint, "frontier lost": row.lost})
        return frame(rows, "off the table", exact)

    def _repr_html_(self) -> str:
        from detente.notebook import table_html

        rows = [
            [row.term if row.level is None else f"{row.term}={row.level}",
             *(_told(row.gain[party]) for party in self.parties)]
            for row in self.rows
        ]  # fmt: skip
        caption = f"{self.title}: what each term is worth ({self.solution})"
        return table_html(caption, ["off the table", *self.parties], rows)


def _told(span: Span | None) -> str:
    if span is None:
        return "?"
    low, high = span
    return plain(low) if low == high else f"{plain(low)} to {plain(high)}"


def empty_bundle(summit: Any) -> str | None:
    """The bundle in which nobody concedes anything; None where a single term divides something."""
    deals = summit.plan.bundles
    if len(deals.terms) < 2:
        return None
    pairs = zip(deals.levels, deals.named, strict=True)
    return next((bundle.name for levels, bundle in pairs if not any(levels)), None)


def shadow_values(
    summit: Any,
    problem: Problem,
    solution: str = "nash",
    weights: Weights | None = None,
    *,
    round: int | None = None,
    deadline: float | None = None,
) -> Shadows:
    """What each term and level is worth to each party at a bargaining solution, exactly.

    The solution is taken among the bundles as they are, without lotteries, once with everything on
    the table and once without the term (all bundles in which it is above its first level) or the
    level.

    `problem` : over the summit's bundles
    `solution` : one of `RULES`
    `weights` : of those who bargain; equal if left out
    `round` : in which talks break down, for what observers then have; the last unless given
    `deadline` : on the clock of `time.perf_counter`; OutOfTime is raised where it passes

    Raises NotSupported for an unknown solution, or where outcomes are no bundles.
    """
    if solution not in RULES:
        raise NotSupported(f"a solution is {listed(RULES, 'or')}; found {solution!r}.")
    if problem.bundles is None:
        raise NotSupported(
            "shadow values are those of terms, and the outcomes here are no bundles of a summit: "
            "they are ways through a tree."
        )
    weigh = weights or equal_weights(problem.num_parties)
    table = _Table(summit, problem, solution, weigh, round)
    whole = table.seen(table.frontier)
    rows = []
    for term, level, gone in _off(summit, problem):
        if deadline is not None and time.perf_counter() > deadline:
            raise OutOfTime
        rows.append(_shadow(table, whole, term, level, gone))
    return Shadows(
        problem.title, problem.unit, solution, (*problem.parties, *problem.observers),
        whole.settled, whole.gets, len(table.frontier.pure), tuple(rows),
        empty_bundle(summit),
    )  # fmt: skip


@dataclass(frozen=True)
class _Seen:
    """The solution of a problem, and the ends of its zone.

    `settled` : outcomes of the solution
    `gets` : party → what it gets there, or without agreement
    `most`, `joint` : the most that each party gets in the zone, and that all get together
    """

    settled: tuple[str, ...]
    gets: Mapping[str, Span | None]
    most: Mapping[str, Fraction]
    joint: Fraction


class _Table:
    """The summit's outcomes, with anything on or off the table."""

    def __init__(
        self, summit: Any, problem: Problem, rule: str, weights: Weights, round: int | None
    ) -> None:
        self.problem, self.rule, self.weights = problem, rule, weights
        self.frontier = Frontier(problem)
        without: dict[str, Fraction] = {}
        if problem.against == "breakdown":
            without = dict(zip(summit.parties, summit.breakdown(round), strict=True))
        own = dict(zip(problem.parties, problem.disagreement, strict=True))
        self.without: Mapping[str, Fraction] = {**without, **own}

    def seen(self, frontier: Frontier) -> _Seen:
        """The solution with the outcomes on the table that this frontier is of."""
        problem = frontier.problem
        chosen = picked(frontier, self.rule, self.weights).outcomes
        gets: dict[str, Span | None] = {}
        for names, points in (
            (problem.parties, problem.points),
            (problem.observers, problem.beside),
        ):
            for i, party in enumerate(names):
                assert points is not None
                gets[party] = self._span(points, i, chosen, party)
        most = {
            party: max(
                (problem.points[k][i] for k in _greatest(problem, i)),
                default=problem.disagreement[i],
            )
            for i, party in enumerate(problem.parties)
        }
        best = picked(frontier, "utilitarian", equal_weights(problem.num_parties)).outcomes
        joint = sum(problem.points[best[0]] if best else problem.disagreement, Fraction(0))
        return _Seen(tuple(problem.outcomes[k] for k in chosen), gets, most, joint)

    def _span(self, points: Points, i: int, chosen: Sequence[int], party: str) -> Span | None:
        amounts = [points[k][i] for k in chosen]
        if not amounts:
            return (self.without[party],) * 2 if party in self.without else None
        return min(amounts), max(amounts)


def _greatest(problem: Problem, party: int) -> list[int]:
    """An outcome of the zone that brings a party the most, if there is one."""
    zone = np.flatnonzero(problem.in_zone)
    if not len(zone):
        return []
    return [int(zone[int(problem.points.order[zone, party].argmax())])]


def _off(summit: Any, problem: Problem) -> Iterator[tuple[str, str | None, list[int]]]:
    """Each term and level, and the outcomes that are off the table with it."""
    assert problem.bundles is not None
    levels = np.array([summit.plan.bundles.levels[b] for b in problem.bundles], dtype=np.int64)
    for t, (term, names) in enumerate(summit.plan.bundles.terms.items()):
        column = levels[:, t] if len(levels) else np.zeros(0, dtype=np.int64)
        yield term, None, np.flatnonzero(column > 0).tolist()
        if len(names) > 2:
            for at, level in enumerate(names[1:], start=1):
                yield term, level, np.flatnonzero(column == at).tolist()


def _shadow(
    table: _Table, whole: _Seen, term: str, level: str | None, gone: Sequence[int]
) -> Shadow:
    left = table.seen(Frontier(table.problem.without(gone))) if gone else whole
    gain: dict[str, Span | None] = {}
    for party, now in whole.gets.items():
        then = left.gets[party]
        # Where nothing changes, ties choose alike with and without.
        same = left.settled == whole.settled
        if same and now is not None:
            gain[party] = (Fraction(0), Fraction(0))
        elif now is None or then is None:
            gain[party] = None
        else:
            gain[party] = (now[0] - then[1], now[1] - then[0])
    return Shadow(
        term, level, left.settled, gain,
        {party: amount - left.most[party] for party, amount in whole.most.items()},
        whole.joint - left.joint,
        len(set(gone) & set(table.frontier.pure)), len(gone),
    )  # fmt: skip
