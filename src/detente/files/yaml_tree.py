"""Writing a game as a summit file whose tree is written out by hand."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import TextIO

import numpy as np

from detente.errors import ExpressionError, NotSupported
from detente.files import yaml
from detente.files.writing import whole_file
from detente.files.yaml_text import key, scalar
from detente.game.expressions import exact
from detente.game.tree import CHANCE, TERMINAL, Game

MAX_NODES = 100_000
"""Nodes of a tree that is written as YAML; larger ones belong in .efg."""
_DEEPEST = (yaml.MAX_DEPTH - 3) // 2
"""Moves on a path: each nests a node within moves; `worth` and the file itself add three more."""
_INDENTED_WIDELY = 20
"""Up to so many moves on a path a level is indented by two spaces, else by one."""
_ELSEWHERE = "Write the game as .efg instead."

def write_yaml(game: Game, path: Path) -> None:
    """Write a tree without bundles as a summit file, its numbers exact.

    Reading gives back the same game, but for its title where that is empty (a summit file has one:
    'untitled'), and for labels of infosets: infosets of several nodes, or labelled otherwise than
    their node, have names, no two the same in a file; a number is added to what stands twice.

    Raises NotSupported for a game that such a file cannot hold or would not be read from: with
    bundles, with several moves of one name at a node, with too many nodes or moves on a path, with
    names or numbers that are too long, or with more text than is read. Nothing is written then.
    """
    if game.bundles:
        raise NotSupported(
            f"the terms behind a game's bundles are not known to it. {_ELSEWHERE}"
        )
    if game.num_nodes > MAX_NODES:
        raise NotSupported(
            f"a tree of {game.num_nodes:,} nodes is too large for YAML (at most {MAX_NODES:,}). "
            f"{_ELSEWHERE}"
        )
    depth = _depth(game)
    if depth > _DEEPEST:
        raise NotSupported(
            f"a path of {depth:,} moves is nested too deep for YAML (at most {_DEEPEST} moves). "
            f"{_ELSEWHERE}"
        )
    with whole_file(path) as stream:
        _Writer(game, _Counted(stream), "  " if depth <= _INDENTED_WIDELY else " ").write()


def _depth(game: Game) -> int:
    """The most moves on a path."""
    depth = [0] * game.num_nodes
    for node, parent in enumerate(game.parent.tolist()):
        if node:
            depth[node] = depth[parent] + 1
    return max(depth)


class _Counted:
    """A stream that takes no more than is read back.

    `entries` : values so far, as the reader counts them
    """

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream
        self.size = self.entries = 0

    def write(self, text: str, entries: int = 1) -> None:
        self.size += len(text) if text.isascii() else len(text.encode("utf-8", "replace"))
        self.entries += entries
        if self.size > yaml.MAX_BYTES or self.entries > yaml.MAX_NODES:
            raise NotSupported(
                f"written as YAML this game takes more than {yaml.MAX_BYTES:,} bytes or "
                f"{yaml.MAX_NODES:,} entries, which are not read again. {_ELSEWHERE}"
            )
        self.stream.write(text)


class _Writer:
    """Preorder is the order of the text: one pass over the nodes, their depth the indentation."""

    def __init__(self, game: Game, stream: _Counted, step: str) -> None:
        self.game = game
        self.stream = stream
        self.step = step
        self.names = _infoset_names(game)
        self.players = [key(player, _ELSEWHERE) for player in game.players]

    def write(self) -> None:
        self.stream.write(f"detente: 1\ntitle: {scalar(self.game.title or 'untitled')}\n")
        if self.game.comment:
            self.stream.write(f"description: {scalar(self.game.comment)}\n")
        self.stream.write("sides:\n")
        for player in self.players:
            self.stream.write(f"  {player}:\n")
        self.stream.write("tree:\n")
        # (node, indentation, the line that introduces it, its probability)
        stack: list[tuple[int, str, str, Fraction | None]] = [(0, self.step, "", None)]
        while stack:
            node, indent, header, probability = stack.pop()
            self.stream.write(header)
            for line in self._node(node, probability):
                entries = len(self.players) if line.startswith("worth:") else 1
                self.stream.write(f"{indent}{line}\n", entries)
            stack.extend(reversed(list(self._moves(node, indent))))

    def _node(self, node: int, probability: Fraction | None) -> Iterator[str]:
        game = self.game
        mover, h = int(game.mover[node]), int(game.infoset[node])
        if probability is not None:
            yield f"probability: {_number(probability)}"
        if game.node_label[node]:
            yield f"label: {scalar(game.node_label[node])}"
        outcome = int(game.outcome[node])
        if mover == TERMINAL or outcome >= 0:
            pairs = zip(self.players, map(_number, game.payoff(node)), strict=True)
            yield f"worth: {{{', '.join(f'{player}: {amount}' for player, amount in pairs)}}}"
        if outcome >= 0 and game.outcomes.label[outcome]:
            yield f"outcome: {scalar(game.outcomes.label[outcome])}"
        if mover == CHANCE and game.infosets.label[h]:
            yield f"chance: {scalar(game.infosets.label[h])}"
        if mover >= 0:
            yield f"player: {scalar(game.players[mover])}"
            if self.names[h]:
                yield f"infoset: {scalar(self.names[h])}"
        if mover != TERMINAL:
            yield "moves:"

    def _moves(
        self, node: int, indent: str
    ) -> Iterator[tuple[int, str, str, Fraction | None]]:
        game = self.game
        if int(game.mover[node]) == TERMINAL:
            return
        h = int(game.infoset[node])
        actions = game.infosets.actions(h)
        if len(set(actions)) != len(actions):
            raise NotSupported(
                f"at {game.describe(node)} two moves share a name, which YAML cannot hold. "
                f"{_ELSEWHERE}"
            )
        chances: list[Fraction | None] = [None] * len(actions)
        if int(game.mover[node]) == CHANCE:
            chances = list(game.infosets.probabilities(h))
        inner = indent + self.step
        for child, action, chance in zip(game.children_of(node), actions, chances, strict=True):
            yield child, inner + self.step, f"{inner}{key(action, _ELSEWHERE)}:\n", chance


def _infoset_names(game: Game) -> list[str]:
    """A name for each infoset of a player, the same for no two; or none needed.

    None is needed where an infoset has one node, whose label says all that its own does.
    """
    sets = game.infosets
    decisions = np.flatnonzero(game.mover >= 0)
    members = np.bincount(game.infoset[decisions], minlength=len(sets)).tolist()
    node_of = dict(zip(game.infoset[decisions].tolist(), decisions.tolist(), strict=True))
    names: list[str] = []
    used: set[str] = set()
    for h in range(sets.num_player_infosets):
        label = sets.label[h]
        if members[h] == 1 and game.node_label[node_of[h]] == label:
            names.append("")
            continue
        name, number = label or f"infoset {h + 1}", 2
        while name in used:
            name, number = f"{label or 'infoset'} ({number})", number + 1
        used.add(name)
        names.append(name)
    return names


def _number(number: Fraction) -> str:
    """The number as a formula that is read as this number."""
    text = str(number)
    if len(text) > 1000:
        try:
            exact(text)
        except ExpressionError as error:
            raise NotSupported(f"{error.message} {_ELSEWHERE}") from None
    return text
