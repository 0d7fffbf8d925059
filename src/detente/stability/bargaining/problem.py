"""A bargaining problem: what can be agreed on, what it brings, and what there is without it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from math import isfinite
from typing import Any, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from detente.errors import NotSupported
from detente.game.expressions import exact
from detente.stability.bargaining.points import Points, Vector, printed


@dataclass(frozen=True, eq=False)
class Problem:
    """What bargaining is about.

    `parties` : those who bargain; every vector here has one number for each, in this order
    `outcomes` : what can be agreed on, by name (bundles, or ways through a tree)
    `points` : what each outcome brings each party
    `disagreement` : what each gets without agreement
    `against` : what stands for no agreement, in words
    `bundles` : of each outcome the position among the talks' bundles; None where there are none
    `observers`, `beside` : those who do not bargain, and what each outcome brings them
    `beside_without` : what those have without agreement; None where that is not known
    `unit` : of all amounts, "" where there is none
    `notes` : what a reader has to know about how this was read from the talks
    """

    title: str
    parties: tuple[str, ...]
    outcomes: Sequence[str]
    points: Points
    disagreement: Vector
    against: str = "breakdown"
    bundles: tuple[int, ...] | None = None
    observers: tuple[str, ...] = ()
    beside: Points | None = None
    unit: str = ""
    notes: tuple[str, ...] = ()
    beside_without: Vector | None = None

    def __post_init__(self) -> None:
        if not self.parties:
            raise NotSupported("nobody bargains here: name at least one party.")
        widths = (len(self.parties), len(self.disagreement), self.points.num_parties)
        if len(set(widths)) > 1 or len(self.points) != len(self.outcomes):
            raise NotSupported(
                "a bargaining problem has one number a party and one name an outcome; found "
                f"{widths[0]} parties, {widths[1]} numbers without agreement, points of "
                f"{widths[2]} numbers, {len(self.points)} points and {len(self.outcomes)} names."
            )

    def __repr__(self) -> str:
        who = ", ".join(self.parties[:6])
        return f"<Problem '{self.title}', {len(self.points)} outcomes for {who}>"

    @property
    def num_parties(self) -> int:
        """How many bargain."""
        return len(self.parties)

    def gains(self, outcome: int) -> Vector:
        """What an outcome brings each party beyond what it has without agreement."""
        pairs = zip(self.points[outcome], self.disagreement, strict=True)
        return tuple(value - without for value, without in pairs)

    @cached_property
    def in_zone(self) -> NDArray[np.bool_]:
        """bool (num_outcomes,): which outcomes leave no party worse off than no agreement."""
        found = np.ones(len(self.points), dtype=bool)
        for party, value in enumerate(self.disagreement):
            found &= self.points.at_least(party, value)
        return found

    @cached_property
    def zone(self) -> tuple[int, ...]:
        """The zone of agreement: the outcomes that leave no party worse off, by position."""
        return tuple(np.flatnonzero(self.in_zone).tolist())

    @cached_property
    def strict_zone(self) -> tuple[int, ...]:
        """The outcomes that leave every party better off than no agreement."""
        found = self.in_zone.copy()
        for party, value in enumerate(self.disagreement):
            found &= self.points.above(party, value)
        return tuple(np.flatnonzero(found).tolist())

    def without(self, gone: Sequence[int]) -> Problem:
        """The same with some outcomes off the table."""
        taken = set(gone)
        left = [k for k in range(len(self.points)) if k not in taken]
        return self.among(left)

    def among(self, kept: Sequence[int]) -> Problem:
        """The same with only these outcomes on the table."""
        return Problem(
            self.title,
            self.parties,
            [self.outcomes[k] for k in kept],
            self.points.take(kept),
            self.disagreement,
            self.against,
            None if self.bundles is None else tuple(self.bundles[k] for k in kept),
            self.observers,
            None if self.beside is None else self.beside.take(kept),
            self.unit,
            self.notes,
            self.beside_without,
        )

    @classmethod
    def of(
        cls,
        points: ArrayLike | Points | Sequence[Sequence[Fraction]],
        disagreement: Sequence[Any] | None = None,
        *,
        parties: Sequence[str] | None = None,
        outcomes: Sequence[str] | None = None,
        title: str = "",
        unit: str = "",
    ) -> Problem:
        """The problem of choosing among points: one row an outcome, one column a party.

        `points` : an array of integers or floats (0.1 is one tenth), or rows of exact numbers
        `disagreement` : one number a party; zeros if left out

        Raises NotSupported where sizes do not agree.

        >>> Problem.of([[1, 2], [3, 1]]).zone
        (0, 1)
        """
        table = points if isinstance(points, Points) else _table(points)
        names = tuple(parties or (f"party {i + 1}" for i in range(table.num_parties)))
        given = (0,) * len(names) if disagreement is None else disagreement
        without = tuple(map(_number, given))
        called = Numbered(range(len(table))) if outcomes is None else outcomes
        return cls(title, names, called, table, without, "the numbers given", unit=unit)


class Numbered(Sequence[str]):
    """Outcomes without names, called by their numbers from 1 on.

    >>> list(Numbered(range(2, 4)))
    ['3', '4']
    """

    def __init__(self, positions: Sequence[int]) -> None:
        self.positions = positions

    def __len__(self) -> int:
        return len(self.positions)

    @overload
    def __getitem__(self, which: int) -> str: ...
    @overload
    def __getitem__(self, which: slice) -> Numbered: ...
    def __getitem__(self, which: int | slice) -> str | Numbered:
        if isinstance(which, slice):
            return Numbered(self.positions[which])
        return str(self.positions[which] + 1)


def _number(value: Any) -> Fraction:
    """An exact number; a float is what it is printed as."""
    finite = isinstance(value, float) and isfinite(value)
    return printed(float(value)) if finite else Fraction(exact(value))


def _table(points: Any) -> Points:
    if not isinstance(points, np.ndarray):
        rows: list[list[Any]] = [list(row) for row in points]
        if any(len(row) != len(rows[0]) for row in rows):
            raise NotSupported("every outcome has one number a party.")
        if any(isinstance(value, (Fraction, str)) for row in rows for value in row):
            return Points.of([[Fraction(exact(value)) for value in row] for row in rows])
        points = rows
    return Points.from_array(points)


def named_numbers(given: Mapping[str, Any], parties: Sequence[str], what: str) -> Vector:
    """One exact number for each party from a mapping.

    `what` : what the numbers are, for messages ("the disagreement point")

    Raises NotSupported where a party is missing or unknown.
    """
    unknown = [name for name in given if name not in parties]
    missing = [party for party in parties if party not in given]
    if unknown or missing:
        wrong = f"'{unknown[0]}' is none of them" if unknown else f"'{missing[0]}' has none"
        raise NotSupported(
            f"{what} is one number for each who bargains, {', '.join(parties)}; {wrong}."
        )
    return tuple(Fraction(exact(given[party])) for party in parties)
