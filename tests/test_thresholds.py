"""Thresholds against plain readings: on fine grids, and just beside every value that is told."""

from __future__ import annotations

import itertools
import json
import random
import re
import shlex
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from brute_force import SecondReading
from random_summits import random_summit_data
from test_following import Plain, random_tree

import detente as dt
from detente.cli import run
from detente.stability.following.algebraic import Root
from detente.stability.following.course import standing
from detente.stability.following.union import Interval
from detente.stability.robustness.along import axes
from detente.stability.robustness.along import thresholds as module
from detente.stability.robustness.draws.bits import INVALID
from detente.stability.robustness.draws.verdicts import verdicts

F = Fraction
TINY = F(1, 10**12)
QUESTIONS = ("acceptable", "honoured", "stable")


def beside(place: Any, within: Interval) -> list[F]:
    """A value and both its sides, as far as they are rational and in the interval."""
    if isinstance(place, Root):
        close = place.within(TINY)
        return [x for x in (close.low, close.high) if x in within]
    return [x for x in (place - TINY, place, place + TINY) if x in within]


def assert_changes_are_told(axis: module.Axis) -> None:
    """Thresholds say what the verdicts are on both sides; and each says that something changes."""
    verdicts = {along.bundle: along for along in axis.verdicts}
    for threshold in axis.thresholds:
        assert threshold.changes or threshold.turn
        for change in threshold.changes:
            assert len({change.below or change.at, change.at, change.above or change.at}) > 1
            sides = beside(threshold.place, axis.within)
            along = verdicts[change.bundle]
            if isinstance(threshold.place, F):
                assert along.at(threshold.place) == change.at
            for x in sides:
                side = change.at if x == threshold.place else (
                    change.below if x < threshold.place else change.above
                )
                assert along.at(x) == side


def assert_as_read_again(data: dict[str, Any], name: str, within: Interval, seed: int) -> int:
    """Grid and thresholds of a summit against the second reading; how many games there were."""
    summit = dt.Summit.read(json.dumps(data))
    axis = dt.thresholds(summit, name, within=within)[name]
    assert not axis.left
    assert_changes_are_told(axis)
    low, high = within.low, within.high
    assert isinstance(low, F)
    assert isinstance(high, F)
    rng = random.Random(seed)
    places = {low + (high - low) * F(k, 7) for k in range(8)}
    told = sorted({x for t in axis.thresholds for x in beside(t.place, within)})
    places |= set(rng.sample(told, min(9, len(told))))
    judged = 0
    for x in sorted(places):
        data["parameters"][name] = str(x)
        try:
            dt.Summit.read(json.dumps(data))
            expected = SecondReading(json.dumps(data)).verdicts()
        except dt.DetenteError:
            continue
        judged += 1
        for along, there in zip(axis.verdicts, expected, strict=True):
            modal = {question: along.at(x).asked(question) for question in QUESTIONS}
            assert modal == there["modal"], (along.bundle, x)
        signed = {i for i, there in enumerate(expected) if there["selected"]}
        assert next(part.signed for part in axis.settled if x in part.interval) == signed
    return judged


@pytest.mark.parametrize("seed", range(200, 204))
def test_random_summits_on_grids_and_beside_each_threshold(seed: int) -> None:
    data = random_summit_data(seed, seed % 2 + 1)
    assert assert_as_read_again(data, "b", Interval(F(-1), F(3)), seed) > 5


@pytest.mark.slow
@pytest.mark.parametrize("seed", [*range(204, 212), *range(300, 308)])
def test_many_random_summits(seed: int) -> None:
    data = random_summit_data(seed, seed % 3 + 1)
    assert_as_read_again(data, "ab"[seed % 2], Interval(F(0), F(2)), seed)


