"""From a shared game to the tree it stands for, and from a game to one that starts inside it."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from detente.errors import GameError
from detente.game.expressions import Expr, const
from detente.game.formulas import Formulas
from detente.game.rationals import Payoffs
from detente.game.tree import TERMINAL, Discounts, Game, Infosets, Outcomes, Tag

Ints = NDArray[np.integer]


def expand(game: Game, limit: int = 10_000_000) -> Game:
    """The tree in preorder that a game stands for, its discounts folded into the payoffs.

    Every occurrence of a shared node becomes a node with an information set of its own, and keeps
    labels and tags. Expressions are kept: expanding and changing a parameter can be done in either
    order. A tree without discounts is returned as it is.

    Raises GameError where the tree has more than `limit` nodes; the message says how many.

    >>> from detente.game.builder import Builder
    >>> b = Builder(["A"])
    >>> talks = b.decide("A", {"x": b.end(1), "y": b.end(2)}, label="talks")
    >>> game = b.build(b.decide("A", {"now": talks, "later": talks}), shared=True)
    >>> game.num_nodes, expand(game).num_nodes
    (4, 7)
    """
    if game.is_tree:
        nodes = np.arange(game.num_nodes)
        return game if game.discounts is None else _fold(game, nodes, game.parent)
    if game.tree_size > limit:
        raise GameError(
            f"the tree of this game has {game.tree_size} nodes ({game.num_nodes} are stored, "
            f"shared by the ways that lead to them); at most {limit} are expanded. Use fewer "
            "rounds or bundles, or raise the limit (`detente convert --limit`)."
        )
    stored, parent = _occurrences(game)
    infosets, infoset, formulas = _own_infosets(game, stored)
    counts = np.diff(game.child_start)[stored]
    tree = game.replaced(
        mover=game.mover[stored],
        child_start=_offsets(counts),
        # Siblings stand in preorder as they do among their parent's actions.
        children=(np.argsort(parent[1:], kind="stable") + 1).astype(np.int32),
        infoset=infoset,
        outcome=game.outcome[stored],
        node_label=game.node_label.take(stored),
        infosets=infosets,
        tags=_tags_of(game, stored),
        formulas=formulas,
    )
    return tree if game.discounts is None else _fold(tree, stored, parent)


def subgame(game: Game, node: int) -> Game:
    """The game that starts at a node: what it gains there included, its own discount dropped.

    Raises GameError where an information set reaches outside.

    >>> from detente.game.builder import Builder
    >>> b = Builder(["A", "B"])
    >>> reply = b.decide("B", {"yes": b.end(1, 1), "no": b.end(0, 0)}, label="reply")
    >>> subgame(b.build(b.decide("A", {"ask": reply, "leave": b.end(0, 2)})), 1).describe(0)
    "'reply'"
    """
    kept = _reachable(game, node)
    new = np.full(game.num_nodes, -1, dtype=np.int32)
    new[kept] = np.arange(len(kept))
    counts = np.diff(game.child_start)[kept]
    sets = _whole_infosets(game, kept)
    new_set = np.full(len(game.infosets) + 1, -1, dtype=np.int32)  # the last row is "no infoset"
    new_set[sets] = np.arange(len(sets))
    rows = np.unique(game.outcome[kept])
    rows = rows[rows >= 0]
    new_row = np.full(len(game.outcomes) + 1, -1, dtype=np.int32)
    new_row[rows] = np.arange(len(rows))
    infosets, actions = take_infosets(game, sets)
    formulas = game.formulas
    if formulas is not None:
        formulas = Formulas(
            formulas.parameters,
            [formulas.payoffs[row] for row in rows.tolist()],
            [formulas.probabilities[action] for action in actions.tolist()],
            formulas.discounts,
        )
    return game.replaced(
        mover=game.mover[kept],
        child_start=_offsets(counts),
        children=new[game.children[_ranges(game.child_start[kept].astype(np.int64), counts)]],
        infoset=new_set[game.infoset[kept]],
        outcome=new_row[game.outcome[kept]],
        node_label=game.node_label.take(kept),
        infosets=infosets,
        outcomes=Outcomes(game.outcomes.label.take(rows), game.outcomes.payoffs.take(rows)),
        discounts=_inner_discounts(game, kept),
        tags=_sorted(
            Tag(int(new[t.node]), t.bundle, t.role) for t in game.tags if new[t.node] >= 0
        ),
        formulas=formulas,
    )


def folded(game: Game, limit: int = 1_000_000) -> Game:
    """The same game without discounts, its payoffs as the root sees them.

    Continuations stay shared where the same factors lead to them; elsewhere each product of factors
    has nodes, and information sets, of its own. A game without discounts is returned as it is.

    Raises GameError where that takes more than `limit` nodes.

    >>> from detente.game.builder import Builder
    >>> b = Builder(["A"])
    >>> deal = b.end(8, label="deal")
    >>> late = b.decide("A", {"sign": deal, "leave": b.end(0)}, discount=["1/2"])
    >>> game = b.build(b.decide("A", {"sign": deal, "wait": late}), shared=True)
    >>> now, later = folded(game), game
    >>> later.num_nodes, now.num_nodes, [str(now.payoff(v)[0]) for v in range(now.num_nodes)]
    (4, 5, ['0', '0', '8', '4', '0'])
    """
    if game.discounts is None:
        return game
    if game.is_tree:
        return _fold(game, np.arange(game.num_nodes), game.parent)
    arriving = _arriving_factors(game, limit)
    place = {pair: at for at, pair in enumerate(
        (node, way) for node, ways in enumerate(arriving) for way in ways
    )}  # fmt: skip
    stored = np.array([node for node, _ in place], dtype=np.int32)
    children = [
        place[child, arriving[node][way]] for node, way in place for child in game.children_of(node)
    ]
    infosets, infoset, formulas = _own_infosets(game, stored)
    split = game.replaced(
        mover=game.mover[stored],
        child_start=_offsets(np.diff(game.child_start)[stored]),
        children=np.array(children, dtype=np.int32),
        infoset=infoset,
        outcome=game.outcome[stored],
        node_label=game.node_label.take(stored),
        infosets=infosets,
        tags=_tags_of(game, stored),
        formulas=formulas,
    )
    return _fold(split, stored, split.parent)


def _arriving_factors(game: Game, limit: int) -> list[dict[int, int]]:
    """For each node, product of factors on the way to it → that product times its own (numbers)."""
    assert game.discounts is not None
    factors, rows = game.discounts.factors, game.discounts.row.tolist()
    number = {(Fraction(1),) * game.num_players: 0}
    products = list(number)
    arriving: list[dict[int, int]] = [{} for _ in range(game.num_nodes)]
    arriving[0][0] = 0
    count = 0
    for node, ways in enumerate(arriving):
        count += len(ways)
        if count > limit:
            raise GameError(
                f"the discounts of this game lead to its nodes in so many ways that more than "
                f"{limit:,} nodes are needed to tell them apart. Use fewer rounds or bundles."
            )
        for way in ways:
            if rows[node]:
                product = tuple(
                    a * b for a, b in zip(products[way], factors[rows[node]], strict=True)
                )
                if product not in number:
                    number[product] = len(products)
                    products.append(product)
                ways[way] = number[product]
            for child in game.children_of(node):
                arriving[child].setdefault(ways[way], ways[way])
    return arriving


# ── nodes ───────────────────────────────────────────────────────────────────────────────────────


def _occurrences(game: Game) -> tuple[Ints, Ints]:
    """The stored node and the parent (-1 at the root) of each node of the tree, in preorder."""
    size = _tree_sizes(game)
    stored = np.empty(int(size[0]), dtype=np.int32)
    parent = np.full(int(size[0]), -1, dtype=np.int32)
    width = np.diff(game.child_start)
    place: Ints = np.zeros(1, dtype=np.int64)
    nodes: Ints = place
    while len(nodes):  # one level of the tree at a time
        stored[place] = nodes
        families = width[nodes]
        nodes = game.children[_ranges(game.child_start[nodes], families)]
        above = np.repeat(place, families)
        earlier = np.cumsum(size[nodes]) - size[nodes]
        eldest = (np.cumsum(families) - families)[families > 0]
        earlier -= np.repeat(earlier[eldest], families[families > 0])  # of elder siblings only
        place = above + 1 + earlier
        parent[place] = above
    return stored, parent


def _tree_sizes(game: Game) -> Ints:
    start, children = game.child_start.tolist(), game.children.tolist()
    size = [1] * game.num_nodes
    for node in range(game.num_nodes - 1, -1, -1):
        for edge in range(start[node], start[node + 1]):
            size[node] += size[children[edge]]
    return np.array(size, dtype=np.int64)


def _reachable(game: Game, node: int) -> Ints:
    """The nodes from this one on, parents before children; in preorder if they are a tree."""
    if game.is_tree:
        last = node
        while game.child_start[last] < game.child_start[last + 1]:
            last = int(game.children[game.child_start[last + 1] - 1])
        return np.arange(node, last + 1)
    finished: list[int] = []
    seen, stack = {node}, [(node, game.children_of(node))]
    while stack:
        above, below = stack[-1]
        if not below:
            finished.append(above)
            stack.pop()
        elif (child := below.pop()) not in seen:  # the last child first: it ends up last
            seen.add(child)
            stack.append((child, game.children_of(child)))
    return np.array(finished[::-1])


def _offsets(counts: Ints) -> NDArray[np.int32]:
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)


def _ranges(start: Ints, count: Ints) -> Ints:
    """start[0], start[0] + 1, … (count[0] of them), then the same of start[1], and so on."""
    ends = np.cumsum(count)
    return np.repeat(start - (ends - count), count) + np.arange(ends[-1] if len(ends) else 0)


def _tags_of(game: Game, stored: Ints) -> tuple[Tag, ...]:
    """The game's tags at every occurrence of their nodes."""
    by_node = np.argsort(stored, kind="stable")
    first = np.searchsorted(stored[by_node], np.arange(game.num_nodes + 1))
    return _sorted(
        Tag(occurrence, tag.bundle, tag.role)
        for tag in game.tags
        for occurrence in by_node[first[tag.node] : first[tag.node + 1]].tolist()
    )


