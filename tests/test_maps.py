"""Maps of two parameters against the file judged at single points, and their pictures."""

from __future__ import annotations

import json
import random
from fractions import Fraction
from itertools import pairwise
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
from detente.stability.following.course import Standing
from detente.stability.robustness import map as module
from detente.stability.robustness.boxes import Signs
from detente.stability.robustness.mapped import RegionMap, near
from detente.stability.robustness.plane import sign_there

F = Fraction
TINY = F(1, 10**9)
QUESTIONS = ("acceptable", "honoured", "stable")


def assert_covers(found: RegionMap) -> None:
    """Bands from bottom to top, areas from left to right; boxes as large as the rectangle."""
    left, right, low, high = found.within
    if found.exact:
        assert (found.bands[0].low, found.bands[-1].high) == (low, high)
        for one, other in pairwise(found.bands):
            assert one.high == other.low
        for band in found.bands:
            assert band.areas[0].left is None
            assert band.areas[-1].right is None
            for area, after in pairwise(band.areas):
                assert area.right == after.left
                assert area.verdict != after.verdict
    else:
        sizes = [(b - a) * (d - c) for a, b, c, d in (cell.box for cell in found.cells)]
        assert sum(sizes) == (right - left) * (high - low)


def points(found: RegionMap, rng: random.Random, count: int) -> list[tuple[F, F]]:
    """Points all over, and just on either side of each boundary."""
    left, right, low, high = found.within
    places = [
        (
            left + (right - left) * F(rng.randint(1, 96), 97),
            low + (high - low) * F(rng.randint(1, 88), 89),
        )
        for _ in range(count)
    ]
    for band in found.bands:
        bottom, top = near(band.low), near(band.high)
        y = bottom + (top - bottom) * F(rng.randint(1, 30), 31)
        for area in band.areas[1:]:
            assert area.left is not None
            x = near(area.left.at(y))
            places += [(x - TINY, y), (x + TINY, y)]
        places.append((left + (right - left) * F(rng.randint(1, 30), 31), bottom + TINY))
    return [(x, y) for x, y in places if left < x < right and low < y < high]


def assert_second_reading(seed: int) -> int:
    """Random summits: each point of the map read again; how many were compared."""
    data = random_summit_data(seed, seed % 2 + 1)
    rng = random.Random(seed)
    summit = dt.Summit.read(json.dumps(data))
    bundle = rng.randrange(len(summit.bundles))
    within = (F(0), F(2), F(-1), F(3))
    found = dt.region_map(summit, "a", "b", bundle, within=within)
    assert_covers(found)
    compared = 0
    for x, y in rng.sample(places := points(found, rng, 12), min(16, len(places))):
        data["parameters"] |= {"a": str(x), "b": str(y)}
        try:
            dt.Summit.read(json.dumps(data))
            told = found.at(x, y)
        except (dt.DetenteError, LookupError):
            continue
        compared += 1
        expected = SecondReading(json.dumps(data)).verdicts()[bundle]
        assert isinstance(told, Standing)
        assert {q: told.asked(q) for q in QUESTIONS} == expected["modal"], (x, y)
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
    for i in range(-19, 20):
        for j in range(-19, 20):
            x, y = F(i, 10) + F(1, 97), F(j, 10) + F(1, 89)
            told = found.at(x, y)
            assert isinstance(told, Standing)
            assert (told.acceptable == "always", told.honoured == "always") == by_hand(x, y)
    assert len(found.boundaries) == 2
    # Between the hyperbola and the circle, twice.
    stable = next(v for v in found.verdicts if v.stable == "always")  # type: ignore[union-attr]
    grid = [F(k, 200) + F(1, 400) for k in range(200)]
    hits = 2 * sum(all(by_hand(x, y)) for x in grid for y in grid)
    assert abs(found.share(stable) - hits / 640_000) < 0.002
    with pytest.raises(LookupError):
        found.at(F(1), F(1, 4))
    with pytest.raises(LookupError):
        found.at(F(3), F(0))


def test_boxes_where_cells_would_be_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CELLS", 3)
    found = dt.region_map(curved(), "x", "y", "deal")
    assert not found.exact
    assert_covers(found)
    assert 0 < found.undecided < F(1, 10)
    for cell in found.cells:
        left, right, low, high = cell.box
        for x, y in [(left, low), (right, high), ((left + right) / 2, (low + high) / 2)]:
            if cell.decided:
                told = cell.verdict
                assert isinstance(told, Standing)
                assert (told.acceptable == "always", told.honoured == "always") == by_hand(x, y)


def test_signs_over_boxes_are_those_at_all_points() -> None:
    rng = random.Random(5)
    for _ in range(300):
        powers = [(i, j) for i in range(4) for j in range(3) if rng.random() < 0.5] or [(1, 1)]
        terms = tuple((power, F(rng.choice([-7, -3, -1, 1, 2, 9]))) for power in powers)
        signs = Signs()
        signs.number(terms)
        a, c = F(rng.randint(-20, 20), 7), F(rng.randint(-20, 20), 9)
        b, d = a + F(rng.randint(1, 9), 8), c + F(rng.randint(1, 9), 8)
        sure = int(signs.over((a, b, c, d))[0])
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


def test_json_gives_the_map_back(capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*ASKED, *BUNDLE, "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert data["exact"] is True
    assert sum(v["share"] for v in data["verdicts"]) == pytest.approx(1.0)
    assert data["bands"][0]["low"] == "250"
    assert data["bands"][-1]["high"] == "4000"
    assert {v["word"] for v in data["verdicts"]} == {"broken", "stable"}


def test_a_map_of_boxes_is_drawn_and_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CELLS", 3)
    found = dt.region_map(curved(), "x", "y", "deal")
    svg = found._repr_svg_()
    assert svg is not None
    assert "undecided" in svg


def test_a_time_limit_leaves_the_rest_undecided(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run([*ASKED, *BUNDLE, "--time-limit", "0"]) == 3
    text = capsys.readouterr().out
    assert "the time limit passed" in text
    assert "Undecided: 100 %" in text


def test_an_interrupt_keeps_what_is_proved(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CELLS", 3)
    count = 0

    def progress(text: str, done: float | None) -> None:
        nonlocal count
        count += 1
        if count == 300:
            raise KeyboardInterrupt

    found = dt.region_map(curved(), "x", "y", "deal", progress=progress)
    assert found.stopped == "interrupted"
    assert_covers(found)
    assert 0 < found.undecided < 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["crisis", "crisis"], "two parameters"),
        (["crisis", "nothing"], "no parameter 'nothing'"),
        (["crisis", "pressure", "--range", "0,1"], "a map is"),
        (["crisis", "-o", "x.svg"], "name both"),
    ],
)
def test_what_is_no_map_is_refused(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["thresholds", "hanoi-2019", *arguments]) == 2
    assert words in capsys.readouterr().err
