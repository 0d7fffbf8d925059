"""Pure equilibria against plain enumeration of the strategic form."""

from __future__ import annotations

import time
from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import detente as dt
from detente.errors import NotSupported
from detente.game.builder import Builder
from detente.game.information import information
from detente.game.strategic import StrategicGame, to_strategic
from detente.game.tree import Game
from detente.solvers import solve
from tests.trees import build, hidden, trees


def plain_pure(game: StrategicGame) -> set[tuple[int, ...]]:
    """The cells that nobody leaves, by trying every move of everyone."""
    found = set()
    for cell in product(*(range(size) for size in game.shape)):
        payoffs = game.payoff(*cell)
        if all(
            game.payoff(*cell[:i], k, *cell[i + 1 :])[i] <= payoffs[i]
            for i, size in enumerate(game.shape)
            for k in range(size)
        ):
            found.add(cell)
    return found


def plans_of(profile: dt.Profile) -> tuple[str, ...]:
    """Each player's reduced strategy, spelled as `to_strategic` does by positions of actions."""
    game = profile.game
    taken: list[list[str]] = [[] for _ in game.players]
    sets = game.infosets
    allowed = dict.fromkeys(range(sets.num_player_infosets), False)

    def walk(node: int, own: dict[int, bool]) -> None:
        h, mover = int(game.infoset[node]), int(game.mover[node])
        for k, child in enumerate(game.children_of(node)):
            after = dict(own)
            if mover >= 0:
                allowed[h] = allowed[h] or own.get(mover, True)
                after[mover] = own.get(mover, True) and profile.at(h)[k] == 1
            walk(child, after)

    walk(0, {})
    for h in range(sets.num_player_infosets):
        choice = profile.at(h).index(1)
        taken[int(sets.mover[h])].append(str(choice) if allowed[h] else "*")
    return tuple(" ".join(own) for own in taken)


def strategies_by_position(game: Game) -> list[list[str]]:
    """The reduced strategies of each player, in positions of actions."""
    renamed = game.replaced(
        infosets=dt.game.tree.Infosets(
            game.infosets.mover, game.infosets.action_start, game.infosets.label,
            type(game.infosets.action_label).of(
                str(flat - int(game.infosets.action_start[h]))
                for h in range(len(game.infosets))
                for flat in range(
                    int(game.infosets.action_start[h]), int(game.infosets.action_start[h + 1])
                )
            ),
            game.infosets.probability,
        )
    )
    return [
        ["" if label == "1" and not any(renamed.infosets.mover == i) else label for label in own]
        for i, own in enumerate(to_strategic(renamed).strategies)
    ]


small = st.integers(-1, 1)


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_strategic_games_with_many_ties(data: st.DataObject) -> None:
    shape = data.draw(st.lists(st.integers(1, 3), min_size=1, max_size=4))
    cells = int(np.prod(shape))
    payoffs = [[data.draw(small) for _ in shape] for _ in range(cells)]
    game = StrategicGame.of(
        [f"P{i}" for i in range(len(shape))],
        [[str(k) for k in range(size)] for size in shape],
        payoffs,
    )
    result = solve(game, "nash", "pure", all=True)
    found = [tuple(own.index(1) for own in eq.profile.weights) for eq in result.equilibria]
    assert set(found) == plain_pure(game)
    assert len(found) == len(set(found))
    assert result.complete == "all_pure"
    assert result.count == len(found)
    assert bool(found) or result.reason


@given(trees(players=2, depth=3).flatmap(lambda twig: hidden(twig)))
@settings(max_examples=150, deadline=None)
def test_two_player_trees(twig) -> None:
    compare(build(twig, 2))


@given(trees(players=3, depth=3, discounts=True).flatmap(lambda twig: hidden(twig)))
@settings(max_examples=150, deadline=None)
def test_three_player_trees_with_discounts(twig) -> None:
    compare(build(twig, 3))


def compare(game: Game) -> None:
    assert information(game).perfect_recall
    try:
        strategic = to_strategic(game, limit=3000)
    except dt.GameError:
        return
    expected = {
        tuple(own[k] for own, k in zip(strategies_by_position(game), cell, strict=True))
        for cell in plain_pure(strategic)
    }
    result = solve(game, "nash", "pure", all=True, limit=5000)
    found = [plans_of(eq.profile) for eq in result.equilibria]
    assert sorted(found) == sorted(expected)
    assert result.complete == "all_pure"
    assert all(eq.certificate.verdict == "proved" for eq in result.equilibria)


def test_entry_deterrence_has_two() -> None:
    result = solve(dt.load("entry-deterrence").game, "nash", "pure", all=True)
    assert result.count == 2
    assert result.complete == "all_pure"


