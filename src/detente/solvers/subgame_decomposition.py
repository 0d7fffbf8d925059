"""The method 'subgame-decomposition': subgame-perfect equilibria, piece by piece.

A profile is a subgame-perfect equilibrium exactly if in every piece between roots of proper
subgames it is a Nash equilibrium where each subgame after it is worth what the profile makes of it
(Selten 1965; Kuhn 1953 for the decomposition). So pieces are solved from the innermost on, each for
every combination of equilibria after it, and combined depth first: `pieces` cuts, `hidden_pieces`
solves, `continuations` says what becomes of sets of equilibria. Nothing is expanded, and a list
that is stopped has cost no more than what it holds.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from detente.game.expand import expand
from detente.game.information import information
from detente.game.tree import Game
from detente.solvers.backward_induction import ALIKE, STRATEGIC
from detente.solvers.collect import Claim, Found, collect
from detente.solvers.registry import AnyGame, Request, Solver
from detente.solvers.result import Component, Result
from detente.solvers.subgames.combining import Combining, payoffs_of, profile_of, vertices
from detente.solvers.subgames.continuations import Cell
from detente.solvers.subgames.fixing import fixed_continuations
from detente.solvers.subgames.pieces import cut

OVER = "all subgame-perfect equilibria"
FIXED = " with the fixed continuation"
INFINITE = "there are infinitely many equilibria: the mixtures within each component."
ONLY_PURE = (
    "where more than two players move in a subgame, only its pure equilibria were looked for: "
    "there may be other equilibria."
)


def run(game: AnyGame, request: Request) -> Result:
    """Equilibria one after another, and the components they span once all are known."""
    assert isinstance(game, Game)
    search = _Search(game, request)
    result = collect(game, request, SOLVER.name, search.found(), search.claim)
    return result if game.is_tree else replace(result, count_of=ALIKE)


@dataclass(eq=False)
class _Search:
    """`position`: what is played, by piece → position in the list; `members`: per cell these."""

    game: Game
    request: Request
    combining: Combining | None = None
    position: dict[tuple[int, ...], int] = field(default_factory=dict)
    members: list[tuple[int, ...]] = field(default_factory=list)
    pure: bool = True

    def found(self) -> Iterator[Found]:
        """Every vertex of every cell, each once."""
        game = self.game
        # Without discounts a piece is worth the same seen from everywhere.
        cuts = cut(expand(game) if game.is_tree else game)
        fixed = fixed_continuations(game, cuts, self.request)
        self.combining = Combining(cuts, self.request, fixed)
        for cell in self.combining.cells():
            yield from self._of_cell(cell)

    def _of_cell(self, cell: Cell) -> Iterator[Found]:
        members = []
        for played in vertices(cell):
            self.request.check()
            key = tuple([move.number for _, move in played])
            if key not in self.position:
                self.position[key] = len(self.position)
                profile = profile_of(self.game, played)
                self.pure = self.pure and profile.is_pure
                yield Found(profile, payoffs_of(played))
            members.append(self.position[key])
        self.members.append(tuple(sorted(members)))

    def claim(self) -> Claim:
        """What is proved of the list: finitely many and all, all extreme ones, or some."""
        assert self.combining is not None
        over = OVER + (FIXED if self.request.fixed else "")
        unexplored, dead_end = self.combining.unexplored, self.combining.dead_end
        if self.combining.many_movers and self.pure:
            about = over.replace("all ", "all pure ")
            return Claim("all_pure", about, reason="" if self.position else dead_end)
        if self.combining.many_movers:
            unexplored = [ONLY_PURE, *unexplored]
        if unexplored:
            return Claim("some", over, reason=" ".join(unexplored))
        components = tuple(Component(members) for members in sorted(set(self.members)))
        if all(len(members) == 1 for members in self.members):
            return Claim("all", over, components=components)
        return Claim("components", over, components=components, reason=INFINITE)


def _refusal(game: AnyGame) -> str | None:
    if not isinstance(game, Game):
        return STRATEGIC.replace("backward induction", SOLVER.name)
    structure = information(game)
    if not structure.perfect_recall:
        return (
            f"subgame-decomposition needs perfect recall. {structure.witness['perfect_recall']} "
            "Split that information set by what its player did before."
        )
    return None


SOLVER = Solver(
    name="subgame-decomposition",
    concepts=("spe",),
    delivers="components",
    exact=True,
    refusal=_refusal,
    run=run,
    rank=20,
    lists=True,
    accepts="trees of perfect recall; where three or more move in a subgame, its pure equilibria",
    fixes=True,
)
