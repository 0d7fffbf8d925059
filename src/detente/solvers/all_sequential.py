"""The method 'all-sequential': which Nash equilibria of a tree between two sides are sequential.

All extreme Nash equilibria are found as by 'sequence-form-extreme', each is judged, and then each
maximal set of equilibria that holds no extreme one that is sequential: some other of its points may
be, and if so one is listed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from detente.game.tree import Game
from detente.solvers.collect import Claim, Found, collect
from detente.solvers.refinement import Refined, Refinement
from detente.solvers.registry import AnyGame, Request, Solver
from detente.solvers.result import Component, Result
from detente.solvers.sequence_form_extreme import SOLVER as NASH
from detente.solvers.sequence_form_extreme import ExtremeEquilibria, Pair

OVER = "all sequential equilibria"


def run(game: AnyGame, request: Request) -> Result:
    """Sequential extreme equilibria one after another, then those of the components left."""
    assert isinstance(game, Game)
    search = _Sequential(game, request)
    return collect(game, request, SOLVER.name, search.found(), search.claim)


@dataclass
class _Sequential:
    """`position` : the numbers of an extreme equilibrium's plans → its position in the list
    `verdicts` : the same → whether it is sequential
    `inside` : number of a component → the position of an equilibrium in it that is not extreme
    `undecided` : numbers of components that are not decided
    """

    game: Game
    request: Request
    position: dict[Pair, int] = field(default_factory=dict)
    verdicts: dict[Pair, bool | None] = field(default_factory=dict)
    inside: dict[int, int] = field(default_factory=dict)
    undecided: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.nash = ExtremeEquilibria(self.game, self.request)
        self.refinement = Refinement(self.game, self.request.check)
        self.listed = 0

    def found(self) -> Iterator[Found]:
        """Every sequential equilibrium that is listed."""
        form = self.refinement.form
        for plans in self.nash.pairs(form):
            pair = self.nash.plans[0][plans[0]], self.nash.plans[1][plans[1]]
            told = self.refinement.plan(plans[: len(form.sequences)])
            self.verdicts[pair] = told.sequential
            if told.sequential:
                self.position[pair] = self.listed
                yield self._listed(told)
        for number in range(len(self.nash.products)):
            told = self._of_component(number)
            if told.sequential:
                self.inside[number] = self.listed
                yield self._listed(told)

    def _listed(self, told: Refined) -> Found:
        assert told.profile is not None
        self.listed += 1
        return Found(
            told.profile, beliefs=told.beliefs, sequential=True, certificate=told.certificate
        )

    def _pairs(self, number: int) -> list[Pair]:
        first, second = self.nash.products[number]
        return [(i, j) for i in first for j in second]

    def _of_component(self, number: int) -> Refined:
        """A sequential equilibrium of a component in which no extreme one is known to be."""
        pairs = self._pairs(number)
        if any(pair in self.position for pair in pairs):
            return Refined(False)
        if len(pairs) == 1:
            told = Refined(self.verdicts[pairs[0]])
        else:
            plans = [list(known) for known in self.nash.plans]
            told = self.refinement.component([(plans[0][i], plans[1][j]) for i, j in pairs])
        if told.sequential is None:
            self.undecided.add(number)
        return told

    def claim(self) -> Claim:
        """How complete the list is."""
        unknown = sum(verdict is None for verdict in self.verdicts.values())
        parts, points = self._components()
        if unknown or self.undecided:
            return Claim(
                "some", OVER, components=parts,
                reason=(
                    f"whether they are sequential was not decided for {unknown} extreme Nash "
                    f"equilibria and {len(self.undecided)} components of Nash equilibria."
                ),
            )  # fmt: skip
        if points:
            return Claim("all", OVER, components=parts)
        return Claim(
            "components", OVER, components=parts,
            reason=(
                "listed are the extreme Nash equilibria that are sequential, and one sequential "
                "equilibrium of each component of Nash equilibria that has others only."
            ),
        )  # fmt: skip

    def _components(self) -> tuple[tuple[Component, ...], bool]:
        """The components that hold a sequential equilibrium, by what is listed of them; whether
        all of these are single points."""
        found, points = [], True
        for number in range(len(self.nash.products)):
            pairs = self._pairs(number)
            members = [self.position[pair] for pair in pairs if pair in self.position]
            members += [self.inside[number]] if number in self.inside else []
            if members:
                found.append(Component(tuple(sorted(members)), True))
                points = points and len(pairs) == 1
        return tuple(sorted(found, key=lambda part: part.members)), points


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
