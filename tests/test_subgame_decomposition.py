"""Subgame-perfect equilibria by decomposition: known games, brute force, ties, what is fixed."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from fractions import Fraction
from itertools import product
from math import prod
from typing import Any

import pytest
import trees
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_certify_spe_hidden import with_subgames

import detente as dt
from detente.errors import GameError, NotSupported, OutOfTime
from detente.game.builder import Builder, Node
from detente.game.information import information
from detente.game.profile import Profile
from detente.game.strategic import StrategicGame
from detente.game.tree import Game
from detente.solvers import registry
from detente.solvers.result import Result
from detente.solvers.subgame_decomposition import SOLVER

F = Fraction
ZERO, ONE = F(0), F(1)
Table = dict[tuple[int, int], tuple[F, F]]


def decompose(game: Any, **more: Any) -> Result:
    result = dt.solve(game, concept="spe", method="subgame-decomposition", **more)
    for equilibrium in result.equilibria:
        assert equilibrium.certificate.verdict == "proved"
        assert equilibrium.certificate.concept == "spe"
    return result


def stage(b: Builder, name: str, ends: Sequence[Sequence[Node]]) -> Node:
    """Both choose at the same time; ends[i][j] follows."""
    rows = [b.decide("B", {"l": left, "r": right}, infoset=f"{name} B") for left, right in ends]
    return b.decide("A", {"u": rows[0], "d": rows[1]}, label=f"{name} A")


def sexes(b: Builder, name: str, more: F = ZERO) -> Node:
    """Equilibria with payoffs (2, 1), (1, 2) and, mixed 2/3 and 1/3, (2/3, 2/3); A gets `more`."""
    return stage(
        b, name, [[b.end(2 + more, 1), b.end(more, 0)], [b.end(more, 0), b.end(1 + more, 2)]]
    )


# ── known answers ───────────────────────────────────────────────────────────────────────────────


def test_x_is_reached_with_probability_two_thirds_where_the_tie_matters() -> None:
    result = decompose(dt.load("tie-that-matters"), all=True)
    assert result.complete == "components"
    listed = [
        (e.profile["One", "entry"]["In"], e.profile["Two", "reply"]["X"])
        for e in result.equilibria
    ]
    assert sorted(listed) == [(0, F(2, 3)), (0, 1), (1, 0), (1, F(2, 3))]
    spanned = {frozenset(listed[k] for k in part.members) for part in result.components or ()}
    assert spanned == {
        frozenset({(0, 1), (0, F(2, 3))}),
        frozenset({(0, F(2, 3)), (1, F(2, 3))}),
        frozenset({(1, F(2, 3)), (1, 0)}),
    }


def test_the_entrant_enters() -> None:
    result = decompose(dt.load("entry-deterrence"), all=True)
    (equilibrium,) = result.equilibria
    assert (result.complete, result.count) == ("all", 1)
    assert equilibrium.payoffs == {"Entrant": 1, "Incumbent": 1}
    assert decompose(dt.load("entry-deterrence")).complete == "one"


def test_without_proper_subgames_it_is_nash() -> None:
    game = dt.load("beer-quiche")
    mine = decompose(game, all=True)
    nash = dt.solve(game, concept="nash", all=True, method="sequence-form-extreme")
    assert [list(e.profile) for e in mine.equilibria] == [list(e.profile) for e in nash.equilibria]
    assert mine.complete == nash.complete == "components"
    assert [p.members for p in mine.components or ()] == [p.members for p in nash.components or ()]


def test_hidden_games_are_solved_by_it_unless_another_is_named() -> None:
    assert dt.solve(dt.load("kydd-reassurance"), concept="spe", all=True).method == SOLVER.name
    assert dt.solve(dt.load("entry-deterrence"), concept="spe").method == "backward-induction"


def test_one_node_is_a_game() -> None:
    b = Builder(["A", "B"])
    result = decompose(b.build(b.end(1, 2)), all=True)
    assert (result.complete, result.count) == ("all", 1)
    assert result.equilibria[0].payoffs == {"A": 1, "B": 2}


# ── combinations ────────────────────────────────────────────────────────────────────────────────


def test_three_equilibria_after_each_of_two_actions() -> None:
    b = Builder(["A", "B"])
    result = decompose(
        b.build(b.decide("A", {"x": sexes(b, "X"), "y": sexes(b, "Y", F(1, 4))})), all=True
    )
    worth = [(F(2), F(1)), (F(1), F(2)), (F(2, 3), F(2, 3))]
    expected = Counter(
        left if left[0] > right[0] + F(1, 4) else (right[0] + F(1, 4), right[1])
        for left, right in product(worth, repeat=2)
    )
    assert (result.complete, result.count) == ("all", 9)
    assert Counter(tuple(e.payoffs.values()) for e in result.equilibria) == expected


def matrix(table: Table) -> StrategicGame:
    cells = [(0, 0), (1, 0), (0, 1), (1, 1)]
    return StrategicGame.of(["A", "B"], [["u", "d"], ["l", "r"]], [table[cell] for cell in cells])


def test_the_twice_repeated_game_has_what_its_matrices_have() -> None:
    """Every continuation after every first outcome: together a matrix game of the first stage."""
    pay: Table = {(0, 0): (F(2), F(1)), (1, 1): (F(1), F(2)), (0, 1): (ZERO, ZERO),
                  (1, 0): (ZERO, ZERO)}  # fmt: skip
    b = Builder(["A", "B"])

    def again(i: int, j: int) -> Node:
        first = pay[i, j]
        ends = [[b.end(*(x + y for x, y in zip(first, pay[k, m], strict=True))) for m in range(2)]
                for k in range(2)]  # fmt: skip
        return stage(b, f"after {i}{j}", ends)

    game = b.build(stage(b, "first", [[again(i, j) for j in range(2)] for i in range(2)]))
    result = decompose(game, all=True)
    worth = [(F(2), F(1)), (F(1), F(2)), (F(2, 3), F(2, 3))]
    payoffs: Counter[tuple[F, ...]] = Counter()
    spans = 0
    for after in product(worth, repeat=4):
        cells = zip(pay.items(), (after[0], after[3], after[1], after[2]), strict=True)
        table = {cell: (a + c, b_ + d) for (cell, (a, b_)), (c, d) in cells}
        found = dt.solve(matrix(table), concept="nash", method="extreme-equilibria", all=True)
        payoffs.update(tuple(e.payoffs.values()) for e in found.equilibria)
        spans += len(found.components or ())
    assert result.complete == "components"
    assert Counter(tuple(e.payoffs.values()) for e in result.equilibria) == payoffs
    assert len(result.components or ()) == spans


def test_lists_are_combined_as_they_are_asked_for() -> None:
    b = Builder(["A", "B"])
    game = b.build(b.chance({str(k): (F(1, 30), sexes(b, str(k))) for k in range(30)}))
    result = decompose(game, limit=5)  # of 3 to the 30th
    assert (len(result.equilibria), result.stopped, result.count) == (5, "limit", None)
    assert len({tuple(map(tuple, e.profile)) for e in result.equilibria}) == 5


def test_a_thousand_moves_that_are_seen_need_no_solver(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*given: object) -> None:
        raise AssertionError("nothing is hidden here")

    monkeypatch.setattr("detente.solvers.subgames.hidden_pieces.Hidden.of", never)
    rng, b = random.Random(5), Builder(["A", "B"])
    node = b.end(0, 0)
    for k in range(1000):
        node = b.decide("AB"[k % 2], {"stop": b.end(rng.random(), rng.random()), "go": node})
    game = b.build(node)
    result = decompose(game, all=True)
    assert (result.complete, result.count) == ("all", 1)
    (first,) = dt.solve(game, concept="spe", method="backward-induction").equilibria
    assert result.equilibria[0].profile.choice.tolist() == first.profile.choice.tolist()
    assert result.seconds < 2


# ── brute force ─────────────────────────────────────────────────────────────────────────────────


def perfect_tree(rng: random.Random) -> Game:
    """Two or three players, two actions a move, payoffs that tie often."""
    players = rng.choice([2, 3])
    b, left = Builder([f"P{i}" for i in range(players)]), rng.randint(2, 4)

    def node(depth: int) -> Node:
        nonlocal left
        if depth < 3 and (depth == 0 or left == 0 or rng.random() < 0.25):
            return b.end(*(rng.choice([0, 1, 2, 4]) for _ in range(players)))
        if depth < 3 and rng.random() < 0.15:
            return b.chance({name: (F(1, 2), node(depth - 1)) for name in "ab"})
        left -= 1
        mover = f"P{rng.randrange(players)}"
        return b.decide(mover, {name: node(depth - 1) for name in "lr"})

    return b.build(node(3))


def test_ties_where_all_is_seen_hold_every_equilibrium() -> None:
    """Of all profiles whose probabilities are quarters, those in a component certify, no others."""
    seen: Counter[str] = Counter()
    for seed in range(90):
        game = perfect_tree(random.Random(seed))
        result = decompose(game, all=True)
        seen[result.complete] += 1
        pure = dt.solve(game, concept="spe", method="backward-induction", all=True).equilibria
        mine = [tuple(e.profile.choice) for e in result.equilibria if e.profile.is_pure]
        assert sorted(mine) == sorted(tuple(e.profile.choice) for e in pure)
        num = game.infosets.num_player_infosets
        if result.complete == "some" or num > 3:
            continue
        odds = [[e.profile.at(h)[0] for h in range(num)] for e in result.equilibria]
        spans = [
            [(min(odds[m][h] for m in part.members), max(odds[m][h] for m in part.members))
             for h in range(num)]
            for part in result.components or ()
        ]  # fmt: skip
        for point in product([F(k, 4) for k in range(5)], repeat=num):
            profile = Profile.mixed(game, [x for p in point for x in (p, 1 - p)])
            inside = any(
                all(a <= p <= b for p, (a, b) in zip(point, span, strict=True)) for span in spans
            )
            assert (dt.certify(game, profile, "spe").verdict == "proved") == inside
    assert min(seen["all"], seen["components"]) > 20


def test_ties_of_three_actions_and_several_ties_are_some() -> None:
    b = Builder(["One", "Two"])

    def tied(name: str) -> Node:
        return b.decide("Two", {"x": b.end(0, 5), "y": b.end(2, 5), "z": b.end(4, 5)}, label=name)

    out = b.end(1, 0)
    game = b.build(b.decide("One", {"out": out, "in": tied("reply")}))
    result = decompose(game, all=True)
    assert (result.complete, result.stopped) == ("some", "finished")
    assert "indifferent" in result.reason
    pure = {tuple(e.profile.choice) for e in result.equilibria if e.profile.is_pure}
    assert pure == {(0, 0), (1, 1), (1, 2)}
    mixed = {tuple(e.profile.at(1)) for e in result.equilibria if e.payoffs["One"] == 1}
    assert {(F(1, 2), F(1, 2), ZERO), (F(3, 4), ZERO, F(1, 4))} <= mixed


def canonical(game: Game, choice: Sequence[int]) -> tuple[int, ...]:
    """A pure profile with 0 where its player's moves in the same subgame exclude a choice."""
    roots = set(information(game).subgame_roots.tolist())
    parent, found = game.parent.tolist(), list(choice)
    for node in range(game.num_nodes):
        mover, at = int(game.mover[node]), node
        while mover >= 0 and at not in roots:
            above = parent[at]
            if game.mover[above] == mover:
                taken = game.children_of(above)[choice[int(game.infoset[above])]]
                if taken != at:
                    found[int(game.infoset[node])] = 0
            at = above
    return tuple(found)


