"""nashpy as a second opinion: what it finds is made exact; what does not certify is withheld."""

from __future__ import annotations

import gc
import sys
import time
from fractions import Fraction

import numpy as np
import pytest

import detente as dt
from detente.errors import NotSupported
from detente.game.builder import Builder
from detente.game.strategic import StrategicGame
from detente.solvers import solve
from tests.test_lemke_howson import by_supports, found_by, game_of, plain_regret

ENUMERATIONS = ["nashpy-support-enumeration", "nashpy-vertex-enumeration"]
LEARNING = ["nashpy-fictitious-play", "nashpy-replicator"]
ALL = [*ENUMERATIONS, "nashpy-lemke-howson", *LEARNING]


@pytest.mark.parametrize("method", ENUMERATIONS)
def test_enumerations_find_all_of_a_random_game(method) -> None:
    rng = np.random.default_rng(1)
    for _ in range(5):
        row, column = rng.integers(-99, 99, (2, 3, 4)).tolist()
        result = solve(game_of(row, column), "nash", method, all=True)
        assert set(found_by(result)) == by_supports(row, column)
        assert result.complete == "some"
        assert all(eq.certificate.verdict == "proved" for eq in result.equilibria)


def test_lemke_howson_finds_some_of_them() -> None:
    rng = np.random.default_rng(2)
    row, column = rng.integers(-99, 99, (2, 4, 3)).tolist()
    result = solve(game_of(row, column), "nash", "nashpy-lemke-howson", all=True)
    assert result.equilibria
    assert set(found_by(result)) <= by_supports(row, column)


def test_a_degenerate_game_carries_nashpys_warning() -> None:
    row, column = [[1, 1], [0, 1]], [[1, 1], [1, 0]]
    result = solve(game_of(row, column), "nash", "nashpy-support-enumeration", all=True)
    assert result.complete == "some"
    assert "degenerate" in result.reason
    assert all(plain_regret(row, column, *xy) == 0 for xy in found_by(result))


@pytest.mark.parametrize("method", LEARNING)
def test_learning_settles_where_one_strategy_dominates(method) -> None:
    result = solve(game_of([[3, 0], [5, 1]], [[3, 5], [0, 1]]), "nash", method)
    assert found_by(result) == [((0, 1), (0, 1))]


def test_fictitious_play_of_matching_pennies_leads_to_the_mixture() -> None:
    result = solve(game_of([[1, -1], [-1, 1]], [[-1, 1], [1, -1]]), "nash", LEARNING[0])
    assert found_by(result) == [((Fraction(1, 2),) * 2, (Fraction(1, 2),) * 2)]


def test_learning_that_circles_says_so_and_lists_nothing() -> None:
    # Shapley (1964): fictitious play takes ever longer turns; its frequencies do not settle.
    row = [[2, 0, 1], [1, 2, 0], [0, 1, 2]]
    column = [[1, 0, 2], [2, 1, 0], [0, 2, 1]]
    # A fourth strategy each, never an answer but for a start, keeps the full mixture away.
    result = solve(game_of(row, column), "nash", LEARNING[0])
    if result.equilibria:
        assert plain_regret(row, column, *found_by(result)[0]) == 0
    else:
        assert result.stopped == "failed"
        assert "did not settle" in result.reason


def test_the_same_run_twice_and_numpys_generator_untouched() -> None:
    game = game_of([[1, 1], [1, 1]], [[1, 1], [1, 1]])
    np.random.seed(5)
    first = np.random.random()
    np.random.seed(5)
    runs = [found_by(solve(game, "nash", LEARNING[0])) for _ in range(2)]
    assert runs[0] == runs[1]
    assert np.random.random() == first


@pytest.mark.parametrize("method", ALL)
def test_trees_by_their_reduced_strategic_form(method) -> None:
    result = solve(dt.load("entry-deterrence").game, "nash", method)
    assert result.equilibria
    (eq, *_) = result.equilibria
    assert eq.certificate.verdict == "proved"
    assert eq.profile.game.num_nodes == 5


