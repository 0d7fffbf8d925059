"""The value of constant-sum games: published ones, and every pure plan tried on random ones."""

from __future__ import annotations

import random
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchmarks.card_games import goofspiel, kuhn, leduc
from detente.errors import NotSupported
from detente.game.builder import Builder
from detente.game.strategic import StrategicGame, to_strategic
from detente.linear import programs
from detente.linear.programs import maximise
from detente.solvers import solve
from detente.solvers.plans.constant_sum import opposition
from detente.solvers.sequence_form_lp import SOLVER
from tests.trees import build, hidden, plan_regret, trees, value

METHOD = "sequence-form-lp"


def solved(game, arithmetic="auto"):
    result = solve(game, "nash", METHOD, arithmetic=arithmetic)
    assert result.stopped == "finished", result.reason
    (equilibrium,) = result.equilibria
    if arithmetic != "float":
        assert equilibrium.certificate.verdict == "proved"
        assert equilibrium.certificate.arithmetic == "exact"
    return result


def worth(game, player="One", **options):
    return solved(game, **options).equilibria[0].payoffs[player]


# ── published values ───────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("arithmetic", ["auto", "exact"])
def test_kuhn_poker(arithmetic):
    # Kuhn (1950): the first player loses an 18th of a coin a game.
    result = solved(kuhn(3), arithmetic)
    assert result.equilibria[0].payoffs == {"One": Fraction(-1, 18), "Two": Fraction(1, 18)}
    assert result.payoff_range == {
        "One": (Fraction(-1, 18),) * 2, "Two": (Fraction(1, 18),) * 2
    }  # fmt: skip
    assert "-1/18" in result.reason
    # He describes them all: what the second player does with the middle card is determined.
    assert result.equilibria[0].profile["Two", "1 b"] == {
        "fold": Fraction(2, 3), "call": Fraction(1, 3)
    }  # fmt: skip


@pytest.mark.parametrize("cards", [2, 4, 6, 9])
def test_the_ladder_is_worth_what_its_matrix_is(cards):
    game = kuhn(cards)
    exact = worth(game)
    assert exact == worth(game, arithmetic="exact")
    if cards <= 4:
        assert exact == worth(to_strategic(game))


def test_a_hundred_cards_exactly():
    assert worth(kuhn(100)) == Fraction(-1121, 19800)


@pytest.mark.parametrize("difference", [False, True])
def test_goofspiel_is_fair(difference):
    game = goofspiel(4, difference)
    assert game.num_nodes == 1077
    assert worth(game) == 0
    assert worth(game, arithmetic="float") == pytest.approx(0, abs=1e-9)


def test_leduc_poker():
    # The value that Lanctot and others' OpenSpiel (2019) gives in floating point.
    game = leduc(suits_seen=False)
    assert game.num_nodes == 9457
    exact = worth(game)
    assert round(float(exact), 12) == -0.085606424078
    floating = solved(game, "float").equilibria[0]
    assert floating.payoffs["One"] == pytest.approx(float(exact), abs=1e-12)
    assert floating.certificate.max_regret < 1e-9


def test_suits_change_nothing_in_leduc():
    assert worth(leduc()) == worth(leduc(suits_seen=False))


# ── random trees, all pure plans tried ─────────────────────────────────────────────────────────


def zero_sum(twig, constant=Fraction(0), scale=Fraction(1)):
    """The tree with the second player gaining what the first loses."""
    gain = twig.gain and (twig.gain[0], constant - scale * twig.gain[0])
    discount = twig.discount and (twig.discount[0],) * 2
    below = tuple(zero_sum(child, Fraction(0), scale) for child in twig.below)
    return replace(twig, gain=gain, discount=discount, below=below)


@st.composite
def opposed_trees(draw):
    twig = draw(hidden(draw(trees(players=2, depth=3, discounts=True))))
    scale = draw(st.sampled_from([Fraction(1), Fraction(1), Fraction(2, 3)]))
    return zero_sum(replace(twig, gain=twig.gain or (Fraction(0),) * 2), Fraction(5, 2), scale)


