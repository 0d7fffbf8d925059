"""Writing a game as a summit file whose tree is written out by hand."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import TextIO

from detente.errors import NotSupported
from detente.files.writing import whole_file
from detente.game.tree import CHANCE, TERMINAL, Game

MAX_NODES = 100_000
"""Nodes of a tree that is written as YAML; larger ones belong in .efg."""

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(?: [A-Za-z0-9_]+)*")
_WORDS = {"null", "true", "false", "yes", "no", "on", "off"}


def write_yaml(game: Game, path: Path) -> None:
    """Write a tree without bundles as a summit file, its numbers exact.

    Raises NotSupported for a game with bundles, with several moves of one name at a node, or with
    more nodes than such a file is good for.
    """
    if game.bundles:
        raise NotSupported(
            "the terms behind a game's bundles are not known to it. Write the game as .efg instead."
        )
    if game.num_nodes > MAX_NODES:
        raise NotSupported(
            f"a tree of {game.num_nodes:,} nodes is too large for YAML (at most {MAX_NODES:,}). "
            "Write it as .efg instead."
        )
    with whole_file(path) as stream:
        _Writer(game, stream).write()


class _Writer:
    """Preorder is the order of the text: one pass over the nodes, their depth the indentation."""

    def __init__(self, game: Game, stream: TextIO) -> None:
        self.game = game
        self.stream = stream
        self.names = _infoset_names(game)

    def write(self) -> None:
        self.stream.write(f"detente: 1\ntitle: {_text(self.game.title or 'untitled')}\n")
        if self.game.comment:
            self.stream.write(f"description: {_text(self.game.comment)}\n")
        self.stream.write("sides:\n")
        for player in self.game.players:
            self.stream.write(f"  {_text(player)}:\n")
        self.stream.write("tree:\n")
        # (node, indentation, the line that introduces it, its probability)
        stack: list[tuple[int, str, str, Fraction | None]] = [(0, "  ", "", None)]
        while stack:
            node, indent, header, probability = stack.pop()
            self.stream.write(header)
            for line in self._node(node, probability):
                self.stream.write(f"{indent}{line}\n")
            stack.extend(reversed(list(self._moves(node, indent))))

    def _node(self, node: int, probability: Fraction | None) -> Iterator[str]:
        game = self.game
        mover, h = int(game.mover[node]), int(game.infoset[node])
        if probability is not None:
            yield f"probability: {probability}"
        if game.node_label[node]:
            yield f"label: {_text(game.node_label[node])}"
        outcome = int(game.outcome[node])
        if mover == TERMINAL or outcome >= 0:
            pairs = zip(map(_text, game.players), game.payoff(node), strict=True)
            yield f"worth: {{{', '.join(f'{player}: {amount}' for player, amount in pairs)}}}"
        if outcome >= 0 and game.outcomes.label[outcome]:
            yield f"outcome: {_text(game.outcomes.label[outcome])}"
        if mover == CHANCE and game.infosets.label[h]:
            yield f"chance: {_text(game.infosets.label[h])}"
        if mover >= 0:
            yield f"player: {_text(game.players[mover])}"
            if self.names[h]:
                yield f"infoset: {_text(self.names[h])}"
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
                "Write the game as .efg instead."
            )
        chances: list[Fraction | None] = [None] * len(actions)
        if int(game.mover[node]) == CHANCE:
            chances = list(game.infosets.probabilities(h))
        for child, action, chance in zip(game.children_of(node), actions, chances, strict=True):
            yield child, f"{indent}    ", f"{indent}  {_text(action)}:\n", chance


def _infoset_names(game: Game) -> list[str]:
    """A name for each infoset of a player, the same for no two of one player; or none needed."""
    names: list[str] = []
    used: set[tuple[int, str]] = set()
    for h in range(game.infosets.num_player_infosets):
        mover, label = int(game.infosets.mover[h]), game.infosets.label[h]
        name, number = label or f"infoset {h + 1}", 2
        while (mover, name) in used:
            name, number = f"{label or 'infoset'} ({number})", number + 1
        used.add((mover, name))
        names.append(name)
    return names


def _text(text: str) -> str:
    """The text as a YAML scalar that is read as this text."""
    if _PLAIN.fullmatch(text) and text.lower() not in _WORDS:
        return text
    # JSON strings are YAML's double-quoted ones.
    return json.dumps(text, ensure_ascii=False)
