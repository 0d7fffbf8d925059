"""Which Nash equilibria between two sides are sequential: known games, and other ways to tell."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import islice, pairwise, product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from trees import build, hidden, trees

import detente as dt
from detente.certify import certify
from detente.errors import NotSupported
from detente.game.builder import Builder
from detente.game.profile import Profile
from detente.game.tree import Game
from detente.linear.programs import feasible
from detente.solvers.all_sequential import _Sequential
from detente.solvers.plans.plan_halves import halves
from detente.solvers.refining.rational_moves import kept_moves
from detente.solvers.refining.refinement import Refinement, refined
from detente.solvers.refining.trembling_plans import Trembler
from detente.solvers.registry import Request
from detente.solvers.result import Equilibrium, Result

GAMES = Path(__file__).parent.parent / "games"
METHOD = "all-sequential"


def shipped(name: str) -> Any:
    return dt.load(GAMES / f"{name}.yaml")


def sequential(game: Any) -> Result:
    return dt.solve(game, concept="sequential", method=METHOD, all=True)


def nash(game: Any) -> Result:
    return refined(dt.solve(game, concept="nash", method="sequence-form-extreme", all=True))


# ── known games ────────────────────────────────────────────────────────────────────────────────


def test_the_threat_of_entry_deterrence_is_not_sequential() -> None:
    game = shipped("entry-deterrence").game
    told = nash(game)
    out = [e.payoffs["Entrant"] == 0 for e in told.equilibria]
    assert [e.sequential for e in told.equilibria] == [not stays for stays in out]
    assert [c.sequential for c in told.components] == [
        not any(out[m] for m in c.members) for c in told.components
    ]
    assert sum(out) == 2
    result = sequential(game)
    assert (result.complete, result.count, len(result.equilibria)) == ("all", 1, 1)
    assert result.equilibria[0].sequential is True


def test_beer_or_quiche_has_two_pooling_components_with_threats_of_two_kinds() -> None:
    # Whoever takes the other breakfast is fought with probability 1/2 (if held weak with
    # probability 1/2 just so) up to 1 (if held weak with probability 1/2 or more).
    told = nash(shipped("beer-quiche"))
    assert [e.sequential for e in told.equilibria] == [True] * 4
    assert [c.sequential for c in told.components] == [True] * 2
    result = sequential(shipped("beer-quiche"))
    assert result.complete == "components"
    for part in result.components:
        threats = []
        for m in part.members:
            e = result.equilibria[m]
            beer = e.profile["Newcomer", "strong"]["beer"]
            where = "after quiche" if beer else "after beer"
            threats.append(e.profile["Challenger", where]["fight"])
            sets = e.game.infosets
            h = sets.label[: sets.num_player_infosets].index(where)
            _, weak = e.certificate.beliefs[h].values()
            assert weak == Fraction(1, 2) if threats[-1] < 1 else weak >= Fraction(1, 2)
        assert sorted(threats) == [Fraction(1, 2), 1]


def test_kuhn_poker_s_extreme_equilibria_are_all_sequential() -> None:
    told = nash(shipped("kuhn-poker"))
    assert [e.sequential for e in told.equilibria] == [True, True]
    assert [c.sequential for c in told.components] == [True]
    assert [c.members for c in sequential(shipped("kuhn-poker")).components] == [(0, 1)]


def test_of_kydd_s_many_nash_equilibria_few_are_sequential() -> None:
    result = sequential(shipped("kydd-reassurance"))
    one = dt.solve(shipped("kydd-reassurance"), concept="sequential").equilibria[0]
    assert result.complete == "all"
    assert [e.payoffs for e in result.equilibria] == [one.payoffs]
    told = nash(shipped("kydd-reassurance"))
    assert {e.sequential for e in told.equilibria} == {False, True}


@pytest.mark.parametrize("name", ["secret-restart", "false-alarms", "sincere-or-hedging"])
def test_the_tables_of_summits_with_secrets_are_decided(name: str) -> None:
    talks = shipped(f"hanoi-2019-{name}")
    for bundle in range(len(talks.bundles)):
        result = sequential(talks.table(bundle))
        assert result.complete in ("all", "components")
        assert all(e.certificate.verdict == "proved" for e in result.equilibria)


@pytest.mark.slow
def test_whole_talks_are_decided() -> None:
    result = sequential(shipped("fearon-1995-private-resolve"))
    assert result.complete in ("all", "components")
    # Fourteen proposals, each answered by both kinds of North: ties alone make 1024 extreme ones.
    talks = shipped("hanoi-2019-sincere-or-hedging").game
    many = dt.solve(talks, concept="sequential", method=METHOD, limit=50)
    assert (many.stopped, len(many.equilibria)) == ("limit", 50)


def entry_before(stake: Fraction, outside: Fraction) -> Game:
    """A may take the outside option, or play matching pennies for a stake."""
    b = Builder(["A", "B"])

    def guess(own: int) -> int:
        ends = [b.end(*((stake, -stake) if own == other else (-stake, stake))) for other in (0, 1)]
        return b.decide("B", {"heads": ends[0], "tails": ends[1]}, infoset="guess")

    coin = b.decide("A", {"heads": guess(0), "tails": guess(1)}, label="coin")
    return b.build(b.decide("A", {"out": b.end(outside, 0), "in": coin}, label="first"))


def test_a_component_may_be_sequential_between_its_extreme_equilibria() -> None:
    game = entry_before(Fraction(3), Fraction(1))
    told = nash(game)
    guesses = sorted(e.profile["B", "guess"]["heads"] for e in told.equilibria)
    assert guesses == [Fraction(1, 3), Fraction(2, 3)]  # what keeps A out
    assert [e.sequential for e in told.equilibria] == [False, False]
    assert [c.sequential for c in told.components] == [True]
    result = sequential(game)
    assert result.complete == "all"
    (one,) = result.equilibria
    assert one.profile["B", "guess"]["heads"] == one.profile["A", "coin"]["heads"] == Fraction(1, 2)
    assert one.beliefs is not None
    assert len(one.beliefs.at_infoset) == 3


def linked(first: Fraction, second: Fraction) -> Game:
    """Two kinds of A stay out or come in; B then stops, or goes on and punishes or yields.

    Going on to punish is better than stopping if B thinks the first kind likelier than `first`, and
    punishing better than yielding if it thinks it less likely than `second`.
    """
    b = Builder(["A", "B"])

    def kind(which: int) -> int:
        punish = (1 - first, -first)[which]
        more = (-(1 - second), second)[which]  # than yielding gives
        later = b.decide(
            "B", {"punish": b.end(-1, punish), "yield": b.end(1, punish - more)}, infoset="later"
        )
        reply = b.decide("B", {"stop": b.end(1, 0), "go on": later}, infoset="reply")
        return b.decide("A", {"out": b.end(0, 0), "in": reply}, label=f"kind {which}")

    half = Fraction(1, 2)
    return b.build(b.chance({"0": (half, kind(0)), "1": (half, kind(1))}))


@pytest.mark.parametrize(
    ("first", "second", "credible"),
    [("1/2", "1/4", False), ("1/4", "1/2", True), ("1/3", "1/3", True)],
)
def test_what_is_believed_at_first_is_believed_later(
    first: str, second: str, credible: bool
) -> None:
    game = linked(Fraction(first), Fraction(second))
    told = nash(game)
    outs = [e for e in told.equilibria if e.payoffs["A"] == 0]
    assert outs
    assert any(e.sequential for e in outs) is credible
    listed = sequential(game).equilibria
    assert any(e.payoffs["A"] == 0 for e in listed) is credible


def one_after_another(second: int) -> Game:
    """A threat against a threat: both players' information sets off the path follow each other."""
    b = Builder(["A", "B"])
    third = b.decide("A", {"hit": b.end(-1, -2), "leave": b.end(second, 0)}, label="third")
    reply = b.decide("B", {"give in": b.end(2, -1), "resist": third}, label="reply")
    return b.build(b.decide("A", {"keep": b.end(0, 1), "dare": reply}, label="first"))


