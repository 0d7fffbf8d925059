"""Quasi-perfect equilibria: known answers, and what makes an equilibrium sequential, by definition.

The checks of consistency and of rationality here are plain walks, and know nothing of the solver's
symbolic numbers: they play the perturbed game at an ε that is a small fraction.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import islice
from typing import Any

import flint
from hypothesis import given, settings
from hypothesis import strategies as st
from trees import Twig, build, hidden, trees

from benchmarks.card_games import kuhn
from benchmarks.price_posting import price_posting
from benchmarks.two_movers import hidden_tree
from detente.game.beliefs import Beliefs, members
from detente.game.builder import Builder
from detente.game.profile import Profile
from detente.game.sequence_form import sequence_form
from detente.game.tree import CHANCE, Game
from detente.linear import complementarity
from detente.solvers import solve
from detente.solvers.plans.sequence_lcp import Weight, lengths, sequence_problem, sides
from detente.solvers.plans.starts import others, replies
from detente.solvers.quasi_perfect import SOLVER, leading
from detente.solvers.registry import Request
from detente.solvers.result import Equilibrium, Result


def quasi_perfect(game: Game, **asked: Any) -> Result:
    return SOLVER.run(game, Request("sequential", **asked))


def only(result: Result) -> Equilibrium:
    assert result.stopped == "finished", result.reason
    assert len(result.equilibria) == 1
    assert result.equilibria[0].certificate.verdict == "proved"
    return result.equilibria[0]


# ── what a sequential equilibrium is, by plain walks ─────────────────────────────────────────────


def odds(game: Game, profile: Any, node: int) -> list[Fraction]:
    h = int(game.infoset[node])
    if game.mover[node] == CHANCE:
        return game.infosets.probabilities(h)
    return list(profile.at(h))


def arrivals(game: Game, profile: Any) -> list[Fraction]:
    reach = [Fraction(0)] * game.num_nodes
    reach[0] = Fraction(1)
    for node in range(game.num_nodes):
        children = game.children_of(node)
        if children:
            for child, p in zip(children, odds(game, profile, node), strict=True):
                reach[child] = reach[node] * p
    return reach


def worth(game: Game, profile: Any) -> list[list[Fraction]]:
    """What each player gets from each node on, discounts of the way to it left out."""
    value: list[list[Fraction]] = [[] for _ in range(game.num_nodes)]
    for node in range(game.num_nodes - 1, -1, -1):
        total = list(game.payoff(node))
        children = game.children_of(node)
        if children:
            for child, p in zip(children, odds(game, profile, node), strict=True):
                total = [t + p * v for t, v in zip(total, value[child], strict=True)]
        factors = game.discount(node) or (Fraction(1),) * game.num_players
        value[node] = [f * t for f, t in zip(factors, total, strict=True)]
    return value


def weights_of_discounts(game: Game) -> list[list[Fraction]]:
    factors = [[Fraction(1)] * game.num_players for _ in range(game.num_nodes)]
    for node in range(game.num_nodes):
        above = factors[int(game.parent[node])] if node else [Fraction(1)] * game.num_players
        own = game.discount(node) or (Fraction(1),) * game.num_players
        factors[node] = [a * b for a, b in zip(above, own, strict=True)]
    return factors


def assert_rational(game: Game, profile: Profile, beliefs: Beliefs) -> None:
    """At no information set is there a better move, given the beliefs; on the path these follow
    Bayes' rule."""
    value, reach = worth(game, profile), arrivals(game, profile)
    factors = weights_of_discounts(game)
    for h in range(game.infosets.num_player_infosets):
        belief, who = beliefs[h], int(game.infosets.mover[h])
        arrived = sum(reach[node] for node in belief)
        if arrived:
            assert all(belief[node] == reach[node] / arrived for node in belief)
        moves = [
            sum(p * factors[node][who] * value[game.children_of(node)[a]][who]
                for node, p in belief.items())
            for a in range(len(game.infosets.actions(h)))
        ]  # fmt: skip
        for p, gain in zip(profile.at(h), moves, strict=True):
            assert not p or gain == max(moves)


