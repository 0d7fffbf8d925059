"""Refuse probabilities that are none, saying where they stand and what they belong to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import floor, log10

from detente.errors import Place, SummitError
from detente.game.expressions import Expr, evaluate

MAX_BITS = 160
"""Binary digits of a number, above and below the line, up to which messages spell it out."""


def check_chances(
    probabilities: Sequence[Expr],
    values: Mapping[str, Fraction],
    what: str,
    place: Place | None,
    *,
    whole: bool = True,
) -> None:
    """Check probabilities at the parameters' values; `whole` says that they are all there are.

    `what` : what they belong to, for the message

    Raises SummitError where one is outside [0, 1], or where all of them do not sum to one.
    """
    found = evaluate(probabilities, values)
    wrong = next((p for p in found if not 0 <= p <= 1), None)
    if wrong is not None:
        raise SummitError(
            f"{what}: a probability lies between 0 and 1; found {show(wrong)}. Correct the "
            "formula, or bound it with min and max.",
            place,
        )
    if whole and sum(found) != 1:
        spelled = " + ".join(brief(p) for p in found)
        total = show(sum(found, Fraction(0)))
        raise SummitError(
            f"{what}: the probabilities must sum to 1; {spelled} = {total}. "
            "Make one of them '1 - …' of the others.",
            place,
        )


def show(number: Fraction) -> str:
    """A number as people read it: exact, with a decimal beside it where it has no short one."""
    exact = brief(number)
    if number.denominator == 1 or exact.startswith("about"):
        return exact
    return f"{exact} (about {float(number):.6g})"


def brief(number: Fraction) -> str:
    """A number exactly, or about how much it is where it has too many digits to be read.

    >>> brief(Fraction(1, 3)), brief(Fraction(-(10**400), 3))
    ('1/3', 'about -3.333e+399')
    """
    over, under = number.numerator, number.denominator
    if over.bit_length() + under.bit_length() <= MAX_BITS:
        return str(number)
    size = log10(abs(over)) - log10(under)
    whole = floor(size)
    return f"about {'-' * (over < 0)}{10 ** (size - whole):.4g}e{whole:+d}"
