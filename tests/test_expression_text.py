"""What the grammar of expressions reads and refuses: numbers, choices, positions, units."""

from __future__ import annotations

import sys
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detente.errors import ExpressionError, Place
from detente.game.expressions import (
    TRUE,
    Expr,
    Scope,
    compare,
    exact,
    name,
    parse,
)
from detente.game.units import Unit

PLAIN = Scope(dict.fromkeys(("a", "b", "c", "größe")))
RELIEF = Scope(
    {"fees": Unit.parse("M$/year"), "cost": Unit.parse("M$"), "years": Unit.parse("years")},
    {
        "relief": ("none", "kumgang", "oil-for-food", "two words", "3"),
        "inspections": ("none", "iaea"),
    },
)
a, b = name("a"), name("b")


def read(text: str, scope: Scope = PLAIN, **how: Any) -> Expr:
    return parse(text, scope, **how)


def refused(text: Any, scope: Scope = PLAIN, **how: Any) -> str:
    with pytest.raises(ExpressionError) as caught:
        parse(text, scope, **how)
    return caught.value.message


# --- Numbers from text ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given_as", "number"),
    [
        ("0.1", Fraction(1, 10)),
        (" 1e-3 ", Fraction(1, 1000)),
        ("3/7", Fraction(3, 7)),
        ("3 / 7", Fraction(3, 7)),
        ("-2", Fraction(-2)),
        ("+.5", Fraction(1, 2)),
        ("5.", Fraction(5)),
        ("1.5e2", Fraction(150)),
        ("1E+02", Fraction(100)),
        (7, Fraction(7)),
        (Fraction(2, 3), Fraction(2, 3)),
        (0.1, Fraction(1, 10)),
        (1e300, Fraction(10**300)),
        ("1e4000", Fraction(10**4000)),
    ],
)
def test_exact(given_as: Any, number: Fraction) -> None:
    found = exact(given_as)
    assert found == number
    assert type(found) is Fraction


def test_exact_says_how_numbers_are_written() -> None:
    for text, words in (("0,9", "write 0.9"), ("1,200", "1200 or 1.200"), ("90%", "0.9 or 90/100")):
        with pytest.raises(ExpressionError, match=words):
            exact(text)


@pytest.mark.parametrize(
    "garbage",
    ["", "x", "nan", "inf", "-inf", "1e", "1/2/3", "1/0", "1_000", "0x10", "٣", "1,5", "--1",
     "1e999999999", "1e-4001", "9" * 5000, "1" * 10**6, "1e" + "9" * 10**5, 10**5000, True, None,
     float("nan"), float("inf"), [1], "1/", "/2", "1 2", "\x00", "0," + "9" * 2000,
     "9" * 2000 + "%"],
    ids=lambda value: str(value)[:12] if not isinstance(value, int) else type(value).__name__,
)  # fmt: skip
def test_exact_refuses(garbage: Any) -> None:
    with pytest.raises(ExpressionError) as caught:
        exact(garbage)
    assert len(caught.value.message) < 250


@settings(deadline=None)
@given(st.fractions() | st.integers())
def test_exact_reads_what_python_prints(number: Fraction | int) -> None:
    assert exact(str(number)) == number


@settings(deadline=None)
@given(st.floats(allow_nan=False, allow_infinity=False))
def test_exact_takes_a_float_as_printed(number: float) -> None:
    assert float(exact(number)) == number
    assert exact(number) == exact(repr(number))


