"""Whether a deal that nobody signs would be kept: the game that begins at the signature."""

from __future__ import annotations

import re
from fractions import Fraction

import pytest

import detente as dt
from detente.errors import SummitError
from detente.game.builder import Builder
from detente.game.formulas import Formulas, Parameter
from detente.game.tree import Bundle, Game, Role
from detente.stability.once_signed import LEAVES, MOVES, drawn, once_signed
from detente.stability.readings import table_of
from detente.stability.sequential import AFTER
from detente.stability.story import story
from detente.stability.telling import turning_lines
from detente.stability.turning import Turning
from detente.summit.summit import Summit

TYPED_PROPOSER = """
detente: 1
title: T
sides: {US: , DPRK: }
types: {US: {ux: 1/2, uy: 1/2}}
terms:
  relief: {by: US, levels: {none: , some: {worth: {US: -3, DPRK: 1}}}}
  reactor: {by: DPRK, levels: {idle: , full: {worth: {US: 1}}}}
protocol: {kind: take-it-or-leave-it, proposer: US}
feasible: [relief == some and reactor == full or relief == none and reactor == idle]
carrying_out:
  - compliance: freeze
    by: US
    breaches: {restart: {detected: 1, worth: {US: "-3 if US == ux else 1"}, undoes: [reactor]}}
    answered_by: DPRK
snap_back: {worth: {US: 3, DPRK: -1}}
"""

UNSEEN_BREACH = """
detente: 1
title: T
sides: {US: , DPRK: }
types: {DPRK: {dx: 2/3, dy: 1/3}}
terms:
  relief: {by: US, levels: {none: , some: {worth: {US: -3, DPRK: -1}}}}
  reactor: {by: DPRK, levels: {idle: , full: }}
breakdown: {worth: {US: -1}}
protocol: {kind: simultaneous-offers, sides: [US, DPRK]}
feasible: [relief == some or reactor == idle]
carrying_out:
  - compliance: freeze
    by: DPRK
    breaches: {restart: {detected: 1/2, undoes: [reactor]}}
    unseen_by: US
    false_alarm: 0
    answered_by: US
snap_back: {worth: {DPRK: "1 if DPRK == dx else 2"}}
"""


@pytest.mark.parametrize("text", [TYPED_PROPOSER, UNSEEN_BREACH])
def test_what_nobody_signs_may_be_kept_where_one_equilibrium_found_breaks_it(text):
    """Complying and restarting are as good where the answer is a tie: both are equilibria."""
    verdict = dt.stability(Summit.read(text, "x.yaml"))["some + full"]
    assert verdict.modal == {"acceptable": "never", "honoured": "sometimes", "stable": "never"}
    assert verdict.word == "refused"
    assert verdict.proof["honoured"] == AFTER


def blind(temptation: int = 1, *, prior: str = "1/2", told: bool = True, ways: int = 1) -> Game:
    """A signs for -1 or gets 0; B, of a type that A does not know, may cheat; A then answers.

    `temptation` : what cheating brings a hedging B; the sincere lose 1 by it
    `told` : whether B is told that A signed
    `ways` : in how many ways, which B cannot tell, A may sign
    """
    b = Builder(["A", "B"], bundles=[Bundle("deal", {"deal": "yes"})])
    offers = {}
    for kind, gain in (("sincere", -1), ("hedging", temptation)):
        moves = {}
        for way in range(ways):
            answer = b.decide(
                "A", {"let be": b.end(-1, gain), "protest": b.end(-2, gain)}, infoset=f"reply {way}"
            )
            answer = b.tag(answer, Role.BROKEN, "deal")
            carried = {"comply": b.end(-1, 0), "cheat": answer}
            signed = b.decide("B", carried, infoset=f"carry out, {kind}")
            moves[f"sign {way}"] = b.tag(signed, Role.SIGNED, "deal")
        moves["refuse"] = b.end(0, 0) if told else b.decide(
            "B", {"comply": b.end(0, 0), "cheat": b.end(0, -9)}, infoset=f"carry out, {kind}"
        )
        offers[kind] = b.tag(b.decide("A", moves, infoset="sign"), Role.OFFERED, "deal")
    p = Fraction(prior)
    root = {"sincere": (1 - p, offers["sincere"]), "hedging": (p, offers["hedging"])}
    return b.build(b.chance(root, label="type"))


