"""Sequential equilibrium (Kreps and Wilson 1982): rational at every information set, with
consistent beliefs.

With consistent beliefs and perfect recall nobody gains by any plan from an information set on
exactly if nobody gains by one move there (Hendon, Jacobsen and Sloth 1996), so each is looked at by
itself, at the belief held there. Beliefs that are given are judged; where none is given, Bayes'
rule decides as far as it reaches, and beyond it consistent beliefs are searched for that make the
plan best.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np

from detente.certify.assessment import Assessment, Class, Offers
from detente.certify.belief_rows import Open
from detente.certify.consistency import Conflict, Held, Trembling, trembles_for
from detente.certify.finding_beliefs import Nowhere, Unknown, find, least_regret
from detente.certify.hidden import as_fraction
from detente.certify.wording import at
from detente.game.tree import Game


@dataclass(frozen=True)
class Finding:
    """What came out.

    `gain`, `infoset`, `action` : the largest gain of one move, under the beliefs held, and where;
        infoset −1 where nobody gains. `whatever` : it is gained whatever is believed there;
        `moved` : how far it may move where beliefs do by the slack
    `fault` : why the beliefs are not consistent, or cannot be, and the first infoset it names
    `unknown` : why neither was found
    `beliefs` : those that the finding rests on
    """

    gain: Fraction = Fraction(0)
    infoset: int = -1
    action: int = -1
    whatever: bool = False
    moved: Fraction = Fraction(0)
    fault: str = ""
    at_fault: int = -1
    unknown: str = ""
    beliefs: dict[int, dict[int, Fraction]] = field(default_factory=dict)

    @property
    def proves(self) -> bool:
        """Whether this proves a sequential equilibrium."""
        return not (self.gain or self.fault or self.unknown)


def judge(seen: Assessment, given: Mapping[int, Sequence[Fraction]], slack: Fraction) -> Finding:
    """Whether the profile with these beliefs, as far as they are given, is sequential.

    `given` : infoset → exact odds of its nodes, in order
    `slack` : how far beliefs in floating point may lie from the exact ones meant, in total
    """
    return _Judgement(seen, given, slack).finding()


class _Judgement:
    def __init__(
        self, seen: Assessment, given: Mapping[int, Sequence[Fraction]], slack: Fraction
    ) -> None:
        self.seen = seen
        self.slack = slack
        self.beliefs: dict[int, dict[int, Fraction]] = {}
        self.places: list[Open] = []
        self.free: dict[int, list[Class]] = {}
        self.trembling: Trembling | None = None
        self.fault, self.at_fault = "", -1
        self.gain, self.infoset, self.action = Fraction(0), -1, -1
        self.whatever, self.moved = False, Fraction(0)
        for infoset, nodes in enumerate(seen.members):
            self._look(infoset, nodes, given.get(infoset))

    # ── one information set ─────────────────────────────────────────────────────────────────────

    def _look(self, infoset: int, nodes: list[int], given: Sequence[Fraction] | None) -> None:
        if len(nodes) == 1:
            self._hold(infoset, {nodes[0]: Fraction(1)})
            return
        classes = self.seen.classes(infoset)
        if given is None and len(classes) > 1:
            self._leave_open(infoset, classes)
            return
        if given is None:
            self._hold(infoset, _spread(nodes, classes, [Fraction(1)]))
            return
        belief = dict(zip(nodes, given, strict=True))
        odds = [sum((belief[n] for n in c.odds), Fraction(0)) for c in classes]
        follows = _spread(nodes, classes, odds)
        if _distance(belief, follows) > self.slack:
            self._hold(infoset, belief)
            self._blame(infoset, self._why_not(infoset, classes))
            return
        total = sum(odds, Fraction(0))
        odds = [p / total for p in odds]
        self._hold(infoset, _spread(nodes, classes, odds))
        if len(classes) > 1:
            self.places.append(Open(infoset, classes, [], odds))

    def _hold(self, infoset: int, belief: dict[int, Fraction]) -> None:
        self.beliefs[infoset] = belief
        offers = self.seen.offers(infoset)
        gains = offers.gains(belief)
        most = max(gains)
        if most > 0:
            self._found(infoset, gains.index(most), as_fraction(most), offers)

    def _found(
        self, infoset: int, action: int, gain: Fraction, offers: Offers, whatever: bool = False
    ) -> None:
        unit = self.seen.unit(infoset)
        if gain * unit > self.gain:
            self.gain, self.infoset, self.action = gain * unit, infoset, action
            self.moved = 2 * self.slack * as_fraction(offers.spread) * unit
            self.whatever = whatever

    def _leave_open(self, infoset: int, classes: list[Class]) -> None:
        offers = self.seen.offers(infoset)
        losses = [
            row for row in _losses(offers, classes) if any(loss < 0 for loss in row)
        ]
        if not losses:
            self.free[infoset] = classes  # the plan is best at every class
            return
        place = Open(infoset, classes, losses)
        regret, odds = least_regret(place)
        if regret:
            belief = _spread(self.seen.members[infoset], classes, odds)
            gains = offers.gains(belief)
            self._found(infoset, gains.index(max(gains)), regret, offers, whatever=True)
        self.places.append(place)

    def _why_not(self, infoset: int, classes: list[Class]) -> str:
        where = _named(self.seen.game, infoset)
        if self.seen.reached(infoset):
            return f"play comes to {where}, and Bayes' rule gives another belief there."
        if len(classes) == 1:
            return (
                f"no trembles give the belief at {where}: whatever they are, Bayes' rule gives "
                "another one there."
            )
        return (
            f"no trembles give the belief at {where}: some of its nodes take the same trembles to "
            "reach, or more than others do, and are not believed in accordingly."
        )

    def _blame(self, infoset: int, why: str) -> None:
        if not self.fault:
            self.fault, self.at_fault = why, infoset

    # ── all of them together ────────────────────────────────────────────────────────────────────

    def finding(self) -> Finding:
        """What comes out of it."""
        unknown = "" if self.fault else self._given_together()
        if not self.fault and not unknown and not self.gain:
            unknown = self._found_together()
        return Finding(
            self.gain, self.infoset, self.action, self.whatever, self.moved, self.fault,
            self.at_fault, unknown, self.beliefs,
        )  # fmt: skip

    def _given_together(self) -> str:
        """Whether some trembles give all beliefs that were given; why that is not known, if so."""
        held = [Held(p.infoset, p.classes, p.odds) for p in self.places if p.odds is not None]
        if not held:
            return ""
        found = trembles_for(held)
        if isinstance(found, Trembling):
            self.trembling = found
            return ""
        if self.slack and not found.orders:
            return (
                "the beliefs are in floating point, and whether the exact ones meant are in the "
                "ratios that trembles give cannot be told. Give exact beliefs to decide."
            )
        self._contradict(found)
        return ""

    def _contradict(self, found: Conflict) -> None:
        names = _all_named(self.seen.game, found.infosets)
        together = "" if len(found.infosets) == 1 else " together"
        why = "no order of trembles makes just those nodes likely that are believed in"
        if not found.orders:
            why = "no trembles make them as likely as believed"
        self._blame(found.infosets[0], f"no trembles give the beliefs at {names}{together}: {why}.")

    def _found_together(self) -> str:
        if all(place.odds is not None for place in self.places):
            self._complete(self.trembling or Trembling({}, {}))
            return ""
        found = find(self.places, self._owners())
        if isinstance(found, Unknown):
            return f"consistent beliefs that make the plan best were not found: {found.reason}."
        if isinstance(found, Nowhere):
            names = _all_named(self.seen.game, found.infosets)
            self._blame(
                found.infosets[0],
                f"no consistent beliefs make the plan best at {names}"
                + (" together." if len(found.infosets) > 1 else "."),
            )
            return ""
        for one in found.held:
            nodes = self.seen.members[one.infoset]
            self._hold(one.infoset, _spread(nodes, one.classes, one.odds))
        assert not self.gain, "beliefs that were found to make the plan best do not"
        self._complete(found.trembling)
        return ""

    def _complete(self, trembling: Trembling) -> None:
        """Fill in beliefs where any will do, by the same trembles."""
        for infoset, classes in self.free.items():
            orders = [one.order(trembling.orders) for one in classes]
            least = [k for k, order in enumerate(orders) if order == min(orders)]
            odds = [Fraction(0)] * len(classes)
            for k in least:
                weight = _weight(classes[k], trembling.weights)
                if weight is None and len(least) > 1:
                    break  # in ratios that no rational numbers express
                odds[k] = classes[k].mass * (weight or 1)
            else:
                total = sum(odds, Fraction(0))
                nodes = self.seen.members[infoset]
                self.beliefs[infoset] = _spread(nodes, classes, [p / total for p in odds])

    def _owners(self) -> list[set[int]]:
        sets = self.seen.game.infosets
        width = np.diff(sets.action_start)
        mover = np.repeat(sets.mover, width).tolist()
        found: dict[int, set[int]] = {}
        for flat, player in enumerate(mover):
            found.setdefault(player, set()).add(flat)
        return list(found.values())


def _weight(one: Class, weights: Mapping[int, Fraction] | None) -> Fraction | None:
    if weights is None:
        return None
    product = Fraction(1)
    for flat, times in one.trembles:
        product *= weights.get(flat, Fraction(1)) ** times
    return product


def _losses(offers: Offers, classes: list[Class]) -> list[list[Fraction]]:
    """What the plan yields more than each action, class by class."""
    columns = [offers.gains(dict(one.odds)) for one in classes]
    return [[-as_fraction(gain) for gain in row] for row in zip(*columns, strict=True)]


def _spread(
    nodes: list[int], classes: list[Class], odds: Sequence[Fraction]
) -> dict[int, Fraction]:
    """The belief over nodes that a belief over classes stands for."""
    belief = dict.fromkeys(nodes, Fraction(0))
    for one, p in zip(classes, odds, strict=True):
        for node, q in one.odds.items() if p else ():
            belief[node] = p * q
    return belief


def _distance(one: Mapping[int, Fraction], other: Mapping[int, Fraction]) -> Fraction:
    return sum((abs(p - other[node]) for node, p in one.items()), Fraction(0))


def _named(game: Game, infoset: int) -> str:
    nodes = np.flatnonzero((game.infoset == infoset) & (game.mover >= 0))
    player = game.players[int(game.infosets.mover[infoset])]
    label = game.infosets.label[infoset]
    name = f"'{label}'" if label else f"that is met {at(game, int(nodes[0]))}"
    return f"{player}'s information set {name}"


def _all_named(game: Game, infosets: Sequence[int]) -> str:
    names = [_named(game, infoset) for infoset in infosets[:4]]
    more = [f"{len(infosets) - 4} others"] if len(infosets) > 4 else []
    *before, last = [*names, *more]
    return f"{', '.join(before)} and {last}" if before else last
