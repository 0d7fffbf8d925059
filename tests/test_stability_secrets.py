"""Verdicts under hidden information: by sequential equilibria, types and beliefs."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction

import pytest

import detente as dt
from detente.cli import run
from detente.errors import NotSupported
from detente.game.builder import Builder
from detente.game.tree import Bundle, Game, Role
from detente.show.data import report_data
from detente.solvers import solve
from detente.stability.hidden_turning import simplest
from detente.stability.knowledge import Knowledge, of_type
from detente.stability.readings import read, sequential_equilibria, table_of
from detente.stability.sequential import AFTER
from detente.stability.story import story
from detente.summit.summit import Summit

FREEZE = """
detente: 1
title: A freeze with a North that may hedge
sides: {US: , DPRK: }
types: {DPRK: {sincere: 1 - doubt, hedging: doubt}}
parameters:
  doubt: {value: 2/7, range: [0, 1], source: chosen}
  detection: {value: 1/2, range: [0, 1], source: chosen}
terms:
  relief: {by: US, levels: {none: , some: {worth: {US: -1, DPRK: 2}}}}
  reactor: {by: DPRK, levels: {none: , frozen: {worth: {US: 4, DPRK: -1}}}}
protocol: {kind: take-it-or-leave-it, proposer: US}
carrying_out:
  - compliance: freeze
    by: DPRK
    when: reactor == frozen
    unseen_by: US
    breaches:
      restart:
        detected: detection
        undoes: [reactor]
        worth: {DPRK: "3 if DPRK == hedging else -2"}
    false_alarm: 1/10
    answered_by: US
