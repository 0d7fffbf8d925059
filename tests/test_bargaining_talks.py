"""What talks and trees pose as bargaining problems, the report, the lens and `detente frontier`."""

from __future__ import annotations

import json
import time
from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_cli import out, refused
from trees import Twig, build, decisions, hidden, trees, value

import detente as dt
from detente.cli import run
from detente.errors import NotSupported, OutOfTime, SummitError
from detente.game.builder import Builder
from detente.loading import load, shipped
from detente.stability.bargaining.disagreement import disagreement_of
from detente.stability.bargaining.from_talks import problem
from detente.stability.bargaining.lens import LENS
from detente.stability.bargaining.report import bargaining
from detente.stability.bargaining.security import against_all, security_value
from detente.stability.bargaining.ways import ways_through

F = Fraction
PROTOCOLS = [
    "hanoi-2019", "hanoi-2019-seoul-mediates", "ultimatum", "powell-2006-commitment",
    "hanoi-2019-sincere-or-hedging", "fearon-1995-private-resolve",
]  # fmt: skip

HIDDEN_AND_CHANCE = [
    "beer-quiche", "kuhn-poker", "kydd-reassurance", "verification-imperfect-detection",
]  # fmt: skip


# ── trees ──────────────────────────────────────────────────────────────────────────────────────


def pure_plans(twig: Twig):
    """Every way of choosing a move at each decision node."""
    nodes = decisions(twig)
    for chosen in product(*(range(len(t.below)) for _, t in nodes)):
        yield {
            path: [F(int(k == move)) for k in range(len(t.below))]
            for (path, t), move in zip(nodes, chosen, strict=True)
        }


@given(trees(players=2, depth=2, discounts=True))
@settings(max_examples=60, deadline=None)
def test_ways_through_a_tree_are_all_joint_plans(twig):
    found = ways_through(build(twig, 2))
    assert set(found) == {value(twig, plan, 2) for plan in pure_plans(twig)}


@given(trees(players=3, depth=3, discounts=True), st.integers(0, 2))
@settings(max_examples=80, deadline=None)
def test_security_is_what_nobody_can_take_away(twig, player):
    def sure(t: Twig) -> Fraction:
        """The player's best against all others, who see everything too."""
        below = [sure(child) for child in t.below]
        gain = F(t.gain[player]) if t.gain else F(0)
        if t.mover is None:
            worth = F(0)
        elif t.mover == "chance":
            worth = sum((p * w for p, w in zip(t.chances, below, strict=True)), F(0))
        else:
            worth = max(below) if t.mover == player else min(below)
        return (gain + worth) * (F(t.discount[player]) if t.discount else 1)

    assert security_value(build(twig, 3), player) == sure(twig)


def test_security_under_hidden_moves_may_be_mixed():
    """Matching pennies: each can secure half a coin by tossing it, and no more."""
    b = Builder(["A", "B"])
    second = [
        b.decide("B", {"heads": b.end(w, 1 - w), "tails": b.end(1 - w, w)}, infoset="B")
        for w in (1, 0)
    ]
    game = b.build(b.decide("A", {"heads": second[0], "tails": second[1]}))
    assert [security_value(game, i) for i in (0, 1)] == [F(1, 2), F(1, 2)]
    assert security_value(load("kuhn-poker").game, 0) == F(-1, 18)
    assert security_value(load("kuhn-poker").game, 1) == F(1, 18)


@given(trees(players=3, depth=3).flatmap(lambda t: hidden(t)), st.integers(0, 2))
@settings(max_examples=40, deadline=None)
def test_the_game_against_all_pays_opposite_amounts(twig, player):
    game = build(twig, 3)
    duel = against_all(game, player)
    assert duel.players[0] == game.players[player]
    for node in range(game.num_nodes):
        own, other = duel.payoff(node)
        assert own == -other == game.payoff(node)[player]
    movers = duel.infosets.mover[: duel.infosets.num_player_infosets].tolist()
    assert movers == sorted(movers)
    for node in range(game.num_nodes):
        if game.mover[node] >= 0:
            before = game.infosets.actions(int(game.infoset[node]))
            assert list(duel.infosets.actions(int(duel.infoset[node]))) == list(before)
            assert duel.mover[node] == int(game.mover[node] != player)


def test_the_horse_has_no_security_where_the_others_forget():
    with pytest.raises(NotSupported, match="forget what one of them knew"):
        disagreement_of(load("selten-1975-horse"), "security", ["One"])


