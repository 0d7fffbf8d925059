"""What happens after signature: which moves there are, what they lead to, what is shared."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest

import detente as dt
from detente.errors import SummitError
from detente.game.tree import CHANCE, Role
from detente.summit import size

HEAD = """
detente: 1
title: Relief for a freeze
sides: [US, DPRK, ROK]
parameters: {p: 9/10, fees: 4}
terms:
  relief: {by: US, levels: {none: , some: {worth: {DPRK: fees, US: -1}}}}
  aid: {by: ROK, levels: {nothing: , rice: {worth: {DPRK: 1}}}}
  plant: {by: DPRK, levels: {runs: , stops: {worth: {US: 3, DPRK: -2}}}}
protocol: {kind: take-it-or-leave-it, proposer: US}
consent: [US, DPRK]
carrying_out:
"""
FREEZE = """
  - compliance: freeze
    by: DPRK
    breaches:
      restart: {detected: p}
"""


def table(steps: str, bundle: str = "some + stops") -> dt.Game:
    summit = dt.Summit.read(HEAD + steps, "talks.yaml")
    return summit.table(summit.bundle_index(bundle))


def node(game: dt.Game, label: str) -> int:
    (found,) = [v for v in range(game.num_nodes) if game.node_label[v] == label]
    return found


def moves(game: dt.Game, label: str) -> dict[str, str]:
    """Action → label of the node it leads to."""
    v = node(game, label)
    actions = game.infosets.actions(int(game.infoset[v]))
    return {a: game.node_label[c] for a, c in zip(actions, game.children_of(v), strict=True)}


def coins(count: int) -> str:
    """So many chance steps."""
    return "".join(
        f"  - {{chance: c{i}, outcomes: {{a{i}: p, b{i}: 1 - p}}}}\n" for i in range(count)
    )


def labels(game: dt.Game) -> set[str]:
    return set(game.node_label)


def test_a_breach_is_seen_or_not_and_answered() -> None:
    game = table(FREEZE)
    name = "some + stops"
    assert moves(game, "DPRK: comply or restart") == {
        "comply": f"{name}: carried out",
        "restart": "restart by DPRK: detected?",
    }
    assert moves(game, "restart by DPRK: detected?") == {
        "detected": "US answers the detected restart",
        "undetected": f"{name}: broken, and the deal goes on",
    }
    assert moves(game, "US answers the detected restart") == {
        "uphold": f"{name}: broken, and the deal goes on",
        "snap back": f"{name}: deal ended",
    }
    chance = game.infosets.probabilities(
        int(game.infoset[node(game, "restart by DPRK: detected?")])
    )
    assert chance == [Fraction(9, 10), Fraction(1, 10)]


def test_tags_say_what_was_kept_and_what_broken() -> None:
    game = table(FREEZE)
    where = {role: [game.node_label[v] for v in game.tagged(role)] for role in Role}
    assert where == {
        Role.OFFERED: ["US answers some + stops"],
        Role.SIGNED: ["DPRK: comply or restart"],
        Role.KEPT: ["some + stops: carried out"],
        Role.BROKEN: ["restart by DPRK: detected?"],
    }


def test_a_side_that_concedes_nothing_has_nothing_to_comply_with() -> None:
    assert "DPRK: comply or restart" not in labels(table(FREEZE, "some"))


def test_all_others_who_concede_something_answer_in_turn() -> None:
    game = table(FREEZE, "some + rice + stops")
    assert moves(game, "US answers the detected restart")["uphold"] == (
        "ROK answers the detected restart"
    )


def test_answered_by_names_who_answers() -> None:
    game = table(FREEZE.replace("detected: p", "detected: p, answered_by: ROK"))
    assert "ROK answers the detected restart" in labels(game)
    assert "US answers the detected restart" not in labels(game)


def test_a_breach_of_nothing_is_not_available() -> None:
    steps = """
  - compliance: america
    by: US
    when: plant == stops
    breaches:
      renege: {undoes: relief, detected: 1}
      insult: {undoes: relief, detected: 1, worth: {US: 1}}
