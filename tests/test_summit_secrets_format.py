"""What summit files say of secrets: types, moves at once, alarms, looks; and what is refused."""

# ruff: noqa: E501
from __future__ import annotations

import contextlib
from copy import deepcopy
from fractions import Fraction
from io import StringIO
from pathlib import Path

import pytest
from ruamel.yaml import YAML
from test_summit_reading import _paths

import detente as dt
from detente.errors import DetenteError, SummitError
from detente.game.tree import Game, Role
from detente.summit import hidden, read_summit, size

GOOD = """\
detente: 1
title: Relief for a freeze
sides: [US, DPRK, ROK]
observers: [Japan]
types:
  DPRK: {sincere: good, hedging: 1 - good}
  US: [weak, strong]
parameters: {p: 9/10, good: 3/5, fees: 4}
terms:
  relief: {by: US, levels: {none: , some: {worth: {DPRK: fees, US: -1}}}}
  plant: {by: DPRK, levels: {runs: , stops: {worth: {US: 3, DPRK: -1 if DPRK == sincere else -6}}}}
consent:
  always: [US, DPRK]
protocol:
  kind: alternating-offers
  rounds: 2
  order: [US, DPRK]
  offers: {DPRK: relief == some or DPRK == sincere}
  unseen_by: [ROK]
carrying_out:
  - choice: arms
    by: DPRK
    seen_by: []
    options: [stay, build]
  - compliance: freeze
    by: DPRK
    unseen_by: US
    breaches:
      restart: {detected: p}
    false_alarm: 1/10
    answered_by: US
    verify: {by: US, cost: 1/2, detects: 1}
  - simultaneous:
      - choice: words
        by: US
        options: [praise, blame]
      - choice: deeds
        by: ROK
        when: freeze == comply
        options: [trade, wait]
breakdown:
  worth: {US: -1 if US == weak else 0}
"""
WITH_PRIORS = GOOD.replace("US: [weak, strong]", "US: {weak: 1/2, strong: 1/2}")
JOINT = GOOD.replace("{sincere: good, hedging: 1 - good}", "[sincere, hedging]").replace(
    "parameters:",
    """prior:
  - {types: {DPRK: hedging, US: weak}, probability: 1 - good}
  - {types: {US: strong, DPRK: sincere}, probability: good}
parameters:""",
)

