"""Verdicts and reasons: against enumeration, against forced re-solving, and on cases by hand."""

from __future__ import annotations

import inspect
import re
from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import detente as dt
from detente.errors import SummitError
from detente.game.builder import Builder
from detente.game.expressions import name
from detente.game.formulas import Parameter
from detente.game.tree import CHANCE, Bundle, Game, Role
from detente.stability.case import case
from detente.stability.continuation import Continuation
from detente.stability.equilibrium import stability
from detente.stability.modal import acceptance
from detente.stability.outcomes import complied
from detente.stability.story import story

DEAL = Bundle("deal", {"deal": "yes"})


def talks(comply=(2, 2), cheat=(1, 3), refuse=(0, 0), parameters=None) -> Game:
    """US offers, DPRK answers, then complies or cheats."""
    b = Builder(["US", "DPRK"], title="Talks", bundles=[DEAL], parameters=parameters or {})
    kept = b.tag(b.end(*comply), Role.KEPT, "deal")
    broken = b.tag(b.end(*cheat), Role.BROKEN, "deal")
    signed = b.decide("DPRK", {"comply": kept, "restart": broken}, label="carrying out")
    b.tag(signed, Role.SIGNED, "deal")
    answer = b.decide("DPRK", {"accept": signed, "refuse": b.end(*refuse)}, label="answer")
    b.tag(answer, Role.OFFERED, "deal")
    return b.build(b.decide("US", {"offer": answer, "leave": b.end(0, 0)}, label="offer"))


SUMMIT = """
detente: 1
title: Fish for coal
sides: [North, South]
parameters:
  seen: {value: 0.9, range: [0, 1]}
  fine: {value: 5, range: [4, 6]}
terms:
  fish: {by: North, levels: {none: , some: {worth: {North: -1, South: 3}}}}
  coal: {by: South, levels: {none: , lots: {worth: {North: 2, South: -1}}}}
protocol: {kind: alternating-offers, rounds: 2, order: [South, North]}
discount: {per_round: {North: 0.9, South: 0.9}}
carrying_out:
  - compliance: north_delivers
    by: North
    breaches: {cheat: {detected: seen, caught: {worth: {North: 0 - fine}}}}
  - compliance: south_delivers
    by: South
    breaches: {cheat: {detected: seen, caught: {worth: {South: 0 - fine}}}}
"""


def summit(text: str = SUMMIT):
    return dt.Summit.read(text, "fish.yaml")


# ── by hand ────────────────────────────────────────────────────────────────────────────────────


def test_a_deal_that_pays_to_keep_is_stable():
    verdict = stability(talks(comply=(2, 2), cheat=(1, 1)))["deal"]
    assert (verdict.acceptable, verdict.honoured, verdict.stable, verdict.strict) == (True,) * 4
    assert set(verdict.modal.values()) == {"always"}
    assert verdict.agreed == verdict.kept == (1, 1)
    assert verdict.selected is True
    assert verdict.values == {"US": 2, "DPRK": 2}
    assert verdict.breakdown is None
    assert "breakdown" in verdict.notes
    breach, refusal = verdict.reasons
    assert (breach.party, breach.move, breach.gain) == ("DPRK", "restart", -1)
    assert breach.text == "DPRK would lose 1 by restarting: that brings 1, complying 2."
    assert (refusal.kind, refusal.gain) == ("accepts", -2)


def test_a_deal_that_pays_to_break_is_broken_and_says_who_gains_what():
    verdict = stability(talks(cheat=(1, Fraction(27, 10))))["deal"]
    assert (verdict.honoured, verdict.stable, verdict.strict) == (False, False, False)
    assert verdict.modal["honoured"] == "never"
    assert verdict.agreed == (1, 1)
    assert verdict.kept == (0, 0)
    assert verdict.played == {"US": (1, 1), "DPRK": (Fraction(27, 10),) * 2}
    reason = verdict.reasons[0]
    assert (reason.kind, reason.party, reason.gain) == ("breaks", "DPRK", Fraction(7, 10))
    assert "0.7" in reason.text


