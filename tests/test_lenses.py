"""Every way of asking side by side: what each sees, where they disagree, how a table shows it."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Sequence
from fractions import Fraction
from types import ModuleType
from typing import Any

import pytest
from rich.console import Console

import detente as dt
from detente.cli import run
from detente.errors import DetenteError, NotSupported, OutOfTime
from detente.show.data import report_data
from detente.show.lenses import cell
from detente.show.tables import report_parts
from detente.stability import lenses
from detente.stability.disagreement import WHY, disagreement, sides_of
from detente.stability.lens import Lens, Sight
from detente.stability.lenses import HOMES, asked_for, lens, through

NAMES = list(HOMES)


@pytest.fixture(scope="module")
def hanoi() -> dt.Summit:
    summit: dt.Summit = dt.load("hanoi-2019")
    return summit


@pytest.fixture(scope="module")
def report(hanoi: dt.Summit) -> dt.Report:
    return dt.stability(hanoi, lenses="all")


def even(summit: Any, bundles: Sequence[int], deadline: float | None) -> Iterator[Sight]:
    """A lens through which every second bundle holds."""
    for bundle in bundles:
        holds = bundle % 2 == 0
        text = f"Bundle {bundle} is {'even' if holds else 'odd'}."
        yield Sight(holds, "even" if holds else "odd", text, {"half": Fraction(bundle, 2)})


def planted(monkeypatch: pytest.MonkeyPatch, name: str = "parity", **parts: Any) -> None:
    """Put a lens of the test's own among those that there are."""
    home = ModuleType(f"lens_{name}")
    given: dict[str, Any] = {
        "question": "Is it even?",
        "refusal": lambda summit: None,
        "cost": lambda summit, count: 0.0,
        "look": even,
    }
    home.LENS = Lens(name=name, **{**given, **parts})  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, home.__name__, home)
    monkeypatch.setattr(lenses, "HOMES", {**HOMES, name: home.__name__})


# ── which are asked ────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("given", "names"),
    [
        (None, []),
        ("none", []),
        ([], []),
        ("all", NAMES),
        (["graph,bargaining"], ["graph", "bargaining"]),
        (["bargaining", "graph", "graph"], ["graph", "bargaining"]),
        (" graph , equilibrium ", ["equilibrium", "graph"]),
    ],
)
def test_lenses_are_asked_for_by_name(given: Any, names: list[str]) -> None:
    assert list(asked_for(given)) == names


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("grpah", "Did you mean 'graph'"),
        ("none,graph", "'none' stands alone"),
        ([3], "named by texts"),
    ],
)
def test_a_wrong_name_is_told_before_anything_is_judged(given: Any, said: str) -> None:
    with pytest.raises(DetenteError, match=said):
        dt.stability(dt.load("ultimatum"), lenses=given)


@pytest.mark.parametrize("name", NAMES)
def test_each_lens_says_what_it_is(name: str, hanoi: dt.Summit) -> None:
    found = lens(name)
    assert found.name == name
    assert found.question.endswith("?")
    assert found.refusal(hanoi) is None
    assert found.cost(hanoi, len(hanoi.bundles)) >= 0
    assert {name} <= {one for pair in WHY for one in pair}


# ── what they see ──────────────────────────────────────────────────────────────────────────────


def test_all_lenses_see_every_bundle(report: dt.Report) -> None:
    assert [seen.name for seen in report.lenses] == NAMES
    for verdict in report:
        assert list(verdict.lenses) == NAMES
        for sight in verdict.lenses.values():
            assert 0 < len(sight.word) <= 24
            assert sight.text.endswith(".")
            assert "\n" not in sight.text


def test_the_equilibrium_lens_is_the_verdict(hanoi: dt.Summit, report: dt.Report) -> None:
    asked = [3, 10, 70]
    sights = list(lens("equilibrium").look(hanoi, asked, None))
    for bundle, sight in zip(asked, sights, strict=True):
        verdict = report.bundles[bundle]
        assert (sight.holds, sight.word) == (verdict.stable, verdict.word)
        assert sight == verdict.lenses["equilibrium"]