def perturbed(game: Game, epsilon: Fraction) -> Profile:
    """The plans at this ε of the path that starts where the solver's does, as a profile that gives
    every action a positive probability."""
    form = sequence_form(game)
    problem = sequence_problem(form, replies(form), trembles=True)
    solution = complementarity.solve(problem.lcp, exact=True)
    assert solution is not None
    vector = []
    for own, weights in zip(form.sequences, problem.weights(solution), strict=False):
        plan = [
            (sum((Fraction(c) * epsilon**k for k, c in enumerate(w.numerators)), Fraction(0))
             / w.denominator if w.numerators else Fraction(0))
            + (epsilon**w.tremble if w.tremble is not None else 0)
            for w in weights
        ]  # fmt: skip
        for k, length in enumerate(lengths(own)[own.start[:-1]]):
            above = plan[own.parent[k]]
            inside = plan[own.start[k] : own.start[k + 1]]
            assert all(w >= epsilon ** int(length) for w in inside)
            vector += [w / above for w in inside]
    return Profile.mixed(game, vector)


@st.composite
def games(draw: st.DrawFn) -> Twig:
    """Trees with some nodes not told apart, recall kept."""
    return draw(hidden(draw(trees(discounts=draw(st.booleans())))))


# ── known answers ───────────────────────────────────────────────────────────────────────────────


def test_entry_deterrence_has_no_empty_threat() -> None:
    b = Builder(["Entrant", "Incumbent"])
    reply = b.decide("Incumbent", {"fight": b.end(-1, -1), "share": b.end(1, 1)}, label="reply")
    game = b.build(b.decide("Entrant", {"out": b.end(0, 2), "in": reply}, label="entry"))
    found = only(quasi_perfect(game))
    assert found.payoffs == {"Entrant": 1, "Incumbent": 1}
    # Whatever the start: this game has one sequential equilibrium.
    result = quasi_perfect(game, most=9, all=True)
    assert (len(result.equilibria), result.complete) == (1, "some")


def test_off_the_path_replies_are_best_where_nobody_comes() -> None:
    """Selten's point, with hidden information: out is best, and the reply after in, which is one
    information set after two ways in, is still a best reply to some belief."""
    b = Builder(["A", "B"])
    ways = {
        way: b.decide("B", {"fight": b.end(-1, -1), "share": b.end(1, gain)}, infoset="reply")
        for way, gain in (("l", 0), ("r", 1))
    }
    game = b.build(b.decide("A", {"out": b.end(2, 2), **ways}, label="first"))
    found = only(quasi_perfect(game))
    assert found.payoffs == {"A": 2, "B": 2}
    assert found.profile["B", "reply"]["share"] == 1  # type: ignore[index]


def beer_quiche() -> Game:
    """Cho and Kreps (1987): strong with 9/10; the right breakfast is worth 1, no duel 2."""
    b = Builder(["Sender", "Receiver"], title="Beer–Quiche")

    def breakfast(strong: bool) -> Any:
        moves = {}
        for meal in ("beer", "quiche"):
            liked = int((meal == "beer") == strong)
            moves[meal] = b.decide(
                "Receiver",
                {"duel": b.end(liked, int(not strong)), "walk": b.end(liked + 2, int(strong))},
                infoset=meal,
            )
        return b.decide("Sender", moves, label="strong" if strong else "weak")

    return b.build(
        b.chance({"strong": ("9/10", breakfast(True)), "weak": ("1/10", breakfast(False))})
    )


def test_beer_quiche_pools() -> None:
    result = quasi_perfect(beer_quiche(), most=20, all=True)
    payoffs = {found.payoffs["Sender"] for found in result.equilibria}
    assert payoffs <= {Fraction(29, 10), Fraction(21, 10)}
    for found in result.equilibria:
        assert found.certificate.verdict == "proved"
        pooled = "beer" if found.payoffs["Sender"] == Fraction(29, 10) else "quiche"
        assert found.profile["Sender", "strong"][pooled] == 1  # type: ignore[index]
        assert found.profile["Sender", "weak"][pooled] == 1  # type: ignore[index]
        assert found.beliefs is not None
        other = 2 + ("beer", "quiche").index("quiche" if pooled == "beer" else "beer")
        assert found.beliefs.at_infoset[other][0] <= Fraction(1, 2)  # strong is not likely there


