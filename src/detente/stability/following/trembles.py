"""Beliefs of an equilibrium, held by trembles whose sizes stay as they are along a parameter."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from detente.certify.assessment import Assessment, Class
from detente.certify.consistency import Held, Trembling, trembles_for
from detente.certify.hidden import Walk, as_fraction
from detente.game.profile import Profile
from detente.linear.programs import maximise
from detente.solvers.result import Equilibrium


@dataclass(frozen=True)
class Sizes:
    """How likely each action of probability zero is taken by mistake: weight · e^order, e → 0.

    Where chance excludes nothing, beliefs that follow from them are consistent in the sense of
    Kreps and Wilson (1982), whatever chance's probabilities are.
    """

    orders: Mapping[int, int]
    weights: Mapping[int, Fraction]

    def order(self, flat: int) -> int:
        return self.orders.get(flat, 1)

    def weight(self, flat: int) -> Fraction:
        return self.weights.get(flat, Fraction(1))


def sizes_of(equilibrium: Equilibrium) -> Iterator[Sizes]:
    """Trembles that make the equilibrium sequential, the likeliest to last first.

    Beliefs come first under which each move is better than others by as much as possible; then
    those that the equilibrium has. There may be none: an equilibrium found without beliefs, or
    whose trembles have no rational sizes.
    """
    profile = equilibrium.profile
    assert isinstance(profile, Profile)
    plan = [Fraction(p) for own in profile for p in own]
    seen = Assessment(Walk.of(profile.game, plan))
    own = list(_own(equilibrium, seen))
    firm = [_firm(seen, one) for one in own]
    for beliefs in ([firm] if firm != own else []) + [own]:
        found = trembles_for(beliefs)
        if isinstance(found, Trembling) and found.weights is not None:
            yield Sizes(found.orders, found.weights)


def _own(equilibrium: Equilibrium, seen: Assessment) -> Iterator[Held]:
    """The equilibrium's beliefs where they do not follow from Bayes' rule."""
    held = equilibrium.beliefs
    for h, nodes in enumerate(seen.members):
        if len(nodes) == 1 or held is None or h not in held:
            continue
        classes = seen.classes(h)
        if len(classes) > 1:
            odds = [Fraction(p) for p in held.at_infoset[h]]
            at = dict(zip(nodes, odds, strict=True))
            yield Held(h, classes, [sum((at[n] for n in c.odds), Fraction(0)) for c in classes])


def _firm(seen: Assessment, held: Held) -> Held:
    """The belief under which the move there is better than all others by as much as possible."""
    offers = seen.offers(held.infoset)
    losses = _losses(offers.gains, held.classes)
    if not losses:
        return held
    count = len(held.classes)
    rows = [[*(-loss for loss in row), 1] for row in losses]
    best = maximise(
        [0] * count + [1], rows, [0] * len(rows), [[1] * count + [0]], [1],
        [(0, None)] * count + [(None, None)],
    )  # fmt: skip
    if best.status != "optimal" or best.x[-1] <= 0:
        return held
    return Held(held.infoset, held.classes, best.x[:count])


def _losses(gains: object, classes: Sequence[Class]) -> list[list[Fraction]]:
    """What other actions yield less, class by class; those that are as good always left out."""
    columns = [gains(dict(one.odds)) for one in classes]  # type: ignore[operator]
    rows = [[-as_fraction(gain) for gain in row] for row in zip(*columns, strict=True)]
    return [row for row in rows if any(row)]
