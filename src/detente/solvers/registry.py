"""Which solvers there are: every module of this folder that defines `SOLVER` is one."""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module

from detente.errors import NotSupported
from detente.game.tree import Game
from detente.solvers.result import Result

PLANNED = ("nash", "sequential")
"""Concepts that the contracts name and no solver of this version finds."""


@dataclass(frozen=True)
class Request:
    """What is asked of a solver.

    `most` : how many equilibria to list at most
    `deadline` : on the clock of `time.perf_counter`, or None
    """

    concept: str
    most: int = 1
    deadline: float | None = None


@dataclass(frozen=True)
class Solver:
    """A method, what it accepts and what it delivers.

    `concepts` : what it finds, by the names of `solve`
    `delivers` : the most that its results can claim in `Result.complete`
    `exact` : whether its equilibria are exact
    `rank` : of several that fit, the lowest is taken
    `refusal` : why it cannot take a game, in words for its author; None if it can
    `run` : finds the equilibria; each must carry a certificate that proves it
    """

    name: str
    concepts: tuple[str, ...]
    delivers: str
    exact: bool
    refusal: Callable[[Game], str | None]
    run: Callable[[Game, Request], Result]
    rank: int = 0


@cache
def solvers() -> Mapping[str, Solver]:
    """Every registered solver by its name."""
    import detente.solvers as folder

    names = [f"{folder.__name__}.{module.name}" for module in pkgutil.iter_modules(folder.__path__)]
    found = [getattr(import_module(name), "SOLVER", None) for name in names]
    ranked = sorted((s for s in found if isinstance(s, Solver)), key=lambda solver: solver.rank)
    return {solver.name: solver for solver in ranked}


def choose(game: Game, concept: str, method: str | None = None) -> Solver:
    """The best solver for this request.

    Raises NotSupported for an unknown concept or method, and where none accepts the game, with the
    reason of the one that comes nearest.
    """
    known = solvers()
    if method is not None:
        if method not in known:
            raise NotSupported(f"no method '{method}'. Known methods: {', '.join(known)}.")
        candidates = [known[method]]
        if concept not in candidates[0].concepts and concept in _concepts(known):
            finds = ", ".join(candidates[0].concepts)
            raise NotSupported(
                f"method '{method}' finds {finds}, not '{concept}'. Leave the method out."
            )
    else:
        candidates = list(known.values())
    fitting = [solver for solver in candidates if concept in solver.concepts]
    if not fitting:
        raise NotSupported(_unknown_concept(game, concept, _concepts(known)))
    refusals = [(solver, solver.refusal(game)) for solver in fitting]
    for solver, refusal in refusals:
        if refusal is None:
            return solver
    raise NotSupported(str(refusals[0][1]))


def _concepts(known: Mapping[str, Solver]) -> list[str]:
    return list(dict.fromkeys(concept for solver in known.values() for concept in solver.concepts))


def _unknown_concept(game: Game, concept: str, known: list[str]) -> str:
    names = ", ".join(f"'{name}'" for name in known)
    if concept not in PLANNED:
        return f"no solution concept '{concept}'. Known concepts: {names}."
    from detente.game.information import first_hidden_infoset, why_hidden

    hidden = first_hidden_infoset(game)
    advice = (
        "Every subgame-perfect equilibrium is a Nash and a sequential one: ask for concept 'spe'."
        if hidden is None else f"This game needs more than that: {why_hidden(game, hidden)} "
        "Write it as .efg (detente convert) for another solver."
    )
    return f"this version does not find '{concept}' equilibria; it finds {names}. {advice}"
