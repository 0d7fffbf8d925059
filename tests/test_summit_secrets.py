"""Summits with secrets: who knows what, against a plain enumeration of histories."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from random_secrets import random_secrets
from secret_reading import SecretReading

import detente as dt
from detente.game.information import information
from detente.game.tree import CHANCE, TERMINAL


def assert_same_game(game: dt.Game, expected: Any, names: list[str]) -> None:
    """The same moves, probabilities and payoffs, and information sets that are the same nodes."""
    keys: dict[int, Any] = {}
    infosets: dict[Any, int] = {}
    nothing = (Fraction(0),) * game.num_players
    ones = (Fraction(1),) * game.num_players
    stack = [(0, expected, nothing, ones)]
    met = 0
    while stack:
        node, there, total, factor = stack.pop()
        met += 1
        factor = times(factor, game.discount(node) or ones)
        gained = times(factor, game.payoff(node))
        total = tuple(a + b for a, b in zip(total, gained, strict=True))
        children, h = game.children_of(node), int(game.infoset[node])
        if there[0] == "end":
            assert game.mover[node] == TERMINAL
            assert total == there[1], game.path_to(node)
            continue
        actions = list(game.infosets.actions(h))
        assert actions == [names[a] if isinstance(a, int) else a for a, *_ in there[-1]]
        if there[0] == "chance":
            assert game.mover[node] == CHANCE
            assert game.infosets.probabilities(h) == [p for _, p, _ in there[1]]
        else:
            _, side, question, seen, _ = there
            assert game.players[game.mover[node]] == side
            key = (side, question, seen)
            assert keys.setdefault(h, key) == key, game.path_to(node)
            assert infosets.setdefault(key, h) == h, game.path_to(node)
        stack += [
            (child, after[-1], total, factor)
            for child, after in zip(children, there[-1], strict=True)
        ]
    assert met == game.num_nodes


def times(one: tuple[Fraction, ...], other: tuple[Fraction, ...]) -> tuple[Fraction, ...]:
    return tuple(a * b for a, b in zip(one, other, strict=True))


def assert_well_formed(game: dt.Game) -> None:
    found = information(game)
    assert game.is_tree
    assert found.perfect_recall, found.witness
    assert not found.absent_minded
    own = game.infosets.label[: game.infosets.num_player_infosets]
    movers = game.infosets.mover[: game.infosets.num_player_infosets].tolist()
    assert len(set(zip(movers, own, strict=True))) == len(own)


@pytest.mark.parametrize("seed", range(60))
def test_random_secrets_of_one_round(seed: int) -> None:
    compare(random_secrets(seed), games=3)


@pytest.mark.parametrize("seed", range(100, 112))
def test_random_secrets_of_two_rounds(seed: int) -> None:
    compare(random_secrets(seed, rounds=2), games=1)


def compare(text: str, games: int) -> None:
    summit = dt.Summit.read(text)
    names = [bundle.name for bundle in summit.bundles]
    reading = SecretReading(text).ready()
    try:
        built = [summit.game, *(summit.table(b, 1) for b in range(min(games, len(names))))]
    except dt.DetenteError as error:
        if "what it has not seen" in error.message:
            pytest.skip("a draw in which a move would tell what is hidden")
        raise
    expected = [reading.whole(), *(reading.table(b, 1) for b in range(len(built) - 1))]
    for game, other in zip(built, expected, strict=True):
        assert_well_formed(game)
        assert_same_game(game, other, names)
