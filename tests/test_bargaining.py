"""Frontier, zone of agreement and bargaining solutions: definitions, papers, and what must not
matter."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from math import log

import numpy as np
import plain_bargaining as plain
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detente.errors import NotSupported
from detente.loading import load
from detente.stability.bargaining.amounts import Enclosed, amount_data, amount_text, line_at
from detente.stability.bargaining.frontier import Frontier
from detente.stability.bargaining.lotteries import Lotteries
from detente.stability.bargaining.points import Points
from detente.stability.bargaining.problem import Problem
from detente.stability.bargaining.solutions import EVENEST, RULES, evenest, solutions
from detente.stability.bargaining.weights import Weights, by_patience, weights_of
from detente.stability.following.algebraic import Root, real_roots

F = Fraction
coordinates = st.integers(-3, 6)


@st.composite
def problems(draw, parties=None, most=9):
    """(points, disagreement), small numbers so that ties are common."""
    width = draw(st.integers(1, 4) if parties is None else parties)
    numbers = coordinates | st.fractions(-2, 5, max_denominator=3)
    rows = draw(st.lists(st.tuples(*[numbers] * width), min_size=1, max_size=most))
    without = draw(st.tuples(*[numbers] * width))
    return [tuple(map(F, row)) for row in rows], tuple(map(F, without))


def posed(points, without=None):
    return Problem.of(points, without)


def picks(problem, weights=None):
    return {s.rule: set(s.outcomes) for s in solutions(Frontier(problem), weights)}


def drawn(problem, weights=None):
    return {
        s.rule: s.picks for s in solutions(Frontier(problem), weights, lotteries=True)
    }


# ── points and problems ────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("huge", [F(1), F(10) ** 30, F(1, 10**30), F(10) ** 400])
@given(problems())
@settings(max_examples=25)
def test_points_compare_as_the_numbers_do(huge, given_points):
    points, without = given_points
    rows = [tuple(v * huge for v in row) for row in points]
    table = Points.of(rows)
    assert list(table) == rows
    for i, value in enumerate(without):
        bound = value * huge + F(1, 10**50)
        for at in (value * huge, bound):
            column = [row[i] for row in rows]
            assert table.at_least(i, at).tolist() == [v >= at for v in column]
            assert table.above(i, at).tolist() == [v > at for v in column]
        order = table.order[:, i].tolist()
        assert [[a < b for a in order] for b in order] == [
            [row[i] < other[i] for row in rows] for other in rows
        ]


def test_a_float_stands_for_what_it_prints():
    problem = Problem.of(np.array([[0.1, 0.2], [0.3, 0.0]]), [0.1, "1/5"])
    assert problem.points[0] == (F(1, 10), F(1, 5))
    assert problem.zone == (0,)
    assert problem.strict_zone == ()


def test_what_is_no_problem_is_refused():
    with pytest.raises(NotSupported, match="one number a party"):
        Problem.of([[1, 2], [3]])
    with pytest.raises(NotSupported, match="infinite"):
        Problem.of(np.array([[1.0, float("nan")]]))
    with pytest.raises(NotSupported, match="2 parties, 3 numbers"):
        Problem.of([[1, 2]], [0, 0, 0])
    with pytest.raises(NotSupported, match="an array of numbers"):
        Points.from_array(np.array([1, 2]))


def test_outcomes_off_the_table_leave_the_others():
    problem = Problem.of([[1, 2], [3, 4], [5, 6]], outcomes=["a", "b", "c"]).without([1])
    assert list(problem.outcomes) == ["a", "c"]
    assert list(problem.points) == [(1, 2), (5, 6)]


# ── the frontier ───────────────────────────────────────────────────────────────────────────────


@given(problems())
def test_the_frontier_is_what_nothing_betters(given_points):
    points, _ = given_points
    found = Frontier(posed(points)).pure
    assert set(found) == plain.undominated(points)
    assert len(found) == len(set(found))
    firsts = [points[k][0] for k in found]
    assert firsts == sorted(firsts, reverse=True)


@pytest.mark.parametrize("width", [1, 2, 3, 5])
@pytest.mark.parametrize("kind", ["int", "float", "exact"])
def test_large_frontiers_are_the_same(width, kind):
    # Enough outcomes for most of the dominated ones to be taken out first.
    draw = np.random.default_rng(width)
    table = draw.integers(0, 40, (600, width))
    rows = table / 8 if kind == "float" else table
    given_rows = [tuple(F(int(v), 7) for v in row) for row in table] if kind == "exact" else rows
    found = Frontier(Problem.of(given_rows)).pure
    assert set(found) == plain.undominated([tuple(row) for row in table.tolist()])


@given(problems(st.integers(2, 4), most=7))
@settings(max_examples=60, deadline=None)
def test_every_verdict_with_lotteries_has_its_witness(given_points):
    points, _ = given_points
    front = Frontier(posed(points))
    for k, point in enumerate(points):
        lottery, weights = front.bettering_lottery(k), front.weights(k)
        assert (lottery is None) == (weights is not None) == (k in front.mixed)
        if lottery is not None:
            mean = [sum(p * points[j][i] for j, p in lottery) for i in range(len(point))]
            assert sum(p for _, p in lottery) == 1
            assert all(p > 0 for _, p in lottery)
            assert all(m >= v for m, v in zip(mean, point, strict=True))
            assert mean != list(point)
        else:
            assert min(weights) > 0
            worth = [sum(w * v for w, v in zip(weights, q, strict=True)) for q in points]
            assert worth[k] == max(worth)


@given(problems(st.integers(2, 3)))
@settings(max_examples=60, deadline=None)
def test_a_dominated_outcome_more_changes_nothing(given_points):
    points, without = given_points
    worse = tuple(v - 1 for v in points[0])
    before, after = posed(points, without), posed([*points, worse], without)
    assert Frontier(before).pure == Frontier(after).pure
    assert Frontier(before).corners == Frontier(after).corners
    if len(points) not in after.zone:
        assert picks(before) == picks(after)


# ── solutions among outcomes ───────────────────────────────────────────────────────────────────


@given(problems(), st.lists(st.integers(1, 4), min_size=4, max_size=4))
def test_every_solution_is_as_defined(given_points, whole):
    points, without = given_points
    own = whole[: len(without)]
    found = picks(posed(points, without), Weights(tuple(map(F, own))))
    weights = list(map(F, own))
    ideals = plain.ideal(points, without)
    inside = set(plain.zone(points, without))
    if plain.who_gains(points, without):
        assert found["nash"] == plain.nash(points, without, own)
    else:
        assert found["nash"] == inside
    parts = [w * (most or 1) for w, most in zip(weights, ideals, strict=True)]
    assert found["egalitarian"] == plain.most_even(points, without, weights)
    assert found["kalai-smorodinsky"] == plain.most_even(points, without, parts)
    assert found["utilitarian"] == plain.greatest_sum(points, without, weights)


def test_where_nothing_is_picked_the_reason_stands():
    nobody = solutions(Frontier(Problem.of([[1, -1], [-1, 1]])))
    assert all(not s.picks and "worse off" not in s.reason for s in nobody)
    assert {s.reason for s in nobody} == {
        "no outcome leaves everyone at least as well off as without agreement."
    }
    apart = solutions(Frontier(Problem.of([[1, 0], [0, 1]])))
    assert not apart[0].picks
    assert "every product of gains is zero" in apart[0].reason
    assert apart[3].outcomes == (0, 1)


def test_a_party_that_cannot_gain_does_not_stop_the_others():
    problem = Problem.of([[3, 0, 1], [2, 0, 2], [1, 0, 3]])
    assert picks(problem) == {rule: {1} for rule in RULES[:3]} | {"utilitarian": {0, 1, 2}}


@pytest.mark.parametrize("scale", [F(1), F(10) ** 12, F(1, 10**12), F(10) ** 320, F(1, 10**320)])
def test_products_that_differ_in_the_last_place_are_told_apart(scale):
    near = F(10) ** 30
    rows = [(near + 1, near - 1), (near, near), (near - 1, near + 1), (near, near)]
    problem = Problem.of([(a * scale, b * scale) for a, b in rows])
    assert picks(problem)["nash"] == {1, 3}
    assert picks(problem)["egalitarian"] == {1, 3}
    assert picks(problem)["utilitarian"] == {0, 1, 2, 3}


def test_large_powers_are_compared_exactly():
    # 2^1000 · 8^1 and 2^1003 · 1^1 are equal; the third is a hair more.
    rows = [(F(2), F(8)), (F(2), F(8)), (F(2) + F(1, 10**40), F(8))]
    heavy = Weights((F(1000), F(1)))
    assert picks(Problem.of(rows), heavy)["nash"] == {2}
    equal = [(F(4), F(1)), (F(2), F(2) ** 1000)]
    assert picks(Problem.of(equal), heavy)["nash"] == {0, 1}


def test_the_most_even_outcome_may_serve_the_worst_served_less():
    # Parts of the ideal: (1/10, 1), (9/10, 1/2), (1, 4/10): the worst gets most at the second one,
    # and the same difference stands at none.
    problem = Problem.of([[1, 10], [9, 5], [10, 4]])
    assert picks(problem)["kalai-smorodinsky"] == {1}
    assert evenest(Frontier(problem)).outcomes == (1,)
    uneven = Problem.of([[10, 6], [5, 5], [0, 10]])
    assert picks(uneven)["kalai-smorodinsky"] == {0}
    spread = Problem.of([[10, 0], [7, 3], [2, 4], [0, 10]])
    assert picks(spread)["kalai-smorodinsky"] == {1}
    assert evenest(Frontier(spread)).rule == EVENEST
    assert evenest(Frontier(spread)).outcomes == (2,)


@given(problems(st.integers(2, 3)), st.integers(0, 2), st.fractions(1, 5), st.integers(-3, 3))
@settings(max_examples=60, deadline=None)
def test_units_and_zeros_do_not_matter_to_nash_and_kalai(given_points, party, factor, shift):
    points, without = given_points
    party %= len(without)

    def moved(row):
        return tuple(v * factor + shift if i == party else v for i, v in enumerate(row))

    before = picks(posed(points, without))
    after = picks(posed([moved(p) for p in points], moved(without)))
    for rule in ("nash", "kalai-smorodinsky"):
        assert before[rule] == after[rule]


@given(problems(st.integers(2, 3)), st.randoms(use_true_random=False))
@settings(max_examples=40, deadline=None)
def test_the_order_of_parties_does_not_matter(given_points, random):
    points, without = given_points
    order = list(range(len(without)))
    random.shuffle(order)
    turned = posed([tuple(p[i] for i in order) for p in points], [without[i] for i in order])
    assert picks(posed(points, without)) == picks(turned)
    for rule, found in drawn(posed(points, without)).items():
        other = drawn(turned)[rule]
        assert {tuple(pick.payoffs[i] for i in order) for pick in found} == {
            pick.payoffs for pick in other
        }


@given(problems(st.integers(2, 3)), st.integers(0, 8))
def test_what_is_not_picked_is_irrelevant_to_nash(given_points, gone):
    points, without = given_points
    chosen = picks(posed(points, without))["nash"]
    gone %= len(points)
    if len(points) < 2 or gone in chosen or not chosen:
        return
    left = [k for k in range(len(points)) if k != gone]
    after = posed([points[k] for k in left], without)
    if plain.who_gains(points, without) == plain.who_gains([points[k] for k in left], without):
        assert {left[k] for k in picks(after)["nash"]} == chosen


# ── with lotteries ─────────────────────────────────────────────────────────────────────────────


@given(problems(st.just(2)), st.integers(1, 3), st.integers(1, 3))
@settings(max_examples=150, deadline=None)
def test_two_parties_that_draw_lots(given_points, mine, yours):
    points, without = given_points
    weights = Weights((F(mine), F(yours)))
    problem = posed(points, without)
    draws = Lotteries(Frontier(problem))
    ideal = draws.ideal
    most = [plain.most_with_lots(points, without, i) for i in (0, 1)]
    found = drawn(problem, weights)
    if most[0] is None:
        assert ideal is None
        assert not any(found.values())
        return
    assert list(ideal) == most
    least = [plain.least_with_lots(points, without, i) for i in (0, 1)]
    assert [low for low, _ in draws.ranges] == least
    if all(most):
        assert found["nash"][0].payoffs == plain.nash_with_lots(points, without, [mine, yours])
        parts = [F(mine) * most[0], F(yours) * most[1]]
        even = plain.even_with_lots(points, without, parts)
        assert found["kalai-smorodinsky"][0].payoffs == even
    even = plain.even_with_lots(points, without, [F(mine), F(yours)])
    if all(most):
        assert found["egalitarian"][0].payoffs == even
    for picked in found.values():
        for pick in picked:
            check_pick(problem, pick)


def check_pick(problem, pick):
    """The lottery is one, and brings what it is said to."""
    assert all(float(p) > 0 for _, p in pick.odds)
    if all(isinstance(p, F) for _, p in pick.odds):
        assert sum(p for _, p in pick.odds) == 1
        mean = tuple(
            sum(p * problem.points[k][i] for k, p in pick.odds) for i in range(problem.num_parties)
        )
        if all(isinstance(value, F) for value in pick.payoffs):
            assert mean == pick.payoffs
    means = [
        sum(float(p) * float(problem.points[k][i]) for k, p in pick.odds)
        for i in range(problem.num_parties)
    ]
    assert means == pytest.approx([float(v) for v in pick.payoffs], rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("seed", range(30))
@pytest.mark.parametrize("parties", [3, 4])
def test_several_parties_that_draw_lots(parties, seed):
    """Against scipy's own linear and convex programs over the odds of every outcome."""
    optimize = pytest.importorskip("scipy.optimize")
    draw = np.random.default_rng(100 * parties + seed)
    rows = draw.integers(-3, 12, (int(draw.integers(3, 10)), parties))
    rows[0] = np.abs(rows[0]) + 1  # someone gains
    problem = Problem.of(rows)
    weights = Weights(tuple(F(int(v)) for v in draw.integers(1, 4, parties)))
    found = drawn(problem, weights)
    ranges = Lotteries(Frontier(problem)).ranges
    w = np.array([float(v) for v in weights.exact])
    ones, floor = np.ones((1, len(rows))), -rows.T.astype(float)
    total = optimize.linprog(-(rows @ w), floor, np.zeros(parties), ones, [1])
    for pick in found["utilitarian"]:
        assert w @ [float(v) for v in pick.payoffs] == pytest.approx(-total.fun)
    for party, (least, most) in enumerate(ranges):
        for sign, end in ((1, least), (-1, most)):
            found_end = optimize.linprog(
                sign * rows[:, party].astype(float), floor, np.zeros(parties), ones, [1]
            )
            assert float(end) == pytest.approx(sign * found_end.fun, abs=1e-9)
    level = optimize.linprog(
        [*np.zeros(len(rows)), -1], np.c_[floor, w], np.zeros(parties), [[*ones[0], 0]], [1]
    )
    least = min(float(v) / u for v, u in zip(found["egalitarian"][0].payoffs, w, strict=True))
    assert least == pytest.approx(-level.fun)
    nash = np.array([float(v) for v in found["nash"][0].payoffs])
    assert (nash > 0).all()
    start = ones[0] / len(rows)
    best = optimize.minimize(
        lambda odds: -(w * np.log(np.maximum(odds @ rows, 1e-9))).sum(), start, method="SLSQP",
        bounds=[(0, 1)] * len(rows), constraints={"type": "eq", "fun": lambda odds: odds.sum() - 1},
    )  # fmt: skip
    assert (w * np.log(nash)).sum() >= -best.fun - 1e-6
    # No outcome is worth more than all weights together at its prices: the optimum is proved.
    assert (rows @ (w / nash) <= w.sum() * (1 + 1e-9)).all()
    for picked in found.values():
        for pick in picked:
            check_pick(problem, pick)


