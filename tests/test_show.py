"""Tables, JSON and equilibria as they are shown."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from rich.console import Console
from rich.table import Table

import detente as dt
from detente.game.beliefs import Beliefs
from detente.game.builder import Builder
from detente.game.mixed import MixedProfile
from detente.game.profile import Profile
from detente.game.strategic import StrategicGame
from detente.loading import shipped
from detente.show.behavior import behavior, node_names
from detente.show.data import report_data, story_data
from detente.show.equilibria import result_data
from detente.show.facts import facts_lines
from detente.show.heading import heading
from detente.show.listing import result_lines
from detente.show.numbers import number
from detente.show.paper import print_story
from detente.show.rows import rows_of, shortfall
from detente.show.tables import print_report, report_parts
from detente.solvers.collect import Claim, Found, collect
from detente.solvers.registry import Request
from detente.solvers.result import Component
from detente.stability.story import story
from detente.stability.words import amount, listed, plain, rounded

KEYS = {
    "name", "terms", "values", "played", "breakdown", "acceptable", "honoured", "stable",
    "selected", "strict", "modal", "agreed", "kept", "reasons",
}  # fmt: skip


@pytest.fixture(scope="module")
def hanoi():
    return dt.load("hanoi-2019")


@pytest.fixture(scope="module")
def report(hanoi):
    return dt.stability(hanoi)


def entry() -> dt.Game:
    b = Builder(["Entrant", "Incumbent"], title="Entry deterrence")
    again = b.decide("Entrant", {"exit": b.end(0, 1), "stay": b.end(1, 1)}, label="after")
    reply = b.decide("Incumbent", {"fight": b.end(-1, -1), "share": again}, label="reply")
    return b.build(b.decide("Entrant", {"out": b.end(0, 2), "in": reply}, label="entry"))


# ── numbers ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Fraction(-2), "-2"),
        (Fraction(0), "0"),
        (Fraction(7, 10), "0.7"),
        (Fraction(2, 3), "≈0.6667"),
        (Fraction(-1, 7), "≈-0.1429"),
        (Fraction(123456, 10), "12345.6"),
        (Fraction(1, 10**9), "1e-9"),
        (Fraction(10**20), "1e+20"),
        (Fraction(1_000_000), "1000000"),
    ],
)
def test_numbers_are_exact_where_short_and_marked_where_rounded(value, text):
    assert plain(value) == text
    assert rounded(value) == text.removeprefix("≈")


def test_exact_numbers_in_json_are_strings():
    values = [Fraction(3, 7), Fraction(-2), 0.25, None]
    assert [number(value) for value in values] == ["3/7", "-2", 0.25, None]
    assert amount(Fraction(1, 2), "M$") == "0.5 M$"
    assert listed(["A"]) == "A"


# ── verdicts ───────────────────────────────────────────────────────────────────────────────────


def test_json_follows_the_contract(report, hanoi):
    data = json.loads(json.dumps(report_data(report)))
    assert data["game"] == {
        "title": hanoi.title, "players": ["US", "DPRK"], "parties": ["US", "DPRK", "ROK"],
    }  # fmt: skip
    assert (data["concept"], data["complete"]) == ("spe", "all_pure")
    assert len(data["bundles"]) == len(hanoi.bundles)
    for row in data["bundles"]:
        assert row.keys() >= KEYS
        assert all(isinstance(value, str) for value in row["values"].values())
        assert all(len(pair) == 2 for pair in row["played"].values())
        for reason in row["reasons"]:
            assert {"party", "node", "move", "gain", "text", "hangs_on"} <= reason.keys()
            assert Fraction(reason["gain"]) is not None


@pytest.mark.parametrize("width", [60, 80, 120, 160, 240])
def test_the_table_fits_and_says_what_it_leaves_out(report, capsys, monkeypatch, width):
    monkeypatch.setenv("COLUMNS", str(width))
    print_report(report_parts(report, "hanoi-2019"))
    text = capsys.readouterr().out
    lines = text.splitlines()
    assert max(map(len, lines)) <= width
    assert all(line == line.rstrip() for line in lines)
    assert "\x1b" not in text
    left = lines[lines.index("Not shown (--all shows them):") + 1 :]
    counted = [int(line.split()[0]) for line in left if line.startswith("  ")]
    rows = rows_of(report, False)
    assert sum(counted) == len(rows.left) == len(report) - len(rows.shown)
    # Nothing is cut off: every word of every reason is there.
    words = set(text.split())
    assert all(set(v.reasons[0].short.split()) <= words for v in report.stable)


JUDGED = [name for name in sorted(shipped()) if getattr(dt.load(name), "bundles", ())]


@pytest.mark.parametrize("name", JUDGED)
def test_no_cell_takes_more_than_three_lines(name):
    report = dt.stability(dt.load(name))
    for width in (80, 120):
        out = Console(width=width, markup=False, emoji=False, highlight=False)
        (table,) = [part for part in report_parts(report, name, True, width=width)
                    if isinstance(part, Table)]  # fmt: skip
        rows = [len(lines) for lines in _row_lines(out, table)]
        assert max(rows) <= (3 if width > 80 else 4)


def _row_lines(out: Console, table: Table) -> list[list[str]]:
    """The printed lines of each row: those after the first begin in the reason or the name."""
    table.show_lines = True
    with out.capture() as captured:
        out.print(table)
    rows: list[list[str]] = [[]]
    for line in captured.get().splitlines()[1:]:
        if not line.strip(" ─"):
            rows.append([])
        else:
            rows[-1].append(line)
    return [row for row in rows if row]


def test_what_the_talks_settle_on_comes_first_then_what_holds_then_the_nearest_misses(
    report, capsys, monkeypatch
):
    monkeypatch.setenv("COLUMNS", "240")
    rows = rows_of(report, False)
    groups = dict(rows.groups)
    assert list(groups) == ["", "Would hold", "Nearest misses"]
    assert [v.selected for v in groups[""]] == [True]
    assert all(v.stable for v in groups["Would hold"])
    misses = groups["Nearest misses"]
    gains = [shortfall(v) for v in misses]
    assert len(gains) == 5
    assert gains == sorted(gains)
    assert max(gains) <= min(shortfall(v) for v in rows.left)
    assert groups["Would hold"][-1] is report[0]
    print_report(report_parts(report, "hanoi-2019"))
    lines = capsys.readouterr().out.splitlines()
    table = lines[[line.startswith("bundle") for line in lines].index(True) + 2 :]
    assert table[0].startswith("* all + full + inspected + declared")
    assert all(any(line.startswith(f"{v.name}  ") for line in table) for v in misses)
    assert all(v.reasons[0].short in "\n".join(table) for v in misses)
    place = [line.startswith("Nearest misses") for line in table].index(True)
    assert table[place - 1].startswith("(nobody concedes anything)")


def test_conceding_nothing_has_no_row_where_it_comes_to_no_agreement():
    talks = dt.Summit.read(NOTHING_GAINED)
    report = dt.stability(talks)
    assert len(report) > 12
    rows = rows_of(report, False)
    assert report[0] not in rows.shown
    assert report[0] in rows.left
    assert report[0] in rows_of(report, True).shown


NOTHING_GAINED = """
detente: 1
title: Fish for coal
sides: [North, South]
terms:
  fish:
    by: North
    levels: {none: , some: {worth: {North: 2, South: 1}}, half: {worth: {North: -3, South: 1}},
      most: {worth: {North: -4, South: 1}}}
  coal:
    by: South
    levels: {none: , some: {worth: {North: 1, South: -2}}, half: {worth: {North: 1, South: -3}},
      most: {worth: {North: 1, South: -4}}}
