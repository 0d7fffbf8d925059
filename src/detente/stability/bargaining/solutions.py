"""The bargaining solutions of a problem: among outcomes as they are, and with lotteries."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias

from detente.stability.bargaining import rules
from detente.stability.bargaining.amounts import Amount, Enclosed, bounds, line_at
from detente.stability.bargaining.frontier import Frontier
from detente.stability.bargaining.lotteries import Lotteries
from detente.stability.bargaining.problem import Problem
from detente.stability.bargaining.weights import Weights, equal_weights

RULES = ("nash", "kalai-smorodinsky", "egalitarian", "utilitarian")
"""In the order in which they are told."""
SURE = Fraction(1)
EVENEST = "most even"
"""Kalai and Smorodinsky's idea read in another way; told where outcomes are picked as they are."""
NOBODY = "no outcome leaves everyone at least as well off as without agreement."
NO_PRODUCT = (
    "no outcome leaves everyone who could gain better off than without agreement, so that every "
    "product of gains is zero."
)

Odds: TypeAlias = "tuple[tuple[int, Amount], ...]"
"""Outcomes by position, each with how likely it is drawn."""


@dataclass(frozen=True)
class Pick:
    """What a rule picks.

    `odds` : the outcome, with probability 1, or those between which lots are drawn
    `payoffs` : what each who bargains gets (on average)
    """

    odds: Odds
    payoffs: tuple[Amount, ...]

    @property
    def outcome(self) -> int | None:
        """The position of the outcome, None where lots are drawn."""
        return self.odds[0][0] if len(self.odds) == 1 else None


@dataclass(frozen=True)
class Solution:
    """What one rule picks; every tie, where `complete`.

    `rule` : one of `RULES`, or `EVENEST`
    `lotteries` : whether lots may be drawn
    `picks` : empty where there is nothing to pick, and `reason` says why
    `weights` : how much each who bargains counts
    """

    rule: str
    lotteries: bool
    picks: tuple[Pick, ...]
    weights: Weights
    reason: str = ""
    complete: bool = True

    @property
    def outcomes(self) -> tuple[int, ...]:
        """The positions of the outcomes picked as they are."""
        return tuple(pick.outcome for pick in self.picks if pick.outcome is not None)


def solutions(
    frontier: Frontier, weights: Weights | None = None, lotteries: bool = False
) -> tuple[Solution, ...]:
    """What each rule picks, in the order of `RULES`.

    `weights` : how much each party counts, all alike if left out. Weights by patience are for the
        Nash solution only, whose limit they are; the other rules then count all alike
    `lotteries` : whether lots may be drawn between outcomes

    >>> front = Frontier(Problem.of([[0, 10], [4, 8], [10, 0]]))
    >>> [solution.outcomes for solution in solutions(front)]
    [(1,), (1,), (1,), (1,)]
    """
    return tuple(each(frontier, weights, lotteries))


def each(
    frontier: Frontier, weights: Weights | None = None, lotteries: bool = False
) -> Iterator[Solution]:
    """The same, one after the other."""
    given = weights or equal_weights(frontier.problem.num_parties)
    draws = Lotteries(frontier) if lotteries else None
    for rule in RULES:
        if draws is None:
            yield picked(frontier, rule, given)
        else:
            yield _drawn(draws, rule, _counted(rule, given))


def picked(frontier: Frontier, rule: str, weights: Weights) -> Solution:
    """What one of `RULES` picks among outcomes as they are.

    `weights` : as in `solutions`
    """
    gains, counted = frontier.gains, _counted(rule, weights)
    found = _PURE[rule](gains, counted)
    picks = tuple([_pick(gains.problem, k) for k in found])
    reason = "" if found else NO_PRODUCT if gains.zone else NOBODY
    return Solution(rule, False, picks, counted, reason)


def _counted(rule: str, weights: Weights) -> Weights:
    """The weights by which a rule counts the parties."""
    if weights.patience is None or rule == "nash":
        return weights
    return equal_weights(len(weights.patience))


