"""Core, least core, nucleolus, Shapley and Owen values against published answers and plain ones."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from itertools import combinations, pairwise, permutations
from math import factorial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detente.errors import GameError
from detente.stability.bargaining.coalition_game import CoalitionGame
from detente.stability.bargaining.core import core, least_core
from detente.stability.bargaining.nucleolus import nucleolus
from detente.stability.bargaining.shapley import owen, shapley

F = Fraction


def exactly(shares: Mapping[str, Fraction]) -> list[str]:
    return [str(share) for share in shares.values()]


GLOVES = CoalitionGame.of(["L", "R", "S"], lambda who: min("L" in who, len(who) - ("L" in who)))
PAIRS = CoalitionGame.of("ABC", lambda who: len(who) >= 2)


def airport(costs: Mapping[str, int]) -> CoalitionGame:
    """What landing alone would cost each, saved: a runway is as long as its largest user needs."""
    return CoalitionGame.of(
        list(costs), lambda who: sum(costs[i] for i in who) - max(costs[i] for i in who)
    )


def bankruptcy(estate: int, claims: Mapping[str, int]) -> CoalitionGame:
    return CoalitionGame.of(
        list(claims),
        lambda who: max(0, estate - sum(claim for i, claim in claims.items() if i not in who)),
    )


SECURITY_COUNCIL = CoalitionGame.of(
    [f"permanent {i}" for i in range(5)] + [f"elected {i}" for i in range(10)],
    lambda who: sum(name[0] == "p" for name in who) == 5 and len(who) >= 9,
)

# ── published answers ──────────────────────────────────────────────────────────────────────────


def test_glove_market() -> None:
    """One left glove, two right ones (Shapley and Shubik 1969): competition leaves them nothing."""
    found = core(GLOVES)
    assert found.extreme is not None
    assert [exactly(p) for p in found.extreme] == [["1", "0", "0"]]
    assert not found.empty
    assert found.subsidy == 0
    assert exactly(shapley(GLOVES)) == ["2/3", "1/6", "1/6"]
    assert exactly(nucleolus(GLOVES).shares) == ["1", "0", "0"]


def test_security_council() -> None:
    """Shapley and Shubik 1954, with the Council of fifteen: 421/2145 and 4/2145."""
    value = shapley(SECURITY_COUNCIL)
    assert value["permanent 0"] == F(421, 2145)
    assert value["elected 9"] == F(4, 2145)
    assert sum(value.values()) == 1
    # A simple game's core shares everything among those with a veto.
    fair = nucleolus(SECURITY_COUNCIL).shares
    assert list(fair.values()) == [F(1, 5)] * 5 + [F(0)] * 10
    found = core(SECURITY_COUNCIL)
    assert not found.empty
    assert found.ranges["permanent 0"] == (0, 1)
    assert found.ranges["elected 0"] == (0, 0)


@pytest.mark.parametrize(
    ("estate", "shares"),
    [
        (100, ["100/3", "100/3", "100/3"]),
        (200, ["50", "75", "75"]),
        (300, ["50", "100", "150"]),
    ],
)
def test_talmud(estate: int, shares: list[str]) -> None:
    """Three wives' claims (Aumann and Maschler 1985): the Mishna's division is the nucleolus."""
    game = bankruptcy(estate, {"first": 100, "second": 200, "third": 300})
    assert exactly(nucleolus(game).shares) == shares


def test_airport() -> None:
    """Littlechild and Owen 1973: each part of the runway is shared by those who need it.
    Littlechild 1974: the nucleolus, for costs 1, 2 and 4, pays 1/2, 3/4 and 11/4."""
    costs = {"small": 1, "middle": 2, "large": 4}
    saved = shapley(airport(costs))
    paid = {i: costs[i] - saved[i] for i in costs}
    assert exactly(paid) == ["1/3", "5/6", "17/6"]
    fair = nucleolus(airport(costs)).shares
    assert exactly({i: costs[i] - fair[i] for i in costs}) == ["1/2", "3/4", "11/4"]


def test_majority_has_no_core() -> None:
    """Three players, two of whom win: the pairs, each weighing a half, prove the core empty."""
    found = core(PAIRS)
    assert found.empty
    assert found.shares is None
    assert found.extreme == ()
    assert found.weights == {pair: F(1, 2) for pair in combinations("ABC", 2)}
    assert found.needed == F(3, 2)
    assert found.subsidy == F(1, 2)
    assert least_core(PAIRS).objection == F(1, 3)
    assert exactly(nucleolus(PAIRS).shares) == ["1/3", "1/3", "1/3"]


def test_convex_game_has_all_orders_as_extreme_points() -> None:
    """Shapley 1971: the extreme points of a convex game's core are its marginal vectors."""
    game = CoalitionGame.of("ABCD", lambda who: len(who) ** 2 + 3 * ("A" in who and "B" in who))
    assert game.is_convex
    assert not GLOVES.is_convex
    found = core(game).extreme
    assert found is not None
    assert {tuple(point.values()) for point in found} == set(marginals(game).values())