"""
    assert "US: comply, renege or insult" in labels(table(steps))
    assert "US: comply or insult" in labels(table(steps, "stops"))


def test_being_caught_may_cost_and_undo_more() -> None:
    open_cheat = "detected: 1, undoes: [], worth: {DPRK: 1}"
    seen = "caught: {worth: {DPRK: -5}, undoes: relief}"
    game = table(FREEZE.replace("detected: p", f"{open_cheat}, {seen}"))
    assert game.payoff(node(game, "US answers the detected restart")) == (0, -5, 0)
    ended = [v for v in range(game.num_nodes) if game.node_label[v].endswith("goes on")]
    # Seen, the relief is gone as well; unseen, nothing is.
    assert sorted(game.payoff(v) for v in ended) == [(2, 2, 0), (3, -2, 0)]


def test_later_steps_follow_a_breach_that_is_let_go() -> None:
    steps = FREEZE + "  - {chance: peace, when: freeze == restart, outcomes: {yes: p, no: 1 - p}}\n"
    game = table(steps)
    assert moves(game, "DPRK: comply or restart")["comply"] == "some + stops: carried out"
    assert moves(game, "US answers the detected restart")["uphold"] == "peace"
    assert moves(game, "restart by DPRK: detected?")["undetected"] == "peace"


def route(undoes: str, name: str = "route") -> str:
    """A step in which chance may undo terms."""
    blocked = f"{{probability: 1 - p, undoes: {undoes}}}"
    return f"  - {{chance: {name}, outcomes: {{found{name}: p, blocked{name}: {blocked}}}}}\n"


@pytest.mark.parametrize(
    ("undoes", "label"),
    [
        ("[relief]", "some + stops: not broken, but undone in part"),
        ("[relief, plant]", "some + stops: not broken, but undone"),
        ("[aid]", "some + stops: carried out"),  # which nobody conceded
    ],
)
def test_a_deal_is_kept_where_all_of_it_is_delivered(undoes: str, label: str) -> None:
    game = table(route(undoes))
    assert moves(game, "route")["blockedroute"] == label
    kept = {game.node_label[v] for v in game.tagged(Role.KEPT)}
    assert kept == {"some + stops: carried out"}


REPLY = """
  - compliance: freeze
    by: DPRK
    breaches:
      restart: {detected: 1, answered_by: []}
  - choice: reply
    by: US
    when: freeze == restart
    options: {goes on: , takes back: {undoes: [relief]}, calls it off: {undoes: [relief, plant]}}
"""


@pytest.mark.parametrize(
    ("bundle", "ends"),
    [
        ("some + stops", ("the deal goes on", "called off", "called off")),
        ("some + rice + stops", ("the deal goes on",) * 3),  # rice is delivered in any case
        ("stops", ("the deal goes on", "the deal goes on", "called off")),
    ],
)
def test_a_broken_deal_is_called_off_where_a_choice_leaves_nothing(
    bundle: str, ends: tuple[str, ...]
) -> None:
    game = table(REPLY, bundle)
    found = moves(game, "US: goes on, takes back or calls it off")
    assert tuple(found.values()) == tuple(f"{bundle}: broken, and {end}" for end in ends)
    luck = "  - {chance: luck, outcomes: {good: p, bad: 1 - p}, seen_by: [US]}\n"
    hidden = labels(table(REPLY + luck, bundle))
    assert "luck" in hidden
    assert {v for v in hidden if "broken, and" in v} == set(found.values())


def test_what_is_undone_already_cannot_be_breached() -> None:
    game = table(route("[plant]") + FREEZE)
    assert moves(game, "route") == {
        "foundroute": "DPRK: comply or restart",
        "blockedroute": "some + stops: not broken, but undone in part",
    }
    # The cheat itself is worth something, and the step has a condition: the move is there.
    paid = FREEZE.replace("by: DPRK", "by: DPRK, when: relief == some".replace(", ", "\n    "))
    paid = paid.replace("detected: p", "detected: p, worth: {DPRK: 1}")
    assert moves(table(route("[plant]") + paid), "route")["blockedroute"] == (
        "DPRK: comply or restart"
    )


def test_who_answers_does_not_depend_on_what_is_undone() -> None:
    game = table(route("[relief]") + FREEZE)
    assert "US answers the detected restart" in labels(game)


REPORT = """
  - {chance: report, when: freeze == comply, outcomes: {good: p, bad: 1 - p}}
