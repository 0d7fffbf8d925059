"""Radii against closed forms, one parameter followed, and every point of fine grids."""

from __future__ import annotations

import itertools
import json
import random
from fractions import Fraction
from typing import Any

import pytest
from test_regions import tree_with_verdict

import detente as dt
from detente.cli import run
from detente.errors import DetenteError, NotSupported, SummitError
from detente.game.builder import Builder
from detente.game.expressions import Expr, const, name
from detente.game.formulas import Parameter
from detente.game.tree import Game, Role
from detente.stability.case import case
from detente.stability.equilibrium import judge
from detente.stability.robustness.nearest import covering
from detente.stability.robustness.nearest.norms import (
    NORMS,
    Norm,
    Row,
    inside,
    nearest,
    root,
    size_of,
)
from detente.stability.robustness.nearest.radius import radius

F = Fraction
DEAL = dt.Bundle("deal", {"deal": "yes"})
X, Y = name("x"), name("y")
KUMGANG = "kumgang_kaesong + full + inspected"


def kept_while(gain: Expr, width: int = 2) -> Game:
    """A signs; B keeps the deal where `gain` is above 0. Parameters at 0, ranges of that width."""
    ranges = {n: Parameter(n, F(0), F(-width, 2), F(width, 2)) for n in "xyz"}
    b = Builder(["A", "B"], bundles=[DEAL], parameters=ranges)
    broken = b.tag(b.end([-1, 0]), Role.BROKEN, "deal")
    signed = b.tag(b.decide("B", {"keep": b.end([1, gain]), "break": broken}), Role.SIGNED, "deal")
    offer = b.decide("A", {"sign": signed, "leave": b.end([0, 0])})
    return b.build(b.tag(offer, Role.OFFERED, "deal"))


# ── closed forms ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("norm", "size"),
    [("max", F(1, 2) / 7), ("sum", F(1, 2) / 4), ("euclid", F(1, 4) / 25)],
)
def test_the_distance_to_a_plane(norm: Norm, size: Fraction) -> None:
    # 1 + 3x + 4y > 0 with ranges of width 2: in their units 1 + 6u + 8v.
    found = radius(kept_while(1 + 3 * X + 4 * Y), "deal", norm=norm)
    assert (found.lower, found.upper, found.exact, found.attained) == (size, size, True, True)
    assert found.there == "stable on a tie"
    value = {m.parameter: m.to for m in found.moves}
    assert 1 + 3 * value.get("x", 0) + 4 * value.get("y", 0) == 0


def test_a_border_that_must_be_passed() -> None:
    game = kept_while(Y + 1 + const(0) * X)
    turned = radius(game.at(y=-1), "deal", norm="sum", beyond=1)
    assert turned.upper == 0
    assert turned.attained is False
    assert turned.word == "stable on a tie"
    assert turned.beyond["y"] != -1


def test_ranges_are_kept_unless_they_may_be_left() -> None:
    game = kept_while(2 + X)
    none = radius(game, "deal")
    assert (none.lower, none.upper, none.exact) == (None, None, False)
    left = radius(game, "deal", beyond=1)
    assert left.upper == 1
    assert [(m.parameter, m.to) for m in left.moves] == [("x", -2)]


def test_a_facet_beyond_which_nothing_changes_is_crossed() -> None:
    # B compares with |x|-like ends: at x = 0.1 what it would do changes, not that it keeps.
    from detente.game.expressions import maximum

    found = radius(kept_while(maximum(1 - 10 * X, X) - F(1, 2)), "deal", only=["x"], norm="sum")
    assert found.upper == F(1, 40)
    found = radius(kept_while(maximum(1 - 10 * X, 10 * X)), "deal", only=["x"], norm="sum")
    assert found.upper is None
    assert found.asked >= 2


@pytest.mark.parametrize("norm", NORMS)
def test_a_bilinear_border_is_bounded_within_the_gap(norm: Norm) -> None:
    # (1 + x)(1 + y) > 1/2: nearest on the diagonal or, in the sum, anywhere near it.
    found = radius(kept_while((1 + X) * (1 + Y) - F(1, 2)), "deal", norm=norm, gap=F(1, 1000))
    exact = {"max": (1 - 0.5**0.5) / 2, "sum": 0.25, "euclid": (1 - 0.5**0.5) / 2**0.5}[norm]
    assert found.least is not None
    assert found.distance is not None
    assert found.least <= exact + 1e-12
    assert exact <= found.distance + 1e-12
    assert found.least >= found.distance * 0.998


# ── one parameter, followed ────────────────────────────────────────────────────────────────────