def test_a_few_bundles_are_seen_as_among_all(hanoi: dt.Summit, report: dt.Report) -> None:
    asked = ["kumgang + partial + inspected", "all + full", "civilian + dismantled"]
    for verdict in dt.stability(hanoi, bundles=asked, lenses="all"):
        assert verdict.lenses == report[verdict.name].lenses


def test_nothing_is_asked_unless_wanted(hanoi: dt.Summit) -> None:
    found = dt.stability(hanoi, bundles=["all + full"])
    assert (found.lenses, found[0].lenses, found[0].disagreement) == ((), {}, None)


def test_the_verdict_stands_beside_whatever_is_asked(hanoi: dt.Summit) -> None:
    found = dt.stability(hanoi, bundles=["civilian + dismantled"], lenses="graph")
    assert list(found[0].lenses) == ["equilibrium", "graph"]
    assert "in the conflict graph: US takes back civilian" in str(found[0].disagreement)


def test_frames_have_a_column_a_lens(report: dt.Report) -> None:
    frame = report.to_frame()
    for name in NAMES:
        words = [verdict.lenses[name].word for verdict in report]
        assert list(frame[f"lens: {name}"]) == words
    assert (frame["lens: equilibrium holds"] == frame["stable"]).all()
    assert frame["disagreement"].notna().sum() == sum(v.disagreement is not None for v in report)


# ── refusals, costs, and being stopped ─────────────────────────────────────────────────────────


def test_a_lens_that_refuses_says_why(monkeypatch: Any, hanoi: dt.Summit) -> None:
    planted(monkeypatch, refusal=lambda summit: "it is too hot.")
    found = dt.stability(hanoi, bundles=[0], lenses="parity")
    assert found.lenses[1].refusal == "it is too hot."
    assert "parity" not in found[0].lenses
    assert found.stopped == "finished"
    assert "No parity: it is too hot." in table(found)


def test_what_a_lens_cannot_do_is_a_refusal(monkeypatch: Any, hanoi: dt.Summit) -> None:
    def fails(*given: Any) -> Iterator[Sight]:
        raise NotSupported("no such thing.")
        yield

    planted(monkeypatch, look=fails)
    assert dt.stability(hanoi, bundles=[0], lenses="parity").lenses[1].refusal == "no such thing."


def test_a_defect_of_a_lens_is_not_hidden(monkeypatch: Any, hanoi: dt.Summit) -> None:
    def fails(*given: Any) -> Iterator[Sight]:
        raise ZeroDivisionError
        yield

    planted(monkeypatch, look=fails)
    with pytest.raises(ZeroDivisionError):
        dt.stability(hanoi, bundles=[0], lenses="parity")


def test_a_costly_lens_is_asked_only_by_name(monkeypatch: Any, hanoi: dt.Summit) -> None:
    planted(monkeypatch, cost=lambda summit, count: 30.0)
    cheap = dt.stability(hanoi, bundles=[0], lenses="cheap")
    assert (cheap.lenses[-1].name, cheap.lenses[-1].stopped) == ("parity", "not_asked")
    assert "No parity: it takes about 30 s; --lens parity asks for it." in table(cheap)
    assert "parity" not in cheap[0].lenses
    assert dt.stability(hanoi, bundles=[0], lenses="parity")[0].lenses["parity"].holds