"""


def test_a_side_with_nothing_to_breach_complies() -> None:
    when = FREEZE.replace("by: DPRK", "by: DPRK\n    when: relief == some")
    assert "report" in labels(table(when + REPORT, "some"))
    assert "report" not in labels(table(when + REPORT, "stops"))  # skipped: `when` does not hold
    assert "report" not in labels(table(FREEZE + REPORT, "some"))
    game = table(route("[plant]") + when + REPORT)
    assert moves(game, "route")["blockedroute"] == "report"


def test_a_breach_that_only_costs_when_caught_is_not_available() -> None:
    steps = FREEZE.replace("detected: p", "detected: p, undoes: aid, caught: {worth: {DPRK: -1}}")
    assert "DPRK: comply or restart" not in labels(table(steps))
    assert "DPRK: comply or restart" in labels(table(steps, "some + rice + stops"))


@pytest.mark.parametrize(
    "name", ["accept", "refuse", "walk out", "comply", "uphold", "snap back", "detected"]
)
def test_levels_may_be_called_like_moves(name: str) -> None:
    def report(level: str) -> dt.Report:
        joint = f"combinations: [{{when: plant == '{level}', worth: {{US: 1}}}}]\n"
        text = HEAD.replace("stops:", f"{level}:") + FREEZE + REPORT + joint
        return dt.stability(dt.Summit.read(text))

    found, plain = report(name), report("stops")
    assert [v.name for v in found] == [v.name.replace("stops", name) for v in plain]
    for one, other in zip(found, plain, strict=True):
        assert one.modal == other.modal
        assert (one.values, one.agreed, one.kept) == (other.values, other.agreed, other.kept)


def test_a_skipped_step_equals_none_of_its_outcomes() -> None:
    steps = """
  - {chance: route, when: relief == some, outcomes: {found: 1/2, blocked: 1/2}}
  - {choice: china, by: ROK, when: route != blocked, options: [hold, relax]}
"""
    assert "ROK: hold or relax" in labels(table(steps, "stops"))
    assert moves(table(steps), "route") == {
        "found": "ROK: hold or relax", "blocked": "some + stops: carried out"
    }  # fmt: skip


def test_equal_continuations_are_stored_once() -> None:
    chances = coins(30)
    game = table(chances)
    assert game.num_nodes < 40
    assert game.tree_size > 2**30


def test_what_a_later_worth_mentions_is_remembered() -> None:
    chances = coins(3)
    worth = "combinations: [{when: c0 == a0, worth: {US: 1}}]\n"
    game = table(chances + worth)
    carried = [game.payoff(v)[0] for v in game.tagged(Role.KEPT)]
    assert sorted(carried) == [2, 3]
    assert game.num_nodes == table(chances).num_nodes + 3


def test_a_branch_of_probability_zero_stays() -> None:
    game = table(FREEZE).at(p=1)
    assert moves(game, "restart by DPRK: detected?")["undetected"]
    steps = "  - {chance: luck, outcomes: {good: 0, bad: {probability: 1, worth: {US: 1}}}}\n"
    assert list(moves(table(steps), "luck")) == ["good", "bad"]


@pytest.mark.parametrize(
    ("steps", "p", "message"),
    [
        ("  - {chance: luck, outcomes: {a: p, b: 1 - p}}\n", "7/5", "'luck'.*0 and 1; found 7/5"),
        ("  - {chance: luck, outcomes: {a: p, b: 1/10}}\n", "1/2", "'luck'.*sum to 1.*= 3/5"),
        (FREEZE, "7/5", "'freeze'.*0 and 1; found 7/5"),
    ],
)
def test_probabilities_are_checked_where_they_are_used(steps: str, p: str, message: str) -> None:
    summit = dt.Summit.read(HEAD + steps, "talks.yaml")
    # Reading has checked what it could enumerate: other values stand for what it could not.
    values = {"p": Fraction(p), "fees": Fraction(4)}
    summit.plan.__dict__["carrying_out"] = replace(summit.plan.carrying_out, values=values)
    with pytest.raises(SummitError, match=rf"talks\.yaml:1[34]:.*{message}") as error:
        _ = summit.game
    assert "for the bundle '" in str(error.value)


@pytest.mark.parametrize("kind", ["compliance", "chance"])
def test_a_hundred_steps_can_be_carried_out(kind: str) -> None:
    compliance = "  - {{compliance: s{0}, by: DPRK, breaches: {{b{0}: {{detected: p}}}}}}\n"
    chance = "  - {{chance: s{0}, outcomes: {{a{0}: p, b{0}: 1 - p}}}}\n"
    step = compliance if kind == "compliance" else chance
    game = table("".join(step.format(i) for i in range(100)))
    assert game.num_nodes < 1000
    with pytest.raises(SummitError, match="101 steps"):
        table("".join(step.format(i) for i in range(101)))


def test_a_game_that_grows_too_large_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(size, "MAX_NODES", 500)
    chances = coins(9)
    every = " + ".join(f"(1 if c{i} == a{i} else 0)" for i in range(9))
    with pytest.raises(SummitError, match=r"more than 500 nodes \(50\d so far\)") as why:
        table(f"{chances}combinations: [{{when: relief == some, worth: {{US: '{every}'}}}}]\n")
    assert "mention the outcomes of 9 steps ('c0', 'c1', 'c2', 'c3', 'c4', 'c5' and 3 more)" in str(
        why.value
    )
    assert "put what an outcome is worth under its own 'worth'" in str(why.value)
    assert table(chances).num_nodes < 100  # nothing looks back, so nothing multiplies


def test_rounds_share_the_carrying_out_unless_it_mentions_the_round() -> None:
    three = HEAD.replace("take-it-or-leave-it, proposer: US", "mediator, mediator: US, rounds: 3")

    def carried(text: str) -> dict[Any, int]:
        summit = dt.Summit.read(text + FREEZE)
        found = summit.game.tagged(Role.SIGNED, summit.bundle_index("some + stops"))
        return {summit.game.payoff(summit.game.children_of(v)[0])[1]: v for v in found}

    assert list(carried(three)) == [2]
    assert sorted(carried(three.replace("DPRK: fees", "DPRK: fees / round"))) == [
        Fraction(-2, 3), 0, 2
    ]  # fmt: skip


def test_chance_nodes_are_chance_nodes() -> None:
    game = table("  - {chance: legal_route, outcomes: {found: p, blocked: 1 - p}}\n")
    assert game.mover[node(game, "legal route")] == CHANCE


ORDER = """
detente: 1
title: Who acts first
horizon: 10
sides: [US, DPRK]
terms:
  relief: {by: US, levels: {none: , some: {worth: {DPRK: {once: 7, per_year: 1}}}}}
  plant: {by: DPRK, levels: {runs: , gone: {irreversible: true, worth: {US: {per_year: 1}}}}}
