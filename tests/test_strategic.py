"""The strategic form against a plain walk over the game, and against Gambit's."""

from __future__ import annotations

import io
from collections.abc import Iterator
from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from spelled_games import Speller

from detente.errors import GameError
from detente.files.efg import read_efg, write_efg
from detente.game.builder import Builder
from detente.game.strategic import StrategicGame, to_strategic, to_tree
from detente.game.tree import CHANCE, Game

seeds = st.integers(0, 2**32)
LIMIT = 3000


def small_game(seed: int) -> Game:
    return read_efg(Speller(seed, plain=True, most=14).make().text.encode())


def value(game: Game, plan: dict[int, int], node: int = 0) -> list[Fraction]:
    """What each player expects from a node on, by a plain walk."""
    total = list(game.payoff(node))
    children, h = game.children_of(node), int(game.infoset[node])
    if not children:
        return total
    if game.mover[node] == CHANCE:
        weights = game.infosets.probabilities(h)
    else:
        weights = [Fraction(int(i == plan[h])) for i in range(len(children))]
    for weight, child in zip(weights, children, strict=True):
        if weight:
            below = value(game, plan, child)
            total = [a + weight * b for a, b in zip(total, below, strict=True)]
    return total


def all_plans(game: Game, player: int) -> Iterator[dict[int, int]]:
    own = [h for h in range(len(game.infosets)) if game.infosets.mover[h] == player]
    for choice in product(*(range(len(game.infosets.actions(h))) for h in own)):
        yield dict(zip(own, choice, strict=True))


@settings(max_examples=80, deadline=None)
@given(seeds)
def test_all_strategies_by_a_plain_walk(seed: int) -> None:
    game = small_game(seed)
    plans = [list(all_plans(game, player)) for player in range(game.num_players)]
    try:
        strategic = to_strategic(game, LIMIT, reduced=False)
    except GameError:
        return
    assert strategic.shape == tuple(map(len, plans))
    for profile in product(*map(range, strategic.shape)):
        plan = {h: a for own, i in zip(plans, profile, strict=True) for h, a in own[i].items()}
        assert list(strategic.payoff(*profile)) == value(game, plan)


@settings(max_examples=80, deadline=None)
@given(seeds)
def test_reducing_leaves_out_repetitions_only(seed: int) -> None:
    game = small_game(seed)
    try:
        whole = to_strategic(game, LIMIT, reduced=False)
    except GameError:
        return
    reduced = to_strategic(game, LIMIT)
    assert all(a <= b for a, b in zip(reduced.shape, whole.shape, strict=True))
    found, expected = (
        {form.payoff(*profile) for profile in product(*map(range, form.shape))}
        for form in (reduced, whole)
    )
    assert found == expected
    assert all(len(set(own)) == len(own) for own in reduced.strategies)


@settings(max_examples=40, deadline=None)
@given(seeds)
def test_gambit_finds_the_same_reduced_form(seed: int) -> None:
    pygambit = pytest.importorskip("pygambit")
    game = small_game(seed)
    stream = io.StringIO()
    write_efg(game, stream)
    theirs = pygambit.read_efg(io.BytesIO(stream.getvalue().encode()))
    if not theirs.is_perfect_recall:
        return
    strategic = to_strategic(game, 10**5)
    strategies = [list(player.strategies) for player in theirs.players]
    assert strategic.shape == tuple(map(len, strategies))
    everything = {
        strategic.payoff(*profile) for profile in product(*map(range, strategic.shape))
    }
    gambits = set()
    for profile in product(*strategies):
        outcome = theirs[profile]
        gambits.add(tuple(Fraction(outcome[player]) for player in theirs.players))
    assert everything == gambits


def test_what_strategies_are_called() -> None:
    b = Builder(["A", "B", "Observer"])
    later = b.decide("A", {"x": b.end(1, 0, 0), "y": b.end(0, 1, 0)})
    reply = b.decide("B", {"wait": later, "end": b.end(5, 5, 5)})
    game = b.build(b.decide("A", {"out": b.end(0, 0, 9), "in": reply}))
    strategic = to_strategic(game)
    assert strategic.strategies == (("out *", "in x", "in y"), ("wait", "end"), ("1",))
    assert strategic.payoff(0, 1, 0) == (0, 0, 9)
    assert strategic.payoff(2, 0, 0) == (0, 1, 0)


