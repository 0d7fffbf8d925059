"""Many draws of games with hidden information, against exact solvers and the certifier."""

from __future__ import annotations

import random
from collections.abc import Iterator
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_secrets import random_secrets

import detente as dt
from detente.certify import certify
from detente.errors import DetenteError, NotSupported
from detente.game.expressions import Expr, compare, conditional, const, evaluate, maximum, name
from detente.game.expressions.identity import is_zero
from detente.game.profile import Profile
from detente.game.tree import Game
from detente.solvers import solve
from detente.solvers.batches.hidden import EXACT, INVALID, SURE, UNDECIDED, Hidden
from detente.solvers.batches.plans import solve_system
from detente.solvers.batches.signs import Signs
from detente.solvers.batches.whole import whole_at

X, Y, Z = name("x"), name("y"), name("z")


# ── expressions that are zero throughout ───────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("expression", "answer"),
    [
        ((X + Y) ** 2 - X * X - 2 * X * Y - Y * Y, True),
        (1 / (X + 1) - 1 / (X + 2) - 1 / ((X + 1) * (X + 2)), True),
        (maximum(X, Y) * (Z + 1) - maximum(X, Y) * Z - maximum(X, Y), True),
        ((X + Y) ** 2 - X * X - Y * Y, False),
        (X - X * X, False),  # zero at 0 and 1 only
        (conditional(compare("<", X, Y), X, Y) - X, False),
    ],
)
def test_what_is_zero_throughout_is_told_from_what_is_zero_somewhere(
    expression: Expr, answer: bool
) -> None:
    assert is_zero(expression) is answer


@settings(deadline=None, max_examples=40)
@given(st.lists(st.integers(-4, 4), min_size=12, max_size=12), st.fractions(-3, 3))
def test_systems_are_solved_at_every_value(numbers: list[int], x: Fraction) -> None:
    matrix = [[numbers[3 * i + j] + X * int(i == j) for j in range(3)] for i in range(3)]
    matrix = [[const(0) + e for e in row] for row in matrix]
    rhs = [[numbers[9 + i] * X] for i in range(3)]
    at = {"x": Fraction(1000)}  # no eigenvalue is as large
    solved = [row[0] for row in solve_system(matrix, rhs, at)]
    try:
        found = evaluate(solved, {"x": x})
    except DetenteError:
        return  # a pivot is zero there
    for row, side in zip(matrix, rhs, strict=True):
        left = sum(a * b for a, b in zip(evaluate(row, {"x": x}), found, strict=True))
        assert left == evaluate(side, {"x": x})[0]


def test_signs_are_sure_only_beyond_their_errors() -> None:
    signs = Signs.of([X, 1 - Y, 1 / X], ["x", "y"])
    draws = np.array([[1.0, 0.0, -1.0, 1.0, 1e-300, np.nan], [0.0, 0.0, 0.0, 1.0, 0.5, 0.0]])
    assert signs.positive(draws).tolist() == [True, False, False, False, False, False]
    assert (signs.positive(draws, threads=2) == signs.positive(draws)).all()


# ── one equilibrium a draw ─────────────────────────────────────────────────────────────────────

SHIPPED = [
    "beer-quiche",
    "kydd-reassurance",
    "verification-imperfect-detection",
    "inspection-dresher-1962",
    "fearon-1995-private-resolve",
    "hanoi-2019-false-alarms",
    "hanoi-2019-sincere-or-hedging",
]


def game_of(title: str) -> Game:
    talks = dt.load(title)
    return talks if isinstance(talks, Game) else talks.game


def draws_of(game: Game, count: int, seed: int = 0) -> np.ndarray:
    """Draws from the ranges of the parameters, or from half to one and a half times the value."""
    assert game.formulas is not None
    rng = np.random.default_rng(seed)
    rows = []
    for p in game.formulas.parameters.values():
        low = p.value / 2 if p.low is None else p.low
        high = p.value * 3 / 2 if p.high is None else p.high
        rows.append(rng.uniform(float(low), float(high), count))
    return np.array(rows)


@pytest.mark.parametrize("title", SHIPPED)
def test_equilibria_of_shipped_games_are_proved_by_the_certifier(title: str) -> None:
    game = game_of(title)
    hidden, draws = Hidden.of(game), draws_of(game, 60)
    found = hidden.run(draws, limit=25)
    sure = np.flatnonzero(found.how == SURE)
    assert len(sure) > 20
    behavior, slack = found.behavior()
    payoffs, off = found.payoffs()
    for j in sure[::9].tolist():
        certificate = found.certificate(j)
        assert certificate.verdict == "proved"
        assert certificate.max_regret == 0
        support = found.supports[found.support[j]]
        values = hidden.values(draws[:, j])
        for i, p in enumerate(evaluate(support.probabilities, values)):
            assert abs(Fraction(behavior[i, j]) - p) <= Fraction(slack[i, j])
        there = game.at(**values)
        plans = Profile.mixed(there, evaluate(support.probabilities, values))
        for k, worth in enumerate(expected(there, plans)):
            assert abs(Fraction(payoffs[k, j]) - worth) <= Fraction(off[k, j])