def test_corners_are_listed_while_they_are_few() -> None:
    """Squares of sizes are convex: six players have 720 corners, seven too many."""
    for number, listed in ((6, 720), (7, None)):
        names = [str(i) for i in range(number)]
        game = CoalitionGame.of(names, lambda who: (len(who) + sum(map(int, who)) / 64) ** 2)
        found = core(game)
        assert (found.extreme and len(found.extreme)) == listed
        assert found.ranges["0"] == (game["0"], game[names] - game[names[1:]])


def test_weights_tilt_the_value() -> None:
    """Shapley 1953b: a coalition's dividend is split in the proportion of the weights."""
    together = CoalitionGame.of("AB", lambda who: len(who) == 2)
    assert exactly(shapley(together, {"A": 2, "B": 1})) == ["2/3", "1/3"]
    assert exactly(shapley(together, {"A": F(1, 2), "B": F(1, 4)})) == ["2/3", "1/3"]


def test_owen_blocs() -> None:
    """Owen 1977: of three players, any two of whom win, a bloc of two takes everything."""
    assert exactly(owen(PAIRS, [("A", "B")])) == ["1/2", "1/2", "0"]
    assert owen(GLOVES, []) == shapley(GLOVES)
    assert owen(GLOVES, [("L", "R", "S")]) == shapley(GLOVES)


# ── the smallest, and what is wrong ────────────────────────────────────────────────────────────


def test_one_player() -> None:
    alone = CoalitionGame.of(["A"], lambda who: 7)
    assert core(alone).extreme == ({"A": F(7)},)
    assert nucleolus(alone).shares == shapley(alone) == least_core(alone).shares == {"A": F(7)}


def test_worth_less_together() -> None:
    """No division gives each what it is worth alone: the nucleolus is then over all divisions."""
    apart = CoalitionGame.of("AB", {("A",): 3, ("B",): 1, ("A", "B"): 2})
    found = nucleolus(apart)
    assert not found.rational
    assert exactly(found.shares) == ["2", "0"]
    assert core(apart).empty
    assert core(apart).subsidy == 2


def test_individual_rationality_binds() -> None:
    """Two players waste much with C, who is worth 0 alone: over all divisions C would pay."""
    game = CoalitionGame.of("ABC", {("A", "B"): 10, ("A", "B", "C"): 1})
    assert min(nucleolus(game).shares.values()) == 0
    assert min(nucleolus(game, rational=False).shares.values()) < 0


@pytest.mark.parametrize("scale", [F(10**12), F(1, 10**12), F(10**25), F(1, 7)])
def test_scale(scale: Fraction) -> None:
    grown = CoalitionGame(PAIRS.players, tuple(w * scale for w in PAIRS.worths))
    assert core(grown).subsidy == scale / 2
    assert set(nucleolus(grown).shares.values()) == set(shapley(grown).values()) == {scale / 3}


