"""Who knows what: perfect information, perfect recall, absent-mindedness, proper subgames.

All of it is found in time linear in nodes and edges, on demand and once a game.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from detente.game.kernels import columns, kernel_for
from detente.game.tree import TERMINAL, Game


@dataclass(frozen=True, eq=False)
class Information:
    """The information structure of a game.

    `witness` : rule ("perfect_information", "perfect_recall", "absent_minded") -> the sentence that
        names the node and the information set which break it (or show it, for absent-mindedness)
    `subgame_roots` : int32, ascending: the decision and chance nodes at which a proper subgame
        starts, and always the first node of the game
    """

    perfect_information: bool
    perfect_recall: bool
    absent_minded: bool
    subgame_roots: NDArray[np.int32]
    witness: Mapping[str, str] = field(default_factory=dict)


_known: WeakKeyDictionary[Game, Information] = WeakKeyDictionary()


def information(game: Game) -> Information:
    """The information structure of a game, found once and kept for as long as the game is.

    Perfect recall is Kuhn's (1953): all nodes of an information set follow the same last own
    information set and action. A node starts a proper subgame (Selten 1975) if every information
    set that meets the nodes from it on lies among them, and its own holds no other node. Chance
    moves never hide anything. In a shared game every node is its own information set.

    >>> from detente.game.builder import Builder
    >>> b = Builder(["A", "B"])
    >>> x, y = (b.decide("B", {"l": b.end(0, 0), "r": b.end(1, 1)}, infoset="reply") for _ in "xy")
    >>> found = information(b.build(b.decide("A", {"x": x, "y": y}, label="first")))
    >>> found.perfect_information, found.perfect_recall, found.subgame_roots.tolist()
    (False, True, [0])
    >>> found.witness["perfect_information"]
    "B's information set 'reply' holds 2 nodes: B cannot tell after 'x' from after 'y'."
    """
    if game not in _known:
        hidden = first_hidden_infoset(game)
        _known[game] = _open(game) if hidden is None else _hidden(game, hidden)
    return _known[game]


def first_hidden_infoset(game: Game) -> int | None:
    """The player infoset with more than one node that comes first in the tree, if there is one."""
    infoset = game.infoset[game.mover >= 0]
    members = np.bincount(infoset)
    if not len(infoset) or members.max() == 1:
        return None
    return int(infoset[np.argmax(members[infoset] > 1)])


def _open(game: Game) -> Information:
    roots = np.flatnonzero(game.mover != TERMINAL).astype(np.int32)
    return Information(True, True, False, roots if len(roots) else np.zeros(1, dtype=np.int32))


def _hidden(game: Game, hidden: int) -> Information:
    size, low, high = _extents(game)
    before, follows, again = _own_moves(game, size)
    witness = {"perfect_information": why_hidden(game, hidden)}
    node = _first_forgetting(game, follows)
    if node is not None:
        witness["perfect_recall"] = _why_forgetful(game, node, before, follows)
    repeated = np.flatnonzero(again >= 0)
    if len(repeated):
        witness["absent_minded"] = _why_absent_minded(game, int(repeated[0]), again)
    nodes = np.arange(game.num_nodes)
    alone = np.bincount(game.infoset[game.mover >= 0], minlength=len(game.infosets)) < 2
    closed = (low >= nodes) & (high < nodes + size) & (game.mover != TERMINAL) & alone[game.infoset]
    closed[0] = True
    return Information(
        perfect_information=False,
        perfect_recall=node is None,
        absent_minded=len(repeated) > 0,
        subgame_roots=np.flatnonzero(closed).astype(np.int32),
        witness=witness,
    )


def subtree_sizes(game: Game) -> NDArray[np.int32]:
    """int32 (num_nodes,): how many nodes each node's subtree has, itself included (trees only)."""
    parent, size = columns(game.num_nodes, game.parent, np.ones(game.num_nodes, dtype=np.int32))
    kernel_for(_add_sizes, game.num_nodes)(parent, size)
    return np.asarray(size, dtype=np.int32)


def _extents(game: Game) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]:
    """Subtree sizes, and the first and last node of any player infoset that meets the subtree."""
    n = game.num_nodes
    size = subtree_sizes(game)
    players = np.flatnonzero(game.mover >= 0).astype(np.int32)
    infoset = game.infoset[players]
    first = np.full(len(game.infosets), n, dtype=np.int32)
    last = np.full(len(game.infosets), -1, dtype=np.int32)
    first[infoset[::-1]] = players[::-1]  # the last assignment stands: the first node
    last[infoset] = players
    low, high = np.full(n, n, dtype=np.int32), np.full(n, -1, dtype=np.int32)
    low[players], high[players] = first[infoset], last[infoset]
    parent, low_column, high_column = columns(n, game.parent, low, high)
    kernel_for(_widen, n)(parent, low_column, high_column)
    return size, np.asarray(low_column, dtype=np.int32), np.asarray(high_column, dtype=np.int32)