MISTAKES = [
    ("priors that do not sum to one", "hedging: 1 - good", "hedging: 1/5", "DPRK: {sincere",
     "the probabilities of DPRK's types must sum to 1; they sum to 4/5"),
    ("a prior above one", "good: 3/5", "good: 3", "DPRK: {sincere", "'good' comes to 3"),
    ("no prior", "strong: 1/2", "strong: ", "US: {weak", "how likely is it that US is 'strong'?"),
    ("types of an observer", "  US: {weak", "  Japan: {weak", "Japan: {weak", "cannot have types"),
    ("types of nobody", "  US: {weak: 1/2, strong: 1/2}", "  US: {}", "US: {}", "has no types"),
    ("an unknown type", "US == weak", "US == week", "US == week",
     "'US' has no type 'week'. Did you mean 'weak'?"),
    ("a type beside a bundle", "consent:", "feasible: [DPRK == sincere or relief == none]\nconsent:",
     "feasible:", "which DPRK alone knows"),
    ("a side with types and a parameter", "good: 3/5", "good: 3/5, US: 4", "  US: {weak",
     "'US' is the name of a side with types here and of a parameter in line 8"),
    ("a number that is a type", "-1 if US == weak else 0", "US", "worth: {US: US}", "is a choice, not a number"),
    ("a type of a side without", "US == weak", "ROK == weak", "ROK == weak", "is a party, not a number"),
    ("seen by nobody known", "unseen_by: US", "unseen_by: USA", "unseen_by: USA", "Did you mean 'US'?"),
    ("seen by an observer", "unseen_by: US", "unseen_by: Japan", "unseen_by: Japan", "it never moves"),
    ("seen in two ways", "seen_by: []", "{seen_by: [], unseen_by: US}"[1:-1].replace(", ", "\n    "),
     "unseen_by: US\n    options", "Keep one of the two"),
    ("not seeing one's own move", "unseen_by: US", "unseen_by: DPRK", "unseen_by: DPRK", "makes this move itself"),
    ("talks unseen by nobody known", "unseen_by: [ROK]", "unseen_by: [RU]", "unseen_by: [RU]", "no side 'RU'"),
    ("a condition on what is hidden", "when: freeze == comply", "when: arms == stay", "when: arms",
     "whether ROK has a move here depends on 'arms', which ROK does not see"),
    ("a condition on another's type", "when: freeze == comply", "when: DPRK == sincere", "when: DPRK",
     "depends on the type of DPRK, which ROK does not know"),
    ("an offer by another's type", "or DPRK == sincere}", "or US == weak}", "offers:",
     "depends on the type of US"),
    ("consent by another's type", "always: [US, DPRK]", "always: US\n  also: [{when: US == weak, sides: DPRK}]",
     "also:", "depends on the type of US"),
    ("an alarm about what is seen", "unseen_by: US\n    breaches", "breaches", "false_alarm:",
     "Add 'unseen_by: [US]'"),
    ("a false alarm answered by breach", "{detected: p}", "{detected: p, answered_by: US}", "restart:",
     "Move 'answered_by' to the step"),
    ("answering what is not noticed", "answered_by: US", "answered_by: US\n    noticed_by: ROK", "answered_by",
     "'US' would answer what it does not notice"),
    ("noticed, answered by anybody", "    false_alarm: 1/10\n    answered_by: US\n", "    noticed_by: US\n",
     "noticed_by", "say who answers"),
    ("verifying oneself", "{by: US, cost", "{by: DPRK, cost", "verify:", "would verify itself"),
    ("a look with a false alarm alone", """    false_alarm: 1/10
    answered_by: US
    verify: {""", "    verify: {false_alarm: 1/2, ", "verify:", "Add 'false_alarm: 0' to the step"),
    ("an alarm above one", "false_alarm: 1/10", "false_alarm: 10", "false_alarm: 10", "If 10 per cent is meant"),
    ("a look at a chance above one", "detects: 1}", "detects: 2}", "detects: 2", "'2' comes to 2"),
    ("one side twice at once", "by: ROK\n", "by: US\n", "by: US\n        when",
     "'US' moves in 'words' and in 'deeds' at the same time"),
    ("chance at once", "      - choice: words\n        by: US\n        options: [praise, blame]",
     "      - chance: words\n        outcomes: {a: 1/2, b: 1/2}", "- chance: words", "chance sees nothing"),
    ("one step at once", "      - choice: words\n        by: US\n        options: [praise, blame]\n", "",
     "- simultaneous", "only one step stands here"),
    ("a condition on a step at the same time", "when: freeze == comply", "when: words == praise",
     "when: words", "comes later"),
    ("a name taken by a look", "choice: words", "choice: freeze_verified", "choice: freeze_verified",
     "is the name of a step here and of a step in line"),
    ("types in the wrong place", "breakdown:", "snap_back: {types: 1}\nbreakdown:", "snap_back:",
     "the types of a side stand beside 'sides'"),
    ("a prior in the wrong place", "breakdown:", "snap_back: {prior: 1}\nbreakdown:", "snap_back:",
     "stands beside it, as in types"),
    ("a type with a comma", "hedging: 1 - good", '"hedging, US weak": 1 - good', "  DPRK: {sincere",
     "contains ',', which separates the types of several sides"),
    ("types by themselves", "types:\n  DPRK: {sincere: good, hedging: 1 - good}\n  US: {weak: 1/2, strong: 1/2}",
     "types: [DPRK, US]", "types: [", "as in types: {DPRK: {sincere: 3/5, hedging: 2/5}}"),
    ("a type alone", "-1 if US == weak else 0", "-1 if weak else 0", "worth: {US: -1 if weak",
     "'weak' is a type of 'US', not a number. Compare: US == weak."),
    ("a type where none is known", "parameters:", "horizon: 1 if sincere else 2\nparameters:", "horizon:",
     "'sincere' is a type of 'DPRK', which cannot be used here"),
    ("a long prior", "good: 3/5", "good: 10**300/3", "  DPRK: {sincere", "comes to about 3.333e+299."),
    ("a look by one who moves at once", "by: DPRK\n    unseen_by: US", "by: [DPRK, ROK]", "- compliance",
     "under 'simultaneous' a third side can look"),
    ("a step of nobody", "by: DPRK\n    unseen_by: US", "by: []", "- compliance", "nobody complies or cheats here"),
    ("a step twice of one side", "by: DPRK\n    unseen_by: US", "by: [DPRK, DPRK]", "- compliance",
     "'DPRK' stands twice under 'by'"),
    ("consent of somebody", "always: [US, DPRK]", "always: US\n  also: [{when: relief == some}]", "also:",
     "Say whose consent it adds"),
    ("a side without a name", "sides: [US, DPRK, ROK]", 'sides: [US, DPRK, ROK, ""]', "sides:", "has an empty name"),
]  # fmt: skip


