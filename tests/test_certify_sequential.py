"""Sequential equilibrium: published games, planted errors, and trembles by brute force."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import product
from math import log

import numpy as np
import pytest
import trees

from detente.certify import Certificate, certify
from detente.certify.assessment import Assessment
from detente.certify.checks import exact_plan
from detente.certify.consistency import coprime_base
from detente.certify.hidden import Walk
from detente.certify.sequential import judge
from detente.errors import GameError, NotSupported
from detente.game.beliefs import Beliefs
from detente.game.builder import Builder, Node
from detente.game.mixed import MixedProfile
from detente.game.profile import Profile
from detente.game.strategic import StrategicGame
from detente.game.tree import Game

HALF = Fraction(1, 2)


def sequential(game: Game, plan: list[int], beliefs: dict[int, list[object]] | None = None
               ) -> Certificate:  # fmt: skip
    held = None if beliefs is None else Beliefs.of(game, beliefs)
    return certify(game, Profile.pure(game, plan), "sequential", held)


# ── published games ─────────────────────────────────────────────────────────────────────────────


def selten_horse() -> Game:
    b = Builder(["1", "2", "3"], title="Selten 1975, figure 1")
    after_d = b.decide("3", {"L": b.end(3, 3, 2), "R": b.end(0, 0, 0)}, infoset="3")
    after_c = b.decide("3", {"L": b.end(4, 4, 0), "R": b.end(0, 0, 1)}, infoset="3")
    two = b.decide("2", {"c": b.end(1, 1, 1), "d": after_c}, label="2")
    return b.build(b.decide("1", {"C": two, "D": after_d}, label="1"))


def test_one_family_of_the_horse_is_sequential_and_the_other_is_not() -> None:
    """Selten 1975; Kreps and Wilson 1982: in (D, c, L) player 2 would not stay with c."""
    game = selten_horse()
    found = sequential(game, [0, 0, 1])  # C, c, R
    assert (found.verdict, found.max_regret, found.concept) == ("proved", 0, "sequential")
    assert found.beliefs is not None
    after_d, after_c = (found.beliefs[2][node] for node in sorted(found.beliefs[2])[::-1])
    assert after_d <= Fraction(1, 3)
    assert after_d + after_c == 1
    wrong = sequential(game, [1, 0, 0])  # D, c, L
    assert (wrong.verdict, wrong.player, wrong.max_regret) == ("refuted", "2", 3)
    assert wrong.where == "2 gains 3 at '2' by d instead of c."
    third = Fraction(1, 3)
    for share, verdict in [(Fraction(0), "proved"), (Fraction(1, 4), "proved")]:
        mixed = Profile.mixed(game, [1, 0, 1, 0, share, 1 - share])  # C, c; L at most 1/4
        found = certify(game, mixed, "sequential")
        assert found.verdict == verdict
        if share:  # 3 mixes only where both are worth the same
            assert found.beliefs is not None
            assert sorted(found.beliefs[2].values()) == [third, 2 * third]


def test_the_belief_at_the_horse_decides() -> None:
    game = selten_horse()  # the first node of the infoset is the one after d
    for after_d, verdict in [("0", "proved"), ("1/3", "proved"), ("2/5", "refuted")]:
        rest = str(1 - Fraction(after_d))
        assert sequential(game, [0, 0, 1], {2: [rest, after_d]}).verdict == verdict
    wrong = sequential(game, [0, 0, 1], {2: ["1/2", "1/2"]})
    assert wrong.where == "3 gains 1/2 at '3' by L instead of R, given its beliefs there."
    assert wrong.player == "3"
    reached = sequential(game, [1, 0, 0], {2: ["1/2", "1/2"]})
    assert reached.verdict == "refuted"
    assert "Bayes' rule gives another belief" in reached.reason


def beer_quiche() -> Game:
    """Cho and Kreps 1987, figure I, with a strong sender nine times in ten."""
    b = Builder(["Sender", "Receiver"])

    def after(meal: str, liked: bool, weak: bool) -> Node:
        pleasure = 1 if liked else 0
        return b.decide(
            "Receiver",
            {"duel": b.end(pleasure, int(weak)), "defer": b.end(pleasure + 2, int(not weak))},
            infoset=f"after {meal}",
        )

    types = {
        "strong": ("9/10", b.decide("Sender", {
            "beer": after("beer", True, False), "quiche": after("quiche", False, False),
        }, label="strong")),
        "weak": ("1/10", b.decide("Sender", {
            "beer": after("beer", False, True), "quiche": after("quiche", True, True),
        }, label="weak")),
    }  # fmt: skip
    return b.build(b.chance(types))


def test_both_poolings_of_beer_and_quiche_are_sequential() -> None:
    game = beer_quiche()
    proved = {
        plan for plan in product((0, 1), repeat=4)
        if sequential(game, list(plan)).verdict == "proved"
    }
    assert proved == {(0, 0, 1, 0), (1, 1, 0, 1)}  # pooling on beer, pooling on quiche
    quiche = sequential(game, [1, 1, 0, 1], {2: ["1/5", "4/5"], 3: ["9/10", "1/10"]})
    assert quiche.verdict == "proved"
    surprised = sequential(game, [1, 1, 0, 1], {2: ["3/5", "2/5"]})
    assert (surprised.verdict, surprised.player) == ("refuted", "Receiver")
    assert surprised.max_regret == Fraction(1, 5)
    beer = sequential(game, [0, 0, 1, 0], {3: ["2/5", "3/5"]})
    assert beer.verdict == "proved"
    denied = sequential(game, [0, 0, 1, 0], {2: ["1/2", "1/2"], 3: ["2/5", "3/5"]})
    assert denied.verdict == "refuted"
    assert denied.where.startswith("Play comes to Receiver's information set 'after beer'")


def test_an_incredible_threat_is_no_sequential_equilibrium() -> None:
    b = Builder(["Entrant", "Incumbent"])
    reply = b.decide("Incumbent", {"fight": b.end(-1, -1), "share": b.end(1, 1)}, label="reply")
    game = b.build(b.decide("Entrant", {"out": b.end(0, 2), "in": reply}, label="entry"))
    assert certify(game, Profile.pure(game, [0, 0]), "nash").verdict == "proved"
    found = sequential(game, [0, 0])
    assert (found.verdict, found.concept, found.max_regret) == ("refuted", "sequential", 2)
    share = sequential(game, [1, 1])
    assert (share.verdict, share.concept, share.unique) == ("proved", "sequential", True)


def entry_unseen() -> Game:
    """The threat again, where the incumbent cannot see how it is entered: no belief supports it."""
    b = Builder(["Entrant", "Incumbent"])
    replies = [
        b.decide("Incumbent", {"fight": b.end(-1, -1), "share": b.end(k, 1)}, infoset="reply")
        for k in (1, 2)
    ]
    return b.build(b.decide("Entrant", {"out": b.end(0, 2), "a": replies[0], "b": replies[1]},
                            label="entry"))  # fmt: skip


def test_what_no_belief_supports_is_refuted_though_no_subgame_shows_it() -> None:
    game = entry_unseen()
    assert certify(game, Profile.pure(game, [0, 0]), "spe").verdict == "proved"
    found = sequential(game, [0, 0])
    assert (found.verdict, found.player, found.max_regret) == ("refuted", "Incumbent", 2)
    assert found.where == (
        "Incumbent gains 2 at 'reply' by share instead of fight, or by another move at least as "
        "much, whatever it believes there."
    )
    assert sequential(game, [2, 1]).verdict == "proved"


def test_no_belief_at_all_may_suit_though_each_move_beats_the_plan_only_somewhere() -> None:
    """Safe yields 2; each bet 5 at one node and 0 at the other: one of them is always better."""
    b = Builder(["1", "2"])
    replies = [
        b.decide("2", {"safe": b.end(0, 2), "x": b.end(0, 5 * (1 - k)), "y": b.end(0, 5 * k)},
                 infoset="reply") for k in (0, 1)
    ]  # fmt: skip
    game = b.build(b.decide("1", {"out": b.end(1, 0), "a": replies[0], "b": replies[1]}))
    found = sequential(game, [0, 0])
    assert (found.verdict, found.max_regret) == ("refuted", HALF)  # at even odds


# ── consistency ─────────────────────────────────────────────────────────────────────────────────


def chain(payoff: int = 0) -> Game:
    """1 goes out, or in by a or b; then 2, who does not see which, passes or plays on to 3."""
    b = Builder(["1", "2", "3"])
    twos = []
    for k in (0, 1):
        three = b.decide(
            "3", {"l": b.end(-1, 0, payoff * k), "r": b.end(-1, 0, payoff * (1 - k))}, infoset="3"
        )
        twos.append(b.decide("2", {"pass": b.end(-1, 0, 0), "on": three}, infoset="2"))
    return b.build(b.decide("1", {"out": b.end(0, 0, 0), "a": twos[0], "b": twos[1]}, label="1"))


def test_two_information_sets_after_one_deviation_share_the_belief() -> None:
    """Each belief by itself follows from a strategy (structural consistency); together none."""
    game = chain()
    shared = sequential(game, [0, 0, 0], {1: ["1/3", "2/3"], 2: ["1/3", "2/3"]})
    assert shared.verdict == "proved"
    for two, three in [(["1", "0"], ["0", "1"]), (["1/3", "2/3"], ["1/2", "1/2"])]:
        found = sequential(game, [0, 0, 0], {1: two, 2: three})
        assert (found.verdict, found.max_regret) == ("refuted", 0)
        assert found.where.startswith(
            "No trembles give the beliefs at 2's information set '2' and 3's information set '3' "
            "together"
        )
    alone = sequential(game, [0, 0, 0], {1: ["1/3", "2/3"]})
    assert alone.verdict == "proved"
    assert alone.beliefs is not None
    assert list(alone.beliefs[2].values()) == [Fraction(1, 3), Fraction(2, 3)]


def test_a_belief_given_at_one_decides_what_can_be_found_at_the_other() -> None:
    game = chain(payoff=1)  # 3 plays l only where it thinks b at least as likely as a
    assert sequential(game, [0, 0, 0]).verdict == "proved"
    assert sequential(game, [0, 0, 0], {1: ["1/2", "1/2"]}).verdict == "proved"
    assert sequential(game, [0, 0, 0], {1: ["1/3", "2/3"]}).verdict == "proved"
    found = sequential(game, [0, 0, 0], {1: ["2/3", "1/3"]})
    assert found.verdict == "refuted"
    assert found.max_regret is None
    assert found.where.startswith("No consistent beliefs make the plan best at ")


def two_unseen(rows: int = 2) -> Game:
    """1 and 2 keep still or move, each in one of two ways; 3 acts where both have moved."""
    b = Builder(["1", "2", "3"])

    def two(first: int) -> Node:
        ends = {"still": b.end(0, 0, 0)}
        for second in range(rows):
            ends[f"{'cde'[second]}"] = (
                b.decide("3", {"l": b.end(0, 0, 0), "r": b.end(0, 0, 0)}, infoset="3")
                if first else b.end(0, 0, 0)
            )  # fmt: skip
        return b.decide("2", ends, infoset="2")

    return b.build(b.decide("1", {k: two(i) for i, k in enumerate(["still", "a", "b"])}))


@pytest.mark.parametrize(
    ("odds", "verdict", "why"),
    [
        (["1/4", "1/4", "1/4", "1/4"], "proved", ""),
        (["1/6", "1/3", "1/6", "1/3"], "proved", ""),
        (["2/15", "1/5", "4/15", "2/5"], "proved", ""),
        (["1", "0", "0", "0"], "proved", ""),
        (["1/3", "0", "2/3", "0"], "proved", ""),
        (["1/2", "0", "0", "1/2"], "refuted", "no order of trembles"),
        (["1/3", "1/3", "1/3", "0"], "refuted", "no order of trembles"),
        (["2/5", "1/5", "1/5", "1/5"], "refuted", "as likely as believed"),
    ],
)
def test_trembles_of_two_players_are_independent(odds: list[str], verdict: str, why: str) -> None:
    """Kreps and Wilson 1982; Kohlberg and Reny 1997: no correlation comes from trembles."""
    found = sequential(two_unseen(), [0, 0, 0], {2: odds})
    assert found.verdict == verdict
    assert why in found.where


def independent(first: int, second: int) -> Game:
    """As above: 3 stays with l if it gives both (a, c) and (b, d) at least these percentages."""
    b = Builder(["1", "2", "3"])

    def two(i: int) -> Node:
        ends = {"still": b.end(0, 0, 0)}
        for j in range(2):
            one = 1 if (i, j) != (1, 0) else -Fraction(100, first) + 1
            other = 1 if (i, j) != (2, 1) else -Fraction(100, second) + 1
            ends["cd"[j]] = b.end(0, 0, 0) if not i else b.decide(
                "3", {"l": b.end(-1, -1, 0), "x": b.end(-1, -1, one), "y": b.end(-1, -1, other)},
                infoset="3",
            )  # fmt: skip
        return b.decide("2", ends, infoset="2")

    return b.build(b.decide("1", {k: two(i) for i, k in enumerate(["still", "a", "b"])}))


def test_beliefs_that_bind_one_another_are_searched_for() -> None:
    """With independent trembles (a, c) and (b, d) have at most (1 − √p)² beside p."""
    found = sequential(independent(50, 2), [0, 0, 0])
    assert found.verdict == "proved"
    assert found.beliefs is not None
    ac, ad, bc, bd = found.beliefs[2].values()
    assert ac >= HALF
    assert bd >= Fraction(1, 50)
    assert ac * bd == ad * bc
    beyond = sequential(independent(40, 40), [0, 0, 0])  # no trembles give that, nor is it proved
    assert (beyond.verdict, beyond.max_regret) == ("undecided", None)
    assert "trembles that several" in beyond.reason
    impossible = sequential(independent(60, 60), [0, 0, 0])
    assert impossible.verdict == "refuted"


def test_a_chance_move_weighs_in() -> None:
    """Nature is a or b, 1 to 2; both types keep out: trembles alike keep the prior, others none."""
    b = Builder(["1", "2"])
    types = {}
    for k, odds in enumerate(["1/3", "2/3"]):
        reply = b.decide("2", {"l": b.end(-1, k), "r": b.end(-1, 1 - k)}, infoset="reply")
        types["ab"[k]] = (odds, b.decide("1", {"out": b.end(0, 0), "in": reply}, infoset="1"))
    game = b.build(b.chance(types))  # 1 does not know its type, so Bayes' rule goes on
    assert sequential(game, [0, 0]).verdict == "proved"  # l: b is the likelier
    found = sequential(game, [0, 1])
    assert (found.verdict, found.max_regret) == ("refuted", Fraction(1, 3))
    wrong = sequential(game, [0, 0], {1: ["1/2", "1/2"]})
    assert wrong.verdict == "refuted"
    assert "no trembles give the belief" in wrong.where.lower()


def test_an_impossible_chance_move_trembles_too() -> None:
    b = Builder(["1"])
    ends = [b.decide("1", {"l": b.end(k), "r": b.end(1 - k)}, infoset="1") for k in (0, 1)]
    game = b.build(b.chance({"x": ("1", b.end(0)), "y": ("0", ends[0]), "z": ("0", ends[1])}))
    for plan in ([0], [1]):
        assert sequential(game, plan).verdict == "proved"
    assert sequential(game, [0], {0: ["1/2", "1/2"]}).verdict == "proved"
    assert sequential(game, [0], {0: ["2/3", "1/3"]}).verdict == "refuted"


# ── what is refused, and floating point ─────────────────────────────────────────────────────────


def test_beliefs_that_are_none_are_refused() -> None:
    game, other = selten_horse(), beer_quiche()
    profile = Profile.pure(game, [0, 0, 1])
    for bad in (
        Beliefs(game, {2: [Fraction(1)]}),
        Beliefs(game, {2: [Fraction(2), Fraction(-1)]}),
        Beliefs(game, {2: [HALF, Fraction(1, 3)]}),
        Beliefs(game, {9: [Fraction(1)]}),
        Beliefs(other, {2: [HALF, HALF]}),
        {2: [HALF, HALF]},
    ):
        with pytest.raises(GameError, match="beliefs"):
            certify(game, profile, "sequential", bad)  # type: ignore[arg-type]
    for concept in ("nash", "spe"):
        with pytest.raises(GameError, match="no part"):
            certify(game, profile, concept, Beliefs.of(game, {2: [HALF, HALF]}))


def test_forgetful_players_are_refused() -> None:
    b = Builder(["A"])
    later = [b.decide("A", {"l": b.end(k), "r": b.end(1)}, infoset="later") for k in (0, 1)]
    game = b.build(b.decide("A", {"x": later[0], "y": later[1]}))
    with pytest.raises(NotSupported, match="perfect recall"):
        certify(game, Profile.pure(game, [0, 0]), "sequential")


def test_strategic_form_has_no_beliefs_and_no_off_path() -> None:
    game = StrategicGame.of(["A", "B"], [["u", "d"], ["l", "r"]], [(1, 1), (0, 0), (0, 0), (0, 0)])
    found = certify(game, MixedProfile.of(game, [[0, 1], [0, 1]]), "sequential")
    assert (found.verdict, found.concept) == ("proved", "sequential")


def test_floating_point_is_judged_with_care() -> None:
    game = beer_quiche()
    pure = Profile.mixed(game, np.array([1.0, 0, 1, 0, 0, 1, 1, 0]))
    found = certify(game, pure, "sequential")
    assert (found.verdict, found.arithmetic, found.max_regret) == ("proved", "float", 0.0)
    off = Profile.mixed(game, np.array([1.0, 0, 1, 0, 0.01, 0.99, 1, 0]))
    assert certify(game, off, "sequential").verdict == "refuted"  # not even subgame-perfect
    exact = Profile.pure(game, [0, 0, 1, 0])
    for odds, verdict in [
        ([0.5, 0.5], "proved"), ([0.3, 0.7], "proved"), ([0.5 + 1e-12, 0.5 - 1e-12], "undecided"),
        ([0.6, 0.4], "refuted"),
    ]:  # fmt: skip
        found = certify(game, exact, "sequential", Beliefs.of(game, {3: odds}))
        assert (found.verdict, found.arithmetic) == (verdict, "float")
    bayes = Beliefs.of(game, {2: [0.9, 0.1], 3: [0.3, 0.7]})
    assert certify(game, exact, "sequential", bayes).verdict == "proved"


def test_exact_beliefs_of_a_rounded_profile_are_those_of_the_profile_as_it_stands() -> None:
    b = Builder(["A", "B"])
    after_x = b.decide("B", {"l": b.end(0, 2), "r": b.end(1, 0)}, infoset="B")
    after_y = b.decide("B", {"l": b.end(1, 0), "r": b.end(0, 3)}, infoset="B")
    game = b.build(b.decide("A", {"x": after_x, "y": after_y}))
    beliefs = Beliefs.of(game, {1: ["3/5", "2/5"]})
    rounded = Profile.mixed(game, np.array([0.6, 0.4, 0.5, 0.5]))
    found = certify(game, rounded, "sequential", beliefs)
    x, y = Fraction(0.6), Fraction(0.4)
    left, right = 2 * x / (x + y), 3 * y / (x + y)
    assert found.verdict == "undecided"
    assert "Bayes" not in found.where
    assert 0 < abs(left - right) / 2 <= found.max_regret < 1e-15
    wrong = Beliefs.of(game, {1: ["1/2", "1/2"]})
    assert certify(game, rounded, "sequential", wrong).max_regret == Fraction(1, 4)


def test_numbers_without_common_factors() -> None:
    for numbers in ([12, 18, 5], [2, 2, 4], [1], [6, 10, 15], [2**40 * 3, 9]):
        base = coprime_base(numbers)
        assert all(np.gcd(p, q) == 1 for i, p in enumerate(base) for q in base[:i])
        for number in numbers:
            for p in base:
                while number % p == 0:
                    number //= p
            assert number == 1


# ── trembles by brute force ─────────────────────────────────────────────────────────────────────

Key = tuple[object, str]
"""(player, infoset)."""


def random_twig(rng: random.Random, depth: int, players: int, past: str = "") -> trees.Twig:
    def grow(left: int, memory: dict[int, str]) -> trees.Twig:
        if not left or rng.random() < 0.1:
            return trees.Twig(None, gain=tuple(Fraction(rng.randint(0, 3)) for _ in range(players)))
        if rng.random() < 0.15:
            chances = rng.choice([(HALF, HALF), (Fraction(1, 3), Fraction(2, 3))])
            return trees.Twig("chance", (grow(left - 1, memory), grow(left - 1, memory)), None,
                              chances)  # fmt: skip
        mover = rng.randrange(players)
        width = rng.choice([2, 2, 3])
        name = f"{memory.get(mover, '')}|{width}{rng.choice('xxxxy')}"
        below = tuple(grow(left - 1, {**memory, mover: f"{name}{k}"}) for k in range(width))
        return trees.Twig(mover, below, None, (), name)

    return grow(depth, {0: past})


def infosets(twig: trees.Twig) -> dict[Key, list[trees.Path]]:
    """In the order of the game's."""
    found: dict[Key, list[trees.Path]] = {}
    for path, t in trees.decisions(twig):
        found.setdefault((t.mover, t.infoset), []).append(path)
    return found


