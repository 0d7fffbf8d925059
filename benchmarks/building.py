"""Building a game move by move from Python, against pygambit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from benchmarks.timing import Row, Settings, agree, median
from detente.game.builder import Builder, Node
from detente.game.facts import facts
from detente.game.tree import Game

PEER = "pygambit"
DEPTHS = (6, 8, 10, 12)
"""Moves on every path of the trees, with three actions each."""
DEEPEST_PEER = 8
"""The peer's time grows faster than the tree."""


def rows(settings: Settings) -> Iterator[Row]:
    """Ternary trees in which two players move in turn and every end pays something else."""
    for depth in DEPTHS:
        game = built(depth)
        if game.num_nodes > settings.largest:
            return
        seconds = median(lambda depth=depth: built(depth), min(settings.repeats, 3))
        if depth > DEEPEST_PEER:
            agreed = "the number of nodes"
            agree(game.num_nodes == (3 ** (depth + 1) - 1) // 2, agreed)
            yield Row("build move by move", game.num_nodes, seconds, agreed)
            continue
        peer = gambit_built(depth)
        agree(game.num_nodes == len(list(peer.nodes)), "the number of nodes")
        ours = [facts(game)["payoff_sum"][player] for player in game.players]
        theirs = [
            sum(int(node.outcome[player]) for node in peer.nodes if node.is_terminal)
            for player in peer.players
        ]
        agree(ours == theirs, f"sums of payoffs: {ours}; {PEER}'s {theirs}")
        peer_seconds = median(lambda depth=depth: gambit_built(depth), 1)
        agreed = f"nodes and sums of payoffs with {PEER}'s"
        yield Row("build move by move", game.num_nodes, seconds, agreed, PEER, peer_seconds)


def built(depth: int) -> Game:
    """The tree by this project's builder, from its ends."""
    b = Builder(["A", "B"], title="ternary")
    layer = [b.end(i % 7, i % 11) for i in range(3**depth)]
    for level in range(depth - 1, -1, -1):
        layer = [
            b.decide("AB"[level % 2], dict(zip("abc", layer[3 * i : 3 * i + 3], strict=True)))
            for i in range(3**level)
        ]
    root: Node = layer[0]
    return b.build(root)


def gambit_built(depth: int) -> Any:
    """The same tree by the peer, from its root."""
    import pygambit

    game = pygambit.Game.new_tree(["A", "B"], "ternary")
    layer = [game.root]
    for level in range(depth):
        for node in layer:
            game.append_move(node, "AB"[level % 2], ["a", "b", "c"])
        layer = [child for node in layer for child in node.children]
    for i, node in enumerate(layer):
        game.set_outcome(node, game.add_outcome(f"o{i}", [i % 7, i % 11]))
    return game
