"""The conflict graph of a summit: states, moves and preferences, against a plain reading."""

from __future__ import annotations

import json
import random
from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from plain_conflicts import Plain
from random_summits import random_summit_data

import detente as dt
from detente.errors import DetenteError, GameError, NotSupported, OutOfTime, SummitError
from detente.stability.graph import GraphAnalysis, ways_from
from detente.stability.graph.from_summit import NO_AGREEMENT, conflict_of_summit
from detente.stability.graph.lens import LENS
from detente.stability.graph.telling import told

SWAP = """
detente: 1
title: Fish for coal
sides: [North, South]
terms:
  fish:
    by: North
    levels: {none: , some: {worth: {North: -1, South: 3}}, all: {worth: {North: -4}}}
  coal: {by: South, irreversible: true, levels: {none: , some: {worth: {North: 2, South: -1}}}}
breakdown: {worth: {North: -1, South: -1/2}}
protocol: {kind: take-it-or-leave-it, proposer: South}
"""


def swap(**changes: str) -> dt.Summit:
    text = SWAP
    for old, new in changes.values():
        assert old in text
        text = text.replace(old, new)
    return dt.Summit.read(text)


def moves_of(conflict, side):
    """Pairs of names."""
    own = conflict.moves[conflict.side(side)]
    names = conflict.states
    return {
        (names[s], names[t]) for s, t in zip(own.source.tolist(), own.target.tolist(), strict=True)
    }


# ── an independent reading ─────────────────────────────────────────────────────────────────────


def plain_moves(summit, *, amend=True, gifts=False, walk_out=True):
    """Every move by asking, of each pair of states and each set of signers, whether it is one.

    States are (in force, levels); returns names → who → set of (source, target).
    """
    terms = list(summit.file.terms)
    owners = [set(summit.file.terms[t].by) & set(summit.sides) for t in terms]
    lasting = [summit.file.terms[t].lasting for t in terms]
    vectors = [tuple(bundle.terms[t] for t in terms) for bundle in summit.bundles]
    order = [list(summit.file.terms[t].levels) for t in terms]
    vectors = [
        tuple(names.index(v) for names, v in zip(order, row, strict=True)) for row in vectors
    ]
    consent = {row: set(summit.consents(i)) for i, row in enumerate(vectors)}

    def stays(row):
        return tuple(at if at and lasts[at] else 0 for at, lasts in zip(row, lasting, strict=True))

    ends = {stays(row) for row in vectors} | {(0,) * len(terms)}
    states = [(True, row) for row in vectors] + [(False, row) for row in ends]

    def lowers_what_lasts(one, other):
        return any(
            b < a and a > 0 and lasts[a] for a, b, lasts in zip(one, other, lasting, strict=True)
        )

    found: dict[frozenset[str], set] = {}
    for (here, one), (there, other) in product(states, repeat=2):
        if (here, one) == (there, other) or lowers_what_lasts(one, other):
            continue
        who = set()
        if there and (amend or not here):
            who.add(frozenset(consent[other]))
            if not consent[other]:
                who = {frozenset([side]) for side in summit.sides}
        if here and not there and walk_out and other == stays(one):
            who |= {frozenset([side]) for side in consent[one]}
        if here and there:
            changed = [k for k in range(len(terms)) if one[k] != other[k]]
            for side in summit.sides:
                if not all(side in owners[k] for k in changed):
                    continue
                more = [k for k in changed if other[k] > one[k]]
                allowed = all(owners[k] == {side} for k in more)
                if not more or (allowed and (gifts or consent[other] <= {side})):
                    who.add(frozenset([side]))
        for some in who:
            found.setdefault(some, set()).add(((here, one), (there, other)))
    return states, found


def read_moves(conflict, sides):
    """The moves of a drawn graph in the same form."""
    level = conflict.options.level.tolist()
    key = [(bool(row[0]), tuple(row[1:])) for row in level]
    found: dict[frozenset[str], set] = {}
    for mover in conflict.movers:
        pairs = zip(mover.moves.source.tolist(), mover.moves.target.tolist(), strict=True)
        if len(mover.moves):
            found[frozenset(conflict.who(mover.sides))] = {(key[s], key[t]) for s, t in pairs}
    return key, found


