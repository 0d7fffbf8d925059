"""Regions of verdicts, and many draws settled at once, against plain readings draw by draw."""

from __future__ import annotations

import itertools
import random
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_summits import random_summit
from test_following import DEAL, Plain

import detente as dt
from detente.errors import DetenteError, NotSupported, OutOfTime
from detente.game.builder import Builder, Node
from detente.game.expressions import (
    Expr,
    compare,
    conditional,
    const,
    evaluate,
    maximum,
    minimum,
    name,
)
from detente.game.formulas import Parameter
from detente.game.tree import Game, Role
from detente.stability.case import Source, case
from detente.stability.following.along import along
from detente.stability.robustness.draws import together
from detente.stability.robustness.draws.bits import ACCEPTABLE, HONOURED, INVALID, SELECTED, STABLE
from detente.stability.robustness.draws.settling import settle, settle_talks
from detente.stability.robustness.draws.together import Settler, TalksSettler
from detente.stability.robustness.draws.verdicts import parameters_of, verdicts
from detente.stability.robustness.regions.quotients import Quotients, terms
from detente.stability.robustness.regions.regions import Regions, RegionsOfTalks, region

F = Fraction
X, Y = name("x"), name("y")
GRID = [F(v, 2) for v in range(-4, 5)]


# ── trees in two parameters, full of ties ──────────────────────────────────────────────────────


def random_payoff(rng: random.Random, depth: int) -> Expr:
    if not depth:
        return rng.choice([X, Y, X, Y, const(rng.randint(-2, 2)), const(0), const(1)])
    one, other = random_payoff(rng, depth - 1), random_payoff(rng, depth - 1)
    return rng.choice(
        [
            one + other,
            one - other,
            one * other,
            minimum(one, other),
            maximum(one, other),
            conditional(compare(rng.choice(["<", "<=", "=="]), one, other), one, other),
            one / (X + 3),
            one / (X - Y),
            one,
        ]
    )


def random_tree(rng: random.Random, roles: tuple[Role, ...]) -> Game:
    """A deal offered, signed and broken; more nodes have these roles here or there."""
    numbers = {n: Parameter(n, F(0), F(-2), F(2)) for n in "xy"}
    b = Builder(["A", "B", "C"], bundles=[DEAL], parameters=numbers)

    def node(depth: int) -> Node:
        pay = [random_payoff(rng, rng.choice([0, 0, 0, 1, 2])) for _ in range(3)]
        pay = rng.choice([pay, None]) if depth else pay
        if not depth or rng.random() < 0.2:
            made = b.end(pay or [0, 0, 0])
        elif rng.random() < 0.25:
            likely = rng.choice([const(F(1, 3)), (X + 2) / 4, minimum(1, maximum(0, X)), Y / 2])
            outcomes = {"up": (likely, node(depth - 1)), "down": (1 - likely, node(depth - 1))}
            made = b.chance(outcomes, payoffs=pay)
        else:
            moves = {f"m{i}": node(depth - 1) for i in range(rng.choice([2, 2, 3]))}
            factors = [rng.choice([const(1), const(F(1, 2)), (X + 3) / 5]) for _ in range(3)]
            made = b.decide(
                rng.choice("AB"), moves, payoffs=pay, discount=rng.choice([None, None, factors])
            )
        if rng.random() < 0.25:
            b.tag(made, rng.choice(roles), "deal")
        return made

    signed = b.tag(b.decide("B", {"on": node(2), "off": node(2)}), Role.SIGNED, "deal")
    moves = {"accept": signed, "refuse": node(2)}
    return b.build(b.tag(b.decide("A", moves), Role.OFFERED, "deal"))


def plain_verdict(game: Game, values: dict[str, F]) -> tuple[str, str] | None:
    """By the definition; None where there is no such game."""
    try:
        game.at(**values)
    except DetenteError:
        return None
    formulas = game.formulas
    found = Plain.__new__(Plain)
    found.game = game
    found.payoffs = [evaluate(row, values) for row in formulas.payoffs]
    found.odds = evaluate(formulas.probabilities, values)
    found.factors = [evaluate(row, values) for row in formulas.discounts]
    found.signed, found.broken = (set(game.tagged(r, 0)) for r in (Role.SIGNED, Role.BROKEN))
    return found.verdict()


def tree_with_verdict(seed: int, *roles: Role) -> Game:
    """One that is a game at zero, where its case is taken."""
    rng = random.Random(seed)
    while True:
        try:
            return random_tree(rng, roles or (Role.SIGNED, Role.BROKEN))
        except DetenteError:
            continue