nested = st.integers(2, 3).flatmap(
    lambda n: st.tuples(
        st.just(n), trees.trees(players=n, depth=4, discounts=True).flatmap(with_subgames)
    )
)


@settings(deadline=None, max_examples=40, suppress_health_check=list(HealthCheck))
@given(nested)
def test_all_pure_equilibria_are_listed(drawn: tuple[int, trees.Twig]) -> None:
    players, twig = drawn
    game = trees.build(twig, players)
    widths = [len(game.infosets.actions(h)) for h in range(game.infosets.num_player_infosets)]
    if prod(widths) > 200:
        return
    result = decompose(game, all=True, limit=1000)
    assert result.stopped == "finished"
    mine = [canonical(game, e.profile.choice) for e in result.equilibria if e.profile.is_pure]
    profiles = [Profile.pure(game, list(choice)) for choice in product(*map(range, widths))]
    proved = [p for p in profiles if dt.certify(game, p, "spe").verdict == "proved"]
    assert sorted(mine) == sorted({canonical(game, p.choice.tolist()) for p in proved})
    assert len(decompose(game).equilibria) == min(1, len(result.equilibria))


@settings(deadline=None, max_examples=40, suppress_health_check=list(HealthCheck))
@given(nested, st.integers(0, 10**6))
def test_mixtures_of_a_component_are_equilibria(drawn: tuple[int, trees.Twig], seed: int) -> None:
    """Subgame by subgame, two members of a component are exchanged; their free moves stay free."""
    players, twig = drawn
    game, rng = trees.build(twig, players), random.Random(seed)
    result = decompose(game, all=True, limit=200)
    roots = information(game).subgame_roots.tolist()
    for part in (result.components or ())[:5]:
        members = [result.equilibria[k].profile for k in part.members]
        chosen = {root: rng.choice(members) for root in roots}
        rows: list[Any] = [()] * game.infosets.num_player_infosets
        for node in range(game.num_nodes):
            if game.mover[node] >= 0:
                at = node
                while at not in chosen:
                    at = int(game.parent[at])
                rows[int(game.infoset[node])] = chosen[at].at(int(game.infoset[node]))
        mixed = Profile.mixed(game, [p for row in rows for p in row])
        assert dt.certify(game, mixed, "spe").verdict == "proved"


