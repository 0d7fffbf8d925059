"""Enforcement where a second reading of the documentation had found it wrong."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

import detente as dt
from detente.cli import run
from detente.errors import NotSupported
from detente.stability.enforcement.instalments import Giver, patience
from detente.stability.enforcement.ladder import Climb, ladder
from detente.stability.enforcement.renewed import renewed
from detente.stability.enforcement.repeated import Lengths, Stage, holds, lengths
from detente.stability.enforcement.shares import shares
from detente.stability.enforcement.stages import Repeated

F = Fraction


def swap(steps: str) -> dt.Summit:
    """Oil by the year for a freeze, with a carrying-out."""
    return dt.Summit.read(TEXT.format(steps=steps))


TEXT = """
detente: 1
title: A swap by the year
sides: [A, B]
horizon: 10
terms:
  oil: {{by: A, levels: {{none: , flows: {{worth: {{A: {{per_year: -2}}, B: {{per_year: 5}}}}}}}}}}
  freeze:
    by: B
    levels: {{none: , frozen: {{worth: {{A: {{per_year: 4}}, B: {{per_year: -3}}}}}}}}
protocol: {{kind: take-it-or-leave-it, proposer: A}}
carrying_out:
{steps}
"""


def stages_of(summit: dt.Summit, side: str) -> dict[tuple[str, ...], Fraction]:
    """Way to cheat → what it adds, of a side that has one stage."""
    repeated = Repeated(summit)
    found = repeated.stages(summit.bundle_index("flows + frozen"))
    (stage,) = [stage for stage in found if stage.side == side]
    return {cheat.moves: cheat.gain for cheat in stage.temptations}


def test_a_breach_whose_step_is_skipped_adds_nothing() -> None:
    """The second breach is open in another bundle only; the two together are no way to cheat."""
    summit = swap("""
  - {compliance: works, by: B, breaches: {restarts: {detected: 1/2}}}
  - compliance: sales
    by: B
    when: freeze == none
    breaches: {sells: {detected: 1/2, worth: {B: 7}}}
""")
    assert stages_of(summit, "B") == {("restarts",): 3}


def test_what_only_a_breach_leads_to_is_part_of_what_it_gains() -> None:
    summit = swap("""
  - {compliance: works, by: B, breaches: {restarts: {detected: 1/2}}}
  - chance: accident
    when: works == restarts
    outcomes: {none_so_far: 3/4, happens: {probability: 1/4, worth: {B: -8}}}
""")
    assert stages_of(summit, "B") == {("restarts",): 3 - 2}


def test_false_alarms_of_what_a_cheat_complies_with_ring_as_well() -> None:
    """Two steps of one side, each with an alarm: cheating in one leaves the other's mistakes."""
    def steps(names: list[str]) -> str:
        return "".join(
            f"  - {{compliance: {name}, by: B, unseen_by: A, answered_by: A, false_alarm: 1/10, "
            f"breaches: {{cheats_{name}: {{detected: 1/2, worth: {{B: 1}}}}}}}}\n"
            for name in names
        )

    both = swap(steps(["works", "sales"]))
    stage = Repeated(both).stages(both.bundle_index("flows + frozen"))[1]
    alone = next(cheat for cheat in stage.temptations if len(cheat.moves) == 1)
    assert stage.noise == 1 - F(9, 10) ** 2
    assert alone.alarm(None) == 1 - F(1, 2) * F(9, 10)
    assert alone.detected == F(1, 2)


def test_false_alarms_of_each_case_are_its_own() -> None:
    summit = swap("""
  - {chance: weather, outcomes: {fair: 1/2, foul: 1/2}}
  - compliance: works
    by: B
    unseen_by: A
    answered_by: A
    false_alarm: 1/5 if weather == foul else 0
    breaches: {restarts: {detected: 1/2 if weather == fair else 3/4}}
""")
    found = renewed(Repeated(summit), summit.bundle_index("flows + frozen"))
    north = next(keeper for keeper in found.keepers if keeper.side == "B")
    assert sorted(stage.noise for stage in north.stages) == [0, F(1, 5)]
    # d ≥ G / ((q - a) K + (1 - a) G), the worse of the two cases, with G = 3 and K = 2.
    fair, foul = F(3, 1 + 3), F(3) / (F(11, 20) * 2 + F(4, 5) * 3)
    assert north.sets["patience"].infimum == max(fair, foul) == foul


