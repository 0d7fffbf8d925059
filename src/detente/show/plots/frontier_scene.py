"""What a picture of a frontier shows: the outcomes with a number, and what each rule picks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from detente.errors import NotSupported

if TYPE_CHECKING:
    from detente.stability.bargaining.problem import Problem
    from detente.stability.bargaining.report import Bargaining
    from detente.stability.bargaining.solutions import Pick, Solution

NAMES = {
    "nash": "Nash",
    "kalai-smorodinsky": "Kalai–Smorodinsky",
    "egalitarian": "egalitarian",
    "utilitarian": "utilitarian",
}


@dataclass(frozen=True)
class Scene:
    """What the picture shows.

    `front`, `corners` : the frontier; its extreme points with lotteries
    `numbered` : the outcomes with a row in the table, in the order of the frontier
    `picked`, `drawn` : what the rules pick among outcomes as they are, and with lotteries
    `lacking` : what was not found in time
    """

    problem: Problem
    front: tuple[int, ...]
    corners: tuple[int, ...]
    numbered: list[int]
    picked: tuple[Solution, ...]
    drawn: tuple[Solution, ...]
    lacking: str

    def lots(self) -> list[tuple[str, Pick]]:
        """Rule and pick wherever lots are drawn for what no single outcome that it picks brings."""
        points = self.problem.points
        same = {s.rule: {points[k] for k in s.outcomes} for s in self.picked}
        return [
            (solution.rule, pick)
            for solution in self.drawn for pick in solution.picks
            if len(pick.odds) > 1 and pick.payoffs not in same.get(solution.rule, set())
        ]


def scene_of(found: Bargaining, lotteries: bool, most: int) -> Scene:
    """What the picture shows of a report; `most` outcomes at most get a number."""
    problem, front = found.problem, found.pure
    if problem is None or front is None or found.solutions is None:
        raise NotSupported(f"there is no frontier to draw: {found.reason} Give it more time.")
    if problem.num_parties < 2:
        raise NotSupported(
            f"a frontier is drawn for two parties or more; here {problem.parties[0]} alone "
            "bargains. Name the parties."
        )
    # The most even outcome is no solution of its own but another reading of one.
    picked = tuple(solution for solution in found.solutions if solution.rule in NAMES)
    drawn = (found.lotteries or ()) if lotteries else ()
    corners = (found.corners or ()) if lotteries else ()
    chosen = [k for solution in picked for k in solution.outcomes]
    zone = set(problem.zone)
    order = [*chosen, *corners, *sorted(front, key=lambda k: k not in zone)]
    kept = set(list(dict.fromkeys(order))[:most])
    place = {k: i for i, k in enumerate(front)}
    numbered = sorted(kept, key=lambda k: place.get(k, len(place)))
    return Scene(problem, front, corners, numbered, picked, drawn, found.reason)
