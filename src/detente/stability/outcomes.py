"""What a bundle brings: if everyone complies, as equilibrium plays it, and without agreement."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from fractions import Fraction

from detente.stability.case import Case
from detente.stability.continuation import Continuation, Vector
from detente.stability.modal import Answer
from detente.stability.verdict import Range


def values(
    case: Case, signed: Sequence[int], notes: dict[str, str]
) -> Mapping[str, Fraction] | None:
    found = {complied(case.continuation, node, case.broken) for node in signed}
    if len(found) == 1:
        return dict(zip(case.game.players, found.pop(), strict=True))
    notes["values"] = (
        "the bundle is signed at several nodes, with different values."
        if found else "this bundle is signed at no node."
    )
    return None


def complied(continuation: Continuation, node: int, broken: Collection[int]) -> Vector:
    """What each party gets from a node on if nobody breaks the deal.

    At a decision the first move that is no breach is taken: compliance is written first.
    """
    game = continuation.game
    worth: dict[int, Vector] = {}
    order, seen = [node], {node}
    for v in order:
        fresh = [child for child, _ in _complying(continuation, v, broken) if child not in seen]
        seen.update(fresh)
        order.extend(fresh)
    for v in sorted(order, reverse=True):
        total = list(game.payoff(v))
        for child, probability in _complying(continuation, v, broken):
            total = [t + probability * w for t, w in zip(total, worth[child], strict=True)]
        factors = game.discount(v)
        if factors:
            total = [t * factor for t, factor in zip(total, factors, strict=True)]
        worth[v] = tuple(total)
    return worth[node]


def _complying(
    continuation: Continuation, node: int, broken: Collection[int]
) -> list[tuple[int, Fraction]]:
    children = continuation.children(node)
    if continuation.mover[node] >= 0:
        kept = next((child for child in children if child not in broken), children[0])
        return [(kept, Fraction(1))]
    if not children:
        return []
    return list(zip(children, continuation.probabilities(node), strict=True))


def played(case: Case, after: Sequence[Answer]) -> Mapping[str, Range] | None:
    if not after:
        return None
    return {
        party: (
            min(found.ranges[i][0] for found in after),
            max(found.ranges[i][1] for found in after),
        )
        for i, party in enumerate(case.game.players)
    }


def breakdown(case: Case, notes: dict[str, str]) -> Mapping[str, Fraction] | None:
    if case.breakdown is None:
        notes["breakdown"] = "a tree written by hand has no single outcome without agreement."
        return None
    return dict(zip(case.game.players, case.breakdown, strict=True))
