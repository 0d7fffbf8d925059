"""Subgame perfection where information is hidden: a Nash equilibrium of every proper subgame."""

from __future__ import annotations

import time
from dataclasses import replace
from fractions import Fraction

import numpy as np
import trees
from hypothesis import given, settings
from hypothesis import strategies as st

from detente.certify import certify
from detente.certify import hidden as hidden_pass
from detente.game.builder import Builder
from detente.game.information import information
from detente.game.profile import Profile
from detente.game.tree import Game

HALF = Fraction(1, 2)


def battle_with_an_outside_option() -> Game:
    """Out gives (2, 0); In leads to the battle of the sexes, (3, 1) or (1, 3)."""
    b = Builder(["1", "2"])
    column = [
        b.decide("2", {"l": b.end(*one), "r": b.end(*two)}, infoset="column")
        for one, two in [((3, 1), (0, 0)), ((0, 0), (1, 3))]
    ]
    row = b.decide("1", {"t": column[0], "b": column[1]}, label="row")
    return b.build(b.decide("1", {"out": b.end(2, 0), "in": row}, label="entry"))


def test_the_subgame_must_be_an_equilibrium_though_play_avoids_it() -> None:
    game = battle_with_an_outside_option()
    staying_out = Profile.pure(game, [0, 1, 1])
    found = certify(game, staying_out)
    assert (found.verdict, found.max_regret) == ("proved", 0)
    assert (found.margin, found.unique) == (None, False)  # there are three
    assert certify(game, Profile.pure(game, [1, 0, 0])).verdict == "proved"
    mixed = ["1", "0", "3/4", "1/4", "1/4", "3/4"]
    assert certify(game, Profile.mixed(game, mixed)).verdict == "proved"  # type: ignore[arg-type]
    threat = Profile.pure(game, [0, 0, 1])
    assert certify(game, threat, "nash").verdict == "proved"
    refuted = certify(game, threat)
    assert (refuted.verdict, refuted.max_regret, refuted.player) == ("refuted", 1, "1")
    assert refuted.where == "1 gains 1 at 'row' by b instead of t."
    pair = certify(game, Profile.pure(game, [0, 1, 0]))
    assert pair.where in (
        "1 gains 3 at 'row' by t instead of b.",
        "2 gains 3 in the subgame that starts at 'row' by another plan, which departs at 'column': "
        "r instead of l.",
    )


# ── random games against plain walks ────────────────────────────────────────────────────────────


@st.composite
def with_subgames(draw: st.DrawFn, twig: trees.Twig) -> trees.Twig:
    """The tree with infosets of perfect recall, which some nodes keep among what follows them."""
    count = iter(range(10**6))

    def blur(t: trees.Twig, memory: dict[int, str], scope: int) -> trees.Twig:
        if t.below and draw(st.booleans()):
            scope, memory = next(count), {}
        if not isinstance(t.mover, int):
            return replace(t, below=tuple(blur(child, memory, scope) for child in t.below))
        name = f"{scope}:{memory.get(t.mover, '')}|{len(t.below)}"
        below = [
            blur(c, {**memory, t.mover: f"{name}{k}"}, scope) for k, c in enumerate(t.below)
        ]
        return replace(t, infoset=name, below=tuple(below))

    return blur(twig, {}, next(count))


def at(twig: trees.Twig, path: trees.Path) -> trees.Twig:
    for k in path:
        twig = twig.below[k]
    return twig


def subgames(twig: trees.Twig) -> list[trees.Path]:
    """The paths to the first nodes of proper subgames, by their definition."""
    everywhere = [(p, t) for p, t in trees.walk(twig) if isinstance(t.mover, int)]
    found = []
    for path, t in trees.walk(twig):
        inside = {p for p, _ in everywhere if p[: len(path)] == path}
        names = {(u.mover, u.infoset) for p, u in everywhere if p in inside}
        whole = all(p in inside for p, u in everywhere if (u.mover, u.infoset) in names)
        alone = sum((u.mover, u.infoset) == (t.mover, t.infoset) for _, u in everywhere) < 2
        if t.below and whole and alone:
            found.append(path)
    return found or [()]


