"""Two players' trees of perfect and of hidden information: one equilibrium, against pygambit."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from random import Random

from benchmarks.gambit_lcp import against
from benchmarks.timing import Row, Settings
from benchmarks.trees import random_tree
from detente.game.builder import Builder, Node
from detente.game.tree import Game

OPEN = (100, 300, 1000)
"""Nodes of the trees of perfect information."""
DEPTHS = (4, 5, 6, 7)
"""Moves on the longest paths of the trees of hidden information."""
PEER_UP_TO = 300
"""Nodes from which the peer takes too long."""


def rows(settings: Settings) -> Iterator[Row]:
    """Random trees of each kind, larger and larger."""
    for nodes in OPEN:
        game = random_tree(nodes, settings.seed, payoffs=100, chance=True)
        if nodes <= settings.largest:
            yield from against(game, settings, ("lemke",), peers=nodes <= PEER_UP_TO)
    for depth in DEPTHS:
        game = hidden_tree(depth, settings.seed)
        if game.num_nodes <= settings.largest:
            methods = ("lemke", "quasi-perfect")
            yield from against(game, settings, methods, peers=game.num_nodes <= PEER_UP_TO)


def hidden_tree(depth: int, seed: int) -> Game:
    """A random tree of perfect recall: what the other and chance do is seen half of the time."""
    r = Random(seed)
    b = Builder(["A", "B"], title=f"hidden tree {depth}")

    def grow(level: int, memory: dict[str, str]) -> Node:
        if level == depth:
            return b.end(r.randint(-99, 99), r.randint(-99, 99))
        width = 2 + (r.random() < 0.3)
        who = "AB"[level % 2]
        if level % 3 == 0:
            half = Fraction(1, width)
            lots = {f"{j}": (half, grow(level + 1, seen(memory, r, j))) for j in range(width)}
            return b.chance(lots)
        name = f"{level}{width}{memory[who]}"
        moves = {}
        for j in range(width):
            known = seen(memory, r, j, who)
            known[who] = f"{memory[who]}/{name}{j}"
            moves[f"{j}"] = grow(level + 1, known)
        return b.decide(who, moves, infoset=name)

    return b.build(grow(0, {"A": "", "B": ""}))


def seen(memory: dict[str, str], r: Random, move: int, mover: str = "") -> dict[str, str]:
    """What the players know after a move, which each but its mover may miss."""
    return {
        who: known if who == mover or r.random() < 0.5 else f"{known}.{move}"
        for who, known in memory.items()
    }