def plan_of(twig, profile, game):
    """The profile as a plan by path, as the plain walks take it."""
    plan = {}

    def go(t, path, node):
        if isinstance(t.mover, int):
            plan[path] = list(profile.at(int(game.infoset[node])))
        for k, (child, below) in enumerate(zip(t.below, game.children_of(node), strict=True)):
            go(child, (*path, k), below)

    go(twig, (), 0)
    return plan


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(opposed_trees(), st.sampled_from(["auto", "exact", "highs"]))
def test_no_pure_plan_gains(twig, way):
    game = build(twig, 2)
    before, programs.SMALL = programs.SMALL, 0 if way == "highs" else programs.SMALL
    try:
        equilibrium = solved(game, "exact" if way == "exact" else "auto").equilibria[0]
    finally:
        programs.SMALL = before
    plan = plan_of(twig, equilibrium.profile, game)
    assert plan_regret(twig, plan, 2) == 0
    assert tuple(equilibrium.payoffs.values()) == value(twig, plan, 2)


def matrix_worth(rows):
    """max min x·A by the definition, as a program over the mixtures."""
    m, n = len(rows), len(rows[0])
    found = maximise(
        [0] * m + [1],
        [[-rows[i][j] for i in range(m)] + [1] for j in range(n)], [0] * n,
        [[1] * m + [0]], [1], [(0, None)] * m + [(None, None)], exact=True,
    )  # fmt: skip
    return found.value


def matrix_game(rows, constant=0):
    m, n = len(rows), len(rows[0])
    cells = [(rows[i][j], constant - rows[i][j]) for j in range(n) for i in range(m)]
    names = [[f"r{i}" for i in range(m)], [f"c{j}" for j in range(n)]]
    return StrategicGame.of(["One", "Two"], names, cells)


def check_matrix(rows, arithmetic="auto"):
    result = solved(matrix_game(rows, 3), arithmetic)
    x, y = result.equilibria[0].profile.weights
    left = [sum((p * row[j] for p, row in zip(x, rows, strict=True)), Fraction(0))
            for j in range(len(y))]  # fmt: skip
    right = [sum((q * a for q, a in zip(y, row, strict=True)), Fraction(0)) for row in rows]
    assert min(left) == max(right) == result.equilibria[0].payoffs["One"]
    assert result.equilibria[0].payoffs["Two"] == 3 - min(left)
    return min(left)


@settings(deadline=None, max_examples=60)
@given(st.tuples(st.integers(1, 6), st.integers(1, 6)).flatmap(
    lambda shape: st.lists(
        st.lists(st.integers(-2, 2), min_size=shape[1], max_size=shape[1]),
        min_size=shape[0], max_size=shape[0])
))  # fmt: skip
def test_matrices_have_their_value(rows):
    assert check_matrix(rows) == matrix_worth(rows)


@pytest.mark.parametrize(("size", "most"), [(70, 1), (80, 3), (90, 100), (80, 10**25)])
def test_larger_matrices(size, most):
    draw = random.Random(size)
    rows = [[draw.randint(-most, most) for _ in range(size + 5)] for _ in range(size)]
    check_matrix(rows)


def test_matrices_with_every_kind_of_tie():
    size = 64
    check_matrix([[0] * size for _ in range(size)])
    check_matrix([[int(i == j) for j in range(size)] for i in range(size)])
    check_matrix([[(j - i) % 3 - 1 for j in range(size)] for i in range(size)])
    draw = random.Random(1)
    few = [[draw.randint(-1, 1) for _ in range(size)] for _ in range(6)]
    check_matrix([draw.choice(few) for _ in range(size)])


# ── what is special ────────────────────────────────────────────────────────────────────────────


