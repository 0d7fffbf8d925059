"""Conflict files and `detente graph` under hostile hands: faults that stay mended."""

from __future__ import annotations

import json
import random
from itertools import combinations
from time import perf_counter

import pytest

import detente as dt
from detente.cli import run
from detente.conflict.reading import read_conflict
from detente.errors import DetenteError, FileError, GameError, NotSupported, SummitError
from detente.files.gmcr import read_gmcr
from detente.show.graph_data import graph_data
from detente.show.graph_words import change_lines
from detente.stability.graph import GraphAnalysis, foreseen, inverse, nonmyopic
from detente.stability.graph.judging import find
from detente.stability.graph.sought import seek

CHICKEN = """detente: 1
title: Chicken
sides: {A: , B: }
conflict:
  options: {a: A, b: B}
  preferences:
    A: 3 > 4 > 2 > 1
    B: 2 > 4 > 3 > 1
"""
GMCR = {
    "options": [{"name": "a"}, {"name": "b"}],
    "decisionMakers": [
        {"name": "A", "options": [0], "preferences": [[[1, "Y"]]]},
        {"name": "B", "options": [1], "preferences": [[[0, "Y"]]]},
    ],
}


def gmcr(path, value):
    """The bytes of the file with one entry changed."""
    data = json.loads(json.dumps(GMCR))
    place = data
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    return json.dumps(data).encode()


# ── what a side sees, where a concept is not defined ───────────────────────────────────────────


@pytest.fixture
def blurred(tmp_path):
    """B is thought to change what is A's, so that SIM has no meaning in A's view."""
    file = tmp_path / "blurred.yaml"
    file.write_text(CHICKEN + "  views: {A: {moves: {B: {1: 2}}}}\n", encoding="utf-8")
    return file


def test_a_concept_undefined_in_a_view_is_told_and_the_rest_shown(blurred, capsys):
    assert run(["graph", str(blurred)]) == 0
    shown = capsys.readouterr()
    assert not shown.err
    assert "SSEQ by each side's own view: 2 and 3." in shown.out
    assert "SIM is not asked of these views: simultaneous stability needs moves" in shown.out


def test_the_json_says_which_concept_is_undefined_in_a_view(blurred, capsys):
    assert run(["graph", str(blurred), "--json"]) == 0
    views = json.loads(capsys.readouterr().out)["views"]
    assert "mover's own options" in views["sim"]["refused"]
    assert views["nash"]["seen_by"] == {"A": ["2", "3"], "B": ["2", "3"]}


# ── names that do not show what they are ───────────────────────────────────────────────────────


@pytest.mark.parametrize("sign", ["\x1b[2K", "\x07", "\n", "\u202e", "\ud800"])
@pytest.mark.parametrize("path", [["options", 0, "name"], ["decisionMakers", 1, "name"], ["title"]])
def test_gmcr_names_hold_no_unseen_signs(path, sign):
    with pytest.raises(FileError, match=rf"{path[-1]}.*U\+{ord(sign[0]):04X}"):
        read_gmcr(gmcr(path, f"x{sign}y"), "mine.gmcr")


@pytest.mark.parametrize("path", [["options", 0, "name"], ["decisionMakers", 1, "name"]])
@pytest.mark.parametrize("name", ["", "  "])
def test_gmcr_names_are_not_empty(path, name):
    with pytest.raises(FileError, match="has a name; found"):
        read_gmcr(gmcr(path, name), "mine.gmcr")


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ("title: Chicken", 'title: "Chick\\e[2Ken"', "2:8"),
        ("A: ,", '"A\\nx": ,', "3:9"),
        ("B: }", 'B: "b\\u202e"}', "3:17"),
        ("{a: A,", '{a: {by: A, name: "x\\ay"},', "5:13"),
        ("{a: A,", '{a: {by: A, levels: {no: , "y\\as": }},', "5:39"),
    ],
)
def test_names_of_conflict_files_hold_no_unseen_signs(old, new, place):
    with pytest.raises(SummitError, match=rf"^c.yaml:{place}: .*U\+"):
        read_conflict(CHICKEN.replace(old, new, 1), "c.yaml")


def test_a_state_key_holds_no_unseen_signs():
    text = CHICKEN.replace("  preferences", '  states: {"x\\ey": [a], z: [b]}\n  preferences')
    with pytest.raises(SummitError, match=r"U\+001B"):
        read_conflict(text)


@pytest.mark.parametrize("direction", ["[up]", "{a: b}", "[]"])
def test_a_direction_that_is_no_text_is_refused(direction):
    text = CHICKEN.replace("{a: A,", f"{{a: {{by: A, direction: {direction}}},")
    with pytest.raises(SummitError, match=r"c.yaml:5:\d+: .*one of the directions both, forward"):
        read_conflict(text, "c.yaml")


# ── messages that say what stands in the file ──────────────────────────────────────────────────


def test_a_text_where_a_number_belongs_is_shown_in_quotes():
    with pytest.raises(FileError, match='0 to 1; found "0"'):
        read_gmcr(gmcr(["decisionMakers", 0, "options"], ["0"]))


