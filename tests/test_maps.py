"""Maps of two parameters against the file judged at single points, and their pictures."""

from __future__ import annotations

import json
import os
import random
import signal
import sys
from fractions import Fraction
from itertools import pairwise, product
from math import log, pi, tan
from pathlib import Path
from typing import Any

import pytest
from brute_force import SecondReading
from random_summits import random_summit_data

import detente as dt
from detente.cli import run
from detente.game.builder import Builder
from detente.game.expressions import name
from detente.game.formulas import Parameter
from detente.game.tree import Bundle, Game, Role
from detente.stability.following.algebraic import real_roots
from detente.stability.following.course import Standing
from detente.stability.robustness.maps import surveying
from detente.stability.robustness.maps.boxes import Signs
from detente.stability.robustness.maps.mapped import RegionMap, near
from detente.stability.robustness.maps.plane import Curve, along_first, side, sign_there

F = Fraction
TINY = F(1, 10**9)
QUESTIONS = ("acceptable", "honoured", "stable")


def assert_covers(found: RegionMap) -> None:
    """Patches as large as the rectangle; in each bands from bottom to top, areas from left on."""
    left, right, low, high = found.within
    assert sum(patch.area for patch in found.patches) == (right - left) * (high - low)
    for patch in found.patches:
        for one, other in pairwise(patch.bands):
            assert one.high == other.low
        if patch.bands:
            assert (patch.bands[0].low, patch.bands[-1].high) == patch.box[2:]
            assert [level.at for level in patch.levels[:-1]] == [band.low for band in patch.bands]
        for band in patch.bands:
            assert (band.areas[0].left, band.areas[-1].right) == tuple(map(side, patch.box[:2]))
            assert len(band.edges) == len(band.areas) + 1
            for k, (area, after) in enumerate(pairwise(band.areas)):
                assert area.right == after.left
                assert not area.verdict == after.verdict == band.edges[k + 1]


def points(found: RegionMap, rng: random.Random, count: int) -> list[tuple[F, F]]:
    """Points all over, on each boundary, just beside it, and where boundaries meet."""
    left, right, low, high = found.within
    places = [
        (
            left + (right - left) * F(rng.randint(0, 24), 24),
            low + (high - low) * F(rng.randint(0, 24), 24),
        )
        for _ in range(count)
    ]
    for patch in found.patches:
        for band in patch.bands:
            bottom, top = near(band.low), near(band.high)
            y = bottom + (top - bottom) * F(rng.randint(1, 30), 31)
            for area in band.areas:
                x = area.left.at(y)
                if isinstance(x, F):
                    places += [(x, y), (x - TINY, y), (x + TINY, y)]
            places += [(x, y) for y in (band.low, band.high) if isinstance(y, F)
                       for area in band.areas for x in corners(area.left, y)]  # fmt: skip
    return [(x, y) for x, y in places if left <= x <= right and low <= y <= high]


def corners(curve: Curve, y: F) -> list[F]:
    """Where a curve meets a level, if that is rational."""
    row = along_first(curve.terms, y)
    return [x for x in (real_roots(row) if any(row) else ()) if isinstance(x, F)]


def assert_second_reading(seed: int) -> int:
    """Random summits: each point of the map read again; how many were compared."""
    data = random_summit_data(seed, seed % 2 + 1)
    rng = random.Random(seed)
    summit = dt.Summit.read(json.dumps(data))
    bundle = rng.choice([None, rng.randrange(len(summit.bundles))])
    found = dt.region_map(summit, "a", "b", bundle, within=(F(0), F(2), F(-1), F(3)))
    assert_covers(found)
    assert found.exact
    compared = 0
    for x, y in rng.sample(places := points(found, rng, 12), min(24, len(places))):
        data["parameters"] |= {"a": str(x), "b": str(y)}
        try:
            dt.Summit.read(json.dumps(data))
        except dt.DetenteError:
            continue
        told = found.at(x, y)
        compared += 1
        expected = SecondReading(json.dumps(data)).verdicts()
        if bundle is None:
            assert told == {k for k, verdict in enumerate(expected) if verdict["selected"]}, (x, y)
        else:
            assert isinstance(told, Standing)
            assert {q: told.asked(q) for q in QUESTIONS} == expected[bundle]["modal"], (x, y)
    return compared


@pytest.mark.parametrize("seed", range(400, 404))
def test_random_summits_are_what_a_second_reading_says(seed: int) -> None:
    assert assert_second_reading(seed) > 3


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(404, 416))
def test_many_random_summits(seed: int) -> None:
    assert_second_reading(seed)


