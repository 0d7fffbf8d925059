"""What every protocol is: who proposes in each round, what, and how the others answer.

A protocol builds one round at a time, from the last to the first, out of what a `Scene` gives it:
the carrying-out of each bundle, and the breakdown.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

from detente.game.builder import Builder, Node
from detente.game.expressions import Expr
from detente.game.tree import Bundle, Role
from detente.summit.binding import Binder, Setting

NO_OFFER = "no offer"
"""What a side that proposes nothing does; a level cannot be called that."""

Signed = Callable[[int, int, bool], Node]
"""(bundle, round, fresh) → the node that the signatures lead to; `fresh` asks for one that nothing
else leads to."""


@dataclass(frozen=True)
class Scene:
    """What a protocol builds with.

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
        """The first node of a round in which this side proposes a bundle or makes no offer.

        Everyone else whose consent the bundle needs answers; the proposer has consented.
        """
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


class Protocol(ABC):
    """How the talks run.

    `rounds` : how many there are at most
    """

    rounds: int

    @abstractmethod
    def round(self, scene: Scene, number: int, refused: Node) -> Node:
        """The first node of round `number`; a refusal in it leads to `refused`."""

    def prepared(self, scene: Scene) -> Scene:
        """The scene that this protocol plays in: what comes between signature and carrying-out."""
        return scene
