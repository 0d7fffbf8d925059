"""Points of pieces: between two of them, as far as one can go, and on surfaces; all exact."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

from detente.stability.robustness.nearest.norms import Vector
from detente.stability.robustness.nearest.pieces import Form, Piece

STEPS = tuple(Fraction(1, 1 << k) for k in (30, 12, 5, 2, 0))
"""Parts of the way from a border to the inside that are tried."""


def towards_nothing(y: Vector) -> Iterator[list[Fraction]]:
    """A small part of a change, and smaller and smaller ones; then all of it."""
    for k in (20, 30, 40, 60, 0):
        yield [v / (1 << k) for v in y]


def between(one: Vector, other: Vector, part: Fraction) -> list[Fraction]:
    return [a + part * (b - a) for a, b in zip(one, other, strict=True)]


def first_in(piece: Piece, y: Vector, inner: Vector) -> list[Fraction] | None:
    """The first point in the piece on the way from a point of its border to the inside."""
    for part in STEPS:
        found = between(y, inner, part)
        for tried in (short(found), found):
            if piece.holds(tried):
                return tried
    return None


def short(y: Vector) -> list[Fraction]:
    """The point rounded, so that exact numbers stay short."""
    unit = 1 << 48
    return [Fraction(round(v * unit), unit) for v in y]


def furthest(piece: Piece, start: Vector, end: Vector) -> list[Fraction]:
    """By bisection, a point in the piece as far on the way from one of its points as can be."""
    low, high = Fraction(0), Fraction(1)
    if piece.holds(end):
        return list(end)
    found = list(start)
    for _ in range(24):
        middle = (low + high) / 2
        tried = between(start, end, middle)
        if piece.holds(tried):
            low, found = middle, tried
        else:
            high = middle
    return found


def on_surfaces(surfaces: Sequence[Form], y: list[Fraction]) -> Iterator[list[Fraction]]:
    """The point, or where forms are to be zero, points near it at which they are.

    Each form is brought to zero by one part of which those before it are free.
    """
    if not surfaces:
        yield y
        return
    first, rest = surfaces[0], surfaces[1:]
    for i in first.variables:
        if not any(i in form.variables for form in rest):
            for there in on_surfaces(rest, y):
                found = _on(first, there, i)
                if found is not None:
                    yield found


def _on(form: Form, y: Sequence[Fraction], i: int) -> list[Fraction] | None:
    """The point with one part moved so that a form is zero, if it is linear in that part."""

    def value(part: int) -> Fraction:
        return form.at([Fraction(part) if k == i else v for k, v in enumerate(y)])

    slope = value(1) - value(0)
    if not slope or value(2) - value(1) != slope:
        return None
    return [-value(0) / slope if k == i else v for k, v in enumerate(y)]
