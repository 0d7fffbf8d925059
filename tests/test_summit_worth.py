"""What delivered levels are worth: years, snap-back, discounts, combinations, parameters."""

from __future__ import annotations

from fractions import Fraction

import pytest
from random_summits import random_summit

import detente as dt
from detente.errors import SummitError
from detente.game.expressions import const, name
from detente.game.tree import TERMINAL, Role
from detente.summit.worth import Timeline, Value

FEES = Value(once=const(7), per_year=const(50))


def amounts(line: Timeline, value: Value, party: str = "DPRK") -> list[Fraction]:
    parts = (line.whole, line.before, line.since)
    return [Fraction(part(party, value).constant) for part in parts]


def test_a_snap_back_cuts_years_short() -> None:
    assert amounts(Timeline(const(10), const(3)), FEES) == [507, 157, 350]


def test_without_delay_only_what_comes_once_is_left() -> None:
    assert amounts(Timeline(const(10)), FEES) == [507, 7, 500]


@pytest.mark.parametrize(("years", "parts"), [(2, [107, 107, 0]), (12, [607, 157, 450])])
def test_own_years_replace_the_horizon(years: int, parts: list[int]) -> None:
    value = Value(FEES.once, FEES.per_year, const(years))
    assert amounts(Timeline(const(10), const(3)), value) == parts


def test_discounted_years_count_less_the_later_they_come() -> None:
    line = Timeline(const(3), const(1), {"DPRK": const("1/2")})
    # 1 + 1/2 + 1/4 years, the first of which comes before the end of the deal.
    assert amounts(line, Value(per_year=const(4))) == [7, 4, 3]
    assert amounts(line, Value(per_year=const(4)), "US") == [12, 4, 8]


def test_a_discount_factor_may_be_a_parameter() -> None:
    line = Timeline(const(3), const(0), {"DPRK": name("d")})
    whole = line.whole("DPRK", Value(per_year=const(1)))
    assert whole is 1 + name("d") + name("d") ** 2


@pytest.mark.parametrize("horizon", [const("5/2"), name("horizon"), const(100_000)])
def test_discounted_years_must_be_whole_numbers(horizon: object) -> None:
    line = Timeline(horizon, const(0), {"DPRK": const("1/2")})  # type: ignore[arg-type]
    with pytest.raises(SummitError, match="whole number"):
        line.whole("DPRK", FEES)


def test_yearly_amounts_need_to_know_for_how_long() -> None:
    with pytest.raises(SummitError, match="horizon"):
        Timeline().whole("DPRK", FEES)


TALKS = """
detente: 1
title: Relief for a freeze
horizon: 10
sides: [US, DPRK]
observers: [ROK]
parameters: {fees: 50, pride: 3}
terms:
  relief:
    by: US
    levels:
      none:
      some: {worth: {DPRK: {per_year: fees}, US: -100}}
  plant:
    by: DPRK
    irreversible: true
    levels:
      none:
      stop: {worth: {US: {once: 5, per_year: 20}, DPRK: -40 if relief == some else -60}}
combinations:
  - {when: relief == some and plant == stop, worth: {ROK: {per_year: pride, years: 4}}}
carrying_out:
  - compliance: america
    by: US
    breaches: {renege: {detected: 1, worth: {US: 1/2}, caught: {worth: {DPRK: -1}}}}
snap_back: {after: 2, worth: {ROK: -9}}
protocol: {kind: take-it-or-leave-it, proposer: DPRK}
"""


def ends(game: dt.Game) -> dict[str, tuple[Fraction, ...]]:
    terminals = [v for v in range(game.num_nodes) if game.mover[v] == TERMINAL]
    return {game.node_label[v]: game.payoff(v) for v in terminals}


