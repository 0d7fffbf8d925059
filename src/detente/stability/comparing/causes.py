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
    `minimal` : whether no part of those listed has the effect; else only that no single change can
        be left out of them
    """

    sets: tuple[tuple[int, ...], ...]
    searched: int
    minimal: bool = True

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
        self._thinned: set[Target] = set()

    def steps(self) -> Iterator[float]:
        """Search; after each set the share that is done. What is found stays where it is left."""
        for size in range(1, min(self.up_to, self.count) + 1):
            total = comb(self.count, size)
            for done, chosen in enumerate(combinations(range(self.count), size), start=1):
                self._try(frozenset(chosen))
                yield (size - 1 + done / total) / (self.up_to + 1)
            self.searched = size
        missing = [target for target in self.targets if not self._sets[target]]
        for done, target in enumerate(missing, start=1):
            yield from self._thin(target)
            yield (self.up_to + done / len(missing)) / (self.up_to + 1)

    def causes(self, target: Target) -> Causes:
        """What has been found of one effect until now."""
        found = sorted((sorted(made) for made in self._sets[target]), key=lambda s: (len(s), s))
        longest = max(map(len, found), default=0)
        minimal = target not in self._thinned or longest <= self.searched + 1
        return Causes(tuple(map(tuple, found)), self.searched, minimal)

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

    def _thin(self, target: Target) -> Iterator[float]:
        """One set out of which no single change can be left."""
        kept = list(range(self.count))
        for other in self._sets.values():  # what explains one verdict often explains the next
            for made in other:
                if len(made) < len(kept) and self._ask(made, [target])[target]:
                    kept = sorted(made)
        size = max(1, len(kept) // 2)
        while True:
            spared = False
            for start in range(0, len(kept), size):
                less = frozenset(kept) - set(kept[start : start + size])
                if less and len(kept) > 1 and self._ask(less, [target])[target]:
                    kept, spared = sorted(less), True
                    break
                yield self.up_to / (self.up_to + 1)
            if spared:
                size = max(1, min(size, len(kept) // 2))
            elif size == 1:
                break
            else:
                size = max(1, size // 2)
        self._sets[target].append(frozenset(kept))
        self._thinned.add(target)
