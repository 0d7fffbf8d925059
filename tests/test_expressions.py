"""Expressions: canonical form, exact values and derivatives."""

from __future__ import annotations

import copy
import gc
import math
import operator
import pickle
import subprocess
import sys
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from detente.errors import ExpressionError
from detente.game.expressions import (
    FALSE,
    ONE,
    TRUE,
    ZERO,
    Expr,
    Scope,
    both,
    canonical,
    compare,
    conditional,
    const,
    either,
    evaluate,
    gradient,
    maximum,
    minimum,
    name,
    negation,
    parse,
    total,
)

NAMES = ("a", "b", "c", "größe")
PLAIN = Scope(dict.fromkeys(NAMES))
a, b, c = name("a"), name("b"), name("c")


def read(text: str, scope: Scope = PLAIN, **how: Any) -> Expr:
    return parse(text, scope, **how)


# --- Random syntax trees, with an evaluator that shares nothing with the module -------------------

RELATIONS = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}
leaves = st.sampled_from(NAMES) | st.sampled_from(["0", "1", "2", "0.5", "3", "1e-1", "7"])


def _numbers(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    tests = st.tuples(st.sampled_from(sorted(RELATIONS)), inner, inner)
    conditions = (
        tests
        | st.tuples(st.just("not"), tests)
        | st.tuples(st.sampled_from(["and", "or"]), tests, tests)
    )
    return (
        st.tuples(st.sampled_from(["+", "-", "*", "/"]), inner, inner)
        | st.tuples(st.just("neg"), inner)
        | st.tuples(st.just("**"), inner, st.integers(-2, 3))
        | st.tuples(st.sampled_from(["min", "max"]), inner, inner)
        | st.tuples(st.just("if"), conditions, inner, inner)
    )


trees = st.recursive(leaves, _numbers, max_leaves=12)
values = st.fractions(min_value=-3, max_value=3, max_denominator=4)
points = st.fixed_dictionaries(dict.fromkeys(NAMES, values))


def written(tree: Any) -> str:
    """The tree as text, with all parentheses."""
    if isinstance(tree, str):
        return tree
    head, *parts = tree
    if head == "**":
        return f"({written(parts[0])})**{parts[1]}"
    texts = [f"({written(part)})" for part in parts]
    if head == "if":
        return f"{texts[1]} if {texts[0]} else {texts[2]}"
    if head in ("min", "max"):
        return f"{head}({texts[0]}, {texts[1]})"
    if head in ("neg", "not"):
        return f"{'-' if head == 'neg' else 'not '}{texts[0]}"
    return f"{texts[0]} {head} {texts[1]}"


def value_of(tree: Any, at: dict[str, Fraction]) -> Any:
    """The plain value of a tree; ZeroDivisionError where it has none."""
    if isinstance(tree, str):
        return at[tree] if tree in at else Fraction(tree)
    head, *parts = tree
    if head == "if":
        return value_of(parts[1] if value_of(parts[0], at) else parts[2], at)
    if head == "**":
        return value_of(parts[0], at) ** parts[1]
    plain: dict[str, Any] = {
        "+": operator.add,
        "-": operator.sub,
        "*": operator.mul,
        "/": operator.truediv,
        "neg": operator.neg,
        "not": operator.not_,
        "min": min,
        "max": max,
        "and": lambda x, y: x and y,
        "or": lambda x, y: x or y,
        **RELATIONS,
    }
    return plain[head](*[value_of(part, at) for part in parts])


def read_or_skip(tree: Any) -> Expr:
    """Read the tree; one that always divides by zero somewhere is refused, and skipped here."""
    try:
        return read(written(tree))
    except ExpressionError as error:
        assume("zero" not in error.message)
        raise


@settings(max_examples=300, deadline=None)
@given(trees)
def test_printing_and_reading_back_gives_the_same_object(tree: Any) -> None:
    expression = read_or_skip(tree)
    assert read(str(expression)) is expression


@settings(max_examples=300, deadline=None)
@given(trees, points)
def test_values_agree_with_a_plain_evaluator(tree: Any, at: dict[str, Fraction]) -> None:
    expression = read_or_skip(tree)
    try:
        expected = value_of(tree, at)
    except ZeroDivisionError:
        assume(False)
    assert evaluate([expression], at) == [expected]


@settings(max_examples=300, deadline=None)
@given(trees, points, st.sets(st.sampled_from(NAMES)))
def test_binding_first_gives_the_same_value(
    tree: Any, at: dict[str, Fraction], early: set[str]
) -> None:
    expression = read_or_skip(tree)
    try:
        expected = evaluate([expression], at)
        bound = expression.bind({key: at[key] for key in early})
    except ExpressionError as error:
        assume("zero" not in error.message)
        raise
    assert not bound.parameters & early
    assert evaluate([bound], at) == expected
    everything = expression.bind(at)
    assert everything.is_constant
    assert [everything.constant] == expected


@settings(deadline=None)
@given(trees, trees, trees)
def test_canonical_identities(one: Any, two: Any, three: Any) -> None:
    x, y, z = map(read_or_skip, (one, two, three))
    assert x + y is y + x
    assert x * y is y * x
    assert (x + y) + z is x + (y + z)
    assert (x * y) * z is x * (y * z)
    assert x - x is ZERO
    assert x + x is 2 * x
    assert x * 1 is x
    assert x * 0 is ZERO
    assert x + 0 is x
    assert 0 - (0 - x) is x
    assert 3 * (x + y) is 3 * x + 3 * y
    assert (2 * x + 2 * y) * z is 2 * ((x + y) * z)
    assert (x - y) * z is -((y - x) * z)
    assert minimum(x, y) is minimum(y, x, y)
    assert maximum(x, maximum(y, z)) is maximum(z, y, x)
    assert compare("<", x, y) is compare(">", y, x)
    assert compare("==", x, y) is compare("==", y, x)
    assert negation(compare("<", x, y)) is compare(">=", x, y)
    test = compare("<", x, y)
    assert conditional(test, z, z) is z
    assert conditional(test, x, z) is conditional(negation(test), z, x)


# --- Canonical form -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("b + a", "a + b"),
        ("a - a", "0"),
        ("b - a", "b - a"),
        ("-a - b", "-a - b"),
        ("2 - a", "2 - a"),
        ("3*(a + b) - 3*a", "3*b"),
        ("a*a/b", "a**2/b"),
        ("2/a", "2/a"),
        ("(3/7)/a/b", "3/7/a/b"),
        ("a/a", "1"),
        ("1/(a + b)**2", "1/(a + b)**2"),
        ("(a + a)*c", "2*a*c"),
        ("0.1*a", "1/10*a"),
        ("a**0", "1"),
        ("(2*a)**2", "4*a**2"),
        ("2**3**2", "512"),
        ("-a**2", "-a**2"),
        ("a**-1", "1/a"),
        ("min(3, a, 5, a)", "min(3, a)"),
        ("max(2)", "2"),
        ("min(1, 2) + max(1, 2)", "3"),
        ("a if 1 < 2 else b", "a"),
        ("a if b == c else a", "a"),
        ("(a if b > 2 else c) + 1", "(a if b > 2 else c) + 1"),
        ("+a", "a"),
        ("größe*2", "2*größe"),
        (".5 + 1.", "3/2"),
    ],
)
def test_printed_form(text: str, printed: str) -> None:
    assert str(read(text)) == printed
    assert read(printed) is read(text)


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("a < b", "a < b"),
        ("2*a >= 4", "a >= 2"),
        ("0 < a", "a > 0"),
        ("b == a", "a == b"),
        ("not (a < b)", "a >= b"),
        ("not a == b", "a != b"),
        ("1 < 2", "true"),
        ("a < b < c", "a < b and b < c"),
        ("a < b and true", "a < b"),
        ("a < b or true", "true"),
        ("a < b or a < b", "a < b"),
        ("not (a < b and c > 1)", "not (a < b and c > 1)"),
        ("not not (a < b and c > 1)", "a < b and c > 1"),
        ("a < 1 or b < 1 and c < 1", "a < 1 or b < 1 and c < 1"),
        ("false", "false"),
        ("a > 1 if b > 1 else true", "a > 1 and b > 1 or b <= 1"),
    ],
)
def test_conditions(text: str, printed: str) -> None:
    expression = read(text, boolean=True)
    assert expression.is_condition
    assert expression is read(printed, boolean=True)
    if "if" not in text:
        assert str(expression) == printed


