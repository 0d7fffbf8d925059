"""What is no argument is refused in one line that says what would be one."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

import detente as dt
from detente.certify import Series
from detente.errors import DetenteError
from detente.game.builder import Builder
from detente.game.profile import Profile
from detente.game.strategic import StrategicGame
from detente.game.tree import Bundle, Game, Role
from detente.loading import PIPE_LIMIT, load


def coin() -> Game:
    b = Builder(["A"])
    return b.build(b.decide("A", {"x": b.end(0), "y": b.end(0)}, label="pick"))


def half() -> tuple[Builder, Any]:
    b = Builder(["A", "B"], bundles=[Bundle("deal", {"t": "x"})])
    return b, b.end(1, 2)




BUILDING: list[tuple[str, Callable[[Builder, Any], Any]]] = [
    ("-1 is no node", lambda b, end: b.build(-1)),
    ("5 is no node", lambda b, end: b.build(5)),
    ("'x' is no node", lambda b, end: b.build("x")),
    ("None is no node", lambda b, end: b.build(None)),
    ("True is no node", lambda b, end: b.build(True)),
    ("9 is no node", lambda b, end: b.tag(9, Role.SIGNED, "deal")),
    ("a tag has a role", lambda b, end: b.tag(end, "signed", "deal")),
    ("no bundle 'other'", lambda b, end: b.tag(end, Role.SIGNED, "other")),
    (r"no bundle '\['deal'\]'", lambda b, end: b.tag(end, Role.SIGNED, ["deal"])),
    ("a label is a text; found 3", lambda b, end: b.end(1, 2, label=3)),
    ("name of an outcome is a text", lambda b, end: b.end(1, 2, outcome=3)),
    ("name of an infoset is a text", lambda b, end: b.decide("A", {"x": end}, infoset=3)),
    ("name of an action is a text", lambda b, end: b.decide("A", {1: end})),
    (r"no player '\['A'\]'", lambda b, end: b.decide(["A"], {"x": end})),
    ("moves are", lambda b, end: b.decide("A", ["x", "y"])),
    ("moves are", lambda b, end: b.decide("A", None)),
    ("moves are", lambda b, end: b.decide("A", [end, end])),
    ("None is no node", lambda b, end: b.decide("A", {"x": None})),
    ("a chance move is", lambda b, end: b.chance({"x": end})),
    ("moves are", lambda b, end: b.chance(end)),
    ("amounts are a list", lambda b, end: b.decide("A", {"x": end}, payoffs=3)),
    ("amounts are a list", lambda b, end: b.decide("A", {"x": end}, payoffs="12")),
    ("not a number", lambda b, end: b.end(float("nan"), 1)),
    ("not a number", lambda b, end: b.end(float("inf"), 1)),
    ("not a number", lambda b, end: b.end(None, 1)),
    ("players are a list", lambda b, end: Builder("AB")),
    ("bundles are a list", lambda b, end: Builder(["A"], bundles="shared")),
    ("found 3", lambda b, end: Builder(["A", 3])),
    ("found 3", lambda b, end: Builder(["A"], title=3)),
]

JUDGING: list[tuple[str, Callable[[Game], Any]]] = [
    ("counted from 0 to 0; found -1", lambda g: Profile.pure(g, [0]).at(-1)),
    ("counted from 0 to 0; found 1", lambda g: Profile.pure(g, [0]).at(1)),
    (r"\[player, infoset\]; found 'E'", lambda g: Profile.pure(g, [0])["E"]),
    ("found NoneType", lambda g: Profile.mixed(g, None)),
    ("found str", lambda g: Profile.mixed(g, "ab")),
    ("found True", lambda g: Profile.mixed(g, [True, False])),
    ("found None", lambda g: Profile.mixed(g, [None, 1])),
    ("a probability is a number", lambda g: Profile.mixed(g, ["x", "1"])),
    ("must be at least 0", lambda g: Profile.mixed(g, [float("nan"), 1.0])),
    ("must be at least 0", lambda g: Profile.mixed(g, [float("inf"), 0.0])),
    ("one action an infoset", lambda g: Profile.pure(g, [[0], [0, 1]])),
    ("whole numbers", lambda g: Profile.pure(g, None)),
    ("certify judges a profile; found list", lambda g: dt.certify(g, [1, 1])),
    ("certify judges a profile; found NoneType", lambda g: dt.certify(g, None)),
    ("certify judges a profile; found list", lambda g: Series(g).certify([1, 1])),
    ("takes a game or a summit; found str", lambda g: dt.certify("x", Profile.pure(g, [0]))),
    ("found NoneType", lambda g: dt.load(None)),
    ("empty name", lambda g: dt.load("")),
    ("stability takes a summit", lambda g: dt.stability(None)),
    ("stability takes a summit", lambda g: dt.stability("ultimatum")),
    ("a round is a whole number", lambda g: dt.stability(dt.load("ultimatum"), round="1")),
    ("by its name", lambda g: dt.stability(dt.load("ultimatum"))[None]),
    ("verdicts; found 999", lambda g: dt.stability(dt.load("ultimatum"))[999]),
    ("bundles are a list", lambda g: dt.stability(dt.load("ultimatum"), bundles="k0")),
]


@pytest.mark.parametrize(("words", "build"), BUILDING)
def test_a_builder_says_what_it_takes(words: str, build: Callable[[Builder, Any], Any]) -> None:
    with pytest.raises(DetenteError, match=words) as refused:
        build(*half())
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(("words", "judge"), JUDGING)
def test_so_do_profiles_and_what_takes_them(words: str, judge: Callable[[Game], Any]) -> None:
    with pytest.raises(DetenteError, match=words) as refused:
        judge(coin())
    assert "\n" not in str(refused.value)


def test_a_float_counts_as_what_it_prints():
    game = StrategicGame.of(["A"], [["x", "y", "z"]], [(0.1,), ("1/3",), (2,)])
    assert [game.payoff(k)[0] for k in range(3)] == [Fraction(1, 10), Fraction(1, 3), 2]
    with pytest.raises(DetenteError, match="not a number"):
        StrategicGame.of(["A"], [["x"]], [(float("nan"),)])
    with pytest.raises(DetenteError, match="found 3"):
        StrategicGame.of(["A"], [[3]], [(1,)])


def test_probabilities_in_every_arithmetic():
    game = coin()
    exact = Profile.mixed(game, ["1/3", Fraction(2, 3)])
    assert list(exact.at(0)) == [Fraction(1, 3), Fraction(2, 3)]
    assert list(Profile.mixed(game, [Decimal("0.25"), Decimal("0.75")]).at(0)) == [
        Fraction(1, 4), Fraction(3, 4),
    ]  # fmt: skip
    for kind in (np.float16, np.float32, np.float64):
        profile = Profile.mixed(game, np.array([1 / 3, 2 / 3], dtype=kind))
        assert sum(profile.at(0)) == pytest.approx(1, abs=1e-12)
        assert profile.at(0)[0] == pytest.approx(1 / 3, rel=1e-3)
        assert dt.certify(game, profile).verdict == "proved"
    with pytest.raises(DetenteError, match="sum to 1"):
        Profile.mixed(game, np.array([0.333, 0.666], dtype=np.float32))
    with pytest.raises(DetenteError, match="sum to 1"):
        Profile.mixed(game, [1 / 3, 2 / 3 + 1e-7])


def test_certify_takes_what_solve_takes():
    summit = dt.load("ultimatum")
    best = dt.solve(summit).equilibria[0]
    assert dt.certify(summit, best.profile) == best.certificate


def test_a_device_without_end_is_refused(tmp_path, monkeypatch):
    link = tmp_path / "endless.efg"
    try:
        link.symlink_to("/dev/zero")
    except OSError:
        pytest.skip("this system has no links")
    monkeypatch.setattr("detente.loading.PIPE_LIMIT", PIPE_LIMIT // 1000)
    for name in (link, "/dev/zero"):
        with pytest.raises(DetenteError, match="gives more than 200,000 bytes"):
            load(name)


@pytest.mark.parametrize("text", ["0e99999", "-0.00e-99999", "0e5001"])
def test_nothing_is_nothing_at_any_power(text):
    from detente.files.efg import read_efg

    game = read_efg(f'EFG 2 R "" {{ "A" }} t "" 1 "" {{ {text} }}'.encode())
    assert game.payoff(0) == (0,)
    b = Builder(["A"])
    assert b.build(b.end(text)).payoff(0) == (0,)
