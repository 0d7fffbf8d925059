"""Random preorder trees of any size, as arrays."""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detente.game.labels import Labels
from detente.game.rationals import Payoffs, Probabilities
from detente.game.tree import CHANCE, TERMINAL, Game, Infosets, Outcomes


def random_tree(
    nodes: int, seed: int, payoffs: int = 10**9, chance: bool = False, named: bool = False
) -> Game:
    """Two players, two or three moves a node, whole payoffs below `payoffs` in size.

    `chance` : whether some nodes are a coin's; only the topmost few, so that payoffs stay in int64
    `named` : whether infosets and actions carry labels
    """
    r = np.random.default_rng(seed)
    arity = _arities(nodes, r)
    child_start = np.concatenate([[0], np.cumsum(arity)]).astype(np.int32)
    children, depth = np.empty(nodes - 1, dtype=np.int32), np.zeros(nodes, dtype=np.int32)
    _linker()(arity, child_start, children, depth)
    mover = np.where(arity > 0, r.integers(0, 2, nodes), TERMINAL).astype(np.int16)
    if chance:
        mover[(arity == 2) & (depth % 4 == 3) & (depth < 40)] = CHANCE
    ends = np.flatnonzero(arity == 0)
    outcome = np.full(nodes, -1, dtype=np.int32)
    outcome[ends] = np.arange(len(ends))
    infosets, infoset = _infosets(arity, mover, named)
    table = Payoffs(r.integers(-payoffs, payoffs, (len(ends), 2)), (1, 1))
    return Game(
        f"random tree {nodes}", ("A", "B"), mover, child_start, children, infoset, outcome,
        Labels.blank(nodes), infosets, Outcomes(Labels.blank(len(ends)), table),
    )


def _arities(nodes: int, r: np.random.Generator) -> NDArray[np.int64]:
    """Two or three children or none, in an order that is the preorder of one tree (cycle lemma)."""
    threes = (nodes - 1) // 6
    threes -= (nodes - 1 - 3 * threes) % 2
    arity = np.zeros(nodes, dtype=np.int64)
    twos = (nodes - 1 - 3 * threes) // 2
    arity[:twos], arity[twos : twos + threes] = 2, 3
    r.shuffle(arity)
    return np.roll(arity, -(int(np.argmin(np.cumsum(arity - 1))) + 1))


def _link(arity: Any, child_start: Any, children: Any, depth: Any) -> None:
    waiting = np.empty(len(arity), dtype=np.int32)
    filled = np.zeros(len(arity), dtype=np.int32)
    top = -1
    for node in range(len(arity)):
        if top >= 0:
            parent = waiting[top]
            children[child_start[parent] + filled[parent]] = node
            depth[node] = depth[parent] + 1
            filled[parent] += 1
            if filled[parent] == arity[parent]:
                top -= 1
        if arity[node] > 0:
            top += 1
            waiting[top] = node


@cache
def _linker() -> Any:
    import numba

    return numba.njit(_link)


def _infosets(
    arity: NDArray[np.int64], mover: NDArray[np.int16], named: bool
) -> tuple[Infosets, NDArray[np.int32]]:
    decisions = np.flatnonzero(arity > 0)
    order = decisions[np.argsort(mover[decisions] % 3, kind="stable")]  # chance (-1) comes last
    infoset = np.full(len(arity), -1, dtype=np.int32)
    infoset[order] = np.arange(len(order))
    start = np.concatenate([[0], np.cumsum(arity[order])]).astype(np.int32)
    coins = int(start[-1] - start[np.count_nonzero(mover >= 0)])
    label, actions = Labels.blank(len(order)), Labels.blank(int(start[-1]))
    if named:
        place = np.arange(start[-1]) - np.repeat(start[:-1], arity[order])
        label = Labels(np.zeros(len(order), dtype=np.int32), ["move"])
        actions = Labels(place.astype(np.int32), ["first", "second", "third"])
    half = Probabilities.of([Fraction(1, 2)] * coins)
    return Infosets(mover[order], start, label, actions, half), infoset
