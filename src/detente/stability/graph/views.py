"""Small conflicts as networkx graphs, to draw and to look at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from detente.conflict.conflict import Conflict
from detente.errors import NotSupported

if TYPE_CHECKING:
    import networkx as nx  # type: ignore[import-untyped]

MOST_EDGES = 200_000


def to_networkx(conflict: Conflict) -> nx.MultiDiGraph[Any]:
    """The integrated graph: a node a state, an edge a move with its `sides` and `improving`.

    Nodes are state numbers from 0, with `name`, `payoff` by side and, where states are option
    vectors, `options` in words. Raises NotSupported for graphs too large to look at.

    >>> graph = to_networkx(Conflict.of({"A": [(0, 1)]}, [[1, 2]]))
    >>> list(graph.edges(data=True))
    [(0, 1, {'sides': ('A',), 'improving': True})]
    """
    import networkx as nx

    edges = sum(len(mover.moves) for mover in conflict.movers)
    if edges > MOST_EDGES:
        raise NotSupported(
            f"a view of a graph has at most {MOST_EDGES:,} moves; this conflict has {edges:,}. "
            "Use its `moves` instead."
        )
    graph: nx.MultiDiGraph[Any] = nx.MultiDiGraph(title=conflict.title)
    for state, name in enumerate(conflict.states):
        payoffs = conflict.payoff[:, state].tolist()
        graph.add_node(state, name=name, payoff=dict(zip(conflict.sides, payoffs, strict=True)))
        if conflict.options is not None:
            graph.nodes[state]["options"] = conflict.options.text(state)
    for k, mover in enumerate(conflict.movers):
        better, sides = conflict.improving(k), conflict.who(mover.sides)
        source, target = mover.moves.source.tolist(), mover.moves.target.tolist()
        for one, other in zip(source, target, strict=True):
            graph.add_edge(one, other, sides=sides, improving=better.has(one, other))
    return graph
