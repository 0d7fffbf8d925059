"""The method 'sequence-form-lp': an equilibrium where one side gains what the other loses.

Koller, Megiddo and von Stengel's (1996) linear program on the sequence form, solved by HiGHS; the
exact solution then follows from the basis at which it ended, and is proved by its duality.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal, localcontext
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detente.game.profile import Profile
from detente.game.sequence_form import SequenceForm, Sequences, sequence_form
from detente.game.strategic import StrategicGame
from detente.game.tree import Game
from detente.linear.programs import solve_standard
from detente.solvers.bimatrix.matrix_program import found as found_in_matrix
from detente.solvers.collect import Claim, Found, collect
from detente.solvers.plans.constant_sum import opposition
from detente.solvers.plans.sequence_program import SequenceProgram
from detente.solvers.plans.starts import refusal as tree_refusal
from detente.solvers.registry import AnyGame, Request, Solver
from detente.solvers.result import Result

NOTHING = 1e-11
"""Weights of a plan in floating point up to which an information set counts as excluded."""
SHORT = 64
"""Binary digits that a number may take above and below the line in the reason of a result."""


def run(game: AnyGame, request: Request) -> Result:
    """One equilibrium, and what all of them give the movers."""
    found = (
        found_in_matrix(game, request) if isinstance(game, StrategicGame) else _found(game, request)
    )
    result = collect(game, request, SOLVER.name, found, lambda: Claim("one"))
    return _with_value(result) if result.stopped == "finished" and result.equilibria else result


def _found(game: Game, request: Request) -> Iterator[Found]:
    if not game.infosets.num_player_infosets:
        yield Found(Profile.mixed(game, []))
        return
    form = sequence_form(game)
    request.check()
    request.tell("linear program on the sequence form")
    program = SequenceProgram.of(form)
    if request.arithmetic == "float":
        yield _found_in_floats(form, program, request)
        return
    exact = _exact(program, request)[: len(form.sequences)]
    yield Found(form.profile(exact), form.expected(exact))


def _found_in_floats(form: SequenceForm, program: SequenceProgram, request: Request) -> Found:
    """What floating point comes to; the exact solution, rounded, where that is refuted."""
    from detente.certify import certify

    for solve in (_floating, _exact):
        behavior = _behaviors(form, solve(program, request))
        profile = Profile(form.game, vector=np.concatenate(behavior))
        certificate = certify(form.game, profile, "nash")
        if certificate.verdict != "refuted":
            break
        request.tell("floating point is too inexact here")
    return Found(profile, form.expected(_plans(form, behavior)), certificate=certificate)


def floating_plans(form: SequenceForm, request: Request) -> list[NDArray[np.float64]]:
    """The movers' realization plans as HiGHS finds them, one a mover, with nothing judged."""
    return _plans(form, _behaviors(form, _floating(SequenceProgram.of(form), request)))


def _with_value(result: Result) -> Result:
    """The result, which also says what every equilibrium gives the movers."""
    game = result.game
    movers = _movers(game)
    exact = result.equilibria[0].profile.is_exact
    if not movers:
        return replace(result, complete="all", count=1, reason="nobody has a choice.")
    payoffs = {game.players[k]: result.equilibria[0].payoffs[game.players[k]] for k in movers}
    told = ", ".join(f"{name} {_short(value)}" for name, value in payoffs.items())
    why = "what one mover gains the other loses" if len(movers) == 2 else "nobody else has a choice"
    verb = "gives" if exact else "gives, up to the regret that the certificate bounds,"
    reason = f"one was asked for; every equilibrium {verb} {told}, as {why}."
    if not exact:
        return replace(result, reason=reason)
    return replace(
        result, reason=reason, over="all Nash equilibria", payoff_range_exact=True,
        payoff_range={name: (Fraction(v), Fraction(v)) for name, v in payoffs.items()},
    )  # fmt: skip


