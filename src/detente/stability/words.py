"""Numbers and names as a reader of the verdicts should meet them."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal, localcontext
from fractions import Fraction

DIGITS = 4
"""Significant digits of a rounded number in a sentence or a table."""


def plain(number: Fraction, digits: int = DIGITS) -> str:
    """The number in decimals: exact where it is short, else rounded and marked `≈`.

    >>> plain(Fraction(7, 10)), plain(Fraction(1, 3)), plain(Fraction(12345, 10))
    ('0.7', '≈0.3333', '1234.5')
    """
    text, exact = _decimal(number, digits)
    return text if exact else f"≈{text}"


def rounded(number: Fraction, digits: int = DIGITS) -> str:
    """The number in decimals, rounded without a mark: for columns of a table."""
    return _decimal(number, digits)[0]


def _decimal(number: Fraction, digits: int) -> tuple[str, bool]:
    if number.denominator == 1 and abs(number.numerator) < 10**12:
        return str(number.numerator), True
    with localcontext() as context:
        # One digit more than asked: 1234.5 stays whole where 1234.567 does not.
        context.prec = max(digits, len(str(abs(int(number)))) + 1)
        value = Decimal(number.numerator) / Decimal(number.denominator)
        exact = Fraction(value) == number
        value = value.normalize() + 0
    text = f"{value:f}" if -7 < value.adjusted() < 15 else f"{value:.{digits - 1}e}"
    if "." in text and "e" not in text:
        text = text.rstrip("0").rstrip(".")
    return text, exact


def amount(number: Fraction, unit: str = "") -> str:
    """The number with the unit of the payoffs, where there is one."""
    return f"{plain(number)} {unit}" if unit else plain(number)


def listed(names: Sequence[str]) -> str:
    """Names in a sentence.

    >>> listed(["US", "DPRK", "ROK"])
    'US, DPRK and ROK'
    """
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"