def test_there_are_no_options_to_number():
    with pytest.raises(FileError, match="is the number of an option, and there is none; found 0"):
        read_gmcr(gmcr(["options"], []))


def test_the_older_names_of_rankings_are_told_by_their_names():
    with pytest.raises(FileError, match=r"useManualPreferenceVectors is true .* preferenceVector;"):
        read_gmcr(gmcr(["useManualPreferenceVectors"], True))


# ── coalitions ─────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def elmira():
    return dt.graph(dt.load("elmira"))


@pytest.mark.parametrize("members", [["Uniroyal", "MoE"], (1, 0), {"MoE", 1}, frozenset({0, 1})])
def test_a_coalition_is_given_by_names_or_numbers(elmira, members):
    verdict = elmira.coalition_verdict("nash", members, "7")
    assert verdict.sides == ("MoE", "Uniroyal")
    stable = elmira.against_coalitions.stable("nash", members)
    assert bool(stable[6]) is verdict.stable


@pytest.mark.parametrize("members", ["MoE", [], ["Nobody"], [3], [-1]])
def test_who_is_no_coalition_is_refused(elmira, members):
    with pytest.raises(GameError):
        elmira.coalition_verdict("nash", members, "7")
    with pytest.raises(GameError):
        elmira.against_coalitions.stable("nash", members)


@pytest.mark.parametrize("concept", ["sseq", "sim", "nonmyopic", "best"])
def test_only_the_four_coalitional_concepts_have_verdicts(elmira, concept):
    with pytest.raises(NotSupported, match="no coalitional concept is called"):
        elmira.coalition_verdict(concept, [0, 1], "7")


def crowd(sides):
    names = [f"S{i}" for i in range(sides)]
    ranks = "\n".join(f"    {name}: 1 > 2" for name in names)
    return (
        f"detente: 1\ntitle: Crowd\nsides: [{', '.join(names)}]\nconflict:\n"
        f"  options: {{a: S0}}\n  preferences:\n{ranks}\n"
    )