def test_repeated_actions_are_told_apart_by_number() -> None:
    game = read_efg(b'EFG 2 R "" { "A" } p "" 1 1 "" { "x" "x" } 0 t "" 1 "" { 1 } t "" 0')
    assert to_strategic(game).strategies == (("1", "2"),)


def test_an_absent_minded_driver_has_two_strategies() -> None:
    game = read_efg(
        b'EFG 2 R "" { "Driver" } p "" 1 1 "" { "exit" "go on" } 0 '
        b't "" 0 p "" 1 1 0 t "" 1 "" { 4 } t "" 2 "" { 1 }'
    )
    strategic = to_strategic(game)
    assert [strategic.payoff(i)[0] for i in range(2)] == [0, 1]


def test_the_size_is_said_first() -> None:
    actions = " ".join(f'"{i}"' for i in range(10))
    ends = 't "" 0 ' * 10
    moves = "".join(f'p "" 1 {h} "" {{ {actions} }} 0 {ends}' for h in range(2, 12))
    game = read_efg(f'EFG 2 R "" {{ "A" }} c "" 1 "" {{ {_lottery(10)} }} 0 {moves}'.encode())
    with pytest.raises(GameError, match="10000000000 profiles"):
        to_strategic(game)
    chain = to_tree(StrategicGame.of(["A"], [["x", "y"]], [(1,), (2,)]))
    with pytest.raises(GameError, match="2 profiles"):
        to_strategic(chain, 1)


def test_a_size_beyond_all_printing_is_said() -> None:
    moves = "".join(f'p "" 1 {h} "" {{ "x" "y" }} 0 t "" 0 t "" 0 ' for h in range(5000))
    game = read_efg(f'EFG 2 R "" {{ "A" }} c "" 1 "" {{ {_lottery(5000)} }} 0 {moves}'.encode())
    with pytest.raises(GameError, match="more than 10\\^1000 profiles"):
        to_strategic(game)


def _lottery(size: int) -> str:
    return " ".join(f'"{i}" 1/{size}' for i in range(size))


def test_large_payoffs_stay_exact() -> None:
    game = read_efg(
        b'EFG 2 R "" { "A" } c "" 1 "" { "x" 1/3 "y" 2/3 } 0 t "" 1 "" { 1e30 } t "" 2 "" { 1 }'
    )
    assert to_strategic(game).payoff(0) == (Fraction(10**30 + 2, 3),)


# ── to a tree ──────────────────────────────────────────────────────────────────────────────────


@settings(max_examples=80, deadline=None)
@given(st.lists(st.integers(1, 4), min_size=0, max_size=4))
def test_a_tree_and_back(sizes: list[int]) -> None:
    profiles = [p[::-1] for p in product(*(range(size) for size in reversed(sizes)))]
    payoffs = [tuple(10 * i + k for k in range(len(sizes))) for i, _ in enumerate(profiles)]
    game = StrategicGame.of(
        [f"player {i}" for i in range(len(sizes))],
        [[f"s{i}" for i in range(size)] for size in sizes],
        payoffs,
        title="t",
        comment="c",
    )
    tree = to_tree(game)
    assert (tree.title, tree.comment, tree.players) == ("t", "c", game.players)
    back = to_strategic(tree)
    assert back.strategies == game.strategies
    for profile, expected in zip(profiles, payoffs, strict=True):
        assert game.payoff(*profile) == back.payoff(*profile) == expected
    stream = io.StringIO()
    write_efg(tree, stream)
    assert read_efg(stream.getvalue().encode()).children.tolist() == tree.children.tolist()


def test_a_tree_that_is_too_large_is_refused() -> None:
    names = [str(i) for i in range(10)]
    game = StrategicGame.of(["A", "B"], [names, names], [(0, 0)] * 100)
    with pytest.raises(GameError, match="111 nodes, more than the limit of 110"):
        to_tree(game, 110)


def test_wrong_sizes_are_refused() -> None:
    with pytest.raises(GameError, match="2 tuples of 1 payoffs"):
        StrategicGame.of(["A"], [["x", "y"]], [(1,)])
    with pytest.raises(GameError, match="at least one strategy"):
        StrategicGame.of(["A", "B"], [["x", "y"]], [(1, 1)] * 2)
    with pytest.raises(GameError, match="from 0 to 1; found 2"):
        StrategicGame.of(["A"], [["x", "y"]], [(1,), (2,)]).payoff(2)
