"""The method 'small-supports': one equilibrium of a two-player game in strategic form, fast.

Most games have an equilibrium in which few strategies are played (Porter, Nudelman and Shoham
2008; Bárány, Vempala and Vetta 2007). Pure ones come first, by comparing whole matrices; then the
first stretch of Lemke and Howson's paths from several labels, which end soon where supports are
small; then supports of two and two; then the paths again, each followed twice as far in every
round. Floating point proposes; what is returned is solved for and certified exactly.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import numpy as np

from detente.game.mixed import MixedProfile
from detente.game.strategic import StrategicGame
from detente.solvers.bimatrix import integer_paths, two_by_two
from detente.solvers.bimatrix.matrices import Bimatrix, refusal, solve_support
from detente.solvers.bimatrix.paths import Path, Sides, interleaved
from detente.solvers.collect import Claim, Found, collect
from detente.solvers.lemke_howson import certified, complete, float_profile
from detente.solvers.registry import AnyGame, Request, Solver
from detente.solvers.result import Result

EARLY_ROUNDS = 4
"""Rounds of the paths before supports of two and two are searched."""

OTHERS = "the search is made for one equilibrium; there may be others."


def run(game: AnyGame, request: Request) -> Result:
    """One equilibrium, or, where several are asked for, those that the search comes across."""
    assert isinstance(game, StrategicGame)
    found = _distinct(_search(Bimatrix.of(game), request))
    return collect(game, request, SOLVER.name, found, lambda: Claim("some", reason=OTHERS))


def _distinct(found: Iterator[Found]) -> Iterator[Found]:
    known = set()
    for one in found:
        assert isinstance(one.profile, MixedProfile)
        weights = tuple((k, p) for own in one.profile.weights for k, p in enumerate(own) if p)
        if weights not in known:
            known.add(weights)
            yield one


def _search(bimatrix: Bimatrix, request: Request) -> Iterator[Found]:
    request.check()
    yield from _pure(bimatrix)
    if request.arithmetic == "exact":
        for label in range(sum(bimatrix.shape)):
            weights = integer_paths.follow(bimatrix, label, request.check)
            yield Found(bimatrix.profile(*weights), bimatrix.payoffs(*weights))
        return
    arrived = False
    for path in _stages(bimatrix, request):
        found = (
            path if isinstance(path, Found)
            else Found(float_profile(bimatrix, path)) if request.arithmetic == "float"
            else complete(bimatrix, path)
        )  # fmt: skip
        if found is not None:
            arrived = True
            yield found
    if not arrived:  # rounding led all paths astray
        weights = integer_paths.follow(bimatrix, 0, request.check)
        yield Found(bimatrix.profile(*weights), bimatrix.payoffs(*weights))


def _pure(bimatrix: Bimatrix) -> Iterator[Found]:
    """Cells that are best in their column for the one and in their row for the other."""
    row, column = bimatrix.row, bimatrix.column
    best = (row == row.max(axis=0)) & (column == column.max(axis=1)[:, None])
    for i, j in zip(*np.nonzero(best), strict=True):
        p, q = {int(i): Fraction(1)}, {int(j): Fraction(1)}
        yield Found(bimatrix.profile(p, q), bimatrix.payoffs(p, q))


def _stages(bimatrix: Bimatrix, request: Request) -> Iterator[Found | Path]:
    """Paths that have arrived and, after some rounds, exact equilibria of two and two."""
    row, column = bimatrix.floats
    rounds = 0
    for path in interleaved(Sides(row, column), request.check):
        if path is not None:
            yield path
            continue
        rounds += 1
        request.tell(f"round {rounds} of the paths of Lemke and Howson")
        if rounds == EARLY_ROUNDS:
            yield from _two_by_two(bimatrix, request)


def _two_by_two(bimatrix: Bimatrix, request: Request) -> Iterator[Found]:
    request.tell("supports of two and two")
    for rows, columns in two_by_two.candidates(*bimatrix.floats, request.check):
        weights = solve_support(bimatrix, rows, columns)
        if weights is None:
            continue
        profile = bimatrix.profile(*weights)
        certificate = certified(bimatrix, profile)
        if certificate is not None:
            yield Found(profile, bimatrix.payoffs(*weights), certificate=certificate)


def _refusal(game: AnyGame) -> str | None:
    return refusal(game)


SOLVER = Solver(
    name="small-supports",
    concepts=("nash",),
    delivers="some",
    exact=True,
    refusal=_refusal,
    run=run,
    rank=15,
    accepts="two players in strategic form",
)