# --- Choices --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("relief >= kumgang", {1, 2, 3, 4}),
        ("kumgang <= relief", {1, 2, 3, 4}),
        ("relief == none", {0}),
        ("none < relief < 'two words'", {1, 2}),
        ("relief in (none, 'oil-for-food')", {0, 2}),
        ('relief not in (none, "two words",)', {1, 2, 4}),
        ("relief == 3", {4}),
        ("not relief == 'oil-for-food'", {0, 1, 3, 4}),
        ("'relief' == kumgang", {1}),
        ("relief != none and relief < 'two words'", {1, 2}),
    ],
)
def test_choices_compare_by_the_order_of_options(text: str, holds: set[int]) -> None:
    condition = parse(text, RELIEF, boolean=True)
    assert {i for i in range(5) if condition.bind({"relief": i}) is TRUE} == holds
    assert condition.parameters == {"relief"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("relief", ["is a choice, not a number", "relief == none", "kumgang"]),
        ("relief + 1", ["is a choice, not a number"]),
        ("1 if relief == kumgnag else 0", ["'kumgnag' is not an option", "Did you mean 'kumgang'"]),
        ("1 if relief == oil-for-food else 0", ["Put it in quotes: 'oil-for-food'"]),
        ("1 if relief == fees else 0", ["'fees' is not an option of 'relief'"]),
        ("1 if relief in (none, x) else 0", ["'x' is not an option"]),
        ("1 if fees in (1, 2) else 0", ["not a choice", "relief, inspections"]),
        ("1 if relief == inspections else 0", ["not an option"]),
        ("kumgang", ["unknown name 'kumgang'", "option of 'relief'", "relief == kumgang"]),
        ("'relief'", ["is a choice"]),
        ("'kumgang' + 1", ["quoted"]),
        ("1 if relief in none else 0", ["'(' is needed"]),
        ("1 if relief not none else 0", ["'in' is needed"]),
        ("1 if relief in () else 0", ["value is needed"]),
    ],
)
def test_choices_refuse(text: str, words: list[str]) -> None:
    message = refused(text, RELIEF)
    for word in words:
        assert word in message


# --- What is refused ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "position", "words"),
    [
        ("a + * b", 5, "found '*' where a value is needed"),
        ("", 1, "empty"),
        ("   ", 1, "empty"),
        ("a b", 3, "An operator such as * is missing"),
        ("2a", 2, "Write 2*x"),
        ("1_000", 2, "runs into a name"),
        ("a^2", 2, "Write ** for powers"),
        ("a = b", 3, "Write == to compare"),
        ("a.b", 2, "Names have no dots"),
        ("a && b", 3, "Write 'and'"),
        ("a × b", 3, "Write *"),
        ("a\x00", 2, "'\\x00'"),
        ("lambda: 1", 7, "':'"),
        ("__import__('os')", 1, "is not a function"),
        ("a[0]", 2, "'['"),
        ("'abc", 1, "not closed"),
        ("1 if", 5, "the text ends where a value is needed"),
        ("1 if a > 0", 11, "'else' is needed"),
        ("(a", 3, "')' is needed"),
        ("a)", 2, "')'"),
        ("min()", 5, "value is needed"),
        ("min a", 5, "'(' is needed"),
        ("max(a b)", 7, "')' is needed"),
        ("sqrt(2)", 1, "functions are min and max"),
        ("9**9**9", 1, "out of bounds"),
        ("a**b", 4, "not a whole number"),
        ("a**0.5", 4, "not a whole number"),
        ("a/0", 3, "zero"),
        ("a/(b - b)", 3, "zero"),
        ("0**-1", 1, "zero"),
        ("1e999999999", 1, "out of bounds"),
        ("(((9**1000)**1000)**1000)**1000", 2, "digits"),
        ("a < b", 1, "condition where a number is needed"),
        ("a + (b < c)", 5, "condition where a number is needed"),
        ("(a < b) < c", 1, "condition where a number is needed"),
        ("a if b else c", 6, "number where a condition is needed"),
        ("a if b > 0 else c > 0", 17, "condition where a number"),
        ("1 if a and b > 1 else 2", 6, "number where a condition"),
        ("-(a < b)", 2, "condition where a number"),
        ("feez", 1, "Known names: a, b, c, größe"),
        ("größ + 1", 1, "Did you mean 'größe'"),
        ("True", 1, "unknown name"),
        ("in", 1, "found 'in'"),
        ("not", 4, "value is needed"),
    ],
)  # fmt: skip
def test_refused_with_position(text: str, position: int, words: str) -> None:
    message = refused(text)
    assert f"at character {position}:" in message
    assert words in message


@pytest.mark.parametrize(
    "text",
    ["(" * 10**5, "(" * 10**4 + "a" + ")" * 10**4, "-" * 10**4 + "a", "not " * 10**4 + "a",
     "a**" * 5000 + "1", "a if a > 0 else " * 2000 + "a", "min(" * 5000, "1 +" * 10**5,
     "'" * 10**4, "1" * 10**5, "[" * 100, "a." * 100],
    ids=range(12),
)  # fmt: skip
def test_hostile_text_is_refused_briefly(text: str) -> None:
    assert len(refused(text)) < 400