def test_three_parties_may_get_irrational_amounts():
    # Between (6, 1, 1) and (1, 6, 2) the product is greatest at a root of a quadratic.
    pick = drawn(Problem.of([[6, 1, 1], [1, 6, 2]]))["nash"][0]
    assert all(isinstance(value, Root) for value in pick.payoffs)
    x, y, z = pick.payoffs
    # z = 1 + t, and −5/(6 − 5t) + 5/(1 + 5t) + 1/(1 + t) = 0 is 75 t² = 31.
    assert z in real_roots([75 - 31, -150, 75])
    assert (float(x), float(y)) == pytest.approx((11 - 5 * float(z), 5 * float(z) - 4))
    assert -5 / float(x) + 5 / float(y) + 1 / float(z) == pytest.approx(0)


def test_four_parties_may_get_amounts_in_an_interval():
    rows = [[9, 1, 1, 2], [1, 9, 2, 1], [1, 1, 9, 1]]
    pick = drawn(Problem.of(rows))["nash"][0]
    assert all(isinstance(value, Enclosed) for value in pick.payoffs)
    assert all(0 <= v.high - v.low < F(1, 10**30) for v in pick.payoffs)
    table, nash = np.array(rows), np.array([float(v) for v in pick.payoffs])
    assert table @ (1 / nash) == pytest.approx([4, 4, 4])