"""


@pytest.fixture(autouse=True)
def soon(monkeypatch):
    """The talks as written have many equilibria: the first of them will do here."""
    monkeypatch.setattr("detente.stability.readings.SECONDS", 0.7)


@pytest.fixture(scope="module")
def freeze() -> Summit:
    return Summit.read(FREEZE, "freeze.yaml")


@pytest.fixture(scope="module")
def verdict(freeze):
    return dt.stability(freeze, bundles=["some + frozen"])["some + frozen"]


def signalling(prior: str = "1/3", temptation: int = 2) -> Game:
    """A typed B is offered a deal by A, who does not know; only the hedging gain by breaking it.

    A gets 2 of a deal that is kept and -1 of one that is broken: it offers iff the prior of
    hedging is at most 2/3.
    """
    b = Builder(["A", "B"], title="Signed blind", bundles=[Bundle("deal", {"deal": "yes"})])
    offers = {}
    for kind, gain in (("sincere", -1), ("hedging", temptation)):
        kept = b.tag(b.end(2, 1), Role.KEPT, "deal")
        broken = b.tag(b.end(-1, 1 + gain), Role.BROKEN, "deal")
        moves = {"comply": kept, "cheat": broken}
        signed = b.tag(b.decide("B", moves, label=f"carry out, {kind}"), Role.SIGNED, "deal")
        refused = b.end(0, 0)
        moves = {"accept": signed, "refuse": refused}
        offers[kind] = b.tag(b.decide("A", moves, infoset="answer"), Role.OFFERED, "deal")
    p = Fraction(prior)
    root = {"sincere": (1 - p, offers["sincere"]), "hedging": (p, offers["hedging"])}
    return b.build(b.chance(root, label="type"))


# ── a tree by hand ─────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("prior", "temptation", "acceptable", "honoured"),
    [
        ("1/3", 2, "always", "never"),  # signed at the risk of 1/3
        ("3/4", 2, "never", "never"),  # too likely to be cheated
        ("3/4", -1, "always", "always"),  # nobody is tempted
        ("1/3", -1, "always", "always"),
        ("0", 2, "always", "always"),  # those who would cheat do not occur
    ],
)
def test_a_deal_signed_blind(prior, temptation, acceptable, honoured):
    report = dt.stability(signalling(prior, temptation))
    verdict = report["deal"]
    assert report.concept == "sequential"
    assert (verdict.modal["acceptable"], verdict.modal["honoured"]) == (acceptable, honoured)
    holds = acceptable == honoured == "always"
    assert verdict.stable == holds
    assert (verdict.word == "stable") == holds
    whole = report.complete == "all"
    assert verdict.strict == (holds if whole or not holds else None)
    cheats = honoured == "never" and acceptable == "always"
    signs = int(acceptable == "always")
    assert verdict.agreed == (signs, signs)
    assert verdict.kept == ((Fraction(2, 3),) * 2 if cheats else (signs, signs))
    assert verdict.values == {"A": 2, "B": 1}
    assert verdict.certificate.concept == "sequential"
    assert (verdict.certificate.verdict, verdict.certificate.max_regret) == ("proved", 0)


def test_reasons_name_the_type_and_the_belief():
    cheats = dt.stability(signalling("1/3"))["deal"].reasons
    (breach,) = cheats
    assert (breach.party, breach.type, breach.move) == ("B", "hedging", "cheat")
    assert (breach.kind, breach.gain, breach.belief) == ("breaks", 2, None)
    assert breach.text == (
        "A hedging B breaks it: it gains 2 by cheating: that brings 3, complying 1."
    )
    refusal, breach = dt.stability(signalling("3/4"))["deal"].reasons
    assert (refusal.party, refusal.type, refusal.kind) == ("A", "", "refuses")
    assert refusal.gain == Fraction(1, 4)  # 1/4 · 2 - 3/4 · 1 = -1/4 against nothing
    assert refusal.belief.odds == {"sincere": Fraction(1, 4), "hedging": Fraction(3, 4)}
    assert refusal.belief.about == "B"
    assert "believes B sincere with probability 0.25" in refusal.text
    assert breach.kind == "breaks"
    assert "would break it" in breach.text  # nobody signs


def test_json_has_types_and_beliefs():
    data = json.loads(json.dumps(report_data(dt.stability(signalling("3/4")))))
    refusal, breach = data["bundles"][0]["reasons"]
    assert set(refusal) == {
        "party", "node", "move", "gain", "text", "kind", "hangs_on", "type", "belief",
    }  # fmt: skip
    assert refusal["belief"] == {
        "party": "A", "infoset": "answer", "about": "B",
        "odds": {"sincere": "1/4", "hedging": "3/4"},
    }  # fmt: skip
    assert (refusal["type"], breach["type"]) == (None, "hedging")
    assert data["agreed_over"] in (
        "all sequential equilibria", "the extreme sequential equilibria",
        "the sequential equilibria found",
    )  # fmt: skip


def test_a_frame_has_a_row_a_bundle():
    pytest.importorskip("pandas")
    row = dt.stability(signalling("3/4")).to_frame().loc["deal"]
    assert (row["verdict"], row["stable"]) == ("refused and broken", False)


# ── a proper subgame after the signature ───────────────────────────────────────────────────────


def guessing(outside: int) -> Game:
    """A signs or not; then A may comply or cheat while B, not seeing it, checks or trusts.

    Cheating brings A 2 more unless checked, then 2 less; checking costs B 1, and saves it 3 then.
    Neither has a best move in pure strategies: A cheats with probability 1/4, B checks with
    probability 1/2, and A gets 1, as if it complied.
    """
    b = Builder(["A", "B"], bundles=[Bundle("deal", {"deal": "yes"})])
    checks = []
    for came, (left, right) in {"comply": ((1, 2), (1, 1)), "cheat": ((3, -3), (-1, 0))}.items():
        moves = {"trust": b.end(*left), "check": b.end(*right)}
        node = b.decide("B", moves, infoset="check")
        checks.append((came, b.tag(node, Role.BROKEN, "deal") if came == "cheat" else node))
    signed = b.tag(b.decide("A", dict(checks), label="carry out"), Role.SIGNED, "deal")
    moves = {"accept": signed, "refuse": b.end(outside, 0)}
    return b.build(b.tag(b.decide("A", moves, label="answer"), Role.OFFERED, "deal"))


def test_a_mixed_breach_is_told_with_its_probability():
    verdict = dt.stability(guessing(0))["deal"]
    assert (verdict.acceptable, verdict.honoured, verdict.stable) == (True, False, False)
    assert verdict.broken == (Fraction(1, 4), Fraction(1, 4))
    (reason,) = verdict.reasons
    assert (reason.party, reason.kind, reason.gain) == ("A", "breaks", 0)
    assert "with probability 0.25" in reason.text
    assert reason.belief.odds == {"A: comply": Fraction(3, 4), "A: cheat": Fraction(1, 4)}
    assert "B believes" in reason.text


def test_what_is_signed_by_nobody_is_judged_from_the_signature_on():
    verdict = dt.stability(guessing(2))["deal"]
    assert verdict.modal["acceptable"] == "never"
    assert verdict.modal["honoured"] == "never"
    assert verdict.played == {"A": (1, 1), "B": (Fraction(3, 4), Fraction(3, 4))}
    if dt.solve(guessing(0), all=True).complete == "all":
        assert verdict.proof["honoured"] == AFTER


def test_a_chance_that_never_comes_breaks_nothing():
    """A type of probability zero would break the deal: it does not count."""
    verdict = dt.stability(signalling("0"))["deal"]
    assert verdict.stable


# ── a summit with types and a hidden step ──────────────────────────────────────────────────────


def test_the_hedging_restart(verdict):
    """An alarm leaves the US with a belief of 2/3 (1/7 against 1/14): it upholds for 1/3."""
    assert verdict.modal["acceptable"] == "always"
    assert (verdict.honoured, verdict.broken) == (False, (Fraction(2, 7), Fraction(2, 7)))
    (breach,) = verdict.reasons
    assert (breach.party, breach.type, breach.kind) == ("DPRK", "hedging", "breaks")
    assert (breach.move, breach.gain) == ("restart", 4)
    assert (breach.belief.party, breach.belief.about) == ("US", "")
    assert breach.belief.odds["hedging DPRK: restart"] == Fraction(2, 3)
    assert breach.belief.odds["sincere DPRK: comply"] == Fraction(1, 3)
    assert "‘alarm’ follows with probability 0.5" in breach.text
    assert breach.text.endswith("and answers by upholding.")


def test_the_freeze_holds_where_nobody_hedges(freeze):
    sure = dt.stability(freeze.at(doubt="0"), bundles=["some + frozen"])["some + frozen"]
    assert sure.honoured
    assert sure.stable


def test_stories_go_by_type_and_belief(freeze, verdict):
    told = story(freeze, "some + frozen")
    titles = [section.title for section in told.sections]
    assert [title for title in titles if title != "In other equilibria"] == [
        "In short", "What is in the deal", "What it is worth", "Who knows what", "Who signs",
        "Carrying it out", "In the talks as written", "What it hangs on", "What vouches for it",
    ]  # fmt: skip
    text = repr(told)
    assert "DPRK alone knows whether it is: sincere ≈0.7143, hedging ≈0.2857 (the prior)." in text
    assert "DPRK (hedging): comply or restart:" in text
    assert "It believes DPRK sincere with probability ≈0.7143" in text
    assert told.verdict.reasons[0].text in text


def test_the_command_line_prints_it(tmp_path, capsys):
    path = tmp_path / "freeze.yaml"
    path.write_text(FREEZE)
    assert run(["stability", str(path)]) == 0
    text = capsys.readouterr().out
    assert "sequential equilibri" in text
    assert "DPRK (hedging) gains" in text
    assert run(["explain", str(path), "some + frozen", "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert data["concept"] == "sequential"
    assert data["bundle"]["reasons"][0]["type"] == "hedging"


# ── what is said of completeness ───────────────────────────────────────────────────────────────


def test_no_method_leaves_the_verdict_open(monkeypatch):
    def refuse(*given, **asked):
        raise NotSupported("three sides move here.")

    monkeypatch.setattr("detente.solvers.solve", refuse)
    report = dt.stability(signalling())
    verdict = report["deal"]
    assert (verdict.acceptable, verdict.honoured, verdict.stable, verdict.selected) == (None,) * 4
    assert verdict.word == "not decided"
    for question in ("acceptable", "honoured", "stable", "selected"):
        assert "three sides move here." in verdict.notes[question]
    assert report.complete == "some"
    assert report.reason == "three sides move here."
    assert report.talks is None


def test_one_equilibrium_has_to_do_where_all_are_refused(monkeypatch):
    from detente.solvers import solve

    def one_only(game, concept, all=False, time_limit=None):
        if all:
            raise NotSupported("there are too many.")
        return solve(game, concept=concept, time_limit=time_limit)

    monkeypatch.setattr("detente.solvers.solve", one_only)
    report = dt.stability(signalling())
    assert (report.complete, report.agreed_over) == ("one", "one sequential equilibrium")
    assert report.reason == "there are too many."
    assert report["deal"].modal["acceptable"] == "always"


def test_no_time_is_said():
    report = dt.stability(signalling(), time_limit=0)
    assert (report.stopped, report.complete, len(report)) == ("time_limit", "some", 0)
    assert "after 0 of 1 bundles" in report.reason


def test_an_interrupt_keeps_the_bundles_judged(monkeypatch, freeze):
    plain, calls = sequential_equilibria, []

    def second(*given, **how):
        calls.append(given)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return plain(*given, **how)

    monkeypatch.setattr("detente.stability.sequential.sequential_equilibria", second)
    report = dt.stability(freeze)
    assert report.stopped == "interrupted"
    assert len(report) < report.asked == 4


@pytest.mark.parametrize("stopped", ["interrupted", "time_limit"])
def test_a_list_of_the_talks_that_is_cut_short_is_kept_and_said_to_be(monkeypatch, freeze, stopped):
    def cut(game, *given, **how):
        found = solve(game, *given, **how)
        talks = game is freeze.game and how.get("all")
        return replace(found, stopped=stopped) if talks else found

    monkeypatch.setattr("detente.solvers.solve", cut)
    monkeypatch.setattr("detente.stability.readings.SECONDS", 60)
    report = dt.stability(freeze, time_limit=20)
    assert (report.stopped, len(report)) == (stopped, 4)
    assert "before all sequential equilibria of the talks as written were listed" in report.reason
    assert all(verdict.agreed is not None for verdict in report)


def test_an_interrupt_in_a_table_ends_it_there(monkeypatch, freeze):
    def cut(game, *given, **how):
        return replace(solve(game, *given, **how), stopped="interrupted")

    monkeypatch.setattr("detente.solvers.solve", cut)
    report = dt.stability(freeze)
    assert report.stopped == "interrupted"
    assert len(report) < report.asked == 4


# ── who knows what ─────────────────────────────────────────────────────────────────────────────


def test_types_are_what_one_side_knows_and_another_does_not():
    game = signalling()
    knowledge = Knowledge(game)
    labels = list(game.infosets.label[: game.infosets.num_player_infosets])
    assert knowledge.type_of(labels.index("carry out, hedging")) == "hedging"
    assert knowledge.type_of(labels.index("answer")) == ""
    assert list(knowledge.private.values()) == [1]


def test_types_of_two_sides_drawn_together(freeze):
    text = FREEZE.replace("types: {DPRK:", "types: {US: {weak: 1/2, strong: 1/2}, DPRK:")
    game = Summit.read(text).table(3)
    knowledge = Knowledge(game)
    assert knowledge.private == {"US": 0, "DPRK": 1}
    kinds = {
        (game.players[int(game.infosets.mover[h])], knowledge.type_of(h))
        for h in range(game.infosets.num_player_infosets)
    }
    assert kinds == {
        ("US", "weak"), ("US", "strong"), ("DPRK", "sincere"), ("DPRK", "hedging"),
    }  # fmt: skip


def test_types_of_sides_whose_names_begin_alike():
    text = FREEZE.replace("US", "North").replace("DPRK ==", "'North Korea' ==")
    text = text.replace("DPRK", "North Korea").replace(
        "types: {", "types: {North: {weak: 1/2, strong: 1/2}, "
    )
    game = Summit.read(text).table(3)
    knowledge = Knowledge(game)
    assert knowledge.private == {"North": 0, "North Korea": 1}
    own = game.infosets.label.index("North Korea (hedging): comply or restart")
    assert knowledge.type_of(own) == "hedging"


def test_a_chance_move_that_all_see_is_no_type():
    b = Builder(["A", "B"])
    moves = [b.decide("A", {"l": b.end(0, 0), "r": b.end(1, 0)}, label=name) for name in "xy"]
    game = b.build(b.chance([("x", (Fraction(1, 2), moves[0])), ("y", (Fraction(1, 2), moves[1]))]))
    assert Knowledge(game).private == {}
    assert of_type("A", "") == "A"
    assert of_type("A", "untrustworthy") == "An untrustworthy A"


def test_readings_average_over_those_who_sign():
    """In the pooling equilibrium a third of those who sign break it."""
    game = signalling("1/3")
    table = table_of(game, 0)
    (play,) = sequential_equilibria(game, None).plays
    reading = read(table, play)
    assert (reading.accepted, reading.broken, reading.reached) == ((1, 1), Fraction(1, 3), True)
    assert table.consents == {0: 0}


# ── at other values ────────────────────────────────────────────────────────────────────────────

TEMPTED = """
detente: 1
title: A deal signed blind
sides: {A: , B: }
parameters:
  gain: {value: 2, range: [-1, 5], source: chosen}
  loss: {value: 1, range: [0, 10], source: chosen}