def test_one_parameter_alone_is_as_followed() -> None:
    summit = dt.load("hanoi-2019")
    followed = dt.thresholds(summit, bundles=[KUMGANG])
    met = 0
    for axis in followed.axes:
        found = radius(summit, KUMGANG, only=[axis.parameter], gap=F(1, 10**6))
        places = [t.place for t in axis.thresholds if t.changes]
        if not places:
            assert found.upper is None
            continue
        width = axis.within.high - axis.within.low
        expected = min(abs(float(place) - float(axis.value)) for place in places) / float(width)
        assert found.distance == pytest.approx(expected, rel=1e-5)
        met += 1
    assert met > 3


# ── every point of a grid ──────────────────────────────────────────────────────────────────────


def stable_at(game: Game, values: dict[str, Fraction]) -> str | None:
    try:
        changed = game.at(**values)
    except DetenteError:
        return None
    return judge(case(changed, 0))[0].modal["stable"]


def assert_radii(seed: int, steps: int) -> int:
    """No point of the grid that is nearer than the bound has another verdict; how many have."""
    game = tree_with_verdict(seed, Role.BROKEN)
    ticks = [F(-2) + F(4) * k / steps for k in range(steps + 1)]
    grid = {
        (x, y): stable_at(game, {"x": x, "y": y}) for x, y in itertools.product(ticks, ticks)
    }
    others = 0
    for norm in NORMS:
        found = radius(game, "deal", norm=norm, time_limit=10)
        if found.upper is not None and not found.reason:
            assert stable_at(game, dict(found.beyond)) not in (None, found.stable)
            assert found.least >= found.distance * 0.989 or found.upper <= covering.TOUCHING
        for (x, y), verdict in grid.items():
            if verdict not in (None, found.stable):
                others += 1
                assert found.lower is not None
                assert size_of([x / 4, y / 4], norm) >= found.lower
    return others


def test_no_point_of_a_grid_is_nearer() -> None:
    assert sum(assert_radii(seed, 6) for seed in (1, 2)) > 0


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(8))
def test_no_point_of_a_fine_grid_is_nearer(seed: int) -> None:
    assert_radii(seed, 20)


@pytest.mark.parametrize("norm", NORMS)
def test_three_parameters_of_hanoi(norm: Norm) -> None:
    summit = dt.load("hanoi-2019")
    moved = ["dprk_value_per_weapon", "detection_inspected", "crisis"]
    found = radius(summit, KUMGANG, only=moved, norm=norm)
    assert found.lower is not None
    here = case(summit, [b.name for b in summit.bundles].index(KUMGANG))
    parameters = summit.plan.document.scope.parameters
    met = 0
    for shares in itertools.product([F(k, 8) for k in range(-8, 9)], repeat=3):
        values = {
            n: parameters[n].value + s * (parameters[n].high - parameters[n].low)
            for n, s in zip(moved, shares, strict=True)
        }
        within = all(parameters[n].low <= v <= parameters[n].high for n, v in values.items())
        if not within or random.Random(str(shares)).random() < 0.7:
            continue
        if stable_in(here.game.at(**values), here.bundle) != found.stable:
            met += 1
            assert size_of(shares, norm) >= found.lower
    assert met


def stable_in(game: Game, bundle: int) -> bool | str | None:
    from detente.stability.case import case_in
    from detente.stability.continuation import Continuation

    at = case_in(Continuation(game), bundle, (F(0),) * 3, case(game, bundle).wording)
    return judge(at)[0].modal["stable"]


# ── nearest points of polyhedra ────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("norm", NORMS)
def test_nearest_points(norm: Norm) -> None:
    rng, box, ticks = random.Random(norm), [(F(-1), F(1))] * 3, [F(k, 5) for k in range(-5, 6)]
    empty = 0
    for _ in range(60):
        rows = [
            Row({i: F(rng.randint(-3, 3)) for i in range(3)}, F(rng.randint(-3, 1), 2))
            for _ in range(rng.choice([1, 2, 4]))
        ]
        found = nearest(rows, box, norm)
        points = [p for p in itertools.product(ticks, repeat=3) if all(r.at(p) >= 0 for r in rows)]
        if found is None:
            assert not points
            empty += 1
            continue
        assert found.exact
        assert size_of(found.y, norm) == found.size
        assert all(row.at(found.y) >= 0 for row in rows)
        assert all(size_of(p, norm) >= found.size for p in points)
    assert 0 < empty < 50


def test_a_point_inside() -> None:
    corner = [Row({0: F(1)}, F(0), strict=True), Row({0: F(-1)}, F(0))]
    assert inside(corner, [(F(-1), F(1))]) is None
    found = inside(corner[:1], [(F(-1), F(1))])
    assert found is not None
    assert found[0] > 0


def test_roots_are_rounded_to_their_side() -> None:
    assert root(F(1, 4), up=True) == root(F(1, 4), up=False) == F(1, 2)
    low, high = root(F(2), up=False), root(F(2), up=True)
    assert low * low < 2 < high * high


