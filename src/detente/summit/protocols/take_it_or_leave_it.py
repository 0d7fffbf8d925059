"""Take it or leave it: one side proposes once; a refusal is the breakdown."""

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
class TakeItOrLeaveIt(Protocol):
    """One proposal by one side.

    `offers` : the condition that its offers satisfy; None: every bundle
    """

    proposer: str
    offers: Expr | None = None
    rounds: int = 1

    def round(self, scene: Talks[T], number: int, refused: T) -> T:
        """The proposal."""
        return scene.proposal(self.proposer, number, self.offers, refused)


def read(
    spec: model.TakeItOrLeaveIt, path: Path, scope: SummitScope
) -> TakeItOrLeaveIt:
    """The protocol that a file describes."""
    offers = None if spec.offers is None else scope.condition(spec.offers, (*path, "offers"))
    return TakeItOrLeaveIt(spec.proposer, offers)