def test_weakly_dominated_moves_are_not_played() -> None:
    """(U, L) and (D, R) are Nash equilibria, both sequential; one is perfect (Selten 1975)."""
    b = Builder(["A", "B"])
    up = b.decide("B", {"L": b.end(1, 1), "R": b.end(0, 0)}, infoset="b")
    down = b.decide("B", {"L": b.end(0, 0), "R": b.end(0, 0)}, infoset="b")
    game = b.build(b.decide("A", {"U": up, "D": down}, label="a"))
    result = quasi_perfect(game, most=9, all=True)
    assert [list(found.payoffs.values()) for found in result.equilibria] == [[1, 1]]


def test_own_slips_are_not_feared() -> None:
    """Mertens (1995): two vote on which of them does a simple job; a coin decides if they differ.
    Perfect equilibria, in which each may fear its own slip more than the other's, allow both to
    vote for the other, a dominated plan; quasi-perfect ones have everybody vote for itself."""
    b = Builder(["A", "B"])

    def job(doer: str, vote: str) -> Any:
        done = {"well": b.end(1, 1), "badly": b.end(0, 0)}
        return b.decide(doer, done, infoset=f"{doer} works, having voted {vote}")

    ballots = {}
    for one in "AB":
        other = {}
        for two in "AB":
            votes = {"A": one, "B": two}
            workers = {who: ("1/2", job(who, votes[who])) for who in "AB"} if one != two else {}
            other[two] = b.chance(workers) if workers else job(one, votes[one])
        ballots[one] = b.decide("B", other, infoset="B votes")
    game = b.build(b.decide("A", ballots, label="A votes"))
    for found in quasi_perfect(game, most=9, all=True).equilibria:
        assert found.payoffs == {"A": 1, "B": 1}
        assert found.profile["A", "A votes"]["A"] == 1  # type: ignore[index]
        assert found.profile["B", "B votes"]["B"] == 1  # type: ignore[index]


def test_kuhn_poker() -> None:
    assert only(quasi_perfect(kuhn(3))).payoffs["One"] == Fraction(-1, 18)


def test_stakes_of_every_size() -> None:
    for unit in (10**12, Fraction(1, 10**12)):
        b = Builder(["A", "B"])
        rows = {
            move: b.decide("B", {"h": b.end(x * unit, 0), "t": b.end(0, y * unit)}, infoset="b")
            for move, x, y in (("h", 3, 1), ("t", 0, 0))
        }
        game = b.build(b.decide("A", {"out": b.end(unit, unit), **rows}, label="a"))
        found = only(quasi_perfect(game))
        assert_rational(game, found.profile, found.beliefs)  # type: ignore[arg-type]


# ── by definition ───────────────────────────────────────────────────────────────────────────────


@settings(max_examples=200, deadline=None)
@given(games())
def test_moves_are_best_given_the_beliefs_at_every_information_set(twig: Twig) -> None:
    game = build(twig, 2)
    found = only(quasi_perfect(game))
    assert found.beliefs is not None
    assert set(found.beliefs.at_infoset) == set(range(game.infosets.num_player_infosets))
    assert_rational(game, found.profile, found.beliefs)  # type: ignore[arg-type]


@settings(max_examples=100, deadline=None)
@given(games())
def test_beliefs_and_moves_are_limits_of_those_that_make_every_move(twig: Twig) -> None:
    """Consistency (Kreps and Wilson 1982), seen at two small values of ε: what is far from the
    limit at the one is a thousand times nearer at the other."""
    game = build(twig, 2)
    if any(p == 0 for p in game.infosets.probability):
        return
    found = only(quasi_perfect(game))
    assert found.beliefs is not None
    distances = []
    for epsilon in (Fraction(1, 10**6), Fraction(1, 10**9)):
        profile = perturbed(game, epsilon)
        assert all(p > 0 for own in profile for p in own)
        reach = arrivals(game, profile)
        far = [abs(p - q) for own, limit in zip(profile, found.profile, strict=True)
               for p, q in zip(own, limit, strict=True)]  # fmt: skip
        for h in range(game.infosets.num_player_infosets):
            nodes = members(game, h)
            arrived = sum(reach[node] for node in nodes)
            pairs = zip(nodes, found.beliefs.at_infoset[h], strict=True)
            far += [abs(reach[node] / arrived - p) for node, p in pairs]
        distances.append(max(far, default=Fraction(0)))
    assert distances[1] <= distances[0] / 100
    assert distances[0] < Fraction(1, 100)


