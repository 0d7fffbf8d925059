"""Ties without number: where sets grow too large, bounds decide what they can and say the rest."""

from __future__ import annotations

import json
from fractions import Fraction

import pytest

import detente as dt
from detente.cli import run
from detente.game.builder import Builder
from detente.game.tree import Bundle, Game, Role
from detente.show.data import report_data
from detente.stability.proof import BOUNDS, UNIQUE, WITNESSES

DEAL = Bundle("deal", {"deal": "yes"})
BRANCHES = 16
"""Tied branches: 2**16 payoff vectors, beyond what is listed."""


def talks(
    refuse: Fraction | int, *, breaches: bool = False, best_first: bool = True
) -> Game:
    """US accepts or takes `refuse`; then chance picks a branch where DPRK is indifferent.

    In branch k of BRANCHES the one choice brings US 2**k over what the other does, so that every
    combination of choices has a value of its own, from 0 to (2**BRANCHES - 1) / BRANCHES.
    """
    b = Builder(["US", "DPRK"], title="Ties", bundles=[DEAL])
    branches = {}
    for k in range(BRANCHES):
        good, bad = b.end(2**k, 0), b.end(0, 0)
        first, second = (good, bad) if best_first else (bad, good)
        if breaches:
            b.tag(second, Role.BROKEN, "deal")
        choice = b.decide("DPRK", {"comply": first, "cheat": second}, label=f"branch {k}")
        branches[str(k)] = (Fraction(1, BRANCHES), choice)
    signed = b.tag(b.chance(branches, label="where"), Role.SIGNED, "deal")
    root = b.decide("US", {"accept": signed, "refuse": b.end(refuse, 0)}, label="answer")
    return b.build(b.tag(root, Role.OFFERED, "deal"))


MOST = Fraction(2**BRANCHES - 1, BRANCHES)


def test_bounds_decide_where_they_suffice():
    report = dt.stability(talks(-1))
    (verdict,) = report
    assert report.complete == "some"
    assert "bounds decide" in report.reason
    assert set(verdict.modal.values()) == {"always"}
    assert verdict.proof["acceptable"] == BOUNDS
    assert (verdict.stable, verdict.strict, verdict.selected) == (True, True, True)
    assert verdict.played["US"] == (0, MOST)
    refused = dt.stability(talks(MOST + 1))["deal"]
    assert refused.modal["acceptable"] == "never"
    assert refused.stable is False


def test_two_certified_witnesses_settle_what_bounds_leave_open():
    (verdict,) = dt.stability(talks(-1, breaches=True))
    assert verdict.modal["honoured"] == "sometimes"
    assert verdict.proof["honoured"] == WITNESSES
    both = verdict.witnesses["honoured"]
    assert both.holds.certificate.verdict == both.fails.certificate.verdict == "proved"
    assert (verdict.stable, verdict.strict) == (True, False)


def test_one_certified_equilibrium_is_enough_for_yes_and_the_rest_is_said_to_be_open():
    # The first equilibrium brings US the most; what falls short of 1/16 is 2**16 - 2 choices away.
    report = dt.stability(talks(Fraction(1, 2 * BRANCHES)))
    (verdict,) = report
    assert verdict.modal["acceptable"] is None
    assert (verdict.acceptable, verdict.stable, verdict.strict) == (True, True, None)
    assert "certified equilibrium" in verdict.notes["acceptable"]
    assert verdict.selected is None or verdict.selected
    assert "acceptable" not in verdict.proof


def test_what_is_not_decided_is_none_with_the_reason():
    game = talks(MOST - Fraction(1, 2 * BRANCHES), best_first=False)
    report = dt.stability(game)
    (verdict,) = report
    assert (verdict.acceptable, verdict.stable, verdict.strict) == (None, None, None)
    assert verdict.word == "not decided"
    assert verdict.notes["acceptable"].startswith("not decided:")
    assert verdict.agreed == (0, 1)
    assert verdict.selected is None
    assert verdict.notes["selected"].startswith("not decided:")
    row = json.loads(json.dumps(report_data(report)))["bundles"][0]
    assert (row["acceptable"], row["selected"]) == (None, None)
    assert row["modal"]["acceptable"] is None
    assert row["notes"]["acceptable"]
    assert row["certificate"]["verdict"] == "proved"


def test_a_file_of_ties_without_number_is_answered_by_the_command(capsys, tmp_path):
    branches = "".join(
        f"        b{k}: {{probability: 1/{BRANCHES}, player: DPRK, "
        f"moves: {{comply: {{worth: {{}}}}, cheat: {{worth: {{US: {2**k}}}}}}}}}\n"
        for k in range(BRANCHES)
    )
    path = tmp_path / "ties.yaml"
    path.write_text(
        "detente: 1\ntitle: Ties\nsides: [US, DPRK]\n"
        "terms: {deal: {by: DPRK, levels: [no, yes]}}\n"
        "tree:\n  player: US\n  offers: {deal: yes}\n  moves:\n"
        f"    refuse: {{worth: {{US: {MOST - Fraction(1, 2 * BRANCHES)}}}}}\n"
        f"    accept:\n      signs: {{deal: yes}}\n      moves:\n{branches}"
    )
    assert run(["stability", str(path)]) == 0
    text = " ".join(capsys.readouterr().out.split())  # wherever the lines are broken
    assert "not decided" in text
    assert "by bounds where they are too many to list" in text
    assert run(["stability", str(path), "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    row = next(row for row in data["bundles"] if row["terms"] == {"deal": "yes"})
    assert (data["complete"], row["acceptable"], row["agreed"]) == ("some", None, ["0", "1"])


@pytest.mark.parametrize("refuse", [-1, MOST + 1])
def test_a_strict_answer_needs_no_bounds_where_nothing_is_tied(refuse):
    b = Builder(["US"], bundles=[DEAL])
    signed = b.tag(b.end(1), Role.SIGNED, "deal")
    root = b.decide("US", {"accept": signed, "refuse": b.end(refuse)})
    report = dt.stability(b.build(b.tag(root, Role.OFFERED, "deal")))
    assert report.complete == "all_pure"
    assert report.proof == UNIQUE