@pytest.mark.parametrize("seed", range(25))
def test_trees_by_hand_with_bent_payoffs(seed: int) -> None:
    game = random_tree(random.Random(seed))
    axis = dt.thresholds(game, "x")["x"]
    assert_changes_are_told(axis)
    places = {F(k, 6) - 2 for k in range(25)}
    places |= {x for t in axis.thresholds for x in beside(t.place, axis.within)}
    for x in sorted(places):
        plain = Plain(game, x)
        there = axis.verdicts[0].at(x)
        assert (there.acceptable, there.honoured) == plain.verdict()
    # The numbers of the thresholds are the union of the ends of all pieces.
    ends = {*axis.verdicts[0].breakpoints, *(p.interval.low for p in axis.settled[1:])}
    assert {t.place for t in axis.thresholds} == ends


OUT_OF_BOUNDS = """
detente: 1
title: Patience that may be none
sides: [A, B]
parameters: {x: {value: 1/2, range: [-1/2, 3/2]}}
terms:
  t: {by: A, levels: {none: , some: {worth: {A: 1, B: 1}}, more: {worth: {A: -1, B: 2}}}}
carrying_out:
  - compliance: s
    by: A
    when: t == more
    breaches: {cheat: {detected: x + 1/4, worth: {A: 1}}}
protocol: {kind: take-it-or-leave-it, proposer: A, offers: t == some}
"""


@pytest.mark.parametrize(
    ("more", "low", "high", "closed"),
    [
        # The probability is that of a breach of a bundle that the talks cannot come to.
        ("", F(-1, 4), F(3, 4), True),
        ("discount: {per_round: {B: x}}\n", F(0), F(3, 4), False),
        ("discount: {per_round: {B: 1 - x}}\n", F(0), F(3, 4), True),
        ("horizon: x - 1/4\n", F(1, 4), F(3, 4), True),
        ("snap_back: {after: x - 1/4}\n", F(1, 4), F(3, 4), True),
    ],
)
def test_no_game_where_the_file_would_be_refused(
    more: str, low: F, high: F, closed: bool
) -> None:
    summit = dt.Summit.read(OUT_OF_BOUNDS + more)
    axis = dt.thresholds(summit, "x")["x"]
    defined = Interval(low, high, closed, True)
    for x in {F(k, 16) for k in range(-8, 25)} | set(beside(low, axis.within)):
        refused = False
        try:
            summit.at(x=x)
        except dt.DetenteError:
            refused = True
        assert refused == (x not in defined), x
        assert all(bool(along.at(x).fault) == refused for along in axis.verdicts), x
        settled = next(part for part in axis.settled if x in part.interval)
        assert (settled.signed is None) == refused, x
    assert {t.place for t in axis.thresholds} >= {low, high}
    bits = verdicts(summit, np.array([[float(low) - 0.1, 0.5, 0.8]]), names=["x"])
    assert [bool(bit & INVALID) for bit in bits[0]] == [True, False, True]


# ── the shipped summit ─────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def hanoi() -> Any:
    return dt.load("hanoi-2019")


def test_all_of_a_parameter_of_hanoi_is_what_each_value_says(hanoi: Any) -> None:
    axis = dt.thresholds(hanoi, "crisis")["crisis"]
    assert_changes_are_told(axis)
    names = {along.bundle: along for along in axis.verdicts}
    assert len(names) == 75
    places = {F(3, 100) + F(27, 100) * F(k, 4) for k in range(5)}
    places |= {x for t in axis.thresholds for x in beside(t.place, axis.within)}
    for x in places:
        for verdict in dt.stability(hanoi.at(crisis=x), lenses="none").bundles:
            there = names[verdict.name].at(x)
            assert {q: there.asked(q) for q in QUESTIONS} == verdict.modal, (verdict.name, x)


def test_what_changes_together_and_apart_is_the_same(hanoi: Any) -> None:
    whole = dt.thresholds(hanoi, "pressure")["pressure"]
    bundle = "all + full + inspected + declared"
    alone = dt.thresholds(hanoi, "pressure", bundles=[bundle])["pressure"]
    assert alone.verdicts == tuple(a for a in whole.verdicts if a.bundle == bundle)
    assert alone.settled == whole.settled
    places = [t.place for t in alone.thresholds if t.changes]
    stable = [
        bool(dt.stability(hanoi.at(pressure=x), bundles=[bundle], lenses="none")[0].stable)
        for place in places
        for x in (place - TINY, place + TINY)
    ]
    assert stable == [False, True, True, False]