@settings(deadline=None)
@given(st.text(max_size=40) | st.text(alphabet="ab01.+-*/()<>=,'if else not in min", max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        parse(text, PLAIN)
    except ExpressionError as error:
        found = error.message
    else:
        return
    assert found.startswith("in ")


def test_nesting_within_the_limit_and_long_sums() -> None:
    assert read("(" * 190 + "a" + ")" * 190) is a
    assert "nested" in refused("(" * 201 + "a" + ")" * 201)
    assert read(" + ".join(["a"] * 10_000)) is 10_000 * a
    assert read(" and ".join(["a < b"] * 5000), boolean=True) is compare("<", a, b)


def test_a_deep_stack_is_no_crash() -> None:
    def dive(depth: int) -> Any:
        return dive(depth - 1) if depth else refused("(" * 190 + "a" + ")" * 190)

    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(1000)
    try:
        assert "nested" in dive(600)
    finally:
        sys.setrecursionlimit(limit)


def test_errors_carry_their_place() -> None:
    place = Place("games/hanoi.yaml", 41, 7)
    with pytest.raises(ExpressionError) as caught:
        parse("a + x", PLAIN, place)
    assert caught.value.place == place
    assert str(caught.value).startswith("games/hanoi.yaml:41:7: in 'a + x' at character 5: ")


@pytest.mark.parametrize(
    ("given_as", "printed"), [(3, "3"), (Fraction(1, 3), "1/3"), (0.1, "1/10"), (-2, "-2")]
)
def test_numbers_that_are_not_text(given_as: Any, printed: str) -> None:
    assert str(parse(given_as, PLAIN)) == printed
    assert "number where a condition" in refused(given_as, boolean=True)


def test_truth_values_that_are_not_text() -> None:
    assert parse(True, PLAIN, boolean=True) is TRUE
    assert "condition where a number" in refused(True)
    assert "not a number" in refused(float("nan"))


# --- Units ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("fees*years + cost", "M$"),
        ("cost/years - 2*fees", "M$/year"),
        ("cost + 3", "M$"),
        ("2*3 + cost", "M$"),
        ("min(cost, 0)", "M$"),
        ("cost if relief == none else 0", "M$"),
        ("cost/cost", "1"),
        ("3/cost", "1/M$"),
        ("cost**2/fees", "M$*year"),
        ("(cost + 1)**-1", "1/M$"),
        ("-(fees)", "M$/year"),
        ("1 - 0.5", "warhead"),
    ],
)
def test_units_are_inferred(text: str, unit: str) -> None:
    parse(text, RELIEF, expect=Unit.parse(unit))
    if unit != "warhead":
        assert "expected" in refused(text, RELIEF, expect=Unit.parse("warhead"))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("fees + cost", "'fees + cost' adds M$/year to M$: M$/year is not M$. Multiply 'fees' by a "
         "parameter in year"),
        ("cost + fees", "'cost + fees' adds M$ to M$/year: M$ is not M$/year. Multiply 'fees' by a "
         "parameter in year"),
        ("1 + cost - 2*fees", "subtracts M$/year from M$"),
        ("1 if fees < cost else 0", "'fees < cost' compares M$/year with M$"),
        ("min(fees, 1, cost)", "takes the least or greatest of M$/year and M$"),
        ("fees if relief == none else cost", "in M$/year on one branch and in M$ on the other"),
        ("cost*2 + (years)", "adds M$ to year"),
        ("cost + cost*cost", "adds M$ to M$^2"),
    ],
)  # fmt: skip
def test_units_that_do_not_match(text: str, words: str) -> None:
    assert words in refused(text, RELIEF)


def test_prefixes_are_different_units() -> None:
    scope = Scope({"x": Unit.parse("$"), "y": Unit.parse("M$"), "z": None})
    assert "parameter in" in refused("x + y", scope)
    parse("x + z", scope, expect=Unit.parse("$"))
    parse("x*z", scope, expect=Unit.parse("warhead"))  # an unknown unit fits any
    message = refused("x*2", scope, expect=Unit.parse("M$"))
    assert "this is in $, but M$ is expected. Multiply it by a parameter in M$/$" in message


def test_units_are_checked_as_written() -> None:
    # The canonical form is 0; what was written still adds dollars to years.
    assert "adds M$ to year" in refused("0*(cost + years)", RELIEF)
