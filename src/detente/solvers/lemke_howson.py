"""The method 'lemke-howson': equilibria of two-player games in strategic form.

Lemke and Howson (1964), from every starting label where all are asked for; the paths are followed
in floating point and what they lead to is solved for exactly, or they are followed in whole
numbers.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from detente.game.mixed import MixedProfile
from detente.game.strategic import StrategicGame
from detente.solvers.bimatrix import integer_paths
from detente.solvers.bimatrix.matrices import Bimatrix, refusal, solve_support
from detente.solvers.bimatrix.paths import ARRIVED, MOST_PIVOTS, RUNNING, STRIDE, Path, Sides
from detente.solvers.collect import Claim, Found, collect
from detente.solvers.registry import AnyGame, Request, Solver
from detente.solvers.result import Result

if TYPE_CHECKING:
    from detente.certify import Certificate

OTHERS = "each starting label leads to one of these; equilibria that none leads to may be missing."


def run(game: AnyGame, request: Request) -> Result:
    """The equilibrium that the first label leads to, or the distinct ones that all labels do."""
    assert isinstance(game, StrategicGame)
    found = (_floats if request.arithmetic == "float" else _exact)(Bimatrix.of(game), request)
    return collect(game, request, SOLVER.name, found, lambda: Claim("some", reason=OTHERS))


def _exact(bimatrix: Bimatrix, request: Request) -> Iterator[Found]:
    known = set()
    labels = range(sum(bimatrix.shape))
    for label in labels:
        request.tell(f"label {label + 1} of {len(labels)}", label / len(labels))
        found = _by_label(bimatrix, label, request)
        assert isinstance(found.profile, MixedProfile)
        weights = tuple(map(tuple, found.profile.weights))
        if weights not in known:
            known.add(weights)
            yield found


def _by_label(bimatrix: Bimatrix, label: int, request: Request) -> Found:
    """The equilibrium that a label leads to, exactly."""
    if request.arithmetic == "auto":
        path = Path(_sides(bimatrix), label)
        if to_the_end(path, request):
            found = complete(bimatrix, path)
            if found is not None:
                return found
    row, column = integer_paths.follow(bimatrix, label, request.check)
    return Found(bimatrix.profile(row, column), bimatrix.payoffs(row, column))


def _sides(bimatrix: Bimatrix) -> Sides:
    return Sides(*bimatrix.floats)


def to_the_end(path: Path, request: Request) -> bool:
    """Whether the path arrives somewhere, in floating point."""
    m, n = path.sides.shape
    budget = max(1, STRIDE // (m * n))
    while path.pivots < MOST_PIVOTS:
        request.check()
        ended = path.follow(budget)
        if ended != RUNNING:
            return ended == ARRIVED
    return False


def complete(bimatrix: Bimatrix, path: Path) -> Found | None:
    """The exact equilibrium with the supports at which a path arrived; None if that is none."""
    weights = solve_support(bimatrix, *path.supports())
    if weights is None:
        return None
    profile = bimatrix.profile(*weights)
    certificate = certified(bimatrix, profile)
    if certificate is None:
        return None
    return Found(profile, bimatrix.payoffs(*weights), certificate=certificate)


def certified(bimatrix: Bimatrix, profile: MixedProfile) -> Certificate | None:
    """The certificate of a profile that is an equilibrium; None where it is none."""
    from detente.certify import certify

    certificate = certify(bimatrix.game, profile, "nash")
    return certificate if certificate.verdict == "proved" else None


def _floats(bimatrix: Bimatrix, request: Request) -> Iterator[Found]:
    """As the paths have it, with a bound on the regret."""
    known: list[list[int]] = []
    for label in range(sum(bimatrix.shape)):
        path = Path(_sides(bimatrix), label)
        if not to_the_end(path, request):
            continue
        supports = [*path.supports()[0], -1, *path.supports()[1]]
        if supports not in known:
            known.append(supports)
            yield Found(float_profile(bimatrix, path))


def float_profile(bimatrix: Bimatrix, path: Path) -> MixedProfile:
    """The profile with the supports at which a path arrived, in floating point.

    The path's own weights are those of a game in which no two ratios tie, and so are a little off.
    """
    supports = path.supports()
    square = np.ix_(*supports)
    row, column = (payoffs[square] for payoffs in bimatrix.floats)
    weights = [np.ones(size) for size in bimatrix.game.shape]
    for player, support, payoffs in zip(bimatrix.movers, supports, (column.T, row), strict=True):
        alike = np.linalg.lstsq(payoffs, np.ones(len(payoffs)))[0].clip(min=0)
        weights[player] = np.zeros(bimatrix.game.shape[player])
        weights[player][support] = alike / alike.sum()
    return MixedProfile(bimatrix.game, tuple(weights))


def _refusal(game: AnyGame) -> str | None:
    return refusal(game)


SOLVER = Solver(
    name="lemke-howson",
    concepts=("nash",),
    delivers="some",
    exact=True,
    refusal=_refusal,
    run=run,
    rank=20,
    accepts="two players in strategic form",
)
