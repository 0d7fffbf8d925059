"""Verdicts followed along a parameter, against plain readings of the game at many values."""

from __future__ import annotations

import itertools
import json
import random
from fractions import Fraction

import pytest
from brute_force import SecondReading
from hypothesis import given, settings
from hypothesis import strategies as st
from random_summits import random_summit_data

import detente as dt
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
from detente.game.tree import CHANCE, Bundle, Game, Role
from detente.stability.case import case
from detente.stability.equilibrium import judge
from detente.stability.following.algebraic import Root, real_roots
from detente.stability.following.along import Along, along
from detente.stability.following.union import Interval

F = Fraction
TINY = F(1, 10**12)
DEAL = Bundle("deal", {"deal": "yes"})
X = name("x")
SPAN = Interval(F(-2), F(2))


def looked_at(found: Along, rng: random.Random, extra: int = 4) -> list[F]:
    """Both ends, each rational breakpoint and just beside it, both sides of others, and some."""
    low, high = found.within.low, found.within.high
    assert isinstance(low, F)
    assert isinstance(high, F)
    places = [low, high, *(low + (high - low) * F(rng.randint(1, 99), 100) for _ in range(extra))]
    for end in found.breakpoints:
        if isinstance(end, Root):
            close = end.within(TINY) if end.low * end.high > 0 else end
            places += [close.low, close.high]
        else:
            places += [end - TINY, end, end + TINY]
    return [x for x in places if x in found.within]


def assert_pieces_are_canonical(found: Along) -> None:
    """They cover the interval without overlap, and neighbours differ."""
    pieces = found.pieces
    first, last = pieces[0].interval, pieces[-1].interval
    assert (first.low, first.low_closed) == (found.within.low, found.within.low_closed)
    assert (last.high, last.high_closed) == (found.within.high, found.within.high_closed)
    for left, right in itertools.pairwise(pieces):
        assert left.interval.high == right.interval.low
        assert left.interval.high_closed != right.interval.low_closed
        assert left.standing != right.standing


# ── summits, against the second reading of the file ────────────────────────────────────────────


def assert_followed(seed: int, rounds: int, parameter: str, span: Interval) -> None:
    data = random_summit_data(seed, rounds)
    summit = dt.Summit.read(json.dumps(data))
    rng = random.Random(seed)
    everything = list(along(summit, parameter, within=span))
    places = {x for found in everything for x in looked_at(found, rng, 1)}
    for found in everything:
        assert_pieces_are_canonical(found)
    for x in rng.sample(sorted(places), min(8, len(places))):
        data["parameters"][parameter] = str(x)
        try:
            dt.Summit.read(json.dumps(data))
        except dt.DetenteError:
            continue
        expected = SecondReading(json.dumps(data)).verdicts()
        for found, other in zip(everything, expected, strict=True):
            there = found.at(x)
            modal = {key: there.asked(key) for key in ("acceptable", "honoured", "stable")}
            assert modal == other["modal"], (found.bundle, parameter, x)


@pytest.mark.parametrize("seed", range(12))
def test_random_summits_are_what_a_second_reading_says(seed: int) -> None:
    assert_followed(seed, 1, "b", Interval(F(-1), F(3)))


@pytest.mark.parametrize("seed", range(12, 20))
def test_random_summits_along_what_probabilities_depend_on(seed: int) -> None:
    assert_followed(seed, 1, "a", Interval(F(0), F(2)))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 112))
def test_many_random_summits(seed: int) -> None:
    assert_followed(seed, seed % 3 + 1, "ab"[seed % 2], Interval(F(0), F(2)))


# ── trees with bent payoffs, against plain recursion at single values ──────────────────────────


def random_payoff(rng: random.Random, depth: int = 2) -> Expr:
    leaves: list[Expr] = [X, X, const(rng.randint(-2, 2)), const(0), const(1)]
    if not depth:
        return rng.choice(leaves)
    one, other = random_payoff(rng, depth - 1), random_payoff(rng, depth - 1)
    return rng.choice(
        [
            one + other,
            one * other,
            one - other,
            minimum(one, other),
            maximum(one, other),
            conditional(compare(rng.choice(["<", "<=", "=="]), one, other), one, const(1)),
            one / (X + 3),
            one / (X * X + 1),
            rng.choice(leaves),
        ]
    )


