"""A game with hidden information at many draws of its parameters: an equilibrium at each.

One draw is solved exactly; its equilibrium's support is then tested at all other draws, by signs of
expressions whose errors are bounded. What no known support surely fits is solved in its turn, so a
run solves as many draws as there are supports, and those next to where one support gives way to
another.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from detente.certify import Certificate, certify
from detente.errors import DetenteError, OutOfTime
from detente.game.beliefs import Beliefs
from detente.game.expressions import Expr, evaluate
from detente.game.profile import Profile
from detente.game.tree import Game
from detente.solvers.batches.form import Form, form_of
from detente.solvers.batches.signs import Signs
from detente.solvers.batches.support import Support, support_at
from detente.solvers.batches.whole import sound
from detente.solvers.result import Equilibrium

Floats = NDArray[np.float64]
Halt = Callable[[], bool]

UNDECIDED: Final = 0
"""No equilibrium is known at the draw."""
SURE: Final = 1
"""The support is one of a sequential equilibrium: every condition holds beyond its error bound."""
EXACT: Final = 2
"""The draw was solved by itself, exactly, and its equilibrium certified."""
INVALID: Final = 3
"""There is no such game: a probability or a discount is none, or something is divided by zero."""

SOLVED: Final = 1000
"""Draws that a run solves by themselves unless told otherwise; each takes milliseconds."""
_ROUNDING: Final = 2.0**-52


@dataclass(frozen=True, eq=False)
class Hidden:
    """A game whose numbers are expressions, to be solved at many draws.

    `names` : the parameters that are drawn, in the order of the rows of the draws
    `fixed` : the values of the others
    """

    form: Form
    names: tuple[str, ...]
    fixed: Mapping[str, Fraction]

    @classmethod
    def of(
        cls,
        game: Game,
        names: Sequence[str] | None = None,
        fixed: Mapping[str, Fraction] | None = None,
    ) -> Hidden:
        """
        `names` : the rows of the draws, all parameters in their order unless given
        `fixed` : values of parameters that are no rows, their own unless given

        Raises NotSupported where more than two players move, where one does not remember what it
        did, or where the game has no expressions.
        """
        form = form_of(game)
        assert game.formulas is not None
        values = game.formulas.values(fixed)
        rows = tuple(values if names is None else names)
        game.formulas.values(dict.fromkeys(rows, 0))  # refuses names that are no parameters
        return cls(form, rows, {n: v for n, v in values.items() if n not in rows})

    @property
    def game(self) -> Game:
        return self.form.game

    def run(
        self,
        draws: Floats,
        threads: int = 1,
        *,
        supports: Sequence[Support] = (),
        limit: int = SOLVED,
        halt: Halt | None = None,
    ) -> Solved:
        """A sequential equilibrium at every draw, or the word that none is known.

        `draws` : float64 (num_names, num_draws), each taken as the number that it is
        `supports` : such as are known from other draws; they are tried first
        `limit` : how many draws are solved by themselves at most
        `halt` : asked before each of these; once it says yes, the rest stays undecided

        The same draws and supports give the same answer, whatever the number of threads.
        """
        draws = np.ascontiguousarray(draws, dtype=np.float64)
        if draws.ndim != 2 or len(draws) != len(self.names):
            raise DetenteError(
                f"draws have a row for each of the {len(self.names)} parameters; found an array of "
                f"the shape {draws.shape}."
            )
        return _Run(self, draws, threads, supports, limit, halt).answer()

    def values(self, draw: Floats) -> dict[str, Fraction]:
        """Every parameter's value at one draw."""
        drawn = dict(zip(self.names, map(Fraction, draw.tolist()), strict=True))
        return {**self.fixed, **drawn}

    @cached_property
    def sound(self) -> tuple[Expr, ...]:
        """What is above zero where no move of chance is excluded, and no discount is none."""
        return sound(self.game)