def test_trees_that_pose_no_problem_are_refused():
    with pytest.raises(NotSupported, match="what each of them knows"):
        bargaining(load("kuhn-poker"))
    with pytest.raises(NotSupported, match="no rounds"):
        bargaining(load("selten-1975-horse"), round=1)
    with pytest.raises(NotSupported, match="breakdown"):
        bargaining(load("selten-1975-horse"), "breakdown")
    with pytest.raises(NotSupported, match="found int"):
        bargaining(7)


def test_what_stands_for_no_agreement():
    tree = load("entry-deterrence")
    assert disagreement_of(tree, None, ["Entrant", "Incumbent"]).values == (1, 1)
    assert disagreement_of(tree, "security", ["Entrant", "Incumbent"]).values == (0, 1)
    tie = disagreement_of(load("tie-that-matters"), "equilibrium", ["One", "Two"])
    assert tie.values == (1, 1)
    assert "several equilibria" in tie.notes[0]
    horse = disagreement_of(load("selten-1975-horse"), "equilibrium", ["One", "Two", "Three"])
    assert horse.values == (1, 1, 1)
    given_numbers = disagreement_of(tree, {"Incumbent": "1/3", "Entrant": 0.1}, tree.sides)
    assert given_numbers.values == (F(1, 10), F(1, 3))


# ── talks ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", PROTOCOLS)
def test_bundles_bring_what_stability_says(name):
    summit = load(name)
    report = dt.stability(summit, bundles=range(0, len(summit.bundles), 7))
    posed = problem(summit)
    for verdict in report:
        k = posed.outcomes.index(verdict.name)
        worth = dict(zip(posed.parties, posed.points[k], strict=True))
        worth |= dict(zip(posed.observers, posed.beside[k], strict=True))
        assert worth == dict(verdict.values)
        without = dict(zip(posed.parties, posed.disagreement, strict=True))
        assert without == {p: verdict.breakdown[p] for p in posed.parties}


def test_those_bargain_whose_consent_is_needed():
    assert problem(load("hanoi-2019-erosion-players")).parties == ("US", "DPRK")
    assert problem(load("hanoi-2019-erosion-players")).observers == ("CHN", "RUS", "ROK")
    assert problem(load("hanoi-2019"), parties=["ROK", "US"]).parties == ("ROK", "US")
    mediated = problem(load("hanoi-2019-seoul-mediates"))
    assert mediated.parties == ("US", "DPRK", "ROK")
    assert "not that of ROK" in mediated.notes[0]
    for wrong in (["US", "US"], ["US", "EU"], []):
        with pytest.raises(NotSupported, match="the parties are US, DPRK and ROK"):
            problem(load("hanoi-2019"), parties=wrong)


def test_accepting_is_what_the_zone_of_agreement_says():
    """In the last round both accept just what leaves neither worse off."""
    summit = load("fearon-1995-complete-information")
    found = bargaining(summit)
    acceptable = [v.name for v in dt.stability(summit) if v.acceptable]
    assert list(found.names(found.problem.zone)) == acceptable


@pytest.mark.parametrize("name", sorted(shipped()))
def test_every_shipped_game_has_an_answer_or_a_reason(name):
    talks = load(name)
    if not hasattr(talks, "game"):
        return
    if name in HIDDEN_AND_CHANCE:
        with pytest.raises(NotSupported, match="what each of them knows"):
            bargaining(talks)
        return
    found = bargaining(talks, time_limit=30)
    assert found.stopped == "finished"
    assert found.pure
    assert {s.rule for s in found.solutions} > {s.rule for s in found.lotteries}
    chosen = {k for s in found.solutions[:4] for k in s.outcomes}
    assert chosen <= set(found.pure) & set(found.problem.zone)


def test_only_deals_that_hold_may_be_on_the_table():
    summit = load("hanoi-2019")
    report = dt.stability(summit)
    for among in ("stable", "honoured", "acceptable"):
        found = problem(summit, among=among)
        wanted = [v.name for v in report if getattr(v, among)]
        assert list(found.outcomes) == wanted
        assert [summit.bundles[k].name for k in found.bundles] == wanted
        assert f"{len(wanted)} of 75" in found.notes[0]
    nothing = bargaining(load("powell-2006-commitment"), among="stable")
    assert (nothing.pure, nothing.corners, nothing.problem.zone) == ((), (), ())
    assert all(s.reason for s in nothing.solutions)
    with pytest.raises(NotSupported, match="'nice'"):
        problem(summit, among="nice")
    with pytest.raises(NotSupported, match="no verdicts"):
        problem(load("selten-1975-horse"), among="stable")


# ── the report ─────────────────────────────────────────────────────────────────────────────────


