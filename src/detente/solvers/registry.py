"""Which solvers there are: every module of this folder that defines `SOLVER` is one."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from pathlib import Path
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
    `lists` : whether it is taken before those that are not where all are asked for, and after them
        where one is; or the concepts that it lists all of, while of the others it finds one only
    `fixes` : whether continuations can be fixed in subgames (`Request.fixed`)
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
    lists: bool | tuple[str, ...] = False
    accepts: str = ""
    fixes: bool = False

    def lists_all(self, concept: str) -> bool:
        """Whether it is one to take where all equilibria of this concept are asked for."""
        return self.lists if isinstance(self.lists, bool) else concept in self.lists


@cache
def solvers(concept: str | None = None) -> Mapping[str, Solver]:
    """Every registered solver by its name, or every one that finds a concept; by rank.

    Modules that do not speak of the concept are not imported, so that a small game starts fast.
    """
    found = [getattr(import_module(name), "SOLVER", None) for name in _modules(concept)]
    ranked = sorted((s for s in found if isinstance(s, Solver)), key=lambda solver: solver.rank)
    fitting = [solver for solver in ranked if concept is None or concept in solver.concepts]
    return {solver.name: solver for solver in fitting}


def _modules(concept: str | None) -> Iterator[str]:
    """The modules of this folder that define a solver; helpers wait until one of these runs."""
    import detente.solvers as folder

    spoken = b"" if concept is None else f'"{concept}"'.encode()
    for path in sorted(Path(place) for place in folder.__path__):
        for file in sorted(path.glob("*.py")):
            text = file.read_bytes()
            if b"\nSOLVER = Solver(" in text and spoken in text:
                yield f"{folder.__name__}.{file.stem}"


LAST_RESORT = 90
"""The rank from which on a method is a second opinion: its refusal is not the one to tell."""


def choose(
    game: AnyGame, concept: str, method: str | None = None, all: bool = False, fixed: bool = False
) -> Solver:
    """The best solver for this request; where `all` is asked for, the best of those that list.

    `fixed` : whether continuations are fixed in subgames

    Raises NotSupported for an unknown concept or method, and where none accepts the game, with the
    reason of the most general one.
    """
    fitting = _fitting(concept, method)
    if fixed:
        fitting = [solver for solver in fitting if solver.fixes]
        if not fitting:
            raise NotSupported(
                "no such method takes continuations that are fixed in subgames. They belong to "
                "concept 'spe', method 'subgame-decomposition'."
            )
    fitting.sort(key=lambda solver: solver.rank)
    refusals = []
    # To find one, those that list all take the long way.
    for solver in sorted(fitting, key=lambda solver: solver.lists_all(concept) != all):
        refusal = solver.refusal(game)
        if refusal is None and all and _finds_one(solver, concept):
            refusal = _ONE_ONLY.format(solver.name, concept, listed=" or ".join(_listed(solver)))
        if refusal is None:
            return solver
        refusals.append((solver.rank < LAST_RESORT, solver.rank, refusal))
    raise NotSupported(max(refusals)[2])


_ONE_ONLY = (
    "no method lists all such equilibria of this game, and '{}' finds one. Leave out --all and the "
    "limit for one of concept '{}', or ask for all of concept '{listed}'."
)


def _finds_one(solver: Solver, concept: str) -> bool:
    """Whether it lists equilibria of other concepts, but of this one finds just one."""
    return not isinstance(solver.lists, bool) and concept not in solver.lists


def _listed(solver: Solver) -> tuple[str, ...]:
    return () if isinstance(solver.lists, bool) else solver.lists


def _fitting(concept: str, method: str | None) -> list[Solver]:
    """The methods that find a concept, or the one that is named."""
    found = solvers(concept)
    if not found:
        names = dict.fromkeys(c for solver in solvers().values() for c in solver.concepts)
        raise NotSupported(
            f"no solution concept '{concept}'. Known concepts: {', '.join(map(repr, names))}."
        )
    if method is None:
        return list(found.values())
    if method in found:
        return [found[method]]
    known = solvers()
    if method not in known:
        raise NotSupported(f"no method '{method}'. Known methods: {', '.join(known)}.")
    finds = " or ".join(map(repr, known[method].concepts))
    raise NotSupported(
        f"method '{method}' is for concept {finds}; asked for is '{concept}'. Name that concept "
        "too (--concept), or leave the method out."
    )
