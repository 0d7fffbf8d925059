"""What delivered levels are worth to each party, over a horizon that ending the deal cuts short.

Amounts count once and for each year. Until the deal is ended (`after` years) what was delivered
counts; from then on, what of it cannot be taken back. Everything stays an expression of the
parameters, so that one game serves all their values.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from detente.errors import Place, SummitError
from detente.game.expressions import (
    ZERO,
    Expr,
    conditional,
    maximum,
    minimum,
    total,
)
from detente.summit.binding import Binder, Setting
from detente.summit.bundles import Levels

MAX_DISCOUNTED_YEARS = 1000
"""The longest horizon with a discount per year."""

Row = tuple[Expr, ...]
"""One amount a party, in the order of `Game.players`."""


@dataclass(frozen=True)
class Value:
    """An amount as read from a file: once, and for each of some years (None: the horizon)."""

    once: Expr = ZERO
    per_year: Expr = ZERO
    years: Expr | None = None
    place: Place | None = None


Worth = Mapping[str, Value]
"""Party → amount; a party left out gains nothing."""


@dataclass(frozen=True)
class Timeline:
    """How years add up.

    `horizon` : years that yearly amounts run, unless they say otherwise
    `after` : years until the reversible levels of an ended deal return to nothing
    `discount` : party → factor a year; n years then count as 1 + d + … + d^(n-1)

    >>> from detente.game.expressions import const
    >>> line = Timeline(const(10), const(2))
    >>> fees = Value(per_year=const(50))
    >>> [str(part("DPRK", fees)) for part in (line.whole, line.before, line.since)]
    ['500', '100', '400']
    """

    horizon: Expr | None = None
    after: Expr = ZERO
    discount: Mapping[str, Expr] = field(default_factory=dict)

    def whole(self, party: str, value: Value) -> Expr:
        """The amount over its whole length."""
        if value.per_year is ZERO:
            return value.once
        return value.once + value.per_year * self._count(party, self._years(value), value)

    def before(self, party: str, value: Value) -> Expr:
        """What of it falls before an ended deal's terms return to nothing."""
        if value.per_year is ZERO:
            return value.once
        years = minimum(self._years(value), self.after)
        return value.once + value.per_year * self._count(party, years, value)

    def since(self, party: str, value: Value) -> Expr:
        """What of it falls afterwards."""
        if value.per_year is ZERO:
            return ZERO
        years = self._years(value)
        if party not in self.discount:
            return value.per_year * maximum(years - self.after, 0)
        early = self._count(party, minimum(years, self.after), value)
        return value.per_year * (self._count(party, years, value) - early)

    def _years(self, value: Value) -> Expr:
        years = value.years if value.years is not None else self.horizon
        if years is None:
            raise SummitError(
                "an amount per year needs to know for how many. Give it 'years', or the file a "
                "'horizon'.",
                value.place,
            )
        return years

    def _count(self, party: str, years: Expr, value: Value) -> Expr:
        if party not in self.discount:
            return years
        length = years.constant if years.is_constant else None
        if length is None or length != int(length) or not 0 <= length <= MAX_DISCOUNTED_YEARS:
            raise SummitError(
                f"{party} discounts each year, so its years must be a whole number of at most "
                f"{MAX_DISCOUNTED_YEARS}; found '{years}'.",
                value.place,
            )
        factor = self.discount[party]
        return total(factor**year if year else 1 for year in range(int(length)))


@dataclass(frozen=True)
class Joined:
    """What levels are worth together: a condition on what is delivered, and amounts."""

    when: Expr
    worth: Worth