@settings(deadline=None, max_examples=25, suppress_health_check=list(HealthCheck))
@given(trees.trees(players=2, depth=4).flatmap(with_subgames))
def test_gambit_finds_the_same_pure_equilibria(twig: trees.Twig) -> None:
    """Agents who gain nothing one by one, and by this package's certificate nor as players."""
    gambit = pytest.importorskip("pygambit")
    game = trees.build(twig, 2)
    widths = [len(game.infosets.actions(h)) for h in range(game.infosets.num_player_infosets)]
    result = decompose(game, all=True, limit=1000)
    if prod(widths) > 300 or result.complete == "all_pure":
        return
    theirs = as_gambit(gambit, game)
    agents = gambit.nash.enumpure_agent_solve(theirs).equilibria if widths else []
    found = set()
    for profile in agents:
        choice = [
            [F(str(profile[action])) for action in infoset.actions].index(1)
            for player in theirs.players for infoset in player.infosets
        ]  # fmt: skip
        if dt.certify(game, Profile.pure(game, choice), "spe").verdict == "proved":
            found.add(canonical(game, choice))
    mine = {canonical(game, e.profile.choice) for e in result.equilibria if e.profile.is_pure}
    assert not widths or mine == found


def as_gambit(gambit: Any, game: Game) -> Any:
    """The game as Gambit has it, its information sets in the same order."""
    theirs = gambit.Game.new_tree(players=list(game.players))
    nodes = {0: theirs.root}
    known: dict[int, Any] = {}
    for node in range(game.num_nodes):
        here, mover = nodes[node], int(game.mover[node])
        if game.outcome[node] >= 0:
            payoff = [gambit.Rational(x) for x in game.payoff(node)]
            theirs.set_outcome(here, theirs.add_outcome(str(node), payoff))
        if not game.children_of(node):
            continue
        h = int(game.infoset[node])
        names = [str(k) for k in range(len(game.children_of(node)))]
        if mover < 0:
            theirs.append_move(here, theirs.players.chance, names)
            odds = [gambit.Rational(p) for p in game.infosets.probabilities(h)]
            theirs.set_chance_probs(here.infoset, odds)
        elif h in known:
            theirs.append_infoset(here, known[h])
        else:
            theirs.append_move(here, game.players[mover], names)
            known[h] = here.infoset
        nodes.update(zip(game.children_of(node), here.children, strict=True))
    return theirs


