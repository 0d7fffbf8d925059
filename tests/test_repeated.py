"""Repeated play: thresholds against closed forms, the automaton itself, and grids."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detente.errors import GameError
from detente.stability.enforcement.repeated import (
    Look,
    Rule,
    Stage,
    Temptation,
    Way,
    detection,
    false_alarms,
    holds,
    lengths,
    one_alarm,
    patience,
    penalty,
    value,
)

F = Fraction

EPS = F(1, 10**9)
small = st.fractions(min_value=-3, max_value=5, max_denominator=6)
chance = st.fractions(min_value=0, max_value=1, max_denominator=8)
factor = st.fractions(min_value=0, max_value=F(19, 20), max_denominator=20)


# ── an independent reading: the automaton's values by solving its linear equations ─────────────


def plain_holds(stage: Stage, d: F, n: int | None, a: F, extra: F | int = 0) -> bool:
    """Whether no way to cheat pays, from the values of the states N, P1 … Pn (P for ever).

    V = R - a e + d ((1 - a) V + a W), W = P (1 + … + d^(n-1)) + d^n V; solved for V.
    """
    if n is None:
        punished = stage.punishment / (1 - d)
        v = (stage.reward - a * stage.ending + d * a * punished) / (1 - d * (1 - a))
        w = punished
    else:
        fixed = sum((d**k * stage.punishment for k in range(n)), F(0))
        v = (stage.reward - a * stage.ending + d * a * fixed) / (1 - d * (1 - a) - d * a * d**n)
        w = fixed + d**n * v
    for temptation in stage.temptations:
        total = F(0)
        for way in temptation.ways:
            for seen in product((True, False), repeat=len(way.looks)):
                odds = way.chance
                cost = F(0)
                for look, caught in zip(way.looks, seen, strict=True):
                    odds *= look.detected if caught else 1 - look.detected
                    cost += look.costs if caught else 0
                if any(seen):
                    total += odds * (-cost - way.ending - extra - stage.ending + d * w)
                else:
                    other = way.mistaken
                    total -= odds * other * way.ending
                    total += odds * (other * (d * w - stage.ending) + (1 - other) * d * v)
            total += way.chance * way.gain
        if stage.reward + total > v:
            return False
    return True


@st.composite
def stages(draw: st.DrawFn) -> Stage:
    cheats = []
    for k in range(draw(st.integers(1, 2))):
        look = st.builds(Look, chance, st.fractions(0, 2, max_denominator=4))
        looks = draw(st.lists(look, min_size=1, max_size=2))
        mistaken = draw(st.sampled_from([F(0), F(1, 5)]))
        ending = draw(st.sampled_from([F(0), F(1, 2)]))
        first = Way(draw(small), tuple(looks), ending=ending, mistaken=mistaken)
        ways = (first,)
        if draw(st.booleans()):
            other = Way(draw(small), (Look(draw(chance)),), F(1, 3))
            ways = (Way(first.gain, first.looks, F(2, 3), first.ending, mistaken), other)
        cheats.append(Temptation((f"cheat {k}",), ways))
    ending = draw(st.sampled_from([F(0), F(1, 3), F(1)]))
    return Stage("A", draw(small), draw(small), tuple(cheats), ending)


@given(stages(), factor, st.sampled_from([None, 0, 1, 2, 5]), chance)
@settings(max_examples=150, deadline=None)
def test_holds_as_the_automaton_says(stage: Stage, d: F, n: int | None, a: F) -> None:
    assert holds(stage, d, Rule(n, a)) == plain_holds(stage, d, n, a)


@given(stages(), st.sampled_from([None, 1, 2, 4]), chance)
@settings(max_examples=60, deadline=None)
def test_patience_on_a_grid(stage: Stage, n: int | None, a: F) -> None:
    found = patience(stage, Rule(n, a))
    for k in range(40):
        assert (F(k, 40) in found) == plain_holds(stage, F(k, 40), n, a)
    for interval in found.intervals:
        for end in (interval.low, interval.high):
            for x in (end - EPS, end, end + EPS) if isinstance(end, F) else ():
                if 0 <= x < 1:
                    assert (x in found) == plain_holds(stage, x, n, a)


@given(stages(), factor, st.sampled_from([None, 1, 3]), chance)
@settings(max_examples=60, deadline=None)
def test_the_other_sets_on_a_grid(stage: Stage, d: F, n: int | None, a: F) -> None:
    rule = Rule(n, a)
    fines, alarms = penalty(stage, d, rule), false_alarms(stage, d, rule)
    qualities = detection(stage, d, rule)
    alone = one_alarm(stage, F(0))
    for k in range(21):
        x = F(k, 20)
        assert (5 * x in fines) == plain_holds(stage, d, n, a, 5 * x)
        assert (x in alarms) == plain_holds(alone, d, n, x)
        seen = tuple(
            Temptation(t.moves, tuple(
                replace(w, looks=tuple(Look(x, look.costs) for look in w.looks)) for w in t.ways
            ))
            for t in stage.temptations
        )  # fmt: skip
        changed = replace(stage, temptations=seen)
        assert (x in qualities) == plain_holds(changed, d, n, a)


@given(stages(), factor, chance)
@settings(max_examples=60, deadline=None)
def test_lengths_by_trying_each(stage: Stage, d: F, a: F) -> None:
    found = lengths(stage, d, a)
    holding = [n for n in range(40) if plain_holds(stage, d, n, a)]
    low, high = found.shortest, found.longest
    told = [] if low is None else [n for n in range(40) if n >= low and (high is None or n <= high)]
    assert told == holding


# ── closed forms ───────────────────────────────────────────────────────────────────────────────


@given(st.fractions(0, 1, max_denominator=9), chance, chance)
@settings(max_examples=50, deadline=None)
def test_grim_trigger_in_closed_form(p: F, q: F, a: F) -> None:
    """Friedman 1971; with imperfect public monitoring, d* = (T-R) / ((q-a)(R-P) + (1-a)(T-R))."""
    t, r = F(5), F(3)
    perfect = patience(Stage.of("A", r, t, p))
    assert (perfect.infimum, perfect.attained) == ((t - r) / (t - p), True)
    below = (q - a) * (r - p) + (1 - a) * (t - r)
    found = patience(Stage.of("A", r, t, p, detected=q), Rule(false_alarm=a))
    if below > 0 and (t - r) / below < 1:
        assert found.infimum == (t - r) / below
        assert found.attained
        assert found.supremum == 1
        assert not found.supremum_attained
    else:
        assert found.is_empty


def test_two_periods_of_punishment() -> None:
    """d + d² ≥ (T-R)/(R-P), here 1: the golden ratio less one, which is irrational."""
    found = patience(Stage.of("A", 2, 3, 1), Rule(2))
    assert found.text("d") == "d ≥ 0.6181"
    assert not isinstance(found.infimum, F)
    assert found.attained
    assert patience(Stage.of("A", 2, 3, 1), Rule(1)).is_empty  # d ≥ 1 is out of reach


def test_what_the_sets_say_where_nothing_tempts() -> None:
    calm = Stage("A", F(1), F(0), ())
    assert patience(calm).is_everything
    assert detection(calm, F(1, 2)).is_everything
    assert lengths(calm, F(0)).shortest == 0


def test_a_fine_alone_deters() -> None:
    stage = Stage.of("A", 2, 3, 1, detected=F(1, 2))
    assert penalty(stage, F(0)).text("F") == "F ≥ 2"
    assert lengths(Stage.of("A", 2, 3, 1, F(1, 2), costs=2), F(0)).shortest == 0


def test_a_very_long_punishment_is_found_exactly() -> None:
    d = F(9999, 10000)
    stage = Stage.of("A", 1, F(9000), 0)
    found = lengths(stage, d).shortest
    assert found is not None
    total = d * (1 - d**found) / (1 - d)
    assert total >= 8999
    assert d * (1 - d ** (found - 1)) / (1 - d) < 8999
    assert lengths(Stage.of("A", 1, F(20000), 0), d).shortest is None


def test_false_alarms_cost_what_the_average_says() -> None:
    """By simulation of the chain: the share of time in punishment, undiscounted in the limit."""
    stage = Stage.of("A", 3, 4, 1)
    d, a = F(99, 100), F(1, 10)
    normal, states = F(1), [F(0)] * 3
    total, weight = F(0), F(1)
    for _ in range(3000):
        total += weight * (normal * 3 + sum(states) * 1)
        normal, states = (
            normal * (1 - a) + states[2], [normal * a, states[0], states[1]]
        )  # fmt: skip
        normal, states = F(float(normal)), [F(float(s)) for s in states]
        weight = F(float(weight * d))
    assert abs(float(total * (1 - d)) - float(value(stage, d, Rule(3, a)))) < 1e-9


def test_credible_only_if_it_does_not_go_on_alone() -> None:
    assert Stage.of("A", 3, 5, 1, lone=0).credible
    assert Stage.of("A", 3, 5, 1, lone=2).credible is False
    assert Stage.of("A", 3, 5, 1).credible is None


@pytest.mark.parametrize("wrong", [{"length": -1}, {"length": 10**6}, {"false_alarm": F(3, 2)}])
def test_rules_that_are_none(wrong: dict[str, F]) -> None:
    with pytest.raises(GameError, match="found"):
        Rule(**wrong)  # type: ignore[arg-type]


def test_large_and_small_numbers() -> None:
    stage = Stage.of("A", 10**12, 2 * 10**12, F(1, 10**12))
    assert patience(stage).infimum == F(10**12) / (2 * 10**12 - F(1, 10**12))