def random_tree(rng: random.Random) -> Game:
    """A deal offered, signed and broken here or there, with ties that stay."""
    b = Builder(
        ["A", "B", "C"], bundles=[DEAL], parameters={"x": Parameter("x", F(0), F(-2), F(2))}
    )

    def node(depth: int) -> Node:
        pay = [random_payoff(rng, rng.choice([0, 0, 1, 2])) for _ in range(3)]
        if not depth or rng.random() < 0.2:
            made = b.end(pay)
        elif rng.random() < 0.25:
            likely = rng.choice([const(F(1, 3)), (X + 2) / 4, minimum(1, maximum(0, X))])
            outcomes = {"up": (likely, node(depth - 1)), "down": (1 - likely, node(depth - 1))}
            made = b.chance(outcomes, payoffs=pay)
        else:
            moves = {f"m{i}": node(depth - 1) for i in range(rng.choice([2, 2, 3]))}
            factors = [rng.choice([const(1), const(F(1, 2)), (X + 3) / 5]) for _ in range(3)]
            made = b.decide(
                rng.choice("AB"), moves, payoffs=pay, discount=rng.choice([None, factors])
            )
        if rng.random() < 0.25:
            b.tag(made, rng.choice([Role.SIGNED, Role.BROKEN]), "deal")
        return made

    signed = b.tag(b.decide("B", {"on": node(2), "off": node(2)}), Role.SIGNED, "deal")
    moves = {"accept": signed, "refuse": node(2)}
    return b.build(b.tag(b.decide("A", moves), Role.OFFERED, "deal"))


class Plain:
    """All pure subgame-perfect plays of a tree at one value, by the definition.

    A play from a node on is (payoffs, expected signatures, expected breaches).
    """

    def __init__(self, game: Game, x: F) -> None:
        formulas = game.formulas
        assert formulas is not None
        self.game = game
        self.payoffs = [evaluate(row, {"x": x}) for row in formulas.payoffs]
        self.odds = evaluate(formulas.probabilities, {"x": x})
        self.factors = [evaluate(row, {"x": x}) for row in formulas.discounts]
        self.signed, self.broken = (
            set(game.tagged(role, 0)) for role in (Role.SIGNED, Role.BROKEN)
        )

    def plays(self, node: int) -> set[tuple[tuple[F, ...], F, F]]:
        game, children = self.game, self.game.children_of(node)
        after = [self.plays(child) for child in children]
        mover = int(game.mover[node])
        if not children:
            found = {((F(0),) * 3, F(0), F(0))}
        elif mover == CHANCE:
            first = int(
                game.infosets.action_start[game.infoset[node]] - game.infosets.num_player_actions
            )
            found = {self.mixed(plays, first) for plays in itertools.product(*after)}
        else:
            sure = [min(play[0][mover] for play in plays) for plays in after]
            found = {
                play
                for i, plays in enumerate(after)
                for play in plays
                if all(play[0][mover] >= s for j, s in enumerate(sure) if j != i)
            }
        outcome, row = int(game.outcome[node]), 0
        gain = self.payoffs[outcome] if outcome >= 0 else [F(0)] * 3
        if game.discounts is not None:
            row = int(game.discounts.row[node])
        factor = self.factors[row] if row else [F(1)] * 3
        return {
            (
                tuple((u + g) * f for u, g, f in zip(pay, gain, factor, strict=True)),
                F(1) if node in self.signed else signed,
                broken + (node in self.broken),
            )
            for pay, signed, broken in found
        }

    def mixed(self, plays, first: int):
        weights = self.odds[first : first + len(plays)]
        pay = tuple(
            sum((w * play[0][i] for w, play in zip(weights, plays, strict=True)), F(0))
            for i in range(3)
        )
        return pay, sum(p[1] for p in plays) / len(plays), sum(p[2] for p in plays) / len(plays)

    def verdict(self) -> tuple[str, str]:
        offered = self.plays(0)
        accepted = {play[1] for play in offered}
        acceptable = "sometimes" if accepted != {F(1)} else "always"
        acceptable = "never" if accepted == {F(0)} else acceptable
        words = []
        for node in sorted(self.signed):
            broken = {play[2] > 0 for play in self.plays(node)}
            words.append({(False,): "always", (True,): "never"}.get(tuple(broken), "sometimes"))
        return acceptable, words[0] if len(set(words)) == 1 else "sometimes"