def test_constants_and_builders() -> None:
    assert const("1/3").constant == Fraction(1, 3)
    assert TRUE.constant is True
    assert FALSE.constant is False
    assert (1 + a) - 1 is a
    assert 1 / (1 / a) is a
    assert Fraction(1, 2) * a is a / 2
    assert 3 - a is -(a - 3)
    assert total([a, 1, b, a]) is 2 * a + b + 1
    assert total([]) is ZERO
    assert both() is TRUE
    assert either() is FALSE
    assert repr(a + 1) == "Expr('a + 1')"
    assert (a * b + c).parameters == {"a", "b", "c"}
    with pytest.raises(ExpressionError, match="not a constant"):
        _ = a.constant
    with pytest.raises(TypeError):
        a + 0.5  # type: ignore[operator]
    with pytest.raises(TypeError):
        a + True
    with pytest.raises(TypeError, match="whole numbers"):
        a ** Fraction(1, 2)  # type: ignore[operator]
    with pytest.raises(ExpressionError, match="condition where a number"):
        a + compare("<", a, b)
    with pytest.raises(ExpressionError, match="number where a condition"):
        negation(a)
    with pytest.raises(ExpressionError, match="at least one"):
        minimum()


def test_copies_and_pickles_are_the_same_object() -> None:
    expression = read("a*(b + 1)**2 if a < b else min(a, 3/7)")
    assert pickle.loads(pickle.dumps(expression)) is expression
    assert copy.deepcopy(expression) is expression