PRIORS = [
    ("probabilities in two places", "[sincere, hedging]", "{sincere: 1/2, hedging: 1/2}", "  DPRK: {sincere",
     "stands here and under 'prior'"),
    ("a prior that does not sum to one", "1 - good}", "1/5}", "prior:",
     "must sum to 1; they sum to 4/5"),
    ("a prior of an unknown type", "DPRK: hedging", "DPRK: hedge", "  - {types: {DPRK: hedge", "Did you mean 'hedging'?"),
    ("a prior of a side without types", "US: strong, ", "US: strong, ROK: x, ", "US: strong", "'ROK' has no types"),
    ("a prior without a side", "DPRK: hedging, US: weak", "US: weak", "  - {types: {US: weak",
     "the type of 'DPRK' is missing"),
    ("a combination twice", "US: strong, DPRK: sincere", "US: weak, DPRK: hedging", "  - {types: {US: weak",
     "is entry 1 of 'prior' already"),
    ("a prior without types", JOINT[JOINT.index("types:") : JOINT.index("parameters:")],
     "prior: [{types: {US: weak}, probability: 1}]\n", "prior:", "no side has types"),
]  # fmt: skip


def line_of(text: str, fragment: str) -> int:
    assert fragment in text, fragment
    return text[: text.index(fragment)].count("\n") + 1


@pytest.mark.parametrize(
    ("old", "new", "fragment", "words"),
    [case[1:] for case in MISTAKES],
    ids=[case[0] for case in MISTAKES],
)
def test_mistake(old: str, new: str, fragment: str, words: str) -> None:
    refused(WITH_PRIORS, old, new, fragment, words)


@pytest.mark.parametrize(
    ("old", "new", "fragment", "words"),
    [case[1:] for case in PRIORS],
    ids=[case[0] for case in PRIORS],
)
def test_mistake_in_a_joint_prior(old: str, new: str, fragment: str, words: str) -> None:
    refused(JOINT, old, new, fragment, words)


def refused(text: str, old: str, new: str, fragment: str, words: str) -> None:
    assert old in text
    text = text.replace(old, new, 1)
    with pytest.raises(DetenteError) as caught:
        read_summit(text, "talks.yaml")
    assert words in caught.value.message
    assert caught.value.place is not None
    assert caught.value.place.line == line_of(text, fragment), caught.value


def test_a_game_that_is_too_large_says_of_which_file() -> None:
    rounds = WITH_PRIORS.replace("rounds: 2", "rounds: 20")
    with pytest.raises(SummitError, match="nodes, and at most 1,000,000 are built") as caught:
        _ = dt.Summit.read(rounds, "talks.yaml").game
    assert str(caught.value).startswith("talks.yaml:1:1: the game has about 10^")


@pytest.mark.parametrize("number", [-1, 4])
def test_a_table_of_no_bundle(number: int) -> None:
    with pytest.raises(SummitError, match="numbered from 0 to 3"):
        dt.Summit.read(WITH_PRIORS).table(number)


# ── what is built ──────────────────────────────────────────────────────────────────────────────


def moves(game: Game, label: str) -> dict[str, str]:
    """Action → label of the node it leads to, at the first node of this label."""
    node = next(v for v in range(game.num_nodes) if game.node_label[v] == label)
    actions = game.infosets.actions(int(game.infoset[node]))
    return {a: game.node_label[c] for a, c in zip(actions, game.children_of(node), strict=True)}