def test_matching_pennies_has_none_and_says_so() -> None:
    game = StrategicGame.of(
        ["A", "B"], [["h", "t"], ["h", "t"]], [(1, -1), (-1, 1), (-1, 1), (1, -1)]
    )
    result = solve(game, "nash", "pure")
    assert result.equilibria == ()
    assert result.complete == "all_pure"
    assert result.count == 0
    assert "no pure equilibrium" in result.reason


def forgetful(payoffs) -> Game:
    """A player who forgets whether it went left or right before the other moved."""
    b = Builder(["A", "B"])
    ends = iter(payoffs)

    def last():
        return b.decide("A", {"x": b.end(*next(ends)), "y": b.end(*next(ends))}, infoset="last")

    replies = [
        b.decide("B", {"u": last(), "d": last()}, infoset="B") for _ in "lr"
    ]
    return b.build(b.decide("A", dict(zip("lr", replies, strict=True)), label="first"))


@given(st.lists(st.tuples(small, small), min_size=8, max_size=8))
@settings(max_examples=60, deadline=None)
def test_imperfect_recall_never_lists_what_does_not_certify(payoffs) -> None:
    game = forgetful(payoffs)
    strategic = to_strategic(game, reduced=False)
    result = solve(game, "nash", "pure", all=True)
    assert all(eq.certificate.verdict == "proved" for eq in result.equilibria)
    if result.complete == "all_pure":
        assert result.count == len(plain_pure(strategic)) == len(result.equilibria)
    else:
        assert result.reason
        assert plain_pure(strategic)
    assert result.equilibria or result.reason


def test_absent_mindedness_is_refused() -> None:
    b = Builder(["A"])
    again = b.decide("A", {"exit": b.end(4), "on": b.end(1)}, infoset="junction")
    game = b.build(b.decide("A", {"exit": b.end(0), "on": again}, infoset="junction"))
    with pytest.raises(NotSupported, match="twice"):
        solve(game, "nash", "pure")


def test_a_million_cells() -> None:
    rng = np.random.default_rng(1)
    shape = (100, 100, 100)
    table = rng.integers(0, 12, size=(10**6, 3))
    from detente.game.labels import Labels
    from detente.game.rationals import Payoffs
    from detente.game.tree import Outcomes

    game = StrategicGame(
        "", ("A", "B", "C"), tuple(tuple(map(str, range(size))) for size in shape),
        np.arange(10**6, dtype=np.int32),
        Outcomes(Labels.blank(10**6), Payoffs(table, (1, 1, 1))),
    )
    started = time.perf_counter()
    from detente.solvers.pure import _cells
    from detente.solvers.registry import Request

    found = list(_cells(game, Request("nash")))
    assert time.perf_counter() - started < 5
    cube = table.reshape(*shape, 3, order="F")
    for i, j, k in found:
        assert cube[i, j, k, 0] == cube[:, j, k, 0].max()
        assert cube[i, j, k, 1] == cube[i, :, k, 1].max()
        assert cube[i, j, k, 2] == cube[i, j, :, 2].max()
    assert found


def test_what_happens_off_the_path_is_settled_apart() -> None:
    # Both can punish in 12 places; without looking at the two apart this takes 2^12 times as long.
    b = Builder(["A", "B"])

    def punish(who: str, gain: tuple[int, int], bad: tuple[int, int]):
        return b.decide(who, {"mild": b.end(*gain), "harsh": b.end(*bad)})

    def side(mover: str, punisher: str, gain: tuple[int, int], hopeless: bool):
        below = {f"{k}": punish(punisher, gain, (-1, -1)) for k in range(12)}
        if hopeless:
            below["sure"] = b.end(*gain)
        return b.decide(mover, {"stay": b.end(0, 0), **below})

    root = b.chance({"a": ("1/2", side("A", "B", (1, 0), False)),
                     "b": ("1/2", side("B", "A", (0, 1), True))})  # fmt: skip
    game = b.build(root)
    started = time.perf_counter()
    result = solve(game, "nash", "pure", all=True, limit=3)
    assert len(result.equilibria) == 3
    assert time.perf_counter() - started < 5
    assert all(eq.payoffs["B"] >= Fraction(1, 2) for eq in result.equilibria)


def test_the_time_limit_keeps_what_was_found() -> None:
    b = Builder(["A", "B"])
    root = b.chance({
        str(k): (Fraction(1, 14), b.decide("A", {
            "x": b.decide("B", {"l": b.end(1, 0), "r": b.end(0, 0)}), "y": b.end(0, 0)}))
        for k in range(14)
    })  # fmt: skip
    result = solve(b.build(root), "nash", "pure", all=True, limit=10**6, time_limit=0.3)
    assert result.stopped == "time_limit"
    assert result.equilibria
