"""What a picture of a tree shows: which game, from which node on, and which equilibrium of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from detente.errors import DetenteError, NotSupported
from detente.game.tree import Game, Role
from detente.show.plots.tree_words import number_text

if TYPE_CHECKING:
    from detente.solvers.result import Equilibrium


@dataclass(frozen=True)
class Scene:
    """What is drawn: a game from some node on, what is played, and what stands above it.

    `stopped` : of the solver, if one was asked
    """

    game: Game
    root: int
    played: Equilibrium | None
    title: str
    note: str
    stopped: str = "finished"


def scene_of(
    given: Any, bundle: str | None, chosen: Any, concept: str | None, path: bool,
    time_limit: float | None,
) -> Scene:  # fmt: skip
    """The scene of what the user gave; the arguments are those of `tree`."""
    from detente.solvers.result import Equilibrium, Result

    if isinstance(given, Equilibrium):
        given, chosen = given.profile.game, given
    result = given if isinstance(given, Result) else None
    given = result.game if result is not None else given
    game, root, title = _stage(given, bundle)
    if not path:
        return Scene(game, root, None, title, "")
    if isinstance(chosen, Equilibrium):
        if chosen.profile.game is not game:
            raise DetenteError(
                "this is an equilibrium of another game. Solve the game that is drawn, or give "
                "the equilibrium alone."
            )
        return Scene(game, root, chosen, title, _told(chosen))
    if result is None:
        try:
            result = _solved(game, concept, chosen, time_limit)
        except NotSupported as refusal:
            return Scene(game, root, None, title, f"No equilibrium is shown: {refusal}")
    if not result.equilibria:
        why = result.reason or f"none is listed ({result.stopped})"
        return Scene(game, root, None, title, f"No equilibrium is shown: {why}", result.stopped)
    number = 1 if chosen is None else chosen
    if isinstance(number, bool) or not isinstance(number, int) or not (
        1 <= number <= len(result.equilibria)
    ):
        raise DetenteError(
            f"equilibria are numbered from 1 to {len(result.equilibria)} here; found {number!r}."
        )
    played = result.equilibria[number - 1]
    # A limit that the user set on the number of equilibria is no early end.
    stopped = "finished" if result.stopped == "limit" else result.stopped
    return Scene(game, root, played, title, _told(played, result, number), stopped)


def _stage(given: Any, bundle: str | None) -> tuple[Game, int, str]:
    """The game to draw, the node to begin at, and the title."""
    if hasattr(given, "strategies"):
        raise NotSupported(
            "a game in strategic form has no tree to draw. Convert it to .efg for one in which "
            "all move at once."
        )
    if bundle is not None and getattr(given, "has_tree", True) is False:
        which = given.bundle_index(bundle)
        return given.table(which), 0, f"{given.title}: {given.bundles[which].name} on the table"
    game = getattr(given, "game", given)
    if not isinstance(game, Game):
        raise NotSupported(
            f"a tree is drawn of a game or a summit; found {type(given).__name__}. Take a "
            "summit (.yaml) or a game (.efg); of a conflict, draw the graph."
        )
    if bundle is None:
        return game, 0, game.title
    return game, _offered(given, game, bundle), f"{game.title}: where {bundle} is on the table"


def _offered(given: Any, game: Game, bundle: str) -> int:
    """The first node of a tree written by hand at which a bundle is on the table."""
    names = [known.name for known in game.bundles]
    if hasattr(given, "bundle_index"):
        which = given.bundle_index(bundle)
    elif bundle in names:
        which = names.index(bundle)
    else:
        raise DetenteError(
            f"this game has no bundle '{bundle}'. It has {', '.join(names[:5]) or 'none'}"
            f"{', …' if len(names) > 5 else ''}."
        )
    nodes = game.tagged(Role.OFFERED, which) or game.tagged(Role.SIGNED, which)
    if not nodes:
        raise NotSupported(
            f"no node of this tree offers or signs '{bundle}'. Leave the bundle out to see all of "
            "the tree."
        )
    return nodes[0]


def _solved(game: Game, concept: str | None, chosen: Any, time_limit: float | None) -> Any:
    from detente.solvers import solve

    if isinstance(chosen, int) and chosen > 1:
        return solve(game, concept, all=True, limit=chosen, time_limit=time_limit)
    return solve(game, concept, time_limit=time_limit)


_CONCEPTS = {
    "spe": "Subgame-perfect equilibrium",
    "sequential": "Sequential equilibrium",
    "nash": "Nash equilibrium",
}


def _told(played: Equilibrium, result: Any = None, number: int = 1) -> str:
    """Which equilibrium is shown, with what it gives and what vouches for it."""
    certificate = played.certificate
    name = _CONCEPTS.get(certificate.concept, f"Equilibrium ({certificate.concept})")
    which = ""
    if result is not None and result.count not in (None, 1):
        which = f" {number} of {result.count:,}" if result.count < 10**9 else f" {number} of many"
    gives = ", ".join(f"{player} {number_text(v)}" for player, v in played.payoffs.items())
    return f"{name}{which} ({certificate.verdict}): {gives}"
