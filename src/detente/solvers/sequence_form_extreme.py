"""The method 'sequence-form-extreme': all Nash equilibria of a tree in which two sides move.

What is extreme here
--------------------
The plans of each mover are a polytope: the convex hull of its pure plans, one a strategy of the
reduced normal form. A plan x lies in the relative interior of one face F of it (its sequences with
weight), and the other's best replies to x are a face G of the other's. The plans with the same or
fewer sequences to which all of G are still best replies are a cell, F ∩ X(G), and these cells form
a subdivision of the polytope: faces cut by the normal fan of the other's polytope, pulled back.
Nash equilibria are the pairs (x, y) with x in F ∩ X(G), y in G ∩ Y(F). A maximal set of equilibria
of the form S × T is a product of two cells, and all equilibria are in one (Winkels 1979 and Jansen
1981 for matrices; the argument uses no more than the two polytopes and a bilinear payoff). So an
equilibrium is extreme if x and y are vertices of the two subdivisions: if no other plan has weight
on sequences of x alone and keeps all best replies to x, and likewise for y. In a matrix game these
are the extreme equilibria of the matrix; in a tree they are those of the reduced normal form seen
as realization plans, where equal plans fall together and mixtures of others fall away.

How they are found
------------------
`plan_patterns` lists the pairs (F, G) of the maximal sets, each once, and `plan_cells` the vertices
of a cell. Nothing is expanded to a normal form, and everything is in integers.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction

from detente.game.information import information
from detente.game.sequence_form import SequenceForm, sequence_form
from detente.game.tree import CHANCE, Game
from detente.linear.vertices import Polytope
from detente.solvers.collect import Claim, Found, collect
from detente.solvers.plans.plan_cells import cell, spread
from detente.solvers.plans.plan_patterns import Masks, Side, patterns, sides
from detente.solvers.registry import AnyGame, Request, Solver
from detente.solvers.result import Component, Result

Plan = tuple[Fraction, ...]
Pair = tuple[int, int]
"""Numbers of a plan of the first and of the second mover, in the order in which they were met."""


def run(game: AnyGame, request: Request) -> Result:
    """Extreme equilibria one after another, and the components they span once all are known."""
    assert isinstance(game, Game)
    search = ExtremeEquilibria(game, request)
    return collect(game, request, SOLVER.name, search.found(), search.claim)


@dataclass
class ExtremeEquilibria:
    """The search through one game: `found` lists, `products` are known after it.

    `plans` : per mover the vertices met, each with its number
    `position` : numbers of both plans → position in the list
    `products` : per maximal Nash subset the numbers of the vertices of both cells
    """

    game: Game
    request: Request
    plans: tuple[dict[Plan, int], dict[Plan, int]] = field(default_factory=lambda: ({}, {}))
    position: dict[Pair, int] = field(default_factory=dict)
    products: list[tuple[list[int], list[int]]] = field(default_factory=list)

    def found(self) -> Iterator[Found]:
        """Every extreme equilibrium, each once."""
        form = sequence_form(self.game)
        for plans in self.pairs(form):
            own = [list(plan) for plan in plans[: len(form.sequences)]]
            yield Found(form.profile(own), form.expected(own))

    def pairs(self, form: SequenceForm) -> Iterator[tuple[Plan, Plan]]:
        """The realization plans of every extreme equilibrium, each pair once."""
        pair = sides(form)
        for played in patterns(pair, self.request):
            cells = _cells(pair, played, self.request)
            yield from self._product(pair, played, cells)

    def _product(
        self, pair: tuple[Side, Side], masks: Masks, cells: tuple[Polytope, Polytope]
    ) -> Iterator[tuple[Plan, Plan]]:
        first: dict[int, Plan] = {}
        second: dict[int, Plan] = {}
        for i, x in self._numbered(0, pair[0], masks[0], cells[0]):
            first[i] = x
            # The second cell is gone through once, though it may have too many to keep.
            again = second.items() if len(first) > 1 else self._numbered(
                1, pair[1], masks[1], cells[1]
            )
            for j, y in again:
                second.setdefault(j, y)
                if (i, j) not in self.position:
                    self.position[i, j] = len(self.position)
                    yield x, y
        self.products.append((list(first), list(second)))

    def _numbered(
        self, k: int, side: Side, played: int, points: Polytope
    ) -> Iterator[tuple[int, Plan]]:
        numbers = self.plans[k]
        for point in points:
            self.request.check()
            plan: Plan = tuple(spread(side, played, point))
            yield numbers.setdefault(plan, len(numbers)), plan

    def components(self) -> tuple[Component, ...]:
        """The maximal Nash subsets, each by the positions of its extreme equilibria."""
        found = [
            sorted(self.position[i, j] for i in first for j in second)
            for first, second in self.products
        ]
        return tuple(Component(tuple(members)) for members in sorted(found))

    def claim(self) -> Claim:
        """All of them: a list where they are finitely many, else the extreme ones of components."""
        parts = self.components()
        if all(len(part.members) == 1 for part in parts):
            return Claim("all", "all Nash equilibria", components=parts)
        return Claim(
            "components", "all Nash equilibria", components=parts,
            reason="there are infinitely many equilibria: the mixtures within each component.",
        )  # fmt: skip


def _cells(pair: tuple[Side, Side], played: Masks, request: Request) -> tuple[Polytope, Polytope]:
    """The plans of both movers in a maximal Nash subset."""
    first = cell(pair[0], pair[1], played[0], played[1], request.check)
    second = cell(pair[1], pair[0], played[1], played[0], request.check)
    assert first is not None, "a maximal Nash subset is not empty"
    assert second is not None, "a maximal Nash subset is not empty"
    return first, second


def _refusal(game: AnyGame) -> str | None:
    if not isinstance(game, Game):
        return (
            "sequence-form-extreme takes trees; this game is in strategic form. Use method "
            "'extreme-equilibria'."
        )
    if not game.is_tree:
        return (
            "sequence-form-extreme takes trees; this game shares continuations. Expand it with "
            "detente.game.expand.expand, or ask for concept 'spe'."
        )
    movers = sorted(set(game.infosets.mover.tolist()) - {CHANCE})
    if len(movers) > 2:
        names = ", ".join(game.players[mover] for mover in movers)
        return (
            f"sequence-form-extreme takes games in which at most two players move; here "
            f"{len(movers)} do: {names}. Use method 'pure'."
        )
    structure = information(game)
    if not structure.perfect_recall:
        return (
            f"sequence-form-extreme needs perfect recall. {structure.witness['perfect_recall']} "
            "Split that information set by what its player did before."
        )
    return None


SOLVER = Solver(
    name="sequence-form-extreme",
    concepts=("nash",),
    delivers="components",
    exact=True,
    refusal=_refusal,
    run=run,
    rank=10,
    lists=True,
    accepts="trees of perfect recall in which at most two players move, with chance and observers",
)
