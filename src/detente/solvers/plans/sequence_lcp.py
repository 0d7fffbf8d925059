"""The equilibria of two players' sequence form as a linear complementarity problem.

Koller, Megiddo and von Stengel (1996): realization plans x and y are in equilibrium when, with
values p and q of the information sets, every sequence has weight zero or regret zero:
E x = e, F y = f, r = Eᵀp - A y ≥ 0, s = Fᵀq - Bᵀx ≥ 0, xᵀr = 0, yᵀs = 0.

The free p and q are eliminated. A base names one action at each information set. Every realization
plan is the base's plus a combination of the weights of the other actions, x = c + C x_N, and the
regrets of those follow from the regrets of the base's: r_N = -CᵀA y - C_Bᵀ r_B. So each sequence
makes one pair of variables, its weight and its regret.

The covering vector is a penalty on every action outside the base. The weights have none, so they
are realization plans all along, and Lemke's path cannot end in a ray: along one, (Δp, Δr, Δz0),
weights stand still, being bounded, and xᵀΔr = 0, being complementary. Δr = EᵀΔp + d Δz0, and
both x and the base's plan c satisfy the same E x; so cᵀΔr + x_Nᵀd_N Δz0 = xᵀΔr = 0, where nothing
is negative and, by the lexicographic rule, no base weight of c is zero. Hence Δr_B = 0, and either
Δz0 = 0 and nothing moves, or x_N = 0, which is the ray that the path came from.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detente.game.sequence_form import SequenceForm, Sequences
from detente.linear.tableau import Complementarity, Solution

Base = tuple[NDArray[np.int64], NDArray[np.int64]]
"""For two players: the sequence of the action that is in the base, at each information set."""
Tables = tuple[NDArray[Any], NDArray[Any]]
"""For two players: what each gains, by (own sequence, the other's), in whole numbers."""

_FLOATS_END = 2**1000
"""Whole numbers from which floating point is not tried; it ends at 2 to the power of 1024."""
_SAFE = 2.0**61
"""Whole numbers that together stay below this add up in 64 bits."""


def sides(form: SequenceForm) -> tuple[Sequences, Sequences]:
    """The sequences of two players; one that never moves has the empty sequence alone."""
    nobody = Sequences(-1, 0, np.ones(1, dtype=np.int32), np.zeros(0, dtype=np.int32))
    one, two = (*form.sequences, nobody, nobody)[:2]
    return one, two


def payoff_tables(form: SequenceForm) -> Tables:
    """What each of the two gains, times its denominator; nothing for one that never moves."""
    one, two = sides(form)
    own = np.zeros((one.num, two.num), dtype=np.int64)
    other = own.T
    if form.sequences:
        own = form.dense(0).reshape(one.num, two.num)
    if len(form.sequences) > 1:
        other = form.dense(1).T
    return own, other


def lengths(own: Sequences) -> NDArray[np.int64]:
    """int64 (num,): how many moves each sequence has."""
    length = np.zeros(own.num, dtype=np.int64)
    for k in range(own.num_infosets):
        length[own.start[k] : own.start[k + 1]] = length[own.parent[k]] + 1
    return length


@dataclass(frozen=True, eq=False)
class SequenceProblem:
    """The problem of one base.

    Pairs: the first player's sequences but for the empty one, in order, then the second's. Of a
    sequence in the base w is the weight (over its least) and z the regret; of another, the other
    way round.

    `trembles` : whether each sequence has at least the weight ε^(number of its moves), as in
        Miltersen and Sørensen (2010); q then has a column for each power
    """

    sides: tuple[Sequences, Sequences]
    base: Base
    lcp: Complementarity
    trembles: bool

    def weights(self, solution: Solution) -> tuple[list[Weight], list[Weight]]:
        """The weight of each sequence in a solution, the empty one first, by player."""
        found: list[list[Weight]] = []
        pair = 0
        for own, base in zip(self.sides, self.base, strict=True):
            outside, length = _outside(own, base), lengths(own)
            weights = [Weight((1,), 1, None)]
            for sequence in range(1, own.num):
                moved = solution.z_basic[pair] == bool(outside[sequence])
                weights.append(
                    Weight(
                        solution.value[pair] if moved else (),
                        solution.denominator[pair] if moved else 1,
                        int(length[sequence]) if self.trembles else None,
                    )
                )
                pair += 1
            found.append(weights)
        return found[0], found[1]

    def plans(self, solution: Solution) -> tuple[list[Fraction], list[Fraction]]:
        """The realization plans of a solution without trembles."""
        one, two = ([weight.plain for weight in own] for own in self.weights(solution))
        return one, two


@dataclass(frozen=True, eq=False)
class Weight:
    """The weight of a sequence: (numerators) / denominator, and ε^tremble beside it.

    `numerators` : one a power of ε, ascending; none where the weight is at its least
    `tremble` : None in a problem without trembles
    """

    numerators: Any
    denominator: Any
    tremble: int | None

    @property
    def plain(self) -> Fraction:
        """The weight where there is no ε."""
        return Fraction(self.numerators[0]) / self.denominator if self.numerators else Fraction(0)


def sequence_problem(
    form: SequenceForm,
    base: Base,
    trembles: bool = False,
    penalty: tuple[NDArray[np.int64], NDArray[np.int64]] | None = None,
    tables: Tables | None = None,
) -> SequenceProblem:
    """The problem whose solutions are the equilibria of the game, and a base to start from.

    `penalty` : by player and sequence, positive whole numbers: how much z0 takes from an action
        outside the base, in units of the player's largest payoff; 1 each, if None
    `tables` : payoffs in place of the game's; their entries may be FLINT's polynomials in ε
    """
    tables = payoff_tables(form) if tables is None else tables
    own = sides(form)
    polynomial = any(
        hasattr(v, "coeffs") for table in tables if table.dtype == object for v in table.flat
    )
    highest = int(max(lengths(side).max() for side in own)) if trembles else 0
    parts = [
        _Side(side, b, highest, trembles, polynomial) for side, b in zip(own, base, strict=True)
    ]
    blocks = [_Block(parts[k], parts[1 - k], _roomy(tables[k])) for k in (0, 1)]
    kinds = [block.across.dtype for block in blocks] + [block.rhs.dtype for block in blocks]
    n = own[0].num - 1
    size = n + own[1].num - 1
    matrix: NDArray[Any] = np.zeros((size, size), dtype=np.result_type(*kinds))
    matrix[:n, :n], matrix[:n, n:] = parts[0].weights_and_regrets, blocks[0].across
    matrix[n:, :n], matrix[n:, n:] = blocks[1].across, parts[1].weights_and_regrets
    rhs = np.concatenate([block.rhs for block in blocks])
    outside = np.concatenate([part.outside[1:] for part in parts])
    units = [_largest(table) for table in tables]
    unit = np.array([units[0]] * n + [units[1]] * (size - n), dtype=object)
    floating = max(units) < _FLOATS_END
    weigh = np.ones(size, dtype=np.int64)
    if penalty is not None:
        weigh = np.concatenate([own_penalty[1:] for own_penalty in penalty])
    lcp = Complementarity(
        *((_polynomials(matrix), _polynomials(rhs)) if polynomial else (matrix, rhs)),
        cover=np.where(outside, unit * weigh, 0),
        w_unit=np.where(outside, unit, 1).astype(np.float64) if floating else None,
        z_unit=np.where(outside, 1, unit).astype(np.float64) if floating else None,
    )
    return SequenceProblem(own, base, lcp, trembles)


class _Side:
    """What a base makes of one player's plans."""

    def __init__(
        self, own: Sequences, base: NDArray[np.int64], highest: int, trembles: bool, joined: bool
    ) -> None:
        self.own, self.base = own, base
        self.outside = _outside(own, base)
        length = lengths(own)
        self.least = np.zeros((own.num, highest + 1), dtype=np.int64)
        if trembles:
            self.least[np.arange(own.num), length] = 1
        self.start = self._start(length, highest, trembles)
        if joined:
            self.start, self.least = _joined(self.start), _joined(self.least)

    def _start(self, length: NDArray[np.int64], highest: int, trembles: bool) -> NDArray[Any]:
        """The weights where no other action has more than its least, a column a power of ε."""
        own, weights = self.own, np.zeros((self.own.num, highest + 1), dtype=np.int64)
        weights[0, 0] = 1
        for k in range(own.num_infosets):
            first, stop = int(own.start[k]), int(own.start[k + 1])
            weights[self.base[k]] = weights[own.parent[k]]
            if trembles:
                others = self.outside[first:stop].nonzero()[0] + first
                weights[others, length[first]] = 1
                weights[self.base[k], length[first]] -= len(others)
        return weights

    @cached_property
    def weights_and_regrets(self) -> NDArray[np.int64]:
        """(num - 1, num - 1): the player's block of M: how the base's weights depend on those of
        the other actions, and the regrets of these, the other way round, on the base's."""
        own = self.own
        change = np.zeros((own.num, own.num), dtype=np.int64)
        for k in range(own.num_infosets):
            base = self.base[k]
            change[base] = change[own.parent[k]]
            for sequence in range(int(own.start[k]), int(own.start[k + 1])):
                if sequence != base:
                    change[sequence, sequence] = 1
                    change[base, sequence] -= 1
        change[self.outside] = 0
        return change[1:, 1:] - change[1:, 1:].T

    def folded(self, table: NDArray[Any]) -> NDArray[Any]:
        """What each action outside the base gains over the base's, both followed by the base;
        zero for the base: CᵀA, from payoffs A by (own sequence, any column)."""
        own, value = self.own, table.copy()
        for k in range(own.num_infosets - 1, -1, -1):
            value[own.parent[k]] += value[self.base[k]]
        for k in range(own.num_infosets):
            value[own.start[k] : own.start[k + 1]] -= value[self.base[k]].copy()
        value[0] = value[0] - value[0]
        return value


class _Block:
    """The rows of one player's pairs, so far as they depend on the other.

    `across` : the block of M at the other's pairs; `rhs` : the rows of q
    """

    def __init__(self, mine: _Side, theirs: _Side, table: NDArray[Any]) -> None:
        gains = mine.folded(table)
        across = theirs.folded(gains.T).T[1:, 1:]
        across[:, ~theirs.outside[1:]] = 0
        self.across = -across
        regrets = -(gains @ theirs.start)
        spare = mine.start - mine.least
        self.rhs = np.where(mine.outside[:, None], regrets, spare)[1:]


def _outside(own: Sequences, base: NDArray[np.int64]) -> NDArray[np.bool_]:
    outside = np.ones(own.num, dtype=np.bool_)
    outside[base] = outside[0] = False
    return outside


def _roomy(table: NDArray[Any]) -> NDArray[Any]:
    """The table, of Python's integers where sums of its entries may leave 64 bits."""
    if table.dtype == object or 4 * np.abs(table.astype(np.float64)).sum() < _SAFE:
        return table
    return table.astype(object)


def _largest(table: NDArray[Any]) -> int:
    """The largest entry in size, or 1 if that is more; of polynomials, of their coefficients."""
    if table.dtype != object:
        return max(1, int(np.abs(table).max(initial=0)))
    coefficients = (c for v in table.flat for c in (v.coeffs() if hasattr(v, "coeffs") else [v]))
    return max(1, max((abs(int(c)) for c in coefficients), default=0))


def _joined(columns: NDArray[np.int64]) -> NDArray[Any]:
    """One column of polynomials from a column a power."""
    from flint import fmpz_poly

    joined = np.empty((len(columns), 1), dtype=object)
    joined[:, 0] = [fmpz_poly(row) for row in columns.tolist()]
    return joined


def _polynomials(table: NDArray[Any]) -> NDArray[Any]:
    """The table with every entry a polynomial."""
    from flint import fmpz_poly

    made = np.empty(table.shape, dtype=object)
    made.reshape(-1)[:] = [v if hasattr(v, "coeffs") else fmpz_poly([int(v)]) for v in table.flat]
    return made
