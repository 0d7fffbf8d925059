"""Units: their text, and that they form a group."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detente.errors import ExpressionError
from detente.game.units import Unit


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("M$/year", "M$/year"),
        ("M$ per year", "M$/year"),
        ("USD/years", "USD/year"),
        ("Years", "year"),
        ("months", "month"),
        ("1", "1"),
        ("", "1"),
        ("1/year", "1/year"),
        ("per year", "1/year"),
        ("M$*year", "M$*year"),
        ("M$·year", "M$*year"),
        ("M$^2", "M$^2"),
        ("M$**2", "M$^2"),
        ("M$/year/rounds^2", "M$/round^2/year"),
        ("M$/year*year", "M$"),
        ("year^-1", "1/year"),
        ("persons", "person"),
        ("M$/weapons", "M$/weapon"),
        ("Jobs", "Job"),
        ("facilities", "facility"),
        ("mass", "mass"),
        ("bus", "bus"),
        ("bonus", "bonus"),
        ("axis", "axis"),
        ("series", "series"),
        ("gas", "gas"),
    ],
)
def test_unit_text(text: str, printed: str) -> None:
    unit = Unit.parse(text)
    assert str(unit) == printed
    assert Unit.parse(printed) == unit


@pytest.mark.parametrize("text", ["M$ year", "a//b", "2", "*", "a^b", "(a)", "a^1.5", "-a", "a*"])
def test_unit_text_refused(text: str) -> None:
    with pytest.raises(ExpressionError, match="is not a unit"):
        Unit.parse(text)


def test_a_plural_cancels_its_singular() -> None:
    unit = Unit.parse("weapons/year") * Unit.parse("M$/weapon") * Unit.parse("years")
    assert unit == Unit.parse("M$")


units = st.lists(
    st.tuples(st.sampled_from(["M$", "year", "warhead"]), st.integers(-3, 3)), max_size=4
).map(lambda pairs: math.prod((Unit.parse(base) ** power for base, power in pairs), start=Unit()))


@settings(deadline=None)
@given(units, units, st.integers(-3, 3))
def test_units_form_a_group(one: Unit, two: Unit, power: int) -> None:
    assert one * two == two * one
    assert (one / two) * two == one
    assert (one * two) ** power == one**power * two**power
    assert Unit.parse(str(one)) == one
    assert hash(one * two) == hash(two * one)