def test_hanoi():
    found = dt.bargaining(dt.load("hanoi-2019"))
    assert len(found.pure) == 16
    assert len(found.problem.zone) == len(found.problem.strict_zone) == 43
    named = {s.rule: found.names(s.outcomes) for s in found.solutions}
    assert named["nash"] == ("civilian + full + inspected + declared",)
    assert named["utilitarian"] == ("all + full + inspected + declared",)
    lots = found.solution("egalitarian", lotteries=True).picks[0].payoffs
    assert lots[0] - -140 == lots[1] - -300
    frame = found.to_frame()
    assert len(frame) == 75
    assert frame["on frontier"].sum() == 16
    assert frame.loc["kumgang + full", "gains: US"] == F(4555, 2)
    assert dt.bargaining(dt.load("hanoi-2019")).to_frame(exact=False)["gets: US"].dtype == float
    assert "Nash" not in repr(found)
    assert "nash: civilian" in repr(found)
    assert "<td>nash" in found._repr_html_()


def test_what_is_not_found_in_time_is_none():
    found = bargaining(load("hanoi-2019"), time_limit=0)
    assert (found.stopped, found.problem, found.pure) == ("time_limit", None, None)
    assert "what each outcome brings" in found.reason
    assert len(found.to_frame()) == 0
    with pytest.raises(dt.DetenteError, match="time_limit"):
        bargaining(load("hanoi-2019"), time_limit=-1)


def test_an_interrupt_keeps_what_was_found(monkeypatch):
    from detente.stability.bargaining import report

    def stopped(*_, **options):
        if options.get("lotteries"):
            raise KeyboardInterrupt
        return iter(())

    monkeypatch.setattr(report, "each", stopped)
    found = bargaining(load("hanoi-2019"))
    assert found.stopped == "interrupted"
    assert len(found.pure) == 16
    assert found.ranges
    assert found.lotteries is None
    assert "the solutions with lotteries" in found.reason


# ── the lens ───────────────────────────────────────────────────────────────────────────────────


def test_the_lens_says_what_is_better():
    summit = load("hanoi-2019")
    found = dict(
        zip(summit.bundles, LENS.look(summit, range(len(summit.bundles)), None), strict=True)
    )
    by_name = {bundle.name: sight for bundle, sight in found.items()}
    assert by_name["civilian"].word == "outside the zone"
    assert by_name["civilian"].text == "It leaves US 2201 M$ worse off than without agreement."
    off = by_name["civilian + full"]
    assert (off.holds, off.word) == (False, "off the frontier")
    assert off.text.startswith("all + full + inspected + declared brings US 1091 M$ and DPRK 1535")
    best = by_name["civilian + full + inspected + declared"]
    assert (best.holds, best.word) == (True, "Nash and 2 more")
    assert best.data["picked_by"] == ["nash", "kalai-smorodinsky", "egalitarian"]
    assert sum(sight.holds for sight in found.values()) == 11
    values = summit.values(summit.bundle_index("civilian + full"))
    for name in off.data["dominated_by"]:
        there = summit.values(summit.bundle_index(name))
        assert all(b >= a for a, b in zip(values[:2], there[:2], strict=True))


def test_the_lens_refuses_and_stops():
    assert "by hand" in LENS.refusal(load("centipede-rosenthal-1981"))
    assert LENS.refusal(load("hanoi-2019")) is None
    summit = load("hanoi-2019")
    with pytest.raises(OutOfTime):
        list(LENS.look(summit, range(75), time.perf_counter() - 1))
    assert LENS.cost(summit, 75) < 1


# ── the command ────────────────────────────────────────────────────────────────────────────────


def test_the_command_in_words(capsys):
    told = out(capsys, "frontier", "hanoi-2019", "--weights", "patience")
    assert "US and DPRK bargain over 75 bundles." in told
    assert "43 of them leave no one worse off than that: the zone of agreement." in told
    assert "On the frontier, where none is better for one and as good for all: 16" in told
    assert "Weights: US ≈0.6713 and DPRK ≈0.3287, by patience" in told
    assert "None" not in told
    nobody = out(capsys, "frontier", "powell-2006-commitment")
    assert "no zone of agreement" in nobody
    tree = out(capsys, "frontier", "entry-deterrence", "--disagreement", "Entrant=0,Incumbent=0")
    assert "Two of them leave no one worse off" in tree
    held = out(capsys, "frontier", "hanoi-2019", "--among", "stable")
    assert "over 16 bundles" in held
    assert "Only the bundles that are stable are on the table, 16 of 75." in held
    none = out(capsys, "frontier", "powell-2006-commitment", "--among", "stable")
    assert "bargain over no bundles" in none
    assert "out" in tree


