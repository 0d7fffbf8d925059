"""Set-valued backward induction against a plain enumeration of every pure profile."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from math import prod

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detente.errors import NotSupported
from detente.game import kernels
from detente.game.builder import Builder, Node
from detente.game.tree import CHANCE, Game
from detente.solvers.perfect_information.backward_kernel import backward_pass
from detente.solvers.perfect_information.induction import Induction, Limits, Track, induce
from detente.solvers.perfect_information.integers import IntegerGame, OutOfTime
from detente.solvers.perfect_information.listing import profiles

PARTIES = ("A", "B", "watcher")


# ── the enumeration: subgame perfection by its definition, without the package's solvers ──────────


@dataclass
class Occurrence:
    """A node as often as it occurs. `key` names the choice made here."""

    node: int
    key: int
    kids: list[Occurrence]


def occurrences(game: Game, node: int = 0, keys: list[int] | None = None) -> Occurrence:
    keys = [] if keys is None else keys
    keys.append(node)
    key = len(keys) - 1
    return Occurrence(node, key, [occurrences(game, kid, keys) for kid in game.children_of(node)])


def every(at: Occurrence) -> list[Occurrence]:
    return [at, *(below for kid in at.kids for below in every(kid))]


def collect(game: Game, at: Occurrence, below: list, take) -> tuple[Fraction, ...]:  # type: ignore[type-arg]
    """What a node gives, from what its children give; `take` is the action of a decision."""
    if not at.kids:
        after = [Fraction(0)] * game.num_players
    elif game.mover[at.node] == CHANCE:
        odds = game.infosets.probabilities(int(game.infoset[at.node]))
        columns = zip(*below, strict=True)
        after = [sum(p * x for p, x in zip(odds, column, strict=True)) for column in columns]
    else:
        after = below[take]
    factor = game.discount(at.node) or (1,) * game.num_players
    return tuple(
        d * (own + x) for d, own, x in zip(factor, game.payoff(at.node), after, strict=True)
    )


def value(game: Game, at: Occurrence, plan: dict[int, int]) -> tuple[Fraction, ...]:
    below = [value(game, kid, plan) for kid in at.kids]
    return collect(game, at, below, plan.get(at.key))


def best_reply(
    game: Game, at: Occurrence, plan: dict[int, int], player: int
) -> tuple[Fraction, ...]:
    below = [best_reply(game, kid, plan, player) for kid in at.kids]
    take = plan.get(at.key)
    if game.mover[at.node] == player:
        take = max(range(len(below)), key=lambda a: below[a][player])
    return collect(game, at, below, take)


def is_spe(game: Game, root: Occurrence, plan: dict[int, int]) -> bool:
    """In no subgame does any player gain by any other plan."""
    for at in every(root):
        reached = value(game, at, plan)
        for player in range(game.num_players):
            if best_reply(game, at, plan, player)[player] > reached[player]:
                return False
    return True


def arrivals(game: Game, at: Occurrence, plan: dict[int, int], track: Track) -> Fraction:
    here = Fraction(int(at.node in track.nodes))
    if not at.kids:
        return here
    if game.mover[at.node] == CHANCE:
        odds = game.infosets.probabilities(int(game.infoset[at.node]))
        if track.uniform:
            odds = [Fraction(1, len(at.kids))] * len(at.kids)
        return here + sum(
            p * arrivals(game, kid, plan, track) for p, kid in zip(odds, at.kids, strict=True)
        )
    return here + arrivals(game, at.kids[plan[at.key]], plan, track)


def brute(game: Game, alike: bool = False) -> list[dict[int, int]]:
    """Every pure subgame-perfect profile, as choices by occurrence (`alike`: by node)."""
    root = occurrences(game)
    decisions = [at for at in every(root) if at.kids and game.mover[at.node] != CHANCE]
    names = sorted({at.node if alike else at.key for at in decisions})
    width = {(at.node if alike else at.key): len(at.kids) for at in decisions}
    if prod(width.values()) > 300:
        return []
    found = []
    for choice in product(*(range(width[name]) for name in names)):
        by_name = dict(zip(names, choice, strict=True))
        plan = {at.key: by_name[at.node if alike else at.key] for at in decisions}
        if is_spe(game, root, plan):
            found.append(plan)
    return found


# ── random games with many ties ──────────────────────────────────────────────────────────────────


def random_game(seed: int, *, shared: bool = False, rich: bool = True) -> Game:
    """Small, with payoffs from {0, 1, 2}; rich: chance of probability zero, payoffs on the way,
    discounts."""
    r = random.Random(seed)
    b = Builder(PARTIES)
    made: list[Node] = []

    def amounts() -> tuple[int, ...]:
        return tuple(r.randrange(3) for _ in PARTIES)

    def node(depth: int) -> Node:
        if shared and made and r.random() < 0.35:
            return r.choice(made)
        if depth == 0 or r.random() < 0.2:
            new = b.end(amounts())
        else:
            kids = [node(depth - 1) for _ in range(r.choice([1, 2, 2, 2, 3]))]
            payoffs = amounts() if rich and r.random() < 0.3 else None
            discount = None
            if rich and r.random() < 0.2:
                discount = [r.choice([Fraction(1, 2), Fraction(2, 3), 1, 3]) for _ in PARTIES]
            if rich and r.random() < 0.3:
                weights = [r.randrange(0, 3) for _ in kids]
                weights[r.randrange(len(kids))] += 1
                moves = {
                    f"c{i}": (Fraction(w, sum(weights)), kid)
                    for i, (w, kid) in enumerate(zip(weights, kids, strict=True))
                }
                new = b.chance(moves, payoffs=payoffs)
            else:
                moves = {f"m{i}": kid for i, kid in enumerate(kids)}
                new = b.decide(r.choice("AB"), moves, payoffs=payoffs, discount=discount)
        made.append(new)
        return new

    return b.build(node(3), shared=shared)


def random_tracks(game: Game, seed: int) -> list[Track]:
    r = random.Random(seed)
    nodes = range(game.num_nodes)
    return [
        Track(frozenset(r.sample(nodes, r.randint(0, min(4, len(nodes))))), uniform)
        for uniform in (False, True, False)
    ]


def extremes(numbers) -> tuple:  # type: ignore[no-untyped-def,type-arg]
    return min(numbers), max(numbers)


@pytest.mark.parametrize("shared", [False, True])
def test_agrees_with_the_enumeration_of_all_profiles(shared: bool) -> None:
    compared = several = 0
    for seed in range(250):
        game = random_game(seed, shared=shared)
        spe = brute(game)
        if not spe:
            continue
        compared += 1
        several += len(spe) > 1
        tracks = random_tracks(game, seed)
        found = induce(game, tracks)
        assert found.exact
        assert found.stopped == "finished"
        compare(game, spe, tracks, found)
        assert found.unique == (len(spe) == 1)
    assert compared > 120
    assert several > 60


def compare(game: Game, spe: list[dict[int, int]], tracks: list[Track], found: Induction) -> None:
    root = occurrences(game)
    values = [value(game, root, plan) for plan in spe]
    assert found.vectors == tuple(sorted(set(values)))
    assert found.count == len(spe)
    assert found.ranges == tuple(extremes(column) for column in zip(*values, strict=True))
    assert all(found.ranges_exact)
    assert all(found.tracked_exact)
    reached = [[arrivals(game, root, plan, track) for plan in spe] for track in tracks]
    assert found.tracked == tuple(extremes(numbers) for numbers in reached)
    for vector in set(values):
        same = [i for i, v in enumerate(values) if v == vector]
        expected = tuple(extremes([numbers[i] for i in same]) for numbers in reached)
        assert found.tracked_at(vector) == expected
    compare_actions(game, spe, root, found)


def compare_actions(
    game: Game, spe: list[dict[int, int]], root: Occurrence, found: Induction
) -> None:
    taken: dict[int, set[int]] = {}
    best: dict[int, set[int]] = {}
    for at in every(root):
        if game.mover[at.node] < 0:
            assert found.optimal[at.node] == ()
            continue
        for plan in spe:
            taken.setdefault(at.node, set()).add(plan[at.key])
            offers = [value(game, kid, plan)[game.mover[at.node]] for kid in at.kids]
            tied = {a for a, offer in enumerate(offers) if offer == max(offers)}
            best[at.node] = best.get(at.node, tied) & tied
        values = {value(game, at, plan) for plan in spe}
        assert found.vectors_at(at.node) == tuple(sorted(values))
    for node, actions in taken.items():
        assert found.optimal[node] == tuple(sorted(actions))
        assert found.always[node] == tuple(sorted(best[node]))


@pytest.mark.parametrize("shared", [False, True])
def test_lists_each_equilibrium_once_and_all_of_them(shared: bool) -> None:
    several = 0
    for seed in range(250):
        game = random_game(seed, shared=shared)
        spe = brute(game, alike=shared)
        if not spe:
            continue
        root = occurrences(game)
        decisions = sorted(np.flatnonzero(game.mover >= 0).tolist())
        by_node = {at.key: at.node for at in every(root)}
        expected = sorted(
            tuple({by_node[k]: a for k, a in plan.items()}[v] for v in decisions) for plan in spe
        )
        numbers = IntegerGame(game)
        listed, gives = [], []
        for choice, payoffs in profiles(numbers, numbers.first_pass()):
            listed.append(tuple(int(choice[v]) for v in decisions))
            gives.append(payoffs)
        assert sorted(listed) == expected
        assert sorted(gives) == sorted(value(game, root, plan) for plan in spe)
        several += len(spe) > 3
    assert several > 30


TIGHT = [Limits(vectors=1), Limits(vectors=2), Limits(work=0), Limits(work=9)]


@pytest.mark.parametrize("limits", TIGHT)
def test_bounds_hold_and_are_attained_where_they_say_so(limits: Limits) -> None:
    bounded = attained = 0
    for seed in range(400):
        game = random_game(seed, shared=seed % 3 == 0)
        tracks = random_tracks(game, seed)
        exact, found = induce(game, tracks), induce(game, tracks, limits=limits)
        if found.exact:
            assert found.vectors == exact.vectors
            continue
        bounded += 1
        attained += agree_on_bounds(found, exact)
    assert bounded > 5
    assert attained > 5


@pytest.mark.parametrize("compiled", [True, False])
def test_the_pass_that_forms_only_bounds(compiled: bool) -> None:
    attained = 0
    for seed in range(400):
        game = random_game(seed, shared=seed % 3 == 0)
        numbers = IntegerGame(game, compiled=compiled)
        exact, found = induce(game), induce(game, limits=Limits(nodes=0), numbers=numbers)
        assert found.exact == found.unique
        if not found.exact:
            attained += agree_on_bounds(found, exact)
    assert attained > 50


def agree_on_bounds(found: Induction, exact: Induction) -> int:
    """Check them; how many ranges are known exactly and not trivial."""
    game, attained = exact.game, 0
    assert found.vectors is None
    assert found.count in (None, exact.count)
    pairs = [*zip(found.ranges, exact.ranges, found.ranges_exact, strict=True)]
    if found.tracks:
        pairs += zip(found.tracked, exact.tracked, found.tracked_exact, strict=True)
    for (low, high), (least, greatest), sure in pairs:
        assert low <= least <= greatest <= high
        if sure:
            assert (low, high) == (least, greatest)
            attained += low < high
    for node in range(game.num_nodes):
        assert set(found.optimal[node]) >= set(exact.optimal[node])
        assert set(found.always[node]) <= set(exact.always[node])
    return attained


# ── properties ───────────────────────────────────────────────────────────────────────────────────


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 10**6),
    st.lists(st.fractions(Fraction(1, 100), 100), min_size=3, max_size=3),
    st.lists(st.fractions(-100, 100), min_size=3, max_size=3),
)
def test_positive_affine_changes_keep_the_equilibria(
    seed: int, factors: list[Fraction], shifts: list[Fraction]
) -> None:
    game = random_game(seed, rich=False)
    changed = _with_payoffs(
        game, lambda row: [f * x + s for f, x, s in zip(factors, row, shifts, strict=True)]
    )
    before, after = induce(game), induce(changed)
    assert after.count == before.count
    assert before.vectors is not None
    assert after.vectors is not None
    moved = {
        tuple(f * x + s for f, x, s in zip(factors, v, shifts, strict=True)) for v in before.vectors
    }
    assert set(after.vectors) == moved
    assert [after.optimal[v] for v in range(game.num_nodes)] == [
        before.optimal[v] for v in range(game.num_nodes)
    ]


def _with_payoffs(game: Game, change) -> Game:  # type: ignore[no-untyped-def]
    rows = [change(game.outcomes.payoffs.row(o)) for o in range(len(game.outcomes))]
    table = type(game.outcomes.payoffs).of(rows, game.num_players)
    return game.replaced(outcomes=type(game.outcomes)(game.outcomes.label, table))


def rebuilt(
    game: Game,
    players: Sequence[str] = PARTIES,
    order: Callable[[int], Sequence[int]] = range,
    worse: bool = False,
) -> Game:
    """The same game with its players or its moves in another order, or a dominated move added.

    Nodes are labelled with their old numbers, moves with their old positions.
    """
    b = Builder(players)

    def copy(node: int) -> Node:
        kids = [copy(kid) for kid in game.children_of(node)]
        payoffs = dict(zip(PARTIES, game.payoff(node), strict=True))
        if not kids:
            return b.end(payoffs, label=str(node))
        discount = dict(zip(PARTIES, game.discount(node) or (1, 1, 1), strict=True))
        beside = {"label": str(node), "payoffs": payoffs, "discount": discount}
        if game.mover[node] == CHANCE:
            odds = game.infosets.probabilities(int(game.infoset[node]))
            return b.chance({str(i): (odds[i], kids[i]) for i in order(len(kids))}, **beside)
        moves = {str(i): kids[i] for i in order(len(kids))}
        if worse:
            moves["worse"] = b.end(dict.fromkeys(PARTIES, -1000), label="worse")
        return b.decide(PARTIES[game.mover[node]], moves, **beside)

    return b.build(copy(0))


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.randoms(use_true_random=False))
def test_reordering_moves_permutes_the_answer(seed: int, r: random.Random) -> None:
    game = random_game(seed)
    changed = rebuilt(game, order=lambda width: r.sample(range(width), width))
    before, after = induce(game), induce(changed)
    assert (after.vectors, after.count) == (before.vectors, before.count)
    for node in np.flatnonzero(changed.mover >= 0).tolist():
        names = changed.infosets.actions(int(changed.infoset[node]))
        same = {int(names[a]) for a in after.optimal[node]}
        assert same == set(before.optimal[int(changed.node_label[node])])


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.permutations(range(3)))
def test_reordering_players_permutes_the_answer(seed: int, order: list[int]) -> None:
    game = random_game(seed)
    before, after = induce(game), induce(rebuilt(game, [PARTIES[i] for i in order]))
    assert before.vectors is not None
    assert after.vectors is not None
    assert set(after.vectors) == {tuple(v[i] for i in order) for v in before.vectors}
    assert after.ranges == tuple(before.ranges[i] for i in order)
    assert after.count == before.count


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6))
def test_a_dominated_move_changes_nothing(seed: int) -> None:
    game = random_game(seed)
    before, after = induce(game), induce(rebuilt(game, worse=True))
    assert (after.vectors, after.count) == (before.vectors, before.count)


# ── the compiled pass ────────────────────────────────────────────────────────────────────────────


def test_the_compiled_pass_agrees_with_the_plain_one_and_with_a_plain_walk() -> None:
    for seed in range(150):
        game = random_game(seed, shared=seed % 2 == 0)
        plain, fast = IntegerGame(game, compiled=False), IntegerGame(game, compiled=True)
        assert fast.in_int64
        assert not plain.in_int64
        one, two = plain.first_pass(), fast.first_pass()
        assert list(one.value) == two.value.tolist()
        assert one.tied == two.tied
        assert list(one.choice) == two.choice.tolist()
        assert list(one.tied_below) == two.tied_below.tolist()
        n = game.num_players
        plan = {at.key: int(one.choice[at.node]) for at in every(occurrences(game))}
        for at in every(occurrences(game)):
            scaled = one.value[at.node * n : at.node * n + n]
            assert plain.fractions(scaled) == value(game, at, plan)


def test_numbers_beyond_64_bits_are_exact_and_not_compiled() -> None:
    b = Builder(["A", "B"])
    huge = 10**30
    for low, high in ((huge, huge + 1), (1, 1 + Fraction(1, huge)), (-huge - 1, -huge)):
        game = b.build(b.decide("A", {"low": b.end(low, 5), "high": b.end(high, 3)}))
        numbers = IntegerGame(game, compiled=True)
        assert not numbers.in_int64
        assert induce(game).vectors == ((Fraction(high), Fraction(3)),)
        assert induce(game, numbers=numbers).optimal[0] == (1,)


def test_sums_that_would_leave_64_bits_are_not_compiled() -> None:
    big = 2**61
    b = Builder(["A"])
    node = b.end(big)
    for _ in range(3):
        node = b.decide("A", {"on": node, "stop": b.end(0)}, payoffs=[big])
    game = b.build(node)
    assert not IntegerGame(game, compiled=True).in_int64
    assert induce(game).vectors == ((Fraction(4 * big),),)


def test_many_layers_of_chance_leave_64_bits() -> None:
    b = Builder(["A"])
    node = b.end(1)
    for _ in range(60):
        node = b.chance({"up": (Fraction(1, 3), node), "down": (Fraction(2, 3), b.end(0))})
    game = b.build(node)
    assert not IntegerGame(game, compiled=True).in_int64
    assert induce(game).vectors == ((Fraction(1, 3**60),),)


def test_probabilities_beyond_64_bits() -> None:
    tiny = Fraction(1, 10**25)
    b = Builder(["A"])
    game = b.build(b.chance({"hit": (tiny, b.end(1)), "miss": (1 - tiny, b.end(0))}))
    found = induce(game, [Track({1})])
    assert found.vectors == ((tiny,),)
    assert found.tracked == ((tiny, tiny),)


# ── sizes ────────────────────────────────────────────────────────────────────────────────────────


def tied_lottery(k: int, step: int) -> Game:
    """Chance over k nodes where A is indifferent and B is not; `step` 0: all alike."""
    b = Builder(["A", "B"])
    moves = {
        str(i): (Fraction(1, k), b.decide("A", {"x": b.end(0, 0), "y": b.end(0, 1 + step * i * i)}))
        for i in range(k)
    }
    return b.build(b.chance(moves))


def test_forty_tied_nodes_that_add_up_alike_are_exact() -> None:
    found = induce(tied_lottery(40, step=0))
    assert found.exact
    assert found.count == 2**40
    assert found.vectors == tuple((Fraction(0), Fraction(i, 40)) for i in range(41))


@pytest.mark.parametrize("k", [40, 10_000])
def test_many_tied_nodes_are_bounded_in_time_and_their_ends_are_exact(k: int) -> None:
    game = tied_lottery(k, step=1)
    started = time.perf_counter()
    found = induce(game, [Track(range(3, game.num_nodes, 3))])
    assert time.perf_counter() - started < 10
    assert not found.exact
    assert found.vectors is None
    greatest = Fraction(sum(1 + i * i for i in range(k)), k)
    assert found.ranges == ((0, 0), (0, greatest))
    assert found.ranges_exact == (True, True)
    assert found.tracked == ((0, 1),)
    assert found.tracked_exact == (True,)
    assert found.count == (2**k if k == 40 else None)


def test_numbers_of_thousands_of_digits_are_bounded_in_time_too() -> None:
    b = Builder(["A", "B"])
    node = b.end(1, 1)
    for i in range(1500):
        tie = b.decide("A", {"x": b.end(0, 0), "y": b.end(0, 1)})
        node = b.chance({"a": (Fraction(1, i + 2), tie), "b": (Fraction(i + 1, i + 2), node)})
    started = time.perf_counter()
    found = induce(b.build(node))
    assert time.perf_counter() - started < 10
    assert found.ranges == ((Fraction(1, 1501), Fraction(1, 1501)), (Fraction(1, 1501), 1))
    assert found.ranges_exact == (True, True)
    assert found.count == 2**1500


def test_the_movers_own_ends_stay_exact_above_a_bounded_set() -> None:
    b = Builder(["A", "B"])
    moves = {
        str(i): (Fraction(1, 40), b.decide("A", {"x": b.end(0, 0), "y": b.end(0, 3**i)}))
        for i in range(40)
    }
    most = Fraction(sum(3**i for i in range(40)), 40)
    root = b.decide("B", {"play": b.chance(moves), "stop": b.end(1, most / 2)})
    found = induce(b.build(root))
    assert not found.exact
    assert found.ranges[1] == (most / 2, most)
    assert found.ranges_exact[1]
    assert found.ranges[0] == (0, 1)
    assert found.optimal[0] == (0, 1)
    assert found.always[0] == ()


def test_thousands_of_moves_in_a_row() -> None:
    b = Builder(["A", "B"])
    node = b.end(-1, -1)
    for i in range(5000):
        node = b.decide("AB"[i % 2], {"on": node, "stop": b.end(i, i)})
    found = induce(b.build(node))
    assert found.vectors == ((Fraction(4999), Fraction(4999)),)
    assert found.count == 1


def test_ties_all_along_a_long_game() -> None:
    b = Builder(["A", "B"])
    node = b.end(0, 0)
    for i in range(3000):
        node = b.decide("AB"[i % 2], {"on": node, "stop": b.end(0, 0)})
    found = induce(b.build(node))
    assert found.vectors == ((Fraction(0), Fraction(0)),)
    assert found.count == 2**3000


def test_the_time_limit_leaves_certified_bounds() -> None:
    b = Builder(["A", "B"])
    game = tied_lottery(200, step=1)
    late = Limits(deadline=time.perf_counter() - 1)
    with pytest.raises(OutOfTime):
        induce(game, limits=late)
    numbers = IntegerGame(game)
    found = induce(game, limits=late, numbers=numbers, first=numbers.first_pass())
    assert found.stopped == "time_limit"
    assert not found.exact
    assert found.ranges == induce(game).ranges
    assert induce(b.build(b.end(1, 2)), limits=Limits(deadline=time.perf_counter() + 9)).exact


# ── small and known ──────────────────────────────────────────────────────────────────────────────


def test_one_node_and_one_player() -> None:
    b = Builder(["A"])
    found = induce(b.build(b.end(7)), [Track({0})])
    assert found.vectors == ((Fraction(7),),)
    assert found.count == 1
    assert found.tracked == ((Fraction(1), Fraction(1)),)
    assert found.optimal[0] == ()


@pytest.mark.parametrize("unit", [10**12, Fraction(1, 10**12)])
def test_a_difference_of_one_part_in_a_million_million_is_no_tie(unit: Fraction | int) -> None:
    b = Builder(["A"])
    base = Fraction(10**12) * 10**12
    game = b.build(b.decide("A", {"x": b.end(base * unit), "y": b.end((base + 1) * unit)}))
    found = induce(game)
    assert found.unique
    assert found.optimal[0] == (1,)


def test_choices_matter_where_chance_never_goes() -> None:
    b = Builder(["A"])
    never = b.decide("A", {"worse": b.end(0), "better": b.end(1)}, label="never")
    game = b.build(b.chance({"no": (0, never), "yes": (1, b.end(5))}))
    tracks = [Track({node}, uniform) for node in (2, 3) for uniform in (False, True)]
    found = induce(game, tracks)
    assert found.unique
    assert found.optimal[1] == (1,)
    assert found.tracked == ((0, 0), (0, 0), (0, 0), (Fraction(1, 2), Fraction(1, 2)))


def test_a_tie_that_matters() -> None:
    """Player 1: Out (1, 1) or In; player 2, indifferent: X (0, 5) or Y (3, 5). Known answer 16."""
    b = Builder(["1", "2"])
    reply = b.decide("2", {"X": b.end(0, 5), "Y": b.end(3, 5)})
    game = b.build(b.decide("1", {"Out": b.end(1, 1), "In": reply}))
    x = next(v for v in range(game.num_nodes) if game.payoff(v) == (0, 5))
    found = induce(game, [Track({x})])
    assert found.vectors == ((1, 1), (3, 5))
    assert found.count == 2
    assert found.optimal[0] == (0, 1)
    assert found.always[0] == ()
    assert found.tracked == ((0, 0),)


def test_an_incredible_threat_is_not_carried_out() -> None:
    """Selten's entry deterrence, known answer 12: two Nash equilibria, one subgame-perfect."""
    b = Builder(["Entrant", "Incumbent"])
    reply = b.decide("Incumbent", {"fight": b.end(-1, -1), "share": b.end(1, 1)})
    found = induce(b.build(b.decide("Entrant", {"out": b.end(0, 2), "in": reply})))
    assert found.unique
    assert found.vectors == ((1, 1),)


