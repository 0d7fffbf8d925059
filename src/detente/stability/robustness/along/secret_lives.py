"""What equilibria do with bundles that are followed: as functions, and where their lives end."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from detente.game.information import subtree_sizes
from detente.game.tree import Game, Role
from detente.stability.following.algebraic import Place
from detente.stability.following.course import Standing
from detente.stability.following.functions import Function, constant, inverse, is_zero, key
from detente.stability.following.lives import Life
from detente.stability.following.spot import Spot
from detente.stability.following.union import Interval
from detente.stability.modal import combined
from detente.stability.readings import Reading, Table
from detente.stability.verdict import Modal


@dataclass(frozen=True)
class Deed:
    """What a followed equilibrium does with a bundle, as functions of the parameter.

    `signed` : how likely it is signed; on the table, that it is offered being given
    `broken` : how likely it is broken once it is signed; None where nobody signs it
    """

    bundle: str
    signed: Function
    broken: Function | None


@dataclass(frozen=True)
class Followed:
    """Values at which an equilibrium is proved that does these things.

    `deeds` : of the bundle asked about, or of all that the talks as written sign with positive
        probability
    `lives` : the equilibria, which may differ in what does not matter here
    """

    interval: Interval
    deeds: tuple[Deed, ...]
    lives: tuple[Life, ...] = field(repr=False)


def followed_of(lives: Iterable[Life], tables: Sequence[Table]) -> tuple[Followed, ...]:
    """What these equilibria do, each way of doing it once; by where it begins.

    `tables` : one a bundle that is asked about, of the game in which the equilibria are
    """
    found: dict[tuple[object, ...], Followed] = {}
    for life in {life.key: life for life in lives}.values():
        deeds = tuple(deed for table in tables for deed in _deed(life, table))
        does = tuple(
            (d.bundle, key(d.signed), None if d.broken is None else key(d.broken)) for d in deeds
        )
        other = found.get((life.interval, does))
        mine = (life,) if other is None else (*other.lives, life)
        found[life.interval, does] = Followed(life.interval, deeds, mine)
    return tuple(sorted(found.values(), key=lambda f: (f.interval.low, f.interval.high)))


def tables_of_talks(game: Game) -> list[Table]:
    """Where the talks as written sign each bundle."""
    return [
        Table(
            game, bundle, (), tuple(game.tagged(Role.SIGNED, bundle)),
            frozenset(game.tagged(Role.BROKEN, bundle)),
        )
        for bundle in range(len(game.bundles))
    ]  # fmt: skip


def _deed(life: Life, table: Table) -> list[Deed]:
    name = table.game.bundles[table.bundle].name
    signed = life.likely(_first(table.game, table.signed))
    if is_zero(signed):
        return [Deed(name, signed, None)] if table.offered else []
    breaches = [b for s in table.signed for b in _first(table.game, _below(table, s))]
    broken = life.likely(dict.fromkeys(breaches)) * inverse(signed)
    if table.offered and 0 not in table.offered:
        signed = signed * inverse(life.likely(_first(table.game, table.offered)))
    return [Deed(name, signed, broken)]


def _first(game: Game, nodes: Sequence[int]) -> list[int]:
    """Those that follow no other one."""
    every, found = set(nodes), []
    for node in nodes:
        above = int(game.parent[node])
        while above >= 0 and above not in every:
            above = int(game.parent[above])
        if above < 0:
            found.append(node)
    return found


def _below(table: Table, signed: int) -> list[int]:
    """The breaches that follow a signature."""
    parent, found = table.game.parent, []
    for node in sorted(table.broken):
        above = node
        while above > signed:
            above = int(parent[above])
        if above == signed:
            found.append(node)
    return found


# ── verdicts ───────────────────────────────────────────────────────────────────────────────────


def settles(table: Table, readings: Sequence[Reading], standing: Standing) -> bool:
    """Whether equilibria with these readings prove an answer that is about all equilibria.

    What is so sometimes is, once one equilibrium has it and one has not; what nobody can break is
    kept.
    """
    consents = [reading.consent for reading in readings]
    if not readings or not combined(consents) == standing.acceptable == "sometimes":
        return False
    if table.signed and not table.broken:
        return standing.honoured == "always"
    kept = {reading.honoured for reading in readings if reading.reached}
    holds = combined([reading.holds for reading in readings])
    both = standing.honoured == standing.stable == "sometimes"
    return both and holds == "sometimes" and kept == {True, False}


def firm_after(life: Life, table: Table) -> bool:
    """Whether each side sees all that is hidden once it is signed, and has one best move then.

    Then the game that the signature starts has one equilibrium, that which is followed.
    """
    game, size = table.game, subtree_sizes(table.game)
    below = [v for s in table.signed for v in range(s, s + int(size[s])) if game.mover[v] >= 0]
    sets = {int(game.infoset[v]) for v in below}
    alone = all(len(life.solved.beliefs[h]) == 1 for h in sets)
    return alone and sets <= life.solved.firm


def limit(life: Life, table: Table, place: Place) -> tuple[Modal, bool | None]:
    """At an end of a life: whether the bundle is signed, and whether nobody breaks it then.

    The second is None where nobody signs it.
    """
    spot = Spot(place, after=False)
    totals: dict[int, Function] = {offer: constant(0) for offer in table.offered}
    signing = []
    for node in table.signed:
        offer = table.offer_of(node)
        way = life.way(offer or 0, node)
        if offer is not None:
            totals[offer] = totals[offer] + way
        if spot.sign(way) > 0:
            signing.append(node)
    consent: Modal = "never"
    if all(not spot.sign(total - constant(1)) for total in totals.values()):
        consent = "always"
    elif any(spot.sign(total) > 0 for total in totals.values()):
        consent = "sometimes"
    if not signing:
        return consent, None
    breaks = any(
        spot.sign(life.way(node, breach)) > 0
        for node in signing for breach in _below(table, node)
    )  # fmt: skip
    return consent, not breaks


def limits(lives: Sequence[Life], table: Table, place: Place, beside: Standing) -> Standing:
    """The verdict at an end of lives, over the equilibria that they come to there.

    `beside` : the verdict next to it, for what is said of a bundle that nobody signs
    """
    found = [limit(life, table, place) for life in lives]
    kept = [honoured for _, honoured in found]
    honoured: Modal | None = beside.honoured
    if None not in kept:
        honoured = combined(["always" if one else "never" for one in kept])
    holds: list[Modal] = ["never" if one is False else consent for consent, one in found]
    return Standing(
        combined([consent for consent, _ in found]) if table.offered else None,
        honoured,
        (combined(holds) if honoured != "never" else "never") if table.offered else None,
    )
