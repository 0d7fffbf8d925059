"""Frontier and bargaining points of outcome sets, against NegMAS on the same utilities.

NegMAS computes in floating point and takes values within 1e-12 of the best as ties; this project's
answers are exact for utilities as they are printed. The frontier among outcomes at or above the
reserved values, Nash's point (the greatest product of gains) and the greatest sum are alike.
NegMAS's Kalai point maximises the least gain and stops there, where this project goes on to the
next least. Its Kalai-Smorodinsky point is where the shares of what each could gain differ least,
which is called the most even outcome here (`kalai-smorodinsky` gives the worst served the most).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from types import SimpleNamespace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.timing import Row, Settings, agree, median, sizes
from detente.stability.bargaining.frontier import Frontier
from detente.stability.bargaining.problem import Problem
from detente.stability.bargaining.solutions import evenest, picked
from detente.stability.bargaining.weights import equal_weights

LARGEST = 100_000
RESERVED = 0.25
"""Utility of no agreement, alike for all."""
DIGITS = 4
TOLD = "frontier, Nash, Kalai, most even and greatest-sum outcomes with NegMAS's"


def rows(settings: Settings) -> Iterator[Row]:
    """Random utilities, and sums over issues on which the sides' interests are opposed."""
    for kind, draw in (("independent", independent), ("opposed", opposed)):
        for sides in (2, 3):
            for size in sizes(min(settings.largest, LARGEST), 100):
                points = draw(size, sides, settings.seed)
                ours = found(points)
                compare(ours, by_negmas(points), points)
                seconds = median(partial(found, points), settings.repeats)
                peer = median(partial(by_negmas, points), settings.repeats)
                yield Row(
                    f"{kind}, {sides} sides, {len(ours['frontier'])} undominated",
                    size, seconds, TOLD, "NegMAS", peer, "faster", seconds < peer,
                )  # fmt: skip


def independent(size: int, sides: int, seed: int) -> NDArray[np.float64]:
    """float64 (size, sides), utilities between 0 and 1, drawn apart."""
    draw = np.random.default_rng([seed, size, sides])
    return np.round(draw.random((size, sides)), DIGITS)


def opposed(size: int, sides: int, seed: int) -> NDArray[np.float64]:
    """float64 (size, sides): options of issues, whose values to the sides add up to about one."""
    draw = np.random.default_rng([seed, size, sides])
    issues = max(2, round(np.log10(size)))
    width = int(np.ceil(size ** (1 / issues)))
    total = np.zeros((width**issues, sides))
    for issue in range(issues):
        worth = draw.dirichlet(np.ones(sides), width) + draw.normal(0, 0.02, (width, sides))
        option = np.arange(len(total)) // width**issue % width
        total += worth[option] / issues
    return np.round(np.clip(total[draw.permutation(len(total))[:size]], 0, 1), DIGITS)


def found(points: NDArray[np.float64]) -> dict[str, set[int]]:
    """What this project finds, from the array on."""
    sides = points.shape[1]
    problem = Problem.of(points, [RESERVED] * sides)
    front, weights = Frontier(problem), equal_weights(sides)
    rules = {"nash": "nash", "kalai": "egalitarian", "sum": "utilitarian"}
    return {
        "frontier": {k for k in front.pure if problem.in_zone[k]},
        "even": set(evenest(front).outcomes),
        **{name: set(picked(front, rule, weights).outcomes) for name, rule in rules.items()},
    }


def by_negmas(points: NDArray[np.float64]) -> dict[str, set[int]]:
    """What NegMAS finds, by the functions of its own scenario statistics."""
    from negmas.preferences import ops

    rational = np.flatnonzero((points >= RESERVED).all(axis=1))
    inside = points[rational]
    front = rational[ops.pareto_frontier_active(inside)]
    shown = [tuple(row) for row in points[front].tolist()]
    ranges = [(RESERVED, float(best)) for best in inside.max(axis=0)]
    sides: Any = [SimpleNamespace(reserved_value=RESERVED)] * points.shape[1]
    named = {
        "nash": ops.nash_points, "kalai": ops.kalai_points, "even": ops.ks_points,
        "sum": ops.max_welfare_points,
    }  # fmt: skip
    answers = {
        name: {int(front[at]) for _, at in points_of(sides, shown, ranges=ranges)}
        for name, points_of in named.items()
    }
    return {"frontier": set(front.tolist()), **answers}


def compare(
    ours: dict[str, set[int]], theirs: dict[str, set[int]], points: NDArray[np.float64]
) -> None:
    """Equal as sets of utilities; the Kalai points as far as both are defined alike."""

    def utilities(outcomes: set[int]) -> set[tuple[float, ...]]:
        return {tuple(points[k].tolist()) for k in outcomes}

    for name, outcomes in ours.items():
        mine, others = utilities(outcomes), utilities(theirs[name])
        agree(bool(mine) and mine <= others, f"{name}: {mine} and {others}")
        if name != "kalai":
            agree(mine == others, f"{name}: {mine} and {others}")
