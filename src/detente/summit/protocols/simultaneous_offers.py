"""Simultaneous offers (Nash 1953): the sides name a bundle at once; what all name is signed."""

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
class SimultaneousOffers(Protocol):
    """Where the sides name different bundles, or one makes no offer, the next round follows.

    `offers` : side → the condition that its offers satisfy; absent: every bundle
    """

    sides: Sequence[str]
    rounds: int = 1
    offers: Mapping[str, Expr] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.hides = True

    def round(self, scene: Talks[T], number: int, refused: T) -> T:
        """The proposals of all sides, none of which sees the others'."""
        return scene.demands(self.sides, number, self.offers, refused)


def read(
    spec: model.SimultaneousOffers, path: Path, scope: SummitScope
) -> SimultaneousOffers:
    """The protocol that a file describes."""
    return SimultaneousOffers(
        tuple(spec.sides),
        int(scope.constant(spec.rounds, (*path, "rounds"))),
        {
            side: scope.condition(text, (*path, "offers", side))
            for side, text in spec.offers.items()
        },
    )
