"""What the talks as written settle on: how probably each bundle is signed, and kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from detente.game.tree import Role
from detente.solvers.perfect_information.induction import Limits, Track, induce
from detente.stability.continuation import Continuation
from detente.stability.verdict import Range

if TYPE_CHECKING:
    from detente.certify import Certificate


@dataclass(frozen=True)
class Talks:
    """Bundle → least and greatest probability of being signed, and of being signed and kept.

    `attained` : the bundles whose probabilities of being signed some equilibria attain at both ends
    `exact` : whether that holds for all of it; else they are certified bounds
    `late` : whether the deadline passed, so that bounds took the place of sets
    `certificate` : of the equilibrium that takes the first best move everywhere
    """

    agreed: Mapping[int, Range]
    kept: Mapping[int, Range]
    attained: frozenset[int]
    exact: bool
    late: bool
    certificate: Certificate

    def selected(self, bundle: int) -> bool | None:
        """Whether some equilibrium signs it; None where bounds leave that open."""
        least, greatest = self.agreed[bundle]
        if greatest == 0:
            return False
        return True if least > 0 or bundle in self.attained else None


def settled(whole: Continuation, bundles: Sequence[int]) -> Talks:
    """What all pure equilibria of the talks as written do with these bundles."""
    nodes: dict[tuple[int, Role], list[int]] = {}
    for tag in whole.game.tags:
        nodes.setdefault((tag.bundle, tag.role), []).append(tag.node)
    asked = [
        key
        for bundle in bundles
        for key in ((bundle, Role.SIGNED), (bundle, Role.KEPT))
        if key in nodes
    ]
    found = induce(
        whole.game,
        [Track(frozenset(nodes[key])) for key in asked],
        limits=Limits(deadline=whole.deadline),
        numbers=whole.numbers,
        first=whole.first,
    )
    ranges = dict(zip(asked, found.tracked, strict=True))
    attained = dict(zip(asked, found.tracked_exact, strict=True))
    nothing = (Fraction(0), Fraction(0))
    return Talks(
        agreed={bundle: ranges.get((bundle, Role.SIGNED), nothing) for bundle in bundles},
        kept={bundle: ranges.get((bundle, Role.KEPT), nothing) for bundle in bundles},
        attained=frozenset(b for b in bundles if attained.get((b, Role.SIGNED), True)),
        exact=found.exact,
        late=found.stopped != "finished",
        certificate=whole.certificate,
    )
