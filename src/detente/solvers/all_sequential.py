"""The method 'all-sequential': all sequential equilibria of a tree between two sides.

The maximal Nash subsets are found as by 'sequence-form-extreme', and of each what is sequential: it
is covered by products of polytopes, see `sequential_cells`, as all Nash equilibria are by maximal
Nash subsets. What is extreme in these products is listed, with a choice and beliefs at every
information set. Extreme Nash equilibria that are sequential are among them, and there may be
others: what is sequential of a set may end where some move off the path stops being best.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING

from detente.game.tree import Game
from detente.solvers.collect import Claim, Found, collect
from detente.solvers.registry import AnyGame, Request, Solver
from detente.solvers.result import Component, Result
from detente.solvers.sequence_form_extreme import SOLVER as NASH

if TYPE_CHECKING:
    from detente.solvers.refining.refinement import Refinement
    from detente.solvers.refining.sequential_cells import Product

OVER = "all sequential equilibria"
Pair = tuple[tuple[Fraction, ...], tuple[Fraction, ...]]
"""A plan of each mover."""


def run(game: AnyGame, request: Request) -> Result:
    """The extreme sequential equilibria of one Nash subset after another."""
    assert isinstance(game, Game)
    search = _Sequential(game, request)
    return collect(game, request, SOLVER.name, search.found(), search.claim)


@dataclass
class _Sequential:
    """`position` : the plans of an equilibrium → its position in the list; None where that it is
        sequential was not proved
    `products` : the pairs that span a set of sequential equilibria, set by set
    `undecided` : how many Nash subsets were not searched through
    """

    game: Game
    request: Request
    position: dict[Pair, int | None] = field(default_factory=dict)
    products: list[list[Pair]] = field(default_factory=list)
    undecided: int = 0
    listed: int = 0

    def found(self) -> Iterator[Found]:
        """Every extreme sequential equilibrium, each once."""
        from detente.solvers.refining.refinement import Refinement

        refinement = Refinement(self.game, self.request.check)
        for product in self._products(refinement):
            self.products.append([])
            for pair in _pairs(product):
                self.products[-1].append(pair)
                if pair not in self.position:
                    yield from self._told(refinement, pair)

    def _products(self, refinement: Refinement) -> Iterator[Product]:
        """The largest sets of sequential equilibria in each Nash subset."""
        from detente.solvers.refining.completing import Undecided
        from detente.solvers.refining.sequential_cells import maximal

        for subset in refinement.subsets(self.request):
            found: list[Product] = []
            try:
                for product in refinement.products(subset):
                    found.append(product)
            except Undecided:
                self.undecided += 1
            yield from maximal(found)

    def _told(self, refinement: Refinement, pair: Pair) -> Iterator[Found]:
        told = refinement.plan(pair[: len(refinement.form.sequences)])
        self.position[pair] = self.listed if told.sequential else None
        if told.profile is not None:
            self.listed += 1
            yield Found(
                told.profile, beliefs=told.beliefs, sequential=True, certificate=told.certificate
            )

    def claim(self) -> Claim:
        """How complete the list is."""
        unknown = sum(position is None for position in self.position.values())
        parts = self._components()
        if unknown or self.undecided:
            return Claim("some", OVER, components=parts, reason=_left(self.undecided, unknown))
        if all(len(part.members) == 1 for part in parts):
            return Claim("all", OVER, components=parts)
        return Claim(
            "components", OVER, components=parts,
            reason=(
                "there are infinitely many sequential equilibria: the mixtures within each "
                "component."
            ),
        )  # fmt: skip

    def _components(self) -> tuple[Component, ...]:
        """The sets of sequential equilibria, by what is listed of them; none within another."""
        sets = {
            frozenset(p for p in map(self.position.__getitem__, pairs) if p is not None)
            for pairs in self.products
        }
        largest = [one for one in sets if one and not any(one < other for other in sets)]
        return tuple(Component(tuple(sorted(one)), True) for one in sorted(largest, key=sorted))


def _left(sets: int, equilibria: int) -> str:
    """What was left undecided, in words; not both are 0."""
    told = []
    if sets:
        which = "1 maximal set" if sets == 1 else f"{sets} maximal sets"
        were = "was" if sets == 1 else "were"
        told.append(
            f"{which} of Nash equilibria {were} not searched to the end for sequential ones"
        )
    if equilibria:
        many = "1 equilibrium was" if equilibria == 1 else f"{equilibria} equilibria were"
        told.append(f"{many} not decided")
    return ", and ".join(told) + "."


def _pairs(product: Product) -> Iterator[Pair]:
    """The extreme pairs of a set of equilibria; the second mover's plans are gone through once."""
    second: list[tuple[Fraction, ...]] = []
    for i, x in enumerate(product.vertices(0)):
        for y in second if i else product.vertices(1):
            if not i:
                second.append(y)
            yield x, y


def _refusal(game: AnyGame) -> str | None:
    found = NASH.refusal(game)
    return None if found is None else found.replace(NASH.name, SOLVER.name)


SOLVER = Solver(
    name="all-sequential",
    concepts=("sequential",),
    delivers="components",
    exact=True,
    refusal=_refusal,
    run=run,
    rank=10,
    lists=True,
    accepts="trees of perfect recall in which at most two players move, with chance and observers",
)
