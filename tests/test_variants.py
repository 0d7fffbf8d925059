"""A summit with one quantity freed: at today's value it is the summit that it was."""

from __future__ import annotations

from fractions import Fraction

import pytest

import detente as dt
from detente.summit.summit import Summit
from detente.summit.variants import (
    breachers,
    free_name,
    with_detection,
    with_patience,
    with_penalty,
)

F = Fraction

SWAP = """\
detente: 1
title: A swap
unit: M$
horizon: years
sides: {N: North, S: South}
parameters:
  years: {value: 4, unit: years}
  sharp: {value: 1/3, range: [0, 1]}
  detection: {value: 2/5}
terms:
  arms: {by: N, levels: {none: , few: {worth: {N: {per_year: -2}, S: {per_year: 3}}}}}
  aid: {by: S, levels: {none: , some: {worth: {N: {per_year: 3}, S: {per_year: -2}}}}}
protocol: {kind: take-it-or-leave-it, proposer: S}
carrying_out:
  - compliance: paying
    by: S
    breaches: {stop: {undoes: aid, detected: 1}}
  - compliance: disarming
    by: N
    breaches:
      hide: {undoes: arms, detected: sharp, caught: {worth: {N: {once: -1, per_year: 0}}}}
      stall: {undoes: arms, detected: detection}
snap_back: {after: 1}
"""


def swap(**changes: str) -> Summit:
    text = SWAP
    for old, new in changes.items():
        text = text.replace(old, new)
    return Summit.read(text, "swap.yaml")


def modal(summit: Summit) -> list[object]:
    return [dict(verdict.modal) for verdict in dt.stability(summit).bundles]


def same(one: Summit, other: Summit) -> bool:
    return modal(one) == modal(other) and [
        (v.values, v.played, v.breakdown) for v in dt.stability(one).bundles
    ] == [(v.values, v.played, v.breakdown) for v in dt.stability(other).bundles]


# ── detection ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("q", [F(0), F(2, 7), F(1)])
def test_detection_is_that_of_the_file_with_the_number_written_in(q: F) -> None:
    summit = swap()
    freed, name = with_detection(summit, "N")
    assert name == "detection_2", "the file has a parameter of that name"
    written = swap(**{"detected: sharp": f"detected: {q}", "detected: detection": f"detected: {q}"})
    assert same(freed.at(**{name: q}), written)
    assert not same(freed.at(**{name: F(0)}), freed.at(**{name: F(1)}))


def test_detection_of_one_breach_leaves_the_others() -> None:
    freed, name = with_detection(swap(), breach="hide")
    assert freed.document.scope.values[name] == F(1, 3), "today's value is kept"
    written = swap(**{"detected: sharp": "detected: 3/4"})
    assert same(freed.at(**{name: F(3, 4)}), written)
    assert same(freed, swap())


def test_detection_by_step_and_by_term() -> None:
    written = swap(**{"detected: 1}": "detected: 1/8}"})
    for asked in ({"step": "paying"}, {"term": "aid"}, {"side": "S"}):
        freed, name = with_detection(swap(), **asked)
        assert same(freed.at(**{name: F(1, 8)}), written), asked


def test_different_detections_have_no_value_of_today() -> None:
    freed, name = with_detection(swap(), "N")
    assert freed.document.scope.values[name] == F(1, 2)
    found = freed.document.scope.parameters[name]
    assert (found.low, found.high) == (0, 1)


# ── penalty ────────────────────────────────────────────────────────────────────────────────────


def test_a_penalty_of_nothing_changes_nothing_and_a_large_one_deters() -> None:
    summit = swap()
    freed, name = with_penalty(summit, "N")
    assert same(freed, summit)
    written = swap(
        **{
            "N: {once: -1, per_year: 0}": "N: {once: -8, per_year: 0}",
            "detected: detection}": "detected: detection, caught: {worth: {N: -7}}}",
        }
    )
    assert same(freed.at(**{name: 7}), written)


# ── patience ───────────────────────────────────────────────────────────────────────────────────


