"""The method 'quasi-perfect': a quasi-perfect, hence sequential, equilibrium of two players' tree.

Miltersen and Sørensen (2010): every sequence of k moves is given at least the weight ε^k, for an
infinitesimal ε. An equilibrium under these bounds is found by Lemke's algorithm on the sequence
form, with polynomials in ε on the right-hand side, exactly and for all small ε at once. Its limit,
as ε goes to zero, is a quasi-perfect equilibrium (van Damme 1984): at each information set, reached
or not, its player replies best to the trembles of the other, and does not allow for its own. Such
equilibria are sequential: the limits of the beliefs are consistent, being limits of conditional
probabilities, and choices are best replies to them.

Kreps and Wilson (1982) take it that chance gives every move a positive probability. Where a game
gives one none, that move is taken here to have the infinitesimal weight ε, so that beliefs after it
are defined; payoffs are polynomials in ε then, and so are all numbers of the pivoting.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import Any

import numpy as np

from detente.game.beliefs import Beliefs
from detente.game.profile import Profile
from detente.game.sequence_form import SequenceForm, sequence_form
from detente.game.tree import Game
from detente.linear.complementarity import solve
from detente.solvers.collect import Found, collect
from detente.solvers.plans.reaches import Leading, Reaches, perturbed_tables
from detente.solvers.plans.sequence_lcp import Base, Tables, Weight, sequence_problem
from detente.solvers.plans.starts import Penalty, in_floats, refusal, search, some_starts
from detente.solvers.registry import AnyGame, Request, Solver
from detente.solvers.result import Result


def run(game: AnyGame, request: Request) -> Result:
    """One equilibrium; where several are asked for, those that some starts lead to."""
    assert isinstance(game, Game)
    return collect(game, request, SOLVER.name, _found(game, request), some_starts)


def _found(game: Game, request: Request) -> Iterator[Found]:
    form = sequence_form(game)
    reaches = Reaches.of(form)
    tables = perturbed_tables(form, reaches) if reaches.impossible else None

    def find(base: Base, penalty: Penalty | None) -> tuple[object, Found]:
        weights = _weights(form, base, penalty, tables, request)
        vector, beliefs = _vector(form, weights), _beliefs(game, reaches, weights)
        profile = Profile.mixed(game, vector)
        if request.arithmetic == "float":
            profile = in_floats(profile)
        return tuple(vector), Found(profile, beliefs=beliefs, sequential=True)

    return search(form, request, find)


def _weights(
    form: SequenceForm,
    base: Base,
    penalty: Penalty | None,
    tables: Tables | None,
    request: Request,
) -> tuple[list[Leading], list[Leading]]:
    """The leading term of each sequence's weight in a perturbed equilibrium, by player."""
    problem = sequence_problem(form, base, trembles=True, penalty=penalty, tables=tables)
    solution = solve(problem.lcp, request.arithmetic == "exact", request.check)
    assert solution is not None, "with a penalty on all other actions no path ends in a ray"
    one, two = ([leading(weight) for weight in own] for own in problem.weights(solution))
    return one, two


def leading(weight: Weight) -> Leading:
    """The leading term of a weight.

    >>> leading(Weight((0, 2, 5), 3, 2)), leading(Weight((), 1, 2))
    ((1, Fraction(2, 3)), (2, Fraction(1, 1)))
    """
    above = _coefficients(weight.numerators)
    below = _coefficients([weight.denominator])
    if weight.tremble is not None:
        above += [0] * (weight.tremble + len(below) - len(above))
        for k, coefficient in enumerate(below, start=weight.tremble):
            above[k] += coefficient
    power = next(k for k, v in enumerate(above) if v)
    divisor = next(k for k, v in enumerate(below) if v)
    return power - divisor, Fraction(above[power]) / below[divisor]


def _coefficients(values: Iterable[Any]) -> list[Fraction | int]:
    """Coefficients by power of ε: of a single polynomial, or as they are listed."""
    listed: list[Any] = list(values)
    if len(listed) == 1 and hasattr(listed[0], "coeffs"):
        return [int(c) for c in listed[0].coeffs()]
    return listed


def _vector(form: SequenceForm, weights: tuple[list[Leading], list[Leading]]) -> list[Fraction]:
    """The limits of the probabilities of the players' actions, in flat order."""
    vector: list[Fraction] = []
    for own, led in zip(form.sequences, weights, strict=False):
        for k in range(own.num_infosets):
            power, above = led[int(own.parent[k])]
            for own_power, weight in led[int(own.start[k]) : int(own.start[k + 1])]:
                vector.append(weight / above if own_power == power else Fraction(0))
    return vector


def _beliefs(game: Game, reaches: Reaches, weights: tuple[list[Leading], list[Leading]]) -> Beliefs:
    """At every information set, the limits of the probabilities that its nodes have given it."""
    beliefs: dict[int, list[Fraction]] = {}
    for h, nodes in enumerate(_members(game)):
        if len(nodes) == 1:
            beliefs[h] = [Fraction(1)]
            continue
        terms = [reaches.leading(node, weights) for node in nodes]
        least = min(power for power, _ in terms)
        likely = [weight if power == least else Fraction(0) for power, weight in terms]
        total = sum(likely, Fraction(0))
        beliefs[h] = [weight / total for weight in likely]
    return Beliefs(game, beliefs)


def _members(game: Game) -> list[list[int]]:
    """The nodes of each of the players' information sets, in order."""
    members: list[list[int]] = [[] for _ in range(game.infosets.num_player_infosets)]
    nodes = np.flatnonzero(game.mover >= 0)
    for node, h in zip(nodes.tolist(), game.infoset[nodes].tolist(), strict=True):
        members[h].append(node)
    return members


SOLVER = Solver(
    name="quasi-perfect",
    concepts=("sequential",),
    delivers="some",
    exact=True,
    refusal=refusal,
    run=run,
    rank=20,
    accepts="trees of perfect recall in which at most two players move",
)