terms: {deal: {by: A, levels: {none: , yes: }}}
tree:
  chance: type
  moves:
    sincere:
      probability: 2/3
      player: A
      infoset: answer
      offers: yes
      moves:
        refuse: {worth: {A: 0}}
        accept: {signs: yes, keeps: yes, worth: {A: 2, B: 1}}
    hedging:
      probability: 1/3
      player: A
      infoset: answer
      offers: yes
      moves:
        refuse: {worth: {A: 0}}
        accept:
          signs: yes
          player: B
          moves:
            comply: {keeps: yes, worth: {A: 2, B: 1}}
            cheat: {breaks: yes, worth: {A: -loss, B: 1 + gain}}
"""


def test_where_the_verdict_turns():
    """B keeps it iff gain <= 0; A's loss only decides whether it signs."""
    told = story(Summit.read(TEMPTED), 1)
    (turning,) = told.turnings
    assert (turning.parameter, turning.at, turning.above) == ("gain", (0, 0), False)
    assert turning.exact
    assert (turning.stable, turning.there) == (True, True)
    assert "gain (now 2; range -1 to 5): it would hold at 0 or less." in repr(told)


def test_signing_turns_at_other_values():
    """With B kept from cheating by nothing, A signs iff 2/3 · 2 > 1/3 · loss: up to a loss of 4."""
    for loss, signs in (("39/10", "always"), ("41/10", "never")):
        verdict = dt.stability(Summit.read(TEMPTED).at(loss=loss))["yes"]
        assert (verdict.modal["acceptable"], verdict.modal["honoured"]) == (signs, "never"), loss


@pytest.mark.parametrize(
    ("low", "high", "between"),
    [
        ("1/3", "1/2", "1/2"),
        ("0.49", "0.491", "25/51"),
        ("-1/2", "1/3", "0"),
        ("-0.4", "-0.3", "-1/3"),
        ("2", "2", "2"),
    ],
)
def test_the_simplest_fraction(low, high, between):
    assert simplest(Fraction(low), Fraction(high)) == Fraction(between)
