"""Best replies of a player who forgets, by going through its pure strategies.

Whoever meets an information set at most once a play has a payoff that is linear in its behavior at
each, so one of its best replies is pure, also among all mixed and behavior strategies (the best
reply of a player of perfect recall is found backwards; of one that forgets it is NP-hard: Koller
and Megiddo 1992). Behavior at an information set that is met twice a play enters as a polynomial,
and there is no bound on what a pure strategy leaves ungained (Piccione and Rubinstein 1997).
"""

from __future__ import annotations

from typing import Any

from detente.certify.hidden import Found, Walk, as_fraction, largest, player_gain
from detente.certify.passes import Gain, Plan
from detente.errors import NotSupported
from detente.game.information import information
from detente.game.tree import Game

TERMS = 1_000_000
"""Sums of payoffs, over all choices that are gone through, up to which a best reply is found."""

Terms = dict[frozenset[int], Any]
"""Own actions on the way → what is gained where they have all been taken, in expectation."""


class Memory:
    """What a player remembers: `forgets` its own past; `repeats` an information set in a play."""

    def __init__(self, walk: Walk, player: int) -> None:
        self.forgets = self.repeats = False
        last = [-1] * len(walk.mover)
        before: dict[int, int] = {}
        own: list[frozenset[int]] = [frozenset()] * len(last)
        for node, mover in enumerate(walk.mover):
            if node:
                above = walk.parent[node]
                mine = walk.mover[above] == player
                last[node] = walk.flat[node] if mine else last[above]
                own[node] = own[above] | {walk.infoset[above]} if mine else own[above]
            if mover == player:
                h = walk.infoset[node]
                self.forgets |= before.setdefault(h, last[node]) != last[node]
                self.repeats |= h in own[node]


def plan_gain_by_player(game: Game, plan: Plan) -> Found:
    """The largest gain from another plan for the whole game, where some player forgets.

    Raises NotSupported where a player may meet an information set twice in a play.
    """
    walk = Walk.of(game, plan)
    found = []
    for player in walk.players:
        memory = Memory(walk, player)
        if memory.repeats:
            raise NotSupported(
                "'nash' is certified where nobody meets an information set twice in a play. "
                f"{information(game).witness['absent_minded']} Behavior there enters payoffs as a "
                "polynomial. Give the two nodes information sets of their own."
            )
        if memory.forgets:
            found.append(forgetful_gain(walk, player))
        else:
            found.append(player_gain(walk, player, [0] * game.num_nodes, True))
    return largest(found)


def forgetful_gain(walk: Walk, player: int) -> Found:
    """The player's gain from the best of its pure strategies, and where that departs.

    Raises NotSupported where there are too many to go through.
    """
    terms, planned, met = _terms(walk, player)
    owner = {flat: h for h in met for flat in range(walk.start[h], walk.start[h + 1])}
    value, strategy = _Choices(walk, owner).best(terms)
    unit = walk.game.outcomes.payoffs.denominators[player]
    amount = as_fraction(value - planned) / unit
    factors = walk.discounts(player)
    if factors is not None:
        amount *= as_fraction(factors[0])
    if not amount:
        return Found(Gain(amount))
    for h, node in sorted(met.items()):
        better = strategy.get(h)
        if better is not None and walk.weight[better] != 1 and _reached(walk, node, player):
            return Found(Gain(amount, player, node, better - walk.start[h]))
    raise AssertionError("a plan that gains departs at a node that play reaches")


def _reached(walk: Walk, node: int, player: int) -> bool:
    h = walk.infoset[node]
    nodes = (n for n, other in enumerate(walk.infoset) if other == h and walk.mover[n] == player)
    return any(_arrives(walk, n) for n in nodes)


def _arrives(walk: Walk, node: int) -> bool:
    while node:
        if not walk.weight[walk.flat[node]]:
            return False
        node = walk.parent[node]
    return True


def _terms(walk: Walk, player: int) -> tuple[Terms, Any, dict[int, int]]:
    """What is gained, by own actions on the way; what the plan yields; first nodes of infosets."""
    payoff, factors = walk.payoffs(player), walk.discounts(player)
    size = len(payoff)
    others, own = [1] * size, [1] * size
    taken: list[frozenset[int]] = [frozenset()] * size
    terms: Terms = {}
    planned: Any = 0
    met: dict[int, int] = {}
    for node in range(size):
        if node:
            above, flat = walk.parent[node], walk.flat[node]
            mine, weight = walk.mover[above] == player, walk.weight[flat]
            others[node] = others[above] if mine else others[above] * weight
            own[node] = own[above] * weight if mine else own[above]
            taken[node] = taken[above] | {flat} if mine else taken[above]
            if factors is not None:
                others[node] = others[node] * factors[node]
        if not others[node]:
            continue
        if walk.mover[node] == player:
            met.setdefault(walk.infoset[node], node)
        if payoff[node]:
            amount = others[node] * payoff[node]
            terms[taken[node]] = terms.get(taken[node], 0) + amount
            planned += own[node] * amount
    return terms, planned, met


class _Choices:
    """A search through choices, one information set after another."""

    def __init__(self, walk: Walk, owner: dict[int, int]) -> None:
        self.walk = walk
        self.owner = owner
        self.work = 0

    def best(self, terms: Terms) -> tuple[Any, dict[int, int]]:
        """The most that these terms can add up to, and the action taken at each infoset."""
        self.work += len(terms)
        if self.work > TERMS:
            raise NotSupported(
                "'nash' compares a player who forgets with each of its pure strategies, and here "
                f"they take more than {TERMS:,} sums. Split the information set by what its player "
                "did before."
            )
        fixed = terms.get(frozenset(), 0)
        open_terms = {taken: amount for taken, amount in terms.items() if taken}
        if not open_terms:
            return fixed, {}
        h = min(self.owner[flat] for taken in open_terms for flat in taken)
        found: tuple[Any, dict[int, int]] | None = None
        for flat in range(self.walk.start[h], self.walk.start[h + 1]):
            value, strategy = self.best(self._after(open_terms, h, flat))
            if found is None or value > found[0]:
                found = value, {**strategy, h: flat}
        assert found is not None
        return fixed + found[0], found[1]

    def _after(self, terms: Terms, infoset: int, chosen: int) -> Terms:
        """The terms that are left once an action is taken at an infoset."""
        left: Terms = {}
        for taken, amount in terms.items():
            at = [flat for flat in taken if self.owner[flat] == infoset]
            if not at or at == [chosen]:
                rest = taken - {chosen}
                left[rest] = left.get(rest, 0) + amount
        return left