protocol: {kind: take-it-or-leave-it, proposer: South}
"""


def test_all_bundles_are_shown_when_asked(report, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "240")
    print_report(report_parts(report, all=True))
    text = capsys.readouterr().out
    for verdict in report.bundles[1:]:
        assert verdict.name in text
    assert "(nobody concedes anything)" in text
    assert "Not shown" not in text


def test_the_table_speaks_of_what_the_talks_settle_on(report, capsys):
    print_report(report_parts(report, "hanoi-2019"))
    text = capsys.readouterr().out
    for verdict in report.selected:
        assert f"settle on {verdict.name}" in text
        assert f'detente explain hanoi-2019 "{verdict.name}"' in text


def test_a_story_is_printed_and_is_data(hanoi, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")
    told = story(hanoi, "kumgang + full + inspected")
    print_story(told)
    text = capsys.readouterr().out
    assert "kumgang + full + inspected" in text
    assert "Who signs" in text
    assert max(map(len, text.splitlines())) <= 100
    data = json.loads(json.dumps(story_data(told)))
    assert data["bundle"]["name"] == "kumgang + full + inspected"
    assert data["story"][0]["title"] == "In short"
    turning = next(t for t in data["turnings"] if t["parameter"] == "follow_on_investment")
    assert turning["exact"] is True
    assert turning["at"][0] == turning["at"][1]
    assert (turning["beyond"], turning["stable_beyond"]) == ("above", True)


BROKEN = """
detente: 1
title: Fish for coal, and no inspector
sides: [North, South]
terms:
  fish: {by: North, levels: {none: , some: {worth: {North: -1, South: 3}}}}
  coal: {by: South, levels: {none: , lots: {worth: {North: 4, South: -1}}}}