def random_talks(seed):
    """A small summit with terms of every kind: joint ones, irreversible levels, odd consents."""
    draw = random.Random(seed)
    sides = ["A", "B", "C"][: draw.choice([2, 2, 3])]
    lines = [
        "detente: 1",
        "title: By chance",
        f"sides: [{', '.join(sides)}]",
        "observers: [D]",
        "terms:",
    ]
    for k in range(draw.choice([2, 3])):
        by = draw.sample(sides, draw.choice([1, 1, 1, 2]))
        lines.append(f"  t{k}:")
        lines.append(f"    by: [{', '.join(by)}]")
        lines.append("    levels:")
        lines.append(f"      none{k}:")
        for name in ["low", "high"][: draw.choice([1, 2])]:
            worth = ", ".join(f"{s}: {draw.randint(-3, 3)}" for s in [*sides, "D"])
            lasts = ", irreversible: true" if draw.random() < 0.3 else ""
            lines.append(f"      {name}{k}: {{worth: {{{worth}}}{lasts}}}")
    if draw.random() < 0.5:
        lines.append("feasible: [t0 == none0 or t1 != none1]")
    always = draw.sample(sides, draw.choice([1, len(sides), len(sides)]))
    lines.append("consent:")
    lines.append(f"  always: [{', '.join(always)}]")
    lines.append(f"  also: [{{when: t0 != none0, sides: [{draw.choice(sides)}]}}]")
    lines.append(f"breakdown: {{worth: {{A: {draw.randint(-2, 1)}, B: {draw.randint(-2, 1)}}}}}")
    lines.append(f"protocol: {{kind: take-it-or-leave-it, proposer: {sides[0]}}}")
    return dt.Summit.read("\n".join(lines))


@pytest.mark.parametrize("seed", range(40))
def test_moves_are_those_that_terms_and_consent_allow(seed):
    talks = random_talks(seed)
    for choice in ({}, {"amend": False}, {"gifts": True}, {"walk_out": False}):
        conflict = conflict_of_summit(talks, **choice)
        states, wanted = plain_moves(talks, **choice)
        key, found = read_moves(conflict, talks.sides)
        assert sorted(key) == sorted(states)
        assert found == {who: pairs for who, pairs in wanted.items() if pairs}, choice


def test_the_random_talks_have_every_kind_of_move():
    kinds = set()
    for seed in range(40):
        conflict = conflict_of_summit(random_talks(seed))
        kinds |= {("joint", len(mover.sides)) for mover in conflict.joint}
        kinds |= {("kept", any("kept" in name for name in conflict.states))}
        kinds |= {("sides", conflict.num_sides)}
    assert {("joint", 2), ("joint", 3), ("kept", True), ("sides", 2), ("sides", 3)} <= kinds


@pytest.mark.parametrize("seed", range(25))
def test_verdicts_are_those_of_the_plain_definitions(seed):
    """Moves by the plain reading above, preferences from the values, stability from the page."""
    talks = random_talks(100 + seed)
    conflict = conflict_of_summit(talks)
    states, by = plain_moves(talks)
    key, _ = read_moves(conflict, talks.sides)
    place = {state: i for i, state in enumerate(key)}
    index = {side: i for i, side in enumerate(conflict.sides)}

    def table(who):
        rows = [set() for _ in states]
        for one, other in by.get(who, ()):
            rows[place[one]].add(place[other])
        return rows

    plain = Plain(
        len(index), len(states), [table(frozenset([side])) for side in conflict.sides],
        [[row[i] for row in conflict.value] for i in range(len(index))],
        {
            frozenset(index[side] for side in who): table(who)
            for who, pairs in by.items() if len(who) > 1 and pairs
        },
    )  # fmt: skip
    analysis = GraphAnalysis(conflict)
    for concept in ("nash", "gmr", "smr", "seq", "sseq"):
        wanted = [
            [plain.stable(concept, i, s) for s in range(len(states))] for i in range(len(index))
        ]
        assert analysis.stable(concept).tolist() == wanted, concept
    for concept in ("nash", "gmr", "smr", "seq"):
        for who in ([0], [0, 1], list(range(len(index)))):
            some = frozenset(who)
            found = analysis.against_coalitions.stable(concept, some).tolist()
            assert found == [plain.coalition_stable(concept, some, s) for s in range(len(states))]