@pytest.mark.parametrize(
    ("stop", "stopped"), [(OutOfTime, "time_limit"), (KeyboardInterrupt, "interrupted")]
)
def test_what_was_seen_before_a_stop_stays(
    monkeypatch: Any, hanoi: dt.Summit, stop: type[BaseException], stopped: str
) -> None:
    def partly(summit: Any, bundles: Sequence[int], deadline: float | None) -> Iterator[Sight]:
        yield from even(summit, bundles[:2], deadline)
        raise stop

    planted(monkeypatch, look=partly)
    found = dt.stability(hanoi, bundles=[0, 1, 2], lenses="parity")
    assert found.stopped == found.lenses[1].stopped == stopped
    assert "after 2 of 3 bundles" in found.reason
    assert [("parity" in verdict.lenses) for verdict in found] == [True, True, False]
    assert [verdict.stable is not None for verdict in found] == [True] * 3
    text = table(found)
    assert "Stopped early: the lens ‘parity’ did not see all" in text
    assert "?" in text


def test_nothing_more_is_asked_once_the_time_is_up(hanoi: dt.Summit) -> None:
    found = dt.stability(hanoi, time_limit=0, lenses="all")
    assert found.stopped == "time_limit"
    assert [seen.stopped for seen in found.lenses[1:]] == ["not_asked"] * (len(NAMES) - 1)


def test_a_bare_tree_has_no_terms_to_look_at() -> None:
    game = dt.load("tie-that-matters").game
    found = dt.stability(game, lenses="all")
    assert all(seen.refusal for seen in found.lenses[1:])
    assert [list(verdict.lenses) for verdict in found] == [["equilibrium"]] * len(found)


@pytest.mark.parametrize("name", ["tie-that-matters", "entry-deterrence", "kydd-reassurance"])
def test_every_kind_of_summit_gets_an_answer_or_a_refusal(name: str) -> None:
    found = dt.stability(dt.load(name), lenses="all")
    assert found.stopped == "finished"
    for seen in found.lenses:
        there = [seen.name in verdict.lenses for verdict in found]
        assert all(there) if seen.refusal is None else not any(there)


# ── where they disagree ────────────────────────────────────────────────────────────────────────


def said(**holds: bool | None) -> dict[str, Sight]:
    return {name: Sight(value, name, f"US says {value}.") for name, value in holds.items()}


def test_lenses_agree_where_none_says_no_to_what_another_says_yes_to() -> None:
    assert disagreement({}) is None
    assert disagreement(said(equilibrium=True, graph=None)) is None
    assert disagreement(said(equilibrium=False, graph=False, bargaining=None)) is None
    assert sides_of(said(equilibrium=True, graph=None, bargaining=False)) == (
        ("equilibrium",),
        ("bargaining",),
    )


def test_a_disagreement_tells_who_says_what_the_witness_and_the_reason() -> None:
    told = disagreement(said(equilibrium=False, enforcement=True, graph=True, bargaining=False))
    assert told == (
        "It holds if renewed and in the conflict graph, but not as an equilibrium or in "
        "bargaining: US says False. US says False. "
        f"{WHY['enforcement', 'equilibrium']} {WHY['enforcement', 'bargaining']}"
    )
    assert "by ‘parity’: US says False." in str(disagreement(said(parity=False, graph=True)))


def test_every_two_lenses_have_a_reason_to_differ() -> None:
    assert set(WHY) == {(one, two) for one in NAMES for two in NAMES if one != two}


# ── as text and as data ────────────────────────────────────────────────────────────────────────


def table(report: dt.Report, width: int = 120, all: bool = True) -> str:
    out = Console(width=width, record=True, file=open("/dev/null", "w"))  # noqa: SIM115
    for part in report_parts(report, all=all, width=width):
        out.print(part)
    return out.export_text()


@pytest.mark.parametrize("width", [80, 100, 120, 160])
@pytest.mark.parametrize("all", [False, True])
def test_every_lens_has_a_column_at_any_width(report: dt.Report, width: int, all: bool) -> None:
    text = table(report, width, all)
    assert max(map(len, text.splitlines())) <= width
    (head,) = [line for line in text.splitlines() if line.startswith("bundle")]
    named = head.split()
    for name in ["verdict", *NAMES[1:], "why"]:  # "bundle, and why" where there is little room
        assert name in named
    assert "US would lose" in text
    assert ("US" in named) == (width >= (160 if all else 120))