# ── three and more who move ─────────────────────────────────────────────────────────────────────


def three_at_once(b: Builder, gains: dict[tuple[int, int, int], Sequence[int]]) -> Node:
    def third(i: int, j: int) -> Node:
        moves = {str(k): b.end(*gains.get((i, j, k), (0, 0, 0))) for k in range(2)}
        return b.decide("C", moves, infoset="third")

    def second(i: int) -> Node:
        return b.decide("B", {str(j): third(i, j) for j in range(2)}, infoset="second")

    return b.decide("A", {str(i): second(i) for i in range(2)}, label="first")


def test_where_three_move_at_once_the_pure_ones_are_found() -> None:
    b = Builder(["A", "B", "C"])
    inner = three_at_once(b, {(0, 0, 0): (2, 2, 2), (1, 1, 1): (1, 1, 1)})
    result = decompose(
        b.build(b.decide("A", {"stay": b.end(F(3, 2), 0, 0), "meet": inner}, label="top")), all=True
    )
    assert (result.complete, result.over) == ("all_pure", "all pure subgame-perfect equilibria")
    assert sorted(e.payoffs["A"] for e in result.equilibria) == [F(3, 2), 2]


def test_where_three_move_at_once_and_no_pure_one_exists_it_says_so() -> None:
    b = Builder(["A", "B", "C"])
    pennies = {(i, j, k): (1, -1, 0) if i == j else (-1, 1, 0)
               for i, j, k in product(range(2), repeat=3)}  # fmt: skip
    moves = {"talk": three_at_once(b, pennies), "walk": b.end(0, 0, 0)}
    result = decompose(b.build(b.decide("A", moves)), all=True)
    assert result.equilibria == ()
    assert (result.complete, result.count, result.stopped) == ("all_pure", 0, "finished")
    assert "no pure equilibrium" in result.reason