def test_a_deal_worse_than_refusing_is_refused():
    verdict = stability(talks(comply=(2, -1), cheat=(1, -2)))["deal"]
    assert (verdict.acceptable, verdict.honoured, verdict.stable) == (False, True, False)
    assert verdict.word == "refused"
    assert verdict.refusers == ("DPRK",)
    assert verdict.agreed == (0, 0)
    assert verdict.selected is False
    assert verdict.reasons[0].gain == 1


def test_a_tie_holds_sometimes_and_is_not_strict():
    verdict = stability(talks(comply=(2, 2), cheat=(-1, 2)))["deal"]
    assert verdict.modal["honoured"] == "sometimes"
    assert (verdict.stable, verdict.strict) == (True, False)
    assert verdict.kept == (0, 1)
    assert verdict.reasons[0].gain == 0
    assert "indifferent" in verdict.reasons[0].text


def test_a_bundle_that_nothing_offers_has_no_verdict_but_a_reason():
    b = Builder(["A"], bundles=[DEAL, Bundle("other", {"deal": "no"})])
    signed = b.tag(b.end(1), Role.SIGNED, "deal")
    report = stability(b.build(b.decide("A", {"sign": signed, "leave": b.end(0)})))
    deal, other = report
    assert deal.acceptable is None
    assert deal.stable is None
    assert deal.honoured is True
    assert (deal.word, other.word) == ("kept once signed", "never signed")
    assert "offering" in deal.notes["acceptable"]
    assert deal.notes["stable"] == deal.notes["acceptable"]  # it is not asked, not undecided
    assert other.honoured is None
    assert other.agreed == (0, 0)
    assert "signed at no node" in other.notes["honoured"]
    assert [v.word for v in stability(dt.load("kydd-reassurance"))] == [
        "never signed", "broken once signed", "broken once signed",
    ]  # fmt: skip


def test_a_zero_chance_of_breaking_still_counts():
    b = Builder(["A"], bundles=[DEAL])
    broken = b.tag(b.end(1), Role.BROKEN, "deal")
    cheat = b.decide("A", {"comply": b.end(0), "cheat": broken})
    signed = b.tag(b.chance({"calm": (1, b.end(2)), "storm": (0, cheat)}), Role.SIGNED, "deal")
    report = stability(b.build(b.tag(b.decide("A", {"yes": signed}), Role.OFFERED, "deal")))
    assert report["deal"].modal["honoured"] == "never"
    assert report["deal"].reasons[0].node.endswith("[storm]")


def test_games_without_bundles_are_refused():
    plain = Builder(["A"])
    with pytest.raises(SummitError, match="no bundles"):
        stability(plain.build(plain.end(1)))


# ── against enumeration ────────────────────────────────────────────────────────────────────────


def enumerated(game: Game, node: int) -> set:
    """(payoffs, signatures, breaches) of every pure equilibrium from a node on, chance uniform."""
    tags = {(tag.node, tag.role) for tag in game.tags}
    here = [Fraction((node, Role.SIGNED) in tags), Fraction((node, Role.BROKEN) in tags)]
    children = game.children_of(node)
    mover = int(game.mover[node])
    below = [enumerated(game, child) for child in children]
    if not children:
        outcomes = {((Fraction(0),) * game.num_players, Fraction(0), Fraction(0))}
    elif mover == CHANCE:
        odds = game.infosets.probabilities(int(game.infoset[node]))
        outcomes = set()
        for combination in product(*below):
            payoffs = tuple(
                sum(p * o[0][i] for p, o in zip(odds, combination, strict=True))
                for i in range(game.num_players)
            )
            counts = [sum(o[k] for o in combination) / len(children) for k in (1, 2)]
            outcomes.add((payoffs, *counts))
    else:
        threshold = max(min(o[0][mover] for o in outcomes) for outcomes in below)
        outcomes = {o for outcomes in below for o in outcomes if o[0][mover] >= threshold}
    return {
        (_plus(o[0], game.payoff(node)), o[1] + here[0], o[2] + here[1])
        for o in outcomes
    }


def _plus(one: tuple, other: tuple) -> tuple:
    return tuple(a + b for a, b in zip(one, other, strict=True))