def assert_tree_followed(seed: int) -> None:
    rng = random.Random(seed)
    game = random_tree(rng)
    (found,) = along(game, "x")
    assert_pieces_are_canonical(found)
    for x in looked_at(found, rng, 6):
        there = found.at(x)
        assert there.fault == ""
        assert (there.acceptable, there.honoured) == Plain(game, x).verdict(), x


@pytest.mark.parametrize("seed", range(60))
def test_random_trees_are_what_plain_recursion_says(seed: int) -> None:
    assert_tree_followed(seed)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1000, 1060))
def test_many_random_trees(seed: int) -> None:
    assert_tree_followed(seed)


def squared(game: Game) -> Game:
    """The same game in which x is the square root of what it was."""
    assert game.formulas is not None
    formulas = game.formulas
    changed = type(formulas)(
        {"x": Parameter("x", F(0), F(0), F(2))},
        [tuple(e.bind({"x": X * X}) for e in row) for row in formulas.payoffs],
        [e.bind({"x": X * X}) for e in formulas.probabilities],
        [tuple(e.bind({"x": X * X}) for e in row) for row in formulas.discounts],
    )
    return game.replaced(formulas=changed)


@pytest.mark.parametrize("seed", range(40))
def test_at_irrational_places_it_is_what_it_is_at_their_squares(seed: int) -> None:
    game = random_tree(random.Random(seed))
    (plain,) = along(game, "x", within=Interval(F(0), F(4)))
    (rooted,) = along(squared(game), "x", within=Interval(F(0), F(2)))
    assert [piece.standing for piece in plain.pieces] == [p.standing for p in rooted.pieces]
    for end, root in zip(plain.breakpoints, rooted.breakpoints, strict=True):
        if isinstance(end, Fraction):
            assert root in real_roots([-end, 0, 1])


# ── single cases ───────────────────────────────────────────────────────────────────────────────


def tempted(by: Expr, low: int = 0, high: int = 4) -> Game:
    """A may take 1 by complying, or `by` by cheating."""
    b = Builder(["A"], bundles=[DEAL], parameters={"x": Parameter("x", F(low), F(low), F(high))})
    cheat = b.tag(b.end(by), Role.BROKEN, "deal")
    signed = b.tag(b.decide("A", {"comply": b.end(1), "cheat": cheat}), Role.SIGNED, "deal")
    return b.build(
        b.tag(b.decide("A", {"accept": signed, "refuse": b.end(-9)}), Role.OFFERED, "deal")
    )


def test_an_irrational_turn_is_exact_and_a_tie_there() -> None:
    (found,) = along(tempted(X * X - 1), "x")
    before, there, beyond = found.pieces
    assert (before.standing.honoured, there.standing.honoured, beyond.standing.honoured) == (
        "always", "sometimes", "never",
    )  # fmt: skip
    assert isinstance(there.interval.low, Root)
    assert there.interval.low.polynomial == (-2, 0, 1)
    assert found.possibly("honoured").text("x") == "x ≤ 1.414"
    assert found.possibly("honoured").supremum_attained
    assert not found.surely("honoured").supremum_attained


def test_a_payoff_that_only_touches_is_a_tie_at_one_place() -> None:
    (found,) = along(tempted(1 - (X - 1) * (X - 1)), "x")
    assert found.surely("honoured").text("x") == "x < 1 or x > 1"
    assert found.possibly("honoured").is_everything


def test_two_turns_nearer_than_any_grid_would_see() -> None:
    width = F(1, 10**15)
    (found,) = along(tempted(1 + (X - 1) * (1 + width - X)), "x")
    assert found.where(lambda there: there.honoured == "never").data()["intervals"] == [
        {"low": F(1), "high": 1 + width, "low_closed": False, "high_closed": False}
    ]