@pytest.mark.parametrize(("second", "worth_of_a"), [(-2, 2), (0, 0)])
def test_threats_are_judged_by_what_would_follow(second: int, worth_of_a: int) -> None:
    # A hits only if leaving is worse, B resists unless A would hit, and A dares unless B resists.
    game = one_after_another(second)
    assert {e.payoffs["A"] for e in sequential(game).equilibria} == {worth_of_a}
    told = nash(game)
    assert {e.payoffs["A"] for e in told.equilibria} == {0, 2}
    assert {e.payoffs["A"] for e in told.equilibria if e.sequential} == {worth_of_a}


# ── signalling games, decided by hand ──────────────────────────────────────────────────────────

Table = dict[tuple[int, int, int], tuple[int, int]]
"""(kind, message, response) → payoffs."""


def signalling(payoffs: Table, prior: Fraction) -> Game:
    b = Builder(["Sender", "Receiver"])

    def says(kind: int) -> int:
        return b.decide(
            "Sender",
            {
                f"m{m}": b.decide(
                    "Receiver",
                    {f"r{r}": b.end(*payoffs[kind, m, r]) for r in range(3)}, infoset=f"after m{m}",
                )
                for m in range(2)
            },
            label=f"kind {kind}",
        )  # fmt: skip

    return b.build(b.chance({"0": (prior, says(0)), "1": (1 - prior, says(1))}))


