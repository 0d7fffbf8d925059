"""Bargaining over a handful of points by the definitions, one outcome after another.

Nothing here looks at the package: points are lists of tuples of Fractions.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations

Point = tuple[Fraction, ...]


def undominated(points: list[Point]) -> set[int]:
    found = set()
    for k, point in enumerate(points):
        betters = [
            q for q in points
            if all(b >= a for a, b in zip(point, q, strict=True)) and tuple(q) != tuple(point)
        ]
        if not betters:
            found.add(k)
    return found


def zone(points: list[Point], without: Point) -> list[int]:
    return [
        k for k, p in enumerate(points) if all(v >= d for v, d in zip(p, without, strict=True))
    ]


def gains(point: Point, without: Point) -> Point:
    return tuple(v - d for v, d in zip(point, without, strict=True))


def who_gains(points: list[Point], without: Point) -> list[int]:
    inside = zone(points, without)
    return [i for i in range(len(without)) if any(points[k][i] > without[i] for k in inside)]


def nash(points: list[Point], without: Point, powers: list[int]) -> set[int]:
    able = who_gains(points, without)
    worth = {}
    for k in zone(points, without):
        won = gains(points[k], without)
        product = Fraction(1)
        for i in able:
            product *= won[i] ** powers[i]
        worth[k] = product
    best = max(worth.values(), default=0)
    return {k for k, product in worth.items() if product == best and product > 0}


def most_even(points: list[Point], without: Point, units: list[Fraction]) -> set[int]:
    able = who_gains(points, without)
    worth = {
        k: sorted(gains(points[k], without)[i] / units[i] for i in able)
        for k in zone(points, without)
    }
    best = max(worth.values(), default=None)
    return {k for k, parts in worth.items() if parts == best}


def ideal(points: list[Point], without: Point) -> list[Fraction]:
    inside = zone(points, without)
    return [max((gains(points[k], without)[i] for k in inside), default=Fraction(0))
            for i in range(len(without))]  # fmt: skip


def greatest_sum(points: list[Point], without: Point, weights: list[Fraction]) -> set[int]:
    sums = {
        k: sum(w * v for w, v in zip(weights, points[k], strict=True))
        for k in zone(points, without)
    }
    best = max(sums.values(), default=None)
    return {k for k, total in sums.items() if total == best}


# ── two parties that may draw lots: along every line between two points ────────────────────────


def lines(points: list[Point]) -> list[tuple[Point, Point]]:
    distinct = sorted(set(points))
    return list(combinations(distinct, 2)) or [(p, p) for p in distinct]


def along(line: tuple[Point, Point], t: Fraction) -> Point:
    return tuple(a + t * (b - a) for a, b in zip(*line, strict=True))


def best_on_lines(points: list[Point], without: Point, score, stops) -> Point | None:
    """The best of the candidates on all lines that leave nobody worse off.

    `stops` : line → values of t besides the ends and the edges of the zone
    """
    found = []
    for line in lines(points):
        places = {Fraction(0), Fraction(1)}
        for a, b, d in zip(*line, without, strict=True):
            if a != b:
                places.add((d - a) / (b - a))
        places.update(stops(line))
        for t in places:
            if 0 <= t <= 1:
                point = along(line, t)
                if all(v >= d for v, d in zip(point, without, strict=True)):
                    found.append(point)
    return max(found, key=score, default=None)


def nash_with_lots(points: list[Point], without: Point, powers: list[int]) -> Point | None:
    def product(point: Point) -> Fraction:
        x, y = gains(point, without)
        return x ** powers[0] * y ** powers[1]

    def turning(line: tuple[Point, Point]) -> list[Fraction]:
        (a, e), (b, c) = gains(line[0], without), [q - p for p, q in zip(*line, strict=True)]
        if not b or not c:
            return []
        # powers₀ b / (a + t b) + powers₁ c / (e + t c) = 0
        return [-(powers[0] * b * e + powers[1] * c * a) / (b * c * sum(powers))]

    return best_on_lines(points, without, product, turning)


def even_with_lots(points: list[Point], without: Point, units: list[Fraction]) -> Point | None:
    def parts(point: Point) -> list[Fraction]:
        return sorted(g / u for g, u in zip(gains(point, without), units, strict=True))

    def meeting(line: tuple[Point, Point]) -> list[Fraction]:
        (a, e), (b, c) = gains(line[0], without), [q - p for p, q in zip(*line, strict=True)]
        slope = b / units[0] - c / units[1]
        return [(e / units[1] - a / units[0]) / slope] if slope else []

    return best_on_lines(points, without, parts, meeting)


def most_with_lots(points: list[Point], without: Point, party: int) -> Fraction | None:
    best = best_on_lines(points, without, lambda point: point[party], lambda line: [])
    return None if best is None else best[party] - without[party]


def least_with_lots(points: list[Point], without: Point, party: int) -> Fraction | None:
    least = best_on_lines(points, without, lambda point: -point[party], lambda line: [])
    return None if least is None else least[party]