# ── stopping, refusals, the command ────────────────────────────────────────────────────────────


def test_stopped_searches_keep_what_is_proved(monkeypatch: pytest.MonkeyPatch) -> None:
    summit = dt.load("hanoi-2019")
    at_once = radius(summit, KUMGANG, time_limit=0)
    assert (at_once.stopped, at_once.upper, at_once.lower) == ("time_limit", None, 0)
    monkeypatch.setattr(covering, "MOST_PIECES", 2)
    few = radius(summit, KUMGANG)
    assert few.stopped == "finished"
    assert few.reason
    assert few.lower is not None
    assert not few.exact


def test_an_interrupt_keeps_what_is_proved(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = covering.Covering._cut

    def once(self: Any, *given: Any) -> None:
        if self.asked:
            raise KeyboardInterrupt
        asked(self, *given)

    monkeypatch.setattr(covering.Covering, "_cut", once)
    found = radius(dt.load("hanoi-2019"), KUMGANG)
    assert found.stopped == "interrupted"
    assert found.lower is not None
    assert found.upper is None or found.upper >= found.lower


REFUSED_BEYOND = """
detente: 1
title: D
sides: [A, B]
parameters:
  d: {value: 9/10, range: [1/2, 3/2]}
  t: {value: 1, range: [-2, 3]}
horizon: 4
terms:
  deal: {by: A, levels: {no: , yes: {worth: {A: 1, B: LEFT}}}}
breakdown: {worth: {B: -1/100, A: 2 - d}}
snap_back: {after: t}
carrying_out:
  - {compliance: keep, by: A, breaches: {cheat: {detected: 1/2, worth: {A: -1}}}}
discount: {per_round: {A: d, B: 9/10}}
protocol: {kind: take-it-or-leave-it, proposer: A}
"""


def test_values_that_the_file_refuses_overturn_nothing() -> None:
    # It would be signed at a discount factor above one, or at a negative time: none is a game.
    late = dt.Summit.read(REFUSED_BEYOND.replace("LEFT", "d - 21/20"))
    found = radius(late, "yes")
    assert found.upper is None
    assert found.lower is None
    assert found.passed
    found = radius(late, "yes", beyond=1)
    assert found.upper is None
    past = dt.Summit.read(REFUSED_BEYOND.replace("LEFT", "-t / 10 - 1/200").replace("2 - d", "0"))
    assert radius(past, "yes").upper == F(19, 20) / 5
    past = dt.Summit.read(REFUSED_BEYOND.replace("LEFT", "-t / 10 - 1/50").replace("2 - d", "0"))
    assert radius(past, "yes").upper is None


def test_refusals() -> None:
    summit = dt.load("hanoi-2019")
    with pytest.raises(DetenteError, match="no norm 'one'"):
        radius(summit, 0, norm="one")  # type: ignore[arg-type]
    with pytest.raises(DetenteError, match="no parameter 'bread'"):
        radius(summit, 0, only=["bread"])
    with pytest.raises(SummitError):
        radius(summit, "no such bundle")
    with pytest.raises(NotSupported, match="hidden"):
        radius(dt.load("hanoi-2019-sincere-or-hedging"), 0)
    with pytest.raises(DetenteError, match="0 or more"):
        radius(summit, 0, beyond=-1)
    with pytest.raises(DetenteError, match="`beyond` is at most 1,000,000; found 1e400"):
        radius(summit, 0, beyond="1e400")
    with pytest.raises(DetenteError, match="`gap` is at most 1,000,000; found 1e400"):
        radius(summit, 0, gap="1e400")


def test_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    given = ["radius", "hanoi-2019", KUMGANG, "--only", "detection_inspected"]
    assert run([*given, "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert data["game"]["title"]
    assert data["exact"] is True
    assert data["upper"] == data["lower"]
    assert run([*given, "--norm", "euclid"]) == 0
    text = capsys.readouterr().out
    assert "The smallest change that overturns it" in text
    assert "Proved" in text
    assert run([*given, "--norm", "none"]) == 2
    assert run(["radius", "hanoi-2019", KUMGANG, "--time-limit", "0"]) == 3
    capsys.readouterr()


def test_a_bundle_that_is_signed_twice_is_refused() -> None:
    with pytest.raises(NotSupported, match="once more below it"):
        radius(tree_with_verdict(7), "deal")


def test_frames_and_pages() -> None:
    found = radius(kept_while(1 + 3 * X + 4 * Y), "deal", norm="euclid")
    assert list(found.to_frame().columns) == ["now", "to", "share"]
    assert "<table" in found._repr_html_()
    assert len(radius(kept_while(2 + X), "deal").to_frame()) == 0