def test_coalitions_of_a_crowd_are_refused_not_listed(tmp_path, capsys):
    file = tmp_path / "crowd.yaml"
    file.write_text(crowd(40), encoding="utf-8")
    assert run(["graph", str(file), "--coalitions", "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert data["concepts"]["nash"]["equilibria"] == ["1"]
    assert not data["coalitions"]
    assert "2^40 - 1 coalitions" in data["refused"]["coalitional nash"]


def test_a_coalition_of_a_crowd_can_be_asked():
    analysis = GraphAnalysis(read_conflict(crowd(40)))
    verdict = analysis.coalition_verdict("nash", ["S0", "S39"], "2")
    assert not verdict.stable
    with pytest.raises(DetenteError, match="2\\^40"):
        analysis.coalitional_equilibria("nash")


# ── looking far ahead, and what the table says ─────────────────────────────────────────────────


@pytest.mark.parametrize("ahead", [0, 1, 4, 7, 12, 25])
def test_a_horizon_beyond_the_cycle_is_not_gone_through(ahead):
    conflict = dt.load("cuban-missile-crisis")
    cycle = nonmyopic(conflict)
    far = cycle.horizon + cycle.period * 10**30 + ahead
    near = cycle.horizon + ahead % cycle.period
    assert (foreseen(conflict, far) == foreseen(conflict, near)).all()


def test_horizons_are_explained_under_the_table(capsys):
    assert run(["graph", "chicken", "--concepts", "l1,l3"]) == 0
    assert "L1 and L3: it stays, looking so many moves ahead." in capsys.readouterr().out


def test_what_a_coalition_leaves_for_is_told_once(capsys):
    assert run(["graph", "elmira", "--coalitions", "--state", "7"]) == 0
    text = " ".join(capsys.readouterr().out.split())
    assert text.count("together:") == 1
    assert "GMR, SMR and SEQ: not stable: MoE takes ‘modify’" in text


# ── changes of preference, as far as there is time ─────────────────────────────────────────────


def test_changes_of_preference_stop_with_the_time(elmira):
    findings = find(elmira)
    sought = seek(findings, 0, deadline=perf_counter())
    assert sought.stopped == "time_limit"
    assert ("nash", 2) not in sought.changes
    assert sought.reason.startswith("the time limit passed with")
    assert [*change_lines(findings, sought)][-1] == f"Stopped early: {sought.reason}"
    data = graph_data(findings, inverse=sought)
    assert (data["stopped"], data["reason"]) == ("time_limit", sought.reason)


def test_what_was_found_before_an_interruption_is_kept(elmira, monkeypatch, capsys):
    true, asked = inverse.changes, []

    def interrupted(conflict, side, state, key, *rest):
        asked.append((key, side))
        if len(asked) > 3:
            raise KeyboardInterrupt
        return true(conflict, side, state, key, *rest)

    monkeypatch.setattr("detente.stability.graph.sought.changes", interrupted)
    assert run(["graph", "elmira", "--inverse", "1"]) == 3
    text = capsys.readouterr().out
    assert "Nash, Local: State 7 is no longer better" in text
    assert "Stopped early: interrupted with 12 of 15" in text


def test_a_state_that_is_not_there_is_told_before_anything_is_solved(capsys):
    assert run(["graph", "elmira", "--inverse", "99", "--time-limit", "0"]) == 2
    assert "no state '99'" in capsys.readouterr().err


def test_requirements_that_others_imply_are_left_out():
    one, two, both, three = map(frozenset, ([1], [2], [1, 2], [3]))
    assert inverse._smallest([both, one, one, three]) in ([one, three], [three, one])
    assert inverse._telling([[one, two], [one], [three, one], [three]]) == [[one], [three]]
    assert inverse._telling([[both], [one, three]]) == [[both]]


# ── what others sign at the same time ──────────────────────────────────────────────────────────

SIGNED = """detente: 1
title: Signed meanwhile
sides: [A, B, C]
conflict:
  options: {a: A, t: {by: [B, C]}}
  preferences: {A: 2 > 1 > 4 > 3, B: 3 > 4 > 1 > 2, C: %s}
"""


def test_others_who_sign_at_the_same_time_spoil_an_improvement():
    analysis = GraphAnalysis(read_conflict(SIGNED % "3 > 4 > 1 > 2"))
    assert analysis.stable("sim")[0].tolist() == [True, True, False, True]
    (answer,) = analysis.verdict("sim", "A", "1").answers
    assert (answer.sanction[0].sides, answer.end) == (frozenset({1, 2}), 3)
    assert "B and C" in analysis.verdict("sim", "A", "1").why


def test_one_signer_who_does_not_gain_signs_nothing():
    analysis = GraphAnalysis(read_conflict(SIGNED % "1 > 2 > 3 > 4"))
    assert analysis.stable("sim")[0].tolist() == [False, True, False, True]


def choices(conflict, side, state):
    """Every state that the others' improvements beside each of a side's make of it."""
    level = [tuple(row) for row in conflict.options.level.tolist()]
    number = {row: k for k, row in enumerate(level)}

    def better(who, end):
        return all(conflict.payoff[i][end] > conflict.payoff[i][state] for i in who)

    steps = [
        (mover.sides, end)
        for mover in conflict.movers for end in mover.moves.after(state).tolist()
        if side not in mover.sides and better(mover.sides, end)
    ]  # fmt: skip
    for first in conflict.moves[side].after(state).tolist():
        if better([side], first):
            ends = set()
            for count in range(conflict.num_sides):
                for some in combinations(steps, count):
                    ends |= {number.get(added(level, state, first, some))}
            yield ends - {None}


def added(level, state, first, steps):
    """All moves at once; None where a side moves twice or two change one option."""
    busy = [i for sides, _ in steps for i in sides]
    found, touched = list(level[state]), set()
    for end in (first, *(end for _, end in steps)):
        change = {k for k in range(len(found)) if level[end][k] != level[state][k]}
        if change & touched or len(set(busy)) < len(busy):
            return None
        touched |= change
        for k in change:
            found[k] = level[end][k]
    return tuple(found)


@pytest.mark.parametrize("seed", range(60))
def test_simultaneous_stability_with_joint_moves_is_as_defined(seed):
    draw = random.Random(seed)
    sides = "ABCD"[: draw.choice([3, 3, 4])]
    options = {f"o{k}": {"by": [side]} for k, side in enumerate(sides)}
    options["t"] = {"by": draw.sample(sides, 2)}
    if draw.random() < 0.4:
        options["u"] = {"by": draw.sample(sides, 2)}
    ranks = {side: {"payoffs": [str(draw.randrange(5)) for _ in range(2 ** len(options))]}
             for side in sides}  # fmt: skip
    conflict = read_conflict(json.dumps({
        "detente": 1, "title": "x", "sides": list(sides),
        "conflict": {"options": options, "preferences": ranks,
                     "agreements": [draw.sample(sides, 2)]},
    }))  # fmt: skip
    found = GraphAnalysis(conflict).stable("sim")
    for side in range(len(sides)):
        pay = conflict.payoff[side]
        for state in range(conflict.num_states):
            spoiled = [
                any(pay[end] <= pay[state] for end in ends)
                for ends in choices(conflict, side, state)
            ]
            assert found[side, state] == all(spoiled)


def test_a_hundred_thousand_options_are_refused_in_a_sentence(tmp_path, capsys):
    file = tmp_path / "crowd.gmcr"
    options = [{"name": f"o{k}"} for k in range(100_000)]
    sides = [{"name": "A", "options": list(range(100_000))}]
    file.write_text(json.dumps({"options": options, "decisionMakers": sides}), encoding="utf-8")
    start = perf_counter()
    assert run(["graph", str(file)]) == 2
    assert perf_counter() - start < 10
    told = capsys.readouterr().err
    assert "the 100,000 options have over 10^30102 combinations; at most 67,108,864" in told
    assert len(told) < 300
