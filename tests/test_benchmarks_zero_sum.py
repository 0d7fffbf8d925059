"""The benchmarks of poker and of zero-sum matrices run, on their smaller games."""

from __future__ import annotations

import pytest

from benchmarks import poker, zero_sum
from benchmarks.card_games import goofspiel, kuhn, leduc
from benchmarks.timing import AnswersDiffer, Settings


def test_the_games_have_the_sizes_that_they_should():
    assert [kuhn(k).num_nodes for k in (3, 6, 10)] == [9 * k * (k - 1) + 1 for k in (3, 6, 10)]
    assert [goofspiel(k).num_nodes for k in (1, 2, 3, 4)] == [1, 7, 67, 1077]
    game = leduc()
    assert (game.num_nodes, game.infosets.num_player_infosets) == (9457, 936)
    assert leduc(suits_seen=False).infosets.num_player_infosets == 288


@pytest.mark.slow
def test_poker_against_gambit():
    pytest.importorskip("pygambit")
    rows = list(poker.rows(Settings(largest=1100, repeats=1)))
    assert {row.size for row in rows} == {55, 271, 811, 1077}
    assert all(row.agreed for row in rows)


@pytest.mark.slow
def test_matrices_against_highs_and_quantecon():
    pytest.importorskip("quantecon")
    rows = list(zero_sum.rows(Settings(largest=10_000, repeats=1)))
    assert [row.size for row in rows] == [10_000, 10_000]


@pytest.mark.slow
def test_a_wrong_value_stops_the_run(monkeypatch):
    pytest.importorskip("pygambit")
    monkeypatch.setattr(poker, "gambit", lambda game, rational: (1, 1.0))
    with pytest.raises(AnswersDiffer):
        list(poker.rows(Settings(largest=55, repeats=1)))
