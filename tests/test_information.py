"""Who knows what, against the definitions spelled out over all pairs of nodes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise

import pytest
import trees
from hypothesis import given, settings
from hypothesis import strategies as st

from detente.game import kernels
from detente.game.builder import Builder
from detente.game.facts import facts
from detente.game.information import (
    Information,
    first_hidden_infoset,
    information,
    subtree_sizes,
)
from detente.game.tree import Game


@contextmanager
def compiled() -> Iterator[None]:
    """Every kernel compiled, however small the game."""
    before, kernels.COMPILE_FROM = kernels.COMPILE_FROM, 0
    try:
        yield
    finally:
        kernels.COMPILE_FROM = before


# ── the definitions, over paths ─────────────────────────────────────────────────────────────────


def key(path: trees.Path, t: trees.Twig) -> object:
    return (t.mover, t.infoset or path)


def members(twig: trees.Twig) -> dict[object, list[trees.Path]]:
    found: dict[object, list[trees.Path]] = {}
    for path, t in trees.decisions(twig):
        found.setdefault(key(path, t), []).append(path)
    return found


def remembered(twig: trees.Twig, path: trees.Path) -> list[tuple[object, int]]:
    """All that the mover at this node has been asked and has done before."""
    node, trail = twig, []
    for k in range(len(path)):
        trail.append((key(path[:k], node), node.mover, path[k]))
        node = node.below[path[k]]
    return [(h, move) for h, mover, move in trail if mover == node.mover]


def has_perfect_recall(twig: trees.Twig) -> bool:
    return all(
        remembered(twig, a) == remembered(twig, b)
        for paths in members(twig).values() for a, b in pairwise(paths)
    )  # fmt: skip


def is_absent_minded(twig: trees.Twig) -> bool:
    return any(
        a != b and b[: len(a)] == a
        for paths in members(twig).values() for a in paths for b in paths
    )  # fmt: skip


def starts_a_subgame(twig: trees.Twig, root: trees.Path, node: trees.Twig) -> bool:
    if not root:
        return True
    inside = [
        {path[: len(root)] == root for path in paths} for paths in members(twig).values()
    ]
    alone = len(members(twig).get(key(root, node), [root])) == 1
    return node.mover is not None and alone and all(len(sides) == 1 for sides in inside)


@pytest.mark.parametrize("recall", [True, False])
@pytest.mark.parametrize("way", ["plain", "compiled"])
@settings(deadline=None)
@given(data=st.data())
def test_the_definitions(recall: bool, way: str, data: st.DataObject) -> None:
    twig = data.draw(trees.trees(players=2, depth=4).flatmap(lambda t: trees.hidden(t, recall)))
    game = trees.build(twig, 2)
    if way == "compiled":
        with compiled():
            found = information(game)
    else:
        found = information(game)
    assert found.perfect_information == all(len(m) == 1 for m in members(twig).values())
    assert found.perfect_recall == has_perfect_recall(twig)
    assert found.absent_minded == is_absent_minded(twig)
    roots = [
        number for number, (path, t) in enumerate(trees.walk(twig))
        if starts_a_subgame(twig, path, t)
    ]  # fmt: skip
    assert found.subgame_roots.tolist() == roots
    assert set(found.witness) == {
        rule for rule, broken in [
            ("perfect_information", not found.perfect_information),
            ("perfect_recall", not found.perfect_recall),
            ("absent_minded", found.absent_minded),
        ] if broken
    }  # fmt: skip
    assert (first_hidden_infoset(game) is None) == found.perfect_information


@given(trees.trees(players=2, depth=4))
def test_subtree_sizes(twig: trees.Twig) -> None:
    sizes = [sum(1 for _ in trees.walk(t)) for _, t in trees.walk(twig)]
    assert subtree_sizes(trees.build(twig, 2)).tolist() == sizes


# ── the sentences ───────────────────────────────────────────────────────────────────────────────


def forgetful() -> Game:
    """A moves, and later no longer knows how."""
    b = Builder(["A", "B"])
    later = [
        b.decide("A", {"l": b.end(0, 0), "r": b.end(1, 1)}, infoset="later", label=label)
        for label in ("monday", "")
    ]
    return b.build(b.decide("A", {"x": later[0], "y": later[1]}, label="first"))


def absent_minded_driver() -> Game:
    """Piccione and Rubinstein 1997: two exits that look alike."""
    b = Builder(["driver"])
    second = b.decide("driver", {"exit": b.end(4), "go on": b.end(1)}, infoset="exit")
    return b.build(b.decide("driver", {"exit": b.end(0), "go on": second}, infoset="exit"))


def test_forgetting_is_told_with_its_node() -> None:
    found = information(forgetful())
    assert found.witness["perfect_recall"] == (
        "A forgets at information set 'later': 'monday' (after 'x') comes after its own 'x' at "
        "'first', after 'y' comes after its own 'y' at 'first'."
    )
    assert "A's information set 'later' holds 2 nodes" in found.witness["perfect_information"]


def test_the_absent_minded_driver() -> None:
    found = information(absent_minded_driver())
    assert found.absent_minded
    assert not found.perfect_recall
    assert found.subgame_roots.tolist() == [0]
    assert found.witness["absent_minded"] == (
        "driver may meet information set 'exit' twice in one play: at the first node and again at "
        "after 'go on'."
    )


def test_the_first_hidden_infoset_is_the_first_of_the_tree_not_of_the_players() -> None:
    b = Builder(["A", "B"])
    late = [b.decide("A", {"x": b.end(0, 0)}, infoset="late") for _ in range(2)]
    early = [b.decide("B", {"x": node}, infoset="early") for node in late]
    game = b.build(b.chance({"l": ("1/2", early[0]), "r": ("1/2", early[1])}))
    hidden = first_hidden_infoset(game)
    assert hidden is not None
    assert game.infosets.label[hidden] == "early"


def test_a_game_of_one_node_has_itself_for_a_subgame() -> None:
    b = Builder(["A"])
    game = b.build(b.end(1))
    assert information(game).subgame_roots.tolist() == [0]
    assert first_hidden_infoset(game) is None
    assert facts(game)["subgames"] == 1


def test_it_is_found_once_a_game() -> None:
    game = forgetful()
    assert isinstance(information(game), Information)
    assert information(game) is information(game)
    assert information(game) is not information(game.replaced(title="other"))


def test_a_deep_game_takes_no_recursion() -> None:
    b = Builder(["A"])
    node = b.end(1)
    for k in range(5_000):
        other = b.decide("A", {"l": b.end(0), "r": b.end(1)}, infoset=f"h{k}")
        node = b.decide("A", {"l": other, "r": node}, infoset=f"h{k}")
    found = information(b.build(node))
    assert found.absent_minded
    assert not found.perfect_recall
    assert found.subgame_roots.tolist() == [0]
