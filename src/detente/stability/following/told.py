"""Exact places as a reader should meet them: short decimals, rounded to the safe side."""

from __future__ import annotations

from fractions import Fraction
from math import ceil, floor, log10

from detente.stability.following.algebraic import Place, Root
from detente.stability.words import DIGITS, plain

MOST_DIGITS = 40
"""Digits beyond which the ends of a narrow interval are not told apart."""


def told(name: str, place: Place) -> str:
    """A single value: `q = 1`, `q ≈ 0.4286`."""
    exactly, text = _value(place)
    return f"{name} {'=' if exactly else '≈'} {text}"


def place_text(place: Place) -> str:
    """A value alone: `0.5`, `≈0.4286`."""
    exactly, text = _value(place)
    return text if exactly else f"≈{text}"


def _value(place: Place) -> tuple[bool, str]:
    if isinstance(place, Root):
        close = place.within(Fraction(1, 10 ** (2 * DIGITS)))
        return False, plain((close.low + close.high) / 2).removeprefix("≈")
    text = plain(place)
    return not text.startswith("≈"), text.removeprefix("≈")


def inwards(low: Place | None, high: Place | None) -> tuple[str, str]:
    """Bounds as decimals, the lower one rounded up and the upper one down.

    They get as many digits as keep the lower one below the upper one.

    >>> inwards(Fraction(3, 7), Fraction(2, 3)), inwards(Fraction(1, 3), Fraction(33334, 100000))
    (('0.4286', '0.6666'), ('0.333334', '0.33334'))
    """
    digits = DIGITS
    least, most = _rounded(low, True, digits), _rounded(high, False, digits)
    while least is not None and most is not None and least >= most and digits < MOST_DIGITS:
        digits += 1
        least, most = _rounded(low, True, digits), _rounded(high, False, digits)
    return _text(least, digits), _text(most, digits)


def enclosed(root: Root, digits: int = 12) -> tuple[Fraction, Fraction]:
    """Short decimals between which an irrational number lies.

    >>> from detente.stability.following.algebraic import real_roots
    >>> low, high = enclosed(real_roots([-2, 0, 1])[1], 4)
    >>> float(low), float(high)
    (1.414, 1.415)
    """
    low, high = _rounded(root, False, digits), _rounded(root, True, digits)
    assert low is not None
    assert high is not None
    return low, high


def _text(number: Fraction | None, digits: int) -> str:
    return "" if number is None else plain(number, digits + 1).removeprefix("≈")


def _rounded(place: Place | None, up: bool, digits: int) -> Fraction | None:
    """To that many significant digits; what is a short decimal stays as it is."""
    if place is None:
        return None
    if isinstance(place, Root):
        close = place.within(Fraction(1, 10 ** (digits + 4)))
        # Its own interval's end on the safe side: never beyond the number itself.
        place = close.high if up else close.low
    elif not plain(place, digits).startswith("≈"):
        return place
    if not place:
        return place
    unit = Fraction(10) ** (_magnitude(abs(place)) + 1 - digits)
    return (ceil(place / unit) if up else floor(place / unit)) * unit


def _magnitude(size: Fraction) -> int:
    """The exponent of the leading digit."""
    guess = floor(log10(size.numerator) - log10(size.denominator))
    while Fraction(10) ** guess > size:
        guess -= 1
    while Fraction(10) ** (guess + 1) <= size:
        guess += 1
    return guess