@dataclass(frozen=True)
class Valuation:
    """What anything in a summit is worth, each distinct case computed once.

    `parties` : those who gain or lose, in the order of the rows
    `terms` : in order; `levels[t][k]` is the worth of level k of term t
    `lasting[t][k]` : whether level k of term t outlasts the deal (cannot be taken back)
    """

    parties: tuple[str, ...]
    terms: tuple[str, ...]
    levels: Sequence[Sequence[Worth]]
    lasting: Sequence[Sequence[bool]]
    joined: Sequence[Joined]
    timeline: Timeline
    bind: Binder
    _rows: dict[tuple[object, ...], Row] = field(default_factory=dict, repr=False)
    # The worth itself is kept with what is known of it, so that no other can take its identity.
    _events: dict[int, tuple[Worth, tuple[str, ...], Mapping[int, Expr]]] = field(
        default_factory=dict, repr=False
    )

    @cached_property
    def mentioned(self) -> frozenset[str]:
        """The steps (and the round) that worths of levels and combinations mention."""
        found: set[str] = set()
        for worth in [worth for term in self.levels for worth in term]:
            found.update(self.mentioned_in(worth))
        for joined in self.joined:
            found.update(self.mentioned_in(joined.worth), self.bind.mentioned(joined.when))
        return frozenset(found - set(self.terms))

    def mentioned_in(self, worth: Worth) -> set[str]:
        """The terms and steps (and the round) that a worth mentions."""
        found: set[str] = set()
        for value in worth.values():
            for part in (value.once, value.per_year, value.years):
                if part is not None:
                    found.update(self.bind.mentioned(part))
        return found

    def gain(self, worth: Worth, setting: Setting) -> Row | None:
        """What an event adds for each party, over its whole length; None where that is nothing."""
        if not worth:
            return None
        if id(worth) not in self._events:
            names = tuple(sorted(self.mentioned_in(worth)))
            self._events[id(worth)] = (worth, names, self._whole(worth))
        _, names, amounts = self._events[id(worth)]
        key = (id(worth), *[setting.get(name) for name in names])
        row = self._rows.get(key)
        if row is None:
            row = self._rows[key] = self._row([amounts], setting)
        return row if any(amount is not ZERO for amount in row) else None

    def delivered(self, levels: Levels, setting: Setting, ended: bool) -> Row:
        """What the levels delivered are worth, whether the deal runs on or is ended.

        `setting` : the steps' outcomes and the round; the terms' values in it do not count
        """
        steps = tuple([setting.get(name) for name in self._order])
        key = (levels, steps, ended)
        row = self._rows.get(key)
        if row is None:
            if ended:
                left = tuple(
                    [at if lasts[at] else 0 for at, lasts in zip(levels, self.lasting, strict=True)]
                )
                row = add(self._part(1, levels, setting), self._part(2, left, setting))
            else:
                row = self._part(0, levels, setting)
            self._rows[key] = row
        return row

    @cached_property
    def _order(self) -> tuple[str, ...]:
        return tuple(sorted(self.mentioned))

    def _part(self, part: int, levels: Levels, setting: Setting) -> Row:
        steps = tuple([setting.get(name) for name in self._order])
        key = (part, levels, steps)
        row = self._rows.get(key)
        if row is None:
            at = {**setting, **dict(zip(self.terms, levels, strict=True))}
            amounts = [self._amounts[t][k][part] for t, k in enumerate(levels)]
            row = self._rows[key] = self._row(amounts, at, self._together[part])
        return row

    def _row(
        self,
        amounts: Iterable[Mapping[int, Expr]],
        setting: Setting,
        together: Iterable[tuple[Expr, Mapping[int, Expr]]] = (),
    ) -> Row:
        collected: list[list[Expr]] = [[] for _ in self.parties]
        for mapping in amounts:
            for party, amount in mapping.items():
                collected[party].append(self.bind(amount, setting))
        for when, mapping in together:
            holds = self.bind(when, setting)
            if holds.is_constant and not holds.constant:
                continue
            for party, amount in mapping.items():
                collected[party].append(conditional(holds, self.bind(amount, setting), 0))
        return tuple([total(parts) if parts else ZERO for parts in collected])

    @cached_property
    def _amounts(self) -> list[list[tuple[Mapping[int, Expr], ...]]]:
        return [[self._parts(worth) for worth in term] for term in self.levels]

    @cached_property
    def _together(self) -> list[list[tuple[Expr, Mapping[int, Expr]]]]:
        parts = [(joined.when, self._parts(joined.worth)) for joined in self.joined]
        return [[(when, rows[part]) for when, rows in parts] for part in range(3)]

    def _parts(self, worth: Worth) -> tuple[Mapping[int, Expr], ...]:
        """The worth over its whole length, before the deal is ended, and since."""
        line = self.timeline
        return tuple(
            {
                i: amount
                for i, party in enumerate(self.parties)
                if party in worth and (amount := of(party, worth[party])) is not ZERO
            }
            for of in (line.whole, line.before, line.since)
        )

    def _whole(self, worth: Worth) -> Mapping[int, Expr]:
        return {
            i: self.timeline.whole(party, worth[party])
            for i, party in enumerate(self.parties)
            if party in worth
        }


def add(one: Row, other: Row | None) -> Row:
    """The sum of two rows, party by party."""
    if other is None:
        return one
    return tuple([a + b for a, b in zip(one, other, strict=True)])
