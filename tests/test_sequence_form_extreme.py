"""All Nash equilibria of trees: against the reduced strategic form, and published sets."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import product
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.price_posting import price_posting
from detente.errors import NotSupported
from detente.game.builder import Builder, Node
from detente.game.information import information
from detente.game.profile import Profile
from detente.game.sequence_form import sequence_form
from detente.game.tree import Game
from detente.solvers import solve
from detente.solvers.components import components
from detente.solvers.result import Result
from tests import trees
from tests.plain_equilibria import Vector, equations, extreme, mapped, maximal_products, plain

METHOD = "sequence-form-extreme"
LOTS = 100_000

PlanPair = tuple[Vector, Vector]


def solved(game: Game, **more) -> Result:
    return solve(game, "nash", METHOD, all=True, limit=LOTS, **more)


def plans(result: Result) -> list[PlanPair]:
    """The realization plans of the two sides in every listed equilibrium."""
    assert isinstance(result.game, Game)
    form = sequence_form(result.game)
    found = []
    for equilibrium in result.equilibria:
        assert isinstance(equilibrium.profile, Profile)
        own = [tuple(s.plan(equilibrium.profile.at)) for s in form.sequences]
        own += [(Fraction(1),)] * (2 - len(own))
        found.append((own[0], own[1]))
    return found


def spans(result: Result) -> set[frozenset[PlanPair]]:
    """The components as sets of pairs of plans."""
    listed = plans(result)
    assert result.components is not None
    return {frozenset(listed[i] for i in part.members) for part in result.components}


def check(game: Game) -> Result:
    """The list and its components are those of the reduced strategic form."""
    result = solved(game)
    assert result.stopped == "finished", result.reason
    listed = plans(result)
    assert len(set(listed)) == len(listed)
    expected = extreme(game)
    assert set(listed) == expected
    wanted = maximal_products(expected)
    assert spans(result) == wanted
    assert (result.complete == "all") == all(len(part) == 1 for part in wanted)
    # Every equilibrium of the strategic form lies in a component: it may be exchanged with all.
    form = plain(game)
    for x, y in mapped(game):
        assert any(
            all(form.is_equilibrium(x, t) and form.is_equilibrium(s, y) for s, t in part)
            for part in wanted
        )
    return result


# ── random trees ────────────────────────────────────────────────────────────────────────────────


def few_plans(game: Game) -> bool:
    form = plain(game)
    return len(form.pure[0]) + len(form.pure[1]) <= 8


def random_twig(r: Random, depth: int) -> trees.Twig:
    """Few different payoffs, so that ties abound; an observer is the third player."""

    def vector() -> trees.Vector:
        return tuple(Fraction(r.randint(0, r.choice([1, 1, 3]))) for _ in range(3))

    discount = tuple(Fraction(r.randint(1, 3), 2) for _ in range(3)) if r.random() < 0.1 else None
    if depth == 0 or r.random() < 0.15:
        return trees.Twig(None, gain=vector(), discount=discount)
    width = r.choice([1, 2, 2, 2, 3])
    below = tuple(random_twig(r, depth - 1) for _ in range(width))
    gain = vector() if r.random() < 0.2 else None
    if r.random() < 0.2:
        weights = [r.randint(0, 3) for _ in range(width)]
        weights[0] += not sum(weights)
        chances = tuple(Fraction(weight, sum(weights)) for weight in weights)
        return trees.Twig("chance", below, gain, chances, discount=discount)
    return trees.Twig(r.randint(0, 1), below, gain, discount=discount)


def hidden(r: Random, twig: trees.Twig, names: str, memory: dict[object, str]) -> trees.Twig:
    """Decision nodes of the same width and own history fall into a few information sets."""
    below = twig.below
    if not isinstance(twig.mover, int):
        return replace(twig, below=tuple(hidden(r, child, names, memory) for child in below))
    name = f"{memory.get(twig.mover, '')}|{len(below)}{r.choice(names)}"
    return replace(
        twig, infoset=name,
        below=tuple(
            hidden(r, child, names, {**memory, twig.mover: f"{name}{k}"})
            for k, child in enumerate(below)
        ),
    )  # fmt: skip


def random_games(seed: int) -> Iterator[Game]:
    r = Random(seed)
    while True:
        twig = hidden(r, random_twig(r, r.choice([2, 3, 4])), r.choice(["x", "xy", "xyz"]), {})
        game = trees.build(twig, 3)
        if few_plans(game):
            yield game


@pytest.mark.parametrize("seed", range(6))
def test_random_degenerate_trees_against_the_reduced_strategic_form(seed: int) -> None:
    infinite = 0
    for game, _ in zip(random_games(seed), range(40), strict=False):
        infinite += check(game).complete == "components"
    assert infinite > 5


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 120))
def test_more_random_degenerate_trees(seed: int) -> None:
    for game, _ in zip(random_games(seed), range(150), strict=False):
        check(game)


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_trees_of_hypothesis(data: st.DataObject) -> None:
    twig = data.draw(trees.hidden(data.draw(trees.trees(2, 3, discounts=True))))
    game = trees.build(twig, 2)
    if few_plans(game):
        check(game)


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_positive_affine_changes_and_swapped_players_keep_the_set(data: st.DataObject) -> None:
    twig = data.draw(trees.hidden(data.draw(trees.trees(2, 3))))
    before = solved(trees.build(twig, 2))
    after = solved(trees.build(_changed(twig), 2))
    assert {(y, x) for x, y in spans_flat(before)} == spans_flat(after)


def spans_flat(result: Result) -> set[PlanPair]:
    return set(plans(result)) if len(sequence_form_movers(result)) == 2 else set()


def sequence_form_movers(result: Result) -> tuple[int, ...]:
    assert isinstance(result.game, Game)
    return sequence_form(result.game).movers


def _changed(twig: trees.Twig) -> trees.Twig:
    """The players' roles exchanged, one's payoffs tripled, and every end worth 5 more to it."""
    gain = twig.gain
    if gain is not None or not twig.below:
        a, b = gain or (Fraction(0), Fraction(0))
        gain = (b * 2, a * 3 + (5 if not twig.below else 0))
    mover = 1 - twig.mover if isinstance(twig.mover, int) else twig.mover
    return replace(twig, mover=mover, gain=gain, below=tuple(map(_changed, twig.below)))


@pytest.mark.parametrize("seed", range(3))
def test_components_are_the_maximal_bicliques_of_the_list(seed: int) -> None:
    for game, _ in zip(random_games(40 + seed), range(10), strict=False):
        result = solved(game)
        numbers: tuple[dict[Vector, int], dict[Vector, int]] = ({}, {})
        positions = {}
        for position, pair in enumerate(plans(result)):
            edge = tuple(n.setdefault(p, len(n)) for n, p in zip(numbers, pair, strict=True))
            positions[edge[0], edge[1]] = position
        found = [component.members for component in result.components]
        assert found == [component.members for component in components(positions)]


# ── published games ─────────────────────────────────────────────────────────────────────────────


def entry() -> Game:
    b = Builder(["Entrant", "Incumbent"])
    reply = b.decide("Incumbent", {"fight": b.end(-1, -1), "share": b.end(1, 1)}, label="reply")
    return b.build(b.decide("Entrant", {"stay out": b.end(0, 2), "enter": reply}, label="entry"))


def test_entry_deterrence() -> None:
    # Two pure equilibria; the threat need not be carried out for sure: 1 - 2 p ≤ 0 suffices.
    result = check(entry())
    half, one, zero = Fraction(1, 2), Fraction(1), Fraction(0)
    out, enter = (one, one, zero), (one, zero, one)
    assert spans(result) == {
        frozenset({(out, (one, one, zero)), (out, (one, half, half))}),
        frozenset({(enter, (one, zero, one))}),
    }


def beer_quiche() -> Game:
    """Cho and Kreps 1987: strong with 9/10; the preferred breakfast is worth 1, no duel 2; the
    receiver gets 1 for dueling the weak or leaving the strong alone."""
    b = Builder(["Sender", "Receiver"])

    def ends(strong: bool, liked: bool) -> dict[str, Node]:
        return {"duel": b.end(int(liked), int(not strong)),
                "not": b.end(int(liked) + 2, int(strong))}  # fmt: skip

    def breakfast(strong: bool) -> Node:
        return b.decide(
            "Sender",
            {
                meal: b.decide("Receiver", ends(strong, (meal == "beer") == strong), infoset=meal)
                for meal in ("beer", "quiche")
            },
            infoset="strong" if strong else "weak",
        )

    types = {"strong": ("0.9", breakfast(True)), "weak": ("0.1", breakfast(False))}
    return b.build(b.chance(types))


def test_beer_quiche() -> None:
    result = check(beer_quiche())
    # Both types drink beer, or both eat quiche; the other breakfast is met with a duel at least
    # half of the time.
    assert result.complete == "components"
    assert result.components is not None
    assert {len(part.members) for part in result.components} == {2}
    told = []
    for part in result.components:
        profiles = [result.equilibria[i].profile for i in part.members]
        assert all(isinstance(profile, Profile) for profile in profiles)
        meal = profiles[0]["Sender", "strong"]
        assert all(p["Sender", "weak"] == p["Sender", "strong"] == meal for p in profiles)
        pooled = max(meal, key=lambda name: meal[name])
        other = "quiche" if pooled == "beer" else "beer"
        assert all(p["Receiver", pooled]["not"] == 1 for p in profiles)
        told.append((pooled, sorted(p["Receiver", other]["duel"] for p in profiles)))
    half = [Fraction(1, 2), Fraction(1)]
    assert sorted(told) == [("beer", half), ("quiche", half)]
    assert {e.payoffs["Sender"] for e in result.equilibria} == {Fraction(29, 10), Fraction(21, 10)}


def kuhn(cards: int = 3) -> Game:
    """Kuhn 1950: an ante of 1 each, one bet of 1."""
    b = Builder(["First", "Second"])
    deals = {}
    odds = Fraction(1, cards * (cards - 1))
    for i, j in product(range(cards), repeat=2):
        if i != j:
            win = 1 if i > j else -1
            call = {"fold": b.end(-1, 1), "call": b.end(2 * win, -2 * win)}
            raised = b.decide("First", call, infoset=f"{i} checked")
            checked = b.decide("Second", {"check": b.end(win, -win), "bet": raised},
                               infoset=f"{j} after check")  # fmt: skip
            answer = {"fold": b.end(1, -1), "call": b.end(2 * win, -2 * win)}
            bet = b.decide("Second", answer, infoset=f"{j} after bet")
            deals[f"{i}{j}"] = (odds, b.decide("First", {"check": checked, "bet": bet},
                                               infoset=f"{i}"))  # fmt: skip
    return b.build(b.chance(deals))


def test_kuhn_poker_is_one_segment_of_plans_against_one_plan() -> None:
    result = solved(kuhn())
    assert result.complete == "components"
    assert [part.members for part in result.components or ()] == [(0, 1)]
    assert {e.payoffs["First"] for e in result.equilibria} == {Fraction(-1, 18)}
    bluffs = []
    for equilibrium in result.equilibria:
        profile = equilibrium.profile
        assert isinstance(profile, Profile)
        alpha = profile["First", "0"]["bet"]
        bluffs.append(alpha)
        assert profile["First", "1"]["bet"] == 0
        assert profile["First", "2"]["bet"] == 3 * alpha
        assert profile["First", "1 checked"]["call"] == alpha + Fraction(1, 3)
        assert profile["Second", "0 after check"]["bet"] == Fraction(1, 3)
        assert profile["Second", "1 after bet"]["call"] == Fraction(1, 3)
    assert sorted(bluffs) == [0, Fraction(1, 3)]


def test_a_tie_that_matters() -> None:
    b = Builder(["One", "Two"])
    reply = b.decide("Two", {"X": b.end(0, 5), "Y": b.end(3, 5)}, label="reply")
    result = check(b.build(b.decide("One", {"Out": b.end(1, 1), "In": reply})))
    replies = {x[2]: sorted(y[1] for z, y in plans(result) if z == x) for x, _ in plans(result)}
    # Out against X with 2/3 or more; In against X with 2/3 or less.
    two_thirds = Fraction(2, 3)
    assert replies == {0: [two_thirds, 1], 1: [0, two_thirds]}
    assert len(result.components or ()) == 3  # at 2/3 all mixtures of In and Out


def test_what_own_moves_exclude_multiplies_nothing() -> None:
    b = Builder(["A", "B"])
    later = b.decide("A", {"x": b.end(0, 0), "y": b.end(0, 0), "z": b.end(0, 0)})
    result = solved(b.build(b.decide("A", {"stop": b.end(1, 1), "go": later})))
    assert (result.complete, result.count) == ("all", 1)


# ── fewer than two movers, refusals, limits ─────────────────────────────────────────────────────


def test_nobody_moves() -> None:
    b = Builder(["A", "B"])
    game = b.build(b.chance({"l": ("1/4", b.end(0, 4)), "r": ("3/4", b.end(4, 0))}))
    result = solved(game)
    assert (result.complete, result.count) == ("all", 1)
    assert dict(result.equilibria[0].payoffs) == {"A": 3, "B": 1}
    assert solved(b.build(b.end(1, 2))).count == 1


def test_one_side_moves_before_an_observer() -> None:
    b = Builder(["Observer", "A"])
    ends = {"l": b.end(0, 1), "m": b.end(5, 1), "r": b.end(9, 0)}
    result = check(b.build(b.decide("A", ends)))
    assert [e.payoffs["Observer"] for e in result.equilibria] == [0, 5]
    assert [part.members for part in result.components or ()] == [(0, 1)]


def test_huge_faces_are_listed_up_to_the_limit() -> None:
    b = Builder(["A", "B"])
    tosses = {
        f"{i}": (Fraction(1, 40), b.decide("A", {"l": b.end(0, 0), "r": b.end(0, 1)}))
        for i in range(40)
    }
    result = solve(b.build(b.chance(tosses)), "nash", METHOD, limit=50)
    assert len(set(plans(result))) == 50
    assert (result.complete, result.stopped, result.count) == ("some", "limit", None)


def test_parts_with_too_many_vertices_are_walked_through(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("detente.linear.vertices.WORK", -1)
    for game, _ in zip(random_games(77), range(20), strict=False):
        check(game)
    check(beer_quiche())


def test_the_time_limit_keeps_what_was_found() -> None:
    b = Builder(["A", "B"])
    r = Random(1)
    rows = {
        f"{i}": b.decide("B", {f"{j}": b.end(r.randint(0, 99), r.randint(0, 99))
                               for j in range(40)}, infoset="B")
        for i in range(40)
    }  # fmt: skip
    game = b.build(b.decide("A", rows))
    started = time.perf_counter()
    result = solved(game, time_limit=0.5)
    assert time.perf_counter() - started < 3
    assert (result.complete, result.stopped) == ("some", "time_limit")
    assert all(e.certificate.verdict == "proved" for e in result.equilibria)


def test_it_is_the_method_of_choice_for_all_equilibria_of_a_tree_with_hidden_information() -> None:
    assert solve(beer_quiche(), "nash", all=True).method == METHOD


def test_refusals_say_which_rule() -> None:
    b = Builder(["A", "B", "C"])
    c = b.decide("C", {"l": b.end(0, 0, 0), "r": b.end(1, 1, 1)})
    three = b.build(b.decide("A", {"x": b.decide("B", {"y": c, "z": b.end(0, 0, 0)})}))
    with pytest.raises(NotSupported, match="at most two players move; here 3 do: A, B, C"):
        solve(three, "nash", METHOD)
    b = Builder(["A", "B"])
    again = [b.decide("A", {"l": b.end(k, 0), "r": b.end(0, k)}, infoset="later") for k in (1, 2)]
    forgetful = b.build(b.decide("A", {"x": again[0], "y": again[1]}))
    assert not information(forgetful).perfect_recall
    with pytest.raises(NotSupported, match="perfect recall"):
        solve(forgetful, "nash", METHOD)


def test_the_plain_reference_knows_its_equations() -> None:
    form = sequence_form(kuhn())
    own = form.sequences[0]
    assert len(equations(own)) == own.num_infosets + 1


# ── price posting ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.slow
def test_price_posting_with_four_types_and_six_prices_within_a_minute() -> None:
    for seed in (None, 1):
        game = price_posting(4, 6, "seller", seed)
        result = solved(game, time_limit=60.0)
        assert (result.stopped, result.complete) == ("finished", "components")
        pure = {p for p in plans(result) if all(w in (0, 1) for own in p for w in own)}
        searched = solve(game, "nash", "pure", all=True, limit=LOTS)
        assert pure == set(plans(searched))