def credible(payoffs: Table, message: int, responses: Sequence[int]) -> bool:
    """Whether some belief makes all of these responses best: its odds of kind 0 are one of the
    points at which two responses are level, or lie anywhere between two of them."""
    lines = [(payoffs[0, message, r][1], payoffs[1, message, r][1]) for r in range(3)]
    points = {Fraction(0), Fraction(1)}
    for (a, b), (c, d) in product(lines, lines):
        if a - b != c - d and 0 <= Fraction(d - b, a - b - c + d) <= 1:
            points.add(Fraction(d - b, a - b - c + d))
    ordered = sorted(points)
    points.update((x + y) / 2 for x, y in pairwise(ordered))
    for p in points:
        worth = [p * a + (1 - p) * b for a, b in lines]
        if all(worth[r] == max(worth) for r in responses):
            return True
    return False


def by_hand(payoffs: Table, e: Equilibrium) -> bool:
    for m in range(2):
        said = [e.profile["Sender", f"kind {kind}"][f"m{m}"] for kind in range(2)]
        odds = list(e.profile["Receiver", f"after m{m}"].values())
        responses = [r for r, p in enumerate(odds) if p]
        if not any(said) and not credible(payoffs, m, responses):
            return False
    return True


def drawn(seed: int) -> tuple[Table, Game]:
    rng = random.Random(seed)
    payoffs = {
        (k, m, r): (rng.randint(-2, 2), rng.randint(-2, 2))
        for k, m, r in product(range(2), range(2), range(3))
    }
    return payoffs, signalling(payoffs, Fraction(rng.randint(1, 3), 4))


@pytest.mark.parametrize("seed", range(40))
def test_signalling_games_are_decided_as_by_hand(seed: int) -> None:
    payoffs, game = drawn(seed)
    told = nash(game)
    verdicts = [by_hand(payoffs, e) for e in told.equilibria]
    assert [e.sequential for e in told.equilibria] == verdicts
    result = sequential(game)
    assert result.complete in ("all", "components")
    assert all(by_hand(payoffs, e) for e in result.equilibria)
    assert {plans_of(e) for e in result.equilibria} >= {
        plans_of(e) for e, right in zip(told.equilibria, verdicts, strict=True) if right
    }


def test_both_verdicts_are_met_among_them() -> None:
    met = {e.sequential for seed in range(10) for e in nash(drawn(seed)[1]).equilibria}
    assert met == {False, True}


# ── random trees, and other ways to find sequential equilibria ─────────────────────────────────


def plans_of(e: Equilibrium) -> tuple[tuple[Fraction, ...], ...]:
    return tuple(tuple(plan) for plan in Refinement(e.game).plans(e.profile))


def completions(game: Game, plans: Sequence[Sequence[Fraction]]) -> Iterator[Profile]:
    """Profiles of these plans: pure, or even, where they leave it open."""
    ways = []
    for own, plan in zip(Refinement(game).form.sequences, plans, strict=True):
        for k, played in enumerate(own.behavior(plan)):
            width = int(own.start[k + 1] - own.start[k])
            pure = [[Fraction(int(i == j)) for i in range(width)] for j in range(width)]
            ways.append([played] if played is not None else [*pure, [Fraction(1, width)] * width])
    for way in product(*ways):
        yield Profile.mixed(game, [p for odds in way for p in odds])


