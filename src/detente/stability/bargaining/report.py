"""Bargaining over talks: the frontier, the zone of agreement, the solutions, third parties."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from detente.errors import OutOfTime
from detente.stability.bargaining.amounts import amount_text
from detente.stability.bargaining.from_talks import problem as problem_of
from detente.stability.bargaining.frontier import Frontier
from detente.stability.bargaining.lotteries import Lotteries
from detente.stability.bargaining.problem import Problem
from detente.stability.bargaining.solutions import Solution, each, evenest
from detente.stability.bargaining.weights import Weights, weights_of

if TYPE_CHECKING:
    import pandas

    from detente.stability.bargaining.coalition_values import Coalitions
    from detente.stability.bargaining.consent_core import ConsentCore
    from detente.stability.bargaining.slack import Slacks
    from detente.stability.bargaining.terms import Shadows

Stopped = Literal["finished", "time_limit", "interrupted"]


@dataclass(frozen=True)
class Bargaining:
    """What bargaining over talks comes to. What was not found in time is None.

    `players`, `parties` : who moves in the talks; they and those who only gain or lose
    `problem` : the outcomes, who bargains (`problem.parties`), what there is without agreement
    `weights` : how much each who bargains counts
    `pure` : the undominated outcomes, by position, the best for the first who bargains first
    `mixed` : those of them that no lottery betters
    `corners` : the extreme points of the frontier with lotteries, one outcome each
    `ranges` : the least and the most that each who bargains gets by a lottery that leaves no one
        worse off; () where there is none
    `solutions` : what each rule picks among outcomes as they are; the last is the most even one
    `lotteries` : what each rule picks where lots may be drawn
    `coalitions`, `consent_core` : what coalitions get, and which bundles none of them would leave
        without payments on the side; None where not asked for, the latter also without bundles
    `terms`, `wins` : the shadow value of each term, how far leaders are from a win; None where not
        asked for
    `stopped`, `reason` : whether all of it was found, and if not, why
    """

    title: str
    players: tuple[str, ...]
    parties: tuple[str, ...]
    problem: Problem | None = None
    weights: Weights | None = None
    pure: tuple[int, ...] | None = None
    mixed: tuple[int, ...] | None = None
    corners: tuple[int, ...] | None = None
    ranges: tuple[tuple[Fraction, Fraction], ...] | None = None
    solutions: tuple[Solution, ...] | None = None
    lotteries: tuple[Solution, ...] | None = None
    coalitions: Coalitions | None = None
    consent_core: ConsentCore | None = None
    terms: Shadows | None = None
    wins: Slacks | None = None
    stopped: Stopped = "finished"
    reason: str = ""
    summit: Any = field(default=None, repr=False, compare=False)

    @property
    def bargainers(self) -> tuple[str, ...]:
        """Those who bargain."""
        return self.problem.parties if self.problem is not None else ()

    @cached_property
    def frontier(self) -> Frontier | None:
        """The frontier, to be asked for what betters an outcome."""
        return None if self.problem is None else Frontier(self.problem)

    def solution(self, rule: str, lotteries: bool = False) -> Solution | None:
        """What a rule picks; None where it was not found in time."""
        found = self.lotteries if lotteries else self.solutions
        return next((s for s in found or () if s.rule == rule), None)

    def picked_by(self, outcome: int) -> tuple[str, ...]:
        """The rules that pick an outcome as it is."""
        return tuple(s.rule for s in self.solutions or () if outcome in s.outcomes)

    def names(self, outcomes: Sequence[int]) -> tuple[str, ...]:
        """What outcomes are called."""
        assert self.problem is not None
        return tuple(self.problem.outcomes[k] for k in outcomes)

    def to_frame(self, exact: bool = True) -> pandas.DataFrame:
        """A pandas data frame, one row an outcome.

        `exact` : numbers as Fractions; else as floats

        Raises NotSupported where pandas is not installed.
        """
        from detente.stability.bargaining.frames import frame

        rows = (
            []
            if self.problem is None
            else [_row(self, self.problem, k) for k in range(len(self.problem.points))]
        )
        return frame(rows or [{"outcome": ""}], "outcome", exact)[: len(rows)]

    def __repr__(self) -> str:
        if self.problem is None or self.pure is None:
            return f"<Bargaining '{self.title}', {self.reason}>"
        lines = [
            f"{self.title}: {len(self.problem.points)} outcomes, {len(self.pure)} on the frontier, "
            f"{len(self.problem.zone)} in the zone of agreement"
        ]
        for solution in self.solutions or ():
            told = ", ".join(self.names(solution.outcomes[:3])) or "none"
            lines.append(f"{solution.rule}: {told}{', …' if len(solution.outcomes) > 3 else ''}")
        return "\n  ".join(lines)

    def _repr_html_(self) -> str:
        from html import escape

        from detente.notebook import frontier_svg

        if self.problem is None:
            return f"<p>{escape(self.title)}: {escape(self.reason)}</p>"
        head = "".join(f"<th>{escape(party)}</th>" for party in self.bargainers)
        rows = ""
        for k in self.pure or ():
            cells = "".join(f"<td>{amount_text(v)}</td>" for v in self.problem.points[k])
            rules = escape(", ".join(self.picked_by(k)))
            rows += f"<tr><td>{escape(self.problem.outcomes[k])}</td>{cells}<td>{rules}</td></tr>"
        return (
            f"<table><caption>{escape(self.title)}: the frontier</caption>"
            f"<tr><th>outcome</th>{head}<th>picked by</th></tr>{rows}</table>{frontier_svg(self)}"
        )


def bargaining(
    talks: Any,
    disagreement: str | Mapping[str, Any] | None = None,
    weights: str | Mapping[str, Any] | None = None,
    parties: Sequence[str] | None = None,
    *,
    round: int | None = None,
    among: str | None = None,
    coalitions: bool = False,
    bundle: str | Mapping[str, str] | None = None,
    terms: bool = False,
    solution: str = "nash",
    wins: bool = False,
    time_limit: float | None = None,
) -> Bargaining:
    """Which outcomes leave nothing on the table, and what bargaining would come to.

    `talks` : a summit, whose bundles are the outcomes, each with what it brings if everyone
        complies; a tree written by hand or a game, whose ways through are; or a `Problem`
    `disagreement` : what there is without agreement: `breakdown`, `equilibrium`, `security`, or
        party → number; breakdown if left out, in a tree the equilibrium
    `weights` : how much each counts: party → number, or `patience` for the limit of Rubinstein's
        alternating offers; all alike if left out
    `parties` : who bargains; those whose consent some bundle needs, or who move, if left out
    `round` : the round in which bundles are on the table, the last unless given
    `among` : `stable`, `honoured` or `acceptable`, to bargain only over the bundles that are
    `coalitions`, `terms`, `wins` : find also what coalitions get, what each term is worth to each,
        and how far each leader is from a win at home
    `bundle` : on the table first, where coalitions are asked for; else they play the talks
    `solution` : at which terms are valued, `nash` unless given
    `time_limit` : in seconds; when it passes, or on an interrupt (Ctrl-C), what was found until
        then is reported, and `stopped` says so

    Raises NotSupported where there is nothing to bargain over, or where what is asked for is not
    defined for these talks.

    >>> from detente.loading import load
    >>> found = bargaining(load("fearon-1995-complete-information"))
    >>> found.names(found.problem.zone), found.ranges[0]
    (('x4', 'x5', 'x6', 'x7'), (Fraction(2, 5), Fraction(7, 10)))
    """
    from detente.solvers import check_time_limit

    check_time_limit(time_limit)
    deadline = None if time_limit is None else time.perf_counter() + time_limit
    run = _Run(talks, deadline)
    if coalitions:
        run.refuse_too_many(parties)
    found = run.start()
    steps = run.steps(disagreement, weights, parties, round, among)
    try:
        for part in steps:
            found = replace(found, **part)
        if coalitions:
            for part in run.coalitions(parties, bundle, round):
                found = replace(found, **part)
        if terms and found.problem is not None:
            found = replace(found, terms=run.terms(found.problem, solution, found.weights, round))
        if wins:
            found = replace(found, wins=run.wins(round))
    except OutOfTime:
        return replace(found, stopped="time_limit", reason=_late(found))
    except KeyboardInterrupt:
        return replace(found, stopped="interrupted", reason=f"interrupted; {_late(found)}")
    return found


class _Run:
    """One analysis, part after part."""

    def __init__(self, talks: Any, deadline: float | None) -> None:
        self.talks = talks
        self.deadline = deadline

    def check(self) -> None:
        """Raise OutOfTime past the deadline."""
        if self.deadline is not None and time.perf_counter() > self.deadline:
            raise OutOfTime

    def start(self) -> Bargaining:
        """What is known before anything is found."""
        talks = self.talks
        parties: tuple[str, ...] = getattr(talks, "parties", getattr(talks, "players", ()))
        if isinstance(talks, Problem):
            return Bargaining(talks.title, talks.parties, (*talks.parties, *talks.observers))
        players = tuple(getattr(talks, "sides", parties))
        return Bargaining(getattr(talks, "title", ""), players, parties, summit=talks)

    def steps(
        self,
        disagreement: str | Mapping[str, Any] | None,
        weights: str | Mapping[str, Any] | None,
        parties: Sequence[str] | None,
        round: int | None,
        among: str | None,
    ) -> Iterator[dict[str, Any]]:
        """The fields of a `Bargaining`, as they are found."""
        problem = problem_of(self.talks, disagreement, parties, round, among, self.deadline)
        counted = weights_of(weights, problem.parties, self.talks)
        yield {"problem": problem, "weights": counted}
        self.check()
        frontier = Frontier(problem, self.check)
        yield {"pure": frontier.pure}
        yield {"solutions": (*each(frontier, counted), evenest(frontier))}
        self.check()
        yield {"mixed": frontier.mixed}
        yield {"corners": frontier.corners}
        self.check()
        yield {"ranges": Lotteries(frontier).ranges or ()}
        yield {"lotteries": tuple(each(frontier, counted, lotteries=True))}

    def refuse_too_many(self, parties: Sequence[str] | None) -> None:
        """Refuse coalitions that would be refused in the end, before anything is found."""
        from detente.stability.bargaining.coalition_values import coming_together

        coming_together(self.talks, parties)

    def coalitions(
        self,
        parties: Sequence[str] | None,
        bundle: str | Mapping[str, str] | None,
        round: int | None,
    ) -> Iterator[dict[str, Any]]:
        """What coalitions get; of bundles, which none of them would leave."""
        from detente.stability.bargaining.coalition_values import coalitions
        from detente.stability.bargaining.consent_core import consent_core

        yield {
            "coalitions": coalitions(
                self.talks, parties=parties, bundle=bundle, round=round, deadline=self.deadline
            )
        }
        if hasattr(self.talks, "plan") and not self.talks.has_tree:
            yield {"consent_core": consent_core(self.talks, round=round, deadline=self.deadline)}

    def terms(
        self, problem: Problem, solution: str, weights: Weights | None, round: int | None
    ) -> Shadows:
        """What each term is worth to each party."""
        from detente.stability.bargaining.terms import shadow_values

        return shadow_values(
            self.talks, problem, solution, weights, round=round, deadline=self.deadline
        )

    def wins(self, round: int | None) -> Slacks:
        """How far each leader is from a win."""
        from detente.stability.bargaining.slack import slacks

        return slacks(self.talks, round=round, deadline=self.deadline)


def _late(found: Bargaining) -> str:
    """How far it got."""
    stages: list[tuple[str, Callable[[Bargaining], Any]]] = [
        ("what each outcome brings", lambda b: b.problem),
        ("the frontier", lambda b: b.pure),
        ("the solutions", lambda b: b.solutions),
        ("the frontier with lotteries", lambda b: b.corners),
        ("the solutions with lotteries", lambda b: b.lotteries),
    ]
    missing = [name for name, of in stages if of(found) is None]
    if not missing:
        return "what was asked for besides the frontier was not found in time."
    return f"from {missing[0]} on nothing was found in time."


def _row(found: Bargaining, problem: Problem, outcome: int) -> dict[str, Any]:
    row: dict[str, Any] = {"outcome": problem.outcomes[outcome]}
    values = problem.points[outcome]
    for party, value in zip(problem.parties, values, strict=True):
        row[f"gets: {party}"] = value
    for party, gain in zip(problem.parties, problem.gains(outcome), strict=True):
        row[f"gains: {party}"] = gain
    if problem.beside is not None:
        for party, value in zip(problem.observers, problem.beside[outcome], strict=True):
            row[f"gets: {party}"] = value
    row["in zone"] = bool(problem.in_zone[outcome])
    row["on frontier"] = None if found.pure is None else outcome in found.pure
    row["no lottery betters"] = None if found.mixed is None else outcome in found.mixed
    row["picked by"] = ", ".join(found.picked_by(outcome))
    return row
