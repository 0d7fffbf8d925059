"""`detente enforce` and `dt.enforcement`: one report, in text, JSON, a frame and as a lens."""

from __future__ import annotations

import json
from fractions import Fraction
from typing import Any

import pytest

import detente as dt
from detente.cli import run
from detente.errors import GameError, NotSupported, OutOfTime, SummitError
from detente.stability.enforcement import report as reports
from detente.stability.enforcement.lens import LENS

BROKEN = "kumgang + full + inspected"
KEPT = "kumgang + partial + inspected"


@pytest.fixture(scope="module")
def hanoi() -> Any:
    return dt.load("hanoi-2019")


def test_one_report_for_all_three(hanoi: Any) -> None:
    found = dt.enforcement(hanoi, [BROKEN, KEPT])
    assert [entry.bundle for entry in found] == [BROKEN, KEPT]
    broken, kept = found
    assert [shot.side for shot in broken.one_shot] == ["US", "DPRK"]
    assert broken.renewed.holds is False
    assert kept.renewed.holds is True
    assert broken.ladder.undone == {"yongbyon": ("partial", "full")}
    assert kept.ladder.at_once
    # 0.9 (200 (1 - d) + 10 d) ≥ 290 (1 - d)
    assert broken.renewed.sets["patience"].infimum == Fraction(110, 119)
    assert found[KEPT] is kept


def test_all_bundles_without_instalments(hanoi: Any) -> None:
    found = dt.enforcement(hanoi)
    assert len(found) == 75
    assert found.stopped == "finished"
    assert all(entry.ladder is None and entry.shares is None for entry in found)
    assert all(entry.one_shot is not None for entry in found)


def test_one_shot_agrees_with_the_verdicts(hanoi: Any) -> None:
    from detente.stability.enforcement.telling import keeps

    verdicts = dt.stability(hanoi)
    for entry in dt.enforcement(hanoi):
        kept = all(map(keeps, entry.one_shot))
        assert kept == (verdicts[entry.bundle].modal["honoured"] != "never"), entry.bundle


def test_one_side_only(hanoi: Any) -> None:
    entry = dt.enforcement(hanoi, BROKEN, side="US")[0]
    assert [shot.side for shot in entry.one_shot] == ["US"]
    assert [keeper.side for keeper in entry.renewed.keepers] == ["US"]
    assert entry.renewed.holds
    with pytest.raises(SummitError, match="no side 'ROK'"):
        dt.enforcement(hanoi, BROKEN, side="ROK")


def test_stopped_keeps_what_was_found(hanoi: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    assert dt.enforcement(hanoi, time_limit=0).stopped == "time_limit"
    true = reports.renewed
    for raised, word in ((OutOfTime, "time_limit"), (KeyboardInterrupt, "interrupted")):
        calls = []

        def renewed(*given: Any, raised: Any = raised, calls: list[Any] = calls) -> Any:
            calls.append(given)
            if len(calls) > 4:
                raise raised
            return true(*given)

        monkeypatch.setattr(reports, "renewed", renewed)
        found = dt.enforcement(hanoi, time_limit=100)
        assert found.stopped == word
        assert len(found) == 4
        assert "4 of 75" in found.reason


def test_frame_and_html(hanoi: Any) -> None:
    frame = dt.enforcement(hanoi, [BROKEN, KEPT]).to_frame()
    assert frame.loc[(BROKEN, "DPRK"), "renewed: patience"] == Fraction(110, 119)
    assert frame.loc[(BROKEN, "DPRK"), "once: penalty"] == Fraction(1900, 9)
    floats = dt.enforcement(hanoi, [BROKEN]).to_frame(exact=False)
    assert floats.loc[(BROKEN, "DPRK"), "renewed: patience"] == pytest.approx(110 / 119)
    html = dt.enforcement(hanoi, [BROKEN])._repr_html_()
    assert "d ≥ 0.9244" in html


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"punishment": -1}, GameError),
        ({"false_alarm": "3/2"}, GameError),
        ({"bundles": "no such"}, SummitError),
        ({"bundles": 99}, SummitError),
    ],
)
def test_wrong_arguments(hanoi: Any, wrong: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error):
        dt.enforcement(hanoi, **wrong)


def test_what_is_no_summit() -> None:
    with pytest.raises(NotSupported, match="takes a summit"):
        dt.enforcement(dt.load("hanoi-2019").game)  # type: ignore[arg-type]
    with pytest.raises(NotSupported, match="written by hand"):
        dt.enforcement(dt.load("kydd-reassurance"))


def test_secrets_leave_the_other_two() -> None:
    summit = dt.load("hanoi-2019-sincere-or-hedging")
    entry = dt.enforcement(summit, len(summit.bundles) - 1)[0]
    assert entry.one_shot is None
    assert "does not see" in entry.notes["one_shot"]
    assert entry.renewed.keepers
    assert any("hedging" in stage.case for k in entry.renewed.keepers for stage in k.stages)
    assert "types" in entry.notes["ladder"]


