"""A rectangle surveyed: cut at its curves where they are few, else halved both ways.

Over a box the signs of most comparisons are sure, and of those that are not most decide nothing.
Where all that matters is known, the box has one verdict. Where a few factors remain, their curves
cut the box, and each cell, edge and corner is looked at with their signs known; that may bring up
further factors. Where these become too many the box is cut into quarters.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import product
from threading import Lock
from typing import Any

from detente.errors import OutOfTime
from detente.game.tree import Game
from detente.stability.robustness.maps.boxes import Box
from detente.stability.robustness.maps.cells import OPEN, Asked
from detente.stability.robustness.maps.enclosed import Crowded, Enclosed, Setting, View
from detente.stability.robustness.maps.mapped import Patch, Verdict
from detente.stability.robustness.maps.patching import patch_of
from detente.stability.robustness.maps.plane import Vector, arranged

FEW = 12
"""Curves that a box is cut at."""
MANY = 40
"""Curves that the smallest boxes are cut at."""
HALVINGS = 6
"""How often the box of a part is halved, in each direction."""
GRID = 8
"""Parts of the rectangle in each direction."""

_TURN = Lock()
"""What is known of functions is shared: one part at a time in a process."""


@dataclass(frozen=True)
class Survey:
    """Surveys parts of a rectangle: called with the number of one. It can be sent elsewhere.

    A part depends on its number alone, so that it comes out the same wherever it is done.
    """

    game: Game
    asked: Asked
    names: tuple[str, str]
    box: Box

    def __call__(self, part: int, halt: Callable[[], bool] | None = None) -> tuple[int, Any]:
        """The part's number, and its patches."""
        with _TURN:
            return part, tuple(patches for patches, _ in self.patches(self.parts[part], halt=halt))

    def __reduce__(self) -> tuple[Any, ...]:
        """Sent without what was found out so far."""
        return Survey, (self.game, self.asked, self.names, self.box)

    @cached_property
    def parts(self) -> tuple[Box, ...]:
        """The boxes that the rectangle is divided into, the lowest row first."""
        left, right, low, high = self.box
        across = [left + (right - left) * Fraction(k, GRID) for k in range(GRID + 1)]
        up = [low + (high - low) * Fraction(k, GRID) for k in range(GRID + 1)]
        return tuple(
            (across[i], across[i + 1], up[j], up[j + 1]) for j, i in product(range(GRID), repeat=2)
        )

    @cached_property
    def setting(self) -> Setting:
        """What is known of the game so far."""
        return Setting(self.game, self.names, self.asked.marks, self.asked.roots)

    def whole(self, deadline: float | None) -> Patch | None:
        """The rectangle as one patch, where its curves are few."""
        self.setting.deadline = deadline
        return self._patch(self.box, None, FEW)[0]

    def patches(
        self, box: Box, deadline: float | None = None, halt: Callable[[], bool] | None = None
    ) -> Iterator[tuple[Patch, list[Box]]]:
        """The patches of a part one after the other, each with the boxes that are left.

        Raises OutOfTime where the deadline passes or it is to halt.
        """
        self.setting.deadline = deadline
        waiting: list[tuple[Box, int, Enclosed | None]] = [(box, 0, None)]
        while waiting:
            if (halt and halt()) or (deadline is not None and time.perf_counter() > deadline):
                raise OutOfTime
            here, depth, above = waiting.pop()
            patch, cell = self._patch(here, above, FEW if depth < HALVINGS else MANY)
            if patch is None and depth < HALVINGS:
                waiting += [(quarter, depth + 1, cell) for quarter in _quarters(here)]
                continue
            yield patch or Patch(here, decided=False), [box for box, _, _ in waiting]

    # ── one box ────────────────────────────────────────────────────────────────────────────────

    def _patch(
        self, box: Box, above: Enclosed | None, most: int
    ) -> tuple[Patch | None, Enclosed | None]:
        """A box as one patch, None where that takes too many curves; and what is known over it."""
        view = self.setting.over(box)
        try:
            cell = above.closer(view) if above else Enclosed.anew(self.setting, view)
        except Crowded:
            return None, None
        verdict = self.asked.answer(cell)
        if verdict != OPEN:
            return Patch(box, verdict=verdict), cell
        return self._cut(cell, view, most), cell

    def _cut(self, cell: Enclosed, view: View, most: int) -> Patch | None:
        """A box cut at the curves that matter in it."""
        factors: list[int] = []
        settled: dict[Vector, Verdict] = {}
        fresh = cell.blamed()
        while True:
            surface = self.setting.surface.factors
            factors += sorted(fresh, key=surface.__getitem__)
            if not fresh or len(factors) > most:
                return None
            polynomials = [surface[number] for number in factors]
            found = arranged(polynomials, view.box)
            fresh, told = set(), dict[Vector, Verdict]()
            for signs in found.vectors:
                verdict = self._known(settled, signs)
                if verdict == OPEN:
                    try:
                        there = cell.closer(view.within(dict(zip(factors, signs, strict=True))))
                    except Crowded:
                        return None
                    verdict = self.asked.answer(there)
                    if verdict == OPEN:
                        more = there.blamed().difference(factors)
                        if not more:
                            return None
                        fresh |= more
                        continue
                    settled[signs] = verdict
                told[signs] = verdict
            if not fresh:
                return patch_of(view.box, polynomials, found, told)

    @staticmethod
    def _known(settled: dict[Vector, Verdict], signs: Vector) -> Any:
        """What is known of a larger cell around."""
        return next((settled[signs[:k]] for k in range(1, len(signs) + 1) if signs[:k] in settled),
                    OPEN)  # fmt: skip


def _quarters(box: Box) -> list[Box]:
    left, right, low, high = box
    x, y = (left + right) / 2, (low + high) / 2
    return [(a, b, c, d) for c, d in ((low, y), (y, high)) for a, b in ((left, x), (x, right))]
