"""What the rounding of a profile in floating point can explain."""

from __future__ import annotations

from fractions import Fraction

from detente.certify.checks import ROUNDING
from detente.game.tree import Game


def explained(game: Game, player: int, root: int, *, discounted: bool) -> Fraction:
    """The most that a player's gain at a node can change if each infoset's probabilities move by
    `ROUNDING` in total.

    A mixture's value then moves by at most `ROUNDING` times the spread of what its actions can lead
    to; along a path such shifts add up, in the best reply's value and in the plan's own.
    `discounted` says whether the node's own discount counts.
    """
    children, start = game.children.tolist(), game.child_start.tolist()
    low, high, shift = ([Fraction(0)] * game.num_nodes for _ in range(3))
    for node in range(game.num_nodes - 1, root - 1, -1):
        below = children[start[node] : start[node + 1]]
        least = min((low[child] for child in below), default=Fraction(0))
        most = max((high[child] for child in below), default=Fraction(0))
        moved = max((shift[child] for child in below), default=Fraction(0))
        if game.mover[node] >= 0:
            moved += most - least
        discount = game.discount(node) if discounted or node > root else None
        factor = discount[player] if discount else Fraction(1)
        amount = game.payoff(node)[player]
        low[node], high[node] = factor * (amount + least), factor * (amount + most)
        shift[node] = factor * moved
    return 2 * ROUNDING * shift[root]
