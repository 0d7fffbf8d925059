"""A sequential equilibrium of one draw, and the conditions under which its like is one of another.

The equilibrium is a quasi-perfect one (Miltersen and Sørensen 2010), found exactly by Lemke's
algorithm. What is basic at the end of the path is its support. At other values of the parameters
the same support solves the same equations; it is an equilibrium there if every weight above its
least, and every regret, is a polynomial in ε whose first coefficient that is not zero throughout is
positive. So the conditions are signs of expressions. Quasi-perfect equilibria are sequential (van
Damme 1984), with the limits of the perturbed game's beliefs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detente.game.expressions import ONE, ZERO, Expr, evaluate, total
from detente.game.sequence_form import sequence_form
from detente.game.tree import Game
from detente.linear.complementarity import solve
from detente.linear.tableau import Check
from detente.solvers.batches.form import Form, discounts_along
from detente.solvers.batches.plans import Plans, Series, plans_of
from detente.solvers.plans.reaches import Reaches
from detente.solvers.plans.sequence_lcp import sequence_problem
from detente.solvers.plans.starts import replies

Above = tuple[NDArray[np.bool_], NDArray[np.bool_]]
"""By side, whether each sequence's weight is above its least."""


@dataclass(frozen=True, eq=False)
class Support:
    """One way to be in equilibrium, as expressions of the parameters.

    `conditions` : where all of these are above zero, there is a sequential equilibrium with this
        support
    """

    form: Form = field(repr=False)
    above: Above
    plans: Plans = field(repr=False)

    @property
    def key(self) -> bytes:
        """By which supports of one game are told apart."""
        return self.above[0].tobytes() + self.above[1].tobytes()

    @cached_property
    def conditions(self) -> tuple[Expr, ...]:
        found: dict[Expr, None] = {}
        for k, own in enumerate(self.form.sides):
            for s in range(1, own.num):
                if self.above[k][s]:
                    series = _above_least(self.plans.weights[k][s], _length(own, s))
                else:
                    series = self.plans.regrets[k][s]
                found.update(dict.fromkeys(_first(series)))
        return tuple(e for e in found if not (e.is_constant and e.constant > 0))

    @cached_property
    def probabilities(self) -> tuple[Expr, ...]:
        """How likely each action of the players is taken, in flat order."""
        found: list[Expr] = []
        for k, own in enumerate(self.form.sides[: self._movers]):
            weights = self.plans.weights[k]
            for h in range(own.num_infosets):
                power, above = _leading(weights[int(own.parent[h])])
                for s in range(int(own.start[h]), int(own.start[h + 1])):
                    found.append(weights[s][power] / above)
        return tuple(found)

    @cached_property
    def beliefs(self) -> tuple[tuple[Expr, ...], ...]:
        """What is believed at each of the players' information sets, a probability a node."""
        return tuple(self._belief(nodes) for nodes in self.form.members)

    def _belief(self, nodes: Sequence[int]) -> tuple[Expr, ...]:
        terms = []
        for node in nodes:
            one, two = (
                _leading(self.plans.weights[k][int(self.form.last[node, k])]) for k in (0, 1)
            )
            terms.append((one[0] + two[0], self.form.luck[node] * one[1] * two[1]))
        least = min(power for power, _ in terms)
        likely = [weight if power == least else ZERO for power, weight in terms]
        whole = total(likely)
        return tuple(weight / whole for weight in likely)

    @cached_property
    def payoffs(self) -> tuple[Expr, ...]:
        """What each player of the game gets."""
        return tuple(self._payoff(party) for party in range(self.form.game.num_players))

    def _payoff(self, party: int) -> Expr:
        form, parts = self.form, list[Expr]()
        game, formulas = form.game, form.game.formulas
        assert formulas is not None
        factors = discounts_along(game, party)
        for node in np.flatnonzero(game.outcome >= 0).tolist():
            gain = formulas.payoffs[int(game.outcome[node])][party]
            reach = self.reach(node)
            if reach is not ZERO and gain is not ZERO:
                parts.append(reach * factors[node] * gain)
        return total(parts)

    def reach(self, node: int) -> Expr:
        """How likely play comes to a node."""
        one, two = (self.plans.weights[k][int(self.form.last[node, k])][0] for k in (0, 1))
        return self.form.luck[node] * one * two

    @property
    def is_pure(self) -> bool:
        """Whether one action is taken at every information set."""
        return all(p is ONE or p is ZERO for p in self.probabilities)

    def holds(self, values: Mapping[str, Fraction]) -> bool:
        """Whether every condition holds at these values, exactly."""
        return all(v > 0 for v in evaluate(self.conditions, values))

    @property
    def _movers(self) -> int:
        return sum(own.player >= 0 for own in self.form.sides)


def support_at(
    form: Form, there: Game, values: Mapping[str, Fraction], check: Check | None = None
) -> Support | None:
    """The support of a sequential equilibrium at one draw, found exactly.

    `there` : the form's game at these values

    None where chance excludes a node there: beliefs are then limits that no other draw shares.
    """
    own = sequence_form(there)
    if Reaches.of(own).impossible:
        return None
    problem = sequence_problem(own, replies(own), trembles=True)
    solution = solve(problem.lcp, check=check)
    assert solution is not None, "with a penalty on all other actions no path ends in a ray"
    above, pair = [], 0
    for side, base in zip(problem.sides, problem.base, strict=True):
        based = np.isin(np.arange(side.num), base)
        basic = np.array(solution.z_basic[pair : pair + side.num - 1], dtype=np.bool_)
        above.append(np.concatenate([[True], basic != based[1:]]))
        pair += side.num - 1
    found = (above[0], above[1])
    return Support(form, found, plans_of(form, found, values))


def _length(own: Any, sequence: int) -> int:
    moves = 0
    while sequence:
        sequence = int(own.parent[int(own.infoset[sequence])])
        moves += 1
    return moves


def _above_least(series: Series, power: int) -> Series:
    least = [ONE if d == power else ZERO for d in range(len(series))]
    return tuple(a - b for a, b in zip(series, least, strict=True))


def _first(series: Series) -> Iterator[Expr]:
    """The first coefficient that is not zero throughout; nothing where all are."""
    yield from [e for e in series if e is not ZERO][:1]


def _leading(series: Series) -> tuple[int, Expr]:
    """The power and coefficient of the first term."""
    return next((d, e) for d, e in enumerate(series) if e is not ZERO)


def behavior_at(support: Support, values: Mapping[str, Fraction]) -> list[Fraction]:
    """The probabilities of the players' actions at these values, exactly."""
    return evaluate(support.probabilities, values)