# ── fixed continuations ─────────────────────────────────────────────────────────────────────────


def test_a_number_keeps_one_equilibrium_of_a_subgame() -> None:
    b = Builder(["A", "B"])
    game = b.build(b.decide("A", {"x": sexes(b, "X"), "y": sexes(b, "Y", F(1, 4))}))
    alone = [
        {e.payoffs["A"] for e in decompose(game, all=True, fixed={"X A": k}).equilibria}
        for k in range(3)
    ]
    kept = [decompose(game, all=True, fixed={"X A": k}) for k in range(3)]
    assert [(r.complete, r.count) for r in kept] == [("all", 3)] * 3
    assert all("fixed" in r.over for r in kept)
    assert sorted(map(max, alone)) == [F(9, 4)] * 3
    # One of three at X, one of three at Y: nine lists of one, which make up the whole list.
    each = [
        decompose(game, all=True, fixed={"X A": k, "Y A": m}).equilibria
        for k, m in product(range(3), repeat=2)
    ]
    whole = decompose(game, all=True).equilibria
    assert all(len(one) == 1 for one in each)
    assert {tuple(map(tuple, one[0].profile)) for one in each} == {
        tuple(map(tuple, e.profile)) for e in whole
    }


def test_the_number_is_that_of_the_subgame_s_own_list() -> None:
    from detente.game.expand import subgame

    game = dt.load("tie-that-matters").game
    (reply,) = [n for n in range(game.num_nodes) if game.describe(n) == "'reply'"]
    own = decompose(subgame(game, reply), all=True)
    for k, one in enumerate(own.equilibria):
        result = decompose(game, all=True, fixed={reply: k})
        assert {tuple(e.profile.at(1)) for e in result.equilibria} == {tuple(one.profile.at(0))}


