"""Curves in a rectangle: in which order they stand, where they meet, and the signs between them.

The rectangle is cut into strips (Collins 1975, cylindrical algebraic decomposition): along the
second parameter at every value at which two of the curves cross, one turns back, or one leaves the
rectangle; and between two such values along the first one, at the curves. The edges of these cells
and their corners are cells of their own, each with its vector of signs.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cmp_to_key, lru_cache
from itertools import combinations, pairwise
from typing import Any

from detente.stability.following.algebraic import Place, Root, between, real_roots, sign_at
from detente.stability.robustness.maps.boxes import Box
from detente.stability.robustness.maps.surface import Terms

Vector = tuple[int, ...]
"""The signs of some polynomials, in their order."""
Coefficients = Sequence[Fraction]


@dataclass(frozen=True)
class Curve:
    """Where a polynomial is zero: its root of this position (from 0) along the first parameter."""

    terms: Terms
    index: int

    def at(self, y: Fraction) -> Place:
        """The value of the first parameter there."""
        return real_roots(along_first(self.terms, y))[self.index]


@dataclass(frozen=True)
class Row:
    """All along one value of the second parameter, from side to side of the rectangle.

    `curves` : the first side, the curves inside, the last side
    `points` : the signs at each of these; None where they are not known
    `gaps` : the signs between each two of them
    """

    curves: tuple[Curve, ...]
    points: tuple[Vector | None, ...]
    gaps: tuple[Vector, ...]


@dataclass(frozen=True)
class Strip:
    """Between two values of the second parameter: all along a value in between, `sample`."""

    low: Place
    high: Place
    sample: Fraction
    row: Row


@dataclass(frozen=True)
class Arrangement:
    """A rectangle cut at curves: strips from bottom to top, and the rows at the cuts.

    `rows` : at the lower end of each strip, and at the upper end of the last; None where what
        meets there cannot be told
    """

    strips: tuple[Strip, ...]
    rows: tuple[Row | None, ...]

    @property
    def vectors(self) -> list[Vector]:
        """All vectors of signs that occur, each once."""
        rows = [*(strip.row for strip in self.strips), *(row for row in self.rows if row)]
        met = [v for row in rows for v in (*row.points, *row.gaps) if v is not None]
        return list(dict.fromkeys(met))


def arranged(polynomials: Sequence[Terms], box: Box) -> Arrangement:
    """A rectangle cut at the zeros of irreducible polynomials, none of them twice."""
    left, right, low, high = box
    cuts = sorted({low, high, *(y for y in _critical(polynomials, box) if low < y < high)})
    strips = []
    for bottom, top in pairwise(cuts):
        y = between(bottom, top)
        strips.append(Strip(bottom, top, y, _row_at(polynomials, y, (left, right))))
    rows = tuple(_row(polynomials, y, (left, right)) for y in cuts)
    return Arrangement(tuple(strips), rows)


def side(end: Fraction) -> Curve:
    """A side of a rectangle, where the first parameter has this value."""
    return Curve((((0, 0), Fraction(-end)), ((1, 0), Fraction(1))), 0)


# ── where the order changes ────────────────────────────────────────────────────────────────────


def _critical(polynomials: Sequence[Terms], box: Box) -> Iterable[Place]:
    """The values of the second parameter at which curves in a rectangle may change their order."""
    left, right = box[:2]
    for terms in polynomials:
        for end in (left, right):
            there = along_second(terms, end)
            if any(there):
                yield from real_roots(there)
        yield from _turns(terms)
    for one, other in combinations(polynomials, 2):
        straight = width(one) == width(other) == 1
        for y in _crossings(one, other):
            # Straight along the first parameter: they meet once, and perhaps elsewhere.
            if straight and isinstance(y, Fraction):
                x = _zero(one, y)
                if x is not None and not left <= x <= right:
                    continue
            yield y


def _zero(terms: Terms, y: Fraction) -> Fraction | None:
    """Where a polynomial that is straight along the first parameter is zero."""
    b, a = along_first(terms, y)
    return -b / a if a else None


@lru_cache(maxsize=4096)
def _turns(terms: Terms) -> tuple[Place, ...]:
    """Where a curve is level, turns back or goes to infinity."""
    size = width(terms)
    if not size:
        return real_roots(along_second(terms, Fraction(0)))
    if size == 1:  # what goes to infinity has left the rectangle before, and is the only root
        return ()
    polynomial, x = _polynomial(terms)
    top = [c for (i, _), c in terms if i == size]
    met = [] if len(top) == 1 and ((size, 0), top[0]) in terms else [_leading(terms)]
    found = {y for row in met for y in real_roots(row)}
    return tuple(sorted({*found, *_roots_in_second(polynomial.discriminant(x))}))


@lru_cache(maxsize=1 << 16)
def _crossings(one: Terms, other: Terms) -> tuple[Place, ...]:
    """Where two curves may meet."""
    if not width(one) or not width(other):
        return ()
    first, x = _polynomial(one)
    second, _ = _polynomial(other)
    return _roots_in_second(first.resultant(second, x))


@lru_cache(maxsize=4096)
def _polynomial(terms: Terms) -> tuple[Any, str]:
    from flint import Ordering, fmpq, fmpq_mpoly_ctx

    ring = fmpq_mpoly_ctx.get(["x", "y"], Ordering.lex)
    return ring.from_dict({p: fmpq(c.numerator, c.denominator) for p, c in terms}), "x"


def _leading(terms: Terms) -> Coefficients:
    """The coefficient of the highest power of the first unknown."""
    top = width(terms)
    found = [Fraction(0)] * (1 + max(j for (_, j), _ in terms))
    for (i, j), c in terms:
        if i == top:
            found[j] += c
    return found


def _roots_in_second(polynomial: Any) -> tuple[Place, ...]:
    coefficients: dict[int, Fraction] = {}
    for exponents, c in polynomial.to_dict().items():
        coefficients[int(exponents[1])] = Fraction(int(c.p), int(c.q))
    if not any(coefficients):  # constant, or nothing
        return ()
    return real_roots([coefficients.get(k, Fraction(0)) for k in range(max(coefficients) + 1)])


# ── all along a value ──────────────────────────────────────────────────────────────────────────


def _row(polynomials: Sequence[Terms], y: Place, sides: tuple[Fraction, Fraction]) -> Row | None:
    if isinstance(y, Fraction):
        return _row_at(polynomials, y, sides)
    if all(width(terms) <= 1 for terms in polynomials):
        return _row_of_straight(polynomials, y, sides)
    return None


def _row_at(polynomials: Sequence[Terms], y: Fraction, sides: tuple[Fraction, Fraction]) -> Row:
    """All along a rational value."""
    along = [along_first(terms, y) for terms in polynomials]
    met: dict[Place, Curve] = {}
    for terms, row in zip(polynomials, along, strict=True):
        for index, x in enumerate(real_roots(row) if any(row) else ()):
            if sides[0] < x < sides[1]:
                met.setdefault(x, Curve(terms, index))
    places: list[Place] = [sides[0], *sorted(met), sides[1]]
    curves = (side(sides[0]), *(met[x] for x in places[1:-1]), side(sides[1]))
    gaps = [between(one, other) for one, other in pairwise(places)]
    return Row(
        curves,
        tuple(tuple(sign_at(row, x) for row in along) for x in places),
        tuple(tuple(sign_at(row, x) for row in along) for x in gaps),
    )


def _row_of_straight(
    polynomials: Sequence[Terms], y: Root, sides: tuple[Fraction, Fraction]
) -> Row:
    """All along an irrational value, where each curve is met once at most."""
    ends = [side(end).terms for end in sides]
    line = _Straight(y)
    first, last = ends
    inside = [
        terms for terms in polynomials
        if width(terms) and line.slope(terms)
        and line.order(first, terms) < 0 and line.order(terms, last) < 0
    ]  # fmt: skip
    places: list[list[Terms]] = [[first]]
    for terms in sorted(inside, key=cmp_to_key(line.order)):
        if len(places) > 1 and line.order(places[-1][0], terms) == 0:
            places[-1].append(terms)
        else:
            places.append([terms])
    places.append([last])
    points, gaps = list[Vector](), list[Vector]()
    for k, (place, *_) in enumerate(places):
        points.append(tuple(line.sign(terms, place) for terms in polynomials))
        if k:
            gaps.append(tuple(
                line.between(terms, places[k - 1][0], place) for terms in polynomials
            ))  # fmt: skip
    curves = tuple(Curve(place[0], 0) for place in places)
    return Row(curves, tuple(points), tuple(gaps))


class _Straight:
    """Polynomials a·x + b, a and b being polynomials in y, at one irrational y."""

    def __init__(self, y: Root) -> None:
        self._y = y
        self._known: dict[tuple[Terms, Terms], int] = {}
        self._slope: dict[Terms, int] = {}

    def slope(self, terms: Terms) -> int:
        """The sign of a."""
        if terms not in self._slope:
            self._slope[terms] = sign_at(_parts(terms)[1], self._y)
        return self._slope[terms]

    def order(self, one: Terms, other: Terms) -> int:
        """Whether the zero of the first lies before that of the second (-1), there, or behind."""
        if (one, other) not in self._known:
            (b, a), (d, c) = _parts(one), _parts(other)
            # -b/a < -d/c as a·d - b·c < 0, times the signs of a and c.
            sign = sign_at(_less(_times(a, d), _times(b, c)), self._y)
            found = sign * self.slope(one) * self.slope(other)
            self._known[one, other], self._known[other, one] = found, -found
        return self._known[one, other]

    def sign(self, terms: Terms, place: Terms) -> int:
        """The sign of a polynomial at the zero of another."""
        if not width(terms) or not self.slope(terms):
            return sign_at(_parts(terms)[0], self._y)
        return self.slope(terms) * self.order(terms, place) * -1

    def between(self, terms: Terms, first: Terms, last: Terms) -> int:
        """The sign of a polynomial between two neighbouring zeros."""
        return self.sign(terms, first) or self.sign(terms, last)


@lru_cache(maxsize=4096)
def _parts(terms: Terms) -> tuple[list[Fraction], list[Fraction]]:
    """b and a of a·x + b."""
    found: tuple[list[Fraction], list[Fraction]] = ([], [])
    for row in found:
        row += [Fraction(0)] * (1 + max(j for (_, j), _ in terms))
    for (i, j), c in terms:
        found[i][j] += c
    return found


def _times(one: Coefficients, other: Coefficients) -> list[Fraction]:
    found = [Fraction(0)] * (len(one) + len(other) - 1)
    for i, c in enumerate(one):
        for j, d in enumerate(other):
            found[i + j] += c * d
    return found


def _less(one: Coefficients, other: Coefficients) -> list[Fraction]:
    size = max(len(one), len(other))
    padded = [[*row, *[Fraction(0)] * (size - len(row))] for row in (one, other)]
    return [c - d for c, d in zip(*padded, strict=True)]


# ── polynomials by their terms ─────────────────────────────────────────────────────────────────


@lru_cache(maxsize=1 << 14)
def width(terms: Terms) -> int:
    """The degree in the first unknown."""
    return max(i for (i, _), _ in terms)


def along_first(terms: Terms, y: Fraction) -> list[Fraction]:
    """The polynomial in the first unknown that is left at a value of the second."""
    found = [Fraction(0)] * (1 + width(terms))
    for (i, j), c in terms:
        found[i] += c * y**j
    return found


def along_second(terms: Terms, x: Fraction) -> list[Fraction]:
    """The polynomial in the second unknown that is left at a value of the first."""
    found = [Fraction(0)] * (1 + max(j for (_, j), _ in terms))
    for (i, j), c in terms:
        found[j] += c * x**i
    return found


def sign_there(terms: Terms, x: Fraction, y: Fraction) -> int:
    """The sign at a point."""
    return sign_at(along_first(terms, y), x)