def infosets(game: Game) -> dict[str, int]:
    """Label of an information set → how many nodes it holds."""
    count = game.infosets.num_player_infosets
    members = [int((game.infoset == h).sum()) for h in range(count)]
    return dict(zip(game.infosets.label[:count], members, strict=True))


HIDDEN = """\
detente: 1
title: Relief for a freeze
sides: [US, DPRK]
types:
  DPRK: {sincere: 3/5, hedging: 2/5}
terms:
  relief: {by: US, levels: {none: , some: {worth: {DPRK: 4, US: -1}}}}
  plant: {by: DPRK, levels: {runs: , stops: {worth: {US: 3, DPRK: -1 if DPRK == sincere else -6}}}}
protocol: {kind: take-it-or-leave-it, proposer: US}
carrying_out:
  - compliance: freeze
    by: DPRK
    unseen_by: US
    breaches:
      restart: {detected: 9/10}
      dawdle: {detected: 1/2, worth: {DPRK: -1}}
"""
ALARM = "    false_alarm: 1/10\n"


def table(text: str, bundle: str = "some + stops") -> Game:
    summit = dt.Summit.read(text, "talks.yaml")
    return summit.table(summit.bundle_index(bundle))


def test_a_side_knows_its_own_type_alone() -> None:
    game = table(HIDDEN)
    assert moves(game, "types") == dict.fromkeys(
        ["DPRK sincere", "DPRK hedging"], "US answers some + stops"
    )
    found = infosets(game)
    assert found["US answers some + stops"] == 2
    assert found["DPRK (sincere): comply, restart or dawdle"] == 1
    assert found["DPRK (hedging): comply, restart or dawdle"] == 1


def test_a_detected_breach_is_known_for_what_it_is() -> None:
    game = table(HIDDEN)
    found = infosets(game)
    assert found["US answers the detected restart"] == 2
    assert found["US answers the detected dawdle"] == 2
    assert moves(game, "DPRK (sincere): comply, restart or dawdle")["comply"] == (
        "some + stops: carried out"
    )


def test_an_alarm_does_not_tell_whether_there_was_a_breach() -> None:
    game = table(HIDDEN + ALARM)
    found = infosets(game)
    assert found["US answers the alarm about freeze"] == 6
    assert moves(game, "DPRK (sincere): comply, restart or dawdle") == {
        "comply": "DPRK complies: alarm?",
        "restart": "restart by DPRK: alarm?",
        "dawdle": "dawdle by DPRK: alarm?",
    }
    assert moves(game, "DPRK complies: alarm?") == {
        "alarm": "US answers the alarm about freeze",
        "no alarm": "some + stops: carried out",
    }


def test_a_deal_that_a_false_alarm_ends_is_neither_kept_nor_broken() -> None:
    game = table(HIDDEN + ALARM)
    broken = {game.path_to(v)[-1] for v in game.tagged(Role.BROKEN)}
    assert broken == {"restart", "dawdle"}
    kept = [game.path_to(v)[3:] for v in game.tagged(Role.KEPT)]
    assert kept == [["comply", "alarm", "uphold"], ["comply", "no alarm"]] * 2
    assert len(game.tagged(Role.OFFERED)) == len(game.tagged(Role.SIGNED)) == 2


def test_a_look_is_decided_without_seeing_what_is_looked_at() -> None:
    look = "    verify: {by: US, cost: 1/2, detects: 1}\n"
    game = table(HIDDEN + look)
    found = infosets(game)
    assert found["US: trust or verify"] == 6  # two types, three ways to act
    verified = [v for v in range(game.num_nodes) if game.path_to(v)[-2:] == ["restart", "verify"]]
    for node in verified:
        assert game.payoff(node) == (Fraction(-1, 2), 0)
        assert game.infosets.probabilities(int(game.infoset[node])) == [1, 0]
    assert len(verified) == 2
    # Who looked remembers it, and by default the other side sees it afterwards.
    assert {
        "US answers the detected restart, having seen freeze verified: trust",
        "US answers the detected restart, having seen freeze verified: verify",
    } <= found.keys()


def test_nothing_to_breach_and_nothing_to_look_at() -> None:
    look = "    verify: {by: US, cost: 1/2, detects: 1}\n"
    assert "US: trust or verify" not in infosets(table(HIDDEN + look, "some"))


