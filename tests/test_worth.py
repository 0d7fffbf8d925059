"""What inspections and commitments are worth, against plain re-solving at many values."""

from __future__ import annotations

import json
import re
from fractions import Fraction
from itertools import pairwise, product
from pathlib import Path

import pytest

import detente as dt
from detente.cli import run
from detente.game.tree import CHANCE
from detente.stability.following.union import Interval
from detente.stability.play import Play
from detente.stability.robustness.worths.committing import commitments
from detente.stability.robustness.worths.inspecting import inspected
from detente.stability.robustness.worths.payoffs import curves, paid, stretches
from detente.stability.robustness.worths.revealing import Revelation, split
from detente.stability.robustness.worths.under_beliefs import expected
from detente.summit.summit import Summit
from detente.summit.variants import with_detection

BUNDLE = "civilian + full + inspected"
SWAP = """
detente: 1
title: Fish for coal
sides: [North, South]
terms:
  fish: {by: North, levels: {none: , some: {worth: {North: {per_year: -1}, South: {per_year: 3}}}}}
  coal: {by: South, levels: {none: , some: {worth: {North: {per_year: 2}, South: {per_year: -1}}}}}
horizon: 1
protocol: {kind: alternating-offers, rounds: 2, order: [North, South]}
carrying_out:
  - {compliance: payment, by: South, breaches: {cheat: {undoes: coal, detected: 2/3}}}
  - {compliance: delivery, by: North, breaches: {keep: {undoes: fish, detected: 1/3}}}
snap_back: {worth: {North: -1/2}}
"""


def plain_payoffs(game, node=0, hopeless=lambda game, node, move: False):
    """All vectors that pure subgame-perfect equilibria pay, by trying every combination."""
    known = {}
    for v in range(game.num_nodes - 1, node - 1, -1):
        children = game.children_of(v)
        rows = [known[c] for c in children]
        if not children:
            found = {(Fraction(0),) * game.num_players}
        elif game.mover[v] < 0:
            odds = game.infosets.probabilities(int(game.infoset[v]))
            found = {
                tuple(
                    sum(p * r[i] for p, r in zip(odds, mix, strict=True))
                    for i in range(game.num_players)
                )
                for mix in product(*rows)
            }
        else:
            mover, found = int(game.mover[v]), set()
            actions = game.infosets.actions(int(game.infoset[v]))
            allowed = [k for k, move in enumerate(actions) if not hopeless(game, v, move)]
            allowed = allowed or list(range(len(children)))
            for mix in product(*rows):
                best = max(mix[k][mover] for k in allowed)
                found |= {mix[k] for k in allowed if mix[k][mover] == best}
        gain, factor = game.payoff(v), game.discount(v) or (1,) * game.num_players
        known[v] = {
            tuple((x + g) * f for x, g, f in zip(row, gain, factor, strict=True)) for row in found
        }
    return known[node]


def ends(vectors, player):
    column = [row[player] for row in vectors]
    return min(column), max(column)


def swap():
    return Summit.read(SWAP)


@pytest.mark.parametrize("side", ["North", "South"])
def test_curves_equal_plain_re_solving_at_and_around_every_end(side):
    summit = swap()
    freed, name = with_detection(summit, side)
    found = curves(freed.game, name, Interval(Fraction(0), Fraction(1)))
    values = {Fraction(k, 12) for k in range(13)}
    for curve in found.values():
        for piece in curve.pieces:
            for end in (piece.interval.low, piece.interval.high):
                values |= {end, end + Fraction(1, 10**9), end - Fraction(1, 10**9)}
    for x in sorted(v for v in values if 0 <= v <= 1):
        vectors = plain_payoffs(freed.at(**{name: x}).game)
        for i, party in enumerate(freed.game.players):
            assert found[party].at(x) == ends(vectors, i), (side, x, party)
    assert any(len(curve.pieces) > 1 for curve in found.values()) == (side == "North")


