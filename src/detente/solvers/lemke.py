"""The method 'lemke': one Nash equilibrium of two players' tree, by complementary pivoting.

Lemke's algorithm (1965) on the sequence form, as Koller, Megiddo and von Stengel (1996) proposed:
the size of the problem is that of the tree, not of its normal form. See `sequence_lcp` for the
covering vector, from which the path never ends in a ray.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import numpy as np

from detente.game.profile import Profile
from detente.game.sequence_form import SequenceForm, sequence_form
from detente.game.tree import Game
from detente.linear.complementarity import solve
from detente.solvers.collect import Claim, Found, collect
from detente.solvers.registry import AnyGame, Request, Solver
from detente.solvers.result import Result
from detente.solvers.sequence_lcp import Base, sequence_problem
from detente.solvers.starts import Penalty, base_profile, others, refusal, replies

IN_VAIN = 30
"""Starts in a row that lead to nothing new, after which no more are tried."""


def run(game: AnyGame, request: Request) -> Result:
    """One equilibrium; where several are asked for, those that some starts lead to."""
    assert isinstance(game, Game)
    return collect(game, request, SOLVER.name, _found(game, request), claim)


def claim() -> Claim:
    """What is said after the last start."""
    return Claim(
        "some",
        over="equilibria at the ends of Lemke's paths",
        reason=f"the last {IN_VAIN} starts led to no other equilibrium; there may be others.",
    )


def _found(game: Game, request: Request) -> Iterator[Found]:
    form = sequence_form(game)
    known: set[object] = set()
    in_vain = 0
    for base, penalty in starts(form, request):
        request.check()
        request.tell(f"{len(known)} equilibria; {in_vain} starts in a row led to none that is new")
        plans = _plans(form, base, penalty, request)
        key = tuple(map(tuple, plans))
        in_vain = in_vain + 1 if key in known else 0
        if not in_vain:
            known.add(key)
            yield Found(_profile(form, plans, base, request))
        elif in_vain == IN_VAIN:
            return


def starts(form: SequenceForm, request: Request) -> Iterator[tuple[Base, Penalty | None]]:
    """The start for one equilibrium, and others after it where more are asked for."""
    yield replies(form), None
    if request.most > 1 or request.all:
        yield from others(form)


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


def in_floats(profile: Profile) -> Profile:
    """The profile in floating point."""
    return Profile.mixed(profile.game, np.array([float(p) for own in profile for p in own]))


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