def test_levels_and_combinations_are_worth_what_is_delivered() -> None:
    summit = dt.Summit.read(TALKS)
    found = ends(summit.table(summit.bundle_index("some + stop")))
    assert found == {
        "breakdown": (0, 0, 0),
        # 5 + 10 * 20 - 100; 500 - 40; 4 years of pride
        "some + stop: carried out": (105, 460, 12),
        # Relief undone: the combination goes, and the plant's condition turns.
        "some + stop: broken, and the deal goes on": (205, -60, 0),
        # The plant stays stopped after two years, since it is irreversible.
        "some + stop: deal ended": (205, -60, -9),
    }


def test_reversible_terms_return_to_nothing() -> None:
    summit = dt.Summit.read(TALKS.replace("irreversible: true", "irreversible: false"))
    found = ends(summit.table(summit.bundle_index("some + stop")))
    assert found["some + stop: deal ended"] == (5 + 2 * 20, -60, -9)


@pytest.mark.parametrize(("term", "level"), [("true", "true"), ("false", "true"), ("true", "")])
def test_irreversible_levels_stay(term: str, level: str) -> None:
    mark = f", irreversible: {level}" if level else ""
    text = TALKS.replace("irreversible: true", f"irreversible: {term}").replace(
        "20}, DPRK: -40 if relief == some else -60}}", "20}, DPRK: -60}" + mark + "}"
    )
    summit = dt.Summit.read(text)
    found = ends(summit.table(summit.bundle_index("some + stop")))
    assert found["some + stop: deal ended"] == (205, -60, -9)


def test_a_level_may_be_reversible_in_an_irreversible_term() -> None:
    freeze = "freeze: {irreversible: false, worth: {US: {per_year: 20}}}"
    text = TALKS.replace("stop: {worth", f"{freeze}\n      stop: {{worth")
    summit = dt.Summit.read(text)
    ended = [
        ends(summit.table(summit.bundle_index(name)))[f"{name}: deal ended"][0]
        for name in ("some + freeze", "some + stop")
    ]
    assert ended == [2 * 20, 5 + 10 * 20]


def test_what_is_undone_is_not_delivered_however_irreversible() -> None:
    text = TALKS.replace("caught: {worth", "caught: {undoes: plant, worth")
    found = ends((summit := dt.Summit.read(text)).table(summit.bundle_index("some + stop")))
    assert found["some + stop: deal ended"] == (0, 0, -9)
    text = TALKS.replace("snap_back: {after: 2", "snap_back: {after: 2, undoes: plant")
    found = ends((summit := dt.Summit.read(text)).table(summit.bundle_index("some + stop")))
    assert found["some + stop: deal ended"] == (0, 0, -9)  # at once: nothing of the two years


def test_discounted_years_after_an_ended_deal() -> None:
    text = TALKS.replace("snap_back:", "discount: {per_year: {US: 1/2}}\nsnap_back:")
    found = ends((summit := dt.Summit.read(text)).table(summit.bundle_index("some + stop")))
    years = sum(Fraction(1, 2) ** n for n in range(10))
    assert found["some + stop: deal ended"][0] == 5 + 20 * years


def test_what_an_event_adds_stands_where_it_happens() -> None:
    summit = dt.Summit.read(TALKS)
    game = summit.table(summit.bundle_index("some"))
    (broken,) = game.tagged(Role.BROKEN)
    assert game.payoff(broken) == (Fraction(1, 2), 0, 0)


def test_payoffs_follow_the_parameters() -> None:
    summit = dt.Summit.read(TALKS)
    game = summit.table(summit.bundle_index("some + stop")).at(fees=60, pride=1)
    assert ends(game)["some + stop: carried out"] == (105, 560, 4)


@pytest.mark.parametrize("seed", range(10))
def test_another_value_gives_the_game_of_a_file_with_that_value(seed: int) -> None:
    text = random_summit(seed)
    changed = dt.Summit.read(text.replace('"a": "1"', '"a": "4/5"')).game
    game = dt.Summit.read(text).game.at(a="4/5")
    assert game.children.tolist() == changed.children.tolist()
    assert list(game.node_label) == list(changed.node_label)
    for node in range(game.num_nodes):
        assert game.payoff(node) == changed.payoff(node)
    assert list(game.infosets.probability) == list(changed.infosets.probability)
