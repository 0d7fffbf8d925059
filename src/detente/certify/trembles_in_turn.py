"""Weights of trembles, adjusted one player after another: products are linear in one player's."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from math import exp, log

import numpy as np

from detente.certify.assessment import Class, Trembles
from detente.certify.belief_rows import Open, Row, rows_of
from detente.linear.programs import maximise

RANGE = 1000
"""How far weights may lie from one in a turn."""


def turn(
    places: Sequence[Open],
    weights: dict[int, Fraction],
    own: set[int],
    check: Callable[[], None] | None,
) -> tuple[Fraction, dict[int, Fraction]] | None:
    """How far the worst move stays behind the plan at best, and the weights that do so.

    None where a product holds several of these trembles, or the beliefs given cannot be had so.
    """
    kept = sorted({f for p in places for c in p.classes for f, _ in c.trembles} & own)
    column = {flat: j for j, flat in enumerate(kept)}
    above, equal = [], []
    for place in places:
        terms = [_term(one, weights, column) for one in place.classes]
        if not kept or any(term is None for term in terms):
            return None
        more, same = rows_of(place, {one.trembles: k for k, one in enumerate(place.classes)})
        merged = [[_merged(row, terms) for row in part] for part in (more, same)]
        above += [{**row, len(kept) + 1: Fraction(1)} for row in merged[0]]
        equal += merged[1]
    best = maximise(
        [0] * (len(kept) + 1) + [1], above, [0] * len(above), equal, [0] * len(equal),
        [(Fraction(1, RANGE), RANGE)] * len(kept) + [(1, 1), (None, 1)], check=check,
    )  # fmt: skip
    if best.status != "optimal":
        return None
    return best.x[-1], {**weights, **{flat: best.x[j] for flat, j in column.items()}}


def nearest_weights(size: dict[Trembles, Fraction]) -> dict[int, Fraction]:
    """Weights whose products are about these: least squares in logarithms, rounded."""
    flats = sorted({flat for trembles in size for flat, _ in trembles})
    column = {flat: j for j, flat in enumerate(flats)}
    matrix = np.zeros((len(size), len(flats)))
    for i, trembles in enumerate(size):
        for flat, times in trembles:
            matrix[i, column[flat]] = times
    logs = np.array([log(p.numerator) - log(p.denominator) for p in size.values()])
    nearest = np.linalg.lstsq(matrix, logs, rcond=None)[0].clip(-12, 12)
    return {
        flat: Fraction(exp(float(x))).limit_denominator(10_000) or Fraction(1, 10_000)
        for flat, x in zip(flats, nearest, strict=True)
    }


def _term(
    one: Class, weights: dict[int, Fraction], column: dict[int, int]
) -> tuple[int, Fraction] | None:
    """The column of the only tremble that varies (or of the number one), and what multiplies it."""
    varying = [(flat, times) for flat, times in one.trembles if flat in column]
    if len(varying) > 1 or any(times > 1 for _, times in varying):
        return None
    rest = Fraction(1)
    for flat, times in one.trembles:
        if flat not in column:
            rest *= weights.get(flat, Fraction(1)) ** times
    return (column[varying[0][0]] if varying else len(column)), rest


def _merged(row: Row, terms: Sequence[tuple[int, Fraction] | None]) -> Row:
    total: Row = {}
    for k, value in row.items():
        term = terms[k]
        assert term is not None
        total[term[0]] = total.get(term[0], Fraction(0)) + value * term[1]
    return total


def size_of(one: Class, weights: dict[int, Fraction]) -> Fraction:
    """The product of a class's trembles; those not named weigh one."""
    size = Fraction(1)
    for flat, times in one.trembles:
        size *= weights.get(flat, Fraction(1)) ** times
    return size