@pytest.mark.parametrize("seed", range(12))
def test_any_summit_can_be_drawn(seed):
    """Values are the summit's own, of every part of the format."""
    data = random_summit_data(seed, rounds=2)
    conflict = conflict_of_summit(dt.Summit.read(json.dumps(data)))
    if data["protocol"]["kind"] == "ratification":  # a bundle in force has passed it
        data["protocol"] = data["protocol"]["talks"]
    talks = dt.Summit.read(json.dumps(data))
    order = [talks.parties.index(party) for party in conflict.parties]
    for bundle in range(len(talks.bundles)):
        values = talks.values(bundle)
        assert conflict.value[conflict.state_of(bundle)] == tuple(values[i] for i in order)
    end = conflict.value[conflict.state(NO_AGREEMENT)]
    assert end == tuple(talks.breakdown()[i] for i in order)
    for side in range(conflict.num_sides):
        for one, other in product(range(conflict.num_states), repeat=2):
            ranked = np.sign(int(conflict.payoff[side, one]) - int(conflict.payoff[side, other]))
            gain = conflict.gain(side, other, one)
            assert ranked == (gain > 0) - (gain < 0)


# ── what is signed, kept and left ──────────────────────────────────────────────────────────────


def test_a_swap_in_full():
    conflict = conflict_of_summit(swap())
    assert conflict.states == (
        "fish=none + coal=none", "coal=some", "fish=some", "fish=some + coal=some", "all",
        "all + coal=some", "no agreement", "no agreement, coal=some kept",
    )  # fmt: skip
    assert conflict.status_quo == 6
    north = moves_of(conflict, "North")
    assert ("all + coal=some", "fish=some + coal=some") in north
    assert ("fish=some", "all") not in north  # more is given by consent only
    assert ("all + coal=some", "no agreement, coal=some kept") in north
    assert ("fish=some + coal=some", "fish=some") not in moves_of(conflict, "South")  # irreversible
    (signing,) = conflict.joint
    assert len(signing.sides) == 2
    kept = conflict.state("no agreement, coal=some kept")
    assert {conflict.states[t] for t in signing.moves.after(kept)} == {
        "coal=some", "fish=some + coal=some", "all + coal=some",
    }  # fmt: skip


def test_what_is_irreversible_still_counts_without_agreement():
    conflict = conflict_of_summit(swap())
    kept, nothing = conflict.state("no agreement, coal=some kept"), conflict.state(NO_AGREEMENT)
    assert conflict.value[nothing] == (-1, Fraction(-1, 2))
    assert conflict.value[kept] == (1, Fraction(-3, 2))


def test_equilibria_of_a_swap_by_hand():
    # Coal cannot be taken back, so North keeps it and gives no fish: nothing answers that.
    analysis = dt.graph(swap())
    assert analysis.equilibria("nash") == (
        "fish=none + coal=none", "coal=some", "no agreement", "no agreement, coal=some kept",
    )  # fmt: skip
    # Where coal can be taken back, South answers with that.
    reversible = dt.graph(swap(coal=("irreversible: true, ", "")))
    assert "fish=some + coal=some" not in reversible.equilibria("nash")
    assert "fish=some + coal=some" in reversible.equilibria("seq")


def test_bundles_are_found_as_elsewhere():
    conflict = conflict_of_summit(dt.load("hanoi-2019"))
    assert conflict.states[conflict.state("Full + KUMGANG")] == "kumgang + full"
    assert conflict.state("breakdown") == conflict.state(NO_AGREEMENT) == conflict.status_quo
    with pytest.raises(SummitError, match="kumgan"):
        conflict.state("kumgan")
    with pytest.raises(GameError, match="no state"):
        conflict.state(10_000)


def test_a_bundle_may_be_called_no_agreement():
    talks = swap(name=("some: {worth: {North: -1", "no agreement: {worth: {North: -1"))
    conflict = conflict_of_summit(talks)
    assert conflict.bundle[conflict.state("no agreement")] >= 0
    assert conflict.states[conflict.status_quo] == "no agreement (talks broken down)"
    assert conflict.state("breakdown") == conflict.status_quo


def test_sides_that_can_do_nothing_are_left_out():
    conflict = conflict_of_summit(dt.load("hanoi-2019-erosion-players"))
    assert conflict.sides == ("US", "DPRK")
    assert conflict.parties == ("US", "DPRK", "CHN", "RUS", "ROK")
    assert "CHN and RUS can move nowhere here and are left out." in conflict.rules


def test_chambers_do_not_count_once_a_bundle_is_in_force():
    talks = dt.load("hanoi-2019-ratification")
    assert talks.values(0) == (-91, -195, -195)  # it may fall at home
    assert conflict_of_summit(talks).value[0] == (0, 0, 0)