def curved() -> Game:
    """B keeps the deal where x² + y² ≤ 1, and A signs it where x·y ≥ 1/4 - or else refuses."""
    x, y = name("x"), name("y")
    b = Builder(
        ["A", "B"],
        bundles=[Bundle("deal", {"deal": "yes"})],
        parameters={n: Parameter(n, F(0), F(-2), F(2)) for n in "xy"},
    )
    kept = b.end([x * y, 1])
    broken = b.tag(b.end([x * y, x * x + y * y]), Role.BROKEN, "deal")
    signed = b.tag(b.decide("B", {"keep": kept, "break": broken}), Role.SIGNED, "deal")
    moves = {"accept": signed, "refuse": b.end([F(1, 4), 0])}
    return b.build(b.tag(b.decide("A", moves), Role.OFFERED, "deal"))


def by_hand(x: F, y: F) -> tuple[bool, bool]:
    return x * y > F(1, 4), x * x + y * y < 1


def test_curves_that_cross_and_turn_back() -> None:
    found = dt.region_map(curved(), "x", "y", "deal")
    assert_covers(found)
    assert found.exact
    assert len(found.patches) == 1
    for i in range(-19, 20):
        for j in range(-19, 20):
            x, y = F(i, 10) + F(1, 97), F(j, 10) + F(1, 89)
            told = found.at(x, y)
            assert isinstance(told, Standing)
            assert (told.acceptable == "always", told.honoured == "always") == by_hand(x, y)
    assert len(found.boundaries) == 2
    # Between the hyperbola and the circle, twice: 2 (π/6 - ∫ dx / 4x), from tan 15° on.
    stable = next(v for v in found.shares if v.stable == "always")  # type: ignore[union-attr]
    lens = 2 * (pi / 6 - log(tan(5 * pi / 12) / tan(pi / 12)) / 8)
    assert found.share(stable) == pytest.approx(lens / 16, rel=1e-8)
    with pytest.raises(LookupError):
        found.at(F(3), F(0))


def test_edges_and_corners_are_told() -> None:
    found = dt.region_map(curved(), "x", "y", "deal")
    told = {
        (F(3, 5), F(4, 5)): ("always", "sometimes", "sometimes"),  # on the circle, xy > 1/4
        (F(0), F(1)): ("never", "sometimes", "never"),  # where the circle turns back
        (F(1, 2), F(1, 2)): ("sometimes", "always", "sometimes"),  # on the hyperbola
        (F(1, 8), F(2)): ("sometimes", "never", "never"),  # where it leaves
        (F(-2), F(-2)): ("always", "never", "never"),  # a corner of the rectangle
        (F(-2), F(0)): ("never", "never", "never"),  # a level where the hyperbola is nowhere
    }
    for (x, y), modal in told.items():
        assert isinstance(there := found.at(x, y), Standing)
        assert (there.acceptable, there.honoured, there.stable) == modal
    # Where both meet, neither coordinate is rational, and the circle is not straight: not told.
    assert any(level.stretches is None for level in found.patches[0].levels)


def test_where_straight_curves_meet_at_irrational_points() -> None:
    """A signs where x·y ≥ 1/2, B keeps where x ≤ y: they meet where x = y = √½."""
    x, y = name("x"), name("y")
    b = Builder(
        ["A", "B"],
        bundles=[Bundle("deal", {"deal": "yes"})],
        parameters={n: Parameter(n, F(1, 2), F(0), F(1)) for n in "xy"},
    )
    kept = b.end([x * y, y])
    broken = b.tag(b.end([x * y, x]), Role.BROKEN, "deal")
    signed = b.tag(b.decide("B", {"keep": kept, "break": broken}), Role.SIGNED, "deal")
    moves = {"accept": signed, "refuse": b.end([F(1, 2), 0])}
    game = b.build(b.tag(b.decide("A", moves), Role.OFFERED, "deal"))
    (patch,) = dt.region_map(game, "x", "y", "deal").patches
    (level,) = [level for level in patch.levels[1:-1] if not isinstance(level.at, F)]
    assert level.stretches is not None
    tie = Standing("sometimes", "sometimes", "sometimes")
    (corner,) = [s for s in level.stretches if s.verdict == tie]
    assert corner.left == corner.right
    assert [s.verdict for s in level.stretches] == [
        Standing("never", "always", "never"), tie, Standing("always", "never", "never"),
    ]  # fmt: skip