def wild(seed, low, high, depth=5):
    """A random tree whose gains are very large or very small."""
    draw = random.Random(seed)
    b = Builder(["One", "Two"])
    amounts = [low, -low, high, -high, 3 * high, Fraction(0), low / 7]

    def go(left, memory):
        gain = draw.choice(amounts)
        if not left:
            return b.end(gain, -gain)
        if draw.random() < 0.2:
            first, second = go(left - 1, memory), go(left - 1, memory)
            return b.chance({"x": ("1/3", first), "y": ("2/3", second)})
        player, width = draw.randrange(2), draw.randint(2, 3)
        name = f"{memory[player]}|{width}{draw.choice('xy')}"
        below = {}
        for k in range(width):
            known = list(memory)
            known[player] = f"{name}{k}"
            below[str(k)] = go(left - 1, known)
        return b.decide(("One", "Two")[player], below, infoset=name, payoffs=(gain, -gain))

    return b.build(go(depth, ["", ""]))


@pytest.mark.parametrize("seed", range(4))
def test_payoffs_of_very_different_sizes(seed):
    game = wild(seed, Fraction(1, 10**12), Fraction(10**12))
    exact = worth(game, arithmetic="exact")
    assert worth(game) == exact
    certificate = solved(game, "float").equilibria[0].certificate
    assert certificate.verdict != "refuted"
    assert float(certificate.max_regret) < 1


@pytest.mark.parametrize("factor", [Fraction(10**12), Fraction(1, 10**12), Fraction(10**400)])
def test_the_unit_does_not_matter(factor):
    draw = random.Random(7)
    rows = [[draw.randint(-9, 9) for _ in range(70)] for _ in range(70)]
    small = check_matrix(rows)
    assert check_matrix([[a * factor for a in row] for row in rows]) == small * factor


def test_the_sum_counts_at_the_ends_only():
    # What is gained on the way does not cancel there, but it does at every end.
    b = Builder(["One", "Two"])
    left = b.decide("Two", {"l": b.end(-1, 0), "r": b.end(2, -3)}, infoset="two", payoffs=(1, 1))
    right = b.decide("Two", {"l": b.end(1, -1), "r": b.end(-3, 3)}, infoset="two")
    game = b.build(b.decide("One", {"u": left, "d": right}))
    assert opposition(game, 0, 1) is None
    b = Builder(["One", "Two"])
    left = b.decide("Two", {"l": b.end(-1, 0), "r": b.end(2, -3)}, infoset="two", payoffs=(1, 0))
    right = b.decide("Two", {"l": b.end(1, -1), "r": b.end(-3, 3)}, infoset="two")
    game = b.build(b.decide("One", {"u": left, "d": right}))
    assert opposition(game, 0, 1) == (1, 0)
    assert worth(game) == matrix_worth([[0, 3], [1, -3]])


def test_units_of_their_own_are_no_obstacle():
    rows = [[3, 0], [1, 2]]
    cells = [(rows[i][j], Fraction(7 - rows[i][j], 2)) for j in (0, 1) for i in (0, 1)]
    game = StrategicGame.of(["One", "Two"], [["u", "d"], ["l", "r"]], cells)
    assert opposition(game, 0, 1) == (Fraction(1, 2), Fraction(7, 2))
    payoffs = solved(game).equilibria[0].payoffs
    assert payoffs == {"One": Fraction(3, 2), "Two": Fraction(11, 4)}


@pytest.mark.parametrize("payoffs", [
    [(1, 0), (0, 1), (0, 0), (1, 1)],
    [(1, 1), (2, 2), (3, 3), (4, 4)],
    [(1, 0), (1, 1), (1, 2), (1, 3)],
    [(0, 1), (1, 1), (2, 1), (3, 1)],
])  # fmt: skip
def test_sums_that_vary_are_refused(payoffs):
    game = StrategicGame.of(["One", "Two"], [["u", "d"], ["l", "r"]], payoffs)
    assert "sum to a constant" in SOLVER.refusal(game)
    with pytest.raises(NotSupported, match="sum to a constant"):
        solve(game, "nash", METHOD)


def test_payoffs_of_one_side_that_do_not_fit_beside_ones_that_do():
    huge = 10**30
    game = matrix_of([(huge, Fraction(1, 4)), (0, 1), (-huge, 2), (1, 1)])
    with pytest.raises(NotSupported, match="constant"):
        solve(game, "nash", method=SOLVER.name)
    game = matrix_of([(huge, 0), (0, 1), (0, 1), (huge, 0)])
    assert opposition(game, 0, 1) == (Fraction(1, huge), 1)
    assert solve(game, "nash", method=SOLVER.name).equilibria[0].payoffs["One"] == huge // 2