def test_patience_is_the_discount_a_year_with_times_written_out() -> None:
    freed, name = with_patience(swap(), "N")
    written = swap(**{"horizon: years": "horizon: 4\ndiscount: {per_year: {N: 3/5}}"})
    assert same(freed.at(**{name: F(3, 5)}), written)
    assert same(freed, swap()), "1 is no discount"


def test_patience_of_the_file_is_its_value() -> None:
    given = swap(**{"horizon: years": "horizon: 4\ndiscount: {per_year: {N: 3/5, S: 1/2}}"})
    freed, name = with_patience(given, "N")
    assert freed.document.scope.values[name] == F(3, 5)
    assert same(freed, given)


def test_patience_a_round() -> None:
    talks = "protocol: {kind: alternating-offers, rounds: 2, order: [N, S]}"
    given = swap(**{"protocol: {kind: take-it-or-leave-it, proposer: S}": talks})
    freed, name = with_patience(given, "S", "round")
    written = swap(
        **{
            "protocol: {kind: take-it-or-leave-it, proposer: S}": talks
            + "\ndiscount: {per_round: {S: 1/4}}"
        }
    )
    at = freed.at(**{name: F(1, 4)})
    one, other = (dt.stability(s, round=1).bundles[3].modal for s in (at, written))
    assert one == other
    assert at.game.discounts is not None
    assert written.game.discounts is not None
    assert at.game.discounts.factors == written.game.discounts.factors


def test_patience_needs_whole_years() -> None:
    with pytest.raises(dt.DetenteError, match=r"swap\.yaml:4:10: .*whole years; 'years' is 9/2"):
        with_patience(swap(**{"value: 4,": "value: 4.5,"}), "N")
    with pytest.raises(dt.DetenteError, match="whole years and no formulas"):
        with_patience(swap(**{"{per_year: -2}": "{per_year: -2, years: years}"}), "N")
    timeless = swap(
        **{"horizon: years\n": "", "per_year: ": "once: ", "once: -1, once: 0": "once: -1"}
    )
    with pytest.raises(dt.DetenteError, match="counts no years"):
        with_patience(timeless, "N")


# ── what cannot be freed ───────────────────────────────────────────────────────────────────────


def test_what_is_not_there_is_refused_with_what_there_is() -> None:
    known = "Known: stop by S in paying, hide by N in disarming, stall by N in disarming"
    with pytest.raises(dt.DetenteError, match=f"no breach with breach 'burn'.*{known}"):
        with_detection(swap(), breach="burn")
    with pytest.raises(dt.DetenteError, match=r"there is no side 'X'\. The sides are: N, S"):
        with_penalty(swap(), "X")
    bare = Summit.read(SWAP[: SWAP.index("carrying_out")])
    with pytest.raises(dt.DetenteError, match=r"has no breach with side 'N'\. Known: none"):
        with_penalty(bare, "N")
    tree = dt.load("verification-imperfect-detection")
    for free in (with_penalty, with_patience, with_detection):
        with pytest.raises(dt.DetenteError, match="tree written by hand"):
            free(tree, tree.sides[0])


def test_names_are_free_of_everything_in_the_file() -> None:
    summit = swap()
    for taken in ("years", "arms", "few", "paying", "comply", "hide", "N", "round"):
        assert free_name(summit, taken) == f"{taken}_2"
    assert free_name(summit, "penalty") == "penalty"


def test_who_can_breach() -> None:
    assert breachers(swap()) == ("N", "S")
    assert breachers(dt.load("hanoi-2019")) == ("US", "DPRK")


@pytest.mark.parametrize("free", [with_detection, with_penalty, with_patience])
def test_hanoi_freed_is_hanoi_at_todays_value(free) -> None:  # type: ignore[no-untyped-def]
    summit = dt.load("hanoi-2019")
    freed, name = free(summit, "US")
    for bundle in (20, 40, 60):
        one, other = (dt.stability(s, bundles=[bundle]).bundles[0] for s in (summit, freed))
        assert (one.modal, one.values, one.played) == (other.modal, other.values, other.played)
        assert name in freed.document.scope.parameters