def steps(twig: trees.Twig, path: trees.Path) -> Iterator[tuple[trees.Twig, trees.Path, int]]:
    here: trees.Path = ()
    for k in path:
        yield twig, here, k
        twig, here = twig.below[k], (*here, k)


Tremble = tuple[Key, int]


def monomial(twig: trees.Twig, plan: trees.Plan, path: trees.Path
             ) -> tuple[Fraction, Counter[Tremble]]:  # fmt: skip
    weight, trembles = Fraction(1), Counter[Tremble]()
    for t, here, k in steps(twig, path):
        p = t.chances[k] if t.mover == "chance" else plan[here][k]
        if p:
            weight *= p
        else:
            trembles[(t.mover, t.infoset), k] += 1
    return weight, trembles


def beliefs_from(
    twig: trees.Twig, plan: trees.Plan, orders: dict[Tremble, int], sizes: dict[Tremble, Fraction]
) -> dict[Key, list[Fraction]]:
    """The limit of Bayes' rule when each tremble has probability size · e^order, e to 0."""
    found = {}
    for key, paths in infosets(twig).items():
        terms = []
        for path in paths:
            weight, trembles = monomial(twig, plan, path)
            for tremble, times in trembles.items():
                weight *= sizes[tremble] ** times
            terms.append((sum(orders[t] * n for t, n in trembles.items()), weight))
        least = min(order for order, _ in terms)
        weights = [w if order == least else Fraction(0) for order, w in terms]
        found[key] = [w / sum(weights) for w in weights]
    return found


