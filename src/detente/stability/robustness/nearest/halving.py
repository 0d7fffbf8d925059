"""Branch and bound over boxes in a ball: how near to its middle some conditions may all hold.

A box in which one of the linear functions above the conditions, or a sum of them, is below zero
throughout the ball holds nothing (by duality; Horst and Tuy 1996). The others are bounded by the
largest ball of which that is so, and those of least bound are halved, where conditions bend most.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from detente.stability.robustness.nearest.bounding import UNIT, Floats, Ints, Reach, Row, Smooth
from detente.stability.robustness.nearest.norms import Norm

Signed = Sequence[tuple[Smooth, int]]
"""Polynomials with the sign times which they are to be zero or more."""
AT_ONCE = 64
"""Boxes that are halved at once."""
STEPS = 7
"""Halvings of the interval in which a bound is looked for."""
FEW = 4
"""Boxes of which a bound is looked for three times as closely."""
NEAR = 1 / 256
"""A part of a bound by which it may be too small."""
NARROW = 2.0**-44
"""Parts of a box's width to which it is not cut."""


@dataclass
class Boxes:
    """Boxes with what is known of them; the last axis is theirs.

    `low`, `high` : (num_variables, num_boxes)
    `least` : (num_boxes,), nothing in the box that is shorter meets the conditions
    `point` : (num_variables, num_boxes), where the conditions seem to be met first
    `axis`, `cut` : (num_boxes,), where to halve; an axis below zero where that is no use
    """

    low: Floats
    high: Floats
    least: Floats
    point: Floats
    axis: Ints
    cut: Floats

    @classmethod
    def whole(cls, low: Floats, high: Floats) -> Boxes:
        """One box."""
        one = low[:, None].copy(), high[:, None].copy()
        return cls(*one, np.zeros(1), np.zeros_like(one[0]), np.full(1, -1), np.zeros(1))

    def __len__(self) -> int:
        return len(self.least)

    def some(self, which: Ints) -> Boxes:
        """Some of them."""
        return Boxes(
            self.low[:, which], self.high[:, which], self.least[which], self.point[:, which],
            self.axis[which], self.cut[which],
        )  # fmt: skip

    def and_(self, other: Boxes) -> Boxes:
        """These and others."""
        return Boxes(
            np.concatenate([self.low, other.low], axis=1),
            np.concatenate([self.high, other.high], axis=1),
            np.concatenate([self.least, other.least]),
            np.concatenate([self.point, other.point], axis=1),
            np.concatenate([self.axis, other.axis]),
            np.concatenate([self.cut, other.cut]),
        )

    def halves(self) -> Boxes:
        """Both halves of each."""
        every = np.arange(len(self))
        low, high = self.low.copy(), self.high.copy()
        high[self.axis, every] = self.cut
        low[self.axis, every] = self.cut
        return Boxes(self.low, high, self.least, self.point, self.axis, self.cut).and_(
            Boxes(low, self.high, self.least, self.point, self.axis, self.cut)
        )


