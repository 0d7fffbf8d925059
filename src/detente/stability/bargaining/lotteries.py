"""The bargaining solutions where lots may be drawn between outcomes, by exact linear programs.

What can be had is then the convex hull of the points, of which only the frontier's corners matter.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import cached_property
from math import lcm
from typing import Any

import numpy as np

from detente.errors import NotSupported
from detente.stability.bargaining.frontier import Frontier, Lottery, efficient
from detente.stability.bargaining.points import Points, Vector
from detente.stability.bargaining.weights import Weights

FACE = 14
"""Corners of a face of optimal lotteries up to which all its ends are listed."""
MOST = 60
"""Corners up to which all extreme points of the zone of agreement are found."""


class Lotteries:
    """The lotteries over the corners of a frontier that leave no party worse off.

    `corners` : their positions among the outcomes
    `gains` : of each corner, what every party gains by it
    """

    def __init__(self, frontier: Frontier) -> None:
        self.problem = frontier.problem
        self.corners = frontier.corners
        self.check: Callable[[], None] | None = frontier.check
        self.gains: list[Vector] = [self.problem.gains(k) for k in self.corners]

    @cached_property
    def ideal(self) -> Vector | None:
        """The most that each party can gain; None where every lottery leaves someone worse off."""
        found = []
        for party in range(self.problem.num_parties):
            best = self._maximise([row[party] for row in self.gains])
            if best is None:
                return None
            found.append(best.value)
        return tuple(found)

    @cached_property
    def active(self) -> list[int]:
        """The parties that some lottery lets gain, by position."""
        return [i for i, most in enumerate(self.ideal or ()) if most > 0]

    def lottery(self, odds: Sequence[Fraction]) -> Lottery:
        """The outcomes with positive odds."""
        return tuple((k, p) for k, p in zip(self.corners, odds, strict=True) if p)

    def gained(self, odds: Sequence[Fraction]) -> Vector:
        """What each party gains on average."""
        return tuple(
            sum((p * row[i] for p, row in zip(odds, self.gains, strict=True) if p), Fraction(0))
            for i in range(self.problem.num_parties)
        )

    def egalitarian(self, weights: Weights) -> list[Fraction]:
        """The lottery whose least gain is the greatest, then the next least, and so on."""
        near = weights.near()
        return self._most_even([near[i] for i in self.active])

    def kalai_smorodinsky(self, weights: Weights) -> list[Fraction]:
        """The lottery that gives the party served worst the greatest part of its ideal gain, then
        the next worst served, and so on."""
        near = weights.near()
        assert self.ideal is not None
        return self._most_even([self.ideal[i] * near[i] for i in self.active])

    def utilitarian(self, weights: Weights) -> tuple[list[list[Fraction]], bool]:
        """The lotteries with the greatest weighted sum, as the ends of all such; whether that is
        all of them."""
        near = weights.near()
        sums = [sum((w * g for w, g in zip(near, row, strict=True)), Fraction(0))
                for row in self.gains]  # fmt: skip
        best = self._maximise(sums)
        assert best is not None
        parties = self.problem.num_parties
        bound, floor = best.duals[:parties], best.duals[parties]
        # Complementary slackness: the corners without reduced cost, and the parties held at zero.
        face = [
            k
            for k, row in enumerate(self.gains)
            if sums[k] + sum((b * g for b, g in zip(bound, row, strict=True)), Fraction(0)) == floor
        ]
        if len(face) > FACE:
            return [best.x], False
        held = [i for i, price in enumerate(bound) if price]
        return self._ends(face, held), True

    def within(self) -> list[list[Fraction]]:
        """The extreme points of what lotteries bring that leave no one worse off, as lotteries.

        Raises NotSupported where there are too many corners for that.
        """
        if len(self.corners) > MOST:
            raise NotSupported(
                f"some of the parties cannot gain, and lots could be drawn between "
                f"{len(self.corners)} corners of the frontier for the others; at most {MOST} are "
                "looked at then. Leave out, with --parties, who cannot gain."
            )
        held = [i for i in range(self.problem.num_parties) if i not in self.active]
        return self._ends(list(range(len(self.corners))), held)

    @cached_property
    def ranges(self) -> tuple[tuple[Fraction, Fraction], ...] | None:
        """The least and the most that each party gets by a lottery that leaves no one worse off."""
        if self.ideal is None:
            return None
        found = []
        for party, without in enumerate(self.problem.disagreement):
            found.append((without + self._least(party), without + self.ideal[party]))
        return tuple(found)

    def _least(self, party: int) -> Fraction:
        """The least that a party gains by a lottery that leaves no one worse off.

        Where the others could hold it below zero, convexity has a lottery that leaves it at zero.
        """
        points = self.problem.points
        turned = np.ones(points.num_parties, dtype=points.order.dtype)
        turned[party] = -1
        # Of outcomes that are worse for it and better for the others only the outermost matter.
        outer = efficient(Points(points.order * turned, points.approx * turned, points.approx))
        rows = [self.problem.gains(k) for k in outer.tolist()]
        others = [tuple(g for i, g in enumerate(row) if i != party) for row in rows]
        best = self._maximise([-row[party] for row in rows], others)
        return max(-Fraction(best.value), Fraction(0))

    # ── inside ─────────────────────────────────────────────────────────────────────────────────

    def _maximise(self, score: Sequence[Fraction], over: Sequence[Vector] | None = None) -> Any:
        """The lottery with the greatest average score, over the corners or other gains, that leaves
        no one worse off; None where there is none."""
        from detente.linear.programs import maximise

        rows = self.gains if over is None else over
        floor = [[-value for value in column] for column in zip(*rows, strict=True)]
        found = maximise(score, floor, [0] * len(floor), [[1] * len(rows)], [1], check=self.check)
        return None if found.status != "optimal" else found

    def _most_even(self, unit: Sequence[Fraction]) -> list[Fraction]:
        """One linear program after another, each fixing those who cannot get more."""
        from detente.linear.programs import maximise

        width = len(self.gains)
        if not unit:
            return list(self._maximise([Fraction(0)] * width).x)
        fixed: dict[int, Fraction] = {}
        odds: list[Fraction] = []
        while True:
            rows, least = [], []
            for party in range(self.problem.num_parties):
                place = self.active.index(party) if party in self.active else None
                free = place is not None and party not in fixed
                level = unit[place or 0] if free else Fraction(0)
                rows.append([*(-row[party] for row in self.gains), level])
                least.append(-fixed.get(party, Fraction(0)))
            found = maximise(
                [0] * width + [1], rows, least, [[1] * width + [0]], [1], check=self.check
            )
            if found.status != "optimal":
                return odds  # everyone is fixed
            odds, level = found.x[:width], found.x[width]
            for place, party in enumerate(self.active):
                # A price says that raising this party lowers the level of those that are worst off.
                if party not in fixed and found.duals[party]:
                    fixed[party] = level * unit[place]

    def _ends(self, face: list[int], held: list[int]) -> list[list[Fraction]]:
        """The extreme points of the gains of lotteries over a face that leave no one worse off."""
        from detente.linear.vertices import polytope

        width = len(face)
        one = [-1, *[1] * width]
        rows = [self._whole(i, face) for i in range(self.problem.num_parties)]
        coordinates = [[0, *(int(j == k) for j in range(width))] for k in range(width)]
        free = [row for i, row in enumerate(rows) if i not in held]
        found = polytope(coordinates, [one, *(rows[i] for i in held)], free, self.check)
        ends: dict[Vector, list[Fraction]] = {}
        for point in found or ():
            odds = [Fraction(0)] * len(self.gains)
            for k, p in zip(face, point, strict=True):
                odds[k] = p
            ends.setdefault(self.gained(odds), odds)
        return [ends[v] for v in _extreme(list(ends))]

    def _whole(self, party: int, face: list[int]) -> list[int]:
        """[0, one whole coefficient a corner] of a party's gain, in some unit."""
        unit = lcm(*(self.gains[k][party].denominator for k in face))
        return [0, *(int(self.gains[k][party] * unit) for k in face)]


def _extreme(vectors: list[Vector]) -> list[Vector]:
    """Without those that are lotteries over the others; the best for the first party first."""
    from detente.stability.bargaining.frontier import is_between

    vectors = sorted(vectors, reverse=True)
    return [v for k, v in enumerate(vectors) if not is_between(vectors, k)]