def test_reasons_are_those_of_the_far_side(hanoi: Any) -> None:
    found = dt.thresholds(hanoi, "detection_inspected")
    axis = found.axes[0]
    (change,) = axis.thresholds[0].changes
    assert (change.below.stable, change.at.stable, change.above.stable) == (
        "never", "sometimes", "always",
    )  # fmt: skip
    # Now 0.9: the far side is below it, and the simplest value there is 0.65 or so.
    there = dt.stability(hanoi.at(detection_inspected="0.65"), lenses="none")[change.bundle]
    assert there.reasons[0].short.startswith("DPRK would hide")
    assert found.why(axis, change).startswith("DPRK would hide")


def test_first_thresholds_on_both_sides(hanoi: Any) -> None:
    axis = dt.thresholds(hanoi, "horizon")["horizon"]
    below, above = axis.nearest(above=False), axis.nearest(above=True)
    assert below is not None
    assert above is not None
    assert below.place < axis.value < above.place
    assert [t for t in axis.thresholds if below.place < t.place < above.place] == []


# ── hidden information ─────────────────────────────────────────────────────────────────────────


def assert_as_judged_by_value(name: str, parameter: str, count: int, bundles: Any = None) -> None:
    """On a grid, and beside each threshold, away from what is said not to be proved."""
    summit = dt.load(name)
    axis = dt.thresholds(summit, parameter, bundles=bundles)[parameter]
    assert_changes_are_told(axis)
    low, high = axis.within.low, axis.within.high
    assert isinstance(low, F)
    assert isinstance(high, F)
    places = {low + (high - low) * F(2 * k + 1, 2 * count) for k in range(count)}
    places |= {x for t in axis.thresholds for x in beside(t.place, axis.within)}
    compared = 0
    for x in sorted(places):
        report = dt.stability(summit.at(**{parameter: x}), bundles=bundles, lenses="none")
        for along, verdict in zip(axis.verdicts, report.bundles, strict=True):
            if not any(x in gap for gap in axis.unproved.get(along.bundle, ())):
                told = {q: along.at(x).asked(q) for q in QUESTIONS}
                assert told == verdict.modal, (along.bundle, x)
                compared += 1
    assert compared > count


@pytest.mark.parametrize("parameter", ["c_A", "resolute"])
def test_private_resolve_is_what_each_value_says(parameter: str) -> None:
    assert_as_judged_by_value("fearon-1995-private-resolve", parameter, 5)


@pytest.mark.slow
@pytest.mark.parametrize("parameter", ["p", "c_H"])
def test_more_of_private_resolve_is_what_each_value_says(parameter: str) -> None:
    assert_as_judged_by_value("fearon-1995-private-resolve", parameter, 5)


@pytest.mark.slow
def test_sincere_or_hedging_is_what_each_value_says() -> None:
    assert_as_judged_by_value("hanoi-2019-sincere-or-hedging", "sincere", 5, [3, 8])


@pytest.mark.slow
def test_pressure_under_hidden_types_is_what_each_value_says() -> None:
    assert_as_judged_by_value("hanoi-2019-sincere-or-hedging", "pressure", 6)


def test_the_challenger_turns_where_it_is_indifferent() -> None:
    """Fearon 1995, two types, demands in tenths: 0.4 r + 0.9 (1 - r) = 0.7 at r = 0.4."""
    axis = dt.thresholds(dt.load("fearon-1995-private-resolve"), "resolute")["resolute"]
    (turn,) = [t.turn for t in axis.thresholds if t.turn]
    assert turn.place == F(2, 5)
    assert turn.below is not None
    assert turn.above is not None
    assert (turn.below.signed, turn.above.signed) == ({9}, {7})


def test_what_is_not_proved_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["thresholds", "kydd-reassurance", "stake", "--bundle", "steps"]) == 0
    text = re.sub(r"\s+", " ", capsys.readouterr().out)
    assert "while there may be others: steps where 0 ≤ stake ≤ 0.7777" in text
    assert "single values only, and not proved: steps where 0.7778 < stake < 1" in text
    assert "but for what is named below" in text