class Halving:
    """The search in one piece of the ball.

    `boxes` : those that may hold something, each with its bound
    `stuck` : the least bound of boxes that are not halved any more; infinite where there are none
    `bounded` : boxes that were bounded in the last step
    """

    def __init__(self, signed: Signed, norm: Norm, boxes: Boxes) -> None:
        self.signed, self.norm = signed, norm
        self.boxes = boxes
        self.stuck = np.inf
        self.bounded = 0
        self._fresh = True
        self._prices: Floats | None = None

    @property
    def lower(self) -> float:
        """Nothing that is shorter meets the conditions; infinite where nothing is left."""
        return float(min(self.boxes.least.min(initial=np.inf), self.stuck))

    def step(self, most: float, enough: float) -> Floats | None:
        """Halve those of least bound; gives the point of the least bound of what is new.

        `most` : what is longer does not matter
        `enough` : a box with this bound is not halved
        """
        boxes, rest = self.boxes, None
        if not self._fresh:
            order = np.argsort(boxes.least, kind="stable")
            rest, boxes = boxes.some(order[AT_ONCE:]), boxes.some(order[:AT_ONCE]).halves()
        self.bounded = len(boxes)
        made = self._bounded(boxes, most, min(enough, most))
        useless = (made.axis < 0) | (made.least >= enough)
        stuck = min(self.stuck, float(made.least[useless].min(initial=np.inf)))
        point = made.point[:, int(made.least.argmin())] if len(made) else None
        made = made.some(np.flatnonzero(~useless))
        # All of it at once, so that an interrupt leaves what was there.
        self.stuck, self.boxes, self._fresh = (
            stuck,
            made if rest is None else made.and_(rest),
            False,
        )
        return point

    def nothing(self, most: float) -> bool:
        """Whether at first sight nothing that is not longer meets the conditions."""
        look = _Look(self.signed, self.norm, self.boxes.low, self.boxes.high)
        return bool(look.within(np.full(len(self.boxes), most), None).empty.all())

    # ── bounds ─────────────────────────────────────────────────────────────────────────────────

    def _bounded(self, boxes: Boxes, most: float, enough: float) -> Boxes:
        """The boxes that may hold something short enough, each with its bound."""
        look = _Look(self.signed, self.norm, boxes.low, boxes.high)
        boxes, look, seen = self._left(boxes, look, most)
        if len(boxes) and len(self.signed) > 1:
            self._prices = seen.prices(int(boxes.least.argmin()))
            boxes, look, seen = self._left(boxes, look, most)
        return self._raised(boxes, look, most, enough) if len(boxes) else boxes

    def _left(self, boxes: Boxes, look: _Look, most: float) -> tuple[Boxes, _Look, _Seen]:
        """Those that are not seen to hold nothing."""
        seen = look.within(np.full(len(boxes), most), self._prices)
        left = np.flatnonzero(~seen.empty & (boxes.least < most))
        return boxes.some(left), look.some(left), seen.some(left)

    def _raised(self, boxes: Boxes, look: _Look, most: float, enough: float) -> Boxes:
        """With their bounds: the largest balls in which nothing is seen."""
        low, high = boxes.least.copy(), np.full(len(boxes), most)
        middle = np.full(len(boxes), enough)
        for _ in range(STEPS if len(boxes) > FEW else 3 * STEPS):
            empty = look.within(middle, self._prices).empty
            low, high = np.where(empty, np.maximum(low, middle), low), np.where(empty, high, middle)
            middle = (low + high) / 2
            if (high - low <= NEAR * high).all():
                break
        seen = look.within(high, self._prices)
        axis, cut = seen.halved()
        return Boxes(boxes.low, boxes.high, low, seen.point(), axis, cut)


class _Look:
    """Boxes looked at: the polynomials around their nearest points."""

    def __init__(
        self, signed: Signed, norm: Norm, low: Floats, high: Floats,
        arounds: Sequence[Floats] | None = None,
    ) -> None:  # fmt: skip
        self.signed, self.norm, self.low, self.high = signed, norm, low, high
        near = np.clip(0.0, low, high)
        self.arounds = arounds or [smooth.around(near) for smooth, _ in signed]

    def some(self, which: Ints) -> _Look:
        """Some of them."""
        arounds = [around[:, which] for around in self.arounds]
        return _Look(self.signed, self.norm, self.low[:, which], self.high[:, which], arounds)

    def within(self, radius: Floats, prices: Floats | None) -> _Seen:
        """What is seen of them within balls."""
        reach = Reach.of(self.low, self.high, radius, self.norm)
        rows = []
        for (smooth, sign), around in zip(self.signed, self.arounds, strict=True):
            if self.norm == "max":
                rows.append(self._from_corner(smooth, sign, around, reach))
            else:
                rows.append(smooth.above(around, sign, reach, reach.near))
        return _Seen(self, reach, rows, prices)

    def _from_corner(self, smooth: Smooth, sign: int, around: Floats, reach: Reach) -> Row:
        """Seen from where the polynomial seems to be the most, a row is exact if it is.

        It is told from the nearest point, as the others.
        """
        way = np.ones_like(reach.near)
        way[smooth.used] = smooth.slopes(around) * sign
        there, corner = reach.from_corner(way)
        row = smooth.above(smooth.around(corner), sign, there, corner)
        count = len(row.used)
        up = way[row.used] > 0
        inward = np.where(up, row.slopes[count:], row.slopes[:count])
        off = np.where(up, reach.up[row.used], reach.down[row.used])
        slopes = np.where(up, -inward, inward)
        # The moves are rounded: what that loses is a part of each.
        constant = row.constant + (inward * off).sum(axis=0)
        constant += 2.0**-40 * (np.abs(inward) * (off + np.abs(corner[row.used]))).sum(axis=0)
        return Row(constant, np.concatenate([slopes, -slopes]), row.used, row.bent)


