"""From points of a unit cube to values of the parameters, as the file says they are distributed.

Values are doubles. They depend on the point alone: no linear algebra library has a hand in them, so
that one process, threads and many machines draw the same bits.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from detente.errors import DetenteError, NotSupported, no_parameter
from detente.game.formulas import Parameter
from detente.game.tree import Game
from detente.stability.robustness.draws.verdicts import parameters_of
from detente.stability.robustness.sweeping.marginals import Marginal, marginal

Floats = NDArray[np.float64]

Undistributed = Literal["uniform", "triangular", "fixed"]
"""How a parameter is drawn that has a range and no distribution; triangular peaks at its value."""
WAYS: Final[tuple[Undistributed, ...]] = ("uniform", "triangular", "fixed")
TENTHS: Final = 10


@dataclass(frozen=True)
class Scenarios:
    """Parameters that take their values together.

    `names` : which; `upto` : float (num_scenarios,), cumulated weights; `values` : one row a name
    """

    names: tuple[str, ...]
    upto: tuple[float, ...]
    values: tuple[tuple[float, ...], ...]

    def at(self, u: Floats) -> Floats:
        """float64 (num_names, n): the scenario that each point falls on."""
        which = np.searchsorted(np.array(self.upto[:-1]), u, side="right")
        return np.array(self.values)[:, which]


@dataclass(frozen=True)
class Drawing:
    """How the parameters that are not fixed are drawn.

    `marginals` : parameter → how it is distributed, in the order of the file
    `correlated` : parameters that move together, and `factor`, the lower triangle that makes
        independent normal scores into theirs, one row a parameter
    `scenarios` : parameters that take their values together
    `ways` : parameter → in words
    """

    marginals: Mapping[str, Marginal]
    correlated: tuple[str, ...]
    factor: tuple[tuple[float, ...], ...]
    scenarios: tuple[Scenarios, ...]
    ways: Mapping[str, str]

    @property
    def names(self) -> tuple[str, ...]:
        """The parameters that are drawn: the rows of draws."""
        return (*self.marginals, *(name for one in self.scenarios for name in one.names))

    @property
    def num_coordinates(self) -> int:
        """How many coordinates a point has: one a parameter, one for parameters in scenarios."""
        return len(self.marginals) + len(self.scenarios)

    @property
    def groups(self) -> tuple[tuple[str, ...], ...]:
        """The parameters that each coordinate belongs to; those that are correlated stay together.

        One entry a coordinate, in their order.
        """
        return (
            *(self.correlated if n in self.correlated else (n,) for n in self.marginals),
            *(one.names for one in self.scenarios),
        )

    def values(self, points: Floats) -> Floats:
        """float64 (num_names, n), the draws of these points: float64 (num_coordinates, n)."""
        from scipy.special import ndtr, ndtri  # type: ignore[import-untyped]

        levels = {name: points[k] for k, name in enumerate(self.marginals)}
        if self.correlated:
            scores = [ndtri(levels[name]) for name in self.correlated]
            for name, row in zip(self.correlated, self.factor, strict=True):
                mixed = np.zeros(points.shape[1])
                for weight, score in zip(row, scores, strict=True):
                    mixed += weight * score
                levels[name] = ndtr(mixed)
        rows = [one.at(levels[name]) for name, one in self.marginals.items()]
        for k, one in enumerate(self.scenarios, start=len(self.marginals)):
            rows.extend(one.at(points[k]))
        return np.array(rows).reshape(len(self.names), points.shape[1])

    def edges(self) -> tuple[Floats, ...]:
        """Where each parameter's draws are cut into tenths, or between values that are few."""
        inner = np.arange(1, TENTHS) / TENTHS
        found = []
        for one in self.marginals.values():
            cuts = np.unique(one.at(inner))
            found.append(cuts[cuts > one.at(np.zeros(1))])  # nothing lies below its least
        for joint in self.scenarios:
            for row in joint.values:
                levels = np.unique(row)
                found.append((levels[1:] + levels[:-1]) / 2)
        return tuple(found)


def drawing(
    talks: Any,
    ranges: Undistributed = "uniform",
    only: Iterable[str] | None = None,
    fixed: Iterable[str] = (),
) -> Drawing:
    """How the parameters of talks are drawn.

    `talks` : a summit, or a game with parameters
    `ranges` : how parameters are drawn that have a range and no distribution
    `only` : draw these alone, `fixed` : not these; what is not drawn keeps its value

    Raises NotSupported where nothing is left to draw, and where no normal scores are correlated as
    the file says.
    """
    if ranges not in WAYS:
        raise DetenteError(
            f"parameters without a distribution are drawn in one of the ways {', '.join(WAYS)}; "
            f"found {ranges!r}."
        )
    known = parameters_of(talks)
    wanted = _wanted(known, only, fixed)
    marginals: dict[str, Marginal] = {}
    ways: dict[str, str] = {}
    together = _scenarios(talks, wanted)
    joint = {name for one in together for name in one.names}
    if only is not None:
        _refuse_undrawable(known, wanted - joint)
    for name in known:
        if name in wanted and name not in joint:
            found = marginal(known[name], ranges)
            if found is not None:
                marginals[name], ways[name] = found, found.told
    for one in together:
        ways |= dict.fromkeys(one.names, f"one of {len(one.upto)} scenarios")
    if not ways:
        raise NotSupported(
            "there is nothing to draw: no parameter here has a range or a distribution. Add "
            "'range: [least, greatest]' to those that somebody may doubt."
        )
    correlated, factor = _correlated(talks, marginals)
    return Drawing(marginals, correlated, factor, together, ways)


