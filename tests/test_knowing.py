"""What it is worth to learn a parameter, against nature drawing it first, hidden from all."""

from __future__ import annotations

import json
import math
import random
import re
from fractions import Fraction

import pytest
from random_summits import random_summit_data

import detente as dt
from detente.game.tree import CHANCE
from detente.summit.summit import Summit

GAMBLE = """
detente: 1
title: A gamble
sides: [A, B]
parameters: {x: {value: 0, range: [-1, 1], source: chosenDIST}}
terms:
  deal: {by: B, levels: {none: , some: {worth: {A: x, B: 1}}}}
consent: [A, B]
protocol: {kind: take-it-or-leave-it, proposer: B}
"""


def learnt(found, where=""):
    return {(e.parameter, e.to, e.party): e for e in found.parameters if e.where == where}


def test_a_gamble_in_closed_form():
    """Known to A it refuses what is below zero: the mean of the positive part, 1/4."""
    found = dt.worth(Summit.read(GAMBLE.replace("DIST", "")), parameters=["x"], bundles=["some"])
    for where in ("", "some"):
        entries = learnt(found, where)
        quarter = (Fraction(1, 4),) * 2
        assert entries["x", "", "A"].known == entries["x", "A", "A"].known == quarter
        assert entries["x", "A", "A"].unknown == (0, 0)
        assert entries["x", "A", "A"].error is None
        assert entries["x", "", "B"].known == (Fraction(1, 2),) * 2


def test_triangular_in_closed_form():
    """Of x symmetric and triangular, E max(x + c, 0) = c + (1 - c)³/6."""
    text = GAMBLE.replace("DIST", ", distribution: triangular").replace("A: x,", "A: x + 1/10,")
    each = learnt(dt.worth(Summit.read(text), parameters="x"))["x", "A", "A"]
    assert each.error is None
    assert each.known == (Fraction(443, 2000),) * 2
    assert each.unknown == (Fraction(1, 10),) * 2


def positive_part(density, low, high):
    """E max(x + 1/10, 0), by other software."""
    from scipy.integrate import quad

    total = quad(density, low, high)[0]
    return quad(lambda x: (x + 0.1) * density(x), -0.1, high)[0] / total


@pytest.mark.parametrize(
    ("given", "density", "ends"),
    [
        (", range: [-1, 1], distribution: {kind: beta, a: 2, b: 3}",
         lambda x: (1 + x) * (1 - x) ** 2, (-1, 1)),
        (", range: [-1, 1], distribution: {kind: normal, sd: 1}",
         lambda x: math.exp(-x * x / 2), (-1, 1)),
        (", distribution: {kind: normal, sd: 1}", lambda x: math.exp(-x * x / 2), (-9, 9)),
    ],
)  # fmt: skip
def test_what_does_not_integrate_exactly_is_drawn_with_an_error(given, density, ends):
    text = GAMBLE.replace(", range: [-1, 1], source: chosenDIST", given)
    text = text.replace("A: x,", "A: x + 1/10,")
    each = learnt(dt.worth(Summit.read(text), parameters="all"))["x", "", "A"]
    assert each.error is not None
    assert 0 < each.error < 2e-3
    assert abs(float(each.known[0]) - positive_part(density, *ends)) < 1e-3


def test_a_chance_that_is_not_known_has_its_mean():
    text = (
        GAMBLE.replace("DIST", "")
        .replace("A: x, B: 1", "A: 1, B: 1")
        .replace(
            "consent: [A, B]",
            "consent: [A, B]\ncarrying_out:\n  - chance: luck\n    outcomes:\n"
            "      good: (1 + x) / 2\n      bad: {probability: (1 - x) / 2, worth: {A: -2}}",
        )
    )
    entries = learnt(dt.worth(Summit.read(text), parameters=["x"]))
    assert entries["x", "A", "A"].known == (Fraction(1, 4),) * 2  # the positive part of x again


# ── parameters that are drawn together ─────────────────────────────────────────────────────────