def test_a_curve_within_an_area_is_an_edge() -> None:
    """Signing pays A (x - y)², refusing nothing: on the diagonal alone it is a tie."""
    gap = name("x") - name("y")
    b = Builder(
        ["A"],
        bundles=[Bundle("deal", {"deal": "yes"})],
        parameters={n: Parameter(n, F(1, 2), F(0), F(1)) for n in "xy"},
    )
    signed = b.tag(b.end([gap * gap]), Role.SIGNED, "deal")
    offer = b.decide("A", {"accept": signed, "refuse": b.end([0])})
    found = dt.region_map(b.build(b.tag(offer, Role.OFFERED, "deal")), "x", "y", "deal")
    sure, tie = Standing("always", "always", "always"), Standing("sometimes", "always", "sometimes")
    assert found.share(sure) == pytest.approx(1)
    assert found.verdicts == (sure, tie)
    for k in range(5):
        assert found.at(F(k, 4), F(k, 4)) == tie
        assert found.at(F(k, 4), F(4 - k, 4)) == (tie if k == 2 else sure)


def test_patches_where_curves_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = dt.region_map(curved(), "x", "y", "deal")
    monkeypatch.setattr(surveying, "FEW", 0)
    monkeypatch.setattr(surveying, "HALVINGS", 1)
    found = dt.region_map(curved(), "x", "y", "deal")
    assert found.exact
    assert len(found.patches) > 64
    assert_covers(found)
    for verdict, share in whole.shares.items():
        assert found.share(verdict) == pytest.approx(share, rel=1e-7)
    for i, j in product(range(-8, 9), repeat=2):
        assert found.at(F(i, 4), F(j, 4)) == whole.at(F(i, 4), F(j, 4))