def test_a_cell_says_yes_or_no_and_why(report: dt.Report) -> None:
    for verdict in report:
        for name, sight in verdict.lenses.items():
            if sight.holds is not None:
                assert cell(verdict, name) == f"{'yes' if sight.holds else 'no'}, {sight.word}"
    unasked = dt.stability(report.summit, bundles=[0])[0]
    assert cell(unasked, "graph") == "?"


def test_the_table_counts_disagreements(report: dt.Report) -> None:
    text = " ".join(table(report, 400).split())
    for name in NAMES[1:]:
        against = [v for v in report if v.stable and v.lenses[name].holds is False]
        assert f"{len(against)} of the {len(report.stable)} stable bundles do not hold" in text
        assert WHY["equilibrium", name] in text
    for_it = [v for v in report if not v.stable and v.lenses["graph"].holds]
    others = len(report) - len(report.stable)
    assert f"{len(for_it)} of the {others} other bundles hold in the conflict graph" in text


def test_the_data_have_each_lens_and_the_reason(monkeypatch: Any, hanoi: dt.Summit) -> None:
    planted(monkeypatch)
    data = json.loads(json.dumps(report_data(dt.stability(hanoi, bundles=[1], lenses="parity"))))
    assert [one["name"] for one in data["lenses"]] == ["equilibrium", "parity"]
    assert data["lenses"][1] == {
        "name": "parity",
        "question": "Is it even?",
        "refusal": None,
        "stopped": "finished",
        "reason": None,
    }
    (bundle,) = data["bundles"]
    assert bundle["lenses"]["parity"] == {
        "holds": False,
        "word": "odd",
        "text": "Bundle 1 is odd.",
        "half": "1/2",
    }
    assert bundle["disagreement"] is None


def test_the_command_takes_lenses(capsys: Any) -> None:
    assert run(["stability", "hanoi-2019", "--json", "--lens", "graph", "--bundle", "kumgang"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert [one["name"] for one in data["lenses"]] == ["equilibrium", "graph"]
    assert run(["stability", "hanoi-2019", "--lens", "none", "--bundle", "kumgang"]) == 0
    assert "graph" not in capsys.readouterr().out
    assert run(["stability", "hanoi-2019", "--bundle", "kumgang"]) == 0
    assert "Under graph:" in capsys.readouterr().out
    assert run(["stability", "hanoi-2019", "--lens", "grpah"]) == 2
    assert "Did you mean 'graph'" in capsys.readouterr().err


def test_the_story_tells_what_each_lens_says(capsys: Any, report: dt.Report) -> None:
    assert run(["explain", "hanoi-2019", "civilian + dismantled"]) == 0
    text = " ".join(capsys.readouterr().out.split())
    verdict = report["civilian + dismantled"]
    assert "Asked in other ways" in text
    for name in NAMES[1:]:
        said = "yes" if verdict.lenses[name].holds else "no"
        assert f"{name}: {said}, {verdict.lenses[name].word}." in text
    assert verdict.disagreement is not None
    assert verdict.disagreement in text
    assert run(["explain", "hanoi-2019", "civilian + dismantled", "--lens", "none"]) == 0
    assert "Asked in other ways" not in capsys.readouterr().out


def test_through_leaves_the_verdicts_alone(report: dt.Report, hanoi: dt.Summit) -> None:
    plain = dt.stability(hanoi)
    assert through(plain, None) is plain
    for bare, seen in zip(plain, report, strict=True):
        assert (bare.word, bare.values, bare.modal) == (seen.word, seen.values, seen.modal)
        assert [r.text for r in bare.reasons] == [r.text for r in seen.reasons]


def test_headings_within_the_table_stay_on_one_line(capsys: Any, monkeypatch: Any) -> None:
    monkeypatch.setenv("COLUMNS", "110")
    assert run(["stability", "kydd-reassurance"]) == 0
    assert "\nWould be broken once signed\n" in re.sub(" +\n", "\n", capsys.readouterr().out)
