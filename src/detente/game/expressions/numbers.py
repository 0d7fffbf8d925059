"""Exact numbers: read from text, raised to powers, and refused where they grow too large."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Any, Final, NoReturn

from detente.errors import ExpressionError
from detente.game.expressions.printing import shortened

MAX_EXPONENT: Final = 1000
"""Largest power of an expression, either way."""
MAX_DECIMAL_EXPONENT: Final = 4000
"""Largest power of ten in a number, either way."""
# Constants stay below this, so that Python's limit of 4300 digits never stops one being printed.
_LARGEST: Final = 1 << 14_000
_SHORT: Final = 20  # digits of a number that a message writes out


def slim(number: Any) -> Any:
    """The number as `int` where it is whole; refused where it has more than 4200 digits."""
    if type(number) is Fraction:
        if number.denominator != 1:
            if number.denominator >= _LARGEST or not -_LARGEST < number.numerator < _LARGEST:
                refuse_size()
            return number
        number = number.numerator
    if not -_LARGEST < number < _LARGEST:
        refuse_size()
    return number


def refuse_size() -> NoReturn:
    raise ExpressionError(
        "A number with more than 4200 digits comes out here. Use smaller powers or fewer factors."
    )


def check_exponent(power: int) -> None:
    if not -MAX_EXPONENT <= power <= MAX_EXPONENT:
        raise ExpressionError(
            f"A power of {power if abs(power) < 10**9 else 'more than a billion'} is out of "
            f"bounds. Powers go from -{MAX_EXPONENT} to {MAX_EXPONENT}."
        )


def constant_power(base: Any, power: int) -> Any:
    if power == 1:
        return base
    if power < 0 and not base:
        raise ExpressionError("Division by an expression that is always zero.")
    if bits(base) * abs(power) > 2 * _LARGEST.bit_length():
        refuse_size()
    return slim(Fraction(base) ** power)


def bits(number: Any) -> int:
    # 1 and -1 count as nothing: their powers stay small.
    whole = max(abs(number.numerator), number.denominator)
    return int(whole.bit_length()) if whole > 1 else 0


_DECIMAL = re.compile(r"([+-]?)([0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE]([+-]?)([0-9]+))?")


def exact(value: object) -> Fraction:
    """The number that the text spells, exactly; a float counts as what it prints.

    Raises `ExpressionError` for anything but a decimal number or a ratio of two, and for powers
    of ten beyond 4000 either way.

    >>> exact("0.1"), exact("3/7"), exact("-2e-3"), exact(0.1)
    (Fraction(1, 10), Fraction(3, 7), Fraction(-1, 500), Fraction(1, 10))
    """
    if isinstance(value, Fraction):
        return Fraction(slim(value))
    if isinstance(value, int) and not isinstance(value, bool):
        return Fraction(slim(int(value)))
    # float.__repr__, because subclasses (of numpy, of YAML readers) print themselves otherwise.
    text = float.__repr__(value) if isinstance(value, float) else str(value)
    if len(text) > 3 * MAX_DECIMAL_EXPONENT:
        refuse_size()
    parts = [_decimal(part.strip(), text) for part in text.split("/")]
    if len(parts) > 2:
        raise _not_a_number(text)
    if len(parts) == 2 and not parts[1]:
        raise ExpressionError(f"{text!r} divides by zero.")
    return Fraction(slim(parts[0] / parts[1] if len(parts) == 2 else parts[0]))


def comma_in_number(whole: str, after: str) -> str:
    """What to write instead of a number with a comma.

    >>> comma_in_number("0", "9")
    'Decimals take a point: write 0.9.'
    >>> comma_in_number("1", "200")
    'Decimals take a point, thousands no sign: 1200 or 1.200.'
    """
    if len(whole) + len(after) > _SHORT:
        return "Decimals take a point: write 0.9, not 0,9."
    if len(after) == 3 and whole.lstrip("-") != "0":
        return f"Decimals take a point, thousands no sign: {whole}{after} or {whole}.{after}."
    return f"Decimals take a point: write {whole}.{after}."


def per_cent(number: str) -> str:
    """How to write so many per cent, as a decimal and as a ratio.

    >>> per_cent("90")
    'Write 0.9 or 90/100.'
    """
    if len(number) > _SHORT:
        return "Write 5/100 for five per cent."
    return f"Write {float(number) / 100:.10g} or {number}/100."


def _not_a_number(text: str) -> ExpressionError:
    comma = re.fullmatch(r"\s*([+-]?[0-9]+),([0-9]+)\s*", text)
    if comma:
        return ExpressionError(
            f"{shortened(text, 40)!r} is not a number. {comma_in_number(*comma.groups())}"
        )
    share = re.fullmatch(r"\s*([0-9.]+)\s*%\s*", text)
    if share and _DECIMAL.fullmatch(share[1]):
        return ExpressionError(f"{shortened(text, 40)!r} is not a number. {per_cent(share[1])}")
    return ExpressionError(
        f"{shortened(text, 40)!r} is not a number. "
        "Write a decimal such as 0.25 or 1e-3, or a ratio such as 3/7."
    )


def _decimal(part: str, text: str) -> Fraction:
    match = _DECIMAL.fullmatch(part)
    if match is None:
        raise _not_a_number(text)
    sign, digits, exponent_sign, exponent = match.groups()
    if not digits.strip("0."):
        return Fraction(0)  # whatever its power
    exponent = (exponent or "").lstrip("0") or "0"
    if len(exponent) > 5 or int(exponent) > MAX_DECIMAL_EXPONENT:
        raise ExpressionError(
            f"The power of ten in {text[:40]!r} is out of bounds. "
            f"It may go from -{MAX_DECIMAL_EXPONENT} to {MAX_DECIMAL_EXPONENT}."
        )
    whole, _, after = digits.partition(".")
    if len(whole) + len(after) > MAX_DECIMAL_EXPONENT:
        refuse_size()
    shift = int(f"{exponent_sign or ''}{exponent}") - len(after)
    number = int(f"{sign}{whole}{after}")
    return Fraction(number * 10**shift) if shift >= 0 else Fraction(number, 10**-shift)
