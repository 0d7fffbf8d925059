"""What coalitions can secure, against a plain walk over the tree, and in the Hanoi files."""

from __future__ import annotations

import time
from collections.abc import Iterator
from fractions import Fraction
from itertools import combinations, product
from typing import Any

import pytest
from random_summits import random_summit

import detente as dt
from detente.errors import NotSupported, OutOfTime, SummitError
from detente.game.expand import expand, folded
from detente.game.tree import CHANCE, Game
from detente.show.coalitions import (
    coalition_data,
    coalition_parts,
    consent_core_data,
    consent_core_lines,
)
from detente.stability.bargaining.coalition_values import Coalitions, coalitions
from detente.stability.bargaining.consent_core import consent_core

F = Fraction


@pytest.fixture(scope="module")
def seoul() -> Any:
    return dt.load("hanoi-2019-seoul-pays")


@pytest.fixture(scope="module")
def enforcers() -> Any:
    return dt.load("hanoi-2019-erosion-players")


# ── a plain walk ───────────────────────────────────────────────────────────────────────────────


def walk(game: Game, team: frozenset[int], node: int, factors: tuple[Fraction, ...]) -> Any:
    """All vectors that pure subgame-perfect play may pay from a node on, as the root sees them."""
    own = game.discount(node) or (F(1),) * game.num_players
    factors = tuple(a * b for a, b in zip(factors, own, strict=True))
    here = tuple(a * b for a, b in zip(game.payoff(node), factors, strict=True))
    below = [walk(game, team, child, factors) for child in game.children_of(node)]
    mover = int(game.mover[node])

    def worth(vector: tuple[Fraction, ...]) -> Fraction:
        return sum((vector[i] for i in (team if mover in team else {mover})), F(0))

    found = set()
    if not below:
        found = {(F(0),) * game.num_players}
    elif mover == CHANCE:
        odds = game.infosets.probabilities(int(game.infoset[node]))
        for picked in product(*below):
            pairs = list(zip(odds, picked, strict=True))
            found.add(tuple(sum((p * v[i] for p, v in pairs), F(0)) for i in range(len(here))))
    else:
        for k, vectors in enumerate(below):
            # Every other move may be answered in the way that is worst for the mover.
            least = max(
                (min(map(worth, other)) for j, other in enumerate(below) if j != k),
                default=None,
            )
            found |= {v for v in vectors if least is None or worth(v) >= least}
    return {tuple(a + b for a, b in zip(here, v, strict=True)) for v in found}


def plainly(game: Game, members: list[str]) -> tuple[Fraction, Fraction]:
    """The least and greatest sum that a coalition gets."""
    team = frozenset(game.players.index(name) for name in members)
    vectors = walk(game, team, 0, (F(1),) * game.num_players)
    sums = [sum((v[i] for i in team), F(0)) for v in vectors]
    return min(sums), max(sums)


def small_summits(count: int, rounds: int) -> Iterator[Any]:
    """Random summits whose trees a plain walk can cover."""
    for seed in range(count):
        summit = dt.Summit.read(random_summit(seed, rounds))
        if not summit.has_secrets and summit.game.tree_size <= 3000:
            yield summit


@pytest.mark.parametrize("rounds", [1, 2])
def test_coalitions_in_random_talks(rounds: int) -> None:
    looked = tied = 0
    for summit in small_summits(14, rounds):
        found = coalitions(summit)
        for one in found.together:
            if one.exact:
                assert (one.worth, one.hoped) == plainly(summit.game, list(one.members))
                looked += 1
                tied += one.worth < one.hoped
            total = sum(one.paid[party] for party in one.members)
            assert one.worth <= total <= one.hoped
        assert found.everyone.worth == found.everyone.hoped
    assert looked > 30
    assert tied


TWO_ROUNDS = """
detente: 1
title: Fish now or later
sides: [North, South]
terms:
  fish: {by: North, levels: {none: , some: {worth: {North: -1, South: 3}}}}
  coal: {by: South, levels: {none: , some: {worth: {North: 2, South: -1}}}}
carrying_out:
  - compliance: fishing
    by: North
    breaches: {poach: {detected: 1/2}}
snap_back: {}
discount: {per_round: {North: 1/2, South: 2/3}}
protocol: {kind: alternating-offers, rounds: 3, order: [South, North]}
"""


def test_discounts_are_folded_into_payoffs() -> None:
    split = 0
    for summit in (dt.Summit.read(TWO_ROUNDS), *small_summits(12, 3)):
        game = summit.game
        flat, plain = folded(game), expand(game)
        assert flat.discounts is None
        again = expand(flat)
        assert again.num_nodes == plain.num_nodes
        for node in range(plain.num_nodes):
            assert again.payoff(node) == plain.payoff(node)
            assert again.mover[node] == plain.mover[node]
            assert again.node_label[node] == plain.node_label[node]
        assert again.tags == plain.tags
        split += flat.num_nodes > game.num_nodes
    assert split


def test_folding_has_a_limit() -> None:
    game = dt.load("hanoi-2019").game
    with pytest.raises(dt.DetenteError, match="more than 2,000 nodes"):
        folded(game, limit=2000)
    assert folded(dt.load("centipede-rosenthal-1981").game).discounts is None


