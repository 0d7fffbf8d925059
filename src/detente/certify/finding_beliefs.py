"""Consistent beliefs under which the moves at some information sets are best, or proof of none.

At an information set the probability of a class of nodes is its mass times the product of its
trembles, and that a move is no better than the plan is linear in those. Two ways are taken. First
every distinct product counts as a number of its own, whatever trembles it shares with others, and
an information set where all of them vanish is put off to a smaller order; what is impossible so is
impossible. Where this succeeds, the beliefs found are judged as given ones are. Where they are not
consistent, the supports that orders of trembles can give are gone through one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import combinations

from detente.certify.assessment import Class, Trembles
from detente.certify.belief_rows import Open, Row, columns, rows_of
from detente.certify.consistency import Conflict, Held, Trembling, orders_for, trembles_for
from detente.certify.trembles_in_turn import RANGE, nearest_weights, size_of, turn
from detente.linear.programs import feasible, maximise

SEARCHED = 1000
"""Linear programs that a search through supports solves at most."""
_TURNS = 4
"""How often each player's trembles are adjusted to the others'."""
_CLASSES = 12
"""Classes up to which all their subsets are supports to try."""


@dataclass(frozen=True)
class Beliefs:
    """Beliefs at every open information set, and trembles that give them."""

    held: list[Held]
    trembling: Trembling


@dataclass(frozen=True)
class Nowhere:
    """There are none, by reason of these information sets together."""

    infosets: list[int]


@dataclass(frozen=True)
class Unknown:
    """Not decided, and why."""

    reason: str


def find(
    places: Sequence[Open],
    owners: Sequence[set[int]],
    check: Callable[[], None] | None = None,
) -> Beliefs | Nowhere | Unknown:
    """Consistent beliefs under which the plan is best at all these information sets.

    `owners` : the flat actions of each player, and those of chance
    """
    held = _level_by_level(places, check)
    if isinstance(held, Nowhere):
        return held
    trembling = trembles_for(held, check)
    if isinstance(trembling, Trembling):
        return Beliefs(held, trembling)
    return _Search(places, owners, check).run()


def least_regret(place: Open) -> tuple[Fraction, list[Fraction]]:
    """The least gain that a move at an information set offers whatever is believed; that belief.

    The belief is over classes; 0 where some belief makes the plan best.
    """
    count = len(place.classes)
    rows = [[*(-loss for loss in row), -1] for row in place.losses]  # gain − bound ≤ 0
    best = maximise(
        [0] * count + [-1], rows, [0] * len(rows), [[1] * count + [0]], [1],
        [(0, None)] * (count + 1),
    )  # fmt: skip
    odds = best.x[:count]
    worst = max(
        -sum((p * loss for p, loss in zip(odds, row, strict=True)), Fraction(0))
        for row in place.losses
    )
    return _proved_least(place, best.duals[: len(rows)], max(worst, Fraction(0))), odds


def _proved_least(place: Open, prices: Sequence[Fraction], claimed: Fraction) -> Fraction:
    """The claim, once a mixture of the moves is seen to gain as much at every class."""
    if claimed:
        total = sum(prices, Fraction(0))
        gains = [
            -sum((w * row[c] for w, row in zip(prices, place.losses, strict=True)), Fraction(0))
            for c in range(len(place.classes))
        ]
        assert total <= 1, "a bound that proves nothing"
        assert min(gains) >= claimed, "a bound that proves nothing"
    return claimed


# ── every product of trembles by itself ─────────────────────────────────────────────────────────


def _level_by_level(
    places: Sequence[Open], check: Callable[[], None] | None
) -> list[Held] | Nowhere:
    """Beliefs where each product of trembles is a number of its own, of any order.

    Solutions add up, so there is one in which as many products as possible are of the largest
    order. Information sets that none of them touches come next, among themselves.
    """
    waiting = list(places)
    held = []
    while waiting:
        if check is not None:
            check()
        size = _largest(waiting, check)
        touched = [p for p in waiting if any(size[c.trembles] for c in p.classes)]
        if not touched:
            return Nowhere([p.infoset for p in waiting])
        held += [_held(place, size) for place in touched]
        waiting = [p for p in waiting if p not in touched]
    return held


def _largest(
    places: Sequence[Open], check: Callable[[], None] | None
) -> dict[Trembles, Fraction]:
    """Products that keep to every row, as many of them above zero as possible."""
    column = columns(places)
    count = len(column)
    above, equal = [], []
    for place in places:
        more, same = rows_of(place, column)
        above += more
        equal += same
    above += [{count + j: Fraction(1), j: Fraction(-1)} for j in range(count)]
    best = maximise(
        [0] * count + [1] * count, above, [0] * len(above), equal, [0] * len(equal),
        [(0, None)] * count + [(0, 1)] * count, check=check,
    )  # fmt: skip
    return {trembles: best.x[j] for trembles, j in column.items()}


def _held(place: Open, size: dict[Trembles, Fraction]) -> Held:
    weights = [size[one.trembles] * one.mass for one in place.classes]
    total = sum(weights, Fraction(0))
    return Held(place.infoset, place.classes, [w / total for w in weights])


# ── supports, one by one ────────────────────────────────────────────────────────────────────────


class _OutOfPrograms(Exception):
    pass


@dataclass
class _Search:
    """A search through the supports that orders of trembles can give, for those that do."""

    places: Sequence[Open]
    owners: Sequence[set[int]]
    check: Callable[[], None] | None
    programs: int = 0
    unsure: bool = False
    chosen: list[list[int]] = field(default_factory=list)

    def run(self) -> Beliefs | Nowhere | Unknown:
        """Beliefs, or that there are none, or that the search found neither."""
        if any(len(place.classes) > _CLASSES for place in self.places):
            return Unknown("an information set has too many ways to be reached by trembles")
        try:
            found = self._from(0)
        except _OutOfPrograms:
            return Unknown(f"{SEARCHED} linear programs did not find consistent beliefs")
        if found is not None:
            return found
        if self.unsure:
            return Unknown("trembles that several information sets share bind their beliefs")
        return Nowhere([place.infoset for place in self.places])

    def _from(self, position: int) -> Beliefs | None:
        if position == len(self.places):
            return self._within()
        for support in self._supports(self.places[position]):
            self.chosen.append(support)
            possible = not isinstance(orders_for(self._so_far(), self.check), Conflict)
            found = self._from(position + 1) if possible else None
            self.chosen.pop()
            if found is not None:
                return found
        return None

    def _count(self) -> None:
        self.programs += 1
        if self.programs > SEARCHED:
            raise _OutOfPrograms
        if self.check is not None:
            self.check()

    def _so_far(self) -> list[tuple[int, list[Class], list[int]]]:
        self._count()
        pairs = zip(self.places, self.chosen, strict=False)
        return [(place.infoset, place.classes, support) for place, support in pairs]

    def _supports(self, place: Open) -> Iterator[list[int]]:
        """The supports of beliefs at a place under which its plan is best, small ones first."""
        if place.odds is not None:
            yield [k for k, p in enumerate(place.odds) if p]
            return
        for size in range(1, len(place.classes) + 1):
            for support in combinations(range(len(place.classes)), size):
                self._count()
                rows = [[-row[k] for k in support] for row in place.losses]
                found = feasible(
                    rows, [0] * len(rows), bounds=[(1, None)] * size, check=self.check
                )
                if found.point is not None:
                    yield list(support)

    def _within(self) -> Beliefs | None:
        """Beliefs of the chosen supports, whose orders are possible; None where none were found."""
        cut = [_cut(p, support) for p, support in zip(self.places, self.chosen, strict=True)]
        size = self._positive(cut)
        if size is None:
            return None
        found = self._judged(size) or self._by_turns(cut, {})
        if found is None:
            found = self._by_turns(cut, nearest_weights(self._inside(cut) or size))
        self.unsure = self.unsure or found is None
        return found

    def _positive(self, places: Sequence[Open]) -> dict[Trembles, Fraction] | None:
        """Products that keep to every row, all above zero."""
        self._count()
        column = columns(places)
        rows = [rows_of(place, column) for place in places]
        above = [row for more, _ in rows for row in more]
        equal = [row for _, same in rows for row in same]
        found = feasible(
            above, [0] * len(above), equal, [0] * len(equal), [(1, None)] * len(column),
            num_columns=len(column), check=self.check,
        )  # fmt: skip
        if found.point is None:
            return None
        return {trembles: found.point[j] for trembles, j in column.items()}

    def _inside(self, places: Sequence[Open]) -> dict[Trembles, Fraction] | None:
        """Products that keep to every row as far as they can; None where some are too far apart."""
        self._count()
        column = columns(places)
        count = len(column)
        rows = [rows_of(place, column) for place in places]
        above: list[Row] = [{**row, count: Fraction(1)} for more, _ in rows for row in more]
        equal: list[Row] = [row for _, same in rows for row in same]
        equal.append(dict.fromkeys(range(count), Fraction(1)))
        best = maximise(
            [0] * count + [1], above, [0] * len(above), equal, [0] * (len(equal) - 1) + [1],
            [(Fraction(1, RANGE), 1)] * count + [(None, 1)], check=self.check,
        )  # fmt: skip
        if best.status != "optimal":
            return None
        return {trembles: best.x[j] for trembles, j in column.items()}

    def _by_turns(
        self, places: Sequence[Open], weights: dict[int, Fraction]
    ) -> Beliefs | None:
        """Beliefs where one player after another picks the best weights of its trembles.

        While those of all others stay as they are, products are linear in one player's.
        """
        for _ in range(_TURNS):
            for own in self.owners:
                self._count()
                adjusted = turn(places, weights, own, self.check)
                if adjusted is None:
                    continue
                slack, weights = adjusted
                if slack >= 0:
                    sizes = {c.trembles: size_of(c, weights) for p in places for c in p.classes}
                    found = self._judged(sizes)
                    if found is not None:
                        return found
        return None

    def _judged(self, size: dict[Trembles, Fraction]) -> Beliefs | None:
        held = []
        for place, support in zip(self.places, self.chosen, strict=True):
            inside = {place.classes[k].trembles for k in support}
            within = {
                c.trembles: size[c.trembles] if c.trembles in inside else Fraction(0)
                for c in place.classes
            }
            held.append(_held(place, within))
        trembling = trembles_for(held, self.check)
        return Beliefs(held, trembling) if isinstance(trembling, Trembling) else None


def _cut(place: Open, support: list[int]) -> Open:
    """The place with only the classes of a support."""
    odds = None if place.odds is None else [place.odds[k] for k in support]
    losses = [[row[k] for k in support] for row in place.losses]
    return Open(place.infoset, [place.classes[k] for k in support], losses, odds)
