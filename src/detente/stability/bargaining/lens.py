"""Bargaining as a way of asking: would the parties leave something on the table?"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from detente.errors import OutOfTime
from detente.stability.bargaining.frontier import Frontier
from detente.stability.bargaining.problem import Problem
from detente.stability.bargaining.solutions import RULES, each
from detente.stability.lens import Lens, Sight
from detente.stability.words import amount, listed

if TYPE_CHECKING:
    from detente.summit.summit import Summit

PER_BUNDLE = 0.003
"""Seconds that valuing a bundle takes, roughly."""
NAMES = {
    "nash": "Nash",
    "kalai-smorodinsky": "Kalai–Smorodinsky",
    "egalitarian": "egalitarian",
    "utilitarian": "utilitarian",
}


def _refusal(summit: Summit) -> str | None:
    if summit.has_tree:
        return (
            "the game is written out by hand, with no single value of each bundle: `detente "
            "frontier` looks at the ways through it."
        )
    return None


def _look(summit: Summit, bundles: Sequence[int], deadline: float | None) -> Iterator[Sight]:
    from detente.stability.bargaining.from_talks import problem

    posed = problem(summit, deadline=deadline)
    frontier = Frontier(posed)
    picked = {s.rule: frozenset(s.outcomes) for s in each(frontier)}
    for bundle in bundles:
        if deadline is not None and time.perf_counter() > deadline:
            raise OutOfTime
        yield _sight(posed, frontier, bundle, [r for r in RULES if bundle in picked[r]])


def _sight(problem: Problem, frontier: Frontier, bundle: int, rules: Sequence[str]) -> Sight:
    gains = problem.gains(bundle)
    better = frontier.dominating(bundle)
    data: dict[str, Any] = {
        "gains": dict(zip(problem.parties, gains, strict=True)),
        "in_zone": bool(problem.in_zone[bundle]),
        "on_frontier": not better,
        "dominated_by": [problem.outcomes[k] for k in better],
        "picked_by": list(rules),
    }
    losing = [i for i, gain in enumerate(gains) if gain < 0]
    if losing:
        told = listed([f"{problem.parties[i]} {_of(problem, -gains[i])}" for i in losing])
        text = f"It leaves {told} worse off than without agreement."
        return Sight(False, "outside the zone", text, data)
    if better:
        return Sight(False, "off the frontier", _bettered(problem, bundle, better), data)
    if rules:
        names = listed([NAMES[rule] for rule in rules])
        word = (
            NAMES[rules[0]] if len(rules) == 1 else f"{NAMES[rules[0]]} and {len(rules) - 1} more"
        )
        return Sight(
            True, word, f"Nothing is better for all, and it is the {names} solution.", data
        )
    text = "Nothing is better for all, and no one would be better off without agreement."
    return Sight(True, "on the frontier", text, data)


def _bettered(problem: Problem, bundle: int, better: Sequence[int]) -> str:
    """Which bundle is better for all, or for some and worse for none; the most even one."""
    here = problem.points[bundle]

    def extra(other: int) -> list[Fraction]:
        return [there - h for there, h in zip(problem.points[other], here, strict=True)]

    best = max(better, key=lambda k: (min(extra(k)), sum(extra(k)), -k))
    gains = list(zip(problem.parties, extra(best), strict=True))
    told = listed([f"{party} {_of(problem, more)}" for party, more in gains if more])
    nobody = " and costs nobody" if not all(more for _, more in gains) else ""
    return f"{problem.outcomes[best]} brings {told} more{nobody}."


def _of(problem: Problem, value: Fraction) -> str:
    return amount(value, problem.unit)


LENS = Lens(
    name="bargaining",
    question="Does it leave nobody worse off than without agreement, and is none better for all?",
    refusal=_refusal,
    cost=lambda summit, bundles: PER_BUNDLE * len(summit.bundles),
    look=_look,
)
"""Whether a bundle leaves nothing on the table (Pareto), and which bargaining solutions pick it."""
