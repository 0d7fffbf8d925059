"""Where a verdict turns: by re-solving, exactly where it can be exact."""

from __future__ import annotations

from fractions import Fraction

import pytest

import detente as dt
from detente.game.builder import Builder
from detente.game.expressions import name
from detente.game.formulas import Parameter
from detente.game.tree import Bundle, Role
from detente.stability import turning
from detente.stability.case import case
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
    (hinge,) = dt.stability(game)["deal"].reasons[0].hangs_on
    assert hinge.turns == ((3, 3),)


def test_a_bent_gain_turns_between_two_values():
    game = tempted(name("x") * name("x") - 1, x=(0, 0, 2))
    (found,) = turnings(case(game, 0)) or ()
    low, high = found.at
    assert low * low < 2 < high * high
    assert high - low == Fraction(2, 2**12)
    (hinge,) = dt.stability(game)["deal"].reasons[0].hangs_on
    assert hinge.turns == ((low, high),)
    assert "no longer hold above a value between" in "\n".join(
        line for section in story(game, "deal").sections for line in section.lines
    )


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
    ("bundle", "parameter", "at", "stable"),
    [
        ("kumgang + full + inspected", "follow_on_investment", Fraction(10000, 27), True),
        ("kumgang + full + inspected", "yongbyon_weapons", Fraction(53, 25), True),
        # Here no reason's own gain turns: another side answers a breach otherwise.
        ("kumgang + partial + inspected", "crisis", Fraction(13, 50), False),
        ("kumgang + partial + inspected", "us_crisis_cost", Fraction(2600), False),
    ],
)
def test_hanoi_turns_where_solving_it_anew_says(bundle, parameter, at, stable):
    talks = dt.load("hanoi-2019")
    found = {t.parameter: t for t in turnings(case(talks, talks.bundle_index(bundle))) or ()}
    turn = found[parameter]
    assert (turn.at, turn.stable) == ((at, at), stable)
    step = Fraction(1, 1000) * (1 if turn.above else -1)
    for value, expected in ((at - step, not stable), (at + step, stable)):
        assert dt.stability(talks.at(**{parameter: value}))[bundle].stable is expected


def test_a_large_game_falls_back_on_the_gains_that_reasons_are_about(monkeypatch):
    monkeypatch.setattr(turning, "WORK", 1)
    game = tempted(name("x"), x=(0, -1, 5))
    assert turnings(case(game, 0)) is None
    lines = [line for section in story(game, "deal").sections for line in section.lines]
    assert "  x at 5 (now 0): A would gain 4 by cheating." in lines