def modal(values: set[bool]) -> str:
    return "sometimes" if len(values) == 2 else "always" if True in values else "never"


@st.composite
def tables(draw) -> Game:
    """Two consents, then a random carrying-out full of ties, with breaches."""
    b = Builder(["A", "B"], bundles=[DEAL])
    small = st.integers(0, 2)

    def course(depth: int):
        kind = draw(st.integers(0, 3)) if depth else 0
        if kind == 0:
            return b.end(draw(small), draw(small))
        children = [course(depth - 1), course(depth - 1)]
        if kind == 1:
            p = draw(st.sampled_from([Fraction(0), Fraction(1, 2), Fraction(1)]))
            return b.chance({"h": (p, children[0]), "t": (1 - p, children[1])})
        if draw(st.booleans()):
            b.tag(children[1], Role.BROKEN, "deal")
        return b.decide("AB"[kind - 2], {"comply": children[0], "cheat": children[1]})

    signed = b.tag(course(3), Role.SIGNED, "deal")
    second = b.decide("B", {"accept": signed, "refuse": course(2)})
    first = b.decide("A", {"accept": second, "refuse": b.end(draw(small), draw(small))})
    return b.build(b.tag(first, Role.OFFERED, "deal"))


@settings(max_examples=200, deadline=None)
@given(tables())
def test_verdicts_agree_with_enumeration(game: Game):
    verdict = stability(game)["deal"]
    signed = game.tagged(Role.SIGNED)[0]
    whole, after = enumerated(game, 0), enumerated(game, signed)
    assert verdict.modal["acceptable"] == modal({o[1] > 0 for o in whole})
    assert verdict.modal["honoured"] == modal({o[2] == 0 for o in after})
    assert verdict.agreed == (min(o[1] for o in whole), max(o[1] for o in whole))
    for i, party in enumerate(game.players):
        payoffs = [o[0][i] for o in after]
        assert verdict.played[party] == (min(payoffs), max(payoffs))
    assert verdict.stable == any(o[1] > 0 and o[2] == 0 for o in whole)
    assert verdict.strict == all(o[1] == 1 and o[2] == 0 for o in whole)


@settings(max_examples=200, deadline=None)
@given(tables())
def test_comparing_side_by_side_agrees_with_tracking_the_signature(game: Game):
    continuation = Continuation(game)
    signed = game.tagged(Role.SIGNED)
    results = {acceptance(continuation, 0, signed, 0, chain=chain)[0] for chain in (True, False)}
    assert len(results) == 1


# ── reasons ────────────────────────────────────────────────────────────────────────────────────


def walked(game: Game, node: int, forced: dict[int, int]) -> tuple[Fraction, ...]:
    """Plain backward induction with some moves forced; ties go to the first move."""
    below = {child: walked(game, child, forced) for child in game.children_of(node)}
    mover = int(game.mover[node])
    if not below:
        return game.payoff(node)
    if mover == CHANCE:
        odds = game.infosets.probabilities(int(game.infoset[node]))
        rows = [below[child] for child in game.children_of(node)]
        later = [
            sum(p * row[i] for p, row in zip(odds, rows, strict=True))
            for i in range(game.num_players)
        ]
    elif node in forced:
        later = below[forced[node]]
    else:
        later = max(below.values(), key=lambda row: row[mover])
    return tuple(a + b for a, b in zip(game.payoff(node), later, strict=True))


@pytest.mark.parametrize("which", ["hanoi-2019", "hanoi-2019-all-in", "inspection-deterrence"])
def test_each_gain_is_the_difference_of_two_resolved_games(which: str):
    talks = dt.load(which)
    checked = 0
    for verdict in stability(talks):
        for reason in verdict.reasons:
            stake = reason.stake
            game = stake.continuation.game
            here = game.payoff(stake.node)
            by_move, by_instead = (
                walked(game, stake.node, {**stake.forced, stake.node: child})[stake.player]
                for child in (stake.move_child, stake.instead_child)
            )
            assert reason.gain == by_move - by_instead
            assert stake.by_move == by_move - here[stake.player]
            checked += 1
    assert checked


