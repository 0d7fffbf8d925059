"""Random games as plain nested data, and what is true of them by plain recursion.

Nothing here looks at the arrays of a `Game`: the tests compare the package with these walks.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import product
from typing import Any

from hypothesis import strategies as st

from detente.game.builder import Builder, Node
from detente.game.tree import CHANCE, TERMINAL, Game

Vector = tuple[Fraction, ...]
Path = tuple[int, ...]
"""The positions of the moves that lead to a node."""
Plan = dict[Path, list[Fraction]]
"""The probabilities of the moves at each decision node."""


@dataclass(frozen=True)
class Twig:
    """A node: `mover` None at an end, "chance", or a player's index."""

    mover: int | str | None
    below: tuple[Twig, ...] = ()
    gain: Vector | None = None
    chances: tuple[Fraction, ...] = ()
    infoset: str = ""
    discount: Vector | None = None


# ── plain walks ─────────────────────────────────────────────────────────────────────────────────


def walk(twig: Twig, path: Path = ()) -> Iterator[tuple[Path, Twig]]:
    """Every node with its path, in preorder."""
    yield path, twig
    for k, child in enumerate(twig.below):
        yield from walk(child, (*path, k))


def decisions(twig: Twig) -> list[tuple[Path, Twig]]:
    """The decision nodes, ordered by player and then in preorder."""
    found = [(path, t) for path, t in walk(twig) if isinstance(t.mover, int)]
    return sorted(found, key=lambda pair: pair[1].mover)


def arriving(twig: Twig, below: Vector) -> Vector:
    """A node's value from what comes below it."""
    gain = twig.gain or (Fraction(0),) * len(below)
    factor = twig.discount or (Fraction(1),) * len(below)
    return tuple(f * (g + b) for f, g, b in zip(factor, gain, below, strict=True))


def value(twig: Twig, plan: Plan, players: int, path: Path = ()) -> Vector:
    """What each player expects from a node on."""
    zero = (Fraction(0),) * players
    if not twig.below:
        return arriving(twig, zero)
    weights = twig.chances if twig.mover == "chance" else plan[path]
    values = [value(child, plan, players, (*path, k)) for k, child in enumerate(twig.below)]
    mean = [sum((w * v[i] for w, v in zip(weights, values, strict=True)), Fraction(0))
            for i in range(players)]  # fmt: skip
    return arriving(twig, tuple(mean))


def backward(twig: Twig, players: int, path: Path = ()) -> tuple[Vector, Plan]:
    """One subgame-perfect plan (the first best move everywhere) and its value."""
    if not twig.below:
        return arriving(twig, (Fraction(0),) * players), {}
    values, plan = [], {}
    for k, child in enumerate(twig.below):
        below, more = backward(child, players, (*path, k))
        values.append(below)
        plan.update(more)
    if isinstance(twig.mover, int):
        best = max(v[twig.mover] for v in values)
        first = [v[twig.mover] for v in values].index(best)
        plan[path] = [Fraction(int(k == first)) for k in range(len(values))]
        return arriving(twig, values[first]), plan
    mean = [sum((w * v[i] for w, v in zip(twig.chances, values, strict=True)), Fraction(0))
            for i in range(players)]  # fmt: skip
    return arriving(twig, tuple(mean)), plan


def one_shot_regrets(twig: Twig, plan: Plan, players: int) -> dict[Path, Fraction]:
    """The gain from the best single change of move at each decision node."""
    regrets = {}
    for path, t in walk(twig):
        if isinstance(t.mover, int):
            values = [value(c, plan, players, (*path, k))[t.mover] for k, c in enumerate(t.below)]
            planned = sum(w * v for w, v in zip(plan[path], values, strict=True))
            regrets[path] = max(values) - planned
    return regrets


def plan_regret(twig: Twig, plan: Plan, players: int) -> Fraction:
    """The largest gain of any player from another pure plan, all of them tried in turn."""
    now = value(twig, plan, players)
    most = Fraction(0)
    for player in range(players):
        sets: dict[object, list[Path]] = {}
        for path, t in walk(twig):
            if t.mover == player:
                sets.setdefault(t.infoset or path, []).append(path)
        widths = [len(plan[paths[0]]) for paths in sets.values()]
        for moves in product(*map(range, widths)):
            other = dict(plan)
            for paths, move, width in zip(sets.values(), moves, widths, strict=True):
                for path in paths:
                    other[path] = [Fraction(int(k == move)) for k in range(width)]
            most = max(most, value(twig, other, players)[player] - now[player])
    return most


# ── games from them ─────────────────────────────────────────────────────────────────────────────


def build(twig: Twig, players: int) -> Game:
    """The game of this tree; the moves of a node are called a, b, c, …"""
    b = Builder([f"P{i}" for i in range(players)])
    return b.build(_add(b, twig))


def _add(b: Builder, twig: Twig) -> Node:
    below = [_add(b, child) for child in twig.below]
    names = "abcdefghij"
    more: dict[str, Any] = {"payoffs": twig.gain, "discount": twig.discount}
    if twig.mover is None:
        return b.end(*(twig.gain or ()))
    if twig.mover == "chance":
        lots = zip(twig.chances, below, strict=True)
        return b.chance(dict(zip(names, lots, strict=False)), **more)
    player = b.players[int(twig.mover)]
    moves = dict(zip(names, below, strict=False))
    return b.decide(player, moves, infoset=twig.infoset, **more)


