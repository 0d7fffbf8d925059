"""What an independent reading of the definitions of bargaining found, and must not come back."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from fractions import Fraction

import numpy as np
import plain_bargaining as plain
import pytest

import detente as dt
from detente import cli
from detente.game.builder import Builder
from detente.stability.bargaining.frontier import Frontier
from detente.stability.bargaining.problem import Problem
from detente.stability.bargaining.solutions import RULES, evenest, solutions
from detente.stability.bargaining.weights import Weights
from detente.summit.summit import Summit

F = Fraction
PATIENT = """
detente: 1
title: Fish for coal
sides: [North, South]
discount: {per_round: {North: 0.99, South: 0.5}}
terms:
  fish: {by: North, levels: {none: , some: {worth: {North: -1, South: 3}}}}
  coal:
    by: South
    levels:
      none:
      some: {worth: {North: 4, South: -2}}
      much: {worth: {North: 6, South: -2.5}}
protocol: {kind: take-it-or-leave-it, proposer: South}
"""


def picks(problem: Problem, weights: Weights | None = None) -> dict[str, set[int]]:
    found = {s.rule: set(s.outcomes) for s in solutions(Frontier(problem), weights)}
    return {**found, "even": set(evenest(Frontier(problem)).outcomes)}


# ── numbers at the ends of what floats hold ────────────────────────────────────────────────────


@pytest.mark.parametrize("unit", [5e-324, 1e-322, 1e-310])
def test_numbers_with_few_digits_are_told_apart(unit: float) -> None:
    # Floats as small as these are spaced as widely as they are large.
    rows = np.array([[1, 4], [2, 3], [3, 2], [4, 1]]) * unit
    exact = [tuple(F(repr(v)) for v in row) for row in rows.tolist()]
    without = (F(repr(unit)) * F(99, 100),) * 2
    found = picks(Problem.of(rows, without))
    assert found["nash"] == plain.nash(exact, without, [1, 1])
    assert found["egalitarian"] == plain.most_even(exact, without, [F(1), F(1)])
    assert found["utilitarian"] == plain.greatest_sum(exact, without, [F(1), F(1)])


@pytest.mark.parametrize("small", [F(1), F(1, 10**30), F(1, 10**330)])
def test_weights_of_any_size_count_exactly(small: F) -> None:
    # The first party's weight decides between outcomes that the second does not tell apart.
    rows = [(F(10) ** 200, F(1)), (2 * F(10) ** 200, F(1)), (F(1), F(2) * small)]
    found = picks(Problem.of(rows), Weights((small, F(1))))
    assert found["utilitarian"] == {1}
    assert found["egalitarian"] == plain.most_even(rows, (F(0), F(0)), [small, F(1)])


def test_sums_beyond_floats_choose_the_frontier_alike() -> None:
    rows = np.array([[1.7e308, 1.6e308], [1.6e308, 1.7e308], [1.5e308, 1.5e308]])
    assert set(Frontier(Problem.of(rows)).pure) == {0, 1}
    wide = np.concatenate([rows, -np.tile(rows, (100, 1))])
    assert set(Frontier(Problem.of(wide)).pure) == {0, 1}


@pytest.mark.parametrize("width", [1, 2, 3, 4])
@pytest.mark.parametrize("count", [3, 60, 250, 700])
@pytest.mark.parametrize("scale", [1, 1e6])
def test_equal_outcomes_stay_in_their_order(width: int, count: int, scale: float) -> None:
    # Sorted one by one where few are left, in arrays where many are; the parties' units differ.
    draw = np.random.default_rng([width, count])
    near = draw.integers(0, 9, (count, width))
    near[:, -1] = (width - 1) * 8 - near[:, :-1].sum(axis=1)  # opposed: little is dominated
    table = near * scale ** np.arange(width)
    found = Frontier(Problem.of(table)).pure
    points = [tuple(row) for row in table.tolist()]
    best = sorted(plain.undominated(points), key=lambda k: ([-v for v in points[k]], k))
    assert list(found) == best


# ── terms ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("rule", RULES)
def test_terms_are_valued_at_the_solution_that_is_told(rule: str) -> None:
    # Weights by patience are for the Nash solution only.
    found = dt.bargaining(Summit.read(PATIENT), weights="patience", terms=True, solution=rule)
    assert found.terms is not None
    told = found.solution(rule)
    assert told is not None
    assert found.terms.settled == found.names(told.outcomes)


# ── what is told ───────────────────────────────────────────────────────────────────────────────


def test_ways_through_a_tree_have_names_of_their_own() -> None:
    # Labels that are alike, or missing, must not make two outcomes one in a lottery.
    b = Builder(["A", "B"])
    later = b.decide("B", {"": b.end(1, 2), "x, x": b.end(3, 0)})
    game = b.build(b.decide("A", {"x": later, "x, unnamed": b.end(0, 3)}))
    found = dt.bargaining(game, {"A": 0, "B": 0})
    assert found.problem is not None
    names = list(found.problem.outcomes)
    assert len(set(names)) == len(names) == 3


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = cli.run(["frontier", *arguments])
    out = capsys.readouterr()
    return code, out.out, out.err


def many_sides(count: int) -> str:
    sides = [f"S{i}" for i in range(count)]
    gains = ", ".join(f"{side}: {i + 1}" for i, side in enumerate(sides))
    return (
        f"detente: 1\ntitle: Many\nsides: [{', '.join(sides)}]\n"
        f"terms:\n  x: {{by: S0, levels: {{none: , some: {{worth: {{{gains}}}}}}}}}\n"
        "protocol: {kind: take-it-or-leave-it, proposer: S0}\n"
    )


def test_a_table_of_many_parties_can_be_read(tmp_path, capsys, monkeypatch) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    file = tmp_path / "many.yaml"
    file.write_text(many_sides(30))
    code, out, _ = run(capsys, str(file))
    assert code == 0
    row = next(line for line in out.splitlines() if line.startswith("* "))
    assert row.split()[1:6] == ["some", "1", "2", "3", "4"]
    assert "S6 and 23 more bargain" in out
    assert "22 more parties without a column" in out
    values = json.loads(run(capsys, str(file), "--json")[1])["outcomes"][1]["values"]
    assert values["S29"] == "30"


def test_too_many_for_coalitions_is_said_before_anything_is_found(monkeypatch) -> None:
    monkeypatch.setattr("detente.stability.bargaining.report._Run.steps", None)
    with pytest.raises(dt.DetenteError, match="at most 15"):
        dt.bargaining(Summit.read(many_sides(16)), coalitions=True)


@pytest.mark.parametrize("kind", ["equilibrium", "security"])
def test_an_interrupt_while_games_are_solved_is_told(kind: str, monkeypatch) -> None:
    # Solvers keep what they found when they are interrupted, and say so.
    solve = dt.solve

    def interrupted(*given, **named):
        return replace(solve(*given, **named), stopped="interrupted", equilibria=())

    monkeypatch.setattr("detente.solvers.solve", interrupted)
    found = dt.bargaining(dt.load("hanoi-2019-false-alarms"), kind)
    assert found.stopped == "interrupted"
    assert "nothing was found in time" in found.reason


def test_no_number_is_cut_without_a_mark(tmp_path, capsys, monkeypatch) -> None:
    # Cut at the edge of its column, 1005.5 would read as another number.
    monkeypatch.setenv("COLUMNS", "100")
    file = tmp_path / "ten.yaml"
    sides = [f"Side{i}" for i in range(10)]
    gains = ", ".join(f"{side}: {1005.5 + 100 * i}" for i, side in enumerate(sides))
    terms = f"terms:\n  x: {{by: Side0, levels: {{none: , some: {{worth: {{{gains}}}}}}}}}\n"
    file.write_text(
        f"detente: 1\ntitle: Ten\nsides: [{', '.join(sides)}]\n{terms}"
        "protocol: {kind: take-it-or-leave-it, proposer: Side0}\n"
    )
    code, out, _ = run(capsys, str(file), "--coalitions", "--terms")
    assert code == 0
    lines = out.splitlines()
    row = next(line for line in lines if line.startswith("Side3 ") and "+" not in line.split()[1])
    assert "1305.5" in row.split()
    assert not any(re.fullmatch(r"[≈+-]*[0-9]+[.]", word) for word in out.split())
    assert "4 more parties without a column here" in out