def _sorted(tags: Iterable[Tag]) -> tuple[Tag, ...]:
    return tuple(sorted(tags, key=lambda tag: (tag.node, tag.bundle, tag.role)))


# ── infosets ────────────────────────────────────────────────────────────────────────────────────


def _own_infosets(game: Game, stored: Ints) -> tuple[Infosets, NDArray[np.int32], Formulas | None]:
    """An infoset for every occurrence, ordered by player and then in preorder, chance last."""
    mover = game.mover[stored]
    nodes = np.flatnonzero(mover != TERMINAL)
    nodes = nodes[np.argsort(mover[nodes] % (game.num_players + 1), kind="stable")]
    infosets, actions = take_infosets(game, game.infoset[stored[nodes]])
    infoset = np.full(len(stored), -1, dtype=np.int32)
    infoset[nodes] = np.arange(len(nodes))
    formulas = game.formulas
    if formulas is not None:
        probabilities = [formulas.probabilities[action] for action in actions.tolist()]
        formulas = Formulas(
            formulas.parameters, formulas.payoffs, probabilities, formulas.discounts
        )
    return infosets, infoset, formulas


def _whole_infosets(game: Game, kept: Ints) -> Ints:
    """The infosets met at these nodes, in their order there; refused where one reaches outside."""
    inside = game.infoset[kept][game.mover[kept] != TERMINAL]
    sets, first = np.unique(inside, return_index=True)
    members = np.bincount(game.infoset[game.mover != TERMINAL], minlength=len(game.infosets))
    here = np.bincount(inside, minlength=len(game.infosets))
    cut = sets[(here[sets] < members[sets]) & (sets < game.infosets.num_player_infosets)]
    if len(cut):
        raise GameError(
            f"no game starts at {game.describe(int(kept[0]))}: information set "
            f"'{game.infosets.label[int(cut[0])]}' has nodes there and elsewhere. Take a node that "
            "starts a proper subgame (`information(game).subgame_roots`)."
        )
    return sets[np.lexsort((first, game.infosets.mover[sets] % (game.num_players + 1)))]


