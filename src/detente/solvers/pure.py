"""The method 'pure': all pure Nash equilibria, of any number of players, exactly."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from detente.errors import GameError, NotSupported
from detente.game.information import information
from detente.game.mixed import MixedProfile
from detente.game.profile import Profile
from detente.game.strategic import StrategicGame, to_strategic
from detente.game.tree import Game
from detente.solvers.bimatrix.matrices import tensor
from detente.solvers.collect import Claim, Found, collect
from detente.solvers.plans.pure_search import OPEN, PureSearch
from detente.solvers.registry import AnyGame, Request, Solver
from detente.solvers.result import Result

OVER = "all pure Nash equilibria"
NONE = "the game has no pure equilibrium; this method looks for no others."


def run(game: AnyGame, request: Request) -> Result:
    """All pure equilibria: in trees, those with the same realization plan count once."""
    notes = _Notes()
    if isinstance(game, StrategicGame):
        found = _strategic(game, request)
    elif information(game).perfect_recall:
        found = _tree(game, request)
    else:
        found = _forgetful(game, request, notes)
    return collect(game, request, SOLVER.name, notes.counted(found), notes.claim)


@dataclass
class _Notes:
    """What the claim rests on: how many there were, and why some were withheld, if any."""

    number: int = 0
    withheld: str = ""

    def counted(self, found: Iterator[Found]) -> Iterator[Found]:
        for one in found:
            self.number += 1
            yield one

    def claim(self) -> Claim:
        if self.withheld:
            return Claim("some", OVER, reason=self.withheld)
        return Claim("all_pure", OVER, reason="" if self.number else NONE)


def _strategic(game: StrategicGame, request: Request) -> Iterator[Found]:
    """Cells that are best in every player's own direction."""
    for chosen in _cells(game, request):
        weights = [_one_of(size, k) for size, k in zip(game.shape, chosen, strict=True)]
        yield Found(MixedProfile(game, tuple(weights)), game.payoff(*chosen))


def _cells(game: StrategicGame, request: Request) -> Iterator[tuple[int, ...]]:
    """The strategies of each pure equilibrium, in lexicographic order."""
    wide = [player for player, size in enumerate(game.shape) if size > 1]
    best = np.ones([game.shape[player] for player in wide], dtype=bool)
    for axis, player in enumerate(wide):
        request.check()
        payoffs = tensor(game, player)
        best &= payoffs == payoffs.max(axis=axis, keepdims=True)
    for cell in np.argwhere(best).tolist():
        chosen = [0] * game.num_players
        for player, strategy in zip(wide, cell, strict=True):
            chosen[player] = strategy
        yield tuple(chosen)


def _one_of(size: int, chosen: int) -> list[Fraction]:
    weights = [Fraction(0)] * size
    weights[chosen] = Fraction(1)
    return weights


def _tree(game: Game, request: Request) -> Iterator[Found]:
    request.check()
    for choice in PureSearch(game, request.check).profiles():
        # Excluded information sets are free: they do the first thing.
        yield Found(Profile.pure(game, [0 if k == OPEN else k for k in choice]))


def _forgetful(game: Game, request: Request, notes: _Notes) -> Iterator[Found]:
    """Imperfect recall, nobody absent-minded: payoffs are linear in what each information set does
    (Wichardt 2008), so a pure profile that no pure plan improves on is an equilibrium."""
    from detente.certify import certify

    try:
        strategic = to_strategic(game, reduced=False)
    except GameError as error:
        notes.withheld = f"a player forgets, and {error.message}"
        return
    owners = game.infosets.mover[: game.infosets.num_player_infosets]
    widths = np.diff(game.infosets.action_start)[: len(owners)]
    for chosen in _cells(strategic, request):
        choice = np.zeros(len(owners), dtype=np.int32)
        for player, strategy in enumerate(chosen):
            own = np.flatnonzero(owners == player)
            choice[own] = np.unravel_index(strategy, widths[own]) if len(own) else 0
        profile = Profile.pure(game, choice)
        try:
            certificate = certify(game, profile, request.concept)
        except NotSupported as error:
            notes.withheld = (
                f"a pure profile that no pure plan improves on was found, and is withheld, as it "
                f"cannot be certified: {error.message}"
            )
            continue
        yield Found(profile, certificate=certificate)


def _refusal(game: AnyGame) -> str | None:
    if isinstance(game, StrategicGame):
        return None
    if not game.is_tree:
        return (
            "method 'pure' takes trees; this game shares continuations. Ask for concept 'spe', "
            "or expand it first."
        )
    structure = information(game)
    if structure.absent_minded:
        return (
            "method 'pure' takes games in which no information set is met twice in a play. "
            f"{structure.witness['absent_minded']} Split that information set."
        )
    return None


SOLVER = Solver(
    name="pure",
    concepts=("nash",),
    delivers="all_pure",
    exact=True,
    refusal=_refusal,
    run=run,
    rank=40,
    lists=True,
    accepts="any number of players: trees with or without hidden information, and strategic form",
)