protocol: {kind: take-it-or-leave-it, proposer: North}
carrying_out:
  - {compliance: north, by: North, breaches: {cheat: {detected: 0, worth: {North: 2}}}}
breakdown: {worth: {South: -2}}
"""


def printed(report, capsys, monkeypatch, width=120, **options) -> str:
    monkeypatch.setenv("COLUMNS", str(width))
    print_report(report_parts(report, "FILE", **options))
    return capsys.readouterr().out


def test_the_heading_says_who_breaks_what_is_settled_on_and_what_is_played(capsys, monkeypatch):
    text = printed(dt.stability(dt.Summit.read(BROKEN)), capsys, monkeypatch)
    assert "settle on some + lots, which would be signed and then broken by North" in text
    lines = text.splitlines()
    row = next(i for i, line in enumerate(lines) if line.startswith("* some + lots"))
    assert " 3       2 " in lines[row]
    assert lines[row + 1].startswith("  as it would be played")
    assert lines[row + 1].split()[-2:] == ["6", "-1"]


def test_the_line_on_the_talks_is_about_the_talks_whatever_is_asked(report, capsys, monkeypatch):
    (selected,) = report.selected
    one = dt.stability(report.summit, bundles=["kumgang + full + inspected"])
    assert one.selected == ()
    assert [s.name for s in one.talks] == [selected.name]
    assert f"settle on {selected.name}." in printed(one, capsys, monkeypatch)


def test_the_heading_says_where_bundles_are_judged(report, capsys, monkeypatch):
    assert "judged in the last round (3), where refusing means no agreement" in printed(
        report, capsys, monkeypatch
    )
    first = dt.stability(report.summit, round=1, bundles=[1])
    assert "judged in round 1 of 3, where refusing means going on to round 2" in printed(
        first, capsys, monkeypatch
    )
    tie = printed(dt.stability(dt.load("tie-that-matters")), capsys, monkeypatch)
    assert "may sign y (with probability 0 to 1, by equilibrium)" in tie
    assert "none of them offered" in tie
    assert "settle on" not in tie
    assert "either of two, by equilibrium: k0; k1" in printed(
        dt.stability(dt.load("ultimatum")), capsys, monkeypatch
    )


def test_payoffs_that_do_not_fit_are_said_to_be_missing(report, capsys, monkeypatch):
    text = printed(report, capsys, monkeypatch, 80)
    assert " ROK " not in text
    needed = int(text.split("Widen to ")[1].split()[0])
    wider = printed(report, capsys, monkeypatch, needed)
    assert "Widen" not in wider
    assert " ROK " in wider


def test_counts_and_headings_match_the_rows(report, capsys, monkeypatch):
    text = printed(report, capsys, monkeypatch, all=True)
    holding = sum(verdict.word.startswith("stable") for verdict in report) - 1
    assert f": {holding} would hold, besides conceding nothing." in text
    rows = rows_of(report, True)
    for title, verdicts in rows.groups[1:]:
        assert title in text
        words = {v.word.removesuffix(" on a tie") for v in verdicts}
        assert words == {title.removeprefix("Would be ").replace("Would hold", "stable")}
    assert not rows.left


# ── equilibria ─────────────────────────────────────────────────────────────────────────────────


def test_solve_json_follows_the_contract():
    game = entry()
    data = json.loads(json.dumps(result_data(dt.solve(game))))
    assert data["game"] == {
        "title": "Entry deterrence", "players": ["Entrant", "Incumbent"], "nodes": 7,
    }  # fmt: skip
    (equilibrium,) = data["equilibria"]
    assert equilibrium["payoffs"] == {"Entrant": "1", "Incumbent": "1"}
    assert equilibrium["certificate"]["verdict"] == "proved"
    assert equilibrium["certificate"]["max_regret"] == "0"
    rows = [(b["player"], b["infoset"], b["label"]) for b in equilibrium["behavior"]]
    assert rows == [("Entrant", 1, "entry"), ("Entrant", 2, "after"), ("Incumbent", 1, "reply")]
    assert equilibrium["behavior"][0]["probabilities"] == ["0", "1"]
    assert "behavior" not in result_data(dt.solve(game), "none")["equilibria"][0]


def test_infosets_that_own_moves_exclude_are_free_and_unreached_ones_off_the_path():
    game = entry()
    out = Profile.pure(game, [0, 1, 0])
    rows = {row["label"]: row["free"] for row in behavior(out)}
    # The incumbent's reply is excluded by the entrant's move, not by its own: it is not free.
    assert rows == {"entry": False, "after": True, "reply": False}
    assert [row["label"] for row in behavior(out, "path")] == ["entry"]
    mixed = Profile.mixed(game, [Fraction(1, 2), Fraction(1, 2), Fraction(0), Fraction(1), 1, 0])
    assert [row["label"] for row in behavior(mixed, "path")] == ["entry", "reply"]
    assert not any(row["free"] for row in behavior(mixed))


def test_a_chance_of_zero_is_off_the_path():
    b = Builder(["A"])
    dead, live = (
        b.decide("A", {"x": b.end(0), "y": b.end(1)}, label=label) for label in ("dead", "live")
    )
    game = b.build(b.chance({"never": (0, dead), "surely": (1, live)}))
    profile = Profile.pure(game, [1, 1])
    assert [row["label"] for row in behavior(profile, "path")] == ["live"]
    assert not any(row["free"] for row in behavior(profile))


def test_equilibria_are_told_in_lines():
    text = "\n".join(result_lines(dt.solve(entry())))
    assert "Entrant at 'entry': 'in'" in text
    assert "proved" in text


def test_facts_are_told_in_lines():
    from detente.game.facts import facts

    text = "\n".join(facts_lines(facts(entry())))
    assert "nodes: 7" in text
    assert "perfect recall: yes" in text
    huge = {**facts(entry()), "nodes": 10**400}
    assert "about 1.000e+400" in "\n".join(facts_lines(huge))


def test_a_very_long_path_is_told_up_to_a_point():
    b = Builder(["A"])
    node = b.end(1)
    for _ in range(100):
        node = b.decide("A", {"go": node})
    result = dt.solve(b.build(node))
    lines = list(result_lines(result))
    assert [line for line in lines if "'go'" in line] == lines[4:-1]
    assert lines[4:6] == ["  A at the first node: 'go'", "  A after 'go': 'go'"]
    assert lines[-1] == "  … and 40 more moves; --profile full or --json gives all."
    assert sum("'go'" in line for line in result_lines(result, "full")) == 100


def test_where_something_is_hidden_pure_equilibria_are_told_by_information_set():
    found = dt.solve(dt.load("kydd-reassurance"), concept="spe", all=True)
    lines = list(result_lines(found))
    assert found.equilibria[0].profile.is_pure
    start = lines.index("Equilibrium 1: Truster 0, Other 0  (proved, exact)")
    assert lines[start + 1 : start + 3] == [
        "  Truster at 'first move': 'trust nothing'",
        "    believes: 'trustworthy' 7/10, 'untrustworthy' 3/10",
    ]
    assert sum(line.startswith("  Truster at 'first move'") for line in lines) == 2  # one a path


def test_how_many_equilibria_there_are_is_said_in_words():
    tie = dt.load("tie-that-matters")
    one = list(result_lines(dt.solve(tie)))
    assert one[1] == (
        "1 of 2 subgame-perfect equilibria in pure strategies (--all shows both), by the method "
        "backward-induction."
    )
    assert one[2] == ""
    both = list(result_lines(dt.solve(tie, all=True)))
    assert both[1].startswith("All 2 subgame-perfect equilibria in pure strategies")
    only = list(result_lines(dt.solve(entry())))
    assert only[1].startswith("The only subgame-perfect equilibrium in pure strategies")
    huge = replace(dt.solve(tie), count=27 * 10**44)
    assert "1 of about 2.7·10^45 subgame-perfect" in list(result_lines(huge))[1]
    nines = replace(dt.solve(tie), count=10**30 - 1)
    assert "about 9.9·10^29" in list(result_lines(nines))[1]


def test_equilibria_with_the_same_path_are_not_told_twice():
    b = Builder(["A", "B"], title="Off the path")
    tied = b.decide("B", {"l": b.end(0, 0), "r": b.end(0, 0)}, label="tied")
    game = b.build(b.decide("A", {"in": tied, "out": b.end(1, 1)}, label="start"))
    lines = list(result_lines(dt.solve(game, all=True)))
    assert lines.count("  A at 'start': 'out'") == 1
    assert "  Played as equilibrium 1; it differs only off the path." in lines


def test_results_and_stories_print_in_lines():
    game = dt.load("tie-that-matters")
    assert str(dt.solve(game, all=True)).splitlines()[1:] == [
        "  <Equilibrium: One 1, Two 1 (proved)>", "  <Equilibrium: One 3, Two 5 (proved)>",
    ]  # fmt: skip
    text = str(story(game, "y"))
    assert text.startswith("A tie that matters: y\n\nIn short\n  Once signed")


def test_a_frame_of_floats_and_of_what_is_played():
    report = dt.stability(dt.Summit.read(BROKEN))
    exact, floats = report.to_frame(), report.to_frame(exact=False)
    name = "some + lots"
    assert exact["played: North most"][name] == 6
    assert isinstance(exact["value: North"][name], Fraction)
    assert floats["value: North"].dtype == "float64"
    assert floats["played: North least"][name] == 6.0


def test_what_takes_long_to_find_is_left_out(report, monkeypatch):
    monkeypatch.setattr("detente.show.data.WORK", report[0].case.elsewhere.work)
    told = [r["hangs_on"] for b in report_data(report)["bundles"] for r in b["reasons"]]
    assert told[-1] is None
    monkeypatch.setattr("detente.show.heading.QUICK", 0)
    assert not any("of the range" in line for line in heading(report))


# ── games in strategic form, hidden information, components ────────────────────────────────────


def claimed(game, concept, equilibria, claim):
    """A result as a method would give it, certified."""
    request = Request(concept, most=9, all=True)
    return collect(game, request, "pencil", [Found(*e) for e in equilibria], lambda: claim)


def signals() -> dt.Game:
    """A knows its type and speaks; B, not knowing it, answers."""
    b = Builder(["A", "B"], title="Signals")
    kinds = {}
    for kind, p in (("good", "3/4"), ("bad", "1/4")):
        words = {}
        for word in ("yes", "no"):
            trust = b.end(1, int(kind == "good"), outcome="trusted")
            moves = {"trust": trust, "leave": b.end(0, 0)}
            words[word] = b.decide("B", moves, infoset=f"after {word}")
        kinds[kind] = (Fraction(p), b.decide("A", words, label=kind))
    return b.build(b.chance(kinds, label="type"))


def test_a_game_in_strategic_form_has_strategies_and_no_nodes():
    payoffs = [(1, -1), (-1, 1), (-1, 1), (1, -1)]
    game = StrategicGame.of(["A", "B"], [["H", "T"], ["h", "t"]], payoffs, title="Pennies")
    mixed = MixedProfile.of(game, [["1/2", "1/2"]] * 2)
    result = claimed(game, "nash", [(mixed,)], Claim("all"))
    data = json.loads(json.dumps(result_data(result)))
    assert data["game"] == {"title": "Pennies", "players": ["A", "B"], "nodes": None}
    (eq,) = data["equilibria"]
    assert eq["strategies"][0] == {
        "player": "A", "strategies": ["H", "T"], "probabilities": ["1/2", "1/2"],
    }  # fmt: skip
    assert eq["outcomes"] == dict.fromkeys(["H, h", "H, t", "T, h", "T, t"], "1/4")
    assert "behavior" not in eq
    lines = list(result_lines(result))
    assert lines[1] == "The only Nash equilibrium, by the method pencil."
    assert "  A: 'H' 1/2, 'T' 1/2" in lines
    assert "strategies" not in result_data(result, "none")["equilibria"][0]


def test_beliefs_stand_beside_what_is_played():
    game = signals()
    beliefs = Beliefs.of(game, {2: ["3/4", "1/4"], 3: ["0", "1"]})
    pooling = Profile.pure(game, [0, 0, 0, 1])
    found = [(pooling, None, beliefs, True)]
    data = result_data(claimed(game, "sequential", found, Claim("some")))
    (eq,) = data["equilibria"]
    assert [entry["beliefs"] for entry in eq["behavior"]] == [
        {"good": "1"}, {"bad": "1"},
        {"good, yes": "3/4", "bad, yes": "1/4"}, {"good, no": "0", "bad, no": "1"},
    ]  # fmt: skip
    assert [entry["free"] for entry in eq["behavior"]] == [False] * 4
    assert eq["outcomes"] == {"trusted": "1"}
    assert eq["sequential"] is True
    text = "\n".join(result_lines(claimed(game, "sequential", found, Claim("some")), "full"))
    assert "believes: 'good, yes' 3/4, 'bad, yes' 1/4" in text
    assert "believes: 'bad, no' for sure" in text
    by_bayes = result_data(claimed(game, "nash", [(pooling,)], Claim("some")))
    held = [entry["beliefs"] for entry in by_bayes["equilibria"][0]["behavior"]]
    assert held[2] == {"good, yes": "3/4", "bad, yes": "1/4"}
    assert held[3] is None


def test_components_are_lists_of_positions():
    game = entry()
    out = [Profile.pure(game, [0, 0, 0]), Profile.pure(game, [0, 1, 0])]
    inside = Profile.pure(game, [1, 1, 1])
    claim = Claim(
        "components", components=(Component((0, 1), sequential=False), Component((2,), True))
    )
    found = [(out[0], None, None, False), (out[1], None, None, False), (inside, None, None, True)]
    result = claimed(game, "nash", found, claim)
    assert result.stopped == "finished", result.reason
    data = result_data(result)
    assert data["components"] == [[0, 1], [2]]
    assert data["components_sequential"] == [False, True]
    assert (data["complete"], data["count"]) == ("components", None)
    lines = list(result_lines(result))
    assert lines[1] == "All 3 extreme Nash equilibria, by the method pencil."
    assert "  1 and 2; none is sequential" in lines
    assert "  3" in lines
    assert "  Played as equilibrium 1; it differs only off the path." in lines


def test_floats_are_told_with_their_bound():
    game = signals()
    profile = Profile.mixed(game, np.array([1.0, 0, 1, 0, 1, 0, 0, 1]))
    request = Request("nash", arithmetic="float")
    result = collect(game, request, "pencil", [Found(profile)], lambda: Claim("one"))
    data = result_data(result)
    assert data["equilibria"][0]["payoffs"] == {"A": 1.0, "B": 0.75}
    assert isinstance(data["equilibria"][0]["certificate"]["max_regret"], float)
    assert "(float, nobody gains more than 0" in "\n".join(result_lines(result))


def test_nodes_of_the_same_way_have_numbers():
    b = Builder(["A"])
    moves = [b.decide("A", {"l": b.end(0)}, infoset="here") for _ in range(2)]
    game = b.build(b.chance([("x", (Fraction(1, 2), moves[0])), ("x", (Fraction(1, 2), moves[1]))]))
    assert node_names(game, [1, 3]) == ["x (node 1)", "x (node 3)"]
