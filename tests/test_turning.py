"""Where a verdict turns: by re-solving, exactly where it can be exact."""

from __future__ import annotations

from fractions import Fraction

import pytest

import detente as dt
from detente.game.builder import Builder
from detente.game.expressions import name
from detente.game.formulas import Parameter
from detente.game.tree import Bundle, Role
from detente.stability import elsewhere
from detente.stability.case import case
from detente.stability.continuation import Continuation
from detente.stability.following.algebraic import real_roots
from detente.stability.story import story
from detente.stability.turning import turnings

DEAL = Bundle("deal", {"deal": "yes"})


def tempted(by, **ranges: tuple[int, int, int]) -> dt.Game:
    """A may take 1 by complying, or `by` by cheating."""
    parameters = {
        key: Parameter(key, *(Fraction(x) for x in numbers)) for key, numbers in ranges.items()
    }
    b = Builder(["A"], bundles=[DEAL], parameters=parameters)
    cheat = b.tag(b.end(by), Role.BROKEN, "deal")
    signed = b.tag(b.decide("A", {"comply": b.end(1), "cheat": cheat}), Role.SIGNED, "deal")
    refused = b.end(-1000)
    return b.build(
        b.tag(b.decide("A", {"accept": signed, "refuse": refused}), Role.OFFERED, "deal")
    )


def test_an_affine_gain_turns_at_the_exact_place():
    game = tempted(name("x") / 3, x=(2, 0, 10))
    (found,) = turnings(case(game, 0)) or ()
    assert (found.at, found.exact, found.stable, found.above) == ((3, 3), True, False, True)
    assert found.there, "at the very place it is a tie, and some equilibrium keeps it"
    assert found.why == "A gains ≈2.333 by cheating"
    (hinge,) = dt.stability(game)["deal"].reasons[0].stake.hangs_on
    assert hinge.turns == ((3, 3),)


def told(game: dt.Game) -> str:
    return "\n".join(
        line for section in story(game, "deal").sections for line in section.lines
    )


def test_a_bent_gain_turns_at_an_irrational_place():
    game = tempted(name("x") * name("x") - 1, x=(0, 0, 2))
    (found,) = turnings(case(game, 0)) or ()
    low, high = found.at
    assert low * low < 2 < high * high
    assert high - low <= Fraction(1, 10**11)
    assert (found.exact, found.there, found.place) == (False, True, real_roots([-2, 0, 1])[1])
    (hinge,) = dt.stability(game)["deal"].reasons[0].stake.hangs_on
    assert hinge.turns[0][0] < low < high < hinge.turns[0][1]
    assert "it would no longer hold above ≈1.414. At 2 A gains 2 by cheating." in told(game)


def test_a_change_that_comes_and_goes_between_the_ends_is_found():
    """It pays to cheat between 2 and 3 only, where no end of the range shows it."""
    x = name("x")
    game = tempted(1 + (x - 2) * (3 - x), x=(1, 0, 8))
    (found,) = turnings(case(game, 0)) or ()
    assert (found.at, found.until, found.above, found.stable) == ((2, 2), 3, True, False)
    assert (found.told_at, found.why) == (Fraction(5, 2), "A gains 0.25 by cheating")
    assert "it would no longer hold above 2, up to 3. At 2.5 A gains" in told(game)
    verdict = dt.stability(game)["deal"]
    assert verdict.turned_by == ("x",)
    assert not any(swing.flips for swing in verdict.reasons[0].hangs_on)


def test_a_change_at_one_value_only_is_found():
    """Cheating always pays, but at 2, where it is a tie."""
    x = name("x")
    game = tempted(1 + (x - 2) * (x - 2), x=(1, 0, 8))
    (found,) = turnings(case(game, 0)) or ()
    assert (found.at, found.until, found.stable, found.there) == ((2, 2), 2, True, True)
    assert "it would hold at 2 alone. At 2 A loses nothing by cheating." in told(game)


def test_both_ends_of_a_range_may_turn_it():
    x = name("x")
    game = tempted(x * x / 4, x=(0, -4, 6))
    found = turnings(case(game, 0)) or ()
    assert [t.above for t in found] == [False, True]
    assert all(low <= 2 <= high for low, high in [found[1].at])
    assert all(low <= -2 <= high for low, high in [found[0].at])