def hide_and_seek():
    """B looks left or right not knowing where A, who may stay away, has hidden."""
    b = Builder(["A", "B"])

    def look(gains):
        ends = {side: b.end(-gain, gain) for side, gain in zip("lr", gains, strict=True)}
        return b.decide("B", ends, infoset="look")

    hide = b.decide("A", {"l": look((3, -1)), "r": look((-1, 1))}, label="hide")
    return b.build(b.decide("A", {"play": hide, "away": b.end(-9, 9)}, label="enter"))


def test_a_mixture_of_reduced_strategies_becomes_behavior() -> None:
    result = solve(hide_and_seek(), "nash", "nashpy-support-enumeration")
    (eq,) = result.equilibria
    assert eq.profile["A", "enter"] == {"play": 1, "away": 0}
    assert eq.profile["A", "hide"] == {"l": Fraction(1, 3), "r": Fraction(2, 3)}
    assert eq.profile["B", 1] == {"l": Fraction(1, 3), "r": Fraction(2, 3)}
    assert eq.payoffs["B"] == Fraction(1, 3)


def test_pivoting_that_cycles_is_cut_at_the_time_limit() -> None:
    result = solve(dt.load("kuhn-poker").game, "nash", "nashpy-lemke-howson", time_limit=0.5)
    assert result.seconds < 3
    if result.stopped == "time_limit":
        assert not result.equilibria
    else:
        assert result.equilibria[0].certificate.verdict == "proved"


def test_what_collects_garbage_does_not_swallow_the_time_limit() -> None:
    game, late = dt.load("kuhn-poker").game, []

    def collected(_phase: str, _info: dict[str, int]) -> None:
        frame = sys._getframe(1)
        if not late and "nashpy" in frame.f_globals["__name__"]:
            late.append(time.sleep(1))  # the limit passes in here

    thresholds = gc.get_threshold()
    gc.callbacks.append(collected)
    gc.set_threshold(1, 1, 1)
    try:
        result = solve(game, "nash", "nashpy-lemke-howson", time_limit=0.9)
    finally:
        gc.set_threshold(*thresholds)
        gc.callbacks.remove(collected)
    assert late
    assert result.stopped == "time_limit"


def test_what_they_do_not_take() -> None:
    three = StrategicGame.of(["A", "B", "C"], [["1", "2"]] * 3, [(0, 0, 0)] * 8)
    b = Builder(["A"])
    for game in (three, b.build(b.decide("A", {"x": b.end(1), "y": b.end(0)}))):
        with pytest.raises(NotSupported):
            solve(game, "nash", "nashpy-support-enumeration")


def test_one_strategy_and_constant_matrices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("detente.solvers.nashpy_lemke_howson.PATIENCE", 0.2)
    for shape in ((1, 1), (1, 3), (3, 1), (2, 2)):
        matrix = [[4] * shape[1] for _ in range(shape[0])]
        for method in ALL:
            result = solve(game_of(matrix, matrix), "nash", method)
            assert result.equilibria or result.reason
            assert all(plain_regret(matrix, matrix, *xy) == 0 for xy in found_by(result))


def test_vertices_are_not_listed_where_no_time_limit_could_stop_it() -> None:
    method = "nashpy-vertex-enumeration"
    line = [[k % 7 for k in range(17)]] * 2
    with pytest.raises(NotSupported, match="16 strategies"):
        solve(game_of(line, line), "nash", method)
    b = Builder(["A", "B"])
    replies = [
        (f"a{i}", b.decide("B", [(f"b{j}", b.end(i, j)) for j in range(17)], infoset="B"))
        for i in range(2)
    ]
    with pytest.raises(NotSupported, match="extreme"):
        solve(b.build(b.decide("A", replies)), "nash", method)