def test_one_party_takes_what_is_best_for_it():
    problem = Problem.of([[1], [4], [4], [-2]])
    assert Frontier(problem).pure == (1, 2)
    assert Lotteries(Frontier(problem)).ranges == ((0, 4),)
    assert all(found == {1, 2} for found in picks(problem).values())
    assert {pick.payoffs for picked in drawn(problem).values() for pick in picked} == {(4,)}


def test_all_greatest_sums_are_listed_by_their_ends():
    found = solutions(Frontier(Problem.of([[4, -1], [3, 0], [1, 2], [0, 3]])), lotteries=True)[3]
    assert found.complete
    assert [pick.payoffs for pick in found.picks] == [(3, 0), (0, 3)]
    flat = solutions(Frontier(Problem.of([[3, 0, 0], [0, 3, 0], [0, 0, 3], [1, 1, 1]])), None, True)
    assert {pick.payoffs for pick in flat[3].picks} == {(3, 0, 0), (0, 3, 0), (0, 0, 3)}


def test_parties_that_no_lottery_lets_gain():
    # The third gets at least 0 only where the first two outcomes are drawn alone.
    problem = Problem.of([[4, 0, 0], [0, 4, 0], [9, 9, -1]])
    found = drawn(problem)
    assert found["nash"][0].payoffs == (2, 2, 0)
    assert found["kalai-smorodinsky"][0].payoffs == (2, 2, 0)
    nothing = Problem.of([[0, 0], [-1, 3]])
    assert {pick.payoffs for picked in drawn(nothing).values() for pick in picked} == {(0, 0)}


