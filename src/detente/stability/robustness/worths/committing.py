"""What a commitment is worth: a move is taken away from a side, and the game is solved without it.

A side may bind itself not to breach in one step of the carrying-out, to uphold a deal in spite of a
detected breach, or to end it then. Everybody knows of it before the talks begin. (A side can gain
by having fewer moves; Schelling 1960, chapter 5.)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from detente.errors import NotSupported
from detente.game.tree import Game, Role
from detente.stability.case import Source
from detente.stability.robustness.worths.inspecting import difference, places
from detente.stability.robustness.worths.payoffs import Removed
from detente.stability.verdict import Range

if TYPE_CHECKING:
    from detente.summit.summit import Summit

Kind = Literal["comply", "uphold", "snap back"]
UPHOLD: Final = "uphold"
SNAP_BACK: Final = "snap back"


@dataclass(frozen=True)
class Commitment:
    """What a side binds itself to.

    `kind` : to comply in a step; to uphold the deal after any detected breach; to end it then
    `step` : the step in which it complies, "" for the other kinds and for a tree written by hand,
        where it is about every breach
    `moves` : the names of the moves that are taken away
    """

    side: str
    kind: Kind
    step: str
    moves: frozenset[str]

    @property
    def text(self) -> str:
        """In words: `US never snaps back`."""
        if self.kind == "uphold":
            return f"{self.side} never snaps back"
        if self.kind == "snap back":
            return f"{self.side} snaps back after every detected breach"
        return f"{self.side} complies{f' in ‘{self.step}’' if self.step else ''}"

    def removes(self, game: Game) -> Removed:
        """The moves that are taken away in a game."""
        broken = frozenset(tag.node for tag in game.tags if tag.role == Role.BROKEN)
        player = game.players.index(self.side)

        def removed(_: Game, node: int, position: int) -> bool:
            if int(game.mover[node]) != player:
                return False
            actions = game.infosets.actions(int(game.infoset[node]))
            if self.kind != "comply":
                return tuple(actions) == (UPHOLD, SNAP_BACK) and actions[position] in self.moves
            child = game.children_of(node)[position]
            return child in broken and (not self.step or actions[position] in self.moves)

        return removed


@dataclass(frozen=True)
class Committed:
    """What one party gets with a commitment and without it.

    `where` : a bundle, by name, from its signature on (under hidden information, from its being on
        the table); "" for the talks as written, from the start
    `complete` : whether all equilibria of both are known, or the extreme ones
    """

    commitment: Commitment
    where: str
    party: str
    without: Range
    bound: Range
    complete: bool = True

    @property
    def gain(self) -> Range:
        """What the commitment is worth to the party, whichever equilibria are compared."""
        return difference(self.bound, self.without)


def commitments(summit: Summit) -> tuple[Commitment, ...]:
    """Every commitment that takes a move from a side, in the order of the file."""
    if summit.has_tree:
        return tuple(_by_hand(summit.game))
    found: list[Commitment] = []
    steps = [step for step in summit.plan.carrying_out.steps if step.breaches]
    for step in steps:
        assert step.by is not None
        moves = frozenset(move.breach.name for move in step.breaches)
        found.append(Commitment(step.by, "comply", step.name, moves))
    for side in _answering(summit):
        found.append(Commitment(side, "uphold", "", frozenset([SNAP_BACK])))
        found.append(Commitment(side, "snap back", "", frozenset([UPHOLD])))
    return tuple(found)


def _by_hand(game: Game) -> Iterator[Commitment]:
    moves: dict[str, set[str]] = {}
    for node in [tag.node for tag in game.tags if tag.role == Role.BROKEN]:
        above = int(game.parent[node])
        if above < 0 or game.mover[above] < 0:
            continue
        actions = game.infosets.actions(int(game.infoset[above]))
        move = actions[game.children_of(above).index(node)]
        moves.setdefault(game.players[int(game.mover[above])], set()).add(move)
    for side in game.players:
        if side in moves:
            yield Commitment(side, "comply", "", frozenset(moves[side]))


def _answering(summit: Summit) -> list[str]:
    """The sides that answer some detected breach, in file order."""
    found: set[str] = set()
    for step in summit.plan.carrying_out.steps:
        for move in step.breaches:
            named = move.answered_by
            found.update(
                [side for side in summit.sides if side != step.by] if named is None else named
            )
    return [side for side in summit.sides if side in found]


def committed(
    summit: Summit,
    bundles: Sequence[int],
    *,
    round: int | None = None,
    deadline: float | None = None,
    left: dict[str, str],
) -> Iterator[Committed]:
    """What every commitment is worth to every party, in each bundle and in the talks.

    `left` : filled with what cannot be solved, and why

    Raises OutOfTime where the deadline passes.
    """
    source = Source(summit, round, deadline)
    known = commitments(summit)
    for place in places(source, bundles, left):
        try:
            without = place.paid(deadline=deadline)
            for each in known:
                bound: Mapping[str, Range] = place.paid(each.removes(place.game), deadline)
                for party in without:
                    yield Committed(each, place.where, party, without[party], bound[party])
        except NotSupported as error:
            left[place.where] = str(error)