def rational(twig: trees.Twig, plan: trees.Plan, beliefs: dict[Key, list[Fraction]], players: int
             ) -> bool:  # fmt: skip
    """Whether no plan is better from any information set on, all plans tried in turn."""
    sets = infosets(twig)
    for key, paths in sets.items():
        player = key[0]
        assert isinstance(player, int)
        own = [k for k, other in sets.items() if k[0] == player
               and any(p[: len(x)] == x for p in other for x in paths)]  # fmt: skip
        best = None
        for moves in product(*(range(len(plan[sets[k][0]])) for k in own)):
            other = dict(plan)
            for k, move in zip(own, moves, strict=True):
                for path in sets[k]:
                    width = len(plan[path])
                    other[path] = [Fraction(int(j == move)) for j in range(width)]
            worth = expected(twig, other, paths, beliefs[key], players)[player]
            best = worth if best is None else max(best, worth)
        assert best is not None
        if best > expected(twig, plan, paths, beliefs[key], players)[player]:
            return False
    return True


def expected(twig: trees.Twig, plan: trees.Plan, paths: list[trees.Path], odds: list[Fraction],
             players: int) -> list[Fraction]:  # fmt: skip
    total = [Fraction(0)] * players
    for path, p in zip(paths, odds, strict=True):
        here = twig
        for k in path:
            here = here.below[k]
        for i, x in enumerate(trees.value(here, plan, players, path)):
            total[i] += p * x
    return total


