"""The method 'extreme-equilibria': all Nash equilibria of two players' matrices, exactly.

An equilibrium is extreme if each strategy is a vertex: not a mixture of other strategies that play
nothing more and to which no fewer replies are best (Mangasarian 1964). Every equilibrium is a
mixture, for each player, of extreme ones of one maximal Nash subset (Winkels 1979; Jansen 1981), so
these and the subsets say all there is to say. Games without ties have finitely many, all extreme.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property, lru_cache
from itertools import islice
from operator import mul

import numpy as np

from detente.errors import OutOfTime
from detente.game.mixed import MixedProfile
from detente.game.strategic import StrategicGame
from detente.solvers.bimatrix.label_kernel import compiled
from detente.solvers.bimatrix.label_search import Pair, Strategy, extreme_pairs, pairs_of_faces
from detente.solvers.bimatrix.matrices import Bimatrix, refusal
from detente.solvers.collect import Claim, Found, collect
from detente.solvers.components import components
from detente.solvers.registry import AnyGame, Request, Solver
from detente.solvers.result import Result

COMPILE_FROM = 160
"""Cells from which the search in floating point pays, with the time that loading Numba takes."""
LOADED_FROM = 100
"""The same where Numba is loaded, and after the first game of this size: others will follow."""
COMPILED_FROM = 30
"""The same once the search is compiled."""

ROOM = 1 << 26
"""Numbers that the dictionaries of that search, one a label and player, may hold."""

TIES_EVERY = 8
"""Leaves with ties may repeat what is known once, twice as often for each so many labels, before
the search in integers takes over, which takes longer the more there are."""

PURE_AT_ONCE = 256
"""Pure equilibria that are certified together."""

LARGEST = 1 << 900
"""Spread of payoffs, times their denominator, from which floating point is left alone."""

REMEMBERED = 10_000
"""Mixed strategies, and fractions, that are made once however often they come up."""

TELL_EVERY = 1000
"""Steps of the search in integers between reports."""

OVER = "all Nash equilibria"


def run(game: AnyGame, request: Request) -> Result:
    """Extreme equilibria one after another, and the components they span once all are known."""
    assert isinstance(game, StrategicGame)
    search = Search(Bimatrix.of(game), request)
    return collect(game, request, SOLVER.name, search.found(), search.claim)


@dataclass
class Search:
    """The search through one game.

    `numbers` : per player the strategies met, each with its number
    `positions` : numbers of both strategies of an extreme equilibrium → its position in the list
    """

    bimatrix: Bimatrix
    request: Request
    numbers: tuple[dict[Strategy, int], dict[Strategy, int]] = field(
        default_factory=lambda: ({}, {})
    )
    positions: dict[tuple[int, int], int] = field(default_factory=dict)
    _mixtures: dict[Strategy, tuple[Fraction, ...]] = field(default_factory=dict)
    _steps: int = 0

    def found(self) -> Iterator[Found]:
        """Every extreme equilibrium, each once, pure ones first."""
        pure = self._pure()
        while some := list(islice(pure, PURE_AT_ONCE)):
            self.request.check()
            yield from self._certified([pair for pair in some if self._is_new(*pair)])
        yield from self._by_leaves() if self._floating() else self._one_by_one()
        _solved[0] = max(_solved[0], self.bimatrix.row.size)

    def claim(self) -> Claim:
        """All of them: a list where they are finitely many, else the extreme ones of components."""
        try:
            parts = components(self.positions, self.request.check)
        except (OutOfTime, KeyboardInterrupt):
            reason = "stopped after the last extreme equilibrium, before components were joined."
            return Claim("components", OVER, reason=reason)
        if all(len(part.members) == 1 for part in parts):
            return Claim("all", OVER, components=parts)
        return Claim(
            "components", OVER, components=parts,
            reason="there are infinitely many equilibria: the mixtures within each component.",
        )  # fmt: skip

    def _pure(self) -> Iterator[Pair]:
        """The pure equilibria, which are extreme and cost nothing."""
        row, column = self.bimatrix.row, self.bimatrix.column
        best = (row == row.max(axis=0)) & (column == column.max(axis=1)[:, None])
        m, n = self.bimatrix.shape
        for i, j in np.argwhere(best).tolist():
            yield tuple([int(k == i) for k in range(m)]), tuple([int(k == j) for k in range(n)])

    def _floating(self) -> bool:
        """Whether the search in floating point can be had, and pays."""
        matrices = self.bimatrix.row, self.bimatrix.column
        cells = self.bimatrix.row.size
        if self.request.arithmetic == "exact" or min(self.bimatrix.shape) == 1:
            return False
        if cells < _least_cells() or 2 * cells * sum(self.bimatrix.shape) > ROOM:
            return False
        return all(int(a.max()) - int(a.min()) < LARGEST for a in matrices)

    def _one_by_one(self) -> Iterator[Found]:
        for x, y in extreme_pairs(*self.bimatrix.positive, self._check):
            if self._is_new(x, y):
                yield Found(self._profile(x, y), self._payoffs(x, y))

    def _by_leaves(self) -> Iterator[Found]:
        from detente.solvers.bimatrix.label_batches import leaves, solutions

        repeated = 0
        for batch in leaves(self.bimatrix, self.request.check, self._tell):
            pairs, tied = solutions(self.bimatrix, batch)
            with _garbage_later():
                yield from self._certified([pair for pair in pairs if self._is_new(*pair)])
            for leaf in tied:
                repeated += 1
                for tie in self._among_ties(leaf):
                    repeated -= 1
                    yield tie
                if repeated > 1 << sum(self.bimatrix.shape) // TIES_EVERY:
                    yield from self._one_by_one()
                    return

    def _certified(self, pairs: list[Pair]) -> Iterator[Found]:
        from detente.certify.many import certify_many

        profiles = [self._profile(*pair) for pair in pairs]
        certificates = certify_many(self.bimatrix.game, profiles, self.request.concept)
        for pair, profile, certificate in zip(pairs, profiles, certificates, strict=True):
            yield Found(profile, self._payoffs(*pair), certificate=certificate)

    def _among_ties(self, leaf: list[int]) -> Iterator[Found]:
        of_first = [label for label, player in enumerate(leaf) if player == 0]
        for x, y in pairs_of_faces(*self.bimatrix.positive, of_first, self._check):
            if self._is_new(x, y):
                yield Found(self._profile(x, y), self._payoffs(x, y))

    def _check(self) -> None:
        """Look at the clock, and now and then say how far the search in integers has come."""
        self.request.check()
        self._steps += 1
        if self._steps % TELL_EVERY == 0:
            self._tell(None)

    def _tell(self, done: float | None) -> None:
        number = len(self.positions)
        self.request.tell(f"{number} equilibria so far", done)

    def _is_new(self, x: Strategy, y: Strategy) -> bool:
        own, others = self.numbers
        pair = own.setdefault(x, len(own)), others.setdefault(y, len(others))
        new = pair not in self.positions
        if new:
            self.positions[pair] = len(self.positions)
        return new

    def _profile(self, x: Strategy, y: Strategy) -> MixedProfile:
        game = self.bimatrix.game
        row, column = self._mixture(x), self._mixture(y)
        if game.num_players == 2:
            return MixedProfile(game, (row, column))
        return self.bimatrix.profile(dict(enumerate(row)), dict(enumerate(column)))

    def _payoffs(self, x: Strategy, y: Strategy) -> tuple[Fraction, ...] | None:
        """Of two players what any played strategy gets against the other's mixture."""
        if self.bimatrix.game.num_players > 2:
            return None
        rows, columns = self._lines
        units = self.bimatrix.game.outcomes.payoffs.denominators
        i, j = x.index(max(x)), y.index(max(y))
        return (
            self._fraction(sum(map(mul, rows[i], y)), sum(y) * units[0]),
            self._fraction(sum(map(mul, columns[j], x)), sum(x) * units[1]),
        )

    def _mixture(self, weights: Strategy) -> tuple[Fraction, ...]:
        """The probabilities; the same objects stand for the same strategy, as far as it goes."""
        known = self._mixtures.get(weights)
        if known is None:
            if len(self._mixtures) > REMEMBERED:
                self._mixtures.clear()
            total, fraction = sum(weights), self._fraction
            known = self._mixtures[weights] = tuple([fraction(w, total) for w in weights])
        return known

    @cached_property
    def _fraction(self) -> Callable[[int, int], Fraction]:
        return lru_cache(REMEMBERED)(Fraction)

    @cached_property
    def _lines(self) -> tuple[list[list[int]], list[list[int]]]:
        """The row player's payoffs row by row, the column player's column by column."""
        return self.bimatrix.row.tolist(), self.bimatrix.column.T.tolist()


def _least_cells() -> int:
    """Cells from which the compiled search pays now."""
    if compiled.cache_info().currsize:
        return min(COMPILED_FROM, COMPILE_FROM)
    loads = "numba" in sys.modules or _solved[0] >= LOADED_FROM
    return min(LOADED_FROM, COMPILE_FROM) if loads else COMPILE_FROM


@contextmanager
def _garbage_later() -> Iterator[None]:
    """No search for garbage while thousands of objects are made that all stay."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


_solved = [0]
"""Cells of the largest game that this process has solved here."""


SOLVER = Solver(
    name="extreme-equilibria",
    concepts=("nash",),
    delivers="components",
    exact=True,
    refusal=refusal,
    run=run,
    rank=10,
    lists=True,
    accepts="games in strategic form in which at most two players have a choice",
)