def assert_regions(seed: int) -> int:
    """Wherever a region's conditions hold, its verdict is the plain one; how often they did."""
    rng, game = random.Random(seed), tree_with_verdict(seed)
    regions, met = Regions.of(case(game, 0)), 0
    points = [{"x": x, "y": y} for x, y in itertools.product(GRID, GRID)]
    for values in rng.sample(points, 6):
        here = regions.at(values)
        assert here.holds(values)
        others = [
            {n: v + F(rng.randint(-9, 9), rng.choice([7, 100, 10**6])) for n, v in values.items()}
            for _ in range(4)
        ]
        for there in [values, *others, *rng.sample(points, 4)]:
            if here.holds(there):
                met += there is not values
                expected = plain_verdict(game, there)
                found = (here.verdict.acceptable, here.verdict.honoured)
                assert (None if here.verdict.fault else found) == expected, (values, there)
    return met


def test_a_region_has_one_verdict() -> None:
    assert sum(assert_regions(seed) for seed in range(60)) > 500


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 106))
def test_many_regions_have_one_verdict(seed: int) -> None:
    for more in range(20):
        assert_regions(1000 * seed + more)


@pytest.mark.parametrize("seed", range(40))
def test_conditions_are_the_same_as_polynomials(seed: int) -> None:
    regions = Regions.of(case(tree_with_verdict(seed), 0))
    rng = random.Random(seed)
    for _ in range(4):
        values = {"x": rng.choice(GRID), "y": rng.choice(GRID)}
        for condition in regions.at(values).conditions:
            written = terms(condition.polynomial)
            value = sum(c * values["x"] ** i * values["y"] ** j for (i, j), c in written)
            assert value > 0 if condition.sign else value == 0
            if condition.linear is not None:
                assert condition.linear.at(values) == value
                assert max((i + j for (i, j), _ in written), default=0) <= 1
            else:
                assert max(i + j for (i, j), _ in written) > 1


def grid_draws(rng: random.Random, count: int) -> np.ndarray:
    """Draws with many coincidences, and some without any."""
    values = [float(v) for v in GRID] + [0.1, 0.3, 1 / 3, np.nextafter(0.5, 1)]
    rough = [[rng.choice(values) for _ in range(count)] for _ in "xy"]
    fine = [[rng.uniform(-2, 2) for _ in range(count)] for _ in "xy"]
    return np.concatenate([np.array(rough), np.array(fine)], axis=1)


def expected_bits(game: Game, draws: np.ndarray) -> list[int]:
    found = []
    for x, y in draws.T.tolist():
        verdict = plain_verdict(game, {"x": F(x), "y": F(y)})
        if verdict is None:
            found.append(INVALID)
        else:
            acceptable, honoured = (word != "never" for word in verdict)
            found.append(ACCEPTABLE * acceptable | HONOURED * honoured)
    return found


