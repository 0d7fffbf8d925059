"""Many draws of one game at once, against the exact solver draw by draw."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import detente as dt
from detente.game.expressions import compare, conditional, const, evaluate, maximum, minimum, name
from detente.game.expressions.tape import Tape
from detente.game.tree import Game, Role
from detente.solvers.perfect_information.batch import Program, Sources
from detente.solvers.perfect_information.batch_kernel import BROKEN, DOUBT
from detente.solvers.perfect_information.batch_run import Batch
from detente.stability.continuation import Continuation

X, Y = name("x"), name("y")
EXPRESSIONS = [
    X + 1,
    X * Y / 3 - const("0.1"),
    (X - Y) ** 2 / (1 + Y * Y),
    maximum(X, Y, const(1)) - minimum(X, 2 * Y),
    conditional(compare("<", X, Y), X, Y * Y),
    conditional(compare("!=", X, 0), Y / X, 7),
    conditional(compare("<=", X + Y, 1), 1, 0) * X,
]


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(*[st.floats(-1e6, 1e6)] * 2), min_size=1, max_size=6))
def test_a_tape_is_within_its_error_bound_or_says_that_it_is_unsure(
    points: list[tuple[float, float]],
) -> None:
    tape = Tape.of(EXPRESSIONS, ["x", "y"])
    value, error, unsure = tape.run(np.array(points).T)
    for j, (x, y) in enumerate(points):
        exact = evaluate(EXPRESSIONS, {"x": Fraction(x), "y": Fraction(y)})
        for i, true in enumerate(exact):
            off = error[i, j]
            if not unsure[j] and np.isfinite(off):
                assert abs(Fraction(float(value[i, j])) - true) <= Fraction(float(off))


def test_a_test_on_the_edge_is_unsure_and_one_beside_it_is_not() -> None:
    third = X / 3 + X / 3 + X / 3 - X * X
    tape = Tape.of([conditional(compare("<", third, 0), 1, 2)])
    assert tape.run(np.array([[1.0, 2.0]]))[2].tolist() == [True, False]


def test_dividing_by_zero_is_no_number_where_it_counts_only() -> None:
    tape = Tape.of([conditional(compare("!=", X, 0), 1 / X, 7), 1 / X])
    value, error, _ = tape.run(np.array([[0.0, 2.0]]))
    assert value[0].tolist() == [7.0, 0.5]
    assert np.isnan(value[1, 0])
    assert not error[1, 0] < np.inf


# ── games ──────────────────────────────────────────────────────────────────────────────────────


def random_game(seed: int, tied: bool = False) -> Game:
    """A game of perfect information whose payoffs and chances depend on x and y."""
    rng = np.random.default_rng(seed)
    build = dt.Builder(
        ["A", "B"],
        parameters={"x": dt.Parameter("x", Fraction(1, 2)), "y": dt.Parameter("y", Fraction(1, 3))},
    )

    def payoff() -> list[object]:
        a, b, c = (int(v) for v in rng.integers(-4, 5, 3))
        return [a * X + b * Y + c, (b if tied else c) * X - a * Y * X]

    def node(depth: int) -> object:
        kind = int(rng.integers(4)) if depth else 3
        gained = payoff() if rng.random() < 0.3 else None
        if kind == 3:
            return build.end(payoff())
        count = int(rng.integers(1, 4))
        moves = {f"m{i}": node(depth - 1) for i in range(count)}
        if kind == 2:
            odds = [X] + [(1 - X) / (count - 1)] * (count - 1) if count > 1 else [const(1)]
            return build.chance(
                dict(zip(moves, zip(odds, moves.values(), strict=True), strict=True)),
                payoffs=gained,
            )
        return build.decide("AB"[kind], moves, payoffs=gained)

    return build.build(node(4))


@pytest.mark.parametrize("seed", range(25))
def test_every_draw_is_solved_as_the_exact_solver_does(seed: int) -> None:
    game = random_game(seed, tied=seed % 2 == 0)
    nodes = np.flatnonzero(game.mover >= 0).tolist()
    if not nodes:
        return
    draws = np.random.default_rng(seed).random((2, 40)) * 0.98 + 0.01
    told = Batch.of(game, nodes, names=["x", "y"]).run(draws)
    for j in range(draws.shape[1]):
        exact = Continuation(game.at(x=Fraction(draws[0, j]), y=Fraction(draws[1, j])))
        for t, node in enumerate(nodes):
            assert not exact.ties(node) or told.mark[t, j] & DOUBT
            if not told.mark[t, j] & DOUBT:
                assert told.choice[t, j] == exact.choice[node]


def test_a_tie_is_in_doubt_and_so_is_all_above_it() -> None:
    build = dt.Builder(["A", "B"], parameters={"x": dt.Parameter("x", Fraction(1))})
    inner = build.decide("B", {"l": build.end([X, 1]), "r": build.end([0, X / X])})
    game = build.build(build.decide("A", {"in": inner, "out": build.end([-1, 0])}))
    nodes = np.flatnonzero(game.mover >= 0).tolist()
    told = Batch.of(game, nodes).run(np.array([[1.0, 2.0, 3.0]]))
    assert (told.mark & DOUBT).all()


def test_moves_that_are_all_one_leave_nothing_in_doubt_unless_their_choice_is_asked() -> None:
    build = dt.Builder(["A", "B"], parameters={"x": dt.Parameter("x", Fraction(1))})

    def hidden(found: object) -> object:
        return build.chance({"seen": (X / 4, build.end([X, 1])), "unseen": (1 - X / 4, found)})

    alike = [hidden(build.end([0, 2])) for _ in range(2)]
    moves = {"one": alike[0], "stay": build.end([3, 0]), "other": alike[1]}
    game = build.build(
        build.decide("A", {"in": build.decide("B", moves), "out": build.end([1, 1])})
    )
    inner = int(np.flatnonzero(game.mover == 1)[0])
    ends = [child for child in game.children_of(inner) if game.mover[child] == -1]
    draws = np.array([[0.5, 1.0, 3.0]])
    for unchosen, marked, doubted in [
        ((), (), True),
        ((inner,), (), False),
        ((inner,), ends, False),
        ((inner,), ends[1:], True),  # after one of them something is done that is watched for
    ]:
        told = Batch.of(game, [0, inner], marked, unchosen=unchosen).run(draws)
        assert (told.mark & DOUBT != 0).all() == (told.mark & DOUBT != 0).any() == doubted
        assert doubted or (told.mark[1] == (BROKEN if marked else 0)).all()
        assert doubted or told.choice[0].tolist() == [1, 1, 0]
    told = Batch.of(game, [inner], ends={ends[0]: 4, ends[1]: 5}, unchosen=[inner]).run(draws)
    assert (told.mark & DOUBT != 0).all()


def test_a_probability_that_is_none_leaves_everything_in_doubt() -> None:
    build = dt.Builder(["A"], parameters={"x": dt.Parameter("x", Fraction(1, 2))})
    luck = build.chance({"up": (X, build.end([3])), "down": (1 - X, build.end([1]))})
    game = build.build(build.decide("A", {"try": luck, "stay": build.end([0])}))
    told = Batch.of(game, [0]).run(np.array([[0.5, -0.1, 1.2, np.nan, 1.0]]))
    assert (told.mark[0] & DOUBT).astype(bool).tolist() == [False, True, True, True, False]


def test_threads_give_what_one_gives_whatever_the_number_of_draws() -> None:
    game = random_game(3)
    batch = Batch.of(game, [0], names=["x", "y"])
    draws = np.random.default_rng(0).random((2, 1500))
    one, two = batch.run(draws), batch.run(draws, threads=2)
    assert (one.choice == two.choice).all()
    assert (one.mark == two.mark).all()
    few = batch.run(draws[:, :7])
    assert (few.choice == one.choice[:, :7]).all()


def test_payoffs_can_be_given_as_they_are() -> None:
    game = random_game(8)
    count = len(game.outcomes)
    rows = np.arange(count * 2, dtype=np.int32).reshape(count, 2)
    odds = np.arange(len(game.infosets.probability), dtype=np.int32) + 2 * count
    sources = Sources(rows, odds, np.zeros((0, 2), dtype=np.int32), 2 * count + len(odds))
    rng = np.random.default_rng(5)
    draws = np.vstack(
        [rng.integers(0, 9, (2 * count, 30)), np.repeat(_floats(game)[:, None], 30, axis=1)]
    )
    nodes = np.flatnonzero(game.mover >= 0).tolist()
    told = Batch(Program.of(game, sources, nodes)).run(draws)
    for j in range(30):
        exact = Continuation(_with_payoffs(game, draws[: 2 * count, j].reshape(count, 2)))
        for t, node in enumerate(nodes):
            if not told.mark[t, j] & DOUBT:
                assert told.choice[t, j] == exact.choice[node]


def _floats(game: Game) -> np.ndarray:
    return np.array([float(p) for p in game.infosets.probability])


def _with_payoffs(game: Game, table: np.ndarray) -> Game:
    from detente.game.rationals import Payoffs

    rows = [[Fraction(float(v)) for v in row] for row in table]
    payoffs = Payoffs.of(rows, game.num_players)
    outcomes = type(game.outcomes)(game.outcomes.label, payoffs)
    return game.replaced(outcomes=outcomes, formulas=None)


def test_marks_say_whether_play_may_arrive_and_ends_say_where() -> None:
    summit = dt.load("hanoi-2019")
    bundle = summit.bundle_index("kumgang + partial + inspected")
    game = summit.table(bundle)
    signed = int(game.tagged(Role.SIGNED, bundle)[0])
    parameters = game.formulas.parameters
    broken = game.tagged(Role.BROKEN, bundle)
    batch = Batch.of(game, [0, signed], broken, {signed: 7}, list(parameters))
    ranged = [(i, p) for i, p in enumerate(parameters.values()) if p.low is not None]
    draws = np.array([[float(p.value)] * len(ranged) for p in parameters.values()])
    for j, (i, parameter) in enumerate(ranged):
        draws[i, j] = float(parameter.high)
    told = batch.run(draws)
    honoured = [
        dt.stability(summit.at(**{p.name: p.high}), bundles=[bundle]).bundles[0].honoured
        for _, p in ranged
    ]
    assert (told.mark[1] & BROKEN == 0).tolist() == honoured
    assert set(honoured) == {True, False}
    assert not (told.mark[1] & DOUBT).any()
    assert set(told.end[0].tolist()) <= {7, -1}


# ── arrays of other libraries ──────────────────────────────────────────────────────────────────


def libraries() -> list[object]:
    """The array libraries at hand: numpy, the standard's reference, torch."""
    from importlib import import_module

    found: list[object] = [np]
    for module in ("array_api_strict", "torch"):
        try:
            found.append(import_module(module))
        except ModuleNotFoundError:
            continue
    return found