def decided(game: Game) -> tuple[Result, Result] | None:
    """Both results; None for a game with very many equilibria."""
    found = dt.solve(game, concept="nash", method="sequence-form-extreme", limit=40)
    if found.components is None:
        return None
    return refined(found), sequential(game)


blurred = trees(players=2, depth=3, discounts=True).flatmap(hidden)


@settings(max_examples=60, deadline=None)
@given(blurred)
def test_no_completion_of_what_is_refuted_is_sequential(twig: Any) -> None:
    game = build(twig, 2)
    both = decided(game)
    if both is None:
        return
    told, listed = both
    known = {plans_of(e) for e in listed.equilibria}
    for e in told.equilibria:
        assert e.sequential is not None or listed.complete == "some"
        if e.sequential:
            assert plans_of(e) in known
        elif e.sequential is False:
            assert plans_of(e) not in known
            for profile in islice(completions(game, plans_of(e)), 12):
                assert certify(game, profile, "sequential").verdict != "proved"


@settings(max_examples=40, deadline=None)
@given(blurred)
def test_what_another_method_finds_is_not_refuted(twig: Any) -> None:
    game = build(twig, 2)
    both = decided(game)
    if both is None:
        return
    verdict = {plans_of(e): e.sequential for e in both[0].equilibria}
    found = dt.solve(game, concept="sequential", method="quasi-perfect", limit=3)
    assert found.equilibria
    assert both[1].equilibria
    for e in found.equilibria:
        assert verdict.get(plans_of(e)) is not False
        assert inside(plans_of(e), both[1]) or both[1].complete == "some"


def inside(plans: Sequence[Sequence[Fraction]], listed: Result) -> bool:
    """Whether a pair of plans is a mixture, mover by mover, of what spans some component."""
    spans = [[plans_of(listed.equilibria[m]) for m in c.members] for c in listed.components]
    return any(
        all(_mixes(plan, [one[k] for one in span]) for k, plan in enumerate(plans))
        for span in spans
    )


def _mixes(plan: Sequence[Fraction], of: Sequence[Sequence[Fraction]]) -> bool:
    rows = [[one[s] for one in of] for s in range(len(plan))] + [[1] * len(of)]
    return feasible(A_eq=rows, b_eq=[*plan, 1], bounds=[(0, None)] * len(of)).point is not None


def mixture(draw: Any, of: Sequence[Sequence[Sequence[Fraction]]]) -> list[list[Fraction]]:
    """Plans mixed mover by mover."""
    mixed = []
    for k in range(len(of[0])):
        weights = draw(st.lists(st.integers(0, 3), min_size=len(of), max_size=len(of)))
        weights[0] += not any(weights)
        total = sum(weights)
        mixed.append([
            sum((w * one[k][s] for w, one in zip(weights, of, strict=True)), Fraction(0)) / total
            for s in range(len(of[0][k]))
        ])  # fmt: skip
    return mixed


@settings(max_examples=40, deadline=None)
@given(blurred, st.data())
def test_components_hold_just_what_is_sequential(twig: Any, data: st.DataObject) -> None:
    game = build(twig, 2)
    both = decided(game)
    if both is None or both[1].complete == "some":
        return
    told, listed = both
    refinement = Refinement(game)
    for c in told.components[:6]:
        some = mixture(data.draw, [plans_of(told.equilibria[m]) for m in c.members])
        verdict = refinement.plan(some).sequential
        assert verdict is inside(some, listed)
        assert not (verdict and c.sequential is False)
    for c in listed.components[:6]:
        some = mixture(data.draw, [plans_of(listed.equilibria[m]) for m in c.members])
        assert refinement.plan(some).sequential is True


@settings(max_examples=40, deadline=None)
@given(blurred, st.data())
def test_pure_profiles_with_plain_trembles_are_not_refuted(twig: Any, data: st.DataObject) -> None:
    """Every pure profile of a small tree, every action's tremble a power of 1 or 2: what then is
    best at every information set, as a walk over the tree tells, must be listed."""
    game = build(twig, 2)
    sets = game.infosets
    widths = [int(w) for w in sets.action_start[1:] - sets.action_start[:-1]]
    widths = widths[: sets.num_player_infosets]
    both = decided(game) if all(sets.probability) else None
    if both is None or both[1].complete == "some":
        return
    known = {plans_of(e) for e in both[1].equilibria}
    orders = data.draw(st.lists(st.integers(1, 2), min_size=sum(widths), max_size=sum(widths)))
    for choice in islice(product(*map(range, widths)), 100):
        if rational(game, choice, orders):
            plans = Refinement(game).plans(Profile.pure(game, choice))
            assert tuple(map(tuple, plans)) in known