class _Seen:
    """Linear functions above the conditions, in boxes within balls.

    `empty` : (num_boxes,), whether one of them, or their sum at prices, shows that a box holds
        nothing
    """

    def __init__(
        self, look: _Look, reach: Reach, rows: Sequence[Row], prices: Floats | None
    ) -> None:
        self._look, self._reach, self._rows = look, reach, rows
        self._weights = prices
        self._most = np.array([reach.most(row) for row in rows])
        self.empty = (reach.budget < 0) | (self._most < 0).any(axis=0)
        self._sum = None
        if prices is not None:
            self._sum = self._summed(prices)
            self.empty |= reach.most(self._sum) < 0

    def some(self, which: Ints) -> _Seen:
        """Some of them."""
        reach = self._reach
        there = Reach(reach.norm, reach.up[:, which], reach.down[:, which], reach.near[:, which],
                      reach.length[which], reach.budget[which])  # fmt: skip
        rows = [
            Row(r.constant[which], r.slopes[:, which], r.used, r.bent[:, which]) for r in self._rows
        ]
        return _Seen(self._look.some(which), there, rows, self._weights)

    def _summed(self, prices: Floats) -> Row:
        count, boxes = self._reach.near.shape
        caps = np.concatenate([self._reach.up, self._reach.down])
        constant, slopes, sizes = np.zeros(boxes), np.zeros((2 * count, boxes)), np.zeros(boxes)
        for price, row in zip(prices, self._rows, strict=True):
            constant += price * row.constant
            both = np.concatenate([row.used, row.used + count])
            slopes[both] += price * row.slopes
            sizes += price * (np.abs(row.constant) + (np.abs(row.slopes) * caps[both]).sum(axis=0))
        constant += UNIT * 16 * (count + len(prices)) * sizes
        return Row(constant, slopes, np.arange(count), np.zeros((0, boxes)))

    def prices(self, box: int) -> Floats:
        """At which the sum of the rows is least at its most in one box, about."""
        from scipy.optimize import linprog  # type: ignore[import-untyped]

        count = len(self._reach.near)
        matrix = np.zeros((len(self._rows), 2 * count + 1))
        right = np.zeros(len(self._rows))
        scales = np.ones(len(self._rows))
        for at, row in enumerate(self._rows):
            both = np.concatenate([row.used, row.used + count])
            slopes = row.slopes[:, box]
            scales[at] = max(np.abs(slopes).max(initial=0), 1e-200)
            matrix[at, both] = -slopes / scales[at]
            right[at] = row.constant[box] / scales[at]
            matrix[at, -1] = 1
        if self._look.norm != "max":
            ball = np.append(np.ones(2 * count), 0.0)
            matrix = np.vstack([matrix, ball])
            much = 1 if self._look.norm == "sum" else count**0.5
            right = np.append(right, self._reach.length[box] * much)
        caps = np.concatenate([self._reach.up[:, box], self._reach.down[:, box]])
        bounds = [(0.0, float(cap)) for cap in caps] + [(None, 1e6)]
        goal = np.append(np.zeros(2 * count), -1.0)
        found = linprog(goal, A_ub=matrix, b_ub=right, bounds=bounds, method="highs")
        if found.status != 0:
            return np.ones(len(self._rows)) / scales
        dual = np.maximum(-found.ineqlin.marginals[: len(self._rows)], 0)
        prices: Floats = dual / scales
        return prices

    def point(self) -> Floats:
        """(num_variables, num_boxes), about where the row that is least at its most is that."""
        found = self._reach.near.copy()
        which = self._least()
        for at, row in enumerate(self._rows):
            mine = np.flatnonzero(which == at)
            if len(mine):
                found[:, mine] = self._reach.best(row)[:, mine]
        return found

    def _least(self) -> Ints:
        scales = [np.abs(row.slopes).max(axis=0) + 1e-300 for row in self._rows]
        found: Ints = (self._most / np.array(scales)).argmin(axis=0)
        return found

    def halved(self) -> tuple[Ints, Floats]:
        """Where to halve each box: along the variable to which most of the bending is owed."""
        reach, boxes = self._reach, len(self.empty)
        bent = np.zeros_like(reach.near)
        which = self._least()
        weights = np.zeros((len(self._rows), boxes))
        weights[which, np.arange(boxes)] = 1
        if self._weights is not None:
            weights = weights * 1e-3 + self._weights[:, None]
        weights += 1e-6 * weights.max(axis=0)
        for weight, row in zip(weights, self._rows, strict=True):
            bent[row.used] += weight * row.bent
        low, high = reach.near - reach.down, reach.near + reach.up
        low, high = np.maximum(low, self._look.low), np.minimum(high, self._look.high)
        middle = np.where((low < 0) & (high > 0), 0.0, (low + high) / 2)
        wide = np.minimum(middle - self._look.low, self._look.high - middle)
        moved = np.zeros_like(bent)  # where nothing bends, along what moves most
        for weight, row in zip(weights, self._rows, strict=True):
            count = len(row.used)
            steep = np.abs(row.slopes[:count]) + np.abs(row.slopes[count:])
            moved[row.used] += weight * steep * (high - low)[row.used]
        bent = bent + 1e-9 * moved
        bent[~(wide > NARROW * np.maximum(np.abs(low), np.abs(high)))] = 0
        axis = bent.argmax(axis=0)
        every = np.arange(boxes)
        axis = np.where(bent[axis, every] > 0, axis, -1)
        return axis, middle[axis, every]
