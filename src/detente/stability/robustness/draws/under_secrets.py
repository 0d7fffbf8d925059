"""Verdicts at many draws where sides do not see everything.

Where all sequential equilibria of a table can be seen at once (`solvers.batches.whole`), they have
the same form at every draw at which the same signs hold; so has every answer that is read from
them. One draw is judged exactly, as the file at its values is, and all draws with its signs get its
verdict. Draws whose equilibria cannot be seen so, or whose signs are too close for the error
bounds, are judged one by one.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detente.errors import OutOfTime
from detente.game.expressions import evaluate
from detente.game.information import subtree_sizes
from detente.game.tree import Game, Role
from detente.solvers.batches.signs import Signs
from detente.solvers.batches.whole import Whole, sound, whole_at
from detente.stability.case import Source
from detente.stability.readings import Listed, sequential_equilibria
from detente.stability.robustness.draws.bits import INVALID, SELECTED, bits_of, selection_of
from detente.stability.robustness.draws.soundness import Demands
from detente.stability.sequential import verdict_on

Bits = NDArray[np.uint8]
Floats = NDArray[np.float64]
Halt = Callable[[], bool]
Values = Mapping[str, Fraction]


class Secrets:
    """Talks with hidden information, to be judged at any number of draws.

    `source` : the talks and the round in which bundles are on the table
    `bundles` : positions of those that are asked about
    `names` : the parameters that are drawn; `fixed` : the values of the others

    What is learnt from one set of draws is kept for the next; it changes no answer.
    """

    def __init__(
        self, source: Source, bundles: Sequence[int], names: Sequence[str], fixed: Values
    ) -> None:
        self.source, self.bundles = source, tuple(bundles)
        self.names, self.fixed = tuple(names), dict(fixed)
        self.alone = 0
        """Games of single draws that were judged by themselves so far."""

    def answer(
        self,
        draws: Floats,
        threads: int = 1,
        halt: Halt | None = None,
        selected: bool = False,
    ) -> Bits:
        """The verdicts: uint8 (num_bundles asked, num_draws), see `bits`.

        `draws` : float64 (num_names, num_draws), each taken as the number that it is
        `halt` : asked before each draw that is judged by itself; OutOfTime is raised once it says
            yes
        `selected` : whether it is asked what the talks as written settle on
        """
        draws = np.ascontiguousarray(draws, dtype=np.float64)
        fails = self._demands.fails(draws)
        some = np.ascontiguousarray(draws[:, ~fails])
        bits = np.full((len(self.bundles), draws.shape[1]), INVALID, dtype=np.uint8)
        found = np.zeros((len(self.bundles), some.shape[1]), dtype=np.uint8)
        for rows, asked in self._tables:
            found[rows] = asked.answer(some, threads, halt)
        if selected:
            found |= self._talks.answer(some, threads, halt)
        bits[:, ~fails] = found
        return bits

    def formed(self, values: Values) -> bool:
        """Whether at these values all equilibria of every table can be seen at once."""
        return all(whole_at(asked.game, values) is not None for _, asked in self._tables)

    def values(self, draw: Floats) -> dict[str, Fraction]:
        """Every parameter's value at one draw."""
        drawn = dict(zip(self.names, map(Fraction, draw.tolist()), strict=True))
        return {**self.fixed, **drawn}

    def there(self, values: Values) -> Source:
        """The talks at these values."""
        return Source(self.source.talks.at(**values), self.source.round)

    @cached_property
    def _tables(self) -> Sequence[tuple[list[int], _Asked]]:
        """Rows of the answer and what is asked for them; of a tree by hand all at once."""
        count = len(self.bundles)
        if not self.source.has_protocol:
            return [(list(range(count)), _Table(self, self.source.game, self.bundles))]
        table = self.source.talks.table
        return [
            ([at], _Table(self, table(bundle, self.source.round), [bundle]))
            for at, bundle in enumerate(self.bundles)
        ]

    @cached_property
    def _talks(self) -> _Asked:
        return _Talks(self)

    @cached_property
    def _demands(self) -> Demands:
        games = [asked.game for _, asked in self._tables]
        return Demands.of(self.source.talks, [*games, self.source.game], self.names, self.fixed)


@dataclass(frozen=True, eq=False)
class _Known:
    """An answer, and the signs with which it comes."""

    signs: Signs
    bits: Bits


