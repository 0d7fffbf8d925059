"""What would change the verdict: the bundle judged again with one parameter at other values."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction

from detente.game.expressions import Expr, evaluate
from detente.game.formulas import Parameter
from detente.stability.case import Case
from detente.stability.equilibrium import judge
from detente.stability.hinges import Turn, narrowed, turn, value_formula
from detente.stability.verdict import Verdict


@dataclass(frozen=True)
class Turning:
    """Where, on the way from a parameter's value to an end of its range, `stable` changes.

    `stable` : whether the bundle is stable beyond; the other parameters stay where they are
    `at` : the exact place twice, or an interval that holds it
    `above` : whether that end is the upper one
    `there` : whether the bundle is stable at the exact place, be it on a tie
    `why` : the reason of the verdict at that end, in short
    """

    parameter: str
    value: Fraction
    low: Fraction
    high: Fraction
    stable: bool
    at: Turn
    above: bool
    there: bool
    why: str

    @property
    def end(self) -> Fraction:
        """The end of the range that the change lies before."""
        return self.high if self.above else self.low

    @property
    def exact(self) -> bool:
        """Whether the place is known exactly."""
        return self.at[0] == self.at[1]


def turnings(case: Case) -> tuple[Turning, ...] | None:
    """The parameters an end of whose range gives another verdict, and where that changes.

    All moves are solved anew at each value, not only those that a reason is about. None where the
    game is so large that this would take long.
    """
    elsewhere = case.elsewhere
    names = elsewhere.turning
    if names is None:
        return None
    if not names:
        return ()
    now = judge(case)[0]
    found = []
    for parameter in elsewhere.ranged:
        for end in (parameter.low, parameter.high) if parameter.name in names else ():
            assert end is not None
            if end != parameter.value:
                turning = _between(case, parameter, end, now)
                found += [turning] if turning else []
    return tuple(found)


def _between(case: Case, parameter: Parameter, end: Fraction, now: Verdict) -> Turning | None:
    name, value = parameter.name, parameter.value
    assert parameter.low is not None
    assert parameter.high is not None
    there = case.elsewhere.at(name, end)
    if there is None or there.stable is None or there.stable == now.stable:
        return None
    holds = _holding(case, name)
    at = narrowed(holds, value, end)
    exact = _exactly(case, name, at, holds)
    at = at if exact is None else (exact, exact)
    changed = case.elsewhere.changed(name, end)
    assert changed is not None
    return Turning(
        name, value, parameter.low, parameter.high, there.stable, at, end > value, holds(at[0]),
        _why(now, judge(changed)[0]),
    )  # fmt: skip


def _why(now: Verdict, there: Verdict) -> str:
    """The reason at the end of the range: about a move that makes it fail now, if there is one."""
    failing = {(reason.party, reason.move) for reason in now.reasons if reason.gain > 0}
    told = [reason for reason in there.reasons if (reason.party, reason.move) in failing]
    return next((reason.short for reason in (*told, *there.reasons)), "")


def _exactly(
    case: Case, name: str, within: Turn, holds: Callable[[Fraction], bool]
) -> Fraction | None:
    """The one place in the interval where some choice is a tie, if the verdict differs around it.

    Ties are sought in the equilibria at both ends of the interval.
    """
    low, high = within
    zeros = {
        zero
        for x in within
        for changed in [case.elsewhere.changed(name, x)]
        if changed is not None
        for zero in _ties(changed, name, within)
    }
    if len(zeros) != 1:
        return None
    zero = zeros.pop()
    before, after = (low + zero) / 2, (zero + high) / 2
    if zero in within:
        # The halving met the very place: look a little beyond it.
        before, after = zero - (high - low), zero + (high - low)
    return zero if holds(before) != holds(after) else None


def _ties(case: Case, name: str, within: Turn) -> Iterator[Fraction]:
    """Where in the interval a choice and its alternative are exactly as good."""
    formulas = case.game.formulas
    assert formulas is not None
    values = formulas.values()
    for gain in _gains(case):

        def at(x: Fraction, gain: Expr = gain) -> Fraction:
            return evaluate([gain], {**values, name: x})[0]

        if name in gain.parameters and (at(within[0]) > 0) != (at(within[1]) > 0):
            place, other = turn(at, *within)
            if place == other:
                yield place


def _gains(case: Case) -> Iterator[Expr]:
    """What each move that is not made would bring beyond the one that is; and what reasons say."""
    continuation = case.continuation
    for reason in judge(case)[0].reasons:
        if reason.stake is not None:
            yield reason.stake.formula
    for node in range(case.game.num_nodes):
        player = continuation.mover[node]
        if player < 0:
            continue
        chosen = continuation.chosen(node)
        planned = value_formula(continuation, chosen, player)
        for child in continuation.children(node):
            if child != chosen:
                yield value_formula(continuation, child, player) - planned


def _holding(case: Case, name: str) -> Callable[[Fraction], bool]:
    def holds(x: Fraction) -> bool:
        there = case.elsewhere.at(name, x)
        return there is not None and bool(there.stable)

    return holds