def expected(game: Game, profile: Profile) -> list[Fraction]:
    """What each player gets, by a plain walk."""

    def worth(node: int) -> list[Fraction]:
        children, h = game.children_of(node), int(game.infoset[node])
        own = list(game.payoff(node))
        if children:
            odds = profile.at(h) if game.mover[node] >= 0 else game.infosets.probabilities(h)
            for p, child in zip(odds, children, strict=True):
                own = [a + p * b for a, b in zip(own, worth(child), strict=True)]
        factors = game.discount(node)
        return own if factors is None else [f * v for f, v in zip(factors, own, strict=True)]

    return worth(0)


def verification() -> Game:
    """Verify or trust, cheat or comply: known in closed form (a mixed equilibrium or none)."""
    build = dt.Builder(
        ["Inspector", "State"],
        parameters={k: dt.Parameter(k, Fraction(v)) for k, v in
                    {"gain": 2, "loss": 3, "cost": 1, "damage": 10, "detection": "3/4"}.items()},
    )
    gain, loss, cost = name("gain"), name("loss"), name("cost")
    damage, detection = name("damage"), name("detection")

    def moves(verify: bool) -> object:
        caught = detection if verify else 0
        spent = cost if verify else 0
        cheat = build.end(-damage * (1 - caught) - spent, gain * (1 - caught) - loss * caught)
        return build.decide("State", {"cheat": cheat, "comply": build.end(-spent, 0)}, infoset="s")

    return build.build(
        build.decide("Inspector", {"verify": moves(True), "trust": moves(False)}, label="i")
    )


@settings(deadline=None, max_examples=30)
@given(st.lists(st.tuples(*[st.floats(0.1, 9)] * 4, st.floats(0.05, 0.95)), min_size=1, max_size=5))
def test_verification_mixes_as_in_closed_form(points: list[tuple[float, ...]]) -> None:
    # Known since Dresher (1962): verify with G/(d(G+L)), cheat with c/(dD).
    found = Hidden.of(verification()).run(np.array(points).T)
    behavior, slack = found.behavior()
    for j, (gain, loss, cost, damage, detection) in enumerate(points):
        if found.how[j] != SURE:
            continue
        g, lost, c, d = (Fraction(v) for v in (gain, loss, cost, damage))
        q = Fraction(detection)
        deterred, worth_it = q * (g + lost) > g, q * d > c
        verify = g / (q * (g + lost)) if deterred and worth_it else Fraction(worth_it)
        cheat = c / (q * d) if deterred and worth_it else Fraction(1)
        for i, p in enumerate([verify, 1 - verify, cheat, 1 - cheat]):
            assert abs(Fraction(behavior[i, j]) - p) <= Fraction(slack[i, j])


def signals(seed: int) -> Game:
    """A random game of signals whose numbers depend on x and y, some of them tied."""
    rng = np.random.default_rng(seed)
    build = dt.Builder(
        ["Sender", "Receiver"],
        parameters={k: dt.Parameter(k, Fraction(1, 2)) for k in "xy"},
    )
    last = int(rng.integers(2))

    def gains() -> list[Expr]:
        a, b, c = (int(v) for v in rng.integers(-3, 4, 3))
        return [a * X + b * Y + c, (a - c) * X * Y + (b if seed % 3 else 0)]

    def kind(label: str) -> object:
        def answered(message: str, answer: str) -> object:
            if not last:
                return build.end(gains())
            more = {m: build.end(gains()) for m in "hk"}
            return build.decide("Sender", more, infoset=f"{label}{message}{answer}")

        def sent(message: str) -> object:
            answers = {a: answered(message, a) for a in "abc"[: 2 + seed % 2]}
            return build.decide("Receiver", answers, infoset=message)

        return build.decide("Sender", {m: sent(m) for m in "uvw"[: 2 + last]}, label=label)

    odds = [X / 3 + Fraction(1, 3), Fraction(2, 3) - X / 3]
    kinds = {f"t{i}": (p, kind(f"t{i}")) for i, p in enumerate(odds)}
    return build.build(build.chance(kinds))


