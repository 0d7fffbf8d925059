"""Write Gambit's extensive-form files (.efg)."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from detente.files.names import spread
from detente.files.writing import (
    BLOCK,
    Target,
    braces,
    each_once,
    payoff_texts,
    quoted,
    quoted_labels,
    whole_file,
)
from detente.game.tree import CHANCE, Game


def write_efg(game: Game, target: Target) -> None:
    """Write a game as an .efg file, which `read_efg` and Gambit read back.

    A shared game is written as the tree that it stands for, discounts folded into its payoffs.
    What the format cannot say is left out: bundles and tags (node labels name them), formulas
    (their present values are written) and outcomes at no node. Numbers are written as integers or
    ratios. As Gambit does, every node describes its infoset and outcome in full.

    Parameters
    ----------
    target : a path, whose file is replaced when all is written, or a text stream

    Raises FileError where it cannot be written, GameError where the tree is too large.

    >>> import sys
    >>> from detente.game.builder import Builder
    >>> b = Builder(["US"], title="Walk out?")
    >>> write_efg(b.build(b.decide("US", {"no": b.end(1), "yes": b.end("1/3")})), sys.stdout)
    EFG 2 R "Walk out?" { "US" }
    ""
    <BLANKLINE>
    p "" 1 1 "" { "no" "yes" } 0
    t "" 1 "" { 1 }
    t "" 2 "" { 1/3 }
    """
    if not game.is_tree or game.discounts is not None:
        from detente.game.expand import expand

        game = expand(game)
    with whole_file(target) as stream:
        players = braces(quoted(player) for player in game.players)
        stream.write(f"EFG 2 R {quoted(game.title)} {players}\n{quoted(game.comment)}\n\n")
        for block in _blocks(game):
            stream.write(block)


def _blocks(game: Game) -> Iterator[str]:
    number = _numbers(game)
    for start in range(0, game.num_nodes, BLOCK):
        stop = min(start + BLOCK, game.num_nodes)
        labels = quoted_labels(game.node_label, start, stop)
        letters = np.array(["t", "c", "p"])[np.clip(game.mover[start:stop], -2, 0) + 2].tolist()
        infosets = each_once(
            game.infoset[start:stop], lambda ids: _infoset_texts(game, number, ids)
        )
        outcomes = each_once(game.outcome[start:stop], lambda ids: _outcome_texts(game, ids))
        rows = zip(letters, labels, infosets, outcomes, strict=True)
        yield "".join(
            f"{letter} {label} {infoset}{outcome}\n" for letter, label, infoset, outcome in rows
        )


def _numbers(game: Game) -> NDArray[np.int64]:
    """int64 (num_infosets,), the place of each infoset among its player's, from 1."""
    mover = game.infosets.mover
    starts = np.append(True, mover[1:] != mover[:-1]) if len(mover) else np.zeros(0, dtype=bool)
    first = np.flatnonzero(starts)
    own = np.diff(np.append(first, len(mover)))
    return np.arange(len(mover)) - np.repeat(first, own) + 1


def _infoset_texts(
    game: Game, number: NDArray[np.int64], ids: NDArray[np.int32]
) -> list[str]:
    sets = game.infosets
    given = ids[ids >= 0].astype(np.int64)
    first = sets.action_start[given].astype(np.int64)
    count = sets.action_start[given + 1] - first
    flat = spread(first, count)
    actions = quoted_labels(sets.action_label.take(flat), 0, len(flat))
    is_chance = flat >= sets.num_player_actions
    for position in np.flatnonzero(is_chance).tolist():
        probability = sets.probability[int(flat[position]) - sets.num_player_actions]
        actions[position] += f" {probability}"
    names = quoted_labels(sets.label.take(given), 0, len(given))
    texts = [""] * (len(ids) - len(given))  # -1, where there is one, comes first
    stops = np.cumsum(count).tolist()
    movers, numbers = sets.mover[given].tolist(), number[given].tolist()
    start = 0
    for mover, own, name, stop in zip(movers, numbers, names, stops, strict=True):
        who = "" if mover == CHANCE else f"{mover + 1} "
        texts.append(f"{who}{own} {name} {{ {' '.join(actions[start:stop])} }} ")
        start = stop
    return texts


def _outcome_texts(game: Game, ids: NDArray[np.int32]) -> list[str]:
    given = ids[ids >= 0]
    labels = game.outcomes.label.take(given)
    payoffs = payoff_texts(game.outcomes.payoffs, given)
    names = quoted_labels(labels, 0, len(labels))
    rows = zip(given.tolist(), names, payoffs, strict=True)
    texts = [f"{outcome + 1} {name} {{ {paid} }}" for outcome, name, paid in rows]
    return ["0"] * (len(ids) - len(given)) + texts  # -1, where there is one, comes first
