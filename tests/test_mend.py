"""The cheapest change that mends a bundle or breaks it: closed forms, brute force, commands."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_summits import random_summit
from test_radius import REFUSED_BEYOND

import detente as dt
from detente.cli import run
from detente.errors import NotSupported, SummitError
from detente.stability.enforcement.one_shot import one_shot
from detente.stability.following.algebraic import Root
from detente.stability.following.union import Interval, where
from detente.stability.robustness.mending.levers import Lever, Prices, levers
from detente.stability.robustness.mending.mended import Alternative, Mend
from detente.stability.robustness.mending.turning_at import short_between, turns
from detente.summit.summit import Summit
from detente.summit.variants import with_inspections, with_payment

F = Fraction

INSPECTED = """\
detente: 1
title: Arms for aid, inspected
unit: M
horizon: 5
sides: {N: North, S: South}
observers: [Third]
parameters:
  worth: {value: 3, range: [2, 4], unit: M/year}
  fine: {value: 4, range: [0, 40], unit: M}
terms:
  arms: {by: N, levels: {none: , few: {worth: {N: {per_year: -2}, S: {per_year: worth}}}}}
  aid: {by: S, levels: {none: , some: {worth: {N: {per_year: 3}, S: {per_year: -2}}}}}
protocol: {kind: take-it-or-leave-it, proposer: S}
carrying_out:
  - compliance: disarming
    by: N
    breaches:
      hide: {undoes: arms, detected: 1/10, caught: {worth: {N: -fine}}, answered_by: S}
