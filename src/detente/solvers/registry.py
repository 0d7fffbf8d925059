"""Which solvers there are: every module of this folder that defines `SOLVER` is one."""

from __future__ import annotations

import pkgutil
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from typing import Any, Literal

from detente.errors import NotSupported, OutOfTime
from detente.game.strategic import StrategicGame
from detente.game.tree import Game
from detente.solvers.result import Result

AnyGame = Game | StrategicGame
Arithmetic = Literal["auto", "exact", "float"]


@dataclass(frozen=True)
class Request:
    """What is asked of a solver.

    `most` : how many equilibria to list at most
    `deadline` : on the clock of `time.perf_counter`, or None
    `all` : whether all equilibria are asked for, rather than the first `most`
    `arithmetic` : "auto", floating point where it helps and an exact answer; "exact", no floating
        point at all; "float", a floating-point answer with a rigorous bound on every regret
    `fixed` : root of a proper subgame → the profile, or the number (from 0) of the equilibrium,
        that is played there
    `progress` : called now and then with a sentence and the fraction that is done, where known
    """

    concept: str
    most: int = 1
    deadline: float | None = None
    all: bool = False
    arithmetic: Arithmetic = "auto"
    fixed: Mapping[int, Any] = field(default_factory=dict)
    progress: Callable[[str, float | None], None] | None = None

    def check(self) -> None:
        """Raise OutOfTime once the deadline has passed."""
        if self.deadline is not None and time.perf_counter() > self.deadline:
            raise OutOfTime

    def tell(self, text: str, done: float | None = None) -> None:
        """Say how far a run has come (`done`: 0 to 1)."""
        if self.progress is not None:
            self.progress(text, done)


@dataclass(frozen=True)
class Solver:
    """A method, what it accepts and what it delivers.

    `concepts` : what it finds, by the names of `solve`
    `delivers` : the most that its results can claim in `Result.complete`
    `exact` : whether its equilibria are exact
    `rank` : of several that fit, the lowest is taken
    `lists` : whether it is the one to take, before those that are not, where all are asked for
    `accepts` : what it takes, in words for `detente solve --list`
    `refusal` : why it cannot take a game, in words for its author; None if it can
    `run` : finds the equilibria; each must carry a certificate that proves it
    """

    name: str
    concepts: tuple[str, ...]
    delivers: str
    exact: bool
    refusal: Callable[[AnyGame], str | None]
    run: Callable[[AnyGame, Request], Result]
    rank: int = 0
    lists: bool = False
    accepts: str = ""


@cache
def solvers() -> Mapping[str, Solver]:
    """Every registered solver by its name."""
    import detente.solvers as folder

    names = [f"{folder.__name__}.{module.name}" for module in pkgutil.iter_modules(folder.__path__)]
    found = [getattr(import_module(name), "SOLVER", None) for name in names]
    ranked = sorted((s for s in found if isinstance(s, Solver)), key=lambda solver: solver.rank)
    return {solver.name: solver for solver in ranked}


def choose(game: AnyGame, concept: str, method: str | None = None, all: bool = False) -> Solver:
    """The best solver for this request; where `all` is asked for, the best of those that list.

    Raises NotSupported for an unknown concept or method, and where none accepts the game, with the
    reason of the one that comes nearest.
    """
    known = solvers()
    names = list(dict.fromkeys(c for solver in known.values() for c in solver.concepts))
    if concept not in names:
        raise NotSupported(
            f"no solution concept '{concept}'. Known concepts: {', '.join(map(repr, names))}."
        )
    candidates = list(known.values())
    if method is not None:
        if method not in known:
            raise NotSupported(f"no method '{method}'. Known methods: {', '.join(known)}.")
        candidates = [known[method]]
        if concept not in candidates[0].concepts:
            finds = ", ".join(candidates[0].concepts)
            raise NotSupported(
                f"method '{method}' finds {finds}, not '{concept}'. Leave the method out."
            )
    fitting = [solver for solver in candidates if concept in solver.concepts]
    fitting.sort(key=lambda solver: (all and not solver.lists, solver.rank))
    refusals = []
    for solver in fitting:
        refusal = solver.refusal(game)
        if refusal is None:
            return solver
        refusals.append(refusal)
    raise NotSupported(refusals[0])
