"""Whether beliefs are consistent in the sense of Kreps and Wilson (1982), exactly.

An assessment is consistent if it is a limit of assessments in which every action has a positive
probability and beliefs follow by Bayes' rule. That is so exactly if there are an order K ≥ 0 of
every action, a whole number that is 0 where the action has positive probability and only there, and
a positive weight of every action, its probability where that is positive, such that each belief is
the limit, as e goes to 0, of what actions of probability weight · e^K give: its support are the
nodes of least order along their path, and the odds among them those of the products of weights
(Kreps and Wilson 1982, lemmas A1 and A2; the gap in their proof is closed by Streufert 2012; see
also Kohlberg and Reny 1997). Orders and weights do not depend on one another once the beliefs are
given: orders are a linear program, weights a linear system in logarithms.

That system is solved without any logarithm: the numbers in it are products of powers of whole
numbers above one that have no common factor two by two, whose logarithms no whole coefficients
combine to zero, so a solution is one of the rational system of the exponents.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from math import gcd, lcm
from typing import Any

from detente.certify.assessment import Class


@dataclass(frozen=True)
class Held:
    """A belief over the classes of an information set, one number a class."""

    infoset: int
    classes: list[Class]
    odds: list[Fraction]

    @property
    def support(self) -> list[int]:
        """The classes that are thought possible."""
        return [k for k, p in enumerate(self.odds) if p]


@dataclass(frozen=True)
class Trembling:
    """Trembles that give the beliefs held.

    `orders` : flat action → its order, for those that matter to the beliefs held
    `weights` : flat action → its weight, where all are rational; else None
    """

    orders: dict[int, int]
    weights: dict[int, Fraction] | None


@dataclass(frozen=True)
class Conflict:
    """Information sets whose beliefs no trembles give together.

    `orders` : whether no order of trembles gives their supports; else no weights give their odds
    """

    infosets: list[int] = field(default_factory=list)
    orders: bool = True


def trembles_for(
    held: Sequence[Held], check: Callable[[], None] | None = None
) -> Trembling | Conflict:
    """Trembles that give all these beliefs, or those of the beliefs that contradict one another."""
    supports = [(one.infoset, one.classes, one.support) for one in held]
    orders = orders_for(supports, check)
    if isinstance(orders, Conflict):
        return orders
    weights = _weights_for(held)
    return weights if isinstance(weights, Conflict) else Trembling(orders, weights.rational)


# ── orders ──────────────────────────────────────────────────────────────────────────────────────

Support = tuple[int, list[Class], list[int]]
"""(infoset, its classes, those that are thought possible)."""


def orders_for(
    supports: Sequence[Support], check: Callable[[], None] | None = None
) -> dict[int, int] | Conflict:
    """Orders of the trembles under which these are the classes of least order."""
    flats = sorted({f for _, classes, _ in supports for c in classes for f, _ in c.trembles})
    equal, above, owners = _order_rows(supports)
    ones = dict.fromkeys(flats, 1)
    if _fits(ones, equal, above):
        return ones
    from detente.linear.programs import feasible

    column = {flat: j for j, flat in enumerate(flats)}
    rows = [[{column[f]: v for f, v in row.items()} for row in part] for part in (above, equal)]
    found = feasible(
        rows[0], [-1] * len(above), rows[1], [0] * len(equal), [(1, None)] * len(flats),
        num_columns=len(flats), check=check,
    )  # fmt: skip
    if found.point is None:
        weights = found.certificate or []
        _check_refutation(above, equal, weights)
        return Conflict(sorted({owners[i] for i, w in enumerate(weights) if w}))
    unit = lcm(*(x.denominator for x in found.point))
    orders = {flat: int(x * unit) for flat, x in zip(flats, found.point, strict=True)}
    assert _fits(orders, equal, above), "a point of a linear program that breaks its rows"
    return orders


def _order_rows(
    supports: Sequence[Support],
) -> tuple[list[dict[int, int]], list[dict[int, int]], list[int]]:
    """Rows that are 0 (of equal order) and at most −1 (the others); whose they are, these first."""
    equal, above, equals, aboves = [], [], [], []
    for infoset, classes, support in supports:
        least = classes[support[0]]
        for k, other in enumerate(classes):
            row = _difference(least, other)
            if k in support[1:]:
                equal.append(row)
                equals.append(infoset)
            elif k not in support:
                above.append(row)
                aboves.append(infoset)
    return equal, above, aboves + equals


def _difference(one: Class, other: Class) -> dict[int, int]:
    row: dict[int, int] = dict(one.trembles)
    for flat, times in other.trembles:
        row[flat] = row.get(flat, 0) - times
    return {flat: times for flat, times in row.items() if times}


def _fits(orders: dict[int, int], equal: list[dict[int, int]], above: list[dict[int, int]]) -> bool:
    def total(row: dict[int, int]) -> int:
        return sum(times * orders[flat] for flat, times in row.items())

    return all(total(row) == 0 for row in equal) and all(total(row) < 0 for row in above)


def _check_refutation(
    above: list[dict[int, int]], equal: list[dict[int, int]], weights: Sequence[Fraction]
) -> None:
    """Farkas: rows at most −1 and rows of 0, added up, that no orders of at least 1 satisfy."""
    sides = [-1] * len(above) + [0] * len(equal)
    total: dict[int, Fraction] = {}
    for row, weight in zip([*above, *equal], weights, strict=True):
        for flat, times in row.items() if weight else ():
            total[flat] = total.get(flat, Fraction(0)) + weight * times
    right = sum((w * b for w, b in zip(weights, sides, strict=True)), Fraction(0))
    sound = all(w >= 0 for w in weights[: len(above)]) and all(v >= 0 for v in total.values())
    assert sound, "a proof of infeasibility that proves nothing"
    assert sum(total.values(), Fraction(0)) > right, "a proof of infeasibility that proves nothing"


# ── weights ─────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class _Weights:
    rational: dict[int, Fraction] | None


def _weights_for(held: Sequence[Held]) -> _Weights | Conflict:
    rows, ratios, owners = _ratio_rows(held)
    if all(ratio == 1 for ratio in ratios):
        return _Weights({})
    flats = sorted({flat for row in rows for flat in row})
    base = coprime_base([n for r in ratios for n in (r.numerator, r.denominator)])
    exponents = [
        [_power(r.numerator, b) - _power(r.denominator, b) for b in base] for r in ratios
    ]
    matrix = [[row.get(flat, 0) for flat in flats] for row in rows]
    solution = _solve(matrix, exponents)
    if solution is None:
        return Conflict(_contradicting(matrix, exponents, owners), orders=False)
    if any(power.denominator != 1 for powers in solution for power in powers):
        return _Weights(None)
    weights = {}
    for flat, powers in zip(flats, solution, strict=True):
        weight = Fraction(1)
        for b, power in zip(base, powers, strict=True):
            weight *= Fraction(b) ** int(power)
        weights[flat] = weight
    return _Weights(weights)


def _ratio_rows(held: Sequence[Held]) -> tuple[list[dict[int, int]], list[Fraction], list[int]]:
    """Products of weights (of trembles, to powers) and the numbers that they must equal."""
    rows, ratios, owners = [], [], []
    for one in held:
        first, *others = one.support
        for k in others:
            row = _difference(one.classes[k], one.classes[first])
            odds = [one.odds[i] / one.classes[i].mass for i in (k, first)]
            rows.append(row)
            ratios.append(odds[0] / odds[1])
            owners.append(one.infoset)
    return rows, ratios, owners


def coprime_base(numbers: Sequence[int]) -> list[int]:
    """Whole numbers above 1, no two with a common factor, whose powers give all these as products.

    >>> sorted(coprime_base([12, 18, 5]))
    [2, 3, 5]
    """
    base: list[int] = []
    waiting = sorted({n for n in numbers if n > 1})
    while waiting:
        number = waiting.pop()
        for i, other in enumerate(base):
            shared = gcd(number, other)
            if shared > 1:
                base.pop(i)
                waiting += [n for n in (shared, number // shared, other // shared) if n > 1]
                break
        else:
            if number > 1:
                base.append(number)
    return base


def _power(number: int, base: int) -> int:
    power = 0
    while number % base == 0:
        number //= base
        power += 1
    return power


def _solve(matrix: list[list[int]], right: list[list[int]]) -> list[list[Fraction]] | None:
    """Rational x with matrix · x = right, column by column; None where there is none."""
    from flint import fmpz_mat

    width, columns = len(matrix[0]), len(right[0])
    whole = fmpz_mat([[*row, *side] for row, side in zip(matrix, right, strict=True)])
    reduced, unit, rank = whole.rref()
    found = [[Fraction(0)] * columns for _ in range(width)]
    for i in range(rank):
        pivot = next(j for j in range(width + columns) if reduced[i, j])
        if pivot >= width:
            return None
        found[pivot] = [Fraction(int(reduced[i, width + j]), int(unit)) for j in range(columns)]
    return found


def _contradicting(
    matrix: list[list[int]], right: list[list[int]], owners: list[int]
) -> list[int]:
    """Whose rows combine to nothing on the left, and not on the right."""
    from flint import fmpz_mat

    size, width = len(matrix), len(matrix[0])
    unit_rows = [[int(i == j) for j in range(size)] for i in range(size)]
    joined = [[*row, *one] for row, one in zip(matrix, unit_rows, strict=True)]
    reduced, _, rank = fmpz_mat(joined).rref()
    for i in range(rank):
        if any(reduced[i, j] for j in range(width)):
            continue
        kernel = [int(reduced[i, width + j]) for j in range(size)]
        if any(_dot(kernel, [side[c] for side in right]) for c in range(len(right[0]))):
            return sorted({owners[j] for j, v in enumerate(kernel) if v})
    raise AssertionError("a system without a solution has a combination that shows it")


def _dot(one: Sequence[Any], other: Sequence[Any]) -> Any:
    return sum(x * y for x, y in zip(one, other, strict=True))