def test_the_command_as_json(capsys):
    data = json.loads(out(capsys, "frontier", "hanoi-2019", "--json", "--weights", "patience"))
    assert data["game"]["parties"] == ["US", "DPRK", "ROK"]
    assert data["disagreement"] == {
        "kind": "breakdown", "values": {"US": "-140", "DPRK": "-300"}
    }  # fmt: skip
    assert data["weights"]["factors"] == {"US": "24/25", "DPRK": "23/25"}
    assert len(data["frontier"]) == 16
    assert len(data["outcomes"]) == 75
    pick = data["solutions_with_lotteries"][0]["picks"][0]
    assert pick["outcome"] is None
    assert pick["exact"] is False
    low, high = map(Fraction, pick["payoffs"]["US"]["between"])
    assert low <= high
    assert float(low) == pytest.approx(pick["payoffs"]["US"]["decimal"])
    even = data["solutions_with_lotteries"][2]["picks"][0]
    assert even["exact"] is True
    assert sum(map(Fraction, even["lottery"].values())) == 1
    bettered = next(o for o in data["outcomes"] if o["name"] == "civilian + full")
    assert "all + full + inspected + declared" in bettered["dominated_by"]


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["--disagreement", "foo"], "breakdown, equilibrium or security"),
        (["--disagreement", "US=1"], "'DPRK' has none"),
        (["--disagreement", "US=1,DPRK"], "NAME=NUMBER"),
        (["--disagreement", "US=1,US=2"], "'US' twice"),
        (["--weights", "US=x,DPRK=1"], "'x'"),
        (["--weights", "US=-1,DPRK=1"], "above zero"),
        (["--parties", "US,EU"], "'EU' is none of them"),
        (["--round", "9"], "no round 9"),
        (["--among", "nice"], "'nice'"),
        (["--bundle", "civilian"], "add --coalitions"),
        (["--solution", "egalitarian"], "add --terms"),
        (["--terms", "--solution", "fair"], "'fair'"),
        (["--set", "nothing=1"], "no parameter 'nothing'"),
    ],
)
def test_wrong_arguments_are_refused(capsys, arguments, why):
    assert why in refused(capsys, "frontier", "hanoi-2019", *arguments)


def test_what_holds_no_talks_is_refused(capsys, tmp_path):
    assert "conflict" in refused(capsys, "frontier", "elmira")
    strategic = tmp_path / "game.nfg"
    strategic.write_text('NFG 1 R "x" { "A" "B" } { 2 1 } 1 2 3 4')
    assert "strategic form" in refused(capsys, "frontier", strategic)


def test_the_command_stops_in_time(capsys):
    assert run(["frontier", "hanoi-2019", "--time-limit", "0"]) == 3
    assert "Stopped early" in capsys.readouterr().out


def test_what_else_can_be_asked_for(capsys):
    asked = ["--terms", "--wins", "--coalitions"]
    told = out(capsys, "frontier", "hanoi-2019", *asked)
    for words in ("Shapley value", "What each term is worth to whom", "A win at home"):
        assert words in told
    data = json.loads(out(capsys, "frontier", "hanoi-2019", "--json", *asked))
    assert data["coalitions"]["parties"] == ["US", "DPRK", "ROK"]
    assert data["terms"]["solution"] == "nash"
    assert len(data["wins"]["bundles"]) == 75
    assert {row["name"] for row in data["core_without_payments"]} == {
        row["name"] for row in data["outcomes"]
    }
    plain = json.loads(out(capsys, "frontier", "hanoi-2019", "--json"))
    assert [plain[key] for key in ("coalitions", "core_without_payments", "terms", "wins")] == (
        [None] * 4
    )


def test_unknown_rounds_are_refused():
    with pytest.raises(SummitError, match="rounds 1 to 3"):
        bargaining(load("hanoi-2019"), round=4)


def test_those_not_asked_have_what_breakdown_brings_them(capsys):
    talks = dt.load("hanoi-2019")
    found = dt.bargaining(talks)
    breakdown = dict(zip(talks.parties, talks.breakdown(), strict=True))
    assert found.problem.observers == ("ROK",)
    assert found.problem.beside_without == (breakdown["ROK"],) == (-300,)
    assert found.problem.among([0, 3]).beside_without == (-300,)
    given = dt.bargaining(talks, disagreement={"US": 0, "DPRK": 0})
    assert given.problem.beside_without is None
    rows = [
        line.split()
        for arguments in ([], ["--disagreement", "US=0,DPRK=1"])
        if run(["frontier", "hanoi-2019", *arguments]) == 0
        for line in capsys.readouterr().out.splitlines() if "(no agreement)" in line
    ]
    assert [row[2:] for row in rows] == [["-140", "-300", "-300"], ["0", "1"]]