# ── papers ─────────────────────────────────────────────────────────────────────────────────────


def test_nash_1950_bill_and_jack():
    """Nash 1950, The bargaining problem, last section: goods to barter, without money."""
    bills = {"book": (2, 4), "whip": (2, 2), "ball": (2, 1), "bat": (2, 2), "box": (4, 1)}
    jacks = {"pen": (10, 1), "toy": (4, 1), "knife": (6, 2), "hat": (2, 2)}
    goods = [*bills.items(), *jacks.items()]
    without = (sum(v for v, _ in bills.values()), sum(v for _, v in jacks.values()))
    rows, names = [], []
    for owners in product((0, 1), repeat=len(goods)):
        rows.append(
            [sum(v[i] for (_, v), who in zip(goods, owners, strict=True) if who == i)
             for i in (0, 1)]
        )  # fmt: skip
        names.append({name for (name, _), who in zip(goods, owners, strict=True) if who == 0})
    problem = Problem.of(rows, without)
    (chosen,) = picks(problem)["nash"]
    assert names[chosen] == {"box", "pen", "toy", "knife"}
    assert problem.gains(chosen) == (12, 5)


@pytest.mark.parametrize("c_a", [F(1, 20), F(2, 10), F(3, 10)])
@pytest.mark.parametrize("c_b", [F(1, 100), F(1, 10), F(25, 100)])
def test_fearon_1995_zone_of_agreement(c_a, c_b):
    """Under complete information every division from p − c_A to p + c_B beats war for both."""
    from detente.stability.bargaining.report import bargaining

    p = F(6, 10)
    found = bargaining(load("fearon-1995-complete-information").at(c_A=c_a, c_B=c_b))
    assert found.ranges == ((p - c_a, p + c_b), (1 - p - c_b, 1 - p + c_a))
    inside = [int(name[1:]) for name in found.names(found.problem.zone)]
    assert inside == [x for x in range(11) if p - c_a <= F(x, 10) <= p + c_b]