def test_mistakes_are_said() -> None:
    with pytest.raises(GameError, match=r"no player 'D'\. The players are: A, B, C"):
        _ = PAIRS["A", "D"]
    with pytest.raises(GameError, match="no player 'D'"):
        CoalitionGame.of("ABC", {("A", "D"): 1})
    with pytest.raises(GameError, match="1 to 20 players; found 0"):
        CoalitionGame((), (F(0),))
    with pytest.raises(GameError, match="empty coalition is worth 0; found 1"):
        CoalitionGame(("A",), (F(1), F(1)))
    with pytest.raises(GameError, match="4 coalitions"):
        CoalitionGame(("A", "B"), (F(0), F(1)))
    with pytest.raises(GameError, match="above 0; found 0"):
        shapley(PAIRS, {"A": 0, "B": 1, "C": 1})
    with pytest.raises(GameError, match="no weight for 'C'"):
        shapley(PAIRS, {"A": 1, "B": 1})
    with pytest.raises(GameError, match="in two blocs"):
        owen(PAIRS, [("A", "B"), ("B", "C")])


def test_a_run_can_be_stopped() -> None:
    def stop() -> None:
        raise KeyboardInterrupt

    for method in (core, least_core, nucleolus):
        with pytest.raises(KeyboardInterrupt):
            method(PAIRS, check=stop)


# ── against plain definitions ──────────────────────────────────────────────────────────────────


def marginals(game: CoalitionGame) -> dict[tuple[str, ...], tuple[Fraction, ...]]:
    """Order of arrival → what each player adds on arriving, in the players' order."""
    found = {}
    for order in permutations(game.players):
        added = {
            who: game[order[: at + 1]] - (game[order[:at]] if at else 0)
            for at, who in enumerate(order)
        }
        found[order] = tuple(added[who] for who in game.players)
    return found


def objections(game: CoalitionGame, shares: Mapping[str, Fraction]) -> list[Fraction]:
    """Of every coalition but none and all, worst first."""
    groups: Iterable[tuple[str, ...]] = (
        who for size in range(1, game.num_players) for who in combinations(game.players, size)
    )
    return sorted((game[who] - sum(shares[i] for i in who) for who in groups), reverse=True)


games = st.integers(2, 4).flatmap(
    lambda n: st.lists(st.integers(-6, 12), min_size=2**n - 1, max_size=2**n - 1).map(
        lambda worths: CoalitionGame(tuple("ABCD"[:n]), (F(0), *(F(w, 2) for w in worths)))
    )
)


@given(games)
@settings(max_examples=60, deadline=None)
def test_shapley_is_the_mean_over_orders(game: CoalitionGame) -> None:
    rows = list(marginals(game).values())
    mean = [sum(column) / factorial(game.num_players) for column in zip(*rows, strict=True)]
    assert list(shapley(game).values()) == mean


@given(games, st.data())
@settings(max_examples=60, deadline=None)
def test_owen_is_the_mean_over_orders_that_keep_blocs_together(
    game: CoalitionGame, data: st.DataObject
) -> None:
    owner = {who: data.draw(st.integers(0, 1)) for who in game.players}
    blocs = [[who for who in game.players if owner[who] == b] for b in (0, 1)]

    def together(order: tuple[str, ...]) -> bool:
        return sum(owner[a] != owner[b] for a, b in pairwise(order)) <= 1

    rows = [row for order, row in marginals(game).items() if together(order)]
    mean = [sum(column) / len(rows) for column in zip(*rows, strict=True)]
    assert list(owen(game, [b for b in blocs if b]).values()) == mean