class _Asked(ABC):
    """One game, asked about at any number of draws; an answer is a column of bits."""

    def __init__(self, secrets: Secrets, game: Game, rows: int) -> None:
        self.secrets, self.game, self.rows = secrets, game, rows
        self.known: list[_Known] = []

    def answer(self, draws: Floats, threads: int, halt: Halt | None) -> Bits:
        """uint8 (rows, num_draws)."""
        bits = np.zeros((self.rows, draws.shape[1]), dtype=np.uint8)
        left = np.arange(draws.shape[1])
        for known in self.known:
            left = self._spread(known, bits, left, draws, threads)
        while len(left):
            if halt is not None and halt():
                raise OutOfTime
            draw = int(left[0])
            values = self.secrets.values(draws[:, draw])
            known_here = self._learn(values)
            if known_here is not None:
                left = self._spread(known_here, bits, left, draws, threads)
            if len(left) and left[0] == draw:
                bits[:, draw] = self.alone(values)
                left = left[1:]
        return bits

    def _spread(
        self, known: _Known, bits: Bits, left: NDArray[Any], draws: Floats, threads: int
    ) -> NDArray[Any]:
        """Give its answer to all draws that surely have its signs; the others come back."""
        if not len(left):
            return left
        sure = known.signs.positive(np.ascontiguousarray(draws[:, left]), threads)
        bits[:, left[sure]] = known.bits[:, None]
        return left[~sure]

    def _learn(self, values: Values) -> _Known | None:
        """The answer at these values and its signs, where it has such."""
        whole = whole_at(self.game, values)
        if whole is None:
            return None
        conditions = dict.fromkeys([*sound(self.game), *whole.conditions])
        # Where chance excludes a type, the verdict leaves it out: no other draw's is like it.
        if any(value <= 0 for value in evaluate(tuple(conditions), values)):
            return None
        bits = self.read(whole, values)
        if bits is None:
            return None
        secrets = self.secrets
        known = _Known(Signs.of(tuple(conditions), secrets.names, secrets.fixed), bits)
        self.known.append(known)
        return known

    @abstractmethod
    def read(self, whole: Whole, values: Values) -> Bits | None:
        """What equilibria of this form say, judged at these values; None where it takes more."""

    @abstractmethod
    def alone(self, values: Values) -> Bits:
        """The answer at these values alone."""


class _Table(_Asked):
    """The verdicts on the bundles that one game judges."""

    def __init__(self, secrets: Secrets, game: Game, bundles: Sequence[int]) -> None:
        super().__init__(secrets, game, len(bundles))
        self.bundles = bundles

    def read(self, whole: Whole, values: Values) -> Bits | None:
        more = any(needs_more(self.game, whole, bundle) for bundle in self.bundles)
        return None if more else self._judged(values)

    def alone(self, values: Values) -> Bits:
        self.secrets.alone += 1
        return self._judged(values)

    def _judged(self, values: Values) -> Bits:
        there = self.secrets.there(values)
        listed: Listed | None = None
        if not there.has_protocol:
            listed = sequential_equilibria(there.game, None)
        bits = []
        for bundle in self.bundles:
            verdict, _ = verdict_on(there, bundle, listed)
            bits.append(bits_of(verdict.acceptable, verdict.honoured, verdict.stable))
        return np.array(bits, dtype=np.uint8)


def needs_more(game: Game, whole: Whole, bundle: int) -> bool:
    """Whether it rests on the game that a signature starts, and beliefs matter in that one.

    Where nobody signs, what would be kept is judged by that game, whose beliefs are others.
    """
    signed = game.tagged(Role.SIGNED, bundle)
    if not whole.believed or all(node in whole.reached for node in signed):
        return False
    size = subtree_sizes(game)
    below = {int(h) for node in signed for h in game.infoset[node : node + int(size[node])]}
    return not below.isdisjoint(whole.believed)


class _Talks(_Asked):
    """What the talks as written settle on, one row a bundle asked about."""

    def __init__(self, secrets: Secrets) -> None:
        super().__init__(secrets, secrets.source.game, len(secrets.bundles))

    def read(self, whole: Whole, values: Values) -> Bits | None:
        return self._selection(
            any(node in whole.reached for node in self.game.tagged(Role.SIGNED, bundle))
            for bundle in self.secrets.bundles
        )

    def alone(self, values: Values) -> Bits:
        self.secrets.alone += 1
        listed = sequential_equilibria(self.secrets.there(values).game, None)
        if not listed.plays:
            return np.array([selection_of(None)] * self.rows, dtype=np.uint8)
        return self._selection(
            any(play.equilibrium.signed(bundle) > 0 for play in listed.plays)
            for bundle in self.secrets.bundles
        )

    @staticmethod
    def _selection(selected: Any) -> Bits:
        return np.array([SELECTED * bool(word) for word in selected], dtype=np.uint8)