# ── by consent ─────────────────────────────────────────────────────────────────────────────────


def test_coalitions_by_consent_are_the_best_they_can_sign(seoul: Any) -> None:
    found = coalitions(seoul, by="consent")
    parties = seoul.parties
    values = [seoul.values(b) for b in range(len(seoul.bundles))]
    for size in range(1, 4):
        for members in combinations(range(3), size):
            names = [parties[i] for i in members]
            options = [sum(seoul.breakdown()[i] for i in members)]
            options += [
                sum(values[b][i] for i in members)
                for b in range(len(values))
                if set(seoul.consents(b)) <= set(names)
            ]
            assert found[names].worth == max(options)


def test_seoul_is_worth_paying(seoul: Any) -> None:
    """Known from its file: all three get 6,220 M$ more than a breakdown, two of them 3,002.5."""
    found = coalitions(seoul, by="consent")
    assert found.gain == 6220
    assert found["US", "DPRK"].worth - found.game["US"] - found.game["DPRK"] == F(6005, 2)
    assert found["US", "ROK"].settles == ()
    assert not found.core.empty
    # Each of two equal partners, and a third without whom they get less than half as much.
    gains = {p: found.shapley[p] - found.game[p] for p in found.parties}
    assert gains["US"] == gains["DPRK"] > gains["ROK"] > 0


def test_payments_sum_to_nothing(seoul: Any, enforcers: Any) -> None:
    for found in (coalitions(seoul), coalitions(enforcers)):
        for shares in (found.shapley, found.nucleolus.shares):
            assert sum(found.payments(shares).values()) == 0


def test_a_bundle_that_money_would_hold(enforcers: Any) -> None:
    """Alone the sides break Kumgang for the whole of Yongbyon; together they would keep it."""
    found = coalitions(enforcers, bundle="kumgang + full + inspected")
    assert found.bundle == "kumgang + full + inspected"
    assert found["US",].broken == F(4, 5)  # the route is found with 0.8
    assert found["US", "DPRK"].broken == found.everyone.broken == 0
    assert not found.core.empty
    assert found["US", "DPRK"].does("CHN") == ("holds",)
    assert found.everyone.does("CHN") == ("erodes",)  # worth more to the North than it costs others
    paid = found.payments(found.nucleolus.shares)
    assert paid["CHN"] > 0 > paid["ROK"]
    assert "signed, kept; CHN holds; RUS erodes" in printed(found, 120)


def test_where_erosion_pays_china_only_all_together_keep_the_deal(enforcers: Any) -> None:
    """From 0.42 on China relaxes (the file's note): the sides alone then break what they signed."""
    bundle = "kumgang + partial + inspected"
    before, after = (
        coalitions(enforcers.at(eroded_share=share), bundle=bundle) for share in ("0.4", "0.5")
    )
    assert before["US",].broken == before.everyone.broken == after.everyone.broken == 0
    assert after["US",].broken == F(4, 5)
    assert before.gain < after.gain


def test_an_outsider_whose_consent_is_needed_is_not_left_out(seoul: Any) -> None:
    found = coalitions(seoul, parties=["US", "DPRK"], by="consent")
    assert found.parties == ("US", "DPRK")
    assert found.everyone.settles == ("full + inspected + declared",)


# ── the core without money ─────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", ["hanoi-2019", "hanoi-2019-seoul-pays", "ultimatum"])
def test_consent_core_by_its_definition(name: str) -> None:
    summit = dt.load(name)
    found = consent_core(summit)
    values = [dict(zip(summit.parties, summit.values(b), strict=True))
              for b in range(len(summit.bundles))]  # fmt: skip
    without = dict(zip(summit.parties, summit.breakdown(), strict=True))

    def objected(outcome: dict[str, Fraction]) -> bool:
        return any(
            all(values[b][side] > outcome[side] for side in summit.consents(b))
            for b in range(len(values))
            if summit.consents(b)
        )

    for b, objection in enumerate(found.objections):
        refused = any(without[side] > values[b][side] for side in summit.consents(b))
        assert (objection is not None) == (refused or objected(values[b]))
        if objection is not None:
            assert min(objection.gains.values()) > 0
            assert set(objection.gains) == set(objection.members)
            there = without if objection.bundle is None else values[
                summit.bundle_index(objection.bundle)
            ]  # fmt: skip
            for side, gain in objection.gains.items():
                assert there[side] - values[b][side] == gain
    assert (found.to_breakdown is not None) == objected(without)


# ── what is refused, and how it is told ────────────────────────────────────────────────────────


