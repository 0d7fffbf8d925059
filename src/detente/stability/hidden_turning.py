"""What would change a verdict under hidden information: the table judged again at other values."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from math import ceil, floor

from detente.errors import DetenteError
from detente.game.formulas import Parameter
from detente.game.tree import Game
from detente.stability.hinges import narrowed
from detente.stability.motives import breach_motives, consent_motives, reasons
from detente.stability.readings import (
    Reading,
    Table,
    both,
    honours,
    read,
    sequential_equilibria,
    table_of,
)
from detente.stability.turning import Turning

WORK = 3_000
"""Nodes of the game times ends of ranges beyond which nothing is judged again."""


def hidden_turnings(table: Table) -> tuple[Turning, ...] | None:
    """The parameters an end of whose range gives another verdict, and where that changes.

    The game is solved anew at each value. None where it is so large that this would take long, or
    where there is no verdict now.
    """
    ranged = list(_ranged(table.game))
    if 2 * len(ranged) * table.game.num_nodes > WORK:
        return None
    elsewhere = _Elsewhere(table)
    now = elsewhere.stable
    if now is None:
        return None
    found = []
    for parameter in ranged:
        for end in (parameter.low, parameter.high):
            if end is not None and end != parameter.value:
                there = elsewhere.at(parameter.name, end)
                if there is not None and there.stable is (not now):
                    found.append(_turning(elsewhere, parameter, end, now))
    return tuple(found)


def _ranged(game: Game) -> Iterator[Parameter]:
    """The parameters that the game depends on and that have a range."""
    formulas = game.formulas
    if formulas is None:
        return
    written = [e for row in formulas.payoffs for e in row] + list(formulas.probabilities)
    written += [e for row in formulas.discounts for e in row]
    used: set[str] = set().union(*(e.parameters for e in written))
    for name, parameter in formulas.parameters.items():
        if name in used and parameter.low is not None and parameter.high is not None:
            yield parameter


class _There:
    """The table at other values, and its verdict."""

    def __init__(self, table: Table) -> None:
        self.table = table
        listed = sequential_equilibria(table.game, None)
        self.readings = tuple(read(table, play) for play in listed.plays)
        answer = both(self.readings) if table.offered else honours(self.readings)
        self.stable = None if answer is None else answer != "never"

    @property
    def told(self) -> Reading:
        """The equilibrium that says why."""
        return self.readings[0]

    @property
    def tied(self) -> bool:
        """Whether a consent or a breach is exactly as good as the other way in an equilibrium."""
        return any(
            motive.gain == 0
            for reading in self.readings
            for motive in (
                *consent_motives(self.table, reading.play), *breach_motives(self.table, reading)
            )
        )


class _Elsewhere:
    """The table at other values of single parameters, each value solved once."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self.stable = _There(table).stable
        self._known: dict[tuple[str, Fraction], _There | None] = {}

    def at(self, name: str, x: Fraction) -> _There | None:
        """The verdict there; None where the value breaks the game's rules."""
        key = (name, x)
        if key not in self._known:
            self._known[key] = self._changed(name, x)
        return self._known[key]

    def _changed(self, name: str, x: Fraction) -> _There | None:
        table = self.table
        try:
            game = table.game.at(**{name: x})
        except DetenteError:
            return None
        return _There(table_of(game, table.bundle, table.breakdown, table.wording))

    def holds(self, name: str) -> Callable[[Fraction], bool]:
        """Whether the bundle is stable, as a function of the parameter."""

        def stable(x: Fraction) -> bool:
            there = self.at(name, x)
            return there is not None and bool(there.stable)

        return stable


def _turning(elsewhere: _Elsewhere, parameter: Parameter, end: Fraction, now: bool) -> Turning:
    name, value = parameter.name, parameter.value
    assert parameter.low is not None
    assert parameter.high is not None
    holds = elsewhere.holds(name)
    at = narrowed(holds, value, end)
    place = simplest(*at)
    there = elsewhere.at(name, place)
    if there is not None and there.tied:
        # The halving leaves a small interval, and in it a choice is exactly a tie here.
        at = (place, place)
    return Turning(
        name, value, parameter.low, parameter.high, not now, at, end > value, holds(at[0]),
        _why(elsewhere.at(name, end)), None, place if at == (place, place) else None,
    )  # fmt: skip


def _why(there: _There | None) -> str:
    if there is None:
        return ""
    told = reasons(there.table, there.told)
    return told[0].short if told else ""


def simplest(low: Fraction, high: Fraction) -> Fraction:
    """The fraction with the smallest denominator between two, both included (Stern and Brocot).

    >>> simplest(Fraction(490, 1000), Fraction(491, 1000))
    Fraction(25, 51)
    """
    whole = ceil(low)
    if whole <= high:
        return Fraction(whole)
    base = floor(low)
    return base + 1 / simplest(1 / (high - base), 1 / (low - base))
