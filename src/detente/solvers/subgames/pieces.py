"""A game cut at the roots of its proper subgames, into pieces that are solved one by one.

A piece starts at such a root and goes as far as the next ones, which are its ends beside the ends
of play: whoever moves in it plays for what the subgames from there on are worth (Selten 1965,
1975). Where all is seen, every move is a piece.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Generic, Protocol, TypeVar

from detente.game.information import information
from detente.game.tree import CHANCE, TERMINAL, Game

Vector = tuple[Fraction, ...]
"""One payoff a party of the game; or one probability an action."""
NONE, ONE = Fraction(0), Fraction(1)
T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class Move:
    """What is done in a piece, and what comes of it.

    `number` : another one for every other behavior in the piece
    `behavior` : the probabilities of the actions at each of the piece's information sets
    `plans` : the realization plan of each player who moves in the piece
    `base` : what each party gains in the piece itself
    `after` : (which of the piece's ends, how likely), for those of positive probability
    """

    number: int
    behavior: tuple[Vector, ...]
    plans: tuple[Vector, ...]
    base: Vector
    after: tuple[tuple[int, Fraction], ...]

    def worth(self, values: Sequence[Vector]) -> Vector:
        """What each party gets where the subgames after the piece are worth this."""
        if len(self.after) == 1 and self.after[0][1] == 1 and not any(self.base):
            return values[self.after[0][0]]
        total = list(self.base)
        for end, odds in self.after:
            for i, amount in enumerate(values[end]):
                total[i] += amount if odds == 1 else odds * amount
        return tuple(total)

    def worth_to(self, player: int, values: Sequence[Vector]) -> Fraction:
        """The same for one party."""
        return sum((odds * values[end][player] for end, odds in self.after), self.base[player])


class Part(Protocol):
    """A part of a game in which something is done."""

    @property
    def root(self) -> int:
        """The node where it starts."""

    @property
    def infosets(self) -> Sequence[int]:
        """The players' information sets in it, by their number in the game, ascending."""

    @property
    def ends(self) -> Sequence[int]:
        """The roots of the subgames after it."""

    def scaled(self, worth: Vector) -> Vector:
        """What its worth is to whoever moves before it."""


class Piece(Part, Protocol):
    """What there is to know of a piece; values are those of the subgames at its ends, in order."""

    @property
    def players(self) -> Sequence[int]:
        """Those who move in it."""

    @property
    def above(self) -> frozenset[int]:
        """Those who move before it, outside the subgame."""

    def first(self, values: Sequence[Vector]) -> Move | None:
        """One equilibrium; None where none is found."""

    def components(self, values: Sequence[Vector]) -> Iterator[tuple[Move, ...]]:
        """The maximal sets of equilibria, each as its vertices; of three and more players who move
        each pure equilibrium."""

    def best(self, player: int, move: Move, values: Sequence[Vector]) -> Move:
        """A best reply of a player to what the others do."""

    def between(self, first: Move, second: Move, share: Fraction) -> Move:
        """The mixture of two moves that differ in one player's plan, with `share` of the second."""


class Replayed(Generic[T]):
    """What an iterator yields, as often as it is gone through; found when it is first asked for."""

    def __init__(self, found: Iterator[T]) -> None:
        self._found = found
        self._kept: list[T] = []

    def __iter__(self) -> Iterator[T]:
        position = 0
        while self.has(position):
            yield self._kept[position]
            position += 1

    def has(self, position: int) -> bool:
        """Whether there are more than this many."""
        while len(self._kept) <= position:
            try:
                self._kept.append(next(self._found))
            except StopIteration:
                return False
        return True


@dataclass(frozen=True, eq=False)
class Cut:
    """Where the pieces of a game are.

    `roots` : the first nodes of proper subgames, ascending
    `kept` : root → the piece's nodes and the roots after it, ascending (in a tree: preorder)
    `ends` : root → the roots after it
    `above` : root → the players who move before it
    """

    game: Game
    roots: list[int]
    kept: dict[int, list[int]]
    ends: dict[int, list[int]]
    above: dict[int, frozenset[int]]

    def is_single(self, root: int) -> bool:
        """Whether the piece is one node with what follows it at once."""
        return len(self.kept[root]) == 1 + len(set(self.game.children_of(root)))


def cut(game: Game) -> Cut:
    """The pieces of a game, in time linear in its nodes."""
    roots: list[int] = information(game).subgame_roots.tolist()
    starts = set(roots)
    layer = list(range(game.num_nodes))
    kept: dict[int, list[int]] = {root: [root] for root in roots}
    if game.is_tree:
        for node, above in enumerate(game.parent.tolist()):
            if node:
                kept[layer[above]].append(node)
                if node not in starts:
                    layer[node] = layer[above]
    else:
        for root in roots:
            kept[root] += sorted(set(game.children_of(root)))
    ends = {root: [node for node in kept[root][1:] if node in starts] for root in roots}
    return Cut(game, roots, kept, ends, _movers_above(game, kept, ends))


def _movers_above(
    game: Game, kept: dict[int, list[int]], ends: dict[int, list[int]]
) -> dict[int, frozenset[int]]:
    mover = game.mover.tolist()
    above: dict[int, frozenset[int]] = dict.fromkeys(kept, frozenset())
    for root, nodes in kept.items():  # ascending, so what comes before a root has come
        inside = set(ends[root])
        own = {mover[node] for node in nodes if node not in inside} - {CHANCE, TERMINAL}
        known = above[root]
        through = known if own <= known else known | own
        for end in ends[root]:
            above[end] = through if above[end] <= through else above[end] | through
    return above


def below(whole: Cut, root: int) -> Cut:
    """The same for the subgame that starts at a node; nobody moves before it."""
    found, waiting = {root}, [root]
    while waiting:
        new = [end for end in whole.ends[waiting.pop()] if end not in found]
        found.update(new)
        waiting += new
    roots = sorted(found)
    kept = {node: whole.kept[node] for node in roots}
    ends = {node: whole.ends[node] for node in roots}
    return Cut(whole.game, roots, kept, ends, _movers_above(whole.game, kept, ends))


@dataclass(eq=False)
class Single:
    """A piece of one node: a move that everyone sees, a move of chance, or an end of play."""

    game: Game
    root: int
    ends: list[int]
    above: frozenset[int]
    infosets: list[int] = field(init=False)
    players: list[int] = field(init=False)
    _gains: list[Vector] = field(init=False)
    _leads: list[int] = field(init=False)
    _surely: dict[int, Move] = field(default_factory=dict)
    _mixtures: dict[Vector, Move] = field(default_factory=dict)

    def __post_init__(self) -> None:
        game, mover = self.game, int(self.game.mover[self.root])
        self.players = [mover] if mover >= 0 else []
        self.infosets = [int(game.infoset[self.root])] if mover >= 0 else []
        place = {end: k for k, end in enumerate(self.ends)}
        children = game.children_of(self.root)
        self._leads = [place.get(child, -1) for child in children]
        here = game.payoff(self.root)
        self._gains = [
            _plus(here, (_ends_with(game, child) if lead < 0 else None))
            for child, lead in zip(children, self._leads, strict=True)
        ]

    def first(self, values: Sequence[Vector]) -> Move:
        """The first best action."""
        if not self.players:
            return self._chance()
        worth = self._worths(values)
        return self._pure(worth.index(max(worth)))

    def components(self, values: Sequence[Vector]) -> Iterator[tuple[Move, ...]]:
        """All mixtures of the best actions."""
        if not self.players:
            yield (self._chance(),)
            return
        worth = self._worths(values)
        most = max(worth)
        yield tuple([self._pure(k) for k, amount in enumerate(worth) if amount == most])

    def best(self, player: int, move: Move, values: Sequence[Vector]) -> Move:
        """The first best action."""
        return self.first(values)

    def between(self, first: Move, second: Move, share: Fraction) -> Move:
        """The mixture of two."""
        pairs = zip(first.behavior[0], second.behavior[0], strict=True)
        return self._mixed(tuple((1 - share) * p + share * q for p, q in pairs))

    def scaled(self, worth: Vector) -> Vector:
        """The worth times the discount at the node."""
        factors = self.game.discount(self.root)
        if factors is None:
            return worth
        return tuple(amount * factor for amount, factor in zip(worth, factors, strict=True))

    def _worths(self, values: Sequence[Vector]) -> list[Fraction]:
        player = self.players[0]
        return [
            gain[player] + values[lead][player] if lead >= 0 else gain[player]
            for gain, lead in zip(self._gains, self._leads, strict=True)
        ]

    def _pure(self, action: int) -> Move:
        if action not in self._surely:
            odds = tuple([ONE if k == action else NONE for k in range(len(self._leads))])
            lead = self._leads[action]
            after = ((lead, ONE),) if lead >= 0 else ()
            self._surely[action] = Move(
                action, (odds,), ((ONE, *odds),), self._gains[action], after
            )
        return self._surely[action]

    def _chance(self) -> Move:
        if not self._leads:
            return Move(0, (), (), self.game.payoff(self.root), ())
        return self._mixed(
            tuple(self.game.infosets.probabilities(int(self.game.infoset[self.root])))
        )

    def _mixed(self, odds: Vector) -> Move:
        if odds not in self._mixtures:
            base = [NONE] * self.game.num_players
            after: dict[int, Fraction] = {}
            for p, gain, lead in zip(odds, self._gains, self._leads, strict=True):
                if p:
                    base = [b + p * g if g else b for b, g in zip(base, gain, strict=True)]
                    if lead >= 0:
                        after[lead] = after.get(lead, NONE) + p
            behavior, plans = ((odds,), ((ONE, *odds),)) if self.players else ((), ())
            number = len(self._leads) + len(self._mixtures)
            self._mixtures[odds] = Move(number, behavior, plans, tuple(base), tuple(after.items()))
        return self._mixtures[odds]


def _ends_with(game: Game, node: int) -> Vector | None:
    """What an end of play adds, its discount included; None for nothing."""
    if game.outcome[node] < 0:
        return None
    payoff, factors = game.payoff(node), game.discount(node)
    if factors is None:
        return payoff
    return tuple(amount * factor for amount, factor in zip(payoff, factors, strict=True))


def _plus(here: Vector, there: Vector | None) -> Vector:
    return here if there is None else tuple(a + b for a, b in zip(here, there, strict=True))