def test_what_never_turns_it_is_left_out():
    assert turnings(case(tempted(name("x"), x=(0, -1, 1)), 0)) == ()
    assert turnings(case(tempted(Fraction(1, 2)), 0)) == ()


@pytest.mark.parametrize(
    "bundle", ["kumgang + full + inspected", "kumgang + partial + inspected"]
)
def test_hanoi_turns_where_solving_it_anew_says(bundle):
    talks = dt.load("hanoi-2019")
    found = turnings(case(talks, talks.bundle_index(bundle)))
    assert found
    for turn in found:
        assert turn.exact
        step = (turn.high - turn.low) / 100_000 * (1 if turn.above else -1)
        for beyond in (False, True):
            value = turn.at[0] + (step if beyond else -step)
            again = dt.stability(talks.at(**{turn.parameter: value}), bundles=[bundle])
            assert again[bundle].stable is (turn.stable if beyond else not turn.stable)


def test_where_others_answer_a_breach_otherwise_no_reason_turns_but_the_verdict_does():
    """B ends the deal once caught cheating costs it less than `face`; only then A dares not."""
    face = Parameter("face", Fraction(1), Fraction(0), Fraction(4))
    b = Builder(["A", "B"], bundles=[DEAL], parameters={"face": face})
    ended, upheld = b.end(-1, -name("face")), b.end(3, -2)
    answer = b.decide("B", {"uphold": upheld, "snap back": ended})
    cheat = b.tag(answer, Role.BROKEN, "deal")
    signed = b.tag(b.decide("A", {"comply": b.end(1, 1), "cheat": cheat}), Role.SIGNED, "deal")
    root = b.tag(b.decide("A", {"accept": signed, "refuse": b.end(-9, 0)}), Role.OFFERED, "deal")
    game = b.build(root)
    reasons = dt.stability(game)["deal"].reasons
    assert not any(h.flips for r in reasons for h in r.stake.hangs_on)
    (swing,) = reasons[0].hangs_on
    assert (swing.flips, swing.stable_at_low, swing.stable_at_high) == (True, True, False)
    assert (swing.gain_at_low, swing.gain_at_high) == (-2, 2)
    (turn,) = turnings(case(game, 0)) or ()
    assert (turn.at, turn.stable, turn.above) == ((2, 2), False, True)
    assert turn.why == "A gains 2 by cheating"


def test_a_large_game_falls_back_on_the_gains_that_reasons_are_about(monkeypatch):
    monkeypatch.setattr(elsewhere, "WORK", 1)
    game = tempted(name("x"), x=(0, -1, 5))
    assert turnings(case(game, 0)) is None
    verdict = dt.stability(game)["deal"]
    assert verdict.turned_by is None
    assert verdict.reasons[0].hangs_on is None
    lines = [line for section in story(game, "deal").sections for line in section.lines]
    assert "  x at 5 (now 0): A would gain 4 by cheating." in lines


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("hanoi-2019", marks=pytest.mark.slow),
        "hanoi-2019-all-in",
        "inspection-deterrence",
    ],
)
def test_the_table_the_json_and_explain_name_the_same_parameters(name):
    talks = dt.load(name)
    for verdict in dt.stability(talks).selected:
        named = set(verdict.turned_by or ())
        found = turnings(verdict.case)
        assert named == {t.parameter for t in found or ()}
        for reason in verdict.reasons:
            swings = {s.parameter: s for s in reason.hangs_on or ()}
            assert {p for p, s in swings.items() if s.flips} <= named
            for p, s in swings.items():
                for end, stable in ((s.low, s.stable_at_low), (s.high, s.stable_at_high)):
                    again = dt.stability(talks.at(**{p: end}), bundles=[verdict.name])[0]
                    assert again.stable is stable


def test_gains_elsewhere_are_those_of_the_game_solved_there():
    talks = dt.load("hanoi-2019")
    verdict = dt.stability(talks)["kumgang + full + inspected"]
    for reason in verdict.reasons:
        for swing in reason.hangs_on or ():
            for end, gain in ((swing.low, swing.gain_at_low), (swing.high, swing.gain_at_high)):
                there = talks.at(**{swing.parameter: end}).table(
                    talks.bundle_index(verdict.name)
                )
                moved = Continuation(there)
                stake = reason.stake
                by_move = moved.value(stake.move_child, stake.player)
                assert gain == by_move - moved.value(stake.instead_child, stake.player)