def trembles_of(twig: trees.Twig, plan: trees.Plan) -> list[Tremble]:
    return [
        (key, k) for key, paths in infosets(twig).items()
        for k, p in enumerate(plan[paths[0]]) if not p
    ]


def consistent_by_force(
    twig: trees.Twig, plan: trees.Plan, beliefs: dict[Key, list[Fraction]], most: int = 4
) -> bool:
    """Orders up to `most`, all tried; sizes by least squares in logarithms."""
    trembles = trembles_of(twig, plan)
    sets = infosets(twig)
    monomials = {key: [monomial(twig, plan, path) for path in sets[key]] for key in sets}
    for values in product(range(1, most + 1), repeat=len(trembles)):
        orders = dict(zip(trembles, values, strict=True))
        rows, right, fits = [], [], True
        for key, terms in monomials.items():
            total = [sum(orders[t] * n for t, n in m.items()) for _, m in terms]
            likely = [k for k, p in enumerate(beliefs[key]) if p]
            fits = [k for k, order in enumerate(total) if order == min(total)] == likely
            if not fits:
                break
            for k in likely[1:]:
                one, other = terms[k], terms[likely[0]]
                rows.append([one[1][t] - other[1][t] for t in trembles])
                ratio = beliefs[key][k] / beliefs[key][likely[0]] / (one[0] / other[0])
                right.append(log(ratio))
        if not fits:
            continue
        if not rows or not trembles:
            if all(abs(x) < 1e-9 for x in right):
                return True
            continue
        matrix = np.array(rows, dtype=float)
        solution = np.linalg.lstsq(matrix, np.array(right), rcond=None)[0]
        if np.abs(matrix @ solution - right).max() < 1e-7:
            return True
    return False


