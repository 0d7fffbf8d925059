"""What it is worth that a side's type is known: the game with the type revealed against the prior.

Types are drawn first. Where a type is revealed to a side, each of its information sets falls apart
by that type; everything else stays, and everybody knows that it was revealed, and to whom.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from detente.errors import NotSupported
from detente.game.builder import Builder, Node
from detente.game.information import first_hidden_infoset
from detente.game.tree import CHANCE, TERMINAL, Game
from detente.stability.following.numbers import Numbers
from detente.stability.readings import Listed, sequential_equilibria
from detente.stability.robustness.worths.inspecting import TALKS, difference
from detente.stability.robustness.worths.payoffs import Paid, Removed, numbers_of, paid
from detente.stability.verdict import Range
from detente.stability.words import listed

if TYPE_CHECKING:
    from detente.summit.hidden import HiddenGame
    from detente.summit.summit import Summit


@dataclass(frozen=True)
class Revelation:
    """Whose types become known to whom, before the talks begin; everybody knows that they do."""

    whose: tuple[str, ...]
    to: tuple[str, ...]
    everybody: bool

    @property
    def text(self) -> str:
        """In words: `the type of DPRK, to all`."""
        types = "type" if len(self.whose) == 1 else "types"
        return f"the {types} of {listed(self.whose)}, to {'all' if self.everybody else self.to[0]}"


@dataclass(frozen=True)
class Revealed:
    """What one party gets where types are revealed, and where they are not.

    `where` : a bundle on the table, by name; "" for the talks as written
    `prior`, `known` : the least and the greatest over the equilibria found, before types are drawn
    `prior_all`, `known_all` : whether these are all equilibria, or the extreme ones
    """

    revelation: Revelation
    where: str
    party: str
    prior: Range
    known: Range
    prior_all: bool
    known_all: bool

    @property
    def gain(self) -> Range:
        """What the revelation is worth to the party, whichever equilibria are compared."""
        return difference(self.known, self.prior)


def revelations(summit: Summit) -> tuple[Revelation, ...]:
    """All types to all; then each side's to all, and to each other side alone."""
    typed, sides = tuple(summit.types), tuple(summit.sides)
    found = [Revelation(typed, sides, True)] if len(typed) > 1 else []
    for side in typed:
        found.append(Revelation((side,), sides, True))
        if len(sides) > 2:
            found += [Revelation((side,), (other,), False) for other in sides if other != side]
    return tuple(found)


def signed_somewhere(summit: Summit, found: Listed) -> list[int]:
    """The bundles that some equilibrium of the talks as written signs, of those found."""
    return [
        bundle
        for bundle in range(len(summit.bundles))
        if any(play.equilibrium.signed(bundle) for play in found.plays)
    ]


def revealed(
    summit: Summit,
    bundles: Sequence[int],
    talks: Listed,
    *,
    round: int | None = None,
    deadline: float | None = None,
    left: dict[str, str],
) -> Iterator[Revealed]:
    """What every revelation is worth to every party, in each bundle's table and in the talks.

    `talks` : the equilibria of the talks as written
    `left` : filled with what no equilibrium was found of, and why

    Raises OutOfTime where the deadline passes.
    """
    for bundle in [*bundles, None]:
        where = TALKS if bundle is None else summit.bundles[bundle].name
        game = summit.game if bundle is None else summit.table(bundle, round)
        try:
            prior, prior_all = played(game, deadline) if bundle is not None else told(talks)
            for each in revelations(summit):
                known, known_all = played(split(summit.hidden(game), each), deadline)
                for party in game.players:
                    yield Revealed(
                        each, where, party, prior[party], known[party], prior_all, known_all
                    )
        except NotSupported as error:
            left[where] = error.message


def played(game: Game, deadline: float | None) -> tuple[Paid, bool]:
    """The least and greatest payoffs of the equilibria found, and whether these are all.

    Raises NotSupported where none was found, OutOfTime where the deadline passes.
    """
    if first_hidden_infoset(game) is None:
        return paid(game, deadline=deadline), True
    return told(sequential_equilibria(game, deadline))