def rational(game: Game, choice: Sequence[int], orders: Sequence[int]) -> bool:
    """Whether a pure profile is best everywhere for the beliefs that these trembles give."""
    power, mass = {0: 0}, {0: Fraction(1)}
    at: dict[int, list[int]] = {}
    for node in range(game.num_nodes):
        h, mover = int(game.infoset[node]), int(game.mover[node])
        for j, child in enumerate(game.children_of(node)):
            tremble = mover >= 0 and choice[h] != j
            flat = int(game.infosets.action_start[h]) + j
            power[child] = power[node] + (orders[flat] if tremble else 0)
            mass[child] = mass[node] * (1 if mover >= 0 else game.infosets.probabilities(h)[j])
        if mover >= 0:
            at.setdefault(h, []).append(node)
    for h, nodes in at.items():
        least = min(power[node] for node in nodes)
        gains = [Fraction(0)] * len(game.children_of(nodes[0]))
        for node in nodes:
            if power[node] == least:
                player = int(game.mover[node])
                weight = mass[node] * discounted(game, node, player)
                for j, child in enumerate(game.children_of(node)):
                    gains[j] += weight * worth(game, child, choice, player)
        if gains[choice[h]] < max(gains):
            return False
    return True


def discounted(game: Game, node: int, player: int) -> Fraction:
    """The product of a player's discounts on the way to a node, its own included."""
    own = game.discount(node)
    factor = Fraction(1) if own is None else own[player]
    return factor * (discounted(game, int(game.parent[node]), player) if node else 1)


def worth(game: Game, node: int, choice: Sequence[int], player: int) -> Fraction:
    total = game.payoff(node)[player] if game.outcome[node] >= 0 else Fraction(0)
    h, children = int(game.infoset[node]), game.children_of(node)
    if game.mover[node] >= 0:
        total += worth(game, children[choice[h]], choice, player)
    elif children:
        odds = game.infosets.probabilities(h)
        pairs = zip(odds, children, strict=True)
        total += sum((p * worth(game, c, choice, player) for p, c in pairs), Fraction(0))
    own = game.discount(node)
    return total if own is None else total * own[player]


# ── the parts, and what is refused ─────────────────────────────────────────────────────────────


def test_moves_that_no_belief_makes_best_are_left_out() -> None:
    game = shipped("entry-deterrence").game
    pair = halves(Refinement(game).form)
    one, two = (Trembler(half, lambda: None) for half in pair)
    kept = kept_moves((one, two))
    # The incumbent shares; the entrant, knowing that, enters.
    assert [mask.bit_count() for mask in kept] == [2, 2]


def test_too_few_steps_leave_it_undecided() -> None:
    found = dt.solve(entry_before(Fraction(3), Fraction(1)), concept="nash", all=True)
    told = refined(found, steps=0)
    assert {e.sequential for e in told.equilibria} == {None}
    assert {c.sequential for c in told.components} == {None}


def test_what_is_not_decided_in_time_stays_open() -> None:
    found = dt.solve(shipped("beer-quiche"), concept="nash", all=True)
    late = refined(found, deadline=time.perf_counter())
    assert {e.sequential for e in late.equilibria} == {None}
    assert {c.sequential for c in late.components} == {None}
    stopped = dt.solve(
        shipped("beer-quiche"), concept="sequential", method=METHOD, all=True, time_limit=0
    )
    assert stopped.stopped == "time_limit"


def test_games_of_three_movers_are_left_as_they_are() -> None:
    found = dt.solve(shipped("selten-1975-horse"), concept="nash", method="pure", all=True)
    assert refined(found) is found


def test_equilibria_in_floating_point_are_not_decided() -> None:
    found = dt.solve(
        shipped("beer-quiche"), concept="nash", method="lemke", arithmetic="float"
    )
    assert {e.sequential for e in refined(found).equilibria} == {None}