def random_plan(twig: trees.Twig, rng: random.Random) -> trees.Plan:
    plan = {}
    for paths in infosets(twig).values():
        width = len(at(twig, paths[0]).below)
        odds = [Fraction(int(k == rng.randrange(width))) for k in range(width)]
        if not sum(odds):
            odds[0] = Fraction(1)
        total = sum(odds)
        for path in paths:
            plan[path] = [p / total for p in odds]
    return plan


def at(twig: trees.Twig, path: trees.Path) -> trees.Twig:
    for k in path:
        twig = twig.below[k]
    return twig


def fault_of(game: Game, twig: trees.Twig, plan: trees.Plan, beliefs: dict[Key, list[Fraction]]
             ) -> str:  # fmt: skip
    """Why the certifier calls beliefs inconsistent, whether or not the moves are best."""
    profile = Profile.mixed(game, trees.vector_of(twig, plan))
    seen = Assessment(Walk.of(game, exact_plan(game, profile)))
    given = dict(enumerate(beliefs.values()))
    return judge(seen, given, Fraction(0)).fault


def test_consistency_is_what_trembles_give() -> None:
    rng = random.Random(82)
    faults = 0
    for _ in range(1000):
        twig = random_twig(rng, 4, 3)
        plan = random_plan(twig, rng)
        trembles = trembles_of(twig, plan)
        if not 3 <= len(trembles) <= 6:
            continue
        game = trees.build(twig, 3)
        orders = {t: rng.randint(1, 3) for t in trembles}
        sizes = {t: Fraction(rng.randint(1, 3), rng.randint(1, 3)) for t in trembles}
        beliefs = beliefs_from(twig, plan, orders, sizes)
        assert not fault_of(game, twig, plan, beliefs)
        wide = [key for key, odds in beliefs.items() if len(odds) > 1]
        for key in wide:
            parts = [rng.choice([0, 0, 1, 2]) for _ in beliefs[key]]
            if not sum(parts):
                continue
            other = {**beliefs, key: [Fraction(part, sum(parts)) for part in parts]}
            truth = consistent_by_force(twig, plan, other)
            faults += not truth
            assert bool(fault_of(game, twig, plan, other)) != truth
    assert faults > 30


