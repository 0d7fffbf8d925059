"""Which breach a side commits only because another would be committed later."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from fractions import Fraction

from detente.stability.continuation import Continuation
from detente.stability.reasons import Stake, Temptation

NODES = 20_000
"""Nodes after a breach beyond which its cause is not looked for."""


def foreseen(
    continuation: Continuation, stake: Stake, places: Sequence[Temptation]
) -> Stake | None:
    """The later breach that a breach only anticipates; None where it pays in itself.

    `places` : where the deal may be broken, in order

    A breach anticipates others if it would bring nothing, were all later ones impossible. Of the
    later ones that pay in themselves, the one that brings its side most is the cause.
    """
    below = set(continuation.below(stake.instead_child))
    if len(below) > NODES:
        return None
    later = [place for place in places if place.breaks and place.node in below]
    if not later or _gain_if_kept(continuation, stake, later, below) > 0:
        return None
    roots = [
        place.tightest for place in later
        if foreseen(continuation, place.tightest, places) is None
    ]
    return max(roots, key=lambda root: root.gain)


def _gain_if_kept(
    continuation: Continuation, stake: Stake, later: Sequence[Temptation], below: Collection[int]
) -> Fraction:
    """What the breach would bring beyond compliance if the deal were kept at the later places."""
    game = continuation.game
    ruled_out = {s.move_child for place in later for s in place.stakes}
    worth: dict[int, tuple[Fraction, ...]] = {}
    for node in sorted(below, reverse=True):
        total = list(game.payoff(node))
        children, mover = continuation.children(node), continuation.mover[node]
        if mover >= 0:
            open_ = [child for child in children if child not in ruled_out]
            best = max(open_, key=lambda child: worth[child][mover])
            total = [t + w for t, w in zip(total, worth[best], strict=True)]
        elif children:
            for child, p in zip(children, continuation.probabilities(node), strict=True):
                total = [t + p * w for t, w in zip(total, worth[child], strict=True)]
        factors = game.discount(node)
        if factors:
            total = [t * factor for t, factor in zip(total, factors, strict=True)]
        worth[node] = tuple(total)
    return stake.by_move - worth[stake.instead_child][stake.player]