def test_an_outcome_that_is_not_seen_looks_like_the_first() -> None:
    text = HIDDEN.replace("    unseen_by: US\n", "").replace("9/10}", "9/10, unseen_by: US}")
    later = "  - {choice: reply, by: US, options: [praise, blame]}\n"
    found = infosets(table(text + later))
    assert [count for label, count in found.items() if label.endswith("comply or restart")] == [4]
    assert any("praise" in label and "freeze: dawdle" in label for label in found)


def test_a_joint_prior_has_only_the_combinations_that_it_lists() -> None:
    summit = dt.Summit.read(JOINT)
    assert [str(draw) for draw in summit.draws] == ["DPRK sincere, US strong", "DPRK hedging, US weak"]
    assert [draw.probability for draw in summit.draws] == [Fraction(3, 5), Fraction(2, 5)]
    assert summit.types["US"] == {"weak": Fraction(2, 5), "strong": Fraction(3, 5)}
    assert summit.at(good=1).types["DPRK"] == {"sincere": 1, "hedging": 0}


def test_types_of_probability_zero_stay_in_the_game() -> None:
    summit = dt.Summit.read(WITH_PRIORS).at(good=0)
    game = summit.table(3)
    assert list(game.infosets.probabilities(int(game.infoset[0]))) == [
        0, 0, Fraction(1, 2), Fraction(1, 2)
    ]  # fmt: skip
    assert len(game.children_of(0)) == 4
    assert summit.values(3, types={"DPRK": "sincere"}) != summit.values(3)


def test_values_average_over_types_and_are_given_for_each() -> None:
    summit = dt.Summit.read(HIDDEN)
    deal = summit.bundle_index("some + stops")
    assert summit.values(deal, types={"DPRK": "sincere"}) == (2, 3)
    assert summit.values(deal, types={"DPRK": "hedging"}) == (2, -2)
    assert summit.values(deal) == (2, 1)
    with pytest.raises(SummitError, match="'DPRK' has no type 'kind'"):
        summit.values(deal, types={"DPRK": "kind"})


def test_breakdown_averages_over_types() -> None:
    assert dt.Summit.read(WITH_PRIORS).breakdown() == (Fraction(-1, 2), 0, 0, 0)


def test_what_is_known_of_a_node() -> None:
    summit = dt.Summit.read(HIDDEN + ALARM)
    game = summit.table(summit.bundle_index("some + stops"))
    info = summit.hidden(game)
    assert info.draw_at(0) is None
    for node in range(1, game.num_nodes):
        draw = info.draw_at(node)
        assert draw is not None
        assert str(draw) == game.path_to(node)[0]
    labels = list(game.infosets.label[: len(info.seen)])
    assert info.seen[labels.index("US answers the alarm about freeze")] == (
        "US answers some + stops: accept",
        "DPRK answers some + stops: accept",
        "freeze: alarm",
    )
    with pytest.raises(SummitError, match="no game that this summit has built"):
        summit.hidden(table(HIDDEN))


def test_parameters_move_priors_and_alarms() -> None:
    summit = dt.Summit.read(WITH_PRIORS)
    game = summit.table(3)
    changed, again = game.at(good="1/5"), summit.at(good="1/5").table(3)
    probabilities = [
        [g.infosets.probabilities(h) for h in range(g.infosets.num_player_infosets, len(g.infosets))]
        for g in (changed, again)
    ]
    assert probabilities[0] == probabilities[1]


def test_both_sides_comply_or_cheat_at_once() -> None:
    text = HIDDEN.replace("by: DPRK\n    unseen_by: US", "by: [US, DPRK]").replace(
        "      dawdle: {detected: 1/2, worth: {DPRK: -1}}\n", ""
    )
    game = table(text)
    found = infosets(game)
    assert found["US: comply or restart"] == 2  # it sees neither the type nor the move
    assert found["DPRK (hedging): comply or restart"] == 2
    assert len(game.tagged(Role.BROKEN)) == 2 * 3  # by the one, by the other after either


