"""Draws settled together: region by region, or all at once where the regions are many."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from threading import RLock

import numpy as np
from numpy.typing import NDArray

from detente.errors import OutOfTime
from detente.game.tree import Game
from detente.stability.case import Source
from detente.stability.continuation import Continuation
from detente.stability.following.course import Standing, standing
from detente.stability.robustness.draws.bits import INVALID, SELECTED, bits_of
from detente.stability.robustness.draws.many import Many, Values
from detente.stability.robustness.regions.conditions import Screen, conditions
from detente.stability.robustness.regions.regions import Around, Region, Regions, RegionsOfTalks

Bits = NDArray[np.uint8]
Floats = NDArray[np.float64]
Ints = NDArray[np.int32]
Rows = NDArray[np.intp]
Halt = Callable[[], bool]

BLOCK = 8192
"""Draws that are solved at once, at most."""
ROOM = 2**24
"""Numbers that may be held for the draws that are solved at once, about."""
FORMS = 32
"""Forms of a game's numbers that are remembered."""
REMEMBERED = 64
"""Regions that are tried before any point is solved."""
WORTHWHILE = 32
"""Draws that a region must settle on average for more of them to be looked for."""


class Settler:
    """The exact verdict on one bundle at any number of draws.

    `game` : in which it is judged: its table, or the tree that offers it
    `names` : the parameters that the rows of the draws are; others keep their values

    Raises NotSupported where ties make too many equilibria to list.
    """

    def __init__(self, source: Source, game: Game, bundle: int, names: Sequence[str]) -> None:
        self.names = tuple(names)
        # Draws that the file refuses are left out before: what it asks is not asked here.
        here = replace(source.case_of(Continuation(game), bundle), talks=None)
        self._regions = Regions.of(here)
        deal = self._regions.deal
        self._nodes = list(dict.fromkeys(deal.path or (0, *deal.offered, *deal.signed)))
        self._forms = Forms(self._regions.around, names, self._nodes)
        self._known: list[_Known] = []
        self._lock = RLock()

    def settle(self, draws: Floats, halt: Halt | None = None) -> Bits:
        """uint8 (num_draws,), see `bits`.

        `draws` : float64 (num_names, num_draws), each taken as the number that it is
        `halt` : asked now and then; OutOfTime is raised once it says yes
        """
        found = np.zeros(draws.shape[1], dtype=np.uint8)
        with self._lock:
            rest = self._by_regions(draws, found, halt)
            for rows, form, at in self._forms.solved(draws, rest, halt):
                found[rows] = INVALID if at is None else self._judged(form, at)
            for j in self._forms.doubtful:
                go_on(halt)
                found[j] = bits_at(self._regions.at(self._forms.values(draws, j)).verdict)
        return found

    def _by_regions(self, draws: Floats, found: Bits, halt: Halt | None) -> Rows:
        """Settle draws as long as regions take many of them; what is left over comes back."""
        rest = np.arange(draws.shape[1])
        self._known.sort(key=lambda known: -known.draws)
        del self._known[REMEMBERED:]
        for known in self._known:
            rest = known.take(draws, rest, found)
        count, solved = len(rest), 0
        while len(rest) and count - len(rest) >= WORTHWHILE * (solved - 4):
            go_on(halt)
            region = self._regions.at(self._forms.values(draws, int(rest[0])))
            known = _Known(Screen(region.conditions, self.names, self._forms.fixed), region)
            found[rest[0]] = known.bits
            rest, solved = known.take(draws, rest[1:], found), solved + 1
            self._known.append(known)
        return rest

    def _judged(self, form: Many, at: Mapping[int, Ints]) -> Bits:
        """The bits at draws whose states are known."""
        found = np.array([at[node] for node in self._nodes])
        states, which = np.unique(found, axis=1, return_inverse=True)
        told = [self._bits(form, tuple(numbers)) for numbers in states.T.tolist()]
        return np.array(told, dtype=np.uint8)[which.reshape(-1)]

    def _bits(self, form: Many, numbers: tuple[int, ...]) -> int:
        """The bits where the nodes have these states."""
        if numbers not in form.told:
            form.show(self._nodes, numbers)
            form.told[numbers] = bits_at(standing(form, self._regions.deal))
        return form.told[numbers]


