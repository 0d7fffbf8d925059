"""Parameters that are not drawn alone: what is then known of the others where one is learnt.

Scenarios are gone through one by one, exactly. Of parameters that are correlated, the one that is
learnt is drawn, and for each of its values the others as they then are (normal scores given one of
them; the copula that draws use).
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from detente.errors import NotSupported
from detente.game.tree import Game
from detente.stability.following.numbers import Layout, Numbers
from detente.stability.robustness.sweeping.drawing import Drawing, drawing
from detente.stability.robustness.worths.averages import REPLICATES
from detente.stability.robustness.worths.payoffs import numbers_of

LEARNT: Final = 16
"""Values of the parameter that is learnt, in each replicate."""
OTHERS: Final = 64
"""Draws of the others for each of these."""
SLACK: Final = 1e-9
"""By how much rounded probabilities may miss zero or one."""


@dataclass(frozen=True, eq=False)
class Drawn:
    """A number in each of several cases: (num_cases,), float64 or Fractions."""

    values: NDArray[Any]

    @property
    def varies(self) -> bool:
        """Whether it hangs on the case."""
        return bool(np.any(self.values != self.values[0]))

    @property
    def vanishes(self) -> bool:
        """Whether it is zero in every case."""
        return not np.any(self.values)

    @property
    def key(self) -> Hashable:
        """What two have in common exactly if they are the same."""
        return tuple(self.values.tolist())

    def times(self, other: Drawn) -> Drawn:
        """Their product in each case."""
        return Drawn(self.values * other.values)

    def __add__(self, other: Any) -> Drawn:
        return Drawn(self.values + getattr(other, "values", other))

    def __radd__(self, other: Any) -> Drawn:
        return self.__add__(other)

    def __sub__(self, other: Drawn) -> Drawn:
        return Drawn(self.values - other.values)


@dataclass(frozen=True, eq=False)
class Cases:
    """What may be the case, and what is learnt of it.

    `numbers` : of the game, each a `Drawn`
    `weights` : (num_cases,), how likely each is, float64 or Fractions; they sum to one
    `learnt` : for each value that may be learnt, the cases in which it is learnt
    """

    numbers: Numbers
    weights: NDArray[Any]
    learnt: Sequence[NDArray[np.int64]]

    def mean(self, value: Drawn) -> Fraction:
        """The mean over all cases."""
        return Fraction(np.dot(self.weights, value.values))

    def given(self, of: NDArray[np.int64]) -> Callable[[Drawn], Fraction]:
        """The mean given that it is one of some cases."""
        weights = self.weights[of]
        total = Fraction(weights.sum())
        return lambda value: Fraction(np.dot(weights, value.values[of])) / total

    def chance(self, of: NDArray[np.int64]) -> Fraction:
        """How likely some cases are together."""
        return Fraction(self.weights[of].sum())


def companions(talks: Any, name: str) -> tuple[str, ...]:
    """The parameters that are drawn together with one; none where it is drawn by itself."""
    if isinstance(talks, Game):
        return ()
    file = talks.document.file
    for joint in file.joint:
        if name in joint.of:
            return tuple(other for other in joint.of if other != name)
    found, waiting = {name}, [name]
    while waiting:
        one = waiting.pop()
        for entry in file.correlations:
            if one in entry.between:
                more = set(entry.between) - found
                found |= more
                waiting += sorted(more)
    return tuple(other for other in talks.document.scope.parameters if other in found - {name})


def in_scenarios(talks: Any, name: str) -> bool:
    """Whether a parameter takes its values in scenarios."""
    return not isinstance(talks, Game) and any(
        name in joint.of for joint in talks.document.file.joint
    )


def scenarios(talks: Any, name: str, game: Game) -> Cases:
    """The scenarios that a parameter takes its values in, exactly."""
    file, constant = talks.document.file, talks.document.scope.constant
    which = next(i for i, joint in enumerate(file.joint) if name in joint.of)
    rows: list[Numbers] = []
    weights, values = [], []
    for k, scenario in enumerate(file.joint[which].scenarios):
        path = ("joint", which, "scenarios", k)
        given = {
            other: constant(text, (*path, "values", other))
            for other, text in scenario.values.items()
        }
        weights.append(constant(scenario.weight, (*path, "weight")))
        values.append(given[name])
        rows.append(numbers_of(game.at(**given)))
    learnt = [
        np.array([k for k, each in enumerate(values) if each == value])
        for value in dict.fromkeys(values)
    ]
    return Cases(_stacked(rows), np.array(weights, dtype=object), learnt)


def _stacked(rows: Sequence[Numbers]) -> Numbers:
    known: dict[tuple[Fraction, ...], Drawn] = {}

    def drawn(cases: tuple[Fraction, ...]) -> Drawn:
        if cases not in known:
            values = np.empty(len(cases), dtype=object)
            values[:] = cases
            known[cases] = Drawn(values)
        return known[cases]

    def column(nodes: Sequence[Any]) -> list[Any]:
        return [
            None if node[0] is None else tuple(map(drawn, zip(*node, strict=True)))
            for node in nodes
        ]

    return Numbers(
        gains=column(list(zip(*(row.gains for row in rows), strict=True))),
        # A factor that is one in some case only stands there all the same.
        factors=column([_filled(node) for node in zip(*(r.factors for r in rows), strict=True)]),
        odds=column(list(zip(*(row.odds for row in rows), strict=True))),
        nothing=(),
    )


def _filled(factors: Sequence[Any]) -> Sequence[Any]:
    known = next((row for row in factors if row is not None), None)
    if known is None:
        return factors
    ones = (Fraction(1),) * len(known)
    return [ones if row is None else row for row in factors]


# ── correlated ─────────────────────────────────────────────────────────────────────────────────


def correlated(
    talks: Any, name: str, others: Sequence[str], game: Game
) -> tuple[Cases, Iterator[Cases]]:
    """Samples of a parameter and of those that are correlated with it: all together, and each.

    What is learnt is in ascending order.
    """
    way = drawing(talks, only=[name, *others])
    samples = [_draws(way, name, seed) for seed in range(REPLICATES)]

    def cases(draws: NDArray[np.float64], values: int) -> Cases:
        learnt = np.split(np.arange(values * OTHERS), values)
        count = values * OTHERS
        return Cases(_numbers(game, way.names, draws), np.full(count, 1.0 / count), learnt)

    # Replicate by replicate each value learnt is a little higher: they are put between each other.
    split = np.stack([draws.reshape(len(draws), LEARNT, OTHERS) for draws in samples], axis=2)
    together = cases(split.reshape(len(split), -1), LEARNT * REPLICATES)
    return together, (cases(draws, LEARNT) for draws in samples)


def _draws(way: Drawing, name: str, seed: int) -> NDArray[np.float64]:
    """float64 (num_names, LEARNT * OTHERS): for each value learnt, draws of the others given it."""
    from scipy.special import ndtr, ndtri  # type: ignore[import-untyped]
    from scipy.stats import qmc  # type: ignore[import-untyped]

    factor = np.array(way.factor)
    which = way.correlated.index(name)
    matrix = factor @ factor.T
    rest = [i for i in range(len(factor)) if i != which]
    pull = matrix[rest, which]
    spread = matrix[np.ix_(rest, rest)] - np.outer(pull, pull)
    values, vectors = np.linalg.eigh(spread)
    root = vectors * np.sqrt(np.maximum(values, 0.0))
    # Each replicate is shifted by its part of a step: together they are even, and their spread
    # tells no less than the error.
    shift = (seed + 0.5) / REPLICATES
    learnt = np.repeat(ndtri((np.arange(LEARNT) + shift) / LEARNT), OTHERS)
    points = qmc.Sobol(len(rest), scramble=True, rng=seed).random(OTHERS)
    free = np.tile(root @ ndtri(points).T, LEARNT)
    mixed = pull[:, None] * learnt + free
    scores = {way.correlated[i]: row for i, row in zip(rest, mixed, strict=True)}
    scores[name] = learnt
    return np.array([one.at(ndtr(scores[key])) for key, one in way.marginals.items()])


def _numbers(game: Game, names: Sequence[str], draws: NDArray[np.float64]) -> Numbers:
    from detente.game.expressions.array_tape import ArrayTape
    from detente.game.expressions.tape import Tape

    assert game.formulas is not None
    layout = Layout(game, range(game.num_players))
    fixed = {k: v for k, v in game.formulas.values().items() if k not in names}
    tape = Tape.of(layout.expressions, names=names, fixed=fixed)
    with np.errstate(all="ignore"):
        found = ArrayTape(tape, draws).value
    at = {
        expression: None if np.isnan(found[register]).any() else Drawn(found[register])
        for expression, register in zip(layout.expressions, tape.output.tolist(), strict=True)
    }
    numbers = layout.numbers(at, Drawn(np.zeros(draws.shape[1])), _sign)
    if isinstance(numbers, str):
        raise NotSupported(f"there is no game at all values that may be drawn: {numbers}.")
    return numbers


def _sign(value: Drawn) -> int:
    """-1 where some case is below zero, 0 where all are zero, up to rounding; else 1."""
    if np.all(abs(value.values) < SLACK):
        return 0
    return -1 if np.any(value.values < -SLACK) else 1