class Nature:
    """Nature draws a case first and shows it to nobody: a walk over histories and their odds.

    Everything is counted as nature's odds of history and case times what it is worth, so that
    nothing is ever divided; all moves of equal worth are kept.
    """

    def __init__(self, games, odds):
        self.games, self.odds = games, tuple(odds)
        self.cases, self.players = range(len(games)), range(games[0].num_players)
        self.undiscounted = tuple((Fraction(1),) * len(self.players) for _ in self.cases)

    def payoffs(self, cases=None):
        """Least and greatest of each player, where the case is known to be one of these."""
        odds = tuple(
            p if cases is None or k in cases else Fraction(0) for k, p in enumerate(self.odds)
        )
        found = self._all(0, odds, self.undiscounted)
        return [(min(v[i] for v in found), max(v[i] for v in found)) for i in self.players]

    def in_secret(self, player, groups):
        """What the first best moves bring a player, and what its best does in each group."""
        before = self._first(0, self.odds, self.undiscounted)[0][player]
        after = Fraction(0)
        for group in groups:
            mine = tuple(p if k in group else Fraction(0) for k, p in enumerate(self.odds))
            after += self._best(0, self.odds, self.undiscounted, mine, player)
        return before, after

    def _step(self, node, odds, discount):
        factors = [game.discount(node) for game in self.games]
        discount = tuple(
            tuple(discount[k][i] * (factors[k][i] if factors[k] else 1) for i in self.players)
            for k in self.cases
        )
        gain = tuple(
            sum(odds[k] * discount[k][i] * self.games[k].payoff(node)[i] for k in self.cases)
            for i in self.players
        )
        return discount, gain, self.games[0].children_of(node), int(self.games[0].mover[node])

    def _after(self, node, odds, move):
        sets = [game.infosets for game in self.games]
        where = int(self.games[0].infoset[node])
        return tuple(odds[k] * sets[k].probabilities(where)[move] for k in self.cases)

    def _all(self, node, odds, discount):
        discount, gain, children, mover = self._step(node, odds, discount)
        zero = (Fraction(0),) * len(self.players)
        if not children or not any(odds):
            return {gain}
        if mover == CHANCE:
            found = {zero}
            for i, child in enumerate(children):
                after = self._all(child, self._after(node, odds, i), discount)
                found = {plus(one, other) for one in found for other in after}
        else:
            after = [self._all(child, odds, discount) for child in children]
            bars = [min(v[mover] for v in vectors) for vectors in after]
            found = {
                v
                for i, vectors in enumerate(after)
                for v in vectors
                if all(v[mover] >= bar for k, bar in enumerate(bars) if k != i)
            }
        return {plus(v, gain) for v in found}

    def _first(self, node, odds, discount):
        discount, gain, children, mover = self._step(node, odds, discount)
        found, choice = (Fraction(0),) * len(self.players), -1
        if children and mover == CHANCE:
            for i, child in enumerate(children):
                found = plus(found, self._first(child, self._after(node, odds, i), discount)[0])
        elif children:
            after = [self._first(child, odds, discount)[0] for child in children]
            choice = max(range(len(after)), key=lambda i: after[i][mover])
            found = after[choice]
        return plus(found, gain), choice

    def _best(self, node, odds, discount, mine, player):
        """What a player gets in the cases that are `mine`; the others only know of `odds`."""
        after, _, children, mover = self._step(node, odds, discount)
        gain = self._step(node, mine, discount)[1][player]
        if not children:
            return gain
        if mover == CHANCE:
            return gain + sum(
                self._best(
                    child, self._after(node, odds, i), after, self._after(node, mine, i), player
                )
                for i, child in enumerate(children)
            )
        if mover != player:
            choice = self._first(node, odds, discount)[1]
            children = [children[choice]]
        return gain + max(self._best(c, odds, after, mine, player) for c in children)


def plus(one, other):
    return tuple(a + b for a, b in zip(one, other, strict=True))


def with_scenarios(seed):
    """A random summit whose numbers come in scenarios; chances and discounts hang on them too."""
    rng = random.Random(seed)
    while True:
        data = random_summit_data(rng.randrange(10**6), rounds=1)
        data["parameters"] = {"a": "1", "b": {"value": "3/2", "range": ["1", "2"]}}
        rows = [
            {"a": rng.choice(["0", "1/2", "1", "2"]), "b": rng.choice(["1", "5/4", "2"])}
            for _ in range(rng.choice([2, 3]))
        ]
        weights = ["1/2", "1/2"] if len(rows) == 2 else ["1/2", "1/3", "1/6"]
        scenarios = [{"weight": w, "values": row} for w, row in zip(weights, rows, strict=True)]
        data["joint"] = [{"of": ["a", "b"], "scenarios": scenarios}]
        if data["discount"].get("per_round"):
            data["discount"]["per_round"] = {data["sides"][1]: "a / 4 + 1/4"}
        try:
            summit = Summit.read(json.dumps(data))
        except dt.DetenteError:
            continue
        if summit.game.num_nodes <= 400:
            return summit, [Fraction(w) for w in weights], rows


