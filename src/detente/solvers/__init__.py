"""Solvers: one file a method, one result type, one registry."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from detente.errors import DetenteError

if TYPE_CHECKING:
    from detente.game.strategic import StrategicGame
    from detente.game.tree import Game
    from detente.solvers.registry import Arithmetic, Request
    from detente.solvers.result import Result

LIST_AT_MOST = 10_000
"""Equilibria that `solve(…, all=True)` lists without a limit of the caller's."""
REFINED_AT_MOST = 200
"""Nash equilibria of a tree of which it is told, unasked, whether they are sequential."""
LIST_CHOICES = 1_000_000
"""Choices (one an infoset) that these hold at most, but for the first two equilibria."""


def solve(
    game_or_summit: Any,
    concept: str | None = None,
    method: str | None = None,
    all: bool = False,
    limit: int | None = None,
    time_limit: float | None = None,
    *,
    arithmetic: Arithmetic = "auto",
    fixed: Mapping[Any, Any] | None = None,
    progress: Callable[[str, float | None], None] | None = None,
) -> Result:
    """Certified equilibria of a game, with how complete they are and why the solver stopped.

    Parameters
    ----------
    game_or_summit : a `Game`, a `StrategicGame`, or anything with a `game`, as a summit has
    concept : what to find: "spe", subgame-perfect equilibria; "nash"; "sequential"; by default
        "spe" under perfect information, "sequential" in other trees in which at most two players
        move, else "nash"
    method : the name of a solver; by default the best one that accepts the game
    all : list all equilibria (at most `limit`; else at most 10,000, and fewer where together they
        would make more than a million choices); otherwise one is listed
    limit : list that many equilibria at most; implies `all`
    time_limit : in seconds, 0 or more; what was found until then is kept
    arithmetic : "auto", "exact" (no floating point on the way either) or "float" (a rigorous bound
        instead of a proof)
    fixed : node (its number or label) at which a proper subgame starts → the equilibrium that is
        played there: a profile, or its number, from 0, in the list of all; for concept "spe"
    progress : called now and then with a sentence and the fraction done, or None

    Whatever is listed, the payoffs and the bundles' ranges of the result are over all equilibria
    that its field `over` names. A result with several equilibria and all but one left unlisted says
    complete="one"; where the one is the only one it says "all_pure" or "all".

    Raises NotSupported for an unknown concept or method and where no method takes the game, with
    the reason; DetenteError for limits that are none.

    >>> from detente.game.builder import Builder
    >>> b = Builder(["Entrant", "Incumbent"])
    >>> reply = b.decide("Incumbent", {"fight": b.end(-1, -1), "share": b.end(1, 1)}, label="reply")
    >>> entry = b.decide("Entrant", {"stay out": b.end(0, 2), "enter": reply}, label="entry")
    >>> result = solve(b.build(entry))
    >>> result.complete, result.count, result.equilibria[0].path
    ('all_pure', 1, ((0, 'enter'), (2, 'share')))
    """
    from detente.solvers.registry import Request, choose

    if limit is not None and (type(limit) is not int or limit < 1):
        raise DetenteError(f"limit must be a whole number greater than 0; found {limit!r}.")
    if arithmetic not in ("auto", "exact", "float"):
        raise DetenteError(f"arithmetic is auto, exact or float; found {arithmetic!r}.")
    check_time_limit(time_limit)
    game = game_of(game_or_summit)
    concept = default_concept(game) if concept is None else concept
    several = all or limit is not None
    roots = _roots(game, fixed or {})
    solver = choose(game, concept, method, several, bool(roots))
    deadline = None if time_limit is None else time.perf_counter() + time_limit
    most = int(limit) if limit is not None else _most(game) if all else 1
    request = Request(
        concept, most, deadline, several, arithmetic, roots, progress
    )
    return _refined(solver.run(game, request), request)


def _refined(result: Result, request: Request) -> Result:
    """A list of a tree's Nash equilibria with what is sequential among them, within bounds."""
    if request.concept != "nash" or not request.all or len(result.equilibria) > REFINED_AT_MOST:
        return result
    if result.stopped not in ("finished", "limit") or not hasattr(result.game, "infosets"):
        return result
    from detente.solvers.refining.refinement import refined

    started = time.perf_counter()
    try:
        told = refined(result, request.deadline)
    except KeyboardInterrupt:
        reason = "interrupted while the sequential ones among them were told apart."
        return replace(result, stopped="interrupted", reason=reason)
    return replace(told, seconds=result.seconds + time.perf_counter() - started)


def default_concept(game: Game | StrategicGame) -> str:
    """The concept that a game is solved for unless another is asked for."""
    from detente.game.tree import Game

    if not isinstance(game, Game):
        return "nash"
    from detente.game.information import first_hidden_infoset

    if first_hidden_infoset(game) is None:
        return "spe"
    movers = set(game.infosets.mover[: game.infosets.num_player_infosets].tolist())
    return "sequential" if len(movers) <= 2 else "nash"


def check_time_limit(seconds: object) -> None:
    """Raise DetenteError unless these are seconds: a number, 0 or more; or None."""
    number = isinstance(seconds, (int, float)) and not isinstance(seconds, bool)
    if seconds is not None and not (number and seconds >= 0):  # type: ignore[operator]
        raise DetenteError(f"time_limit must be seconds, a number from 0 up; found {seconds!r}.")


def _most(game: Game | StrategicGame) -> int:
    """How many equilibria are listed where all are asked for, so that they can be told."""
    sets = getattr(game, "infosets", None)
    choices = max(sum(game.shape) if sets is None else sets.num_player_infosets, 1)  # type: ignore[union-attr]
    return max(2, min(LIST_AT_MOST, LIST_CHOICES // choices))


def _roots(game: Game | StrategicGame, fixed: Mapping[Any, Any]) -> dict[int, Any]:
    """The fixed continuations by the number of their node."""
    if fixed and not hasattr(game, "infosets"):
        raise DetenteError("a game in strategic form has no subgames to fix a continuation in.")
    return {_node(game, where): played for where, played in fixed.items()}  # type: ignore[arg-type]


def _node(game: Game, where: Any) -> int:
    if isinstance(where, int) and 0 <= where < game.num_nodes:
        return where
    if isinstance(where, int):
        raise DetenteError(f"nodes are numbered from 0 to {game.num_nodes - 1}; found {where}.")
    nodes = [node for node in range(game.num_nodes) if game.describe(node) == f"'{where}'"]
    if len(nodes) != 1:
        found = "no node has" if not nodes else f"{len(nodes)} nodes have"
        raise DetenteError(
            "a continuation is fixed at a node's label, where that is unique, or its number; "
            f"{found} the label {where!r}."
        )
    return nodes[0]


def game_of(given: Any) -> Game | StrategicGame:
    """The game that is given, or that stands for a summit; DetenteError for anything else."""
    from detente.game.strategic import StrategicGame
    from detente.game.tree import Game

    found = given if isinstance(given, (Game, StrategicGame)) else getattr(given, "game", given)
    if isinstance(found, (Game, StrategicGame)):
        return found
    raise DetenteError(
        f"solve takes a game or a summit; found {type(given).__name__}. Load a file with "
        "detente.load first."
    )
