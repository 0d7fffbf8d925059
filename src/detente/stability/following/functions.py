"""Quotients of polynomials in one parameter, exactly."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, TypeAlias

Function: TypeAlias = Any
"""A `flint.fmpq_poly`, or a `Ratio` where the denominator is not constant.

Both take `+`, `-` and `*` with either, and compare by `==` as functions.
"""


class Ratio:
    """A quotient of two polynomials without a common factor, the leading one below being 1."""

    __hash__ = None  # type: ignore[assignment]
    __slots__ = ("down", "up")

    def __init__(self, up: Any, down: Any) -> None:
        self.up = up
        self.down = down

    def __add__(self, other: Function) -> Function:
        up, down = parts(other)
        return quotient(self.up * down + up * self.down, self.down * down)

    __radd__ = __add__

    def __neg__(self) -> Function:
        return Ratio(-self.up, self.down)

    def __sub__(self, other: Function) -> Function:
        return self + (-other)

    def __rsub__(self, other: Function) -> Function:
        return other + (-self)

    def __mul__(self, other: Function) -> Function:
        up, down = parts(other)
        return quotient(self.up * up, self.down * down)

    __rmul__ = __mul__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Ratio) and self.up == other.up and self.down == other.down


def parts(function: Function) -> tuple[Any, Any]:
    """Numerator and denominator."""
    if isinstance(function, Ratio):
        return function.up, function.down
    return function, constant(1)


def quotient(up: Any, down: Any) -> Function:
    """One polynomial by another (not zero throughout), common factors cancelled."""
    common = up.gcd(down)
    if common.degree() > 0:
        up, down = up // common, down // common
    lead = down.leading_coefficient()
    if down.degree() == 0:
        return up / lead
    return Ratio(up / lead, down / lead)


def inverse(function: Function) -> Function:
    """One over a function that is not zero throughout."""
    up, down = parts(function)
    return quotient(down, up)


def constant(value: int | Fraction) -> Any:
    """A number as a polynomial."""
    from flint import fmpq_poly

    return fmpq_poly([value.numerator], value.denominator)


def itself() -> Any:
    """The parameter as a function of itself."""
    from flint import fmpq_poly

    return fmpq_poly([0, 1])


def is_zero(function: Function) -> bool:
    """Whether it is zero throughout."""
    return not (function.up if isinstance(function, Ratio) else function)


def is_constant(function: Function) -> bool:
    """Whether it does not depend on the parameter."""
    return not isinstance(function, Ratio) and function.degree() <= 0


def key(function: Function) -> tuple[str, ...]:
    """What two functions have in common exactly if they are the same."""
    if isinstance(function, Ratio):
        return str(function.up), str(function.down)
    return (str(function),)