class TalksSettler:
    """What the talks as written settle on at any number of draws, exactly; see `Settler`."""

    def __init__(self, game: Game, names: Sequence[str]) -> None:
        self._count = len(game.bundles)
        self._regions = RegionsOfTalks(game)
        self._forms = Forms(self._regions.around, names, [0])
        self._lock = RLock()

    def settle(self, draws: Floats, halt: Halt | None = None) -> Bits:
        """uint8 (num_bundles, num_draws), bit SELECTED; nothing where there is no such game."""
        found = np.zeros((self._count, draws.shape[1]), dtype=np.uint8)
        with self._lock:
            for rows, form, at in self._forms.solved(draws, np.arange(draws.shape[1]), halt):
                if at is not None:
                    for state in np.unique(at[0]).tolist():
                        signed = sorted(self._regions.signed_in(form.states_met[state]))
                        found[np.ix_(signed, rows[at[0] == state])] = SELECTED
            for j in self._forms.doubtful:
                go_on(halt)
                verdict = self._regions.at(self._forms.values(draws, j)).verdict
                found[:, j] = 0
                found[sorted(verdict or ()), j] = SELECTED
        return found


class Forms:
    """The forms that a game's numbers take, each solved for all draws that have it.

    `wanted` : the nodes that are asked about
    `doubtful` : of what was solved last, the draws that no bound of errors decides
    """

    def __init__(self, around: Around, names: Sequence[str], wanted: Sequence[int]) -> None:
        assert around.game.formulas is not None
        self._around, self._names, self._wanted = around, tuple(names), tuple(wanted)
        self.fixed = {
            name: value
            for name, value in around.game.formulas.values().items()
            if name not in self._names
        }
        self._forms: list[tuple[Screen, Many]] = []
        self._width = BLOCK
        self.doubtful: list[int] = []

    def values(self, draws: Floats, j: int) -> dict[str, Fraction]:
        """One draw as exact values."""
        return dict(zip(self._names, map(Fraction, draws[:, j].tolist()), strict=True))

    def solved(
        self, draws: Floats, rest: Rows, halt: Halt | None
    ) -> Iterator[tuple[Rows, Many, Mapping[int, Ints] | None]]:
        """Draws that go together, and the states at every node; None where there is no game.

        What is given of those that are `doubtful` in the end means nothing.
        """
        self.doubtful = []
        for screen, form in self._forms:
            ok = screen.surely(draws[:, rest])
            yield from self._over(form, draws, rest[ok], halt)
            rest = rest[~ok]
        while len(rest):
            go_on(halt)
            point = self._around.point(self.values(draws, int(rest[0])))
            form = Many(self._around, point, self._wanted)
            screen = Screen(conditions(form.relied, form.point), self._names, self.fixed)
            ok = screen.surely(draws[:, rest])
            if ok[0]:
                self._forms = [(screen, form), *self._forms[: FORMS - 1]]
            else:  # something that the form hangs on is zero here, or all but zero
                self.doubtful.append(int(rest[0]))
                rest, ok = rest[1:], ok[1:]
            yield from self._over(form, draws, rest[ok], halt)
            rest = rest[~ok]

    def _over(
        self, form: Many, draws: Floats, rows: Rows, halt: Halt | None
    ) -> Iterator[tuple[Rows, Many, Mapping[int, Ints] | None]]:
        if form.fault:
            yield rows, form, None
            return
        while len(rows):
            go_on(halt)
            part, rows = rows[: self._width], rows[self._width :]
            values = Values(self._names, self.fixed, np.ascontiguousarray(draws[:, part]))
            at, doubt = form.over(values, halt)
            self._width = min(BLOCK, max(BLOCK // 64, ROOM // values.held))
            self.doubtful += part[doubt].tolist()
            yield part, form, at


@dataclass
class _Known:
    """A region that draws have been found in, and how many."""

    screen: Screen
    region: Region[Standing]
    draws: int = 0

    @property
    def bits(self) -> int:
        """Its verdict."""
        return bits_at(self.region.verdict)

    def take(self, draws: Floats, rest: Rows, found: Bits) -> Rows:
        """Settle what surely lies in the region; the rest comes back."""
        if not len(rest):
            return rest
        ok = self.screen.surely(draws[:, rest])
        found[rest[ok]] = self.bits
        self.draws += int(ok.sum())
        return rest[~ok]


def bits_at(verdict: Standing) -> int:
    """A verdict as bits."""
    if verdict.fault:
        return INVALID
    return bits_of(*map(_possible, (verdict.acceptable, verdict.honoured, verdict.stable)))


def _possible(answer: str | None) -> bool | None:
    return None if answer is None else answer != "never"


def go_on(halt: Halt | None) -> None:
    """Raise OutOfTime where it is time to stop."""
    if halt is not None and halt():
        raise OutOfTime