def test_proposals_made_at_once_are_signed_where_they_agree() -> None:
    text = """\
detente: 1
title: Divide two
sides: [A, B]
terms:
  share:
    by: A
    levels: {zero: {worth: {B: 2}}, one: {worth: {A: 1, B: 1}}, two: {worth: {A: 2}}}
protocol: {kind: simultaneous-offers, sides: [A, B], rounds: 2, offers: {B: share != two}}
"""
    summit = dt.Summit.read(text)
    game = summit.game
    assert list(moves(game, "A proposes (round 1)")) == ["zero", "one", "two", "no offer"]
    found = infosets(game)
    assert found["B proposes (round 1)"] == 4
    # Two of twelve pairs of proposals agree; after each of the others a second round follows.
    assert len([label for label in found if label.startswith("A proposes (round 2)")]) == 10
    signed = [game.path_to(v) for v in game.tagged(Role.SIGNED)]
    assert all(path[-1] == path[-2] for path in signed)
    assert len(signed) == 2 + 10 * 2


def test_answers_unseen_by_a_third_side() -> None:
    text = HIDDEN.replace("sides: [US, DPRK]", "sides: [US, DPRK, ROK]").replace(
        "proposer: US}", "proposer: US, unseen_by: ROK}\nconsent: [US, DPRK]"
    )
    later = "  - {choice: trade, by: ROK, options: [more, less]}\n"
    summit = dt.Summit.read(text + later)
    info = summit.hidden(summit.game)
    rok = [
        view
        for h, view in enumerate(info.seen)
        if summit.game.infosets.label[h].startswith("ROK")
    ]
    assert {view[0] for view in rok} == {f"signed: {b.name}" for b in summit.bundles}


def test_moves_that_would_tell_what_is_hidden_are_refused_when_they_come_up() -> None:
    text = """\
detente: 1
title: Undone unseen
sides: [US, DPRK]
terms:
  joint: {by: [US, DPRK], levels: [none, works]}
protocol: {kind: take-it-or-leave-it, proposer: US}
carrying_out:
  - choice: sabotage
    by: DPRK
    seen_by: []
    options: {no: , yes: {undoes: joint}}
  - compliance: work
    by: US
    breaches: {stop: {undoes: joint, detected: 0}}
"""
    summit = dt.Summit.read(text, "talks.yaml")
    with pytest.raises(SummitError, match="would tell it what it has not seen") as caught:
        summit.table(1)
    assert str(caught.value.place) == "talks.yaml:12:5"


def test_a_step_undone_unseen_is_not_given_away_by_silence() -> None:
    """The North has stopped its plant for good unseen, or not: its next step looks the same."""
    text = HIDDEN.replace(
        "carrying_out:\n",
        """carrying_out:
  - choice: plan
    by: DPRK
    seen_by: []
    options: {keep: , drop: {undoes: plant}}
""",
    ).replace("    unseen_by: US\n", "")
    later = "  - {choice: reply, by: US, options: [praise, blame]}\n"
    game = table(text + later)
    alike = [
        label for label in infosets(game) if label.startswith("US: praise") and "comply" in label
    ]
    assert len(alike) == 1
    assert infosets(game)[alike[0]] == 4


def test_large_games_are_refused_before_they_are_built(monkeypatch: pytest.MonkeyPatch) -> None:
    summit = dt.Summit.read(WITH_PRIORS)
    monkeypatch.setattr(size, "MAX_NODES", summit.game.num_nodes)
    assert dt.Summit.read(WITH_PRIORS).game.num_nodes == size.MAX_NODES
    monkeypatch.setattr(size, "MAX_NODES", summit.game.num_nodes - 1)
    with pytest.raises(SummitError, match=f"the game has {summit.game.num_nodes:,} nodes"):
        _ = dt.Summit.read(WITH_PRIORS).game
    rounds = WITH_PRIORS.replace("rounds: 2", "rounds: 30")
    with pytest.raises(SummitError, match="about 10"):
        _ = dt.Summit.read(rounds).game
    with pytest.raises(SummitError, match=f"at most {hidden.MAX_ROUNDS} are built"):
        _ = dt.Summit.read(rounds.replace("30", "31")).game


LONG = """\
detente: 1
title: Long
sides: [A, B, C]
types: {A: {x: 1/2, y: 1/2}}
terms: {t: {by: A, levels: [no, yes]}}
feasible: [t == yes]
consent: A
protocol: {kind: alternating-offers, rounds: 30, order: [A]}
carrying_out:
"""


