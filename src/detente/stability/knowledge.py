"""Who knows what: the types of sides, and what a side cannot tell apart, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import NamedTuple

import numpy as np

from detente.game.tree import CHANCE, Game


class Step(NamedTuple):
    """A move on the way to a node: of which player (CHANCE: of chance), where, and which."""

    mover: int
    where: str
    action: str


@dataclass(frozen=True)
class Belief:
    """What a side believes at an information set.

    `infoset` : its label, or its number within the party
    `odds` : what may be the case, in words → how likely the party holds it to be
    `about` : of each of these, whose type it is; "" where it is about moves
    """

    party: str
    infoset: str
    odds: Mapping[str, Fraction]
    about: str = ""


class Knowledge:
    """What the information sets of a tree tell their players.

    A *type* is an outcome of chance before any side moves that one side knows and another does not.
    In a chance move that settles several sides' types, each part of its outcome that starts with a
    side's name is that side's: 'US strong, DPRK hedging'.
    """

    def __init__(self, game: Game) -> None:
        self.game = game
        self._steps: dict[int, tuple[Step, ...]] = {0: ()}

    @cached_property
    def members(self) -> list[list[int]]:
        """The nodes of each player infoset, in order."""
        nodes: list[list[int]] = [[] for _ in range(self.game.infosets.num_player_infosets)]
        for node in np.flatnonzero(self.game.mover >= 0).tolist():
            nodes[int(self.game.infoset[node])].append(node)
        return nodes

    def steps(self, node: int) -> tuple[Step, ...]:
        """The moves that lead to a node."""
        way = []
        while node not in self._steps:
            way.append(node)
            node = int(self.game.parent[node])
        for below in reversed(way):
            self._steps[below] = (*self._steps[node], self._step(node, below))
            node = below
        return self._steps[node]

    def _step(self, above: int, node: int) -> Step:
        game, h = self.game, int(self.game.infoset[above])
        label = game.infosets.label[h] or game.node_label[above]
        action = game.infosets.actions(h)[game.children_of(above).index(node)]
        return Step(int(game.mover[above]), label, action)

    def called(self, infoset: int) -> str:
        """An information set in words: its label, else its number within the player."""
        sets = self.game.infosets
        first = int(np.argmax(sets.mover == sets.mover[infoset]))
        return sets.label[infoset] or f"infoset {infoset - first + 1}"

    # ── types ──────────────────────────────────────────────────────────────────────────────────

    def draw(self, node: int) -> dict[str, str]:
        """What chance settled before any side moved: whose (a side, or the move's name) → type."""
        drawn: dict[str, str] = {}
        for i, step in enumerate(self.steps(node)):
            if step.mover != CHANCE:
                break
            parts = [self._part(text) for text in step.action.split(", ")]
            if all(party for party, _ in parts):
                drawn.update(parts)
            else:
                drawn[f"{step.where or 'chance'} {i}"] = step.action
        return drawn

    def _part(self, text: str) -> tuple[str, str]:
        for player in sorted(self.game.players, key=len, reverse=True):
            if text.startswith(f"{player} "):
                return player, text[len(player) + 1 :]
        return "", text

    def common(self, infoset: int) -> dict[str, str]:
        """What an information set tells its player of these draws."""
        nodes = self.members[infoset]
        shared = dict(self.draw(nodes[0]))
        for node in nodes[1:]:
            other = self.draw(node)
            shared = {whose: kind for whose, kind in shared.items() if other.get(whose) == kind}
        return shared

    @cached_property
    def private(self) -> dict[str, int]:
        """The draws that are types → the player who knows it first where another does not."""
        knows: dict[str, set[int]] = {}
        lacks: dict[str, set[int]] = {}
        for h, nodes in enumerate(self.members):
            player = int(self.game.infosets.mover[h])
            shared = self.common(h)
            for whose in self.draw(nodes[0]):
                (knows if whose in shared else lacks).setdefault(whose, set()).add(player)
        found: dict[str, int] = {}
        for whose, players in knows.items():
            own = players - lacks.get(whose, set())
            if own and lacks.get(whose):
                found[whose] = min(own)
                if whose in self.game.players:
                    found[whose] = self.game.players.index(whose)
        return found

    def type_of(self, infoset: int) -> str:
        """The type of the player who moves here; "" where it has none."""
        player = int(self.game.infosets.mover[infoset])
        shared = self.common(infoset)
        kinds = [shared[w] for w, owner in self.private.items() if owner == player and w in shared]
        return ", ".join(kinds)

    def seen(self, infoset: int) -> str:
        """The last outcome of chance, the types aside, that the player moving here knows of."""
        ways = [
            [(s.where, s.action) for s in self._after_draw(node) if s.mover == CHANCE]
            for node in self.members[infoset]
        ]
        last = {way[-1] for way in ways if way}
        return next(iter(last))[1] if len(last) == 1 and all(ways) else ""

    def _after_draw(self, node: int) -> Sequence[Step]:
        steps = self.steps(node)
        first = next((i for i, step in enumerate(steps) if step.mover != CHANCE), len(steps))
        return steps[first:]

    # ── what is not known ──────────────────────────────────────────────────────────────────────

    def belief(
        self, infoset: int, odds: Mapping[int, Fraction | float] | None
    ) -> Belief | None:
        """A belief in words: by types where they are all that is not known, else by moves too."""
        if odds is None or len(odds) < 2:
            return None
        nodes = list(odds)
        said, about = self.apart(nodes)
        merged: dict[str, Fraction] = {}
        for node, words in zip(nodes, said, strict=True):
            merged[words] = merged.get(words, Fraction(0)) + Fraction(odds[node])
        player = self.game.players[int(self.game.infosets.mover[infoset])]
        return Belief(player, self.called(infoset), merged, about)

    def apart(self, nodes: Sequence[int]) -> tuple[list[str], str]:
        """What sets each of these nodes apart from the others; and whose type that is, if it is."""
        draws = [self.draw(node) for node in nodes]
        kinds = [w for w in self.private if len({draw.get(w) for draw in draws}) > 1]
        types = [", ".join(draw[w] for w in kinds if w in draw) for draw in draws]
        moves = [self._moves_apart(node, nodes) for node in nodes]
        owners = {self.game.players[self.private[w]] for w in kinds}
        owner = owners.pop() if len(owners) == 1 else ""
        if kinds and len(set(moves)) == 1:
            return types, owner
        return [
            f"{' '.join(filter(None, [kind, owner]))}: {', '.join(action for _, action in own)}"
            if kind and owner and {party for party, _ in own} == {owner}
            else ", ".join([*filter(None, [kind]), *(": ".join(filter(None, s)) for s in own)])
            for kind, own in zip(types, moves, strict=True)
        ], ""

    def _moves_apart(self, node: int, nodes: Sequence[int]) -> tuple[tuple[str, str], ...]:
        """The moves on the way to a node, (side, action), that are not on the way to all."""
        ways = [[(s.mover, s.action) for s in self._after_draw(other)] for other in nodes]
        shared = set(ways[0]).intersection(*ways[1:])
        own = [(s.mover, s.action) for s in self._after_draw(node)]
        return tuple(
            ("" if mover == CHANCE else self.game.players[mover], action)
            for mover, action in own if (mover, action) not in shared
        )


def of_type(party: str, kind: str) -> str:
    """A party of a type, to begin a sentence with.

    >>> of_type("DPRK", "hedging"), of_type("US", "strong at home"), of_type("US", "")
    ('A hedging DPRK', 'US (strong at home)', 'US')
    """
    if not kind:
        return party
    if not kind.isalpha() or not kind.islower():
        return f"{party} ({kind})"
    return f"{'An' if kind[0] in 'aeiou' else 'A'} {kind} {party}"