def test_what_takes_too_many_curves_is_undecided(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(surveying, "FEW", 0)
    monkeypatch.setattr(surveying, "MANY", 0)
    monkeypatch.setattr(surveying, "HALVINGS", 2)
    found = dt.region_map(curved(), "x", "y", "deal")
    assert_covers(found)
    assert 0 < found.undecided < F(1, 4)
    with pytest.raises(LookupError):
        found.at(F(1), F(0))
    for i, j in product(range(-10, 11), repeat=2):
        try:
            told = found.at(x := F(i, 5) + F(1, 97), y := F(j, 5) + F(1, 89))
        except LookupError:
            continue
        assert isinstance(told, Standing)
        assert (told.acceptable == "always", told.honoured == "always") == by_hand(x, y)


def test_signs_over_boxes_are_those_at_all_points() -> None:
    rng = random.Random(5)
    for _ in range(300):
        powers = [(i, j) for i in range(4) for j in range(3) if rng.random() < 0.5] or [(1, 1)]
        terms = tuple((power, F(rng.choice([-7, -3, -1, 1, 2, 9]))) for power in powers)
        a, c = F(rng.randint(-20, 20), 7), F(rng.randint(-20, 20), 9)
        b, d = a + F(rng.randint(1, 9), 8), c + F(rng.randint(1, 9), 8)
        (sure,) = Signs([terms]).over((a, b, c, d))
        grid = [(a + (b - a) * F(i, 8), c + (d - c) * F(j, 8)) for i in range(9) for j in range(9)]
        met = {sign_there(terms, x, y) for x, y in grid}
        assert sure == 0 or met == {sure}
        if len(met) > 1:
            assert sure == 0


@pytest.fixture(scope="module")
def hanoi() -> Any:
    return dt.load("hanoi-2019")


def test_hanoi_over_two_parameters(hanoi: Any) -> None:
    bundle = "kumgang + full + inspected"
    found = dt.region_map(hanoi, "crisis", "us_crisis_cost", bundle)
    assert found.exact
    assert_covers(found)
    for x, y in points(found, random.Random(1), 12):
        verdict = dt.stability(
            hanoi.at(crisis=x, us_crisis_cost=y), bundles=[bundle], lenses="none"
        )[0]
        told = found.at(x, y)
        assert isinstance(told, Standing)
        assert {q: told.asked(q) for q in QUESTIONS} == verdict.modal


def test_a_cut_through_the_map_is_what_thresholds_say(hanoi: Any) -> None:
    bundle = "all + full + inspected + declared"
    found = dt.region_map(hanoi, "pressure", "us_value_per_weapon", bundle)
    axis = dt.thresholds(hanoi, "pressure", bundles=[bundle])["pressure"]
    (along,) = axis.verdicts
    for k in range(1, 60):
        x = F(1, 10) + F(8, 10) * F(k, 61)
        assert found.at(x, found.values[1]) == along.at(x)


# ── asking ─────────────────────────────────────────────────────────────────────────────────────

ASKED = ["thresholds", "hanoi-2019", "crisis", "us_crisis_cost"]
BUNDLE = ["--bundle", "kumgang + full + inspected"]


def test_text_and_picture(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "map.svg"
    assert run([*ASKED, *BUNDLE, "-o", str(out)]) == 0
    text = capsys.readouterr().out
    assert "crisis·us_crisis_cost - 260" in text
    picture = out.read_text()
    assert "us_crisis_cost" in picture
    assert "stable" in picture
    assert run([*ASKED, *BUNDLE, "-o", str(out)]) == 2
    assert "--force" in capsys.readouterr().err


def test_what_cannot_be_drawn_is_told_before_it_is_made(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    assert run([*ASKED, "-o", str(tmp_path / "map.svg")]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "pip install" in printed.err


def test_json_gives_the_map_back(capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*ASKED, *BUNDLE, "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert data["exact"] is True
    assert data["reason"] is None
    assert sum(v["share"] for v in data["verdicts"]) == pytest.approx(1.0)
    (patch,) = data["patches"]
    assert patch["bands"][0]["low"] == "250"
    assert patch["bands"][-1]["high"] == patch["levels"][-1]["at"] == "4000"
    assert [v["verdict"] for v in data["verdicts"]] == ["broken", "stable", "stable on a tie"]
    band = next(band for band in patch["bands"] if len(band["areas"]) == 2)
    areas, edges = ([one["verdict"] for one in band[key]] for key in ("areas", "edges"))
    assert sorted(areas) == [0, 1]
    assert edges == [areas[0], 2, areas[1]]


def test_a_map_of_patches_is_drawn_and_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(surveying, "FEW", 0)
    monkeypatch.setattr(surveying, "MANY", 0)
    monkeypatch.setattr(surveying, "HALVINGS", 1)
    svg = dt.region_map(curved(), "x", "y", "deal")._repr_svg_()
    assert svg is not None
    assert "undecided" in svg


def test_a_time_limit_leaves_the_rest_undecided(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run([*ASKED, "--time-limit", "0"]) == 3
    text = capsys.readouterr().out
    assert "the time limit passed" in text
    assert "Undecided: all of it." in text
    assert "Share" not in text


def test_an_interrupt_keeps_what_is_proved(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(surveying, "FEW", 0)

    def progress(text: str, done: float | None) -> None:
        if done and done > 0.4:
            raise KeyboardInterrupt

    found = dt.region_map(curved(), "x", "y", "deal", progress=progress)
    assert found.stopped == "interrupted"
    assert_covers(found)
    assert 0 < found.undecided < 1


@pytest.mark.slow
def test_workers_make_the_same_map_though_one_is_killed(hanoi: Any) -> None:
    from detente.stability.robustness.sweeping.crew import local_processes

    names, killed = ("pressure", "crisis"), list[int]()
    cluster = local_processes(2)

    def kill(text: str, done: float | None) -> None:
        if not killed and done and done > 0.2:
            killed.append(next(iter(cluster.workers.values())).process.pid)
            os.kill(killed[0], signal.SIGKILL)

    try:
        found = dt.region_map(hanoi, *names, scheduler=cluster, progress=kill)
    finally:
        cluster.close()
    assert killed
    assert found.exact
    assert found.patches == dt.region_map(hanoi, *names).patches


@pytest.mark.slow
def test_the_talks_of_hanoi_over_two_parameters(hanoi: Any) -> None:
    found = dt.region_map(hanoi, "pressure", "crisis")
    assert found.exact
    assert_covers(found)
    rng = random.Random(2)
    for x, y in rng.sample(places := points(found, rng, 12), min(20, len(places))):
        report = dt.stability(hanoi.at(pressure=x, crisis=y), bundles=[0], lenses="none")
        names = {hanoi.bundles[b].name for b in found.at(x, y) or ()}
        assert names == {settled.name for settled in report.talks}, (x, y)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["crisis", "crisis"], "two parameters"),
        (["crisis", "nothing"], "no parameter 'nothing'"),
        (["crisis", "pressure", "--range", "0,1"], "a map is"),
        (["crisis", "-o", "x.svg"], "name both"),
        (["crisis", "--scheduler", "tcp://127.0.0.1:9"], "name both"),
    ],
)
def test_what_is_no_map_is_refused(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["thresholds", "hanoi-2019", *arguments]) == 2
    assert words in capsys.readouterr().err
