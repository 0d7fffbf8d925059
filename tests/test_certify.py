"""Certificates against plain walks, published equilibria, and planted wrong profiles."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import trees
from hypothesis import given, settings
from hypothesis import strategies as st

from detente.certify import Certificate, certify
from detente.errors import GameError, NotSupported
from detente.game import kernels
from detente.game.builder import Builder
from detente.game.expand import expand
from detente.game.expressions import name
from detente.game.formulas import Parameter
from detente.game.profile import Profile
from detente.game.tree import Game

HALF = Fraction(1, 2)


@contextmanager
def compiled() -> Iterator[None]:
    """Every kernel compiled, however small the game."""
    before, kernels.COMPILE_FROM = kernels.COMPILE_FROM, 0
    try:
        yield
    finally:
        kernels.COMPILE_FROM = before


def both_ways(game: Game, profile: Profile, concept: str) -> Certificate:
    """The certificate, found by the interpreted and the compiled pass alike."""
    found = certify(game, profile, concept)
    with compiled():
        assert certify(game, profile, concept) == found
    return found


# ── published games ─────────────────────────────────────────────────────────────────────────────


def entry_deterrence() -> Game:
    b = Builder(["Entrant", "Incumbent"], title="Entry deterrence")
    reply = b.decide("Incumbent", {"fight": b.end(-1, -1), "share": b.end(1, 1)}, label="reply")
    return b.build(b.decide("Entrant", {"out": b.end(0, 2), "in": reply}, label="entry"))


def test_the_incredible_threat_is_an_equilibrium_but_not_a_perfect_one() -> None:
    """Selten 1978: to fight entry is no regret as a plan, and 2 lost where it would be done."""
    game = entry_deterrence()
    threat = Profile.pure(game, [0, 0])
    plan = both_ways(game, threat, "nash")
    assert (plan.verdict, plan.max_regret, plan.where, plan.node) == ("proved", 0, "", None)
    perfect = both_ways(game, threat, "spe")
    assert (perfect.verdict, perfect.max_regret, perfect.arithmetic) == ("refuted", 2, "exact")
    assert (perfect.node, perfect.player) == (2, "Incumbent")
    assert perfect.where == "Incumbent gains 2 at 'reply' by share instead of fight."
    assert both_ways(game, Profile.pure(game, [1, 1]), "spe").verdict == "proved"


def test_a_mixed_threat_is_told_as_a_mixture() -> None:
    game = entry_deterrence()
    found = both_ways(game, Profile.mixed(game, [Fraction(1), 0, HALF, HALF]), "spe")
    assert found.max_regret == 1
    assert found.where == (
        "Incumbent gains 1 at 'reply' by share instead of the mixture of fight (1/2), share (1/2)."
    )


def test_every_indifferent_mixture_is_perfect() -> None:
    """A grid of the ultimatum game: the responder to an offer of 0 may mix as it likes."""
    b = Builder(["Proposer", "Responder"])
    replies = {
        str(k): b.decide("Responder", {"yes": b.end(4 - k, k), "no": b.end(0, 0)}) for k in range(5)
    }
    game = b.build(b.decide("Proposer", replies))
    yes = [Fraction(1), Fraction(0)]
    offer = [Fraction(0), Fraction(1), Fraction(0), Fraction(0), Fraction(0)]
    for share in (Fraction(0), HALF, Fraction(3, 4)):
        profile = Profile.mixed(game, [*offer, share, 1 - share, *yes * 4])
        assert both_ways(game, profile, "spe").verdict == "proved"
    profile = Profile.mixed(game, [*offer, Fraction(4, 5), Fraction(1, 5), *yes * 4])
    found = both_ways(game, profile, "spe")
    assert (found.max_regret, found.player) == (Fraction(1, 5), "Proposer")


def selten_horse() -> Game:
    b = Builder(["1", "2", "3"], title="Selten 1975, figure 1")
    after_d = b.decide("3", {"L": b.end(3, 3, 2), "R": b.end(0, 0, 0)}, infoset="3")
    after_c = b.decide("3", {"L": b.end(4, 4, 0), "R": b.end(0, 0, 1)}, infoset="3")
    two = b.decide("2", {"c": b.end(1, 1, 1), "d": after_c}, label="2")
    return b.build(b.decide("1", {"C": two, "D": after_d}, label="1"))


def test_both_families_of_the_horse_are_nash_equilibria() -> None:
    game = selten_horse()
    assert certify(game, Profile.pure(game, [0, 0, 1]), "nash").verdict == "proved"  # C, c, R
    assert certify(game, Profile.pure(game, [1, 0, 0]), "nash").verdict == "proved"  # D, c, L
    third = Fraction(1, 3)
    for weight, verdict in [(third, "proved"), (HALF, "refuted")]:
        mixed = Profile.mixed(game, [0, 1, weight, 1 - weight, 1, 0])  # D; L: c at least 1/3
        assert certify(game, mixed, "nash").verdict == "proved", verdict
        mixed = Profile.mixed(game, [1, 0, 1, 0, weight, 1 - weight])  # C, c: L at most 1/4
        assert certify(game, mixed, "nash").verdict == "refuted"
    wrong = certify(game, Profile.pure(game, [0, 1, 0]), "nash")
    assert (wrong.verdict, wrong.max_regret, wrong.player) == ("refuted", 1, "3")
    assert wrong.where == (
        "3 gains 1 by another plan, which departs at '3': R instead of L."
    )


def test_a_better_plan_departs_where_the_old_one_leads() -> None:
    b = Builder(["A", "B"])
    unreached = b.decide("A", {"x": b.end(0, 0), "y": b.end(1, 0)}, label="unreached")
    unseen = [b.decide("B", {"l": b.end(k, 0), "r": b.end(k, 0)}, infoset="B") for k in (5, 6)]
    reached = b.decide("A", {"x": unseen[0], "y": unseen[1]}, label="reached")
    game = b.build(b.decide("A", {"a": unreached, "b": reached}, label="first"))
    found = certify(game, Profile.pure(game, [1, 0, 0, 0]), "nash")
    assert found.max_regret == 1
    assert found.where == (
        "A gains 1 by another plan, which departs at 'reached': y instead of x."
    )


def test_rubinstein_with_three_rounds() -> None:
    """Rubinstein 1982: the first side gets 1 - d2 + d1 d2 when it makes the third offer too."""
    d = (Fraction(9, 10), Fraction(4, 5))
    last = Fraction(1)
    second = d[0] * last
    first = 1 - d[1] * (1 - second)
    b = Builder(["1", "2"])
    shares = [second, first, Fraction(1, 4), last]
    later = b.end(0, 0)
    for proposer, responder, factors in [("1", "2", d), ("2", "1", d), ("1", "2", None)]:
        replies = [
            (str(x), b.decide(responder, {"yes": b.end(x, 1 - x), "no": later})) for x in shares
        ]
        later = b.decide(proposer, replies, discount=factors)
    game = b.build(later, shared=True)
    plan, values = [0] * game.infosets.num_player_infosets, {}
    for node in range(game.num_nodes - 1, -1, -1):
        below = game.children_of(node)
        amount = list(game.payoff(node))
        if below:
            i = int(game.mover[node])
            best = max(range(len(below)), key=lambda k: values[below[k]][i])
            plan[int(game.infoset[node])] = best
            amount = values[below[best]]
        factor = game.discount(node) or (1, 1)
        values[node] = [f * a for f, a in zip(factor, amount, strict=True)]
    assert values[0] == [first, 1 - first]
    profile = Profile.pure(game, plan)
    assert certify(game, profile).verdict == "proved"
    assert certify(game, profile, "nash").verdict == "proved"
    plan[int(game.infoset[0])] = 3  # asks for all, and is refused
    found = certify(game, Profile.pure(game, plan))
    assert (found.verdict, found.node, found.player) == ("refuted", 0, "1")
    assert found.max_regret == first - d[0] * second


# ── random games against plain walks ────────────────────────────────────────────────────────────


@settings(deadline=None)
@given(trees.trees(players=2, discounts=True), st.data())
def test_one_shot_gains_are_those_of_a_plain_walk(twig: trees.Twig, data: st.DataObject) -> None:
    plan = data.draw(trees.plans(twig))
    game = trees.build(twig, 2)
    found = both_ways(game, Profile.mixed(game, trees.vector_of(twig, plan)), "spe")
    regrets = trees.one_shot_regrets(twig, plan, 2)
    assert found.max_regret == max(regrets.values(), default=0)
    assert found.verdict == ("refuted" if found.max_regret else "proved")
    if found.max_regret:
        paths = [path for path, _ in trees.walk(twig)]
        at = [paths.index(path) for path, regret in regrets.items() if regret == found.max_regret]
        assert found.node == min(at)
        assert found.player == game.players[game.mover[found.node]]
        assert str(found.max_regret) in found.where


@settings(deadline=None, max_examples=50)
@given(trees.trees(players=2, discounts=True), st.data())
def test_plan_gains_are_those_of_all_plans(twig: trees.Twig, data: st.DataObject) -> None:
    plan = data.draw(trees.plans(twig))
    game = trees.build(twig, 2)
    found = both_ways(game, Profile.mixed(game, trees.vector_of(twig, plan)), "nash")
    assert found.max_regret == trees.plan_regret(twig, plan, 2)


@settings(deadline=None, max_examples=50)
@given(trees.trees(players=3, discounts=True).flatmap(trees.hidden), st.data())
def test_so_they_are_where_information_is_hidden(twig: trees.Twig, data: st.DataObject) -> None:
    plan = data.draw(trees.plans(twig))
    game = trees.build(twig, 3)
    found = certify(game, Profile.mixed(game, trees.vector_of(twig, plan)), "nash")
    assert found.max_regret == trees.plan_regret(twig, plan, 3)
    assert (found.verdict == "proved") == (found.max_regret == 0)
    assert (found.node is None) == (found.max_regret == 0)


@settings(deadline=None)
@given(trees.trees(players=3, discounts=True), st.data())
def test_a_perfect_plan_is_proved_and_a_corrupted_one_refused(
    twig: trees.Twig, data: st.DataObject
) -> None:
    _, plan = trees.backward(twig, 3)
    game = trees.build(twig, 3)
    vector = trees.vector_of(twig, plan)
    pure = [plan[path].index(1) for path, _ in trees.decisions(twig)]
    for profile in (Profile.pure(game, pure), Profile.mixed(game, vector)):
        assert both_ways(game, profile, "spe").verdict == "proved"
        assert both_ways(game, profile, "nash").verdict == "proved"
    values = {
        path: [trees.value(c, plan, 3, (*path, k))[t.mover] for k, c in enumerate(t.below)]
        for path, t in trees.decisions(twig)
    }
    worse = [(p, k) for p, v in values.items() for k, x in enumerate(v) if x < max(v)]
    if worse:
        path, move = data.draw(st.sampled_from(worse))
        pure[[p for p, _ in trees.decisions(twig)].index(path)] = move
        found = both_ways(game, Profile.pure(game, pure), "spe")
        assert found.verdict == "refuted"
        assert found.max_regret >= max(values[path]) - values[path][move]


@settings(deadline=None)
@given(trees.trees(players=2, discounts=True), st.integers(1, 5), st.integers(-3, 3), st.data())
def test_a_positive_affine_change_scales_the_gain(
    twig: trees.Twig, factor: int, shift: int, data: st.DataObject
) -> None:
    plan = data.draw(trees.plans(twig))
    game = trees.build(twig, 2).replaced(discounts=None)
    payoffs = game.outcomes.payoffs
    rows = [tuple(factor * x for x in payoffs.row(o)) for o in range(len(payoffs))]
    scaled = game.replaced(outcomes=type(game.outcomes)(game.outcomes.label, payoffs.of(rows, 2)))
    vector = trees.vector_of(twig, plan)
    for concept in ("spe", "nash"):
        one = certify(game, Profile.mixed(game, vector), concept)
        two = certify(scaled, Profile.mixed(scaled, vector), concept)
        assert two.max_regret == factor * one.max_regret
        assert (one.node, one.player) == (two.node, two.player)


def test_a_shared_game_is_judged_as_its_tree_is() -> None:
    b = Builder(["A", "B"])
    talks = b.decide("B", {"x": b.end(1, 1), "y": b.end(2, 0)}, label="talks", discount=[HALF, 1])
    mix = b.chance({"l": ("1/3", talks), "r": ("2/3", b.end(3, 3))}, payoffs=[1, -1])
    game = b.build(b.decide("A", {"now": talks, "later": mix, "again": talks}), shared=True)
    tree = expand(game)
    for first in range(3):
        for reply in range(2):
            shared = Profile.pure(game, [first, reply])
            copied = Profile.pure(tree, [first, reply, reply, reply])
            for concept in ("spe", "nash"):
                one, two = certify(game, shared, concept), certify(tree, copied, concept)
                assert one.verdict == two.verdict
            assert certify(game, shared, "nash").max_regret == two.max_regret


# ── numbers ─────────────────────────────────────────────────────────────────────────────────────


def choice(*amounts: Any) -> Game:
    b = Builder(["A"])
    return b.build(b.decide("A", {str(k): b.end(x) for k, x in enumerate(amounts)}, label="pick"))


def test_a_tie_to_the_last_digit_is_told_from_a_gain() -> None:
    game = choice("1e12", "1000000000000.000000000001")
    found = both_ways(game, Profile.pure(game, [0]), "spe")
    assert (found.verdict, found.max_regret) == ("refuted", Fraction(1, 10**12))
    assert both_ways(game, Profile.pure(game, [1]), "nash").verdict == "proved"


@pytest.mark.parametrize("size", [2**31, 2**61, 2**62, 2**63 - 1, 2**63, 2**70, 10**40])
def test_numbers_of_any_size_are_exact(size: int) -> None:
    game = choice(-size, size - 1, size)
    found = both_ways(game, Profile.pure(game, [0]), "spe")
    assert found.max_regret == 2 * size
    assert both_ways(game, Profile.pure(game, [1]), "spe").max_regret == 1
    mixed = Profile.mixed(game, [Fraction(1, 3)] * 3)
    assert both_ways(game, mixed, "nash").max_regret == size - Fraction(size - 1, 3)


@pytest.mark.parametrize("depth", [3, 40, 90])
def test_path_sums_that_leave_64_bits_are_noticed(depth: int) -> None:
    step = 2**57
    b = Builder(["A"])
    node = b.end(1)
    for _ in range(depth):
        node = b.decide("A", {"stop": b.end(step), "go": node}, payoffs=[step])
    game = b.build(node)
    found = both_ways(game, Profile.pure(game, [0] * depth), "nash")
    assert found.max_regret == (depth - 1) * step  # stop at the last node, not the first
    assert both_ways(game, Profile.pure(game, [0] * depth), "spe").max_regret == step


@pytest.mark.parametrize("depth", [2, 5, 15, 30])
def test_denominators_that_leave_64_bits_are_noticed(depth: int) -> None:
    primes = [p for p in range(2, 200) if all(p % q for q in range(2, p))][:depth]
    b = Builder(["A", "B"])
    node = b.decide("A", {"a": b.end(0, 1), "b": b.end(1, 0)}, label="pick")
    for p in primes:
        node = b.chance({"on": (Fraction(1, p), node), "off": (1 - Fraction(1, p), b.end(5, 7))})
    game = b.build(node)
    reach = Fraction(1)
    for p in primes:
        reach /= p
    profile = Profile.pure(game, [0])
    assert both_ways(game, profile, "spe").max_regret == 1
    assert both_ways(game, profile, "nash").max_regret == reach


@pytest.mark.parametrize("last", [2, 5, 9, 2**40 + 1])
@pytest.mark.parametrize("depth", [10, 61, 64])
def test_a_scale_that_leaves_64_bits_is_noticed(depth: int, last: int) -> None:
    b = Builder(["A"])
    node = b.decide("A", {"a": b.end(0), "b": b.end(1)}, label="pick")
    for p in (*[HALF] * depth, Fraction(1, last)):
        node = b.chance({"on": (p, node), "off": (1 - p, b.end(0))})
    game = b.build(node)
    profile = Profile.pure(game, [0])
    assert both_ways(game, profile, "spe").max_regret == 1
    assert both_ways(game, profile, "nash").max_regret == Fraction(1, last * 2**depth)


def test_what_chance_never_brings_counts_for_perfection_only() -> None:
    b = Builder(["A"])
    pick = b.decide("A", {"a": b.end(0), "b": b.end(1)}, label="pick")
    game = b.build(b.chance({"never": (0, pick), "always": (1, b.end(0))}))
    profile = Profile.pure(game, [0])
    assert both_ways(game, profile, "spe").where == "A gains 1 at 'pick' by b instead of a."
    assert both_ways(game, profile, "nash").verdict == "proved"


def test_a_game_of_one_node_has_nothing_to_gain() -> None:
    b = Builder(["A", "B"])
    game = b.build(b.end(1, 2))
    for concept in ("spe", "nash"):
        assert both_ways(game, Profile.pure(game, []), concept).verdict == "proved"
        assert both_ways(game, Profile.mixed(game, []), concept).max_regret == 0


# ── floating point ──────────────────────────────────────────────────────────────────────────────


def test_a_rounded_profile_is_refuted_only_beyond_what_rounding_explains() -> None:
    b = Builder(["A", "B"])
    ends = [b.end(9, -9), b.end(-1, 1), b.end(-1, 1), b.end("1/9", "-1/9")]
    top, bottom = (
        b.decide("B", {"h": ends[k], "t": ends[k + 1]}, infoset="b") for k in (0, 2)
    )
    game = b.build(b.decide("A", {"h": top, "t": bottom}, label="a"))
    tenth = Fraction(1, 10)
    exact = Profile.mixed(game, [tenth, 1 - tenth] * 2)
    assert certify(game, exact, "nash").verdict == "proved"
    rounded = certify(game, Profile.mixed(game, np.array([0.1, 0.9] * 2)), "nash")
    assert (rounded.verdict, rounded.arithmetic) == ("undecided", "float")
    assert isinstance(rounded.max_regret, float)
    assert 0 < rounded.max_regret < 1e-9
    assert "Give exact probabilities" in rounded.reason
    off = certify(game, Profile.mixed(game, np.array([0.1, 0.9, 0.1001, 0.8999])), "nash")
    assert (off.verdict, off.player) == ("refuted", "A")
    assert off.max_regret == pytest.approx(0.001, rel=0.2)


def test_whole_probabilities_in_floating_point_are_proved() -> None:
    game = entry_deterrence()
    found = certify(game, Profile.mixed(game, np.array([0.0, 1.0, 0.0, 1.0])))
    assert (found.verdict, found.arithmetic, found.max_regret) == ("proved", "float", 0.0)
    threat = certify(game, Profile.mixed(game, np.array([1.0, 0.0, 1.0, 0.0])))
    assert (threat.verdict, threat.max_regret) == ("refuted", 2.0)


@settings(deadline=None)
@given(trees.trees(players=2, discounts=True), st.data())
def test_rounding_alone_never_refutes(twig: trees.Twig, data: st.DataObject) -> None:
    """Indifferent mixtures of a perfect plan, in floating point: each is near one that is exact."""
    _, plan = trees.backward(twig, 2)
    for path, t in reversed(trees.decisions(twig)):
        values = [trees.value(c, plan, 2, (*path, k))[t.mover] for k, c in enumerate(t.below)]
        assert values[plan[path].index(1)] == max(values)
    game = trees.build(twig, 2)
    drift = data.draw(st.floats(-1e-10, 1e-10))
    vector = np.array([float(p) for p in trees.vector_of(twig, plan)])
    for h in range(game.infosets.num_player_infosets):
        first, stop = game.infosets.action_start[h], game.infosets.action_start[h + 1]
        if stop - first > 1:
            vector[first:stop] = np.abs(vector[first:stop] - np.array(
                [drift, -drift, *[0.0] * (stop - first - 2)]
            ))
    for concept in ("spe", "nash"):
        found = certify(game, Profile.mixed(game, vector), concept)
        assert found.verdict in ("proved", "undecided")


# ── what is refused ─────────────────────────────────────────────────────────────────────────────


def test_a_profile_of_another_game_is_refused() -> None:
    game = entry_deterrence()
    with pytest.raises(GameError, match="of another game"):
        certify(game, Profile.pure(choice(1, 2), [0]))
    twin = entry_deterrence()
    assert certify(game, Profile.pure(twin, [1, 1])).verdict == "proved"
    b = Builder(["Entrant", "Incumbent"])
    reply = b.decide("Incumbent", {"share": b.end(1, 1), "fight": b.end(-1, -1)})
    other = b.build(b.decide("Entrant", {"out": b.end(0, 2), "in": reply}))
    with pytest.raises(GameError, match="of another game"):
        certify(game, Profile.pure(other, [1, 0]))


def test_a_profile_is_judged_at_other_parameter_values() -> None:
    parameters = {"cost": Parameter("cost", Fraction(1))}
    b = Builder(["A"], parameters=parameters)
    game = b.build(b.decide("A", {"stay": b.end(0), "fight": b.end(2 - name("cost"))}))
    fight = Profile.pure(game, [1])
    assert certify(game, fight).verdict == "proved"
    assert certify(game.at(cost=3), fight).max_regret == 1


def test_what_is_no_profile_is_refused_whoever_made_it() -> None:
    game = entry_deterrence()
    for profile in (
        Profile(game),
        Profile(game, choice=np.array([0, 2], dtype=np.int32)),
        Profile(game, choice=np.array([0], dtype=np.int32)),
        Profile(game, vector=[Fraction(1), Fraction(0), HALF, Fraction(1, 3)]),
        Profile(game, vector=[Fraction(2), Fraction(-1), HALF, HALF]),
        Profile(game, vector=np.array([1.0, 0.0, 0.5, 0.4])),
        Profile(game, vector=np.array([1.0, 0.0, float("nan"), 0.5])),
    ):
        with pytest.raises(GameError, match="no profile"):
            certify(game, profile)


def test_unknown_concepts_and_stray_beliefs_are_refused() -> None:
    game = entry_deterrence()
    profile = Profile.pure(game, [1, 1])
    with pytest.raises(NotSupported, match=r"'core'. Judged so far: spe, nash, sequential"):
        certify(game, profile, "core")
    with pytest.raises(GameError, match="beliefs"):
        certify(game, profile, "spe", beliefs=[1])


# ── size, and another program ───────────────────────────────────────────────────────────────────


def test_a_large_game_is_compiled_and_agrees_with_the_plain_pass() -> None:
    rng = np.random.default_rng(7)
    b = Builder(["A", "B", "C"])
    level: list[Any] = [b.end(*row) for row in rng.integers(-50, 50, (4096, 3)).tolist()]
    while len(level) > 1:
        pairs = zip(level[::2], level[1::2], strict=True)
        kinds = rng.integers(0, 4, len(level) // 2).tolist()
        level = [
            b.chance({"l": ("1/4", x), "r": ("3/4", y)}) if kind == 3
            else b.decide("ABC"[kind], {"l": x, "r": y}, payoffs=[kind, 0, -1])
            for (x, y), kind in zip(pairs, kinds, strict=True)
        ]
    game = b.build(level[0])
    widths = game.infosets.num_player_infosets
    for concept in ("spe", "nash"):
        pure = Profile.pure(game, rng.integers(0, 2, widths))
        assert both_ways(game, pure, concept).verdict == "refuted"
        halves = [Fraction(k, 4) for j in rng.integers(0, 5, widths) for k in (int(j), 4 - int(j))]
        assert both_ways(game, Profile.mixed(game, halves), concept).verdict == "refuted"


@settings(deadline=None, max_examples=50)
@given(trees.trees(players=2).flatmap(trees.hidden), st.data())
def test_regrets_agree_with_gambit(twig: trees.Twig, data: st.DataObject) -> None:
    gambit = pytest.importorskip("pygambit")
    plan = data.draw(trees.plans(twig))
    theirs = gambit.Game.new_tree(players=["P0", "P1"])
    sets: dict[object, Any] = {}

    def add(node: Any, t: trees.Twig) -> None:
        names = list("abcdefghij"[: len(t.below)])
        if t.gain:
            label = str(len(theirs.outcomes))
            amounts = [gambit.Rational(x) for x in t.gain]
            theirs.set_outcome(node, theirs.add_outcome(label, amounts))
        if t.mover == "chance":
            theirs.append_move(node, theirs.players.chance, names)
            theirs.set_chance_probs(node.infoset, [gambit.Rational(x) for x in t.chances])
        elif t.below and (t.mover, t.infoset) in sets:
            theirs.append_infoset(node, sets[t.mover, t.infoset])
        elif t.below:
            theirs.append_move(node, f"P{t.mover}", names)
            sets[t.mover, t.infoset] = node.infoset
        for child, below in zip(node.children, t.below, strict=True):
            add(child, below)

    add(theirs.root, twig)
    if not sets:
        return
    profile = theirs.mixed_behavior_profile(rational=True)
    for path, t in trees.decisions(twig):
        for action, p in zip(sets[t.mover, t.infoset].actions, plan[path], strict=True):
            profile[action] = gambit.Rational(p)
    game = trees.build(twig, 2)
    found = certify(game, Profile.mixed(game, trees.vector_of(twig, plan)), "nash")
    assert found.max_regret == Fraction(str(profile.max_regret()))
