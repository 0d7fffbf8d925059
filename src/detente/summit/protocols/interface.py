"""What every protocol is: who proposes in each round, what, and how the others answer.

A protocol builds one round at a time, from the last to the first, out of what a `Scene` gives it:
the carrying-out of each bundle, and the breakdown.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Generic, TypeVar

from detente.errors import GameError, Place
from detente.game.builder import Builder, Node
from detente.game.expressions import Expr
from detente.game.tree import Bundle, Role
from detente.summit.binding import Binder, Setting

NO_OFFER = "no offer"
"""What a side that proposes nothing does; a level cannot be called that."""

Signed = Callable[[int, int, bool], Node]
"""(bundle, round, fresh) → the node that the signatures lead to; `fresh` asks for one that nothing
else leads to."""


T = TypeVar("T")
"""What play leads to: a node where all is seen by all, else what makes one from what was seen."""


class Talks(ABC, Generic[T]):
    """What a protocol builds its rounds with."""

    @abstractmethod
    def proposal(
        self,
        side: str,
        number: int,
        condition: Expr | None,
        refused: T,
        walk_out: frozenset[str] = frozenset(),
    ) -> T:
        """The first move of a round in which this side proposes a bundle or makes no offer.

        Everyone else whose consent the bundle needs answers; the proposer has consented.
        `condition` : what its offers satisfy, None for no condition
        `refused` : where a refusal leads; walking out leads to the round's breakdown
        """

    @abstractmethod
    def demands(
        self, sides: Sequence[str], number: int, conditions: Mapping[str, Expr], refused: T
    ) -> T:
        """The first move of a round in which these sides propose at once.

        What all of them name goes to the others whose consent it needs; else the round has failed.
        """


@dataclass(frozen=True)
class Chamber:
    """One side's ratification: the win that it needs, and the chance that a deal without falls."""

    side: str
    win: Expr
    falls: Expr
    place: Place | None = None


@dataclass(frozen=True)
class Scene(Talks[Node]):
    """What a protocol builds with where every side sees everything.

    `settings` : for each bundle, the levels signed (term → position), for `bind`
    `consents` : for each bundle, the sides whose consent it needs, in file order
    `signed`, `breakdown` : the nodes at which talks end, with or without a deal
    `entering` : round → what arriving at its first node adds, and discounts (None: nothing)
    `values` : of the parameters, at which probabilities are checked
    """

    builder: Builder
    bundles: Sequence[Bundle]
    rounds: int
    settings: Sequence[Setting]
    consents: Sequence[tuple[str, ...]]
    bind: Binder
    signed: Signed
    breakdown: Callable[[int], Node]
    entering: Callable[[int], tuple[Sequence[Expr] | None, Sequence[Expr] | None]]
    values: Mapping[str, Fraction]
    _offers: dict[Expr, list[int]] = field(default_factory=dict, repr=False)

    def with_signed(self, signed: Signed) -> Scene:
        """The same with something else coming between the signatures and the carrying-out."""
        return replace(self, signed=signed)

    def in_round(self, number: int) -> str:
        """How a label says which round it is, where there are several."""
        return f" (round {number})" if self.rounds > 1 else ""

    def satisfying(self, condition: Expr | None) -> Sequence[int]:
        """The bundles that satisfy a condition, in order; all of them for None."""
        if condition is None:
            return range(len(self.bundles))
        if condition not in self._offers:
            holds = [self.bind.holds(condition, setting) for setting in self.settings]
            self._offers[condition] = [b for b, fits in enumerate(holds) if fits]
        return self._offers[condition]

    def answers(
        self,
        bundle: int,
        number: int,
        sides: Sequence[str],
        refused: Node,
        walk_out: frozenset[str] = frozenset(),
    ) -> Node:
        """The bundle on the table: these sides answer in turn, and it is signed if all accept.

        `refused` : where a refusal leads; walking out leads to the round's breakdown
        """
        name = self.bundles[bundle].name
        node = self.builder.tag(self.signed(bundle, number, not sides), Role.SIGNED, name)
        for side in reversed(sides):
            moves = {"accept": node, "refuse": refused}
            if side in walk_out:
                moves["walk out"] = self.breakdown(number)
            label = f"{side} answers {name}{self.in_round(number)}"
            node = self.builder.decide(side, moves, label=label)
        return self.builder.tag(node, Role.OFFERED, name)

    def proposal(
        self,
        side: str,
        number: int,
        condition: Expr | None,
        refused: Node,
        walk_out: frozenset[str] = frozenset(),
    ) -> Node:
        """The node at which this side proposes."""
        moves = []
        for b in self.satisfying(condition):
            others = [other for other in self.consents[b] if other != side]
            answers = self.answers(b, number, others, refused, walk_out)
            moves.append((self.bundles[b].name, answers))
        arriving, discount = self.entering(number)
        return self.builder.decide(
            side,
            [*moves, (NO_OFFER, refused)],
            label=f"{side} proposes{self.in_round(number)}",
            payoffs=arriving,
            discount=discount,
        )

    def demands(
        self, sides: Sequence[str], number: int, conditions: Mapping[str, Expr], refused: Node
    ) -> Node:
        """Nothing: moves made at once are hidden from each other."""
        raise GameError("proposals made at once are hidden, and this game shows every move.")


class Protocol(ABC):
    """How the talks run.

    `rounds` : how many there are at most
    `hides` : whether some side does not see a move of the talks
    `unseen_by` : the sides that see no proposal and no answer but those that are put to them
    `chambers` : those that ratify what is signed, in order
    """

    rounds: int
    hides: bool = False
    unseen_by: frozenset[str] = frozenset()
    chambers: Sequence[Chamber] = ()

    @abstractmethod
    def round(self, scene: Talks[T], number: int, refused: T) -> T:
        """The first move of round `number`; a refusal in it leads to `refused`."""

    def prepared(self, scene: Scene) -> Scene:
        """The scene that this protocol plays in: what comes between signature and carrying-out."""
        return scene