@pytest.mark.parametrize("factors", [(0.9, 0.8), (0.5, 0.99), (0.9, 0.9), (0.9, 0.81)])
def test_rubinstein_1982_in_the_limit(factors):
    """As offers follow each other ever faster, (1 − δ₂)/(1 − δ₁ δ₂) tends to the first party's
    share in the Nash solution with weights −1/log δ."""
    first, second = factors
    weights = by_patience([F(str(first)), F(str(second))], ["A", "B"])
    share = drawn(Problem.of([[1, 0], [0, 1]]), weights)["nash"][0].payoffs[0]
    assert float(share) == pytest.approx(log(second) / (log(first) + log(second)))
    gap = 1e-7
    fast = (1 - second**gap) / (1 - (first * second) ** gap)
    assert float(share) == pytest.approx(fast, rel=1e-5)
    if isinstance(share, Enclosed):
        assert share.high - share.low < F(1, 10**60)
    else:
        assert share == F(1, 2) if first == second else share == F(2, 3)


def test_more_parties_by_patience():
    """One unit among three who propose in turn: shares in proportion to −1/log δ."""
    factors = [F(9, 10), F(8, 10), F(7, 10)]
    weights = by_patience(factors, "ABC")
    shares = drawn(Problem.of(np.eye(3, dtype=int)), weights)["nash"][0].payoffs
    patience = np.array([-1 / log(f) for f in factors])
    assert [float(s) for s in shares] == pytest.approx(list(patience / patience.sum()))
    # A proposal of i leaves j what j would get by waiting, round the table; fast offers tend to it.
    gap = 1e-6
    d = np.array([float(f) ** gap for f in factors])
    table, side = np.zeros((9, 9)), np.zeros(9)
    for i in range(3):
        table[3 * i, [3 * i, 3 * i + 1, 3 * i + 2]] = 1
        side[3 * i] = 1
        for place, j in enumerate(k for k in range(3) if k != i):
            table[3 * i + 1 + place, 3 * i + j] = 1
            table[3 * i + 1 + place, 3 * ((i + 1) % 3) + j] = -d[j]
    fast = np.linalg.solve(table, side)[:3]
    assert fast == pytest.approx([float(s) for s in shares], rel=1e-4)


