"""Instalments: the closed form, every step kept by the definition itself, and none faster."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from detente.errors import GameError
from detente.stability.enforcement.instalments import (
    Giver,
    Instalments,
    Order,
    instalments,
    patience,
)

F = Fraction

SLACK = 1e-6
"""How much more than what follows it a step of a linear program may cost."""
LONG = 400
"""Periods that are looked at; the rest of a discounted future is then below every tolerance."""


def levels(plan: Instalments) -> list[list[float]]:
    """Of each side, what is delivered in each of many periods."""
    steps = plan.schedule(LONG)
    found = []
    for i, side in enumerate((plan.first, plan.second)):
        amounts = [float(step[i]) for step in steps]
        found.append(list(np.cumsum(amounts)) if side.lasts else amounts)
    return found


def worst(plan: Instalments) -> float:
    """The least that a side gains by keeping to the schedule, over sides and periods.

    By the definition: what it gets from here on if both keep to it, less what it gets if it stops
    now: its own part stays (or is taken back), the other's stays as it is in this period, and from
    the next one on (or from the other's next turn on) only what lasts of it.
    """
    both = levels(plan)
    gains = []
    for i, side in enumerate((plan.first, plan.second)):
        other = plan.second if i == 0 else plan.first
        own, theirs = both[i], both[1 - i]
        d, a, b = float(side.patience), float(side.cost), float(side.worth)
        for t in range(LONG // 2):
            if plan.order == "in turns" and t % 2 != i:
                continue  # the other's turn
            keep = sum(d ** (s - t) * (b * theirs[s] - a * own[s]) for s in range(t, LONG))
            mine = (own[t - 1] if t else 0.0) if side.lasts else 0.0
            later = theirs[t] if other.lasts else 0.0
            stop = b * theirs[t] + sum(
                d ** (s - t) * b * later for s in range(t + 1, LONG)
            ) - sum(d ** (s - t) * a * mine for s in range(t, LONG))
            gains.append(keep - stop)
    return min(gains)


def givers(lasting: tuple[bool, bool]) -> st.SearchStrategy[tuple[Giver, Giver]]:
    amount = st.fractions(min_value=F(1, 4), max_value=4, max_denominator=4)
    factor = st.fractions(min_value=F(1, 10), max_value=F(9, 10), max_denominator=10)
    one = st.builds(Giver, st.just("A"), amount, amount, factor, amount, st.just(lasting[0]))
    two = st.builds(Giver, st.just("B"), amount, amount, factor, amount, st.just(lasting[1]))
    return st.tuples(one, two)


orders = st.sampled_from(["together", "in turns"])


@pytest.mark.parametrize("lasting", [(True, True), (False, False), (True, False), (False, True)])
@given(data=st.data(), order=orders)
@settings(max_examples=60, deadline=None)
def test_every_step_is_kept(lasting: tuple[bool, bool], data: st.DataObject, order: Order) -> None:
    first, second = data.draw(givers(lasting))
    plan = instalments(first, second, order)
    assume(plan.ratio is None or plan.ratio < F(9, 10))
    assume(plan.ahead < LONG // 4)
    assert worst(plan) >= -1e-6
    for i, side in enumerate((first, second)):
        own = levels(plan)[i]
        assert min(own) >= -1e-9
        assert max(own) <= float(side.most) + 1e-9
        if side.lasts:
            assert own[-1] == pytest.approx(float(plan.reached[i]), abs=1e-5)
            assert min(np.diff([0.0, *own])) >= -1e-12


@pytest.mark.parametrize("order", ["together", "in turns"])
@given(pair=givers((True, True)))
@settings(max_examples=25, deadline=None)
def test_nothing_is_faster_or_goes_further(order: Order, pair: tuple[Giver, Giver]) -> None:
    """The best of every linear program over sixty periods, each constraint by the definition."""
    first, second = pair
    plan = instalments(first, second, order)
    assume(plan.ratio is None or plan.ratio < F(1, 2))
    for count in (1, 2, 5):
        for i in (0, 1):
            done = float(sum((step[i] for step in plan.schedule(count)), F(0)))
            best = program(first, second, order, i, count, plan.reached)
            assert best is not None
            assert best == pytest.approx(done, abs=0.01)
    for i in (0, 1):
        best = program(first, second, order, i, 60, None)
        assert best is not None
        assert best == pytest.approx(float(plan.reached[i]), abs=0.01)


def program(
    first: Giver, second: Giver, order: Order, side: int, count: int,
    total: tuple[F, F] | None, periods: int = 60,
) -> float | None:  # fmt: skip
    """The most that a side can have delivered after some periods; None where `total` is not met.

    Each step may cost a millionth more than what follows it: a schedule of finite length would
    otherwise have no last step, and so none at all.
    """
    from scipy.optimize import linprog

    sides = (first, second)
    rows, limits = [], []
    for i, own in enumerate(sides):
        d, a, b = float(own.patience), float(own.cost), float(own.worth)
        for t in range(periods):
            if order == "in turns" and t % 2 != i:
                continue
            row = np.zeros((2, periods))
            for s in range(t, periods):
                row[i, s] += d ** (s - t) * a
                if s > t:
                    row[1 - i, s] -= d ** (s - t) * b
            rows.append(row.ravel())
            limits.append(SLACK)
    for i, own in enumerate(sides):
        row = np.zeros((2, periods))
        row[i] = 1
        rows.append(row.ravel())
        limits.append(float(own.most))
        if total is not None:
            rows.append(-row.ravel())
            limits.append(-float(total[i]) * (1 - 1e-4))
    goal = np.zeros((2, periods))
    goal[side, :count] = -1
    bounds = [
        (0, 0) if order == "in turns" and t % 2 != i else (0, None)
        for i in (0, 1) for t in range(periods)
    ]  # fmt: skip
    found = linprog(goal.ravel(), np.array(rows), limits, bounds=bounds)
    return None if found.status != 0 else -float(found.fun)


@given(
    st.fractions(F(1, 4), 2, max_denominator=8), st.fractions(F(5, 2), 6, max_denominator=8),
    st.fractions(F(1, 10), F(9, 10), max_denominator=10),
)  # fmt: skip
@settings(max_examples=60, deadline=None)
def test_equal_sides_as_lockwood_and_thomas(a: F, b: F, d: F) -> None:
    """Lockwood and Thomas 2002, linear: first C (1 - ρ), then C ρⁿ is left, ρ = a / (d b)."""
    cap = F(3, 2)
    side = Giver("A", a, b, d, cap)
    plan = instalments(side, replace(side, name="B"))
    rho = a / (d * b)
    if d <= a / b:
        assert not plan.exists
        assert plan.steps == 0
        assert plan.undone == (cap, cap)
        return
    assert plan.steps is None  # without end
    assert plan.undone == (0, 0)
    assert plan.schedule(1)[0] == (cap * (1 - rho), cap * (1 - rho))
    for n in range(6):
        assert plan.left(n) == (cap * rho**n, cap * rho**n)
    found = patience(side, replace(side, name="B"))
    assert (found.infimum, found.attained) == (a / b, False)


def test_what_can_be_taken_back_holds_at_once_or_never() -> None:
    side = Giver("A", F(1), F(2), F(1, 2), lasts=False)
    other = replace(side, name="B")
    assert instalments(side, other).reached == (1, 1)
    assert instalments(side, other).steps == 1
    assert not instalments(replace(side, patience=F(49, 100)), other).exists
    assert patience(side, other).infimum == F(1, 2)
    assert patience(side, other).attained


def test_unequal_sides_reach_what_each_is_worth_to_the_other() -> None:
    """r1 = 1/2, r2 = 1/2: side B has too little to give for all of A's."""
    first = Giver("A", F(1), F(4), F(1, 2))
    second = replace(first, name="B", most=F(1, 4))
    plan = instalments(first, second)
    assert plan.reached == (F(1, 2), F(1, 4))
    assert plan.undone == (F(1, 2), 0)
    assert plan.schedule(1)[0] == (F(3, 8), 0)
    assert patience(first, second).is_empty  # all of A's: never, at any d below 1
    assert not patience(first, second, whole=False).is_empty


def test_who_gives_for_its_own_sake() -> None:
    glad = Giver("A", F(-1), F(4), F(1, 2))
    other = Giver("B", F(1), F(4), F(1, 2))
    plan = instalments(glad, other)
    assert plan.reached == (1, 0)
    assert "would give it anyway" in plan.reason
    assert instalments(glad, replace(glad, name="B")).reached == (1, 1)
    useless = instalments(replace(other, name="A", worth=F(0)), other)
    assert not useless.exists
    assert "A gets nothing" in useless.reason


def test_pay_as_you_dismantle() -> None:
    """With equal patience a payment of s = a / ((1-d) d b) buys a step of one, for every cap."""
    worker = Giver("DPRK", F(1), F(4), F(1, 2))
    payer = Giver("US", F(1), F(4), F(1, 2), lasts=False)
    plan = instalments(worker, payer)
    assert plan.ratio == F(1, 4)
    assert plan.reached == (1, 0)
    assert plan.schedule(3) == ((F(3, 4), 0), (0, F(3, 4)), (F(3, 16), 0))
    slow = instalments(worker, replace(payer, most=F(1, 8)))
    assert slow.ahead > 2
    assert slow.reached == (1, 0)
    assert max(step[1] for step in slow.schedule(60)) == F(1, 8)


def test_refuses_what_is_no_side() -> None:
    with pytest.raises(GameError, match="below 1"):
        Giver("A", F(1), F(1), F(1))
    with pytest.raises(GameError, match="at least nothing"):
        Giver("A", F(1), F(1), F(1, 2), F(-1))
