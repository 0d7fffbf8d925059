"""Paths of Lemke and Howson (1964): where they stand, and how far they are followed at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detente.solvers.bimatrix.pivoting_kernel import ARRIVED, FULL, RUNNING, TROUBLE, follow_for

PERTURBED = 1e-7
"""How much larger than 1 right-hand sides may be made, so that no two ratios tie."""

FIRST_BUDGET = 40
"""Pivots that each path gets in the first round."""
NEW_A_ROUND = 8
TOGETHER = 64
"""Paths that are followed in turn: new ones a round, and in all."""

MOST_PIVOTS = 5_000_000
"""Pivots of a path after which rounding is taken to have led it into a circle."""

STRIDE = 200_000_000
"""Operations between two looks at the clock: a tenth of a second or so."""

__all__ = ["ARRIVED", "RUNNING", "TROUBLE", "Path", "Sides"]


class Sides:
    """The two polytopes of a pair of float64 (m, n) matrices with entries above zero.

    `perturbed` : part ties by right-hand sides that differ a little, in a way fixed by the seed
    """

    def __init__(
        self, row: NDArray[np.float64], column: NDArray[np.float64], perturbed: bool = True
    ) -> None:
        self.shape: tuple[int, int] = row.shape
        m, n = self.shape
        self.first = np.ascontiguousarray(column)
        self.second = np.ascontiguousarray(row.T)
        noise = np.random.default_rng(0).random(m + n) * (PERTURBED if perturbed else 0)
        self.first_rhs, self.second_rhs = 1 + noise[:n], 1 + noise[n:]


@dataclass
class Path:
    """The path that starts at the artificial equilibrium and drops a label.

    `label` : 0 … m - 1 for the rows of the game, then its columns
    """

    sides: Sides
    label: int
    state: list[list[NDArray[Any]]] = field(default_factory=list, repr=False)
    at: NDArray[np.int64] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        m, n = self.sides.shape
        self.at = np.array([self.label, self.label, int(self.label >= m), 0], dtype=np.int64)
        room = min(m, n, 16)
        for columns, rhs in ((m, self.sides.first_rhs), (n, self.sides.second_rhs)):
            self.state.append([
                np.empty(room, np.int64), np.empty(room, np.int64),
                np.full(columns, -1), np.full(len(rhs), -1),
                np.empty((room, room)), np.empty(room), rhs.copy(), np.zeros(2, np.int64),
            ])  # fmt: skip

    @property
    def pivots(self) -> int:
        """How many pivots it has made."""
        return int(self.at[3])

    def follow(self, budget: int) -> int:
        """Make that many more pivots at most; RUNNING, ARRIVED or TROUBLE."""
        sides = self.sides
        kernel = follow_for(sides.first.size)
        before = self.pivots
        while True:
            ended = int(kernel(
                sides.first, sides.second, sides.first_rhs, sides.second_rhs,
                *self.state[0], *self.state[1], self.at, budget - (self.pivots - before),
            ))  # fmt: skip
            if ended != FULL:
                return ended
            for side in self.state:
                _enlarge(side)

    def supports(self) -> tuple[list[int], list[int]]:
        """The rows and the columns of positive weight, where it has arrived."""
        return self._positive(0), self._positive(1)

    def _positive(self, side: int) -> list[int]:
        cols, k = self.state[side][0], int(self.state[side][7][0])
        return sorted(cols[:k].tolist())


def _enlarge(side: list[NDArray[Any]]) -> None:
    """Twice the room for positive variables."""
    room = 2 * len(side[0])
    for i in (0, 1, 5):
        side[i] = np.concatenate([side[i], np.empty_like(side[i])])
    inverse = np.empty((room, room))
    inverse[: room // 2, : room // 2] = side[4]
    side[4] = inverse


def interleaved(sides: Sides, check: Callable[[], None]) -> Iterator[Path | None]:
    """The paths of all labels, those that arrive early first; None after every round.

    The lengths of paths from different labels differ by orders of magnitude (Codenotti, De Rossi
    and Pagan 2008) in some games and little in others. So every round starts a few more, up to
    `TOGETHER` at a time, follows all that are under way twice as far as the round before, and the
    oldest one as far as all others together. `check` may raise to stop.
    """
    labels = iter(spread(sides.shape))
    under_way: list[Path] = []
    budget = FIRST_BUDGET
    more = True
    while more or under_way:
        for _ in range(min(NEW_A_ROUND, TOGETHER - len(under_way))):
            label = next(labels, None)
            more = label is not None
            if label is not None:
                under_way.append(Path(sides, label))
        going_on = []
        for path in under_way:
            check()
            others = len(under_way) - 1 if path is under_way[0] else 1
            ended = _follow_in_steps(path, budget * max(others, 1), check)
            if ended == ARRIVED:
                yield path
            elif ended == RUNNING and path.pivots < MOST_PIVOTS:
                going_on.append(path)
        under_way = going_on
        budget *= 2
        yield None


def _follow_in_steps(path: Path, budget: int, check: Callable[[], None]) -> int:
    m, n = path.sides.shape
    step = max(STRIDE // (m * n), 1)
    ended, goal = RUNNING, path.pivots + budget
    while ended == RUNNING and path.pivots < goal:
        ended = path.follow(min(step, goal - path.pivots))
        check()
    return ended


def spread(shape: Sequence[int], seed: int = 0) -> list[int]:
    """All labels in an order that is fixed by the seed and favours neither player."""
    order: list[int] = np.random.default_rng(seed).permutation(sum(shape)).tolist()
    return order
