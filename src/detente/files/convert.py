"""A game in another format: its tree written out, its labels told apart."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import repeat
from pathlib import Path
from typing import Any

from detente.errors import NotSupported
from detente.game.labels import Labels
from detente.game.tree import Game

STRATEGIES = 100_000
"""Cells of a strategic form that are written."""
NODES = 10_000_000
"""Nodes of a tree that are written out unless more are allowed."""


def write_game(loaded: Any, target: Path, kind: str, limit: int = NODES) -> None:
    """Write a summit, a game or a strategic form as "efg", "nfg" or "yaml".

    `limit` : how many nodes the tree may have

    Raises NotSupported where the format cannot hold it, FileError where it cannot be written.
    """
    {"efg": _write_efg, "nfg": _write_nfg, "yaml": _write_yaml}[kind](loaded, target, limit)


def _tree(loaded: Any, limit: int) -> Game:
    from detente.game.expand import expand

    if hasattr(loaded, "strategies"):
        from detente.game.strategic import to_tree

        return to_tree(loaded)
    game: Game = getattr(loaded, "game", loaded)
    tree = expand(game, limit)
    written = game.is_tree and not getattr(loaded, "has_secrets", False)
    return tree if written else with_distinct_labels(tree)


def with_distinct_labels(game: Game) -> Game:
    """The same game, a number behind each label that its nodes or a player's infosets repeat.

    A shared continuation written out repeats its labels, and so do nodes that a side cannot tell
    apart; Gambit refuses both.
    """
    sets = game.infosets
    label = _distinct(sets.label, sets.mover.tolist())
    return game.replaced(
        node_label=_distinct(game.node_label, repeat(0)), infosets=replace(sets, label=label)
    )


def _distinct(labels: Labels, owners: Iterable[int]) -> Labels:
    """Each owner's repeated texts numbered from the second on; empty ones stay empty."""
    taken = set(zip(owners, labels, strict=False))
    met: dict[tuple[int, str], int] = {}
    texts = []
    for key in zip(owners, labels, strict=False):
        owner, text = key
        count = met[key] = met.get(key, 0) + 1
        if text and count > 1:
            while (owner, f"{text} ({count})") in taken:
                count += 1
            met[key] = count
            text = f"{text} ({count})"
        texts.append(text)
    return Labels.of(texts)


def _write_efg(loaded: Any, path: Path, limit: int) -> None:
    from detente.files.efg import write_efg

    write_efg(_tree(loaded, limit), path)


def _write_nfg(loaded: Any, path: Path, limit: int) -> None:
    from detente.files.nfg import write_nfg
    from detente.game.strategic import to_strategic

    strategic = hasattr(loaded, "strategies")
    write_nfg(loaded if strategic else to_strategic(_tree(loaded, limit), STRATEGIES), path)


def _write_yaml(loaded: Any, path: Path, limit: int) -> None:
    from detente.files.yaml_tree import write_yaml

    if hasattr(loaded, "table"):
        raise NotSupported(
            "a summit file is YAML already. Convert it to .efg to have its tree written out."
        )
    write_yaml(_tree(loaded, limit), path)