# ── asking ─────────────────────────────────────────────────────────────────────────────────────


def test_a_table_of_one_parameter(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["thresholds", "hanoi-2019", "detection_inspected"]) == 0
    text = capsys.readouterr().out
    assert "One value at which something changes: one verdict." in text
    assert "≈0.684" in text
    assert "stable on a tie" in text


def test_a_row_for_each_parameter_that_changes_something(
    capsys: pytest.CaptureFixture[str],
) -> None:
    bundle = "kumgang + partial + inspected"
    assert run(["thresholds", "hanoi-2019", "--bundle", bundle, "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    moving = {p["name"] for p in data["parameters"] if any(
        t["changes"] for t in p["thresholds"]
    )}  # fmt: skip
    report = dt.stability(dt.load("hanoi-2019"), bundles=[bundle])
    assert moving == set(report[bundle].turned_by)


def test_json_has_pieces_that_cover_the_range(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["thresholds", "hanoi-2019", "crisis", "--json"]) == 0
    (axis,) = json.loads(capsys.readouterr().out)["parameters"]
    assert axis["within"]["low"] == "3/100"
    for entry in axis["verdicts"]:
        pieces = [piece["interval"] for piece in entry["pieces"]]
        assert (pieces[0]["low"], pieces[-1]["high"]) == ("3/100", "3/10")
        for one, other in itertools.pairwise(pieces):
            assert one["high"] == other["low"]
            assert one["high_closed"] != other["low_closed"]
    assert all(change["why"] for t in axis["thresholds"] for change in t["changes"])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["hanoi-2019", "presure"], "no parameter 'presure'"),
        (["hanoi-2019", "pressure", "--range", "1"], "--range takes two numbers"),
        (["hanoi-2019", "pressure", "--range", "1,0"], "from a lower to a higher"),
        (["hanoi-2019", "pressure", "--bundle", "nothing at all"], "nothing at all"),
        (["kuhn-poker"], "bundles"),
        (["elmira"], "conflict"),
    ],
)
def test_what_cannot_be_followed_is_refused(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["thresholds", *arguments]) == 2
    assert words in capsys.readouterr().err


def test_beyond_its_range_a_probability_makes_no_game(capsys: pytest.CaptureFixture[str]) -> None:
    bundle = "kumgang + partial + inspected"
    arguments = ["hanoi-2019", "detection_inspected", "--range", "0.5,1.5", "--bundle", bundle]
    assert run(["thresholds", *arguments]) == 0
    text = capsys.readouterr().out
    assert "a probability is" in re.sub(r"\s+", " ", text)


def test_a_time_limit_keeps_what_is_found(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["thresholds", "hanoi-2019", "--time-limit", "0"]) == 3
    assert "time limit of 0 seconds" in capsys.readouterr().out


def test_an_interrupt_keeps_what_is_found(monkeypatch: pytest.MonkeyPatch, hanoi: Any) -> None:
    add = module._add_axis

    def interrupted(done: Any, follower: Any, parameter: Any, span: Any) -> None:
        if parameter.name == "kaesong_wages":
            raise KeyboardInterrupt
        add(done, follower, parameter, span)

    monkeypatch.setattr(module, "_add_axis", interrupted)
    found = dt.thresholds(hanoi, bundles=[0])
    assert (found.stopped, [a.parameter for a in found.axes]) == (
        "interrupted", ["horizon", "kumgang_fees"],
    )  # fmt: skip


@pytest.mark.parametrize("calls", [80, 100, 130])
def test_an_interrupt_on_the_way_keeps_what_lies_behind(
    monkeypatch: pytest.MonkeyPatch, hanoi: Any, calls: int
) -> None:
    whole = dt.thresholds(hanoi, "pressure")["pressure"]
    left = calls

    def counted(*given: Any) -> Any:
        nonlocal left
        left -= 1
        if left < 0:
            raise KeyboardInterrupt
        return standing(*given)

    monkeypatch.setattr(axes, "standing", counted)
    found = dt.thresholds(hanoi, "pressure")
    axis = found["pressure"]
    assert found.stopped == "interrupted"
    assert found.reason == "interrupted on the way along pressure."
    assert axis.left == {"": "stopped before it was followed."}
    assert axis.within.high < whole.within.high
    for part, full in zip(axis.verdicts, whole.verdicts, strict=True):
        assert part.within == axis.within
        for piece in part.pieces:
            if piece.interval.low_closed:
                assert full.at(piece.interval.low) == piece.standing


