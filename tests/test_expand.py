"""Expansion, subgames, facts: the tree that a shared game stands for, written out and counted."""

from __future__ import annotations

from fractions import Fraction
from math import prod
from typing import Any

import numpy as np
import pytest
import trees
from hypothesis import given
from hypothesis import strategies as st

from detente.errors import GameError
from detente.game.builder import Builder
from detente.game.expand import expand, subgame
from detente.game.expressions import name
from detente.game.facts import facts
from detente.game.formulas import Parameter
from detente.game.information import information
from detente.game.strategic import StrategicGame, to_tree
from detente.game.tree import TERMINAL, Bundle, Game, Role

PLAYERS = ("A", "B")


@st.composite
def shared_games(draw: st.DrawFn, discounts: bool = True, symbolic: bool = False) -> Game:
    """A game whose nodes may have several parents; with parameters p (a chance) and g (a gain)."""
    p, g = name("p"), name("g")
    parameters = {"p": Parameter("p", Fraction(1, 3)), "g": Parameter("g", Fraction(2))}
    b = Builder(PLAYERS, parameters=parameters if symbolic else {}, bundles=[Bundle("deal", {})])
    numbers: Any = trees.amounts
    if symbolic:
        numbers = numbers | st.sampled_from([g, g * g, 1 - p, p * g])
    vector = st.tuples(numbers, numbers)
    factor = trees.factors | st.just(p) if symbolic else trees.factors
    nodes = [b.end(*draw(vector), label="end") for _ in range(2)]
    for k in range(draw(st.integers(1, 6))):
        below = draw(st.lists(st.sampled_from(nodes), min_size=1, max_size=3))
        below[0] = nodes[-1]  # so that all is reached
        more: dict[str, Any] = {
            "payoffs": draw(st.none() | vector),
            "discount": draw(st.none() | st.tuples(factor, factor)) if discounts else None,
            "label": f"node {k}",
        }
        if draw(st.booleans()):
            node = b.decide(draw(st.sampled_from(PLAYERS)), dict(zip("xyz", below, strict=False)),
                            **more)  # fmt: skip
        else:
            chances: list[Any] = list(draw(trees.distributions(len(below))))
            if symbolic and len(below) == 2:
                chances = [p, 1 - p]
            lots = zip(chances, below, strict=True)
            node = b.chance(dict(zip("xyz", lots, strict=False)), **more)
        if draw(st.booleans()):
            b.tag(node, draw(st.sampled_from(Role)), "deal")
        nodes.append(node)
    return b.build(nodes[-1], shared=True)


def occurrences(game: Game, node: int = 0) -> list[int]:
    """The stored node of every node of the tree, in preorder."""
    return [node, *(o for child in game.children_of(node) for o in occurrences(game, child))]


def uniform(game: Game) -> list[Fraction]:
    """The profile that mixes evenly everywhere: alike at every occurrence of a node."""
    sets = game.infosets
    return [
        Fraction(1, len(sets.actions(h)))
        for h in range(sets.num_player_infosets) for _ in sets.actions(h)
    ]  # fmt: skip


def assert_same(one: Game, two: Game) -> None:
    """The same game, down to its numbers."""
    for column in ("mover", "child_start", "children", "infoset"):
        assert np.array_equal(getattr(one, column), getattr(two, column)), column
    assert one.node_label == two.node_label
    assert one.infosets.action_label == two.infosets.action_label
    assert one.infosets.label == two.infosets.label
    chance = range(len(one.infosets.probability))
    assert [one.infosets.probability[k] for k in chance] == [
        two.infosets.probability[k] for k in chance
    ]
    for node in range(one.num_nodes):
        assert one.payoff(node) == two.payoff(node)
        assert one.discount(node) == two.discount(node)
    assert one.tags == two.tags


# ── expand ──────────────────────────────────────────────────────────────────────────────────────


@given(shared_games())
def test_the_tree_is_worth_what_the_shared_game_is(game: Game) -> None:
    tree = expand(game)
    trees.check_invariants(tree)
    assert tree.is_tree
    assert tree.discounts is None
    stored = occurrences(game)
    assert tree.num_nodes == game.tree_size == len(stored)
    assert list(tree.node_label) == [game.node_label[v] for v in stored]
    assert tree.mover.tolist() == [int(game.mover[v]) for v in stored]
    assert trees.expected(tree, uniform(tree)) == trees.expected(game, uniform(game))
    if not game.is_tree:
        nonterminal = int((tree.mover != TERMINAL).sum())
        assert len(tree.infosets) == nonterminal