def _own_moves(
    game: Game, size: NDArray[np.int32]
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]:
    """For each decision node the mover's last own node and the flat action taken there, and where
    an infoset is met twice the node above (-1 where there is none)."""
    n = game.num_nodes
    before, follows, again = (np.full(n, -1, dtype=np.int32) for _ in range(3))
    newest = np.full(game.num_players, -1, dtype=np.int32)
    member = np.full(len(game.infosets), -1, dtype=np.int32)
    given = columns(
        n, game.mover, game.infoset, game.child_start, game.children, game.infosets.action_start,
        size, game.child_start[:-1].copy(), newest, member, before, follows, again,
    )  # fmt: skip
    kernel_for(_follow, n)(*given)
    before, follows, again = (np.asarray(column, dtype=np.int32) for column in given[-3:])
    return before, follows, again


def _first_forgetting(game: Game, follows: NDArray[np.int32]) -> int | None:
    """The first node that follows another own action than the first node of its infoset does."""
    players = np.flatnonzero(game.mover >= 0)
    infoset = game.infoset[players]
    expected = np.empty(len(game.infosets), dtype=np.int32)
    expected[infoset[::-1]] = follows[players[::-1]]
    wrong = players[follows[players] != expected[infoset]]
    return int(wrong[0]) if len(wrong) else None


# ── kernels: parents come before children, subtrees are slices ──────────────────────────────────


def _add_sizes(parent: Any, size: Any) -> None:
    for node in range(len(parent) - 1, 0, -1):
        size[parent[node]] += size[node]


def _widen(parent: Any, low: Any, high: Any) -> None:
    for node in range(len(parent) - 1, 0, -1):
        above = parent[node]
        if low[node] < low[above]:
            low[above] = low[node]
        if high[node] > high[above]:
            high[above] = high[node]


def _follow(
    mover: Any, infoset: Any, child_start: Any, children: Any, action_start: Any, size: Any,
    branch: Any, newest: Any, member: Any, before: Any, follows: Any, again: Any,
) -> None:  # fmt: skip
    """`newest` and `before`: a stack of own nodes a player; `branch`: the edge each is left by."""
    for node in range(len(mover)):
        player = mover[node]
        if player < 0:
            continue
        own = newest[player]
        while own >= 0 and node >= own + size[own]:
            own = before[own]
        before[node] = own
        newest[player] = node
        if own >= 0:
            edge = branch[own]
            while edge + 1 < child_start[own + 1] and children[edge + 1] <= node:
                edge += 1
            branch[own] = edge
            follows[node] = action_start[infoset[own]] + edge - child_start[own]
        # The first repetition is seen here: a node of the infoset between the two would be an
        # earlier one.
        latest = member[infoset[node]]
        if latest >= 0 and node < latest + size[latest]:
            again[node] = latest
        member[infoset[node]] = node


# ── sentences ───────────────────────────────────────────────────────────────────────────────────


def why_hidden(game: Game, infoset: int) -> str:
    """The sentence that says which nodes of an information set its player cannot tell apart."""
    nodes = np.flatnonzero(game.infoset == infoset)
    player = game.players[int(game.infosets.mover[infoset])]
    return (
        f"{player}'s information set {_name(game, infoset)} holds {len(nodes)} nodes: {player} "
        f"cannot tell {place_of(game, int(nodes[0]))} from {place_of(game, int(nodes[1]))}."
    )


def place_of(game: Game, node: int) -> str:
    """Where a node stands: its own label if it has one, and the moves that lead to it."""
    path = [repr(step) for step in game.path_to(node)]
    if len(path) > 8:
        path[3:-4] = ["…"]
    where = "after " + ", ".join(path) if path else "the first node"
    label = game.node_label[node]
    return f"'{label}' ({where})" if label else where


def _why_forgetful(
    game: Game, node: int, before: NDArray[np.int32], follows: NDArray[np.int32]
) -> str:
    infoset = int(game.infoset[node])
    first = int(np.argmax(game.infoset == infoset))
    player = game.players[int(game.infosets.mover[infoset])]
    memories = []
    for member in (first, node):
        own = int(before[member])
        memory = "no earlier move of its own"
        if own >= 0:
            action = game.infosets.action_label[int(follows[member])]
            memory = f"its own '{action}' at {_name(game, int(game.infoset[own]))}"
        memories.append(f"{place_of(game, member)} comes after {memory}")
    return f"{player} forgets at information set {_name(game, infoset)}: {', '.join(memories)}."


def _why_absent_minded(game: Game, node: int, again: NDArray[np.int32]) -> str:
    infoset = int(game.infoset[node])
    player = game.players[int(game.infosets.mover[infoset])]
    return (
        f"{player} may meet information set {_name(game, infoset)} twice in one play: at "
        f"{place_of(game, int(again[node]))} and again at {place_of(game, node)}."
    )


def _name(game: Game, infoset: int) -> str:
    """The infoset's label, or its number within the player, from 1."""
    label = game.infosets.label[infoset]
    mover = game.infosets.mover
    return f"'{label}'" if label else str(infoset - int(np.argmax(mover == mover[infoset])) + 1)