@pytest.mark.parametrize(
    "bundle", [BUNDLE, "all + dismantled + inspected + declared", "kumgang + partial"]
)
def test_hanoi_bundles_along_detection(bundle):
    summit = dt.load("hanoi-2019")
    freed, name = with_detection(summit, "DPRK")
    left = {}
    found = [
        e for e in inspected(summit, "DPRK", [summit.bundle_index(bundle)], left=left) if e.where
    ]
    assert not left
    assert [e.party for e in found] == ["US", "DPRK", "ROK"]
    for k in range(41):
        game = freed.at(**{name: Fraction(k, 40)}).table(freed.bundle_index(bundle))
        node = game.tagged(dt.Role.SIGNED, freed.bundle_index(bundle))[0]
        vectors = plain_payoffs(game, node)
        for i, each in enumerate(found):
            assert each.curve.at(Fraction(k, 40)) == ends(vectors, i), (bundle, k, each.party)
    table = summit.table(summit.bundle_index(bundle))
    node = table.tagged(dt.Role.SIGNED, summit.bundle_index(bundle))[0]
    vectors = plain_payoffs(table, node)
    assert [e.file for e in found] == [ends(vectors, i) for i in range(3)]


def test_pieces_cover_the_interval_and_neighbours_differ():
    summit = dt.load("hanoi-2019")
    for each in inspected(summit, "DPRK", [summit.bundle_index(BUNDLE)], left={}):
        pieces = each.curve.pieces
        assert pieces[0].interval.low == 0
        assert pieces[-1].interval.high == 1
        for one, other in pairwise(pieces):
            assert one.interval.high == other.interval.low
            assert one.interval.high_closed != other.interval.low_closed
            assert (one.least, one.greatest) != (other.least, other.greatest)
        assert all(not i.is_point for i in stretches([each.curve]))


def test_what_a_party_gets_with_inspections_is_theirs_against_none():
    found = dt.worth(dt.load("hanoi-2019"), bundles=[BUNDLE])
    there = {(e.inspected, e.where, e.party): e for e in found.inspections}
    us = there["DPRK", BUNDLE, "US"]
    assert (us.none, us.perfect, us.file) == ((-20, -20), (519, 519), (519, 519))
    assert us.gain() == (539, 539)
    assert us.gain(Fraction(1, 10)) == (
        -8,
        -8,
    )  # a breach that is seen ends the deal, and is not deterred
    assert there["US", BUNDLE, "DPRK"].curve.is_constant


def test_commitments_equal_re_solving_with_the_move_hopeless():
    text = SWAP.replace(
        "breaches: {keep: {undoes: fish, detected: 1/3}}",
        "breaches: {keep: {undoes: fish, detected: 1/3, worth: {North: -1000000}}}",
    )
    hopeless = Summit.read(text)
    found = [
        c for c in dt.worth(swap()).commitments if c.commitment.text.startswith("North complies")
    ]
    talks = {c.party: c for c in found if not c.where}
    vectors, before = plain_payoffs(hopeless.game), plain_payoffs(swap().game)
    for i, party in enumerate(["North", "South"]):
        assert talks[party].bound == ends(vectors, i)
        assert talks[party].without == ends(before, i)
        assert talks[party].gain == (
            ends(vectors, i)[0] - ends(before, i)[1], ends(vectors, i)[1] - ends(before, i)[0]
        )  # fmt: skip
    assert talks["North"].gain != (0, 0)  # only bound can it sell what it promises


def given_up(commitment):
    return lambda game, node, move: (
        game.players[int(game.mover[node])] == commitment.side and move in commitment.moves
    )


@pytest.mark.parametrize("name", ["hanoi-2019", "swap"])
def test_every_commitment_against_a_walk_without_its_moves(name):
    summit = swap() if name == "swap" else dt.load(name)
    bundles = [BUNDLE] if name != "swap" else None
    found = dt.worth(summit, bundles=bundles)
    assert len({c.commitment for c in found.commitments}) == len(commitments(summit))
    for each in found.commitments:
        if not each.where and name != "swap":
            continue  # too many combinations for the plain walk
        if each.where:
            index = summit.bundle_index(each.where)
            game = summit.table(index)
            node = game.tagged(dt.Role.SIGNED, index)[0]
        else:
            game, node = summit.game, 0
        vectors = plain_payoffs(game, node, given_up(each.commitment))
        assert each.bound == ends(vectors, game.players.index(each.party)), each


def test_known_worth_of_the_threat_to_snap_back():
    found = dt.worth(dt.load("hanoi-2019"), bundles=[BUNDLE])
    never = {
        c.party: c.gain
        for c in found.commitments
        if c.where and c.commitment.text == "US never snaps back"
    }
    assert never == {"US": (-683, -683), "DPRK": (-11105, -11105), "ROK": (-1296, -1296)}


