"""The method 'extreme-equilibria': all Nash equilibria of two players' matrices, exactly.

An equilibrium is extreme if both strategies are vertices: of the strategies to which the same
replies are best, none is a mixture of others (Mangasarian 1964). Every equilibrium is a mixture, for
each player, of extreme ones of one maximal Nash subset (Winkels 1979; Jansen 1981), so these and
the subsets say all there is to say. Games without ties have finitely many, all of them extreme.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction

from detente.game.mixed import MixedProfile
from detente.game.strategic import StrategicGame
from detente.solvers.collect import Claim, Found, collect
from detente.solvers.components import components
from detente.solvers.label_search import Pair, Strategy, extreme_pairs, pairs_of_faces
from detente.solvers.matrices import Bimatrix, refusal
from detente.solvers.registry import AnyGame, Request, Solver
from detente.solvers.result import Result

COMPILE_FROM = 100
"""Cells from which the search in floating point pays, with the time that loading Numba takes."""

COMPILE_TO = 40_000
"""Cells up to which a dictionary is kept for every depth of that search."""

TIES = 64
"""Leaves with ties after which the search in integers takes over if most told nothing new."""

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

    def found(self) -> Iterator[Found]:
        """Every extreme equilibrium, each once."""
        for x, y in self._pairs():
            if self._is_new(x, y):
                yield self._found(x, y)

    def claim(self) -> Claim:
        """All of them: a list where they are finitely many, else the extreme ones of components."""
        parts = components(self.positions, self.request.check)
        if all(len(part.members) == 1 for part in parts):
            return Claim("all", OVER, components=parts)
        return Claim(
            "components", OVER, components=parts,
            reason="there are infinitely many equilibria: the mixtures within each component.",
        )  # fmt: skip

    def _pairs(self) -> Iterator[Pair]:
        """The mixed strategies of every extreme equilibrium, some perhaps several times."""
        m, n = self.bimatrix.shape
        floating = self.request.arithmetic != "exact" and min(m, n) > 1
        if floating and COMPILE_FROM <= m * n <= COMPILE_TO:
            yield from self._by_leaves()
        else:
            yield from extreme_pairs(*self.bimatrix.positive, self.request.check)

    def _by_leaves(self) -> Iterator[Pair]:
        from detente.solvers.label_batches import leaves, solutions

        row, column = self.bimatrix.positive
        tied, known = 0, 0
        for batch in leaves(self.bimatrix, self.request.check, self._tell):
            for pair, leaf in solutions(self.bimatrix, batch):
                if pair is not None:
                    yield pair
                    continue
                before = len(self.positions)
                of_first = [label for label, player in enumerate(leaf.tolist()) if player == 0]
                yield from pairs_of_faces(row, column, of_first, self.request.check)
                tied += 1
                known += len(self.positions) == before
                if tied >= TIES and 2 * known > tied:
                    yield from extreme_pairs(row, column, self.request.check)
                    return

    def _tell(self, done: float) -> None:
        number = len(self.positions)
        self.request.tell(f"{number} equilibria so far", done)

    def _is_new(self, x: Strategy, y: Strategy) -> bool:
        own, others = self.numbers
        pair = own.setdefault(x, len(own)), others.setdefault(y, len(others))
        new = pair not in self.positions
        if new:
            self.positions[pair] = len(self.positions)
        return new

    def _found(self, x: Strategy, y: Strategy) -> Found:
        game, movers = self.bimatrix.game, self.bimatrix.movers
        row, column = _mixture(x), _mixture(y)
        if game.num_players == 2:
            return Found(MixedProfile(game, (row, column)), self._payoffs(x, y))
        own = {i: p for i, p in enumerate(row) if p}
        others = {j: p for j, p in enumerate(column) if p}
        profile = self.bimatrix.profile(own, others)
        return Found(profile, self.bimatrix.payoffs(own, others))

    def _payoffs(self, x: Strategy, y: Strategy) -> tuple[Fraction, Fraction]:
        """What any played strategy gets against the other player's mixture."""
        i, j = (next(k for k, w in enumerate(own) if w) for own in (x, y))
        units = self.bimatrix.game.outcomes.payoffs.denominators
        row, column = self.bimatrix.row[i].tolist(), self.bimatrix.column[:, j].tolist()
        return (
            Fraction(_dot(row, y), sum(y) * units[0]),
            Fraction(_dot(column, x), sum(x) * units[1]),
        )


def _mixture(weights: Strategy) -> tuple[Fraction, ...]:
    total = sum(weights)
    return tuple([Fraction(weight, total) for weight in weights])


def _dot(payoffs: list[int], weights: Strategy) -> int:
    return sum([a * w for a, w in zip(payoffs, weights, strict=True) if w])


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
