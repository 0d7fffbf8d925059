"""The builder, and the arrays, labels, numbers and profiles that it makes."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
import trees
from hypothesis import given
from hypothesis import strategies as st

from detente.errors import DetenteError, ExpressionError, GameError
from detente.game.builder import Builder
from detente.game.expressions import name
from detente.game.formulas import Parameter
from detente.game.labels import Labels
from detente.game.profile import Profile
from detente.game.rationals import Payoffs, Probabilities
from detente.game.tree import CHANCE, TERMINAL, Bundle, Game, Role


def entry_deterrence() -> Game:
    b = Builder(["Entrant", "Incumbent"], title="Entry deterrence")
    fight, share = b.end(Entrant=-1, Incumbent=-1), b.end(Entrant=1, Incumbent=1)
    reply = b.decide("Incumbent", {"fight": fight, "share": share}, label="reply")
    return b.build(b.decide("Entrant", {"out": b.end(0, 2), "in": reply}, label="entry"))


# ── structure ───────────────────────────────────────────────────────────────────────────────────


def test_nodes_stand_in_preorder_whatever_order_they_were_made_in() -> None:
    game = entry_deterrence()
    trees.check_invariants(game)
    assert game.mover.tolist() == [0, TERMINAL, 1, TERMINAL, TERMINAL]
    assert game.path_to(4) == ["in", "share"]
    assert game.parent.tolist() == [-1, 0, 0, 2, 2]


@given(trees.trees(players=3, discounts=True), st.data())
def test_the_arrays_mean_what_was_built(twig: trees.Twig, data: st.DataObject) -> None:
    plan = data.draw(trees.plans(twig))
    game = trees.build(twig, 3)
    trees.check_invariants(game)
    assert trees.expected(game, trees.vector_of(twig, plan)) == trees.value(twig, plan, 3)


@given(trees.trees(players=2).flatmap(trees.hidden))
def test_infosets_are_ordered_by_player_and_first_appearance(twig: trees.Twig) -> None:
    game = trees.build(twig, 2)
    trees.check_invariants(game)
    names = {(t.mover, t.infoset) for _, t in trees.decisions(twig)}
    assert game.infosets.num_player_infosets == len(names)


def test_a_game_of_one_node() -> None:
    b = Builder(["A", "B"])
    game = b.build(b.end(1, 2, label="over"))
    trees.check_invariants(game)
    assert (game.num_nodes, game.is_tree, game.tree_size) == (1, True, 1)
    assert game.payoff(0) == (1, 2)
    assert game.describe(0) == "'over'"
    assert game.infosets.num_player_actions == 0


def test_nodes_that_the_root_does_not_reach_are_left_out() -> None:
    b = Builder(["A"], bundles=[Bundle("deal", {})])
    b.tag(b.decide("A", {"x": b.end(5)}, label="loose"), Role.SIGNED, "deal")
    game = b.build(b.decide("A", {"y": b.end(1)}))
    assert game.num_nodes == 2
    assert game.tags == ()
    assert len(game.infosets) == 1


def test_a_very_deep_game_is_built_without_recursion() -> None:
    b = Builder(["A"])
    node = b.end(1)
    for _ in range(20_000):
        node = b.decide("A", {"stop": b.end(0), "go": node})
    game = b.build(node)
    assert game.num_nodes == 40_001
    assert len(game.path_to(40_000)) == 20_000
    assert len(game.describe(40_000)) < 100


def test_naming_every_node_of_a_long_path_takes_time_in_proportion(monkeypatch):
    b = Builder(["A"])
    node = b.end(1)
    for k in range(3000):
        node = b.decide("A", {f"stop {k}": b.end(0), f"go {k}": node})
    game = b.build(node)
    steps = []
    plain = Game._action_between
    monkeypatch.setattr(
        Game, "_action_between", lambda *given: steps.append(given) or plain(*given)
    )
    path = [0]
    while game.mover[path[-1]] >= 0:
        path.append(game.children_of(path[-1])[1])
    names = [game.describe(node) for node in reversed(path)]
    assert len(steps) == len(path) - 1
    assert names[-1] == "the first node"
    assert names[-9] == "after " + ", ".join(f"'go {k}'" for k in range(2999, 2991, -1))
    assert names[-10] == (
        "after 'go 2999', 'go 2998', 'go 2997', …, 'go 2994', 'go 2993', 'go 2992', 'go 2991'"
    )


def test_sharing_is_refused_unless_it_is_asked_for() -> None:
    b = Builder(["A"])
    talks = b.decide("A", {"x": b.end(1), "y": b.end(2)}, label="talks")
    root = b.decide("A", {"now": talks, "later": talks})
    with pytest.raises(GameError, match=r"'talks' is reached in two ways.*shared=True"):
        b.build(root)
    game = b.build(root, shared=True)
    trees.check_invariants(game)
    assert (game.num_nodes, game.is_tree, game.tree_size) == (4, False, 7)


def test_tree_size_counts_beyond_64_bits() -> None:
    b = Builder(["A"])
    node = b.end(1)
    for _ in range(80):
        node = b.decide("A", {"x": node, "y": node})
    assert b.build(node, shared=True).tree_size == 2**81 - 1


def test_a_shared_game_hides_nothing() -> None:
    b = Builder(["A", "B"])
    end = b.end(0, 0)
    one, two = (b.decide("B", {"l": end, "r": end}, infoset="reply") for _ in "12")
    with pytest.raises(GameError, match=r"infoset 'reply' holds several nodes"):
        b.build(b.decide("A", {"x": one, "y": two}), shared=True)


# ── what the builder refuses ────────────────────────────────────────────────────────────────────


def test_mistakes_are_named() -> None:
    b = Builder(["A", "B"], bundles=[Bundle("deal", {})])
    end = b.end(1, 2)
    for wrong, words in [
        (lambda: Builder(["A", "A"]), "two players share a name"),
        (lambda: Builder(["A"], bundles=[Bundle("d", {})] * 2), "two bundles share a name"),
        (lambda: b.end(1), "2 numbers are needed, one a player; found 1"),
        (lambda: b.end(1, 2, A=3), "in order.*and by name"),
        (lambda: b.end(C=1), "no player 'C'. The players are: A, B"),
        (lambda: b.decide("C", {"x": end}), "no player 'C'"),
        (lambda: b.decide("A", {}, label="choice"), "at 'choice': a move needs an action"),
        (lambda: b.decide("A", {"x": 99}), "99 is no node of this builder"),  # type: ignore[dict-item]
        (lambda: b.decide("A", {"x": end}, discount={"C": 1}), "no player 'C'"),
        (lambda: b.build(b.decide("A", {"x": end}, discount=[1, -1])), "must be above zero"),
        (lambda: b.build(b.decide("A", {"x": end}, discount=[1, 0])), "must be above zero"),
        (lambda: b.tag(end, Role.SIGNED, "treaty"), "no bundle 'treaty'"),
        (lambda: b.build(b.chance({"x": ("1/2", end)}, label="coin")), "'coin': prob.*sum to 1/2"),
        (
            lambda: b.build(b.chance({"x": (2, b.end()), "y": (-1, b.end())})),
            "at the unlabelled move with 'x' or 'y': a probability must not be negative",
        ),
        (lambda: b.chance({"x": (1, 99)}), "at the unlabelled move with 'x': 99 is no node"),  # type: ignore[dict-item]
    ]:
        with pytest.raises(GameError, match=words):
            wrong()


def test_an_infoset_has_the_same_moves_everywhere() -> None:
    b = Builder(["A"])
    b.decide("A", {"x": b.end(0)}, infoset="h")
    with pytest.raises(GameError, match=r"infoset 'h'.*same moves"):
        b.decide("A", {"y": b.end(0)}, infoset="h")


def test_infosets_of_two_players_may_share_a_name() -> None:
    b = Builder(["A", "B"])
    below = b.decide("B", {"x": b.end(0, 0)}, infoset="h")
    assert len(b.build(b.decide("A", {"y": below}, infoset="h")).infosets) == 2


def test_moves_may_share_a_name() -> None:
    b = Builder(["A"])
    node = b.chance([("", ("1/3", b.end(1))), ("", ("2/3", b.end(2)))])
    game = b.build(b.decide("A", [("x", node), ("x", b.end(0))]))
    assert game.infosets.actions(0) == ["x", "x"]
    assert game.infosets.probabilities(1) == [Fraction(1, 3), Fraction(2, 3)]
    with pytest.raises(GameError, match=r"actions of the same name"):
        Profile.pure(game, [0])["A", 1]


# ── numbers ─────────────────────────────────────────────────────────────────────────────────────


def test_numbers_are_exact_in_every_form() -> None:
    b = Builder(["A", "B", "C"])
    game = b.build(b.end(0.1, "1e-12", Fraction(2, 3)))
    assert game.payoff(0) == (Fraction(1, 10), Fraction(1, 10**12), Fraction(2, 3))
    with pytest.raises(ExpressionError):
        b.end("ten", 0, 0)


HUGE = st.integers(-(2**70), 2**70) | st.sampled_from([2**63, 2**63 - 1, -(2**63), -(2**63) - 1])


@given(st.lists(st.tuples(HUGE.map(Fraction), st.fractions()), max_size=6))
def test_payoffs_keep_numbers_of_any_size(rows: list[tuple[Fraction, Fraction]]) -> None:
    table = Payoffs.of(rows, 2)
    assert [table.row(i) for i in range(len(table))] == rows
    for player in range(2):
        column = table.integer_column(player)
        denominator = table.denominators[player]
        assert [Fraction(c, denominator) for c in column] == [row[player] for row in rows]
    order = np.arange(len(rows))[::-1]
    assert [table.take(order).row(i) for i in range(len(rows))] == rows[::-1]


@given(st.lists(st.fractions(min_value=0, max_value=1), max_size=6))
def test_probabilities_keep_numbers_of_any_size(values: list[Fraction]) -> None:
    values = [*values, Fraction(1, 3**60), Fraction(2, 3)]
    column = Probabilities.of(values)
    assert [column[i] for i in range(len(column))] == values
    order = np.arange(len(values))[::-1]
    assert [column.take(order)[i] for i in range(len(values))] == values[::-1]


def test_payoffs_add_up_and_discounts_cover_the_own_payoff() -> None:
    b = Builder(["A", "B"])
    node = b.decide("A", {"x": b.end(1, 1)}, payoffs={"A": 2}, discount={"A": "1/2"})
    game = b.build(b.decide("B", {"go": node}, payoffs=[10, 20]))
    assert game.payoff(1) == (2, 0)
    assert game.discount(0) is None
    assert game.discount(1) == (Fraction(1, 2), 1)
    assert trees.expected(game, [Fraction(1)] * 2) == (Fraction(23, 2), 21)


# ── parameters ──────────────────────────────────────────────────────────────────────────────────


def priced() -> Game:
    parameters = {k: Parameter(k, Fraction(v)) for k, v in {"p": "1/4", "gain": "3"}.items()}
    b = Builder(["A", "B"], parameters=parameters)
    p, gain = name("p"), name("gain")
    lottery = b.chance(
        {"win": (p, b.end(A=gain * gain)), "lose": (1 - p, b.end(B=gain))}, discount=[p, 1]
    )
    return b.build(b.decide("A", {"try": lottery, "leave": b.end(1, 1)}))


def test_a_game_at_other_parameter_values() -> None:
    game = priced()
    plan = [Fraction(1), Fraction(0)]
    assert trees.expected(game, plan) == (Fraction(9, 16), Fraction(9, 4))
    assert trees.expected(game.at(p="1/2"), plan) == (Fraction(9, 4), Fraction(3, 2))
    assert trees.expected(game, plan) == (Fraction(9, 16), Fraction(9, 4))
    assert game.at(p=1).mover is game.mover


def test_values_set_before_are_kept() -> None:
    plan = [Fraction(1), Fraction(0)]
    both = trees.expected(priced().at(p="1/2", gain=5), plan)
    assert trees.expected(priced().at(p="1/2").at(gain=5), plan) == both


def test_parameters_are_checked() -> None:
    with pytest.raises(GameError, match=r"no parameter 'q'. The parameters are: p, gain"):
        priced().at(q=1)
    with pytest.raises(GameError, match=r"must not be negative"):
        priced().at(p=2)
    with pytest.raises(GameError, match=r"no parameter 'p'"):
        entry_deterrence().at(p=1)
    assert entry_deterrence().at() is not None


def test_an_expression_of_an_unknown_parameter_is_refused() -> None:
    b = Builder(["A"])
    with pytest.raises(DetenteError, match=r"cost"):
        b.build(b.end(name("cost")))


# ── tags and labels ─────────────────────────────────────────────────────────────────────────────


def test_tags_follow_their_nodes_and_are_sorted() -> None:
    b = Builder(["A"], bundles=[Bundle("small", {"t": "a"}), Bundle("large", {"t": "b"})])
    end = b.end(1)
    b.tag(end, Role.KEPT, "large")
    b.tag(end, Role.SIGNED, "small")
    b.tag(end, Role.SIGNED, "large")
    game = b.build(b.decide("A", {"x": b.end(0), "y": end}))
    assert [(t.node, t.bundle, t.role) for t in game.tags] == [
        (2, 0, Role.SIGNED), (2, 1, Role.SIGNED), (2, 1, Role.KEPT)
    ]  # fmt: skip
    assert game.tagged(Role.SIGNED) == [2, 2]
    assert game.tagged(Role.SIGNED, 1) == [2]
    assert game.tagged(Role.BROKEN) == []


@given(st.lists(st.text(max_size=3)))
def test_labels_are_a_sequence_of_texts(texts: list[str]) -> None:
    column = Labels.of(texts)
    assert list(column) == texts == list(column[:])
    assert column == Labels.of(texts)
    assert column != Labels.of([*texts, "more"])
    assert list(column.take(np.arange(len(texts))[::-1])) == texts[::-1]
    assert set(column.pool) == set(texts)


def test_a_node_is_described_by_label_infoset_or_path() -> None:
    game = entry_deterrence()
    assert game.describe(2) == "'reply'"
    assert game.describe(3) == "after 'in', 'fight'"
    b = Builder(["A"])
    assert b.build(b.decide("A", {"x": b.end(0)})).describe(0) == "the first node"


# ── profiles ────────────────────────────────────────────────────────────────────────────────────


def test_a_pure_profile_and_its_labelled_view() -> None:
    game = entry_deterrence()
    profile = Profile.pure(game, [1, 0])
    assert profile.is_pure
    assert profile.is_exact
    assert profile["Entrant", "entry"] == {"out": 0, "in": 1}
    assert profile["Incumbent", 1] == {"fight": 1, "share": 0}
    assert list(profile) == [[0, 1], [1, 0]]


def test_a_mixed_profile_in_fractions_or_floats() -> None:
    game = entry_deterrence()
    third = Fraction(1, 3)
    exact = Profile.mixed(game, [third, 1 - third, 1, 0])
    assert exact.is_exact
    assert exact["Entrant", "entry"] == {"out": third, "in": 2 * third}
    for vector in ([0.1, 0.9, 1, 0], np.array([0.1, 0.9, 1, 0])):
        rounded = Profile.mixed(game, vector)  # type: ignore[arg-type]
        assert not rounded.is_exact
        assert rounded["Entrant", 1] == {"out": 0.1, "in": 0.9}
    assert Profile.mixed(game, np.array([0, 1, 1, 0])).is_exact


def test_what_is_no_profile_is_refused() -> None:
    game = entry_deterrence()
    for wrong in ([1], [1, 2], [-1, 0], [0.5, 0]):
        with pytest.raises(GameError):
            Profile.pure(game, wrong)  # type: ignore[arg-type]
    half = Fraction(1, 2)
    for vector in ([half, half, 1], [half, half, half, 0], [2, -1, 1, 0], [float("nan"), 1, 1, 0]):
        with pytest.raises(GameError):
            Profile.mixed(game, vector)  # type: ignore[arg-type]


def test_an_ambiguous_or_unknown_infoset_is_refused() -> None:
    profile = Profile.pure(entry_deterrence(), [0, 0])
    for key in (("Entrant", "reply"), ("Entrant", 2), ("Entrant", 0)):
        with pytest.raises(GameError, match=r"Entrant has no infoset"):
            profile[key]
    with pytest.raises(GameError, match=r"no player 'Nobody'"):
        profile["Nobody", 1]


def test_chance_comes_last_among_the_infosets() -> None:
    game = priced()
    assert game.infosets.mover.tolist() == [0, CHANCE]
    assert game.infosets.num_player_actions == 2