def matrix_of(cells):
    return StrategicGame.of(["One", "Two"], [["u", "d"], ["l", "r"]], cells)


def test_three_movers_and_imperfect_recall_are_refused():
    b = Builder(["A", "B", "C"])
    node = b.end(0, 0, 0)
    for player in "ABC":
        node = b.decide(player, {"x": node, "y": b.end(0, 0, 0)})
    assert SOLVER.refusal(b.build(node))
    strategic = StrategicGame.of(["A", "B", "C"], [["x", "y"]] * 3, [(0, 0, 0)] * 8)
    assert SOLVER.refusal(strategic)
    b = Builder(["A"])
    first = [b.decide("A", {"l": b.end(0), "r": b.end(1)}, infoset="again") for _ in range(2)]
    forgetful = b.build(b.decide("A", dict(zip("xy", first, strict=True))))
    assert "perfect recall" in SOLVER.refusal(forgetful)


def test_one_mover_takes_its_best_and_observers_get_theirs():
    b = Builder(["Watcher", "Mover"])
    lots = b.chance({"a": ("1/4", b.end(1, 0)), "b": ("3/4", b.end(5, 4))})
    game = b.build(b.decide("Mover", {"stop": b.end(9, 2), "go": lots}))
    for arithmetic in ("auto", "exact", "float"):
        equilibrium = solved(game, arithmetic).equilibria[0]
        assert equilibrium.payoffs == {"Watcher": 4, "Mover": 3}
    assert set(solved(game).payoff_range) == {"Mover"}


def test_nobody_moves():
    b = Builder(["A", "B"])
    result = solved(b.build(b.chance({"x": ("1/2", b.end(1, 2)), "y": ("1/2", b.end(3, 4))})))
    assert result.complete == "all"
    assert result.equilibria[0].payoffs == {"A": 2, "B": 3}
    one = StrategicGame.of(["A", "B"], [["x"], ["y"]], [(4, 5)])
    assert solved(one).equilibria[0].payoffs == {"A": 4, "B": 5}


def test_one_player_of_a_matrix_has_a_choice():
    game = StrategicGame.of(["A", "B"], [["x"], ["l", "m", "r"]], [(4, 5), (1, 7), (0, 6)])
    result = solved(game)
    assert result.equilibria[0].profile["B"]["m"] == 1
    assert result.equilibria[0].payoffs == {"A": 1, "B": 7}


def test_chance_that_never_happens():
    b = Builder(["One", "Two"])

    def stage(size):
        reply = [b.decide("Two", {"l": b.end(s * size, -s * size), "r": b.end(0, 0)},
                          infoset=f"two {size}") for s in (1, -1)]  # fmt: skip
        return b.decide("One", {"u": reply[0], "d": reply[1]}, infoset=f"one {size}")

    game = b.build(b.chance({"never": (0, stage(10**6)), "always": (1, stage(1))}))
    for arithmetic in ("auto", "exact", "float"):
        assert solved(game, arithmetic).equilibria[0].payoffs["One"] == 0


def test_floats_come_with_a_bound():
    equilibrium = solved(kuhn(20), "float").equilibria[0]
    assert isinstance(equilibrium.profile.vector, np.ndarray)
    assert equilibrium.certificate.arithmetic == "float"
    assert 0 <= equilibrium.certificate.max_regret < 1e-12
    draw = random.Random(3)
    rows = [[draw.randint(-9, 9) for _ in range(100)] for _ in range(80)]
    equilibrium = solved(matrix_game(rows), "float").equilibria[0]
    assert not equilibrium.profile.is_exact
    assert 0 <= float(equilibrium.certificate.max_regret) < 1e-9


def test_a_time_limit_stops_it():
    result = solve(leduc(), "nash", METHOD, time_limit=0.0)
    assert (result.stopped, result.equilibria) == ("time_limit", ())
