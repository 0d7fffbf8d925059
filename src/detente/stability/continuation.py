"""One equilibrium of a game of perfect information, to speak of, with every tie noted.

Verdicts are about all equilibria, and `solvers.induction` answers for those. The sentences that
explain a verdict speak of one: the equilibrium in which an indifferent side takes the action
written first (accept before refuse, comply before breach). Where no tie is noted it is the only
one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from detente.game.profile import Profile
from detente.game.tree import Game
from detente.solvers.perfect_information.integers import IntegerGame

if TYPE_CHECKING:
    from detente.certify import Certificate

Vector = tuple[Fraction, ...]


class Continuation:
    """The equilibrium of first best actions, from any node on.

    `mover` : one player index, CHANCE or TERMINAL a node
    `choice` : one position among the node's children a decision node
    `deadline` : on the clock of `time.perf_counter`; OutOfTime is raised where it passes
    """

    def __init__(self, game: Game, deadline: float | None = None) -> None:
        self.game = game
        self.deadline = deadline
        self.numbers = IntegerGame(game)
        self.first = self.numbers.first_pass(deadline)
        self.mover: Sequence[int] = self.numbers.mover
        self.choice: Sequence[int] = self.first.choice

    @cached_property
    def certificate(self) -> Certificate:
        """What proves that this is an equilibrium; RuntimeError where it is none."""
        return proved(profile_of(self.game, self.choice))

    def children(self, node: int) -> list[int]:
        """The node's children in the order of its actions."""
        return self.numbers.moves(node)

    def actions(self, node: int) -> Sequence[str]:
        """The labels of the node's actions."""
        return self.game.infosets.actions(self.numbers.infoset[node])

    def chosen(self, node: int) -> int:
        """The child that the equilibrium goes to from a decision node."""
        return self.children(node)[int(self.choice[node])]

    def value(self, node: int, player: int) -> Fraction:
        """What a player gets from here on, what arriving here adds included."""
        scaled = self.first.value[node * self.game.num_players + player]
        return Fraction(int(scaled), self.numbers.scale[player])

    def values(self, node: int) -> Vector:
        """What each player gets from here on."""
        return tuple(self.value(node, player) for player in range(self.game.num_players))

    def tie_below(self, node: int) -> bool:
        """Whether the node or anything that can follow it has several best actions."""
        return bool(self.first.tied_below[node])

    def ties(self, node: int) -> tuple[int, ...]:
        """The positions of all best actions at a decision node where there are several."""
        mover = self.mover[node]
        if mover < 0 or not self.tie_below(node):
            return ()
        worth = [self.value(child, mover) for child in self.children(node)]
        best = max(worth)
        found = tuple(i for i, value in enumerate(worth) if value == best)
        return found if len(found) > 1 else ()

    def probabilities(self, node: int) -> list[Fraction]:
        """The probabilities of a chance node's children."""
        up, down = self.numbers.weights(node)
        return [Fraction(n, d) for n, d in zip(up, down, strict=True)]

    def onwards(self, node: int) -> list[int]:
        """Where play may go from a node: the chosen child, or every outcome of chance."""
        return [self.chosen(node)] if self.mover[node] >= 0 else self.children(node)

    def below(self, node: int) -> Iterator[int]:
        """The node and everything that can follow it, each stored node once."""
        seen = {node}
        stack = [node]
        while stack:
            v = stack.pop()
            yield v
            fresh = [child for child in self.children(v) if child not in seen]
            seen.update(fresh)
            stack.extend(reversed(fresh))

    def arrivals(
        self, node: int, targets: Iterable[int], choice: Sequence[int] | None = None
    ) -> Fraction:
        """The expected number of arrivals at the targets when play starts at `node`.

        Outcomes of chance count as equally likely, those of probability zero too.
        `choice` : of another equilibrium
        """
        choice = self.choice if choice is None else choice
        wanted = frozenset(targets)
        arriving: dict[int, Fraction] = {node: Fraction(1)}
        total = Fraction(0)
        for v in range(node, self.game.num_nodes):
            here = arriving.pop(v, None)
            if here is None:
                continue
            if v in wanted:
                total += here
            onwards = self.children(v)
            if self.mover[v] >= 0:
                onwards = [onwards[int(choice[v])]]
            for child in onwards:
                arriving[child] = arriving.get(child, Fraction(0)) + here / len(onwards)
            if not arriving:
                break
        return total


def profile_of(game: Game, choice: Sequence[int]) -> Profile:
    """The profile that goes to this position among the children at every decision node."""
    column = np.zeros(game.infosets.num_player_infosets, dtype=np.int32)
    decisions = np.flatnonzero(game.mover >= 0)
    column[game.infoset[decisions]] = np.asarray(choice, dtype=np.int32)[decisions]
    return Profile.pure(game, column)


def proved(profile: Profile) -> Certificate:
    """The certificate of a profile as a subgame-perfect equilibrium of its game.

    Raises RuntimeError where it is none: what the solver says must then not be shown.
    """
    from detente.certify import certify

    certificate = certify(profile.game, profile, concept="spe")
    if certificate.verdict != "proved":
        raise RuntimeError(
            f"an equilibrium found for '{profile.game.title}' does not certify "
            f"({certificate.verdict}: {certificate.where or certificate.reason}). This is a defect "
            "of the program; no verdict is shown."
        )
    return certificate