@pytest.mark.parametrize(
    "seed", [*range(6), *(pytest.param(k, marks=pytest.mark.slow) for k in range(6, 60))]
)
def test_scenarios_against_nature_that_hides_what_it_drew(seed):
    summit, odds, rows = with_scenarios(seed)
    found = dt.worth(summit, parameters=["a", "b"], bundles=[])
    games = [summit.game.at(**{k: Fraction(v) for k, v in row.items()}) for row in rows]
    nature, entries = Nature(games, odds), learnt(found)
    unknown = nature.payoffs()
    for name in ("a", "b"):
        groups = [
            [k for k, row in enumerate(rows) if row[name] == value]
            for value in dict.fromkeys(row[name] for row in rows)
        ]
        known = [nature.payoffs(group) for group in groups]
        for i, party in enumerate(games[0].players):
            each = entries[name, "", party]
            assert each.unknown == unknown[i]
            assert each.known == tuple(sum(row[i][k] for row in known) for k in (0, 1))
            secret = entries.get((name, party, party))
            if secret is not None:
                before, after = nature.in_secret(i, groups)
                assert (*secret.unknown, *secret.known) == (before, before, after, after)
                assert after >= before


def test_a_discount_that_counts_twice_has_its_square_averaged():
    """Two rounds of waiting cost d²: with d 1/2 or 1 that is worth 5/8 of 1, not 9/16."""
    text = """
detente: 1
title: Waiting
sides: [A, B]
parameters: {d: {value: 3/4, range: [1/2, 1], distribution: uniform}}
terms: {deal: {by: B, levels: {none: , some: {worth: {A: 1, B: 1}}}}}
breakdown: {worth: {A: 12}}
discount: {per_round: {A: d}}
protocol: {kind: alternating-offers, rounds: 3, order: [B], offers: {B: deal == none}}
consent: [A]
"""
    entries = learnt(dt.worth(Summit.read(text), parameters="d", bundles=[]))
    assert entries["d", "", "A"].unknown == (7,) * 2  # 12 E d² = 12 · 7/12
    rows = "{weight: 1/2, values: {d: 1/2}}, {weight: 1/2, values: {d: 1}}"
    pair = f"joint: [{{of: [d], scenarios: [{rows}]}}]"
    entries = learnt(dt.worth(Summit.read(text + pair), parameters="d", bundles=[]))
    assert entries["d", "", "A"].unknown == (Fraction(15, 2),) * 2


def test_what_chance_tells_is_acted_on():
    """Whether the first legal route is found tells of the second: p is 0 or 1, both or neither.

    A delivers (at a cost of 1 against 3) after a first success only, so that nobody's knowing p
    brings as much as everybody's knowing it; with p the same throughout, 1/2, it would deliver
    blindly.
    """
    text = """
detente: 1
title: Two routes
sides: [A, B]
parameters: {p: {value: 1/2, range: [0, 1]}}
terms: {deal: {by: B, levels: {none: , some: {worth: {B: 1}}}}}
consent: [B]
protocol: {kind: take-it-or-leave-it, proposer: B, offers: deal == some}
carrying_out:
  - {chance: first, outcomes: {found: p, blocked: 1 - p}}
  - {choice: invest, by: A, options: {no: , yes: {worth: {A: -1}}}}
  - chance: second
    when: invest == yes
    outcomes: {found: {probability: p, worth: {A: 3}}, blocked: 1 - p}
joint: [{of: [p], scenarios: [{weight: 1/2, values: {p: 0}}, {weight: 1/2, values: {p: 1}}]}]
"""
    entries = learnt(dt.worth(Summit.read(text), parameters="p", bundles=["some"]), "some")
    assert entries["p", "", "A"].unknown == entries["p", "", "A"].known == (1, 1)
    flat = text[: text.index("joint:")]
    each = learnt(dt.worth(Summit.read(flat), parameters="p", bundles=["some"]), "some")[
        "p", "A", "A"
    ]
    # Uniform: found first has p = 2/3 on average: 1/2 · (3 · 2/3 - 1); blocked first, 1/3: nothing.
    assert each.unknown == (Fraction(1, 2),) * 2
    assert each.known == (Fraction(2, 3),) * 2  # the integral of 3 p - 1 from 1/3 to 1


