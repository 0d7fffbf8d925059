"""A mediator: a side in the middle makes every proposal, and the others answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from detente.files.yaml import Path
from detente.game.expressions import Expr
from detente.summit.protocols.interface import Protocol, T, Talks
from detente.summit.scope import SummitScope

if TYPE_CHECKING:
    from detente.summit import model


@dataclass
class Mediator(Protocol):
    """The mediator proposes in every round.

    `offers` : the condition that its proposals satisfy; None: every bundle
    `walk_out` : sides that may end the talks when they answer
    """

    mediator: str
    rounds: int = 1
    offers: Expr | None = None
    walk_out: frozenset[str] = frozenset()

    def round(self, scene: Talks[T], number: int, refused: T) -> T:
        """The mediator's proposal."""
        return scene.proposal(self.mediator, number, self.offers, refused, self.walk_out)


def read(spec: model.Mediator, path: Path, scope: SummitScope) -> Mediator:
    """The protocol that a file describes."""
    return Mediator(
        spec.mediator,
        int(scope.constant(spec.rounds, (*path, "rounds"))),
        None if spec.offers is None else scope.condition(spec.offers, (*path, "offers")),
        frozenset(spec.walk_out),
    )