def test_paid_has_all_equilibria_of_a_tie():
    builder = dt.Builder(["A", "B"])
    one, two = builder.end([1, 0]), builder.end([1, 5])
    game = builder.build(builder.decide("A", {"l": one, "r": two}))
    assert paid(game) == {"A": (1, 1), "B": (0, 5)}


def test_a_tree_by_hand_has_no_breaches_that_inspections_could_see():
    found = dt.worth(dt.load("tie-that-matters"))
    assert found.inspections == found.commitments == ()
    assert set(found.left) == {"inspections", "commitments"}


# ── types ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("prior", ["0.1", "0.3", "0.9"])
def test_fearon_knowing_resolve_is_worth_the_war_and_the_rent(prior):
    """Fearon 1995: one who knows the defender's cost asks each type for all that it yields."""
    found = dt.worth(dt.load("fearon-1995-private-resolve").at(resolute=prior))
    p = Fraction(prior)
    asks_high = p < Fraction(2, 5)  # (9/10 - 7/10) / (9/10 - 2/5)
    talks = {each.party: each for each in found.types if not each.where}
    known = p * Fraction(7, 10) + (1 - p) * Fraction(9, 10)
    # Asking for 9/10 risks war (2/5 of the pie to the challenger) with the resolute.
    high = p * Fraction(2, 5) + (1 - p) * Fraction(9, 10)
    low = Fraction(7, 10)
    assert talks["A"].known == (known, known)
    assert talks["A"].prior == (max(high, low),) * 2
    assert talks["A"].gain == (known - max(high, low),) * 2
    assert asks_high == (high > low)


def test_types_known_to_all_against_certain_priors():
    summit = dt.load("fearon-1995-private-resolve")
    found = {e.party: e for e in dt.worth(summit).types if not e.where}
    for i, party in enumerate(["A", "B"]):
        expected = Fraction(0)
        for value, weight in ((1, Fraction(3, 10)), (0, Fraction(7, 10))):
            certain = summit.at(resolute=value)
            result = dt.solve(certain.game, concept="sequential", all=True)
            worths = {Play(e).values[0][i] for e in result.equilibria}
            assert len(worths) == 1
            expected += weight * worths.pop()
        assert found[party].known == (expected, expected)


def test_a_side_that_knows_more_splits_only_its_own_sets():
    summit = dt.load("fearon-1995-private-resolve")
    hidden = summit.hidden(summit.game)
    own = split(hidden, Revelation(("B",), ("B",), False))
    assert len(own.infosets) == len(summit.game.infosets)  # it knew its own type
    other = split(hidden, Revelation(("B",), ("A",), False))
    assert len(other.infosets) == len(summit.game.infosets) + 1
    assert len(other.tags) == len(summit.game.tags)