snap_back: {after: 1}
"""
"""Complying brings N 5; hiding 15, and caught 3 - fine: it hides unless 5 >= 15 - q (12 + fine)."""


def found_by(mended: Mend) -> dict[str, Alternative]:
    """Lever → what it does alone."""
    return {each.changes[0].lever: each for each in mended if len(each.changes) == 1}


# ── in closed form ─────────────────────────────────────────────────────────────────────────────


def test_each_lever_reaches_its_closed_form() -> None:
    mended = dt.mend(Summit.read(INSPECTED), "few + some", together=0)
    assert mended.word == "refused and broken"
    found = found_by(mended)
    # 15 - q 16 = 5 at q = 5/8, where 1 - (1 - 1/10) (1 - m) is with m = 7/12.
    assert found["inspections:N"].changes[0].bound == F(7, 12)
    # 15 - (12 + 4 + F) / 10 = 5
    assert found["penalty:N"].changes[0].bound == 84
    # The third party pays what hiding gains: 13.4 - 5. S would have 5 left after 5: it cannot.
    assert found["payment:Third:N:compliance"].changes[0].bound == F(42, 5)
    assert "payment:S:N:compliance" in mended.useless
    # What is paid at once is paid to him who hides as well.
    assert "payment:Third:N:signature" in mended.useless
    # 15 - (12 + fine) / 10 = 5 needs a fine of 88, beyond its range.
    assert "fine" in mended.useless
    assert all(each.attained and each.word == "stable on a tie" for each in found.values()
               if each.changes[0].kind != "term")  # fmt: skip


def test_a_tie_is_only_approached_where_it_must_not_matter() -> None:
    found = found_by(dt.mend(Summit.read(INSPECTED), "few + some", strict=True))
    inspections = found["inspections:N"]
    assert (inspections.changes[0].bound, inspections.attained) == (F(7, 12), False)
    value = inspections.changes[0].value
    assert value is not None
    assert F(7, 12) < value < F(7, 12) + F(1, 500)
    assert inspections.word == "stable"
    assert inspections.paid > inspections.cost
    assert "a little more" in inspections.text


def test_costs_are_parts_of_ranges_unless_the_file_says_them() -> None:
    summit = Summit.read(INSPECTED)
    mended = dt.mend(summit, "few + some")
    assert mended.money == 5  # both sides have 5 of the bundle, and nothing without one
    found = found_by(mended)
    assert found["inspections:N"].cost == F(7, 12)
    assert found["payment:Third:N:compliance"].cost == F(42, 5) / 5
    priced = Summit.read(
        INSPECTED + "mend: {inspections: 36, payment: 2, penalty: never, others: never}\n"
    )
    mended = dt.mend(priced, "few + some")
    assert mended.priced
    found = found_by(mended)
    assert found.keys() == {"inspections:N", "payment:Third:N:compliance"}
    assert found["inspections:N"].cost == 21
    assert found["payment:Third:N:compliance"].cost == F(84, 5)
    assert mended.best == found["payment:Third:N:compliance"]


def test_breaking_is_the_converse() -> None:
    held = Summit.read(INSPECTED.replace("detected: 1/10", "detected: 3/4"))
    assert dt.mend(held, "few + some").reached
    assert not dt.mend(held, "few + some").alternatives
    found = found_by(dt.breaking(held, "few + some", without=["term"]))
    # 15 - 3/4 (12 + fine) = 5 at 4/3: a smaller fine deters no longer, and at it nobody must hide.
    assert found["fine"].changes[0].bound == F(4, 3)
    assert not found["fine"].attained
    assert found["fine"].word == "refused and broken"
    # S has 15 - 10 of it, so that it refuses once arms are worth less than 2 a year: at the end
    # of the range, it is indifferent still.
    assert "worth" not in found
    loose = found_by(dt.breaking(held, "few + some", strict=True))
    assert (loose["fine"].changes[0].bound, loose["fine"].attained) == (F(4, 3), True)
    assert (loose["worth"].changes[0].bound, loose["worth"].attained) == (2, True)


def test_a_payment_on_signature_is_kept_and_one_on_compliance_is_not_paid_to_a_cheat() -> None:
    summit = Summit.read(INSPECTED)
    bundle = summit.bundle_index("few + some")
    for paid, gain in (("signature", 10), ("compliance", 9)):
        freed, name = with_payment(summit, bundle, "S", "N", paid)  # type: ignore[arg-type]
        changed = freed.at(**{name: 1})
        assert changed.values(bundle)[:2] == (6, 4)
        arms = summit.bundle_index("few")
        assert changed.values(arms) == summit.values(arms)
        (shot,) = one_shot(changed, [bundle], "N")
        assert shot.breaches[0].gain == gain


def test_better_inspections_start_from_what_the_file_has() -> None:
    freed, name = with_inspections(Summit.read(INSPECTED), "N")
    scope = freed.document.scope
    assert scope.values[name] == 0
    assert not dt.stability(freed, bundles=["few + some"])[0].honoured
    assert dt.stability(freed.at(**{name: "0.6"}), bundles=["few + some"])[0].stable


# ── what is no number ──────────────────────────────────────────────────────────────────────────


def test_terms_are_changed_no_more_than_is_needed() -> None:
    mended = dt.mend(dt.load("hanoi-2019"), "kumgang + full + inspected", levers=["term"])
    texts = [each.text for each in mended]
    assert texts[0] == "relief: kumgang_kaesong instead of kumgang"
    assert mended[0].bundle == "kumgang_kaesong + full + inspected"
    report = dt.stability(dt.load("hanoi-2019"))
    stable = {verdict.name for verdict in report if verdict.stable}
    assert {each.bundle for each in mended} <= stable
    moved = [dict(each.changes[0].levels) for each in mended]
    assert not any(one.items() < other.items() for one in moved for other in moved)


def test_another_protocol_is_tried_and_solved() -> None:
    ultimatum = """\
detente: 1
title: Who asks
sides: [A, B]
terms:
  cake: {by: [A, B], levels: {none: , mine: {worth: {A: 3, B: 1}}, yours: {worth: {A: 1, B: 3}}}}