def test_dividing_by_zero_is_no_verdict_at_that_value_only() -> None:
    (found,) = along(tempted(1 / (X - 2)), "x")
    fault = found.where(lambda there: there.fault != "")
    assert fault.text("x") == "x = 2"
    assert found.at(F(2)).honoured is None
    assert found.at(F(2)).fault == "a formula divides by zero"
    assert found.surely("honoured").text("x") == "x < 2 or x > 3"


def test_probabilities_that_are_none_are_no_game() -> None:
    b = Builder(["A"], bundles=[DEAL], parameters={"x": Parameter("x", F(0), F(-1), F(2))})
    outcomes = {"caught": (X, b.end(-2)), "not": (1 - X, b.end(2))}
    cheat = b.tag(b.chance(outcomes), Role.BROKEN, "deal")
    signed = b.tag(b.decide("A", {"comply": b.end(0), "cheat": cheat}), Role.SIGNED, "deal")
    game = b.build(signed)
    (found,) = along(game, "x")
    assert found.where(lambda there: not there.fault).text("x") == "0 ≤ x ≤ 1"
    assert found.possibly("honoured").text("x") == "0.5 ≤ x ≤ 1"
    assert {piece.standing.acceptable for piece in found.pieces} == {None}, "offered nowhere"


def test_a_game_that_does_not_depend_on_the_parameter_is_one_piece() -> None:
    (found,) = along(tempted(const(2)), "x")
    assert [(p.interval, p.standing.honoured) for p in found.pieces] == [
        (Interval(F(0), F(4)), "never")
    ]


def test_an_unbounded_interval_is_followed_to_its_end() -> None:
    (found,) = along(tempted(X / 1000), "x", within=Interval(F(0), None, True, False))
    assert found.possibly("honoured").text("x") == "x ≤ 1000"
    assert found.pieces[-1].interval == Interval(F(1000), None, False, False)


def test_hanoi_turns_where_its_page_says() -> None:
    summit = dt.load("hanoi-2019")
    (found,) = along(summit, "detection_inspected", bundles=["kumgang + partial + inspected"])
    assert found.possibly("stable").is_everything
    (found,) = along(
        summit, "detection_inspected", bundles=["kumgang + partial + inspected"],
        within=Interval(F(0), F(1)),
    )  # fmt: skip
    assert found.possibly("stable").data()["infimum"] == F(1, 2)


@pytest.mark.parametrize("parameter", ["pressure", "yongbyon_share", "horizon"])
def test_bundles_of_hanoi_are_judged_alike_where_they_turn(parameter: str) -> None:
    summit = dt.load("hanoi-2019")
    for bundle in range(3, 75, 9):
        (found,) = along(summit, parameter, bundles=[bundle])
        for x in looked_at(found, random.Random(bundle), 1):
            verdict, _ = judge(case(summit.at(**{parameter: x}), bundle))
            there = found.at(x)
            assert dict(verdict.modal) == {
                key: there.asked(key) for key in ("acceptable", "honoured", "stable")
            }


def test_what_cannot_be_followed_is_refused() -> None:
    with pytest.raises(dt.DetenteError, match="some of it is hidden"):
        list(along(dt.load("hanoi-2019-sincere-or-hedging"), "horizon"))
    with pytest.raises(dt.DetenteError, match="no parameter 'y'"):
        list(along(tempted(X), "y"))
    game = tempted(X)
    assert game.formulas is not None
    bare = type(game.formulas)({"x": Parameter("x", F(0))}, game.formulas.payoffs, [])
    with pytest.raises(dt.DetenteError, match="has no range"):
        list(along(game.replaced(formulas=bare), "x"))


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 5), st.fractions(-3, 3, max_denominator=4))
def test_a_players_unit_does_not_move_the_turns(seed: int, scale: int, shift: F) -> None:
    game = random_tree(random.Random(seed))
    formulas = game.formulas
    assert formulas is not None
    payoffs = [(scale * row[0], row[1], row[2] + shift) for row in formulas.payoffs]
    scaled = type(formulas)(
        formulas.parameters, payoffs, formulas.probabilities, formulas.discounts
    )
    assert list(along(game.replaced(formulas=scaled), "x")) == list(along(game, "x"))