@pytest.mark.parametrize(
    ("temptation", "prior", "kept"),
    [(1, "1/2", "never"), (0, "1/2", "sometimes"), (-1, "1/2", "always"), (1, "0", "always")],
)
def test_types_are_drawn_at_the_prior(temptation, prior, kept):
    assert once_signed(table_of(blind(temptation, prior=prior), 0), None) == (kept, "")


def test_what_is_no_game_by_itself_is_not_decided_and_says_why():
    for game, why in ((blind(told=False), LEAVES), (blind(ways=2), MOVES)):
        assert once_signed(table_of(game, 0), None) == (None, why)
        verdict = dt.stability(game)["deal"]
        assert verdict.modal["acceptable"] == "never"
        assert verdict.honoured is None
        assert why in verdict.notes["honoured"]
        assert "honoured" not in verdict.proof
        assert verdict.word == "refused"


def test_a_drawn_game_is_the_subtrees_under_one_chance_move():
    game = blind()
    signed = game.tagged(Role.SIGNED, 0)
    below = drawn(game, dict(zip(signed, (Fraction(1, 3), Fraction(2, 3)), strict=True)))
    assert below.num_nodes == 1 + 2 * 5
    assert below.infosets.probabilities(int(below.infoset[0])) == [Fraction(1, 3), Fraction(2, 3)]
    assert [below.describe(v) for v in below.children_of(0)] == [game.describe(v) for v in signed]
    for role in (Role.SIGNED, Role.BROKEN):
        assert len(below.tagged(role, 0)) == len(game.tagged(role, 0))
    assert below.infosets.num_player_infosets == 3  # two of B and the answer; not A's signature


def test_a_bundle_number_out_of_range_is_refused_in_words():
    game = blind()
    for which in (7, -1):
        with pytest.raises(SummitError, match=f"no bundle {which}"):
            dt.stability(game, bundles=[which])
        with pytest.raises(SummitError, match=f"no bundle {which}"):
            story(game, which)


def test_where_nobody_signs_the_story_does_not_count_who_keeps_it():
    told = story(Summit.read(UNSEEN_BREACH, "x.yaml"), "some + full")
    (others,) = [s for s in told.sections if s.title == "In other equilibria"]
    assert re.fullmatch(
        r"Told is one of the \d+ listed equilibria. In none of them is it signed.", others.lines[0]
    )


def test_a_turn_at_the_end_of_the_range_says_so():
    turn = Turning(
        "p", Fraction(1, 2), Fraction(0), Fraction(1), True, (Fraction(9999, 10000), Fraction(1)),
        True, False, "",
    )  # fmt: skip
    p = Parameter("p", Fraction(1, 2), Fraction(0), Fraction(1))
    line = list(turning_lines(Formulas({"p": p}, [], []), (turn,)))[-1]
    assert "it would hold at 1, the end of the range, or next to it." in line


@pytest.mark.parametrize(("temptation", "stable"), [(0, None), (-1, None), (1, "never")])
def test_whether_what_nothing_offers_is_stable_is_known_only_where_it_is_broken(temptation, stable):
    game = blind(temptation)
    tags = tuple(tag for tag in game.tags if tag.role != Role.OFFERED)
    verdict = dt.stability(game.replaced(tags=tags))["deal"]
    assert (verdict.modal["stable"], verdict.acceptable) == (stable, None)
    if stable:
        assert verdict.proof["stable"] == verdict.proof["honoured"] == AFTER
