"""Would it be kept, where nobody signs it? Judged by the game that begins at the signature."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from detente.game.expand import subgame, take_infosets
from detente.game.information import subtree_sizes
from detente.game.labels import Labels
from detente.game.rationals import Probabilities
from detente.game.tree import CHANCE, TERMINAL, Discounts, Game, Infosets, Tag
from detente.stability.modal import combined
from detente.stability.readings import (
    Table,
    honours,
    luck_of,
    read,
    sequential_equilibria,
    table_of,
)
from detente.stability.verdict import Modal

LEAVES = "a side that moves once it is signed cannot tell that it was signed"
MOVES = "it is signed after different moves of the sides, which those who move later cannot tell"
SCALES = "what follows counts by different discounts, depending on how it was signed"
SHARED = "what follows its signature is shared with other ways to it"
MANY = "the equilibria of what follows the signature could not all be listed"


def once_signed(table: Table, deadline: float | None) -> tuple[Modal | None, str]:
    """Whether it is kept over all sequential equilibria of the games that its signatures start.

    Signatures that a later mover cannot tell apart start one game together, chance drawing them as
    likely as it makes them at the table (the prior of the types). Where that is no game by itself
    there is no answer, and the reason in words.

    Raises OutOfTime where the deadline passes before there is an equilibrium.
    """
    signed = _outermost(table)
    if not signed:
        return None, ""
    if not table.game.is_tree:
        return None, SHARED
    groups, why = _together(table, signed)
    why = why or next(filter(None, (_unlike(table, group) for group in groups)), "")
    if why:
        return None, why
    # These games are played independently, and each by whoever might sign there.
    found = [_kept_in(table, group, deadline) for group in groups]
    if "never" in found:
        return "never", ""
    answer = combined(found)
    return answer, "" if answer else MANY


def _outermost(table: Table) -> list[int]:
    """The signatures that follow no other one."""
    signed, found = set(table.signed), []
    for node in sorted(signed):
        above = int(table.game.parent[node])
        while above >= 0 and above not in signed:
            above = int(table.game.parent[above])
        if above < 0:
            found.append(node)
    return found


def _together(table: Table, signed: Sequence[int]) -> tuple[list[list[int]], str]:
    """The signatures in groups that share no information set; and why, if one leaves them all.

    Nodes that chance excludes do not count: nobody believes to be there.
    """
    game, size = table.game, subtree_sizes(table.game)
    owner = np.full(game.num_nodes, -1, dtype=np.int64)
    for place, node in enumerate(signed):
        owner[node : node + size[node]] = place
    first: dict[int, int] = {}
    group = list(range(len(signed)))
    outside: list[int] = []
    for node in np.flatnonzero(game.mover >= 0).tolist():
        infoset, place = int(game.infoset[node]), int(owner[node])
        if place < 0:
            outside.append(node)
            continue
        other = group[first.setdefault(infoset, place)]
        mine = group[place]
        if mine != other:
            group = [other if g == mine else g for g in group]
    if any(int(game.infoset[node]) in first and luck_of(game, node) for node in outside):
        return [], LEAVES
    members = zip(signed, group, strict=True)
    groups: dict[int, list[int]] = {}
    for node, which in members:
        groups.setdefault(which, []).append(node)
    return list(groups.values()), ""


def _unlike(table: Table, group: Sequence[int]) -> str:
    """Why chance alone does not say how likely each of these signatures is; "" if it does."""
    ways = {
        tuple((step.mover, step.action) for step in table.knowledge.steps(node) if step.mover >= 0)
        for node in group
    }
    if len(ways) > 1:
        return MOVES
    return SCALES if len({_scale(table.game, node) for node in group}) > 1 else ""


def _scale(game: Game, node: int) -> tuple[Fraction, ...]:
    """The factors by which what follows a node counts at the start of the game."""
    factors = (Fraction(1),) * game.num_players
    while node >= 0:
        own = game.discount(node)
        factors = tuple(f * g for f, g in zip(factors, own, strict=True)) if own else factors
        node = int(game.parent[node])
    return factors


def _kept_in(table: Table, group: Sequence[int], deadline: float | None) -> Modal | None:
    """Whether it is kept in the game that these signatures start."""
    game = table.game
    if all(game.mover[node] == TERMINAL for node in group):
        return "always"  # nothing is left to do
    if len(group) == 1 and not _cut(game, group[0]):
        below = subgame(game, group[0])
    else:
        luck = {node: luck_of(game, node) for node in group}
        total = sum(luck.values(), Fraction(0))
        even = Fraction(1, len(group))
        below = drawn(game, {node: p / total if total else even for node, p in luck.items()})
    listed = sequential_equilibria(below, deadline)
    if listed.complete not in ("all", "components"):
        return None
    after = replace(table_of(below, table.bundle), offered=(), signed=(0,))
    return honours([read(after, play) for play in listed.plays])


def _cut(game: Game, node: int) -> bool:
    """Whether an information set here has nodes elsewhere (that chance excludes)."""
    size = int(subtree_sizes(game)[node])
    inside = np.zeros(game.num_nodes, dtype=bool)
    inside[node : node + size] = True
    moves = game.mover >= 0
    here, there = game.infoset[inside & moves], game.infoset[~inside & moves]
    return bool(np.isin(here, there).any())


def drawn(game: Game, weights: Mapping[int, Fraction]) -> Game:
    """The game in which chance draws one of these nodes of a tree, and play goes on from there.

    `weights` : node → probability; their subtrees are apart, and their own discounts are dropped

    What information sets have elsewhere is left out. The formulas are dropped.
    """
    nodes, size = sorted(weights), subtree_sizes(game)
    kept = np.concatenate([np.arange(node, node + size[node]) for node in nodes])
    new = np.full(game.num_nodes, -1, dtype=np.int32)
    new[kept] = np.arange(1, len(kept) + 1)
    sets = np.unique(game.infoset[kept][game.mover[kept] != TERMINAL])
    place = np.full(len(game.infosets) + 1, -1, dtype=np.int32)  # the last row is "no infoset"
    place[sets] = np.arange(len(sets))
    counts = np.concatenate([[len(nodes)], np.diff(game.child_start)[kept]])
    edges = np.concatenate(
        [game.children[game.child_start[node] : game.child_start[node + 1]] for node in kept]
    )
    tags = (Tag(int(new[t.node]), t.bundle, t.role) for t in game.tags if new[t.node] > 0)
    return game.replaced(
        mover=_before(CHANCE, game.mover[kept]),
        child_start=np.concatenate([[0], np.cumsum(counts)]).astype(np.int32),
        children=np.concatenate([new[nodes], new[edges]]).astype(np.int32),
        infoset=_before(len(sets), place[game.infoset[kept]]),
        outcome=_before(-1, game.outcome[kept]),
        node_label=Labels.of(["signed", *game.node_label.take(kept)]),
        infosets=_with_draw(game, sets, [weights[node] for node in nodes]),
        discounts=_discounts(game, kept, new[nodes]),
        tags=tuple(sorted(tags, key=lambda tag: (tag.node, tag.bundle, tag.role))),
        formulas=None,
    )


def _before(first: int, column: NDArray[np.integer]) -> NDArray[np.integer]:
    return np.concatenate([[first], column]).astype(column.dtype)


def _with_draw(game: Game, sets: NDArray[np.integer], weights: Sequence[Fraction]) -> Infosets:
    """These information sets, and one of chance that draws a signature."""
    old, _ = take_infosets(game, sets)
    chances = [old.probability[i] for i in range(len(old.probability))]
    labels = [f"{i + 1}" for i in range(len(weights))]
    return Infosets(
        mover=np.append(old.mover, CHANCE).astype(old.mover.dtype),
        action_start=np.append(old.action_start, old.action_start[-1] + len(weights)).astype(
            np.int32
        ),
        label=Labels.of([*old.label, "signed"]),
        action_label=Labels.of([*old.action_label, *labels]),
        probability=Probabilities.of([*chances, *weights]),
    )


def _discounts(
    game: Game, kept: NDArray[np.integer], roots: NDArray[np.integer]
) -> Discounts | None:
    if game.discounts is None:
        return None
    row = _before(0, game.discounts.row[kept])
    row[roots] = 0
    return Discounts(row.astype(np.int32), game.discounts.factors) if row.any() else None
