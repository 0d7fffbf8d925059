"""Who proposes, who answers, where a refusal leads, and what a round costs."""

from __future__ import annotations

from fractions import Fraction

import pytest

import detente as dt
from detente.errors import SummitError
from detente.game.tree import CHANCE, Role
from detente.summit.protocols import PROTOCOLS

HEAD = """
detente: 1
title: Splitting four
sides: [A, B, C]
observers: [D]
parameters: {p: 1/4}
terms:
  share:
    by: A
    levels:
      zero: {worth: {A: 4}}
      one: {worth: {A: 3, B: 1}}
      two: {worth: {A: 2, B: 2}}
breakdown: {worth: {D: 1}, drift: {B: -1}}
delay: {A: -1/2, D: round}
discount: {per_round: {B: 1/2}}
consent: [A, B]
"""


def summit(protocol: str, head: str = HEAD) -> dt.Summit:
    return dt.Summit.read(f"{head}protocol: {{{protocol}}}\n")


def actions(game: dt.Game, node: int) -> list[str]:
    return list(game.infosets.actions(int(game.infoset[node])))


def walk(game: dt.Game, *path: str) -> int:
    """The node that these actions lead to."""
    node = 0
    for action in path:
        node = game.children_of(node)[actions(game, node).index(action)]
    return node


def test_take_it_or_leave_it() -> None:
    game = summit("kind: take-it-or-leave-it, proposer: B").game
    assert game.describe(0) == "'B proposes'"
    assert actions(game, 0) == ["zero", "one", "two", "no offer"]
    assert game.describe(walk(game, "one")) == "'A answers one'"
    assert actions(game, walk(game, "one")) == ["accept", "refuse"]
    assert game.payoff(walk(game, "one", "accept")) == (3, 1, 0, 0)
    breakdown = walk(game, "no offer")
    assert breakdown == walk(game, "one", "refuse")
    assert game.payoff(breakdown) == (0, 0, 0, 1)


def test_offers_are_those_that_satisfy_the_condition() -> None:
    game = summit("kind: take-it-or-leave-it, proposer: A, offers: share != one").game
    assert actions(game, 0) == ["zero", "two", "no offer"]


def test_sides_alternate_and_a_refusal_leads_to_the_next_round() -> None:
    talks = "kind: alternating-offers, rounds: 3, order: [A, B], offers: {B: share == two}"
    game = summit(talks).game
    assert game.describe(0) == "'A proposes (round 1)'"
    second = walk(game, "zero", "refuse")
    assert second == walk(game, "no offer") == walk(game, "two", "refuse")
    assert game.describe(second) == "'B proposes (round 2)'"
    assert actions(game, second) == ["two", "no offer"]
    third = walk(game, "no offer", "no offer")
    assert game.describe(third) == "'A proposes (round 3)'"
    assert game.describe(walk(game, "no offer", "no offer", "one")) == "'B answers one (round 3)'"


def test_each_round_after_the_first_costs_delay_and_counts_less() -> None:
    game = summit("kind: alternating-offers, rounds: 3, order: [A, B]").game
    assert not any(game.payoff(0))
    assert game.discount(0) is None
    second = walk(game, "no offer")
    assert game.payoff(second) == (Fraction(-1, 2), 0, 0, 2)
    assert game.discount(second) == (1, Fraction(1, 2), 1, 1)


def test_the_breakdown_drifts_from_round_to_round() -> None:
    talks = summit("kind: alternating-offers, rounds: 3, order: [A, B], walk_out: [A]")
    assert [talks.breakdown(r) for r in (1, 2, 3)] == [(0, 0, 0, 1), (0, -1, 0, 1), (0, -2, 0, 1)]
    assert talks.breakdown() == talks.breakdown(3)
    game = talks.game
    last = walk(game, "no offer", "no offer", "no offer")
    assert game.payoff(last) == (0, -2, 0, 1)
    # A may walk out of round 2, where it answers; B may not walk out of round 1.
    assert actions(game, walk(game, "one")) == ["accept", "refuse"]
    assert actions(game, walk(game, "no offer", "one")) == ["accept", "refuse", "walk out"]
    assert game.payoff(walk(game, "no offer", "one", "walk out")) == (0, -1, 0, 1)


def test_a_mediator_proposes_in_every_round_and_has_no_veto_unless_asked() -> None:
    game = summit("kind: mediator, mediator: C, rounds: 2").game
    assert game.describe(walk(game, "no offer")) == "'C proposes (round 2)'"
    assert game.describe(walk(game, "one")) == "'A answers one (round 1)'"
    assert game.describe(walk(game, "one", "accept")) == "'B answers one (round 1)'"
    assert game.mover[walk(game, "one", "accept", "accept")] == -2