def test_values_of_a_round_and_of_types():
    talks = dt.load("hanoi-2019")
    early = conflict_of_summit(talks, round=1)
    assert early.value[-2] == talks.breakdown(1) != talks.breakdown()
    secret = dt.load("hanoi-2019-sincere-or-hedging")
    side, (one, *_) = next((side, tuple(of)) for side, of in secret.types.items())
    found = conflict_of_summit(secret, types={side: one})
    assert found.value[3] == secret.values(3, None, {side: one}) != secret.values(3)
    with pytest.raises(SummitError, match="has no type"):
        conflict_of_summit(secret, types={side: "neither"})


# ── what the user may ask ──────────────────────────────────────────────────────────────────────


def test_simultaneous_stability_where_nobody_walks_out():
    with pytest.raises(NotSupported, match="changes 'agreement'"):
        dt.graph(swap()).stable("sim")
    staying = dt.graph(swap(), walk_out=False)
    assert (staying.equilibrium("nash") <= staying.equilibrium("sim")).all()


def test_gifts_need_no_consent():
    assert ("fish=some", "all") in moves_of(conflict_of_summit(swap(), gifts=True), "North")


def test_much_worse_is_a_loss_of_so_much():
    analysis = dt.graph(swap(coal=("irreversible: true, ", "")), much=1)
    here = "fish=some + coal=some"
    for side in ("North", "South"):
        assert analysis.verdict("seq", side, here).strength == "strong"
    weaker = dt.graph(swap(coal=("irreversible: true, ", "")), much="5/2")
    assert weaker.verdict("seq", "North", here).strength == "weak"
    with pytest.raises(NotSupported, match="positive amount"):
        dt.graph(swap(), much=0)


@pytest.mark.parametrize("amount", ["0", "1", "5/2"])
def test_close_values_are_not_known_to_be_ranked(amount):
    conflict = conflict_of_summit(swap(), unsure=Fraction(amount))
    for side in (0, 1):
        for one, other in product(range(conflict.num_states), repeat=2):
            close = abs(conflict.gain(side, one, other)) <= Fraction(amount)
            assert bool(conflict.is_unknown(side, one, other)) == (close and one != other)
    with pytest.raises(NotSupported, match="0 or more"):
        conflict_of_summit(swap(), unsure=Fraction(-1))


def test_options_of_a_summit_are_refused_for_a_conflict():
    conflict = conflict_of_summit(swap())
    assert dt.graph(conflict).conflict is conflict
    for given in ({"gifts": True}, {"walk_out": False}, {"much": 1}, {"round": 1}):
        with pytest.raises(NotSupported, match=f"'{next(iter(given))}' says how the graph"):
            dt.graph(conflict, **given)


def test_what_is_no_summit_is_refused():
    with pytest.raises(NotSupported, match="written out by hand"):
        dt.graph(dt.load("kydd-reassurance"))
    with pytest.raises(NotSupported, match="found Game"):
        dt.graph(dt.load("hanoi-2019").game)
    with pytest.raises(OutOfTime):
        dt.graph(dt.load("hanoi-2019"), time_limit=0)
    with pytest.raises(DetenteError, match="round"):
        dt.graph(dt.load("hanoi-2019"), round=9)


def test_too_many_moves_are_refused(monkeypatch):
    monkeypatch.setattr("detente.stability.graph.from_summit.MOST_MOVES", 100)
    with pytest.raises(NotSupported, match=r"more than .* moves"):
        dt.graph(dt.load("hanoi-2019"))


def test_signed_bundles_are_changed_by_consent_up_to_a_size(monkeypatch):
    monkeypatch.setattr("detente.stability.graph.from_summit.MOST_AMENDED", 5)
    conflict = conflict_of_summit(swap())
    assert all(conflict.bundle[s] < 0 for s in conflict.joint[0].moves.source.tolist())
    assert any("not changed by consent" in rule for rule in conflict.rules)


# ── words ──────────────────────────────────────────────────────────────────────────────────────


