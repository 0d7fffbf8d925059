"""Linear forms in unknowns whose coefficients are functions of a parameter, and their systems."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any, TypeAlias

from detente.stability.following.functions import (
    Function,
    Ratio,
    constant,
    inverse,
    is_constant,
    is_zero,
)

ONE = -1
"""The key of a form's constant term."""

Form: TypeAlias = Mapping[int, Function]
"""Unknown, or ONE → coefficient, none of them zero throughout."""


class NotLinear(Exception):
    """A product of two unknowns."""


def plain(function: Function) -> Form:
    """A form without unknowns."""
    return {} if is_zero(function) else {ONE: function}


def unknown(which: int) -> Form:
    """One unknown by itself."""
    return {which: constant(1)}


def added(forms: Sequence[Form]) -> Form:
    """The sum of several."""
    total: dict[int, Function] = {}
    for form in forms:
        for which, value in form.items():
            total[which] = total[which] + value if which in total else value
    return {which: value for which, value in total.items() if not is_zero(value)}


def times(form: Form, factor: Function) -> Form:
    """A form times a function."""
    if is_zero(factor):
        return {}
    return {which: value * factor for which, value in form.items()}


def product(one: Form, other: Form) -> Form:
    """The product of two forms, one of which has no unknowns; NotLinear where both have."""
    if any(which != ONE for which in one):
        one, other = other, one
    if any(which != ONE for which in one):
        raise NotLinear
    return times(other, one[ONE]) if ONE in one else {}


def minus(one: Form, other: Form) -> Form:
    """The difference of two forms."""
    return added([one, {which: -value for which, value in other.items()}])


def at_solution(form: Form, solution: Mapping[int, Function]) -> Function:
    """The form where the unknowns are these functions."""
    total: Function = constant(0)
    for which, value in form.items():
        total = total + (value if which == ONE else value * solution[which])
    return total


def value_of(function: Function, x: Fraction) -> Fraction:
    """A function's value at a rational that is no pole of it."""
    from flint import fmpq

    at = fmpq(x.numerator, x.denominator)
    if isinstance(function, Ratio):
        number: Any = function.up(at) / function.down(at)
    else:
        number = function(at)
    return Fraction(int(number.p), int(number.q))


def form_value(form: Form, x: Fraction, unknowns: Mapping[int, Fraction]) -> Fraction:
    """A form's value at a rational, where the unknowns have these values there."""
    return sum(
        (value_of(f, x) * (1 if which == ONE else unknowns[which]) for which, f in form.items()),
        Fraction(0),
    )


class System:
    """Equations `form = 0`, taken in one after another, by elimination over the functions.

    >>> from detente.stability.following.functions import itself
    >>> system = System()
    >>> system.take({0: itself(), ONE: constant(-1)})
    True
    >>> str(system.solution([0])[0].down)
    'x'
    """

    def __init__(self) -> None:
        self._rows: dict[int, Form] = {}

    def take(self, form: Form) -> bool:
        """Add an equation; False where it contradicts those before it."""
        left = self.reduced(form)
        pivots = [which for which in left if which != ONE]
        if not pivots:
            return not left
        pivot = min(pivots, key=lambda which: (not is_constant(left[which]), which))
        row = times({w: f for w, f in left.items() if w != pivot}, -inverse(left[pivot]))
        self._rows = {w: _put(other, pivot, row) for w, other in self._rows.items()}
        self._rows[pivot] = row
        return True

    def reduced(self, form: Form) -> Form:
        """The form with every unknown that is known replaced."""
        for pivot, row in self._rows.items():
            form = _put(form, pivot, row)
        return form

    def solution(self, unknowns: Sequence[int]) -> dict[int, Function] | None:
        """All unknowns as functions; None where some stay open."""
        if any(which not in self._rows for which in unknowns):
            return None
        return {which: self._rows[which].get(ONE, constant(0)) for which in unknowns}


def _put(form: Form, which: int, row: Form) -> Form:
    """A form with one unknown replaced by a form."""
    if which not in form:
        return form
    rest = {w: f for w, f in form.items() if w != which}
    return added([rest, times(row, form[which])])
