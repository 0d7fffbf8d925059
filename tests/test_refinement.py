"""Which equilibria are sequential: known games, plain reasoning, and a second method."""

from __future__ import annotations

from fractions import Fraction
from itertools import product as combined
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import detente as dt
from detente.errors import NotSupported
from detente.game.builder import Builder
from detente.game.information import information
from detente.game.sequence_form import sequence_form
from detente.game.tree import Game
from detente.solvers import solve
from detente.solvers.refinement import Refinement
from detente.solvers.registry import Request
from detente.solvers.sequence_form_extreme import ExtremeEquilibria
from tests.completions import Completions


def verdicts(result) -> list[bool | None]:
    return [part.sequential for part in result.components]


def shipped(name: str) -> Game:
    return dt.load(name).game


# ── known games ─────────────────────────────────────────────────────────────────────────────────


def test_entry_deterrence_keeps_the_credible_equilibrium() -> None:
    game = shipped("entry-deterrence")
    result = solve(game, "sequential", all=True)
    assert result.method == "all-sequential"
    assert result.complete == "all"
    (eq,) = result.equilibria
    assert eq.sequential is True
    assert eq.certificate.concept == "sequential"
    assert eq.profile["Incumbent", 1]["share"] == 1
    # The two ways to stay out for fear of a fight span the other component of Nash equilibria.
    nash = solve(game, "nash", all=True)
    judge = Refinement(game)
    found = [judge.plan(judge.plans(one.profile)).sequential for one in nash.equilibria]
    assert sorted(found) == [False, False, True]


def test_both_pooling_outcomes_of_beer_or_quiche() -> None:
    # Cho and Kreps (1987): the intuitive criterion cuts one, sequential equilibrium neither.
    result = solve(shipped("beer-quiche"), "sequential", all=True)
    assert result.complete == "components"
    assert verdicts(result) == [True, True]
    assert all(eq.certificate.verdict == "proved" for eq in result.equilibria)


def test_seltens_horse_is_for_others() -> None:
    with pytest.raises(NotSupported, match="at most two"):
        solve(shipped("selten-1975-horse"), "sequential", "all-sequential")


def test_moves_off_the_path_that_follow_one_another() -> None:
    # A stays out; B would fight only if A then gave in, and A would not: A's later choice is free
    # in the equilibrium's plan, and decides whether B's threat is one.
    def game(stand: int) -> Game:
        b = Builder(["A", "B"])
        later = b.decide("A", {"give in": b.end(-2, 2), "stand": b.end(stand, -3)}, label="later")
        reply = b.decide("B", {"fight": later, "share": b.end(1, 1)}, label="reply")
        return b.build(b.decide("A", {"out": b.end(0, 5), "in": reply}, label="entry"))

    weak = solve(game(-3), "sequential", all=True)
    assert [eq.payoffs["B"] for eq in weak.equilibria] == [5]
    strong = solve(game(-1), "sequential", all=True)
    assert [eq.payoffs["B"] for eq in strong.equilibria] == [1]


def two_sets(linked: bool) -> Game:
    """A goes out, or left or right by mistake; B, who does not see which, passes or acts at two
    information sets in turn. To act at the first pays after left, at the second after right."""
    b = Builder(["A", "B"])

    def second(side: str):
        gain = {"l": -1, "r": 1}[side]
        name = "second" if linked else f"second {side}"
        return b.decide("B", {"act": b.end(-1, gain), "pass": b.end(3, 0)}, infoset=name)

    def first(side: str):
        gain = {"l": 1, "r": -1}[side]
        return b.decide("B", {"act": b.end(-1, gain), "go on": second(side)}, infoset="first")

    return b.build(b.decide("A", {"out": b.end(0, 0), "l": first("l"), "r": first("r")}))


def test_beliefs_at_two_information_sets_are_linked_by_the_same_mistake() -> None:
    # B's act at the first set needs Pr(left) >= 1/2; to act at the second one as well, which is
    # reached by B's own mistake, needs Pr(left) <= 1/2 at the same odds.
    game = two_sets(linked=True)
    result = solve(game, "sequential", all=True)
    assert all(eq.certificate.verdict == "proved" for eq in result.equilibria)
    assert any(eq.payoffs["A"] == 0 for eq in result.equilibria)
    for eq in result.equilibria:
        beliefs = eq.beliefs
        assert list(beliefs[1].values()) == list(beliefs[2].values())


# ── plain reasoning: signalling games ───────────────────────────────────────────────────────────


@st.composite
def signalling(draw):
    """Two types, two messages, two or three responses; (A's, B's) payoffs of each."""
    width = draw(st.integers(2, 3))
    pay = st.tuples(st.integers(-2, 2), st.integers(-2, 2))
    return [
        [[draw(pay) for _ in range(width)] for _ in range(2)] for _ in range(2)
    ]