def test_moves_in_words():
    conflict = conflict_of_summit(dt.load("hanoi-2019"), gifts=True)

    def step(one, other, who):
        from detente.stability.graph.search import Step

        sides = frozenset(conflict.side(name) for name in who)
        return told(conflict, [Step(sides, conflict.state(one), conflict.state(other))])

    full = "kumgang + full + inspected"
    assert step("breakdown", full, ["US", "DPRK"]) == f"US and DPRK sign ‘{full}’"
    assert step(full, "kumgang", ["US", "DPRK"]) == "US and DPRK change it to ‘kumgang’"
    assert step(full, "kumgang", ["DPRK"]) == (
        "DPRK takes back full and inspected, leaving ‘kumgang’"
    )
    assert step("kumgang + full", "kumgang + partial", ["DPRK"]) == (
        "DPRK goes back from full to partial, leaving ‘kumgang + partial’"
    )
    assert step("kumgang", full, ["DPRK"]) == f"DPRK adds full and inspected, leaving ‘{full}’"
    assert step(full, "breakdown", ["US"]) == "US walks out, leaving no agreement"


def test_a_verdict_in_words():
    analysis = dt.graph(dt.load("hanoi-2019"))
    assert str(analysis.verdict("seq", "US", "kumgang + full")) == (
        "‘kumgang + full’ is SEQ stable for US: if US takes back kumgang, leaving ‘full’, then "
        "DPRK takes back full, leaving an agreement that concedes nothing, and US is 2137.5 M$ "
        "worse off."
    )
    assert str(analysis.verdict("nash", "US", "kumgang + full")) == (
        "‘kumgang + full’ is not Nash stable for US: US takes back kumgang, leaving ‘full’, and "
        "gains 987.5 M$."
    )
    both = frozenset([0, 1])
    assert str(analysis.coalition_verdict("nash", both, "no agreement")) == (
        "No agreement is not coalitional Nash stable for US and DPRK: US and DPRK sign an "
        "agreement that concedes nothing, and US gains 140 M$ and DPRK gains 300 M$."
    )


def test_every_gain_and_loss_told_is_so():
    """The witness of each verdict of a real summit, in the numbers of the table."""
    analysis = dt.graph(dt.load("hanoi-2019"))
    conflict = analysis.conflict
    for concept in ("nash", "gmr", "smr", "seq", "sseq"):
        for side in range(2):
            for state in range(conflict.num_states):
                verdict = analysis.verdict(concept, side, state)
                if verdict.breach:
                    assert conflict.gain(side, state, verdict.breach[-1].target) > 0
                for answer in verdict.answers:
                    assert conflict.gain(side, state, answer.end) <= 0


def test_the_way_from_no_agreement():
    conflict = conflict_of_summit(dt.load("hanoi-2019"), amend=False)
    ways = ways_from(conflict, NO_AGREEMENT, improving=True)
    assert told(conflict, ways.path("kumgang + full")) == "US and DPRK sign ‘kumgang + full’"
    # Who has just signed does not move again, so that none takes back what it signed.
    assert ways.path("full") is None
    (signing,) = ways_from(conflict, NO_AGREEMENT).path("full")
    assert len(signing.sides) == 2


# ── the lens ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", ["hanoi-2019", "hanoi-2019-seoul-mediates", "ultimatum"])
def test_the_lens_says_what_the_graph_says(name):
    talks = dt.load(name)
    analysis = dt.graph(talks)
    seq, gmr = analysis.equilibria("seq"), analysis.equilibria("gmr")
    sights = list(LENS.look(talks, range(len(talks.bundles)), None))
    for bundle, sight in zip(talks.bundles, sights, strict=True):
        assert sight.holds == (bundle.name in seq)
        assert sight.word.startswith("leaves") == (bundle.name not in gmr)
        assert sight.text.endswith(".")
        assert sight.text[0].isupper()
    assert LENS.refusal(talks) is None
    assert 0 < LENS.cost(talks, 1) < 10


def test_the_lens_looks_at_the_bundles_asked():
    talks = dt.load("hanoi-2019")
    all_of = list(LENS.look(talks, range(75), None))
    some = list(LENS.look(talks, [30, 3], None))
    assert [one.text for one in some] == [all_of[30].text, all_of[3].text]
    with pytest.raises(OutOfTime):
        next(LENS.look(talks, [0], 0.0))
    assert "written out by hand" in LENS.refusal(dt.load("kydd-reassurance"))


def test_answers_that_hurt_their_author_do_not_count_for_the_lens():
    talks = dt.load("hanoi-2019")
    (sight,) = LENS.look(talks, [talks.bundle_index("dismantled + inspected")], None)
    assert (sight.holds, sight.word) == (False, "SMR only")
    assert sight.text.startswith("Only at a cost to those who answer: if DPRK takes back inspected")