def test_a_breach_worth_what_chance_was_worth_still_counts_in_a_step() -> None:
    """Both are worth the same to B; only what the breach itself brings is new."""
    def least(luck: int) -> Fraction | None:
        summit = swap(f"""
  - {{chance: luck, outcomes: {{good: {{probability: 1/2, worth: {{B: {luck}}}}}, bad: 1/2}}}}
  - {{compliance: works, by: B, breaches: {{restarts: {{detected: 1/2, worth: {{B: 5}}}}}}}}
""")
        bundle = summit.bundle_index("flows + frozen")
        rise = Climb(Repeated(summit)).rise(bundle, bundle)
        assert rise is not None
        return next(need.least for need in rise.needs if need.moves == ("restarts",))

    # 2 + d V ≥ 2 + 3 + 5 + d V / 2, at d = 9/10.
    assert least(5) == least(6) == 8 / (F(9, 10) * F(1, 2))


def test_a_breach_by_the_year_ends_with_the_deal_in_a_step() -> None:
    """What cheating brings by the year is gained in its period, renewed or in steps."""
    summit = swap("""
  - {compliance: works, by: B, breaches: {restarts: {detected: 1, worth: {B: {per_year: 1}}}}}
""")
    assert stages_of(summit, "B") == {("restarts",): 4}
    found = ladder(Climb(Repeated(summit)), summit.bundle_index("flows + frozen"))
    # 4 now against 2 a year ever after, at a patience of 9/10.
    assert found.at_once


def test_a_side_that_concedes_nothing_may_cheat_all_the_same() -> None:
    summit = swap("""
  - compliance: promise
    by: A
    when: freeze != none
    breaches: {boasts: {detected: 1/2, worth: {A: 3}}}
""")
    found = renewed(Repeated(summit), summit.bundle_index("frozen"))
    boaster = next(keeper for keeper in found.keepers if keeper.side == "A")
    # 3 now, against 4 a year, half as likely: d ≥ 3 / (2 + 3).
    assert boaster.sets["patience"].infimum == F(3, 5)


def test_only_for_ever_is_a_length_of_its_own() -> None:
    """At the threshold of grim trigger every number of periods is too short."""
    stage = Stage.of("A", reward=3, temptation=5, punishment=1)
    found = lengths(stage, F(1, 2))
    assert holds(stage, F(1, 2))
    assert (found.shortest, found.for_ever, found.endless) == (None, True, True)
    assert (found & Lengths(2)).for_ever
    assert (found & Lengths(0, 7)) == Lengths(None)


def test_steps_begin_from_nothing_where_nothing_is_no_bundle() -> None:
    """A gives 2 a year and gets nothing: no first step, though no bundle lies below."""
    summit = swap("""
  - {compliance: deliveries, by: A, breaches: {stops: {detected: 1}}}
feasible: [oil == flows]
""")
    found = ladder(Climb(Repeated(summit)), summit.bundle_index("flows"))
    assert not found.complete
    assert found.path == ()
    assert found.undone == {"oil": ("none", "flows")}


def test_what_is_given_gladly_is_a_schedule_at_any_patience() -> None:
    glad = Giver("A", F(-1), F(1), F(1, 2))
    held = Giver("B", F(1), F(1), F(1, 2))
    assert patience(glad, held).is_empty
    assert patience(glad, held, whole=False).is_everything


def test_too_many_ways_to_cheat_are_refused_at_once() -> None:
    steps = "".join(
        f"  - {{compliance: s{i}, by: B, breaches: {{cheats{i}: {{detected: 1/2}}}}}}\n"
        for i in range(30)
    )
    summit = swap(steps)
    with pytest.raises(NotSupported, match=r"1,073,741,823 ways"):
        renewed(Repeated(summit), summit.bundle_index("flows + frozen"))
    (entry,) = dt.enforcement(summit, "flows + frozen")
    assert entry.renewed is None
    assert entry.ladder is None
    assert "B may cheat" in entry.notes["renewed"]
    assert entry.one_shot


def test_no_shares_where_only_some_of_a_part_can_be_taken_back() -> None:
    summit = dt.load("hanoi-2019")
    assert isinstance(summit, dt.Summit)
    with pytest.raises(NotSupported, match="only some of what DPRK concedes"):
        shares(Repeated(summit), summit.bundle_index("civilian + dismantled + inspected"))


def test_nothing_to_breach_needs_no_word_on_punishments(capsys: pytest.CaptureFixture[str]) -> None:
    run(["enforce", "hanoi-2019-false-alarms", "kumgang_kaesong"])
    said = capsys.readouterr().out
    assert "US has nothing to breach." in said
    assert "punishment" not in said


def test_what_is_not_looked_at_is_said_above_the_table(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    steps = "".join(
        f"  - {{compliance: s{i}, by: B, breaches: {{c{i}: {{detected: 1/2}}}}}}\n"
        for i in range(20)
    )
    file = tmp_path / "many.yaml"
    file.write_text(TEXT.format(steps=steps))
    assert run(["enforce", str(file)]) == 0
    assert "2 are not looked at: B may cheat in 1,048,575 ways" in capsys.readouterr().out