protocol: {kind: take-it-or-leave-it, proposer: A}
"""
    summit = Summit.read(ultimatum)
    mended = dt.mend(summit, "yours", selected=True, levers=["protocol", "payment"])
    protocol = next(each for each in mended if each.text == "B makes the only proposal")
    assert dt.stability(protocol.summit, bundles=["yours"])[0].selected
    # With a payment of 2 to the proposer, it is all one to A; both come on a tie.
    assert found_by(mended)["payment:B:A:signature"].changes[0].bound == 2


# ── by brute force ─────────────────────────────────────────────────────────────────────────────


def holds(summit: Summit, bundle: int, strict: bool) -> bool:
    verdict = dt.stability(summit, bundles=[bundle])[0]
    return bool(verdict.strict if strict else verdict.stable)


def grid(lever: Lever) -> Iterator[Fraction]:
    """Values over the range; of an amount, up to three times what counts as one."""
    low = lever.within.low if lever.within.low_closed else lever.scale / 100
    high = lever.within.high if lever.within.high is not None else 3 * lever.scale
    assert low is not None
    yield from (low + (high - low) * k / 16 for k in range(17))


def checked(summit: Summit, bundle: int, aim: str, strict: bool) -> int:
    """Every lever against its grid; how many turn."""
    ask = dt.mend if aim == "hold" else dt.breaking
    mended = ask(summit, bundle, strict=strict, together=0, without=["term", "protocol"])
    if mended.reached:
        return 0
    by_lever: dict[str, list[Alternative]] = {}
    for each in mended:
        by_lever.setdefault(each.changes[0].lever, []).append(each)
    for lever in levers(summit, bundle, Prices(summit, bundle)):
        if lever.name in mended.refused:
            continue
        freed, name = lever.free(summit)
        bounds = [each.changes[0].bound for each in by_lever.get(lever.name, [])]
        below = max((b for b in bounds if b is not None and b <= lever.now), default=None)
        above = min((b for b in bounds if b is not None and b >= lever.now), default=None)
        for x in grid(lever):
            if (below is None or x > below) and (above is None or x < above):
                reached = holds(freed.at(**{name: x}), bundle, strict) == (aim == "hold")
                assert not reached, (lever.name, x, bounds)
        for each in by_lever.get(lever.name, []):
            bound, value = each.changes[0].bound, each.changes[0].value
            assert holds(freed.at(**{name: value}), bundle, strict) == (aim == "hold")
            if not isinstance(bound, Root):
                at_it = holds(freed.at(**{name: bound}), bundle, strict) == (aim == "hold")
                assert at_it == each.attained
    return len(by_lever)


@pytest.mark.parametrize("aim", ["hold", "break"])
@pytest.mark.parametrize("strict", [False, True])
def test_no_value_on_a_grid_is_cheaper(aim: str, strict: bool) -> None:
    detected = "1/10" if aim == "hold" else "3/4"
    summit = Summit.read(INSPECTED.replace("detected: 1/10", f"detected: {detected}"))
    assert checked(summit, summit.bundle_index("few + some"), aim, strict)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_no_value_on_a_grid_is_cheaper_in_random_files(seed: int) -> None:
    summit = Summit.read(random_summit(seed))
    if summit.has_secrets:
        pytest.skip("drawn with secrets")
    for bundle in range(min(3, len(summit.bundles))):
        for aim in ("hold", "break"):
            checked(summit, bundle, aim, strict=bool(seed % 2))


# ── several at once ────────────────────────────────────────────────────────────────────────────


def test_two_levers_do_what_neither_does_alone() -> None:
    """N needs 8.4 more, which S can pay only where arms are worth 3.68 a year to it."""
    mended = dt.mend(Summit.read(INSPECTED), "few + some", levers=["worth", "payment:S"])
    assert mended.useless == (
        "worth", "payment:S:N:signature", "payment:S:N:compliance",
    )  # fmt: skip
    (both,) = mended
    assert {change.lever: change.value for change in both.changes} == {
        "worth": F(92, 25), "payment:S:N:compliance": F(42, 5),
    }  # fmt: skip
    assert both.cost == F(68, 200) + F(42, 25)
    assert both.attained
    assert mended.together is not None
    assert mended.together.proved
    assert mended.together.lower == both.cost
    # And a little more of each where no tie may spoil it.
    mended = dt.mend(Summit.read(INSPECTED), "few + some", strict=True, levers=["worth", "payment"],
                     without=["payment:Third", "payment:N"])  # fmt: skip
    (both,) = mended
    assert (both.cost, both.attained) == (F(68, 200) + F(42, 25), False)
    assert both.paid > both.cost
    assert both.strict


def test_several_at_once_stay_where_the_file_takes_their_values() -> None:
    """It would be signed at a discount factor above one, which is none."""
    mended = dt.mend(Summit.read(REFUSED_BEYOND.replace("LEFT", "d - 21/20")), "yes")
    assert not mended.alternatives
    assert mended.together is not None
    assert mended.together.proved


def test_levers_that_multiply_are_within_the_gap_of_the_best() -> None:
    """Seen with q = 0.1 + 0.9 m, hiding is deterred by a fine of 10 / q - 12."""
    mended = dt.mend(Summit.read(INSPECTED), "few + some", levers=["fine", "inspections"])
    best, known = mended.best, mended.together
    assert best is not None
    assert known is not None
    assert [change.lever for change in best.changes] == ["fine", "inspections:N"]
    # The cost m + (10 / q - 16) / 40 is least where q² = 0.225.
    q = 0.225**0.5
    least = (q - 0.1) / 0.9 + (10 / q - 16) / 40
    assert known.proved
    assert known.lower is not None
    assert float(known.lower) <= least <= float(best.cost) + 1e-12
    assert best.cost * (1 - known.gap) <= known.lower
    # By brute force, with the verdict of each file solved anew.
    summit, name = with_inspections(Summit.read(INSPECTED), "N")
    for i in range(0, 41, 4):
        for k in range(0, 41, 4):
            fine, m = 4 + F(36 * i, 40), F(k, 40)
            if (fine - 4) / 40 + m < known.lower:
                changed = summit.at(**{"fine": fine, name: m})
                assert not dt.stability(changed, bundles=["few + some"])[0].stable


def test_other_terms_go_with_payments() -> None:
    priced = Summit.read(f"{INSPECTED}mend: {{terms: {{aid: never, arms: 1/10}}}}\n")
    mended = dt.mend(
        priced, "few + some", levers=["term", "payment:Third"], without=["payment:Third:N"]
    )
    best = mended.best
    assert best is not None
    assert [change.kind for change in best.changes] == ["term", "payment"]
    # S gives aid of 10 for nothing, and the third party pays for it.
    assert (best.cost, best.bundle) == (F(1, 10) + F(10, 5), "some")
    assert dt.stability(best.summit, bundles=[best.bundle])[0].stable


def test_breaking_with_several_is_no_dearer() -> None:
    held = Summit.read(INSPECTED.replace("detected: 1/10", "detected: 3/4"))
    alone = dt.breaking(held, "few + some", together=0, without=["term", "protocol"])
    both = dt.breaking(held, "few + some", without=["term", "protocol"])
    assert alone.together is None
    assert alone.best is not None
    assert both.best is not None
    assert both.together is not None
    assert both.together.lower is not None
    assert both.together.lower <= both.best.cost <= alone.best.cost


def test_each_comes_with_its_radius() -> None:
    summit = Summit.read(INSPECTED)
    loose = dt.mend(summit, "few + some", levers=["inspections"], radii=1)
    assert loose.best is not None
    assert loose.best.radius is None  # on a tie: any change may overturn it
    sure = dt.mend(summit, "few + some", strict=True, levers=["inspections"], radii=1)
    assert sure.best is not None
    assert sure.best.radius is not None
    # Both numbers are just above what is needed.
    assert sure.best.radius.lower is not None
    assert 0 < sure.best.radius.lower < F(1, 100)
    (other,) = dt.breaking(
        Summit.read(INSPECTED.replace("detected: 1/10", "detected: 3/4")),
        "few + some", levers=["fine"], radii=1,
    )  # fmt: skip
    assert other.radius is not None
    assert other.radius.lower is not None
    # A fine just below 4/3 is just below what would deter: the way back is as short.
    assert 0 < other.radius.lower < F(1, 100)


def test_what_is_broken_is_not_said_to_stand_on_a_tie(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "inspected.yaml"
    file.write_text(INSPECTED.replace("detected: 1/10", "detected: 3/4"))
    assert run(["break", str(file), "few + some", "--all", "--radii", "1", "--together", "0"]) == 0
    told = capsys.readouterr().out
    assert "  radius" in told
    assert "a tie)" not in told


# ── the nearest value ──────────────────────────────────────────────────────────────────────────


def test_an_irrational_bound_is_told_with_a_number_beyond_it() -> None:
    squares = where([-2, 0, 1], ">=", Interval(F(0), F(3)))
    (turn,) = turns(squares, F(1), F(3))
    assert isinstance(turn.bound, Root)
    assert turn.attained
    assert turn.value**2 > 2
    assert turn.value - F(1414, 1000) < F(1, 100)
    assert F(0) <= turn.distance(F(1)) ** 2 + 2 * turn.distance(F(1)) - 1 < F(1, 10**12)


@given(st.fractions(-50, 50), st.fractions(F(1, 10**6), 5))
@settings(max_examples=200)
def test_a_short_decimal_lies_between(low: Fraction, width: Fraction) -> None:
    found = short_between(low, low + width)
    assert low < found < low + width
    # No decimal with one digit less would do.
    unit = F(1)
    while (found / unit).denominator > 1:
        unit /= 10
    coarse = unit * 10
    assert not low < (low // coarse + 1) * coarse < low + width or unit == 1


# ── what is refused, and stopping ──────────────────────────────────────────────────────────────


def test_wrong_requests_are_refused_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    summit = Summit.read(INSPECTED)
    with pytest.raises(SummitError, match="no lever 'paiment'"):
        dt.mend(summit, "few + some", levers=["paiment"])
    with pytest.raises(SummitError, match="few"):
        dt.mend(summit, "many + some")
    with pytest.raises(NotSupported, match="no summit file"):
        dt.mend(dt.load("selten-1975-horse").game, 0)
    assert run(["mend", "elmira", "x"]) == 2
    assert "conflict" in capsys.readouterr().err


def test_costs_in_a_file_are_checked() -> None:
    for text, found in (
        ("{parameters: {wort: 1}}", "no parameter 'wort'. Did you mean 'worth'"),
        ("{terms: {arm: 1}}", "no term 'arm'"),
        ("{payment: 0}", "more than nothing; found 0"),
        ("{payment: -1}", "more than nothing"),
        ("{payment: fine}", "fine"),
        ("{paiment: 1}", "paiment"),
        ("{others: sometimes}", "sometimes"),
    ):
        with pytest.raises(dt.DetenteError, match=found):
            Summit.read(f"{INSPECTED}mend: {text}\n")


def test_what_was_found_is_kept_when_time_is_up() -> None:
    mended = dt.mend(dt.load("hanoi-2019"), "kumgang + full + inspected", time_limit=0)
    assert mended.stopped == "time_limit"
    assert not mended.reached
    assert run(["mend", "hanoi-2019", "kumgang + full + inspected", "--time-limit", "0"]) == 3


def test_an_interrupt_keeps_what_was_found(monkeypatch: pytest.MonkeyPatch) -> None:
    from detente.stability.robustness.mending import mend_search as module

    seen = []
    original = module.Search.lever

    def lever(self: module.Search, asked: Lever) -> None:
        if len(seen) == 2:
            raise KeyboardInterrupt
        seen.append(asked.name)
        original(self, asked)

    monkeypatch.setattr(module.Search, "lever", lever)
    mended = dt.mend(Summit.read(INSPECTED), "few + some", levers=["inspections", "payment"])
    assert mended.stopped == "interrupted"
    assert mended.tried == tuple(seen)


def test_a_combination_found_before_an_interrupt_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    from detente.stability.robustness.mending.joint import Reaching

    step = Reaching._step

    def stopping(self: Reaching, opened: object) -> None:
        step(self, opened)  # type: ignore[arg-type]
        if self.best is not None and any(self.best.y):
            raise KeyboardInterrupt

    monkeypatch.setattr(Reaching, "_step", stopping)
    mended = dt.mend(Summit.read(INSPECTED), "few + some", levers=["worth", "payment:S"])
    assert mended.stopped == "interrupted"
    assert len(mended) == 1
    assert mended.together is not None
    assert not mended.together.proved


def test_time_that_proves_nothing_is_said_to_prove_nothing(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(["mend", "hanoi-2019", "kumgang + full + inspected", "--time-limit", "0"]) == 3
    text = capsys.readouterr().out
    assert (
        text.splitlines()[0].startswith("Stopped early") or "Stopped early" in text.splitlines()[1]
    )
    assert "Nothing was tried yet." in text
    assert "less than 0 " not in text


# ── proposed by mixed-integer programs ─────────────────────────────────────────────────────────


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize(
    "names", [("payment:", "worth"), ("payment:Third", "payment:S"), ("payment:Third", "penalty")]
)
def test_what_programs_propose_is_what_is_proved_to_be_the_cheapest(
    names: tuple[str, ...], strict: bool
) -> None:
    from detente.stability.case import Source
    from detente.stability.robustness.mending.joint import Asked, Freed, Reaching
    from detente.stability.robustness.mending.mend_search import Question
    from detente.stability.robustness.mending.proposing import Proposing

    summit = Summit.read(INSPECTED)
    bundle = next(i for i, b in enumerate(summit.bundles) if b.name == "few + some")
    every = levers(summit, bundle, Prices(summit, bundle))
    freed = Freed.of(summit, [lever for lever in every if lever.name.startswith(names)])
    question = Question("hold", False, strict, None)
    asked = Asked(Source(freed.summit), bundle, question.stands, True, False, None)
    proposed = Proposing(asked, freed.frame(), None, None).run()
    search = Reaching(asked, freed.frame(), None)
    assert search.run()
    assert proposed is not None
    assert search.best is not None
    assert (proposed.size, proposed.attained) == (search.best.size, search.best.attained)
    assert proposed.attained is not strict
    assert asked.at(freed.frame().there(proposed.beyond)).verdict.reached


def test_a_file_that_nothing_can_mend_is_proposed_nothing() -> None:
    # Hiding brings N more than any penalty within reach, and nobody else may pay.
    summit = Summit.read(INSPECTED.replace("detected: 1/10", "detected: 0"))
    found = dt.mend(summit, "few + some", levers=["penalty", "fine", "worth"])
    assert not found
    assert found.together is not None
    assert (found.together.lower, found.together.proved) == (None, True)


# ── where sides do not see everything ──────────────────────────────────────────────────────────


def test_under_hidden_information_numbers_reach_their_closed_forms() -> None:
    # With x of the good, A accepts instead of fighting for p at a cost of c_A where x >= p - c_A.
    found = dt.mend(dt.load("fearon-1995-private-resolve"), "x1", levers=["parameter"])
    bounds = {each.changes[0].lever: each.changes[0].bound for each in found}
    assert bounds == {"p": F(3, 10), "c_A": F(1, 2)}
    assert found.useless == ("c_L", "c_H", "resolute")
    assert all(each.proved for each in found)
    assert not found.unproved
    assert found.together is None


def test_levers_that_a_tree_by_hand_has_not_are_told_in_one_line(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(["break", "entry-deterrence", "shared"]) == 0
    text = " ".join(capsys.readouterr().out.split())
    assert "There is no lever that may be moved." in text
    assert text.count("Not tried") == 1
    assert run(["break", "entry-deterrence", "shared", "--lever", "parameter"]) == 0
    assert "Not tried" not in capsys.readouterr().out


@pytest.mark.slow
def test_under_hidden_information_one_number_is_moved_at_a_time() -> None:
    summit = dt.load("hanoi-2019-sincere-or-hedging")
    lever = "payment:DPRK:US:signature"
    name = "kumgang + partial + inspected"
    found = dt.mend(summit, name, levers=[lever])
    assert found.together is None
    assert found.best is not None
    bound = found.best.changes[0].bound
    bundle = next(i for i, b in enumerate(summit.bundles) if b.name == name)
    freed, payment = with_payment(summit, bundle, "DPRK", "US", "signature")
    for part in (F(0), F(1, 3), F(2, 3), F(999, 1000)):
        value = bound * part  # type: ignore[operator]
        assert not dt.stability(freed.at(**{payment: value}), bundles=[bundle])[0].stable
    assert dt.stability(freed.at(**{payment: bound}), bundles=[bundle])[0].stable


# ── commands ───────────────────────────────────────────────────────────────────────────────────


def test_the_commands_print_tables_and_exact_numbers(
    capsys: pytest.CaptureFixture[str], tmp_path: pytest.TempPathFactory
) -> None:
    path = f"{tmp_path}/arms.yaml"
    with open(path, "w") as file:
        file.write(INSPECTED)
    assert run(["mend", path, "few + some", "--lever", "inspections,payment"]) == 0
    text = capsys.readouterr().out
    assert "of N's breaches that go unseen now" in text
    assert "Third pays N 8.4 M once all of it is delivered" in text
    assert run(["mend", path, "few + some", "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert data["game"]["parties"] == ["N", "S", "Third"]
    first = next(a for a in data["alternatives"] if a["changes"][0]["lever"] == "inspections:N")
    assert (first["cost"], first["attained"], first["changes"][0]["bound"]) == (
        "7/12",
        True,
        "7/12",
    )
    costs = [F(a["cost"]) for a in data["alternatives"]]
    assert all(one <= other for one, other in pairwise(costs))
    assert run(["break", path, "few + some"]) == 0
    assert "nothing to break" in capsys.readouterr().out
    assert run(["mend", path, "few + some", "--lever", "nothing"]) == 2


def test_results_are_a_data_frame() -> None:
    pytest.importorskip("pandas")
    mended = dt.mend(Summit.read(INSPECTED), "few + some", levers=["inspections"])
    frame = mended.to_frame()
    assert frame["cost"].tolist() == [F(7, 12)]
    assert mended.to_frame(exact=False)["cost"].tolist() == [7 / 12]
    assert "inspections" not in (mended.best.text if mended.best else "")
    assert "<table>" in mended._repr_html_()


SMUGGLED = """\
detente: 1
title: What is left of another bundle
sides: [N, S]
observers: [Third]
parameters: {prize: {value: 1, range: [0, 9]}}
terms:
  aid: {by: N, levels: {none: , 'a little': {worth: {N: 1}}}}
  arms: {by: S, levels: {none: , few: {worth: {N: 1}}}}