# ── the command ────────────────────────────────────────────────────────────────────────────────


def out(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> str:
    assert run(["enforce", *arguments]) == code
    captured = capsys.readouterr()
    return captured.out if code != 2 else captured.err


def test_table(capsys: pytest.CaptureFixture[str]) -> None:
    text = out(capsys, "hanoi-2019")
    assert "75 bundles" in text
    assert "by DPRK" in text
    assert max(map(len, text.splitlines())) <= 120


@pytest.mark.parametrize("width", ["80", "100"])
def test_narrow_tables(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, width: str
) -> None:
    monkeypatch.setenv("COLUMNS", width)
    text = out(capsys, "hanoi-2019", "--no-instalments")
    assert max(map(len, text.splitlines())) <= int(width)


def test_story(capsys: pytest.CaptureFixture[str]) -> None:
    text = out(capsys, "hanoi-2019", BROKEN)
    for words in ("One breach", "Renewed year after year", "In instalments", "190 M$", "0.9244"):
        assert words in text
    assert "1. kumgang + partial + inspected" in text


def test_json(capsys: pytest.CaptureFixture[str]) -> None:
    data = json.loads(out(capsys, "hanoi-2019", BROKEN, "--json"))
    assert data["game"]["players"] == ["US", "DPRK"]
    (entry,) = data["bundles"]
    assert entry["renewed"]["sets"]["patience"]["infimum"] == "110/119"
    assert entry["renewed"]["sets"]["patience"]["attained"] is True
    assert entry["one_shot"][1]["breaches"][0]["net"] == "190"
    assert entry["ladder"]["path"] == ["kumgang + partial + inspected"]
    assert entry["shares"]["steps"] == 1
    assert data["stopped"] == "finished"


def test_rules_on_the_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    short = json.loads(out(capsys, "hanoi-2019", KEPT, "--punishment", "2", "--json"))
    assert short["punishment"] == 2
    loud = json.loads(out(capsys, "hanoi-2019", KEPT, "--false-alarm", "1/2", "--json"))
    assert loud["bundles"][0]["renewed"]["false_alarm"] == "1/2"
    assert loud["bundles"][0]["renewed"]["holds"] is False
    irrational = json.loads(out(capsys, "hanoi-2019", BROKEN, "--punishment", "40", "--json"))
    least = irrational["bundles"][0]["renewed"]["sets"]["patience"]["infimum"]
    assert set(least) == {"polynomial", "between", "decimal"}
    assert Fraction(110, 119) < least["decimal"] < 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["hanoi-2019", "nowhere"], "no bundle"),
        (["hanoi-2019", "--punishment", "two"], "--punishment"),
        (["hanoi-2019", "--punishment", "9999"], "200"),
        (["hanoi-2019", "--false-alarm", "2"], "from 0 to 1"),
        (["hanoi-2019", "--false-alarm", "often"], "often"),
        (["kydd-reassurance"], "written by hand"),
        (["hanoi-2019", "--side", "ROK"], "no side"),
    ],
)
def test_mistakes(capsys: pytest.CaptureFixture[str], arguments: list[str], said: str) -> None:
    assert said in out(capsys, *arguments, code=2)


def test_time_limit_exits_three(capsys: pytest.CaptureFixture[str]) -> None:
    assert "Stopped early" in out(capsys, "hanoi-2019", "--time-limit", "0", code=3)


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    [
        "fearon-1995-complete-information",
        "hanoi-2019-all-in",
        "hanoi-2019-erosion-players",
        "hanoi-2019-false-alarms",
        "hanoi-2019-secret-restart",
        "hanoi-2019-seoul-mediates",
        "inspection-deterrence",
        "powell-2006-commitment",
        "rubinstein-1982-three-rounds",
        "ultimatum",
    ],
)
def test_shipped_games(capsys: pytest.CaptureFixture[str], name: str) -> None:
    summit = dt.load(name)
    assert out(capsys, name)
    assert "Renewed" in out(capsys, name, summit.bundles[-1].name)


# ── the lens ───────────────────────────────────────────────────────────────────────────────────


def test_the_lens(hanoi: Any) -> None:
    which = [hanoi.bundle_index(name) for name in (BROKEN, KEPT)]
    broken, kept = LENS.look(hanoi, which, None)
    assert (broken.holds, kept.holds) == (False, True)
    assert broken.word.startswith("d ≥ 0.924")
    assert "DPRK would hide" in broken.text
    assert LENS.refusal(hanoi) is None
    assert "written by hand" in (LENS.refusal(dt.load("kydd-reassurance")) or "")
    with pytest.raises(OutOfTime):
        list(LENS.look(hanoi, which, 0.0))