def told(found: Listed) -> tuple[Paid, bool]:
    """The same of equilibria that were listed."""
    if not found.plays:
        raise NotSupported(found.reason or "no sequential equilibrium was found.")
    rows = [play.values[0] for play in found.plays]
    ranges = {
        party: (min(row[i] for row in rows), max(row[i] for row in rows))
        for i, party in enumerate(found.game.players)
    }
    return ranges, found.complete in ("all", "components")


def split(hidden: HiddenGame, revelation: Revelation) -> Game:
    """The game in which types are revealed: information sets fall apart by them."""
    game = hidden.game

    def name(node: int) -> str:
        draw = hidden.draw_at(node)
        infoset = str(int(game.infoset[node]))
        if draw is None or game.players[int(game.mover[node])] not in revelation.to:
            return infoset
        return "; ".join([infoset, *(f"{side} {draw.types[side]}" for side in revelation.whose)])

    return rebuilt(game, name, lambda node, position: False)


def without(game: Game, removed: Removed) -> Game:
    """The game without some moves, all being kept where none would be left.

    `removed` : the same at all nodes of an information set
    """
    return rebuilt(
        game,
        lambda node: str(int(game.infoset[node])),
        lambda node, position: removed(game, node, position),
    )


def rebuilt(
    game: Game,
    infoset: Callable[[int], str],
    removed: Callable[[int, int], bool],
    numbers: Numbers | None = None,
) -> Game:
    """A tree anew, with other information sets, fewer moves or other numbers."""
    numbers = numbers_of(game) if numbers is None else numbers
    builder = Builder(game.players, title=game.title, bundles=game.bundles)
    made: list[Node] = [builder.end()] * game.num_nodes
    for node in range(game.num_nodes - 1, -1, -1):
        made[node] = _copy(builder, game, node, made, infoset, removed, numbers)
    reached = _reached(game, removed)
    for tag in game.tags:
        if reached[tag.node]:
            builder.tag(made[tag.node], tag.role, game.bundles[tag.bundle].name)
    return builder.build(made[0])


def _kept(game: Game, node: int, removed: Callable[[int, int], bool]) -> list[int]:
    """The positions of the moves that are left."""
    every = range(len(game.children_of(node)))
    if game.mover[node] < 0:
        return list(every)
    return [i for i in every if not removed(node, i)] or list(every)


def _reached(game: Game, removed: Callable[[int, int], bool]) -> list[bool]:
    found = [False] * game.num_nodes
    found[0] = True
    for node in range(game.num_nodes):
        if found[node]:
            children = game.children_of(node)
            for i in _kept(game, node, removed):
                found[children[i]] = True
    return found


def _copy(
    builder: Builder,
    game: Game,
    node: int,
    made: Sequence[Node],
    name: Callable[[int], str],
    removed: Callable[[int, int], bool],
    numbers: Numbers,
) -> Node:
    label, gains = game.node_label[node], numbers.gains[node]
    payoffs = None if gains is None else dict(zip(game.players, gains, strict=True))
    if game.mover[node] == TERMINAL:
        return builder.end(payoffs, label=label)
    infoset = int(game.infoset[node])
    factors = numbers.factors[node]
    discount = None if factors is None else dict(zip(game.players, factors, strict=True))
    children = [made[child] for child in game.children_of(node)]
    moves = list(zip(game.infosets.actions(infoset), children, strict=True))
    if game.mover[node] == CHANCE:
        odds = numbers.odds[node]
        chances = [(move, (p, child)) for (move, child), p in zip(moves, odds, strict=True)]
        return builder.chance(chances, label=label, payoffs=payoffs, discount=discount)
    return builder.decide(
        game.players[int(game.mover[node])],
        [moves[i] for i in _kept(game, node, removed)],
        label=label, infoset=name(node), payoffs=payoffs, discount=discount,
    )  # fmt: skip
