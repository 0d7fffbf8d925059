"""Alternating offers (Ståhl 1972, Rubinstein 1982): the sides of an order propose in turn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from detente.files.yaml import Path
from detente.game.expressions import Expr
from detente.summit.protocols.interface import Protocol, T, Talks
from detente.summit.scope import SummitScope

if TYPE_CHECKING:
    from detente.summit import model


@dataclass
class AlternatingOffers(Protocol):
    """A refusal leads to the next round, in which the next side of the order proposes.

    `offers` : side → the condition that its offers satisfy; absent: every bundle
    `walk_out` : sides that may end the talks when they answer
    """

    rounds: int
    order: Sequence[str]
    offers: Mapping[str, Expr] = field(default_factory=dict)
    walk_out: frozenset[str] = frozenset()

    def round(self, scene: Talks[T], number: int, refused: T) -> T:
        """The proposal of the side whose turn it is."""
        side = self.order[(number - 1) % len(self.order)]
        return scene.proposal(side, number, self.offers.get(side), refused, self.walk_out)


def read(
    spec: model.AlternatingOffers, path: Path, scope: SummitScope
) -> AlternatingOffers:
    """The protocol that a file describes."""
    return AlternatingOffers(
        int(scope.constant(spec.rounds, (*path, "rounds"))),
        tuple(spec.order),
        {
            side: scope.condition(text, (*path, "offers", side))
            for side, text in spec.offers.items()
        },
        frozenset(spec.walk_out),
    )