def _wanted(
    known: Mapping[str, Parameter], only: Iterable[str] | None, fixed: Iterable[str]
) -> set[str]:
    chosen, held = list(known) if only is None else list(only), list(fixed)
    unknown = [name for name in (*chosen, *held) if name not in known]
    if unknown:
        raise DetenteError(no_parameter(unknown[0], known))
    return set(chosen) - set(held)


def _refuse_undrawable(known: Mapping[str, Parameter], wanted: Iterable[str]) -> None:
    for name in sorted(wanted):
        if known[name].low is None and known[name].distribution is None:
            raise NotSupported(
                f"'{name}' has no range and no distribution: it cannot be drawn. Add 'range: "
                "[least, greatest]' to it in the file."
            )


def _scenarios(talks: Any, wanted: set[str]) -> tuple[Scenarios, ...]:
    """The `joint` entries of a file, of the parameters that are drawn."""
    if isinstance(talks, Game):
        return ()
    found = []
    constant = talks.document.scope.constant
    for i, joint in enumerate(talks.document.file.joint):
        path = ("joint", i, "scenarios")
        names = tuple(name for name in joint.of if name in wanted)
        if not names:
            continue
        weights = [constant(s.weight, (*path, k, "weight")) for k, s in enumerate(joint.scenarios)]
        values = tuple(
            tuple(
                float(constant(s.values[name], (*path, k, "values", name)))
                for k, s in enumerate(joint.scenarios)
            )
            for name in names
        )
        upto = tuple(float(sum(weights[: k + 1], Fraction(0))) for k in range(len(weights)))
        found.append(Scenarios(names, upto, values))
    return tuple(found)


# ── correlations ───────────────────────────────────────────────────────────────────────────────


def _correlated(
    talks: Any, marginals: Mapping[str, Marginal]
) -> tuple[tuple[str, ...], tuple[tuple[float, ...], ...]]:
    """Those that are correlated, and the triangle for their normal scores."""
    pairs = _pairs(talks, marginals)
    names = tuple(name for name in marginals if any(name in pair for pair in pairs))
    matrix = [[1.0 if a == b else pairs.get(frozenset((a, b)), 0.0) for b in names] for a in names]
    return names, _triangle(matrix, names)


def _pairs(talks: Any, marginals: Mapping[str, Marginal]) -> dict[frozenset[str], float]:
    """Pair → correlation of the normal scores, for a given one of the ranks.

    Of two normal quantities that are correlated by r the ranks are by 6/π arcsin(r/2) (Pearson
    1907).
    """
    if isinstance(talks, Game):
        return {}
    found: dict[frozenset[str], float] = {}
    for i, entry in enumerate(talks.document.file.correlations):
        if all(name in marginals for name in entry.between):
            ranks = talks.document.scope.constant(entry.value, ("correlations", i, "value"))
            score = 2.0 * math.sin(math.pi / 6.0 * float(ranks))
            found[frozenset(entry.between)] = float(ranks) if abs(ranks) == 1 else score
    return found


_SLACK: Final = 1e-9
"""Below this a pivot counts as zero: quantities that determine each other."""


def _triangle(
    matrix: Sequence[Sequence[float]], names: Sequence[str]
) -> tuple[tuple[float, ...], ...]:
    """The Cholesky factor of a matrix that may be singular.

    Raises NotSupported where there is none.
    """
    size = len(matrix)
    rows = [[0.0] * size for _ in range(size)]
    for i in range(size):
        for j in range(i + 1):
            left = matrix[i][j] - math.fsum(rows[i][k] * rows[j][k] for k in range(j))
            if i == j:
                if left < -_SLACK:
                    raise NotSupported(
                        "no quantities that are normal after stretching have rank correlations "
                        f"like those given between {', '.join(names)}. Move them closer to zero, "
                        "or remove one."
                    )
                rows[i][i] = math.sqrt(left) if left > _SLACK else 0.0
            elif rows[j][j]:
                rows[i][j] = left / rows[j][j]
            elif abs(left) > math.sqrt(_SLACK):
                raise NotSupported(
                    f"'{names[i]}' cannot be correlated with '{names[j]}' like this, given their "
                    "other correlations. Move them closer to zero, or remove one."
                )
    return tuple(map(tuple, rows))