def test_what_a_gain_hangs_on_is_what_changing_the_parameter_does():
    talks = summit()
    verdict = stability(talks)["some + lots"]
    reason = next(r for r in verdict.reasons if (r.party, r.move) == ("South", "cheat"))
    hinges = {hinge.parameter: hinge for hinge in reason.hangs_on}
    seen = hinges["seen"]
    assert seen.flips
    assert not hinges["fine"].flips
    for value, gain in ((seen.low, seen.gain_at_low), (seen.high, seen.gain_at_high)):
        game = talks.at(seen=value).table(3)
        # The answers to a breach do not change here, so re-solving gives the same continuation.
        pair = [
            walked(game, reason.stake.node, {reason.stake.node: child})[reason.stake.player]
            for child in (reason.stake.move_child, reason.stake.instead_child)
        ]
        assert pair[0] - pair[1] == gain


def test_a_plain_game_of_parameters_knows_what_it_hangs_on():
    parameter = Parameter("bribe", Fraction(1), Fraction(0), Fraction(4))
    verdict = stability(talks(cheat=(0, name("bribe")), parameters={"bribe": parameter}))["deal"]
    (hinge,) = verdict.reasons[0].hangs_on
    assert (hinge.parameter, hinge.flips, hinge.gain_at_high) == ("bribe", True, 2)


def test_better_detection_never_worsens_the_verdict():
    ranks = {"never": 0, "sometimes": 1, "always": 2}
    found = [
        [ranks[v.modal["honoured"]] for v in stability(summit().at(seen=Fraction(k, 10)))]
        for k in range(11)
    ]
    assert found == sorted(found)
    assert found[0] != found[-1]


def test_a_side_that_breaks_first_because_the_other_would_later_is_explained_by_both():
    b = Builder(["US", "DPRK"], bundles=[DEAL])
    cheated = b.tag(b.end(-1, 3), Role.BROKEN, "deal")
    later = b.decide("DPRK", {"comply": b.end(2, 2), "hide": cheated}, label="later")
    reneged = b.tag(b.end(0, 0), Role.BROKEN, "deal")
    signed = b.decide("US", {"comply": later, "renege": reneged}, label="first")
    b.tag(b.tag(signed, Role.SIGNED, "deal"), Role.OFFERED, "deal")
    verdict = stability(b.build(signed))["deal"]
    cause, then = verdict.reasons
    assert (cause.party, cause.kind, cause.gain, cause.root) == ("DPRK", "breaks later", 1, True)
    assert (then.party, then.kind, then.gain, then.root) == ("US", "breaks", 1, False)
    assert cause.text.startswith("DPRK would break it: it gains 1 by hiding")
    assert then.text.startswith("Foreseeing that, US would break it first")
    assert cause.short == "DPRK would hide (+1)"
    assert then.short == "foreseeing it, US would renege first (+1)"


# ── summits ────────────────────────────────────────────────────────────────────────────────────


def test_values_are_what_compliance_brings():
    verdict = stability(summit())["some + lots"]
    assert verdict.values == {"North": 1, "South": 2}
    assert verdict.breakdown == {"North": 0, "South": 0}
    assert verdict.stable is True


def test_in_an_earlier_round_refusing_means_what_later_rounds_bring():
    """North proposes last and takes all it can, so that in round 1 its refusal is not empty."""
    little = "none: , little: {worth: {South: 1.5}}, some"
    talks = summit(SUMMIT.replace("none: , some", little))
    last, first = (stability(talks, round=r)["some + lots"] for r in (2, 1))
    assert last.modal["acceptable"] == "always"
    assert first.acceptable is False
    assert first.reasons[0].party == "North"
    later = talks.table(talks.bundle_index("some + lots"), 1)
    kept = walked_shared(later)
    assert first.reasons[0].gain == kept - 1


def walked_shared(game: Game) -> Fraction:
    """What North gets by refusing at the table: the round after, discounted."""
    node = game.children_of(0)[1]
    value = walked(game, node, {})[0]
    factors = game.discount(node)
    return value * (factors[0] if factors else 1)


def test_complied_follows_the_first_move_that_is_no_breach():
    game = talks(comply=(2, 2), cheat=(5, 5))
    judged = case(game, 0)
    assert complied(judged.continuation, judged.signed[0], judged.broken) == (2, 2)


