"""Short changes that meet some constraints, looked for in floating point by linear programs.

Nothing rests on what comes of it: it is a place to look at.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction

import numpy as np

from detente.stability.robustness.nearest.bounding import Floats
from detente.stability.robustness.nearest.halving import Signed
from detente.stability.robustness.nearest.norms import Norm

ROUNDS = 12
"""Linear programs on the way to one change."""
ROOM = 1e-10
"""How far inside of what the constraints allow a change should be, as a part of their slopes."""
CLOSE = 1e-9
"""A part of a length by which it must become shorter for another round."""


class Descent:
    """Changes in a box that meet constraints.

    `signed` : polynomials that are zero or more, with their signs
    `low`, `high` : (num_variables,), ends of the box
    """

    def __init__(self, signed: Signed, norm: Norm, low: Floats, high: Floats) -> None:
        self._signed, self._norm, self._low, self._high = signed, norm, low, high
        every = [smooth for smooth, _ in signed]
        self._apart = np.array([every.count(smooth) == 1 for smooth in every], dtype=bool)

    def towards(self, start: Floats) -> Iterable[Floats]:
        """Changes that seem to meet the constraints or to be close to it, from one of them on."""
        at = start
        yield at
        for _ in range(ROUNDS):
            found = self._shortest(at)
            if found is None:
                return
            moved = float(np.abs(found - at).max(initial=0))
            at = found
            if self._met(at):
                yield at
            if moved <= CLOSE * float(np.abs(at).max(initial=0)):
                break
        yield at

    def shortened(self, start: Floats, holds: Callable[[Floats], bool]) -> Floats:
        """From a change that meets the constraints, a shorter one that does."""
        at, size = start, self.size(start)
        for _ in range(ROUNDS):
            step = self._shortest(at)
            ends = [np.zeros_like(at)] if step is None else [step, np.zeros_like(at)]
            found = min((self._furthest(at, end, holds) for end in ends), key=self.size)
            reached = self.size(found)
            if reached >= size * (1 - CLOSE):
                break
            at, size = found, reached
        return at

    def size(self, y: Floats) -> float:
        """How long a change is."""
        order = {"max": np.inf, "sum": 1, "euclid": 2}[self._norm]
        return float(np.linalg.norm(y, order)) if len(y) else 0.0

    def _met(self, at: Floats) -> bool:
        return all(sign * smooth.value(at[:, None])[0] >= 0 for smooth, sign in self._signed)

    def _furthest(self, start: Floats, end: Floats, holds: Callable[[Floats], bool]) -> Floats:
        """A change that holds, as far on the way from one that does as can be."""
        if holds(end):
            return end
        low, high, found = 0.0, 1.0, start
        for _ in range(24):
            middle = (low + high) / 2
            tried = start + middle * (end - start)
            if self._met(tried) and holds(tried):
                low, found = middle, tried
            else:
                high = middle
        return found

    def _shortest(self, at: Floats) -> Floats | None:
        """The shortest change that meets the constraints as they are close to another one."""
        tangents = [(sign, *smooth.tangent(at)) for smooth, sign in self._signed]
        matrix = np.array([sign * slope for sign, _, slope in tangents]).reshape(-1, len(at))
        constant = np.array([sign * value for sign, value, _ in tangents]) - matrix @ at
        steep = np.abs(matrix).max(axis=1, initial=0)
        kept = steep > 0
        matrix, constant = matrix[kept] / steep[kept, None], constant[kept] / steep[kept]
        constant = constant - np.where(self._apart, ROOM, 0.0)[kept]
        moving = np.flatnonzero((matrix != 0).any(axis=0) | (self._low > 0) | (self._high < 0))
        low, high = self._low[moving], self._high[moving]
        near = _projected if self._norm == "euclid" else _by_program
        part = near(matrix[:, moving], constant, low, high, self._norm)
        if part is None:
            return None
        found = np.zeros_like(at)
        found[moving] = np.clip(part, low, high)
        return found


def _by_program(
    matrix: Floats, constant: Floats, low: Floats, high: Floats, norm: Norm
) -> Floats | None:
    """The shortest y with matrix · y + constant zero or more, within ends, by HiGHS."""
    from scipy.optimize import linprog  # type: ignore[import-untyped]

    count = len(low)
    both = np.hstack([-matrix, matrix])
    bounds = [(0.0, max(h, 0.0)) for h in high] + [(0.0, max(-e, 0.0)) for e in low]
    if norm == "sum":
        goal, table, right = np.ones(2 * count), both, constant
    else:
        goal = np.append(np.zeros(2 * count), 1.0)
        parts = np.hstack([np.eye(count), np.eye(count), -np.ones((count, 1))])
        table = np.vstack([np.hstack([both, np.zeros((len(both), 1))]), parts])
        right = np.append(constant, np.zeros(count))
        bounds.append((0.0, np.inf))
    found = linprog(goal, A_ub=table, b_ub=right, bounds=bounds, method="highs")
    if found.status != 0:
        return None
    y: Floats = found.x[:count] - found.x[count : 2 * count]
    return y


def _projected(
    matrix: Floats, constant: Floats, low: Floats, high: Floats, norm: Norm
) -> Floats | None:
    """The same in the Euclidean norm: least distance by nonnegative least squares.

    Lawson and Hanson (1974), chapter 23.
    """
    from scipy.optimize import nnls

    one = np.eye(len(low))
    rows = np.vstack([matrix, one, -one])
    least = np.concatenate([-constant, low, -high])
    system = np.vstack([rows.T, least])
    target = np.append(np.zeros(len(low)), 1.0)
    try:
        prices, _ = nnls(system, target)
    except RuntimeError:
        return None
    rest = system @ prices - target
    if -rest[-1] <= 1e-14:
        return None
    y: Floats = -rest[:-1] / rest[-1]
    return y


def exactly(y: Floats) -> list[Fraction]:
    """The change in short fractions; what is next to nothing is nothing."""
    unit = 1 << 48
    return [Fraction(round(float(v) * unit), unit) for v in y]