def vector_of(twig: Twig, plan: Plan) -> list[Fraction]:
    """The plan in the order of a profile: by infoset, each where it is first met."""
    seen, flat = set(), []
    for path, t in decisions(twig):
        key = (t.mover, t.infoset or path)
        if key not in seen:
            seen.add(key)
            flat += plan[path]
    return flat


# ── strategies ──────────────────────────────────────────────────────────────────────────────────

amounts = st.one_of(
    st.integers(-2, 2).map(Fraction),  # ties are what goes wrong
    st.fractions(min_value=-3, max_value=3, max_denominator=7),
)

factors = st.fractions(min_value=Fraction(1, 5), max_value=2, max_denominator=5)


@st.composite
def distributions(draw: st.DrawFn, width: int) -> tuple[Fraction, ...]:
    """Probabilities, zero among them, that sum to one."""
    parts = draw(st.lists(st.integers(0, 4), min_size=width, max_size=width))
    if not sum(parts):
        parts[0] = 1
    return tuple(Fraction(part, sum(parts)) for part in parts)


@st.composite
def trees(
    draw: st.DrawFn, players: int = 2, depth: int = 3, discounts: bool = False
) -> Twig:
    """A tree of perfect information, gains at interior nodes included."""
    vector = st.tuples(*[amounts] * players)
    discount = draw(st.none() | st.tuples(*[factors] * players)) if discounts else None
    gain = draw(st.none() | vector)
    kind = draw(st.sampled_from(["end", "chance", "move", "move"])) if depth else "end"
    if kind == "end":
        return Twig(None, gain=gain)
    width = draw(st.integers(1, 3))
    below = tuple(draw(trees(players, depth - 1, discounts)) for _ in range(width))
    if kind == "chance":
        return Twig("chance", below, gain, draw(distributions(width)), discount=discount)
    return Twig(draw(st.integers(0, players - 1)), below, gain, discount=discount)


@st.composite
def plans(draw: st.DrawFn, twig: Twig) -> Plan:
    """A behavior plan, mostly pure, alike throughout an infoset."""
    by_set: dict[object, list[Fraction]] = {}
    plan = {}
    for path, t in decisions(twig):
        key = (t.mover, t.infoset) if t.infoset else path
        if key not in by_set:
            width = len(t.below)
            pure = draw(st.integers(0, width))
            by_set[key] = (
                list(draw(distributions(width))) if pure == width
                else [Fraction(int(k == pure)) for k in range(width)]
            )
        plan[path] = by_set[key]
    return plan


@st.composite
def hidden(draw: st.DrawFn, twig: Twig, recall: bool = True) -> Twig:
    """The tree with some nodes of the same width made one infoset, recall kept or perhaps not."""

    def blur(t: Twig, memory: dict[int, str]) -> Twig:
        if not isinstance(t.mover, int):
            return replace(t, below=tuple(blur(child, memory) for child in t.below))
        past = memory.get(t.mover, "") if recall else ""
        name = f"{past}|{len(t.below)}{draw(st.sampled_from('xy'))}"
        return replace(
            t,
            infoset=name,
            below=tuple(
                blur(child, {**memory, t.mover: f"{name}{k}"}) for k, child in enumerate(t.below)
            ),
        )

    return blur(twig, {})


# ── the rules of a game's arrays ────────────────────────────────────────────────────────────────


def check_invariants(game: Game) -> None:
    """What `detente.game.tree` promises of every game."""
    n, sets = game.num_nodes, game.infosets
    for v in range(n):
        below = game.children_of(v)
        assert all(child > v for child in below)
        if game.mover[v] == TERMINAL:
            assert not below
            assert game.infoset[v] == -1
        else:
            h = int(game.infoset[v])
            assert sets.mover[h] == game.mover[v]
            assert len(below) == len(sets.actions(h))
    if game.is_tree:
        order, stack = [], [0]
        while stack:
            order.append(stack.pop())
            stack += game.children_of(order[-1])[::-1]
        assert order == list(range(n))
    movers = sets.mover.tolist()
    assert movers == sorted(movers, key=lambda m: game.num_players if m == CHANCE else m)
    first: dict[int, int] = {}
    for v in range(n):
        if game.infoset[v] >= 0:
            first.setdefault(int(game.infoset[v]), v)
    for h in range(1, len(sets)):
        assert movers[h] != movers[h - 1] or first[h] > first[h - 1]
    assert len(game.node_label) == n
    assert len(sets.label) == len(sets)
    assert len(sets.action_label) == sets.action_start[-1]
    assert len(sets.probability) == sets.action_start[-1] - sets.num_player_actions
    assert all(0 <= tag.node < n and 0 <= tag.bundle < len(game.bundles) for tag in game.tags)


def expected(game: Game, vector: list[Fraction], node: int = 0) -> Vector:
    """The value of a node under a profile, by recursion over a game's own (checked) accessors."""
    below = game.children_of(node)
    total = list(game.payoff(node))
    if below:
        h, sets = int(game.infoset[node]), game.infosets
        first = int(sets.action_start[h])
        weights = (
            sets.probabilities(h) if game.mover[node] == CHANCE
            else vector[first : first + len(below)]
        )
        for weight, child in zip(weights, below, strict=True):
            for i, amount in enumerate(expected(game, vector, child)):
                total[i] += weight * amount
    factors = game.discount(node)
    return tuple(f * t for f, t in zip(factors, total, strict=True)) if factors else tuple(total)