def take_infosets(game: Game, sets: Ints) -> tuple[Infosets, Ints]:
    """These infosets (the players' first, in order), and where their chance actions stand among
    the game's."""
    old = game.infosets
    counts = np.diff(old.action_start)[sets]
    flat = _ranges(old.action_start[sets], counts)
    chance = flat[flat >= old.num_player_actions] - old.num_player_actions
    infosets = Infosets(
        mover=old.mover[sets],
        action_start=_offsets(counts),
        label=old.label.take(sets),
        action_label=old.action_label.take(flat),
        probability=old.probability.take(chance),
    )
    return infosets, chance


# ── discounts ───────────────────────────────────────────────────────────────────────────────────


def _inner_discounts(game: Game, kept: Ints) -> Discounts | None:
    if game.discounts is None:
        return None
    row = game.discounts.row[kept]
    row[0] = 0
    return Discounts(row, game.discounts.factors) if row.any() else None


def _fold(tree: Game, stored: Ints, parent: Ints) -> Game:
    """The tree without discounts: each outcome times the factors on the way to it.

    `stored` : for each node of the tree, the row of `tree.discounts.row` that holds for it
    """
    assert tree.discounts is not None
    way, ways = _discount_ways(tree, tree.discounts.row[stored], parent)
    gained = np.flatnonzero(tree.outcome >= 0)
    pairs, row = np.unique(
        tree.outcome[gained].astype(np.int64) * len(ways) + way[gained], return_inverse=True
    )
    old, used = pairs // len(ways), [ways[w] for w in (pairs % len(ways)).tolist()]
    amounts = [
        tuple(a * f for a, f in zip(tree.outcomes.payoffs.row(o), factors, strict=True))
        for o, (factors, _) in zip(old.tolist(), used, strict=True)
    ]
    outcome = np.full(tree.num_nodes, -1, dtype=np.int32)
    outcome[gained] = row
    formulas = tree.formulas
    if formulas is not None:
        expressions = [
            tuple(a * f for a, f in zip(formulas.payoffs[o], factors, strict=True))
            for o, (_, factors) in zip(old.tolist(), used, strict=True)
        ]
        formulas = Formulas(formulas.parameters, expressions, formulas.probabilities)
    table = Payoffs.of(amounts, tree.num_players)
    return tree.replaced(
        outcome=outcome,
        outcomes=Outcomes(tree.outcomes.label.take(old), table),
        discounts=None,
        formulas=formulas,
    )


_Factors = tuple[tuple[Fraction, ...], tuple[Expr, ...]]


def _discount_ways(tree: Game, rows: Ints, parent: Ints) -> tuple[Ints, list[_Factors]]:
    """For each node, which of the listed products of factors stands on the way to it."""
    assert tree.discounts is not None
    factors = tree.discounts.factors
    symbols = tree.formulas.discounts if tree.formulas is not None else ()
    ones: _Factors = ((Fraction(1),) * tree.num_players, (const(1),) * tree.num_players)
    listed = [ones]
    ways, step = {ones: 0}, {}
    way: list[int] = []
    for row, above in zip(rows.tolist(), parent.tolist(), strict=True):
        here = way[above] if above >= 0 else 0
        if row:
            if (here, row) not in step:
                numbers, expressions = listed[here]
                longer: _Factors = (
                    tuple(a * b for a, b in zip(numbers, factors[row], strict=True)),
                    tuple(a * b for a, b in zip(expressions, symbols[row], strict=True))
                    if symbols else expressions,
                )
                step[here, row] = ways.setdefault(longer, len(ways))
                if len(ways) > len(listed):
                    listed.append(longer)
            here = step[here, row]
        way.append(here)
    return np.array(way, dtype=np.int64), listed