@settings(max_examples=60, deadline=None)
@given(games(), st.integers(0, 10**6))
def test_floats_end_where_exact_pivots_do_or_at_another_solution(twig: Twig, seed: int) -> None:
    game = build(twig, 2)
    form = sequence_form(game)
    for base, penalty in islice(others(form, seed), 2):
        problem = sequence_problem(form, base, trembles=True, penalty=penalty)
        found = complementarity.by_floats(problem.lcp)
        assert found is not None
        for own, weights in zip(sides(form), problem.weights(found), strict=True):
            terms = [leading(weight) for weight in weights]
            assert all(coefficient > 0 for _, coefficient in terms)
            assert all(
                terms[s][0] >= terms[own.parent[k]][0]
                for k in range(own.num_infosets)
                for s in range(own.start[k], own.start[k + 1])
            )


def test_leading_terms() -> None:
    assert leading(Weight((0, -1, 5), 2, 1)) == (1, Fraction(1, 2))
    assert leading(Weight((), 1, 3)) == (3, 1)
    assert leading(Weight((1,), 1, None)) == (0, 1)
    assert leading(Weight((0, 0, 4), 8, None)) == (2, Fraction(1, 2))
    poly = flint.fmpz_poly
    assert leading(Weight([poly([0, 0, 4])], poly([0, 8]), None)) == (1, Fraction(1, 2))
    assert leading(Weight([poly([0, -8, 4])], poly([0, 8]), 0)) == (1, Fraction(1, 2))


def test_a_move_that_chance_never_makes_is_answered_by_belief() -> None:
    """After a move of probability zero each player still answers best, believing what trembles of
    chance and of the players make likely."""
    b = Builder(["A", "B"])
    never = b.decide(
        "A",
        {
            "x": b.decide("B", {"l": b.end(0, 0), "r": b.end(3, 1)}, infoset="reply"),
            "y": b.decide("B", {"l": b.end(1, 1), "r": b.end(0, 0)}, infoset="reply"),
        },
        label="after",
    )
    game = b.build(b.chance({"always": (1, b.end(7, 7)), "never": (0, never)}))
    found = only(quasi_perfect(game))
    assert found.payoffs == {"A": 7, "B": 7}
    assert_rational(game, found.profile, found.beliefs)  # type: ignore[arg-type]
    likely = found.profile["A", "after"]  # type: ignore[index]
    assert list(found.beliefs[1].values()) == list(likely.values())  # type: ignore[index]


def test_prices_and_larger_trees() -> None:
    for game in (price_posting(4, 5), price_posting(4, 5, "buyer"), hidden_tree(5, 1)):
        found = only(quasi_perfect(game))
        assert_rational(game, found.profile, found.beliefs)  # type: ignore[arg-type]


# ── the contract ────────────────────────────────────────────────────────────────────────────────


def test_observers_one_mover_and_none() -> None:
    b = Builder(["Watcher", "A"])
    left = b.decide("A", {"x": b.end(5, 1), "y": b.end(0, 2)}, infoset="a")
    right = b.decide("A", {"x": b.end(7, 4), "y": b.end(9, 1)}, infoset="a")
    found = only(quasi_perfect(b.build(b.chance({"l": ("1/3", left), "r": ("2/3", right)}))))
    assert found.payoffs == {"Watcher": Fraction(19, 3), "A": 3}
    assert found.beliefs.at_infoset == {0: [Fraction(1, 3), Fraction(2, 3)]}  # type: ignore[union-attr]
    b = Builder(["A", "B"])
    assert only(quasi_perfect(b.build(b.end(3, 4)))).payoffs == {"A": 3, "B": 4}


def test_in_floating_point_and_exactly() -> None:
    game = beer_quiche()
    assert len(quasi_perfect(game, arithmetic="float").equilibria) == 1
    assert only(quasi_perfect(game, arithmetic="exact")).sequential


def test_it_stops_in_time() -> None:
    result = quasi_perfect(price_posting(6, 10), deadline=0.0)
    assert (result.stopped, result.equilibria) == ("time_limit", ())


def test_it_is_found_by_name() -> None:
    result = solve(beer_quiche(), "sequential", method="quasi-perfect")
    assert (result.method, result.complete) == ("quasi-perfect", "one")