def test_consent_may_depend_on_the_bundle() -> None:
    head = HEAD.replace("consent: [A, B]", """consent:
  always: [A]
  also: [{when: share == two, sides: [C, B]}]""")
    talks = summit("kind: take-it-or-leave-it, proposer: A", head)
    assert [talks.consents(b) for b in range(3)] == [("A",), ("A",), ("A", "B", "C")]
    game = talks.game
    # Nobody else is asked: the proposal is the signature.
    (tagged,) = game.tagged(Role.OFFERED, 1)
    assert [tagged] == game.tagged(Role.SIGNED, 1) == [walk(game, "one")]
    assert game.describe(walk(game, "two", "accept")) == "'C answers two'"


def test_an_offer_without_answer_is_not_confused_with_an_accepted_one() -> None:
    head = HEAD.replace("consent: [A, B]", "consent: [A]")
    game = summit("kind: alternating-offers, rounds: 2, order: [A, B]", head).game
    first, second = game.tagged(Role.OFFERED, 1)
    assert first == walk(game, "one")
    assert second == walk(game, "no offer", "one")
    assert walk(game, "no offer", "one", "accept") not in (first, second)


def test_on_the_table_everyone_answers_even_who_would_propose() -> None:
    talks = summit("kind: alternating-offers, rounds: 2, order: [A, B], walk_out: [A, B]")
    game = talks.table(1)
    assert game.describe(0) == "'A answers one (round 2)'"
    assert actions(game, 0) == ["accept", "refuse"]
    assert game.payoff(walk(game, "refuse")) == (0, -1, 0, 1)
    assert game.describe(walk(game, "accept")) == "'B answers one (round 2)'"
    assert game.tagged(Role.OFFERED) == [0]
    assert {tag.bundle for tag in game.tags} == {1}


def test_a_refusal_before_the_last_round_leads_to_the_next() -> None:
    talks = summit("kind: alternating-offers, rounds: 2, order: [A, B]")
    game = talks.table(1, round=1)
    second = walk(game, "refuse")
    assert game.describe(second) == "'B proposes (round 2)'"
    assert game.discount(second) == (1, Fraction(1, 2), 1, 1)
    with pytest.raises(SummitError, match="rounds 1 to 2"):
        talks.table(1, round=3)


RATIFIED = (
    "kind: ratification, talks: {kind: take-it-or-leave-it, proposer: A}, "
    "chambers: {B: {win: share == two, falls: p}, A: {win: share != zero, falls: 1}}"
)


def test_a_deal_without_a_win_may_fall_at_home() -> None:
    talks = summit(RATIFIED)
    game = talks.game
    signed = walk(game, "zero", "accept")
    assert game.tagged(Role.SIGNED, 0) == [signed]
    assert game.describe(signed) == "'ratification in B'"
    assert game.mover[signed] == CHANCE
    chances = game.infosets.probabilities(int(game.infoset[signed]))
    assert chances == [Fraction(3, 4), Fraction(1, 4)]
    assert game.describe(walk(game, "zero", "accept", "passes")) == "'ratification in A'"
    assert walk(game, "zero", "accept", "passes", "falls") == walk(game, "no offer")
    assert game.payoff(walk(game, "two", "accept")) == (2, 2, 0, 0)
    assert game.tagged(Role.KEPT, 2) == [walk(game, "two", "accept")]


def test_what_is_on_the_table_is_ratified_too() -> None:
    game = summit(RATIFIED).table(1)
    assert game.describe(walk(game, "accept", "accept")) == "'ratification in B'"


def test_chances_at_home_are_chances() -> None:
    with pytest.raises(SummitError, match=r":18:.*between 0 and 1.*5/4"):
        _ = summit(RATIFIED.replace("falls: p", "falls: p + 1")).game


def test_equal_continuations_are_stored_once_however_many_rounds() -> None:
    sizes = [
        summit(f"kind: alternating-offers, rounds: {n}, order: [A, B]").game.num_nodes
        for n in (10, 20, 30)
    ]
    assert sizes[2] - sizes[1] == sizes[1] - sizes[0] == 10 * 4


def test_every_protocol_of_the_format_is_in_the_registry() -> None:
    assert set(PROTOCOLS) == {
        "take-it-or-leave-it", "alternating-offers", "mediator", "simultaneous-offers",
        "ratification",
    }  # fmt: skip


def test_the_rounds_of_talks_solved_by_hand() -> None:
    """In round 2 B proposes two, which A accepts, since the breakdown leaves it nothing.

    Seen from round 1 that brings A 2 less the delay of 1/2, and B half of 2. So B is indifferent to
    one in round 1: where it accepts, A proposes one, and where it refuses, A proposes two.
    """
    talks = summit("kind: alternating-offers, rounds: 2, order: [A, B]")
    result = dt.solve(talks, concept="spe", all=True)
    assert {tuple(e.payoffs.values())[:2] for e in result.equilibria} == {(3, 1), (2, 2)}
