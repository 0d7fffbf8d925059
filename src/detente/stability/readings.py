"""A bundle under hidden information: what each sequential equilibrium does with it."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

from detente.errors import NotSupported, OutOfTime
from detente.game.tree import CHANCE, Game, Role
from detente.stability.continuation import Vector
from detente.stability.knowledge import Knowledge
from detente.stability.modal import combined
from detente.stability.play import Play
from detente.stability.verdict import Modal, Range, Stopped
from detente.stability.words import PLAIN, Wording

if TYPE_CHECKING:
    from detente.solvers.result import Result

SECONDS = 5.0
"""How long all equilibria of one game are looked for before one of them has to do."""


@dataclass(frozen=True)
class Listed:
    """The sequential equilibria found of a game.

    `complete` : `all`, `components` (the extreme ones, of sets of infinitely many), `some`, `one`,
        or `none` where there is no answer, with the `reason` in words
    `stopped` : `time_limit` or `interrupted` where the caller's limit or an interrupt cut it short
    """

    game: Game
    plays: tuple[Play, ...]
    complete: str
    reason: str = ""
    stopped: Stopped = "finished"

    @property
    def whole(self) -> bool:
        """Whether what holds in each of these holds in every sequential equilibrium."""
        return self.complete == "all"


def sequential_equilibria(
    game: Game, deadline: float | None, *, partly: bool = False
) -> Listed:
    """All sequential equilibria where these can be listed, else one.

    `partly` : keep what was listed when it is interrupted

    Raises OutOfTime where the deadline passes before there is any, and KeyboardInterrupt.
    """
    from detente.solvers import solve

    left = None if deadline is None else deadline - time.perf_counter()
    if left is not None and left <= 0:
        raise OutOfTime
    limit = SECONDS if left is None else min(SECONDS, left / 2)
    cut: Stopped = "finished" if limit == SECONDS else "time_limit"  # whose limit it is
    stopped: Stopped = "finished"
    try:
        found = solve(game, concept="sequential", all=True, time_limit=limit)
        if found.stopped == "interrupted" and not (found.equilibria and partly):
            raise KeyboardInterrupt
        stopped = _stopped(found, cut)
        if found.equilibria:
            return _listed(game, found, stopped)
        why = _LATE if found.stopped == "time_limit" else found.reason
    except NotSupported as error:
        why = error.message
    left = None if deadline is None else max(0.0, deadline - time.perf_counter())
    try:
        one = solve(game, concept="sequential", time_limit=left)
    except NotSupported as error:
        return Listed(game, (), "none", error.message)
    if one.stopped == "interrupted":
        raise KeyboardInterrupt
    if one.stopped == "time_limit" and not one.equilibria:
        raise OutOfTime
    plays = _listed(game, one, stopped).plays
    return Listed(game, plays, "one" if plays else "none", why or one.reason, stopped)


def _stopped(found: Result, cut: Stopped) -> Stopped:
    if found.stopped == "interrupted":
        return "interrupted"
    return cut if found.stopped == "time_limit" else "finished"


def _listed(game: Game, found: Result, stopped: Stopped) -> Listed:
    whole = found.stopped == "finished"
    complete = found.complete if whole or found.complete in ("some", "one") else "some"
    plays = tuple(Play(equilibrium) for equilibrium in found.equilibria)
    reason = _LATE if found.stopped == "time_limit" else found.reason
    return Listed(game, plays, complete if complete in _KNOWN else "some", reason, stopped)


_LATE = "they could not all be listed in the time there was."
_KNOWN = ("all", "components", "some", "one")


@dataclass(frozen=True)
class Table:
    """Where a bundle is judged: a game with hidden information, and the nodes that matter there.

    `bundle` : index into the game's bundles
    `offered`, `signed` : nodes, of each offer one a state of what is hidden; of a protocol's table,
        those of the offer in question, else all that are tagged
    `broken` : the nodes where a side has just broken it
    `breakdown` : what each party gets without agreement, None in a tree written by hand
    """

    game: Game
    bundle: int
    offered: tuple[int, ...]
    signed: tuple[int, ...]
    broken: frozenset[int]
    breakdown: Vector | None = None
    wording: Wording = field(default=PLAIN, repr=False)

    @cached_property
    def knowledge(self) -> Knowledge:
        """What the sides know in this game."""
        return Knowledge(self.game)

    @cached_property
    def consents(self) -> Mapping[int, int]:
        """The information sets between an offer and its signature → the action that consents."""
        found: dict[int, int] = {}
        for node in self.signed:
            way = self._way(node)
            for above, below in pairwise(way):
                if self.game.mover[above] >= 0:
                    place = self.game.children_of(above).index(below)
                    found.setdefault(int(self.game.infoset[above]), place)
        return found

    def _way(self, node: int) -> list[int]:
        """The nodes from the offer that a node follows down to it; itself alone without one."""
        way, here = [node], node
        while here not in self.offered:
            here = int(self.game.parent[here])
            if here < 0:
                return [node]
            way.append(here)
        return way[::-1]

    def offer_of(self, node: int) -> int | None:
        """The offer that a signature follows."""
        first = self._way(node)[0]
        return first if first in self.offered else None


def table_of(
    game: Game, bundle: int, breakdown: Vector | None = None, wording: Wording = PLAIN
) -> Table:
    """The table of a bundle in a game; without a `breakdown` the game is a tree by hand."""
    offers, signed = game.tagged(Role.OFFERED, bundle), game.tagged(Role.SIGNED, bundle)
    if breakdown is not None:
        every = set(game.tagged(Role.OFFERED))
        offers = [node for node in offers if not _passes(game, node, every)] or [0]
        # A refusal may lead to rounds that offer the bundle again: it is about the first offer.
        signed = [s for s in signed if not _passes(game, s, every - set(offers))]
    return Table(
        game, bundle, tuple(_possible(game, offers)), tuple(_possible(game, signed)),
        frozenset(game.tagged(Role.BROKEN, bundle)), breakdown, wording,
    )  # fmt: skip


def _passes(game: Game, node: int, through: set[int]) -> bool:
    """Whether the way to a node, itself left out, leads through one of these."""
    node = int(game.parent[node])
    while node >= 0:
        if node in through:
            return True
        node = int(game.parent[node])
    return False


def _possible(game: Game, nodes: Sequence[int]) -> list[int]:
    """Those that chance does not exclude; all of them where it excludes each."""
    return [node for node in nodes if luck_of(game, node)] or list(nodes)


def luck_of(game: Game, node: int) -> Fraction:
    """How likely chance lets play come to a node, whatever the sides do."""
    likely = Fraction(1)
    while node and likely:
        above = int(game.parent[node])
        if game.mover[above] == CHANCE:
            place = game.children_of(above).index(node)
            likely *= game.infosets.probabilities(int(game.infoset[above]))[place]
        node = above
    return likely


@dataclass(frozen=True)
class Reading:
    """What one equilibrium does with a bundle.

    `accepted` : the least and the greatest probability of being signed, over its offers; None
        without an offer
    `broken` : how likely it is broken once it is signed: by those who sign it, each as likely as
        chance and the equilibrium make it; where nobody does, by whoever might; None where it is
        signed at no node
    `reached` : whether play comes to a signature
    """

    play: Play
    accepted: Range | None
    broken: Fraction | None
    reached: bool

    @property
    def consent(self) -> Modal | None:
        """Whether it is signed surely, by some types or with some probability only, or never."""
        if self.accepted is None:
            return None
        low, high = self.accepted
        return "always" if low == 1 else "sometimes" if high else "never"

    @property
    def honoured(self) -> bool | None:
        """Whether nobody breaks it."""
        return None if self.broken is None else not self.broken

    @property
    def holds(self) -> Modal | None:
        """Whether it is signed and nobody breaks it: as `consent`, `never` where it is broken."""
        return "never" if self.honoured is False else self.consent


def read(table: Table, play: Play) -> Reading:
    """What an equilibrium of the table's game does with its bundle."""
    odds = {s: play.chance(table.offer_of(s) or 0, s) for s in table.signed}
    accepted = None
    if table.offered:
        totals = dict.fromkeys(table.offered, Fraction(0))
        for s, p in odds.items():
            offer = table.offer_of(s)
            if offer is not None:
                totals[offer] += p
        accepted = (min(totals.values()), max(totals.values()))
    reached = any(odds.values())
    weights = signing_weights(table, play)
    total = sum(weights.values(), Fraction(0))
    breaches = [p * play.broken(s, table.broken) for s, p in weights.items() if p]
    broken = sum(breaches, Fraction(0)) / total if total else None
    return Reading(play, accepted, broken, reached)


def signing_weights(table: Table, play: Play) -> dict[int, Fraction]:
    """Signature → how likely it is the one, up to a common factor, from the offers on.

    What leads to the offers is left to chance; and so is all where nobody signs.
    """
    luck = {node: luck_of(table.game, node) for node in table.signed}
    if not any(luck.values()):
        luck = dict.fromkeys(luck, Fraction(1))
    if table.offered:
        odds = {node: p * play.chance(table.offer_of(node) or 0, node) for node, p in luck.items()}
    else:
        odds = {node: play.chance(0, node) for node in table.signed}
    return odds if any(odds.values()) else luck


def consents(readings: Sequence[Reading]) -> Modal | None:
    """Whether it is signed, over these equilibria."""
    return combined([reading.consent for reading in readings]) if readings else None


def honours(readings: Sequence[Reading]) -> Modal | None:
    """Whether it is kept, over these equilibria."""
    kept = {reading.honoured for reading in readings}
    if not kept or None in kept:
        return None
    return "sometimes" if len(kept) == 2 else "always" if kept.pop() else "never"


def both(readings: Sequence[Reading]) -> Modal | None:
    """Whether it is signed and kept in one and the same of these equilibria."""
    return combined([reading.holds for reading in readings]) if readings else None
