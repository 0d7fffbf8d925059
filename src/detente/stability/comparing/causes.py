"""Which changes, made alone or together, have an effect: all smallest sets of them.

Trying every set answers it exactly and takes too long for many changes. So sets are tried by size,
as far as a number of tries allows, and where that finds none, all changes are thinned out until no
single one can be spared (delta debugging; Zeller and Hildebrandt 2002, algorithm ddmin).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import comb
from typing import Generic, TypeVar

Made = frozenset[int]
"""The numbers of the changes that are made."""
Target = TypeVar("Target", bound=Hashable)

TRIES = 256
"""Sets of changes that are tried, if not said otherwise; all sets of up to eight changes."""


@dataclass(frozen=True)
class Causes:
    """The smallest sets of changes with an effect: none of their proper parts has it.

    `sets` : each in order, the smaller sets first
    `searched` : sets of up to so many changes were all tried; there may be more of the larger ones,
        where larger ones are left than the set of all, of which it is known
    `minimal` : whether no part of those listed has the effect; else it is known only that no single
        change can be left out of them
    `thin` : whether at least that is known; else looking for a smaller set took too long
    """

    sets: tuple[tuple[int, ...], ...]
    searched: int
    minimal: bool = True
    thin: bool = True

    def complete(self, count: int) -> bool:
        """Whether these are all smallest sets among so many changes."""
        return self.searched >= count - 1


def searched_up_to(count: int, tries: int = TRIES) -> int:
    """Up to which size all sets of `count` changes can be tried; the set of all is known.

    >>> searched_up_to(3), searched_up_to(8), searched_up_to(20), searched_up_to(300)
    (3, 8, 2, 0)
    """
    size, total = 0, comb(count, 1)
    while size < count and total <= tries:
        size += 1
        total += comb(count, size + 1)
    return size


class Search(Generic[Target]):
    """Looks for the causes of several effects at once, since each set is tried for all of them.

    `count` : how many changes there are
    `effect` : the changes made, and what is asked about → whether each has come about; what cannot
        be made at all has no effects
    `up_to` : try all sets of up to so many changes
    """

    def __init__(
        self,
        count: int,
        effect: Callable[[Made, Collection[Target]], Mapping[Target, bool]],
        targets: Sequence[Target],
        up_to: int,
    ) -> None:
        self.count = count
        self.targets = tuple(targets)
        self.up_to = up_to
        self.searched = 0
        self._effect = effect
        self._known: dict[tuple[Made, Target], bool] = {}
        self._sets: dict[Target, list[Made]] = {target: [] for target in targets}
        self._thinned: dict[Target, bool] = {}  # whether it could be done to the end
        self._left = TRIES

    def steps(self) -> Iterator[float]:
        """Search; after each set the share that is done. What is found stays where it is left."""
        for size in range(1, min(self.up_to, self.count) + 1):
            total = comb(self.count, size)
            for done, chosen in enumerate(combinations(range(self.count), size), start=1):
                self._try(frozenset(chosen))
                yield (size - 1 + done / total) / (self.up_to + 1)
            self.searched = size
        self._left = TRIES
        missing = [target for target in self.targets if not self._sets[target]]
        for done, target in enumerate(missing, start=1):
            yield from self._thin(target, missing)
            yield (self.up_to + done / len(missing)) / (self.up_to + 1)

    def causes(self, target: Target) -> Causes:
        """What has been found of one effect until now."""
        found = sorted((sorted(made) for made in self._sets[target]), key=lambda s: (len(s), s))
        longest = max(map(len, found), default=0)
        thin = self._thinned.get(target, True)
        minimal = target not in self._thinned or (thin and longest <= self.searched + 1)
        return Causes(tuple(map(tuple, found)), self.searched, minimal, thin)

    def _try(self, made: Made) -> None:
        open_ = [t for t in self.targets if not any(part <= made for part in self._sets[t])]
        for target, holds in self._ask(made, open_).items():
            if holds:
                self._sets[target].append(made)

    def _ask(self, made: Made, targets: Sequence[Target]) -> dict[Target, bool]:
        everything = len(made) == self.count  # the effect is what all changes together have
        fresh = [t for t in targets if (made, t) not in self._known and not everything]
        if fresh:
            answers = self._effect(made, fresh)
            self._known.update({(made, t): answers.get(t, False) for t in fresh})
        return {t: everything or self._known[made, t] for t in targets}

    def _thin(self, target: Target, others: Sequence[Target]) -> Iterator[float]:
        """One set out of which no single change can be left, as far as `TRIES` allow.

        `others` : asked about as well, since they are thinned out along the same ways
        """
        kept = self._smallest_known(target)
        size = max(1, len(kept) // 2)
        thin = len(kept) == 1
        while not thin and self._left > 0:
            for start in range(0, len(kept), size):
                less = frozenset(kept) - set(kept[start : start + size])
                if less and self._holds(less, target, others):
                    kept = sorted(less)
                    size = max(1, min(size, len(kept) // 2))
                    thin = len(kept) == 1
                    break
                yield self.up_to / (self.up_to + 1)
            else:
                thin = size == 1 and self._left > 0
                size = max(1, size // 2)
        self._sets[target].append(frozenset(kept))
        self._thinned[target] = thin

    def _smallest_known(self, target: Target) -> list[int]:
        """What explains one effect often explains the next: the smallest such set, or all."""
        sets = {made for found in self._sets.values() for made in found}
        for made in sorted(sets, key=lambda made: (len(made), sorted(made))):
            if self._left > 0 and self._holds(made, target, [target]):
                return sorted(made)
        return list(range(self.count))

    def _holds(self, made: Made, target: Target, others: Sequence[Target]) -> bool:
        if (made, target) not in self._known and len(made) < self.count:
            self._left -= 1
            if self._left < 0:
                return False
        return self._ask(made, others)[target]
