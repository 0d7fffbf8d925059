"""What a bundle brings under hidden information: if everyone complies, and as it is played."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from detente.game.tree import CHANCE, TERMINAL
from detente.stability.continuation import Vector
from detente.stability.readings import Reading, Table, luck_of, signing_weights
from detente.stability.verdict import Range


def values(table: Table, notes: dict[str, str]) -> Mapping[str, Fraction] | None:
    """Party → what it gets if everyone complies, chance and what is hidden averaged over.

    None, with a note, where the moves that lead to its signatures differ in more than that.
    """
    if not table.signed:
        notes["values"] = "this bundle is signed at no node."
        return None
    worth = {node: complied(table, node) for node in table.signed}
    if len({_moves(table, node) for node in table.signed}) > 1 and len(set(worth.values())) > 1:
        notes["values"] = "the bundle is signed at several nodes, with different values."
        return None
    mean = _mean([(luck_of(table.game, node), worth[node]) for node in table.signed])
    return dict(zip(table.game.players, mean, strict=True))


def played(table: Table, readings: Sequence[Reading]) -> Mapping[str, Range] | None:
    """Party → the least and greatest it gets from the signature on, over the equilibria found.

    What is hidden is averaged over as the signature leaves it: by who signs; by the prior where
    nobody does.
    """
    found = [_as_played(table, reading) for reading in readings] if table.signed else []
    if not found:
        return None
    return {
        party: (min(row[i] for row in found), max(row[i] for row in found))
        for i, party in enumerate(table.game.players)
    }


def _as_played(table: Table, reading: Reading) -> Vector:
    weights = signing_weights(table, reading.play)
    return _mean([(p, reading.play.values[node]) for node, p in weights.items()])


def complied(table: Table, node: int) -> Vector:
    """What each party gets from a node on if nobody breaks the deal.

    At a decision the first move that is no breach is taken: compliance is written first.
    """
    game = table.game
    below = _subtree(table, node)
    worth: dict[int, Vector] = {}
    for v in reversed(below):
        total = list(game.payoff(v))
        for child, p in _complying(table, v):
            total = [t + p * w for t, w in zip(total, worth[child], strict=True)]
        factors = game.discount(v)
        if factors:
            total = [t * factor for t, factor in zip(total, factors, strict=True)]
        worth[v] = tuple(total)
    return worth[node]


def _subtree(table: Table, node: int) -> list[int]:
    """The node and what compliance leads to from it, parents before children."""
    found = [node]
    for v in found:
        found += [child for child, _ in _complying(table, v)]
    return found


def _complying(table: Table, node: int) -> list[tuple[int, Fraction]]:
    game = table.game
    children = game.children_of(node)
    if game.mover[node] == TERMINAL:
        return []
    if game.mover[node] == CHANCE:
        odds = game.infosets.probabilities(int(game.infoset[node]))
        return list(zip(children, odds, strict=True))
    kept = next((child for child in children if child not in table.broken), children[0])
    return [(kept, Fraction(1))]


def _moves(table: Table, node: int) -> tuple[tuple[int, str], ...]:
    """The moves of sides on the way to a node."""
    steps = table.knowledge.steps(node)
    return tuple((step.mover, step.action) for step in steps if step.mover != CHANCE)


def _mean(weighted: Sequence[tuple[Fraction, Vector]]) -> Vector:
    total = sum((p for p, _ in weighted), Fraction(0))
    if not total:
        weighted, total = [(Fraction(1), row) for _, row in weighted], Fraction(len(weighted))
    return tuple(
        sum((p * x for p, x in zip([w for w, _ in weighted], column, strict=True)), Fraction(0))
        / total
        for column in zip(*(row for _, row in weighted), strict=True)
    )
