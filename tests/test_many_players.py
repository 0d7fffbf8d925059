"""Games of thousands of players: read, solved and written in time in proportion."""

from __future__ import annotations

import time

import pytest

from detente.errors import FileError, GameError
from detente.files.efg import read_efg
from detente.files.header import player_names
from detente.game.builder import Builder
from detente.game.strategic import StrategicGame, to_strategic, to_tree
from detente.game.tree import MAX_PLAYERS
from detente.solvers import solve


def text(players: int, names: str = "") -> bytes:
    quoted = " ".join(f'"{names or i}"' for i in range(players))
    worth = " ".join(map(str, range(players)))
    move = f'p "" {players} 1 "" {{ "x" "y" }} 0\n'
    ends = f't "" 1 "" {{ {worth} }}\nt "" 2 "" {{ {worth} }}\n'
    return f'EFG 2 R "" {{ {quoted} }}\n{move}{ends}'.encode()


@pytest.mark.parametrize("names", ["", "the same"])
def test_thousands_of_players_are_read_and_solved(names):
    started = time.perf_counter()
    game = read_efg(text(10_000, names))
    result = solve(game)
    assert len(set(game.players)) == 10_000
    assert result.equilibria[0].payoffs[game.players[-1]] == 9_999
    assert time.perf_counter() - started < 5


def test_more_than_can_be_numbered_are_refused():
    with pytest.raises(FileError, match="at most 32,767 players; found 32,768"):
        read_efg(text(MAX_PLAYERS + 1))
    read_efg(text(MAX_PLAYERS))
    one = StrategicGame.of([str(i) for i in range(40_000)], [["x"]] * 40_000, [(0,) * 40_000])
    with pytest.raises(GameError, match="found 40,000"):
        to_tree(one)
    with pytest.raises(GameError, match="found 40,000"):
        Builder(one.players)


def test_repeated_names_are_numbered_past_those_that_are_taken():
    raw = [b"x", b"x", b"", b"x", b"x_2", b"", b"y", b"_1"]
    assert player_names(raw, "utf-8") == ("x_1", "x_3", "_2", "x_4", "x_2", "_3", "y", "_1")


def test_more_players_than_numpy_has_axes():
    b = Builder([f"P{i}" for i in range(100)])
    worths = [[i + k for i in range(100)] for k in range(4)]
    inner = b.decide("P7", {"l": b.end(worths[1]), "r": b.end(worths[2])})
    game = b.build(b.decide("P50", {"out": b.end(worths[0]), "in": inner}))
    form = to_strategic(game)
    assert [len(own) for own in form.strategies if len(own) > 1] == [2, 2]
    for own, other, expected in ((0, 0, 0), (1, 0, 0), (0, 1, 1), (1, 1, 2)):
        chosen = [0] * 100
        chosen[7], chosen[50] = own, other
        assert list(form.payoff(*chosen)) == worths[expected]
    again = to_strategic(to_tree(form))
    assert again.outcomes.payoffs.numerators.tolist() == form.outcomes.payoffs.numerators.tolist()


def test_the_number_of_profiles_is_told_shortly():
    b = Builder([f"P{i}" for i in range(300)])
    node = b.end([0] * 300)
    for player in b.players:
        node = b.decide(player, {"stop": b.end([1] * 300), "go": node})
    with pytest.raises(GameError, match=r"about 10\^90 profiles") as refused:
        to_strategic(b.build(node))
    assert len(str(refused.value)) < 200
