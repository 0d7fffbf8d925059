"""A bundle judged again with one parameter at another value, every move solved anew."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Any

from detente.errors import DetenteError, NotSupported
from detente.game.expressions import Expr
from detente.game.expressions.evaluation import defined, values_at
from detente.game.expressions.structure import postorder
from detente.game.formulas import Formulas, Parameter
from detente.game.rationals import Payoffs, Probabilities
from detente.game.tree import Game
from detente.stability.continuation import Continuation

if TYPE_CHECKING:
    from detente.stability.case import Case
    from detente.stability.following.along import Along
    from detente.stability.reasons import Stake

WORK = 100_000
"""Nodes of the game times ends of ranges beyond which nothing is judged again."""


@dataclass(frozen=True)
class Swing:
    """What a choice and the verdict are with one parameter at the ends of its range.

    `gain_at_low`, `gain_at_high` : what the move brings beyond the other; None where the parameter
        may not have that value
    `stable_at_low`, `stable_at_high` : the verdict there; None where it may not, or not decided
    `flips` : whether the verdict at an end differs from the verdict now
    """

    parameter: str
    value: Fraction
    low: Fraction
    high: Fraction
    gain_at_low: Fraction | None
    gain_at_high: Fraction | None
    stable_at_low: bool | None
    stable_at_high: bool | None
    flips: bool


@dataclass(frozen=True)
class There:
    """The game at another value: what each node brings, and whether the bundle is stable."""

    game: Game
    value: Any
    scale: tuple[int, ...]
    stable: bool | None

    def gain(self, stake: Stake) -> Fraction:
        """What the way out brings beyond going along."""
        by_move = self._worth(stake.move_child, stake.player)
        return by_move - self._along(stake.instead_child, stake.player, stake.forced)

    def _worth(self, node: int, player: int) -> Fraction:
        scaled = self.value[node * self.game.num_players + player]
        return Fraction(int(scaled), self.scale[player])

    def _along(self, node: int, player: int, forced: Mapping[int, int]) -> Fraction:
        if node not in forced:
            return self._worth(node, player)
        later = self._along(forced[node], player, forced)
        factors = self.game.discount(node)
        total = self.game.payoff(node)[player] + later
        return total * factors[player] if factors else total


class Elsewhere:
    """A case at other values of single parameters, each value solved once.

    `ranged` : the parameters that the game depends on and that have a range
    """

    def __init__(self, case: Case) -> None:
        self.case = case
        self._known: dict[tuple[str, Fraction], There | None] = {}
        self._followed: dict[str, Along | None] = {}

    @cached_property
    def ranged(self) -> tuple[Parameter, ...]:
        formulas = self.case.game.formulas
        if formulas is None:
            return ()
        used: set[str] = set().union(*(e.parameters for e in self._written))
        return tuple(
            p for name, p in formulas.parameters.items()
            if name in used and p.low is not None and p.high is not None
        )

    @property
    def work(self) -> int:
        """Nodes of the game times ends of ranges: what judging it at all of these takes."""
        return 2 * len(self.ranged) * self.case.game.num_nodes

    @property
    def affordable(self) -> bool:
        """Whether judging it at every end of every range takes moments."""
        return self.work <= WORK

    @cached_property
    def stable(self) -> bool | None:
        """The verdict now."""
        from detente.stability.equilibrium import stands

        case = self.case
        return stands(case if case.continuation.deadline is None else self._solved(case.game))

    @cached_property
    def turning(self) -> tuple[str, ...] | None:
        """The parameters in whose range there is another verdict; None: too large."""
        if not self.affordable:
            return None
        if self.stable is None:
            return ()
        found = [(p.name, self.along(p.name)) for p in self.ranged]
        if any(along is None for _, along in found):
            return None
        return tuple(name for name, along in found if along and self._turns(along))

    def along(self, name: str) -> Along | None:
        """The verdict at every value in a parameter's range; None where ties are too many."""
        from detente.stability.following.along import followed

        if name not in self._followed:
            try:
                self._followed[name] = followed(self.case, name)
            except NotSupported:
                self._followed[name] = None
        return self._followed[name]

    def _turns(self, along: Along) -> bool:
        """Whether some value gives another verdict."""
        pieces = [piece.standing for piece in along.pieces if not piece.standing.fault]
        answers = {there.asked("stable") in ("always", "sometimes") for there in pieces}
        return (not self.stable) in answers

    def swings(self, stake: Stake) -> tuple[Swing, ...] | None:
        """The parameters that move a gain or the verdict; those that turn it at an end first."""
        if not self.affordable:
            return None
        found = []
        for p in self.ranged:
            assert p.low is not None
            assert p.high is not None
            low, high = self.at(p.name, p.low), self.at(p.name, p.high)
            gains = [None if there is None else there.gain(stake) for there in (low, high)]
            flips = self._flips(p)
            if flips or any(gain not in (None, stake.gain) for gain in gains):
                found.append(
                    Swing(
                        p.name, p.value, p.low, p.high, gains[0], gains[1],
                        None if low is None else low.stable,
                        None if high is None else high.stable, flips,
                    )
                )  # fmt: skip
        found.sort(key=lambda swing: (not swing.flips, -_reach(swing, stake.gain)))
        return tuple(found)

    def _flips(self, parameter: Parameter) -> bool:
        if self.stable is None:
            return False
        ends = [end for end in (parameter.low, parameter.high) if end is not None]
        found = [self.at(parameter.name, end) for end in ends]
        return any(there and there.stable is (not self.stable) for there in found)

    def at(self, name: str, x: Fraction) -> There | None:
        """The case with a parameter at another value; None where that breaks the game's rules."""
        key = (name, x)
        if key not in self._known:
            changed = self.changed(name, x)
            self._known[key] = None if changed is None else self._there(changed)
        return self._known[key]

    def changed(self, name: str, x: Fraction) -> Case | None:
        """The case itself there, solved."""
        try:
            game = self._game(name, x)
        except DetenteError:
            return None
        return self._solved(game)

    def _solved(self, game: Game) -> Case:
        """The case in a game of this shape; bounded by `WORK`, as deadlines may have passed."""
        from detente.stability.case import case_in

        case = self.case
        return case_in(Continuation(game), case.bundle, case.breakdown, case.wording)

    def _there(self, changed: Case) -> There:
        from detente.stability.equilibrium import stands

        here, there = self.case.continuation, changed.continuation
        alike = not here.first.tied and not there.first.tied
        if alike and list(here.choice) == list(there.choice):
            # The only equilibrium, and the same moves as now: the same verdict.
            stable = self.stable
        else:
            stable = stands(changed)
        return There(changed.game, there.first.value, there.numbers.scale, stable)

    # ── the numbers ────────────────────────────────────────────────────────────────────────────

    @cached_property
    def _formulas(self) -> Formulas:
        formulas = self.case.game.formulas
        assert formulas is not None
        return formulas

    @cached_property
    def _written(self) -> list[Expr]:
        formulas = self._formulas
        payoffs = [e for row in formulas.payoffs for e in row]
        return [*payoffs, *formulas.probabilities, *(e for r in formulas.discounts for e in r)]

    @cached_property
    def _order(self) -> list[Expr]:
        return postorder(self._written)

    @cached_property
    def _now(self) -> dict[Expr, Any]:
        return values_at(self._order, self._formulas.values())

    def _game(self, name: str, x: Fraction) -> Game:
        """As `Game.at`; only what depends on the parameter is evaluated anew."""
        game, formulas = self.case.game, self._formulas
        if formulas.discounts and any(name in e.parameters for r in formulas.discounts for e in r):
            return game.at(**{name: x})
        at = _Changed(self._now)
        values_at(
            (e for e in self._order if name in e.parameters), {**formulas.values(), name: x}, at
        )
        rows = [[Fraction(defined(at[e])) for e in row] for row in formulas.payoffs]
        payoffs = Payoffs.of(rows, game.num_players)
        infosets = game.infosets
        if any(name in e.parameters for e in formulas.probabilities):
            odds = [Fraction(defined(at[e])) for e in formulas.probabilities]
            infosets = infosets.with_probability(Probabilities.of(odds))
        known = formulas.parameters
        return game.replaced(
            outcomes=type(game.outcomes)(game.outcomes.label, payoffs),
            infosets=infosets,
            formulas=replace(
                formulas, parameters={**known, name: replace(known[name], value=x)}
            ),
        )


class _Changed(dict[Expr, Any]):
    """Values that differ, before those that stay."""

    def __init__(self, now: dict[Expr, Any]) -> None:
        super().__init__()
        self.now = now

    def __missing__(self, expression: Expr) -> Any:
        return self.now[expression]


def _reach(swing: Swing, gain: Fraction) -> Fraction:
    """How far the parameter moves the gain."""
    ends = [end for end in (swing.gain_at_low, swing.gain_at_high) if end is not None]
    return max([gain, *ends]) - min([gain, *ends])