@given(games)
@settings(max_examples=80, deadline=None)
def test_core_or_the_proof_that_it_is_empty(game: CoalitionGame) -> None:
    found = core(game)
    worth = game[game.players]
    # The weights are a balanced collection, and prove that no less than `needed` satisfies all.
    for who in game.players:
        assert sum(w for members, w in found.weights.items() if who in members) == 1
    assert min(found.weights.values()) > 0
    assert sum(w * game[members] for members, w in found.weights.items()) == found.needed
    assert found.empty == (found.needed > worth) == (found.subsidy > 0)
    if found.shares is not None and found.extreme is not None:
        for shares in (found.shares, *found.extreme):
            assert sum(shares.values()) == worth
            assert max(objections(game, shares)) <= 0
        for who in game.players:
            listed = [point[who] for point in found.extreme]
            assert found.ranges[who] == (min(listed), max(listed))
        mean = {
            who: sum(p[who] for p in found.extreme) / len(found.extreme) for who in game.players
        }
        assert max(objections(game, mean)) <= 0
        for point in marginals(game).values():  # one in the core is extreme (Shapley 1971)
            if max(objections(game, dict(zip(game.players, point, strict=True)))) <= 0:
                assert point in {tuple(p.values()) for p in found.extreme}


@given(games)
@settings(max_examples=60, deadline=None)
def test_least_core_is_proved_by_its_weights(game: CoalitionGame) -> None:
    found = least_core(game)
    assert sum(found.shares.values()) == game[game.players]
    assert objections(game, found.shares)[0] == found.objection
    assert sum(found.weights.values()) == 1
    assert min(found.weights.values()) > 0
    inside = [
        sum(w for members, w in found.weights.items() if who in members) for who in game.players
    ]
    assert len(set(inside)) == 1  # so that how all is divided plays no part in the weighted sum
    weighted = sum(w * game[members] for members, w in found.weights.items())
    assert weighted - inside[0] * game[game.players] == found.objection


@given(games)
@settings(max_examples=80, deadline=None)
def test_prenucleolus_is_kohlbergs(game: CoalitionGame) -> None:
    """Kohlberg 1971, Sobolev 1975: at every height the coalitions that object at least that much
    are balanced: no side payment lowers one of their objections and raises none."""
    shares = nucleolus(game, rational=False).shares
    assert sum(shares.values()) == game[game.players]
    worst = objections(game, shares)
    assert worst[0] == least_core(game).objection
    for height in set(worst):
        assert balanced(game, [
            who for size in range(1, game.num_players)
            for who in combinations(game.players, size)
            if game[who] - sum(shares[i] for i in who) >= height
        ])  # fmt: skip


@given(games, st.data())
@settings(max_examples=60, deadline=None)
def test_no_move_improves_on_the_nucleolus(game: CoalitionGame, data: st.DataObject) -> None:
    found = nucleolus(game)
    worst = objections(game, found.shares)
    amounts = [F(data.draw(st.integers(-8, 8)), 8) for _ in game.players[1:]]
    moved = dict(zip(game.players, [*amounts, -sum(amounts)], strict=True))
    other = {who: found.shares[who] + moved[who] for who in game.players}
    if not found.rational or all(other[who] >= game[who] for who in game.players):
        assert objections(game, other) >= worst
        assert any(amounts) == (objections(game, other) != worst or other != found.shares)


def balanced(game: CoalitionGame, members: list[tuple[str, ...]]) -> bool:
    """Whether positive weights exist under which every player's coalitions weigh the same, by
    scipy, a program apart."""
    from scipy.optimize import linprog

    rows = [[float(who in group) for group in members] for who in game.players]
    found = linprog(
        [0.0] * len(members),
        A_eq=rows,
        b_eq=[1.0] * len(rows),
        bounds=[(1e-4, None)] * len(members),
    )
    return bool(found.status == 0)


@given(games, st.permutations("ABCD"), st.integers(1, 5), st.integers(-3, 3))
@settings(max_examples=40, deadline=None)
def test_names_and_scales_do_not_matter(
    game: CoalitionGame, order: list[str], factor: int, gift: int
) -> None:
    names = [who for who in order if who in game.players]
    turned = CoalitionGame.of(names, lambda who: factor * game[who] + gift * len(who))
    for method in (shapley, lambda g: nucleolus(g).shares):
        before, after = method(game), method(turned)
        assert {who: factor * before[who] + gift for who in names} == dict(after)
    assert core(turned).empty == core(game).empty