def test_types_on_the_command_line(capsys):
    assert run(["worth", "fearon-1995-private-resolve"]) == 0
    text = capsys.readouterr().out
    assert "the type of B, to all" in text
    assert "+0.09" in text
    assert run(["worth", "fearon-1995-private-resolve", "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert [e["gain"] for e in data["types"] if e["bundle"] is None] == [
        ["9/100", "9/100"],
        ["3/200", "3/200"],
    ]


# ── parameters ─────────────────────────────────────────────────────────────────────────────────


def learnt(found, where=""):
    return {(e.parameter, e.to, e.party): e for e in found.parameters if e.where == where}


@pytest.mark.parametrize("name", ["pressure", "us_value_per_weapon", "humiliation"])
def test_hanoi_known_to_all_against_a_grid(name):
    """Payoffs of the table at the middles of many cells, averaged; unknown: at the mean."""
    summit = dt.load("hanoi-2019")
    index = summit.bundle_index(BUNDLE)
    found = learnt(dt.worth(summit, parameters=[name], bundles=[BUNDLE]), BUNDLE)
    spec = summit.document.scope.parameters[name]
    low, high = spec.low, spec.high
    table, cells = summit.table(index), 400
    sums = [[Fraction(0), Fraction(0)] for _ in table.players]
    seen = []
    for k in range(cells):
        at = table.at(**{name: low + (high - low) * Fraction(2 * k + 1, 2 * cells)})
        vectors = plain_payoffs(at)
        seen += [x for row in vectors for x in row]
        for i, total in enumerate(sums):
            least, most = ends(vectors, i)
            total[0] += least / cells
            total[1] += most / cells
    middle = plain_payoffs(table.at(**{name: (low + high) / 2}))
    for i, party in enumerate(table.players):
        each = found[name, "", party]
        for mine, theirs in zip(each.known, sums[i], strict=True):
            assert abs(mine - theirs) < 2 * (max(seen) - min(seen)) / cells  # two jumps at most
        assert each.unknown == ends(middle, i)  # payoffs are linear in each of these


def test_a_secret_hurts_nobody_who_has_it_and_is_its_best_answer():
    summit = dt.load("hanoi-2019")
    names = ["pressure", "us_value_per_weapon", "dprk_value_per_weapon", "kumgang_route", "crisis"]
    found = dt.worth(summit, parameters=names, bundles=[BUNDLE])
    secret = [e for e in found.parameters if e.to]
    assert {e.to for e in secret} == {"US", "DPRK"}
    assert all(e.to == e.party and e.gain[0] >= 0 and e.gain[0] == e.gain[1] for e in secret)
    assert any(e.gain[0] > 0 for e in secret)
    # At the table only the United States' own answer matters: it refuses where it would lose.
    entries = learnt(found, BUNDLE)
    assert entries["pressure", "US", "US"].gain == entries["pressure", "", "US"].gain


def test_parameters_on_the_command_line(capsys):
    wanted = ["--bundle", BUNDLE, "--parameter", "pressure"]
    assert run(["worth", "hanoi-2019", *wanted]) == 0
    text = capsys.readouterr().out
    assert "Parameters that become known" in text
    assert "US, in secret" in text
    assert run(["worth", "hanoi-2019", *wanted, "--parameter", "insight", "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert {e["parameter"] for e in data["parameters"]} == {"pressure", "insight"}
    assert run(["worth", "hanoi-2019", "--parameter", "nonsense"]) == 2
    assert "no parameter 'nonsense'" in capsys.readouterr().err
    assert run(["worth", "hanoi-2019", "--parameter", "all", "--parameter", "nonsense"]) == 2


def test_every_parameter_is_weighed_unless_some_are_named(tmp_path, capsys):
    """A takes what it gains by (in 3 of 5 cases) if it knows x; y moves nobody; z has no range."""
    path = tmp_path / "gamble.yaml"
    path.write_text(
        "detente: 1\ntitle: A gamble\nsides: [A, B]\n"
        "parameters: {x: {value: 0, range: [-1, 1]}, y: {value: 1, range: [1, 2]}, z: 3}\n"
        "terms: {deal: {by: B, levels: {none: , some: {worth: {A: x + 1/5, B: y}}}}}\n"
        "protocol: {kind: take-it-or-leave-it, proposer: B, offers: deal == some}\n"
        "breakdown: {worth: {B: -z}}\n"
    )
    assert run(["worth", str(path)]) == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["x", "+0.16", "0", "+0.16", "-1.6"] in lines
    assert ["Worth", "nothing", "to", "anyone:", "y."] in lines


@pytest.mark.slow
def test_the_whole_of_hanoi_fits_a_hundred_columns(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")
    assert run(["worth", "hanoi-2019"]) == 0
    text = capsys.readouterr().out
    assert max(map(len, text.splitlines())) <= 100
    assert (
        text.index("pressure  ") < text.index("us_value_per_weapon  ") < text.index("Worth nothing")
    )


def sequential_payoffs(summit):
    """Least and greatest of each party over the sequential equilibria of the talks as written."""
    found = dt.solve(summit, concept="sequential", all=True)
    assert found.complete in ("all", "components")
    rows = [tuple(e.payoffs.values()) for e in found.equilibria]
    return [(min(column), max(column)) for column in zip(*rows, strict=True)]


def rewritten(name, *changes):
    """A shipped file with some of its lines changed."""
    text = (Path(__file__).parent.parent / "games" / f"{name}.yaml").read_text()
    for pattern, by in changes:
        text, count = re.subn(pattern, by, text)
        assert count == 1, pattern
    return Summit.read(text)


@pytest.fixture(scope="module")
def alarms():
    return dt.worth(dt.load("hanoi-2019-false-alarms"), bundles=[])


@pytest.mark.parametrize(("quality", "which"), [("0", "none"), ("1", "perfect")])
def test_inspections_under_false_alarms_against_a_file_that_says_so(alarms, quality, which):
    other = rewritten("hanoi-2019-false-alarms", ("detected: .*", f"detected: {quality}"))
    wanted = sequential_payoffs(other)
    assert [getattr(each, which) for each in alarms.inspections] == wanted
    assert all(each.complete and each.curve is None for each in alarms.inspections)
    file = sequential_payoffs(dt.load("hanoi-2019-false-alarms"))
    assert [each.file for each in alarms.inspections] == file


def test_commitments_under_false_alarms_against_files_without_the_moves(alarms):
    """Nobody who answers is a promise to uphold; a breach that costs the world is none."""
    name = "hanoi-2019-false-alarms"
    files = {
        "US never snaps back": rewritten(name, (r"answered_by: .*", "answered_by: []")),
        "DPRK complies in ‘freeze’": rewritten(
            name, (r"(?m)^( *)detected: (.*)$", r"\1detected: \2\n\1worth: {DPRK: -10 ** 9}")
        ),
    }
    for text, summit in files.items():
        bound = [e.bound for e in alarms.commitments if e.commitment.text == text]
        assert bound == sequential_payoffs(summit), text


@pytest.mark.slow
def test_fearon_knowing_how_likely_resolve_is():
    """A demands 0.9, taken by the irresolute, or 0.7, taken by both; war with the resolute is 0.4.

    With t the chance of resolve that is max(0.9 - 0.5 t, 0.7), on average 0.74; unknown, t is 1/2
    on average and 0.7 best.
    """
    found = dt.worth(dt.load("fearon-1995-private-resolve"), bundles=[], parameters=["resolute"])
    each = {e.party: e for e in found.parameters}["A"]
    assert each.unknown == (Fraction(7, 10),) * 2
    assert abs(float(each.known[0]) - 0.74) < 0.002
    assert abs(float(each.gain[0]) - 0.04) < each.error
    assert each.complete


def test_a_likelihood_of_alarms_that_nobody_knows_has_its_mean():
    """It counts once on each way of play: the tree is that of the file at its mean."""
    summit = dt.load("hanoi-2019-false-alarms")
    parameter = summit.document.scope.parameters["false_alarm"]
    game = expected(summit, parameter, summit.game)
    mean = (parameter.low + parameter.high) / 2
    other = summit.at(false_alarm=mean).game
    for node in range(game.num_nodes):
        assert game.payoff(node) == other.payoff(node)
        if game.mover[node] == CHANCE:
            one, two = (g.infosets.probabilities(int(g.infoset[node])) for g in (game, other))
            assert one == two


def test_what_is_not_told_of_hidden_talks(capsys):
    assert run(["worth", "kydd-reassurance"]) == 0
    text = capsys.readouterr().out
    assert "Not told: parameters: where sides do not see everything this takes long" in text
    assert "Other complies" in text


def test_time_limit_keeps_what_was_found(capsys):
    assert run(["worth", "hanoi-2019", "--time-limit", "0"]) == 3
    assert "Stopped early: the time limit" in capsys.readouterr().out


def test_command(capsys):
    wanted = ["--bundle", BUNDLE, "--parameter", "kumgang_route"]
    assert run(["worth", "hanoi-2019", *wanted]) == 0
    text = capsys.readouterr().out
    for part in ("Inspections of DPRK", "-20 - 80 q", "+539", "US never snaps back", "-683"):
        assert part in text
    assert run(["worth", "hanoi-2019", *wanted, "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    first = next(e for e in data["inspections"] if e["inspected"] == "DPRK" and e["bundle"])
    assert first["pieces"][0]["least"] == {"numerator": ["-20", "-80"], "denominator": ["1"]}
    assert first["gain"] == ["539", "539"]
    assert data["game"]["parties"] == ["US", "DPRK", "ROK"]
    assert run(["worth", "hanoi-2019", "--bundle", "nonsense"]) == 2


def test_frame_and_page():
    found = dt.worth(swap())
    frame = found.to_frame()
    assert {"where", "party", "least", "greatest"} <= set(frame.columns)
    assert len(frame) == len(found.inspections) + len(found.commitments)
    assert "<table>" in found._repr_html_()