def test_the_centipede_ends_at_once() -> None:
    """Rosenthal 1981: the first player takes, though both would gain by going on."""
    b = Builder(["A", "B"])
    node = b.end(7, 5)
    for k in range(6, 0, -1):
        take = b.end(k + 1, k - 1) if k % 2 else b.end(k - 2, k + 2)
        node = b.decide("B" if k % 2 == 0 else "A", {"take": take, "pass": node})
    found = induce(b.build(node))
    assert found.unique
    assert found.optimal[0] == (0,)
    assert found.vectors == ((2, 0),)


def offers(units: int, rounds: int, d1: Fraction, d2: Fraction) -> Game:
    """Rubinstein's alternating offers on a grid: the proposer names the other's share."""
    b = Builder(["1", "2"])
    node = b.end(0, 0)
    for r in range(rounds, 0, -1):
        proposer = (r + 1) % 2
        answers = {}
        for share in range(units + 1):
            mine, yours = Fraction(units - share, units), Fraction(share, units)
            split = (mine, yours) if proposer == 0 else (yours, mine)
            answers[str(share)] = b.decide(
                "12"[1 - proposer], {"accept": b.end(split), "reject": node}
            )
        node = b.decide("12"[proposer], answers, discount=None if r == 1 else [d1, d2])
    return b.build(node, shared=True)