protocol: {kind: take-it-or-leave-it, proposer: US}
carrying_out:
  - {compliance: america, by: US, breaches: {renege: {undoes: [], worth: {US: 1}, detected: 1}}}
  - {compliance: north, by: DPRK, breaches: {hide: {undoes: plant, detected: 1}}}
"""


def ended(text: str) -> tuple[dt.Game, int]:
    """The deal of both terms, and the end to which a snap back leads from the first breach."""
    summit = dt.Summit.read(text, "talks.yaml")
    game = summit.table(summit.bundle_index("some + gone"))
    answer = node(game, "DPRK answers the detected renege")
    return game, game.children_of(answer)[1]


def test_a_snap_back_skips_the_steps_that_are_left_and_refunds_nothing() -> None:
    game, end = ended(ORDER + "snap_back: {after: 2}\n")
    assert list(game.children_of(end)) == []
    # Relief: 7 at once and two years; the plant, never reached by its own step, is gone for ten.
    assert tuple(game.payoff(end)) == (10, 9)


def test_without_snap_back_a_deal_ends_at_once() -> None:
    left_out, end = ended(ORDER)
    assert tuple(left_out.payoff(end)) == (10, 7)
    spelled, other = ended(ORDER + "snap_back: {after: 0}\n")
    assert tuple(spelled.payoff(other)) == tuple(left_out.payoff(end))


def test_a_first_level_with_a_worth_counts() -> None:
    text = ORDER.replace("levels: {none: , some:", "levels: {some:")
    text = text.replace("per_year: 1}}}}}\n  plant", "per_year: 1}}}, more: {}}}\n  plant")
    summit = dt.Summit.read(text, "talks.yaml")
    verdict = dt.stability(summit)["some + runs"]
    assert verdict.values is not None
    assert verdict.values["DPRK"] == 17
