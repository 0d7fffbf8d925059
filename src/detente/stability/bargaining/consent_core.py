"""Which bundles no coalition would leave for another, without money on the side.

The core of a game without transferable utility (Aumann and Peleg 1960), where a coalition can bring
about the bundles that need nobody else's consent, and any side whose consent is needed can bring
about the breakdown.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detente.errors import NotSupported, OutOfTime
from detente.game.tree import Game
from detente.stability.bargaining.points import Points, Vector


@dataclass(frozen=True)
class Objection:
    """What a coalition would rather have, and can bring about.

    `members` : all of whom gain; of a breakdown the one side that gains most by refusing
    `bundle` : what they would sign instead; None for no agreement
    `gains` : member → what it gains by that
    """

    members: tuple[str, ...]
    bundle: str | None
    gains: Mapping[str, Fraction]


@dataclass(frozen=True)
class ConsentCore:
    """For each bundle, whether some coalition would leave it for something else.

    `bundles` : their names
    `objections` : for each of them an objection, None where there is none: it is in the core
    `to_breakdown` : an objection to having no agreement, None where nobody has any
    """

    bundles: tuple[str, ...]
    objections: tuple[Objection | None, ...]
    to_breakdown: Objection | None

    @property
    def core(self) -> tuple[str, ...]:
        """The bundles in the core."""
        pairs = zip(self.bundles, self.objections, strict=True)
        return tuple(name for name, objection in pairs if objection is None)


def consent_core(
    summit: Any, *, round: int | None = None, deadline: float | None = None
) -> ConsentCore:
    """The bundles to which no coalition objects, each of the others with an objection.

    Bundles count with what they bring if everyone complies.

    `round` : in which they are on the table, the last unless given
    `deadline` : on the clock of `time.perf_counter`; OutOfTime is raised where it passes

    Raises NotSupported for anything but a summit with a protocol.

    >>> from detente.summit.summit import Summit
    >>> found = consent_core(Summit.read('''
    ... detente: 1
    ... title: Fish for coal
    ... sides: [North, South]
    ... terms:
    ...   fish: {by: North, levels: {none: , some: {worth: {North: -1, South: 3}}}}
    ...   coal: {by: South, levels: {none: , some: {worth: {North: 2, South: -1}}}}
    ... protocol: {kind: take-it-or-leave-it, proposer: South}
    ... '''))
    >>> found.core, found.objections[2].members
    (('fish=some + coal=some',), ('North',))
    """
    if isinstance(summit, Game) or not hasattr(summit, "has_tree") or summit.has_tree:
        raise NotSupported(
            "whose consent a bundle needs is said in a summit file with a protocol only."
        )
    rows: list[Vector] = []
    for bundle in range(len(summit.bundles)):
        if deadline is not None and time.perf_counter() > deadline:
            raise OutOfTime
        rows.append(summit.values(bundle, round))
    without = summit.breakdown(round)
    search = _Search(summit, [*rows, without], deadline)
    names = tuple(bundle.name for bundle in summit.bundles)
    objections = tuple(
        search.refusal(bundle, without) or search.better(bundle) for bundle in range(len(rows))
    )
    return ConsentCore(names, objections, search.better(len(rows)))


class _Search:
    """Objections among bundles; the last outcome is the breakdown.

    `groups` : the sides whose consent is needed (positions) → the bundles that need just theirs
    """

    def __init__(self, summit: Any, rows: Sequence[Vector], deadline: float | None) -> None:
        self.summit, self.rows, self.deadline = summit, rows, deadline
        self.points = Points.of(rows)
        needed: dict[tuple[int, ...], list[int]] = {}
        for bundle in range(len(rows) - 1):
            sides = tuple(summit.parties.index(side) for side in summit.consents(bundle))
            needed.setdefault(sides, []).append(bundle)
        self.groups = {sides: np.array(which) for sides, which in needed.items() if sides}

    def refusal(self, bundle: int, without: Vector) -> Objection | None:
        """The side that gains most by refusing a bundle, where one does."""
        parties = self.summit.parties
        sides = [parties.index(side) for side in self.summit.consents(bundle)]
        gains = {i: without[i] - self.rows[bundle][i] for i in sides}
        best = max(gains, key=lambda i: gains[i], default=None)
        if best is None or gains[best] <= 0:
            return None
        return Objection((parties[best],), None, {parties[best]: gains[best]})

    def better(self, outcome: int) -> Objection | None:
        """A bundle that all whose consent it needs like better; of several the one with the
        greatest least gain, as far as floating point tells."""
        if self.deadline is not None and time.perf_counter() > self.deadline:
            raise OutOfTime
        best: tuple[Fraction, int, tuple[int, ...]] | None = None
        for sides, bundles in self.groups.items():
            columns = np.array(sides)
            gained = self.points.order[np.ix_(bundles, columns)] > (
                self.points.order[outcome, columns]
            )
            for bundle in self._ripest(bundles[gained.all(axis=1)], outcome, columns):
                least = min(self._gain(bundle, outcome, i) for i in sides)
                if best is None or least > best[0]:
                    best = (least, bundle, sides)
        if best is None:
            return None
        names = {self.summit.parties[i]: self._gain(best[1], outcome, i) for i in best[2]}
        return Objection(tuple(names), self.summit.bundles[best[1]].name, names)

    def _ripest(
        self, bundles: NDArray[Any], outcome: int, columns: NDArray[Any]
    ) -> list[int]:
        """Of bundles that all gain by, those whose least gain looks greatest in floating point."""
        if not len(bundles):
            return []
        near = self.points.approx
        least = (near[np.ix_(bundles, columns)] - near[outcome, columns]).min(axis=1)
        return [int(bundles[int(np.nan_to_num(least).argmax())])]

    def _gain(self, bundle: int, outcome: int, party: int) -> Fraction:
        return self.rows[bundle][party] - self.rows[outcome][party]