@given(shared_games())
def test_tags_stand_at_every_occurrence(game: Game) -> None:
    expected = [
        (place, t.bundle, t.role)
        for place, v in enumerate(occurrences(game)) for t in game.tags if t.node == v
    ]  # fmt: skip
    assert [(t.node, t.bundle, t.role) for t in expand(game).tags] == expected


positive = st.fractions(Fraction(1, 5), 1, max_denominator=5)  # a discount is above zero


@given(shared_games(symbolic=True), positive, trees.amounts)
def test_expanding_and_changing_parameters_commute(game: Game, p: Fraction, g: Fraction) -> None:
    changed = expand(game.at(p=p, g=g))
    assert_same(changed, expand(game).at(p=p, g=g))
    assert_same(changed, expand(game.at(p=p)).at(g=g))
    assert trees.expected(changed, uniform(changed)) == trees.expected(
        game.at(p=p, g=g), uniform(game)
    )


def test_a_tree_is_its_own_expansion_and_only_loses_discounts() -> None:
    b = Builder(["A"])
    plain = b.build(b.decide("A", {"x": b.end(1)}))
    assert expand(plain) is plain
    two = [b.decide("A", {"x": b.end(1), "y": b.end(2)}, infoset="h", discount=["1/2"])
           for _ in range(2)]  # fmt: skip
    tree = expand(b.build(b.decide("A", {"l": two[0], "r": two[1]}, discount=["1/3"])))
    assert tree.discounts is None
    assert tree.infoset.tolist().count(1) == 2  # hidden information stays as it is
    assert tree.payoff(2) == (Fraction(1, 6),)


def test_a_tree_that_is_too_large_is_refused_with_its_size() -> None:
    b = Builder(["A"])
    node = b.end(1)
    for _ in range(70):
        node = b.decide("A", {"x": node, "y": node})
    with pytest.raises(GameError, match=f"has {2**71 - 1} nodes .71 are stored"):
        expand(b.build(node, shared=True))


def test_a_large_expansion_is_fast_and_right() -> None:
    b = Builder(["A", "B"])
    node = b.end(1, 1)
    for k in range(17):
        other = b.end(k, -k)
        node = b.decide(PLAYERS[k % 2], {"x": node, "y": other, "z": node}, discount=["1/2", 1])
    tree = expand(b.build(node, shared=True))
    assert tree.num_nodes == 2**18 + 2**17 - 2
    assert tree.payoff(17) == (Fraction(1, 2**17), 1)


# ── subgame ─────────────────────────────────────────────────────────────────────────────────────


@given(shared_games(symbolic=True), st.data())
def test_a_subgame_is_worth_what_its_node_is(game: Game, data: st.DataObject) -> None:
    node = data.draw(st.integers(0, game.num_nodes - 1))
    part = subgame(game, node)
    trees.check_invariants(part)
    assert part.describe(0) == game.describe(node) or not game.node_label[node]
    assert part.discount(0) is None
    for view in (game, game.at(p="1/2", g=5)):
        part = subgame(view, node)
        whole = trees.expected(view.replaced(discounts=None), uniform(view), node)
        assert trees.expected(part.replaced(discounts=None), uniform(part)) == whole
        assert_same(part.at(p="1/5"), subgame(view.at(p="1/5"), node))
    tags = {(t.node, t.role) for t in game.tags}
    labels = [game.node_label[v] for v, _ in tags if v in set(occurrences(game, node))]
    assert sorted(part.node_label[t.node] for t in part.tags) == sorted(labels)


@given(trees.trees(players=2, depth=4).flatmap(trees.hidden))
def test_subgames_start_where_information_says_and_nowhere_else(twig: trees.Twig) -> None:
    game = trees.build(twig, 2)
    roots = set(information(game).subgame_roots.tolist())
    paths = [path for path, _ in trees.walk(twig)]
    ends = np.flatnonzero(game.mover == TERMINAL).tolist()
    for node in range(game.num_nodes):
        if node in roots or node in ends:
            part = subgame(game, node)
            trees.check_invariants(part)
            below = [p for p in paths if p[: len(paths[node])] == paths[node]]
            assert part.num_nodes == len(below)
        elif (game.infoset == game.infoset[node]).sum() == 1:
            with pytest.raises(GameError, match="no game starts at"):
                subgame(game, node)