def test_the_form_does_not_depend_on_history() -> None:
    script = (
        "from detente.game.expressions import *\n"
        "import sys\n"
        "for text in sys.argv[1]: name(text) * 2 + 1\n"
        "s = Scope(dict.fromkeys('abcd'))\n"
        "print(parse('(a - b)*(c - d) + (d - a)*b + (3*c - 2*a)/(b - c)', s))\n"
    )
    forms = {
        subprocess.run(
            [sys.executable, "-c", script, order], capture_output=True, text=True, check=True
        ).stdout
        for order in ("abcd", "dcba", "bdac")
    }
    assert len(forms) == 1


def test_forgotten_expressions_leave_nothing_behind() -> None:
    gc.collect()
    before = len(canonical._known)
    made = [(a + number) * b for number in range(1000, 2000)]
    assert len(canonical._known) > before + 1000
    del made
    gc.collect()
    assert len(canonical._known) <= before + 5


def test_long_chains_need_no_recursion() -> None:
    expression = a
    for _ in range(20_000):
        expression = maximum(expression - 1, b) + 1
    assert evaluate([expression], {"a": Fraction(1), "b": Fraction(0)}) == [1]
    assert expression.bind({"a": 1, "b": 0}) is ONE
    assert expression.parameters == {"a", "b"}
    assert gradient(expression, {"a": 5, "b": 0}) == {"a": 1.0, "b": 0.0}
    assert len(repr(expression)) < 250


def test_sharing_is_evaluated_once() -> None:
    expression = a
    for _ in range(200):  # 2**200 paths
        expression = maximum(expression, 0) + minimum(expression, 1)
    assert evaluate([expression], {"a": 0}) == [0]
    assert gradient(expression, {"a": Fraction(1, 2**210)})["a"] == pytest.approx(2.0**200)


# --- Values and derivatives -----------------------------------------------------------------------


def test_division_by_zero_counts_only_in_the_branch_taken() -> None:
    guarded = read("a/b if b != 0 else 7")
    assert evaluate([guarded], {"a": 1, "b": 0}) == [7]
    assert guarded.bind({"b": 0}) is const(7)
    assert gradient(guarded, {"a": 1, "b": 0}) == {"a": 0.0, "b": 0.0}
    chained = read("1 if b != 0 and a/b > 2 else 0")
    assert evaluate([chained], {"a": 1, "b": 0}) == [0]
    assert chained.bind({"b": 0}) is ZERO
    either_way = read("1 if b == 0 or a/b > 2 else 0")
    assert evaluate([either_way], {"a": 1, "b": 0}) == [1]
    assert either_way.bind({"b": 0}) is ONE


