"""What players do and believe, infoset by infoset, as data."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from functools import lru_cache
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from detente.game.beliefs import Beliefs
from detente.game.information import first_hidden_infoset
from detente.game.mixed import MixedProfile
from detente.game.profile import Profile
from detente.game.tree import CHANCE, Game
from detente.show.numbers import number

ProfileView = Literal["full", "path", "none"]
"""Every infoset, those that play reaches, or none."""


def behavior(
    profile: Profile,
    view: ProfileView = "full",
    rows: Sequence[Mapping[str, Any]] | None = None,
    beliefs: Beliefs | None = None,
) -> Iterator[dict[str, Any]]:
    """One entry an infoset, by player, then in the order of the tree.

    `free` marks infosets that the player's own moves exclude; there any choice is the same plan.
    Under hidden information `beliefs` has how likely the player holds each node of the infoset to
    be, by the label of the node or the path to it; null where that is not defined.

    `rows` : `infoset_rows` of the game, where they are at hand
    """
    game = profile.game
    rows = infoset_rows(game) if rows is None else rows
    excluded = exclusions(profile)
    everyone = (1 << (game.num_players + 1)) - 1
    own, any_side = _by_infoset(game, excluded, everyone)
    odds = _odds(profile)
    hidden = first_hidden_infoset(game) is not None
    for h, row in enumerate(rows):
        if view == "path" and not any_side[h]:
            continue
        entry = {**row, "probabilities": odds(h), "free": not own[h]}
        yield {**entry, "beliefs": believed(beliefs, h)} if hidden else entry


def infoset_rows(game: Game) -> list[dict[str, Any]]:
    """What is the same of each infoset in every equilibrium: player, place, label, actions."""
    sets = game.infosets
    rows: list[dict[str, Any]] = []
    movers = sets.mover[: sets.num_player_infosets].tolist()
    for h, mover in enumerate(movers):
        same_player = h > 0 and movers[h - 1] == mover
        rows.append({
            "player": game.players[mover],
            "infoset": rows[-1]["infoset"] + 1 if same_player else 1,
            "label": sets.label[h],
            "actions": list(sets.actions(h)),
        })
    return rows


def _odds(profile: Profile) -> Callable[[int], list[Any]]:
    """The probabilities at an infoset, as they are printed."""
    if profile.choice is None:
        return lambda h: [number(_slim(p)) for p in profile.at(h)]
    choice: list[int] = profile.choice.tolist()
    width: list[int] = np.diff(profile.game.infosets.action_start).tolist()
    return lambda h: _surely(choice[h], width[h])


@lru_cache(10_000)
def _surely(chosen: int, width: int) -> list[str]:
    return ["1" if action == chosen else "0" for action in range(width)]


def _slim(probability: Any) -> Fraction | float:
    return probability if isinstance(probability, Fraction) else float(probability)


def exclusions(profile: Profile) -> list[int]:
    """For each node a bit mask: bit i if player i's own moves exclude it, the last bit for chance.

    Of the ways to a shared node, each bit is kept only where every way has it.
    """
    game = profile.game
    taken = _taken_edges(profile)
    start, children = game.child_start.tolist(), game.children.tolist()
    movers = game.mover.tolist()
    everything = (1 << (game.num_players + 1)) - 1
    mask = [everything] * game.num_nodes
    mask[0] = 0
    for node, mover in enumerate(movers):
        here = mask[node]
        for edge in range(start[node], start[node + 1]):
            bit = 0 if taken[edge] else 1 << (mover if mover != CHANCE else game.num_players)
            mask[children[edge]] &= here | bit
    return mask


def _taken_edges(profile: Profile) -> list[bool]:
    """Per edge, whether its action has a positive probability."""
    game = profile.game
    sets = game.infosets
    positive: NDArray[np.bool_] = np.zeros(int(sets.action_start[-1]), dtype=bool)
    first = sets.num_player_actions
    if profile.choice is not None:
        starts = sets.action_start[: sets.num_player_infosets]
        positive[starts + profile.choice] = True
    elif profile.vector is not None:
        positive[:first] = [p > 0 for p in profile.vector]
    positive[first:] = sets.probability.numerators > 0
    for where in sets.probability.large:
        positive[first + where] = True
    counts = np.diff(game.child_start)
    inside = np.arange(len(game.children)) - np.repeat(game.child_start[:-1], counts)
    owner = np.repeat(game.infoset, counts)
    taken: list[bool] = positive[sets.action_start[owner] + inside].tolist()
    return taken


def _by_infoset(game: Game, mask: Sequence[int], everyone: int) -> tuple[list[bool], list[bool]]:
    """Whether the owner's moves, and whether all moves, leave some node of each infoset open."""
    own = [False] * game.infosets.num_player_infosets
    reached = [False] * game.infosets.num_player_infosets
    rows = zip(game.infoset.tolist(), game.mover.tolist(), mask, strict=True)
    for h, mover, bits in rows:
        if mover >= 0:
            own[h] = own[h] or not bits >> mover & 1
            reached[h] = reached[h] or not bits & everyone
    return own, reached


def strategies(profile: MixedProfile) -> Iterator[dict[str, Any]]:
    """One entry a player of a game in strategic form."""
    game = profile.game
    for player, labels, own in zip(game.players, game.strategies, profile.weights, strict=True):
        yield {
            "player": player,
            "strategies": list(labels),
            "probabilities": [number(_slim(p)) for p in own],
        }


def believed(beliefs: Beliefs | None, infoset: int) -> dict[str, Any] | None:
    """The belief at an information set by the names of its nodes; None where it is not defined."""
    if beliefs is None or infoset not in beliefs:
        return None
    held = beliefs[infoset]
    names = node_names(beliefs.game, list(held))
    return {name: number(_slim(p)) for name, p in zip(names, held.values(), strict=True)}


def node_names(game: Game, nodes: Sequence[int]) -> list[str]:
    """How the nodes of an information set are told apart: by their labels, else by their paths."""
    labels = [game.node_label[node] for node in nodes]
    if all(labels) and len(set(labels)) == len(nodes):
        return labels
    paths = [", ".join(game.path_to(node)) or "the first node" for node in nodes]
    if len(set(paths)) == len(nodes):
        return paths
    return [f"{path} (node {node})" for path, node in zip(paths, nodes, strict=True)]