# ── facts ───────────────────────────────────────────────────────────────────────────────────────


@given(shared_games())
def test_facts_of_a_shared_game_are_those_of_its_tree(game: Game) -> None:
    found, tree = facts(game), facts(expand(game))
    assert found.pop("stored_nodes") == game.num_nodes
    assert tree.pop("stored_nodes") == game.tree_size
    assert found == tree


@given(trees.trees(players=3))
def test_facts_by_a_plain_walk(twig: trees.Twig) -> None:
    game = trees.build(twig, 3)
    found = facts(game)
    ends: list[trees.Vector] = []

    def collect(t: trees.Twig, sofar: trees.Vector) -> None:
        gained = tuple(x + y for x, y in zip(sofar, t.gain or (Fraction(0),) * 3, strict=True))
        if not t.below:
            ends.append(gained)
        for child in t.below:
            collect(child, gained)

    collect(twig, (Fraction(0),) * 3)
    assert found["nodes"] == sum(1 for _ in trees.walk(twig))
    assert found["terminals"] == len(ends)
    assert list(found["payoff_sum"].values()) == [sum(e[i] for e in ends) for i in range(3)]
    assert found["constant_sum"] == (len({sum(e) for e in ends}) == 1)
    moves = [t.mover for _, t in trees.decisions(twig)]
    assert found["infosets"] == {f"P{i}": moves.count(i) for i in range(3)}


@given(shared_games(discounts=False), st.integers(-2, 2))
def test_a_constant_sum_is_recognised(game: Game, total: int) -> None:
    payoffs = game.outcomes.payoffs
    rows = [(payoffs.row(o)[0], -payoffs.row(o)[0]) for o in range(len(payoffs))]
    zero = game.replaced(outcomes=type(game.outcomes)(game.outcomes.label, payoffs.of(rows, 2)))
    assert facts(zero)["constant_sum"]
    assert facts(expand(zero))["constant_sum"]


def test_discounts_that_differ_bend_a_constant_sum() -> None:
    def talks(factors: list[str]) -> Game:
        b = Builder(PLAYERS)
        ends = {"x": b.end(1, 0), "y": b.end(0, 1)}
        later = b.decide("B", ends, discount=factors)
        return b.build(b.decide("A", {"wait": later, "also": later}), shared=True)

    assert facts(talks(["1/2", "1/2"]))["constant_sum"]
    assert not facts(talks(["1/2", "1/3"]))["constant_sum"]


def test_sums_beyond_64_bits_are_exact() -> None:
    b = Builder(PLAYERS)
    ends = {str(k): b.end(2**62 + k, f"{k}e-30") for k in range(8)}
    found = facts(b.build(b.decide("A", ends)))
    assert found["payoff_sum"] == {"A": 2**65 + 28, "B": Fraction(28, 10**30)}


def test_counts_of_a_vast_shared_game() -> None:
    b = Builder(PLAYERS)
    node = b.end(1, 0)
    for _ in range(100):
        node = b.decide("B", {"x": node, "y": node})
    found = facts(b.build(node, shared=True))
    assert found["nodes"] == 2**101 - 1
    assert found["payoff_sum"]["A"] == found["terminals"] == 2**100
    assert found["infosets"] == {"A": 0, "B": 2**100 - 1}
    assert found["subgames"] == 2**100 - 1
    assert found["stored_nodes"] == 101


@given(st.lists(st.integers(1, 3), min_size=1, max_size=3), st.data())
def test_facts_of_a_strategic_form_are_those_of_its_tree(
    shape: list[int], data: st.DataObject
) -> None:
    vector = st.tuples(*[st.integers(-1, 1)] * len(shape))
    game = StrategicGame.of(
        [f"P{i}" for i in range(len(shape))],
        [[str(k) for k in range(width)] for width in shape],
        data.draw(st.lists(vector, min_size=prod(shape), max_size=prod(shape))),
        title="form",
    )
    found, tree = facts(game), facts(to_tree(game))
    assert list(found.pop("strategies").values()) == shape
    assert (found.pop("stored_nodes"), tree.pop("stored_nodes")) == (0, tree["nodes"])
    tree.pop("why")  # names nodes, which the form has none of
    assert found == tree
