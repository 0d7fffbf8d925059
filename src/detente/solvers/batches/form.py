"""The sequence form of two players' tree with expressions in place of numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from detente.errors import NotSupported
from detente.game.expressions import ONE, ZERO, Expr, total
from detente.game.formulas import Formulas
from detente.game.sequence_form import Sequences, sequence_form
from detente.game.tree import CHANCE, Game
from detente.solvers.plans.sequence_lcp import sides
from detente.solvers.plans.starts import refusal

Row = Mapping[int, Expr]
"""What a sequence gains, by the other's sequence; what is missing is zero."""


@dataclass(frozen=True, eq=False)
class Form:
    """What each of the two that move gains, by (own sequence, the other's), chance multiplied in.

    `sides` : the sequences of the two; one that never moves has the empty sequence alone
    `tables` : one a side, one row an own sequence
    `last` : int32 (num_nodes, 2), the last sequence of each on the way to a node
    `luck` : how likely chance makes each node
    """

    game: Game = field(repr=False)
    sides: tuple[Sequences, Sequences]
    tables: tuple[Sequence[Row], Sequence[Row]]
    last: NDArray[np.int32]
    luck: Sequence[Expr]

    @cached_property
    def members(self) -> list[list[int]]:
        """The nodes of each of the players' information sets."""
        found: list[list[int]] = [[] for _ in range(self.game.infosets.num_player_infosets)]
        for node in np.flatnonzero(self.game.mover >= 0).tolist():
            found[int(self.game.infoset[node])].append(node)
        return found


def form_of(game: Game) -> Form:
    """The form of a game whose numbers are expressions of parameters.

    Raises NotSupported, with the reason, where more than two players move, where one of them does
    not remember what it did, where continuations are shared, or where there are no expressions.
    """
    if game.formulas is None:
        raise NotSupported("this game has no parameters: there is nothing to draw.")
    why = refusal(game)
    if why is not None:
        raise NotSupported(why)
    own = sides(sequence_form(game))
    last, luck = _histories(game, own)
    return Form(game, own, _tables(game, own, last, luck), last, luck)


def discounts_along(game: Game, party: int) -> list[Expr]:
    """The product of a party's discounts on the way to each node, its own included."""
    formulas, factors = _formulas(game), [ONE] * game.num_nodes
    if game.discounts is None:
        return factors
    for node in range(game.num_nodes):
        above = factors[int(game.parent[node])] if node else ONE
        row = int(game.discounts.row[node])
        factors[node] = above * formulas.discounts[row][party] if row else above
    return factors


def _formulas(game: Game) -> Formulas:
    assert game.formulas is not None
    return game.formulas


def _histories(
    game: Game, own: tuple[Sequences, Sequences]
) -> tuple[NDArray[np.int32], list[Expr]]:
    sets, formulas = game.infosets, _formulas(game)
    last = np.zeros((game.num_nodes, 2), dtype=np.int32)
    luck = [ONE] * game.num_nodes
    side_of = {side.player: k for k, side in enumerate(own)}
    for node in range(game.num_nodes):
        h, who = int(game.infoset[node]), int(game.mover[node])
        for place, child in enumerate(game.children_of(node)):
            flat = int(sets.action_start[h]) + place
            last[child], luck[child] = last[node], luck[node]
            if who == CHANCE:
                luck[child] = luck[node] * formulas.probabilities[flat - sets.num_player_actions]
            else:
                side = own[side_of[who]]
                first = int(sets.action_start[side.first_infoset])
                last[child, side_of[who]] = flat - first + 1
    return last, luck


def _tables(
    game: Game,
    own: tuple[Sequences, Sequences],
    last: NDArray[np.int32],
    luck: Sequence[Expr],
) -> tuple[Sequence[Row], Sequence[Row]]:
    formulas, nodes = _formulas(game), np.flatnonzero(game.outcome >= 0).tolist()
    made = []
    for k, side in enumerate(own):
        parts: list[dict[int, list[Expr]]] = [{} for _ in range(side.num)]
        factors = discounts_along(game, side.player) if side.player >= 0 else []
        for node in nodes if side.player >= 0 else ():
            gain = formulas.payoffs[int(game.outcome[node])][side.player]
            if gain is not ZERO:
                mine, theirs = int(last[node, k]), int(last[node, 1 - k])
                worth = luck[node] * factors[node] * gain
                parts[mine].setdefault(theirs, []).append(worth)
        made.append([{t: total(some) for t, some in row.items()} for row in parts])
    return made[0], made[1]