def test_a_matrix_is_left_as_it_is_and_refused() -> None:
    payoffs = [(1, 1), (0, 0), (0, 0), (1, 1)]
    game = dt.StrategicGame.of(["A", "B"], [["x", "y"], ["x", "y"]], payoffs)
    found = dt.solve(game, concept="nash", all=True)
    assert refined(found) is found
    with pytest.raises(NotSupported, match="all-sequential takes trees"):
        dt.solve(game, concept="sequential", method=METHOD)


def test_games_in_which_one_moves_or_nobody_does() -> None:
    b = Builder(["A", "B"])
    game = b.build(b.decide("A", {"x": b.end(1, 0), "y": b.end(1, 1), "z": b.end(0, 0)}))
    assert len(sequential(game).equilibria) == 2
    b = Builder(["A", "B"])
    half = Fraction(1, 2)
    game = b.build(b.chance({"x": (half, b.end(1, 0)), "y": (half, b.end(0, 1))}))
    result = sequential(game)
    assert (result.complete, len(result.equilibria)) == ("all", 1)


def test_what_chance_never_does_is_a_tremble_too() -> None:
    # Chance never makes B strong; A, should it have come in, still has to believe something.
    b = Builder(["A", "B"])

    def kind(fight: int) -> int:
        reply = b.decide("B", {"fight": b.end(-1, fight), "share": b.end(1, 0)})
        return b.decide("A", {"out": b.end(0, 2), "in": reply}, infoset="entry")

    game = b.build(b.chance({"weak": (Fraction(1), kind(-1)), "strong": (Fraction(0), kind(1))}))
    result = sequential(game)
    assert [e.payoffs["A"] for e in result.equilibria] == [1]
    assert result.equilibria[0].certificate.verdict == "proved"


def test_what_follows_a_tremble_of_chance_adds_nothing_before_it() -> None:
    # Left and right are alike to A: what chance never does after left is a tremble more.
    b = Builder(["A", "B"])
    again = b.decide("A", {"on": b.end(-1, 0)}, label="again")
    left = b.chance({"0": (Fraction(1), b.end(2, 0)), "1": (Fraction(0), again)})
    first = b.decide("A", {"left": left, "right": b.end(2, 0)}, label="first")
    game = b.build(b.chance({"0": (Fraction(1), b.end(0, 0)), "1": (Fraction(0), first)}))
    result = sequential(game)
    assert result.complete in ("all", "components")
    assert all(e.certificate.verdict == "proved" for e in result.equilibria)


def test_a_component_is_not_ruled_out_where_one_of_its_equilibria_is_sequential() -> None:
    # What B's "on" yields depends on "third" and "last", where nothing need be best at first.
    b = Builder(["A", "B"])
    last = b.decide("A", {"x": b.end(0, 0), "y": b.end(0, 2)}, label="last")
    third = b.decide("B", {"take": b.end(0, 0), "pass": last}, label="third")
    second = b.decide("B", {"on": third, "stop": b.end(1, 2)}, label="second")
    reply = b.decide("A", {"back": b.end(0, -1), "dare": second}, label="reply")
    game = b.build(b.decide("B", {"in": reply, "out": b.end(0, 0)}, label="first"))
    found = dt.solve(game, concept="nash", method="sequence-form-extreme", all=True)
    refinement = Refinement(game)
    plans = [refinement.plans(e.profile) for e in found.equilibria]
    sets = [[plans[m] for m in c.members] for c in found.components]
    assert {refinement.plan(plan).sequential for plan in plans} == {False, True}
    for members in sets:
        some = any(refinement.plan(plan).sequential for plan in members)
        assert refinement.component(members).sequential is some


def test_what_was_left_undecided_is_told_without_zeros() -> None:
    game = entry_before(Fraction(3), Fraction(1))
    search = _Sequential(game, Request("sequential"), undecided=1)
    one = "1 maximal set of Nash equilibria was not searched to the end for sequential ones"
    assert search.claim().reason == f"{one}."
    search.position = {((), (Fraction(k),)): None for k in range(4)}
    assert search.claim().reason == f"{one}, and 4 equilibria were not decided."
    search.undecided = 0
    assert search.claim().reason == "4 equilibria were not decided."