def test_an_interrupt_in_the_talks_keeps_the_verdicts(
    monkeypatch: pytest.MonkeyPatch, hanoi: Any
) -> None:
    whole = dt.thresholds(hanoi, "pressure")["pressure"]
    settled = axes._settled

    def stopped(*given: Any) -> Any:
        yield from itertools.islice(settled(*given), 4)
        raise KeyboardInterrupt

    monkeypatch.setattr(axes, "_settled", stopped)
    axis = dt.thresholds(hanoi, "pressure")["pressure"]
    assert axis.verdicts == whole.verdicts
    assert axis.settled[0].signed == whole.settled[0].signed
    assert axis.left[""].startswith("stopped before it was followed beyond ")


def test_a_frame_and_a_page(hanoi: Any) -> None:
    found = dt.thresholds(hanoi, "detection_inspected")
    frame = found.to_frame()
    assert list(frame["value"]) == [F(145, 212)]
    assert list(frame["above"]) == ["always"]
    assert "kumgang_kaesong + full + inspected" in found._repr_html_()
    assert dt.thresholds(hanoi, "kumgang_fees").to_frame().empty


PAGE = (Path(__file__).parent.parent / "docs" / "thresholds.md").read_text()


@pytest.mark.parametrize(
    ("command", "printed"), re.findall(r"^\$ detente (.*?)\n(.*?)^```$", PAGE, re.M | re.S)
)
def test_the_page_shows_what_is_printed(
    command: str, printed: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(shlex.split(command)) == 0
    shown = [line.rstrip() for line in capsys.readouterr().out.splitlines()]
    assert shown == printed.splitlines()


def test_what_is_not_there_is_null_in_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["thresholds", "hanoi-2019", "detection_inspected", "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    (axis,) = data["parameters"]
    assert data["reason"] is None
    assert {piece["fault"] for along in axis["verdicts"] for piece in along["pieces"]} == {None}
    assert {part["fault"] for part in axis["settled"]} == {None}


def test_a_value_that_is_the_one_now_and_units_are_told(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "now.yaml"
    file.write_text(
        "detente: 1\ntitle: Now\nsides: [A, B]\nunit: M$\n"
        "parameters: {gain: {value: 2, range: [0, 4], unit: M$}}\n"
        "terms: {t: {by: A, levels: {none: , some: {worth: {A: gain - 2, B: 1}}}}}\n"
        "protocol: {kind: take-it-or-leave-it, proposer: A}\n"
    )
    assert run(["thresholds", str(file)]) == 0
    text = capsys.readouterr().out
    assert "2 M$" in text
    assert "2 (now)" in text


def test_many_values_at_which_a_formula_changes_its_form() -> None:
    steps = " + ".join(f"({(-1) ** k} if x >= {k}/40 else 0)" for k in range(40))
    summit = dt.Summit.read(json.dumps({
        "detente": 1, "title": "Steps", "sides": ["A", "B"],
        "parameters": {"x": {"value": "1/2", "range": ["0", "1"]}},
        "terms": {"t": {"by": "A", "levels": {"none": {}, "some": {"worth": {
            "A": f"{steps} - 1/2", "B": "1",
        }}}}},
        "protocol": {"kind": "take-it-or-leave-it", "proposer": "B"},
    }))  # fmt: skip
    axis = dt.thresholds(summit, "x")["x"]
    assert [t.place for t in axis.thresholds] == [F(k, 40) for k in range(1, 40)]
    for k in range(80):
        expected = "always" if k // 2 % 2 == 0 else "never"
        assert axis.verdicts[1].at(F(k, 80)).stable == expected
