"""Trees written out by hand in a summit file."""

from __future__ import annotations

from fractions import Fraction

import pytest

import detente as dt
from detente.errors import SummitError
from detente.game.tree import CHANCE, TERMINAL, Role

TALKS = """
detente: 1
title: One offer
unit: M$
sides: {US: United States, DPRK: North Korea}
observers: [ROK]
parameters: {gain: 2, holds: 3/4}
terms:
  relief: {by: US, levels: [none, kumgang]}
tree:
  label: first move
  player: US
  moves:
    nothing:
    offer:
      offers: kumgang
      player: DPRK
      label: reply
      moves:
        refuse: {outcome: no deal, worth: {US: -1}}
        accept:
          signs: {relief: kumgang}
          chance: legal route
          worth: {DPRK: 1}
          moves:
            found: {probability: holds, keeps: kumgang, worth: {US: 1, DPRK: gain}}
            blocked: {probability: 1 - holds, breaks: relief=kumgang, worth: {ROK: 1/3}}
"""


def test_the_game_is_the_tree_node_for_node() -> None:
    game = dt.Summit.read(TALKS).game
    assert game.is_tree
    assert game.mover.tolist() == [0, TERMINAL, 1, TERMINAL, CHANCE, TERMINAL, TERMINAL]
    assert game.players == ("US", "DPRK", "ROK")
    assert [game.payoff(v) for v in range(7)] == [
        (0, 0, 0), (0, 0, 0), (0, 0, 0), (-1, 0, 0), (0, 1, 0), (1, 2, 0), (0, 0, Fraction(1, 3))
    ]  # fmt: skip
    assert [game.describe(v) for v in (0, 2, 4)] == ["'first move'", "'reply'", "'legal route'"]
    assert list(game.infosets.actions(0)) == ["nothing", "offer"]
    assert "no deal" in game.outcomes.label


def test_tags_say_where_a_bundle_is_offered_signed_kept_and_broken() -> None:
    game = dt.Summit.read(TALKS).game
    assert [(tag.node, game.bundles[tag.bundle].name, tag.role) for tag in game.tags] == [
        (2, "kumgang", Role.OFFERED), (4, "kumgang", Role.SIGNED),
        (5, "kumgang", Role.KEPT), (6, "kumgang", Role.BROKEN),
    ]  # fmt: skip


def test_worths_and_probabilities_follow_the_parameters() -> None:
    game = dt.Summit.read(TALKS).game.at(gain=5, holds="1/2")
    assert game.payoff(5) == (1, 5, 0)
    assert game.infosets.probabilities(int(game.infoset[4])) == [Fraction(1, 2), Fraction(1, 2)]


def test_a_tree_by_hand_has_no_table() -> None:
    summit = dt.Summit.read(TALKS)
    assert summit.has_tree
    assert summit.rounds == 1
    with pytest.raises(SummitError, match="written out by hand"):
        summit.table(1)


def test_nodes_of_one_infoset_look_alike() -> None:
    text = TALKS[: TALKS.index("terms:")] + """
tree:
  player: US
  moves:
    left: {player: DPRK, infoset: blind, moves: {a: {worth: {US: 1}}, b: }}
    right: {player: DPRK, infoset: blind, moves: {a: , b: {worth: {DPRK: 1}}}}
"""
    game = dt.Summit.read(text).game
    assert game.infoset[1] == game.infoset[4]
    assert game.bundles == ()
    with pytest.raises(SummitError, match=r"a\.yaml:1\d:.*infoset.*same moves"):
        _ = dt.Summit.read(text.replace("{a: , b: {worth", "{a: , c: {worth"), "a.yaml").game


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("holds, keeps", "2 * holds, keeps", r"a\.yaml:2\d:.*between 0 and 1"),
        ("1 - holds", "holds", r"a\.yaml:2\d:.*sum to 1"),
        ("keeps: kumgang", "keeps: kaesong", r"a\.yaml:26:.*kaesong"),
        ("{relief: kumgang}", "{relief: kaesong}", r"a\.yaml:2\d:.*kaesong"),
    ],
)
def test_mistakes_are_placed(old: str, new: str, message: str) -> None:
    assert old in TALKS
    with pytest.raises(SummitError, match=message):
        _ = dt.Summit.read(TALKS.replace(old, new), "a.yaml").game
