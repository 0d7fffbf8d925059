"""Read expressions from text, as numbers or conditions, in the unit that is expected."""

from __future__ import annotations

from fractions import Fraction
from typing import Final

from detente.errors import Place
from detente.game.expressions.canonical import Expr, number
from detente.game.expressions.compiling import Compiler, Scope, Typed
from detente.game.expressions.grammar import TOO_DEEP, Parser
from detente.game.expressions.numbers import exact
from detente.game.expressions.tokens import Source
from detente.game.units import Unit

MAX_LENGTH: Final = 50_000
"""Longest text of an expression, in characters."""


def parse(
    text: str | int | float | Fraction,
    scope: Scope,
    place: Place | None = None,
    expect: Unit | None = None,
    boolean: bool = False,
) -> Expr:
    """Read an expression: a number, or a condition where `boolean` is set.

    The grammar knows numbers, names, `+ - * / **`, parentheses, `min` and `max`, comparisons,
    `in (a, b)`, `and`, `or`, `not`, and `a if condition else b`. A choice is only compared with
    its options; it then counts as the position of its option, from 0. Raises `ExpressionError`
    with the position in the text, for units that do not match as well; `expect` is the unit that
    the whole must have.

    >>> scope = Scope({"fees": Unit.parse("M$/year")}, {"relief": ("none", "partial", "full")})
    >>> str(parse("2*fees if relief >= partial else fees", scope))
    'fees if relief < 1 else 2*fees'
    >>> parse("fees + * 2", scope)
    Traceback (most recent call last):
    detente.errors.ExpressionError: in 'fees + * 2' at character 8: found '*' where a value is \
needed.
    """
    source = Source(text if isinstance(text, str) else str(text).lower(), place)
    if not isinstance(text, str | bool):
        found = Typed(source.guard(0, lambda: number(exact(text))), None, True)
    else:
        found = _read(source, scope)
    if found.expr.is_condition != boolean:
        raise source.wrong_sort(0, source.text.strip(), found.expr.is_condition)
    if expect is not None and found.unit is not None and found.unit != expect:
        raise source.error(
            0,
            f"this is in {found.unit}, but {expect} is expected. "
            f"Multiply it by a parameter in {expect / found.unit}, or correct the unit.",
        )
    return found.expr


def unit_of(text: str, scope: Scope, place: Place | None = None) -> Unit | None:
    """The unit in which a text comes out, `None` where it fits any; raises what `parse` raises.

    >>> str(unit_of("3*fees", Scope({"fees": Unit.parse("M$/year")})))
    'M$/year'
    """
    return _read(Source(text, place), scope).unit


def _read(source: Source, scope: Scope) -> Typed:
    if len(source.text) > MAX_LENGTH:
        raise source.error(0, f"the text is longer than {MAX_LENGTH} characters. Split it up.")
    try:
        return Compiler(source, scope).visit(Parser(source).whole())
    except RecursionError:  # the caller's own stack was already deep
        raise source.error(0, TOO_DEEP) from None
