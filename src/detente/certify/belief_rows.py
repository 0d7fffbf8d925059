"""What a place's belief must satisfy, as rows of a linear program over products of trembles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from detente.certify.assessment import Class, Trembles

Row = dict[int, Fraction]
"""Column → coefficient."""


@dataclass(frozen=True)
class Open:
    """An information set whose belief is to be found, or is given.

    `losses` : one row an action: what the plan yields more than it, class by class
    `odds` : the belief over classes where it is given
    """

    infoset: int
    classes: list[Class]
    losses: list[list[Fraction]]
    odds: list[Fraction] | None = None


def columns(places: Sequence[Open]) -> dict[Trembles, int]:
    """A column for each product of trembles."""
    column: dict[Trembles, int] = {}
    for place in places:
        for one in place.classes:
            column.setdefault(one.trembles, len(column))
    return column


def rows_of(place: Open, column: dict[Trembles, int]) -> tuple[list[Row], list[Row]]:
    """Rows at most 0 and rows of 0 that the products of a place's trembles keep to."""
    if place.odds is None:
        above = []
        for losses in place.losses:
            row: Row = {}
            for one, loss in zip(place.classes, losses, strict=True):
                if loss:
                    row[column[one.trembles]] = -loss * one.mass
            above.append(row)
        return above, []
    first = next(k for k, p in enumerate(place.odds) if p)
    least = place.classes[first]
    equal = []
    for k, (one, p) in enumerate(zip(place.classes, place.odds, strict=True)):
        if k != first:
            row = {column[one.trembles]: one.mass * place.odds[first]}
            if p:
                row[column[least.trembles]] = -least.mass * p
            equal.append(row)
    return [], equal
