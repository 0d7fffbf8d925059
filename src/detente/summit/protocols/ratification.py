"""Ratification: talks of another kind, whose result must be a win at home for each side named.

A deal that brings a side the win it needs passes that side's chamber; another falls there with a
probability, and the talks with it (the second level of Putnam 1988).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from detente.files.yaml import Path
from detente.game.builder import Node
from detente.game.expressions import ONE
from detente.summit.chances import check_chances
from detente.summit.protocols.interface import Chamber, Protocol, Scene, T, Talks
from detente.summit.scope import SummitScope
from detente.summit.walk import win_of

if TYPE_CHECKING:
    from detente.summit import model


@dataclass
class Ratification(Protocol):
    """The talks, then the chambers in order between the signatures and the carrying-out."""

    talks: Protocol
    chambers: Sequence[Chamber]

    def __post_init__(self) -> None:
        self.rounds = self.talks.rounds
        self.hides, self.unseen_by = self.talks.hides, self.talks.unseen_by

    def round(self, scene: Talks[T], number: int, refused: T) -> T:
        """A round of the talks."""
        return self.talks.round(scene, number, refused)

    def prepared(self, scene: Scene) -> Scene:
        """The scene with the chambers in front of the carrying-out."""
        scene = self.talks.prepared(scene)
        made: dict[tuple[int, Node, Node], Node] = {}

        def signed(bundle: int, number: int, fresh: bool) -> Node:
            hurdles = self._hurdles(scene, bundle)
            if not hurdles:
                return scene.signed(bundle, number, fresh)
            carried, failed = scene.signed(bundle, number, False), scene.breakdown(number)
            key = (bundle, carried, failed)
            if not fresh and key in made:
                return made[key]
            node = carried
            for chamber in reversed(hurdles):
                node = self._chamber(scene, chamber, bundle, node, failed)
            return node if fresh else made.setdefault(key, node)

        return scene.with_signed(signed)

    def _hurdles(self, scene: Scene, bundle: int) -> list[Chamber]:
        setting = scene.settings[bundle]
        return [c for c in self.chambers if not scene.bind.holds(c.win, setting)]

    def _chamber(
        self, scene: Scene, chamber: Chamber, bundle: int, passed: Node, failed: Node
    ) -> Node:
        falls = scene.bind(chamber.falls, scene.settings[bundle])
        what = f"ratification in {chamber.side}"
        where = f"{what}, for the bundle '{scene.bundles[bundle].name}'"
        check_chances([falls], scene.values, where, chamber.place, whole=False)
        return scene.builder.chance(
            {"passes": (ONE - falls, passed), "falls": (falls, failed)}, label=what
        )


def read(
    spec: model.Ratification,
    path: Path,
    scope: SummitScope,
    read_protocol: Callable[[Any, Path, SummitScope], Protocol],
) -> Ratification:
    """The protocol that a file describes."""
    chambers = []
    for side, chamber in spec.chambers.items():
        at = (*path, "chambers", side)
        said = win_of(scope.file, side)
        assert said is not None  # the check refuses a chamber without a win
        win = scope.condition(*said)
        falls = scope.number(chamber.falls, (*at, "falls"))
        chambers.append(Chamber(side, win, falls, scope.place((*at, "falls"))))
    return Ratification(read_protocol(spec.talks, (*path, "talks"), scope), tuple(chambers))