@pytest.mark.parametrize("ranks", ["1/2", "-1", "0.2"])
def test_correlated_parameters_are_drawn_given_the_one_that_is_learnt(ranks):
    """Of two standard normal quantities y has the mean r x given x; A gets y + 1/10 of the deal.

    So learning x is worth what E max(r x + c, 0) = c Φ(c / r) + r φ(c / r) has beyond c.
    """
    normal = "{value: 0, distribution: {kind: normal, sd: 1}}"
    given = f"parameters: {{x: {normal}, y: {normal}}}"
    text = re.sub("parameters: .*", given, GAMBLE).replace("A: x,", "A: y + 1/10,")
    text += f"correlations: [{{between: [x, y], value: {ranks}}}]\n"
    found = dt.worth(Summit.read(text), parameters=["x"], bundles=["some"])
    each = learnt(found, "some")["x", "A", "A"]
    rank = float(Fraction(ranks))
    r = abs(rank) if abs(rank) == 1 else 2 * math.sin(math.pi * rank / 6)
    level = 0.1 / r
    share, density = (1 + math.erf(level / 2**0.5)) / 2, math.exp(-level * level / 2) / 2.5066283
    assert each.together == ("y",)
    assert each.error is not None
    assert each.error < 0.05
    assert abs(float(each.known[0]) - (0.1 * share + r * density)) < 0.01
    assert abs(float(each.unknown[0]) - 0.1) < 0.01


def test_a_parameter_that_changes_no_move_is_worth_nothing_even_on_a_tie():
    """B is indifferent; A gets 0 or 1 + x by what B does, whether x is known or not."""
    text = GAMBLE.replace("DIST", "").replace("A: x, B: 1", "A: 2 + x, B: 0")
    entries = learnt(dt.worth(Summit.read(text), parameters="x", bundles=[]))
    assert entries["x", "", "A"].unknown == entries["x", "", "A"].known == (0, 2)
    assert entries["x", "", "A"].gain == (0, 0)


@pytest.mark.parametrize("seed", range(8))
def test_who_decides_alone_never_loses_by_knowing(seed):
    """One side, a chance that hangs on x too: known openly or in secret is then the same."""
    rng = random.Random(seed)
    levels = {"none": None} | {
        f"l{k}": {
            "worth": {
                "A": f"{rng.randint(-3, 3)} + {rng.randint(-4, 4)} * x * ({rng.randint(-1, 2)} - x)"
            }
        }
        for k in range(3)
    }
    data = {
        "detente": 1,
        "title": "Alone",
        "sides": ["A"],
        "observers": ["B"],
        "parameters": {"x": {"value": "1/2", "range": [0, 1]}},
        "terms": {"deal": {"by": "A", "levels": levels}},
        "protocol": {"kind": "take-it-or-leave-it", "proposer": "A"},
        "carrying_out": [
            {"chance": "luck", "outcomes": {"good": "x", "bad": {"probability": "1 - x",
             "worth": {"A": str(rng.randint(-3, 3)), "B": "x"}}}},
            {"choice": "after", "by": "A",
             "options": {"rest": None, "act": {"worth": {"A": f"{rng.randint(1, 4)} * x - 1"}}}},
        ],
    }  # fmt: skip
    entries = learnt(dt.worth(Summit.read(json.dumps(data)), parameters="x", bundles=[]))
    openly, secret = entries["x", "", "A"], entries["x", "A", "A"]
    assert openly.gain == secret.gain
    assert openly.gain[0] == openly.gain[1] >= 0
    assert openly.error is None


def test_what_nobody_knows_is_averaged_over_all_draws_and_jumps_have_an_error():
    """x is N(1/2, 0.3²), y uniform from 0 to 1: x + 1.33 y - 1.16 is 0.005 on average: A agrees.

    Where x is known A agrees at half of its values, at which B gets 1.
    """
    x = "x: {value: 1/2, distribution: {kind: normal, sd: 0.3}}"
    given = f"parameters: {{{x}, y: {{value: 1/2, range: [0, 1], distribution: uniform}}}}"
    text = re.sub("parameters: .*", given, GAMBLE).replace("A: x,", "A: x + 1.33 * y - 1.16,")
    text += "correlations: [{between: [x, y], value: 0.87}]\n"
    entries = learnt(dt.worth(Summit.read(text), parameters=["x"], bundles=["some"]), "some")
    assert abs(float(entries["x", "A", "A"].unknown[0]) - 0.005) < 0.002
    for party, gain in (("A", 0.25935), ("B", -0.49725)):
        each = entries["x", "", party]
        assert each.error is not None
        assert abs(float(each.gain[0]) - gain) < each.error < 0.05