def entry_twig(rng: random.Random) -> trees.Twig:
    """The first player stays out for the most there is; where it enters, things are random."""
    out = trees.Twig(None, gain=tuple(map(Fraction, (3, 0, 0))))
    inside = random_twig(rng, 3, 3, "in 1")
    ins = [inside, random_twig(rng, 3, 3, "in 2")] if rng.random() < 0.7 else [inside]
    return trees.Twig(0, (out, *ins), None, (), "entry")


@pytest.mark.parametrize(
    ("seed", "games", "orders"),
    [(0, 25, 2), pytest.param(1982, 150, 3, marks=pytest.mark.slow)],
)
def test_profiles_are_proved_and_refuted_as_brute_force_does(
    seed: int, games: int, orders: int
) -> None:
    rng = random.Random(seed)
    verdicts: Counter[str] = Counter()
    while verdicts.total() < games:
        twig = entry_twig(rng)
        plan = random_plan(twig, rng)
        plan[()] = [Fraction(int(k == 0)) for k in range(len(twig.below))]
        trembles = trembles_of(twig, plan)
        wide = [paths for paths in infosets(twig).values() if len(paths) > 1]
        if not wide or len(trembles) > 5:
            continue
        game = trees.build(twig, 3)
        profile = Profile.mixed(game, trees.vector_of(twig, plan))
        if rng.random() < 0.9 and certify(game, profile, "spe").verdict == "refuted":
            continue
        found = certify(game, profile, "sequential")
        verdicts[found.verdict] += 1
        if found.verdict == "proved":
            check_proof(twig, plan, found)
            continue
        for values in product(range(1, orders + 1), repeat=len(trembles)):
            sized = {t: Fraction(rng.choice([1, 1, 2, 5]), rng.choice([1, 3])) for t in trembles}
            ordered = dict(zip(trembles, values, strict=True))
            beliefs = beliefs_from(twig, plan, ordered, sized)
            assert not rational(twig, plan, beliefs, 3), found.where
    assert min(verdicts["proved"], verdicts["refuted"]) > games // 6
    assert verdicts["undecided"] == 0


