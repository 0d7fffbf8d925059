"""Price posting with private types: one equilibrium, against pygambit's `lcp_solve`."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from random import Random
from typing import Literal

from benchmarks.gambit_lcp import against
from benchmarks.timing import Row, Settings
from detente.game.builder import Builder, Node
from detente.game.tree import Game

SIZES = ((3, 3), (4, 6), (6, 10))
"""(types, prices)"""
GOAL_FROM = 187
"""Nodes from which there is a goal; smaller games take the time that any call takes."""
RANDOM = 3
"""Games of each size whose payoffs are random."""

Informed = Literal["seller", "buyer"]


def rows(settings: Settings) -> Iterator[Row]:
    """Each variant in each size, and some with random payoffs, where no pure plan is at hand."""
    for types, prices in SIZES:
        games = [price_posting(types, prices, informed) for informed in ("seller", "buyer")]
        seeds = range(settings.seed, settings.seed + RANDOM)
        games += [price_posting(types, prices, "seller", seed) for seed in seeds]
        for game in games:
            if game.num_nodes <= settings.largest:
                times = 10 if game.num_nodes >= GOAL_FROM else 0
                yield from against(game, settings, ("lemke",), times)
                yield from against(game, settings, ("quasi-perfect",))


def price_posting(
    types: int, prices: int, informed: Informed = "seller", seed: int | None = None
) -> Game:
    """Chance draws one of some types, the seller posts a price, the buyer accepts or rejects it.

    `informed` : who knows the type. "seller": it is the quality t of the good, worth 3 t to the
        buyer and 2 t to the seller, and the price is a signal of it, so that there are pooling and
        separating equilibria; the buyer knows the price alone. "buyer": it is what the good is
        worth to the buyer; the seller posts one price to all types
    `seed` : draw all payoffs at random from -9 to 9 instead

    1 + types + 3 types · prices nodes.

    >>> [price_posting(k, m).num_nodes for k, m in ((3, 3), (2, 5), (6, 10))]
    [31, 33, 187]
    """
    kind = "" if seed is None else f", random payoffs {seed}"
    b = Builder(
        ["Seller", "Buyer"],
        title=f"Price posting, {types} types, {prices} prices, {informed} informed{kind}",
    )
    r = None if seed is None else Random(seed)

    def ends(quality: int, price: int) -> dict[str, Node]:
        worth, cost = 3 * prices * quality, 2 * prices * quality if informed == "seller" else 0
        asked = 3 * types * price
        gains = [(asked - cost, worth - asked), (0, 0)]
        if r is not None:
            gains = [(r.randint(-9, 9), r.randint(-9, 9)) for _ in gains]
        return {"accept": b.end(*gains[0]), "reject": b.end(*gains[1])}

    def post(quality: int) -> Node:
        moves = {}
        for price in range(1, prices + 1):
            seen = f"price {price}" if informed == "seller" else f"type {quality}, price {price}"
            moves[f"{price}"] = b.decide("Buyer", ends(quality, price), infoset=seen)
        known = f"type {quality}" if informed == "seller" else "any type"
        return b.decide("Seller", moves, infoset=known)

    odds = Fraction(1, types)
    return b.build(b.chance({f"{t}": (odds, post(t)) for t in range(1, types + 1)}))
