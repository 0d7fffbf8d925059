"""All sequential equilibria in a maximal Nash subset: products of two polytopes that cover them.

Which actions each mover may take where its information sets are come to, and which of the other's
must be best there, leave a polytope of plans of each: those of the trembling plans' first terms,
closed, as sequential equilibria are (Kreps and Wilson 1982, proposition 2). Where the actions that
may be taken are those that must be best, all pairs of plans are sequential equilibria. A search
over single actions leads to such products; it leaves out what they already cover, so that what is
done where a plan never leads is not gone through in all ways.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction

from detente.solvers.completing import Masks, Node, Search, Undecided, search_cell, start
from detente.solvers.plan_cells import cell, spread
from detente.solvers.trembling_plans import Trembler

Plan = tuple[Fraction, ...]


@dataclass(frozen=True, eq=False)
class Product:
    """Pairs of plans, all of them sequential equilibria.

    `played`, `best` : per mover the sequences that may have weight, and those that must be best
    `vertices` : per mover the extreme ones of the plans
    """

    played: Masks
    best: Masks
    vertices: tuple[list[Plan], list[Plan]]


@dataclass(frozen=True)
class Covering:
    """Products of a subset, none within another, and whether all sequential equilibria are in."""

    products: list[Product]
    whole: bool


def covering(
    tremblers: tuple[Trembler, Trembler], played: Masks, steps: int
) -> Covering:
    """The sequential equilibria of a maximal Nash subset.

    `played` : the sequences that have weight somewhere in it
    `steps` : how many actions are decided on at most
    """
    return _Cover(tremblers, played, search_cell(tremblers, played, steps)).run()


@dataclass
class _Cover:
    tremblers: tuple[Trembler, Trembler]
    subset: Masks
    search: Search
    products: list[Product] = field(default_factory=list)
    _plans: dict[tuple[int, int, int], list[Plan]] = field(default_factory=dict)
    _replies: dict[tuple[int, Plan], int] = field(default_factory=dict)

    def run(self) -> Covering:
        """Go through what may be played and what must be best."""
        waiting = [Node(*start(self.tremblers))]
        try:
            while waiting:
                node = self.search.settled(waiting.pop())
                if node is not None:
                    waiting += self._left(node)
        except Undecided:
            return Covering(self._maximal(), False)
        return Covering(self._maximal(), True)

    def _left(self, node: Node) -> list[Node]:
        """What is left to look at of a node."""
        here = self._product(node.allowed, node.required)
        if any(self._within(here, product) for product in self.products):
            return []
        fault = self.search.fault(node)
        if fault is None:
            taken = self.search.played(node, 0), self.search.played(node, 1)
            product = self._product(taken, taken)
            self.products.append(product)
            fault = self._outside(here, product)
        return [] if fault is None else list(self.search.branches(node, *fault))

    def _product(self, allowed: Masks, required: Masks) -> Product:
        """All pairs of plans under which these may be played and those must be best."""
        one, two = (self._reachable(k, allowed[k] & self.subset[k]) for k in (0, 1))
        best = (self.subset[0] | required[0], self.subset[1] | required[1])
        vertices = self._vertices(0, one, best[1]), self._vertices(1, two, best[0])
        return Product((one, two), best, vertices)

    def _reachable(self, k: int, allowed: int) -> int:
        side, found = self.tremblers[k].half.own, 1
        for s in range(1, side.num):
            if allowed >> s & 1 and found >> side.parent[s] & 1:
                found |= 1 << s
        return found

    def _vertices(self, k: int, played: int, best: int) -> list[Plan]:
        key = k, played, best
        if key not in self._plans:
            half, check = self.tremblers[k].half, self.tremblers[k].check
            points = cell(half.own, half.other, played, best, check)
            assert points is not None, "a plan with terms for both sides was found"
            self._plans[key] = [tuple(spread(half.own, played, point)) for point in points]
        return self._plans[key]

    def _within(self, small: Product, large: Product) -> bool:
        return self._outside(small, large) is None

    def _outside(self, small: Product, large: Product) -> tuple[int, int] | None:
        """(mover, sequence) by which a plan of the one is not in the other: it has weight there, or
        is not best."""
        for k in (0, 1):
            for plan in small.vertices[k]:
                for s, weight in enumerate(plan):
                    if weight and not large.played[k] >> s & 1:
                        return k, s
                wrong = large.best[1 - k] & ~self._best(k, plan)
                if wrong:
                    return 1 - k, wrong.bit_length() - 1
        return None

    def _best(self, k: int, plan: Plan) -> int:
        key = k, plan
        if key not in self._replies:
            self._replies[key] = self.tremblers[k].replies(plan)
        return self._replies[key]

    def _maximal(self) -> list[Product]:
        kept: list[Product] = []
        for product in sorted(self.products, key=_size, reverse=True):
            if not any(self._within(product, other) for other in kept):
                kept.append(product)
        return kept


def _size(product: Product) -> int:
    return len(product.vertices[0]) * len(product.vertices[1])