protocol: {kind: take-it-or-leave-it, proposer: N}
carrying_out:
  - compliance: disarming
    by: S
    breaches: {hide: {undoes: arms, detected: 0, worth: {S: 1}}}
"""
"""S always hides its arms, so that of both terms the one is left that the smaller bundle has."""


@pytest.mark.parametrize("paid", ["signature", "compliance"])
def test_a_payment_belongs_to_the_bundle_that_is_signed(paid: str) -> None:
    summit = Summit.read(SMUGGLED)
    small = next(i for i, b in enumerate(summit.bundles) if b.name == "a little")
    freed, name = with_payment(summit, small, "Third", "N", paid)  # type: ignore[arg-type]
    report = dt.stability(freed.at(**{name: 5}))
    assert report["a little"].values["N"] == 6
    assert report["a little + few"].played["N"] == (1, 1)


def test_payments_share_one_step() -> None:
    freed, first = with_payment(Summit.read(SMUGGLED), 1, "Third", "N", "signature")
    freed, second = with_payment(freed, 1, "S", "N", "compliance")
    freed, third = with_payment(freed, 1, "Third", "N", "signature")
    assert len(freed.file.carrying_out) == 2
    values = dt.stability(freed.at(**{first: 1, second: 10, third: 100}), bundles=[1])[0].values
    assert (values["Third"], values["N"], values["S"]) == (-101, 112, -10)


def test_what_was_proposed_before_an_interrupt_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    from detente.stability.robustness.mending.proposing import Proposing

    look = Proposing._look

    def looking(self: Proposing, y: list[Fraction]) -> None:
        look(self, y)
        if self.best is not None:
            raise KeyboardInterrupt

    monkeypatch.setattr(Proposing, "_look", looking)
    mended = dt.mend(Summit.read(INSPECTED), "few + some", levers=["worth", "payment:S"])
    assert mended.stopped == "interrupted"
    assert len(mended) == 1
    assert mended.together is not None
    assert not mended.together.proved


def test_costs_of_any_size_are_compared() -> None:
    text = INSPECTED + "mend: {payment: 1e-300, penalty: 1e300}\n"
    found = dt.mend(Summit.read(text), "few + some", together=1)
    assert found.best is not None
    assert found.best.cost == F(84, 10**301)
    assert found_by(found)["penalty:N"].cost == 84 * 10**300


@pytest.mark.skipif(sys.platform == "win32", reason="asks the C library of other systems")
def test_what_a_library_prints_is_not_among_what_the_command_prints(
    capfd: pytest.CaptureFixture[str],
) -> None:
    import ctypes

    from detente.stability.robustness.mending.proposing import silently

    library = ctypes.CDLL(None)
    with silently():
        library.printf(b"not to be seen\n")
    library.printf(b"to be seen\n")
    library.fflush(None)
    assert capfd.readouterr().out == "to be seen\n"
