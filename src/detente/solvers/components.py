"""Maximal Nash subsets: which extreme equilibria span sets of equilibria together.

The extreme equilibria are the edges of a graph between the first player's extreme strategies and
the second's. All mixtures of the strategies X and Y are equilibria exactly if every pair of X × Y
is an edge, so the maximal sets are the maximal bicliques (Avis, Rosenberg, Savani and von Stengel
2010).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping

from detente.solvers.result import Component

Edge = tuple[int, int]
"""Numbers of a strategy of the first player and of one of the second."""


def components(
    positions: Mapping[Edge, int], check: Callable[[], None] = lambda: None
) -> tuple[Component, ...]:
    """The maximal Nash subsets, each by the positions of its extreme equilibria, in order.

    `positions` : the extreme equilibria, as numbers of both strategies → position in the list
    `check` : called now and then; it may raise to stop a long run

    >>> [c.members for c in components({(0, 0): 0, (0, 1): 1, (1, 1): 2})]
    [(0, 1), (1, 2)]
    """
    if len({x for x, _ in positions}) == len({y for _, y in positions}) == len(positions):
        return tuple([Component((k,)) for k in sorted(positions.values())])
    left, right = Counter(x for x, _ in positions), Counter(y for _, y in positions)
    alone = {pair for pair in positions if left[pair[0]] == right[pair[1]] == 1}
    found: list[tuple[int, ...]] = [(positions[pair],) for pair in alone]
    for xs, ys in bicliques((pair for pair in positions if pair not in alone), check):
        found.append(tuple(sorted([positions[x, y] for x in xs for y in ys])))
    return tuple([Component(members) for members in sorted(found)])


def bicliques(
    edges: Iterable[Edge], check: Callable[[], None] = lambda: None
) -> Iterator[tuple[frozenset[int], frozenset[int]]]:
    """The maximal bicliques with vertices on both sides, each once.

    >>> sorted((sorted(x), sorted(y)) for x, y in bicliques([(0, 0), (0, 1), (1, 1)]))
    [([0], [0, 1]), ([0, 1], [1])]
    """
    near: dict[int, set[int]] = defaultdict(set)
    near_right: dict[int, set[int]] = defaultdict(set)
    for x, y in edges:
        near[x].add(y)
        near_right[y].add(x)
    # The right sides are the intersections of neighborhoods of vertices on the left.
    seen: set[frozenset[int]] = set()
    waiting = [frozenset(ys) for ys in near.values()]
    while waiting:
        right = waiting.pop()
        if right in seen:
            continue
        seen.add(right)
        check()
        touching = [near_right[y] for y in right]
        yield frozenset.intersection(*map(frozenset, touching)), right
        for x in set().union(*touching):
            common = right & near[x]
            if common not in seen:
                waiting.append(common)
