"""The method 'lemke': one Nash equilibrium of two players' tree, by complementary pivoting.

Lemke's algorithm (1965) on the sequence form, as Koller, Megiddo and von Stengel (1996) proposed:
the size of the problem is that of the tree, not of its normal form. See `sequence_lcp` for the
covering vector, from which the path never ends in a ray.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from detente.game.profile import Profile
from detente.game.sequence_form import SequenceForm, sequence_form
from detente.game.tree import Game
from detente.linear.complementarity import solve
from detente.solvers.collect import Found, collect
from detente.solvers.plans.sequence_lcp import Base, sequence_problem
from detente.solvers.plans.starts import (
    Penalty,
    base_profile,
    in_floats,
    refusal,
    search,
    some_starts,
)
from detente.solvers.registry import AnyGame, Request, Solver
from detente.solvers.result import Result


def run(game: AnyGame, request: Request) -> Result:
    """One equilibrium; where several are asked for, those that some starts lead to."""
    assert isinstance(game, Game)
    return collect(game, request, SOLVER.name, _found(game, request), some_starts)


def _found(game: Game, request: Request) -> Iterator[Found]:
    form = sequence_form(game)

    def find(base: Base, penalty: Penalty | None) -> tuple[object, Found]:
        plans = _plans(form, base, penalty, request)
        return tuple(map(tuple, plans)), Found(_profile(form, plans, base, request))

    return search(form, request, find)


def _plans(
    form: SequenceForm, base: Base, penalty: Penalty | None, request: Request
) -> list[list[Fraction]]:
    """The realization plans of an equilibrium, one a moving player."""
    problem = sequence_problem(form, base, penalty=penalty)
    solution = solve(problem.lcp, request.arithmetic == "exact", request.check)
    assert solution is not None, "with a penalty on all other actions no path ends in a ray"
    return list(problem.plans(solution)[: len(form.sequences)])


def _profile(
    form: SequenceForm, plans: list[list[Fraction]], base: Base, request: Request
) -> Profile:
    """The profile of these plans, which follows the base where a plan says nothing."""
    profile = form.profile(plans, free=base_profile(form, base))
    return in_floats(profile) if request.arithmetic == "float" else profile


SOLVER = Solver(
    name="lemke",
    concepts=("nash",),
    delivers="some",
    exact=True,
    refusal=refusal,
    run=run,
    rank=20,
    accepts="trees of perfect recall in which at most two players move",
)
