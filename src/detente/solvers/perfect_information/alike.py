"""Moves after which all is the same for everyone: of these it is enough to look at one.

Two nodes are alike where the games from them on have one form: the same movers, the same numbers
(as rows of a source), and children that are alike in turn. A side is then indifferent between them
in every draw, and whatever it does, all get the same and the same is done. Left in, such a tie
would put every draw in doubt.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

from detente.game.tree import CHANCE, Game

if TYPE_CHECKING:
    from detente.solvers.perfect_information.batch import Sources


def distinct_moves(
    game: Game,
    sources: Sources,
    told: Collection[int],
    marked: Collection[int],
    ends: Mapping[int, int],
) -> Sequence[Sequence[int]]:
    """For each node the children to look at, in order: of those that are alike, the first.

    `told` : nodes that keep all of them, because their choice is asked for
    `marked`, `ends` : what is known of a node besides its numbers; see `Program.of`
    """
    form, known = [0] * game.num_nodes, dict[tuple[object, ...], int]()
    found: list[Sequence[int]] = [()] * game.num_nodes
    chosen, watched = frozenset(told), frozenset(marked)
    for node in range(game.num_nodes - 1, -1, -1):
        children = game.children_of(node)
        first: dict[int, int] = {}
        for child in children:
            first.setdefault(form[child], child)
        decides = game.mover[node] >= 0
        found[node] = list(first.values()) if decides and node not in chosen else children
        below = tuple(first) if decides else tuple([form[child] for child in children])
        name = (
            int(game.mover[node]), below, _numbers(game, sources, node),
            node in watched, ends.get(node),
        )  # fmt: skip
        form[node] = known.setdefault(name, len(known))
    return found


def _numbers(game: Game, sources: Sources, node: int) -> tuple[bytes, ...]:
    """The rows of a node's payoffs, probabilities and discounts."""
    outcome, sets = int(game.outcome[node]), game.infosets
    found = [sources.payoff[outcome].tobytes() if outcome >= 0 else b""]
    if game.mover[node] == CHANCE:
        start, stop = sets.action_start[game.infoset[node] : game.infoset[node] + 2].tolist()
        first = sets.num_player_actions
        found.append(sources.probability[start - first : stop - first].tobytes())
    if game.discounts is not None and game.discounts.row[node]:
        found.append(sources.discount[int(game.discounts.row[node])].tobytes())
    return tuple(found)