@pytest.mark.parametrize("seed", range(12))
def test_levels_answer_as_the_compiled_pass_does(seed: int) -> None:
    from detente.solvers.perfect_information.levels import Levels

    game = random_game(seed, tied=seed % 2 == 0)
    nodes = np.flatnonzero(game.mover >= 0).tolist()
    if not nodes:
        return
    draws = np.random.default_rng(seed).random((2, 40)) * 1.1 - 0.05
    draws[0, :3] = [np.nan, 0.0, 1.0]
    batch = Batch.of(game, nodes, nodes[-1:], names=["x", "y"]).run(draws)
    levels = Levels.of(game, nodes, nodes[-1:], names=["x", "y"])
    sure = batch.mark & DOUBT == 0
    for library in libraries():
        choice, mark = levels.run(library.asarray(draws))  # type: ignore[attr-defined]
        choice, mark = np.asarray(choice), np.asarray(mark)
        assert ((mark & DOUBT == 0) == sure).all()
        assert (choice == batch.choice)[sure].all()
        assert (mark == batch.mark)[sure].all()


def test_an_array_tape_is_the_tape() -> None:
    from detente.game.expressions.array_tape import ArrayTape

    tape = Tape.of(EXPRESSIONS, ["x", "y"])
    draws = np.random.default_rng(2).normal(size=(2, 50))
    draws[:, 0] = 0.0
    value, error, unsure = tape.run(draws)
    for library in libraries():
        with np.errstate(all="ignore"):
            run = ArrayTape(tape, library.asarray(draws))  # type: ignore[attr-defined]
        for i, register in enumerate(tape.output.tolist()):
            theirs = np.asarray(run.value[register])
            assert np.allclose(theirs, value[i], rtol=1e-15, atol=0, equal_nan=True)
            assert np.allclose(
                np.asarray(run.error[register]), error[i], rtol=1e-9, atol=1e-300, equal_nan=True
            )
        assert (np.asarray(run.unsure) == unsure).all()


def test_levels_take_payoffs_as_they_are() -> None:
    from detente.solvers.perfect_information.levels import Levels

    game = random_game(8)
    count = len(game.outcomes)
    rows = np.arange(count * 2, dtype=np.int32).reshape(count, 2)
    odds = np.arange(len(game.infosets.probability), dtype=np.int32) + 2 * count
    sources = Sources(rows, odds, np.zeros((0, 2), dtype=np.int32), 2 * count + len(odds))
    rng = np.random.default_rng(5)
    draws = np.vstack(
        [rng.normal(size=(2 * count, 30)), np.repeat(_floats(game)[:, None], 30, axis=1)]
    )
    nodes = np.flatnonzero(game.mover >= 0).tolist()
    batch = Batch(Program.of(game, sources, nodes))
    told, (choice, mark) = batch.run(draws), Levels.beside(batch, game, nodes).run(draws)
    assert (told.choice == choice).all()
    assert (told.mark == mark).all()