def test_the_ultimatum_on_a_grid_has_two_subgame_perfect_offers() -> None:
    """Known answer 1: 0 or 1 unit to the responder."""
    for units in (2, 5, 10):
        found = induce(offers(units, 1, Fraction(1), Fraction(1)))
        assert found.count == 2
        assert found.optimal[0] == (0, 1)
        assert found.vectors is not None
        assert {v[1] for v in found.vectors} == {Fraction(0), Fraction(1, units)}


@pytest.mark.parametrize("rounds", [1, 2, 3, 4, 5])
def test_rubinstein_in_finitely_many_rounds(rounds: int) -> None:
    """Rubinstein 1982, known answer 1, within two units of the grid a round."""
    d1, d2, units = Fraction(9, 10), Fraction(4, 5), 200
    k, odd = divmod(rounds, 2)
    exact = (1 - d2) * (1 - (d1 * d2) ** k) / (1 - d1 * d2) + odd * (d1 * d2) ** k
    found = induce(offers(units, rounds, d1, d2))
    least, greatest = found.ranges[0]
    error = Fraction(2 * rounds, units)
    assert exact - error <= least <= greatest <= exact + error


def test_hidden_information_is_refused_and_names_the_infoset() -> None:
    b = Builder(["A", "B"])
    replies = [
        b.decide("B", {"l": b.end(0, 0), "r": b.end(1, 1)}, infoset="reply") for _ in range(2)
    ]
    game = b.build(b.decide("A", {"x": replies[0], "y": replies[1]}))
    with pytest.raises(NotSupported, match="'reply' holds 2 nodes"):
        induce(game)


def test_compiling_pays_earlier_once_it_has_been_done(monkeypatch: pytest.MonkeyPatch) -> None:
    kernels.compiled.cache_clear()
    assert kernels.compile_from() == kernels.COMPILE_FROM
    kernels.kernel_for(backward_pass, kernels.COMPILE_FROM)
    assert kernels.compile_from() == kernels.LOADED_FROM < kernels.COMPILE_FROM
    monkeypatch.setattr(kernels, "COMPILE_FROM", 0)
    assert kernels.compile_from() == 0