@pytest.mark.parametrize("worthwhile", [together.WORTHWHILE, 10**9])
def test_many_draws_are_what_plain_recursion_says(
    worthwhile: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(together, "WORTHWHILE", worthwhile)
    seen = set()
    for seed in range(40):
        game = tree_with_verdict(seed)
        draws = grid_draws(random.Random(seed), 15)
        settler = Settler(Source(game), game, 0, ["x", "y"])
        expected = expected_bits(game, draws)
        for _ in range(2):  # once more, with what is remembered
            assert [b & ~STABLE for b in settler.settle(draws).tolist()] == expected, seed
        seen |= set(expected)
    assert seen == {0, ACCEPTABLE, HONOURED, ACCEPTABLE | HONOURED, INVALID}


@pytest.mark.parametrize("seed", range(10))
def test_stable_too_is_what_a_draw_by_itself_says(seed: int) -> None:
    game = tree_with_verdict(seed, Role.BROKEN)
    source, draws = Source(game), grid_draws(random.Random(seed), 8)
    expected = settle(source, game, 0, ["x", "y"], draws)
    assert Settler(source, game, 0, ["x", "y"]).settle(draws).tolist() == expected.tolist()


# ── summits ────────────────────────────────────────────────────────────────────────────────────


def of_summit(summit: dt.Summit, rng: random.Random) -> tuple[list[str], np.ndarray]:
    """Draws of a and b, halves and others."""
    rows = [
        [rng.choice([0.0, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0, rng.uniform(0, 2)]) for _ in range(10)]
        for _ in "ab"
    ]
    return ["a", "b"], np.array(rows)


@pytest.mark.parametrize(("seed", "rounds"), [(s, 1 + s % 3) for s in range(12)])
@pytest.mark.parametrize("worthwhile", [together.WORTHWHILE, 10**9])
def test_tables_of_random_summits(
    seed: int, rounds: int, worthwhile: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(together, "WORTHWHILE", worthwhile)
    rng, summit = random.Random(seed), dt.Summit.read(random_summit(seed, rounds))
    names, draws = of_summit(summit, rng)
    for bundle in rng.sample(range(len(summit.bundles)), min(3, len(summit.bundles))):
        source = Source(summit, rng.randint(1, summit.rounds))
        game = summit.table(bundle, source.round)
        expected = settle(source, game, bundle, names, draws)
        assert Settler(source, game, bundle, names).settle(draws).tolist() == expected.tolist()


@pytest.mark.parametrize(("seed", "rounds"), [(s, 1 + s % 3) for s in range(20, 32)])
def test_what_random_talks_settle_on(seed: int, rounds: int) -> None:
    rng, summit = random.Random(seed), dt.Summit.read(random_summit(seed, rounds))
    names, draws = of_summit(summit, rng)
    expected = settle_talks(Source(summit), names, draws)
    assert TalksSettler(summit.game, names).settle(draws).tolist() == expected.tolist()
    regions = RegionsOfTalks(summit.game)
    for j in range(3):
        here = regions.at(dict(zip(names, map(F, draws[:, j].tolist()), strict=True)))
        signed = {b for b in range(len(expected)) if expected[b, j] & SELECTED}
        assert (here.verdict or set()) == signed


def hanoi_draws(count: int) -> tuple[list[str], np.ndarray]:
    known = {n: p for n, p in parameters_of(dt.load("hanoi-2019")).items() if p.low is not None}
    low, high = (
        np.array([float(getattr(p, end)) for p in known.values()]) for end in ("low", "high")
    )
    share = np.random.default_rng(3).random((len(known), count))
    return list(known), low[:, None] + (high - low)[:, None] * share


def test_hanoi_is_what_a_draw_by_itself_says() -> None:
    summit, (names, draws) = dt.load("hanoi-2019"), hanoi_draws(300)
    source = Source(summit)
    for bundle in (1, 31, 74):
        game = summit.table(bundle)
        found = Settler(source, game, bundle, names).settle(draws)
        assert found[:12].tolist() == settle(source, game, bundle, names, draws[:, :12]).tolist()
    talks = TalksSettler(summit.game, names).settle(draws)
    assert (talks[:, :4] == settle_talks(source, names, draws[:, :4])).all()
    assert (talks.max(axis=0) == SELECTED).all()


def test_at_and_beside_the_turns_of_hanoi() -> None:
    summit = dt.load("hanoi-2019")
    everything = list(along(summit, "us_value_per_weapon"))
    places = sorted({float(place) for found in everything for place in found.breakpoints})
    draws = [v for p in places for v in (np.nextafter(p, 0), p, np.nextafter(p, 2000))]
    draws = [v for v in draws if 50 <= v <= 1250]
    assert len(draws) > 30
    bits = verdicts(summit, np.array([draws]), names=["us_value_per_weapon"])
    for found, row in zip(everything, bits.tolist(), strict=True):
        for value, there in zip(draws, row, strict=True):
            assert bool(there & STABLE) == (found.at(F(value)).stable != "never"), found.bundle


# ── what regions are like ──────────────────────────────────────────────────────────────────────


def tempted(by: Expr, **numbers: F) -> Game:
    """B keeps the deal, worth 1 to it, or breaks it for this."""
    b = Builder(
        ["A", "B"], bundles=[DEAL],
        parameters={n: Parameter(n, value, F(0), F(4)) for n, value in numbers.items()},
    )  # fmt: skip
    off = b.tag(b.end([-1, by]), Role.BROKEN, "deal")
    signed = b.tag(b.decide("B", {"keep": b.end([1, 1]), "break": off}), Role.SIGNED, "deal")
    return b.build(b.tag(b.decide("A", {"yes": signed, "no": b.end([0, 0])}), Role.OFFERED, "deal"))


def test_a_linear_condition_tells_its_coefficients() -> None:
    here = region(case(tempted(2 * X - Y / 3, x=F(1, 4), y=F(1)), 0))
    assert (here.verdict.stable, here.open) == ("always", True)
    (linear,) = [c.linear for c in here.conditions]
    scale = linear.constant  # above zero exactly where 1 - 2x + y/3 is
    assert scale > 0
    assert linear.coefficients == {"x": -2 * scale, "y": scale / 3}


def test_denominators_are_cleared_with_their_signs() -> None:
    here = region(case(tempted(X / (Y - 2), x=F(1), y=F(1)), 0))
    # 1 - x/(y - 2) > 0 with y < 2 is x > y - 2, and y < 2 is a condition of its own.
    linear = sorted(tuple(sorted(c.linear.coefficients.items())) for c in here.conditions)
    assert [dict(row) for row in linear] == [{"x": 1, "y": -1}, {"y": -1}]


def test_a_tie_that_is_there_throughout_is_no_condition() -> None:
    here = region(case(tempted(X * (1 - Y) + X * Y - X + 1, x=F(1), y=F(1)), 0))
    assert (here.verdict.honoured, here.conditions) == ("sometimes", ())


def test_a_tie_at_one_place_is_a_region_without_room() -> None:
    here = region(case(tempted(X * Y, x=F(2), y=F(1, 2)), 0))
    assert here.verdict.honoured == "sometimes"
    assert not here.open
    assert here.holds({"x": F(1, 4), "y": F(4)})
    assert not here.holds({"x": F(2), "y": F(1)})


def test_no_game_is_a_region_too() -> None:
    here = Regions.of(case(tempted(X / Y, x=F(1), y=F(1)), 0)).at({"y": F(0)})
    assert here.verdict.fault == "a formula divides by zero"
    assert here.holds({"x": F(3), "y": F(0)})
    assert not here.holds({"x": F(1), "y": F(1)})


def test_only_the_branch_that_is_taken_counts() -> None:
    bent = conditional(compare("<", X, 1), Y, 1 / (X - X * X))
    here = region(case(tempted(bent, x=F(0), y=F(0)), 0))
    assert {str(c.function) for c in here.conditions} == {"x - 1", "y - 1"}


def test_games_without_parameters_have_no_regions() -> None:
    b = Builder(["A"], bundles=[DEAL])
    game = b.build(b.tag(b.tag(b.end([1]), Role.SIGNED, "deal"), Role.OFFERED, "deal"))
    if game.formulas is None:
        with pytest.raises(NotSupported, match="no parameters"):
            region(case(game, 0))
    else:
        assert region(case(game, 0)).conditions == ()


def test_settling_stops_when_told() -> None:
    game = tempted(X * Y, x=F(2), y=F(1))
    settler = Settler(Source(game), game, 0, ["x", "y"])
    with pytest.raises(OutOfTime):
        settler.settle(np.ones((2, 3)), halt=lambda: True)


# ── quotients ──────────────────────────────────────────────────────────────────────────────────


@given(st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_quotients_are_what_the_expressions_are(rng: random.Random) -> None:
    expression = _smooth(rng, 3)
    quotients = Quotients(["x", "y"])
    found = quotients.of(expression)
    for x, y in [(F(1, 3), F(5, 7)), (F(-11, 5), F(3))]:
        below = F(1)
        for base, power in found.below.items():
            below *= _at(quotients.factor(base), x, y) ** power
        try:
            (expected,) = evaluate([expression], {"x": x, "y": y})
        except DetenteError:
            continue
        assert _at(found.above, x, y) == expected * below
    assert quotients.is_zero(expression - expression * (X - Y) / (X - Y))


def _smooth(rng: random.Random, depth: int) -> Expr:
    if not depth:
        return rng.choice([X, Y, const(F(rng.randint(1, 5), 3))])
    one, other = _smooth(rng, depth - 1), _smooth(rng, depth - 1)
    try:
        return rng.choice([one + other, one - other, one * other, one / (other + X), one**2])
    except DetenteError:
        return one


def _at(polynomial, x: F, y: F) -> F:
    return sum((c * x**i * y**j for (i, j), c in terms(polynomial)), F(0))


def test_what_is_too_long_to_write_out_is_refused_and_no_linear_function() -> None:
    names = [f"x{i}" for i in range(30)]
    long = sum((name(n) for n in names), const(1)) ** 12
    with pytest.raises(NotSupported, match="terms"):
        Quotients(names).of(long)
    here = region(case(tempted(long, **dict.fromkeys(names, F(1))), 0))
    assert [c.linear for c in here.conditions] == [None]
