"""The equilibria that a solver found, as data for JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import prod
from typing import TYPE_CHECKING, Any

from detente.game.mixed import MixedProfile
from detente.game.tree import Game
from detente.show.behavior import ProfileView, behavior, infoset_rows, strategies
from detente.show.numbers import certificate_data, number, plain_data

if TYPE_CHECKING:
    from detente.solvers.result import Equilibrium, Result

ENDS = 100_000
"""Ends of play, in strategic form combinations of strategies, that are told one by one."""


def result_data(result: Result, view: ProfileView = "full") -> dict[str, Any]:
    """What `detente solve --json` prints, without the version.

    `view` : `full` lists every infoset, `path` those that play reaches, `none` leaves them and the
        probabilities of outcomes out. Infosets are those of the stored nodes: a shared continuation
        stands once.
    """
    game = result.game
    rows = infoset_rows(game) if isinstance(game, Game) and view != "none" else []
    nodes = game.tree_size if isinstance(game, Game) else None
    data: dict[str, Any] = {
        "game": {"title": game.title, "players": list(game.players), "nodes": nodes},
        "concept": result.concept,
        "method": result.method,
        "complete": result.complete,
        "count": result.count,
        "stopped": result.stopped,
        "seconds": round(float(result.seconds), 6),
        "equilibria": [_equilibrium(eq, view, rows) for eq in result.equilibria],
    }
    data["count_of"] = result.count_of
    if result.components is not None:
        data["components"] = [list(component.members) for component in result.components]
        data["components_sequential"] = [c.sequential for c in result.components]
    if result.reason:
        data["reason"] = result.reason
    if result.over:
        data["over"] = result.over
    if result.payoff_range is not None:
        data["payoff_range"] = plain_data(result.payoff_range)
    return data


def _equilibrium(
    equilibrium: Equilibrium, view: ProfileView, rows: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    profile = equilibrium.profile
    data: dict[str, Any] = {
        "payoffs": {player: number(value) for player, value in equilibrium.payoffs.items()}
    }
    if view != "none" and isinstance(profile, MixedProfile):
        data["strategies"] = list(strategies(profile))
    elif view != "none" and not isinstance(profile, MixedProfile):
        beliefs = equilibrium.beliefs if _tells_beliefs(equilibrium) else None
        data["behavior"] = list(behavior(profile, view, rows, beliefs))
    if view != "none":
        data["outcomes"] = _outcomes(equilibrium)
    if getattr(profile.game, "bundles", ()):
        data["bundles"] = _bundles(equilibrium)
    data["sequential"] = equilibrium.sequential
    data["certificate"] = certificate_data(equilibrium.certificate)
    return data


def _tells_beliefs(equilibrium: Equilibrium) -> bool:
    from detente.game.information import first_hidden_infoset

    return first_hidden_infoset(equilibrium.game) is not None


def _outcomes(equilibrium: Equilibrium) -> dict[str, Any] | None:
    """The probability of each end of play that is above zero; None where there are too many."""
    profile = equilibrium.profile
    if isinstance(profile, MixedProfile):
        if prod(sum(1 for p in own if p) for own in profile.weights) > ENDS:
            return None
    elif len(equilibrium.outcomes) > ENDS:
        return None
    return {name: number(_slim(p)) for name, p in equilibrium.named_outcomes.items()}


def _bundles(equilibrium: Equilibrium) -> dict[str, Any]:
    """How likely each bundle is signed, and signed and carried out; those that may be signed."""
    odds = [
        (bundle.name, equilibrium.signed(i), equilibrium.kept(i))
        for i, bundle in enumerate(equilibrium.game.bundles)
    ]
    return {
        name: {"signed": number(_slim(signed)), "kept": number(_slim(kept))}
        for name, signed, kept in odds if signed
    }


def _slim(value: Fraction | float) -> Fraction | float:
    return value if isinstance(value, Fraction) else float(value)