def test_refusals(seoul: Any) -> None:
    secret = dt.load("hanoi-2019-sincere-or-hedging")
    tree = dt.load("selten-1975-horse")
    with pytest.raises(NotSupported, match="Ask for them by consent instead"):
        coalitions(secret, by="talks")
    assert coalitions(secret).by == "consent"
    with pytest.raises(NotSupported, match="every side sees every move"):
        coalitions(tree)
    with pytest.raises(NotSupported, match="does not say whose consent"):
        coalitions(tree, by="consent")
    with pytest.raises(NotSupported, match="by talks or by consent; found 'vote'"):
        coalitions(seoul, by="vote")  # type: ignore[arg-type]
    with pytest.raises(NotSupported, match="'Japan' is none of them"):
        coalitions(seoul, parties=["US", "Japan"])
    with pytest.raises(NotSupported, match="name each once"):
        coalitions(seoul, parties=[])
    with pytest.raises(NotSupported, match="begin with the first round"):
        coalitions(seoul, round=2)
    with pytest.raises(NotSupported, match="leave the bundle out"):
        coalitions(seoul, by="consent", bundle="full")
    with pytest.raises(NotSupported, match="no bundle has a table of its own"):
        coalitions(seoul.game, bundle="full")
    with pytest.raises(SummitError, match="no term has a level 'tritium'"):
        coalitions(seoul, bundle="tritium")
    with pytest.raises(NotSupported, match="found str"):
        coalitions("hanoi-2019")
    with pytest.raises(NotSupported, match="summit file with a protocol only"):
        consent_core(tree)


def test_many_parties_are_refused_before_anything_is_solved() -> None:
    sides = ", ".join(f"S{i}" for i in range(16))
    summit = dt.Summit.read(f"""
detente: 1
title: Sixteen
sides: [{sides}]
terms: {{t: {{by: S0, levels: [none, some]}}}}
protocol: {{kind: take-it-or-leave-it, proposer: S0}}
""")
    with pytest.raises(NotSupported, match="16 parties have 65,535 coalitions"):
        coalitions(summit)
    assert coalitions(summit, parties=["S0", "S1"]).everyone.worth == 0


def test_time_runs_out(seoul: Any) -> None:
    for by in ("talks", "consent"):
        with pytest.raises(OutOfTime):
            coalitions(seoul, by=by, deadline=time.perf_counter() - 1)  # type: ignore[arg-type]
    with pytest.raises(OutOfTime):
        consent_core(seoul, deadline=time.perf_counter() - 1)


def printed(found: Coalitions, width: int = 100) -> str:
    from rich.console import Console

    out = Console(width=width, markup=False, highlight=False)
    with out.capture() as captured:
        for part in coalition_parts(found):
            out.print(part)
    return captured.get()


def test_told_in_words(seoul: Any) -> None:
    text = " ".join(printed(coalitions(seoul)).split())
    assert "each moving as one in the talks as written" in text
    assert "US 2417.5 to 2497.5 kumgang + full + inspected + programme" in text
    assert "The core is not empty; it has 3 corners" in text
    assert "Coming together can cost: US, joined by ROK, get 2180 M$ less than apart" in text
    one = printed(coalitions(seoul, parties=["US"]))
    assert "core" not in one


def test_an_empty_core_is_proved_in_words() -> None:
    """Three sides who divide a dollar, any two of whom can sign without the third."""
    summit = dt.Summit.read("""
detente: 1
title: Any two
sides: [A, B, C]
unit: M$
terms:
  to: {by: A, levels: {none: , AB: {worth: {A: 1, B: 1}}, BC: {worth: {B: 1, C: 1}},
    AC: {worth: {A: 1, C: 1}}}}
consent:
  always: []
  also:
    - {when: "to in (none, AB, AC)", sides: A}
    - {when: "to in (none, AB, BC)", sides: B}
    - {when: "to in (none, BC, AC)", sides: C}
protocol: {kind: take-it-or-leave-it, proposer: A}
""")
    found = coalitions(summit, by="consent")
    assert found.core.empty
    assert found.core.subsidy == 1
    text = " ".join(printed(found).split())
    assert "The core is empty" in text
    assert "It would take 1 M$ from outside" in text
    assert (
        "Proof: 0.5 × (A + B), 0.5 × (A + C) and 0.5 × (B + C) count every party once, and are "
        "worth 3 M$." in text
    )
    assert "the worst objection of a coalition, ≈0.6667 M$ here" in text
    # Without payments on the side each of the three pairs is content.
    assert consent_core(summit).core == ("AB", "BC", "AC")


def test_as_data(seoul: Any) -> None:
    found = coalitions(seoul)
    data = coalition_data(found)
    assert data["transferable"] is True
    assert [c["members"] for c in data["coalitions"]][2] == ["US", "DPRK"]
    assert data["coalitions"][0]["worth"] == "4835/2"
    assert data["coalitions"][0]["hoped"] == "4995/2"
    assert data["core"]["empty"] is False
    assert len(data["core"]["extreme"]) == 3
    assert data["nucleolus"]["over"] == "imputations"
    assert data["costly"] == {"coalition": ["US"], "joined_by": "ROK", "loss": "2180"}
    rows = consent_core_data(consent_core(seoul))
    assert len(rows) == len(seoul.bundles)
    assert {row["in_core"] for row in rows} == {True, False}
    assert "and 12 more" in " ".join(consent_core_lines(consent_core(seoul)))
    assert "<td>US + DPRK</td><td>3120</td>" in found._repr_html_()
    frame = found.to_frame(exact=False)
    assert frame.loc["US + DPRK", "worth"] == 3120.0