def regret_in(twig: trees.Twig, plan: trees.Plan, roots: list[trees.Path], root: trees.Path,
              players: int) -> Fraction:  # fmt: skip
    """The largest gain in a subgame whose own subgames are replaced by what the plan yields."""

    def cut(t: trees.Twig, path: trees.Path) -> trees.Twig:
        if path in roots and path != root:
            return trees.Twig(None, gain=trees.value(t, plan, players, path))
        below = tuple(cut(child, (*path, k)) for k, child in enumerate(t.below))
        return replace(t, below=below, discount=None if path == root else t.discount)

    inside = {path[len(root) :]: odds for path, odds in plan.items() if path[: len(root)] == root}
    return trees.plan_regret(cut(at(twig, root), root), inside, players)


@settings(deadline=None, max_examples=80)
@given(trees.trees(players=2, depth=4, discounts=True).flatmap(with_subgames), st.data())
def test_gains_are_those_of_all_plans_in_every_subgame(
    twig: trees.Twig, data: st.DataObject
) -> None:
    plan = data.draw(trees.plans(twig))
    game = trees.build(twig, 2)
    roots = subgames(twig)
    paths = [path for path, _ in trees.walk(twig)]
    assert information(game).subgame_roots.tolist() == [paths.index(path) for path in roots]
    expected = max(regret_in(twig, plan, roots, root, 2) for root in roots)
    found = certify(game, Profile.mixed(game, trees.vector_of(twig, plan)))
    assert found.max_regret == expected
    assert found.verdict == ("refuted" if expected else "proved")
    assert bool(found.where) == bool(expected)
    whole = [
        trees.plan_regret(
            replace(at(twig, root), discount=None),
            {p[len(root) :]: odds for p, odds in plan.items() if p[: len(root)] == root}, 2
        )
        for root in roots
    ]  # fmt: skip
    assert (max(whole) == 0) == (expected == 0)  # one subgame at a time is enough


@settings(deadline=None, max_examples=30)
@given(trees.trees(players=3, depth=3, discounts=True), st.data())
def test_perfect_information_is_the_special_case(twig: trees.Twig, data: st.DataObject) -> None:
    plan = data.draw(trees.plans(twig))
    game = trees.build(twig, 3)
    profile = Profile.mixed(game, trees.vector_of(twig, plan))
    roots = information(game).subgame_roots.tolist()
    by_subgame = hidden_pass.plan_gains(game, [Fraction(p) for p in profile.vector or ()], roots)
    found = certify(game, profile)
    assert by_subgame.gain.amount == found.max_regret
    if found.max_regret:
        assert (by_subgame.gain.node, by_subgame.root) == (found.node, found.node)
    whole = hidden_pass.plan_gains(game, [Fraction(p) for p in profile.vector or ()])
    assert whole.gain.amount == certify(game, profile, "nash").max_regret


@settings(deadline=None, max_examples=25)
@given(trees.trees(players=2, depth=4, discounts=True).flatmap(with_subgames), st.data())
def test_flint_and_python_numbers_agree(twig: trees.Twig, data: st.DataObject) -> None:
    plan = data.draw(trees.plans(twig))
    game = trees.build(twig, 2)
    profile = Profile.mixed(game, trees.vector_of(twig, plan))
    plain = [certify(game, profile, concept) for concept in ("spe", "nash")]
    before, hidden_pass.FLINT_FROM = hidden_pass.FLINT_FROM, 0
    try:
        assert [certify(game, profile, concept) for concept in ("spe", "nash")] == plain
    finally:
        hidden_pass.FLINT_FROM = before


def test_nested_subgames_take_time_in_proportion_to_nodes() -> None:
    """Many rounds of simultaneous moves, each a subgame inside the one before."""
    b = Builder(["1", "2"])
    node = b.end(0, 0)
    for k in range(3000):
        cell = [
            b.decide("2", {"go": on, "stop": b.end(0, 0)}, infoset=f"2 in round {k}")
            for on in (node, b.end(0, 0))
        ]
        node = b.decide("1", {"go": cell[0], "stop": cell[1]}, infoset=f"1 in round {k}")
    game = b.build(node)
    assert len(information(game).subgame_roots) == 3000
    began = time.perf_counter()
    assert certify(game, Profile.pure(game, np.zeros(6000, dtype=np.int32))).verdict == "proved"
    assert time.perf_counter() - began < 2