def signalling_game(payoffs) -> Game:
    b = Builder(["A", "B"])

    def answer(t: int, m: int):
        ends = {str(r): b.end(*pair) for r, pair in enumerate(payoffs[t][m])}
        return b.decide("B", ends, infoset=f"message {m}")

    types = [
        b.decide("A", {str(m): answer(t, m) for m in range(2)}, label=f"type {t}")
        for t in range(2)
    ]
    return b.build(b.chance({str(t): (Fraction(1, 2), node) for t, node in enumerate(types)}))


def justified(payoffs, message: int, played: list[Fraction]) -> bool:
    """Whether some belief over the two types makes every response that is played a best one.

    Each comparison holds on an interval of Pr(type 1); off the path any belief is consistent.
    """
    low, high = Fraction(0), Fraction(1)
    width = len(played)
    for r in range(width):
        for other in range(width):
            if not played[r]:
                continue
            at0, at1 = (payoffs[t][message][r][1] - payoffs[t][message][other][1] for t in (0, 1))
            if at0 < 0 and at1 < 0:
                return False
            if at0 < 0:  # p at1 + (1 - p) at0 >= 0
                low = max(low, Fraction(-at0, at1 - at0))
            elif at1 < 0:
                high = min(high, Fraction(at0, at0 - at1))
    return low <= high


@given(signalling())
@settings(max_examples=80, deadline=None)
def test_signalling_games_by_plain_reasoning(payoffs) -> None:
    game = signalling_game(payoffs)
    nash = solve(game, "nash", "sequence-form-extreme", all=True)
    judge = Refinement(game)
    expected = []
    for eq in nash.equilibria:
        sent = [[eq.profile["A", f"type {t}"][str(m)] for t in range(2)] for m in range(2)]
        expected.append(all(
            any(sent[m])  # then Bayes' rule gives the belief, and the equilibrium is rational
            or justified(payoffs, m, list(eq.profile["B", f"message {m}"].values()))
            for m in range(2)
        ))  # fmt: skip
    found = [judge.plan(judge.plans(eq.profile)).sequential for eq in nash.equilibria]
    assert found == expected
    listed = solve(game, "sequential", "all-sequential", all=True)
    assert listed.complete in ("all", "components")
    assert listed.equilibria
    assert len([one for one in found if one]) <= len(listed.equilibria)


# ── another method: by supports off the path ────────────────────────────────────────────────────


def random_game(rng: Random, depth: int) -> Game:
    """A small tree of perfect recall between two sides and chance, payoffs from -2 to 2."""
    b = Builder(["A", "B"])
    own = iter(range(1000))

    def node(left: int, memory: dict[str, str]):
        if not left or rng.random() < 0.2:
            return b.end(rng.randint(-2, 2), rng.randint(-2, 2))
        width = rng.choice([2, 2, 3])
        if rng.random() < 0.2:
            return b.chance({
                str(i): (Fraction(1, width), node(left - 1, memory)) for i in range(width)
            })  # fmt: skip
        who = rng.choice("AB")
        alike = rng.choice("xy") if rng.random() < 0.55 else str(next(own))
        name = f"{who}|{memory[who]}|{width}|{alike}"
        moves = {
            str(i): node(left - 1, {**memory, who: f"{memory[who]}{name}{i}"})
            for i in range(width)
        }
        return b.decide(who, moves, infoset=name)

    return b.build(node(depth, {"A": "", "B": ""}))


def compare(game: Game) -> int:
    """Both methods on every extreme equilibrium and every component; how many were compared."""
    form = sequence_form(game)
    nash = ExtremeEquilibria(game, Request("nash", most=10**6))
    judge, other = Refinement(game), Completions(form, lambda: None)
    movers, compared, somewhere = len(form.sequences), 0, False
    for plans in nash.pairs(form):
        one = judge.plan(plans[:movers]).sequential
        two = other.judge([[plan] for plan in plans[:movers]]).sequential
        somewhere = somewhere or one is not False
        if one is not None and two is not None:
            compared += 1
            assert one == two
        if len(nash.position) > 60:
            return compared
    by_number = [list(plans) for plans in nash.plans]
    for product in nash.products:
        spanning = [[by_number[m][i] for i in product[m]] for m in range(movers)]
        members = list(combined(*spanning))
        extreme = any(judge.plan(plans).sequential for plans in members)
        one = extreme or judge.component(members).sequential
        two = other.judge(spanning).sequential
        somewhere = somewhere or one is not False
        if one is not None and two is not None:
            compared += 1
            assert one == two
    assert somewhere, "every game has a sequential equilibrium (Kreps and Wilson 1982)"
    return compared


def drawn(seeds: range, depth: int) -> list[Game]:
    games = [random_game(Random(seed), depth) for seed in seeds]
    return [
        game for game in games if 6 <= game.num_nodes <= 40 and information(game).perfect_recall
    ]


def test_a_search_through_supports_agrees() -> None:
    assert sum(map(compare, drawn(range(150), 3))) > 300


@pytest.mark.slow
def test_a_search_through_supports_agrees_on_larger_trees() -> None:
    assert sum(map(compare, drawn(range(1000, 1400), 4))) > 3000
