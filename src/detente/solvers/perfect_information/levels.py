"""Backward induction over draws on arrays of any device: level by level, all draws at once.

The counterpart of `batch_kernel` for arrays that follow the array API standard: numpy's, cupy's,
torch's. Nodes of one height, and of one kind, are solved together, so that a device sees few and
large operations. Answers and what is in doubt are as there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from detente.game.expressions.array_tape import Array, ArrayTape, namespace
from detente.game.tree import CHANCE, Game
from detente.solvers.perfect_information.batch_kernel import BROKEN, DOUBT
from detente.solvers.perfect_information.batch_run import Batch

Rows = list[int]


@dataclass(frozen=True, eq=False)
class Level:
    """Nodes that are solved together; their places are first … first + len(nodes) - 1.

    `chance` : whether chance moves at them; else players do
    `children` : by action, the place of each node's child
    `mover` : who moves, one a node
    `weights` : by action, the source row of each node's probability
    `gains`, `factors` : by player, source rows of what arriving adds and of discounts; or none
    """

    nodes: tuple[int, ...]
    first: int
    chance: bool
    children: tuple[Rows, ...]
    mover: Rows
    weights: tuple[Rows, ...]
    gains: tuple[Rows, ...]
    factors: tuple[Rows, ...]


@dataclass(frozen=True, eq=False)
class Levels:
    """A game, level by level, beside the batch whose numbers it takes.

    `told` : the places of the nodes that are asked about
    `marked` : the places of those whose arrival is watched for
    """

    batch: Batch
    levels: tuple[Level, ...]
    num_players: int
    told: Rows
    marked: frozenset[int]

    @classmethod
    def of(
        cls,
        game: Game,
        told: Sequence[int],
        marked: Sequence[int] = (),
        names: Sequence[str] | None = None,
        fixed: Mapping[str, Fraction] | None = None,
    ) -> Levels:
        """The levels of a game whose numbers are expressions of parameters; see `Batch.of`."""
        batch = Batch.of(game, told, marked, names=names, fixed=fixed)
        return cls.beside(batch, game, told, marked)

    @classmethod
    def beside(
        cls, batch: Batch, game: Game, told: Sequence[int], marked: Sequence[int] = ()
    ) -> Levels:
        """The levels of a game, with the numbers of a batch of it.

        A batch without a tape takes draws that are payoffs and probabilities themselves.
        """
        levels, place = _levels(game, batch)
        watched = frozenset(place[node] for node in marked)
        return cls(batch, levels, game.num_players, [place[node] for node in told], watched)

    def run(self, draws: Array) -> tuple[Array, Array]:
        """Solve every draw, on the device where the draws are.

        `draws` : float64 (num_names, num_draws); without a tape (num_sources, num_draws). The
            memory taken is about that of num_nodes × (num_players + 1) × num_draws floats

        Comes back as choices and marks, (num_told, num_draws) each: the action taken at each node
        that is asked about, and bits BROKEN and DOUBT, as in `batch_run.Told`.

        >>> import detente as dt
        >>> from detente.game.expressions import name
        >>> b = dt.Builder(["A"], parameters={"x": dt.Parameter("x", Fraction(1))})
        >>> game = b.build(b.decide("A", {"go": b.end([name("x")]), "stay": b.end([1])}))
        >>> choice, mark = Levels.of(game, [0]).run(np.array([[0.5, 1.0, 2.0]]))
        >>> choice.tolist(), (mark & DOUBT != 0).tolist()
        ([[1, 0, 0]], [[False, True, False]])
        """
        with np.errstate(all="ignore"):
            return _Pass(self, draws).answer()


def _levels(game: Game, batch: Batch) -> tuple[tuple[Level, ...], dict[int, int]]:
    """Levels from the ends upwards, and the place of each node."""
    height = [0] * game.num_nodes
    groups: dict[tuple[int, int, int, bool, bool], list[int]] = {}
    for node in range(game.num_nodes - 1, -1, -1):
        children = batch.program.moves[node]
        height[node] = max((height[child] + 1 for child in children), default=0)
        kind = min(int(game.mover[node]), 0)
        gains = bool(game.outcome[node] >= 0)
        factors = game.discounts is not None and bool(game.discounts.row[node])
        groups.setdefault((height[node], kind, len(children), gains, factors), []).append(node)
    place: dict[int, int] = {}
    found = []
    for key in sorted(groups):
        nodes = tuple(groups[key])
        first = len(place)
        place.update({node: first + i for i, node in enumerate(nodes)})
        found.append(_level(game, batch, nodes, first, place))
    return tuple(found), place


def _level(
    game: Game, batch: Batch, nodes: tuple[int, ...], first: int, place: Mapping[int, int]
) -> Level:
    sources, sets = batch.program.sources, game.infosets
    below = [[place[child] for child in batch.program.moves[node]] for node in nodes]
    chance = bool(game.mover[nodes[0]] == CHANCE)
    weights: list[Rows] = []
    if chance:
        starts = [
            int(sets.action_start[game.infoset[node]]) - sets.num_player_actions for node in nodes
        ]
        weights = [
            [int(sources.probability[start + k]) for start in starts] for k in range(len(below[0]))
        ]
    gains: list[Rows] = []
    factors: list[Rows] = []
    for player in range(game.num_players):
        if game.outcome[nodes[0]] >= 0:
            gains.append([int(sources.payoff[game.outcome[node], player]) for node in nodes])
        if game.discounts is not None and game.discounts.row[nodes[0]]:
            rows = game.discounts.row
            factors.append([int(sources.discount[rows[node], player]) for node in nodes])
    return Level(
        nodes=nodes,
        first=first,
        chance=chance,
        children=tuple(list(column) for column in zip(*below, strict=True)),
        mover=[int(game.mover[node]) for node in nodes],
        weights=tuple(weights),
        gains=tuple(gains),
        factors=tuple(factors),
    )


class _Pass:
    """One pass; `value` is a list of arrays (num_places so far, num_draws), one a player."""

    def __init__(self, levels: Levels, draws: Array) -> None:
        self.levels, self.xp = levels, namespace(draws)
        tape = levels.batch.tape
        self.error: Array | None = None
        self.unsure: Array | None = None
        if tape is None:
            self.source = draws
        else:
            run = ArrayTape(tape, draws)
            self.source, self.error = self.xp.stack(run.value), self.xp.stack(run.error)
            self.unsure = run.unsure
        self.zero = self.xp.zeros_like(self.source[0, :])
        self.tolerance = self._tolerance()

    def answer(self) -> tuple[Array, Array]:
        levels, xp = self.levels, self.xp
        self.value: list[list[Array]] = [[] for _ in range(levels.num_players)]
        self.mark: list[Array] = []
        self.choice: list[Array] = []
        for level in levels.levels:
            self._solve(level)
        told = levels.told
        choice, mark = xp.stack([self.choice[t] for t in told]), [self.mark[t] for t in told]
        if self.unsure is not None:
            doubt = xp.where(self.unsure, self._bits(DOUBT), self._bits(0))
            mark = [bits | doubt for bits in mark]
        return choice, xp.stack(mark)

    def _solve(self, level: Level) -> None:
        if not level.children:
            below, mark, choice = self._nothing(level)
        elif level.chance:
            below, mark, choice = self._expected(level)
        else:
            below, mark, choice = self._best(level)
        for player, own in enumerate(below):
            if level.gains:
                own = own + self._rows(self.source, level.gains[player])
            if level.factors:
                own = own * self._rows(self.source, level.factors[player])
            self.value[player] += [own[i, :] for i in range(len(level.nodes))]
        for i in range(len(level.nodes)):
            here = mark[i, :]
            if level.first + i in self.levels.marked:
                here = here | self._bits(BROKEN)
            self.mark.append(here)
            self.choice.append(choice[i, :])

    def _nothing(self, level: Level) -> tuple[list[Array], Array, Array]:
        flat = self.xp.stack([self.zero] * len(level.nodes))
        bits = self.xp.stack([self._bits(0)] * len(level.nodes))
        return [flat] * self.levels.num_players, bits, bits

    def _expected(self, level: Level) -> tuple[list[Array], Array, Array]:
        odds = [self._rows(self.source, rows) for rows in level.weights]
        below = []
        for own in self.value:
            whole = self.xp.stack([self.zero] * len(level.nodes))
            for p, places in zip(odds, level.children, strict=True):
                whole = whole + p * self._some(own, places)
            below.append(whole)
        mark = self._some(self.mark, level.children[0])
        for places in level.children[1:]:
            mark = mark | self._some(self.mark, places)
        return below, mark, mark & 0

    def _best(self, level: Level) -> tuple[list[Array], Array, Array]:
        where, stack = self.xp.where, self.xp.stack
        gains = [
            stack([self.value[who][c] for who, c in zip(level.mover, places, strict=True)])
            for places in level.children
        ]
        marks = [self._some(self.mark, places) for places in level.children]
        best, taken = gains[0], marks[0] & 0
        for k, gain in enumerate(gains[1:], start=1):
            better = gain > best
            best = where(better, gain, best)
            taken = where(better, (taken & 0) + k, taken)
        close = taken != taken
        for k, gain in enumerate(gains):
            # Written so that a value that is no number counts as close.
            close = close | ~((best - gain > self.tolerance) | (taken == k))
        mark = where(close, (taken & 0) + DOUBT, taken & 0)
        below = []
        for own in self.value:
            chosen = self._some(own, level.children[0])
            for k, places in enumerate(level.children[1:], start=1):
                chosen = where(taken == k, self._some(own, places), chosen)
            below.append(chosen)
        for k, bits in enumerate(marks):
            mark = mark | (bits & DOUBT) | where(taken == k, bits & BROKEN, bits & 0)
        return below, mark, taken

    def _some(self, rows: Sequence[Array], places: Rows) -> Array:
        return self.xp.stack([rows[place] for place in places])

    def _rows(self, array: Array, rows: Rows) -> Array:
        return self.xp.stack([array[row, :] for row in rows])

    def _bits(self, bits: int) -> Array:
        """int32 (num_draws,), these bits everywhere."""
        return self.xp.zeros_like(self.zero, dtype=self.xp.int32) + bits

    # ── error bounds ──────────────────────────────────────────────────────────────────────────────

    def _tolerance(self) -> Array:
        """Twice the error that a continuation value can have, as `batch_kernel.error_bounds`."""
        program, unit = self.levels.batch.program, 2.0**-52
        gains, weights, factors = (rows.tolist() for rows in program.rows)
        most, off, shaky, growth = self.zero, self.zero, self.zero, self.zero + 1.0
        sound = self.zero == 0.0
        for row in gains:
            size, by = abs(self.source[row, :]), self._error(row)
            most, off = self._larger(most, size), self._larger(off, by)
            sound = sound & (size < 1e300) & (by < 1e300)
        for row in weights:
            p, by = self.source[row, :], self._error(row)
            shaky = self._larger(shaky, by)
            sound = sound & (p >= -by) & (p <= 1.0 + by + unit)
        for row in factors:
            f, by = self.source[row, :], self._error(row)
            shaky, growth = self._larger(shaky, by), self._larger(growth, f + by)
            sound = sound & (f > by) & (f < 1e300)
        for rows in self.levels.batch._unsure_sums:
            whole, by = self.zero, self.zero + 8.0 * unit
            for row in rows:
                whole, by = whole + self.source[row, :], by + self._error(row)
            sound = sound & (abs(whole - 1.0) <= by)
        length, fan = program.length, program.fan
        grown = growth**length
        largest = length * most * grown
        step = off + (fan + 1) * shaky * largest + (fan + 4) * unit * largest
        bound = 2.0 * grown * length * step + 1e-300
        return self.xp.where(sound & (bound < 1e300), bound, self.zero + float("inf"))

    def _error(self, row: int) -> Array:
        return self.zero if self.error is None else self.error[row, :]

    def _larger(self, one: Array, other: Array) -> Array:
        return self.xp.where(other > one, other, one)