def check_proof(twig: trees.Twig, plan: trees.Plan, found: Certificate) -> None:
    """The beliefs of a proof are what some trembles give, and make every plan best."""
    assert found.beliefs is not None
    sets = infosets(twig)
    beliefs = {key: list(found.beliefs.at_infoset[h]) for h, key in enumerate(sets)}
    exact = {key: [Fraction(p) for p in odds] for key, odds in beliefs.items()}
    assert rational(twig, plan, exact, 3)
    assert consistent_by_force(twig, plan, exact)


@pytest.mark.parametrize("flint_from", [0, 10**9])
def test_discounts_on_the_way_weigh_beliefs_too(
    flint_from: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two nodes, the second reached after a discount of 1/4: what is gained there counts less."""
    monkeypatch.setattr("detente.certify.hidden.FLINT_FROM", flint_from)
    b = Builder(["1", "2"])
    quarter = Fraction(1, 4)
    first = b.decide("2", {"l": b.end(0, 1), "r": b.end(0, 0)}, infoset="2")
    second = b.decide("2", {"l": b.end(0, 0), "r": b.end(0, 3)}, infoset="2",
                      discount=[1, quarter])  # fmt: skip
    game = b.build(b.decide("1", {"out": b.end(1, 0), "a": first, "b": second}))
    even = {1: ["1/2", "1/2"]}
    assert sequential(game, [0, 0], even).verdict == "proved"
    found = sequential(game, [0, 1], even)
    assert (found.verdict, found.max_regret) == ("refuted", Fraction(1, 8))
    assert sequential(game, [0, 1], {1: ["3/7", "4/7"]}).verdict == "proved"
    assert replace(found, beliefs=None) == replace(sequential(game, [0, 1], even), beliefs=None)


def test_flint_and_python_numbers_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = random.Random(5)
    for _ in range(40):
        twig = entry_twig(rng)
        plan = random_plan(twig, rng)
        game = trees.build(twig, 3)
        profile = Profile.mixed(game, trees.vector_of(twig, plan))
        plain = certify(game, profile, "sequential")
        with monkeypatch.context() as patch:
            patch.setattr("detente.certify.hidden.FLINT_FROM", 0)
            fast = certify(game, profile, "sequential")
        assert replace(fast, beliefs=None) == replace(plain, beliefs=None)
        assert (fast.beliefs is None) == (plain.beliefs is None)
        if fast.beliefs is not None and plain.beliefs is not None:
            assert dict(fast.beliefs.at_infoset) == dict(plain.beliefs.at_infoset)