def test_a_profile_is_kept_where_it_is_fixed() -> None:
    game = dt.load("tie-that-matters").game
    mixed = Profile.mixed(game, [1, 0, F(2, 3), F(1, 3)])
    result = decompose(game, all=True, fixed={"reply": mixed})
    assert [e.profile.at(1) for e in result.equilibria] == [[F(2, 3), F(1, 3)]] * 2
    assert (result.complete, len(result.components or ())) == ("components", 1)
    assert dt.solve(game, concept="spe", fixed={"reply": mixed}).method == SOLVER.name


def test_what_cannot_be_fixed_is_said_in_plain_words() -> None:
    game = dt.load("entry-deterrence").game
    with pytest.raises(GameError, match=r"no number 1, .* subgame .* 'reply': it has one"):
        decompose(game, fixed={"reply": 1})
    with pytest.raises(GameError, match="no number -1"):
        decompose(game, fixed={"reply": -1})
    with pytest.raises(GameError, match=r"no proper subgame starts at .*'entry', 'reply'"):
        decompose(game, fixed={1: 0})
    with pytest.raises(GameError, match="is of another game"):
        decompose(game, fixed={"reply": Profile.pure(dt.load("entry-deterrence").game, [0, 0])})
    with pytest.raises(GameError, match=r"no subgame-perfect .* 'reply': Incumbent gains 2"):
        decompose(game, fixed={"reply": Profile.pure(game, [1, 1])})
    with pytest.raises(GameError, match="exact probabilities"):
        decompose(game, fixed={"reply": Profile.mixed(game, [0.0, 1.0, 1.0, 0.0])})
    with pytest.raises(GameError, match="the number of an equilibrium"):
        decompose(game, fixed={"reply": True})
    hidden = dt.load("beer-quiche").game
    with pytest.raises(GameError, match="Subgames start at: "):
        decompose(hidden, fixed={1: 0})


# ── the contract ────────────────────────────────────────────────────────────────────────────────


def test_shared_continuations_play_alike() -> None:
    b = Builder(["A", "B"])
    talks = b.decide("B", {"x": b.end(1, 1), "y": b.end(0, 1)}, label="talks")
    game = b.build(b.decide("A", {"now": talks, "out": b.end(F(1, 2), 0), "later": talks}),
                   shared=True)  # fmt: skip
    result = decompose(game, all=True)
    assert not game.is_tree
    assert "alike" in result.count_of
    # How B mixes matters to A, and both ways lead there: only B's pure moves are followed.
    assert result.complete == "some"
    assert {tuple(e.profile.at(1)) for e in result.equilibria} == {(ONE, ZERO), (ZERO, ONE)}


def test_the_time_limit_is_kept_and_what_was_found_too(monkeypatch: pytest.MonkeyPatch) -> None:
    b = Builder(["A", "B"])
    game = b.build(b.chance({str(k): (F(1, 20), sexes(b, str(k))) for k in range(20)}))
    result = decompose(game, all=True, time_limit=1)
    assert (result.complete, result.stopped) == ("some", "time_limit")
    assert result.equilibria
    assert result.seconds < 3
    assert decompose(game, time_limit=0).equilibria == ()

    looks = iter(range(10**9))

    def late(self: registry.Request) -> None:
        if next(looks) > 200:
            raise OutOfTime

    monkeypatch.setattr(registry.Request, "check", late)
    assert decompose(game, all=True).stopped == "time_limit"


def test_those_who_forget_are_refused_by_name() -> None:
    b = Builder(["A"])
    again = [b.decide("A", {"x": b.end(0), "y": b.end(1)}, infoset="again") for _ in range(2)]
    game = b.build(b.decide("A", {"l": again[0], "r": again[1]}))
    with pytest.raises(NotSupported, match=r"needs perfect recall. A forgets"):
        decompose(game)
    with pytest.raises(NotSupported, match="takes trees"):
        decompose(matrix(dict.fromkeys(product(range(2), repeat=2), (ONE, ONE))))