def _short(value: Fraction | float) -> str:
    """The number, or about what it is, where it takes many digits."""
    if isinstance(value, float):
        return f"{value:.12g}"
    if max(abs(value.numerator), value.denominator).bit_length() <= SHORT:
        return str(value)
    with localcontext() as context:
        context.prec = 12
        return f"about {Decimal(value.numerator) / Decimal(value.denominator)}"


def _movers(game: AnyGame) -> list[int]:
    """The players that have a choice, or an information set."""
    if isinstance(game, StrategicGame):
        return [player for player, size in enumerate(game.shape) if size > 1]
    sets = game.infosets
    return [int(p) for p in np.unique(sets.mover[: sets.num_player_infosets])]


Plans = tuple[Sequence[Any] | NDArray[np.float64], ...]


def _exact(program: SequenceProgram, request: Request) -> Plans:
    answer = solve_standard(
        program.standard, exact=request.arithmetic == "exact", check=request.check,
        deadline=request.deadline,
    )  # fmt: skip
    assert answer.status == "optimal", "plans are bounded, and there are some"
    return program.plans(answer.x, answer.prices)


def _floating(program: SequenceProgram, request: Request) -> Plans:
    from detente.linear.highs import guess

    proposed = guess(program.standard, request.deadline, request.check)
    if proposed is None or proposed.status != "optimal":
        x, prices = _exact(program, request)
        return np.array(x, dtype=np.float64), np.array(prices, dtype=np.float64)
    return program.plans(proposed.x, proposed.prices)


def _behaviors(form: SequenceForm, plans: Plans) -> list[NDArray[np.float64]]:
    """The probabilities of all actions of each mover."""
    return [_behavior(own, plan) for own, plan in zip(form.sequences, plans, strict=False)]


def _plans(form: SequenceForm, behaviors: list[NDArray[np.float64]]) -> list[NDArray[np.float64]]:
    return [_plan(own, played) for own, played in zip(form.sequences, behaviors, strict=True)]


def _behavior(own: Sequences, plan: Any) -> NDArray[np.float64]:
    """The probabilities of all actions that a plan in floating point comes close to."""
    weights = np.maximum(np.asarray(plan, dtype=np.float64)[1:], 0)
    starts = own.start[:-1] - 1
    totals = np.add.reduceat(weights, starts) if len(starts) else weights
    none = np.flatnonzero(totals <= NOTHING)
    for k in none.tolist():
        weights[starts[k] : own.start[k + 1] - 1] = 0
    weights[starts[none]] = 1
    totals[none] = 1
    played: NDArray[np.float64] = weights / np.repeat(totals, np.diff(own.start))
    return played


def _plan(own: Sequences, behavior: NDArray[np.float64]) -> NDArray[np.float64]:
    """The realization plan of these probabilities."""
    weights = np.ones(own.num)
    odds, parents, starts = behavior.tolist(), own.parent.tolist(), own.start.tolist()
    found = [1.0] * own.num
    for k, parent in enumerate(parents):
        for sequence in range(starts[k], starts[k + 1]):
            found[sequence] = found[parent] * odds[sequence - 1]
    weights[:] = found
    return weights


def refusal(game: AnyGame) -> str | None:
    """Why a game has no such program, in words for its author; None if it has."""
    if isinstance(game, StrategicGame):
        movers = _movers(game)
        if len(movers) > 2:
            return (
                f"this method takes two players with opposed interests; here {len(movers)} have a "
                "choice. Method 'pure' finds the pure equilibria."
            )
    else:
        reason = tree_refusal(game)
        if reason is not None:
            return reason
        movers = _movers(game)
    if len(movers) == 2 and opposition(game, *movers) is None:
        names = " and ".join(game.players[k] for k in movers)
        return (
            f"this method takes payoffs that sum to a constant, in units of each side's own; what "
            f"{names} gain does not. Leave the method out."
        )
    return None


SOLVER = Solver(
    name="sequence-form-lp",
    concepts=("nash",),
    delivers="one",
    exact=True,
    refusal=refusal,
    run=run,
    rank=10,
    accepts="two movers of whom one gains what the other loses, in trees of perfect recall and in "
    "strategic form",
)
