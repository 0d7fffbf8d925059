"""All sequential equilibria in a maximal Nash subset: products of two polytopes that cover them.

Which actions each mover may take where its information sets are come to, and which of the other's
must be best there, leave a polytope of plans of each: those of the trembling plans' first terms,
closed, as the set of sequential equilibria is (Kreps and Wilson 1982). Where the actions that
may be taken are those that must be best, all pairs of plans are sequential equilibria. A search
over single actions leads to such products; it leaves out what they already cover, so that what is
done where a plan never leads is not gone through in all ways.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction

from detente.solvers.plans.plan_cells import cell, spread
from detente.solvers.refining.best_somewhere import always_best
from detente.solvers.refining.completing import Masks, Node, Search
from detente.solvers.refining.trembling_plans import System, Trembler

Plan = tuple[Fraction, ...]


@dataclass(frozen=True, eq=False)
class Product:
    """Pairs of plans, all of them sequential equilibria: a polytope of each mover's plans.

    `played`, `best` : per mover the sequences that may have weight, and those that must be best
    """

    tremblers: tuple[Trembler, Trembler]
    played: Masks
    best: Masks

    def vertices(self, k: int) -> Iterator[Plan]:
        """The extreme ones of a mover's plans."""
        half = self.tremblers[k].half
        points = cell(
            half.own, half.other, self.played[k], self.best[1 - k], self.tremblers[k].check
        )
        assert points is not None, "a product that was found is not empty"
        for point in points:
            self.tremblers[k].check()
            yield tuple(spread(half.own, self.played[k], point))

    def holds(self, k: int, plan: Plan) -> bool:
        """Whether a plan is one of a mover's; of the whole set that both are in."""
        used = sum(1 << s for s, weight in enumerate(plan) if weight)
        if used & ~self.played[k]:
            return False
        return not self.best[1 - k] & ~self.tremblers[k].replies(plan)

    def within(self, other: Product) -> bool:
        """Whether all of its equilibria are in another product of the same Nash subset."""
        return all(other.holds(k, plan) for k in (0, 1) for plan in self.vertices(k))


def maximal(found: Iterable[Product]) -> list[Product]:
    """Those of some products of a Nash subset that do not lie within others."""
    kept: list[Product] = []
    for product in found:
        if not any(product.within(other) for other in kept):
            kept = [other for other in kept if not other.within(product)] + [product]
    return kept


def products(
    tremblers: tuple[Trembler, Trembler], subset: Masks, kept: Masks, steps: int
) -> Iterator[Product]:
    """Products that cover the sequential equilibria of a maximal Nash subset; some may lie within
    others.

    `subset` : the sequences that have weight somewhere in it
    `kept` : those whose last actions may be best for some belief
    `steps` : how many actions are decided on at most; then Undecided is raised
    """
    return _Cover(tremblers, subset, kept, steps).found()


@dataclass
class _Cover:
    tremblers: tuple[Trembler, Trembler]
    subset: Masks
    kept: Masks
    steps: int
    known: list[Product] = field(default_factory=list)

    def found(self) -> Iterator[Product]:
        """Go through what may be played and what must be best."""
        search = Search.within(self.tremblers, self.subset, self.steps)
        waiting = [Node(self.kept, (1, 1))]
        while waiting:
            node = search.settled(waiting.pop())
            if node is None or any(self._outside(node, p) is None for p in self.known):
                continue
            fault = search.fault(node)
            if fault is None:
                taken = search.played(node, 0), search.played(node, 1)
                product = self._product(taken)
                self.known.append(product)
                yield product
                fault = self._outside(node, product)
            if fault is not None:
                waiting += search.branches(node, *fault)

    def _product(self, taken: Masks) -> Product:
        """The equilibria of plans that take these actions, all of which are best."""
        played = [0, 0]
        for k in (0, 1):
            side, may = self.tremblers[k].half.own, taken[k] & self.subset[k]
            played[k] = 1
            for s in range(1, side.num):
                if may >> s & 1 and played[k] >> side.parent[s] & 1:
                    played[k] |= 1 << s
        best = self.subset[0] | taken[0], self.subset[1] | taken[1]
        return Product(self.tremblers, (played[0], played[1]), best)

    def _outside(self, node: Node, product: Product) -> tuple[int, int] | None:
        """(mover, sequence) by which some plans of a node are not in a product: it has weight there
        alone, or is best here alone."""
        for k in (0, 1):
            plan = first_terms(node.systems[k])
            for s, weight in enumerate(plan):
                if weight and not product.played[k] >> s & 1:
                    return k, s
            wrong = product.best[1 - k] & ~self.tremblers[k].replies(plan)
            if wrong:
                return 1 - k, wrong.bit_length() - 1
        for k in (0, 1):
            here = self.subset[1 - k] | node.required[1 - k]
            support = sum(1 << s for s, w in enumerate(first_terms(node.systems[k])) if w)
            more = product.best[1 - k] & ~here
            half, check = self.tremblers[k].half, self.tremblers[k].check
            for s in _bits(more):
                if not always_best(half, s, support, here, check):
                    return 1 - k, s
        return None


def first_terms(system: System | None) -> list[Fraction]:
    """The plan that a trembling plan is one of, with weight on as much as any that may be."""
    assert system is not None, "a node that is settled has both plans"
    pairs = zip(system.level, system.weight, strict=True)
    plan = [weight if level == 0 else Fraction(0) for level, weight in pairs]
    return plan[: system.half.own.num]


def _bits(mask: int) -> Iterator[int]:
    while mask:
        yield mask.bit_length() - 1
        mask &= ~(1 << (mask.bit_length() - 1))
