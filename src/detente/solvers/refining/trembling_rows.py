"""What the terms of one power of a trembling plan must satisfy, as linear programs.

Terms are at least 0; those of an information set's actions add up to that of what leads there,
where that has none of a smaller power; and what is required of the other mover is best.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

from detente.linear.programs import maximise
from detente.solvers.plans.plan_halves import Half

Row = dict[int, Any]
"""Column → coefficient."""


@dataclass(frozen=True, eq=False)
class Rows:
    """What the terms of one power must satisfy.

    Variables are the columns, and after them the values of those of the other's information sets
    at which nothing is required to be best.

    `whole` : whether all columns are wanted, and not just those on the way to the sets
    """

    half: Half
    active: set[int]
    sets: Sequence[int]
    required: int
    whole: bool

    @cached_property
    def wanted(self) -> set[int]:
        """The columns that are to have terms."""
        if self.whole:
            return self.active
        found: set[int] = set()
        for h in self.sets:
            for column in self.half.touching[h]:
                while column >= 0 and column not in found:
                    found.add(column)
                    column = self.half.parent[column]
        return found & self.active

    @cached_property
    def flows(self) -> list[tuple[int, list[int]]]:
        """(column, those that add up to it)."""
        return [
            (above, [c for c in columns if c in self.active])
            for above, columns in self.half.groups if above in self.active
        ]

    def plain(self, roots: Iterable[int]) -> dict[int, Any] | None:
        """All roots alike, and every flow split evenly, if that satisfies all rows."""
        terms: dict[int, Any] = dict.fromkeys(roots, 1)
        for column, below in self.flows:  # parents come first
            if not below:
                return None
            each = terms[column] if len(below) == 1 else Fraction(terms[column]) / len(below)
            terms.update(dict.fromkeys(below, each))
        other = self.half.other
        best: dict[int, Any] = {}
        for h in self.judged:
            worth = {
                s: sum([a * terms[c] for c, a in self.half.gain[s] if c in terms])
                + sum([best[g] for g in self.half.after[s] if g in best])
                for s in other.actions[h]
            }
            best[h] = max(worth.values())
            if any(self.required >> s & 1 and worth[s] < best[h] for s in other.actions[h]):
                return None
        return terms

    @cached_property
    def judged(self) -> list[int]:
        """The sets at which something is required to be best, and those below, these first."""
        other, found = self.half.other, set()
        for h in self.sets:  # those above come first
            first = other.actions[h][0]
            above = other.infoset[other.parent[first]]
            if above in found or any(self.required >> s & 1 for s in other.actions[h]):
                found.add(h)
        return sorted(found, reverse=True)

    def solve(self, root: bool, check: Callable[[], None]) -> dict[int, Any] | None:
        """Terms by a linear program."""
        half, shift = self.half, self.half.num
        above, equal = self.conditions()
        size = {c: shift + len(half.other.actions) + c for c in self.wanted}
        above += [{z: 1, c: -1} for c, z in size.items()]
        goal = set(size.values())
        used = sorted(self.active | {c for row in (*above, *equal) for c in row})
        place = {c: j for j, c in enumerate(used)}
        bounds: list[tuple[Any, Any]] = [
            (0, None) if c < shift else (0, 1) if c in goal else (None, None) for c in used
        ]
        if root:
            bounds[place[0]] = (1, None)
        rows = [[{place[c]: a for c, a in row.items()} for row in part] for part in (above, equal)]
        best = maximise(
            [int(c in goal) for c in used], rows[0], [0] * len(above), rows[1], [0] * len(equal),
            bounds, check=check,
        )  # fmt: skip
        if best.status != "optimal" or not (root or best.value):
            return None
        return {c: best.x[place[c]] for c in sorted(self.active) if best.x[place[c]]}

    def conditions(self) -> tuple[list[Row], list[Row]]:
        """Rows at most 0, and rows of 0, that terms keep to."""
        half, other = self.half, self.half.other
        above: list[Row] = []
        equal: list[Row] = [{c: -1, **dict.fromkeys(below, 1)} for c, below in self.flows]
        value: dict[int, Row] = {}
        for h in self.judged:
            worth = {s: self.worth(s, value) for s in other.actions[h]}
            among = [s for s in other.actions[h] if self.required >> s & 1]
            value[h] = worth[among[0]] if among else {half.num + h: 1}
            for s, row in worth.items():
                less = minus(row, value[h])
                if less and (not among or s != among[0]):
                    (equal if s in among else above).append(less)
        return above, equal

    def worth(self, s: int, value: dict[int, Row]) -> Row:
        """What one of the other's sequences yields, given what information sets are worth."""
        row: Row = {c: a for c, a in self.half.gain[s] if c in self.active}
        for g in self.half.after[s]:
            for c, a in value.get(g, {}).items():
                row[c] = row.get(c, 0) + a
        return row

    def rises(
        self, form: Row, above: list[Row], equal: list[Row], check: Callable[[], None]
    ) -> bool:
        """Whether a linear function is above zero somewhere; rows as `conditions` gives them."""
        used = sorted(self.active | set(form) | {c for row in (*above, *equal) for c in row})
        place = {c: j for j, c in enumerate(used)}
        rows = [[{place[c]: a for c, a in row.items()} for row in part] for part in (above, equal)]
        free = [(0, None) if c < self.half.num else (None, None) for c in used]
        best = maximise(
            [form.get(c, 0) for c in used], [*rows[0], {place[0]: 1}], [0] * len(above) + [1],
            rows[1], [0] * len(equal), free, check=check,
        )  # fmt: skip
        return best.status == "unbounded" or bool(best.value)


def plus(one: Row, other: Row) -> Row:
    """The sum of two linear functions."""
    row = dict(one)
    for c, a in other.items():
        row[c] = row.get(c, 0) + a
    return row


def minus(one: Row, other: Row) -> Row:
    """The difference of two linear functions, without what cancels."""
    row = dict(one)
    for c, a in other.items():
        row[c] = row.get(c, 0) - a
    return {c: a for c, a in row.items() if a}