def test_a_report_is_a_collection_with_lenient_names():
    report = stability(summit())
    assert len(report) == 4
    assert report["lots + some"] is report["some + lots"] is report[3]
    assert report[{"fish": "some", "coal": "lots"}] is report[3]
    assert [v.name for v in report] == [b.name for b in summit().bundles]
    with pytest.raises(SummitError, match="lots"):
        report["some + lotz"]
    assert "4 bundles" in repr(report)
    assert "<table>" in report._repr_html_()
    part = stability(summit(), bundles=["lots"])
    assert [v.name for v in part] == ["lots"]
    with pytest.raises(SummitError, match="no bundle"):
        part["some + lots"]


def test_a_report_becomes_a_frame():
    frame = stability(summit()).to_frame()
    assert list(frame.index) == [b.name for b in summit().bundles]
    assert frame.loc["some + lots", "value: North"] == 1
    assert frame.loc["some + lots", "stable"]


def test_the_public_names_are_calls_whatever_was_imported_first():
    import detente.certify
    import detente.stability.words

    assert dt.stability(talks())["deal"].acceptable
    assert "round" in inspect.signature(dt.stability).parameters
    assert "concept" in inspect.signature(dt.certify).parameters
    assert detente.certify.Certificate is dt.Certificate
    with pytest.raises(AttributeError, match="nothing"):
        dt.nothing  # noqa: B018


def told_of(talks, which: str) -> str:
    return "\n".join(line for section in story(talks, which).sections for line in section.lines)


def test_a_story_tells_every_part():
    told = story(summit(), "lots + some")
    titles = [section.title for section in told.sections]
    assert titles == [
        "In short", "What is in the deal", "What it is worth", "Who signs", "Carrying it out",
        "In the talks as written", "What it hangs on", "What vouches for it",
    ]  # fmt: skip
    text = told_of(summit(), "lots + some")
    assert "North gives: fish = some." in text
    assert "1. North: comply or cheat." in text
    assert "Cheating brings it -2.5" in text
    assert "This is detected with probability 0.9: South answers by upholding" in text
    assert "seen (now 0.9; range 0 to 1): it would no longer hold below 0.2." in text
    assert "Over all equilibria: wherever a side is indifferent, each of its choices" in text
    assert "induction" not in text
    assert "Amounts count from the move on" in text


def test_a_story_of_a_deal_that_is_broken_says_by_whom_and_goes_on_as_if_it_were_kept():
    text = told_of(summit().at(seen="0.1"), "some + lots")
    assert text.startswith("It would not be signed. If it were signed, it would not be kept.")
    assert "it breaks the deal here" in text
    assert "What follows is not reached" in text
    assert "at 0.2 or more" in text


def test_steps_that_are_alike_whatever_chance_brought_are_told_once():
    text = told_of(dt.load("hanoi-2019"), "kumgang + full + inspected")
    assert "[route: found, enforcement: holds or erodes] DPRK: comply or hide." in text
    assert text.count("DPRK: comply or hide") == 1
    assert re.search(r"it gains \S+ M\$ by hiding \(what was to stop goes on in secret", text)


def test_a_story_says_who_does_not_sign():
    text = told_of(dt.load("fearon-1995-complete-information"), "x3")
    assert text.startswith("It would not be signed.")
    assert "A does not: accepting brings it 0.3, refusing 0.4. It gains 0.1 by refusing." in text
    assert "c_A (now 0.2; range 0 to 1): it would hold at 0.3 or more" in text


def test_a_later_choice_is_told_as_its_own_step_and_named_where_it_happened():
    text = told_of(dt.load("hanoi-2019"), "kumgang + full + inspected")
    assert "answers by ‘goes on’" not in text
    assert "then comes the step ‘reply’, where DPRK chooses ‘goes on’" in text
    told = told_of(dt.load("hanoi-2019-erosion-players"), "kumgang + full + inspected")
    assert re.search(r"\[route: found, china: \w+, russia: \w+\] DPRK: comply or hide", told)
    reasons = stability(dt.load("hanoi-2019-erosion-players"))["kumgang + full + inspected"].reasons
    assert any("china: " in reason.node for reason in reasons)


