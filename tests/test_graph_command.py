"""`detente graph`: what it prints, in words and as JSON, and where it refuses."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import pytest

import detente as dt
from detente.cli import run
from detente.show.graph import graph_parts
from detente.show.paper import console
from detente.stability.graph import Conflict
from detente.stability.graph.judging import find, graph

CASES = Path(__file__).parent / "gmcr"
ELMIRA, PRISONERS = str(CASES / "Elmira.gmcr"), str(CASES / "Prisoners.gmcr")


def printed(capsys, *arguments, code=0):
    assert run(["graph", *arguments]) == code
    return capsys.readouterr().out


def data_of(capsys, *arguments, code=0):
    return json.loads(printed(capsys, *arguments, "--json", code=code))


def lines(text, start):
    return [line for line in text.splitlines() if line.lstrip().startswith(start)]


# ── as JSON ────────────────────────────────────────────────────────────────────────────────────


def test_json_of_a_published_conflict(capsys):
    """Fang, Hipel and Kilgour 1993; coalitional: Kilgour, Hipel, Fang and Peng 2001."""
    data = data_of(capsys, ELMIRA, "--coalitions")
    assert data["game"]["players"] == ["MoE", "Uniroyal", "Local Government"]
    assert data["concepts"]["nash"]["equilibria"] == ["5", "6", "7", "10", "11", "12"]
    assert data["concepts"]["gmr"]["equilibria"] == ["1", "4", "5", "6", "7", "10", "11", "12"]
    assert data["coalitions"]["nash"]["equilibria"] == ["5", "6", "10", "11", "12"]
    both = [["MoE", "Uniroyal"]]
    (found,) = (c for c in data["coalitions"]["nash"]["stable"] if [c["coalition"]] == both)
    assert "7" not in found["states"]
    assert [one["name"] for one in data["states"]] == [str(i) for i in range(1, 13)]
    assert data["states"][8]["place"]["Local Government"] == 1


def test_json_of_a_summit_is_exact(capsys):
    data = data_of(capsys, "hanoi-2019")
    by_name = {state["name"]: state for state in data["states"]}
    assert by_name["kumgang + full"]["values"]["US"] == "4275/2"
    assert by_name["no agreement"]["values"] == {"US": "-140", "DPRK": "-300", "ROK": "-300"}
    assert data["unit"] == "M$"
    assert data["moves"][-1] == {"by": ["US", "DPRK"], "count": 4545}
    assert "kumgang + full" in data["concepts"]["seq"]["equilibria"]
    assert any("full dismantlement" in rule for rule in data["rules"])
    analysis = dt.graph(dt.load("hanoi-2019"))
    for concept, found in data["concepts"].items():
        assert tuple(found["equilibria"]) == analysis.equilibria(concept)


def test_json_of_one_state_has_witnesses(capsys):
    data = data_of(
        capsys, "hanoi-2019", "--state", "full+kumgang", "--concepts", "nash,seq", "--coalitions"
    )["state"]
    assert data["name"] == "kumgang + full"
    verdicts = {(v["concept"], *v["sides"]): v for v in data["verdicts"]}
    assert verdicts["Nash", "US"]["breach"] == [
        {"by": ["US"], "from": "kumgang + full", "to": "full"}
    ]
    (answer,) = verdicts["SEQ", "US"]["answers"]
    assert [step["by"] for step in answer["sanction"]] == [["DPRK"]]
    assert {tuple(v["sides"]) for v in data["coalitions"]} == {
        ("US",), ("DPRK",), ("US", "DPRK"),
    }  # fmt: skip


def test_json_of_ways_and_changes(capsys):
    data = data_of(capsys, ELMIRA, "--from", "1", "--inverse", "1", "--concepts", "nash")
    ways = {way["to"]: way for way in data["from"]["ways"]}
    assert [step["by"] for step in ways["10"]["way"]] == [
        ["Local Government"], ["Uniroyal"], ["MoE"],
    ]  # fmt: skip
    assert ways["10"]["by_improvements"] is None
    assert ways["7"]["by_improvements"] == [{"by": ["Local Government"], "from": "1", "to": "7"}]
    local = [c for c in data["inverse"]["changes"] if c["side"] == "Local Government"]
    assert local[0] == {
        "concept": "nash", "side": "Local Government", "lowered": ["7"], "pairs": 1,
    }  # fmt: skip
    others = [c for c in data["inverse"]["changes"] if c["side"] == "MoE"]
    assert [c["pairs"] for c in others] == [0]


def test_strength_of_preference(capsys):
    data = data_of(capsys, "hanoi-2019", "--much", "1000", "--concepts", "seq")["concepts"]["seq"]
    assert set(data["strong_equilibria"]) < set(data["equilibria"])
    assert "kumgang + full" in data["strong_equilibria"]
    assert "civilian + full" not in data["strong_equilibria"]  # the US would lose 159 only


def test_unknown_preferences(capsys):
    found = {
        way: data_of(capsys, "hanoi-2019", "--unsure", "300", "--unknown", way)["concepts"]
        for way in "abcd"
    }
    nash = {way: set(data["nash"]["equilibria"]) for way, data in found.items()}
    assert nash["a"] == nash["c"] < nash["b"] == nash["d"]
    gmr = {way: set(data["gmr"]["equilibria"]) for way, data in found.items()}
    assert gmr["a"] <= gmr["b"] <= gmr["d"]
    assert gmr["a"] <= gmr["c"] <= gmr["d"]


# ── in words ───────────────────────────────────────────────────────────────────────────────────


def test_a_state_is_named_by_the_options_taken_too(capsys):
    by_name = printed(capsys, ELMIRA, "--state", "10")
    assert printed(capsys, ELMIRA, "--state", "insist,modify, Accept") == by_name
    assert run(["graph", ELMIRA, "--state", "Modify"]) == 2
    assert "It has 12, called 1, 2, 3, 4, 5, …." in capsys.readouterr().err


def test_a_conflict_without_a_title_is_called_as_its_file(capsys, tmp_path):
    assert printed(capsys, PRISONERS).startswith("Prisoners\n")
    assert run(["info", PRISONERS]) == run(["convert", PRISONERS, str(tmp_path / "a.yaml")]) == 0
    assert capsys.readouterr().out.startswith("Prisoners\n")
    assert "title: Prisoners" in (tmp_path / "a.yaml").read_text()


def test_the_table(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "120")
    text = printed(capsys, "hanoi-2019")
    assert "77 states (75 bundles in force, 2 without)." in text
    assert "Equilibria, stable for every side: 4 Nash, 36 GMR, 36 SMR, 33 SEQ, 33 SSEQ." in text
    (row,) = lines(text, "kumgang + full   ")
    assert row.split() == ["kumgang", "+", "full", "2137.5", "1332.5", "1140", "no", *["yes"] * 4]
    (row,) = lines(text, "dismantled + inspected")
    assert row.split()[-6:] == ["yes", "yes", "not", "DPRK", "not", "DPRK"]
    assert "Not shown: 41 states; --all shows them." in text
    assert 'detente graph hanoi-2019 --state "' in text
    assert len(lines(printed(capsys, "hanoi-2019", "--all"), "all + ")) > 10


@pytest.mark.parametrize("width", [60, 80, 100, 120, 200])
@pytest.mark.parametrize("name", ["hanoi-2019", "elmira", ELMIRA, "hanoi-2019-seoul-mediates"])
def test_the_table_fits(name, width):
    findings = find(graph(dt.load(name)), coalitions=True)
    out = console(width)
    with out.capture() as captured:
        for part in graph_parts(findings, name, width=width):
            out.print(part)
    text = captured.get()
    assert max(map(len, text.splitlines())) <= width
    assert "…" not in text
    assert "state" in text


def test_one_state_in_words(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "300")
    text = printed(capsys, ELMIRA, "--state", "4", "--coalitions", "--concepts", "nash,gmr,seq")
    assert text.splitlines()[0] == "State 4 (Modify, Accept):"
    assert "Nash, GMR and SEQ: stable: it can reach nothing better." in text
    assert (
        "GMR: stable: if Local Government takes ‘Insist’ (to state 10), then Uniroyal drops "
        "‘Accept’ and takes ‘Abandon’ (to state 12), which Local Government likes less."
    ) in text
    assert "MoE and Uniroyal together" not in text
    text = printed(capsys, ELMIRA, "--state", "7", "--coalitions", "--concepts", "nash")
    assert "MoE and Uniroyal together:" in text
    assert "which all of them prefer" in text


def test_ways_in_words(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "300")
    text = printed(capsys, ELMIRA, "--from", "1", "--concepts", "gmr")
    assert text.splitlines()[0] == "The ways from state 1 to the equilibria:"
    assert "  1 move: Local Government takes ‘Insist’ (to state 7)." in text
    assert "It is an equilibrium itself: GMR." in text
    assert "(not by improvements alone)" in text


def test_changes_in_words(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "300")
    text = printed(capsys, "hanoi-2019", "--inverse", "kumgang + full", "--concepts", "nash,seq")
    assert (
        "Nash, US: ‘full’ (now 987.5 M$ better) is no longer better for it than ‘kumgang + full’."
    ) in text
    assert "12 pairs of states ranked otherwise than now." in text
    assert "SEQ: it is one already." in text


def test_many_answers_are_cut_short(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "2000")
    text = printed(
        capsys, "hanoi-2019", "--concepts", "gmr", "--state", "all + full + inspected + declared"
    )
    assert text.count("then US") <= 8
    assert "more improvements answered" in text


# ── limits and mistakes ────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["kydd-reassurance"], "written out by hand"),
        (["beer-quiche"], "written out by hand"),
        (["hanoi-2019", "--concepts", "magic"], "no solution concept is called 'magic'"),
        (
            ["hanoi-2019", "--concepts", "sim"],
            "changes 'agreement'. Leave walking out aside (--no-walk-out",
        ),
        (["hanoi-2019", "--concepts", "nonmyopic"], "indifferent between some states"),
        (["hanoi-2019", "--state", "kumgang + nothing at all"], "no bundle"),
        (["hanoi-2019", "--round", "9"], "no round 9"),
        (["hanoi-2019", "--much", "lots"], "not a number"),
        (["hanoi-2019", "--much=-1"], "positive amount"),
        (["hanoi-2019", "--unsure=-1"], "0 or more"),
        ([PRISONERS, "--state", "5"], "no state '5'"),
        ([PRISONERS, "--gifts"], "is a conflict"),
        ([PRISONERS, "--unknown", "e"], "'e' is not one of"),
        (["no-such-file.gmcr"], "no such file"),
    ],
)  # fmt: skip
def test_mistakes_are_told(capsys, arguments, said):
    assert run(["graph", *arguments]) == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("name", ["game.efg", "game.nfg"])
def test_games_are_refused(capsys, tmp_path, name):
    path = tmp_path / name
    path.write_text(
        'EFG 2 R "g" { "A" "B" } ""\np "" 1 1 "" { "x" "y" } 0\nt "" 1 "" { 1, 0 }\n'
        't "" 2 "" { 0, 1 }\n'
        if name.endswith("efg") else 'NFG 1 R "g" { "A" "B" } { 2 1 }\n\n1 1 2 2\n'
    )  # fmt: skip
    assert run(["graph", str(path)]) == 2
    assert "is drawn of a summit or a conflict" in capsys.readouterr().err


def test_what_is_asked_and_not_defined_is_said(capsys):
    text = printed(capsys, "hanoi-2019", "--concepts", "nash,sim")
    assert "Not asked: SIM: simultaneous stability needs moves" in " ".join(text.split())
    text = " ".join(printed(capsys, PRISONERS, "--strength").split())
    assert "Not asked: strong GMR, strong SMR, strong SEQ and strong SSEQ:" in text
    text = " ".join(
        printed(capsys, "hanoi-2019", "--unsure", "1", "--coalitions", "--concepts", "nash").split()
    )
    assert "Not asked: coalitional Nash:" in text
    data = data_of(capsys, "hanoi-2019")
    assert "agreement" in data["refused"]["sim"]


def test_out_of_time(capsys):
    data = data_of(capsys, ELMIRA, "--time-limit", "0", code=3)
    assert (data["stopped"], data["concepts"]) == ("time_limit", {})
    assert "Stopped early" in printed(capsys, ELMIRA, "--time-limit", "0", code=3)
    data = data_of(capsys, "hanoi-2019", "--time-limit", "0", code=3)
    assert data["stopped"] == "time_limit"


def test_what_was_found_before_an_interrupt_is_kept(monkeypatch):
    analysis = dt.graph(dt.load("elmira"))
    whole = type(analysis).stable

    def interrupted(self, concept, strong=False):
        if concept == "smr":
            raise KeyboardInterrupt
        return whole(self, concept, strong)

    monkeypatch.setattr(type(analysis), "stable", interrupted)
    findings = find(analysis)
    assert (tuple(findings.stable), findings.stopped) == (("nash", "gmr"), "interrupted")


# ── from Python ────────────────────────────────────────────────────────────────────────────────


def test_frames():
    frame = dt.graph(dt.load("hanoi-2019")).to_frame("nash", "seq")
    assert list(frame.columns) == ["US", "DPRK", "ROK", "nash", "seq"]
    assert frame.loc["kumgang + full", "US"] == Fraction(4275, 2)
    assert bool(frame.loc["kumgang + full", "seq"])
    rough = dt.graph(dt.load("hanoi-2019")).to_frame("nash", exact=False)
    assert rough["US"].dtype.kind == "f"
    places = dt.graph(dt.load("elmira")).to_frame()
    assert list(places.columns)[3:] == ["nash", "gmr", "smr", "seq", "sseq"]
    assert places.iloc[:, 0].min() == 1


def test_notebook():
    shown = dt.graph(dt.load("hanoi-2019"))._repr_html_()
    assert "<td>kumgang + full</td>" in shown
    assert "<td>GMR, SMR, SEQ, SSEQ</td>" in shown


def test_misperception_is_told(capsys, monkeypatch):
    """A takes what B prefers otherwise than it is: both stay where only A's view holds them."""
    from dataclasses import replace

    from detente.show.graph_words import view_lines

    moves = {"A": [(0, 1), (1, 0), (2, 3), (3, 2)], "B": [(0, 2), (2, 0), (1, 3), (3, 1)]}
    actual = Conflict.of(moves, [[3, 4, 1, 2], [3, 1, 4, 2]])
    view = Conflict.of(moves, [[4, 3, 1, 2], [4, 1, 3, 2]])
    text = "\n".join(view_lines(find(graph(replace(actual, views={"B": view})), ["nash"])))
    assert "Nash as A sees it (as it is): 4." in text
    assert "Nash as B sees it: 1 and 4." in text
    assert "Nash by each side's own view: 4." in text