def test_long_games_are_built_or_refused() -> None:
    first = "  - {compliance: s0, by: A, breaches: {cheat: {undoes: t, detected: 0}}}\n"
    chances = "".join(f"  - {{chance: s{i}, outcomes: {{a: 1}}}}\n" for i in range(1, 40))
    assert dt.Summit.read(LONG + first + chances).game.num_nodes > 7000
    alarms = "".join(
        f"  - {{compliance: s{i}, by: A, unseen_by: [B, C], answered_by: [], false_alarm: 0, "
        f"breaches: {{cheat: {{undoes: t, detected: 0}}}}, when: s{i - 1} == comply}}\n"
        for i in range(1, 40)
    )
    with pytest.raises(SummitError, match=r"the game has about 10\^14 nodes"):
        _ = dt.Summit.read(LONG + first + alarms).game
    many = LONG.replace("[A, B, C]", f"[A, {', '.join(f'S{i}' for i in range(98))}]")
    with pytest.raises(SummitError, match="99 sides with 30 rounds and 40 steps"):
        _ = dt.Summit.read(many + first + chances).game


def test_the_recursive_inspection_game() -> None:
    """Dresher 1962: V(n, 1) = C(n-1, 1) / (C(n, 0) b + C(n, 1)), here with b = 1."""
    for stages in (2, 3):
        summit = dt.Summit.read(inspections(stages))
        result = dt.solve(summit.table(0), concept="nash")
        assert result.equilibria[0].payoffs["DPRK"] == Fraction(stages - 1, stages + 1)


def inspections(stages: int) -> str:
    steps = ""
    for k in range(1, stages + 1):
        unused = " and ".join(f"look{j} == rest" for j in range(1, k))
        legal = " and ".join(f"stage{j} == comply" for j in range(1, k))
        look_when = f", when: {unused} and {legal}" if unused else ""
        steps += f"""
  - simultaneous:
      - {{choice: look{k}, by: US, options: [rest, inspect]{look_when}}}
      - compliance: stage{k}
        by: DPRK
        when: {legal or "plant == stops"}
        breaches:
          violate:
            undoes: []
            detected: 1 if look{k} == inspect else 0
            answered_by: []
            worth: {{DPRK: 1, US: -1}}
            caught: {{worth: {{DPRK: -2, US: 2}}}}
"""
    return f"""
detente: 1
title: Inspections
sides: [US, DPRK]
terms: {{plant: {{by: DPRK, levels: [runs, stops]}}}}
feasible: [plant == stops]
protocol: {{kind: take-it-or-leave-it, proposer: DPRK}}
consent: DPRK
carrying_out:
{steps}
"""


def test_written_out_no_two_nodes_share_a_label(tmp_path: Path) -> None:
    """Gambit refuses them otherwise."""
    from detente.saving import write

    target = tmp_path / "hidden.efg"
    summit = dt.Summit.read(HIDDEN + ALARM)
    write(summit, target)
    game = dt.load(target)
    assert isinstance(game, Game)
    named = [label for label in game.node_label if label]
    assert len(set(named)) == len(named)
    assert game.infoset.tolist() == summit.game.infoset.tolist()


def test_files_without_secrets_share_their_continuations() -> None:
    text = (Path(__file__).parent.parent / "games" / "hanoi-2019.yaml").read_text()
    summit = dt.Summit.read(text)
    assert not summit.has_secrets
    assert not summit.game.is_tree
    assert summit.types == {}
    assert summit.values(0) == summit.values(0, types={})


@pytest.mark.slow
@pytest.mark.parametrize("text", [GOOD, JOINT, HIDDEN + ALARM], ids=["good", "joint", "hidden"])
def test_whatever_stands_in_a_place_gets_a_readable_error_or_is_right(text: str) -> None:
    data = YAML(typ="safe", pure=True).load(text)
    for path in list(_paths(data)):
        for junk in (None, "", "1", [], {}, ["a"], {"a": "b"}, {"simultaneous": []}, "US"):
            changed = deepcopy(data)
            inner = changed
            for step in path[:-1]:
                inner = inner[step]
            inner[path[-1]] = junk
            out = StringIO()
            YAML(typ="safe", pure=True).dump(changed, out)
            with contextlib.suppress(DetenteError):
                read_summit(out.getvalue(), "junk.yaml")