def test_a_story_tells_how_the_talks_end_instead_and_what_else_there_is():
    text = told_of(dt.load("hanoi-2019"), "kumgang + full + inspected")
    assert "They do not end on it.\nThe talks as written settle on all + full" in text
    assert "Once this bundle is on the table there is no other equilibrium" in text
    y = told_of(dt.load("tie-that-matters"), "y")
    assert "Nothing puts it on the table" not in y
    assert y.startswith("Once signed it would be kept. Whether it would be signed is not judged")
    assert "It is signed with probability 0 to 1, by equilibrium." in y


ONLY_WHERE_BROKEN = """
detente: 1
title: accepted only where it is broken
sides: [A, B]
terms: {t: {by: B, levels: {none: {}, some: {worth: {A: -1, B: 0}}}}}
protocol: {kind: take-it-or-leave-it, proposer: B}
carrying_out:
  - {compliance: c, by: B, breaches: {cheat: {undoes: t, detected: 0}}}
"""


def test_stable_asks_for_both_in_one_equilibrium() -> None:
    # B is indifferent; A signs only where B then cheats.
    verdict = dt.stability(dt.Summit.read(ONLY_WHERE_BROKEN))["some"]
    assert (verdict.acceptable, verdict.honoured, verdict.stable) == (True, True, False)
    assert verdict.modal == {"acceptable": "sometimes", "honoured": "sometimes", "stable": "never"}
    assert "in none is it both" in verdict.notes["stable"]


def test_a_tree_by_hand_asks_for_both_in_one_equilibrium_too() -> None:
    text = """
detente: 1
title: by hand
sides: [A, B]
terms: {t: {by: B, levels: [none, some]}}
tree:
  player: A
  offers: {t: some}
  moves:
    refuse: {worth: {A: 0}}
    accept:
      signs: {t: some}
      player: B
      moves:
        comply: {keeps: {t: some}, worth: {A: GIVEN}}
        cheat: {breaks: {t: some}, worth: {A: CHEATED}}
"""
    for kept, cheated, together in (("-1", "0", False), ("0", "-1", True)):
        filled = text.replace("GIVEN", kept).replace("CHEATED", cheated)
        verdict = dt.stability(dt.Summit.read(filled))["some"]
        assert (verdict.acceptable, verdict.honoured, verdict.stable) == (True, True, together)


def test_what_is_signed_twice_on_one_path_is_signed_once() -> None:
    b = Builder(["A", "B"], bundles=[DEAL])
    again = b.tag(b.end([2, 2]), Role.SIGNED, DEAL.name)
    signed = b.tag(b.decide("B", {"again": again, "stop": b.end([0, 0])}), Role.SIGNED, DEAL.name)
    root = b.tag(b.decide("A", {"sign": signed, "walk": b.end([1, 1])}), Role.OFFERED, DEAL.name)
    verdict = stability(b.build(root)).bundles[0]
    assert verdict.modal["acceptable"] == "always"
    assert verdict.strict


def test_what_is_offered_below_its_own_signature_is_signed_anew() -> None:
    # Each offer and each signature is asked of what follows it, whatever came before.
    b = Builder(["A", "B"], bundles=[DEAL])
    broken = b.tag(b.end([0, 1]), Role.BROKEN, DEAL.name)
    again = b.tag(
        b.decide("B", {"break": broken, "keep": b.end([0, 0])}), Role.SIGNED, DEAL.name
    )
    offer = b.tag(b.decide("A", {"sign": again, "leave": b.end([-1, 0])}), Role.OFFERED, DEAL.name)
    b.tag(offer, Role.BROKEN, DEAL.name)
    signed = b.tag(b.decide("A", {"on": offer, "stop": b.end([-2, 0])}), Role.SIGNED, DEAL.name)
    root = b.tag(b.decide("B", {"sign": signed, "walk": b.end([2, -2])}), Role.OFFERED, DEAL.name)
    verdict = stability(b.build(root)).bundles[0]
    assert verdict.modal["acceptable"] == "always"
    assert verdict.modal["honoured"] == "never"
