"""Exact roots, and unions of intervals with exact ends, against membership point by point."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detente.stability.following.algebraic import Root, between, real_roots, sign_at, value_at
from detente.stability.following.union import (
    EVERYWHERE,
    Interval,
    Union,
    everything,
    nothing,
    union,
    where,
)

F = Fraction
UNIT = Interval(F(0), F(1))
rationals = st.fractions(min_value=-3, max_value=3, max_denominator=12)
polynomials = st.lists(st.integers(-4, 4), min_size=1, max_size=5)
relations = st.sampled_from(["<", "<=", ">", ">=", "==", "!="])


def compare(value: F, relation: str) -> bool:
    return bool(eval(f"value {relation} 0", {"value": value}))


# ── roots ──────────────────────────────────────────────────────────────────────────────────────


def test_square_roots_are_told_apart_from_every_fraction_near_them() -> None:
    low, high = real_roots([-2, 0, 1])
    assert isinstance(high, Root)
    assert F(1414213562373095, 10**15) < high < F(1414213562373096, 10**15)
    assert low < 0 < high
    assert low != high
    assert float(high) == pytest.approx(2**0.5, rel=1e-15)


def test_the_same_number_from_two_polynomials_is_one() -> None:
    alone = real_roots([-2, 0, 1])
    among = real_roots([6, 0, -5, 0, 1])  # (x² - 2)(x² - 3)
    assert alone[1] == among[2]
    assert hash(alone[1]) == hash(among[2])
    assert [alone[1] < root for root in among] == [False, False, False, True]


def test_roots_close_together_are_told_apart() -> None:
    tiny = 10**30
    # (x² - 2)(x² - 2 - 10^-30)
    found = real_roots([2 * (2 * tiny + 1), 0, -(4 * tiny + 1), 0, tiny])
    assert len(found) == 4
    assert found[2] < found[3]
    assert found[2] < between(found[2], found[3]) < found[3]


@settings(max_examples=150, deadline=None)
@given(st.lists(rationals, min_size=1, max_size=4, unique=True), polynomials)
def test_rational_roots_are_found_as_fractions(roots: list[F], other: list[int]) -> None:
    product = [F(c) for c in other] if any(other) else [F(1)]
    for root in roots:
        product = [
            (product[i - 1] if i else 0) - root * (product[i] if i < len(product) else 0)
            for i in range(len(product) + 1)
        ]
    found = real_roots(product)
    assert set(roots) <= set(found)
    assert list(found) == sorted(found)
    for root in found:
        assert sign_at(product, root) == 0


@settings(max_examples=150, deadline=None)
@given(polynomials, polynomials)
def test_signs_at_roots_are_those_just_beside_them(first: list[int], second: list[int]) -> None:
    if not any(first):
        return
    for root in real_roots(first):
        if not isinstance(root, Root):
            continue
        close = root.within(F(1, 10**40))
        beside = {value_at(second, close.low) > 0, value_at(second, close.high) > 0}
        sign = sign_at(second, root)
        assert sign == 0 or beside == {sign > 0}


@given(rationals, rationals)
def test_between_lies_between(one: F, other: F) -> None:
    low, high = sorted([one, other])
    if low == high:
        return
    assert low < between(low, high) < high
    assert between(low, None) > low
    assert between(None, high) < high
    simpler = range(1, between(low, high).denominator)
    assert not any(low < F(low * d // 1 + 1, d) < high for d in simpler)


# ── sets ───────────────────────────────────────────────────────────────────────────────────────


@settings(max_examples=150, deadline=None)
@given(polynomials, relations, st.lists(rationals, max_size=5))
def test_where_is_where_the_comparison_holds(
    coefficients: list[int], relation: str, points: list[F]
) -> None:
    found = where(coefficients, relation)
    assert_canonical(found)
    for x in [*points, *range(-5, 6)]:
        assert (F(x) in found) == compare(value_at(coefficients, F(x)), relation)


@settings(max_examples=100, deadline=None)
@given(polynomials, relations, polynomials, relations, st.lists(rationals, max_size=5))
def test_sets_combine_as_their_members_do(
    first: list[int], one: str, second: list[int], other: str, points: list[F]
) -> None:
    mine, theirs = (
        where(c, r, Interval(F(-2), F(2), True, False)) for c, r in ((first, one), (second, other))
    )
    both, some, less, rest = mine & theirs, mine | theirs, mine - theirs, ~mine
    for found in (both, some, less, rest):
        assert_canonical(found)
    ends = [end for part in (*mine.intervals, *theirs.intervals) for end in (part.low, part.high)]
    for x in [*points, F(-2), *(end for end in ends if end is not None)]:
        inside = x in mine.within
        assert (x in both) == (x in mine and x in theirs)
        assert (x in some) == (x in mine or x in theirs)
        assert (x in less) == (x in mine and x not in theirs)
        assert (x in rest) == (inside and x not in mine)


def assert_canonical(found: Union) -> None:
    """Parts are in order, none is empty, and no two touch."""
    for part in found.intervals:
        if part.low is not None and part.high is not None:
            assert part.low < part.high or part == Interval(part.low, part.low)
        if part.low is None:
            assert not part.low_closed
    for left, right in zip(found.intervals, found.intervals[1:], strict=False):
        assert left.high is not None
        assert right.low is not None
        assert left.high < right.low or (
            left.high == right.low and not left.high_closed and not right.low_closed
        )


def test_infimum_and_whether_it_is_attained() -> None:
    closed, half_open = where([-1, 3], ">=", UNIT), where([-1, 3], ">", UNIT)
    assert (closed.infimum, closed.attained) == (F(1, 3), True)
    assert (half_open.infimum, half_open.attained) == (F(1, 3), False)
    below = where([-1, 3], "<", Interval(F(0), F(1), False, True))
    assert (below.infimum, below.attained, below.supremum, below.supremum_attained) == (
        0, False, F(1, 3), False,
    )  # fmt: skip
    none = nothing(UNIT)
    assert (none.infimum, none.attained, none.supremum, none.is_empty) == (None, False, None, True)
    assert everything(EVERYWHERE).infimum is None
    assert everything(UNIT).is_everything


@pytest.mark.parametrize(
    ("found", "text"),
    [
        (where([-43, 100], ">=", UNIT), "q ≥ 0.43"),
        (where([-3, 7], ">=", UNIT), "q ≥ 0.4286"),
        (where([-3, 7], "<=", UNIT), "q ≤ 0.4285"),
        (where([-3, 7], "==", UNIT), "q ≈ 0.4286"),
        (where([-3, 7], "!=", UNIT), "q < 0.4285 or q > 0.4286"),
        (where([-2, 0, 1], ">", Interval(F(0), None, True, False)), "q > 1.415"),
        (where([-2, 0, 1], "==", Interval(F(0), None, True, False)), "q ≈ 1.414"),
        (where([0, 1], "==", UNIT), "q = 0"),
        (where([0, 1], ">", UNIT), "q > 0"),
        (where([1], ">", UNIT), "every q"),
        (where([1], "<", UNIT), "no q"),
        (union([F(1, 5), F(1, 2), F(1)], lambda x: F(1, 5) <= x < F(1, 2) or x == 1, UNIT),
         "0.2 ≤ q < 0.5 or q = 1"),
        (where([10**12, -1], ">=", Interval(F(0), None, True, False)), "q ≤ 1000000000000"),
        (where([-1, 10**12], ">=", UNIT), "q ≥ 1e-12"),
        (where([F(-1, 3), F(1)], "<=", Interval(None, None, False, False)), "q ≤ 0.3333"),
    ],
)  # fmt: skip
def test_sets_are_told_as_inequalities(found: Union, text: str) -> None:
    assert found.text("q") == text


def test_what_is_told_of_a_narrow_interval_is_inside_it() -> None:
    narrow = Interval(F(3, 7), F(3, 7) + F(1, 10**9))
    least, most = (F(part) for part in narrow.text("q").split(" ≤ q ≤ "))
    assert F(3, 7) <= least < most <= F(3, 7) + F(1, 10**9)


def test_algebraic_ends_are_given_by_polynomial_and_interval() -> None:
    data = where([-2, 0, 1], ">=", Interval(F(0), F(2))).data()
    low = data["infimum"]
    assert low["polynomial"] == [-2, 0, 1]
    assert low["between"][0] ** 2 < 2 < low["between"][1] ** 2
    assert low["decimal"] == pytest.approx(2**0.5)
    assert (data["supremum"], data["attained"], data["supremum_attained"]) == (2, True, True)


def test_sets_within_different_intervals_do_not_combine() -> None:
    with pytest.raises(ValueError, match="different intervals"):
        everything(UNIT) & everything(EVERYWHERE)