@pytest.mark.parametrize(
    "text",
    ["a/b + 1", "min(a/b, 1)", "1 if a/b > 1 else 2", "b**-2 * a", "1 if not a/b > 1 else 2"],
)
def test_division_by_zero_names_the_expression(text: str) -> None:
    expression = read(text)
    with pytest.raises(ExpressionError, match="Division by zero: 'b' is 0 in '"):
        evaluate([expression], {"a": 1, "b": 0})
    with pytest.raises(ExpressionError, match="zero"):
        expression.bind({"b": 0})
    with pytest.raises(ExpressionError, match="zero"):
        gradient(expression, {"a": 1, "b": 0})


def test_values() -> None:
    at = {"a": Fraction(1, 2), "b": Fraction(3)}
    assert evaluate([], at) == []
    found = evaluate([a + b, a, const(2), compare("<", a, b), TRUE], at)
    assert found == [Fraction(7, 2), Fraction(1, 2), 2, 1, 1]
    assert all(type(value) is Fraction for value in found)
    with pytest.raises(ExpressionError, match=r"'c' has no value. Values are given for: a, b"):
        evaluate([c], at)


def test_bind_puts_expressions_in() -> None:
    assert (a * b + 1).bind({"a": b + 1}) is (b + 1) * b + 1
    assert (a + b).bind({"a": b, "b": a}) is a + b
    assert (a - b).bind({"a": b, "b": a}) is b - a
    assert (a + 1).bind({"zzz": 3}) is a + 1
    with pytest.raises(ExpressionError, match="condition"):
        a.bind({"a": TRUE})


def test_values_that_explode_are_refused() -> None:
    with pytest.raises(ExpressionError, match="too many digits"):
        evaluate([(a**1000 + 1) ** 1000], {"a": Fraction(9**50)})
    with pytest.raises(ExpressionError, match="out of bounds"):
        a**1001
    with pytest.raises(ExpressionError, match="out of bounds"):
        a**600 * a**600
    with pytest.raises(ExpressionError, match="digits"):
        const(10) ** 1000 * const(10) ** 1000 * 10**3000


smooth = st.sampled_from(
    [
        "a*b + c/(a + 5) - größe**3",
        "(a + b)**-2 * c + 3*a*b*c*größe",
        "(a*b + c*größe)**3/(1 + a**2)",
        "2*a - b/4 + 7",
    ]
)
positive = st.fractions(min_value=Fraction(1, 2), max_value=3, max_denominator=50)


@settings(deadline=None)
@given(smooth, st.fixed_dictionaries(dict.fromkeys(NAMES, positive)))
def test_gradient_agrees_with_finite_differences(text: str, at: dict[str, Fraction]) -> None:
    expression, step = read(text), Fraction(1, 10**6)
    found = gradient(expression, at)
    assert set(found) == expression.parameters
    for key, slope in found.items():
        ahead, behind = (
            evaluate([expression], {**at, key: at[key] + move})[0] for move in (step, -step)
        )
        assert slope == pytest.approx(float((ahead - behind) / (2 * step)), rel=1e-6, abs=1e-6)


def test_gradient_takes_the_active_branch() -> None:
    at = {"a": 1.0, "b": 2.0, "c": 0.0}
    assert gradient(read("min(a, 3*b)"), at) == {"a": 1.0, "b": 0.0}
    assert gradient(read("max(a, 3*b)"), at) == {"a": 0.0, "b": 3.0}
    assert gradient(read("a**2 if a < b else b"), at) == {"a": 2.0, "b": 0.0}
    assert gradient(read("c*a*b"), at) == {"a": 0.0, "b": 0.0, "c": 2.0}
    assert gradient(const(3), at) == {}
    assert math.isinf(gradient(read("a**1000"), {"a": 10})["a"])
    with pytest.raises(ExpressionError, match="condition"):
        gradient(compare("<", a, b), at)