def evenest(frontier: Frontier) -> Solution:
    """The outcomes of the frontier in the zone of agreement at which the parties get the most
    nearly equal parts of the most that each could gain."""
    problem = frontier.problem
    found = rules.evenest(frontier.gains)
    picks = tuple(_pick(problem, k) for k in found)
    counted = equal_weights(problem.num_parties)
    return Solution(EVENEST, False, picks, counted, "" if picks else NOBODY)


# ── outcomes as they are ───────────────────────────────────────────────────────────────────────

_PURE: dict[str, Callable[[rules.Gains, Weights], tuple[int, ...]]] = {
    "nash": rules.nash,
    "kalai-smorodinsky": rules.kalai_smorodinsky,
    "egalitarian": rules.egalitarian,
    "utilitarian": rules.utilitarian,
}


def _pick(problem: Problem, outcome: int) -> Pick:
    return Pick(((outcome, SURE),), problem.points[outcome])


# ── with lotteries ─────────────────────────────────────────────────────────────────────────────


def _drawn(draws: Lotteries, rule: str, weights: Weights) -> Solution:
    if draws.ideal is None:
        return Solution(rule, True, (), weights, NOBODY.replace("outcome", "lottery"))
    if rule == "nash":
        return Solution(rule, True, (_nash(draws, weights),), weights)
    if rule == "utilitarian":
        found, whole = draws.utilitarian(weights)
        picks = tuple(_lot(draws, odds) for odds in found)
        return Solution(rule, True, picks, weights, complete=whole)
    even = draws.kalai_smorodinsky if rule == "kalai-smorodinsky" else draws.egalitarian
    return Solution(rule, True, (_lot(draws, even(weights)),), weights)


def _lot(draws: Lotteries, odds: Sequence[Fraction]) -> Pick:
    gained = draws.gained(odds)
    payoffs = tuple(g + d for g, d in zip(gained, draws.problem.disagreement, strict=True))
    return Pick(draws.lottery(odds), payoffs)


def _nash(draws: Lotteries, weights: Weights) -> Pick:
    """The greatest product over those who can gain; the others get what they have anyway."""
    from detente.stability.bargaining.nash_lottery import nash_lottery

    active = draws.active
    parties = draws.problem.num_parties
    if not active:
        return _lot(draws, draws.egalitarian(weights))
    # Where some cannot gain, only lotteries that hold them at zero are left: their extreme points.
    ends = draws.within() if len(active) < parties else None
    corners = draws.gains if ends is None else [draws.gained(odds) for odds in ends]
    own = weights.among(active)
    found = nash_lottery([tuple(row[i] for i in active) for row in corners], own)
    gained = dict(zip(active, found.gains, strict=True))
    payoffs = tuple(
        line_at(d, Fraction(1), gained.get(i, Fraction(0)))
        for i, d in enumerate(draws.problem.disagreement)
    )
    if ends is None:
        return Pick(tuple((draws.corners[k], p) for k, p in sorted(found.odds.items())), payoffs)
    return Pick(_mixed(draws, ends, found.odds), payoffs)


def _mixed(
    draws: Lotteries, ends: Sequence[Sequence[Fraction]], odds: Mapping[int, Amount]
) -> Odds:
    """A lottery over lotteries as one over outcomes."""
    found: dict[int, Amount] = {}
    for end, likely in odds.items():
        for k, p in draws.lottery(ends[end]):
            part = line_at(Fraction(0), p, likely)
            found[k] = part if k not in found else _total(found[k], part)
    return tuple(sorted(found.items()))


def _total(one: Amount, other: Amount) -> Amount:
    """The sum of two probabilities; an interval where both are irrational."""
    if isinstance(one, Fraction):
        return line_at(one, Fraction(1), other)
    if isinstance(other, Fraction):
        return line_at(other, Fraction(1), one)
    (low, high), (least, most) = bounds(one), bounds(other)
    return Enclosed(low + least, high + most)
