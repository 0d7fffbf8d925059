"""Solvers: one file a method, one result type, one registry."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from detente.errors import DetenteError, NotSupported

if TYPE_CHECKING:
    from detente.game.tree import Game
    from detente.solvers.result import Result

LIST_AT_MOST = 1000
"""Equilibria that `solve(…, all=True)` lists without a limit of the caller's."""
LIST_CHOICES = 1_000_000
"""Choices (one an infoset) that these hold at most, but for the first two equilibria."""


def solve(
    game_or_summit: Any,
    concept: str = "spe",
    method: str | None = None,
    all: bool = False,
    limit: int | None = None,
    time_limit: float | None = None,
) -> Result:
    """Certified equilibria of a game, with how complete they are and why the solver stopped.

    Parameters
    ----------
    game_or_summit : a `Game`, or anything with a `game`, as a summit has
    concept : what to find; this version: "spe", subgame-perfect equilibria in pure strategies
    method : the name of a solver; by default the best one that accepts the game
    all : list all equilibria (at most `limit`; else at most 1000, and fewer where together they
        would make more than a million choices); otherwise one is listed
    limit : list that many equilibria at most; implies `all`
    time_limit : in seconds, 0 or more; what was found until then is kept

    Whatever is listed, the payoffs and the bundles' ranges of the result are over all equilibria
    that its field `over` names. A result with several equilibria and all but one left unlisted says
    complete="one"; where the one is the only one it says "all_pure".

    Raises NotSupported for an unknown concept or method, for hidden information (naming the first
    information set) and for simultaneous moves; DetenteError for limits that are none.

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
    check_time_limit(time_limit)
    game = _game_of(game_or_summit)
    solver = choose(game, concept, method)
    deadline = None if time_limit is None else time.perf_counter() + time_limit
    most = int(limit) if limit is not None else _most(game) if all else 1
    return solver.run(game, Request(concept, most, deadline))


def check_time_limit(seconds: object) -> None:
    """Raise DetenteError unless these are seconds: a number, 0 or more; or None."""
    number = isinstance(seconds, (int, float)) and not isinstance(seconds, bool)
    if seconds is not None and not (number and seconds >= 0):  # type: ignore[operator]
        raise DetenteError(f"time_limit must be seconds, a number from 0 up; found {seconds!r}.")


def _most(game: Game) -> int:
    """How many equilibria are listed where all are asked for, so that they can be told."""
    choices = max(game.infosets.num_player_infosets, 1)
    return max(2, min(LIST_AT_MOST, LIST_CHOICES // choices))


def _game_of(given: Any) -> Game:
    from detente.game.tree import Game

    found = given if isinstance(given, Game) else getattr(given, "game", given)
    if isinstance(found, Game):
        return found
    if hasattr(found, "strategies"):
        raise NotSupported(
            f"'{found.title}' is in strategic form: its players move at the same time, so each "
            "moves without seeing the others. This version solves games of perfect information "
            "only; `info` and `convert` take such games."
        )
    raise DetenteError(
        f"solve takes a game or a summit; found {type(given).__name__}. Load a file with "
        "detente.load first."
    )