@pytest.mark.parametrize("seed", range(16))
def test_random_signals_are_in_equilibrium_at_every_draw_that_is_sure(seed: int) -> None:
    game = signals(seed)
    draws = np.random.default_rng(seed).random((2, 300))
    found = Hidden.of(game).run(draws, limit=60)
    sure = np.flatnonzero(found.how == SURE)
    assert len(sure) > 150
    for j in sure[:: max(1, len(sure) // 6)].tolist():
        assert found.certificate(j).verdict == "proved"
        assert found.certificate(j).max_regret == 0


def test_draws_on_an_edge_are_solved_by_themselves_and_invalid_ones_are_told() -> None:
    hidden = Hidden.of(verification())
    edge = [2.0, 2.0, 1.0, 4.0, 0.5]  # d (G + L) = G: nobody is deterred by a hair
    bad = [2.0, 3.0, 1.0, 10.0, np.nan]
    inside = [2.0, 3.0, 1.0, 10.0, 0.75]
    found = hidden.run(np.array([inside, edge, bad]).T)
    assert found.how.tolist() == [SURE, EXACT, INVALID]
    assert found.certificate(1).verdict == "proved"
    assert not found.reason
    assert np.isfinite(found.behavior()[0][:, :2]).all()


def test_a_chance_that_is_none_is_invalid_and_one_of_zero_is_solved_alone() -> None:
    game = game_of("beer-quiche")
    found = Hidden.of(game).run(np.array([[0.3, 1.0, 1.5, -0.1]]))
    assert found.how.tolist() == [SURE, EXACT, INVALID, INVALID]
    assert found.certificate(1).verdict == "proved"


def test_limits_and_halts_leave_draws_undecided_and_say_so() -> None:
    game = game_of("kydd-reassurance")
    draws = draws_of(game, 200)
    hidden = Hidden.of(game)
    few = hidden.run(draws, limit=1)
    assert 0 < np.count_nonzero(few.how == UNDECIDED) < 200
    assert "limit" in few.reason
    open_ = int(np.flatnonzero(few.how == UNDECIDED)[0])
    with pytest.raises(DetenteError, match="no equilibrium is known"):
        few.certificate(open_)
    assert np.isnan(few.behavior()[0][:, open_]).all()
    none = hidden.run(draws, halt=lambda: True)
    assert (none.how == UNDECIDED).all()
    assert "stopped" in none.reason
    rest = hidden.run(draws, supports=hidden.run(draws).supports, limit=0)
    assert (rest.how == SURE).all()


def test_threads_and_the_order_of_blocks_change_nothing() -> None:
    game = game_of("hanoi-2019-false-alarms")
    draws = draws_of(game, 1200)
    hidden = Hidden.of(game)
    one, two = hidden.run(draws), hidden.run(draws, threads=2)
    assert (one.support == two.support).all()
    assert (one.behavior()[0] == two.behavior(threads=2)[0]).all()


def test_parameters_that_are_not_drawn_keep_their_values_or_those_that_are_given() -> None:
    game = verification()
    two = np.array([[0.5, 4.0]])
    kept = Hidden.of(game, names=["cost"]).run(two)
    given = Hidden.of(game, names=["cost"], fixed={"damage": Fraction(20)}).run(two)
    # The State cheats with c/(dD), where D is 10 or 20 and d is 3/4.
    assert kept.behavior()[0][2] == pytest.approx([0.5 / 7.5, 4 / 7.5])
    assert given.behavior()[0][2] == pytest.approx([0.5 / 15, 4 / 15])


def test_what_cannot_be_drawn_is_refused() -> None:
    with pytest.raises(NotSupported, match="no parameters"):
        Hidden.of(game_of("selten-1975-horse").replaced(formulas=None))
    game = game_of("beer-quiche")
    with pytest.raises(DetenteError, match="no parameter 'wrong'"):
        Hidden.of(game, names=["wrong"])
    with pytest.raises(DetenteError, match="a row for each"):
        Hidden.of(game).run(np.zeros((3, 2)))


# ── all equilibria at once ─────────────────────────────────────────────────────────────────────


def small_tables(seeds: range) -> Iterator[Game]:
    for seed in seeds:
        talks = dt.Summit.read(random_secrets(seed))
        for bundle in range(min(2, len(talks.bundles))):
            try:
                game = talks.table(bundle)
            except DetenteError:
                continue  # a move would tell what its side has not seen
            if game.num_nodes <= 120 and game.formulas is not None:
                yield game


@pytest.mark.parametrize("first", range(0, 60, 20))
def test_all_equilibria_at_once_are_those_that_a_solver_lists(first: int) -> None:
    rng, seen = random.Random(first), 0
    for game in small_tables(range(first, first + 20)):
        whole = whole_at(game, game.formulas.values())  # type: ignore[union-attr]
        if whole is None:
            continue
        seen += 1
        for _ in range(3):
            picked = Profile.pure(game, [rng.choice(actions) for actions in whole.best])
            assert certify(game, picked, "sequential").verdict == "proved"
        try:
            listed = solve(game, "sequential", all=True, time_limit=1.0)
        except NotSupported:
            continue
        for equilibrium in listed.equilibria:
            for h, own in enumerate(equilibrium.profile):
                assert all(not p or a in whole.best[h] for a, p in enumerate(own))
    assert seen > 5


def test_where_beliefs_or_ties_decide_it_is_left_open() -> None:
    for title in ("beer-quiche", "verification-imperfect-detection", "kydd-reassurance"):
        game = game_of(title)
        assert whole_at(game, game.formulas.values()) is None  # type: ignore[union-attr]


def test_a_tie_for_one_side_only_is_left_open_and_one_for_all_is_not() -> None:
    def tied(other: Expr) -> Game:
        build = dt.Builder(["A", "B"], parameters={"x": dt.Parameter("x", Fraction(1))})
        last = build.decide("B", {"l": build.end(X, X * X), "r": build.end(other, X * X)})
        return build.build(build.decide("A", {"in": last, "out": build.end(0, 0)}))

    same = whole_at(tied(X), {"x": Fraction(1)})
    assert same is not None
    assert same.best == ((0,), (0, 1))
    assert whole_at(tied(2 * X), {"x": Fraction(1)}) is None
    assert whole_at(tied(X * X), {"x": Fraction(1)}) is None  # equal at 1 only


# ── verdicts under secrets ─────────────────────────────────────────────────────────────────────


def test_verdicts_at_many_draws_are_those_of_each_file() -> None:
    from detente.stability.case import Source
    from detente.stability.equilibrium import stability
    from detente.stability.robustness.draws.bits import SELECTED, bits_of
    from detente.stability.robustness.draws.under_secrets import Secrets

    summit = dt.load("fearon-1995-private-resolve")
    names = list(summit.document.scope.parameters)
    draws = draws_of(summit.game, 400, seed=5)
    secrets = Secrets(Source(summit), range(len(summit.bundles)), names, {})
    found = secrets.answer(draws, selected=True)
    assert secrets.alone < 40
    for j in (0, 57, 333):
        there = summit.at(**dict(zip(names, map(Fraction, draws[:, j].tolist()), strict=True)))
        for b, verdict in enumerate(stability(there).bundles):
            bits = bits_of(verdict.acceptable, verdict.honoured, verdict.stable)
            assert found[b, j] == bits | SELECTED * bool(verdict.selected)
    assert (secrets.answer(draws[:, ::-1], threads=2, selected=True)[:, ::-1] == found).all()


def test_draws_that_are_no_game_are_invalid_and_a_halt_stops() -> None:
    from detente.errors import OutOfTime
    from detente.stability.case import Source
    from detente.stability.robustness.draws.bits import INVALID as NO_GAME
    from detente.stability.robustness.draws.under_secrets import Secrets

    summit = dt.load("fearon-1995-private-resolve")
    secrets = Secrets(Source(summit), [7], ["resolute"], {
        n: p.value for n, p in summit.document.scope.parameters.items() if n != "resolute"
    })
    found = secrets.answer(np.array([[0.3, 1.2, -0.5]]))
    assert (found[0] == NO_GAME).tolist() == [False, True, True]
    with pytest.raises(OutOfTime):
        secrets.answer(np.array([[0.0]]), halt=lambda: True)


HALF_KNOWN = """
detente: 1
title: Only one type signs
sides: [A, B]
types: {A: {eager: q, reluctant: 1 - q}}
parameters: {q: {value: 1/2, range: [0, 1]}, x: {value: 1, range: [0, 2]}}
terms:
  t: {by: A, levels: {none: , full: {worth: {A: "x if A == eager else -x", B: x}}}}
protocol: {kind: take-it-or-leave-it, proposer: B}
"""


def test_a_draw_at_which_chance_excludes_a_type_says_nothing_of_others() -> None:
    from detente.stability.case import Source
    from detente.stability.equilibrium import stability
    from detente.stability.robustness.draws.bits import bits_of
    from detente.stability.robustness.draws.under_secrets import Secrets

    summit = dt.Summit.read(HALF_KNOWN)
    draws = np.array([[0.0, 0.5, 1.0, 0.25], [1.0, 1.0, 1.0, 2.0]])
    for order in ([0, 1, 2, 3], [2, 1, 0, 3], [3, 2, 1, 0]):
        found = Secrets(Source(summit), [1], ["q", "x"], {}).answer(draws[:, order])
        for j, bits in zip(order, found[0].tolist(), strict=True):
            there = summit.at(q=Fraction(draws[0, j]), x=Fraction(draws[1, j]))
            verdict = stability(there, bundles=[1]).bundles[0]
            assert bits == bits_of(verdict.acceptable, verdict.honoured, verdict.stable), j