# ── weights and amounts ────────────────────────────────────────────────────────────────────────


def test_weights_are_what_is_asked_for():
    summit = load("hanoi-2019")
    by = weights_of("patience", ["US", "DPRK"], summit)
    assert by.exact is None
    assert by.patience == (F(24, 25), F(23, 25))
    assert by.told(["US", "DPRK"]) == "US ≈0.6713 and DPRK ≈0.3287"
    assert weights_of({"A": "2", "B": 1}, ["A", "B"]).exact == (2, 1)
    assert weights_of(None, ["A", "B"]).equal
    assert by_patience([F(8, 27), F(4, 9)], ["A", "B"]).exact == (F(2), F(3))
    for wrong, why in (
        ({"A": 1}, "'B' has none"),
        ({"A": 1, "B": 0}, "above zero"),
        ({"A": 1, "B": 1, "C": 1}, "'C' is none of them"),
        ("power", "'patience'"),
        ("patience", "discount factors"),
    ):
        with pytest.raises(NotSupported, match=why):
            weights_of(wrong, ["A", "B"])
    with pytest.raises(NotSupported, match="the factor of US is 1"):
        weights_of("patience", ["US", "ROK"], summit.at(us_patience=1))


def test_irrational_amounts_are_told_with_their_polynomial():
    _, root = real_roots([-2, 0, 1])
    assert amount_text(root) == "≈1.414"
    data = amount_data(root)
    assert data["polynomial"] == [-2, 0, 1]
    low, high = data["between"]
    assert low**2 < 2 < high**2
    for slope in (F(3), F(-3), F(2, 7)):
        moved = line_at(F(1, 2), slope, root)
        assert float(moved) == pytest.approx(0.5 + float(slope) * 2**0.5)
        assert moved in real_roots(moved.polynomial)
        assert real_roots(moved.polynomial)[moved.index] == moved
    assert line_at(F(1), F(0), root) == 1
    assert line_at(F(1), F(-2), Enclosed(F(1), F(2))) == Enclosed(F(-3), F(-1))


# ── NegMAS ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.slow
@pytest.mark.parametrize("sides", [2, 3, 4])
@pytest.mark.parametrize("seed", range(5))
def test_outcome_sets_are_as_negmas_has_them(sides, seed):
    pytest.importorskip("negmas")
    from benchmarks import negotiation
    from benchmarks.timing import AnswersDiffer

    for draw in (negotiation.independent, negotiation.opposed):
        points = draw(700, sides, seed)
        if not (points >= negotiation.RESERVED).all(axis=1).any():
            continue
        ours, theirs = negotiation.found(points), negotiation.by_negmas(points)
        negotiation.compare(ours, theirs, points)
        planted = {**ours, "nash": set(range(len(points)))}
        with pytest.raises(AnswersDiffer, match="nash"):
            negotiation.compare(planted, theirs, points)