@dataclass(frozen=True, eq=False)
class Solved:
    """Equilibria by draw.

    `how` : uint8 (num_draws,), UNDECIDED, SURE, EXACT or INVALID
    `support` : int32 (num_draws,), position in `supports`; -1 where none surely fits
    `alone` : draw → the certified equilibrium, of those that were solved by themselves
    `reason` : why some are undecided, if any is
    """

    hidden: Hidden = field(repr=False)
    draws: Floats = field(repr=False)
    how: NDArray[np.uint8]
    support: NDArray[np.int32]
    supports: tuple[Support, ...]
    alone: Mapping[int, Equilibrium]
    reason: str = ""

    @property
    def shares(self) -> dict[str, float]:
        """What share of the draws is decided, and how."""
        names = {"sure": SURE, "exact": EXACT, "undecided": UNDECIDED, "invalid": INVALID}
        count = max(1, len(self.how))
        return {name: np.count_nonzero(self.how == word) / count for name, word in names.items()}

    def behavior(self, threads: int = 1) -> tuple[Floats, Floats]:
        """How likely each action of the players is taken, and error bounds.

        float64 (num_player_actions, num_draws) each; nan, with a bound of inf, where no equilibrium
        is known.
        """
        return self._values(
            lambda support: support.probabilities,
            lambda found: [p for own in found.profile for p in own],  # type: ignore[union-attr]
            self.hidden.game.infosets.num_player_actions,
            threads,
        )

    def payoffs(self, threads: int = 1) -> tuple[Floats, Floats]:
        """What each player gets, and error bounds: float64 (num_players, num_draws) each."""
        return self._values(
            lambda support: support.payoffs,
            lambda found: list(found.payoffs.values()),
            self.hidden.game.num_players,
            threads,
        )

    def certificate(self, draw: int) -> Certificate:
        """The equilibrium of one draw, judged exactly by what has not found it.

        Raises DetenteError where none is known.
        """
        if draw in self.alone:
            certificate = self.alone[draw].certificate
            assert isinstance(certificate, Certificate)
            return certificate
        if self.support[draw] < 0:
            raise DetenteError(f"no equilibrium is known at draw {draw}. {self.reason}")
        support = self.supports[int(self.support[draw])]
        values = self.hidden.values(self.draws[:, draw])
        there = self.hidden.game.at(**values)
        profile = Profile.mixed(there, evaluate(support.probabilities, values))
        held = {h: evaluate(odds, values) for h, odds in enumerate(support.beliefs)}
        return certify(there, profile, "sequential", beliefs=Beliefs(there, held))

    def _values(
        self,
        of_support: Callable[[Support], Sequence[Expr]],
        of_one: Callable[[Equilibrium], Sequence[Any]],
        count: int,
        threads: int,
    ) -> tuple[Floats, Floats]:
        value = np.full((count, len(self.how)), np.nan)
        error = np.full((count, len(self.how)), np.inf)
        for which, support in enumerate(self.supports):
            here = np.flatnonzero(self.support == which)
            if len(here):
                signs = Signs.of(of_support(support), self.hidden.names, self.hidden.fixed)
                some = np.ascontiguousarray(self.draws[:, here])
                value[:, here], error[:, here] = signs.values(some, threads)
        for j, found in self.alone.items():
            value[:, j] = [float(v) for v in of_one(found)]
            error[:, j] = _ROUNDING * np.abs(value[:, j])
        return value, error


class _Run:
    """One run over draws; `open` are those for which no equilibrium is known."""

    def __init__(
        self,
        hidden: Hidden,
        draws: Floats,
        threads: int,
        supports: Sequence[Support],
        limit: int,
        halt: Halt | None,
    ) -> None:
        self.hidden, self.draws, self.threads = hidden, draws, threads
        self.limit, self.halt = limit, halt
        count = draws.shape[1]
        self.how = np.zeros(count, dtype=np.uint8)
        self.support = np.full(count, -1, dtype=np.int32)
        self.supports: list[Support] = []
        self.known: set[bytes] = set()
        self.alone: dict[int, Equilibrium] = {}
        self.open = np.flatnonzero(np.isfinite(draws).all(axis=0))
        self.how[~np.isfinite(draws).all(axis=0)] = INVALID
        for support in supports:
            self.try_everywhere(support)

    def answer(self) -> Solved:
        solved, reason = 0, ""
        while len(self.open) and not reason:
            if solved == self.limit:
                reason = f"{solved:,} draws were solved by themselves, which is the limit."
            elif self.halt is not None and self.halt():
                reason = "it was stopped."
            else:
                solved += 1
                reason = self.solve(int(self.open[0]))
        return Solved(
            self.hidden, self.draws, self.how, self.support, tuple(self.supports), self.alone,
            reason,
        )  # fmt: skip

    def solve(self, draw: int) -> str:
        """Solve one draw exactly, and try its support at all that are open."""
        values = self.hidden.values(self.draws[:, draw])
        try:
            there = self.hidden.game.at(**values)
        except DetenteError:
            self.settle([draw], INVALID)
            return ""
        try:
            support = support_at(self.hidden.form, there, values, self._check)
            if support is not None and support.key not in self.known:
                self.try_everywhere(support)
            if len(self.open) and self.open[0] == draw:
                self.by_itself(draw, there)
        except OutOfTime:
            return "it was stopped."
        return ""

    def try_everywhere(self, support: Support) -> None:
        """Assign a support to all open draws that it surely fits."""
        conditions = dict.fromkeys([*self.hidden.sound, *support.conditions])
        signs = Signs.of(tuple(conditions), self.hidden.names, self.hidden.fixed)
        some = np.ascontiguousarray(self.draws[:, self.open])
        fits = self.open[signs.positive(some, self.threads)]
        self.support[fits] = len(self.supports)
        self.supports.append(support)
        self.known.add(support.key)
        self.settle(fits, SURE)

    def by_itself(self, draw: int, there: Game) -> None:
        """Solve a draw that is too close to where supports change for the error bounds."""
        from detente.solvers import solve

        found = solve(there, "sequential", "quasi-perfect")
        if found.stopped == "interrupted":
            raise KeyboardInterrupt
        equilibrium = found.equilibria[0]
        assert equilibrium.certificate.verdict == "proved", found.reason
        self.alone[draw] = equilibrium
        self.settle([draw], EXACT)

    def settle(self, draws: Any, word: int) -> None:
        self.how[draws] = word
        self.open = self.open[self.how[self.open] == UNDECIDED]

    def _check(self) -> None:
        if self.halt is not None and self.halt():
            raise OutOfTime
