"""Refuse probabilities that are none, saying where they stand and what they belong to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from detente.errors import Place, SummitError
from detente.game.expressions import Expr, evaluate


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
        spelled = " + ".join(str(p) for p in found)
        total = show(sum(found, Fraction(0)))
        raise SummitError(
            f"{what}: the probabilities must sum to 1; {spelled} = {total}. "
            "Make one of them '1 - …' of the others.",
            place,
        )


def show(number: Fraction) -> str:
    """A number as people read it: exact, with a decimal beside it where it has no short one."""
    return str(number) if number.denominator == 1 else f"{number} (about {float(number):.6g})"
