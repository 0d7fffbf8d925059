"""One mover's sequences as the other mover of a tree sees them, and what leads to each node.

Where chance never makes a move, that is a tremble as well. What follows it is a copy of the plan,
with sequences of its own; it is of a larger power than what comes before, so it adds nothing to
what a move before it yields.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import numpy as np

from detente.game.sequence_form import SequenceForm
from detente.game.tree import CHANCE, Game
from detente.solvers.plans.plan_patterns import Side, sides

Terms = list[tuple[int, int]]
"""(column, coefficient)."""


@dataclass(frozen=True, eq=False)
class Half:
    """One mover's sequences as the other sees them: a column a sequence and kind of chance tremble.

    `own`, `other` : the mover whose plan it is, and the one that replies to it
    `parent` : per column the one before its last action; -1 for the start of a copy
    `sequence` : per column the mover's sequence
    `groups` : (the column that leads to an information set, the columns of its actions)
    `gain` : per sequence of the other, what it adds to the other's payoff before chance trembles:
        one amount a column
    `after` : per sequence of the other the information sets that it leads to without a tremble of
        chance
    `late` : column → the other's information sets after which chance trembles on the way to it
    `leading` : per information set of the other, node → (column that leads to it, chance's part)
    """

    own: Side
    other: Side
    parent: list[int]
    sequence: list[int]
    groups: list[tuple[int, list[int]]]
    gain: list[Terms]
    leading: list[dict[int, tuple[int, Fraction]]]
    after: list[list[int]]
    late: dict[int, set[int]]

    @property
    def num(self) -> int:
        """How many columns there are."""
        return len(self.parent)

    @property
    def copies(self) -> int:
        """How many copies of the plan there are: one, but for trembles of chance."""
        return self.num // self.own.num

    @cached_property
    def touching(self) -> list[list[int]]:
        """Per information set of the other the columns that lead to it."""
        return [sorted({column for column, _ in nodes.values()}) for nodes in self.leading]

    @cached_property
    def children(self) -> list[list[int]]:
        """Per column those of the sequences that are one action longer."""
        found: list[list[int]] = [[] for _ in self.parent]
        for column, above in enumerate(self.parent):
            if above >= 0:
                found[above].append(column)
        return found


def halves(form: SequenceForm) -> tuple[Half, Half]:
    """The plan of the first mover as the second sees it, and the other way round."""
    pair = sides(form)
    paths = _Paths.of(form)
    return _half(form, pair, paths, 0), _half(form, pair, paths, 1)


@dataclass(frozen=True, eq=False)
class _Paths:
    """Per node both movers' sequences, chance's probability, and its trembles' number."""

    led: tuple[list[int], list[int]]
    chance: list[Fraction]
    copy: list[int]
    copies: int

    @classmethod
    def of(cls, form: SequenceForm) -> _Paths:
        """The paths of a game, whose parents have smaller numbers than their children."""
        game, sets = form.game, form.game.infosets
        n = game.num_nodes
        led: tuple[list[int], list[int]] = ([0] * n, [0] * n)
        chance = [Fraction(1)] * n
        trembles: list[tuple[int, ...]] = [()] * n
        who = {own.player: k for k, own in enumerate(form.sequences)}
        first = {
            own.first_infoset + h: int(own.start[h])
            for own in form.sequences for h in range(own.num_infosets)
        }
        starts = sets.action_start.tolist()
        for node, (mover, h) in enumerate(zip(game.mover.tolist(), game.infoset.tolist(),
                                              strict=True)):  # fmt: skip
            if h < 0:
                continue
            odds = sets.probabilities(h) if mover == CHANCE else ()
            for j, child in enumerate(game.children_of(node)):
                led[0][child], led[1][child] = led[0][node], led[1][node]
                chance[child], trembles[child] = chance[node], trembles[node]
                if mover != CHANCE:
                    led[who[mover]][child] = first[h] + j
                elif odds[j]:
                    chance[child] = chance[node] * odds[j]
                else:
                    trembles[child] = tuple(sorted((*trembles[node], starts[h] + j)))
        known: dict[tuple[int, ...], int] = {(): 0}
        copy = [known.setdefault(some, len(known)) for some in trembles]
        return cls(led, chance, copy, len(known))


def _half(form: SequenceForm, pair: tuple[Side, Side], paths: _Paths, k: int) -> Half:
    own, other = pair[k], pair[1 - k]
    n = own.num
    parent = [-1 if s < 0 else c * n + s for c in range(paths.copies) for s in own.parent]
    above = {h: own.parent[actions[0]] for h, actions in enumerate(own.actions)}
    groups = [
        (c * n + above[h], [c * n + s for s in actions])
        for c in range(paths.copies) for h, actions in enumerate(own.actions)
    ]
    gain: list[Terms] = other.gain
    after, late = other.below, dict[int, set[int]]()
    if paths.copies > 1:
        gain = _gains(form, paths, k, other.num, n)
        after, late = _trembled(form, paths, k, other, n)
    return Half(
        own, other, parent, list(range(n)) * paths.copies, groups, gain,
        _leading(form, paths, k, len(other.actions), n), after, late,
    )  # fmt: skip


def _leading(
    form: SequenceForm, paths: _Paths, k: int, count: int, n: int
) -> list[dict[int, tuple[int, Fraction]]]:
    game = form.game
    found: list[dict[int, tuple[int, Fraction]]] = [{} for _ in range(count)]
    if len(form.sequences) <= 1 - k:
        return found
    replying = form.sequences[1 - k]
    for node in np.flatnonzero(game.mover == replying.player).tolist():
        h = int(game.infoset[node]) - replying.first_infoset
        found[h][node] = paths.copy[node] * n + paths.led[k][node], paths.chance[node]
    return found


def _gains(form: SequenceForm, paths: _Paths, k: int, rows: int, n: int) -> list[Terms]:
    """What each sequence of the other adds to its payoff, where chance trembles."""
    found: list[dict[int, Fraction]] = [{} for _ in range(rows)]
    if len(form.sequences) <= 1 - k:
        return [[] for _ in range(rows)]
    game, player = form.game, form.sequences[1 - k].player
    factors, above = _discounts(game, player), _moves(game, player)
    for node in np.flatnonzero(game.outcome >= 0).tolist():
        if above[node] >= 0 and paths.copy[above[node]] != paths.copy[node]:
            continue
        column = paths.copy[node] * n + paths.led[k][node]
        amounts = found[paths.led[1 - k][node]]
        amount = game.payoff(node)[player] * factors[node] * paths.chance[node]
        amounts[column] = amounts.get(column, Fraction(0)) + amount
    return [[(c, a) for c, a in amounts.items() if a] for amounts in found]  # type: ignore[misc]


def _trembled(
    form: SequenceForm, paths: _Paths, k: int, other: Side, n: int
) -> tuple[list[list[int]], dict[int, set[int]]]:
    """What the other's sequences lead to without a tremble of chance, and what is late for it."""
    after: list[set[int]] = [set() for _ in other.below]
    late: dict[int, set[int]] = {}
    if len(form.sequences) <= 1 - k:
        return other.below, late
    game, own = form.game, form.sequences[1 - k]
    above = _moves(game, own.player)
    for node in np.flatnonzero(game.mover == own.player).tolist():
        before = above[node]
        if before < 0 or paths.copy[before] == paths.copy[node]:
            after[paths.led[1 - k][node]].add(int(game.infoset[node]) - own.first_infoset)
        while before >= 0:
            if paths.copy[before] != paths.copy[node]:
                column = paths.copy[node] * n + paths.led[k][node]
                late.setdefault(column, set()).add(int(game.infoset[before]) - own.first_infoset)
            before = above[before]
    return [sorted(sets) for sets in after], late


def _moves(game: Game, player: int) -> list[int]:
    """By node, a player's last decision before it; -1 where there is none."""
    found = [-1] * game.num_nodes
    for node in range(1, game.num_nodes):
        above = int(game.parent[node])
        found[node] = above if int(game.mover[above]) == player else found[above]
    return found


def _discounts(game: Game, player: int) -> list[Fraction]:
    """By node, the product of a player's discounts on the way to it."""
    factors = [Fraction(1)] * game.num_nodes
    if game.discounts is not None:
        for node in range(game.num_nodes):
            above = factors[int(game.parent[node])] if node else Fraction(1)
            own = game.discount(node)
            factors[node] = above if own is None else above * own[player]
    return factors
